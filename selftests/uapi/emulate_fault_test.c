// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the emulator checks before an access, and what it notes of one: paging
 * and its rights, accessed and dirty bits, segments, debug exceptions.
 */
#include <errno.h>

#include "emulate_machine.h"
#include "kselftest_harness.h"

/* Where it leads, or all ones with the failure noted */
static uint64_t translate(uint64_t linear)
{
	uint64_t physical;

	return emulator_translate(&emulator, linear, EMULATOR_PEEK,
				  &physical) ? UINT64_MAX : physical;
}

TEST(no_paging)
{
	start(16);
	EXPECT_EQ(0x12345, translate(0x12345));
	EXPECT_EQ(0x5, translate(0x100000005));
}

TEST(paging_32)
{
	start(32);
	set(TEAVMX_REG_CR0, PE | PG);
	set(TEAVMX_REG_CR3, 0x2018);
	put(0x2000 + 4 * 1, 0x3003, 4);
	put(0x3000 + 4 * 2, 0xabcde003, 4);
	put(0x2000 + 4 * 3, 0x12c56083, 4);
	EXPECT_EQ(0xabcde123, translate(0x402123));
	EXPECT_EQ(UINT64_MAX, translate(0x403123));
	EXPECT_EQ(EFAULT, failure.error);
	EXPECT_EQ(EFAULT, errno);
	/* Without PSE the bit for a large page is nothing. */
	EXPECT_EQ(UINT64_MAX, translate(0xc12345));
	set(TEAVMX_REG_CR4, PSE);
	EXPECT_EQ(0x2b12c12345 & ~0x3fffffULL,
		  translate(0xc12345) & ~0x3fffffULL);
	EXPECT_EQ(0x12345, translate(0xc12345) & 0x3fffff);
}

TEST(paging_pae)
{
	start(32);
	set(TEAVMX_REG_CR0, PE | PG);
	set(TEAVMX_REG_CR4, PAE);
	set(TEAVMX_REG_CR3, 0x2020);
	/* The entry on top has reserved bits where others have PS. */
	put(0x2020 + 8 * 3, 0x3081, 8);
	put(0x3000 + 8 * 511, 0x4003, 8);
	put(0x4000 + 8 * 1, 0x8000000765432003, 8);
	put(0x3000 + 8 * 2, 0x80000009a0000083, 8);
	EXPECT_EQ(0x765432abc, translate(0xffe01abc));
	EXPECT_EQ(0x9a0012345, translate(0xc0412345));
	EXPECT_EQ(UINT64_MAX, translate(0x1000));
}

static void long_paging(void)
{
	start(64);
	set(TEAVMX_REG_CR0, PE | PG);
	set(TEAVMX_REG_CR4, PAE);
	set(TEAVMX_REG_CR3, 0x2fff & ~0xfffULL);
	put(0x2000 + 8 * 511, 0x3003, 8);
	put(0x3000 + 8 * 510, 0x4003, 8);
	put(0x4000 + 8 * 1, 0x5003, 8);
	put(0x5000 + 8 * 2, 0x123456003, 8);
	put(0x4000 + 8 * 2, 0x40000083, 8);
	put(0x3000 + 8 * 1, 0x1c0000083, 8);
}

TEST(paging_long)
{
	long_paging();
	EXPECT_EQ(0x123456789, translate(0xffffffff80202789));
	EXPECT_EQ(0x40012345, translate(0xffffffff80412345));
	EXPECT_EQ(0x1c1234567, translate(0xffffff8041234567));
	EXPECT_EQ(UINT64_MAX, translate(0xffffffff80203000));
	EXPECT_EQ(UINT64_MAX, translate(0x0000ffff80202789));
	EXPECT_NE(NULL, strstr(failure.message, "not canonical"));
	put(0x5000 + 8 * 2, 0xfffffffff003, 8);
	put(0x4000 + 8 * 1, 0xfffffffff003, 8);
	EXPECT_EQ(UINT64_MAX, translate(0xffffffff80202789));
	EXPECT_NE(NULL, strstr(failure.message, "not in RAM"));
}

