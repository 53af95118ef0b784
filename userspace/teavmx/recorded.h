/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TEAVMX_RECORDED_H
#define TEAVMX_RECORDED_H

#include <userspace/lib/recording.h>

#include "command.h"

/* recorded_order() - negative, 0 or positive, as qsort() and tsearch() need it */
static inline int recorded_order(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

/**
 * recorded_open() - open a recording, or report why that is not possible
 * @path: the file
 *
 * Return: the recording for recording_close(), or null.
 */
struct recording *recorded_open(const char *path);

/**
 * recorded_notes() - report what restricts a recording that was read to its end
 * @recording: the recording
 * @path: the file
 *
 * It prints on standard error what the recording lacks, whether it was made on another
 * machine, and whether its module has another version than this program.
 *
 * Return: CLI_OK, or CLI_FAILED if the recording is not whole.
 */
int recorded_notes(const struct recording *recording, const char *path);

/**
 * recorded_same_machine() - are two recordings from machines of the same kind?
 * @a: header of a recording
 * @b: header of another one
 *
 * Return: true if processor, microcode and kernel are the same.
 */
bool recorded_same_machine(const struct recording_header *a,
			   const struct recording_header *b);

#endif
