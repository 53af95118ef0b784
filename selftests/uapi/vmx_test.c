// SPDX-License-Identifier: GPL-2.0-only
/*
 * The tables of uapi/vmx.h against numbers and names written down a second
 * time here, row by row, and the answer to every number without a meaning.
 */
#include <stddef.h>
#include <string.h>

#include <uapi/vmx.h>

#include "kselftest_harness.h"

struct row {
	unsigned int number;
	const char *name;
};

static const struct row errors[] = {
	{ 1, "VMCALL_IN_ROOT" },
	{ 2, "VMCLEAR_BAD_ADDRESS" },
	{ 3, "VMCLEAR_VMXON_POINTER" },
	{ 4, "VMLAUNCH_NONCLEAR_VMCS" },
	{ 5, "VMRESUME_NONLAUNCHED_VMCS" },
	{ 6, "VMRESUME_AFTER_VMXOFF" },
	{ 7, "ENTRY_BAD_CONTROLS" },
	{ 8, "ENTRY_BAD_HOST_STATE" },
	{ 9, "VMPTRLD_BAD_ADDRESS" },
	{ 10, "VMPTRLD_VMXON_POINTER" },
	{ 11, "VMPTRLD_BAD_REVISION" },
	{ 12, "UNSUPPORTED_FIELD" },
	{ 13, "VMWRITE_READ_ONLY_FIELD" },
	{ 15, "VMXON_IN_ROOT" },
	{ 16, "ENTRY_BAD_EXECUTIVE_POINTER" },
	{ 17, "ENTRY_NONLAUNCHED_EXECUTIVE" },
	{ 18, "ENTRY_EXECUTIVE_NOT_VMXON_POINTER" },
	{ 19, "VMCALL_NONCLEAR_VMCS" },
	{ 20, "VMCALL_BAD_EXIT_CONTROLS" },
	{ 22, "VMCALL_BAD_MSEG_REVISION" },
	{ 23, "VMXOFF_UNDER_DUAL_MONITOR" },
	{ 24, "VMCALL_BAD_SMM_FEATURES" },
	{ 25, "ENTRY_BAD_EXECUTIVE_CONTROLS" },
	{ 26, "ENTRY_BLOCKED_BY_MOV_SS" },
	{ 28, "BAD_INVEPT_INVVPID_OPERAND" },
};

static const struct row reasons[] = {
	{ 0, "EXCEPTION_NMI" },
	{ 1, "EXTERNAL_INTERRUPT" },
	{ 2, "TRIPLE_FAULT" },
	{ 3, "INIT" },
	{ 4, "SIPI" },
	{ 5, "IO_SMI" },
	{ 6, "OTHER_SMI" },
	{ 7, "INTERRUPT_WINDOW" },
	{ 8, "NMI_WINDOW" },
	{ 9, "TASK_SWITCH" },
	{ 10, "CPUID" },
	{ 11, "GETSEC" },
	{ 12, "HLT" },
	{ 13, "INVD" },
	{ 14, "INVLPG" },
	{ 15, "RDPMC" },
	{ 16, "RDTSC" },
	{ 17, "RSM" },
	{ 18, "VMCALL" },
	{ 19, "VMCLEAR" },
	{ 20, "VMLAUNCH" },
	{ 21, "VMPTRLD" },
	{ 22, "VMPTRST" },
	{ 23, "VMREAD" },
	{ 24, "VMRESUME" },
	{ 25, "VMWRITE" },
	{ 26, "VMXOFF" },
	{ 27, "VMXON" },
	{ 28, "CR_ACCESS" },
	{ 29, "DR_ACCESS" },
	{ 30, "IO_INSTRUCTION" },
	{ 31, "MSR_READ" },
	{ 32, "MSR_WRITE" },
	{ 33, "INVALID_GUEST_STATE" },
	{ 34, "MSR_LOAD_FAIL" },
	{ 36, "MWAIT_INSTRUCTION" },
	{ 37, "MONITOR_TRAP_FLAG" },
	{ 39, "MONITOR_INSTRUCTION" },
	{ 40, "PAUSE_INSTRUCTION" },
	{ 41, "MCE_DURING_VMENTRY" },
	{ 43, "TPR_BELOW_THRESHOLD" },
	{ 44, "APIC_ACCESS" },
	{ 45, "VIRTUALIZED_EOI" },
	{ 46, "GDTR_IDTR" },
	{ 47, "LDTR_TR" },
	{ 48, "EPT_VIOLATION" },
	{ 49, "EPT_MISCONFIG" },
	{ 50, "INVEPT" },
	{ 51, "RDTSCP" },
	{ 52, "PREEMPTION_TIMER" },
	{ 53, "INVVPID" },
	{ 54, "WBINVD" },
	{ 55, "XSETBV" },
	{ 56, "APIC_WRITE" },
	{ 57, "RDRAND" },
	{ 58, "INVPCID" },
	{ 59, "VMFUNC" },
	{ 60, "ENCLS" },
	{ 61, "RDSEED" },
	{ 62, "PML_FULL" },
	{ 63, "XSAVES" },
	{ 64, "XRSTORS" },
	{ 65, "PCONFIG" },
	{ 66, "SPP_EVENT" },
	{ 67, "UMWAIT" },
	{ 68, "TPAUSE" },
	{ 69, "LOADIWKEY" },
	{ 70, "ENCLV" },
	{ 72, "ENQCMD" },
	{ 73, "ENQCMDS" },
	{ 74, "BUS_LOCK" },
	{ 75, "NOTIFY" },
	{ 76, "SEAMCALL" },
	{ 77, "TDCALL" },
	{ 78, "RDMSRLIST" },
	{ 79, "WRMSRLIST" },
	{ 80, "URDMSR" },
	{ 81, "UWRMSR" },
	{ 84, "RDMSR_IMM" },
	{ 85, "WRMSR_IMM" },
};

