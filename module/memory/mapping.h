/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TEAVMX_MAPPING_H
#define _TEAVMX_MAPPING_H

#include <linux/types.h>

struct vm_area_struct;

int mapping_admit(struct vm_area_struct *vma, u64 pages);

#endif
