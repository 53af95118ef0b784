// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <uapi/regs.h>

#include "stub.h"

/* What a thread does in a run of the target */
enum action {
	ACTION_NONE,
	ACTION_RUN,
	ACTION_STEP,
};

struct actions {
	uint32_t threads[GDB_THREADS_MAX];
	enum action actions[GDB_THREADS_MAX];
	size_t count;
};

static void reason_print(struct gdb_session *session)
{
	const struct gdb_stop *stop = &session->stop;
	struct gdb_packet *reply = &session->reply;

	switch (stop->cause) {
	case GDB_CAUSE_SOFTWARE:
		gdb_packet_print(reply, "swbreak:;");
		break;
	case GDB_CAUSE_HARDWARE:
		gdb_packet_print(reply, "hwbreak:;");
		break;
	case GDB_CAUSE_WRITE:
		gdb_packet_print(reply, "watch:%llx;",
				 (unsigned long long)stop->address);
		break;
	case GDB_CAUSE_ACCESS:
		gdb_packet_print(reply, "awatch:%llx;",
				 (unsigned long long)stop->address);
		break;
	default:
		break;
	}
}

void gdb_resume_report(struct gdb_session *session)
{
	const struct gdb_stop *stop = &session->stop;

	if (stop->cause == GDB_CAUSE_END) {
		gdb_packet_print(&session->reply, "W00");
		return;
	}
	gdb_packet_print(&session->reply, "T%02xthread:%x;",
			 (unsigned int)stop->signal, stop->thread);
	reason_print(session);
}

/* gdb cannot change the architecture of a connection. */
static void mode_report(struct gdb_session *session, enum gdb_mode mode)
{
	char text[512];
	int size;

	if (mode == session->reported)
		return;
	session->reported = mode;
	if (mode == session->mode)
		return;
	size = snprintf(text, sizeof(text),
			"vCPU %u is in %s mode now, but gdb has the registers of %s mode.\n"
			"To see those of %s mode, type:\n"
			"  disconnect\n"
			"  set architecture auto\n"
			"  target remote %s\n"
			"%s",
			session->stop.thread, gdb_mode_name(mode),
			gdb_mode_name(session->mode), gdb_mode_name(mode),
			session->address, session->address[0] != '|' ? "" :
			"If the VM ends with this connection, start the stub with --mode instead.\n");
	if (size > 0 && (size_t)size < sizeof(text))
		gdb_print(session, text, (size_t)size);
}

/* gdb takes RIP as a linear address, from which the base of CS is missing then. */
static void base_report(struct gdb_session *session, uint64_t base, uint64_t rip)
{
	char text[160];
	int size;

	if (base == session->base)
		return;
	session->base = base;
	size = snprintf(text, sizeof(text),
			"vCPU %u: the base of CS is 0x%llx, so the next instruction is at 0x%llx.\n",
			session->stop.thread, (unsigned long long)base,
			(unsigned long long)(base + rip));
	if (size > 0)
		gdb_print(session, text, (size_t)size);
}

static void state_report(struct gdb_session *session)
{
	const struct gdb_target *target = session->target;
	struct teavmx_register *list;
	int count = target->ops->registers(target->data, session->stop.thread,
					   &list);
	enum gdb_mode mode;

	if (count < 0)
		return;
	mode = gdb_mode_of(list, (size_t)count);
	if (session->described && !session->fixed)
		mode_report(session, mode);
	base_report(session, mode == GDB_MODE_64 ? 0 :
		    teavmx_reg_get(list, (size_t)count, TEAVMX_REG_CS_BASE),
		    teavmx_reg_get(list, (size_t)count, TEAVMX_REG_RIP));
	free(list);
}

static bool target_poll(void *data, int fd, int milliseconds)
{
	return gdb_connection_poll(data, fd, milliseconds);
}

static bool target_client(void *data)
{
	return gdb_connection_ready(data);
}

/* Packets are not answered before the target has stopped. */
static void client_read(struct gdb_session *session)
{
	const struct gdb_target *target = session->target;
	enum gdb_input input = gdb_connection_next(&session->connection, false);

	if (session->connection.closed)
		session->end = GDB_END_CLOSED;
	else if (input == GDB_INPUT_INTERRUPT &&
		 target->ops->stop(target->data, &session->stop))
		session->stop.cause = GDB_CAUSE_END;
	else if (input == GDB_INPUT_INTERRUPT && !session->stop.signal)
		session->stop.signal = GDB_SIGNAL_INT;
	else if (input == GDB_INPUT_PACKET || input == GDB_INPUT_LONG)
		session->connection.host->log("a packet is ignored: the guest runs");
}

