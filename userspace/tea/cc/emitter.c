// SPDX-License-Identifier: GPL-2.0-only
#include <err.h>
#include <errno.h>
#include <stdlib.h>

#include <uapi/tea.h>

#include <userspace/common/cli.h>

#include "arena.h"
#include "emitter.h"

#define NAME_SIZE	(TEA_MAP_NAME_MAX + 1)

void cc_emit_layout(struct cc_emitter *e, struct report *report)
{
	size_t i;

	e->addresses = calloc(e->code->labels + 1, sizeof(*e->addresses));
	if (!e->addresses)
		err(CLI_FAILED, "compiler");
	for (i = 0; i < e->code->count; i++) {
		const struct cc_insn *insn = e->code->list + i;

		if (insn->opcode == CODE_LABEL)
			e->addresses[insn->operand] = (unsigned int)e->size;
		e->size += cc_insn_size(insn);
	}
	if (e->size > TEA_CODE_MAX)
		report_add(report, false, e->unit->main->name->at,
			   "the program has %zu bytes of code, more than %d",
			   e->size, TEA_CODE_MAX);
}

static unsigned int emit_operand(const struct cc_emitter *e,
				 const struct cc_insn *insn)
{
	return cc_insn_jumps(insn) ? e->addresses[insn->operand]
				   : insn->operand;
}

size_t cc_emit_object(const struct cc_emitter *e, unsigned char *file)
{
	const struct cc_function *function = e->unit->main;
	unsigned char *at = file + TEA_HEADER_SIZE;
	size_t i;

	file[TEA_HEADER_SIGNATURE] = TEA_SIGNATURE_0;
	file[TEA_HEADER_SIGNATURE + 1] = TEA_SIGNATURE_1;
	file[TEA_HEADER_MAJOR] = TEA_VERSION_MAJOR;
	file[TEA_HEADER_MINOR] = TEA_VERSION_MINOR;
	file[TEA_HEADER_RETURN] = (unsigned char)cc_type_size(function->type);
	file[TEA_HEADER_ARGUMENTS] = (unsigned char)function->parameter_bytes;
	for (i = 0; i < e->code->count; i++) {
		const struct cc_insn *insn = e->code->list + i;
		unsigned int value = emit_operand(e, insn);
		unsigned int size = cc_insn_size(insn);

		if (size)
			*at++ = (unsigned char)insn->opcode;
		if (size > 2)
			*at++ = (unsigned char)(value >> 8);
		if (size > 1)
			*at++ = (unsigned char)value;
	}
	return (size_t)(at - file);
}

static void function_name(const struct cc_function *function, char *name)
{
	snprintf(name, NAME_SIZE, "%.*s", (int)function->name->size,
		 function->name->text);
}

static void print_line(const struct cc_emitter *e, const struct cc_insn *insn,
		       FILE *to)
{
	const struct source *source = e->sources->list[insn->file];
	const char *c;

	fputs("; ", to);
	for (c = source->path; *c; c++)
		fputc(*c >= 0 && *c < ' ' ? '?' : *c, to);
	fprintf(to, ":%u\n", insn->line);
}

/* Marks the labels that are the target of a jump. */
static bool *used_labels(const struct cc_code *code)
{
	bool *used = calloc(code->labels + 1, sizeof(*used));
	size_t i;

	if (!used)
		err(CLI_FAILED, "compiler");
	for (i = 0; i < code->count; i++) {
		if (cc_insn_jumps(code->list + i))
			used[code->list[i].operand] = true;
	}
	return used;
}

static void print_insn(const struct cc_insn *insn, FILE *to)
{
	unsigned int opcode = insn->opcode;

	fprintf(to, "\t%s", tea_opcode_name(opcode));
	if (cc_insn_jumps(insn))
		fprintf(to, " L%u", insn->operand);
	else if (tea_opcode_bytes(opcode))
		fprintf(to, " %u", insn->operand);
	fputc('\n', to);
}

