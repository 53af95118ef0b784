// SPDX-License-Identifier: GPL-2.0-only
/* What teavmx map prints of runs whose events cannot be read. No module. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <module/tea/process.h>
#include <userspace/lib/internal.h>

#include "kselftest_harness.h"

#define VM	7
#define VCPU	1
#define REASON	"the connection is gone"

static struct teavmx_error failure;
/* The runs that one request makes, and whether a further one is under way then */
static uint32_t batch_done;
static bool batch_begun;
/* Events before the first that cannot be read */
static struct teavmx_record records[4];
static size_t record_count;
static size_t record_next;
static unsigned int new_vms;
/* ms that it takes to read an event */
static unsigned int slow;
static unsigned int endless;
/* What the vCPU does when its state is read */
static uint32_t vcpu_state;

static int no(const char *reason)
{
	failure.status = TEAVMX_REQUEST;
	failure.error = ECONNRESET;
	snprintf(failure.message, sizeof(failure.message), "%s", reason);
	return -1;
}

static int fake_run_batch(struct teavmx *teavmx, uint32_t vm, uint32_t id,
			  struct teavmx_batch *batch, struct teavmx_slice *slice)
{
	uint32_t i;

	(void)teavmx;
	(void)vm;
	(void)id;
	for (i = 0; i < batch_done; i++)
		batch->results[i].message_size =
			tea_message(batch->results[i].message, 1, 0, 0, NULL, 0);
	batch->done = batch_done;
	batch->next_seq = 1;
	slice->state = batch_begun ? TEAVMX_VCPU_STATE_RUNNING : TEAVMX_VCPU_STATE_EXITED;
	return 0;
}

static int fake_event_next(struct teavmx *teavmx, struct teavmx_record *record)
{
	(void)teavmx;
	usleep(slow * 1000);
	/* Others without end, up to where a test that waits for the limit has failed */
	if (record_next == record_count && endless && endless--) {
		*record = (struct teavmx_record){ .type = TEAVMX_EVENT_TYPE_VMX_EXIT };
		return 1;
	}
	if (record_next == record_count)
		return no(REASON);
	*record = records[record_next++];
	return 1;
}

static int fake_vcpu_new(struct teavmx *teavmx, uint32_t vm,
			 const struct teavmx_program *program, struct teavmx_vcpu *vcpu)
{
	(void)teavmx;
	(void)vm;
	(void)program;
	(void)vcpu;
	new_vms++;
	return no("no new VM");
}

/* The message of what has failed before is lost then. */
static int fake_vm_del(struct teavmx *teavmx, uint32_t vm)
{
	(void)teavmx;
	(void)vm;
	return no("no such VM");
}

/* As of the library, the compiler does not see what the message is. */
static __attribute__((noipa)) const struct teavmx_error *fake_error(const struct teavmx *teavmx)
{
	(void)teavmx;
	return &failure;
}

static int fake_vcpu_state(struct teavmx *teavmx, uint32_t vm, uint32_t id,
			   uint32_t *state, uint32_t *stop)
{
	(void)teavmx;
	(void)vm;
	(void)id;
	*state = vcpu_state;
	*stop = 0;
	return 0;
}

static int fake_vcpu_get(struct teavmx *teavmx, uint32_t vm, uint32_t id,
			 struct teavmx_vcpu *vcpu)
{
	(void)teavmx;
	*vcpu = (struct teavmx_vcpu){
		.vm = vm,
		.id = id,
		.state = vcpu_state,
	};
	vcpu->message_size = tea_message(vcpu->message, 1, 0, 0, NULL, 0);
	return 0;
}

static int fake_get_info(struct teavmx *teavmx, const char *version, struct teavmx_info *info)
{
	(void)version;
	memset(info, 0, sizeof(*info));
	snprintf(teavmx->warning, sizeof(teavmx->warning), "another version");
	return 0;
}

static int fake_event_open(struct teavmx *teavmx, int buffer)
{
	(void)buffer;
	teavmx->warning[0] = '\0';
	return no(REASON);
}

#define teavmx_error(...)	fake_error(__VA_ARGS__)
#define teavmx_event_open	fake_event_open
#define teavmx_get_info		fake_get_info
#define teavmx_event_next	fake_event_next
#define teavmx_vcpu_new		fake_vcpu_new
#define teavmx_vcpu_run_batch	fake_run_batch
#define teavmx_vcpu_get		fake_vcpu_get
#define teavmx_vcpu_state	fake_vcpu_state
#define teavmx_vm_del		fake_vm_del
/* The build defines it; no test requests it. */
#define TEAVMX_VERSION		NULL
#include <userspace/lib/follow.c>
#include <userspace/teavmx/map.c>

static struct map map;
static char *printed;

