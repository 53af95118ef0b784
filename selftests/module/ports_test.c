// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ports that processes share or that the host program serves: serial input and
 * output, host ports, scratch pad, quiet. Refusals included.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#define TEA_VM_FLAGS TEAVMX_VM_FLAGS_HOST_PORTS
#include "tea_fixture.h"

#include <uapi/vmx.h>

/* So many bytes make fewer events than the log keeps. */
#define PIECE		100
/* as programs/host_read.tas and programs/host_write.tas have it */
#define PORT		(TEA_PORT_HOST + 0x234)

static int start(FIXTURE_DATA(tea) *self, const void *program, size_t size,
		 struct teavmx_vcpu *vcpu)
{
	return machine_start(self->teavmx, self->vm, self->backend, program,
			     size, vcpu);
}

static bool is_refused(FIXTURE_DATA(tea) *self, int error,
		       const char *attribute, const char *words)
{
	const struct teavmx_error *said = teavmx_error(self->teavmx);

	if (said->error == error && !strcmp(said->attribute, attribute) &&
	    strstr(said->message, words))
		return true;
	printf("# errno %d, attribute '%s': %s\n", said->error,
	       said->attribute, said->message);
	return false;
}

/* What processes have sent on the serial port, or shown, put together */
static size_t written(FIXTURE_DATA(tea) *self, uint32_t type, uint8_t *bytes,
		      size_t max)
{
	struct machine_record records[256];
	int count = machine_records(self->teavmx, self->vm, type, records, 256);
	size_t size = 0;
	int i;

	for (i = 0; i < count && i < 256 && size + records[i].size <= max;
	     i++) {
		memcpy(bytes + size, records[i].bytes, records[i].size);
		size += records[i].size;
	}
	return size;
}

static size_t sent(FIXTURE_DATA(tea) *self, uint8_t *bytes, size_t max)
{
	return written(self, TEAVMX_EVENT_TYPE_TEA_SERIAL, bytes, max);
}

static bool comes_back(FIXTURE_DATA(tea) *self, const uint8_t *bytes,
		       size_t size)
{
	long long end = machine_ms() + 10000;
	uint8_t got[4096];
	size_t i;

	while (sent(self, got, sizeof(got)) < size && machine_ms() < end)
		usleep(10000);
	for (i = 0; i < size; i++)
		if (got[i] != (uint8_t)(bytes[i] + 1))
			return false;
	return sent(self, got, sizeof(got)) == size;
}

TEST_F(tea, serial_input_before_and_after_the_reader)
{
	static const uint8_t text[] = "HAL 9000 \xff\0?";
	struct teavmx_vcpu vcpu;
	uint32_t room;

	ASSERT_EQ(0, teavmx_serial_write(self->teavmx, self->vm, text, 4,
					 &room));
	EXPECT_EQ(TEAVMX_SERIAL_MAX - 4, room);
	ASSERT_EQ(0, start(self, program_echo, sizeof(program_echo), &vcpu));
	EXPECT_TRUE(comes_back(self, text, 4));
	EXPECT_EQ(0, machine_wait(self->teavmx, &vcpu,
				  TEAVMX_VCPU_STATE_WAITING));
	EXPECT_EQ(TEA_PORT_SERIAL, vcpu.port);
	ASSERT_EQ(0, teavmx_serial_write(self->teavmx, self->vm, text + 4,
					 sizeof(text) - 4, NULL));
	EXPECT_TRUE(comes_back(self, text, sizeof(text)));
	ASSERT_EQ(0, teavmx_serial_write(self->teavmx, self->vm, NULL, 0,
					 &room));
	EXPECT_EQ(TEAVMX_SERIAL_MAX, room);
	teavmx_vcpu_clear(&vcpu);
}

/* The reader waits for each byte; nothing is lost, nothing comes twice. */
TEST_F_TIMEOUT(tea, a_slow_feeder, 120)
{
	struct teavmx_vcpu vcpu;
	uint8_t text[40];
	size_t i;

	ASSERT_EQ(0, start(self, program_echo, sizeof(program_echo), &vcpu));
	for (i = 0; i < sizeof(text); i++) {
		text[i] = (uint8_t)(i * 7);
		ASSERT_EQ(0, machine_wait(self->teavmx, &vcpu,
					  TEAVMX_VCPU_STATE_WAITING));
		ASSERT_EQ(0, teavmx_serial_write(self->teavmx, self->vm,
						 &text[i], 1, NULL));
		usleep(1000);
	}
	EXPECT_TRUE(comes_back(self, text, sizeof(text)));
	teavmx_vcpu_clear(&vcpu);
}

