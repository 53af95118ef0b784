// SPDX-License-Identifier: LGPL-2.1-or-later
/* Operands: general, segment and vector registers, immediates and memory */
#include <string.h>

#include "core.h"

/* Words of the XSAVE area: XMM0, XSTATE_BV, the high half of YMM0 */
#define WORD_XMM	20
#define WORD_XSTATE_BV	64
#define WORD_YMM	72
#define STATE_SSE	2u
#define STATE_AVX	4u

struct register_class {
	ZydisRegister first;
	ZydisRegister last;
	unsigned int size;
};

static const struct register_class classes[] = {
	{ ZYDIS_REGISTER_AX, ZYDIS_REGISTER_R15W, 2 },
	{ ZYDIS_REGISTER_EAX, ZYDIS_REGISTER_R15D, 4 },
	{ ZYDIS_REGISTER_RAX, ZYDIS_REGISTER_R15, 8 },
};

uint64_t general_get(struct emulator *emulator, uint32_t number,
		     unsigned int size)
{
	return cut(*register_of(emulator, number), size);
}

/* A result of 32 bits clears the upper half, smaller ones leave the rest. */
void general_set(struct emulator *emulator, uint32_t number,
		 unsigned int size, uint64_t value)
{
	uint64_t *to = register_of(emulator, number);

	if (size < 4)
		*to = (*to & ~cut(UINT64_MAX, size)) | cut(value, size);
	else
		*to = cut(value, size);
}

static bool is_high_byte(ZydisRegister reg)
{
	return reg >= ZYDIS_REGISTER_AH && reg <= ZYDIS_REGISTER_BH;
}

static uint32_t number_of_byte(ZydisRegister reg)
{
	unsigned int number = reg - ZYDIS_REGISTER_AL;

	/* Behind AL to BL are AH to BH, then SPL and the others. */
	return number < 4 ? number : number - 4;
}

static bool is_byte(ZydisRegister reg)
{
	return reg >= ZYDIS_REGISTER_AL && reg <= ZYDIS_REGISTER_R15B;
}

static bool is_segment(ZydisRegister reg)
{
	return reg >= ZYDIS_REGISTER_ES && reg <= ZYDIS_REGISTER_GS;
}

static const struct register_class *class_of(ZydisRegister reg)
{
	size_t i;

	for (i = 0; i < sizeof(classes) / sizeof(classes[0]); i++)
		if (reg >= classes[i].first && reg <= classes[i].last)
			return &classes[i];
	return NULL;
}

static int register_get(struct step *step, ZydisRegister reg, uint64_t *value)
{
	const struct register_class *class = class_of(reg);
	struct emulator *emulator = step->emulator;

	if (class)
		*value = general_get(emulator, reg - class->first, class->size);
	else if (is_byte(reg) && is_high_byte(reg))
		*value = cut(*register_of(emulator,
					  reg - ZYDIS_REGISTER_AH) >> 8, 1);
	else if (is_byte(reg))
		*value = general_get(emulator, number_of_byte(reg), 1);
	else if (is_segment(reg))
		*value = *segment_register(emulator, reg - ZYDIS_REGISTER_ES,
					   TEAVMX_REG_ES);
	else
		return decode_refuse(step);
	return EMULATOR_DONE;
}

static int register_set(struct step *step, ZydisRegister reg, uint64_t value)
{
	const struct register_class *class = class_of(reg);
	struct emulator *emulator = step->emulator;
	uint64_t *high;

	if (class) {
		general_set(emulator, reg - class->first, class->size, value);
	} else if (is_byte(reg) && is_high_byte(reg)) {
		high = register_of(emulator, reg - ZYDIS_REGISTER_AH);
		*high = (*high & ~0xff00ULL) | cut(value, 1) << 8;
	} else if (is_byte(reg)) {
		general_set(emulator, number_of_byte(reg), 1, value);
	} else {
		return decode_refuse(step);
	}
	return EMULATOR_DONE;
}

/* A part of an address; RIP is that of the next instruction. */
static uint64_t address_part(struct step *step, ZydisRegister reg)
{
	uint64_t value = 0;

	if (reg == ZYDIS_REGISTER_NONE)
		return 0;
	if (reg == ZYDIS_REGISTER_RIP || reg == ZYDIS_REGISTER_EIP)
		return *register_of(step->emulator, TEAVMX_REG_RIP) +
		       step->insn.length;
	if (register_get(step, reg, &value))
		return 0;
	return value;
}

static uint64_t address_of(struct step *step, unsigned int which)
{
	const ZydisDecodedOperandMem *mem = &step->operand[which].mem;
	uint64_t offset = address_part(step, mem->base);

	offset += address_part(step, mem->index) * mem->scale;
	if (mem->disp.has_displacement)
		offset += (uint64_t)mem->disp.value;
	return offset;
}

unsigned int operand_size(const struct step *step, unsigned int which)
{
	return step->operand[which].size / 8;
}

static int map_at(struct step *step, unsigned int which, uint64_t offset)
{
	const ZydisDecodedOperand *operand = &step->operand[which];
	unsigned int size = operand_size(step, which);
	int err;

	/* libzydis has no size for what is only an address. */
	if (!size || size > VALUE_BYTES || which >= OPERANDS)
		return decode_refuse(step);
	err = memory_map(step->emulator,
			 operand->mem.segment - ZYDIS_REGISTER_ES,
			 cut(offset, step->insn.address_width / 8),
			 size,
			 operand->actions & ZYDIS_OPERAND_ACTION_MASK_WRITE,
			 &step->span[which]);
	step->mapped[which] = !err;
	return err;
}

