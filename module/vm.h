/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TEAVMX_VM_H
#define _TEAVMX_VM_H

#include <linux/atomic.h>
#include <linux/bitmap.h>
#include <linux/kref.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>

#include "payload/commands.h"
#include "payload/port_queue.h"
#include "tea/ports.h"
#include "vmx/port_gate.h"

struct event_log;
struct mem_cgroup;
struct netlink_ext_ack;
struct payload_ops;
struct sock;
struct teavmx_raw;
struct teavmx_vcpu;
struct vcpu_params;

/**
 * struct teavmx_vm - one VM
 * @id: number; set once
 * @flags: enum teavmx_vm_flags; set once
 * @owner: netlink port that its socket had; set once
 * @socket: its socket, of which it holds a reference; NULL when it is detached;
 *	set once
 * @ref: one reference until vm_release(), and one for each vm_get()
 * @memcg: memory cgroup of its creator
 * @lock: guards @dead, @holds_vmx, @vcpus, @processes, @vcpu_count, @next_vcpu
 *	and @commands, and started, task and runner of each vCPU
 * @dead: vm_release() is destroying or has destroyed the vCPUs
 * @holds_vmx: vmx_own_get() was called and is to be undone
 * @vcpus: its vCPUs by number, exited ones too until their place is needed
 * @pids: process numbers that may be in use: a clear bit is a free number, unless
 *	a process has it that is ending just now. Set under @lock
 * @processes: number of the vCPU of the last process with each pid, or 0
 * @vcpu_count: entries in @vcpus
 * @living: how many of them have not ended; decremented by any thread
 * @next_vcpu: where the search for a free number begins
 * @pages: number of pages that its guests have, for pages_reserve()
 * @generation: incremented with each vCPU that is created or removed; guarded
 *	by @lock
 * @payload: what its guests run; set once
 * @raw: the part of a raw VM's payload, or NULL; set once
 * @commands: program slots and launches that are not complete
 * @ports_lock: guards @ports and @port_queue
 * @ports_gate: guards @ports from the fast path; see vm_lock_ports()
 * @ports: ports that its processes share
 * @port_queue: threads that wait for a port to change
 * @log: its events; set once
 * @release: work item of vm_release()
 */
struct teavmx_vm {
	u32 id;
	u32 flags;
	u32 owner;
	struct sock *socket;
	struct kref ref;
	struct mem_cgroup *memcg;
	struct mutex lock;
	bool dead;
	bool holds_vmx;
	struct xarray vcpus;
	DECLARE_BITMAP(pids, TEA_PID_MAX + 1);
	u32 processes[TEA_PID_MAX + 1];
	u32 vcpu_count;
	atomic_t living;
	u32 next_vcpu;
	atomic_long_t pages;
	u32 generation;
	const struct payload_ops *payload;
	struct teavmx_raw *raw;
	struct tea_commands commands;
	spinlock_t ports_lock;
	struct port_gate ports_gate;
	struct tea_ports ports;
	struct port_queue port_queue;
	struct event_log *log;
	struct work_struct release;
};

/**
 * vm_lock_ports() - begin an access to the ports of a VM
 * @vm: the VM
 *
 * Context: takes vm->ports_lock until vm_unlock_ports().
 */
static inline void vm_lock_ports(struct teavmx_vm *vm)
{
	spin_lock(&vm->ports_lock);
	port_gate_close(&vm->ports_gate);
}

/**
 * vm_unlock_ports() - undo vm_lock_ports()
 * @vm: the VM
 */
static inline void vm_unlock_ports(struct teavmx_vm *vm)
{
	port_gate_open(&vm->ports_gate);
	spin_unlock(&vm->ports_lock);
}

/**
 * struct vm_owner - the socket that creates a VM
 * @port: its netlink port
 * @socket: the socket, open while the request is handled
 */
struct vm_owner {
	u32 port;
	struct sock *socket;
};

/**
 * struct vm_limits - module parameters
 * @vms: VMs at a time
 * @vcpus: vCPUs in a VM
 * @log: event records kept for a VM
 */
struct vm_limits {
	unsigned int vms;
	unsigned int vcpus;
	unsigned int log;
};

extern struct vm_limits vm_limits;

int vm_init(void);
void vm_exit(void);
struct teavmx_vm *vm_create(u32 flags, const struct vm_owner *owner,
			    const struct payload_ops *payload, u64 memory,
			    struct netlink_ext_ack *extack);
int vm_delete(u32 id);
void vm_delete_orphans(void);
struct teavmx_vm *vm_get(u32 id);
struct teavmx_vm *vm_get_next(u32 *id);
void vm_put(struct teavmx_vm *vm);
bool vm_relock(struct teavmx_vm *vm);
void vm_hold(struct teavmx_vm *vm);
void vm_drop(void *vm);
unsigned int vm_count(void);
u32 vm_generation(void);
u32 vm_vcpus_generation(void);
int vm_choose_pid(struct teavmx_vm *vm, u8 wanted,
		  struct netlink_ext_ack *extack);
struct teavmx_vcpu *vm_new_vcpu(struct teavmx_vm *vm,
				struct vcpu_params *params,
				struct netlink_ext_ack *extack);
struct teavmx_vcpu *vm_vcpu(struct teavmx_vm *vm, u32 id);
struct teavmx_vcpu *vm_process(struct teavmx_vm *vm, u8 pid);
bool vm_is_alone(const struct teavmx_vcpu *vcpu);
void vm_process_begins(struct teavmx_vcpu *vcpu);
void vm_process_ends(struct teavmx_vcpu *vcpu);
void vm_place_ends(struct teavmx_vcpu *vcpu);

#endif
