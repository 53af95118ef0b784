// SPDX-License-Identifier: GPL-2.0-only
/*
 * The first error is final: after it no operation on the model does anything,
 * so that an instruction need not check after every one of its parts.
 */
#include "model.h"

#include <stdlib.h>
#include <string.h>

#define COMMAND_RUN	0x15
#define COMMAND_KILL	0x16
#define PACKET_MAX	10

static bool running(const struct model *m)
{
	return m->state == MODEL_RUNNING;
}

void model_fail(struct model *m, enum tea_exit code)
{
	if (!running(m))
		return;
	m->state = MODEL_EXITED;
	m->exit_code = code;
	m->sp = 0;
}

static int as_signed(unsigned int value, unsigned int bits)
{
	int result = (int)value;

	return value >> (bits - 1) ? result - (1 << bits) : result;
}

static void set_nz(struct model *m, unsigned int value, unsigned int bits)
{
	if (!running(m))
		return;
	m->negative = value >> (bits - 1);
	m->zero = !value;
}

static void set_carry(struct model *m, bool carry)
{
	if (running(m))
		m->carry = carry;
}

/* Push without any change of flags */
static void put(struct model *m, unsigned int value)
{
	if (!running(m))
		return;
	if (m->sp + 1 > m->stack_size)
		model_fail(m, TEA_EXIT_STACK_OVERFLOW);
	else
		m->stack[m->sp++] = (unsigned char)value;
}

static void put_short(struct model *m, unsigned int value)
{
	if (running(m) && m->sp + 2 > m->stack_size)
		model_fail(m, TEA_EXIT_STACK_OVERFLOW);
	put(m, value / 256);
	put(m, value % 256);
}

static void push_byte(struct model *m, unsigned int value)
{
	put(m, value & 0xFF);
	set_nz(m, value & 0xFF, 8);
}

static void push_short(struct model *m, unsigned int value)
{
	put_short(m, value & 0xFFFF);
	set_nz(m, value & 0xFFFF, 16);
}

static void push(struct model *m, unsigned int value, unsigned int bits)
{
	if (bits == 8)
		push_byte(m, value);
	else
		push_short(m, value);
}

static unsigned int pop_byte(struct model *m)
{
	if (!running(m))
		return 0;
	if (m->sp < 1) {
		model_fail(m, TEA_EXIT_STACK_UNDERFLOW);
		return 0;
	}
	return m->stack[--m->sp];
}

static unsigned int pop_short(struct model *m)
{
	unsigned int low;

	if (running(m) && m->sp < 2)
		model_fail(m, TEA_EXIT_STACK_UNDERFLOW);
	low = pop_byte(m);
	return pop_byte(m) * 256 + low;
}

static unsigned int pop(struct model *m, unsigned int bits)
{
	return bits == 8 ? pop_byte(m) : pop_short(m);
}

static unsigned int byte_at(struct model *m, unsigned int index)
{
	if (!running(m))
		return 0;
	if (index >= m->stack_size) {
		model_fail(m, TEA_EXIT_STACK_ERROR);
		return 0;
	}
	return m->stack[index];
}

static unsigned int short_at(struct model *m, unsigned int index)
{
	unsigned int high = byte_at(m, index);

	return high * 256 + byte_at(m, index + 1);
}

static void require(struct model *m, bool condition, enum tea_exit code)
{
	if (!condition)
		model_fail(m, code);
}

static unsigned int get_relative(struct model *m, unsigned int n,
				 unsigned int bits)
{
	if (bits == 8) {
		require(m, m->sp >= n, TEA_EXIT_STACK_ERROR);
		require(m, n != 0, TEA_EXIT_STACK_OVERFLOW);
		return byte_at(m, m->sp - n);
	}
	require(m, m->sp >= n, TEA_EXIT_STACK_UNDERFLOW);
	require(m, n != 0, TEA_EXIT_STACK_OVERFLOW);
	require(m, m->sp >= 2, TEA_EXIT_STACK_UNDERFLOW);
	return short_at(m, m->sp - n);
}

