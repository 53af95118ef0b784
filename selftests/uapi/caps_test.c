// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the capability MSRs mean: the tables of uapi/vmx_caps.h against bits and
 * names written down a second time here, and the table of teavmx caps for CPUs
 * that differ, which no single machine has.
 */
#include <stdlib.h>
#include <string.h>

#include <userspace/teavmx/caps_table.h>

#include "kselftest_harness.h"

#define ROWS(table)	(sizeof(table) / sizeof((table)[0]))

struct row {
	const char *group;
	unsigned int bit;
	const char *name;
};

static const struct row rows[] = {
	{ "PIN", 0, "EXTERNAL_INTERRUPT_EXITING" },
	{ "PIN", 3, "NMI_EXITING" },
	{ "PIN", 5, "VIRTUAL_NMIS" },
	{ "PIN", 6, "VMX_PREEMPTION_TIMER" },
	{ "PIN", 7, "POSTED_INTERRUPTS" },
	{ "PRIMARY", 2, "INTERRUPT_WINDOW_EXITING" },
	{ "PRIMARY", 3, "USE_TSC_OFFSETTING" },
	{ "PRIMARY", 7, "HLT_EXITING" },
	{ "PRIMARY", 9, "INVLPG_EXITING" },
	{ "PRIMARY", 10, "MWAIT_EXITING" },
	{ "PRIMARY", 11, "RDPMC_EXITING" },
	{ "PRIMARY", 12, "RDTSC_EXITING" },
	{ "PRIMARY", 15, "CR3_LOAD_EXITING" },
	{ "PRIMARY", 16, "CR3_STORE_EXITING" },
	{ "PRIMARY", 17, "TERTIARY_CONTROLS" },
	{ "PRIMARY", 19, "CR8_LOAD_EXITING" },
	{ "PRIMARY", 20, "CR8_STORE_EXITING" },
	{ "PRIMARY", 21, "USE_TPR_SHADOW" },
	{ "PRIMARY", 22, "NMI_WINDOW_EXITING" },
	{ "PRIMARY", 23, "MOV_DR_EXITING" },
	{ "PRIMARY", 24, "UNCONDITIONAL_IO_EXITING" },
	{ "PRIMARY", 25, "USE_IO_BITMAPS" },
	{ "PRIMARY", 27, "MONITOR_TRAP_FLAG" },
	{ "PRIMARY", 28, "USE_MSR_BITMAPS" },
	{ "PRIMARY", 29, "MONITOR_EXITING" },
	{ "PRIMARY", 30, "PAUSE_EXITING" },
	{ "PRIMARY", 31, "SECONDARY_CONTROLS" },
	{ "SECONDARY", 0, "VIRTUALIZE_APIC_ACCESSES" },
	{ "SECONDARY", 1, "ENABLE_EPT" },
	{ "SECONDARY", 2, "DESCRIPTOR_TABLE_EXITING" },
	{ "SECONDARY", 3, "ENABLE_RDTSCP" },
	{ "SECONDARY", 4, "VIRTUALIZE_X2APIC_MODE" },
	{ "SECONDARY", 5, "ENABLE_VPID" },
	{ "SECONDARY", 6, "WBINVD_EXITING" },
	{ "SECONDARY", 7, "UNRESTRICTED_GUEST" },
	{ "SECONDARY", 8, "APIC_REGISTER_VIRTUALIZATION" },
	{ "SECONDARY", 9, "VIRTUAL_INTERRUPT_DELIVERY" },
	{ "SECONDARY", 10, "PAUSE_LOOP_EXITING" },
	{ "SECONDARY", 11, "RDRAND_EXITING" },
	{ "SECONDARY", 12, "ENABLE_INVPCID" },
	{ "SECONDARY", 13, "ENABLE_VM_FUNCTIONS" },
	{ "SECONDARY", 14, "VMCS_SHADOWING" },
	{ "SECONDARY", 15, "ENABLE_ENCLS_EXITING" },
	{ "SECONDARY", 16, "RDSEED_EXITING" },
	{ "SECONDARY", 17, "ENABLE_PML" },
	{ "SECONDARY", 18, "EPT_VIOLATION_VE" },
	{ "SECONDARY", 19, "CONCEAL_VMX_FROM_PT" },
	{ "SECONDARY", 20, "ENABLE_XSAVES_XRSTORS" },
	{ "SECONDARY", 21, "PASID_TRANSLATION" },
	{ "SECONDARY", 22, "MODE_BASED_EXECUTE_CONTROL" },
	{ "SECONDARY", 23, "SUB_PAGE_WRITE_PERMISSIONS" },
	{ "SECONDARY", 24, "PT_USES_GUEST_PHYSICAL" },
	{ "SECONDARY", 25, "USE_TSC_SCALING" },
	{ "SECONDARY", 26, "ENABLE_USER_WAIT_AND_PAUSE" },
	{ "SECONDARY", 27, "ENABLE_PCONFIG" },
	{ "SECONDARY", 28, "ENABLE_ENCLV_EXITING" },
	{ "SECONDARY", 30, "BUS_LOCK_DETECTION" },
	{ "SECONDARY", 31, "INSTRUCTION_TIMEOUT" },
	{ "TERTIARY", 0, "LOADIWKEY_EXITING" },
	{ "TERTIARY", 1, "ENABLE_HLAT" },
	{ "TERTIARY", 2, "EPT_PAGING_WRITE_CONTROL" },
	{ "TERTIARY", 3, "GUEST_PAGING_VERIFICATION" },
	{ "TERTIARY", 4, "IPI_VIRTUALIZATION" },
	{ "TERTIARY", 6, "ENABLE_MSRLIST" },
	{ "TERTIARY", 7, "VIRTUALIZE_SPEC_CTRL" },
	{ "TERTIARY", 8, "APIC_TIMER_VIRTUALIZATION" },
	{ "EXIT", 2, "SAVE_DEBUG_CONTROLS" },
	{ "EXIT", 9, "HOST_ADDRESS_SPACE_SIZE" },
	{ "EXIT", 12, "LOAD_PERF_GLOBAL_CTRL" },
	{ "EXIT", 15, "ACKNOWLEDGE_INTERRUPT" },
	{ "EXIT", 18, "SAVE_PAT" },
	{ "EXIT", 19, "LOAD_PAT" },
	{ "EXIT", 20, "SAVE_EFER" },
	{ "EXIT", 21, "LOAD_EFER" },
	{ "EXIT", 22, "SAVE_PREEMPTION_TIMER" },
	{ "EXIT", 23, "CLEAR_BNDCFGS" },
	{ "EXIT", 24, "CONCEAL_VMX_FROM_PT" },
	{ "EXIT", 25, "CLEAR_RTIT_CTL" },
	{ "EXIT", 26, "CLEAR_LBR_CTL" },
	{ "EXIT", 27, "CLEAR_UINV" },
	{ "EXIT", 28, "LOAD_CET_STATE" },
	{ "EXIT", 29, "LOAD_PKRS" },
	{ "EXIT", 30, "SAVE_PERF_GLOBAL_CTRL" },
	{ "EXIT", 31, "SECONDARY_CONTROLS" },
	{ "EXIT2", 0, "SAVE_FRED" },
	{ "EXIT2", 1, "LOAD_FRED" },
	{ "EXIT2", 2, "LOAD_SPEC_CTRL" },
	{ "EXIT2", 3, "SHADOW_STACK_BUSY" },
	{ "ENTRY", 2, "LOAD_DEBUG_CONTROLS" },
	{ "ENTRY", 9, "IA32E_MODE_GUEST" },
	{ "ENTRY", 10, "ENTRY_TO_SMM" },
	{ "ENTRY", 11, "DEACTIVATE_DUAL_MONITOR" },
	{ "ENTRY", 13, "LOAD_PERF_GLOBAL_CTRL" },
	{ "ENTRY", 14, "LOAD_PAT" },
	{ "ENTRY", 15, "LOAD_EFER" },
	{ "ENTRY", 16, "LOAD_BNDCFGS" },
	{ "ENTRY", 17, "CONCEAL_VMX_FROM_PT" },
	{ "ENTRY", 18, "LOAD_RTIT_CTL" },
	{ "ENTRY", 19, "LOAD_UINV" },
	{ "ENTRY", 20, "LOAD_CET_STATE" },
	{ "ENTRY", 21, "LOAD_LBR_CTL" },
	{ "ENTRY", 22, "LOAD_PKRS" },
	{ "ENTRY", 23, "LOAD_FRED" },
	{ "ENTRY", 24, "LOAD_SPEC_CTRL" },
	{ "FEATURE", 0, "LOCK" },
	{ "FEATURE", 1, "VMX_INSIDE_SMX" },
	{ "FEATURE", 2, "VMX_OUTSIDE_SMX" },
	{ "FEATURE", 17, "SGX_LAUNCH_CONTROL" },
	{ "FEATURE", 18, "SGX" },
	{ "FEATURE", 20, "LMCE" },
	{ "BASIC", 48, "ADDRESSES_32_BIT" },
	{ "BASIC", 49, "DUAL_MONITOR" },
	{ "BASIC", 54, "INS_OUTS_INFORMATION" },
	{ "BASIC", 55, "TRUE_CONTROLS" },
	{ "BASIC", 56, "ANY_ERROR_CODE" },
	{ "BASIC", 58, "NESTED_EXCEPTION" },
	{ "MISC", 5, "STORE_LMA" },
	{ "MISC", 6, "ACTIVITY_HLT" },
	{ "MISC", 7, "ACTIVITY_SHUTDOWN" },
	{ "MISC", 8, "ACTIVITY_WAIT_FOR_SIPI" },
	{ "MISC", 14, "PT_IN_VMX" },
	{ "MISC", 15, "RDMSR_SMBASE_IN_SMM" },
	{ "MISC", 28, "SMI_UNBLOCKING_BY_VMXOFF" },
	{ "MISC", 29, "VMWRITE_ANY_FIELD" },
	{ "MISC", 30, "INSTRUCTION_LENGTH_0" },
	{ "EPT_VPID", 0, "EXECUTE_ONLY" },
	{ "EPT_VPID", 6, "WALK_4" },
	{ "EPT_VPID", 7, "WALK_5" },
	{ "EPT_VPID", 8, "TABLES_UC" },
	{ "EPT_VPID", 14, "TABLES_WB" },
	{ "EPT_VPID", 16, "PAGE_2M" },
	{ "EPT_VPID", 17, "PAGE_1G" },
	{ "EPT_VPID", 20, "INVEPT" },
	{ "EPT_VPID", 21, "ACCESSED_DIRTY" },
	{ "EPT_VPID", 22, "ADVANCED_EXIT_INFORMATION" },
	{ "EPT_VPID", 23, "SUPERVISOR_SHADOW_STACK" },
	{ "EPT_VPID", 25, "INVEPT_SINGLE" },
	{ "EPT_VPID", 26, "INVEPT_ALL" },
	{ "EPT_VPID", 32, "INVVPID" },
	{ "EPT_VPID", 40, "INVVPID_ADDRESS" },
	{ "EPT_VPID", 41, "INVVPID_SINGLE" },
	{ "EPT_VPID", 42, "INVVPID_ALL" },
	{ "EPT_VPID", 43, "INVVPID_RETAINING_GLOBALS" },
	{ "FUNCTIONS", 0, "EPTP_SWITCHING" },
};

