// SPDX-License-Identifier: GPL-2.0-only
/*
 * The threads of vCPUs belong to the process that requested them: its control
 * groups, its nice value, its CPUs.
 */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "expect.h"

#define GROUPS		"/tmp/teavmx-groups"
#define GROUP		GROUPS "/owner"
#define BOTH		(TEA_RUN_FIRST | TEA_RUN_LAST)

FIXTURE(owner)
{
	struct teavmx *teavmx;
	enum teavmx_backend backend;
};

FIXTURE_VARIANT(owner)
{
	enum teavmx_backend backend;
};

FIXTURE_VARIANT_ADD(owner, soft)
{
	.backend = TEAVMX_BACKEND_SOFT,
};

FIXTURE_VARIANT_ADD(owner, vmx)
{
	.backend = TEAVMX_BACKEND_VMX,
};

/* Returns 0 or -1. */
static int put(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");
	int bad;

	if (!file)
		return -1;
	bad = fputs(text, file) < 0;
	return fclose(file) || bad ? -1 : 0;
}

/* The first line of a file; empty when there is none */
static const char *line_of(const char *path)
{
	static char line[256];
	FILE *file = fopen(path, "r");

	line[0] = '\0';
	if (file && fgets(line, sizeof(line), file))
		line[strcspn(line, "\n")] = '\0';
	if (file)
		fclose(file);
	return line;
}

/* The number behind a word that begins a line, -1 when there is none */
static long long number_of(const char *path, const char *word)
{
	long long number = -1;
	char line[256];
	FILE *file = fopen(path, "r");

	while (file && number < 0 && fgets(line, sizeof(line), file))
		if (!strncmp(line, word, strlen(word)))
			number = atoll(line + strlen(word));
	if (file)
		fclose(file);
	return number;
}

/* A group that may use a twentieth of one CPU, and hold two tasks */
static bool mount_groups(void)
{
	mkdir(GROUPS, 0755);
	return !mount("none", GROUPS, "cgroup2", 0, NULL) || errno == EBUSY;
}

/* Has the kernel the controllers that limit CPU time and processes? */
static bool have_controllers(void)
{
	char names[256] = "";
	FILE *file = fopen(GROUPS "/cgroup.controllers", "r");

	if (!file)
		return false;
	fgets(names, sizeof(names), file);
	fclose(file);
	return strstr(names, "pids") && strstr(names, "cpu ");
}

static int make_group(void)
{
	if (put(GROUPS "/cgroup.subtree_control", "+cpu +pids"))
		return -1;
	rmdir(GROUP);
	if (mkdir(GROUP, 0755))
		return -1;
	if (put(GROUP "/cpu.max", "5000 100000") || put(GROUP "/pids.max", "2"))
		return -1;
	return 0;
}

/* Threads leave a group a moment after their VM is gone. */
static bool remove_group(void)
{
	long long end = machine_ms() + 10000;

	while (rmdir(GROUP) && errno == EBUSY && machine_ms() < end)
		usleep(2000);
	if (!access(GROUP, F_OK))
		return false;
	put(GROUPS "/cgroup.subtree_control", "-cpu -pids");
	umount(GROUPS);
	rmdir(GROUPS);
	return true;
}

FIXTURE_SETUP(owner)
{
	self->teavmx = machine_open();
	self->backend = variant->backend;
	if (self->backend == TEAVMX_BACKEND_VMX)
		NEED_VMX(self->teavmx);
	ASSERT_TRUE(mount_groups())
		TH_LOG("%s", strerror(errno));
	if (!have_controllers())
		SKIP(return, "this kernel lacks the cpu or the pids controller");
	ASSERT_EQ(0, make_group())
		TH_LOG("%s", strerror(errno));
}

FIXTURE_TEARDOWN(owner)
{
	teavmx_close(self->teavmx);
	EXPECT_TRUE(remove_group());
}

/* A child that belongs to the group and has this handle of its own */
struct owner {
	pid_t child;
	int done[2];
};

/* In the child: what it makes; only then the parent goes on */
typedef int (*owner_act)(struct teavmx *teavmx, enum teavmx_backend backend);

