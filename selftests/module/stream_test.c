// SPDX-License-Identifier: GPL-2.0-only
/*
 * The streams of events: a reader that is slow, stops or dies, VMs that begin and end
 * unseen, and filters. A reader can prove that it has seen everything.
 */
#include <errno.h>
#include <linux/filter.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <netlink/genl/genl.h>

#include "expect.h"

#include <userspace/lib/record.h>

/* A socket with this buffer holds one message. */
#define SMALL		2048
#define VMS_MAX		512
#define ARRIVES_MS	60000

/* What a reader has seen of one VM */
struct seen {
	uint32_t vm;
	bool began;
	bool ended;
	uint64_t next;
	uint64_t last;
	uint64_t lost;
	unsigned int messages;
	unsigned int wrong;
};

FIXTURE(stream)
{
	struct teavmx *teavmx;
	struct teavmx *reader;
	enum teavmx_backend backend;
	struct teavmx_info info;
	struct seen seen[VMS_MAX];
	unsigned int count;
	uint64_t vms_lost;
};

FIXTURE_SETUP(stream)
{
	self->teavmx = machine_open();
	self->reader = machine_open();
	self->backend = machine_backend(self->teavmx);
	ASSERT_EQ(0, teavmx_get_info(self->teavmx, NULL, &self->info));
}

FIXTURE_TEARDOWN(stream)
{
	teavmx_close(self->reader);
	teavmx_close(self->teavmx);
}

static struct seen *seen_of(FIXTURE_DATA(stream) *self, uint32_t vm)
{
	unsigned int i;

	for (i = 0; i < self->count; i++)
		if (self->seen[i].vm == vm)
			return &self->seen[i];
	if (self->count == VMS_MAX)
		abort();
	self->seen[self->count] = (struct seen){ .vm = vm, .next = 1 };
	return &self->seen[self->count++];
}

static void see_record(struct seen *seen, const struct teavmx_record *record)
{
	seen->wrong += seen->ended || record->seq != seen->next;
	seen->next = record->seq + 1;
	seen->messages += record->type == TEAVMX_EVENT_TYPE_TEA_EXIT;
}

static void see(FIXTURE_DATA(stream) *self, const struct teavmx_record *record)
{
	struct seen *seen;

	if (!record->vm) {
		self->vms_lost += record->value;
		return;
	}
	seen = seen_of(self, record->vm);
	switch (record->type) {
	case TEAVMX_EVENT_TYPE_VM_NEW:
		seen->wrong += seen->began || seen->next != 1;
		seen->began = true;
		break;
	case TEAVMX_EVENT_TYPE_VM_END:
		seen->wrong += seen->ended || record->last + 1 != seen->next;
		seen->ended = true;
		seen->last = record->last;
		break;
	case TEAVMX_EVENT_TYPE_LOST:
		seen->wrong += record->seq != seen->next;
		seen->lost += record->lost;
		seen->next = record->last + 1;
		break;
	default:
		see_record(seen, record);
	}
}

/* Reads what there is; -1 after a failure. */
static int read_all(FIXTURE_DATA(stream) *self)
{
	struct teavmx_record record;
	int err;

	if (teavmx_event_sync(self->reader))
		return -1;
	while ((err = teavmx_event_next(self->reader, &record)) > 0)
		see(self, &record);
	return err;
}

static uint64_t count_ends(FIXTURE_DATA(stream) *self)
{
	uint64_t ends = self->vms_lost;
	unsigned int i;

	for (i = 0; i < self->count; i++)
		ends += self->seen[i].ended;
	return ends;
}

/* Reads without a sync until so many VMs have ended or were lost. */
static int read_ends(FIXTURE_DATA(stream) *self, unsigned int ends)
{
	struct pollfd events = {
		.fd = teavmx_event_fd(self->reader),
		.events = POLLIN,
	};
	long long end = machine_ms() + 120000;
	struct teavmx_record record;
	int err;

	while (count_ends(self) < ends && machine_ms() < end) {
		err = teavmx_event_next(self->reader, &record);
		if (err < 0)
			return -1;
		if (err)
			see(self, &record);
		else
			poll(&events, 1, 1000);
	}
	if (count_ends(self) != ends)
		printf("# %llu ends, of which %llu were lost\n",
		       (unsigned long long)count_ends(self),
		       (unsigned long long)self->vms_lost);
	return count_ends(self) == ends ? 0 : -1;
}

