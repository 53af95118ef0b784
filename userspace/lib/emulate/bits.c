// SPDX-License-Identifier: LGPL-2.1-or-later
/* Instructions on single bits, and the scans for them */
#include "core.h"

static int put_bit(struct step *step, uint64_t value, uint64_t bit)
{
	switch (step->action->detail) {
	case BIT_SET:
		return operand_set(step, 0, value | bit);
	case BIT_RESET:
		return operand_set(step, 0, value & ~bit);
	case BIT_COMPLEMENT:
		return operand_set(step, 0, value ^ bit);
	default:
		return EMULATOR_DONE;
	}
}

/* A bit number in a register reaches beyond the operand, also downwards. */
int bit_test(struct step *step)
{
	unsigned int size = operand_size(step, 0);
	uint64_t value, number, bit;
	int err;

	err = operand_get(step, 1, &number);
	if (!err && step->operand[1].type == ZYDIS_OPERAND_TYPE_REGISTER)
		err = operand_map_bit(step, (int64_t)extend(number, size));
	if (!err)
		err = operand_get(step, 0, &value);
	if (err)
		return err;
	bit = 1ULL << (number & (8 * size - 1));
	err = put_bit(step, value, bit);
	if (!err)
		flags_put(step->emulator, FLAG_CF, value & bit ? FLAG_CF : 0);
	return err;
}

static int scan_simple(struct step *step, uint64_t value)
{
	bool forward = step->action->detail == SCAN_FORWARD;

	flags_put(step->emulator, FLAG_ZF, value ? 0 : FLAG_ZF);
	/* Without a bit, the destination stays as it is. */
	if (!value)
		return EMULATOR_DONE;
	return operand_set(step, 0, forward ?
			   (uint64_t)__builtin_ctzll(value) :
			   63 - (uint64_t)__builtin_clzll(value));
}

static int scan_count(struct step *step, uint64_t value, unsigned int size)
{
	uint64_t flags = 0;
	uint64_t result = 8 * size;

	if (!value)
		flags |= FLAG_CF;
	else if (step->action->detail == SCAN_TRAILING)
		result = (uint64_t)__builtin_ctzll(value);
	else
		result = (uint64_t)__builtin_clzll(value) - (64 - 8 * size);
	if (!result)
		flags |= FLAG_ZF;
	flags_put(step->emulator, FLAG_CF | FLAG_ZF, flags);
	return operand_set(step, 0, result);
}

int bit_scan(struct step *step)
{
	unsigned int size = operand_size(step, 0);
	uint64_t value;
	int err;

	err = operand_get(step, 1, &value);
	if (err)
		return err;
	switch (step->action->detail) {
	case SCAN_FORWARD:
	case SCAN_REVERSE:
		return scan_simple(step, value);
	case SCAN_COUNT:
		flags_put(step->emulator, FLAGS_STATUS, value ? 0 : FLAG_ZF);
		return operand_set(step, 0,
				   (uint64_t)__builtin_popcountll(value));
	default:
		return scan_count(step, value, size);
	}
}

static void put_result_flags(struct step *step, uint64_t result,
			     unsigned int size, bool carry)
{
	uint64_t flags = flags_of(result, size) & (FLAG_SF | FLAG_ZF);

	flags_put(step->emulator, FLAG_SF | FLAG_ZF | FLAG_CF | FLAG_OF,
		  flags | (carry ? FLAG_CF : 0));
}

/* BLSI, BLSMSK, BLSR */
int bit_lowest(struct step *step)
{
	unsigned int size = operand_size(step, 0);
	uint64_t value, result;
	bool carry;
	int err;

	err = operand_get(step, 1, &value);
	if (err)
		return err;
	carry = !value;
	switch (step->action->detail) {
	case LOWEST_ISOLATE:
		result = value & -value;
		carry = value;
		break;
	case LOWEST_MASK:
		result = value ^ (value - 1);
		break;
	default:
		result = value & (value - 1);
	}
	result = cut(result, size);
	put_result_flags(step, result, size, carry);
	return operand_set(step, 0, result);
}

int bit_andn(struct step *step)
{
	unsigned int size = operand_size(step, 0);
	uint64_t a, b;
	int err;

	err = operand_get_two(step, 1, &a, &b);
	if (err)
		return err;
	put_result_flags(step, ~a & b, size, false);
	return operand_set(step, 0, ~a & b);
}

static uint64_t lowest_bits(uint64_t value, unsigned int count)
{
	return count < 64 ? value & ((1ULL << count) - 1) : value;
}

/* BEXTR */
int bit_extract(struct step *step)
{
	uint64_t value, control, result;
	unsigned int start;
	int err;

	err = operand_get_two(step, 1, &value, &control);
	if (err)
		return err;
	start = control & 0xff;
	result = start < 64 ? value >> start : 0;
	result = lowest_bits(result, control >> 8 & 0xff);
	flags_put(step->emulator, FLAG_ZF | FLAG_CF | FLAG_OF,
		  result ? 0 : FLAG_ZF);
	return operand_set(step, 0, result);
}

/* BZHI */
int bit_zero_high(struct step *step)
{
	unsigned int size = operand_size(step, 0);
	uint64_t value, count;
	int err;

	err = operand_get_two(step, 1, &value, &count);
	if (err)
		return err;
	count &= 0xff;
	value = lowest_bits(value, (unsigned int)count);
	put_result_flags(step, value, size, count > 8 * size - 1);
	return operand_set(step, 0, value);
}

static uint64_t deposit(uint64_t value, uint64_t mask)
{
	uint64_t result = 0;

	for (; mask; mask &= mask - 1, value >>= 1)
		if (value & 1)
			result |= mask & -mask;
	return result;
}

static uint64_t extract(uint64_t value, uint64_t mask)
{
	uint64_t result = 0;
	unsigned int at;

	for (at = 0; mask; mask &= mask - 1, at++)
		if (value & mask & -mask)
			result |= 1ULL << at;
	return result;
}

/* PDEP, PEXT */
int bit_deposit(struct step *step)
{
	uint64_t value, mask;
	int err;

	err = operand_get_two(step, 1, &value, &mask);
	if (err)
		return err;
	return operand_set(step, 0, step->action->detail ?
			   extract(value, mask) : deposit(value, mask));
}

#define CRC32C	0x82f63b78u

int bit_crc32(struct step *step)
{
	unsigned int size = operand_size(step, 1);
	uint64_t sum, value;
	unsigned int i;
	int err;

	err = operand_get_two(step, 0, &sum, &value);
	if (err)
		return err;
	sum = (uint32_t)sum;
	for (i = 0; i < 8 * size; i++, value >>= 1)
		sum = sum >> 1 ^ ((sum ^ value) & 1 ? CRC32C : 0);
	return operand_set(step, 0, sum);
}
