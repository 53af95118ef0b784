// SPDX-License-Identifier: GPL-2.0-only
#include "vcpu.h"
#include "memory/pages.h"
#include "payload/payload.h"
#include "refuse.h"
#include "thread.h"
#include "vmx/audit.h"

#include <linux/freezer.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/memcontrol.h>
#include <linux/sched.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/string.h>

/*
 * A vCPU gets a kernel thread with its first VCPU_RUN. That runs its guest until
 * the program ends. A VCPU_RUN with a slice runs the guest itself first, and the
 * vCPU gets its thread when the guest has not stopped by then. The structure
 * remains after the end, with its state and final registers but without guest
 * memory, until the VM is deleted or vm_new_vcpu() needs its place. A vCPU
 * that was created to be reset also keeps its memory and its thread, until it is
 * killed.
 */

u8 vcpu_state(const struct teavmx_vcpu *vcpu)
{
	return READ_ONCE(vcpu->state);
}

/**
 * vcpu_set_state() - change a vCPU's state and publish it
 * @vcpu: the vCPU; called by its thread, or by a request under vm->lock while
 *	the thread does not run
 * @state: enum teavmx_vcpu_state
 * @port: port that holds it while sleeping or waiting, else 0
 *
 * State and record change together under the log's lock: a reader that sees a
 * new state other than RUNNING finds its record, and all earlier ones, in the
 * log, and a reader that finds the record sees the state.
 *
 * Context: may sleep.
 */
void vcpu_set_state(struct teavmx_vcpu *vcpu, u8 state, u16 port)
{
	struct event_log *log = vcpu->vm->log;

	stats_end_handler(&vcpu->stats);
	event_state(vcpu, state, port);
	event_lock(vcpu);
	spin_lock(&vcpu->lock);
	/* Pairs with smp_load_acquire() in vcpu_is_stopped(). */
	smp_store_release(&vcpu->state, state);
	vcpu->port = port;
	spin_unlock(&vcpu->lock);
	if (state != TEAVMX_VCPU_STATE_RUNNING)
		event_flush_locked(vcpu);
	mutex_unlock(&log->lock);
}

static void vcpu_free_memory(struct teavmx_vcpu *vcpu)
{
	vcpu->backend->destroy(vcpu);
	space_destroy(&vcpu->space);
	vm_place_ends(vcpu);
}

/**
 * vcpu_finish() - publish the end of the program, and free its memory unless it is kept
 * @vcpu: the vCPU
 * @code: exit code
 *
 * It is called once for each end: by the thread, or where that does not run when a
 * request has run the guest, the launch fails or the vCPU is killed.
 *
 * Context: may sleep.
 *
 * Return: true when the memory is kept.
 */
bool vcpu_finish(struct teavmx_vcpu *vcpu, u8 code)
{
	bool kept = vcpu_keeps(vcpu, code);

	/* A batch of runs may have done so to see how this one has ended. */
	if (!vcpu->message_size)
		vcpu->vm->payload->finish(vcpu, code);
	if (!kept) {
		vcpu->keep = false;
		vcpu_free_memory(vcpu);
	}
	vm_process_ends(vcpu);
	vcpu_set_state(vcpu, TEAVMX_VCPU_STATE_EXITED, 0);
	if (!kept)
		event_batch_free(&vcpu->batch);
	return kept;
}

/* The program ended before, and its memory was kept. */
static void vcpu_free_kept(struct teavmx_vcpu *vcpu)
{
	vcpu_free_memory(vcpu);
	event_batch_free(&vcpu->batch);
}

/*
 * A change of host state is a fault of the module, so it goes to the kernel's
 * log too: events reach only processes that listen.
 */
static void vcpu_report_changes(struct teavmx_vcpu *vcpu,
				const struct audit *audit)
{
	struct audit_change change = { };

	for (; audit_next(audit, &change); change.item++) {
		event_host_changed(vcpu, &change);
		pr_err_ratelimited("VM %u vCPU %u: host state changed: %s from 0x%llx to 0x%llx\n",
				   vcpu->vm->id, vcpu->id,
				   audit_name(change.item), change.before,
				   change.after);
	}
}

static void vcpu_count_exit(struct teavmx_vcpu *vcpu,
			    struct vcpu_result *result)
{
	struct vcpu_bounds *bounds = &vcpu->bounds;

	if (bounds->exits && !--bounds->exits)
		vcpu_reached(result, TEAVMX_STOP_EXITS);
}

