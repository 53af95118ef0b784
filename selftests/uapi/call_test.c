// SPDX-License-Identifier: GPL-2.0-only
/* How libteavmx reads what the kernel sends. No module: recv() and send are replaced. */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/genetlink.h>
#include <netlink/genl/genl.h>
#include <netlink/msg.h>
#include <userspace/lib/internal.h>

#include "kselftest_harness.h"

#define SEQ		77
#define MESSAGES	8
#define LARGEST		(200 * 1024)

/* A datagram that is received: messages, or an errno */
struct datagram {
	char *bytes;
	size_t size;
	int error;
};

static struct datagram datagrams[MESSAGES];
static unsigned int arrived, received;
static unsigned int sent;
static int sent_flags;

static int fake_send(struct nl_sock *socket, struct nl_msg *message)
{
	(void)socket;
	sent++;
	sent_flags = nlmsg_hdr(message)->nlmsg_flags;
	nlmsg_hdr(message)->nlmsg_seq = SEQ;
	return 0;
}

static ssize_t fake_recv(int fd, void *buffer, size_t size, int flags)
{
	const struct datagram *datagram = &datagrams[received];

	(void)fd;
	if (received == arrived || datagram->error) {
		errno = received == arrived ? EAGAIN : datagram->error;
		received += received != arrived;
		return -1;
	}
	received++;
	memcpy(buffer, datagram->bytes,
	       datagram->size < size ? datagram->size : size);
	return flags & MSG_TRUNC || datagram->size < size ?
	       (ssize_t)datagram->size : (ssize_t)size;
}

#define nl_send_auto	fake_send
#define recv		fake_recv
#include <userspace/lib/socket.c>
#undef recv

/* Appends a message to the datagram that was added last; its content is zeros. */
static struct nlmsghdr *add_message(int type, int flags, uint32_t seq,
				    size_t size)
{
	struct datagram *datagram = &datagrams[arrived - 1];
	struct nlmsghdr *message;
	size_t whole = NLMSG_ALIGN(NLMSG_HDRLEN + size);

	datagram->bytes = realloc(datagram->bytes, datagram->size + whole);
	message = (struct nlmsghdr *)(datagram->bytes + datagram->size);
	datagram->size += whole;
	memset(message, 0, whole);
	message->nlmsg_len = (uint32_t)(NLMSG_HDRLEN + size);
	message->nlmsg_type = (uint16_t)type;
	message->nlmsg_flags = (uint16_t)flags;
	message->nlmsg_seq = seq;
	return message;
}

static void add_error(int error)
{
	struct nlmsghdr *message = add_message(NLMSG_ERROR, 0, SEQ,
					       sizeof(struct nlmsgerr));

	((struct nlmsgerr *)nlmsg_data(message))->error = error;
}

/* A reply whose attribute 1 has so many bytes */
static void add_reply(int flags, uint32_t seq, size_t size)
{
	struct nlmsghdr *message = add_message(NLMSG_MIN_TYPE, flags, seq,
					       GENL_HDRLEN + NLA_HDRLEN + size);
	struct nlattr *attr = nlmsg_data(message) + GENL_HDRLEN;

	attr->nla_type = 1;
	attr->nla_len = (uint16_t)(NLA_HDRLEN + size);
}

static struct nl_msg *reply_begin(void)
{
	struct nl_msg *message = nlmsg_alloc_simple(NLMSG_MIN_TYPE, 0);
	struct genlmsghdr header = { .cmd = 1 };

	nlmsg_append(message, &header, sizeof(header), NLMSG_ALIGNTO);
	return message;
}

/* The reply is a datagram of its own. */
static void reply_end(struct nl_msg *message)
{
	const struct nlmsghdr *built = nlmsg_hdr(message);
	size_t size = (size_t)nlmsg_datalen(built);

	arrived++;
	memcpy(nlmsg_data(add_message(NLMSG_MIN_TYPE, 0, SEQ, size)), nlmsg_data(built), size);
	nlmsg_free(message);
}

