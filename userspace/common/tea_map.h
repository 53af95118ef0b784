/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TEA_MAP_H
#define TEA_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "tea_file.h"

#define TEA_MAP_SUFFIX		".map"
/* The first line of a map */
#define TEA_MAP_SIGNATURE	"teamap "
#define TEA_MAP_FILES_MAX	256
/* Bounds the time that a map of another origin can take */
#define TEA_MAP_VARIABLES_MAX	4096
#define TEA_MAP_NAME_MAX	255
#define TEA_MAP_PATH_MAX	4095
#define TEA_MAP_LINE_MAX	0x7FFFFFFF
/* Bytes of a map */
#define TEA_MAP_MAX		(16 << 20)

/*
 * The debug map is text and lies beside the object file:
 *
 *	teamap 1
 *	code SIZE CHECKSUM	of the object file that it belongs to
 *	file N PATH		N is 0, 1, 2...
 *	function START END NAME	sorted, without overlap
 *	line ADDRESS FILE LINE	sorted, no address twice
 *	frame ADDRESS SIZE	sorted, no address twice; SIZE is - if unknown
 *	variable START END PLACE POSITION TYPE NAME
 *
 * SIZE is that of the code in 4 hexadecimal digits, CHECKSUM the 32-bit FNV-1a
 * of the whole object file in 8, so that the map of another program is noticed.
 * START, END (exclusive) and ADDRESS are code addresses in 4 hexadecimal
 * digits, FILE is a number from an earlier "file", LINE counts from 1. A "line"
 * applies from its address up to the next one. PATH and NAME end with the line.
 *
 * "frame" has the bytes of the function's frame before the instruction at its
 * address and before those up to the next "frame", so the frame begins at the
 * stack pointer minus SIZE. "variable" is one that code from START to END
 * (exclusive) can name. PLACE is "global", "parameter" or "local"; POSITION is
 * counted from the bottom of the stack for a global, else from the beginning of the
 * frame. PLACE is "returned" for what the function NAME returns, which no code can
 * name; it comes before the parameters. TYPE is char, uchar, int, uint or string, with
 * [COUNT] for an array.
 */

/**
 * struct tea_map_function - addresses of the code of a function
 * @start: its first code address
 * @end: the address after its last
 * @name: its name
 */
struct tea_map_function {
	unsigned int start;
	unsigned int end;
	char *name;
};

/**
 * struct tea_map_line - the source line of the code from an address on
 * @address: the code address
 * @file: index into the map's files
 * @line: number of the line, from 1
 */
struct tea_map_line {
	unsigned int address;
	unsigned int file;
	unsigned int line;
};

#define TEA_MAP_FRAME_UNKNOWN	(-1)

/**
 * struct tea_map_frame - bytes of the frame from an address on
 * @address: the code address
 * @size: bytes, or TEA_MAP_FRAME_UNKNOWN
 */
struct tea_map_frame {
	unsigned int address;
	int size;
};

/**
 * enum tea_map_place - where a variable is
 * @TEA_MAP_GLOBAL: at a fixed distance from the bottom of the stack
 * @TEA_MAP_PARAMETER: in the frame, pushed by the caller
 * @TEA_MAP_LOCAL: in the frame
 * @TEA_MAP_RETURNED: in the frame, for the value that the function returns; it has the
 *	name of the function, and no code can name it
 */
enum tea_map_place {
	TEA_MAP_GLOBAL,
	TEA_MAP_PARAMETER,
	TEA_MAP_LOCAL,
	TEA_MAP_RETURNED,
};

/**
 * enum tea_map_type - type of a variable or of its elements
 * @TEA_MAP_CHAR: 8 bits, signed
 * @TEA_MAP_UCHAR: 8 bits, unsigned
 * @TEA_MAP_INT: 16 bits, signed, high byte first
 * @TEA_MAP_UINT: 16 bits, unsigned, high byte first
 * @TEA_MAP_STRING: characters and then a byte with their number, which end at the
 *	position of the variable
 */
