// SPDX-License-Identifier: LGPL-2.1-or-later
/* Instructions that move data */
#include <string.h>

#include "core.h"

static uint64_t swapped(uint64_t value, unsigned int size)
{
	return __builtin_bswap64(value) >> (64 - 8 * size);
}

/* MOV, MOVZX, MOVSX, MOVBE, MOVNTI, and the string instructions like them */
int move(struct step *step)
{
	uint64_t value;
	int err;

	err = operand_get(step, 1, &value);
	if (err)
		return err;
	if (step->action->detail == MOVE_SIGNED)
		value = extend(value, operand_size(step, 1));
	else if (step->action->detail == MOVE_SWAPPED)
		value = swapped(value, operand_size(step, 1));
	return operand_set(step, 0, value);
}

static bool is_segment(const ZydisDecodedOperand *operand)
{
	return operand->type == ZYDIS_OPERAND_TYPE_REGISTER &&
	       operand->reg.value >= ZYDIS_REGISTER_ES &&
	       operand->reg.value <= ZYDIS_REGISTER_GS;
}

/* MOV, which may also load a segment register */
int move_segment(struct step *step)
{
	unsigned int segment;
	uint64_t selector;
	int err;

	if (!is_segment(&step->operand[0]))
		return move(step);
	segment = step->operand[0].reg.value - ZYDIS_REGISTER_ES;
	err = operand_get(step, 1, &selector);
	if (!err)
		err = segment_load(step->emulator, segment,
				   (uint16_t)selector);
	if (!err && segment == SEGMENT_SS)
		step->blocks = true;
	return err;
}

/* SMSW; memory gets the low 16 bits. */
int move_status(struct step *step)
{
	return operand_set(step, 0, *register_of(step->emulator, TEAVMX_REG_CR0));
}

/* Memory first: the register must not change when that faults. */
int move_exchange(struct step *step)
{
	unsigned int memory =
		step->operand[1].type == ZYDIS_OPERAND_TYPE_MEMORY;
	uint64_t a, b;
	int err;

	err = operand_get(step, memory, &a);
	if (!err)
		err = operand_get(step, !memory, &b);
	if (!err)
		err = operand_set(step, memory, b);
	return err ? err : operand_set(step, !memory, a);
}

/* XLAT: AL is a part of the address, which is its only operand. */
int move_translate(struct step *step)
{
	struct emulator *emulator = step->emulator;
	unsigned int size = step->insn.address_width / 8;
	unsigned int segment = SEGMENT_DS;
	struct span span;
	uint64_t offset;
	uint8_t byte;
	unsigned int i;
	int err;

	for (i = 0; i < step->insn.operand_count; i++)
		if (step->operand[i].type == ZYDIS_OPERAND_TYPE_MEMORY)
			segment = step->operand[i].mem.segment -
				  ZYDIS_REGISTER_ES;
	offset = general_get(emulator, TEAVMX_REG_RBX, size) +
		 general_get(emulator, TEAVMX_REG_RAX, 1);
	err = memory_map(emulator, segment, cut(offset, size), 1, false,
			 &span);
	if (!err)
		err = memory_read(emulator, &span, &byte);
	if (!err)
		general_set(emulator, TEAVMX_REG_RAX, 1, byte);
	return err;
}

/* CMOVcc reads its source, and writes the destination's size, in any case. */
int move_if(struct step *step)
{
	uint64_t value, old;
	int err;

	err = operand_get(step, 1, &value);
	if (!err)
		err = operand_get(step, 0, &old);
	if (err)
		return err;
	if (!flags_condition(step->emulator,
			     (unsigned int)step->action->detail))
		value = old;
	return operand_set(step, 0, value);
}

/* SETcc */
int move_condition(struct step *step)
{
	return operand_set(step, 0,
			   flags_condition(step->emulator,
					   (unsigned int)step->action->detail));
}

/* The low bytes; a register keeps none of its others unless it has to. */
int move_vector(struct step *step)
{
	unsigned int memory =
		step->operand[1].type == ZYDIS_OPERAND_TYPE_MEMORY;
	uint8_t bytes[VALUE_BYTES];
	int err;

	err = operand_map(step, memory);
	if (!err && step->mapped[memory] &&
	    step->action->detail == VECTOR_ALIGNED)
		err = memory_align(step->emulator, &step->span[memory]);
	if (!err)
		err = operand_bytes_get(step, 1, bytes);
	return err ? err : operand_bytes_set(step, 0, bytes);
}

/* CLFLUSH is checked as a read of a byte, and a device sees nothing of it. */
int move_touch(struct step *step)
{
	step->operand[0].size = 8;
	return operand_map(step, 0);
}
