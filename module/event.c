// SPDX-License-Identifier: GPL-2.0-only
#include "event.h"
#include "netlink/listener.h"
#include "netlink/family.h"
#include "vcpu.h"
#include "vm.h"
#include "vmx/audit.h"
#include "vmx/check.h"

#include <linux/mm.h>
#include <linux/timekeeping.h>
#include <net/genetlink.h>
#include <asm/vmx.h>

#include <uapi/vmx.h>
#include <uapi/vmx_exit_fields.h>

/*
 * A vCPU's thread collects records in its batch; a flush gives them their
 * numbers, puts them into the VM's log and sends them to whoever listens.
 * All of it is process context. Sending happens under the log's mutex, so
 * that listeners get the records of several vCPUs in the order of their
 * numbers.
 */

/* Records may stay in the batch of a busy vCPU for so long. */
#define EVENT_MAX_AGE_NS (20 * NSEC_PER_MSEC)

int event_log_init(struct event_log *log, u32 size)
{
	mutex_init(&log->lock);
	log->next = 1;
	log->size = size;
	log->ring = kvcalloc(size, sizeof(*log->ring), GFP_KERNEL_ACCOUNT);
	return log->ring ? 0 : -ENOMEM;
}

void event_log_destroy(struct event_log *log)
{
	kvfree(log->ring);
}

static u64 first_kept(const struct event_log *log)
{
	lockdep_assert_held(&log->lock);
	return log->next > log->size ? log->next - log->size : 1;
}

/**
 * event_log_first() - which records are kept
 * @log: the log
 * @next: receives the number that the next record will get
 *
 * Return: number of the oldest record kept; @next when there is none.
 */
u64 event_log_first(struct event_log *log, u64 *next)
{
	u64 first;

	mutex_lock(&log->lock);
	first = first_kept(log);
	*next = log->next;
	mutex_unlock(&log->lock);
	return first;
}

/* An attribute of a VM-exit information field, if that is defined. */
static int put_field(struct sk_buff *skb, const struct vmx_exit *exit,
		     u32 field, int type, u32 value)
{
	return exit->fields & field ? nla_put_u32(skb, type, value) : 0;
}

static int put_address(struct sk_buff *skb, const struct vmx_exit *exit,
		       u32 field, int type, u64 value)
{
	return exit->fields & field ?
	       nla_put_u64_64bit(skb, type, value, TEAVMX_A_RECORD_PAD) : 0;
}

static int put_fields(struct sk_buff *skb, const struct vmx_exit *exit)
{
	return put_field(skb, exit, VMX_FIELD_LENGTH,
			 TEAVMX_A_RECORD_INSTRUCTION_LENGTH, exit->length) ?:
	       put_field(skb, exit, VMX_FIELD_INFO,
			 TEAVMX_A_RECORD_INSTRUCTION_INFO, exit->info) ?:
	       put_field(skb, exit, VMX_FIELD_INTR, TEAVMX_A_RECORD_INTR_INFO,
			 exit->intr_info) ?:
	       put_field(skb, exit, VMX_FIELD_INTR_ERROR,
			 TEAVMX_A_RECORD_INTR_ERROR, exit->intr_error) ?:
	       put_field(skb, exit, VMX_FIELD_VECTORING,
			 TEAVMX_A_RECORD_IDT_VECTORING, exit->vectoring) ?:
	       put_field(skb, exit, VMX_FIELD_VECTORING_ERROR,
			 TEAVMX_A_RECORD_IDT_ERROR, exit->vectoring_error) ?:
	       put_address(skb, exit, VMX_FIELD_LINEAR, TEAVMX_A_RECORD_LINEAR,
			   exit->linear) ?:
	       put_address(skb, exit, VMX_FIELD_PHYSICAL,
			   TEAVMX_A_RECORD_GUEST_PHYSICAL, exit->gpa);
}

static int put_vmx(struct sk_buff *skb, const struct event_record *record)
{
	const struct vmx_exit *exit = &record->exit;

	if (nla_put_u32(skb, TEAVMX_A_RECORD_REASON, exit->reason) ||
	    nla_put_u64_64bit(skb, TEAVMX_A_RECORD_QUALIFICATION,
			      exit->qualification, TEAVMX_A_RECORD_PAD) ||
	    nla_put_u64_64bit(skb, TEAVMX_A_RECORD_RIP, exit->rip,
			      TEAVMX_A_RECORD_PAD) ||
	    nla_put_u32(skb, TEAVMX_A_RECORD_CPU, record->exit.cpu))
		return -EMSGSIZE;
	return put_fields(skb, exit);
}

