// SPDX-License-Identifier: LGPL-2.1-or-later
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include <linux/genetlink.h>

#include "internal.h"

static int breakpoint_call(struct teavmx *teavmx, uint8_t command, const char *verb,
			   uint32_t vm, uint32_t vcpu,
			   const struct teavmx_breakpoint *breakpoint)
{
	struct nl_msg *message;

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
	return teavmx_call(teavmx, message, "%s of vCPU %u of VM %u",
			   NULL, verb, vcpu, vm);
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

/* @from: the place that was requested, @next: the one to request next, 0 after the last */
struct breakpoint_array {
	struct teavmx_breakpoint *breakpoints;
	size_t count;
	uint64_t from;
	uint64_t next;
};

static int add_breakpoint(struct breakpoint_array *array, struct nlattr *nest)
{
	struct nlattr *a[TEAVMX_A_BREAKPOINT_ENTRY_MAX + 1];
	struct teavmx_breakpoint *grown;

	if (nla_parse_nested(a, TEAVMX_A_BREAKPOINT_ENTRY_MAX, nest, NULL) < 0) {
		errno = EPROTO;
		return -1;
	}
	grown = reallocarray(array->breakpoints, array->count + 1, sizeof(*grown));
	if (!grown)
		return -1;
	array->breakpoints = grown;
	grown[array->count++] = (struct teavmx_breakpoint){
		.kind = u32_of(a[TEAVMX_A_BREAKPOINT_ENTRY_KIND]),
		.address = u64_of(a[TEAVMX_A_BREAKPOINT_ENTRY_ADDRESS]),
		.size = u8_of(a[TEAVMX_A_BREAKPOINT_ENTRY_SIZE]),
		.hit = a[TEAVMX_A_BREAKPOINT_ENTRY_HIT],
	};
	return 0;
}

static int add_breakpoints(struct nlattr **a, struct nlmsghdr *answer, void *data)
{
	struct breakpoint_array *array = data;
	struct nlattr *attr;
	int left;

	array->next = u64_of(a[TEAVMX_A_BREAKPOINT_NEXT]);
	/* A module that always returned the same breakpoints would never end. */
	if (array->next && array->next <= array->from) {
		errno = EPROTO;
		return -1;
	}
	nlmsg_for_each_attr(attr, answer, GENL_HDRLEN, left)
		if (nla_type(attr) == TEAVMX_A_BREAKPOINT_ENTRY &&
		    add_breakpoint(array, attr))
			return -1;
	return 0;
}

static int list_more(struct teavmx *teavmx, uint32_t vm, uint32_t vcpu,
		     struct breakpoint_array *array)
{
	struct teavmx_reply reply = { TEAVMX_A_BREAKPOINT_MAX, add_breakpoints, array };
	struct nl_msg *message;

	message = teavmx_request(teavmx, TEAVMX_CMD_BREAK_GET, 0, 64);
	if (!message)
		return -1;
	nla_put_u32(message, TEAVMX_A_BREAKPOINT_VM_ID, vm);
	nla_put_u32(message, TEAVMX_A_BREAKPOINT_VCPU_ID, vcpu);
	nla_put_u64(message, TEAVMX_A_BREAKPOINT_NEXT, array->next);
	array->from = array->next;
	array->next = 0;
	return teavmx_call(teavmx, message, "list the breakpoints of vCPU %u of VM %u",
			   &reply, vcpu, vm);
}

int teavmx_break_list(struct teavmx *teavmx, uint32_t vm, uint32_t vcpu,
		      struct teavmx_breakpoint **breakpoints)
{
	struct breakpoint_array array = { NULL, 0, 0, 0 };

	*breakpoints = NULL;
	do {
		if (list_more(teavmx, vm, vcpu, &array)) {
			free(array.breakpoints);
			return -1;
		}
	} while (array.next);
	*breakpoints = array.breakpoints;
	return (int)array.count;
}
