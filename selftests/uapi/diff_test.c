// SPDX-License-Identifier: GPL-2.0-only
/* What report counts of a recording, and what diff finds in two. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <uapi/compact.h>
#include <userspace/teavmx/lanes.h>
#include <userspace/teavmx/tally.h>

#include "kselftest_harness.h"
#include "recording_attrs.h"

#define ROWS	3

FIXTURE(diff)
{
	int fds[LANES_SIDES];
	uint64_t seq[LANES_SIDES];
	struct recording *recordings[LANES_SIDES];
	struct lanes lanes;
	struct tally tally;
	struct tally_exit slowest[ROWS];
};

FIXTURE_SETUP(diff)
{
	const struct teavmx_info info = { .version = "1", .tsc_khz = 2000000 };
	unsigned int side;

	for (side = 0; side < LANES_SIDES; side++) {
		self->fds[side] = memfd_create("recording", 0);
		ASSERT_LE(0, self->fds[side]);
		ASSERT_EQ(0, recording_begin(output_of(self->fds[side]), &info, NULL));
	}
	self->tally.limit = ROWS;
	self->tally.slowest = self->slowest;
}

FIXTURE_TEARDOWN(diff)
{
	unsigned int side;

	for (side = 0; side < LANES_SIDES; side++) {
		recording_close(self->recordings[side]);
		close(self->fds[side]);
	}
	lanes_free(&self->lanes);
	tally_free(&self->tally);
}

/* The numbers of the VMs differ between the sides, and so do the numbers of records. */
static void add(FIXTURE_DATA(diff) *self, unsigned int side,
		struct teavmx_compact item)
{
	self->seq[side] += 1 + side;
	item.seq = self->seq[side];
	item.cpu = (uint16_t)side;
	if (!item.time)
		item.time = 1000 * self->seq[side];
	recording_write(output_of(self->fds[side]), RECORDING_COMPACT, 5 + side, &item,
			sizeof(item));
}

static struct teavmx_compact exit_of(uint32_t vcpu, uint32_t reason, uint64_t rip)
{
	return (struct teavmx_compact){
		.type = TEAVMX_EVENT_TYPE_VMX_EXIT,
		.vcpu = vcpu,
		.exit = { .reason = reason, .rip = rip },
	};
}

static struct teavmx_compact text_of(uint32_t type, const char *text)
{
	struct teavmx_compact item = {
		.type = type,
		.vcpu = 1,
		.text = { .size = (uint8_t)strlen(text) },
	};

	memcpy(item.text.bytes, text, strlen(text));
	return item;
}

static void add_both(FIXTURE_DATA(diff) *self, struct teavmx_compact item)
{
	add(self, 0, item);
	add(self, 1, item);
}

static void add_lost(FIXTURE_DATA(diff) *self, unsigned int side)
{
	write_stream(self->fds[side], 5 + side, TEAVMX_EVENT_TYPE_LOST,
		     self->seq[side] + 1, self->seq[side] + 10);
	self->seq[side] += 10;
}

static struct recording *open_side(FIXTURE_DATA(diff) *self, unsigned int side)
{
	char message[RECORDING_MESSAGE_MAX + 64];
	char path[64];

	recording_end(output_of(self->fds[side]));
	snprintf(path, sizeof(path), "/proc/self/fd/%d", self->fds[side]);
	self->recordings[side] = recording_open(path, message, sizeof(message));
	return self->recordings[side];
}

static int compare(FIXTURE_DATA(diff) *self)
{
	unsigned int side;

	for (side = 0; side < LANES_SIDES; side++)
		if (!open_side(self, side))
			return -1;
	return lanes_read(&self->lanes, self->recordings);
}

/* The lane of a vCPU, for text of a type or for what is no text */
static const struct lane *lane_of(FIXTURE_DATA(diff) *self, uint32_t vcpu,
				  uint32_t text)
{
	size_t i;

	for (i = 0; i < self->lanes.lanes.count; i++)
		if (lanes_lane(&self->lanes, i)->vcpu == vcpu &&
		    lanes_lane(&self->lanes, i)->text == text)
			return lanes_lane(&self->lanes, i);
	return NULL;
}

