// SPDX-License-Identifier: LGPL-2.1-or-later
#include "check.h"

/* SDM "VM-Entry Control Fields": the event that an entry injects */

static bool has_monitor_trap_flag(struct doctor *doctor)
{
	uint32_t msr = doctor_msr(doctor, VMX_MSR_BASIC) &
		       BASIC(TRUE_CONTROLS) ? VMX_MSR_TRUE_PROCBASED_CTLS :
					      VMX_MSR_PROCBASED_CTLS;

	return doctor_msr(doctor, msr) >> 32 & PRIMARY(MONITOR_TRAP_FLAG);
}

static bool type_is_good(struct doctor *doctor, uint32_t type)
{
	return type != VMX_INTR_TYPE_RESERVED &&
	       (type != VMX_INTR_TYPE_OTHER_EVENT ||
		has_monitor_trap_flag(doctor));
}

static bool vector_is_good(uint32_t type, uint32_t vector)
{
	switch (type) {
	case VMX_INTR_TYPE_NMI:
		return vector == 2;
	case VMX_INTR_TYPE_HARDWARE_EXCEPTION:
		return vector < 32;
	case VMX_INTR_TYPE_OTHER_EVENT:
		return !vector;
	default:
		return true;
	}
}

static bool may_be_in_real_mode(struct doctor *doctor)
{
	return doctor_secondary(doctor) & SECONDARY(UNRESTRICTED_GUEST) &&
	       !(doctor_field(doctor, VMCS_FIELD_GUEST_CR0) & CR0_PE);
}

/*
 * Bit 56 of IA32_VMX_BASIC: any hardware exception may come with or without an
 * error code. All CPUs that have #CP have that bit, so to the others vector 21
 * is an exception without error code.
 */
static bool error_code_is_good(struct doctor *doctor, uint32_t type,
			       uint32_t vector)
{
	bool delivered = doctor_event(doctor) & EVENT_ERROR_CODE;
	bool has_one = vector != VECTOR_CP &&
		       vmx_vector_has_error_code(vector);
	bool exception = type == VMX_INTR_TYPE_HARDWARE_EXCEPTION;

	if (!exception)
		return !delivered;
	/* No mode and no CPU requires one here. */
	if (!has_one && !delivered)
		return true;
	if (may_be_in_real_mode(doctor))
		return !delivered;
	return delivered == has_one ||
	       doctor_msr(doctor, VMX_MSR_BASIC) & BASIC(ANY_ERROR_CODE);
}

static void check_error_code(struct doctor *doctor, uint32_t type,
			     uint32_t vector)
{
	doctor_that(doctor, error_code_is_good(doctor, type, vector),
		    VMX_RULE_EVENT_ERROR_CODE,
		    VMCS_FIELD_ENTRY_INTERRUPTION_INFO);
	doctor_that(doctor,
		    !(doctor_event(doctor) & EVENT_ERROR_CODE) ||
		    !(doctor_field(doctor, VMCS_FIELD_ENTRY_ERROR_CODE) >> 16),
		    VMX_RULE_ERROR_CODE_RESERVED, VMCS_FIELD_ENTRY_ERROR_CODE);
}

static bool length_is_good(struct doctor *doctor, uint32_t type)
{
	uint64_t length;

	if (!vmx_intr_type_is_soft(type))
		return true;
	length = doctor_field(doctor, VMCS_FIELD_ENTRY_INSTRUCTION_LENGTH);
	return length ? length <= 15 : doctor_msr(doctor, VMX_MSR_MISC) &
				       MISC(INSTRUCTION_LENGTH_0);
}

/**
 * doctor_event_injection() - the event that the entry injects
 * @doctor: the examination
 */
void doctor_event_injection(struct doctor *doctor)
{
	uint32_t field = VMCS_FIELD_ENTRY_INTERRUPTION_INFO;
	uint64_t event = doctor_event(doctor);
	uint32_t type = EVENT_TYPE(event);
	uint32_t vector = EVENT_VECTOR(event);

	if (!doctor_when(doctor, event))
		return;
	doctor_that(doctor, type_is_good(doctor, type), VMX_RULE_EVENT_TYPE,
		    field);
	doctor_that(doctor, vector_is_good(type, vector),
		    VMX_RULE_EVENT_VECTOR, field);
	doctor_that(doctor, !(event & EVENT_RESERVED),
		    VMX_RULE_EVENT_RESERVED, field);
	check_error_code(doctor, type, vector);
	doctor_that(doctor, length_is_good(doctor, type),
		    VMX_RULE_EVENT_LENGTH,
		    VMCS_FIELD_ENTRY_INSTRUCTION_LENGTH);
	doctor_end(doctor);
}
