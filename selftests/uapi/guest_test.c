// SPDX-License-Identifier: GPL-2.0-only
/* How teavmx raw follows a payload: with events that are lost. No module. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <uapi/vmcs.h>
#include <uapi/vmx.h>
#include <userspace/lib/teavmx.h>
#include <userspace/teavmx/guest.h>
#include <userspace/teavmx/output.h>

#include "kselftest_harness.h"

#define VM	7

static struct teavmx_error failure;
/* What comes next, and what each vCPU is by then */
static struct teavmx_record records[8];
static size_t record_count;
static size_t record_next;
static uint32_t states[3];
static uint32_t stops[3];
static struct teavmx_vmcs_write fields[8];
static size_t field_count;
static unsigned int answered[3];
static struct teavmx_record last;
static int answer_error;

static int no(enum teavmx_status status, int error)
{
	failure.status = status;
	failure.error = error;
	snprintf(failure.message, sizeof(failure.message), "cannot: %d", error);
	return -1;
}

static int fake_vcpu_state(struct teavmx *teavmx, uint32_t vm, uint32_t id,
			   uint32_t *state, uint32_t *stop)
{
	(void)teavmx;
	if (vm != VM || !states[id])
		return no(TEAVMX_OBJECT, ENOENT);
	*state = states[id];
	*stop = stops[id];
	return 0;
}

static int fake_vm_get(struct teavmx *teavmx, uint32_t id,
		       struct teavmx_vm *vm)
{
	(void)teavmx;
	memset(vm, 0, sizeof(*vm));
	vm->id = id;
	vm->next_seq = 1000;
	return 0;
}

static int fake_vmcs_get(struct teavmx *teavmx, uint32_t vm, uint32_t id,
			 struct teavmx_vmcs_write **writes)
{
	(void)teavmx;
	(void)vm;
	(void)id;
	*writes = malloc(sizeof(fields));
	if (!*writes)
		return no(TEAVMX_REQUEST, ENOMEM);
	memcpy(*writes, fields, sizeof(fields));
	return (int)field_count;
}

static int fake_event_next(struct teavmx *teavmx, struct teavmx_record *record)
{
	(void)teavmx;
	/* A guest that waits for more would wait without end. */
	if (record_next == record_count)
		return no(TEAVMX_REQUEST, ETIMEDOUT);
	*record = records[record_next++];
	return 1;
}

static int fake_answer(struct teavmx *teavmx, const struct teavmx_record *exit,
		       const struct teavmx_answers *functions, void *data)
{
	(void)teavmx;
	answered[exit->vcpu]++;
	last = *exit;
	if (answer_error)
		return no(TEAVMX_REQUEST, answer_error);
	if (functions->other(data, exit) == TEAVMX_ANSWER_STAY)
		return 0;
	return 1;
}

static int fake_page_continue(struct teavmx_page *page)
{
	(void)page;
	return 0;
}

static const struct teavmx_error *fake_error(const struct teavmx *teavmx)
{
	(void)teavmx;
	return &failure;
}

#define teavmx_answer(...)	fake_answer(__VA_ARGS__)
#define teavmx_error(...)	fake_error(__VA_ARGS__)
#define teavmx_event_next	fake_event_next
#define teavmx_page_continue	fake_page_continue
#define teavmx_vcpu_state	fake_vcpu_state
#define teavmx_vm_get		fake_vm_get
#define teavmx_vmcs_get		fake_vmcs_get
#include <userspace/lib/follow.c>
#include <userspace/teavmx/guest.c>
#include <userspace/teavmx/last_exit.c>

static struct guest guest;

static void add(struct teavmx_record record)
{
	record.vm = VM;
	record.seq = record.seq ? record.seq : record_count + 1;
	records[record_count++] = record;
}

static void add_state(uint32_t vcpu, uint32_t state, uint32_t stop)
{
	add((struct teavmx_record){
		.type = TEAVMX_EVENT_TYPE_STATE, .vcpu = vcpu, .state = state,
		.stop = stop,
	});
}

