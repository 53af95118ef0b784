// SPDX-License-Identifier: GPL-2.0-only
/* The format of recordings: what is written is read, and what is malformed is not. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <uapi/compact.h>

#include "kselftest_harness.h"
#include "recording_attrs.h"

#define VM		7
#define RANDOM_ROUNDS	3000

/* The records of a whole recording: numbers and types */
static const struct {
	uint64_t seq;
	uint32_t type;
} expected[] = {
	{ 0, TEAVMX_EVENT_TYPE_VM_NEW },
	{ 1, TEAVMX_EVENT_TYPE_STATE },
	{ 2, TEAVMX_EVENT_TYPE_VMX_EXIT },
	{ 3, TEAVMX_EVENT_TYPE_TEA_TEXT },
	{ 4, TEAVMX_EVENT_TYPE_HOST_CHANGED },
	{ 5, TEAVMX_EVENT_TYPE_LOST },
	{ 0, TEAVMX_EVENT_TYPE_LOST },
	{ 9, TEAVMX_EVENT_TYPE_PORT_REQUEST },
	{ 0, TEAVMX_EVENT_TYPE_VM_END },
};

#define EXPECTED	(sizeof(expected) / sizeof(expected[0]))

static int write_change(int fd)
{
	struct attrs attrs = { 0 };

	put_u32(&attrs, TEAVMX_A_RECORD_TYPE, TEAVMX_EVENT_TYPE_HOST_CHANGED);
	put_u64(&attrs, TEAVMX_A_RECORD_SEQ, 4);
	put(&attrs, TEAVMX_A_RECORD_NAME, "cr4\33[2J", sizeof("cr4\33[2J"));
	put_u64(&attrs, TEAVMX_A_RECORD_BEFORE, 0x20);
	put_u64(&attrs, TEAVMX_A_RECORD_AFTER, 0x2020);
	return recording_write(output_of(fd), RECORDING_FULL, VM, attrs.bytes, attrs.size);
}

static const struct teavmx_compact first_items[] = {
	{
		.seq = 1,
		.type = TEAVMX_EVENT_TYPE_STATE,
		.state = { .state = TEAVMX_VCPU_STATE_RUNNING },
	}, {
		.seq = 2,
		.time = 5000,
		.vcpu = 3,
		.cpu = 1,
		.type = TEAVMX_EVENT_TYPE_VMX_EXIT,
		.exit = { .reason = 10, .rip = 0x1000, .value = 0x55 },
	}, {
		.seq = 3,
		.type = TEAVMX_EVENT_TYPE_TEA_TEXT,
		.text = { .size = 5, .bytes = "hello" },
	},
};

static const struct teavmx_compact last_items[] = {
	{
		.seq = 9,
		.type = TEAVMX_EVENT_TYPE_PORT_REQUEST,
		.request = { .request = 2, .port = 0x110, .access_size = 1 },
	},
};

static int write_records(int fd)
{
	const uint32_t vms = 2;

	return write_stream(fd, VM, TEAVMX_EVENT_TYPE_VM_NEW, 0, 0) ?:
	       recording_write(output_of(fd), RECORDING_COMPACT, VM, first_items,
			       sizeof(first_items)) ?:
	       write_change(fd) ?:
	       write_stream(fd, VM, TEAVMX_EVENT_TYPE_LOST, 5, 8) ?:
	       recording_write(output_of(fd), RECORDING_VMS_LOST, 0, &vms, sizeof(vms)) ?:
	       recording_write(output_of(fd), RECORDING_COMPACT, VM, last_items,
			       sizeof(last_items)) ?:
	       write_stream(fd, VM, TEAVMX_EVENT_TYPE_VM_END, 0, 9);
}

static int write_begin(int fd)
{
	const struct teavmx_info info = { .version = "1.2.3", .instance = 99,
					  .tsc_khz = 3000000 };
	const struct teavmx_caps caps = {
		.count = 2,
		.msrs = { { .number = 0x480, .value = 0x1234 }, { .number = 0x481 } },
	};

	return recording_begin(output_of(fd), &info, &caps);
}

FIXTURE(recording)
{
	char path[64];
	int fd;
	size_t size;
	char *bytes;
	struct recording *open;
	char message[RECORDING_MESSAGE_MAX + 64];
};

