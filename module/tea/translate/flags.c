// SPDX-License-Identifier: GPL-2.0-only
#include "translator.h"

void flags_set_result(struct translator *t, struct known_value value,
		      unsigned int bits, enum result_kind kind)
{
	struct known_flags *flags = &t->known.flags;
	int same = flags->result_kind == kind && flags->result_bits == bits &&
		   !value.is_constant && !flags->result.is_constant &&
		   flags->result.reg == value.reg;

	if (!same)
		flags->result_ready = 0;
	flags->result_kind = (unsigned char)kind;
	flags->result_bits = (unsigned char)bits;
	flags->result = value;
}

void flags_set_carry(struct translator *t, unsigned int carry)
{
	t->known.flags.carry_kind = CARRY_CONSTANT;
	t->known.flags.carry_value = (signed char)carry;
	t->known.flags.carry_ready = 0;
}

void flags_clear(struct translator *t)
{
	flags_set_result(t, constant_value(1), SHORT_BITS, RESULT_SIGNED);
	flags_set_carry(t, 0);
}

static int sign_extended(unsigned int value, unsigned int bits)
{
	return (int)(value << (32 - bits)) >> (32 - bits);
}

static int constant_result(const struct known_flags *flags)
{
	if (flags->result_kind == RESULT_UNSIGNED)
		return flags->result.constant;
	return sign_extended(flags->result.constant, flags->result_bits);
}

void flags_keep_result(struct translator *t)
{
	struct known_flags *flags = &t->known.flags;
	unsigned int opcode = X86_MOVSX_SHORT;

	if (flags->result_kind == RESULT_KEPT)
		return;
	if (flags->result.is_constant) {
		emit_constant(&t->emit, RESULT,
			      (unsigned int)constant_result(flags));
	} else {
		if (flags->result_kind == RESULT_UNSIGNED)
			opcode = X86_MOVZX_SHORT;
		if (flags->result_bits == BYTE_BITS)
			opcode--;
		emit_registers(&t->emit, 32, opcode, RESULT, flags->result.reg);
	}
	flags->result_kind = RESULT_KEPT;
	flags->result_ready = 0;
}

static void alu_value(struct translator *t, unsigned int bits,
		      enum x86_alu alu, enum x86_register reg,
		      struct known_value value)
{
	if (value.is_constant)
		emit_alu_constant(&t->emit, bits, alu, reg,
				  sign_extended(value.constant, bits));
	else
		emit_alu(&t->emit, bits, alu, reg, value.reg);
}

/*
 * Has the x86 flags show C again, from the result and an operand. RAX is used. The
 * number that inc or dec began with is at least @limit if C is set.
 */
static enum x86_condition test_sum(struct translator *t)
{
	struct known_flags *flags = &t->known.flags;
	unsigned int bits = flags->carry_bits;
	unsigned int half = 1U << (bits - 1);

	known_clobber(t);
	if (flags->carry_kind == CARRY_SUM) {
		alu_value(t, bits, X86_CMP, flags->sum.reg, flags->right);
		return X86_BELOW;
	}
	emit_move(&t->emit, X86_RAX, flags->sum.reg);
	if (flags->carry_kind == CARRY_DIFFERENCE) {
		alu_value(t, bits, X86_ADD, X86_RAX, flags->right);
		return X86_NOT_BELOW;
	}
	emit_alu_constant(&t->emit, bits, X86_SUB, X86_RAX, flags->carry_value);
	emit_alu_constant(&t->emit, bits, X86_CMP, X86_RAX,
			  sign_extended(flags->carry_value > 0 ? half - 1 :
					half + 1, bits));
	return X86_NOT_BELOW;
}

/* The condition that means C set, after x86 flags that show it */
static enum x86_condition test_carry(struct translator *t)
{
	struct known_flags *flags = &t->known.flags;

	switch (flags->carry_kind) {
	case CARRY_CONSTANT:
		return flags->carry_value ? X86_ALWAYS : X86_NEVER;
	case CARRY_KEPT:
		known_clobber(t);
		emit_registers(&t->emit, 32, X86_TEST, CARRY, CARRY);
		return X86_NOT_EQUAL;
	default:
		if (!flags->carry_ready)
			return test_sum(t);
		return flags->carry_kind == CARRY_SUM ? X86_BELOW :
							X86_NOT_BELOW;
	}
}

void flags_keep_carry(struct translator *t)
{
	struct known_flags *flags = &t->known.flags;

	if (flags->carry_kind == CARRY_KEPT)
		return;
	if (flags->carry_kind == CARRY_CONSTANT)
		emit_constant(&t->emit, CARRY,
			      (unsigned int)flags->carry_value);
	else
		emit_set(&t->emit, test_carry(t), CARRY);
	flags->carry_kind = CARRY_KEPT;
	flags->carry_ready = 0;
}

static enum x86_condition constant_condition(int result, unsigned int opcode)
{
	int taken;

	switch (opcode) {
	case TEA_OP_BRNEG:
		taken = result < 0;
		break;
	case TEA_OP_BRPOS:
		taken = result > 0;
		break;
	case TEA_OP_BRZ:
		taken = !result;
		break;
	default:
		taken = !!result;
	}
	return taken ? X86_ALWAYS : X86_NEVER;
}

/* The condition if the x86 flags are those of TEST */
static enum x86_condition result_condition(unsigned int opcode)
{
	switch (opcode) {
	case TEA_OP_BRNEG:
		return X86_SIGN;
	case TEA_OP_BRPOS:
		return X86_GREATER;
	case TEA_OP_BRZ:
		return X86_EQUAL;
	default:
		return X86_NOT_EQUAL;
	}
}

/* Z in register RESULT is that of the low 16 bits; brpos needs all of them. */
static enum x86_condition test_kept(struct translator *t, unsigned int opcode)
{
	int is_zero_test = opcode == TEA_OP_BRZ || opcode == TEA_OP_BRNZ;

	known_clobber(t);
	emit_registers(&t->emit, is_zero_test ? 16 : 32, X86_TEST, RESULT,
		       RESULT);
	return result_condition(opcode);
}

/*
 * After an instruction that computed the result, SF and ZF are of use, but OF
 * may be set, so that brpos needs TEST.
 */
static enum x86_condition test_result(struct translator *t,
				      unsigned int opcode)
{
	struct known_flags *flags = &t->known.flags;

	if (flags->result_kind == RESULT_KEPT)
		return test_kept(t, opcode);
	if (flags->result.is_constant)
		return constant_condition(constant_result(flags), opcode);
	if (flags->result_kind == RESULT_UNSIGNED) {
		if (opcode == TEA_OP_BRNEG)
			return X86_NEVER;
		if (opcode == TEA_OP_BRPOS)
			opcode = TEA_OP_BRNZ;
	}
	if (!flags->result_ready || opcode == TEA_OP_BRPOS) {
		flags->carry_ready = 0;
		flags->result_ready = 1;
		emit_registers(&t->emit, flags->result_bits, X86_TEST,
			       flags->result.reg, flags->result.reg);
	}
	return result_condition(opcode);
}

enum x86_condition flags_test(struct translator *t, unsigned int opcode)
{
	enum x86_condition condition;

	if (opcode != TEA_OP_BRC && opcode != TEA_OP_BRNC)
		return test_result(t, opcode);
	condition = test_carry(t);
	return opcode == TEA_OP_BRC ? condition : condition ^ 1;
}
