// SPDX-License-Identifier: GPL-2.0-only
/*
 * Program slots, and the packets VM_RUN and VM_KILL from processes and from the
 * host program: what they do, what is malformed, what is refused.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tea_fixture.h"

#define ADDRESS		TEA_ADDRESS_DEFAULT
#define RUN		TEA_CMD_VM_RUN
#define KILL		TEA_CMD_VM_KILL
#define F		TEA_RUN_FIRST
#define L		TEA_RUN_LAST
#define P		TEA_RUN_PID
#define D		TEA_RUN_DEBUG

static int load(FIXTURE_DATA(tea) *self, uint8_t slot,
		const void *program, size_t size)
{
	return teavmx_slot_set(self->teavmx, self->vm, slot, program, size, 0);
}

#define LOAD(slot, program)	load(self, slot, program, sizeof(program))

/* A packet to the VM's address with these bytes of data */
static int send_data(FIXTURE_DATA(tea) *self, const uint8_t *data,
		     size_t size, struct teavmx_launched *launched)
{
	uint8_t packet[16] = { ADDRESS, (uint8_t)size };

	memcpy(packet + 2, data, size);
	return teavmx_packet_send(self->teavmx, self->vm, self->backend,
				  TEAVMX_ENGINE_INTERP, packet, size + 2,
				  launched);
}

#define SEND(launched, ...) \
	send_data(self, (const uint8_t[]){ __VA_ARGS__ }, \
		  sizeof((const uint8_t[]){ __VA_ARGS__ }), launched)

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

/* The exit message of a process that was launched is as wanted. */
static bool ends(FIXTURE_DATA(tea) *self, uint32_t id, uint8_t pid,
		 uint8_t code, int value)
{
	uint8_t message[5] = { TEA_CMD_MSG, TEA_MSG_VM_EXIT, pid, code,
			       (uint8_t)value };
	size_t size = value < 0 ? 4 : 5;
	struct teavmx_vcpu vcpu = { .vm = self->vm, .id = id };
	bool as_wanted;

	if (machine_wait(self->teavmx, &vcpu, TEAVMX_VCPU_STATE_EXITED))
		return false;
	as_wanted = vcpu.message_size == size &&
		    !memcmp(vcpu.message, message, size);
	if (!as_wanted)
		printf("# pid %u, code %d, %zu bytes\n", vcpu.pid,
		       machine_code(&vcpu), vcpu.message_size);
	teavmx_vcpu_clear(&vcpu);
	return as_wanted;
}

/* A process that sends packets and goes on with @end; each is behind its size */
static int sender(FIXTURE_DATA(tea) *self, const uint8_t *packets,
		  uint8_t end, struct teavmx_vcpu *vcpu)
{
	uint8_t file[SENDER_MAX];
	size_t size = machine_sender(file, packets, end);

	return machine_start(self->teavmx, self->vm, self->backend, file, size,
			     vcpu);
}

static int run_sender(FIXTURE_DATA(tea) *self, const uint8_t *packets,
		      struct teavmx_vcpu *vcpu)
{
	return sender(self, packets, TEA_OP_EXIT, vcpu) ||
	       machine_wait(self->teavmx, vcpu, TEAVMX_VCPU_STATE_EXITED);
}

static int count_of(FIXTURE_DATA(tea) *self, uint32_t type)
{
	struct machine_record record;

	return machine_records(self->teavmx, self->vm, type, &record, 1);
}

