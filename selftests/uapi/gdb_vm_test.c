// SPDX-License-Identifier: GPL-2.0-only
/*
 * How the stub for gdb resumes, stops and releases the vCPUs of a VM, with a library whose
 * VM is an array. Each vCPU executes the bytes of RAM, one instruction each. No module.
 */
#include <errno.h>
#include <string.h>

#include <uapi/regs.h>
#include <uapi/vmx.h>

#include <userspace/teavmx/first_fault.h>
#include <userspace/teavmx/gdb_vm.h>
#include <userspace/teavmx/interrupt.h>
#include <userspace/teavmx/last_exit.h>
#include <userspace/teavmx/output.h>

#include "kselftest_harness.h"

#define VCPUS		2
#define RAM		64
#define LISTED		2
#define NOP		0x90
#define INT3		0xcc
#define PREFIX		0x66
#define WATCHED		0xa3
/* The bit of vector 3 */
#define BP		0x8u

/* What the library's functions work on: WATCHED stops as a watchpoint, after itself. */
static struct {
	uint8_t ram[RAM];
	uint64_t rip[VCPUS];
	struct teavmx_vcpu vcpus[VCPUS];
	bool steps[VCPUS];
	/* For so long, its program does not answer: a vCPU neither executes nor pauses. */
	unsigned int unanswered[VCPUS];
	bool pauses[VCPUS];
	/* A vCPU that is run has its old state until its thread begins. */
	bool threads;
	bool begins[VCPUS];
	long long clock;
	/* vCPUs that have not been created yet, the last ones */
	int missing;
	/* There are records of states, which are not read otherwise after a wait. */
	bool records;
	unsigned int points[VCPUS];
	struct teavmx_breakpoint listed[LISTED];
	uint32_t exceptions;
	unsigned int injected;
	bool no_routes;
	bool no_translation;
	bool no_reads;
	bool no_writes;
	/* The request to run it is refused; with @killed, as it was killed. */
	bool no_runs[VCPUS];
	bool killed;
	/* After so many lists, the vCPUs that are missing are created. */
	unsigned int lists;
} vm;

static struct gdb_vm target;

static void machine_stop(size_t i, uint32_t stop)
{
	vm.vcpus[i].state = TEAVMX_VCPU_STATE_PAUSED;
	vm.vcpus[i].stop = stop;
}

static void machine_begins(size_t i)
{
	vm.vcpus[i].state = TEAVMX_VCPU_STATE_RUNNING;
	vm.vcpus[i].stop = TEAVMX_STOP_NONE;
}

static uint32_t prefixes(size_t i)
{
	return vm.ram[vm.rip[i] % RAM] == PREFIX;
}

/* One instruction of each vCPU that runs */
static void machine_execute(void)
{
	size_t i;

	for (i = 0; i < VCPUS; i++) {
		uint8_t code = vm.ram[(vm.rip[i] + prefixes(i)) % RAM];

		if (vm.begins[i]) {
			vm.begins[i] = false;
			machine_begins(i);
			continue;
		}
		if (vm.vcpus[i].state != TEAVMX_VCPU_STATE_RUNNING)
			continue;
		if (vm.unanswered[i]) {
			vm.unanswered[i]--;
			continue;
		}
		if (code == INT3 && vm.exceptions & BP) {
			machine_stop(i, TEAVMX_STOP_EXIT);
			continue;
		}
		vm.rip[i]++;
		if (code == WATCHED)
			machine_stop(i, TEAVMX_STOP_BREAKPOINT);
		else if (vm.steps[i])
			machine_stop(i, TEAVMX_STOP_STEPS);
		else if (vm.pauses[i])
			machine_stop(i, TEAVMX_STOP_REQUEST);
	}
}

int teavmx_vm_get(struct teavmx *teavmx, uint32_t id, struct teavmx_vm *one)
{
	*one = (struct teavmx_vm){ .host_exceptions = vm.exceptions };
	return 0;
}

int teavmx_vm_del(struct teavmx *teavmx, uint32_t id)
{
	return 0;
}

int teavmx_vcpu_list(struct teavmx *teavmx, uint32_t id, struct teavmx_vcpu **list)
{
	*list = vm.vcpus;
	if (vm.lists && !--vm.lists)
		vm.missing = 0;
	return VCPUS - vm.missing;
}

