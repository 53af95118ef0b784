/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef COVERAGE_EXIT_H
#define COVERAGE_EXIT_H

/*
 * Each source is compiled with this header in front for "make coverage". A process that
 * ends by _exit(), as each test of the harness does, would not write its counts. The
 * header includes no other one, as some sources use names of unistd.h for other things.
 */

#ifndef __ASSEMBLER__

void __gcov_dump(void);
void coverage_exit(int status) __asm__("_exit") __attribute__((__noreturn__));

extern inline __attribute__((__gnu_inline__, __always_inline__, __noreturn__))
void _exit(int status)
{
	__gcov_dump();
	coverage_exit(status);
}

#endif

#endif