static int run_vm(FIXTURE_DATA(stream) *self)
{
	struct teavmx_vcpu vcpu;
	int err = machine_run(self->teavmx, self->backend, program_show,
			      sizeof(program_show), &vcpu);

	if (!err)
		teavmx_vcpu_clear(&vcpu);
	return err;
}

static int watch_all(FIXTURE_DATA(stream) *self, int buffer)
{
	return teavmx_event_open(self->reader, buffer) ||
	       teavmx_event_watch_all(self->reader);
}

static void expect_whole(struct __test_metadata *_metadata,
			 const struct seen *seen)
{
	EXPECT_TRUE(seen->began);
	EXPECT_TRUE(seen->ended);
	EXPECT_EQ(0, seen->wrong);
	EXPECT_EQ(0, seen->lost);
	EXPECT_EQ(1, seen->messages);
	EXPECT_LE(5, seen->last);
}

#define SOME_VMS	20

/* VMs that have ended while the socket of the reader held the first message only */
static int end_some_vms(FIXTURE_DATA(stream) *self)
{
	unsigned int i;

	if (watch_all(self, SMALL))
		return -1;
	for (i = 0; i < SOME_VMS; i++)
		if (run_vm(self))
			return -1;
	return machine_vms(self->teavmx, 0) ? 0 : -1;
}

static void expect_some_vms(struct __test_metadata *_metadata,
			    FIXTURE_DATA(stream) *self)
{
	unsigned int i;

	EXPECT_EQ(SOME_VMS, self->count);
	for (i = 0; i < self->count; i++)
		expect_whole(_metadata, &self->seen[i]);
	EXPECT_EQ(0, self->vms_lost);
}

/* The rest is sent when the first message is read. */
TEST_F(stream, vms_that_end_before_they_are_read)
{
	ASSERT_EQ(0, end_some_vms(self));
	ASSERT_EQ(0, read_ends(self, SOME_VMS));
	expect_some_vms(_metadata, self);
}

/* A sync does not forget what has not been sent of VMs that have ended. */
TEST_F(stream, a_sync_after_the_end_of_vms)
{
	ASSERT_EQ(0, end_some_vms(self));
	ASSERT_EQ(0, read_all(self));
	expect_some_vms(_metadata, self);
}

/* The number of VMs that a reader does not hear of does not grow the kernel. */
TEST_F_TIMEOUT(stream, more_vms_than_logs_stay, 300)
{
	unsigned int vms = self->info.max_vms + 40;
	unsigned int i, whole = 0;

	ASSERT_EQ(0, watch_all(self, SMALL));
	for (i = 0; i < vms; i++) {
		ASSERT_EQ(0, run_vm(self));
		ASSERT_TRUE(machine_vms(self->teavmx, 0));
	}
	ASSERT_EQ(0, read_ends(self, vms));
	for (i = 0; i < self->count; i++) {
		if (!self->seen[i].ended)
			continue;
		expect_whole(_metadata, &self->seen[i]);
		whole++;
	}
	EXPECT_EQ(vms, whole + self->vms_lost);
	EXPECT_LT(0, self->vms_lost);
	EXPECT_LE(self->info.max_vms, whole);
}

/* The next watch is not to know of them. */
TEST_F_TIMEOUT(stream, lost_vms_belong_to_the_watch_that_lost_them, 300)
{
	unsigned int vms = self->info.max_vms + 40;
	struct teavmx_vcpu vcpu;
	unsigned int i;

	ASSERT_EQ(0, watch_all(self, SMALL));
	for (i = 0; i < vms; i++) {
		ASSERT_EQ(0, run_vm(self));
		ASSERT_TRUE(machine_vms(self->teavmx, 0));
	}
	ASSERT_EQ(0, machine_start(self->teavmx, 0, self->backend, program_show,
				   sizeof(program_show), &vcpu));
	ASSERT_EQ(0, teavmx_event_watch(self->reader, vcpu.vm, 1));
	ASSERT_EQ(0, machine_wait(self->teavmx, &vcpu, TEAVMX_VCPU_STATE_EXITED));
	ASSERT_EQ(0, teavmx_vm_del(self->teavmx, vcpu.vm));
	ASSERT_EQ(0, read_ends(self, 1));
	EXPECT_EQ(1, self->count);
	EXPECT_EQ(vcpu.vm, self->seen[0].vm);
	EXPECT_TRUE(self->seen[0].ended);
	/* The kernel looks for room in a socket every 100 ms at least. */
	sleep(1);
	ASSERT_EQ(0, read_all(self));
	EXPECT_EQ(0, self->vms_lost);
	teavmx_vcpu_clear(&vcpu);
}

