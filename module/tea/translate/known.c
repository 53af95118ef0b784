// SPDX-License-Identifier: GPL-2.0-only
#include "translator.h"

/* Registers for values; RAX, RCX and RDX are not among them. */
static const unsigned char value_registers[] = {
	X86_RSI, X86_RDI, X86_R8, X86_R9, X86_R10, X86_R11,
};

#define VALUE_REGISTERS	(sizeof(value_registers) / sizeof(*value_registers))

struct x86_place stack_place(int at)
{
	return (struct x86_place){
		.base = STACK_BASE, .index = STACK_POINTER, .offset = at,
	};
}

struct known_value constant_value(unsigned int number)
{
	return (struct known_value){
		.is_constant = 1,
		.constant = (unsigned short)number,
	};
}

struct known_value register_value(enum x86_register reg)
{
	return (struct known_value){ .reg = (unsigned char)reg };
}

void known_clobber(struct translator *t)
{
	t->known.flags.result_ready = 0;
	t->known.flags.carry_ready = 0;
}

static int value_uses(const struct known_value *value, unsigned int reg)
{
	return !value->is_constant && value->reg == reg;
}

static int result_uses(const struct known_flags *flags, unsigned int reg)
{
	return flags->result_kind != RESULT_KEPT &&
	       value_uses(&flags->result, reg);
}

static int carry_uses(const struct known_flags *flags, unsigned int reg)
{
	return flags->carry_kind > CARRY_CONSTANT &&
	       (value_uses(&flags->sum, reg) ||
		value_uses(&flags->right, reg));
}

/* How many items and flags need the value in a register? */
static unsigned int register_uses(const struct translator *t, unsigned int reg)
{
	const struct known *known = &t->known;
	unsigned int uses = 0;
	unsigned int i;

	for (i = 0; i < known->count; i++)
		uses += (unsigned int)value_uses(&known->items[i].value, reg);
	return uses + (unsigned int)result_uses(&known->flags, reg) +
	       (unsigned int)carry_uses(&known->flags, reg);
}

static void store_register(struct translator *t, unsigned int bits,
			   unsigned int reg, const struct x86_place *place)
{
	if (bits == BYTE_BITS) {
		emit_memory(&t->emit, bits, X86_MOV_STORE, reg, place);
	} else if (t->program->has_movbe) {
		emit_memory(&t->emit, bits, X86_MOVBE_STORE, reg, place);
	} else {
		known_clobber(t);
		emit_move(&t->emit, X86_RAX, reg);
		emit_swap(&t->emit, X86_RAX);
		emit_memory(&t->emit, bits, X86_MOV_STORE, X86_RAX, place);
	}
}

static void store_item(struct translator *t, struct known_item *item)
{
	struct x86_place place = stack_place(item->at);
	unsigned int constant = item->value.constant;

	if (!item->dirty)
		return;
	item->dirty = 0;
	if (!item->value.is_constant) {
		store_register(t, item->bytes * 8U, item->value.reg, &place);
		return;
	}
	if (item->bytes == 2)
		constant = (constant >> 8 | constant << 8) & 0xFFFF;
	emit_store_constant(&t->emit, item->bytes * 8U, &place, constant);
}

static void drop_item(struct translator *t, unsigned int i)
{
	struct known *known = &t->known;

	for (known->count--; i < known->count; i++)
		known->items[i] = known->items[i + 1];
}

void known_store(struct translator *t)
{
	unsigned int i;

	for (i = 0; i < t->known.count; i++)
		store_item(t, &t->known.items[i]);
}

void known_forget(struct translator *t)
{
	t->known.count = 0;
}

void known_begin(struct translator *t)
{
	known_forget(t);
	t->known.flags = (struct known_flags){
		.result_kind = RESULT_KEPT,
		.carry_kind = CARRY_KEPT,
	};
	t->locked = 0;
}

static void free_register(struct translator *t, unsigned int reg)
{
	struct known *known = &t->known;
	unsigned int i = 0;

	if (result_uses(&known->flags, reg))
		flags_keep_result(t);
	if (carry_uses(&known->flags, reg))
		flags_keep_carry(t);
	while (i < known->count) {
		if (value_uses(&known->items[i].value, reg)) {
			store_item(t, &known->items[i]);
			drop_item(t, i);
		} else {
			i++;
		}
	}
}

