// SPDX-License-Identifier: LGPL-2.1-or-later
#include "check.h"

/* SDM "Checks on the Guest State Area", registers but the segments */

static uint64_t guest_cr0(struct doctor *doctor)
{
	return doctor_field(doctor, VMCS_FIELD_GUEST_CR0);
}

static uint64_t guest_cr4(struct doctor *doctor)
{
	return doctor_field(doctor, VMCS_FIELD_GUEST_CR4);
}

static bool cr0_is_fixed(struct doctor *doctor)
{
	/* CD and NW may have any value, whatever the MSRs report. */
	uint64_t free_bits = CR0_CD | CR0_NW;
	uint64_t must = doctor_msr(doctor, VMX_MSR_CR0_FIXED0);
	uint64_t may = doctor_msr(doctor, VMX_MSR_CR0_FIXED1);

	if (doctor_secondary(doctor) & SECONDARY(UNRESTRICTED_GUEST))
		free_bits |= CR0_PE | CR0_PG;
	return !(~guest_cr0(doctor) & must & ~free_bits) &&
	       !(guest_cr0(doctor) & ~may);
}

static void check_cr0(struct doctor *doctor)
{
	doctor_that(doctor, cr0_is_fixed(doctor), VMX_RULE_CR0_FIXED,
		    VMCS_FIELD_GUEST_CR0);
	doctor_that(doctor,
		    !(guest_cr0(doctor) & CR0_PG) ||
		    guest_cr0(doctor) & CR0_PE,
		    VMX_RULE_PAGING_WITHOUT_PROTECTION, VMCS_FIELD_GUEST_CR0);
	doctor_that(doctor,
		    !doctor_long_mode(doctor) || guest_cr0(doctor) & CR0_PG,
		    VMX_RULE_LONG_MODE_PAGING, VMCS_FIELD_GUEST_CR0);
}

static void check_cr4(struct doctor *doctor)
{
	doctor_that(doctor,
		    !(~guest_cr4(doctor) &
		      doctor_msr(doctor, VMX_MSR_CR4_FIXED0)) &&
		    !(guest_cr4(doctor) &
		      ~doctor_msr(doctor, VMX_MSR_CR4_FIXED1)),
		    VMX_RULE_CR4_FIXED, VMCS_FIELD_GUEST_CR4);
	doctor_that(doctor,
		    !(guest_cr4(doctor) & CR4_CET) ||
		    guest_cr0(doctor) & CR0_WP,
		    VMX_RULE_CR4_CET, VMCS_FIELD_GUEST_CR4);
	doctor_that(doctor,
		    guest_cr4(doctor) & CR4_PAE || !doctor_long_mode(doctor),
		    VMX_RULE_LONG_MODE_PAE, VMCS_FIELD_GUEST_CR4);
	doctor_that(doctor,
		    !(guest_cr4(doctor) & CR4_PCIDE) ||
		    doctor_long_mode(doctor),
		    VMX_RULE_PCIDE_WITHOUT_LONG_MODE, VMCS_FIELD_GUEST_CR4);
}

#define DEBUGCTL_BUS_LOCK	BIT(2)
#define DEBUGCTL_RESERVED	(BITS(5, 3) | BITS(63, 16))

static bool debugctl_is_good(struct doctor *doctor)
{
	uint64_t debugctl = doctor_field(doctor, VMCS_FIELD_GUEST_DEBUGCTL);

	return !(debugctl & DEBUGCTL_RESERVED) &&
	       (!(debugctl & DEBUGCTL_BUS_LOCK) ||
		doctor_word(doctor, VMX_WORD_BUS_LOCK_DETECT));
}

static bool entry_loads(struct doctor *doctor, uint64_t control)
{
	return doctor_when(doctor, doctor_entry(doctor) & control);
}

static void check_debug(struct doctor *doctor)
{
	if (!entry_loads(doctor, ENTRY(LOAD_DEBUG_CONTROLS)))
		return;
	doctor_that(doctor, debugctl_is_good(doctor),
		    VMX_RULE_DEBUGCTL_RESERVED, VMCS_FIELD_GUEST_DEBUGCTL);
	doctor_high_half(doctor, VMCS_FIELD_GUEST_DR7);
	doctor_end(doctor);
}

static bool guest_efer(struct doctor *doctor, uint64_t bit)
{
	return doctor_field(doctor, VMCS_FIELD_GUEST_EFER) & bit;
}

