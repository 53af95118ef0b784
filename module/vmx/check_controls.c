// SPDX-License-Identifier: GPL-2.0-only
#include "vmcs.h"
#include "check_rules.h"

#include <asm/msr.h>
#include <asm/processor-flags.h>
#include <asm/trapnr.h>

#include <uapi/vmx.h>

/* SDM "Checks on VMX Controls". */

#define PAGE_ALIGN_4K 0x1000

static void check_settings(const struct check *check, u32 field, u64 must,
			   u64 may)
{
	u64 value = check_read(field);

	check_that(check, (value & must) == must, VMX_RULE_MUST_BE_1, field);
	check_that(check, !(value & ~may), VMX_RULE_MUST_BE_0, field);
}

/* Low half: bits that must be 1, high half: bits that may be 1. */
static void check_allowed(const struct check *check, u32 field, u32 msr)
{
	u64 settings = check_msr(msr);

	check_settings(check, field, (u32)settings, settings >> 32);
}

static void check_all_allowed(const struct check *check)
{
	/* Bit 55 of IA32_VMX_BASIC: the TRUE capability MSRs exist. */
	bool exact = check->basic & BIT_ULL(55);

	check_allowed(check, VMCS_FIELD_PIN_CONTROLS,
		      exact ? MSR_IA32_VMX_TRUE_PINBASED_CTLS :
			      MSR_IA32_VMX_PINBASED_CTLS);
	check_allowed(check, VMCS_FIELD_PRIMARY_CONTROLS,
		      exact ? MSR_IA32_VMX_TRUE_PROCBASED_CTLS :
			      MSR_IA32_VMX_PROCBASED_CTLS);
	if (check->proc & CPU_BASED_ACTIVATE_SECONDARY_CONTROLS)
		check_allowed(check, VMCS_FIELD_SECONDARY_CONTROLS,
			      MSR_IA32_VMX_PROCBASED_CTLS2);
	if (check->proc & CPU_BASED_ACTIVATE_TERTIARY_CONTROLS)
		check_settings(check, VMCS_FIELD_TERTIARY_CONTROLS, 0,
			       check_msr(MSR_IA32_VMX_PROCBASED_CTLS3));
	check_allowed(check, VMCS_FIELD_EXIT_CONTROLS,
		      exact ? MSR_IA32_VMX_TRUE_EXIT_CTLS :
			      MSR_IA32_VMX_EXIT_CTLS);
	if (check->exit & CHECK_EXIT_ACTIVATE_SECONDARY)
		check_settings(check, VMCS_FIELD_SECONDARY_EXIT_CONTROLS, 0,
			       check_msr(CHECK_MSR_EXIT_CTLS2));
	check_allowed(check, VMCS_FIELD_ENTRY_CONTROLS,
		      exact ? MSR_IA32_VMX_TRUE_ENTRY_CTLS :
			      MSR_IA32_VMX_ENTRY_CTLS);
}

static void check_page(const struct check *check, bool used, u32 field)
{
	if (used)
		check_physical(check, field, PAGE_ALIGN_4K);
}

static void check_pages(const struct check *check)
{
	u32 proc = check->proc, proc2 = check->proc2;

	check_page(check, proc & CPU_BASED_USE_IO_BITMAPS,
		   VMCS_FIELD_IO_BITMAP_A);
	check_page(check, proc & CPU_BASED_USE_IO_BITMAPS,
		   VMCS_FIELD_IO_BITMAP_B);
	check_page(check, proc & CPU_BASED_USE_MSR_BITMAPS,
		   VMCS_FIELD_MSR_BITMAPS);
	check_page(check, proc & CPU_BASED_TPR_SHADOW,
		   VMCS_FIELD_VIRTUAL_APIC_ADDRESS);
	check_page(check, proc2 & SECONDARY_EXEC_VIRTUALIZE_APIC_ACCESSES,
		   VMCS_FIELD_APIC_ACCESS_ADDRESS);
	check_page(check, proc2 & SECONDARY_EXEC_ENABLE_PML,
		   VMCS_FIELD_PML_ADDRESS);
	check_page(check, proc2 & SECONDARY_EXEC_SHADOW_VMCS,
		   VMCS_FIELD_VMREAD_BITMAP);
	check_page(check, proc2 & SECONDARY_EXEC_SHADOW_VMCS,
		   VMCS_FIELD_VMWRITE_BITMAP);
	check_page(check, proc2 & CHECK_PROC2_VE,
		   VMCS_FIELD_VE_INFORMATION_ADDRESS);
	check_page(check, proc2 & CHECK_PROC2_SPP,
		   VMCS_FIELD_SPP_TABLE_POINTER);
	if (check->proc3 & CHECK_PROC3_IPI)
		check_physical(check, VMCS_FIELD_PID_POINTER_TABLE, 8);
}

