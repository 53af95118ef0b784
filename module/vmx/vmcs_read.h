/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TEAVMX_VMX_VMCS_READ_H
#define _TEAVMX_VMX_VMCS_READ_H

#include <linux/types.h>

#include "../backend/backend.h"

struct vmx_vcpu;

#define VMCS_FIELDS_MAX 256

/**
 * struct vmcs_picture - the fields of a VMCS at one moment
 * @count: how many of them this processor has
 * @list: the fields, by width and area
 */
struct vmcs_picture {
	unsigned int count;
	struct vmcs_write list[VMCS_FIELDS_MAX];
};

int vmcs_read_all(struct vmx_vcpu *vmx, struct vmcs_picture *vmcs);

#endif
