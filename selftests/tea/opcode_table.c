// SPDX-License-Identifier: GPL-2.0-only
/*
 * opcode_table PAGE: print Documentation/tea_machine/instructions.rst with a
 * new table of instructions, made from TEA_OPCODES.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <uapi/tea.h>

#define BEGIN_MARK	".. instructions: begin\n"
#define END_MARK	".. instructions: end\n"

struct row {
	unsigned int opcode;
	const char *mnemonic;
	enum tea_operand operand;
	const char *sentence;
	const char *before;
	const char *after;
	const char *flags;
	const char *errors;
};

static const struct row rows[] = {
#define ROW(NAME, number, mnemonic, bytes, kind, sentence, ...) \
	{ number, #mnemonic, TEA_OPERAND_##kind, sentence, __VA_ARGS__ },
	TEA_OPCODES(ROW)
#undef ROW
};

static const char *const operands[] = {
	[TEA_OPERAND_NONE] = "",
	[TEA_OPERAND_BYTE] = "byte",
	[TEA_OPERAND_SHORT] = "short",
	[TEA_OPERAND_PORT] = "port",
	[TEA_OPERAND_DEPTH] = "n",
	[TEA_OPERAND_COUNT] = "n",
	[TEA_OPERAND_ADDRESS] = "address",
	[TEA_OPERAND_TARGET] = "target",
};

/* An empty cell of a list table has nothing, not even a space. */
static void cell(const char *text)
{
	printf("     -%s%s\n", *text ? " " : "", text);
}

static void spaced(const char *letters)
{
	char text[16] = "";
	size_t size = 0;

	for (; *letters && size + 3 < sizeof(text); letters++) {
		if (size)
			text[size++] = ' ';
		text[size++] = *letters;
	}
	text[size] = '\0';
	cell(text);
}

static void stack(const struct row *row)
{
	char text[64];

	snprintf(text, sizeof(text), "``%s%s→%s%s``", row->before,
		 *row->before ? " " : "", *row->after ? " " : "", row->after);
	cell(*row->before || *row->after ? text : "");
}

static void table(void)
{
	const struct row *row;

	fputs("\n.. list-table::\n   :header-rows: 1\n"
	      "   :widths: 6 10 9 15 8 10 42\n\n"
	      "   * - Opcode\n     - Mnemonic\n     - Operand\n     - Stack\n"
	      "     - Flags\n     - Errors\n     - Meaning\n", stdout);
	for (row = rows; row < rows + TEA_OP_COUNT; row++) {
		printf("   * - %02X\n     - ``%s``\n", row->opcode,
		       row->mnemonic);
		cell(operands[row->operand]);
		stack(row);
		spaced(row->flags);
		cell(row->errors);
		cell(row->sentence);
	}
	putchar('\n');
}

int main(int argc, char **argv)
{
	FILE *page = argc == 2 ? fopen(argv[1], "re") : NULL;
	unsigned int marks = 0;
	char *line = NULL;
	size_t size = 0;

	if (!page) {
		fprintf(stderr, "opcode_table: %s\n",
			argc == 2 ? strerror(errno) : "expected a PAGE");
		return 2;
	}
	while (getline(&line, &size, page) > 0) {
		if (marks == 1 && !strcmp(line, END_MARK))
			marks++;
		if (marks != 1)
			fputs(line, stdout);
		if (!marks && !strcmp(line, BEGIN_MARK)) {
			table();
			marks++;
		}
	}
	free(line);
	fclose(page);
	if (marks != 2) {
		fputs("opcode_table: the marks of the table are missing\n",
		      stderr);
		return 1;
	}
	return fflush(stdout) ? 1 : 0;
}
