/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TEAVMX_PAYLOAD_H
#define _TEAVMX_PAYLOAD_H

#include "../backend/backend.h"

#include <linux/types.h>

#include <uapi/teavmx.h>

struct netlink_ext_ack;
struct nlattr;
struct teavmx_vcpu;
struct teavmx_vm;
struct vcpu_params;
struct vmx_register;
struct vmx_registers;
struct vmx_setup;

/**
 * struct payload_run - the parameters of VCPU_RUN
 * @bounds: when the vCPU pauses by itself
 * @exits_attr: attribute of the bound of exits, for a refusal to name, or NULL
 * @time_attr: the same for the bound of time
 * @until_attr: attribute of bounds.until, NULL when the request has none
 */
struct payload_run {
	struct vcpu_bounds bounds;
	const struct nlattr *exits_attr;
	const struct nlattr *time_attr;
	const struct nlattr *until_attr;
};

/**
 * struct payload_arguments - the arguments of a program
 * @bytes: in the order in which they are on the stack
 * @size: bytes at @bytes
 */
struct payload_arguments {
	const u8 *bytes;
	size_t size;
};

/**
 * struct payload_memory - an access of the host program to guest memory
 * @vm: the VM, locked
 * @vcpu: the vCPU whose memory it is, NULL for memory of the VM
 * @address: first address
 * @size: bytes, at most TEAVMX_MEMORY_CHUNK
 * @to: receives the bytes that are read
 * @from: the bytes to be written
 * @vm_attr: attribute of @vm, for a refusal to name
 * @vcpu_attr: the same for @vcpu
 * @address_attr: the same for @address
 */
struct payload_memory {
	struct teavmx_vm *vm;
	struct teavmx_vcpu *vcpu;
	u64 address;
	u32 size;
	void *to;
	const void *from;
	const struct nlattr *vm_attr;
	const struct nlattr *vcpu_attr;
	const struct nlattr *address_attr;
};

/**
 * struct payload_break - a breakpoint of the host program
 * @kind: enum teavmx_breakpoint_kind, not checked yet
 * @address: its address
 * @size: bytes, valid with @size_attr
 * @hit: found: the last guest run has ended at it
 * @kind_attr: attribute of @kind, for a refusal to name
 * @address_attr: the same for @address
 * @size_attr: the same for @size, NULL when the request has none
 */
struct payload_break {
	u32 kind;
	u64 address;
	u8 size;
	bool hit;
	const struct nlattr *kind_attr;
	const struct nlattr *address_attr;
	const struct nlattr *size_attr;
};

/**
 * struct payload_vm_info - the part of a VM_GET reply about memory
 * @memory: bytes of RAM
 * @memory_used: bytes of RAM that have a page
 * @host_reasons: bitmap of exit reasons that are routed to the host program
 * @host_exceptions: bitmap of exception vectors that are routed to it
 * @program_reasons: bitmap of exit reasons for the program that created the VM
 */
struct payload_vm_info {
	u64 memory;
	u64 memory_used;
	u8 host_reasons[TEAVMX_HOST_REASONS_SIZE];
	u32 host_exceptions;
	u8 program_reasons[TEAVMX_HOST_REASONS_SIZE];
};

