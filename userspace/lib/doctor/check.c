// SPDX-License-Identifier: LGPL-2.1-or-later
#include <string.h>

#include "check.h"

/*
 * The frame of the doctor, and the checks that several fields share. The rules
 * themselves are in controls.c, event.c, host.c, guest.c, segment.c and state.c,
 * by the sections of the SDM's chapter "VM Entries".
 */

/* Architectural limits, SDM "Address-Size and Operand-Size Attribute" */
#define PHYSICAL_BITS_MAX	52
#define LINEAR_BITS_MIN		48
#define LINEAR_BITS_MAX		57

#define CR3_LAM		(BIT(61) | BIT(62))

static void doctor_miss(struct doctor *doctor, uint32_t kind, uint32_t number)
{
	if (doctor->missing.kind != TEAVMX_FACT_NONE)
		return;
	doctor->missing.kind = kind;
	doctor->missing.number = number;
}

static uint64_t doctor_fact(struct doctor *doctor, uint32_t kind,
			    uint32_t number)
{
	uint64_t value = 0;

	if (!teavmx_snapshot_get(doctor->snapshot, kind, number, &value))
		doctor_miss(doctor, kind, number);
	return value;
}

/**
 * doctor_field() - read a VMCS field
 * @doctor: the examination
 * @field: encoding
 *
 * Return: its value, 0 when it is missing.
 */
uint64_t doctor_field(struct doctor *doctor, uint32_t field)
{
	return doctor_fact(doctor, TEAVMX_FACT_FIELD, field);
}

/* SDM "VMX Capability Reporting Facility": an MSR, and what shows that it exists */
static const struct {
	uint32_t msr;
	uint32_t parent;
	uint64_t controls;
} optional_msrs[] = {
	{ VMX_MSR_PROCBASED_CTLS2, VMX_MSR_PROCBASED_CTLS,
	  PRIMARY(SECONDARY_CONTROLS) },
	{ VMX_MSR_PROCBASED_CTLS3, VMX_MSR_PROCBASED_CTLS,
	  PRIMARY(TERTIARY_CONTROLS) },
	{ VMX_MSR_EXIT_CTLS2, VMX_MSR_EXIT_CTLS, EXIT(SECONDARY_CONTROLS) },
	{ VMX_MSR_EPT_VPID_CAP, VMX_MSR_PROCBASED_CTLS2,
	  SECONDARY(ENABLE_EPT) | SECONDARY(ENABLE_VPID) },
	{ VMX_MSR_VMFUNC, VMX_MSR_PROCBASED_CTLS2,
	  SECONDARY(ENABLE_VM_FUNCTIONS) },
};

/* Does the CPU lack an MSR by what its other MSRs report? */
static bool msr_is_absent(struct doctor *doctor, uint32_t msr)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(optional_msrs); i++)
		if (optional_msrs[i].msr == msr)
			return !(doctor_msr(doctor, optional_msrs[i].parent) >>
				 32 & optional_msrs[i].controls);
	return false;
}

/**
 * doctor_msr() - read a capability MSR
 * @doctor: the examination
 * @msr: number
 *
 * An MSR that the CPU does not have reads as 0: it has no capability in it.
 *
 * Return: its value, 0 when it is missing.
 */
uint64_t doctor_msr(struct doctor *doctor, uint32_t msr)
{
	uint64_t value;

	if (teavmx_snapshot_get(doctor->snapshot, TEAVMX_FACT_MSR, msr, &value))
		return value;
	if (!msr_is_absent(doctor, msr))
		doctor_miss(doctor, TEAVMX_FACT_MSR, msr);
	return 0;
}

/**
 * doctor_word() - read a property of the CPU or a word of memory
 * @doctor: the examination
 * @word: enum vmx_check_word
 *
 * Return: its value, 0 when it is missing.
 */
uint64_t doctor_word(struct doctor *doctor, uint32_t word)
{
	return doctor_fact(doctor, TEAVMX_FACT_WORD, word);
}

/**
 * doctor_hold() - let rules depend on what was read just now
 * @doctor: the examination
 *
 * If something was missing, all rules up to doctor_end() are not checked.
 */
