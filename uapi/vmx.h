/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
#ifndef _UAPI_TEAVMX_VMX_H
#define _UAPI_TEAVMX_VMX_H

/*
 * The numbers that VMX reports, with a name and a text for each. They are tables
 * of X(NAME, number, "text"): code that needs another view of a table (an enum,
 * a switch, a test) passes another X, so that no number is written twice.
 *
 * The header includes no other one, so that the module, its guest payload and
 * user space can use these tables, also beside the kernel's <asm/vmx.h>.
 */

/**
 * DOC: VM-instruction errors
 *
 * Values of the VM-instruction error field after an instruction ended with
 * VMfailValid (SDM "VM Instruction Error Numbers"). Zero is no error. The
 * highest number is 28, but there are only 25 of them: VMX_INSN_ERRORS_RESERVED
 * lists the numbers in between that are reserved.
 */
#define VMX_INSN_ERRORS(X) \
	X(VMCALL_IN_ROOT, 1, \
	  "VMCALL was executed in VMX root operation") \
	X(VMCLEAR_BAD_ADDRESS, 2, \
	  "VMCLEAR got an invalid physical address") \
	X(VMCLEAR_VMXON_POINTER, 3, \
	  "VMCLEAR got the address of the VMXON region") \
	X(VMLAUNCH_NONCLEAR_VMCS, 4, \
	  "VMLAUNCH needs a VMCS in the clear state") \
	X(VMRESUME_NONLAUNCHED_VMCS, 5, \
	  "VMRESUME needs a VMCS that was launched") \
	X(VMRESUME_AFTER_VMXOFF, 6, \
	  "VMRESUME of a VMCS that was launched before the last VMXOFF") \
	X(ENTRY_BAD_CONTROLS, 7, \
	  "VM entry found invalid control fields") \
	X(ENTRY_BAD_HOST_STATE, 8, \
	  "VM entry found invalid host-state fields") \
	X(VMPTRLD_BAD_ADDRESS, 9, \
	  "VMPTRLD got an invalid physical address") \
	X(VMPTRLD_VMXON_POINTER, 10, \
	  "VMPTRLD got the address of the VMXON region") \
	X(VMPTRLD_BAD_REVISION, 11, \
	  "VMPTRLD found another VMCS revision identifier than this processor's") \
	X(UNSUPPORTED_FIELD, 12, \
	  "VMREAD or VMWRITE of a VMCS field that this processor does not have") \
	X(VMWRITE_READ_ONLY_FIELD, 13, \
	  "VMWRITE to a read-only VMCS field") \
	X(VMXON_IN_ROOT, 15, \
	  "VMXON was executed in VMX root operation") \
	X(ENTRY_BAD_EXECUTIVE_POINTER, 16, \
	  "VM entry found an invalid executive-VMCS pointer") \
	X(ENTRY_NONLAUNCHED_EXECUTIVE, 17, \
	  "VM entry found an executive VMCS that was not launched") \
	X(ENTRY_EXECUTIVE_NOT_VMXON_POINTER, 18, \
	  "VM entry to end dual-monitor treatment needs the VMXON pointer as executive VMCS") \
	X(VMCALL_NONCLEAR_VMCS, 19, \
	  "VMCALL to start dual-monitor treatment needs a VMCS in the clear state") \
	X(VMCALL_BAD_EXIT_CONTROLS, 20, \
	  "VMCALL found invalid VM-exit control fields") \
	X(VMCALL_BAD_MSEG_REVISION, 22, \
	  "VMCALL found another MSEG revision identifier than this processor's") \
	X(VMXOFF_UNDER_DUAL_MONITOR, 23, \
	  "VMXOFF is not possible under dual-monitor treatment of SMIs and SMM") \
	X(VMCALL_BAD_SMM_FEATURES, 24, \
	  "VMCALL found invalid SMM-monitor features") \
	X(ENTRY_BAD_EXECUTIVE_CONTROLS, 25, \
	  "VM entry to return from SMM found invalid execution controls in the executive VMCS") \
	X(ENTRY_BLOCKED_BY_MOV_SS, 26, \
	  "VM entry with events blocked by MOV SS") \
	X(BAD_INVEPT_INVVPID_OPERAND, 28, \
	  "INVEPT or INVVPID got an invalid operand")

#define VMX_INSN_ERRORS_RESERVED(X) \
	X(14) \
	X(21) \
	X(27)

