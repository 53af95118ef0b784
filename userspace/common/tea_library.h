/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TEA_LIBRARY_H
#define TEA_LIBRARY_H

#include <stddef.h>

/* Folders of the library */
#define TEA_LIBRARY_FOLDERS	2

/**
 * struct tea_library - where the library of the TEA language is
 * @folders: the folders in the order in which they are searched
 * @count: number of them
 * @beside: the one beside the program, or null
 */
struct tea_library {
	const char *folders[TEA_LIBRARY_FOLDERS];
	size_t count;
	char *beside;
};

/**
 * tea_library_find() - find the folders of the library
 * @library: receives them; release with tea_library_free()
 *
 * This is the folder that TEA_INCLUDE names, else the one that was built or installed
 * with the program, if it is there, and then /usr/share/teavmx/include.
 */
void tea_library_find(struct tea_library *library);

/**
 * tea_library_free() - release what tea_library_find() has found
 * @library: the library
 */
void tea_library_free(struct tea_library *library);

/**
 * tea_source_path() - find a source that a debug map names
 * @map_path: path of the map
 * @path: path of the source in the map
 *
 * A map that has come from another machine has paths of that machine. If there is no
 * such file, a relative path is tried in the folder of the map, and then the name
 * alone in the folders of the library and in that of the map.
 *
 * Return: its path, to be freed, or null if there is no such file.
 */
char *tea_source_path(const char *map_path, const char *path);

/**
 * tea_source_read() - read a source that a debug map names
 * @map_path: path of the map
 * @path: path of the source in the map, which tea_source_path() finds
 * @text: receives the contents, to be freed; null after an error
 * @size: receives the number of bytes
 *
 * Return: 0 or a negative errno.
 */
int tea_source_read(const char *map_path, const char *path, char **text,
		    size_t *size);

#endif
