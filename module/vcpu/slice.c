// SPDX-License-Identifier: GPL-2.0-only
#include "slice.h"
#include "../event.h"
#include "../payload/payload.h"
#include "../vcpu.h"
#include "../vm.h"

#include <linux/sched.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <asm/msr.h>

/*
 * A slice is the beginning of a run that the process which requests it executes itself,
 * in place of the vCPU's thread. So a guest that soon stops needs no thread.
 */

/*
 * How long a request runs a guest before a thread does: cycles of the TSC, and
 * guest runs. A thread costs about so many cycles, on fast and slow CPUs, so a
 * shorter slice would save less than it can, and a longer one delays the caller.
 * They are 50 us at 3 GHz.
 */
#define SLICE_CYCLES	150000
#define SLICE_RUNS	32
/* A batch begins no run after so many cycles, which are 1 ms at 3 GHz. */
#define BATCH_CYCLES	3000000

/* A CPU with an earlier TSC ends the slice too. */
static bool vcpu_slice_is_over(u64 begin, unsigned int runs)
{
	return runs == SLICE_RUNS || need_resched() ||
	       signal_pending(current) || rdtsc() - begin >= SLICE_CYCLES;
}

/*
 * The guest runs in the calling process. That is not charged for the pages of
 * the guest, which belong to the creator of the VM, as in vcpu_thread(). vm->lock
 * is released meanwhile.
 */
static void vcpu_run_here(struct teavmx_vcpu *vcpu, struct vcpu_result *result)
{
	struct mem_cgroup *memcg = set_active_memcg(vcpu->vm->memcg);
	u64 begin = rdtsc();
	unsigned int runs = 0;

	mutex_unlock(&vcpu->vm->lock);
	vcpu_begin_or_take(vcpu, result);
	while (result->kind == VCPU_CONTINUES &&
	       !vcpu_slice_is_over(begin, runs)) {
		vcpu_step_run(vcpu, result);
		runs++;
	}
	if (result->kind == VCPU_BROKEN)
		vcpu_end(result, TEA_EXIT_KILL);
	set_active_memcg(memcg);
	/* A message may have many such requests, and a request many such runs. */
	cond_resched();
	mutex_lock(&vcpu->vm->lock);
}

/*
 * The thread goes on with the run. A guest for which there is no thread pauses
 * as after VCPU_PAUSE: what it has done cannot be undone. What the slice has left
 * to the thread waits for the next run.
 */
static int vcpu_hand_over(struct teavmx_vcpu *vcpu,
			  const struct vcpu_result *result,
			  struct netlink_ext_ack *extack)
{
	int err = vcpu->task ? 0 : vcpu_new_thread(vcpu, extack);

	/* Without an exit that the thread has to take, the next run begins as usual. */
	vcpu->handed = *result;
	vcpu->takes_over = !err || result->kind == VCPU_THREAD;
	if (err) {
		vcpu_set_paused(vcpu, TEAVMX_STOP_REQUEST);
		return err;
	}
	set_bit(VCPU_REQUEST_RUN, &vcpu->requests);
	wake_up_process(vcpu->task);
	return 0;
}

/*
 * Does the request publish the end itself? The thread does if it has to end, too. One
 * of a vCPU that keeps its memory goes on waiting.
 */
static bool vcpu_ends_here(const struct teavmx_vcpu *vcpu,
			   const struct vcpu_result *result)
{
	return result->kind == VCPU_ENDED &&
	       (!vcpu->task || vcpu_keeps(vcpu, result->code));
}

static void vcpu_finish_here(struct teavmx_vcpu *vcpu, u8 code)
{
	if (!vcpu_finish(vcpu, code))
		complete_all(&vcpu->done);
}

/*
 * Ends the slice: the vCPU pauses, ends, or runs on in its thread. Nothing kills
 * it meanwhile, as that takes vm->lock.
 */
static int vcpu_end_slice(struct teavmx_vcpu *vcpu, struct vcpu_result *result,
			  struct netlink_ext_ack *extack)
{
	int err = 0;

