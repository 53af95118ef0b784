// SPDX-License-Identifier: GPL-2.0-only
#include "answer.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/genetlink.h>
#include <linux/netlink.h>

#include <uapi/teavmx.h>

#include "count.h"
#include "objects.h"

#define BUFFER		(256 * 1024)

static const struct nlattr *attr_find(const void *attributes, size_t size,
				      uint16_t type)
{
	const uint8_t *at = attributes, *end = at + size;
	const struct nlattr *attr = attributes;

	for (; at + NLA_HDRLEN <= end && attr->nla_len >= NLA_HDRLEN;
	     at += NLA_ALIGN(attr->nla_len), attr = (const void *)at)
		if ((attr->nla_type & NLA_TYPE_MASK) == type)
			return attr;
	return NULL;
}

/* A number of an attribute, or 0 */
static uint64_t attr_number(const void *attributes, size_t size, uint16_t type)
{
	const struct nlattr *attr = attr_find(attributes, size, type);
	uint64_t value = 0;

	if (attr && attr->nla_len <= NLA_HDRLEN + sizeof(value))
		memcpy(&value, attr + 1, attr->nla_len - NLA_HDRLEN);
	return value;
}

/* A message of a refusal, which is at the end of its attributes */
static const char *refusal_message(const struct nlmsghdr *header, size_t begin)
{
	const uint8_t *at = (const uint8_t *)header + begin;
	const uint8_t *end = (const uint8_t *)header + header->nlmsg_len;

	if (!(header->nlmsg_flags & NLM_F_ACK_TLVS))
		return NULL;
	while (at + NLA_HDRLEN <= end) {
		const struct nlattr *attr = (const void *)at;

		if ((attr->nla_type & NLA_TYPE_MASK) == NLMSGERR_ATTR_MSG)
			return (const char *)at + NLA_HDRLEN;
		at += NLA_ALIGN(attr->nla_len);
	}
	return NULL;
}

static void read_error(const struct nlmsghdr *header)
{
	const struct nlmsgerr *error = NLMSG_DATA(header);
	size_t begin = NLMSG_LENGTH(sizeof(*error));
	const char *message = NULL;

	/* The request follows, unless its header alone does. */
	if (!(header->nlmsg_flags & NLM_F_CAPPED))
		begin += NLMSG_ALIGN(error->msg.nlmsg_len) - NLMSG_HDRLEN;
	if (begin < header->nlmsg_len)
		message = refusal_message(header, begin);
	count_answer(header->nlmsg_seq, -error->error, message);
	/* Its socket was closed, or another caller has deleted it. */
	if (message && !strcmp(message, "no VM has this number"))
		objects_forget_vm(count_vm(header->nlmsg_seq));
}

static void read_done(const struct nlmsghdr *header)
{
	const int *error = NLMSG_DATA(header);

	if (header->nlmsg_len >= NLMSG_LENGTH(sizeof(*error)))
		count_answer(header->nlmsg_seq, -*error,
			     refusal_message(header,
					     NLMSG_LENGTH(sizeof(*error))));
}

static void note_vm(const struct nlmsghdr *header, const void *attributes,
		    size_t size)
{
	const struct object_vm vm = {
		.id = attr_number(attributes, size, TEAVMX_A_VM_ID),
		.raw = attr_number(attributes, size, TEAVMX_A_VM_MEMORY),
	};
	int place = count_place(header->nlmsg_seq);

	if (place >= 0 && vm.id)
		objects_put_vm(place, vm);
}

static void note_vcpu(const struct nlmsghdr *header, const void *attributes,
		      size_t size)
{
	uint32_t id = attr_number(attributes, size, TEAVMX_A_VCPU_VM_ID);
	/* Only TEA processes have an engine. */
	const struct object_vm vm = {
		.id = id,
		.raw = !attr_find(attributes, size, TEAVMX_A_VCPU_ENGINE),
	};
	int place = count_place(header->nlmsg_seq);

	if (place >= 0 && !objects_has_vm(id))
		objects_put_vm(place, vm);
	objects_vcpu(id, attr_number(attributes, size, TEAVMX_A_VCPU_ID));
}

static void note_file(const struct nlmsghdr *header, uint64_t fd)
{
	if (fd)
		objects_put_file(header->nlmsg_seq % OBJECTS_FILES, (int)fd);
}

static void read_reply(const struct nlmsghdr *header)
{
	const struct genlmsghdr *genl = NLMSG_DATA(header);
	const void *attributes = genl + 1;
	size_t size;

	if (header->nlmsg_len < NLMSG_LENGTH(GENL_HDRLEN))
		return;
	size = header->nlmsg_len - NLMSG_LENGTH(GENL_HDRLEN);
	switch (genl->cmd) {
	case TEAVMX_CMD_VM_NEW:
	case TEAVMX_CMD_VM_CLONE:
		note_vm(header, attributes, size);
		break;
	case TEAVMX_CMD_VCPU_NEW:
		note_vcpu(header, attributes, size);
		break;
	case TEAVMX_CMD_MEM_MAP:
		note_file(header, attr_number(attributes, size,
					      TEAVMX_A_MEMORY_FD));
		break;
	case TEAVMX_CMD_VCPU_MAP:
		note_file(header, attr_number(attributes, size,
					      TEAVMX_A_VCPU_FD));
		break;
	}
}

bool answer_read(int fd, int family)
{
	static __thread uint8_t bytes[BUFFER];
	ssize_t size = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT);
	const struct nlmsghdr *header = (const void *)bytes;
	unsigned int rest;

	if (size < 0)
		return errno == ENOBUFS;
	for (rest = (unsigned int)size; NLMSG_OK(header, rest);
	     header = NLMSG_NEXT(header, rest)) {
		if (header->nlmsg_type == NLMSG_ERROR)
			read_error(header);
		else if (header->nlmsg_type == NLMSG_DONE)
			read_done(header);
		else if (header->nlmsg_type == family)
			read_reply(header);
	}
	return size;
}

bool answer_success(const void *bytes, size_t size)
{
	const struct nlmsghdr *header = bytes;
	unsigned int rest = (unsigned int)size;

	for (; NLMSG_OK(header, rest); header = NLMSG_NEXT(header, rest)) {
		/* Both begin with an errno. */
		const int *error = NLMSG_DATA(header);

		if ((header->nlmsg_type != NLMSG_ERROR &&
		     header->nlmsg_type != NLMSG_DONE) || !*error)
			return true;
	}
	return false;
}
