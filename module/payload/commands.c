// SPDX-License-Identifier: GPL-2.0-only
#include "commands.h"
#include "../vcpu.h"
#include "../vm.h"
#include "../refuse.h"

#include <linux/bitops.h>
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/netlink.h>
#include <linux/nospec.h>
#include <linux/slab.h>
#include <linux/stringify.h>

/*
 * VM_RUN and VM_KILL, from a process (popcmd) or from the host program. A
 * packet is malformed if its bytes can never be valid. It is refused if it
 * cannot be executed at the moment, for example because a pid is in use.
 */

/* Offsets in the data of a packet. */
#define DATA_COMMAND 0
#define DATA_FLAGS 1
#define DATA_SLOT 2
#define DATA_PID 2
#define DATA_PID_ASKED 3

#define KILL_SIZE 2
#define RUN_SIZE_MIN 3
#define RUN_FLAGS (TEA_RUN_FIRST | TEA_RUN_LAST | TEA_RUN_PID)

static const char launch_no_memory[] = "not enough memory for the launch";

/* The address and the length of a packet precede its data. */
#define HEADER_SIZE TEA_PACKET_MIN

/**
 * commands_init() - prepare slots and launches
 * @commands: of a new VM, all zeros
 */
void commands_init(struct tea_commands *commands)
{
	/*
	 * Without XA_FLAGS_ACCOUNT an xarray first tries to allocate its nodes
	 * without charging them.
	 */
	xa_init_flags(&commands->launches, XA_FLAGS_ACCOUNT);
}

/**
 * commands_destroy() - free slots and launches
 * @commands: of a VM that is being freed
 */
void commands_destroy(struct tea_commands *commands)
{
	struct tea_launch *launch;
	unsigned long pid;
	unsigned int i;

	for (i = 0; i < TEAVMX_SLOTS; i++)
		kvfree(commands->slots[i]);
	xa_for_each(&commands->launches, pid, launch)
		kfree(launch);
	xa_destroy(&commands->launches);
}

static const char *parse_kill(const u8 *data, unsigned int size,
			      struct tea_command *command)
{
	if (size != KILL_SIZE)
		return "VM_KILL has 2 bytes of data";
	command->kill = true;
	command->pid = data[1];
	return command->pid ? NULL : "process numbers begin at 1";
}

static const char *parse_first(const u8 *data, unsigned int size,
			       struct tea_command *command)
{
	unsigned int used = DATA_SLOT + 1;

	command->slot = data[DATA_SLOT];
	if (command->slot >= TEAVMX_SLOTS)
		return "slots are numbered from 0 to 11";
	command->slot = array_index_nospec(command->slot, TEAVMX_SLOTS);
	if (data[DATA_FLAGS] & TEA_RUN_PID) {
		if (size <= DATA_PID_ASKED)
			return "the process number is missing";
		command->pid = data[DATA_PID_ASKED];
		if (!command->pid)
			return "process numbers begin at 1";
		used++;
	}
	command->arguments = data + used;
	command->size = size - used;
	return NULL;
}

static const char *parse_run(const u8 *data, unsigned int size,
			     struct tea_command *command)
{
	if (size < RUN_SIZE_MIN)
		return "VM_RUN has at least 3 bytes of data";
	if (data[DATA_FLAGS] & TEA_RUN_DEBUG)
		return "VM_RUN cannot launch a process for the debugger; use VCPU_NEW";
	if (data[DATA_FLAGS] & ~RUN_FLAGS)
		return "VM_RUN has an unknown flag";
	command->first = data[DATA_FLAGS] & TEA_RUN_FIRST;
	command->last = data[DATA_FLAGS] & TEA_RUN_LAST;
	if (command->first)
		return parse_first(data, size, command);
	command->pid = data[DATA_PID];
	command->arguments = data + DATA_PID + 1;
	command->size = size - (DATA_PID + 1);
	return command->pid ? NULL : "process numbers begin at 1";
}

/**
 * commands_parse() - parse a packet
 * @data: the data of the packet; @command points into it
 * @size: bytes at @data
 * @command: receives its contents
 *
 * Return: NULL, or why it is malformed, a constant.
 */
const char *commands_parse(const u8 *data, unsigned int size,
			   struct tea_command *command)
{
	memset(command, 0, sizeof(*command));
	if (size && data[DATA_COMMAND] == TEA_CMD_VM_KILL)
		return parse_kill(data, size, command);
	if (size && data[DATA_COMMAND] == TEA_CMD_VM_RUN)
		return parse_run(data, size, command);
	return "the commands are VM_RUN (15) and VM_KILL (16)";
}

static void forget_launch(struct teavmx_vm *vm, u8 pid)
{
	struct tea_launch *launch = xa_erase(&vm->commands.launches, pid);

	if (launch)
		clear_bit(pid, vm->pids);
	kfree(launch);
}

