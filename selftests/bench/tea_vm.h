/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TEA_VM_H
#define TEA_VM_H

#include "bench.h"

/**
 * struct tea_file - a TEA program
 * @bytes: the object file
 * @size: its bytes
 */
struct tea_file {
	const uint8_t *bytes;
	size_t size;
};

/* Adds two numbers. */
extern const struct tea_file tea_sum;

/* Waits forever. */
extern const struct tea_file tea_asleep;

/*
 * A loop, 256 times as often as the argument says: it reads a port, or pushes a
 * constant and drops it.
 */
extern const struct tea_file tea_port, tea_constant;

/**
 * struct tea_run - a run of a program
 * @file: the program
 * @argument: its argument, a byte, or NULL
 * @stack_size: bytes of stack, 0 for the usual size
 * @at_once: the request that makes the vCPU runs it, in a slice
 * @keep: it can be reset
 * @engine: how it is executed
 */
struct tea_run {
	const struct tea_file *file;
	const uint8_t *argument;
	uint32_t stack_size;
	bool at_once;
	bool keep;
	enum teavmx_engine engine;
};

/* A request that fails ends the program with an error. */

/**
 * tea_vcpu_new() - create a vCPU on VMX
 * @teavmx: handle
 * @vm: its VM
 * @file: its program, without arguments
 * @vcpu: receives the vCPU
 */
void tea_vcpu_new(struct teavmx *teavmx, uint32_t vm,
		  const struct tea_file *file, struct teavmx_vcpu *vcpu);

/* tea_vcpu_new_with() - as tea_vcpu_new(), as @run says; VM 0 is a new one */
void tea_vcpu_new_with(struct teavmx *teavmx, uint32_t vm,
		       const struct tea_run *run, struct teavmx_vcpu *vcpu);

/* tea_vcpu_start() - as tea_vcpu_new(), and run it in a slice; VM 0 is a new one */
void tea_vcpu_start(struct teavmx *teavmx, uint32_t vm,
		    const struct tea_file *file, struct teavmx_vcpu *vcpu);

/* tea_vcpu_keep() - as tea_vcpu_start() in a new VM, for a vCPU that can be reset */
void tea_vcpu_keep(struct teavmx *teavmx, const struct tea_file *file,
		   struct teavmx_vcpu *vcpu);

/* tea_wait() - have the exit message, which is in the reply unless it came late */
void tea_wait(struct teavmx *teavmx, struct teavmx_vcpu *vcpu);

/**
 * tea_run() - run a program in a VM of its own, without a listener
 * @teavmx: handle
 * @run: how; the program must end normally
 * @message: receives the exit message, up to 16 bytes
 *
 * One that can be reset is run twice, and its second run is measured.
 *
 * Return: ticks from the run request until no thread has anything left to do.
 */
uint64_t tea_run(struct teavmx *teavmx, const struct tea_run *run,
		 uint8_t *message);

/* tea_free() - delete the VM of a vCPU */
void tea_free(struct teavmx *teavmx, struct teavmx_vcpu *vcpu);

#endif
