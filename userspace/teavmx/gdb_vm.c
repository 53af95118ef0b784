// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <uapi/regs.h>
#include <uapi/vmx.h>

#include "gdb_vm.h"
#include "output.h"

#define PAGE_BYTES	4096u
#define VECTOR_BP	3

int gdb_vm_refuse(struct gdb_vm *target, int number, const char *reason)
{
	target->number = number;
	target->host->log("%s", reason);
	return -1;
}

/* A VM that has been removed is no failure of a request. */
int gdb_vm_fail(struct gdb_vm *target)
{
	const struct teavmx_error *error = teavmx_error(target->teavmx);
	struct teavmx_vm vm;

	target->number = error->error;
	target->host->log("%s%s%s", error->message, error->attribute[0] ?
			  ": " : "", error->attribute);
	if (teavmx_vm_get(target->teavmx, target->vm, &vm))
		target->gone = true;
	return -1;
}

struct gdb_vcpu *gdb_vm_vcpu(struct gdb_vm *target, uint32_t id)
{
	size_t i;

	for (i = 0; i < target->count; i++)
		if (target->vcpus[i].id == id)
			return &target->vcpus[i];
	return NULL;
}

static size_t vm_threads(void *data, uint32_t *threads)
{
	const struct gdb_vm *target = data;
	size_t count = 0;
	size_t i;

	for (i = 0; i < target->count && !target->gone; i++)
		if (target->vcpus[i].state != TEAVMX_VCPU_STATE_EXITED)
			threads[count++] = target->vcpus[i].id;
	return count;
}

static void vm_describe(void *data, uint32_t thread, char *text, size_t size)
{
	struct gdb_vm *target = data;
	struct gdb_vcpu *vcpu = gdb_vm_vcpu(target, thread);
	const char *state, *stop;
	char number[16];

	if (!vcpu)
		return;
	state = teavmx_state_name(vcpu->state);
	stop = teavmx_stop_name(vcpu->stop);
	if (vcpu->state != TEAVMX_VCPU_STATE_PAUSED)
		snprintf(text, size, "%s", state ? state : "unknown state");
	else if (vcpu->stop == TEAVMX_STOP_EXIT && !gdb_vm_exit(target, vcpu))
		snprintf(text, size, "paused for exit %u %s",
			 vcpu->exit.reason & VMX_EXIT_BASIC_MASK,
			 output_reason(vcpu->exit.reason, number, sizeof(number)));
	else
		snprintf(text, size, "paused: %s", stop ? stop : "unknown cause");
}

static int vm_registers(void *data, uint32_t thread,
			struct teavmx_register **registers)
{
	struct gdb_vm *target = data;
	int count = teavmx_regs_get(target->teavmx, target->vm, thread, registers);

	return count < 0 ? gdb_vm_fail(target) : count;
}

static int vm_set_registers(void *data, uint32_t thread,
			    const struct teavmx_register *registers,
			    size_t count)
{
	struct gdb_vm *target = data;

	return teavmx_regs_set(target->teavmx, target->vm, thread, registers,
			       count) ? gdb_vm_fail(target) : 0;
}

/* The registers that translate are read once for an access. */
struct view {
	struct gdb_vm *target;
	struct teavmx_register *registers;
	int count;
};

static int view_open(struct view *view, struct gdb_vm *target, uint32_t vcpu)
{
	*view = (struct view){ .target = target };
	if (target->physical)
		return 0;
	view->count = teavmx_regs_get(target->teavmx, target->vm, vcpu,
				      &view->registers);
	if (view->count >= 0)
		return 0;
	view->registers = NULL;
	return gdb_vm_fail(target);
}

/* gdb reads addresses that do not exist, so this failure is not logged. */
static int view_translate(const struct view *view, uint64_t address,
			  uint64_t *physical)
{
	struct gdb_vm *target = view->target;

	*physical = address;
	if (target->physical ||
	    !teavmx_translate(target->teavmx, target->vm, view->registers,
			      (size_t)view->count, address, physical))
		return 0;
	target->number = teavmx_error(target->teavmx)->error;
	return -1;
}

int gdb_vm_physical(struct gdb_vm *target, uint32_t vcpu, uint64_t address,
		    uint64_t *physical)
{
	struct view view;
	int err;

	if (view_open(&view, target, vcpu))
		return -1;
	err = view_translate(&view, address, physical);
	free(view.registers);
	return err;
}