static int enter_group(int nice_value)
{
	char pid[16];

	snprintf(pid, sizeof(pid), "%d", getpid());
	if (put(GROUP "/cgroup.procs", pid))
		return -1;
	return setpriority(PRIO_PROCESS, 0, nice_value);
}

/* Returns 0 once the child has done it; the child then lives until killed. */
static int owner_begin(struct owner *owner, enum teavmx_backend backend,
		       owner_act act)
{
	struct teavmx *teavmx;
	char said = 1;

	if (pipe(owner->done))
		return -1;
	owner->child = fork();
	if (!owner->child) {
		said = enter_group(19) != 0;
		teavmx = machine_open();
		said = said || act(teavmx, backend);
		if (write(owner->done[1], &said, 1) == 1)
			pause();
		_exit(1);
	}
	close(owner->done[1]);
	if (read(owner->done[0], &said, 1) != 1)
		said = 1;
	close(owner->done[0]);
	return said ? -1 : 0;
}

static void owner_end(struct owner *owner)
{
	kill(owner->child, SIGKILL);
	waitpid(owner->child, NULL, 0);
}

static int run_loop(struct teavmx *teavmx, enum teavmx_backend backend)
{
	struct teavmx_vcpu vcpu;
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(sysconf(_SC_NPROCESSORS_ONLN) - 1, &cpus);
	if (sched_setaffinity(0, sizeof(cpus), &cpus))
		return -1;
	return machine_start(teavmx, 0, backend, program_loop,
			     sizeof(program_loop), &vcpu);
}

/* The only vCPU of the only VM, or of those of that pid */
static pid_t thread_of_pid(struct teavmx *teavmx, uint8_t pid)
{
	struct teavmx_vcpu *vcpus;
	int count = teavmx_vcpu_list(teavmx, 0, &vcpus);
	pid_t thread = 0;
	int i;

	for (i = 0; i < count; i++)
		if (vcpus[i].pid == pid)
			thread = machine_thread(vcpus[i].vm, vcpus[i].id);
	if (count > 0)
		teavmx_vcpu_free(vcpus, (size_t)count);
	return thread;
}

static const char *in_proc(pid_t thread, const char *name)
{
	static char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", thread, name);
	return path;
}

/* The group of version 2 is the one whose hierarchy is 0. */
static bool is_in_group(pid_t thread)
{
	const char *line = line_of(in_proc(thread, "cgroup"));

	if (!strcmp(line, "0::/owner"))
		return true;
	printf("# thread %d is in %s\n", thread, line);
	return false;
}

/* CPU time in us that the scheduler has counted for a thread */
static long long time_of(pid_t thread)
{
	return atoll(line_of(in_proc(thread, "schedstat"))) / 1000;
}

TEST_F(owner, a_thread_is_in_the_groups_of_its_owner)
{
	struct owner owner;
	long long before;
	cpu_set_t cpus;
	pid_t thread;

	ASSERT_EQ(0, owner_begin(&owner, self->backend, run_loop));
	thread = thread_of_pid(self->teavmx, 1);
	ASSERT_NE(0, thread);
	EXPECT_TRUE(is_in_group(thread));
	EXPECT_EQ(19, getpriority(PRIO_PROCESS, (id_t)thread));
	EXPECT_EQ(0, sched_getaffinity(thread, sizeof(cpus), &cpus));
	EXPECT_EQ(1, CPU_COUNT(&cpus));
	EXPECT_TRUE(CPU_ISSET(sysconf(_SC_NPROCESSORS_ONLN) - 1, &cpus));
	EXPECT_STREQ("2", line_of(GROUP "/pids.current"));

	/* What it uses is the group's, and the group's limit holds it up. */
	before = number_of(GROUP "/cpu.stat", "nr_throttled ");
	ASSERT_LE(0, before);
	while (number_of(GROUP "/cpu.stat", "nr_throttled ") < before + 3 &&
	       time_of(thread) < 3000000)
		usleep(50000);
	EXPECT_LE(before + 3, number_of(GROUP "/cpu.stat", "nr_throttled "));
	before = time_of(thread);
	EXPECT_LE(before, number_of(GROUP "/cpu.stat", "usage_usec ") + 10000);
	owner_end(&owner);
}