void teavmx_vcpu_free(struct teavmx_vcpu *list, size_t count)
{
}

int teavmx_vcpu_pause(struct teavmx *teavmx, uint32_t id, uint32_t vcpu)
{
	vm.pauses[vcpu - 1] = true;
	/* Each of them gets to the end of its instruction before. */
	machine_execute();
	return 0;
}

int teavmx_vcpu_state(struct teavmx *teavmx, uint32_t id, uint32_t vcpu, uint32_t *state,
		      uint32_t *stop)
{
	*state = vm.vcpus[vcpu - 1].state;
	*stop = vm.vcpus[vcpu - 1].stop;
	return 0;
}

int teavmx_vcpu_run_with(struct teavmx *teavmx, uint32_t id, uint32_t vcpu,
			 const struct teavmx_run *run)
{
	if (vm.no_runs[vcpu - 1]) {
		if (vm.killed)
			vm.vcpus[vcpu - 1].state = TEAVMX_VCPU_STATE_EXITED;
		return -1;
	}
	vm.begins[vcpu - 1] = vm.threads;
	if (!vm.threads)
		machine_begins(vcpu - 1);
	vm.steps[vcpu - 1] = run->steps;
	vm.pauses[vcpu - 1] = false;
	return 0;
}

static int machine_record(const struct teavmx_follower *follower, void *data)
{
	struct teavmx_record record = { .type = TEAVMX_EVENT_TYPE_STATE };
	size_t i;
	int err = 0;

	for (i = 0; i < VCPUS && !err; i++) {
		record.vcpu = vm.vcpus[i].id;
		record.state = vm.vcpus[i].state;
		record.stop = vm.vcpus[i].stop;
		err = follower->record(&record, data);
	}
	return err;
}

/* Each iteration executes an instruction; without records, all is read afterwards. */
int teavmx_follow(struct teavmx *teavmx, const struct teavmx_follower *follower,
		  void *data)
{
	int count, next;

	for (count = 0; count < 100; count++) {
		next = follower->check(data);
		if (next != TEAVMX_FOLLOW_ON)
			return next < 0 ? -1 : 0;
		machine_execute();
		if ((vm.records ? machine_record(follower, data) :
				  follower->synced(data)) < 0)
			return -1;
	}
	return -1;
}

int teavmx_host_exceptions(struct teavmx *teavmx, uint32_t id, uint32_t exceptions)
{
	if (vm.no_routes)
		return -1;
	vm.exceptions = exceptions;
	return 0;
}

int teavmx_inject(struct teavmx *teavmx, uint32_t id, uint32_t vcpu,
		  const struct teavmx_inject *event)
{
	vm.injected++;
	vm.rip[vcpu - 1] += event->length;
	return 1;
}

int teavmx_regs_get(struct teavmx *teavmx, uint32_t id, uint32_t vcpu,
		    struct teavmx_register **list)
{
	*list = malloc(sizeof(**list));
	**list = (struct teavmx_register){ TEAVMX_REG_RIP, vm.rip[vcpu - 1] };
	return 1;
}

int teavmx_regs_set(struct teavmx *teavmx, uint32_t id, uint32_t vcpu,
		    const struct teavmx_register *list, size_t count)
{
	return 0;
}

uint64_t teavmx_reg_get(const struct teavmx_register *list, size_t count, uint32_t number)
{
	return list->number == number ? list->value : 0;
}

int teavmx_translate(struct teavmx *teavmx, uint32_t id, const struct teavmx_register *list,
		     size_t count, uint64_t linear, uint64_t *physical)
{
	*physical = linear;
	return vm.no_translation ? -1 : 0;
}

int teavmx_mem_read(struct teavmx *teavmx, uint32_t id, uint64_t address, void *bytes,
		    size_t size)
{
	memcpy(bytes, vm.ram + address, size);
	return vm.no_reads ? -1 : 0;
}

int teavmx_mem_write(struct teavmx *teavmx, uint32_t id, uint64_t address,
		     const void *bytes, size_t size)
{
	if (vm.no_writes)
		return -1;
	memcpy(vm.ram + address, bytes, size);
	return 0;
}

int teavmx_break_set(struct teavmx *teavmx, uint32_t id, uint32_t vcpu,
		     const struct teavmx_breakpoint *point)
{
	if (vm.vcpus[vcpu - 1].state == TEAVMX_VCPU_STATE_RUNNING)
		return -1;
	vm.points[vcpu - 1]++;
	return 0;
}

