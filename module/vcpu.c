// SPDX-License-Identifier: GPL-2.0-only
#include "vcpu.h"
#include "memory/pages.h"
#include "payload/payload.h"
#include "refuse.h"
#include "thread.h"

#include <linux/freezer.h>
#include <linux/kthread.h>
#include <linux/memcontrol.h>
#include <linux/sched.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>

/*
 * A vCPU is a kernel thread that begins with VCPU_RUN and ends with the
 * program. What stays until the vCPU is collected is this structure, without
 * guest memory.
 */

u8 vcpu_state(struct teavmx_vcpu *vcpu)
{
	return READ_ONCE(vcpu->state);
}

/**
 * vcpu_set_state() - go on in life
 * @vcpu: the vCPU; called by its thread, or by its creator before
 * @state: enum teavmx_vcpu_state
 * @port: port that holds it while sleeping or waiting, else 0
 *
 * Whoever listens knows of a stop before it begins. Under the log's lock, so
 * that whoever sees the new state finds its record, and all before it, in the
 * log, and whoever sees the record finds the state.
 */
void vcpu_set_state(struct teavmx_vcpu *vcpu, u8 state, u16 port)
{
	struct event_log *log = &vcpu->vm->log;

	event_state(vcpu, state, port);
	mutex_lock(&log->lock);
	spin_lock(&vcpu->lock);
	/* Pairs with vcpu_is_stopped(). */
	smp_store_release(&vcpu->state, state);
	vcpu->port = port;
	spin_unlock(&vcpu->lock);
	if (state != TEAVMX_VCPU_STATE_RUNNING)
		event_flush_locked(vcpu);
	mutex_unlock(&log->lock);
}

/**
 * vcpu_break() - the engine cannot go on with this vCPU
 * @vcpu: the vCPU; called by its thread
 *
 * The cause is in the events already. The process counts as killed, so that
 * it too has exactly one exit message.
 *
 * Return: VCPU_EXITED.
 */
enum vcpu_turn vcpu_break(struct teavmx_vcpu *vcpu)
{
	vcpu->exit_code = TEA_EXIT_KILL;
	return VCPU_EXITED;
}

/**
 * vcpu_stop() - the vCPU has to pause
 * @vcpu: the vCPU; called by its thread
 * @stop: enum teavmx_stop
 *
 * Return: VCPU_PAUSED.
 */
enum vcpu_turn vcpu_stop(struct teavmx_vcpu *vcpu, u8 stop)
{
	vcpu->stop = stop;
	return VCPU_PAUSED;
}

/*
 * Events and memory at the end. Runs once, in the thread, or in the creator's
 * context when the launch failed.
 */
static void finish(struct teavmx_vcpu *vcpu, u8 code)
{
	vcpu->vm->payload->finish(vcpu, code);
	vcpu->backend->destroy(vcpu);
	space_destroy(&vcpu->space);
	vcpu_set_state(vcpu, TEAVMX_VCPU_STATE_EXITED, 0);
	complete(&vcpu->done);
}

/* What comes before the next turn: VCPU_AGAIN when nothing does. */
static enum vcpu_turn before_turn(struct teavmx_vcpu *vcpu)
{
	if (vcpu_killed(vcpu))
		return vcpu_break(vcpu);
	if (test_and_clear_bit(VCPU_REQUEST_PAUSE, &vcpu->requests))
		return vcpu->vm->payload->pause(vcpu);
	return VCPU_AGAIN;
}

/* Until the vCPU pauses or exits. */
static enum vcpu_turn take_turns(struct teavmx_vcpu *vcpu)
{
	enum vcpu_turn turn = vcpu->vm->payload->begin(vcpu);

	while (turn == VCPU_AGAIN) {
		turn = before_turn(vcpu);
		if (turn != VCPU_AGAIN)
			break;
		turn = vcpu->backend->run(vcpu);
		event_flush_old(vcpu);
		try_to_freeze();
		cond_resched();
	}
	return turn;
}

static void vcpu_wait_for_run(struct teavmx_vcpu *vcpu)
{
	vcpu_wait(vcpu_killed(vcpu) ||
		  test_bit(VCPU_REQUEST_RUN, &vcpu->requests));
}

static void vcpu_wait_paused(struct teavmx_vcpu *vcpu)
{
	vcpu_set_state(vcpu, TEAVMX_VCPU_STATE_PAUSED, 0);
	vcpu_wait_for_run(vcpu);
}

