// SPDX-License-Identifier: LGPL-2.1-or-later
#include "check.h"

/* SDM "Checks on Guest Segment Registers" */

/* Access rights, SDM "Guest Register State" */
#define ACCESS_TYPE(rights)	((rights) & 15)
#define ACCESS_ACCESSED		BIT(0)
#define ACCESS_READABLE		BIT(1)	/* of a code segment */
#define ACCESS_CONFORMING	BIT(2)	/* of a code segment */
#define ACCESS_CODE		BIT(3)
#define ACCESS_NOT_SYSTEM	BIT(4)
#define ACCESS_PRESENT		BIT(7)
#define ACCESS_D		BIT(14)
#define ACCESS_G		BIT(15)
#define ACCESS_UNUSABLE		BIT(16)
#define ACCESS_RESERVED		(BITS(31, 17) | BITS(11, 8))

#define TYPE_WRITABLE		3	/* data, accessed */
#define TYPE_DOWN		7	/* likewise, expands down */
#define TYPE_LDT		2
#define TYPE_TSS16_BUSY		3
#define TYPE_TSS_BUSY		11
#define RIGHTS_8086		0xf3

#define RPL(selector)		((selector) & 3)
#define SELECTOR_TI		BIT(2)

/* The order of the fields in the VMCS */
enum segment {
	ES,
	CS,
	SS,
	DS,
	FS,
	GS,
	LDTR,
	TR,
};

#define SELECTOR_FIELD(n)	(VMCS_FIELD_GUEST_ES_SELECTOR + 2 * (n))
#define BASE_FIELD(n)		(VMCS_FIELD_GUEST_ES_BASE + 2 * (n))
#define LIMIT_FIELD(n)		(VMCS_FIELD_GUEST_ES_LIMIT + 2 * (n))
#define RIGHTS_FIELD(n)		(VMCS_FIELD_GUEST_ES_ACCESS_RIGHTS + 2 * (n))

static uint64_t selector_of(struct doctor *doctor, enum segment n)
{
	return doctor_field(doctor, SELECTOR_FIELD(n));
}

static uint64_t rights_of(struct doctor *doctor, enum segment n)
{
	return doctor_field(doctor, RIGHTS_FIELD(n));
}

static bool is_usable(struct doctor *doctor, enum segment n)
{
	return !(rights_of(doctor, n) & ACCESS_UNUSABLE);
}

/* May the rules to come about a segment apply? doctor_end() then */
static bool when_usable(struct doctor *doctor, enum segment n)
{
	return doctor_when(doctor, is_usable(doctor, n));
}

static bool is_unrestricted(struct doctor *doctor)
{
	return doctor_secondary(doctor) & SECONDARY(UNRESTRICTED_GUEST);
}

/* Where VM must be 0 it is RFLAGS that is wrong, not the segments. */
static bool is_virtual_8086(struct doctor *doctor)
{
	return doctor_field(doctor, VMCS_FIELD_GUEST_RFLAGS) & RFLAGS_VM &&
	       doctor_field(doctor, VMCS_FIELD_GUEST_CR0) & CR0_PE &&
	       !doctor_long_mode(doctor);
}

/* Must the RPLs of SS and CS be the same? */
static bool has_stack_rpl(struct doctor *doctor)
{
	return !is_virtual_8086(doctor) && !is_unrestricted(doctor);
}

static void check_stack_rpl(struct doctor *doctor)
{
	unsigned int code = RPL(selector_of(doctor, CS));
	bool same = RPL(selector_of(doctor, SS)) == code;
	enum segment wrong = SS;

	/* The one to name is the one that differs from its own segment. */
	if (!same && code != ACCESS_DPL(rights_of(doctor, CS)))
		wrong = CS;
	doctor_that(doctor, same, VMX_RULE_STACK_RPL, SELECTOR_FIELD(wrong));
}

static void check_selectors(struct doctor *doctor)
{
	doctor_that(doctor, !(selector_of(doctor, TR) & SELECTOR_TI),
		    VMX_RULE_SELECTOR_TI, SELECTOR_FIELD(TR));
	doctor_that(doctor,
		    !(selector_of(doctor, LDTR) & SELECTOR_TI) ||
		    !is_usable(doctor, LDTR),
		    VMX_RULE_SELECTOR_TI, SELECTOR_FIELD(LDTR));
	if (doctor_when(doctor, has_stack_rpl(doctor))) {
		check_stack_rpl(doctor);
		doctor_end(doctor);
	}
}

static void check_bases(struct doctor *doctor)
{
	static const enum segment narrow[] = { ES, SS, DS };
	size_t i;

	doctor_high_half(doctor, BASE_FIELD(CS));
	for (i = 0; i < ARRAY_SIZE(narrow); i++) {
		if (!when_usable(doctor, narrow[i]))
			continue;
		doctor_high_half(doctor, BASE_FIELD(narrow[i]));
		doctor_end(doctor);
	}
	doctor_canonical(doctor, BASE_FIELD(FS));
	doctor_canonical(doctor, BASE_FIELD(GS));
	doctor_canonical(doctor, BASE_FIELD(TR));
	if (when_usable(doctor, LDTR)) {
		doctor_canonical(doctor, BASE_FIELD(LDTR));
		doctor_end(doctor);
	}
}

