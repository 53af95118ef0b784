// SPDX-License-Identifier: GPL-2.0-only
/* What exits cost, by reason: guest, handler and delivery. */
#include <string.h>
#include <unistd.h>
#include <x86intrin.h>

#include "raw_fixture.h"

#define LOOPS		100
#define LOOP_TICKS	20000
#define LOOP_BUCKET	15

/* Each CPUID is at least LOOP_TICKS after the one before. */
GUEST_PAYLOAD(code_slow,
	".code16\n"
	"	mov	$100, %bp\n"
	"1:	rdtsc\n"
	"	mov	%eax, %esi\n"
	"2:	rdtsc\n"
	"	sub	%esi, %eax\n"
	"	cmp	$20000, %eax\n"
	"	jb	2b\n"
	"	cpuid\n"
	"	dec	%bp\n"
	"	jnz	1b\n"
	"	hlt");

GUEST_PAYLOAD(code_mixed,
	".code16\n"
	"	mov	$100, %bp\n"
	"1:	cpuid\n"
	"	invd\n"
	"	dec	%bp\n"
	"	jnz	1b\n"
	"	hlt");

struct costs {
	struct teavmx_reason_cost reasons[80];
	unsigned int count;
};

static int keep(const struct teavmx_reason_cost *cost, void *data)
{
	struct costs *costs = data;

	if (costs->count < COUNT(costs->reasons))
		costs->reasons[costs->count++] = *cost;
	return 0;
}

static int read_costs(struct raw_data *self, uint32_t vcpu, struct costs *costs)
{
	costs->count = 0;
	return raw_say(self, teavmx_stats_read(self->teavmx, self->vm.id, vcpu,
					       keep, costs));
}

static const struct teavmx_reason_cost *find(const struct costs *costs,
					     uint32_t reason)
{
	static const struct teavmx_reason_cost none;
	unsigned int i;

	for (i = 0; i < costs->count; i++)
		if (costs->reasons[i].reason == reason)
			return &costs->reasons[i];
	return &none;
}

static uint64_t all_ticks(const struct costs *costs)
{
	const struct teavmx_reason_cost *cost;
	uint64_t sum = 0;

	for (cost = costs->reasons; cost < costs->reasons + costs->count; cost++)
		sum += cost->guest.sum + cost->handler.sum + cost->delivery.sum;
	return sum;
}

static uint64_t all_exits(const struct costs *costs)
{
	uint64_t sum = 0;
	unsigned int i;

	for (i = 0; i < costs->count; i++)
		sum += costs->reasons[i].guest.count;
	return sum;
}

static bool is_consistent(const struct teavmx_cost *cost)
{
	return cost->lowest <= cost->highest &&
	       cost->lowest * cost->count <= cost->sum &&
	       cost->highest * cost->count >= cost->sum;
}

struct recorded {
	uint32_t reason;
	uint64_t count;
	uint64_t guest;
};

static void see(const struct teavmx_record *record, void *data)
{
	struct recorded *recorded = data;

	if (record->type != TEAVMX_EVENT_TYPE_VMX_EXIT ||
	    record->reason != recorded->reason)
		return;
	recorded->count++;
	recorded->guest += record->guest_ticks;
}

static int run_and_see(struct raw_data *self, struct recorded *recorded)
{
	if (raw_say(self, teavmx_vcpu_run(self->teavmx, self->vm.id,
					  self->vcpu.id)))
		return -1;
	return teavmx_wait_stop(self->teavmx, self->vcpu.id, RAW_PATIENCE_MS,
				see, recorded, &self->exit);
}

