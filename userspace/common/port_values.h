/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PORT_VALUES_H
#define PORT_VALUES_H

#include <stddef.h>

#include <module/tea/ports.h>

#define PORT_VALUES_MAX	64

/**
 * struct port_values - host ports that are registers
 * @rows: ports and their values
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
 * port_values_add() - read a word PORT=VALUE
 * @values: registers
 * @word: the word
 *
 * Return: null, or what was expected instead.
 */
const char *port_values_add(struct port_values *values, const char *word);

/**
 * port_values_access() - execute an access to a host port
 * @values: registers
 * @access: the access; of a read it receives the value
 *
 * A read returns the value written last; a read of one byte its low byte.
 *
 * Return: 0, or -1 when there is no such register.
 */
int port_values_access(struct port_values *values, struct tea_access *access);

#endif
