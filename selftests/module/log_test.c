// SPDX-License-Identifier: GPL-2.0-only
/* The memory of event logs: it grows with use, and has limits. */
#include <signal.h>
#include <sys/wait.h>

#include "cgroup.h"
#include "expect.h"
#include "guest.h"

#define PAGE		4096
#define MEMORY		0x1000000
#define LIMIT		(8ULL << 20)
#define KIB		1024
/* The kernel charges so many bytes in advance for each CPU. */
#define ADVANCE		(64 * PAGE)
#define ADVANCES	(ADVANCE * sysconf(_SC_NPROCESSORS_ONLN))

FIXTURE(log)
{
	struct teavmx *teavmx;
	struct guest guest;
	uint32_t size;
};

FIXTURE_SETUP(log)
{
	struct teavmx_info info;

	self->teavmx = machine_open();
	NEED_VMX(self->teavmx);
	ASSERT_EQ(0, teavmx_get_info(self->teavmx, NULL, &info));
	self->size = info.log_size;
	ASSERT_EQ(0, cgroup_make(LIMIT));
	ASSERT_EQ(0, cgroup_put(CGROUP "/cgroup.procs", "0"));
	ASSERT_EQ(0, guest_new(&self->guest, self->teavmx, MEMORY));
	ASSERT_EQ(0, cgroup_put(CGROUPS "/cgroup.procs", "0"));
}

FIXTURE_TEARDOWN(log)
{
	guest_free(&self->guest);
	teavmx_close(self->teavmx);
	cgroup_remove();
}

static long long charged(void)
{
	return cgroup_number(CGROUP "/memory.current", NULL);
}

#define VMS	48

TEST_F(log, a_new_vm_needs_little_memory)
{
	long long before = charged();
	struct teavmx_vm vm;
	int i;

	ASSERT_EQ(0, cgroup_put(CGROUP "/cgroup.procs", "0"));
	for (i = 0; i < VMS; i++)
		ASSERT_EQ(0, teavmx_vm_new(self->teavmx, 0, &vm));
	ASSERT_EQ(0, cgroup_put(CGROUPS "/cgroup.procs", "0"));
	EXPECT_GT(VMS * 16 * KIB + ADVANCES, charged() - before);
}

/* RBP exits */
GUEST_PAYLOAD(code_exits,
	"1:	cpuid\n"
	"	dec	%ebp\n"
	"	jnz	1b\n"
	"	hlt");

static int run(struct guest *guest, uint64_t exits)
{
	return guest_set(guest, 0, TEAVMX_REG_RIP, GUEST_CODE) ||
	       guest_set(guest, 0, TEAVMX_REG_RBP, exits) ||
	       guest_start(guest) || !guest_wait_all(guest);
}

/* How many records are kept, -1 if the last one is not that of HLT */
static long long kept(struct guest *guest)
{
	struct teavmx_record exit;
	struct teavmx_vm vm;

	if (teavmx_vm_get(guest->teavmx, guest->vm.id, &vm))
		return -1;
	if (vm.next_seq > vm.first_seq &&
	    (guest_last_exit(guest, 0, &exit) ||
	     exit.reason != VMX_EXIT_HLT))
		return -1;
	return vm.next_seq - vm.first_seq;
}

TEST_F(log, it_grows_up_to_its_size)
{
	struct guest *guest = &self->guest;
	long long before;

	ASSERT_EQ(0, guest_load(guest, code_exits, code_exits_end));
	ASSERT_LE(0, guest_add(guest, TEAVMX_MODE_LONG));
	ASSERT_EQ(0, run(guest, 100));
	EXPECT_LT(100, kept(guest));
	EXPECT_GT(self->size, kept(guest));
	before = charged();
	ASSERT_EQ(0, run(guest, 100000));
	EXPECT_EQ(self->size, kept(guest));
	EXPECT_GT(self->size * 128 + ADVANCES, charged() - before);
}

/* Writes pages of RAM until the cgroup is at its limit. */
static int fill_memory(struct guest *guest)
{
	const uint8_t byte = 1;
	uint64_t address;

	for (address = 0; address < MEMORY; address += PAGE)
		if (teavmx_mem_write(guest->teavmx, guest->vm.id, address, &byte, 1))
			break;
	return teavmx_error(guest->teavmx)->error == ENOMEM ? 0 : -1;
}