void cc_emit_assembly(const struct cc_emitter *e, FILE *to)
{
	bool *used = used_labels(e->code);
	unsigned int line = 0;
	unsigned int file = 0;
	char name[NAME_SIZE];
	size_t i;

	fprintf(to, "\t.return %u\n\t.arguments %u\n",
		cc_type_size(e->unit->main->type),
		e->unit->main->parameter_bytes);
	for (i = 0; i < e->code->count; i++) {
		const struct cc_insn *insn = e->code->list + i;

		if (insn->opcode == CODE_LABEL) {
			if (used[insn->operand])
				fprintf(to, "L%u:\n", insn->operand);
			continue;
		}
		if (insn->opcode == CODE_FUNCTION) {
			function_name(insn->function, name);
			fprintf(to, "\n; function %s\n", name);
			line = 0;
		}
		if (insn->opcode >= TEA_OP_COUNT)
			continue;
		if (insn->line && (insn->line != line || insn->file != file)) {
			line = insn->line;
			file = insn->file;
			print_line(e, insn, to);
		}
		print_insn(insn, to);
	}
	free(used);
}

/* A line of the map where the source line changes or a function begins */
static int map_line(const struct cc_emitter *e, struct tea_map *map,
		    unsigned int address, const struct cc_insn *insn,
		    bool begins)
{
	const struct tea_map_line *last = NULL;
	int file;

	if (!insn->line)
		return 0;
	file = tea_map_add_file(map, e->sources->list[insn->file]->path);
	if (file < 0)
		return file;
	if (map->line_count)
		last = &map->lines[map->line_count - 1];
	if (last && !begins && last->file == (unsigned int)file &&
	    last->line == insn->line)
		return 0;
	return tea_map_add_line(map, address, (unsigned int)file, insn->line);
}

static enum tea_map_type map_type(struct cc_type type)
{
	switch (type.base) {
	case CC_CHAR:
		return type.is_unsigned ? TEA_MAP_UCHAR : TEA_MAP_CHAR;
	case CC_INT:
		return type.is_unsigned ? TEA_MAP_UINT : TEA_MAP_INT;
	default:
		return TEA_MAP_STRING;
	}
}

/**
 * struct extent - code that can name a local variable
 * @variable: the variable
 * @start: its first code address
 * @end: the address after the last one
 */
struct extent {
	const struct cc_variable *variable;
	unsigned int start;
	unsigned int end;
};

/**
 * struct mapping - a debug map being made
 * @map: receives it
 * @address: of the next instruction
 * @start: where the function begins
 * @main_called: the instruction that calls main; all globals have values there
 * @locals: the local variables of the function, in the order of their declaration
 * @local_count: number of them
 * @scope: the last one declared that the last instruction could name, or null
 * @error: 0, -EINVAL or -ENOMEM
 */
struct mapping {
	struct tea_map *map;
	unsigned int address;
	unsigned int start;
	unsigned int main_called;
	struct extent *locals;
	size_t local_count;
	const struct cc_variable *scope;
	int error;
};

static void map_variable(struct mapping *m, const struct cc_variable *variable,
			 enum tea_map_place place, unsigned int start,
			 unsigned int end)
{
	struct tea_map_variable entry = {
		.start = start,
		.end = end,
		.place = place,
		.position = variable->position,
		.type = map_type(variable->type),
		.count = variable->type.count,
	};
	char name[NAME_SIZE];

	/* Dead code may have been removed with all that a variable was in. */
	if (m->error || start >= end || !variable->name ||
	    variable->name->size >= NAME_SIZE)
		return;
	snprintf(name, sizeof(name), "%.*s", (int)variable->name->size,
		 variable->name->text);
	entry.name = name;
	m->error = tea_map_add_variable(m->map, &entry);
	/* A map is of use without the variables that exceed its limit, too. */
	if (m->error == -ENOSPC)
		m->error = 0;
}

