// SPDX-License-Identifier: LGPL-2.1-or-later
#include "check.h"

/* SDM "Checks on Host Control Registers, MSRs, and SSP" and what follows it */

static bool is_fixed(struct doctor *doctor, uint32_t field, uint32_t fixed0,
		     uint32_t fixed1)
{
	uint64_t value = doctor_field(doctor, field);

	return !(~value & doctor_msr(doctor, fixed0)) &&
	       !(value & ~doctor_msr(doctor, fixed1));
}

static void check_control_registers(struct doctor *doctor)
{
	doctor_that(doctor,
		    is_fixed(doctor, VMCS_FIELD_HOST_CR0, VMX_MSR_CR0_FIXED0,
			     VMX_MSR_CR0_FIXED1),
		    VMX_RULE_CR0_FIXED, VMCS_FIELD_HOST_CR0);
	doctor_that(doctor,
		    is_fixed(doctor, VMCS_FIELD_HOST_CR4, VMX_MSR_CR4_FIXED0,
			     VMX_MSR_CR4_FIXED1),
		    VMX_RULE_CR4_FIXED, VMCS_FIELD_HOST_CR4);
	doctor_that(doctor,
		    !(doctor_field(doctor, VMCS_FIELD_HOST_CR4) & CR4_CET) ||
		    doctor_field(doctor, VMCS_FIELD_HOST_CR0) & CR0_WP,
		    VMX_RULE_CR4_CET, VMCS_FIELD_HOST_CR4);
	doctor_cr3(doctor, VMCS_FIELD_HOST_CR3);
}

static bool host_is_wide(struct doctor *doctor)
{
	return doctor_exit(doctor) & EXIT(HOST_ADDRESS_SPACE_SIZE);
}

static bool efer_is_of_mode(struct doctor *doctor)
{
	uint64_t efer = doctor_field(doctor, VMCS_FIELD_HOST_EFER);
	bool wide = host_is_wide(doctor);

	return !!(efer & EFER_LMA) == wide && !!(efer & EFER_LME) == wide;
}

static bool exit_loads(struct doctor *doctor, uint64_t control)
{
	return doctor_when(doctor, doctor_exit(doctor) & control);
}

static void check_loaded_msrs(struct doctor *doctor)
{
	if (exit_loads(doctor, EXIT(LOAD_PERF_GLOBAL_CTRL))) {
		doctor_perf_global(doctor, VMCS_FIELD_HOST_PERF_GLOBAL_CTRL);
		doctor_end(doctor);
	}
	if (exit_loads(doctor, EXIT(LOAD_PAT))) {
		doctor_pat(doctor, VMCS_FIELD_HOST_PAT);
		doctor_end(doctor);
	}
	if (exit_loads(doctor, EXIT(LOAD_EFER))) {
		doctor_efer_bits(doctor, VMCS_FIELD_HOST_EFER);
		doctor_that(doctor, efer_is_of_mode(doctor),
			    VMX_RULE_HOST_EFER_MODE, VMCS_FIELD_HOST_EFER);
		doctor_end(doctor);
	}
	if (exit_loads(doctor, EXIT(LOAD_CET_STATE))) {
		doctor_cet(doctor, VMCS_FIELD_HOST_S_CET, VMCS_FIELD_HOST_SSP,
			   VMCS_FIELD_HOST_SSP_TABLE, host_is_wide(doctor));
		doctor_end(doctor);
	}
	if (exit_loads(doctor, EXIT(LOAD_PKRS))) {
		doctor_high_half(doctor, VMCS_FIELD_HOST_PKRS);
		doctor_end(doctor);
	}
}

static void check_msrs(struct doctor *doctor)
{
	doctor_canonical(doctor, VMCS_FIELD_HOST_SYSENTER_ESP);
	doctor_canonical(doctor, VMCS_FIELD_HOST_SYSENTER_EIP);
	check_loaded_msrs(doctor);
}

/* Bits 2:0 of a selector: table and privilege level. */
#define SELECTOR_TI_RPL 7

static void check_segments(struct doctor *doctor)
{
	uint32_t field;

	/* The selectors follow each other: ES CS SS DS FS GS TR. */
	for (field = VMCS_FIELD_HOST_ES_SELECTOR;
	     field <= VMCS_FIELD_HOST_TR_SELECTOR; field += 2)
		doctor_that(doctor,
			    !(doctor_field(doctor, field) & SELECTOR_TI_RPL),
			    VMX_RULE_HOST_SELECTOR_BITS, field);
	doctor_that(doctor, doctor_field(doctor, VMCS_FIELD_HOST_CS_SELECTOR),
		    VMX_RULE_HOST_SELECTOR_NULL, VMCS_FIELD_HOST_CS_SELECTOR);
	doctor_that(doctor, doctor_field(doctor, VMCS_FIELD_HOST_TR_SELECTOR),
		    VMX_RULE_HOST_SELECTOR_NULL, VMCS_FIELD_HOST_TR_SELECTOR);
	doctor_that(doctor,
		    host_is_wide(doctor) ||
		    doctor_field(doctor, VMCS_FIELD_HOST_SS_SELECTOR),
		    VMX_RULE_HOST_SELECTOR_NULL, VMCS_FIELD_HOST_SS_SELECTOR);

	/* Likewise the bases: FS GS TR GDTR IDTR. */
	for (field = VMCS_FIELD_HOST_FS_BASE;
	     field <= VMCS_FIELD_HOST_IDTR_BASE; field += 2)
		doctor_canonical(doctor, field);
}

static void check_wide_host(struct doctor *doctor)
{
	doctor_that(doctor,
		    doctor_field(doctor, VMCS_FIELD_HOST_CR4) & CR4_PAE,
		    VMX_RULE_HOST_PAE, VMCS_FIELD_HOST_CR4);
	doctor_canonical(doctor, VMCS_FIELD_HOST_RIP);
}

static void check_narrow_host(struct doctor *doctor)
{
	doctor_that(doctor, !doctor_long_mode(doctor),
		    VMX_RULE_GUEST_WIDER_THAN_HOST, VMCS_FIELD_ENTRY_CONTROLS);
	doctor_that(doctor,
		    !(doctor_field(doctor, VMCS_FIELD_HOST_CR4) & CR4_PCIDE),
		    VMX_RULE_HOST_PCIDE, VMCS_FIELD_HOST_CR4);
	doctor_high_half(doctor, VMCS_FIELD_HOST_RIP);
}

/* The kernel is 64-bit, so every entry is made in IA-32e mode. */
static void check_address_space(struct doctor *doctor)
{
	doctor_that(doctor, host_is_wide(doctor), VMX_RULE_HOST_NOT_64_BIT,
		    VMCS_FIELD_EXIT_CONTROLS);
	if (doctor_when(doctor, host_is_wide(doctor))) {
		check_wide_host(doctor);
		doctor_end(doctor);
	}
	if (doctor_when(doctor, !host_is_wide(doctor))) {
		check_narrow_host(doctor);
		doctor_end(doctor);
	}
}

/**
 * doctor_host() - the host-state fields
 * @doctor: the examination
 *
 * The relation of controls and host comes first: without it the other fields
 * have another meaning.
 */
void doctor_host(struct doctor *doctor)
{
	check_address_space(doctor);
	check_control_registers(doctor);
	check_msrs(doctor);
	check_segments(doctor);
}
