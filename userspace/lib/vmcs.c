// SPDX-License-Identifier: LGPL-2.1-or-later
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include <linux/genetlink.h>
#include <netlink/genl/genl.h>

#include "internal.h"

struct field_array {
	struct teavmx_vmcs_write *fields;
	size_t count;
};

static int add_field(struct field_array *array, struct nlattr *nest)
{
	struct nlattr *a[TEAVMX_A_VMCS_FIELD_MAX + 1];
	struct teavmx_vmcs_write *grown;

	errno = EPROTO;
	if (nla_parse_nested(a, TEAVMX_A_VMCS_FIELD_MAX, nest, NULL) < 0)
		return -1;
	grown = reallocarray(array->fields, array->count + 1, sizeof(*grown));
	if (!grown)
		return -1;
	array->fields = grown;
	grown += array->count++;
	grown->field = u32_of(a[TEAVMX_A_VMCS_FIELD_ENCODING]);
	grown->value = u64_of(a[TEAVMX_A_VMCS_FIELD_VALUE]);
	return 0;
}

static int take_fields(struct nlattr **a, struct nlmsghdr *answer, void *data)
{
	struct nlattr *attr;
	int left;

	(void)a;
	nlmsg_for_each_attr(attr, answer, GENL_HDRLEN, left)
		if (nla_type(attr) == TEAVMX_A_VMCS_FIELD &&
		    add_field(data, attr))
			return -1;
	return 0;
}

int teavmx_vmcs_get(struct teavmx *teavmx, uint32_t vm, uint32_t vcpu,
		    struct teavmx_vmcs_write **fields)
{
	struct field_array array = { NULL, 0 };
	struct teavmx_reply reply = { TEAVMX_A_VMCS_MAX, take_fields, &array };
	struct nl_msg *message;

	*fields = NULL;
	message = teavmx_request(teavmx, TEAVMX_CMD_VMCS_GET, 0, 64);
	if (!message)
		return -1;
	nla_put_u32(message, TEAVMX_A_VMCS_VM_ID, vm);
	nla_put_u32(message, TEAVMX_A_VMCS_VCPU_ID, vcpu);
	if (teavmx_call(teavmx, message, "get the VMCS of vCPU %u of VM %u",
			&reply, vcpu, vm)) {
		free(array.fields);
		return -1;
	}
	*fields = array.fields;
	return (int)array.count;
}
