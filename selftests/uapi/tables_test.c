// SPDX-License-Identifier: GPL-2.0-only
/*
 * What teavmx shows of registers, VMCS fields and memory, from made-up values:
 * a bit in the wrong place is seen here, not on a machine.
 */
#include <stdlib.h>
#include <string.h>

#include <uapi/regs.h>
#include <uapi/vmcs.h>
#include <uapi/vmx.h>
#include <userspace/teavmx/hexdump.h>
#include <userspace/teavmx/regs_table.h>
#include <userspace/teavmx/vmcs_table.h>
#include <userspace/teavmx/words.h>

#include "kselftest_harness.h"

#define ROWS(table)	(sizeof(table) / sizeof((table)[0]))

struct row {
	uint32_t number;
	uint64_t value;
	const char *text;
};

static const struct row registers[] = {
	{ TEAVMX_REG_RAX, 0xffff, "\n" },
	{ TEAVMX_REG_RIP, 0x7c00, "\n" },
	{ TEAVMX_REG_RFLAGS, 0x2, "\n" },
	{ TEAVMX_REG_RFLAGS, 0x246, "PF, ZF, IF\n" },
	{ TEAVMX_REG_RFLAGS, 0x3f7fd7,
	  "CF, PF, AF, ZF, SF, TF, IF, DF, OF, NT, RF, VM, AC, VIF, VIP, ID, IOPL 3\n" },
	{ TEAVMX_REG_CR0, 0x60000010, "ET, NW, CD\n" },
	{ TEAVMX_REG_CR0, 0x80050033, "PE, MP, ET, NE, WP, AM, PG\n" },
	{ TEAVMX_REG_CR0, 0x40, "bit 6\n" },
	{ TEAVMX_REG_CR0, 0xffffffff00000080ULL, "bit 7, bits 32 to 63\n" },
	{ TEAVMX_REG_CR3, 0x1000, "\n" },
	{ TEAVMX_REG_CR4, 0x2020, "PAE, VMXE\n" },
	{ TEAVMX_REG_CR4, 0x370678,
	  "DE, PSE, PAE, MCE, OSFXSR, OSXMMEXCPT, FSGSBASE, PCIDE, OSXSAVE, SMEP, SMAP\n" },
	{ TEAVMX_REG_XCR0, 0x7, "x87, SSE, AVX\n" },
	{ TEAVMX_REG_DR6, 0xffff0ff0, "\n" },
	{ TEAVMX_REG_DR6, 0xffff4ff1, "B0, BS\n" },
	{ TEAVMX_REG_DR7, 0x400, "\n" },
	{ TEAVMX_REG_DR7, 0xd0402, "G0, DR0 write of 4\n" },
	{ TEAVMX_REG_DR7, 0xb0000401, "L0, DR0 execution of 1\n" },
	{ TEAVMX_REG_DR7, 0xb0000440, "L3, DR3 access of 8\n" },
	{ TEAVMX_REG_EFER, 0xd01, "SCE, LME, LMA, NXE\n" },
	{ TEAVMX_REG_PAT, 0x0007040600070406,
	  "WB, WT, UC-, UC, WB, WT, UC-, UC\n" },
	{ TEAVMX_REG_PAT, 0x0105, "WP, WC, UC, UC, UC, UC, UC, UC\n" },
	{ TEAVMX_REG_DEBUGCTL, 0x3, "LBR, BTF\n" },
	{ TEAVMX_REG_CS_RIGHTS, 0x9b, "code rx, accessed, dpl 0, 16-bit\n" },
	{ TEAVMX_REG_CS_RIGHTS, 0xa09b,
	  "code rx, accessed, dpl 0, 64-bit, 4K\n" },
	{ TEAVMX_REG_SS_RIGHTS, 0xc0f3,
	  "data rw, accessed, dpl 3, 32-bit, 4K\n" },
	{ TEAVMX_REG_DS_RIGHTS, 0x4095,
	  "data r, expand-down, accessed, dpl 0, 32-bit\n" },
	{ TEAVMX_REG_ES_RIGHTS, 0x0013,
	  "data rw, accessed, dpl 0, not present, 16-bit\n" },
	{ TEAVMX_REG_FS_RIGHTS, 0x1009c, "unusable\n" },
	{ TEAVMX_REG_GS_RIGHTS, 0x31fe,
	  "code rx, conforming, dpl 3, avl, 64-bit, reserved 0x100\n" },
	{ TEAVMX_REG_CS_RIGHTS, 0x98, "code x, dpl 0, 16-bit\n" },
	{ TEAVMX_REG_TR_RIGHTS, 0x8b, "busy 32-bit TSS, dpl 0\n" },
	{ TEAVMX_REG_LDTR_RIGHTS, 0x82, "LDT, dpl 0\n" },
	{ TEAVMX_REG_LDTR_RIGHTS, 0x80, "reserved system type, dpl 0\n" },
	{ TEAVMX_REG_INTERRUPTIBILITY, 0x9,
	  "blocking by STI, blocking by NMI\n" },
	{ TEAVMX_REG_ACTIVITY, 0, "active\n" },
	{ TEAVMX_REG_ACTIVITY, 1, "HLT\n" },
	{ TEAVMX_REG_ACTIVITY, 3, "wait-for-SIPI\n" },
	{ TEAVMX_REG_ACTIVITY, 4, "unknown state\n" },
	{ TEAVMX_REG_PENDING_DEBUG, 0x5001, "B0, enabled breakpoint, BS\n" },
	{ TEAVMX_REG_FPU, ~0ULL, "\n" },
};

