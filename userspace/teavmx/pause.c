// SPDX-License-Identifier: GPL-2.0-only
#include "stop.h"

static int pause_vcpu(struct teavmx *teavmx, const struct target *target)
{
	struct stop stop;

	if (stop_watch(teavmx, target, &stop) ||
	    teavmx_vcpu_pause(teavmx, target->vm, target->vcpu) ||
	    stop_wait(teavmx, &stop))
		return output_failure(teavmx_error(teavmx), NULL);
	return stop_print(teavmx, &stop, NULL, 0);
}

static int pause_run(int argc, char **argv)
{
	int status = command_json_only(&command_pause, argc, argv, 2);
	struct teavmx *teavmx;
	struct target target;

	if (status)
		return status < 0 ? CLI_OK : status;
	status = target_vcpu(&command_pause, argc, argv, &target) ?:
		 target_end(&command_pause, argc, argv);
	if (status)
		return status;
	teavmx = output_open(&status);
	if (!teavmx)
		return status;
	status = pause_vcpu(teavmx, &target);
	teavmx_close(teavmx);
	return status;
}

static const struct option options[] = {
	{ "json", no_argument, NULL, 'j' },
	OPTION_COMMON
};

const struct command command_pause = {
	.name = "pause",
	.synopsis = "[-j] VM.VCPU",
	.summary = "Pause a vCPU between two instructions.",
	.help =
	"Waits until it is paused and shows RIP. 'teavmx continue' lets it go on.\n\n"
	"  -j, --json  print one JSON object\n"
	"  -h, --help  show this text\n",
	.options = options,
	.run = pause_run,
};