static void check_nmi(const struct check *check)
{
	bool virtual_nmis = check->pin & PIN_BASED_VIRTUAL_NMIS;

	check_that(check, !virtual_nmis || check->pin & PIN_BASED_NMI_EXITING,
		   VMX_RULE_VIRTUAL_NMIS, VMCS_FIELD_PIN_CONTROLS);
	check_that(check,
		   virtual_nmis ||
		   !(check->proc & CPU_BASED_NMI_WINDOW_EXITING),
		   VMX_RULE_NMI_WINDOW, VMCS_FIELD_PRIMARY_CONTROLS);
}

/* The task-priority register in the virtual-APIC page. */
#define VTPR 0x80

static void check_tpr_threshold(const struct check *check)
{
	u32 threshold = check_read(VMCS_FIELD_TPR_THRESHOLD);
	u64 apic = check_read(VMCS_FIELD_VIRTUAL_APIC_ADDRESS);
	u8 vtpr;

	if (check->proc2 & SECONDARY_EXEC_VIRTUAL_INTR_DELIVERY)
		return;
	check_that(check, threshold < 16, VMX_RULE_TPR_THRESHOLD_BITS,
		   VMCS_FIELD_TPR_THRESHOLD);
	if (check->proc2 & SECONDARY_EXEC_VIRTUALIZE_APIC_ACCESSES ||
	    !check_memory(apic + VTPR, &vtpr, sizeof(vtpr)))
		return;
	check_that(check, (threshold & 15) <= vtpr >> 4,
		   VMX_RULE_TPR_THRESHOLD_ABOVE_VTPR,
		   VMCS_FIELD_TPR_THRESHOLD);
}

static void check_posted_interrupts(const struct check *check)
{
	if (!(check->pin & PIN_BASED_POSTED_INTR))
		return;
	check_that(check,
		   check->proc2 & SECONDARY_EXEC_VIRTUAL_INTR_DELIVERY &&
		   check->exit & VM_EXIT_ACK_INTR_ON_EXIT,
		   VMX_RULE_POSTED_INTERRUPTS, VMCS_FIELD_PIN_CONTROLS);
	check_that(check,
		   check_read(VMCS_FIELD_POSTED_INTERRUPT_VECTOR) < 256,
		   VMX_RULE_POSTED_INTERRUPT_VECTOR,
		   VMCS_FIELD_POSTED_INTERRUPT_VECTOR);
	check_physical(check, VMCS_FIELD_POSTED_INTERRUPT_DESCRIPTOR, 64);
}