/* A whole recording, in the file and in memory */
FIXTURE_SETUP(recording)
{
	struct stat stat;

	self->fd = memfd_create("recording", 0);
	ASSERT_LE(0, self->fd);
	snprintf(self->path, sizeof(self->path), "/proc/self/fd/%d", self->fd);
	ASSERT_EQ(0, write_begin(self->fd));
	ASSERT_EQ(0, write_records(self->fd));
	ASSERT_EQ(0, recording_end(output_of(self->fd)));
	ASSERT_EQ(0, fstat(self->fd, &stat));
	self->size = (size_t)stat.st_size;
	self->bytes = malloc(self->size);
	ASSERT_EQ((ssize_t)self->size,
		  pread(self->fd, self->bytes, self->size, 0));
}

FIXTURE_TEARDOWN(recording)
{
	recording_close(self->open);
	free(self->bytes);
	close(self->fd);
}

static bool reopen(FIXTURE_DATA(recording) *self, const char *bytes, size_t size)
{
	recording_close(self->open);
	self->open = NULL;
	if (ftruncate(self->fd, 0) ||
	    pwrite(self->fd, bytes, size, 0) != (ssize_t)size)
		return false;
	self->open = recording_open(self->path, self->message,
				    sizeof(self->message));
	return self->open;
}

static struct recording_header *header_of(FIXTURE_DATA(recording) *self)
{
	return (struct recording_header *)self->bytes;
}

/* The bytes of the block number @index, the MSRs being 0 */
static struct recording_block *block_at(FIXTURE_DATA(recording) *self,
					unsigned int index)
{
	char *at = self->bytes + header_of(self)->size;

	while (index--)
		at += sizeof(struct recording_block) +
		      ((struct recording_block *)at)->size;
	return (struct recording_block *)at;
}

/* How many records are read, which must be those expected */
static size_t count_records(struct __test_metadata *_metadata,
			    FIXTURE_DATA(recording) *self)
{
	struct teavmx_record record;
	size_t count = 0;

	for (; recording_next(self->open, &record); count++) {
		ASSERT_GT(EXPECTED, count);
		EXPECT_EQ(expected[count].seq, record.seq);
		EXPECT_EQ(expected[count].type, record.type);
	}
	return count;
}

TEST_F(recording, whole)
{
	const struct teavmx_msr *msr;

	ASSERT_TRUE(reopen(self, self->bytes, self->size));
	EXPECT_EQ(EXPECTED, count_records(_metadata, self));
	EXPECT_EQ(NULL, recording_problem(self->open));
	EXPECT_EQ(0, recording_unknown(self->open));
	EXPECT_STREQ("1.2.3", recording_header(self->open)->module);
	EXPECT_EQ(99, recording_header(self->open)->instance);
	EXPECT_EQ(3000000, recording_header(self->open)->tsc_khz);
	EXPECT_LT(0, recording_header(self->open)->begun);
	EXPECT_LE(recording_header(self->open)->begun_monotonic,
		  recording_ended(self->open));
	msr = teavmx_caps_msr(recording_caps(self->open), 0x480);
	ASSERT_NE(NULL, msr);
	EXPECT_EQ(0x1234, msr->value);
}

static bool next_of(FIXTURE_DATA(recording) *self, uint32_t type,
		    struct teavmx_record *record)
{
	while (recording_next(self->open, record))
		if (record->type == type)
			return true;
	return false;
}

TEST_F(recording, fields)
{
	struct teavmx_record record;

	ASSERT_TRUE(reopen(self, self->bytes, self->size));
	ASSERT_TRUE(next_of(self, TEAVMX_EVENT_TYPE_VMX_EXIT, &record));
	EXPECT_EQ(VM, record.vm);
	EXPECT_EQ(3, record.vcpu);
	EXPECT_EQ(5000, record.time);
	EXPECT_EQ(10, record.reason);
	EXPECT_EQ(0x1000, record.rip);
	EXPECT_EQ(0x55, record.value);
	ASSERT_TRUE(next_of(self, TEAVMX_EVENT_TYPE_TEA_TEXT, &record));
	ASSERT_EQ(5, record.size);
	EXPECT_EQ(0, memcmp("hello", record.bytes, 5));
	ASSERT_TRUE(next_of(self, TEAVMX_EVENT_TYPE_LOST, &record));
	EXPECT_EQ(4, record.lost);
	EXPECT_EQ(8, record.last);
	ASSERT_TRUE(next_of(self, TEAVMX_EVENT_TYPE_LOST, &record));
	EXPECT_EQ(0, record.vm);
	EXPECT_EQ(2, record.value);
}

