// SPDX-License-Identifier: GPL-2.0-only
#include "decode.h"

struct columns {
	const char *before;
	const char *after;
};

static const struct columns columns[] = {
#define COLUMNS(NAME, number, mnemonic, bytes, kind, sentence, before, \
		after, ...) \
	[number] = { before, after },
	TEA_OPCODES(COLUMNS)
#undef COLUMNS
};

/* Bytes that a column of TEA_OPCODES stands for, those of "..." not included */
static unsigned int column_bytes(const char *column)
{
	unsigned int bytes = 0;

	for (; *column; column++) {
		if (*column == 'b' || *column == 'n')
			bytes++;
		else if (*column >= 'a' && *column <= 't')
			bytes += 2;
	}
	return bytes;
}

/* Bytes at the place in the stack that the operand is a distance or index of */
static unsigned int operand_width(unsigned int opcode,
				  const struct tea_effect *effect)
{
	switch (opcode) {
	case TEA_OP_DECB:
	case TEA_OP_INCB:
		return 1;
	case TEA_OP_DECS:
	case TEA_OP_INCS:
		return 2;
	default:
		return effect->pops + effect->pushes;
	}
}

struct tea_effect tea_effect_of(unsigned int opcode, unsigned int operand,
				unsigned int code_size)
{
	struct tea_effect effect = {
		.pops = column_bytes(columns[opcode].before),
		.pushes = column_bytes(columns[opcode].after),
		.valid = 1,
	};
	unsigned int width = operand_width(opcode, &effect);

	effect.need = effect.pops;
	switch (tea_opcode_operand(opcode)) {
	case TEA_OPERAND_DEPTH:
		effect.need += operand;
		effect.valid = operand >= width;
		break;
	case TEA_OPERAND_ADDRESS:
		effect.need += operand + width;
		break;
	case TEA_OPERAND_COUNT:
		if (opcode == TEA_OP_PUSHN) {
			effect.pushes = operand;
		} else {
			effect.pops = operand;
			effect.need = operand;
		}
		break;
	case TEA_OPERAND_TARGET:
		effect.valid = operand < code_size;
		break;
	default:
		break;
	}
	return effect;
}

static unsigned int larger_of(unsigned int a, unsigned int b)
{
	return a > b ? a : b;
}

static unsigned int excess_over(unsigned int a, unsigned int b)
{
	return a > b ? a - b : 0;
}

/*
 * Makes an instruction that of a run, which @rest continues. The instruction is
 * executed with all checks if the stack has no room for both, or if nothing is
 * known of the rest, which another run may decode later.
 */
static void begin_run(struct tea_decoded *entry, unsigned int opcode,
		      const struct tea_effect *effect,
		      const struct tea_decoded *rest, unsigned int stack_size)
{
	unsigned int low = excess_over(rest->low + effect->pops, effect->pushes);
	unsigned int high = 0;

	if (rest->rest)
		high = stack_size - rest->low - rest->span;
	low = larger_of(low, effect->need);
	high = excess_over(high + effect->pushes, effect->pops);
	if (low + high > stack_size || rest->handler == TEA_HANDLER_NEW ||
	    rest->rest == TEA_RUN_INSTRUCTIONS)
		return;
	entry->handler = (unsigned char)(1 + opcode);
	entry->rest = rest->rest + 1;
	entry->low = (unsigned short)low;
	entry->span = (unsigned short)(stack_size - low - high);
}

struct sequence {
	unsigned char handler;
	unsigned char count;
	unsigned char opcodes[4];
};

static const struct sequence sequences[] = {
#define SEQUENCE_2(A, B) \
	{ TEA_HANDLER_##A##_##B, 2, { TEA_OP_##A, TEA_OP_##B } },
#define SEQUENCE_3(A, B, C) \
	{ TEA_HANDLER_##A##_##B##_##C, 3, \
	  { TEA_OP_##A, TEA_OP_##B, TEA_OP_##C } },
#define SEQUENCE_4(A, B, C, D) \
	{ TEA_HANDLER_##A##_##B##_##C##_##D, 4, \
	  { TEA_OP_##A, TEA_OP_##B, TEA_OP_##C, TEA_OP_##D } },
	TEA_SEQUENCES(SEQUENCE_2, SEQUENCE_3, SEQUENCE_4)
#undef SEQUENCE_2
#undef SEQUENCE_3
#undef SEQUENCE_4
};

static int is_sequence(const struct sequence *sequence,
		       const unsigned char *code, unsigned int rest)
{
	unsigned int i;

	if (rest < sequence->count)
		return 0;
	for (i = 0; i < sequence->count; i++) {
		if (*code != sequence->opcodes[i])
			return 0;
		code += 1 + tea_opcode_bytes(*code);
	}
	return 1;
}

static void find_sequence(struct tea_decoded *entry, const unsigned char *code)
{
	unsigned int i;

	for (i = 0; i < sizeof(sequences) / sizeof(*sequences); i++) {
		if (sequences[i].opcodes[0] == *code &&
		    is_sequence(&sequences[i], code, entry->rest)) {
			entry->handler = sequences[i].handler;
			return;
		}
	}
}

static unsigned short decode_operand(const unsigned char *at,
				     unsigned int bytes)
{
	if (bytes == 2)
		return (unsigned short)(at[0] << 8 | at[1]);
	return bytes ? at[0] : 0;
}

static void decode_instruction(const struct tea_process *process,
			       unsigned int cp)
{
	static const struct tea_decoded no_run = {
		.handler = TEA_HANDLER_CHECKED,
	};
	struct tea_decoded *entry = &process->decoded[cp];
	unsigned int left = process->code_size - cp;
	const unsigned char *code = process->code + cp;
	unsigned int bytes;
	struct tea_effect effect;

	entry->handler = TEA_HANDLER_CHECKED;
	if (!left || *code >= TEA_OP_COUNT)
		return;
	bytes = tea_opcode_bytes(*code);
	if (left <= bytes)
		return;
	entry->operand = decode_operand(code + 1, bytes);
	effect = tea_effect_of(*code, entry->operand, process->code_size);
	if (!effect.valid)
		return;
	begin_run(entry, *code, &effect,
		  tea_ends_run(*code) ? &no_run : entry + 1 + bytes,
		  process->stack_size);
	find_sequence(entry, code);
}

/* Instructions that tea_decode() decodes at once */
#define DECODE_MAX	64

/* From the end of the run on, as each instruction needs what follows it. */
void tea_decode(struct tea_process *process, unsigned int cp)
{
	unsigned short places[DECODE_MAX];
	unsigned int count = 0;

	while (count < DECODE_MAX && cp <= process->code_size &&
	       process->decoded[cp].handler == TEA_HANDLER_NEW) {
		places[count++] = (unsigned short)cp;
		if (cp == process->code_size || tea_ends_run(process->code[cp]))
			break;
		cp += 1 + tea_opcode_bytes(process->code[cp]);
	}
	while (count--)
		decode_instruction(process, places[count]);
}
