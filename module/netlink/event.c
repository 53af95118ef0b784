// SPDX-License-Identifier: GPL-2.0-only
#include "compact.h"
#include "event.h"
#include "family.h"
#include "gen.h"
#include "request.h"
#include "subscriber.h"
#include "../event/stream.h"
#include "../trace/trace.h"
#include "../vmx/audit.h"
#include "../vmx/fastpath.h"
#include "../vmx/snapshot.h"
#include "../refuse.h"

#include <linux/minmax.h>

#include <uapi/compact.h>
#include <uapi/vmx_exit_fields.h>

/* Event records as messages: what subscribers get, and the log. */

/*
 * The attributes of a record are written without a check for room each, as a
 * flood of exits makes many records: put_record() has checked for
 * NETLINK_RECORD_ROOM. Each function returns where the next attribute begins.
 */

/* Bytes up to the next attribute are zero, as the processor is little-endian. */
static __always_inline void *put_number(void *at, int type, int size, u64 value)
{
	struct nlattr *attr = at;

	attr->nla_type = type;
	attr->nla_len = nla_attr_size(size);
	memcpy(nla_data(attr), &value, NLA_ALIGN(size));
	return at + nla_total_size(size);
}

static void *put_u8(void *at, int type, u8 value)
{
	return put_number(at, type, sizeof(value), value);
}

static void *put_u16(void *at, int type, u16 value)
{
	return put_number(at, type, sizeof(value), value);
}

static __always_inline void *put_u32(void *at, int type, u32 value)
{
	return put_number(at, type, sizeof(value), value);
}

static __always_inline void *put_u64(void *at, int type, u64 value)
{
	return put_number(at, type, sizeof(value), value);
}

static void *put_bytes(void *at, int type, const void *bytes, unsigned int size)
{
	struct nlattr *attr = at;

	attr->nla_type = type;
	attr->nla_len = nla_attr_size(size);
	memcpy(nla_data(attr), bytes, size);
	memset(nla_data(attr) + size, 0, nla_padlen(size));
	return at + nla_total_size(size);
}

static void *put_field(void *at, const struct vmx_exit *exit, u32 field,
		       int type, u32 value)
{
	return exit->fields & field ? put_u32(at, type, value) : at;
}

static void *put_address(void *at, const struct vmx_exit *exit, u32 field,
			 int type, u64 value)
{
	return exit->fields & field ? put_u64(at, type, value) : at;
}

static void *put_fields(void *at, const struct vmx_exit *exit)
{
	at = put_field(at, exit, VMX_FIELD_LENGTH,
		       TEAVMX_A_RECORD_INSTRUCTION_LENGTH, exit->length);
	at = put_field(at, exit, VMX_FIELD_INFO,
		       TEAVMX_A_RECORD_INSTRUCTION_INFO, exit->info);
	at = put_field(at, exit, VMX_FIELD_INTR, TEAVMX_A_RECORD_INTR_INFO,
		       exit->intr_info);
	at = put_field(at, exit, VMX_FIELD_INTR_ERROR,
		       TEAVMX_A_RECORD_INTR_ERROR_CODE, exit->intr_error);
	at = put_field(at, exit, VMX_FIELD_VECTORING,
		       TEAVMX_A_RECORD_IDT_VECTORING_INFO, exit->vectoring);
	at = put_field(at, exit, VMX_FIELD_VECTORING_ERROR,
		       TEAVMX_A_RECORD_IDT_VECTORING_ERROR_CODE,
		       exit->vectoring_error);
	at = put_address(at, exit, VMX_FIELD_LINEAR,
			 TEAVMX_A_RECORD_GUEST_LINEAR, exit->linear);
	return put_address(at, exit, VMX_FIELD_PHYSICAL,
			   TEAVMX_A_RECORD_GUEST_PHYSICAL, exit->gpa);
}

