// SPDX-License-Identifier: GPL-2.0-only
#include "translator.h"

/*
 * One function for each kind of instruction. The run has been checked, so the
 * stack has what they pop and space for what they push. As in instructions.h,
 * all checks of values from the stack come before anything is changed, so that
 * the interpreter can execute the instruction instead.
 */

struct op;

typedef void op_function(struct translator *t, const struct op *op,
			 const struct instruction *instruction);

/**
 * struct op - how an instruction is translated
 * @function: what writes it
 * @kind: enum op_kind
 * @bits: width of its operands
 * @detail: what distinguishes it from others of that function
 */
struct op {
	op_function *function;
	unsigned char kind;
	unsigned char bits;
	signed char detail;
};

#define OP_FUNCTION(name) \
static void name(struct translator *t __maybe_unused, \
		 const struct op *op __maybe_unused, \
		 const struct instruction *instruction __maybe_unused)

static struct known_value pop_value(struct translator *t, unsigned int bits)
{
	t->depth -= (int)bits / 8;
	return known_get(t, t->depth, bits);
}

static void push_quietly(struct translator *t, unsigned int bits,
			 struct known_value value)
{
	known_put(t, t->depth, bits, value);
	t->depth += (int)bits / 8;
}

static void push_value(struct translator *t, unsigned int bits,
		       struct known_value value)
{
	push_quietly(t, bits, value);
	flags_set_result(t, value, bits, RESULT_SIGNED);
}

static void push_register(struct translator *t, unsigned int bits,
			  enum x86_register reg)
{
	push_value(t, bits, register_value(reg));
}

/* Copies a value to a register, with its sign or zeros in the upper bits. */
static void extend_value(struct translator *t, enum x86_register to,
			 struct known_value value, unsigned int bits, int is_signed)
{
	unsigned int number = value.constant;
	unsigned int sign = 1U << (bits - 1);
	unsigned int opcode = is_signed ? X86_MOVSX_SHORT : X86_MOVZX_SHORT;

	if (value.is_constant) {
		if (is_signed)
			number = (number ^ sign) - sign;
		emit_constant(&t->emit, to, number);
		return;
	}
	if (bits == BYTE_BITS)
		opcode--;
	emit_registers(&t->emit, 32, opcode, to, value.reg);
}

/*
 * Copies and drops
 */

OP_FUNCTION(op_nothing)
{
}

OP_FUNCTION(op_literal)
{
	push_value(t, op->bits, constant_value(instruction->operand));
}

OP_FUNCTION(op_move)
{
	t->depth += op->detail * (int)instruction->operand;
}

OP_FUNCTION(op_copy)
{
	int at = t->depth - (int)instruction->operand;

	push_value(t, op->bits, known_get(t, at, op->bits));
}

OP_FUNCTION(op_store)
{
	struct known_value value = pop_value(t, op->bits);

	known_put(t, t->depth - (int)instruction->operand, op->bits, value);
}

OP_FUNCTION(op_drop)
{
	flags_set_result(t, pop_value(t, op->bits), op->bits, RESULT_SIGNED);
}

OP_FUNCTION(op_widen)
{
	struct known_value value = pop_value(t, BYTE_BITS);
	enum x86_register reg = known_register(t);

	extend_value(t, reg, value, BYTE_BITS, 1);
	push_register(t, SHORT_BITS, reg);
}

/* C is set by a value that does not fit, and else left as it is. */
OP_FUNCTION(op_narrow)
{
	struct known_value value = pop_value(t, SHORT_BITS);

	flags_keep_carry(t);
	known_clobber(t);
	extend_value(t, X86_RAX, value, SHORT_BITS, 1);
	emit_registers(&t->emit, 32, X86_MOVSX_BYTE, X86_RCX, X86_RAX);
	emit_alu(&t->emit, 32, X86_CMP, X86_RCX, X86_RAX);
	emit_set(&t->emit, X86_NOT_EQUAL, X86_RAX);
	emit_alu(&t->emit, BYTE_BITS, X86_OR, CARRY, X86_RAX);
	if (value.is_constant)
		value.constant &= 0xFF;
	push_value(t, BYTE_BITS, value);
}