TEST_F(raw, the_guest_has_the_time_that_it_spends)
{
	struct recorded recorded = { .reason = VMX_EXIT_CPUID };
	const struct teavmx_reason_cost *cpuid;
	uint64_t begin, quick = 0;
	struct costs costs;
	unsigned int i;

	ASSERT_EQ(0, raw_load(self, TEAVMX_MODE_REAL, PAYLOAD(code_slow)));
	begin = __rdtsc();
	ASSERT_EQ(TEAVMX_STOP_EXIT, run_and_see(self, &recorded));
	ASSERT_EQ(0, read_costs(self, 0, &costs));
	EXPECT_LE(all_ticks(&costs), __rdtsc() - begin);
	EXPECT_LE(LOOPS * LOOP_TICKS, all_ticks(&costs));

	cpuid = find(&costs, VMX_EXIT_CPUID);
	EXPECT_EQ(LOOPS, cpuid->guest.count);
	EXPECT_EQ(LOOPS, cpuid->handler.count);
	EXPECT_TRUE(is_consistent(&cpuid->guest));
	EXPECT_TRUE(is_consistent(&cpuid->handler));
	EXPECT_LT(0, cpuid->handler.lowest);
	/* Only another exit makes the way to a CPUID shorter. */
	for (i = 0; i < LOOP_BUCKET; i++)
		quick += cpuid->guest.buckets[i];
	EXPECT_LE(quick, all_exits(&costs) - LOOPS);
	EXPECT_EQ(LOOPS, recorded.count);
	EXPECT_EQ(cpuid->guest.sum, recorded.guest);
}

TEST_F(raw, each_reason_has_its_own_costs)
{
	const struct teavmx_reason_cost *cpuid, *invd, *hlt;
	struct costs costs, vcpu;

	ASSERT_EQ(0, raw_load(self, TEAVMX_MODE_REAL, PAYLOAD(code_mixed)));
	EXPECT_STOP(EXIT, raw_go(self));
	ASSERT_EQ(0, read_costs(self, 0, &costs));
	cpuid = find(&costs, VMX_EXIT_CPUID);
	invd = find(&costs, VMX_EXIT_INVD);
	hlt = find(&costs, VMX_EXIT_HLT);
	EXPECT_EQ(LOOPS, cpuid->guest.count);
	EXPECT_EQ(LOOPS, invd->guest.count);
	EXPECT_EQ(1, hlt->guest.count);
	EXPECT_EQ(1, hlt->handler.count);
	EXPECT_EQ(1, hlt->delivery.count);
	EXPECT_LT(0, hlt->delivery.sum);
	ASSERT_EQ(0, read_costs(self, self->vcpu.id, &vcpu));
	EXPECT_EQ(costs.count, vcpu.count);
	EXPECT_EQ(0, memcmp(costs.reasons, vcpu.reasons,
			    costs.count * sizeof(costs.reasons[0])));
}

/* RDMSR of the TSC ends the guest run, and CPUID before it does not. */
GUEST_PAYLOAD(code_both_paths,
	".code16\n"
	"	mov	$100, %bp\n"
	"1:	cpuid\n"
	"	mov	$0x10, %ecx\n"
	"	rdmsr\n"
	"	dec	%bp\n"
	"	jnz	1b\n"
	"	hlt");

/* The time of CPUIDs in the host, by the records of the exits after them */
struct hosted {
	struct teavmx_record last;
	uint32_t tsc_khz;
	int64_t ns;
};

static void see_hosted(const struct teavmx_record *record, void *data)
{
	struct hosted *hosted = data;

	if (record->type != TEAVMX_EVENT_TYPE_VMX_EXIT)
		return;
	if (hosted->last.reason == VMX_EXIT_CPUID)
		hosted->ns += (int64_t)(record->time - hosted->last.time) -
			      (int64_t)record->guest_ticks * 1000000 /
			      hosted->tsc_khz;
	hosted->last = *record;
}

