// SPDX-License-Identifier: GPL-2.0-only
#include "log.h"
#include "room.h"

#include <linux/build_bug.h>
#include <linux/gfp.h>
#include <linux/slab.h>
#include <linux/string.h>

/*
 * The log of a VM is a ring of chunks, which are allocated when they are needed
 * and reused once all of their records are too old. The numbers of its records
 * have no gap, so a chunk stores only that of its first one. There is always a
 * chunk, so that no record is lost for want of memory before older ones are.
 */

static_assert(sizeof(struct event_chunk) == PAGE_SIZE);
/* A record has to fit where EVENT_CHUNK_MIN expects that it does. */
static_assert(EVENT_SIZE(exit) >= EVENT_SIZE(text) &&
	      EVENT_SIZE(exit) >= EVENT_SIZE(change) &&
	      EVENT_SIZE(exit) >= EVENT_SIZE(request) &&
	      EVENT_SIZE(exit) <= EVENT_FAST_SIZE(EVENT_ADOPT - 1));
static_assert(EVENT_ADOPT >= 2 * EVENT_CHUNK_MIN);
static_assert(EVENT_LOSSLESS_MIN * sizeof(struct fastpath_exit) >=
	      EVENT_CHUNK_SIZE);

/**
 * event_log_new() - create the log of a VM
 * @size: records that it keeps
 * @lossless: see struct event_log
 *
 * Return: the log, to be released by event_log_put(), or NULL without memory.
 */
struct event_log *event_log_new(u32 size, bool lossless)
{
	struct event_log *log = kzalloc(sizeof(*log), GFP_KERNEL_ACCOUNT);

	if (!log)
		return NULL;
	kref_init(&log->ref);
	cost_group_init(&log->costs);
	log->cgroup = event_cgroup();
	INIT_LIST_HEAD(&log->places);
	log->lossless = lossless;
	log->wanted = U64_MAX;
	init_waitqueue_head(&log->room);
	mutex_init(&log->lock);
	log->next = 1;
	log->size = size;
	/* Beside the full ones, the oldest two, the last one and a new one */
	log->ring_size = size / EVENT_CHUNK_MIN + 4;
	log->ring = kvcalloc(log->ring_size + EVENT_KEPT_CHUNKS,
			     sizeof(*log->ring), GFP_KERNEL_ACCOUNT);
	if (!log->ring) {
		kfree(log);
		return NULL;
	}
	log->kept.chunks = log->ring + log->ring_size;
	log->ring[0] = (void *)get_zeroed_page(GFP_KERNEL_ACCOUNT);
	if (!log->ring[0]) {
		kvfree(log->ring);
		kfree(log);
		return NULL;
	}
	log->ring[0]->first = log->next;
	log->count = 1;
	return log;
}

static struct event_chunk **log_slot(const struct event_log *log, u32 chunk)
{
	return &log->ring[(log->oldest + chunk) % log->ring_size];
}

static void log_free(struct kref *ref)
{
	struct event_log *log = container_of(ref, struct event_log, ref);
	unsigned int i;

	for (i = 0; i < log->count; i++)
		free_page((unsigned long)*log_slot(log, i));
	for (i = 0; log->snapshots && i < EVENT_SNAPSHOTS; i++)
		kfree(log->snapshots[i].snapshot);
	kfree(log->snapshots);
	event_kept_free(&log->kept);
	cost_group_free(&log->costs);
	kvfree(log->ring);
	kfree(log);
}

/**
 * event_log_put() - drop a reference to a log
 * @log: the log
 */
void event_log_put(struct event_log *log)
{
	kref_put(&log->ref, log_free);
}

/* Number of the oldest record in the ring, that of the next one before the first */
static u64 log_held(const struct event_log *log)
{
	return (*log_slot(log, 0))->first;
}

static u64 log_oldest(const struct event_log *log)
{
	u64 oldest = log_held(log);

	return log->next > log->size ? max(oldest, log->next - log->size) :
				       oldest;
}

/**
 * event_log_first() - which records are kept
 * @log: the log
 * @next: receives the number that the next record will get
 *
 * Return: number of the record from which on all are kept, also exits; @next when
 * there is none.
 */
u64 event_log_first(struct event_log *log, u64 *next)
{
	u64 first;

	mutex_lock(&log->lock);
	first = log_oldest(log);
	*next = log->next;
	mutex_unlock(&log->lock);
	return first;
}

