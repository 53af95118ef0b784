// SPDX-License-Identifier: GPL-2.0-only
#include "regs.h"
#include "guest.h"
#include "../load.h"
#include "../run.h"
#include "../timer.h"
#include "../vmcs.h"
#include "vmcs.h"

#include <linux/bits.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <asm/fpu/types.h>
#include <asm/msr-index.h>
#include <asm/vmx.h>

/*
 * The registers of a raw vCPU that does not run, for the host program. Values
 * that could harm the host are refused. Which values go together is checked by
 * VM entry: it fails in a state that the processor does not accept, and then the
 * host program can change the registers and run the vCPU again.
 */

/* Words of the XSAVE area: MXCSR with its mask, and the header. */
#define WORD_MXCSR	3
#define WORD_XSTATE_BV	64
#define WORD_HEADER_END	72
#define MXCSR_BITS	0xffff

struct place {
	u32 number;
	u32 field;
};

static const struct place places[] = {
#define VMX_REGISTER_PLACE(name, number, text, field) { number, field },
	TEAVMX_REG_TABLE(VMX_REGISTER_PLACE)
};

/* A change of registers under way. */
struct change {
	const struct vmx_register *list;
	unsigned int count;
	struct vmx_registers *old;
	const char *refused;
};

static u64 *general_register(struct vmx_vcpu *vmx, u32 number)
{
	struct vmx_regs *regs = &vmx->regs;

	switch (number) {
	case TEAVMX_REG_RAX: return &regs->rax;
	case TEAVMX_REG_RCX: return &regs->rcx;
	case TEAVMX_REG_RDX: return &regs->rdx;
	case TEAVMX_REG_RBX: return &regs->rbx;
	case TEAVMX_REG_RBP: return &regs->rbp;
	case TEAVMX_REG_RSI: return &regs->rsi;
	case TEAVMX_REG_RDI: return &regs->rdi;
	case TEAVMX_REG_R8: return &regs->r8;
	case TEAVMX_REG_R9: return &regs->r9;
	case TEAVMX_REG_R10: return &regs->r10;
	case TEAVMX_REG_R11: return &regs->r11;
	case TEAVMX_REG_R12: return &regs->r12;
	case TEAVMX_REG_R13: return &regs->r13;
	case TEAVMX_REG_R14: return &regs->r14;
	case TEAVMX_REG_R15: return &regs->r15;
	default: return NULL;
	}
}

/* Where a register is kept outside of the VMCS; NULL when it is not. */
static u64 *kept_register(struct vmx_vcpu *vmx, u32 number)
{
	struct vmx_guest *guest = vmx->guest;

	switch (number) {
	case TEAVMX_REG_RIP: return &vmx->rip;
	case TEAVMX_REG_CR2: return &guest->cr2;
	case TEAVMX_REG_CR8: return &guest->cr8;
	case TEAVMX_REG_XCR0: return &guest->xcr0;
	case TEAVMX_REG_DR0: return &guest->dr[0];
	case TEAVMX_REG_DR1: return &guest->dr[1];
	case TEAVMX_REG_DR2: return &guest->dr[2];
	case TEAVMX_REG_DR3: return &guest->dr[3];
	case TEAVMX_REG_DR6: return &guest->dr6;
	case TEAVMX_REG_STAR: return &guest->star;
	case TEAVMX_REG_LSTAR: return &guest->lstar;
	case TEAVMX_REG_CSTAR: return &guest->cstar;
	case TEAVMX_REG_FMASK: return &guest->fmask;
	case TEAVMX_REG_KERNEL_GS_BASE: return &guest->kernel_gs_base;
	case TEAVMX_REG_TSC_AUX: return &guest->tsc_aux;
	default: return general_register(vmx, number);
	}
}

static u64 read_one(struct vmx_vcpu *vmx, const struct place *place)
{
	const u64 *value = kept_register(vmx, place->number);
	u64 field = 0;

	if (value)
		return *value;
	switch (place->number) {
	case TEAVMX_REG_CR0:
		return vmcs_readl(CR0_READ_SHADOW);
	case TEAVMX_REG_CR4:
		return vmcs_readl(CR4_READ_SHADOW);
	case TEAVMX_REG_EFER:
		return vmcs_read64(GUEST_IA32_EFER);
	case TEAVMX_REG_DR7:
		return vmx->guest->dr7;
	default:
		if (!vmx_vmread(place->field, &field))
			vmcs_failed("VMREAD", place->field, 0);
		return field;
	}
}

