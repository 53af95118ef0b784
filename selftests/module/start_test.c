// SPDX-License-Identifier: GPL-2.0-only
/*
 * One request creates a VM and a vCPU and runs it. If it fails, there is neither.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/genetlink.h>
#include <netlink/genl/genl.h>

#include "expect.h"

/* A receive buffer has room for a few replies, and no more requests are sent. */
#define BUFFER		4096
#define UNREAD		100
#define MEMORY		65536

FIXTURE(start)
{
	struct teavmx *teavmx;
	struct teavmx_program program;
	struct teavmx_vcpu vcpu;
};

FIXTURE_VARIANT(start)
{
	enum teavmx_backend backend;
};

FIXTURE_VARIANT_ADD(start, soft)
{
	.backend = TEAVMX_BACKEND_SOFT,
};

FIXTURE_VARIANT_ADD(start, vmx)
{
	.backend = TEAVMX_BACKEND_VMX,
};

FIXTURE_SETUP(start)
{
	self->teavmx = machine_open();
	if (variant->backend == TEAVMX_BACKEND_VMX)
		NEED_VMX(self->teavmx);
	self->program = (struct teavmx_program){
		.backend = variant->backend,
		.program = program_exit,
		.program_size = sizeof(program_exit),
		.run = true,
	};
	ASSERT_TRUE(machine_vms(self->teavmx, 0));
}

FIXTURE_TEARDOWN(start)
{
	teavmx_vcpu_clear(&self->vcpu);
	teavmx_close(self->teavmx);
}

TEST_F(start, of_a_program_in_a_new_vm)
{
	struct teavmx_vm vm;

	ASSERT_EQ(0, teavmx_vcpu_new(self->teavmx, 0, &self->program,
				     &self->vcpu));
	EXPECT_LT(0, self->vcpu.vm);
	EXPECT_EQ(1, self->vcpu.next_seq);
	EXPECT_STATE(READY, self->vcpu.state);
	ASSERT_EQ(0, machine_wait(self->teavmx, &self->vcpu,
				  TEAVMX_VCPU_STATE_EXITED));
	EXPECT_TEA_EXIT(NORMAL, machine_code(&self->vcpu));
	ASSERT_EQ(0, teavmx_vm_get(self->teavmx, self->vcpu.vm, &vm));
	EXPECT_EQ(1, vm.vcpus);
	EXPECT_EQ(0, vm.flags);
	EXPECT_EQ(1, vm.first_seq);
}

TEST_F(start, of_a_program_in_a_vm_that_exists)
{
	struct teavmx_vm vm;

	ASSERT_EQ(0, teavmx_vm_new(self->teavmx, 0, &vm));
	ASSERT_EQ(0, teavmx_vcpu_new(self->teavmx, vm.id, &self->program,
				     &self->vcpu));
	EXPECT_EQ(vm.id, self->vcpu.vm);
	ASSERT_EQ(0, machine_wait(self->teavmx, &self->vcpu,
				  TEAVMX_VCPU_STATE_EXITED));
	EXPECT_TRUE(machine_vms(self->teavmx, 1));
}

/* A vCPU in a new VM without the flag is ready, and has no thread. */
TEST_F(start, is_a_choice)
{
	self->program.run = false;
	ASSERT_EQ(0, teavmx_vcpu_new(self->teavmx, 0, &self->program,
				     &self->vcpu));
	EXPECT_EQ(0, machine_thread(self->vcpu.vm, self->vcpu.id));
	ASSERT_EQ(0, machine_wait(self->teavmx, &self->vcpu,
				  TEAVMX_VCPU_STATE_READY));
	ASSERT_EQ(0, teavmx_vcpu_run(self->teavmx, self->vcpu.vm,
				     self->vcpu.id));
	ASSERT_EQ(0, machine_wait(self->teavmx, &self->vcpu,
				  TEAVMX_VCPU_STATE_EXITED));
}

TEST_F(start, of_a_process_that_is_debugged)
{
	self->program.debug = true;
	ASSERT_EQ(0, teavmx_vcpu_new(self->teavmx, 0, &self->program,
				     &self->vcpu));
	ASSERT_EQ(0, machine_wait(self->teavmx, &self->vcpu,
				  TEAVMX_VCPU_STATE_PAUSED));
	EXPECT_STOP(ENDED, self->vcpu.stop);
}

