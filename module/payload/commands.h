/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TEAVMX_COMMANDS_H
#define _TEAVMX_COMMANDS_H

#include <linux/types.h>
#include <linux/xarray.h>

#include <uapi/tea.h>
#include <uapi/teavmx.h>

struct backend_ops;
struct netlink_ext_ack;
struct teavmx_vcpu;
struct teavmx_vm;

/**
 * struct tea_slot - the program in a slot
 * @stack_size: bytes of stack of its processes, 1 to 65535
 * @size: bytes of the object file
 * @program: the object file
 */
struct tea_slot {
	u32 stack_size;
	u32 size;
	u8 program[];
};

/**
 * struct tea_launch - a launch whose last packet has not been received
 * @slot: slot of the program
 * @size: bytes in @arguments
 * @engine: enum teavmx_engine
 * @backend: how the process runs
 * @arguments: the arguments received so far
 */
struct tea_launch {
	u8 slot;
	u8 size;
	u8 engine;
	const struct backend_ops *backend;
	u8 arguments[TEA_ARGUMENTS_MAX];
};

/**
 * struct tea_commands - program slots and launches of a VM
 * @slots: programs, NULL for an empty slot
 * @launches: launches that are not complete, by the pid that each reserves;
 *	that pid is set in vm->pids
 *
 * Guarded by vm->lock.
 */
struct tea_commands {
	struct tea_slot *slots[TEAVMX_SLOTS];
	struct xarray launches;
};

/**
 * struct tea_command - the contents of a packet
 * @kill: VM_KILL; else VM_RUN
 * @first: first packet of a launch
 * @last: last packet of a launch
 * @pid: process number, 0 for the lowest free one
 * @slot: slot of the program, in a first packet
 * @engine: enum teavmx_engine of a process whose first packet this is. It is not part
 *	of the packet
 * @arguments: argument bytes in this packet
 * @size: number of @arguments
 */
struct tea_command {
	bool kill;
	bool first;
	bool last;
	u8 pid;
	u8 slot;
	u8 engine;
	const u8 *arguments;
	unsigned int size;
};

/**
 * struct tea_launched - the result of a packet
 * @pid: the process number, 0 for VM_KILL
 * @vcpu: the new vCPU, or NULL when none was created yet
 */
struct tea_launched {
	u8 pid;
	struct teavmx_vcpu *vcpu;
};

void commands_init(struct tea_commands *commands);
void commands_destroy(struct tea_commands *commands);
void commands_forget(struct teavmx_vm *vm);
const char *commands_parse(const u8 *data, unsigned int size,
			   struct tea_command *command);
int commands_do(struct teavmx_vm *vm, const struct tea_command *command,
		const struct backend_ops *backend,
		struct tea_launched *launched,
		struct netlink_ext_ack *extack);
void commands_undo(struct teavmx_vm *vm, const struct tea_launched *launched);
void commands_start(const struct tea_launched *launched);
bool commands_is_own(const struct teavmx_vm *vm, const u8 *packet,
		     unsigned int size);
int commands_from_inside(struct teavmx_vcpu *vcpu, const u8 *packet,
			 unsigned int size);

#endif
