// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>

#include <uapi/vmx.h>

#include "gdb_vm.h"
#include "interrupt.h"

/* Time, in ms, that a program has to answer an exit before the vCPU pauses */
#define PAUSE_MS	1000
#define VECTOR_BP	3

/* What a wait of the target needs */
struct wait {
	struct gdb_vm *target;
	const struct gdb_waiter *waiter;
	long long end_ms;
	struct gdb_vcpu *stopped;
	bool client;
	bool ended;
};

bool gdb_vm_runs(const struct gdb_vcpu *vcpu)
{
	return vcpu->state == TEAVMX_VCPU_STATE_RUNNING ||
	       vcpu->state == TEAVMX_VCPU_STATE_WAITING ||
	       vcpu->state == TEAVMX_VCPU_STATE_SLEEPING ||
	       (vcpu->state == TEAVMX_VCPU_STATE_PAUSED &&
		vcpu->stop == TEAVMX_STOP_PROGRAM);
}

static bool is_listed(const struct teavmx_vcpu *list, int count, uint32_t id)
{
	while (count--)
		if (list[count].id == id)
			return true;
	return false;
}

/* A VM has no more vCPUs than there are places, but those that have ended leave it. */
static struct gdb_vcpu *vcpu_add(struct gdb_vm *target,
				 const struct teavmx_vcpu *list, int count,
				 uint32_t id)
{
	struct gdb_vcpu *vcpu = target->vcpus;

	if (target->count < GDB_VCPUS)
		vcpu += target->count++;
	else
		while (is_listed(list, count, vcpu->id))
			if (++vcpu == target->vcpus + GDB_VCPUS)
				return NULL;
	memset(vcpu, 0, sizeof(*vcpu));
	vcpu->id = id;
	return vcpu;
}

static void vcpu_take(struct gdb_vm *target, struct gdb_vcpu *vcpu,
		      const struct teavmx_vcpu *from, uint64_t since)
{
	/* Until its thread runs, a vCPU has the state from before the request. */
	if (vcpu->starting && (from->state == TEAVMX_VCPU_STATE_READY ||
			       from->state == TEAVMX_VCPU_STATE_PAUSED))
		return;
	vcpu->starting = false;
	vcpu->since = since;
	vcpu->state = from->state;
	vcpu->stop = from->stop;
	gdb_points_arm(target, vcpu);
}

int gdb_vm_refresh(struct gdb_vm *target)
{
	struct teavmx_vcpu *vcpus;
	struct gdb_vcpu *vcpu;
	struct teavmx_vm vm;
	int count, i;

	/* Records that exist already are older than the states. */
	count = teavmx_vm_get(target->teavmx, target->vm, &vm) ? -1 :
		teavmx_vcpu_list(target->teavmx, target->vm, &vcpus);
	if (count < 0)
		return gdb_vm_fail(target);
	for (i = 0; i < count; i++) {
		vcpu = gdb_vm_vcpu(target, vcpus[i].id) ?:
		       vcpu_add(target, vcpus, count, vcpus[i].id);
		if (vcpu)
			vcpu_take(target, vcpu, &vcpus[i], vm.next_seq);
	}
	if (count)
		teavmx_vcpu_free(vcpus, (size_t)count);
	return 0;
}

static int wait_record(const struct teavmx_record *record, void *data)
{
	struct wait *wait = data;
	struct gdb_vcpu *vcpu = gdb_vm_vcpu(wait->target, record->vcpu);

	if (record->type == TEAVMX_EVENT_TYPE_VM_END) {
		wait->target->gone = true;
		return TEAVMX_FOLLOW_FAILED;
	}
	if (record->type == TEAVMX_EVENT_TYPE_LOST)
		return gdb_vm_refresh(wait->target) ? TEAVMX_FOLLOW_FAILED :
						      TEAVMX_FOLLOW_ON;
	if (record->type != TEAVMX_EVENT_TYPE_STATE || !vcpu ||
	    record->seq < vcpu->since)
		return TEAVMX_FOLLOW_ON;
	vcpu->starting = false;
	vcpu->state = record->state;
	vcpu->stop = record->stop;
	return TEAVMX_FOLLOW_ON;
}

/* So long after the last record, a thread that was started runs. */
static int wait_synced(void *data)
{
	struct wait *wait = data;
	size_t i;

	for (i = 0; i < wait->target->count; i++)
		wait->target->vcpus[i].starting = false;
	return gdb_vm_refresh(wait->target) ? TEAVMX_FOLLOW_FAILED :
					      TEAVMX_FOLLOW_ON;
}

