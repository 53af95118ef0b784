// SPDX-License-Identifier: GPL-2.0-only
#include "event.h"
#include "event/stream.h"
#include "trace/trace.h"
#include "vcpu.h"
#include "vm.h"
#include "vmx/audit.h"
#include "vmx/fastpath.h"
#include "vmx/snapshot.h"

#include <linux/freezer.h>
#include <linux/gfp.h>
#include <linux/sched.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/timekeeping.h>
#include <asm/msr.h>

/*
 * What runs a vCPU, its thread or a process in a slice, collects records in its
 * batch; a flush gives them their numbers, puts them into the VM's log and has
 * the streams of the VM send them. All of it is process context. Sending happens
 * under the log's mutex, so that readers get the records of several vCPUs in the
 * order of their numbers.
 */

/**
 * event_batch_init() - allocate the memory for the records of a new vCPU
 * @batch: the batch, all zeros
 *
 * Return: 0 or -ENOMEM.
 */
int event_batch_init(struct event_batch *batch)
{
	batch->chunk = (void *)__get_free_page(GFP_KERNEL_ACCOUNT);
	if (!batch->chunk)
		return -ENOMEM;
	batch->chunk->used = 0;
	return 0;
}

/**
 * event_batch_free() - free the memory of a batch whose records are in the log
 * @batch: the batch; may be without memory
 */
void event_batch_free(struct event_batch *batch)
{
	free_page((unsigned long)batch->chunk);
	batch->chunk = NULL;
}

/* Records may stay in the batch of a busy vCPU for so long. */
#define EVENT_MAX_AGE_NS (20 * NSEC_PER_MSEC)

static const struct event_record *batch_record(const struct event_batch *batch,
					       unsigned int offset)
{
	return (const void *)batch->chunk->data + offset;
}

static unsigned int batch_room(const struct event_batch *batch)
{
	return EVENT_CHUNK_SIZE - batch->chunk->used;
}

static void batch_copy(const struct event_batch *batch, struct event_log *log)
{
	const struct event_record *record;
	unsigned int at;

	for (at = 0; at < batch->chunk->used; at += record->size) {
		record = batch_record(batch, at);
		event_log_add(log, record);
	}
}

/* The log's memory is charged to the VM's memory cgroup. */
static void batch_move(struct event_batch *batch, struct teavmx_vm *vm)
{
	struct mem_cgroup *memcg = set_active_memcg(vm->memcg);

	if (batch->count < EVENT_ADOPT)
		batch_copy(batch, vm->log);
	else
		event_log_adopt(vm->log, &batch->chunk, batch->count);
	event_log_add_snapshot(vm->log, batch->snapshot);
	set_active_memcg(memcg);
	batch->snapshot = NULL;
	batch->count = 0;
	batch->chunk->used = 0;
	batch->text = NULL;
}

/**
 * event_flush_locked() - put a vCPU's records into the log and send them
 * @vcpu: the vCPU; called by what uses its batch (see struct event_batch)
 *
 * Context: the lock of the VM's log is held.
 */
void event_flush_locked(struct teavmx_vcpu *vcpu)
{
	struct event_batch *batch = &vcpu->batch;
	struct event_log *log = vcpu->vm->log;

	lockdep_assert_held(&log->lock);
	batch_move(batch, vcpu->vm);
	event_log_deliver(log);
	stats_add_delivery(&vcpu->stats, batch->locked);
}

/*
 * Would the records of the batch, and so many more, push out what a stream has not
 * sent? A process that handles a request does not wait for that.
 */
static bool event_must_wait(const struct teavmx_vcpu *vcpu, unsigned int more)
{
	const struct event_log *log = vcpu->vm->log;

	return log->lossless && vcpu->task == current && !vcpu_killed(vcpu) &&
	       READ_ONCE(log->next) + vcpu->batch.count + more >
	       log->size + min(READ_ONCE(log->wanted), U64_MAX - log->size);
}

static void event_lock_room(struct teavmx_vcpu *vcpu, unsigned int more)
{
	struct event_log *log = vcpu->vm->log;

	vcpu->batch.locked = rdtsc();
	mutex_lock(&log->lock);
	while (event_must_wait(vcpu, more)) {
		mutex_unlock(&log->lock);
		wait_event_freezable(log->room, !event_must_wait(vcpu, more));
		mutex_lock(&log->lock);
	}
}

/**
 * event_lock() - lock the log of a vCPU's VM, with room for the records of the batch
 * @vcpu: the vCPU; called by what uses its batch (see struct event_batch)
 *
 * If the VM is lossless, the vCPU's thread waits until there is room.
 *
 * Context: may sleep; vm->lock is not held.
 */
