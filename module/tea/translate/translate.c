// SPDX-License-Identifier: GPL-2.0-only
#include "translator.h"

/*
 * Three passes over the code. The first finds the addresses where runs begin, the
 * second measures the runs, and the third writes them. The third is executed twice:
 * jumps need the offsets of runs that are written later, and all instructions have
 * the same size both times.
 */

/* Instructions of a run that are counted at once */
#define RUN_INSTRUCTIONS_MAX	255

_Static_assert(sizeof(struct translate_note) == TEA_TRANSLATE_NOTE,
	       "the size of a note is known to those who allocate them");

int translate_read(const struct translator *t, unsigned int cp,
		   struct instruction *instruction)
{
	const unsigned char *code = t->program->code + cp;
	unsigned int left = t->program->code_size - cp;
	unsigned int bytes;

	instruction->next = cp + 1;
	if (!left)
		return 0;
	bytes = tea_opcode_bytes(*code);
	instruction->opcode = *code;
	instruction->operand = 0;
	instruction->next += bytes;
	if (left <= bytes || op_kind(*code) == OP_LEFT)
		return 0;
	if (bytes == 2)
		instruction->operand = (unsigned int)code[1] << 8 | code[2];
	else if (bytes)
		instruction->operand = code[1];
	instruction->effect = tea_effect_of(*code, instruction->operand,
					    t->program->code_size);
	return instruction->effect.valid;
}

/*
 * First pass. The addresses that have to be examined are a list in the notes; each
 * is added once.
 */

struct address_list {
	unsigned int first;
	int is_empty;
};

static void add_start(struct translator *t, struct address_list *list,
		      unsigned int cp)
{
	struct translate_note *note = &t->notes[cp];

	if (cp >= t->program->code_size || note->is_start)
		return;
	note->is_start = 1;
	if (note->is_seen)
		return;
	/* The last address of the list is its own next one. */
	note->next = (unsigned short)(list->is_empty ? cp : list->first);
	list->first = cp;
	list->is_empty = 0;
}

static unsigned int take_start(struct translator *t, struct address_list *list)
{
	unsigned int cp = list->first;

	list->first = t->notes[cp].next;
	list->is_empty = list->first == cp;
	return cp;
}

/* From a start on, until another run begins */
static void find_from(struct translator *t, struct address_list *list,
		      unsigned int cp)
{
	struct instruction instruction;

	while (cp < t->program->code_size) {
		if (t->notes[cp].is_seen) {
			t->notes[cp].is_start = 1;
			return;
		}
		t->notes[cp].is_seen = 1;
		if (!translate_read(t, cp, &instruction)) {
			add_start(t, list, instruction.next);
			return;
		}
		if (tea_opcode_operand(instruction.opcode) ==
		    TEA_OPERAND_TARGET)
			add_start(t, list, instruction.operand);
		if (instruction.opcode == TEA_OP_CALL)
			add_start(t, list, instruction.next);
		if (op_kind(instruction.opcode) == OP_END)
			return;
		cp = instruction.next;
	}
}

static void find_starts(struct translator *t)
{
	struct address_list list = { .is_empty = 1 };
	unsigned int i;

	for (i = 0; i <= t->program->code_size; i++)
		t->notes[i] = (struct translate_note){ 0 };
	add_start(t, &list, 0);
	while (!list.is_empty)
		find_from(t, &list, take_start(t, &list));
}

/*
 * Second pass
 */

struct flag_column {
	const char *flags;
};

static const struct flag_column flag_columns[] = {
#define COLUMN(NAME, number, mnemonic, bytes, kind, meaning, before, after, \
	       flags, ...) \
	[number] = { flags },
	TEA_OPCODES(COLUMN)
#undef COLUMN
};

static int changes_flag(unsigned int opcode, char flag)
{
	const char *flags = flag_columns[opcode].flags;

	for (; *flags; flags++) {
		if (*flags == flag)
			return 1;
	}
	return 0;
}

/**
 * struct run_measure - a run that is being measured
 * @depth: sp, minus sp at the beginning
 * @low: the least sp at the beginning with which no instruction underflows
 * @peak: the greatest @depth
 * @count: instructions
 * @has_result: N and Z have been set by the run
 * @has_carry: C has
 * @needs_result: the run may be left while N and Z are those from before it
 * @needs_carry: the same for C
 */
struct run_measure {
	int depth;
	int low;
	int peak;
	unsigned int count;
	int has_result;
	int has_carry;
	int needs_result;
	int needs_carry;
};

static void measure_exit(struct run_measure *run)
{
	run->needs_result |= !run->has_result;
	run->needs_carry |= !run->has_carry;
}

static void measure_flags(struct run_measure *run, unsigned int opcode)
{
	if (op_kind(opcode) != OP_PLAIN)
		measure_exit(run);
	/* It leaves C alone if the value fits. */
	if (opcode == TEA_OP_CONVSB)
		run->needs_carry |= !run->has_carry;
	run->has_result |= changes_flag(opcode, 'N');
	run->has_carry |= changes_flag(opcode, 'C');
}

