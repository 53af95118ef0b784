// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <userspace/common/cli.h>

#include "show.h"

#define TEXT_MAX	(64 << 20)
#define ROW		16
/* Instructions and bytes that are printed of a program that ended in error */
#define ERROR_CODE	3
#define ERROR_STACK	64

static unsigned char *text;
static size_t text_size;
static size_t text_room;
static bool open_line;

static int keep_text(const unsigned char *bytes, size_t size)
{
	if (size > TEXT_MAX - text_size)
		return -1;
	if (text_size + size > text_room) {
		size_t room = 2 * (text_size + size);
		unsigned char *larger = realloc(text, room);

		if (!larger)
			return -1;
		text = larger;
		text_room = room;
	}
	memcpy(text + text_size, bytes, size);
	text_size += size;
	return 0;
}

static int show_text(void *data, const unsigned char *bytes, size_t size)
{
	(void)data;
	if (!size)
		return 0;
	if (cli_json)
		return keep_text(bytes, size);
	open_line = bytes[size - 1] != '\n';
	/* fwrite() can report success when what was buffered before could not be written. */
	return fwrite(bytes, 1, size, stdout) == size && !ferror(stdout) ? 0 : -1;
}

static void show_flush(void *data)
{
	(void)data;
	fflush(stdout);
}

static void show_waiting(void *data, unsigned int port)
{
	(void)data;
	fflush(stdout);
	fprintf(stderr, "%s: waiting for port %04x; Ctrl-C interrupts it\n",
		program_invocation_short_name, port);
}

const struct debug_output show_output = {
	.text = show_text,
	.flush = show_flush,
	.waiting = show_waiting,
};

void show_begin(void)
{
	if (open_line)
		putchar('\n');
	open_line = false;
}

void show_release(void)
{
	free(text);
	text = NULL;
	text_size = 0;
	text_room = 0;
}

static const char *flags_of(unsigned int flags, char *letters)
{
	letters[0] = flags & TEA_FLAG_N ? 'N' : '-';
	letters[1] = flags & TEA_FLAG_Z ? 'Z' : '-';
	letters[2] = flags & TEA_FLAG_C ? 'C' : '-';
	letters[3] = '\0';
	return letters;
}

static unsigned int sum_of(const unsigned char *stack, unsigned int size)
{
	unsigned int sum = 0;

	while (size--)
		sum += stack[size];
	return sum & 0xFF;
}

static json_t *json_registers(const struct tea_registers *registers)
{
	char letters[4];

	return json_pack("{s:i, s:i, s:s, s:I}", "cp", (int)registers->cp, "sp",
			 (int)registers->sp, "flags",
			 flags_of(registers->flags, letters), "steps",
			 (json_int_t)registers->steps);
}

static json_t *json_stack(const struct debugger *debugger,
			  const unsigned char *stack, unsigned int at,
			  unsigned int size)
{
	unsigned int sp = debugger->registers.sp;

	return json_pack("{s:i, s:i, s:i, s:i, s:o}", "size",
			 (int)debugger->target->stack_size, "sp", (int)sp,
			 "checksum", (int)sum_of(stack, sp), "at", (int)at,
			 "bytes", tea_json_hex(stack + at, size));
}

static json_t *json_place(const struct debugger *debugger)
{
	return program_json(&debugger->program, debugger->registers.cp);
}

/* Text that the program has printed since the last stop belongs to this one. */
static json_t *take_text(void)
{
	json_t *value = tea_json_text(text, text_size);

	text_size = 0;
	return value;
}

static void print_json_stop(struct debugger *debugger, const char *cause,
			    json_t *extra)
{
	json_t *displays = display_json(debugger);
	json_t *object = json_object();

	json_object_set_new(object, "stop", json_string(cause));
	json_object_set_new(object, "at", json_place(debugger));
	json_object_set_new(object, "registers",
			    json_registers(&debugger->registers));
	if (displays)
		json_object_set_new(object, "display", displays);
	json_object_set_new(object, "text", take_text());
	if (extra)
		json_object_update(object, extra);
	json_decref(extra);
	tea_json_print(object, stdout);
}