TEST_F(tea, slots)
{
	static uint8_t large[TEA_FILE_MAX + 1] = { 0x61, 0x54, 0, 9, 2, 3 };
	struct teavmx_slot slots[TEAVMX_SLOTS];
	uint8_t i;

	ASSERT_EQ(0, teavmx_slot_list(self->teavmx, self->vm, slots));
	for (i = 0; i < TEAVMX_SLOTS; i++)
		ASSERT_EQ(0, teavmx_slot_set(self->teavmx, self->vm, i, large,
					     TEA_FILE_MAX - i, i));
	ASSERT_EQ(TEAVMX_SLOTS, teavmx_slot_list(self->teavmx, self->vm,
						 slots));
	for (i = 0; i < TEAVMX_SLOTS; i++) {
		EXPECT_EQ(i, slots[i].number);
		EXPECT_EQ(TEA_FILE_MAX - i, slots[i].size);
		EXPECT_EQ(i ? i : TEA_STACK_DEFAULT, slots[i].stack_size);
		ASSERT_EQ(TEA_HEADER_SIZE, slots[i].header_size);
		EXPECT_EQ(0, memcmp(large, slots[i].header, TEA_HEADER_SIZE));
	}
	ASSERT_EQ(0, teavmx_slot_set(self->teavmx, self->vm, 0, "a", 1, 0));
	ASSERT_EQ(0, teavmx_slot_set(self->teavmx, self->vm, 5, NULL, 0, 0));
	ASSERT_EQ(TEAVMX_SLOTS - 1, teavmx_slot_list(self->teavmx, self->vm,
						     slots));
	EXPECT_EQ(1, slots[0].size);
	EXPECT_EQ(1, slots[0].header_size);
	EXPECT_EQ(6, slots[5].number);
	EXPECT_EQ(-1, teavmx_slot_set(self->teavmx, self->vm, 0, large,
				      sizeof(large), 0));
	EXPECT_TRUE(is_refused(self, E2BIG, "program", "65541 bytes"));
	EXPECT_EQ(-1, teavmx_slot_set(self->teavmx, self->vm, TEAVMX_SLOTS,
				      large, 11, 0));
	EXPECT_TRUE(is_refused(self, ERANGE, "slot-number", "0 to 11"));
	EXPECT_EQ(-1, teavmx_slot_set(self->teavmx, self->vm, 0, large, 11,
				      65536));
	EXPECT_TRUE(is_refused(self, ERANGE, "stack-size", "65535"));
	EXPECT_EQ(-1, teavmx_slot_set(self->teavmx, 0x7fffffff, 0, large, 11,
				      0));
	EXPECT_TRUE(is_refused(self, ENOENT, "vm-id", "no VM"));
	/* What was refused has changed nothing. */
	ASSERT_EQ(TEAVMX_SLOTS - 1, teavmx_slot_list(self->teavmx, self->vm,
						     slots));
	EXPECT_EQ(1, slots[0].size);
}

TEST_F(tea, a_single_packet_from_outside)
{
	struct teavmx_launched launched;

	ASSERT_EQ(0, LOAD(11, program_argument));
	ASSERT_EQ(0, SEND(&launched, RUN, F | L, 11, 0xa5));
	ASSERT_EQ(2, launched.message_size);
	EXPECT_EQ(RUN, launched.message[0]);
	EXPECT_EQ(1, launched.message[1]);
	EXPECT_LT(0, launched.next_seq);
	EXPECT_TRUE(ends(self, launched.vcpu, 1, TEA_EXIT_NORMAL, 0xa5));
	ASSERT_EQ(0, SEND(&launched, RUN, F | L | P, 11, 200, 7));
	EXPECT_EQ(200, launched.message[1]);
	EXPECT_TRUE(ends(self, launched.vcpu, 200, TEA_EXIT_NORMAL, 7));
	/* The sender gets the reply, so there is no event. */
	EXPECT_EQ(0, count_of(self, TEAVMX_EVENT_TYPE_TEA_REPLY));
}

TEST_F(tea, many_packets_from_outside)
{
	struct teavmx_launched launched;

	ASSERT_EQ(0, LOAD(3, program_sum_of_seven));
	ASSERT_EQ(0, SEND(&launched, RUN, F, 3, 1, 2, 3, 4));
	EXPECT_EQ(0, launched.vcpu);
	ASSERT_EQ(2, launched.message_size);
	EXPECT_EQ(1, launched.message[1]);
	/* The number is kept for it. */
	EXPECT_EQ(-1, SEND(&launched, RUN, F | L | P, 3, 1));
	EXPECT_TRUE(is_refused(self, EBUSY, "packet", "in use"));
	ASSERT_EQ(0, SEND(&launched, RUN, F, 3));
	EXPECT_EQ(2, launched.message[1]);
	ASSERT_EQ(0, SEND(&launched, RUN, 0, 1, 5));
	EXPECT_EQ(1, launched.message[1]);
	/* The console's way sets PID in every packet. */
	ASSERT_EQ(0, SEND(&launched, RUN, L | P, 1, 6, 7));
	EXPECT_EQ(1, launched.message[1]);
	EXPECT_TRUE(ends(self, launched.vcpu, 1, TEA_EXIT_NORMAL, 28));
	/* Nothing more follows. */
	EXPECT_EQ(-1, SEND(&launched, RUN, L, 1, 5));
	EXPECT_TRUE(is_refused(self, ENOENT, "packet", "has begun"));
}