static const struct row fields[] = {
	{ VMCS_FIELD_VPID, 1, "\n" },
	{ VMCS_FIELD_PIN_CONTROLS, 0x69, "EXTERNAL_INTERRUPT_EXITING, NMI_EXITING, VIRTUAL_NMIS, VMX_PREEMPTION_TIMER\n" },
	{ VMCS_FIELD_PIN_CONTROLS, 0x2, "bit 1\n" },
	{ VMCS_FIELD_PRIMARY_CONTROLS, 0x80000080, "HLT_EXITING, SECONDARY_CONTROLS\n" },
	{ VMCS_FIELD_SECONDARY_CONTROLS, 0x82, "ENABLE_EPT, UNRESTRICTED_GUEST\n" },
	{ VMCS_FIELD_TERTIARY_CONTROLS, 0x10, "IPI_VIRTUALIZATION\n" },
	{ VMCS_FIELD_EXIT_CONTROLS, 0x200, "HOST_ADDRESS_SPACE_SIZE\n" },
	{ VMCS_FIELD_SECONDARY_EXIT_CONTROLS, 0x4, "LOAD_SPEC_CTRL\n" },
	{ VMCS_FIELD_ENTRY_CONTROLS, 0x8200, "IA32E_MODE_GUEST, LOAD_EFER\n" },
	{ VMCS_FIELD_EXCEPTION_BITMAP, 0x8000c042, "#DB, #UD, #PF, vector 15, vector 31\n" },
	{ VMCS_FIELD_EPT_POINTER, 0x12345e, "write-back, 4 levels, accessed and dirty flags\n" },
	{ VMCS_FIELD_EPT_POINTER, 0x20, "uncacheable, 5 levels\n" },
	{ VMCS_FIELD_ENTRY_INTERRUPTION_INFO, 0x80000b0d, "hardware exception, vector 13, #GP, with error code\n" },
	{ VMCS_FIELD_IDT_VECTORING_INFO, 0x80000020, "external interrupt, vector 32\n" },
	{ VMCS_FIELD_EXIT_INTERRUPTION_INFO, 0x80001202, "non-maskable interrupt, vector 2, NMIs unblocked by IRET\n" },
	{ VMCS_FIELD_EXIT_INTERRUPTION_INFO, 0xb0d, "\n" },
	{ VMCS_FIELD_EXIT_REASON, 12, "HLT\n" },
	{ VMCS_FIELD_EXIT_REASON, 0x80000021, "INVALID_GUEST_STATE, ENTRY_FAILURE\n" },
	{ VMCS_FIELD_EXIT_REASON, 35, "unknown reason\n" },
	{ VMCS_FIELD_INSTRUCTION_ERROR, 7, "ENTRY_BAD_CONTROLS\n" },
	{ VMCS_FIELD_INSTRUCTION_ERROR, 0, "\n" },
	{ VMCS_FIELD_LINK_POINTER, ~0ULL, "none\n" },
	{ VMCS_FIELD_LINK_POINTER, 0x1000, "\n" },
	{ VMCS_FIELD_CR0_SHADOW, 0x1, "PE\n" },
	{ VMCS_FIELD_HOST_CR4, 0x20, "PAE\n" },
	{ VMCS_FIELD_GUEST_TR_ACCESS_RIGHTS, 0x8b, "busy 32-bit TSS, dpl 0\n" },
	{ VMCS_FIELD_GUEST_TR_LIMIT, 0xff, "\n" },
	{ VMCS_FIELD_GUEST_INTERRUPTIBILITY, 0x2, "blocking by MOV SS\n" },
};

