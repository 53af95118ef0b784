/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TEAVMX_FIRST_FAULT_H
#define TEAVMX_FIRST_FAULT_H

#include <userspace/lib/teavmx.h>

/**
 * first_fault_find() - find the exception that led to a triple fault
 * @teavmx: handle; its stream watches the VM
 * @fault: the exit of the triple fault, for which the vCPU is paused
 * @exit: receives the exit of the exception
 *
 * A fault leaves RIP at its instruction. So the instruction is executed again, with
 * the exits of all exceptions routed to the host program. Afterwards the vCPU is
 * paused for that exit, or has executed one instruction.
 *
 * Return: 0, or -1 when it cannot be found: an event that was injected does not come
 * again.
 */
int first_fault_find(struct teavmx *teavmx, const struct teavmx_record *fault,
		     struct teavmx_record *exit);

/**
 * first_fault_look() - find it, and lead the vCPU to the same triple fault again
 * @teavmx: as first_fault_find()
 * @fault: as there
 * @exit: as there
 *
 * Makes two more exits. Nothing is executed if the exception may not come again, or if
 * another vCPU of the VM runs, which would have to leave its exceptions to the host
 * program meanwhile.
 *
 * Return: 0, or -1 when it cannot be found.
 */
int first_fault_look(struct teavmx *teavmx, const struct teavmx_record *fault,
		     struct teavmx_record *exit);

#endif
