/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HOSTILE_SEQUENCE_H
#define HOSTILE_SEQUENCE_H

#include "guest.h"

/**
 * struct hostile_sequence - the exits of a guest that the guest has caused
 * @show: print each one
 * @count: exits
 * @hash: hash of what they report
 * @next: number of the record that is expected next
 * @lost: records that have left the log
 */
struct hostile_sequence {
	bool show;
	unsigned int count;
	uint64_t hash;
	uint64_t next;
	uint64_t lost;
};

/**
 * hostile_qualification() - the part of a qualification that each processor defines
 * @exit: the exit
 *
 * Bochs does not clear the displacement of a register operand, which is the one of an
 * earlier instruction then; it is left out.
 *
 * Return: the qualification.
 */
uint64_t hostile_qualification(const struct teavmx_record *exit);

/**
 * hostile_sequence_read() - read the exits of a VM from its log
 * @sequence: receives them; @show is set
 * @teavmx: handle
 * @vm: the VM
 *
 * Exits for interrupts of the host and for the VMX-preemption timer are left out:
 * they come at any time.
 *
 * Return: 0 or -1.
 */
int hostile_sequence_read(struct hostile_sequence *sequence,
			  struct teavmx *teavmx, uint32_t vm);

#endif
