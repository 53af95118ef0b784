// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The numbers of a VM's records have no gap, so a record that comes too early
 * shows that others were lost on the way. The kernel's log has the last ones,
 * and they are read from there before the early one is delivered.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/genetlink.h>
#include <netlink/errno.h>
#include <netlink/genl/genl.h>

#include "record.h"

#define EVENT_BUFFER	(1024 * 1024)
#define SUBSCRIBE_TRIES	10
/* A VM that sends without a pause must not hold an overrun reader without end. */
#define DRAIN_MAX	4096

/* How far the records of a VM have been delivered */
struct watch {
	uint32_t vm;
	uint64_t expected;
};

struct teavmx_stream {
	struct nl_sock *socket;
	bool all;
	bool overrun;
	struct watch *watches;
	size_t count;
	struct record_list arrived;
	struct record_list ready;
	struct record_node *current;
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

	if (message->nlmsg_type >= NLMSG_MIN_TYPE &&
	    nlmsg_datalen(message) >= (int)GENL_HDRLEN &&
	    genl->cmd == TEAVMX_CMD_EVENT &&
	    record_list_parse(&stream->arrived, message) < 0)
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

static int subscribe_once(struct teavmx *teavmx, uint32_t vm)
{
	struct nl_sock *socket = teavmx->socket;
	struct nl_msg *message;
	int err;

	message = teavmx_request(teavmx, TEAVMX_CMD_SUBSCRIBE, 0, 64);
	if (!message)
		return -1;
	if (vm)
		nla_put_u32(message, TEAVMX_A_EVENT_VM_ID, vm);
	teavmx->socket = teavmx->stream->socket;
	err = teavmx_call(teavmx, message, "subscribe to the events", NULL);
	teavmx->socket = socket;
	return err;
}

/*
 * Have the kernel send the events of @vm, or of all VMs, to the stream. Events
 * that arrive before the answer can leave no room for it, so that the request has
 * to be repeated.
 */
static int subscribe(struct teavmx *teavmx, uint32_t vm)
{
	int tries = SUBSCRIBE_TRIES;
	int err;

	do {
		err = subscribe_once(teavmx, vm);
	} while (err && --tries && (teavmx->error.error == ENOBUFS ||
				    teavmx->error.error == EAGAIN));
	return err;
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
	if (subscribe(teavmx, 0))
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
	free_list(&stream->ready);
	record_free(stream->current);
	free(stream->watches);
	free(stream);
	teavmx->stream = NULL;
}

int teavmx_event_fd(const struct teavmx *teavmx)
{
	return teavmx->stream ? nl_socket_get_fd(teavmx->stream->socket) : -1;
}

static struct watch *watch_find(struct teavmx_stream *stream, uint32_t vm)
{
	size_t i;

	for (i = 0; i < stream->count; i++)
		if (stream->watches[i].vm == vm)
			return &stream->watches[i];
	return NULL;
}

static struct watch *watch_add(struct teavmx_stream *stream, uint32_t vm,
			       uint64_t expected)
{
	struct watch *grown;

	grown = reallocarray(stream->watches, stream->count + 1,
			     sizeof(*grown));
	if (!grown)
		return NULL;
	stream->watches = grown;
	grown += stream->count++;
	grown->vm = vm;
	grown->expected = expected;
	return grown;
}

/* NULL for a VM that is of no interest, and without memory */
static struct watch *watch_of(struct teavmx_stream *stream, uint32_t vm)
{
	struct watch *watch = watch_find(stream, vm);

	if (watch || !stream->all)
		return watch;
	return watch_add(stream, vm, 1);
}

/* Everything of @watch before @seq that has not been delivered is gone. */
static int give_up(struct teavmx_stream *stream, struct watch *watch,
		   uint64_t seq)
{
	struct record_node *lost;

	if (seq <= watch->expected)
		return 0;
	lost = record_lost(watch->vm, watch->expected, seq - watch->expected);
	watch->expected = seq;
	return record_list_push(&stream->ready, lost);
}

static int deliver(struct teavmx_stream *stream, struct watch *watch,
		   struct record_node *node)
{
	uint64_t seq = node->record.seq;

