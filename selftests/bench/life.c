// SPDX-License-Identifier: GPL-2.0-only
#include <sched.h>

#include "payloads.h"
#include "raw.h"
#include "tea_vm.h"

#define REPEATS		40
#define REQUESTS	1000
/* Runs of a batch */
#define BATCH		100
/* Limit of a VM */
#define VCPUS		255
/* Of these so many */
#define LAST		8

static void life_request(struct teavmx *teavmx)
{
	static struct series series;
	struct teavmx_info info;
	uint64_t begin;
	unsigned int i;

	for (i = 0; i < REQUESTS; i++) {
		begin = __rdtsc();
		bench_check(teavmx, teavmx_get_info(teavmx, NULL, &info));
		series_add(&series, __rdtsc() - begin);
	}
	series_print(&series, "request", 0);
}

static void life_raw(struct teavmx *teavmx)
{
	static struct series created, first, destroyed, all;
	struct teavmx_record exit;
	struct raw raw;
	uint64_t begin;
	unsigned int i;

	for (i = 0; i < REPEATS; i++) {
		begin = __rdtsc();
		raw_new(&raw, teavmx);
		series_add(&created, __rdtsc() - begin);
		raw_load(&raw, payload_out, payload_out_end);
		raw_enter(&raw);
		begin = __rdtsc();
		raw_slice(&raw, NULL, &exit);
		series_add(&first, __rdtsc() - begin);
		policy_set(SCHED_FIFO);
		begin = busy_begin();
		raw_free(&raw);
		series_add(&destroyed, __rdtsc() - begin);
		series_add(&all, busy_end(begin));
	}
	series_print(&created, "create", 0);
	series_print(&first, "first-exit", 0);
	series_print(&destroyed, "destroy-request", 0);
	series_print(&all, "destroy-all", 0);
}

static void life_tea_create(struct teavmx *teavmx)
{
	static struct series created;
	struct teavmx_vcpu vcpu;
	struct teavmx_vm vm;
	uint64_t begin;
	unsigned int i;

	for (i = 0; i < REPEATS; i++) {
		begin = __rdtsc();
		bench_check(teavmx, teavmx_vm_new(teavmx, 0, &vm));
		tea_vcpu_new(teavmx, vm.id, &tea_sum, &vcpu);
		series_add(&created, __rdtsc() - begin);
		tea_free(teavmx, &vcpu);
		busy_end(busy_begin());
	}
	series_print(&created, "create-tea", 0);
}

/* From the request to the exit message, in a new VM or in one that exists */
static void life_program(struct teavmx *teavmx, bool new_vm, const char *row)
{
	static struct series series;
	struct teavmx_vcpu vcpu;
	uint64_t begin;
	uint32_t vm = 0;
	unsigned int i;

	series.count = 0;
	for (i = 0; i < REPEATS; i++) {
		begin = __rdtsc();
		tea_vcpu_start(teavmx, new_vm ? 0 : vm, &tea_sum, &vcpu);
		tea_wait(teavmx, &vcpu);
		if (new_vm || i)
			series_add(&series, __rdtsc() - begin);
		vm = vcpu.vm;
		teavmx_vcpu_clear(&vcpu);
		if (new_vm || i == REPEATS - 1)
			bench_check(teavmx, teavmx_vm_del(teavmx, vm));
		busy_end(busy_begin());
	}
	series_print(&series, row, 0);
}

/* The same for a vCPU that has run the program before */
static void life_again(struct teavmx *teavmx)
{
	const struct teavmx_run run = { .reset = true };
	static struct series series;
	struct teavmx_vcpu vcpu;
	uint64_t begin;
	unsigned int i;

	tea_vcpu_keep(teavmx, &tea_sum, &vcpu);
	tea_wait(teavmx, &vcpu);
	for (i = 0; i < REPEATS; i++) {
		busy_end(busy_begin());
		begin = __rdtsc();
		bench_check(teavmx, teavmx_vcpu_run_with(teavmx, vcpu.vm,
							 vcpu.id, &run));
		tea_wait(teavmx, &vcpu);
		series_add(&series, __rdtsc() - begin);
	}
	series_print(&series, "program-again", 0);
	tea_free(teavmx, &vcpu);
}

/* The same for many runs by one request, each */
static void life_batch(struct teavmx *teavmx)
{
	static struct teavmx_result results[BATCH];
	struct teavmx_batch batch = { .count = BATCH, .results = results };
	static struct series series;
	struct teavmx_slice slice;
	struct teavmx_vcpu vcpu;
	uint64_t begin;
	unsigned int i;

	tea_vcpu_keep(teavmx, &tea_sum, &vcpu);
	tea_wait(teavmx, &vcpu);
	for (i = 0; i < REPEATS; i++) {
		busy_end(busy_begin());
		begin = __rdtsc();
		bench_check(teavmx, teavmx_vcpu_run_batch(teavmx, vcpu.vm,
							  vcpu.id, &batch,
							  &slice));
		begin = __rdtsc() - begin;
		/* The host's scheduler rarely ends a slice early. */
		if (batch.done == BATCH)
			series_add(&series, begin / BATCH);
		vcpu.state = slice.state;
		tea_wait(teavmx, &vcpu);
	}
	series_print(&series, "program-batch", 0);
	tea_free(teavmx, &vcpu);
}

/* The first vCPU of a VM, and the last ones that it can have */
static void life_many(struct teavmx *teavmx)
{
	static struct series first, last;
	struct teavmx_vcpu vcpu;
	struct teavmx_vm vm;
	unsigned int i, n;
	uint64_t begin;

	for (i = 0; i < 6; i++) {
		bench_check(teavmx, teavmx_vm_new(teavmx, 0, &vm));
		for (n = 1; n <= VCPUS; n++) {
			begin = __rdtsc();
			tea_vcpu_new(teavmx, vm.id, &tea_sum, &vcpu);
			if (n == 1)
				series_add(&first, __rdtsc() - begin);
			if (n > VCPUS - LAST)
				series_add(&last, __rdtsc() - begin);
			teavmx_vcpu_clear(&vcpu);
		}
		bench_check(teavmx, teavmx_vm_del(teavmx, vm.id));
		busy_end(busy_begin());
	}
	series_print(&first, "vcpu-1", 0);
	series_print(&last, "vcpu-last", 0);
}

void life_bench(void)
{
	struct teavmx *teavmx = bench_open();

	bench_check(teavmx, teavmx_event_open(teavmx, 0));
	life_request(teavmx);
	life_raw(teavmx);
	life_tea_create(teavmx);
	life_many(teavmx);
	life_program(teavmx, true, "program");
	life_program(teavmx, false, "program-vm");
	life_again(teavmx);
	life_batch(teavmx);
	teavmx_close(teavmx);
}