TEST_F(tea, a_full_queue)
{
	uint8_t bytes[TEAVMX_SERIAL_MAX + 1];
	struct teavmx_vcpu vcpu;
	uint32_t room = 77;

	memset(bytes, 5, sizeof(bytes));
	EXPECT_EQ(-1, teavmx_serial_write(self->teavmx, self->vm, bytes,
					  sizeof(bytes), NULL));
	EXPECT_TRUE(is_refused(self, E2BIG, "data", "at most 1024 bytes"));
	ASSERT_EQ(0, teavmx_serial_write(self->teavmx, self->vm, bytes,
					 TEAVMX_SERIAL_MAX - 1, &room));
	EXPECT_EQ(1, room);
	EXPECT_EQ(-1, teavmx_serial_write(self->teavmx, self->vm, bytes, 2,
					  NULL));
	EXPECT_TRUE(is_refused(self, EAGAIN, "data", "no space"));
	bytes[0] = 99;
	ASSERT_EQ(0, teavmx_serial_write(self->teavmx, self->vm, bytes, 1,
					 &room));
	EXPECT_EQ(0, room);
	EXPECT_EQ(-1, teavmx_serial_write(self->teavmx, self->vm, bytes, 1,
					  NULL));
	EXPECT_TRUE(is_refused(self, EAGAIN, "data", "no space"));
	ASSERT_EQ(0, start(self, program_read, sizeof(program_read), &vcpu));
	ASSERT_EQ(0, machine_wait(self->teavmx, &vcpu,
				  TEAVMX_VCPU_STATE_EXITED));
	ASSERT_EQ(5, vcpu.message_size);
	EXPECT_EQ(5, vcpu.message[4]);
	EXPECT_EQ(0, teavmx_serial_write(self->teavmx, self->vm, bytes, 1,
					 &room));
	EXPECT_EQ(0, room);
	teavmx_vcpu_clear(&vcpu);
}

struct echo {
	uint64_t seq;
	size_t size;
	uint8_t bytes[4096];
};

static void take_echo(const struct teavmx_record *record, void *data)
{
	struct echo *echo = data;

	if (record->type != TEAVMX_EVENT_TYPE_TEA_SERIAL ||
	    echo->size + record->size > sizeof(echo->bytes))
		return;
	memcpy(echo->bytes + echo->size, record->bytes, record->size);
	echo->size += record->size;
}

/* What is read here is not needed any more: the log may forget it. */
static bool echoes(FIXTURE_DATA(tea) *self, struct echo *echo, size_t size)
{
	long long end = machine_ms() + 20000;

	while (echo->size < size && machine_ms() < end)
		if (teavmx_event_get(self->teavmx, self->vm, &echo->seq,
				     take_echo, echo) < 0)
			return false;
	return echo->size == size;
}

/* What goes beyond the end of the ring comes out in order as well. */
TEST_F_TIMEOUT(tea, more_than_the_queue_holds, 120)
{
	static uint8_t bytes[3000];
	static struct echo echo;
	struct teavmx_vcpu vcpu;
	size_t i;

	for (i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i ^ i >> 8);
	ASSERT_EQ(0, start(self, program_echo, sizeof(program_echo), &vcpu));
	for (i = 0; i < sizeof(bytes); i += PIECE) {
		ASSERT_EQ(0, teavmx_serial_write(self->teavmx, self->vm,
						 bytes + i, PIECE, NULL));
		ASSERT_TRUE(echoes(self, &echo, i + PIECE));
	}
	for (i = 0; i < sizeof(bytes); i++)
		ASSERT_EQ((uint8_t)(bytes[i] + 1), echo.bytes[i]);
	teavmx_vcpu_clear(&vcpu);
}

TEST_F(tea, kill_while_waiting_for_input)
{
	struct teavmx_vcpu vcpu;

	ASSERT_EQ(0, start(self, program_read, sizeof(program_read), &vcpu));
	ASSERT_EQ(0, machine_wait(self->teavmx, &vcpu,
				  TEAVMX_VCPU_STATE_WAITING));
	ASSERT_EQ(0, teavmx_vcpu_kill(self->teavmx, self->vm, vcpu.id));
	ASSERT_EQ(0, machine_wait(self->teavmx, &vcpu,
				  TEAVMX_VCPU_STATE_EXITED));
	EXPECT_TEA_EXIT(KILL, machine_code(&vcpu));
	EXPECT_EQ(4, vcpu.message_size);
	EXPECT_EQ(1, vcpu.steps);
	teavmx_vcpu_clear(&vcpu);
}

