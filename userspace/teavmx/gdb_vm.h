/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TEAVMX_GDB_VM_H
#define TEAVMX_GDB_VM_H

#include <userspace/gdb/target.h>
#include <userspace/lib/teavmx.h>

#include "gdb_points.h"

/* GDB_VCPUS - most vCPUs that a raw VM has */
#define GDB_VCPUS	8

/**
 * struct gdb_vcpu - a vCPU that is debugged
 * @id: its number
 * @state: enum teavmx_vcpu_state, as last read
 * @stop: enum teavmx_stop, as last read
 * @resumed: it was run by the client, and no stop was reported since
 * @starting: its run was requested, and it was not seen to run since
 * @since: records with a lower number are older than @state
 * @stepping: it was run for one instruction, and has not stopped since
 * @pending: it has stopped by itself while another stop was reported
 * @requested: it was requested to pause, which is not a stop of its own
 * @goes_on: it ran when the client left, and does so again
 * @answered: its next run begins after the instruction that it is paused for
 * @answer: what that instruction reads
 * @armed: it has the points of the client that need debug registers
 * @trapped: it has stopped at a software breakpoint, which may be removed since
 * @has_exit: @exit is valid
 * @exit: its last exit
 */
struct gdb_vcpu {
	uint32_t id;
	uint32_t state;
	uint32_t stop;
	bool resumed;
	bool starting;
	uint64_t since;
	bool stepping;
	bool pending;
	bool requested;
	bool goes_on;
	bool answered;
	uint64_t answer;
	bool armed;
	bool trapped;
	bool has_exit;
	struct teavmx_record exit;
};

/**
 * struct gdb_vm - a raw VM that is debugged
 * @teavmx: handle
 * @host: what the stub needs of this program
 * @vm: the VM
 * @memory: bytes of its RAM
 * @physical: addresses are guest-physical, not linear
 * @gone: it has been removed
 * @number: errno of the last failure
 * @vcpus: its vCPUs
 * @count: how many
 * @points: breakpoints and watchpoints of the client
 */
struct gdb_vm {
	struct teavmx *teavmx;
	const struct gdb_host *host;
	uint32_t vm;
	uint64_t memory;
	bool physical;
	bool gone;
	int number;
	struct gdb_vcpu vcpus[GDB_VCPUS];
	size_t count;
	struct gdb_points points;
};

/* gdb_vm_ops - the operations of a target, whose data is struct gdb_vm */
extern const struct gdb_target_ops gdb_vm_ops;

/**
 * gdb_vm_open() - prepare a VM for the stub
 * @target: receives the state
 * @teavmx: handle
 * @host: what the stub needs of this program
 * @vm: the VM, a raw one
 *
 * Return: 0 or -1.
 */
int gdb_vm_open(struct gdb_vm *target, struct teavmx *teavmx,
		const struct gdb_host *host, uint32_t vm);

/* gdb_vm_fail() - note and log why a request failed; returns -1 */
int gdb_vm_fail(struct gdb_vm *target);

/* gdb_vm_refuse() - note and log an errno with its reason; returns -1 */
int gdb_vm_refuse(struct gdb_vm *target, int number, const char *reason);

/* gdb_vm_vcpu() - find a vCPU; NULL if there is none of this number */
struct gdb_vcpu *gdb_vm_vcpu(struct gdb_vm *target, uint32_t id);

/* gdb_vm_runs() - is a vCPU running, or will it run as soon as its program answers? */
bool gdb_vm_runs(const struct gdb_vcpu *vcpu);

/**
 * gdb_vm_refresh() - read the states of all vCPUs, of which there may be more than before
 * @target: the VM
 *
 * Return: 0 or -1.
 */
int gdb_vm_refresh(struct gdb_vm *target);

/**
 * gdb_vm_stop() - pause all vCPUs that run
 * @target: the VM
 *
 * One that has stopped by itself meanwhile becomes pending.
 *
 * Return: 0 or -1.
 */
int gdb_vm_stop(struct gdb_vm *target);

/**
 * gdb_vm_run() - run a vCPU
 * @target: the VM
 * @vcpu: the vCPU, which does not run
 * @step: for one instruction
 *
 * Return: 0 or -1.
 */
int gdb_vm_run(struct gdb_vm *target, struct gdb_vcpu *vcpu, bool step);

/* gdb_vm_wait() - operation @wait of a target */
enum gdb_wait gdb_vm_wait(void *data, const struct gdb_waiter *waiter,
			  struct gdb_stop *stop);

/* gdb_vm_read() - operation @read of a target */
int gdb_vm_read(void *data, uint32_t thread, uint64_t address, void *bytes,
		size_t size);

/* gdb_vm_write() - operation @write of a target */
int gdb_vm_write(void *data, uint32_t thread, uint64_t address,
		 const void *bytes, size_t size);

/**
 * gdb_vm_physical() - translate an address as a vCPU sees it
 * @target: the VM
 * @vcpu: number of the vCPU
 * @address: the address
 * @physical: receives the guest-physical address
 *
 * Return: 0 or -1.
 */
int gdb_vm_physical(struct gdb_vm *target, uint32_t vcpu, uint64_t address,
		    uint64_t *physical);

/**
 * gdb_vm_explain() - describe why a vCPU has stopped
 * @target: the VM; all vCPUs are paused
 * @vcpu: the vCPU
 * @stop: receives the description
 *
 * Return: 0 or -1.
 */
int gdb_vm_explain(struct gdb_vm *target, struct gdb_vcpu *vcpu,
		   struct gdb_stop *stop);

/* gdb_vm_exit() - read the last exit of a paused vCPU; 0 or -1 */
int gdb_vm_exit(struct gdb_vm *target, struct gdb_vcpu *vcpu);

/**
 * gdb_vm_is_trap() - is a vCPU paused for INT3?
 * @target: the VM
 * @vcpu: the vCPU
 * @ours: receives whether it is a breakpoint of the client
 *
 * Return: 1 or 0, or -1.
 */
int gdb_vm_is_trap(struct gdb_vm *target, struct gdb_vcpu *vcpu, bool *ours);

/* gdb_vm_is_halted() - is a vCPU paused for HLT? */
bool gdb_vm_is_halted(struct gdb_vm *target, struct gdb_vcpu *vcpu);

/* gdb_vm_monitor() - operation @monitor of a target */
int gdb_vm_monitor(void *data, uint32_t thread, const char *line, FILE *file);

#endif
