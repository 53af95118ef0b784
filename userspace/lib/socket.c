// SPDX-License-Identifier: LGPL-2.1-or-later
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/genetlink.h>
#include <netlink/errno.h>
#include <netlink/genl/genl.h>

#include "internal.h"

/* A program of the largest size is sent in one message. */
#define SEND_BUFFER	(2 * TEAVMX_PROGRAM_MAX)
#define RECEIVE_BUFFER	(256 * 1024)
/*
 * Bytes that one datagram can have. The largest ones are the reply with a whole stack
 * and that with each CPU of a large machine. Pages that are not used cost nothing.
 */
#define RECEIVED_MAX	(256 * 1024)
/* The message of a request that is not larger is used for the next one, too. */
#define REQUEST_SMALL	1024

int teavmx_fail(struct teavmx_error *error, enum teavmx_status status,
		int number, const char *hint, const char *format, ...)
{
	va_list arguments;

	memset(error, 0, sizeof(*error));
	error->status = status;
	error->error = number;
	if (hint)
		snprintf(error->hint, sizeof(error->hint), "%s", hint);
	va_start(arguments, format);
	vsnprintf(error->message, sizeof(error->message), format, arguments);
	va_end(arguments);
	return -1;
}

void teavmx_socket_extack(struct nl_sock *socket)
{
	int on = 1;

	setsockopt(nl_socket_get_fd(socket), SOL_NETLINK, NETLINK_EXT_ACK, &on,
		   sizeof(on));
}

static int take_family(struct nlattr **a, struct nlmsghdr *answer, void *data)
{
	const struct nlattr *id = a[CTRL_ATTR_FAMILY_ID];

	(void)answer;
	errno = EPROTO;
	if (!id || nla_len(id) < 2)
		return -1;
	*(int *)data = nla_get_u16(id);
	return 0;
}

static int resolve_family(struct teavmx *teavmx)
{
	int family;
	struct teavmx_reply reply = { CTRL_ATTR_FAMILY_ID, take_family, &family };
	struct nl_msg *message;

	teavmx->family = GENL_ID_CTRL;
	message = teavmx_request(teavmx, CTRL_CMD_GETFAMILY, 0, 64);
	if (!message)
		return -1;
	nla_put_string(message, CTRL_ATTR_FAMILY_NAME, TEAVMX_FAMILY_NAME);
	if (teavmx_call(teavmx, message, "find the module", &reply))
		return teavmx_diagnose(&teavmx->error);
	teavmx->family = family;
	return 0;
}

static int connect_socket(struct teavmx *teavmx)
{
	int err;

	teavmx->socket = nl_socket_alloc();
	teavmx->received = malloc(RECEIVED_MAX);
	if (!teavmx->socket || !teavmx->received)
		return teavmx_fail(&teavmx->error, TEAVMX_REQUEST, ENOMEM, NULL,
				   "no memory for a socket");
	err = genl_connect(teavmx->socket);
	if (err < 0)
		return teavmx_fail(&teavmx->error, TEAVMX_ENGINE, errno,
				   "this kernel or sandbox has no generic netlink",
				   "cannot open a netlink socket: %s",
				   nl_geterror(err));
	/*
	 * A request must not fail because its reply does not fit into the
	 * buffer.
	 */
	nl_socket_set_buffer_size(teavmx->socket, RECEIVE_BUFFER, SEND_BUFFER);
	nl_socket_disable_auto_ack(teavmx->socket);
	teavmx_socket_extack(teavmx->socket);
	return resolve_family(teavmx);
}

struct teavmx *teavmx_open(struct teavmx_error *error)
{
	struct teavmx *teavmx = calloc(1, sizeof(*teavmx));

	if (!teavmx) {
		if (error)
			teavmx_fail(error, TEAVMX_REQUEST, ENOMEM, NULL,
				    "out of memory");
		return NULL;
	}
	if (connect_socket(teavmx)) {
		if (error)
			*error = teavmx->error;
		teavmx_close(teavmx);
		return NULL;
	}
	return teavmx;
}

void teavmx_close(struct teavmx *teavmx)
{
	if (!teavmx)
		return;
	teavmx_stream_close(teavmx);
	nl_socket_free(teavmx->socket);
	nlmsg_free(teavmx->spare);
	free(teavmx->received);
	free(teavmx);
}

const struct teavmx_error *teavmx_error(const struct teavmx *teavmx)
{
	return &teavmx->error;
}

const char *teavmx_warning(const struct teavmx *teavmx)
{
	return teavmx->warning[0] ? teavmx->warning : NULL;
}

static struct nl_msg *message_take(struct teavmx *teavmx, size_t size)
{
	struct nl_msg *message = teavmx->spare;

