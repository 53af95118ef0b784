/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TEA_INSTRUCTIONS_H
#define _TEA_INSTRUCTIONS_H

#include "display.h"
#include "interp.h"

/*
 * What each instruction does, written once for both loops of interp.c. Every
 * opcode is one small function that a loop inlines, so that the compiler keeps
 * struct machine in registers.
 */
#ifndef __always_inline
#define __always_inline inline __attribute__((__always_inline__))
#endif
#ifndef __maybe_unused
#define __maybe_unused __attribute__((__unused__))
#endif

/*
 * Opcode functions return 0, an exit code, or this if the process executed
 * `exit`. No exit code has this number.
 */
#define PROCESS_EXITED	TEA_EXIT_COUNT
/*
 * The same for machine_step(), if there are no steps left. TEA_HOOK_HELD of a hook
 * is the number between.
 */
#define LIMIT_REACHED	(TEA_EXIT_COUNT + 2)

#define BYTE_BITS	8
#define SHORT_BITS	16

/* No code address has this number. */
#define NO_TARGET	0x10000

/**
 * struct machine - the registers while instructions are executed
 * @process: where machine_sync() stores them before a hook is called or
 *	tea_run() returns
 * @stack: as in struct tea_process
 * @code_size: as in struct tea_process
 * @stack_size: as in struct tea_process
 * @sp: as in struct tea_process
 * @cp: code address of the next instruction
 * @target: where the instruction continues, if not there, or NO_TARGET
 * @result: N and Z in a form that needs no work when they are set: N is the
 *	sign, and Z means that the low 16 bits are 0
 * @carry: the same for C, which means a value above 0xFFFF
 * @steps: number of instructions executed, @ahead more than is true
 * @ahead: instructions that are counted already
 * @checked: stack and operand are to be checked. It is a constant wherever an
 *	opcode function is inlined, so the checks cost nothing where it is 0.
 */
struct machine {
	struct tea_process *process;
	unsigned char *stack;
	unsigned long code_size;
	unsigned long stack_size;
	unsigned long sp;
	unsigned int cp;
	unsigned int target;
	int result;
	int carry;
	unsigned long long steps;
	unsigned int ahead;
	int checked;
};

#define CARRY_SET	0x10000

static __always_inline void machine_load(struct machine *m,
					 struct tea_process *process)
{
	unsigned int flags = process->flags;

	m->process = process;
	m->stack = process->stack;
	m->code_size = process->code_size;
	m->stack_size = process->stack_size;
	m->sp = process->sp;
	m->cp = process->cp;
	m->steps = process->steps;
	m->ahead = 0;
	m->result = flags & TEA_FLAG_Z ? 0 : 1;
	if (flags & TEA_FLAG_N)
		m->result = flags & TEA_FLAG_Z ? -0x10000 : -1;
	m->carry = flags & TEA_FLAG_C ? CARRY_SET : 0;
}

static __always_inline int is_negative(const struct machine *m)
{
	return m->result < 0;
}

static __always_inline int is_zero(const struct machine *m)
{
	return !(unsigned short)m->result;
}

static __always_inline int is_carry(const struct machine *m)
{
	return m->carry > 0xFFFF;
}

static __always_inline void machine_sync(const struct machine *m)
{
	struct tea_process *process = m->process;
	unsigned int flags = 0;

	if (is_negative(m))
		flags |= TEA_FLAG_N;
	if (is_zero(m))
		flags |= TEA_FLAG_Z;
	if (is_carry(m))
		flags |= TEA_FLAG_C;
	process->sp = (unsigned int)m->sp;
	process->cp = m->cp;
	process->flags = (unsigned char)flags;
	process->steps = m->steps - m->ahead;
}

static __always_inline int to_signed(unsigned int value, unsigned int bits)
{
	return (int)(value << (32 - bits)) >> (32 - bits);
}

static __always_inline unsigned int width_mask(unsigned int bits)
{
	return (1u << bits) - 1;
}

static __always_inline void set_nz(struct machine *m, unsigned int value,
				   unsigned int bits)
{
	m->result = to_signed(value, bits);
}

/* Instructions that compute clear all flags before they pop their operands. */
static __always_inline void clear_flags(struct machine *m)
{
	m->result = 1;
	m->carry = 0;
}

/* A short on the stack or in the code, the bytes of which are swapped */
struct raw_short {
	unsigned short value;
} __attribute__((__packed__, __may_alias__));