static void check_apic(const struct check *check)
{
	u32 proc2 = check->proc2;

	if (check->proc & CPU_BASED_TPR_SHADOW) {
		check_tpr_threshold(check);
	} else {
		check_that(check,
			   !(proc2 & (SECONDARY_EXEC_VIRTUALIZE_X2APIC_MODE |
				      SECONDARY_EXEC_APIC_REGISTER_VIRT |
				      SECONDARY_EXEC_VIRTUAL_INTR_DELIVERY)),
			   VMX_RULE_NEEDS_TPR_SHADOW,
			   VMCS_FIELD_SECONDARY_CONTROLS);
		check_that(check, !(check->proc3 & CHECK_PROC3_IPI),
			   VMX_RULE_NEEDS_TPR_SHADOW,
			   VMCS_FIELD_TERTIARY_CONTROLS);
	}
	check_that(check,
		   !(proc2 & SECONDARY_EXEC_VIRTUALIZE_X2APIC_MODE) ||
		   !(proc2 & SECONDARY_EXEC_VIRTUALIZE_APIC_ACCESSES),
		   VMX_RULE_X2APIC_AND_APIC_ACCESSES,
		   VMCS_FIELD_SECONDARY_CONTROLS);
	check_that(check,
		   !(proc2 & SECONDARY_EXEC_VIRTUAL_INTR_DELIVERY) ||
		   check->pin & PIN_BASED_EXT_INTR_MASK,
		   VMX_RULE_VIRTUAL_INTERRUPT_DELIVERY,
		   VMCS_FIELD_SECONDARY_CONTROLS);
	check_posted_interrupts(check);
}

static void check_ept_pointer(const struct check *check)
{
	u32 field = VMCS_FIELD_EPT_POINTER;
	u64 eptp = check_read(field);
	u64 walk = eptp & VMX_EPTP_PWL_MASK;
	u64 type = eptp & VMX_EPTP_MT_MASK;
	/* Bit 23: supervisor shadow-stack control, bit 7 of the pointer. */
	u64 reserved = GENMASK_ULL(11, 8) |
		       (check->ept & BIT_ULL(23) ? 0 : BIT_ULL(7));

	check_that(check,
		   (type == VMX_EPTP_MT_WB && check->ept & VMX_EPTP_WB_BIT) ||
		   (type == VMX_EPTP_MT_UC && check->ept & VMX_EPTP_UC_BIT),
		   VMX_RULE_EPT_MEMORY_TYPE, field);
	check_that(check,
		   (walk == VMX_EPTP_PWL_4 &&
		    check->ept & VMX_EPT_PAGE_WALK_4_BIT) ||
		   (walk == VMX_EPTP_PWL_5 &&
		    check->ept & VMX_EPT_PAGE_WALK_5_BIT),
		   VMX_RULE_EPT_WALK_LENGTH, field);
	check_that(check,
		   !(eptp & VMX_EPTP_AD_ENABLE_BIT) ||
		   check->ept & VMX_EPT_AD_BIT,
		   VMX_RULE_EPT_ACCESSED_DIRTY, field);
	check_that(check, !(eptp & reserved), VMX_RULE_EPT_RESERVED, field);
	check_that(check, !(eptp & check->too_high), VMX_RULE_ADDRESS_WIDTH,
		   field);
}

static void check_ept(const struct check *check)
{
	if (check->proc2 & SECONDARY_EXEC_ENABLE_EPT) {
		check_ept_pointer(check);
		return;
	}
	check_that(check,
		   !(check->proc2 & (SECONDARY_EXEC_UNRESTRICTED_GUEST |
				     SECONDARY_EXEC_ENABLE_PML |
				     CHECK_PROC2_MODE_BASED_EXEC |
				     CHECK_PROC2_SPP)),
		   VMX_RULE_NEEDS_EPT, VMCS_FIELD_SECONDARY_CONTROLS);
	check_that(check,
		   !(check->proc3 & (CHECK_PROC3_HLAT |
				     CHECK_PROC3_PAGING_WRITE |
				     CHECK_PROC3_GUEST_PAGING)),
		   VMX_RULE_NEEDS_EPT, VMCS_FIELD_TERTIARY_CONTROLS);
}

static void check_vm_functions(const struct check *check)
{
	u64 functions = check_read(VMCS_FIELD_VM_FUNCTION_CONTROLS);

	if (!(check->proc2 & SECONDARY_EXEC_ENABLE_VMFUNC))
		return;
	check_that(check, !(functions & ~check_msr(MSR_IA32_VMX_VMFUNC)),
		   VMX_RULE_VM_FUNCTION, VMCS_FIELD_VM_FUNCTION_CONTROLS);
	/* Bit 0 is EPTP switching. */
	if (!(functions & 1))
		return;
	check_that(check, check->proc2 & SECONDARY_EXEC_ENABLE_EPT,
		   VMX_RULE_NEEDS_EPT, VMCS_FIELD_VM_FUNCTION_CONTROLS);
	check_physical(check, VMCS_FIELD_EPTP_LIST_ADDRESS, PAGE_ALIGN_4K);
}