static void *put_exit(void *at, const struct vmx_exit *exit, u8 pid)
{
	u64 value;

	at = put_u32(at, TEAVMX_A_RECORD_REASON, exit->reason);
	at = put_u64(at, TEAVMX_A_RECORD_QUALIFICATION, exit->qualification);
	at = put_u64(at, TEAVMX_A_RECORD_RIP, exit->rip);
	at = put_u32(at, TEAVMX_A_RECORD_CPU_ID, exit->cpu);
	at = put_u32(at, TEAVMX_A_RECORD_GUEST_TICKS, exit->guest_ticks);
	if (pid)
		at = put_u8(at, TEAVMX_A_RECORD_PID, pid);
	if (vmx_exit_value(exit, &value))
		at = put_u64(at, TEAVMX_A_RECORD_VALUE, value);
	return put_fields(at, exit);
}

static void *put_fast_exit(void *at, const struct event_cursor *cursor)
{
	struct vmx_exit exit;

	event_cursor_fast_exit(cursor, &exit);
	return put_exit(at, &exit, cursor->record->pid);
}

static void *put_fail(void *at, const struct vmx_exit *exit)
{
	at = put_u32(at, TEAVMX_A_RECORD_INSTRUCTION_ERROR, exit->error);
	return put_u32(at, TEAVMX_A_RECORD_CPU_ID, exit->cpu);
}

static void *put_state(void *at, const struct event_state *state)
{
	at = put_u32(at, TEAVMX_A_RECORD_STATE, state->state);
	if (state->state == TEAVMX_VCPU_STATE_PAUSED)
		return put_u32(at, TEAVMX_A_RECORD_STOP, state->stop);
	if (state->state == TEAVMX_VCPU_STATE_SLEEPING ||
	    state->state == TEAVMX_VCPU_STATE_WAITING)
		return put_u16(at, TEAVMX_A_RECORD_PORT, state->port);
	return at;
}

static void *put_change(void *at, const struct event_change *change)
{
	at = put_u64(at, TEAVMX_A_RECORD_BEFORE, change->before);
	return put_u64(at, TEAVMX_A_RECORD_AFTER, change->after);
}

static void *put_text(void *at, int type, const struct event_text *text)
{
	return put_bytes(at, type, text->bytes, text->size);
}

static void *put_pid_text(void *at, int type, const struct event_record *record)
{
	at = put_u8(at, TEAVMX_A_RECORD_PID, record->pid);
	return put_text(at, type, &record->text);
}

static void *put_request(void *at, const struct event_record *record)
{
	const struct event_request *request = &record->request;

	at = put_u8(at, TEAVMX_A_RECORD_PID, record->pid);
	at = put_u16(at, TEAVMX_A_RECORD_PORT, request->port);
	at = put_u32(at, TEAVMX_A_RECORD_REQUEST, request->number);
	at = put_u8(at, TEAVMX_A_RECORD_ACCESS_SIZE, request->size);
	return request->write ?
	       put_u64(at, TEAVMX_A_RECORD_VALUE, request->value) : at;
}

static void *put_by_type(void *at, const struct event_cursor *cursor)
{
	const struct event_record *record = cursor->record;

	switch (record->type) {
	case EVENT_FAST_EXITS:
		return put_fast_exit(at, cursor);
	case TEAVMX_EVENT_TYPE_VMX_EXIT:
		return put_exit(at, &record->exit, record->pid);
	case TEAVMX_EVENT_TYPE_VMX_FAIL:
		return put_fail(at, &record->exit);
	case TEAVMX_EVENT_TYPE_TEA_EXIT:
		return put_text(at, TEAVMX_A_RECORD_MESSAGE, &record->text);
	case TEAVMX_EVENT_TYPE_TEA_PACKET:
	case TEAVMX_EVENT_TYPE_TEA_REPLY:
	case TEAVMX_EVENT_TYPE_TEA_REFUSED:
		return put_pid_text(at, TEAVMX_A_RECORD_MESSAGE, record);
	case TEAVMX_EVENT_TYPE_TEA_TEXT:
	case TEAVMX_EVENT_TYPE_TEA_SERIAL:
		return put_pid_text(at, TEAVMX_A_RECORD_TEXT, record);
	case TEAVMX_EVENT_TYPE_PORT_REQUEST:
		return put_request(at, record);
	case TEAVMX_EVENT_TYPE_HOST_CHANGED:
		return put_change(at, &record->change);
	default:
		return put_state(at, &record->state);
	}
}

