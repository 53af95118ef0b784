// SPDX-License-Identifier: LGPL-2.1-or-later
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <linux/genetlink.h>
#include <netlink/genl/genl.h>

#include "record.h"
#include "recording.h"

static_assert(TEAVMX_A_RECORD_MAX < 64, "struct teavmx_record has 64 bits");
static_assert(offsetof(struct record_node, bytes) % sizeof(uint64_t) == 0,
	      "an array of compact records is aligned");

void record_free(struct record_node *node)
{
	if (!node)
		return;
	free(node->snapshot);
	free(node);
}

int record_list_push(struct record_list *list, struct record_node *node)
{
	if (!node)
		return -1;
	node->next = NULL;
	if (list->head)
		list->tail->next = node;
	else
		list->head = node;
	list->tail = node;
	return 0;
}

struct record_node *record_list_pop(struct record_list *list)
{
	struct record_node *node = list->head;

	if (node)
		list->head = node->next;
	return node;
}

/* @more follows the bytes, with a null byte between. */
static struct record_node *node_new(const void *bytes, size_t size,
				    const void *more, size_t more_size)
{
	struct record_node *node = calloc(1, sizeof(*node) + size + 1 +
					  more_size + 1);

	if (!node)
		return NULL;
	if (size)
		memcpy(node->bytes, bytes, size);
	if (more) {
		memcpy(node->bytes + size + 1, more, more_size);
		node->record.refusal = (const char *)node->bytes + size + 1;
	}
	node->record.bytes = node->bytes;
	node->record.size = size;
	node->record.port = TEAVMX_NO_PORT;
	node->left = 1;
	return node;
}

/* The attributes of a record that are not numbers */
struct record_bytes {
	const struct nlattr *message;
	const struct nlattr *text;
	const struct nlattr *name;
};

static const void *bytes_of(const struct nlattr *attr)
{
	return (const char *)attr + NLA_HDRLEN;
}

static size_t bytes_size(const struct nlattr *attr)
{
	return attr ? attr->nla_len - NLA_HDRLEN : 0;
}

/* A node has the bytes of a record and, after them, the text of a refusal. */
static struct record_node *node_for(const struct record_bytes *parts)
{
	const struct nlattr *name = parts->name;
	const struct nlattr *bytes = parts->text ? parts->text :
				     parts->message ? parts->message : name;

	if (name == bytes)
		name = NULL;
	return node_new(bytes ? bytes_of(bytes) : NULL, bytes_size(bytes),
			name ? bytes_of(name) : NULL, bytes_size(name));
}

/* The kind of fact that an attribute of a record is, or TEAVMX_FACT_NONE */
static uint32_t fact_kind(int type)
{
	switch (type) {
	case TEAVMX_A_RECORD_VMCS_FIELD:
		return TEAVMX_FACT_FIELD;
	case TEAVMX_A_RECORD_MSR:
		return TEAVMX_FACT_MSR;
	case TEAVMX_A_RECORD_WORD:
		return TEAVMX_FACT_WORD;
	default:
		return TEAVMX_FACT_NONE;
	}
}

/* A newer module may have more facts than there is room for. */
static int snapshot_fill(struct teavmx_snapshot *snapshot, struct nlattr *nest)
{
	struct nlattr *a[TEAVMX_A_FACT_MAX + 1];
	struct nlattr *attr;
	uint32_t kind;
	int left;

	nla_for_each_nested(attr, nest, left) {
		kind = fact_kind(nla_type(attr));
		if (kind == TEAVMX_FACT_NONE)
			continue;
		if (nla_parse_nested(a, TEAVMX_A_FACT_MAX, attr, NULL) < 0)
			return -1;
		teavmx_snapshot_set(snapshot, kind,
				    u32_of(a[TEAVMX_A_FACT_NUMBER]),
				    u64_of(a[TEAVMX_A_FACT_VALUE]));
	}
	return 0;
}

