// SPDX-License-Identifier: GPL-2.0-only
/* What libteavmx releases when a list or a description fails. No module. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <linux/genetlink.h>
#include <netlink/msg.h>
#include <userspace/lib/internal.h>

#include "kselftest_harness.h"

#define OBJECTS		2
#define VM		7
#define BYTES		"stack"

/* Allocations of the library that it has not released */
static int alive;
/* Requests that can be allocated, replies to each, and what its call returns */
static int requests;
static int replies;
static int result;

static void *counted_realloc(void *memory, size_t size)
{
	void *grown = realloc(memory, size);

	alive += !memory && grown;
	return grown;
}

static void *counted_reallocarray(void *memory, size_t count, size_t size)
{
	return counted_realloc(memory, count * size);
}

static void counted_free(void *memory)
{
	alive -= !!memory;
	free(memory);
}

static struct nl_msg *fake_request(struct teavmx *teavmx, uint8_t command,
				   int flags, size_t size)
{
	(void)teavmx;
	(void)flags;
	(void)size;
	return requests-- > 0 ? nlmsg_alloc_simple(command, 0) : NULL;
}

static int fake_dump_end(struct teavmx *teavmx, int err, const char *what)
{
	(void)teavmx;
	(void)what;
	return err ? -1 : 0;
}

/* Replies with a stack arrive whole, whatever the call returns then. */
static int fake_call(struct teavmx *teavmx, struct nl_msg *message,
		     const char *what, const struct teavmx_reply *reply, ...)
{
	struct nlattr *none[TEAVMX_A_VCPU_MAX + TEAVMX_A_VM_MAX] = { NULL };
	struct nl_msg *answer = nlmsg_alloc_simple(1, 0);
	struct genlmsghdr header = { .cmd = 1 };
	int i;

	(void)teavmx;
	(void)what;
	nlmsg_free(message);
	if (!answer)
		return -1;
	nlmsg_append(answer, &header, sizeof(header), NLMSG_ALIGNTO);
	nla_put(answer, TEAVMX_A_VCPU_STACK, sizeof(BYTES), BYTES);
	for (i = 0; i < replies; i++)
		reply->attributes(none, nlmsg_hdr(answer), reply->data);
	nlmsg_free(answer);
	return result;
}

#define realloc			counted_realloc
#define reallocarray		counted_reallocarray
#define free			counted_free
#define teavmx_request		fake_request
#define teavmx_dump_end		fake_dump_end
#define teavmx_call		fake_call
#include <userspace/lib/vcpu.c>
#include <userspace/lib/vm.c>
#undef free

static void fail_after(int calls, int with)
{
	alive = 0;
	requests = calls;
	replies = OBJECTS;
	result = with;
}

/* A dump was interrupted, and it cannot be requested again. */
TEST(vms_without_second_request)
{
	struct teavmx_vm *vms;

	fail_after(1, 1);
	EXPECT_EQ(-1, teavmx_vm_list(NULL, &vms));
	EXPECT_EQ(NULL, vms);
	EXPECT_EQ(0, alive);
}

TEST(vcpus_without_second_request)
{
	struct teavmx_vcpu *vcpus;

	fail_after(1, 1);
	EXPECT_EQ(-1, teavmx_vcpu_list(NULL, 0, &vcpus));
	EXPECT_EQ(NULL, vcpus);
	EXPECT_EQ(0, alive);
}

TEST(lists_interrupted_each_time)
{
	struct teavmx_vcpu *vcpus;
	struct teavmx_vm *vms;

	fail_after(2 * DUMP_TRIES, 1);
	EXPECT_EQ(-1, teavmx_vm_list(NULL, &vms));
	EXPECT_EQ(-1, teavmx_vcpu_list(NULL, 0, &vcpus));
	EXPECT_EQ(0, requests);
	EXPECT_EQ(0, alive);
}

TEST(lists_that_succeed)
{
	struct teavmx_vcpu *vcpus;
	struct teavmx_vm *vms;

	fail_after(2, 0);
	EXPECT_EQ(OBJECTS, teavmx_vm_list(NULL, &vms));
	EXPECT_EQ(1, alive);
	counted_free(vms);
	EXPECT_EQ(OBJECTS, teavmx_vcpu_list(NULL, 0, &vcpus));
	EXPECT_EQ(1 + OBJECTS, alive);
	teavmx_vcpu_free(vcpus, OBJECTS);
	EXPECT_EQ(0, alive);
}

/* The reply was read, but not the acknowledgment that follows it. */
TEST(vcpu_without_acknowledgment)
{
	struct teavmx_program program = { .program_size = 0 };
	struct teavmx_vcpu vcpu;

	fail_after(3, -1);
	replies = 1;
	EXPECT_EQ(-1, teavmx_vcpu_get(NULL, VM, 1, &vcpu));
	EXPECT_EQ(0, alive);
	EXPECT_EQ(-1, teavmx_vcpu_new(NULL, VM, &program, &vcpu));
	EXPECT_EQ(0, alive);
	EXPECT_EQ(-1, teavmx_raw_vcpu_new(NULL, VM, &vcpu));
	EXPECT_EQ(0, alive);
}

TEST_HARNESS_MAIN
