/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PROBE_H
#define PROBE_H

/* How often the kernel calls a function: a kprobe of the name "called" */
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define TRACING		"/sys/kernel/tracing/"
#define PROBE		"teavmx_test/called"

static inline bool probe_write(const char *path, const char *text)
{
	int file = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
	bool good = file >= 0 &&
		    write(file, text, strlen(text)) == (ssize_t)strlen(text);

	if (file >= 0)
		close(file);
	return good;
}

/* Begins to count calls of a function; false if the kernel refuses it. */
static inline bool probe_set(const char *function)
{
	char text[128];

	snprintf(text, sizeof(text), "p:" PROBE " %s", function);
	return probe_write(TRACING "kprobe_events", text) &&
	       probe_write(TRACING "events/" PROBE "/enable", "1");
}

/* Calls since probe_set(), or -1 */
static inline long probe_calls(void)
{
	char line[256], name[128];
	long hits, found = -1;
	FILE *file = fopen(TRACING "kprobe_profile", "r");

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "%127s %ld", name, &hits) == 2 &&
		    !strcmp(name, "called"))
			found = hits;
	if (file)
		fclose(file);
	return found;
}

static inline bool probe_clear(void)
{
	return probe_write(TRACING "events/" PROBE "/enable", "0") &&
	       probe_write(TRACING "kprobe_events", "-:" PROBE);
}

#endif