/*
 * Arithmetic
 */

static void alu_value(struct translator *t, unsigned int bits,
		      enum x86_alu alu, enum x86_register reg,
		      struct known_value value)
{
	unsigned int sign = 1U << (bits - 1);

	if (value.is_constant)
		emit_alu_constant(&t->emit, bits, alu, reg,
				  (int)((value.constant ^ sign) - sign));
	else
		emit_alu(&t->emit, bits, alu, reg, value.reg);
}

/* The x86 flags SF and ZF are those of the result that was pushed last. */
static void note_result_ready(struct translator *t)
{
	t->known.flags.result_ready = 1;
}

OP_FUNCTION(op_alu)
{
	struct known_flags *flags = &t->known.flags;
	struct known_value right = pop_value(t, op->bits);
	enum x86_register left;

	flags_clear(t);
	t->depth -= op->bits / 8;
	left = known_own(t, t->depth, op->bits);
	known_clobber(t);
	alu_value(t, op->bits, op->detail, left, right);
	push_register(t, op->bits, left);
	note_result_ready(t);
	if (op->detail != X86_ADD && op->detail != X86_SUB)
		return;
	flags->carry_kind = op->detail == X86_ADD ? CARRY_SUM :
						      CARRY_DIFFERENCE;
	flags->carry_bits = op->bits;
	flags->carry_ready = 1;
	flags->sum = register_value(left);
	flags->right = right;
}

/* Inc and dec, which never set N */
OP_FUNCTION(op_step)
{
	struct known_flags *flags = &t->known.flags;
	int at = t->depth - (int)instruction->operand;
	enum x86_register reg;

	flags_clear(t);
	reg = known_own(t, at, op->bits);
	known_clobber(t);
	emit_alu_constant(&t->emit, op->bits, X86_ADD, reg, op->detail);
	known_put(t, at, op->bits, register_value(reg));
	flags->carry_kind = CARRY_STEP;
	flags->carry_bits = op->bits;
	flags->carry_value = op->detail;
	flags->sum = register_value(reg);
	flags->right = flags->sum;
	if (op->detail < 0) {
		flags_set_result(t, flags->sum, op->bits, RESULT_UNSIGNED);
		note_result_ready(t);
	}
}

OP_FUNCTION(op_unary)
{
	enum x86_register reg;

	flags_clear(t);
	t->depth -= op->bits / 8;
	reg = known_own(t, t->depth, op->bits);
	known_clobber(t);
	emit_unary(&t->emit, op->bits, op->detail, reg);
	push_register(t, op->bits, reg);
}

OP_FUNCTION(op_multiply_bytes)
{
	struct known_value right = pop_value(t, BYTE_BITS);
	struct known_value left = pop_value(t, BYTE_BITS);
	enum x86_register reg;

	flags_clear(t);
	reg = known_register(t);
	known_clobber(t);
	extend_value(t, reg, left, BYTE_BITS, 0);
	extend_value(t, X86_RAX, right, BYTE_BITS, 0);
	emit_registers(&t->emit, 32, X86_IMUL, reg, X86_RAX);
	push_register(t, SHORT_BITS, reg);
}

/* C is set if the product, which has 32 bits, is larger than 0x7FFF. */
OP_FUNCTION(op_multiply_shorts)
{
	struct known_value right = pop_value(t, SHORT_BITS);
	struct known_value left = pop_value(t, SHORT_BITS);
	enum x86_register reg;

	flags_clear(t);
	reg = known_register(t);
	known_clobber(t);
	extend_value(t, reg, left, SHORT_BITS, 0);
	extend_value(t, X86_RAX, right, SHORT_BITS, 0);
	emit_registers(&t->emit, 32, X86_IMUL, reg, X86_RAX);
	emit_alu_constant(&t->emit, 32, X86_CMP, reg, 0x7FFF);
	emit_set(&t->emit, X86_ABOVE, CARRY);
	t->known.flags.carry_kind = CARRY_KEPT;
	push_register(t, SHORT_BITS, reg);
}

