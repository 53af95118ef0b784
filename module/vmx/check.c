// SPDX-License-Identifier: GPL-2.0-only
#include "check.h"
#include "vmcs.h"
#include "check_rules.h"
#include "run.h"

#include <linux/mm.h>
#include <linux/uaccess.h>
#include <asm/msr.h>
#include <asm/processor.h>

#include <uapi/vmx.h>

/*
 * The doctor: the checks of VM entry (SDM chapter "VM Entries"), made by
 * software over the VMCS of an entry that failed. The processor only reports
 * which of three groups the fault is in. All of it runs with the VMCS current,
 * so with interrupts off, and allocates nothing.
 */

#define FEATURE_LAM	BIT(26) /* CPUID 7.1 EAX */
#define CR3_LAM		(BIT_ULL(61) | BIT_ULL(62))

/**
 * check_read() - read a field that the CPU may lack
 * @field: encoding
 *
 * Return: its value, 0 when there is no such field.
 */
u64 check_read(u32 field)
{
	u64 value;

	return vmx_vmread(field, &value) ? value : 0;
}

/**
 * check_msr() - read an MSR that the CPU may lack
 * @msr: number
 *
 * Return: its value, 0 when there is no such MSR.
 */
u64 check_msr(u32 msr)
{
	u64 value;

	return rdmsrl_safe(msr, &value) ? 0 : value;
}

/**
 * check_memory() - read memory at an address out of the VMCS
 * @address: physical address, perhaps a wrong one
 * @to: receives the bytes
 * @size: how many
 *
 * Return: true when there is memory.
 */
bool check_memory(u64 address, void *to, size_t size)
{
	return pfn_valid(PHYS_PFN(address)) &&
	       !copy_from_kernel_nofault(to, __va(address), size);
}

/**
 * check_that() - note a finding unless a rule holds
 * @check: the check
 * @holds: the rule holds
 * @rule: enum vmx_check_rule
 * @field: the field to name
 */
void check_that(const struct check *check, bool holds, u32 rule, u32 field)
{
	struct vmx_findings *findings = check->findings;
	struct vmx_finding *finding;

	if (holds || findings->count == VMX_FINDINGS)
		return;
	finding = &findings->list[findings->count++];
	finding->rule = rule;
	finding->field = field;
	finding->value = check_read(field);
}

/**
 * check_physical() - a physical address
 * @check: the check
 * @field: the field
 * @align: power of two that must divide it
 */
void check_physical(const struct check *check, u32 field, u64 align)
{
	u64 address = check_read(field);

	check_that(check, !(address & (align - 1)),
		   VMX_RULE_ADDRESS_ALIGNMENT, field);
	check_that(check, !(address & check->too_high),
		   VMX_RULE_ADDRESS_WIDTH, field);
}

/**
 * check_canonical() - a linear address
 * @check: the check
 * @field: the field
 */
void check_canonical(const struct check *check, u32 field)
{
	unsigned int unused = 64 - check->linear_bits;
	u64 address = check_read(field);

	check_that(check, (u64)((s64)(address << unused) >> unused) == address,
		   VMX_RULE_NOT_CANONICAL, field);
}

/**
 * check_high_half() - a field of which only 32 bits are used
 * @check: the check
 * @field: the field
 */
void check_high_half(const struct check *check, u32 field)
{
	check_that(check, !(check_read(field) >> 32), VMX_RULE_HIGH_HALF,
		   field);
}

/**
 * check_pat() - an IA32_PAT
 * @check: the check
 * @field: the field
 */
void check_pat(const struct check *check, u32 field)
{
	/* Bit n: memory type n exists. */
	const u32 types = BIT(0) | BIT(1) | BIT(4) | BIT(5) | BIT(6) | BIT(7);
	u64 pat = check_read(field);
	bool good = true;
	int i;

	for (i = 0; i < 64; i += 8) {
		u8 type = pat >> i;

		good = good && type < 8 && types & BIT(type);
	}
	check_that(check, good, VMX_RULE_PAT_TYPE, field);
}