static const struct {
	const char *group;
	uint32_t msr;
	uint32_t true_msr;
	unsigned int bits;
	bool control;
} groups[] = {
	{ "PIN", 0x481, 0x48d, 32, true },
	{ "PRIMARY", 0x482, 0x48e, 32, true },
	{ "SECONDARY", 0x48b, 0x48b, 32, true },
	{ "TERTIARY", 0x492, 0x492, 64, true },
	{ "EXIT", 0x483, 0x48f, 32, true },
	{ "EXIT2", 0x493, 0x493, 64, true },
	{ "ENTRY", 0x484, 0x490, 32, true },
	{ "FEATURE", 0x3a, 0x3a, 64, false },
	{ "BASIC", 0x480, 0x480, 64, false },
	{ "MISC", 0x485, 0x485, 64, false },
	{ "EPT_VPID", 0x48c, 0x48c, 64, false },
	{ "FUNCTIONS", 0x491, 0x491, 64, false },
};

static const struct {
	const char *name;
	uint32_t msr;
	unsigned int low;
	unsigned int high;
} numbers[] = {
	{ "SENTER_ENABLES", 0x3a, 8, 15 },
	{ "REVISION", 0x480, 0, 30 },
	{ "REGION_SIZE", 0x480, 32, 44 },
	{ "MEMORY_TYPE", 0x480, 50, 53 },
	{ "TIMER_SHIFT", 0x485, 0, 4 },
	{ "CR3_TARGETS", 0x485, 16, 24 },
	{ "MSR_LIST_SIZE", 0x485, 25, 27 },
	{ "MSEG_REVISION", 0x485, 32, 63 },
	{ "HIGHEST_INDEX", 0x48a, 1, 9 },
	{ "HLAT_PREFIX_MAX", 0x48c, 48, 53 },
};