/* The snapshot of a failed entry, with how that ended */
static int node_snapshot(struct record_node *node, struct nlattr *nest)
{
	struct teavmx_record *record = &node->record;
	struct teavmx_snapshot *snapshot;
	bool fail = record->type == TEAVMX_EVENT_TYPE_VMX_FAIL;

	if (!TEAVMX_RECORD_HAS(record, VMCS_FIELD))
		return 0;
	snapshot = calloc(1, sizeof(*snapshot));
	if (!snapshot)
		return -1;
	node->snapshot = snapshot;
	record->snapshot = snapshot;
	snapshot->outcome = fail ? TEAVMX_OUTCOME_VMFAIL : TEAVMX_OUTCOME_EXIT;
	snapshot->outcome_number = fail ? record->instruction_error :
					  record->reason;
	return snapshot_fill(snapshot, nest);
}

/* Where the number of an attribute goes; a size of 0 for an attribute without one */
struct place {
	uint16_t at;
	uint16_t size;
};

#define PLACE(name, member) \
	[TEAVMX_A_RECORD_##name] = { offsetof(struct teavmx_record, member), \
				     sizeof(((struct teavmx_record *)0)->member) }

static const struct place places[TEAVMX_A_RECORD_MAX + 1] = {
	PLACE(TYPE, type),
	PLACE(SEQ, seq),
	PLACE(TIME, time),
	PLACE(VCPU_ID, vcpu),
	PLACE(REASON, reason),
	PLACE(QUALIFICATION, qualification),
	PLACE(RIP, rip),
	PLACE(INTR_INFO, intr_info),
	PLACE(INTR_ERROR_CODE, intr_error),
	PLACE(IDT_VECTORING_INFO, idt_vectoring),
	PLACE(IDT_VECTORING_ERROR_CODE, idt_error),
	PLACE(INSTRUCTION_LENGTH, instruction_length),
	PLACE(INSTRUCTION_INFO, instruction_info),
	PLACE(INSTRUCTION_ERROR, instruction_error),
	PLACE(GUEST_LINEAR, linear),
	PLACE(GUEST_PHYSICAL, guest_physical),
	PLACE(CPU_ID, cpu),
	PLACE(STATE, state),
	PLACE(STOP, stop),
	PLACE(PORT, port),
	PLACE(PID, pid),
	PLACE(BEFORE, before),
	PLACE(AFTER, after),
	PLACE(VALUE, value),
	PLACE(REQUEST, request),
	PLACE(ACCESS_SIZE, access_size),
	PLACE(LAST, last),
	PLACE(GUEST_TICKS, guest_ticks),
};

static uint64_t number_of(const struct nlattr *attr)
{
	const void *from = bytes_of(attr);
	uint64_t value;

	switch (bytes_size(attr)) {
	case sizeof(uint8_t):
		return *(const uint8_t *)from;
	case sizeof(uint16_t):
		return *(const uint16_t *)from;
	case sizeof(uint32_t):
		return *(const uint32_t *)from;
	case sizeof(uint64_t):
		/* An attribute is aligned to 4 bytes only. */
		memcpy(&value, from, sizeof(value));
		return value;
	default:
		return 0;
	}
}

static void fill_number(struct teavmx_record *record, int type,
			const struct nlattr *attr)
{
	void *to = (char *)record + places[type].at;
	uint64_t value = number_of(attr);

	switch (places[type].size) {
	case sizeof(uint8_t):
		*(uint8_t *)to = value;
		break;
	case sizeof(uint32_t):
		*(uint32_t *)to = value;
		break;
	case sizeof(uint64_t):
		*(uint64_t *)to = value;
		break;
	}
}

static void fill_attr(struct teavmx_record *record, struct record_bytes *bytes,
		      const struct nlattr *attr)
{
	int type = attr->nla_type & NLA_TYPE_MASK;

	if (type > TEAVMX_A_RECORD_MAX)
		return;
	record->has |= UINT64_C(1) << type;
	switch (type) {
	case TEAVMX_A_RECORD_MESSAGE:
		bytes->message = attr;
		break;
	case TEAVMX_A_RECORD_TEXT:
		bytes->text = attr;
		break;
	case TEAVMX_A_RECORD_NAME:
		bytes->name = attr;
		break;
	default:
		fill_number(record, type, attr);
	}
}

/*
 * Each attribute goes to its place at once: there are many records, and each has a
 * fourth of the attributes. -1 if the attributes are malformed.
 */
