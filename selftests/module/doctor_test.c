// SPDX-License-Identifier: GPL-2.0-only
/*
 * The doctor: each row breaks one field of the VMCS, alone or together with
 * the control that makes the field matter, and the doctor must name that field
 * and the rule. Rows at the end break nothing, and it must say nothing. Needs
 * VMX and a module loaded with vmx_break=1.
 *
 * With the name of a row as argument only that one is tested.
 *
 * For each entry that fails a line "# entry FIELD" tells which field was
 * broken, so that selftests/vm/doctor_agree can compare with the emulator.
 */
#include <errno.h>
#include <string.h>

#include <uapi/vmcs.h>
#include <uapi/vmx.h>
#include <uapi/vmx_caps.h>
#include <uapi/vmx_check.h>

#include "gallery/pages.h"
#include "kselftest.h"
#include "machine.h"

#define WRITES		4
#define BIT(n)		(1ULL << (n))
/* In place of a value: the address of a page whose contents are known */
#define PAGES		0x5041474500000000
#define ADDRESS_OF(page)	(PAGES | PAGE_##page)

/*
 * Controls that every CPU takes which this module can use: the default 1 class
 * of the SDM as the TRUE capability MSRs have it, and what module/vmx/caps.c
 * requires.
 */
#define PIN		0x0000001fULL
#define PRIMARY		0xa599fff2ULL
#define EPT		0x00000002ULL
#define EXIT		0x002b6fffULL
#define ENTRY		0x0000d3ffULL

#define NMI_EXITING		BIT(3)
#define VIRTUAL_NMIS		BIT(5)
#define TPR_SHADOW		BIT(21)
#define USE_IO_BITMAPS		BIT(25)
#define USE_MSR_BITMAPS		BIT(28)
#define APIC_ACCESSES		BIT(0)
#define X2APIC			BIT(4)
#define ENABLE_VPID		BIT(5)
#define UNRESTRICTED		BIT(7)
#define INTERRUPT_DELIVERY	BIT(9)
#define VM_FUNCTIONS		BIT(13)
#define SHADOWING		BIT(14)
#define PML			BIT(17)
#define TSC_SCALING		BIT(25)

#define INTERRUPT_0X20		0x80000020
#define NMI			0x80000202
#define NON_CANONICAL		0x8000000000000000
#define TOO_WIDE		BIT(52)
#define DATA			0x40f3	/* usable with limit 0 */
#define BAD_PAT			0x0007040600020406
#define GOOD_PAT		0x0007040600070406
#define RFLAGS			0x202
#define RFLAGS_NO_IF		0x002
#define CR0			0x8001003f
#define CR4			0x2020

#define CONTROLS	VMX_ERROR_ENTRY_BAD_CONTROLS
#define HOST		VMX_ERROR_ENTRY_BAD_HOST_STATE
/* Exit reasons are above all errors. */
#define GUEST		VMX_EXIT_INVALID_GUEST_STATE
#define MSRS		VMX_EXIT_MSR_LOAD_FAIL
#define NOTHING		0

struct row {
	const char *name;
	unsigned int outcome;
	uint32_t field;
	uint32_t rule;
	struct teavmx_vmcs_write writes[WRITES];
};

