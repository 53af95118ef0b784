// SPDX-License-Identifier: GPL-2.0-only
/* Exits that the module answers without an end of the guest run. */
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "probe.h"
#include "raw_fixture.h"

#define MS 1000000ULL

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 * MS + now.tv_nsec;
}

/* More exits than one guest run answers */
#define PAIRS	500

GUEST_PAYLOAD(code_pairs,
	".code16\n"
	"	mov	$500, %bp\n"
	"1:	cpuid\n"
	"	invd\n"
	"	dec	%bp\n"
	"	jnz	1b\n"
	"	hlt");

#define RIP_CPUID	(RAW_CODE + 3)
#define RIP_INVD	(RAW_CODE + 5)

struct seen {
	unsigned int count;
	unsigned int wrong;
	uint64_t time;
};

/* The exits of code_pairs; those of the host are between any two. */
static void see_pair(const struct teavmx_record *record, void *data)
{
	struct seen *seen = data;
	bool invd = seen->count % 2;

	if (record->time < seen->time)
		seen->wrong++;
	seen->time = record->time;
	if (record->type != TEAVMX_EVENT_TYPE_VMX_EXIT ||
	    (record->reason != VMX_EXIT_CPUID &&
	     record->reason != VMX_EXIT_INVD))
		return;
	if (record->reason != (invd ? VMX_EXIT_INVD : VMX_EXIT_CPUID) ||
	    record->rip != (invd ? RIP_INVD : RIP_CPUID) ||
	    record->instruction_length != 2 || record->qualification)
		seen->wrong++;
	seen->count++;
}

TEST_F(raw, each_exit_is_recorded_in_its_order)
{
	struct seen seen = { 0 };
	uint64_t begin;

	ASSERT_EQ(0, raw_load(self, TEAVMX_MODE_REAL, PAYLOAD(code_pairs)));
	begin = now_ns();
	ASSERT_EQ(0, teavmx_vcpu_run(self->teavmx, self->vm.id, self->vcpu.id));
	ASSERT_EQ(TEAVMX_STOP_EXIT,
		  teavmx_wait_stop(self->teavmx, self->vcpu.id, RAW_PATIENCE_MS,
				   see_pair, &seen, &self->exit));
	EXPECT_EQ(2 * PAIRS, seen.count);
	EXPECT_EQ(0, seen.wrong);
	EXPECT_LE(begin, seen.time);
	EXPECT_GE(now_ns(), seen.time);
	EXPECT_REASON(HLT, self->exit.reason);
	EXPECT_EQ(RIP_INVD + 5, self->exit.rip);
}

/* What a reader with a filter has seen of code_pairs */
struct sample {
	unsigned int cpuids;
	unsigned int invds;
	unsigned int others;
};

static int sample_open(struct raw_data *self, struct teavmx **reader,
		       const struct teavmx_event_filter *filter)
{
	*reader = machine_open();
	return teavmx_event_open(*reader, 0) ||
	       teavmx_event_filter(*reader, filter) ||
	       teavmx_event_watch(*reader, self->vm.id, 1);
}

static struct sample sample_read(struct teavmx *reader)
{
	struct sample sample = { 0 };
	struct teavmx_record record;

	teavmx_event_sync(reader);
	while (teavmx_event_next(reader, &record) > 0) {
		if (record.type != TEAVMX_EVENT_TYPE_VMX_EXIT)
			sample.others++;
		else if (record.reason == VMX_EXIT_CPUID)
			sample.cpuids++;
		else if (record.reason == VMX_EXIT_INVD)
			sample.invds++;
		else
			sample.others++;
	}
	teavmx_close(reader);
	return sample;
}

static void filter_add(struct teavmx_event_filter *filter, uint32_t reason)
{
	filter->has_reasons = true;
	filter->reasons[reason / 8] |= 1u << reason % 8;
}