static const struct row flag_bits[] = {
	{ 25, "SHADOW_STACK_BUSY" },
	{ 26, "BUS_LOCK" },
	{ 27, "ENCLAVE_MODE" },
	{ 28, "PENDING_MTF" },
	{ 29, "FROM_VMX_ROOT" },
	{ 31, "ENTRY_FAILURE" },
};

static const struct row types[] = {
	{ 0, "EXTERNAL_INTERRUPT" },
	{ 1, "RESERVED" },
	{ 2, "NMI" },
	{ 3, "HARDWARE_EXCEPTION" },
	{ 4, "SOFTWARE_INTERRUPT" },
	{ 5, "PRIVILEGED_SOFTWARE_EXCEPTION" },
	{ 6, "SOFTWARE_EXCEPTION" },
	{ 7, "OTHER_EVENT" },
};

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))

static const char *find(const struct row *table, size_t rows, unsigned int n)
{
	size_t i;

	for (i = 0; i < rows; i++)
		if (table[i].number == n)
			return table[i].name;
	return NULL;
}

static int same(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

/* A description: no full stop, nothing that would break a column of a table. */
static int described(const char *text)
{
	size_t len = text ? strlen(text) : 0;

	return len >= 3 && text[len - 1] != '.' && !strpbrk(text, "\t\n");
}

static int right_text(const char *text, int named, int gap)
{
	if (named)
		return described(text) && strcmp(text, "reserved");
	return gap ? same(text, "reserved") : !text;
}

TEST(errors_by_number)
{
	unsigned int n;

	ASSERT_EQ(25, ROWS(errors));
	ASSERT_EQ(28, VMX_ERROR_MAX);
	ASSERT_EQ(0, VMX_ERROR_NONE);
	for (n = 0; n < 1024; n++) {
		const char *name = find(errors, ROWS(errors), n);

		EXPECT_TRUE(same(name, vmx_insn_error_name(n)))
			TH_LOG("error %u: %s", n, vmx_insn_error_name(n));
		EXPECT_TRUE(right_text(vmx_insn_error_text(n), !!name,
				       n == 14 || n == 21 || n == 27));
	}
	EXPECT_EQ(NULL, vmx_insn_error_name(~0u));
	EXPECT_EQ(NULL, vmx_insn_error_text(~0u));
}

TEST(errors_enum)
{
	EXPECT_EQ(1, VMX_ERROR_VMCALL_IN_ROOT);
	EXPECT_EQ(7, VMX_ERROR_ENTRY_BAD_CONTROLS);
	EXPECT_EQ(8, VMX_ERROR_ENTRY_BAD_HOST_STATE);
	EXPECT_EQ(15, VMX_ERROR_VMXON_IN_ROOT);
	EXPECT_EQ(22, VMX_ERROR_VMCALL_BAD_MSEG_REVISION);
	EXPECT_EQ(28, VMX_ERROR_BAD_INVEPT_INVVPID_OPERAND);
}

static int reason_gap(unsigned int n)
{
	return n == 35 || n == 38 || n == 42 || n == 71 || n == 82 || n == 83;
}

TEST(reasons_by_number)
{
	unsigned int n;

	/* 67 up to 69, and 13 after it */
	ASSERT_EQ(80, ROWS(reasons));
	ASSERT_EQ(85, VMX_EXIT_MAX);
	for (n = 0; n <= 0xffff; n++) {
		const char *name = find(reasons, ROWS(reasons), n);

		ASSERT_TRUE(same(name, vmx_exit_reason_name(n)))
			TH_LOG("reason %u: %s", n, vmx_exit_reason_name(n));
		ASSERT_TRUE(right_text(vmx_exit_reason_text(n), !!name,
				       reason_gap(n)));
	}
}

TEST(reasons_without_their_flags)
{
	EXPECT_STREQ("INVALID_GUEST_STATE", vmx_exit_reason_name(0x80000021));
	EXPECT_STREQ("VMCALL", vmx_exit_reason_name(0xffff0012));
	EXPECT_STREQ(vmx_exit_reason_text(18), vmx_exit_reason_text(0xffff0012));
	EXPECT_EQ(NULL, vmx_exit_reason_name(0x80000000 | 35));
	EXPECT_EQ(NULL, vmx_exit_reason_name(~0u));
}

TEST(reasons_enum)
{
	EXPECT_EQ(0, VMX_EXIT_EXCEPTION_NMI);
	EXPECT_EQ(18, VMX_EXIT_VMCALL);
	EXPECT_EQ(26, VMX_EXIT_VMXOFF);
	EXPECT_EQ(27, VMX_EXIT_VMXON);
	EXPECT_EQ(33, VMX_EXIT_INVALID_GUEST_STATE);
	EXPECT_EQ(48, VMX_EXIT_EPT_VIOLATION);
	EXPECT_EQ(52, VMX_EXIT_PREEMPTION_TIMER);
	EXPECT_EQ(76, VMX_EXIT_SEAMCALL);
	EXPECT_EQ(85, VMX_EXIT_WRMSR_IMM);
}

TEST(flags)
{
	unsigned int bit;

	for (bit = 0; bit < 64; bit++) {
		const char *name = find(flag_bits, ROWS(flag_bits), bit);

		EXPECT_TRUE(same(name, vmx_exit_flag_name(bit)))
			TH_LOG("flag %u", bit);
		EXPECT_EQ(!!name, described(vmx_exit_flag_text(bit)));
	}
	EXPECT_EQ(0x80000000u, VMX_EXIT_FLAG(ENTRY_FAILURE));
	EXPECT_EQ(0x08000000u, VMX_EXIT_FLAG(ENCLAVE_MODE));
	EXPECT_EQ(0x02000000u, VMX_EXIT_FLAG(SHADOW_STACK_BUSY));
}

TEST(interruption_types)
{
	unsigned int n;

	for (n = 0; n < 32; n++) {
		const char *name = find(types, ROWS(types), n);

		EXPECT_TRUE(same(name, vmx_intr_type_name(n)))
			TH_LOG("type %u", n);
		EXPECT_EQ(!!name, described(vmx_intr_type_text(n)));
		EXPECT_EQ(n == 4 || n == 5 || n == 6, vmx_intr_type_is_soft(n));
	}
}

TEST(type_of_vector)
{
	/* vectors 0 to 31, a digit each: #DB is no INT1, #CP no other event */
	static const char want[] = "33266333333333333333333333333333";
	unsigned int n;

	for (n = 0; n < 32; n++)
		EXPECT_EQ(want[n] - '0', (int)vmx_intr_type_of_vector(n))
			TH_LOG("vector %u", n);
	for (n = 32; n < 256; n++)
		EXPECT_EQ(0, vmx_intr_type_of_vector(n));
	EXPECT_EQ(1, vmx_intr_type_of_vector(256));
	EXPECT_EQ(1, vmx_intr_type_of_vector(~0u));
}

TEST(vector_has_error_code)
{
	static const unsigned int with[] = { 8, 10, 11, 12, 13, 14, 17, 21 };
	unsigned int n, i;

	for (n = 0; n < 512; n++) {
		int want = 0;

		for (i = 0; i < ROWS(with); i++)
			want |= with[i] == n;
		EXPECT_EQ(want, vmx_vector_has_error_code(n))
			TH_LOG("vector %u", n);
	}
}

/* Only all three together; any other #AC is about a split lock. */
TEST(alignment_checks)
{
	const unsigned long long am = 0x40000, ac = 0x40000;
	unsigned int privilege;

	EXPECT_EQ(1, vmx_alignment_is_checked(0x80000011 | am, 0x202 | ac, 3));
	EXPECT_EQ(0, vmx_alignment_is_checked(0x80000011, 0x202 | ac, 3));
	EXPECT_EQ(0, vmx_alignment_is_checked(0x80000011 | am, 0x202, 3));
	EXPECT_EQ(0, vmx_alignment_is_checked(~am, ~0ULL, 3));
	EXPECT_EQ(0, vmx_alignment_is_checked(~0ULL, ~ac, 3));
	for (privilege = 0; privilege < 3; privilege++)
		EXPECT_EQ(0, vmx_alignment_is_checked(~0ULL, ~0ULL,
						      privilege));
}

TEST_HARNESS_MAIN