static __always_inline unsigned int get_short(const unsigned char *at)
{
	return __builtin_bswap16(((const struct raw_short *)at)->value);
}

static __always_inline void put_short(unsigned char *at, unsigned int value)
{
	((struct raw_short *)at)->value =
		__builtin_bswap16((unsigned short)value);
}

static __always_inline int machine_pop(struct machine *m, unsigned int bits,
				       unsigned int *value)
{
	unsigned int size = bits / 8;

	if (m->checked && m->sp < size)
		return TEA_EXIT_STACK_UNDERFLOW;
	m->sp -= size;
	*value = bits == BYTE_BITS ? m->stack[m->sp]
				   : get_short(m->stack + m->sp);
	return 0;
}

static __always_inline int machine_push_quietly(struct machine *m,
						unsigned int bits,
						unsigned int value)
{
	unsigned int size = bits / 8;

	if (m->checked && m->sp + size > m->stack_size)
		return TEA_EXIT_STACK_OVERFLOW;
	if (bits == BYTE_BITS)
		m->stack[m->sp] = (unsigned char)value;
	else
		put_short(m->stack + m->sp, value);
	m->sp += size;
	return 0;
}

/* All pushes set N and Z, except that of a return address. */
static __always_inline int machine_push(struct machine *m, unsigned int bits,
					unsigned int value)
{
	int error = machine_push_quietly(m, bits, value);

	if (!error)
		set_nz(m, value & width_mask(bits), bits);
	return error;
}

/*
 * Pops the right operand and then the left one. Instructions with two operands
 * clear all flags first.
 */
static __always_inline int pop_pair(struct machine *m, unsigned int bits,
				    unsigned int *left, unsigned int *right)
{
	int error;

	clear_flags(m);
	error = machine_pop(m, bits, right);
	if (error)
		return error;
	return machine_pop(m, bits, left);
}

static __always_inline int push_result(struct machine *m, unsigned int bits,
				       unsigned int value, int carry)
{
	m->carry = carry;
	return machine_push(m, bits, value & width_mask(bits));
}

/*
 * Operands within the stack. The short at @at may have its low byte just above
 * the top of the stack, where it reads a byte that an earlier push has written.
 */

static __always_inline int read_at(const struct machine *m, unsigned int bits,
				   unsigned long at, unsigned int *value)
{
	if (m->checked && at + bits / 8 > m->stack_size)
		return TEA_EXIT_STACK_ERROR;
	*value = bits == BYTE_BITS ? m->stack[at] : get_short(m->stack + at);
	return 0;
}

static __always_inline int get_relative(const struct machine *m,
					unsigned int bits, unsigned long depth,
					unsigned int *value)
{
	if (!m->checked)
		return read_at(m, bits, m->sp - depth, value);
	if (m->sp < depth)
		return bits == BYTE_BITS ? TEA_EXIT_STACK_ERROR
					 : TEA_EXIT_STACK_UNDERFLOW;
	if (!depth)
		return TEA_EXIT_STACK_OVERFLOW;
	if (bits == SHORT_BITS && m->sp < 2)
		return TEA_EXIT_STACK_UNDERFLOW;
	return read_at(m, bits, m->sp - depth, value);
}

static __always_inline int get_absolute(const struct machine *m,
					unsigned int bits, unsigned long at,
					unsigned int *value)
{
	if (!m->checked)
		return read_at(m, bits, at, value);
	if (m->sp <= at)
		return bits == BYTE_BITS ? TEA_EXIT_STACK_ERROR
					 : TEA_EXIT_STACK_OVERFLOW;
	if (bits == SHORT_BITS && m->sp < 2)
		return TEA_EXIT_STACK_UNDERFLOW;
	return read_at(m, bits, at, value);
}

static __always_inline int put_absolute(struct machine *m, unsigned int bits,
					unsigned long at, unsigned int value)
{
	if (m->checked && m->sp < at + bits / 8)
		return TEA_EXIT_STACK_ERROR;
	if (bits == BYTE_BITS)
		m->stack[at] = (unsigned char)value;
	else
		put_short(m->stack + at, value);
	return 0;
}

static __always_inline int put_relative(struct machine *m, unsigned int bits,
					unsigned long depth, unsigned int value)
{
	if (m->checked && (m->sp < depth || depth < bits / 8))
		return TEA_EXIT_STACK_ERROR;
	return put_absolute(m, bits, m->sp - depth, value);
}