static void add_name(const char *name, void *data)
{
	strcat(data, name);
	strcat(data, " ");
}

TEST_F(diff, equal)
{
	struct teavmx_compact ticks = exit_of(1, VMX_EXIT_CPUID, 0x1000);
	const struct lane *lane;

	add(self, 0, exit_of(1, VMX_EXIT_CPUID, 0x1000));
	ticks.exit.guest_ticks = 5;
	add(self, 1, ticks);
	add(self, 1, exit_of(1, VMX_EXIT_EXTERNAL_INTERRUPT, 0x1001));
	add_both(self, exit_of(1, VMX_EXIT_HLT, 0x1002));
	ASSERT_EQ(0, compare(self));
	lane = lane_of(self, 1, 0);
	ASSERT_NE(NULL, lane);
	EXPECT_EQ(LANE_EQUAL, lane->end);
	EXPECT_EQ(2, lane->equal);
	EXPECT_EQ(1, self->lanes.left_out);
}

TEST_F(diff, host_exits_with_all)
{
	self->lanes.all = true;
	add_both(self, exit_of(1, VMX_EXIT_CPUID, 0x1000));
	add(self, 1, exit_of(1, VMX_EXIT_EXTERNAL_INTERRUPT, 0x1001));
	add_both(self, exit_of(1, VMX_EXIT_HLT, 0x1002));
	ASSERT_EQ(0, compare(self));
	EXPECT_EQ(LANE_DIFFERS, lane_of(self, 1, 0)->end);
	EXPECT_EQ(0, self->lanes.left_out);
}

/* The vCPUs can be interleaved in any way. */
TEST_F(diff, order_across_vcpus)
{
	add(self, 0, exit_of(1, VMX_EXIT_CPUID, 1));
	add(self, 0, exit_of(1, VMX_EXIT_CPUID, 2));
	add(self, 0, exit_of(2, VMX_EXIT_HLT, 3));
	add(self, 1, exit_of(2, VMX_EXIT_HLT, 3));
	add(self, 1, exit_of(1, VMX_EXIT_CPUID, 1));
	add(self, 1, exit_of(1, VMX_EXIT_CPUID, 2));
	ASSERT_EQ(0, compare(self));
	EXPECT_EQ(LANE_EQUAL, lane_of(self, 1, 0)->end);
	EXPECT_EQ(2, lane_of(self, 1, 0)->equal);
	EXPECT_EQ(LANE_EQUAL, lane_of(self, 2, 0)->end);
}

TEST_F(diff, first_difference)
{
	const struct lane *lane;
	char names[64] = "";
	uint64_t rip;

	for (rip = 0; rip < 5; rip++)
		add_both(self, exit_of(1, VMX_EXIT_CPUID, rip));
	add(self, 0, exit_of(1, VMX_EXIT_CPUID, 0x50));
	add(self, 1, exit_of(1, VMX_EXIT_CPUID, 0x60));
	add_both(self, exit_of(1, VMX_EXIT_HLT, 0x70));
	add_both(self, exit_of(2, VMX_EXIT_HLT, 0x70));
	ASSERT_EQ(0, compare(self));
	lane = lane_of(self, 1, 0);
	ASSERT_EQ(LANE_DIFFERS, lane->end);
	EXPECT_EQ(5, lane->equal);
	EXPECT_EQ(2, lane->context[0]->record.rip);
	EXPECT_EQ(4, lane->context[LANES_CONTEXT - 1]->record.rip);
	EXPECT_EQ(0x50, lane->items[0]->record.rip);
	EXPECT_EQ(0x60, lane->items[1]->record.rip);
	EXPECT_EQ(1, lanes_differences(&lane->items[0]->record,
				       &lane->items[1]->record, add_name, names));
	EXPECT_STREQ("rip ", names);
	EXPECT_EQ(LANE_EQUAL, lane_of(self, 2, 0)->end);
}

