/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TEA_ARGS_H
#define TEA_ARGS_H

#include <stddef.h>

#include <uapi/tea.h>

/**
 * struct tea_args - argument bytes of a program
 * @bytes: the bytes in the order in which they are on the stack
 * @size: number of them
 */
struct tea_args {
	unsigned char bytes[TEA_ARGUMENTS_MAX];
	size_t size;
};

/**
 * tea_args_parse() - turn command line words into argument bytes
 * @args: receives the bytes
 * @words: the words
 * @count: number of them
 * @message: receives what is wrong, without newline
 * @size: bytes at @message
 *
 * An integer (decimal or 0x, -128 to 255) is one byte; "w:" and an integer
 * (-32768 to 65535) two bytes, high byte first; any other word is its
 * characters.
 *
 * Return: 0, or -1 with @message set.
 */
int tea_args_parse(struct tea_args *args, char *const *words, int count,
		   char *message, size_t size);

#endif