TEST(paging_five_levels)
{
	long_paging();
	set(TEAVMX_REG_CR4, PAE | LA57);
	set(TEAVMX_REG_CR3, 0x6000);
	put(0x6000 + 8 * 255, 0x2003, 8);
	EXPECT_EQ(0x123456789, translate(0x00ffffff80202789));
	EXPECT_EQ(UINT64_MAX, translate(0x01ffffff80202789));
}

static const char * const paging_names[] = { "32 bits", "PAE", "long" };

#define INSB		"\x6c"
#define OUTSB		"\x6e"
#define MOVSD		"\xa5"
#define STOSB		"\xaa"
#define OR_DI		"\x08\x07"
#define TEST_DI		"\x84\x07"
#define CMP_DI		"\x38\x07"
#define PUSH_SI		"\xff\x36"

struct fault_row {
	const char *name;
	const char *code;
	unsigned int cpl;
	uint64_t cr0;
	uint64_t cr4;
	uint64_t rflags;
	/* flags of the page */
	uint64_t flags;
	uint64_t rsi;
	uint64_t rdi;
	/* an exception, or 0 */
	unsigned int vector;
	uint32_t error;
	uint64_t cr2;
};

static const struct fault_row fault_rows[] = {
	/* What a processor without a hypervisor gave for these */
	{ "user INSB, supervisor page", INSB, 3, 0, 0, 0, 3,
	  0, PAGE, PF, 7, PAGE },
	{ "user OUTSB, supervisor page", OUTSB, 3, 0, 0, 0, 3,
	  PAGE, 0, PF, 5, PAGE },
	{ "user MOVSD to a supervisor page", MOVSD, 3, 0, 0, 0, 3,
	  PAGE_OUTSIDE, PAGE, PF, 7, PAGE },
	{ "MOVSD to a read-only page", MOVSD, 0, WP, 0, 0, 1,
	  PAGE_OUTSIDE, PAGE, PF, 3, PAGE },
	{ "INSB, not present", INSB, 0, 0, 0, 0, 0,
	  0, PAGE + 5, PF, 2, PAGE + 5 },
	{ "OUTSB, not present", OUTSB, 0, 0, 0, 0, 0,
	  PAGE + 5, 0, PF, 0, PAGE + 5 },
	{ "INSB, read only", INSB, 0, WP, 0, 0, 5,
	  0, PAGE, PF, 3, PAGE },
	{ "INSB, read only without WP", INSB, 0, 0, 0, 0, 5, 0, PAGE,
	  0, 0, 0 },
	{ "user INSB, read only without WP", INSB, 3, 0, 0, 0, 5,
	  0, PAGE, PF, 7, PAGE },
	{ "user STOSB, supervisor page", STOSB, 3, 0, 0, 0, 3, 0, PAGE,
	  PF, 7, PAGE },
	{ "user OR, read only", OR_DI, 3, 0, 0, 0, 5, 0, PAGE,
	  PF, 7, PAGE },
	{ "user TEST, read only", TEST_DI, 3, 0, 0, 0, 5, 0, PAGE,
	  0, 0, 0 },
	{ "user CMP, supervisor page", CMP_DI, 3, 0, 0, 0, 3, 0, PAGE,
	  PF, 5, PAGE },
	{ "SMAP, user page", INSB, 0, 0, SMAP, 0, 7, 0, PAGE,
	  PF, 3, PAGE },
	{ "SMAP with AC", INSB, 0, 0, SMAP, AC, 7, 0, PAGE, 0, 0, 0 },
	{ "SMAP, supervisor page", INSB, 0, 0, SMAP, 0, 3, 0, PAGE,
	  0, 0, 0 },
	{ "SMAP, user", INSB, 3, 0, SMAP, 0, 7, 0, PAGE, 0, 0, 0 },
	{ "user, alignment", MOVSD, 3, AM, 0, AC, 7, PAGE + 2,
	  PAGE_OUTSIDE, AC_VECTOR, 0, 0 },
	{ "user, alignment without AM", MOVSD, 3, 0, 0, AC, 7, PAGE + 2,
	  PAGE_OUTSIDE, 0, 0, 0 },
	{ "supervisor, alignment", MOVSD, 0, AM, 0, AC, 7, PAGE + 2,
	  PAGE_OUTSIDE, 0, 0, 0 },
	{ "two pages, the second not present", MOVSD, 0, 0, 0, 0, 0,
	  PAGE_OUTSIDE, PAGE - 2, PF, 2, PAGE },
};