enum tea_map_type {
	TEA_MAP_CHAR,
	TEA_MAP_UCHAR,
	TEA_MAP_INT,
	TEA_MAP_UINT,
	TEA_MAP_STRING,
};

/**
 * struct tea_map_variable - a variable
 * @start: first code address at which it exists
 * @end: the address after the last one
 * @place: where it is
 * @position: distance from there, in bytes
 * @type: its type, or that of its elements
 * @count: elements of an array, 0 if it is no array
 * @name: its name
 */
struct tea_map_variable {
	unsigned int start;
	unsigned int end;
	enum tea_map_place place;
	unsigned int position;
	enum tea_map_type type;
	unsigned int count;
	char *name;
};

/**
 * struct tea_map - a debug map; all zero is an empty one
 * @code_size: bytes of code of the program that it belongs to
 * @checksum: of that program's object file
 * @files: paths of the sources
 * @file_count: number of them
 * @functions: the functions, sorted by address
 * @function_count: number of them
 * @lines: the lines, sorted by address
 * @line_count: number of them
 * @frames: the sizes of the frames, sorted by address
 * @frame_count: number of them
 * @variables: the variables, in the order of the map
 * @variable_count: number of them
 */
struct tea_map {
	unsigned int code_size;
	unsigned int checksum;
	char **files;
	size_t file_count;
	struct tea_map_function *functions;
	size_t function_count;
	struct tea_map_line *lines;
	size_t line_count;
	struct tea_map_frame *frames;
	size_t frame_count;
	struct tea_map_variable *variables;
	size_t variable_count;
};

/**
 * tea_map_path() - path of the map of an object file
 * @object: path of the object file
 *
 * Return: prog.map for prog.cup, for other names the name with .map appended;
 * to be freed, or null without memory.
 */
char *tea_map_path(const char *object);

/**
 * tea_map_can_name() - whether a map can have a path as that of a source
 * @path: the path
 *
 * A program that reads a map prints its paths, so control characters are refused.
 *
 * Return: true for 1 to TEA_MAP_PATH_MAX bytes without a control character.
 */
bool tea_map_can_name(const char *path);

/**
 * tea_map_add_file() - add a source, or find it
 * @map: the map
 * @path: its path, as tea_map_can_name() allows it
 *
 * Return: its index, or -EINVAL for a malformed path, -ENOSPC with
 * TEA_MAP_FILES_MAX files, -ENOMEM.
 */
int tea_map_add_file(struct tea_map *map, const char *path);

/**
 * tea_map_add_function() - append a function
 * @map: the map
 * @start: its first code address, not below the end of the function before
 * @end: the address after its last
 * @name: its name, 1 to TEA_MAP_NAME_MAX letters, digits and underscores
 *
 * Return: 0, -EINVAL or -ENOMEM.
 */
int tea_map_add_function(struct tea_map *map, unsigned int start,
			 unsigned int end, const char *name);

/**
 * tea_map_add_line() - append a line
 * @map: the map
 * @address: where its code begins, above the address of the line before
 * @file: index of its file
 * @line: its number, 1 to TEA_MAP_LINE_MAX
 *
 * Return: 0, -EINVAL or -ENOMEM.
 */
int tea_map_add_line(struct tea_map *map, unsigned int address,
		     unsigned int file, unsigned int line);

/**
 * tea_map_add_frame() - append the size of a frame, unless it has not changed
 * @map: the map
 * @address: where it begins, above the address of the one before
 * @size: 0 to TEA_STACK_MAX, or TEA_MAP_FRAME_UNKNOWN
 *
 * Return: 0, -EINVAL or -ENOMEM.
 */
int tea_map_add_frame(struct tea_map *map, unsigned int address, int size);

/**
 * tea_map_add_variable() - append a variable
 * @map: the map
 * @variable: the variable; its name is copied
 *
 * Return: 0, -EINVAL, -ENOSPC with TEA_MAP_VARIABLES_MAX variables, or -ENOMEM.
 */
