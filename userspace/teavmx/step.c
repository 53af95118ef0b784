// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>
#include <string.h>

#include "stop.h"

struct step {
	struct target target;
	struct teavmx_run run;
	bool detach;
};

static int run_watched(struct teavmx *teavmx, const struct target *target,
		       const struct teavmx_run *run, bool compare)
{
	struct teavmx_register *before = NULL;
	struct stop stop;
	int count = 0;
	int status;

	if (stop_watch(teavmx, target, &stop))
		return output_failure(teavmx_error(teavmx), NULL);
	if (compare) {
		count = stop_registers(&stop, &before);
		if (count < 0)
			return target_failure(teavmx, target);
	}
	if (teavmx_vcpu_run_with(teavmx, target->vm, target->vcpu, run) ||
	    stop_wait(&stop)) {
		status = target_failure(teavmx, target);
	} else {
		stop_explain(&stop);
		status = stop_print(&stop, before, (size_t)count);
	}
	free(before);
	return status;
}

static int step_vcpu(struct teavmx *teavmx, void *state)
{
	const struct step *step = state;

	return run_watched(teavmx, &step->target, &step->run, true);
}

static int continue_vcpu(struct teavmx *teavmx, void *state)
{
	const struct step *step = state;

	if (!step->detach)
		return run_watched(teavmx, &step->target, &step->run, false);
	if (teavmx_vcpu_run_with(teavmx, step->target.vm, step->target.vcpu,
				 &step->run))
		return target_failure(teavmx, &step->target);
	return CLI_OK;
}

static int take_answer(const struct command *command, struct teavmx_run *run)
{
	unsigned long long number;

	if (cli_number(optarg, 0, ~0ULL, &number))
		return command_usage(command,
				     "--answer: expected a number, such as --answer=0, got '%s'",
				     optarg);
	run->answered = true;
	run->answer = number;
	return CLI_OK;
}

static int step_option(int option, void *state)
{
	struct step *step = state;

	(void)option;
	return take_answer(&command_step, &step->run);
}

static int step_run(int argc, char **argv, void *state)
{
	struct step *step = state;
	unsigned long long number = 1;
	int status = target_vcpu(&command_step, argc, argv, &step->target);

	if (status)
		return status;
	if (optind < argc && cli_number(argv[optind++], 1, ~0ULL, &number))
		return command_usage(&command_step,
				     "expected a number of instructions from 1, got '%s'",
				     argv[optind - 1]);
	step->run.steps = number;
	return command_end(&command_step, argc, argv) ?:
	       output_with(step_vcpu, step);
}

/* A time without a unit is refused, as it would be ambiguous. */
static const struct cli_unit times[] = {
	{ "ns", 1 },
	{ "us", 1000 },
	{ "ms", 1000000 },
	{ "s", 1000000000 },
	{ NULL, 0 }
};

static int take_bound(int option, struct teavmx_run *run)
{
	unsigned long long number;

	if (option == 't') {
		if (cli_quantity(optarg, times, 1, UINT64_MAX, &number))
			return command_usage(&command_continue,
					     "--time: expected a time such as 50us, 10ms or 1s, got '%s'",
					     optarg);
		run->time = number;
		return CLI_OK;
	}
	if (cli_number(optarg, 1, ~0ULL, &number))
		return command_usage(&command_continue,
				     "--%s: expected a number from 1, got '%s'",
				     option == 'e' ? "exits" : "steps", optarg);
	if (option == 'e')
		run->exits = number;
	else
		run->steps = number;
	return CLI_OK;
}

static int continue_option(int option, void *state)
{
	struct step *step = state;

	switch (option) {
	case 'a':
		return take_answer(&command_continue, &step->run);
	case 'D':
		step->detach = true;
		return CLI_OK;
	default:
		return take_bound(option, &step->run);
	}
}

static int continue_run(int argc, char **argv, void *state)
{
	struct step *step = state;

	return target_vcpu(&command_continue, argc, argv, &step->target) ?:
	       command_end(&command_continue, argc, argv) ?:
	       output_with(continue_vcpu, step);
}

static const struct option step_options[] = {
	{ "answer", required_argument, NULL, 'a' },
	{ "json", no_argument, NULL, 'j' },
	OPTION_COMMON
};

const struct command command_step = {
	.name = "step",
	.synopsis = "[OPTION...] VM.VCPU [N]",
	.summary = "Run a vCPU for N instructions, one if not given.",
	.help =
	"Shows why it stopped, RIP, and the registers that changed. Ctrl-C pauses it.\n\n"
	"  -a, --answer=VALUE  the exit that it is paused for is handled: advance past the\n"
	"                      instruction; VALUE is what IN or RDMSR reads, else 0\n"
	"  -j, --json          print one JSON object\n"
	"  -h, --help          show this text\n",
	.options = step_options,
	.state_size = sizeof(struct step),
	.option = step_option,
	.run = step_run,
};

static const struct option options[] = {
	{ "exits", required_argument, NULL, 'e' },
	{ "time", required_argument, NULL, 't' },
	{ "steps", required_argument, NULL, 's' },
	{ "answer", required_argument, NULL, 'a' },
	{ "detach", no_argument, NULL, 'D' },
	{ "json", no_argument, NULL, 'j' },
	OPTION_COMMON
};

const struct command command_continue = {
	.name = "continue",
	.synopsis = "[OPTION...] VM.VCPU",
	.summary = "Run a vCPU until it stops or a bound is met.",
	.help =
	"Shows why it stopped, and RIP. The first bound that is met counts; Ctrl-C pauses\n"
	"it, too.\n\n"
	"  -e, --exits=N       pause after N VMX exits\n"
	"  -t, --time=TIME     pause after so much time in the guest, such as 50us or 1s\n"
	"  -s, --steps=N       pause after N instructions\n"
	"  -a, --answer=VALUE  the exit that it is paused for is handled: advance past the\n"
	"                      instruction; VALUE is what IN or RDMSR reads, else 0\n"
	"  -D, --detach        do not wait until it stops\n"
	"  -j, --json          print one JSON object\n"
	"  -h, --help          show this text\n",
	.options = options,
	.state_size = sizeof(struct step),
	.option = continue_option,
	.run = continue_run,
};
