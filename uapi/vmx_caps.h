/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
#ifndef _UAPI_TEAVMX_VMX_CAPS_H
#define _UAPI_TEAVMX_VMX_CAPS_H

/*
 * The VMX controls and the MSRs that report which of them a CPU supports, as
 * tables of X(NAME, number, "text") like those of <uapi/vmx.h>. Names are the
 * SDM's; the text describes what the control does when it is 1.
 */

/**
 * DOC: Capability MSRs
 *
 * SDM appendix "VMX Capability Reporting Facility". Those from
 * PROCBASED_CTLS2 on exist only if a bit of another one is set.
 */
#define VMX_MSR_TABLE(X) \
	X(FEATURE_CONTROL, 0x3a, "whether VMX can be enabled") \
	X(BASIC, 0x480, "the VMCS, and which other MSRs exist") \
	X(PINBASED_CTLS, 0x481, "pin-based controls") \
	X(PROCBASED_CTLS, 0x482, "primary processor-based controls") \
	X(EXIT_CTLS, 0x483, "primary VM-exit controls") \
	X(ENTRY_CTLS, 0x484, "VM-entry controls") \
	X(MISC, 0x485, "various capabilities") \
	X(CR0_FIXED0, 0x486, "bits of CR0 that must be 1") \
	X(CR0_FIXED1, 0x487, "bits of CR0 that can be 1") \
	X(CR4_FIXED0, 0x488, "bits of CR4 that must be 1") \
	X(CR4_FIXED1, 0x489, "bits of CR4 that can be 1") \
	X(VMCS_ENUM, 0x48a, "highest index of a VMCS field") \
	X(PROCBASED_CTLS2, 0x48b, "secondary processor-based controls") \
	X(EPT_VPID_CAP, 0x48c, "EPT and VPID") \
	X(TRUE_PINBASED_CTLS, 0x48d, "pin-based controls, without the bits that used to be fixed") \
	X(TRUE_PROCBASED_CTLS, 0x48e, \
	  "primary processor-based controls, without the bits that used to be fixed") \
	X(TRUE_EXIT_CTLS, 0x48f, \
	  "primary VM-exit controls, without the bits that used to be fixed") \
	X(TRUE_ENTRY_CTLS, 0x490, "VM-entry controls, without the bits that used to be fixed") \
	X(VMFUNC, 0x491, "VM functions") \
	X(PROCBASED_CTLS3, 0x492, "tertiary processor-based controls that can be 1") \
	X(EXIT_CTLS2, 0x493, "secondary VM-exit controls that can be 1")

/**
 * DOC: Controls
 *
 * SDM "VM-Execution Control Fields", "VM-Exit Control Fields" and "VM-Entry
 * Control Fields", by bit number. The tertiary processor-based and the secondary
 * VM-exit controls have 64 bits, all others 32.
 */
#define VMX_PIN_TABLE(X) \
	X(EXTERNAL_INTERRUPT_EXITING, 0, "external interrupts exit") \
	X(NMI_EXITING, 3, "NMIs exit") \
	X(VIRTUAL_NMIS, 5, "NMI blocking of the guest is virtual") \
	X(VMX_PREEMPTION_TIMER, 6, "a timer ends the guest run") \
	X(POSTED_INTERRUPTS, 7, "posted interrupts reach the guest without an exit")