/*
 * Opcode functions: op_MNEMONIC(m, operand). Most come in pairs for bytes and
 * shorts and often a third time with the operand taken from the stack; the
 * macros below make those from one function of the width.
 */

#define OP(name) \
static __always_inline int op_##name(struct machine *m __maybe_unused, \
				     unsigned int operand __maybe_unused)

#define OP_WIDTH(name, family, bits) \
OP(name) { return family(m, bits, operand); }

/*
 * An operand from the stack is known only now, so it is always checked.
 */
#define OP_POPPED(name, family, bits, operand_bits) \
OP(name) \
{ \
	int error = machine_pop(m, operand_bits, &operand); \
\
	m->checked = 1; \
	return error ? error : family(m, bits, operand); \
}

#define FAMILY(name) \
static __always_inline int name(struct machine *m, \
				unsigned int bits __maybe_unused, \
				unsigned int operand __maybe_unused)

OP(nop)
{
	return 0;
}

OP_WIDTH(pushlb, machine_push, BYTE_BITS)
OP_WIDTH(pushls, machine_push, SHORT_BITS)

FAMILY(push_port)
{
	unsigned int value = 0;
	int error;

	machine_sync(m);
	error = tea_hook_port_read(m->process, operand, bits / 8, &value);
	return error ? error : machine_push(m, bits, value & width_mask(bits));
}

OP_WIDTH(pushmb, push_port, BYTE_BITS)
OP_WIDTH(pushms, push_port, SHORT_BITS)
OP_POPPED(pushmbx, push_port, BYTE_BITS, SHORT_BITS)
OP_POPPED(pushmsx, push_port, SHORT_BITS, SHORT_BITS)

FAMILY(push_relative)
{
	unsigned int value;
	int error = get_relative(m, bits, operand, &value);

	return error ? error : machine_push(m, bits, value);
}

OP_WIDTH(pushsb, push_relative, BYTE_BITS)
OP_WIDTH(pushss, push_relative, SHORT_BITS)
OP_POPPED(pushsbx, push_relative, BYTE_BITS, BYTE_BITS)
OP_POPPED(pushssx, push_relative, SHORT_BITS, BYTE_BITS)

FAMILY(push_absolute)
{
	unsigned int value;
	int error = get_absolute(m, bits, operand, &value);

	return error ? error : machine_push(m, bits, value);
}

OP_WIDTH(pushsba, push_absolute, BYTE_BITS)
OP_WIDTH(pushssa, push_absolute, SHORT_BITS)
OP_POPPED(pushsbax, push_absolute, BYTE_BITS, SHORT_BITS)
OP_POPPED(pushssax, push_absolute, SHORT_BITS, SHORT_BITS)

FAMILY(stack_grow)
{
	if (m->checked && m->sp + operand > m->stack_size)
		return TEA_EXIT_STACK_OVERFLOW;
	m->sp += operand;
	return 0;
}

OP_WIDTH(pushn, stack_grow, BYTE_BITS)
OP_POPPED(pushnx, stack_grow, BYTE_BITS, BYTE_BITS)

FAMILY(stack_shrink)
{
	if (m->checked && operand > m->sp)
		return TEA_EXIT_STACK_UNDERFLOW;
	m->sp -= operand;
	return 0;
}

OP_WIDTH(popn, stack_shrink, BYTE_BITS)
OP_POPPED(popnx, stack_shrink, BYTE_BITS, BYTE_BITS)

OP(convbs)
{
	int error = machine_pop(m, BYTE_BITS, &operand);

	if (error)
		return error;
	operand = (unsigned int)to_signed(operand, BYTE_BITS);
	return machine_push(m, SHORT_BITS, operand & width_mask(SHORT_BITS));
}

OP(convsb)
{
	int error = machine_pop(m, SHORT_BITS, &operand);
	int value;

	if (error)
		return error;
	value = to_signed(operand, SHORT_BITS);
	if (value < -128 || value > 127)
		m->carry = CARRY_SET;
	return machine_push(m, BYTE_BITS, operand & width_mask(BYTE_BITS));
}

/*
 * Returns 1 if the character was written for the display without a hook. Only the
 * build of the guest has a display, so that the others need no instruction for it.
 */
#ifndef TEA_HAS_DISPLAY
#define TEA_HAS_DISPLAY	0
#endif