static void start_fault(enum paging paging, const struct fault_row *row)
{
	start_paging(paging, row->cpl);
	set(TEAVMX_REG_CR0, get(TEAVMX_REG_CR0) | row->cr0);
	set(TEAVMX_REG_CR4, get(TEAVMX_REG_CR4) | row->cr4);
	set(TEAVMX_REG_RFLAGS, get(TEAVMX_REG_RFLAGS) | row->rflags);
	set(TEAVMX_REG_RSI, row->rsi);
	set(TEAVMX_REG_RDI, row->rdi);
	set(TEAVMX_REG_CR2, 0x1234);
	map(paging, PAGE, PAGE, row->flags);
	map(paging, PAGE_OUTSIDE, OUTSIDE, 7);
	memset(ram + PAGE, 'U', 16);
	code(row->code, strlen(row->code));
}

TEST(page_faults)
{
	enum paging paging;
	size_t i;

	for (paging = 0; paging < PAGING_COUNT; paging++)
		for (i = 0; i < ROWS(fault_rows); i++) {
			const struct fault_row *row = &fault_rows[i];
			struct emulator_registers before;
			int result;

			start_fault(paging, row);
			before = emulator.now;
			result = emulator_run(&emulator);
			TH_LOG("%s: %s: %s", paging_names[paging], row->name,
			       failure.message);
			if (!row->vector) {
				EXPECT_EQ(EMULATOR_DONE, result);
				continue;
			}
			EXPECT_EQ(EMULATOR_FAULT, result);
			EXPECT_EQ(row->vector, emulator.fault.vector);
			EXPECT_EQ(row->error, emulator.fault.error);
			EXPECT_EQ(row->vector == PF ? row->cr2 : 0x1234,
				  get(TEAVMX_REG_CR2));
			/* Nothing else happened. */
			set(TEAVMX_REG_CR2, 0x1234);
			EXPECT_EQ(0, memcmp(&before, &emulator.now,
					    sizeof(before)));
			EXPECT_EQ('U', ram[PAGE]);
			EXPECT_EQ(0, element_count);
		}
}

TEST(reserved_bits)
{
	start_paging(PAGING_LONG, 0);
	CODE_IS(INSB);
	set(TEAVMX_REG_RDI, PAGE);
	map(PAGING_LONG, PAGE, PAGE, 7 | 1ULL << 50);
	EXPECT_EQ(EMULATOR_FAULT, emulator_run(&emulator));
	EXPECT_EQ(0xb, emulator.fault.error);
	map(PAGING_LONG, PAGE, PAGE, 7 | 1ULL << 63);
	EXPECT_EQ(EMULATOR_FAULT, emulator_run(&emulator));
	EXPECT_EQ(0xb, emulator.fault.error);
	set(TEAVMX_REG_EFER, LMA | NXE);
	EXPECT_EQ(EMULATOR_DONE, emulator_run(&emulator));
	/* a page of 2 MiB that does not begin at one */
	CODE_IS(INSB);
	set(TEAVMX_REG_RIP, CODE);
	set(TEAVMX_REG_RDI, 0x200000);
	put(DIRECTORY + 8, 0x2087, 8);
	EXPECT_EQ(EMULATOR_FAULT, emulator_run(&emulator));
	EXPECT_EQ(0xb, emulator.fault.error);
	put(TOP, TABLES | 0x87, 8);
	EXPECT_EQ(EMULATOR_FAILED, emulator_run(&emulator) ==
				   EMULATOR_FAULT ? EMULATOR_FAILED : 0);
	EXPECT_EQ(0xb, emulator.fault.error);
}

