// SPDX-License-Identifier: GPL-2.0-only
/*
 * Makes requests, half of them with one flaw. All that is decided comes from the seed
 * of the request, whatever was answered before; only numbers of objects do not.
 */
#include "request.h"

#include <string.h>

#include <linux/genetlink.h>
#include <linux/netlink.h>

#include <uapi/teavmx.h>

#include "value.h"

#define UNKNOWN_TYPE	60
/* What a nest in a nest in a nest is cut at */
#define DEPTH_MAX	6
#define SPARE		64

static const char *const flaw_names[FLAWS] = {
	[FLAW_NONE] = "none",
	[FLAW_MISSING] = "an attribute is missing",
	[FLAW_TWICE] = "an attribute is there twice",
	[FLAW_SHORT] = "an attribute is too short",
	[FLAW_LONG] = "an attribute is too long",
	[FLAW_EMPTY] = "an attribute is empty",
	[FLAW_VALUE] = "any value",
	[FLAW_OTHER_TYPE] = "the type of another attribute",
	[FLAW_UNKNOWN_TYPE] = "a type that does not exist",
	[FLAW_NESTED_BIT] = "the bit for nests is wrong",
	[FLAW_LENGTH_FIELD] = "any number as length of an attribute",
	[FLAW_OTHER_NEST] = "attributes of another set",
	[FLAW_JUNK] = "random bytes behind an attribute",
	[FLAW_COMMAND] = "any command",
	[FLAW_VERSION] = "any version of the family",
	[FLAW_RESERVED] = "the reserved field is not 0",
	[FLAW_FLAGS] = "any flags of netlink",
	[FLAW_CUT] = "the message is cut",
	[FLAW_OVERLONG] = "the message is shorter than its length field",
	[FLAW_TRAILING] = "random bytes behind the message",
	[FLAW_FLIPPED_BITS] = "bits are flipped",
};

const char *request_name(enum flaw flaw)
{
	return flaw_names[flaw];
}

static struct nlmsghdr *request_header(struct request *request)
{
	return (struct nlmsghdr *)request->bytes;
}

/* Whether the flaw is in the attribute that is put now */
static enum flaw flaw_here(struct request *request)
{
	if (request->flaw > FLAW_JUNK || request->countdown--)
		return FLAW_NONE;
	return request->flaw;
}

static void request_note(struct request *request, uint16_t type)
{
	if (!request->depth && type < 64)
		request->attributes |= UINT64_C(1) << type;
}

static void put_junk(struct request *request, size_t size)
{
	while (size-- && request->size < REQUEST_MAX - SPARE)
		request->bytes[request->size++] =
			(uint8_t)chance_next(&request->chance);
}

static void put_plain(struct request *request, uint16_t type, const void *data,
		      size_t size)
{
	struct nlattr *attr = (struct nlattr *)(request->bytes + request->size);
	size_t whole = NLA_ALIGN(NLA_HDRLEN + size);

	if (request->size + whole > REQUEST_MAX - SPARE)
		return;
	memset(attr, 0, whole);
	attr->nla_type = type;
	attr->nla_len = (uint16_t)(NLA_HDRLEN + size);
	if (size)
		memcpy((uint8_t *)attr + NLA_HDRLEN, data, size);
	request->size += whole;
	request_note(request, type & NLA_TYPE_MASK);
}

/* Another type, and what does not depend on the payload */
static uint16_t flawed_type(struct request *request, enum flaw flaw,
			    uint16_t type)
{
	const struct grammar_set *set = request->command->set;

	switch (flaw) {
	case FLAW_OTHER_TYPE:
		return 1 + chance_below(&request->chance, set->count);
	case FLAW_UNKNOWN_TYPE:
		return UNKNOWN_TYPE + chance_below(&request->chance, 16000);
	case FLAW_NESTED_BIT:
		return type ^ (chance_percent(&request->chance, 80) ?
			       NLA_F_NESTED : NLA_F_NET_BYTEORDER);
	default:
		return type;
	}
}