static const char *row_name(const char *group, unsigned int bit)
{
	size_t i;

	for (i = 0; i < ROWS(rows); i++)
		if (!strcmp(rows[i].group, group) && rows[i].bit == bit)
			return rows[i].name;
	return NULL;
}

static void add(struct teavmx_caps *caps, uint32_t number, uint64_t value)
{
	caps->msrs[caps->count++] = (struct teavmx_msr){
		.number = number,
		.value = value,
	};
}

static struct teavmx_caps with(uint32_t number, uint64_t value)
{
	struct teavmx_caps caps = { .cpu = 0 };

	add(&caps, number, value);
	return caps;
}

static bool sentence(const char *text)
{
	return text && strlen(text) >= 4 && text[strlen(text) - 1] != '.';
}

TEST(names_bit_by_bit)
{
	const struct teavmx_caps none = { .cpu = 0 };
	struct teavmx_control control;
	unsigned int group, bit, named = 0;

	for (group = 0; teavmx_group(group); group++) {
		const char *title = teavmx_group(group)->name;

		ASSERT_STREQ(groups[group].group, title);
		EXPECT_EQ(groups[group].bits, teavmx_group(group)->bits);
		EXPECT_EQ(groups[group].control, teavmx_group(group)->control);
		for (bit = 0; bit < 70; bit++) {
			const char *want = row_name(title, bit);
			bool tells = teavmx_control_get(&none, group, bit,
							&control);

			EXPECT_EQ(!!want, tells)
				TH_LOG("%s %u", title, bit);
			EXPECT_EQ(!!want, sentence(control.text));
			if (!want || !tells)
				continue;
			EXPECT_STREQ(want, control.name);
			EXPECT_TRUE(control.can_be_0);
			EXPECT_FALSE(control.can_be_1);
			named++;
		}
	}
	EXPECT_EQ(ROWS(groups), group);
	EXPECT_EQ(ROWS(rows), named);
	EXPECT_FALSE(teavmx_control_get(&none, group, 0, &control));
}

