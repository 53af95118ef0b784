// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "tea_args.h"

#define WORD_PREFIX	"w:"

/*
 * Returns 0 for an integer of @bits bits, 1 for one out of range, -1 for no
 * integer.
 */
static int parse_integer(const char *text, unsigned int bits, long *value)
{
	bool negative = text[0] == '-';
	unsigned long long max = negative ? 1ULL << (bits - 1)
					  : (1ULL << bits) - 1;
	unsigned long long magnitude;
	const char *digits = text + negative;
	bool hex = digits[0] == '0' && (digits[1] == 'x' || digits[1] == 'X');

	if (!cli_number(digits, 0, max, &magnitude)) {
		*value = negative ? -(long)magnitude : (long)magnitude;
		return 0;
	}
	if (hex)
		digits += 2;
	if (!*digits)
		return -1;
	digits += strspn(digits, hex ? "0123456789abcdefABCDEF" : "0123456789");
	return *digits ? -1 : 1;
}

static int add_bytes(struct tea_args *args, const void *bytes, size_t size,
		     char *message, size_t message_size)
{
	if (size > sizeof(args->bytes) - args->size) {
		snprintf(message, message_size,
			 "more than %d bytes of arguments", TEA_ARGUMENTS_MAX);
		return -1;
	}
	memcpy(args->bytes + args->size, bytes, size);
	args->size += size;
	return 0;
}

static int add_word(struct tea_args *args, const char *word, char *message,
		    size_t size)
{
	unsigned char bytes[2];
	long value;
	int kind;

	if (!strncmp(word, WORD_PREFIX, strlen(WORD_PREFIX))) {
		kind = parse_integer(word + strlen(WORD_PREFIX), 16, &value);
		if (kind) {
			snprintf(message, size,
				 "argument '%s': expected " WORD_PREFIX
				 " and an integer from -32768 to 65535", word);
			return -1;
		}
		bytes[0] = (unsigned char)(value >> 8);
		bytes[1] = (unsigned char)value;
		return add_bytes(args, bytes, 2, message, size);
	}

	kind = parse_integer(word, 8, &value);
	if (kind > 0) {
		snprintf(message, size,
			 "argument '%s': not from -128 to 255, write "
			 WORD_PREFIX "%s for two bytes", word, word);
		return -1;
	}
	if (kind < 0)
		return add_bytes(args, word, strlen(word), message, size);
	bytes[0] = (unsigned char)value;
	return add_bytes(args, bytes, 1, message, size);
}

int tea_args_parse(struct tea_args *args, char *const *words, int count,
		   char *message, size_t size)
{
	int i;

	args->size = 0;
	for (i = 0; i < count; i++) {
		if (add_word(args, words[i], message, size))
			return -1;
	}
	return 0;
}
