/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef TEAVMX_GUEST_H
#define TEAVMX_GUEST_H

#include "emulate/emulate.h"
#include "internal.h"

/**
 * struct teavmx_live - A stopped vCPU, as the emulator sees it.
 * @emulator: the emulated processor; its data is this structure
 * @teavmx: handle
 * @vm: its VM
 * @vcpu: the vCPU
 * @registers: the registers that it stopped with
 * @count: how many
 * @beyond: from this guest-physical address on there is no RAM, as far as is
 *	known
 * @dry: RAM is not written, to emulate an instruction without effect
 * @answers: devices of the host program
 * @answers_data: passed on to them
 * @context: for a caller that replaces operations of @emulator
 */
struct teavmx_live {
	struct emulator emulator;
	struct teavmx *teavmx;
	uint32_t vm;
	uint32_t vcpu;
	struct teavmx_register *registers;
	size_t count;
	uint64_t beyond;
	bool dry;
	const struct teavmx_answers *answers;
	void *answers_data;
	void *context;
};

/**
 * teavmx_live_open() - Read the registers of a vCPU.
 * @live: receives the view; its address must not change
 * @teavmx: handle
 * @vm: a raw VM
 * @vcpu: its vCPU, ready or paused
 *
 * Return: 0 or -1; release with teavmx_live_close().
 */
int teavmx_live_open(struct teavmx_live *live, struct teavmx *teavmx,
		     uint32_t vm, uint32_t vcpu);

/**
 * teavmx_live_close() - Release what teavmx_live_open() allocated.
 * @live: the view
 */
void teavmx_live_close(struct teavmx_live *live);

/**
 * teavmx_live_ram() - Access RAM, an operation of the emulator.
 * @data: struct teavmx_live
 * @write: the bytes are written
 * @address: guest-physical address
 * @bytes: the bytes
 * @size: how many
 *
 * Return: 0, 1 when it is no RAM, or -1.
 */
int teavmx_live_ram(void *data, bool write, uint64_t address, void *bytes,
		    size_t size);

/**
 * teavmx_live_check() - Check whether the emulator can do the access of an exit.
 * @live: the view
 * @exit: the exit's record
 *
 * Return: 0, or -1 with EOPNOTSUPP noted, with ENOMEM where the host has no
 * memory for RAM that the guest uses.
 */
int teavmx_live_check(struct teavmx_live *live,
		      const struct teavmx_record *exit);

/**
 * teavmx_live_commit() - Write the registers of the emulator to the vCPU.
 * @live: the view
 * @result: what emulator_run() returned; with EMULATOR_FAULT the exception is
 *	injected too
 *
 * Return: 0 or -1.
 */
int teavmx_live_commit(struct teavmx_live *live, int result);

/**
 * teavmx_live_commit_elements() - Write what a REP instruction has done before it failed.
 * @live: the view, after EMULATOR_FAILED of emulator_run()
 *
 * The vCPU is between two iterations then, and the elements before are not moved again. The
 * error that is noted remains.
 */
void teavmx_live_commit_elements(struct teavmx_live *live);

/**
 * teavmx_live_refuse_fault() - Note that the instruction raises an exception.
 * @live: the view, after EMULATOR_FAULT
 *
 * Return: -1 with EFAULT noted.
 */
int teavmx_live_refuse_fault(struct teavmx_live *live);

#endif