static bool has(const char *text, const char *part)
{
	return strstr(text, part);
}

/* What words_print() writes, on one line */
static char *text_of(const struct words *words)
{
	char *text = NULL;
	size_t size;
	FILE *file = open_memstream(&text, &size);
	char *at;

	words_print(words, 0, file);
	fclose(file);
	for (at = text; *at; at++)
		if (*at == '\n' && at[1])
			*at = ' ';
	return text;
}

TEST(register_words)
{
	struct words words;
	char *text;
	size_t i;

	for (i = 0; i < ROWS(registers); i++) {
		words_register(&words, registers[i].number,
			       registers[i].value);
		text = text_of(&words);
		EXPECT_STREQ(registers[i].text, text);
		free(text);
	}
}

TEST(field_words)
{
	struct words words;
	char *text;
	size_t i;

	for (i = 0; i < ROWS(fields); i++) {
		words_field(&words, fields[i].number, fields[i].value);
		text = text_of(&words);
		EXPECT_STREQ(fields[i].text, text);
		free(text);
	}
}

/* All bits of all registers and fields: nothing may burst, no word be empty. */
TEST(every_bit)
{
	struct words words;
	uint32_t number;
	size_t i;

	for (number = 0; number < 0x7000; number++) {
		words_field(&words, number, ~0ULL);
		ASSERT_GE((size_t)WORDS_MAX, words.count);
		for (i = 0; i < words.count; i++)
			ASSERT_NE('\0', words.word[i][0]);
		words_register(&words, number, ~0ULL);
		ASSERT_GE((size_t)WORDS_MAX, words.count);
		for (i = 0; i < words.count; i++)
			ASSERT_NE('\0', words.word[i][0]);
	}
}

/* The longest of the lines, each of which must begin at the column */
static size_t longest_line(struct __test_metadata *_metadata,
			   const struct words *words, int column)
{
	char *text = NULL;
	size_t longest = 0;
	char *line, *rest;
	FILE *file;
	size_t size;

	file = open_memstream(&text, &size);
	fprintf(file, "%*s", column, "");
	words_print(words, column, file);
	fclose(file);
	rest = text;
	while ((line = strsep(&rest, "\n")) && rest) {
		size = strlen(line);
		longest = size > longest ? size : longest;
		EXPECT_EQ(column, strspn(line, " "));
		EXPECT_NE(' ', line[size - 1]);
	}
	free(text);
	return longest;
}

TEST(lines_of_80_columns)
{
	struct words words;
	size_t longest = 0;
	int column;

	words_field(&words, VMCS_FIELD_PRIMARY_CONTROLS, 0xffffffff);
	EXPECT_EQ(32, words.count);
	for (column = 0; column < 48; column++) {
		size_t size = longest_line(_metadata, &words, column);

		longest = size > longest ? size : longest;
	}
	EXPECT_EQ(80, longest);
}

static char *regs_text(const struct regs_table *table)
{
	char *text = NULL;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	regs_table_print(table, file);
	fclose(file);
	return text;
}

#define WORD(n, v)	{ TEAVMX_REG_FPU + (n), v }

