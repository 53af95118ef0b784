// SPDX-License-Identifier: GPL-2.0-only
#include <error.h>
#include <pthread.h>
#include <string.h>

#include "tea_vm.h"

/*
 * Of each programs/mixed/NAME.tea the bytes of the TEA program, program_NAME, and the
 * same in C, mixed_NAME(), which returns what the program does; MIXED_PROGRAMS(X) is
 * X(NAME) of each.
 */
#include "mixed_programs.h"
#include "mixed_list.h"

#define REPEATS		5
#define STACK_SIZE	1024

struct mixed {
	const char *row;
	struct tea_file file;
	short (*in_c)(void);
};

#define MIXED_ROW(name)							\
	{ "mixed-" #name, { program_##name, sizeof(program_##name) },	\
	  mixed_##name },

static const struct mixed mixed[] = { MIXED_PROGRAMS(MIXED_ROW) };

#define MIXED_COUNT	(sizeof(mixed) / sizeof(*mixed))

/*
 * Ticks without those of a program that only adds two numbers. A translated program
 * is measured in its second run, which begins with a reset, like that one.
 */
static uint64_t mixed_ticks(struct teavmx *teavmx, const struct mixed *program,
			    enum teavmx_engine engine)
{
	const struct tea_run run = {
		.file = &program->file,
		.stack_size = STACK_SIZE,
		.keep = engine == TEAVMX_ENGINE_JIT,
		.engine = engine,
	};
	const struct tea_run least = {
		.file = &tea_sum,
		.keep = run.keep,
		.engine = engine,
	};
	uint8_t message[16];
	uint64_t ticks = tea_run(teavmx, &run, message);
	short value = message[TEA_MESSAGE_MIN] << 8 |
		      message[TEA_MESSAGE_MIN + 1];

	if (value != program->in_c())
		error(1, 0, "%s: %d in TEA, %d in C", program->row, value,
		      program->in_c());
	return ticks - tea_run(teavmx, &least, message);
}

void mixed_bench(enum teavmx_engine engine)
{
	static struct series series;
	struct teavmx *teavmx = bench_open();
	size_t i;
	int repeat;

	for (i = 0; i < MIXED_COUNT; i++) {
		series.count = 0;
		for (repeat = 0; repeat < REPEATS; repeat++)
			series_add(&series,
				   mixed_ticks(teavmx, &mixed[i], engine));
		series_print(&series, mixed[i].row, 0);
	}
	teavmx_close(teavmx);
}

static void *mixed_thread(void *in_c)
{
	return (void *)(intptr_t)(*(short (**)(void))in_c)();
}

static short mixed_nothing(void)
{
	return 0;
}

/* Ticks of a thread that calls a function, until no thread has anything left to do */
static uint64_t mixed_thread_ticks(short (*in_c)(void))
{
	uint64_t begin = busy_begin();
	uint64_t ticks;
	pthread_t thread;
	int error_number = pthread_create(&thread, NULL, mixed_thread, &in_c);

	if (error_number)
		error(1, error_number, "a thread");
	ticks = busy_end(begin);
	pthread_join(thread, NULL);
	return ticks;
}

/*
 * The time in which a program sleeps must not count, so that one is called by a
 * thread, and what a thread costs is subtracted. That varies, by more than some of
 * the others take.
 */
static uint64_t mixed_c_ticks(const struct mixed *program)
{
	uint64_t begin;

	if (!strcmp(program->row, "mixed-sleep"))
		return mixed_thread_ticks(program->in_c) -
		       mixed_thread_ticks(mixed_nothing);
	begin = __rdtsc();
	program->in_c();
	return __rdtsc() - begin;
}

void mixed_c_bench(void)
{
	static struct series series;
	size_t i;
	int repeat;

	for (i = 0; i < MIXED_COUNT; i++) {
		mixed[i].in_c();
		series.count = 0;
		for (repeat = 0; repeat < REPEATS; repeat++)
			series_add(&series, mixed_c_ticks(&mixed[i]));
		series_print(&series, mixed[i].row, 0);
	}
}