#define VMX_PRIMARY_TABLE(X) \
	X(INTERRUPT_WINDOW_EXITING, 2, "exit as soon as an interrupt can be taken") \
	X(USE_TSC_OFFSETTING, 3, "an offset is added to the guest's TSC") \
	X(HLT_EXITING, 7, "HLT exits") \
	X(INVLPG_EXITING, 9, "INVLPG exits") \
	X(MWAIT_EXITING, 10, "MWAIT exits") \
	X(RDPMC_EXITING, 11, "RDPMC exits") \
	X(RDTSC_EXITING, 12, "RDTSC and RDTSCP exit") \
	X(CR3_LOAD_EXITING, 15, "MOV to CR3 exits, except for the CR3-target values") \
	X(CR3_STORE_EXITING, 16, "MOV from CR3 exits") \
	X(TERTIARY_CONTROLS, 17, "the tertiary controls are used") \
	X(CR8_LOAD_EXITING, 19, "MOV to CR8 exits") \
	X(CR8_STORE_EXITING, 20, "MOV from CR8 exits") \
	X(USE_TPR_SHADOW, 21, "the task priority is virtual") \
	X(NMI_WINDOW_EXITING, 22, "exit as soon as an NMI can be taken") \
	X(MOV_DR_EXITING, 23, "MOV to and from debug registers exits") \
	X(UNCONDITIONAL_IO_EXITING, 24, "every I/O instruction exits") \
	X(USE_IO_BITMAPS, 25, "the I/O bitmaps select the ports that exit") \
	X(MONITOR_TRAP_FLAG, 27, "exit after each instruction") \
	X(USE_MSR_BITMAPS, 28, "the MSR bitmaps select the MSRs that exit") \
	X(MONITOR_EXITING, 29, "MONITOR exits") \
	X(PAUSE_EXITING, 30, "PAUSE exits") \
	X(SECONDARY_CONTROLS, 31, "the secondary controls are used")

#define VMX_SECONDARY_TABLE(X) \
	X(VIRTUALIZE_APIC_ACCESSES, 0, "accesses to the APIC-access page are virtualized") \
	X(ENABLE_EPT, 1, "guest-physical addresses go through EPT") \
	X(DESCRIPTOR_TABLE_EXITING, 2, "LGDT, LIDT, LLDT, LTR and their stores exit") \
	X(ENABLE_RDTSCP, 3, "the guest has RDTSCP and RDPID") \
	X(VIRTUALIZE_X2APIC_MODE, 4, "accesses to x2APIC MSRs are virtualized") \
	X(ENABLE_VPID, 5, "cached translations are tagged with the VPID") \
	X(WBINVD_EXITING, 6, "WBINVD and WBNOINVD exit") \
	X(UNRESTRICTED_GUEST, 7, "the guest may run without paging and in real mode") \
	X(APIC_REGISTER_VIRTUALIZATION, 8, "APIC registers are read from the virtual-APIC page") \
	X(VIRTUAL_INTERRUPT_DELIVERY, 9, "virtual interrupts are evaluated and delivered") \
	X(PAUSE_LOOP_EXITING, 10, "a loop of PAUSE exits") \
	X(RDRAND_EXITING, 11, "RDRAND exits") \
	X(ENABLE_INVPCID, 12, "the guest has INVPCID") \
	X(ENABLE_VM_FUNCTIONS, 13, "the guest has VMFUNC") \
	X(VMCS_SHADOWING, 14, "VMREAD and VMWRITE of the guest go to a shadow VMCS") \
	X(ENABLE_ENCLS_EXITING, 15, "a bitmap selects the ENCLS leaves that exit") \
	X(RDSEED_EXITING, 16, "RDSEED exits") \
	X(ENABLE_PML, 17, "pages that become dirty are logged") \
	X(EPT_VIOLATION_VE, 18, "EPT violations can become #VE in the guest") \
	X(CONCEAL_VMX_FROM_PT, 19, "Intel PT does not record non-root operation") \
	X(ENABLE_XSAVES_XRSTORS, 20, "the guest has XSAVES and XRSTORS") \
	X(PASID_TRANSLATION, 21, "PASIDs of ENQCMD and ENQCMDS are translated") \
	X(MODE_BASED_EXECUTE_CONTROL, 22, \
	  "EPT has separate execute rights for user and supervisor mode") \
	X(SUB_PAGE_WRITE_PERMISSIONS, 23, "EPT has write rights for sub-pages of 128 bytes") \
	X(PT_USES_GUEST_PHYSICAL, 24, "Intel PT writes to guest-physical addresses") \
	X(USE_TSC_SCALING, 25, "the guest's TSC is multiplied") \
	X(ENABLE_USER_WAIT_AND_PAUSE, 26, "the guest has TPAUSE, UMONITOR and UMWAIT") \
	X(ENABLE_PCONFIG, 27, "the guest has PCONFIG") \
	X(ENABLE_ENCLV_EXITING, 28, "a bitmap selects the ENCLV leaves that exit") \
	X(BUS_LOCK_DETECTION, 30, "an instruction that took a bus lock exits") \
	X(INSTRUCTION_TIMEOUT, 31, "exit after too long a time without an interrupt window")