static __always_inline int port_show(const struct tea_process *process,
				     unsigned int port, unsigned int bits,
				     unsigned int value)
{
	return TEA_HAS_DISPLAY && bits == BYTE_BITS &&
	       port == TEA_PORT_DISPLAY &&
	       display_put(process->display, (unsigned char)value);
}

FAMILY(pop_port)
{
	unsigned int value;
	int error = machine_pop(m, bits, &value);

	if (error)
		return error;
	if (port_show(m->process, operand, bits, value))
		return 0;
	machine_sync(m);
	return tea_hook_port_write(m->process, operand, bits / 8, value);
}

OP_WIDTH(popbm, pop_port, BYTE_BITS)
OP_WIDTH(popsm, pop_port, SHORT_BITS)
OP_POPPED(popbmx, pop_port, BYTE_BITS, SHORT_BITS)
OP_POPPED(popsmx, pop_port, SHORT_BITS, SHORT_BITS)

FAMILY(pop_relative)
{
	unsigned int value;
	int error = machine_pop(m, bits, &value);

	return error ? error : put_relative(m, bits, operand, value);
}

OP_WIDTH(popbs, pop_relative, BYTE_BITS)
OP_WIDTH(popss, pop_relative, SHORT_BITS)
OP_POPPED(popbsx, pop_relative, BYTE_BITS, BYTE_BITS)
OP_POPPED(popssx, pop_relative, SHORT_BITS, BYTE_BITS)

FAMILY(pop_absolute)
{
	unsigned int value;
	int error = machine_pop(m, bits, &value);

	return error ? error : put_absolute(m, bits, operand, value);
}

OP_WIDTH(popbsa, pop_absolute, BYTE_BITS)
OP_WIDTH(popssa, pop_absolute, SHORT_BITS)
OP_POPPED(popbsax, pop_absolute, BYTE_BITS, SHORT_BITS)
OP_POPPED(popssax, pop_absolute, SHORT_BITS, SHORT_BITS)

FAMILY(send_packet)
{
	const unsigned char *packet;

	if (operand > m->sp)
		return TEA_EXIT_STACK_UNDERFLOW;
	if (operand < TEA_PACKET_MIN || operand > TEA_PACKET_MAX)
		return TEA_EXIT_BAD_COMMAND;
	packet = m->stack + m->sp - operand;
	if (packet[1] != operand - TEA_PACKET_MIN)
		return TEA_EXIT_BAD_COMMAND;
	m->sp -= operand;
	machine_sync(m);
	return tea_hook_command(m->process, packet, operand);
}

OP_POPPED(popcmd, send_packet, BYTE_BITS, BYTE_BITS)

FAMILY(stack_drop)
{
	int error = machine_pop(m, bits, &operand);

	if (!error)
		set_nz(m, operand, bits);
	return error;
}

OP_WIDTH(popb, stack_drop, BYTE_BITS)
OP_WIDTH(pops, stack_drop, SHORT_BITS)

/*
 * The profile defines that inc and dec never set N, and that they set C if the
 * unsigned result is greater than the largest signed number. Only dec can have
 * the result 0, and only dec of 0 a negative one.
 */
static __always_inline int add_in_place(struct machine *m, unsigned int bits,
					unsigned int depth, int step)
{
	unsigned int value;
	int error = get_relative(m, bits, depth, &value);
	int result;

	if (error)
		return error;
	result = (int)value + step;
	m->result = step > 0 ? 1 : result & 0xFFFF;
	m->carry = result * (2 * CARRY_SET >> bits);
	return put_relative(m, bits, depth,
			    (unsigned int)result & width_mask(bits));
}

OP(decb) { return add_in_place(m, BYTE_BITS, operand, -1); }
OP(decs) { return add_in_place(m, SHORT_BITS, operand, -1); }
OP(incb) { return add_in_place(m, BYTE_BITS, operand, 1); }
OP(incs) { return add_in_place(m, SHORT_BITS, operand, 1); }

FAMILY(add_pair)
{
	unsigned int left, right;
	int error = pop_pair(m, bits, &left, &right);

	if (error)
		return error;
	return push_result(m, bits, left + right,
			   (int)(left + right) << (SHORT_BITS - bits));
}

OP_WIDTH(addb, add_pair, BYTE_BITS)
OP_WIDTH(adds, add_pair, SHORT_BITS)

FAMILY(subtract_pair)
{
	unsigned int left, right;
	int error = pop_pair(m, bits, &left, &right);

	if (error)
		return error;
	return push_result(m, bits, left - right,
			   CARRY_SET + (int)left - (int)right);
}