void doctor_hold(struct doctor *doctor)
{
	if (doctor->gate_count < GATES_MAX)
		doctor->gates[doctor->gate_count] = doctor->missing;
	doctor->gate_count++;
	memset(&doctor->missing, 0, sizeof(doctor->missing));
}

/**
 * doctor_when() - do the rules to come apply?
 * @doctor: the examination
 * @condition: they do, as far as the facts that it was computed from are known
 *
 * Return: true when they apply, or may apply and are to be listed as not
 * checked; doctor_end() must follow then.
 */
bool doctor_when(struct doctor *doctor, bool condition)
{
	if (!condition && doctor->missing.kind == TEAVMX_FACT_NONE)
		return false;
	doctor_hold(doctor);
	return true;
}

/**
 * doctor_end() - end what doctor_when() or doctor_hold() began
 * @doctor: the examination
 */
void doctor_end(struct doctor *doctor)
{
	doctor->gate_count--;
	memset(&doctor->missing, 0, sizeof(doctor->missing));
}

static struct teavmx_fact doctor_first_missing(const struct doctor *doctor)
{
	unsigned int i;

	for (i = 0; i < doctor->gate_count && i < GATES_MAX; i++)
		if (doctor->gates[i].kind != TEAVMX_FACT_NONE)
			return doctor->gates[i];
	return doctor->missing;
}

static void add_unchecked(struct teavmx_diagnosis *diagnosis, uint32_t rule,
			  uint32_t field, struct teavmx_fact missing)
{
	struct teavmx_unchecked *entry = diagnosis->unchecked;
	size_t i;

	for (i = 0; i < diagnosis->unchecked_count; i++)
		if (entry[i].rule == rule && entry[i].field == field)
			return;
	if (i == TEAVMX_UNCHECKED_MAX)
		return;
	entry[i].rule = rule;
	entry[i].field = field;
	entry[i].missing = missing;
	diagnosis->unchecked_count++;
}

static void count_checked(struct doctor *doctor, uint32_t rule, uint32_t field)
{
	size_t count = doctor->diagnosis->checked_count;
	struct teavmx_finding *entry = doctor->checked;
	size_t i;

	for (i = 0; i < count; i++)
		if (entry[i].rule == rule && entry[i].field == field)
			return;
	if (count == TEAVMX_UNCHECKED_MAX)
		return;
	entry[count].rule = rule;
	entry[count].field = field;
	doctor->diagnosis->checked_count++;
}

static void add_finding(struct doctor *doctor, uint32_t rule, uint32_t field)
{
	struct teavmx_diagnosis *diagnosis = doctor->diagnosis;
	struct teavmx_finding *finding;

	if (diagnosis->finding_count == TEAVMX_FINDINGS_MAX)
		return;
	finding = &diagnosis->findings[diagnosis->finding_count++];
	finding->rule = rule;
	finding->field = field;
	finding->value = 0;
	teavmx_snapshot_get(doctor->snapshot, TEAVMX_FACT_FIELD, field,
			    &finding->value);
}

/**
 * doctor_that() - judge a rule
 * @doctor: the examination
 * @holds: the rule holds, as far as all that was read for it is known
 * @rule: enum vmx_check_rule
 * @field: the field to name
 *
 * A rule for which a fact is missing is listed as not checked; else it is a
 * finding unless it holds.
 */
void doctor_that(struct doctor *doctor, bool holds, uint32_t rule,
		 uint32_t field)
{
	struct teavmx_fact missing = doctor_first_missing(doctor);

	if (missing.kind != TEAVMX_FACT_NONE)
		add_unchecked(doctor->diagnosis, rule, field, missing);
	else
		count_checked(doctor, rule, field);
	if (missing.kind == TEAVMX_FACT_NONE && !holds)
		add_finding(doctor, rule, field);
	memset(&doctor->missing, 0, sizeof(doctor->missing));
}

/**
 * doctor_pin() - the pin-based controls
 * @doctor: the examination
 *
 * Return: the controls.
 */
uint64_t doctor_pin(struct doctor *doctor)
{
	return doctor_field(doctor, VMCS_FIELD_PIN_CONTROLS);
}

