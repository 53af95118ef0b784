/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef VM_CHANNEL_H
#define VM_CHANNEL_H

/*
 * What travels over the second serial port of the machine, from vmexec
 * (inside) to vmwatch (outside): the greeting, then frames.  A frame is one
 * letter, the length of its payload in decimal, a newline and the payload.
 */

#define CHANNEL_HELLO		"\nvmexec 1\n"
#define CHANNEL_PAYLOAD_MAX	4096

enum channel_type {
	CHANNEL_STDOUT = 'o',	/* bytes of the command's standard output */
	CHANNEL_STDERR = 'e',	/* bytes of its standard error */
	CHANNEL_KERNEL = 'k',	/* lines the kernel should not have logged */
	CHANNEL_DONE = 'x',	/* the exit status in decimal, the last frame */
};

#endif
