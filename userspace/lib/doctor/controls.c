// SPDX-License-Identifier: LGPL-2.1-or-later
#include "check.h"

/* SDM "Checks on VMX Controls" */

#define PAGE	0x1000

static void check_settings(struct doctor *doctor, uint32_t field, uint64_t must,
			   uint64_t may)
{
	/* The caller has read the MSR of both, and the field may be missing. */
	doctor_hold(doctor);
	doctor_that(doctor, (doctor_field(doctor, field) & must) == must,
		    VMX_RULE_MUST_BE_1, field);
	doctor_that(doctor, !(doctor_field(doctor, field) & ~may),
		    VMX_RULE_MUST_BE_0, field);
	doctor_end(doctor);
}

/* Low half: bits that must be 1, high half: bits that may be 1. */
static void check_allowed(struct doctor *doctor, uint32_t field, uint32_t msr)
{
	uint64_t settings = doctor_msr(doctor, msr);

	check_settings(doctor, field, settings & 0xffffffff, settings >> 32);
}

/* The MSR of these control words reports only which bits may be 1. */
static void check_may(struct doctor *doctor, bool active, uint32_t field,
		      uint32_t msr)
{
	if (!doctor_when(doctor, active))
		return;
	check_settings(doctor, field, 0, doctor_msr(doctor, msr));
	doctor_end(doctor);
}

static bool has_exact_controls(struct doctor *doctor)
{
	return doctor_msr(doctor, VMX_MSR_BASIC) & BASIC(TRUE_CONTROLS);
}

static void check_exact(struct doctor *doctor, uint32_t field, uint32_t msr,
			uint32_t exact)
{
	uint32_t number = has_exact_controls(doctor) ? exact : msr;

	check_allowed(doctor, field, number);
}

static void check_all_allowed(struct doctor *doctor)
{
	check_exact(doctor, VMCS_FIELD_PIN_CONTROLS, VMX_MSR_PINBASED_CTLS,
		    VMX_MSR_TRUE_PINBASED_CTLS);
	check_exact(doctor, VMCS_FIELD_PRIMARY_CONTROLS,
		    VMX_MSR_PROCBASED_CTLS, VMX_MSR_TRUE_PROCBASED_CTLS);
	if (doctor_when(doctor, doctor_primary(doctor) &
				PRIMARY(SECONDARY_CONTROLS))) {
		check_allowed(doctor, VMCS_FIELD_SECONDARY_CONTROLS,
			      VMX_MSR_PROCBASED_CTLS2);
		doctor_end(doctor);
	}
	check_may(doctor, doctor_primary(doctor) & PRIMARY(TERTIARY_CONTROLS),
		  VMCS_FIELD_TERTIARY_CONTROLS, VMX_MSR_PROCBASED_CTLS3);
	check_exact(doctor, VMCS_FIELD_EXIT_CONTROLS, VMX_MSR_EXIT_CTLS,
		    VMX_MSR_TRUE_EXIT_CTLS);
	check_may(doctor, doctor_exit(doctor) & EXIT(SECONDARY_CONTROLS),
		  VMCS_FIELD_SECONDARY_EXIT_CONTROLS, VMX_MSR_EXIT_CTLS2);
	check_exact(doctor, VMCS_FIELD_ENTRY_CONTROLS, VMX_MSR_ENTRY_CTLS,
		    VMX_MSR_TRUE_ENTRY_CTLS);
}

static void check_page(struct doctor *doctor, bool used, uint32_t field)
{
	if (!doctor_when(doctor, used))
		return;
	doctor_physical(doctor, field, PAGE);
	doctor_end(doctor);
}

static void check_secondary_pages(struct doctor *doctor)
{
	static const struct {
		uint64_t control;
		uint32_t field;
	} pages[] = {
		{ SECONDARY(VIRTUALIZE_APIC_ACCESSES),
		  VMCS_FIELD_APIC_ACCESS_ADDRESS },
		{ SECONDARY(ENABLE_PML), VMCS_FIELD_PML_ADDRESS },
		{ SECONDARY(VMCS_SHADOWING), VMCS_FIELD_VMREAD_BITMAP },
		{ SECONDARY(VMCS_SHADOWING), VMCS_FIELD_VMWRITE_BITMAP },
		{ SECONDARY(EPT_VIOLATION_VE),
		  VMCS_FIELD_VE_INFORMATION_ADDRESS },
		{ SECONDARY(SUB_PAGE_WRITE_PERMISSIONS),
		  VMCS_FIELD_SPP_TABLE_POINTER },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(pages); i++)
		check_page(doctor, doctor_secondary(doctor) & pages[i].control,
			   pages[i].field);
}

