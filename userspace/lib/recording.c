// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The blocks of a recording hold what attributes of events hold, and are read by the
 * same code. A file can have any bytes, so what the kernel guarantees is checked here.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/genetlink.h>
#include <netlink/genl/genl.h>

#include "record.h"
#include "recording.h"

#define HEADER_MAX	4096
#define COMPACT_MAX	4096

/*
 * @at: bytes that have been read
 * @problem: why there is no further record, or empty
 * @node: the records of the last block
 * @attr: that block as an attribute
 */
struct recording {
	FILE *file;
	uint64_t at;
	bool ended;
	char problem[RECORDING_MESSAGE_MAX];
	struct recording_header header;
	struct teavmx_caps caps;
	uint64_t end;
	uint64_t unknown;
	struct record_node *node;
	union {
		struct nlattr attr;
		char bytes[NLA_HDRLEN + RECORDING_BLOCK_MAX];
	};
};

/* Nothing in a recording may control the terminal that it is shown on. */
static void make_printable(char *text)
{
	for (; *text; text++)
		if (*text < ' ' || *text > '~')
			*text = '?';
}

static void end_text(char *text, size_t size)
{
	text[size - 1] = '\0';
	make_printable(text);
}

static bool read_bytes(struct recording *recording, void *bytes, size_t size)
{
	size_t count = fread(bytes, 1, size, recording->file);

	recording->at += count;
	return count == size;
}

static bool skip_bytes(struct recording *recording, size_t size)
{
	char bytes[256];
	size_t part;

	for (; size; size -= part) {
		part = size < sizeof(bytes) ? size : sizeof(bytes);
		if (!read_bytes(recording, bytes, part))
			return false;
	}
	return true;
}

/* What is wrong after an incomplete read. */
static void note_cut(struct recording *recording, const char *where)
{
	unsigned long long at = recording->at;

	recording->ended = true;
	if (ferror(recording->file))
		snprintf(recording->problem, sizeof(recording->problem),
			 "cannot read from byte %llu on: %s", at, strerror(errno));
	else if (!at)
		snprintf(recording->problem, sizeof(recording->problem), "empty");
	else
		snprintf(recording->problem, sizeof(recording->problem),
			 "cut at byte %llu, %s", at, where);
}

static int note_problem(struct recording *recording, const char *problem,
			uint64_t at)
{
	recording->ended = true;
	snprintf(recording->problem, sizeof(recording->problem), problem,
		 (unsigned long long)at);
	return -1;
}

static int check_header(struct recording *recording)
{
	struct recording_header *header = &recording->header;

	end_text(header->module, sizeof(header->module));
	end_text(header->kernel, sizeof(header->kernel));
	end_text(header->cpu, sizeof(header->cpu));
	if (header->size < sizeof(*header) || header->size > HEADER_MAX ||
	    header->compact_size < sizeof(uint64_t) ||
	    header->compact_size > COMPACT_MAX)
		return note_problem(recording, "malformed header", 0);
	if (skip_bytes(recording, header->size - sizeof(*header)))
		return 0;
	note_cut(recording, "in the header");
	return -1;
}

static int read_header(struct recording *recording)
{
	struct recording_header *header = &recording->header;
	bool whole = read_bytes(recording, header, sizeof(*header));
	size_t size = recording->at;

	if (size > sizeof(header->magic))
		size = sizeof(header->magic);
	if (memcmp(header->magic, RECORDING_MAGIC, size))
		return note_problem(recording, "not a recording of teavmx", 0);
	if (recording->at >= offsetof(struct recording_header, size) &&
	    header->version != RECORDING_VERSION) {
		recording->ended = true;
		snprintf(recording->problem, sizeof(recording->problem),
			 "has version %u of the format, this program reads version %u",
			 header->version, RECORDING_VERSION);
		return -1;
	}
	if (whole)
		return check_header(recording);
	note_cut(recording, "in the header");
	return -1;
}

struct recording *recording_open(const char *path, char *message, size_t size)
{
	struct recording *recording = calloc(1, sizeof(*recording));

	if (!recording) {
		snprintf(message, size, "out of memory");
		return NULL;
	}
	recording->file = fopen(path, "rbe");
	if (!recording->file)
		snprintf(message, size, "%s: %s", path, strerror(errno));
	else if (read_header(recording))
		snprintf(message, size, "%s: %s", path, recording->problem);
	else
		return recording;
	recording_close(recording);
	return NULL;
}