	if (size > REQUEST_SMALL)
		return nlmsg_alloc_size(size);
	if (!message)
		return nlmsg_alloc_size(REQUEST_SMALL);
	teavmx->spare = NULL;
	nlmsg_hdr(message)->nlmsg_len = NLMSG_HDRLEN;
	return message;
}

static void message_release(struct teavmx *teavmx, struct nl_msg *message)
{
	if (teavmx->spare || nlmsg_get_max_size(message) != REQUEST_SMALL)
		nlmsg_free(message);
	else
		teavmx->spare = message;
}

struct nl_msg *teavmx_request(struct teavmx *teavmx, uint8_t command, int flags,
			      size_t size)
{
	struct nl_msg *message;

	message = message_take(teavmx, NLMSG_HDRLEN + GENL_HDRLEN + size);
	if (message && !genlmsg_put(message, NL_AUTO_PORT, NL_AUTO_SEQ,
				    teavmx->family, 0, flags, command,
				    TEAVMX_FAMILY_VERSION)) {
		nlmsg_free(message);
		message = NULL;
	}
	if (!message)
		teavmx_fail(&teavmx->error, TEAVMX_REQUEST, ENOMEM, NULL,
			    "no memory for a request");
	return message;
}

bool teavmx_bytes_fit(struct teavmx *teavmx, size_t size)
{
	if (size <= UINT16_MAX - NLA_HDRLEN)
		return true;
	teavmx_fail(&teavmx->error, TEAVMX_REQUEST, E2BIG, NULL,
		    "%zu bytes do not fit into a request, which has %d at most",
		    size, UINT16_MAX - NLA_HDRLEN);
	return false;
}

int teavmx_put_pair(struct nl_msg *message, int nest, int numbered,
		    uint32_t number, int valued, uint64_t value)
{
	struct nlattr *start = nla_nest_start(message, nest | NLA_F_NESTED);

	if (!start || nla_put_u32(message, numbered, number) ||
	    nla_put_u64(message, valued, value))
		return -1;
	nla_nest_end(message, start);
	return 0;
}

/* A request that has been sent */
struct call {
	struct teavmx *teavmx;
	const struct nlmsghdr *request;
	const struct teavmx_reply *reply;
	const char *format;
	va_list arguments;
	char what[96];
	bool pending;
	bool interrupted;
	bool family_gone;
	int error;
	int reply_error;
};

/* What the call does is only formatted when it has failed. */
static const char *call_what(struct call *call)
{
	va_list arguments;

	va_copy(arguments, call->arguments);
	vsnprintf(call->what, sizeof(call->what), call->format, arguments);
	va_end(arguments);
	return call->what;
}

static enum teavmx_status status_of(int error)
{
	switch (error) {
	case EPERM:
	case EACCES:
		return TEAVMX_PERMISSION;
	case ENOENT:
	case ESRCH:
	case EEXIST:
		return TEAVMX_OBJECT;
	case EOPNOTSUPP:
	case ENODEV:
		return TEAVMX_ENGINE;
	default:
		return TEAVMX_REQUEST;
	}
}

static void note_refusal(struct call *call, const struct teavmx_extack *extack)
{
	struct teavmx_error *error = &call->teavmx->error;
	enum teavmx_status status = status_of(call->error);
	const char *words = extack->message;

	if (!words && extack->missing)
		words = "attribute missing";
	if (status == TEAVMX_PERMISSION) {
		teavmx_not_permitted(error, call_what(call), words);
		error->error = call->error;
	} else {
		teavmx_fail(error, status, call->error, NULL, "cannot %s: %s",
			    call_what(call),
			    words ? words : strerror(call->error));
	}
	memcpy(error->attribute, extack->attribute, sizeof(error->attribute));
}

static void take_refusal(struct call *call, struct nlmsghdr *message, int error)
{
	struct teavmx_extack extack;

	call->error = -error;
	teavmx_extack_parse(message, call->request, &extack);
	note_refusal(call, &extack);
	/*
	 * The module always sends a message with ENOENT; netlink itself does
	 * not.
	 */
	call->family_gone = call->error == ENOENT && !extack.message;
}

/* An acknowledgment can have a message too, which is a warning. */
static void take_ack(struct call *call, struct nlmsghdr *message)
{
	const struct nlmsgerr *ack = nlmsg_data(message);
	struct teavmx_extack extack;

	call->pending = false;
	if (nlmsg_datalen(message) < (int)sizeof(*ack)) {
		call->reply_error = EPROTO;
		return;
	}
	if (ack->error) {
		take_refusal(call, message, ack->error);
		return;
	}
	teavmx_extack_parse(message, call->request, &extack);
	if (extack.message)
		snprintf(call->teavmx->warning, sizeof(call->teavmx->warning),
			 "%s", extack.message);
}