	if (seq < watch->expected) {
		record_free(node);
		return 0;
	}
	if (give_up(stream, watch, seq)) {
		record_free(node);
		return -1;
	}
	watch->expected = seq + 1;
	return record_list_push(&stream->ready, node);
}

struct log_answer {
	struct record_list list;
	uint64_t next;
	int count;
};

static int take_log(struct nlattr **a, struct nlmsghdr *message, void *data)
{
	struct log_answer *log = data;
	int count = record_list_parse(&log->list, message);

	if (count < 0)
		return -1;
	log->count += count;
	log->next = u64_of(a[TEAVMX_A_EVENT_SEQ]);
	return 0;
}

static int read_log(struct teavmx *teavmx, uint32_t vm, uint64_t seq,
		    struct log_answer *log)
{
	struct teavmx_reply reply = { TEAVMX_A_EVENT_MAX, take_log, log };
	struct nl_msg *message;

	memset(log, 0, sizeof(*log));
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

/*
 * Deliver what the log has before @until, and perhaps some more. 1 when the VM
 * is gone, and its log with it.
 */
static int catch_up(struct teavmx *teavmx, struct watch *watch, uint64_t until)
{
	struct teavmx_stream *stream = teavmx->stream;
	struct record_node *node;
	struct log_answer log;
	int err;

	if (watch->expected >= until)
		return 0;
	do {
		err = read_log(teavmx, watch->vm, watch->expected, &log);
		while (!err && (node = record_list_pop(&log.list)))
			if (deliver(stream, watch, node))
				err = no_memory(teavmx);
		free_list(&log.list);
	} while (!err && log.count && watch->expected < until);
	if (err && teavmx->error.status == TEAVMX_OBJECT)
		return 1;
	return err;
}

static int admit(struct teavmx *teavmx, struct record_node *node)
{
	struct teavmx_stream *stream = teavmx->stream;
	struct watch *watch = watch_of(stream, node->record.vm);

	if (!watch) {
		record_free(node);
		return stream->all ? no_memory(teavmx) : 0;
	}
	if (catch_up(teavmx, watch, node->record.seq) < 0) {
		record_free(node);
		return -1;
	}
	return deliver(stream, watch, node) ? no_memory(teavmx) : 0;
}

static int admit_arrived(struct teavmx *teavmx)
{
	struct record_node *node;

	while ((node = record_list_pop(&teavmx->stream->arrived)))
		if (admit(teavmx, node))
			return -1;
	return 0;
}

/* A VM that is gone after an overrun may have said more than was heard. */
static int sync_watch(struct teavmx *teavmx, struct watch *watch, bool overrun)
{
	struct teavmx_stream *stream = teavmx->stream;
	struct teavmx_vm vm;
	int err;

	err = teavmx_vm_get(teavmx, watch->vm, &vm);
	if (err)
		err = teavmx->error.status == TEAVMX_OBJECT ? 1 : -1;
	else
		err = catch_up(teavmx, watch, vm.next_seq);
	if (err <= 0 || !overrun)
		return err < 0 ? -1 : 0;
	if (record_list_push(&stream->ready,
			     record_lost(watch->vm, watch->expected, 0)))
		return no_memory(teavmx);
	return 0;
}

/* Forget the VMs that are gone, so that each is reported once. */
static void prune(struct teavmx_stream *stream, const struct teavmx_vm *vms,
		  int count)
{
	size_t kept = 0;
	size_t i;
	int j;

	for (i = 0; i < stream->count; i++) {
		for (j = 0; j < count; j++)
			if (vms[j].id == stream->watches[i].vm)
				break;
		if (j < count)
			stream->watches[kept++] = stream->watches[i];
	}
	stream->count = kept;
}

static int sync_all(struct teavmx *teavmx, bool overrun)
{
	struct teavmx_stream *stream = teavmx->stream;
	struct teavmx_vm *vms;
	int count = teavmx_vm_list(teavmx, &vms);
	int err = 0;
	size_t i;
	int j;

	if (count < 0)
		return -1;
	for (j = 0; j < count && !err; j++)
		if (!watch_of(stream, vms[j].id))
			err = no_memory(teavmx);
	for (i = 0; i < stream->count && !err; i++)
		err = sync_watch(teavmx, &stream->watches[i], overrun);
	if (!err && overrun)
		prune(stream, vms, count);
	free(vms);
	return err;
}

static int sync_stream(struct teavmx *teavmx, bool overrun)
{
	struct teavmx_stream *stream = teavmx->stream;

	if (stream->all)
		return sync_all(teavmx, overrun);
	if (stream->count)
		return sync_watch(teavmx, &stream->watches[0], overrun);
	return 0;
}

/* 1: a message was read, 0: there is none, -1: failure */
static int receive(struct teavmx *teavmx)
{
	struct teavmx_stream *stream = teavmx->stream;
	int err;

	if (teavmx_receive(teavmx, stream->socket, take_event, stream)) {
		if (errno == ENOBUFS) {
			stream->overrun = true;
			return 1;
		}
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
	return admit_arrived(teavmx) ? -1 : 1;
}

static int fill(struct teavmx *teavmx)
{
	struct teavmx_stream *stream = teavmx->stream;
	int left = DRAIN_MAX;
	int err;

	do {
		err = receive(teavmx);
	} while (err > 0 && --left && (stream->overrun || !stream->ready.head));
	if (err < 0)
		return -1;
	if (!stream->overrun)
		return 0;
	stream->overrun = false;
	return sync_stream(teavmx, true);
}

static int no_stream(struct teavmx *teavmx)
{
	return teavmx_fail(&teavmx->error, TEAVMX_REQUEST, EBADF, NULL,
			   "no event stream is open");
}

int teavmx_event_next(struct teavmx *teavmx, struct teavmx_record *record)
{
	struct teavmx_stream *stream = teavmx->stream;

	if (!stream)
		return no_stream(teavmx);
	record_free(stream->current);
	stream->current = NULL;
	if (!stream->ready.head && fill(teavmx))
		return -1;
	stream->current = record_list_pop(&stream->ready);
	if (!stream->current)
		return 0;
	*record = stream->current->record;
	return 1;
}

int teavmx_event_sync(struct teavmx *teavmx)
{
	if (!teavmx->stream)
		return no_stream(teavmx);
	return sync_stream(teavmx, false);
}

/* Drops what has arrived: no request of this stream is for it. */
static void forget(struct teavmx *teavmx)
{
	struct teavmx_stream *stream = teavmx->stream;
	int left = DRAIN_MAX;

	while (left-- && !teavmx_receive(teavmx, stream->socket, take_event,
					 stream))
		free_list(&stream->arrived);
	free_list(&stream->arrived);
	free_list(&stream->ready);
	stream->count = 0;
	stream->all = false;
}

int teavmx_event_watch(struct teavmx *teavmx, uint32_t vm, uint64_t seq)
{
	struct teavmx_stream *stream = teavmx->stream;
	struct teavmx_vm state;
	struct watch *watch;

	if (!stream)
		return no_stream(teavmx);
	stream->count = 0;
	stream->all = false;
	if (subscribe(teavmx, vm))
		return -1;
	watch = watch_add(stream, vm, seq);
	if (!watch)
		return no_memory(teavmx);
	/*
	 * The log may have lost what has arrived, so that is delivered first.
	 */
	if (seq)
		return admit_arrived(teavmx) ||
		       sync_watch(teavmx, watch, false) ? -1 : 0;
	if (teavmx_vm_get(teavmx, vm, &state))
		return -1;
	watch->expected = state.first_seq;
	return admit_arrived(teavmx) ||
	       catch_up(teavmx, watch, state.next_seq) < 0 ? -1 : 0;
}

int teavmx_event_watch_all(struct teavmx *teavmx)
{
	struct teavmx_stream *stream = teavmx->stream;
	struct teavmx_vm *vms;
	int count;
	int i;

	if (!stream)
		return no_stream(teavmx);
	forget(teavmx);
	if (subscribe(teavmx, 0))
		return -1;
	free_list(&stream->arrived);
	count = teavmx_vm_list(teavmx, &vms);
	if (count < 0)
		return -1;
	for (i = 0; i < count; i++) {
		if (!watch_add(stream, vms[i].id, vms[i].next_seq)) {
			free(vms);
			return no_memory(teavmx);
		}
	}
	stream->all = true;
	free(vms);
	return 0;
}
