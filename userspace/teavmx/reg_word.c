// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>

#include <uapi/regs.h>

#include "choice.h"
#include "reg_word.h"
#include "regs_table.h"

#define FPU_PREFIX	"fpu."
#define NAMES_HINT	"see 'teavmx help regs' for the names"

/* Register numbers of a segment: selector, base, limit and rights */
#define SEGMENT_NUMBERS	(TEAVMX_REG_CS - TEAVMX_REG_ES)

/*
 * The message has no room for all names, and only one verb's help lists them.
 */
static int refuse_name(const struct command *command, const char *word,
		       const char *const *names, size_t count)
{
	if (cli_nearest(word, names, count))
		return choice_refuse(command, "register", word, names, count);
	return cli_error(CLI_USAGE, NAMES_HINT, "%s: unknown register '%s'",
			 command->name, word);
}

static int find_register(const struct command *command, const char *word,
			 bool tea, uint32_t *number)
{
	const char *names[TEAVMX_REG_FPU + 4];
	uint32_t numbers[TEAVMX_REG_FPU + 4];
	unsigned long long index;
	size_t count = 0;
	uint32_t n;
	size_t i;

	if (!strncmp(word, FPU_PREFIX, strlen(FPU_PREFIX))) {
		if (cli_number(word + strlen(FPU_PREFIX), 0,
			       TEAVMX_REG_FPU_WORDS - 1, &index))
			return command_usage(command,
					     "expected fpu.0 to fpu.%u, got '%s'",
					     TEAVMX_REG_FPU_WORDS - 1, word);
		*number = TEAVMX_REG_FPU + (uint32_t)index;
		return CLI_OK;
	}
	for (n = 0; n < TEAVMX_REG_FPU; n++) {
		if (!teavmx_reg_name(n))
			continue;
		numbers[count] = n;
		names[count++] = teavmx_reg_name(n);
	}
	for (n = TEAVMX_REG_TEA_CP; tea && n <= TEAVMX_REG_TEA_STEPS; n++) {
		numbers[count] = n;
		names[count++] = teavmx_reg_name(n);
	}
	for (i = 0; i < count; i++) {
		if (strcmp(names[i], word))
			continue;
		*number = numbers[i];
		return CLI_OK;
	}
	return refuse_name(command, word, names, count);
}

int reg_word_take(const struct command *command, const char *word, bool tea,
		  struct teavmx_register *reg)
{
	size_t size = strcspn(word, "=");
	unsigned long long value;
	char name[32];
	int status;

	if (!word[size])
		return cli_error(CLI_USAGE, NAMES_HINT,
				 "%s: expected NAME=VALUE, got '%s'",
				 command->name, word);
	snprintf(name, sizeof(name), "%.*s", (int)size, word);
	status = find_register(command, name, tea, &reg->number);
	if (status)
		return status;
	if (cli_number(word + size + 1, 0, ~0ULL, &value))
		return command_usage(command,
				     "%s: expected a number of 64 bits, got '%s'",
				     name, word + size + 1);
	reg->value = value;
	return CLI_OK;
}

static bool is_for_64_bits_only(uint32_t number)
{
	return (number >= TEAVMX_REG_R8 && number <= TEAVMX_REG_R15) ||
	       number == TEAVMX_REG_CR8;
}

static unsigned int register_width(int mode, uint32_t number)
{
	if (number == TEAVMX_REG_GDTR_LIMIT || number == TEAVMX_REG_IDTR_LIMIT)
		return 16;
	if (number >= TEAVMX_REG_ES && number <= TEAVMX_REG_TR_RIGHTS) {
		switch ((number - TEAVMX_REG_ES) % SEGMENT_NUMBERS) {
		case 0:
			return 16;
		case TEAVMX_REG_ES_LIMIT - TEAVMX_REG_ES:
		case TEAVMX_REG_ES_RIGHTS - TEAVMX_REG_ES:
			return 32;
		}
	}
	/* MSRs and words of the FPU have 64 bits in every mode. */
	return mode == TEAVMX_MODE_LONG || number >= TEAVMX_REG_EFER ? 64 : 32;
}

int reg_word_check(const struct command *command, int mode,
		   const char *mode_name, const struct teavmx_register *reg)
{
	unsigned int bits = register_width(mode, reg->number);
	char buffer[32];
	const char *name = regs_table_name(reg->number, buffer, sizeof(buffer));

	if (mode != TEAVMX_MODE_LONG && is_for_64_bits_only(reg->number))
		return command_usage(command,
				     "%s: there is no such register in %s mode",
				     name, mode_name);
	if (bits < 64 && reg->value >> bits)
		return command_usage(command,
				     "%s: 0x%llx is wider than its %u bits in %s mode",
				     name, (unsigned long long)reg->value, bits,
				     mode_name);
	return CLI_OK;
}