static u64 record_time(const struct event_cursor *cursor)
{
	const struct event_record *record = cursor->record;
	const struct event_fast *fast = &record->fast;

	if (record->type != EVENT_FAST_EXITS)
		return record->time;
	return vmx_fastpath_time(&fast->exits[cursor->index], fast->tsc,
				 record->time, vmx_fastpath_rate());
}

static void *put_attributes(void *at, const struct event_cursor *cursor)
{
	at = put_u64(at, TEAVMX_A_RECORD_SEQ, cursor->seq);
	at = put_u64(at, TEAVMX_A_RECORD_TIME, record_time(cursor));
	at = put_u32(at, TEAVMX_A_RECORD_TYPE, event_type(cursor->record));
	at = put_u32(at, TEAVMX_A_RECORD_VCPU_ID, cursor->record->vcpu);
	return put_by_type(at, cursor);
}

static int put_facts(struct sk_buff *skb, int type,
		     const struct vmx_fact *facts, unsigned int count)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < count && !err; i++)
		err = netlink_put_pair(skb, type, facts[i].number,
				       facts[i].value);
	return err;
}

#define SNAPSHOT_SIZE ((VMX_SNAPSHOT_FIELDS + VMX_SNAPSHOT_WORDS + \
			VMX_MSR_COUNT) * NETLINK_PAIR_SIZE)

static int put_snapshot(struct sk_buff *skb, const struct event_cursor *cursor)
{
	const struct vmx_snapshot *snapshot;
	unsigned int i;
	int err;

	snapshot = event_log_snapshot(cursor->log, cursor->seq);
	if (!snapshot)
		return 0;
	err = put_facts(skb, TEAVMX_A_RECORD_VMCS_FIELD, snapshot->fields,
			snapshot->field_count) ?:
	      put_facts(skb, TEAVMX_A_RECORD_WORD, snapshot->words,
			snapshot->word_count);
	for (i = 0; i < snapshot->caps.count && !err; i++)
		err = netlink_put_pair(skb, TEAVMX_A_RECORD_MSR,
				       snapshot->caps.msrs[i].number,
				       snapshot->caps.msrs[i].value);
	return err;
}

/* What has no limit that NETLINK_RECORD_ROOM could include */
static int put_rest(struct sk_buff *skb, const struct event_cursor *cursor)
{
	const struct event_record *record = cursor->record;

	switch (record->type) {
	case TEAVMX_EVENT_TYPE_VMX_EXIT:
	case TEAVMX_EVENT_TYPE_VMX_FAIL:
		return put_snapshot(skb, cursor);
	case TEAVMX_EVENT_TYPE_TEA_REFUSED:
		return nla_put_string(skb, TEAVMX_A_RECORD_NAME,
				      record->text.refusal);
	case TEAVMX_EVENT_TYPE_HOST_CHANGED:
		return nla_put_string(skb, TEAVMX_A_RECORD_NAME,
				      audit_name(record->change.item));
	default:
		return 0;
	}
}

static struct nlattr *begin_record(struct sk_buff *skb, int type)
{
	struct nlattr *nest = (struct nlattr *)skb_tail_pointer(skb);

	if (skb_tailroom(skb) < NETLINK_RECORD_ROOM)
		return NULL;
	nest->nla_type = type | NLA_F_NESTED;
	return nest;
}

static void end_record(struct sk_buff *skb, struct nlattr *nest, void *at)
{
	skb_put(skb, at - (void *)nest);
	nla_nest_end(skb, nest);
}