/* Waits until the target has stopped. session->end is set if it does not. */
static void target_wait(struct gdb_session *session)
{
	const struct gdb_waiter waiter = {
		.poll = target_poll,
		.client = target_client,
		.data = &session->connection,
	};
	const struct gdb_target *target = session->target;

	memset(&session->stop, 0, sizeof(session->stop));
	while (!session->stop.signal && session->stop.cause != GDB_CAUSE_END &&
	       session->end == GDB_END_NONE) {
		switch (target->ops->wait(target->data, &waiter, &session->stop)) {
		case GDB_WAIT_STOPPED:
			return;
		case GDB_WAIT_CLIENT:
			client_read(session);
			break;
		case GDB_WAIT_FAILED:
			session->stop.cause = GDB_CAUSE_END;
			break;
		}
	}
}

static void target_stopped(struct gdb_session *session)
{
	if (session->end != GDB_END_NONE)
		return;
	if (session->stop.text[0])
		gdb_print(session, session->stop.text,
			  strlen(session->stop.text));
	if (session->stop.cause != GDB_CAUSE_END) {
		session->thread = session->stop.thread;
		state_report(session);
	}
	gdb_resume_report(session);
}

/* The threads that were resumed before this one must not run unobserved. */
static void actions_fail(struct gdb_session *session)
{
	const struct gdb_target *target = session->target;

	gdb_reply_done(session, -1);
	if (target->ops->stop(target->data, &session->stop))
		session->stop.cause = GDB_CAUSE_END;
	else if (!session->stop.signal)
		session->stop.signal = GDB_SIGNAL_TRAP;
}

static void actions_run(struct gdb_session *session,
			const struct actions *actions)
{
	const struct gdb_target *target = session->target;
	bool any = false;
	size_t i;

	for (i = 0; i < actions->count; i++) {
		if (actions->actions[i] == ACTION_NONE)
			continue;
		if (target->ops->resume(target->data, actions->threads[i],
					actions->actions[i] == ACTION_STEP)) {
			actions_fail(session);
			return;
		}
		any = true;
	}
	if (!any) {
		gdb_reply_error(session, EINVAL);
		return;
	}
	target_wait(session);
	target_stopped(session);
}

static void actions_begin(struct gdb_session *session, struct actions *actions)
{
	memset(actions, 0, sizeof(*actions));
	actions->count = session->target->ops->threads(session->target->data,
						       actions->threads);
}

/* The first action of a thread is the one that counts. */
static int actions_add(struct actions *actions, bool *chosen, uint32_t thread,
		       enum action action)
{
	bool found = thread == UINT32_MAX || !thread;
	size_t i;

	for (i = 0; i < actions->count; i++) {
		if (thread && thread != UINT32_MAX &&
		    thread != actions->threads[i])
			continue;
		found = true;
		if (!chosen[i])
			actions->actions[i] = action;
		chosen[i] = true;
	}
	return found ? 0 : -1;
}

/* A guest has no signals, so the one of C and S is ignored. */
static int action_take(struct gdb_text *text, enum action *action)
{
	uint64_t signal;
	char letter;

	if (text->at == text->end)
		return -1;
	letter = *text->at++;
	if ((letter == 'C' || letter == 'S') && gdb_text_number(text, &signal))
		return -1;
	switch (letter) {
	case 'c':
	case 'C':
		*action = ACTION_RUN;
		return 0;
	case 's':
	case 'S':
		*action = ACTION_STEP;
		return 0;
	case 't':
		*action = ACTION_NONE;
		return 0;
	default:
		return -1;
	}
}

void gdb_resume_cont(struct gdb_session *session, struct gdb_text *text)
{
	bool chosen[GDB_THREADS_MAX] = { false };
	struct actions actions;
	enum action action;
	uint32_t thread;

	actions_begin(session, &actions);
	do {
		thread = UINT32_MAX;
		if (action_take(text, &action) ||
		    (gdb_text_is(text, ":") && gdb_thread_take(text, &thread))) {
			gdb_reply_error(session, EINVAL);
			return;
		}
		if (actions_add(&actions, chosen, thread, action)) {
			gdb_reply_error(session, ESRCH);
			return;
		}
	} while (gdb_text_is(text, ";"));
	if (text->at != text->end)
		gdb_reply_error(session, EINVAL);
	else
		actions_run(session, &actions);
}

void gdb_resume_thread(struct gdb_session *session, struct gdb_text *text)
{
	bool chosen[GDB_THREADS_MAX] = { false };
	struct actions actions;
	enum action action;

	if (action_take(text, &action)) {
		gdb_reply_error(session, EINVAL);
		return;
	}
	if (text->at != text->end) {
		session->connection.host->log("an address to resume at is refused; set RIP before");
		gdb_reply_error(session, EINVAL);
		return;
	}
	actions_begin(session, &actions);
	actions_add(&actions, chosen, session->thread, action);
	if (action == ACTION_RUN)
		actions_add(&actions, chosen, UINT32_MAX, ACTION_RUN);
	actions_run(session, &actions);
}