/**
 * doctor_primary() - the primary processor-based controls
 * @doctor: the examination
 *
 * Return: the controls.
 */
uint64_t doctor_primary(struct doctor *doctor)
{
	return doctor_field(doctor, VMCS_FIELD_PRIMARY_CONTROLS);
}

/**
 * doctor_secondary() - the secondary processor-based controls
 * @doctor: the examination
 *
 * Return: the controls, 0 when they are not active.
 */
uint64_t doctor_secondary(struct doctor *doctor)
{
	return doctor_primary(doctor) & PRIMARY(SECONDARY_CONTROLS) ?
	       doctor_field(doctor, VMCS_FIELD_SECONDARY_CONTROLS) : 0;
}

/**
 * doctor_tertiary() - the tertiary processor-based controls
 * @doctor: the examination
 *
 * Return: the controls, 0 when they are not active.
 */
uint64_t doctor_tertiary(struct doctor *doctor)
{
	return doctor_primary(doctor) & PRIMARY(TERTIARY_CONTROLS) ?
	       doctor_field(doctor, VMCS_FIELD_TERTIARY_CONTROLS) : 0;
}

/**
 * doctor_exit() - the primary VM-exit controls
 * @doctor: the examination
 *
 * Return: the controls.
 */
uint64_t doctor_exit(struct doctor *doctor)
{
	return doctor_field(doctor, VMCS_FIELD_EXIT_CONTROLS);
}

/**
 * doctor_entry() - the VM-entry controls
 * @doctor: the examination
 *
 * Return: the controls.
 */
uint64_t doctor_entry(struct doctor *doctor)
{
	return doctor_field(doctor, VMCS_FIELD_ENTRY_CONTROLS);
}

/**
 * doctor_event() - the event that the entry injects
 * @doctor: the examination
 *
 * Return: the VM-entry interruption information, 0 when nothing is injected.
 */
uint64_t doctor_event(struct doctor *doctor)
{
	uint64_t event = doctor_field(doctor,
				      VMCS_FIELD_ENTRY_INTERRUPTION_INFO);

	return event & EVENT_VALID ? event : 0;
}

/**
 * doctor_fits() - does a physical address have bits that the CPU lacks?
 * @doctor: the examination
 * @address: the address
 *
 * Addresses below 4 GiB fit on every CPU, those of more than 52 bits on none,
 * so the width of the CPU is needed only for those in between.
 *
 * Return: true when it fits.
 */
bool doctor_fits(struct doctor *doctor, uint64_t address)
{
	uint64_t basic = 0;
	uint64_t bits;

	if (address >> PHYSICAL_BITS_MAX)
		return false;
	if (!(address >> 32))
		return true;
	/* CPUs that have IA-32e mode do not set this bit. */
	teavmx_snapshot_get(doctor->snapshot, TEAVMX_FACT_MSR, VMX_MSR_BASIC,
			    &basic);
	if (basic & BASIC(ADDRESSES_32_BIT))
		return false;
	bits = doctor_word(doctor, VMX_WORD_PHYSICAL_BITS);
	return bits >= PHYSICAL_BITS_MAX || !(address >> bits);
}

/**
 * doctor_physical() - a physical address
 * @doctor: the examination
 * @field: the field
 * @align: power of two that must divide it
 */
void doctor_physical(struct doctor *doctor, uint32_t field, uint64_t align)
{
	doctor_that(doctor, !(doctor_field(doctor, field) & (align - 1)),
		    VMX_RULE_ADDRESS_ALIGNMENT, field);
	doctor_that(doctor, doctor_fits(doctor, doctor_field(doctor, field)),
		    VMX_RULE_ADDRESS_WIDTH, field);
}

static bool is_canonical(uint64_t address, unsigned int bits)
{
	unsigned int unused = 64 - bits;

	return (uint64_t)((int64_t)(address << unused) >> unused) == address;
}

/**
 * doctor_canonical() - a linear address
 * @doctor: the examination
 * @field: the field
 *
 * The width of the CPU is needed only where 4-level and 5-level paging differ.
 */
