// SPDX-License-Identifier: GPL-2.0-only
/*
 * CAPS_GET: against what the same CPU answers through /dev/cpu/N/msr where
 * there is that, against the rules the SDM has for the MSRs, and refused.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "expect.h"

#define NO_SUCH_CPU	4000000000u
#define FEAT_CTL	0x3a
#define BASIC		0x480
#define PROC		0x482
#define EXIT		0x483
#define PROC2		0x48b

FIXTURE(caps)
{
	struct teavmx *teavmx;
	struct teavmx_info info;
	struct teavmx_caps *caps;
	int count;
};

FIXTURE_SETUP(caps)
{
	self->teavmx = machine_open();
	ASSERT_EQ(0, teavmx_get_info(self->teavmx, NULL, &self->info));
	self->count = teavmx_caps_list(self->teavmx, &self->caps);
	ASSERT_LT(0, self->count);
}

FIXTURE_TEARDOWN(caps)
{
	free(self->caps);
	teavmx_close(self->teavmx);
}

static uint64_t value_of(const struct teavmx_caps *caps, uint32_t number)
{
	const struct teavmx_msr *msr = teavmx_caps_msr(caps, number);

	return msr ? msr->value : 0;
}

static bool has(const struct teavmx_caps *caps, uint32_t number)
{
	return teavmx_caps_msr(caps, number);
}

TEST_F(caps, every_cpu_once)
{
	int i;

	EXPECT_EQ(sysconf(_SC_NPROCESSORS_ONLN), self->count);
	for (i = 1; i < self->count; i++)
		EXPECT_LT(self->caps[i - 1].cpu, self->caps[i].cpu);
}

TEST_F(caps, msrs_or_the_reason_why_not)
{
	int i;

	for (i = 0; i < self->count; i++) {
		if (machine_cpu_has("vmx")) {
			EXPECT_LE(12, self->caps[i].count);
			EXPECT_STREQ("", self->caps[i].missing);
		} else {
			EXPECT_EQ(0, self->caps[i].count);
			EXPECT_STREQ("this CPU has no VMX",
				     self->caps[i].missing);
		}
	}
}

/* Other MSRs report which of them must exist. */
TEST_F(caps, exactly_the_msrs_that_are_promised)
{
	const struct teavmx_caps *caps = self->caps;
	bool exact = value_of(caps, BASIC) >> 55 & 1;
	bool more = value_of(caps, PROC) >> 63;
	uint32_t msr;

	if (!caps->count)
		SKIP(return, "this CPU has no VMX");
	EXPECT_TRUE(has(caps, FEAT_CTL));
	for (msr = BASIC; msr <= 0x48a; msr++)
		EXPECT_TRUE(has(caps, msr))
			TH_LOG("0x%x", msr);
	EXPECT_EQ(more, has(caps, PROC2));
	EXPECT_EQ(!!(value_of(caps, PROC2) >> 32 & 0x22), has(caps, 0x48c));
	for (msr = 0x48d; msr <= 0x490; msr++)
		EXPECT_EQ(exact, has(caps, msr))
			TH_LOG("0x%x", msr);
	EXPECT_EQ(value_of(caps, PROC2) >> 45 & 1, has(caps, 0x491));
	EXPECT_EQ(value_of(caps, PROC) >> 49 & 1, has(caps, 0x492));
	EXPECT_EQ(value_of(caps, EXIT) >> 63, has(caps, 0x493));
}

TEST_F(caps, values_follow_the_rules)
{
	static const uint32_t controls[] = { 0x481, 0x482, 0x483, 0x484, 0x48b,
					     0x48d, 0x48e, 0x48f, 0x490 };
	const struct teavmx_caps *caps = self->caps;
	uint64_t basic = value_of(caps, BASIC);
	uint32_t must, may;
	size_t i;

	if (!caps->count)
		SKIP(return, "this CPU has no VMX");
	EXPECT_EQ(6, basic >> 50 & 15);
	EXPECT_LT(0, basic >> 32 & 0x1fff);
	EXPECT_GE(4096, basic >> 32 & 0x1fff);
	for (i = 0; i < sizeof(controls) / sizeof(controls[0]); i++) {
		must = (uint32_t)value_of(caps, controls[i]);
		may = (uint32_t)(value_of(caps, controls[i]) >> 32);
		EXPECT_EQ(0, must & ~may)
			TH_LOG("0x%x", controls[i]);
	}
	/* The exact ones allow the same 1s and at least the same 0s. */
	for (i = 0; i < 4 && has(caps, 0x48d); i++) {
		uint64_t old = value_of(caps, 0x481 + i);
		uint64_t exact = value_of(caps, 0x48d + i);

		EXPECT_EQ(old >> 32, exact >> 32);
		EXPECT_EQ(0, (uint32_t)exact & ~(uint32_t)old);
	}
	EXPECT_EQ(0, value_of(caps, 0x486) & ~value_of(caps, 0x487));
	EXPECT_EQ(0, value_of(caps, 0x488) & ~value_of(caps, 0x489));
	/* PE, NE and PG of CR0 and VMXE of CR4 must be 1 in VMX operation. */
	EXPECT_EQ(0x80000021, value_of(caps, 0x486) & 0x80000021);
	EXPECT_EQ(0x2000, value_of(caps, 0x488) & 0x2000);
	if (self->info.vmx)
		EXPECT_EQ(5, value_of(caps, FEAT_CTL) & 5);
}

