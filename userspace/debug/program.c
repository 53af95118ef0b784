// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <userspace/common/cli.h>
#include <userspace/common/tea_result.h>
#include <userspace/common/tea_library.h>
#include <userspace/common/text_file.h>
#include <userspace/tea/disassembler.h>

#include "program.h"

#define INSTRUCTION_MAX	64
#define SENTENCE_MAX	512

/* Returns 0 or a negative errno with @message; the map is empty then. */
static int open_map(struct program *program, const struct tea_file *file,
		    char *message, size_t size)
{
	int err;

	*program = (struct program){
		.path = file->path,
		.code = file->bytes + TEA_HEADER_SIZE,
		.code_size = (unsigned int)(file->size - TEA_HEADER_SIZE),
		.map_path = tea_map_path(file->path),
	};
	if (!program->map_path || !strcmp(file->path, "-"))
		return -ENOENT;
	err = tea_map_read(&program->map, program->map_path, file, message,
			   size);
	if (err)
		tea_map_free(&program->map);
	return err;
}

void program_open(struct program *program, const struct tea_file *file)
{
	char message[SENTENCE_MAX];
	int err = open_map(program, file, message, sizeof(message));

	if (err && err != -ENOENT)
		cli_error(CLI_OK, NULL, "%s: names and lines are not shown",
			  message);
}

void program_open_quietly(struct program *program, const struct tea_file *file)
{
	char message[SENTENCE_MAX];

	open_map(program, file, message, sizeof(message));
}

void program_close(struct program *program)
{
	tea_map_free(&program->map);
	free(program->map_path);
}

static int address_fail(const char *word, const char *why)
{
	return cli_error(CLI_FAILED, NULL, "'%s': %s", word, why);
}

bool program_has_map(const struct program *program)
{
	return program->map.function_count || program->map.line_count;
}

static int map_fail(const char *word)
{
	return cli_error(CLI_FAILED, "'tea cc -g' and 'tea as -g' make one",
			 "'%s': there is no debug map, give a code address", word);
}

/* Reads FILE:LINE; returns -1 when the word has another form. */
static int find_line(const struct program *program, const char *word,
		     unsigned int *address)
{
	const struct tea_map_line *entry;
	const char *colon = strrchr(word, ':');
	unsigned long long line;
	char *file;

	if (!colon || cli_number(colon + 1, 1, TEA_MAP_LINE_MAX, &line))
		return -1;
	if (!program_has_map(program))
		return map_fail(word);
	file = strndup(word, (size_t)(colon - word));
	if (!file)
		return address_fail(word, "out of memory");
	entry = tea_map_find_line(&program->map, *file ? file : NULL,
				  (unsigned int)line);
	free(file);
	if (!entry)
		return address_fail(word, "no code comes from that line");
	*address = entry->address;
	return 0;
}

static int find_function(const struct program *program, const char *word,
			 unsigned int *address)
{
	const struct tea_map_function *function;

	if (!program_has_map(program))
		return map_fail(word);
	function = tea_map_find_function(&program->map, word);
	if (!function)
		return address_fail(word,
				    "neither a function nor a code address nor FILE:LINE");
	*address = function->start;
	return 0;
}

int program_address(const struct program *program, const char *word,
		    unsigned int *address)
{
	unsigned long long number;
	int status;

	if (!cli_number(word, 0, ~0ULL, &number)) {
		status = 0;
		*address = number < TEA_CODE_MAX ? (unsigned int)number :
						   TEA_CODE_MAX;
	} else {
		status = find_line(program, word, address);
		if (status < 0)
			status = find_function(program, word, address);
	}
	if (status)
		return CLI_FAILED;
	if (*address < program->code_size)
		return CLI_OK;
	return cli_error(CLI_FAILED, NULL,
			 "'%s': the code ends at 0x%04x", word,
			 program->code_size);
}

const char *program_place(const struct program *program, unsigned int address,
			  char *text, size_t size)
{
	const struct tea_map_function *function;

	function = tea_map_function_at(&program->map, address);
	if (function)
		snprintf(text, size, "0x%04x <%s+%u>", address,
			 function->name, address - function->start);
	else
		snprintf(text, size, "0x%04x", address);
	return text;
}

/* The bytes at an address as an instruction; false outside of the code */
static bool program_decode(const struct program *program, unsigned int address,
			   struct instruction *instruction, char *text)
{
	if (address >= program->code_size)
		return false;
	disassembler_decode(program->code, program->code_size, address,
			    instruction);
	disassembler_format(instruction, NULL, text, INSTRUCTION_MAX);
	return true;
}

json_t *program_json(const struct program *program, unsigned int address)
{
	const struct tea_map_function *function;
	const struct tea_map_line *line;
	struct instruction instruction;
	char text[INSTRUCTION_MAX];
	json_t *object = json_object();

	json_object_set_new(object, "address", json_integer(address));
	if (program_decode(program, address, &instruction, text)) {
		json_object_set_new(object, "bytes",
				    tea_json_hex(program->code + address,
						 instruction.size));
		json_object_set_new(object, "instruction", json_string(text));
	}
	function = tea_map_function_at(&program->map, address);
	if (function) {
		json_object_set_new(object, "function",
				    tea_json_string(function->name));
		json_object_set_new(object, "offset",
				    json_integer(address - function->start));
	}
	line = tea_map_line_at(&program->map, address);
	if (line) {
		json_object_set_new(object, "file",
				    tea_json_string(program->map.files[line->file]));
		json_object_set_new(object, "line", json_integer(line->line));
	}
	return object;
}

