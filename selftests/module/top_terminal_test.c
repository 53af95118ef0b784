// SPDX-License-Identifier: GPL-2.0-only
/* teavmx top in a terminal: its keys, its size, and how it leaves the terminal. */
#include <errno.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>
#include <utmp.h>
#include <sys/ioctl.h>
#include <sys/wait.h>

#include "raw_fixture.h"

#define PATIENCE_MS	20000
#define CTRL_L		"\f"
/* How an xterm leaves its second screen */
#define XTERM_LEAVE	"\33[?1049l"

GUEST_PAYLOAD(code_exits,
	".code16\n"
	"	mov	$100, %bp\n"
	"1:	cpuid\n"
	"	dec	%bp\n"
	"	jnz	1b\n"
	"	invd\n"
	"	hlt");

/* A terminal, and what the program in it has written since forget() */
struct terminal {
	int master;
	int slave;
	pid_t pid;
	struct termios before;
	char seen[0x10000];
	size_t size;
};

static void forget(struct terminal *terminal)
{
	terminal->size = 0;
	terminal->seen[0] = '\0';
}

static void resize(const struct terminal *terminal, unsigned short lines,
		   unsigned short columns)
{
	const struct winsize size = { .ws_row = lines, .ws_col = columns };

	ioctl(terminal->master, TIOCSWINSZ, &size);
}

static bool begin(struct terminal *terminal, const char *type)
{
	if (openpty(&terminal->master, &terminal->slave, NULL, NULL, NULL) ||
	    tcgetattr(terminal->slave, &terminal->before))
		return false;
	resize(terminal, 24, 80);
	forget(terminal);
	terminal->pid = fork();
	if (terminal->pid)
		return terminal->pid > 0;
	close(terminal->master);
	setenv("TERM", type, 1);
	unsetenv("LINES");
	unsetenv("COLUMNS");
	/* No interval ends during a test, so that each change is that of a key. */
	if (!login_tty(terminal->slave))
		execlp("teavmx", "teavmx", "top", "--delay", "10000", NULL);
	_exit(127);
}

/* Reads until @text was written; false if it does not come. */
static bool shows(struct terminal *terminal, const char *text)
{
	struct pollfd poll_fd = { .fd = terminal->master, .events = POLLIN };
	ssize_t got;

	while (!strstr(terminal->seen, text)) {
		if (poll(&poll_fd, 1, PATIENCE_MS) <= 0 ||
		    terminal->size + 1 >= sizeof(terminal->seen)) {
			printf("# in vain: %s: %s\n", text, terminal->seen);
			return false;
		}
		got = read(terminal->master, terminal->seen + terminal->size,
			   sizeof(terminal->seen) - 1 - terminal->size);
		if (got <= 0)
			return false;
		terminal->size += (size_t)got;
		terminal->seen[terminal->size] = '\0';
	}
	return true;
}

/* Types keys, has all of the display written again, and looks for a text there. */
static bool typed_shows(struct terminal *terminal, const char *keys,
			const char *text)
{
	forget(terminal);
	return write(terminal->master, keys, strlen(keys)) >= 0 &&
	       write(terminal->master, CTRL_L, 1) == 1 && shows(terminal, text);
}