TEST_F(caps, controls_in_use_are_allowed)
{
	const struct teavmx_msr *msr;
	size_t i;

	if (!self->caps->count)
		SKIP(return, "this CPU has no VMX");
	for (i = 0; i < self->caps->count; i++) {
		bool governs = (self->caps->msrs[i].number >= 0x481 &&
				self->caps->msrs[i].number <= 0x484) ||
			       self->caps->msrs[i].number == PROC2;

		msr = &self->caps->msrs[i];
		EXPECT_EQ(governs && self->info.vmx, msr->has_used)
			TH_LOG("0x%x", msr->number);
		if (msr->has_used)
			EXPECT_EQ(0, msr->used & ~(uint32_t)(msr->value >> 32));
	}
	/* Without these there is no guest of ours. */
	if (self->info.vmx) {
		EXPECT_EQ(9, teavmx_caps_msr(self->caps, 0x481)->used & 9);
		EXPECT_EQ(2, teavmx_caps_msr(self->caps, PROC2)->used & 2);
	}
}

static int open_msr(uint32_t cpu)
{
	char path[64];

	snprintf(path, sizeof(path), "/dev/cpu/%u/msr", cpu);
	return open(path, O_RDONLY);
}

/* What another driver reads on the same CPU */
TEST_F(caps, the_msr_driver_reads_the_same)
{
	size_t i, compared = 0;
	uint64_t value;
	int cpu, fd;

	if (!self->caps->count)
		SKIP(return, "this CPU has no VMX");
	if (system("modprobe msr 2>/dev/null"))
		SKIP(return, "no msr driver here");
	for (cpu = 0; cpu < self->count; cpu++) {
		const struct teavmx_caps *caps = &self->caps[cpu];

		fd = open_msr(caps->cpu);
		ASSERT_LE(0, fd);
		for (i = 0; i < caps->count; i++) {
			if (pread(fd, &value, 8, caps->msrs[i].number) != 8)
				continue;
			EXPECT_EQ(value, caps->msrs[i].value)
				TH_LOG("0x%x", caps->msrs[i].number);
			compared++;
		}
		close(fd);
	}
	EXPECT_LE(12 * (size_t)self->count, compared);
}

static int ask(struct teavmx *teavmx, int type, size_t size, uint64_t value)
{
	struct nl_msg *message;

	message = teavmx_request(teavmx, TEAVMX_CMD_CAPS_GET, 0, 64);
	if (type)
		nla_put(message, type, (int)size, &value);
	return teavmx_call(teavmx, message, "do this", NULL);
}

TEST_F(caps, refusals)
{
	static const struct {
		int type;
		size_t size;
		uint64_t value;
		int error;
		const char *blamed;
		const char *words;
	} table[] = {
		{ 0, 0, 0, EINVAL, "cpu-id", "number of the CPU is missing" },
		{ TEAVMX_A_CAPS_CPU_ID, 4, NO_SUCH_CPU, ENOENT, "cpu-id",
		  "no CPU with this number is online" },
		{ TEAVMX_A_CAPS_CPU_ID, 4, UINT32_MAX, ENOENT, "cpu-id",
		  "online" },
		{ TEAVMX_A_CAPS_CPU_ID, 1, 0, EINVAL, "cpu-id", "" },
		{ TEAVMX_A_CAPS_CPU_ID, 8, 0, EINVAL, "cpu-id", "" },
		{ TEAVMX_A_CAPS_MSR, 4, 0, EINVAL, "msr", "" },
		{ 40, 4, 0, EINVAL, "40", "" },
	};
	const struct teavmx_error *error = teavmx_error(self->teavmx);
	size_t i;

	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		EXPECT_EQ(-1, ask(self->teavmx, table[i].type, table[i].size,
				  table[i].value));
		EXPECT_EQ(table[i].error, error->error)
			TH_LOG("row %zu", i);
		EXPECT_STREQ(table[i].blamed, error->attribute);
		EXPECT_NE(NULL, strstr(error->message, table[i].words))
			TH_LOG("row %zu: %s", i, error->message);
	}
	EXPECT_EQ(TEAVMX_REQUEST, error->status);
}

TEST_F(caps, a_cpu_off_line_is_refused)
{
	struct teavmx_caps caps;
	struct teavmx_caps *list;

	if (self->count < 2)
		SKIP(return, "this machine has one CPU");
	ASSERT_EQ(0, system("echo 0 >/sys/devices/system/cpu/cpu1/online"));
	EXPECT_EQ(-1, teavmx_caps_get(self->teavmx, 1, &caps));
	EXPECT_ERROR(ENOENT, self->teavmx);
	EXPECT_EQ(TEAVMX_OBJECT, teavmx_error(self->teavmx)->status);
	EXPECT_EQ(self->count - 1, teavmx_caps_list(self->teavmx, &list));
	free(list);
	ASSERT_EQ(0, system("echo 1 >/sys/devices/system/cpu/cpu1/online"));
	ASSERT_EQ(0, teavmx_caps_get(self->teavmx, 1, &caps));
	EXPECT_EQ(self->caps[1].count, caps.count);
}

TEST_HARNESS_MAIN