TEST_F(tea, a_host_port_is_asked_for)
{
	struct machine_record asked;
	struct teavmx_vcpu vcpu;

	ASSERT_EQ(0,
		  start(self, program_host_read, sizeof(program_host_read),
			&vcpu));
	ASSERT_EQ(1, machine_await(self->teavmx, self->vm,
				   TEAVMX_EVENT_TYPE_PORT_REQUEST, &asked, 1));
	EXPECT_EQ(vcpu.id, asked.vcpu);
	EXPECT_EQ(1, asked.pid);
	EXPECT_EQ(PORT, asked.port);
	EXPECT_EQ(2, asked.access_size);
	EXPECT_FALSE(asked.writes);
	ASSERT_EQ(0, machine_wait(self->teavmx, &vcpu,
				  TEAVMX_VCPU_STATE_WAITING));
	EXPECT_EQ(PORT, vcpu.port);
	ASSERT_EQ(0, teavmx_port_answer(self->teavmx, self->vm, vcpu.id,
					asked.request, 0xcafe));
	ASSERT_EQ(0, machine_wait(self->teavmx, &vcpu,
				  TEAVMX_VCPU_STATE_EXITED));
	ASSERT_EQ(6, vcpu.message_size);
	EXPECT_EQ(0xca, vcpu.message[4]);
	EXPECT_EQ(0xfe, vcpu.message[5]);
	EXPECT_EQ(-1, teavmx_port_answer(self->teavmx, self->vm, vcpu.id,
					 asked.request, 1));
	EXPECT_TRUE(is_refused(self, ENOENT, "request", "does not wait"));
	teavmx_vcpu_clear(&vcpu);
}

TEST_F(tea, writes_do_not_wait)
{
	struct machine_record asked[3];
	struct teavmx_vcpu vcpu;

	ASSERT_EQ(0,
		  start(self, program_host_write, sizeof(program_host_write),
			&vcpu));
	ASSERT_EQ(3, machine_await(self->teavmx, self->vm,
				   TEAVMX_EVENT_TYPE_PORT_REQUEST, asked, 3));
	EXPECT_TRUE(asked[0].writes);
	EXPECT_EQ(0xffff, asked[0].port);
	EXPECT_EQ(2, asked[0].access_size);
	EXPECT_EQ(0xbeef, asked[0].value);
	EXPECT_TRUE(asked[1].writes);
	EXPECT_EQ(0xf000, asked[1].port);
	EXPECT_EQ(1, asked[1].access_size);
	EXPECT_EQ(0x5a, asked[1].value);
	EXPECT_FALSE(asked[2].writes);
	EXPECT_EQ(-1, teavmx_port_answer(self->teavmx, self->vm, vcpu.id,
					 asked[1].request, 1));
	EXPECT_TRUE(is_refused(self, ENOENT, "request", "does not wait"));
	EXPECT_EQ(-1, teavmx_port_answer(self->teavmx, self->vm, vcpu.id,
					 asked[2].request, 0x100));
	EXPECT_TRUE(is_refused(self, ERANGE, "value", "must be at most 255"));
	ASSERT_EQ(0, teavmx_port_answer(self->teavmx, self->vm, vcpu.id,
					asked[2].request, 0xff));
	ASSERT_EQ(0, machine_wait(self->teavmx, &vcpu,
				  TEAVMX_VCPU_STATE_EXITED));
	ASSERT_EQ(5, vcpu.message_size);
	EXPECT_EQ(0xff, vcpu.message[4]);
	teavmx_vcpu_clear(&vcpu);
}

TEST_F(tea, the_host_program_refuses)
{
	struct machine_record asked;
	struct teavmx_vcpu vcpu;

	ASSERT_EQ(0,
		  start(self, program_host_read, sizeof(program_host_read),
			&vcpu));
	ASSERT_EQ(1, machine_await(self->teavmx, self->vm,
				   TEAVMX_EVENT_TYPE_PORT_REQUEST, &asked, 1));
	ASSERT_EQ(0, teavmx_port_refuse(self->teavmx, self->vm, vcpu.id,
					asked.request));
	ASSERT_EQ(0, machine_wait(self->teavmx, &vcpu,
				  TEAVMX_VCPU_STATE_EXITED));
	EXPECT_TEA_EXIT(IO_ERR, machine_code(&vcpu));
	teavmx_vcpu_clear(&vcpu);
}