/* Each bit of each word alone, at its place in the MSR. */
TEST(controls_32_bits_each)
{
	struct teavmx_control control;
	struct teavmx_caps caps;
	unsigned int group, bit;

	for (group = 0; group < ROWS(groups); group++) {
		if (!groups[group].control || groups[group].bits != 32)
			continue;
		for (bit = 0; bit < 32; bit++) {
			/* must be 1 */
			caps = with(groups[group].msr, 0x100000001ULL << bit);
			EXPECT_TRUE(teavmx_control_get(&caps, group, bit,
						       &control));
			EXPECT_FALSE(control.can_be_0);
			EXPECT_TRUE(control.can_be_1);
			/* can be 1 */
			caps = with(groups[group].msr, 0x100000000ULL << bit);
			EXPECT_TRUE(teavmx_control_get(&caps, group, bit,
						       &control));
			EXPECT_TRUE(control.can_be_0);
			EXPECT_TRUE(control.can_be_1);
			/* every other bit */
			caps = with(groups[group].msr,
				    ~(0x100000001ULL << bit));
			teavmx_control_get(&caps, group, bit, &control);
			EXPECT_TRUE(control.can_be_0);
			EXPECT_FALSE(control.can_be_1);
		}
	}
}

TEST(controls_64_bits_each_and_capabilities)
{
	struct teavmx_control control;
	struct teavmx_caps caps;
	unsigned int group, bit;

	for (group = 0; group < ROWS(groups); group++) {
		if (groups[group].bits != 64)
			continue;
		for (bit = 0; bit < 64; bit++) {
			caps = with(groups[group].msr, 1ULL << bit);
			teavmx_control_get(&caps, group, bit, &control);
			EXPECT_TRUE(control.can_be_1);
			EXPECT_EQ(groups[group].control, control.can_be_0);
			caps = with(groups[group].msr, ~(1ULL << bit));
			teavmx_control_get(&caps, group, bit, &control);
			EXPECT_FALSE(control.can_be_1);
			EXPECT_TRUE(control.can_be_0);
		}
	}
}

