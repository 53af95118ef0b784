/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef TEAVMX_LATE_H
#define TEAVMX_LATE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Libraries that only some verbs use are loaded at their first use, as the dynamic
 * linker would execute more instructions for them than most verbs do altogether.
 */

/**
 * struct late_symbol - a function of a library that is loaded late
 * @name: its name
 * @pointer: the pointer to a function that receives its address
 */
struct late_symbol {
	const char *name;
	void *pointer;
};

/**
 * struct late_library - a library that is loaded late
 * @name: its soname
 * @symbols: the functions that are used, up to one without a name
 * @loaded: it is loaded, and all pointers are set
 */
struct late_library {
	const char *name;
	const struct late_symbol *symbols;
	bool loaded;
};

/* A member of a structure with functions that are loaded late: the pointer to @name */
#define LATE_POINTER(name) __typeof__(name) *(name)
/* The struct late_symbol of that member of @functions */
#define LATE_SYMBOL(functions, name) { #name, &(functions).name }

/*
 * Notes in the program that it loads @soname for @feature, where tools that make
 * packages look for it: "ELF package metadata", a specification of the UAPI group.
 */
#define LATE_NOTE(soname, feature) \
	__asm__(".pushsection .note.dlopen, \"a\", @note\n" \
		".balign 4\n" \
		".long 4, 2f - 1f, 0x407c0c0a\n" \
		".asciz \"FDO\"\n" \
		"1: .asciz \"[{\\\"soname\\\":[\\\"" soname "\\\"]," \
		"\\\"feature\\\":\\\"" feature "\\\"," \
		"\\\"priority\\\":\\\"recommended\\\"}]\"\n" \
		"2: .balign 4\n" \
		".popsection")

/**
 * late_load() - load a library, unless it is loaded
 * @library: the library
 *
 * Several threads can do this at once. The library remains loaded.
 *
 * Return: NULL, or what is missing, for a message; valid until the thread's next
 * call of dlerror().
 */
const char *late_load(struct late_library *library);

#endif
