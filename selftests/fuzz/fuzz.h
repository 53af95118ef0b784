/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef FUZZ_H
#define FUZZ_H

/* What the fuzz targets share */

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/**
 * LLVMFuzzerTestOneInput() - what libFuzzer calls
 * @data: an input
 * @size: bytes of it
 *
 * Return: 0.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/**
 * fuzz_require() - end the process, and so keep the input, unless something
 *	holds
 * @holds: what should hold
 * @what: description of that
 */
static inline void fuzz_require(bool holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "fuzz: does not hold: %s\n", what);
	abort();
}

/**
 * fuzz_silence() - throw away what is printed on stderr, or no longer
 * @silent: throw it away
 *
 * Errors in an input are not failures, and a sanitizer prints its own reports.
 */
static inline void fuzz_silence(bool silent)
{
	static FILE *nowhere, *usual;

	if (!usual) {
		usual = stderr;
		nowhere = fopen("/dev/null", "we");
	}
	if (nowhere)
		stderr = silent ? nowhere : usual;
}

#endif