TEST(protection_keys)
{
	start_paging(PAGING_LONG, 3);
	CODE_IS(OUTSB);
	set(TEAVMX_REG_RSI, PAGE);
	map(PAGING_LONG, PAGE, PAGE, 7 | 5ULL << 59);
	emulator.pkru = 1u << 10;
	set(TEAVMX_REG_CR4, PAE | PKE);
	EXPECT_EQ(EMULATOR_FAULT, emulator_run(&emulator));
	EXPECT_EQ(0x25, emulator.fault.error);
	emulator.pkru = 2u << 10;
	EXPECT_EQ(EMULATOR_DONE, emulator_run(&emulator));
	CODE_IS(INSB);
	set(TEAVMX_REG_RIP, CODE);
	set(TEAVMX_REG_RDI, PAGE);
	EXPECT_EQ(EMULATOR_FAULT, emulator_run(&emulator));
	EXPECT_EQ(0x27, emulator.fault.error);
}

#define ACCESSED	0x20
#define DIRTY		0x40

TEST(accessed_and_dirty)
{
	static const struct {
		const char *code;
		uint64_t flags;
		uint64_t expected;
	} rows[] = {
		{ INSB, 7, 7 | ACCESSED | DIRTY },
		{ OUTSB, 7, 7 | ACCESSED },
		{ OR_DI, 7, 7 | ACCESSED | DIRTY },
		{ TEST_DI, 7, 7 | ACCESSED },
		/* a fault leaves no trace */
		{ INSB, 0, 0 },
		{ INSB, 5, 5 },
	};
	enum paging paging;
	size_t i;

	for (paging = 0; paging < PAGING_COUNT; paging++)
		for (i = 0; i < ROWS(rows); i++) {
			uint64_t accessed = rows[i].expected & ACCESSED;

			start_paging(paging, 3);
			map(paging, PAGE, PAGE, rows[i].flags);
			set(TEAVMX_REG_RSI, PAGE);
			set(TEAVMX_REG_RDI, PAGE);
			code(rows[i].code, strlen(rows[i].code));
			EXPECT_EQ(rows[i].expected & ACCESSED ?
				  EMULATOR_DONE : EMULATOR_FAULT,
				  emulator_run(&emulator));
			EXPECT_EQ(PAGE | rows[i].expected,
				  entry_of(paging, PAGE));
			/* its directory, but for the one on top of PAE */
			EXPECT_EQ(accessed, at(paging == PAGING_32 ? TABLES :
					       DIRECTORY, 8) & ACCESSED);
			if (paging == PAGING_PAE)
				EXPECT_EQ(DIRECTORY | 1, at(TABLES, 8));
			if (paging == PAGING_LONG)
				EXPECT_EQ(TABLES | 7 | accessed, at(TOP, 8));
			/* the code was fetched by the processor */
			EXPECT_EQ(CODE | 7, entry_of(paging, CODE));
		}
}

/* Segments: which one has other bounds, and what comes of it */
struct segment_row {
	const char *name;
	unsigned int bits;
	uint64_t cr0;
	const char *code;
	uint32_t segment;
	uint64_t limit;
	uint64_t rights;
	uint64_t offset;
	unsigned int vector;
};

#define INSW		"\x6d"
#define OUTSW		"\x6f"
#define ADDR32_OUTSB	"\x67\x6e"
#define READ_ONLY	0xc091
#define EXECUTE_ONLY	0xc099
#define READABLE_CODE	0xc09b
#define EXPAND_DOWN	0xc097
#define EXPAND_DOWN_16	0x8097
#define MOV_BP		"\x88\x4d\x00"

