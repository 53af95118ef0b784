// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <userspace/tea/source.h>

#include "include.h"

int cc_sources_add(struct cc_sources *sources, const char *path, char *text,
		   size_t size)
{
	struct source *source;

	if (sources->count == CC_SOURCES_MAX) {
		free(text);
		return -ENOSPC;
	}
	source = arena_zalloc(sources->arena, sizeof(*source));
	source->path = arena_copy(sources->arena, path, strlen(path));
	source->text = text;
	source->size = size;
	if (sources->count)
		sources->list[sources->count - 1]->next = source;
	else
		sources->report->source = source;
	sources->list[sources->count] = source;
	return (int)sources->count++;
}

int cc_sources_open(struct cc_sources *sources, const char *path)
{
	struct source source = { .path = path };
	size_t i;
	int error;

	for (i = 0; i < sources->count; i++) {
		if (!strcmp(sources->list[i]->path, path))
			return (int)i;
	}
	error = source_read(&source, CC_SOURCE_MAX);
	if (error) {
		free(source.text);
		return error;
	}
	return cc_sources_add(sources, path, source.text, source.size);
}

/*
 * Opens FOLDER/NAME. Only regular files are opened, as a read of a device could
 * block without end. If a file cannot be read, other folders are not searched.
 */
static int open_in(struct cc_sources *sources, const char *folder,
		   size_t folder_size, const char *name, size_t size)
{
	char path[PATH_MAX];
	struct stat status;
	int length;

	length = snprintf(path, sizeof(path), "%.*s%s%.*s", (int)folder_size,
			  folder, folder_size ? "/" : "", (int)size, name);
	if (length < 0 || (size_t)length >= sizeof(path))
		return -ENAMETOOLONG;
	if (stat(path, &status) || !S_ISREG(status.st_mode) ||
	    !strcmp(path, "-"))
		return -ENOENT;
	return cc_sources_open(sources, path);
}

int cc_sources_include(struct cc_sources *sources, const char *name,
		       size_t size, const char *from)
{
	const char *const *folder = sources->folders;
	int found = -ENOENT;

	if (size && name[0] == '/')
		return open_in(sources, "", 0, name, size);
	if (from) {
		const char *last = strrchr(from, '/');

		found = open_in(sources, from, last ? (size_t)(last - from) : 0,
				name, size);
	}
	for (; folder && *folder && found == -ENOENT; folder++)
		found = open_in(sources, *folder, strlen(*folder), name, size);
	return found;
}

void cc_sources_free(struct cc_sources *sources)
{
	while (sources->count)
		free(sources->list[--sources->count]->text);
}
