// SPDX-License-Identifier: LGPL-2.1-or-later
#include <stdio.h>

#include "internal.h"

static int breakpoint_call(struct teavmx *teavmx, uint8_t command, const char *verb,
			   uint32_t vm, uint32_t vcpu,
			   const struct teavmx_breakpoint *breakpoint)
{
	struct nl_msg *message;
	char what[80];

	message = teavmx_request(teavmx, command, 0, 128);
	if (!message)
		return -1;
	nla_put_u32(message, TEAVMX_A_BREAKPOINT_VM_ID, vm);
	nla_put_u32(message, TEAVMX_A_BREAKPOINT_VCPU_ID, vcpu);
	if (breakpoint) {
		nla_put_u32(message, TEAVMX_A_BREAKPOINT_KIND,
			    breakpoint->kind);
		nla_put_u64(message, TEAVMX_A_BREAKPOINT_ADDRESS,
			    breakpoint->address);
	}
	/* Breakpoints are identified without their size. */
	if (breakpoint && breakpoint->size &&
	    command == TEAVMX_CMD_BREAK_SET)
		nla_put_u8(message, TEAVMX_A_BREAKPOINT_SIZE,
			   breakpoint->size);
	snprintf(what, sizeof(what), "%s of vCPU %u of VM %u", verb, vcpu, vm);
	return teavmx_call(teavmx, message, what, NULL);
}

int teavmx_break_set(struct teavmx *teavmx, uint32_t vm, uint32_t vcpu,
		     const struct teavmx_breakpoint *breakpoint)
{
	return breakpoint_call(teavmx, TEAVMX_CMD_BREAK_SET, "set a breakpoint", vm, vcpu,
			       breakpoint);
}

int teavmx_break_clear(struct teavmx *teavmx, uint32_t vm, uint32_t vcpu,
		       const struct teavmx_breakpoint *breakpoint)
{
	return breakpoint_call(teavmx, TEAVMX_CMD_BREAK_CLEAR, "delete a breakpoint", vm,
			       vcpu, breakpoint);
}
