// SPDX-License-Identifier: GPL-2.0-only
#include "peephole.h"

void cc_peephole(struct cc_code *code)
{
	(void)code;
}