/* Names from a file do not reach the terminal as they are. */
TEST_F(recording, controls)
{
	struct teavmx_record record;

	memcpy(header_of(self)->kernel, "6.1\33[2J\377", 9);
	ASSERT_TRUE(reopen(self, self->bytes, self->size));
	EXPECT_STREQ("6.1?[2J?", recording_header(self->open)->kernel);
	ASSERT_TRUE(next_of(self, TEAVMX_EVENT_TYPE_HOST_CHANGED, &record));
	EXPECT_STREQ("cr4?[2J", (const char *)record.bytes);
	EXPECT_EQ(0x20, record.before);
}

/* A recording that is cut anywhere has the records of its whole blocks. */
TEST_F(recording, cut_at_every_byte)
{
	size_t records, before = 0;
	char problem[64];
	size_t size;

	for (size = 0; size < self->size; size++) {
		snprintf(problem, sizeof(problem), "cut at byte %zu,", size);
		if (!reopen(self, self->bytes, size)) {
			EXPECT_GT(header_of(self)->size, size);
			EXPECT_NE(NULL, strstr(self->message,
					       size ? problem : "empty"));
			continue;
		}
		records = count_records(_metadata, self);
		EXPECT_LE(before, records);
		ASSERT_NE(NULL, recording_problem(self->open));
		EXPECT_EQ(0, strncmp(problem, recording_problem(self->open),
				     strlen(problem)));
		before = records;
	}
	EXPECT_EQ(EXPECTED, before);
}

TEST_F(recording, other_files)
{
	char text[300] = "#!/bin/sh";

	EXPECT_FALSE(reopen(self, text, sizeof(text)));
	EXPECT_NE(NULL, strstr(self->message, "not a recording"));
	EXPECT_FALSE(reopen(self, "text", 4));
	EXPECT_NE(NULL, strstr(self->message, "not a recording"));
	header_of(self)->version = 2;
	EXPECT_FALSE(reopen(self, self->bytes, self->size));
	EXPECT_NE(NULL, strstr(self->message, "has version 2"));
	EXPECT_EQ(NULL, recording_open("/", self->message, sizeof(self->message)));
	EXPECT_NE(NULL, strstr(self->message, "Is a directory"));
	EXPECT_EQ(NULL, recording_open("/missing", self->message,
				       sizeof(self->message)));
	EXPECT_NE(NULL, strstr(self->message, "/missing: No such file"));
}

static const uint32_t wrong_sizes[] = { 0, 1, 4097, UINT32_MAX };

TEST_F(recording, malformed_header)
{
	const uint32_t size = header_of(self)->size;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(wrong_sizes); i++) {
		header_of(self)->size = wrong_sizes[i];
		EXPECT_FALSE(reopen(self, self->bytes, self->size));
		header_of(self)->size = size;
		header_of(self)->compact_size = wrong_sizes[i];
		EXPECT_FALSE(reopen(self, self->bytes, self->size));
		EXPECT_NE(NULL, strstr(self->message, "malformed header"));
		header_of(self)->compact_size = sizeof(struct teavmx_compact);
	}
}

/* A later format may have a longer header and other kinds of blocks. */
TEST_F(recording, later_format)
{
	const uint32_t size = header_of(self)->size;
	char *longer = calloc(1, self->size + 16);

	memcpy(longer, self->bytes, size);
	memcpy(longer + size + 16, self->bytes + size, self->size - size);
	((struct recording_header *)longer)->size += 16;
	ASSERT_TRUE(reopen(self, longer, self->size + 16));
	EXPECT_EQ(EXPECTED, count_records(_metadata, self));
	EXPECT_EQ(NULL, recording_problem(self->open));
	EXPECT_EQ(0, recording_unknown(self->open));
	free(longer);
	block_at(self, 0)->kind = 1000;
	ASSERT_TRUE(reopen(self, self->bytes, self->size));
	EXPECT_EQ(EXPECTED, count_records(_metadata, self));
	EXPECT_EQ(1, recording_unknown(self->open));
	EXPECT_EQ(0, recording_caps(self->open)->count);
}

static void write_sized(int fd, size_t item_size)
{
	char items[2 * 256] = { 0 };
	struct teavmx_compact item = first_items[1];
	unsigned int i;

	for (i = 0; i < 2; i++, item.seq++)
		memcpy(items + i * item_size, &item,
		       item_size < sizeof(item) ? item_size : sizeof(item));
	recording_write(output_of(fd), RECORDING_COMPACT, VM, items, 2 * item_size);
}

