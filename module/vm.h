/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TEAVMX_VM_H
#define _TEAVMX_VM_H

#include <linux/atomic.h>
#include <linux/kref.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>

#include "payload/commands.h"
#include "event.h"
#include "payload/port_queue.h"
#include "tea/ports.h"

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
 * @ref: one for being alive, one for each vm_get()
 * @memcg: memory cgroup of its creator
 * @lock: guards @dead, @holds_vmx, @vcpus, @processes, @vcpu_count, @next_vcpu
 *	and @commands, and each vcpu->started
 * @dead: out of the table and without vCPUs
 * @holds_vmx: has done vmx_own_get()
 * @vcpus: its vCPUs by number, exited ones too until their place is needed
 * @processes: by pid the vCPU of the last process that had it, or NULL
 * @vcpu_count: entries in @vcpus
 * @next_vcpu: where the search for a free number begins
 * @pages: how many pages its guests have, for pages_reserve()
 * @generation: changes with each vCPU that comes or goes; guarded by @lock
 * @payload: what its guests run; set once
 * @raw: what a raw VM has, for its payload; set once
 * @commands: program slots and launches that have begun
 * @ports_lock: guards @ports and @port_queue
 * @ports: what its processes share
 * @port_queue: threads that wait for a port to change
 * @log: its events
 * @release: ends it
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
	struct teavmx_vcpu *processes[TEA_PID_MAX + 1];
	u32 vcpu_count;
	u32 next_vcpu;
	atomic_long_t pages;
	u32 generation;
	const struct payload_ops *payload;
	struct teavmx_raw *raw;
	struct tea_commands commands;
	spinlock_t ports_lock;
	struct tea_ports ports;
	struct port_queue port_queue;
	struct event_log log;
	struct work_struct release;
};

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
unsigned int vm_count(void);
u32 vm_generation(void);
u32 vm_vcpus_generation(void);
int vm_choose_pid(struct teavmx_vm *vm, u8 asked,
		  struct netlink_ext_ack *extack);
struct teavmx_vcpu *vm_new_vcpu(struct teavmx_vm *vm,
				struct vcpu_params *params,
				struct netlink_ext_ack *extack);
struct teavmx_vcpu *vm_vcpu(struct teavmx_vm *vm, u32 id);
struct teavmx_vcpu *vm_process(struct teavmx_vm *vm, u8 pid);

#endif