static void check_efer(struct doctor *doctor)
{
	if (!entry_loads(doctor, ENTRY(LOAD_EFER)))
		return;
	doctor_efer_bits(doctor, VMCS_FIELD_GUEST_EFER);
	doctor_that(doctor,
		    guest_efer(doctor, EFER_LMA) == doctor_long_mode(doctor),
		    VMX_RULE_GUEST_EFER_LMA, VMCS_FIELD_GUEST_EFER);
	doctor_that(doctor,
		    !(guest_cr0(doctor) & CR0_PG) ||
		    guest_efer(doctor, EFER_LMA) ==
		    guest_efer(doctor, EFER_LME),
		    VMX_RULE_GUEST_EFER_LME, VMCS_FIELD_GUEST_EFER);
	doctor_end(doctor);
}

#define BNDCFGS_RESERVED	BITS(11, 2)

static void check_bndcfgs(struct doctor *doctor)
{
	if (!entry_loads(doctor, ENTRY(LOAD_BNDCFGS)))
		return;
	doctor_that(doctor,
		    !(doctor_field(doctor, VMCS_FIELD_GUEST_BNDCFGS) &
		      BNDCFGS_RESERVED),
		    VMX_RULE_BNDCFGS_RESERVED, VMCS_FIELD_GUEST_BNDCFGS);
	doctor_canonical(doctor, VMCS_FIELD_GUEST_BNDCFGS);
	doctor_end(doctor);
}

static void check_perf_and_pat(struct doctor *doctor)
{
	if (entry_loads(doctor, ENTRY(LOAD_PERF_GLOBAL_CTRL))) {
		doctor_perf_global(doctor, VMCS_FIELD_GUEST_PERF_GLOBAL_CTRL);
		doctor_end(doctor);
	}
	if (entry_loads(doctor, ENTRY(LOAD_PAT))) {
		doctor_pat(doctor, VMCS_FIELD_GUEST_PAT);
		doctor_end(doctor);
	}
}

static void check_new_msrs(struct doctor *doctor)
{
	if (entry_loads(doctor, ENTRY(LOAD_UINV))) {
		doctor_that(doctor,
			    doctor_field(doctor, VMCS_FIELD_GUEST_UINV) < 256,
			    VMX_RULE_UINV_RESERVED, VMCS_FIELD_GUEST_UINV);
		doctor_end(doctor);
	}
	if (entry_loads(doctor, ENTRY(LOAD_CET_STATE))) {
		doctor_cet(doctor, VMCS_FIELD_GUEST_S_CET,
			   VMCS_FIELD_GUEST_SSP, VMCS_FIELD_GUEST_SSP_TABLE,
			   doctor_long_mode(doctor));
		doctor_end(doctor);
	}
	if (entry_loads(doctor, ENTRY(LOAD_PKRS))) {
		doctor_high_half(doctor, VMCS_FIELD_GUEST_PKRS);
		doctor_end(doctor);
	}
}

static void check_msrs(struct doctor *doctor)
{
	doctor_canonical(doctor, VMCS_FIELD_GUEST_SYSENTER_ESP);
	doctor_canonical(doctor, VMCS_FIELD_GUEST_SYSENTER_EIP);
	check_perf_and_pat(doctor);
	check_efer(doctor);
	check_bndcfgs(doctor);
	check_new_msrs(doctor);
}

static void check_tables(struct doctor *doctor)
{
	doctor_canonical(doctor, VMCS_FIELD_GUEST_GDTR_BASE);
	doctor_canonical(doctor, VMCS_FIELD_GUEST_IDTR_BASE);
	doctor_that(doctor,
		    doctor_field(doctor,
				 VMCS_FIELD_GUEST_GDTR_LIMIT) <= 0xffff,
		    VMX_RULE_TABLE_LIMIT, VMCS_FIELD_GUEST_GDTR_LIMIT);
	doctor_that(doctor,
		    doctor_field(doctor,
				 VMCS_FIELD_GUEST_IDTR_LIMIT) <= 0xffff,
		    VMX_RULE_TABLE_LIMIT, VMCS_FIELD_GUEST_IDTR_LIMIT);
}

/* The bits from @bits on are all 0 or all 1. */
static bool high_bits_are_alike(uint64_t address, unsigned int bits)
{
	int64_t high = (int64_t)address >> bits;

	return !high || high == -1;
}

#define LINEAR_BITS_MIN	48
#define LINEAR_BITS_MAX	57

