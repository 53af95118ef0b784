// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "tea_result.h"

#define CODE_AT		3

unsigned int tea_result_code(const struct tea_result *result)
{
	return result->message[CODE_AT];
}

/* False for a program that returns nothing */
static bool result_value(const struct tea_result *result, int *value)
{
	const unsigned char *data = result->message + TEA_MESSAGE_MIN;

	switch (result->message_size) {
	case TEA_MESSAGE_MIN + 1:
		*value = (signed char)data[0];
		return true;
	case TEA_MESSAGE_MIN + 2:
		*value = (short)(data[0] << 8 | data[1]);
		return true;
	}
	return false;
}

void tea_result_print(const struct tea_result *result, FILE *to)
{
	unsigned int code = tea_result_code(result);
	size_t i;
	int value;

	fprintf(to, "exit %u %s (%s): value ", code,
		tea_exit_name(code) ?: "Unknown",
		tea_exit_meaning(code) ?: "no such exit code");
	if (result_value(result, &value))
		fprintf(to, "%d\n", value);
	else
		fprintf(to, "void\n");
	if (!result->stack)
		return;
	fprintf(to, "stack");
	for (i = 0; i < result->stack_size; i++)
		fprintf(to, " %02x", result->stack[i]);
	fputc('\n', to);
}

json_t *tea_json_hex(const unsigned char *bytes, size_t size)
{
	static const char digits[] = "0123456789abcdef";
	char *text = malloc(2 * size + 1);
	json_t *json;
	size_t i;

	if (!text)
		return NULL;
	for (i = 0; i < size; i++) {
		text[2 * i] = digits[bytes[i] >> 4];
		text[2 * i + 1] = digits[bytes[i] & 15];
	}
	json = json_stringn(text, 2 * size);
	free(text);
	return json;
}

json_t *tea_json_text(const unsigned char *bytes, size_t size)
{
	char *text = malloc(2 * size + 1);
	size_t used = 0;
	json_t *json;
	size_t i;

	if (!text)
		return NULL;
	for (i = 0; i < size; i++) {
		if (bytes[i] < 0x80) {
			text[used++] = (char)bytes[i];
			continue;
		}
		text[used++] = (char)(0xC0 | bytes[i] >> 6);
		text[used++] = (char)(0x80 | (bytes[i] & 0x3F));
	}
	json = json_stringn(text, used);
	free(text);
	return json;
}

json_t *tea_json_string(const char *string)
{
	return json_string(string) ?:
	       tea_json_text((const unsigned char *)string, strlen(string));
}

json_t *tea_result_json(const struct tea_result *result)
{
	unsigned int code = tea_result_code(result);
	json_t *object = json_object();
	int value;

	json_object_set_new(object, "message",
			    tea_json_hex(result->message,
					 result->message_size));
	json_object_set_new(object, "code", json_integer(code));
	json_object_set_new(object, "name",
			    json_string(tea_exit_name(code) ?: "Unknown"));
	json_object_set_new(object, "value", result_value(result, &value) ?
			    json_integer(value) : json_null());
	json_object_set_new(object, "text",
			    tea_json_text(result->text, result->text_size));
	json_object_set_new(object, "steps",
			    json_integer((json_int_t)result->steps));
	if (result->serial)
		json_object_set_new(object, "serial",
				    tea_json_text(result->serial,
						  result->serial_size));
	if (result->stack)
		json_object_set_new(object, "stack",
				    tea_json_hex(result->stack,
						 result->stack_size));
	return object;
}

void tea_json_print(json_t *json, FILE *to)
{
	/* A terminal executes the control characters from U+0080 on. */
	if (!json_dumpf(json, to, JSON_COMPACT | JSON_ENSURE_ASCII))
		fputc('\n', to);
	else if (to == stdout && !ferror(to))
		cli_output_error = ENOMEM;
	json_decref(json);
}