/* An exit, and the pause for it */
static void add_stop(uint32_t vcpu, uint32_t reason, uint32_t stop)
{
	add((struct teavmx_record){
		.type = TEAVMX_EVENT_TYPE_VMX_EXIT, .vcpu = vcpu,
		.reason = reason,
	});
	add_state(vcpu, TEAVMX_VCPU_STATE_PAUSED, stop);
}

static void add_lost(void)
{
	add((struct teavmx_record){ .type = TEAVMX_EVENT_TYPE_LOST });
}

static void add_field(uint32_t field, uint64_t value)
{
	fields[field_count++] = (struct teavmx_vmcs_write){
		.field = field, .value = value,
	};
}

/* vCPUs 1 and, if there are two, 2 */
static void start_guest(size_t count)
{
	size_t i;

	memset(&guest, 0, sizeof(guest));
	memset(&failure, 0, sizeof(failure));
	memset(answered, 0, sizeof(answered));
	record_count = 0;
	record_next = 0;
	field_count = 0;
	answer_error = 0;
	guest.vm = VM;
	guest.count = count;
	for (i = 0; i < count; i++) {
		guest.vcpus[i].id = (uint32_t)i + 1;
		states[i + 1] = TEAVMX_VCPU_STATE_RUNNING;
		stops[i + 1] = 0;
	}
}

TEST(halts)
{
	start_guest(1);
	add_stop(1, VMX_EXIT_HLT, TEAVMX_STOP_EXIT);
	ASSERT_EQ(0, guest_run(&guest));
	EXPECT_EQ(GUEST_HALTED, guest.end);
	EXPECT_EQ(1, answered[1]);
}

/* The stop is among the records that are gone. */
TEST(lost_stop)
{
	start_guest(1);
	states[1] = TEAVMX_VCPU_STATE_PAUSED;
	stops[1] = TEAVMX_STOP_EXIT;
	add_field(VMCS_FIELD_EXIT_REASON, VMX_EXIT_TRIPLE_FAULT);
	add_field(VMCS_FIELD_GUEST_RIP, 0x1234);
	add_field(VMCS_FIELD_IDT_VECTORING_INFO, 0x80000b0e);
	add_lost();
	ASSERT_EQ(0, guest_run(&guest));
	EXPECT_EQ(GUEST_STUCK, guest.end);
	EXPECT_EQ(1, guest.culprit);
	EXPECT_NE(NULL, strstr(guest.cause, "rip 0x1234"));
	EXPECT_EQ(0x80000b0e, last.idt_vectoring);
}

/* It is not, and must not count twice. */
TEST(lost_before_the_stop)
{
	start_guest(2);
	states[1] = TEAVMX_VCPU_STATE_PAUSED;
	stops[1] = TEAVMX_STOP_EXIT;
	add_field(VMCS_FIELD_EXIT_REASON, VMX_EXIT_HLT);
	add_lost();
	add_state(1, TEAVMX_VCPU_STATE_RUNNING, 0);
	add_stop(1, VMX_EXIT_HLT, TEAVMX_STOP_EXIT);
	/* That of the other one was seen as running. */
	add_stop(2, VMX_EXIT_HLT, TEAVMX_STOP_EXIT);
	ASSERT_EQ(0, guest_run(&guest));
	EXPECT_EQ(GUEST_HALTED, guest.end);
	EXPECT_EQ(1, answered[1]);
	EXPECT_EQ(1, answered[2]);
}