#define VMX_TERTIARY_TABLE(X) \
	X(LOADIWKEY_EXITING, 0, "LOADIWKEY exits") \
	X(ENABLE_HLAT, 1, "hypervisor-managed linear-address translation") \
	X(EPT_PAGING_WRITE_CONTROL, 2, "EPT can allow writes only for page walks") \
	X(GUEST_PAGING_VERIFICATION, 3, "EPT selects the pages that may hold paging structures") \
	X(IPI_VIRTUALIZATION, 4, "IPIs of the guest are sent without an exit") \
	X(ENABLE_MSRLIST, 6, "the guest has RDMSRLIST and WRMSRLIST") \
	X(VIRTUALIZE_SPEC_CTRL, 7, "the guest cannot change some bits of IA32_SPEC_CTRL") \
	X(APIC_TIMER_VIRTUALIZATION, 8, "the guest's TSC deadline needs no exit")

#define VMX_EXIT_CONTROL_TABLE(X) \
	X(SAVE_DEBUG_CONTROLS, 2, "DR7 and IA32_DEBUGCTL of the guest are saved") \
	X(HOST_ADDRESS_SPACE_SIZE, 9, "the host is in 64-bit mode") \
	X(LOAD_PERF_GLOBAL_CTRL, 12, "IA32_PERF_GLOBAL_CTRL of the host is loaded") \
	X(ACKNOWLEDGE_INTERRUPT, 15, "the interrupt that exits is acknowledged") \
	X(SAVE_PAT, 18, "IA32_PAT of the guest is saved") \
	X(LOAD_PAT, 19, "IA32_PAT of the host is loaded") \
	X(SAVE_EFER, 20, "IA32_EFER of the guest is saved") \
	X(LOAD_EFER, 21, "IA32_EFER of the host is loaded") \
	X(SAVE_PREEMPTION_TIMER, 22, "the value of the preemption timer is saved") \
	X(CLEAR_BNDCFGS, 23, "IA32_BNDCFGS is cleared") \
	X(CONCEAL_VMX_FROM_PT, 24, "Intel PT does not record the exit") \
	X(CLEAR_RTIT_CTL, 25, "IA32_RTIT_CTL is cleared") \
	X(CLEAR_LBR_CTL, 26, "IA32_LBR_CTL is cleared") \
	X(CLEAR_UINV, 27, "the user-interrupt notification vector is cleared") \
	X(LOAD_CET_STATE, 28, "CET state of the host is loaded") \
	X(LOAD_PKRS, 29, "IA32_PKRS of the host is loaded") \
	X(SAVE_PERF_GLOBAL_CTRL, 30, "IA32_PERF_GLOBAL_CTRL of the guest is saved") \
	X(SECONDARY_CONTROLS, 31, "the secondary VM-exit controls are used")

#define VMX_EXIT_CONTROL2_TABLE(X) \
	X(SAVE_FRED, 0, "FRED state of the guest is saved") \
	X(LOAD_FRED, 1, "FRED state of the host is loaded") \
	X(LOAD_SPEC_CTRL, 2, "IA32_SPEC_CTRL of the host is loaded") \
	X(SHADOW_STACK_BUSY, 3, "a shadow stack that was left busy is reported")