/* Adds a guest run to the counters and its events to the batch. */
static void vcpu_record(struct teavmx_vcpu *vcpu, struct vcpu_result *result)
{
	stats_add_run(&vcpu->stats, result);
	if (result->fastpath)
		event_fast_exits(vcpu, result->fastpath);
	vcpu_report_changes(vcpu, result->audit);
	if (!result->exit)
		return;
	if (result->exit->entered)
		vcpu_count_exit(vcpu, result);
	event_vmx(vcpu, result->exit, result->snapshot,
		  result->exit->entered ? vmx_fastpath_left(result->fastpath) :
					  ktime_get_ns());
}

/*
 * Handles the requests of other threads. A vCPU that is killed gets the result
 * of one that the engine cannot run any more: vcpu_run_until_stop() ends both
 * with TEA_EXIT_KILL, so that each has exactly one exit message.
 */
static void vcpu_take_requests(struct teavmx_vcpu *vcpu,
			       struct vcpu_result *result)
{
	if (vcpu_killed(vcpu))
		result->kind = VCPU_BROKEN;
	else if (test_and_clear_bit(VCPU_REQUEST_PAUSE, &vcpu->requests))
		vcpu->vm->payload->pause(vcpu, result);
}

static void vcpu_run_guest(struct teavmx_vcpu *vcpu, struct vcpu_result *result)
{
	if (!result->exit) {
		vcpu->backend->run(vcpu, result);
		vcpu_record(vcpu, result);
	}
	if (result->kind == VCPU_EXIT || result->kind == VCPU_FAILED)
		vcpu->vm->payload->exit(vcpu, result);
	if (result->kind == VCPU_CONTINUES && result->stop)
		result->kind = VCPU_PAUSED;
	/* All others make a record of the next state, which flushes the batch. */
	if (result->kind == VCPU_CONTINUES)
		event_flush_old(vcpu);
}

/*
 * A guest run that a process has left to the thread: all of it, or after its exit
 * was recorded only what the payload does about that.
 */
static void vcpu_complete_run(struct teavmx_vcpu *vcpu,
			      struct vcpu_result *result)
{
	*result = (struct vcpu_result){
		.kind = result->exit ? VCPU_EXIT : VCPU_CONTINUES,
		.stop = result->stop,
		.exit = result->exit,
	};
	vcpu_run_guest(vcpu, result);
}

/**
 * vcpu_step_run() - one guest run, unless a request of another thread forbids it
 * @vcpu: the vCPU; called by its thread, or by the process that runs it
 * @result: of the last run; receives the result. Requests do not come between the
 *	parts of a run
 *
 * Context: may sleep.
 */
void vcpu_step_run(struct teavmx_vcpu *vcpu, struct vcpu_result *result)
{
	if (result->kind == VCPU_THREAD) {
		vcpu_complete_run(vcpu, result);
		return;
	}
	*result = (struct vcpu_result){ };
	vcpu_take_requests(vcpu, result);
	if (result->kind == VCPU_CONTINUES)
		vcpu_run_guest(vcpu, result);
}

/*
 * Runs the guest until the vCPU has to pause or the program ended. A preemption is no
 * quiescent state of RCU-tasks, for which the kernel waits when it changes its own code.
 */
static void vcpu_run_until_stop(struct teavmx_vcpu *vcpu,
				struct vcpu_result *result)
{
	while (result->kind == VCPU_CONTINUES || result->kind == VCPU_THREAD) {
		vcpu_step_run(vcpu, result);
		try_to_freeze();
		cond_resched_tasks_rcu_qs();
	}
	if (result->kind == VCPU_BROKEN)
		vcpu_end(result, TEA_EXIT_KILL);
}

/**
 * vcpu_set_running() - publish that a run begins, unless the vCPU was killed
 * @vcpu: as for vcpu_set_state()
 *
 * Context: may sleep.
 */
void vcpu_set_running(struct teavmx_vcpu *vcpu)
{
	if (vcpu_killed(vcpu))
		return;
	vcpu->stop = TEAVMX_STOP_NONE;
	vcpu_set_state(vcpu, TEAVMX_VCPU_STATE_RUNNING, 0);
}

static void vcpu_begin(struct teavmx_vcpu *vcpu, struct vcpu_result *result)
{
	*result = (struct vcpu_result){ };
	if (!vcpu_killed(vcpu))
		vcpu->vm->payload->begin(vcpu, result);
}

