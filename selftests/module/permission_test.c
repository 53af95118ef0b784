// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who may do what: every command and the events need CAP_SYS_ADMIN in the
 * initial user namespace, and no other capability.
 */
#include <errno.h>
#include <grp.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/capability.h>
#include <linux/netlink.h>

#include "kselftest_harness.h"
#include "machine.h"

#define NOBODY	65534

static int keep_capabilities(uint32_t mask)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[2] = {
		{ .effective = mask, .permitted = mask },
	};

	return (int)syscall(SYS_capset, &header, data);
}

static int become_nobody(void)
{
	if (setgroups(0, NULL) || setgid(NOBODY))
		return -1;
	return setuid(NOBODY);
}

FIXTURE(permission)
{
	struct teavmx *teavmx;
};

FIXTURE_SETUP(permission)
{
	self->teavmx = machine_open();
}

FIXTURE_TEARDOWN(permission)
{
	teavmx_close(self->teavmx);
}

/* What the operation does not have at all is no matter of permission. */
static bool exists(uint8_t command, int flags)
{
	if (flags & NLM_F_DUMP)
		return command == TEAVMX_CMD_VM_GET ||
		       command == TEAVMX_CMD_VCPU_GET;
	return command != TEAVMX_CMD_EVENT;
}

static bool refused(struct teavmx *teavmx, uint8_t command, int flags)
{
	const struct teavmx_error *error = teavmx_error(teavmx);
	struct nl_msg *message = teavmx_request(teavmx, command, flags, 64);

	if (!teavmx_call(teavmx, message, "do this", NULL)) {
		printf("# command %u (flags %x) was permitted\n", command, flags);
		return false;
	}
	if (!exists(command, flags) && error->error == EOPNOTSUPP)
		return true;
	if (error->error == EPERM && error->status == TEAVMX_PERMISSION &&
	    strstr(error->message, "CAP_") && error->hint[0])
		return true;
	printf("# command %u (flags %x): errno %d, %s\n", command, flags,
	       error->error, error->message);
	return false;
}

/*
 * A socket remembers who opened it, and the kernel checks both it and the sender;
 * so each case opens one of its own.
 */
static bool all_refused(void)
{
	struct teavmx *teavmx = machine_open();
	bool all = true;
	uint8_t command;

	for (command = 1; command <= TEAVMX_CMD_MAX; command++) {
		all &= refused(teavmx, command, 0);
		all &= refused(teavmx, command, NLM_F_DUMP);
	}
	if (!teavmx_event_open(teavmx, 0)) {
		printf("# the events were permitted\n");
		all = false;
	} else if (teavmx_error(teavmx)->status != TEAVMX_PERMISSION) {
		printf("# events: %s\n", teavmx_error(teavmx)->message);
		all = false;
	}
	teavmx_close(teavmx);
	return all;
}

TEST_F(permission, root)
{
	struct teavmx_info info;

	EXPECT_EQ(0, teavmx_get_info(self->teavmx, NULL, &info));
	EXPECT_EQ(0, teavmx_event_open(self->teavmx, 0));
}

TEST_F(permission, nobody)
{
	ASSERT_EQ(0, become_nobody());
	EXPECT_TRUE(all_refused());
}

TEST_F(permission, root_without_capabilities)
{
	ASSERT_EQ(0, keep_capabilities(0));
	EXPECT_TRUE(all_refused());
}

TEST_F(permission, all_capabilities_but_one)
{
	ASSERT_EQ(0, keep_capabilities(~(1u << CAP_SYS_ADMIN)));
	EXPECT_TRUE(all_refused());
}

TEST_F(permission, sys_admin_alone_is_enough)
{
	struct teavmx *teavmx;
	struct teavmx_info info;
	struct teavmx_vcpu *vcpus;
	struct teavmx_vm *vms;
	struct teavmx_vm vm;

	ASSERT_EQ(0, keep_capabilities(1u << CAP_SYS_ADMIN));
	teavmx = machine_open();
	EXPECT_EQ(0, teavmx_get_info(teavmx, NULL, &info));
	EXPECT_EQ(0, teavmx_event_open(teavmx, 0));
	ASSERT_EQ(0, teavmx_vm_new(teavmx, 0, &vm));
	ASSERT_LE(1, teavmx_vm_list(teavmx, &vms));
	EXPECT_EQ(0, teavmx_vcpu_list(teavmx, vm.id, &vcpus));
	free(vms);
	teavmx_close(teavmx);
}

TEST_F(permission, root_of_a_user_namespace)
{
	ASSERT_EQ(0, become_nobody());
	if (unshare(CLONE_NEWUSER))
		SKIP(return, "no user namespaces for users here");
	EXPECT_TRUE(all_refused());
}

/* The family does not exist outside of the initial network namespace. */
TEST_F(permission, other_network_namespace)
{
	struct teavmx_error error;

	ASSERT_EQ(0, unshare(CLONE_NEWNET));
	ASSERT_EQ(NULL, teavmx_open(&error));
	EXPECT_EQ(TEAVMX_ENGINE, error.status);
	EXPECT_NE(NULL, strstr(error.message, "namespace"));
	EXPECT_NE('\0', error.hint[0]);
}

TEST_HARNESS_MAIN