/* The compact records of an earlier or a later module are shorter or longer. */
TEST_F(recording, other_compact_size)
{
	static const uint32_t sizes[] = { 64, 256 };
	struct teavmx_record record;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		header_of(self)->compact_size = sizes[i];
		ASSERT_TRUE(reopen(self, self->bytes, header_of(self)->size));
		ASSERT_LT(0, lseek(self->fd, 0, SEEK_END));
		write_sized(self->fd, sizes[i]);
		ASSERT_TRUE(recording_next(self->open, &record));
		EXPECT_EQ(2, record.seq);
		EXPECT_EQ(0x1000, record.rip);
		ASSERT_TRUE(recording_next(self->open, &record));
		EXPECT_EQ(3, record.seq);
		EXPECT_EQ(0x1000, record.rip);
	}
}

/* The records before a malformed block are read, and those in it are not. */
TEST_F(recording, malformed_block)
{
	struct teavmx_compact *items = (void *)(block_at(self, 2) + 1);
	const uint64_t at = (uint64_t)((char *)block_at(self, 2) - self->bytes);
	char problem[64];

	snprintf(problem, sizeof(problem), "malformed block at byte %llu",
		 (unsigned long long)at);
	items[2].text.size = TEAVMX_COMPACT_BYTES + 1;
	ASSERT_TRUE(reopen(self, self->bytes, self->size));
	EXPECT_EQ(1, count_records(_metadata, self));
	EXPECT_STREQ(problem, recording_problem(self->open));
	items[2].type = TEAVMX_EVENT_TYPE_HOST_CHANGED;
	ASSERT_TRUE(reopen(self, self->bytes, self->size));
	EXPECT_EQ(1, count_records(_metadata, self));
	EXPECT_STREQ(problem, recording_problem(self->open));
	block_at(self, 2)->size = RECORDING_BLOCK_MAX + 1;
	ASSERT_TRUE(reopen(self, self->bytes, self->size));
	EXPECT_EQ(1, count_records(_metadata, self));
	EXPECT_STREQ(problem, recording_problem(self->open));
}

static uint64_t checksum(const struct teavmx_record *record)
{
	uint64_t sum = record->seq + record->type + strlen(record->refusal ?: "");
	size_t i;

	for (i = 0; i < record->size; i++)
		sum += record->bytes[i];
	return sum;
}

/* Sanitizers end the test if anything beyond the file is read. */
TEST_F(recording, random_bytes)
{
	struct teavmx_record record;
	uint64_t sum = 0;
	unsigned int round, changes;
	char *changed = malloc(self->size);

	srandom(1);
	for (round = 0; round < RANDOM_ROUNDS; round++) {
		memcpy(changed, self->bytes, self->size);
		for (changes = 1 + round % 8; changes; changes--)
			changed[(size_t)random() % self->size] = (char)random();
		if (!reopen(self, changed, self->size))
			continue;
		while (recording_next(self->open, &record))
			sum += checksum(&record);
	}
	EXPECT_NE(0, sum);
	free(changed);
}

/* What of a block has no room is removed. */
TEST_F(recording, no_room)
{
	const struct teavmx_compact item = { .seq = 1 };
	int full = open("/dev/full", O_WRONLY);

	ASSERT_LE(0, full);
	EXPECT_EQ(-1, recording_write(output_of(full), RECORDING_COMPACT, VM, &item,
				      sizeof(item)));
	EXPECT_EQ(ENOSPC, errno);
	close(full);
	EXPECT_EQ(-1, recording_write(output_of(self->fd), RECORDING_COMPACT, VM, &item,
				      RECORDING_BLOCK_MAX + 1));
	EXPECT_EQ(EMSGSIZE, errno);
}

/* A pipe that takes a part of each block only, and its reader */
static int ends[2];
static char passed[3 * RECORDING_BLOCK_MAX];
static size_t passed_size;
static unsigned int waits_left;

static int read_on(int fd)
{
	ssize_t size = 0;

	errno = EINTR;
	if (fd == ends[1] && waits_left--)
		size = read(ends[0], passed + passed_size, sizeof(passed) - passed_size);
	if (size > 0)
		passed_size += (size_t)size;
	return size > 0 ? 0 : errno;
}