#define VMX_ENTRY_CONTROL_TABLE(X) \
	X(LOAD_DEBUG_CONTROLS, 2, "DR7 and IA32_DEBUGCTL of the guest are loaded") \
	X(IA32E_MODE_GUEST, 9, "the guest is in IA-32e mode") \
	X(ENTRY_TO_SMM, 10, "the guest is in SMM") \
	X(DEACTIVATE_DUAL_MONITOR, 11, "dual-monitor treatment of SMM ends") \
	X(LOAD_PERF_GLOBAL_CTRL, 13, "IA32_PERF_GLOBAL_CTRL of the guest is loaded") \
	X(LOAD_PAT, 14, "IA32_PAT of the guest is loaded") \
	X(LOAD_EFER, 15, "IA32_EFER of the guest is loaded") \
	X(LOAD_BNDCFGS, 16, "IA32_BNDCFGS of the guest is loaded") \
	X(CONCEAL_VMX_FROM_PT, 17, "Intel PT does not record the entry") \
	X(LOAD_RTIT_CTL, 18, "IA32_RTIT_CTL of the guest is loaded") \
	X(LOAD_UINV, 19, "the user-interrupt notification vector is loaded") \
	X(LOAD_CET_STATE, 20, "CET state of the guest is loaded") \
	X(LOAD_LBR_CTL, 21, "IA32_LBR_CTL of the guest is loaded") \
	X(LOAD_PKRS, 22, "IA32_PKRS of the guest is loaded") \
	X(LOAD_FRED, 23, "FRED state of the guest is loaded") \
	X(LOAD_SPEC_CTRL, 24, "IA32_SPEC_CTRL of the guest is loaded")

/**
 * DOC: Capabilities
 *
 * Single bits of the other MSRs: 1 if the CPU has the capability. Numbers of
 * several bits are in VMX_NUMBER_TABLE.
 */
#define VMX_FEATURE_TABLE(X) \
	X(LOCK, 0, "the MSR cannot be written until the next reset") \
	X(VMX_INSIDE_SMX, 1, "VMXON works in SMX operation") \
	X(VMX_OUTSIDE_SMX, 2, "VMXON works outside of SMX operation") \
	X(SGX_LAUNCH_CONTROL, 17, "the SGX launch key can be changed") \
	X(SGX, 18, "SGX is enabled") \
	X(LMCE, 20, "machine checks can be local")

#define VMX_BASIC_TABLE(X) \
	X(ADDRESSES_32_BIT, 48, "VMCS and the areas it points to lie below 4 GiB") \
	X(DUAL_MONITOR, 49, "dual-monitor treatment of SMIs and SMM") \
	X(INS_OUTS_INFORMATION, 54, "INS and OUTS have instruction information") \
	X(TRUE_CONTROLS, 55, "controls that used to be fixed to 1 can be 0") \
	X(ANY_ERROR_CODE, 56, "an exception is injected with or without an error code") \
	X(NESTED_EXCEPTION, 58, "interruption information reports nested exceptions")

#define VMX_MISC_TABLE(X) \
	X(STORE_LMA, 5, "exits store EFER.LMA in the IA-32e mode guest control") \
	X(ACTIVITY_HLT, 6, "activity state HLT") \
	X(ACTIVITY_SHUTDOWN, 7, "activity state shutdown") \
	X(ACTIVITY_WAIT_FOR_SIPI, 8, "activity state wait-for-SIPI") \
	X(PT_IN_VMX, 14, "Intel PT works in VMX operation") \
	X(RDMSR_SMBASE_IN_SMM, 15, "RDMSR in SMM reads IA32_SMBASE") \
	X(SMI_UNBLOCKING_BY_VMXOFF, 28, "VMXOFF can leave SMIs blocked") \
	X(VMWRITE_ANY_FIELD, 29, "VMWRITE can write read-only fields") \
	X(INSTRUCTION_LENGTH_0, 30, "software events of length 0 can be injected")