void program_print(const struct program *program, unsigned int address,
		   const char *mark, bool with_line, unsigned int width)
{
	const struct tea_map_line *line = NULL;
	struct instruction instruction;
	char place[PROGRAM_PLACE_MAX];
	char text[INSTRUCTION_MAX];

	program_place(program, address, place, sizeof(place));
	if (!program_decode(program, address, &instruction, text))
		snprintf(text, sizeof(text), "(outside of the code)");
	if (with_line)
		line = tea_map_line_at(&program->map, address);
	if (line)
		printf("%s %-*s  %-20s %s:%u\n", mark, (int)width, place, text,
		       program->map.files[line->file], line->line);
	else
		printf("%s %-*s  %s\n", mark, (int)width, place, text);
}

unsigned int program_width(const struct program *program, unsigned int address,
			   unsigned int end)
{
	char place[PROGRAM_PLACE_MAX];
	size_t width = 0;
	size_t size;

	for (; address < end; address = program_next(program, address)) {
		size = strlen(program_place(program, address, place,
					    sizeof(place)));
		if (size > width)
			width = size;
	}
	return (unsigned int)width;
}

/* Control characters of a source must not reach the terminal. */
static void print_line(unsigned int number, const char *text, size_t size,
		       FILE *to)
{
	fprintf(to, "%u\t", number);
	for (; size && *text != '\r'; text++, size--)
		putc((unsigned char)*text < ' ' && *text != '\t' ? '?' :
		     *text == 0x7F ? '?' : *text, to);
	putc('\n', to);
}

void program_print_source(const struct program *program, unsigned int address,
			  FILE *to)
{
	const struct tea_map_line *line;
	const char *found;
	size_t line_size;
	char *text;
	size_t size;

	line = tea_map_line_at(&program->map, address);
	if (!line || tea_source_read(program->map_path,
				     program->map.files[line->file], &text,
				     &size))
		return;
	found = text_file_line(text, size, line->line, &line_size);
	if (found)
		print_line(line->line, found, line_size, to);
	free(text);
}

static json_t *line_json(const struct program *program, unsigned int file,
			 unsigned int number, const char *text, size_t size,
			 bool is_current)
{
	char *copy = strndup(text, size);
	json_t *object = json_object();

	json_object_set_new(object, "file",
			    tea_json_string(program->map.files[file]));
	json_object_set_new(object, "line", json_integer(number));
	json_object_set_new(object, "text", tea_json_string(copy ?: ""));
	json_object_set_new(object, "current", json_boolean(is_current));
	free(copy);
	return object;
}

bool program_list_source(const struct program *program, unsigned int address,
			 unsigned int around, unsigned int current,
			 json_t *array)
{
	const struct tea_map *map = &program->map;
	const struct tea_map_line *line = tea_map_line_at(map, address);
	const struct tea_map_line *here = tea_map_line_at(map, current);
	unsigned int number, last;
	const char *found;
	size_t line_size;
	char *text;
	size_t size;

	if (!line || tea_source_read(program->map_path, map->files[line->file],
				     &text, &size))
		return false;
	number = line->line > around ? line->line - around : 1;
	last = line->line + around;
	for (; number <= last; number++) {
		bool is_here = here && here->file == line->file &&
			       here->line == number;

		found = text_file_line(text, size, number, &line_size);
		if (!found)
			break;
		if (cli_json) {
			json_array_append_new(array,
					      line_json(program, line->file,
							number, found,
							line_size, is_here));
			continue;
		}
		fputs(is_here ? "=> " : "   ", stdout);
		print_line(number, found, line_size, stdout);
	}
	free(text);
	return true;
}

unsigned int program_next(const struct program *program, unsigned int address)
{
	struct instruction instruction;

	if (address >= program->code_size)
		return program->code_size;
	disassembler_decode(program->code, program->code_size, address,
			    &instruction);
	return address + instruction.size;
}

unsigned int program_skip(const struct program *program, unsigned int address,
			  unsigned int count)
{
	while (count-- && address < program->code_size)
		address = program_next(program, address);
	return address;
}

/*
 * Instructions are found from the beginning of the function, or else of the
 * code.
 */
static unsigned int program_sweep(const struct program *program, unsigned int start,
				  unsigned int address, unsigned int skip,
				  unsigned int *count)
{
	*count = 0;
	while (start < address && (*count)++ < skip)
		start = program_next(program, start);
	return start < address ? start : address;
}

unsigned int program_around(const struct program *program,
			    unsigned int address, unsigned int before)
{
	const struct tea_map_function *function;
	unsigned int start = 0;
	unsigned int count;

	function = tea_map_function_at(&program->map, address);
	if (function)
		start = function->start;
	program_sweep(program, start, address, ~0U, &count);
	return program_sweep(program, start, address,
			     count > before ? count - before : 0, &count);
}
