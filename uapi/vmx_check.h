/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
#ifndef _UAPI_TEAVMX_VMX_CHECK_H
#define _UAPI_TEAVMX_VMX_CHECK_H

/*
 * The rules that VM entry checks the VMCS against, as a table of
 * X(NAME, number, "what is wrong", "section of the SDM"). A finding names one
 * of them, the field that breaks it and the field's value; together they read
 * "guest CS access rights 0x93: not a code segment". Numbers never change their
 * meaning.
 *
 * The header includes no other one.
 */

/* Titles of sections that have several rules */
#define VMX_CHECK_CHAPTER	"VM Entries"
#define VMX_CHECK_CONTROLS	"Checks on VMX Controls"
#define VMX_CHECK_EXECUTION	"VM-Execution Control Fields"
#define VMX_CHECK_EXIT		"VM-Exit Control Fields"
#define VMX_CHECK_ENTRY		"VM-Entry Control Fields"
#define VMX_CHECK_HOST		"Checks on Host Control Registers, MSRs, and SSP"
#define VMX_CHECK_HOST_SEGMENT \
	"Checks on Host Segment and Descriptor-Table Registers"
#define VMX_CHECK_ADDRESS_SPACE	"Checks Related to Address-Space Size"
#define VMX_CHECK_GUEST \
	"Checks on Guest Control Registers, Debug Registers, and MSRs"
#define VMX_CHECK_GUEST_SEGMENT	"Checks on Guest Segment Registers"
#define VMX_CHECK_GUEST_TABLE \
	"Checks on Guest Descriptor-Table Registers"
#define VMX_CHECK_GUEST_RIP	"Checks on Guest RIP, RFLAGS, and SSP"
#define VMX_CHECK_GUEST_STATE	"Checks on Guest Non-Register State"
#define VMX_CHECK_GUEST_PDPTE \
	"Checks on Guest Page-Directory-Pointer-Table Entries"

/* 1 to 19: of many fields; 20 and on: controls; 60: host; 80 and on: guest */
#define VMX_CHECK_RULES_COMMON(X) \
	X(MUST_BE_1, 1, \
	  "a bit is 0 that this CPU wants to be 1", \
	  VMX_CHECK_CONTROLS) \
	X(MUST_BE_0, 2, \
	  "a bit is 1 that this CPU wants to be 0", \
	  VMX_CHECK_CONTROLS) \
	X(ADDRESS_ALIGNMENT, 3, \
	  "the address is not aligned", \
	  VMX_CHECK_CHAPTER) \
	X(ADDRESS_WIDTH, 4, \
	  "the address is beyond the physical-address width", \
	  VMX_CHECK_CHAPTER) \
	X(NOT_CANONICAL, 5, \
	  "the address is not canonical", \
	  VMX_CHECK_CHAPTER) \
	X(HIGH_HALF, 6, \
	  "bits 63:32 must be 0", \
	  VMX_CHECK_CHAPTER)