static int fill_record(struct teavmx_record *record, uint32_t vm,
		       const struct nlattr *nest, struct record_bytes *bytes)
{
	const char *at = bytes_of(nest);
	const char *end = at + bytes_size(nest);
	const struct nlattr *attr;

	memset(record, 0, sizeof(*record));
	memset(bytes, 0, sizeof(*bytes));
	record->vm = vm;
	record->port = TEAVMX_NO_PORT;
	for (; end - at >= NLA_HDRLEN; at += NLA_ALIGN(attr->nla_len)) {
		attr = (const struct nlattr *)at;
		if (attr->nla_len < NLA_HDRLEN || attr->nla_len > end - at)
			return -1;
		fill_attr(record, bytes, attr);
	}
	return 0;
}

static struct record_node *node_parse(uint32_t vm, struct nlattr *nest)
{
	struct teavmx_record record;
	struct record_bytes bytes;
	struct record_node *node;

	if (fill_record(&record, vm, nest, &bytes))
		return NULL;
	node = node_for(&bytes);
	if (!node)
		return NULL;
	record.bytes = node->record.bytes;
	record.size = node->record.size;
	record.refusal = node->record.refusal;
	if (record.type == TEAVMX_EVENT_TYPE_LOST)
		record.lost = record.last - record.seq + 1;
	node->record = record;
	if (node_snapshot(node, nest)) {
		record_free(node);
		return NULL;
	}
	return node;
}

int record_exit(uint32_t vm, struct nlattr *nest, struct teavmx_record *exit)
{
	struct record_bytes bytes;

	errno = EPROTO;
	return fill_record(exit, vm, nest, &bytes);
}

/* The records of VMs that have ended, of which it is not known how many they are */
static struct record_node *node_for_vms(const struct nlattr *vms)
{
	struct record_node *node = node_new(NULL, 0, NULL, 0);

	if (!node)
		return NULL;
	node->record.type = TEAVMX_EVENT_TYPE_LOST;
	node->record.value = number_of(vms);
	return node;
}

/*
 * An array is copied as it is: each record is converted when it is delivered. Where an
 * item has another size than here, what it has more is left out, and what it lacks is 0.
 */
static struct record_node *node_for_array(uint32_t vm, const struct nlattr *attr,
					  size_t item_size)
{
	bool same = item_size == sizeof(struct teavmx_compact);
	size_t count = bytes_size(attr) / item_size;
	size_t size = sizeof(struct record_node) +
		      count * sizeof(struct teavmx_compact);
	/* calloc() would clear an array that is copied whole. */
	struct record_node *node = same ? malloc(size) : calloc(1, size);
	const char *from = bytes_of(attr);
	struct teavmx_compact *to;

	if (!node)
		return NULL;
	to = (struct teavmx_compact *)node->bytes;
	*node = (struct record_node){
		.record.vm = vm,
		.left = count,
		.item = to,
	};
	if (same)
		memcpy(to, from, count * sizeof(*to));
	else
		for (; count--; from += item_size)
			memcpy(to++, from, item_size < sizeof(*to) ?
			       item_size : sizeof(*to));
	return node;
}

static void take_exit(struct teavmx_record *record,
		      const struct teavmx_compact_exit *exit)
{
	record->reason = exit->reason;
	record->qualification = exit->qualification;
	record->rip = exit->rip;
	record->value = exit->value;
	record->instruction_length = exit->instruction_length;
	record->instruction_info = exit->instruction_info;
	record->intr_info = exit->intr_info;
	record->intr_error = exit->intr_error_code;
	record->idt_vectoring = exit->idt_vectoring_info;
	record->idt_error = exit->idt_vectoring_error_code;
	record->linear = exit->guest_linear;
	record->guest_physical = exit->guest_physical;
	record->guest_ticks = exit->guest_ticks;
}

static void take_state(struct teavmx_record *record,
		       const struct teavmx_compact_state *state)
{
	record->state = state->state;
	record->stop = state->stop;
	if (TEAVMX_RECORD_HAS(record, PORT))
		record->port = state->port;
}

static void take_request(struct teavmx_record *record,
			 const struct teavmx_compact_request *request)
{
	record->request = request->request;
	record->port = request->port;
	record->access_size = request->access_size;
	record->value = request->value;
}

