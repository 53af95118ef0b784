// SPDX-License-Identifier: GPL-2.0-only
/*
 * Two recordings are read in turn. A record waits in the queue of its vCPU for the one
 * at the same place of the other recording, so memory is needed only for what one
 * recording is ahead of the other.
 */
#include <stdlib.h>
#include <string.h>

#include <uapi/vmx.h>
#include <userspace/common/cli.h>

#include "lanes.h"
#include "output.h"
#include "recorded.h"

static int compare_lanes(const void *a, const void *b)
{
	const struct lane *x = a, *y = b;

	return recorded_order(x->vm, y->vm) ?: recorded_order(x->vcpu, y->vcpu) ?:
	       recorded_order(x->text, y->text);
}

static struct lane_item *item_copy(const struct teavmx_record *record)
{
	size_t refusal = record->refusal ? strlen(record->refusal) + 1 : 0;
	struct lane_item *item = calloc(1, sizeof(*item) + record->size + 1 + refusal);

	if (!item)
		return NULL;
	item->record = *record;
	item->record.snapshot = NULL;
	item->record.bytes = (uint8_t *)item->bytes;
	memcpy(item->bytes, record->bytes, record->size);
	if (refusal)
		item->record.refusal = memcpy(item->bytes + record->size + 1,
					      record->refusal, refusal);
	return item;
}

/* The place of a VM in the order of a recording, or -1 without memory */
static int vm_index(struct lanes *lanes, unsigned int side, uint32_t id)
{
	size_t i = lanes->vm_count[side];
	struct lane_vm *vms = lanes->vms[side];

	while (i--)
		if (vms[i].id == id)
			return (int)i;
	i = lanes->vm_count[side];
	vms = reallocarray(vms, i + 1, sizeof(*vms));
	if (!vms)
		return -1;
	vms[i] = (struct lane_vm){ .id = id };
	lanes->vms[side] = vms;
	lanes->vm_count[side]++;
	return (int)i;
}

static void ignore_name(const char *name, void *data)
{
	(void)name;
	(void)data;
}

static bool is_compared(const char *name)
{
	/* The last ones are made of others. */
	static const char *const not_compared[] = {
		"cpu", "guest_ticks", "name", "decoded",
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(not_compared); i++)
		if (!strcmp(name, not_compared[i]))
			return false;
	return true;
}

/* What @x has and @y has not, or has with another value, and not the other way round */
static unsigned int differing(json_t *x, json_t *y, bool absent_only,
			      void (*each)(const char *name, void *data), void *data)
{
	unsigned int count = 0;
	const char *name;
	json_t *value;

	json_object_foreach(x, name, value) {
		json_t *other = json_object_get(y, name);

		if (!is_compared(name) || (other && absent_only) ||
		    json_equal(value, other))
			continue;
		each(name, data);
		count++;
	}
	return count;
}

unsigned int lanes_differences(const struct teavmx_record *a,
			       const struct teavmx_record *b,
			       void (*each)(const char *name, void *data), void *data)
{
	json_t *x, *y;
	unsigned int count;

	if (!each)
		each = ignore_name;
	if (a->type != b->type) {
		each("type", data);
		return 1;
	}
	x = output_json_fields(a);
	y = output_json_fields(b);
	count = differing(x, y, false, each, data) + differing(y, x, true, each, data);
	/* Of an exit it is only among what is decoded. */
	if (a->type == TEAVMX_EVENT_TYPE_VMX_EXIT && a->value != b->value) {
		each("value", data);
		count++;
	}
	json_decref(x);
	json_decref(y);
	return count;
}

/* Without what differs between any two runs */
static struct teavmx_record normal(const struct teavmx_record *record)
{
	struct teavmx_record copy;

	memcpy(&copy, record, sizeof(copy));
	copy.vm = 0;
	copy.seq = 0;
	copy.time = 0;
	copy.cpu = 0;
	copy.guest_ticks = 0;
	copy.bytes = NULL;
	copy.refusal = NULL;
	return copy;
}

/*
 * Nearly all records are equal byte for byte. The others are compared by their fields, as
 * bytes between members may differ.
 */