static void check_pages(struct doctor *doctor)
{
	check_page(doctor, doctor_primary(doctor) & PRIMARY(USE_IO_BITMAPS),
		   VMCS_FIELD_IO_BITMAP_A);
	check_page(doctor, doctor_primary(doctor) & PRIMARY(USE_IO_BITMAPS),
		   VMCS_FIELD_IO_BITMAP_B);
	check_page(doctor, doctor_primary(doctor) & PRIMARY(USE_MSR_BITMAPS),
		   VMCS_FIELD_MSR_BITMAPS);
	check_page(doctor, doctor_primary(doctor) & PRIMARY(USE_TPR_SHADOW),
		   VMCS_FIELD_VIRTUAL_APIC_ADDRESS);
	check_secondary_pages(doctor);
	if (doctor_when(doctor, doctor_tertiary(doctor) &
				TERTIARY(IPI_VIRTUALIZATION))) {
		doctor_physical(doctor, VMCS_FIELD_PID_POINTER_TABLE, 8);
		doctor_end(doctor);
	}
}

static void check_nmi(struct doctor *doctor)
{
	doctor_that(doctor,
		    !(doctor_pin(doctor) & PIN(VIRTUAL_NMIS)) ||
		    doctor_pin(doctor) & PIN(NMI_EXITING),
		    VMX_RULE_VIRTUAL_NMIS, VMCS_FIELD_PIN_CONTROLS);
	doctor_that(doctor,
		    !(doctor_primary(doctor) & PRIMARY(NMI_WINDOW_EXITING)) ||
		    doctor_pin(doctor) & PIN(VIRTUAL_NMIS),
		    VMX_RULE_NMI_WINDOW, VMCS_FIELD_PRIMARY_CONTROLS);
}

static bool threshold_is_above(struct doctor *doctor)
{
	uint64_t threshold = doctor_field(doctor, VMCS_FIELD_TPR_THRESHOLD);

	/* Whatever VTPR is, 0 is not above it. */
	return threshold & 15 &&
	       (threshold & 15) > (doctor_word(doctor, VMX_WORD_VTPR) >> 4 & 15);
}

static void check_tpr_threshold(struct doctor *doctor)
{
	if (!doctor_when(doctor, !(doctor_secondary(doctor) &
				   SECONDARY(VIRTUAL_INTERRUPT_DELIVERY))))
		return;
	doctor_that(doctor,
		    doctor_field(doctor, VMCS_FIELD_TPR_THRESHOLD) < 16,
		    VMX_RULE_TPR_THRESHOLD_BITS, VMCS_FIELD_TPR_THRESHOLD);
	doctor_that(doctor,
		    doctor_secondary(doctor) &
		    SECONDARY(VIRTUALIZE_APIC_ACCESSES) ||
		    !threshold_is_above(doctor),
		    VMX_RULE_TPR_THRESHOLD_ABOVE_VTPR,
		    VMCS_FIELD_TPR_THRESHOLD);
	doctor_end(doctor);
}

static void check_posted_interrupts(struct doctor *doctor)
{
	if (!doctor_when(doctor, doctor_pin(doctor) & PIN(POSTED_INTERRUPTS)))
		return;
	doctor_that(doctor,
		    doctor_secondary(doctor) &
		    SECONDARY(VIRTUAL_INTERRUPT_DELIVERY) &&
		    doctor_exit(doctor) & EXIT(ACKNOWLEDGE_INTERRUPT),
		    VMX_RULE_POSTED_INTERRUPTS, VMCS_FIELD_PIN_CONTROLS);
	doctor_that(doctor,
		    doctor_field(doctor,
				 VMCS_FIELD_POSTED_INTERRUPT_VECTOR) < 256,
		    VMX_RULE_POSTED_INTERRUPT_VECTOR,
		    VMCS_FIELD_POSTED_INTERRUPT_VECTOR);
	doctor_physical(doctor, VMCS_FIELD_POSTED_INTERRUPT_DESCRIPTOR, 64);
	doctor_end(doctor);
}

