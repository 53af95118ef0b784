/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TEA_INTERP_H
#define _TEA_INTERP_H

/*
 * The TEA machine. interp.c is compiled unchanged for three environments: the
 * guest payload, for which TEA_HAS_DISPLAY is defined, the soft back end and the
 * tools in user space. It is freestanding: it uses no library and, but for one
 * attribute, no kernel header, and it has no writable data of its own.
 */

#include <uapi/tea.h>

struct guest_display;
struct tea_decoded;

/**
 * struct tea_process - one TEA process: registers, code and stack
 * @code: first byte after the object file's header; read only
 * @stack: @stack_size bytes
 * @decoded: tea_decoded_size() bytes, which are zeroed at launch or have all of
 *	the program; if null, every instruction is executed with all checks, which
 *	takes longer
 * @display: where characters for the display are written without a call of
 *	tea_hook_port_write(), as long as display_put() does so; in a build with
 *	TEA_HAS_DISPLAY only
 * @steps: number of instructions whose opcode byte was fetched. While the
 *	process runs with @decoded, up to TEA_RUN_INSTRUCTIONS are not in it yet
 * @code_size: bytes at @code, 0 to 65535
 * @stack_size: bytes at @stack, 1 to 65535
 * @sp: bytes on the stack, 0 to @stack_size
 * @cp: code pointer, 0 to 65535
 * @flags: TEA_FLAG_N, TEA_FLAG_Z, TEA_FLAG_C
 * @pid: process number, 1 to 255
 * @exit_code: valid once tea_run() returned TEA_RUN_EXITED
 *
 * In the guest payload this structure is in guest memory, so the host copies
 * each member once and checks the copy.
 */
struct tea_process {
	const unsigned char *code;
	unsigned char *stack;
	struct tea_decoded *decoded;
	struct guest_display *display;
	unsigned long long steps;
	unsigned int code_size;
	unsigned int stack_size;
	unsigned int sp;
	unsigned int cp;
	unsigned char flags;
	unsigned char pid;
	unsigned char exit_code;
};

/**
 * enum tea_run - why tea_run() returned
 * @TEA_RUN_EXITED: the process ended, with tea_process.exit_code
 * @TEA_RUN_LIMIT: the step limit is reached; call it again to continue
 */
enum tea_run {
	TEA_RUN_EXITED,
	TEA_RUN_LIMIT,
};

/**
 * tea_run() - execute instructions
 * @process: the process; its registers are up to date on return
 * @limit: stop before the instruction that would make @process->steps exceed
 *	this number; ~0ULL for no limit
 *
 * The first error is final: the instruction stops there, the stack is emptied
 * and exit_code is set. The `exit` instruction sets exit_code to
 * TEA_EXIT_NORMAL and leaves the stack as it is; tea_message() checks whether
 * the stack then holds a valid return value.
 *
 * Return: enum tea_run.
 */
enum tea_run tea_run(struct tea_process *process, unsigned long long limit);

/*
 * Hooks that each environment defines, found by the linker. Each returns
 * TEA_EXIT_NORMAL (0) if the process continues, or the exit code that ends it:
 * TEA_EXIT_IO_ERR for a refused port access, TEA_EXIT_KILL if the process was
 * killed meanwhile, and so on. They may sleep or wait as the port requires.
 */

/**
 * tea_hook_port_read() - the process reads a port
 * @process: the process
 * @port: 0 to 65535
 * @size: 1 or 2 bytes
 * @value: receives the value, 0 to 255 or 0 to 65535
 *
 * Return: 0 or the exit code.
 */
int tea_hook_port_read(struct tea_process *process, unsigned int port,
		       unsigned int size, unsigned int *value);

/**
 * tea_hook_port_write() - the process writes a port
 * @process: the process
 * @port: 0 to 65535
 * @size: 1 or 2 bytes
 * @value: 0 to 255 or 0 to 65535
 *
 * Return: 0 or the exit code.
 */
int tea_hook_port_write(struct tea_process *process, unsigned int port,
			unsigned int size, unsigned int value);

/**
 * tea_hook_command() - the process sends a packet (popcmd)
 * @process: the process
 * @packet: address, length, data; the length is checked already
 * @size: 2 to 10 bytes
 *
 * Return: 0 or the exit code.
 */
int tea_hook_command(struct tea_process *process, const unsigned char *packet,
		     unsigned int size);

#endif