void event_lock(struct teavmx_vcpu *vcpu)
{
	event_lock_room(vcpu, 0);
}

/**
 * event_flush() - as event_flush_locked(), but takes the lock by event_lock()
 * @vcpu: the vCPU; called by what uses its batch (see struct event_batch)
 */
void event_flush(struct teavmx_vcpu *vcpu)
{
	if (!vcpu->batch.count)
		return;
	event_lock(vcpu);
	event_flush_locked(vcpu);
	mutex_unlock(&vcpu->vm->log->lock);
}

/**
 * event_flush_for() - as event_flush(), and wait for room for some more records
 * @vcpu: the vCPU; called by what uses its batch (see struct event_batch)
 * @more: how many, so that they can be flushed by event_flush_now(); at most 64
 */
void event_flush_for(struct teavmx_vcpu *vcpu, unsigned int more)
{
	event_lock_room(vcpu, more);
	event_flush_locked(vcpu);
	mutex_unlock(&vcpu->vm->log->lock);
}

/**
 * event_flush_now() - as event_flush(), but never waits for room
 * @vcpu: the vCPU; called by what uses its batch (see struct event_batch)
 */
void event_flush_now(struct teavmx_vcpu *vcpu)
{
	vcpu->batch.locked = rdtsc();
	mutex_lock(&vcpu->vm->log->lock);
	event_flush_locked(vcpu);
	mutex_unlock(&vcpu->vm->log->lock);
}

/**
 * event_flush_old() - as event_flush(), once the oldest record has waited
 * @vcpu: the vCPU; called by what uses its batch (see struct event_batch)
 */
void event_flush_old(struct teavmx_vcpu *vcpu)
{
	const struct event_batch *batch = &vcpu->batch;

	if (batch->count &&
	    ktime_get_ns() - batch_record(batch, 0)->time >= EVENT_MAX_AGE_NS)
		event_flush(vcpu);
}

static struct event_record *batch_end(const struct event_batch *batch)
{
	return (void *)batch->chunk->data + batch->chunk->used;
}

/* A record of @size bytes that needs @count numbers; the rest is not set. */
static struct event_record *new_record_at(struct teavmx_vcpu *vcpu, u8 type,
					  unsigned int size, unsigned int count,
					  u64 time)
{
	struct event_batch *batch = &vcpu->batch;
	struct event_record *record;

	if (size > batch_room(batch))
		event_flush(vcpu);
	record = batch_end(batch);
	batch->chunk->used += size;
	batch->count += count;
	record->time = time;
	record->vcpu = vcpu->id;
	record->type = type;
	record->pid = vcpu->pid;
	record->size = size;
	return record;
}

static struct event_record *new_record(struct teavmx_vcpu *vcpu,
				       enum teavmx_event_type type,
				       unsigned int size)
{
	return new_record_at(vcpu, type, size, 1, ktime_get_ns());
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

	record = new_record(vcpu, TEAVMX_EVENT_TYPE_STATE, EVENT_SIZE(state));
	record->state = (struct event_state){
		.state = state,
		.stop = vcpu->stop,
		.port = port,
	};
	trace_vcpu_state(vcpu->vm->id, vcpu->id, state, vcpu->stop, port);
}

static struct event_record *new_text(struct teavmx_vcpu *vcpu,
				     enum teavmx_event_type type)
{
	struct event_record *record = new_record(vcpu, type, EVENT_SIZE(text));

	record->text.size = 0;
	return record;
}

/**
 * event_text() - record characters of display text or serial output
 * @vcpu: the vCPU
 * @type: TEAVMX_EVENT_TYPE_TEA_TEXT or _TEA_SERIAL
 * @bytes: what was written
 * @size: bytes at @bytes
 *
 * Characters share a record until it is full or flushed; so among VMX exits
 * a character may stand somewhat before the exit that wrote it.
 */
void event_text(struct teavmx_vcpu *vcpu, enum teavmx_event_type type,
		const u8 *bytes, size_t size)
{
	struct event_batch *batch = &vcpu->batch;
	struct event_text *text;
	size_t part;

	for (; size; size -= part, bytes += part) {
		if (!batch->text || batch->text->type != type)
			batch->text = new_text(vcpu, type);
		text = &batch->text->text;
		part = min_t(size_t, size, EVENT_BYTES - text->size);
		memcpy(text->bytes + text->size, bytes, part);
		text->size += part;
		if (text->size == EVENT_BYTES)
			batch->text = NULL;
	}
}

