// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>

#include "feeder.h"
#include "interrupt.h"
#include "output.h"
#include "target.h"

static int fail_to_read(const struct feeder *feeder, int err)
{
	return cli_error(CLI_FAILED, NULL, "%s: %s", feeder->path,
			 strerror(-err));
}

static int feed(struct teavmx *teavmx, uint32_t vm, struct feeder *feeder)
{
	int err = 0;

	/* A VM that is not there is found out before anything is read. */
	if (teavmx_serial_feed(teavmx, vm, NULL, 0, NULL))
		return output_failure(teavmx_error(teavmx), NULL);
	while (!interrupt_seen() && (feeder->size || feeder_wants(feeder))) {
		if (feeder_wants(feeder)) {
			if (interrupt_wait(feeder->fd, -1))
				err = feeder_read(feeder);
			if (err)
				return fail_to_read(feeder, err);
		}
		if (feeder_push(feeder, teavmx, vm))
			return output_failure(teavmx_error(teavmx), NULL);
		if (feeder->size)
			interrupt_wait(-1, FEEDER_MS);
	}
	return interrupt_seen() ? CLI_INTERRUPTED : CLI_OK;
}

static int feed_run(int argc, char **argv)
{
	int status = command_json_only(&command_feed, argc, argv, 2);
	struct feeder feeder = { 0 };
	const char *path;
	struct teavmx *teavmx;
	uint32_t vm;
	int err;

	if (status)
		return status < 0 ? CLI_OK : status;
	status = target_vm(&command_feed, argc, argv, &vm);
	if (status)
		return status;
	path = optind < argc ? argv[optind] : "-";
	err = feeder_open(&feeder, path);
	if (err)
		return fail_to_read(&feeder, err);
	teavmx = output_open(&status);
	if (teavmx) {
		interrupt_catch();
		status = feed(teavmx, vm, &feeder);
	}
	teavmx_close(teavmx);
	feeder_close(&feeder);
	return status;
}

static const struct option options[] = {
	{ "json", no_argument, NULL, 'j' },
	OPTION_COMMON
};

const struct command command_feed = {
	.name = "feed",
	.synopsis = "[-j] VM [FILE]",
	.summary = "Feed the serial input of a VM from a file or standard input.",
	.help =
	"Ends when all of it is in the VM's queue of 1024 bytes; waits while that is\n"
	"full. What processes send shows as tea-serial in 'teavmx monitor'.\n\n"
	"  -j, --json  errors as JSON; success prints nothing\n"
	"  -h, --help  show this text\n",
	.options = options,
	.run = feed_run,
};
