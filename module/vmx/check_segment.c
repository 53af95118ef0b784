// SPDX-License-Identifier: GPL-2.0-only
#include "vmcs.h"
#include "check_rules.h"

#include <asm/processor-flags.h>

/* SDM "Checks on Guest Segment Registers". */

/* Access rights, SDM "Guest Register State". */
#define AR_TYPE		GENMASK(3, 0)
#define AR_ACCESSED	BIT(0)
#define AR_READABLE	BIT(1)	/* of a code segment */
#define AR_CONFORMING	BIT(2)	/* of a code segment */
#define AR_CODE		BIT(3)
#define AR_NOT_SYSTEM	BIT(4)
#define AR_DPL(ar)	((ar) >> 5 & 3)
#define AR_PRESENT	BIT(7)
#define AR_L		BIT(13)
#define AR_D		BIT(14)
#define AR_G		BIT(15)
#define AR_UNUSABLE	BIT(16)
#define AR_RESERVED	(GENMASK(31, 17) | GENMASK(11, 8))

#define TYPE_WRITABLE	3	/* data, accessed */
#define TYPE_DOWN	7	/* likewise, expands down */
#define TYPE_LDT	2
#define TYPE_TSS16_BUSY	3
#define TYPE_TSS_BUSY	11
#define RIGHTS_8086	0xf3

#define RPL(selector)	((selector) & 3)
#define TI		BIT(2)

/* The order of the fields in the VMCS. */
enum segment {
	ES,
	CS,
	SS,
	DS,
	FS,
	GS,
	LDTR,
	TR,
	SEGMENTS
};

#define SELECTOR_FIELD(n)	(VMCS_FIELD_GUEST_ES_SELECTOR + 2 * (n))
#define BASE_FIELD(n)		(VMCS_FIELD_GUEST_ES_BASE + 2 * (n))
#define LIMIT_FIELD(n)		(VMCS_FIELD_GUEST_ES_LIMIT + 2 * (n))
#define RIGHTS_FIELD(n)		(VMCS_FIELD_GUEST_ES_ACCESS_RIGHTS + 2 * (n))

struct segments {
	const struct check *check;
	bool unrestricted;
	bool protected;
	u16 selector[SEGMENTS];
	u32 rights[SEGMENTS];
};

static void read_segments(struct segments *segments, const struct check *check)
{
	int n;

	segments->check = check;
	segments->unrestricted =
		check->proc2 & SECONDARY_EXEC_UNRESTRICTED_GUEST;
	segments->protected = check_read(VMCS_FIELD_GUEST_CR0) & X86_CR0_PE;
	for (n = 0; n < SEGMENTS; n++) {
		segments->selector[n] = check_read(SELECTOR_FIELD(n));
		segments->rights[n] = check_read(RIGHTS_FIELD(n));
	}
}

static bool usable(const struct segments *segments, int n)
{
	return !(segments->rights[n] & AR_UNUSABLE);
}

static void selectors(const struct segments *segments, bool virtual_8086)
{
	const struct check *check = segments->check;
	unsigned int code = RPL(segments->selector[CS]);

	check_that(check, !(segments->selector[TR] & TI),
		   VMX_RULE_SELECTOR_TI, SELECTOR_FIELD(TR));
	check_that(check,
		   !usable(segments, LDTR) ||
		   !(segments->selector[LDTR] & TI),
		   VMX_RULE_SELECTOR_TI, SELECTOR_FIELD(LDTR));
	if (virtual_8086 || segments->unrestricted)
		return;
	/* The one to blame is the one that differs from its own segment. */
	check_that(check, RPL(segments->selector[SS]) == code,
		   VMX_RULE_STACK_RPL,
		   SELECTOR_FIELD(code == AR_DPL(segments->rights[CS]) ?
				  SS : CS));
}

