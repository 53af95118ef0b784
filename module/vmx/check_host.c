// SPDX-License-Identifier: GPL-2.0-only
#include "vmcs.h"
#include "check_rules.h"

#include <asm/msr.h>
#include <asm/processor-flags.h>

/* SDM "Checks on Host Control Registers, MSRs, and SSP" and what follows it. */

static void check_control_registers(const struct check *check)
{
	u64 cr0 = check_read(VMCS_FIELD_HOST_CR0);
	u64 cr4 = check_read(VMCS_FIELD_HOST_CR4);

	check_that(check,
		   !(~cr0 & check_msr(MSR_IA32_VMX_CR0_FIXED0)) &&
		   !(cr0 & ~check_msr(MSR_IA32_VMX_CR0_FIXED1)),
		   VMX_RULE_CR0_FIXED, VMCS_FIELD_HOST_CR0);
	check_that(check,
		   !(~cr4 & check_msr(MSR_IA32_VMX_CR4_FIXED0)) &&
		   !(cr4 & ~check_msr(MSR_IA32_VMX_CR4_FIXED1)),
		   VMX_RULE_CR4_FIXED, VMCS_FIELD_HOST_CR4);
	check_that(check, !(cr4 & CHECK_CR4_CET) || cr0 & X86_CR0_WP,
		   VMX_RULE_CR4_CET, VMCS_FIELD_HOST_CR4);
	check_cr3(check, VMCS_FIELD_HOST_CR3);
}

static void check_efer(const struct check *check)
{
	u64 efer = check_read(VMCS_FIELD_HOST_EFER);
	bool wide = check->exit & VM_EXIT_HOST_ADDR_SPACE_SIZE;

	check_efer_bits(check, VMCS_FIELD_HOST_EFER);
	check_that(check,
		   !!(efer & EFER_LMA) == wide &&
		   !!(efer & EFER_LME) == wide,
		   VMX_RULE_HOST_EFER_MODE, VMCS_FIELD_HOST_EFER);
}

static void check_msrs(const struct check *check)
{
	check_canonical(check, VMCS_FIELD_HOST_SYSENTER_ESP);
	check_canonical(check, VMCS_FIELD_HOST_SYSENTER_EIP);
	if (check->exit & VM_EXIT_LOAD_IA32_PERF_GLOBAL_CTRL)
		check_perf_global(check, VMCS_FIELD_HOST_PERF_GLOBAL_CTRL);
	if (check->exit & VM_EXIT_LOAD_IA32_PAT)
		check_pat(check, VMCS_FIELD_HOST_PAT);
	if (check->exit & VM_EXIT_LOAD_IA32_EFER)
		check_efer(check);
	if (check->exit & CHECK_EXIT_LOAD_CET)
		check_cet(check, VMCS_FIELD_HOST_S_CET, VMCS_FIELD_HOST_SSP,
			  VMCS_FIELD_HOST_SSP_TABLE,
			  check->exit & VM_EXIT_HOST_ADDR_SPACE_SIZE);
	if (check->exit & CHECK_EXIT_LOAD_PKRS)
		check_high_half(check, VMCS_FIELD_HOST_PKRS);
}

/* Bits 2:0 of a selector: table and privilege level. */
#define SELECTOR_TI_RPL 7

static void check_segments(const struct check *check)
{
	u32 field;

	/* The selectors follow each other: ES CS SS DS FS GS TR. */
	for (field = VMCS_FIELD_HOST_ES_SELECTOR;
	     field <= VMCS_FIELD_HOST_TR_SELECTOR; field += 2)
		check_that(check, !(check_read(field) & SELECTOR_TI_RPL),
			   VMX_RULE_HOST_SELECTOR_BITS, field);
	check_that(check, check_read(VMCS_FIELD_HOST_CS_SELECTOR),
		   VMX_RULE_HOST_SELECTOR_NULL, VMCS_FIELD_HOST_CS_SELECTOR);
	check_that(check, check_read(VMCS_FIELD_HOST_TR_SELECTOR),
		   VMX_RULE_HOST_SELECTOR_NULL, VMCS_FIELD_HOST_TR_SELECTOR);
	check_that(check,
		   check->exit & VM_EXIT_HOST_ADDR_SPACE_SIZE ||
		   check_read(VMCS_FIELD_HOST_SS_SELECTOR),
		   VMX_RULE_HOST_SELECTOR_NULL, VMCS_FIELD_HOST_SS_SELECTOR);

	/* Likewise the bases: FS GS TR GDTR IDTR. */
	for (field = VMCS_FIELD_HOST_FS_BASE;
	     field <= VMCS_FIELD_HOST_IDTR_BASE; field += 2)
		check_canonical(check, field);
}

/* The kernel is 64-bit, so every entry is made in IA-32e mode. */
static void check_address_space(const struct check *check)
{
	bool wide = check->exit & VM_EXIT_HOST_ADDR_SPACE_SIZE;
	u64 cr4 = check_read(VMCS_FIELD_HOST_CR4);

	check_that(check, wide, VMX_RULE_HOST_NOT_64_BIT,
		   VMCS_FIELD_EXIT_CONTROLS);
	if (wide) {
		check_that(check, cr4 & X86_CR4_PAE, VMX_RULE_HOST_PAE,
			   VMCS_FIELD_HOST_CR4);
		check_canonical(check, VMCS_FIELD_HOST_RIP);
		return;
	}
	check_that(check, !check_long_mode(check),
		   VMX_RULE_GUEST_WIDER_THAN_HOST, VMCS_FIELD_ENTRY_CONTROLS);
	check_that(check, !(cr4 & X86_CR4_PCIDE), VMX_RULE_HOST_PCIDE,
		   VMCS_FIELD_HOST_CR4);
	check_high_half(check, VMCS_FIELD_HOST_RIP);
}

/**
 * check_host() - the host-state fields
 * @check: the check
 *
 * The relation of controls and host comes first: without it the other fields
 * mean something else.
 */
void check_host(const struct check *check)
{
	check_address_space(check);
	check_control_registers(check);
	check_msrs(check);
	check_segments(check);
}
