// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which VM-exit information fields are defined after which exit, against lists
 * by number written down from the SDM a second time here.
 */
#include <stdbool.h>
#include <stddef.h>

#include <uapi/vmx_exit_fields.h>

#include "kselftest_harness.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* SDM "Information for VM Exits Due to Instruction Execution", first item */
static const unsigned char with_length[] = {
	10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27,
	28, 29, 30, 31, 32, 36, 39, 40, 46, 47, 50, 51, 53, 54, 55, 57, 58, 59,
	60, 61, 63, 64, 65, 67, 68, 69, 84, 85,
};

/* The same section, VM-exit instruction information; INS and OUTS apart */
static const unsigned char with_info[] = {
	19, 21, 22, 23, 25, 27, 46, 47, 50, 53, 57, 58, 61, 63, 64, 67, 68, 69,
	84, 85,
};

/* SDM "Basic VM-Exit Information" */
static const unsigned char with_physical[] = { 48, 49, 66 };
static const unsigned char with_linear[] = { 66 };

#define FAILED		0x80000000u
#define VALID		0x80000000u
#define ERROR		0x800u
#define EXTERNAL	0x0u
#define NMI		0x200u
#define HARD		0x300u
#define INT_N		0x400u
#define INT1		0x500u
#define INT3		0x600u

static bool is_in(const unsigned char *list, size_t count, unsigned int reason)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (list[i] == reason)
			return true;
	return false;
}

static unsigned int expected(unsigned int reason)
{
	unsigned int fields = 0;

	if (is_in(with_length, COUNT(with_length), reason))
		fields |= VMX_FIELD_LENGTH;
	if (is_in(with_info, COUNT(with_info), reason))
		fields |= VMX_FIELD_INFO;
	if (is_in(with_physical, COUNT(with_physical), reason))
		fields |= VMX_FIELD_PHYSICAL;
	if (is_in(with_linear, COUNT(with_linear), reason))
		fields |= VMX_FIELD_LINEAR;
	return fields;
}

TEST(every_reason)
{
	/* A task gate, as a CALL through one has a length. */
	const unsigned long long gate = 0xc0000000;
	unsigned int reason;

	for (reason = 0; reason < 0x10000; reason++)
		ASSERT_EQ(expected(reason),
			  vmx_exit_fields(reason, reason == 9 ? gate : 0, 0,
					  0)) {
			TH_LOG("reason %u", reason);
		}
}

TEST(flag_bits_change_nothing_but_a_failed_entry)
{
	EXPECT_EQ(VMX_FIELD_LENGTH, vmx_exit_fields(0x0400000a, 0, 0, 0));
	EXPECT_EQ(0, vmx_exit_fields(FAILED | 33, 0, VALID | HARD, VALID));
	EXPECT_EQ(0, vmx_exit_fields(FAILED | 34, 1, VALID | HARD, VALID));
	EXPECT_EQ(0, vmx_exit_fields(FAILED | 41, 0, VALID | INT3, VALID));
}

TEST(exceptions)
{
	EXPECT_EQ(VMX_FIELD_INTR, vmx_exit_fields(0, 0, VALID | HARD | 6, 0));
	EXPECT_EQ(VMX_FIELD_INTR | VMX_FIELD_INTR_ERROR,
		  vmx_exit_fields(0, 0, VALID | HARD | ERROR | 14, 0));
	EXPECT_EQ(VMX_FIELD_INTR, vmx_exit_fields(0, 0, VALID | NMI | 2, 0));
	EXPECT_EQ(VMX_FIELD_INTR, vmx_exit_fields(1, 0, VALID | EXTERNAL, 0));
	/* INT1, INT3, INTO */
	EXPECT_EQ(VMX_FIELD_INTR | VMX_FIELD_LENGTH,
		  vmx_exit_fields(0, 0, VALID | INT1 | 1, 0));
	EXPECT_EQ(VMX_FIELD_INTR | VMX_FIELD_LENGTH,
		  vmx_exit_fields(0, 0, VALID | INT3 | 3, 0));
	/* Without the valid bit, the other bits are undefined. */
	EXPECT_EQ(0, vmx_exit_fields(0, 0, INT3 | ERROR, 0));
}