int teavmx_break_clear(struct teavmx *teavmx, uint32_t id, uint32_t vcpu,
		       const struct teavmx_breakpoint *point)
{
	if (vm.vcpus[vcpu - 1].state == TEAVMX_VCPU_STATE_RUNNING || vm.begins[vcpu - 1])
		return -1;
	vm.points[vcpu - 1]--;
	return 0;
}

int teavmx_break_list(struct teavmx *teavmx, uint32_t id, uint32_t vcpu,
		      struct teavmx_breakpoint **list)
{
	*list = malloc(sizeof(vm.listed));
	memcpy(*list, vm.listed, sizeof(vm.listed));
	return LISTED;
}

int teavmx_event_open(struct teavmx *teavmx, int buffer)
{
	return 0;
}

int teavmx_event_filter(struct teavmx *teavmx, const struct teavmx_event_filter *filter)
{
	return 0;
}

int teavmx_event_watch(struct teavmx *teavmx, uint32_t id, uint64_t seq)
{
	return 0;
}

const struct teavmx_error *teavmx_error(const struct teavmx *teavmx)
{
	static const struct teavmx_error error = { .error = EIO };

	return &error;
}

const char *teavmx_state_name(uint32_t state)
{
	return NULL;
}

const char *teavmx_stop_name(uint32_t stop)
{
	return NULL;
}

int teavmx_decode_exit(const struct teavmx_record *record, char *text, size_t size)
{
	text[0] = '\0';
	return 0;
}

/* The only exit of this machine is that of INT3. */
int last_exit_read(struct teavmx *teavmx, uint32_t id, uint32_t vcpu, uint32_t stop,
		   struct teavmx_record *exit)
{
	*exit = (struct teavmx_record){
		.reason = VMX_EXIT_EXCEPTION_NMI,
		.intr_info = 0x80000603,
		.instruction_length = 1 + prefixes(vcpu - 1),
	};
	return 0;
}

int first_fault_look(struct teavmx *teavmx, const struct teavmx_record *fault,
		     struct teavmx_record *exit)
{
	return -1;
}

const char *output_reason(uint32_t reason, char *number, size_t size)
{
	return "";
}

bool output_failed_entry(const struct teavmx_record *record, char *text, size_t size)
{
	return false;
}

int gdb_vm_monitor(void *data, uint32_t thread, const char *line, FILE *file)
{
	return -1;
}

long long interrupt_clock(void)
{
	return vm.clock += 100;
}

static bool host_poll(struct pollfd *polls, nfds_t count, long long milliseconds)
{
	return false;
}

static void host_log(const char *format, ...)
{
}

static bool waiter_poll(void *data, int fd, int milliseconds)
{
	return false;
}

static bool waiter_client(void *data)
{
	return false;
}

static const struct gdb_waiter waiter = { waiter_poll, waiter_client, NULL };

/* Resumes these threads, and returns why one has stopped. */
static struct gdb_stop resume(bool first, bool second, bool step)
{
	struct gdb_stop stop = { 0 };

	if (first)
		gdb_vm_ops.resume(&target, 1, step);
	if (second)
		gdb_vm_ops.resume(&target, 2, step);
	gdb_vm_wait(&target, &waiter, &stop);
	return stop;
}

static void machine_begin(void)
{
	static const struct gdb_host host = { .poll = host_poll, .log = host_log };
	size_t i;

	memset(&vm, 0, sizeof(vm));
	memset(vm.ram, NOP, RAM);
	for (i = 0; i < VCPUS; i++) {
		vm.vcpus[i].id = (uint32_t)i + 1;
		vm.vcpus[i].state = TEAVMX_VCPU_STATE_READY;
	}
	vm.rip[1] = RAM / 2;
	gdb_vm_open(&target, NULL, &host, 1);
}

FIXTURE(vm) {
	struct gdb_stop stop;
};

FIXTURE_SETUP(vm)
{
	machine_begin();
	ASSERT_EQ(0, gdb_vm_ops.stop(&target, &self->stop));
}

FIXTURE_TEARDOWN(vm)
{
}

