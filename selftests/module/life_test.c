// SPDX-License-Identifier: GPL-2.0-only
/*
 * The lives of VMs and vCPUs: who owns them, what ends them, and that the host
 * stays free meanwhile.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "expect.h"

#define LOOPS	20

FIXTURE(life)
{
	struct teavmx *teavmx;
	enum teavmx_backend backend;
};

FIXTURE_VARIANT(life)
{
	enum teavmx_backend backend;
};

FIXTURE_VARIANT_ADD(life, soft)
{
	.backend = TEAVMX_BACKEND_SOFT,
};

FIXTURE_VARIANT_ADD(life, vmx)
{
	.backend = TEAVMX_BACKEND_VMX,
};

FIXTURE_SETUP(life)
{
	self->teavmx = machine_open();
	self->backend = variant->backend;
	if (self->backend == TEAVMX_BACKEND_VMX)
		NEED_VMX(self->teavmx);
	ASSERT_TRUE(machine_vms(self->teavmx, 0));
}

FIXTURE_TEARDOWN(life)
{
	teavmx_close(self->teavmx);
}

TEST_F(life, ids_are_never_used_again)
{
	struct teavmx_vm first, second;

	ASSERT_EQ(0, teavmx_vm_new(self->teavmx, 0, &first));
	ASSERT_EQ(0, teavmx_vm_del(self->teavmx, first.id));
	ASSERT_EQ(0, teavmx_vm_new(self->teavmx, 0, &second));
	EXPECT_LT(first.id, second.id);
	EXPECT_EQ(-1, teavmx_vm_get(self->teavmx, first.id, &first));
}

TEST_F(life, a_vm_dies_with_its_socket)
{
	struct teavmx *owner = machine_open();
	struct teavmx_vcpu vcpu;
	struct teavmx_vm vm;

	ASSERT_EQ(0, machine_start(owner, 0, self->backend, program_loop,
				   sizeof(program_loop), &vcpu));
	ASSERT_EQ(0, teavmx_vm_get(self->teavmx, vcpu.vm, &vm));
	EXPECT_EQ(1, vm.vcpus);
	teavmx_close(owner);
	EXPECT_TRUE(machine_vms(self->teavmx, 0));
	EXPECT_EQ(-1, teavmx_vm_get(self->teavmx, vcpu.vm, &vm));
	EXPECT_ERROR(ENOENT, self->teavmx);
}

TEST_F(life, a_detached_vm_does_not)
{
	struct teavmx *owner = machine_open();
	struct teavmx_vcpu vcpu;
	struct teavmx_vm vm;

	ASSERT_EQ(0, teavmx_vm_new(owner, TEAVMX_VM_FLAGS_DETACHED, &vm));
	ASSERT_EQ(0, machine_start(owner, vm.id, self->backend, program_loop,
				   sizeof(program_loop), &vcpu));
	ASSERT_EQ(0, machine_wait(owner, &vcpu, TEAVMX_VCPU_STATE_RUNNING));
	teavmx_close(owner);
	usleep(100000);
	ASSERT_EQ(0, teavmx_vm_get(self->teavmx, vm.id, &vm));
	EXPECT_EQ(TEAVMX_VM_FLAGS_DETACHED, vm.flags);
	EXPECT_EQ(0, machine_wait(self->teavmx, &vcpu,
				  TEAVMX_VCPU_STATE_RUNNING));
	EXPECT_EQ(0, teavmx_vm_del(self->teavmx, vm.id));
	EXPECT_TRUE(machine_vms(self->teavmx, 0));
}

TEST_F(life, a_killed_owner_leaves_nothing)
{
	struct teavmx_vcpu vcpu;
	struct teavmx *owner;
	pid_t child = fork();
	int status;

	ASSERT_LE(0, child);
	if (!child) {
		owner = machine_open();
		if (machine_start(owner, 0, self->backend, program_loop,
				  sizeof(program_loop), &vcpu))
			_exit(1);
		kill(getpid(), SIGKILL);
	}
	ASSERT_EQ(child, waitpid(child, &status, 0));
	ASSERT_TRUE(WIFSIGNALED(status));
	EXPECT_TRUE(machine_vms(self->teavmx, 0));
}

TEST_F(life, no_unloading_with_a_vm)
{
	struct teavmx_vm vm;

	ASSERT_EQ(0, teavmx_vm_new(self->teavmx, 0, &vm));
	EXPECT_NE(0, system("rmmod teavmx 2>/dev/null"));
	EXPECT_EQ(0, access("/sys/module/teavmx", F_OK));
	EXPECT_EQ(0, teavmx_vm_get(self->teavmx, vm.id, &vm));
}

/* Exactly one exit message, with the code of a kill and no data */
static bool killed_well(const struct teavmx_vcpu *vcpu)
{
	const uint8_t message[] = { TEA_CMD_MSG, TEA_MSG_VM_EXIT, vcpu->pid,
				    TEA_EXIT_KILL };

	return vcpu->message_size == sizeof(message) && !vcpu->stack_used &&
	       !memcmp(vcpu->message, message, sizeof(message));
}