static int leave(int fd)
{
	(void)fd;
	return close(ends[0]);
}

FIXTURE(pipe)
{
	struct recording_output to;
	char block[RECORDING_BLOCK_MAX];
};

FIXTURE_SETUP(pipe)
{
	size_t i;

	signal(SIGPIPE, SIG_IGN);
	ASSERT_EQ(0, pipe2(ends, O_NONBLOCK));
	ASSERT_LE(0, fcntl(ends[1], F_SETPIPE_SZ, 4096));
	self->to = (struct recording_output){ ends[1], read_on };
	for (i = 0; i < sizeof(self->block); i++)
		self->block[i] = (char)(i / 7);
	waits_left = ~0u;
}

FIXTURE_TEARDOWN(pipe)
{
	close(ends[1]);
}

TEST_F(pipe, parts)
{
	struct recording_block head;

	ASSERT_EQ(0, recording_write(&self->to, RECORDING_FULL, VM, self->block,
				     sizeof(self->block)));
	ASSERT_EQ(0, recording_end(&self->to));
	while (!read_on(ends[1]))
		;
	ASSERT_EQ(2 * sizeof(head) + sizeof(self->block) + sizeof(uint64_t), passed_size);
	memcpy(&head, passed, sizeof(head));
	EXPECT_EQ(sizeof(self->block), head.size);
	EXPECT_EQ(0, memcmp(passed + sizeof(head), self->block, sizeof(self->block)));
	memcpy(&head, passed + sizeof(head) + sizeof(self->block), sizeof(head));
	EXPECT_EQ(RECORDING_END, head.kind);
}

TEST_F(pipe, interrupted)
{
	waits_left = 2;
	EXPECT_EQ(-1, recording_write(&self->to, RECORDING_FULL, VM, self->block,
				      sizeof(self->block)));
	EXPECT_EQ(EINTR, errno);
}

/* The failure is that of the pipe, and not that it cannot be shortened. */
TEST_F(pipe, reader_leaves)
{
	self->to.wait = leave;
	EXPECT_EQ(-1, recording_write(&self->to, RECORDING_FULL, VM, self->block,
				      sizeof(self->block)));
	EXPECT_EQ(EPIPE, errno);
}

/* A file can take a part of a block, which is removed. */
TEST_F(recording, part_of_a_block)
{
	const struct rlimit limit = { self->size + 20, RLIM_INFINITY };
	char block[64] = { 0 };
	struct stat stat;

	signal(SIGXFSZ, SIG_IGN);
	ASSERT_EQ(0, setrlimit(RLIMIT_FSIZE, &limit));
	EXPECT_EQ(-1, recording_write(output_of(self->fd), RECORDING_FULL, VM, block,
				      sizeof(block)));
	EXPECT_EQ(EFBIG, errno);
	ASSERT_EQ(0, fstat(self->fd, &stat));
	EXPECT_EQ(self->size, stat.st_size);
	EXPECT_EQ(self->size, lseek(self->fd, 0, SEEK_CUR));
}

TEST(lost_blocks)
{
	unsigned long long lost = 0;
	struct attrs attrs = { 0 };
	const uint32_t vms = 3;

	put_u32(&attrs, TEAVMX_A_RECORD_TYPE, TEAVMX_EVENT_TYPE_VM_END);
	put_u64(&attrs, TEAVMX_A_RECORD_LAST, 14);
	EXPECT_FALSE(recording_lost(RECORDING_FULL, attrs.bytes, attrs.size, &lost));
	EXPECT_FALSE(recording_lost(RECORDING_COMPACT, attrs.bytes, attrs.size, &lost));
	EXPECT_EQ(0, lost);
	attrs.size = 0;
	put_u32(&attrs, TEAVMX_A_RECORD_TYPE, TEAVMX_EVENT_TYPE_LOST);
	put_u64(&attrs, TEAVMX_A_RECORD_SEQ, 5);
	put_u64(&attrs, TEAVMX_A_RECORD_LAST, 14);
	EXPECT_TRUE(recording_lost(RECORDING_FULL, attrs.bytes, attrs.size, &lost));
	EXPECT_EQ(10, lost);
	/* How many records of these VMs were lost is not known. */
	EXPECT_TRUE(recording_lost(RECORDING_VMS_LOST, &vms, sizeof(vms), &lost));
	EXPECT_EQ(10, lost);
}

TEST_HARNESS_MAIN
