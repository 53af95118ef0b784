// SPDX-License-Identifier: LGPL-2.1-or-later
/* The stack, and jumps through memory */
#include "core.h"

static unsigned int stack_size(const struct step *step)
{
	return step->insn.stack_width / 8;
}

static int value_push(struct step *step, uint64_t value)
{
	unsigned int size = step->insn.operand_width / 8;
	struct emulator *emulator = step->emulator;
	struct span span;
	uint64_t top;
	int err;

	top = cut(*register_of(emulator, TEAVMX_REG_RSP) - size,
		  stack_size(step));
	err = memory_map(emulator, SEGMENT_SS, top, size, true, &span);
	if (!err)
		err = memory_write(emulator, &span, &value);
	if (!err)
		general_set(emulator, TEAVMX_REG_RSP, stack_size(step), top);
	return err;
}

static int value_pop(struct step *step, uint64_t *value)
{
	unsigned int size = step->insn.operand_width / 8;
	struct emulator *emulator = step->emulator;
	uint64_t top = general_get(emulator, TEAVMX_REG_RSP, stack_size(step));
	struct span span;
	int err;

	*value = 0;
	err = memory_map(emulator, SEGMENT_SS, top, size, false, &span);
	if (!err)
		err = memory_read(emulator, &span, value);
	if (!err)
		general_set(emulator, TEAVMX_REG_RSP, stack_size(step),
			    top + size);
	return err;
}

int stack_push(struct step *step)
{
	uint64_t value;
	int err = operand_get(step, 0, &value);

	return err ? err : value_push(step, value);
}

/* An address that counts from RSP counts from its new value. */
int stack_pop(struct step *step)
{
	uint64_t value;
	int err = value_pop(step, &value);

	return err ? err : operand_set(step, 0, value);
}

/* SDM "Near" jumps: the target is within the segment, or canonical. */
static int step_jump(struct step *step, uint64_t target)
{
	struct emulator *emulator = step->emulator;

	target = cut(target, step->insn.operand_width / 8);
	if (mode_bits(emulator) == 64 ?
	    !linear_canonical(emulator, target) :
	    target > *register_of(emulator, TEAVMX_REG_CS_LIMIT))
		return fault_raise(emulator, VECTOR_GP, 0);
	step->next = target;
	return EMULATOR_DONE;
}

static int target_of(struct step *step, uint64_t *target)
{
	int err = operand_get(step, 0, target);

	if (!err && step->operand[0].type == ZYDIS_OPERAND_TYPE_IMMEDIATE &&
	    step->operand[0].imm.is_relative)
		*target += step->next;
	return err;
}

static bool is_near(const struct step *step)
{
	return step->insn.meta.branch_type != ZYDIS_BRANCH_TYPE_FAR;
}

int stack_jump(struct step *step)
{
	uint64_t target;
	int err;

	if (!is_near(step))
		return decode_refuse(step);
	err = target_of(step, &target);
	return err ? err : step_jump(step, target);
}

int stack_call(struct step *step)
{
	uint64_t target, next = step->next;
	int err;

	if (!is_near(step))
		return decode_refuse(step);
	err = target_of(step, &target);
	if (!err)
		err = step_jump(step, target);
	return err ? err : value_push(step, next);
}

int stack_return(struct step *step)
{
	uint64_t target, more = 0;
	int err;

	if (!is_near(step))
		return decode_refuse(step);
	if (step->insn.operand_count_visible)
		operand_get(step, 0, &more);
	err = value_pop(step, &target);
	if (err)
		return err;
	general_set(step->emulator, TEAVMX_REG_RSP, stack_size(step),
		    *register_of(step->emulator, TEAVMX_REG_RSP) + more);
	return step_jump(step, target);
}
