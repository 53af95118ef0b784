/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TEAVMX_EVENT_KEPT_H
#define _TEAVMX_EVENT_KEPT_H

#include <linux/types.h>

struct event_chunk;
struct event_record;

#define EVENT_KEPT_CHUNKS	12

/**
 * struct event_kept - records that a log keeps longer than exits
 * @chunks: their pages, from @oldest on; a ring of EVENT_KEPT_CHUNKS
 * @oldest: place of the oldest page in @chunks
 * @count: pages in @chunks
 *
 * All zeros but @chunks is empty. It is guarded by the lock of the log.
 */
struct event_kept {
	struct event_chunk **chunks;
	unsigned int oldest;
	unsigned int count;
};

void event_kept_free(struct event_kept *kept);
void event_kept_add(struct event_kept *kept, u64 seq,
		    const struct event_record *record);
const struct event_record *event_kept_find(const struct event_kept *kept,
					   u64 seq, u32 *chunk);
const struct event_record *event_kept_next(const struct event_kept *kept,
					   const struct event_record *record,
					   u32 *chunk);
u64 event_kept_seq(const struct event_record *record);

#endif
