/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
#ifndef _UAPI_TEAVMX_VMX_EXIT_FIELDS_H
#define _UAPI_TEAVMX_VMX_EXIT_FIELDS_H

#include "vmx.h"

/**
 * DOC: VM-exit information fields
 *
 * The exit reason and the exit qualification are defined after every VM exit.
 * Each other VM-exit information field is defined after some exits only; after
 * the others it holds a value that an earlier exit or the processor has left
 * there (SDM "Recording VM-Exit Information and Updating VM-Entry Control
 * Fields"). So a field must not be used unless vmx_exit_fields() has its bit.
 *
 * A field is treated as undefined where documents disagree or do not mention an
 * instruction.
 */
enum vmx_exit_field {
	/* VM-exit instruction length */
	VMX_FIELD_LENGTH		= 1 << 0,
	/* VM-exit instruction information */
	VMX_FIELD_INFO			= 1 << 1,
	/* Guest-linear address */
	VMX_FIELD_LINEAR		= 1 << 2,
	/* Guest-physical address */
	VMX_FIELD_PHYSICAL		= 1 << 3,
	/* VM-exit interruption information, and its error code */
	VMX_FIELD_INTR			= 1 << 4,
	VMX_FIELD_INTR_ERROR		= 1 << 5,
	/* IDT-vectoring information, and its error code */
	VMX_FIELD_VECTORING		= 1 << 6,
	VMX_FIELD_VECTORING_ERROR	= 1 << 7,
};

/*
 * X(NAME, fields): what every exit for a reason has. A reason that is not in the
 * table only has what vmx_exit_fields() adds for the single exit.
 */
#define VMX_EXIT_FIELDS_TABLE(X) \
	X(CPUID, VMX_FIELD_LENGTH) \
	X(GETSEC, VMX_FIELD_LENGTH) \
	X(HLT, VMX_FIELD_LENGTH) \
	X(INVD, VMX_FIELD_LENGTH) \
	X(INVLPG, VMX_FIELD_LENGTH) \
	X(RDPMC, VMX_FIELD_LENGTH) \
	X(RDTSC, VMX_FIELD_LENGTH) \
	X(RSM, VMX_FIELD_LENGTH) \
	X(VMCALL, VMX_FIELD_LENGTH) \
	X(VMCLEAR, VMX_FIELD_LENGTH | VMX_FIELD_INFO) \
	X(VMLAUNCH, VMX_FIELD_LENGTH) \
	X(VMPTRLD, VMX_FIELD_LENGTH | VMX_FIELD_INFO) \
	X(VMPTRST, VMX_FIELD_LENGTH | VMX_FIELD_INFO) \
	X(VMREAD, VMX_FIELD_LENGTH | VMX_FIELD_INFO) \
	X(VMRESUME, VMX_FIELD_LENGTH) \
	X(VMWRITE, VMX_FIELD_LENGTH | VMX_FIELD_INFO) \
	X(VMXOFF, VMX_FIELD_LENGTH) \
	X(VMXON, VMX_FIELD_LENGTH | VMX_FIELD_INFO) \
	X(CR_ACCESS, VMX_FIELD_LENGTH) \
	X(DR_ACCESS, VMX_FIELD_LENGTH) \
	X(IO_INSTRUCTION, VMX_FIELD_LENGTH) \
	X(MSR_READ, VMX_FIELD_LENGTH) \
	X(MSR_WRITE, VMX_FIELD_LENGTH) \
	X(MWAIT_INSTRUCTION, VMX_FIELD_LENGTH) \
	X(MONITOR_INSTRUCTION, VMX_FIELD_LENGTH) \
	X(PAUSE_INSTRUCTION, VMX_FIELD_LENGTH) \
	X(GDTR_IDTR, VMX_FIELD_LENGTH | VMX_FIELD_INFO) \
	X(LDTR_TR, VMX_FIELD_LENGTH | VMX_FIELD_INFO) \
	X(EPT_VIOLATION, VMX_FIELD_PHYSICAL) \
	X(EPT_MISCONFIG, VMX_FIELD_PHYSICAL) \
	X(INVEPT, VMX_FIELD_LENGTH | VMX_FIELD_INFO) \
	X(RDTSCP, VMX_FIELD_LENGTH) \
	X(INVVPID, VMX_FIELD_LENGTH | VMX_FIELD_INFO) \
	X(WBINVD, VMX_FIELD_LENGTH) \
	X(XSETBV, VMX_FIELD_LENGTH) \
	X(RDRAND, VMX_FIELD_LENGTH | VMX_FIELD_INFO) \
	X(INVPCID, VMX_FIELD_LENGTH | VMX_FIELD_INFO) \
	X(VMFUNC, VMX_FIELD_LENGTH) \
	X(ENCLS, VMX_FIELD_LENGTH) \
	X(RDSEED, VMX_FIELD_LENGTH | VMX_FIELD_INFO) \
	X(XSAVES, VMX_FIELD_LENGTH | VMX_FIELD_INFO) \
	X(XRSTORS, VMX_FIELD_LENGTH | VMX_FIELD_INFO) \
	X(PCONFIG, VMX_FIELD_LENGTH) \
	X(SPP_EVENT, VMX_FIELD_LINEAR | VMX_FIELD_PHYSICAL) \
	X(UMWAIT, VMX_FIELD_LENGTH | VMX_FIELD_INFO) \
	X(TPAUSE, VMX_FIELD_LENGTH | VMX_FIELD_INFO) \
	X(LOADIWKEY, VMX_FIELD_LENGTH | VMX_FIELD_INFO) \
	X(RDMSR_IMM, VMX_FIELD_LENGTH | VMX_FIELD_INFO) \
	X(WRMSR_IMM, VMX_FIELD_LENGTH | VMX_FIELD_INFO)

