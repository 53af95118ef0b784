// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include <uapi/regs.h>
#include <userspace/common/cli.h>

#include "output.h"
#include "regs_table.h"
#include "words.h"

#define A_ROW		3
#define NAME_WIDTH	16
/* "  name 0x0123456789abcdef  " */
#define WORDS_COLUMN	(2 + NAME_WIDTH + 1 + 18 + 2)
/* "  name 0123 0123456789abcdef 01234567 01234 " */
#define RIGHTS_COLUMN	(2 + 5 + 5 + 17 + 9 + 6)

/* In the header's first word: the YMM halves are not in their initial state. */
#define XSTATE_YMM	0x4

struct segment {
	const char *name;
	uint32_t number;
};

#define NUMBER_ENTRY(name, number, text, field)	number,

static const uint32_t general[] = { TEAVMX_REG_GENERAL(NUMBER_ENTRY) };
static const uint32_t control[] = { TEAVMX_REG_CONTROL(NUMBER_ENTRY) };
static const uint32_t msrs[] = { TEAVMX_REG_MSRS(NUMBER_ENTRY) };
static const uint32_t state[] = { TEAVMX_REG_STATE(NUMBER_ENTRY) };

static const struct segment segments[] = {
	{ "es", TEAVMX_REG_ES }, { "cs", TEAVMX_REG_CS },
	{ "ss", TEAVMX_REG_SS }, { "ds", TEAVMX_REG_DS },
	{ "fs", TEAVMX_REG_FS }, { "gs", TEAVMX_REG_GS },
	{ "ldtr", TEAVMX_REG_LDTR }, { "tr", TEAVMX_REG_TR },
};

const char *regs_table_name(uint32_t number, char *buffer, size_t size)
{
	const char *name = teavmx_reg_name(number);

	if (name)
		return name;
	if (number >= TEAVMX_REG_FPU)
		snprintf(buffer, size, "fpu.%u", number - TEAVMX_REG_FPU);
	else
		snprintf(buffer, size, "register %u", number);
	return buffer;
}

static unsigned long long value_of(const struct regs_table *table,
				   uint32_t number)
{
	return teavmx_reg_get(table->registers, table->count, number);
}

static void print_general(const struct regs_table *table, FILE *file)
{
	struct words words;
	size_t i;

	fputs("general\n", file);
	for (i = 0; general[i] != TEAVMX_REG_RFLAGS; i++)
		fprintf(file, "%s  %-3s 0x%016llx", i && !(i % A_ROW) ?
			"\n" : "", teavmx_reg_name(general[i]),
			value_of(table, general[i]));
	words_register(&words, TEAVMX_REG_RFLAGS,
		       value_of(table, TEAVMX_REG_RFLAGS));
	fprintf(file, "\n  %-*s 0x%016llx  ", NAME_WIDTH,
		teavmx_reg_name(TEAVMX_REG_RFLAGS),
		value_of(table, TEAVMX_REG_RFLAGS));
	words_print(&words, WORDS_COLUMN, file);
}

static void print_group(const struct regs_table *table, const char *title,
			const uint32_t *numbers, size_t count, FILE *file)
{
	struct words words;
	size_t i;

	fprintf(file, "\n%s\n", title);
	for (i = 0; i < count; i++) {
		unsigned long long value = value_of(table, numbers[i]);

		words_register(&words, numbers[i], value);
		fprintf(file, "  %-*s 0x%016llx%s", NAME_WIDTH,
			teavmx_reg_name(numbers[i]), value,
			words.count ? "  " : "");
		words_print(&words, WORDS_COLUMN, file);
	}
}