static bool is_equal(const struct teavmx_record *a, const struct teavmx_record *b)
{
	struct teavmx_record x = normal(a), y = normal(b);

	if (!memcmp(&x, &y, sizeof(x)) && !memcmp(a->bytes, b->bytes, a->size) &&
	    !strcmp(a->refusal ?: "", b->refusal ?: ""))
		return true;
	return !lanes_differences(a, b, NULL, NULL);
}

static void add_context(struct lane *lane, struct lane_item *item)
{
	lane->equal++;
	free(lane->context[0]);
	memmove(lane->context, lane->context + 1,
		(LANES_CONTEXT - 1) * sizeof(lane->context[0]));
	lane->context[LANES_CONTEXT - 1] = item;
}

static struct lane_item *take_item(struct lane *lane, unsigned int side)
{
	struct lane_item *item = lane->items[side];

	lane->items[side] = item->next;
	item->next = NULL;
	return item;
}

static void free_items(struct lane_item *item)
{
	struct lane_item *next;

	for (; item; item = next) {
		next = item->next;
		free(item);
	}
}

static void end_lane(struct lane *lane, enum lane_end end, unsigned int side)
{
	unsigned int i;

	lane->end = end;
	lane->short_side = side;
	for (i = 0; i < LANES_SIDES; i++)
		if (lane->items[i]) {
			free_items(lane->items[i]->next);
			lane->items[i]->next = NULL;
		}
}

static bool is_lost(const struct lane_item *item)
{
	return item->record.type == TEAVMX_EVENT_TYPE_LOST;
}

static void match_records(struct lane *lane)
{
	const struct lane_item *a = lane->items[0], *b = lane->items[1];

	if (is_equal(&a->record, &b->record)) {
		free(take_item(lane, 1));
		add_context(lane, take_item(lane, 0));
	} else {
		end_lane(lane, LANE_DIFFERS, 0);
	}
}

/* Removes the first characters of a queue, which are equal. */
static void drop_text(struct lane *lane, unsigned int side, size_t count)
{
	struct teavmx_record *record = &lane->items[side]->record;

	record->bytes += count;
	record->size -= count;
	if (!record->size)
		free(take_item(lane, side));
}

static void match_text(struct lane *lane)
{
	const struct teavmx_record *a = &lane->items[0]->record;
	const struct teavmx_record *b = &lane->items[1]->record;
	size_t count = a->size < b->size ? a->size : b->size;
	size_t equal = 0;

	while (equal < count && a->pid == b->pid && a->bytes[equal] == b->bytes[equal])
		equal++;
	lane->equal += equal;
	if (equal < count)
		end_lane(lane, LANE_DIFFERS, 0);
	drop_text(lane, 0, equal);
	drop_text(lane, 1, equal);
}

/* Compares what is first in both queues. */
static void match(struct lane *lane)
{
	bool a_lost = is_lost(lane->items[0]);

	if (a_lost || is_lost(lane->items[1]))
		end_lane(lane, LANE_LOST, a_lost ? 0 : 1);
	else if (lane->text)
		match_text(lane);
	else
		match_records(lane);
}

static int push(struct lane *lane, unsigned int side, const struct teavmx_record *record)
{
	struct lane_item *item;

	/* Nothing is compared beyond the first loss. */
	if (lane->end || (lane->items[side] && is_lost(lane->tail[side])))
		return 0;
	item = item_copy(record);
	if (!item)
		return -1;
	if (lane->items[side])
		lane->tail[side]->next = item;
	else
		lane->items[side] = item;
	lane->tail[side] = item;
	while (!lane->end && lane->items[0] && lane->items[1])
		match(lane);
	return 0;
}

/* Of a lane that begins after records of its VM were lost, some may be among those. */
static int push_losses(struct lanes *lanes, struct lane *lane)
{
	const struct teavmx_record lost = {
		.type = TEAVMX_EVENT_TYPE_LOST,
		.bytes = (const uint8_t *)"",
	};
	unsigned int side;

	for (side = 0; side < LANES_SIDES; side++)
		if (lane->vm < lanes->vm_count[side] &&
		    lanes->vms[side][lane->vm].lost &&
		    push(lane, side, &lost))
			return -1;
	return 0;
}

static struct lane *find_lane(struct lanes *lanes, const struct lane *key)
{
	size_t count = lanes->lanes.count;
	struct lane *lane = tree_find_or_add(&lanes->lanes, key, sizeof(*key),
					     compare_lanes);

