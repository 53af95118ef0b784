// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * SDM "Debug Control Register (DR7)": breakpoints that an emulated access
 * meets. The processor raises them after the instruction, or after the
 * iteration of a REP instruction; "Guest Non-Register State" has the field that
 * makes it do so at the next VM entry.
 */
#include "core.h"

#define BREAKPOINTS	4
#define CR4_DE		0x8u
#define DEBUGCTL_BTF	0x2u
#define PENDING_ENABLED	0x1000u
#define PENDING_STEP	0x4000u

enum condition {
	ON_EXECUTION,
	ON_WRITE,
	ON_PORT,
	ON_ACCESS,
};

static bool is_armed(uint64_t dr7, unsigned int number)
{
	return dr7 >> 2 * number & 3;
}

static enum condition condition_of(uint64_t dr7, unsigned int number)
{
	return dr7 >> (16 + 4 * number) & 3;
}

static unsigned int length_of(uint64_t dr7, unsigned int number)
{
	static const unsigned int lengths[] = { 1, 2, 8, 4 };

	return lengths[dr7 >> (18 + 4 * number) & 3];
}

/* The processor ignores the low bits of an address that its length covers. */
static bool breakpoint_meets(struct emulator *emulator, unsigned int number,
			     uint64_t address, unsigned int size)
{
	unsigned int length = length_of(*register_of(emulator, TEAVMX_REG_DR7),
					number);
	uint64_t start = *register_of(emulator, TEAVMX_REG_DR0 + number) &
			 ~(uint64_t)(length - 1);

	return address - start < length || start - address < size;
}

static bool is_watched(enum condition condition, bool write)
{
	return condition == ON_ACCESS || (condition == ON_WRITE && write);
}

void debug_data(struct emulator *emulator, uint64_t linear, unsigned int size,
		bool write)
{
	uint64_t dr7 = *register_of(emulator, TEAVMX_REG_DR7);
	unsigned int i;

	for (i = 0; i < BREAKPOINTS; i++)
		if (is_armed(dr7, i) &&
		    is_watched(condition_of(dr7, i), write) &&
		    breakpoint_meets(emulator, i, linear, size))
			emulator->breakpoints |= 1u << i;
}

static void note_port(struct emulator *emulator, uint16_t port,
		      unsigned int size)
{
	uint64_t dr7 = *register_of(emulator, TEAVMX_REG_DR7);
	unsigned int i;

	if (!(*register_of(emulator, TEAVMX_REG_CR4) & CR4_DE))
		return;
	for (i = 0; i < BREAKPOINTS; i++)
		if (is_armed(dr7, i) && condition_of(dr7, i) == ON_PORT &&
		    breakpoint_meets(emulator, i, port, size))
			emulator->breakpoints |= 1u << i;
}

bool debug_due(struct emulator *emulator)
{
	uint64_t pending = emulator->breakpoints;

	if (pending)
		pending |= PENDING_ENABLED;
	if (*register_of(emulator, TEAVMX_REG_RFLAGS) & FLAG_TF &&
	    !(*register_of(emulator, TEAVMX_REG_DEBUGCTL) & DEBUGCTL_BTF))
		pending |= PENDING_STEP;
	emulator->breakpoints = 0;
	*register_of(emulator, TEAVMX_REG_PENDING_DEBUG) |= pending;
	return pending;
}

static int access_port(struct step *step, bool out, unsigned int size,
		       uint32_t *value)
{
	struct emulator *emulator = step->emulator;
	uint16_t port = (uint16_t)*register_of(emulator, TEAVMX_REG_RDX);
	int on = emulator->ops->port(emulator->data, out, port, size, value);

	if (on < 0)
		return EMULATOR_FAILED;
	if (on > 0)
		emulator->stopped = true;
	note_port(emulator, port, size);
	return EMULATOR_DONE;
}

/* INS: a fault of the destination comes before the port is read. */
int port_in(struct step *step)
{
	uint32_t value = 0;
	int err = operand_map(step, 0);

	if (!err)
		err = access_port(step, false, operand_size(step, 0), &value);
	return err ? err : operand_set(step, 0, value);
}

int port_out(struct step *step)
{
	uint64_t value;
	uint32_t word;
	int err = operand_get(step, 1, &value);

	word = (uint32_t)value;
	return err ? err : access_port(step, true, operand_size(step, 1),
				       &word);
}
