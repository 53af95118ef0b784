// SPDX-License-Identifier: GPL-2.0-only
/*
 * A flood of exits, with readers that are slow, stop and die: each number is seen or
 * reported as lost, and none is lost of a lossless VM. FLOOD_EXITS in the environment
 * is the number of exits.
 */
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "expect.h"
#include "guest_payload.h"

#define CODE		0x1000
#define STACK		0x8000
#define TABLES		0x10000
#define MEMORY		0x100000
#define EXITS		100000
#define WAIT_MS		600000
/* A reader with this buffer is behind soon. */
#define BUFFER		(64 * 1024)
#define READERS		3

/* RBP exits */
GUEST_PAYLOAD(code_flood,
	".code16\n"
	"1:	cpuid\n"
	"	dec	%ebp\n"
	"	jnz	1b\n"
	"	hlt");

/* What a reader has seen, from number 1 to the pause of the vCPU */
struct account {
	uint64_t next;
	uint64_t lost;
	uint64_t cpuids;
	unsigned int wrong;
	bool ended;
};

struct reader {
	pid_t process;
	int result;
};

FIXTURE(flood)
{
	struct teavmx *teavmx;
	struct teavmx_vm vm;
	struct teavmx_vcpu vcpu;
	uint64_t exits;
	struct reader readers[READERS];
};

FIXTURE_VARIANT(flood)
{
	uint32_t flags;
};

FIXTURE_VARIANT_ADD(flood, lossy)
{
	.flags = 0,
};

FIXTURE_VARIANT_ADD(flood, lossless)
{
	.flags = TEAVMX_VM_FLAGS_LOSSLESS,
};

FIXTURE_SETUP(flood)
{
	const char *exits = getenv("FLOOD_EXITS");
	struct teavmx_register rbp;

	self->exits = exits ? strtoull(exits, NULL, 10) : EXITS;
	rbp = (struct teavmx_register){ TEAVMX_REG_RBP, self->exits };
	self->teavmx = machine_open();
	NEED_VMX(self->teavmx);
	ASSERT_EQ(0, teavmx_raw_new(self->teavmx, variant->flags, MEMORY,
				    &self->vm));
	ASSERT_EQ(0, teavmx_raw_vcpu_new(self->teavmx, self->vm.id,
					 &self->vcpu));
	ASSERT_EQ(0, teavmx_mem_write(self->teavmx, self->vm.id, CODE,
				      PAYLOAD(code_flood)));
	ASSERT_EQ(0, teavmx_mode_enter(self->teavmx, self->vm.id, self->vcpu.id,
				       TEAVMX_MODE_REAL, CODE, STACK, TABLES));
	ASSERT_EQ(0, teavmx_regs_set(self->teavmx, self->vm.id, self->vcpu.id,
				     &rbp, 1));
}

FIXTURE_TEARDOWN(flood)
{
	teavmx_vcpu_clear(&self->vcpu);
	teavmx_close(self->teavmx);
}

static void account_add(struct account *account,
			const struct teavmx_record *record)
{
	account->wrong += record->seq != account->next;
	account->next = record->seq + 1;
	switch (record->type) {
	case TEAVMX_EVENT_TYPE_LOST:
		account->lost += record->lost;
		account->next = record->last + 1;
		break;
	case TEAVMX_EVENT_TYPE_VMX_EXIT:
		account->cpuids += record->reason == VMX_EXIT_CPUID;
		break;
	case TEAVMX_EVENT_TYPE_STATE:
		account->ended = record->state == TEAVMX_VCPU_STATE_PAUSED;
		break;
	}
}