void show_stop(struct debugger *debugger, const char *cause,
	       const char *message, json_t *extra)
{
	const struct program *program = &debugger->program;

	if (cli_json) {
		print_json_stop(debugger, cause, extra);
		return;
	}
	json_decref(extra);
	show_begin();
	if (message)
		puts(message);
	program_print(program, debugger->registers.cp, "=>", true, 0);
	program_print_source(program, debugger->registers.cp, stdout);
	display_print(debugger);
}

static void print_registers(const struct tea_registers *registers)
{
	char letters[4];

	printf("cp 0x%04x, sp %u, flags %s, steps %llu\n", registers->cp,
	       registers->sp, flags_of(registers->flags, letters),
	       registers->steps);
}

void show_registers(const struct debugger *debugger)
{
	if (cli_json)
		show_done("registers", json_registers(&debugger->registers));
	else
		print_registers(&debugger->registers);
}

static void print_bytes(const unsigned char *stack, unsigned int sp,
			unsigned int count, bool bottom)
{
	unsigned int i;

	for (i = 0; i < count; i++) {
		unsigned int at = bottom ? i : sp - 1 - i;

		if (!(i % ROW))
			printf("%s0x%04x:", i ? "\n" : "", at);
		printf(" %02x", stack[at]);
	}
	if (count)
		putchar('\n');
}

static void print_stack(const struct debugger *debugger,
			const unsigned char *stack, unsigned int count,
			bool bottom)
{
	unsigned int sp = debugger->registers.sp;

	printf("stack: %u of %u bytes, checksum 0x%02x, %s first\n", sp,
	       debugger->target->stack_size, sum_of(stack, sp),
	       bottom ? "bottom" : "top");
	print_bytes(stack, sp, count, bottom);
}

void show_stack(const struct debugger *debugger, const unsigned char *stack,
		unsigned int count, bool bottom)
{
	unsigned int sp = debugger->registers.sp;

	if (count > sp)
		count = sp;
	if (cli_json)
		show_done("stack", json_stack(debugger, stack,
					      bottom ? 0 : sp - count, count));
	else
		print_stack(debugger, stack, count, bottom);
}

/* Prints where the program ended in error, with code, registers and stack. */
static void print_error(const struct debugger *debugger,
			const unsigned char *stack)
{
	const struct program *program = &debugger->program;
	unsigned int cp = debugger->registers.cp;
	unsigned int at = program_around(program, cp, ERROR_CODE);
	unsigned int end = program_skip(program, cp, ERROR_CODE + 1);
	unsigned int width = program_width(program, at, end);

	puts("the program ended in error at");
	for (; at < cp; at = program_next(program, at))
		program_print(program, at, "  ", false, width);
	program_print(program, cp, "=>", true, width);
	program_print_source(program, cp, stdout);
	for (at = program_next(program, cp); at < end;
	     at = program_next(program, at))
		program_print(program, at, "  ", false, width);
	print_registers(&debugger->registers);
	print_stack(debugger, stack,
		    debugger->registers.sp < ERROR_STACK ?
		    debugger->registers.sp : ERROR_STACK, false);
}

void show_end(const struct debugger *debugger, const char *cause,
	      const unsigned char *stack, const struct tea_result *result)
{
	json_t *object;

	if (!cli_json) {
		show_begin();
		if (stack && tea_result_code(result))
			print_error(debugger, stack);
		tea_result_print(result, stdout);
		return;
	}
	object = json_object();
	json_object_set_new(object, "stop", json_string(cause));
	if (stack) {
		json_object_set_new(object, "at", json_place(debugger));
		json_object_set_new(object, "registers",
				    json_registers(&debugger->registers));
		json_object_set_new(object, "stack",
				    json_stack(debugger, stack, 0,
					       debugger->registers.sp));
	}
	json_object_update_new(object, tea_result_json(result));
	json_object_set_new(object, "text", take_text());
	tea_json_print(object, stdout);
}