int operand_map(struct step *step, unsigned int which)
{
	if (step->operand[which].type != ZYDIS_OPERAND_TYPE_MEMORY ||
	    step->mapped[which])
		return EMULATOR_DONE;
	return map_at(step, which, address_of(step, which));
}

int operand_map_bit(struct step *step, int64_t bit)
{
	unsigned int size = operand_size(step, 0);
	int64_t element = bit >> __builtin_ctz(8 * size);

	if (step->operand[0].type != ZYDIS_OPERAND_TYPE_MEMORY)
		return EMULATOR_DONE;
	return map_at(step, 0, address_of(step, 0) + (uint64_t)element * size);
}

int operand_get(struct step *step, unsigned int which, uint64_t *value)
{
	const ZydisDecodedOperand *operand = &step->operand[which];
	int err;

	*value = 0;
	switch (operand->type) {
	case ZYDIS_OPERAND_TYPE_REGISTER:
		return register_get(step, operand->reg.value, value);
	case ZYDIS_OPERAND_TYPE_IMMEDIATE:
		*value = operand->imm.value.u;
		return EMULATOR_DONE;
	case ZYDIS_OPERAND_TYPE_MEMORY:
		err = operand_map(step, which);
		return err ? err : memory_read(step->emulator,
					       &step->span[which], value);
	default:
		return decode_refuse(step);
	}
}

int operand_get_two(struct step *step, unsigned int first, uint64_t *value,
		    uint64_t *next)
{
	int err = operand_get(step, first, value);

	return err ? err : operand_get(step, first + 1, next);
}

int operand_set(struct step *step, unsigned int which, uint64_t value)
{
	const ZydisDecodedOperand *operand = &step->operand[which];
	int err;

	if (operand->type == ZYDIS_OPERAND_TYPE_REGISTER)
		return register_set(step, operand->reg.value, value);
	err = operand_map(step, which);
	return err ? err : memory_write(step->emulator, &step->span[which],
					&value);
}

static bool is_vector(ZydisRegister reg)
{
	return (reg >= ZYDIS_REGISTER_XMM0 && reg <= ZYDIS_REGISTER_XMM15) ||
	       (reg >= ZYDIS_REGISTER_YMM0 && reg <= ZYDIS_REGISTER_YMM15);
}

static unsigned int vector_number(ZydisRegister reg)
{
	return reg >= ZYDIS_REGISTER_YMM0 ? reg - ZYDIS_REGISTER_YMM0 :
					    reg - ZYDIS_REGISTER_XMM0;
}

static void vector_get(struct emulator *emulator, unsigned int number,
		       uint64_t words[4])
{
	const uint64_t *fpu = emulator->now.fpu;

	memcpy(words, &fpu[WORD_XMM + 2 * number], 16);
	memcpy(words + 2, &fpu[WORD_YMM + 2 * number], 16);
}

/* What has a VEX prefix clears the upper half, what has none leaves it. */
static void vector_set(struct step *step, unsigned int number,
		       const uint64_t words[4])
{
	uint64_t *fpu = step->emulator->now.fpu;

	memcpy(&fpu[WORD_XMM + 2 * number], words, 16);
	fpu[WORD_XSTATE_BV] |= STATE_SSE;
	if (step->insn.encoding != ZYDIS_INSTRUCTION_ENCODING_VEX)
		return;
	memcpy(&fpu[WORD_YMM + 2 * number], words + 2, 16);
	fpu[WORD_XSTATE_BV] |= STATE_AVX;
}

int operand_bytes_get(struct step *step, unsigned int which, void *bytes)
{
	const ZydisDecodedOperand *operand = &step->operand[which];
	int err;

	memset(bytes, 0, VALUE_BYTES);
	if (operand->type == ZYDIS_OPERAND_TYPE_MEMORY) {
		err = operand_map(step, which);
		return err ? err : memory_read(step->emulator,
					       &step->span[which], bytes);
	}
	if (operand->type != ZYDIS_OPERAND_TYPE_REGISTER)
		return decode_refuse(step);
	if (!is_vector(operand->reg.value))
		return register_get(step, operand->reg.value, bytes);
	vector_get(step->emulator, vector_number(operand->reg.value), bytes);
	return EMULATOR_DONE;
}

int operand_bytes_set(struct step *step, unsigned int which,
		      const void *bytes)
{
	const ZydisDecodedOperand *operand = &step->operand[which];
	uint64_t words[4];
	int err;

	if (operand->type == ZYDIS_OPERAND_TYPE_MEMORY) {
		err = operand_map(step, which);
		return err ? err : memory_write(step->emulator,
						&step->span[which], bytes);
	}
	memcpy(words, bytes, sizeof(words));
	if (operand->type != ZYDIS_OPERAND_TYPE_REGISTER)
		return decode_refuse(step);
	if (!is_vector(operand->reg.value))
		return register_set(step, operand->reg.value, words[0]);
	vector_set(step, vector_number(operand->reg.value), words);
	return EMULATOR_DONE;
}
