// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <uapi/tea.h>

#include "tea_map.h"
#include "text_file.h"

#define HEAD		TEA_MAP_SIGNATURE "1"
#define OBJECT_SUFFIX	".cup"
#define CHECKSUM_DIGITS	8
/* FNV-1a of 32 bits */
#define FNV_START	2166136261U
#define FNV_PRIME	16777619U

#define NAME_CHARACTERS \
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"

char *tea_map_path(const char *object)
{
	size_t size = strlen(object);
	size_t suffix = strlen(OBJECT_SUFFIX);
	char *path;

	if (size > suffix && !strcmp(object + size - suffix, OBJECT_SUFFIX))
		size -= suffix;
	if (asprintf(&path, "%.*s%s", (int)size, object, TEA_MAP_SUFFIX) < 0)
		return NULL;
	return path;
}

/* Room for one more: the table doubles when its count is a power of two. */
static void *room_for(void *table, size_t count, size_t size)
{
	if (count & (count - 1))
		return table;
	return reallocarray(table, count ? 2 * count : 1, size);
}

bool tea_map_can_name(const char *path)
{
	size_t size = strlen(path);
	size_t i;

	for (i = 0; i < size; i++) {
		/* The control characters from U+0080 on have two bytes. */
		if (iscntrl((unsigned char)path[i]) ||
		    (path[i] == '\xc2' && (unsigned char)path[i + 1] < 0xa0))
			return false;
	}
	return size && size <= TEA_MAP_PATH_MAX;
}

int tea_map_add_file(struct tea_map *map, const char *path)
{
	char **files;
	size_t i;

	if (!tea_map_can_name(path))
		return -EINVAL;
	for (i = 0; i < map->file_count; i++) {
		if (!strcmp(map->files[i], path))
			return (int)i;
	}
	if (map->file_count == TEA_MAP_FILES_MAX)
		return -ENOSPC;
	files = room_for(map->files, map->file_count, sizeof(*files));
	if (!files)
		return -ENOMEM;
	map->files = files;
	files[map->file_count] = strdup(path);
	if (!files[map->file_count])
		return -ENOMEM;
	return (int)map->file_count++;
}

static bool is_name(const char *name)
{
	size_t size = strlen(name);

	return size && size <= TEA_MAP_NAME_MAX &&
	       strspn(name, NAME_CHARACTERS) == size;
}

int tea_map_add_function(struct tea_map *map, unsigned int start,
			 unsigned int end, const char *name)
{
	struct tea_map_function *functions;
	size_t count = map->function_count;
	char *copy;

	if (start >= end || end > TEA_CODE_MAX ||
	    (count && start < map->functions[count - 1].end))
		return -EINVAL;
	if (!is_name(name))
		return -EINVAL;
	functions = room_for(map->functions, count, sizeof(*functions));
	if (!functions)
		return -ENOMEM;
	map->functions = functions;
	copy = strdup(name);
	if (!copy)
		return -ENOMEM;
	functions[count] = (struct tea_map_function){
		.start = start,
		.end = end,
		.name = copy,
	};
	map->function_count++;
	return 0;
}

int tea_map_add_line(struct tea_map *map, unsigned int address,
		     unsigned int file, unsigned int line)
{
	size_t count = map->line_count;
	struct tea_map_line *lines;

	if (address >= TEA_CODE_MAX || file >= map->file_count || !line ||
	    line > TEA_MAP_LINE_MAX ||
	    (count && address <= map->lines[count - 1].address))
		return -EINVAL;
	lines = room_for(map->lines, count, sizeof(*lines));
	if (!lines)
		return -ENOMEM;
	map->lines = lines;
	lines[count] = (struct tea_map_line){
		.address = address,
		.file = file,
		.line = line,
	};
	map->line_count++;
	return 0;
}

int tea_map_add_frame(struct tea_map *map, unsigned int address, int size)
{
	size_t count = map->frame_count;
	struct tea_map_frame *frames;

	if (address >= TEA_CODE_MAX || size < TEA_MAP_FRAME_UNKNOWN ||
	    size > TEA_STACK_MAX ||
	    (count && address <= map->frames[count - 1].address))
		return -EINVAL;
	if (count && map->frames[count - 1].size == size)
		return 0;
	frames = room_for(map->frames, count, sizeof(*frames));
	if (!frames)
		return -ENOMEM;
	map->frames = frames;
	frames[count] = (struct tea_map_frame){
		.address = address,
		.size = size,
	};
	map->frame_count++;
	return 0;
}