TEST_F(stream, an_old_vm_is_not_new)
{
	struct teavmx_vcpu vcpu;

	ASSERT_EQ(0, machine_new(self->teavmx, 0, self->backend, program_show,
				 sizeof(program_show), &vcpu));
	ASSERT_EQ(0, watch_all(self, 0));
	ASSERT_EQ(0, teavmx_vm_del(self->teavmx, vcpu.vm));
	ASSERT_EQ(0, read_ends(self, 1));
	EXPECT_FALSE(self->seen[0].began);
	EXPECT_EQ(vcpu.vm, self->seen[0].vm);
	teavmx_vcpu_clear(&vcpu);
}

static void count_record(const struct teavmx_record *record, void *data)
{
	unsigned int *count = data;

	(*count)++;
}

/* What happened last in a VM can be read after its end. */
TEST_F_TIMEOUT(stream, the_log_of_a_vm_that_has_ended, 300)
{
	unsigned int count = 0, i;
	struct teavmx_vcpu vcpu;
	struct teavmx_vm vm;
	uint64_t seq = 1;

	ASSERT_EQ(0, machine_start(self->teavmx, 0, self->backend, program_show,
				   sizeof(program_show), &vcpu));
	ASSERT_EQ(0, machine_wait(self->teavmx, &vcpu, TEAVMX_VCPU_STATE_EXITED));
	ASSERT_EQ(0, teavmx_vm_get(self->teavmx, vcpu.vm, &vm));
	ASSERT_EQ(0, teavmx_vm_del(self->teavmx, vm.id));
	ASSERT_TRUE(machine_vms(self->teavmx, 0));

	EXPECT_LT(0, teavmx_event_get(self->teavmx, vm.id, &seq, count_record,
				      &count));
	EXPECT_EQ(vm.next_seq, seq);
	EXPECT_EQ(vm.next_seq - 1, count);

	ASSERT_EQ(0, teavmx_event_open(self->reader, 0));
	ASSERT_EQ(0, teavmx_event_watch(self->reader, vm.id, 1));
	ASSERT_EQ(0, read_ends(self, 1));
	EXPECT_EQ(vm.next_seq, self->seen[0].next);
	EXPECT_EQ(0, self->seen[0].wrong);

	for (i = 0; i < self->info.max_vms; i++) {
		ASSERT_EQ(0, run_vm(self));
		ASSERT_TRUE(machine_vms(self->teavmx, 0));
	}
	EXPECT_EQ(-1, teavmx_event_get(self->teavmx, vm.id, &seq, count_record,
				       &count));
	EXPECT_EQ(ENOENT, teavmx_error(self->teavmx)->error);
	teavmx_vcpu_clear(&vcpu);
}

static int watch_filtered(FIXTURE_DATA(stream) *self, uint32_t vm,
			  const struct teavmx_event_filter *filter)
{
	return teavmx_event_open(self->reader, 0) ||
	       teavmx_event_filter(self->reader, filter) ||
	       teavmx_event_watch(self->reader, vm, 1);
}

TEST_F(stream, only_the_types_that_are_chosen)
{
	const struct teavmx_event_filter filter = {
		.types = 1u << TEAVMX_EVENT_TYPE_TEA_EXIT |
			 1u << TEAVMX_EVENT_TYPE_TEA_TEXT,
	};
	struct teavmx_record record;
	struct teavmx_vcpu vcpu;
	unsigned int count = 0;

	ASSERT_EQ(0, machine_start(self->teavmx, 0, self->backend, program_show,
				   sizeof(program_show), &vcpu));
	ASSERT_EQ(0, machine_wait(self->teavmx, &vcpu, TEAVMX_VCPU_STATE_EXITED));
	ASSERT_EQ(0, watch_filtered(self, vcpu.vm, &filter));
	ASSERT_EQ(0, teavmx_event_sync(self->reader));
	while (teavmx_event_next(self->reader, &record) > 0) {
		EXPECT_NE(0, filter.types >> record.type & 1);
		count++;
	}
	EXPECT_EQ(2, count);
	teavmx_vcpu_clear(&vcpu);
}