static unsigned int get_absolute(struct model *m, unsigned int a,
				 unsigned int bits)
{
	if (bits == 8) {
		require(m, m->sp > a, TEA_EXIT_STACK_ERROR);
		return byte_at(m, a);
	}
	require(m, m->sp > a, TEA_EXIT_STACK_OVERFLOW);
	require(m, m->sp >= 2, TEA_EXIT_STACK_UNDERFLOW);
	return short_at(m, a);
}

static void store(struct model *m, unsigned int index, unsigned int value,
		  unsigned int bits)
{
	if (!running(m))
		return;
	if (bits == 16) {
		m->stack[index] = (unsigned char)(value >> 8);
		index++;
	}
	m->stack[index] = (unsigned char)value;
}

static void put_relative(struct model *m, unsigned int n, unsigned int value,
			 unsigned int bits)
{
	require(m, m->sp >= n, TEA_EXIT_STACK_ERROR);
	require(m, n >= bits / 8, TEA_EXIT_STACK_ERROR);
	store(m, m->sp - n, value, bits);
}

static void put_absolute(struct model *m, unsigned int a, unsigned int value,
			 unsigned int bits)
{
	require(m, m->sp >= a + bits / 8, TEA_EXIT_STACK_ERROR);
	store(m, a, value, bits);
}

/* pushlb pushls */
static void literals(struct model *m, unsigned int op, unsigned int operand)
{
	push(m, operand, op == TEA_OP_PUSHLB ? 8 : 16);
}

/* pushmb pushmbx pushms pushmsx */
static void port_reads(struct model *m, unsigned int op, unsigned int operand)
{
	bool is_byte = op == TEA_OP_PUSHMB || op == TEA_OP_PUSHMBX;
	unsigned int port = operand;
	unsigned int value = 0;

	if (op == TEA_OP_PUSHMBX || op == TEA_OP_PUSHMSX)
		port = pop_short(m);
	if (running(m))
		value = model_read_port(m, port, is_byte ? 1 : 2);
	push(m, value, is_byte ? 8 : 16);
}

/* popbm popbmx popsm popsmx */
static void port_writes(struct model *m, unsigned int op, unsigned int operand)
{
	bool is_byte = op == TEA_OP_POPBM || op == TEA_OP_POPBMX;
	unsigned int port = operand;
	unsigned int value;

	if (op == TEA_OP_POPBMX || op == TEA_OP_POPSMX)
		port = pop_short(m);
	value = pop(m, is_byte ? 8 : 16);
	model_write_port(m, port, is_byte ? 1 : 2, value);
}

/* pushsb pushsbx pushss pushssx pushsba pushsbax pushssa pushssax */
static void loads(struct model *m, unsigned int op, unsigned int operand)
{
	switch (op) {
	case TEA_OP_PUSHSB:
		push_byte(m, get_relative(m, operand, 8));
		break;
	case TEA_OP_PUSHSBX:
		operand = pop_byte(m);
		push_byte(m, get_relative(m, operand, 8));
		break;
	case TEA_OP_PUSHSS:
		push_short(m, get_relative(m, operand, 16));
		break;
	case TEA_OP_PUSHSSX:
		operand = pop_byte(m);
		push_short(m, get_relative(m, operand, 16));
		break;
	case TEA_OP_PUSHSBA:
		push_byte(m, get_absolute(m, operand, 8));
		break;
	case TEA_OP_PUSHSBAX:
		operand = pop_short(m);
		push_byte(m, get_absolute(m, operand, 8));
		break;
	case TEA_OP_PUSHSSA:
		push_short(m, get_absolute(m, operand, 16));
		break;
	case TEA_OP_PUSHSSAX:
		operand = pop_short(m);
		push_short(m, get_absolute(m, operand, 16));
		break;
	}
}

