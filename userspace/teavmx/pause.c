// SPDX-License-Identifier: GPL-2.0-only
#include "stop.h"

/* The access to a port may take any time, and so the verb does not wait for it. */
static int pause_later(const struct stop *stop)
{
	bool sleeps = stop->state == TEAVMX_VCPU_STATE_SLEEPING;

	if (cli_json)
		tea_json_print(json_pack("{s:I, s:I, s:n, s:s}", "vm",
					 (json_int_t)stop->target.vm, "vcpu",
					 (json_int_t)stop->target.vcpu, "stop",
					 "state", teavmx_state_name(stop->state)),
			       stdout);
	else
		puts(sleeps ? "not paused yet: the process sleeps, and pauses after that" :
			      "not paused yet: the process waits at a port, and pauses after that access");
	return CLI_OK;
}

static int pause_vcpu(struct teavmx *teavmx, void *state)
{
	const struct target *target = state;
	struct stop stop;

	/* One that is paused already makes no further record. */
	if (stop_watch(teavmx, target, &stop))
		return output_failure(teavmx_error(teavmx), NULL);
	stop.pausing = true;
	if (teavmx_vcpu_pause(teavmx, target->vm, target->vcpu) ||
	    stop_look(&stop) || stop_wait(&stop))
		return output_failure(teavmx_error(teavmx), NULL);
	return stop_waits(&stop) ? pause_later(&stop) :
				   stop_print(&stop, NULL, 0);
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
	"process that sleeps or waits at a port pauses later, and the verb does not wait.\n\n"
	"  -j, --json  print one JSON object\n"
	"  -h, --help  show this text\n",
	.options = command_json_only,
	.state_size = sizeof(struct target),
	.run = pause_run,
};