/* A sync repeats the request of the watch, not what was chosen later. */
TEST_F(stream, a_filter_is_that_of_the_next_watch)
{
	struct teavmx_event_filter filter = {
		.types = 1u << TEAVMX_EVENT_TYPE_TEA_EXIT,
	};
	struct teavmx_record record;
	struct teavmx_vcpu vcpu;
	unsigned int count = 0;

	ASSERT_EQ(0, machine_new(self->teavmx, 0, self->backend, program_show,
				 sizeof(program_show), &vcpu));
	ASSERT_EQ(0, watch_filtered(self, vcpu.vm, &filter));
	filter.types = 1u << TEAVMX_EVENT_TYPE_STATE;
	ASSERT_EQ(0, teavmx_event_filter(self->reader, &filter));
	ASSERT_EQ(0, teavmx_event_sync(self->reader));
	ASSERT_EQ(0, teavmx_vcpu_run(self->teavmx, vcpu.vm, vcpu.id));
	ASSERT_EQ(0, machine_wait(self->teavmx, &vcpu, TEAVMX_VCPU_STATE_EXITED));
	ASSERT_EQ(0, teavmx_event_sync(self->reader));
	while (teavmx_event_next(self->reader, &record) > 0) {
		EXPECT_EQ(TEAVMX_EVENT_TYPE_TEA_EXIT, record.type);
		count++;
	}
	EXPECT_EQ(1, count);
	teavmx_vcpu_clear(&vcpu);
}

TEST_F(stream, only_the_vcpu_that_is_chosen)
{
	struct teavmx_event_filter filter = { 0 };
	struct teavmx_record record;
	struct teavmx_vcpu vcpus[2];
	unsigned int count = 0;
	int i;

	ASSERT_EQ(0, machine_new(self->teavmx, 0, self->backend, program_exit,
				 sizeof(program_exit), &vcpus[0]));
	ASSERT_EQ(0, machine_new(self->teavmx, vcpus[0].vm, self->backend,
				 program_exit, sizeof(program_exit), &vcpus[1]));
	filter.vcpu = vcpus[1].id;
	for (i = 0; i < 2; i++) {
		ASSERT_EQ(0, teavmx_vcpu_run(self->teavmx, vcpus[i].vm,
					     vcpus[i].id));
		ASSERT_EQ(0, machine_wait(self->teavmx, &vcpus[i],
					  TEAVMX_VCPU_STATE_EXITED));
	}
	ASSERT_EQ(0, watch_filtered(self, vcpus[0].vm, &filter));
	ASSERT_EQ(0, teavmx_event_sync(self->reader));
	while (teavmx_event_next(self->reader, &record) > 0) {
		EXPECT_EQ(vcpus[1].id, record.vcpu);
		count++;
	}
	EXPECT_LE(3, count);
	for (i = 0; i < 2; i++)
		teavmx_vcpu_clear(&vcpus[i]);
}

/* SUBSCRIBE by the socket for requests, which the library does not do */
static int subscribe(struct teavmx *teavmx, uint32_t vm)
{
	struct nl_msg *message;

	message = teavmx_request(teavmx, TEAVMX_CMD_SUBSCRIBE, 0, 64);
	if (!message)
		return -1;
	nla_put_u32(message, TEAVMX_A_EVENT_VM_ID, vm);
	return teavmx_call(teavmx, message, "subscribe", NULL);
}