static int pause_check(void *data)
{
	struct wait *wait = data;
	size_t i;

	for (i = 0; i < wait->target->count; i++)
		if (gdb_vm_runs(&wait->target->vcpus[i]))
			return interrupt_clock() < wait->end_ms ?
			       TEAVMX_FOLLOW_ON : TEAVMX_FOLLOW_END;
	return TEAVMX_FOLLOW_END;
}

static int pause_wait(int fd, void *data)
{
	struct wait *wait = data;
	struct pollfd poll = { .fd = fd, .events = POLLIN };
	long long left = wait->end_ms - interrupt_clock();

	return wait->target->host->poll(&poll, 1, left > 0 ? left : 0) ?
	       TEAVMX_FOLLOW_ON : TEAVMX_FOLLOW_SYNC;
}

/* It may have stopped by itself meanwhile, so a refusal is no failure. */
static void vcpu_pause(struct gdb_vm *target, struct gdb_vcpu *vcpu)
{
	if (!gdb_vm_runs(vcpu) ||
	    teavmx_vcpu_pause(target->teavmx, target->vm, vcpu->id))
		return;
	vcpu->requested = true;
	/* A step of the client ends with the step. */
	vcpu->goes_on = !vcpu->stepping;
}

/*
 * Has a vCPU that does not run any more stopped for the client? HLT is reported only when
 * no vCPU runs. INT3 of the guest's own is executed again, and delivered then.
 */
static bool vcpu_has_stopped(struct gdb_vm *target, struct gdb_vcpu *vcpu)
{
	const struct gdb_points *points = &target->points;
	bool ours = false;
	int trap;

	if (vcpu->state != TEAVMX_VCPU_STATE_PAUSED ||
	    (vcpu->stop == TEAVMX_STOP_REQUEST && vcpu->requested) ||
	    gdb_vm_is_halted(target, vcpu))
		return false;
	trap = gdb_vm_is_trap(target, vcpu, &ours);
	return trap <= 0 || ours || !points->routed ||
	       points->exceptions & 1u << VECTOR_BP;
}

/*
 * A stop that was not reported yet remains, even if another vCPU was run alone since. A
 * vCPU that has not paused yet does so later: the client has not resumed it, but it may
 * stop by itself before.
 */
static void vcpu_settle(struct gdb_vm *target, struct gdb_vcpu *vcpu)
{
	bool ran = vcpu->resumed || vcpu->requested;

	vcpu->resumed = false;
	if (gdb_vm_runs(vcpu))
		return;
	vcpu->stepping = false;
	vcpu->pending = (vcpu->pending || ran) && vcpu_has_stopped(target, vcpu);
	vcpu->requested = false;
	gdb_points_arm(target, vcpu);
}

int gdb_vm_stop(struct gdb_vm *target)
{
	static const struct teavmx_follower follower = {
		.check = pause_check,
		.record = wait_record,
		.wait = pause_wait,
		.synced = wait_synced,
	};
	struct wait wait = {
		.target = target,
		.end_ms = interrupt_clock() + PAUSE_MS,
	};
	size_t i;

	if (gdb_vm_refresh(target))
		return -1;
	for (i = 0; i < target->count; i++)
		vcpu_pause(target, &target->vcpus[i]);
	if (gdb_vm_refresh(target) ||
	    teavmx_follow(target->teavmx, &follower, &wait))
		return target->gone ? -1 : gdb_vm_fail(target);
	for (i = 0; i < target->count; i++)
		vcpu_settle(target, &target->vcpus[i]);
	return target->count ? 0 :
	       gdb_vm_refuse(target, ESRCH, "the VM has no vCPU");
}

int gdb_vm_run(struct gdb_vm *target, struct gdb_vcpu *vcpu, bool step)
{
	const struct teavmx_run run = {
		.answered = vcpu->answered,
		.answer = vcpu->answer,
		.steps = step,
	};
	struct teavmx_vm vm;

	vcpu->has_exit = false;
	vcpu->trapped = false;
	if (teavmx_vm_get(target->teavmx, target->vm, &vm) ||
	    teavmx_vcpu_run_with(target->teavmx, target->vm, vcpu->id, &run))
		return gdb_vm_fail(target);
	vcpu->answered = false;
	vcpu->starting = true;
	vcpu->since = vm.next_seq;
	vcpu->state = TEAVMX_VCPU_STATE_RUNNING;
	vcpu->stop = TEAVMX_STOP_NONE;
	return 0;
}

/*
 * The guest's own INT3, which may have prefixes, has an effect in the guest, as without the
 * client. gdb_vm_is_trap() has read the exit.
 */