static void bases(const struct segments *segments)
{
	const struct check *check = segments->check;
	int n;

	check_high_half(check, BASE_FIELD(CS));
	for (n = ES; n <= DS; n++)
		if (n != CS && usable(segments, n))
			check_high_half(check, BASE_FIELD(n));
	check_canonical(check, BASE_FIELD(FS));
	check_canonical(check, BASE_FIELD(GS));
	check_canonical(check, BASE_FIELD(TR));
	if (usable(segments, LDTR))
		check_canonical(check, BASE_FIELD(LDTR));
}

/* Of every usable segment, and of CS and TR always. */
static void common_rights(const struct segments *segments, int n)
{
	const struct check *check = segments->check;
	u32 limit = check_read(LIMIT_FIELD(n));
	u32 ar = segments->rights[n];

	check_that(check, ar & AR_PRESENT, VMX_RULE_NOT_PRESENT,
		   RIGHTS_FIELD(n));
	check_that(check, !(ar & AR_RESERVED), VMX_RULE_RIGHTS_RESERVED,
		   RIGHTS_FIELD(n));
	check_that(check, !(ar & AR_G) || !(~limit & GENMASK(11, 0)),
		   VMX_RULE_GRANULARITY_NEEDLESS, LIMIT_FIELD(n));
	check_that(check, ar & AR_G || !(limit & GENMASK(31, 20)),
		   VMX_RULE_GRANULARITY_NEEDED, LIMIT_FIELD(n));
}

static void code_dpl(const struct segments *segments)
{
	unsigned int stack = AR_DPL(segments->rights[SS]);
	u32 ar = segments->rights[CS];
	bool good = ar & AR_CONFORMING ? AR_DPL(ar) <= stack :
					 AR_DPL(ar) == stack;

	check_that(segments->check, good, VMX_RULE_CODE_DPL, RIGHTS_FIELD(CS));
}

static void code_rights(const struct segments *segments)
{
	const struct check *check = segments->check;
	u32 ar = segments->rights[CS];
	u32 field = RIGHTS_FIELD(CS);
	bool code = (ar & (AR_CODE | AR_ACCESSED)) == (AR_CODE | AR_ACCESSED);
	bool data = segments->unrestricted && (ar & AR_TYPE) == TYPE_WRITABLE;

	check_that(check, code || data, VMX_RULE_NOT_CODE_SEGMENT, field);
	check_that(check, ar & AR_NOT_SYSTEM, VMX_RULE_SYSTEM_SEGMENT, field);
	if (code)
		code_dpl(segments);
	else if (data)
		check_that(check, !AR_DPL(ar), VMX_RULE_REAL_MODE_DPL, field);
	check_that(check,
		   !check_long_mode(check) || !(ar & AR_L) ||
		   !(ar & AR_D),
		   VMX_RULE_CODE_SIZE, field);
	common_rights(segments, CS);
}

static void stack_rights(const struct segments *segments)
{
	const struct check *check = segments->check;
	u32 type = segments->rights[SS] & AR_TYPE;
	u32 dpl = AR_DPL(segments->rights[SS]);
	u32 field = RIGHTS_FIELD(SS);

	/* These hold for an unusable SS too. */
	if (!segments->unrestricted)
		check_that(check, dpl == RPL(segments->selector[SS]),
			   VMX_RULE_STACK_DPL, field);
	/* Else a CS of this type is a finding of its own. */
	if (!segments->protected ||
	    (segments->unrestricted &&
	     (segments->rights[CS] & AR_TYPE) == TYPE_WRITABLE))
		check_that(check, !dpl, VMX_RULE_REAL_MODE_DPL, field);
	if (!usable(segments, SS))
		return;
	check_that(check, type == TYPE_WRITABLE || type == TYPE_DOWN,
		   VMX_RULE_NOT_STACK_SEGMENT, field);
	check_that(check, segments->rights[SS] & AR_NOT_SYSTEM,
		   VMX_RULE_SYSTEM_SEGMENT, field);
	common_rights(segments, SS);
}