TEST_F(raw, records_have_the_times_of_their_exits)
{
	struct hosted hosted = { .last.reason = VMX_EXIT_HLT };
	struct teavmx_info info;
	struct costs costs;
	int64_t handlers;

	ASSERT_EQ(0, teavmx_get_info(self->teavmx, NULL, &info));
	hosted.tsc_khz = info.tsc_khz;
	ASSERT_NE(0, hosted.tsc_khz);
	ASSERT_EQ(0, raw_load(self, TEAVMX_MODE_REAL, PAYLOAD(code_both_paths)));
	ASSERT_EQ(0, teavmx_vcpu_run(self->teavmx, self->vm.id, self->vcpu.id));
	ASSERT_EQ(TEAVMX_STOP_EXIT,
		  teavmx_wait_stop(self->teavmx, self->vcpu.id, RAW_PATIENCE_MS,
				   see_hosted, &hosted, &self->exit));
	ASSERT_EQ(0, read_costs(self, 0, &costs));
	handlers = find(&costs, VMX_EXIT_CPUID)->handler.sum * 1000000 /
		   hosted.tsc_khz;
	/* Each time is rounded to a ns or, by the clock, to a few ticks. */
	EXPECT_LT(handlers - LOOPS * 200, hosted.ns);
	EXPECT_GT(handlers + LOOPS * 200, hosted.ns);
}

#define PAUSES	20

TEST_F(raw, a_pause_is_no_cost)
{
	const struct teavmx_run run = { .exits = 2 };
	uint64_t begin, paused = 0, whole;
	struct costs costs;
	int i;

	ASSERT_EQ(0, raw_load(self, TEAVMX_MODE_REAL, PAYLOAD(code_mixed)));
	whole = __rdtsc();
	for (i = 0; i < PAUSES; i++) {
		EXPECT_STOP(EXITS, raw_run(self, &run));
		begin = __rdtsc();
		usleep(10000);
		paused += __rdtsc() - begin;
	}
	whole = __rdtsc() - whole;
	ASSERT_EQ(0, read_costs(self, 0, &costs));
	EXPECT_EQ(2 * PAUSES, all_exits(&costs));
	EXPECT_LE(all_ticks(&costs), whole - paused);
}

static uint64_t count_exits(const struct teavmx_vcpu *vcpu, uint32_t reason)
{
	size_t i;

	for (i = 0; i < vcpu->exit_count; i++)
		if (vcpu->exits[i].reason == reason)
			return vcpu->exits[i].count;
	return 0;
}

TEST_F(raw, a_reset_forgets_costs_and_keeps_counts)
{
	struct teavmx_vcpu vcpu = { };
	struct costs costs;

	ASSERT_EQ(0, raw_load(self, TEAVMX_MODE_REAL, PAYLOAD(code_mixed)));
	EXPECT_STOP(EXIT, raw_go(self));
	ASSERT_EQ(0, raw_say(self, teavmx_stats_reset(self->teavmx, self->vm.id,
						      self->vcpu.id)));
	ASSERT_EQ(0, read_costs(self, 0, &costs));
	EXPECT_EQ(0, costs.count);

	ASSERT_EQ(0, raw_load(self, TEAVMX_MODE_REAL, PAYLOAD(code_mixed)));
	EXPECT_STOP(EXIT, raw_go(self));
	ASSERT_EQ(0, read_costs(self, 0, &costs));
	EXPECT_EQ(LOOPS, find(&costs, VMX_EXIT_CPUID)->guest.count);
	ASSERT_EQ(0, teavmx_vcpu_get(self->teavmx, self->vm.id, self->vcpu.id,
				     &vcpu));
	EXPECT_EQ(2 * LOOPS, count_exits(&vcpu, VMX_EXIT_CPUID));
	teavmx_vcpu_clear(&vcpu);
	ASSERT_EQ(0, raw_say(self, teavmx_stats_reset(self->teavmx, self->vm.id,
						      0)));
	ASSERT_EQ(0, read_costs(self, 0, &costs));
	EXPECT_EQ(0, costs.count);
}

