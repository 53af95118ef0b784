// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <error.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"

#define REPEATS		12

/* Runs a program without output and returns when it has ended. */
static void process_run(char *const *words)
{
	posix_spawn_file_actions_t actions;
	int status;
	pid_t pid;
	int err;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null",
					 O_WRONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO,
					 STDERR_FILENO);
	err = posix_spawnp(&pid, words[0], &actions, NULL, words, environ);
	posix_spawn_file_actions_destroy(&actions);
	if (err)
		error(1, err, "%s", words[0]);
	if (waitpid(pid, &status, 0) != pid || status)
		error(1, 0, "%s %s: status %d", words[0], words[1], status);
}

static void process_measure(const char *row, char *const *words)
{
	static struct series series;
	uint64_t begin;
	unsigned int i;

	process_run(words);
	series.count = 0;
	for (i = 0; i < REPEATS; i++) {
		begin = __rdtsc();
		process_run(words);
		series_add(&series, __rdtsc() - begin);
		busy_end(busy_begin());
	}
	series_print(&series, row, 0);
}

void process_bench(void)
{
	char *const run[] = {
		"teavmx", "run", "/usr/share/teavmx/examples/sum.cup",
		"3", "4", "5", NULL,
	};
	char *const version[] = { "teavmx", "version", NULL };

	process_measure("process-run", run);
	process_measure("process-version", version);
}