/**
 * check_perf_global() - an IA32_PERF_GLOBAL_CTRL
 * @check: the check
 * @field: the field
 */
void check_perf_global(const struct check *check, u32 field)
{
	u64 counters = 0;

	if (cpuid_eax(0) >= 10) {
		unsigned int eax, ebx, ecx, edx;

		cpuid(10, &eax, &ebx, &ecx, &edx);
		counters = BIT_ULL(eax >> 8 & 0x1f) - 1;
		counters |= ((BIT_ULL(edx & 0x1f) - 1) | ecx) << 32;
		/* Bit 15: performance metrics are enabled by bit 48. */
		if (check_msr(MSR_IA32_PERF_CAPABILITIES) & BIT(15))
			counters |= BIT_ULL(48);
	}
	check_that(check, !(check_read(field) & ~counters),
		   VMX_RULE_PERF_GLOBAL_RESERVED, field);
}

/**
 * check_efer_bits() - the reserved bits of an IA32_EFER
 * @check: the check
 * @field: the field
 */
void check_efer_bits(const struct check *check, u32 field)
{
	/* A CPU without NX is not used at all (caps.c). */
	check_that(check,
		   !(check_read(field) &
		     ~(u64)(EFER_SCE | EFER_LME | EFER_LMA | EFER_NX)),
		   VMX_RULE_EFER_RESERVED, field);
}

/**
 * check_cet() - the fields of control-flow enforcement
 * @check: the check
 * @s_cet: field of IA32_S_CET
 * @ssp: field of SSP
 * @table: field of IA32_INTERRUPT_SSP_TABLE_ADDR
 * @wide: all 64 bits are used
 */
void check_cet(const struct check *check, u32 s_cet, u32 ssp, u32 table,
	       bool wide)
{
	u64 value = check_read(s_cet);

	/* Bits 9:6 are reserved; SUPPRESS and TRACKER exclude each other. */
	check_that(check,
		   !(value & GENMASK_ULL(9, 6)) &&
		   (value & GENMASK_ULL(11, 10)) != GENMASK_ULL(11, 10),
		   VMX_RULE_S_CET_RESERVED, s_cet);
	check_that(check, !(check_read(ssp) & 3), VMX_RULE_SSP_ALIGNMENT, ssp);
	check_canonical(check, s_cet);
	check_canonical(check, table);
	if (wide) {
		check_canonical(check, ssp);
	} else {
		check_high_half(check, s_cet);
		check_high_half(check, ssp);
	}
}

/**
 * check_cr3() - a CR3
 * @check: the check
 * @field: the field
 */
void check_cr3(const struct check *check, u32 field)
{
	u64 cr3 = check_read(field);

	/* Two bits above the address mean something to linear-address masking. */
	if (cpuid_eax(7) >= 1) {
		unsigned int eax, ebx, ecx, edx;

		cpuid_count(7, 1, &eax, &ebx, &ecx, &edx);
		if (eax & FEATURE_LAM)
			cr3 &= ~CR3_LAM;
	}
	/* Bit 48 of IA32_VMX_BASIC, in too_high, is not about CR3. */
	check_that(check, !(cr3 >> (cpuid_eax(0x80000008) & 0xff)),
		   VMX_RULE_CR3_WIDTH, field);
}