static bool has_tpr_shadow(struct doctor *doctor)
{
	return doctor_primary(doctor) & PRIMARY(USE_TPR_SHADOW);
}

static void check_without_tpr_shadow(struct doctor *doctor)
{
	doctor_that(doctor,
		    !(doctor_secondary(doctor) &
		      (SECONDARY(VIRTUALIZE_X2APIC_MODE) |
		       SECONDARY(APIC_REGISTER_VIRTUALIZATION) |
		       SECONDARY(VIRTUAL_INTERRUPT_DELIVERY))),
		    VMX_RULE_NEEDS_TPR_SHADOW, VMCS_FIELD_SECONDARY_CONTROLS);
	doctor_that(doctor,
		    !(doctor_tertiary(doctor) & TERTIARY(IPI_VIRTUALIZATION)),
		    VMX_RULE_NEEDS_TPR_SHADOW, VMCS_FIELD_TERTIARY_CONTROLS);
}

static void check_apic(struct doctor *doctor)
{
	if (doctor_when(doctor, has_tpr_shadow(doctor))) {
		check_tpr_threshold(doctor);
		doctor_end(doctor);
	}
	if (doctor_when(doctor, !has_tpr_shadow(doctor))) {
		check_without_tpr_shadow(doctor);
		doctor_end(doctor);
	}
	doctor_that(doctor,
		    !(doctor_secondary(doctor) &
		      SECONDARY(VIRTUALIZE_X2APIC_MODE)) ||
		    !(doctor_secondary(doctor) &
		      SECONDARY(VIRTUALIZE_APIC_ACCESSES)),
		    VMX_RULE_X2APIC_AND_APIC_ACCESSES,
		    VMCS_FIELD_SECONDARY_CONTROLS);
	doctor_that(doctor,
		    !(doctor_secondary(doctor) &
		      SECONDARY(VIRTUAL_INTERRUPT_DELIVERY)) ||
		    doctor_pin(doctor) & PIN(EXTERNAL_INTERRUPT_EXITING),
		    VMX_RULE_VIRTUAL_INTERRUPT_DELIVERY,
		    VMCS_FIELD_SECONDARY_CONTROLS);
	check_posted_interrupts(doctor);
}

/* EPT pointer, SDM "Extended-Page-Table Pointer (EPTP)" */
#define EPTP_TYPE		BITS(2, 0)
#define EPTP_TYPE_UC		0
#define EPTP_TYPE_WB		6
#define EPTP_WALK		BITS(5, 3)
#define EPTP_WALK_4		(3ULL << 3)
#define EPTP_WALK_5		(4ULL << 3)
#define EPTP_ACCESSED_DIRTY	BIT(6)
#define EPTP_SHADOW_STACK	BIT(7)
#define EPTP_RESERVED		BITS(11, 8)

static bool has_ept(struct doctor *doctor, uint64_t capability)
{
	return doctor_msr(doctor, VMX_MSR_EPT_VPID_CAP) & capability;
}

static bool eptp_type_is_good(struct doctor *doctor)
{
	switch (doctor_field(doctor, VMCS_FIELD_EPT_POINTER) & EPTP_TYPE) {
	case EPTP_TYPE_WB:
		return has_ept(doctor, EPT_VPID(TABLES_WB));
	case EPTP_TYPE_UC:
		return has_ept(doctor, EPT_VPID(TABLES_UC));
	default:
		return false;
	}
}

static bool eptp_walk_is_good(struct doctor *doctor)
{
	switch (doctor_field(doctor, VMCS_FIELD_EPT_POINTER) & EPTP_WALK) {
	case EPTP_WALK_4:
		return has_ept(doctor, EPT_VPID(WALK_4));
	case EPTP_WALK_5:
		return has_ept(doctor, EPT_VPID(WALK_5));
	default:
		return false;
	}
}