/* A program that breaks a launch rule has its exit message, and does not run. */
TEST_F(start, of_a_bad_program)
{
	struct machine_record records[2];
	uint32_t vm;

	self->program.program = "x";
	self->program.program_size = 1;
	ASSERT_EQ(0, teavmx_vcpu_new(self->teavmx, 0, &self->program,
				     &self->vcpu));
	EXPECT_STATE(EXITED, self->vcpu.state);
	EXPECT_TEA_EXIT(BAD_CODE, machine_code(&self->vcpu));
	vm = self->vcpu.vm;
	EXPECT_EQ(1, machine_records(self->teavmx, vm,
				     TEAVMX_EVENT_TYPE_TEA_EXIT, records, 2));
	EXPECT_EQ(1, machine_records(self->teavmx, vm,
				     TEAVMX_EVENT_TYPE_STATE, records, 2));
}

/* The VM belongs to the socket of the request, unless it is detached. */
TEST_F(start, belongs_to_the_socket)
{
	struct teavmx *other = machine_open();
	uint32_t detached;

	self->program.program = program_wait;
	self->program.program_size = sizeof(program_wait);
	ASSERT_EQ(0, teavmx_vcpu_new(other, 0, &self->program, &self->vcpu));
	teavmx_vcpu_clear(&self->vcpu);
	self->program.vm_flags = TEAVMX_VM_FLAGS_DETACHED;
	ASSERT_EQ(0, teavmx_vcpu_new(other, 0, &self->program, &self->vcpu));
	detached = self->vcpu.vm;
	EXPECT_TRUE(machine_vms(self->teavmx, 2));
	teavmx_close(other);
	EXPECT_TRUE(machine_vms(self->teavmx, 1));
	EXPECT_EQ(0, teavmx_vm_del(self->teavmx, detached));
	EXPECT_TRUE(machine_vms(self->teavmx, 0));
}

TEST_F(start, counts_for_max_vms)
{
	struct teavmx_info info;
	struct teavmx_vm vm;
	uint32_t i;

	ASSERT_EQ(0, teavmx_get_info(self->teavmx, NULL, &info));
	for (i = 1; i < info.max_vms; i++)
		ASSERT_EQ(0, teavmx_vm_new(self->teavmx, 0, &vm));
	ASSERT_EQ(0, teavmx_vcpu_new(self->teavmx, 0, &self->program,
				     &self->vcpu));
	teavmx_vcpu_clear(&self->vcpu);
	EXPECT_EQ(-1, teavmx_vcpu_new(self->teavmx, 0, &self->program,
				      &self->vcpu));
	EXPECT_REFUSED(EBUSY, self->teavmx, "max_vms");
}

/* The VM has been created when the request fails. */
TEST_F(start, that_fails_leaves_no_vm)
{
	struct nl_msg *message;
	struct nlattr *nest;

	message = teavmx_request(self->teavmx, TEAVMX_CMD_VCPU_NEW, 0, 256);
	nest = nla_nest_start(message, TEAVMX_A_VCPU_NEW_VM | NLA_F_NESTED);
	nla_put_u32(message, TEAVMX_A_NEW_VM_FLAGS, 0);
	nla_nest_end(message, nest);
	nla_put_u32(message, TEAVMX_A_VCPU_BACKEND, self->program.backend);
	nla_put_flag(message, TEAVMX_A_VCPU_RUN);
	EXPECT_EQ(-1, teavmx_call(self->teavmx, message, "do this", NULL));
	EXPECT_REFUSED(EINVAL, self->teavmx, "program");
	EXPECT_TRUE(machine_vms(self->teavmx, 0));
}

