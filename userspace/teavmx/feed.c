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

struct feed {
	uint32_t vm;
	struct feeder feeder;
};

static int feed_file(struct teavmx *teavmx, void *state)
{
	struct feed *feed = state;
	struct feeder *feeder = &feed->feeder;
	int err = 0;

	interrupt_catch();
	/* The VM is checked before anything is read from the file. */
	if (teavmx_serial_write(teavmx, feed->vm, NULL, 0, NULL))
		return output_failure(teavmx_error(teavmx), NULL);
	while (!interrupt_seen() && (feeder->size || feeder_wants(feeder))) {
		if (feeder_wants(feeder)) {
			if (interrupt_wait(feeder->fd, -1))
				err = feeder_read(feeder);
			if (err)
				return fail_to_read(feeder, err);
		}
		if (feeder_push(feeder, teavmx, feed->vm))
			return output_failure(teavmx_error(teavmx), NULL);
		if (feeder->size)
			interrupt_wait(-1, FEEDER_MS);
	}
	return interrupt_seen() ? CLI_INTERRUPTED : CLI_OK;
}

static int feed_run(int argc, char **argv, void *state)
{
	struct feed *self = state;
	const char *path = "-";
	int status = target_vm(&command_feed, argc, argv, &self->vm);
	int err;

	if (!status && optind < argc)
		path = argv[optind++];
	status = status ?: command_end(&command_feed, argc, argv);
	if (status)
		return status;
	err = feeder_open(&self->feeder, path);
	if (err)
		return fail_to_read(&self->feeder, err);
	status = output_with(feed_file, self);
	feeder_close(&self->feeder);
	return status;
}

const struct command command_feed = {
	.name = "feed",
	.synopsis = "[-j] VM [FILE]",
	.summary = "Feed the serial input of a VM from a file or standard input.",
	.help =
	"Ends when all of it is in the VM's queue of 1024 bytes; waits while that is\n"
	"full. What processes send shows as tea-serial in 'teavmx monitor'.\n\n"
	"  -j, --json  errors as JSON; success prints nothing\n"
	"  -h, --help  show this text\n",
	.options = command_json_only,
	.state_size = sizeof(struct feed),
	.run = feed_run,
};