/* Bits 24:16 of IA32_VMX_MISC: CR3 targets that this CPU has. */
static void check_cr3_targets(const struct check *check)
{
	check_that(check,
		   check_read(VMCS_FIELD_CR3_TARGET_COUNT) <=
		   (check->misc >> 16 & 0x1ff),
		   VMX_RULE_CR3_TARGETS, VMCS_FIELD_CR3_TARGET_COUNT);
}

static void check_execution(const struct check *check)
{
	check_cr3_targets(check);
	check_pages(check);
	check_nmi(check);
	check_apic(check);
	check_that(check,
		   !(check->proc2 & SECONDARY_EXEC_ENABLE_VPID) ||
		   check_read(VMCS_FIELD_VPID),
		   VMX_RULE_VPID_ZERO, VMCS_FIELD_VPID);
	check_ept(check);
	check_vm_functions(check);
	check_that(check,
		   !(check->proc2 & SECONDARY_EXEC_TSC_SCALING) ||
		   check_read(VMCS_FIELD_TSC_MULTIPLIER),
		   VMX_RULE_TSC_MULTIPLIER, VMCS_FIELD_TSC_MULTIPLIER);
	check_that(check,
		   !(check->proc2 & SECONDARY_EXEC_PT_USE_GPA) ||
		   (check->proc2 & SECONDARY_EXEC_ENABLE_EPT &&
		    check->entry & VM_ENTRY_LOAD_IA32_RTIT_CTL &&
		    check->exit & VM_EXIT_CLEAR_IA32_RTIT_CTL),
		   VMX_RULE_PT_GUEST_PHYSICAL, VMCS_FIELD_SECONDARY_CONTROLS);
}

#define MSR_AREA_ENTRY 16

static void check_msr_area(const struct check *check, u32 count_field,
			   u32 field)
{
	u64 count = check_read(count_field);
	u64 address = check_read(field);

	if (!count)
		return;
	check_that(check, !(address & (MSR_AREA_ENTRY - 1)),
		   VMX_RULE_MSR_AREA_ALIGNMENT, field);
	check_that(check, !(address & check->too_high),
		   VMX_RULE_ADDRESS_WIDTH, field);
	check_that(check,
		   address & check->too_high ||
		   !((address + count * MSR_AREA_ENTRY - 1) &
		     check->too_high),
		   VMX_RULE_MSR_AREA_WIDTH, count_field);
}

static void check_exit(const struct check *check)
{
	check_that(check,
		   !(check->exit & VM_EXIT_SAVE_VMX_PREEMPTION_TIMER) ||
		   check->pin & PIN_BASED_VMX_PREEMPTION_TIMER,
		   VMX_RULE_SAVE_PREEMPTION_TIMER, VMCS_FIELD_EXIT_CONTROLS);
	check_msr_area(check, VMCS_FIELD_EXIT_MSR_STORE_COUNT,
		       VMCS_FIELD_EXIT_MSR_STORE_ADDRESS);
	check_msr_area(check, VMCS_FIELD_EXIT_MSR_LOAD_COUNT,
		       VMCS_FIELD_EXIT_MSR_LOAD_ADDRESS);
}

static bool has_monitor_trap_flag(const struct check *check)
{
	u32 msr = check->basic & BIT_ULL(55) ?
		  MSR_IA32_VMX_TRUE_PROCBASED_CTLS : MSR_IA32_VMX_PROCBASED_CTLS;

	return check_msr(msr) >> 32 & CPU_BASED_MONITOR_TRAP_FLAG;
}

