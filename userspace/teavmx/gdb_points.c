// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <uapi/regs.h>
#include <uapi/vmx.h>

#include "gdb_vm.h"

#define INT3		0xcc
#define VECTOR_BP	3

struct gdb_software *gdb_points_find(struct gdb_points *points,
				     uint64_t physical)
{
	size_t i;

	for (i = 0; i < points->software_count; i++)
		if (points->software[i].physical == physical)
			return &points->software[i];
	return NULL;
}

void gdb_points_hide(const struct gdb_points *points, uint64_t physical,
		     uint8_t *bytes, size_t size)
{
	const struct gdb_software *one = points->software;

	for (; one < points->software + points->software_count; one++)
		if (one->physical - physical < size)
			bytes[one->physical - physical] = one->byte;
}

void gdb_points_insert(struct gdb_points *points, uint64_t physical,
		       uint8_t *bytes, size_t size)
{
	struct gdb_software *one = points->software;

	for (; one < points->software + points->software_count; one++) {
		if (one->physical - physical >= size)
			continue;
		one->next = bytes[one->physical - physical];
		bytes[one->physical - physical] = INT3;
	}
}

void gdb_points_written(struct gdb_points *points, uint64_t physical, size_t size)
{
	struct gdb_software *one = points->software;

	for (; one < points->software + points->software_count; one++)
		if (one->physical - physical < size)
			one->byte = one->next;
}

/* INT3 pauses the guest only if the exits of its exception are for this program. */
static int points_route(struct gdb_vm *target)
{
	struct gdb_points *points = &target->points;
	struct teavmx_vm vm;

	if (points->routed)
		return 0;
	if (teavmx_vm_get(target->teavmx, target->vm, &vm) ||
	    teavmx_host_exceptions(target->teavmx, target->vm,
				   vm.host_exceptions | 1u << VECTOR_BP))
		return gdb_vm_fail(target);
	points->exceptions = vm.host_exceptions;
	points->routed = true;
	return 0;
}

static int points_unroute(struct gdb_vm *target)
{
	struct gdb_points *points = &target->points;
	struct teavmx_vm vm;

	if (!points->routed || points->software_count)
		return 0;
	points->routed = false;
	if (points->exceptions & 1u << VECTOR_BP)
		return 0;
	/* Another program may have changed the other ones meanwhile. */
	return teavmx_vm_get(target->teavmx, target->vm, &vm) ||
	       teavmx_host_exceptions(target->teavmx, target->vm,
				      vm.host_exceptions & ~(1u << VECTOR_BP)) ?
	       gdb_vm_fail(target) : 0;
}

/* A guest that has written another byte there meanwhile keeps that. */
static int software_restore(struct gdb_vm *target, const struct gdb_software *one)
{
	uint8_t byte;

	return teavmx_mem_read(target->teavmx, target->vm, one->physical, &byte, 1) ||
	       (byte == INT3 && teavmx_mem_write(target->teavmx, target->vm,
						 one->physical, &one->byte, 1)) ?
	       gdb_vm_fail(target) : 0;
}

/* One that cannot be removed is still there. */
static int software_remove(struct gdb_vm *target, struct gdb_software *one)
{
	struct gdb_points *points = &target->points;

	if (software_restore(target, one))
		return -1;
	*one = points->software[--points->software_count];
	return points_unroute(target);
}

/* A guest that has written another byte over one that is set again has that later, too. */
static int software_insert(struct gdb_vm *target, struct gdb_software *one, bool again)
{
	static const uint8_t code = INT3;
	uint8_t byte;

	if (teavmx_mem_read(target->teavmx, target->vm, one->physical, &byte, 1))
		return gdb_vm_fail(target);
	if (again && byte == INT3)
		return 0;
	one->byte = byte;
	return teavmx_mem_write(target->teavmx, target->vm, one->physical, &code, 1) ?
	       gdb_vm_fail(target) : 0;
}

