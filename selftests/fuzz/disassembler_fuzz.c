// SPDX-License-Identifier: GPL-2.0-only
/* An object file is disassembled and assembled again. Input: the file. */
#include <string.h>

#include <uapi/tea.h>

#include <selftests/tea/round_trip.h>

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned char *file;

	if (size < TEA_FILE_MIN || size > TEA_FILE_MAX)
		return 0;
	/* of just this size, so that a byte too many is noticed */
	file = malloc(size);
	fuzz_require(file, "there is memory");
	memcpy(file, data, size);
	file[TEA_HEADER_SIGNATURE] = TEA_SIGNATURE_0;
	file[TEA_HEADER_SIGNATURE + 1] = TEA_SIGNATURE_1;
	fuzz_require(round_trip(file, size), "the file comes back the same");
	free(file);
	return 0;
}
