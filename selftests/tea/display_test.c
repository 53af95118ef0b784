// SPDX-License-Identifier: GPL-2.0-only
/* The text that the interpreter writes without a hook, as in the guest */
#define TEA_HAS_DISPLAY	1

#include <string.h>

#include <module/tea/interp.c>

#include <kselftest_harness.h>

#define FIRST	(0U - 3)	/* the number of the character wraps */

static unsigned int writes_seen;

int tea_hook_port_read(struct tea_process *process, unsigned int port,
		       unsigned int size, unsigned int *value)
{
	return TEA_EXIT_IO_ERR;
}

int tea_hook_port_write(struct tea_process *process, unsigned int port,
			unsigned int size, unsigned int value)
{
	writes_seen++;
	return TEA_EXIT_NORMAL;
}

int tea_hook_command(struct tea_process *process, const unsigned char *packet,
		     unsigned int size)
{
	return TEA_EXIT_BAD_COMMAND;
}

FIXTURE(display)
{
	struct guest_display display;
	struct tea_process process;
	unsigned char stack[8];
};

FIXTURE_SETUP(display)
{
	memset(self, 0, sizeof(*self));
	self->display.written = FIRST;
	self->display.requested = FIRST;
	self->process.display = &self->display;
	self->process.stack = self->stack;
	self->process.stack_size = sizeof(self->stack);
	writes_seen = 0;
}

FIXTURE_TEARDOWN(display)
{
}

/* Writes a character to a port; returns the exit code of the process. */
static int write_port(struct tea_process *process, unsigned char port,
		      char character)
{
	const unsigned char code[] = {
		TEA_OP_PUSHLB, (unsigned char)character,
		TEA_OP_POPBM, 0, port,
		TEA_OP_EXIT,
	};

	process->code = code;
	process->code_size = sizeof(code);
	process->cp = 0;
	process->steps = 0;
	if (tea_run(process, 1000) != TEA_RUN_EXITED)
		return -1;
	return process->exit_code;
}

TEST_F(display, character_needs_no_hook)
{
	EXPECT_EQ(0, write_port(&self->process, TEA_PORT_DISPLAY, 'a'));
	EXPECT_EQ(0, writes_seen);
	EXPECT_EQ(FIRST + 1, self->display.written);
	EXPECT_EQ('a', self->display.bytes[FIRST % DISPLAY_SIZE]);
	EXPECT_EQ(0, self->process.sp);
}

TEST_F(display, newline_is_for_the_hook)
{
	EXPECT_EQ(0, write_port(&self->process, TEA_PORT_DISPLAY, '\n'));
	EXPECT_EQ(1, writes_seen);
	EXPECT_EQ(FIRST, self->display.written);
}

TEST_F(display, other_port_is_for_the_hook)
{
	EXPECT_EQ(0, write_port(&self->process, TEA_PORT_SERIAL, 'a'));
	EXPECT_EQ(1, writes_seen);
	EXPECT_EQ(FIRST, self->display.written);
}

/* The hook writes the last character that there is room for, and empties it. */
TEST_F(display, full_buffer_is_for_the_hook)
{
	unsigned int i;

	for (i = 0; i < DISPLAY_SIZE; i++)
		EXPECT_EQ(0, write_port(&self->process, TEA_PORT_DISPLAY, 'a'));
	EXPECT_EQ(1, writes_seen);
	EXPECT_EQ(FIRST + DISPLAY_SIZE - 1, self->display.written);
}

TEST_HARNESS_MAIN