/* Another client has continued a vCPU that was paused or had halted, and that pauses. */
TEST(lost_begin_and_stop)
{
	start_guest(1);
	guest.held = true;
	states[1] = TEAVMX_VCPU_STATE_PAUSED;
	stops[1] = TEAVMX_STOP_PROGRAM;
	add_field(VMCS_FIELD_EXIT_REASON, VMX_EXIT_HLT);
	add_lost();
	guest_run(&guest);
	EXPECT_EQ(1, answered[1]);

	start_guest(2);
	states[1] = TEAVMX_VCPU_STATE_PAUSED;
	stops[1] = TEAVMX_STOP_PROGRAM;
	add_stop(1, VMX_EXIT_HLT, TEAVMX_STOP_EXIT);
	add_field(VMCS_FIELD_EXIT_REASON, VMX_EXIT_IO_INSTRUCTION);
	add_lost();
	guest_run(&guest);
	EXPECT_EQ(2, answered[1]);
}

/* Another client runs a vCPU that had halted, so not all are halted. */
TEST(lost_begin)
{
	start_guest(2);
	add_stop(1, VMX_EXIT_HLT, TEAVMX_STOP_EXIT);
	add_lost();
	add_stop(2, VMX_EXIT_HLT, TEAVMX_STOP_EXIT);
	EXPECT_EQ(-1, guest_run(&guest));
	EXPECT_EQ(GUEST_RUNS, guest.end);
	EXPECT_TRUE(guest.vcpus[0].runs);
}

/* A vCPU that is still halted, or paused by another client, is not answered again. */
TEST(lost_nothing)
{
	start_guest(2);
	add_stop(1, VMX_EXIT_HLT, TEAVMX_STOP_EXIT);
	states[1] = TEAVMX_VCPU_STATE_PAUSED;
	stops[1] = TEAVMX_STOP_EXIT;
	add_field(VMCS_FIELD_EXIT_REASON, VMX_EXIT_HLT);
	add_lost();
	add_stop(2, VMX_EXIT_HLT, TEAVMX_STOP_EXIT);
	ASSERT_EQ(0, guest_run(&guest));
	EXPECT_EQ(GUEST_HALTED, guest.end);
	EXPECT_EQ(1, answered[1]);
}

TEST(lost_kill)
{
	start_guest(1);
	states[1] = TEAVMX_VCPU_STATE_EXITED;
	add_lost();
	ASSERT_EQ(0, guest_run(&guest));
	EXPECT_EQ(GUEST_KILLED, guest.end);

	/* and the VM with it */
	start_guest(1);
	states[1] = 0;
	add_lost();
	ASSERT_EQ(0, guest_run(&guest));
	EXPECT_EQ(GUEST_KILLED, guest.end);
}

TEST(lost_failures)
{
	start_guest(1);
	states[1] = TEAVMX_VCPU_STATE_PAUSED;
	stops[1] = TEAVMX_STOP_FAIL;
	add_field(VMCS_FIELD_EXIT_REASON, VMX_EXIT_HLT);
	add_field(VMCS_FIELD_INSTRUCTION_ERROR, 7);
	add_lost();
	ASSERT_EQ(0, guest_run(&guest));
	EXPECT_EQ(GUEST_FAILED, guest.end);
	EXPECT_NE(NULL, strstr(guest.cause, "VM-instruction error 7"))
		TH_LOG("%s", guest.cause);
	EXPECT_EQ(NULL, strstr(guest.cause, "CPU 0"));

	start_guest(1);
	states[1] = TEAVMX_VCPU_STATE_PAUSED;
	stops[1] = TEAVMX_STOP_FAIL;
	add_field(VMCS_FIELD_EXIT_REASON, 0x80000021);
	add_lost();
	ASSERT_EQ(0, guest_run(&guest));
	EXPECT_EQ(GUEST_FAILED, guest.end);
	EXPECT_NE(NULL, strstr(guest.cause, "0x80000021"))
		TH_LOG("%s", guest.cause);
}