OP_WIDTH(subb, subtract_pair, BYTE_BITS)
OP_WIDTH(subs, subtract_pair, SHORT_BITS)

FAMILY(negate_top)
{
	int error = machine_pop(m, bits, &operand);

	clear_flags(m);
	return error ? error : push_result(m, bits, 0 - operand, 0);
}

OP_WIDTH(negb, negate_top, BYTE_BITS)
OP_WIDTH(negs, negate_top, SHORT_BITS)

FAMILY(complement_top)
{
	int error = machine_pop(m, bits, &operand);

	clear_flags(m);
	return error ? error : push_result(m, bits, ~operand, 0);
}

OP_WIDTH(compb, complement_top, BYTE_BITS)
OP_WIDTH(comps, complement_top, SHORT_BITS)

OP(multb)
{
	unsigned int left, right;
	int error = pop_pair(m, BYTE_BITS, &left, &right);

	return error ? error : push_result(m, SHORT_BITS, left * right, 0);
}

OP(mults)
{
	unsigned int left, right;
	int error = pop_pair(m, SHORT_BITS, &left, &right);

	if (error)
		return error;
	return push_result(m, SHORT_BITS, left * right,
			   left * right > 0x7FFF ? CARRY_SET : 0);
}

FAMILY(divide_pair)
{
	unsigned int left, right;
	int error = pop_pair(m, bits, &left, &right);

	if (error)
		return error;
	if (!right)
		return TEA_EXIT_DIV_BY_ZERO;
	left = (unsigned int)(to_signed(left, bits) / to_signed(right, bits));
	return push_result(m, bits, left, 0);
}

OP_WIDTH(divb, divide_pair, BYTE_BITS)
OP_WIDTH(divs, divide_pair, SHORT_BITS)

FAMILY(modulo_pair)
{
	unsigned int left, right;
	int error = pop_pair(m, bits, &left, &right);

	if (error)
		return error;
	if (!right)
		return TEA_EXIT_DIV_BY_ZERO;
	left = (unsigned int)(to_signed(left, bits) % to_signed(right, bits));
	return push_result(m, bits, left, 0);
}

OP_WIDTH(modb, modulo_pair, BYTE_BITS)
OP_WIDTH(mods, modulo_pair, SHORT_BITS)

FAMILY(bit_and)
{
	unsigned int left, right;
	int error = pop_pair(m, bits, &left, &right);

	return error ? error : push_result(m, bits, left & right, 0);
}

OP_WIDTH(andb, bit_and, BYTE_BITS)
OP_WIDTH(ands, bit_and, SHORT_BITS)

FAMILY(bit_or)
{
	unsigned int left, right;
	int error = pop_pair(m, bits, &left, &right);

	return error ? error : push_result(m, bits, left | right, 0);
}

OP_WIDTH(orb, bit_or, BYTE_BITS)
OP_WIDTH(ors, bit_or, SHORT_BITS)

FAMILY(bit_xor)
{
	unsigned int left, right;
	int error = pop_pair(m, bits, &left, &right);

	return error ? error : push_result(m, bits, left ^ right, 0);
}

OP_WIDTH(xorb, bit_xor, BYTE_BITS)
OP_WIDTH(xors, bit_xor, SHORT_BITS)

/*
 * The shift count is a byte for shorts too. C is set if the result, which is
 * computed in 32 bits, has bits above the width of the operand.
 */
static __always_inline int shift_value(struct machine *m, unsigned int bits,
				       int left)
{
	unsigned int count, value, result;
	int error;

	clear_flags(m);
	error = machine_pop(m, BYTE_BITS, &count);
	if (!error)
		error = machine_pop(m, bits, &value);
	if (error)
		return error;
	count &= 31;
	result = (unsigned int)to_signed(value, bits);
	if (left)
		result <<= count;
	else
		result = (unsigned int)(to_signed(value, bits) >> count);
	return push_result(m, bits, result,
			   result & ~width_mask(bits) ? CARRY_SET : 0);
}

#define OP_SHIFT(name, bits, left) \
OP(name) \
{ \
	return shift_value(m, bits, left); \
}

OP_SHIFT(rlb, BYTE_BITS, 1)
OP_SHIFT(rls, SHORT_BITS, 1)
OP_SHIFT(rrb, BYTE_BITS, 0)
OP_SHIFT(rrs, SHORT_BITS, 0)