/* A launch that is killed, or has too many arguments, is forgotten. */
TEST_F(tea, launches_that_come_to_nothing)
{
	struct teavmx_launched launched;
	int i;

	ASSERT_EQ(0, LOAD(0, program_sum_of_seven));
	ASSERT_EQ(0, SEND(&launched, RUN, F, 0));
	ASSERT_EQ(0, SEND(&launched, KILL, 1));
	EXPECT_EQ(0, launched.message_size);
	EXPECT_EQ(-1, SEND(&launched, RUN, L, 1));
	EXPECT_TRUE(is_refused(self, ENOENT, "packet", "has begun"));
	ASSERT_EQ(0, SEND(&launched, RUN, F, 0));
	for (i = 0; i < TEA_ARGUMENTS_MAX / 5; i++)
		ASSERT_EQ(0, SEND(&launched, RUN, 0, 1, 1, 2, 3, 4, 5));
	EXPECT_EQ(-1, SEND(&launched, RUN, 0, 1, 1));
	EXPECT_TRUE(is_refused(self, E2BIG, "packet", "255 bytes"));
	EXPECT_EQ(-1, SEND(&launched, RUN, L, 1));
	EXPECT_TRUE(is_refused(self, ENOENT, "packet", "has begun"));
	EXPECT_EQ(0, count_of(self, TEAVMX_EVENT_TYPE_TEA_EXIT));
}

/* A rule that is broken gives an ordinary exit message. */
TEST_F(tea, launches_that_fail)
{
	static const uint8_t rubbish[] = { 0x61, 0x54, 0, 8, 0, 0, 0, 0, 0, 0,
					   0 };
	struct teavmx_launched launched;

	ASSERT_EQ(0, LOAD(0, program_argument));
	ASSERT_EQ(0, LOAD(1, rubbish));
	ASSERT_EQ(0, SEND(&launched, RUN, F | L, 0));
	EXPECT_TRUE(ends(self, launched.vcpu, 1, TEA_EXIT_BAD_STARTUP, -1));
	ASSERT_EQ(0, SEND(&launched, RUN, F | L, 1));
	EXPECT_TRUE(ends(self, launched.vcpu, 1, TEA_EXIT_BAD_VERSION, -1));
	ASSERT_EQ(0, SEND(&launched, RUN, F | L, 2));
	EXPECT_TRUE(ends(self, launched.vcpu, 1, TEA_EXIT_BAD_CODE, -1));
	EXPECT_EQ(3, count_of(self, TEAVMX_EVENT_TYPE_TEA_EXIT));
}

/* The program is that of the last packet, the stack that of the slot. */
TEST_F(tea, slots_are_replaced_at_any_time)
{
	struct teavmx_launched launched;
	struct teavmx_vcpu vcpu;

	ASSERT_EQ(0, LOAD(0, program_loop));
	ASSERT_EQ(0, SEND(&launched, RUN, F | L, 0));
	ASSERT_EQ(0, SEND(&launched, RUN, F, 0, 9));
	ASSERT_EQ(0, teavmx_slot_set(self->teavmx, self->vm, 0,
				     program_argument, sizeof(program_argument),
				     77));
	ASSERT_EQ(0, SEND(&launched, RUN, L, 2));
	EXPECT_TRUE(ends(self, launched.vcpu, 2, TEA_EXIT_NORMAL, 9));
	vcpu = (struct teavmx_vcpu){ .vm = self->vm, .id = launched.vcpu };
	ASSERT_EQ(0, machine_wait(self->teavmx, &vcpu,
				  TEAVMX_VCPU_STATE_EXITED));
	EXPECT_EQ(77, vcpu.stack_size);
	EXPECT_EQ(self->backend, vcpu.backend);
	teavmx_vcpu_clear(&vcpu);
	vcpu = (struct teavmx_vcpu){ .vm = self->vm, .id = 1 };
	EXPECT_EQ(0, machine_wait(self->teavmx, &vcpu,
				  TEAVMX_VCPU_STATE_RUNNING));
	teavmx_vcpu_clear(&vcpu);
}

