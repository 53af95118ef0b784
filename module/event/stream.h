/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TEAVMX_EVENT_STREAM_H
#define _TEAVMX_EVENT_STREAM_H

#include <linux/list.h>
#include <linux/types.h>

#include "log.h"

#include <uapi/teavmx.h>

/**
 * struct event_filter - which records a stream has
 * @is_set: there is a filter; otherwise the rest is 0
 * @types: bit n: those of type n; 0 for all
 * @vcpu: those of the vCPUs with this number, 0 for all
 * @every: only each n-th exit that the rest lets pass, 0 for all
 * @has_reasons: only exits whose bit is set in @reasons, beside the records of
 *	other types that @types names
 * @reasons: bit n % 8 of byte n / 8: exit reason n
 *
 * All zeros lets all records pass. What has no number passes each filter.
 */
struct event_filter {
	bool is_set;
	u32 types;
	u32 vcpu;
	u32 every;
	bool has_reasons;
	u8 reasons[TEAVMX_HOST_REASONS_SIZE];
};

/**
 * struct event_choice - what a reader chooses to receive
 * @vm: number of the VM whose records it receives, 0 for all VMs
 * @new_only: for all VMs: only those that are created later
 * @has_from: @from counts; otherwise from now on, or from where the stream is
 * @compact: in the format compact
 * @from: number of the first record of each VM, 0 for the oldest one in its log
 * @filter: which of the records
 */
struct event_choice {
	u32 vm;
	bool new_only;
	bool has_from;
	bool compact;
	u64 from;
	struct event_filter filter;
};

/**
 * struct event_stream - what one reader receives
 * @list: node in the list of streams
 * @places: its places in logs; struct event_place
 * @choice: what its reader has chosen
 * @vms_lost: VMs that have ended and whose last records were not sent; guarded by
 *	the lock of streams
 * @waits: there was no room for a message, so that it is tried again. It is set
 *	under the lock of any log
 */
struct event_stream {
	struct list_head list;
	struct list_head places;
	struct event_choice choice;
	u64 vms_lost;
	bool waits;
};

/**
 * struct event_position - how far a stream has read a log
 * @next: number of the record to send or to skip next
 * @passed: exits that the filter let pass, modulo event_filter.every
 * @is_new: the record vm-new is to be sent
 * @has_ended: the record vm-end was sent
 */
struct event_position {
	u64 next;
	u32 passed;
	bool is_new;
	bool has_ended;
};

/**
 * struct event_place - the place of a stream in a log
 * @in_log: node in event_log.places
 * @in_stream: node in event_stream.places
 * @stream: the stream
 * @log: the log, which exists as long as the place does
 * @first: number of the record with which it began
 * @from_oldest: it began with the oldest record that there was
 * @is_held: nothing is sent, as the choice of the stream changes; guarded by the lock
 *	of the log
 * @position: how far the records were sent; likewise
 */
struct event_place {
	struct list_head in_log;
	struct list_head in_stream;
	struct event_stream *stream;
	struct event_log *log;
	u64 first;
	bool from_oldest;
	bool is_held;
	struct event_position position;
};

/**
 * struct event_sink - what sends records to the readers of streams
 * @send: send one message with records from the position of a place on, and move
 *	that; false, and nothing has changed, if there is no room or no memory. The
 *	log is locked
 * @send_vms_lost: report event_stream.vms_lost; false if there is no room
 */
struct event_sink {
	bool (*send)(struct event_place *place);
	bool (*send_vms_lost)(struct event_stream *stream);
};

void event_set_sink(const struct event_sink *sink);
void event_streams_exit(void);

void event_stream_init(struct event_stream *stream);
int event_stream_watch(struct event_stream *stream,
		       const struct event_choice *choice);
void event_stream_close(struct event_stream *stream);

bool event_filter_checks(const struct event_filter *filter,
			 const struct event_cursor *cursor,
			 struct event_position *position);

/**
 * event_filter_passes() - does a filter let a record pass?
 * @filter: the filter
 * @cursor: the record
 * @position: counts the exits for event_filter.every
 *
 * Return: true if it does.
 */
static inline bool event_filter_passes(const struct event_filter *filter,
				       const struct event_cursor *cursor,
				       struct event_position *position)
{
	return !filter->is_set || event_filter_checks(filter, cursor, position);
}

int event_log_publish(struct event_log *log, u32 vm);
void event_log_end(struct event_log *log, unsigned int keep);
struct event_log *event_log_get(u32 vm);
void event_make_room(void);

void event_log_send(struct event_log *log);

/**
 * event_log_deliver() - send the new records of a log to its streams
 * @log: the log, locked
 *
 * What a stream has no room for is sent later. Without streams this costs nothing.
 *
 * Context: may sleep.
 */
static inline void event_log_deliver(struct event_log *log)
{
	if (!list_empty(&log->places))
		event_log_send(log);
}

#endif
