/* SPDX-License-Identifier: GPL-2.0-only */
#include <linux/linkage.h>

/* The guest payload as built from guest/, from GUEST_TEXT on. */
	.section .rodata, "a"
	.balign 16
SYM_DATA_START(tea_image)
	.incbin TEA_GUEST_IMAGE
SYM_DATA_END_LABEL(tea_image, SYM_L_GLOBAL, tea_image_end)