/* Leaves to the interpreter, which ends the process, if the divisor is 0. */
static void guard_divisor(struct translator *t, struct known_value right,
			  unsigned int bits)
{
	unsigned long jump;

	if (right.is_constant && right.constant)
		return;
	known_clobber(t);
	if (right.is_constant) {
		translate_leave(t, t->cp, t->ahead);
		return;
	}
	emit_registers(&t->emit, bits, X86_TEST, right.reg, right.reg);
	jump = emit_jump(&t->emit, X86_NOT_EQUAL);
	translate_leave(t, t->cp, t->ahead);
	emit_land(&t->emit, jump);
}

/* IDIV computes in 32 bits, where no quotient is too large. */
OP_FUNCTION(op_divide)
{
	int bytes = op->bits / 8;
	struct known_value right = known_get(t, t->depth - bytes, op->bits);
	struct known_value left = known_get(t, t->depth - 2 * bytes, op->bits);
	enum x86_register reg;

	guard_divisor(t, right, op->bits);
	t->depth -= 2 * bytes;
	flags_clear(t);
	reg = known_register(t);
	known_clobber(t);
	extend_value(t, X86_RAX, left, op->bits, 1);
	extend_value(t, X86_RCX, right, op->bits, 1);
	emit_byte(&t->emit, 0x99);
	emit_unary(&t->emit, 32, X86_IDIV, X86_RCX);
	emit_move(&t->emit, reg, op->detail);
	push_register(t, op->bits, reg);
}

/*
 * C is set if the result, which has 32 bits, has any above the width of the
 * operand: after a shift to the right, if the operand is negative.
 */
OP_FUNCTION(op_shift)
{
	struct known_value count = pop_value(t, BYTE_BITS);
	struct known_value value = pop_value(t, op->bits);
	int number = count.is_constant ? count.constant & 31 : -1;
	enum x86_register reg;

	flags_clear(t);
	reg = known_register(t);
	known_clobber(t);
	extend_value(t, reg, value, op->bits, 1);
	if (!count.is_constant)
		emit_move(&t->emit, X86_RCX, count.reg);
	emit_shift(&t->emit, 32, op->detail, reg, number);
	emit_registers(&t->emit, 32, 0xF7, 0, reg);
	emit_long(&t->emit, ~0U << op->bits);
	emit_set(&t->emit, X86_NOT_EQUAL, CARRY);
	t->known.flags.carry_kind = CARRY_KEPT;
	push_register(t, op->bits, reg);
}

/*
 * Accesses to the stack at a place that is known when they are executed
 */

static struct x86_place place_in(enum x86_register index, int offset)
{
	return (struct x86_place){
		.base = STACK_BASE, .index = index, .offset = offset,
	};
}

/*
 * Computes in RCX the index in the stack that a distance from the top stands for,
 * with the stack pointer at @top after the operands were popped. The interpreter
 * has the cases that end the process or read above the top.
 */
static void guard_distance(struct translator *t, struct known_value distance,
			   int top, unsigned int bits)
{
	const struct x86_place at_top = {
		.base = STACK_POINTER, .index = X86_NO_REGISTER, .offset = top,
	};
	unsigned long outside, inside;

	known_clobber(t);
	extend_value(t, X86_RAX, distance, BYTE_BITS, 0);
	emit_memory(&t->emit, 32, X86_LEA, X86_RCX, &at_top);
	emit_alu_constant(&t->emit, 32, X86_CMP, X86_RAX, (int)bits / 8);
	outside = emit_jump(&t->emit, X86_BELOW);
	emit_alu(&t->emit, 32, X86_SUB, X86_RCX, X86_RAX);
	inside = emit_jump(&t->emit, X86_NOT_BELOW);
	emit_land(&t->emit, outside);
	translate_leave(t, t->cp, t->ahead);
	emit_land(&t->emit, inside);
}

