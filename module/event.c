// SPDX-License-Identifier: GPL-2.0-only
#include "event.h"
#include "vcpu.h"
#include "vm.h"
#include "vmx/audit.h"
#include "vmx/fastpath.h"
#include "vmx/snapshot.h"

#include <linux/build_bug.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/timekeeping.h>

/*
 * A vCPU's thread collects records in its batch; a flush gives them their
 * numbers, puts them into the VM's log and gives them to the sink, which sends
 * them to the listeners. All of it is process context. Sending happens under
 * the log's mutex, so that listeners get the records of several vCPUs in the
 * order of their numbers.
 */

/* Set before there is a VM. */
static const struct event_sink *event_sink __ro_after_init;

/**
 * event_set_sink() - choose what receives the records of all VMs
 * @sink: it
 */
void __init event_set_sink(const struct event_sink *sink)
{
	event_sink = sink;
}

/* Records may stay in the batch of a busy vCPU for so long. */
#define EVENT_MAX_AGE_NS (20 * NSEC_PER_MSEC)

/* The log of a VM has 1,024 records by default: more than 128 KiB cost 256. */
static_assert(sizeof(struct event_record) <= 128);

int event_log_init(struct event_log *log, u32 size)
{
	mutex_init(&log->lock);
	log->next = 1;
	log->size = size;
	memset(log->snapshots, 0, sizeof(log->snapshots));
	log->snapshot_count = 0;
	log->ring = kvcalloc(size, sizeof(*log->ring), GFP_KERNEL_ACCOUNT);
	return log->ring ? 0 : -ENOMEM;
}

void event_log_destroy(struct event_log *log)
{
	u32 i;

	for (i = 0; log->ring && i < log->size; i++)
		kfree(log->ring[i].snapshot);
	kvfree(log->ring);
}

/**
 * event_log_oldest() - number of the oldest record kept
 * @log: the log, locked
 *
 * Return: the number; that of the next record when none is kept.
 */
u64 event_log_oldest(const struct event_log *log)
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
	first = event_log_oldest(log);
	*next = log->next;
	mutex_unlock(&log->lock);
	return first;
}

/* The record that has had its snapshot for the longest time loses it. */
static void log_count_snapshot(struct event_log *log, u64 seq)
{
	u64 *place = &log->snapshots[log->snapshot_count++ % EVENT_SNAPSHOTS];
	struct event_record *oldest = &log->ring[*place % log->size];

	if (oldest->seq == *place) {
		kfree(oldest->snapshot);
		oldest->snapshot = NULL;
	}
	*place = seq;
}

static void log_add(struct event_log *log, const struct event_record *record)
{
	struct event_record *slot = &log->ring[log->next % log->size];

	kfree(slot->snapshot);
	*slot = *record;
	slot->seq = log->next++;
	if (slot->snapshot)
		log_count_snapshot(log, slot->seq);
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
	for (i = 0; i < batch->count; i++)
		log_add(log, &batch->records[i]);
	if (event_sink->wants(vcpu->vm->id))
		event_sink->send(vcpu->vm->id, log,
				 max(first, event_log_oldest(log)));
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

static struct event_record *new_record_at(struct teavmx_vcpu *vcpu,
					  enum teavmx_event_type type, u64 time)
{
	struct event_batch *batch = &vcpu->batch;
	struct event_record *record;

	if (batch->count == EVENT_BATCH)
		event_flush(vcpu);
	record = &batch->records[batch->count++];
	memset(record, 0, sizeof(*record));
	record->time = time;
	record->vcpu = vcpu->id;
	record->pid = vcpu->pid;
	record->type = type;
	return record;
}

static struct event_record *new_record(struct teavmx_vcpu *vcpu,
				       enum teavmx_event_type type)
{
	return new_record_at(vcpu, type, ktime_get_ns());
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
 * event_refused() - record that a packet was refused
 * @vcpu: the vCPU that sent it
 * @bytes: its data
 * @size: at most EVENT_BYTES
 * @refusal: why it is refused; a constant
 */
void event_refused(struct teavmx_vcpu *vcpu, const u8 *bytes, size_t size,
		   const char *refusal)
{
	struct event_batch *batch = &vcpu->batch;

	event_bytes(vcpu, TEAVMX_EVENT_TYPE_TEA_REFUSED, bytes, size);
	batch->records[batch->count - 1].refusal = refusal;
}

/**
 * event_request() - record an access to a host port
 * @vcpu: the vCPU
 * @port: the port
 * @request: the request that the access makes
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
 * @snapshot: as in struct vcpu_result, or NULL; it is copied, and the record is
 *	without it when there is no memory
 */
void event_vmx(struct teavmx_vcpu *vcpu, const struct vmx_exit *exit,
	       const struct vmx_snapshot *snapshot)
{
	struct event_record *record;

	record = new_record(vcpu, exit->entered ? TEAVMX_EVENT_TYPE_VMX_EXIT :
						  TEAVMX_EVENT_TYPE_VMX_FAIL);
	record->exit = *exit;
	/*
	 * A guest causes this allocation, so it fails at the limit of the VM's
	 * memory cgroup. Otherwise the kernel would kill a process there.
	 */
	if (snapshot)
		record->snapshot = kmemdup(snapshot, sizeof(*snapshot),
					   GFP_KERNEL_ACCOUNT |
					   __GFP_RETRY_MAYFAIL | __GFP_NOWARN);
}

/**
 * event_fast_exits() - record the exits that the fast path has answered
 * @vcpu: the vCPU
 * @fastpath: the exits of its last guest run
 */
void event_fast_exits(struct teavmx_vcpu *vcpu,
		      const struct vmx_fastpath *fastpath)
{
	unsigned int i;

	for (i = 0; i < fastpath->count; i++) {
		const struct fastpath_exit *exit = &fastpath->exits[i];
		u64 time = vmx_fastpath_time(fastpath, exit);
		struct event_record *record;

		record = new_record_at(vcpu, TEAVMX_EVENT_TYPE_VMX_EXIT, time);
		vmx_fastpath_exit(exit, &record->exit);
	}
}

/**
 * event_host_changed() - record that host state differs after a guest run
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