static void check_ept_pointer(struct doctor *doctor)
{
	uint32_t field = VMCS_FIELD_EPT_POINTER;

	doctor_that(doctor, eptp_type_is_good(doctor),
		    VMX_RULE_EPT_MEMORY_TYPE, field);
	doctor_that(doctor, eptp_walk_is_good(doctor),
		    VMX_RULE_EPT_WALK_LENGTH, field);
	doctor_that(doctor,
		    !(doctor_field(doctor, field) & EPTP_ACCESSED_DIRTY) ||
		    has_ept(doctor, EPT_VPID(ACCESSED_DIRTY)),
		    VMX_RULE_EPT_ACCESSED_DIRTY, field);
	doctor_that(doctor,
		    !(doctor_field(doctor, field) & EPTP_RESERVED) &&
		    (!(doctor_field(doctor, field) & EPTP_SHADOW_STACK) ||
		     has_ept(doctor, EPT_VPID(SUPERVISOR_SHADOW_STACK))),
		    VMX_RULE_EPT_RESERVED, field);
	doctor_that(doctor, doctor_fits(doctor, doctor_field(doctor, field)),
		    VMX_RULE_ADDRESS_WIDTH, field);
}

static void check_without_ept(struct doctor *doctor)
{
	doctor_that(doctor,
		    !(doctor_secondary(doctor) &
		      (SECONDARY(UNRESTRICTED_GUEST) |
		       SECONDARY(ENABLE_PML) |
		       SECONDARY(MODE_BASED_EXECUTE_CONTROL) |
		       SECONDARY(SUB_PAGE_WRITE_PERMISSIONS))),
		    VMX_RULE_NEEDS_EPT, VMCS_FIELD_SECONDARY_CONTROLS);
	doctor_that(doctor,
		    !(doctor_tertiary(doctor) &
		      (TERTIARY(ENABLE_HLAT) |
		       TERTIARY(EPT_PAGING_WRITE_CONTROL) |
		       TERTIARY(GUEST_PAGING_VERIFICATION))),
		    VMX_RULE_NEEDS_EPT, VMCS_FIELD_TERTIARY_CONTROLS);
}

static bool uses_ept(struct doctor *doctor)
{
	return doctor_secondary(doctor) & SECONDARY(ENABLE_EPT);
}

static void check_ept(struct doctor *doctor)
{
	if (doctor_when(doctor, uses_ept(doctor))) {
		check_ept_pointer(doctor);
		doctor_end(doctor);
	}
	if (doctor_when(doctor, !uses_ept(doctor))) {
		check_without_ept(doctor);
		doctor_end(doctor);
	}
}

#define VM_FUNCTION_EPTP_SWITCHING	BIT(0)

static void check_vm_functions(struct doctor *doctor)
{
	uint32_t field = VMCS_FIELD_VM_FUNCTION_CONTROLS;

	if (!doctor_when(doctor, doctor_secondary(doctor) &
				 SECONDARY(ENABLE_VM_FUNCTIONS)))
		return;
	doctor_that(doctor,
		    !(doctor_field(doctor, field) &
		      ~doctor_msr(doctor, VMX_MSR_VMFUNC)),
		    VMX_RULE_VM_FUNCTION, field);
	if (doctor_when(doctor, doctor_field(doctor, field) &
				VM_FUNCTION_EPTP_SWITCHING)) {
		doctor_that(doctor,
			    doctor_secondary(doctor) & SECONDARY(ENABLE_EPT),
			    VMX_RULE_NEEDS_EPT, field);
		doctor_physical(doctor, VMCS_FIELD_EPTP_LIST_ADDRESS, PAGE);
		doctor_end(doctor);
	}
	doctor_end(doctor);
}

/* Bits 24:16 of IA32_VMX_MISC: CR3 targets that this CPU has. */
static void check_cr3_targets(struct doctor *doctor)
{
	uint64_t count = doctor_field(doctor, VMCS_FIELD_CR3_TARGET_COUNT);

	doctor_that(doctor,
		    !count ||
		    count <= (doctor_msr(doctor, VMX_MSR_MISC) >> 16 & 0x1ff),
		    VMX_RULE_CR3_TARGETS, VMCS_FIELD_CR3_TARGET_COUNT);
}

static void check_not_zero(struct doctor *doctor, uint64_t control,
			   uint32_t field, uint32_t rule)
{
	doctor_that(doctor,
		    !(doctor_secondary(doctor) & control) ||
		    doctor_field(doctor, field),
		    rule, field);
}