/**
 * DOC: Basic exit reasons
 *
 * Bits 15:0 of the exit-reason field (SDM "VMX Basic Exit Reasons"). The texts
 * describe what the guest did or what happened to it. VMX_EXIT_REASONS_RESERVED
 * lists the numbers in between that are reserved.
 */
#define VMX_EXIT_REASONS_TABLE(X) \
	X(EXCEPTION_NMI, 0, "exception that the bitmap selects, or an NMI") \
	X(EXTERNAL_INTERRUPT, 1, "interrupt for the host") \
	X(TRIPLE_FAULT, 2, "fault while a double fault was delivered") \
	X(INIT, 3, "INIT signal") \
	X(SIPI, 4, "start-up IPI while the processor waited for one") \
	X(IO_SMI, 5, "SMI right after an I/O instruction") \
	X(OTHER_SMI, 6, "SMI at another place than after an I/O instruction") \
	X(INTERRUPT_WINDOW, 7, "the guest can take an interrupt now") \
	X(NMI_WINDOW, 8, "the guest can take an NMI now") \
	X(TASK_SWITCH, 9, "attempt to switch tasks") \
	X(CPUID, 10, "CPUID executed") \
	X(GETSEC, 11, "GETSEC executed") \
	X(HLT, 12, "HLT executed") \
	X(INVD, 13, "INVD executed") \
	X(INVLPG, 14, "INVLPG executed") \
	X(RDPMC, 15, "RDPMC executed") \
	X(RDTSC, 16, "RDTSC executed") \
	X(RSM, 17, "RSM executed in SMM") \
	X(VMCALL, 18, "VMCALL executed: the guest calls its host") \
	X(VMCLEAR, 19, "VMCLEAR executed") \
	X(VMLAUNCH, 20, "VMLAUNCH executed") \
	X(VMPTRLD, 21, "VMPTRLD executed") \
	X(VMPTRST, 22, "VMPTRST executed") \
	X(VMREAD, 23, "VMREAD executed") \
	X(VMRESUME, 24, "VMRESUME executed") \
	X(VMWRITE, 25, "VMWRITE executed") \
	X(VMXOFF, 26, "VMXOFF executed") \
	X(VMXON, 27, "VMXON executed") \
	X(CR_ACCESS, 28, "access to a control register, CLTS or LMSW") \
	X(DR_ACCESS, 29, "access to a debug register") \
	X(IO_INSTRUCTION, 30, "access to an I/O port") \
	X(MSR_READ, 31, "RDMSR executed") \
	X(MSR_WRITE, 32, "WRMSR or WRMSRNS executed") \
	X(INVALID_GUEST_STATE, 33, "VM entry failed: invalid guest state") \
	X(MSR_LOAD_FAIL, 34, "VM entry failed: an MSR could not be loaded") \
	X(MWAIT_INSTRUCTION, 36, "MWAIT executed") \
	X(MONITOR_TRAP_FLAG, 37, "one instruction done under the monitor trap flag") \
	X(MONITOR_INSTRUCTION, 39, "MONITOR executed") \
	X(PAUSE_INSTRUCTION, 40, "PAUSE executed, or a PAUSE loop found") \
	X(MCE_DURING_VMENTRY, 41, "VM entry failed: machine check") \
	X(TPR_BELOW_THRESHOLD, 43, "the virtual task priority fell below the threshold") \
	X(APIC_ACCESS, 44, "access to the APIC-access page") \
	X(VIRTUALIZED_EOI, 45, "end of an interrupt that the EOI bitmap selects") \
	X(GDTR_IDTR, 46, "LGDT, LIDT, SGDT or SIDT executed") \
	X(LDTR_TR, 47, "LLDT, LTR, SLDT or STR executed") \
	X(EPT_VIOLATION, 48, "access that the EPT entries do not allow") \
	X(EPT_MISCONFIG, 49, "EPT entry with bits that do not go together") \
	X(INVEPT, 50, "INVEPT executed") \
	X(RDTSCP, 51, "RDTSCP executed") \
	X(PREEMPTION_TIMER, 52, "the VMX-preemption timer ran out") \
	X(INVVPID, 53, "INVVPID executed") \
	X(WBINVD, 54, "WBINVD or WBNOINVD executed") \
	X(XSETBV, 55, "XSETBV executed") \
	X(APIC_WRITE, 56, "write to the virtual-APIC page that the host must finish") \
	X(RDRAND, 57, "RDRAND executed") \
	X(INVPCID, 58, "INVPCID executed") \
	X(VMFUNC, 59, "VMFUNC with a function that is not enabled, or that failed") \
	X(ENCLS, 60, "ENCLS executed") \
	X(RDSEED, 61, "RDSEED executed") \
	X(PML_FULL, 62, "the page-modification log is full") \
	X(XSAVES, 63, "XSAVES executed") \
	X(XRSTORS, 64, "XRSTORS executed") \
	X(PCONFIG, 65, "PCONFIG executed") \
	X(SPP_EVENT, 66, "sub-page permissions missing or misconfigured") \
	X(UMWAIT, 67, "UMWAIT executed") \
	X(TPAUSE, 68, "TPAUSE executed") \
	X(LOADIWKEY, 69, "LOADIWKEY executed") \
	X(ENCLV, 70, "ENCLV executed") \
	X(ENQCMD, 72, "ENQCMD whose PASID could not be translated") \
	X(ENQCMDS, 73, "ENQCMDS whose PASID could not be translated") \
	X(BUS_LOCK, 74, "the instruction before took a bus lock") \
	X(NOTIFY, 75, "instruction timeout: no interrupt window for too long") \
	X(SEAMCALL, 76, "SEAMCALL executed") \
	X(TDCALL, 77, "TDCALL executed") \
	X(RDMSRLIST, 78, "RDMSRLIST executed") \
	X(WRMSRLIST, 79, "WRMSRLIST executed") \
	X(URDMSR, 80, "URDMSR executed") \
	X(UWRMSR, 81, "UWRMSR executed") \
	X(RDMSR_IMM, 84, "RDMSR with an immediate MSR number executed") \
	X(WRMSR_IMM, 85, "WRMSRNS with an immediate MSR number executed")