static int kill_in(struct teavmx *teavmx, struct teavmx_vcpu *vcpu,
		   uint32_t state)
{
	if (machine_wait(teavmx, vcpu, state) ||
	    teavmx_vcpu_kill(teavmx, vcpu->vm, vcpu->id) ||
	    machine_wait(teavmx, vcpu, TEAVMX_VCPU_STATE_EXITED))
		return -1;
	return killed_well(vcpu) ? 0 : -1;
}

TEST_F(life, kill_before_the_first_step)
{
	struct teavmx_vcpu vcpu;

	ASSERT_EQ(0, machine_new(self->teavmx, 0, self->backend, program_exit,
				 sizeof(program_exit), &vcpu));
	EXPECT_EQ(0, kill_in(self->teavmx, &vcpu, TEAVMX_VCPU_STATE_READY));
	EXPECT_EQ(0, vcpu.steps);
	teavmx_vcpu_clear(&vcpu);
}

/* One in uninterruptible sleep would be reported as hanging after 2 minutes. */
TEST_F(life, a_vcpu_that_was_not_started_has_no_thread)
{
	struct teavmx_vcpu vcpu;
	pid_t thread;

	ASSERT_EQ(0, machine_new(self->teavmx, 0, self->backend, program_wait,
				 sizeof(program_wait), &vcpu));
	EXPECT_EQ(0, machine_thread(vcpu.vm, vcpu.id));
	ASSERT_EQ(0, teavmx_vcpu_run(self->teavmx, vcpu.vm, vcpu.id));
	ASSERT_EQ(0, machine_wait(self->teavmx, &vcpu,
				  TEAVMX_VCPU_STATE_WAITING));
	thread = machine_thread(vcpu.vm, vcpu.id);
	EXPECT_NE(0, thread);
	/* It may just be on its way to sleep. */
	while (machine_state_of(thread) == 'R')
		usleep(1000);
	EXPECT_EQ('S', machine_state_of(thread));
	ASSERT_EQ(0, teavmx_vm_del(self->teavmx, vcpu.vm));
	EXPECT_TRUE(machine_vms(self->teavmx, 0));
	EXPECT_EQ(0, machine_state_of(thread));
	teavmx_vcpu_clear(&vcpu);
}

TEST_F(life, kill_while_running)
{
	struct teavmx_vcpu vcpu;

	ASSERT_EQ(0, machine_start(self->teavmx, 0, self->backend, program_loop,
				   sizeof(program_loop), &vcpu));
	do {
		ASSERT_EQ(0, machine_wait(self->teavmx, &vcpu,
					  TEAVMX_VCPU_STATE_RUNNING));
	} while (!vcpu.steps);
	EXPECT_EQ(0, kill_in(self->teavmx, &vcpu, TEAVMX_VCPU_STATE_RUNNING));
	EXPECT_LT(0, vcpu.steps);
	teavmx_vcpu_clear(&vcpu);
}

TEST_F(life, kill_while_sleeping)
{
	struct teavmx_vcpu vcpu;
	long long start;

	ASSERT_EQ(0, machine_start(self->teavmx, 0, self->backend,
				   program_sleep, sizeof(program_sleep),
				   &vcpu));
	ASSERT_EQ(0, machine_wait(self->teavmx, &vcpu,
				  TEAVMX_VCPU_STATE_SLEEPING));
	start = machine_ms();
	EXPECT_EQ(0, kill_in(self->teavmx, &vcpu, TEAVMX_VCPU_STATE_SLEEPING));
	/* It does not sleep on to the end of its 3.2 s. */
	EXPECT_GT(2000, machine_ms() - start);
	EXPECT_EQ(2, vcpu.steps);
	teavmx_vcpu_clear(&vcpu);
}

