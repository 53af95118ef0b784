// SPDX-License-Identifier: LGPL-2.1-or-later
#include "check.h"

/* SDM "Checks on Guest Non-Register State" */

#define BLOCKED_BY_STI_OR_MOV_SS	(BLOCKED_BY_STI | BLOCKED_BY_MOV_SS)
#define BLOCKING_RESERVED		BITS(31, 5)

static uint64_t guest_activity(struct doctor *doctor)
{
	return doctor_field(doctor, VMCS_FIELD_GUEST_ACTIVITY);
}

static uint64_t guest_blocking(struct doctor *doctor)
{
	return doctor_field(doctor, VMCS_FIELD_GUEST_INTERRUPTIBILITY);
}

static bool guest_rflag(struct doctor *doctor, uint64_t flag)
{
	return doctor_field(doctor, VMCS_FIELD_GUEST_RFLAGS) & flag;
}

static bool ends_halt(uint32_t type, uint32_t vector)
{
	bool exception = type == VMX_INTR_TYPE_HARDWARE_EXCEPTION;

	return type == VMX_INTR_TYPE_NMI ||
	       type == VMX_INTR_TYPE_EXTERNAL_INTERRUPT ||
	       type == VMX_INTR_TYPE_OTHER_EVENT ||
	       (exception && (vector == VECTOR_MC || vector == VECTOR_DB));
}

static bool ends_shutdown(uint32_t type, uint32_t vector)
{
	return type == VMX_INTR_TYPE_NMI ||
	       (type == VMX_INTR_TYPE_HARDWARE_EXCEPTION &&
		vector == VECTOR_MC);
}

/* Can the event that is injected, if any, end this activity state? */
static bool event_suits_activity(struct doctor *doctor)
{
	uint64_t activity = guest_activity(doctor);
	uint64_t event;

	if (activity == ACTIVITY_ACTIVE)
		return true;
	event = doctor_event(doctor);
	if (!event)
		return true;
	if (activity == ACTIVITY_HLT)
		return ends_halt(EVENT_TYPE(event), EVENT_VECTOR(event));
	if (activity == ACTIVITY_SHUTDOWN)
		return ends_shutdown(EVENT_TYPE(event), EVENT_VECTOR(event));
	return false;
}

/* Bits 8:6 of IA32_VMX_MISC: HLT, shutdown, wait-for-SIPI exist. */
static bool activity_is_known(struct doctor *doctor)
{
	uint64_t activity = guest_activity(doctor);

	return activity == ACTIVITY_ACTIVE ||
	       (activity < 4 && doctor_msr(doctor, VMX_MSR_MISC) &
				BIT(VMX_MISC_ACTIVITY_HLT_BIT - 1 + activity));
}

static bool halt_is_privileged(struct doctor *doctor)
{
	return guest_activity(doctor) != ACTIVITY_HLT ||
	       !ACCESS_DPL(doctor_field(doctor,
					VMCS_FIELD_GUEST_SS_ACCESS_RIGHTS));
}

static void check_activity(struct doctor *doctor)
{
	uint32_t field = VMCS_FIELD_GUEST_ACTIVITY;

	doctor_that(doctor, activity_is_known(doctor),
		    VMX_RULE_ACTIVITY_UNKNOWN, field);
	doctor_that(doctor, halt_is_privileged(doctor),
		    VMX_RULE_ACTIVITY_HLT_DPL, field);
	doctor_that(doctor,
		    guest_activity(doctor) == ACTIVITY_ACTIVE ||
		    !(guest_blocking(doctor) & BLOCKED_BY_STI_OR_MOV_SS),
		    VMX_RULE_ACTIVITY_BLOCKED, field);
	doctor_that(doctor, event_suits_activity(doctor),
		    VMX_RULE_ACTIVITY_EVENT, field);
}

static bool injects(struct doctor *doctor, uint32_t type)
{
	return doctor_event(doctor) &&
	       EVENT_TYPE(doctor_event(doctor)) == type;
}

/* Blocking by STI is left to the CPU; no CPU is known to refuse it. */
static bool nmi_is_blocked(struct doctor *doctor)
{
	uint64_t blocking = guest_blocking(doctor);

	return blocking & BLOCKED_BY_MOV_SS ||
	       (blocking & BLOCKED_BY_NMI &&
		doctor_pin(doctor) & PIN(VIRTUAL_NMIS));
}

static void check_injection(struct doctor *doctor)
{
	uint32_t field = VMCS_FIELD_GUEST_INTERRUPTIBILITY;

	doctor_that(doctor,
		    !(guest_blocking(doctor) & BLOCKED_BY_STI_OR_MOV_SS) ||
		    !injects(doctor, VMX_INTR_TYPE_EXTERNAL_INTERRUPT),
		    VMX_RULE_BLOCKING_INTERRUPT, field);
	doctor_that(doctor,
		    !nmi_is_blocked(doctor) ||
		    !injects(doctor, VMX_INTR_TYPE_NMI),
		    VMX_RULE_BLOCKING_NMI, field);
}

static bool enclave_is_good(struct doctor *doctor)
{
	uint64_t blocking = guest_blocking(doctor);

	return !(blocking & ENCLAVE_INTERRUPTION) ||
	       (!(blocking & BLOCKED_BY_MOV_SS) &&
		doctor_word(doctor, VMX_WORD_SGX));
}