#define VMX_CHECK_RULES_CONTROLS(X) \
	X(CR3_TARGETS, 20, \
	  "more CR3 targets than this CPU has", \
	  VMX_CHECK_EXECUTION) \
	X(VIRTUAL_NMIS, 21, \
	  "\"virtual NMIs\" needs \"NMI exiting\"", \
	  VMX_CHECK_EXECUTION) \
	X(NMI_WINDOW, 22, \
	  "\"NMI-window exiting\" needs \"virtual NMIs\"", \
	  VMX_CHECK_EXECUTION) \
	X(TPR_THRESHOLD_BITS, 23, \
	  "bits 31:4 must be 0", \
	  VMX_CHECK_EXECUTION) \
	X(TPR_THRESHOLD_ABOVE_VTPR, 24, \
	  "above the task priority in the virtual-APIC page", \
	  VMX_CHECK_EXECUTION) \
	X(NEEDS_TPR_SHADOW, 25, \
	  "APIC virtualization is on without \"use TPR shadow\"", \
	  VMX_CHECK_EXECUTION) \
	X(X2APIC_AND_APIC_ACCESSES, 26, \
	  "\"virtualize x2APIC mode\" and \"virtualize APIC accesses\" exclude each other", \
	  VMX_CHECK_EXECUTION) \
	X(VIRTUAL_INTERRUPT_DELIVERY, 27, \
	  "\"virtual-interrupt delivery\" needs \"external-interrupt exiting\"", \
	  VMX_CHECK_EXECUTION) \
	X(POSTED_INTERRUPTS, 28, \
	  "posted interrupts need virtual-interrupt delivery and acknowledged exits", \
	  VMX_CHECK_EXECUTION) \
	X(POSTED_INTERRUPT_VECTOR, 29, \
	  "a vector is 0 to 255", \
	  VMX_CHECK_EXECUTION) \
	X(VPID_ZERO, 30, \
	  "\"enable VPID\" needs another VPID than 0", \
	  VMX_CHECK_EXECUTION) \
	X(EPT_MEMORY_TYPE, 31, \
	  "this CPU cannot read EPT entries with this memory type", \
	  VMX_CHECK_EXECUTION) \
	X(EPT_WALK_LENGTH, 32, \
	  "this CPU has no EPT page walk of this length", \
	  VMX_CHECK_EXECUTION) \
	X(EPT_ACCESSED_DIRTY, 33, \
	  "this CPU has no accessed and dirty flags for EPT", \
	  VMX_CHECK_EXECUTION) \
	X(EPT_RESERVED, 34, \
	  "a reserved bit is 1", \
	  VMX_CHECK_EXECUTION) \
	X(NEEDS_EPT, 35, \
	  "a control is 1 that needs \"enable EPT\"", \
	  VMX_CHECK_EXECUTION) \
	X(VM_FUNCTION, 36, \
	  "a VM function that this CPU does not have", \
	  VMX_CHECK_EXECUTION) \
	X(TSC_MULTIPLIER, 37, \
	  "\"use TSC scaling\" needs another multiplier than 0", \
	  VMX_CHECK_EXECUTION) \
	X(PT_GUEST_PHYSICAL, 38, \
	  "guest-physical PT buffers need EPT, and RTIT_CTL loaded and cleared", \
	  VMX_CHECK_EXECUTION) \
	X(SAVE_PREEMPTION_TIMER, 39, \
	  "\"save VMX-preemption timer value\" needs \"activate VMX-preemption timer\"", \
	  VMX_CHECK_EXIT) \
	X(MSR_AREA_ALIGNMENT, 40, \
	  "an MSR area is at an address whose bits 3:0 are 0", \
	  VMX_CHECK_CONTROLS) \
	X(MSR_AREA_WIDTH, 41, \
	  "the MSR area ends beyond the physical-address width", \
	  VMX_CHECK_CONTROLS) \
	X(OUTSIDE_SMM, 42, \
	  "a control is 1 that is for entries from SMM", \
	  VMX_CHECK_ENTRY) \
	X(EVENT_TYPE, 43, \
	  "no event of this type can be injected", \
	  VMX_CHECK_ENTRY) \
	X(EVENT_VECTOR, 44, \
	  "the vector does not go with the type of the event", \
	  VMX_CHECK_ENTRY) \
	X(EVENT_ERROR_CODE, 45, \
	  "this event has an error code and must be injected with it, or has none", \
	  VMX_CHECK_ENTRY) \
	X(EVENT_RESERVED, 46, \
	  "a reserved bit is 1", \
	  VMX_CHECK_ENTRY) \
	X(ERROR_CODE_RESERVED, 47, \
	  "bits 31:16 of an error code must be 0", \
	  VMX_CHECK_ENTRY) \
	X(EVENT_LENGTH, 48, \
	  "no instruction that causes this event has this length", \
	  VMX_CHECK_ENTRY) \
	X(MOV_SS, 49, \
	  "the instruction before VMLAUNCH or VMRESUME loaded SS: no field is wrong", \
	  "Basic VM-Entry Checks")