TEST(regs_print)
{
	static const struct teavmx_register some[] = {
		{ TEAVMX_REG_RAX, 0xfedcba9876543210 },
		{ TEAVMX_REG_RFLAGS, 0x246 },
		{ TEAVMX_REG_CR0, 0x11 }, { TEAVMX_REG_CS, 0xf000 },
		{ TEAVMX_REG_CS_BASE, 0xffff0000 },
		{ TEAVMX_REG_CS_LIMIT, 0xffff },
		{ TEAVMX_REG_CS_RIGHTS, 0x9b }, { TEAVMX_REG_GDTR_LIMIT, 0x17 },
		{ TEAVMX_REG_TSC_AUX, 5 }, WORD(0, 0x55037f), WORD(3, 0x1f80),
		WORD(4, 0x8000000000000000), WORD(5, 0x3fff),
		WORD(20, 0x1111), WORD(21, 0x2222), WORD(74, 0x3333),
		WORD(64, 7),
	};
	struct regs_table table = { .registers = some, .count = ROWS(some) };
	char *text = regs_text(&table);
	json_t *json, *value;
	const char *name;

	EXPECT_TRUE(has(text, "  rax 0xfedcba9876543210  rcx 0x0000000000000000"));
	EXPECT_TRUE(has(text, "\n  rflags           0x0000000000000246  PF, ZF, IF\n"));
	EXPECT_TRUE(has(text, "\n  cr0              0x0000000000000011  PE, ET\n"));
	EXPECT_TRUE(has(text, "\n  cs   f000 00000000ffff0000 0000ffff 0009b code rx, accessed, dpl 0, 16-bit\n"));
	EXPECT_TRUE(has(text, "\n  gdtr      0000000000000000 00000017\n"));
	EXPECT_TRUE(has(text, "\n  tsc_aux          0x0000000000000005\n"));
	EXPECT_FALSE(has(text, "\nFPU"));
	free(text);
	table.fpu = true;
	text = regs_text(&table);
	EXPECT_TRUE(has(text, "\n  fcw 0x037f  fsw 0x0055  ftw 0x00  mxcsr 0x00001f80\n"));
	EXPECT_TRUE(has(text, "\n  st0   0x3fff8000000000000000\n"));
	EXPECT_TRUE(has(text, "\n  ymm0  0x0000000000000000000000000000000000000000000022220000000000001111\n"));
	EXPECT_TRUE(has(text, "\n  ymm1  0x00000000000000000000000000003333"));
	free(text);
	json = regs_table_json(&table);
	text = json_dumps(json, JSON_COMPACT);
	EXPECT_TRUE(has(text, "{\"registers\":{\"rax\":\"0xfedcba9876543210\",\"rflags\":\"0x246\","));
	EXPECT_TRUE(has(text, "\"decoded\":{\"rflags\":[\"PF\",\"ZF\",\"IF\"],\"cr0\":[\"PE\",\"ET\"],"));
	EXPECT_TRUE(has(text, "\"fpu\":[\"0x55037f\",\"0x1f80\","));
	json_object_foreach(json_object_get(json, "registers"), name, value)
		EXPECT_TRUE(json_is_string(json_is_array(value) ?
					   json_array_get(value, 0) : value));
	free(text);
	json_decref(json);
}

