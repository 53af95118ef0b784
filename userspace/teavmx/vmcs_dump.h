/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TEAVMX_VMCS_DUMP_H
#define TEAVMX_VMCS_DUMP_H

#include <userspace/lib/teavmx.h>

/* More dumps in one file are refused, more notes are only counted. */
#define VMCS_DUMPS_MAX	16
#define VMCS_NOTES_MAX	32

/**
 * struct vmcs_dump - one dump of a VMCS in a file
 * @snapshot: what is known from it
 * @format: name of its format: "json", "kvm" or "list"
 * @line: number of the line that it begins in, from 1
 */
struct vmcs_dump {
	struct teavmx_snapshot snapshot;
	const char *format;
	unsigned int line;
};

/**
 * struct vmcs_note - something that could not be read, or is not used
 * @line: number of the line, from 1
 * @text: what is wrong with it, or why, in printable ASCII
 */
struct vmcs_note {
	unsigned int line;
	char text[160];
};

/**
 * struct vmcs_dumps - what a file holds
 * @list: the dumps
 * @count: entries in @list
 * @full: there was no room for a dump
 * @notes: what could not be read, in the order of the file, and then what is
 *	not used
 * @note_count: number of notes, including those beyond VMCS_NOTES_MAX, which are
 *	dropped
 */
struct vmcs_dumps {
	struct vmcs_dump list[VMCS_DUMPS_MAX];
	size_t count;
	bool full;
	struct vmcs_note notes[VMCS_NOTES_MAX];
	size_t note_count;
};

/**
 * vmcs_dumps_read() - read all dumps in a text
 * @text: the text; its format is found out
 * @size: bytes of it
 * @dumps: receives the dumps and the notes; zeroed before
 *
 * A line that cannot be read becomes a note; the others are read.
 */
void vmcs_dumps_read(const char *text, size_t size, struct vmcs_dumps *dumps);

/**
 * vmcs_dumps_caps() - read capability MSRs in JSON
 * @text: output of teavmx caps --json
 * @size: bytes of it
 * @dumps: receives one dump with the MSRs of the first CPU that has them, and
 *	notes; zeroed before
 */
void vmcs_dumps_caps(const char *text, size_t size, struct vmcs_dumps *dumps);

/* The readers of the three formats, and what they share */

void vmcs_dumps_json(const char *text, size_t size, struct vmcs_dumps *dumps);
void vmcs_dumps_kvm(const char *text, size_t size, struct vmcs_dumps *dumps);

/**
 * vmcs_dump_begin() - begin another dump
 * @dumps: the dumps so far
 * @format: name of its format
 * @line: the line it begins in
 *
 * Return: the dump, or NULL with a note when there is no room for it.
 */
struct vmcs_dump *vmcs_dump_begin(struct vmcs_dumps *dumps, const char *format,
				  unsigned int line);

/**
 * vmcs_dump_note() - note what could not be read
 * @dumps: receives the note
 * @line: where it is
 * @format: the message
 */
void vmcs_dump_note(struct vmcs_dumps *dumps, unsigned int line,
		    const char *format, ...)
	__attribute__((__format__(printf, 3, 4)));

/**
 * vmcs_dump_set() - add a fact to a dump, if it has a name and a possible value
 * @dumps: receives a note if it does not
 * @dump: the dump
 * @line: where the fact is
 * @fact: the fact
 */
void vmcs_dump_set(struct vmcs_dumps *dumps, struct vmcs_dump *dump,
		   unsigned int line, const struct teavmx_fact *fact);

/**
 * vmcs_dump_outcome() - how the entry of a dump failed, by its exit reason
 * @snapshot: its facts; the outcome is left as it is if the reason is not known
 *	or is not that of an entry that failed
 */
void vmcs_dump_outcome(struct teavmx_snapshot *snapshot);

/**
 * vmcs_dump_fact_name() - name of a fact, as a list has it
 * @fact: the fact; its value does not matter
 * @buffer: room for a name
 * @size: bytes of it
 *
 * Return: the name: a VMCS field, IA32_VMX_... or a word that rules need.
 */
const char *vmcs_dump_fact_name(const struct teavmx_fact *fact, char *buffer,
				size_t size);

/**
 * vmcs_dump_find_alias() - the VMCS field with a name of another project
 * @name: a name as in the SDM or in Linux's <asm/vmx.h>, such as VM_ENTRY_CONTROLS or
 *	GUEST_CS_AR_BYTES, in upper or lower case
 * @encoding: receives the encoding of the field
 *
 * Return: true when there is one.
 */
bool vmcs_dump_find_alias(const char *name, uint32_t *encoding);

/**
 * vmcs_dump_find() - the fact with a name
 * @name: its name, one that vmcs_dump_find_alias() knows, or the encoding of a VMCS
 *	field as a number
 * @fact: receives kind and number
 *
 * Return: true when there is one.
 */
bool vmcs_dump_find(const char *name, struct teavmx_fact *fact);

#define VMCS_LINE_MAX	512

/**
 * struct vmcs_line - one line of a text
 * @number: its number, from 1
 * @ended: it ends with a newline; else the text may be cut off in it
 * @text: its bytes without the end, cut at VMCS_LINE_MAX; what is no printable
 *	character is a space
 */
struct vmcs_line {
	unsigned int number;
	bool ended;
	char text[VMCS_LINE_MAX];
};

/**
 * vmcs_line_next() - the next line of a text
 * @text: the rest of the text; receives what follows the line
 * @size: bytes of it; receives what is left
 * @line: the line before, zeroed for the first one; receives the line
 *
 * Return: false after the last line.
 */
bool vmcs_line_next(const char **text, size_t *size, struct vmcs_line *line);

#endif