/* The same for an index from the bottom of the stack */
static void guard_index(struct translator *t, struct known_value index, int top,
			unsigned int bits)
{
	const struct x86_place last = {
		.base = STACK_POINTER, .index = X86_NO_REGISTER,
		.offset = top - (int)bits / 8,
	};
	unsigned long inside;

	known_clobber(t);
	extend_value(t, X86_RCX, index, SHORT_BITS, 0);
	emit_memory(&t->emit, 32, X86_LEA, X86_RAX, &last);
	emit_alu(&t->emit, 32, X86_CMP, X86_RCX, X86_RAX);
	inside = emit_jump(&t->emit, X86_NOT_GREATER);
	translate_leave(t, t->cp, t->ahead);
	emit_land(&t->emit, inside);
}

static void guard_place(struct translator *t, int top, unsigned int bits,
			unsigned int operand_bits)
{
	int at = t->depth - (int)operand_bits / 8;
	struct known_value operand = known_get(t, at, operand_bits);

	known_store(t);
	if (operand_bits == BYTE_BITS)
		guard_distance(t, operand, top, bits);
	else
		guard_index(t, operand, top, bits);
}

static void swap_register(struct translator *t, enum x86_register reg)
{
	known_clobber(t);
	emit_swap(&t->emit, reg);
}

static enum x86_register load_from(struct translator *t,
				   const struct x86_place *place,
				   unsigned int bits)
{
	enum x86_register reg = known_register(t);

	if (bits == BYTE_BITS) {
		emit_memory(&t->emit, 32, X86_MOVZX_BYTE, reg, place);
	} else {
		emit_memory(&t->emit, 32, X86_MOVZX_SHORT, reg, place);
		swap_register(t, reg);
	}
	return reg;
}

/* What is known of memory is no longer true after a store to any place. */
static void store_to(struct translator *t, const struct x86_place *place,
		     struct known_value value, unsigned int bits)
{
	if (value.is_constant)
		emit_constant(&t->emit, X86_RAX, value.constant);
	else
		emit_move(&t->emit, X86_RAX, value.reg);
	if (bits == SHORT_BITS)
		swap_register(t, X86_RAX);
	emit_memory(&t->emit, bits, X86_MOV_STORE, X86_RAX, place);
	known_forget(t);
}

OP_FUNCTION(op_copy_from)
{
	struct x86_place place = place_in(X86_RCX, 0);
	int top = t->depth - op->detail / 8;
	enum x86_register reg;

	guard_place(t, top, op->bits, op->detail);
	reg = load_from(t, &place, op->bits);
	t->depth = top;
	push_register(t, op->bits, reg);
}

OP_FUNCTION(op_store_to)
{
	struct x86_place place = place_in(X86_RCX, 0);
	int at = t->depth - op->detail / 8 - op->bits / 8;
	struct known_value value = known_get(t, at, op->bits);

	guard_place(t, at, op->bits, op->detail);
	store_to(t, &place, value, op->bits);
	t->depth = at;
}

/* An index in the instruction needs no check but that of the run. */
OP_FUNCTION(op_copy_absolute)
{
	int at = (int)instruction->operand;
	struct x86_place place = place_in(X86_NO_REGISTER, at);

	known_store(t);
	push_register(t, op->bits, load_from(t, &place, op->bits));
}

OP_FUNCTION(op_store_absolute)
{
	int at = (int)instruction->operand;
	struct x86_place place = place_in(X86_NO_REGISTER, at);
	struct known_value value = pop_value(t, op->bits);

	known_store(t);
	store_to(t, &place, value, op->bits);
}

/*
 * Ports
 */

#define HELPER_OFFSET(member) \
	__builtin_offsetof(struct translated_state, helpers.member)

