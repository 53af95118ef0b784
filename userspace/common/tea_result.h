/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TEA_RESULT_H
#define TEA_RESULT_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <jansson.h>

#include <uapi/tea.h>

/**
 * struct tea_result - how a process ended
 * @message: exit message
 * @message_size: bytes of it, TEA_MESSAGE_MIN to TEA_MESSAGE_MAX
 * @text: display text, or null if it was printed already
 * @text_size: bytes of it
 * @serial: bytes that were sent on the serial port, or null
 * @serial_size: bytes of it
 * @steps: instructions
 * @stack: the stack at the end, bottom first, or null if not requested
 * @stack_size: bytes of it
 */
struct tea_result {
	unsigned char message[TEA_MESSAGE_MAX];
	size_t message_size;
	const unsigned char *text;
	size_t text_size;
	const unsigned char *serial;
	size_t serial_size;
	unsigned long long steps;
	const unsigned char *stack;
	size_t stack_size;
};

/**
 * tea_result_code() - the exit code in the message
 * @result: the result
 *
 * Return: 0 to 255.
 */
unsigned int tea_result_code(const struct tea_result *result);

/**
 * tea_result_print() - print the line "exit CODE NAME (MEANING): value VALUE"
 * @result: the result
 * @to: where to
 *
 * With a stack, a second line "stack" and its bytes in hexadecimal follows.
 */
void tea_result_print(const struct tea_result *result, FILE *to);

/**
 * tea_result_json() - the result as a JSON object
 * @result: the result
 *
 * Return: a new reference to an object with "message", "code", "name",
 * "value", "text" and "steps", and "stack" and "serial" if there are any; null
 * without memory.
 */
json_t *tea_result_json(const struct tea_result *result);

/**
 * json_u64() - a register, an address or another value of up to 64 bits in JSON
 * @value: the value
 *
 * Many readers of JSON, such as jq, keep only 53 bits of a number. Small values are
 * strings too, so that a key always has the same type. Counts, times and what has
 * at most 32 bits are numbers.
 *
 * Return: a new reference to a string, hexadecimal with 0x.
 */
static inline json_t *json_u64(uint64_t value)
{
	return json_sprintf("0x%llx", (unsigned long long)value);
}

/**
 * tea_json_hex() - bytes as a JSON string of hexadecimal digits
 * @bytes: the bytes
 * @size: number of them
 *
 * Return: a new reference.
 */
json_t *tea_json_hex(const unsigned char *bytes, size_t size);

/**
 * tea_json_text() - display text as a JSON string
 * @bytes: the text; each byte becomes the character of that number
 * @size: number of them
 *
 * Return: a new reference.
 */
json_t *tea_json_text(const unsigned char *bytes, size_t size);

/**
 * tea_json_string() - a string that need not be UTF-8, such as a path, in JSON
 * @string: the string; if it is not UTF-8, as by tea_json_text()
 *
 * Return: a new reference.
 */
json_t *tea_json_string(const char *string);

/**
 * tea_json_print() - print a JSON value on one line
 * @json: the value, an object or array; the reference is taken over. Null is one for which
 *	there was no memory.
 * @to: where to
 *
 * cli_finish() reports a value that was not printed.
 */
void tea_json_print(json_t *json, FILE *to);

#endif