static size_t flawed_size(struct request *request, enum flaw flaw, size_t size)
{
	switch (flaw) {
	case FLAW_SHORT:
		return size ? chance_below(&request->chance, size) : 0;
	case FLAW_LONG:
		return size + 1 + chance_below(&request->chance, 16);
	case FLAW_EMPTY:
		return 0;
	default:
		return size;
	}
}

static void flawed_length(struct request *request, size_t begin, enum flaw flaw)
{
	struct nlattr *attr = (struct nlattr *)(request->bytes + begin);

	if (flaw == FLAW_LENGTH_FIELD)
		attr->nla_len = (uint16_t)chance_next(&request->chance) >>
				chance_below(&request->chance, 14);
	if (flaw == FLAW_JUNK)
		put_junk(request, 2 + 2 * chance_below(&request->chance, 16));
}

void request_put(struct request *request, uint16_t type, const void *data,
		 size_t size)
{
	enum flaw flaw = flaw_here(request);
	uint8_t longer[64] = { 0 };
	size_t begin = request->size;
	size_t wanted;

	if (flaw == FLAW_MISSING)
		return;
	wanted = flawed_size(request, flaw, size);
	if (wanted > size) {
		size = size < 32 ? size : 32;
		memcpy(longer, data, size);
		wanted = flawed_size(request, FLAW_LONG, size);
		data = longer;
	}
	if (flaw == FLAW_VALUE && wanted <= 8) {
		value_any(&request->chance, longer);
		data = longer;
	}
	put_plain(request, flawed_type(request, flaw, type), data, wanted);
	if (flaw == FLAW_TWICE)
		put_plain(request, type, data, wanted);
	if (request->size > begin)
		flawed_length(request, begin, flaw);
}

static void put_attribute(struct request *request,
			  const struct grammar_attribute *attribute);

static void put_nest(struct request *request,
		     const struct grammar_attribute *attribute)
{
	enum flaw flaw = flaw_here(request);
	const struct grammar_set *nest = attribute->nest;
	size_t begin = request->size;
	unsigned int i;

	if (flaw == FLAW_MISSING || request->depth == DEPTH_MAX ||
	    begin > REQUEST_MAX / 2)
		return;
	if (flaw == FLAW_OTHER_NEST)
		nest = grammar_sets[chance_below(&request->chance,
						 grammar_set_count)];
	put_plain(request, flawed_type(request, flaw, attribute->type |
				       NLA_F_NESTED), NULL, 0);
	request->depth++;
	for (i = 0; flaw != FLAW_EMPTY && i < nest->count; i++)
		if (chance_percent(&request->chance, 85))
			put_attribute(request, &nest->attributes[i]);
	request->depth--;
	((struct nlattr *)(request->bytes + begin))->nla_len =
		(uint16_t)(request->size - begin);
	flawed_length(request, begin, flaw);
}

static void put_attribute(struct request *request,
			  const struct grammar_attribute *attribute)
{
	unsigned int count = 1;

	if (attribute->multi && chance_percent(&request->chance, 30))
		count += chance_below(&request->chance, 4);
	while (count--) {
		if (attribute->nest)
			put_nest(request, attribute);
		else
			value_put(request, attribute);
	}
}

static void put_body(struct request *request)
{
	const struct grammar_command *command = request->command;
	unsigned int i;

	for (i = 0; i < command->count; i++) {
		const struct grammar_attribute *attribute =
			&command->set->attributes[command->places[i]];

		if (value_wanted(request, attribute))
			put_attribute(request, attribute);
	}
}

