// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli.h"
#include "tea_library.h"
#include "text_file.h"

#define FOLDER_VARIABLE	"TEA_INCLUDE"
#define FOLDER_DEFAULT	"/usr/share/teavmx/include"

/* Where the library is, seen from a program that was built, and from one installed */
static const char *const folders_beside[] = {
	"include/tea", "../share/teavmx/include",
};

void tea_library_find(struct tea_library *library)
{
	const char *folder = getenv(FOLDER_VARIABLE);

	*library = (struct tea_library){ 0 };
	if (folder && *folder) {
		library->folders[library->count++] = folder;
		return;
	}
	library->beside = cli_beside(folders_beside, ARRAY_SIZE(folders_beside));
	if (library->beside)
		library->folders[library->count++] = library->beside;
	library->folders[library->count++] = FOLDER_DEFAULT;
}

void tea_library_free(struct tea_library *library)
{
	free(library->beside);
}

/* Returns the path if there is such a file that can be read, to be freed, or null. */
static char *source_in(const char *folder, size_t folder_size, const char *name)
{
	struct stat status;
	char *path;

	if (asprintf(&path, "%.*s%s%s", (int)folder_size, folder,
		     folder_size ? "/" : "", name) < 0)
		return NULL;
	if (!access(path, R_OK) && !stat(path, &status) &&
	    !S_ISDIR(status.st_mode))
		return path;
	free(path);
	return NULL;
}

static char *source_in_library(const char *name)
{
	struct tea_library library;
	char *found = NULL;
	size_t i;

	tea_library_find(&library);
	for (i = 0; i < library.count && !found; i++)
		found = source_in(library.folders[i],
				  strlen(library.folders[i]), name);
	tea_library_free(&library);
	return found;
}

char *tea_source_path(const char *map_path, const char *path)
{
	const char *slash = strrchr(map_path, '/');
	const char *folder = slash ? map_path : ".";
	size_t folder_size = slash ? (size_t)(slash - map_path) : 1;
	const char *name = strrchr(path, '/');
	char *found = source_in("", 0, path);

	if (!found && *path != '/')
		found = source_in(folder, folder_size, path);
	if (!found && name)
		found = source_in_library(name + 1);
	if (!found && name)
		found = source_in(folder, folder_size, name + 1);
	return found;
}

int tea_source_read(const char *map_path, const char *path, char **text,
		    size_t *size)
{
	char *found = tea_source_path(map_path, path);
	int error;

	*text = NULL;
	if (!found)
		return -ENOENT;
	error = text_file_read(found, TEXT_SOURCE_MAX, text, size);
	free(found);
	return error;
}
