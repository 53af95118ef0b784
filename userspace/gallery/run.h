/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef GALLERY_RUN_H
#define GALLERY_RUN_H

#include "gallery.h"

#define GALLERY_TEXT_MAX	256

/**
 * struct gallery - what the rows run on
 * @teavmx: handle, which belongs to the caller
 * @caps: capabilities of the first CPU
 * @usual: the VMCS of a vCPU as the engine fills it
 * @usual_count: fields in @usual
 * @can_write: the module accepts VMCS fields of its users
 * @error: why gallery_open() or gallery_run() failed
 */
struct gallery {
	struct teavmx *teavmx;
	struct teavmx_caps caps;
	struct teavmx_vmcs_write *usual;
	int usual_count;
	bool can_write;
	char error[sizeof(((struct teavmx_error *)0)->message)];
};

/**
 * struct gallery_result - the first exit that a payload caused
 * @found: it caused one
 * @record: the exit's record; its snapshot is below, other pointers are NULL
 * @snapshot: of the VMCS, if the VM entry failed
 * @reason: its basic reason
 * @words: its decoded text
 */
struct gallery_result {
	bool found;
	struct teavmx_record record;
	struct teavmx_snapshot snapshot;
	uint32_t reason;
	char words[GALLERY_TEXT_MAX];
};

/**
 * gallery_open() - find out what the rows can run on
 * @gallery: receives it
 * @teavmx: handle of a module that has VMX
 *
 * Return: 0, -1 with @gallery->error.
 */
int gallery_open(struct gallery *gallery, struct teavmx *teavmx);

/**
 * gallery_close() - free what gallery_open() allocated
 * @gallery: the gallery
 */
void gallery_close(struct gallery *gallery);

/**
 * gallery_missing() - what a row needs and this machine lacks
 * @gallery: the gallery
 * @row: the row
 *
 * Return: text, NULL if the row can run.
 */
const char *gallery_missing(const struct gallery *gallery,
			    const struct gallery_row *row);

/**
 * gallery_run() - run a row in a raw VM of its own
 * @gallery: the gallery
 * @row: the row, for which gallery_missing() found nothing
 * @result: receives the first exit that the guest caused. Exits that the host
 *	causes, by its interrupts, NMIs and timer, do not count, unless one of
 *	them is expected.
 *
 * Return: 0, -1 with @gallery->error.
 */
int gallery_run(struct gallery *gallery, const struct gallery_row *row,
		struct gallery_result *result);

/**
 * gallery_expected() - the decoded text that a row gives on this machine
 * @gallery: the gallery
 * @row: the row
 * @text: receives it
 * @size: bytes at @text
 */
void gallery_expected(const struct gallery *gallery,
		      const struct gallery_row *row, char *text, size_t size);

/**
 * gallery_differs() - is the exit another one than the row has?
 * @gallery: the gallery
 * @row: the row
 * @result: what the payload caused
 * @why: receives the first difference
 * @size: bytes at @why
 *
 * Return: true when it is another one.
 */
bool gallery_differs(const struct gallery *gallery,
		     const struct gallery_row *row,
		     const struct gallery_result *result, char *why,
		     size_t size);

#endif
