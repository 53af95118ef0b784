/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TEAVMX_HOST_CHECK_H
#define TEAVMX_HOST_CHECK_H

/**
 * host_check() - can this machine run guests in VMX, and if not, why?
 *
 * Prints a line for each thing that it needs.
 *
 * Return: CLI_OK, or CLI_GUEST when something is wrong.
 */
int host_check(void);

#endif
