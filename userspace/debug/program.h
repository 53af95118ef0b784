/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef DEBUG_PROGRAM_H
#define DEBUG_PROGRAM_H

#include <stdbool.h>
#include <stdio.h>

#include <jansson.h>

#include <userspace/common/tea_file.h>
#include <userspace/common/tea_map.h>

/* Bytes for an address with the name of its function */
#define PROGRAM_PLACE_MAX	(TEA_MAP_NAME_MAX + 32)

/**
 * struct program - the code that is debugged, and where it comes from
 * @path: the object file
 * @code: its code
 * @code_size: bytes of it
 * @map: its debug map, empty without one
 * @map_path: path of that, whether it exists or not
 */
struct program {
	const char *path;
	const unsigned char *code;
	unsigned int code_size;
	struct tea_map map;
	char *map_path;
};

/**
 * program_open() - open a program with its debug map, if it has one
 * @program: receives the program
 * @file: its object file, with a whole header; must live as long as @program
 *
 * A map that cannot be read, or is that of another program, is reported and not
 * used.
 */
void program_open(struct program *program, const struct tea_file *file);

/**
 * program_open_quietly() - the same, without a report on the map
 * @program: receives the program
 * @file: its object file, with a whole header; must live as long as @program
 */
void program_open_quietly(struct program *program, const struct tea_file *file);

/**
 * program_close() - release the program
 * @program: the program
 */
void program_close(struct program *program);

/**
 * program_has_map() - is there a debug map with functions or lines?
 * @program: the program
 */
bool program_has_map(const struct program *program);

/**
 * program_address() - find the code address that a word names
 * @program: the program
 * @word: number, function, or FILE:LINE
 * @address: receives it; it lies inside of the code
 *
 * Return: CLI_OK, or CLI_FAILED after an error that is reported.
 */
int program_address(const struct program *program, const char *word,
		    unsigned int *address);

/**
 * program_place() - write an address with its function
 * @program: the program
 * @address: code address
 * @text: receives "0x0012" or "0x0012 <main+2>"
 * @size: bytes at @text; PROGRAM_PLACE_MAX are enough
 *
 * Return: @text.
 */
const char *program_place(const struct program *program, unsigned int address,
			  char *text, size_t size);

/**
 * program_json() - describe an address
 * @program: the program
 * @address: code address
 *
 * Return: a new reference to an object with "address", "bytes" and
 * "instruction" (when there is code), "function" and "offset", "file" and
 * "line" (when they are known).
 */
json_t *program_json(const struct program *program, unsigned int address);

/**
 * program_print() - print an instruction on one line
 * @program: the program
 * @address: code address
 * @mark: two characters before it
 * @with_line: print its source line, too
 * @width: characters for its place, as of program_width(), or 0
 */
void program_print(const struct program *program, unsigned int address,
		   const char *mark, bool with_line, unsigned int width);

/**
 * program_width() - characters for the places of some instructions in a column
 * @program: the program
 * @address: the first one
 * @end: the address after the last one
 *
 * Return: the size of the longest text of program_place().
 */
unsigned int program_width(const struct program *program, unsigned int address,
			   unsigned int end);

/**
 * program_skip() - address of an instruction after another one
 * @program: the program
 * @address: the other one
 * @count: so many instructions after it
 *
 * Return: its address, or the size of the code.
 */
unsigned int program_skip(const struct program *program, unsigned int address,
			  unsigned int count);

/**
 * program_print_source() - print the source line of an address, if available
 * @program: the program
 * @address: code address
 * @to: where to
 */
void program_print_source(const struct program *program, unsigned int address,
			  FILE *to);

/**
 * program_list_source() - print or describe source lines around the one of an
 *	address
 * @program: the program
 * @address: code address
 * @around: so many lines before and after it
 * @current: address of the current instruction, whose line is marked
 * @array: receives an object for each line if cli_json is set
 *
 * Return: true; false if the address has no line or its source cannot be read.
 */
bool program_list_source(const struct program *program, unsigned int address,
			 unsigned int around, unsigned int current,
			 json_t *array);

/**
 * program_around() - find instructions around an address
 * @program: the program
 * @address: code address
 * @before: so many instructions before it
 *
 * Return: address of the first of them.
 */
unsigned int program_around(const struct program *program,
			    unsigned int address, unsigned int before);

/**
 * program_next() - address of the instruction after another one
 * @program: the program
 * @address: the other one
 *
 * Return: its address, or the size of the code.
 */
unsigned int program_next(const struct program *program, unsigned int address);

#endif
