// SPDX-License-Identifier: GPL-2.0-only
/*
 * The events: in order, without a gap, and what a slow reader missed is read
 * again or shown as lost.
 */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "expect.h"

#define CHATTER		65536

FIXTURE(event)
{
	struct teavmx *teavmx;
	enum teavmx_backend backend;
	uint32_t vm;
	uint64_t next;
	uint64_t lost;
	size_t text;
	unsigned int exits;
	unsigned int messages;
	bool exited;
};

FIXTURE_SETUP(event)
{
	self->teavmx = machine_open();
	self->backend = machine_backend(self->teavmx);
	self->next = 1;
}

FIXTURE_TEARDOWN(event)
{
	teavmx_close(self->teavmx);
}

static int begin(struct __test_metadata *_metadata,
		 FIXTURE_DATA(event) *self, int buffer)
{
	struct teavmx_vm vm;

	if (teavmx_event_open(self->teavmx, buffer) ||
	    teavmx_vm_new(self->teavmx, 0, &vm) ||
	    teavmx_event_watch(self->teavmx, vm.id, 1))
		return -1;
	EXPECT_EQ(1, vm.next_seq);
	self->vm = vm.id;
	return 0;
}

static void count(struct __test_metadata *_metadata, FIXTURE_DATA(event) *self,
		  const struct teavmx_record *record)
{
	EXPECT_EQ(self->vm, record->vm);
	if (record->type == TEAVMX_EVENT_TYPE_VM_NEW)
		return;
	EXPECT_EQ(self->next, record->seq);
	self->next = record->seq + 1;
	switch (record->type) {
	case TEAVMX_EVENT_TYPE_LOST:
		self->lost += record->lost;
		self->next = record->seq + record->lost;
		break;
	case TEAVMX_EVENT_TYPE_TEA_TEXT:
		EXPECT_LT(0, record->size);
		self->text += record->size;
		break;
	case TEAVMX_EVENT_TYPE_TEA_EXIT:
		self->messages++;
		break;
	case TEAVMX_EVENT_TYPE_VMX_EXIT:
		self->exits++;
		break;
	case TEAVMX_EVENT_TYPE_STATE:
		self->exited = record->state == TEAVMX_VCPU_STATE_EXITED;
		break;
	}
}

/* Takes all records until the exit; -1 when that takes too long. */
static int follow(struct __test_metadata *_metadata, FIXTURE_DATA(event) *self,
		  long long ms)
{
	struct pollfd poll_events = {
		.fd = teavmx_event_fd(self->teavmx),
		.events = POLLIN,
	};
	long long end = machine_ms() + ms;
	struct teavmx_record record;
	int err;

	while (!self->exited && machine_ms() < end) {
		err = teavmx_event_next(self->teavmx, &record);
		if (err < 0)
			return -1;
		if (err)
			count(_metadata, self, &record);
		else if (!poll(&poll_events, 1, 500) &&
			 teavmx_event_sync(self->teavmx))
			return -1;
	}
	return self->exited ? 0 : -1;
}

TEST_F(event, in_order_without_a_gap)
{
	struct teavmx_vcpu vcpu;
	struct teavmx_vm vm;

	ASSERT_EQ(0, begin(_metadata, self, 0));
	ASSERT_EQ(0, machine_start(self->teavmx, self->vm, self->backend,
				   program_show, sizeof(program_show), &vcpu));
	EXPECT_EQ(1, vcpu.next_seq);
	ASSERT_EQ(0, follow(_metadata, self, 10000));
	EXPECT_EQ(0, self->lost);
	EXPECT_EQ(2, self->text);
	EXPECT_EQ(1, self->messages);
	ASSERT_EQ(0, teavmx_vm_get(self->teavmx, self->vm, &vm));
	EXPECT_EQ(vm.next_seq, self->next);
}

struct seen {
	struct teavmx_record records[64];
	uint8_t bytes[64][32];
	size_t count;
};

static void see(const struct teavmx_record *record, void *data)
{
	struct seen *seen = data;

	if (seen->count == 64)
		return;
	memcpy(seen->bytes[seen->count], record->bytes, record->size);
	seen->records[seen->count++] = *record;
}