#define VMX_CHECK_RULES_HOST(X) \
	X(CR0_FIXED, 60, \
	  "a bit of CR0 has not the value that VMX operation needs", \
	  VMX_CHECK_HOST) \
	X(CR4_FIXED, 61, \
	  "a bit of CR4 has not the value that VMX operation needs", \
	  VMX_CHECK_HOST) \
	X(CR4_CET, 62, \
	  "CR4.CET needs CR0.WP", \
	  VMX_CHECK_HOST) \
	X(CR3_WIDTH, 63, \
	  "beyond the physical-address width", \
	  VMX_CHECK_HOST) \
	X(PERF_GLOBAL_RESERVED, 64, \
	  "a bit is 1 for a counter that this CPU does not have", \
	  VMX_CHECK_HOST) \
	X(PAT_TYPE, 65, \
	  "a byte is no memory type", \
	  VMX_CHECK_HOST) \
	X(EFER_RESERVED, 66, \
	  "a bit of EFER is 1 that this CPU does not have", \
	  VMX_CHECK_HOST) \
	X(HOST_EFER_MODE, 67, \
	  "LMA and LME must be as \"host address-space size\"", \
	  VMX_CHECK_HOST) \
	X(S_CET_RESERVED, 68, \
	  "a reserved bit of IA32_S_CET is 1", \
	  VMX_CHECK_HOST) \
	X(SSP_ALIGNMENT, 69, \
	  "bits 1:0 of a shadow-stack pointer must be 0", \
	  VMX_CHECK_HOST) \
	X(HOST_SELECTOR_BITS, 70, \
	  "RPL and TI of a host selector must be 0", \
	  VMX_CHECK_HOST_SEGMENT) \
	X(HOST_SELECTOR_NULL, 71, \
	  "must not be null", \
	  VMX_CHECK_HOST_SEGMENT) \
	X(HOST_NOT_64_BIT, 72, \
	  "\"host address-space size\" must be 1 for an entry from IA-32e mode, else 0", \
	  VMX_CHECK_ADDRESS_SPACE) \
	X(GUEST_WIDER_THAN_HOST, 73, \
	  "\"IA-32e mode guest\" needs \"host address-space size\"", \
	  VMX_CHECK_ADDRESS_SPACE) \
	X(HOST_PAE, 74, \
	  "a 64-bit host needs CR4.PAE", \
	  VMX_CHECK_ADDRESS_SPACE) \
	X(HOST_PCIDE, 75, \
	  "a 32-bit host must not have CR4.PCIDE", \
	  VMX_CHECK_ADDRESS_SPACE)

