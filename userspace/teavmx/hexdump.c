// SPDX-License-Identifier: GPL-2.0-only
#include <stdbool.h>
#include <string.h>

#include "hexdump.h"

#define LINE_SIZE	16

static void print_line(const unsigned char *bytes, size_t size, FILE *file)
{
	size_t i;

	for (i = 0; i < LINE_SIZE; i++) {
		if (!(i % 8))
			fputc(' ', file);
		if (i < size)
			fprintf(file, " %02x", bytes[i]);
		else
			fputs("   ", file);
	}
	fputs("  |", file);
	for (i = 0; i < size; i++)
		fputc(bytes[i] >= 0x20 && bytes[i] < 0x7f ? bytes[i] : '.',
		      file);
	fputs("|\n", file);
}

void hexdump_print(const unsigned char *bytes, size_t size, uint64_t address,
		   FILE *file)
{
	int width = address + size > UINT32_MAX ? 16 : 8;
	bool starred = false;
	size_t at;

	for (at = 0; at < size; at += LINE_SIZE) {
		bool same = at && size - at >= LINE_SIZE &&
			    !memcmp(bytes + at, bytes + at - LINE_SIZE,
				    LINE_SIZE);

		if (!same) {
			fprintf(file, "%0*llx", width,
				(unsigned long long)(address + at));
			print_line(bytes + at, size - at < LINE_SIZE ?
				   size - at : LINE_SIZE, file);
		} else if (!starred) {
			fputs("*\n", file);
		}
		starred = same;
	}
	fprintf(file, "%0*llx\n", width, (unsigned long long)(address + size));
}
