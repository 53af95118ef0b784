// SPDX-License-Identifier: GPL-2.0-only
/* The tables of uapi/tea.h, row by row */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <uapi/tea.h>

#include <kselftest_harness.h>

static const unsigned int operand_bytes[] = {
	[TEA_OPERAND_NONE] = 0,
	[TEA_OPERAND_BYTE] = 1,
	[TEA_OPERAND_SHORT] = 2,
	[TEA_OPERAND_PORT] = 2,
	[TEA_OPERAND_DEPTH] = 1,
	[TEA_OPERAND_COUNT] = 1,
	[TEA_OPERAND_ADDRESS] = 2,
	[TEA_OPERAND_TARGET] = 2,
};

TEST(opcodes_are_numbered_without_gap)
{
	unsigned int next = 0;

#define ROW(NAME, number, mnemonic, bytes, kind, sentence, ...) \
	EXPECT_EQ(next, number); \
	EXPECT_EQ(TEA_OP_##NAME, number); \
	next++;
	TEA_OPCODES(ROW)
#undef ROW
	EXPECT_EQ(84, next);
	EXPECT_EQ(84, TEA_OP_COUNT);
}

TEST(opcodes_have_name_sentence_and_operand)
{
#define ROW(NAME, number, mnemonic, bytes, kind, sentence, ...) \
	EXPECT_STREQ(#mnemonic, tea_opcode_name(number)); \
	EXPECT_STREQ(sentence, tea_opcode_meaning(number)); \
	EXPECT_EQ(TEA_OPERAND_##kind, tea_opcode_operand(number)); \
	EXPECT_EQ(bytes, tea_opcode_bytes(number)); \
	EXPECT_EQ(operand_bytes[TEA_OPERAND_##kind], \
		  tea_opcode_bytes(number)); \
	EXPECT_LE(10, strlen(sentence));
	TEA_OPCODES(ROW)
#undef ROW
}

/* The page lies beside the test. */
static size_t read_page(char *page, size_t size)
{
	char path[4096];
	size_t used;
	FILE *from;

	snprintf(path, sizeof(path), "%.*s/instructions.rst",
		 (int)(strrchr(program_invocation_name, '/') -
		       program_invocation_name), program_invocation_name);
	from = fopen(path, "r");
	if (!from)
		return 0;
	used = fread(page, 1, size - 1, from);
	page[used] = '\0';
	fclose(from);
	return used;
}

/* Does the row that begins at @row end with the cell @last? */
static bool row_ends_with(const char *row, const char *last)
{
	char cell[256];
	size_t size = (size_t)snprintf(cell, sizeof(cell), "\n     - %s\n", last);
	const char *end = strstr(row, "\n   * - ");

	if (!end)
		end = strstr(row, "\n\n");
	return end && (size_t)(end + 1 - row) > size &&
	       !strncmp(end + 1 - size, cell, size);
}

TEST(page_has_every_opcode)
{
	static const char *const operands[] = {
		[TEA_OPERAND_NONE] = "",
		[TEA_OPERAND_BYTE] = " byte",
		[TEA_OPERAND_SHORT] = " short",
		[TEA_OPERAND_PORT] = " port",
		[TEA_OPERAND_DEPTH] = " n",
		[TEA_OPERAND_COUNT] = " n",
		[TEA_OPERAND_ADDRESS] = " address",
		[TEA_OPERAND_TARGET] = " target",
	};
	static char page[65536];
	const char *found;
	unsigned int i;
	char row[512];

	ASSERT_NE(0, read_page(page, sizeof(page)));
	for (i = 0; i < TEA_OP_COUNT; i++) {
		snprintf(row, sizeof(row),
			 "   * - %02X\n     - ``%s``\n     -%s\n",
			 i, tea_opcode_name(i), operands[tea_opcode_operand(i)]);
		found = strstr(page, row);
		ASSERT_NE(NULL, found) TH_LOG("%s", row);
		EXPECT_EQ(true, row_ends_with(found, tea_opcode_meaning(i)))
			TH_LOG("%s%s", row, tea_opcode_meaning(i));
	}
}

TEST(mnemonics_differ)
{
	unsigned int i, j;

	for (i = 0; i < TEA_OP_COUNT; i++) {
		for (j = 0; j < i; j++)
			EXPECT_STRNE(tea_opcode_name(i), tea_opcode_name(j));
	}
}

/* An opcode ending in x takes from the stack what its twin takes as operand. */
TEST(x_opcodes_follow_their_twin)
{
	unsigned int i;

	for (i = 1; i < TEA_OP_COUNT; i++) {
		const char *name = tea_opcode_name(i);
		size_t size = strlen(name) - 1;

		if (name[size] != 'x')
			continue;
		EXPECT_EQ(size, strlen(tea_opcode_name(i - 1)));
		EXPECT_EQ(0, strncmp(name, tea_opcode_name(i - 1), size));
		EXPECT_EQ(TEA_OPERAND_NONE, tea_opcode_operand(i));
		EXPECT_NE(TEA_OPERAND_NONE, tea_opcode_operand(i - 1));
	}
}

TEST(unknown_opcodes)
{
	unsigned int i;

	for (i = TEA_OP_COUNT; i < 300; i++) {
		EXPECT_EQ(NULL, tea_opcode_name(i));
		EXPECT_EQ(NULL, tea_opcode_meaning(i));
		EXPECT_EQ(TEA_OPERAND_NONE, tea_opcode_operand(i));
		EXPECT_EQ(0, tea_opcode_bytes(i));
	}
}

TEST(exit_codes)
{
	unsigned int next = 0;

#define ROW(NAME, number, name, meaning) \
	EXPECT_EQ(next, number); \
	EXPECT_EQ(TEA_EXIT_##NAME, number); \
	EXPECT_STREQ(name, tea_exit_name(number)); \
	EXPECT_STREQ(meaning, tea_exit_meaning(number)); \
	next++;
	TEA_EXIT_CODES(ROW)
#undef ROW
	EXPECT_EQ(14, next);
	EXPECT_EQ(14, TEA_EXIT_COUNT);
	EXPECT_EQ(NULL, tea_exit_name(14));
	EXPECT_EQ(NULL, tea_exit_meaning(~0u));
	EXPECT_STREQ("Kill", tea_exit_name(1));
	EXPECT_STREQ("BadCommand", tea_exit_name(13));
}

TEST(ports_do_not_overlap)
{
	unsigned int end = 0;

#define ROW(NAME, first, count, name, reads, writes, sentence) \
	EXPECT_LE(end, (unsigned int)(first)); \
	EXPECT_LT(0, count); \
	EXPECT_NE(TEA_SIZE_NONE, (reads) | (writes)); \
	EXPECT_EQ(TEA_PORT_##NAME, first); \
	end = (first) + (count);
	TEA_PORTS(ROW)
#undef ROW
	EXPECT_EQ(0x10000, end);
}

TEST(sizes)
{
	EXPECT_EQ(65541, TEA_FILE_MAX);
	EXPECT_EQ(6, TEA_HEADER_SIZE);
	EXPECT_EQ(11, TEA_FILE_MIN);
	EXPECT_EQ(6, TEA_MESSAGE_MAX);
}

TEST_HARNESS_MAIN