TEST_F(raw, costs_remain_after_the_end)
{
	struct costs before, after;
	struct teavmx_vcpu other = { };

	ASSERT_EQ(0, raw_load(self, TEAVMX_MODE_REAL, PAYLOAD(code_mixed)));
	EXPECT_STOP(EXIT, raw_go(self));
	ASSERT_EQ(0, read_costs(self, 0, &before));
	ASSERT_EQ(0, raw_say(self, teavmx_vcpu_kill(self->teavmx, self->vm.id,
						    self->vcpu.id)));
	/* Another vCPU takes the place of the one that was killed. */
	ASSERT_EQ(0, teavmx_raw_vcpu_new(self->teavmx, self->vm.id, &other));
	teavmx_vcpu_clear(&other);
	ASSERT_EQ(0, teavmx_vm_del(self->teavmx, self->vm.id));
	ASSERT_EQ(0, read_costs(self, 0, &after));
	EXPECT_EQ(before.count, after.count);
	EXPECT_EQ(find(&before, VMX_EXIT_CPUID)->guest.sum,
		  find(&after, VMX_EXIT_CPUID)->guest.sum);
	EXPECT_EQ(find(&before, VMX_EXIT_INVD)->handler.highest,
		  find(&after, VMX_EXIT_INVD)->handler.highest);
	ASSERT_EQ(0, raw_say(self, teavmx_stats_reset(self->teavmx, self->vm.id,
						      0)));
	ASSERT_EQ(0, read_costs(self, 0, &after));
	EXPECT_EQ(0, after.count);
}

struct pair {
	uint32_t reason;
	uint64_t rip;
	struct teavmx_profile_exit found;
	uint64_t exits;
	uint64_t others;
};

static int see_pair(const struct teavmx_profile_exit *exit, void *data)
{
	struct pair *pair = data;

	pair->exits += exit->count;
	if (exit->reason == TEAVMX_PROFILE_OTHERS)
		pair->others += exit->count;
	if (exit->reason == pair->reason && exit->rip == pair->rip)
		pair->found = *exit;
	return 0;
}

static int read_profile(struct raw_data *self, uint64_t *begun,
			struct pair *pair)
{
	pair->exits = 0;
	pair->others = 0;
	pair->found = (struct teavmx_profile_exit){ 0 };
	return raw_say(self, teavmx_profile_read(self->teavmx, self->vm.id,
						 begun, see_pair, pair));
}

TEST_F(raw, a_profile_has_each_instruction)
{
	struct pair cpuid = {
		.reason = VMX_EXIT_CPUID,
		.rip = RAW_CODE + 3,
	};
	struct pair hlt = { .reason = VMX_EXIT_HLT, .rip = RAW_CODE + 10 };
	const struct teavmx_reason_cost *cost;
	uint64_t begun, again;
	struct costs costs;

	ASSERT_EQ(0, raw_load(self, TEAVMX_MODE_REAL, PAYLOAD(code_mixed)));
	ASSERT_EQ(0, read_profile(self, &begun, &cpuid));
	EXPECT_EQ(0, cpuid.exits);
	EXPECT_STOP(EXIT, raw_go(self));
	ASSERT_EQ(0, read_profile(self, &again, &cpuid));
	ASSERT_EQ(0, read_profile(self, &again, &hlt));
	EXPECT_EQ(begun, again);
	ASSERT_EQ(0, read_costs(self, 0, &costs));
	cost = find(&costs, VMX_EXIT_CPUID);
	EXPECT_EQ(LOOPS, cpuid.found.count);
	EXPECT_EQ(cost->guest.sum, cpuid.found.guest);
	EXPECT_EQ(cost->handler.sum, cpuid.found.handler);
	cost = find(&costs, VMX_EXIT_HLT);
	EXPECT_EQ(1, hlt.found.count);
	EXPECT_EQ(cost->guest.sum, hlt.found.guest);
	EXPECT_EQ(cost->handler.sum, hlt.found.handler);
	EXPECT_EQ(all_exits(&costs), cpuid.exits);
	EXPECT_EQ(0, cpuid.others);
}

GUEST_PAYLOAD(code_many,
	".code16\n"
	"	.rept 3000\n"
	"	cpuid\n"
	"	.endr\n"
	"	hlt");

