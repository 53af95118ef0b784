// SPDX-License-Identifier: GPL-2.0-only
#include "emulate.h"
#include "guest.h"
#include "../run.h"
#include "../vmcs.h"
#include "vmcs.h"
#include "vm.h"

#include <linux/bits.h>
#include <linux/stddef.h>
#include <asm/apicdef.h>
#include <asm/msr.h>
#include <asm/vmx.h>

#include <uapi/vmx.h>

/*
 * MSRs of raw guests. An MSR that has no row here, and that the host program
 * has not added, does not exist: accessing it raises #GP. No RDMSR or WRMSR of
 * a guest reaches an MSR of the processor.
 */

/**
 * enum msr_place - where the value of an MSR is
 * @MSR_FIXED: it is constant; writing another value raises #GP
 * @MSR_FIELD: in the VMCS
 * @MSR_GUEST: in struct vmx_guest
 */
enum msr_place {
	MSR_FIXED,
	MSR_FIELD,
	MSR_GUEST,
};

/**
 * struct msr_row - an MSR that every raw guest has
 * @number: its number
 * @place: where the value is
 * @at: encoding of the field (MSR_FIELD), or offset (MSR_GUEST)
 * @fixed: the value (MSR_FIXED)
 * @good: checks a value to be written; NULL if any is valid
 * @get: reads the MSR instead, or NULL
 * @set: writes the MSR instead, or NULL; false raises #GP
 */
struct msr_row {
	u32 number;
	enum msr_place place;
	u32 at;
	u64 fixed;
	bool (*good)(u64 value);
	u64 (*get)(struct vmx_vcpu *vmx);
	bool (*set)(struct vmx_vcpu *vmx, u64 value);
};

static bool fits_32(u64 value)
{
	return !(value >> 32);
}

/*
 * The memory types of SDM "Memory Types That Can Be Encoded With PAT". MTRRs
 * have all of them but UC- (7).
 */
#define MEMORY_TYPES	(BIT(0) | BIT(1) | BIT(4) | BIT(5) | BIT(6))
#define PAT_TYPES	(MEMORY_TYPES | BIT(7))

static bool good_pat(u64 value)
{
	unsigned int i;

	for (i = 0; i < 64; i += 8) {
		u8 type = value >> i;

		if (type > 7 || !(PAT_TYPES & BIT(type)))
			return false;
	}
	return true;
}

/*
 * IA32_MTRR_DEF_TYPE has a memory type and the bit E. FE must be 0, because
 * guests have no fixed-range MTRRs.
 */
static bool good_mtrr_default(u64 value)
{
	u8 type = value;

	return !(value & ~(BIT_ULL(11) | 0xff)) && type < 8 &&
	       MEMORY_TYPES & BIT(type);
}

/*
 * A guest may set BTF in IA32_DEBUGCTL, but no bit that enables branch records
 * or trace messages, which would write to MSRs or memory of the host.
 */
static bool good_debugctl(u64 value)
{
	return !(value & ~(u64)DEBUGCTLMSR_BTF);
}

static bool has_tsc_aux(u64 value)
{
	return vmx_guest_has_tsc_aux() && fits_32(value);
}

static u64 get_tsc(struct vmx_vcpu *vmx)
{
	return rdtsc() + vmcs_read64(TSC_OFFSET);
}

static bool set_tsc(struct vmx_vcpu *vmx, u64 value)
{
	vmcs_write64(TSC_OFFSET, value - rdtsc());
	return true;
}

#define EFER_BITS	(EFER_SCE | EFER_LME | EFER_LMA | EFER_NX)

static bool set_efer(struct vmx_vcpu *vmx, u64 value)
{
	u64 old = vmcs_read64(GUEST_IA32_EFER);

	if (value & ~(u64)EFER_BITS)
		return false;
	if ((old ^ value) & EFER_LME && vmcs_readl(GUEST_CR0) & X86_CR0_PG)
		return false;
	/*
	 * Only CR0.PG changes EFER.LMA, so the written value of it is ignored.
	 */
	vmcs_raw_set_efer((value & ~(u64)EFER_LMA) | (old & EFER_LMA));
	return true;
}

/*
 * Guests have no local APIC, so its enable bit is 0 and cannot be set. The
 * first vCPU is the bootstrap processor.
 */
