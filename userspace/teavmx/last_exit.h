/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TEAVMX_LAST_EXIT_H
#define TEAVMX_LAST_EXIT_H

#include <userspace/lib/teavmx.h>

/**
 * last_exit_read() - read the last exit of a paused vCPU from its VMCS
 * @teavmx: handle
 * @vm: its VM, a raw one
 * @vcpu: the vCPU
 * @stop: enum teavmx_stop, why it is paused
 * @exit: receives what the record of the exit has
 *
 * Return: 0 or -1.
 */
int last_exit_read(struct teavmx *teavmx, uint32_t vm, uint32_t vcpu,
		   uint32_t stop, struct teavmx_record *exit);

#endif
