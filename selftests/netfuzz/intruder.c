// SPDX-License-Identifier: GPL-2.0-only
#include "intruder.h"

#include <grp.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/capability.h>
#include <linux/netlink.h>

#include "answer.h"
#include "request.h"

#define NOBODY		65534
#define SKIPPED		4

static const char *const names[INTRUDERS] = {
	[INTRUDER_NOBODY] = "a user",
	[INTRUDER_ROOT_WITHOUT_CAPABILITIES] = "root without capabilities",
	[INTRUDER_USER_NAMESPACE] = "root of a user namespace",
	[INTRUDER_NET_NAMESPACE] = "root of a user and a network namespace",
};

const char *intruder_name(enum intruder intruder)
{
	return names[intruder];
}

static int drop_capabilities(void)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[2] = { 0 };

	return (int)syscall(SYS_capset, &header, data);
}

static int become(enum intruder intruder)
{
	if (intruder == INTRUDER_ROOT_WITHOUT_CAPABILITIES)
		return drop_capabilities();
	if (setgroups(0, NULL) || setgid(NOBODY) || setuid(NOBODY))
		return -1;
	switch (intruder) {
	case INTRUDER_USER_NAMESPACE:
		return unshare(CLONE_NEWUSER);
	case INTRUDER_NET_NAMESPACE:
		return unshare(CLONE_NEWUSER | CLONE_NEWNET);
	default:
		return 0;
	}
}

static bool was_executed(int fd)
{
	static uint8_t bytes[65536];
	bool executed = false;
	ssize_t size;

	while ((size = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT)) > 0)
		executed |= answer_success(bytes, size);
	return executed;
}

/* A socket that was opened by root would be another matter. */
static int intrude(int family, uint64_t seed, uint64_t requests)
{
	const struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	static struct request request;
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);

	if (fd < 0)
		return SKIPPED;
	while (requests--) {
		/* Some flaws are acknowledged and not executed. */
		request_make(&request, family, seed++, 100);
		sendto(fd, request.bytes, request.size, 0,
		       (const struct sockaddr *)&kernel, sizeof(kernel));
		if (was_executed(fd))
			return 1;
	}
	return 0;
}

pid_t intruder_start(enum intruder intruder, int family, uint64_t seed,
		     uint64_t requests)
{
	pid_t process = fork();

	if (process)
		return process;
	if (become(intruder))
		_exit(SKIPPED);
	_exit(intrude(family, seed, requests));
}