/* Returns 0 if the run ends before this instruction. */
static int measure_instruction(const struct translator *t,
			       struct run_measure *run,
			       const struct instruction *instruction)
{
	const struct tea_effect *effect = &instruction->effect;
	int depth = run->depth + (int)effect->pushes - (int)effect->pops;
	int peak = depth > run->peak ? depth : run->peak;
	int low = (int)effect->need - run->depth;

	if (low < run->low)
		low = run->low;
	if (low + peak > (int)t->program->stack_size ||
	    run->count == RUN_INSTRUCTIONS_MAX)
		return 0;
	run->low = low;
	run->peak = peak;
	run->depth = depth;
	run->count++;
	measure_flags(run, instruction->opcode);
	return 1;
}

static void measure_run(struct translator *t, unsigned int cp)
{
	struct translate_note *note = &t->notes[cp];
	struct instruction instruction;
	struct run_measure run = { 0 };

	do {
		if (!translate_read(t, cp, &instruction) ||
		    !measure_instruction(t, &run, &instruction)) {
			t->notes[cp].is_start = 1;
			break;
		}
		cp = instruction.next;
	} while (op_kind(instruction.opcode) != OP_END &&
		 !t->notes[cp].is_start);
	measure_exit(&run);
	note->low = (unsigned short)run.low;
	note->high = (unsigned short)((int)t->program->stack_size - run.peak);
	note->count = (unsigned char)run.count;
	note->needs_result = !!run.needs_result;
	note->needs_carry = !!run.needs_carry;
}

/* A run that is cut short makes the address where it ends a start. */
static void measure_runs(struct translator *t)
{
	unsigned int cp;

	for (cp = 0; cp < t->program->code_size; cp++) {
		if (t->notes[cp].is_start)
			measure_run(t, cp);
	}
}

/*
 * Third pass
 */

static void move_pointer(struct translator *t)
{
	if (t->depth)
		emit_alu_constant(&t->emit, 32, X86_ADD, STACK_POINTER,
				  t->depth);
}

static void change_fuel(struct translator *t, enum x86_alu alu,
			unsigned int count)
{
	if (count)
		emit_alu_constant(&t->emit, 64, alu, FUEL, (int)count);
}

static void leave_at(struct translator *t, unsigned int cp)
{
	emit_constant(&t->emit, X86_RAX, cp);
	emit_jump_to(&t->emit, X86_ALWAYS, t->leave);
}

void translate_leave(struct translator *t, unsigned int cp,
		     unsigned int refund)
{
	struct known known = t->known;

	known_store(t);
	flags_keep_result(t);
	flags_keep_carry(t);
	move_pointer(t);
	change_fuel(t, X86_ADD, refund);
	leave_at(t, cp);
	t->known = known;
}

/* Does the stack fit the run at @note whenever it fits this one? */
static int is_stack_proven(const struct translator *t,
			   const struct translate_note *note)
{
	return t->run->low + t->depth >= note->low &&
	       t->run->high + t->depth <= note->high;
}

/* Goes to the code of a run that checks whether it may begin. */
static void enter_checked(struct translator *t,
			  const struct translate_note *note,
			  unsigned int refund)
{
	flags_keep_result(t);
	flags_keep_carry(t);
	move_pointer(t);
	change_fuel(t, X86_ADD, refund);
	emit_jump_to(&t->emit, X86_ALWAYS, note->entry);
}

/*
 * The stack fits, so only the steps are checked. If they do not suffice, the flags
 * that the run does not need are computed for the interpreter.
 */
static void enter_proven(struct translator *t,
			 const struct translate_note *note,
			 unsigned int target, unsigned int refund)
{
	if (note->needs_result)
		flags_keep_result(t);
	if (note->needs_carry)
		flags_keep_carry(t);
	move_pointer(t);
	if (note->count <= refund) {
		change_fuel(t, X86_ADD, refund - note->count);
		emit_jump_to(&t->emit, X86_ALWAYS, note->body);
		return;
	}
	change_fuel(t, X86_SUB, note->count - refund);
	emit_jump_to(&t->emit, X86_NOT_BELOW, note->body);
	known_clobber(t);
	change_fuel(t, X86_ADD, note->count);
	flags_keep_result(t);
	flags_keep_carry(t);
	leave_at(t, target);
}

void translate_edge(struct translator *t, unsigned int target,
		    unsigned int refund)
{
	const struct translate_note *note = &t->notes[target];
	struct known known = t->known;

	if (!note->count) {
		translate_leave(t, target, refund);
		return;
	}
	known_store(t);
	if (is_stack_proven(t, note))
		enter_proven(t, note, target, refund);
	else
		enter_checked(t, note, refund);
	t->known = known;
}