/* Errors of an answer, and whose fault they are */
TEST(no_answer)
{
	static const struct {
		int error;
		bool payload;
	} rows[] = {
		{ EOPNOTSUPP, true }, { EFAULT, true }, { ERANGE, true },
		{ EINVAL, true }, { ENOMEM, false }, { EBUSY, false },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		start_guest(1);
		answer_error = rows[i].error;
		add_stop(1, VMX_EXIT_IO_INSTRUCTION, TEAVMX_STOP_PROGRAM);
		states[1] = TEAVMX_VCPU_STATE_PAUSED;
		stops[1] = TEAVMX_STOP_PROGRAM;
		EXPECT_EQ(rows[i].payload ? 0 : -1, guest_run(&guest))
			TH_LOG("%s", strerror(rows[i].error));
		EXPECT_EQ(rows[i].payload ? GUEST_STUCK : GUEST_RUNS,
			  guest.end);
		EXPECT_EQ(rows[i].payload,
			  !!strstr(guest.cause, failure.message));
	}
}

/* Another client has run the vCPU before the answer, or has taken its exit. */
TEST(taken)
{
	start_guest(1);
	answer_error = EBUSY;
	add_stop(1, VMX_EXIT_IO_INSTRUCTION, TEAVMX_STOP_PROGRAM);
	add_stop(1, VMX_EXIT_IO_INSTRUCTION, TEAVMX_STOP_EXIT);
	add_state(1, TEAVMX_VCPU_STATE_EXITED, 0);
	ASSERT_EQ(0, guest_run(&guest));
	EXPECT_EQ(GUEST_KILLED, guest.end);
	EXPECT_EQ(1, answered[1]);
}

/* With --paused no exit ends the program. */
TEST(held)
{
	start_guest(1);
	guest.held = true;
	add_stop(1, VMX_EXIT_HLT, TEAVMX_STOP_EXIT);
	add_stop(1, VMX_EXIT_TRIPLE_FAULT, TEAVMX_STOP_EXIT);
	add_state(1, TEAVMX_VCPU_STATE_PAUSED, TEAVMX_STOP_FAIL);
	add_state(1, TEAVMX_VCPU_STATE_EXITED, 0);
	ASSERT_EQ(0, guest_run(&guest));
	EXPECT_EQ(GUEST_KILLED, guest.end);
	EXPECT_EQ(0, answered[1]);
}

/* An OUT of several bytes goes to as many ports. */
TEST(board_ports)
{
	static struct board board;

	board_init(&board, 0xf4, 0xe9, true);
	EXPECT_TRUE(board_out(&board, 1, 0xe8, 4, 0x64636261));
	EXPECT_EQ(1, board.text_size);
	EXPECT_EQ('b', board.text[0]);
	EXPECT_FALSE(board.ended);
	EXPECT_FALSE(board_out(&board, 1, 0xf3, 2, 0x4100));
	EXPECT_TRUE(board.ended);
	EXPECT_EQ(0x41, board.exit_value);
	EXPECT_FALSE(board.reported[0xf4 / 8] & 1 << 0xf4 % 8);
	board_free(&board);

	board_init(&board, 0xf4, 0xe9, true);
	EXPECT_FALSE(board_out(&board, 1, 0xf4, 2, 0x1234));
	EXPECT_EQ(0x1234, board.exit_value);
	board_free(&board);
}

TEST(one_message_an_access)
{
	FILE *before = stderr;
	static struct board board;
	char *text = NULL;
	size_t size;

	board_init(&board, 0xf4, 0xe9, true);
	stderr = open_memstream(&text, &size);
	board_out(&board, 1, 0x80, 4, 0);
	board_out(&board, 1, 0x83, 1, 0);
	board_in(&board, 1, 0x82, 4);
	fclose(stderr);
	stderr = before;
	EXPECT_STREQ("teavmx: vCPU 1: nothing is at port 0x80: reads give ones, writes go nowhere\n"
		     "teavmx: vCPU 1: nothing is at port 0x84: reads give ones, writes go nowhere\n",
		     text);
	free(text);
	board_free(&board);
}

TEST_HARNESS_MAIN