TEST_F(tea, run_from_inside)
{
	static const uint8_t packets[] = {
		6, ADDRESS, 4, RUN, F | L, 4, 0x33,
		7, ADDRESS, 5, RUN, F | P, 5, 50, 1,
		8, ADDRESS, 6, RUN, 0, 50, 2, 3, 4,
		8, ADDRESS, 6, RUN, L | P, 50, 5, 6, 7,
		0 };
	static const uint8_t pids[] = { 2, 50, 50, 50 };
	struct machine_record replies[5];
	struct teavmx_vcpu vcpu;
	int i;

	ASSERT_EQ(0, LOAD(4, program_argument));
	ASSERT_EQ(0, LOAD(5, program_sum_of_seven));
	ASSERT_EQ(0, run_sender(self, packets, &vcpu));
	EXPECT_TEA_EXIT(NORMAL, machine_code(&vcpu));
	ASSERT_EQ(4, machine_records(self->teavmx, self->vm,
				     TEAVMX_EVENT_TYPE_TEA_REPLY, replies, 5));
	for (i = 0; i < 4; i++) {
		EXPECT_EQ(vcpu.id, replies[i].vcpu);
		EXPECT_EQ(1, replies[i].pid);
		ASSERT_EQ(2, replies[i].size);
		EXPECT_EQ(RUN, replies[i].bytes[0]);
		EXPECT_EQ(pids[i], replies[i].bytes[1]);
	}
	EXPECT_TRUE(ends(self, vcpu.id + 1, 2, TEA_EXIT_NORMAL, 0x33));
	EXPECT_TRUE(ends(self, vcpu.id + 2, 50, TEA_EXIT_NORMAL, 28));
	EXPECT_EQ(0, count_of(self, TEAVMX_EVENT_TYPE_TEA_PACKET));
	EXPECT_EQ(0, count_of(self, TEAVMX_EVENT_TYPE_TEA_REFUSED));
	teavmx_vcpu_clear(&vcpu);
}

/* The host program gets a record of a refused packet; the sender continues. */
TEST_F(tea, refused_from_inside)
{
	static const uint8_t packets[] = {
		6, ADDRESS, 4, RUN, F | L | P, 0, 1,
		5, ADDRESS, 3, RUN, L, 99,
		4, ADDRESS, 2, KILL, 99,
		0 };
	struct machine_record refused[2];
	struct teavmx_vcpu vcpu;

	ASSERT_EQ(0, LOAD(0, program_exit));
	ASSERT_EQ(0, run_sender(self, packets, &vcpu));
	EXPECT_TEA_EXIT(NORMAL, machine_code(&vcpu));
	ASSERT_EQ(2, machine_records(self->teavmx, self->vm,
				     TEAVMX_EVENT_TYPE_TEA_REFUSED, refused,
				     2));
	ASSERT_EQ(4, refused[0].size);
	EXPECT_EQ(0, memcmp(packets + 3, refused[0].bytes, 4));
	EXPECT_EQ(1, refused[0].pid);
	EXPECT_EQ(3, refused[1].size);
	EXPECT_EQ(1, count_of(self, TEAVMX_EVENT_TYPE_TEA_EXIT));
	EXPECT_EQ(0, count_of(self, TEAVMX_EVENT_TYPE_TEA_REPLY));
	teavmx_vcpu_clear(&vcpu);
}