static int read_all(struct teavmx *teavmx, uint32_t vm, uint64_t seq,
		    struct seen *seen)
{
	int count;

	memset(seen, 0, sizeof(*seen));
	do {
		count = teavmx_event_get(teavmx, vm, &seq, see, seen);
	} while (count > 0);
	return count;
}

TEST_F(event, what_a_run_tells)
{
	static const uint8_t message[] = { TEA_CMD_MSG, TEA_MSG_VM_EXIT, 1, 0,
					   42 };
	struct teavmx_vcpu vcpu;
	struct seen seen;
	unsigned int i, places = 0;
	uint32_t state = 0;
	uint64_t time = 0;

	ASSERT_EQ(0, machine_start(self->teavmx, 0, self->backend,
				   program_show, sizeof(program_show), &vcpu));
	ASSERT_EQ(0, machine_wait(self->teavmx, &vcpu,
				  TEAVMX_VCPU_STATE_EXITED));
	ASSERT_EQ(0, read_all(self->teavmx, vcpu.vm, 0, &seen));
	ASSERT_LE(5, seen.count);
	for (i = 0; i < seen.count; i++) {
		const struct teavmx_record *record = &seen.records[i];

		EXPECT_EQ(i + 1, record->seq);
		EXPECT_EQ(vcpu.id, record->vcpu);
		EXPECT_LE(time, record->time);
		time = record->time;
		switch (record->type) {
		case TEAVMX_EVENT_TYPE_STATE:
			/* ready, running, exited */
			EXPECT_LT(state, record->state);
			state = record->state;
			places |= 1u << state;
			break;
		case TEAVMX_EVENT_TYPE_TEA_TEXT:
			EXPECT_EQ(1, record->pid);
			EXPECT_EQ(0, memcmp("ok", seen.bytes[i],
					    record->size));
			break;
		case TEAVMX_EVENT_TYPE_TEA_EXIT:
			ASSERT_EQ(sizeof(message), record->size);
			EXPECT_EQ(0, memcmp(message, seen.bytes[i],
					    record->size));
			/* The state "exited" is the last word. */
			EXPECT_EQ(seen.count, i + 2);
			break;
		}
	}
	EXPECT_EQ(1u << TEAVMX_VCPU_STATE_READY |
		  1u << TEAVMX_VCPU_STATE_RUNNING |
		  1u << TEAVMX_VCPU_STATE_EXITED, places);
	EXPECT_EQ(8, vcpu.steps);
	teavmx_vcpu_clear(&vcpu);
}

TEST_F(event, read_again_from_a_number)
{
	struct teavmx_vcpu vcpu;
	struct seen all, later;
	uint64_t seq;

	ASSERT_EQ(0, machine_start(self->teavmx, 0, self->backend,
				   program_show, sizeof(program_show), &vcpu));
	ASSERT_EQ(0, machine_wait(self->teavmx, &vcpu,
				  TEAVMX_VCPU_STATE_EXITED));
	ASSERT_EQ(0, read_all(self->teavmx, vcpu.vm, 0, &all));
	ASSERT_EQ(0, read_all(self->teavmx, vcpu.vm, 3, &later));
	ASSERT_EQ(all.count - 2, later.count);
	EXPECT_EQ(3, later.records[0].seq);
	EXPECT_EQ(all.records[2].type, later.records[0].type);
	EXPECT_EQ(all.records[2].time, later.records[0].time);
	/* After the last one there is none yet; the number to request is the same. */
	seq = all.count + 1;
	EXPECT_EQ(0, teavmx_event_get(self->teavmx, vcpu.vm, &seq, see, &all));
	EXPECT_EQ(later.records[0].seq + later.count, seq);
	seq = UINT64_MAX;
	EXPECT_EQ(0, teavmx_event_get(self->teavmx, vcpu.vm, &seq, see, &all));
	EXPECT_EQ(UINT64_MAX, seq);
	teavmx_vcpu_clear(&vcpu);
}

