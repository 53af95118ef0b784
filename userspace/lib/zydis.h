/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef TEAVMX_ZYDIS_H
#define TEAVMX_ZYDIS_H

#include <Zydis/Zydis.h>

#include "late.h"
#include "teavmx.h"

/** struct zydis - what is used of libzydis, the instruction decoder */
struct zydis {
	LATE_POINTER(ZydisDecoderInit);
	LATE_POINTER(ZydisDecoderDecodeFull);
	LATE_POINTER(ZydisFormatterInit);
	LATE_POINTER(ZydisFormatterSetProperty);
	LATE_POINTER(ZydisFormatterFormatInstruction);
};

/* Its functions, after zydis_load() */
extern struct zydis zydis;

/**
 * zydis_load() - load libzydis, unless it is loaded
 * @error: receives the failure, ELIBACC
 *
 * Return: 0 or -1 with the failure noted.
 */
int zydis_load(struct teavmx_error *error);

#endif
