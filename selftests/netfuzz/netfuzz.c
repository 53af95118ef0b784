// SPDX-License-Identifier: GPL-2.0-only
/*
 * usage: netfuzz [-n REQUESTS] [-s SEED] [-c CALLERS] [-v]
 *
 * Sends random requests, valid ones and others, from several callers at the same time,
 * and prints TAP. The specification of the netlink family defines what is valid. With
 * one caller a seed sends the same requests again, to a module that was just loaded.
 * -v prints what was reached.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <selftests/module/machine.h>

#include "caller.h"
#include "count.h"
#include "file.h"
#include "guest.h"
#include "intruder.h"
#include "kselftest.h"
#include "value.h"

/* Of the requests of all callers together, those of each intruder */
#define INTRUDER_SHARE	50
#define SEED_SHIFT	20
/* With fewer, it is a matter of luck whether a rare command succeeds. */
#define REQUESTS_MANY	100000
#define PERFECT_PERCENT	65

struct options {
	uint64_t requests;
	uint64_t seed;
	unsigned int callers;
	bool verbose;
};

struct fuzz {
	struct options options;
	struct teavmx *teavmx;
	bool vmx;
	struct caller *callers;
	pid_t intruders[INTRUDERS];
};

static bool options_read(struct options *options, int argc, char **argv)
{
	int option;

	while ((option = getopt(argc, argv, "n:s:c:v")) != -1) {
		switch (option) {
		case 'n':
			options->requests = strtoull(optarg, NULL, 0);
			break;
		case 's':
			options->seed = strtoull(optarg, NULL, 0);
			break;
		case 'c':
			options->callers = strtoul(optarg, NULL, 0);
			break;
		case 'v':
			options->verbose = true;
			break;
		default:
			return false;
		}
	}
	return optind == argc && options->callers >= 1 &&
	       options->callers <= CALLERS_MAX;
}

static bool fuzz_is_long(const struct fuzz *fuzz)
{
	return fuzz->options.requests >= REQUESTS_MANY;
}

static void fuzz_begin(struct fuzz *fuzz)
{
	struct teavmx_info info;

	fuzz->teavmx = machine_open();
	if (teavmx_get_info(fuzz->teavmx, NULL, &info))
		ksft_exit_fail_msg("%s\n", teavmx_error(fuzz->teavmx)->message);
	if (!guest_begin())
		ksft_exit_fail_msg("no connection for the guests\n");
	fuzz->vmx = info.vmx;
	value_set_vmx(info.vmx);
	file_begin();
}

static void fuzz_start(struct fuzz *fuzz)
{
	const struct options *options = &fuzz->options;
	unsigned int i;

	for (i = 0; i < INTRUDERS; i++)
		fuzz->intruders[i] =
			intruder_start(i, fuzz->teavmx->family, options->seed,
				       options->requests / INTRUDER_SHARE);
	fuzz->callers = calloc(options->callers, sizeof(*fuzz->callers));
	for (i = 0; i < options->callers; i++) {
		struct caller *caller = &fuzz->callers[i];

		caller->index = i;
		caller->callers = options->callers;
		caller->family = fuzz->teavmx->family;
		caller->seed = (options->seed << SEED_SHIFT | i) <<
			       SEED_SHIFT;
		caller->requests = options->requests / options->callers;
		caller->perfect = PERFECT_PERCENT;
		if (pthread_create(&caller->thread, NULL, caller_run, caller))
			ksft_exit_fail_msg("no thread\n");
	}
}

static void fuzz_wait(struct fuzz *fuzz)
{
	uint64_t hash = 0;
	unsigned int i;

	for (i = 0; i < fuzz->options.callers; i++) {
		pthread_join(fuzz->callers[i].thread, NULL);
		hash ^= fuzz->callers[i].sent;
	}
	free(fuzz->callers);
	caller_close_all();
	ksft_test_result_pass("%llu requests, hash %016llx\n",
			      (unsigned long long)count_sent(),
			      (unsigned long long)hash);
}

static void intruders_wait(struct fuzz *fuzz)
{
	unsigned int i;

	for (i = 0; i < INTRUDERS; i++) {
		int status = -1;

		if (waitpid(fuzz->intruders[i], &status, 0) > 0 &&
		    WIFEXITED(status) && WEXITSTATUS(status) == KSFT_SKIP)
			ksft_test_result_skip("%s\n", intruder_name(i));
		else
			ksft_test_result(!status,
					 "%s has no request executed\n",
					 intruder_name(i));
	}
}

static void fuzz_end(struct fuzz *fuzz)
{
	static const uint8_t program[] = FILE_OF(0, 0, TEA_OP_EXIT);
	enum teavmx_backend backend = fuzz->vmx ? TEAVMX_BACKEND_VMX :
						  TEAVMX_BACKEND_SOFT;
	struct teavmx_vcpu vcpu;

	guest_delete_lost(true);
	guest_end();
	ksft_test_result(machine_vms(fuzz->teavmx, 0), "no VM is left\n");
	ksft_test_result(!machine_run(fuzz->teavmx, backend, program,
				      sizeof(program), &vcpu),
			 "a program runs afterwards\n");
	teavmx_close(fuzz->teavmx);
}

int main(int argc, char **argv)
{
	struct fuzz fuzz = { .options = { .requests = 20000, .seed = 1,
					  .callers = 4 } };

	if (!options_read(&fuzz.options, argc, argv)) {
		fputs("usage: netfuzz [-n REQUESTS] [-s SEED] [-c CALLERS] [-v]\n",
		      stderr);
		return 2;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	ksft_print_header();
	ksft_set_plan(4 + INTRUDERS + fuzz_is_long(&fuzz));
	printf("# seed %llu, %u callers\n",
	       (unsigned long long)fuzz.options.seed, fuzz.options.callers);
	fuzz_begin(&fuzz);
	fuzz_start(&fuzz);
	fuzz_wait(&fuzz);
	intruders_wait(&fuzz);
	if (fuzz.options.verbose)
		count_print();
	if (fuzz_is_long(&fuzz))
		ksft_test_result(!count_never(), "each command had success\n");
	ksft_test_result(!count_mute(), "each refusal has a message\n");
	fuzz_end(&fuzz);
	ksft_finished();
}
