// SPDX-License-Identifier: GPL-2.0-only
#include "count.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "value.h"

/* Requests whose answers can still come */
#define PENDING		0x10000
#define MESSAGES	1024
#define COMMANDS	64
#define ATTRIBUTES	64

struct pending {
	atomic_uint seq;
	uint8_t command;
	uint8_t place;
	uint8_t flaw;
	uint32_t vm;
	uint64_t attributes;
};

struct message {
	char *text;
	uint64_t commands;
	uint64_t flaws;
	uint64_t count;
	int error;
};

static struct pending pending[PENDING];
static atomic_uint last_seq;
static atomic_ullong sent[COMMANDS];
static atomic_ullong errors[COMMANDS][ERANGE + 100];
static atomic_ullong accepted_attributes[COMMANDS][ATTRIBUTES];
/* Without a flaw, as a request that is not executed is acknowledged too */
static atomic_ullong successes[COMMANDS];
static atomic_ullong flaws[FLAWS][2];
/* Answers with numbers that only the kernel has for errors, or that are positive there */
static atomic_uint strange;
static struct message messages[MESSAGES];
static unsigned int message_count;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

uint32_t count_request(const struct request *request)
{
	unsigned int command = request->command - grammar_commands;
	uint32_t seq = ++last_seq;
	struct pending *entry = &pending[seq % PENDING];

	entry->command = (uint8_t)command;
	entry->place = (uint8_t)request->place;
	entry->flaw = (uint8_t)request->flaw;
	entry->vm = request->vm.id;
	entry->attributes = request->attributes;
	entry->seq = seq;
	sent[command]++;
	return seq;
}

static struct pending *find_pending(uint32_t seq)
{
	struct pending *entry = &pending[seq % PENDING];

	return seq && entry->seq == seq ? entry : NULL;
}

int count_place(uint32_t seq)
{
	const struct pending *entry = find_pending(seq);

	return entry ? entry->place : -1;
}

uint32_t count_vm(uint32_t seq)
{
	const struct pending *entry = find_pending(seq);

	return entry ? entry->vm : 0;
}

static void note_message(const struct pending *entry, int error,
			 const char *text)
{
	unsigned int i;

	pthread_mutex_lock(&lock);
	for (i = 0; i < message_count; i++)
		if (messages[i].error == error &&
		    !strcmp(messages[i].text, text))
			break;
	if (i == message_count && i < MESSAGES) {
		messages[i] = (struct message){ strdup(text), .error = error };
		message_count++;
	}
	if (i < MESSAGES) {
		messages[i].commands |= UINT64_C(1) << entry->command;
		messages[i].flaws |= UINT64_C(1) << entry->flaw;
		messages[i].count++;
	}
	pthread_mutex_unlock(&lock);
}

static void note_success(const struct pending *entry)
{
	unsigned int i;

	successes[entry->command]++;
	for (i = 0; i < ATTRIBUTES; i++)
		if (entry->attributes & UINT64_C(1) << i)
			accepted_attributes[entry->command][i]++;
}

void count_answer(uint32_t seq, int error, const char *message)
{
	struct pending *entry = find_pending(seq);

	if (!entry)
		return;
	if (error < 0 || error >= (int)COUNT(errors[0])) {
		printf("# no errno of user space: %d for %s\n", error,
		       grammar_commands[entry->command].name);
		strange++;
		return;
	}
	errors[entry->command][error]++;
	flaws[entry->flaw][error != 0]++;
	if (error)
		note_message(entry, error, message ?: "");
	else if (!entry->flaw)
		note_success(entry);
}

uint64_t count_sent(void)
{
	return last_seq;
}

static void print_errors(unsigned int command)
{
	unsigned int i;

	printf("# %-14s %7llu %7llu", grammar_commands[command].name,
	       (unsigned long long)sent[command],
	       (unsigned long long)successes[command]);
	for (i = 1; i < COUNT(errors[0]); i++)
		if (errors[command][i])
			printf(" %s:%llu", strerrorname_np(i),
			       (unsigned long long)errors[command][i]);
	printf("\n");
}

static void print_attributes(unsigned int command)
{
	const struct grammar_command *grammar = &grammar_commands[command];
	unsigned int i;

	if (!grammar->count)
		return;
	printf("# %s:", grammar->name);
	for (i = 0; i < grammar->count; i++) {
		const struct grammar_attribute *attribute =
			&grammar->set->attributes[grammar->places[i]];

		printf(" %s %llu", attribute->name, (unsigned long long)
		       accepted_attributes[command][attribute->type]);
	}
	printf("\n");
}

static int compare_messages(const void *a, const void *b)
{
	const struct message *left = a, *right = b;

	return left->error != right->error ? left->error - right->error :
	       strcmp(left->text, right->text);
}

static void print_messages(void)
{
	unsigned int i;

	qsort(messages, message_count, sizeof(*messages), compare_messages);
	printf("# refusals: errno, how often, by how many commands, message\n");
	for (i = 0; i < message_count; i++)
		printf("# %s %llu %d %s\n", strerrorname_np(messages[i].error),
		       (unsigned long long)messages[i].count,
		       __builtin_popcountll(messages[i].commands),
		       messages[i].text);
}

void count_print(void)
{
	unsigned int i;

	printf("# %-14s %7s %7s refused\n", "command", "sent", "success");
	for (i = 0; i < grammar_command_count; i++)
		print_errors(i);
	printf("# attributes of requests that succeeded\n");
	for (i = 0; i < grammar_command_count; i++)
		print_attributes(i);
	printf("# flaws: success, refused, what is wrong\n");
	for (i = 0; i < FLAWS; i++)
		printf("# %llu %llu %s\n", (unsigned long long)flaws[i][0],
		       (unsigned long long)flaws[i][1], request_name(i));
	print_messages();
}

unsigned int count_never(void)
{
	unsigned int never = 0;
	unsigned int i;

	for (i = 0; i < grammar_command_count; i++) {
		if (successes[i] || !value_useful(grammar_commands[i].number))
			continue;
		printf("# no success: %s\n", grammar_commands[i].name);
		never++;
	}
	return never;
}

/*
 * The core of netlink refuses these itself: what does not exist, a second dump of a
 * socket, a dump without room in its buffer.
 */
static bool is_of_core(int error)
{
	return error == EOPNOTSUPP || error == EBUSY || error == ENOBUFS;
}

static void print_flaws(uint64_t mask)
{
	unsigned int i;

	for (i = 0; i < FLAWS; i++)
		if (mask & UINT64_C(1) << i)
			printf("#   flaw: %s\n", request_name(i));
}

unsigned int count_mute(void)
{
	unsigned int mute = strange;
	unsigned int i;

	for (i = 0; i < message_count; i++) {
		/* The core refuses other flaws. */
		if (messages[i].text[0] || is_of_core(messages[i].error) ||
		    !(messages[i].flaws & ((2u << FLAW_JUNK) - 1)))
			continue;
		printf("# no message: %s, %llu times, commands %llx\n",
		       strerrorname_np(messages[i].error),
		       (unsigned long long)messages[i].count,
		       (unsigned long long)messages[i].commands);
		print_flaws(messages[i].flaws);
		mute++;
	}
	return mute;
}