static const struct segment_row segment_rows[] = {
	{ "OUTSW at ffff", 16, 0, OUTSW, TEAVMX_REG_DS, 0xffff, DATA_16, 0xffff,
	  GP },
	{ "OUTSW at fffe", 16, 0, OUTSW, TEAVMX_REG_DS, 0xffff, DATA_16, 0xfffe,
	  0 },
	{ "addr32 OUTSB at 20000", 16, 0, ADDR32_OUTSB, TEAVMX_REG_DS, 0xffff,
	  DATA_16, 0x20000, GP },
	{ "INSW at ffff", 16, 0, INSW, TEAVMX_REG_ES, 0xffff, DATA_16, 0xffff,
	  GP },
	{ "INSB, null", 32, PE, INSB, TEAVMX_REG_ES, 0, UNUSABLE, 0x20000, GP },
	{ "INSB, read only", 32, PE, INSB, TEAVMX_REG_ES, 0xffffffff, READ_ONLY,
	  0x20000, GP },
	{ "INSB, code", 32, PE, INSB, TEAVMX_REG_ES, 0xffffffff, READABLE_CODE,
	  0x20000, GP },
	{ "OUTSB, read only", 32, PE, OUTSB, TEAVMX_REG_DS, 0xffffffff,
	  READ_ONLY, 0x20000, 0 },
	{ "OUTSB, readable code", 32, PE, OUTSB, TEAVMX_REG_DS, 0xffffffff,
	  READABLE_CODE, 0x20000, 0 },
	{ "OUTSB, execute only", 32, PE, OUTSB, TEAVMX_REG_DS, 0xffffffff,
	  EXECUTE_ONLY, 0x20000, GP },
	{ "INSB beyond the limit", 32, PE, INSB, TEAVMX_REG_ES, 0x1ffff,
	  DATA_32, 0x20000, GP },
	{ "INSB at the limit", 32, PE, INSB, TEAVMX_REG_ES, 0x20000, DATA_32,
	  0x20000, 0 },
	{ "INSW across the limit", 32, PE, INSW, TEAVMX_REG_ES, 0x20002,
	  DATA_32, 0x20000, GP },
	{ "expand-down, above", 32, PE, INSB, TEAVMX_REG_ES, 0x1ffff,
	  EXPAND_DOWN, 0x20000, 0 },
	{ "expand-down, at the limit", 32, PE, INSB, TEAVMX_REG_ES, 0x20000,
	  EXPAND_DOWN, 0x20000, GP },
	{ "expand-down, 16 bits", 32, PE, INSB, TEAVMX_REG_ES, 0xfff,
	  EXPAND_DOWN_16, 0x20000, GP },
	{ "not present", 32, PE, INSB, TEAVMX_REG_ES, 0xffffffff, 0xc013,
	  0x20000, GP },
	{ "the stack's segment", 32, PE, MOV_BP, TEAVMX_REG_SS, 0x1ffff,
	  DATA_32, 0x20000, SS },
	{ "unusable in real mode", 16, 0, INSB, TEAVMX_REG_ES, 0xffff,
	  READ_ONLY, 0x8000, 0 },
};

TEST(segment_faults)
{
	size_t i;

	for (i = 0; i < ROWS(segment_rows); i++) {
		const struct segment_row *row = &segment_rows[i];
		int result;

		start(row->bits);
		set(TEAVMX_REG_CR0, row->cr0);
		set_segment(row->segment, 0, row->limit, row->rights);
		set(TEAVMX_REG_RSI, row->offset);
		set(TEAVMX_REG_RDI, row->offset);
		set(TEAVMX_REG_RBP, row->offset);
		code(row->code, strlen(row->code) + 1);
		result = emulator_run(&emulator);
		EXPECT_EQ(row->vector ? EMULATOR_FAULT : EMULATOR_DONE, result)
			TH_LOG("%s: %s", row->name, failure.message);
		if (row->vector) {
			EXPECT_EQ(row->vector, emulator.fault.vector)
				TH_LOG("%s", row->name);
			EXPECT_EQ(0, emulator.fault.error);
			EXPECT_EQ(CODE, get(TEAVMX_REG_RIP));
			EXPECT_EQ(0, element_count);
		}
	}
}