/* Fields of interruption information and IDT-vectoring information */
#define VMX_EVENT_TYPE(info)		(((info) >> 8) & 7)
#define VMX_EVENT_HAS_ERROR		0x00000800u
#define VMX_EVENT_VALID			0x80000000u

/* SDM "Exit Qualification for I/O Instructions" and the tables around it */
#define VMX_QUALIFICATION_IO_STRING	0x10
#define VMX_QUALIFICATION_CR_LMSW_MEMORY(qualification) \
	(((qualification) & 0x70) == 0x70)
#define VMX_QUALIFICATION_EPT_LINEAR	0x80
#define VMX_QUALIFICATION_TASK_GATE(qualification) \
	(((qualification) >> 30 & 3) == 3)

/**
 * vmx_exit_fields_of_event() - Fields that describe an event.
 * @info: VM-exit interruption information, or IDT-vectoring information
 * @fields: what to return when it is valid
 * @error: what to add when it has an error code
 *
 * Return: the fields, 0 when @info is not valid.
 */
static inline unsigned int vmx_exit_fields_of_event(unsigned int info,
						    unsigned int fields,
						    unsigned int error)
{
	if (!(info & VMX_EVENT_VALID))
		return 0;
	return info & VMX_EVENT_HAS_ERROR ? fields | error : fields;
}

/**
 * vmx_exit_has_soft_length() - Is the instruction length defined for an event?
 * @reason: basic exit reason
 * @qualification: exit qualification
 * @intr: VM-exit interruption information
 * @vectoring: IDT-vectoring information
 *
 * Exits that INT1, INT3 and INTO cause have a length, and so have exits during
 * the delivery of an event that an instruction caused. A task switch has one
 * unless an event that no instruction caused went through the task gate.
 *
 * Return: 1 when it is, else 0.
 */
static inline int vmx_exit_has_soft_length(unsigned int reason,
					   unsigned long long qualification,
					   unsigned int intr,
					   unsigned int vectoring)
{
	if (reason == VMX_EXIT_TASK_SWITCH &&
	    !VMX_QUALIFICATION_TASK_GATE(qualification))
		return 1;
	if (vectoring & VMX_EVENT_VALID)
		return vmx_intr_type_is_soft(VMX_EVENT_TYPE(vectoring));
	return reason == VMX_EXIT_EXCEPTION_NMI && intr & VMX_EVENT_VALID &&
	       vmx_intr_type_is_soft(VMX_EVENT_TYPE(intr));
}

/**
 * vmx_exit_fields_of_reason() - Fields that every exit for a reason has.
 * @reason: basic exit reason
 *
 * Return: enum vmx_exit_field bits.
 */
static inline unsigned int vmx_exit_fields_of_reason(unsigned int reason)
{
	switch (reason) {
#define VMX_CASE_FIELDS(name, fields)	case (VMX_EXIT_##name): return fields;
	VMX_EXIT_FIELDS_TABLE(VMX_CASE_FIELDS)
#undef VMX_CASE_FIELDS
	}
	return 0;
}

/**
 * vmx_exit_fields() - VM-exit information fields that are defined.
 * @reason: exit-reason field with its flag bits
 * @qualification: exit qualification
 * @intr: VM-exit interruption information as read; bit 31 is set if it is valid
 * @vectoring: IDT-vectoring information as read, likewise
 *
 * An entry that failed during or after loading guest state writes only reason
 * and qualification (SDM "VM-Entry Failures During or After Loading Guest State").
 *
 * Return: enum vmx_exit_field bits.
 */
static inline unsigned int vmx_exit_fields(unsigned int reason,
					   unsigned long long qualification,
					   unsigned int intr,
					   unsigned int vectoring)
{
	unsigned int basic = reason & VMX_EXIT_BASIC_MASK;
	unsigned int fields = vmx_exit_fields_of_reason(basic);

	if (reason & VMX_EXIT_FLAG(ENTRY_FAILURE))
		return 0;
	fields |= vmx_exit_fields_of_event(intr, VMX_FIELD_INTR,
					   VMX_FIELD_INTR_ERROR) |
		  vmx_exit_fields_of_event(vectoring, VMX_FIELD_VECTORING,
					   VMX_FIELD_VECTORING_ERROR);
	if (vmx_exit_has_soft_length(basic, qualification, intr, vectoring))
		fields |= VMX_FIELD_LENGTH;
	if (basic == VMX_EXIT_IO_INSTRUCTION &&
	    qualification & VMX_QUALIFICATION_IO_STRING)
		fields |= VMX_FIELD_INFO | VMX_FIELD_LINEAR;
	if (basic == VMX_EXIT_CR_ACCESS &&
	    VMX_QUALIFICATION_CR_LMSW_MEMORY(qualification))
		fields |= VMX_FIELD_LINEAR;
	if (basic == VMX_EXIT_EPT_VIOLATION &&
	    qualification & VMX_QUALIFICATION_EPT_LINEAR)
		fields |= VMX_FIELD_LINEAR;
	return fields;
}

#endif /* _UAPI_TEAVMX_VMX_EXIT_FIELDS_H */
