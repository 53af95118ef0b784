// SPDX-License-Identifier: GPL-2.0-only
#include "emulate.h"
#include "guest.h"
#include "../run.h"
#include "../vmcs.h"
#include "../vpid.h"
#include "vmcs.h"

#include <linux/bits.h>
#include <asm/msr-index.h>
#include <asm/processor.h>
#include <asm/trapnr.h>
#include <asm/vmx.h>

#include <uapi/vmx_exit_fields.h>

/*
 * Control registers of raw guests (SDM "Control Registers"). The guest/host
 * masks own every bit of CR0 and CR4, so each change of a bit exits, and each
 * read returns the shadow.
 */

/*
 * The fields are those of SDM "Exit Qualification for Control-Register
 * Accesses".
 */
#define CR_NUMBER(qualification)	((qualification) & 15)
#define CR_TYPE(qualification)		(((qualification) >> 4) & 3)
#define CR_GENERAL(qualification)	(((qualification) >> 8) & 15)
#define CR_LMSW_SOURCE(qualification)	((u16)((qualification) >> 16))

/*
 * Activating IA-32e mode with a 16-bit TSS raises #GP (SDM "Initializing IA-32e
 * Mode").
 */
#define RIGHTS_TYPE	15
#define TYPE_BUSY_TSS_32	11

enum cr_type {
	CR_TYPE_TO_CR,
	CR_TYPE_FROM_CR,
	CR_TYPE_CLTS,
	CR_TYPE_LMSW,
};

#define LMSW_BITS (X86_CR0_PE | X86_CR0_MP | X86_CR0_EM | X86_CR0_TS)

/*
 * With PAE paging, a MOV to CR0 or CR4 that changes one of these bits loads the
 * PDPTEs (SDM "Loading Page-Directory-Pointer-Table Entries").
 */
#define CR0_PDPTE_BITS (X86_CR0_CD | X86_CR0_NW | X86_CR0_PG)
#define CR4_PDPTE_BITS (X86_CR4_PSE | X86_CR4_PAE | X86_CR4_PGE | X86_CR4_SMEP)

/*
 * A MOV to CR0 or CR4 that changes one of these bits invalidates the cached
 * translations (SDM "Operations that Invalidate TLBs and Paging-Structure Caches").
 */
#define CR0_TLB_BITS	X86_CR0_PG
#define CR4_TLB_BITS	(CR4_PDPTE_BITS | X86_CR4_PCIDE)

static __always_inline bool good_cr0(u64 value)
{
	if (value & ~GUEST_CR0_BITS & GENMASK_ULL(63, 32))
		return false;
	if (value & X86_CR0_PG && !(value & X86_CR0_PE))
		return false;
	return !(value & X86_CR0_NW) || value & X86_CR0_CD;
}

/*
 * With EFER.LME set, enabling paging activates long mode and disabling it ends
 * it. Returns false when the processor would raise #GP for that.
 */
static bool switch_long_mode(u64 old, u64 value)
{
	u64 efer = vmcs_read64(GUEST_IA32_EFER);

	if (!((old ^ value) & X86_CR0_PG) || !(efer & EFER_LME))
		return true;
	if (!(value & X86_CR0_PG)) {
		/* Neither in 64-bit mode nor with CR4.PCIDE set can it end. */
		if (emulate_long_mode() ||
		    vmcs_readl(CR4_READ_SHADOW) & X86_CR4_PCIDE)
			return false;
		vmcs_raw_set_efer(efer & ~(u64)EFER_LMA);
		return true;
	}
	if (!(vmcs_readl(CR4_READ_SHADOW) & X86_CR4_PAE) ||
	    vmcs_read32(GUEST_CS_AR_BYTES) & BIT(13) ||
	    (vmcs_read32(GUEST_TR_AR_BYTES) & RIGHTS_TYPE) != TYPE_BUSY_TSS_32)
		return false;
	vmcs_raw_set_efer(efer | EFER_LMA);
	return true;
}

/* The processor ignores reserved bits of the low half; ET is always 1. */
static __always_inline u64 cr0_effective(u64 value)
{
	return (value & GUEST_CR0_BITS) | X86_CR0_ET;
}