/* A choice that is refused changes nothing. */
TEST_F(stream, a_refused_choice_leaves_the_old_one)
{
	struct pollfd events = { .events = POLLIN };
	struct teavmx_vcpu vcpu;

	ASSERT_EQ(0, machine_new(self->teavmx, 0, self->backend, program_show,
				 sizeof(program_show), &vcpu));
	ASSERT_EQ(0, subscribe(self->reader, vcpu.vm));
	EXPECT_EQ(-1, subscribe(self->reader, 4000000000u));
	EXPECT_EQ(ENOENT, teavmx_error(self->reader)->error);
	ASSERT_EQ(0, teavmx_vcpu_run(self->teavmx, vcpu.vm, vcpu.id));
	ASSERT_EQ(0, machine_wait(self->teavmx, &vcpu, TEAVMX_VCPU_STATE_EXITED));
	/* A record may come after the state that it reports. */
	events.fd = nl_socket_get_fd(self->reader->socket);
	EXPECT_EQ(1, poll(&events, 1, ARRIVES_MS));
	teavmx_vcpu_clear(&vcpu);
}

/* Receives once from the socket for requests. */
static int see_message(FIXTURE_DATA(stream) *self)
{
	int fd = nl_socket_get_fd(self->reader->socket);
	struct record_list list = { 0 };
	struct teavmx_record record;
	struct record_node *node;
	struct nlmsghdr *header;
	uint8_t bytes[65536];
	int size, err = 0;

	size = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT);
	header = (struct nlmsghdr *)bytes;
	for (; size > 0 && nlmsg_ok(header, size); header = nlmsg_next(header, &size))
		if (header->nlmsg_type >= NLMSG_MIN_TYPE &&
		    record_list_parse(&list, header) < 0)
			err = -1;
	while ((node = record_list_pop(&list))) {
		while (record_step(node, &record))
			see(self, &record);
		record_free(node);
	}
	return err;
}

/*
 * Sees the records of a VM that has ended, from a number on. If the kernel has no memory
 * for a message, it comes after the answer.
 */
static int see_from(FIXTURE_DATA(stream) *self, uint32_t vm, uint64_t seq)
{
	struct pollfd events = {
		.fd = nl_socket_get_fd(self->reader->socket),
		.events = POLLIN,
	};
	struct nl_msg *message;
	int err;

	message = teavmx_request(self->reader, TEAVMX_CMD_SUBSCRIBE, 0, 64);
	if (!message)
		return -1;
	nla_put_u32(message, TEAVMX_A_EVENT_VM_ID, vm);
	nla_put_u64(message, TEAVMX_A_EVENT_SEQ, seq);
	self->count = 0;
	seen_of(self, vm)->next = seq;
	err = nl_send_auto(self->reader->socket, message) < 0;
	nlmsg_free(message);
	while (!err && !self->seen[0].ended && poll(&events, 1, ARRIVES_MS) > 0)
		err = see_message(self);
	return err ? -1 : 0;
}

/* A reader that goes back sees the end once more. */
TEST_F(stream, the_end_follows_what_is_read_again)
{
	const struct seen *seen = self->seen;
	struct teavmx_vcpu vcpu;
	int from;

	ASSERT_EQ(0, machine_start(self->teavmx, 0, self->backend, program_show,
				   sizeof(program_show), &vcpu));
	ASSERT_EQ(0, machine_wait(self->teavmx, &vcpu, TEAVMX_VCPU_STATE_EXITED));
	ASSERT_EQ(0, teavmx_vm_del(self->teavmx, vcpu.vm));
	ASSERT_TRUE(machine_vms(self->teavmx, 0));
	for (from = 5; from > 0; from -= 3) {
		ASSERT_EQ(0, see_from(self, vcpu.vm, from));
		EXPECT_EQ(0, seen->wrong);
		EXPECT_LT(5, seen->next);
		EXPECT_TRUE(seen->ended);
	}
	teavmx_vcpu_clear(&vcpu);
}

/* In a child: a reader that never reads */
static void be_stopped_reader(uint32_t vm, int ready)
{
	struct teavmx *reader = machine_open();
	char byte = 0;

	if (teavmx_event_open(reader, SMALL) ||
	    teavmx_event_watch(reader, vm, 1) || write(ready, &byte, 1) != 1)
		_exit(1);
	pause();
	_exit(0);
}

static pid_t begin_stopped_reader(uint32_t vm)
{
	int ready[2];
	pid_t child;
	char byte;

	if (pipe(ready))
		return -1;
	child = fork();
	if (!child)
		be_stopped_reader(vm, ready[1]);
	if (read(ready[0], &byte, 1) != 1)
		return -1;
	close(ready[0]);
	close(ready[1]);
	return child;
}

