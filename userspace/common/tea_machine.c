// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#ifdef __x86_64__
#include <cpuid.h>
#endif

#include <module/tea/decode.h>
#include <module/tea/process.h>
#include <module/tea/translate/run.h>
#include <module/tea/translate/translate.h>

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

#ifdef __x86_64__
static bool has_movbe(void)
{
	unsigned int eax, ebx, ecx, edx;

	return __get_cpuid(1, &eax, &ebx, &ecx, &edx) && ecx & bit_MOVBE;
}

/* Writes the translation to memory that becomes executable when it is complete. */
static int map_translation(struct tea_machine *machine,
			   const struct tea_program *program, void *notes)
{
	size_t size = tea_translate(program, notes, NULL, 0);
	void *memory;

	if (size > translated_table_size(program->code_size) + 4096 +
		   (size_t)program->code_size * TEA_MACHINE_TRANSLATED_MAX)
		return -E2BIG;
	memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		return -errno;
	tea_translate(program, notes, memory, size);
	if (mprotect(memory, size, PROT_READ | PROT_EXEC)) {
		int error = -errno;

		munmap(memory, size);
		return error;
	}
	machine->translated = memory;
	machine->translated_size = size;
	return 0;
}

int tea_machine_translate(struct tea_machine *machine, bool movbe)
{
	const struct tea_program program = {
		.code = machine->process.code,
		.code_size = machine->process.code_size,
		.stack_size = machine->process.stack_size,
		.has_movbe = movbe && has_movbe(),
	};
	void *notes = malloc(tea_translate_notes(program.code_size));
	int error;

	if (!notes)
		return -ENOMEM;
	error = map_translation(machine, &program, notes);
	free(notes);
	return error;
}
#else
int tea_machine_translate(struct tea_machine *machine, bool movbe)
{
	(void)machine;
	(void)movbe;
	return -ENOEXEC;
}
#endif

enum tea_run tea_machine_run(struct tea_machine *machine,
			     unsigned long long limit)
{
	if (machine->translated)
		return tea_translated_run(&machine->process,
					  machine->translated, limit);
	return tea_run(&machine->process, limit);
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
	if (machine->translated)
		munmap(machine->translated, machine->translated_size);
	free(machine->process.stack);
	free(machine->process.decoded);
	machine->translated = NULL;
	machine->process.stack = NULL;
	machine->process.decoded = NULL;
}
