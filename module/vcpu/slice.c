// SPDX-License-Identifier: GPL-2.0-only
#include "slice.h"
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

/* A CPU with an earlier TSC ends the slice too. */
static bool vcpu_slice_is_over(u64 begin, unsigned int runs)
{
	return runs == SLICE_RUNS || need_resched() ||
	       signal_pending(current) || rdtsc() - begin >= SLICE_CYCLES;
}

/*
 * The guest runs in the calling process. That is not charged for the pages of
 * the guest, which belong to the creator of the VM, as in vcpu_thread().
 */
static void vcpu_run_here(struct teavmx_vcpu *vcpu, struct vcpu_result *result)
{
	struct mem_cgroup *memcg = set_active_memcg(vcpu->vm->memcg);
	u64 begin = rdtsc();
	unsigned int runs = 0;

	vcpu_begin_or_take(vcpu, result);
	while (result->kind == VCPU_CONTINUES &&
	       !vcpu_slice_is_over(begin, runs)) {
		vcpu_step_run(vcpu, result);
		runs++;
	}
	if (result->kind == VCPU_BROKEN)
		vcpu_end(result, TEA_EXIT_KILL);
	set_active_memcg(memcg);
	vcpu_leave(vcpu);
	/* A message may have many such requests. */
	cond_resched();
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

	vcpu->handed = *result;
	vcpu->takes_over = true;
	if (err) {
		vcpu_set_paused(vcpu, TEAVMX_STOP_REQUEST);
		return err;
	}
	set_bit(VCPU_REQUEST_RUN, &vcpu->requests);
	wake_up_process(vcpu->task);
	return 0;
}

/* The end of a vCPU that has no thread */
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
	else if (result->kind == VCPU_ENDED && !vcpu->task)
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
	if (result->kind == VCPU_ENDED && !vcpu->task)
		slice->state = TEAVMX_VCPU_STATE_EXITED;
	if (result->kind != VCPU_PAUSED)
		return;
	slice->state = TEAVMX_VCPU_STATE_PAUSED;
	slice->stop = result->stop;
	slice->has_exit = vcpu_paused_by_exit(vcpu) && result->exit;
	if (slice->has_exit)
		slice->exit = *result->exit;
}

static bool vcpu_begin_slice(struct teavmx_vcpu *vcpu)
{
	return vcpu->backend->enter && vcpu->backend->enter(vcpu, SLICE_CYCLES);
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
	struct teavmx_vm *vm = vcpu->vm;
	struct vcpu_result result;
	int err;

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
	vcpu_set_running(vcpu);
	WRITE_ONCE(vcpu->runner, current);
	mutex_unlock(&vm->lock);
	vcpu_run_here(vcpu, &result);
	mutex_lock(&vm->lock);
	err = vcpu_end_slice(vcpu, &result, extack);
	if (slice)
		vcpu_fill_slice(vcpu, &result, slice);
	return err;
}