/**
 * struct payload_ops - operations on the guests of a VM that depend on what
 *	they run
 * @foreign: message for a request that only VMs of another payload support
 * @needs_program: a vCPU cannot be created without a program
 * @max_vcpus: largest number of vCPUs of a VM
 * @full: message for a request that would exceed @max_vcpus
 * @vm_init: initialize a new VM with the given bytes of RAM. 0, or a negative
 *	errno with a message in the extack
 * @vm_free: undo @vm_init, also when it failed
 * @vm_info: fill the part of a VM_GET reply for the memory of a VM; NULL when
 *	the VM has none
 * @admit: check and complete the parameters of a new vCPU. 0, or a negative
 *	errno with a message. The VM is locked
 * @load: prepare a new vCPU. 0, also with the exit code of a launch rule that
 *	is broken; -ENOMEM, or an errno of pages_reserve()
 * @free: undo @load, also when it failed or was not called
 * @reset: take a vCPU whose memory was kept back to what @load made of it, with
 *	these arguments, and so what it shares with others in its VM. 0, or the exit
 *	code of a launch rule that they break. NULL where no vCPU can be reset. The
 *	VM is locked
 * @entry: fill the parameters of a new vCPU for the VMX engine
 * @begin: prepare a run after VCPU_RUN. Sets the result only when there is
 *	nothing to run
 * @pause: handle a request to pause. Sets the result, unless the next guest run
 *	does so
 * @exit: handle an exit or a failed entry; may sleep. Receives VCPU_EXIT or
 *	VCPU_FAILED and replaces it
 * @wakes: a request to pause ends the wait of a vCPU at a port
 * @finish: report how the vCPU ended, by the exit code; its guest does not run
 *	any more; called by the vCPU's thread, or by its creator
 * @debugged: a debugger can stop the vCPU between two instructions
 * @bound: check that the bounds of a stopped vCPU can be enforced, and convert
 *	them for its back end
 * @answer: complete the instruction that the guest exited for, with the value
 *	of the host program
 * @inspect: check that the registers and breakpoints of a vCPU can be read, or
 *	changed, now
 * @register_check: check that a register can be set to a value, as far as that
 *	does not depend on other registers; an errno has a message
 * @regs_get: read the registers; returns their number or a negative errno
 * @regs_set: change registers that @register_check has accepted
 * @mem_read: read guest memory
 * @mem_write: write guest memory
 * @break_set: set a breakpoint
 * @break_clear: delete a breakpoint
 * @break_clear_all: delete all breakpoints
 * @break_next: find the first breakpoint from a place on. The first place is 0;
 *	others come from the host program, and receive the place behind the
 *	breakpoint. One without a size has size 0. False when there is none
 *
 * @begin, @pause and @exit are called by the vCPU's thread, or by the request that
 * runs the guest in a slice. There @exit sets VCPU_THREAD before it would wait; it is
 * called again for the same exit, by the thread.
 *
 * @bound and all operations below it are called by requests, under vm->lock;
 * @regs_get and those below it, only for a vCPU that @inspect has accepted,
 * except @mem_read and @mem_write. They return 0 or a negative errno, with a
 * message in the extack unless VMX cannot be used.
 */
struct payload_ops {
	const char *foreign;
	bool needs_program;
	unsigned int max_vcpus;
	const char *full;

	int (*vm_init)(struct teavmx_vm *vm, u64 memory,
		       struct netlink_ext_ack *extack);
	void (*vm_free)(struct teavmx_vm *vm);
	void (*vm_info)(const struct teavmx_vm *vm,
			struct payload_vm_info *info);

	int (*admit)(struct teavmx_vm *vm, struct vcpu_params *params,
		     struct netlink_ext_ack *extack);
	int (*load)(struct teavmx_vcpu *vcpu, const struct vcpu_params *params,
		    int *code);
	void (*free)(struct teavmx_vcpu *vcpu);
	int (*reset)(struct teavmx_vcpu *vcpu,
		     const struct payload_arguments *arguments);
	void (*entry)(struct teavmx_vcpu *vcpu, struct vmx_setup *setup);
	void (*begin)(struct teavmx_vcpu *vcpu, struct vcpu_result *result);
	void (*pause)(struct teavmx_vcpu *vcpu, struct vcpu_result *result);
	void (*exit)(struct teavmx_vcpu *vcpu, struct vcpu_result *result);
	bool (*wakes)(const struct teavmx_vcpu *vcpu);
	void (*finish)(struct teavmx_vcpu *vcpu, u8 code);

	bool (*debugged)(const struct teavmx_vcpu *vcpu);
	int (*bound)(struct teavmx_vcpu *vcpu, struct payload_run *run,
		     struct netlink_ext_ack *extack);
	int (*answer)(struct teavmx_vcpu *vcpu, u64 value,
		      struct netlink_ext_ack *extack);
	int (*inspect)(struct teavmx_vcpu *vcpu, bool change,
		       struct netlink_ext_ack *extack);
	int (*register_check)(const struct vmx_register *reg,
			      const char **refused);
	int (*regs_get)(struct teavmx_vcpu *vcpu,
			struct vmx_registers *registers);
	int (*regs_set)(struct teavmx_vcpu *vcpu,
			const struct vmx_register *changes, unsigned int count,
			struct netlink_ext_ack *extack);
	int (*mem_read)(const struct payload_memory *access,
			struct netlink_ext_ack *extack);
	int (*mem_write)(const struct payload_memory *access,
			 struct netlink_ext_ack *extack);
	int (*break_set)(struct teavmx_vcpu *vcpu,
			 const struct payload_break *new,
			 struct netlink_ext_ack *extack);
	int (*break_clear)(struct teavmx_vcpu *vcpu,
			   const struct payload_break *which,
			   struct netlink_ext_ack *extack);
	void (*break_clear_all)(struct teavmx_vcpu *vcpu);
	bool (*break_next)(struct teavmx_vcpu *vcpu, u64 *place,
			   struct payload_break *found);
};

const char *payload_raw_refuse_size(u64 memory);

extern const struct payload_ops payload_tea;
extern const struct payload_ops payload_raw;

#endif
