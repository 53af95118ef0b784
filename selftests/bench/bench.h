/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef BENCH_H
#define BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <x86intrin.h>

#include <userspace/lib/teavmx.h>

/*
 * Costs of single steps, in ticks of the TSC, which the emulated Intel host
 * increments with each instruction. The program prints a line for each figure:
 *
 *	ROW COLUMN MINIMUM MEDIAN
 *
 * rows.yaml describes the rows; the column is what the program measures.
 */

/**
 * struct series - samples of one figure
 * @count: how many there are
 * @samples: the samples
 */
struct series {
	size_t count;
	uint64_t samples[4096];
};

/**
 * series_add() - add a sample
 * @series: the samples; more than fit are an error that ends the program
 * @sample: the sample
 */
void series_add(struct series *series, uint64_t sample);

/* series_minimum() - the least sample; they are sorted */
uint64_t series_minimum(struct series *series);

/**
 * series_print() - print a figure
 * @series: the samples, at least one; they are sorted
 * @row: its row
 * @base: subtracted from minimum and median: what the measuring itself costs
 */
void series_print(struct series *series, const char *row, uint64_t base);

/**
 * bench_check() - end the program with an error if a request of the library failed
 * @teavmx: handle
 * @result: what the request returned
 *
 * Return: @result, which is not negative.
 */
int bench_check(struct teavmx *teavmx, int result);

/* bench_open() - a handle, or the program ends with an error */
struct teavmx *bench_open(void);

/**
 * busy_begin() - begin to measure the work of everything on this CPU
 *
 * Return: for busy_end().
 */
uint64_t busy_begin(void);

/**
 * busy_end() - end of that: when all others are idle
 * @begin: what busy_begin() returned
 *
 * Waits with the policy SCHED_IDLE, so that it executes only when no other thread
 * does. The work of timer interrupts is subtracted.
 *
 * Return: ticks between the two calls in which this function was not waiting.
 */
uint64_t busy_end(uint64_t begin);

/**
 * busy_end_after() - as busy_end(), after a longer time
 * @begin: what busy_begin() returned
 * @quiet: so many ticks without a thread that works end the measurement
 *
 * Return: as busy_end().
 */
uint64_t busy_end_after(uint64_t begin, uint64_t quiet);

/**
 * policy_set() - choose the scheduling policy of this program
 * @policy: SCHED_FIFO, with which no thread that is woken preempts it, SCHED_OTHER,
 *	which it has at first, or SCHED_IDLE
 */
void policy_set(int policy);

/* busy_prepare() - find out what timer interrupts cost, and busy_end() itself */
void busy_prepare(void);

/* kvm_bench() - the rows of KVM, by its ioctls */
void kvm_bench(void);

/* raw_bench() - the exits of raw VMs */
void raw_bench(void);

/* life_bench() - requests, and VMs from creation to destruction */
void life_bench(void);

/* snapshot_bench() - snapshots of raw VMs, resets to them and clones */
void snapshot_bench(void);

/* tea_bench() - ports and text of TEA programs */
void tea_bench(void);

/* mixed_bench() - TEA programs, executed by an engine */
void mixed_bench(enum teavmx_engine engine);

/* mixed_c_bench() - the same programs in C */
void mixed_c_bench(void);

/* growth_bench() - how costs grow with VMs, vCPUs and the size of a program */
void growth_bench(void);

/* process_bench() - programs of the command line, as whole processes */
void process_bench(void);

/* functions_trace() - no figures, but steps for the emulator's debugger */
void functions_trace(void);

/* memory_bench() - memory of the kernel */
void memory_bench(void);

/* memory_free() - bytes of free memory when there are so many VMs */
uint64_t memory_free(struct teavmx *teavmx, uint32_t vms);

/* scale_bench() - how costs grow with vCPUs that sleep; lines of a row, their number, a figure */
void scale_bench(void);

#endif
