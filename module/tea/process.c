// SPDX-License-Identifier: GPL-2.0-only
#include "process.h"
#include "interp.h"

int tea_launch_check(const unsigned char *file, unsigned long file_size,
		     unsigned long argument_size, unsigned int stack_size)
{
	if (file_size < TEA_FILE_MIN || file_size > TEA_FILE_MAX)
		return TEA_EXIT_BAD_CODE;
	if (file[TEA_HEADER_SIGNATURE] != TEA_SIGNATURE_0 ||
	    file[TEA_HEADER_SIGNATURE + 1] != TEA_SIGNATURE_1)
		return TEA_EXIT_BAD_CODE;
	if (file[TEA_HEADER_MAJOR] != TEA_VERSION_MAJOR ||
	    file[TEA_HEADER_MINOR] != TEA_VERSION_MINOR)
		return TEA_EXIT_BAD_VERSION;
	if (file[TEA_HEADER_RETURN] > TEA_RETURN_MAX)
		return TEA_EXIT_BAD_RET_VAL;
	if (file[TEA_HEADER_ARGUMENTS] != argument_size)
		return TEA_EXIT_BAD_STARTUP;
	if (file[TEA_HEADER_RETURN] + argument_size > stack_size)
		return TEA_EXIT_BAD_STARTUP;
	return TEA_EXIT_NORMAL;
}

void tea_launch(struct tea_process *process, unsigned int return_size,
		const unsigned char *arguments, unsigned int argument_size)
{
	unsigned int sp = return_size;
	unsigned int i;

	for (i = 0; i < argument_size && sp < process->stack_size; i++)
		process->stack[sp++] = arguments[i];
	process->sp = sp;
	process->cp = 0;
	process->flags = 0;
	process->steps = 0;
	process->exit_code = TEA_EXIT_NORMAL;
}

unsigned int tea_message(unsigned char *message, unsigned int pid,
			 unsigned int code, unsigned int return_size,
			 const unsigned char *stack, unsigned int sp)
{
	unsigned int size = 0;
	unsigned int i;

	if (code == TEA_EXIT_NORMAL &&
	    (sp != return_size || return_size > TEA_RETURN_MAX))
		code = TEA_EXIT_BAD_RET_VAL;

	message[size++] = TEA_CMD_MSG;
	message[size++] = TEA_MSG_VM_EXIT;
	message[size++] = (unsigned char)pid;
	message[size++] = (unsigned char)code;
	if (code != TEA_EXIT_NORMAL)
		return size;
	for (i = 0; i < return_size; i++)
		message[size++] = stack[i];
	return size;
}