/* A process is killed from inside in every state; and one kills itself. */
TEST_F(tea, kill_from_inside)
{
	static const uint8_t kills[] = {
		4, ADDRESS, 2, KILL, 1, 4, ADDRESS, 2, KILL, 2,
		4, ADDRESS, 2, KILL, 3, 4, ADDRESS, 2, KILL, 4,
		4, ADDRESS, 2, KILL, 5, 0 };
	struct teavmx_vcpu ready, loops, sleeps, waits, vcpu;

	ASSERT_EQ(0, machine_new(self->teavmx, self->vm, self->backend,
				 program_exit, sizeof(program_exit), &ready));
	ASSERT_EQ(0, machine_start(self->teavmx, self->vm, self->backend,
				   program_loop, sizeof(program_loop),
				   &loops));
	ASSERT_EQ(0, machine_start(self->teavmx, self->vm, self->backend,
				   program_sleep, sizeof(program_sleep),
				   &sleeps));
	ASSERT_EQ(0, machine_start(self->teavmx, self->vm, self->backend,
				   program_wait, sizeof(program_wait),
				   &waits));
	ASSERT_EQ(0, machine_wait(self->teavmx, &loops,
				  TEAVMX_VCPU_STATE_RUNNING));
	ASSERT_EQ(0, machine_wait(self->teavmx, &sleeps,
				  TEAVMX_VCPU_STATE_SLEEPING));
	ASSERT_EQ(0, machine_wait(self->teavmx, &waits,
				  TEAVMX_VCPU_STATE_WAITING));
	ASSERT_EQ(0, run_sender(self, kills, &vcpu));
	EXPECT_TRUE(ends(self, ready.id, 1, TEA_EXIT_KILL, -1));
	EXPECT_TRUE(ends(self, loops.id, 2, TEA_EXIT_KILL, -1));
	EXPECT_TRUE(ends(self, sleeps.id, 3, TEA_EXIT_KILL, -1));
	EXPECT_TRUE(ends(self, waits.id, 4, TEA_EXIT_KILL, -1));
	EXPECT_TRUE(ends(self, vcpu.id, 5, TEA_EXIT_KILL, -1));
	/* Five packets of four bytes and their size; the last one is fatal. */
	EXPECT_EQ(5 * 6, vcpu.steps);
	teavmx_vcpu_clear(&vcpu);
}

TEST_F(tea, kill_from_outside)
{
	struct teavmx_launched launched;

	ASSERT_EQ(0, LOAD(0, program_loop));
	ASSERT_EQ(0, SEND(&launched, RUN, F | L | P, 0, 255));
	ASSERT_EQ(0, SEND(&launched, KILL, 254));
	ASSERT_EQ(0, SEND(&launched, KILL, 255));
	EXPECT_EQ(0, launched.message_size);
	EXPECT_EQ(0, launched.vcpu);
	EXPECT_TRUE(ends(self, 1, 255, TEA_EXIT_KILL, -1));
	EXPECT_EQ(1, count_of(self, TEAVMX_EVENT_TYPE_TEA_EXIT));
}

/* To others, and with other commands, packets go out as they are. */
TEST_F(tea, passed_on)
{
	static const uint8_t packets[] = {
		5, 4, 3, RUN, F | L, 0,
		10, ADDRESS, 8, 0x80, 1, 2, 3, 4, 5, 6, 7,
		2, ADDRESS, 0,
		4, 0, 2, KILL, 1,
		0 };
	const uint8_t *packet = packets;
	struct machine_record seen[4];
	struct teavmx_vcpu vcpu;
	int i;

	ASSERT_EQ(0, LOAD(0, program_exit));
	ASSERT_EQ(0, run_sender(self, packets, &vcpu));
	EXPECT_TEA_EXIT(NORMAL, machine_code(&vcpu));
	ASSERT_EQ(4, machine_records(self->teavmx, self->vm,
				     TEAVMX_EVENT_TYPE_TEA_PACKET, seen, 4));
	for (i = 0; i < 4; i++, packet += *packet + 1) {
		ASSERT_EQ(*packet, seen[i].size);
		EXPECT_EQ(0, memcmp(packet + 1, seen[i].bytes, *packet));
	}
	EXPECT_EQ(1, count_of(self, TEAVMX_EVENT_TYPE_TEA_EXIT));
	teavmx_vcpu_clear(&vcpu);
}