static int put_state(struct sk_buff *skb, const struct event_record *record)
{
	if (nla_put_u32(skb, TEAVMX_A_RECORD_STATE, record->state))
		return -EMSGSIZE;
	if (record->state == TEAVMX_VCPU_STATE_PAUSED)
		return nla_put_u32(skb, TEAVMX_A_RECORD_STOP, record->stop);
	if (record->state == TEAVMX_VCPU_STATE_SLEEPING ||
	    record->state == TEAVMX_VCPU_STATE_WAITING)
		return nla_put_u16(skb, TEAVMX_A_RECORD_PORT, record->port);
	return 0;
}

static int put_change(struct sk_buff *skb, const struct event_change *change)
{
	if (nla_put_string(skb, TEAVMX_A_RECORD_NAME,
			   audit_name(change->item)) ||
	    nla_put_u64_64bit(skb, TEAVMX_A_RECORD_BEFORE, change->before,
			      TEAVMX_A_RECORD_PAD))
		return -EMSGSIZE;
	return nla_put_u64_64bit(skb, TEAVMX_A_RECORD_AFTER, change->after,
				 TEAVMX_A_RECORD_PAD);
}

static int put_finding(struct sk_buff *skb,
		       const struct event_finding *finding)
{
	return nla_put_u32(skb, TEAVMX_A_RECORD_RULE, finding->rule) ?:
	       nla_put_u32(skb, TEAVMX_A_RECORD_FIELD, finding->field) ?:
	       nla_put_u64_64bit(skb, TEAVMX_A_RECORD_VALUE, finding->value,
				 TEAVMX_A_RECORD_PAD);
}

static int put_refused(struct sk_buff *skb, const struct event_record *record)
{
	return nla_put_u8(skb, TEAVMX_A_RECORD_PID, record->pid) ?:
	       nla_put(skb, TEAVMX_A_RECORD_MESSAGE, record->size,
		       record->bytes) ?:
	       nla_put_string(skb, TEAVMX_A_RECORD_NAME, record->sentence);
}

static int put_request(struct sk_buff *skb, const struct event_record *record)
{
	const struct event_request *request = &record->request;

	if (nla_put_u8(skb, TEAVMX_A_RECORD_PID, record->pid) ||
	    nla_put_u16(skb, TEAVMX_A_RECORD_PORT, record->port) ||
	    nla_put_u32(skb, TEAVMX_A_RECORD_REQUEST, request->number) ||
	    nla_put_u8(skb, TEAVMX_A_RECORD_ACCESS_SIZE, request->size))
		return -EMSGSIZE;
	if (!request->write)
		return 0;
	return nla_put_u64_64bit(skb, TEAVMX_A_RECORD_VALUE, request->value,
				 TEAVMX_A_RECORD_PAD);
}

static int put_by_type(struct sk_buff *skb, const struct event_record *record)
{
	switch (record->type) {
	case TEAVMX_EVENT_TYPE_TEA_EXIT:
		return nla_put(skb, TEAVMX_A_RECORD_MESSAGE, record->size,
			       record->bytes);
	case TEAVMX_EVENT_TYPE_TEA_PACKET:
	case TEAVMX_EVENT_TYPE_TEA_REPLY:
		return nla_put_u8(skb, TEAVMX_A_RECORD_PID, record->pid) ?:
		       nla_put(skb, TEAVMX_A_RECORD_MESSAGE, record->size,
			       record->bytes);
	case TEAVMX_EVENT_TYPE_TEA_REFUSED:
		return put_refused(skb, record);
	case TEAVMX_EVENT_TYPE_PORT_REQUEST:
		return put_request(skb, record);
	case TEAVMX_EVENT_TYPE_TEA_TEXT:
	case TEAVMX_EVENT_TYPE_TEA_SERIAL:
		return nla_put_u8(skb, TEAVMX_A_RECORD_PID, record->pid) ?:
		       nla_put(skb, TEAVMX_A_RECORD_TEXT, record->size,
			       record->bytes);
	case TEAVMX_EVENT_TYPE_VMX_EXIT:
		return put_vmx(skb, record);
	case TEAVMX_EVENT_TYPE_VMX_FAIL:
		return nla_put_u32(skb, TEAVMX_A_RECORD_INSTRUCTION_ERROR,
				   record->exit.error) ?:
		       nla_put_u32(skb, TEAVMX_A_RECORD_CPU, record->exit.cpu);
	case TEAVMX_EVENT_TYPE_HOST_CHANGED:
		return put_change(skb, &record->change);
	case TEAVMX_EVENT_TYPE_FINDING:
		return put_finding(skb, &record->finding);
	default:
		return put_state(skb, record);
	}
}

