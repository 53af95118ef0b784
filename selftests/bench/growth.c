// SPDX-License-Identifier: GPL-2.0-only
/* How costs grow with the number of VMs and vCPUs, and with the program */
#include <string.h>

#include <uapi/tea.h>

#include "raw.h"
#include "tea_vm.h"

#define REPEATS		8
/* Limit of the module */
#define VMS		64
/* Of these so many */
#define LAST		8
#define VCPUS		240
#define PROGRAM_KIB	32

/* The first VM, and the last ones that there can be */
static void growth_vms(struct teavmx *teavmx)
{
	static struct series first, last;
	static struct raw raws[VMS];
	unsigned int i, n;
	uint64_t begin;

	for (i = 0; i < REPEATS; i++) {
		for (n = 0; n < VMS; n++) {
			begin = __rdtsc();
			raw_new(&raws[n], teavmx);
			if (!n)
				series_add(&first, __rdtsc() - begin);
			if (n >= VMS - LAST)
				series_add(&last, __rdtsc() - begin);
		}
		for (n = 0; n < VMS; n++)
			raw_free(&raws[n]);
		busy_end(busy_begin());
	}
	series_print(&first, "vm-1", 0);
	series_print(&last, "vm-last", 0);
}

/* What listing costs for each vCPU when there are many */
static void growth_list(struct teavmx *teavmx)
{
	static struct series series;
	struct teavmx_vcpu vcpu, *vcpus;
	struct teavmx_vm vm;
	uint64_t begin;
	unsigned int i;
	int count;

	bench_check(teavmx, teavmx_vm_new(teavmx, 0, &vm));
	for (i = 0; i < VCPUS; i++) {
		tea_vcpu_new(teavmx, vm.id, &tea_sum, &vcpu);
		teavmx_vcpu_clear(&vcpu);
	}
	for (i = 0; i < REPEATS; i++) {
		begin = __rdtsc();
		count = bench_check(teavmx,
				    teavmx_vcpu_list(teavmx, vm.id, &vcpus));
		series_add(&series, (__rdtsc() - begin) / count);
		teavmx_vcpu_free(vcpus, count);
	}
	bench_check(teavmx, teavmx_vm_del(teavmx, vm.id));
	series_print(&series, "vcpu-listed", 0);
}

/* The program that adds two numbers, followed by @size bytes of its own code */
static struct tea_file long_program(uint8_t *bytes, size_t size)
{
	size_t code = tea_sum.size - TEA_HEADER_SIZE;
	size_t at;

	memcpy(bytes, tea_sum.bytes, tea_sum.size);
	for (at = tea_sum.size; at < tea_sum.size + size; at++)
		bytes[at] = bytes[at - code];
	return (struct tea_file){ bytes, tea_sum.size + size };
}

static uint64_t create_ticks(struct teavmx *teavmx, const struct tea_file *file)
{
	struct teavmx_vcpu vcpu;
	struct teavmx_vm vm;
	uint64_t ticks;

	bench_check(teavmx, teavmx_vm_new(teavmx, 0, &vm));
	ticks = __rdtsc();
	tea_vcpu_new(teavmx, vm.id, file, &vcpu);
	ticks = __rdtsc() - ticks;
	tea_free(teavmx, &vcpu);
	busy_end(busy_begin());
	return ticks;
}

static uint64_t run_ticks(struct teavmx *teavmx, const struct tea_file *file)
{
	const struct tea_run run = { .file = file };
	uint8_t message[16];

	return tea_run(teavmx, &run, message);
}

/* What a step costs beyond that of a short program, for each KiB that is not executed */
static void growth_program(struct teavmx *teavmx, const char *row,
			   uint64_t (*ticks)(struct teavmx *teavmx,
					     const struct tea_file *file))
{
	static uint8_t bytes[TEA_FILE_MAX];
	static struct series series;
	struct tea_file file = long_program(bytes, PROGRAM_KIB * 1024);
	uint64_t base;
	unsigned int i;

	series.count = 0;
	for (i = 0; i < REPEATS; i++) {
		base = ticks(teavmx, &tea_sum);
		series_add(&series, (ticks(teavmx, &file) - base) / PROGRAM_KIB);
	}
	series_print(&series, row, 0);
}

void growth_bench(void)
{
	struct teavmx *teavmx = bench_open();

	growth_vms(teavmx);
	growth_list(teavmx);
	growth_program(teavmx, "kib-created", create_ticks);
	growth_program(teavmx, "kib-run", run_ticks);
	teavmx_close(teavmx);
}