static void data_rights(const struct segments *segments, int n)
{
	const struct check *check = segments->check;
	u32 ar = segments->rights[n];
	u32 field = RIGHTS_FIELD(n);

	if (!usable(segments, n))
		return;
	check_that(check, ar & AR_ACCESSED, VMX_RULE_NOT_ACCESSED, field);
	check_that(check, !(ar & AR_CODE) || ar & AR_READABLE,
		   VMX_RULE_NOT_READABLE, field);
	check_that(check, ar & AR_NOT_SYSTEM, VMX_RULE_SYSTEM_SEGMENT, field);
	/* Conforming code may be used from every level. */
	if (!segments->unrestricted && (ar & AR_TYPE) <= TYPE_TSS_BUSY)
		check_that(check,
			   AR_DPL(ar) >= RPL(segments->selector[n]),
			   VMX_RULE_DATA_DPL, field);
	common_rights(segments, n);
}

static void system_rights(const struct segments *segments)
{
	const struct check *check = segments->check;
	u32 type = segments->rights[TR] & AR_TYPE;

	check_that(check, usable(segments, TR), VMX_RULE_TR_UNUSABLE,
		   RIGHTS_FIELD(TR));
	check_that(check,
		   type == TYPE_TSS_BUSY ||
		   (type == TYPE_TSS16_BUSY && !check_long_mode(check)),
		   VMX_RULE_NOT_BUSY_TSS, RIGHTS_FIELD(TR));
	check_that(check, !(segments->rights[TR] & AR_NOT_SYSTEM),
		   VMX_RULE_NOT_SYSTEM_SEGMENT, RIGHTS_FIELD(TR));
	common_rights(segments, TR);
	if (!usable(segments, LDTR))
		return;
	check_that(check, (segments->rights[LDTR] & AR_TYPE) == TYPE_LDT,
		   VMX_RULE_NOT_LDT, RIGHTS_FIELD(LDTR));
	check_that(check, !(segments->rights[LDTR] & AR_NOT_SYSTEM),
		   VMX_RULE_NOT_SYSTEM_SEGMENT, RIGHTS_FIELD(LDTR));
	common_rights(segments, LDTR);
}

static void segments_8086(const struct segments *segments)
{
	const struct check *check = segments->check;
	int n;

	for (n = ES; n <= GS; n++) {
		check_that(check,
			   check_read(BASE_FIELD(n)) ==
			   (u32)segments->selector[n] << 4,
			   VMX_RULE_VIRTUAL_8086_BASE, BASE_FIELD(n));
		check_that(check, check_read(LIMIT_FIELD(n)) == 0xffff,
			   VMX_RULE_VIRTUAL_8086_LIMIT, LIMIT_FIELD(n));
		check_that(check, segments->rights[n] == RIGHTS_8086,
			   VMX_RULE_VIRTUAL_8086_RIGHTS, RIGHTS_FIELD(n));
	}
	check_canonical(check, BASE_FIELD(TR));
	if (usable(segments, LDTR))
		check_canonical(check, BASE_FIELD(LDTR));
}

/**
 * check_guest_segments() - segment registers, LDTR and TR
 * @check: the check
 *
 * SS comes before CS, whose DPL is measured by that of SS.
 */
void check_guest_segments(const struct check *check)
{
	struct segments segments;
	bool virtual_8086;

	read_segments(&segments, check);
	/* Where VM must be 0 it is RFLAGS that is wrong, not the segments. */
	virtual_8086 = check_read(VMCS_FIELD_GUEST_RFLAGS) & X86_EFLAGS_VM &&
		       segments.protected && !check_long_mode(check);
	selectors(&segments, virtual_8086);
	if (virtual_8086) {
		segments_8086(&segments);
	} else {
		bases(&segments);
		stack_rights(&segments);
		code_rights(&segments);
		data_rights(&segments, ES);
		data_rights(&segments, DS);
		data_rights(&segments, FS);
		data_rights(&segments, GS);
	}
	system_rights(&segments);
}