static int vcpu_thread(void *data)
{
	struct teavmx_vcpu *vcpu = data;

	/* It could not join the control groups of its creator. */
	if (kthread_should_stop())
		return 0;
	set_freezable();
	/* What it takes, and what it launches, is its VM's. */
	set_active_memcg(vcpu->vm->memcg);
	/*
	 * A thread that was created and never woken would count as a hung
	 * task, so this one waits for its first run here.
	 */
	vcpu_wait_for_run(vcpu);
	for (;;) {
		if (!vcpu_killed(vcpu)) {
			vcpu->stop = TEAVMX_STOP_NONE;
			vcpu_set_state(vcpu, TEAVMX_VCPU_STATE_RUNNING, 0);
		}
		clear_bit(VCPU_REQUEST_RUN, &vcpu->requests);
		if (take_turns(vcpu) == VCPU_EXITED)
			break;
		vcpu_wait_paused(vcpu);
	}
	finish(vcpu, vcpu->exit_code);
	return 0;
}

static int vcpu_new_thread(struct teavmx_vcpu *vcpu,
			   struct netlink_ext_ack *extack)
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
	kfree(vcpu->vmcs_writes);
	kvfree(vcpu);
}

static struct teavmx_vcpu *new_vcpu(struct teavmx_vm *vm, u32 id,
				    struct vcpu_params *params)
{
	struct teavmx_vcpu *vcpu = kvzalloc(sizeof(*vcpu), GFP_KERNEL_ACCOUNT);

	if (!vcpu)
		return NULL;
	vcpu->vm = vm;
	vcpu->id = id;
	vcpu->pid = params->pid;
	vcpu->apic_id = params->apic_id;
	vcpu->backend_id = params->backend_id;
	vcpu->backend = params->backend_id == TEAVMX_BACKEND_SOFT ?
			&soft_backend : &vmx_backend;
	vcpu->space.pages = &vm->pages;
	spin_lock_init(&vcpu->lock);
	init_completion(&vcpu->done);
	inject_queue_init(&vcpu->injections);
	vcpu->vmcs_writes = params->writes;
	vcpu->vmcs_write_count = params->write_count;
	params->writes = NULL;
	return vcpu;
}

/* Why a vCPU cannot be created, where what failed has not said it itself. */
static const char *vcpu_refused(int err)
{
	if (pages_refused(err))
		return pages_refused(err);
	if (err == -ENOMEM)
		return "not enough memory for the vCPU";
	return "the vCPU cannot be created on this CPU now";
}

/**
 * vcpu_create() - make a vCPU and load its program
 * @vm: its VM
 * @id: its number
 * @params: what was asked for; the pid is free and not 0
 * @extack: receives a sentence on failure
 *
 * A program that breaks a launch rule gives an exited vCPU with its exit
 * message. Context: vm->lock is held.
 *
 * Return: the vCPU or an error pointer: -EOPNOTSUPP when the backend cannot
 * be used here, -EBUSY when VMX is somebody else's, -ENOMEM, or an errno of
 * pages_reserve() or thread_create().
 */
struct teavmx_vcpu *vcpu_create(struct teavmx_vm *vm, u32 id,
				struct vcpu_params *params,
				struct netlink_ext_ack *extack)
{
	struct teavmx_vcpu *vcpu = new_vcpu(vm, id, params);
	int code, err;

	if (!vcpu) {
		NL_SET_ERR_MSG(extack, "not enough memory for the vCPU");
		return ERR_PTR(-ENOMEM);
	}

	err = vm->payload->load(vcpu, params, &code);
	if (err)
		goto err_free;
	if (code) {
		finish(vcpu, code);
		return vcpu;
	}
	err = vcpu->backend->create(vcpu, extack);
	if (err)
		goto err_free;
	err = vcpu_new_thread(vcpu, extack);
	if (err)
		goto err_free;
	vcpu_set_state(vcpu, TEAVMX_VCPU_STATE_READY, 0);
	return vcpu;

err_free:
	if (!extack->_msg)
		extack->_msg = vcpu_refused(err);
	free_vcpu(vcpu);
	return ERR_PTR(err);
}

/**
 * vcpu_destroy() - free a vCPU, ending its thread first
 * @vcpu: the vCPU; out of reach for everybody else
 *
 * Waits until the guest has left the processor, which an interrupt makes it do,
 * and until its thread has had the CPU time to end: a control group may give it
 * little, or may have frozen it. That is not a hung task, so the wait is idle.
 */