static void header_flaw(struct request *request)
{
	struct nlmsghdr *header = request_header(request);
	struct genlmsghdr *genl = NLMSG_DATA(header);
	struct chance *chance = &request->chance;

	switch (request->flaw) {
	case FLAW_COMMAND:
		genl->cmd = (uint8_t)chance_below(chance, 256);
		break;
	case FLAW_VERSION:
		genl->version = (uint8_t)chance_next(chance);
		break;
	case FLAW_RESERVED:
		genl->reserved = (uint16_t)chance_next(chance);
		break;
	case FLAW_FLAGS:
		header->nlmsg_flags = (uint16_t)chance_next(chance);
		break;
	case FLAW_CUT:
		header->nlmsg_len = chance_below(chance, request->size);
		break;
	case FLAW_OVERLONG:
		header->nlmsg_len += 1 + chance_below(chance, 1 << 16);
		break;
	default:
		break;
	}
}

static void bytes_flaw(struct request *request)
{
	unsigned int i;

	if (request->flaw == FLAW_TRAILING)
		put_junk(request, 1 + chance_below(&request->chance, 40));
	if (request->flaw != FLAW_FLIPPED_BITS)
		return;
	for (i = chance_below(&request->chance, 4); i < 5; i++) {
		unsigned int bit = chance_below(&request->chance,
						request->size * 8);

		/* The number of the family remains. */
		if (bit / 8 != offsetof(struct nlmsghdr, nlmsg_type) &&
		    bit / 8 != offsetof(struct nlmsghdr, nlmsg_type) + 1)
			request->bytes[bit / 8] ^= 1 << bit % 8;
	}
}

static const struct grammar_command *find_command(uint8_t number)
{
	unsigned int i;

	for (i = 0; grammar_commands[i].number != number; i++)
		;
	return &grammar_commands[i];
}

static bool replaces_vms(const struct grammar_command *command)
{
	return command->number == TEAVMX_CMD_VM_NEW ||
	       command->number == TEAVMX_CMD_VM_DEL ||
	       command->number == TEAVMX_CMD_VM_CLONE;
}

/* A VM lives for long enough to get vCPUs and other requests about them. */
static const struct grammar_command *choose_command(struct chance *chance)
{
	static const uint8_t often[] = {
		TEAVMX_CMD_VCPU_NEW, TEAVMX_CMD_VCPU_NEW, TEAVMX_CMD_VCPU_RUN,
	};
	unsigned int i = chance_below(chance, grammar_command_count);
	unsigned int percent = chance_below(chance, 100);

	if (objects_vms() < OBJECTS_VMS / 2 && percent < 50)
		return find_command(TEAVMX_CMD_VM_NEW);
	if (percent < 20 ||
	    (percent < 80 && (replaces_vms(&grammar_commands[i]) ||
			      !value_useful(grammar_commands[i].number))))
		return find_command(often[i % COUNT(often)]);
	return &grammar_commands[i];
}

static void request_begin(struct request *request, int family)
{
	struct nlmsghdr *header = request_header(request);
	struct genlmsghdr *genl = NLMSG_DATA(header);

	memset(request->bytes, 0, NLMSG_HDRLEN + GENL_HDRLEN);
	header->nlmsg_type = (uint16_t)family;
	header->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	if (request->command->dump && chance_percent(&request->chance, 40))
		header->nlmsg_flags |= NLM_F_DUMP;
	genl->cmd = request->command->number;
	genl->version = TEAVMX_FAMILY_VERSION;
	request->size = NLMSG_HDRLEN + GENL_HDRLEN;
}

void request_make(struct request *request, int family, uint64_t seed,
		  unsigned int perfect)
{
	static const unsigned int densities[] = { 5, 30, 60, 95, 95 };

	request->chance = (struct chance){ seed };
	request->command = choose_command(&request->chance);
	request->density = densities[chance_below(&request->chance, 5)];
	request->flaw = chance_percent(&request->chance, perfect) ? FLAW_NONE :
			1 + chance_below(&request->chance, FLAWS - 1);
	request->countdown = chance_below(&request->chance, 6);
	request->place = chance_below(&request->chance, OBJECTS_VMS);
	request->vm = objects_vm(value_vm(request));
	request->attributes = 0;
	request->depth = 0;
	request_begin(request, family);
	put_body(request);
	request_header(request)->nlmsg_len = request->size;
	header_flaw(request);
	bytes_flaw(request);
}