static const char *mark_of(struct debugger *debugger, unsigned int address)
{
	bool point = points_find(&debugger->points, false, address);

	if (address == debugger->registers.cp)
		return point ? "=>*" : "=> ";
	return point ? "  *" : "   ";
}

void show_code(struct debugger *debugger, unsigned int count)
{
	const struct program *program = &debugger->program;
	unsigned int cp = debugger->registers.cp;
	unsigned int at = program_around(program, cp, count);
	unsigned int end = program_skip(program, cp, count + 1);
	unsigned int width = program_width(program, at, end);
	json_t *array = json_array();
	json_t *object;

	for (; at < end; at = program_next(program, at)) {
		object = program_json(program, at);
		json_object_set_new(object, "current", json_boolean(at == cp));
		json_array_append_new(array, object);
		if (!cli_json)
			program_print(program, at, mark_of(debugger, at), true,
				      width);
	}
	if (cli_json)
		show_done("code", array);
	else
		json_decref(array);
}

bool show_source(struct debugger *debugger, unsigned int address,
		 unsigned int count)
{
	json_t *array = json_array();
	bool done = program_list_source(&debugger->program, address, count,
					debugger->registers.cp, array);

	if (done && cli_json)
		show_done("source", json_incref(array));
	json_decref(array);
	return done;
}

static json_t *json_point(const struct debugger *debugger,
			  const struct point *point)
{
	json_t *object = json_object();

	json_object_set_new(object, "number", json_integer(point->number));
	json_object_set_new(object, "kind",
			    json_string(point->watch ? "watch" : "break"));
	if (point->watch)
		json_object_update_new(object,
				       json_pack("{s:i, s:i}", "byte",
						 (int)point->address, "value",
						 (int)point->value));
	else
		json_object_set_new(object, "at",
				    program_json(&debugger->program,
						 point->address));
	json_object_set_new(object, "hits",
			    json_integer((json_int_t)point->hits));
	if (point->condition)
		json_object_set_new(object, "condition",
				    tea_json_string(point->condition));
	return object;
}

static void print_point(const struct debugger *debugger,
			const struct point *point)
{
	const struct program *program = &debugger->program;
	const struct tea_map_line *line;
	char place[PROGRAM_PLACE_MAX];

	if (point->watch) {
		printf("watch %u on stack byte %u, 0x%02x", point->number,
		       point->address, point->value);
		return;
	}
	printf("breakpoint %u at %s", point->number,
	       program_place(program, point->address, place, sizeof(place)));
	line = tea_map_line_at(&program->map, point->address);
	if (line)
		printf(", %s:%u", program->map.files[line->file], line->line);
	if (point->condition)
		printf(" if %s", point->condition);
}

void show_point(const struct debugger *debugger, const struct point *point)
{
	if (cli_json) {
		show_done("point", json_point(debugger, point));
		return;
	}
	print_point(debugger, point);
	putchar('\n');
}

void show_points(const struct debugger *debugger)
{
	const struct points *points = &debugger->points;
	json_t *array = json_array();
	size_t i;

	for (i = 0; i < points->count; i++) {
		const struct point *point = &points->list[i];

		json_array_append_new(array, json_point(debugger, point));
		if (cli_json)
			continue;
		print_point(debugger, point);
		printf(", %llu hit%s\n", point->hits,
		       point->hits == 1 ? "" : "s");
	}
	if (cli_json)
		show_done("points", json_incref(array));
	else if (!points->count)
		puts("no breakpoints");
	json_decref(array);
}

void show_done(const char *word, json_t *value)
{
	if (cli_json)
		tea_json_print(json_pack("{s:o}", word, value), stdout);
	else
		json_decref(value);
}
