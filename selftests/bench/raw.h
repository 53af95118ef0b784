/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef BENCH_RAW_H
#define BENCH_RAW_H

#include "bench.h"

/**
 * struct raw - a raw VM with one vCPU
 * @teavmx: handle
 * @vm: the VM
 * @vcpu: its vCPU
 */
struct raw {
	struct teavmx *teavmx;
	struct teavmx_vm vm;
	struct teavmx_vcpu vcpu;
};

/* A request that fails ends the program with an error. */

/* raw_new() - create the VM and its vCPU */
void raw_new(struct raw *raw, struct teavmx *teavmx);

/* raw_free() - destroy the VM */
void raw_free(struct raw *raw);

/* raw_watch() - let the stream of the handle deliver the records of the VM */
void raw_watch(struct raw *raw);

/* raw_load() - put code at PAYLOAD_CODE */
void raw_load(struct raw *raw, const uint8_t *code, const uint8_t *end);

/* raw_enter() - let the vCPU begin at PAYLOAD_CODE, in real mode */
void raw_enter(struct raw *raw);

/* raw_start() - let the vCPU run */
void raw_start(struct raw *raw);

/**
 * raw_slice() - let the vCPU run within the request until it stops for an exit
 * @raw: the VM, without a stream of events
 * @run: how it is run
 * @exit: receives the exit's record; unchanged when the host's scheduler has ended
 *	the slice before
 */
void raw_slice(struct raw *raw, const struct teavmx_run *run,
	       struct teavmx_record *exit);

/**
 * raw_stop() - wait until the vCPU stops for an exit
 * @raw: the VM, which is watched
 * @exit: receives the exit's record
 */
void raw_stop(struct raw *raw, struct teavmx_record *exit);

/**
 * raw_cpuid() - measure CPUID exits in a new VM without a listener of its own
 * @teavmx: handle
 * @series: receives ticks of one, as the guest measures them
 */
void raw_cpuid(struct teavmx *teavmx, struct series *series);

/**
 * raw_read() - measure CPUID exits whose records are read
 * @teavmx: handle with a stream of events
 * @series: receives ticks of one, until its record is read
 */
void raw_read(struct teavmx *teavmx, struct series *series);

#endif