static void take_text(struct teavmx_record *record,
		      const struct teavmx_compact_text *text)
{
	record->bytes = text->bytes;
	record->size = text->size;
}

static void take_item(struct teavmx_record *record, uint32_t vm,
		      const struct teavmx_compact *item)
{
	static const uint8_t none[1];

	*record = (struct teavmx_record){
		.vm = vm,
		.type = item->type,
		.has = item->has,
		.seq = item->seq,
		.time = item->time,
		.vcpu = item->vcpu,
		.cpu = item->cpu,
		.pid = item->pid,
		.port = TEAVMX_NO_PORT,
		.bytes = none,
	};
	switch (item->type) {
	case TEAVMX_EVENT_TYPE_VMX_EXIT:
		take_exit(record, &item->exit);
		break;
	case TEAVMX_EVENT_TYPE_STATE:
		take_state(record, &item->state);
		break;
	case TEAVMX_EVENT_TYPE_PORT_REQUEST:
		take_request(record, &item->request);
		break;
	default:
		take_text(record, &item->text);
	}
}

bool record_step(struct record_node *node, struct teavmx_record *record)
{
	if (!node || !node->left)
		return false;
	node->left--;
	if (node->item)
		take_item(record, node->record.vm, node->item++);
	else
		*record = node->record;
	return true;
}

struct record_node *record_node(uint32_t vm, struct nlattr *attr,
				size_t compact_size)
{
	switch (nla_type(attr)) {
	case TEAVMX_A_EVENT_VMS_LOST:
		return node_for_vms(attr);
	case TEAVMX_A_EVENT_COMPACT:
		return node_for_array(vm, attr, compact_size);
	default:
		return node_parse(vm, attr);
	}
}

/* 0 for an attribute that holds no records */
static enum recording_kind attr_kind(const struct nlattr *attr)
{
	switch (nla_type(attr)) {
	case TEAVMX_A_EVENT_RECORD:
		return RECORDING_FULL;
	case TEAVMX_A_EVENT_COMPACT:
		return RECORDING_COMPACT;
	case TEAVMX_A_EVENT_VMS_LOST:
		return RECORDING_VMS_LOST;
	default:
		return 0;
	}
}

void record_copy(struct nlmsghdr *message, const struct recording_tap *tap)
{
	enum recording_kind kind;
	struct nlattr *vm;
	struct nlattr *attr;
	int left;

	vm = nlmsg_find_attr(message, GENL_HDRLEN, TEAVMX_A_EVENT_VM_ID);
	nlmsg_for_each_attr(attr, message, GENL_HDRLEN, left) {
		kind = attr_kind(attr);
		if (kind)
			tap->attribute(kind, u32_of(vm), bytes_of(attr),
				       bytes_size(attr), tap->data);
	}
}

bool recording_lost(enum recording_kind kind, const void *bytes, size_t size,
		    unsigned long long *lost)
{
	const struct nlattr *first = bytes;
	const struct nlattr *last;

	if (kind == RECORDING_VMS_LOST)
		return true;
	if (kind != RECORDING_FULL ||
	    u32_of(nla_find(first, (int)size, TEAVMX_A_RECORD_TYPE)) !=
	    TEAVMX_EVENT_TYPE_LOST)
		return false;
	last = nla_find(first, (int)size, TEAVMX_A_RECORD_LAST);
	*lost += u64_of(last) - u64_of(nla_find(first, (int)size, TEAVMX_A_RECORD_SEQ)) + 1;
	return true;
}

int record_list_parse(struct record_list *list, struct nlmsghdr *message)
{
	struct record_node *node;
	struct nlattr *vm;
	struct nlattr *attr;
	int count = 0;
	int left;

	vm = nlmsg_find_attr(message, GENL_HDRLEN, TEAVMX_A_EVENT_VM_ID);
	nlmsg_for_each_attr(attr, message, GENL_HDRLEN, left) {
		if (!attr_kind(attr))
			continue;
		errno = EPROTO;
		node = record_node(u32_of(vm), attr, sizeof(*node->item));
		if (record_list_push(list, node))
			return -1;
		count++;
	}
	return count;
}
