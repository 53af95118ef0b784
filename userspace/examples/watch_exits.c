// SPDX-License-Identifier: BSD-3-Clause
/*
 * usage: watch_exits VM
 *
 * Prints the exits of a VM, first those that its log still has, until there is a line
 * on standard input, or its end.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <teavmx/teavmx.h>
#include <uapi/vmx.h>

static void print_record(const struct teavmx_record *record)
{
	unsigned int reason = record->reason & 0xffff;
	const char *name = vmx_exit_reason_name(reason);
	char text[512];

	if (record->type == TEAVMX_EVENT_TYPE_LOST)
		printf("#%llu and later records are lost\n",
		       (unsigned long long)record->seq);
	if (record->type != TEAVMX_EVENT_TYPE_VMX_EXIT)
		return;
	teavmx_decode_exit(record, text, sizeof(text));
	printf("#%llu vCPU %u: exit %u %s at 0x%llx %s\n",
	       (unsigned long long)record->seq, record->vcpu, reason,
	       name ? name : "unknown", (unsigned long long)record->rip, text);
}

static int print_records(struct teavmx *teavmx)
{
	struct teavmx_record record;
	int found;

	while ((found = teavmx_event_next(teavmx, &record)) > 0)
		print_record(&record);
	fflush(stdout);
	return found;
}

/* The stream is one descriptor among those that the program waits for. */
static int watch_vm(struct teavmx *teavmx, uint32_t vm)
{
	struct pollfd fds[] = {
		{ .fd = STDIN_FILENO, .events = POLLIN },
		{ .fd = -1, .events = POLLIN },
	};

	if (teavmx_event_open(teavmx, 0) || teavmx_event_watch(teavmx, vm, 0))
		return -1;
	fds[1].fd = teavmx_event_fd(teavmx);
	while (!fds[0].revents) {
		if (print_records(teavmx))
			return -1;
		poll(fds, 2, -1);
	}
	return teavmx_event_sync(teavmx) ? -1 : print_records(teavmx);
}

int main(int argc, char **argv)
{
	struct teavmx_error error;
	struct teavmx *teavmx;
	int result;

	if (argc != 2) {
		fputs("usage: watch_exits VM\n", stderr);
		return 2;
	}
	teavmx = teavmx_open(&error);
	if (!teavmx) {
		fprintf(stderr, "watch_exits: %s\n", error.message);
		return error.status;
	}
	result = watch_vm(teavmx, strtoul(argv[1], NULL, 10));
	if (result) {
		error = *teavmx_error(teavmx);
		fprintf(stderr, "watch_exits: %s\n", error.message);
	}
	teavmx_close(teavmx);
	return result ? error.status : 0;
}