/**
 * vmx_regs_read() - read all registers
 * @vmx: a raw vCPU whose VMCS is current
 * @registers: receives them
 */
void vmx_regs_read(struct vmx_vcpu *vmx, struct vmx_registers *registers)
{
	struct vmx_register *to = registers->list;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(places); i++, to++) {
		to->number = places[i].number;
		to->value = read_one(vmx, &places[i]);
	}
	for (i = 0; i < TEAVMX_REG_FPU_WORDS; i++, to++) {
		to->number = TEAVMX_REG_FPU + i;
		to->value = vmx->guest->fpu.word[i];
	}
}

static int read_all(struct vmx_vcpu *vmx, void *data)
{
	vmx_regs_read(vmx, data);
	return 0;
}

/**
 * vmx_regs_known() - is there such a register?
 * @number: enum teavmx_reg_number, or TEAVMX_REG_FPU and a word's number
 *
 * Return: true when there is.
 */
bool vmx_regs_known(u32 number)
{
	return teavmx_reg_name(number) ||
	       (number >= TEAVMX_REG_FPU &&
		number < TEAVMX_REG_FPU + TEAVMX_REG_FPU_WORDS);
}

/**
 * vmx_regs_get() - read all registers
 * @vmx: a raw vCPU that does not run
 * @registers: receives them
 *
 * Return: 0 or a negative errno when VMX cannot be used.
 */
int vmx_regs_get(struct vmx_vcpu *vmx, struct vmx_registers *registers)
{
	return vmx_with_vmcs(vmx, read_all, registers);
}

static const char *refuse_fpu(unsigned int word, u64 value)
{
	/* FXSAVE has these two, whatever XCR0 may name. */
	u64 states = vmx_fpu_xcr0_bits() | XFEATURE_MASK_FPSSE;

	if (word == WORD_MXCSR && (u32)value & ~MXCSR_BITS)
		return "MXCSR has reserved bits";
	if (word == WORD_XSTATE_BV && value & ~states)
		return "the XSAVE header names state that there is not";
	if (word > WORD_XSTATE_BV && word < WORD_HEADER_END && value)
		return "the XSAVE header has reserved bytes";
	return NULL;
}

/*
 * A processor that waits for a SIPI takes no interrupt, no NMI and not even an
 * INIT of the host's, whatever the controls say; one that is shut down leaves
 * only by the timer or an NMI (SDM "Guest Non-Register State", activity state).
 */
static const char *refuse_activity(u32 value)
{
	if (value == GUEST_ACTIVITY_WAIT_SIPI ||
	    (value == GUEST_ACTIVITY_SHUTDOWN && !vmx_timer_usable()))
		return "the host could not get the processor back from this state";
	return NULL;
}

/*
 * VM entry does not check what is not in the VMCS, and it only knows what a
 * processor accepts, not what its owner can afford.
 */
static const char *refuse_kept(u32 number, u64 value)
{
	switch (number) {
	case TEAVMX_REG_CR0:
		return value & ~(u64)GUEST_CR0_BITS ?
		       "CR0 has reserved bits" : NULL;
	case TEAVMX_REG_CR4:
		return value & ~vmx_guest_cr4_bits() ?
		       "CR4 has bits that this guest's processor lacks" : NULL;
	case TEAVMX_REG_CR8:
		return value > 15 ? "CR8 is from 0 to 15" : NULL;
	case TEAVMX_REG_XCR0:
		return vmx_fpu_xcr0_good(value) ? NULL :
		       "XCR0 must have bit 0, bit 1 with bit 2, and no bit the host has off";
	case TEAVMX_REG_ACTIVITY:
		return refuse_activity(value);
	case TEAVMX_REG_DEBUGCTL:
		return value & ~(u64)DEBUGCTLMSR_BTF ?
		       "DEBUGCTL has bits that this guest's processor lacks" :
		       NULL;
	case TEAVMX_REG_DR6:
		return value >> 32 ? "DR6 has reserved bits" : NULL;
	case TEAVMX_REG_FMASK:
		return value >> 32 ? "FMASK has reserved bits" : NULL;
	case TEAVMX_REG_TSC_AUX:
		return value >> 32 ? "TSC_AUX has reserved bits" : NULL;
	case TEAVMX_REG_LSTAR:
	case TEAVMX_REG_CSTAR:
	case TEAVMX_REG_KERNEL_GS_BASE:
		return vmx_guest_canonical(value) ? NULL :
		       "the address is not canonical";
	default:
		return NULL;
	}
}