/* Of an attribute that is there twice the last one counts, as in all of netlink. */
TEST_F(start, makes_one_vm_of_two_attributes)
{
	struct teavmx_vm *vms;
	struct nl_msg *message;
	struct nlattr *nest;
	uint32_t flags;

	message = teavmx_request(self->teavmx, TEAVMX_CMD_VCPU_NEW, 0, 512);
	for (flags = 0; flags <= TEAVMX_VM_FLAGS_HOST_PORTS;
	     flags += TEAVMX_VM_FLAGS_HOST_PORTS) {
		nest = nla_nest_start(message, TEAVMX_A_VCPU_NEW_VM |
					       NLA_F_NESTED);
		nla_put_u32(message, TEAVMX_A_NEW_VM_FLAGS, flags);
		nla_nest_end(message, nest);
	}
	nla_put_u32(message, TEAVMX_A_VCPU_BACKEND, self->program.backend);
	nla_put(message, TEAVMX_A_VCPU_PROGRAM, sizeof(program_exit),
		program_exit);
	ASSERT_EQ(0, teavmx_call(self->teavmx, message, "do this", NULL));
	ASSERT_EQ(1, teavmx_vm_list(self->teavmx, &vms));
	EXPECT_EQ(TEAVMX_VM_FLAGS_HOST_PORTS, vms[0].flags);
	free(vms);
}

/* A raw VM whose RAM is empty can be run, and stops at its first instruction. */
TEST_F(start, of_a_raw_vm)
{
	struct teavmx_vm *vms;
	struct nl_msg *message;
	struct nlattr *nest;

	if (variant->backend == TEAVMX_BACKEND_SOFT)
		SKIP(return, "raw VMs need VMX");
	message = teavmx_request(self->teavmx, TEAVMX_CMD_VCPU_NEW, 0, 256);
	nest = nla_nest_start(message, TEAVMX_A_VCPU_NEW_VM | NLA_F_NESTED);
	nla_put_u64(message, TEAVMX_A_NEW_VM_MEMORY, MEMORY);
	nla_nest_end(message, nest);
	nla_put_flag(message, TEAVMX_A_VCPU_RUN);
	ASSERT_EQ(0, teavmx_call(self->teavmx, message, "do this", NULL));
	ASSERT_EQ(1, teavmx_vm_list(self->teavmx, &vms));
	EXPECT_EQ(MEMORY, vms[0].memory);
	self->vcpu.vm = vms[0].id;
	self->vcpu.id = 1;
	free(vms);
	ASSERT_EQ(0, machine_wait(self->teavmx, &self->vcpu,
				  TEAVMX_VCPU_STATE_PAUSED));
	EXPECT_STOP(EXIT, self->vcpu.stop);
}

static void count_reply(struct nlmsghdr *message, void *data)
{
	const struct genlmsghdr *header = nlmsg_data(message);
	uint32_t *replies = data;

	*replies += message->nlmsg_type >= NLMSG_MIN_TYPE &&
		    header->cmd == TEAVMX_CMD_VCPU_NEW;
}

/* A client whose receive buffer is full has no more VMs than replies. */
TEST_F(start, is_undone_without_its_reply)
{
	struct teavmx *other = machine_open();
	int size = BUFFER, fd = nl_socket_get_fd(other->socket);
	uint32_t i, replies = 0;
	struct nl_msg *message;
	struct nlattr *nest;

	ASSERT_EQ(0, setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size)));
	nl_socket_set_nonblocking(other->socket);
	for (i = 0; i < UNREAD; i++) {
		message = teavmx_request(other, TEAVMX_CMD_VCPU_NEW, 0, 512);
		nest = nla_nest_start(message, TEAVMX_A_VCPU_NEW_VM |
					       NLA_F_NESTED);
		nla_put_u32(message, TEAVMX_A_NEW_VM_FLAGS, 0);
		nla_nest_end(message, nest);
		nla_put_u32(message, TEAVMX_A_VCPU_BACKEND,
			    self->program.backend);
		nla_put(message, TEAVMX_A_VCPU_PROGRAM, sizeof(program_wait),
			program_wait);
		nla_put_flag(message, TEAVMX_A_VCPU_RUN);
		EXPECT_LT(0, nl_send_auto(other->socket, message));
		nlmsg_free(message);
	}
	for (i = 0; i < UNREAD; i++)
		teavmx_receive(other, other->socket, count_reply, &replies);
	EXPECT_LT(0, replies);
	EXPECT_GT(UNREAD, replies);
	EXPECT_TRUE(machine_vms(self->teavmx, replies));
	teavmx_close(other);
}

TEST_HARNESS_MAIN