/* Calls a helper with the port in RSI and the value in RDX. */
static void call_helper(struct translator *t, unsigned int offset,
			const struct instruction *instruction)
{
	struct x86_place place = {
		.base = X86_RSP, .index = X86_NO_REGISTER,
	};
	unsigned long jump;

	known_clobber(t);
	emit_memory(&t->emit, 64, X86_MOV_LOAD, X86_RDI, &place);
	emit_constant(&t->emit, X86_RCX, instruction->next);
	place.base = STACK_POINTER;
	place.offset = t->depth;
	emit_memory(&t->emit, 32, X86_LEA, X86_R8, &place);
	place.base = FUEL;
	place.offset = (int)t->ahead - 1;
	emit_memory(&t->emit, 64, X86_LEA, X86_R9, &place);
	place.base = X86_RDI;
	place.offset = (int)offset;
	emit_memory(&t->emit, 32, 0xFF, 2, &place);
	emit_registers(&t->emit, 32, X86_TEST, X86_RAX, X86_RAX);
	jump = emit_jump(&t->emit, X86_NOT_SIGN);
	translate_leave(t, instruction->next, t->ahead - 1);
	emit_land(&t->emit, jump);
}

/*
 * Before the call, memory and the registers of the flags get all that is known, as the
 * helper may change the registers of values.
 */
static void access_port(struct translator *t, struct known_value port,
			struct known_value value, unsigned int bits,
			unsigned int offset,
			const struct instruction *instruction)
{
	known_store(t);
	flags_keep_result(t);
	flags_keep_carry(t);
	known_clobber(t);
	extend_value(t, X86_RDX, value, bits, 0);
	extend_value(t, X86_RAX, port, SHORT_BITS, 0);
	emit_move(&t->emit, X86_RSI, X86_RAX);
	known_forget(t);
	call_helper(t, offset, instruction);
}

/* The port number: the operand, or popped */
static struct known_value port_number(struct translator *t, const struct op *op,
				      const struct instruction *instruction)
{
	return op->detail ? pop_value(t, SHORT_BITS) :
			    constant_value(instruction->operand);
}

OP_FUNCTION(op_read_port)
{
	struct known_value port = port_number(t, op, instruction);
	enum x86_register reg;

	access_port(t, port, constant_value(0), op->bits,
		    op->bits == BYTE_BITS ? HELPER_OFFSET(read_byte) :
					    HELPER_OFFSET(read_short),
		    instruction);
	reg = known_register(t);
	emit_move(&t->emit, reg, X86_RAX);
	push_register(t, op->bits, reg);
}

OP_FUNCTION(op_write_port)
{
	struct known_value port = port_number(t, op, instruction);
	struct known_value value = pop_value(t, op->bits);

	access_port(t, port, value, op->bits,
		    op->bits == BYTE_BITS ? HELPER_OFFSET(write_byte) :
					    HELPER_OFFSET(write_short),
		    instruction);
}

/*
 * Branches
 */

OP_FUNCTION(op_branch)
{
	enum x86_condition condition = flags_test(t, instruction->opcode);
	unsigned long jump;

	if (condition == X86_NEVER)
		return;
	jump = emit_jump(&t->emit, condition ^ 1);
	translate_edge(t, instruction->operand, t->ahead - 1);
	emit_land(&t->emit, jump);
}

/* If the two are not equal, the left one is not popped, and N and Z are its. */
OP_FUNCTION(op_compare)
{
	struct known_value right = pop_value(t, op->bits);
	struct known_value left = pop_value(t, op->bits);
	unsigned long jump;

	known_clobber(t);
	extend_value(t, X86_RAX, left, op->bits, 1);
	alu_value(t, op->bits, X86_CMP, X86_RAX, right);
	jump = emit_jump(&t->emit, X86_NOT_EQUAL);
	translate_edge(t, instruction->operand, t->ahead - 1);
	emit_land(&t->emit, jump);
	t->depth += op->bits / 8;
	flags_set_result(t, left, op->bits, RESULT_SIGNED);
}