/* While a request runs the guest, that handles a kill, and wakes the thread. */
static void vcpu_wait_for_run(struct teavmx_vcpu *vcpu)
{
	vcpu_wait((vcpu_killed(vcpu) && !READ_ONCE(vcpu->runner)) ||
		  test_bit(VCPU_REQUEST_RUN, &vcpu->requests));
}

/**
 * vcpu_leave() - the caller, which ran the guest, does so no more for now
 * @vcpu: the vCPU; called by its thread, or by the process that has run it
 */
void vcpu_leave(struct teavmx_vcpu *vcpu)
{
	if (vcpu->backend->leave)
		vcpu->backend->leave(vcpu);
}

/**
 * vcpu_set_paused() - publish that a vCPU is paused
 * @vcpu: as for vcpu_set_state()
 * @stop: enum teavmx_stop
 *
 * Context: may sleep.
 */
void vcpu_set_paused(struct teavmx_vcpu *vcpu, u8 stop)
{
	vcpu->stop = stop;
	vcpu_set_state(vcpu, TEAVMX_VCPU_STATE_PAUSED, 0);
}

/**
 * vcpu_begin_or_take() - begin a run, or go on with one that a slice has begun
 * @vcpu: the vCPU; called by its thread, or by the process that runs it
 * @result: receives the result for the first vcpu_step_run()
 */
void vcpu_begin_or_take(struct teavmx_vcpu *vcpu, struct vcpu_result *result)
{
	if (!vcpu->takes_over) {
		vcpu_begin(vcpu, result);
		return;
	}
	vcpu->takes_over = false;
	*result = vcpu->handed;
}

/* After a slice it is running already, unless that found no thread. */
static void vcpu_take_run(struct teavmx_vcpu *vcpu, struct vcpu_result *result)
{
	if (vcpu_state(vcpu) != TEAVMX_VCPU_STATE_RUNNING)
		vcpu_set_running(vcpu);
	/*
	 * Pairs with test_bit_acquire() in vcpu_run_waits(): who finds the bit
	 * clear does not find the state before the run.
	 */
	clear_bit_unlock(VCPU_REQUEST_RUN, &vcpu->requests);
	vcpu_begin_or_take(vcpu, result);
}

/* Waits until the next run, or returns false when the vCPU ends. */
static bool vcpu_wait_after(struct teavmx_vcpu *vcpu,
			    const struct vcpu_result *result)
{
	if (result->kind != VCPU_ENDED)
		vcpu_set_paused(vcpu, result->stop);
	else if (!vcpu_finish(vcpu, result->code))
		return false;
	vcpu_wait_for_run(vcpu);
	/*
	 * One that has exited, also by a reset with bad arguments, has had its
	 * exit message. Another one that is killed gets it from the next run.
	 */
	if (!vcpu_killed(vcpu) ||
	    vcpu_state(vcpu) != TEAVMX_VCPU_STATE_EXITED)
		return true;
	vcpu_free_kept(vcpu);
	return false;
}

static int vcpu_thread(void *data)
{
	struct teavmx_vcpu *vcpu = data;
	struct vcpu_result result;

	/* thread_create() could not move it to the creator's control groups. */
	if (kthread_should_stop())
		return 0;
	set_freezable();
	/*
	 * Charge this thread's allocations, and those for processes that its
	 * program launches, to the memory cgroup of the VM.
	 */
	set_active_memcg(vcpu->vm->memcg);
	vcpu_wait_for_run(vcpu);
	do {
		vcpu_take_run(vcpu, &result);
		vcpu_run_until_stop(vcpu, &result);
		vcpu_leave(vcpu);
	} while (vcpu_wait_after(vcpu, &result));
	complete_all(&vcpu->done);
	return 0;
}

/**
 * vcpu_new_thread() - make the thread of a vCPU that has none
 * @vcpu: the vCPU
 * @extack: receives a message on failure
 *
 * Context: vm->lock is held; may sleep.
 *
 * Return: 0 or an errno of thread_create().
 */
int vcpu_new_thread(struct teavmx_vcpu *vcpu, struct netlink_ext_ack *extack)
{
	struct task_struct *task;

	task = thread_create(vcpu_thread, vcpu, vcpu->vm->id, vcpu->id, extack);
	if (IS_ERR(task))
		return PTR_ERR(task);
	vcpu->task = task;
	return 0;
}

