/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TEA_PROCESS_H
#define _TEA_PROCESS_H

/*
 * The rules for launching a process, and its exit message. process.c is
 * freestanding, as interp.c.
 */

#include <uapi/tea.h>

struct tea_process;

/**
 * tea_launch_check() - may this object file be launched with these arguments?
 * @file: the first min(@file_size, TEA_HEADER_SIZE) bytes of the object file
 * @file_size: its size in bytes; more than TEA_FILE_MAX is BadCode
 * @argument_size: bytes of arguments
 * @stack_size: bytes of stack, 1 to 65535
 *
 * Return: TEA_EXIT_NORMAL, or the exit code of the first rule broken, in the
 * order of the profile: BadCode, BadVersion, BadRetVal, BadStartup.
 */
int tea_launch_check(const unsigned char *file, unsigned long file_size,
		     unsigned long argument_size, unsigned int stack_size);

/**
 * tea_launch() - set registers and stack of a process that may be launched
 * @process: stack, stack_size, code, code_size and pid are set by the caller;
 *	the stack is zeroed already
 * @return_size: byte 4 of the header, 0 to 2
 * @arguments: bytes to copy to the stack, above the space for the return value
 * @argument_size: bytes at @arguments
 *
 * tea_launch_check() has accepted the object file and the arguments.
 */
void tea_launch(struct tea_process *process, unsigned int return_size,
		const unsigned char *arguments, unsigned int argument_size);

/**
 * tea_message() - build the exit message `80 1A pid code [data]`
 * @message: receives it (TEA_MESSAGE_MAX bytes)
 * @pid: process number
 * @code: exit code. TEA_EXIT_NORMAL becomes TEA_EXIT_BAD_RET_VAL when @sp is
 *	not @return_size
 * @return_size: size of the return value that the object file declares, 0 to 2
 * @stack: the stack, bottom first; read only when a value is returned
 * @sp: bytes on the stack
 *
 * Return: length of the message, 4 to 6.
 */
unsigned int tea_message(unsigned char *message, unsigned int pid,
			 unsigned int code, unsigned int return_size,
			 const unsigned char *stack, unsigned int sp);

#endif