/* A reply with so many nested attributes, each with one that has its number */
static void add_nests(int nest, int type, uint32_t count)
{
	struct nlmsghdr *message = add_message(NLMSG_MIN_TYPE, 0, SEQ, GENL_HDRLEN +
					       count * 3 * sizeof(struct nlattr));
	struct nlattr *attr = nlmsg_data(message) + GENL_HDRLEN;
	uint32_t i;

	for (i = 0; i < count; i++, attr += 3) {
		attr[0].nla_type = (uint16_t)nest;
		attr[0].nla_len = 3 * sizeof(*attr);
		attr[1].nla_type = (uint16_t)type;
		attr[1].nla_len = 2 * sizeof(*attr);
		memcpy(&attr[2], &i, sizeof(i));
	}
}

struct seen {
	unsigned int replies;
	int size;
};

static int take_seen(struct nlattr **a, struct nlmsghdr *answer, void *data)
{
	struct seen *seen = data;

	(void)answer;
	seen->replies++;
	seen->size = a[1] ? nla_len(a[1]) : -1;
	return 0;
}

FIXTURE(call) {
	struct teavmx teavmx;
	struct seen seen;
	struct teavmx_reply reply;
};

FIXTURE_SETUP(call)
{
	memset(datagrams, 0, sizeof(datagrams));
	arrived = 0;
	received = 0;
	self->teavmx.socket = nl_socket_alloc();
	self->teavmx.received = malloc(RECEIVED_MAX);
	self->teavmx.family = NLMSG_MIN_TYPE;
	self->reply = (struct teavmx_reply){ 1, take_seen, &self->seen };
}

FIXTURE_TEARDOWN(call)
{
	unsigned int i;

	for (i = 0; i < MESSAGES; i++)
		free(datagrams[i].bytes);
	nl_socket_free(self->teavmx.socket);
	free(self->teavmx.received);
}

static int call_with(struct teavmx *teavmx, int flags,
		     const struct teavmx_reply *reply)
{
	struct nl_msg *message = teavmx_request(teavmx, 1, flags, 64);

	return teavmx_call(teavmx, message, "do %u things", reply, 2u);
}

/* One message each way: the reply ends the call. */
TEST_F(call, reply_without_acknowledgment)
{
	arrived = 1;
	add_reply(0, SEQ, 4);
	arrived = 2;
	add_error(0);
	EXPECT_EQ(0, call_with(&self->teavmx, 0, &self->reply));
	EXPECT_EQ(0, sent_flags & NLM_F_ACK);
	EXPECT_EQ(1, self->seen.replies);
	EXPECT_EQ(1, received);
}

TEST_F(call, acknowledgment_without_reply)
{
	arrived = 1;
	add_error(0);
	EXPECT_EQ(0, call_with(&self->teavmx, 0, NULL));
	EXPECT_NE(0, sent_flags & NLM_F_ACK);
	EXPECT_EQ(1, received);
}

TEST_F(call, both_when_asked_for)
{
	arrived = 1;
	add_reply(0, SEQ, 4);
	arrived = 2;
	add_error(0);
	EXPECT_EQ(0, call_with(&self->teavmx, NLM_F_ACK, &self->reply));
	EXPECT_EQ(1, self->seen.replies);
	EXPECT_EQ(2, received);
}

TEST_F(call, errors)
{
	arrived = 1;
	add_error(-EBUSY);
	EXPECT_EQ(-1, call_with(&self->teavmx, 0, &self->reply));
	EXPECT_EQ(EBUSY, teavmx_error(&self->teavmx)->error);
	EXPECT_STREQ("cannot do 2 things: Device or resource busy",
		     teavmx_error(&self->teavmx)->message);
	EXPECT_EQ(0, self->seen.replies);
	/* The next call does not have it any more. */
	arrived = 2;
	add_reply(0, SEQ, 4);
	EXPECT_EQ(0, call_with(&self->teavmx, 0, &self->reply));
	EXPECT_EQ(0, teavmx_error(&self->teavmx)->error);
}