#define VMX_EPT_VPID_TABLE(X) \
	X(EXECUTE_ONLY, 0, "EPT: execute-only pages") \
	X(WALK_4, 6, "EPT: 4 levels") \
	X(WALK_5, 7, "EPT: 5 levels") \
	X(TABLES_UC, 8, "EPT: uncacheable tables") \
	X(TABLES_WB, 14, "EPT: write-back tables") \
	X(PAGE_2M, 16, "EPT: 2 MiB pages") \
	X(PAGE_1G, 17, "EPT: 1 GiB pages") \
	X(INVEPT, 20, "INVEPT") \
	X(ACCESSED_DIRTY, 21, "EPT: accessed and dirty flags") \
	X(ADVANCED_EXIT_INFORMATION, 22, \
	  "EPT violations report the page rights of the guest's tables") \
	X(SUPERVISOR_SHADOW_STACK, 23, "EPT: supervisor shadow-stack pages") \
	X(INVEPT_SINGLE, 25, "INVEPT of one EPT pointer") \
	X(INVEPT_ALL, 26, "INVEPT of all") \
	X(INVVPID, 32, "INVVPID") \
	X(INVVPID_ADDRESS, 40, "INVVPID of one address") \
	X(INVVPID_SINGLE, 41, "INVVPID of one VPID") \
	X(INVVPID_ALL, 42, "INVVPID of all") \
	X(INVVPID_RETAINING_GLOBALS, 43, "INVVPID of one VPID, except for global translations")

#define VMX_VMFUNC_TABLE(X) \
	X(EPTP_SWITCHING, 0, "the guest can choose an EPT pointer from a list")

/**
 * DOC: Numbers
 *
 * X(NAME, msr, lowest bit, highest bit, "text"): what the capability MSRs hold
 * besides single bits.
 */
#define VMX_NUMBER_TABLE(X) \
	X(SENTER_ENABLES, FEATURE_CONTROL, 8, 15, "GETSEC[SENTER] enables") \
	X(REVISION, BASIC, 0, 30, "VMCS revision identifier") \
	X(REGION_SIZE, BASIC, 32, 44, "bytes of a VMXON region or VMCS") \
	X(MEMORY_TYPE, BASIC, 50, 53, "memory type of a VMCS (6 is write-back)") \
	X(TIMER_SHIFT, MISC, 0, 4, "the preemption timer counts with this bit of the TSC") \
	X(CR3_TARGETS, MISC, 16, 24, "CR3-target values") \
	X(MSR_LIST_SIZE, MISC, 25, 27, "MSR lists have at most 512 times this plus 1 entries") \
	X(MSEG_REVISION, MISC, 32, 63, "MSEG revision identifier") \
	X(HIGHEST_INDEX, VMCS_ENUM, 1, 9, "highest index of a VMCS field") \
	X(HLAT_PREFIX_MAX, EPT_VPID_CAP, 48, 53, "largest HLAT prefix size")

/**
 * DOC: Groups
 *
 * X(GROUP, "title", table, msr, true_msr, layout): the tables above with the
 * MSR that describes each. Layout: CONTROL32 has the bits that must be 1 in its
 * low half and those that can be 1 in its high half; CONTROL64 has only those
 * that can be 1; PLAIN bits are capabilities. true_msr replaces the MSR on CPUs
 * that have it; a group without one repeats the MSR.
 */
#define VMX_GROUP_TABLE(X) \
	X(PIN, "pin-based controls", VMX_PIN_TABLE, \
	  PINBASED_CTLS, TRUE_PINBASED_CTLS, CONTROL32) \
	X(PRIMARY, "primary processor-based controls", VMX_PRIMARY_TABLE, \
	  PROCBASED_CTLS, TRUE_PROCBASED_CTLS, CONTROL32) \
	X(SECONDARY, "secondary processor-based controls", \
	  VMX_SECONDARY_TABLE, PROCBASED_CTLS2, PROCBASED_CTLS2, CONTROL32) \
	X(TERTIARY, "tertiary processor-based controls", VMX_TERTIARY_TABLE, \
	  PROCBASED_CTLS3, PROCBASED_CTLS3, CONTROL64) \
	X(EXIT, "primary VM-exit controls", VMX_EXIT_CONTROL_TABLE, \
	  EXIT_CTLS, TRUE_EXIT_CTLS, CONTROL32) \
	X(EXIT2, "secondary VM-exit controls", VMX_EXIT_CONTROL2_TABLE, \
	  EXIT_CTLS2, EXIT_CTLS2, CONTROL64) \
	X(ENTRY, "VM-entry controls", VMX_ENTRY_CONTROL_TABLE, \
	  ENTRY_CTLS, TRUE_ENTRY_CTLS, CONTROL32) \
	X(FEATURE, "feature control", VMX_FEATURE_TABLE, \
	  FEATURE_CONTROL, FEATURE_CONTROL, PLAIN) \
	X(BASIC, "basic information", VMX_BASIC_TABLE, BASIC, BASIC, PLAIN) \
	X(MISC, "various capabilities", VMX_MISC_TABLE, MISC, MISC, PLAIN) \
	X(EPT_VPID, "EPT and VPID", VMX_EPT_VPID_TABLE, \
	  EPT_VPID_CAP, EPT_VPID_CAP, PLAIN) \
	X(FUNCTIONS, "VM functions", VMX_VMFUNC_TABLE, VMFUNC, VMFUNC, PLAIN)

