// SPDX-License-Identifier: GPL-2.0-only
/* The port map, the launch rules and the exit message */
#include <string.h>

#include <module/tea/interp.h>
#include <module/tea/ports.h>
#include <module/tea/process.h>

#include <kselftest_harness.h>

FIXTURE(ports)
{
	struct tea_ports ports;
	unsigned int value;
};

FIXTURE_SETUP(ports)
{
	memset(&self->ports, 0xA5, sizeof(self->ports));
	tea_ports_init(&self->ports);
}

FIXTURE_TEARDOWN(ports)
{
}

static int do_access(FIXTURE_DATA(ports) *self, unsigned int port,
		     unsigned int size, unsigned int write, unsigned int value)
{
	struct tea_access access = {
		.port = port,
		.size = size,
		.write = write,
		.pid = 7,
		.value = value,
	};
	int result = tea_port_access(&self->ports, &access);

	self->value = access.value;
	return result;
}

#define READ(port, size)	do_access(self, port, size, 0, 0xEEEE)
#define WRITE(port, size, value) do_access(self, port, size, 1, value)

TEST_F(ports, wrong_size_or_direction_is_refused)
{
	unsigned int size;

#define ROW(NAME, first, count, name, reads, writes, sentence) \
	for (size = 1; size <= 2; size++) { \
		if (!((reads) & size)) \
			EXPECT_EQ(TEA_PORT_IO_ERR, READ(first, size)); \
		if (!((writes) & size)) \
			EXPECT_EQ(TEA_PORT_IO_ERR, WRITE(first, size, 0)); \
	}
	TEA_PORTS(ROW)
#undef ROW
	EXPECT_EQ(TEA_PORT_IO_ERR, READ(TEA_PORT_PROCESS_ID, 0));
	EXPECT_EQ(TEA_PORT_IO_ERR, READ(TEA_PORT_SCRATCH_PAD, 3));
}

/* In pieces of many sizes, around the end of the ring again and again */
TEST_F(ports, serial_input_keeps_its_order)
{
	unsigned char bytes[TEA_SERIAL_MAX];
	unsigned int fed = 0, taken = 0;
	unsigned int size, i;

	EXPECT_EQ(TEA_PORT_WAIT, READ(TEA_PORT_SERIAL, 1));
	for (size = 1; size <= TEA_SERIAL_MAX; size += 37) {
		ASSERT_LE(size, tea_ports_room(&self->ports));
		for (i = 0; i < size; i++)
			bytes[i] = (unsigned char)(fed + i);
		tea_ports_feed(&self->ports, bytes, size);
		fed += size;
		EXPECT_EQ(TEA_SERIAL_MAX - (fed - taken),
			  tea_ports_room(&self->ports));
		while (taken < fed) {
			ASSERT_EQ(TEA_PORT_DONE, READ(TEA_PORT_SERIAL, 1));
			ASSERT_EQ((unsigned char)taken, self->value);
			taken++;
		}
	}
	EXPECT_EQ(TEA_PORT_WAIT, READ(TEA_PORT_SERIAL, 1));
	EXPECT_EQ(TEA_SERIAL_MAX, tea_ports_room(&self->ports));
}

TEST_F(ports, serial_output_is_passed_on_when_quiet)
{
	EXPECT_EQ(TEA_PORT_DONE, WRITE(TEA_PORT_QUIET, 1, 1));
	EXPECT_EQ(TEA_PORT_SENT, WRITE(TEA_PORT_SERIAL, 1, 0x1ff));
	EXPECT_EQ(0xff, self->value);
}

TEST_F(ports, host_ports_are_asked_for)
{
	unsigned int port, size;

	for (port = TEA_PORT_HOST; port < 0x10000; port += 0xfff) {
		for (size = 1; size <= 2; size++) {
			EXPECT_EQ(TEA_PORT_ASK, READ(port, size));
			EXPECT_EQ(TEA_PORT_ASK, WRITE(port, size, 0x1234));
			EXPECT_EQ(size == 1 ? 0x34 : 0x1234, self->value);
		}
	}
	EXPECT_EQ(TEA_PORT_IO_ERR, READ(TEA_PORT_HOST - 1, 1));
	EXPECT_EQ(TEA_PORT_IO_ERR, READ(TEA_PORT_HOST, 3));
}

TEST_F(ports, unknown_ports_are_refused)
{
	unsigned int port, size;

	for (port = 0; port < 0x10000; port++) {
		int known = 0;

#define ROW(NAME, first, count, name, reads, writes, sentence) \
		known |= port - (first) < (count);
		TEA_PORTS(ROW)
#undef ROW
		for (size = 1; !known && size <= 2; size++) {
			EXPECT_EQ(TEA_PORT_IO_ERR, READ(port, size));
			EXPECT_EQ(TEA_PORT_IO_ERR, WRITE(port, size, 0));
		}
	}
}