OP_FUNCTION(op_goto)
{
	translate_edge(t, instruction->operand, 0);
}

OP_FUNCTION(op_call)
{
	push_quietly(t, SHORT_BITS, constant_value(instruction->next));
	translate_edge(t, instruction->operand, 0);
}

/*
 * The address is data of the program: the table has an entry for each one. That
 * of an address where no run begins leaves to the interpreter.
 */
OP_FUNCTION(op_return)
{
	const struct x86_place entry = {
		.base = PROGRAM, .index = X86_RAX, .scale = 2,
	};
	struct known_value target = pop_value(t, SHORT_BITS);

	known_store(t);
	flags_keep_result(t);
	flags_keep_carry(t);
	extend_value(t, X86_RAX, target, SHORT_BITS, 0);
	if (t->depth)
		emit_alu_constant(&t->emit, 32, X86_ADD, STACK_POINTER,
				  t->depth);
	emit_alu_constant(&t->emit, 32, X86_CMP, X86_RAX,
			  (int)t->program->code_size);
	emit_jump_to(&t->emit, X86_NOT_BELOW, t->leave);
	emit_memory(&t->emit, 32, X86_MOV_LOAD, X86_RCX, &entry);
	emit_alu(&t->emit, 64, X86_ADD, X86_RCX, PROGRAM);
	emit_registers(&t->emit, 32, 0xFF, 4, X86_RCX);
}

