// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <uapi/compact.h>
#include <userspace/common/new_file.h>

#include "interrupt.h"
#include "output.h"
#include "watch.h"

/*
 * @file: the file until the watch has begun; a recording that has its name is kept as
 *	it is when the kernel refuses the watch
 * @to: the same file, which is written through this one
 * @begun: the file has its name
 * @written: records in the file
 * @limit: how many it may have, 0 for any number
 * @lost: events that were lost before the end of the file, as far as their number is
 *	known
 * @has_loss: there are such events
 * @error: errno that the file could not be written with, or 0
 */
struct recorder {
	struct watch watch;
	const char *path;
	struct new_file file;
	struct recording_output to;
	bool begun;
	unsigned long long written;
	unsigned long long limit;
	unsigned long long lost;
	bool has_loss;
	int error;
};

/* Bytes of a block with at most as many records as the file may still have */
static size_t fitting(const struct recorder *recorder, enum recording_kind kind,
		      size_t size)
{
	unsigned long long left = recorder->limit - recorder->written;

	if (!recorder->limit)
		return size;
	if (!left)
		return 0;
	if (kind != RECORDING_COMPACT || size / sizeof(struct teavmx_compact) <= left)
		return size;
	return left * sizeof(struct teavmx_compact);
}

/* The watch may end before it has delivered a loss that is the last record. */
static void count_block(struct recorder *recorder, enum recording_kind kind,
			const void *bytes, size_t size)
{
	recorder->written += kind == RECORDING_COMPACT ?
			     size / sizeof(struct teavmx_compact) : 1;
	if (recording_lost(kind, bytes, size, &recorder->lost))
		recorder->has_loss = true;
}

static void write_block(enum recording_kind kind, uint32_t vm, const void *bytes,
			size_t size, void *data)
{
	struct recorder *recorder = data;

	/* Records of other VMs may be on the way when a watch of one VM begins. */
	if (recorder->error || (recorder->watch.vm && vm && vm != recorder->watch.vm))
		return;
	size = fitting(recorder, kind, size);
	if (size && recording_write(&recorder->to, kind, vm, bytes, size))
		recorder->error = errno;
	else if (size)
		count_block(recorder, kind, bytes, size);
	/* While nothing happens no further block arrives that would find the file full. */
	recorder->watch.stop = recorder->error ||
			       (recorder->limit && recorder->written >= recorder->limit);
}

static int file_failure(const struct recorder *recorder, int error)
{
	if (error == EINTR || error == ETIME)
		return cli_error(CLI_INTERRUPTED, NULL, "%s: its reader does not read",
				 recorder->path);
	if (error == EPIPE)
		return cli_error(CLI_FAILED, NULL, "%s: its reader has left after %llu records",
				 recorder->path, recorder->written);
	return cli_error(CLI_FAILED, recorder->written ?
			 "the recording is good up to there" : NULL,
			 "%s: %s after %llu records", recorder->path,
			 strerror(error), recorder->written);
}

/* A write to a pipe that is not read would not end by a signal, as these are blocked then. */
static int write_in_place(struct recorder *recorder)
{
	recorder->to.wait = interrupt_room;
	recorder->watch.output = recorder->to.fd;
	return fcntl(recorder->to.fd, F_SETFL, O_NONBLOCK);
}

static int open_file(struct recorder *recorder)
{
	int error;

	/* A recording shows what guests do: a new one is for its user only. */
	umask(0077);
	error = new_file_open(&recorder->file, recorder->path);
	if (error)
		return error;
	recorder->to.fd = fcntl(recorder->file.fd, F_DUPFD_CLOEXEC, 0);
	if (recorder->to.fd < 0 || (!recorder->file.path && write_in_place(recorder)))
		return new_file_close(&recorder->file, -errno);
	return 0;
}

static int give_up_file(struct recorder *recorder, int status)
{
	close(recorder->to.fd);
	new_file_close(&recorder->file, -ECANCELED);
	return status;
}

static int name_file(void *data)
{
	struct recorder *recorder = data;
	int error = new_file_close(&recorder->file, 0);

	recorder->begun = true;
	if (error)
		recorder->error = -error;
	return recorder->error ? CLI_FAILED : CLI_OK;
}