TEST_F(event, waiting_names_the_port)
{
	struct teavmx_vcpu vcpu;
	struct seen seen;

	ASSERT_EQ(0, machine_start(self->teavmx, 0, self->backend,
				   program_wait, sizeof(program_wait), &vcpu));
	ASSERT_EQ(0, machine_wait(self->teavmx, &vcpu,
				  TEAVMX_VCPU_STATE_WAITING));
	ASSERT_EQ(0, read_all(self->teavmx, vcpu.vm, 0, &seen));
	ASSERT_LE(3, seen.count);
	EXPECT_STATE(WAITING, seen.records[seen.count - 1].state);
	EXPECT_EQ(PORT_OF_WAIT, seen.records[seen.count - 1].port);
}

TEST_F(event, launch_failure_is_told_too)
{
	struct teavmx_vcpu vcpu;

	ASSERT_EQ(0, begin(_metadata, self, 0));
	ASSERT_EQ(0, machine_new(self->teavmx, self->vm, self->backend, "x", 1,
				 &vcpu));
	ASSERT_EQ(0, follow(_metadata, self, 5000));
	EXPECT_EQ(1, self->messages);
	teavmx_vcpu_clear(&vcpu);
}

/* A reader that keeps up gets every character. */
TEST_F_TIMEOUT(event, a_flood_arrives_whole, 300)
{
	struct teavmx_vcpu vcpu;

	ASSERT_EQ(0, begin(_metadata, self, 8 << 20));
	ASSERT_EQ(0, machine_start(self->teavmx, self->vm, TEAVMX_BACKEND_SOFT,
				   program_chatter, sizeof(program_chatter),
				   &vcpu));
	ASSERT_EQ(0, follow(_metadata, self, 200000));
	EXPECT_EQ(0, self->lost);
	EXPECT_EQ(CHATTER, self->text);
}

/* Who watches a VM that ran already gets what had arrived, not only the log. */
TEST_F_TIMEOUT(event, what_arrived_before_a_watch_is_kept, 300)
{
	const struct teavmx_program program = {
		.backend = TEAVMX_BACKEND_SOFT,
		.program = program_chatter,
		.program_size = sizeof(program_chatter),
		.run = true,
	};
	struct teavmx_vcpu vcpu;
	struct teavmx_vm vm;

	ASSERT_EQ(0, teavmx_event_open(self->teavmx, 8 << 20));
	ASSERT_EQ(0, teavmx_vcpu_new(self->teavmx, 0, &program, &vcpu));
	ASSERT_EQ(0, machine_wait(self->teavmx, &vcpu,
				  TEAVMX_VCPU_STATE_EXITED));
	self->vm = vcpu.vm;
	ASSERT_EQ(0, teavmx_vm_get(self->teavmx, self->vm, &vm));
	ASSERT_LT(1, vm.first_seq);
	ASSERT_EQ(0, teavmx_event_watch(self->teavmx, self->vm, 1));
	ASSERT_EQ(0, follow(_metadata, self, 60000));
	EXPECT_EQ(0, self->lost);
	EXPECT_EQ(CHATTER, self->text);
	EXPECT_EQ(vm.next_seq, self->next);
	teavmx_vcpu_clear(&vcpu);
}

/* With a full socket: what the log has comes late, the rest shows as lost. */
TEST_F_TIMEOUT(event, a_slow_reader_sees_the_gap, 300)
{
	struct teavmx_info info;
	struct teavmx_vcpu vcpu;
	struct teavmx_vm vm;

	ASSERT_EQ(0, teavmx_get_info(self->teavmx, NULL, &info));
	ASSERT_EQ(0, begin(_metadata, self, 2048));
	ASSERT_EQ(0, machine_start(self->teavmx, self->vm, TEAVMX_BACKEND_SOFT,
				   program_chatter, sizeof(program_chatter),
				   &vcpu));
	ASSERT_EQ(0, machine_wait(self->teavmx, &vcpu,
				  TEAVMX_VCPU_STATE_EXITED));
	ASSERT_EQ(0, teavmx_vm_get(self->teavmx, self->vm, &vm));
	ASSERT_LT(info.log_size, vm.next_seq);
	ASSERT_EQ(0, follow(_metadata, self, 60000));
	EXPECT_EQ(vm.next_seq, self->next);
	EXPECT_LT(0, self->lost);
	EXPECT_EQ(vm.next_seq - vm.first_seq, info.log_size);
	/* Nothing is lost that the log still has. */
	EXPECT_GE(vm.first_seq - 1, self->lost);
	EXPECT_EQ(1, self->messages);
	teavmx_vcpu_clear(&vcpu);
}