/* The state shows whether a request failed as the vCPU had ended. */
TEST_F(call, error_before_the_state)
{
	struct teavmx *teavmx = &self->teavmx;
	uint32_t state, stop;

	arrived = 1;
	add_error(-EBUSY);
	EXPECT_EQ(-1, teavmx_vcpu_pause(teavmx, 1, 1));
	arrived = 2;
	add_reply(0, SEQ, 4);
	EXPECT_EQ(0, teavmx_vcpu_state(teavmx, 1, 1, &state, &stop));
	EXPECT_EQ(EBUSY, teavmx_error(teavmx)->error);
	EXPECT_EQ(TEAVMX_REQUEST, teavmx_error(teavmx)->status);
	/* A failure of its own is reported. */
	arrived = 3;
	add_error(-ESRCH);
	EXPECT_EQ(-1, teavmx_vcpu_state(teavmx, 1, 1, &state, &stop));
	EXPECT_EQ(ESRCH, teavmx_error(teavmx)->error);
}

/* The module reports it so to sockets with events, of which one may wait for a reply. */
TEST_F(call, module_unloaded_meanwhile)
{
	arrived = 1;
	datagrams[0].error = ENODEV;
	EXPECT_EQ(-1, call_with(&self->teavmx, 0, &self->reply));
	EXPECT_EQ(ENODEV, teavmx_error(&self->teavmx)->error);
	EXPECT_EQ(TEAVMX_ENGINE, teavmx_error(&self->teavmx)->status);
	EXPECT_STREQ("engine: the module was unloaded", teavmx_error(&self->teavmx)->message);
}

/* A stack of a process, and each CPU of a large machine */
TEST_F(call, largest)
{
	unsigned int i;

	arrived = 1;
	for (i = 0; i < LARGEST / 50000; i++)
		add_reply(NLM_F_MULTI, SEQ, 50000);
	add_message(NLMSG_DONE, NLM_F_MULTI, SEQ, sizeof(int));
	EXPECT_EQ(0, call_with(&self->teavmx, NLM_F_DUMP, &self->reply));
	EXPECT_EQ(LARGEST / 50000, self->seen.replies);
	EXPECT_EQ(50000, self->seen.size);
}

TEST_F(call, too_large)
{
	arrived = 1;
	add_message(NLMSG_MIN_TYPE, 0, SEQ, RECEIVED_MAX);
	EXPECT_EQ(-1, call_with(&self->teavmx, 0, &self->reply));
	EXPECT_EQ(EMSGSIZE, teavmx_error(&self->teavmx)->error);
	EXPECT_EQ(0, self->seen.replies);
}

/* The length of an attribute has 16 bits, of which the head takes four bytes. */
TEST_F(call, bytes_of_a_request)
{
	EXPECT_TRUE(teavmx_bytes_fit(&self->teavmx, 65531));
	EXPECT_EQ(0, teavmx_error(&self->teavmx)->error);
	EXPECT_FALSE(teavmx_bytes_fit(&self->teavmx, 65532));
	EXPECT_EQ(E2BIG, teavmx_error(&self->teavmx)->error);
}

/* Four functions have bytes of the caller; a longer length would be cut. */
TEST_F(call, requests_whose_bytes_do_not_fit)
{
	static const uint8_t bytes[65532];
	const struct teavmx_program program = {
		.program = bytes,
		.program_size = 16,
		.arguments = bytes,
		.argument_size = sizeof(bytes),
	};
	const struct teavmx_run run = {
		.arguments = bytes,
		.argument_size = sizeof(bytes),
	};
	struct teavmx *teavmx = &self->teavmx;
	struct teavmx_launched launched;
	struct teavmx_vcpu vcpu;
	unsigned int i;

	sent = 0;
	for (i = 0; i < 4; i++) {
		teavmx->error.error = 0;
		EXPECT_EQ(-1, i == 0 ? teavmx_serial_write(teavmx, 1, bytes, sizeof(bytes), NULL) :
			      i == 1 ? teavmx_packet_send(teavmx, 1, 0, 0, bytes, sizeof(bytes),
							  &launched) :
			      i == 2 ? teavmx_vcpu_new(teavmx, 1, &program, &vcpu) :
				       teavmx_vcpu_run_with(teavmx, 1, 1, &run));
		EXPECT_EQ(E2BIG, teavmx_error(teavmx)->error) {
			TH_LOG("function %u", i);
		}
	}
	EXPECT_EQ(0, sent);
}