	if (vcpu_killed(vcpu) && result->kind != VCPU_ENDED)
		vcpu_end(result, TEA_EXIT_KILL);
	if (result->kind == VCPU_PAUSED)
		vcpu_set_paused(vcpu, result->stop);
	else if (vcpu_ends_here(vcpu, result))
		vcpu_finish_here(vcpu, result->code);
	else
		err = vcpu_hand_over(vcpu, result, extack);
	/* Before this a thread that was killed waits for its VCPU_REQUEST_RUN. */
	WRITE_ONCE(vcpu->runner, NULL);
	return err;
}

static void vcpu_fill_slice(struct teavmx_vcpu *vcpu,
			    const struct vcpu_result *result,
			    struct vcpu_slice *slice)
{
	if (vcpu_ends_here(vcpu, result))
		slice->state = TEAVMX_VCPU_STATE_EXITED;
	if (result->kind != VCPU_PAUSED)
		return;
	slice->state = TEAVMX_VCPU_STATE_PAUSED;
	slice->stop = result->stop;
	slice->has_exit = vcpu_paused_by_exit(vcpu) && result->exit;
	if (slice->has_exit)
		slice->exit = *result->exit;
}

/*
 * A request must not wait for a stream, so the thread runs the guest of a lossless VM. A
 * process under a debugger has its thread first: it stops between two instructions only,
 * and so it cannot pause where a slice ended because there is no thread.
 */
static bool vcpu_begin_slice(struct teavmx_vcpu *vcpu)
{
	return !(vcpu->vm->flags & TEAVMX_VM_FLAGS_LOSSLESS) &&
	       (vcpu->task || !vcpu->vm->payload->debugged(vcpu)) &&
	       vcpu->backend->enter && vcpu->backend->enter(vcpu, SLICE_CYCLES);
}

static void batch_add(struct vcpu_batch *batch, const struct teavmx_vcpu *vcpu)
{
	struct vcpu_end *end = &batch->ends[batch->done++];

	end->steps = vcpu->process.steps;
	end->size = vcpu->message_size;
	memcpy(end->message, vcpu->message, sizeof(end->message));
}

static struct payload_arguments batch_arguments(const struct vcpu_batch *batch)
{
	return (struct payload_arguments){
		.bytes = batch->arguments + batch->done * batch->size,
		.size = batch->size,
	};
}

/*
 * What ends a batch before its last run. A reader of the log that is woken now does not
 * lose records.
 */
static bool batch_is_over(const struct teavmx_vcpu *vcpu,
			  const struct vcpu_batch *batch)
{
	const struct event_log *log = vcpu->vm->log;

	return batch->done + 1 == batch->count || signal_pending(current) ||
	       rdtsc() - batch->begin >= BATCH_CYCLES ||
	       READ_ONCE(log->next) + vcpu->batch.count - batch->first_event >=
	       log->size / 4 * 3;
}

/*
 * Ends a run of a batch and takes the vCPU back to its launch, or returns false when
 * the batch ends with this run. The records are those of single runs. The state
 * remains RUNNING, which it becomes again before another process can see it.
 */
static bool vcpu_next_run(struct teavmx_vcpu *vcpu, struct vcpu_batch *batch,
			  struct vcpu_result *result)
{
	struct payload_arguments arguments;
	int code;

	if (result->kind != VCPU_ENDED || vcpu_killed(vcpu) ||
	    batch_is_over(vcpu, batch) || !vm_is_alone(vcpu))
		return false;
	stats_end_handler(&vcpu->stats);
	vcpu->vm->payload->finish(vcpu, result->code);
	if (vcpu->message[TEA_MESSAGE_MIN - 1] != TEA_EXIT_NORMAL)
		return false;
	event_state(vcpu, TEAVMX_VCPU_STATE_EXITED, 0);
	batch_add(batch, vcpu);
	arguments = batch_arguments(batch);
	code = vcpu_rewind(vcpu, &arguments);
	event_state(vcpu, TEAVMX_VCPU_STATE_READY, 0);
	event_state(vcpu, TEAVMX_VCPU_STATE_RUNNING, 0);
	if (code)
		vcpu_end(result, code);
	return !code;
}