TEST_F(life, kill_while_waiting)
{
	struct teavmx_vcpu vcpu;

	ASSERT_EQ(0, machine_start(self->teavmx, 0, self->backend, program_wait,
				   sizeof(program_wait), &vcpu));
	ASSERT_EQ(0, machine_wait(self->teavmx, &vcpu,
				  TEAVMX_VCPU_STATE_WAITING));
	EXPECT_EQ(PORT_OF_WAIT, vcpu.port);
	EXPECT_EQ(0, kill_in(self->teavmx, &vcpu, TEAVMX_VCPU_STATE_WAITING));
	EXPECT_EQ(1, vcpu.steps);
	teavmx_vcpu_clear(&vcpu);
}

TEST_F(life, sleep_takes_its_time)
{
	struct teavmx_vcpu vcpu;
	long long start = machine_ms();

	ASSERT_EQ(0, machine_run(self->teavmx, self->backend, program_nap,
				 sizeof(program_nap), &vcpu));
	EXPECT_LE(200, machine_ms() - start);
	EXPECT_TEA_EXIT(NORMAL, machine_code(&vcpu));
	EXPECT_EQ(3, vcpu.steps);
	teavmx_vcpu_clear(&vcpu);
}

/* One gives a value through semaphore 1 and gets it back through semaphore 2 */
TEST_F(life, two_processes_shake_hands)
{
	struct teavmx_vcpu one, two;

	ASSERT_EQ(0,
		  machine_start(self->teavmx, 0, self->backend,
				program_give_back, sizeof(program_give_back),
				&two));
	ASSERT_EQ(0, machine_wait(self->teavmx, &two,
				  TEAVMX_VCPU_STATE_WAITING));
	ASSERT_EQ(0,
		  machine_start(self->teavmx, two.vm, self->backend,
				program_give, sizeof(program_give), &one));
	ASSERT_EQ(0, machine_wait(self->teavmx, &one,
				  TEAVMX_VCPU_STATE_EXITED));
	ASSERT_EQ(0, machine_wait(self->teavmx, &two,
				  TEAVMX_VCPU_STATE_EXITED));
	EXPECT_TEA_EXIT(NORMAL, machine_code(&two));
	EXPECT_TEA_EXIT(NORMAL, machine_code(&one));
	ASSERT_EQ(5, one.message_size);
	EXPECT_EQ(78, one.message[4]);
	EXPECT_EQ(2, one.pid);
	teavmx_vcpu_clear(&one);
	teavmx_vcpu_clear(&two);
}

/* Other VMs have semaphores of their own. */
TEST_F(life, vms_do_not_share)
{
	struct teavmx_vcpu waits, other;

	ASSERT_EQ(0, machine_start(self->teavmx, 0, self->backend, program_wait,
				   sizeof(program_wait), &waits));
	ASSERT_EQ(0, machine_wait(self->teavmx, &waits,
				  TEAVMX_VCPU_STATE_WAITING));
	ASSERT_EQ(0, machine_run(self->teavmx, self->backend, program_fill,
				 sizeof(program_fill), &other));
	usleep(50000);
	EXPECT_EQ(0, machine_wait(self->teavmx, &waits,
				  TEAVMX_VCPU_STATE_WAITING));
	ASSERT_EQ(0,
		  machine_start(self->teavmx, waits.vm, self->backend,
				program_fill, sizeof(program_fill), &other));
	EXPECT_EQ(0, machine_wait(self->teavmx, &waits,
				  TEAVMX_VCPU_STATE_EXITED));
	/* It kept the value on its stack, which is no return value of 0 bytes. */
	EXPECT_TEA_EXIT(BAD_RET_VAL, machine_code(&waits));
	teavmx_vcpu_clear(&waits);
	teavmx_vcpu_clear(&other);
}

/* How long the host takes for a small piece of work of its own, in ms */
static long long host_work(void)
{
	long long start = machine_ms();

	if (system("true"))
		return -1;
	return machine_ms() - start;
}