/* Makes the runs of so many lines, and stores what is printed. */
static void make_runs(size_t lines)
{
	FILE *before = stdout;
	size_t size;

	map.vm = VM;
	map.vcpu = VCPU;
	for (map.count = 0; map.count < lines; map.count++)
		map.jobs[map.count].line = map.count + 1;
	stdout = open_memstream(&printed, &size);
	map_jobs(&map);
	fclose(stdout);
	stdout = before;
}

static void add_end(void)
{
	records[record_count] = (struct teavmx_record){
		.type = TEAVMX_EVENT_TYPE_STATE,
		.vm = VM,
		.vcpu = VCPU,
		.seq = record_count + 1,
		.state = TEAVMX_VCPU_STATE_EXITED,
	};
	record_count++;
}

#define FAILED(line)	"{\"error\":\"" REASON "\",\"line\":" line "}\n"

/* The number of lines that are results */
static unsigned int result_count(void)
{
	const char *at = printed;
	unsigned int count = 0;

	for (; (at = strstr(at, "\"code\":0")); at++)
		count++;
	return count;
}

TEST(all_read)
{
	batch_done = 2;
	add_end();
	add_end();
	make_runs(2);
	EXPECT_EQ(2, result_count());
	EXPECT_EQ(NULL, strstr(printed, "error"));
	EXPECT_FALSE(map.failed);
	EXPECT_EQ(VM, map.vm);
}

static void add_text(void)
{
	records[record_count] = (struct teavmx_record){
		.type = TEAVMX_EVENT_TYPE_TEA_TEXT,
		.vm = VM,
		.vcpu = VCPU,
		.seq = record_count + 1,
		.bytes = (const uint8_t *)"hi",
		.size = 2,
	};
	record_count++;
}

/* The limit of time is that of a run, and these have ended. */
TEST(all_read_late)
{
	batch_done = 2;
	slow = 5;
	map.time = 1;
	add_text();
	add_end();
	add_text();
	add_end();
	make_runs(2);
	EXPECT_EQ(2, result_count());
	EXPECT_NE(NULL, strstr(printed, "\"text\":\"hi\",\"steps\":0,\"line\":2"))
		TH_LOG("%s", printed);
}

/* All runs have ended, but the text of the last two is unknown. */
TEST(ended_within_the_request)
{
	batch_done = 3;
	add_end();
	make_runs(3);
	EXPECT_EQ(1, result_count());
	EXPECT_NE(NULL, strstr(printed, FAILED("2") FAILED("3")));
	EXPECT_TRUE(map.failed);
	EXPECT_EQ(0, map.vm);
}

/* The failure is not that of the line whose run was not made yet. */
TEST(not_begun)
{
	batch_done = 1;
	make_runs(2);
	EXPECT_EQ(0, result_count());
	EXPECT_STREQ(FAILED("1") "{\"error\":\"no new VM\",\"line\":2}\n", printed);
	EXPECT_EQ(1, new_vms);
	EXPECT_TRUE(map.failed);
}

TEST(begun)
{
	batch_done = 1;
	batch_begun = true;
	add_end();
	make_runs(2);
	EXPECT_EQ(1, result_count());
	EXPECT_NE(NULL, strstr(printed, FAILED("2")));
	EXPECT_EQ(0, new_vms);
	EXPECT_TRUE(map.failed);
}

static void add_lost(void)
{
	records[record_count] = (struct teavmx_record){
		.type = TEAVMX_EVENT_TYPE_LOST,
		.vm = VM,
		.lost = 1,
	};
	record_count++;
}

/* The end of the first run is among the lost events, and the second one never ends. */
TEST(late_after_a_loss)
{
	batch_done = 1;
	batch_begun = true;
	vcpu_state = TEAVMX_VCPU_STATE_RUNNING;
	endless = 3000;
	slow = 1;
	map.time = 20;
	add_lost();
	make_runs(2);
	EXPECT_NE(NULL, strstr(printed, "did not end within 20 ms")) {
		TH_LOG("%s", printed);
	}
}

/* Both runs have ended in time, but it takes longer to read that. */
TEST(begun_and_read_late)
{
	batch_done = 1;
	batch_begun = true;
	vcpu_state = TEAVMX_VCPU_STATE_EXITED;
	slow = 5;
	map.time = 1;
	add_end();
	add_end();
	make_runs(2);
	EXPECT_EQ(2, result_count()) {
		TH_LOG("%s", printed);
	}
}

/* The next request removes the warning. */
TEST(another_version)
{
	struct teavmx teavmx = { .warning = "" };
	FILE *before = stderr;
	size_t size;

	stderr = open_memstream(&printed, &size);
	EXPECT_EQ(CLI_FAILED, map_file(&teavmx, &map));
	fclose(stderr);
	stderr = before;
	EXPECT_EQ(printed, strstr(printed, "teavmx: warning: another version\n")) {
		TH_LOG("%s", printed);
	}
	EXPECT_NE(NULL, strstr(printed, REASON));
}

TEST_HARNESS_MAIN
