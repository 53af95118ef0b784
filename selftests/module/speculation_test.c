// SPDX-License-Identifier: GPL-2.0-only
/*
 * What protects against speculation around a VM entry and exit, compared with
 * kvm_intel of the same kernel: the instructions of both as they are in memory,
 * after the kernel has patched them for this processor. Each measure that KVM
 * executes must be executed here, at the same place.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kselftest_harness.h"
#include "livecode.h"
#include "machine.h"

#define VULNERABILITIES "/sys/devices/system/cpu/vulnerabilities/"
#define REGISTERS	16
#define RSB		(LIVE_RSB_FULL | LIVE_RSB_ONE)

/* Where the ways into a guest and out of it begin. */
struct side {
	struct live *live;
	uint64_t before;
	uint64_t after;
};

/* The emulated host takes its time for the kernel's symbols: once for all. */
static struct side our_side, kvm_side;
static const char *missing;

static bool open_side(struct side *side, const char *module, const char *before,
		      const char *after)
{
	side->live = live_open(module);
	if (!side->live)
		return false;
	side->before = live_symbol(side->live, before);
	side->after = live_symbol(side->live, after);
	if (!side->before || !side->after)
		printf("# %s has no %s or no %s\n", module, before, after);
	return side->before && side->after;
}

static __attribute__((constructor)) void open_sides(void)
{
	struct teavmx *teavmx = machine_open();
	struct teavmx_info info;

	if (teavmx_get_info(teavmx, NULL, &info))
		missing = "no answer from the module";
	else if (!info.vmx)
		missing = "no VMX here";
	else if (system("modprobe kvm_intel 2>/dev/null"))
		missing = "kvm_intel does not load here";
	teavmx_close(teavmx);
	if (!missing) {
		open_side(&our_side, "teavmx", "vmx_switch", "vmx_exit_label");
		open_side(&kvm_side, "kvm_intel", "vmx_vcpu_enter_exit",
			  "vmx_vmexit");
	}
}

static __attribute__((destructor)) void close_sides(void)
{
	live_close(our_side.live);
	live_close(kvm_side.live);
}

FIXTURE(speculation)
{
	struct side ours;
	struct side kvm;
};

FIXTURE_SETUP(speculation)
{
	if (missing)
		SKIP(return, "%s", missing);
	ASSERT_NE(0, our_side.after);
	ASSERT_NE(0, kvm_side.after);
	self->ours = our_side;
	self->kvm = kvm_side;
}

FIXTURE_TEARDOWN(speculation)
{
}

static bool must_before(const struct side *side, uint64_t measure)
{
	return live_must(side->live, side->before, measure, LIVE_ENTER);
}

static bool may_before(const struct side *side, uint64_t measure)
{
	return live_may(side->live, side->before, measure, LIVE_ENTER);
}

static bool must_after(const struct side *side, uint64_t measure)
{
	return live_must(side->live, side->after, measure, LIVE_LEAVE);
}

static bool may_after(const struct side *side, uint64_t measure)
{
	return live_may(side->live, side->after, measure, LIVE_LEAVE);
}

static bool host_says(const char *name, const char *words)
{
	char path[128], line[256] = "";
	FILE *file;

	snprintf(path, sizeof(path), VULNERABILITIES "%s", name);
	file = fopen(path, "r");
	if (!file)
		return false;
	if (!fgets(line, sizeof(line), file))
		*line = 0;
	fclose(file);
	printf("# %s: %s", name, line);
	return strstr(line, words);
}

TEST_F(speculation, both_ways_can_be_followed)
{
	/* Else what follows would find nothing, and nothing to complain of. */
	EXPECT_TRUE(may_before(&self->ours, LIVE_ENTER));
	EXPECT_TRUE(may_before(&self->kvm, LIVE_ENTER));
	EXPECT_TRUE(may_after(&self->ours, LIVE_LEAVE));
	EXPECT_TRUE(may_after(&self->kvm, LIVE_LEAVE));
	live_print(self->ours.live, self->ours.before, 40);
}

TEST_F(speculation, VERW_comes_before_each_entry_as_in_KVM)
{
	EXPECT_EQ(must_before(&self->kvm, LIVE_VERW),
		  must_before(&self->ours, LIVE_VERW));
}

TEST_F(speculation, VERW_comes_where_the_host_says_that_it_clears_buffers)
{
	bool clears = false;

	/* Not mmio_stale_data: without a device a guest cannot read any. */
	clears |= host_says("mds", "Clear CPU buffers");
	clears |= host_says("tsx_async_abort", "Clear CPU buffers");
	clears |= host_says("reg_file_data_sampling", "Clear CPU buffers");
	clears |= host_says("reg_file_data_sampling", "Clear Register File");
	EXPECT_EQ(clears, must_before(&self->ours, LIVE_VERW));
}

TEST_F(speculation, nothing_fills_the_buffers_behind_the_last_VERW)
{
	EXPECT_FALSE(live_between(self->kvm.live, self->kvm.before, LIVE_VERW,
				  LIVE_MEMORY | LIVE_OUTSIDE, LIVE_ENTER));
	EXPECT_FALSE(live_between(self->ours.live, self->ours.before, LIVE_VERW,
				  LIVE_MEMORY | LIVE_OUTSIDE, LIVE_ENTER));
}

