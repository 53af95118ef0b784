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
 * @command: shell command that answers for the others, or null
 * @child: its process, 0 before it runs
 * @to: its standard input
 * @from: its standard output
 * @size: bytes in @line
 * @line: what it has said so far
 * @failed: it was said that it answers no more
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
 * @answers: what was asked for
 *
 * Return: true when anything answers.
 */
bool answers_wanted(const struct answers *answers);

/**
 * answers_start() - run the command, if there is one
 * @answers: what was asked for
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
 * A read that nothing answers is refused. A read that the command does not
 * answer before an interrupt stays as it is.
 *
 * Return: 0, or -1 with teavmx_error().
 */
int answers_give(struct answers *answers, struct teavmx *teavmx,
		 const struct teavmx_record *record);

/**
 * answers_end() - end the command
 * @answers: what answered
 *
 * At the end of its input it has a second to come to its own.
 */
void answers_end(struct answers *answers);

#endif
