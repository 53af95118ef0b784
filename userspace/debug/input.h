/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef DEBUG_INPUT_H
#define DEBUG_INPUT_H

#include <stdbool.h>
#include <stddef.h>

struct input;

/**
 * enum input_result - result of reading a line
 * @INPUT_LINE: a line
 * @INPUT_END: there are no further lines
 * @INPUT_TOO_LONG: a line that is too long for a command; it is dropped
 * @INPUT_INTERRUPTED: an interrupt
 */
enum input_result {
	INPUT_LINE,
	INPUT_END,
	INPUT_TOO_LONG,
	INPUT_INTERRUPTED,
};

/**
 * typedef input_candidates - words that can stand at the end of a line
 * @data: as given to input_open()
 * @line: the line up to the cursor
 * @count: receives the number of words
 *
 * Return: the words, to be freed (not each of them), or null for none.
 */
typedef const char **(*input_candidates)(void *data, const char *line,
					 size_t *count);

/**
 * input_open() - open a source of commands
 * @path: a script, or null for standard input
 * @candidates: finds what Tab completes
 * @data: for @candidates
 *
 * A terminal has a prompt, line editing, completion and a history.
 *
 * Return: the source, or null with errno set.
 */
struct input *input_open(const char *path, input_candidates candidates,
			 void *data);

/**
 * input_line() - read the next line
 * @input: the source
 * @line: receives the line without its newline; valid until the next call
 *
 * Return: enum input_result.
 */
enum input_result input_line(struct input *input, char **line);

/**
 * input_error() - was the end of the source an error?
 * @input: the source
 *
 * Return: 0, or the errno of the read that failed.
 */
int input_error(const struct input *input);

/**
 * input_is_script() - is the source a file?
 * @input: the source
 *
 * Return: true when they are.
 */
bool input_is_script(const struct input *input);

/**
 * input_is_terminal() - is the source a terminal?
 * @input: the source
 *
 * Return: true for a terminal.
 */
bool input_is_terminal(const struct input *input);

/**
 * input_close() - close the source
 * @input: the source, or null
 */
void input_close(struct input *input);

#endif
