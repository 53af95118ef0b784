/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef TEAVMX_DOCTOR_CHECK_H
#define TEAVMX_DOCTOR_CHECK_H

#include <uapi/vmcs.h>
#include <uapi/vmx.h>
#include <uapi/vmx_caps.h>
#include <uapi/vmx_check.h>

#include "../teavmx.h"

#define ARRAY_SIZE(array)	(sizeof(array) / sizeof((array)[0]))
#define BIT(n)			(1ULL << (n))
#define BITS(high, low)		((~0ULL >> (63 - (high))) & (~0ULL << (low)))

/* One bit of a control word, by its name in uapi/vmx_caps.h */
#define PIN(name)		BIT(VMX_PIN_##name##_BIT)
#define PRIMARY(name)		BIT(VMX_PRIMARY_##name##_BIT)
#define SECONDARY(name)		BIT(VMX_SECONDARY_##name##_BIT)
#define TERTIARY(name)		BIT(VMX_TERTIARY_##name##_BIT)
#define EXIT(name)		BIT(VMX_EXIT_CONTROL_##name##_BIT)
#define ENTRY(name)		BIT(VMX_ENTRY_CONTROL_##name##_BIT)
#define BASIC(name)		BIT(VMX_BASIC_##name##_BIT)
#define MISC(name)		BIT(VMX_MISC_##name##_BIT)
#define EPT_VPID(name)		BIT(VMX_EPT_VPID_##name##_BIT)

#define CR0_PE			BIT(0)
#define CR0_WP			BIT(16)
#define CR0_NW			BIT(29)
#define CR0_CD			BIT(30)
#define CR0_PG			BIT(31)
#define CR4_PAE			BIT(5)
#define CR4_PCIDE		BIT(17)
#define CR4_CET			BIT(23)
#define EFER_SCE		BIT(0)
#define EFER_LME		BIT(8)
#define EFER_LMA		BIT(10)
#define EFER_NX			BIT(11)
#define RFLAGS_FIXED		BIT(1)
#define RFLAGS_TF		BIT(8)
#define RFLAGS_IF		BIT(9)
#define RFLAGS_VM		BIT(17)
#define DEBUGCTL_BTF		BIT(1)

/* Interruptibility state, SDM "Guest Non-Register State" */
#define BLOCKED_BY_STI		BIT(0)
#define BLOCKED_BY_MOV_SS	BIT(1)
#define BLOCKED_BY_SMI		BIT(2)
#define BLOCKED_BY_NMI		BIT(3)
#define ENCLAVE_INTERRUPTION	BIT(4)

#define ACTIVITY_ACTIVE		0
#define ACTIVITY_HLT		1
#define ACTIVITY_SHUTDOWN	2

/* Fields of the VM-entry interruption information */
#define EVENT_VECTOR(event)	((event) & 0xff)
#define EVENT_TYPE(event)	((event) >> 8 & 7)
#define EVENT_ERROR_CODE	BIT(11)
#define EVENT_RESERVED		BITS(30, 12)
#define EVENT_VALID		BIT(31)

#define VECTOR_DB		1
#define VECTOR_MC		18
#define VECTOR_CP		21

#define ACCESS_DPL(rights)	((rights) >> 5 & 3)
#define ACCESS_L		BIT(13)

#define GATES_MAX	8

/**
 * struct doctor - One examination of a snapshot.
 * @snapshot: what is known
 * @diagnosis: receives the findings
 * @missing: the first missing fact that was read since the last rule was
 *	judged, or of kind TEAVMX_FACT_NONE
 * @gate_count: conditions that the rules to come depend on
 * @gates: for each of them the missing fact that it needs, if any
 * @checked: the rules that were checked, with their fields; a rule that is applied to
 *	each part of a field counts once
 *
 * Every read of a missing fact is noted here by the function that reads, so a
 * rule cannot forget what it depends on. A missing fact reads as 0. The note
 * lasts until the next rule is judged; doctor_when() and doctor_hold() make it
 * last until doctor_end(). So a value that several rules use is read again by
 * each of them, or read before doctor_hold().
 */
struct doctor {
	const struct teavmx_snapshot *snapshot;
	struct teavmx_diagnosis *diagnosis;
	struct teavmx_fact missing;
	unsigned int gate_count;
	struct teavmx_fact gates[GATES_MAX];
	struct teavmx_finding checked[TEAVMX_UNCHECKED_MAX];
};

uint64_t doctor_field(struct doctor *doctor, uint32_t field);
uint64_t doctor_msr(struct doctor *doctor, uint32_t msr);
uint64_t doctor_word(struct doctor *doctor, uint32_t word);
bool doctor_when(struct doctor *doctor, bool condition);
void doctor_hold(struct doctor *doctor);
void doctor_end(struct doctor *doctor);
void doctor_that(struct doctor *doctor, bool holds, uint32_t rule,
		 uint32_t field);

uint64_t doctor_pin(struct doctor *doctor);
uint64_t doctor_primary(struct doctor *doctor);
uint64_t doctor_secondary(struct doctor *doctor);
uint64_t doctor_tertiary(struct doctor *doctor);
uint64_t doctor_exit(struct doctor *doctor);
uint64_t doctor_entry(struct doctor *doctor);
uint64_t doctor_event(struct doctor *doctor);

bool doctor_fits(struct doctor *doctor, uint64_t address);
void doctor_physical(struct doctor *doctor, uint32_t field, uint64_t align);
void doctor_canonical(struct doctor *doctor, uint32_t field);
void doctor_high_half(struct doctor *doctor, uint32_t field);
void doctor_pat(struct doctor *doctor, uint32_t field);
void doctor_perf_global(struct doctor *doctor, uint32_t field);
void doctor_efer_bits(struct doctor *doctor, uint32_t field);
void doctor_cet(struct doctor *doctor, uint32_t s_cet, uint32_t ssp,
		uint32_t table, bool wide);
void doctor_cr3(struct doctor *doctor, uint32_t field);

void doctor_controls(struct doctor *doctor);
void doctor_event_injection(struct doctor *doctor);
void doctor_host(struct doctor *doctor);
void doctor_guest(struct doctor *doctor);
void doctor_guest_segments(struct doctor *doctor);
void doctor_guest_state(struct doctor *doctor);

static inline bool doctor_long_mode(struct doctor *doctor)
{
	return doctor_entry(doctor) & ENTRY(IA32E_MODE_GUEST);
}

#endif