TEST_F(tea, kill_while_waiting_for_an_answer)
{
	struct machine_record asked;
	struct teavmx_vcpu vcpu;

	ASSERT_EQ(0,
		  start(self, program_host_read, sizeof(program_host_read),
			&vcpu));
	ASSERT_EQ(1, machine_await(self->teavmx, self->vm,
				   TEAVMX_EVENT_TYPE_PORT_REQUEST, &asked, 1));
	ASSERT_EQ(0, teavmx_vcpu_kill(self->teavmx, self->vm, vcpu.id));
	ASSERT_EQ(0, machine_wait(self->teavmx, &vcpu,
				  TEAVMX_VCPU_STATE_EXITED));
	EXPECT_TEA_EXIT(KILL, machine_code(&vcpu));
	EXPECT_EQ(1, vcpu.steps);
	EXPECT_EQ(-1, teavmx_port_answer(self->teavmx, self->vm, vcpu.id,
					 asked.request, 1));
	EXPECT_TRUE(is_refused(self, ENOENT, "request", "does not wait"));
	teavmx_vcpu_clear(&vcpu);
}

/* A late answer belongs to an access of an earlier run, and to no other. */
TEST_F(tea, requests_are_numbered_on_after_a_reset)
{
	const struct teavmx_program program = {
		.backend = variant->backend,
		.program = program_host_read,
		.program_size = sizeof(program_host_read),
		.keep = true,
	};
	struct machine_record asked[2];
	struct teavmx_vcpu vcpu;
	int i;

	ASSERT_EQ(0, teavmx_vcpu_new(self->teavmx, self->vm, &program, &vcpu));
	for (i = 0; i < 2; i++) {
		const struct teavmx_run run = { .reset = i };

		ASSERT_EQ(0, teavmx_vcpu_run_with(self->teavmx, self->vm, vcpu.id,
						  &run));
		ASSERT_EQ(i + 1, machine_await(self->teavmx, self->vm,
					       TEAVMX_EVENT_TYPE_PORT_REQUEST,
					       asked, i + 1));
		EXPECT_EQ(i ? -1 : 0,
			  teavmx_port_answer(self->teavmx, self->vm, vcpu.id,
					     asked[0].request, 1));
		if (i)
			ASSERT_EQ(0, teavmx_port_answer(self->teavmx, self->vm,
							vcpu.id, asked[1].request,
							2));
		ASSERT_EQ(0, machine_wait(self->teavmx, &vcpu,
					  TEAVMX_VCPU_STATE_EXITED));
	}
	EXPECT_EQ(2, vcpu.message[5]);
	teavmx_vcpu_clear(&vcpu);
}

TEST_F(tea, refusals)
{
	struct teavmx_vcpu vcpu;
	struct teavmx_vm raw;

	ASSERT_EQ(0, start(self, program_read, sizeof(program_read), &vcpu));
	EXPECT_EQ(-1, teavmx_port_answer(self->teavmx, self->vm, vcpu.id, 1,
					 1));
	EXPECT_TRUE(is_refused(self, ENOENT, "request", "does not wait"));
	EXPECT_EQ(-1, teavmx_port_answer(self->teavmx, self->vm, 99, 1, 1));
	EXPECT_TRUE(is_refused(self, ENOENT, "vcpu-id", "no vCPU"));
	EXPECT_EQ(-1, teavmx_port_answer(self->teavmx, 0x7fffffff, 1, 1, 1));
	EXPECT_TRUE(is_refused(self, ENOENT, "vm-id", "no VM"));
	EXPECT_EQ(-1, teavmx_serial_write(self->teavmx, 0x7fffffff, "x", 1,
					  NULL));
	EXPECT_TRUE(is_refused(self, ENOENT, "vm-id", "no VM"));
	EXPECT_EQ(-1, teavmx_raw_new(self->teavmx, TEAVMX_VM_FLAGS_HOST_PORTS,
				     4096, &raw));
	EXPECT_TRUE(is_refused(self, EINVAL, "flags", "no TEA ports"));
	teavmx_vcpu_clear(&vcpu);
	/* Raw VMs need VMX. */
	if (self->backend == TEAVMX_BACKEND_SOFT)
		return;
	ASSERT_EQ(0, teavmx_raw_new(self->teavmx, 0, 4096, &raw));
	EXPECT_EQ(-1, teavmx_serial_write(self->teavmx, raw.id, "x", 1, NULL));
	EXPECT_TRUE(is_refused(self, EINVAL, "vm-id", "no TEA machine"));
}