TEST_F(ports, sleep_counts_tenths_of_milliseconds)
{
	EXPECT_EQ(TEA_PORT_SLEEP, WRITE(TEA_PORT_TIMER, 2, 0xFFFF));
	EXPECT_EQ(6553, self->value);
	EXPECT_EQ(TEA_PORT_SLEEP, WRITE(TEA_PORT_TIMER, 2, 9));
	EXPECT_EQ(0, self->value);
	EXPECT_EQ(TEA_PORT_SLEEP, WRITE(TEA_PORT_TIMER, 1, 127));
	EXPECT_EQ(12, self->value);
	EXPECT_EQ(TEA_PORT_SLEEP, WRITE(TEA_PORT_TIMER, 1, 0x80));
	EXPECT_EQ(0, self->value);
	EXPECT_EQ(TEA_PORT_SLEEP, WRITE(TEA_PORT_TIMER, 1, 0xFF));
	EXPECT_EQ(0, self->value);
}

TEST_F(ports, quiet_hides_text)
{
	EXPECT_EQ(TEA_PORT_TEXT, WRITE(TEA_PORT_DISPLAY, 1, 'a'));
	EXPECT_EQ('a', self->value);
	EXPECT_EQ(TEA_PORT_DONE, WRITE(TEA_PORT_QUIET, 1, 1));
	EXPECT_EQ(TEA_PORT_DONE, READ(TEA_PORT_QUIET, 1));
	EXPECT_EQ(1, self->value);
	EXPECT_EQ(TEA_PORT_DONE, WRITE(TEA_PORT_DISPLAY, 1, 'a'));
	EXPECT_EQ(TEA_PORT_IO_ERR, WRITE(TEA_PORT_QUIET, 1, 2));
	EXPECT_EQ(TEA_PORT_DONE, WRITE(TEA_PORT_QUIET, 1, 0));
	EXPECT_EQ(TEA_PORT_TEXT, WRITE(TEA_PORT_DISPLAY, 1, 'a'));
}

TEST_F(ports, identity)
{
	EXPECT_EQ(TEA_PORT_DONE, READ(TEA_PORT_PROCESS_ID, 1));
	EXPECT_EQ(7, self->value);
	EXPECT_EQ(TEA_PORT_DONE, READ(TEA_PORT_ADDRESS, 1));
	EXPECT_EQ(2, self->value);
	EXPECT_EQ(TEA_PORT_IO_ERR, WRITE(TEA_PORT_ADDRESS, 1, 3));
	EXPECT_EQ(TEA_PORT_IO_ERR, WRITE(TEA_PORT_ADDRESS, 1, 0));
	EXPECT_EQ(TEA_PORT_DONE, WRITE(TEA_PORT_ADDRESS, 1, 4));
	EXPECT_EQ(TEA_PORT_DONE, READ(TEA_PORT_ADDRESS, 1));
	EXPECT_EQ(4, self->value);
	EXPECT_EQ(TEA_PORT_DONE, READ(TEA_PORT_VERSION, 2));
	EXPECT_EQ(TEA_PORT_VERSION_VALUE, self->value);
	EXPECT_EQ(TEA_PORT_DONE, READ(TEA_PORT_BUILD, 2));
	EXPECT_EQ(TEA_PORT_BUILD_VALUE, self->value);
}

TEST_F(ports, semaphores_are_emptied_by_reading)
{
	unsigned int i;

	for (i = 0; i < 256; i++)
		EXPECT_EQ(TEA_PORT_WAIT, READ(TEA_PORT_SEMAPHORE + i, 1));
	for (i = 0; i < 256; i++)
		EXPECT_EQ(TEA_PORT_WAKE, WRITE(TEA_PORT_SEMAPHORE + i, 1, i));
	for (i = 0; i < 256; i++) {
		EXPECT_EQ(TEA_PORT_DONE, READ(TEA_PORT_SEMAPHORE + i, 1));
		EXPECT_EQ(i, self->value);
		EXPECT_EQ(TEA_PORT_WAIT, READ(TEA_PORT_SEMAPHORE + i, 1));
	}
}

TEST_F(ports, scratch_pad_is_big_endian)
{
	EXPECT_EQ(TEA_PORT_DONE, READ(TEA_PORT_SCRATCH_PAD + 10, 2));
	EXPECT_EQ(0, self->value);
	EXPECT_EQ(TEA_PORT_DONE, WRITE(TEA_PORT_SCRATCH_PAD + 10, 2, 0x1234));
	EXPECT_EQ(TEA_PORT_DONE, READ(TEA_PORT_SCRATCH_PAD + 10, 1));
	EXPECT_EQ(0x12, self->value);
	EXPECT_EQ(TEA_PORT_DONE, READ(TEA_PORT_SCRATCH_PAD + 11, 1));
	EXPECT_EQ(0x34, self->value);
	EXPECT_EQ(TEA_PORT_DONE, READ(TEA_PORT_SCRATCH_PAD + 10, 2));
	EXPECT_EQ(0x1234, self->value);
	EXPECT_EQ(TEA_PORT_DONE, WRITE(TEA_PORT_SCRATCH_PAD + 255, 1, 9));
	EXPECT_EQ(TEA_PORT_IO_ERR, WRITE(TEA_PORT_SCRATCH_PAD + 255, 2, 9));
	EXPECT_EQ(TEA_PORT_IO_ERR, READ(TEA_PORT_SCRATCH_PAD + 255, 2));
	EXPECT_EQ(TEA_PORT_DONE, WRITE(TEA_PORT_SCRATCH_PAD + 254, 2, 9));
}