static void check_granularity(struct doctor *doctor, enum segment n)
{
	bool pages = rights_of(doctor, n) & ACCESS_G;

	doctor_hold(doctor);
	doctor_that(doctor,
		    !pages || !(~doctor_field(doctor, LIMIT_FIELD(n)) &
				BITS(11, 0)),
		    VMX_RULE_GRANULARITY_NEEDLESS, LIMIT_FIELD(n));
	doctor_that(doctor,
		    pages || !(doctor_field(doctor, LIMIT_FIELD(n)) &
			       BITS(31, 20)),
		    VMX_RULE_GRANULARITY_NEEDED, LIMIT_FIELD(n));
	doctor_end(doctor);
}

/* Of every usable segment, and of CS and TR always */
static void check_common(struct doctor *doctor, enum segment n)
{
	doctor_that(doctor, rights_of(doctor, n) & ACCESS_PRESENT,
		    VMX_RULE_NOT_PRESENT, RIGHTS_FIELD(n));
	doctor_that(doctor, !(rights_of(doctor, n) & ACCESS_RESERVED),
		    VMX_RULE_RIGHTS_RESERVED, RIGHTS_FIELD(n));
	check_granularity(doctor, n);
}

static bool code_dpl_is_good(struct doctor *doctor)
{
	unsigned int stack = ACCESS_DPL(rights_of(doctor, SS));
	uint64_t rights = rights_of(doctor, CS);

	return rights & ACCESS_CONFORMING ? ACCESS_DPL(rights) <= stack :
					    ACCESS_DPL(rights) == stack;
}

static bool code_is_code(struct doctor *doctor)
{
	return (rights_of(doctor, CS) & (ACCESS_CODE | ACCESS_ACCESSED)) ==
	       (ACCESS_CODE | ACCESS_ACCESSED);
}

/* What an unrestricted guest may have as CS in real mode */
static bool code_is_data(struct doctor *doctor)
{
	return ACCESS_TYPE(rights_of(doctor, CS)) == TYPE_WRITABLE &&
	       is_unrestricted(doctor);
}

static bool code_size_is_good(struct doctor *doctor)
{
	return !(rights_of(doctor, CS) & ACCESS_L) ||
	       !(rights_of(doctor, CS) & ACCESS_D) ||
	       !doctor_long_mode(doctor);
}

static void check_code(struct doctor *doctor)
{
	uint32_t field = RIGHTS_FIELD(CS);

	doctor_that(doctor, code_is_code(doctor) || code_is_data(doctor),
		    VMX_RULE_NOT_CODE_SEGMENT, field);
	doctor_that(doctor, rights_of(doctor, CS) & ACCESS_NOT_SYSTEM,
		    VMX_RULE_SYSTEM_SEGMENT, field);
	doctor_that(doctor, !code_is_code(doctor) || code_dpl_is_good(doctor),
		    VMX_RULE_CODE_DPL, field);
	doctor_that(doctor,
		    code_is_code(doctor) ||
		    !ACCESS_DPL(rights_of(doctor, CS)) ||
		    !code_is_data(doctor),
		    VMX_RULE_REAL_MODE_DPL, field);
	doctor_that(doctor, code_size_is_good(doctor), VMX_RULE_CODE_SIZE,
		    field);
	check_common(doctor, CS);
}

/* DPL must be 0 in real mode, and where CS has the type of real mode. */
static bool stack_is_privileged(struct doctor *doctor)
{
	return !ACCESS_DPL(rights_of(doctor, SS)) ||
	       (doctor_field(doctor, VMCS_FIELD_GUEST_CR0) & CR0_PE &&
		!code_is_data(doctor));
}

static void check_stack_dpl(struct doctor *doctor)
{
	/* These hold for an unusable SS too. */
	doctor_that(doctor,
		    ACCESS_DPL(rights_of(doctor, SS)) ==
		    RPL(selector_of(doctor, SS)) ||
		    is_unrestricted(doctor),
		    VMX_RULE_STACK_DPL, RIGHTS_FIELD(SS));
	doctor_that(doctor, stack_is_privileged(doctor),
		    VMX_RULE_REAL_MODE_DPL, RIGHTS_FIELD(SS));
}

static void check_stack(struct doctor *doctor)
{
	uint64_t type;

	check_stack_dpl(doctor);
	if (!when_usable(doctor, SS))
		return;
	type = ACCESS_TYPE(rights_of(doctor, SS));
	doctor_that(doctor, type == TYPE_WRITABLE || type == TYPE_DOWN,
		    VMX_RULE_NOT_STACK_SEGMENT, RIGHTS_FIELD(SS));
	doctor_that(doctor, rights_of(doctor, SS) & ACCESS_NOT_SYSTEM,
		    VMX_RULE_SYSTEM_SEGMENT, RIGHTS_FIELD(SS));
	check_common(doctor, SS);
	doctor_end(doctor);
}

