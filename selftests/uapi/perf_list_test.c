// SPDX-License-Identifier: GPL-2.0-only
/*
 * The MSR areas that keep performance counters of the host out of a guest, as
 * they are filled from what perf says. No emulated host has such counters, so
 * the lists are those that perf gives for real processors.
 */
#include <stdbool.h>
#include <stdint.h>

#include "kselftest_harness.h"

/* The kernel's structures, in its order and sizes (SDM "Format of MSR Areas") */
struct vmx_msr_entry {
	uint32_t index;
	uint32_t reserved;
	uint64_t value;
} __attribute__((aligned(16)));

struct perf_guest_switch_msr {
	unsigned int msr;
	uint64_t host;
	uint64_t guest;
};

/* SDM "Model-Specific Registers (MSRs)" */
#define MSR_CORE_PERF_GLOBAL_CTRL	0x38f
#define MSR_IA32_PEBS_ENABLE	0x3f1
#define MSR_PEBS_DATA_CFG	0x3f2
#define MSR_IA32_DS_AREA	0x600
#define GLOBAL_CTRL		MSR_CORE_PERF_GLOBAL_CTRL
#define PEBS_ENABLE		MSR_IA32_PEBS_ENABLE

#include <module/vmx/perf_list.h>

static struct vmx_perf perf;

TEST(nothing_is_switched_without_counters)
{
	struct perf_guest_switch_msr unused = { GLOBAL_CTRL, 1, 0 };

	EXPECT_EQ(0, perf_list_fill(&perf, NULL, 12345));
	EXPECT_EQ(0, perf_list_fill(&perf, &unused, 0));
	EXPECT_FALSE(perf_list_has(&perf, 0, 0));
}

TEST(a_counter_with_PEBS_stops_in_the_guest_and_goes_on_behind_it)
{
	/* Two counters count, the second one with PEBS, without isolation. */
	struct perf_guest_switch_msr msrs[] = {
		{ GLOBAL_CTRL, 0x700000003, 0x700000001 },
		{ PEBS_ENABLE, 2, 0 },
	};

	ASSERT_EQ(2, perf_list_fill(&perf, msrs, 2));
	EXPECT_TRUE(perf_list_has(&perf, 2, PEBS_ENABLE));
	EXPECT_EQ(GLOBAL_CTRL, perf.guest[0].index);
	EXPECT_EQ(0x700000001, perf.guest[0].value);
	EXPECT_EQ(GLOBAL_CTRL, perf.host[0].index);
	EXPECT_EQ(0x700000003, perf.host[0].value);
	EXPECT_EQ(PEBS_ENABLE, perf.guest[1].index);
	EXPECT_EQ(0, perf.guest[1].value);
	EXPECT_EQ(PEBS_ENABLE, perf.host[1].index);
	EXPECT_EQ(2, perf.host[1].value);
}

TEST(an_MSR_of_one_value_is_left_alone)
{
	struct perf_guest_switch_msr msrs[] = {
		{ GLOBAL_CTRL, 3, 3 },
		{ PEBS_ENABLE, 0, 0 },
		{ 0x186, 1, 0 },
	};

	ASSERT_EQ(1, perf_list_fill(&perf, msrs, 3));
	EXPECT_EQ(0x186, perf.guest[0].index);
	EXPECT_EQ(0, perf.guest[0].value);
	EXPECT_EQ(1, perf.host[0].value);
	EXPECT_FALSE(perf_list_has(&perf, 1, PEBS_ENABLE));
	EXPECT_FALSE(perf_list_has(&perf, 1, GLOBAL_CTRL));
}

/* As Linux 6.1 has it on a processor with PEBS in guests, while the NMI watchdog counts */
TEST(nothing_is_switched_for_the_NMI_watchdog)
{
	struct perf_guest_switch_msr msrs[] = {
		{ GLOBAL_CTRL, 0x70000000f, 0x70000000f },
		{ MSR_IA32_DS_AREA, 0xfffffe0000000000, 0 },
		{ MSR_PEBS_DATA_CFG, 1, 0 },
		{ PEBS_ENABLE, 0, 0 },
	};

	EXPECT_EQ(0, perf_list_fill(&perf, msrs, 4));
}

/*
 * The same with an event for guests only, which has PEBS: perf names no bit for the host
 * then, but what the host has in IA32_PEBS_ENABLE is that of the event, too.
 */
TEST(no_counter_with_PEBS_counts_in_a_guest)
{
	struct perf_guest_switch_msr msrs[] = {
		{ GLOBAL_CTRL, 0x700000001, 0x700000003 },
		{ MSR_IA32_DS_AREA, 0xfffffe0000000000, 0 },
		{ PEBS_ENABLE, 0, 2 },
	};

	EXPECT_EQ(0, perf_list_fill(&perf, msrs, 3));
	/* With one that excludes guests, without PEBS */
	msrs[0].host |= 4;
	ASSERT_EQ(1, perf_list_fill(&perf, msrs, 3));
	EXPECT_EQ(GLOBAL_CTRL, perf.guest[0].index);
	EXPECT_EQ(0x700000001, perf.guest[0].value);
	EXPECT_EQ(0x700000005, perf.host[0].value);
}

TEST(the_areas_are_aligned_and_never_overrun)
{
	struct perf_guest_switch_msr msrs[PERF_LIST_MSRS + 8];
	unsigned int i;

	for (i = 0; i < PERF_LIST_MSRS + 8; i++)
		msrs[i] = (struct perf_guest_switch_msr){ 0x186 + i, 1, 0 };
	EXPECT_EQ(PERF_LIST_MSRS, perf_list_fill(&perf, msrs,
						 PERF_LIST_MSRS + 8));
	EXPECT_EQ(0, sizeof(perf) & (sizeof(perf) - 1));
	EXPECT_EQ(16, sizeof(*perf.guest));
	/* Reserved bits 63:32 of an entry must be 0. */
	EXPECT_EQ(0, perf.guest[5].reserved);
}

TEST_HARNESS_MAIN
