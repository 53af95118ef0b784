/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef DAP_ARGUMENTS_H
#define DAP_ARGUMENTS_H

#include <stdbool.h>

#include <jansson.h>

/*
 * The arguments of a request. Each function returns CLI_OK, or CLI_FAILED after
 * dap_refuse(). A key that may be absent leaves the value as it is.
 */

/**
 * dap_text() - read a string that may be absent
 * @arguments: the arguments
 * @key: the key
 * @value: receives the string, which belongs to @arguments
 *
 * Return: see above.
 */
int dap_text(const json_t *arguments, const char *key, const char **value);

/**
 * dap_needed_text() - read a string
 * @arguments: the arguments
 * @key: the key
 * @value: receives the string, which belongs to @arguments
 *
 * Return: see above.
 */
int dap_needed_text(const json_t *arguments, const char *key,
		    const char **value);

/**
 * dap_flag() - read a boolean that may be absent
 * @arguments: the arguments
 * @key: the key
 * @value: receives it
 *
 * Return: see above.
 */
int dap_flag(const json_t *arguments, const char *key, bool *value);

/**
 * dap_number() - read an integer that may be absent
 * @arguments: the arguments
 * @key: the key
 * @min: smallest number allowed
 * @max: largest number allowed
 * @value: receives it
 *
 * Return: see above.
 */
int dap_number(const json_t *arguments, const char *key, json_int_t min,
	       json_int_t max, json_int_t *value);

/**
 * dap_needed_number() - read an integer
 * @arguments: the arguments
 * @key: the key
 * @min: smallest number allowed
 * @max: largest number allowed
 * @value: receives it
 *
 * Return: see above.
 */
int dap_needed_number(const json_t *arguments, const char *key, json_int_t min,
		      json_int_t max, json_int_t *value);

/**
 * dap_list() - read an array that may be absent
 * @arguments: the arguments
 * @key: the key
 * @value: receives it, null if it is absent
 *
 * Return: see above.
 */
int dap_list(const json_t *arguments, const char *key, const json_t **value);

#endif