static int run_launcher(struct teavmx *teavmx, enum teavmx_backend backend)
{
	static const uint8_t packets[] = {
		5, TEA_ADDRESS_DEFAULT, 3, TEA_CMD_VM_RUN, BOTH, 0, 0 };
	uint8_t program[SENDER_MAX];
	size_t size = machine_sender(program, packets, TEA_OP_NOP);
	struct teavmx_vcpu vcpu;
	struct teavmx_vm vm;

	/* Behind the packet it waits, as the room of the group is for three. */
	program[size - 1] = TEA_OP_EXIT;
	if (put(GROUP "/pids.max", "max") ||
	    teavmx_vm_new(teavmx, 0, &vm) ||
	    teavmx_slot_set(teavmx, vm.id, 0, program_wait,
			    sizeof(program_wait), 0))
		return -1;
	return machine_start(teavmx, vm.id, backend, program, size, &vcpu);
}

TEST_F(owner, so_is_that_of_a_process_that_it_launches)
{
	long long end = machine_ms() + 10000;
	struct owner owner;
	pid_t thread;

	ASSERT_EQ(0, owner_begin(&owner, self->backend, run_launcher));
	do {
		thread = thread_of_pid(self->teavmx, 2);
	} while (!thread && machine_ms() < end);
	ASSERT_NE(0, thread);
	EXPECT_TRUE(is_in_group(thread));
	EXPECT_EQ(19, getpriority(PRIO_PROCESS, (id_t)thread));
	owner_end(&owner);
}

static int run_detached(struct teavmx *teavmx, enum teavmx_backend backend)
{
	struct teavmx_vcpu vcpu;
	struct teavmx_vm vm;

	if (teavmx_vm_new(teavmx, TEAVMX_VM_FLAGS_DETACHED, &vm))
		return -1;
	return machine_start(teavmx, vm.id, backend, program_sleep,
			     sizeof(program_sleep), &vcpu);
}

/* The group cannot be removed while the thread is there, and then it can. */
TEST_F(owner, it_stays_there_when_its_owner_has_died)
{
	struct teavmx_vcpu *vcpus;
	struct owner owner;
	pid_t thread;
	uint32_t vm;

	ASSERT_EQ(0, owner_begin(&owner, self->backend, run_detached));
	owner_end(&owner);
	ASSERT_EQ(1, teavmx_vcpu_list(self->teavmx, 0, &vcpus));
	vm = vcpus[0].vm;
	thread = machine_thread(vm, vcpus[0].id);
	teavmx_vcpu_free(vcpus, 1);
	EXPECT_TRUE(is_in_group(thread));
	EXPECT_STREQ("1", line_of(GROUP "/pids.current"));
	EXPECT_EQ(-1, rmdir(GROUP));
	EXPECT_EQ(EBUSY, errno);
	ASSERT_EQ(0, teavmx_vm_del(self->teavmx, vm));
	EXPECT_TRUE(machine_vms(self->teavmx, 0));
}

/* A guest does not become a real-time task by itself, but an idle one. */
TEST_F(owner, the_policy_is_taken_over_when_it_asks_for_less)
{
	static const struct {
		int policy;
		int priority;
		int thread;
	} rows[] = {
		{ SCHED_OTHER, 0, SCHED_OTHER },
		{ SCHED_BATCH, 0, SCHED_BATCH },
		{ SCHED_IDLE, 0, SCHED_IDLE },
		{ SCHED_FIFO, 1, SCHED_OTHER },
		{ SCHED_RR, 1, SCHED_OTHER },
	};
	struct sched_param param;
	struct teavmx_vcpu vcpu;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		param.sched_priority = rows[i].priority;
		ASSERT_EQ(0, sched_setscheduler(0, rows[i].policy, &param));
		ASSERT_EQ(0, machine_start(self->teavmx, 0, self->backend,
					   program_wait, sizeof(program_wait),
					   &vcpu));
		EXPECT_EQ(rows[i].thread,
			  sched_getscheduler(machine_thread(vcpu.vm, vcpu.id)))
			TH_LOG("creator's policy %d", rows[i].policy);
		ASSERT_EQ(0, teavmx_vm_del(self->teavmx, vcpu.vm));
		teavmx_vcpu_clear(&vcpu);
	}
	EXPECT_TRUE(machine_vms(self->teavmx, 0));
}

TEST_HARNESS_MAIN