int tea_map_add_variable(struct tea_map *map,
			 const struct tea_map_variable *variable)
{
	unsigned int count = variable->count ? variable->count : 1;
	unsigned int size = tea_map_type_size(variable->type);
	struct tea_map_variable *variables;

	if (variable->start >= variable->end || variable->end > TEA_CODE_MAX ||
	    variable->position > TEA_STACK_MAX || count > TEA_STACK_MAX ||
	    variable->position + size * count > TEA_STACK_MAX ||
	    (!size && variable->count) || !is_name(variable->name))
		return -EINVAL;
	if (map->variable_count == TEA_MAP_VARIABLES_MAX)
		return -ENOSPC;
	variables = room_for(map->variables, map->variable_count,
			     sizeof(*variables));
	if (!variables)
		return -ENOMEM;
	map->variables = variables;
	variables += map->variable_count;
	*variables = *variable;
	variables->name = strdup(variable->name);
	if (!variables->name)
		return -ENOMEM;
	map->variable_count++;
	return 0;
}

void tea_map_identify(struct tea_map *map, const unsigned char *object,
		      size_t size)
{
	size_t i;

	map->code_size = (unsigned int)(size - TEA_HEADER_SIZE);
	map->checksum = FNV_START;
	for (i = 0; i < size; i++)
		map->checksum = (map->checksum ^ object[i]) * FNV_PRIME;
}

static const char *const place_names[] = {
	[TEA_MAP_GLOBAL] = "global",
	[TEA_MAP_PARAMETER] = "parameter",
	[TEA_MAP_LOCAL] = "local",
	[TEA_MAP_RETURNED] = "returned",
};

static const char *const type_names[] = {
	[TEA_MAP_CHAR] = "char",
	[TEA_MAP_UCHAR] = "uchar",
	[TEA_MAP_INT] = "int",
	[TEA_MAP_UINT] = "uint",
	[TEA_MAP_STRING] = "string",
};

#define PLACE_COUNT	(sizeof(place_names) / sizeof(*place_names))
#define TYPE_COUNT	(sizeof(type_names) / sizeof(*type_names))

static void write_frame(const struct tea_map_frame *frame, FILE *to)
{
	if (frame->size == TEA_MAP_FRAME_UNKNOWN)
		fprintf(to, "frame %04x -\n", frame->address);
	else
		fprintf(to, "frame %04x %d\n", frame->address, frame->size);
}

static void write_variable(const struct tea_map_variable *variable, FILE *to)
{
	fprintf(to, "variable %04x %04x %s %u %s", variable->start,
		variable->end, place_names[variable->place],
		variable->position, type_names[variable->type]);
	if (variable->count)
		fprintf(to, "[%u]", variable->count);
	fprintf(to, " %s\n", variable->name);
}

void tea_map_write(const struct tea_map *map, FILE *to)
{
	size_t i;

	fprintf(to, "%s\ncode %04x %0*x\n", HEAD, map->code_size,
		CHECKSUM_DIGITS, map->checksum);
	for (i = 0; i < map->file_count; i++)
		fprintf(to, "file %zu %s\n", i, map->files[i]);
	for (i = 0; i < map->function_count; i++)
		fprintf(to, "function %04x %04x %s\n", map->functions[i].start,
			map->functions[i].end, map->functions[i].name);
	for (i = 0; i < map->line_count; i++)
		fprintf(to, "line %04x %u %u\n", map->lines[i].address,
			map->lines[i].file, map->lines[i].line);
	for (i = 0; i < map->frame_count; i++)
		write_frame(&map->frames[i], to);
	for (i = 0; i < map->variable_count; i++)
		write_variable(&map->variables[i], to);
}

/**
 * struct reading - a map being read
 * @map: receives it
 * @at: rest of the current line
 * @problem: what is wrong with the line, null as long as nothing is
 */
struct reading {
	struct tea_map *map;
	char *at;
	const char *problem;
};

static void map_wrong(struct reading *r, const char *problem)
{
	if (!r->problem)
		r->problem = problem;
}

/* Reads the next word, up to a space, and the space. */
static char *read_word(struct reading *r)
{
	char *start = r->at;

	r->at += strcspn(r->at, " ");
	if (*r->at)
		*r->at++ = '\0';
	return start;
}