/* Text is held back, serial bytes are not. */
TEST_F(tea, quiet)
{
	struct machine_record record;
	struct teavmx_vcpu vcpu;

	ASSERT_EQ(0, start(self, program_quiet, sizeof(program_quiet), &vcpu));
	ASSERT_EQ(0, machine_wait(self->teavmx, &vcpu,
				  TEAVMX_VCPU_STATE_EXITED));
	ASSERT_EQ(5, vcpu.message_size);
	EXPECT_EQ(1, vcpu.message[4]);
	ASSERT_EQ(1, machine_records(self->teavmx, self->vm,
				     TEAVMX_EVENT_TYPE_TEA_TEXT, &record, 1));
	EXPECT_EQ(1, record.size);
	EXPECT_EQ('b', record.bytes[0]);
	ASSERT_EQ(1, machine_records(self->teavmx, self->vm,
				     TEAVMX_EVENT_TYPE_TEA_SERIAL, &record, 1));
	EXPECT_EQ('s', record.bytes[0]);
	teavmx_vcpu_clear(&vcpu);
}

/* One process leaves a short in the pad, another reads its bytes. */
TEST_F(tea, the_pad_is_shared)
{
	struct teavmx_vcpu vcpu;

	ASSERT_EQ(0, start(self, program_leave, sizeof(program_leave), &vcpu));
	ASSERT_EQ(0, machine_wait(self->teavmx, &vcpu,
				  TEAVMX_VCPU_STATE_EXITED));
	teavmx_vcpu_clear(&vcpu);
	ASSERT_EQ(0,
		  start(self, program_pick_up, sizeof(program_pick_up), &vcpu));
	ASSERT_EQ(0, machine_wait(self->teavmx, &vcpu,
				  TEAVMX_VCPU_STATE_EXITED));
	ASSERT_EQ(5, vcpu.message_size);
	EXPECT_EQ(0x34, vcpu.message[4]);
	teavmx_vcpu_clear(&vcpu);
}

#define TEXT	400	/* characters of programs/long_text.tas, two halves */

/* The text comes while the process loops, and a character is no exit on vmx. */
TEST_F(tea, text_without_a_newline)
{
	long long end = machine_ms() + 10000;
	uint8_t wanted[TEXT], got[TEXT + 1];
	struct teavmx_vcpu vcpu;
	uint64_t calls = 0;
	size_t i;

	memset(wanted, 'x', TEXT / 2);
	memset(wanted + TEXT / 2, 'y', TEXT / 2);
	ASSERT_EQ(0, start(self, program_long_text, sizeof(program_long_text),
			   &vcpu));
	while (written(self, TEAVMX_EVENT_TYPE_TEA_TEXT, got,
		       sizeof(got)) < TEXT && machine_ms() < end)
		usleep(10000);
	ASSERT_EQ(TEXT, written(self, TEAVMX_EVENT_TYPE_TEA_TEXT, got,
				sizeof(got)));
	EXPECT_EQ(0, memcmp(wanted, got, TEXT));
	ASSERT_EQ(0, teavmx_vcpu_get(self->teavmx, vcpu.vm, vcpu.id, &vcpu));
	EXPECT_STATE(RUNNING, vcpu.state);
	for (i = 0; i < vcpu.exit_count; i++)
		if (vcpu.exits[i].reason == VMX_EXIT_VMCALL)
			calls = vcpu.exits[i].count;
	EXPECT_GE(TEXT / 100, calls);
	teavmx_vcpu_clear(&vcpu);
}

#define TALLY	200

/* Each access is one exit on vmx, however it is answered. */
TEST_F(tea, many_accesses_to_the_pad)
{
	struct machine_record record;
	struct teavmx_vcpu vcpu;
	uint64_t calls = 0;
	size_t i;

	ASSERT_EQ(0, start(self, program_tally, sizeof(program_tally), &vcpu));
	ASSERT_EQ(0, machine_wait(self->teavmx, &vcpu,
				  TEAVMX_VCPU_STATE_EXITED));
	EXPECT_TEA_EXIT(NORMAL, machine_code(&vcpu));
	ASSERT_EQ(5, vcpu.message_size);
	EXPECT_EQ(TALLY, vcpu.message[4]);
	for (i = 0; i < vcpu.exit_count; i++)
		if (vcpu.exits[i].reason == VMX_EXIT_VMCALL)
			calls = vcpu.exits[i].count;
	/* Two for each round, the last read, and the end */
	if (self->backend == TEAVMX_BACKEND_VMX) {
		EXPECT_EQ(2 * TALLY + 2, calls);
		EXPECT_LE(2 * TALLY + 2,
			  machine_records(self->teavmx, self->vm,
					  TEAVMX_EVENT_TYPE_VMX_EXIT, &record,
					  1));
	}
	teavmx_vcpu_clear(&vcpu);
}

TEST_HARNESS_MAIN