#define VMX_CHECK_RULES_GUEST(X) \
	X(PAGING_WITHOUT_PROTECTION, 80, \
	  "CR0.PG needs CR0.PE", \
	  VMX_CHECK_GUEST) \
	X(DEBUGCTL_RESERVED, 81, \
	  "a reserved bit is 1", \
	  VMX_CHECK_GUEST) \
	X(LONG_MODE_PAGING, 82, \
	  "\"IA-32e mode guest\" needs CR0.PG", \
	  VMX_CHECK_GUEST) \
	X(LONG_MODE_PAE, 83, \
	  "\"IA-32e mode guest\" needs CR4.PAE", \
	  VMX_CHECK_GUEST) \
	X(PCIDE_WITHOUT_LONG_MODE, 84, \
	  "CR4.PCIDE needs \"IA-32e mode guest\"", \
	  VMX_CHECK_GUEST) \
	X(GUEST_EFER_LMA, 85, \
	  "LMA must be as \"IA-32e mode guest\"", \
	  VMX_CHECK_GUEST) \
	X(GUEST_EFER_LME, 86, \
	  "LME must be as LMA when CR0.PG is 1", \
	  VMX_CHECK_GUEST) \
	X(BNDCFGS_RESERVED, 87, \
	  "bits 11:2 must be 0", \
	  VMX_CHECK_GUEST) \
	X(UINV_RESERVED, 88, \
	  "bits 15:8 must be 0", \
	  VMX_CHECK_GUEST) \
	X(SELECTOR_TI, 100, \
	  "selects from the LDT: TI must be 0", \
	  VMX_CHECK_GUEST_SEGMENT) \
	X(STACK_RPL, 101, \
	  "RPL of SS and CS must be the same", \
	  VMX_CHECK_GUEST_SEGMENT) \
	X(VIRTUAL_8086_BASE, 102, \
	  "in virtual-8086 mode the base is 16 times the selector", \
	  VMX_CHECK_GUEST_SEGMENT) \
	X(VIRTUAL_8086_LIMIT, 103, \
	  "in virtual-8086 mode the limit is 0xffff", \
	  VMX_CHECK_GUEST_SEGMENT) \
	X(VIRTUAL_8086_RIGHTS, 104, \
	  "in virtual-8086 mode the access rights are 0xf3", \
	  VMX_CHECK_GUEST_SEGMENT) \
	X(NOT_CODE_SEGMENT, 105, \
	  "not a code segment", \
	  VMX_CHECK_GUEST_SEGMENT) \
	X(NOT_STACK_SEGMENT, 106, \
	  "not a writable data segment", \
	  VMX_CHECK_GUEST_SEGMENT) \
	X(NOT_ACCESSED, 107, \
	  "the accessed bit must be 1", \
	  VMX_CHECK_GUEST_SEGMENT) \
	X(NOT_READABLE, 108, \
	  "a code segment here must be readable", \
	  VMX_CHECK_GUEST_SEGMENT) \
	X(SYSTEM_SEGMENT, 109, \
	  "a system segment: S must be 1", \
	  VMX_CHECK_GUEST_SEGMENT) \
	X(CODE_DPL, 110, \
	  "DPL does not go with the DPL of SS", \
	  VMX_CHECK_GUEST_SEGMENT) \
	X(STACK_DPL, 111, \
	  "DPL must be the RPL of the selector", \
	  VMX_CHECK_GUEST_SEGMENT) \
	X(REAL_MODE_DPL, 112, \
	  "DPL must be 0 here", \
	  VMX_CHECK_GUEST_SEGMENT) \
	X(DATA_DPL, 113, \
	  "DPL is below the RPL of the selector", \
	  VMX_CHECK_GUEST_SEGMENT) \
	X(NOT_PRESENT, 114, \
	  "not present", \
	  VMX_CHECK_GUEST_SEGMENT) \
	X(RIGHTS_RESERVED, 115, \
	  "a reserved bit is 1", \
	  VMX_CHECK_GUEST_SEGMENT) \
	X(CODE_SIZE, 116, \
	  "D must be 0 in 64-bit mode (L is 1)", \
	  VMX_CHECK_GUEST_SEGMENT) \
	X(GRANULARITY_NEEDLESS, 117, \
	  "G must be 0 when a bit of limit 11:0 is 0", \
	  VMX_CHECK_GUEST_SEGMENT) \
	X(GRANULARITY_NEEDED, 118, \
	  "G must be 1 when a bit of limit 31:20 is 1", \
	  VMX_CHECK_GUEST_SEGMENT) \
	X(NOT_BUSY_TSS, 119, \
	  "not a busy TSS of the mode", \
	  VMX_CHECK_GUEST_SEGMENT) \
	X(NOT_LDT, 120, \
	  "not an LDT", \
	  VMX_CHECK_GUEST_SEGMENT) \
	X(NOT_SYSTEM_SEGMENT, 121, \
	  "not a system segment: S must be 0", \
	  VMX_CHECK_GUEST_SEGMENT) \
	X(TR_UNUSABLE, 122, \
	  "TR must be usable", \
	  VMX_CHECK_GUEST_SEGMENT) \
	X(TABLE_LIMIT, 130, \
	  "bits 31:16 must be 0", \
	  VMX_CHECK_GUEST_TABLE) \
	X(RFLAGS_RESERVED, 131, \
	  "bits 63:22, 15, 5 and 3 must be 0", \
	  VMX_CHECK_GUEST_RIP) \
	X(RFLAGS_BIT_1, 132, \
	  "bit 1 must be 1", \
	  VMX_CHECK_GUEST_RIP) \
	X(RFLAGS_VM, 133, \
	  "VM must be 0 in IA-32e mode and in real mode", \
	  VMX_CHECK_GUEST_RIP) \
	X(RFLAGS_IF, 134, \
	  "IF must be 1 to inject an external interrupt", \
	  VMX_CHECK_GUEST_RIP) \
	X(RIP_WIDTH, 135, \
	  "the bits beyond the width of linear addresses must be alike", \
	  VMX_CHECK_GUEST_RIP) \
	X(ACTIVITY_UNKNOWN, 140, \
	  "this CPU has no such activity state", \
	  VMX_CHECK_GUEST_STATE) \
	X(ACTIVITY_HLT_DPL, 141, \
	  "HLT needs DPL 0 of SS", \
	  VMX_CHECK_GUEST_STATE) \
	X(ACTIVITY_BLOCKED, 142, \
	  "must be active while STI or MOV SS blocks events", \
	  VMX_CHECK_GUEST_STATE) \
	X(ACTIVITY_EVENT, 143, \
	  "the injected event cannot end this activity state", \
	  VMX_CHECK_GUEST_STATE) \
	X(BLOCKING_RESERVED, 144, \
	  "a reserved bit is 1", \
	  VMX_CHECK_GUEST_STATE) \
	X(BLOCKING_BOTH, 145, \
	  "blocking by STI and by MOV SS exclude each other", \
	  VMX_CHECK_GUEST_STATE) \
	X(BLOCKING_STI, 146, \
	  "blocking by STI needs RFLAGS.IF", \
	  VMX_CHECK_GUEST_STATE) \
	X(BLOCKING_INTERRUPT, 147, \
	  "an external interrupt is injected while STI or MOV SS blocks it", \
	  VMX_CHECK_GUEST_STATE) \
	X(BLOCKING_NMI, 148, \
	  "an NMI is injected while it is blocked", \
	  VMX_CHECK_GUEST_STATE) \
	X(BLOCKING_SMI, 149, \
	  "blocking by SMI is for entries from SMM", \
	  VMX_CHECK_GUEST_STATE) \
	X(BLOCKING_ENCLAVE, 150, \
	  "enclave interruption needs SGX and excludes blocking by MOV SS", \
	  VMX_CHECK_GUEST_STATE) \
	X(PENDING_DEBUG_RESERVED, 151, \
	  "a reserved bit is 1", \
	  VMX_CHECK_GUEST_STATE) \
	X(PENDING_DEBUG_STEP, 152, \
	  "BS must be 1 exactly when RFLAGS.TF is 1 and IA32_DEBUGCTL.BTF 0", \
	  VMX_CHECK_GUEST_STATE) \
	X(PENDING_DEBUG_RTM, 153, \
	  "RTM does not go with the other bits or this CPU", \
	  VMX_CHECK_GUEST_STATE) \
	X(LINK_REVISION, 154, \
	  "no VMCS of the kind wanted is at this address", \
	  VMX_CHECK_GUEST_STATE) \
	X(LINK_CURRENT, 155, \
	  "must not be the current VMCS", \
	  VMX_CHECK_GUEST_STATE) \
	X(PDPTE_RESERVED, 156, \
	  "a reserved bit is 1", \
	  VMX_CHECK_GUEST_PDPTE) \
	X(MSR_NOT_LOADED, 170, \
	  "an MSR of this area was not loaded; the exit qualification counts up to it", \
	  "Loading MSRs") \
	X(MACHINE_CHECK, 171, \
	  "a machine check came during VM entry: no field is wrong", \
	  "Machine-Check Events During VM Entry")