#define VMX_EXIT_REASONS_RESERVED(X) \
	X(35) \
	X(38) \
	X(42) \
	X(71) \
	X(82) \
	X(83)

/**
 * DOC: Flag bits of the exit reason
 *
 * The bits above 15 of the 32-bit exit-reason field (SDM "Basic VM-Exit
 * Information"), by bit number. The kernel's own header uses the name
 * VMX_EXIT_REASON_FLAGS.
 */
#define VMX_EXIT_FLAGS_TABLE(X) \
	X(SHADOW_STACK_BUSY, 25, "a shadow-stack token was left busy") \
	X(BUS_LOCK, 26, "a bus lock was taken before this exit") \
	X(ENCLAVE_MODE, 27, "the guest was in SGX enclave mode") \
	X(PENDING_MTF, 28, "an MTF exit is pending behind this SMM exit") \
	X(FROM_VMX_ROOT, 29, "SMM exit from VMX root operation") \
	X(ENTRY_FAILURE, 31, "VM entry failed: the guest did not run")

/**
 * DOC: Interruption types
 *
 * Bits 10:8 of the VM-entry and VM-exit interruption information (SDM "VM-Entry
 * Controls for Event Injection"). Type 1 is reserved.
 */
#define VMX_INTR_TYPES(X) \
	X(EXTERNAL_INTERRUPT, 0, "external interrupt") \
	X(RESERVED, 1, "reserved") \
	X(NMI, 2, "non-maskable interrupt") \
	X(HARDWARE_EXCEPTION, 3, "hardware exception") \
	X(SOFTWARE_INTERRUPT, 4, "software interrupt (INT n)") \
	X(PRIVILEGED_SOFTWARE_EXCEPTION, 5, "privileged software exception (INT1)") \
	X(SOFTWARE_EXCEPTION, 6, "software exception (INT3 or INTO)") \
	X(OTHER_EVENT, 7, "other event (with vector 0 a pending MTF exit)")

#define VMX_ENUM_ERROR(name, number, text)	VMX_ERROR_##name = (number),
#define VMX_ENUM_EXIT(name, number, text)	VMX_EXIT_##name = (number),
#define VMX_ENUM_FLAG(name, number, text) \
	VMX_EXIT_FLAG_##name##_BIT = (number),
#define VMX_ENUM_INTR_TYPE(name, number, text) \
	VMX_INTR_TYPE_##name = (number),

