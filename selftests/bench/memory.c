// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <error.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "payloads.h"
#include "raw.h"
#include "tea_vm.h"

/* So many that objects which the allocator holds do not matter */
#define VMS		60
#define VCPUS		240
#define REPEATS		3

/* Waits until deleted VMs are freed, and what is freed after grace periods. */
static void memory_settle(struct teavmx *teavmx, uint32_t vms)
{
	const struct timespec grace = { .tv_nsec = 300000000 };
	struct teavmx_info info;

	do {
		nanosleep(&grace, NULL);
		bench_check(teavmx, teavmx_get_info(teavmx, NULL, &info));
	} while (info.vms != vms);
	nanosleep(&grace, NULL);
}

/* Adds the counts of free pages that CPUs have not added to the common one yet. */
static void memory_fold(void)
{
	char byte;
	int fd = open("/proc/sys/vm/stat_refresh", O_RDONLY);

	if (fd < 0 || read(fd, &byte, 1) < 0)
		error(1, errno, "/proc/sys/vm/stat_refresh");
	close(fd);
}

/* Has the allocator give back the pages whose objects are all free. */
static void memory_shrink(void)
{
	glob_t caches;
	size_t i;
	int fd;

	if (glob("/sys/kernel/slab/*/shrink", 0, NULL, &caches))
		error(1, 0, "/sys/kernel/slab: no cache can be shrunk");
	for (i = 0; i < caches.gl_pathc; i++) {
		fd = open(caches.gl_pathv[i], O_WRONLY);
		if (fd < 0 || write(fd, "1", 1) != 1)
			error(1, errno, "%s", caches.gl_pathv[i]);
		close(fd);
	}
	globfree(&caches);
}

/*
 * Bytes of free memory when there are so many VMs, with the pages that the
 * allocator holds for a CPU
 */
uint64_t memory_free(struct teavmx *teavmx, uint32_t vms)
{
	uint64_t pages = 0;
	unsigned long count;
	char line[256];
	FILE *file;

	memory_settle(teavmx, vms);
	memory_shrink();
	memory_fold();
	file = fopen("/proc/zoneinfo", "r");
	if (!file)
		error(1, errno, "/proc/zoneinfo");
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, " pages free %lu", &count) == 1 ||
		    sscanf(line, " count: %lu", &count) == 1)
			pages += count;
	fclose(file);
	return pages * sysconf(_SC_PAGESIZE);
}

static void memory_vms(struct teavmx *teavmx, struct series *series)
{
	struct teavmx_vm vms[VMS];
	uint64_t before = memory_free(teavmx, 0);
	unsigned int i;

	for (i = 0; i < VMS; i++)
		bench_check(teavmx, teavmx_vm_new(teavmx, 0, &vms[i]));
	series_add(series, (before - memory_free(teavmx, VMS)) / VMS);
	for (i = 0; i < VMS; i++)
		bench_check(teavmx, teavmx_vm_del(teavmx, vms[i].id));
}

static void memory_vcpus(struct teavmx *teavmx, struct series *series)
{
	struct teavmx_vcpu vcpu;
	struct teavmx_vm vm;
	uint64_t before;
	unsigned int i;

	memory_settle(teavmx, 0);
	bench_check(teavmx, teavmx_vm_new(teavmx, 0, &vm));
	before = memory_free(teavmx, 1);
	for (i = 0; i < VCPUS; i++) {
		tea_vcpu_new(teavmx, vm.id, &tea_sum, &vcpu);
		teavmx_vcpu_clear(&vcpu);
	}
	series_add(series, (before - memory_free(teavmx, 1)) / VCPUS);
	bench_check(teavmx, teavmx_vm_del(teavmx, vm.id));
}

static void memory_raw(struct teavmx *teavmx, struct series *series)
{
	static struct raw raws[VMS];
	uint64_t before = memory_free(teavmx, 0);
	unsigned int i;

	for (i = 0; i < VMS; i++)
		raw_new(&raws[i], teavmx);
	series_add(series, (before - memory_free(teavmx, VMS)) / VMS);
	for (i = 0; i < VMS; i++)
		raw_free(&raws[i]);
}

static void memory_measure(struct teavmx *teavmx, const char *row,
			   void (*measure)(struct teavmx *teavmx,
					   struct series *series))
{
	static struct series series;
	unsigned int i;

	/* The first time leaves memory in caches of the kernel. */
	measure(teavmx, &series);
	series.count = 0;
	for (i = 0; i < REPEATS; i++)
		measure(teavmx, &series);
	series_print(&series, row, 0);
}

void memory_bench(void)
{
	struct teavmx *teavmx = bench_open();

	memory_measure(teavmx, "memory-vm", memory_vms);
	memory_measure(teavmx, "memory-vcpu", memory_vcpus);
	memory_measure(teavmx, "memory-raw", memory_raw);
	teavmx_close(teavmx);
}