TEST_F(event, an_overrun_is_read_again)
{
	struct teavmx_vcpu vcpu;
	int i;

	ASSERT_EQ(0, begin(_metadata, self, 2048));
	/* More than the socket takes, less than the log has */
	for (i = 0; i < 40; i++) {
		ASSERT_EQ(0, machine_start(self->teavmx, self->vm,
					   TEAVMX_BACKEND_SOFT, program_show,
					   sizeof(program_show), &vcpu));
		ASSERT_EQ(0, machine_wait(self->teavmx, &vcpu,
					  TEAVMX_VCPU_STATE_EXITED));
		teavmx_vcpu_clear(&vcpu);
	}
	while (self->messages < 40) {
		self->exited = false;
		ASSERT_EQ(0, follow(_metadata, self, 10000));
	}
	EXPECT_EQ(0, self->lost);
	EXPECT_EQ(80, self->text);
}

/* The first record of the watched VM; it is late if the kernel was short of memory. */
static int await_new(FIXTURE_DATA(event) *self)
{
	struct pollfd poll_events = {
		.fd = teavmx_event_fd(self->teavmx),
		.events = POLLIN,
	};
	struct teavmx_record record;
	int err;

	while (!(err = teavmx_event_next(self->teavmx, &record)))
		if (poll(&poll_events, 1, 10000) != 1)
			return -1;
	return err == 1 && record.type == TEAVMX_EVENT_TYPE_VM_NEW ? 0 : -1;
}

/* A client that waits for its own VM does not pay for another one. */
TEST_F(event, other_vms_are_not_sent)
{
	struct teavmx_vcpu vcpu;
	char byte;

	ASSERT_EQ(0, begin(_metadata, self, 0));
	ASSERT_EQ(0, await_new(self));
	ASSERT_EQ(0, machine_start(self->teavmx, 0, self->backend, program_show,
				   sizeof(program_show), &vcpu));
	ASSERT_EQ(0, machine_wait(self->teavmx, &vcpu,
				  TEAVMX_VCPU_STATE_EXITED));
	EXPECT_EQ(-1, recv(teavmx_event_fd(self->teavmx), &byte, 1,
			   MSG_DONTWAIT | MSG_PEEK));
	EXPECT_EQ(EAGAIN, errno);
	teavmx_vcpu_clear(&vcpu);
}

TEST_F(event, all_vms_are_watched)
{
	struct teavmx_record record;
	struct teavmx_vcpu vcpu;
	unsigned int messages = 0;
	long long end;

	ASSERT_EQ(0, machine_new(self->teavmx, 0, self->backend, program_exit,
				 sizeof(program_exit), &vcpu));
	ASSERT_EQ(0, teavmx_event_open(self->teavmx, 0));
	ASSERT_EQ(0, teavmx_event_watch_all(self->teavmx));
	/* The old VM goes on where it is, the new one begins with its first. */
	ASSERT_EQ(0, teavmx_vcpu_run(self->teavmx, vcpu.vm, vcpu.id));
	ASSERT_EQ(0, machine_start(self->teavmx, 0, self->backend, program_exit,
				   sizeof(program_exit), &vcpu));
	end = machine_ms() + 10000;
	while (messages < 2 && machine_ms() < end) {
		int err = teavmx_event_next(self->teavmx, &record);

		ASSERT_LE(0, err);
		if (!err)
			usleep(10000);
		if (!err)
			continue;
		EXPECT_NE(TEAVMX_EVENT_TYPE_LOST, record.type);
		if (record.vm != vcpu.vm)
			EXPECT_LT(1, record.seq);
		messages += record.type == TEAVMX_EVENT_TYPE_TEA_EXIT;
	}
	EXPECT_EQ(2, messages);
}

TEST_HARNESS_MAIN