/*
 * At the limit of the VM's creator old records are lost, the guest runs on, and nothing is
 * killed. The last ones are kept in the page that the log always has, and with some pages
 * more there are more of them.
 */
TEST_F(log, old_records_give_way_without_memory)
{
	struct guest *guest = &self->guest;
	struct teavmx_vm vm;
	pid_t child;
	int few;

	child = cgroup_bystander();
	ASSERT_LT(0, child);
	ASSERT_EQ(0, fill_memory(guest));
	ASSERT_EQ(0, guest_load(guest, code_exits, code_exits_end));
	ASSERT_LE(0, guest_add(guest, TEAVMX_MODE_LONG));
	ASSERT_EQ(0, run(guest, 3000));
	EXPECT_EQ(3000, guest_exits(guest, 0, VMX_EXIT_CPUID));
	few = kept(guest);
	EXPECT_LT(0, few);
	EXPECT_GT(self->size, few);
	ASSERT_EQ(0, teavmx_vm_get(self->teavmx, guest->vm.id, &vm));
	EXPECT_LT(3000, vm.next_seq);

	ASSERT_EQ(0, cgroup_limit(LIMIT + 4 * PAGE));
	ASSERT_EQ(0, run(guest, 3000));
	EXPECT_LT(few, kept(guest));
	EXPECT_GT(self->size, kept(guest));
	EXPECT_EQ(0, cgroup_number(CGROUP "/memory.events", "oom_kill "));
	EXPECT_EQ(0, waitpid(child, NULL, WNOHANG));
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);

	ASSERT_EQ(0, cgroup_put(CGROUP "/memory.max", "max"));
	ASSERT_EQ(0, run(guest, 3000));
	EXPECT_EQ(self->size, kept(guest));
}

#define ENDED	20

static void count_record(const struct teavmx_record *record, void *data)
{
	unsigned int *count = data;

	(void)record;
	(*count)++;
}

static bool has_log(FIXTURE_DATA(log) *self, uint32_t vm)
{
	unsigned int count = 0;
	uint64_t seq = 1;

	return teavmx_event_get(self->teavmx, vm, &seq, count_record, &count) > 0;
}

/* VMs that have ended, each of which has filled its log */
static int end_vms(FIXTURE_DATA(log) *self, uint32_t *ids)
{
	struct guest guest;
	int i;

	for (i = 0; i < ENDED; i++) {
		if (guest_new(&guest, self->teavmx, MEMORY) ||
		    guest_load(&guest, code_exits, code_exits_end) ||
		    guest_add(&guest, TEAVMX_MODE_LONG) < 0 || run(&guest, 3000))
			return -1;
		ids[i] = guest.vm.id;
		guest_free(&guest);
		if (!machine_vms(self->teavmx, 1))
			return -1;
	}
	return 0;
}

/*
 * Logs of VMs that have ended are charged to their creator. Where memory is missing
 * they give way to a new VM, the oldest one first, and nothing is killed.
 */
TEST_F(log, logs_of_ended_vms_give_way)
{
	struct guest guest;
	uint32_t ids[ENDED];
	pid_t child;

	child = cgroup_bystander();
	ASSERT_LT(0, child);
	ASSERT_EQ(0, cgroup_put(CGROUP "/cgroup.procs", "0"));
	ASSERT_EQ(0, end_vms(self, ids));
	ASSERT_EQ(0, cgroup_put(CGROUPS "/cgroup.procs", "0"));
	ASSERT_EQ(0, fill_memory(&self->guest));
	ASSERT_EQ(0, cgroup_limit(LIMIT + 4 * PAGE));
	ASSERT_EQ(0, cgroup_put(CGROUP "/cgroup.procs", "0"));
	EXPECT_EQ(0, guest_new(&guest, self->teavmx, MEMORY));
	EXPECT_EQ(0, guest_add(&guest, TEAVMX_MODE_LONG));
	EXPECT_FALSE(has_log(self, ids[0]));
	EXPECT_TRUE(has_log(self, ids[ENDED - 1]));
	EXPECT_EQ(0, cgroup_number(CGROUP "/memory.events", "oom_kill "));
	EXPECT_EQ(0, waitpid(child, NULL, WNOHANG));
	ASSERT_EQ(0, cgroup_put(CGROUP "/memory.max", "max"));
	ASSERT_EQ(0, cgroup_put(CGROUPS "/cgroup.procs", "0"));
	guest_free(&guest);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
}

