// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Shifts and rotations. What the SDM leaves undefined (OF of a count other than
 * 1, AF) is what the formula for the defined case gives.
 */
#include "core.h"

/* A shift: the value, and the flags beside those of the result */
struct shifted {
	uint64_t value;
	bool carry;
	bool overflow;
};

static bool top_of(uint64_t value, unsigned int size)
{
	return value & sign_bit(size);
}

static bool bit_of(uint64_t value, unsigned int bit)
{
	return bit < 64 && value >> bit & 1;
}

static struct shifted shift_left(uint64_t value, unsigned int count,
				 unsigned int size)
{
	struct shifted out = { 0 };

	if (count < 8 * size)
		out.value = cut(value << count, size);
	if (count <= 8 * size)
		out.carry = bit_of(value, 8 * size - count);
	out.overflow = top_of(out.value, size) != out.carry;
	return out;
}

static struct shifted shift_right(uint64_t value, unsigned int count,
				  unsigned int size)
{
	return (struct shifted){
		.value = count < 64 ? value >> count : 0,
		.carry = bit_of(value, count - 1),
		.overflow = top_of(value, size),
	};
}

static struct shifted shift_arithmetic(uint64_t value, unsigned int count,
				       unsigned int size)
{
	int64_t wide = (int64_t)extend(value, size);

	return (struct shifted){
		.value = cut((uint64_t)(wide >> count), size),
		.carry = wide >> (count - 1) & 1,
	};
}

static struct shifted rotate_left(uint64_t value, unsigned int count,
				  unsigned int size)
{
	struct shifted out = { .value = value };

	count %= 8 * size;
	if (count)
		out.value = cut(value << count | value >> (8 * size - count),
				size);
	out.carry = out.value & 1;
	out.overflow = top_of(out.value, size) != out.carry;
	return out;
}

static struct shifted rotate_right(uint64_t value, unsigned int count,
				   unsigned int size)
{
	struct shifted out = { .value = value };

	count %= 8 * size;
	if (count)
		out.value = cut(value >> count | value << (8 * size - count),
				size);
	out.carry = top_of(out.value, size);
	out.overflow = top_of(out.value, size) !=
		       top_of(out.value << 1, size);
	return out;
}

/* The carry flag is one more bit of the value. */
static struct shifted rotate_carry_left(uint64_t value, unsigned int count,
					unsigned int size, bool carry)
{
	struct shifted out = { value, carry, false };

	for (; count; count--) {
		bool top = top_of(out.value, size);

		out.value = cut(out.value << 1 | out.carry, size);
		out.carry = top;
	}
	out.overflow = top_of(out.value, size) != out.carry;
	return out;
}

static struct shifted rotate_carry_right(uint64_t value, unsigned int count,
					 unsigned int size, bool carry)
{
	struct shifted out = { value, carry, false };

	for (; count; count--) {
		bool bottom = out.value & 1;

		out.value = out.value >> 1 |
			    (out.carry ? sign_bit(size) : 0);
		out.carry = bottom;
	}
	out.overflow = top_of(out.value, size) !=
		       top_of(out.value << 1, size);
	return out;
}

static struct shifted shift_value(int kind, uint64_t value,
				  unsigned int count, unsigned int size,
				  bool carry)
{
	switch (kind) {
	case SHIFT_ROL:
		return rotate_left(value, count, size);
	case SHIFT_ROR:
		return rotate_right(value, count, size);
	case SHIFT_RCL:
		return rotate_carry_left(value, count, size, carry);
	case SHIFT_RCR:
		return rotate_carry_right(value, count, size, carry);
	case SHIFT_SHL:
		return shift_left(value, count, size);
	case SHIFT_SHR:
		return shift_right(value, count, size);
	default:
		return shift_arithmetic(value, count, size);
	}
}

static bool is_rotation(int kind)
{
	return kind <= SHIFT_RCR;
}

static unsigned int count_masked(uint64_t count, unsigned int size)
{
	return count & (size == 8 ? 63 : 31);
}

static void put_flags(struct step *step, const struct shifted *out,
		      unsigned int size, bool rotation)
{
	uint64_t mask = FLAG_CF | FLAG_OF;
	uint64_t flags = 0;

	if (out->carry)
		flags |= FLAG_CF;
	if (out->overflow)
		flags |= FLAG_OF;
	if (!rotation) {
		mask = FLAGS_STATUS;
		flags |= flags_of(out->value, size);
	}
	flags_put(step->emulator, mask, flags);
}

/* A count of 0 changes no flag, but the destination is written. */
int shift_one(struct step *step)
{
	bool carry = *register_of(step->emulator, TEAVMX_REG_RFLAGS) & FLAG_CF;
	unsigned int size = operand_size(step, 0);
	struct shifted out = { 0 };
	int kind = step->action->detail;
	uint64_t value, count;
	unsigned int times;
	int err;

	err = operand_get_two(step, 0, &value, &count);
	if (err)
		return err;
	times = count_masked(count, size);
	out.value = value;
	if (times)
		out = shift_value(kind, value, times, size, carry);
	err = operand_set(step, 0, out.value);
	if (!err && times)
		put_flags(step, &out, size, is_rotation(kind));
	return err;
}

static struct shifted double_shift(bool right, uint64_t value, uint64_t filler,
				   unsigned int count, unsigned int size)
{
	unsigned int bits = 8 * size;
	struct shifted out = { 0 };

	/* Counts beyond 16 bits are undefined; more bits come in then. */
	if (count > bits) {
		count -= bits;
		value = filler;
	}
	if (right) {
		out.value = value >> count;
		out.value |= filler << (bits - count) % 64;
		out.carry = bit_of(value, count - 1);
	} else {
		out.value = value << count;
		out.value |= cut(filler, size) >> (bits - count);
		out.carry = bit_of(value, bits - count);
	}
	if (count == bits)
		out.value = filler;
	out.value = cut(out.value, size);
	out.overflow = top_of(out.value, size) != top_of(value, size);
	return out;
}

int shift_double(struct step *step)
{
	unsigned int size = operand_size(step, 0);
	struct shifted out = { 0 };
	uint64_t value, filler, count;
	unsigned int times;
	int err;

	err = operand_get_two(step, 0, &value, &filler);
	if (!err)
		err = operand_get(step, 2, &count);
	if (err)
		return err;
	times = count_masked(count, size);
	out.value = value;
	if (times)
		out = double_shift(step->action->detail, value, filler, times,
				   size);
	err = operand_set(step, 0, out.value);
	if (!err && times)
		put_flags(step, &out, size, false);
	return err;
}

/* SHLX, SHRX, SARX, RORX */
int shift_plain(struct step *step)
{
	unsigned int size = operand_size(step, 0);
	uint64_t value, count;
	struct shifted out = { 0 };
	int err;

	err = operand_get_two(step, 1, &value, &count);
	if (err)
		return err;
	out.value = value;
	if (count_masked(count, size))
		out = shift_value(step->action->detail, value,
				  count_masked(count, size), size, false);
	return operand_set(step, 0, out.value);
}