static int software_add(struct gdb_vm *target, uint64_t address, uint64_t physical)
{
	struct gdb_points *points = &target->points;
	struct gdb_software *one = &points->software[points->software_count];

	if (points->software_count == GDB_SOFTWARE_MAX)
		return gdb_vm_refuse(target, ENOSPC,
				     "too many software breakpoints");
	one->address = address;
	one->physical = physical;
	if (software_insert(target, one, false))
		return -1;
	points->software_count++;
	if (!points_route(target))
		return 0;
	software_remove(target, one);
	return -1;
}

static int software_set(struct gdb_vm *target, uint32_t thread,
			uint64_t address)
{
	struct gdb_software *same;
	uint64_t physical;

	if (gdb_vm_physical(target, thread, address, &physical))
		return -1;
	same = gdb_points_find(&target->points, physical);
	if (!same)
		return software_add(target, address, physical);
	if (same->address == address)
		return software_insert(target, same, true);
	return gdb_vm_refuse(target, EEXIST,
			     "another address of a software breakpoint is this byte, too");
}

static int software_clear(struct gdb_vm *target, uint64_t address)
{
	struct gdb_points *points = &target->points;
	size_t i;

	for (i = 0; i < points->software_count; i++)
		if (points->software[i].address == address)
			return software_remove(target, &points->software[i]);
	return gdb_vm_refuse(target, ENOENT, "there is no such breakpoint");
}

/* A vCPU that runs, and has not paused since it was created, has none yet. */
static bool vcpu_has_points(const struct gdb_vcpu *vcpu)
{
	return vcpu->state != TEAVMX_VCPU_STATE_EXITED &&
	       (vcpu->armed || !gdb_vm_runs(vcpu));
}

/* A vCPU that has exited has no breakpoints. Another client may have deleted one. */
static int hardware_remove(struct gdb_vm *target, size_t count,
			   const struct teavmx_breakpoint *point)
{
	int err = 0;
	size_t i;

	for (i = 0; i < count; i++)
		if (vcpu_has_points(&target->vcpus[i]) &&
		    teavmx_break_clear(target->teavmx, target->vm,
				       target->vcpus[i].id, point) &&
		    teavmx_error(target->teavmx)->error != ENOENT)
			err = gdb_vm_fail(target);
	return err;
}

void gdb_points_arm(struct gdb_vm *target, struct gdb_vcpu *vcpu)
{
	struct gdb_points *points = &target->points;
	size_t i;

	if (vcpu->armed || gdb_vm_runs(vcpu) ||
	    vcpu->state == TEAVMX_VCPU_STATE_EXITED)
		return;
	/* Points that were set since the vCPU was found are there already. */
	for (i = 0; i < points->hardware_count; i++) {
		if (teavmx_break_set(target->teavmx, target->vm, vcpu->id,
				     &points->hardware[i]) &&
		    teavmx_error(target->teavmx)->error != EEXIST) {
			gdb_vm_fail(target);
			return;
		}
	}
	vcpu->armed = true;
}

static int hardware_set(struct gdb_vm *target,
			const struct teavmx_breakpoint *point)
{
	struct gdb_points *points = &target->points;
	size_t i;

	if (points->hardware_count == GDB_HARDWARE_MAX)
		return gdb_vm_refuse(target, ENOSPC,
				     "the processor has four debug registers");
	for (i = 0; i < target->count; i++) {
		if (target->vcpus[i].state == TEAVMX_VCPU_STATE_EXITED ||
		    !teavmx_break_set(target->teavmx, target->vm,
				      target->vcpus[i].id, point))
			continue;
		gdb_vm_fail(target);
		hardware_remove(target, i, point);
		return -1;
	}
	points->hardware[points->hardware_count++] = *point;
	return 0;
}

static int hardware_clear(struct gdb_vm *target,
			  const struct teavmx_breakpoint *point)
{
	struct gdb_points *points = &target->points;
	size_t i;

	for (i = 0; i < points->hardware_count; i++)
		if (points->hardware[i].kind == point->kind &&
		    points->hardware[i].address == point->address &&
		    points->hardware[i].size == point->size)
			break;
	if (i == points->hardware_count)
		return gdb_vm_refuse(target, ENOENT,
				     "there is no such breakpoint");
	points->hardware[i] = points->hardware[--points->hardware_count];
	return hardware_remove(target, target->count, point);
}

