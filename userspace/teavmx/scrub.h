/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TEAVMX_SCRUB_H
#define TEAVMX_SCRUB_H

#include <regex.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/*
 * Text that may be published: what identifies a machine, a person or a place in
 * memory is replaced by a mark that names its kind.
 */

/**
 * struct scrub_rule - one kind of text that is replaced
 * @regex: finds it
 * @group: the part of the match that is replaced, 0 for all of it
 * @mark: its replacement
 */
struct scrub_rule {
	regex_t regex;
	size_t group;
	const char *mark;
};

/**
 * struct scrub - everything that is replaced
 * @rules: in the order in which they are applied
 * @count: rules in use
 * @names: how many of them are names; the others are patterns
 * @incomplete: there was no memory for one of them, so that nothing is written
 */
struct scrub {
	struct scrub_rule *rules;
	size_t count;
	size_t names;
	bool incomplete;
};

/**
 * scrub_name() - replace a name wherever it is a whole word, in any case
 * @scrub: zeroed, or with other names
 * @name: the name; one of a single character and a usual one such as root are not
 *        replaced
 * @mark: what replaces it, such as "[host]"
 */
void scrub_name(struct scrub *scrub, const char *name, const char *mark);

/**
 * scrub_machine() - replace the names of this machine
 * @scrub: zeroed, or with other names
 *
 * These are the host name, the domain, users and their home folders, and the serial
 * numbers that the firmware reports. What this process must not read is left out.
 */
void scrub_machine(struct scrub *scrub);

/**
 * scrub_patterns() - replace addresses and serial numbers by their form
 * @scrub: with all names
 */
void scrub_patterns(struct scrub *scrub);

/**
 * scrub_print() - write a text with everything replaced
 * @scrub: what is replaced
 * @text: the text
 * @file: where to
 */
void scrub_print(const struct scrub *scrub, const char *text, FILE *file);

/**
 * scrub_print_names() - write a text with the names replaced only
 * @scrub: what is replaced
 * @text: a text such as a version, which looks like an address
 * @file: where to
 */
void scrub_print_names(const struct scrub *scrub, const char *text, FILE *file);

/* scrub_free() - release what the rules hold */
void scrub_free(struct scrub *scrub);

#endif