/* popbs popbsx popss popssx popbsa popbsax popssa popssax */
static void stores(struct model *m, unsigned int op, unsigned int operand)
{
	unsigned int bits = 16;
	unsigned int value;

	if (op == TEA_OP_POPBS || op == TEA_OP_POPBSX ||
	    op == TEA_OP_POPBSA || op == TEA_OP_POPBSAX)
		bits = 8;
	if (op == TEA_OP_POPBSX || op == TEA_OP_POPSSX)
		operand = pop_byte(m);
	if (op == TEA_OP_POPBSAX || op == TEA_OP_POPSSAX)
		operand = pop_short(m);
	value = pop(m, bits);
	if (op <= TEA_OP_POPSSX)
		put_relative(m, operand, value, bits);
	else
		put_absolute(m, operand, value, bits);
}

/* pushn pushnx popn popnx */
static void counts(struct model *m, unsigned int op, unsigned int n)
{
	if (op == TEA_OP_PUSHNX || op == TEA_OP_POPNX)
		n = pop_byte(m);
	if (op == TEA_OP_PUSHN || op == TEA_OP_PUSHNX) {
		require(m, m->sp + n <= m->stack_size, TEA_EXIT_STACK_OVERFLOW);
		if (running(m))
			m->sp += n;
	} else {
		require(m, n <= m->sp, TEA_EXIT_STACK_UNDERFLOW);
		if (running(m))
			m->sp -= n;
	}
}

/* popb pops */
static void drops(struct model *m, unsigned int op)
{
	unsigned int bits = op == TEA_OP_POPB ? 8 : 16;
	unsigned int value = pop(m, bits);

	set_nz(m, value, bits);
}

/* convbs convsb */
static void conversions(struct model *m, unsigned int op)
{
	int value;

	if (op == TEA_OP_CONVBS) {
		push_short(m, (unsigned int)as_signed(pop_byte(m), 8));
		return;
	}
	value = as_signed(pop_short(m), 16);
	push_byte(m, (unsigned int)value);
	if (value < -128 || value > 127)
		set_carry(m, true);
}

/* popcmd */
static void command(struct model *m)
{
	unsigned int n = pop_byte(m);
	const unsigned char *packet;

	require(m, n <= m->sp, TEA_EXIT_STACK_UNDERFLOW);
	require(m, n >= 2 && n <= PACKET_MAX, TEA_EXIT_BAD_COMMAND);
	if (!running(m))
		return;
	packet = m->stack + m->sp - n;
	require(m, packet[1] == n - 2, TEA_EXIT_BAD_COMMAND);
	if (!running(m))
		return;
	m->sp -= n;
	if (packet[0] == m->address && n > 2 &&
	    (packet[2] == COMMAND_RUN || packet[2] == COMMAND_KILL))
		m->state = MODEL_OUTSIDE;
}

/* decb decs incb incs */
static void increments(struct model *m, unsigned int op, unsigned int n)
{
	unsigned int bits = op == TEA_OP_DECB || op == TEA_OP_INCB ? 8 : 16;
	int value = (int)get_relative(m, n, bits);
	int max = bits == 8 ? 127 : 32767;

	value += op == TEA_OP_INCB || op == TEA_OP_INCS ? 1 : -1;
	put_relative(m, n, (unsigned int)value, bits);
	if (!running(m))
		return;
	m->negative = false;
	m->carry = value > max;
	m->zero = value == 0;
}

/* addb adds subb subs */
static void sums(struct model *m, unsigned int op)
{
	unsigned int bits = op == TEA_OP_ADDB || op == TEA_OP_SUBB ? 8 : 16;
	unsigned int y = pop(m, bits);
	unsigned int x = pop(m, bits);

	if (op == TEA_OP_ADDB || op == TEA_OP_ADDS) {
		push(m, x + y, bits);
		set_carry(m, x + y > (bits == 8 ? 255 : 65535));
	} else {
		push(m, x - y, bits);
		set_carry(m, x >= y);
	}
}

/* multb mults */
static void products(struct model *m, unsigned int op)
{
	unsigned int bits = op == TEA_OP_MULTB ? 8 : 16;
	unsigned int y = pop(m, bits);
	unsigned int x = pop(m, bits);

	push_short(m, x * y);
	set_carry(m, op == TEA_OP_MULTS && x * y > 32767);
}