static void log_keep(struct event_log *log, const struct event_chunk *chunk)
{
	const struct event_record *record;
	u64 seq = chunk->first;
	unsigned int at;

	for (at = 0; at < chunk->used; at += record->size) {
		record = (const void *)chunk->data + at;
		if (event_type(record) != TEAVMX_EVENT_TYPE_VMX_EXIT)
			event_kept_add(&log->kept, seq, record);
		seq += event_count(record);
	}
}

static struct event_chunk *log_take_oldest(struct event_log *log)
{
	struct event_chunk *chunk = *log_slot(log, 0);

	log->oldest = (log->oldest + 1) % log->ring_size;
	log->count--;
	log_keep(log, chunk);
	return chunk;
}

/* Has the oldest chunk no record, or only some that are too old to be kept? */
static bool log_oldest_is_spare(const struct event_log *log)
{
	return !(*log_slot(log, 0))->used ||
	       (log->count > 1 &&
		(*log_slot(log, 1))->first + log->size <= log->next);
}

/* Returns a chunk that is not in the ring, which has a free place then. */
static struct event_chunk *log_take_chunk(struct event_log *log)
{
	struct event_chunk *chunk = NULL;

	if (!log_oldest_is_spare(log) && log->count < log->ring_size)
		chunk = (void *)__get_free_page(EVENT_GFP);
	/* Without memory the oldest records give way. */
	return chunk ?: log_take_oldest(log);
}

static void log_put_chunk(struct event_log *log, struct event_chunk *chunk)
{
	chunk->first = log->next;
	*log_slot(log, log->count++) = chunk;
}

static struct event_chunk *log_new_chunk(struct event_log *log)
{
	struct event_chunk *chunk = log_take_chunk(log);

	chunk->used = 0;
	log_put_chunk(log, chunk);
	return chunk;
}

/**
 * event_log_adopt() - make the records of a batch a part of the log, uncopied
 * @log: the log, locked
 * @batch: the records; receives an empty chunk in exchange
 * @count: numbers that the records need
 *
 * Context: may sleep.
 */
void event_log_adopt(struct event_log *log, struct event_chunk **batch,
		     unsigned int count)
{
	struct event_chunk *chunk;

	lockdep_assert_held(&log->lock);
	chunk = log_take_chunk(log);
	log_put_chunk(log, *batch);
	log->next += count;
	*batch = chunk;
}

/**
 * event_log_add() - give a record its number, and copy it to the log
 * @log: the log, locked
 * @record: the record
 *
 * Context: may sleep.
 */
void event_log_add(struct event_log *log, const struct event_record *record)
{
	struct event_chunk *chunk;

	lockdep_assert_held(&log->lock);
	chunk = *log_slot(log, log->count - 1);
	if (chunk->used + record->size > sizeof(chunk->data))
		chunk = log_new_chunk(log);
	memcpy(chunk->data + chunk->used, record, record->size);
	chunk->used += record->size;
	log->next += event_count(record);
}

/**
 * event_log_add_snapshot() - attach a snapshot to the record added last
 * @log: the log, locked
 * @snapshot: the snapshot, or NULL; the log owns it from now on
 *
 * The record that has had its snapshot for the longest time loses it.
 *
 * Context: may sleep.
 */
void event_log_add_snapshot(struct event_log *log,
			    struct vmx_snapshot *snapshot)
{
	struct event_snapshot *place;

	lockdep_assert_held(&log->lock);
	if (!snapshot)
		return;
	if (!log->snapshots)
		log->snapshots = kcalloc(EVENT_SNAPSHOTS, sizeof(*place),
					 EVENT_GFP);
	if (!log->snapshots) {
		kfree(snapshot);
		return;
	}
	place = &log->snapshots[log->snapshot_count++ % EVENT_SNAPSHOTS];
	kfree(place->snapshot);
	place->seq = log->next - 1;
	place->snapshot = snapshot;
}

/**
 * event_log_snapshot() - the snapshot of a record
 * @log: the log, locked
 * @seq: number of the record
 *
 * Return: the snapshot, or NULL.
 */
const struct vmx_snapshot *event_log_snapshot(const struct event_log *log,
					      u64 seq)
{
	unsigned int i;

	for (i = 0; log->snapshots && i < EVENT_SNAPSHOTS; i++)
		if (log->snapshots[i].seq == seq)
			return log->snapshots[i].snapshot;
	return NULL;
}

static u32 log_find_chunk(const struct event_log *log, u64 seq)
{
	u32 low = 0, high = log->count;

	while (high - low > 1) {
		u32 middle = low + (high - low) / 2;

		if ((*log_slot(log, middle))->first <= seq)
			low = middle;
		else
			high = middle;
	}
	return low;
}