TEST(canonical_addresses)
{
	start_paging(PAGING_LONG, 0);
	CODE_IS("\xc6\x03\x05");
	set(TEAVMX_REG_RBX, 0x800000000000);
	EXPECT_EQ(EMULATOR_FAULT, emulator_run(&emulator));
	EXPECT_EQ(GP, emulator.fault.vector);
	/* the last byte of an access */
	CODE_IS("\x89\x03\x90");
	set(TEAVMX_REG_RBX, 0x7ffffffffffe);
	EXPECT_EQ(EMULATOR_FAULT, emulator_run(&emulator));
	EXPECT_EQ(GP, emulator.fault.vector);
	CODE_IS("\x89\x45\x00");
	set(TEAVMX_REG_RBP, 0x8000000000000000);
	EXPECT_EQ(EMULATOR_FAULT, emulator_run(&emulator));
	EXPECT_EQ(SS, emulator.fault.vector);
}

/* DR7: condition and length of breakpoint 1, enabled globally */
#define WATCH(condition, length) \
	(0x408 | (uint64_t)(condition) << 20 | (uint64_t)(length) << 22)
#define ON_WRITE	1
#define ON_PORT		2
#define ON_ACCESS	3

TEST(debug_breakpoints)
{
	static const struct {
		const char *name;
		const char *code;
		uint64_t dr1;
		uint64_t dr7;
		uint64_t cr4;
		bool met;
	} rows[] = {
		{ "INSB", INSB, PAGE, WATCH(ON_WRITE, 0), 0, true },
		{ "OUTSB", OUTSB, PAGE, WATCH(ON_ACCESS, 0), 0, true },
		{ "OUTSB, write", OUTSB, PAGE, WATCH(ON_WRITE, 0), 0, false },
		{ "OR", OR_DI, PAGE, WATCH(ON_WRITE, 0), 0, true },
		{ "TEST", TEST_DI, PAGE, WATCH(ON_ACCESS, 0), 0, true },
		{ "TEST, write", TEST_DI, PAGE, WATCH(ON_WRITE, 0), 0, false },
		{ "beside", INSB, PAGE + 1, WATCH(ON_WRITE, 0), 0, false },
		{ "inside 4", INSB, PAGE + 3, WATCH(ON_WRITE, 3), 0, true },
		{ "inside 8", INSB, PAGE + 7, WATCH(ON_WRITE, 2), 0, true },
		{ "end of MOVSD", MOVSD, PAGE + 3, WATCH(ON_WRITE, 0), 0,
		  true },
		{ "behind MOVSD", MOVSD, PAGE + 4, WATCH(ON_WRITE, 0), 0,
		  false },
		{ "off", INSB, PAGE, WATCH(ON_WRITE, 0) & ~0x8ULL, 0, false },
		{ "execution", INSB, PAGE, WATCH(0, 0), 0, false },
		{ "port", INSB, 0x80, WATCH(ON_PORT, 0), DE, true },
		{ "port of OUTSB", OUTSB, 0x80, WATCH(ON_PORT, 0), DE, true },
		{ "port without DE", OUTSB, 0x80, WATCH(ON_PORT, 0), 0, false },
		{ "another port", OUTSB, 0x81, WATCH(ON_PORT, 0), DE, false },
	};
	size_t i;

	for (i = 0; i < ROWS(rows); i++) {
		start(32);
		set(TEAVMX_REG_RSI, PAGE);
		set(TEAVMX_REG_RDI, PAGE);
		set(TEAVMX_REG_RDX, 0x80);
		set(TEAVMX_REG_DR1, rows[i].dr1);
		set(TEAVMX_REG_DR7, rows[i].dr7);
		set(TEAVMX_REG_CR4, rows[i].cr4);
		code(rows[i].code, strlen(rows[i].code));
		EXPECT_EQ(EMULATOR_DONE, emulator_run(&emulator));
		EXPECT_EQ(rows[i].met ? PENDING_ENABLED | 2 : 0,
			  get(TEAVMX_REG_PENDING_DEBUG))
			TH_LOG("%s", rows[i].name);
	}
}