static unsigned int read_hexadecimal(struct reading *r, size_t digit_count,
				     const char *problem)
{
	const char *digits = read_word(r);

	if (strlen(digits) != digit_count ||
	    strspn(digits, "0123456789abcdefABCDEF") != digit_count) {
		map_wrong(r, problem);
		return 0;
	}
	return (unsigned int)strtoul(digits, NULL, 16);
}

static unsigned int read_address(struct reading *r)
{
	return read_hexadecimal(r, 4, "expected an address, 4 hexadecimal digits");
}

static unsigned int read_number(struct reading *r)
{
	const char *digits = read_word(r);
	size_t size = strlen(digits);
	unsigned long value = 0;

	if (size && size <= 10 && strspn(digits, "0123456789") == size)
		value = strtoul(digits, NULL, 10);
	else
		map_wrong(r, "expected a number");
	if (value > TEA_MAP_LINE_MAX)
		map_wrong(r, "a number that is too large");
	return (unsigned int)value;
}

static void read_code(struct reading *r)
{
	const char *expected = "expected 'code SIZE CHECKSUM'";

	if (strcmp(read_word(r), "code"))
		map_wrong(r, expected);
	r->map->code_size = read_hexadecimal(r, 4, expected);
	r->map->checksum = read_hexadecimal(r, CHECKSUM_DIGITS, expected);
	if (*r->at)
		map_wrong(r, expected);
}

static int read_file(struct reading *r)
{
	unsigned int index = read_number(r);
	size_t count = r->map->file_count;
	int added;

	if (r->problem)
		return 0;
	if (index != count) {
		map_wrong(r, "files are not numbered 0, 1, 2...");
		return 0;
	}
	added = tea_map_add_file(r->map, r->at);
	if (added == -ENOMEM)
		return added;
	if (added == -ENOSPC)
		map_wrong(r, "too many files");
	else if (added < 0)
		map_wrong(r, "expected a path of at most 4095 bytes without control characters");
	else if ((size_t)added != count)
		map_wrong(r, "a file that is there already");
	return 0;
}

static int read_function(struct reading *r)
{
	unsigned int start = read_address(r);
	unsigned int end = read_address(r);
	int error;

	if (end > r->map->code_size)
		map_wrong(r, "a function behind the end of the code");
	if (r->problem)
		return 0;
	error = tea_map_add_function(r->map, start, end, r->at);
	if (error == -EINVAL)
		map_wrong(r, "a function without code, not in order or with a bad name");
	return error == -ENOMEM ? error : 0;
}

static int read_line(struct reading *r)
{
	unsigned int at = read_address(r);
	unsigned int file = read_number(r);
	unsigned int line = read_number(r);
	int error;

	if (*r->at)
		map_wrong(r, "more than a line has");
	if (at >= r->map->code_size)
		map_wrong(r, "a line behind the end of the code");
	if (r->problem)
		return 0;
	error = tea_map_add_line(r->map, at, file, line);
	if (error == -EINVAL)
		map_wrong(r, "a line out of order or of no file");
	return error == -ENOMEM ? error : 0;
}

static int read_frame(struct reading *r)
{
	unsigned int at = read_address(r);
	int size = TEA_MAP_FRAME_UNKNOWN;
	int error;

	if (!strcmp(r->at, "-"))
		read_word(r);
	else
		size = (int)read_number(r);
	if (*r->at)
		map_wrong(r, "more than a frame has");
	if (at >= r->map->code_size)
		map_wrong(r, "a frame behind the end of the code");
	if (r->problem)
		return 0;
	error = tea_map_add_frame(r->map, at, size);
	if (error == -EINVAL)
		map_wrong(r, "a frame out of order or too large");
	return error == -ENOMEM ? error : 0;
}

/* Reads one of several words; returns its index, or @count for another word. */
static unsigned int read_one_of(struct reading *r, const char *const *names,
				unsigned int count, const char *problem)
{
	const char *word = read_word(r);
	unsigned int i;

	for (i = 0; i < count; i++)
		if (!strcmp(word, names[i]))
			return i;
	map_wrong(r, problem);
	return count;
}

/* Cuts [COUNT] off the type, which is the next word; returns COUNT or 0. */
static unsigned int read_count(struct reading *r)
{
	static const char problem[] = "expected a number of elements as in int[4]";
	char *end = r->at + strcspn(r->at, " ");
	char *open = memchr(r->at, '[', (size_t)(end - r->at));
	unsigned long count;
	char *close;

	if (!open)
		return 0;
	count = strtoul(open + 1, &close, 10);
	if (open[1] < '1' || open[1] > '9' || count > TEA_STACK_MAX ||
	    close[0] != ']' || close + 1 != end)
		map_wrong(r, problem);
	memmove(open, end, strlen(end) + 1);
	return (unsigned int)count;
}