/* Conforming code may be used from every level. */
static bool data_dpl_is_good(struct doctor *doctor, enum segment n)
{
	uint64_t rights = rights_of(doctor, n);

	return ACCESS_TYPE(rights) > TYPE_TSS_BUSY ||
	       ACCESS_DPL(rights) >= RPL(selector_of(doctor, n)) ||
	       is_unrestricted(doctor);
}

static void check_data(struct doctor *doctor, enum segment n)
{
	uint32_t field = RIGHTS_FIELD(n);
	uint64_t rights;

	if (!when_usable(doctor, n))
		return;
	rights = rights_of(doctor, n);
	doctor_that(doctor, rights & ACCESS_ACCESSED, VMX_RULE_NOT_ACCESSED,
		    field);
	doctor_that(doctor,
		    !(rights & ACCESS_CODE) || rights & ACCESS_READABLE,
		    VMX_RULE_NOT_READABLE, field);
	doctor_that(doctor, rights & ACCESS_NOT_SYSTEM,
		    VMX_RULE_SYSTEM_SEGMENT, field);
	doctor_that(doctor, data_dpl_is_good(doctor, n), VMX_RULE_DATA_DPL,
		    field);
	check_common(doctor, n);
	doctor_end(doctor);
}

static bool tss_is_busy(struct doctor *doctor)
{
	uint64_t type = ACCESS_TYPE(rights_of(doctor, TR));

	return type == TYPE_TSS_BUSY ||
	       (type == TYPE_TSS16_BUSY && !doctor_long_mode(doctor));
}

static void check_tr(struct doctor *doctor)
{
	uint32_t field = RIGHTS_FIELD(TR);

	doctor_that(doctor, is_usable(doctor, TR), VMX_RULE_TR_UNUSABLE,
		    field);
	doctor_that(doctor, tss_is_busy(doctor), VMX_RULE_NOT_BUSY_TSS, field);
	doctor_that(doctor, !(rights_of(doctor, TR) & ACCESS_NOT_SYSTEM),
		    VMX_RULE_NOT_SYSTEM_SEGMENT, field);
	check_common(doctor, TR);
}

static void check_ldtr(struct doctor *doctor)
{
	uint32_t field = RIGHTS_FIELD(LDTR);

	if (!when_usable(doctor, LDTR))
		return;
	doctor_that(doctor, ACCESS_TYPE(rights_of(doctor, LDTR)) == TYPE_LDT,
		    VMX_RULE_NOT_LDT, field);
	doctor_that(doctor, !(rights_of(doctor, LDTR) & ACCESS_NOT_SYSTEM),
		    VMX_RULE_NOT_SYSTEM_SEGMENT, field);
	check_common(doctor, LDTR);
	doctor_end(doctor);
}

static void check_8086(struct doctor *doctor)
{
	int n;

	for (n = ES; n <= GS; n++) {
		doctor_that(doctor,
			    doctor_field(doctor, BASE_FIELD(n)) ==
			    selector_of(doctor, n) << 4,
			    VMX_RULE_VIRTUAL_8086_BASE, BASE_FIELD(n));
		doctor_that(doctor,
			    doctor_field(doctor, LIMIT_FIELD(n)) == 0xffff,
			    VMX_RULE_VIRTUAL_8086_LIMIT, LIMIT_FIELD(n));
		doctor_that(doctor, rights_of(doctor, n) == RIGHTS_8086,
			    VMX_RULE_VIRTUAL_8086_RIGHTS, RIGHTS_FIELD(n));
	}
	doctor_canonical(doctor, BASE_FIELD(TR));
	if (when_usable(doctor, LDTR)) {
		doctor_canonical(doctor, BASE_FIELD(LDTR));
		doctor_end(doctor);
	}
}

/* SS comes before CS, whose DPL is measured by that of SS. */
static void check_segments(struct doctor *doctor)
{
	check_bases(doctor);
	check_stack(doctor);
	check_code(doctor);
	check_data(doctor, ES);
	check_data(doctor, DS);
	check_data(doctor, FS);
	check_data(doctor, GS);
}

/**
 * doctor_guest_segments() - segment registers, LDTR and TR
 * @doctor: the examination
 *
 * If it is not known whether the guest is in virtual-8086 mode, the rules of
 * this mode and of the others are listed as not checked.
 */
void doctor_guest_segments(struct doctor *doctor)
{
	check_selectors(doctor);
	if (doctor_when(doctor, is_virtual_8086(doctor))) {
		check_8086(doctor);
		doctor_end(doctor);
	}
	if (doctor_when(doctor, !is_virtual_8086(doctor))) {
		check_segments(doctor);
		doctor_end(doctor);
	}
	check_tr(doctor);
	check_ldtr(doctor);
}