/**
 * commands_forget() - end all launches that are not complete
 * @vm: the VM, locked
 */
void commands_forget(struct teavmx_vm *vm)
{
	struct tea_launch *launch;
	unsigned long pid;

	lockdep_assert_held(&vm->lock);
	xa_for_each(&vm->commands.launches, pid, launch)
		forget_launch(vm, pid);
}

static int store_launch(struct teavmx_vm *vm, struct tea_launch *launch, u8 pid,
			struct netlink_ext_ack *extack)
{
	int err = xa_err(xa_store(&vm->commands.launches, pid, launch,
				  GFP_KERNEL_ACCOUNT));

	if (err) {
		kfree(launch);
		return refuse(extack, NULL, err, launch_no_memory);
	}
	set_bit(pid, vm->pids);
	return 0;
}

static int new_process(struct teavmx_vm *vm, const struct tea_launch *launch,
		       struct tea_launched *launched,
		       struct netlink_ext_ack *extack)
{
	const struct tea_slot *slot = vm->commands.slots[launch->slot];
	struct vcpu_params params = {
		.backend = launch->backend,
		.engine = launch->engine,
		.pid = launched->pid,
		.runs = true,
		/*
		 * An empty slot is launched as an object file of 0 bytes, which
		 * tea_launch_check() refuses with TEA_EXIT_BAD_CODE.
		 */
		.stack_size = slot ? slot->stack_size : TEA_STACK_DEFAULT,
		.program = slot ? slot->program : NULL,
		.program_size = slot ? slot->size : 0,
		.arguments = launch->arguments,
		.argument_size = launch->size,
	};
	struct teavmx_vcpu *vcpu = vm_new_vcpu(vm, &params, extack);

	if (IS_ERR(vcpu))
		return PTR_ERR(vcpu);
	launched->vcpu = vcpu;
	return 0;
}

static int begin_launch(struct teavmx_vm *vm,
			const struct tea_command *command,
			const struct backend_ops *backend,
			struct tea_launched *launched,
			struct netlink_ext_ack *extack)
{
	struct tea_launch *launch;
	int pid = vm_choose_pid(vm, command->pid, extack);
	int err;

	if (pid < 0)
		return pid;
	launch = kzalloc(sizeof(*launch), GFP_KERNEL_ACCOUNT);
	if (!launch)
		return refuse(extack, NULL, -ENOMEM, launch_no_memory);
	launched->pid = pid;
	launch->slot = command->slot;
	launch->backend = backend;
	launch->engine = command->engine;
	launch->size = command->size;
	memcpy(launch->arguments, command->arguments, command->size);
	if (!command->last)
		return store_launch(vm, launch, pid, extack);
	err = new_process(vm, launch, launched, extack);
	kfree(launch);
	return err;
}

static int continue_launch(struct teavmx_vm *vm,
			   const struct tea_command *command,
			   struct tea_launched *launched,
			   struct netlink_ext_ack *extack)
{
	struct tea_launch *launch = xa_load(&vm->commands.launches,
					    command->pid);
	int err;

	launched->pid = command->pid;
	if (!launch)
		return refuse(extack, NULL, -ENOENT,
			      "no launch with this process number has begun; send its first packet");
	if (launch->size + command->size > TEA_ARGUMENTS_MAX) {
		forget_launch(vm, command->pid);
		return refuse(extack, NULL, -E2BIG,
			      "a process has at most "
			      __stringify(TEA_ARGUMENTS_MAX)
			      " bytes of arguments");
	}
	memcpy(launch->arguments + launch->size, command->arguments,
	       command->size);
	launch->size += command->size;
	if (!command->last)
		return 0;
	/*
	 * The launch reserves its pid, which new_process() would find in use. An
	 * entry that is only reserved is not found, and the launch needs no memory
	 * to get it back, so that the same packet can be sent again.
	 */
	clear_bit(command->pid, vm->pids);
	xa_store(&vm->commands.launches, command->pid, XA_ZERO_ENTRY, 0);
	err = new_process(vm, launch, launched, extack);
	if (err) {
		xa_store(&vm->commands.launches, command->pid, launch, 0);
		set_bit(command->pid, vm->pids);
		launch->size -= command->size;
		return err;
	}
	xa_erase(&vm->commands.launches, command->pid);
	kfree(launch);
	return 0;
}

/* Killing a process that does not exist has no effect, as in the profile. */
static void kill_process(struct teavmx_vm *vm, u8 pid)
{
	struct teavmx_vcpu *vcpu = vm_process(vm, pid);

	forget_launch(vm, pid);
	if (vcpu)
		vcpu_kill(vcpu);
}