/* Text and JSON show it only decoded. */
TEST_F(diff, value)
{
	struct teavmx_compact item = exit_of(1, VMX_EXIT_VMCALL, 1);
	const struct lane *lane;
	char names[64] = "";

	item.has = UINT64_C(1) << TEAVMX_A_RECORD_VALUE;
	item.exit.value = 2;
	add(self, 0, item);
	item.exit.value = 3;
	add(self, 1, item);
	ASSERT_EQ(0, compare(self));
	lane = lane_of(self, 1, 0);
	ASSERT_EQ(LANE_DIFFERS, lane->end);
	lanes_differences(&lane->items[0]->record, &lane->items[1]->record, add_name,
			  names);
	EXPECT_STREQ("value ", names);
}

static void add_refused(FIXTURE_DATA(diff) *self, unsigned int side, const char *why)
{
	struct attrs attrs = { 0 };

	put_u32(&attrs, TEAVMX_A_RECORD_TYPE, TEAVMX_EVENT_TYPE_TEA_REFUSED);
	put_u64(&attrs, TEAVMX_A_RECORD_SEQ, ++self->seq[side]);
	put(&attrs, TEAVMX_A_RECORD_MESSAGE, "m", 1);
	put(&attrs, TEAVMX_A_RECORD_NAME, why, strlen(why) + 1);
	recording_write(output_of(self->fds[side]), RECORDING_FULL, 5 + side, attrs.bytes,
			attrs.size);
}

TEST_F(diff, refusal)
{
	const struct lane *lane;
	char names[64] = "";

	add_refused(self, 0, "odd");
	add_refused(self, 1, "odd");
	add_refused(self, 0, "one");
	add_refused(self, 1, "two");
	ASSERT_EQ(0, compare(self));
	lane = lane_of(self, 0, 0);
	ASSERT_EQ(LANE_DIFFERS, lane->end);
	EXPECT_EQ(1, lane->equal);
	lanes_differences(&lane->items[0]->record, &lane->items[1]->record, add_name,
			  names);
	EXPECT_STREQ("reason ", names);
}

TEST_F(diff, short_side)
{
	add_both(self, exit_of(1, VMX_EXIT_CPUID, 1));
	add(self, 1, exit_of(1, VMX_EXIT_CPUID, 2));
	add(self, 0, exit_of(2, VMX_EXIT_CPUID, 2));
	ASSERT_EQ(0, compare(self));
	EXPECT_EQ(LANE_SHORT, lane_of(self, 1, 0)->end);
	EXPECT_EQ(0, lane_of(self, 1, 0)->short_side);
	EXPECT_EQ(LANE_SHORT, lane_of(self, 2, 0)->end);
	EXPECT_EQ(1, lane_of(self, 2, 0)->short_side);
}

/* Nothing after lost records is compared, also of a vCPU that begins only then. */
TEST_F(diff, lost)
{
	add_both(self, exit_of(1, VMX_EXIT_CPUID, 1));
	add_lost(self, 1);
	add_both(self, exit_of(1, VMX_EXIT_CPUID, 2));
	add_both(self, exit_of(2, VMX_EXIT_CPUID, 3));
	ASSERT_EQ(0, compare(self));
	EXPECT_EQ(LANE_LOST, lane_of(self, 1, 0)->end);
	EXPECT_EQ(1, lane_of(self, 1, 0)->short_side);
	EXPECT_EQ(1, lane_of(self, 1, 0)->equal);
	EXPECT_EQ(LANE_LOST, lane_of(self, 2, 0)->end);
}

#define TEXT	TEAVMX_EVENT_TYPE_TEA_TEXT
#define SERIAL	TEAVMX_EVENT_TYPE_TEA_SERIAL

/* Text can be divided in any way, and be before or after exits. */
static void check_text(struct __test_metadata *_metadata, FIXTURE_DATA(diff) *self,
		       uint32_t type)
{
	const struct lane *lane;

	add(self, 0, text_of(type, "hello"));
	add(self, 0, exit_of(1, VMX_EXIT_VMCALL, 1));
	add(self, 0, text_of(type, ", world"));
	add(self, 1, exit_of(1, VMX_EXIT_VMCALL, 1));
	add(self, 1, text_of(type, "hello, "));
	add(self, 1, text_of(type, "w"));
	add(self, 1, text_of(type, "orLd"));
	ASSERT_EQ(0, compare(self));
	EXPECT_EQ(LANE_EQUAL, lane_of(self, 1, 0)->end);
	lane = lane_of(self, 1, type);
	ASSERT_NE(NULL, lane);
	ASSERT_EQ(LANE_DIFFERS, lane->end);
	EXPECT_EQ(strlen("hello, wor"), lane->equal);
	EXPECT_EQ('l', lane->items[0]->record.bytes[0]);
	EXPECT_EQ('L', lane->items[1]->record.bytes[0]);
}