/* A new address is the one that counts. */
TEST_F(tea, another_address)
{
	static const uint8_t program[] =
		FILE_OF(0, 0, TEA_OP_PUSHLB, 0xfe, TEA_OP_POPBM,
			SHORT(TEA_PORT_ADDRESS), TEA_OP_EXIT);
	static const uint8_t packet[] = { 0xfe, 3, RUN, F | L, 0 };
	struct teavmx_launched launched;
	struct teavmx_vcpu vcpu;

	ASSERT_EQ(0, LOAD(0, program_exit));
	ASSERT_EQ(0, machine_start(self->teavmx, self->vm, self->backend,
				   program, sizeof(program), &vcpu));
	ASSERT_EQ(0, machine_wait(self->teavmx, &vcpu,
				  TEAVMX_VCPU_STATE_EXITED));
	EXPECT_EQ(-1, SEND(&launched, RUN, F | L, 0));
	EXPECT_TRUE(is_refused(self, EADDRNOTAVAIL, "packet", "address"));
	EXPECT_EQ(0, teavmx_packet_send(self->teavmx, self->vm, self->backend,
					TEAVMX_ENGINE_INTERP, packet,
					sizeof(packet), &launched));
	EXPECT_TRUE(ends(self, launched.vcpu, 1, TEA_EXIT_NORMAL, -1));
	teavmx_vcpu_clear(&vcpu);
}

static const struct malformed {
	const char *name;
	uint8_t packet[11];
	const char *words;
} malformed[] = {
	{ "VM_RUN alone", { 3, ADDRESS, 1, RUN }, "at least 3 bytes" },
	{ "VM_RUN, flags", { 4, ADDRESS, 2, RUN, F | L }, "at least 3 bytes" },
	{ "slot 12", { 5, ADDRESS, 3, RUN, F | L, 12 }, "0 to 11" },
	{ "slot 255", { 5, ADDRESS, 3, RUN, F, 255 }, "0 to 11" },
	{ "no pid", { 5, ADDRESS, 3, RUN, F | L | P, 0 }, "is missing" },
	{ "pid 0 requested", { 6, ADDRESS, 4, RUN, F | L | P, 0, 0 },
	  "begin at 1" },
	{ "pid 0 continued", { 5, ADDRESS, 3, RUN, L, 0 }, "begin at 1" },
	{ "debug", { 9, ADDRESS, 7, RUN, F | D, 0, 5, 0, 0, 1 }, "debugger" },
	{ "debug, last", { 5, ADDRESS, 3, RUN, F | L | D, 0 }, "debugger" },
	{ "an unknown flag", { 5, ADDRESS, 3, RUN, F | L | 0x10, 0 },
	  "unknown flag" },
	{ "flag 0x80", { 5, ADDRESS, 3, RUN, 0x80, 1 }, "unknown flag" },
	{ "VM_KILL alone", { 3, ADDRESS, 1, KILL }, "2 bytes" },
	{ "VM_KILL and more", { 5, ADDRESS, 3, KILL, 1, 0 }, "2 bytes" },
	{ "VM_KILL with 6 bytes", { 8, ADDRESS, 6, KILL, 1, 0, 0, 0, 0 },
	  "2 bytes" },
	{ "the host as a process", { 4, ADDRESS, 2, KILL, 0 }, "begin at 1" },
	{ "length too small", { 5, ADDRESS, 2, RUN, F | L, 0 }, "length" },
	{ "length too large", { 5, ADDRESS, 4, RUN, F | L, 0 }, "length" },
};