#define W(name, value)	{ VMCS_FIELD_##name, value }
/* One write, to the field that is named */
#define ROW(name, outcome, field, rule, value) \
	{ name, outcome, VMCS_FIELD_##field, VMX_RULE_##rule, \
	  { { VMCS_FIELD_##field, value } } }
#define ROWS(name, outcome, field, rule, ...) \
	{ name, outcome, VMCS_FIELD_##field, VMX_RULE_##rule, \
	  { __VA_ARGS__ } }
#define HEALTHY(name, ...) { name, NOTHING, 0, 0, { __VA_ARGS__ } }

static const struct row rows[] = {
	ROW("pin control that must be 1", CONTROLS, PIN_CONTROLS,
	    MUST_BE_1, PIN & ~BIT(1)),
	ROW("pin control that does not exist", CONTROLS, PIN_CONTROLS,
	    MUST_BE_0, PIN | BIT(31)),
	ROW("virtual NMIs without NMI exiting", CONTROLS, PIN_CONTROLS,
	    VIRTUAL_NMIS, (PIN & ~NMI_EXITING) | VIRTUAL_NMIS),
	ROW("primary control that must be 1", CONTROLS, PRIMARY_CONTROLS,
	    MUST_BE_1, PRIMARY & ~BIT(1)),
	ROW("primary control that does not exist", CONTROLS, PRIMARY_CONTROLS,
	    MUST_BE_0, PRIMARY | BIT(0)),
	ROW("NMI window without virtual NMIs", CONTROLS, PRIMARY_CONTROLS,
	    NMI_WINDOW, PRIMARY | BIT(22)),
	ROW("secondary control that does not exist", CONTROLS,
	    SECONDARY_CONTROLS, MUST_BE_0, EPT | BIT(31)),
	ROW("unrestricted guest without EPT", CONTROLS, SECONDARY_CONTROLS,
	    NEEDS_EPT, UNRESTRICTED),
	ROW("PML without EPT", CONTROLS, SECONDARY_CONTROLS,
	    NEEDS_EPT, PML),
	ROW("x2APIC mode without TPR shadow", CONTROLS, SECONDARY_CONTROLS,
	    NEEDS_TPR_SHADOW, EPT | X2APIC),
	ROWS("x2APIC mode and APIC accesses", CONTROLS, SECONDARY_CONTROLS,
	     X2APIC_AND_APIC_ACCESSES, W(PRIMARY_CONTROLS, PRIMARY | TPR_SHADOW),
	     W(APIC_ACCESS_ADDRESS, 0x1000),
	     W(SECONDARY_CONTROLS, EPT | X2APIC | APIC_ACCESSES)),
	ROWS("virtual interrupts without interrupt exiting", CONTROLS,
	     SECONDARY_CONTROLS, VIRTUAL_INTERRUPT_DELIVERY,
	     W(PIN_CONTROLS, PIN & ~BIT(0)),
	     W(PRIMARY_CONTROLS, PRIMARY | TPR_SHADOW),
	     W(SECONDARY_CONTROLS, EPT | INTERRUPT_DELIVERY)),
	/* row_here() adds the number of targets that this CPU has. */
	ROW("one CR3 target too many", CONTROLS, CR3_TARGET_COUNT, CR3_TARGETS,
	    1),
	ROWS("I/O bitmap A unaligned", CONTROLS, IO_BITMAP_A,
	     ADDRESS_ALIGNMENT, W(PRIMARY_CONTROLS, PRIMARY | USE_IO_BITMAPS),
	     W(IO_BITMAP_A, 0x1001)),
	ROWS("I/O bitmap B too high", CONTROLS, IO_BITMAP_B,
	     ADDRESS_WIDTH, W(PRIMARY_CONTROLS, PRIMARY | USE_IO_BITMAPS),
	     W(IO_BITMAP_B, TOO_WIDE)),
	ROWS("MSR bitmaps unaligned", CONTROLS, MSR_BITMAPS,
	     ADDRESS_ALIGNMENT, W(PRIMARY_CONTROLS, PRIMARY | USE_MSR_BITMAPS),
	     W(MSR_BITMAPS, 0x800)),
	ROWS("virtual APIC unaligned", CONTROLS, VIRTUAL_APIC_ADDRESS,
	     ADDRESS_ALIGNMENT, W(PRIMARY_CONTROLS, PRIMARY | TPR_SHADOW),
	     W(VIRTUAL_APIC_ADDRESS, 0x10)),
	ROWS("TPR threshold above 15", CONTROLS, TPR_THRESHOLD,
	     TPR_THRESHOLD_BITS, W(PRIMARY_CONTROLS, PRIMARY | TPR_SHADOW),
	     W(TPR_THRESHOLD, 0x10)),
	ROWS("TPR threshold above the virtual TPR", CONTROLS, TPR_THRESHOLD,
	     TPR_THRESHOLD_ABOVE_VTPR,
	     W(PRIMARY_CONTROLS, PRIMARY | TPR_SHADOW), W(TPR_THRESHOLD, 15),
	     W(VIRTUAL_APIC_ADDRESS, ADDRESS_OF(VIRTUAL_APIC))),
	ROWS("APIC access page unaligned", CONTROLS, APIC_ACCESS_ADDRESS,
	     ADDRESS_ALIGNMENT, W(SECONDARY_CONTROLS, EPT | APIC_ACCESSES),
	     W(APIC_ACCESS_ADDRESS, 0x1)),
	ROWS("VPID 0", CONTROLS, VPID, VPID_ZERO,
	     W(SECONDARY_CONTROLS, EPT | ENABLE_VPID), W(VPID, 0)),
	ROW("EPT memory type", CONTROLS, EPT_POINTER, EPT_MEMORY_TYPE, 0x1019),
	ROW("EPT walk of 3 levels", CONTROLS, EPT_POINTER, EPT_WALK_LENGTH,
	    0x1016),
	ROW("EPT pointer, reserved bit", CONTROLS, EPT_POINTER, EPT_RESERVED,
	    0x1a1e),
	ROW("EPT pointer too high", CONTROLS, EPT_POINTER, ADDRESS_WIDTH,
	    TOO_WIDE | 0x1e),
	ROWS("VM function that does not exist", CONTROLS,
	     VM_FUNCTION_CONTROLS, VM_FUNCTION,
	     W(SECONDARY_CONTROLS, EPT | VM_FUNCTIONS),
	     W(VM_FUNCTION_CONTROLS, BIT(20))),
	ROWS("EPTP list unaligned", CONTROLS, EPTP_LIST_ADDRESS,
	     ADDRESS_ALIGNMENT, W(SECONDARY_CONTROLS, EPT | VM_FUNCTIONS),
	     W(VM_FUNCTION_CONTROLS, 1), W(EPTP_LIST_ADDRESS, 0x123)),
	ROWS("PML address unaligned", CONTROLS, PML_ADDRESS,
	     ADDRESS_ALIGNMENT, W(SECONDARY_CONTROLS, EPT | PML),
	     W(PML_ADDRESS, 0x123)),
	ROWS("VMREAD bitmap unaligned", CONTROLS, VMREAD_BITMAP,
	     ADDRESS_ALIGNMENT, W(SECONDARY_CONTROLS, EPT | SHADOWING),
	     W(VMREAD_BITMAP, 0x10)),
	ROWS("VMWRITE bitmap too high", CONTROLS, VMWRITE_BITMAP,
	     ADDRESS_WIDTH, W(SECONDARY_CONTROLS, EPT | SHADOWING),
	     W(VMWRITE_BITMAP, TOO_WIDE)),
	ROWS("TSC multiplier 0", CONTROLS, TSC_MULTIPLIER, TSC_MULTIPLIER,
	     W(SECONDARY_CONTROLS, EPT | TSC_SCALING), W(TSC_MULTIPLIER, 0)),
	ROW("exit control that must be 1", CONTROLS, EXIT_CONTROLS,
	    MUST_BE_1, EXIT & ~BIT(0)),
	ROW("exit control that does not exist", CONTROLS, EXIT_CONTROLS,
	    MUST_BE_0, EXIT | BIT(27)),
	ROWS("preemption timer saved but not used", CONTROLS, EXIT_CONTROLS,
	     SAVE_PREEMPTION_TIMER, W(PIN_CONTROLS, PIN),
	     W(EXIT_CONTROLS, EXIT | BIT(22))),
	ROWS("MSR store area unaligned", CONTROLS, EXIT_MSR_STORE_ADDRESS,
	     MSR_AREA_ALIGNMENT, W(EXIT_MSR_STORE_COUNT, 1),
	     W(EXIT_MSR_STORE_ADDRESS, 0x1008)),
	ROWS("MSR store area too high", CONTROLS, EXIT_MSR_STORE_ADDRESS,
	     ADDRESS_WIDTH, W(EXIT_MSR_STORE_COUNT, 1),
	     W(EXIT_MSR_STORE_ADDRESS, TOO_WIDE)),
	ROWS("exit MSR load area unaligned", CONTROLS, EXIT_MSR_LOAD_ADDRESS,
	     MSR_AREA_ALIGNMENT, W(EXIT_MSR_LOAD_COUNT, 1),
	     W(EXIT_MSR_LOAD_ADDRESS, 0x1001)),
	ROW("entry control that must be 1", CONTROLS, ENTRY_CONTROLS,
	    MUST_BE_1, ENTRY & ~BIT(0)),
	ROW("entry control that does not exist", CONTROLS, ENTRY_CONTROLS,
	    MUST_BE_0, ENTRY | BIT(31)),
	ROWS("entry MSR load area unaligned", CONTROLS,
	     ENTRY_MSR_LOAD_ADDRESS, MSR_AREA_ALIGNMENT,
	     W(ENTRY_MSR_LOAD_COUNT, 1), W(ENTRY_MSR_LOAD_ADDRESS, 0x1004)),
	ROW("event of the reserved type", CONTROLS, ENTRY_INTERRUPTION_INFO,
	    EVENT_TYPE, 0x80000100),
	ROW("NMI with vector 3", CONTROLS, ENTRY_INTERRUPTION_INFO,
	    EVENT_VECTOR, 0x80000203),
	ROW("exception with vector 32", CONTROLS, ENTRY_INTERRUPTION_INFO,
	    EVENT_VECTOR, 0x80000320),
	ROW("#GP without error code", CONTROLS, ENTRY_INTERRUPTION_INFO,
	    EVENT_ERROR_CODE, 0x8000030d),
	ROW("#UD with error code", CONTROLS, ENTRY_INTERRUPTION_INFO,
	    EVENT_ERROR_CODE, 0x80000b06),
	ROW("event, reserved bit", CONTROLS, ENTRY_INTERRUPTION_INFO,
	    EVENT_RESERVED, INTERRUPT_0X20 | BIT(12)),
	ROWS("error code of 17 bits", CONTROLS, ENTRY_ERROR_CODE,
	     ERROR_CODE_RESERVED, W(ENTRY_INTERRUPTION_INFO, 0x80000b0d),
	     W(ENTRY_ERROR_CODE, 0x10000)),
	ROWS("INT3 of 16 bytes", CONTROLS, ENTRY_INSTRUCTION_LENGTH,
	     EVENT_LENGTH, W(ENTRY_INTERRUPTION_INFO, 0x80000603),
	     W(ENTRY_INSTRUCTION_LENGTH, 16)),

	ROW("host CR0.PE clear", HOST, HOST_CR0, CR0_FIXED, 0x80050032),
	ROW("host CR4.VMXE clear", HOST, HOST_CR4, CR4_FIXED, 0x20),
	ROW("host CR4.PAE clear", HOST, HOST_CR4, HOST_PAE, 0x2000),
	ROW("host CR3 too high", HOST, HOST_CR3, CR3_WIDTH, TOO_WIDE),
	ROW("host SYSENTER_ESP", HOST, HOST_SYSENTER_ESP, NOT_CANONICAL,
	    NON_CANONICAL),
	ROW("host SYSENTER_EIP", HOST, HOST_SYSENTER_EIP, NOT_CANONICAL,
	    NON_CANONICAL),
	ROW("host PAT", HOST, HOST_PAT, PAT_TYPE, BAD_PAT),
	ROW("host EFER, reserved bit", HOST, HOST_EFER, EFER_RESERVED, 0xd03),
	ROW("host EFER.LMA clear", HOST, HOST_EFER, HOST_EFER_MODE, 0x901),
	ROW("host ES with RPL 1", HOST, HOST_ES_SELECTOR, HOST_SELECTOR_BITS,
	    1),
	ROW("host CS with RPL 3", HOST, HOST_CS_SELECTOR, HOST_SELECTOR_BITS,
	    0x13),
	ROW("host CS null", HOST, HOST_CS_SELECTOR, HOST_SELECTOR_NULL, 0),
	ROW("host SS in the LDT", HOST, HOST_SS_SELECTOR, HOST_SELECTOR_BITS,
	    0x1c),
	ROW("host DS with RPL 3", HOST, HOST_DS_SELECTOR, HOST_SELECTOR_BITS,
	    3),
	ROW("host FS in the LDT", HOST, HOST_FS_SELECTOR, HOST_SELECTOR_BITS,
	    4),
	ROW("host GS with RPL 2", HOST, HOST_GS_SELECTOR, HOST_SELECTOR_BITS,
	    2),
	ROW("host TR in the LDT", HOST, HOST_TR_SELECTOR, HOST_SELECTOR_BITS,
	    0x44),
	ROW("host TR null", HOST, HOST_TR_SELECTOR, HOST_SELECTOR_NULL, 0),
	ROW("host FS base", HOST, HOST_FS_BASE, NOT_CANONICAL, NON_CANONICAL),
	ROW("host GS base", HOST, HOST_GS_BASE, NOT_CANONICAL, NON_CANONICAL),
	ROW("host TR base", HOST, HOST_TR_BASE, NOT_CANONICAL, NON_CANONICAL),
	ROW("host GDTR base", HOST, HOST_GDTR_BASE, NOT_CANONICAL,
	    NON_CANONICAL),
	ROW("host IDTR base", HOST, HOST_IDTR_BASE, NOT_CANONICAL,
	    NON_CANONICAL),
	ROW("host RIP", HOST, HOST_RIP, NOT_CANONICAL, NON_CANONICAL),
	ROW("32-bit host", HOST, EXIT_CONTROLS, HOST_NOT_64_BIT,
	    EXIT & ~BIT(9)),

	ROW("guest CR0.PE clear", GUEST, GUEST_CR0, CR0_FIXED, CR0 & ~BIT(0)),
	ROW("guest CR0.NE clear", GUEST, GUEST_CR0, CR0_FIXED, CR0 & ~BIT(5)),
	ROW("guest CR0, high bit", GUEST, GUEST_CR0, CR0_FIXED, CR0 | BIT(32)),
	ROW("guest CR3 too high", GUEST, GUEST_CR3, CR3_WIDTH, TOO_WIDE),
	ROW("guest CR4.VMXE clear", GUEST, GUEST_CR4, CR4_FIXED, 0x20),
	ROW("guest CR4.PAE clear", GUEST, GUEST_CR4, LONG_MODE_PAE, 0x2000),
	ROW("guest CR4, unknown bit", GUEST, GUEST_CR4, CR4_FIXED,
	    CR4 | BIT(31)),
	ROW("guest DR7, high bit", GUEST, GUEST_DR7, HIGH_HALF,
	    0x400 | BIT(32)),
	ROW("guest SYSENTER_ESP", GUEST, GUEST_SYSENTER_ESP, NOT_CANONICAL,
	    NON_CANONICAL),
	ROW("guest SYSENTER_EIP", GUEST, GUEST_SYSENTER_EIP, NOT_CANONICAL,
	    NON_CANONICAL),
	ROW("guest PAT", GUEST, GUEST_PAT, PAT_TYPE, BAD_PAT),
	ROW("guest EFER, reserved bit", GUEST, GUEST_EFER, EFER_RESERVED,
	    0xd02),
	ROW("guest EFER.LMA clear", GUEST, GUEST_EFER, GUEST_EFER_LMA, 0x900),
	ROW("guest EFER.LME clear", GUEST, GUEST_EFER, GUEST_EFER_LME, 0xc00),
	ROW("TR in the LDT", GUEST, GUEST_TR_SELECTOR, SELECTOR_TI, 4),
	ROWS("LDTR in the LDT", GUEST, GUEST_LDTR_SELECTOR, SELECTOR_TI,
	     W(GUEST_LDTR_ACCESS_RIGHTS, 0x82), W(GUEST_LDTR_SELECTOR, 4)),
	ROW("SS with RPL 0", GUEST, GUEST_SS_SELECTOR, STACK_RPL, 0x20),
	ROW("CS with RPL 0", GUEST, GUEST_CS_SELECTOR, STACK_RPL, 0x18),
	ROW("CS base", GUEST, GUEST_CS_BASE, HIGH_HALF, BIT(32)),
	ROW("SS base", GUEST, GUEST_SS_BASE, HIGH_HALF, BIT(33)),
	ROWS("DS base", GUEST, GUEST_DS_BASE, HIGH_HALF,
	     W(GUEST_DS_ACCESS_RIGHTS, DATA), W(GUEST_DS_BASE, BIT(40))),
	ROWS("ES base", GUEST, GUEST_ES_BASE, HIGH_HALF,
	     W(GUEST_ES_ACCESS_RIGHTS, DATA), W(GUEST_ES_BASE, BIT(32))),
	ROW("FS base", GUEST, GUEST_FS_BASE, NOT_CANONICAL, NON_CANONICAL),
	ROW("GS base", GUEST, GUEST_GS_BASE, NOT_CANONICAL, NON_CANONICAL),
	ROW("TR base", GUEST, GUEST_TR_BASE, NOT_CANONICAL, NON_CANONICAL),
	ROWS("LDTR base", GUEST, GUEST_LDTR_BASE, NOT_CANONICAL,
	     W(GUEST_LDTR_ACCESS_RIGHTS, 0x82),
	     W(GUEST_LDTR_BASE, NON_CANONICAL)),
	ROW("CS is a data segment", GUEST, GUEST_CS_ACCESS_RIGHTS,
	    NOT_CODE_SEGMENT, 0x93),
	ROW("CS is a system segment", GUEST, GUEST_CS_ACCESS_RIGHTS,
	    SYSTEM_SEGMENT, 0xa0eb),
	ROW("CS with DPL 0", GUEST, GUEST_CS_ACCESS_RIGHTS, CODE_DPL, 0xa09b),
	ROW("CS not present", GUEST, GUEST_CS_ACCESS_RIGHTS, NOT_PRESENT,
	    0xa07b),
	ROW("CS, reserved bit", GUEST, GUEST_CS_ACCESS_RIGHTS,
	    RIGHTS_RESERVED, 0xa1fb),
	ROW("CS with L and D", GUEST, GUEST_CS_ACCESS_RIGHTS, CODE_SIZE,
	    0xe0fb),
	ROW("CS limit not of whole pages", GUEST, GUEST_CS_LIMIT,
	    GRANULARITY_NEEDLESS, 0xfffff000),
	ROW("SS not writable", GUEST, GUEST_SS_ACCESS_RIGHTS,
	    NOT_STACK_SEGMENT, 0xc0f1),
	ROW("SS with DPL 0", GUEST, GUEST_SS_ACCESS_RIGHTS, STACK_DPL, 0xc093),
	ROW("SS not present", GUEST, GUEST_SS_ACCESS_RIGHTS, NOT_PRESENT,
	    0xc073),
	ROW("SS is a system segment", GUEST, GUEST_SS_ACCESS_RIGHTS,
	    SYSTEM_SEGMENT, 0xc0e3),
	ROW("SS limit not of whole pages", GUEST, GUEST_SS_LIMIT,
	    GRANULARITY_NEEDLESS, 0x12345000),
	ROW("ES not accessed", GUEST, GUEST_ES_ACCESS_RIGHTS, NOT_ACCESSED,
	    0x40f2),
	ROW("DS code not readable", GUEST, GUEST_DS_ACCESS_RIGHTS,
	    NOT_READABLE, 0x40f9),
	ROWS("DS with DPL 0 and RPL 3", GUEST, GUEST_DS_ACCESS_RIGHTS,
	     DATA_DPL, W(GUEST_DS_SELECTOR, 0x23),
	     W(GUEST_DS_ACCESS_RIGHTS, 0x4093)),
	ROW("FS not present", GUEST, GUEST_FS_ACCESS_RIGHTS, NOT_PRESENT,
	    0x4073),
	ROW("GS, reserved bit", GUEST, GUEST_GS_ACCESS_RIGHTS,
	    RIGHTS_RESERVED, 0x42f3),
	ROWS("GS limit above 1 MiB", GUEST, GUEST_GS_LIMIT,
	     GRANULARITY_NEEDED, W(GUEST_GS_ACCESS_RIGHTS, DATA),
	     W(GUEST_GS_LIMIT, 0x100fff)),
	ROW("TR unusable", GUEST, GUEST_TR_ACCESS_RIGHTS, TR_UNUSABLE,
	    0x1008b),
	ROW("TSS not busy", GUEST, GUEST_TR_ACCESS_RIGHTS, NOT_BUSY_TSS, 0x89),
	ROW("TR is no system segment", GUEST, GUEST_TR_ACCESS_RIGHTS,
	    NOT_SYSTEM_SEGMENT, 0x9b),
	ROW("TR not present", GUEST, GUEST_TR_ACCESS_RIGHTS, NOT_PRESENT,
	    0x0b),
	ROW("TR limit above 1 MiB", GUEST, GUEST_TR_LIMIT, GRANULARITY_NEEDED,
	    0x100067),
	ROW("LDTR is no LDT", GUEST, GUEST_LDTR_ACCESS_RIGHTS, NOT_LDT, 0x83),
	ROW("LDTR not present", GUEST, GUEST_LDTR_ACCESS_RIGHTS, NOT_PRESENT,
	    0x02),
	ROW("GDTR base", GUEST, GUEST_GDTR_BASE, NOT_CANONICAL,
	    NON_CANONICAL),
	ROW("IDTR base", GUEST, GUEST_IDTR_BASE, NOT_CANONICAL,
	    NON_CANONICAL),
	ROW("GDTR limit", GUEST, GUEST_GDTR_LIMIT, TABLE_LIMIT, 0x10000),
	ROW("IDTR limit", GUEST, GUEST_IDTR_LIMIT, TABLE_LIMIT, 0x10fff),
	ROWS("RIP of 33 bits in 32-bit code", GUEST, GUEST_RIP, HIGH_HALF,
	     W(GUEST_CS_ACCESS_RIGHTS, 0xc0fb), W(GUEST_RIP, BIT(32))),
	ROW("RFLAGS, reserved bit", GUEST, GUEST_RFLAGS, RFLAGS_RESERVED,
	    RFLAGS | BIT(15)),
	ROW("RFLAGS bit 1 clear", GUEST, GUEST_RFLAGS, RFLAGS_BIT_1, 0x200),
	ROW("RFLAGS.VM in 64-bit mode", GUEST, GUEST_RFLAGS, RFLAGS_VM,
	    RFLAGS | BIT(17)),
	ROWS("interrupt with RFLAGS.IF clear", GUEST, GUEST_RFLAGS, RFLAGS_IF,
	     W(ENTRY_INTERRUPTION_INFO, INTERRUPT_0X20),
	     W(GUEST_RFLAGS, RFLAGS_NO_IF)),
	ROW("activity state 4", GUEST, GUEST_ACTIVITY, ACTIVITY_UNKNOWN, 4),
	ROW("HLT at level 3", GUEST, GUEST_ACTIVITY, ACTIVITY_HLT_DPL, 1),
	ROWS("shutdown while STI blocks", GUEST, GUEST_ACTIVITY,
	     ACTIVITY_BLOCKED, W(GUEST_INTERRUPTIBILITY, 1),
	     W(GUEST_ACTIVITY, 2)),
	ROWS("interrupt in wait-for-SIPI", GUEST, GUEST_ACTIVITY,
	     ACTIVITY_EVENT, W(ENTRY_INTERRUPTION_INFO, INTERRUPT_0X20),
	     W(GUEST_ACTIVITY, 3)),
	ROW("interruptibility, reserved bit", GUEST, GUEST_INTERRUPTIBILITY,
	    BLOCKING_RESERVED, 0x20),
	ROW("blocking by STI and MOV SS", GUEST, GUEST_INTERRUPTIBILITY,
	    BLOCKING_BOTH, 3),
	ROWS("blocking by STI with RFLAGS.IF clear", GUEST,
	     GUEST_INTERRUPTIBILITY, BLOCKING_STI,
	     W(GUEST_RFLAGS, RFLAGS_NO_IF), W(GUEST_INTERRUPTIBILITY, 1)),
	ROWS("interrupt while MOV SS blocks", GUEST, GUEST_INTERRUPTIBILITY,
	     BLOCKING_INTERRUPT, W(ENTRY_INTERRUPTION_INFO, INTERRUPT_0X20),
	     W(GUEST_INTERRUPTIBILITY, 2)),
	ROWS("NMI while MOV SS blocks", GUEST, GUEST_INTERRUPTIBILITY,
	     BLOCKING_NMI, W(ENTRY_INTERRUPTION_INFO, NMI),
	     W(GUEST_INTERRUPTIBILITY, 2)),
	ROW("blocking by SMI outside of SMM", GUEST, GUEST_INTERRUPTIBILITY,
	    BLOCKING_SMI, 4),
	ROW("pending debug exceptions, reserved bit", GUEST,
	    GUEST_PENDING_DEBUG, PENDING_DEBUG_RESERVED, 0x10),
	ROW("link pointer unaligned", GUEST, LINK_POINTER, ADDRESS_ALIGNMENT,
	    0x123),
	ROW("link pointer too high", GUEST, LINK_POINTER, ADDRESS_WIDTH,
	    TOO_WIDE),
	ROW("link pointer to no VMCS", GUEST, LINK_POINTER, LINK_REVISION,
	    0x1000),

	ROWS("entry MSR load area with an MSR that may not be loaded", MSRS,
	     ENTRY_MSR_LOAD_ADDRESS, MSR_NOT_LOADED, W(ENTRY_MSR_LOAD_COUNT, 1),
	     W(ENTRY_MSR_LOAD_ADDRESS, ADDRESS_OF(MSR_LOAD))),

	HEALTHY("RIP as it is", W(GUEST_RIP, 0x10000)),
	HEALTHY("controls as they are", W(PIN_CONTROLS, PIN),
		W(PRIMARY_CONTROLS, PRIMARY), W(EXIT_CONTROLS, EXIT),
		W(ENTRY_CONTROLS, ENTRY)),
	HEALTHY("no secondary control but EPT", W(SECONDARY_CONTROLS, EPT)),
	HEALTHY("VPID 1", W(SECONDARY_CONTROLS, EPT | ENABLE_VPID),
		W(VPID, 1)),
	HEALTHY("I/O bitmaps", W(PRIMARY_CONTROLS, PRIMARY | USE_IO_BITMAPS),
		W(IO_BITMAP_A, 0x1000), W(IO_BITMAP_B, 0x2000)),
	HEALTHY("MSR bitmaps", W(PRIMARY_CONTROLS, PRIMARY | USE_MSR_BITMAPS),
		W(MSR_BITMAPS, 0x3000)),
	HEALTHY("as many CR3 targets as there are", W(CR3_TARGET_COUNT, 0)),
	HEALTHY("guest PAT and EFER", W(GUEST_PAT, GOOD_PAT),
		W(GUEST_EFER, 0xd00)),
	HEALTHY("usable DS and ES", W(GUEST_DS_ACCESS_RIGHTS, DATA),
		W(GUEST_ES_ACCESS_RIGHTS, 0x40ff)),
	HEALTHY("usable LDTR", W(GUEST_LDTR_ACCESS_RIGHTS, 0x82)),
	HEALTHY("conforming CS", W(GUEST_CS_ACCESS_RIGHTS, 0xa0fd)),
	HEALTHY("bases", W(GUEST_FS_BASE, 0xffff800000000000),
		W(GUEST_GS_BASE, 0x7fffffffffff)),
	HEALTHY("blocking by STI", W(GUEST_INTERRUPTIBILITY, 1)),
	HEALTHY("host ES, DS, FS and GS null", W(HOST_ES_SELECTOR, 0),
		W(HOST_DS_SELECTOR, 0), W(HOST_FS_SELECTOR, 0),
		W(HOST_GS_SELECTOR, 0)),
};

#define ROW_COUNT	(sizeof(rows) / sizeof(rows[0]))

/*
 * GS has a reserved bit set and is not present: the finding about the second
 * tells by its value whether the first one reached the VMCS.
 */
static const struct row rights_probe =
	ROW("reserved access rights", GUEST, GUEST_GS_ACCESS_RIGHTS,
	    NOT_PRESENT, 0x4273);

#define RIGHTS_RESERVED_BITS	0xffe0f00ULL

/* What differs between CPUs by the SDM, see row_here() */
static uint64_t vmx_misc;
static bool rights_are_masked;

/* What a VM's log says of its one vCPU */
struct seen {
	unsigned int outcome;
	unsigned int findings;
	uint32_t field;
	uint32_t rule;
	uint64_t value;
};

static void see(const struct teavmx_record *record, void *data)
{
	struct seen *seen = data;

	switch (record->type) {
	case TEAVMX_EVENT_TYPE_VMX_FAIL:
		seen->outcome = record->instruction_error;
		break;
	case TEAVMX_EVENT_TYPE_VMX_EXIT:
		if (record->reason & VMX_EXIT_FLAG(ENTRY_FAILURE))
			seen->outcome = record->reason & VMX_EXIT_BASIC_MASK;
		break;
	case TEAVMX_EVENT_TYPE_FINDING:
		printf("# finding %s 0x%llx %s\n",
		       vmcs_field_name(record->field),
		       (unsigned long long)record->value,
		       vmx_rule_name(record->rule));
		if (seen->findings++)
			break;
		seen->field = record->field;
		seen->rule = record->rule;
		seen->value = record->value;
		break;
	}
}

static size_t count_writes(const struct row *row)
{
	size_t count;

	for (count = 1; count < WRITES; count++)
		if (!row->writes[count].field && !row->writes[count].value)
			break;
	return count;
}

static int run(struct teavmx *teavmx, const struct row *row,
	       struct teavmx_vcpu *vcpu, struct seen *seen)
{
	const struct teavmx_program params = {
		.backend = TEAVMX_BACKEND_VMX,
		.program = program_show,
		.program_size = sizeof(program_show),
		.writes = row->writes,
		.write_count = count_writes(row),
	};
	struct teavmx_vm vm;
	uint64_t seq = 0;
	int err;

	if (teavmx_vm_new(teavmx, 0, &vm) ||
	    teavmx_vcpu_new(teavmx, vm.id, &params, vcpu) ||
	    teavmx_vcpu_run(teavmx, vm.id, vcpu->id)) {
		printf("# %s\n", teavmx_error(teavmx)->message);
		return -1;
	}
	if (machine_wait(teavmx, vcpu, TEAVMX_VCPU_STATE_EXITED)) {
		/* It would take time from the other rows. */
		teavmx_vm_del(teavmx, vm.id);
		return -1;
	}
	do {
		err = teavmx_event_get(teavmx, vm.id, &seq, see, seen);
	} while (err > 0);
	return err ? err : teavmx_vm_del(teavmx, vm.id);
}

/* The value that the doctor read is the one that was written last. */
static uint64_t broken_value(const struct row *row)
{
	size_t i = count_writes(row);

	while (i--)
		if (row->writes[i].field == row->field)
			return row->writes[i].value;
	return 0;
}

static bool has_activity(uint64_t activity)
{
	/* SDM "Miscellaneous Data": bits 8:6 are for the states 1 to 3. */
	return activity <= 3 && vmx_misc & BIT(5 + activity);
}

static void complete_write(struct teavmx_vmcs_write *write)
{
	if (write->field == VMCS_FIELD_CR3_TARGET_COUNT)
		write->value += vmx_misc >> 16 & 0x1ff;
	if ((write->value & ~0xffffffffULL) == PAGES)
		write->value = pages_address(write->value & 0xffffffff);
}

/*
 * A row as this CPU must answer it. IA32_VMX_MISC has the number of CR3 targets
 * and the activity states; a state that does not exist breaks no other rule. Some
 * CPUs do not store the reserved bits of access rights at all.
 */
static struct row row_here(const struct row *row)
{
	struct row here = *row;
	int i;

	for (i = 0; i < WRITES; i++)
		complete_write(&here.writes[i]);
	if (here.outcome && here.field == VMCS_FIELD_GUEST_ACTIVITY &&
	    !has_activity(broken_value(&here)))
		here.rule = VMX_RULE_ACTIVITY_UNKNOWN;
	if (here.outcome && here.rule == VMX_RULE_RIGHTS_RESERVED &&
	    rights_are_masked)
		here.outcome = NOTHING;
	return here;
}

static bool is_right(const struct row *row, const struct teavmx_vcpu *vcpu,
		     const struct seen *seen)
{
	if (seen->outcome != row->outcome) {
		printf("# entry ended with %u and not %u\n", seen->outcome,
		       row->outcome);
		return false;
	}
	if (!row->outcome)
		return !seen->findings &&
		       machine_code(vcpu) == TEA_EXIT_NORMAL &&
		       vcpu->message_size == 5 && vcpu->message[4] == 42;
	return seen->findings && seen->field == row->field &&
	       seen->rule == row->rule && seen->value == broken_value(row) &&
	       machine_code(vcpu) == TEA_EXIT_KILL;
}

static void print_exits(const struct teavmx_vcpu *vcpu)
{
	size_t i;

	printf("# %llu steps\n", (unsigned long long)vcpu->steps);
	for (i = 0; i < vcpu->exit_count; i++)
		printf("# exit %s: %llu times\n",
		       vmx_exit_reason_name(vcpu->exits[i].reason),
		       (unsigned long long)vcpu->exits[i].count);
}

static bool test_row(struct teavmx *teavmx, const struct row *row)
{
	struct row here = row_here(row);
	struct teavmx_vcpu vcpu = { 0 };
	struct seen seen = { 0 };
	bool right = false;

	if (!run(teavmx, &here, &vcpu, &seen)) {
		right = is_right(&here, &vcpu, &seen);
		if (!right)
			print_exits(&vcpu);
		if (seen.outcome)
			printf("# entry %s\n", vmcs_field_name(row->field));
	}
	teavmx_vcpu_clear(&vcpu);
	return right;
}

static void read_capabilities(struct teavmx *teavmx)
{
	const struct teavmx_msr *misc;
	struct teavmx_caps caps;

	if (pages_prepare(NULL, 0, 0))
		ksft_exit_fail_msg("pages of known address: %s\n",
				   strerror(errno));
	if (teavmx_caps_get(teavmx, 0, &caps))
		ksft_exit_fail_msg("%s\n", teavmx_error(teavmx)->message);
	misc = teavmx_caps_msr(&caps, VMX_MSR_MISC);
	vmx_misc = misc ? misc->value : 0;
	printf("# IA32_VMX_MISC 0x%llx\n", (unsigned long long)vmx_misc);
}

static void probe_rights(struct teavmx *teavmx)
{
	struct teavmx_vcpu vcpu = { 0 };
	struct seen seen = { 0 };

	if (run(teavmx, &rights_probe, &vcpu, &seen))
		ksft_exit_fail_msg("%s\n", teavmx_error(teavmx)->message);
	teavmx_vcpu_clear(&vcpu);
	rights_are_masked = seen.field == rights_probe.field &&
			    !(seen.value & RIGHTS_RESERVED_BITS);
	printf("# reserved access rights are %s\n",
	       rights_are_masked ? "dropped" : "kept");
	if (seen.outcome)
		printf("# entry %s\n", vmcs_field_name(rights_probe.field));
}

/* Without @name all of them */
static bool is_wanted(const struct row *row, const char *name)
{
	return !name || !strcmp(row->name, name);
}

int main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : NULL;
	struct teavmx *teavmx = machine_open();
	struct teavmx_info info;
	unsigned int count = 0;
	bool rights = false;
	size_t i;

	ksft_print_header();
	if (teavmx_get_info(teavmx, NULL, &info))
		ksft_exit_fail_msg("%s\n", teavmx_error(teavmx)->message);
	if (!info.vmx) {
		ksft_set_plan(1);
		ksft_test_result_skip("%s\n", info.vmx_missing);
		ksft_finished();
	}
	read_capabilities(teavmx);
	for (i = 0; i < ROW_COUNT; i++) {
		if (!is_wanted(&rows[i], name))
			continue;
		count++;
		rights |= rows[i].rule == VMX_RULE_RIGHTS_RESERVED;
	}
	/* It makes an entry fail, which others may be watching. */
	if (rights)
		probe_rights(teavmx);
	ksft_set_plan(count);
	for (i = 0; i < ROW_COUNT; i++)
		if (is_wanted(&rows[i], name))
			ksft_test_result(test_row(teavmx, &rows[i]), "%s\n",
					 rows[i].name);
	teavmx_close(teavmx);
	ksft_finished();
}