/* A reader that has stopped and then dies takes nothing from another one. */
TEST_F_TIMEOUT(stream, a_reader_dies, 300)
{
	struct teavmx_vcpu vcpu;
	unsigned int parts;
	int child, status;

	ASSERT_EQ(0, machine_new(self->teavmx, 0, TEAVMX_BACKEND_SOFT,
				 program_chatter, sizeof(program_chatter),
				 &vcpu));
	ASSERT_EQ(0, teavmx_event_open(self->reader, 8 << 20));
	ASSERT_EQ(0, teavmx_event_watch(self->reader, vcpu.vm, 1));
	child = begin_stopped_reader(vcpu.vm);
	ASSERT_LT(0, child);
	ASSERT_EQ(0, teavmx_vcpu_run(self->teavmx, vcpu.vm, vcpu.id));
	for (parts = 0; parts < 20; parts++) {
		ASSERT_EQ(0, read_all(self));
		usleep(10000);
		if (parts == 5)
			kill(child, SIGKILL);
	}
	EXPECT_EQ(child, waitpid(child, &status, 0));
	ASSERT_EQ(0, machine_wait(self->teavmx, &vcpu, TEAVMX_VCPU_STATE_EXITED));
	ASSERT_EQ(0, read_all(self));
	EXPECT_EQ(0, self->seen[0].wrong);
	EXPECT_EQ(0, self->seen[0].lost);
	EXPECT_EQ(1, self->seen[0].messages);
	teavmx_vcpu_clear(&vcpu);
}

static int new_lossless(FIXTURE_DATA(stream) *self, const void *program,
			size_t size, struct teavmx_vcpu *vcpu)
{
	const struct teavmx_program request = {
		.backend = TEAVMX_BACKEND_SOFT,
		.program = program,
		.program_size = size,
		.vm_flags = TEAVMX_VM_FLAGS_LOSSLESS,
	};

	return teavmx_vcpu_new(self->teavmx, 0, &request, vcpu);
}

/* Reads one record each time, until the message of the end. */
static int read_slowly(FIXTURE_DATA(stream) *self, uint32_t vm, int us)
{
	long long end = machine_ms() + 200000;
	struct teavmx_record record;
	int err;

	while (!seen_of(self, vm)->messages && machine_ms() < end) {
		err = teavmx_event_next(self->reader, &record);
		if (err < 0)
			return -1;
		if (err)
			see(self, &record);
		else
			usleep(us);
	}
	return 0;
}

/*
 * Runs a program in a new lossless VM, whose reader has a small buffer and begins when
 * the log would have been overtaken.
 */
static int read_lossless(FIXTURE_DATA(stream) *self, const void *program,
			 size_t size, struct teavmx_vcpu *vcpu)
{
	return new_lossless(self, program, size, vcpu) ||
	       teavmx_event_open(self->reader, SMALL) ||
	       teavmx_event_watch(self->reader, vcpu->vm, 1) ||
	       teavmx_vcpu_run(self->teavmx, vcpu->vm, vcpu->id) ||
	       usleep(2000000) || read_slowly(self, vcpu->vm, 1000);
}

/* The log is overtaken many times: nothing is lost to a reader that is late. */
TEST_F_TIMEOUT(stream, a_lossless_vm_waits_for_its_reader, 300)
{
	struct teavmx_vcpu vcpu;

	ASSERT_EQ(0, read_lossless(self, program_chatter,
				   sizeof(program_chatter), &vcpu));
	EXPECT_EQ(0, self->seen[0].wrong);
	EXPECT_EQ(0, self->seen[0].lost);
	EXPECT_EQ(1, self->seen[0].messages);
	EXPECT_LT(2 * self->info.log_size, self->seen[0].next);
	teavmx_vcpu_clear(&vcpu);
}