/* Where the run is entered by a jump from elsewhere; it begins behind this. */
static void write_entry(struct translator *t, struct translate_note *note,
			unsigned int cp)
{
	const struct x86_place above_low = {
		.base = STACK_POINTER, .index = X86_NO_REGISTER,
		.offset = -(int)note->low,
	};
	unsigned int span = (unsigned int)note->high - note->low;
	unsigned long outside = 0;

	note->entry = (unsigned int)t->emit.at;
	if (span != t->program->stack_size) {
		emit_memory(&t->emit, 32, X86_LEA, X86_RAX, &above_low);
		emit_alu_constant(&t->emit, 32, X86_CMP, X86_RAX, (int)span);
		outside = emit_jump(&t->emit, X86_ABOVE);
	}
	change_fuel(t, X86_SUB, note->count);
	emit_jump_to(&t->emit, X86_NOT_BELOW, note->body);
	change_fuel(t, X86_ADD, note->count);
	emit_land(&t->emit, outside);
	leave_at(t, cp);
	note->body = (unsigned int)t->emit.at;
}

static void write_run(struct translator *t, unsigned int cp)
{
	struct translate_note *note = &t->notes[cp];
	struct instruction instruction = { 0 };

	write_entry(t, note, cp);
	t->run = note;
	t->depth = 0;
	t->ahead = note->count;
	known_begin(t);
	while (t->ahead) {
		t->cp = cp;
		translate_read(t, cp, &instruction);
		op_translate(t, &instruction);
		cp = instruction.next;
		t->ahead--;
	}
	if (op_kind(instruction.opcode) != OP_END)
		translate_edge(t, cp, 0);
}

/* What is kept for the caller; with RDI, seven registers */
static const unsigned char saved_registers[] = {
	X86_RBX, X86_RBP, X86_R12, X86_R13, X86_R14, X86_R15, X86_RDI,
};

#define SAVED_REGISTERS	(sizeof(saved_registers) / sizeof(*saved_registers))

struct state_row {
	enum x86_register reg;
	unsigned int offset;
};

#define STATE_ROW(reg, member) \
	{ reg, (unsigned int)__builtin_offsetof(struct translated_state, member) }

static const struct state_row taken_rows[] = {
	STATE_ROW(STACK_BASE, stack),
	STATE_ROW(PROGRAM, program),
	STATE_ROW(FUEL, fuel),
	STATE_ROW(STACK_POINTER, sp),
	STATE_ROW(RESULT, result),
	STATE_ROW(CARRY, carry),
	STATE_ROW(X86_RAX, cp),
	{ X86_NO_REGISTER, 0 },
};

static const struct state_row left_rows[] = {
	STATE_ROW(FUEL, fuel),
	STATE_ROW(STACK_POINTER, sp),
	STATE_ROW(RESULT, result),
	STATE_ROW(CARRY, carry),
	STATE_ROW(X86_RAX, cp),
	{ X86_NO_REGISTER, 0 },
};

static void copy_state(struct translator *t, const struct state_row *row,
		       unsigned int opcode)
{
	struct x86_place place = {
		.base = X86_RDI, .index = X86_NO_REGISTER,
	};

	for (; row->reg != X86_NO_REGISTER; row++) {
		place.offset = (int)row->offset;
		emit_memory(&t->emit, 64, opcode, row->reg, &place);
	}
}

/* The function of struct translated_state, and how it is left */
static void write_frame(struct translator *t)
{
	const struct x86_place target = {
		.base = X86_RDI, .index = X86_NO_REGISTER,
		.offset = __builtin_offsetof(struct translated_state, target),
	};
	unsigned int i;

	for (i = 0; i < SAVED_REGISTERS; i++)
		emit_push(&t->emit, saved_registers[i]);
	copy_state(t, taken_rows, X86_MOV_LOAD);
	emit_memory(&t->emit, 32, 0xFF, 4, &target);
	t->leave = t->emit.at;
	emit_pop(&t->emit, X86_RDI);
	copy_state(t, left_rows, X86_MOV_STORE);
	for (i = SAVED_REGISTERS - 1; i--;)
		emit_pop(&t->emit, saved_registers[i]);
	emit_byte(&t->emit, 0xC3);
}

static void write_program(struct translator *t)
{
	unsigned int cp;

	t->emit.at = translated_table_size(t->program->code_size);
	write_frame(t);
	for (cp = 0; cp < t->program->code_size; cp++) {
		if (t->notes[cp].count)
			write_run(t, cp);
	}
}

static void write_table(struct translator *t)
{
	unsigned long end = t->emit.at;
	unsigned int cp;

	t->emit.at = 0;
	for (cp = 0; cp <= t->program->code_size; cp++)
		emit_long(&t->emit, t->notes[cp].count ? t->notes[cp].entry :
			  (unsigned int)t->leave);
	t->emit.at = end;
}

unsigned long tea_translate(const struct tea_program *program, void *notes,
			    unsigned char *to, unsigned long size)
{
	struct translator t = { .program = program, .notes = notes };

	find_starts(&t);
	measure_runs(&t);
	write_program(&t);
	if (t.emit.at <= size) {
		t.emit.bytes = to;
		t.emit.size = size;
		write_program(&t);
		write_table(&t);
	}
	return t.emit.at;
}