/* In a child: reads all there is, does nothing for some time, and so on. */
static void be_reader(uint32_t vm, int us, int result)
{
	struct teavmx *teavmx = machine_open();
	struct pollfd events = { .events = POLLIN };
	struct account account = { .next = 1 };
	struct teavmx_record record;
	ssize_t written;

	if (teavmx_event_open(teavmx, BUFFER) ||
	    teavmx_event_watch(teavmx, vm, 1))
		_exit(1);
	events.fd = teavmx_event_fd(teavmx);
	written = write(result, &account, sizeof(account));
	while (written == sizeof(account) && !account.ended) {
		/* A repeated request must not open a gap either. */
		if (teavmx_event_sync(teavmx))
			break;
		while (teavmx_event_next(teavmx, &record) > 0)
			account_add(&account, &record);
		usleep(us);
		poll(&events, 1, 1000);
	}
	written = write(result, &account, sizeof(account));
	_exit(written != sizeof(account));
}

static int begin_reader(struct reader *reader, uint32_t vm, int us)
{
	struct account account;
	int result[2];

	if (pipe(result))
		return -1;
	reader->process = fork();
	if (!reader->process)
		be_reader(vm, us, result[1]);
	close(result[1]);
	reader->result = result[0];
	return read(result[0], &account, sizeof(account)) == sizeof(account) ?
	       0 : -1;
}

static int end_reader(struct reader *reader, struct account *account)
{
	int count = read(reader->result, account, sizeof(*account));
	int status;

	close(reader->result);
	waitpid(reader->process, &status, 0);
	return count == sizeof(*account) ? 0 : -1;
}

static bool has_paused(FIXTURE_DATA(flood) *self)
{
	uint32_t state, stop;

	return teavmx_vcpu_state(self->teavmx, self->vm.id, self->vcpu.id,
				 &state, &stop) ||
	       state == TEAVMX_VCPU_STATE_PAUSED;
}

static void expect_account(struct __test_metadata *_metadata,
			   FIXTURE_DATA(flood) *self, struct reader *reader,
			   bool lossless)
{
	struct account account = { 0 };
	struct teavmx_vm vm;

	ASSERT_EQ(0, end_reader(reader, &account));
	ASSERT_EQ(0, teavmx_vm_get(self->teavmx, self->vm.id, &vm));
	printf("# %llu records, %llu exits by CPUID seen, %llu lost\n",
	       (unsigned long long)account.next - 1,
	       (unsigned long long)account.cpuids,
	       (unsigned long long)account.lost);
	EXPECT_EQ(0, account.wrong);
	EXPECT_EQ(vm.next_seq, account.next);
	EXPECT_LE(self->exits, account.cpuids + account.lost);
	if (!lossless)
		return;
	EXPECT_EQ(0, account.lost);
	EXPECT_EQ(self->exits, account.cpuids);
}

TEST_F_TIMEOUT(flood, each_number_is_seen_or_lost, 900)
{
	bool lossless = variant->flags & TEAVMX_VM_FLAGS_LOSSLESS;
	struct reader *slow = &self->readers[0];
	struct reader *stopped = &self->readers[1];
	struct reader *dying = &self->readers[2];
	long long end = machine_ms() + WAIT_MS;
	int rounds = 0;

	ASSERT_EQ(0, begin_reader(slow, self->vm.id, 20000));
	ASSERT_EQ(0, begin_reader(stopped, self->vm.id, 0));
	ASSERT_EQ(0, begin_reader(dying, self->vm.id, 0));
	kill(dying->process, SIGSTOP);
	ASSERT_EQ(0, teavmx_vcpu_run(self->teavmx, self->vm.id, self->vcpu.id));
	while (!has_paused(self) && machine_ms() < end) {
		kill(stopped->process, rounds % 2 ? SIGCONT : SIGSTOP);
		usleep(100000);
		if (++rounds == 5)
			kill(dying->process, SIGKILL);
	}
	kill(dying->process, SIGKILL);
	waitpid(dying->process, NULL, 0);
	kill(stopped->process, SIGCONT);
	ASSERT_TRUE(has_paused(self));
	expect_account(_metadata, self, slow, lossless);
	expect_account(_metadata, self, stopped, lossless);
}

TEST_HARNESS_MAIN