TEST_F_TIMEOUT(life, endless_loops_leave_the_host_alive, 300)
{
	struct teavmx_vcpu vcpus[LOOPS];
	uint32_t vm = 0;
	int i;

	for (i = 0; i < LOOPS; i++) {
		ASSERT_EQ(0, machine_start(self->teavmx, vm, self->backend,
					   program_loop, sizeof(program_loop),
					   &vcpus[i]));
		vm = vcpus[i].vm;
	}
	for (i = 0; i < 3; i++) {
		long long ms = host_work();

		EXPECT_LE(0, ms);
		EXPECT_GT(20000, ms);
	}
	for (i = 0; i < LOOPS; i++)
		EXPECT_EQ(0, teavmx_vcpu_kill(self->teavmx, vm, vcpus[i].id));
	for (i = 0; i < LOOPS; i++) {
		ASSERT_EQ(0, machine_wait(self->teavmx, &vcpus[i],
					  TEAVMX_VCPU_STATE_EXITED));
		EXPECT_TRUE(killed_well(&vcpus[i]));
		teavmx_vcpu_clear(&vcpus[i]);
	}
	EXPECT_EQ(0, teavmx_vm_del(self->teavmx, vm));
}

TEST_F(life, deleting_a_vm_stops_what_runs)
{
	struct teavmx_vcpu loop, sleep, wait;

	ASSERT_EQ(0, machine_start(self->teavmx, 0, self->backend, program_loop,
				   sizeof(program_loop), &loop));
	ASSERT_EQ(0, machine_start(self->teavmx, loop.vm, self->backend,
				   program_sleep, sizeof(program_sleep),
				   &sleep));
	ASSERT_EQ(0, machine_start(self->teavmx, loop.vm, self->backend,
				   program_wait, sizeof(program_wait), &wait));
	ASSERT_EQ(0, teavmx_vm_del(self->teavmx, loop.vm));
	EXPECT_TRUE(machine_vms(self->teavmx, 0));
}

TEST_F(life, listed)
{
	struct teavmx_vcpu first, second;
	struct teavmx_vcpu *vcpus;
	struct teavmx_vm *vms;
	int count;

	ASSERT_EQ(0, machine_new(self->teavmx, 0, self->backend, program_exit,
				 sizeof(program_exit), &first));
	ASSERT_EQ(0, machine_new(self->teavmx, 0, self->backend, program_exit,
				 sizeof(program_exit), &second));
	ASSERT_EQ(2, teavmx_vm_list(self->teavmx, &vms));
	EXPECT_EQ(first.vm, vms[0].id);
	EXPECT_EQ(second.vm, vms[1].id);
	EXPECT_EQ(vms[0].owner, vms[1].owner);
	free(vms);
	ASSERT_EQ(2, teavmx_vcpu_list(self->teavmx, 0, &vcpus));
	EXPECT_EQ(first.vm, vcpus[0].vm);
	EXPECT_EQ(second.vm, vcpus[1].vm);
	teavmx_vcpu_free(vcpus, 2);
	count = teavmx_vcpu_list(self->teavmx, second.vm, &vcpus);
	ASSERT_EQ(1, count);
	EXPECT_EQ(second.vm, vcpus[0].vm);
	EXPECT_STATE(READY, vcpus[0].state);
	EXPECT_EQ(self->backend, vcpus[0].backend);
	EXPECT_EQ(TEA_STACK_DEFAULT, vcpus[0].stack_size);
	teavmx_vcpu_free(vcpus, 1);
}

/* More than one message of a dump takes */
TEST_F(life, long_list)
{
	struct teavmx_vcpu *vcpus;
	struct teavmx_vcpu vcpu;
	uint32_t vm = 0;
	uint32_t i;
	int count;

	for (i = 0; i < 100; i++) {
		ASSERT_EQ(0, machine_new(self->teavmx, vm, self->backend,
					 program_exit, sizeof(program_exit),
					 &vcpu));
		vm = vcpu.vm;
	}
	count = teavmx_vcpu_list(self->teavmx, vm, &vcpus);
	ASSERT_EQ(100, count);
	for (i = 0; i < 100; i++) {
		EXPECT_EQ(i + 1, vcpus[i].id);
		EXPECT_EQ(i + 1, vcpus[i].pid);
	}
	teavmx_vcpu_free(vcpus, 100);
}

TEST_HARNESS_MAIN