static void cursor_enter_chunk(struct event_cursor *cursor, u32 chunk)
{
	const struct event_log *log = cursor->log;

	cursor->chunk = chunk;
	cursor->record = NULL;
	if (chunk < log->count)
		cursor->record = (void *)(*log_slot(log, chunk))->data;
}

static void cursor_next_record(struct event_cursor *cursor)
{
	const struct event_chunk *chunk;
	const void *next = cursor->record;

	chunk = *log_slot(cursor->log, cursor->chunk);
	next += cursor->record->size;
	cursor->record = next;
	if (next == chunk->data + chunk->used)
		cursor_enter_chunk(cursor, cursor->chunk + 1);
}

/* The first record of the ring whose number is @seq or higher */
static void cursor_enter_ring(struct event_cursor *cursor, u64 seq)
{
	const struct event_log *log = cursor->log;
	unsigned int count;

	cursor->is_kept = false;
	cursor->index = 0;
	cursor->seq = max(seq, log_held(log));
	if (cursor->seq >= log->next)
		return;
	cursor_enter_chunk(cursor, log_find_chunk(log, cursor->seq));
	seq = cursor->seq - (*log_slot(log, cursor->chunk))->first;
	while (seq >= (count = event_count(cursor->record))) {
		seq -= count;
		cursor_next_record(cursor);
	}
	cursor->index = seq;
}

static void cursor_enter_kept(struct event_cursor *cursor,
			      const struct event_record *record)
{
	cursor->is_kept = true;
	cursor->index = 0;
	cursor->record = record;
	cursor->seq = event_kept_seq(record);
}

/**
 * event_cursor_set() - set a cursor to the first record from a number on
 * @cursor: the cursor
 * @log: the log, locked as long as the cursor is used
 * @seq: the number; if the log no longer has that record, cursor->seq is higher, and
 *	if the log does not have it yet, the cursor is at the end
 */
void event_cursor_set(struct event_cursor *cursor, const struct event_log *log,
		      u64 seq)
{
	const struct event_record *kept = NULL;

	lockdep_assert_held(&log->lock);
	cursor->log = log;
	if (seq < log_held(log))
		kept = event_kept_find(&log->kept, seq, &cursor->chunk);
	if (kept)
		cursor_enter_kept(cursor, kept);
	else
		cursor_enter_ring(cursor, seq);
}

static void cursor_next_kept(struct event_cursor *cursor)
{
	const struct event_record *next;

	next = event_kept_next(&cursor->log->kept, cursor->record,
			       &cursor->chunk);
	if (next)
		cursor_enter_kept(cursor, next);
	else
		cursor_enter_ring(cursor, 0);
}

/**
 * event_cursor_skip() - move a cursor over some numbers of its record
 * @cursor: the cursor, at a record that is no kept one
 * @count: how many, at most those from the cursor on
 */
void event_cursor_skip(struct event_cursor *cursor, unsigned int count)
{
	cursor->seq += count;
	cursor->index += count;
	if (cursor->index < event_count(cursor->record))
		return;
	cursor->index = 0;
	cursor_next_record(cursor);
}

/**
 * event_cursor_next() - move a cursor to the next record
 * @cursor: the cursor, not at the end of the log
 *
 * Its number is cursor->seq + 1, or higher if exits between the two are gone.
 */
void event_cursor_next(struct event_cursor *cursor)
{
	if (cursor->is_kept)
		cursor_next_kept(cursor);
	else
		event_cursor_skip(cursor, 1);
}

/**
 * event_cursor_reason() - the reason of the exit at a cursor
 * @cursor: the cursor, at a record whose event_type() is vmx-exit
 *
 * Return: the exit reason, all 32 bits.
 */
u32 event_cursor_reason(const struct event_cursor *cursor)
{
	const struct event_record *record = cursor->record;

	return record->type == EVENT_FAST_EXITS ?
	       record->fast.exits[cursor->index].reason : record->exit.reason;
}

/**
 * event_cursor_fast_exit() - the exit at a cursor, if the fast path has answered it
 * @cursor: the cursor, at a record of EVENT_FAST_EXITS
 * @exit: receives it
 */
void event_cursor_fast_exit(const struct event_cursor *cursor,
			    struct vmx_exit *exit)
{
	const struct event_fast *fast = &cursor->record->fast;
	const struct fastpath_exit *from = &fast->exits[cursor->index];

	vmx_fastpath_exit(from, cursor->index ? from[-1].end_low :
						fast->entered,
			  fast->cpu, exit);
}