void doctor_canonical(struct doctor *doctor, uint32_t field)
{
	uint64_t address = doctor_field(doctor, field);
	bool canonical = is_canonical(address, LINEAR_BITS_MIN);

	if (!canonical && is_canonical(address, LINEAR_BITS_MAX))
		canonical = doctor_word(doctor, VMX_WORD_LINEAR_BITS) >=
			    LINEAR_BITS_MAX;
	doctor_that(doctor, canonical, VMX_RULE_NOT_CANONICAL, field);
}

/**
 * doctor_high_half() - a field of which only 32 bits are used
 * @doctor: the examination
 * @field: the field
 */
void doctor_high_half(struct doctor *doctor, uint32_t field)
{
	doctor_that(doctor, !(doctor_field(doctor, field) >> 32),
		    VMX_RULE_HIGH_HALF, field);
}

/**
 * doctor_pat() - an IA32_PAT
 * @doctor: the examination
 * @field: the field
 */
void doctor_pat(struct doctor *doctor, uint32_t field)
{
	/* Bit n: memory type n exists. */
	const uint64_t types = BIT(0) | BIT(1) | BIT(4) | BIT(5) | BIT(6) |
			       BIT(7);
	uint64_t pat = doctor_field(doctor, field);
	bool good = true;
	int i;

	for (i = 0; i < 64; i += 8) {
		uint8_t type = pat >> i & 0xff;

		good = good && type < 8 && types & BIT(type);
	}
	doctor_that(doctor, good, VMX_RULE_PAT_TYPE, field);
}

#define PERF_METRICS	BIT(48)

/**
 * doctor_perf_global() - an IA32_PERF_GLOBAL_CTRL
 * @doctor: the examination
 * @field: the field
 */
void doctor_perf_global(struct doctor *doctor, uint32_t field)
{
	uint64_t value = doctor_field(doctor, field);

	if (value & PERF_METRICS && doctor_word(doctor, VMX_WORD_PERF_METRICS))
		value &= ~PERF_METRICS;
	if (value)
		value &= ~doctor_word(doctor, VMX_WORD_PERF_COUNTERS);
	doctor_that(doctor, !value, VMX_RULE_PERF_GLOBAL_RESERVED, field);
}

/**
 * doctor_efer_bits() - the reserved bits of an IA32_EFER
 * @doctor: the examination
 * @field: the field
 *
 * NX is assumed to exist: no CPU with VMX and IA-32e mode lacks it.
 */
void doctor_efer_bits(struct doctor *doctor, uint32_t field)
{
	doctor_that(doctor,
		    !(doctor_field(doctor, field) &
		      ~(EFER_SCE | EFER_LME | EFER_LMA | EFER_NX)),
		    VMX_RULE_EFER_RESERVED, field);
}

/**
 * doctor_cet() - the fields of control-flow enforcement
 * @doctor: the examination
 * @s_cet: field of IA32_S_CET
 * @ssp: field of SSP
 * @table: field of IA32_INTERRUPT_SSP_TABLE_ADDR
 * @wide: all 64 bits are used; what it was computed from must be known, or held
 *	by doctor_hold()
 */
void doctor_cet(struct doctor *doctor, uint32_t s_cet, uint32_t ssp,
		uint32_t table, bool wide)
{
	uint64_t value = doctor_field(doctor, s_cet);

	/* Bits 9:6 are reserved; SUPPRESS and TRACKER exclude each other. */
	doctor_that(doctor,
		    !(value & BITS(9, 6)) &&
		    (value & BITS(11, 10)) != BITS(11, 10),
		    VMX_RULE_S_CET_RESERVED, s_cet);
	doctor_that(doctor, !(doctor_field(doctor, ssp) & 3),
		    VMX_RULE_SSP_ALIGNMENT, ssp);
	doctor_canonical(doctor, s_cet);
	doctor_canonical(doctor, table);
	if (wide) {
		doctor_canonical(doctor, ssp);
	} else {
		doctor_high_half(doctor, s_cet);
		doctor_high_half(doctor, ssp);
	}
}