static int put_record(struct sk_buff *skb, const struct event_cursor *cursor)
{
	struct nlattr *nest = begin_record(skb, TEAVMX_A_EVENT_RECORD);

	if (!nest)
		return -EMSGSIZE;
	end_record(skb, nest, put_attributes(nla_data(nest), cursor));
	if (put_rest(skb, cursor)) {
		nlmsg_trim(skb, nest);
		return -EMSGSIZE;
	}
	nla_nest_end(skb, nest);
	return 0;
}

/**
 * netlink_put_exit() - add a VMX exit outside of the log to a message
 * @skb: message
 * @type: number of the nested attribute
 * @vcpu: number of the vCPU, of a raw VM
 * @exit: the exit
 *
 * The attributes are those of its record, without its number and time.
 *
 * Return: 0 or -EMSGSIZE.
 */
int netlink_put_exit(struct sk_buff *skb, int type, u32 vcpu,
		     const struct vmx_exit *exit)
{
	struct nlattr *nest = begin_record(skb, type);
	void *at;

	if (!nest)
		return -EMSGSIZE;
	at = put_u32(nla_data(nest), TEAVMX_A_RECORD_TYPE,
		     TEAVMX_EVENT_TYPE_VMX_EXIT);
	at = put_u32(at, TEAVMX_A_RECORD_VCPU_ID, vcpu);
	end_record(skb, nest, put_exit(at, exit, 0));
	return 0;
}

static u64 put_records(const struct event_log *log, struct sk_buff *skb,
		       u64 seq)
{
	struct event_cursor cursor;

	event_cursor_set(&cursor, log, seq);
	while (cursor.seq < log->next && !put_record(skb, &cursor))
		event_cursor_next(&cursor);
	return cursor.seq;
}

static int put_log(struct sk_buff *skb, struct event_log *log, u64 seq)
{
	struct nlattr *number;
	int err = -EMSGSIZE;
	u64 next;

	mutex_lock(&log->lock);
	if (nla_put_u64_64bit(skb, TEAVMX_A_EVENT_SEQ, seq,
			      TEAVMX_A_EVENT_PAD))
		goto unlock;
	/* Its value is known only after the records are in. */
	number = (struct nlattr *)(skb_tail_pointer(skb) -
				   nla_total_size(sizeof(u64)));
	next = put_records(log, skb, seq);
	memcpy(nla_data(number), &next, sizeof(next));
	err = 0;
unlock:
	mutex_unlock(&log->lock);
	return err;
}

static int put_events(struct sk_buff *skb, struct event_log *log, u64 seq)
{
	if (nla_put_u32(skb, TEAVMX_A_EVENT_VM_ID, log->vm))
		return -EMSGSIZE;
	return put_log(skb, log, seq);
}

int teavmx_nl_event_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *seq = netlink_attr(info, TEAVMX_A_EVENT_SEQ);
	struct event_log *log = netlink_get_log(info, TEAVMX_A_EVENT_VM_ID);
	struct sk_buff *reply;
	void *header;
	int err;

	if (IS_ERR(log))
		return PTR_ERR(log);
	err = -ENOMEM;
	reply = netlink_new_reply(info, TEAVMX_CMD_EVENT_GET,
				  GENLMSG_DEFAULT_SIZE + SNAPSHOT_SIZE,
				  &header);
	if (reply)
		err = netlink_send_reply(reply, header, info,
					 put_events(reply, log,
						    seq ? nla_get_u64(seq) : 0));
	event_log_put(log);
	return err;
}

static int parse_reasons(struct genl_info *info, struct event_filter *filter)
{
	struct nlattr *reasons = netlink_attr(info, TEAVMX_A_EVENT_REASONS);

	if (!reasons)
		return 0;
	if (nla_len(reasons) != sizeof(filter->reasons))
		return refuse(info->extack, reasons, -EINVAL,
			      "the bitmap of exit reasons must have 16 bytes");
	memcpy(filter->reasons, nla_data(reasons), sizeof(filter->reasons));
	filter->has_reasons = true;
	return 0;
}