/* gdb steps over a breakpoint with the vCPU at it alone. */
TEST_F(vm, a_stop_is_not_lost_while_another_vcpu_steps)
{
	vm.ram[RAM / 2 + 2] = WATCHED;
	ASSERT_EQ(0, gdb_points_set(&target, 1, GDB_POINT_SOFTWARE, 2, 1));
	self->stop = resume(true, true, false);
	EXPECT_EQ(1, self->stop.thread);
	EXPECT_EQ(GDB_CAUSE_SOFTWARE, self->stop.cause);
	EXPECT_EQ(TEAVMX_STOP_BREAKPOINT, vm.vcpus[1].stop);
	gdb_points_clear(&target, GDB_POINT_SOFTWARE, 2, 1);
	self->stop = resume(true, false, true);
	EXPECT_EQ(1, self->stop.thread);
	self->stop = resume(true, true, false);
	EXPECT_EQ(2, self->stop.thread);
}

/* A step of another vCPU begins before a vCPU pauses. */
TEST_F(vm, a_vcpu_that_pauses_late_is_not_run)
{
	vm.unanswered[1] = 50;
	ASSERT_EQ(0, gdb_points_set(&target, 1, GDB_POINT_SOFTWARE, 2, 1));
	self->stop = resume(true, true, false);
	EXPECT_EQ(1, self->stop.thread);
	gdb_points_clear(&target, GDB_POINT_SOFTWARE, 2, 1);
	vm.unanswered[1] = 0;
	self->stop = resume(true, false, true);
	EXPECT_EQ(1, self->stop.thread);
	EXPECT_EQ(TEAVMX_STOP_REQUEST, vm.vcpus[1].stop);
	EXPECT_EQ(RAM / 2 + 1, vm.rip[1]);
	/* Its pause is no stop that the client waits for. */
	self->stop = resume(true, true, true);
	EXPECT_EQ(RAM / 2 + 2, vm.rip[1]);
}

TEST_F(vm, a_vcpu_that_stops_by_itself_late_is_reported)
{
	vm.unanswered[1] = 50;
	vm.ram[RAM / 2] = WATCHED;
	ASSERT_EQ(0, gdb_points_set(&target, 1, GDB_POINT_SOFTWARE, 2, 1));
	self->stop = resume(true, true, false);
	gdb_points_clear(&target, GDB_POINT_SOFTWARE, 2, 1);
	vm.unanswered[1] = 0;
	self->stop = resume(true, false, true);
	EXPECT_EQ(1, self->stop.thread);
	EXPECT_EQ(TEAVMX_STOP_BREAKPOINT, vm.vcpus[1].stop);
	self->stop = resume(true, true, false);
	EXPECT_EQ(2, self->stop.thread);
	EXPECT_EQ(RAM / 2 + 1, vm.rip[1]);
}

TEST_F(vm, a_vcpu_that_was_resumed_before_it_pauses_is_reported_once)
{
	vm.unanswered[1] = 50;
	vm.ram[RAM / 2] = WATCHED;
	vm.ram[8] = WATCHED;
	ASSERT_EQ(0, gdb_points_set(&target, 1, GDB_POINT_SOFTWARE, 2, 1));
	self->stop = resume(true, true, false);
	EXPECT_NE(0, vm.unanswered[1]);
	gdb_points_clear(&target, GDB_POINT_SOFTWARE, 2, 1);
	self->stop = resume(false, true, false);
	EXPECT_EQ(2, self->stop.thread);
	self->stop = resume(true, true, false);
	EXPECT_EQ(1, self->stop.thread);
}

/* gdb removes its breakpoints at each stop. */
TEST_F(vm, detach_at_a_breakpoint_that_is_removed)
{
	ASSERT_EQ(0, gdb_points_set(&target, 1, GDB_POINT_SOFTWARE, 2, 1));
	self->stop = resume(true, false, false);
	EXPECT_EQ(GDB_CAUSE_SOFTWARE, self->stop.cause);
	EXPECT_EQ(0, gdb_points_clear(&target, GDB_POINT_SOFTWARE, 2, 1));
	EXPECT_EQ(0, gdb_vm_ops.release(&target, true));
	EXPECT_EQ(TEAVMX_VCPU_STATE_RUNNING, vm.vcpus[0].state);
	EXPECT_EQ(TEAVMX_VCPU_STATE_RUNNING, vm.vcpus[1].state);
}