/* take_item() in record.c expects these types and sizes only. */
static bool is_compact(const struct teavmx_compact *item)
{
	switch (item->type) {
	case TEAVMX_EVENT_TYPE_VMX_EXIT:
	case TEAVMX_EVENT_TYPE_STATE:
	case TEAVMX_EVENT_TYPE_PORT_REQUEST:
		return true;
	case TEAVMX_EVENT_TYPE_TEA_EXIT:
	case TEAVMX_EVENT_TYPE_TEA_PACKET:
	case TEAVMX_EVENT_TYPE_TEA_REPLY:
	case TEAVMX_EVENT_TYPE_TEA_TEXT:
	case TEAVMX_EVENT_TYPE_TEA_SERIAL:
		return item->text.size <= TEAVMX_COMPACT_BYTES;
	default:
		return false;
	}
}

static bool check_array(const struct record_node *node)
{
	size_t i;

	for (i = 0; i < node->left; i++)
		if (!is_compact(&node->item[i]))
			return false;
	return true;
}

static bool check_node(struct record_node *node)
{
	struct teavmx_record *record = &node->record;

	if (node->item)
		return check_array(node);
	if (record->type == TEAVMX_EVENT_TYPE_HOST_CHANGED)
		make_printable((char *)node->bytes);
	/* The bytes of a node are its own, and a refusal is among them. */
	if (record->refusal)
		make_printable((char *)node->bytes + record->size + 1);
	return true;
}

static bool take_records(struct recording *recording, uint32_t vm, int type)
{
	recording->attr.nla_type = (uint16_t)type;
	recording->node = record_node(vm, &recording->attr,
				      recording->header.compact_size);
	if (!recording->node)
		return false;
	if (check_node(recording->node))
		return true;
	record_free(recording->node);
	recording->node = NULL;
	return false;
}

static bool take_msrs(struct recording *recording, size_t size)
{
	const char *from = recording->bytes + NLA_HDRLEN;
	struct teavmx_caps *caps = &recording->caps;
	struct recording_msr msr;

	for (caps->count = 0; size >= sizeof(msr) && caps->count < TEAVMX_MSRS_MAX;
	     size -= sizeof(msr)) {
		memcpy(&msr, from, sizeof(msr));
		from += sizeof(msr);
		caps->msrs[caps->count++] = (struct teavmx_msr){
			.number = msr.number,
			.value = msr.value,
		};
	}
	return true;
}

static bool take_end(struct recording *recording, size_t size)
{
	recording->ended = true;
	if (size < sizeof(recording->end))
		return false;
	memcpy(&recording->end, recording->bytes + NLA_HDRLEN,
	       sizeof(recording->end));
	return true;
}

static bool take_block(struct recording *recording,
		       const struct recording_block *block)
{
	recording->attr.nla_len = (uint16_t)(NLA_HDRLEN + block->size);
	switch (block->kind) {
	case RECORDING_MSRS:
		return take_msrs(recording, block->size);
	case RECORDING_COMPACT:
		return take_records(recording, block->vm, TEAVMX_A_EVENT_COMPACT);
	case RECORDING_FULL:
		return take_records(recording, block->vm, TEAVMX_A_EVENT_RECORD);
	case RECORDING_VMS_LOST:
		return take_records(recording, 0, TEAVMX_A_EVENT_VMS_LOST);
	case RECORDING_END:
		return take_end(recording, block->size);
	default:
		recording->unknown++;
		return true;
	}
}

static void read_block(struct recording *recording)
{
	struct recording_block block;
	uint64_t at = recording->at;

	if (!read_bytes(recording, &block, sizeof(block)))
		note_cut(recording, at == recording->at ? "between two blocks" :
			 "in a block");
	else if (block.size > RECORDING_BLOCK_MAX)
		note_problem(recording, "malformed block at byte %llu", at);
	else if (!read_bytes(recording, recording->bytes + NLA_HDRLEN, block.size))
		note_cut(recording, "in a block");
	else if (!take_block(recording, &block))
		note_problem(recording, "malformed block at byte %llu", at);
}

bool recording_next(struct recording *recording, struct teavmx_record *record)
{
	while (!record_step(recording->node, record)) {
		record_free(recording->node);
		recording->node = NULL;
		if (recording->ended)
			return false;
		read_block(recording);
	}
	return true;
}

const struct recording_header *
recording_header(const struct recording *recording)
{
	return &recording->header;
}

const char *recording_problem(const struct recording *recording)
{
	return recording->problem[0] ? recording->problem : NULL;
}

uint64_t recording_unknown(const struct recording *recording)
{
	return recording->unknown;
}

uint64_t recording_ended(const struct recording *recording)
{
	return recording->end;
}

const struct teavmx_caps *recording_caps(const struct recording *recording)
{
	return &recording->caps;
}

void recording_close(struct recording *recording)
{
	if (!recording)
		return;
	if (recording->file)
		fclose(recording->file);
	record_free(recording->node);
	free(recording);
}
