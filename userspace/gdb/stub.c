// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "stub.h"

void gdb_reply_error(struct gdb_session *session, int number)
{
	gdb_packet_begin(&session->reply);
	gdb_packet_print(&session->reply, "E%02x",
			 number > 0 && number <= 0xff ? number : EIO);
}

void gdb_reply_done(struct gdb_session *session, int err)
{
	if (err)
		gdb_reply_error(session,
				session->target->ops->error(session->target->data));
	else
		gdb_packet_print(&session->reply, "OK");
}

bool gdb_thread_exists(struct gdb_session *session, uint64_t thread)
{
	uint32_t threads[GDB_THREADS_MAX];
	size_t count = session->target->ops->threads(session->target->data,
						     threads);
	size_t i;

	for (i = 0; i < count; i++)
		if (threads[i] == thread)
			return true;
	return false;
}

int gdb_thread_take(struct gdb_text *text, uint32_t *thread)
{
	uint64_t number;

	if (gdb_text_is(text, "-1")) {
		*thread = UINT32_MAX;
		return 0;
	}
	if (gdb_text_number(text, &number) || number >= UINT32_MAX)
		return -1;
	*thread = (uint32_t)number;
	return 0;
}

static void thread_select(struct gdb_session *session, struct gdb_text *text)
{
	uint32_t thread;

	if (!gdb_text_is(text, "g") && !gdb_text_is(text, "c")) {
		gdb_reply_error(session, EINVAL);
		return;
	}
	if (gdb_thread_take(text, &thread) || text->at != text->end) {
		gdb_reply_error(session, EINVAL);
		return;
	}
	if (thread && thread != UINT32_MAX) {
		if (!gdb_thread_exists(session, thread)) {
			gdb_reply_error(session, ESRCH);
			return;
		}
		session->thread = thread;
	}
	gdb_reply_done(session, 0);
}

static void thread_alive(struct gdb_session *session, struct gdb_text *text)
{
	uint32_t thread;

	if (gdb_thread_take(text, &thread) || text->at != text->end)
		gdb_reply_error(session, EINVAL);
	else if (!gdb_thread_exists(session, thread))
		gdb_reply_error(session, ESRCH);
	else
		gdb_reply_done(session, 0);
}

/* Returns the number of registers, or -1 after an error that was answered. */
static int registers_load(struct gdb_session *session,
			  struct teavmx_register **list, uint8_t *values,
			  size_t *size)
{
	const struct gdb_target *target = session->target;
	int count = target->ops->registers(target->data, session->thread, list);

	if (count < 0) {
		gdb_reply_done(session, -1);
		return -1;
	}
	*size = gdb_registers_encode(session->mode, *list, (size_t)count, values);
	return count;
}

static void registers_read(struct gdb_session *session)
{
	uint8_t values[GDB_REGISTERS_SIZE];
	struct teavmx_register *list;
	size_t size;

	if (registers_load(session, &list, values, &size) < 0)
		return;
	free(list);
	gdb_packet_hex(&session->reply, values, size);
}

static void register_read(struct gdb_session *session, struct gdb_text *text)
{
	uint8_t values[GDB_REGISTERS_SIZE];
	struct teavmx_register *list;
	uint64_t number;
	size_t size, offset;

	if (gdb_text_number(text, &number) || text->at != text->end ||
	    !gdb_registers_place(session->mode, number, &offset)) {
		gdb_reply_error(session, EINVAL);
		return;
	}
	if (registers_load(session, &list, values, &size) < 0)
		return;
	free(list);
	size = gdb_registers_place(session->mode, number, &offset);
	gdb_packet_hex(&session->reply, values + offset, size);
}

/* Writes the values from an offset on, and answers. */
static void registers_change(struct gdb_session *session, size_t offset,
			     const uint8_t *bytes, size_t count)
{
	const struct gdb_target *target = session->target;
	uint8_t values[GDB_REGISTERS_SIZE];
	struct teavmx_register *list, *changes;
	int registers;
	size_t size, made;
	int err = 0;

	registers = registers_load(session, &list, values, &size);
	if (registers < 0)
		return;
	changes = calloc((size_t)registers, sizeof(*changes));
	if (!changes || offset + count > size) {
		gdb_reply_error(session, changes ? EINVAL : ENOMEM);
	} else {
		memcpy(values + offset, bytes, count);
		made = gdb_registers_changes(session->mode, list,
					     (size_t)registers, values, changes);
		if (made)
			err = target->ops->set_registers(target->data,
							 session->thread,
							 changes, made);
		gdb_reply_done(session, err);
	}
	free(changes);
	free(list);
}