/* Each reader has a filter of its own. */
TEST_F(raw, a_reader_chooses_exits)
{
	struct teavmx_event_filter cpuids = { 0 }, both = { .every = 10 };
	struct teavmx *reader, *other;
	struct sample sample;

	filter_add(&cpuids, VMX_EXIT_CPUID);
	filter_add(&both, VMX_EXIT_CPUID);
	filter_add(&both, VMX_EXIT_INVD);
	both.types = 1u << TEAVMX_EVENT_TYPE_STATE;
	ASSERT_EQ(0, raw_load(self, TEAVMX_MODE_REAL, PAYLOAD(code_pairs)));
	ASSERT_EQ(0, sample_open(self, &reader, &cpuids));
	ASSERT_EQ(0, sample_open(self, &other, &both));
	ASSERT_EQ(TEAVMX_STOP_EXIT, raw_go(self));
	sample = sample_read(reader);
	EXPECT_EQ(PAIRS, sample.cpuids);
	EXPECT_EQ(0, sample.invds);
	EXPECT_EQ(0, sample.others);
	sample = sample_read(other);
	/* Each tenth is an INVD. */
	EXPECT_EQ(0, sample.cpuids);
	EXPECT_EQ(2 * PAIRS / 10, sample.invds);
	/* ready, running, paused */
	EXPECT_EQ(3, sample.others);
}

#define TRACE_MAX	1024
/* So many exits that a run with this bound does not come to it */
#define NO_BOUND	1000000

/* The exits of a run and how often the kernel entered the guest for them */
struct trace {
	unsigned int count;
	long entries;
	struct teavmx_record exits[TRACE_MAX];
};

/* Without those of the host, which are between any two */
static void trace_add(const struct teavmx_record *record, void *data)
{
	struct trace *trace = data;

	if (record->type == TEAVMX_EVENT_TYPE_VMX_EXIT &&
	    record->reason != VMX_EXIT_EXTERNAL_INTERRUPT &&
	    record->reason != VMX_EXIT_PREEMPTION_TIMER &&
	    trace->count < TRACE_MAX)
		trace->exits[trace->count++] = *record;
}

/* Runs a vCPU to its stop, which is returned; a bound keeps it from the fast path. */
static int trace_run(struct teavmx *teavmx, const struct teavmx_vcpu *vcpu,
		     bool bound, struct trace *trace)
{
	const struct teavmx_run run = { .exits = bound ? NO_BOUND : 0 };
	int stop;

	memset(trace, 0, sizeof(*trace));
	if (!probe_set("vmx_switch"))
		return -1;
	if (teavmx_vcpu_run_with(teavmx, vcpu->vm, vcpu->id, &run))
		return -1;
	stop = teavmx_wait_stop(teavmx, vcpu->id, RAW_PATIENCE_MS, trace_add,
				trace, NULL);
	trace->entries = probe_calls();
	printf("# %u exits in %ld entries\n", trace->count, trace->entries);
	return probe_clear() ? stop : -1;
}

/* All that a record has of an exit, but its number, time and CPU */
static bool same_exit(const struct teavmx_record *a,
		      const struct teavmx_record *b)
{
	return a->has == b->has && a->vm == b->vm && a->reason == b->reason &&
	       a->qualification == b->qualification && a->rip == b->rip &&
	       a->intr_info == b->intr_info &&
	       a->guest_physical == b->guest_physical && a->value == b->value &&
	       a->instruction_length == b->instruction_length &&
	       a->instruction_info == b->instruction_info &&
	       a->idt_vectoring == b->idt_vectoring && a->linear == b->linear;
}

/* Number of the first exit that two runs have not in common, or -1 */
static int trace_differs(const struct trace *a, const struct trace *b)
{
	unsigned int i;

	for (i = 0; i < a->count || i < b->count; i++)
		if (i >= a->count || i >= b->count ||
		    !same_exit(&a->exits[i], &b->exits[i]))
			return i;
	return -1;
}

#define ROUNDS		60

/*
 * MSRs in the VMCS, in the module's memory, constant ones, and IA32_STAR, which the
 * processor holds. Two MSRs are read twice: one changes by WRMSR only, the other by
 * MOV to FS, too. ESI sums up what is read.
 */