/* divb divs modb mods */
static void quotients(struct model *m, unsigned int op)
{
	unsigned int bits = op == TEA_OP_DIVB || op == TEA_OP_MODB ? 8 : 16;
	int y = as_signed(pop(m, bits), bits);
	int x = as_signed(pop(m, bits), bits);

	if (!running(m))
		return;
	if (y == 0) {
		model_fail(m, TEA_EXIT_DIV_BY_ZERO);
		return;
	}
	if (op == TEA_OP_DIVB || op == TEA_OP_DIVS)
		push(m, (unsigned int)(x / y), bits);
	else
		push(m, (unsigned int)(x % y), bits);
	set_carry(m, false);
}

/* andb ands orb ors xorb xors */
static void logic(struct model *m, unsigned int op)
{
	unsigned int bits = op == TEA_OP_ANDB || op == TEA_OP_ORB ||
			    op == TEA_OP_XORB ? 8 : 16;
	unsigned int y = pop(m, bits);
	unsigned int x = pop(m, bits);

	if (op == TEA_OP_ANDB || op == TEA_OP_ANDS)
		push(m, x & y, bits);
	else if (op == TEA_OP_ORB || op == TEA_OP_ORS)
		push(m, x | y, bits);
	else
		push(m, x ^ y, bits);
	set_carry(m, false);
}

/* negb negs compb comps */
static void complements(struct model *m, unsigned int op)
{
	unsigned int bits = op == TEA_OP_NEGB || op == TEA_OP_COMPB ? 8 : 16;
	unsigned int x = pop(m, bits);

	push(m, op == TEA_OP_NEGB || op == TEA_OP_NEGS ? 0 - x : ~x, bits);
	set_carry(m, false);
}

/* What 2 to the power of count does to a number: truncate or round down */
static int shift(int value, unsigned int count, bool left)
{
	unsigned int i;

	for (i = 0; i < count; i++) {
		if (left)
			value = (int)((unsigned int)value * 2);
		else
			value = (value - (value & 1)) / 2;
	}
	return value;
}

/* rlb rls rrb rrs */
static void shifts(struct model *m, unsigned int op)
{
	unsigned int bits = op == TEA_OP_RLB || op == TEA_OP_RRB ? 8 : 16;
	unsigned int count = pop_byte(m) % 32;
	int value = as_signed(pop(m, bits), bits);
	unsigned int mask = bits == 8 ? 0xFF : 0xFFFF;

	value = shift(value, count, op == TEA_OP_RLB || op == TEA_OP_RLS);
	push(m, (unsigned int)value, bits);
	set_carry(m, (unsigned int)value & ~mask);
}

static void go(struct model *m, unsigned int target)
{
	require(m, target <= m->code_size, TEA_EXIT_ADDRESS_RANGE);
	if (running(m))
		m->cp = target;
}

/* brneg brpos brz brnz brc brnc goto */
static void branches(struct model *m, unsigned int op, unsigned int target)
{
	bool taken = true;

	switch (op) {
	case TEA_OP_BRNEG:
		taken = m->negative;
		break;
	case TEA_OP_BRPOS:
		taken = !m->negative && !m->zero;
		break;
	case TEA_OP_BRZ:
		taken = m->zero;
		break;
	case TEA_OP_BRNZ:
		taken = !m->zero;
		break;
	case TEA_OP_BRC:
		taken = m->carry;
		break;
	case TEA_OP_BRNC:
		taken = !m->carry;
		break;
	}
	if (taken)
		go(m, target);
}

/* cmpbbr cmpsbr */
static void comparisons(struct model *m, unsigned int op, unsigned int target)
{
	unsigned int bits = op == TEA_OP_CMPBBR ? 8 : 16;
	unsigned int y = pop(m, bits);
	unsigned int x = pop(m, bits);

	if (x == y)
		go(m, target);
	else
		push(m, x, bits);
}