static void check_blocking(struct doctor *doctor)
{
	uint32_t field = VMCS_FIELD_GUEST_INTERRUPTIBILITY;

	doctor_that(doctor, !(guest_blocking(doctor) & BLOCKING_RESERVED),
		    VMX_RULE_BLOCKING_RESERVED, field);
	doctor_that(doctor,
		    (guest_blocking(doctor) & BLOCKED_BY_STI_OR_MOV_SS) !=
		    BLOCKED_BY_STI_OR_MOV_SS,
		    VMX_RULE_BLOCKING_BOTH, field);
	doctor_that(doctor,
		    !(guest_blocking(doctor) & BLOCKED_BY_STI) ||
		    guest_rflag(doctor, RFLAGS_IF),
		    VMX_RULE_BLOCKING_STI, field);
	check_injection(doctor);
	/* Entries from SMM are not considered. */
	doctor_that(doctor, !(guest_blocking(doctor) & BLOCKED_BY_SMI),
		    VMX_RULE_BLOCKING_SMI, field);
	doctor_that(doctor, enclave_is_good(doctor),
		    VMX_RULE_BLOCKING_ENCLAVE, field);
}

/* Bits of the pending debug exceptions */
#define PENDING_BUS_LOCK	BIT(11)
#define PENDING_ENABLED		BIT(12)
#define PENDING_STEP		BIT(14)
#define PENDING_RTM		BIT(16)
#define PENDING_RESERVED \
	(BITS(10, 4) | BIT(13) | BIT(15) | BITS(63, 17))

static uint64_t guest_pending(struct doctor *doctor)
{
	return doctor_field(doctor, VMCS_FIELD_GUEST_PENDING_DEBUG);
}

static bool pending_bits_are_good(struct doctor *doctor)
{
	uint64_t pending = guest_pending(doctor);

	return !(pending & PENDING_RESERVED) &&
	       (!(pending & PENDING_BUS_LOCK) ||
		doctor_word(doctor, VMX_WORD_BUS_LOCK_DETECT));
}

static bool pending_rtm_is_good(struct doctor *doctor)
{
	uint64_t pending = guest_pending(doctor);

	return !(pending & PENDING_RTM) ||
	       (pending & PENDING_ENABLED && !(pending & BITS(11, 0)) &&
		!(guest_blocking(doctor) & BLOCKED_BY_MOV_SS) &&
		doctor_word(doctor, VMX_WORD_RTM));
}

static bool steps(struct doctor *doctor)
{
	return guest_rflag(doctor, RFLAGS_TF) &&
	       !(doctor_field(doctor, VMCS_FIELD_GUEST_DEBUGCTL) &
		 DEBUGCTL_BTF);
}

static void check_pending(struct doctor *doctor)
{
	uint32_t field = VMCS_FIELD_GUEST_PENDING_DEBUG;

	doctor_that(doctor, pending_bits_are_good(doctor),
		    VMX_RULE_PENDING_DEBUG_RESERVED, field);
	if (doctor_when(doctor,
			guest_blocking(doctor) & BLOCKED_BY_STI_OR_MOV_SS ||
			guest_activity(doctor) == ACTIVITY_HLT)) {
		doctor_that(doctor,
			    !!(guest_pending(doctor) & PENDING_STEP) ==
			    steps(doctor),
			    VMX_RULE_PENDING_DEBUG_STEP, field);
		doctor_end(doctor);
	}
	doctor_that(doctor, pending_rtm_is_good(doctor),
		    VMX_RULE_PENDING_DEBUG_RTM, field);
}

#define NO_LINK		(~0ULL)
#define PAGE		0x1000

/* Bit 31 of the revision identifier marks a shadow VMCS. */
static bool link_is_vmcs(struct doctor *doctor)
{
	uint64_t revision = doctor_msr(doctor, VMX_MSR_BASIC) & BITS(30, 0);

	if (doctor_secondary(doctor) & SECONDARY(VMCS_SHADOWING))
		revision |= BIT(31);
	return doctor_word(doctor, VMX_WORD_LINK_REVISION) == revision;
}

static bool link_is_address(struct doctor *doctor)
{
	uint64_t link = doctor_field(doctor, VMCS_FIELD_LINK_POINTER);

	return !(link & (PAGE - 1)) && doctor_fits(doctor, link);
}

static void check_link(struct doctor *doctor)
{
	uint32_t field = VMCS_FIELD_LINK_POINTER;

	if (!doctor_when(doctor, doctor_field(doctor, field) != NO_LINK))
		return;
	doctor_physical(doctor, field, PAGE);
	if (doctor_when(doctor, link_is_address(doctor))) {
		doctor_that(doctor,
			    !doctor_word(doctor, VMX_WORD_LINK_IS_CURRENT),
			    VMX_RULE_LINK_CURRENT, field);
		doctor_that(doctor, link_is_vmcs(doctor),
			    VMX_RULE_LINK_REVISION, field);
		doctor_end(doctor);
	}
	doctor_end(doctor);
}

/**
 * doctor_guest_state() - what is not a register
 * @doctor: the examination
 */
void doctor_guest_state(struct doctor *doctor)
{
	check_activity(doctor);
	check_blocking(doctor);
	check_pending(doctor);
	check_link(doctor);
}
