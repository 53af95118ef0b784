// SPDX-License-Identifier: GPL-2.0-only
/* Where the stub for gdb listens, and the clients that it does not serve. No module. */
#include <dlfcn.h>
#include <errno.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <userspace/gdb/server.h>

#include "gdb_fake.h"

#include "kselftest_harness.h"

TEST(port_that_does_not_exist)
{
	struct gdb_server server;
	char error[256] = "";

	EXPECT_EQ(-1, gdb_server_open(&server, "65536", error, sizeof(error)));
	EXPECT_STREQ("cannot listen on '65536': a port is a number up to 65535",
		     error);
	ASSERT_EQ(0, gdb_server_open(&server, "127.0.0.1:0", error, sizeof(error)));
	gdb_server_close(&server);
}

/* In place of the C library's function: "two" has the addresses 127.0.0.1 and 127.0.0.2. */
int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
		struct addrinfo **list)
{
	int (*next)(const char *node, const char *service, const struct addrinfo *hints,
		    struct addrinfo **list) = dlsym(RTLD_NEXT, "getaddrinfo");
	bool two = node && !strcmp(node, "two");
	int err = next(two ? "127.0.0.1" : node, service, hints, list);

	return err || !two ? err :
	       next("127.0.0.2", service, hints, &(*list)->ai_next);
}

/* The first address of a name is in use, and the other one is not. */
TEST(port_in_use)
{
	struct gdb_server first, second;
	char error[256] = "", word[32];

	ASSERT_EQ(0, gdb_server_open(&first, "two:0", error, sizeof(error)));
	snprintf(word, sizeof(word), "two%s", strrchr(first.address, ':'));
	EXPECT_EQ(-1, gdb_server_open(&second, word, error, sizeof(error)));
	EXPECT_NE(NULL, strstr(error, strerror(EADDRINUSE)))
		TH_LOG("%s", error);
	gdb_server_close(&second);
	gdb_server_close(&first);
}

/* A listener with a client that waits for it */
FIXTURE(listener) {
	struct rlimit before;
	int fd;
	int client;
};

FIXTURE_SETUP(listener)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	snprintf(address.sun_path, sizeof(address.sun_path), "%cgdb_server_test.%d", 0,
		 getpid());
	self->fd = socket(AF_UNIX, SOCK_STREAM, 0);
	ASSERT_EQ(0, bind(self->fd, (struct sockaddr *)&address, sizeof(address)));
	ASSERT_EQ(0, listen(self->fd, 1));
	self->client = socket(AF_UNIX, SOCK_STREAM, 0);
	ASSERT_EQ(0, connect(self->client, (struct sockaddr *)&address,
			     sizeof(address)));
	ASSERT_EQ(0, getrlimit(RLIMIT_NOFILE, &self->before));
}

FIXTURE_TEARDOWN(listener)
{
	setrlimit(RLIMIT_NOFILE, &self->before);
	close(self->client);
	close(self->fd);
}

/* No file can be opened from now on. */
static int no_descriptors(const struct rlimit *before)
{
	struct rlimit limit = *before;
	int next = dup(STDIN_FILENO);

	close(next);
	limit.rlim_cur = (rlim_t)next;
	return setrlimit(RLIMIT_NOFILE, &limit);
}

#define POLLS	50

/* What the stub does while it cannot have a descriptor for the client */
static struct {
	unsigned int polls;
	unsigned int waits;
	unsigned int logs;
} seen;

static bool counting_poll(struct pollfd *polls, nfds_t count, long long milliseconds)
{
	seen.polls++;
	seen.waits += !count && milliseconds > 0;
	return poll(polls, count, 0) > 0;
}

static bool counting_ended(void)
{
	return seen.polls >= POLLS;
}

static void counting_log(const char *format, ...)
{
	seen.logs++;
}

static const struct gdb_host counting_host = {
	counting_poll, counting_ended, counting_log
};

TEST_F(listener, without_a_descriptor_a_client_waits)
{
	const struct gdb_target target = { &fake_target_ops, NULL };
	struct gdb_server server = { .listener = self->fd };

	ASSERT_EQ(0, no_descriptors(&self->before));
	EXPECT_EQ(GDB_END_NONE, gdb_server_run(&server, &counting_host, &target, false,
					       NULL));
	EXPECT_EQ(POLLS / 2, seen.waits);
	EXPECT_EQ(1, seen.logs);
}

/* It would be ready at once in each poll of the session. */
TEST_F(listener, without_a_descriptor_a_second_client_is_not_polled)
{
	struct gdb_connection connection;
	int fds[2];

	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, fds));
	gdb_connection_init(&connection, &fake_host, fds[0], fds[0], self->fd);
	ASSERT_EQ(0, no_descriptors(&self->before));
	gdb_connection_poll(&connection, -1, 0);
	EXPECT_EQ(-1, connection.listener);
	close(fds[0]);
	close(fds[1]);
}

/* A client that disconnects and connects again is not a second one. */
TEST_F(listener, a_client_that_has_left_is_in_the_way_of_none)
{
	struct gdb_connection connection;
	int fds[2];
	char byte;

	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, fds));
	gdb_connection_init(&connection, &fake_host, fds[0], fds[0], self->fd);
	ASSERT_EQ(1, write(fds[1], "+", 1));
	close(fds[1]);
	gdb_connection_poll(&connection, -1, 0);
	/* It would have been closed. */
	EXPECT_EQ(-1, recv(self->client, &byte, 1, MSG_DONTWAIT));
	EXPECT_EQ(EAGAIN, errno);
	close(fds[0]);
}

TEST_HARNESS_MAIN