TEST_F(vm, detach_at_a_breakpoint_with_exceptions_for_another_program)
{
	vm.exceptions = BP;
	ASSERT_EQ(0, gdb_points_set(&target, 1, GDB_POINT_SOFTWARE, 2, 1));
	resume(true, false, false);
	EXPECT_EQ(0, gdb_points_clear(&target, GDB_POINT_SOFTWARE, 2, 1));
	EXPECT_EQ(0, gdb_vm_ops.release(&target, true));
	EXPECT_EQ(TEAVMX_VCPU_STATE_RUNNING, vm.vcpus[0].state);
	/* INT3 of the guest is an exit that this program has to handle. */
	vm.ram[8] = INT3;
	ASSERT_EQ(0, gdb_vm_ops.stop(&target, &self->stop));
	vm.rip[0] = 8;
	self->stop = resume(true, false, false);
	EXPECT_EQ(GDB_CAUSE_SIGNAL, self->stop.cause);
	EXPECT_EQ(0, gdb_vm_ops.release(&target, true));
	EXPECT_EQ(TEAVMX_VCPU_STATE_PAUSED, vm.vcpus[0].state);
}

TEST_F(vm, int3_of_the_guest_beside_another_stop)
{
	vm.ram[RAM / 2 + 3] = INT3;
	ASSERT_EQ(0, gdb_points_set(&target, 1, GDB_POINT_SOFTWARE, 2, 1));
	self->stop = resume(true, true, false);
	EXPECT_EQ(1, self->stop.thread);
	EXPECT_EQ(TEAVMX_STOP_EXIT, vm.vcpus[1].stop);
	/* It is delivered then, and not reported. */
	EXPECT_EQ(0, gdb_points_clear(&target, GDB_POINT_SOFTWARE, 2, 1));
	EXPECT_EQ(0, gdb_points_set(&target, 1, GDB_POINT_SOFTWARE, 5, 1));
	self->stop = resume(true, true, false);
	EXPECT_EQ(1, self->stop.thread);
	EXPECT_EQ(GDB_CAUSE_SOFTWARE, self->stop.cause);
	EXPECT_EQ(1, vm.injected);
}

TEST_F(vm, int3_of_the_guest_with_a_prefix)
{
	vm.ram[3] = PREFIX;
	vm.ram[4] = INT3;
	ASSERT_EQ(0, gdb_points_set(&target, 1, GDB_POINT_SOFTWARE, 6, 1));
	self->stop = resume(true, false, false);
	EXPECT_EQ(GDB_CAUSE_SOFTWARE, self->stop.cause);
	EXPECT_EQ(1, vm.injected);
	EXPECT_EQ(6, vm.rip[0]);
}

FIXTURE(later) {
	struct gdb_stop stop;
};

FIXTURE_VARIANT(later) {
	bool records;
	uint32_t state;
};

FIXTURE_VARIANT_ADD(later, ready) {
	.state = TEAVMX_VCPU_STATE_READY,
};

FIXTURE_VARIANT_ADD(later, running) {
	.state = TEAVMX_VCPU_STATE_RUNNING,
};

FIXTURE_VARIANT_ADD(later, running_until_a_record) {
	.records = true,
	.state = TEAVMX_VCPU_STATE_RUNNING,
};

FIXTURE_SETUP(later)
{
	machine_begin();
	vm.missing = 1;
	ASSERT_EQ(0, gdb_vm_ops.stop(&target, &self->stop));
}

FIXTURE_TEARDOWN(later)
{
}

TEST_F(later, a_vcpu_has_the_debug_registers_when_it_is_found)
{
	ASSERT_EQ(0, gdb_points_set(&target, 1, GDB_POINT_HARDWARE, 20, 1));
	EXPECT_EQ(1, vm.points[0]);
	vm.missing = 0;
	vm.records = variant->records;
	vm.vcpus[1].state = variant->state;
	vm.unanswered[1] = vm.records ? 5 : 0;
	self->stop = resume(true, false, true);
	EXPECT_EQ(1, self->stop.thread);
	EXPECT_EQ(1, vm.points[1]);
	self->stop = resume(true, true, true);
	EXPECT_EQ(1, vm.points[0]);
	EXPECT_EQ(1, vm.points[1]);
}

/* Another program has created it, and so the end of the client does not change it. */
TEST_F(later, a_vcpu_goes_on_when_the_client_leaves)
{
	vm.missing = 0;
	vm.vcpus[1].state = variant->state;
	ASSERT_EQ(0, gdb_vm_ops.release(&target, false));
	EXPECT_EQ(variant->state, vm.vcpus[1].state);
}