enum vmx_insn_error {
	VMX_ERROR_NONE = 0,
	VMX_INSN_ERRORS(VMX_ENUM_ERROR)
	VMX_ERROR_MAX = 28
};

enum vmx_exit_reason {
	VMX_EXIT_REASONS_TABLE(VMX_ENUM_EXIT)
	VMX_EXIT_MAX = 85
};

enum vmx_exit_flag_bit {
	VMX_EXIT_FLAGS_TABLE(VMX_ENUM_FLAG)
};

enum vmx_intr_type {
	VMX_INTR_TYPES(VMX_ENUM_INTR_TYPE)
};

#undef VMX_ENUM_ERROR
#undef VMX_ENUM_EXIT
#undef VMX_ENUM_FLAG
#undef VMX_ENUM_INTR_TYPE

#define VMX_EXIT_BASIC_MASK	0xffffu
/* VMX_EXIT_FLAG(ENTRY_FAILURE) is the mask of a row of VMX_EXIT_FLAGS_TABLE */
#define VMX_EXIT_FLAG(name)	(1u << VMX_EXIT_FLAG_##name##_BIT)

#define VMX_CASE_NAME(name, number, text)	case (number): return #name;
#define VMX_CASE_TEXT(name, number, text)	case (number): return text;
#define VMX_CASE_RESERVED(number)	case (number):

/**
 * vmx_insn_error_name() - Name of a VM-instruction error.
 * @error: value of the VM-instruction error field
 *
 * Return: the name without its prefix, or NULL when the number is reserved or
 * unknown (print the number then).
 */
static inline const char *vmx_insn_error_name(unsigned int error)
{
	switch (error) {
	VMX_INSN_ERRORS(VMX_CASE_NAME)
	}
	return (void *)0;
}

/**
 * vmx_insn_error_text() - Description of a VM-instruction error.
 * @error: value of the VM-instruction error field
 *
 * Return: the description, "reserved" for the gaps of the table, NULL for every
 * other number.
 */
static inline const char *vmx_insn_error_text(unsigned int error)
{
	switch (error) {
	VMX_INSN_ERRORS(VMX_CASE_TEXT)
	VMX_INSN_ERRORS_RESERVED(VMX_CASE_RESERVED)
		return "reserved";
	}
	return (void *)0;
}

/**
 * vmx_exit_reason_name() - Name of an exit reason.
 * @reason: exit-reason field; its flag bits are ignored
 *
 * Return: the name without its prefix, or NULL when the number is reserved or
 * unknown (print the number then).
 */
static inline const char *vmx_exit_reason_name(unsigned int reason)
{
	switch (reason & VMX_EXIT_BASIC_MASK) {
	VMX_EXIT_REASONS_TABLE(VMX_CASE_NAME)
	}
	return (void *)0;
}

/**
 * vmx_exit_reason_text() - Description of an exit reason.
 * @reason: exit-reason field; its flag bits are ignored
 *
 * Return: the description, "reserved" for the gaps of the table, NULL for every
 * other number.
 */
static inline const char *vmx_exit_reason_text(unsigned int reason)
{
	switch (reason & VMX_EXIT_BASIC_MASK) {
	VMX_EXIT_REASONS_TABLE(VMX_CASE_TEXT)
	VMX_EXIT_REASONS_RESERVED(VMX_CASE_RESERVED)
		return "reserved";
	}
	return (void *)0;
}

/**
 * vmx_exit_flag_name() - Name of a flag bit of the exit reason.
 * @bit: bit number, 16 to 31
 *
 * Return: the name without its prefix, NULL for a bit without a meaning.
 */
static inline const char *vmx_exit_flag_name(unsigned int bit)
{
	switch (bit) {
	VMX_EXIT_FLAGS_TABLE(VMX_CASE_NAME)
	}
	return (void *)0;
}

/**
 * vmx_exit_flag_text() - Description of a flag bit of the exit reason.
 * @bit: bit number, 16 to 31
 *
 * Return: the description, NULL for a bit without a meaning.
 */
static inline const char *vmx_exit_flag_text(unsigned int bit)
{
	switch (bit) {
	VMX_EXIT_FLAGS_TABLE(VMX_CASE_TEXT)
	}
	return (void *)0;
}

/**
 * vmx_intr_type_name() - Name of an interruption type.
 * @type: bits 10:8 of the interruption information, shifted down
 *
 * Return: the name without its prefix, NULL above 7.
 */
