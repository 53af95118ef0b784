/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TEA_MACHINE_H
#define TEA_MACHINE_H

#include <stdbool.h>
#include <stddef.h>

#include <module/tea/interp.h>
#include <module/tea/ports.h>

struct tea_machine;

/**
 * struct tea_machine_ops - functions that the owner of a machine supplies
 * @text: the program prints a character
 * @sent: the program sends a byte on the serial port; if null it has no effect
 * @host_port: the program accesses a host port, and @access receives what it
 *	reads; if null the machine has no host ports
 * @sleep: the program sleeps so many milliseconds; if null it does not wait
 * @wait: the program waits for a semaphore or for serial input; called until
 *	there is a value. If null the process is killed, as no value can come
 *
 * Each returns 0 or the exit code that ends the process.
 */
struct tea_machine_ops {
	int (*text)(struct tea_machine *machine, unsigned char character);
	int (*sent)(struct tea_machine *machine, unsigned char byte);
	int (*host_port)(struct tea_machine *machine, struct tea_access *access);
	int (*sleep)(struct tea_machine *machine, unsigned int milliseconds);
	int (*wait)(struct tea_machine *machine, unsigned int port);
};

/**
 * struct tea_machine - a TEA machine with one process, in user space
 * @process: the process
 * @ports: its ports
 * @ops: functions of the owner
 * @access: the last port access as the program requested it; after IOErr, the one
 *	that was refused
 * @translated: the program as x86-64 instructions, or null
 * @translated_size: bytes mapped there
 * @return_size: bytes of the return value, by the object file
 */
struct tea_machine {
	struct tea_process process;
	struct tea_ports ports;
	struct tea_access access;
	const struct tea_machine_ops *ops;
	unsigned char *translated;
	size_t translated_size;
	unsigned int return_size;
};

/**
 * tea_machine_init() - load an object file as process 1
 * @machine: receives the machine
 * @ops: functions of the owner
 * @file: the object file; must live as long as @machine
 * @file_size: bytes in it; it need not be a valid file
 * @arguments: argument bytes
 * @argument_size: number of them
 * @stack_size: bytes of stack, 1 to TEA_STACK_MAX
 *
 * On success the stack must be released with tea_machine_destroy(), whatever
 * the exit code.
 *
 * Return: TEA_EXIT_NORMAL, the exit code of a launch rule that is broken, or
 * -1 without memory.
 */
int tea_machine_init(struct tea_machine *machine,
		     const struct tea_machine_ops *ops,
		     const unsigned char *file, unsigned long file_size,
		     const unsigned char *arguments,
		     unsigned long argument_size, unsigned int stack_size);

/* A translation with more bytes for each byte of the code is refused. */
#define TEA_MACHINE_TRANSLATED_MAX	1024

/**
 * tea_machine_translate() - translate the program to x86-64 instructions
 * @machine: a machine with a program that may run
 * @movbe: use the instruction MOVBE if the CPU has it
 *
 * tea_machine_run() then executes the result. The memory with it is never writable
 * and executable at the same time.
 *
 * Return: 0; -ENOEXEC on another CPU, -E2BIG if the result would be too large, or
 * another negative errno.
 */
int tea_machine_translate(struct tea_machine *machine, bool movbe);

/**
 * tea_machine_run() - execute instructions
 * @machine: the machine
 * @limit: as for tea_run()
 *
 * Return: enum tea_run.
 */
enum tea_run tea_machine_run(struct tea_machine *machine,
			     unsigned long long limit);

/**
 * tea_machine_kill() - end the process from outside
 * @machine: the machine, not running
 */
void tea_machine_kill(struct tea_machine *machine);

/**
 * tea_machine_message() - the exit message of a process that ended
 * @machine: the machine
 * @message: receives it (TEA_MESSAGE_MAX bytes)
 *
 * Return: its length.
 */
unsigned int tea_machine_message(const struct tea_machine *machine,
				 unsigned char *message);

/**
 * tea_machine_destroy() - release the stack
 * @machine: the machine
 */
void tea_machine_destroy(struct tea_machine *machine);

#endif
