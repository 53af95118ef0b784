// SPDX-License-Identifier: GPL-2.0-only
#include "export_page.h"

__asm__(".pushsection .rodata\n"
	".globl export_page\n"
	"export_page:\n"
	".incbin \"" EXPORT_PAGE "\"\n"
	".byte 0\n"
	".popsection");
