// SPDX-License-Identifier: GPL-2.0-only
/*
 * A dump that takes several messages, while what it shows comes and goes: the
 * rest is shown, and the client learns that it has to dump again.
 */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/genetlink.h>
#include <netlink/genl/genl.h>

#include "expect.h"

#define VCPUS	200

FIXTURE(dump)
{
	struct teavmx *teavmx;
	struct nl_sock *socket;
	uint32_t first;
	uint32_t second;
	unsigned int shown[2];
	bool interrupted;
	bool done;
};

static uint32_t fill(struct __test_metadata *_metadata, struct teavmx *teavmx)
{
	struct teavmx_vcpu vcpu;
	struct teavmx_vm vm;
	int i;

	ASSERT_EQ(0, teavmx_vm_new(teavmx, 0, &vm));
	for (i = 0; i < VCPUS; i++) {
		ASSERT_EQ(0, machine_new(teavmx, vm.id, TEAVMX_BACKEND_SOFT,
					 program_exit, sizeof(program_exit),
					 &vcpu));
		teavmx_vcpu_clear(&vcpu);
	}
	return vm.id;
}

FIXTURE_SETUP(dump)
{
	self->teavmx = machine_open();
	self->first = fill(_metadata, self->teavmx);
	self->second = fill(_metadata, self->teavmx);
	self->socket = nl_socket_alloc();
	ASSERT_EQ(0, genl_connect(self->socket));
}

FIXTURE_TEARDOWN(dump)
{
	nl_socket_free(self->socket);
	teavmx_close(self->teavmx);
}

static void begin(FIXTURE_DATA(dump) *self, uint8_t command, uint32_t vm)
{
	struct nl_msg *message = teavmx_request(self->teavmx, command,
						NLM_F_DUMP, 64);

	if (vm)
		nla_put_u32(message, TEAVMX_A_VCPU_VM_ID, vm);
	nl_send_auto(self->socket, message);
	nlmsg_free(message);
}

static void note(FIXTURE_DATA(dump) *self, struct nlmsghdr *header)
{
	struct nlattr *vm = nlmsg_find_attr(header, GENL_HDRLEN,
					    TEAVMX_A_VCPU_VM_ID);

	if (header->nlmsg_flags & NLM_F_DUMP_INTR)
		self->interrupted = true;
	if (header->nlmsg_type == NLMSG_DONE ||
	    header->nlmsg_type == NLMSG_ERROR) {
		self->done = true;
		return;
	}
	self->shown[0] += nla_get_u32(vm) == self->first;
	self->shown[1] += nla_get_u32(vm) == self->second;
}

/* One read, which may have many messages */
static void read_some(struct __test_metadata *_metadata,
		      FIXTURE_DATA(dump) *self)
{
	char buffer[65536] __attribute__((__aligned__(8)));
	struct nlmsghdr *header = (struct nlmsghdr *)buffer;
	int size = (int)recv(nl_socket_get_fd(self->socket), buffer,
			     sizeof(buffer), 0);

	ASSERT_LT(0, size);
	for (; nlmsg_ok(header, size); header = nlmsg_next(header, &size))
		note(self, header);
}

static void read_rest(struct __test_metadata *_metadata,
		      FIXTURE_DATA(dump) *self)
{
	while (!self->done)
		read_some(_metadata, self);
}

TEST_F_TIMEOUT(dump, undisturbed, 120)
{
	begin(self, TEAVMX_CMD_VCPU_GET, 0);
	read_rest(_metadata, self);
	EXPECT_EQ(VCPUS, self->shown[0]);
	EXPECT_EQ(VCPUS, self->shown[1]);
	EXPECT_FALSE(self->interrupted);
}

TEST_F_TIMEOUT(dump, a_vm_goes_meanwhile, 120)
{
	begin(self, TEAVMX_CMD_VCPU_GET, 0);
	read_some(_metadata, self);
	ASSERT_LT(0, self->shown[0]);
	ASSERT_EQ(0, self->shown[1]);
	ASSERT_EQ(0, teavmx_vm_del(self->teavmx, self->first));
	read_rest(_metadata, self);
	EXPECT_EQ(VCPUS, self->shown[1]);
	EXPECT_TRUE(self->interrupted);
}

TEST_F_TIMEOUT(dump, a_vcpu_comes_meanwhile, 120)
{
	struct teavmx_vcpu vcpu;

	begin(self, TEAVMX_CMD_VCPU_GET, self->second);
	read_some(_metadata, self);
	ASSERT_EQ(0, machine_new(self->teavmx, self->second,
				 TEAVMX_BACKEND_SOFT, program_exit,
				 sizeof(program_exit), &vcpu));
	read_rest(_metadata, self);
	EXPECT_EQ(0, self->shown[0]);
	EXPECT_TRUE(self->interrupted);
}

TEST_F_TIMEOUT(dump, another_vm_is_no_disturbance, 120)
{
	begin(self, TEAVMX_CMD_VCPU_GET, self->second);
	read_some(_metadata, self);
	ASSERT_EQ(0, teavmx_vm_del(self->teavmx, self->first));
	read_rest(_metadata, self);
	EXPECT_EQ(0, self->shown[0]);
	EXPECT_EQ(VCPUS, self->shown[1]);
	EXPECT_FALSE(self->interrupted);
}

TEST_F_TIMEOUT(dump, the_only_vm_goes_meanwhile, 120)
{
	begin(self, TEAVMX_CMD_VCPU_GET, self->second);
	read_some(_metadata, self);
	ASSERT_EQ(0, teavmx_vm_del(self->teavmx, self->second));
	read_rest(_metadata, self);
	EXPECT_TRUE(self->interrupted);
}

TEST(vcpus_of_a_vm_that_is_not_there)
{
	struct teavmx *teavmx = machine_open();
	struct teavmx_vcpu *vcpus;

	EXPECT_EQ(-1, teavmx_vcpu_list(teavmx, 4000000000u, &vcpus));
	EXPECT_ERROR(ENOENT, teavmx);
	EXPECT_EQ(TEAVMX_OBJECT, teavmx_error(teavmx)->status);
	EXPECT_NE(NULL, strstr(teavmx_error(teavmx)->message,
			       "no VM has this number"));
	teavmx_close(teavmx);
}

TEST_HARNESS_MAIN