int tea_map_add_variable(struct tea_map *map,
			 const struct tea_map_variable *variable);

/**
 * tea_map_identify() - note which object file a map belongs to
 * @map: the map
 * @object: the object file, with a whole header
 * @size: bytes of it, at most TEA_FILE_MAX
 */
void tea_map_identify(struct tea_map *map, const unsigned char *object,
		      size_t size);

/**
 * tea_map_write() - write a map as text
 * @map: the map
 * @to: the file; the caller checks ferror()
 */
void tea_map_write(const struct tea_map *map, FILE *to);

/**
 * tea_map_parse() - read a map from memory
 * @map: receives it; to be freed also after an error
 * @text: the map's text
 * @size: bytes of it
 * @path: its name, for @message
 * @message: receives what is wrong, with the number of the line
 * @message_size: bytes at @message
 *
 * Return: 0, -EINVAL with @message, or -ENOMEM with @message.
 */
int tea_map_parse(struct tea_map *map, const char *text, size_t size,
		  const char *path, char *message, size_t message_size);

/**
 * tea_map_read() - read a program's map from a file
 * @map: receives it; to be freed also after an error
 * @path: the file
 * @object: the program, with a whole header
 * @message: receives what is wrong
 * @message_size: bytes at @message
 *
 * Return: 0 or a negative errno: -EINVAL for a malformed map, -ESTALE for the map
 * of another program, -EFBIG for one of more than TEA_MAP_MAX bytes.
 */
int tea_map_read(struct tea_map *map, const char *path,
		 const struct tea_file *object, char *message,
		 size_t message_size);

/**
 * tea_map_function_at() - the function that code belongs to
 * @map: the map
 * @address: a code address
 *
 * Return: the function or null.
 */
const struct tea_map_function *
tea_map_function_at(const struct tea_map *map, unsigned int address);

/**
 * tea_map_line_at() - the source line that code comes from
 * @map: the map
 * @address: a code address
 *
 * Return: the line or null.
 */
const struct tea_map_line *tea_map_line_at(const struct tea_map *map,
					   unsigned int address);

/**
 * tea_map_frame_at() - bytes of the frame before an instruction
 * @map: the map
 * @address: its code address
 *
 * Return: the bytes, or TEA_MAP_FRAME_UNKNOWN.
 */
int tea_map_frame_at(const struct tea_map *map, unsigned int address);

/**
 * tea_map_type_size() - bytes of a value
 * @type: its type
 *
 * Return: 1 or 2; 0 for TEA_MAP_STRING.
 */
unsigned int tea_map_type_size(enum tea_map_type type);

/**
 * tea_map_in_scope() - whether some code can name a variable, unless an inner one of
 *	the same name hides it
 * @variable: the variable
 * @address: address of the code
 *
 * Return: true if it can.
 */
bool tea_map_in_scope(const struct tea_map_variable *variable,
		      unsigned int address);

/**
 * tea_map_find_variable() - the variable that a name means in some code
 * @map: the map
 * @address: address of the code
 * @name: the name
 *
 * Return: the variable of the innermost scope, or null.
 */
const struct tea_map_variable *
tea_map_find_variable(const struct tea_map *map, unsigned int address,
		      const char *name);

/**
 * tea_map_find_function() - look a function up by name
 * @map: the map
 * @name: its name
 *
 * Return: the function or null.
 */
const struct tea_map_function *
tea_map_find_function(const struct tea_map *map, const char *name);

/**
 * tea_map_find_line() - where the code of a source line begins
 * @map: the map
 * @file: a path as in the map, its last part, or null for the first file
 * @line: number of the line
 *
 * Return: the entry with the lowest address of that line or, if it has no
 * code, of the next line of that file that has; null if there is none.
 */
const struct tea_map_line *tea_map_find_line(const struct tea_map *map,
					     const char *file,
					     unsigned int line);

/**
 * tea_map_free() - release a map
 * @map: the map; empty afterwards
 */
void tea_map_free(struct tea_map *map);

#endif