static void check_processor_trace(struct doctor *doctor)
{
	doctor_that(doctor,
		    !(doctor_secondary(doctor) &
		      SECONDARY(PT_USES_GUEST_PHYSICAL)) ||
		    (doctor_secondary(doctor) & SECONDARY(ENABLE_EPT) &&
		     doctor_entry(doctor) & ENTRY(LOAD_RTIT_CTL) &&
		     doctor_exit(doctor) & EXIT(CLEAR_RTIT_CTL)),
		    VMX_RULE_PT_GUEST_PHYSICAL, VMCS_FIELD_SECONDARY_CONTROLS);
}

static void check_execution(struct doctor *doctor)
{
	check_cr3_targets(doctor);
	check_pages(doctor);
	check_nmi(doctor);
	check_apic(doctor);
	check_not_zero(doctor, SECONDARY(ENABLE_VPID), VMCS_FIELD_VPID,
		       VMX_RULE_VPID_ZERO);
	check_ept(doctor);
	check_vm_functions(doctor);
	check_not_zero(doctor, SECONDARY(USE_TSC_SCALING),
		       VMCS_FIELD_TSC_MULTIPLIER, VMX_RULE_TSC_MULTIPLIER);
	check_processor_trace(doctor);
}

#define MSR_AREA_ENTRY 16

static bool area_end_fits(struct doctor *doctor, uint64_t address,
			  uint64_t count)
{
	/* An area that begins too high is a finding about its address. */
	return !doctor_fits(doctor, address) ||
	       doctor_fits(doctor, address + count * MSR_AREA_ENTRY - 1);
}

static void check_msr_area(struct doctor *doctor, uint32_t count_field,
			   uint32_t field)
{
	if (!doctor_when(doctor, doctor_field(doctor, count_field)))
		return;
	doctor_that(doctor,
		    !(doctor_field(doctor, field) & (MSR_AREA_ENTRY - 1)),
		    VMX_RULE_MSR_AREA_ALIGNMENT, field);
	doctor_that(doctor, doctor_fits(doctor, doctor_field(doctor, field)),
		    VMX_RULE_ADDRESS_WIDTH, field);
	doctor_that(doctor,
		    area_end_fits(doctor, doctor_field(doctor, field),
				  doctor_field(doctor, count_field)),
		    VMX_RULE_MSR_AREA_WIDTH, count_field);
	doctor_end(doctor);
}

static void check_exit(struct doctor *doctor)
{
	doctor_that(doctor,
		    !(doctor_exit(doctor) & EXIT(SAVE_PREEMPTION_TIMER)) ||
		    doctor_pin(doctor) & PIN(VMX_PREEMPTION_TIMER),
		    VMX_RULE_SAVE_PREEMPTION_TIMER, VMCS_FIELD_EXIT_CONTROLS);
	check_msr_area(doctor, VMCS_FIELD_EXIT_MSR_STORE_COUNT,
		       VMCS_FIELD_EXIT_MSR_STORE_ADDRESS);
	check_msr_area(doctor, VMCS_FIELD_EXIT_MSR_LOAD_COUNT,
		       VMCS_FIELD_EXIT_MSR_LOAD_ADDRESS);
}

static void check_entry(struct doctor *doctor)
{
	check_msr_area(doctor, VMCS_FIELD_ENTRY_MSR_LOAD_COUNT,
		       VMCS_FIELD_ENTRY_MSR_LOAD_ADDRESS);
	doctor_that(doctor,
		    !(doctor_entry(doctor) & (ENTRY(ENTRY_TO_SMM) |
					      ENTRY(DEACTIVATE_DUAL_MONITOR))),
		    VMX_RULE_OUTSIDE_SMM, VMCS_FIELD_ENTRY_CONTROLS);
	doctor_event_injection(doctor);
}

/**
 * doctor_controls() - the control fields
 * @doctor: the examination
 *
 * When a control is set that the CPU does not have, the fields that such
 * controls need are not checked.
 */
void doctor_controls(struct doctor *doctor)
{
	size_t before = doctor->diagnosis->finding_count;

	check_all_allowed(doctor);
	if (doctor->diagnosis->finding_count != before)
		return;
	check_execution(doctor);
	check_exit(doctor);
	check_entry(doctor);
}