/* What a command makes waits for room before the command is executed. */
TEST_F_TIMEOUT(stream, refused_commands_wait_for_the_reader_of_a_lossless_vm, 300)
{
	struct teavmx_vcpu vcpu;

	ASSERT_EQ(0, read_lossless(self, program_refused,
				   sizeof(program_refused), &vcpu));
	EXPECT_EQ(0, self->seen[0].wrong);
	EXPECT_EQ(0, self->seen[0].lost);
	EXPECT_EQ(1, self->seen[0].messages);
	EXPECT_LT(3000, self->seen[0].next);
	ASSERT_EQ(0, machine_wait(self->teavmx, &vcpu, TEAVMX_VCPU_STATE_EXITED));
	EXPECT_EQ(TEA_EXIT_NORMAL, machine_code(&vcpu));
	teavmx_vcpu_clear(&vcpu);
}

/* A filter of the socket that drops all messages does not stop a lossless VM. */
TEST_F_TIMEOUT(stream, a_socket_that_drops_all_messages, 300)
{
	struct sock_filter drop = BPF_STMT(BPF_RET | BPF_K, 0);
	const struct sock_fprog program = { 1, &drop };
	struct teavmx_vcpu vcpu;

	ASSERT_EQ(0, new_lossless(self, program_chatter,
				  sizeof(program_chatter), &vcpu));
	ASSERT_EQ(0, teavmx_event_open(self->reader, SMALL));
	ASSERT_EQ(0, teavmx_event_watch(self->reader, vcpu.vm, 1));
	ASSERT_EQ(0, setsockopt(teavmx_event_fd(self->reader), SOL_SOCKET,
				SO_ATTACH_FILTER, &program, sizeof(program)));
	ASSERT_EQ(0, teavmx_vcpu_run(self->teavmx, vcpu.vm, vcpu.id));
	EXPECT_EQ(0, machine_wait(self->teavmx, &vcpu, TEAVMX_VCPU_STATE_EXITED));
	teavmx_vcpu_clear(&vcpu);
}

static uint64_t next_seq(FIXTURE_DATA(stream) *self, uint32_t id)
{
	struct teavmx_vm vm;

	return teavmx_vm_get(self->teavmx, id, &vm) ? 0 : vm.next_seq;
}

/* One that has stopped holds the VM until it dies. */
TEST_F_TIMEOUT(stream, a_lossless_vm_goes_on_when_its_reader_dies, 300)
{
	struct teavmx_vcpu vcpu;
	uint32_t state, stop;
	uint64_t seq;
	int child;

	ASSERT_EQ(0, new_lossless(self, program_chatter,
				  sizeof(program_chatter), &vcpu));
	child = begin_stopped_reader(vcpu.vm);
	ASSERT_LT(0, child);
	ASSERT_EQ(0, teavmx_vcpu_run(self->teavmx, vcpu.vm, vcpu.id));
	do {
		seq = next_seq(self, vcpu.vm);
		usleep(500000);
	} while (seq != next_seq(self, vcpu.vm));
	EXPECT_LE(seq, 2 * self->info.log_size);
	ASSERT_EQ(0, teavmx_vcpu_state(self->teavmx, vcpu.vm, vcpu.id, &state,
				       &stop));
	EXPECT_STATE(RUNNING, state);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	ASSERT_EQ(0, machine_wait(self->teavmx, &vcpu, TEAVMX_VCPU_STATE_EXITED));
	EXPECT_LT(seq, next_seq(self, vcpu.vm));
	teavmx_vcpu_clear(&vcpu);
}

/* One that has stopped does not keep a VM from its end. */
TEST_F_TIMEOUT(stream, a_lossless_vm_that_waits_can_be_deleted, 300)
{
	struct teavmx_vcpu vcpu;
	uint64_t seq;
	int child;

	ASSERT_EQ(0, new_lossless(self, program_chatter,
				  sizeof(program_chatter), &vcpu));
	child = begin_stopped_reader(vcpu.vm);
	ASSERT_LT(0, child);
	ASSERT_EQ(0, teavmx_vcpu_run(self->teavmx, vcpu.vm, vcpu.id));
	do {
		seq = next_seq(self, vcpu.vm);
		usleep(500000);
	} while (seq != next_seq(self, vcpu.vm));
	ASSERT_EQ(0, teavmx_vm_del(self->teavmx, vcpu.vm));
	EXPECT_TRUE(machine_vms(self->teavmx, 0));
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	teavmx_vcpu_clear(&vcpu);
}

TEST_HARNESS_MAIN
