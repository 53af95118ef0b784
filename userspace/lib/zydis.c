// SPDX-License-Identifier: LGPL-2.1-or-later
#include <errno.h>

#include "internal.h"
#include "zydis.h"

LATE_NOTE(ZYDIS_SONAME, "instructions of raw guests");

struct zydis zydis;

static const struct late_symbol symbols[] = {
	LATE_SYMBOL(zydis, ZydisDecoderInit),
	LATE_SYMBOL(zydis, ZydisDecoderDecodeFull),
	LATE_SYMBOL(zydis, ZydisFormatterInit),
	LATE_SYMBOL(zydis, ZydisFormatterSetProperty),
	LATE_SYMBOL(zydis, ZydisFormatterFormatInstruction),
	{ NULL, NULL },
};

static struct late_library library = {
	.name = ZYDIS_SONAME,
	.symbols = symbols,
};

int zydis_load(struct teavmx_error *error)
{
	const char *missing = late_load(&library);

	return missing ? teavmx_fail(error, TEAVMX_REQUEST, ELIBACC,
				     "install this library",
				     "cannot decode an instruction: %s",
				     missing) : 0;
}