/* call return */
static void calls(struct model *m, unsigned int op, unsigned int target)
{
	if (op == TEA_OP_CALL)
		put_short(m, m->cp);
	else
		target = pop_short(m);
	if (running(m))
		m->cp = target;
}

static unsigned int digits(char *text, unsigned int value, unsigned int base,
			   unsigned int count)
{
	unsigned int i;

	for (i = count; i > 0; i--) {
		text[i - 1] = "0123456789ABCDEF"[value % base];
		value /= base;
	}
	return count;
}

static unsigned int decimal(char *text, int value)
{
	unsigned int size = 0;
	unsigned int count = 1;
	int rest;

	if (value < 0) {
		text[size++] = '-';
		value = -value;
	}
	for (rest = value / 10; rest; rest /= 10)
		count++;
	return size + digits(text + size, (unsigned int)value, 10, count);
}

/* fmtbb fmtbd fmtbu fmtbh fmtsb fmtsd fmtsu fmtsh */
static void formats(struct model *m, unsigned int op)
{
	unsigned int bits = op <= TEA_OP_FMTBH ? 8 : 16;
	unsigned int value = pop(m, bits);
	unsigned int size = 0;
	char text[16];
	unsigned int i;

	if (op == TEA_OP_FMTBB || op == TEA_OP_FMTSB)
		size = digits(text, value, 2, bits);
	else if (op == TEA_OP_FMTBD || op == TEA_OP_FMTSD)
		size = decimal(text, as_signed(value, bits));
	else if (op == TEA_OP_FMTBU || op == TEA_OP_FMTSU)
		size = decimal(text, (int)value);
	else
		size = digits(text, value, 16, bits / 4);

	for (i = 0; i < size; i++)
		put(m, (unsigned char)text[i]);
	put(m, size);
	if (op == TEA_OP_FMTBH || op == TEA_OP_FMTSH)
		set_nz(m, size, 8);
}

static void finish(struct model *m)
{
	m->state = MODEL_EXITED;
	m->exit_code = m->sp == m->return_size ? TEA_EXIT_NORMAL
					       : TEA_EXIT_BAD_RET_VAL;
}

static unsigned int fetch(struct model *m)
{
	if (m->cp >= m->code_size) {
		model_fail(m, TEA_EXIT_ADDRESS_RANGE);
		return 0;
	}
	return m->code[m->cp++];
}

static void execute(struct model *m, unsigned int op, unsigned int operand)
{
	switch (op) {
	case TEA_OP_NOP:
		break;
	case TEA_OP_PUSHLB:
	case TEA_OP_PUSHLS:
		literals(m, op, operand);
		break;
	case TEA_OP_PUSHMB ... TEA_OP_PUSHMSX:
		port_reads(m, op, operand);
		break;
	case TEA_OP_PUSHSB ... TEA_OP_PUSHSSAX:
		loads(m, op, operand);
		break;
	case TEA_OP_PUSHN:
	case TEA_OP_PUSHNX:
	case TEA_OP_POPN:
	case TEA_OP_POPNX:
		counts(m, op, operand);
		break;
	case TEA_OP_CONVBS:
	case TEA_OP_CONVSB:
		conversions(m, op);
		break;
	case TEA_OP_POPBM ... TEA_OP_POPSMX:
		port_writes(m, op, operand);
		break;
	case TEA_OP_POPBS ... TEA_OP_POPSSAX:
		stores(m, op, operand);
		break;
	case TEA_OP_POPCMD:
		command(m);
		break;
	case TEA_OP_POPB:
	case TEA_OP_POPS:
		drops(m, op);
		break;
	case TEA_OP_DECB ... TEA_OP_INCS:
		increments(m, op, operand);
		break;
	case TEA_OP_ADDB ... TEA_OP_SUBS:
		sums(m, op);
		break;
	case TEA_OP_NEGB:
	case TEA_OP_NEGS:
	case TEA_OP_COMPB:
	case TEA_OP_COMPS:
		complements(m, op);
		break;
	case TEA_OP_MULTB:
	case TEA_OP_MULTS:
		products(m, op);
		break;
	case TEA_OP_DIVB ... TEA_OP_MODS:
		quotients(m, op);
		break;
	case TEA_OP_ANDB ... TEA_OP_XORS:
		logic(m, op);
		break;
	case TEA_OP_RLB ... TEA_OP_RRS:
		shifts(m, op);
		break;
	case TEA_OP_BRNEG ... TEA_OP_BRNC:
	case TEA_OP_GOTO:
		branches(m, op, operand);
		break;
	case TEA_OP_CMPBBR:
	case TEA_OP_CMPSBR:
		comparisons(m, op, operand);
		break;
	case TEA_OP_CALL:
	case TEA_OP_RETURN:
		calls(m, op, operand);
		break;
	case TEA_OP_FMTBB ... TEA_OP_FMTSH:
		formats(m, op);
		break;
	case TEA_OP_EXIT:
		finish(m);
		break;
	default:
		model_fail(m, TEA_EXIT_BAD_OPCODE);
	}
}

