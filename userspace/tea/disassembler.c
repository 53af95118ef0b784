// SPDX-License-Identifier: GPL-2.0-only
#include <stdbool.h>
#include <stdlib.h>

#include <uapi/tea.h>

#include "disassembler.h"
#include "listing.h"

#define TEXT_SIZE	64
#define LABEL_SIZE	8

/* What is known of a code address */
#define MARK_START	1
#define MARK_TARGET	2

void disassembler_decode(const unsigned char *code, size_t size, size_t at,
			 struct instruction *instruction)
{
	unsigned int opcode = code[at];
	unsigned int bytes = tea_opcode_bytes(opcode);

	*instruction = (struct instruction){
		.mnemonic = tea_opcode_name(opcode),
		.opcode = opcode,
		.size = 1,
	};
	if (size - at - 1 < bytes)
		instruction->mnemonic = NULL;
	if (!instruction->mnemonic)
		return;
	instruction->size += bytes;
	for (; bytes; bytes--)
		instruction->operand = instruction->operand << 8 | code[++at];
}

void disassembler_format(const struct instruction *instruction,
			 const char *label, char *text, size_t size)
{
	const char *format = "%s %u";

	if (!instruction->mnemonic) {
		snprintf(text, size, ".byte 0x%02x", instruction->opcode);
		return;
	}
	switch (tea_opcode_operand(instruction->opcode)) {
	case TEA_OPERAND_NONE:
		snprintf(text, size, "%s", instruction->mnemonic);
		return;
	case TEA_OPERAND_BYTE:
		format = "%s 0x%02x";
		break;
	case TEA_OPERAND_SHORT:
	case TEA_OPERAND_PORT:
	case TEA_OPERAND_TARGET:
		format = "%s 0x%04x";
		break;
	case TEA_OPERAND_DEPTH:
	case TEA_OPERAND_COUNT:
	case TEA_OPERAND_ADDRESS:
		break;
	}
	if (label)
		snprintf(text, size, "%s %s", instruction->mnemonic, label);
	else
		snprintf(text, size, format, instruction->mnemonic,
			 instruction->operand);
}

/* A target gets a label if an instruction starts there, or the code ends. */
static unsigned char *find_marks(const unsigned char *code, size_t size)
{
	unsigned char *marks = calloc(0x10000, 1);
	struct instruction instruction;
	size_t at;

	if (!marks)
		return NULL;
	for (at = 0; at < size; at += instruction.size) {
		disassembler_decode(code, size, at, &instruction);
		marks[at] |= MARK_START;
		if (instruction.mnemonic &&
		    tea_opcode_operand(instruction.opcode) ==
		    TEA_OPERAND_TARGET)
			marks[instruction.operand] |= MARK_TARGET;
	}
	marks[size] |= MARK_START;
	return marks;
}

static bool has_label(const unsigned char *marks, size_t at)
{
	return marks[at] == (MARK_START | MARK_TARGET);
}

static void print_header(const unsigned char *file, FILE *to)
{
	if (file[TEA_HEADER_MAJOR] != TEA_VERSION_MAJOR ||
	    file[TEA_HEADER_MINOR] != TEA_VERSION_MINOR)
		fprintf(to, "\t.version %u, %u\n", file[TEA_HEADER_MAJOR],
			file[TEA_HEADER_MINOR]);
	fprintf(to, "\t.return %u\n", file[TEA_HEADER_RETURN]);
	fprintf(to, "\t.arguments %u\n", file[TEA_HEADER_ARGUMENTS]);
}

static void print_comment(const struct instruction *instruction,
			  const unsigned char *bytes, size_t at, FILE *to)
{
	unsigned int i;

	fprintf(to, "; %04zx:", at);
	for (i = 0; i < instruction->size; i++)
		fprintf(to, " %02x", bytes[i]);
	if (instruction->mnemonic &&
	    tea_opcode_operand(instruction->opcode) == TEA_OPERAND_BYTE &&
	    instruction->operand >= ' ' && instruction->operand < 0x7F)
		fprintf(to, "  '%c'", (int)instruction->operand);
	fputc('\n', to);
}

int disassembler_run(const unsigned char *file, size_t size, FILE *to)
{
	return disassembler_run_mapped(file, size, NULL, NULL, to);
}

int disassembler_run_mapped(const unsigned char *file, size_t size,
			    const struct tea_map *map, const char *map_path,
			    FILE *to)
{
	const unsigned char *code = file + TEA_HEADER_SIZE;
	struct instruction instruction;
	char label[LABEL_SIZE];
	struct listing listing = { .map = map, .map_path = map_path };
	char text[TEXT_SIZE];
	unsigned char *marks;
	size_t at;

	size -= TEA_HEADER_SIZE;
	marks = find_marks(code, size);
	if (!marks)
		return -1;
	print_header(file, to);
	for (at = 0; at < size; at += instruction.size) {
		const char *target = NULL;

		disassembler_decode(code, size, at, &instruction);
		listing_comments(&listing, (unsigned int)at,
				 (unsigned int)at + instruction.size, to);
		if (has_label(marks, at))
			fprintf(to, "L%04zx:\n", at);
		if (has_label(marks, instruction.operand)) {
			snprintf(label, sizeof(label), "L%04x",
				 instruction.operand & 0xFFFF);
			target = label;
		}
		if (tea_opcode_operand(instruction.opcode) !=
		    TEA_OPERAND_TARGET)
			target = NULL;
		disassembler_format(&instruction, target, text, sizeof(text));
		fprintf(to, "\t%-24s", text);
		print_comment(&instruction, code + at, at, to);
	}
	if (has_label(marks, size))
		fprintf(to, "L%04zx:\n", size);
	free(marks);
	listing_free(&listing);
	return 0;
}