TEST_F_TIMEOUT(tea, malformed, 120)
{
	struct teavmx_launched launched;
	struct teavmx_vcpu vcpu;
	uint8_t packets[16];
	size_t i;

	ASSERT_EQ(0, LOAD(0, program_exit));
	for (i = 0; i < sizeof(malformed) / sizeof(malformed[0]); i++) {
		const uint8_t *packet = malformed[i].packet;

		EXPECT_EQ(-1, teavmx_packet_send(self->teavmx, self->vm,
						 self->backend,
						 TEAVMX_ENGINE_INTERP,
						 packet + 1, packet[0],
						 &launched))
			TH_LOG("%s", malformed[i].name);
		EXPECT_TRUE(is_refused(self, EINVAL, "packet",
				       malformed[i].words))
			TH_LOG("%s", malformed[i].name);
		memset(packets, 0, sizeof(packets));
		memcpy(packets, packet, packet[0] + 1);
		ASSERT_EQ(0, run_sender(self, packets, &vcpu));
		EXPECT_EQ(TEA_EXIT_BAD_COMMAND, machine_code(&vcpu))
			TH_LOG("%s: %s", malformed[i].name,
			       expect_tea_exit(machine_code(&vcpu)));
		EXPECT_EQ(4, vcpu.message_size);
		teavmx_vcpu_clear(&vcpu);
	}
	EXPECT_EQ(i, count_of(self, TEAVMX_EVENT_TYPE_TEA_EXIT));
	EXPECT_EQ(0, count_of(self, TEAVMX_EVENT_TYPE_TEA_PACKET));
}

/* What only comes from outside: other commands, other sizes */
TEST_F(tea, refused_from_outside)
{
	static const uint8_t long_packet[12] = { ADDRESS, 10, RUN, F, 0 };
	struct teavmx_launched launched;
	struct teavmx_vm raw;

	EXPECT_EQ(-1, SEND(&launched, 0x80, 1));
	EXPECT_TRUE(is_refused(self, EINVAL, "packet", "VM_KILL (16)"));
	EXPECT_EQ(-1, teavmx_packet_send(self->teavmx, self->vm, self->backend,
					 TEAVMX_ENGINE_INTERP, long_packet, 0,
					 &launched));
	EXPECT_TRUE(is_refused(self, EINVAL, "packet", "3 to 10 bytes"));
	EXPECT_EQ(-1, teavmx_packet_send(self->teavmx, self->vm, self->backend,
					 TEAVMX_ENGINE_INTERP, long_packet, 2,
					 &launched));
	EXPECT_TRUE(is_refused(self, EINVAL, "packet", "3 to 10 bytes"));
	EXPECT_EQ(-1, teavmx_packet_send(self->teavmx, self->vm, self->backend,
					 TEAVMX_ENGINE_INTERP, long_packet,
					 sizeof(long_packet), &launched));
	EXPECT_TRUE(is_refused(self, EINVAL, "packet", "3 to 10 bytes"));
	self->vm++;
	EXPECT_EQ(-1, SEND(&launched, KILL, 1));
	EXPECT_TRUE(is_refused(self, ENOENT, "vm-id", "no VM"));
	/* Raw VMs need VMX. */
	if (self->backend == TEAVMX_BACKEND_SOFT)
		return;
	ASSERT_EQ(0, teavmx_raw_new(self->teavmx, 0, 4096, &raw));
	self->vm = raw.id;
	EXPECT_EQ(-1, SEND(&launched, KILL, 1));
	EXPECT_TRUE(is_refused(self, EINVAL, "vm-id", "no TEA machine"));
	EXPECT_EQ(-1, LOAD(0, program_exit));
	EXPECT_TRUE(is_refused(self, EINVAL, "vm-id", "no TEA machine"));
}

/* Each launches the next one and ends: numbers are used again and again. */
TEST_F_TIMEOUT(tea, a_chain, 120)
{
	static const uint8_t packets[] = {
		5, ADDRESS, 3, RUN, F | L, 0, 0 };
	uint8_t file[SENDER_MAX];
	size_t size = machine_sender(file, packets, TEA_OP_EXIT);
	struct teavmx_launched launched;
	long long end;

	ASSERT_EQ(0, load(self, 0, file, size));
	ASSERT_EQ(0, SEND(&launched, RUN, F | L, 0));
	end = machine_ms() + 60000;
	while (count_of(self, TEAVMX_EVENT_TYPE_TEA_EXIT) < 100 &&
	       machine_ms() < end)
		usleep(20000);
	EXPECT_LE(100, count_of(self, TEAVMX_EVENT_TYPE_TEA_EXIT));
	/* And a VM that is always busy can be deleted. */
	ASSERT_EQ(0, teavmx_vm_del(self->teavmx, self->vm));
	EXPECT_TRUE(machine_vms(self->teavmx, 0));
}

TEST_HARNESS_MAIN
