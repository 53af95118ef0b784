// SPDX-License-Identifier: GPL-2.0-only
/* How teavmx record ends if the reader of its pipe does not read or has left. No module. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <uapi/compact.h>
#include <userspace/common/cli.h>
#include <userspace/lib/recording.h>

#include "kselftest_harness.h"

#define BLOCK	32768

static struct teavmx_error failure;
static const struct recording_tap *listener;
static char message[256];
/* The end of the pipe that is read */
static int reader = -1;
/* What there is when the next event is read: the reader leaves, or events without end */
static bool leaves;
static bool arrive;
static bool signaled;

static int no(const char *reason)
{
	failure.status = TEAVMX_REQUEST;
	snprintf(failure.message, sizeof(failure.message), "%s", reason);
	return -1;
}

static int fake_get_info(struct teavmx *teavmx, const char *version, struct teavmx_info *info)
{
	(void)teavmx;
	(void)version;
	memset(info, 0, sizeof(*info));
	return 0;
}

static int fake_caps_list(struct teavmx *teavmx, struct teavmx_caps **caps)
{
	(void)teavmx;
	*caps = NULL;
	return 0;
}

static int fake_vm_get(struct teavmx *teavmx, uint32_t id, struct teavmx_vm *vm)
{
	(void)teavmx;
	(void)id;
	(void)vm;
	return no("no VM");
}

static int fake_ok(void)
{
	return 0;
}

static int fake_watch(struct teavmx *teavmx, uint32_t vm, uint64_t from)
{
	(void)teavmx;
	(void)vm;
	(void)from;
	return 0;
}

static void fake_listen(struct teavmx *teavmx, const struct recording_tap *tap)
{
	(void)teavmx;
	listener = tap;
}

static int fake_event_next(struct teavmx *teavmx, struct teavmx_record *record)
{
	static const struct teavmx_compact items[BLOCK / sizeof(struct teavmx_compact)];

	(void)teavmx;
	if (leaves)
		close(reader);
	leaves = false;
	if (signaled)
		raise(SIGTERM);
	signaled = false;
	if (!arrive)
		return 0;
	listener->attribute(RECORDING_COMPACT, 1, items, sizeof(items), listener->data);
	memset(record, 0, sizeof(*record));
	return 1;
}

static int fake_event_fd(const struct teavmx *teavmx)
{
	(void)teavmx;
	return -1;
}

static int fake_event_sync(struct teavmx *teavmx)
{
	(void)teavmx;
	return no("synchronized without a reader");
}

static const struct teavmx_error *fake_error(const struct teavmx *teavmx)
{
	(void)teavmx;
	return &failure;
}

#define recording_listen(...)		fake_listen(__VA_ARGS__)
#define teavmx_caps_list(...)		fake_caps_list(__VA_ARGS__)
#define teavmx_error(...)		fake_error(__VA_ARGS__)
#define teavmx_event_fd(...)		fake_event_fd(__VA_ARGS__)
#define teavmx_event_filter(...)	fake_ok()
#define teavmx_event_next		fake_event_next
#define teavmx_event_open(...)		fake_ok()
#define teavmx_event_sync(...)		fake_event_sync(__VA_ARGS__)
#define teavmx_event_watch(...)		fake_watch(__VA_ARGS__)
#define teavmx_event_watch_all(...)	fake_ok()
#define teavmx_get_info(...)		fake_get_info(__VA_ARGS__)
#define teavmx_vm_get(...)		fake_vm_get(__VA_ARGS__)
#include <userspace/lib/follow.c>
#include <userspace/teavmx/watch.c>
#include <userspace/teavmx/record_file.c>

static void note_message(const char *text, const char *hint)
{
	(void)hint;
	snprintf(message, sizeof(message), "%s", text);
}

/* Records into a pipe that is open for reading, and returns the status. */
static int record_pipe(void)
{
	char folder[] = "/tmp/record-XXXXXX";
	struct recorder recorder = initial;
	char path[64];
	int status;

	cli_start();
	cli_error_sink = note_message;
	if (!mkdtemp(folder))
		return -1;
	snprintf(path, sizeof(path), "%s/pipe", folder);
	if (mkfifo(path, 0600))
		return -1;
	reader = open(path, O_RDONLY | O_NONBLOCK);
	if (fcntl(reader, F_SETPIPE_SZ, 4096) < 0)
		return -1;
	recorder.path = path;
	recorder.watch.data = &recorder;
	status = record_events(NULL, &recorder);
	unlink(path);
	rmdir(folder);
	return status;
}

TEST(reader_leaves_without_events)
{
	leaves = true;
	EXPECT_EQ(CLI_FAILED, record_pipe());
	/* Otherwise the stream would be synchronized. */
	EXPECT_STREQ("", failure.message);
	EXPECT_NE(NULL, strstr(message, "/pipe: its reader has left after 0 records"));
}

TEST(reader_leaves_between_events)
{
	leaves = true;
	arrive = true;
	EXPECT_EQ(CLI_FAILED, record_pipe());
	EXPECT_NE(NULL, strstr(message, "/pipe: its reader has left after 0 records"));
}

/* The pipe is full, and SIGTERM ends what waits for its reader. */
TEST(reader_does_not_read)
{
	arrive = true;
	signaled = true;
	EXPECT_EQ(CLI_INTERRUPTED, record_pipe());
	EXPECT_NE(NULL, strstr(message, "/pipe: its reader does not read"));
}

TEST_HARNESS_MAIN