static u64 get_apic_base(struct vmx_vcpu *vmx)
{
	return APIC_DEFAULT_PHYS_BASE |
	       (vmx->apic_id ? 0 : MSR_IA32_APICBASE_BSP);
}

static bool set_apic_base(struct vmx_vcpu *vmx, u64 value)
{
	return value == get_apic_base(vmx);
}

static bool msr_ignore(struct vmx_vcpu *vmx, u64 value)
{
	return true;
}

#define FIELD(name, field, check) \
	{ .number = (name), .place = MSR_FIELD, .at = (field), .good = (check) }
#define GUEST(name, member, check) \
	{ .number = (name), .place = MSR_GUEST, \
	  .at = offsetof(struct vmx_guest, member), .good = (check) }
#define FIXED(name, value) \
	{ .number = (name), .place = MSR_FIXED, .fixed = (value) }

static const struct msr_row rows[] = {
	{ .number = MSR_IA32_TSC, .get = get_tsc, .set = set_tsc },
	FIXED(MSR_IA32_PLATFORM_ID, 0),
	{ .number = MSR_IA32_APICBASE, .get = get_apic_base,
	  .set = set_apic_base },
	/*
	 * Software reads the microcode revision by writing 0 here, executing
	 * CPUID and reading the MSR, so writes must not raise #GP.
	 */
	{ .number = MSR_IA32_UCODE_REV, .set = msr_ignore },
	FIXED(MSR_PLATFORM_INFO, 0),
	FIXED(MSR_MTRRcap, 0),
	FIELD(MSR_IA32_SYSENTER_CS, GUEST_SYSENTER_CS, NULL),
	FIELD(MSR_IA32_SYSENTER_ESP, GUEST_SYSENTER_ESP, vmx_guest_canonical),
	FIELD(MSR_IA32_SYSENTER_EIP, GUEST_SYSENTER_EIP, vmx_guest_canonical),
	/* Machine checks are handled by the host, so guests see no banks. */
	FIXED(MSR_IA32_MCG_CAP, 0),
	FIXED(MSR_IA32_MCG_STATUS, 0),
	FIXED(MSR_IA32_MISC_ENABLE, MSR_IA32_MISC_ENABLE_FAST_STRING |
				    MSR_IA32_MISC_ENABLE_BTS_UNAVAIL |
				    MSR_IA32_MISC_ENABLE_PEBS_UNAVAIL),
	FIELD(MSR_IA32_DEBUGCTLMSR, GUEST_IA32_DEBUGCTL, good_debugctl),
	FIELD(MSR_IA32_CR_PAT, GUEST_IA32_PAT, good_pat),
	GUEST(MSR_MTRRdefType, mtrr_default, good_mtrr_default),
	{ .number = MSR_EFER, .place = MSR_FIELD, .at = GUEST_IA32_EFER,
	  .set = set_efer },
	GUEST(MSR_STAR, star, NULL),
	GUEST(MSR_LSTAR, lstar, vmx_guest_canonical),
	GUEST(MSR_CSTAR, cstar, vmx_guest_canonical),
	GUEST(MSR_SYSCALL_MASK, fmask, fits_32),
	FIELD(MSR_FS_BASE, GUEST_FS_BASE, vmx_guest_canonical),
	FIELD(MSR_GS_BASE, GUEST_GS_BASE, vmx_guest_canonical),
	GUEST(MSR_KERNEL_GS_BASE, kernel_gs_base, vmx_guest_canonical),
	GUEST(MSR_TSC_AUX, tsc_aux, has_tsc_aux),
};

static const struct msr_row *find_row(u32 number)
{
	const struct msr_row *row;

	for (row = rows; row < rows + ARRAY_SIZE(rows); row++)
		if (row->number == number)
			return row;
	return NULL;
}

/**
 * emulate_msr_known() - does every raw guest have this MSR?
 * @number: its number
 *
 * Return: true when it does.
 */
bool emulate_msr_known(u32 number)
{
	return find_row(number);
}

/**
 * emulate_msr_is_register() - is an MSR one of the registers of a raw vCPU?
 * @number: number of an MSR
 *
 * Return: true when REGS_GET and REGS_SET have it.
 */