static void registers_write(struct gdb_session *session, struct gdb_text *text)
{
	uint8_t values[GDB_REGISTERS_SIZE];
	int count = gdb_text_hex(text, values, sizeof(values));

	if (count < 0)
		gdb_reply_error(session, EINVAL);
	else
		registers_change(session, 0, values, (size_t)count);
}

static void register_write(struct gdb_session *session, struct gdb_text *text)
{
	uint8_t value[16];
	uint64_t number;
	size_t size, offset;
	int count;

	if (gdb_text_number(text, &number) || !gdb_text_is(text, "=")) {
		gdb_reply_error(session, EINVAL);
		return;
	}
	size = gdb_registers_place(session->mode, number, &offset);
	count = gdb_text_hex(text, value, sizeof(value));
	if (!size || count < 0 || (size_t)count != size)
		gdb_reply_error(session, EINVAL);
	else
		registers_change(session, offset, value, size);
}

/* ADDRESS,LENGTH, followed by the word, or by the end if it is empty */
static int memory_range(struct gdb_text *text, const char *word,
			uint64_t *address, uint64_t *size)
{
	if (gdb_text_number(text, address) || !gdb_text_is(text, ",") ||
	    gdb_text_number(text, size) || !gdb_text_is(text, word))
		return -1;
	return *word || text->at == text->end ? 0 : -1;
}

/* A reply may have fewer bytes than were requested. */
static void memory_read(struct gdb_session *session, struct gdb_text *text,
			bool binary)
{
	const struct gdb_target *target = session->target;
	uint8_t bytes[GDB_PACKET_MAX / 2];
	uint64_t address, size;
	int count;

	if (memory_range(text, "", &address, &size)) {
		gdb_reply_error(session, EINVAL);
		return;
	}
	if (size > sizeof(bytes))
		size = sizeof(bytes);
	count = size ? target->ops->read(target->data, session->thread, address,
					 bytes, size) : 0;
	if (count < 0) {
		gdb_reply_done(session, -1);
		return;
	}
	if (binary) {
		gdb_packet_print(&session->reply, "b");
		gdb_packet_binary(&session->reply, bytes, (size_t)count);
	} else {
		gdb_packet_hex(&session->reply, bytes, (size_t)count);
	}
}

static void memory_write(struct gdb_session *session, struct gdb_text *text,
			 bool binary)
{
	const struct gdb_target *target = session->target;
	uint8_t bytes[GDB_PACKET_MAX];
	uint64_t address, size;
	int count;

	if (memory_range(text, ":", &address, &size)) {
		gdb_reply_error(session, EINVAL);
		return;
	}
	if (binary) {
		count = (int)(text->end - text->at);
		memcpy(bytes, text->at, (size_t)count);
	} else {
		count = gdb_text_hex(text, bytes, sizeof(bytes));
	}
	if (count < 0 || (uint64_t)count != size)
		gdb_reply_error(session, EINVAL);
	else
		gdb_reply_done(session,
			       size ? target->ops->write(target->data,
							 session->thread, address,
							 bytes, size) : 0);
}

/*
 * An empty answer reports that there are no watchpoints for reads alone, which x86
 * has not; gdb uses one for all accesses then.
 */
static void point_change(struct gdb_session *session, struct gdb_text *text,
			 bool set)
{
	const struct gdb_target *target = session->target;
	uint64_t kind, address, size;

	if (gdb_text_number(text, &kind) || !gdb_text_is(text, ",") ||
	    memory_range(text, "", &address, &size)) {
		gdb_reply_error(session, EINVAL);
		return;
	}
	if (kind > GDB_POINT_ACCESS || kind == GDB_POINT_READ)
		return;
	if (!size || size > GDB_WATCH_MAX)
		gdb_reply_error(session, EINVAL);
	else if (set)
		gdb_reply_done(session,
			       target->ops->set_point(target->data, session->thread,
						      (enum gdb_point)kind,
						      address, (unsigned int)size));
	else
		gdb_reply_done(session,
			       target->ops->clear_point(target->data,
							(enum gdb_point)kind,
							address, (unsigned int)size));
}

static void session_detach(struct gdb_session *session)
{
	const struct gdb_target *target = session->target;
	int err = target->ops->release(target->data, true);

	gdb_reply_done(session, err);
	if (!err)
		session->end = GDB_END_DETACHED;
}