static int read_variable(struct reading *r)
{
	struct tea_map_variable variable;
	int error;

	variable.start = read_address(r);
	variable.end = read_address(r);
	variable.place = read_one_of(r, place_names, PLACE_COUNT,
				     "expected global, parameter, local or returned");
	variable.position = read_number(r);
	variable.count = read_count(r);
	variable.type = read_one_of(r, type_names, TYPE_COUNT,
				    "expected char, uchar, int, uint or string");
	variable.name = r->at;
	if (variable.end > r->map->code_size)
		map_wrong(r, "a variable behind the end of the code");
	if (r->problem)
		return 0;
	error = tea_map_add_variable(r->map, &variable);
	if (error == -EINVAL)
		map_wrong(r, "a variable without code, with a bad name or place");
	else if (error == -ENOSPC)
		map_wrong(r, "too many variables");
	return error == -ENOMEM ? error : 0;
}

static int read_record(struct reading *r, char *line, size_t line_number)
{
	const char *kind;

	r->at = line;
	r->problem = NULL;
	if (line_number == 1) {
		if (strcmp(line, HEAD))
			map_wrong(r, "expected '" HEAD "'");
		return 0;
	}
	if (line_number == 2) {
		read_code(r);
		return 0;
	}
	kind = read_word(r);
	if (!strcmp(kind, "file"))
		return read_file(r);
	if (!strcmp(kind, "function"))
		return read_function(r);
	if (!strcmp(kind, "line"))
		return read_line(r);
	if (!strcmp(kind, "frame"))
		return read_frame(r);
	if (!strcmp(kind, "variable"))
		return read_variable(r);
	map_wrong(r, "expected 'file', 'function', 'line', 'frame' or 'variable'");
	return 0;
}

static int map_parse(struct tea_map *map, char *text, size_t size,
		     const char *path, char *message, size_t message_size)
{
	struct reading r = { .map = map };
	char *end = text + size;
	size_t number = 0;
	int error = 0;

	do {
		char *line_end = memchr(text, '\n', (size_t)(end - text));

		number++;
		if (!line_end || strlen(text) < (size_t)(line_end - text)) {
			r.problem = text == end ? "the file is empty" :
				    line_end ? "a NUL byte" :
				    "the line has no end";
		} else {
			*line_end = '\0';
			error = read_record(&r, text, number);
			text = line_end + 1;
		}
	} while (!error && !r.problem && text < end);

	if (error)
		snprintf(message, message_size, "%s: out of memory", path);
	else if (!r.problem && number < 2)
		snprintf(message, message_size,
			 "%s:2: expected 'code SIZE CHECKSUM'", path);
	else if (r.problem)
		snprintf(message, message_size, "%s:%zu: %s", path, number,
			 r.problem);
	else
		return 0;
	return error ?: -EINVAL;
}

int tea_map_parse(struct tea_map *map, const char *text, size_t size,
		  const char *path, char *message, size_t message_size)
{
	char *copy = malloc(size + 1);
	int error;

	*map = (struct tea_map){ 0 };
	if (!copy) {
		snprintf(message, message_size, "%s: out of memory", path);
		return -ENOMEM;
	}
	memcpy(copy, text, size);
	copy[size] = '\0';
	error = map_parse(map, copy, size, path, message, message_size);
	free(copy);
	return error;
}

static int check_program(const struct tea_map *map, const char *path,
			 const struct tea_file *object, char *message,
			 size_t message_size)
{
	struct tea_map wanted = { 0 };

	tea_map_identify(&wanted, object->bytes, object->size);
	if (map->code_size == wanted.code_size &&
	    map->checksum == wanted.checksum)
		return 0;
	snprintf(message, message_size, "%s belongs to another program",
		 path);
	return -ESTALE;
}

int tea_map_read(struct tea_map *map, const char *path,
		 const struct tea_file *object, char *message,
		 size_t message_size)
{
	char *text;
	size_t size;
	int error = text_file_read(path, TEA_MAP_MAX, &text, &size);

	*map = (struct tea_map){ 0 };
	if (error) {
		snprintf(message, message_size, "%s: %s", path,
			 error == -EINVAL ? "no regular file" :
			 strerror(-error));
		return error;
	}
	error = tea_map_parse(map, text, size, path, message, message_size);
	free(text);
	if (!error)
		error = check_program(map, path, object, message,
				      message_size);
	return error;
}