static inline const char *vmx_intr_type_name(unsigned int type)
{
	switch (type) {
	VMX_INTR_TYPES(VMX_CASE_NAME)
	}
	return (void *)0;
}

/**
 * vmx_intr_type_text() - Description of an interruption type.
 * @type: bits 10:8 of the interruption information, shifted down
 *
 * Return: the description, NULL above 7.
 */
static inline const char *vmx_intr_type_text(unsigned int type)
{
	switch (type) {
	VMX_INTR_TYPES(VMX_CASE_TEXT)
	}
	return (void *)0;
}

#undef VMX_CASE_NAME
#undef VMX_CASE_TEXT
#undef VMX_CASE_RESERVED

/**
 * vmx_vector_has_error_code() - Does this exception push an error code?
 * @vector: vector of a hardware exception
 *
 * #DF, #TS, #NP, #SS, #GP, #PF, #AC and #CP do (SDM "Exceptions and
 * Interrupts" table). To inject into a guest with CR0.PE set, VM entry requires
 * an error code for exactly these, unless bit 56 of IA32_VMX_BASIC is set; in
 * real mode no exception has one.
 *
 * Return: 1 when it does, else 0.
 */
static inline int vmx_vector_has_error_code(unsigned int vector)
{
	switch (vector) {
	case 8:
	case 10:
	case 11:
	case 12:
	case 13:
	case 14:
	case 17:
	case 21:
		return 1;
	default:
		return 0;
	}
}

/**
 * vmx_alignment_is_checked() - Does a processor check alignment here?
 * @cr0: CR0
 * @rflags: RFLAGS
 * @privilege: current privilege level
 *
 * SDM "Interrupt 17—Alignment Check Exception (#AC)": CR0.AM and RFLAGS.AC are
 * set and the privilege level is 3. An #AC in any other case comes from
 * split-lock detection, which the host has enabled and has to handle.
 *
 * Return: 1 when it does, else 0.
 */
static inline int vmx_alignment_is_checked(unsigned long long cr0,
					   unsigned long long rflags,
					   unsigned int privilege)
{
	return cr0 & 1 << 18 && rflags & 1 << 18 && privilege == 3;
}

/**
 * vmx_intr_type_is_soft() - Does an instruction cause this type of event?
 * @type: bits 10:8 of the interruption information, shifted down
 *
 * To inject such an event VM entry needs the instruction length: 1 to 15, and
 * 0 only when bit 30 of IA32_VMX_MISC is set (SDM "Checks on VM-Entry Control
 * Fields").
 *
 * Return: 1 for INT n, INT1, INT3 and INTO, else 0.
 */
static inline int vmx_intr_type_is_soft(unsigned int type)
{
	switch (type) {
	case VMX_INTR_TYPE_SOFTWARE_INTERRUPT:
	case VMX_INTR_TYPE_PRIVILEGED_SOFTWARE_EXCEPTION:
	case VMX_INTR_TYPE_SOFTWARE_EXCEPTION:
		return 1;
	default:
		return 0;
	}
}

/**
 * vmx_intr_type_of_vector() - Type with which a vector is usually injected.
 * @vector: 0 to 255
 *
 * #DB is a hardware exception here: only INT1 makes it a privileged software
 * exception, and a caller that injects INT1 gives that type itself. The vectors
 * below 32 that the SDM reserves are hardware exceptions as well: they are for
 * future exceptions, and VM entry accepts them with this type but not as other
 * events, which must have vector 0 (SDM "Checks on VM-Entry Control Fields").
 *
 * Return: the type; VMX_INTR_TYPE_RESERVED, with which VM entry fails, for a
 * number above 255.
 */
static inline enum vmx_intr_type vmx_intr_type_of_vector(unsigned int vector)
{
	switch (vector) {
	case 2:
		return VMX_INTR_TYPE_NMI;
	case 3:
	case 4:
		return VMX_INTR_TYPE_SOFTWARE_EXCEPTION;
	default:
		break;
	}
	if (vector < 32)
		return VMX_INTR_TYPE_HARDWARE_EXCEPTION;
	if (vector < 256)
		return VMX_INTR_TYPE_EXTERNAL_INTERRUPT;
	return VMX_INTR_TYPE_RESERVED;
}

#endif /* _UAPI_TEAVMX_VMX_H */
