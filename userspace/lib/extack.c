// SPDX-License-Identifier: LGPL-2.1-or-later
#include <stdio.h>
#include <string.h>

#include <linux/genetlink.h>

#include <uapi/regs.h>

#include "internal.h"

#define ATTRIBUTES_AT	((int)(NLMSG_HDRLEN + GENL_HDRLEN))

static uint8_t command_of(const struct nlmsghdr *request)
{
	return ((const struct genlmsghdr *)nlmsg_data(request))->cmd;
}

/* The attribute of the request that spans @offset, 0 if none does. */
static int type_around(const struct nlmsghdr *request, uint32_t offset,
		       bool *starts)
{
	struct nlattr *first, *attr;
	int left;

	first = (struct nlattr *)((char *)request + ATTRIBUTES_AT);
	nla_for_each_attr(attr, first, (int)request->nlmsg_len - ATTRIBUTES_AT,
			  left) {
		uint32_t at = (uint32_t)((char *)attr - (char *)request);

		if (offset < at || offset >= at + attr->nla_len)
			continue;
		*starts = offset == at;
		return nla_type(attr);
	}
	return 0;
}

/* A request sets many registers in attributes of one name. */
static void name_register(struct nlattr *nest, struct teavmx_extack *extack)
{
	struct nlattr *number = nla_find(nla_data(nest), nla_len(nest),
					 TEAVMX_A_REGISTER_NUMBER);
	size_t used = strlen(extack->attribute);
	char *end = extack->attribute + used;
	size_t room = sizeof(extack->attribute) - used;
	uint32_t n = u32_of(number);

	if (!number)
		return;
	if (teavmx_reg_name(n))
		snprintf(end, room, " %s", teavmx_reg_name(n));
	else if (n >= TEAVMX_REG_FPU && n - TEAVMX_REG_FPU < TEAVMX_REG_FPU_WORDS)
		snprintf(end, room, " fpu.%u", n - TEAVMX_REG_FPU);
	else
		snprintf(end, room, " %u", n);
}

static void name_offset(const struct nlmsghdr *request, uint32_t offset,
			struct teavmx_extack *extack)
{
	struct nlattr *attr;
	bool starts = false;
	int around;

	if (offset + NLA_HDRLEN > request->nlmsg_len)
		return;
	around = type_around(request, offset, &starts);
	if (!around)
		return;
	attr = (struct nlattr *)((char *)request + offset);
	teavmx_attribute_name(command_of(request), starts ? 0 : around,
			      nla_type(attr), extack->attribute,
			      sizeof(extack->attribute));
	if (starts && command_of(request) == TEAVMX_CMD_REGS_SET &&
	    around == TEAVMX_A_REGISTERS_REGISTER)
		name_register(attr, extack);
}

static void name_missing(const struct nlmsghdr *request, struct nlattr *type,
			 struct nlattr *nest, struct teavmx_extack *extack)
{
	bool starts;
	int around = 0;

	if (nest)
		around = type_around(request, nla_get_u32(nest), &starts);
	teavmx_attribute_name(command_of(request), around,
			      (int)nla_get_u32(type), extack->attribute,
			      sizeof(extack->attribute));
	extack->missing = true;
}

static const char *attr_string(struct nlattr *attr)
{
	const char *text = nla_data(attr);
	int size = nla_len(attr);

	return size > 0 && !text[size - 1] ? text : NULL;
}

void teavmx_extack_parse_done(struct nlmsghdr *done,
			      struct teavmx_extack *extack)
{
	struct nlattr *message;

	memset(extack, 0, sizeof(*extack));
	if (!(done->nlmsg_flags & NLM_F_ACK_TLVS))
		return;
	message = nlmsg_find_attr(done, sizeof(int), NLMSGERR_ATTR_MSG);
	if (message)
		extack->message = attr_string(message);
}

void teavmx_extack_parse(struct nlmsghdr *ack, const struct nlmsghdr *request,
			 struct teavmx_extack *extack)
{
	static struct nla_policy policy[NLMSGERR_ATTR_MAX + 1] = {
		[NLMSGERR_ATTR_OFFS] = { .type = NLA_U32 },
		[NLMSGERR_ATTR_MISS_TYPE] = { .type = NLA_U32 },
		[NLMSGERR_ATTR_MISS_NEST] = { .type = NLA_U32 },
	};
	struct nlattr *tb[NLMSGERR_ATTR_MAX + 1];
	struct nlmsgerr *error = nlmsg_data(ack);
	uint32_t skip = sizeof(*error);

	memset(extack, 0, sizeof(*extack));
	if (!(ack->nlmsg_flags & NLM_F_ACK_TLVS))
		return;
	/* Unless it is cut off, the request itself comes first. */
	if (!(ack->nlmsg_flags & NLM_F_CAPPED))
		skip += NLMSG_ALIGN(error->msg.nlmsg_len) - NLMSG_HDRLEN;
	if (NLMSG_HDRLEN + skip > ack->nlmsg_len ||
	    nla_parse(tb, NLMSGERR_ATTR_MAX,
		      (struct nlattr *)((char *)error + skip),
		      (int)(ack->nlmsg_len - NLMSG_HDRLEN - skip), policy) < 0)
		return;
	if (tb[NLMSGERR_ATTR_MSG])
		extack->message = attr_string(tb[NLMSGERR_ATTR_MSG]);
	if (tb[NLMSGERR_ATTR_OFFS])
		name_offset(request, nla_get_u32(tb[NLMSGERR_ATTR_OFFS]),
			    extack);
	else if (tb[NLMSGERR_ATTR_MISS_TYPE])
		name_missing(request, tb[NLMSGERR_ATTR_MISS_TYPE],
			     tb[NLMSGERR_ATTR_MISS_NEST], extack);
}
