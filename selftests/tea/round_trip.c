// SPDX-License-Identifier: GPL-2.0-only
#include "round_trip.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <uapi/tea.h>

#include <userspace/tea/assembler.h>
#include <userspace/tea/disassembler.h>

bool round_trip(const unsigned char *file, size_t size)
{
	static unsigned char again[TEA_FILE_MAX];
	struct source source = { .path = "round trip" };
	struct report report = { 0 };
	bool written = false;
	size_t again_size;
	FILE *to;

	to = open_memstream(&source.text, &source.size);
	if (to) {
		written = !disassembler_run(file, size, to);
		written &= !fclose(to);
	}
	if (!written) {
		free(source.text);
		return false;
	}
	again_size = assembler_run(&source, &report, again);
	if (report.errors)
		report_print(&report);
	report_free(&report);
	free(source.text);
	return again_size == size && !memcmp(again, file, size);
}