GUEST_PAYLOAD(code_msrs,
	".code16\n"
	"	xor	%esi, %esi\n"
	"	mov	$60, %bp\n"
	"1:	mov	$0x277, %ecx\n"
	"	rdmsr\n"
	"	rol	$1, %esi\n"
	"	add	%eax, %esi\n"
	"	sub	%edx, %esi\n"
	"	mov	$0xc0000100, %ecx\n"
	"	mov	%esi, %eax\n"
	"	movzx	%bp, %edx\n"
	"	wrmsr\n"
	"	xor	%eax, %eax\n"
	"	rdmsr\n"
	"	add	%eax, %esi\n"
	"	add	%edx, %esi\n"
	"	mov	$0x2ff, %ecx\n"
	"	mov	$0x806, %eax\n"
	"	xor	%edx, %edx\n"
	"	wrmsr\n"
	"	xor	%eax, %eax\n"
	"	rdmsr\n"
	"	add	%eax, %esi\n"
	"	mov	$0x1a0, %ecx\n"
	"	rdmsr\n"
	"	add	%eax, %esi\n"
	"	mov	$0xc0000100, %ecx\n"
	"	rdmsr\n"
	"	add	%eax, %esi\n"
	"	mov	%bp, %fs\n"
	"	rdmsr\n"
	"	rol	$3, %esi\n"
	"	add	%eax, %esi\n"
	"	mov	$0x277, %ecx\n"
	"	rdmsr\n"
	"	rdmsr\n"
	"	add	%eax, %esi\n"
	"	xor	$2, %al\n"
	"	wrmsr\n"
	"	rdmsr\n"
	"	rol	$5, %esi\n"
	"	add	%eax, %esi\n"
	"	dec	%bp\n"
	"	jnz	1b\n"
	"	mov	$0xc0000081, %ecx\n"
	"	mov	%esi, %eax\n"
	"	wrmsr\n"
	"	rdmsr\n"
	"	add	%eax, %esi\n"
	"	hlt");

#define MSR_EXITS	(12 * ROUNDS + 3)

/*
 * Bits of CR0 and CR4 that only have to be copied, CR8, and debug registers without
 * a breakpoint; RSP as operand. RSI sums up what is read.
 */
GUEST_PAYLOAD(code_registers,
	"	xor	%esi, %esi\n"
	"	mov	$50, %ebp\n"
	"1:	clts\n"
	"	mov	%cr0, %rax\n"
	"	add	%rax, %rsi\n"
	"	or	$8, %rax\n"
	"	mov	%rax, %cr0\n"
	"	mov	%cr0, %rax\n"
	"	add	%rax, %rsi\n"
	"	xor	$2, %eax\n"
	"	lmsw	%ax\n"
	"	mov	%cr0, %rax\n"
	"	add	%rax, %rsi\n"
	"	mov	%cr4, %rax\n"
	"	xor	$0x80, %rax\n"
	"	mov	%rax, %cr4\n"
	"	mov	%cr4, %rax\n"
	"	add	%rax, %rsi\n"
	"	mov	%rbp, %rax\n"
	"	and	$15, %eax\n"
	"	mov	%rax, %cr8\n"
	"	mov	%cr8, %r9\n"
	"	rol	$7, %rsi\n"
	"	add	%r9, %rsi\n"
	"	mov	%rsi, %dr0\n"
	"	mov	%dr0, %rdx\n"
	"	add	%rdx, %rsi\n"
	"	mov	%rbp, %dr6\n"
	"	mov	%dr6, %rdx\n"
	"	add	%rdx, %rsi\n"
	"	mov	%rsp, %dr1\n"
	"	xor	%esp, %esp\n"
	"	mov	%dr1, %rsp\n"
	"	dec	%ebp\n"
	"	jnz	1b\n"
	"	hlt");

/* With the HLT; the first CLTS finds CR0.TS clear, and does not exit. */
#define REGISTER_EXITS	(12 * 50)

