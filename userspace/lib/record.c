// SPDX-License-Identifier: LGPL-2.1-or-later
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <linux/genetlink.h>
#include <netlink/genl/genl.h>

#include "record.h"

static_assert(TEAVMX_A_RECORD_MAX < 64, "struct teavmx_record has 64 bits");

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
	return node;
}

struct record_node *record_lost(uint32_t vm, uint64_t seq, uint64_t lost)
{
	struct record_node *node = node_new(NULL, 0, NULL, 0);

	if (!node)
		return NULL;
	node->record.vm = vm;
	node->record.type = TEAVMX_RECORD_LOST;
	node->record.seq = seq;
	node->record.lost = lost;
	return node;
}

static void fill_exit(struct teavmx_record *record, struct nlattr **a)
{
	record->instruction_length =
		u32_of(a[TEAVMX_A_RECORD_INSTRUCTION_LENGTH]);
	record->instruction_info = u32_of(a[TEAVMX_A_RECORD_INSTRUCTION_INFO]);
	record->idt_vectoring = u32_of(a[TEAVMX_A_RECORD_IDT_VECTORING_INFO]);
	record->idt_error = u32_of(a[TEAVMX_A_RECORD_IDT_VECTORING_ERROR_CODE]);
	record->intr_error = u32_of(a[TEAVMX_A_RECORD_INTR_ERROR_CODE]);
	record->linear = u64_of(a[TEAVMX_A_RECORD_GUEST_LINEAR]);
	record->stop = u32_of(a[TEAVMX_A_RECORD_STOP]);
}

/* A node has the bytes of a record and, after them, the text of a refusal. */
static struct record_node *node_for(struct nlattr **a)
{
	struct nlattr *message = a[TEAVMX_A_RECORD_MESSAGE];
	struct nlattr *text = a[TEAVMX_A_RECORD_TEXT];
	struct nlattr *name = a[TEAVMX_A_RECORD_NAME];
	struct nlattr *bytes = text ? text : message ? message : name;

	if (!bytes)
		return node_new(NULL, 0, NULL, 0);
	if (name == bytes)
		name = NULL;
	return node_new(nla_data(bytes), (size_t)nla_len(bytes),
			name ? nla_data(name) : NULL,
			name ? (size_t)nla_len(name) : 0);
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

static void fill_record(struct teavmx_record *record, uint32_t vm,
			struct nlattr **a)
{
	int i;

	for (i = 1; i <= TEAVMX_A_RECORD_MAX; i++)
		if (a[i])
			record->has |= UINT64_C(1) << i;
	record->vm = vm;
	record->type = u32_of(a[TEAVMX_A_RECORD_TYPE]);
	record->seq = u64_of(a[TEAVMX_A_RECORD_SEQ]);
	record->time = u64_of(a[TEAVMX_A_RECORD_TIME]);
	record->vcpu = u32_of(a[TEAVMX_A_RECORD_VCPU_ID]);
	record->reason = u32_of(a[TEAVMX_A_RECORD_REASON]);
	record->qualification = u64_of(a[TEAVMX_A_RECORD_QUALIFICATION]);
	record->rip = u64_of(a[TEAVMX_A_RECORD_RIP]);
	record->intr_info = u32_of(a[TEAVMX_A_RECORD_INTR_INFO]);
	record->guest_physical = u64_of(a[TEAVMX_A_RECORD_GUEST_PHYSICAL]);
	record->instruction_error =
		u32_of(a[TEAVMX_A_RECORD_INSTRUCTION_ERROR]);
	record->cpu = u32_of(a[TEAVMX_A_RECORD_CPU_ID]);
	record->state = u32_of(a[TEAVMX_A_RECORD_STATE]);
	record->port = port_of(a[TEAVMX_A_RECORD_PORT]);
	record->pid = u8_of(a[TEAVMX_A_RECORD_PID]);
	record->before = u64_of(a[TEAVMX_A_RECORD_BEFORE]);
	record->after = u64_of(a[TEAVMX_A_RECORD_AFTER]);
	record->value = u64_of(a[TEAVMX_A_RECORD_VALUE]);
	record->request = u32_of(a[TEAVMX_A_RECORD_REQUEST]);
	record->access_size = u8_of(a[TEAVMX_A_RECORD_ACCESS_SIZE]);
	fill_exit(record, a);
}

static struct record_node *node_parse(uint32_t vm, struct nlattr *nest)
{
	struct nlattr *a[TEAVMX_A_RECORD_MAX + 1];
	struct record_node *node;

	if (nla_parse_nested(a, TEAVMX_A_RECORD_MAX, nest, NULL) < 0)
		return NULL;
	node = node_for(a);
	if (!node)
		return NULL;
	fill_record(&node->record, vm, a);
	if (node_snapshot(node, nest)) {
		record_free(node);
		return NULL;
	}
	return node;
}

int record_exit(uint32_t vm, struct nlattr *nest, struct teavmx_record *exit)
{
	struct nlattr *a[TEAVMX_A_RECORD_MAX + 1];

	memset(exit, 0, sizeof(*exit));
	errno = EPROTO;
	if (nla_parse_nested(a, TEAVMX_A_RECORD_MAX, nest, NULL) < 0)
		return -1;
	fill_record(exit, vm, a);
	return 0;
}

int record_list_parse(struct record_list *list, struct nlmsghdr *message)
{
	struct nlattr *vm;
	struct nlattr *attr;
	int count = 0;
	int left;

	vm = nlmsg_find_attr(message, GENL_HDRLEN, TEAVMX_A_EVENT_VM_ID);
	nlmsg_for_each_attr(attr, message, GENL_HDRLEN, left) {
		if (nla_type(attr) != TEAVMX_A_EVENT_RECORD)
			continue;
		errno = EPROTO;
		if (record_list_push(list, node_parse(u32_of(vm), attr)))
			return -1;
		count++;
	}
	return count;
}