static int is_locked(const struct translator *t, unsigned int reg)
{
	return t->locked >> reg & 1;
}

/* The register of the oldest item, if no other one is free */
static unsigned int choose_register(const struct translator *t)
{
	const struct known *known = &t->known;
	unsigned int i;

	for (i = 0; i < VALUE_REGISTERS; i++) {
		if (!is_locked(t, value_registers[i]) &&
		    !register_uses(t, value_registers[i]))
			return value_registers[i];
	}
	for (i = 0; i < known->count; i++) {
		const struct known_value *value = &known->items[i].value;

		if (!value->is_constant && !is_locked(t, value->reg))
			return value->reg;
	}
	for (i = 0; i < VALUE_REGISTERS; i++) {
		if (!is_locked(t, value_registers[i]))
			break;
	}
	return value_registers[i];
}

/* No instruction locks as many registers as there are. */
enum x86_register known_register(struct translator *t)
{
	unsigned int reg = choose_register(t);

	free_register(t, reg);
	t->locked |= 1U << reg;
	return reg;
}

static int is_overlapping(const struct known_item *item, int at, int bytes)
{
	return item->at < at + bytes && at < item->at + item->bytes;
}

static int is_covered(const struct known_item *item, int at, int bytes)
{
	return item->at >= at && item->at + item->bytes <= at + bytes;
}

/*
 * Prepares for an access to memory, or for a new item: items that overlap it are
 * stored and forgotten. What a write covers need not be stored.
 */
static void drop_overlapping(struct translator *t, int at, int bytes, int write)
{
	struct known *known = &t->known;
	unsigned int i = 0;

	while (i < known->count) {
		struct known_item *item = &known->items[i];

		if (!is_overlapping(item, at, bytes)) {
			i++;
			continue;
		}
		if (!write || !is_covered(item, at, bytes))
			store_item(t, item);
		drop_item(t, i);
	}
}

static void add_item(struct translator *t, int at, unsigned int bits,
		     struct known_value value, int dirty)
{
	struct known *known = &t->known;

	if (known->count == KNOWN_ITEMS) {
		store_item(t, &known->items[0]);
		drop_item(t, 0);
	}
	known->items[known->count++] = (struct known_item){
		.at = at,
		.bytes = (unsigned char)(bits / 8),
		.dirty = (unsigned char)dirty,
		.value = value,
	};
}

static enum x86_register load_value(struct translator *t, int at,
				    unsigned int bits)
{
	enum x86_register reg = known_register(t);
	struct x86_place place = stack_place(at);

	if (bits == BYTE_BITS) {
		emit_memory(&t->emit, 32, X86_MOVZX_BYTE, reg, &place);
	} else if (t->program->has_movbe) {
		emit_memory(&t->emit, bits, X86_MOVBE_LOAD, reg, &place);
	} else {
		known_clobber(t);
		emit_memory(&t->emit, 32, X86_MOVZX_SHORT, reg, &place);
		emit_swap(&t->emit, reg);
	}
	return reg;
}

static struct known_item *find_item(struct translator *t, int at,
				    unsigned int bits)
{
	struct known *known = &t->known;
	unsigned int i;

	for (i = 0; i < known->count; i++) {
		if (known->items[i].at == at &&
		    known->items[i].bytes == bits / 8)
			return &known->items[i];
	}
	return 0;
}

struct known_value known_get(struct translator *t, int at, unsigned int bits)
{
	const struct known_item *item = find_item(t, at, bits);
	struct known_value value;

	if (item) {
		if (!item->value.is_constant)
			t->locked |= 1U << item->value.reg;
		return item->value;
	}
	drop_overlapping(t, at, (int)bits / 8, 0);
	value = register_value(load_value(t, at, bits));
	add_item(t, at, bits, value, 0);
	return value;
}

enum x86_register known_own(struct translator *t, int at, unsigned int bits)
{
	struct known_value value = known_get(t, at, bits);
	enum x86_register reg;

	if (!value.is_constant && register_uses(t, value.reg) == 1)
		return value.reg;
	reg = known_register(t);
	if (value.is_constant)
		emit_constant(&t->emit, reg, value.constant);
	else
		emit_move(&t->emit, reg, value.reg);
	return reg;
}

void known_put(struct translator *t, int at, unsigned int bits,
	       struct known_value value)
{
	drop_overlapping(t, at, (int)bits / 8, 1);
	add_item(t, at, bits, value, 1);
}
