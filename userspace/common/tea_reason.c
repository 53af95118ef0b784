// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>

#include "cli.h"
#include "tea_reason.h"

#define ACCESS_TEXT	48

/**
 * struct port_entry - a port of the machine
 * @first: its number, or the first one of a range
 * @count: how many ports have it
 * @name: its name
 * @reads: sizes of reads, as a mask
 * @writes: sizes of writes, as a mask
 * @meaning: what it does
 */
struct port_entry {
	unsigned int first;
	unsigned int count;
	const char *name;
	unsigned int reads;
	unsigned int writes;
	const char *meaning;
};

static const struct port_entry port_entries[] = {
#define PORT_ENTRY(NAME, first, count, name, reads, writes, meaning) \
	{ first, count, name, reads, writes, meaning },
	TEA_PORTS(PORT_ENTRY)
#undef PORT_ENTRY
};

static const struct port_entry *port_find(unsigned int port)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(port_entries); i++)
		if (port - port_entries[i].first < port_entries[i].count)
			return &port_entries[i];
	return NULL;
}

static const char *sizes_text(unsigned int sizes)
{
	static const char *const texts[] = {
		[TEA_SIZE_NONE] = "none",
		[TEA_SIZE_CHAR] = "1 byte",
		[TEA_SIZE_INT] = "2 bytes",
		[TEA_SIZE_BOTH] = "1 or 2 bytes",
	};

	return texts[sizes & TEA_SIZE_BOTH];
}

static void access_text(const struct tea_access *access, char *text)
{
	if (access->write)
		snprintf(text, ACCESS_TEXT, "a write of %u (%s)",
			 access->value, sizes_text(access->size));
	else
		snprintf(text, ACCESS_TEXT, "a read of %s",
			 sizes_text(access->size));
}

static void report_port(const struct tea_reason *reason)
{
	const struct tea_access *access = reason->refused;
	const struct port_entry *entry;
	char text[ACCESS_TEXT];

	if (!access) {
		cli_error(CLI_GUEST, NULL, "%s", reason->unknown_hint);
		return;
	}
	access_text(access, text);
	entry = port_find(access->port);
	if (!entry)
		cli_error(CLI_GUEST, NULL, "%s at port %04x, which does not exist",
			  text, access->port);
	else if (access->port >= TEA_PORT_HOST)
		cli_error(CLI_GUEST, reason->host_ports,
			  "%s at port %04x was refused: no host program answers this host port",
			  text, access->port);
	else
		cli_error(CLI_GUEST, NULL,
			  "%s at port %04x (%s) was refused; reads: %s, writes: %s; %s",
			  text, access->port, entry->name,
			  sizes_text(entry->reads), sizes_text(entry->writes),
			  entry->meaning);
}

void tea_reason_report(const struct tea_reason *reason)
{
	if (reason->code == TEA_EXIT_IO_ERR)
		report_port(reason);
	else if (reason->code == TEA_EXIT_STACK_OVERFLOW)
		cli_error(CLI_GUEST, "--stack N sets another size",
			  "the program had %u bytes of stack",
			  reason->stack_size);
}
