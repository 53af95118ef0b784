/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CGROUP_H
#define CGROUP_H

/* A control group whose memory is limited, for tests of what is charged to it. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "machine.h"

#define CGROUPS		"/tmp/teavmx_cgroups"
#define CGROUP		CGROUPS "/limited"

static inline int cgroup_put(const char *path, const char *words)
{
	int fd = open(path, O_WRONLY);
	ssize_t size = -1;

	if (fd >= 0) {
		size = write(fd, words, strlen(words));
		close(fd);
	}
	if (size < 0)
		printf("# %s: %s\n", path, strerror(errno));
	return size < 0 ? -1 : 0;
}

/* The number after @word in @path, or the first one without @word */
static inline long long cgroup_number(const char *path, const char *word)
{
	char text[512] = "";
	const char *place;
	int fd = open(path, O_RDONLY);

	if (fd < 0)
		return -1;
	if (read(fd, text, sizeof(text) - 1) < 0)
		text[0] = '\0';
	close(fd);
	place = word ? strstr(text, word) : text;
	return place ? atoll(place + (word ? strlen(word) : 0)) : -1;
}

static inline int cgroup_limit(unsigned long long bytes)
{
	char limit[32];

	snprintf(limit, sizeof(limit), "%llu", bytes);
	return cgroup_put(CGROUP "/memory.max", limit);
}

static inline int cgroup_make(unsigned long long bytes)
{
	mkdir(CGROUPS, 0755);
	if (mount("none", CGROUPS, "cgroup2", 0, NULL)) {
		printf("# cgroup2: %s\n", strerror(errno));
		return -1;
	}
	if (cgroup_put(CGROUPS "/cgroup.subtree_control", "+memory") ||
	    (mkdir(CGROUP, 0755) && errno != EEXIST))
		return -1;
	return cgroup_limit(bytes);
}

static inline void cgroup_remove(void)
{
	rmdir(CGROUP);
	umount(CGROUPS);
	rmdir(CGROUPS);
}

static inline bool cgroup_falls_below(const char *path, long long limit)
{
	long long end = machine_ms() + 10000;

	while (cgroup_number(path, NULL) >= limit) {
		if (machine_ms() > end)
			return false;
		usleep(10000);
	}
	return true;
}

/* A process in the cgroup that the kernel could kill */
static inline pid_t cgroup_bystander(void)
{
	pid_t child = fork();

	if (child)
		return child;
	if (cgroup_put(CGROUP "/cgroup.procs", "0"))
		_exit(1);
	pause();
	_exit(0);
}

#endif