/* Where the exact MSR exists, the old one is not used. */
TEST(true_msrs_replace_the_old_ones)
{
	struct teavmx_control control;
	struct teavmx_caps caps;
	unsigned int group;

	for (group = 0; group < ROWS(groups); group++) {
		if (groups[group].msr == groups[group].true_msr)
			continue;
		caps = with(groups[group].msr, 0x0000000400000004ULL);
		caps.msrs[0].used = 4;
		caps.msrs[0].has_used = true;
		teavmx_control_get(&caps, group, 2, &control);
		EXPECT_FALSE(control.can_be_0);
		add(&caps, groups[group].true_msr, 0x0000000400000000ULL);
		teavmx_control_get(&caps, group, 2, &control);
		EXPECT_TRUE(control.can_be_0);
		EXPECT_TRUE(control.can_be_1);
		EXPECT_TRUE(control.has_used);
		EXPECT_TRUE(control.used);
		teavmx_control_get(&caps, group, 3, &control);
		EXPECT_TRUE(control.has_used);
		EXPECT_FALSE(control.used);
	}
}

TEST(number_fields)
{
	struct teavmx_number number;
	struct teavmx_caps caps;
	unsigned int i, bit;

	for (i = 0; i < ROWS(numbers); i++) {
		uint64_t all = 0;

		for (bit = 0; bit < 64; bit++) {
			bool in = bit >= numbers[i].low &&
				  bit <= numbers[i].high;

			caps = with(numbers[i].msr, 1ULL << bit);
			ASSERT_TRUE(teavmx_number_get(&caps, i, &number));
			EXPECT_EQ(in ? 1ULL << (bit - numbers[i].low) : 0,
				  number.value)
				TH_LOG("%s bit %u", numbers[i].name, bit);
			all |= in ? 1ULL << bit : 0;
		}
		EXPECT_STREQ(numbers[i].name, number.name);
		EXPECT_TRUE(number.present);
		EXPECT_TRUE(sentence(number.text));
		caps = with(numbers[i].msr == 0x480 ? 0x481 : 0x480, all);
		teavmx_number_get(&caps, i, &number);
		EXPECT_FALSE(number.present);
	}
	EXPECT_FALSE(teavmx_number_get(&caps, i, &number));
}

TEST(msr_names)
{
	EXPECT_STREQ("FEATURE_CONTROL", teavmx_msr_name(0x3a));
	EXPECT_STREQ("BASIC", teavmx_msr_name(0x480));
	EXPECT_STREQ("MISC", teavmx_msr_name(0x485));
	EXPECT_STREQ("CR4_FIXED1", teavmx_msr_name(0x489));
	EXPECT_STREQ("VMCS_ENUM", teavmx_msr_name(0x48a));
	EXPECT_STREQ("PROCBASED_CTLS2", teavmx_msr_name(0x48b));
	EXPECT_STREQ("EPT_VPID_CAP", teavmx_msr_name(0x48c));
	EXPECT_STREQ("TRUE_ENTRY_CTLS", teavmx_msr_name(0x490));
	EXPECT_STREQ("VMFUNC", teavmx_msr_name(0x491));
	EXPECT_STREQ("PROCBASED_CTLS3", teavmx_msr_name(0x492));
	EXPECT_STREQ("EXIT_CTLS2", teavmx_msr_name(0x493));
	EXPECT_EQ(NULL, teavmx_msr_name(0x494));
	EXPECT_EQ(NULL, teavmx_msr_name(0));
}

