// SPDX-License-Identifier: GPL-2.0-only
/*
 * A source is assembled; what comes out is an object file that comes back the
 * same from the disassembler. Input: the source.
 */
#include <string.h>

#include <userspace/common/tea_file.h>
#include <userspace/tea/assembler.h>

#include <selftests/tea/round_trip.h>

#include "fuzz.h"

static void check_object(unsigned char *bytes, size_t size, bool warned)
{
	struct tea_file file = {
		.path = "object",
		.bytes = bytes,
		.size = size,
	};
	char sentence[512];

	fuzz_require(size >= TEA_FILE_MIN && size <= TEA_FILE_MAX,
		     "the object file has a size that is allowed");
	fuzz_require(warned ||
		     !tea_file_check(&file, sentence, sizeof(sentence)),
		     "the object file can be launched");
	fuzz_require(round_trip(bytes, size),
		     "the object file comes back the same");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static unsigned char object[TEA_FILE_MAX];
	struct source source = {
		.path = "source",
		.text = malloc(size ? size : 1),
		.size = size,
	};
	struct report report = { 0 };
	size_t object_size;

	/* of just this size, so that a byte too many is noticed */
	fuzz_require(source.text, "there is memory");
	memcpy(source.text, data, size);
	object_size = assembler_run(&source, &report, object);
	fuzz_silence(true);
	report_print(&report);
	fuzz_silence(false);
	if (!report.errors)
		check_object(object, object_size, report.count > 0);
	report_free(&report);
	free(source.text);
	return 0;
}