static bool cr3_fits(struct doctor *doctor, uint64_t cr3)
{
	uint64_t bits;

	/* Two bits above the address belong to linear-address masking. */
	if (cr3 & CR3_LAM && doctor_word(doctor, VMX_WORD_LAM))
		cr3 &= ~CR3_LAM;
	if (cr3 >> PHYSICAL_BITS_MAX)
		return false;
	if (!(cr3 >> 32))
		return true;
	/* Bit 48 of IA32_VMX_BASIC is not about CR3. */
	bits = doctor_word(doctor, VMX_WORD_PHYSICAL_BITS);
	return bits >= PHYSICAL_BITS_MAX || !(cr3 >> bits);
}

/**
 * doctor_cr3() - a CR3
 * @doctor: the examination
 * @field: the field
 */
void doctor_cr3(struct doctor *doctor, uint32_t field)
{
	doctor_that(doctor, cr3_fits(doctor, doctor_field(doctor, field)),
		    VMX_RULE_CR3_WIDTH, field);
}

static void check_group(struct doctor *doctor, uint32_t group)
{
	doctor->diagnosis->groups |= group;
	if (group == TEAVMX_CHECK_CONTROLS)
		doctor_controls(doctor);
	else if (group == TEAVMX_CHECK_HOST)
		doctor_host(doctor);
	else
		doctor_guest(doctor);
}

/* A group with findings is the last one: others depend on its fields. */
static void check_groups(struct doctor *doctor, const uint32_t *groups,
			 size_t count)
{
	size_t i;

	for (i = 0; i < count && !doctor->diagnosis->finding_count; i++)
		check_group(doctor, groups[i]);
}

static void check_vmfail(struct doctor *doctor, uint32_t error)
{
	/* The SDM leaves open which of these two groups is checked first. */
	static const uint32_t controls[] = { TEAVMX_CHECK_CONTROLS,
					     TEAVMX_CHECK_HOST };
	static const uint32_t host[] = { TEAVMX_CHECK_HOST,
					 TEAVMX_CHECK_CONTROLS };

	switch (error) {
	case VMX_ERROR_ENTRY_BAD_CONTROLS:
		check_groups(doctor, controls, 2);
		break;
	case VMX_ERROR_ENTRY_BAD_HOST_STATE:
		check_groups(doctor, host, 2);
		break;
	case VMX_ERROR_ENTRY_BLOCKED_BY_MOV_SS:
		doctor_that(doctor, false, VMX_RULE_MOV_SS,
			    VMCS_FIELD_INSTRUCTION_ERROR);
		break;
	}
}

static void check_failed_exit(struct doctor *doctor, uint32_t reason)
{
	switch (reason & VMX_EXIT_BASIC_MASK) {
	case VMX_EXIT_INVALID_GUEST_STATE:
		check_group(doctor, TEAVMX_CHECK_GUEST);
		break;
	case VMX_EXIT_MSR_LOAD_FAIL:
		doctor_that(doctor, false, VMX_RULE_MSR_NOT_LOADED,
			    VMCS_FIELD_ENTRY_MSR_LOAD_ADDRESS);
		break;
	case VMX_EXIT_MCE_DURING_VMENTRY:
		doctor_that(doctor, false, VMX_RULE_MACHINE_CHECK,
			    VMCS_FIELD_EXIT_REASON);
		break;
	}
}

void teavmx_doctor(const struct teavmx_snapshot *snapshot,
		   struct teavmx_diagnosis *diagnosis)
{
	static const uint32_t all[] = { TEAVMX_CHECK_CONTROLS,
					TEAVMX_CHECK_HOST,
					TEAVMX_CHECK_GUEST };
	struct doctor doctor = { .snapshot = snapshot, .diagnosis = diagnosis };

	memset(diagnosis, 0, sizeof(*diagnosis));
	if (snapshot->outcome == TEAVMX_OUTCOME_VMFAIL)
		check_vmfail(&doctor, snapshot->outcome_number);
	else if (snapshot->outcome == TEAVMX_OUTCOME_EXIT &&
		 snapshot->outcome_number & VMX_EXIT_FLAG(ENTRY_FAILURE))
		check_failed_exit(&doctor, snapshot->outcome_number);
	else
		check_groups(&doctor, all, 3);
}