/**
 * commands_do() - execute a packet
 * @vm: the VM, locked
 * @command: the packet
 * @backend: how a process that is launched runs
 * @launched: receives the result, for commands_start() or commands_undo()
 * @extack: receives a message on failure
 *
 * A program that breaks a launch rule gives an exited vCPU with its exit
 * message, as does an empty slot.
 *
 * Return: 0, an errno of vm_new_vcpu(), -ENOENT for a packet that continues no
 * launch, or -E2BIG for too many arguments.
 */
int commands_do(struct teavmx_vm *vm, const struct tea_command *command,
		const struct backend_ops *backend,
		struct tea_launched *launched,
		struct netlink_ext_ack *extack)
{
	lockdep_assert_held(&vm->lock);
	memset(launched, 0, sizeof(*launched));
	if (command->kill) {
		kill_process(vm, command->pid);
		return 0;
	}
	if (command->first)
		return begin_launch(vm, command, backend, launched, extack);
	return continue_launch(vm, command, launched, extack);
}

/**
 * commands_undo() - end what was launched, as the reply could not be sent
 * @vm: the VM, locked
 * @launched: filled by commands_do()
 */
void commands_undo(struct teavmx_vm *vm, const struct tea_launched *launched)
{
	if (launched->vcpu)
		vcpu_kill(launched->vcpu);
	else
		forget_launch(vm, launched->pid);
}

/**
 * commands_start() - run the process that was launched, if any
 * @launched: filled by commands_do(); the VM is still locked
 */
void commands_start(const struct tea_launched *launched)
{
	static const struct vcpu_bounds unbounded;

	if (launched->vcpu)
		vcpu_run(launched->vcpu, &unbounded, NULL);
}

/**
 * commands_is_own() - is a packet for the VM itself?
 * @vm: the VM
 * @packet: address, length, data
 * @size: bytes at @packet
 *
 * Return: true for VM_RUN and VM_KILL to the VM's own address.
 */
bool commands_is_own(const struct teavmx_vm *vm, const u8 *packet,
		     unsigned int size)
{
	return size > HEADER_SIZE &&
	       packet[0] == READ_ONCE(vm->ports.address) &&
	       (packet[HEADER_SIZE] == TEA_CMD_VM_RUN ||
		packet[HEADER_SIZE] == TEA_CMD_VM_KILL);
}

/*
 * The reply is an event for the host program, as the profile has no instruction
 * that receives it.
 */
static void command_execute(struct teavmx_vcpu *vcpu, const u8 *data,
			    unsigned int size,
			    const struct tea_command *command)
{
	struct netlink_ext_ack extack = { };
	struct tea_launched launched;
	u8 reply[2] = { TEA_CMD_VM_RUN };
	int err;

	/*
	 * Events of this process come first: the packet may kill another one,
	 * whose exit message must not precede them.
	 */
	event_flush_now(vcpu);
	err = commands_do(vcpu->vm, command, vcpu->backend, &launched,
			  &extack);
	if (err) {
		event_refused(vcpu, data, size, extack._msg ? extack._msg :
			      "the process could not be created");
	} else if (!command->kill) {
		reply[1] = launched.pid;
		event_bytes(vcpu, TEAVMX_EVENT_TYPE_TEA_REPLY, reply,
			    sizeof(reply));
	}
	/* The reply comes before any event of the new process. */
	event_flush_now(vcpu);
	commands_start(&launched);
}

/* A command makes fewer records, those of a new process and a killed one included. */
#define COMMAND_RECORDS	16

/**
 * commands_from_inside() - execute a packet of a process
 * @vcpu: its vCPU; called by its thread
 * @packet: address, length, data; commands_is_own()
 * @size: 3 to 10
 *
 * Return: 0, or the exit code that ends the process.
 */
int commands_from_inside(struct teavmx_vcpu *vcpu, const u8 *packet,
			 unsigned int size)
{
	const u8 *data = packet + HEADER_SIZE;
	struct teavmx_vm *vm = vcpu->vm;
	struct tea_command command;

	size -= HEADER_SIZE;
	if (packet[1] != size || commands_parse(data, size, &command))
		return TEA_EXIT_BAD_COMMAND;
	command.engine = READ_ONCE(vcpu->engine);
	/*
	 * No holder of vm->lock waits for the end of a vCPU that runs, so this
	 * thread cannot deadlock here: see vm_release(). While it holds the lock
	 * it must not wait for a stream, so that is done before.
	 */
	event_flush_for(vcpu, COMMAND_RECORDS);
	mutex_lock(&vm->lock);
	if (!vm->dead)
		command_execute(vcpu, data, size, &command);
	mutex_unlock(&vm->lock);
	return vcpu_killed(vcpu) ? TEA_EXIT_KILL : TEA_EXIT_NORMAL;
}
