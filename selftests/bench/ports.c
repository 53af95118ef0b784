// SPDX-License-Identifier: GPL-2.0-only
/* What programs/mixed does by the ports of the TEA machine, for the same in C */
#include <errno.h>
#include <error.h>
#include <stdio.h>
#include <time.h>

/* An int has 16 bits, as when the programs are compiled as C. */
#define int	short
#include "programs/in_c/pad.tea"
#include "programs/in_c/print.tea"
#include "programs/in_c/time.tea"
#undef int

#define PAD_SIZE	256
#define NS_A_TENTH	100000

static char pad[PAD_SIZE];

char pad_read(short at)
{
	return pad[at];
}

void pad_write(short at, char value)
{
	pad[at] = value;
}

/* A line leaves with its newline, as on the display of the TEA machine. */
static FILE *display(void)
{
	static FILE *file;

	if (!file) {
		file = fopen("/dev/null", "w");
		if (!file)
			error(1, errno, "/dev/null");
		setvbuf(file, NULL, _IOLBF, BUFSIZ);
	}
	return file;
}

void print(const char *text)
{
	fputs(text, display());
}

void print_int(short value)
{
	fprintf(display(), "%d", value);
}

void print_newline(void)
{
	putc('\n', display());
}

void sleep(unsigned short tenths)
{
	const struct timespec duration = {
		.tv_sec = tenths / 10000,
		.tv_nsec = tenths % 10000 * NS_A_TENTH,
	};

	clock_nanosleep(CLOCK_MONOTONIC, 0, &duration, NULL);
}