static void free_vcpu(struct teavmx_vcpu *vcpu)
{
	vcpu->backend->destroy(vcpu);
	space_destroy(&vcpu->space);
	vcpu->vm->payload->free(vcpu);
	cost_group_leave(&vcpu->stats.costs);
	kfree(vcpu->vmcs_writes);
	event_batch_free(&vcpu->batch);
	kvfree(vcpu);
}

static struct teavmx_vcpu *new_vcpu(struct teavmx_vm *vm, u32 id,
				    struct vcpu_params *params)
{
	struct teavmx_vcpu *vcpu = kvzalloc(sizeof(*vcpu), GFP_KERNEL_ACCOUNT);

	if (!vcpu)
		return NULL;
	if (event_batch_init(&vcpu->batch)) {
		kvfree(vcpu);
		return NULL;
	}
	cost_group_join(&vm->log->costs, &vcpu->stats.costs, id);
	vcpu->vm = vm;
	vcpu->id = id;
	vcpu->pid = params->pid;
	vcpu->apic_id = params->apic_id;
	vcpu->backend = params->backend;
	vcpu->space.pages = &vm->pages;
	spin_lock_init(&vcpu->lock);
	init_completion(&vcpu->done);
	inject_queue_init(&vcpu->injections);
	vcpu->vmcs_writes = params->writes;
	vcpu->vmcs_write_count = params->write_count;
	params->writes = NULL;
	vcpu->keep = params->keep;
	vcpu->engine = params->engine;
	return vcpu;
}

/* The message for an errno of a step that has not set a message itself. */
static const char *vcpu_refused(int err)
{
	if (pages_refused(err))
		return pages_refused(err);
	if (err == -ENOMEM)
		return "not enough memory for the vCPU";
	return "this CPU cannot enter VMX operation now; try again";
}

/**
 * vcpu_create() - create a vCPU and load its program
 * @vm: its VM
 * @id: its number
 * @params: the request; the pid is free and not 0
 * @extack: receives a message on failure
 *
 * A program that breaks a launch rule gives an exited vCPU with its exit
 * message.
 *
 * Context: vm->lock is held; may sleep.
 *
 * Return: the vCPU, to be freed by vcpu_destroy(), or an error pointer:
 * -EOPNOTSUPP when the back end cannot be used here, -EBUSY when another
 * hypervisor uses VMX, -ENOMEM, or an errno of pages_reserve() or
 * thread_create().
 */
struct teavmx_vcpu *vcpu_create(struct teavmx_vm *vm, u32 id,
				struct vcpu_params *params,
				struct netlink_ext_ack *extack)
{
	struct teavmx_vcpu *vcpu = new_vcpu(vm, id, params);
	int code, err;

	if (!vcpu)
		return ERR_PTR(refuse(extack, NULL, -ENOMEM,
				      "not enough memory for the vCPU"));

	err = vm->payload->load(vcpu, params, &code);
	if (err)
		goto err_free;
	if (code) {
		/* A program that was not loaded has nothing to keep. */
		vcpu->keep = false;
		vcpu_finish(vcpu, code);
		complete_all(&vcpu->done);
		return vcpu;
	}
	err = vcpu->backend->create(vcpu, extack);
	if (!err && params->runs)
		err = vcpu_new_thread(vcpu, extack);
	if (err)
		goto err_free;
	/* No process finds the vCPU before its slice: the record can wait. */
	if (params->slice) {
		event_state(vcpu, TEAVMX_VCPU_STATE_READY, 0);
		vcpu->state = TEAVMX_VCPU_STATE_READY;
	} else {
		vcpu_set_state(vcpu, TEAVMX_VCPU_STATE_READY, 0);
	}
	return vcpu;

err_free:
	if (!extack->_msg)
		refuse(extack, NULL, err, vcpu_refused(err));
	free_vcpu(vcpu);
	return ERR_PTR(err);
}

/**
 * vcpu_wait_ended() - wait for the end of a vCPU that has exited or was killed
 * @vcpu: the vCPU; no other thread can find it any more
 *
 * Waits until the guest has left the processor, which vcpu_kill() has made it do
 * by an interrupt, and until the thread got the CPU time to end. A control
 * group may throttle it for long, or may have frozen it, so the wait is
 * TASK_IDLE, which the hung-task detector ignores.
 *
 * Context: may sleep.
 */
void vcpu_wait_ended(struct teavmx_vcpu *vcpu)
{
	wait_for_completion_state(&vcpu->done, TASK_IDLE);
}