static void print_segments(const struct regs_table *table, FILE *file)
{
	struct words words;
	size_t i;

	fprintf(file, "\nsegments\n       sel  %-16s limit    rights\n", "base");
	for (i = 0; i < ARRAY_SIZE(segments); i++) {
		uint32_t offset = segments[i].number - TEAVMX_REG_CS;
		unsigned long long rights =
			value_of(table, TEAVMX_REG_CS_RIGHTS + offset);

		words_rights(&words, (uint32_t)rights);
		fprintf(file, "  %-4s %04llx %016llx %08llx %05llx ",
			segments[i].name,
			value_of(table, TEAVMX_REG_CS + offset),
			value_of(table, TEAVMX_REG_CS_BASE + offset),
			value_of(table, TEAVMX_REG_CS_LIMIT + offset), rights);
		words_print(&words, RIGHTS_COLUMN, file);
	}
	fprintf(file, "  gdtr      %016llx %08llx\n",
		value_of(table, TEAVMX_REG_GDTR_BASE),
		value_of(table, TEAVMX_REG_GDTR_LIMIT));
	fprintf(file, "  idtr      %016llx %08llx\n",
		value_of(table, TEAVMX_REG_IDTR_BASE),
		value_of(table, TEAVMX_REG_IDTR_LIMIT));
}

static unsigned long long fpu_word(const struct regs_table *table,
				   unsigned int word)
{
	return value_of(table, TEAVMX_REG_FPU + word);
}

static void print_fpu(const struct regs_table *table, FILE *file)
{
	unsigned long long first = fpu_word(table, FPU_CONTROL);
	bool ymm = fpu_word(table, FPU_HEADER) & XSTATE_YMM;
	unsigned int i;

	fprintf(file, "\nFPU\n  fcw 0x%04llx  fsw 0x%04llx  ftw 0x%02llx  mxcsr 0x%08llx\n",
		first & 0xffff, first >> 16 & 0xffff, first >> 32 & 0xff,
		fpu_word(table, FPU_MXCSR) & 0xffffffff);
	for (i = 0; i < 8; i++)
		fprintf(file, "  st%u   0x%04llx%016llx\n", i,
			fpu_word(table, FPU_ST + 2 * i + 1) & 0xffff,
			fpu_word(table, FPU_ST + 2 * i));
	for (i = 0; i < 16; i++) {
		fprintf(file, "  %smm%-2u 0x", ymm ? "y" : "x", i);
		if (ymm)
			fprintf(file, "%016llx%016llx",
				fpu_word(table, FPU_YMM + 2 * i + 1),
				fpu_word(table, FPU_YMM + 2 * i));
		fprintf(file, "%016llx%016llx\n",
			fpu_word(table, FPU_XMM + 2 * i + 1),
			fpu_word(table, FPU_XMM + 2 * i));
	}
}

void regs_table_print(const struct regs_table *table, FILE *file)
{
	print_general(table, file);
	print_group(table, "control and debug", control, ARRAY_SIZE(control),
		    file);
	print_segments(table, file);
	print_group(table, "MSRs", msrs, ARRAY_SIZE(msrs), file);
	print_group(table, "state", state, ARRAY_SIZE(state), file);
	if (table->fpu)
		print_fpu(table, file);
}

json_t *regs_table_json(const struct regs_table *table)
{
	json_t *registers = json_object();
	json_t *decoded = json_object();
	json_t *fpu = json_array();
	struct words words;
	char buffer[32];
	size_t i;

	for (i = 0; i < table->count; i++) {
		const struct teavmx_register *reg = &table->registers[i];
		const char *name = regs_table_name(reg->number, buffer,
						   sizeof(buffer));

		if (reg->number >= TEAVMX_REG_FPU) {
			json_array_append_new(fpu, json_u64(reg->value));
			continue;
		}
		json_object_set_new(registers, name, json_u64(reg->value));
		words_register(&words, reg->number, reg->value);
		if (words.count)
			json_object_set_new(decoded, name, words_json(&words));
	}
	return json_pack("{s:o, s:o, s:o}", "registers", registers, "decoded",
			 decoded, "fpu", fpu);
}
