// SPDX-License-Identifier: LGPL-2.1-or-later
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/genetlink.h>
#include <netlink/genl/genl.h>

#include <uapi/vmx_caps.h>

#include "internal.h"

static_assert(TEAVMX_MSRS_MAX >= VMX_MSR_COUNT,
	      "struct teavmx_caps has room for every MSR");

/* A newer module may have more MSRs than there is room for. */
static int add_msr(struct teavmx_caps *caps, struct nlattr *nest)
{
	struct nlattr *a[TEAVMX_A_MSR_MAX + 1];
	struct teavmx_msr *msr;

	if (caps->count == TEAVMX_MSRS_MAX)
		return 0;
	errno = EPROTO;
	if (nla_parse_nested(a, TEAVMX_A_MSR_MAX, nest, NULL) < 0)
		return -1;
	msr = &caps->msrs[caps->count++];
	msr->number = u32_of(a[TEAVMX_A_MSR_NUMBER]);
	msr->value = u64_of(a[TEAVMX_A_MSR_VALUE]);
	msr->used = u32_of(a[TEAVMX_A_MSR_USED]);
	msr->has_used = a[TEAVMX_A_MSR_USED];
	return 0;
}

static int take_caps(struct nlattr **a, struct nlmsghdr *answer, void *data)
{
	struct teavmx_caps *caps = data;
	struct nlattr *attr;
	int left;

	caps->cpu = u32_of(a[TEAVMX_A_CAPS_CPU_ID]);
	if (!a[TEAVMX_A_CAPS_MSR])
		snprintf(caps->missing, sizeof(caps->missing),
			 "this CPU has no VMX");
	nlmsg_for_each_attr(attr, answer, GENL_HDRLEN, left)
		if (nla_type(attr) == TEAVMX_A_CAPS_MSR && add_msr(caps, attr))
			return -1;
	return 0;
}

int teavmx_caps_get(struct teavmx *teavmx, uint32_t cpu,
		    struct teavmx_caps *caps)
{
	struct teavmx_reply reply = { TEAVMX_A_CAPS_MAX, take_caps, caps };
	struct nl_msg *message;

	memset(caps, 0, sizeof(*caps));
	message = teavmx_request(teavmx, TEAVMX_CMD_CAPS_GET, 0, 64);
	if (!message)
		return -1;
	nla_put_u32(message, TEAVMX_A_CAPS_CPU_ID, cpu);
	return teavmx_call(teavmx, message, "read the capabilities of CPU %u",
			   &reply, cpu);
}

struct cpu_list {
	uint32_t *ids;
	size_t count;
};

static int take_cpus(struct nlattr **a, struct nlmsghdr *answer, void *data)
{
	struct nlattr *cpu[TEAVMX_A_CPU_MAX + 1];
	struct cpu_list *list = data;
	struct nlattr *attr;
	int left;

	(void)a;
	nlmsg_for_each_attr(attr, answer, GENL_HDRLEN, left) {
		uint32_t *grown;

		if (nla_type(attr) != TEAVMX_A_INFO_CPU)
			continue;
		errno = EPROTO;
		if (nla_parse_nested(cpu, TEAVMX_A_CPU_MAX, attr, NULL) < 0)
			return -1;
		grown = reallocarray(list->ids, list->count + 1,
				     sizeof(*grown));
		if (!grown)
			return -1;
		list->ids = grown;
		list->ids[list->count++] = u32_of(cpu[TEAVMX_A_CPU_ID]);
	}
	return 0;
}

/* A CPU that went offline after the list was read is left out. */
static int get_each(struct teavmx *teavmx, const struct cpu_list *list,
		    struct teavmx_caps *caps)
{
	int count = 0;
	size_t i;

	for (i = 0; i < list->count; i++) {
		if (!teavmx_caps_get(teavmx, list->ids[i], &caps[count]))
			count++;
		else if (teavmx->error.error != ENOENT)
			return -1;
	}
	return count;
}

int teavmx_caps_list(struct teavmx *teavmx, struct teavmx_caps **caps)
{
	struct cpu_list list = { NULL, 0 };
	struct teavmx_reply reply = { TEAVMX_A_INFO_MAX, take_cpus, &list };
	struct nl_msg *message;
	int count = -1;

	*caps = NULL;
	message = teavmx_request(teavmx, TEAVMX_CMD_INFO_GET, 0, 64);
	if (!message)
		return -1;
	if (!teavmx_call(teavmx, message, "list the CPUs", &reply)) {
		*caps = calloc(list.count + 1, sizeof(**caps));
		count = *caps ? get_each(teavmx, &list, *caps) :
			teavmx_fail(&teavmx->error, TEAVMX_REQUEST, ENOMEM,
				    NULL, "no memory for the CPUs");
	}
	free(list.ids);
	if (count > 0)
		return count;
	free(*caps);
	*caps = NULL;
	return count;
}