TEST_F(later, a_vcpu_goes_on_that_is_created_while_the_client_leaves)
{
	vm.vcpus[1].state = variant->state;
	vm.lists = 2;
	ASSERT_EQ(0, gdb_vm_ops.release(&target, false));
	EXPECT_EQ(0, vm.missing);
	EXPECT_EQ(variant->state, vm.vcpus[1].state);
}

TEST_F(later, a_vcpu_has_the_place_of_one_that_has_left_the_list)
{
	uint32_t threads[GDB_VCPUS], id;

	vm.missing = 0;
	for (id = 2; id < 3 * GDB_VCPUS; id++) {
		vm.vcpus[1].id = id;
		ASSERT_EQ(0, gdb_vm_refresh(&target));
		ASSERT_NE(NULL, gdb_vm_vcpu(&target, 1));
		ASSERT_NE(NULL, gdb_vm_vcpu(&target, id));
	}
	ASSERT_GE(GDB_VCPUS, gdb_vm_ops.threads(&target, threads));
}

TEST_F(vm, the_watchpoint_that_was_hit)
{
	size_t i;

	vm.ram[1] = WATCHED;
	vm.ram[2] = WATCHED;
	for (i = 0; i < LISTED; i++) {
		vm.listed[i] = (struct teavmx_breakpoint){
			.kind = TEAVMX_BREAKPOINT_KIND_WRITE,
			.address = 8 * (i + 1),
			.size = 8,
		};
		ASSERT_EQ(0, gdb_points_set(&target, 1, GDB_POINT_WRITE, 8 * (i + 1), 8));
	}
	vm.listed[0].hit = true;
	self->stop = resume(true, false, false);
	EXPECT_EQ(GDB_CAUSE_WRITE, self->stop.cause);
	EXPECT_EQ(8, self->stop.address);
	vm.listed[0].hit = false;
	vm.listed[1].hit = true;
	self->stop = resume(true, false, true);
	EXPECT_EQ(16, self->stop.address);
}

TEST_F(vm, the_exceptions_of_another_program_remain)
{
	ASSERT_EQ(0, gdb_points_set(&target, 1, GDB_POINT_SOFTWARE, 2, 1));
	vm.exceptions |= 1u << 14;
	ASSERT_EQ(0, gdb_points_clear(&target, GDB_POINT_SOFTWARE, 2, 1));
	EXPECT_EQ(1u << 14, vm.exceptions);
}

/* The guest has written over it. */
TEST_F(vm, a_breakpoint_that_is_set_again_is_there)
{
	ASSERT_EQ(0, gdb_points_set(&target, 1, GDB_POINT_SOFTWARE, 2, 1));
	vm.ram[2] = PREFIX;
	ASSERT_EQ(0, gdb_points_set(&target, 1, GDB_POINT_SOFTWARE, 2, 1));
	EXPECT_EQ(INT3, vm.ram[2]);
	ASSERT_EQ(0, gdb_points_set(&target, 1, GDB_POINT_SOFTWARE, 2, 1));
	EXPECT_EQ(1, target.points.software_count);
	ASSERT_EQ(0, gdb_points_clear(&target, GDB_POINT_SOFTWARE, 2, 1));
	EXPECT_EQ(PREFIX, vm.ram[2]);
}

/* What was there before is there when the breakpoint is removed. */
TEST_F(vm, a_write_over_a_breakpoint_that_fails_changes_nothing)
{
	const uint8_t bytes[3] = { PREFIX, PREFIX, PREFIX };
	uint8_t byte;

	ASSERT_EQ(0, gdb_points_set(&target, 1, GDB_POINT_SOFTWARE, 2, 1));
	vm.no_writes = true;
	EXPECT_EQ(-1, gdb_vm_write(&target, 1, 1, bytes, sizeof(bytes)));
	vm.no_writes = false;
	EXPECT_EQ(1, gdb_vm_read(&target, 1, 2, &byte, 1));
	EXPECT_EQ(NOP, byte);
	ASSERT_EQ(0, gdb_points_clear(&target, GDB_POINT_SOFTWARE, 2, 1));
	EXPECT_EQ(NOP, vm.ram[2]);
}