/* Accesses the rest of a page; returns the number of bytes, or -1. */
static int view_access(const struct view *view, bool write, uint64_t address,
		       uint8_t *bytes, size_t size)
{
	struct gdb_vm *target = view->target;
	size_t left = PAGE_BYTES - address % PAGE_BYTES;
	uint64_t physical;
	int err;

	if (left > size)
		left = size;
	if (view_translate(view, address, &physical))
		return -1;
	if (write)
		gdb_points_insert(&target->points, physical, bytes, left);
	err = write ? teavmx_mem_write(target->teavmx, target->vm, physical,
				       bytes, left) :
		      teavmx_mem_read(target->teavmx, target->vm, physical,
				      bytes, left);
	if (err) {
		target->number = teavmx_error(target->teavmx)->error;
		return -1;
	}
	if (write)
		gdb_points_written(&target->points, physical, left);
	else
		gdb_points_hide(&target->points, physical, bytes, left);
	return (int)left;
}

static int vm_access(struct gdb_vm *target, bool write, uint32_t thread,
		     uint64_t address, uint8_t *bytes, size_t size)
{
	struct view view;
	size_t done = 0;
	int count;

	if (view_open(&view, target, thread))
		return -1;
	do {
		count = view_access(&view, write, address + done, bytes + done,
				    size - done);
		if (count > 0)
			done += (size_t)count;
	} while (count > 0 && done < size);
	free(view.registers);
	return done ? (int)done : -1;
}

int gdb_vm_read(void *data, uint32_t thread, uint64_t address, void *bytes,
		size_t size)
{
	return vm_access(data, false, thread, address, bytes, size);
}

int gdb_vm_write(void *data, uint32_t thread, uint64_t address,
		 const void *bytes, size_t size)
{
	uint8_t *copy = malloc(size);
	int count;

	if (!copy)
		return gdb_vm_refuse(data, ENOMEM, "out of memory");
	/* The software breakpoints among them are put into the copy. */
	memcpy(copy, bytes, size);
	count = vm_access(data, true, thread, address, copy, size);
	free(copy);
	return count == (int)size ? 0 : -1;
}

static uint64_t vm_memory(void *data)
{
	const struct gdb_vm *target = data;

	return target->memory;
}

/* One that has stopped by itself first, then one that can be examined */
static struct gdb_vcpu *vm_choose(struct gdb_vm *target)
{
	struct gdb_vcpu *chosen = NULL;
	size_t i;

	for (i = 0; i < target->count; i++)
		if (target->vcpus[i].pending)
			return &target->vcpus[i];
	for (i = 0; i < target->count && !chosen; i++)
		if (!gdb_vm_runs(&target->vcpus[i]) &&
		    target->vcpus[i].state != TEAVMX_VCPU_STATE_EXITED)
			chosen = &target->vcpus[i];
	return chosen ? chosen : &target->vcpus[0];
}

static int vm_stop(void *data, struct gdb_stop *stop)
{
	struct gdb_vm *target = data;
	struct gdb_vcpu *vcpu;
	bool pending;

	memset(stop, 0, sizeof(*stop));
	if (gdb_vm_stop(target))
		return -1;
	vcpu = vm_choose(target);
	pending = vcpu->pending;
	stop->thread = vcpu->id;
	if (gdb_vm_runs(vcpu)) {
		snprintf(stop->text, sizeof(stop->text),
			 "vCPU %u is not paused yet: the program that created the VM has not answered an exit\n",
			 vcpu->id);
		return 0;
	}
	vcpu->pending = false;
	return pending && gdb_vm_explain(target, vcpu, stop) && target->gone ? -1 : 0;
}

static int vm_resume(void *data, uint32_t thread, bool step)
{
	struct gdb_vm *target = data;
	struct gdb_vcpu *vcpu = gdb_vm_vcpu(target, thread);

	if (!vcpu || vcpu->state == TEAVMX_VCPU_STATE_EXITED)
		return 0;
	vcpu->stepping = step;
	vcpu->resumed = true;
	/* Its stop is reported instead; if it runs, it has to pause soon. */
	if (vcpu->pending || gdb_vm_runs(vcpu))
		return 0;
	return gdb_vm_run(target, vcpu, step);
}

static bool vm_wants_traps(struct gdb_vm *target)
{
	uint32_t exceptions = target->points.exceptions;
	struct teavmx_vm vm;

	if (!target->points.routed)
		exceptions = teavmx_vm_get(target->teavmx, target->vm, &vm) ?
			     0 : vm.host_exceptions;
	return exceptions & 1u << VECTOR_BP;
}

/*
 * The instruction that a vCPU is paused for is left to the one who debugs next. INT3 is not,
 * unless the program that created the VM wants it: gdb removes its breakpoints before it
 * detaches, so that it is now another instruction or for the guest.
 */
static bool vcpu_may_run(struct gdb_vm *target, struct gdb_vcpu *vcpu)
{
	bool ours = false;
	int trap;

	if (vcpu->state == TEAVMX_VCPU_STATE_READY)
		return true;
	if (vcpu->state != TEAVMX_VCPU_STATE_PAUSED ||
	    vcpu->stop == TEAVMX_STOP_FAIL)
		return false;
	if (vcpu->stop != TEAVMX_STOP_EXIT || vcpu->answered ||
	    gdb_vm_is_halted(target, vcpu))
		return true;
	trap = gdb_vm_is_trap(target, vcpu, &ours);
	return trap > 0 && (ours || !vm_wants_traps(target));
}