/* A debug register watches 1, 2, 4 or 8 bytes at a multiple of their number. */
static uint8_t watch_size(uint64_t address, unsigned int left)
{
	uint8_t size = 8;

	while (size > left || address % size)
		size /= 2;
	return size;
}

static int watch_change(struct gdb_vm *target, uint32_t kind, uint64_t address,
			unsigned int size, bool set)
{
	struct teavmx_breakpoint point = { .kind = kind, .address = address };
	unsigned int done;
	int err = 0;

	for (done = 0; done < size; done += point.size) {
		point.address = address + done;
		point.size = watch_size(point.address, size - done);
		if (set && hardware_set(target, &point)) {
			watch_change(target, kind, address, done, false);
			return -1;
		}
		if (!set && hardware_clear(target, &point))
			err = -1;
	}
	return err;
}

static int point_change(struct gdb_vm *target, enum gdb_point kind,
			uint64_t address, unsigned int size, bool set)
{
	const struct teavmx_breakpoint point = {
		.kind = TEAVMX_BREAKPOINT_KIND_INSTRUCTION,
		.address = address,
	};

	if (kind == GDB_POINT_HARDWARE)
		return set ? hardware_set(target, &point) :
			     hardware_clear(target, &point);
	return watch_change(target, kind == GDB_POINT_WRITE ?
			    TEAVMX_BREAKPOINT_KIND_WRITE :
			    TEAVMX_BREAKPOINT_KIND_ACCESS, address, size, set);
}

int gdb_points_set(void *data, uint32_t thread, enum gdb_point kind,
		   uint64_t address, unsigned int size)
{
	return kind == GDB_POINT_SOFTWARE ?
	       software_set(data, thread, address) :
	       point_change(data, kind, address, size, true);
}

int gdb_points_clear(void *data, enum gdb_point kind, uint64_t address,
		     unsigned int size)
{
	return kind == GDB_POINT_SOFTWARE ?
	       software_clear(data, address) :
	       point_change(data, kind, address, size, false);
}

int gdb_points_remove(struct gdb_vm *target)
{
	struct gdb_points *points = &target->points;
	int err = 0;

	while (points->software_count)
		if (software_restore(target, &points->software[--points->software_count]))
			err = -1;
	if (points_unroute(target))
		err = -1;
	while (points->hardware_count)
		if (hardware_remove(target, target->count,
				    &points->hardware[--points->hardware_count]))
			err = -1;
	return err;
}

/* The points of the list that the client has set, as the module does not know that */
static bool is_mine(const struct gdb_points *points,
		    const struct teavmx_breakpoint *point)
{
	size_t i;

	for (i = 0; i < points->hardware_count; i++)
		if (points->hardware[i].kind == point->kind &&
		    points->hardware[i].address == point->address)
			return true;
	return false;
}

static bool is_data(const struct teavmx_breakpoint *point)
{
	return point->kind == TEAVMX_BREAKPOINT_KIND_WRITE ||
	       point->kind == TEAVMX_BREAKPOINT_KIND_ACCESS;
}

static void point_report(const struct teavmx_breakpoint *point,
			 struct gdb_stop *stop)
{
	stop->address = point->address;
	stop->cause = point->kind == TEAVMX_BREAKPOINT_KIND_WRITE ?
		      GDB_CAUSE_WRITE :
		      point->kind == TEAVMX_BREAKPOINT_KIND_ACCESS ?
		      GDB_CAUSE_ACCESS : GDB_CAUSE_HARDWARE;
}

int gdb_points_hit(struct gdb_vm *target, const struct gdb_vcpu *vcpu,
		   struct gdb_stop *stop)
{
	struct teavmx_breakpoint *list;
	int count = teavmx_break_list(target->teavmx, target->vm, vcpu->id, &list);
	int i;

	if (count < 0)
		return gdb_vm_fail(target);
	for (i = 0; i < count; i++)
		if (list[i].hit && is_mine(&target->points, &list[i]) &&
		    (stop->cause == GDB_CAUSE_SIGNAL || is_data(&list[i])))
			point_report(&list[i], stop);
	free(list);
	return 0;
}
