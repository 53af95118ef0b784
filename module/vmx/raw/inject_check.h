/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TEAVMX_VMX_INJECT_CHECK_H
#define _TEAVMX_VMX_INJECT_CHECK_H

#include <linux/types.h>

struct vmx_event;
struct vmx_vcpu;

/**
 * struct inject_request - an event that a host program wants to inject
 * @vector: vector
 * @type: enum vmx_intr_type, not checked yet
 * @has_error: there is an error code
 * @error: the error code
 * @length: instruction length
 */
struct inject_request {
	u8 vector;
	u8 type;
	bool has_error;
	u32 error;
	u8 length;
};

int inject_check(const struct inject_request *request, bool real_mode,
		 const char **refused);
bool inject_has_error_code(u8 vector);
int inject_real_mode(struct vmx_vcpu *vmx, bool *real_mode);
struct vmx_event inject_event(const struct inject_request *request);

#endif