TEST_F(call, dump_in_parts)
{
	arrived = 1;
	add_reply(NLM_F_MULTI, SEQ, 4);
	add_reply(NLM_F_MULTI, SEQ, 4);
	arrived = 2;
	add_reply(NLM_F_MULTI, SEQ, 4);
	arrived = 3;
	add_message(NLMSG_DONE, NLM_F_MULTI, SEQ, sizeof(int));
	EXPECT_EQ(0, call_with(&self->teavmx, NLM_F_DUMP, &self->reply));
	EXPECT_EQ(3, self->seen.replies);
}

TEST_F(call, dump_interrupted)
{
	arrived = 1;
	add_reply(NLM_F_MULTI | NLM_F_DUMP_INTR, SEQ, 4);
	arrived = 2;
	add_message(NLMSG_DONE, NLM_F_MULTI, SEQ, sizeof(int));
	EXPECT_EQ(1, call_with(&self->teavmx, NLM_F_DUMP, &self->reply));
	EXPECT_EQ(2, received);
}

/* Events, and what is left of an earlier call */
TEST_F(call, others_are_skipped)
{
	arrived = 1;
	add_reply(0, 0, 4);
	add_reply(0, SEQ - 1, 4);
	arrived = 2;
	datagrams[1].error = EINTR;
	arrived = 3;
	add_reply(0, SEQ, 8);
	EXPECT_EQ(0, call_with(&self->teavmx, 0, &self->reply));
	EXPECT_EQ(1, self->seen.replies);
	EXPECT_EQ(8, self->seen.size);
}

/* Malformed messages end the call, and nothing beyond them is read. */
TEST_F(call, malformed)
{
	arrived = 1;
	add_message(NLMSG_ERROR, 0, SEQ, 2);
	EXPECT_EQ(-1, call_with(&self->teavmx, 0, NULL));
	EXPECT_EQ(EPROTO, teavmx_error(&self->teavmx)->error);
	arrived = 2;
	add_message(NLMSG_MIN_TYPE, 0, SEQ, 1);
	EXPECT_EQ(-1, call_with(&self->teavmx, 0, &self->reply));
	EXPECT_EQ(EPROTO, teavmx_error(&self->teavmx)->error);
	arrived = 3;
	add_message(NLMSG_MIN_TYPE, 0, SEQ, 8)->nlmsg_len = 4000;
	arrived = 4;
	datagrams[3].error = ENOBUFS;
	EXPECT_EQ(-1, call_with(&self->teavmx, 0, &self->reply));
	EXPECT_EQ(ENOBUFS, teavmx_error(&self->teavmx)->error);
	EXPECT_EQ(0, self->seen.replies);
}

static void take_none(const struct teavmx_record *record, void *data)
{
	(void)record;
	(void)data;
}

/* A part of the log, of one record, and the number to request next, 0 for none */
static void add_log(uint64_t next)
{
	struct nl_msg *message = reply_begin();
	struct nlattr *record = nla_nest_start(message, TEAVMX_A_EVENT_RECORD);

	nla_put_u32(message, TEAVMX_A_RECORD_TYPE, TEAVMX_EVENT_TYPE_STATE);
	nla_nest_end(message, record);
	if (next)
		nla_put_u64(message, TEAVMX_A_EVENT_SEQ, next);
	reply_end(message);
}

/*
 * Lists come in parts, of which each reply says where the next one begins. If that does
 * not advance, callers would request it without end.
 */