static u32 filter_number(struct genl_info *info, int type)
{
	const struct nlattr *attr = netlink_attr(info, type);

	return attr ? nla_get_u32(attr) : 0;
}

static int parse_filter(struct genl_info *info, struct event_filter *filter)
{
	struct nlattr *types = netlink_attr(info, TEAVMX_A_EVENT_TYPES);

	filter->types = filter_number(info, TEAVMX_A_EVENT_TYPES);
	filter->vcpu = filter_number(info, TEAVMX_A_EVENT_VCPU_ID);
	filter->every = filter_number(info, TEAVMX_A_EVENT_EVERY);
	filter->is_set = filter->types || filter->vcpu || filter->every ||
			 netlink_attr(info, TEAVMX_A_EVENT_REASONS);
	if (types && !filter->types)
		return refuse(info->extack, types, -EINVAL,
			      "no type of records is named; leave out types for all");
	return parse_reasons(info, filter);
}

static int parse_choice(struct genl_info *info, struct event_choice *choice)
{
	struct nlattr *new_only = netlink_attr(info, TEAVMX_A_EVENT_NEW_ONLY);
	struct nlattr *seq = netlink_attr(info, TEAVMX_A_EVENT_SEQ);

	*choice = (struct event_choice){
		.vm = filter_number(info, TEAVMX_A_EVENT_VM_ID),
		.new_only = new_only,
		.compact = filter_number(info, TEAVMX_A_EVENT_FORMAT) ==
			   TEAVMX_EVENT_FORMAT_COMPACT,
		.has_from = seq,
		.from = seq ? nla_get_u64(seq) : 0,
	};
	if (new_only && (choice->vm || seq))
		return refuse(info->extack, new_only, -EINVAL,
			      "new-only goes with neither vm-id nor seq");
	return parse_filter(info, &choice->filter);
}

int teavmx_nl_subscribe_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct event_choice choice;
	int err = parse_choice(info, &choice);

	if (err)
		return err;
	err = subscriber_watch(NETLINK_CB(skb).sk, &choice);
	if (err == -ENOENT)
		return refuse(info->extack,
			      netlink_attr(info, TEAVMX_A_EVENT_VM_ID), err,
			      "no VM has this number");
	if (err)
		return refuse(info->extack, NULL, err,
			      "not enough memory for a subscriber");
	return 0;
}

static struct sk_buff *new_event(size_t size)
{
	struct sk_buff *skb = genlmsg_new(size, GFP_KERNEL);

	if (!skb)
		return NULL;
	if (genlmsg_put(skb, 0, 0, &netlink_family, 0, TEAVMX_CMD_EVENT))
		return skb;
	nlmsg_free(skb);
	return NULL;
}

/*
 * A message of compact records has room for those of most batches, so that a message
 * costs little for each. With its overhead it is not above 16 KiB, which the kernel finds
 * without effort, and not above a fourth of the socket's buffer.
 */
#define COMPACT_MAX	(15 * 1024)

static size_t message_size(const struct event_place *place, u64 seq)
{
	const struct event_log *log = place->log;
	size_t size = GENLMSG_DEFAULT_SIZE;
	u64 compact = min_t(u64, COMPACT_MAX,
			    subscriber_buffer(place->stream) / 4);

	if (event_log_snapshot(log, seq))
		return size + SNAPSHOT_SIZE;
	if (!place->stream->choice.compact || seq >= log->next)
		return size;
	compact = min(compact, (log->next - seq) *
			       sizeof(struct teavmx_compact) + NETLINK_RECORD_ROOM);
	return max_t(size_t, size, compact);
}

/* Room for the record @seq at least, whatever follows it. */
static struct sk_buff *new_message(const struct event_place *place, u64 seq)
{
	struct sk_buff *skb = new_event(message_size(place, seq));

	if (!skb || !nla_put_u32(skb, TEAVMX_A_EVENT_VM_ID, place->log->vm))
		return skb;
	nlmsg_free(skb);
	return NULL;
}

