// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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

/* Returns the first folder beside the program that there is, to be freed, or null. */
static char *find_beside(void)
{
	char program[PATH_MAX];
	char *folder = NULL;
	ssize_t size;
	size_t i;

	size = readlink("/proc/self/exe", program, sizeof(program) - 1);
	if (size <= 0)
		return NULL;
	program[size] = '\0';
	*(strrchr(program, '/') ?: program) = '\0';
	for (i = 0; i < ARRAY_SIZE(folders_beside); i++) {
		if (asprintf(&folder, "%s/%s", program, folders_beside[i]) < 0)
			return NULL;
		if (!access(folder, R_OK))
			return folder;
		free(folder);
	}
	return NULL;
}

void tea_library_find(struct tea_library *library)
{
	const char *folder = getenv(FOLDER_VARIABLE);

	*library = (struct tea_library){ 0 };
	if (folder && *folder) {
		library->folders[library->count++] = folder;
		return;
	}
	library->beside = find_beside();
	if (library->beside)
		library->folders[library->count++] = library->beside;
	library->folders[library->count++] = FOLDER_DEFAULT;
}

void tea_library_free(struct tea_library *library)
{
	free(library->beside);
}

static int read_in(const char *folder, size_t folder_size, const char *name,
		   char **text, size_t *size)
{
	char *path;
	int error;

	if (asprintf(&path, "%.*s/%s", (int)folder_size, folder, name) < 0)
		return -ENOMEM;
	error = text_file_read(path, TEXT_SOURCE_MAX, text, size);
	free(path);
	return error;
}

static int read_library(const char *name, char **text, size_t *size)
{
	struct tea_library library;
	int error = -ENOENT;
	size_t i;

	tea_library_find(&library);
	for (i = 0; i < library.count && error; i++)
		error = read_in(library.folders[i], strlen(library.folders[i]),
				name, text, size);
	tea_library_free(&library);
	return error;
}

int tea_source_read(const char *map_path, const char *path, char **text,
		    size_t *size)
{
	const char *slash = strrchr(map_path, '/');
	const char *folder = slash ? map_path : ".";
	size_t folder_size = slash ? (size_t)(slash - map_path) : 1;
	const char *name = strrchr(path, '/');
	int error = text_file_read(path, TEXT_SOURCE_MAX, text, size);

	if (error && *path != '/')
		error = read_in(folder, folder_size, path, text, size);
	if (error && name)
		error = read_library(name + 1, text, size);
	if (error && name)
		error = read_in(folder, folder_size, name + 1, text, size);
	return error;
}