static bool in_scope(const struct cc_variable *scope,
		     const struct cc_variable *variable)
{
	for (; scope; scope = scope->outer)
		if (scope == variable)
			return true;
	return false;
}

/* Variables of an outer block come first, as they are declared first. */
static void open_scope(struct mapping *m, const struct cc_variable *scope,
		       const struct cc_variable *before)
{
	if (!scope || in_scope(before, scope))
		return;
	open_scope(m, scope->outer, before);
	m->locals = grow_for(m->locals, m->local_count, sizeof(*m->locals));
	m->locals[m->local_count++] = (struct extent){
		.variable = scope,
		.start = m->address,
	};
}

/* Variables that the next instruction cannot name end here. */
static void map_scope(struct mapping *m, const struct cc_variable *scope)
{
	size_t i;

	if (scope == m->scope)
		return;
	for (i = 0; i < m->local_count; i++)
		if (!m->locals[i].end &&
		    !in_scope(scope, m->locals[i].variable))
			m->locals[i].end = m->address;
	open_scope(m, scope, m->scope);
	m->scope = scope;
}

/* The value returned is the first in the frame. */
static void map_returned(struct mapping *m, const struct cc_function *function)
{
	const struct cc_variable value = {
		.name = function->name,
		.type = function->type,
	};

	if (function->type.base != CC_VOID)
		map_variable(m, &value, TEA_MAP_RETURNED, m->start, m->address);
}

static void map_function(struct mapping *m, const struct cc_function *function)
{
	const struct cc_variable *parameter;
	char name[NAME_SIZE];

	size_t i;

	map_scope(m, NULL);
	function_name(function, name);
	if (!m->error)
		m->error = tea_map_add_function(m->map, m->start, m->address,
						name);
	map_returned(m, function);
	for (parameter = function->parameters; parameter;
	     parameter = parameter->next)
		map_variable(m, parameter, TEA_MAP_PARAMETER, m->start,
			     m->address);
	for (i = 0; i < m->local_count; i++)
		map_variable(m, m->locals[i].variable, TEA_MAP_LOCAL,
			     m->locals[i].start, m->locals[i].end);
	m->local_count = 0;
}

static void map_insn(const struct cc_emitter *e, struct mapping *m,
		     const struct cc_insn *insn)
{
	int depth = insn->depth == CC_DEPTH_UNKNOWN ? TEA_MAP_FRAME_UNKNOWN :
						      (int)insn->depth;

	if (!m->start && insn->opcode == TEA_OP_CALL &&
	    insn->operand == e->unit->main->label)
		m->main_called = m->address;
	map_scope(m, insn->scope);
	if (!m->error)
		m->error = map_line(e, m->map, m->address, insn,
				    m->address == m->start);
	if (!m->error)
		m->error = tea_map_add_frame(m->map, m->address, depth);
	m->address += cc_insn_size(insn);
}

static void map_globals(const struct cc_emitter *e, struct mapping *m)
{
	const struct cc_item *item;

	for (item = e->unit->items; item; item = item->next)
		if (item->variable)
			map_variable(m, item->variable, TEA_MAP_GLOBAL,
				     m->main_called, m->address);
}

int cc_emit_map(const struct cc_emitter *e, struct tea_map *map)
{
	struct mapping m = { .map = map };
	size_t i;

	for (i = 0; i < e->code->count && !m.error; i++) {
		const struct cc_insn *insn = e->code->list + i;

		if (insn->opcode == CODE_FUNCTION)
			m.start = m.address;
		else if (insn->opcode == CODE_END)
			map_function(&m, insn->function);
		else if (cc_insn_size(insn))
			map_insn(e, &m, insn);
	}
	map_globals(e, &m);
	free(m.locals);
	return m.error;
}

void cc_emitter_free(struct cc_emitter *e)
{
	free(e->addresses);
}