/*
 * The facts that rules need beside the VMCS and the capability MSRs, as a table
 * of X(NAME, number, "text"): properties of the CPU and words of memory that
 * fields point to. A property that the CPU has is 1, one that it lacks is 0.
 */
#define VMX_CHECK_WORDS(X) \
	X(PHYSICAL_BITS, 1, "physical-address width of the CPU") \
	X(LINEAR_BITS, 2, "linear-address width of the CPU") \
	X(PERF_COUNTERS, 3, "bits of IA32_PERF_GLOBAL_CTRL that have a counter") \
	X(PERF_METRICS, 4, "performance metrics of the CPU") \
	X(LAM, 5, "linear-address masking of the CPU") \
	X(SGX, 6, "SGX of the CPU") \
	X(RTM, 7, "RTM of the CPU") \
	X(BUS_LOCK_DETECT, 8, "bus-lock detection of the CPU") \
	X(LINK_IS_CURRENT, 9, "the VMCS link pointer is the address of the VMCS itself") \
	X(VTPR, 10, "VTPR in the virtual-APIC page") \
	X(LINK_REVISION, 11, "first word at the VMCS link pointer")

#define VMX_CHECK_RULES(X) \
	VMX_CHECK_RULES_COMMON(X) \
	VMX_CHECK_RULES_CONTROLS(X) \
	VMX_CHECK_RULES_HOST(X) \
	VMX_CHECK_RULES_GUEST(X)

