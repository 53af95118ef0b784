// SPDX-License-Identifier: GPL-2.0-only
#include "emulate.h"
#include "guest.h"
#include "../run.h"
#include "../vmcs.h"

#include <linux/bits.h>
#include <linux/kernel.h>
#include <linux/sched.h>
#include <asm/debugreg.h>
#include <asm/processor.h>
#include <asm/trapnr.h>

/*
 * Debug registers of raw guests (SDM "Debug Registers"). Every MOV to or from
 * one exits. The exit comes before the checks that the instruction makes, so
 * dr_access_faults() makes them.
 */

/* The fields are those of SDM "Exit Qualification for MOV DR". */
#define DR_NUMBER(qualification)	((qualification) & 7)
#define DR_FROM				BIT(4)
#define DR_GENERAL(qualification)	(((qualification) >> 8) & 15)

/* DR6.BD: DR7.GD caused the debug exception. */
#define DR6_DETECTED		BIT(13)

/* The bits of DR6 that can be written, and those that always read as 1. */
#define DR6_BITS	(DR_TRAP_BITS | GENMASK(15, 13))
#define DR6_ONES	0xffff0ff0
/* The same for DR7. Guests have no RTM, so DR7.RTM cannot be written. */
#define DR7_BITS	(GENMASK(31, 16) | DR7_GENERAL_DETECT | GENMASK(9, 0))
#define DR7_ONES	BIT(10)

#define DR_NO_FAULT		-1

/*
 * Makes the checks of MOV DR that do not depend on the value: CR4.DE, privilege
 * level and DR7.GD. Returns the vector of the exception, or DR_NO_FAULT.
 */
static __always_inline int dr_check_access(const struct vmx_guest *guest,
					   unsigned int number)
{
	if ((number == 4 || number == 5) &&
	    vmcs_readl(CR4_READ_SHADOW) & X86_CR4_DE)
		return X86_TRAP_UD;
	if (emulate_privilege())
		return X86_TRAP_GP;
	return guest->dr7 & DR7_GENERAL_DETECT ? X86_TRAP_DB : DR_NO_FAULT;
}

static bool dr_access_faults(struct vmx_vcpu *vmx, unsigned int number)
{
	int vector = dr_check_access(vmx->guest, number);

	if (vector == DR_NO_FAULT)
		return false;
	if (vector == X86_TRAP_GP)
		return emulate_protection(vmx);
	if (vector == X86_TRAP_DB)
		emulate_debug_status(vmx->guest, DR6_DETECTED);
	return emulate_fault(vmx, vector);
}

static __always_inline u64 from_dr(const struct vmx_guest *guest,
				   unsigned int number)
{
	switch (number) {
	case 4:
	case 6:
		return guest->dr6;
	case 5:
	case 7:
		return guest->dr7;
	default:
		return guest->dr[number];
	}
}

static __always_inline bool to_dr(struct vmx_guest *guest, unsigned int number,
				  u64 value)
{
	if (number < ARRAY_SIZE(guest->dr)) {
		guest->dr[number] = value;
		return true;
	}
	if (value >> 32)
		return false;
	if (number == 4 || number == 6) {
		guest->dr6 = (value & DR6_BITS) | DR6_ONES;
		return true;
	}
	guest->dr7 = (value & DR7_BITS) | DR7_ONES;
	vmx_guest_write_dr7(guest);
	return true;
}

/* Bits of DR7 that enable breakpoints */
#define DR7_ENABLED	0xff

/*
 * With breakpoints enabled, the processor holds DR0 to DR3 while the guest runs,
 * and the host's values are saved for the end of the run.
 */
static __always_inline bool fast_to_dr(struct vmx_vcpu *vmx,
				       unsigned int number, u64 value)
{
	u64 enabled = vmx->guest->dr7;

	if (number == 5 || number == 7)
		enabled |= value;
	return !(enabled & DR7_ENABLED) && to_dr(vmx->guest, number, value);
}

/**
 * fast_dr() - MOV to and from a debug register on the fast path
 * @vmx: the vCPU
 * @qualification: exit qualification
 *
 * Return: false for the slow path, and nothing has changed.
 */
noinstr bool fast_dr(struct vmx_vcpu *vmx, u64 qualification)
{
	unsigned int number = DR_NUMBER(qualification);
	unsigned int general = DR_GENERAL(qualification);

	if (dr_check_access(vmx->guest, number) != DR_NO_FAULT)
		return false;
	if (!(qualification & DR_FROM))
		return fast_to_dr(vmx, number, emulate_get(vmx, general));
	emulate_put(vmx, general, from_dr(vmx->guest, number));
	return true;
}

/**
 * emulate_dr() - MOV to and from a debug register
 * @vmx: the vCPU
 *
 * Return: true.
 */
bool emulate_dr(struct vmx_vcpu *vmx)
{
	u64 qualification = vmx->exit.qualification;
	unsigned int number = DR_NUMBER(qualification);
	unsigned int general = DR_GENERAL(qualification);

	if (dr_access_faults(vmx, number))
		return true;
	if (qualification & DR_FROM)
		emulate_put(vmx, general, from_dr(vmx->guest, number));
	else if (!to_dr(vmx->guest, number, emulate_get(vmx, general)))
		return emulate_protection(vmx);
	return emulate_advance(vmx);
}
