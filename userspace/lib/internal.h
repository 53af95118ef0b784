/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef TEAVMX_INTERNAL_H
#define TEAVMX_INTERNAL_H

#include <netlink/attr.h>
#include <netlink/msg.h>
#include <netlink/socket.h>

#include "teavmx.h"

/* A dump is interrupted when an object is created or removed during it. */
#define DUMP_TRIES	20

/* Bytes of a page of a guest's RAM and of its page tables */
#define TEAVMX_PAGE_SIZE	4096

struct teavmx_stream;

struct teavmx {
	struct nl_sock *socket;
	int family;
	char *received;
	struct nl_msg *spare;
	struct teavmx_error error;
	char warning[256];
	struct teavmx_stream *stream;
};

/**
 * teavmx_fail() - Note a failure.
 * @error: where
 * @status: its kind
 * @number: errno or 0
 * @hint: next step or NULL
 * @format: the message
 *
 * Return: -1.
 */
int teavmx_fail(struct teavmx_error *error, enum teavmx_status status,
		int number, const char *hint, const char *format, ...)
	__attribute__((__format__(printf, 5, 6)));

/**
 * teavmx_socket_extack() - Request extended acknowledgments of the kernel.
 * @socket: connected socket
 */
void teavmx_socket_extack(struct nl_sock *socket);

/**
 * teavmx_request() - Begin a request.
 * @teavmx: handle
 * @command: TEAVMX_CMD_*
 * @flags: NLM_F_DUMP, NLM_F_ACK for an acknowledgment beside the reply, or 0
 * @size: bytes that the attributes need
 *
 * Return: a message for teavmx_call(), or NULL with the failure noted.
 */
struct nl_msg *teavmx_request(struct teavmx *teavmx, uint8_t command,
			      int flags, size_t size);

/**
 * teavmx_bytes_fit() - Refuse bytes that no attribute can hold.
 * @teavmx: handle
 * @size: how many
 *
 * nla_put() would put the length modulo 65536.
 *
 * Return: whether they fit; if not, the failure is noted.
 */
bool teavmx_bytes_fit(struct teavmx *teavmx, size_t size);

/**
 * struct teavmx_reply - How the replies to a request are read.
 * @max: highest attribute
 * @attributes: called for each reply with its attributes by number, and with the
 *	reply itself for those that occur more than once. Returns 0, or -1 with
 *	errno set
 * @data: passed on to @attributes
 */
struct teavmx_reply {
	int max;
	int (*attributes)(struct nlattr **attributes, struct nlmsghdr *answer,
			  void *data);
	void *data;
};

/**
 * teavmx_call() - Send a request and read its replies.
 * @teavmx: handle
 * @message: the request; it is released
 * @what: what it does, for messages, such as "create a VM", with conversions as
 *	those of printf() for what follows @reply
 * @reply: how replies are read, or NULL for none: then the request is
 *	acknowledged
 *
 * Return: 0, 1 when a dump was interrupted and so may have gaps, or -1 with the
 * failure noted.
 */
int teavmx_call(struct teavmx *teavmx, struct nl_msg *message, const char *what,
		const struct teavmx_reply *reply, ...)
	__attribute__((__format__(printf, 3, 5)));

/**
 * teavmx_receive() - Receive what has arrived, and visit its messages.
 * @teavmx: handle, whose buffer is used
 * @socket: one of its sockets
 * @each: called with each message, which is valid until the function returns
 * @data: passed on to @each
 *
 * Return: 0 or -1 with errno set: EMSGSIZE for messages that do not fit into the
 * buffer, and the errors of recv().
 */
int teavmx_receive(struct teavmx *teavmx, struct nl_sock *socket,
		   void (*each)(struct nlmsghdr *message, void *data),
		   void *data);

/**
 * teavmx_dump_end() - Check the result of the last of DUMP_TRIES dumps.
 * @teavmx: handle
 * @err: what teavmx_call() returned
 * @what: what the dump is for, as for teavmx_call()
 *
 * Return: 0, or -1 with the failure noted.
 */