void model_step(struct model *m)
{
	unsigned int operand = 0;
	unsigned int op, i;

	op = fetch(m);
	if (!running(m))
		return;
	m->steps++;
	for (i = 0; i < tea_opcode_bytes(op); i++)
		operand = operand * 256 + fetch(m);
	if (running(m))
		execute(m, op, operand);
}

enum model_state model_run(struct model *m, unsigned long long limit)
{
	/* Running out of code takes no step. */
	while (running(m) && (m->steps < limit || m->cp >= m->code_size))
		model_step(m);
	return m->state;
}

void model_kill(struct model *m)
{
	m->state = MODEL_RUNNING;
	model_fail(m, TEA_EXIT_KILL);
}

static enum tea_exit launch_rules(const unsigned char *file, size_t size,
				  size_t argument_size, unsigned int stack_size)
{
	if (size < 11 || size > 6 + 65535)
		return TEA_EXIT_BAD_CODE;
	if (file[0] != 'a' || file[1] != 'T')
		return TEA_EXIT_BAD_CODE;
	if (file[2] != 0 || file[3] != 9)
		return TEA_EXIT_BAD_VERSION;
	if (file[4] > 2)
		return TEA_EXIT_BAD_RET_VAL;
	if (file[5] != argument_size)
		return TEA_EXIT_BAD_STARTUP;
	if (file[4] + argument_size > stack_size)
		return TEA_EXIT_BAD_STARTUP;
	return TEA_EXIT_NORMAL;
}

int model_launch(struct model *m, unsigned int pid, const unsigned char *file,
		 size_t size, const unsigned char *arguments,
		 size_t argument_size, unsigned int stack_size)
{
	enum tea_exit code;

	memset(m, 0, offsetof(struct model, text));
	m->pid = pid;
	m->address = 2;
	m->stack_size = stack_size;
	m->stack = calloc(stack_size, 1);
	if (!m->stack)
		return -1;
	code = launch_rules(file, size, argument_size, stack_size);
	if (code != TEA_EXIT_NORMAL) {
		model_fail(m, code);
		return 0;
	}
	m->return_size = file[4];
	m->code = file + 6;
	m->code_size = (unsigned int)size - 6;
	if (argument_size)
		memcpy(m->stack + m->return_size, arguments, argument_size);
	m->sp = m->return_size + (unsigned int)argument_size;
	return 0;
}

size_t model_message(const struct model *m, unsigned char *message)
{
	size_t size = 0;
	unsigned int i;

	message[size++] = 0x80;
	message[size++] = 0x1A;
	message[size++] = (unsigned char)m->pid;
	message[size++] = (unsigned char)m->exit_code;
	if (m->exit_code == TEA_EXIT_NORMAL) {
		for (i = 0; i < m->sp; i++)
			message[size++] = m->stack[i];
	}
	return size;
}

void model_free(struct model *m)
{
	free(m->stack);
	m->stack = NULL;
}
