/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TEAVMX_ROUTE_WORD_H
#define TEAVMX_ROUTE_WORD_H

#include <uapi/vmx.h>

#include "command.h"

#define ROUTE_REASONS	(VMX_EXIT_MAX + 1)

/**
 * enum route_request - what a word requests for an exit reason
 * @ROUTE_NOTHING: there is no word for it
 * @ROUTE_SHOW: its route is to be shown
 * @ROUTE_HOST: it is for the clients that debug the VM
 * @ROUTE_BUILTIN: the module handles it, if it can
 * @ROUTE_RAW: the program that created the VM answers it
 */
enum route_request {
	ROUTE_NOTHING,
	ROUTE_SHOW,
	ROUTE_HOST,
	ROUTE_BUILTIN,
	ROUTE_RAW,
};

/**
 * struct route_words - what the command line requests for each exit reason
 * @request: enum route_request
 * @show: a word requests a route to be shown
 * @change: a word requests a change
 */
struct route_words {
	enum route_request request[ROUTE_REASONS];
	bool show;
	bool change;
};

/**
 * route_word_take() - read a word REASON, REASON=host, =builtin or =raw
 * @command: the subcommand
 * @word: such as "cpuid=host"; a reason may be a number
 * @words: receives it
 *
 * Return: CLI_OK, or CLI_USAGE after a mistake that has been reported.
 */
int route_word_take(const struct command *command, const char *word,
		    struct route_words *words);

/**
 * route_words_apply() - change the routes of a VM
 * @teavmx: handle
 * @words: the changes
 * @vm: the VM; receives the new routes
 *
 * Return: 0 or -1.
 */
int route_words_apply(struct teavmx *teavmx, const struct route_words *words,
		      struct teavmx_vm *vm);

#endif
