// SPDX-License-Identifier: LGPL-2.1-or-later
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include <uapi/compact.h>

#include "recording.h"

#define NS_PER_S	1000000000ULL

static uint64_t clock_now(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

/* What is behind the first bytes of the parts */
static void skip_written(struct iovec *parts, int count, size_t written)
{
	size_t part;

	for (; count; count--, parts++) {
		part = written < parts->iov_len ? written : parts->iov_len;
		parts->iov_base = (char *)parts->iov_base + part;
		parts->iov_len -= part;
		written -= part;
	}
}

/* A pipe cannot be shortened, and has no place. */
static void remove_written(int fd, size_t written)
{
	int error = errno;
	off_t place;

	if (written) {
		place = lseek(fd, -(off_t)written, SEEK_CUR);
		if (place >= 0 && ftruncate(fd, place))
			error = EIO;
	}
	errno = error;
}

/* A pipe may take a part, and a disk that becomes full does; the next write fails then. */
static int write_whole(const struct recording_output *to, struct iovec *parts, int count,
		       size_t size)
{
	size_t done = 0;
	ssize_t written;
	int error = 0;

	while (done < size && !error) {
		written = writev(to->fd, parts, count);
		if (written > 0) {
			skip_written(parts, count, (size_t)written);
			done += (size_t)written;
		} else if (!written) {
			error = ENOSPC;
		} else if (errno == EAGAIN && to->wait) {
			error = to->wait(to->fd);
		} else if (errno != EINTR) {
			error = errno;
		}
	}
	if (!error)
		return 0;
	errno = error;
	remove_written(to->fd, done);
	return -1;
}

int recording_write(const struct recording_output *to, uint32_t kind, uint32_t vm,
		    const void *bytes, size_t size)
{
	struct recording_block block = {
		.kind = kind,
		.size = (uint32_t)size,
		.vm = vm,
	};
	struct iovec parts[] = {
		{ &block, sizeof(block) },
		{ (void *)bytes, size },
	};

	if (size <= RECORDING_BLOCK_MAX)
		return write_whole(to, parts, 2, sizeof(block) + size);
	errno = EMSGSIZE;
	return -1;
}

/* The value of a line "NAME : VALUE" of /proc/cpuinfo, or NULL */
static char *cpuinfo_value(char *line, const char *name)
{
	char *colon = strchr(line, ':');

	if (!colon || strncmp(line, name, strlen(name)))
		return NULL;
	colon[strcspn(colon, "\n")] = '\0';
	return colon[1] ? colon + 2 : NULL;
}

/* Those of the first processor, as the others have the same on nearly each machine */
static void read_cpuinfo(struct recording_header *header)
{
	FILE *file = fopen("/proc/cpuinfo", "re");
	char line[256];
	char *value;

	while (file && fgets(line, sizeof(line), file) && line[0] != '\n') {
		value = cpuinfo_value(line, "model name");
		if (value)
			snprintf(header->cpu, sizeof(header->cpu), "%s", value);
		value = cpuinfo_value(line, "microcode");
		if (value)
			header->microcode = (uint32_t)strtoul(value, NULL, 0);
	}
	if (file)
		fclose(file);
}

void recording_this_machine(struct recording_header *header)
{
	struct utsname name;

	*header = (struct recording_header){
		.version = RECORDING_VERSION,
		.size = sizeof(*header),
		.compact_size = sizeof(struct teavmx_compact),
		.begun = clock_now(CLOCK_REALTIME),
		.begun_monotonic = clock_now(CLOCK_MONOTONIC),
	};
	memcpy(header->magic, RECORDING_MAGIC, sizeof(header->magic));
	if (!uname(&name))
		snprintf(header->kernel, sizeof(header->kernel), "%.*s",
			 (int)sizeof(header->kernel) - 1, name.release);
	read_cpuinfo(header);
}

int recording_begin(const struct recording_output *to, const struct teavmx_info *info,
		    const struct teavmx_caps *caps)
{
	struct recording_msr msrs[TEAVMX_MSRS_MAX] = { 0 };
	struct recording_header header;
	struct iovec part = { &header, sizeof(header) };
	size_t i;

	recording_this_machine(&header);
	header.instance = info->instance;
	header.tsc_khz = info->tsc_khz;
	snprintf(header.module, sizeof(header.module), "%s", info->version);
	if (write_whole(to, &part, 1, sizeof(header)))
		return -1;
	if (!caps || !caps->count)
		return 0;
	for (i = 0; i < caps->count; i++) {
		msrs[i].number = caps->msrs[i].number;
		msrs[i].value = caps->msrs[i].value;
	}
	return recording_write(to, RECORDING_MSRS, 0, msrs,
			       caps->count * sizeof(*msrs));
}

int recording_end(const struct recording_output *to)
{
	uint64_t now = clock_now(CLOCK_MONOTONIC);

	return recording_write(to, RECORDING_END, 0, &now, sizeof(now));
}