/* The client has written over it, and reads that. */
TEST_F(vm, a_write_over_a_breakpoint_is_there_when_it_is_removed)
{
	const uint8_t bytes[3] = { PREFIX, PREFIX, PREFIX };
	uint8_t byte;

	ASSERT_EQ(0, gdb_points_set(&target, 1, GDB_POINT_SOFTWARE, 2, 1));
	ASSERT_EQ(0, gdb_vm_write(&target, 1, 1, bytes, sizeof(bytes)));
	EXPECT_EQ(INT3, vm.ram[2]);
	EXPECT_EQ(PREFIX, vm.ram[3]);
	EXPECT_EQ(1, gdb_vm_read(&target, 1, 2, &byte, 1));
	EXPECT_EQ(PREFIX, byte);
	ASSERT_EQ(0, gdb_points_clear(&target, GDB_POINT_SOFTWARE, 2, 1));
	EXPECT_EQ(PREFIX, vm.ram[2]);
}

/* Such as when the VM has ended */
TEST_F(vm, a_breakpoint_that_cannot_be_removed_ends_with_the_session)
{
	ASSERT_EQ(0, gdb_points_set(&target, 1, GDB_POINT_SOFTWARE, 2, 1));
	ASSERT_EQ(0, gdb_points_set(&target, 1, GDB_POINT_SOFTWARE, 4, 1));
	vm.no_writes = true;
	EXPECT_EQ(-1, gdb_points_clear(&target, GDB_POINT_SOFTWARE, 2, 1));
	EXPECT_EQ(2, target.points.software_count);
	/* It is still there, so it can be set. */
	EXPECT_EQ(0, gdb_points_set(&target, 1, GDB_POINT_SOFTWARE, 2, 1));
	EXPECT_EQ(2, target.points.software_count);
	EXPECT_EQ(-1, gdb_vm_ops.release(&target, false));
	EXPECT_EQ(0, target.points.software_count);
	EXPECT_EQ(0, vm.exceptions);
	vm.no_writes = false;
	ASSERT_EQ(0, gdb_points_set(&target, 1, GDB_POINT_SOFTWARE, 6, 1));
	vm.no_reads = true;
	EXPECT_EQ(-1, gdb_vm_ops.release(&target, false));
	EXPECT_EQ(0, target.points.software_count);
}

/* The client does not remove what was refused. */
TEST_F(vm, a_breakpoint_that_fails_leaves_nothing)
{
	vm.no_routes = true;
	EXPECT_EQ(-1, gdb_points_set(&target, 1, GDB_POINT_SOFTWARE, 2, 1));
	EXPECT_EQ(NOP, vm.ram[2]);
	EXPECT_EQ(0, target.points.software_count);
}

TEST_F(vm, a_stop_that_cannot_be_explained_is_no_end)
{
	struct gdb_stop stop = { 0 };

	ASSERT_EQ(0, gdb_points_set(&target, 1, GDB_POINT_SOFTWARE, 2, 1));
	gdb_vm_ops.resume(&target, 1, false);
	vm.no_translation = true;
	EXPECT_EQ(GDB_WAIT_STOPPED, gdb_vm_wait(&target, &waiter, &stop));
	EXPECT_EQ(1, stop.thread);
	EXPECT_EQ(GDB_SIGNAL_TRAP, stop.signal);
}

/* The stub may have to end when the thread has not begun yet. */
TEST_F(vm, release_right_after_a_vcpu_was_resumed)
{
	vm.threads = true;
	ASSERT_EQ(0, gdb_points_set(&target, 1, GDB_POINT_SOFTWARE, 8, 1));
	ASSERT_EQ(0, gdb_points_set(&target, 1, GDB_POINT_HARDWARE, 9, 1));
	EXPECT_EQ(0, gdb_vm_ops.resume(&target, 1, false));
	EXPECT_EQ(0, gdb_vm_ops.release(&target, false));
	EXPECT_EQ(NOP, vm.ram[8]);
	EXPECT_EQ(0, vm.points[0]);
	EXPECT_TRUE(vm.begins[0]);
	EXPECT_FALSE(vm.begins[1]);
}