const struct tea_map_function *
tea_map_function_at(const struct tea_map *map, unsigned int address)
{
	size_t low = 0;
	size_t high = map->function_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct tea_map_function *function;

		function = map->functions + middle;
		if (address < function->start)
			high = middle;
		else if (address >= function->end)
			low = middle + 1;
		else
			return function;
	}
	return NULL;
}

/*
 * Returns the number of entries up to @address. The table is sorted, and each entry
 * begins with its address.
 */
static size_t entries_up_to(const void *table, size_t count, size_t size,
			    unsigned int address)
{
	size_t low = 0;

	while (low < count) {
		size_t middle = low + (count - low) / 2;
		const unsigned int *entry;

		entry = (const void *)((const char *)table + middle * size);
		if (address < *entry)
			count = middle;
		else
			low = middle + 1;
	}
	return low;
}

const struct tea_map_line *tea_map_line_at(const struct tea_map *map,
					   unsigned int address)
{
	size_t count = entries_up_to(map->lines, map->line_count,
				     sizeof(*map->lines), address);

	return count ? map->lines + count - 1 : NULL;
}

int tea_map_frame_at(const struct tea_map *map, unsigned int address)
{
	size_t count = entries_up_to(map->frames, map->frame_count,
				     sizeof(*map->frames), address);

	return count ? map->frames[count - 1].size : TEA_MAP_FRAME_UNKNOWN;
}

unsigned int tea_map_type_size(enum tea_map_type type)
{
	switch (type) {
	case TEA_MAP_CHAR:
	case TEA_MAP_UCHAR:
		return 1;
	case TEA_MAP_INT:
	case TEA_MAP_UINT:
		return 2;
	default:
		return 0;
	}
}

bool tea_map_in_scope(const struct tea_map_variable *variable,
		      unsigned int address)
{
	return variable->place != TEA_MAP_RETURNED &&
	       address >= variable->start && address < variable->end;
}

/* A scope within another one has less code; a global has the least priority. */
static bool is_inner(const struct tea_map_variable *one,
		     const struct tea_map_variable *other)
{
	if (!other || one->place == TEA_MAP_GLOBAL ||
	    other->place == TEA_MAP_GLOBAL)
		return !other || other->place == TEA_MAP_GLOBAL;
	return one->end - one->start <= other->end - other->start;
}

const struct tea_map_variable *
tea_map_find_variable(const struct tea_map *map, unsigned int address,
		      const char *name)
{
	const struct tea_map_variable *found = NULL;
	size_t i;

	for (i = 0; i < map->variable_count; i++) {
		const struct tea_map_variable *one = &map->variables[i];

		if (tea_map_in_scope(one, address) &&
		    !strcmp(one->name, name) && is_inner(one, found))
			found = one;
	}
	return found;
}

const struct tea_map_function *
tea_map_find_function(const struct tea_map *map, const char *name)
{
	size_t i;

	for (i = 0; i < map->function_count; i++) {
		if (!strcmp(map->functions[i].name, name))
			return map->functions + i;
	}
	return NULL;
}

static bool is_file(const char *path, const char *wanted)
{
	const char *last = strrchr(path, '/');

	return !strcmp(path, wanted) || (last && !strcmp(last + 1, wanted));
}

const struct tea_map_line *tea_map_find_line(const struct tea_map *map,
					     const char *file,
					     unsigned int line)
{
	const struct tea_map_line *found = NULL;
	size_t i;

	for (i = 0; i < map->line_count; i++) {
		const struct tea_map_line *entry = map->lines + i;

		if (entry->line < line ||
		    (found && entry->line >= found->line))
			continue;
		if (file ? is_file(map->files[entry->file], file)
			 : !entry->file)
			found = entry;
	}
	return found;
}

void tea_map_free(struct tea_map *map)
{
	while (map->file_count)
		free(map->files[--map->file_count]);
	while (map->function_count)
		free(map->functions[--map->function_count].name);
	while (map->variable_count)
		free(map->variables[--map->variable_count].name);
	free(map->files);
	free(map->functions);
	free(map->lines);
	free(map->frames);
	free(map->variables);
	*map = (struct tea_map){ 0 };
}
