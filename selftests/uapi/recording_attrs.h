/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef RECORDING_ATTRS_H
#define RECORDING_ATTRS_H

#include <string.h>

#include <linux/netlink.h>
#include <userspace/lib/recording.h>

/* A file, or a pipe whose writes block */
#define output_of(file)	(&(const struct recording_output){ .fd = (file) })

/* Attributes of a record, one behind the other */
struct attrs {
	size_t size;
	char bytes[512];
};

static inline void put(struct attrs *attrs, int type, const void *value, size_t size)
{
	struct nlattr *attr = (struct nlattr *)(attrs->bytes + attrs->size);

	attr->nla_len = (uint16_t)(NLA_HDRLEN + size);
	attr->nla_type = (uint16_t)type;
	memcpy(attr + 1, value, size);
	attrs->size += NLA_ALIGN(attr->nla_len);
}

static inline void put_u64(struct attrs *attrs, int type, uint64_t value)
{
	put(attrs, type, &value, sizeof(value));
}

static inline void put_u32(struct attrs *attrs, int type, uint32_t value)
{
	put(attrs, type, &value, sizeof(value));
}

/* Writes a record that is about the stream; 0 stands for a number that it has not. */
static inline int write_stream(int fd, uint32_t vm, uint32_t type, uint64_t seq,
			       uint64_t last)
{
	struct attrs attrs = { 0 };

	put_u32(&attrs, TEAVMX_A_RECORD_TYPE, type);
	if (seq)
		put_u64(&attrs, TEAVMX_A_RECORD_SEQ, seq);
	if (last)
		put_u64(&attrs, TEAVMX_A_RECORD_LAST, last);
	return recording_write(output_of(fd), RECORDING_FULL, vm, attrs.bytes, attrs.size);
}

#endif
