// SPDX-License-Identifier: GPL-2.0-only
#include "stream.h"
#include "room.h"

#include <linux/bits.h>
#include <linux/ktime.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>

#include <uapi/vmx.h>

/*
 * A stream is a place in each log whose records it has. A flush sends records from
 * that place on, and what the reader has no room for stays where it is: in the log.
 * So a slow reader costs a vCPU nothing, and it misses records only when they leave
 * the log before it has read what it has. A log that no stream has is not searched,
 * and a stream of one VM costs the others nothing.
 *
 * The log of a VM that has ended stays until enough other VMs have ended, or its memory
 * is missing for a new one, so that a reader can see it to its end.
 */

/*
 * Guards streams, logs (all of them, by the number of their VM), the list of ended
 * logs and the places of each stream. It is taken under vm->lock, and log->lock is
 * taken under it. A flush, which holds log->lock, does not take it: the places of one
 * log are guarded by log->lock.
 */
static DEFINE_MUTEX(streams_lock);
static LIST_HEAD(streams);
static DEFINE_XARRAY(logs);
static LIST_HEAD(ended_logs);
static unsigned int ended_count;

static const struct event_sink *event_sink __ro_after_init;

/* A stream without room is tried again so late: at first, and after many failures */
#define STREAM_DELAY_MIN	msecs_to_jiffies(5)
#define STREAM_DELAY_MAX	msecs_to_jiffies(100)

static void streams_retry(struct work_struct *work);
static DECLARE_DELAYED_WORK(streams_work, streams_retry);
static unsigned long streams_delay;

/**
 * event_set_sink() - choose what sends the records of all VMs
 * @sink: it
 */
void __init event_set_sink(const struct event_sink *sink)
{
	event_sink = sink;
	streams_delay = STREAM_DELAY_MIN;
}

static void stream_wait(struct event_stream *stream)
{
	WRITE_ONCE(stream->waits, true);
	queue_delayed_work(system_unbound_wq, &streams_work,
			   READ_ONCE(streams_delay));
}

static bool place_is_behind(const struct event_place *place)
{
	const struct event_position *position = &place->position;

	return position->is_new || position->next < place->log->next ||
	       (place->log->ended && !position->has_ended);
}

static void log_update_wanted(struct event_log *log)
{
	const struct event_place *place;
	u64 wanted = U64_MAX, before = log->wanted;

	if (!log->lossless)
		return;
	list_for_each_entry(place, &log->places, in_log)
		wanted = min(wanted, place->position.next);
	WRITE_ONCE(log->wanted, wanted);
	if (wanted > before)
		wake_up_all(&log->room);
}

static bool place_send_one(struct event_place *place)
{
	struct event_position before = place->position;

	if (!event_sink->send(place)) {
		stream_wait(place->stream);
		return false;
	}
	return !WARN_ON_ONCE(!memcmp(&before, &place->position, sizeof(before)));
}

static bool place_send(struct event_place *place)
{
	bool sent = false;

	lockdep_assert_held(&place->log->lock);
	while (!place->is_held && place_is_behind(place) &&
	       place_send_one(place))
		sent = true;
	return sent;
}

/**
 * event_log_send() - see event_log_deliver()
 * @log: the log, locked
 */
void event_log_send(struct event_log *log)
{
	struct event_place *place;

	lockdep_assert_held(&log->lock);
	list_for_each_entry(place, &log->places, in_log)
		place_send(place);
	log_update_wanted(log);
}

static bool filter_has_reason(const struct event_filter *filter, u32 reason)
{
	reason &= VMX_EXIT_BASIC_MASK;
	return reason < BITS_PER_BYTE * sizeof(filter->reasons) &&
	       filter->reasons[reason / BITS_PER_BYTE] >> reason % BITS_PER_BYTE & 1;
}

static bool filter_has_type(const struct event_filter *filter,
			    const struct event_cursor *cursor, u32 type)
{
	if (filter->has_reasons && type == TEAVMX_EVENT_TYPE_VMX_EXIT)
		return filter_has_reason(filter, event_cursor_reason(cursor));
	if (filter->types)
		return filter->types >> type & 1;
	return !filter->has_reasons;
}

/**
 * event_filter_checks() - see event_filter_passes()
 * @filter: the filter, which is set
 * @cursor: the record
 * @position: counts the exits for event_filter.every
 *
 * Return: true if the record passes.
 */
