/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef GDB_STUB_H
#define GDB_STUB_H

#include "connection.h"
#include "registers.h"
#include "target.h"

/**
 * enum gdb_end - how a session has ended
 * @GDB_END_NONE: it has not ended
 * @GDB_END_CLOSED: the client has closed the connection, or has died
 * @GDB_END_DETACHED: the client has left, and the VM runs
 * @GDB_END_KILLED: the client has removed the VM
 * @GDB_END_GONE: the VM has ended or cannot be used any more
 */
enum gdb_end {
	GDB_END_NONE,
	GDB_END_CLOSED,
	GDB_END_DETACHED,
	GDB_END_KILLED,
	GDB_END_GONE,
};

/* GDB_DOCUMENT_MAX - more than the bytes of a description of all registers */
#define GDB_DOCUMENT_MAX	32768

/**
 * struct gdb_session - a client and its target
 * @connection: the client
 * @target: what it debugs
 * @address: what the user types after "target remote" to connect again
 * @thread: the thread that packets without a thread are about
 * @fixed: @mode was chosen by the user
 * @mode: mode of the registers that the client knows
 * @reported: mode that the client was notified of last
 * @base: base of CS that the client was notified of last
 * @described: the client has read the target description
 * @stop: why the target has stopped
 * @end: whether and how the session has ended
 * @reply: the packet that is being answered
 * @document: the document that qXfer reads
 * @document_name: its name, or null if there is none
 * @document_size: bytes of it
 */
struct gdb_session {
	struct gdb_connection connection;
	const struct gdb_target *target;
	const char *address;
	uint32_t thread;
	bool fixed;
	enum gdb_mode mode;
	enum gdb_mode reported;
	uint64_t base;
	bool described;
	struct gdb_stop stop;
	enum gdb_end end;
	struct gdb_packet reply;
	char document[GDB_DOCUMENT_MAX];
	const char *document_name;
	size_t document_size;
};

/**
 * gdb_session_run() - answer a client until its session ends
 * @session: with connection, target and address, and perhaps @fixed and @mode; the
 *	rest is zero
 *
 * All threads are paused at first. When the client closes the connection, all points
 * are removed, and the VM remains as it is.
 *
 * Return: how it has ended.
 */
enum gdb_end gdb_session_run(struct gdb_session *session);

/* What the files of the stub share */

/* gdb_reply_error() - answer a packet by an errno */
void gdb_reply_error(struct gdb_session *session, int number);

/* gdb_reply_done() - answer a packet by OK, or by the target's error unless @err is 0 */
void gdb_reply_done(struct gdb_session *session, int err);

/* gdb_thread_exists() - is there such a thread? */
bool gdb_thread_exists(struct gdb_session *session, uint64_t thread);

/**
 * gdb_thread_take() - read the number of a thread
 * @text: begins with the number
 * @thread: receives it; 0 for any thread, UINT32_MAX for all
 *
 * Return: 0 or -1.
 */
int gdb_thread_take(struct gdb_text *text, uint32_t *thread);

/* gdb_query() - answer a packet that begins with q or Q */
void gdb_query(struct gdb_session *session, struct gdb_text *text);

/**
 * gdb_print() - have the client print text
 * @session: the session; the client waits for the result of a packet
 * @bytes: the text
 * @size: bytes of it
 */
void gdb_print(struct gdb_session *session, const char *bytes, size_t size);

/* gdb_resume_cont() - answer vCont; @text has the actions */
void gdb_resume_cont(struct gdb_session *session, struct gdb_text *text);

/**
 * gdb_resume_thread() - answer c, C, s or S
 * @session: the session
 * @text: begins with the letter
 *
 * The thread is resumed, and all others unless it steps. gdb sends no address to resume at,
 * so a packet that has one is refused.
 */
void gdb_resume_thread(struct gdb_session *session, struct gdb_text *text);

/* gdb_resume_report() - answer a packet by why the target has stopped */
void gdb_resume_report(struct gdb_session *session);

#endif