/* A guest that was run on both paths; the sums are what it left in RSI. */
static struct {
	struct trace fast;
	struct trace slow;
	uint64_t fast_sum;
	uint64_t slow_sum;
} both;

static int run_both(struct raw_data *self, enum teavmx_mode mode,
		    const uint8_t *code, size_t size)
{
	if (raw_load(self, mode, code, size) ||
	    trace_run(self->teavmx, &self->vcpu, false, &both.fast) !=
	    TEAVMX_STOP_EXIT)
		return -1;
	both.fast_sum = READ_REG(TEAVMX_REG_RSI);
	if (raw_load(self, mode, code, size) ||
	    trace_run(self->teavmx, &self->vcpu, true, &both.slow) !=
	    TEAVMX_STOP_EXIT)
		return -1;
	both.slow_sum = READ_REG(TEAVMX_REG_RSI);
	return 0;
}

TEST_F(raw, msrs_are_the_same_on_both_paths)
{
	ASSERT_EQ(0, run_both(self, TEAVMX_MODE_REAL, PAYLOAD(code_msrs)));
	EXPECT_EQ(both.slow_sum, both.fast_sum);
	EXPECT_EQ(MSR_EXITS, both.fast.count);
	EXPECT_EQ(-1, trace_differs(&both.fast, &both.slow));
	/* Interrupts of the host end a run, too. */
	EXPECT_GT(MSR_EXITS / 2, both.fast.entries);
	EXPECT_LE(MSR_EXITS, both.slow.entries);
}

TEST_F(raw, control_and_debug_registers_are_the_same_on_both_paths)
{
	ASSERT_EQ(0, run_both(self, TEAVMX_MODE_LONG, PAYLOAD(code_registers)));
	EXPECT_EQ(both.slow_sum, both.fast_sum);
	EXPECT_EQ(REGISTER_EXITS, both.fast.count);
	EXPECT_EQ(-1, trace_differs(&both.fast, &both.slow));
	EXPECT_GT(REGISTER_EXITS / 2, both.fast.entries);
	EXPECT_LE(REGISTER_EXITS, both.slow.entries);
	EXPECT_REG(RSP, RAW_STACK);
}

/* Exits of a stream, in the format compact, and what the log shows of them in full */
static struct {
	struct teavmx_record exits[REGISTER_EXITS + 8];
	unsigned int count;
	unsigned int compared;
	unsigned int wrong;
} formats;

static void add_compact(const struct teavmx_record *record, void *data)
{
	if (record->type == TEAVMX_EVENT_TYPE_VMX_EXIT &&
	    formats.count < COUNT(formats.exits))
		formats.exits[formats.count++] = *record;
}

static bool is_same_exit(const struct teavmx_record *a,
			 const struct teavmx_record *b)
{
	return a->has == b->has && a->time == b->time && a->cpu == b->cpu &&
	       a->vcpu == b->vcpu && a->reason == b->reason &&
	       a->qualification == b->qualification && a->rip == b->rip &&
	       a->value == b->value &&
	       a->instruction_length == b->instruction_length;
}

static void compare_full(const struct teavmx_record *record, void *data)
{
	unsigned int i;

	for (i = 0; i < formats.count; i++) {
		if (formats.exits[i].seq != record->seq)
			continue;
		formats.compared++;
		formats.wrong += !is_same_exit(&formats.exits[i], record);
	}
}

TEST_F(raw, exits_are_the_same_in_both_formats)
{
	uint64_t seq = 0;

	ASSERT_EQ(0, raw_load(self, TEAVMX_MODE_LONG, PAYLOAD(code_registers)));
	ASSERT_EQ(0, teavmx_vcpu_run(self->teavmx, self->vm.id, self->vcpu.id));
	ASSERT_EQ(TEAVMX_STOP_EXIT,
		  teavmx_wait_stop(self->teavmx, self->vcpu.id, RAW_PATIENCE_MS,
				   add_compact, NULL, &self->exit));
	while (teavmx_event_get(self->teavmx, self->vm.id, &seq, compare_full,
				NULL) > 0)
		;
	EXPECT_LE(REGISTER_EXITS - 1, formats.count);
	EXPECT_EQ(formats.count, formats.compared);
	EXPECT_EQ(0, formats.wrong);
}