static int begin_file(struct teavmx *teavmx, struct recorder *recorder)
{
	struct teavmx_caps *caps = NULL;
	struct teavmx_info info;
	struct teavmx_vm vm;
	int count, err;

	if (teavmx_get_info(teavmx, NULL, &info) ||
	    (recorder->watch.vm &&
	     teavmx_vm_get(teavmx, (uint32_t)recorder->watch.vm, &vm)))
		return output_failure(teavmx_error(teavmx), NULL);
	err = open_file(recorder);
	if (err)
		return cli_error(CLI_FAILED, NULL, "%s: %s", recorder->path,
				 new_file_reason(err));
	count = teavmx_caps_list(teavmx, &caps);
	err = recording_begin(&recorder->to, &info, count > 0 ? caps : NULL) ?
	      errno : 0;
	free(caps);
	return err ? give_up_file(recorder, file_failure(recorder, err)) : CLI_OK;
}

static int end_file(struct recorder *recorder)
{
	if (!recorder->error && recording_end(&recorder->to))
		recorder->error = errno;
	/* Some file systems report a full disk when the file is closed. */
	if (close(recorder->to.fd) && !recorder->error)
		recorder->error = errno;
	if (recorder->error)
		return file_failure(recorder, recorder->error);
	fprintf(stderr, "teavmx: %s: %llu records, %llu events lost\n",
		recorder->path, recorder->written, recorder->lost);
	return CLI_OK;
}

static int record_events(struct teavmx *teavmx, void *state)
{
	struct recorder *recorder = state;
	const struct recording_tap tap = { write_block, recorder };
	int status = begin_file(teavmx, recorder);
	int end;

	if (status)
		return status;
	recorder->watch.tap = &tap;
	recorder->watch.begun = name_file;
	status = watch_run(&recorder->watch, teavmx);
	if (!recorder->begun)
		return give_up_file(recorder, status);
	end = end_file(recorder) ?: status;
	return !end && recorder->watch.strict && recorder->has_loss ? CLI_INTERRUPTED : end;
}

static int record_option(int option, void *state)
{
	struct recorder *recorder = state;

	if (option != 'o')
		return watch_option(&recorder->watch, option);
	recorder->path = optarg;
	return CLI_OK;
}

static int record_run(int argc, char **argv, void *state)
{
	struct recorder *recorder = state;
	int status = command_end(&command_record, argc, argv) ?:
		     watch_check(&recorder->watch);

	if (status)
		return status;
	if (!recorder->path)
		return command_usage(&command_record, "expected --output FILE");
	if (!strcmp(recorder->path, "-"))
		return command_usage(&command_record,
				     "--output: expected a file, not standard output");
	/* Lost events are records of the file, too, so its limit is its own. */
	recorder->limit = recorder->watch.count;
	recorder->watch.count = 0;
	recorder->watch.data = recorder;
	return output_with(record_events, recorder);
}

static const struct recorder initial = {
	.watch = {
		.command = &command_record,
	},
};

static const struct option options[] = {
	{ "output", required_argument, NULL, 'o' },
	WATCH_OPTIONS,
	OPTION_COMMON
};

const struct command command_record = {
	.name = "record",
	.synopsis = "-o FILE [OPTION...]",
	.summary = "Write events to a file, for report and diff.",
	.help =
	"Prints 'listening' on standard error when it receives all events from then on,\n"
	"and ends by Ctrl-C. The file is readable up to its last whole block however the\n"
	"command ends.\n\n"
	"  -o, --output FILE  the recording; a file that exists is replaced\n"
	"  -v, --vm N         events of one VM only; ends when it is removed\n"
	"  -F, --from SEQ     with --vm: from this sequence number on, 0 for the oldest one\n"
	"  -y, --type LIST    only these types of events, such as state,tea-text\n"
	"  -r, --reason LIST  of the VMX exits only those with these reasons, such as\n"
	"                     CPUID,30; without --type only these exits\n"
	"  -n, --count N      end after N records\n"
	"  -f, --for SEC      end after so many seconds\n"
	"  -s, --strict       exit status 7 if events were lost\n"
	"  -h, --help         show this text\n",
	.options = options,
	.state_size = sizeof(struct recorder),
	.initial = &initial,
	.option = record_option,
	.run = record_run,
};