#define VMX_ENUM_RULE(name, number, text, section) VMX_RULE_##name = (number),

enum vmx_check_rule {
	VMX_CHECK_RULES(VMX_ENUM_RULE)
};

#undef VMX_ENUM_RULE

#define VMX_ENUM_WORD(name, number, text) VMX_WORD_##name = (number),

enum vmx_check_word {
	VMX_CHECK_WORDS(VMX_ENUM_WORD)
};

#undef VMX_ENUM_WORD

#define VMX_CASE_WORD_NAME(name, number, text) case (number): return #name;

/**
 * vmx_word_name() - Name of a fact that rules need.
 * @word: enum vmx_check_word
 *
 * Return: the name without its prefix, or NULL for an unknown number.
 */
static inline const char *vmx_word_name(unsigned int word)
{
	switch (word) {
	VMX_CHECK_WORDS(VMX_CASE_WORD_NAME)
	}
	return (void *)0;
}

#undef VMX_CASE_WORD_NAME

#define VMX_CASE_NAME(name, number, text, section) \
	case (number): return #name;
#define VMX_CASE_TEXT(name, number, text, section) case (number): return text;
#define VMX_CASE_SECTION(name, number, text, section) \
	case (number): return section;

/**
 * vmx_rule_name() - Name of a rule.
 * @rule: enum vmx_check_rule
 *
 * Return: the name without its prefix, or NULL for an unknown number.
 */
static inline const char *vmx_rule_name(unsigned int rule)
{
	switch (rule) {
	VMX_CHECK_RULES(VMX_CASE_NAME)
	}
	return (void *)0;
}

/**
 * vmx_rule_text() - What is wrong with a field that breaks a rule.
 * @rule: enum vmx_check_rule
 *
 * Return: the description, or NULL for an unknown number.
 */
static inline const char *vmx_rule_text(unsigned int rule)
{
	switch (rule) {
	VMX_CHECK_RULES(VMX_CASE_TEXT)
	}
	return (void *)0;
}

/**
 * vmx_rule_section() - Section of the SDM that has a rule.
 * @rule: enum vmx_check_rule
 * @field: encoding of the VMCS field that breaks it; the SDM has some rules once for
 *	the host's registers and once for the guest's
 *
 * Return: title of the section, or NULL for an unknown number.
 */
static inline const char *vmx_rule_section(unsigned int rule, unsigned int field)
{
	/* Bits 11:10 of an encoding are 2 for guest state. */
	if (rule >= VMX_RULE_CR0_FIXED && rule <= VMX_RULE_SSP_ALIGNMENT &&
	    (field >> 10 & 3) == 2)
		return VMX_CHECK_GUEST;
	switch (rule) {
	VMX_CHECK_RULES(VMX_CASE_SECTION)
	}
	return (void *)0;
}

#undef VMX_CASE_NAME
#undef VMX_CASE_TEXT
#undef VMX_CASE_SECTION

#endif /* _UAPI_TEAVMX_VMX_CHECK_H */