void vcpu_destroy(struct teavmx_vcpu *vcpu)
{
	if (vcpu->task) {
		vcpu_kill(vcpu);
		wait_for_completion_state(&vcpu->done, TASK_IDLE);
		thread_stop(vcpu->task);
	}
	free_vcpu(vcpu);
}

/**
 * vcpu_is_stopped() - does its thread keep its hands off it?
 * @vcpu: the vCPU
 *
 * Context: vm->lock is held; until it is released the answer stays true.
 *
 * Return: true when it is ready or paused.
 */
bool vcpu_is_stopped(const struct teavmx_vcpu *vcpu)
{
	/* Pairs with vcpu_set_state(): all that its thread did is seen. */
	switch (smp_load_acquire(&vcpu->state)) {
	case TEAVMX_VCPU_STATE_READY:
		return !vcpu->started;
	case TEAVMX_VCPU_STATE_PAUSED:
		return !vcpu_killed(vcpu) &&
		       !test_bit(VCPU_REQUEST_RUN, &vcpu->requests);
	default:
		return false;
	}
}

/**
 * vcpu_need_stopped() - a request needs a vCPU that does not run
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
	return refuse(extack, NULL, -EBUSY, "the vCPU is not paused");
}

/**
 * vcpu_bound() - can the back end of a vCPU keep these bounds?
 * @vcpu: the vCPU
 * @run: the bounds; the time becomes what the back end counts in
 * @extack: receives a message on failure
 *
 * Return: 0, -EOPNOTSUPP, or -EINVAL for a bound that only a debugger has.
 */
int vcpu_bound(struct teavmx_vcpu *vcpu, struct payload_run *run,
	       struct netlink_ext_ack *extack)
{
	const char *refused;
	int err;

	if (run->until_attr)
		return refuse(extack, run->until_attr, -EINVAL,
			      "the vCPU is not debugged");
	err = vcpu->backend->bound(vcpu, &run->bounds, &refused);
	return err ? refuse(extack, NULL, err, refused) : 0;
}

/**
 * vcpu_run() - let a ready or paused vCPU run
 * @vcpu: the vCPU
 * @bounds: when it shall pause by itself
 *
 * Context: vm->lock is held, so two starts cannot meet.
 *
 * Return: 0, or -EBUSY when it runs or has exited.
 */
int vcpu_run(struct teavmx_vcpu *vcpu, const struct vcpu_bounds *bounds)
{
	if (!vcpu->task || !vcpu_is_stopped(vcpu))
		return -EBUSY;
	vcpu->bounds = *bounds;
	vcpu->started = true;
	clear_bit(VCPU_REQUEST_PAUSE, &vcpu->requests);
	set_bit(VCPU_REQUEST_RUN, &vcpu->requests);
	wake_up_process(vcpu->task);
	return 0;
}

/**
 * vcpu_pause() - have a running vCPU pause
 * @vcpu: the vCPU; what it waits for at a port comes first, but not under a
 *	debugger
 *
 * Context: vm->lock is held.
 *
 * Return: 0, also when it is paused already; -EBUSY when it was not started
 * or has exited.
 */
int vcpu_pause(struct teavmx_vcpu *vcpu)
{
	if (!vcpu->started || vcpu_state(vcpu) == TEAVMX_VCPU_STATE_EXITED)
		return -EBUSY;
	if (vcpu_is_stopped(vcpu))
		return 0;
	set_bit(VCPU_REQUEST_PAUSE, &vcpu->requests);
	if (vcpu->vm->payload->wakes(vcpu))
		wake_up_process(vcpu->task);
	kick_process(vcpu->task);
	return 0;
}

/**
 * vcpu_kill() - have the thread end the process with TEA_EXIT_KILL
 * @vcpu: the vCPU, in any state
 *
 * Return: 0, or -ESRCH when it has exited.
 */
int vcpu_kill(struct teavmx_vcpu *vcpu)
{
	if (vcpu_state(vcpu) == TEAVMX_VCPU_STATE_EXITED)
		return -ESRCH;
	set_bit(VCPU_REQUEST_KILL, &vcpu->requests);
	vcpu->started = true;
	wake_up_process(vcpu->task);
	/* In the guest it notices at the next exit: cause one. */
	kick_process(vcpu->task);
	return 0;
}