bool event_filter_checks(const struct event_filter *filter,
			 const struct event_cursor *cursor,
			 struct event_position *position)
{
	u32 type = event_type(cursor->record);

	if ((filter->vcpu && filter->vcpu != cursor->record->vcpu) ||
	    !filter_has_type(filter, cursor, type))
		return false;
	if (!filter->every || type != TEAVMX_EVENT_TYPE_VMX_EXIT)
		return true;
	if (++position->passed < filter->every)
		return false;
	position->passed = 0;
	return true;
}

static struct event_place *place_new(struct event_stream *stream,
				     struct event_log *log)
{
	struct event_place *place = kzalloc(sizeof(*place), GFP_KERNEL_ACCOUNT);

	if (!place)
		return NULL;
	place->stream = stream;
	place->log = log;
	INIT_LIST_HEAD(&place->in_log);
	return place;
}

static void place_attach(struct event_place *place)
{
	struct event_log *log = place->log;

	mutex_lock(&log->lock);
	if (list_empty(&place->in_log))
		list_add_tail(&place->in_log, &log->places);
	place->is_held = false;
	place_send(place);
	log_update_wanted(log);
	mutex_unlock(&log->lock);
}

/* Until place_attach() nothing is sent, but a lossless VM waits for the place. */
static void place_hold(struct event_place *place)
{
	mutex_lock(&place->log->lock);
	place->is_held = true;
	mutex_unlock(&place->log->lock);
}

static void place_detach(struct event_place *place)
{
	struct event_log *log = place->log;

	mutex_lock(&log->lock);
	list_del_init(&place->in_log);
	log_update_wanted(log);
	mutex_unlock(&log->lock);
}

static void place_free(struct event_place *place)
{
	place_detach(place);
	list_del(&place->in_stream);
	kfree(place);
}

static bool place_covers(const struct event_place *place,
			 const struct event_choice *choice)
{
	if (!choice->has_from)
		return place->first;
	if (!choice->from)
		return place->first == 1 || place->from_oldest;
	return place->first && choice->from >= place->first &&
	       choice->from <= place->position.next;
}

/*
 * The position of a place that is held, or not in its log yet. What was sent to a
 * reader once is not sent again, so an old place stays where it is if it can.
 */
static void place_set(struct event_place *place,
		      const struct event_choice *choice)
{
	struct event_log *log = place->log;
	struct event_cursor cursor;

	if (place_covers(place, choice))
		return;
	mutex_lock(&log->lock);
	event_cursor_set(&cursor, log, choice->has_from ? choice->from : log->next);
	/* Of the oldest records, none is reported as lost. */
	place->first = choice->from ?: cursor.seq;
	place->from_oldest = choice->has_from && !choice->from;
	place->position.next = place->first;
	place->position.passed = 0;
	place->position.has_ended = false;
	mutex_unlock(&log->lock);
}

/*
 * A log has few readers, while a reader may have many logs. What changes the list holds
 * streams_lock, too.
 */
static struct event_place *stream_find_place(const struct event_stream *stream,
					     const struct event_log *log)
{
	struct event_place *place;

	list_for_each_entry(place, &log->places, in_log)
		if (place->stream == stream)
			return place;
	return NULL;
}

static bool log_is_meant(const struct event_log *log,
			 const struct event_choice *choice)
{
	return !choice->new_only && (!log->ended || choice->has_from);
}

/* Does a place remain? One whose VM has ended may have records that were not sent. */
static bool place_is_meant(const struct event_place *place,
			   const struct event_choice *choice)
{
	if (choice->vm)
		return place->log->vm == choice->vm;
	return !choice->new_only;
}

static int stream_add_place(struct event_stream *stream, struct event_log *log)
{
	struct event_place *place;

	if (stream_find_place(stream, log))
		return 0;
	place = place_new(stream, log);
	if (!place)
		return -ENOMEM;
	list_add_tail(&place->in_stream, &stream->places);
	return 0;
}

static void stream_free_new_places(struct event_stream *stream)
{
	struct event_place *place, *next;

	list_for_each_entry_safe(place, next, &stream->places, in_stream)
		if (!place->first)
			place_free(place);
}

