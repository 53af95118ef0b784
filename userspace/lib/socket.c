// SPDX-License-Identifier: LGPL-2.1-or-later
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/genetlink.h>
#include <netlink/errno.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>

#include "internal.h"

/* A program of the largest size is sent in one message. */
#define SEND_BUFFER	(2 * TEAVMX_PROGRAM_MAX)
#define RECEIVE_BUFFER	(256 * 1024)

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

static int connect_socket(struct teavmx *teavmx)
{
	int err;

	teavmx->socket = nl_socket_alloc();
	if (!teavmx->socket)
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
	teavmx_socket_extack(teavmx->socket);
	teavmx->family = genl_ctrl_resolve(teavmx->socket, TEAVMX_FAMILY_NAME);
	if (teavmx->family < 0)
		return teavmx_diagnose(&teavmx->error);
	return 0;
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

struct nl_msg *teavmx_request(struct teavmx *teavmx, uint8_t command, int flags,
			      size_t size)
{
	struct nl_msg *message;

	message = nlmsg_alloc_size(NLMSG_HDRLEN + GENL_HDRLEN + size);
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
	const char *what;
	bool pending;
	bool family_gone;
	int error;
	int reply_error;
};

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
		teavmx_not_permitted(error, call->what, words);
		error->error = call->error;
	} else {
		teavmx_fail(error, status, call->error, NULL, "cannot %s: %s",
			    call->what, words ? words : strerror(call->error));
	}
	memcpy(error->attribute, extack->attribute, sizeof(error->attribute));
}

static int on_error(struct sockaddr_nl *from, struct nlmsgerr *ack, void *data)
{
	struct nlmsghdr *header = (struct nlmsghdr *)((char *)ack - NLMSG_HDRLEN);
	struct teavmx_extack extack;
	struct call *call = data;

	(void)from;
	call->error = -ack->error;
	call->pending = false;
	teavmx_extack_parse(header, call->request, &extack);
	note_refusal(call, &extack);
	/*
	 * The module always sends a message with ENOENT; netlink itself does
	 * not.
	 */
	call->family_gone = call->error == ENOENT && !extack.message;
	return NL_STOP;
}

static int on_ack(struct nl_msg *message, void *data)
{
	struct teavmx_extack extack;
	struct call *call = data;

	call->pending = false;
	teavmx_extack_parse(nlmsg_hdr(message), call->request, &extack);
	if (extack.message)
		snprintf(call->teavmx->warning, sizeof(call->teavmx->warning),
			 "%s", extack.message);
	return NL_STOP;
}

static int on_finish(struct nl_msg *message, void *data)
{
	struct nlmsghdr *header = nlmsg_hdr(message);
	struct teavmx_extack extack;
	struct call *call = data;
	int error = 0;

	if (nlmsg_datalen(header) >= (int)sizeof(error))
		memcpy(&error, nlmsg_data(header), sizeof(error));
	call->pending = false;
	if (error < 0) {
		call->error = -error;
		teavmx_extack_parse_done(header, &extack);
		note_refusal(call, &extack);
	}
	return NL_STOP;
}

/* On the socket of the stream, events may arrive before the reply. */
static int on_sequence(struct nl_msg *message, void *data)
{
	const struct call *call = data;

	return nlmsg_hdr(message)->nlmsg_seq == call->request->nlmsg_seq ?
	       NL_OK : NL_SKIP;
}

static int on_valid(struct nl_msg *message, void *data)
{
	struct call *call = data;
	struct nlattr **attributes;
	int max;

	if (!call->reply || call->reply_error)
		return NL_OK;
	max = call->reply->max;
	attributes = calloc((size_t)max + 1, sizeof(struct nlattr *));
	if (!attributes)
		call->reply_error = ENOMEM;
	else if (genlmsg_parse(nlmsg_hdr(message), 0, attributes, max, NULL) < 0)
		call->reply_error = EPROTO;
	else if (call->reply->attributes(attributes, nlmsg_hdr(message),
					 call->reply->data))
		call->reply_error = errno;
	free(attributes);
	return NL_OK;
}

static int call_receive(struct call *call, struct nl_cb *cb)
{
	struct teavmx *teavmx = call->teavmx;

	while (call->pending) {
		int err;

		/* libnl does not set errno with each of its errors. */
		errno = 0;
		err = nl_recvmsgs(teavmx->socket, cb);
		if (err == -NLE_DUMP_INTR)
			return 1;
		if (err < 0 && call->pending && errno != EINTR)
			return teavmx_fail(&teavmx->error, TEAVMX_REQUEST,
					   errno, NULL, "cannot %s: %s",
					   call->what, nl_geterror(err));
	}
	if (call->error)
		return -1;
	if (call->reply_error)
		return teavmx_fail(&teavmx->error, TEAVMX_REQUEST,
				   call->reply_error, NULL,
				   "cannot %s: the answer: %s", call->what,
				   strerror(call->reply_error));
	return 0;
}

static int send_and_receive(struct call *call, struct nl_msg *message)
{
	struct teavmx *teavmx = call->teavmx;
	struct nl_cb *cb = nl_cb_alloc(NL_CB_DEFAULT);
	int err;

	if (!cb)
		return teavmx_fail(&teavmx->error, TEAVMX_REQUEST, ENOMEM, NULL,
				   "no memory for a request");
	nl_cb_err(cb, NL_CB_CUSTOM, on_error, call);
	nl_cb_set(cb, NL_CB_ACK, NL_CB_CUSTOM, on_ack, call);
	nl_cb_set(cb, NL_CB_FINISH, NL_CB_CUSTOM, on_finish, call);
	nl_cb_set(cb, NL_CB_VALID, NL_CB_CUSTOM, on_valid, call);
	nl_cb_set(cb, NL_CB_SEQ_CHECK, NL_CB_CUSTOM, on_sequence, call);
	err = nl_send_auto(teavmx->socket, message);
	if (err < 0)
		err = teavmx_fail(&teavmx->error, TEAVMX_REQUEST, errno, NULL,
				  "cannot %s: %s", call->what,
				  nl_geterror(err));
	else
		err = call_receive(call, cb);
	nl_cb_put(cb);
	return err;
}

int teavmx_call(struct teavmx *teavmx, struct nl_msg *message, const char *what,
		const struct teavmx_reply *reply)
{
	struct call call = {
		.teavmx = teavmx,
		.request = nlmsg_hdr(message),
		.reply = reply,
		.what = what,
		.pending = true,
	};
	int err;

	memset(&teavmx->error, 0, sizeof(teavmx->error));
	teavmx->warning[0] = '\0';
	err = send_and_receive(&call, message);
	nlmsg_free(message);
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