static int vcpu_slice_or_batch(struct teavmx_vcpu *vcpu,
			       struct vcpu_batch *batch,
			       struct vcpu_slice *slice,
			       struct netlink_ext_ack *extack)
{
	struct vcpu_result result;
	int err;

	vcpu_set_running(vcpu);
	WRITE_ONCE(vcpu->runner, current);
	do {
		vcpu_run_here(vcpu, &result);
	} while (batch && vcpu_next_run(vcpu, batch, &result));
	vcpu_leave(vcpu);
	err = vcpu_end_slice(vcpu, &result, extack);
	if (slice)
		vcpu_fill_slice(vcpu, &result, slice);
	return err;
}

/**
 * vcpu_run_slice() - run a ready or paused vCPU in the caller for a moment
 * @vcpu: the vCPU
 * @bounds: as for vcpu_run()
 * @slice: receives what that led to; may be NULL
 * @extack: receives a message on failure
 *
 * When the guest has not stopped by the end of the slice, its thread goes on.
 * A vCPU that cannot run here is run by its thread from the beginning.
 *
 * Context: a process, which has a reference to the VM. vm->lock is held, is
 * released meanwhile, and is held again at the end. The vCPU is valid until it is
 * released then, also if the VM was deleted meanwhile.
 *
 * Return: as vcpu_run(). After an errno of thread_create() the guest may have
 * run, and is paused then.
 */
int vcpu_run_slice(struct teavmx_vcpu *vcpu, const struct vcpu_bounds *bounds,
		   struct vcpu_slice *slice, struct netlink_ext_ack *extack)
{
	if (slice)
		*slice = (struct vcpu_slice){
			.state = TEAVMX_VCPU_STATE_RUNNING,
		};
	if (!vcpu_is_stopped(vcpu))
		return -EBUSY;
	vcpu_await_record(vcpu);
	if (!vcpu_begin_slice(vcpu)) {
		event_flush(vcpu);
		return vcpu_run(vcpu, bounds, extack);
	}
	vcpu_set_bounds(vcpu, bounds);
	return vcpu_slice_or_batch(vcpu, NULL, slice, extack);
}

/**
 * vcpu_run_batch() - reset a vCPU and run its program, many times
 * @vcpu: the vCPU, which vcpu_need_resettable() has accepted
 * @batch: the arguments of each run; receives the ends of those that have ended
 * @slice: receives what that led to, as from vcpu_run_slice()
 * @extack: receives a message on failure
 *
 * The first run that does not end within a slice is the last one, and goes on as after
 * vcpu_run_slice(). So is one whose exit code is not 0. The batch also ends early after
 * BATCH_CYCLES or with three quarters of the log written, for a signal, when the vCPU
 * is killed, and when its VM gets another process.
 *
 * Context: as vcpu_run_slice().
 *
 * Return: as vcpu_run_slice(). After an errno of thread_create() the ends of earlier
 * runs are in the log only.
 */
int vcpu_run_batch(struct teavmx_vcpu *vcpu, struct vcpu_batch *batch,
		   struct vcpu_slice *slice, struct netlink_ext_ack *extack)
{
	static const struct vcpu_bounds unbounded;
	struct payload_arguments arguments = batch_arguments(batch);
	int err = 0;

	*slice = (struct vcpu_slice){ .state = TEAVMX_VCPU_STATE_RUNNING };
	batch->begin = rdtsc();
	event_log_first(vcpu->vm->log, &batch->first_event);
	vcpu_reset(vcpu, &arguments);
	if (vcpu_state(vcpu) == TEAVMX_VCPU_STATE_EXITED) {
		slice->state = TEAVMX_VCPU_STATE_EXITED;
	} else if (vcpu_begin_slice(vcpu)) {
		vcpu_set_bounds(vcpu, &unbounded);
		err = vcpu_slice_or_batch(vcpu, batch, slice, extack);
	} else {
		return vcpu_run(vcpu, &unbounded, extack);
	}
	if (slice->state == TEAVMX_VCPU_STATE_EXITED)
		batch_add(batch, vcpu);
	return err;
}