/* Adds places without an effect on what is sent, so that this can be undone. */
static int stream_add_places(struct event_stream *stream,
			     const struct event_choice *choice)
{
	struct event_log *log;
	unsigned long id;
	int err = 0;

	if (choice->vm) {
		log = xa_load(&logs, choice->vm);
		return log ? stream_add_place(stream, log) : -ENOENT;
	}
	xa_for_each(&logs, id, log) {
		if (log_is_meant(log, choice))
			err = stream_add_place(stream, log);
		if (err)
			break;
	}
	if (err)
		stream_free_new_places(stream);
	return err;
}

static void stream_change(struct event_stream *stream,
			  const struct event_choice *choice)
{
	struct event_place *place, *next;

	list_for_each_entry_safe(place, next, &stream->places, in_stream) {
		if (place_is_meant(place, choice))
			place_hold(place);
		else
			place_free(place);
	}
	/* What was lost of other VMs is no loss of the new choice. */
	if (choice->vm || choice->new_only)
		stream->vms_lost = 0;
	/* A flush reads the choice only through a place that is not held. */
	stream->choice = *choice;
	list_for_each_entry(place, &stream->places, in_stream) {
		place_set(place, choice);
		place_attach(place);
	}
}

/**
 * event_stream_init() - add a stream without records
 * @stream: the stream, all zeros
 */
void event_stream_init(struct event_stream *stream)
{
	INIT_LIST_HEAD(&stream->places);
	stream->choice.vm = U32_MAX;
	mutex_lock(&streams_lock);
	list_add_tail(&stream->list, &streams);
	mutex_unlock(&streams_lock);
}

/**
 * event_stream_watch() - choose the records of a stream
 * @stream: the stream
 * @choice: the records
 *
 * What has room is sent before this returns.
 *
 * Return: 0; -ENOENT when there is no such VM, -ENOMEM; then nothing has changed.
 */
int event_stream_watch(struct event_stream *stream,
		       const struct event_choice *choice)
{
	int err;

	mutex_lock(&streams_lock);
	err = stream_add_places(stream, choice);
	if (!err)
		stream_change(stream, choice);
	mutex_unlock(&streams_lock);
	return err;
}

/**
 * event_stream_close() - remove a stream
 * @stream: the stream
 *
 * Nothing is sent to its reader any more.
 */
void event_stream_close(struct event_stream *stream)
{
	struct event_place *place, *next;

	mutex_lock(&streams_lock);
	list_for_each_entry_safe(place, next, &stream->places, in_stream)
		place_free(place);
	list_del(&stream->list);
	mutex_unlock(&streams_lock);
}

static void place_drop(struct event_place *place)
{
	struct event_stream *stream = place->stream;

	if (place_is_behind(place)) {
		stream->vms_lost++;
		stream_wait(stream);
	}
	place_free(place);
}

static void log_drop(struct event_log *log)
{
	struct event_place *place, *next;

	list_for_each_entry_safe(place, next, &log->places, in_log)
		place_drop(place);
	xa_erase(&logs, log->vm);
	event_log_put(log);
}

static void log_drop_ended(struct event_log *log)
{
	list_del(&log->ended_list);
	ended_count--;
	log_drop(log);
}

static void log_drop_oldest(void)
{
	log_drop_ended(list_first_entry(&ended_logs, struct event_log,
					ended_list));
}

static int log_add_places(struct event_log *log)
{
	struct event_stream *stream;
	struct event_place *place;

	list_for_each_entry(stream, &streams, list) {
		if (stream->choice.vm)
			continue;
		place = place_new(stream, log);
		if (!place)
			return -ENOMEM;
		place->first = 1;
		place->position.next = 1;
		place->position.is_new = true;
		list_add_tail(&place->in_stream, &stream->places);
		/* The first record is sent together with vm-new. */
		mutex_lock(&log->lock);
		list_add_tail(&place->in_log, &log->places);
		log_update_wanted(log);
		mutex_unlock(&log->lock);
	}
	return 0;
}

static void log_set_ended(struct event_log *log)
{
	mutex_lock(&log->lock);
	log->ended = ktime_get_ns();
	event_log_deliver(log);
	mutex_unlock(&log->lock);
}

static int log_insert(struct event_log *log)
{
	struct event_log *old = xa_load(&logs, log->vm);
	int err;

	/* Numbers of VMs are used again after 2^32. */
	if (old && !old->ended)
		return -EBUSY;
	if (old)
		log_drop_ended(old);
	err = xa_insert(&logs, log->vm, log, GFP_KERNEL_ACCOUNT);
	if (err)
		return err;
	kref_get(&log->ref);
	err = log_add_places(log);
	if (err) {
		/* Those that have seen the VM begin see it end. */
		log_set_ended(log);
		log_drop(log);
	}
	return err;
}