TEST(exits_in_the_delivery_of_an_event)
{
	static const unsigned char reasons[] = { 0, 44, 48, 49, 62, 66 };
	size_t i;

	for (i = 0; i < COUNT(reasons); i++) {
		unsigned int fields = expected(reasons[i]) |
				      VMX_FIELD_VECTORING;

		EXPECT_EQ(fields | VMX_FIELD_LENGTH,
			  vmx_exit_fields(reasons[i], 0, 0,
					  VALID | INT_N | 0x80));
		EXPECT_EQ(fields | VMX_FIELD_LENGTH,
			  vmx_exit_fields(reasons[i], 0, 0, VALID | INT1 | 1));
		EXPECT_EQ(fields | VMX_FIELD_LENGTH,
			  vmx_exit_fields(reasons[i], 0, 0, VALID | INT3 | 3));
		EXPECT_EQ(fields, vmx_exit_fields(reasons[i], 0, 0,
						  VALID | EXTERNAL | 0x20));
		EXPECT_EQ(fields | VMX_FIELD_VECTORING_ERROR,
			  vmx_exit_fields(reasons[i], 0, 0,
					  VALID | HARD | ERROR | 13));
	}
	/* A fault in the delivery of a fault, an INT3 that another one met */
	EXPECT_EQ(VMX_FIELD_INTR | VMX_FIELD_VECTORING,
		  vmx_exit_fields(0, 0, VALID | HARD | 11, VALID | HARD | 6));
}

/* SDM "Exit Qualification for Task Switches": bits 31:30 are the source. */
TEST(task_switches)
{
	EXPECT_EQ(VMX_FIELD_LENGTH, vmx_exit_fields(9, 0x00000028, 0, 0));
	EXPECT_EQ(VMX_FIELD_LENGTH, vmx_exit_fields(9, 0x40000028, 0, 0));
	EXPECT_EQ(VMX_FIELD_LENGTH, vmx_exit_fields(9, 0x80000028, 0, 0));
	EXPECT_EQ(0, vmx_exit_fields(9, 0xc0000028, 0, 0));
	EXPECT_EQ(VMX_FIELD_VECTORING,
		  vmx_exit_fields(9, 0xc0000028, 0, VALID | HARD | 8));
	EXPECT_EQ(VMX_FIELD_VECTORING | VMX_FIELD_LENGTH,
		  vmx_exit_fields(9, 0xc0000028, 0, VALID | INT_N | 0x30));
}

TEST(what_the_qualification_adds)
{
	/* INS and OUTS */
	EXPECT_EQ(VMX_FIELD_LENGTH, vmx_exit_fields(30, 0x00e90000, 0, 0));
	EXPECT_EQ(VMX_FIELD_LENGTH | VMX_FIELD_INFO | VMX_FIELD_LINEAR,
		  vmx_exit_fields(30, 0x00e90010, 0, 0));
	/* LMSW from a register, from memory; MOV to CR3, CLTS */
	EXPECT_EQ(VMX_FIELD_LENGTH, vmx_exit_fields(28, 0x30, 0, 0));
	EXPECT_EQ(VMX_FIELD_LENGTH | VMX_FIELD_LINEAR,
		  vmx_exit_fields(28, 0x70, 0, 0));
	EXPECT_EQ(VMX_FIELD_LENGTH, vmx_exit_fields(28, 0x43, 0, 0));
	EXPECT_EQ(VMX_FIELD_LENGTH, vmx_exit_fields(28, 0x20, 0, 0));
	/* An EPT violation that is not about PDPTEs */
	EXPECT_EQ(VMX_FIELD_PHYSICAL | VMX_FIELD_LINEAR,
		  vmx_exit_fields(48, 0x182, 0, 0));
	EXPECT_EQ(VMX_FIELD_PHYSICAL, vmx_exit_fields(48, 0x1, 0, 0));
}

TEST_HARNESS_MAIN
