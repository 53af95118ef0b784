/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef DAP_SESSION_H
#define DAP_SESSION_H

#include <userspace/debug/debugger.h>
#include <userspace/tea/user_target.h>

#include "problem.h"
#include "stream.h"

/* The only thread of a program */
#define DAP_THREAD		1
#define DAP_BREAKPOINTS_MAX	256
#define DAP_TEXT_MAX		4096

/**
 * enum dap_go - how the program continues
 * @DAP_STAY: it does not
 * @DAP_BEGIN: from its first instruction
 * @DAP_CONTINUE: to the next stop
 * @DAP_NEXT: to the next line
 * @DAP_IN: to the next line, into functions
 * @DAP_OUT: to the return of the function
 * @DAP_NEXT_INSTRUCTION: to the next instruction
 * @DAP_IN_INSTRUCTION: to the next instruction, into functions
 */
enum dap_go {
	DAP_STAY,
	DAP_BEGIN,
	DAP_CONTINUE,
	DAP_NEXT,
	DAP_IN,
	DAP_OUT,
	DAP_NEXT_INSTRUCTION,
	DAP_IN_INSTRUCTION,
};

/* Owners of breakpoints; those of a source have its number. */
#define DAP_OWNER_FUNCTIONS	(-1)
#define DAP_OWNER_INSTRUCTIONS	(-2)

/**
 * struct dap_breakpoint - a breakpoint that a client has requested
 * @id: its number for the client
 * @owner: number of its source, or DAP_OWNER_...
 * @address: code address; several may share a point of the debugger there
 */
struct dap_breakpoint {
	int id;
	int owner;
	unsigned int address;
};

/**
 * struct dap - a session with a client
 * @stream: its messages
 * @debugger: the debugger
 * @target: the machine
 * @file: the program
 * @args: its arguments
 * @stack_size: bytes of stack, unless the client says another number
 * @path: path of the source or object file that was launched
 * @sources: absolute paths of the files of the debug map, each may be null
 * @line_base: number of the first line for the client
 * @initialized: the request initialize was answered
 * @launched: there is a program
 * @configured: the request configurationDone was answered
 * @announce: the event initialized is to be sent
 * @running: the program runs
 * @ended: the program has ended, and that was reported
 * @failed: the program has ended in error, which is not reported yet
 * @terminate: the program is to be killed
 * @quit: no further request is read
 * @status: exit status then
 * @stop_on_entry: stop before the first instruction
 * @stop_on_error: stop where the program ends in error
 * @no_debug: the program runs without breakpoints
 * @go: how the program continues after this request
 * @breakpoints: what the client has requested
 * @breakpoint_count: number of them
 * @last_id: the last number given
 * @result: how the program has ended
 * @text: text of the program that was not sent yet
 * @text_size: bytes of it
 */
struct dap {
	struct dap_stream stream;
	struct debugger debugger;
	struct user_target target;
	struct tea_file file;
	struct tea_args args;
	unsigned int stack_size;
	char *path;
	char **sources;
	unsigned int line_base;
	bool initialized;
	bool launched;
	bool configured;
	bool announce;
	bool running;
	bool ended;
	bool failed;
	bool terminate;
	bool quit;
	int status;
	bool stop_on_entry;
	bool stop_on_error;
	bool no_debug;
	enum dap_go go;
	struct dap_breakpoint breakpoints[DAP_BREAKPOINTS_MAX];
	size_t breakpoint_count;
	int last_id;
	struct tea_result result;
	unsigned char text[DAP_TEXT_MAX];
	size_t text_size;
};

/**
 * dap_event() - send an event
 * @dap: the session
 * @name: its name
 * @body: its body or null; the reference is taken over
 */
void dap_event(struct dap *dap, const char *name, json_t *body);

/**
 * dap_output() - send an event "output"
 * @dap: the session
 * @category: "console", "stdout" or "stderr"
 * @text: the text; the reference is taken over
 */
void dap_output(struct dap *dap, const char *category, json_t *text);

/**
 * dap_output_problem() - show the message of dap_refuse(), if there is one
 * @dap: the session
 */
void dap_output_problem(struct dap *dap);

/**
 * dap_program_output - sends what a program prints, in pieces; its data is the session
 */
extern const struct debug_output dap_program_output;

/**
 * dap_flush() - send all text of the program
 * @dap: the session
 */
void dap_flush(struct dap *dap);

/**
 * dap_source() - describe a file of the debug map
 * @dap: the session
 * @file: its number
 *
 * Return: a new reference to an object of type Source.
 */
json_t *dap_source(const struct dap *dap, unsigned int file);

#endif
