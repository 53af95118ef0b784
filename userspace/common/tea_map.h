/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TEA_MAP_H
#define TEA_MAP_H

#include <stddef.h>
#include <stdio.h>

#include "tea_file.h"

#define TEA_MAP_SUFFIX		".map"
/* The first line of a map */
#define TEA_MAP_SIGNATURE	"teamap "
#define TEA_MAP_FILES_MAX	256
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
 *
 * SIZE is that of the code in 4 hexadecimal digits, CHECKSUM the 32-bit FNV-1a
 * of the whole object file in 8, so that the map of another program is noticed.
 * START, END (exclusive) and ADDRESS are code addresses in 4 hexadecimal
 * digits, FILE is a number from an earlier "file", LINE counts from 1. A "line"
 * applies from its address up to the next one. PATH and NAME end with the line.
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
 * tea_map_add_file() - add a source, or find it
 * @map: the map
 * @path: its path, 1 to TEA_MAP_PATH_MAX bytes without a newline
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
