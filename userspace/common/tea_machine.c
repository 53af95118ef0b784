// SPDX-License-Identifier: GPL-2.0-only
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <module/tea/decode.h>
#include <module/tea/process.h>

#include "tea_machine.h"

#define TEA_MACHINE_PID	1

static struct tea_machine *machine_of(struct tea_process *process)
{
	return (struct tea_machine *)((char *)process -
				      offsetof(struct tea_machine, process));
}

static int machine_access(struct tea_machine *machine,
			  struct tea_access *access)
{
	const struct tea_machine_ops *ops = machine->ops;
	unsigned int port = access->port;
	int error;

	machine->access = *access;
	for (;;) {
		switch (tea_port_access(&machine->ports, access)) {
		case TEA_PORT_DONE:
		case TEA_PORT_WAKE:
			return 0;
		case TEA_PORT_TEXT:
			return ops->text(machine,
					 (unsigned char)access->value);
		case TEA_PORT_SENT:
			return ops->sent ? ops->sent(machine,
						     (unsigned char)access->value)
					 : 0;
		case TEA_PORT_ASK:
			return ops->host_port ? ops->host_port(machine, access)
					: TEA_EXIT_IO_ERR;
		case TEA_PORT_SLEEP:
			return ops->sleep ? ops->sleep(machine, access->value)
					  : 0;
		case TEA_PORT_WAIT:
			error = ops->wait ? ops->wait(machine, port)
					  : TEA_EXIT_KILL;
			if (error)
				return error;
			break;
		case TEA_PORT_IO_ERR:
			return TEA_EXIT_IO_ERR;
		}
	}
}

int tea_hook_port_read(struct tea_process *process, unsigned int port,
		       unsigned int size, unsigned int *value)
{
	struct tea_access access = {
		.port = port,
		.size = size,
		.pid = process->pid,
	};
	int error = machine_access(machine_of(process), &access);

	*value = access.value;
	return error;
}

int tea_hook_port_write(struct tea_process *process, unsigned int port,
			unsigned int size, unsigned int value)
{
	struct tea_access access = {
		.port = port,
		.size = size,
		.write = 1,
		.pid = process->pid,
		.value = value,
	};

	return machine_access(machine_of(process), &access);
}

/* There is no host program and no other process that could receive a packet. */
int tea_hook_command(struct tea_process *process, const unsigned char *packet,
		     unsigned int size)
{
	(void)process;
	(void)packet;
	(void)size;
	return 0;
}

int tea_machine_init(struct tea_machine *machine,
		     const struct tea_machine_ops *ops,
		     const unsigned char *file, unsigned long file_size,
		     const unsigned char *arguments,
		     unsigned long argument_size, unsigned int stack_size)
{
	struct tea_process *process = &machine->process;
	int code;

	memset(machine, 0, sizeof(*machine));
	machine->ops = ops;
	tea_ports_init(&machine->ports);
	process->pid = TEA_MACHINE_PID;
	process->stack_size = stack_size;
	process->stack = calloc(stack_size, 1);
	if (!process->stack)
		return -1;

	code = tea_launch_check(file, file_size, argument_size, stack_size);
	process->exit_code = (unsigned char)code;
	if (code)
		return code;

	machine->return_size = file[TEA_HEADER_RETURN];
	process->code = file + TEA_HEADER_SIZE;
	process->code_size = (unsigned int)(file_size - TEA_HEADER_SIZE);
	tea_launch(process, machine->return_size, arguments,
		   (unsigned int)argument_size);
	process->decoded = calloc(1, tea_decoded_size(process->code_size));
	return process->decoded ? TEA_EXIT_NORMAL : -1;
}

void tea_machine_kill(struct tea_machine *machine)
{
	machine->process.sp = 0;
	machine->process.exit_code = TEA_EXIT_KILL;
}

unsigned int tea_machine_message(const struct tea_machine *machine,
				 unsigned char *message)
{
	const struct tea_process *process = &machine->process;

	return tea_message(message, process->pid, process->exit_code,
			   machine->return_size, process->stack, process->sp);
}

void tea_machine_destroy(struct tea_machine *machine)
{
	free(machine->process.stack);
	free(machine->process.decoded);
	machine->process.stack = NULL;
	machine->process.decoded = NULL;
}
