// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is there before the module is loaded: processes without privilege that
 * have joined every multicast group get none of its events, and a handle from an
 * earlier loading reports that. Runs without the module, and loads it.
 */
#include <errno.h>
#include <grp.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/genetlink.h>
#include <linux/netlink.h>

#include "kselftest_harness.h"
#include "machine.h"

#define NOBODY		65534
#define GROUPS		64
/* Exit statuses of a listener; all others are failures of its own. */
#define HEARD_NONE	0
#define HEARD_EVENTS	1
#define NO_LISTENER	2

struct listener {
	pid_t process;
	int ready;
	int finish;
};

static int join_groups(void)
{
	struct sockaddr_nl address = { .nl_family = AF_NETLINK };
	int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_GENERIC);
	int group;

	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)))
		return -1;
	for (group = 2; group <= GROUPS; group++)
		setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group,
			   sizeof(group));
	return fd;
}

/* Messages except those of the controller, which announces families to all */
static unsigned int count_messages(int fd)
{
	char buffer[16384];
	unsigned int count = 0;
	ssize_t size;

	while ((size = recv(fd, buffer, sizeof(buffer), MSG_DONTWAIT)) > 0 ||
	       (size < 0 && errno == ENOBUFS)) {
		const struct nlmsghdr *header = (struct nlmsghdr *)buffer;

		if (size > 0 && header->nlmsg_type != GENL_ID_CTRL)
			count++;
	}
	return count;
}

static int listen_until(int ready, int finish, int namespaces)
{
	unsigned int heard;
	char byte = 0;
	int fd;

	if (setgroups(0, NULL) || setgid(NOBODY) || setuid(NOBODY) ||
	    (namespaces && unshare(namespaces)))
		return NO_LISTENER;
	fd = join_groups();
	if (fd < 0 || write(ready, &byte, 1) != 1 || read(finish, &byte, 1))
		return NO_LISTENER;
	heard = count_messages(fd);
	if (heard)
		printf("# %u messages heard\n", heard);
	fflush(stdout);
	return heard ? HEARD_EVENTS : HEARD_NONE;
}

static int begin(struct listener *listener, int namespaces)
{
	int ready[2], finish[2];
	char byte;

	if (pipe2(ready, 0) || pipe2(finish, 0))
		return -1;
	fflush(stdout);
	listener->process = fork();
	if (!listener->process) {
		close(finish[1]);
		close(ready[0]);
		_exit(listen_until(ready[1], finish[0], namespaces));
	}
	close(ready[1]);
	close(finish[0]);
	listener->ready = ready[0];
	listener->finish = finish[1];
	return listener->process > 0 && read(listener->ready, &byte, 1) == 1 ?
	       0 : -1;
}

static int end(struct listener *listener)
{
	int status;

	close(listener->finish);
	close(listener->ready);
	if (waitpid(listener->process, &status, 0) < 0 || !WIFEXITED(status))
		return -1;
	return WEXITSTATUS(status);
}

static void check(struct __test_metadata *_metadata, int namespaces)
{
	struct listener listener;
	struct teavmx *teavmx;
	struct teavmx_vcpu vcpu;

	if (begin(&listener, namespaces)) {
		end(&listener);
		ASSERT_NE(0, namespaces);
		SKIP(return, "no user namespaces for users here");
	}
	ASSERT_EQ(0, system("modprobe teavmx"));
	teavmx = machine_open();
	EXPECT_EQ(0, machine_start(teavmx, 0, TEAVMX_BACKEND_SOFT,
				   program_show, sizeof(program_show), &vcpu));
	EXPECT_EQ(0, machine_wait(teavmx, &vcpu, TEAVMX_VCPU_STATE_EXITED));
	teavmx_vcpu_clear(&vcpu);
	teavmx_close(teavmx);
	EXPECT_EQ(HEARD_NONE, end(&listener));
	EXPECT_EQ(0, system("rmmod teavmx"));
}

TEST(a_user_that_joined_before_the_module_was_loaded)
{
	check(_metadata, 0);
}

TEST(root_of_namespaces_that_joined_before_the_module_was_loaded)
{
	check(_metadata, CLONE_NEWUSER | CLONE_NEWNET);
}

static void expect_unloaded(struct __test_metadata *_metadata,
			    struct teavmx *teavmx)
{
	EXPECT_EQ(TEAVMX_ENGINE, teavmx_error(teavmx)->status);
	EXPECT_EQ(ENODEV, teavmx_error(teavmx)->error);
	EXPECT_STREQ("engine: the module was unloaded",
		     teavmx_error(teavmx)->message);
}

TEST(a_handle_from_before_the_module_was_loaded_again)
{
	struct teavmx_info before, after;
	struct teavmx *old, *new;
	struct teavmx_vm *vms;

	ASSERT_EQ(0, system("modprobe teavmx"));
	old = machine_open();
	ASSERT_EQ(0, teavmx_get_info(old, NULL, &before));
	ASSERT_EQ(0, system("rmmod teavmx"));
	EXPECT_EQ(-1, teavmx_vm_list(old, &vms));
	expect_unloaded(_metadata, old);
	ASSERT_EQ(0, system("modprobe teavmx"));
	EXPECT_EQ(-1, teavmx_vm_list(old, &vms));
	expect_unloaded(_metadata, old);
	new = machine_open();
	ASSERT_EQ(0, teavmx_get_info(new, NULL, &after));
	EXPECT_NE(before.instance, after.instance);
	teavmx_close(new);
	teavmx_close(old);
	EXPECT_EQ(0, system("rmmod teavmx"));
}

TEST_HARNESS_MAIN