/* The step ends, and nothing more of it is executed than that. */
TEST_F(vm, a_step_that_has_not_ended_when_the_client_leaves)
{
	vm.unanswered[0] = 3;
	EXPECT_EQ(0, gdb_vm_ops.resume(&target, 1, true));
	EXPECT_EQ(TEAVMX_VCPU_STATE_RUNNING, vm.vcpus[0].state);
	EXPECT_EQ(0, gdb_vm_ops.release(&target, false));
	EXPECT_EQ(TEAVMX_VCPU_STATE_PAUSED, vm.vcpus[0].state);
	EXPECT_EQ(1, vm.rip[0]);
}

/* The stub gives up waiting for the step before the client leaves. */
TEST_F(vm, a_step_that_has_not_ended_when_the_stub_gives_up)
{
	vm.unanswered[0] = 1000;
	EXPECT_EQ(0, gdb_vm_ops.resume(&target, 1, true));
	EXPECT_EQ(0, gdb_vm_ops.stop(&target, &self->stop));
	EXPECT_EQ(TEAVMX_VCPU_STATE_RUNNING, vm.vcpus[0].state);
	vm.unanswered[0] = 3;
	EXPECT_EQ(0, gdb_vm_ops.release(&target, false));
	EXPECT_EQ(TEAVMX_VCPU_STATE_PAUSED, vm.vcpus[0].state);
	EXPECT_EQ(1, vm.rip[0]);
}

TEST_F(vm, a_vcpu_that_cannot_be_run_leaves_the_others_running)
{
	vm.no_runs[0] = true;
	EXPECT_EQ(-1, gdb_vm_ops.release(&target, true));
	EXPECT_EQ(TEAVMX_VCPU_STATE_RUNNING, vm.vcpus[1].state);
}

TEST_F(vm, a_vcpu_that_was_killed_is_no_failure)
{
	vm.no_runs[0] = true;
	vm.killed = true;
	EXPECT_EQ(0, gdb_vm_ops.release(&target, true));
	EXPECT_EQ(TEAVMX_VCPU_STATE_RUNNING, vm.vcpus[1].state);
}

/* The client has stepped it before, and has had its stop. */
TEST_F(vm, a_vcpu_that_another_program_runs_goes_on)
{
	self->stop = resume(true, false, true);
	EXPECT_EQ(TEAVMX_STOP_STEPS, vm.vcpus[0].stop);
	vm.steps[0] = false;
	machine_begins(0);
	EXPECT_EQ(0, gdb_vm_ops.release(&target, false));
	EXPECT_EQ(TEAVMX_VCPU_STATE_RUNNING, vm.vcpus[0].state);
}

/* A stub that was killed leaves INT3 and its route. */
TEST_F(vm, int3_of_a_stub_that_was_killed)
{
	static const uint8_t nop = NOP;

	vm.ram[2] = INT3;
	vm.exceptions = BP;
	self->stop = resume(true, false, false);
	EXPECT_EQ(GDB_CAUSE_SIGNAL, self->stop.cause);
	EXPECT_EQ(GDB_SIGNAL_TRAP, self->stop.signal);
	EXPECT_EQ(2, vm.rip[0]);
	/* A breakpoint there is met once; without it, the INT3 is met again. */
	ASSERT_EQ(0, gdb_points_set(&target, 1, GDB_POINT_SOFTWARE, 2, 1));
	self->stop = resume(true, false, false);
	EXPECT_EQ(GDB_CAUSE_SOFTWARE, self->stop.cause);
	EXPECT_EQ(0, gdb_points_clear(&target, GDB_POINT_SOFTWARE, 2, 1));
	self->stop = resume(true, false, true);
	EXPECT_EQ(GDB_CAUSE_SIGNAL, self->stop.cause);
	EXPECT_EQ(BP, vm.exceptions);
	/* The client has the program, and writes what was there. */
	EXPECT_EQ(0, gdb_vm_ops.write(&target, 1, 2, &nop, 1));
	self->stop = resume(true, false, true);
	EXPECT_EQ(TEAVMX_STOP_STEPS, vm.vcpus[0].stop);
	EXPECT_EQ(3, vm.rip[0]);
	EXPECT_EQ(0, vm.injected);
}

/* Another program may run the vCPU between the two clients. */
TEST_F(vm, an_answer_ends_with_the_session)
{
	target.vcpus[0].answered = true;
	EXPECT_EQ(0, gdb_vm_ops.release(&target, false));
	EXPECT_FALSE(target.vcpus[0].answered);
}

TEST_HARNESS_MAIN