TEST_F(diff, text)
{
	check_text(_metadata, self, TEXT);
}

TEST_F(diff, serial)
{
	check_text(_metadata, self, SERIAL);
}

TEST_F(diff, text_and_serial)
{
	add(self, 0, text_of(TEXT, "text"));
	add(self, 0, text_of(SERIAL, "serial"));
	add(self, 1, text_of(SERIAL, "serial"));
	add(self, 1, text_of(TEXT, "text"));
	ASSERT_EQ(0, compare(self));
	EXPECT_EQ(LANE_EQUAL, lane_of(self, 1, TEXT)->end);
	EXPECT_EQ(LANE_EQUAL, lane_of(self, 1, SERIAL)->end);
}

TEST_F(diff, short_text)
{
	add_both(self, text_of(TEXT, "same"));
	add(self, 0, text_of(TEXT, ""));
	add(self, 1, text_of(TEXT, " more"));
	ASSERT_EQ(0, compare(self));
	EXPECT_EQ(LANE_SHORT, lane_of(self, 1, TEXT)->end);
	EXPECT_EQ(0, lane_of(self, 1, TEXT)->short_side);
	EXPECT_EQ(strlen("same"), lane_of(self, 1, TEXT)->equal);
}

/* KiB by which the comparison has grown this process */
static long growth(FIXTURE_DATA(diff) *self)
{
	struct rusage before, after;

	getrusage(RUSAGE_SELF, &before);
	if (compare(self))
		return -1;
	getrusage(RUSAGE_SELF, &after);
	return after.ru_maxrss - before.ru_maxrss;
}

#define MANY	20000

/* Of text that has no match yet, each record needs memory, and not each character. */
TEST_F(diff, memory_for_text)
{
	unsigned int i;
	long grown;

	for (i = 0; i < MANY; i++)
		add(self, 0, text_of(TEXT, "0123456789abcdef0123456789abcdef"));
	grown = growth(self);
	EXPECT_LE(0, grown);
	EXPECT_GT(MANY, grown);
}

/* A vCPU is not compared beyond the first loss, so the next ones need no memory. */
TEST_F(diff, memory_after_loss)
{
	unsigned int i;
	long grown;

	add(self, 0, exit_of(1, VMX_EXIT_CPUID, 1));
	for (i = 0; i < 5 * MANY; i++)
		add_lost(self, 0);
	grown = growth(self);
	EXPECT_LE(0, grown);
	EXPECT_GT(MANY / 2, grown);
	EXPECT_EQ(LANE_SHORT, lane_of(self, 1, 0)->end);
}

