// SPDX-License-Identifier: GPL-2.0-only
/*
 * bench kvm|c|share|own|jit: measures and prints the figures. The word is the column of
 * the figures: KVM, programs in C, the module as it was loaded, or its translated
 * programs.
 * bench scale: how costs grow with vCPUs that sleep (see scale.c).
 * bench functions: executes steps of the module for a debugger (see functions.c).
 */
#include <errno.h>
#include <error.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"

static const char *column;

void series_add(struct series *series, uint64_t sample)
{
	if (series->count == sizeof(series->samples) / sizeof(uint64_t))
		error(1, 0, "too many samples");
	series->samples[series->count++] = sample;
}

static int compare_samples(const void *a, const void *b)
{
	const uint64_t *first = a;
	const uint64_t *second = b;

	return (*first > *second) - (*first < *second);
}

uint64_t series_minimum(struct series *series)
{
	if (!series->count)
		error(1, 0, "a series without samples");
	qsort(series->samples, series->count, sizeof(uint64_t),
	      compare_samples);
	return series->samples[0];
}

void series_print(struct series *series, const char *row, uint64_t base)
{
	uint64_t least = series_minimum(series);

	printf("%s %s %llu %llu\n", row, column,
	       (unsigned long long)(least - base),
	       (unsigned long long)(series->samples[series->count / 2] - base));
	fflush(stdout);
}

int bench_check(struct teavmx *teavmx, int result)
{
	if (result < 0)
		error(1, 0, "%s", teavmx_error(teavmx)->message);
	return result;
}

struct teavmx *bench_open(void)
{
	struct teavmx_error failure;
	struct teavmx *teavmx = teavmx_open(&failure);

	if (!teavmx)
		error(1, 0, "%s", failure.message);
	return teavmx;
}

int main(int argc, char **argv)
{
	column = argc == 2 ? argv[1] : "";
	busy_prepare();
	if (!strcmp(column, "kvm")) {
		kvm_bench();
	} else if (!strcmp(column, "c")) {
		mixed_c_bench();
	} else if (!strcmp(column, "jit")) {
		mixed_bench(TEAVMX_ENGINE_JIT);
	} else if (!strcmp(column, "share") || !strcmp(column, "own")) {
		raw_bench();
		tea_bench();
		mixed_bench(TEAVMX_ENGINE_INTERP);
		life_bench();
		snapshot_bench();
		growth_bench();
		process_bench();
		memory_bench();
	} else if (!strcmp(column, "scale")) {
		scale_bench();
	} else if (!strcmp(column, "functions")) {
		functions_trace();
	} else {
		error(2, 0, "usage: bench kvm|c|share|own|jit|scale|functions");
	}
	return 0;
}
