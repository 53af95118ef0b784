/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef DAP_SERVER_H
#define DAP_SERVER_H

/**
 * dap_run() - serve a client of the Debug Adapter Protocol on the standard descriptors
 * @stack_size: bytes of stack of a program, unless the client says another number
 *
 * Return: exit status, enum cli_status.
 */
int dap_run(unsigned int stack_size);

#endif