FIXTURE(tea)
{
	struct teavmx *teavmx;
	struct teavmx_vcpu vcpu;
};

FIXTURE_SETUP(tea)
{
	self->teavmx = machine_open();
	NEED_VMX(self->teavmx);
	ASSERT_EQ(0, teavmx_event_open(self->teavmx, 0));
}

FIXTURE_TEARDOWN(tea)
{
	teavmx_vcpu_clear(&self->vcpu);
	teavmx_close(self->teavmx);
}

/* Runs programs/tally.tas in a new VM. */
static int tally(struct teavmx *teavmx, struct teavmx_vcpu *vcpu, bool bound,
		 struct trace *trace)
{
	teavmx_vcpu_clear(vcpu);
	if (machine_new(teavmx, 0, TEAVMX_BACKEND_VMX, program_tally,
			sizeof(program_tally), vcpu) ||
	    teavmx_event_watch(teavmx, vcpu->vm, 0) ||
	    trace_run(teavmx, vcpu, bound, trace) ||
	    machine_wait(teavmx, vcpu, TEAVMX_VCPU_STATE_EXITED) ||
	    machine_code(vcpu) != TEA_EXIT_NORMAL)
		return -1;
	return vcpu->message[vcpu->message_size - 1];
}

/* It reads and writes a port 200 times. The records have no VM in common. */
TEST_F(tea, ports_are_the_same_on_both_paths)
{
	static struct trace fast, slow;
	unsigned int i;

	ASSERT_EQ(200, tally(self->teavmx, &self->vcpu, false, &fast));
	ASSERT_EQ(200, tally(self->teavmx, &self->vcpu, true, &slow));
	for (i = 0; i < slow.count; i++)
		slow.exits[i].vm = fast.exits[0].vm;
	EXPECT_EQ(2 * 200 + 2, fast.count);
	EXPECT_EQ(-1, trace_differs(&fast, &slow));
	EXPECT_GT(200, fast.entries);
	EXPECT_LE(2 * 200, slow.entries);
}

/*
 * It exits all the time, until CPUID gives the magic number or an interrupt
 * comes: its handler is at the HLT.
 */
#define MAGIC		0x7ea7ea
#define MAGIC_LEAF	0x1234
#define VECTOR		0x40

GUEST_PAYLOAD(code_flood,
	".code16\n"
	"	sti\n"
	"1:	mov	$0x1234, %eax\n"
	"	cpuid\n"
	"	cmp	$0x7ea7ea, %eax\n"
	"	jne	1b\n"
	"	hlt");

static int flood(struct raw_data *self)
{
	const uint16_t handler[] = { RAW_CODE + PAYLOAD_SIZE(code_flood) - 1, 0 };

	return raw_put(self, 4 * VECTOR, handler, sizeof(handler)) ||
	       raw_load(self, TEAVMX_MODE_REAL, PAYLOAD(code_flood)) ||
	       raw_say(self, teavmx_vcpu_run(self->teavmx, self->vm.id,
					     self->vcpu.id)) ||
	       usleep(20000);
}

TEST_F(raw, a_flood_pauses_and_goes_on)
{
	ASSERT_EQ(0, flood(self));
	ASSERT_EQ(0, raw_say(self, teavmx_vcpu_pause(self->teavmx, self->vm.id,
						     self->vcpu.id)));
	EXPECT_STOP(REQUEST, raw_wait(self));
	EXPECT_STOP(STEPS, raw_steps(self, 30));
	/* A bound is exact, though the run before it had none. */
	do
		EXPECT_STOP(EXITS,
			    raw_run(self, &(struct teavmx_run){ .exits = 1 }));
	while (self->exit.reason == VMX_EXIT_EXTERNAL_INTERRUPT);
	EXPECT_REASON(CPUID, self->exit.reason);
}

