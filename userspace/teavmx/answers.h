/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TEAVMX_ANSWERS_H
#define TEAVMX_ANSWERS_H

#include <stdbool.h>
#include <sys/types.h>

#include <userspace/common/port_values.h>
#include <userspace/lib/teavmx.h>

/**
 * struct answers - what answers the host ports of a VM
 * @values: ports that are registers
 * @command: shell command that answers the other ports, or null
 * @child: its process, 0 before it runs
 * @to: its standard input
 * @from: its standard output
 * @size: bytes in @line
 * @line: its output that has not been processed
 * @failed: it does not answer any more, and that has been reported
 */
struct answers {
	struct port_values values;
	const char *command;
	pid_t child;
	int to;
	int from;
	size_t size;
	char line[64];
	bool failed;
};

/**
 * answers_wanted() - does the VM have host ports?
 * @answers: what the command line gives
 *
 * Return: true when a register or a command answers.
 */
bool answers_wanted(const struct answers *answers);

/**
 * answers_start() - run the command, if there is one
 * @answers: what the command line gives
 *
 * Return: 0 or a negative errno.
 */
int answers_start(struct answers *answers);

/**
 * answers_give() - answer a request
 * @answers: what answers
 * @teavmx: handle
 * @record: the request
 *
 * A read of a port that neither a register nor the command answers is refused.
 * A read that the command has not answered when an interrupt comes remains
 * pending.
 *
 * Return: 0, or -1 with teavmx_error().
 */
int answers_give(struct answers *answers, struct teavmx *teavmx,
		 const struct teavmx_record *record);

/**
 * answers_end() - end the command
 * @answers: what answered
 *
 * Its input is closed, and it is killed if it still runs a second later.
 */
void answers_end(struct answers *answers);

#endif