/* The packet k has no answer. */
static void session_kill(struct gdb_session *session)
{
	const struct gdb_target *target = session->target;

	session->end = target->ops->kill(target->data) ? GDB_END_GONE :
							 GDB_END_KILLED;
}

static void session_long_name(struct gdb_session *session,
			      struct gdb_text *text)
{
	if (gdb_text_is(text, "Cont?"))
		gdb_packet_print(&session->reply, "vCont;c;C;s;S;t");
	else if (gdb_text_is(text, "Cont;"))
		gdb_resume_cont(session, text);
}

static void packet_memory(struct gdb_session *session, struct gdb_text *text,
			  char letter)
{
	switch (letter) {
	case 'm':
	case 'x':
		memory_read(session, text, letter == 'x');
		break;
	case 'M':
	case 'X':
		memory_write(session, text, letter == 'X');
		break;
	case 'g':
		registers_read(session);
		break;
	case 'G':
		registers_write(session, text);
		break;
	case 'p':
		register_read(session, text);
		break;
	case 'P':
		register_write(session, text);
		break;
	}
}

static void packet_control(struct gdb_session *session, struct gdb_text *text,
			   char letter)
{
	switch (letter) {
	case '?':
		gdb_resume_report(session);
		break;
	case 'c':
	case 'C':
	case 's':
	case 'S':
		text->at--;
		gdb_resume_thread(session, text);
		break;
	case 'D':
		session_detach(session);
		break;
	case 'H':
		thread_select(session, text);
		break;
	case 'T':
		thread_alive(session, text);
		break;
	case 'v':
		session_long_name(session, text);
		break;
	case 'Z':
	case 'z':
		point_change(session, text, letter == 'Z');
		break;
	}
}

/* A packet that the stub does not know has an empty answer. */
static void session_packet(struct gdb_session *session)
{
	const struct gdb_reader *reader = &session->connection.reader;
	struct gdb_text text = { reader->data, reader->data + reader->size };
	char letter = *text.at;

	gdb_packet_begin(&session->reply);
	if (text.at < text.end)
		text.at++;
	if (letter == 'k') {
		session_kill(session);
		return;
	}
	if (letter == 'q' || letter == 'Q')
		gdb_query(session, &text);
	else if (letter && strchr("mxMXgGpP", letter))
		packet_memory(session, &text, letter);
	else
		packet_control(session, &text, letter);
	if (session->reply.overflow)
		gdb_reply_error(session, E2BIG);
	gdb_connection_send(&session->connection, &session->reply);
}

static void session_next(struct gdb_session *session)
{
	switch (gdb_connection_next(&session->connection, true)) {
	case GDB_INPUT_PACKET:
		session_packet(session);
		break;
	case GDB_INPUT_LONG:
		gdb_reply_error(session, E2BIG);
		gdb_connection_send(&session->connection, &session->reply);
		break;
	default:
		/* The target does not run, so there is no one to interrupt. */
		break;
	}
	if (session->connection.closed && session->end == GDB_END_NONE)
		session->end = GDB_END_CLOSED;
}

/* Until it reads the description, a client is taken to know the mode of the guest. */
static void session_first_mode(struct gdb_session *session)
{
	const struct gdb_target *target = session->target;
	struct teavmx_register *list;
	int count;

	if (session->fixed)
		return;
	count = target->ops->registers(target->data, session->thread, &list);
	if (count < 0)
		return;
	session->mode = gdb_mode_of(list, (size_t)count);
	session->reported = session->mode;
	free(list);
}

static void session_first_thread(struct gdb_session *session)
{
	uint32_t threads[GDB_THREADS_MAX];
	size_t count = session->target->ops->threads(session->target->data,
						     threads);

	session->thread = session->stop.thread;
	if (!gdb_thread_exists(session, session->thread))
		session->thread = count ? threads[0] : 1;
}

enum gdb_end gdb_session_run(struct gdb_session *session)
{
	const struct gdb_target *target = session->target;

	if (target->ops->stop(target->data, &session->stop))
		return GDB_END_GONE;
	if (!session->stop.signal)
		session->stop.signal = GDB_SIGNAL_TRAP;
	session_first_thread(session);
	session_first_mode(session);
	while (session->end == GDB_END_NONE)
		session_next(session);
	if (session->end == GDB_END_CLOSED &&
	    target->ops->release(target->data, false))
		session->end = GDB_END_GONE;
	return session->end;
}
