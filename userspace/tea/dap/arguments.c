// SPDX-License-Identifier: GPL-2.0-only
#include <userspace/common/cli.h>

#include "arguments.h"
#include "problem.h"

int dap_text(const json_t *arguments, const char *key, const char **value)
{
	const json_t *member = json_object_get(arguments, key);

	if (!member || json_is_null(member))
		return CLI_OK;
	if (!json_is_string(member))
		return dap_refuse("the argument '%s' must be a string", key);
	*value = json_string_value(member);
	return CLI_OK;
}

int dap_needed_text(const json_t *arguments, const char *key,
		    const char **value)
{
	*value = NULL;
	if (dap_text(arguments, key, value))
		return CLI_FAILED;
	return *value ? CLI_OK :
			dap_refuse("the argument '%s' is missing", key);
}

int dap_flag(const json_t *arguments, const char *key, bool *value)
{
	const json_t *member = json_object_get(arguments, key);

	if (!member || json_is_null(member))
		return CLI_OK;
	if (!json_is_boolean(member))
		return dap_refuse("the argument '%s' must be true or false",
				  key);
	*value = json_is_true(member);
	return CLI_OK;
}

int dap_number(const json_t *arguments, const char *key, json_int_t min,
	       json_int_t max, json_int_t *value)
{
	const json_t *member = json_object_get(arguments, key);

	if (!member || json_is_null(member))
		return CLI_OK;
	if (!json_is_integer(member) || json_integer_value(member) < min ||
	    json_integer_value(member) > max)
		return dap_refuse("the argument '%s' must be an integer from %lld to %lld",
				  key, (long long)min, (long long)max);
	*value = json_integer_value(member);
	return CLI_OK;
}

int dap_needed_number(const json_t *arguments, const char *key, json_int_t min,
		      json_int_t max, json_int_t *value)
{
	if (!json_object_get(arguments, key))
		return dap_refuse("the argument '%s' is missing", key);
	*value = min;
	return dap_number(arguments, key, min, max, value);
}

int dap_list(const json_t *arguments, const char *key, const json_t **value)
{
	*value = json_object_get(arguments, key);
	if (*value && json_is_null(*value))
		*value = NULL;
	return !*value || json_is_array(*value) ? CLI_OK :
	       dap_refuse("the argument '%s' must be an array", key);
}