static bool send_message(struct event_stream *stream, struct sk_buff *skb)
{
	genlmsg_end(skb, genlmsg_data(nlmsg_data(nlmsg_hdr(skb))));
	return subscriber_send(stream, skb);
}

static bool put_new(struct sk_buff *skb, const struct event_log *log)
{
	struct nlattr *nest = begin_record(skb, TEAVMX_A_EVENT_RECORD);
	void *at;

	if (!nest)
		return false;
	at = put_u32(nla_data(nest), TEAVMX_A_RECORD_TYPE,
		     TEAVMX_EVENT_TYPE_VM_NEW);
	at = put_u64(at, TEAVMX_A_RECORD_TIME, log->begun);
	end_record(skb, nest, at);
	return true;
}

static bool put_end(struct sk_buff *skb, const struct event_log *log)
{
	struct nlattr *nest = begin_record(skb, TEAVMX_A_EVENT_RECORD);
	void *at;

	if (!nest)
		return false;
	at = put_u32(nla_data(nest), TEAVMX_A_RECORD_TYPE,
		     TEAVMX_EVENT_TYPE_VM_END);
	at = put_u64(at, TEAVMX_A_RECORD_TIME, log->ended);
	at = put_u64(at, TEAVMX_A_RECORD_LAST, log->next - 1);
	end_record(skb, nest, at);
	return true;
}

static bool put_lost(struct sk_buff *skb, u64 first, u64 last)
{
	struct nlattr *nest = begin_record(skb, TEAVMX_A_EVENT_RECORD);
	void *at;

	if (!nest)
		return false;
	at = put_u32(nla_data(nest), TEAVMX_A_RECORD_TYPE,
		     TEAVMX_EVENT_TYPE_LOST);
	at = put_u64(at, TEAVMX_A_RECORD_SEQ, first);
	at = put_u64(at, TEAVMX_A_RECORD_LAST, last);
	end_record(skb, nest, at);
	return true;
}

/**
 * struct message - a message that is being filled
 * @place: where its records come from
 * @cursor: the record to put next
 * @skb: the message; NULL to find out only what there is to send
 * @compact: the attribute at its end, if that is an array of compact records
 */
struct message {
	const struct event_place *place;
	struct event_cursor cursor;
	struct sk_buff *skb;
	struct nlattr *compact;
};

/*
 * Room for compact records at the end of a message: for @count, or as many as fit, or
 * NULL. It is aligned to 4 bytes only, which is all the same to the processor.
 */
static struct teavmx_compact *compact_room(struct message *message,
					   unsigned int *count)
{
	const int size = sizeof(struct teavmx_compact);
	struct nlattr *attr = message->compact;
	struct sk_buff *skb = message->skb;
	int fit = (skb_tailroom(skb) - NLA_HDRLEN) / size;

	*count = min_t(int, *count, fit);
	if (fit <= 0)
		return NULL;
	if (!attr) {
		attr = skb_put(skb, NLA_HDRLEN);
		attr->nla_type = TEAVMX_A_EVENT_COMPACT;
		attr->nla_len = NLA_HDRLEN;
		message->compact = attr;
	}
	attr->nla_len += *count * size;
	return skb_put(skb, *count * size);
}

static int put_compact(struct message *message)
{
	unsigned int count = 1;
	struct teavmx_compact *to = compact_room(message, &count);

	if (!to)
		return -EMSGSIZE;
	compact_fill(to, &message->cursor);
	return 0;
}

/* All exits that are left of a record; false without room for all of them. */
static bool put_exits(struct message *message, struct event_position *position)
{
	struct event_cursor *cursor = &message->cursor;
	unsigned int left = event_count(cursor->record) - cursor->index;
	unsigned int count = left;
	struct teavmx_compact *to = compact_room(message, &count);

	if (!to)
		return false;
	compact_fill_exits(to, cursor, count);
	event_cursor_skip(cursor, count);
	position->next = cursor->seq;
	return count == left;
}

static int put_formatted(struct message *message)
{
	if (message->place->stream->choice.compact &&
	    compact_can(&message->cursor))
		return put_compact(message);
	message->compact = NULL;
	return put_record(message->skb, &message->cursor);
}