/* What a reader from number 1 on has seen of a VM */
struct account {
	uint64_t next;
	uint64_t lost;
	uint64_t first_state;
	unsigned int states;
	unsigned int wrong;
};

static struct account read_account(struct guest *guest)
{
	struct account account = { .next = 1 };
	struct teavmx *reader = machine_open();
	struct teavmx_record record;

	account.wrong += teavmx_event_open(reader, 0) ||
			 teavmx_event_watch(reader, guest->vm.id, 1) ||
			 teavmx_event_sync(reader);
	while (teavmx_event_next(reader, &record) > 0) {
		account.wrong += record.seq != account.next;
		account.next = record.seq + 1;
		if (record.type == TEAVMX_EVENT_TYPE_LOST) {
			account.lost += record.lost;
			account.next = record.last + 1;
		} else if (record.type == TEAVMX_EVENT_TYPE_STATE) {
			if (!account.states++)
				account.first_state = record.seq;
		}
	}
	teavmx_close(reader);
	return account;
}

struct states {
	uint64_t first;
	unsigned int count;
};

static void count_states(const struct teavmx_record *record, void *data)
{
	struct states *states = data;

	if (record->type == TEAVMX_EVENT_TYPE_STATE && !states->count++)
		states->first = record->seq;
}

/* Exits push out exits only, and the numbers that are gone are reported. */
TEST_F(log, what_is_no_exit_stays)
{
	struct guest *guest = &self->guest;
	struct states states = { 0 };
	struct account account;
	struct teavmx_vm vm;
	uint64_t seq = 0;

	ASSERT_EQ(0, guest_load(guest, code_exits, code_exits_end));
	ASSERT_LE(0, guest_add(guest, TEAVMX_MODE_LONG));
	ASSERT_EQ(0, run(guest, 20000));
	ASSERT_EQ(0, teavmx_vm_get(self->teavmx, guest->vm.id, &vm));
	while (teavmx_event_get(self->teavmx, vm.id, &seq, count_states,
				&states) > 0)
		;
	/* ready, running, paused */
	EXPECT_EQ(3, states.count);
	EXPECT_EQ(1, states.first);
	account = read_account(guest);
	EXPECT_EQ(0, account.wrong);
	EXPECT_EQ(3, account.states);
	EXPECT_EQ(1, account.first_state);
	EXPECT_EQ(vm.next_seq, account.next);
	EXPECT_LT(20000 - 2 * self->size, account.lost);
}

TEST_F(log, a_stop_behind_lost_records_has_its_exit)
{
	struct teavmx *reader = machine_open();
	struct guest *guest = &self->guest;
	struct teavmx_record exit;

	ASSERT_EQ(0, guest_load(guest, code_exits, code_exits_end));
	ASSERT_LE(0, guest_add(guest, TEAVMX_MODE_LONG));
	ASSERT_EQ(0, run(guest, 20000));
	ASSERT_EQ(0, teavmx_event_open(reader, 0));
	ASSERT_EQ(0, teavmx_event_watch(reader, guest->vm.id, 1));
	EXPECT_EQ(TEAVMX_STOP_EXIT,
		  teavmx_wait_stop(reader, guest->vcpu[0].id, 60000, NULL, NULL, &exit));
	EXPECT_REASON(HLT, exit.reason);
	teavmx_close(reader);
}

/* Records of other types have a limit, too. */
TEST_F_TIMEOUT(log, what_is_no_exit_is_bounded, 300)
{
	struct guest *guest = &self->guest;
	struct account account;
	struct teavmx_vm vm;
	long long before;
	int i;

	ASSERT_EQ(0, guest_load(guest, code_exits, code_exits_end));
	ASSERT_LE(0, guest_add(guest, TEAVMX_MODE_LONG));
	ASSERT_EQ(0, run(guest, 20000));
	before = charged();
	for (i = 0; i < 2000; i++)
		ASSERT_EQ(0, run(guest, 1));
	EXPECT_GT(16 * PAGE + ADVANCES, charged() - before);
	ASSERT_EQ(0, teavmx_vm_get(self->teavmx, guest->vm.id, &vm));
	account = read_account(guest);
	EXPECT_EQ(0, account.wrong);
	EXPECT_EQ(vm.next_seq, account.next);
	EXPECT_LT(1000, account.states);
	EXPECT_GT(4000, account.states);
}

TEST_HARNESS_MAIN