static void take_done(struct call *call, struct nlmsghdr *message)
{
	struct teavmx_extack extack;
	int error = 0;

	if (nlmsg_datalen(message) >= (int)sizeof(error))
		memcpy(&error, nlmsg_data(message), sizeof(error));
	call->pending = false;
	if (error < 0) {
		call->error = -error;
		teavmx_extack_parse_done(message, &extack);
		note_refusal(call, &extack);
	}
}

static void take_reply(struct call *call, struct nlmsghdr *message)
{
	struct nlattr **attributes;
	int max;

	if (!call->reply || call->reply_error)
		return;
	max = call->reply->max;
	/* genlmsg_parse() clears them. */
	attributes = malloc(((size_t)max + 1) * sizeof(struct nlattr *));
	if (!attributes)
		call->reply_error = ENOMEM;
	else if (genlmsg_parse(message, 0, attributes, max, NULL) < 0)
		call->reply_error = EPROTO;
	else if (call->reply->attributes(attributes, message,
					 call->reply->data))
		call->reply_error = errno;
	free(attributes);
	/* Other replies are followed by NLMSG_DONE or an acknowledgment. */
	if (!(message->nlmsg_flags & NLM_F_MULTI) &&
	    !(call->request->nlmsg_flags & NLM_F_ACK))
		call->pending = false;
}

/* On the socket of the stream, events may arrive before the reply. */
static void take_message(struct nlmsghdr *message, void *data)
{
	struct call *call = data;

	if (message->nlmsg_seq != call->request->nlmsg_seq || !call->pending) {
		teavmx_stream_take(call->teavmx, message);
		return;
	}
	if (message->nlmsg_flags & NLM_F_DUMP_INTR)
		call->interrupted = true;
	switch (message->nlmsg_type) {
	case NLMSG_ERROR:
		take_ack(call, message);
		break;
	case NLMSG_DONE:
		take_done(call, message);
		break;
	default:
		take_reply(call, message);
	}
}

int teavmx_receive(struct teavmx *teavmx, struct nl_sock *socket,
		   void (*each)(struct nlmsghdr *message, void *data),
		   void *data)
{
	struct nlmsghdr *message = (struct nlmsghdr *)teavmx->received;
	ssize_t size = recv(nl_socket_get_fd(socket), teavmx->received,
			    RECEIVED_MAX, MSG_TRUNC);
	int left = (int)size;

	if (size < 0)
		return -1;
	if (size > RECEIVED_MAX) {
		errno = EMSGSIZE;
		return -1;
	}
	for (; nlmsg_ok(message, left); message = nlmsg_next(message, &left))
		each(message, data);
	return 0;
}

static int call_receive(struct call *call)
{
	struct teavmx *teavmx = call->teavmx;

	while (call->pending)
		if (teavmx_receive(teavmx, teavmx->socket, take_message, call) &&
		    errno != EINTR)
			return errno == ENODEV ? teavmx_unloaded(&teavmx->error) :
			       teavmx_fail(&teavmx->error, TEAVMX_REQUEST,
					   errno, NULL, "cannot %s: %s",
					   call_what(call), strerror(errno));
	if (call->error)
		return -1;
	if (call->reply_error)
		return teavmx_fail(&teavmx->error, TEAVMX_REQUEST,
				   call->reply_error, NULL,
				   "cannot %s: the answer: %s", call_what(call),
				   strerror(call->reply_error));
	return call->interrupted;
}

static int send_and_receive(struct call *call, struct nl_msg *message)
{
	struct teavmx *teavmx = call->teavmx;
	int err;

	if (!call->reply)
		nlmsg_hdr(message)->nlmsg_flags |= NLM_F_ACK;
	err = nl_send_auto(teavmx->socket, message);
	if (err < 0)
		return teavmx_fail(&teavmx->error, TEAVMX_REQUEST, errno, NULL,
				   "cannot %s: %s", call_what(call),
				   nl_geterror(err));
	return call_receive(call);
}

int teavmx_call(struct teavmx *teavmx, struct nl_msg *message, const char *what,
		const struct teavmx_reply *reply, ...)
{
	struct call call = {
		.teavmx = teavmx,
		.request = nlmsg_hdr(message),
		.reply = reply,
		.format = what,
		.pending = true,
	};
	int err;

	memset(&teavmx->error, 0, sizeof(teavmx->error));
	teavmx->warning[0] = '\0';
	va_start(call.arguments, reply);
	err = send_and_receive(&call, message);
	va_end(call.arguments);
	message_release(teavmx, message);
	/* A module that is loaded again has another family number. */
	return call.family_gone ? teavmx_unloaded(&teavmx->error) : err;
}

int teavmx_dump_end(struct teavmx *teavmx, int err, const char *what)
{
	if (err <= 0)
		return err;
	return teavmx_fail(&teavmx->error, TEAVMX_REQUEST, EAGAIN, "try again",
			   "cannot %s: they changed during each of %d tries",
			   what, DUMP_TRIES);
}