/**
 * vcpu_destroy() - free a vCPU that has ended
 * @vcpu: the vCPU; no other thread can find it any more
 *
 * Context: may sleep.
 */
void vcpu_destroy(struct teavmx_vcpu *vcpu)
{
	vcpu_wait_ended(vcpu);
	if (vcpu->task)
		thread_stop(vcpu->task);
	free_vcpu(vcpu);
}

/**
 * vcpu_run_waits() - has the thread still to begin the run that a request wants?
 * @vcpu: the vCPU
 *
 * After a request the thread may not have changed the state yet. It sets the state
 * RUNNING first, unless the vCPU was killed, and clears the bit afterwards, so this
 * comes before the state is read. It pairs with clear_bit_unlock() in vcpu_take_run().
 *
 * Return: true when a state PAUSED may be the one before the run.
 */
bool vcpu_run_waits(const struct teavmx_vcpu *vcpu)
{
	return test_bit_acquire(VCPU_REQUEST_RUN, &vcpu->requests);
}

/**
 * vcpu_is_stopped() - may other threads access the guest's state?
 * @vcpu: the vCPU
 *
 * Context: vm->lock is held. If the result is true it remains so until the lock
 * is released, as vcpu_run() and vcpu_kill() are called under it.
 *
 * Return: true when it is ready or paused, so that its thread only waits.
 */
bool vcpu_is_stopped(const struct teavmx_vcpu *vcpu)
{
	bool waits = vcpu_run_waits(vcpu);

	/*
	 * Pairs with smp_store_release() in vcpu_set_state(): the caller sees
	 * all that the thread has written before it paused.
	 */
	switch (smp_load_acquire(&vcpu->state)) {
	case TEAVMX_VCPU_STATE_READY:
		return !vcpu->started;
	case TEAVMX_VCPU_STATE_PAUSED:
		return !vcpu_killed(vcpu) && !waits;
	default:
		return false;
	}
}

/**
 * vcpu_paused_by_exit() - is a vCPU paused for an exit for the host program?
 * @vcpu: the vCPU, stopped
 *
 * Context: as vcpu_is_stopped().
 *
 * Return: true when it is.
 */
bool vcpu_paused_by_exit(const struct teavmx_vcpu *vcpu)
{
	return vcpu->state == TEAVMX_VCPU_STATE_PAUSED &&
	       (vcpu->stop == TEAVMX_STOP_EXIT ||
		vcpu->stop == TEAVMX_STOP_PROGRAM);
}

/* What a vCPU does that is not stopped, and what helps */
static const char *vcpu_busy(const struct teavmx_vcpu *vcpu)
{
	bool wakes = vcpu->vm->payload->wakes(vcpu);

	switch (vcpu_state(vcpu)) {
	case TEAVMX_VCPU_STATE_EXITED:
		return "the vCPU has exited";
	case TEAVMX_VCPU_STATE_WAITING:
		if (wakes)
			return "the process waits at a port; pause it first";
		return "the process waits at a port; it can be paused only after that access";
	case TEAVMX_VCPU_STATE_SLEEPING:
		if (wakes)
			return "the process sleeps; pause it first";
		return "the process sleeps; it can be paused only after that";
	default:
		return "the vCPU runs; pause it first";
	}
}

/**
 * vcpu_need_stopped() - refuse a request unless the vCPU is stopped
 * @vcpu: the vCPU
 * @extack: receives a message on failure
 *
 * Context: as vcpu_is_stopped().
 *
 * Return: 0 or -EBUSY.
 */
int vcpu_need_stopped(const struct teavmx_vcpu *vcpu,
		      struct netlink_ext_ack *extack)
{
	if (vcpu_is_stopped(vcpu))
		return 0;
	return refuse(extack, NULL, -EBUSY, vcpu_busy(vcpu));
}

/**
 * vcpu_need_resettable() - refuse a request unless the vCPU can be reset
 * @vcpu: the vCPU
 * @extack: receives a message on failure
 *
 * Context: as vcpu_is_stopped().
 *
 * Return: 0; -EINVAL for a vCPU without memory to reset, -EBUSY for one that
 * runs, or while another process of its VM has not ended.
 */
int vcpu_need_resettable(const struct teavmx_vcpu *vcpu,
			 struct netlink_ext_ack *extack)
{
	/* Pairs with smp_store_release() in vcpu_set_state(). */
	u8 state = smp_load_acquire(&vcpu->state);

