// SPDX-License-Identifier: GPL-2.0-only
#include "event.h"
#include "family.h"
#include "gen.h"
#include "listener.h"
#include "request.h"
#include "../event.h"
#include "../vm.h"
#include "../vmx/audit.h"
#include "../vmx/fastpath.h"
#include "../vmx/snapshot.h"
#include "../refuse.h"

#include <linux/minmax.h>

#include <uapi/vmx_exit_fields.h>

/* Event records as messages: what listeners get, and the log. */

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

/* An attribute of a VM-exit information field, if that is defined. */
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
	if (pid)
		at = put_u8(at, TEAVMX_A_RECORD_PID, pid);
	if (vmx_exit_value(exit, &value))
		at = put_u64(at, TEAVMX_A_RECORD_VALUE, value);
	return put_fields(at, exit);
}

static void *put_fast_exit(void *at, const struct event_cursor *cursor)
{
	const struct event_record *record = cursor->record;
	struct vmx_exit exit;

	vmx_fastpath_exit(&record->fast.exits[cursor->index], record->fast.cpu,
			  &exit);
	return put_exit(at, &exit, record->pid);
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

static u32 record_type(const struct event_record *record)
{
	return record->type == EVENT_FAST_EXITS ? TEAVMX_EVENT_TYPE_VMX_EXIT :
						  record->type;
}

static u64 record_time(const struct event_cursor *cursor)
{
	const struct event_record *record = cursor->record;
	const struct event_fast *fast = &record->fast;

	if (record->type != EVENT_FAST_EXITS)
		return record->time;
	return vmx_fastpath_time(&fast->exits[cursor->index], fast->tsc,
				 record->time);
}

static void *put_attributes(void *at, const struct event_cursor *cursor)
{
	at = put_u64(at, TEAVMX_A_RECORD_SEQ, cursor->seq);
	at = put_u64(at, TEAVMX_A_RECORD_TIME, record_time(cursor));
	at = put_u32(at, TEAVMX_A_RECORD_TYPE, record_type(cursor->record));
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

/* Room for put_snapshot() */
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

static int put_record(struct sk_buff *skb, const struct event_cursor *cursor)
{
	struct nlattr *nest = (struct nlattr *)skb_tail_pointer(skb);

	if (skb_tailroom(skb) < NETLINK_RECORD_ROOM)
		return -EMSGSIZE;
	nest->nla_type = TEAVMX_A_EVENT_RECORD | NLA_F_NESTED;
	skb_put(skb, put_attributes(nla_data(nest), cursor) - (void *)nest);
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
	struct nlattr *nest = (struct nlattr *)skb_tail_pointer(skb);
	void *at = nla_data(nest);

	if (skb_tailroom(skb) < NETLINK_RECORD_ROOM)
		return -EMSGSIZE;
	nest->nla_type = type | NLA_F_NESTED;
	at = put_u32(at, TEAVMX_A_RECORD_TYPE, TEAVMX_EVENT_TYPE_VMX_EXIT);
	at = put_u32(at, TEAVMX_A_RECORD_VCPU_ID, vcpu);
	at = put_exit(at, exit, 0);
	skb_put(skb, at - (void *)nest);
	nla_nest_end(skb, nest);
	return 0;
}

/* As many records from @seq on as fit; returns the number to go on with. */
static u64 put_records(const struct event_log *log, struct sk_buff *skb,
		       u64 seq)
{
	struct event_cursor cursor;

	event_cursor_set(&cursor, log, seq);
	while (cursor.seq < log->next && !put_record(skb, &cursor))
		event_cursor_next(&cursor);
	return cursor.seq;
}

/* Puts the records of the log from @seq on, and the number to request next. */
static int put_log(struct sk_buff *skb, struct event_log *log, u64 seq)
{
	struct nlattr *number;
	int err = -EMSGSIZE;
	u64 next;

	mutex_lock(&log->lock);
	seq = max(seq, event_log_oldest(log));
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

static int put_events(struct sk_buff *skb, struct teavmx_vm *vm, u64 seq)
{
	if (nla_put_u32(skb, TEAVMX_A_EVENT_VM_ID, vm->id))
		return -EMSGSIZE;
	return put_log(skb, &vm->log, seq);
}

int teavmx_nl_event_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *seq = netlink_attr(info, TEAVMX_A_EVENT_SEQ);
	struct teavmx_vm *vm = netlink_get_vm(info, TEAVMX_A_EVENT_VM_ID);
	struct sk_buff *reply;
	void *header;
	int err;

	if (IS_ERR(vm))
		return PTR_ERR(vm);
	err = -ENOMEM;
	reply = netlink_new_reply(info, TEAVMX_CMD_EVENT_GET,
				  GENLMSG_DEFAULT_SIZE + SNAPSHOT_SIZE,
				  &header);
	if (reply)
		err = netlink_send_reply(reply, header, info,
					 put_events(reply, vm,
						    seq ? nla_get_u64(seq) : 0));
	vm_put(vm);
	return err;
}

int teavmx_nl_subscribe_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *only = netlink_attr(info, TEAVMX_A_EVENT_VM_ID);
	struct teavmx_vm *vm;
	int err;

	if (only) {
		vm = netlink_get_vm(info, TEAVMX_A_EVENT_VM_ID);
		if (IS_ERR(vm))
			return PTR_ERR(vm);
		vm_put(vm);
	}
	err = listener_add(NETLINK_CB(skb).sk, only ? nla_get_u32(only) : 0);
	if (err)
		return refuse(info->extack, NULL, err,
			      "not enough memory for a listener");
	return err;
}

/* Room for the record @seq at least, whatever follows it. */
static struct sk_buff *new_message(u32 vm_id, const struct event_log *log,
				   u64 seq)
{
	size_t size = GENLMSG_DEFAULT_SIZE;
	struct sk_buff *skb;

	if (event_log_snapshot(log, seq))
		size += SNAPSHOT_SIZE;
	skb = genlmsg_new(size, GFP_KERNEL);
	if (!skb)
		return NULL;
	if (!genlmsg_put(skb, 0, 0, &netlink_family, 0, TEAVMX_CMD_EVENT) ||
	    nla_put_u32(skb, TEAVMX_A_EVENT_VM_ID, vm_id)) {
		nlmsg_free(skb);
		return NULL;
	}
	return skb;
}

static void send_message(struct sk_buff *skb, u32 vm_id)
{
	genlmsg_end(skb, genlmsg_data(nlmsg_data(nlmsg_hdr(skb))));
	listener_send(skb, vm_id);
}

/* A listener that misses a message sees the gap and reads the log again. */
static void send_records(u32 vm, const struct event_log *log, u64 seq)
{
	struct sk_buff *skb;
	u64 next;

	while (seq < log->next) {
		skb = new_message(vm, log, seq);
		if (!skb) {
			listener_miss(vm);
			return;
		}
		next = put_records(log, skb, seq);
		send_message(skb, vm);
		if (WARN_ON_ONCE(next == seq))
			return;
		seq = next;
	}
}

const struct event_sink netlink_event_sink = {
	.wants = listener_wants,
	.send = send_records,
};
