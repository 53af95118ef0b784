/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TEAVMX_KEPT_H
#define TEAVMX_KEPT_H

#include <userspace/lib/teavmx.h>

/**
 * struct kept - output of a program, stored for JSON
 * @bytes: it, for free(), or NULL
 * @size: bytes of it
 */
struct kept {
	unsigned char *bytes;
	size_t size;
};

/**
 * kept_add() - append the bytes of a record
 * @kept: the output
 * @record: the record
 *
 * Return: 0, -ENOMEM, or -EFBIG beyond 64 MiB.
 */
int kept_add(struct kept *kept, const struct teavmx_record *record);

#endif
