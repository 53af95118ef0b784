// SPDX-License-Identifier: GPL-2.0-only
#include "stop.h"

static int pause_vcpu(struct teavmx *teavmx, void *state)
{
	const struct target *target = state;
	struct stop stop;

	/* One that is paused already makes no further record. */
	if (stop_watch(teavmx, target, &stop))
		return output_failure(teavmx_error(teavmx), NULL);
	if (stop_pause(&stop) || stop_look(&stop) || stop_wait(&stop))
		return target_failure(teavmx, target);
	return stop_print(&stop, NULL, 0);
}

static int pause_run(int argc, char **argv, void *state)
{
	return target_vcpu(&command_pause, argc, argv, state) ?:
	       command_end(&command_pause, argc, argv) ?:
	       output_with(pause_vcpu, state);
}

const struct command command_pause = {
	.name = "pause",
	.synopsis = "[-j] VM.VCPU",
	.summary = "Pause a vCPU between two instructions.",
	.help =
	"Waits until it is paused and shows RIP. 'teavmx continue' runs it again. A TEA\n"
	"process that sleeps or waits at a port pauses later, and the verb does not wait,\n"
	"nor for a 'teavmx raw' that does not answer an exit for a second.\n\n"
	"  -j, --json  print one JSON object\n"
	"  -h, --help  show this text\n",
	.options = command_json_only,
	.state_size = sizeof(struct target),
	.run = pause_run,
};
