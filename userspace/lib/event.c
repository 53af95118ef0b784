// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The kernel keeps the place of a stream in the log of each VM: it sends each record
 * once, in the order of the numbers, and a record of type lost in place of those that
 * it could not send in time.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/genetlink.h>
#include <netlink/errno.h>
#include <netlink/genl/genl.h>

#include "record.h"
#include "recording.h"

#define EVENT_BUFFER	(1024 * 1024)
#define SUBSCRIBE_TRIES	10
/* Messages that are read for one record, or for none, and requests of one sync */
#define DRAIN_MAX	4096

/*
 * @filter: of the watch; a synchronization repeats it
 * @next_filter: of the watch that follows
 * @watches: a watch has begun; before that no record is delivered
 * @vm: the VM that is watched, 0 for all
 * @expected: of one VM, the records before this one were delivered or not wanted
 * @messages: event messages so far
 * @arrived: records that are not delivered yet
 * @tap: where what arrives is copied to, or NULL
 */
struct teavmx_stream {
	struct nl_sock *socket;
	struct teavmx_event_filter filter;
	struct teavmx_event_filter next_filter;
	bool watches;
	uint32_t vm;
	uint64_t expected;
	uint64_t messages;
	struct record_list arrived;
	struct record_node *current;
	const struct recording_tap *tap;
	int parse_error;
};

static int no_memory(struct teavmx *teavmx)
{
	return teavmx_fail(&teavmx->error, TEAVMX_REQUEST, ENOMEM, NULL,
			   "no memory for events");
}

static void take_event(struct nlmsghdr *message, void *data)
{
	struct genlmsghdr *genl = nlmsg_data(message);
	struct teavmx_stream *stream = data;

	if (message->nlmsg_type < NLMSG_MIN_TYPE ||
	    nlmsg_datalen(message) < (int)GENL_HDRLEN ||
	    genl->cmd != TEAVMX_CMD_EVENT)
		return;
	stream->messages++;
	if (stream->tap)
		record_copy(message, stream->tap);
	if (record_list_parse(&stream->arrived, message) < 0)
		stream->parse_error = errno;
}

void teavmx_stream_take(struct teavmx *teavmx, struct nlmsghdr *message)
{
	struct teavmx_stream *stream = teavmx->stream;

	if (stream && teavmx->socket == stream->socket)
		take_event(message, stream);
}

static void set_buffer(struct nl_sock *socket, int size)
{
	int fd = nl_socket_get_fd(socket);

	/* Beyond the system's limit only with CAP_NET_ADMIN */
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)))
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
}

static void put_filter(struct nl_msg *message,
		       const struct teavmx_event_filter *filter)
{
	if (filter->types)
		nla_put_u32(message, TEAVMX_A_EVENT_TYPES, filter->types);
	if (filter->vcpu)
		nla_put_u32(message, TEAVMX_A_EVENT_VCPU_ID, filter->vcpu);
	if (filter->every)
		nla_put_u32(message, TEAVMX_A_EVENT_EVERY, filter->every);
	if (filter->has_reasons)
		nla_put(message, TEAVMX_A_EVENT_REASONS,
			sizeof(filter->reasons), filter->reasons);
}

/* What SUBSCRIBE requests beside the filter */
struct choice {
	uint32_t vm;
	bool new_only;
	const uint64_t *seq;
};

static int subscribe_once(struct teavmx *teavmx, const struct choice *choice)
{
	struct nl_sock *socket = teavmx->socket;
	struct nl_msg *message;
	int err;

	message = teavmx_request(teavmx, TEAVMX_CMD_SUBSCRIBE, 0, 128);
	if (!message)
		return -1;
	if (choice->vm)
		nla_put_u32(message, TEAVMX_A_EVENT_VM_ID, choice->vm);
	if (choice->seq)
		nla_put_u64(message, TEAVMX_A_EVENT_SEQ, *choice->seq);
	if (choice->new_only)
		nla_put_flag(message, TEAVMX_A_EVENT_NEW_ONLY);
	nla_put_u32(message, TEAVMX_A_EVENT_FORMAT,
		    TEAVMX_EVENT_FORMAT_COMPACT);
	put_filter(message, &teavmx->stream->filter);
	teavmx->socket = teavmx->stream->socket;
	err = teavmx_call(teavmx, message, "subscribe to the events", NULL);
	teavmx->socket = socket;
	return err;
}

/*
 * What there is room for is sent before the answer, which may be lost in a small buffer
 * that is full, so the request is repeated.
 */
static int subscribe(struct teavmx *teavmx, const struct choice *choice)
{
	int tries = SUBSCRIBE_TRIES;
	int err;

	do {
		err = subscribe_once(teavmx, choice);
	} while (err && --tries && (teavmx->error.error == ENOBUFS ||
				    teavmx->error.error == EAGAIN));
	return err;
}