TEST(vmcs_print)
{
	static const struct teavmx_vmcs_write some[] = {
		{ VMCS_FIELD_GUEST_CS_SELECTOR, 8 },
		{ VMCS_FIELD_HOST_CR0, 0x80000001 },
		{ VMCS_FIELD_PIN_CONTROLS, 0x9 },
		{ VMCS_FIELD_EXIT_REASON, VMX_EXIT_IO_INSTRUCTION },
		{ VMCS_FIELD_EXIT_INSTRUCTION_INFO, 0x18080 },
		{ VMCS_FIELD_GUEST_CS_ACCESS_RIGHTS, 0x9b },
		{ VMCS_FIELD_EXIT_QUALIFICATION, 0x3f80000 },
		{ 0x6ffe, 5 },
	};
	struct vmcs_table table = { .fields = some, .count = ROWS(some) };
	const char *exit, *guest, *controls, *host;
	char *text = NULL;
	json_t *json;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	vmcs_table_print(&table, file);
	fclose(file);
	exit = strstr(text, "exit information\n  EXIT_REASON                 0x1e                IO_INSTRUCTION\n");
	guest = strstr(text, "\n\nguest state\n  GUEST_CS_SELECTOR           0x8\n");
	controls = strstr(text, "\n\ncontrols\n  PIN_CONTROLS                0x9                 EXTERNAL_INTERRUPT_EXITING,\n");
	host = strstr(text, "\n\nhost state\n  HOST_CR0                    0x80000001          PE, PG\n  0x6ffe                      0x5\n");
	EXPECT_EQ(text, exit);
	EXPECT_TRUE(exit && exit < guest && guest < controls && controls < host);
	EXPECT_TRUE(has(text, "\n  EXIT_QUALIFICATION          0x3f80000           out, port 0x3f8, size 1\n"));
	EXPECT_TRUE(has(text, "\n  EXIT_INSTRUCTION_INFO       0x18080             address size 32, segment ds\n"));
	EXPECT_TRUE(has(text, "\n  GUEST_CS_ACCESS_RIGHTS      0x9b\n      code rx, accessed, dpl 0, 16-bit\n"));
	free(text);
	table.texts = true;
	file = open_memstream(&text, &size);
	vmcs_table_print(&table, file);
	fclose(file);
	EXPECT_TRUE(has(text, "\n  0x4816 GUEST_CS_ACCESS_RIGHTS      0x0000009b\n      guest CS access rights\n      code rx, accessed, dpl 0, 16-bit\n"));
	EXPECT_TRUE(has(text, "\n  0x0802 GUEST_CS_SELECTOR           0x0008\n      guest CS selector\n"));
	free(text);
	table = (struct vmcs_table){ .fields = some, .count = ROWS(some), .begin = "exit_r" };
	file = open_memstream(&text, &size);
	EXPECT_EQ(1, vmcs_table_print(&table, file));
	fclose(file);
	EXPECT_STREQ("exit information\n  EXIT_REASON                 0x1e                IO_INSTRUCTION\n",
		     text);
	free(text);
	json = vmcs_table_json(&table);
	text = json_dumps(json, JSON_COMPACT);
	EXPECT_TRUE(has(text, "{\"encoding\":17410,\"name\":\"EXIT_REASON\",\"text\":\"exit reason\",\"area\":\"exit\",\"value\":\"0x1e\",\"decoded\":[\"IO_INSTRUCTION\"]}"));
	EXPECT_TRUE(has(text, "{\"encoding\":28670,\"name\":null,\"text\":null,\"area\":\"host\",\"value\":\"0x5\",\"decoded\":[]}"));
	free(text);
	json_decref(json);
}

static char *dump(const void *bytes, size_t size, uint64_t address)
{
	char *text = NULL;
	size_t length;
	FILE *file = open_memstream(&text, &length);

	hexdump_print(bytes, size, address, file);
	fclose(file);
	return text;
}

/* As hexdump -C of util-linux writes it */
TEST(hexdump_print_lines)
{
	static const char line[] =
		"00000000  68 65 6c 6c 6f 0a 00 7f  ff                       |hello....|\n"
		"00000009\n";
	static const char stars[] =
		"00007c00  00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  |................|\n"
		"*\n"
		"00007c30  7e 20 7e 20 00 00 00 00  00 00 00 00 00 00 00 00  |~ ~ ............|\n"
		"00007c40  00 00                                             |..|\n"
		"00007c42\n";
	unsigned char bytes[66] = { 0 };
	char *text = dump("hello\n\0\177\377", 9, 0);

	EXPECT_STREQ(line, text);
	free(text);
	memcpy(bytes + 48, "~ ~ ", 4);
	text = dump(bytes, sizeof(bytes), 0x7c00);
	EXPECT_STREQ(stars, text);
	free(text);
	text = dump("\220", 1, 0xffffffff8);
	EXPECT_EQ(0, strncmp(text, "0000000ffffffff8  90 ", 21));
	EXPECT_TRUE(has(text, "\n0000000ffffffff9\n"));
	free(text);
}

TEST_HARNESS_MAIN