TEST_F(raw, a_new_route_reaches_a_flood)
{
	static const uint8_t reasons[TEAVMX_HOST_REASONS_SIZE] = {
		[VMX_EXIT_CPUID / 8] = 1 << VMX_EXIT_CPUID % 8,
	};

	ASSERT_EQ(0, flood(self));
	ASSERT_EQ(0, raw_say(self, teavmx_host_reasons(self->teavmx,
						       self->vm.id, reasons)));
	EXPECT_STOP(EXIT, raw_wait(self));
	EXPECT_REASON(CPUID, self->exit.reason);
}

TEST_F(raw, a_new_cpuid_table_reaches_a_flood)
{
	static const struct teavmx_cpuid table[] = {
		{ .leaf = MAGIC_LEAF, .eax = MAGIC },
	};

	ASSERT_EQ(0, flood(self));
	ASSERT_EQ(0, raw_say(self, teavmx_cpuid_set(self->teavmx, self->vm.id,
						    table, COUNT(table))));
	EXPECT_STOP(EXIT, raw_wait(self));
	EXPECT_REASON(HLT, self->exit.reason);
}

TEST_F(raw, an_interrupt_reaches_a_flood)
{
	const struct teavmx_inject event = { .vector = VECTOR };

	ASSERT_EQ(0, flood(self));
	ASSERT_LE(0, raw_say(self, teavmx_inject(self->teavmx, self->vm.id,
						 self->vcpu.id, &event)));
	EXPECT_STOP(EXIT, raw_wait(self));
	EXPECT_REASON(HLT, self->exit.reason);
	EXPECT_REG(RSP, RAW_STACK - 6);
}

TEST_F(raw, a_breakpoint_in_a_flood_is_hit)
{
	const struct teavmx_breakpoint place = {
		.kind = TEAVMX_BREAKPOINT_KIND_INSTRUCTION,
		.address = RAW_CODE + 9,
	};

	ASSERT_EQ(0, flood(self));
	ASSERT_EQ(0, raw_say(self, teavmx_vcpu_pause(self->teavmx, self->vm.id,
						     self->vcpu.id)));
	ASSERT_STOP(REQUEST, raw_wait(self));
	ASSERT_EQ(0, raw_say(self, teavmx_break_set(self->teavmx, self->vm.id,
						    self->vcpu.id, &place)));
	EXPECT_STOP(BREAKPOINT, raw_go(self));
	EXPECT_REG(RIP, place.address);
	EXPECT_STOP(BREAKPOINT, raw_go(self));
}

GUEST_PAYLOAD(code_plain_loop, "1:	jmp	1b");

/* Interrupts of the local timer of CPU 0, from /proc/interrupts */
static uint64_t timer_interrupts(void)
{
	unsigned long long count = 0;
	char line[1024], *at;
	FILE *file = fopen("/proc/interrupts", "r");

	while (file && fgets(line, sizeof(line), file)) {
		at = strstr(line, "LOC:");
		if (at && sscanf(at + 4, "%llu", &count) == 1)
			break;
	}
	if (file)
		fclose(file);
	return count;
}

/* The process runs on that CPU too, and waits for no vCPU's time slice. */
static int take_cpu(void)
{
	const struct sched_param priority = { .sched_priority = 1 };
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(0, &cpus);
	return sched_setaffinity(0, sizeof(cpus), &cpus) ?:
	       sched_setscheduler(0, SCHED_FIFO, &priority);
}

struct host_timer {
	uint64_t interrupts;
	uint64_t latest;
};

#define SLEEPS		40
#define SLEEP_NS	(5 * MS)

/* How the host's timer does while the vCPU runs on CPU 0, as this process does. */
static struct host_timer watch_timer(void)
{
	struct host_timer seen = { .interrupts = timer_interrupts() };
	uint64_t end = now_ns();
	uint64_t late;
	int i;