static int trap_return(struct gdb_vm *target, struct gdb_vcpu *vcpu)
{
	const struct teavmx_inject event = {
		.vector = VECTOR_BP,
		.type = VMX_INTR_TYPE_SOFTWARE_EXCEPTION,
		.length = (uint8_t)vcpu->exit.instruction_length,
	};

	if (teavmx_inject(target->teavmx, target->vm, vcpu->id, &event) < 0)
		return gdb_vm_fail(target);
	return gdb_vm_run(target, vcpu, vcpu->stepping);
}

/*
 * Continues a vCPU whose stop does not concern the client. Returns 1 if it runs, 0 if
 * it has stopped, or -1.
 */
static int vcpu_continue(struct gdb_vm *target, struct gdb_vcpu *vcpu)
{
	const struct gdb_points *points = &target->points;
	bool ours = false;
	int trap;

	if (vcpu->pending)
		return 0;
	if (vcpu->stop == TEAVMX_STOP_REQUEST && vcpu->requested) {
		vcpu->requested = false;
		return gdb_vm_run(target, vcpu, vcpu->stepping) ? -1 : 1;
	}
	if (!points->routed || points->exceptions & 1u << VECTOR_BP)
		return 0;
	trap = gdb_vm_is_trap(target, vcpu, &ours);
	if (trap <= 0 || ours)
		return trap < 0 && target->gone ? -1 : 0;
	return trap_return(target, vcpu) ? -1 : 1;
}

/* Finds a vCPU whose stop is reported; returns enum teavmx_follow. */
static int wait_search(struct wait *wait)
{
	struct gdb_vm *target = wait->target;
	struct gdb_vcpu *halted = NULL, *vcpu;
	bool running = false, any = false;
	size_t i;
	int err;

	for (i = 0; i < target->count; i++) {
		vcpu = &target->vcpus[i];
		any |= vcpu->state != TEAVMX_VCPU_STATE_EXITED;
		if (vcpu->state == TEAVMX_VCPU_STATE_EXITED || !vcpu->resumed)
			continue;
		err = gdb_vm_runs(vcpu) ? 1 : vcpu_continue(target, vcpu);
		if (err < 0)
			return TEAVMX_FOLLOW_FAILED;
		if (err)
			running = true;
		else if (gdb_vm_is_halted(target, vcpu))
			halted = vcpu;
		else if (!wait->stopped)
			wait->stopped = vcpu;
	}
	if (!wait->stopped && !running)
		wait->stopped = halted;
	wait->ended = !any || (!wait->stopped && !running);
	return wait->stopped || wait->ended ? TEAVMX_FOLLOW_END :
					      TEAVMX_FOLLOW_ON;
}

static int wait_check(void *data)
{
	struct wait *wait = data;

	wait->client = wait->waiter->client(wait->waiter->data);
	return wait->client ? TEAVMX_FOLLOW_END : wait_search(wait);
}

static int wait_poll(int fd, void *data)
{
	struct wait *wait = data;

	if (wait->waiter->poll(wait->waiter->data, fd, TEAVMX_SYNC_MS) ||
	    wait->waiter->client(wait->waiter->data))
		return TEAVMX_FOLLOW_ON;
	return TEAVMX_FOLLOW_SYNC;
}

/* All vCPUs that remain have been killed. */
static void stop_end(struct gdb_stop *stop)
{
	memset(stop, 0, sizeof(*stop));
	stop->cause = GDB_CAUSE_END;
}

enum gdb_wait gdb_vm_wait(void *data, const struct gdb_waiter *waiter,
			  struct gdb_stop *stop)
{
	static const struct teavmx_follower follower = {
		.check = wait_check,
		.record = wait_record,
		.wait = wait_poll,
		.synced = wait_synced,
	};
	struct gdb_vm *target = data;
	struct wait wait = { .target = target, .waiter = waiter };
	uint32_t id;

	if (teavmx_follow(target->teavmx, &follower, &wait))
		return GDB_WAIT_FAILED;
	if (wait.client)
		return GDB_WAIT_CLIENT;
	if (wait.ended) {
		stop_end(stop);
		return GDB_WAIT_STOPPED;
	}
	/* It is reported now, and so not pending when the others have stopped. */
	wait.stopped->resumed = false;
	wait.stopped->requested = false;
	wait.stopped->pending = false;
	id = wait.stopped->id;
	if (gdb_vm_stop(target))
		return GDB_WAIT_FAILED;
	/* It may have been killed meanwhile, and another one has its place. */
	if (wait.stopped->id != id) {
		memset(stop, 0, sizeof(*stop));
		stop->thread = wait.stopped->id;
		return GDB_WAIT_STOPPED;
	}
	/* Without an explanation, which the log has, it is a stop all the same. */
	return gdb_vm_explain(target, wait.stopped, stop) && target->gone ?
	       GDB_WAIT_FAILED : GDB_WAIT_STOPPED;
}