static bool set_cr0(struct vmx_vcpu *vmx, u64 value)
{
	u64 old = vmcs_readl(CR0_READ_SHADOW);
	u64 efer = vmcs_read64(GUEST_IA32_EFER);

	if (!good_cr0(value))
		return emulate_protection(vmx);
	value = cr0_effective(value);
	if (!switch_long_mode(old, value))
		return emulate_protection(vmx);
	vmcs_raw_set_cr0(value);
	if ((old ^ value) & CR0_PDPTE_BITS && !vmcs_raw_load_pdptes(vmx)) {
		vmcs_raw_set_cr0(old);
		vmcs_raw_set_efer(efer);
		return emulate_protection(vmx);
	}
	if ((old ^ value) & CR0_TLB_BITS)
		vpid_forget(vmx);
	return emulate_advance(vmx);
}

static __always_inline bool good_cr4(u64 old, u64 value)
{
	u64 cr3 = vmcs_readl(GUEST_CR3);
	bool lma = vmcs_read64(GUEST_IA32_EFER) & EFER_LMA;

	if (value & ~vmx_guest_cr4_bits())
		return false;
	if (lma && (!(value & X86_CR4_PAE)))
		return false;
	if (value & ~old & X86_CR4_PCIDE && (!lma || cr3 & GENMASK(11, 0)))
		return false;
	return true;
}

static bool set_cr4(struct vmx_vcpu *vmx, u64 value)
{
	u64 old = vmcs_readl(CR4_READ_SHADOW);

	if (!good_cr4(old, value))
		return emulate_protection(vmx);
	vmcs_raw_set_cr4(value);
	if ((old ^ value) & CR4_PDPTE_BITS && !vmcs_raw_load_pdptes(vmx)) {
		vmcs_raw_set_cr4(old);
		return emulate_protection(vmx);
	}
	if ((old ^ value) & CR4_TLB_BITS)
		vpid_forget(vmx);
	return emulate_advance(vmx);
}

static bool set_cr3(struct vmx_vcpu *vmx, u64 value)
{
	u64 old = vmcs_readl(GUEST_CR3);

	/*
	 * With PCIDs, bit 63 allows the processor to keep translations, which it
	 * does not have to. It is not part of CR3.
	 */
	if (vmcs_readl(CR4_READ_SHADOW) & X86_CR4_PCIDE)
		value &= ~BIT_ULL(63);
	if (value >> boot_cpu_data.x86_phys_bits)
		return emulate_protection(vmx);
	vmcs_writel(GUEST_CR3, value);
	if (!vmcs_raw_load_pdptes(vmx)) {
		vmcs_writel(GUEST_CR3, old);
		return emulate_protection(vmx);
	}
	vpid_forget(vmx);
	return emulate_advance(vmx);
}

static bool set_cr8(struct vmx_vcpu *vmx, u64 value)
{
	if (value > 15)
		return emulate_protection(vmx);
	vmx->guest->cr8 = value;
	return emulate_advance(vmx);
}

static bool to_cr(struct vmx_vcpu *vmx, unsigned int number, u64 value)
{
	switch (number) {
	case 0:
		return set_cr0(vmx, value);
	case 3:
		return set_cr3(vmx, value);
	case 4:
		return set_cr4(vmx, value);
	case 8:
		return set_cr8(vmx, value);
	default:
		return false;
	}
}

static bool from_cr(struct vmx_vcpu *vmx, unsigned int number,
		    unsigned int general)
{
	emulate_put(vmx, general,
		    number == 8 ? vmx->guest->cr8 : vmcs_readl(GUEST_CR3));
	return emulate_advance(vmx);
}

/* LMSW can set PE but not clear it. */
static __always_inline u64 lmsw_value(u64 cr0, u64 qualification)
{
	return (cr0 & ~(u64)(LMSW_BITS & ~X86_CR0_PE)) |
	       (CR_LMSW_SOURCE(qualification) & LMSW_BITS);
}

/* Bits of CR0 that only have to be copied to the VMCS */
#define CR0_PLAIN_BITS							\
	(X86_CR0_MP | X86_CR0_EM | X86_CR0_TS | X86_CR0_NE | X86_CR0_WP | \
	 X86_CR0_AM)

static __always_inline bool fast_cr0(u64 value)
{
	if (!good_cr0(value))
		return false;
	value = cr0_effective(value);
	if ((vmcs_readl(CR0_READ_SHADOW) ^ value) & ~(u64)CR0_PLAIN_BITS)
		return false;
	vmcs_raw_set_cr0(value);
	return true;
}

