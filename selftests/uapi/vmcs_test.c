// SPDX-License-Identifier: GPL-2.0-only
/*
 * The tables of uapi/vmcs.h and uapi/vmx_check.h: a second list of encodings,
 * the encoding rule of the SDM for every row, and the words.
 */
#include <string.h>

#include <uapi/vmcs.h>
#include <uapi/vmx_check.h>

#include "kselftest_harness.h"

struct row {
	unsigned int encoding;
	const char *name;
	const char *text;
};

/* First and last of each kind, and what the rest of the tests relies on */
static const struct row known[] = {
	{ 0x0000, "VPID", "VPID" },
	{ 0x0008, "LAST_PID_POINTER_INDEX", "last PID-pointer index" },
	{ 0x0800, "GUEST_ES_SELECTOR", "guest ES selector" },
	{ 0x080e, "GUEST_TR_SELECTOR", "guest TR selector" },
	{ 0x0814, "GUEST_UINV", "guest UINV" },
	{ 0x0c00, "HOST_ES_SELECTOR", "host ES selector" },
	{ 0x0c0c, "HOST_TR_SELECTOR", "host TR selector" },
	{ 0x2000, "IO_BITMAP_A", "address of I/O bitmap A" },
	{ 0x201a, "EPT_POINTER", "EPT pointer" },
	{ 0x2044, "SECONDARY_EXIT_CONTROLS", "secondary VM-exit controls" },
	{ 0x2400, "GUEST_PHYSICAL_ADDRESS", "guest-physical address" },
	{ 0x2800, "LINK_POINTER", "VMCS link pointer" },
	{ 0x2806, "GUEST_EFER", "guest IA32_EFER" },
	{ 0x2810, "GUEST_PDPTE_3", "guest PDPTE 3" },
	{ 0x2c00, "HOST_PAT", "host IA32_PAT" },
	{ 0x4000, "PIN_CONTROLS", "pin-based controls" },
	{ 0x4016, "ENTRY_INTERRUPTION_INFO",
	  "VM-entry interruption information" },
	{ 0x4024, "NOTIFY_WINDOW", "notify window" },
	{ 0x4400, "INSTRUCTION_ERROR", "VM-instruction error" },
	{ 0x440e, "EXIT_INSTRUCTION_INFO", "VM-exit instruction information" },
	{ 0x4800, "GUEST_ES_LIMIT", "guest ES limit" },
	{ 0x4816, "GUEST_CS_ACCESS_RIGHTS", "guest CS access rights" },
	{ 0x4822, "GUEST_TR_ACCESS_RIGHTS", "guest TR access rights" },
	{ 0x482e, "PREEMPTION_TIMER", "VMX-preemption timer value" },
	{ 0x4c00, "HOST_SYSENTER_CS", "host IA32_SYSENTER_CS" },
	{ 0x6000, "CR0_MASK", "CR0 guest/host mask" },
	{ 0x600e, "CR3_TARGET_3", "CR3-target value 3" },
	{ 0x6400, "EXIT_QUALIFICATION", "exit qualification" },
	{ 0x640a, "GUEST_LINEAR_ADDRESS", "guest-linear address" },
	{ 0x6800, "GUEST_CR0", "guest CR0" },
	{ 0x6812, "GUEST_LDTR_BASE", "guest LDTR base" },
	{ 0x6820, "GUEST_RFLAGS", "guest RFLAGS" },
	{ 0x682c, "GUEST_SSP_TABLE", "guest IA32_INTERRUPT_SSP_TABLE_ADDR" },
	{ 0x6c00, "HOST_CR0", "host CR0" },
	{ 0x6c16, "HOST_RIP", "host RIP" },
	{ 0x6c1c, "HOST_SSP_TABLE", "host IA32_INTERRUPT_SSP_TABLE_ADDR" },
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

TEST(known_fields)
{
	size_t i;

	for (i = 0; i < COUNT(known); i++) {
		ASSERT_NE(NULL, vmcs_field_name(known[i].encoding))
			TH_LOG("0x%x", known[i].encoding);
		EXPECT_STREQ(known[i].name, vmcs_field_name(known[i].encoding));
		EXPECT_STREQ(known[i].text, vmcs_field_text(known[i].encoding));
	}
}

/* Bits 14:13 and 11:10 of an encoding are width and area; bit 0, 12 are 0. */
#define KIND(encoding)	((encoding) & 0x6c00)
#define CHECK(name, encoding, text) \
	EXPECT_EQ(kind, KIND(encoding)) \
		TH_LOG("%s", #name); \
	EXPECT_EQ(0, (encoding) & 0x1001) \
		TH_LOG("%s", #name); \
	EXPECT_LE(4, strlen(text)); \
	fields++;

TEST(every_field_is_of_its_kind)
{
	unsigned int fields = 0;
	unsigned int kind;

	kind = 0x0000;
	VMCS_FIELDS_CONTROL_16(CHECK)
	kind = 0x0800;
	VMCS_FIELDS_GUEST_16(CHECK)
	kind = 0x0c00;
	VMCS_FIELDS_HOST_16(CHECK)
	kind = 0x2000;
	VMCS_FIELDS_CONTROL_64(CHECK)
	kind = 0x2400;
	VMCS_FIELDS_READ_ONLY_64(CHECK)
	kind = 0x2800;
	VMCS_FIELDS_GUEST_64(CHECK)
	kind = 0x2c00;
	VMCS_FIELDS_HOST_64(CHECK)
	kind = 0x4000;
	VMCS_FIELDS_CONTROL_32(CHECK)
	kind = 0x4400;
	VMCS_FIELDS_READ_ONLY_32(CHECK)
	kind = 0x4800;
	VMCS_FIELDS_GUEST_32(CHECK)
	kind = 0x4c00;
	VMCS_FIELDS_HOST_32(CHECK)
	kind = 0x6000;
	VMCS_FIELDS_CONTROL_NATURAL(CHECK)
	kind = 0x6400;
	VMCS_FIELDS_READ_ONLY_NATURAL(CHECK)
	kind = 0x6800;
	VMCS_FIELDS_GUEST_NATURAL(CHECK)
	kind = 0x6c00;
	VMCS_FIELDS_HOST_NATURAL(CHECK)
	EXPECT_EQ(185, fields);
}

TEST(no_other_fields)
{
	unsigned int fields = 0;
	unsigned int i;

	for (i = 0; i < 0x10000; i++) {
		EXPECT_EQ(!vmcs_field_name(i), !vmcs_field_text(i));
		fields += !!vmcs_field_name(i);
	}
	EXPECT_EQ(185, fields);
	EXPECT_EQ(NULL, vmcs_field_name(~0u));
}

TEST(rules)
{
	unsigned int i;

	for (i = 0; i < 1000; i++) {
		const char *text = vmx_rule_text(i);

		EXPECT_EQ(!text, !vmx_rule_name(i));
		EXPECT_EQ(!text, !vmx_rule_section(i, 0));
		if (!text)
			continue;
		EXPECT_LE(8, strlen(text));
		EXPECT_NE('.', text[strlen(text) - 1])
			TH_LOG("%s", text);
	}
	EXPECT_STREQ("NOT_CODE_SEGMENT", vmx_rule_name(105));
	EXPECT_STREQ("not a code segment", vmx_rule_text(105));
	EXPECT_STREQ("Checks on Guest Segment Registers",
		     vmx_rule_section(105, VMCS_FIELD_GUEST_CS_ACCESS_RIGHTS));
	EXPECT_STREQ("Checks on Guest Control Registers, Debug Registers, and MSRs",
		     vmx_rule_section(60, VMCS_FIELD_GUEST_CR0));
	EXPECT_STREQ("Checks on Host Control Registers, MSRs, and SSP",
		     vmx_rule_section(60, VMCS_FIELD_HOST_CR0));
	EXPECT_EQ(NULL, vmx_rule_name(0));
	EXPECT_EQ(NULL, vmx_rule_text(~0u));
}

TEST_HARNESS_MAIN