int teavmx_dump_end(struct teavmx *teavmx, int err, const char *what);

/**
 * teavmx_diagnose() - Find out why the family does not exist.
 * @error: receives cause and next step
 *
 * Return: -1.
 */
int teavmx_diagnose(struct teavmx_error *error);

/**
 * teavmx_unloaded() - Report that the family does not exist any more.
 * @error: receives cause and next step
 *
 * Return: -1.
 */
int teavmx_unloaded(struct teavmx_error *error);

/**
 * teavmx_not_permitted() - Find out what permission is missing.
 * @error: receives cause and next step
 * @what: what was not permitted, as for teavmx_call()
 * @words: the kernel's message, or NULL
 *
 * Return: -1.
 */
int teavmx_not_permitted(struct teavmx_error *error, const char *what,
			 const char *words);

/**
 * struct teavmx_extack - What the kernel adds to an acknowledgment.
 * @message: its message, or NULL
 * @attribute: name of the attribute to blame, or empty
 * @missing: the attribute is missing, not wrong
 */
struct teavmx_extack {
	const char *message;
	char attribute[48];
	bool missing;
};

/**
 * teavmx_extack_parse() - Read the extended acknowledgment.
 * @ack: the NLMSG_ERROR message
 * @request: the request that it acknowledges, as it was sent
 * @extack: receives it; its message points into @ack
 */
void teavmx_extack_parse(struct nlmsghdr *ack, const struct nlmsghdr *request,
			 struct teavmx_extack *extack);

/**
 * teavmx_extack_parse_done() - Read what the kernel adds to the end of a dump.
 * @done: the NLMSG_DONE message
 * @extack: receives it; its message points into @done
 */
void teavmx_extack_parse_done(struct nlmsghdr *done,
			      struct teavmx_extack *extack);

/**
 * teavmx_attribute_name() - Name an attribute of a request.
 * @command: TEAVMX_CMD_*
 * @nest: attribute it is nested in, 0 for none
 * @type: the attribute
 * @name: receives the name, a number if there is none
 * @size: bytes at @name
 */
void teavmx_attribute_name(uint8_t command, int nest, int type, char *name,
			   size_t size);

/**
 * teavmx_put_program() - Add an object file in parts.
 * @message: request
 * @attribute: attribute of a part
 * @program: the object file
 * @size: bytes in it; with 0 there is one part without bytes
 *
 * Return: 0 or -1 without room.
 */
int teavmx_put_program(struct nl_msg *message, int attribute,
		       const void *program, size_t size);

/**
 * teavmx_put_pair() - Add a nest of a number and a value.
 * @message: request
 * @nest: its attribute
 * @numbered: attribute of the number in the nest
 * @number: the number
 * @valued: attribute of the value in the nest
 * @value: the value
 *
 * Return: 0 or -1 without room.
 */
int teavmx_put_pair(struct nl_msg *message, int nest, int numbered,
		    uint32_t number, int valued, uint64_t value);

static inline uint8_t u8_of(const struct nlattr *attr)
{
	return attr && nla_len(attr) >= 1 ? nla_get_u8(attr) : 0;
}

static inline uint32_t u32_of(const struct nlattr *attr)
{
	return attr && nla_len(attr) >= 4 ? nla_get_u32(attr) : 0;
}

static inline uint64_t u64_of(const struct nlattr *attr)
{
	return attr && nla_len(attr) >= 8 ? nla_get_u64(attr) : 0;
}

static inline int port_of(const struct nlattr *attr)
{
	return attr && nla_len(attr) >= 2 ? nla_get_u16(attr) : TEAVMX_NO_PORT;
}

/**
 * teavmx_stream_take() - Keep an event that arrives while a request is answered.
 * @teavmx: handle
 * @message: a message that does not answer the request; other ones than events
 *	of the stream's socket are ignored
 */
void teavmx_stream_take(struct teavmx *teavmx, struct nlmsghdr *message);

/**
 * teavmx_stream_close() - End the event stream of a handle.
 * @teavmx: handle
 */
void teavmx_stream_close(struct teavmx *teavmx);

#endif
