/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TEAVMX_GDB_POINTS_H
#define TEAVMX_GDB_POINTS_H

#include <userspace/gdb/target.h>

struct gdb_vm;
struct gdb_vcpu;

/* Most software breakpoints */
#define GDB_SOFTWARE_MAX	256
/* The debug registers of a processor */
#define GDB_HARDWARE_MAX	4

/**
 * struct gdb_software - a software breakpoint: INT3 in RAM
 * @address: as the client has it
 * @physical: guest-physical address
 * @byte: what was there before
 * @next: what a write that has not succeeded yet puts there
 */
struct gdb_software {
	uint64_t address;
	uint64_t physical;
	uint8_t byte;
	uint8_t next;
};

/**
 * struct gdb_points - the points of a client
 * @software: software breakpoints
 * @software_count: how many
 * @hardware: points by debug registers; a watchpoint may have several
 * @hardware_count: how many
 * @routed: the breakpoint exception is routed to the host program because of
 *	@software
 * @exceptions: the exceptions that were routed there before
 */
struct gdb_points {
	struct gdb_software software[GDB_SOFTWARE_MAX];
	size_t software_count;
	struct teavmx_breakpoint hardware[GDB_HARDWARE_MAX];
	size_t hardware_count;
	bool routed;
	uint32_t exceptions;
};

/* gdb_points_set() - operation @set_point of a target */
int gdb_points_set(void *data, uint32_t thread, enum gdb_point kind,
		   uint64_t address, unsigned int size);

/* gdb_points_clear() - operation @clear_point of a target */
int gdb_points_clear(void *data, enum gdb_point kind, uint64_t address,
		     unsigned int size);

/**
 * gdb_points_remove() - remove all points
 * @target: the VM; none of its vCPUs runs
 *
 * Return: 0 or -1, after an attempt to remove each.
 */
int gdb_points_remove(struct gdb_vm *target);

/**
 * gdb_points_arm() - give the debug registers to a vCPU that was created later
 * @target: the VM
 * @vcpu: the vCPU; nothing changes while it runs, so this is called again when it has paused
 *
 * A failure is logged.
 */
void gdb_points_arm(struct gdb_vm *target, struct gdb_vcpu *vcpu);

/**
 * gdb_points_find() - find a software breakpoint
 * @points: the points
 * @physical: guest-physical address
 *
 * Return: the breakpoint, or NULL.
 */
struct gdb_software *gdb_points_find(struct gdb_points *points,
				     uint64_t physical);

/**
 * gdb_points_hide() - replace the INT3 in bytes that were read from RAM
 * @points: the points
 * @physical: guest-physical address of the first byte
 * @bytes: the bytes
 * @size: how many
 */
void gdb_points_hide(const struct gdb_points *points, uint64_t physical,
		     uint8_t *bytes, size_t size);

/**
 * gdb_points_insert() - put INT3 into bytes that will be written to RAM
 * @points: the points
 * @physical: guest-physical address of the first byte
 * @bytes: the bytes
 * @size: how many
 */
void gdb_points_insert(struct gdb_points *points, uint64_t physical,
		       uint8_t *bytes, size_t size);

/**
 * gdb_points_written() - the bytes of gdb_points_insert() were written
 * @points: the points, which have from now on what the bytes were
 * @physical: guest-physical address of the first byte
 * @size: how many
 */
void gdb_points_written(struct gdb_points *points, uint64_t physical, size_t size);

/**
 * gdb_points_hit() - describe which point by a debug register a vCPU has hit
 * @target: the VM
 * @vcpu: the vCPU, paused at a breakpoint
 * @stop: receives cause and address; unchanged if it is no point of the client
 *
 * Return: 0 or -1.
 */
int gdb_points_hit(struct gdb_vm *target, const struct gdb_vcpu *vcpu,
		   struct gdb_stop *stop);

#endif