	if (!vcpu->vm->payload->reset)
		return refuse(extack, NULL, -EINVAL,
			      "only TEA processes can be reset, and the VM is a raw one; create another one");
	if (!vcpu->keep || vcpu_killed(vcpu))
		return refuse(extack, NULL, -EINVAL,
			      "there is no memory to reset: the vCPU was created without keep, was killed, or its program broke a launch rule; create another one");
	if (state != TEAVMX_VCPU_STATE_EXITED && !vcpu_is_stopped(vcpu))
		return refuse(extack, NULL, -EBUSY, vcpu_busy(vcpu));
	return vm_is_alone(vcpu) ? 0 : refuse(extack, NULL, -EBUSY,
		      "another process of the VM, which uses the same ports, has not ended; kill it first");
}

/**
 * vcpu_await_record() - wait until the thread of a stopped vCPU has left the batch
 * @vcpu: the vCPU
 *
 * A vCPU can be seen to have stopped while its thread is still moving the records
 * before that, under the log's lock, from the batch to the log. The caller, which
 * uses the batch next, waits for that. A request that runs a guest moves them under
 * vm->lock.
 *
 * Context: vm->lock is held; may sleep.
 */
void vcpu_await_record(struct teavmx_vcpu *vcpu)
{
	struct event_log *log = vcpu->vm->log;

	if (!vcpu->task)
		return;
	mutex_lock(&log->lock);
	mutex_unlock(&log->lock);
}

/**
 * vcpu_rewind() - the part of vcpu_reset() that publishes nothing
 * @vcpu: the vCPU; its guest does not run
 * @arguments: arguments of its main
 *
 * Context: vm->lock is held, and no other thread accesses the guest.
 *
 * Return: 0, or the exit code of a launch rule that @arguments break.
 */
int vcpu_rewind(struct teavmx_vcpu *vcpu,
		const struct payload_arguments *arguments)
{
	int code;

	vcpu->takes_over = false;
	vcpu->bounds = (struct vcpu_bounds){ };
	memset(vcpu->stats.exits, 0, sizeof(vcpu->stats.exits));
	code = vcpu->vm->payload->reset(vcpu, arguments);
	if (!code)
		vcpu->backend->reset(vcpu);
	return code;
}

/**
 * vcpu_reset() - take a process back to its launch
 * @vcpu: the vCPU, which vcpu_need_resettable() has accepted
 * @arguments: arguments of its main
 *
 * Arguments that break a launch rule give an exited vCPU with its exit message, as
 * in vcpu_create(). It can be reset again.
 *
 * Context: vm->lock is held since vcpu_need_resettable(), and the thread only
 * waits; may sleep.
 */
void vcpu_reset(struct teavmx_vcpu *vcpu,
		const struct payload_arguments *arguments)
{
	int code;

	vcpu_await_record(vcpu);
	clear_bit(VCPU_REQUEST_PAUSE, &vcpu->requests);
	vcpu->started = false;
	code = vcpu_rewind(vcpu, arguments);
	if (vcpu_state(vcpu) == TEAVMX_VCPU_STATE_EXITED)
		vm_process_begins(vcpu);
	if (code)
		vcpu_finish(vcpu, code);
	else
		vcpu_set_state(vcpu, TEAVMX_VCPU_STATE_READY, 0);
}

/**
 * vcpu_bound() - can the back end of a vCPU enforce these bounds?
 * @vcpu: the vCPU
 * @run: the bounds; the time is converted to the unit of the back end
 * @extack: receives a message on failure
 *
 * Return: 0, -EOPNOTSUPP when it cannot, or -EINVAL for a bound that only
 * processes under a debugger have.
 */
int vcpu_bound(struct teavmx_vcpu *vcpu, struct payload_run *run,
	       struct netlink_ext_ack *extack)
{
	const char *refused;
	int err;

	if (run->until_attr)
		return refuse(extack, run->until_attr, -EINVAL,
			      "this bound needs a process that was created to be debugged");
	err = vcpu->backend->bound(vcpu, &run->bounds, &refused);
	return err ? refuse(extack, NULL, err, refused) : 0;
}

/**
 * vcpu_set_bounds() - note when the run that begins has to pause by itself
 * @vcpu: the vCPU, which is stopped
 * @bounds: as for vcpu_run()
 *
 * Context: vm->lock is held.
 */
