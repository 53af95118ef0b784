// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "stub.h"

/* Bytes of text in one packet that prints */
#define PRINT_MAX	(GDB_PACKET_MAX / 2 - 1)

void gdb_print(struct gdb_session *session, const char *bytes, size_t size)
{
	struct gdb_packet packet;
	size_t part;

	for (; size; bytes += part, size -= part) {
		part = size < PRINT_MAX ? size : PRINT_MAX;
		gdb_packet_begin(&packet);
		gdb_packet_print(&packet, "O");
		gdb_packet_hex(&packet, bytes, part);
		gdb_connection_send(&session->connection, &packet);
	}
}

static void query_supported(struct gdb_session *session)
{
	gdb_packet_print(&session->reply,
			 "PacketSize=%x;QStartNoAckMode+;qXfer:features:read+;"
			 "qXfer:memory-map:read+;swbreak+;hwbreak+;"
			 "vContSupported+;binary-upload+", GDB_PACKET_MAX);
}

static void query_threads(struct gdb_session *session)
{
	uint32_t threads[GDB_THREADS_MAX];
	size_t count = session->target->ops->threads(session->target->data,
						     threads);
	size_t i;

	if (!count)
		gdb_packet_print(&session->reply, "l");
	for (i = 0; i < count; i++)
		gdb_packet_print(&session->reply, "%c%x", i ? ',' : 'm',
				 threads[i]);
}

static void query_extra(struct gdb_session *session, struct gdb_text *text)
{
	const struct gdb_target *target = session->target;
	uint32_t thread;
	char state[128] = "";

	if (gdb_thread_take(text, &thread) || text->at != text->end ||
	    !gdb_thread_exists(session, thread)) {
		gdb_reply_error(session, EINVAL);
		return;
	}
	target->ops->describe(target->data, thread, state, sizeof(state));
	gdb_packet_hex(&session->reply, state, strlen(state));
}

/* The mode that the guest is in now is that of all registers up to the next connection. */
static void session_describe(struct gdb_session *session, FILE *file)
{
	const struct gdb_target *target = session->target;
	struct teavmx_register *list;
	int count = session->fixed ? -1 :
		    target->ops->registers(target->data, session->thread, &list);

	if (count >= 0) {
		session->mode = gdb_mode_of(list, (size_t)count);
		free(list);
	}
	session->reported = session->mode;
	session->described = true;
	gdb_registers_describe(session->mode, file);
}

/*
 * gdb takes what a map lacks as inaccessible. Addresses are linear as soon as paging is
 * on, so the rest of the address space has to be in it, too.
 */
static void memory_describe(struct gdb_session *session, FILE *file)
{
	const struct gdb_target *target = session->target;
	uint64_t memory = target->ops->memory(target->data);
	uint64_t end = session->mode == GDB_MODE_64 ? 0 : UINT64_C(1) << 32;

	fprintf(file,
		"<?xml version=\"1.0\"?>\n"
		"<!DOCTYPE memory-map PUBLIC \"+//IDN gnu.org//DTD GDB Memory Map V1.0//EN\"\n"
		"\"http://sourceware.org/gdb/gdb-memory-map.dtd\">\n"
		"<memory-map>\n"
		"<memory type=\"ram\" start=\"0x0\" length=\"0x%llx\"/>\n",
		(unsigned long long)memory);
	/* The end of the 64-bit address space is 0. */
	if (!end || memory < end)
		fprintf(file, "<memory type=\"ram\" start=\"0x%llx\" length=\"0x%llx\"/>\n",
			(unsigned long long)memory,
			(unsigned long long)(end - memory));
	fputs("</memory-map>\n", file);
}

/* A stream that grows would not report that memory was short, so the room is fixed. */
static int document_make(struct gdb_session *session, const char *name,
			 void (*describe)(struct gdb_session *session,
					  FILE *file))
{
	FILE *file = fmemopen(session->document, sizeof(session->document), "w");

	session->document_name = NULL;
	if (!file)
		return -1;
	describe(session, file);
	if (fclose(file))
		return -1;
	session->document_size = strnlen(session->document,
					 sizeof(session->document));
	session->document_name = name;
	return 0;
}