TEST_F(raw, a_profile_is_bounded)
{
	struct pair pair = { 0 };
	struct costs costs;
	uint64_t begun;

	ASSERT_EQ(0, raw_load(self, TEAVMX_MODE_REAL, PAYLOAD(code_many)));
	ASSERT_EQ(0, read_profile(self, &begun, &pair));
	EXPECT_STOP(EXIT, raw_go(self));
	ASSERT_EQ(0, read_profile(self, &begun, &pair));
	ASSERT_EQ(0, read_costs(self, 0, &costs));
	EXPECT_EQ(all_exits(&costs), pair.exits);
	EXPECT_LE(3000 - 1024, pair.others);
	EXPECT_GT(3000, pair.others);
}

TEST_F(raw, a_profile_ends_without_a_reader)
{
	struct pair pair = { 0 };
	uint64_t begun, again;

	ASSERT_EQ(0, read_profile(self, &begun, &pair));
	usleep(11000000);
	ASSERT_EQ(0, raw_load(self, TEAVMX_MODE_REAL, PAYLOAD(code_mixed)));
	EXPECT_STOP(EXIT, raw_go(self));
	ASSERT_EQ(0, read_profile(self, &again, &pair));
	EXPECT_LT(begun, again);
	EXPECT_EQ(0, pair.exits);
}

TEST_F(raw, an_ended_vm_keeps_its_profile)
{
	struct pair pair = { .reason = VMX_EXIT_CPUID, .rip = RAW_CODE + 3 };
	uint64_t begun, again;
	struct raw_data none;

	ASSERT_EQ(0, raw_load(self, TEAVMX_MODE_REAL, PAYLOAD(code_mixed)));
	ASSERT_EQ(0, read_profile(self, &begun, &pair));
	EXPECT_STOP(EXIT, raw_go(self));
	ASSERT_EQ(0, teavmx_vm_del(self->teavmx, self->vm.id));
	usleep(11000000);
	ASSERT_EQ(0, read_profile(self, &again, &pair));
	EXPECT_EQ(begun, again);
	EXPECT_EQ(LOOPS, pair.found.count);

	none = *self;
	ASSERT_EQ(0, teavmx_raw_new(self->teavmx, 0, RAW_MEMORY, &none.vm));
	ASSERT_EQ(0, teavmx_vm_del(self->teavmx, none.vm.id));
	/* Work in the kernel ends it: until then a request begins a profile. */
	ASSERT_TRUE(machine_vms(self->teavmx, 0));
	ASSERT_EQ(0, read_profile(&none, &begun, &pair));
	EXPECT_EQ(0, begun);
	EXPECT_EQ(0, pair.exits);
}

TEST_F(raw, what_does_not_exist_is_refused_by_name)
{
	struct costs costs = { };
	uint64_t begun;

	EXPECT_EQ(-1, teavmx_stats_read(self->teavmx, 0x7fffffff, 0, keep,
					&costs));
	EXPECT_REFUSED(ENOENT, self->teavmx, "no VM has this number");
	EXPECT_EQ(-1, teavmx_stats_reset(self->teavmx, 0x7fffffff, 0));
	EXPECT_REFUSED(ENOENT, self->teavmx, "no VM has this number");
	EXPECT_EQ(-1, teavmx_stats_read(self->teavmx, self->vm.id, 99, keep,
					&costs));
	EXPECT_REFUSED(ENOENT, self->teavmx, "no vCPU with this number");
	EXPECT_EQ(-1, teavmx_stats_reset(self->teavmx, self->vm.id, 99));
	EXPECT_REFUSED(ENOENT, self->teavmx, "no vCPU with this number");
	EXPECT_EQ(0, costs.count);
	EXPECT_EQ(-1, teavmx_profile_read(self->teavmx, 0x7fffffff, &begun,
					  see_pair, NULL));
	EXPECT_REFUSED(ENOENT, self->teavmx, "no VM has this number");
}

TEST_HARNESS_MAIN
