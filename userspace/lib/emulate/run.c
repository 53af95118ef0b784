// SPDX-License-Identifier: LGPL-2.1-or-later
/* One instruction from RIP to the next, and the iterations of REP */
#include <string.h>

#include "core.h"

#define BLOCKED_BY_STI		1u
#define BLOCKED_BY_MOV_SS	2u
#define PREFIX_REPNE		0xf2
#define PREFIX_REP		0xf3

static uint8_t repeat_prefix(const struct step *step)
{
	uint8_t found = 0;
	unsigned int i;

	if (!step->action->string)
		return 0;
	for (i = 0; i < step->insn.raw.prefix_count; i++) {
		uint8_t prefix = step->insn.raw.prefixes[i].value;

		if (prefix == PREFIX_REP || prefix == PREFIX_REPNE)
			found = prefix;
	}
	return found;
}

/* An instruction that faults leaves no trace but the exception. */
static int step_execute(struct step *step)
{
	struct emulator *emulator = step->emulator;
	struct emulator_registers before = emulator->now;
	uint64_t cr2;
	int err;

	memset(step->mapped, 0, sizeof(step->mapped));
	emulator->breakpoints = 0;
	err = step->action->execute(step);
	if (!err)
		return EMULATOR_DONE;
	cr2 = *register_of(emulator, TEAVMX_REG_CR2);
	emulator->now = before;
	*register_of(emulator, TEAVMX_REG_CR2) = cr2;
	return err;
}

static bool is_source_index(ZydisRegister base)
{
	return base == ZYDIS_REGISTER_SI || base == ZYDIS_REGISTER_ESI ||
	       base == ZYDIS_REGISTER_RSI;
}

/* What a string instruction moved RSI and RDI by */
static void step_indexes(struct step *step)
{
	unsigned int width = step->insn.address_width / 8;
	struct emulator *emulator = step->emulator;
	bool down = *register_of(emulator, TEAVMX_REG_RFLAGS) & FLAG_DF;
	unsigned int i;

	for (i = 0; i < 2; i++) {
		const ZydisDecodedOperand *operand = &step->operand[i];
		uint64_t by = operand_size(step, i);
		uint32_t number;

		if (operand->type != ZYDIS_OPERAND_TYPE_MEMORY)
			continue;
		number = is_source_index(operand->mem.base) ?
			 TEAVMX_REG_RSI : TEAVMX_REG_RDI;
		general_set(emulator, number, width,
			    *register_of(emulator, number) +
			    (down ? -by : by));
	}
}

static void end_blocking(struct step *step)
{
	uint64_t *state =
		register_of(step->emulator, TEAVMX_REG_INTERRUPTIBILITY);

	*state &= ~(uint64_t)(BLOCKED_BY_STI | BLOCKED_BY_MOV_SS);
	if (step->blocks)
		*state |= BLOCKED_BY_MOV_SS;
}

static int step_finish(struct step *step)
{
	struct emulator *emulator = step->emulator;

	*register_of(emulator, TEAVMX_REG_RIP) = step->next;
	*register_of(emulator, TEAVMX_REG_RFLAGS) &= ~(uint64_t)FLAG_RF;
	end_blocking(step);
	debug_due(emulator);
	return EMULATOR_DONE;
}

static int run_once(struct step *step)
{
	int err = step_execute(step);

	if (err)
		return err;
	if (step->action->string)
		step_indexes(step);
	return step_finish(step);
}

/*
 * SDM "Instruction-Breakpoint Exception Condition": between two iterations, RF
 * is set, so that a breakpoint on the instruction is not met again.
 */
static int leave_unfinished(struct step *step)
{
	*register_of(step->emulator, TEAVMX_REG_RFLAGS) |= FLAG_RF;
	end_blocking(step);
	step->emulator->unfinished = true;
	return EMULATOR_DONE;
}

static bool compare_ends(struct step *step, uint8_t prefix)
{
	bool equal = *register_of(step->emulator, TEAVMX_REG_RFLAGS) & FLAG_ZF;

	if (!(step->action->string & STRING_COMPARES))
		return false;
	return equal == (prefix == PREFIX_REPNE);
}

static int run_repeated(struct step *step, uint8_t prefix)
{
	unsigned int width = step->insn.address_width / 8;
	struct emulator *emulator = step->emulator;
	uint64_t left = general_get(emulator, TEAVMX_REG_RCX, width);
	uint64_t done = 0;
	int err;

	while (left) {
		err = step_execute(step);
		if (err == EMULATOR_FAILED && done)
			leave_unfinished(step);
		if (err)
			return err;
		step_indexes(step);
		general_set(emulator, TEAVMX_REG_RCX, width, --left);
		if (!left || compare_ends(step, prefix))
			break;
		if (debug_due(emulator) || emulator->stopped ||
		    ++done == emulator->limit)
			return leave_unfinished(step);
	}
	return step_finish(step);
}

/*
 * Also 16-bit code has 32 bits of EIP here: what comes after offset 0xffff is
 * beyond the limit, it does not begin again at 0. In 64-bit mode, an address
 * that is not canonical is one too: the processor faults when it fetches there.
 */
static uint64_t next_of(const struct step *step)
{
	struct emulator *emulator = step->emulator;
	uint64_t next =
		*register_of(emulator, TEAVMX_REG_RIP) + step->insn.length;

	return mode_bits(emulator) < 64 ? (uint32_t)next : next;
}

int emulator_run(struct emulator *emulator)
{
	struct step step = { .emulator = emulator };
	uint8_t prefix;
	int err;

	memset(emulator->pages, 0, sizeof(emulator->pages));
	emulator->unfinished = false;
	emulator->stopped = false;
	err = decode_insn(&step);
	if (err)
		return err;
	step.next = next_of(&step);
	prefix = repeat_prefix(&step);
	return prefix ? run_repeated(&step, prefix) : run_once(&step);
}

static uint64_t *place_of(struct emulator_registers *registers,
			  uint32_t number)
{
	if (number < EMULATOR_REGS)
		return &registers->reg[number];
	if (number >= TEAVMX_REG_FPU &&
	    number < TEAVMX_REG_FPU + TEAVMX_REG_FPU_WORDS)
		return &registers->fpu[number - TEAVMX_REG_FPU];
	return NULL;
}

void emulator_import(struct emulator_registers *registers,
		     const struct teavmx_register *list, size_t count)
{
	size_t i;

	memset(registers, 0, sizeof(*registers));
	for (i = 0; i < count; i++) {
		uint64_t *place = place_of(registers, list[i].number);

		if (place)
			*place = list[i].value;
	}
}

size_t emulator_export(const struct emulator_registers *registers,
		       struct teavmx_register *list, size_t count)
{
	struct emulator_registers *from =
		(struct emulator_registers *)registers;
	size_t changed = 0;
	size_t i;

	for (i = 0; i < count; i++) {
		const uint64_t *place = place_of(from, list[i].number);

		if (!place || *place == list[i].value)
			continue;
		list[changed].number = list[i].number;
		list[changed++].value = *place;
	}
	return changed;
}