static void write_place(struct vmx_vcpu *vmx, const struct place *place,
			u64 value)
{
	u64 *to = kept_register(vmx, place->number);

	if (to) {
		*to = value;
		return;
	}
	switch (place->number) {
	case TEAVMX_REG_CR0:
		vmcs_raw_set_cr0(value);
		return;
	case TEAVMX_REG_CR4:
		vmcs_raw_set_cr4(value);
		return;
	case TEAVMX_REG_EFER:
		vmcs_raw_set_efer(value);
		return;
	case TEAVMX_REG_DR7:
		vmx->guest->dr7 = value;
		vmx_guest_write_dr7(vmx->guest);
		return;
	}
	if (!vmx_vmwrite(place->field, value))
		vmcs_failed("VMWRITE", place->field, value);
}

static void write_one(struct vmx_vcpu *vmx, u32 number, u64 value)
{
	unsigned int i;

	if (number >= TEAVMX_REG_FPU) {
		vmx->guest->fpu.word[number - TEAVMX_REG_FPU] = value;
		return;
	}
	for (i = 0; i < ARRAY_SIZE(places); i++)
		if (places[i].number == number)
			write_place(vmx, &places[i], value);
}

/**
 * vmx_regs_write() - undo all changes of registers since vmx_regs_read()
 * @vmx: a raw vCPU whose VMCS is current
 * @registers: what vmx_regs_read() has filled in, perhaps for another vCPU
 */
void vmx_regs_write(struct vmx_vcpu *vmx,
		    const struct vmx_registers *registers)
{
	const struct vmx_register *from = registers->list;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(places); i++, from++)
		write_place(vmx, &places[i], from->value);
	for (i = 0; i < TEAVMX_REG_FPU_WORDS; i++, from++)
		vmx->guest->fpu.word[i] = from->value;
}

/**
 * vmx_regs_refuse() - why a register cannot be set to a value
 * @change: the register; vmx_regs_known() is true for it
 *
 * It is about what does not depend on other registers, which VM entry checks.
 *
 * Return: a message, a constant, or NULL when it can.
 */
const char *vmx_regs_refuse(const struct vmx_register *change)
{
	if (change->number >= TEAVMX_REG_FPU)
		return refuse_fpu(change->number - TEAVMX_REG_FPU,
				  change->value);
	return refuse_kept(change->number, change->value);
}

/* As with instructions, only these registers bring new PDPTEs with them. */
static bool changes_paging(const struct change *change)
{
	unsigned int i;

	for (i = 0; i < change->count; i++)
		switch (change->list[i].number) {
		case TEAVMX_REG_CR0:
		case TEAVMX_REG_CR3:
		case TEAVMX_REG_CR4:
		case TEAVMX_REG_EFER:
			return true;
		}
	return false;
}

static int write_all(struct vmx_vcpu *vmx, void *data)
{
	struct change *change = data;
	unsigned int i;

	vmx_regs_read(vmx, change->old);
	for (i = 0; i < change->count; i++)
		write_one(vmx, change->list[i].number, change->list[i].value);
	if (!changes_paging(change) || vmcs_raw_load_pdptes(vmx))
		return 0;
	change->refused = "with PAE paging, CR3 must point at four PDPTEs without reserved bits";
	vmx_regs_write(vmx, change->old);
	return -EINVAL;
}

/**
 * vmx_regs_set() - change registers
 * @vmx: a raw vCPU that does not run
 * @changes: the registers; vmx_regs_known() is true for all, and
 *	vmx_regs_refuse() has nothing against any
 * @count: how many
 * @refused: receives why, a constant
 *
 * Return: 0; -EINVAL with @refused when one cannot have its value here, and
 * then all are as before; -ENOMEM; or another errno when VMX cannot be used.
 */
int vmx_regs_set(struct vmx_vcpu *vmx, const struct vmx_register *changes,
		 unsigned int count, const char **refused)
{
	struct change change = { .list = changes, .count = count };
	int err;

	change.old = kvmalloc(sizeof(*change.old), GFP_KERNEL_ACCOUNT);
	if (!change.old)
		return -ENOMEM;
	err = vmx_with_vmcs(vmx, write_all, &change);
	kvfree(change.old);
	*refused = change.refused;
	return err;
}