void vcpu_set_bounds(struct teavmx_vcpu *vcpu,
		     const struct vcpu_bounds *bounds)
{
	vcpu->resumed = !bounds;
	if (bounds) {
		vcpu->bounds = *bounds;
		clear_bit(VCPU_REQUEST_PAUSE, &vcpu->requests);
	}
	vcpu->started = true;
}

/**
 * vcpu_run() - let a ready or paused vCPU run
 * @vcpu: the vCPU
 * @bounds: when it has to pause by itself; NULL continues the run that an exit
 *	interrupted, with the bounds and the request to pause that it has left
 * @extack: receives a message on failure; may be NULL if it has a thread
 *
 * Context: vm->lock is held, so two calls cannot both find it stopped.
 *
 * Return: 0, -EBUSY when it runs or has exited, or an errno of thread_create().
 */
int vcpu_run(struct teavmx_vcpu *vcpu, const struct vcpu_bounds *bounds,
	     struct netlink_ext_ack *extack)
{
	int err;

	if (!vcpu_is_stopped(vcpu))
		return -EBUSY;
	err = vcpu->task ? 0 : vcpu_new_thread(vcpu, extack);
	if (err)
		return err;
	vcpu_set_bounds(vcpu, bounds);
	set_bit(VCPU_REQUEST_RUN, &vcpu->requests);
	wake_up_process(vcpu->task);
	return 0;
}

/**
 * vcpu_kick() - have a guest that runs make an exit
 * @vcpu: the vCPU, in any state
 *
 * The guest runs in the thread or, during a slice, in the process that requested
 * it. Context: vm->lock is held.
 */
void vcpu_kick(struct teavmx_vcpu *vcpu)
{
	struct task_struct *task = vcpu->runner ?: vcpu->task;

	/*
	 * What the guest run must see is written before the search for the CPU
	 * that the task runs on. Pairs with test_and_clear_bit() in
	 * vcpu_take_requests(), which comes before each run.
	 */
	smp_mb();
	if (task)
		kick_process(task);
}

/**
 * vcpu_pause() - have a running vCPU pause
 * @vcpu: the vCPU; one that waits at a port pauses after that access, under a
 *	debugger before it
 *
 * Context: vm->lock is held.
 *
 * Does not wait: the state changes to PAUSED later.
 *
 * Return: 0, also when it is paused already; -EBUSY when it was not started
 * or has exited.
 */
int vcpu_pause(struct teavmx_vcpu *vcpu)
{
	if (!vcpu->started || vcpu_state(vcpu) == TEAVMX_VCPU_STATE_EXITED)
		return -EBUSY;
	/* Also if it is paused: another client may resume its run just now. */
	set_bit(VCPU_REQUEST_PAUSE, &vcpu->requests);
	if (vcpu_is_stopped(vcpu))
		return 0;
	if (vcpu->task && vcpu->vm->payload->wakes(vcpu))
		wake_up_process(vcpu->task);
	vcpu_kick(vcpu);
	return 0;
}

/**
 * vcpu_kill() - have the process end with TEA_EXIT_KILL
 * @vcpu: the vCPU, in any state. One that has exited and has kept its memory only
 *	loses that
 *
 * Does not wait for the end of a vCPU that has a thread or that a request runs.
 * Another one has ended when this returns.
 *
 * Context: vm->lock is held; may sleep.
 *
 * Return: 0, or -ESRCH when it has exited.
 */
int vcpu_kill(struct teavmx_vcpu *vcpu)
{
	/* Pairs with smp_store_release() in vcpu_set_state(). */
	bool exited = smp_load_acquire(&vcpu->state) ==
		      TEAVMX_VCPU_STATE_EXITED;

	if (exited && (!vcpu->keep || vcpu_killed(vcpu)))
		return -ESRCH;
	set_bit(VCPU_REQUEST_KILL, &vcpu->requests);
	vcpu->started = true;
	if (!vcpu->task && !vcpu->runner) {
		if (exited)
			vcpu_free_kept(vcpu);
		else
			vcpu_finish(vcpu, TEA_EXIT_KILL);
		complete_all(&vcpu->done);
		return 0;
	}
	if (vcpu->task)
		wake_up_process(vcpu->task);
	/*
	 * While the guest runs, requests are checked only after an exit. The
	 * interrupt that kick_process() sends causes one.
	 */
	vcpu_kick(vcpu);
	return 0;
}