static const struct {
	unsigned char header[TEA_HEADER_SIZE];
	unsigned long size;
	unsigned long arguments;
	unsigned int stack;
	int code;
} launches[] = {
	{ { 0x61, 0x54, 0, 9, 0, 0 }, 11, 0, 1, TEA_EXIT_NORMAL },
	{ { 0x61, 0x54, 0, 9, 2, 126 }, 11, 126, 128, TEA_EXIT_NORMAL },
	{ { 0x61, 0x54, 0, 9, 0, 255 }, 65541, 255, 255, TEA_EXIT_NORMAL },
	{ { 0x61, 0x54, 0, 9, 0, 0 }, 10, 0, 128, TEA_EXIT_BAD_CODE },
	{ { 0x61, 0x54, 0, 9, 0, 0 }, 65542, 0, 128, TEA_EXIT_BAD_CODE },
	{ { 0x60, 0x54, 1, 9, 3, 0 }, 11, 1, 128, TEA_EXIT_BAD_CODE },
	{ { 0x61, 0x55, 0, 9, 0, 0 }, 11, 0, 128, TEA_EXIT_BAD_CODE },
	{ { 0x61, 0x54, 1, 9, 3, 0 }, 11, 1, 128, TEA_EXIT_BAD_VERSION },
	{ { 0x61, 0x54, 0, 8, 0, 0 }, 11, 0, 128, TEA_EXIT_BAD_VERSION },
	{ { 0x61, 0x54, 0, 9, 3, 0 }, 11, 1, 128, TEA_EXIT_BAD_RET_VAL },
	{ { 0x61, 0x54, 0, 9, 255, 0 }, 11, 0, 128, TEA_EXIT_BAD_RET_VAL },
	{ { 0x61, 0x54, 0, 9, 0, 0 }, 11, 1, 128, TEA_EXIT_BAD_STARTUP },
	{ { 0x61, 0x54, 0, 9, 0, 200 }, 11, 0, 255, TEA_EXIT_BAD_STARTUP },
	{ { 0x61, 0x54, 0, 9, 0, 0 }, 11, 256, 999, TEA_EXIT_BAD_STARTUP },
	{ { 0x61, 0x54, 0, 9, 2, 127 }, 11, 127, 128, TEA_EXIT_BAD_STARTUP },
	{ { 0x61, 0x54, 0, 9, 2, 0 }, 11, 0, 1, TEA_EXIT_BAD_STARTUP },
};

TEST(launch_rules)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(launches); i++) {
		EXPECT_EQ(launches[i].code,
			  tea_launch_check(launches[i].header, launches[i].size,
					   launches[i].arguments,
					   launches[i].stack))
			TH_LOG("row %zu", i);
	}
}

TEST(launch_places_arguments_above_the_return_slot)
{
	unsigned char stack[8] = { 0 };
	struct tea_process process = {
		.stack = stack,
		.stack_size = sizeof(stack),
		.flags = 0xFF,
		.cp = 9,
		.steps = 9,
	};

	tea_launch(&process, 2, (const unsigned char *)"\1\2\3", 3);
	EXPECT_EQ(5, process.sp);
	EXPECT_EQ(0, process.cp);
	EXPECT_EQ(0, process.flags);
	EXPECT_EQ(0, process.steps);
	EXPECT_EQ(0, memcmp(stack, "\0\0\1\2\3\0\0\0", sizeof(stack)));
}

TEST(messages)
{
	static const unsigned char stack[] = { 0x12, 0x34, 0x56 };
	/* Room for what a broken length would write beyond TEA_MESSAGE_MAX */
	unsigned char message[TEA_MESSAGE_MAX + 256];

	EXPECT_EQ(4, tea_message(message, 9, 0, 0, stack, 0));
	EXPECT_EQ(0, memcmp(message, "\x80\x1a\x09\x00", 4));
	EXPECT_EQ(5, tea_message(message, 255, 0, 1, stack, 1));
	EXPECT_EQ(0, memcmp(message, "\x80\x1a\xff\x00\x12", 5));
	EXPECT_EQ(6, tea_message(message, 1, 0, 2, stack, 2));
	EXPECT_EQ(0, memcmp(message, "\x80\x1a\x01\x00\x12\x34", 6));
	EXPECT_EQ(4, tea_message(message, 1, 0, 2, stack, 1));
	EXPECT_EQ(0, memcmp(message, "\x80\x1a\x01\x0c", 4));
	EXPECT_EQ(4, tea_message(message, 1, 0, 3, stack, 3));
	EXPECT_EQ(0, memcmp(message, "\x80\x1a\x01\x0c", 4));
	EXPECT_EQ(4, tea_message(message, 1, 6, 2, stack, 2));
	EXPECT_EQ(0, memcmp(message, "\x80\x1a\x01\x06", 4));
}

TEST_HARNESS_MAIN
