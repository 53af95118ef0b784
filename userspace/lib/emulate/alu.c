// SPDX-License-Identifier: LGPL-2.1-or-later
/* Addition, subtraction and logic */
#include <string.h>

#include "core.h"

struct sum {
	uint64_t result;
	uint64_t flags;
};

static struct sum alu_add(uint64_t a, uint64_t b, bool carry, unsigned int size)
{
	uint64_t result = cut(a + b + carry, size);
	uint64_t flags = flags_of(result, size) | ((a ^ b ^ result) & FLAG_AF);

	if (result < a || (carry && result == a))
		flags |= FLAG_CF;
	if ((a ^ result) & (b ^ result) & sign_bit(size))
		flags |= FLAG_OF;
	return (struct sum){ result, flags };
}

static struct sum alu_subtract(uint64_t a, uint64_t b, bool borrow,
			       unsigned int size)
{
	uint64_t result = cut(a - b - borrow, size);
	uint64_t flags = flags_of(result, size) | ((a ^ b ^ result) & FLAG_AF);

	if (a < b || (borrow && a == b))
		flags |= FLAG_CF;
	if ((a ^ b) & (a ^ result) & sign_bit(size))
		flags |= FLAG_OF;
	return (struct sum){ result, flags };
}

static struct sum alu_logic(uint64_t result, unsigned int size)
{
	return (struct sum){ result, flags_of(result, size) };
}

static struct sum alu_compute(struct step *step, uint64_t a, uint64_t b,
			      unsigned int size)
{
	bool carry = *register_of(step->emulator, TEAVMX_REG_RFLAGS) & FLAG_CF;

	switch (step->action->detail) {
	case ALU_ADD:
		return alu_add(a, b, false, size);
	case ALU_ADC:
		return alu_add(a, b, carry, size);
	case ALU_SBB:
		return alu_subtract(a, b, carry, size);
	case ALU_OR:
		return alu_logic(a | b, size);
	case ALU_AND:
	case ALU_TEST:
		return alu_logic(a & b, size);
	case ALU_XOR:
		return alu_logic(a ^ b, size);
	default:
		return alu_subtract(a, b, false, size);
	}
}

static bool is_compare(int detail)
{
	return detail == ALU_CMP || detail == ALU_TEST;
}

int alu_two(struct step *step)
{
	unsigned int size = operand_size(step, 0);
	uint64_t a, b;
	struct sum sum;
	int err;

	err = operand_get_two(step, 0, &a, &b);
	if (err)
		return err;
	sum = alu_compute(step, a, cut(b, size), size);
	if (!is_compare(step->action->detail))
		err = operand_set(step, 0, sum.result);
	if (!err)
		flags_put(step->emulator, FLAGS_STATUS, sum.flags);
	return err;
}

int alu_one(struct step *step)
{
	unsigned int size = operand_size(step, 0);
	uint64_t mask = FLAGS_STATUS;
	struct sum sum;
	uint64_t a;
	int err;

	err = operand_get(step, 0, &a);
	if (err)
		return err;
	switch (step->action->detail) {
	case ALU_INC:
		sum = alu_add(a, 1, false, size);
		mask &= ~FLAG_CF;
		break;
	case ALU_DEC:
		sum = alu_subtract(a, 1, false, size);
		mask &= ~FLAG_CF;
		break;
	case ALU_NEG:
		sum = alu_subtract(0, a, false, size);
		break;
	default:
		sum = alu_logic(cut(~a, size), size);
		mask = 0;
	}
	err = operand_set(step, 0, sum.result);
	if (!err)
		flags_put(step->emulator, mask, sum.flags);
	return err;
}

/* The register is written first: XADD of a register with itself adds. */
int alu_xadd(struct step *step)
{
	unsigned int size = operand_size(step, 0);
	uint64_t a, b;
	struct sum sum;
	int err;

	err = operand_get_two(step, 0, &a, &b);
	if (err)
		return err;
	sum = alu_add(a, b, false, size);
	err = operand_set(step, 1, a);
	if (!err)
		err = operand_set(step, 0, sum.result);
	if (!err)
		flags_put(step->emulator, FLAGS_STATUS, sum.flags);
	return err;
}

/* The destination is written in either case, with its old value too. */
int alu_cmpxchg(struct step *step)
{
	unsigned int size = operand_size(step, 0);
	struct emulator *emulator = step->emulator;
	uint64_t old, new, expected;
	struct sum sum;
	int err;

	expected = general_get(emulator, TEAVMX_REG_RAX, size);
	err = operand_get_two(step, 0, &old, &new);
	if (err)
		return err;
	sum = alu_subtract(expected, old, false, size);
	err = operand_set(step, 0, sum.flags & FLAG_ZF ? new : old);
	if (err)
		return err;
	if (!(sum.flags & FLAG_ZF))
		general_set(emulator, TEAVMX_REG_RAX, size, old);
	flags_put(emulator, FLAGS_STATUS, sum.flags);
	return EMULATOR_DONE;
}

static void pair_put(uint8_t *bytes, unsigned int half, uint64_t low,
		     uint64_t high)
{
	memcpy(bytes, &low, half);
	memcpy(bytes + half, &high, half);
}

/* CMPXCHG8B, CMPXCHG16B */
int alu_cmpxchg_pair(struct step *step)
{
	struct emulator *emulator = step->emulator;
	unsigned int half = operand_size(step, 0) / 2;
	uint8_t old[VALUE_BYTES], expected[VALUE_BYTES], new[VALUE_BYTES];
	uint64_t low = 0, high = 0;
	bool equal;
	int err;

	pair_put(expected, half, *register_of(emulator, TEAVMX_REG_RAX),
		 *register_of(emulator, TEAVMX_REG_RDX));
	pair_put(new, half, *register_of(emulator, TEAVMX_REG_RBX),
		 *register_of(emulator, TEAVMX_REG_RCX));
	err = operand_map(step, 0);
	if (!err && half == 8)
		err = memory_align(emulator, &step->span[0]);
	if (!err)
		err = operand_bytes_get(step, 0, old);
	if (err)
		return err;
	equal = !memcmp(old, expected, 2 * half);
	err = operand_bytes_set(step, 0, equal ? new : old);
	if (err)
		return err;
	memcpy(&low, old, half);
	memcpy(&high, old + half, half);
	if (!equal) {
		general_set(emulator, TEAVMX_REG_RAX, half, low);
		general_set(emulator, TEAVMX_REG_RDX, half, high);
	}
	flags_put(emulator, FLAG_ZF, equal ? FLAG_ZF : 0);
	return EMULATOR_DONE;
}

int alu_adcx(struct step *step)
{
	uint64_t flag = step->action->detail ? FLAG_OF : FLAG_CF;
	unsigned int size = operand_size(step, 0);
	uint64_t a, b;
	struct sum sum;
	bool carry;
	int err;

	carry = *register_of(step->emulator, TEAVMX_REG_RFLAGS) & flag;
	err = operand_get_two(step, 0, &a, &b);
	if (err)
		return err;
	sum = alu_add(a, b, carry, size);
	flags_put(step->emulator, flag, sum.flags & FLAG_CF ? flag : 0);
	return operand_set(step, 0, sum.result);
}