static int put_record(struct sk_buff *skb, const struct event_record *record)
{
	struct nlattr *nest = nla_nest_start(skb, TEAVMX_A_EVENT_RECORD);

	if (!nest)
		return -EMSGSIZE;
	if (nla_put_u64_64bit(skb, TEAVMX_A_RECORD_SEQ, record->seq,
			      TEAVMX_A_RECORD_PAD) ||
	    nla_put_u64_64bit(skb, TEAVMX_A_RECORD_TIME, record->time,
			      TEAVMX_A_RECORD_PAD) ||
	    nla_put_u32(skb, TEAVMX_A_RECORD_TYPE, record->type) ||
	    nla_put_u32(skb, TEAVMX_A_RECORD_VCPU, record->vcpu) ||
	    put_by_type(skb, record)) {
		nla_nest_cancel(skb, nest);
		return -EMSGSIZE;
	}
	nla_nest_end(skb, nest);
	return 0;
}

/* As many records from @seq on as fit; returns the number to go on with. */
static u64 put_records(const struct event_log *log, struct sk_buff *skb,
		       u64 seq)
{
	lockdep_assert_held(&log->lock);
	while (seq < log->next &&
	       !put_record(skb, &log->ring[seq % log->size]))
		seq++;
	return seq;
}

/**
 * event_log_put() - add kept records to a message
 * @log: the log
 * @skb: message, inside the attributes of an event
 * @seq: in: first number wanted; out: number to ask for next
 *
 * Return: 0 or -EMSGSIZE.
 */
int event_log_put(struct event_log *log, struct sk_buff *skb, u64 *seq)
{
	struct nlattr *number;
	int err = -EMSGSIZE;
	u64 next;

	mutex_lock(&log->lock);
	*seq = max(*seq, first_kept(log));
	if (nla_put_u64_64bit(skb, TEAVMX_A_EVENT_SEQ, *seq,
			      TEAVMX_A_EVENT_PAD))
		goto unlock;
	/* Its value is known only after the records are in. */
	number = (struct nlattr *)(skb_tail_pointer(skb) -
				   nla_total_size(sizeof(u64)));
	next = put_records(log, skb, *seq);
	memcpy(nla_data(number), &next, sizeof(next));
	*seq = next;
	err = 0;
unlock:
	mutex_unlock(&log->lock);
	return err;
}

/* Tell the listeners; who misses a message sees the gap and re-reads it. */
static void send_records(const struct teavmx_vm *vm, u64 seq)
{
	const struct event_log *log = &vm->log;
	struct sk_buff *skb;
	u64 next;

	while (seq < log->next) {
		skb = netlink_new_event(vm->id);
		if (!skb) {
			listener_miss(vm->id);
			return;
		}
		next = put_records(log, skb, seq);
		netlink_send_event(skb, vm->id);
		if (WARN_ON_ONCE(next == seq))
			return;
		seq = next;
	}
}

/**
 * event_flush_locked() - put a vCPU's records into the log and send them
 * @vcpu: the vCPU; called by its thread, or by its creator before
 *
 * Context: the lock of the VM's log is held.
 */
void event_flush_locked(struct teavmx_vcpu *vcpu)
{
	struct event_batch *batch = &vcpu->batch;
	struct event_log *log = &vcpu->vm->log;
	unsigned int i;
	u64 first;

	lockdep_assert_held(&log->lock);
	first = log->next;
	for (i = 0; i < batch->count; i++) {
		batch->records[i].seq = log->next;
		log->ring[log->next % log->size] = batch->records[i];
		log->next++;
	}
	if (listener_wants(vcpu->vm->id))
		send_records(vcpu->vm, max(first, first_kept(log)));
	batch->count = 0;
	batch->text = 0;
}

/**
 * event_flush() - as event_flush_locked(), but takes the lock
 * @vcpu: the vCPU; called by its thread, or by its creator before
 */
void event_flush(struct teavmx_vcpu *vcpu)
{
	struct event_log *log = &vcpu->vm->log;

	if (!vcpu->batch.count)
		return;
	mutex_lock(&log->lock);
	event_flush_locked(vcpu);
	mutex_unlock(&log->lock);
}

/**
 * event_flush_old() - as event_flush(), once the oldest record has waited
 * @vcpu: the vCPU; called by its thread
 */
void event_flush_old(struct teavmx_vcpu *vcpu)
{
	const struct event_batch *batch = &vcpu->batch;

	if (batch->count &&
	    ktime_get_ns() - batch->records[0].time >= EVENT_MAX_AGE_NS)
		event_flush(vcpu);
}

static struct event_record *new_record(struct teavmx_vcpu *vcpu,
				       enum teavmx_event_type type)
{
	struct event_batch *batch = &vcpu->batch;
	struct event_record *record;