/* Of VMs that are created from now on, no record is missed before a watch. */
static int subscribe_new(struct teavmx *teavmx)
{
	static const struct choice new_vms = { .new_only = true };

	return subscribe(teavmx, &new_vms);
}

static int join(struct teavmx *teavmx, struct teavmx_stream *stream, int buffer)
{
	int err;

	nl_socket_disable_auto_ack(stream->socket);
	err = genl_connect(stream->socket);
	if (err < 0)
		return teavmx_fail(&teavmx->error, TEAVMX_REQUEST, errno, NULL,
				   "cannot open a socket for events: %s",
				   nl_geterror(err));
	teavmx_socket_extack(stream->socket);
	if (subscribe_new(teavmx))
		return -1;
	set_buffer(stream->socket, buffer ? buffer : EVENT_BUFFER);
	nl_socket_set_nonblocking(stream->socket);
	return 0;
}

int teavmx_event_open(struct teavmx *teavmx, int buffer)
{
	struct teavmx_stream *stream;

	teavmx_stream_close(teavmx);
	stream = calloc(1, sizeof(*stream));
	if (!stream)
		return no_memory(teavmx);
	teavmx->stream = stream;
	stream->socket = nl_socket_alloc();
	if (stream->socket) {
		if (!join(teavmx, stream, buffer))
			return 0;
	} else {
		no_memory(teavmx);
	}
	teavmx_stream_close(teavmx);
	return -1;
}

static void free_list(struct record_list *list)
{
	struct record_node *node;

	while ((node = record_list_pop(list)))
		record_free(node);
}

void teavmx_stream_close(struct teavmx *teavmx)
{
	struct teavmx_stream *stream = teavmx->stream;

	if (!stream)
		return;
	nl_socket_free(stream->socket);
	free_list(&stream->arrived);
	record_free(stream->current);
	free(stream);
	teavmx->stream = NULL;
}

void recording_listen(struct teavmx *teavmx, const struct recording_tap *tap)
{
	teavmx->stream->tap = tap;
}

int teavmx_event_fd(const struct teavmx *teavmx)
{
	return teavmx->stream ? nl_socket_get_fd(teavmx->stream->socket) : -1;
}

struct log_answer {
	struct record_list list;
	uint64_t next;
	int count;
};

static int take_log(struct nlattr **a, struct nlmsghdr *message, void *data)
{
	struct log_answer *log = data;
	uint64_t next = u64_of(a[TEAVMX_A_EVENT_SEQ]);
	int count = record_list_parse(&log->list, message);

	if (count < 0)
		return -1;
	/* A module that always returned the same records would never end. */
	if (count && next <= log->next) {
		errno = EPROTO;
		return -1;
	}
	log->count += count;
	log->next = next;
	return 0;
}

static int read_log(struct teavmx *teavmx, uint32_t vm, uint64_t seq,
		    struct log_answer *log)
{
	struct teavmx_reply reply = { TEAVMX_A_EVENT_MAX, take_log, log };
	struct nl_msg *message;

	*log = (struct log_answer){ .next = seq };
	message = teavmx_request(teavmx, TEAVMX_CMD_EVENT_GET, 0, 64);
	if (!message)
		return -1;
	nla_put_u32(message, TEAVMX_A_EVENT_VM_ID, vm);
	nla_put_u64(message, TEAVMX_A_EVENT_SEQ, seq);
	return teavmx_call(teavmx, message, "read the event log", &reply);
}

int teavmx_event_get(struct teavmx *teavmx, uint32_t vm, uint64_t *seq,
		     void (*each)(const struct teavmx_record *record,
				  void *data), void *data)
{
	struct record_node *node;
	struct log_answer log;

	if (read_log(teavmx, vm, *seq, &log)) {
		free_list(&log.list);
		return -1;
	}
	while ((node = record_list_pop(&log.list))) {
		each(&node->record, data);
		record_free(node);
	}
	*seq = log.next;
	return log.count;
}

/* After SUBSCRIBE for one VM, records of others may still be on the way. */
static bool is_of_other_vm(const struct teavmx_stream *stream,
			   const struct teavmx_record *record)
{
	return stream->vm && record->vm && record->vm != stream->vm;
}

/* The records from @first on, of which those before stream->expected are known */
static bool is_known(struct teavmx_stream *stream, uint64_t first,
		     uint64_t count)
{
	bool known = first + count <= stream->expected;

	if (!known)
		stream->expected = first + count;
	return known;
}

