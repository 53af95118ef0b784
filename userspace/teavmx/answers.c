// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <userspace/common/cli.h>

#include "answers.h"
#include "interrupt.h"

#define END_TRIES	100
#define END_NAP_US	10000

enum answer {
	ANSWER_VALUE,
	ANSWER_REFUSED,
	ANSWER_INTERRUPTED,
};

bool answers_wanted(const struct answers *answers)
{
	return answers->command || answers->values.count;
}

/* The command receives signals as usual; this program has blocked them. */
static int command_spawn(struct answers *answers, const int input[2],
			 const int output[2])
{
	char *const argv[] = { "sh", "-c", (char *)answers->command, NULL };
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t none, pipes;
	int err;

	sigemptyset(&none);
	sigemptyset(&pipes);
	sigaddset(&pipes, SIGPIPE);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setsigdefault(&attributes, &pipes);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK |
				 POSIX_SPAWN_SETSIGDEF);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, input[0], STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&actions, output[1], STDOUT_FILENO);
	err = posix_spawn(&answers->child, "/bin/sh", &actions, &attributes,
			  argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attributes);
	return -err;
}

int answers_start(struct answers *answers)
{
	int input[2], output[2];
	int err;

	if (!answers->command)
		return 0;
	if (pipe2(input, O_CLOEXEC))
		return -errno;
	if (pipe2(output, O_CLOEXEC)) {
		err = -errno;
		close(input[0]);
		close(input[1]);
		return err;
	}
	err = command_spawn(answers, input, output);
	close(input[0]);
	close(output[1]);
	answers->to = input[1];
	answers->from = output[0];
	if (err) {
		answers->child = 0;
		close(answers->to);
		close(answers->from);
	}
	return err;
}

/*
 * The failure is reported once, as every later request would fail in the same
 * way.
 */
static enum answer give_up(struct answers *answers, const char *why)
{
	if (!answers->failed)
		cli_error(CLI_FAILED, NULL, "host ports: %s: %s",
			  answers->command, why);
	answers->failed = true;
	return ANSWER_REFUSED;
}

/* Bytes of the first line, 0 if it is not complete */
static size_t whole_line(const struct answers *answers)
{
	const char *end = memchr(answers->line, '\n', answers->size);

	return end ? (size_t)(end - answers->line) + 1 : 0;
}

/*
 * The command may get the signal, too, and end of it. Then its pipe is ready, and what ends
 * the wait is the interrupt all the same.
 */
static enum answer command_failed(struct answers *answers, const char *reason)
{
	return interrupt_seen() ? ANSWER_INTERRUPTED : give_up(answers, reason);
}

static enum answer take_line(struct answers *answers, size_t size,
			     uint64_t max, unsigned int *value)
{
	unsigned long long number;
	char word[sizeof(answers->line)];

	memcpy(word, answers->line, size);
	word[size - 1] = '\0';
	answers->size -= size;
	memmove(answers->line, answers->line + size, answers->size);
	if (!strcmp(word, "refuse"))
		return ANSWER_REFUSED;
	if (cli_number(word, 0, max, &number))
		return give_up(answers, "expected a number or refuse that fits the read");
	*value = (unsigned int)number;
	return ANSWER_VALUE;
}

static enum answer read_line(struct answers *answers, uint64_t max,
			     unsigned int *value)
{
	ssize_t got;
	size_t size;

	while (!(size = whole_line(answers))) {
		if (answers->size == sizeof(answers->line))
			return give_up(answers, "the line is too long");
		if (interrupt_seen())
			return ANSWER_INTERRUPTED;
		if (!interrupt_wait(answers->from, -1))
			continue;
		got = read(answers->from, answers->line + answers->size,
			   sizeof(answers->line) - answers->size);
		if (got <= 0)
			return command_failed(answers, "it has ended");
		answers->size += (size_t)got;
	}
	return take_line(answers, size, max, value);
}

/* "read PORT SIZE PID" is answered; "write PORT SIZE PID VALUE" is not. */
static enum answer command_ask(struct answers *answers,
			       const struct teavmx_record *record, unsigned int *value)
{
	bool writes = TEAVMX_RECORD_HAS(record, VALUE);
	uint64_t max = record->access_size == TEA_SIZE_CHAR ? 0xFF : 0xFFFF;
	struct pollfd poll = { .fd = answers->to, .events = POLLOUT };
	char line[64];
	int size;

	if (!answers->child || answers->failed)
		return ANSWER_REFUSED;
	size = snprintf(line, sizeof(line), "%s 0x%04x %u %u",
			writes ? "write" : "read", (unsigned int)record->port,
			record->access_size, record->pid);
	if (writes)
		size += snprintf(line + size, sizeof(line) - (size_t)size,
				 " 0x%llx", (unsigned long long)record->value);
	line[size++] = '\n';
	do {
		if (interrupt_seen())
			return ANSWER_INTERRUPTED;
	} while (!interrupt_poll(&poll, 1, -1));
	if (write(answers->to, line, (size_t)size) != size)
		return command_failed(answers, "it reads no more");
	return writes ? ANSWER_VALUE : read_line(answers, max, value);
}

static enum answer answer_find(struct answers *answers,
			       const struct teavmx_record *record, unsigned int *value)
{
	struct tea_access access = {
		.port = (unsigned int)record->port,
		.size = record->access_size,
		.write = TEAVMX_RECORD_HAS(record, VALUE),
		.value = (unsigned int)record->value,
	};

	if (port_values_access(&answers->values, &access))
		return command_ask(answers, record, value);
	*value = access.value;
	return ANSWER_VALUE;
}

int answers_give(struct answers *answers, struct teavmx *teavmx,
		 const struct teavmx_record *record)
{
	unsigned int value = 0;
	enum answer answer = answer_find(answers, record, &value);
	int err;

	if (TEAVMX_RECORD_HAS(record, VALUE) || answer == ANSWER_INTERRUPTED)
		return 0;
	if (answer == ANSWER_VALUE)
		err = teavmx_port_answer(teavmx, record->vm, record->vcpu,
					 record->request, (uint16_t)value);
	else
		err = teavmx_port_refuse(teavmx, record->vm, record->vcpu,
					 record->request);
	/*
	 * The process may have been killed, or another host program may have
	 * answered.
	 */
	return err && teavmx_error(teavmx)->error != ENOENT ? -1 : 0;
}

static bool command_has_ended(const struct answers *answers)
{
	int tries = END_TRIES;

	while (!waitpid(answers->child, NULL, WNOHANG) && --tries)
		usleep(END_NAP_US);
	return tries;
}

void answers_end(struct answers *answers)
{
	if (!answers->child)
		return;
	close(answers->to);
	close(answers->from);
	if (command_has_ended(answers))
		return;
	kill(answers->child, SIGTERM);
	if (command_has_ended(answers))
		return;
	kill(answers->child, SIGKILL);
	waitpid(answers->child, NULL, 0);
}
