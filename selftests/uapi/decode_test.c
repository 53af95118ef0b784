// SPDX-License-Identifier: GPL-2.0-only
/*
 * The decoders of libteavmx, format by format: each bit alone against a value
 * written down here, and each bit without a meaning, which must change nothing.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <userspace/lib/teavmx.h>

#include "kselftest_harness.h"

#define ROWS(table)	(sizeof(table) / sizeof((table)[0]))

/* The text of each value of a format, row by row. */
#define TABLE(format) \
static const struct { \
	uint64_t value; \
	struct format want; \
} format##_rows[]

/* Bits outside of @defined change nothing, be the others all 0 or all 1. */
#define FORMAT(format, bits_defined) \
TEST(format##_bits) \
{ \
	uint64_t defined = (bits_defined); \
	uint64_t ones = UINT64_MAX; \
	unsigned int i; \
	for (i = 0; i < ROWS(format##_rows); i++) \
		EXPECT_TRUE(format##_same(format(format##_rows[i].value), \
					  format##_rows[i].want)) \
			TH_LOG("row %u", i); \
	for (i = 0; i < 64; i++) { \
		if (defined >> i & 1) \
			continue; \
		EXPECT_TRUE(format##_same(format(1ULL << i), format(0))) \
			TH_LOG("bit %u", i); \
		EXPECT_TRUE(format##_same(format(~(1ULL << i)), \
					  format(ones))) \
			TH_LOG("bit %u", i); \
	} \
}

static bool teavmx_qual_debug_same(struct teavmx_qual_debug a,
				   struct teavmx_qual_debug b)
{
	return a.breakpoints == b.breakpoints && a.bus_lock == b.bus_lock &&
	       a.register_access == b.register_access &&
	       a.single_step == b.single_step && a.rtm == b.rtm;
}

TABLE(teavmx_qual_debug) = {
	{ 0, { 0 } },
	{ 0x1, { .breakpoints = 1 } },
	{ 0x2, { .breakpoints = 2 } },
	{ 0x4, { .breakpoints = 4 } },
	{ 0x8, { .breakpoints = 8 } },
	{ 0x800, { .bus_lock = true } },
	{ 0x2000, { .register_access = true } },
	{ 0x4000, { .single_step = true } },
	{ 0x10000, { .rtm = true } },
	{ ~0ULL, { 15, true, true, true, true } },
};

FORMAT(teavmx_qual_debug, 0x1680f)

static bool teavmx_qual_task_same(struct teavmx_qual_task a,
				  struct teavmx_qual_task b)
{
	return a.selector == b.selector && a.source == b.source;
}

TABLE(teavmx_qual_task) = {
	{ 0, { 0, TEAVMX_TASK_CALL } },
	{ 0x0001, { 0x0001, TEAVMX_TASK_CALL } },
	{ 0x8000, { 0x8000, TEAVMX_TASK_CALL } },
	{ 0x1234, { 0x1234, TEAVMX_TASK_CALL } },
	{ 0x40000000, { 0, TEAVMX_TASK_IRET } },
	{ 0x80000000, { 0, TEAVMX_TASK_JMP } },
	{ 0xc0000018, { 0x18, TEAVMX_TASK_GATE } },
	{ ~0ULL, { 0xffff, TEAVMX_TASK_GATE } },
};

FORMAT(teavmx_qual_task, 0xc000ffff)

static bool teavmx_qual_cr_same(struct teavmx_qual_cr a,
				struct teavmx_qual_cr b)
{
	return a.cr == b.cr && a.access == b.access && a.memory == b.memory &&
	       a.gpr == b.gpr && a.source == b.source;
}

/* The LMSW source has 16 bits. */
TABLE(teavmx_qual_cr) = {
	{ 0, { 0, TEAVMX_CR_MOV_TO, false, 0, 0 } },
	{ 0x1, { .cr = 1 } },
	{ 0x2, { .cr = 2 } },
	{ 0x4, { .cr = 4 } },
	{ 0x8, { .cr = 8 } },
	{ 0x10, { .access = TEAVMX_CR_MOV_FROM } },
	{ 0x20, { .access = TEAVMX_CR_CLTS } },
	{ 0x30, { .access = TEAVMX_CR_LMSW } },
	{ 0x40, { .memory = true } },
	{ 0x100, { .gpr = 1 } },
	{ 0x200, { .gpr = 2 } },
	{ 0x400, { .gpr = 4 } },
	{ 0x800, { .gpr = 8 } },
	{ 0x00010000, { .source = 0x0001 } },
	{ 0x01000000, { .source = 0x0100 } },
	{ 0x80000000, { .source = 0x8000 } },
	{ 0xabcd0030, { .access = TEAVMX_CR_LMSW, .source = 0xabcd } },
	{ ~0ULL, { 15, TEAVMX_CR_LMSW, true, 15, 0xffff } },
};

FORMAT(teavmx_qual_cr, 0xffff0f7f)

static bool teavmx_qual_dr_same(struct teavmx_qual_dr a,
				struct teavmx_qual_dr b)
{
	return a.dr == b.dr && a.from == b.from && a.gpr == b.gpr;
}

TABLE(teavmx_qual_dr) = {
	{ 0, { 0, false, 0 } },
	{ 0x1, { .dr = 1 } },
	{ 0x2, { .dr = 2 } },
	{ 0x4, { .dr = 4 } },
	{ 0x10, { .from = true } },
	{ 0x100, { .gpr = 1 } },
	{ 0x200, { .gpr = 2 } },
	{ 0x400, { .gpr = 4 } },
	{ 0x800, { .gpr = 8 } },
	{ ~0ULL, { 7, true, 15 } },
};

FORMAT(teavmx_qual_dr, 0xf17)

static bool teavmx_qual_io_same(struct teavmx_qual_io a,
				struct teavmx_qual_io b)
{
	return a.size == b.size && a.in == b.in && a.string == b.string &&
	       a.rep == b.rep && a.immediate == b.immediate &&
	       a.port == b.port;
}

TABLE(teavmx_qual_io) = {
	{ 0, { 1, false, false, false, false, 0 } },
	{ 0x1, { .size = 2 } },
	{ 0x3, { .size = 4 } },
	{ 0x4, { .size = 5 } },
	{ 0x8, { .size = 1, .in = true } },
	{ 0x10, { .size = 1, .string = true } },
	{ 0x20, { .size = 1, .rep = true } },
	{ 0x40, { .size = 1, .immediate = true } },
	{ 0x00010000, { .size = 1, .port = 0x0001 } },
	{ 0x80000000, { .size = 1, .port = 0x8000 } },
	{ 0x03f80000, { .size = 1, .port = 0x3f8 } },
	{ ~0ULL, { 8, true, true, true, true, 0xffff } },
};

FORMAT(teavmx_qual_io, 0xffff007f)

static bool teavmx_qual_apic_same(struct teavmx_qual_apic a,
				  struct teavmx_qual_apic b)
{
	return a.offset == b.offset && a.type == b.type &&
	       a.asynchronous == b.asynchronous;
}

TABLE(teavmx_qual_apic) = {
	{ 0, { 0, 0, false } },
	{ 0x001, { .offset = 1 } },
	{ 0x800, { .offset = 0x800 } },
	{ 0x1000, { .type = 1 } },
	{ 0x8000, { .type = 8 } },
	{ 0x10000, { .asynchronous = true } },
	{ ~0ULL, { 0xfff, 15, true } },
};

FORMAT(teavmx_qual_apic, 0x1ffff)

static bool teavmx_qual_ept_same(struct teavmx_qual_ept a,
				 struct teavmx_qual_ept b)
{
	return !memcmp(&a, &b, sizeof(a));
}

static_assert(sizeof(struct teavmx_qual_ept) == 17 * sizeof(bool),
	      "a flag a bit, nothing in between");

TABLE(teavmx_qual_ept) = {
	{ 0, { 0 } },
	{ 0x1, { .read = true } },
	{ 0x2, { .write = true } },
	{ 0x4, { .fetch = true } },
	{ 0x8, { .readable = true } },
	{ 0x10, { .writable = true } },
	{ 0x20, { .executable = true } },
	{ 0x40, { .user_executable = true } },
	{ 0x80, { .linear_valid = true } },
	{ 0x100, { .translated = true } },
	{ 0x200, { .user_address = true } },
	{ 0x400, { .writable_page = true } },
	{ 0x800, { .no_execute_page = true } },
	{ 0x1000, { .nmi_unblocking = true } },
	{ 0x2000, { .shadow_stack = true } },
	{ 0x4000, { .supervisor_shadow_stack = true } },
	{ 0x8000, { .paging_verification = true } },
	{ 0x10000, { .asynchronous = true } },
};

FORMAT(teavmx_qual_ept, 0x1ffff)

static bool teavmx_qual_log_same(struct teavmx_qual_log a,
				 struct teavmx_qual_log b)
{
	return a.miss == b.miss && a.nmi_unblocking == b.nmi_unblocking &&
	       a.asynchronous == b.asynchronous;
}

TABLE(teavmx_qual_log) = {
	{ 0, { 0 } },
	{ 0x800, { .miss = true } },
	{ 0x1000, { .nmi_unblocking = true } },
	{ 0x10000, { .asynchronous = true } },
};

FORMAT(teavmx_qual_log, 0x11800)

static bool teavmx_qual_notify_same(struct teavmx_qual_notify a,
				    struct teavmx_qual_notify b)
{
	return a.context_invalid == b.context_invalid &&
	       a.nmi_unblocking == b.nmi_unblocking;
}

TABLE(teavmx_qual_notify) = {
	{ 0, { 0 } },
	{ 0x1, { .context_invalid = true } },
	{ 0x1000, { .nmi_unblocking = true } },
};

FORMAT(teavmx_qual_notify, 0x1001)

static bool teavmx_event_info_same(struct teavmx_event_info a,
				   struct teavmx_event_info b)
{
	return a.valid == b.valid && a.vector == b.vector &&
	       a.type == b.type && a.error_code == b.error_code &&
	       a.nmi_unblocking == b.nmi_unblocking;
}

TABLE(teavmx_event_info) = {
	{ 0, { 0 } },
	{ 0x01, { .vector = 1 } },
	{ 0x80, { .vector = 0x80 } },
	{ 0x100, { .type = 1 } },
	{ 0x200, { .type = 2 } },
	{ 0x400, { .type = 4 } },
	{ 0x800, { .error_code = true } },
	{ 0x1000, { .nmi_unblocking = true } },
	{ 0x80000000, { .valid = true } },
	{ 0x80000b0e, { true, 14, 3, true, false } },
};

FORMAT(teavmx_event_info, 0x80001fff)

#define NONE	TEAVMX_NO_REGISTER

struct instruction_row {
	uint32_t reason;
	uint32_t information;
	struct teavmx_instruction want;
};

#define AT(address, seg, i, b, s) \
	.memory = true, .address_size = (address), .segment = (seg), \
	.index = (i), .base = (b), .scale = (s)
#define NO_MEMORY \
	.segment = NONE, .index = NONE, .base = NONE
#define NO_REGS		.reg1 = NONE, .reg2 = NONE

/*
 * Address size in bits 9:7, segment in 17:15, index in 21:18 unless bit 22,
 * base in 26:23 unless bit 27, scale in 1:0.
 */
static const struct instruction_row instructions[] = {
	/* 30 INS and OUTS: address size and segment only */
	{ 30, 0x00000000, { AT(16, 0, NONE, NONE, 0), NO_REGS } },
	{ 30, 0x00000080, { AT(32, 0, NONE, NONE, 0), NO_REGS } },
	{ 30, 0x00000100, { AT(64, 0, NONE, NONE, 0), NO_REGS } },
	{ 30, 0x00000180, { AT(0, 0, NONE, NONE, 0), NO_REGS } },
	{ 30, 0x00008000, { AT(16, 1, NONE, NONE, 0), NO_REGS } },
	{ 30, 0x00028000, { AT(16, 5, NONE, NONE, 0), NO_REGS } },
	{ 30, 0xfffc7c7f, { AT(16, 0, NONE, NONE, 0), NO_REGS } },
	/* 50, 53, 58 INVEPT, INVVPID, INVPCID */
	{ 50, 0x00000000, { AT(16, 0, 0, 0, 1), .reg1 = NONE, .reg2 = 0 } },
	{ 50, 0xf0000000, { AT(16, 0, 0, 0, 1), .reg1 = NONE, .reg2 = 15 } },
	{ 50, 0x10000000, { AT(16, 0, 0, 0, 1), .reg1 = NONE, .reg2 = 1 } },
	{ 50, 0x00000003, { AT(16, 0, 0, 0, 8), .reg1 = NONE, .reg2 = 0 } },
	{ 50, 0x00000002, { AT(16, 0, 0, 0, 4), .reg1 = NONE, .reg2 = 0 } },
	{ 50, 0x00000001, { AT(16, 0, 0, 0, 2), .reg1 = NONE, .reg2 = 0 } },
	{ 50, 0x00400001, { AT(16, 0, NONE, 0, 0), .reg1 = NONE, .reg2 = 0 } },
	{ 50, 0x08000000, { AT(16, 0, 0, NONE, 1), .reg1 = NONE, .reg2 = 0 } },
	{ 50, 0x00040000, { AT(16, 0, 1, 0, 1), .reg1 = NONE, .reg2 = 0 } },
	{ 50, 0x00200000, { AT(16, 0, 8, 0, 1), .reg1 = NONE, .reg2 = 0 } },
	{ 50, 0x00800000, { AT(16, 0, 0, 1, 1), .reg1 = NONE, .reg2 = 0 } },
	{ 50, 0x04000000, { AT(16, 0, 0, 8, 1), .reg1 = NONE, .reg2 = 0 } },
	{ 50, 0x00007c7c, { AT(16, 0, 0, 0, 1), .reg1 = NONE, .reg2 = 0 } },
	{ 53, 0x21998102, { AT(64, 3, 6, 3, 4), .reg1 = NONE, .reg2 = 2 } },
	{ 58, 0x21998102, { AT(64, 3, 6, 3, 4), .reg1 = NONE, .reg2 = 2 } },
	/* 46 SGDT, SIDT, LGDT, LIDT */
	{ 46, 0x00000000, { "SGDT", AT(16, 0, 0, 0, 1), .operand_size = 16,
			    NO_REGS } },
	{ 46, 0x10000000, { "SIDT", AT(16, 0, 0, 0, 1), .operand_size = 16,
			    NO_REGS } },
	{ 46, 0x20000800, { "LGDT", AT(16, 0, 0, 0, 1), .operand_size = 32,
			    NO_REGS } },
	{ 46, 0x30000000, { "LIDT", AT(16, 0, 0, 0, 1), .operand_size = 16,
			    NO_REGS } },
	{ 46, 0xc000747c, { "SGDT", AT(16, 0, 0, 0, 1), .operand_size = 16,
			    NO_REGS } },
	/* 47 SLDT, STR, LLDT, LTR */
	{ 47, 0x00000000, { "SLDT", AT(16, 0, 0, 0, 1), NO_REGS } },
	{ 47, 0x10000400, { "STR", NO_MEMORY, .reg1 = 0, .reg2 = NONE } },
	{ 47, 0x20000408, { "LLDT", NO_MEMORY, .reg1 = 1, .reg2 = NONE } },
	{ 47, 0x30000440, { "LTR", NO_MEMORY, .reg1 = 8, .reg2 = NONE } },
	{ 47, 0x30000078, { "LTR", AT(16, 0, 0, 0, 1), NO_REGS } },
	{ 47, 0xcffffb87, { "SLDT", AT(0, 7, NONE, NONE, 0), NO_REGS } },
	/* 57, 61, 67, 68 RDRAND, RDSEED, UMWAIT, TPAUSE */
	{ 57, 0x00000000, { NO_MEMORY, .operand_size = 16, .reg1 = 0,
			    .reg2 = NONE } },
	{ 57, 0x00000808, { NO_MEMORY, .operand_size = 32, .reg1 = 1,
			    .reg2 = NONE } },
	{ 61, 0x00001078, { NO_MEMORY, .operand_size = 64, .reg1 = 15,
			    .reg2 = NONE } },
	{ 67, 0x00001800, { NO_MEMORY, .operand_size = 0, .reg1 = 0,
			    .reg2 = NONE } },
	{ 68, 0xffffe787, { NO_MEMORY, .operand_size = 16, .reg1 = 0,
			    .reg2 = NONE } },
	/* 19, 21, 22, 27, 63, 64 VMCLEAR and others: memory only */
	{ 19, 0x00000000, { AT(16, 0, 0, 0, 1), NO_REGS } },
	{ 21, 0x01998103, { AT(64, 3, 6, 3, 8), NO_REGS } },
	{ 22, 0x01998103, { AT(64, 3, 6, 3, 8), NO_REGS } },
	{ 27, 0x01998103, { AT(64, 3, 6, 3, 8), NO_REGS } },
	{ 63, 0x01998103, { AT(64, 3, 6, 3, 8), NO_REGS } },
	{ 64, 0xf0007c7c, { AT(16, 0, 0, 0, 1), NO_REGS } },
	/* 23, 25 VMREAD and VMWRITE */
	{ 23, 0x00000000, { AT(16, 0, 0, 0, 1), .reg1 = NONE, .reg2 = 0 } },
	{ 23, 0x70000418, { NO_MEMORY, .reg1 = 3, .reg2 = 7 } },
	{ 25, 0x81998163, { AT(64, 3, 6, 3, 8), .reg1 = NONE, .reg2 = 8 } },
	/* 69 LOADIWKEY */
	{ 69, 0x20000008, { NO_MEMORY, .reg1 = 1, .reg2 = 2, .xmm = true } },
	{ 69, 0x0fffff87, { NO_MEMORY, .reg1 = 0, .reg2 = 0, .xmm = true } },
	/* 84, 85 RDMSR and WRMSRNS with an immediate */
	{ 84, 0x00000030, { NO_MEMORY, .reg1 = 6, .reg2 = NONE } },
	{ 85, 0xffffff87, { NO_MEMORY, .reg1 = 0, .reg2 = NONE } },
};

static bool same_instruction(const struct teavmx_instruction *a,
			     const struct teavmx_instruction *b)
{
	if (!a->name != !b->name || (a->name && strcmp(a->name, b->name)))
		return false;
	return a->memory == b->memory && a->scale == b->scale &&
	       a->address_size == b->address_size &&
	       a->operand_size == b->operand_size &&
	       a->segment == b->segment && a->index == b->index &&
	       a->base == b->base && a->reg1 == b->reg1 &&
	       a->reg2 == b->reg2 && a->xmm == b->xmm;
}

static bool has_row(uint32_t reason)
{
	size_t i;

	for (i = 0; i < ROWS(instructions); i++)
		if (instructions[i].reason == reason)
			return true;
	return false;
}

TEST(instruction_information)
{
	struct teavmx_instruction got;
	uint32_t reason;
	size_t i;

	for (i = 0; i < ROWS(instructions); i++) {
		const struct instruction_row *row = &instructions[i];

		EXPECT_TRUE(teavmx_instruction(row->reason, row->information,
					       &got));
		EXPECT_TRUE(same_instruction(&row->want, &got))
			TH_LOG("row %zu: reason %u", i, row->reason);
		/* Flags of the reason do not matter. */
		EXPECT_TRUE(teavmx_instruction(row->reason | 0x08000000,
					       row->information, &got));
		EXPECT_TRUE(same_instruction(&row->want, &got));
	}
	for (reason = 0; reason < 256; reason++)
		EXPECT_EQ(has_row(reason),
			  teavmx_instruction(reason, ~0u, &got))
			TH_LOG("reason %u", reason);
}

TEST(instruction_text)
{
	static const struct {
		uint32_t reason;
		uint32_t information;
		const char *text;
	} rows[] = {
		{ 46, 0x21998902,
		  "LGDT, operand size 32, address size 64, segment ds, base rbx, index rsi, scale 4"
		},
		{ 47, 0x30000440, "LTR, reg1 r8" },
		{ 23, 0x78400100,
		  "reg2 rdi, address size 64, segment es" },
		{ 57, 0x00000808, "reg1 rcx, operand size 32" },
		{ 69, 0x20000008, "xmm 1, xmm 2" },
		{ 10, 0xffffffff, "" },
	};
	struct teavmx_fields fields;
	char text[256];
	size_t i;

	for (i = 0; i < ROWS(rows); i++) {
		teavmx_decode_instruction(rows[i].reason, rows[i].information,
					  &fields);
		teavmx_fields_text(&fields, text, sizeof(text));
		EXPECT_STREQ(rows[i].text, text);
	}
}

TEST(names)
{
	static const char *const gprs[] = {
		"rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi",
		"r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "?",
	};
	static const char *const segments[] = { "es", "cs", "ss", "ds", "fs",
						"gs", "?", "?" };
	static const char *const exceptions[] = {
		"#DE", "#DB", "NMI", "#BP", "#OF", "#BR", "#UD", "#NM", "#DF",
		NULL, "#TS", "#NP", "#SS", "#GP", "#PF", NULL, "#MF", "#AC",
		"#MC", "#XM", "#VE", "#CP", NULL, NULL,
	};
	static const char *const accesses[] = {
		"linear data read", "linear data write",
		"linear instruction fetch",
		"linear access while an event was delivered",
		"linear access for monitoring",
		"unknown kind of access", "unknown kind of access",
		"unknown kind of access", "unknown kind of access",
		"unknown kind of access",
		"guest-physical access while an event was delivered",
		"guest-physical access for monitoring or trace",
		"unknown kind of access", "unknown kind of access",
		"unknown kind of access",
		"guest-physical access of an instruction",
		"unknown kind of access",
	};
	unsigned int i;

	for (i = 0; i < ROWS(gprs); i++)
		EXPECT_STREQ(gprs[i], teavmx_gpr_name(i));
	for (i = 0; i < ROWS(segments); i++)
		EXPECT_STREQ(segments[i], teavmx_segment_name(i));
	for (i = 0; i < ROWS(exceptions); i++) {
		const char *name = teavmx_exception_name(i);

		EXPECT_EQ(!exceptions[i], !name);
		if (name && exceptions[i])
			EXPECT_STREQ(exceptions[i], name);
	}
	for (i = 0; i < ROWS(accesses); i++)
		EXPECT_STREQ(accesses[i], teavmx_apic_access_text(i));
}

#define NO_EVENT	0

struct exit_row {
	uint32_t reason;
	uint64_t qualification;
	uint32_t event;
	const char *text;
};

static const struct exit_row exits[] = {
	{ 0, 0, 0x80000306, "hardware exception, vector 6, #UD" },
	{ 0, 0, 0x80000b0d,
	  "hardware exception, vector 13, #GP, with error code" },
	{ 0, 0x1234000, 0x80001b0e,
	  "hardware exception, vector 14, #PF, with error code, NMIs unblocked by IRET, linear address 0x1234000"
	},
	{ 0, 0x4002, 0x80000301,
	  "hardware exception, vector 1, #DB, breakpoint 1, single step" },
	{ 0, 0x1280d, 0x80000301,
	  "hardware exception, vector 1, #DB, breakpoint 0, breakpoint 2, breakpoint 3, bus lock, access to a debug register, in a transaction"
	},
	{ 0, 0, 0x80000202, "non-maskable interrupt, vector 2" },
	{ 0, 0, 0x80000603,
	  "software exception (INT3 or INTO), vector 3, #BP" },
	{ 0, 0xffff, 0x80000501,
	  "privileged software exception (INT1), vector 1, #DB" },
	{ 0, 0, 0x80000309, "hardware exception, vector 9" },
	{ 0, 0, 0x00000306, "" },
	{ 1, 0, NO_EVENT, "" },
	{ 1, 0, 0x800000ec, "external interrupt, vector 236" },
	{ 4, 0xfffff09a, NO_EVENT, "vector 154" },
	{ 5, 0x00800008, NO_EVENT, "in, port 0x80, size 1" },
	{ 9, 0xc0000028, NO_EVENT,
	  "by a task gate in the IDT, TSS selector 0x28" },
	{ 9, 0x28, NO_EVENT, "by CALL, TSS selector 0x28" },
	{ 9, 0x40000028, NO_EVENT, "by IRET, TSS selector 0x28" },
	{ 9, 0x80000028, NO_EVENT, "by JMP, TSS selector 0x28" },
	{ 14, 0xffff800000001000, NO_EVENT,
	  "linear address 0xffff800000001000" },
	{ 19, 0x10, NO_EVENT, "displacement 16" },
	{ 21, -8, NO_EVENT, "displacement -8" },
	{ 22, 0, NO_EVENT, "displacement 0" },
	{ 23, 1, NO_EVENT, "displacement 1" },
	{ 25, 1, NO_EVENT, "displacement 1" },
	{ 27, 1, NO_EVENT, "displacement 1" },
	{ 28, 0x0003, NO_EVENT, "MOV to CR, CR 3, register rax" },
	{ 28, 0x0f18, NO_EVENT, "MOV from CR, CR 8, register r15" },
	{ 28, 0x0020, NO_EVENT, "CLTS" },
	{ 28, 0xfff10030, NO_EVENT, "LMSW, source 0xfff1" },
	{ 28, 0x00010070, NO_EVENT, "LMSW, source 0x1, memory operand" },
	{ 29, 0x0307, NO_EVENT, "MOV to DR, DR 7, register rbx" },
	{ 29, 0x0016, NO_EVENT, "MOV from DR, DR 6, register rax" },
	{ 30, 0x03f80000, NO_EVENT, "out, port 0x3f8, size 1" },
	{ 30, 0x006000cb, NO_EVENT, "in, port 0x60, size 4, immediate port" },
	{ 30, 0x01f00039, NO_EVENT,
	  "in, port 0x1f0, size 2, string, repeated" },
	{ 31, 0x1b, NO_EVENT, "" },
	{ 0x80000021, 0, NO_EVENT, "" },
	{ 0x80000021, 1, NO_EVENT, "unknown cause 1" },
	{ 0x80000021, 2, NO_EVENT, "loading the PDPTEs failed" },
	{ 0x80000021, 3, NO_EVENT,
	  "an NMI was injected while events are blocked by STI" },
	{ 0x80000021, 4, NO_EVENT, "the VMCS link pointer is invalid" },
	{ 0x80000021, 5, NO_EVENT, "unknown cause 5" },
	{ 0x80000022, 3, NO_EVENT, "entry of the MSR-load area 3" },
	{ 0x80000029, 0, NO_EVENT, "" },
	{ 36, 0, NO_EVENT, "" },
	{ 36, 1, NO_EVENT, "monitoring was armed" },
	{ 44, 0x1300, NO_EVENT,
	  "linear data write, type 1, offset 0x300" },
	{ 44, 0x1f300, NO_EVENT,
	  "guest-physical access of an instruction, type 15, asynchronous" },
	{ 44, 0x7300, NO_EVENT,
	  "unknown kind of access, type 7, offset 0x300" },
	{ 45, 0xfffffe31, NO_EVENT, "vector 49" },
	{ 46, 1, NO_EVENT, "displacement 1" },
	{ 47, 1, NO_EVENT, "displacement 1" },
	{ 48, 0, NO_EVENT, "no linear address" },
	{ 48, 0x001, NO_EVENT, "read, no linear address" },
	{ 48, 0x082, NO_EVENT, "write, paging structure" },
	{ 48, 0x182, NO_EVENT, "write, translated linear address" },
	{ 48, 0x1ac, NO_EVENT,
	  "instruction fetch, EPT allows read, EPT allows execution, translated linear address" },
	{ 48, 0xf82, NO_EVENT,
	  "write, translated linear address, user-mode address, guest tables allow write, guest tables forbid execution"
	},
	/* These three are undefined where the address is not translated. */
	{ 48, 0xe82, NO_EVENT, "write, paging structure" },
	{ 48, 0x1f052, NO_EVENT,
	  "write, shadow-stack access, EPT allows write, EPT allows execution in user mode, EPT allows supervisor shadow stack, no linear address, NMIs unblocked by IRET, guest-paging verification, asynchronous"
	},
	{ 49, 0xffff, NO_EVENT, "" },
	{ 50, 1, NO_EVENT, "displacement 1" },
	{ 53, 1, NO_EVENT, "displacement 1" },
	{ 56, 0xf300, NO_EVENT, "offset 0x300" },
	{ 58, 1, NO_EVENT, "displacement 1" },
	{ 62, 0, NO_EVENT, "" },
	{ 62, 0x11800, NO_EVENT, "NMIs unblocked by IRET, asynchronous" },
	{ 63, 1, NO_EVENT, "displacement 1" },
	{ 64, 1, NO_EVENT, "displacement 1" },
	{ 66, 0, NO_EVENT, "entry misconfigured" },
	{ 66, 0x1800, NO_EVENT, "entry missing, NMIs unblocked by IRET" },
	{ 74, 0, NO_EVENT, "" },
	{ 75, 0, NO_EVENT, "" },
	{ 75, 0x1001, NO_EVENT,
	  "the VM cannot continue, NMIs unblocked by IRET" },
	{ 84, 0xc0000080, NO_EVENT, "MSR 0xc0000080" },
	{ 85, 0x10, NO_EVENT, "MSR 0x10" },
	{ 0x0400000c, 0, NO_EVENT, "a bus lock was taken before this exit" },
	{ 0x0800001e, 0, NO_EVENT,
	  "out, port 0x0, size 1, the guest was in SGX enclave mode" },
	{ 0x00010012, 0, NO_EVENT, "" },
	{ 1000, 0xffffffff, NO_EVENT, "" },
};

static struct teavmx_record record_of(uint32_t reason, uint64_t qualification,
				      uint32_t event)
{
	return (struct teavmx_record){
		.type = TEAVMX_EVENT_TYPE_VMX_EXIT,
		.has = event ? 1u << TEAVMX_A_RECORD_INTR_INFO : 0,
		.reason = reason,
		.qualification = qualification,
		.intr_info = event,
	};
}

TEST(exit_text)
{
	struct teavmx_record record;
	char text[512];
	size_t i;

	for (i = 0; i < ROWS(exits); i++) {
		record = record_of(exits[i].reason, exits[i].qualification,
				   exits[i].event);
		EXPECT_EQ(strlen(exits[i].text),
			  (size_t)teavmx_decode_exit(&record, text,
						     sizeof(text)));
		EXPECT_STREQ(exits[i].text, text)
			TH_LOG("reason 0x%x", exits[i].reason);
	}
	record = record_of(30, 0x03f80000, NO_EVENT);
	record.type = TEAVMX_EVENT_TYPE_VMX_FAIL;
	EXPECT_EQ(0, teavmx_decode_exit(&record, text, sizeof(text)));
	EXPECT_STREQ("", text);
}

/* As much as there is room for, and never a byte beyond */
TEST(text_is_cut)
{
	static const char whole[] = "out, port 0x3f8, size 1";
	struct teavmx_record record = record_of(30, 0x03f80000, NO_EVENT);
	char text[64];
	size_t size, i;

	for (size = 0; size < sizeof(whole) + 4; size++) {
		memset(text, 'x', sizeof(text));
		EXPECT_EQ(sizeof(whole) - 1,
			  (size_t)teavmx_decode_exit(&record, text, size));
		for (i = size; i < sizeof(text); i++)
			EXPECT_EQ('x', text[i])
				TH_LOG("byte %zu of %zu", i, size);
		if (!size)
			continue;
		EXPECT_GT(size, strlen(text));
		EXPECT_EQ(0, strncmp(whole, text, size - 1));
	}
}

static bool well_formed(const struct teavmx_fields *fields)
{
	size_t i, j;

	if (fields->count >= TEAVMX_FIELDS_MAX)
		return false;
	for (i = 0; i < fields->count; i++) {
		if (!fields->field[i].name[0] || !fields->field[i].words[0])
			return false;
		for (j = 0; j < i; j++)
			if (!strcmp(fields->field[i].name,
				    fields->field[j].name))
				return false;
	}
	return true;
}

/* Any number at all: nothing fails, no name comes twice. */
TEST(every_value_is_taken)
{
	static const uint64_t values[] = { 0, 1, 0x5555555555555555,
					   0xaaaaaaaaaaaaaaaa, ~0ULL };
	/* #UD, #DB, #PF, an interrupt, and all bits */
	static const uint32_t events[] = { 0x80000306, 0x80000301, 0x80000b0e,
					   0x800000ec, ~0u };
	struct teavmx_fields fields;
	struct teavmx_record record;
	uint32_t reason, event;
	size_t i;

	for (reason = 0; reason < 512; reason++) {
		for (i = 0; i < ROWS(values); i++) {
			for (event = 0; event < ROWS(events); event++) {
				record = record_of(0xffff0000 | reason,
						   values[i], events[event]);
				teavmx_decode_fields(&record, &fields);
				EXPECT_TRUE(well_formed(&fields))
					TH_LOG("reason %u", reason);
			}
			teavmx_decode_instruction(reason, (uint32_t)values[i],
						  &fields);
			EXPECT_TRUE(well_formed(&fields));
		}
	}
}

TEST_HARNESS_MAIN
