// SPDX-License-Identifier: LGPL-2.1-or-later
/* Multiplication and division */
#include "core.h"

struct product {
	uint64_t low;
	uint64_t high;
	/* The high half is more than an extension of the low one. */
	bool overflow;
};

static struct product product_of(uint64_t a, uint64_t b, unsigned int size,
				 bool is_signed)
{
	unsigned __int128 wide;
	unsigned int bits = 8 * size;
	struct product out;

	wide = (unsigned __int128)a * b;
	if (is_signed)
		wide = (unsigned __int128)((__int128)(int64_t)extend(a, size) *
					   (int64_t)extend(b, size));
	out.low = cut((uint64_t)wide, size);
	out.high = cut((uint64_t)(wide >> bits), size);
	out.overflow = out.high != (is_signed && out.low & sign_bit(size) ?
				    cut(UINT64_MAX, size) : 0);
	return out;
}

/* A product or a dividend of bytes is in AX, others in two registers. */
static void put_pair(struct emulator *emulator, unsigned int size,
		     uint64_t low, uint64_t high)
{
	if (size == 1) {
		general_set(emulator, TEAVMX_REG_RAX, 2, low | high << 8);
		return;
	}
	general_set(emulator, TEAVMX_REG_RAX, size, low);
	general_set(emulator, TEAVMX_REG_RDX, size, high);
}

static void put_overflow(struct step *step, const struct product *product)
{
	flags_put(step->emulator, FLAG_CF | FLAG_OF,
		  product->overflow ? FLAG_CF | FLAG_OF : 0);
}

static int multiply_accumulator(struct step *step)
{
	unsigned int size = operand_size(step, 0);
	struct product product;
	uint64_t value;
	int err;

	err = operand_get(step, 0, &value);
	if (err)
		return err;
	product = product_of(general_get(step->emulator, TEAVMX_REG_RAX, size),
			     value, size, step->action->detail);
	put_pair(step->emulator, size, product.low, product.high);
	put_overflow(step, &product);
	return EMULATOR_DONE;
}

/* MUL and IMUL with one, two or three operands */
int multiply(struct step *step)
{
	unsigned int count = step->insn.operand_count_visible;
	unsigned int size = operand_size(step, 0);
	struct product product;
	uint64_t a, b;
	int err;

	if (count == 1)
		return multiply_accumulator(step);
	err = operand_get(step, count - 2, &a);
	if (!err)
		err = operand_get(step, count - 1, &b);
	if (err)
		return err;
	product = product_of(a, cut(b, size), size, true);
	put_overflow(step, &product);
	return operand_set(step, 0, product.low);
}

/* MULX: the high half is written last, the registers may be the same. */
int multiply_plain(struct step *step)
{
	unsigned int size = operand_size(step, 0);
	struct product product;
	uint64_t value;
	int err;

	err = operand_get(step, 2, &value);
	if (err)
		return err;
	product = product_of(general_get(step->emulator, TEAVMX_REG_RDX, size),
			     value, size, false);
	err = operand_set(step, 1, product.low);
	return err ? err : operand_set(step, 0, product.high);
}

static unsigned __int128 dividend_of(struct emulator *emulator,
				     unsigned int size)
{
	uint64_t high;

	if (size == 1)
		return general_get(emulator, TEAVMX_REG_RAX, 2);
	high = general_get(emulator, TEAVMX_REG_RDX, size);
	return (unsigned __int128)high << 8 * size |
	       general_get(emulator, TEAVMX_REG_RAX, size);
}

static bool divide_unsigned(unsigned __int128 dividend, uint64_t divisor,
			    unsigned int size, uint64_t *quotient,
			    uint64_t *rest)
{
	unsigned __int128 wide;

	if (!divisor)
		return false;
	wide = dividend / divisor;
	*quotient = (uint64_t)wide;
	*rest = (uint64_t)(dividend % divisor);
	return !(wide >> 8 * size);
}

/* By magnitudes: the smallest dividend has none that is a signed number. */
static bool divide_signed(unsigned __int128 dividend, uint64_t divisor,
			  unsigned int size, uint64_t *quotient,
			  uint64_t *rest)
{
	unsigned int shift = 128 - 16 * size;
	__int128 wide = (__int128)(dividend << shift) >> shift;
	int64_t by = (int64_t)extend(divisor, size);
	unsigned __int128 top = sign_bit(size);
	unsigned __int128 magnitude;
	uint64_t left;
	bool negative = (wide < 0) != (by < 0);

	if (!by)
		return false;
	magnitude = wide < 0 ? -(unsigned __int128)wide :
			       (unsigned __int128)wide;
	left = by < 0 ? -(uint64_t)by : (uint64_t)by;
	*rest = (uint64_t)(magnitude % left);
	magnitude /= left;
	if (magnitude > (negative ? top : top - 1))
		return false;
	*quotient = negative ? -(uint64_t)magnitude : (uint64_t)magnitude;
	if (wide < 0)
		*rest = -*rest;
	return true;
}

int divide(struct step *step)
{
	unsigned int size = operand_size(step, 0);
	struct emulator *emulator = step->emulator;
	uint64_t divisor, quotient, rest;
	unsigned __int128 dividend;
	bool fits;
	int err;

	err = operand_get(step, 0, &divisor);
	if (err)
		return err;
	dividend = dividend_of(emulator, size);
	if (step->action->detail)
		fits = divide_signed(dividend, divisor, size, &quotient, &rest);
	else
		fits = divide_unsigned(dividend, divisor, size, &quotient,
				       &rest);
	if (!fits)
		return fault_raise(emulator, VECTOR_DE, 0);
	put_pair(emulator, size, cut(quotient, size), cut(rest, size));
	return EMULATOR_DONE;
}
