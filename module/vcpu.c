// SPDX-License-Identifier: GPL-2.0-only
#include "vcpu.h"
#include "memory/pages.h"
#include "payload/payload.h"
#include "refuse.h"
#include "thread.h"
#include "vmx/audit.h"
#include "vmx/check.h"

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

/*
 * Events and memory at the end. Runs once, in the thread, or in the creator's
 * context when the launch failed.
 */
static void vcpu_finish(struct teavmx_vcpu *vcpu, u8 code)
{
	vcpu->vm->payload->finish(vcpu, code);
	vcpu->backend->destroy(vcpu);
	space_destroy(&vcpu->space);
	vcpu_set_state(vcpu, TEAVMX_VCPU_STATE_EXITED, 0);
	complete(&vcpu->done);
}

/* Also to the kernel's log: events are only for processes that ask for them. */
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

	stats_count_exit(&vcpu->stats, result->exit->reason);
	if (bounds->exits && !--bounds->exits)
		vcpu_reached(result, TEAVMX_STOP_EXITS);
}

/* Events and counters of a guest run. */
static void vcpu_record(struct teavmx_vcpu *vcpu, struct vcpu_result *result)
{
	const struct vmx_findings *findings = result->findings;
	unsigned int i;

	vcpu_report_changes(vcpu, result->audit);
	if (!result->exit)
		return;
	if (result->exit->entered)
		vcpu_count_exit(vcpu, result);
	event_vmx(vcpu, result->exit);
	for (i = 0; i < findings->count; i++)
		event_finding(vcpu, &findings->list[i]);
}

/*
 * What other threads have asked for. A vCPU that is killed, as one that the
 * engine cannot run any more, counts as a killed process, so that it too has
 * exactly one exit message.
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
	vcpu->backend->run(vcpu, result);
	vcpu_record(vcpu, result);
	if (result->kind == VCPU_EXIT || result->kind == VCPU_FAILED)
		vcpu->vm->payload->exit(vcpu, result);
	if (result->kind == VCPU_CONTINUES && result->stop)
		result->kind = VCPU_PAUSED;
	event_flush_old(vcpu);
	try_to_freeze();
	cond_resched();
}

/* Until the vCPU pauses or exits. */
static void vcpu_run_until_stop(struct teavmx_vcpu *vcpu,
				struct vcpu_result *result)
{
	*result = (struct vcpu_result){ };
	if (!vcpu_killed(vcpu))
		vcpu->vm->payload->begin(vcpu, result);
	while (result->kind == VCPU_CONTINUES) {
		*result = (struct vcpu_result){ };
		vcpu_take_requests(vcpu, result);
		if (result->kind == VCPU_CONTINUES)
			vcpu_run_guest(vcpu, result);
	}
	if (result->kind == VCPU_BROKEN)
		vcpu_end(result, TEA_EXIT_KILL);
}

static void vcpu_wait_for_run(struct teavmx_vcpu *vcpu)
{
	vcpu_wait(vcpu_killed(vcpu) ||
		  test_bit(VCPU_REQUEST_RUN, &vcpu->requests));
}

static void vcpu_wait_paused(struct teavmx_vcpu *vcpu, u8 stop)
{
	vcpu->stop = stop;
	vcpu_set_state(vcpu, TEAVMX_VCPU_STATE_PAUSED, 0);
	vcpu_wait_for_run(vcpu);
}

static int vcpu_thread(void *data)
{
	struct teavmx_vcpu *vcpu = data;
	struct vcpu_result result;

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
		vcpu_run_until_stop(vcpu, &result);
		if (result.kind == VCPU_ENDED)
			break;
		vcpu_wait_paused(vcpu, result.stop);
	}
	vcpu_finish(vcpu, result.code);
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
	vcpu->backend = params->backend;
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

	if (!vcpu)
		return ERR_PTR(refuse(extack, NULL, -ENOMEM,
				      "not enough memory for the vCPU"));

	err = vm->payload->load(vcpu, params, &code);
	if (err)
		goto err_free;
	if (code) {
		vcpu_finish(vcpu, code);
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
		refuse(extack, NULL, err, vcpu_refused(err));
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