static bool put_gap(struct message *message, struct event_position *position)
{
	const struct event_cursor *cursor = &message->cursor;

	if (position->next >= cursor->seq)
		return true;
	message->compact = NULL;
	if (!message->skb ||
	    !put_lost(message->skb, position->next, cursor->seq - 1))
		return false;
	position->next = cursor->seq;
	return true;
}

static bool has_exits_only(const struct message *message)
{
	const struct event_choice *choice = &message->place->stream->choice;

	return message->skb && choice->compact && !choice->filter.is_set &&
	       message->cursor.record->type == EVENT_FAST_EXITS;
}

static bool put_passing(struct message *message, struct event_position *position)
{
	const struct event_filter *filter = &message->place->stream->choice.filter;
	struct event_cursor *cursor = &message->cursor;
	u32 passed = position->passed;

	if (has_exits_only(message))
		return put_exits(message, position);
	if (event_filter_passes(filter, cursor, position) &&
	    (!message->skb || put_formatted(message))) {
		position->passed = passed;
		return false;
	}
	position->next = cursor->seq + 1;
	event_cursor_next(cursor);
	return true;
}

/*
 * Puts the records from the cursor on that pass the filter of the stream, as many as
 * fit, and moves the position. Without a message: as if there was no room.
 */
static void put_from(struct message *message, struct event_position *position)
{
	const struct event_log *log = message->place->log;

	while (put_gap(message, position) && message->cursor.seq < log->next &&
	       put_passing(message, position))
		;
}

static bool end_is_due(const struct event_log *log,
		       const struct event_position *position)
{
	return log->ended && !position->has_ended && position->next >= log->next;
}

static bool find_passing(struct message *message,
			 struct event_position *position)
{
	const struct event_log *log = message->place->log;

	if (position->is_new)
		return true;
	put_from(message, position);
	return position->next < log->next || end_is_due(log, position);
}

static void fill_message(struct message *message,
			 struct event_position *position)
{
	const struct event_log *log = message->place->log;

	if (position->is_new)
		position->is_new = !put_new(message->skb, log);
	put_from(message, position);
	if (end_is_due(log, position))
		position->has_ended = put_end(message->skb, log);
}

/* Only of a message that was sent, as one that is refused is made again later */
static void trace_lost(const struct event_place *place, u64 end)
{
	u64 next = place->position.next;
	struct event_cursor cursor;

	event_cursor_set(&cursor, place->log, next);
	while (next < end) {
		if (next < cursor.seq)
			trace_event_lost(place->log->vm, next, cursor.seq - 1);
		next = cursor.seq + 1;
		if (next < end)
			event_cursor_next(&cursor);
	}
}

static bool send_event(struct event_place *place)
{
	struct event_position position = place->position;
	struct message message = { .place = place };

	if (!subscriber_has_room(place->stream))
		return false;
	event_cursor_set(&message.cursor, place->log, position.next);
	if (find_passing(&message, &position)) {
		message.skb = new_message(place, position.next);
		if (!message.skb)
			return false;
		fill_message(&message, &position);
		if (!send_message(place->stream, message.skb))
			return false;
		if (trace_event_lost_enabled())
			trace_lost(place, position.next);
	}
	place->position = position;
	return true;
}

static bool send_vms_lost(struct event_stream *stream)
{
	struct sk_buff *skb;

	if (!subscriber_has_room(stream))
		return false;
	skb = new_event(GENLMSG_DEFAULT_SIZE);
	if (!skb)
		return false;
	if (nla_put_u64_64bit(skb, TEAVMX_A_EVENT_VMS_LOST, stream->vms_lost,
			      TEAVMX_A_EVENT_PAD)) {
		nlmsg_free(skb);
		return false;
	}
	return send_message(stream, skb);
}

const struct event_sink netlink_event_sink = {
	.send = send_event,
	.send_vms_lost = send_vms_lost,
};