static __always_inline int branch_if(struct machine *m, unsigned int taken,
				     unsigned int target)
{
	if (!taken)
		return 0;
	if (m->checked && target > m->code_size)
		return TEA_EXIT_ADDRESS_RANGE;
	m->target = target;
	return 0;
}

OP(brneg) { return branch_if(m, is_negative(m), operand); }
OP(brz) { return branch_if(m, is_zero(m), operand); }
OP(brnz) { return branch_if(m, !is_zero(m), operand); }
OP(brc) { return branch_if(m, is_carry(m), operand); }
OP(brnc) { return branch_if(m, !is_carry(m), operand); }
OP(goto) { return branch_if(m, 1, operand); }

OP(brpos)
{
	return branch_if(m, !is_negative(m) && !is_zero(m), operand);
}

FAMILY(compare_branch)
{
	unsigned int left, right;
	int error = machine_pop(m, bits, &right);

	if (!error)
		error = machine_pop(m, bits, &left);
	if (error)
		return error;
	if (left == right)
		return branch_if(m, 1, operand);
	return machine_push(m, bits, left);
}

OP_WIDTH(cmpbbr, compare_branch, BYTE_BITS)
OP_WIDTH(cmpsbr, compare_branch, SHORT_BITS)

/*
 * The target of a call or return is not checked here: the next fetch fails if
 * it is outside the code.
 */
OP(call)
{
	int error = machine_push_quietly(m, SHORT_BITS, m->cp);

	if (!error)
		m->target = operand;
	return error;
}

OP(return)
{
	int error = machine_pop(m, SHORT_BITS, &operand);

	if (!error)
		m->target = operand;
	return error;
}

/*
 * The digits are computed from the last one to the first, so push_text() has to
 * know their number before.
 */
static __always_inline unsigned int count_digits(unsigned int value,
						 unsigned int base)
{
	unsigned int count = 1;

	while (value >= base) {
		value /= base;
		count++;
	}
	return count;
}

/* Pushes the text in reading order and then its length; no flag changes. */
static __always_inline int push_text(struct machine *m, unsigned int negative,
				     unsigned int value, unsigned int base,
				     unsigned int digits)
{
	unsigned int length = digits + negative;
	unsigned char *at = m->stack + m->sp;

	if (m->sp + length + 1 > m->stack_size)
		return TEA_EXIT_STACK_OVERFLOW;
	if (negative)
		*at++ = '-';
	m->sp += length + 1;
	at[digits] = (unsigned char)length;
	while (digits) {
		unsigned int digit = value % base;

		value /= base;
		at[--digits] = (unsigned char)(digit < 10 ? '0' + digit
							  : 'A' + digit - 10);
	}
	return 0;
}

static __always_inline int format_number(struct machine *m, unsigned int bits,
					 unsigned int base, unsigned int digits)
{
	unsigned int value;
	int error = machine_pop(m, bits, &value);

	if (error)
		return error;
	if (!digits)
		digits = count_digits(value, base);
	return push_text(m, 0, value, base, digits);
}

FAMILY(format_signed)
{
	unsigned int value, negative;
	int error = machine_pop(m, bits, &value);

	if (error)
		return error;
	negative = value >> (bits - 1);
	if (negative)
		value = (0 - value) & width_mask(bits);
	return push_text(m, negative, value, 10, count_digits(value, 10));
}

/*
 * In the profile each hexadecimal digit and then the length is a push of its
 * own. None is negative, and the length is not 0, so N and Z are clear.
 */
FAMILY(format_hex)
{
	int error = format_number(m, bits, 16, bits / 4);

	m->result = 1;
	return error;
}

FAMILY(format_binary)
{
	return format_number(m, bits, 2, bits);
}

FAMILY(format_unsigned)
{
	return format_number(m, bits, 10, 0);
}

OP_WIDTH(fmtbb, format_binary, BYTE_BITS)
OP_WIDTH(fmtbd, format_signed, BYTE_BITS)
OP_WIDTH(fmtbu, format_unsigned, BYTE_BITS)
OP_WIDTH(fmtbh, format_hex, BYTE_BITS)
OP_WIDTH(fmtsb, format_binary, SHORT_BITS)
OP_WIDTH(fmtsd, format_signed, SHORT_BITS)
OP_WIDTH(fmtsu, format_unsigned, SHORT_BITS)
OP_WIDTH(fmtsh, format_hex, SHORT_BITS)

OP(exit)
{
	return PROCESS_EXITED;
}

#endif
