// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "port_values.h"

#define HOST_PORT_MAX	0xFFFF
#define VALUE_MAX	0xFFFF

static const char *port_value_add(struct port_values *values, const char *port,
				  const char *value)
{
	unsigned long long number, holds;

	if (cli_number(port, TEA_PORT_HOST, HOST_PORT_MAX, &number))
		return "PORT=VALUE with a port from 0xf000 to 0xffff";
	if (cli_number(value, 0, VALUE_MAX, &holds))
		return "PORT=VALUE with a value from 0 to 0xffff";
	if (values->count == PORT_VALUES_MAX)
		return "at most 64 ports";
	values->rows[values->count].port = (unsigned int)number;
	values->rows[values->count++].value = (unsigned int)holds;
	return NULL;
}

const char *port_values_add(struct port_values *values, const char *word)
{
	char *port = strdup(word);
	char *value = port ? strchr(port, '=') : NULL;
	const char *wrong = "PORT=VALUE";

	if (value) {
		*value++ = '\0';
		wrong = port_value_add(values, port, value);
	}
	free(port);
	return wrong;
}

int port_values_access(struct port_values *values, struct tea_access *access)
{
	size_t i;

	/* The last value given for a port counts. */
	for (i = values->count; i--;) {
		if (values->rows[i].port != access->port)
			continue;
		if (access->write)
			values->rows[i].value = access->value;
		else
			access->value = values->rows[i].value;
		if (access->size == TEA_SIZE_CHAR)
			access->value &= 0xFF;
		return 0;
	}
	return -1;
}