TEST_F(call, log_that_does_not_advance)
{
	struct teavmx *teavmx = &self->teavmx;
	uint64_t seq = 5;

	add_log(6);
	EXPECT_EQ(1, teavmx_event_get(teavmx, 1, &seq, take_none, NULL));
	EXPECT_EQ(6, seq);
	add_log(6);
	EXPECT_EQ(-1, teavmx_event_get(teavmx, 1, &seq, take_none, NULL));
	EXPECT_EQ(EPROTO, teavmx_error(teavmx)->error);
	add_log(0);
	EXPECT_EQ(-1, teavmx_event_get(teavmx, 1, &seq, take_none, NULL));
	EXPECT_EQ(EPROTO, teavmx_error(teavmx)->error);
}

static void add_breakpoints_until(uint64_t next)
{
	struct nl_msg *message = reply_begin();
	struct nlattr *entry = nla_nest_start(message, TEAVMX_A_BREAKPOINT_ENTRY);

	nla_put_u64(message, TEAVMX_A_BREAKPOINT_ENTRY_ADDRESS, next);
	nla_nest_end(message, entry);
	if (next)
		nla_put_u64(message, TEAVMX_A_BREAKPOINT_NEXT, next);
	reply_end(message);
}

TEST_F(call, breakpoints_that_do_not_advance)
{
	struct teavmx_breakpoint *breakpoints;
	struct teavmx *teavmx = &self->teavmx;

	add_breakpoints_until(4);
	add_breakpoints_until(0);
	EXPECT_EQ(2, teavmx_break_list(teavmx, 1, 1, &breakpoints));
	free(breakpoints);
	add_breakpoints_until(4);
	add_breakpoints_until(4);
	EXPECT_EQ(-1, teavmx_break_list(teavmx, 1, 1, &breakpoints));
	EXPECT_EQ(EPROTO, teavmx_error(teavmx)->error);
}

static void add_page_list(uint64_t first, uint64_t second)
{
	const uint64_t pages[] = { first, second };
	struct nl_msg *message = reply_begin();

	nla_put(message, TEAVMX_A_MEMORY_PAGES, first ? sizeof(pages) : 0, pages);
	reply_end(message);
}

TEST_F(call, pages_that_do_not_advance)
{
	struct teavmx *teavmx = &self->teavmx;
	uint64_t *pages;

	add_page_list(0x1000, 0x3000);
	add_page_list(0x4000, 0x8000);
	add_page_list(0, 0);
	EXPECT_EQ(4, teavmx_dirty_list(teavmx, 1, &pages));
	free(pages);
	add_page_list(0x1000, 0x3000);
	add_page_list(0x1000, 0x3000);
	EXPECT_EQ(-1, teavmx_dirty_list(teavmx, 1, &pages));
	EXPECT_EQ(EPROTO, teavmx_error(teavmx)->error);
}

/* A newer module may have more than there is room for. */
TEST_F(call, more_msrs_than_there_is_room_for)
{
	struct teavmx_caps caps;

	arrived = 1;
	add_nests(TEAVMX_A_CAPS_MSR, TEAVMX_A_MSR_NUMBER, TEAVMX_MSRS_MAX + 2);
	ASSERT_EQ(0, teavmx_caps_get(&self->teavmx, 0, &caps));
	ASSERT_EQ(TEAVMX_MSRS_MAX, caps.count);
	EXPECT_EQ(TEAVMX_MSRS_MAX - 1, caps.msrs[TEAVMX_MSRS_MAX - 1].number);
}

TEST_F(call, more_slots_than_there_is_room_for)
{
	struct teavmx_slot slots[TEAVMX_SLOTS];

	arrived = 1;
	add_nests(TEAVMX_A_MACHINE_SLOT, TEAVMX_A_SLOT_NUMBER, TEAVMX_SLOTS + 2);
	ASSERT_EQ(TEAVMX_SLOTS, teavmx_slot_list(&self->teavmx, 1, slots));
	EXPECT_EQ(TEAVMX_SLOTS - 1, slots[TEAVMX_SLOTS - 1].number);
}

TEST_HARNESS_MAIN
