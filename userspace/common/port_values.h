/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PORT_VALUES_H
#define PORT_VALUES_H

#include <stddef.h>

#include <module/tea/ports.h>

#define PORT_VALUES_MAX	64

/**
 * struct port_values - host ports that are registers
 * @rows: a port and what it holds
 * @count: entries in @rows
 */
struct port_values {
	struct {
		unsigned int port;
		unsigned int value;
	} rows[PORT_VALUES_MAX];
	size_t count;
};

/**
 * port_values_add() - take the word PORT=VALUE
 * @values: registers
 * @word: the word
 *
 * Return: null, or what was expected instead.
 */
const char *port_values_add(struct port_values *values, const char *word);

/**
 * port_values_access() - do an access to a host port
 * @values: registers
 * @access: the access; a read's value comes back in it
 *
 * A write changes what later reads give. A read of one byte gives the low byte.
 *
 * Return: 0, or -1 when there is no such register.
 */
int port_values_access(struct port_values *values, struct tea_access *access);

#endif