bool emulate_msr_is_register(u32 number)
{
	const struct msr_row *row = find_row(number);

	return row && row->place != MSR_FIXED && number != MSR_MTRRdefType;
}

/*
 * The value in this vCPU of an MSR that the host program has added, or NULL.
 * MSRs that were added since the last call get their first values here.
 */
static u64 *find_kept(struct vmx_vcpu *vmx, u32 number)
{
	struct vmx_guest *guest = vmx->guest;
	const struct teavmx_raw *raw = vmx->raw;
	/*
	 * Pairs with smp_store_release() in netlink/policy.c: entries below the
	 * count are complete, and do not change later.
	 */
	unsigned int count = smp_load_acquire(&raw->msr_count);
	unsigned int i;

	for (i = guest->msr_count; i < count; i++)
		guest->msrs[i] = raw->msrs[i].value;
	guest->msr_count = count;
	for (i = 0; i < count; i++)
		if (raw->msrs[i].number == number)
			return &guest->msrs[i];
	return NULL;
}

static u64 *guest_place(struct vmx_vcpu *vmx, const struct msr_row *row)
{
	return (u64 *)((u8 *)vmx->guest + row->at);
}

static u64 msr_get(struct vmx_vcpu *vmx, const struct msr_row *row)
{
	u64 value = 0;

	if (row->get)
		return row->get(vmx);
	switch (row->place) {
	case MSR_FIELD:
		if (!vmx_vmread(row->at, &value))
			vmcs_failed("VMREAD", row->at, 0);
		return value;
	case MSR_GUEST:
		return *guest_place(vmx, row);
	default:
		return row->fixed;
	}
}

static bool msr_set(struct vmx_vcpu *vmx, const struct msr_row *row, u64 value)
{
	if (row->set)
		return row->set(vmx, value);
	if (row->good && !row->good(value))
		return false;
	switch (row->place) {
	case MSR_FIELD:
		if (!vmx_vmwrite(row->at, value))
			vmcs_failed("VMWRITE", row->at, value);
		return true;
	case MSR_GUEST:
		*guest_place(vmx, row) = value;
		return true;
	default:
		return value == row->fixed;
	}
}

/**
 * emulate_rdmsr() - RDMSR
 * @vmx: the vCPU
 *
 * Return: true.
 */
bool emulate_rdmsr(struct vmx_vcpu *vmx)
{
	struct vmx_regs *regs = &vmx->regs;
	const struct msr_row *row = find_row(regs->rcx);
	const u64 *kept = row ? NULL : find_kept(vmx, regs->rcx);
	u64 value;

	if (row && (row->number != MSR_TSC_AUX || vmx_guest_has_tsc_aux()))
		value = msr_get(vmx, row);
	else if (kept)
		value = *kept;
	else
		return emulate_protection(vmx);
	regs->rax = (u32)value;
	regs->rdx = value >> 32;
	return emulate_advance(vmx);
}

/**
 * emulate_wrmsr() - WRMSR
 * @vmx: the vCPU
 *
 * Return: true.
 */
bool emulate_wrmsr(struct vmx_vcpu *vmx)
{
	struct vmx_regs *regs = &vmx->regs;
	const struct msr_row *row = find_row(regs->rcx);
	u64 *kept = row ? NULL : find_kept(vmx, regs->rcx);
	u64 value = (u32)regs->rax | regs->rdx << 32;

	if (row ? !msr_set(vmx, row, value) : !kept)
		return emulate_protection(vmx);
	if (kept)
		*kept = value;
	return emulate_advance(vmx);
}

/**
 * emulate_rdtsc() - RDTSC and RDTSCP
 * @vmx: the vCPU
 *
 * They exit without being routed to the host program only if the processor does
 * not allow "RDTSC exiting" to be 0, or if the routing has just changed.
 *
 * Return: true.
 */
bool emulate_rdtsc(struct vmx_vcpu *vmx)
{
	struct vmx_regs *regs = &vmx->regs;
	u64 value = get_tsc(vmx);

	regs->rax = (u32)value;
	regs->rdx = value >> 32;
	if ((u16)vmx->exit.reason == VMX_EXIT_RDTSCP)
		regs->rcx = vmx->guest->tsc_aux;
	return emulate_advance(vmx);
}