/* Two CPUs: the second lacks HLT exiting and must exit on RDTSC. */
static struct teavmx_caps two_cpus[2];

static void make_two_cpus(void)
{
	two_cpus[0] = with(0x482, 0x0000188000000000ULL);
	two_cpus[0].msrs[0].used = 0x80;
	two_cpus[0].msrs[0].has_used = true;
	two_cpus[1] = with(0x482, 0x0000180000001000ULL);
	two_cpus[1].cpu = 3;
	add(&two_cpus[1], 0x491, 1);
}

static bool printed(const char *text, const char *line)
{
	const char *at = strstr(text, line);

	return at && (at == text || at[-1] == '\n');
}

TEST(differences_in_text)
{
	static const char *const lines[] = {
		"CPU 0: 1 capability MSRs\n",
		"CPU 3: 2 capability MSRs\n",
		"! 0x482  0x0000188000000000  IA32_VMX_PROCBASED_CTLS\n"
		"! 0x482  0x0000180000001000  on CPU 3\n",
		"! 0x491  none                IA32_VMX_VMFUNC\n"
		"! 0x491  0x0000000000000001  on CPU 3\n",
		"!   7  yes  yes  yes   HLT_EXITING\n"
		"!   7  yes  no   -     on CPU 3\n",
		"   11  yes  yes  no    RDPMC_EXITING\n",
		"!  12  yes  yes  no    RDTSC_EXITING\n"
		"!  12  no   yes  -     on CPU 3\n",
		"!   0  no   EPTP_SWITCHING\n!   0  yes  on CPU 3\n",
	};
	struct caps_table table = { .caps = two_cpus, .count = 2 };
	char *text = NULL;
	size_t size, i;
	FILE *file;

	make_two_cpus();
	file = open_memstream(&text, &size);
	ASSERT_NE(NULL, file);
	caps_table_print(&table, file);
	fclose(file);
	for (i = 0; i < ROWS(lines); i++)
		EXPECT_TRUE(printed(text, lines[i]))
			TH_LOG("line %zu is missing", i);
	free(text);
}

static json_t *find(json_t *array, const char *key, json_t *wanted)
{
	json_t *element, *found = NULL;
	size_t i;

	json_array_foreach(array, i, element)
		if (json_equal(json_object_get(element, key), wanted))
			found = element;
	json_decref(wanted);
	return found;
}

TEST(differences_in_json)
{
	struct caps_table table = { .caps = two_cpus, .count = 2 };
	json_t *all, *bits, *want;

	make_two_cpus();
	all = caps_table_json(&table);
	ASSERT_NE(NULL, all);
	EXPECT_EQ(2, json_array_size(json_object_get(all, "cpus")));
	EXPECT_EQ(ROWS(numbers),
		  json_array_size(json_object_get(all, "numbers")));
	bits = json_object_get(find(json_object_get(all, "groups"), "name",
				    json_string("PRIMARY")), "bits");
	want = json_pack("{s:i,s:s,s:s,s:b,s:[b,b],s:[b,b],s:b}", "bit", 7,
			 "name", "HLT_EXITING", "text", "HLT exits",
			 "differs", 1, "can_be_0", 1, 1, "can_be_1", 1, 0,
			 "used", 1);
	EXPECT_TRUE(json_equal(want, find(bits, "bit", json_integer(7))));
	json_decref(want);
	want = json_pack("{s:i,s:s,s:s,s:b,s:[b,b],s:[b,b],s:b}", "bit", 11,
			 "name", "RDPMC_EXITING", "text", "RDPMC exits",
			 "differs", 0, "can_be_0", 1, 1, "can_be_1", 1, 1,
			 "used", 0);
	EXPECT_TRUE(json_equal(want, find(bits, "bit", json_integer(11))));
	json_decref(want);
	json_decref(all);
}

TEST_HARNESS_MAIN