TEST_F(speculation, the_way_out_has_all_that_KVM_has)
{
	static const struct {
		const char *name;
		uint64_t measure;
	} measures[] = {
		{ "full RSB fill", LIVE_RSB_FULL },
		{ "RSB fill of one entry", LIVE_RSB_ONE },
		{ "LFENCE", LIVE_LFENCE },
		{ "branch history cleared", LIVE_BHB },
		{ "IBPB", LIVE_IBPB_CALL | LIVE_PRED_CMD },
		{ "SPEC_CTRL", LIVE_SPEC_CTRL },
	};
	size_t i;

	for (i = 0; i < sizeof(measures) / sizeof(*measures); i++) {
		bool kvm = must_after(&self->kvm, measures[i].measure);
		bool ours = must_after(&self->ours, measures[i].measure);

		printf("# %s: KVM %s, teavmx %s\n", measures[i].name,
		       kvm ? "yes" :
		       may_after(&self->kvm, measures[i].measure) ? "at times" :
		       "no", ours ? "yes" : "no");
		EXPECT_EQ(kvm, ours);
		/*
		 * KVM writes SPEC_CTRL at times, when a guest had a value of its
		 * own. Guests of ours have the host's.
		 */
		if (measures[i].measure != LIVE_SPEC_CTRL)
			EXPECT_EQ(kvm, may_after(&self->kvm,
						 measures[i].measure));
	}
}

TEST_F(speculation, KVM_does_nothing_that_this_test_does_not_know)
{
	EXPECT_FALSE(may_before(&self->kvm, LIVE_WRMSR_OTHER));
	EXPECT_FALSE(may_after(&self->kvm, LIVE_WRMSR_OTHER | LIVE_OUTSIDE));
}

TEST_F(speculation, no_return_comes_before_the_return_stack_is_filled)
{
	const struct side *ours = &self->ours;

	if (!must_after(&self->kvm, RSB))
		SKIP(return, "KVM fills no return stack on this processor");
	EXPECT_TRUE(must_after(ours, RSB));
	EXPECT_TRUE(live_must(ours->live, ours->after, RSB, LIVE_RETURN));
}

TEST_F(speculation, SPEC_CTRL_is_written_before_branch_history_is_cleared)
{
	EXPECT_FALSE(live_between(self->kvm.live, self->kvm.after, LIVE_BHB,
				  LIVE_SPEC_CTRL, LIVE_LEAVE));
	EXPECT_FALSE(live_between(self->ours.live, self->ours.after, LIVE_BHB,
				  LIVE_SPEC_CTRL, LIVE_LEAVE));
}

TEST_F(speculation, registers_are_zeroed_before_anything_branches_on_them)
{
	uint64_t sink = RSB | LIVE_BHB | LIVE_RETURN | LIVE_LFENCE |
			LIVE_SPEC_CTRL;
	unsigned int i, zeroed = 0;

	for (i = 0; i < REGISTERS; i++) {
		uint64_t event = 1ull << (LIVE_ZEROED + i);

		if (!live_must(self->kvm.live, self->kvm.after, event, sink))
			continue;
		zeroed++;
		EXPECT_TRUE(live_must(self->ours.live, self->ours.after, event,
				      sink));
	}
	/* All but RSP */
	EXPECT_EQ(REGISTERS - 1, zeroed);
}

TEST_F(speculation, returns_are_patched_as_those_of_KVM)
{
	char kvm[512];

	EXPECT_TRUE(may_after(&self->kvm, LIVE_LEAVE));
	snprintf(kvm, sizeof(kvm), "%s", live_returns(self->kvm.live));
	EXPECT_TRUE(may_after(&self->ours, LIVE_LEAVE));
	printf("# returns: KVM %s, teavmx %s\n", kvm,
	       live_returns(self->ours.live));
	EXPECT_STREQ(kvm, live_returns(self->ours.live));
}

TEST_F(speculation, the_L1D_flush_is_the_last_thing_before_an_entry)
{
	const struct side *ours = &self->ours;

	EXPECT_TRUE(!may_before(&self->kvm, LIVE_L1D) ||
		    may_before(ours, LIVE_L1D));
	EXPECT_TRUE(may_before(ours, LIVE_L1D));
	/* Registers of the host that are saved are secrets in the cache. */
	EXPECT_FALSE(live_between(ours->live, ours->before, LIVE_L1D,
				  LIVE_RDMSR | LIVE_OUTSIDE, LIVE_ENTER));
}

TEST_F(speculation, nothing_that_can_be_probed_runs_with_registers_of_a_guest)
{
	static const char *const functions[] = { "switch_noinstr", "vmx_host_restore" };
	static struct live_places start;
	struct live *live = self->ours.live;
	uint64_t at;
	size_t i;

	ASSERT_TRUE(live_read_blacklist(live));
	/* Before the guest's registers are loaded, while it runs, and until the host is back */
	for (i = 0; i < ARRAY_SIZE(functions); i++) {
		at = live_symbol(live, functions[i]);
		ASSERT_NE(0, at);
		live_start(at, &start);
		EXPECT_LT(0, live_walk(live, &start, 0, LIVE_LEAVE, NULL));
		/* With lockdep code outside of the module is called, which is noinstr, too. */
		EXPECT_EQ(0, live_walk(live, &start, 0, LIVE_PROBED, NULL)) {
			TH_LOG("%s", functions[i]);
		}
	}
}

TEST_F(speculation, kvm_unloads)
{
	/* The last one: the code of KVM is gone then. */
	EXPECT_EQ(0, system("rmmod kvm_intel kvm"));
}

TEST_HARNESS_MAIN
