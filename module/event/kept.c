// SPDX-License-Identifier: GPL-2.0-only
#include "kept.h"
#include "log.h"

#include <linux/container_of.h>
#include <linux/gfp.h>
#include <linux/string.h>

/*
 * Exits come in floods: the host's timer alone makes a guest that computes exit some
 * hundred times a second. What a program says and how it ends must not leave the log
 * for that reason, so records of other types are copied to here when the log reuses
 * their chunk. Only later records of those types push them out.
 */

/**
 * struct kept_record - a record that was kept
 * @seq: its number, as there are gaps between kept records
 * @record: the record
 */
struct kept_record {
	u64 seq;
	struct event_record record;
};

static unsigned int kept_size(const struct event_record *record)
{
	return offsetof(struct kept_record, record) + record->size;
}

static struct event_chunk *kept_chunk(const struct event_kept *kept, u32 chunk)
{
	return kept->chunks[(kept->oldest + chunk) % EVENT_KEPT_CHUNKS];
}

/**
 * event_kept_free() - free the memory of kept records
 * @kept: them
 */
void event_kept_free(struct event_kept *kept)
{
	u32 i;

	for (i = 0; i < kept->count; i++)
		free_page((unsigned long)kept_chunk(kept, i));
}

/* Without memory the oldest records give way, and without any the new one does. */
static struct event_chunk *kept_new_chunk(struct event_kept *kept)
{
	struct event_chunk *chunk = NULL;

	if (kept->count < EVENT_KEPT_CHUNKS)
		chunk = (void *)__get_free_page(EVENT_GFP);
	if (!chunk && !kept->count)
		return NULL;
	if (!chunk) {
		chunk = kept_chunk(kept, 0);
		kept->oldest = (kept->oldest + 1) % EVENT_KEPT_CHUNKS;
		kept->count--;
	}
	chunk->used = 0;
	kept->chunks[(kept->oldest + kept->count++) % EVENT_KEPT_CHUNKS] = chunk;
	return chunk;
}

/**
 * event_kept_add() - keep a record
 * @kept: those of the log, locked
 * @seq: its number, higher than that of all that are kept
 * @record: the record, which is copied
 *
 * Context: may sleep.
 */
void event_kept_add(struct event_kept *kept, u64 seq,
		    const struct event_record *record)
{
	struct event_chunk *chunk = NULL;
	struct kept_record *copy;

	if (kept->count)
		chunk = kept_chunk(kept, kept->count - 1);
	if (!chunk || chunk->used + kept_size(record) > EVENT_CHUNK_SIZE)
		chunk = kept_new_chunk(kept);
	if (!chunk)
		return;
	if (!chunk->used)
		chunk->first = seq;
	copy = (void *)chunk->data + chunk->used;
	copy->seq = seq;
	memcpy(&copy->record, record, record->size);
	chunk->used += kept_size(record);
}

/**
 * event_kept_seq() - the number of a kept record
 * @record: the record
 *
 * Return: the number.
 */
u64 event_kept_seq(const struct event_record *record)
{
	return container_of(record, struct kept_record, record)->seq;
}

static const struct event_record *kept_first(const struct event_kept *kept,
					     u32 chunk)
{
	const struct kept_record *first;

	if (chunk >= kept->count)
		return NULL;
	first = (const void *)kept_chunk(kept, chunk)->data;
	return &first->record;
}

/**
 * event_kept_next() - the kept record after another one
 * @kept: those of the log, locked
 * @record: a kept record
 * @chunk: how many pages are before its page; receives that of the next one
 *
 * Return: the record, or NULL.
 */
const struct event_record *event_kept_next(const struct event_kept *kept,
					   const struct event_record *record,
					   u32 *chunk)
{
	const struct event_chunk *page = kept_chunk(kept, *chunk);
	const struct kept_record *next;

	next = (const void *)record + record->size;
	if ((const u8 *)next < page->data + page->used)
		return &next->record;
	return kept_first(kept, ++*chunk);
}

/**
 * event_kept_find() - find the first kept record from a number on
 * @kept: those of the log, locked
 * @seq: the number
 * @chunk: receives how many pages are before its page
 *
 * Return: the record, or NULL.
 */
const struct event_record *event_kept_find(const struct event_kept *kept,
					   u64 seq, u32 *chunk)
{
	const struct event_record *record;

	*chunk = 0;
	while (*chunk + 1 < kept->count &&
	       kept_chunk(kept, *chunk + 1)->first <= seq)
		++*chunk;
	record = kept_first(kept, *chunk);
	while (record && event_kept_seq(record) < seq)
		record = event_kept_next(kept, record, chunk);
	return record;
}