/* Waits for the end; returns the status, or -1 if a signal has ended it. */
static int end(struct terminal *terminal)
{
	int status = 0;

	while (waitpid(terminal->pid, &status, 0) < 0 && errno == EINTR)
		;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static bool is_as_before(struct terminal *terminal)
{
	struct termios now;

	return !tcgetattr(terminal->slave, &now) &&
	       now.c_lflag == terminal->before.c_lflag &&
	       now.c_iflag == terminal->before.c_iflag &&
	       now.c_oflag == terminal->before.c_oflag &&
	       shows(terminal, XTERM_LEAVE);
}

static void release(struct terminal *terminal)
{
	close(terminal->master);
	close(terminal->slave);
}

static int run_guest(struct raw_data *self)
{
	return raw_load(self, TEAVMX_MODE_REAL, PAYLOAD(code_exits)) ||
	       raw_go(self) < 0;
}

static int add_count(const struct teavmx_reason_cost *cost, void *data)
{
	uint64_t *count = data;

	*count += cost->guest.count;
	return 0;
}

static uint64_t measured(struct raw_data *self)
{
	uint64_t count = 0;

	raw_say(self, teavmx_stats_read(self->teavmx, self->vm.id, 0, add_count,
					&count));
	return count;
}

TEST_F(raw, keys)
{
	struct terminal terminal;

	ASSERT_EQ(0, run_guest(self));
	ASSERT_TRUE(begin(&terminal, "xterm"));
	EXPECT_TRUE(shows(&terminal, "CPUID"));
	EXPECT_TRUE(shows(&terminal, "cost: handler"));
	EXPECT_TRUE(typed_shows(&terminal, "s", "sorted by: time"));
	EXPECT_TRUE(typed_shows(&terminal, "c", "cost: delivery"));
	EXPECT_TRUE(typed_shows(&terminal, "p", "PAUSED"));
	EXPECT_TRUE(typed_shows(&terminal, "h", "show these keys"));
	EXPECT_TRUE(typed_shows(&terminal, "h", "CPUID"));
	EXPECT_TRUE(typed_shows(&terminal, "v77x\b\r", "VM: 77 "));
	EXPECT_TRUE(typed_shows(&terminal, "v\33", "VM: 77 "));
	EXPECT_TRUE(typed_shows(&terminal, "vx\r", "expected the number"));
	EXPECT_TRUE(typed_shows(&terminal, "v\r", "VM: all"));
	EXPECT_TRUE(typed_shows(&terminal, "q", XTERM_LEAVE));
	EXPECT_EQ(0, end(&terminal));
	EXPECT_TRUE(is_as_before(&terminal));
	release(&terminal);
}

TEST_F(raw, filter)
{
	struct terminal terminal;

	ASSERT_EQ(0, run_guest(self));
	ASSERT_TRUE(begin(&terminal, "xterm"));
	EXPECT_TRUE(shows(&terminal, "CPUID"));
	EXPECT_TRUE(typed_shows(&terminal, "finvd\r", "reasons: invd"));
	EXPECT_TRUE(shows(&terminal, "INVD"));
	/* All of the display before came before these. */
	EXPECT_EQ(1, write(terminal.master, "h", 1));
	EXPECT_TRUE(shows(&terminal, "show these keys"));
	EXPECT_EQ(NULL, strstr(terminal.seen, "CPUID"));
	EXPECT_TRUE(typed_shows(&terminal, "hf\r", "CPUID"));
	EXPECT_TRUE(typed_shows(&terminal, "q", XTERM_LEAVE));
	EXPECT_EQ(0, end(&terminal));
	release(&terminal);
}

TEST_F(raw, reset)
{
	struct terminal terminal;

	ASSERT_EQ(0, run_guest(self));
	EXPECT_LE(102, measured(self));
	ASSERT_TRUE(begin(&terminal, "xterm"));
	EXPECT_TRUE(shows(&terminal, "CPUID"));
	EXPECT_TRUE(typed_shows(&terminal, "r", "the costs are reset"));
	EXPECT_EQ(0, measured(self));
	EXPECT_TRUE(typed_shows(&terminal, "q", XTERM_LEAVE));
	EXPECT_EQ(0, end(&terminal));
	release(&terminal);
}

TEST_F(raw, sizes)
{
	struct terminal terminal;

	ASSERT_TRUE(begin(&terminal, "xterm"));
	EXPECT_TRUE(shows(&terminal, "share"));
	forget(&terminal);
	resize(&terminal, 5, 10);
	EXPECT_TRUE(shows(&terminal, "too small"));
	EXPECT_TRUE(shows(&terminal, "80x10"));
	forget(&terminal);
	resize(&terminal, 24, 80);
	EXPECT_TRUE(shows(&terminal, "share"));
	EXPECT_TRUE(typed_shows(&terminal, "q", XTERM_LEAVE));
	EXPECT_EQ(0, end(&terminal));
	EXPECT_TRUE(is_as_before(&terminal));
	release(&terminal);
}

TEST_F(raw, signals)
{
	static const int numbers[] = { SIGTERM, SIGINT };
	struct terminal terminal;
	size_t i;

	for (i = 0; i < COUNT(numbers); i++) {
		ASSERT_TRUE(begin(&terminal, "xterm"));
		EXPECT_TRUE(shows(&terminal, "share"));
		kill(terminal.pid, numbers[i]);
		EXPECT_EQ(0, end(&terminal));
		EXPECT_TRUE(is_as_before(&terminal));
		release(&terminal);
	}
}

/* Both wait when it continues, so that it notices them at once. */
TEST_F(raw, two_signals)
{
	struct terminal terminal;

	ASSERT_TRUE(begin(&terminal, "xterm"));
	EXPECT_TRUE(shows(&terminal, "share"));
	kill(terminal.pid, SIGSTOP);
	EXPECT_EQ(terminal.pid, waitpid(terminal.pid, NULL, WUNTRACED));
	kill(terminal.pid, SIGTERM);
	kill(terminal.pid, SIGINT);
	kill(terminal.pid, SIGCONT);
	EXPECT_EQ(0, end(&terminal));
	EXPECT_TRUE(is_as_before(&terminal));
	release(&terminal);
}

TEST_F(raw, unknown_terminal)
{
	struct terminal terminal;

	ASSERT_TRUE(begin(&terminal, "no-such-terminal"));
	EXPECT_TRUE(shows(&terminal, "use --batch"));
	EXPECT_EQ(1, end(&terminal));
	release(&terminal);
}

TEST_HARNESS_MAIN