/**
 * event_log_publish() - have the streams of all VMs receive a log
 * @log: the log, of a new VM
 * @vm: number of the VM
 *
 * Context: may sleep; vm->lock is held.
 *
 * Return: 0, -ENOMEM, or -EBUSY if a VM with this number has not ended yet.
 */
int event_log_publish(struct event_log *log, u32 vm)
{
	int err;

	log->vm = vm;
	log->begun = ktime_get_ns();
	mutex_lock(&streams_lock);
	err = log_insert(log);
	mutex_unlock(&streams_lock);
	return err;
}

/**
 * event_log_end() - the VM of a log has ended
 * @log: the log, to which no more records are added; nothing happens if it was not
 *	published
 * @keep: logs of ended VMs that stay
 *
 * Context: may sleep; the VM has still its reference.
 */
void event_log_end(struct event_log *log, unsigned int keep)
{
	mutex_lock(&streams_lock);
	if (xa_load(&logs, log->vm) == log) {
		log_set_ended(log);
		list_add_tail(&log->ended_list, &ended_logs);
		ended_count++;
	}
	while (ended_count > keep)
		log_drop_oldest();
	mutex_unlock(&streams_lock);
}

static bool log_drop_oldest_of(u64 cgroup)
{
	struct event_log *log;
	bool found = false;

	mutex_lock(&streams_lock);
	list_for_each_entry(log, &ended_logs, ended_list) {
		if (log->cgroup != cgroup)
			continue;
		log_drop_ended(log);
		found = true;
		break;
	}
	mutex_unlock(&streams_lock);
	return found;
}

/**
 * event_make_room() - drop logs of ended VMs where memory for a new VM is missing
 *
 * Only those go, the oldest ones first, that are charged to the caller's memory cgroup.
 *
 * Context: may sleep; vm->lock may be held.
 */
void event_make_room(void)
{
	u64 cgroup;

	if (event_has_margin())
		return;
	cgroup = event_cgroup();
	/* No lock is held while the kernel reclaims memory for the attempt. */
	while (!event_can_charge() && log_drop_oldest_of(cgroup))
		;
}

/**
 * event_log_get() - find the log of a VM, also of one that has ended
 * @vm: number of the VM
 *
 * Return: the log, to be released by event_log_put(), or NULL.
 */
struct event_log *event_log_get(u32 vm)
{
	struct event_log *log;

	mutex_lock(&streams_lock);
	log = xa_load(&logs, vm);
	if (log)
		kref_get(&log->ref);
	mutex_unlock(&streams_lock);
	return log;
}

static bool stream_retry(struct event_stream *stream)
{
	struct event_place *place;
	bool sent = false;

	WRITE_ONCE(stream->waits, false);
	if (stream->vms_lost) {
		if (!event_sink->send_vms_lost(stream)) {
			stream_wait(stream);
			return false;
		}
		stream->vms_lost = 0;
		sent = true;
	}
	list_for_each_entry(place, &stream->places, in_stream) {
		mutex_lock(&place->log->lock);
		sent |= place_send(place);
		log_update_wanted(place->log);
		mutex_unlock(&place->log->lock);
		if (READ_ONCE(stream->waits))
			break;
	}
	/* The next time begins with the place that had no room now. */
	if (!list_entry_is_head(place, &stream->places, in_stream))
		list_rotate_to_front(&place->in_stream, &stream->places);
	return sent;
}

static void streams_retry(struct work_struct *work)
{
	struct event_stream *stream;
	bool sent = false, waits = false;

	mutex_lock(&streams_lock);
	list_for_each_entry(stream, &streams, list) {
		if (READ_ONCE(stream->waits))
			sent |= stream_retry(stream);
		waits |= READ_ONCE(stream->waits);
	}
	WRITE_ONCE(streams_delay, waits && !sent ?
		   min(2 * streams_delay, STREAM_DELAY_MAX) : STREAM_DELAY_MIN);
	mutex_unlock(&streams_lock);
}

/**
 * event_streams_exit() - remove the logs of VMs that have ended
 *
 * Context: there is neither a VM nor a stream.
 */
void event_streams_exit(void)
{
	cancel_delayed_work_sync(&streams_work);
	while (ended_count)
		log_drop_oldest();
	xa_destroy(&logs);
}