	if (batch->count == EVENT_BATCH)
		event_flush(vcpu);
	record = &batch->records[batch->count++];
	memset(record, 0, sizeof(*record));
	record->time = ktime_get_ns();
	record->vcpu = vcpu->id;
	record->pid = vcpu->pid;
	record->type = type;
	return record;
}

/**
 * event_state() - record a change of state
 * @vcpu: the vCPU
 * @state: enum teavmx_vcpu_state
 * @port: port that holds it, where the state has one
 */
void event_state(struct teavmx_vcpu *vcpu, u8 state, u16 port)
{
	struct event_record *record;

	record = new_record(vcpu, TEAVMX_EVENT_TYPE_STATE);
	record->state = state;
	record->stop = vcpu->stop;
	record->port = port;
}

/**
 * event_text() - record a character of display text or serial output
 * @vcpu: the vCPU
 * @type: TEAVMX_EVENT_TYPE_TEA_TEXT or _TEA_SERIAL
 * @character: what was written
 *
 * Characters share a record until it is full or flushed; so among VMX exits
 * a character may stand somewhat before the exit that wrote it.
 */
void event_text(struct teavmx_vcpu *vcpu, enum teavmx_event_type type,
		u8 character)
{
	struct event_batch *batch = &vcpu->batch;
	struct event_record *record;

	if (batch->text && batch->records[batch->text - 1].type == type) {
		record = &batch->records[batch->text - 1];
	} else {
		record = new_record(vcpu, type);
		batch->text = batch->count;
	}
	record->bytes[record->size++] = character;
	if (record->size == EVENT_BYTES)
		batch->text = 0;
}

/**
 * event_bytes() - record an exit message, a packet or a reply
 * @vcpu: the vCPU
 * @type: TEAVMX_EVENT_TYPE_TEA_EXIT, _TEA_PACKET, _TEA_REPLY or _TEA_REFUSED
 * @bytes: the bytes
 * @size: at most EVENT_BYTES
 */
void event_bytes(struct teavmx_vcpu *vcpu, enum teavmx_event_type type,
		 const u8 *bytes, size_t size)
{
	struct event_record *record = new_record(vcpu, type);

	record->size = min_t(size_t, size, EVENT_BYTES);
	memcpy(record->bytes, bytes, record->size);
	/* Text after it must not join text from before. */
	vcpu->batch.text = 0;
}

/**
 * event_refused() - record that a packet could not be obeyed
 * @vcpu: the vCPU that sent it
 * @bytes: its data
 * @size: at most EVENT_BYTES
 * @sentence: why; a constant
 */
void event_refused(struct teavmx_vcpu *vcpu, const u8 *bytes, size_t size,
		   const char *sentence)
{
	struct event_batch *batch = &vcpu->batch;

	event_bytes(vcpu, TEAVMX_EVENT_TYPE_TEA_REFUSED, bytes, size);
	batch->records[batch->count - 1].sentence = sentence;
}

/**
 * event_request() - record an access to a host port
 * @vcpu: the vCPU
 * @port: the port
 * @request: what is asked
 */
void event_request(struct teavmx_vcpu *vcpu, u16 port,
		   const struct event_request *request)
{
	struct event_record *record;

	record = new_record(vcpu, TEAVMX_EVENT_TYPE_PORT_REQUEST);
	record->port = port;
	record->request = *request;
	/* Text after it must not join text from before. */
	vcpu->batch.text = 0;
}

/**
 * event_vmx() - record a VMX exit, or a VM entry that failed with VMfail
 * @vcpu: the vCPU
 * @exit: the exit or the failure
 */
void event_vmx(struct teavmx_vcpu *vcpu, const struct vmx_exit *exit)
{
	struct event_record *record;

	record = new_record(vcpu, exit->entered ? TEAVMX_EVENT_TYPE_VMX_EXIT :
						  TEAVMX_EVENT_TYPE_VMX_FAIL);
	record->exit = *exit;
}

/**
 * event_host_changed() - record that a stay in the guest left a trace
 * @vcpu: the vCPU
 * @change: what is not as it was
 */
void event_host_changed(struct teavmx_vcpu *vcpu,
			const struct audit_change *change)
{
	struct event_record *record;

	record = new_record(vcpu, TEAVMX_EVENT_TYPE_HOST_CHANGED);
	record->change.item = change->item;
	record->change.before = change->before;
	record->change.after = change->after;
}

/**
 * event_finding() - record what the doctor found out about an entry
 * @vcpu: the vCPU
 * @finding: one finding
 */
void event_finding(struct teavmx_vcpu *vcpu, const struct vmx_finding *finding)
{
	struct event_record *record;

	record = new_record(vcpu, TEAVMX_EVENT_TYPE_FINDING);
	record->finding.rule = finding->rule;
	record->finding.field = finding->field;
	record->finding.value = finding->value;
}