	if (lane && lanes->lanes.count > count && push_losses(lanes, lane))
		return NULL;
	return lane;
}

static int add_loss(struct lanes *lanes, unsigned int side,
		    const struct teavmx_record *record)
{
	struct lane *lane;
	size_t i;
	int vm;

	if (!record->vm) {
		lanes->vms_lost += record->value;
		return 0;
	}
	vm = vm_index(lanes, side, record->vm);
	if (vm < 0)
		return -1;
	lanes->vms[side][vm].lost = true;
	for (i = 0; i < lanes->lanes.count; i++) {
		lane = lanes_lane(lanes, i);
		if (lane->vm == (uint32_t)vm && push(lane, side, record))
			return -1;
	}
	return 0;
}

/* Exits at times that the host and not the guest decides */
static bool is_hosts(const struct teavmx_record *record)
{
	uint32_t basic = record->reason & VMX_EXIT_BASIC_MASK;

	if (record->type != TEAVMX_EVENT_TYPE_VMX_EXIT)
		return false;
	return basic == VMX_EXIT_EXTERNAL_INTERRUPT ||
	       basic == VMX_EXIT_PREEMPTION_TIMER ||
	       (basic == VMX_EXIT_EXCEPTION_NMI &&
		(record->intr_info >> 8 & 7) == VMX_INTR_TYPE_NMI);
}

static uint32_t text_type(const struct teavmx_record *record)
{
	return record->type == TEAVMX_EVENT_TYPE_TEA_TEXT ||
	       record->type == TEAVMX_EVENT_TYPE_TEA_SERIAL ? record->type : 0;
}

static int add_record(struct lanes *lanes, unsigned int side,
		      const struct teavmx_record *record)
{
	struct lane key = {
		.vcpu = record->vcpu,
		.text = text_type(record),
	};
	int vm = vm_index(lanes, side, record->vm);
	struct lane *lane;

	if (vm < 0)
		return -1;
	key.vm = (uint32_t)vm;
	lane = find_lane(lanes, &key);
	if (!lane)
		return -1;
	return key.text && !record->size ? 0 : push(lane, side, record);
}

static int add(struct lanes *lanes, unsigned int side,
	       const struct teavmx_record *record)
{
	switch (record->type) {
	case TEAVMX_EVENT_TYPE_STATE:
	case TEAVMX_EVENT_TYPE_VM_NEW:
	case TEAVMX_EVENT_TYPE_VM_END:
		return 0;
	case TEAVMX_EVENT_TYPE_LOST:
		return add_loss(lanes, side, record);
	}
	if (lanes->all || !is_hosts(record))
		return add_record(lanes, side, record);
	lanes->left_out++;
	return 0;
}

/* What has no match when both recordings have ended has none there. */
static void end_lanes(struct lanes *lanes)
{
	struct lane *lane;
	size_t i;

	for (i = 0; i < lanes->lanes.count; i++) {
		lane = lanes_lane(lanes, i);
		if (!lane->end && lane->items[0])
			end_lane(lane, is_lost(lane->items[0]) ? LANE_LOST : LANE_SHORT,
				 !is_lost(lane->items[0]));
		else if (!lane->end && lane->items[1])
			end_lane(lane, is_lost(lane->items[1]) ? LANE_LOST : LANE_SHORT,
				 is_lost(lane->items[1]));
	}
}

int lanes_read(struct lanes *lanes, struct recording *const recordings[LANES_SIDES])
{
	struct teavmx_record record;
	unsigned int side;
	bool more;

	do {
		more = false;
		for (side = 0; side < LANES_SIDES; side++) {
			if (!recording_next(recordings[side], &record))
				continue;
			more = true;
			if (add(lanes, side, &record))
				return -1;
		}
	} while (more);
	end_lanes(lanes);
	return 0;
}

static void free_lane(void *entry)
{
	struct lane *lane = entry;
	unsigned int i;

	for (i = 0; i < LANES_CONTEXT; i++)
		free(lane->context[i]);
	for (i = 0; i < LANES_SIDES; i++)
		free_items(lane->items[i]);
	free(lane);
}

void lanes_free(struct lanes *lanes)
{
	unsigned int side;

	tree_free(&lanes->lanes, free_lane);
	for (side = 0; side < LANES_SIDES; side++)
		free(lanes->vms[side]);
}