/* Is the record to be delivered? A record of type lost may shrink. */
static bool admit(struct teavmx_stream *stream, struct teavmx_record *record)
{
	uint64_t expected = stream->expected;

	if (is_of_other_vm(stream, record))
		return false;
	if (!stream->vm || !TEAVMX_RECORD_HAS(record, SEQ))
		return true;
	if (record->type != TEAVMX_EVENT_TYPE_LOST)
		return !is_known(stream, record->seq, 1);
	if (is_known(stream, record->seq, record->lost))
		return false;
	if (record->seq < expected) {
		record->lost -= expected - record->seq;
		record->seq = expected;
	}
	return true;
}

/* The next record that is to be delivered; it is in the current node. */
static bool next_admitted(struct teavmx_stream *stream,
			  struct teavmx_record *record)
{
	do {
		while (record_step(stream->current, record))
			if (admit(stream, record))
				return true;
		record_free(stream->current);
		stream->current = record_list_pop(&stream->arrived);
	} while (stream->current);
	return false;
}

/* 1: a message was read, 0: there is none, -1: failure */
static int receive(struct teavmx *teavmx)
{
	struct teavmx_stream *stream = teavmx->stream;
	int err;

	if (teavmx_receive(teavmx, stream->socket, take_event, stream)) {
		/* An answer had no room. */
		if (errno == ENOBUFS)
			return 1;
		if (errno == EAGAIN || errno == EINTR)
			return 0;
		if (errno == ENODEV)
			return teavmx_unloaded(&teavmx->error);
		return teavmx_fail(&teavmx->error, TEAVMX_REQUEST, errno, NULL,
				   "cannot receive events: %s",
				   strerror(errno));
	}
	err = stream->parse_error;
	stream->parse_error = 0;
	if (err)
		return teavmx_fail(&teavmx->error, TEAVMX_REQUEST, err, NULL,
				   "cannot read an event: %s", strerror(err));
	return 1;
}

static int no_stream(struct teavmx *teavmx)
{
	return teavmx_fail(&teavmx->error, TEAVMX_REQUEST, EBADF, NULL,
			   "no event stream is open");
}

int teavmx_event_next(struct teavmx *teavmx, struct teavmx_record *record)
{
	struct teavmx_stream *stream = teavmx->stream;
	int left = DRAIN_MAX;
	int err = 1;

	if (!stream)
		return no_stream(teavmx);
	if (!stream->watches)
		return 0;
	while (!next_admitted(stream, record)) {
		err = left-- ? receive(teavmx) : 0;
		if (err <= 0)
			return err;
	}
	return 1;
}

/*
 * What the kernel has not sent for want of room, it sends when the request for the
 * same records is repeated, until that brings nothing.
 */
int teavmx_event_sync(struct teavmx *teavmx)
{
	struct teavmx_stream *stream = teavmx->stream;
	int left = DRAIN_MAX;
	struct choice same;
	uint64_t messages;

	if (!stream)
		return no_stream(teavmx);
	if (!stream->watches)
		return 0;
	same = (struct choice){ .vm = stream->vm };
	do {
		messages = stream->messages;
		/* The log of a VM that has ended stays for a while only. */
		if (subscribe(teavmx, &same))
			return teavmx->error.status == TEAVMX_OBJECT ? 0 : -1;
	} while (stream->messages != messages && left--);
	return 0;
}

int teavmx_event_filter(struct teavmx *teavmx,
			const struct teavmx_event_filter *filter)
{
	if (!teavmx->stream)
		return no_stream(teavmx);
	teavmx->stream->next_filter = *filter;
	return 0;
}

/* Ends a watch, so that nothing of it is delivered to the next one. */
static int forget(struct teavmx *teavmx)
{
	struct teavmx_stream *stream = teavmx->stream;
	int left = DRAIN_MAX;
	int err;

	if (!stream->watches)
		return 0;
	stream->watches = false;
	record_free(stream->current);
	stream->current = NULL;
	if (subscribe_new(teavmx))
		return -1;
	do {
		free_list(&stream->arrived);
		err = receive(teavmx);
	} while (err > 0 && left--);
	free_list(&stream->arrived);
	return err < 0 ? -1 : 0;
}

static int watch(struct teavmx *teavmx, const struct choice *choice)
{
	struct teavmx_stream *stream = teavmx->stream;

	if (!stream)
		return no_stream(teavmx);
	if (forget(teavmx))
		return -1;
	stream->filter = stream->next_filter;
	if (subscribe(teavmx, choice))
		return -1;
	stream->watches = true;
	stream->vm = choice->vm;
	stream->expected = choice->seq ? *choice->seq : 0;
	return 0;
}

int teavmx_event_watch(struct teavmx *teavmx, uint32_t vm, uint64_t seq)
{
	return watch(teavmx, &(struct choice){ .vm = vm, .seq = &seq });
}

int teavmx_event_watch_all(struct teavmx *teavmx)
{
	return watch(teavmx, &(struct choice){ });
}
