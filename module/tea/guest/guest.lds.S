/* SPDX-License-Identifier: GPL-2.0-only */
#include "layout.h"

OUTPUT_FORMAT(elf64-x86-64)
ENTRY(guest_start)

SECTIONS
{
	.text GUEST_TEXT : {
		*(.text.start)
		*(.text .text.*)
	}
	ASSERT(. <= GUEST_RODATA, "the payload's code is too large")

	.rodata GUEST_RODATA : {
		*(.rodata .rodata.*)
		. = ALIGN(16);
		LONG(0)
	}
	ASSERT(. <= GUEST_IMAGE_END, "the payload's constants are too large")

	/* The payload is mapped read-only, so it must have no writable data. */
	.data : { *(.data .data.* .bss .bss.* COMMON) }
	ASSERT(SIZEOF(.data) == 0, "the payload has writable data")

	/DISCARD/ : { *(.comment .note* .eh_frame*) }
}