#define ROW(NAME, function, kind, width, detail) \
	[TEA_OP_##NAME] = { function, OP_##kind, width##_BITS, detail }

static const struct op ops[TEA_OP_COUNT] = {
	ROW(NOP, op_nothing, PLAIN, BYTE, 0),
	ROW(PUSHLB, op_literal, PLAIN, BYTE, 0),
	ROW(PUSHLS, op_literal, PLAIN, SHORT, 0),
	ROW(PUSHMB, op_read_port, GUARDED, BYTE, 0),
	ROW(PUSHMS, op_read_port, GUARDED, SHORT, 0),
	ROW(PUSHMBX, op_read_port, GUARDED, BYTE, 1),
	ROW(PUSHMSX, op_read_port, GUARDED, SHORT, 1),
	ROW(PUSHSB, op_copy, PLAIN, BYTE, 0),
	ROW(PUSHSS, op_copy, PLAIN, SHORT, 0),
	ROW(PUSHSBX, op_copy_from, GUARDED, BYTE, BYTE_BITS),
	ROW(PUSHSSX, op_copy_from, GUARDED, SHORT, BYTE_BITS),
	ROW(PUSHSBA, op_copy_absolute, PLAIN, BYTE, 0),
	ROW(PUSHSSA, op_copy_absolute, PLAIN, SHORT, 0),
	ROW(PUSHSBAX, op_copy_from, GUARDED, BYTE, SHORT_BITS),
	ROW(PUSHSSAX, op_copy_from, GUARDED, SHORT, SHORT_BITS),
	ROW(PUSHN, op_move, PLAIN, BYTE, 1),
	ROW(CONVBS, op_widen, PLAIN, BYTE, 0),
	ROW(CONVSB, op_narrow, PLAIN, SHORT, 0),
	ROW(POPBM, op_write_port, GUARDED, BYTE, 0),
	ROW(POPSM, op_write_port, GUARDED, SHORT, 0),
	ROW(POPBMX, op_write_port, GUARDED, BYTE, 1),
	ROW(POPSMX, op_write_port, GUARDED, SHORT, 1),
	ROW(POPBS, op_store, PLAIN, BYTE, 0),
	ROW(POPSS, op_store, PLAIN, SHORT, 0),
	ROW(POPBSX, op_store_to, GUARDED, BYTE, BYTE_BITS),
	ROW(POPSSX, op_store_to, GUARDED, SHORT, BYTE_BITS),
	ROW(POPBSA, op_store_absolute, PLAIN, BYTE, 0),
	ROW(POPSSA, op_store_absolute, PLAIN, SHORT, 0),
	ROW(POPBSAX, op_store_to, GUARDED, BYTE, SHORT_BITS),
	ROW(POPSSAX, op_store_to, GUARDED, SHORT, SHORT_BITS),
	ROW(POPB, op_drop, PLAIN, BYTE, 0),
	ROW(POPS, op_drop, PLAIN, SHORT, 0),
	ROW(POPN, op_move, PLAIN, BYTE, -1),
	ROW(DECB, op_step, PLAIN, BYTE, -1),
	ROW(DECS, op_step, PLAIN, SHORT, -1),
	ROW(INCB, op_step, PLAIN, BYTE, 1),
	ROW(INCS, op_step, PLAIN, SHORT, 1),
	ROW(ADDB, op_alu, PLAIN, BYTE, X86_ADD),
	ROW(ADDS, op_alu, PLAIN, SHORT, X86_ADD),
	ROW(SUBB, op_alu, PLAIN, BYTE, X86_SUB),
	ROW(SUBS, op_alu, PLAIN, SHORT, X86_SUB),
	ROW(NEGB, op_unary, PLAIN, BYTE, X86_NEG),
	ROW(NEGS, op_unary, PLAIN, SHORT, X86_NEG),
	ROW(MULTB, op_multiply_bytes, PLAIN, BYTE, 0),
	ROW(MULTS, op_multiply_shorts, PLAIN, SHORT, 0),
	ROW(DIVB, op_divide, GUARDED, BYTE, X86_RAX),
	ROW(DIVS, op_divide, GUARDED, SHORT, X86_RAX),
	ROW(MODB, op_divide, GUARDED, BYTE, X86_RDX),
	ROW(MODS, op_divide, GUARDED, SHORT, X86_RDX),
	ROW(ANDB, op_alu, PLAIN, BYTE, X86_AND),
	ROW(ANDS, op_alu, PLAIN, SHORT, X86_AND),
	ROW(ORB, op_alu, PLAIN, BYTE, X86_OR),
	ROW(ORS, op_alu, PLAIN, SHORT, X86_OR),
	ROW(XORB, op_alu, PLAIN, BYTE, X86_XOR),
	ROW(XORS, op_alu, PLAIN, SHORT, X86_XOR),
	ROW(COMPB, op_unary, PLAIN, BYTE, X86_NOT),
	ROW(COMPS, op_unary, PLAIN, SHORT, X86_NOT),
	ROW(RLB, op_shift, PLAIN, BYTE, X86_SHL),
	ROW(RLS, op_shift, PLAIN, SHORT, X86_SHL),
	ROW(RRB, op_shift, PLAIN, BYTE, X86_SAR),
	ROW(RRS, op_shift, PLAIN, SHORT, X86_SAR),
	ROW(BRNEG, op_branch, BRANCH, SHORT, 0),
	ROW(BRPOS, op_branch, BRANCH, SHORT, 0),
	ROW(BRZ, op_branch, BRANCH, SHORT, 0),
	ROW(BRNZ, op_branch, BRANCH, SHORT, 0),
	ROW(BRC, op_branch, BRANCH, SHORT, 0),
	ROW(BRNC, op_branch, BRANCH, SHORT, 0),
	ROW(CMPBBR, op_compare, BRANCH, BYTE, 0),
	ROW(CMPSBR, op_compare, BRANCH, SHORT, 0),
	ROW(GOTO, op_goto, END, SHORT, 0),
	ROW(CALL, op_call, END, SHORT, 0),
	ROW(RETURN, op_return, END, SHORT, 0),
};

#undef ROW

enum op_kind op_kind(unsigned int opcode)
{
	return opcode < TEA_OP_COUNT ? ops[opcode].kind : OP_LEFT;
}

void op_translate(struct translator *t, const struct instruction *instruction)
{
	const struct op *op = &ops[instruction->opcode];

	t->locked = 0;
	op->function(t, op, instruction);
}