/* OFFSET,LENGTH of a document, which is made when its beginning is read */
static void document_read(struct gdb_session *session, struct gdb_text *text,
			  const char *name,
			  void (*describe)(struct gdb_session *session,
					   FILE *file))
{
	uint64_t offset, size;
	size_t left;

	if (gdb_text_number(text, &offset) || !gdb_text_is(text, ",") ||
	    gdb_text_number(text, &size) || text->at != text->end) {
		gdb_reply_error(session, EINVAL);
		return;
	}
	if ((!offset || session->document_name != name) &&
	    document_make(session, name, describe)) {
		gdb_reply_error(session, ENOMEM);
		return;
	}
	if (offset > session->document_size) {
		gdb_reply_error(session, EINVAL);
		return;
	}
	left = session->document_size - offset;
	/* Half of it has room even if each byte is escaped. */
	if (size > GDB_PACKET_MAX / 2 - 1)
		size = GDB_PACKET_MAX / 2 - 1;
	gdb_packet_print(&session->reply, size < left ? "m" : "l");
	gdb_packet_binary(&session->reply, session->document + offset,
			  size < left ? size : left);
}

static void query_document(struct gdb_session *session, struct gdb_text *text)
{
	if (gdb_text_is(text, "features:read:target.xml:"))
		document_read(session, text, "features", session_describe);
	else if (gdb_text_is(text, "memory-map:read::"))
		document_read(session, text, "memory-map", memory_describe);
	else if (gdb_text_is(text, "features:read:"))
		gdb_packet_print(&session->reply, "E00");
}

static ssize_t print_write(void *session, const char *bytes, size_t size)
{
	gdb_print(session, bytes, size);
	return (ssize_t)size;
}

/* The result of a command is printed, and then comes OK or an error. */
static void query_command(struct gdb_session *session, struct gdb_text *text)
{
	static const cookie_io_functions_t functions = { .write = print_write };
	const struct gdb_target *target = session->target;
	char line[GDB_PACKET_MAX / 2 + 1];
	int count = gdb_text_hex(text, line, sizeof(line) - 1);
	FILE *file;
	int err;

	if (count < 0) {
		gdb_reply_error(session, EINVAL);
		return;
	}
	line[count] = '\0';
	file = fopencookie(session, "w", functions);
	if (!file) {
		gdb_reply_error(session, ENOMEM);
		return;
	}
	err = target->ops->monitor(target->data, session->thread, line, file);
	fclose(file);
	if (err)
		gdb_reply_error(session, EINVAL);
	else
		gdb_reply_done(session, 0);
}

static void query_set(struct gdb_session *session, struct gdb_text *text)
{
	if (!gdb_text_is(text, "StartNoAckMode"))
		return;
	/* This packet itself is acknowledged. */
	session->connection.no_ack = true;
	gdb_reply_done(session, 0);
}

void gdb_query(struct gdb_session *session, struct gdb_text *text)
{
	if (text->at[-1] == 'Q')
		query_set(session, text);
	else if (gdb_text_is(text, "Supported"))
		query_supported(session);
	else if (gdb_text_is(text, "Xfer:"))
		query_document(session, text);
	else if (gdb_text_is(text, "Rcmd,"))
		query_command(session, text);
	else if (gdb_text_is(text, "fThreadInfo"))
		query_threads(session);
	else if (gdb_text_is(text, "sThreadInfo"))
		gdb_packet_print(&session->reply, "l");
	else if (gdb_text_is(text, "ThreadExtraInfo,"))
		query_extra(session, text);
	else if (gdb_text_is(text, "Attached"))
		gdb_packet_print(&session->reply, "1");
	else if (gdb_text_is(text, "C") && text->at == text->end)
		gdb_packet_print(&session->reply, "QC%x", session->thread);
}
