/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MODEL_H
#define MODEL_H

/*
 * The TEA machine once more, as plain as can be and slow. It shares nothing
 * with the interpreter but the tables of uapi/tea.h, so that the two can be
 * compared.
 */

#include <stdbool.h>
#include <stddef.h>

#include <uapi/tea.h>

#define MODEL_TEXT_MAX	65536

/* Ports for which another process is needed; the model has no host ports */
#define MODEL_PORT_SERIAL	0x0010
#define MODEL_PORT_HOST		0xF000

/**
 * enum model_state - how far a program has come
 * @MODEL_RUNNING: it can go on
 * @MODEL_EXITED: it ended, with model.exit_code
 * @MODEL_OUTSIDE: it needs another process: it read an
 *	empty semaphore, used the serial port, or sent a command to launch or
 *	kill a process. The instruction is counted and did nothing else.
 */
enum model_state {
	MODEL_RUNNING,
	MODEL_EXITED,
	MODEL_OUTSIDE,
};

/**
 * struct model - one program on a machine of its own
 * @state: how far it has come
 * @exit_code: enum tea_exit
 * @steps: instructions whose opcode byte was fetched
 * @slept: milliseconds it wanted to sleep
 * @code: its code
 * @code_size: bytes of it
 * @stack: the stack
 * @stack_size: bytes that fit there
 * @sp: bytes on it
 * @cp: code pointer
 * @return_size: what the header declares
 * @pid: process number
 * @negative: flag N
 * @zero: flag Z
 * @carry: flag C
 * @pad: scratch pad
 * @semaphore: values of the semaphores
 * @full: which of them have one
 * @quiet: no text is shown
 * @address: module address
 * @text_size: bytes of text
 * @text: what was shown
 */
struct model {
	enum model_state state;
	unsigned int exit_code;
	unsigned long long steps;
	unsigned long long slept;
	const unsigned char *code;
	unsigned int code_size;
	unsigned char *stack;
	unsigned int stack_size;
	unsigned int sp;
	unsigned int cp;
	unsigned int return_size;
	unsigned int pid;
	bool negative;
	bool zero;
	bool carry;
	unsigned char pad[256];
	unsigned char semaphore[256];
	bool full[256];
	bool quiet;
	unsigned int address;
	size_t text_size;
	unsigned char text[MODEL_TEXT_MAX];
};

/**
 * model_launch() - load an object file
 * @model: the model; release it with model_free(), whatever became of the
 *	launch
 * @pid: process number
 * @file: the object file; stays in use
 * @size: bytes in it; it need not be a valid file
 * @arguments: argument bytes
 * @argument_size: number of them
 * @stack_size: bytes of stack, 1 to TEA_STACK_MAX
 *
 * A program that breaks a launch rule has exited already.
 *
 * Return: 0, or -1 without memory.
 */
int model_launch(struct model *model, unsigned int pid,
		 const unsigned char *file, size_t size,
		 const unsigned char *arguments, size_t argument_size,
		 unsigned int stack_size);

/**
 * model_step() - execute one instruction
 * @model: a model that is running
 */
void model_step(struct model *model);

/**
 * model_run() - execute instructions
 * @model: a model
 * @limit: stop when so many steps were made in all
 *
 * Return: enum model_state; MODEL_RUNNING if the limit is reached.
 */
enum model_state model_run(struct model *model, unsigned long long limit);

/**
 * model_kill() - end a program that has not exited
 * @model: the model
 */
void model_kill(struct model *model);

/**
 * model_message() - the exit message of a program that exited
 * @model: the model
 * @message: receives it (TEA_MESSAGE_MAX bytes)
 *
 * Return: its size.
 */
size_t model_message(const struct model *model, unsigned char *message);

/**
 * model_free() - release the stack
 * @model: the model
 */
void model_free(struct model *model);

/**
 * model_read_port() - what reading a port does
 * @model: the model
 * @port: port number
 * @size: 1 or 2 bytes
 *
 * Return: the value; of no meaning if the model is not running after it.
 */
unsigned int model_read_port(struct model *model, unsigned int port,
			     unsigned int size);

/**
 * model_write_port() - what writing a port does
 * @model: the model
 * @port: port number
 * @size: 1 or 2 bytes
 * @value: what is written
 */
void model_write_port(struct model *model, unsigned int port,
		      unsigned int size, unsigned int value);

/**
 * model_fail() - end the program with an error; the first one counts
 * @model: the model
 * @code: exit code
 */
void model_fail(struct model *model, enum tea_exit code);

#endif
