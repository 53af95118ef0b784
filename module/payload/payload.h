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
 * struct payload_run - what VCPU_RUN asks for
 * @bounds: when the vCPU pauses by itself
 * @exits_attr: attribute of the bound of exits, to be blamed, or NULL
 * @time_attr: likewise of the bound of time
 * @until_attr: attribute of bounds.until, NULL when the request has none
 */
struct payload_run {
	struct vcpu_bounds bounds;
	const struct nlattr *exits_attr;
	const struct nlattr *time_attr;
	const struct nlattr *until_attr;
};

/**
 * struct payload_memory - an access of the host program to guest memory
 * @vm: the VM, locked
 * @vcpu: the vCPU whose memory it is, NULL for memory of the VM
 * @address: where it begins
 * @size: bytes, at most TEAVMX_MEMORY_CHUNK
 * @to: receives the bytes that are read
 * @from: the bytes to be written
 * @vm_attr: attribute of the VM, to be blamed
 * @address_attr: likewise of the address
 */
struct payload_memory {
	struct teavmx_vm *vm;
	struct teavmx_vcpu *vcpu;
	u64 address;
	u32 size;
	void *to;
	const void *from;
	const struct nlattr *vm_attr;
	const struct nlattr *address_attr;
};

/**
 * struct payload_break - a breakpoint of the host program
 * @kind: enum teavmx_breakpoint_kind, or any other number
 * @address: where it is
 * @size: bytes, valid with @size_attr
 * @kind_attr: attribute of @kind, to be blamed
 * @address_attr: likewise of @address
 * @size_attr: likewise of @size, NULL when the request has none
 */
struct payload_break {
	u32 kind;
	u64 address;
	u8 size;
	const struct nlattr *kind_attr;
	const struct nlattr *address_attr;
	const struct nlattr *size_attr;
};

/**
 * struct payload_vm_info - what VM_GET shows of the memory of a VM
 * @memory: bytes of RAM
 * @memory_used: bytes of RAM that have a page
 * @host_reasons: bitmap of exit reasons for the host program
 * @host_exceptions: exception vectors for the host program
 */
struct payload_vm_info {
	u64 memory;
	u64 memory_used;
	u8 host_reasons[TEAVMX_HOST_REASONS_SIZE];
	u32 host_exceptions;
};

/**
 * struct payload_ops - what the guests of a VM run
 * @foreign: message for a request that only VMs of another payload have
 * @needs_program: a vCPU is not created without a program
 * @max_vcpus: most vCPUs of a VM
 * @full: message when there are as many
 * @vm_init: prepare a new VM with so many bytes of RAM. 0, or a negative errno
 *	with a message in the extack
 * @vm_free: undo @vm_init, also when it failed
 * @vm_info: show the memory of a VM; NULL when the VM has none
 * @admit: may a VM have such a vCPU? Completes the parameters. 0, or a negative
 *	errno with a message. The VM is locked
 * @load: prepare a new vCPU. 0, also with the exit code of a launch rule that
 *	is broken; -ENOMEM, or an errno of pages_reserve()
 * @free: undo @load, also when it failed or was not called
 * @entry: what the guest of a new vCPU needs of the engine
 * @begin: the vCPU begins to run, or goes on; called by its thread. Sets the
 *	result only when there is nothing to run
 * @pause: the vCPU is asked to pause; called by its thread. Sets the result,
 *	unless a guest run does so soon
 * @exit: handle an exit or a failed entry; called by the vCPU's thread, may
 *	sleep. Receives VCPU_EXIT or VCPU_FAILED and replaces it
 * @wakes: a request to pause ends what the vCPU waits for at a port
 * @finish: report how the vCPU ended, by the exit code; its guest does not run
 *	any more; called by the vCPU's thread, or by its creator
 * @debugged: a debugger can stop the vCPU between two instructions
 * @bound: can a stopped vCPU keep these bounds? Converts them for its back end
 * @answer: the host program has done what the guest exited for
 * @inspect: may the registers and breakpoints of a vCPU be looked at now, or
 *	changed?
 * @register_check: may a register be set to a value, as far as that does not
 *	depend on others? 0, or an errno and a message
 * @regs_get: read the registers; returns how many there are
 * @regs_set: change registers that @register_check has allowed
 * @mem_read: read guest memory
 * @mem_write: write guest memory
 * @break_set: set a breakpoint
 * @break_clear: delete a breakpoint
 * @break_clear_all: delete all breakpoints
 *
 * From @bound on these are for requests. The VM is locked; @regs_get and what
 * follows it need a vCPU that @inspect has allowed. They return 0 or a negative
 * errno, and that with a message in the extack unless VMX cannot be used.
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
};

extern const struct payload_ops payload_tea;
extern const struct payload_ops payload_raw;

#endif