/* In long mode there are no PDPTEs to be loaded. */
static __always_inline bool fast_cr4(const struct vmx_vcpu *vmx, u64 value)
{
	u64 old = vmcs_readl(CR4_READ_SHADOW);

	if (!good_cr4(old, value) ||
	    ((old ^ value) & CR4_PDPTE_BITS &&
	     !(vmcs_read64(GUEST_IA32_EFER) & EFER_LMA)))
		return false;
	vmcs_raw_set_cr4(value);
	if ((old ^ value) & CR4_TLB_BITS)
		vpid_forget(vmx);
	return true;
}

static __always_inline bool fast_to_cr(struct vmx_vcpu *vmx,
				       unsigned int number, u64 value)
{
	switch (number) {
	case 0:
		return fast_cr0(value);
	case 4:
		return fast_cr4(vmx, value);
	case 8:
		if (value > 15)
			return false;
		vmx->guest->cr8 = value;
		return true;
	default:
		return false;
	}
}

/**
 * fast_cr() - MOV to and from a control register, CLTS, LMSW on the fast path
 * @vmx: the vCPU
 * @qualification: exit qualification
 *
 * Return: false for the slow path, and nothing has changed.
 */
noinstr bool fast_cr(struct vmx_vcpu *vmx, u64 qualification)
{
	unsigned int general = CR_GENERAL(qualification);
	unsigned int number = CR_NUMBER(qualification);
	u64 cr0;

	switch (CR_TYPE(qualification)) {
	case CR_TYPE_TO_CR:
		return fast_to_cr(vmx, number, emulate_get(vmx, general));
	case CR_TYPE_FROM_CR:
		if (number != 8)
			return false;
		emulate_put(vmx, general, vmx->guest->cr8);
		return true;
	case CR_TYPE_CLTS:
		return fast_cr0(vmcs_readl(CR0_READ_SHADOW) &
				~(u64)X86_CR0_TS);
	default:
		/* The record of one with a memory operand has an address. */
		if (VMX_QUALIFICATION_CR_LMSW_MEMORY(qualification))
			return false;
		cr0 = vmcs_readl(CR0_READ_SHADOW);
		return fast_cr0(lmsw_value(cr0, qualification));
	}
}

/**
 * emulate_cr() - MOV to and from a control register, CLTS, LMSW
 * @vmx: the vCPU
 *
 * Return: true, false for a register that does not exist.
 */
bool emulate_cr(struct vmx_vcpu *vmx)
{
	u64 qualification = vmx->exit.qualification;
	unsigned int general = CR_GENERAL(qualification);
	u64 cr0 = vmcs_readl(CR0_READ_SHADOW);

	switch (CR_TYPE(qualification)) {
	case CR_TYPE_TO_CR:
		return to_cr(vmx, CR_NUMBER(qualification),
			     emulate_get(vmx, general));
	case CR_TYPE_FROM_CR:
		return from_cr(vmx, CR_NUMBER(qualification), general);
	case CR_TYPE_CLTS:
		return set_cr0(vmx, cr0 & ~(u64)X86_CR0_TS);
	default:
		return set_cr0(vmx, lmsw_value(cr0, qualification));
	}
}

/**
 * emulate_xsetbv() - XSETBV
 * @vmx: the vCPU
 *
 * The exit comes before the checks of the instruction.
 *
 * Return: true.
 */
bool emulate_xsetbv(struct vmx_vcpu *vmx)
{
	struct vmx_regs *regs = &vmx->regs;
	u64 value = (u32)regs->rax | regs->rdx << 32;

	if (emulate_privilege() || (u32)regs->rcx ||
	    !vmx_fpu_xcr0_good(value))
		return emulate_protection(vmx);
	vmx->guest->xcr0 = value;
	return emulate_advance(vmx);
}

/*
 * The instruction-information field of INVPCID has the register operand in bits
 * 31:28 (SDM "VM-Exit Instruction-Information Field").
 */
#define INVPCID_REGISTER(info)	((info) >> 28)
#define INVPCID_TYPE_LAST	3

/**
 * emulate_invpcid() - INVPCID, which exits when INVLPG does
 * @vmx: the vCPU
 *
 * All translations of the vCPU are invalidated, so the descriptor need not be
 * read.
 *
 * Return: true.
 */
bool emulate_invpcid(struct vmx_vcpu *vmx)
{
	if (emulate_get(vmx, INVPCID_REGISTER(vmx->exit.info)) >
	    INVPCID_TYPE_LAST)
		return emulate_protection(vmx);
	vpid_forget(vmx);
	return emulate_advance(vmx);
}