/* With TF, each iteration is a step. */
TEST(single_steps)
{
	static const char * const codes[] = {
		"\xf3\x6c", "\xf3\x6e", "\xf3\xaa", "\xf3\xa4",
	};
	size_t i;
	unsigned int left;

	for (i = 0; i < ROWS(codes); i++) {
		start(32);
		set(TEAVMX_REG_RSI, PAGE);
		set(TEAVMX_REG_RDI, OUTSIDE);
		set(TEAVMX_REG_RCX, 3);
		set(TEAVMX_REG_RFLAGS, 0x202 | TF);
		code(codes[i], 2);
		for (left = 2; left + 1; left--) {
			set(TEAVMX_REG_PENDING_DEBUG, 0);
			EXPECT_EQ(EMULATOR_DONE, emulator_run(&emulator));
			EXPECT_EQ(left, get(TEAVMX_REG_RCX));
			EXPECT_EQ(PENDING_STEP, get(TEAVMX_REG_PENDING_DEBUG));
			EXPECT_EQ(left ? CODE : CODE + 2, get(TEAVMX_REG_RIP));
			EXPECT_EQ(left ? RF : 0, get(TEAVMX_REG_RFLAGS) & RF);
			EXPECT_EQ(!!left, emulator.unfinished);
		}
		/* no iteration at all is a step too */
		set(TEAVMX_REG_RIP, CODE);
		set(TEAVMX_REG_PENDING_DEBUG, 0);
		EXPECT_EQ(EMULATOR_DONE, emulator_run(&emulator));
		EXPECT_EQ(PENDING_STEP, get(TEAVMX_REG_PENDING_DEBUG));
		EXPECT_EQ(CODE + 2, get(TEAVMX_REG_RIP));
		/* Only branches are steps. */
		set(TEAVMX_REG_RIP, CODE);
		set(TEAVMX_REG_RCX, 3);
		set(TEAVMX_REG_PENDING_DEBUG, 0);
		set(TEAVMX_REG_DEBUGCTL, 2);
		EXPECT_EQ(EMULATOR_DONE, emulator_run(&emulator));
		EXPECT_EQ(0, get(TEAVMX_REG_PENDING_DEBUG));
		EXPECT_EQ(0, get(TEAVMX_REG_RCX));
	}
}

/* A breakpoint is met by one iteration of several. */
TEST(debug_iterations)
{
	start(32);
	set(TEAVMX_REG_RDI, PAGE);
	set(TEAVMX_REG_RCX, 8);
	set(TEAVMX_REG_DR1, PAGE + 2);
	set(TEAVMX_REG_DR7, WATCH(ON_WRITE, 0));
	CODE_IS("\xf3\x6c");
	EXPECT_EQ(EMULATOR_DONE, emulator_run(&emulator));
	EXPECT_EQ(5, get(TEAVMX_REG_RCX));
	EXPECT_EQ(PENDING_ENABLED | 2, get(TEAVMX_REG_PENDING_DEBUG));
	EXPECT_EQ(CODE, get(TEAVMX_REG_RIP));
	set(TEAVMX_REG_PENDING_DEBUG, 0);
	EXPECT_EQ(EMULATOR_DONE, emulator_run(&emulator));
	EXPECT_EQ(0, get(TEAVMX_REG_RCX));
	EXPECT_EQ(0, get(TEAVMX_REG_PENDING_DEBUG));
	EXPECT_EQ(CODE + 2, get(TEAVMX_REG_RIP));
}

TEST_HARNESS_MAIN