static bool rip_is_good(struct doctor *doctor)
{
	uint64_t rip = doctor_field(doctor, VMCS_FIELD_GUEST_RIP);

	if (high_bits_are_alike(rip, LINEAR_BITS_MIN))
		return true;
	return high_bits_are_alike(rip, LINEAR_BITS_MAX) &&
	       doctor_word(doctor, VMX_WORD_LINEAR_BITS) >= LINEAR_BITS_MAX;
}

static bool is_64_bit(struct doctor *doctor)
{
	return doctor_long_mode(doctor) &&
	       doctor_field(doctor, VMCS_FIELD_GUEST_CS_ACCESS_RIGHTS) &
	       ACCESS_L;
}

/*
 * RIP need not be canonical: the instruction below the hole of such addresses
 * can leave it at the first one, and the guest then gets #GP. Only the bits
 * beyond the width of linear addresses are checked.
 */
static void check_rip(struct doctor *doctor)
{
	if (doctor_when(doctor, is_64_bit(doctor))) {
		doctor_that(doctor, rip_is_good(doctor), VMX_RULE_RIP_WIDTH,
			    VMCS_FIELD_GUEST_RIP);
		doctor_end(doctor);
	}
	if (doctor_when(doctor, !is_64_bit(doctor))) {
		doctor_high_half(doctor, VMCS_FIELD_GUEST_RIP);
		doctor_end(doctor);
	}
}

#define RFLAGS_RESERVED	(BITS(63, 22) | BIT(15) | BIT(5) | BIT(3))

static uint64_t guest_rflags(struct doctor *doctor)
{
	return doctor_field(doctor, VMCS_FIELD_GUEST_RFLAGS);
}

static bool injects_interrupt(struct doctor *doctor)
{
	return doctor_event(doctor) &&
	       EVENT_TYPE(doctor_event(doctor)) ==
	       VMX_INTR_TYPE_EXTERNAL_INTERRUPT;
}

static void check_rflags(struct doctor *doctor)
{
	uint32_t field = VMCS_FIELD_GUEST_RFLAGS;

	doctor_that(doctor, !(guest_rflags(doctor) & RFLAGS_RESERVED),
		    VMX_RULE_RFLAGS_RESERVED, field);
	doctor_that(doctor, guest_rflags(doctor) & RFLAGS_FIXED,
		    VMX_RULE_RFLAGS_BIT_1, field);
	doctor_that(doctor,
		    !(guest_rflags(doctor) & RFLAGS_VM) ||
		    (!doctor_long_mode(doctor) && guest_cr0(doctor) & CR0_PE),
		    VMX_RULE_RFLAGS_VM, field);
	doctor_that(doctor,
		    guest_rflags(doctor) & RFLAGS_IF ||
		    !injects_interrupt(doctor),
		    VMX_RULE_RFLAGS_IF, field);
}

static bool uses_pdptes(struct doctor *doctor)
{
	return guest_cr0(doctor) & CR0_PG && !doctor_long_mode(doctor) &&
	       guest_cr4(doctor) & CR4_PAE &&
	       doctor_secondary(doctor) & SECONDARY(ENABLE_EPT);
}

#define PDPTE_PRESENT	BIT(0)
#define PDPTE_RESERVED	(BITS(2, 1) | BITS(8, 5))

static bool pdpte_is_good(struct doctor *doctor, uint64_t pdpte)
{
	return !(pdpte & PDPTE_PRESENT) ||
	       (!(pdpte & PDPTE_RESERVED) && doctor_fits(doctor, pdpte));
}

/*
 * Only those in the VMCS, which EPT uses; without EPT they are read from
 * memory when CR3 is loaded.
 */
static void check_pdptes(struct doctor *doctor)
{
	uint32_t field;

	if (!doctor_when(doctor, uses_pdptes(doctor)))
		return;
	for (field = VMCS_FIELD_GUEST_PDPTE_0;
	     field <= VMCS_FIELD_GUEST_PDPTE_3; field += 2)
		doctor_that(doctor,
			    pdpte_is_good(doctor, doctor_field(doctor, field)),
			    VMX_RULE_PDPTE_RESERVED, field);
	doctor_end(doctor);
}

/**
 * doctor_guest() - the guest-state fields
 * @doctor: the examination
 */
void doctor_guest(struct doctor *doctor)
{
	check_cr0(doctor);
	doctor_cr3(doctor, VMCS_FIELD_GUEST_CR3);
	check_cr4(doctor);
	check_debug(doctor);
	check_msrs(doctor);
	doctor_guest_segments(doctor);
	check_tables(doctor);
	check_rip(doctor);
	check_rflags(doctor);
	doctor_guest_state(doctor);
	check_pdptes(doctor);
}