static struct event_text *new_bytes(struct teavmx_vcpu *vcpu,
				    enum teavmx_event_type type,
				    const u8 *bytes, size_t size)
{
	struct event_text *text = &new_text(vcpu, type)->text;

	text->size = min_t(size_t, size, EVENT_BYTES);
	memcpy(text->bytes, bytes, text->size);
	/* Text after it must not join text from before. */
	vcpu->batch.text = NULL;
	return text;
}

/**
 * event_bytes() - record an exit message, a packet or a reply
 * @vcpu: the vCPU
 * @type: TEAVMX_EVENT_TYPE_TEA_EXIT, _TEA_PACKET or _TEA_REPLY
 * @bytes: the bytes
 * @size: at most EVENT_BYTES
 */
void event_bytes(struct teavmx_vcpu *vcpu, enum teavmx_event_type type,
		 const u8 *bytes, size_t size)
{
	new_bytes(vcpu, type, bytes, size);
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
	new_bytes(vcpu, TEAVMX_EVENT_TYPE_TEA_REFUSED, bytes,
		  size)->refusal = refusal;
}

/**
 * event_request() - record an access to a host port
 * @vcpu: the vCPU
 * @request: the request that the access makes
 */
void event_request(struct teavmx_vcpu *vcpu,
		   const struct event_request *request)
{
	struct event_record *record;

	record = new_record(vcpu, TEAVMX_EVENT_TYPE_PORT_REQUEST,
			    EVENT_SIZE(request));
	record->request = *request;
	/* Text after it must not join text from before. */
	vcpu->batch.text = NULL;
}

/**
 * event_vmx() - record a VMX exit, or a VM entry that failed with VMfail
 * @vcpu: the vCPU
 * @exit: the exit or the failure
 * @snapshot: as in struct vcpu_result, or NULL; it is copied, and the record is
 *	without it when there is no memory
 * @time: ktime_get_ns() when it occurred
 */
void event_vmx(struct teavmx_vcpu *vcpu, const struct vmx_exit *exit,
	       const struct vmx_snapshot *snapshot, u64 time)
{
	struct event_record *record;

	record = new_record_at(vcpu,
			       exit->entered ? TEAVMX_EVENT_TYPE_VMX_EXIT :
					       TEAVMX_EVENT_TYPE_VMX_FAIL,
			       EVENT_SIZE(exit), 1, time);
	record->exit = *exit;
	if (!snapshot)
		return;
	vcpu->batch.snapshot = kmemdup(snapshot, sizeof(*snapshot), EVENT_GFP);
	/* The batch has room for one snapshot. */
	event_flush(vcpu);
}

/*
 * A guest run has room for so many exits at least. What begins and ends a run then
 * takes 40 instructions of each exit; with an empty batch, half as many.
 */
#define EVENT_FAST_MIN 64

/**
 * event_fast_open() - choose where the fast path writes the next guest run's exits
 * @vcpu: the vCPU; called by what uses its batch (see struct event_batch)
 * @fastpath: receives the place, which is behind the last record of the batch
 *
 * There must be no other record before event_fast_exits() is called.
 */
void event_fast_open(struct teavmx_vcpu *vcpu, struct vmx_fastpath *fastpath)
{
	struct event_batch *batch = &vcpu->batch;

	if (batch_room(batch) < EVENT_FAST_SIZE(EVENT_FAST_MIN))
		event_flush(vcpu);
	fastpath->first = batch_end(batch)->fast.exits;
	fastpath->room = (batch_room(batch) - EVENT_FAST_SIZE(0)) /
			 sizeof(*fastpath->first);
}

/**
 * event_fast_exits() - make a record of exits that the fast path has answered
 * @vcpu: the vCPU
 * @fastpath: the exits of its last guest run, which event_fast_open() has prepared
 */
void event_fast_exits(struct teavmx_vcpu *vcpu,
		      const struct vmx_fastpath *fastpath)
{
	unsigned int count = vmx_fastpath_count(fastpath);
	struct event_record *record;

	if (!count)
		return;
	record = new_record_at(vcpu, EVENT_FAST_EXITS, EVENT_FAST_SIZE(count),
			       count, fastpath->time);
	record->fast.tsc = fastpath->tsc;
	record->fast.cpu = fastpath->cpu;
	record->fast.entered = fastpath->entered;
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

	record = new_record(vcpu, TEAVMX_EVENT_TYPE_HOST_CHANGED,
			    EVENT_SIZE(change));
	record->change = (struct event_change){
		.item = change->item,
		.before = change->before,
		.after = change->after,
	};
}