static void release_late(struct gdb_vm *target, const struct gdb_vcpu *vcpu)
{
	if (gdb_vm_runs(vcpu) && vcpu->requested)
		target->host->log("vCPU %u pauses when the program of the VM answers its exit",
				  vcpu->id);
}

/* All vCPUs stop, for the points to be removed. */
static int release_stop(struct gdb_vm *target, bool run)
{
	struct gdb_vcpu *vcpu;
	size_t i;

	if (gdb_vm_refresh(target))
		return -1;
	for (i = 0; i < target->count; i++) {
		vcpu = &target->vcpus[i];
		vcpu->goes_on = !vcpu->stepping && (vcpu->resumed || gdb_vm_runs(vcpu));
	}
	/* One that another program creates or runs from now on goes on, too. */
	if (gdb_vm_stop(target))
		return -1;
	for (i = 0; i < target->count; i++) {
		vcpu = &target->vcpus[i];
		release_late(target, vcpu);
		vcpu->goes_on = (vcpu->goes_on || run) && !gdb_vm_runs(vcpu) &&
				vcpu_may_run(target, vcpu);
	}
	return 0;
}

/* Not one that was killed, or that another program runs */
static bool vcpu_could_run(struct gdb_vm *target, const struct gdb_vcpu *vcpu)
{
	uint32_t state, stop;

	return !teavmx_vcpu_state(target->teavmx, target->vm, vcpu->id, &state, &stop) &&
	       (state == TEAVMX_VCPU_STATE_READY || state == TEAVMX_VCPU_STATE_PAUSED);
}

static int vm_release(void *data, bool run)
{
	struct gdb_vm *target = data;
	int stopped = release_stop(target, run);
	int removed = gdb_points_remove(target);
	int err = stopped || removed ? -1 : 0;
	size_t i;

	for (i = 0; i < target->count && !stopped && !removed; i++)
		if (target->vcpus[i].goes_on &&
		    gdb_vm_run(target, &target->vcpus[i], false) &&
		    vcpu_could_run(target, &target->vcpus[i]))
			err = -1;
	/* Other programs may run the vCPUs before the next client comes. */
	for (i = 0; i < target->count; i++) {
		target->vcpus[i].pending = false;
		target->vcpus[i].resumed = false;
		target->vcpus[i].stepping = false;
		target->vcpus[i].requested = false;
		target->vcpus[i].answered = false;
		target->vcpus[i].trapped = false;
		target->vcpus[i].has_exit = false;
	}
	return target->gone ? -1 : err;
}

static int vm_kill(void *data)
{
	struct gdb_vm *target = data;

	return teavmx_vm_del(target->teavmx, target->vm) ? gdb_vm_fail(target) : 0;
}

static int vm_error(void *data)
{
	const struct gdb_vm *target = data;

	return target->number;
}

const struct gdb_target_ops gdb_vm_ops = {
	.threads = vm_threads,
	.describe = vm_describe,
	.registers = vm_registers,
	.set_registers = vm_set_registers,
	.read = gdb_vm_read,
	.write = gdb_vm_write,
	.memory = vm_memory,
	.set_point = gdb_points_set,
	.clear_point = gdb_points_clear,
	.stop = vm_stop,
	.resume = vm_resume,
	.wait = gdb_vm_wait,
	.release = vm_release,
	.kill = vm_kill,
	.monitor = gdb_vm_monitor,
	.error = vm_error,
};

int gdb_vm_open(struct gdb_vm *target, struct teavmx *teavmx,
		const struct gdb_host *host, uint32_t vm)
{
	struct teavmx_event_filter filter = {
		.types = 1u << TEAVMX_EVENT_TYPE_STATE |
			 1u << TEAVMX_EVENT_TYPE_VMX_EXIT,
		.has_reasons = true,
	};
	struct teavmx_vm one;

	memset(target, 0, sizeof(*target));
	target->teavmx = teavmx;
	target->host = host;
	target->vm = vm;
	/* first_fault_look() needs the records of these exits. */
	filter.reasons[VMX_EXIT_EXCEPTION_NMI / 8] |= 1u << VMX_EXIT_EXCEPTION_NMI % 8;
	filter.reasons[VMX_EXIT_TRIPLE_FAULT / 8] |= 1u << VMX_EXIT_TRIPLE_FAULT % 8;
	if (teavmx_event_open(teavmx, 0) || teavmx_vm_get(teavmx, vm, &one) ||
	    teavmx_event_filter(teavmx, &filter) ||
	    teavmx_event_watch(teavmx, vm, one.next_seq))
		return -1;
	target->memory = one.memory;
	return 0;
}