static void begin(struct check *check, struct vmx_findings *findings)
{
	u32 widths = cpuid_eax(0x80000008);

	findings->count = 0;
	memset(check, 0, sizeof(*check));
	check->findings = findings;
	check->basic = check_msr(MSR_IA32_VMX_BASIC);
	check->misc = check_msr(MSR_IA32_VMX_MISC);
	check->ept = check_msr(MSR_IA32_VMX_EPT_VPID_CAP);
	check->linear_bits = widths >> 8 & 0xff;
	/* Bit 48: addresses in the VMCS have no more than 32 bits. */
	check->too_high = check->basic & BIT_ULL(48) ?
			  ~0ULL << 32 : ~0ULL << (widths & 0xff);

	check->pin = check_read(VMCS_FIELD_PIN_CONTROLS);
	check->proc = check_read(VMCS_FIELD_PRIMARY_CONTROLS);
	if (check->proc & CPU_BASED_ACTIVATE_SECONDARY_CONTROLS)
		check->proc2 = check_read(VMCS_FIELD_SECONDARY_CONTROLS);
	if (check->proc & CPU_BASED_ACTIVATE_TERTIARY_CONTROLS)
		check->proc3 = check_read(VMCS_FIELD_TERTIARY_CONTROLS);
	check->exit = check_read(VMCS_FIELD_EXIT_CONTROLS);
	if (check->exit & CHECK_EXIT_ACTIVATE_SECONDARY)
		check->exit2 = check_read(VMCS_FIELD_SECONDARY_EXIT_CONTROLS);
	check->entry = check_read(VMCS_FIELD_ENTRY_CONTROLS);
	check->event = check_read(VMCS_FIELD_ENTRY_INTERRUPTION_INFO);
	if (!(check->event & INTR_INFO_VALID_MASK))
		check->event = 0;
}

/**
 * vmx_check() - would an entry with the current VMCS fail?
 * @findings: receives what is wrong
 *
 * The groups are checked in the processor's order. A group after one with
 * findings is not checked, as its rules depend on fields of the one before.
 *
 * Context: VMX root operation, interrupts off.
 */
void vmx_check(struct vmx_findings *findings)
{
	struct check check;

	begin(&check, findings);
	check_controls(&check);
	if (!findings->count)
		check_host(&check);
	if (!findings->count)
		check_guest(&check);
}

/**
 * vmx_check_guest() - would an entry fail for the guest state?
 * @findings: receives what is wrong
 *
 * Context: VMX root operation, interrupts off.
 */
void vmx_check_guest(struct vmx_findings *findings)
{
	struct check check;

	begin(&check, findings);
	check_guest(&check);
}

static void check_vmfail(const struct check *check, u32 error)
{
	switch (error) {
	/* The SDM does not define which of the two groups is checked first. */
	case VMX_ERROR_ENTRY_BAD_CONTROLS:
		check_controls(check);
		if (!check->findings->count)
			check_host(check);
		break;
	case VMX_ERROR_ENTRY_BAD_HOST_STATE:
		check_host(check);
		if (!check->findings->count)
			check_controls(check);
		break;
	case VMX_ERROR_ENTRY_BLOCKED_BY_MOV_SS:
		check_that(check, false, VMX_RULE_MOV_SS,
			   VMCS_FIELD_INSTRUCTION_ERROR);
		break;
	}
}

/**
 * vmx_check_failed() - why did an entry fail?
 * @findings: receives what is wrong
 * @exit: what the processor said
 *
 * Context: VMX root operation, interrupts off, the VMCS still current.
 */
void vmx_check_failed(struct vmx_findings *findings,
		      const struct vmx_exit *exit)
{
	struct check check;

	begin(&check, findings);
	if (!exit->entered) {
		check_vmfail(&check, exit->error);
		return;
	}
	switch (exit->reason & VMX_EXIT_BASIC_MASK) {
	case VMX_EXIT_INVALID_GUEST_STATE:
		check_guest(&check);
		break;
	case VMX_EXIT_MSR_LOAD_FAIL:
		check_that(&check, false, VMX_RULE_MSR_NOT_LOADED,
			   VMCS_FIELD_ENTRY_MSR_LOAD_ADDRESS);
		break;
	case VMX_EXIT_MCE_DURING_VMENTRY:
		check_that(&check, false, VMX_RULE_MACHINE_CHECK,
			   VMCS_FIELD_EXIT_REASON);
		break;
	}
}