static void check_event_vector(const struct check *check, u32 type, u32 vector)
{
	u32 field = VMCS_FIELD_ENTRY_INTERRUPTION_INFO;

	switch (type) {
	case VMX_INTR_TYPE_RESERVED:
		check_that(check, false, VMX_RULE_EVENT_TYPE, field);
		break;
	case VMX_INTR_TYPE_NMI:
		check_that(check, vector == 2, VMX_RULE_EVENT_VECTOR, field);
		break;
	case VMX_INTR_TYPE_HARDWARE_EXCEPTION:
		check_that(check, vector < 32, VMX_RULE_EVENT_VECTOR, field);
		break;
	case VMX_INTR_TYPE_OTHER_EVENT:
		check_that(check, has_monitor_trap_flag(check),
			   VMX_RULE_EVENT_TYPE, field);
		check_that(check, !vector, VMX_RULE_EVENT_VECTOR, field);
		break;
	}
}

/*
 * Bit 56 of IA32_VMX_BASIC: any hardware exception may come with or without an
 * error code. All CPUs that have #CP have it, so to the others vector 21 is an
 * exception without error code.
 */
static void check_event_error_code(const struct check *check, u32 type,
				   u32 vector)
{
	bool delivered = check->event & INTR_INFO_DELIVER_CODE_MASK;
	bool real_mode = check->proc2 & SECONDARY_EXEC_UNRESTRICTED_GUEST &&
			 !(check_read(VMCS_FIELD_GUEST_CR0) & X86_CR0_PE);
	bool exception = type == VMX_INTR_TYPE_HARDWARE_EXCEPTION &&
			 !real_mode;
	bool wanted = exception && vector != X86_TRAP_CP &&
		      vmx_vector_has_error_code(vector);

	check_that(check,
		   (exception && check->basic & BIT_ULL(56)) ||
		   delivered == wanted,
		   VMX_RULE_EVENT_ERROR_CODE,
		   VMCS_FIELD_ENTRY_INTERRUPTION_INFO);
	check_that(check,
		   !delivered ||
		   !(check_read(VMCS_FIELD_ENTRY_ERROR_CODE) >> 16),
		   VMX_RULE_ERROR_CODE_RESERVED, VMCS_FIELD_ENTRY_ERROR_CODE);
}

static void check_event(const struct check *check)
{
	u64 length = check_read(VMCS_FIELD_ENTRY_INSTRUCTION_LENGTH);
	u32 type = (check->event & INTR_INFO_INTR_TYPE_MASK) >> 8;
	u32 vector = check->event & INTR_INFO_VECTOR_MASK;

	if (!check->event)
		return;
	check_event_vector(check, type, vector);
	check_that(check, !(check->event & GENMASK(30, 12)),
		   VMX_RULE_EVENT_RESERVED, VMCS_FIELD_ENTRY_INTERRUPTION_INFO);
	check_event_error_code(check, type, vector);
	/* Bit 30 of IA32_VMX_MISC: length 0 is allowed. */
	if (vmx_intr_type_is_soft(type))
		check_that(check,
			   length <= 15 &&
			   (length || check->misc & BIT(30)),
			   VMX_RULE_EVENT_LENGTH,
			   VMCS_FIELD_ENTRY_INSTRUCTION_LENGTH);
}

static void check_entry(const struct check *check)
{
	check_msr_area(check, VMCS_FIELD_ENTRY_MSR_LOAD_COUNT,
		       VMCS_FIELD_ENTRY_MSR_LOAD_ADDRESS);
	check_that(check,
		   !(check->entry & (VM_ENTRY_SMM |
				     VM_ENTRY_DEACT_DUAL_MONITOR)),
		   VMX_RULE_OUTSIDE_SMM, VMCS_FIELD_ENTRY_CONTROLS);
	check_event(check);
}

/**
 * check_controls() - the control fields
 * @check: the check
 */
void check_controls(const struct check *check)
{
	check_all_allowed(check);
	/* The fields that a control needs have no rules if the CPU lacks the control. */
	if (check->findings->count)
		return;
	check_execution(check);
	check_exit(check);
	check_entry(check);
}
