/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TEAVMX_VMX_HYPERV_H
#define _TEAVMX_VMX_HYPERV_H

#include <linux/types.h>

bool vmx_hyperv_enlightened(unsigned int cpu);
bool vmx_hyperv_enlightened_anywhere(void);

#endif