	for (i = 0; i < SLEEPS; i++) {
		const struct timespec until = {
			(end += SLEEP_NS) / (1000 * MS), end % (1000 * MS),
		};

		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
		late = now_ns() - end;
		if (late > seen.latest)
			seen.latest = late;
	}
	seen.interrupts = timer_interrupts() - seen.interrupts;
	return seen;
}

/*
 * Compared with a guest that never exits: as many interrupts, and none of them more
 * than a quarter of the timer's period later. A shorter bound would measure how the
 * emulator takes turns between its CPUs. A sleep that ends together with a tick makes
 * one interrupt of two, which is the case for none or for each fourth of the sleeps.
 */
TEST_F(raw, a_flood_does_not_delay_the_hosts_timer)
{
	struct host_timer plain, exits;

	/* One without listeners: sending events delays other processes too. */
	ASSERT_EQ(0, teavmx_raw_new(self->teavmx, 0, RAW_MEMORY, &self->vm));
	ASSERT_EQ(0, teavmx_raw_vcpu_new(self->teavmx, self->vm.id,
					 &self->vcpu));
	ASSERT_EQ(0, raw_load(self, TEAVMX_MODE_REAL, PAYLOAD(code_plain_loop)));
	ASSERT_EQ(0, machine_pin(self->vm.id, self->vcpu.id, 0));
	ASSERT_EQ(0, teavmx_vcpu_run(self->teavmx, self->vm.id, self->vcpu.id));
	ASSERT_EQ(0, take_cpu());
	plain = watch_timer();
	ASSERT_EQ(0, teavmx_vcpu_pause(self->teavmx, self->vm.id,
				       self->vcpu.id));
	ASSERT_EQ(0, machine_wait(self->teavmx, &self->vcpu,
				  TEAVMX_VCPU_STATE_PAUSED));
	ASSERT_EQ(0, flood(self));
	exits = watch_timer();
	printf("# without exits: %llu interrupts, at most %llu ns late\n",
	       (unsigned long long)plain.interrupts,
	       (unsigned long long)plain.latest);
	printf("# with exits: %llu interrupts, at most %llu ns late\n",
	       (unsigned long long)exits.interrupts,
	       (unsigned long long)exits.latest);
	EXPECT_LE(plain.interrupts * 8 / 10, exits.interrupts);
	EXPECT_GE(plain.latest + MS, exits.latest);
}

/*
 * The handler of debug exceptions counts them. The instructions between the two
 * POPF are counted, whether they exit or not.
 */
#define COUNT_STEPS(name, instruction)					\
	GUEST_PAYLOAD(name,						\
		".code16\n"						\
		"	xor	%bp, %bp\n"				\
		"	pushf\n"					\
		"	pushf\n"					\
		"	pop	%si\n"					\
		"	or	$0x100, %si\n"				\
		instruction "\n" instruction "\n"			\
		"	push	%si\n"					\
		"	popf\n"						\
		instruction "\n" instruction "\n" instruction "\n"	\
		"	popf\n"						\
		"	hlt\n"						\
		"	inc	%bp\n"					\
		"	iret")

COUNT_STEPS(code_step_exits, "cpuid");
COUNT_STEPS(code_step_plain, "mov %cl, %cl");

static uint64_t count_steps(struct raw_data *self, const uint8_t *code,
			    size_t size)
{
	const uint16_t handler[] = { RAW_CODE + size - 2, 0 };

	if (raw_put(self, 4 * 1, handler, sizeof(handler)) ||
	    raw_load(self, TEAVMX_MODE_REAL, code, size) ||
	    raw_go(self) != TEAVMX_STOP_EXIT ||
	    self->exit.reason != VMX_EXIT_HLT)
		return UINT64_MAX;
	return READ_REG(TEAVMX_REG_RBP);
}

TEST_F(raw, the_guest_steps_through_exits)
{
	/* three instructions and POPF */
	EXPECT_EQ(4, count_steps(self, PAYLOAD(code_step_plain)));
	EXPECT_EQ(4, count_steps(self, PAYLOAD(code_step_exits)));
}

TEST_HARNESS_MAIN