#define VMX_ENUM_MSR(name, number, text)	VMX_MSR_##name = (number),
#define VMX_COUNT_MSR(name, number, text)	+ 1
#define VMX_ENUM_GROUP(name, title, table, msr, true_msr, layout) \
	VMX_GROUP_##name,

enum vmx_msr {
	VMX_MSR_TABLE(VMX_ENUM_MSR)
	VMX_MSR_COUNT = 0 VMX_MSR_TABLE(VMX_COUNT_MSR)
};

enum vmx_group {
	VMX_GROUP_TABLE(VMX_ENUM_GROUP)
	VMX_GROUP_COUNT
};

#undef VMX_ENUM_MSR
#undef VMX_COUNT_MSR
#undef VMX_ENUM_GROUP

/* Bit numbers of capabilities that a decision depends on */
#define VMX_ENUM_PIN(name, number, text)	VMX_PIN_##name##_BIT = (number),
#define VMX_ENUM_BASIC(name, number, text)	VMX_BASIC_##name##_BIT = (number),
#define VMX_ENUM_PRIMARY(name, number, text) \
	VMX_PRIMARY_##name##_BIT = (number),
#define VMX_ENUM_SECONDARY(name, number, text) \
	VMX_SECONDARY_##name##_BIT = (number),
#define VMX_ENUM_TERTIARY(name, number, text) \
	VMX_TERTIARY_##name##_BIT = (number),
#define VMX_ENUM_EXIT_CONTROL(name, number, text) \
	VMX_EXIT_CONTROL_##name##_BIT = (number),
#define VMX_ENUM_ENTRY_CONTROL(name, number, text) \
	VMX_ENTRY_CONTROL_##name##_BIT = (number),
#define VMX_ENUM_MISC(name, number, text)	VMX_MISC_##name##_BIT = (number),
#define VMX_ENUM_EPT_VPID(name, number, text) \
	VMX_EPT_VPID_##name##_BIT = (number),

enum vmx_control_bit {
	VMX_BASIC_TABLE(VMX_ENUM_BASIC)
	VMX_MISC_TABLE(VMX_ENUM_MISC)
	VMX_PIN_TABLE(VMX_ENUM_PIN)
	VMX_PRIMARY_TABLE(VMX_ENUM_PRIMARY)
	VMX_SECONDARY_TABLE(VMX_ENUM_SECONDARY)
	VMX_TERTIARY_TABLE(VMX_ENUM_TERTIARY)
	VMX_EXIT_CONTROL_TABLE(VMX_ENUM_EXIT_CONTROL)
	VMX_ENTRY_CONTROL_TABLE(VMX_ENUM_ENTRY_CONTROL)
	VMX_EPT_VPID_TABLE(VMX_ENUM_EPT_VPID)
};

#undef VMX_ENUM_BASIC
#undef VMX_ENUM_MISC
#undef VMX_ENUM_PIN
#undef VMX_ENUM_PRIMARY
#undef VMX_ENUM_SECONDARY
#undef VMX_ENUM_TERTIARY
#undef VMX_ENUM_EXIT_CONTROL
#undef VMX_ENUM_ENTRY_CONTROL
#undef VMX_ENUM_EPT_VPID

#endif /* _UAPI_TEAVMX_VMX_CAPS_H */