TEST_F(diff, tally)
{
	struct teavmx_compact item = exit_of(1, VMX_EXIT_CPUID, 0x1000);
	uint64_t time;

	for (time = 1000; time <= 5000; time += 1000) {
		item.time = time;
		add(self, 0, item);
	}
	item = exit_of(1, VMX_EXIT_HLT, 0x2000);
	item.time = 5500;
	/* 200 ns of the 500 before it were in the guest. */
	item.has = UINT64_C(1) << TEAVMX_A_RECORD_GUEST_TICKS;
	item.exit.guest_ticks = 400;
	add(self, 0, item);
	item.has = 0;
	item.time = 9500;
	add(self, 0, item);
	add_lost(self, 0);
	item.time = 900000;
	add(self, 0, item);
	ASSERT_NE(NULL, open_side(self, 0));
	ASSERT_EQ(0, tally_read(&self->tally, self->recordings[0]));
	EXPECT_EQ(8, self->tally.records);
	EXPECT_EQ(8, self->tally.spans.exits);
	EXPECT_EQ(10, self->tally.spans.lost);
	EXPECT_EQ(1, self->tally.gap_count);
	EXPECT_EQ(1, self->tally.spans.vcpus.count);
	EXPECT_EQ(VMX_EXIT_CPUID, self->tally.reasons[0].reason);
	EXPECT_EQ(5, self->tally.reasons[0].count);
	EXPECT_EQ(5, self->tally.reasons[0].timed);
	EXPECT_EQ(4300, self->tally.reasons[0].time);
	EXPECT_EQ(1000, self->tally.reasons[0].longest);
	/* Of the exit before the gap and of the last one it is not known. */
	EXPECT_EQ(3, self->tally.reasons[1].count);
	EXPECT_EQ(1, self->tally.reasons[1].timed);
	ASSERT_EQ(ROWS, self->tally.slowest_count);
	EXPECT_EQ(4000, self->slowest[0].time);
	EXPECT_EQ(VMX_EXIT_HLT, self->slowest[0].record.reason);
	EXPECT_EQ(1000, self->slowest[2].time);
	ASSERT_EQ(2, self->tally.place_tree.count);
	EXPECT_EQ(5, self->tally.places[0].count);
	EXPECT_EQ(0x1000, self->tally.places[0].rip);
}

static struct teavmx_compact at(struct teavmx_compact item, uint64_t time)
{
	item.time = time;
	return item;
}

/* The cost of an exit lasts until the next entry or state: text is part of it. */
TEST_F(diff, tally_ends_of_exits)
{
	struct teavmx_compact next = exit_of(1, VMX_EXIT_HLT, 0x1002);
	const struct teavmx_compact state = {
		.type = TEAVMX_EVENT_TYPE_STATE,
		.vcpu = 1,
		.state = { .state = TEAVMX_VCPU_STATE_PAUSED },
	};

	add(self, 0, at(exit_of(1, VMX_EXIT_CPUID, 0x1000), 1000));
	add(self, 0, at(text_of(TEXT, "text"), 1100));
	next.has = UINT64_C(1) << TEAVMX_A_RECORD_GUEST_TICKS;
	next.exit.guest_ticks = 2000;
	add(self, 0, at(next, 5000));
	add(self, 0, at(text_of(TEXT, "text"), 5100));
	add(self, 0, at(state, 5700));
	ASSERT_NE(NULL, open_side(self, 0));
	ASSERT_EQ(0, tally_read(&self->tally, self->recordings[0]));
	ASSERT_EQ(2, self->tally.slowest_count);
	EXPECT_EQ(VMX_EXIT_CPUID, self->slowest[0].record.reason);
	EXPECT_EQ(3000, self->slowest[0].time);
	EXPECT_EQ(700, self->slowest[1].time);
}

/* The losses of one VM leave the exits of another one known. */
TEST_F(diff, tally_of_another_vm)
{
	add(self, 0, at(exit_of(1, VMX_EXIT_CPUID, 0x1000), 1000));
	write_stream(self->fds[0], 99, TEAVMX_EVENT_TYPE_LOST, 1, 10);
	add(self, 0, at(exit_of(1, VMX_EXIT_CPUID, 0x1000), 1500));
	ASSERT_NE(NULL, open_side(self, 0));
	ASSERT_EQ(0, tally_read(&self->tally, self->recordings[0]));
	EXPECT_EQ(1, self->tally.reasons[0].timed);
	EXPECT_EQ(500, self->tally.reasons[0].time);
}

/* The numbers of side 1 are not consecutive, as after a filter. */
TEST_F(diff, tally_of_a_filtered_recording)
{
	add(self, 1, exit_of(1, VMX_EXIT_CPUID, 0x1000));
	add(self, 1, exit_of(1, VMX_EXIT_CPUID, 0x1000));
	ASSERT_NE(NULL, open_side(self, 1));
	ASSERT_EQ(0, tally_read(&self->tally, self->recordings[1]));
	EXPECT_EQ(1, self->tally.spans.left_out);
	EXPECT_EQ(2, self->tally.reasons[0].count);
	EXPECT_EQ(0, self->tally.reasons[0].timed);
}

TEST_HARNESS_MAIN
