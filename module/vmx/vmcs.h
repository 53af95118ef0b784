/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TEAVMX_VMX_VMCS_H
#define _TEAVMX_VMX_VMCS_H

#include <linux/build_bug.h>
#include <linux/types.h>
#include <asm/asm.h>
#include <asm/vmx.h>

#include "fail.h"

/*
 * VMX instructions. Each has an exception-table entry, because after an
 * emergency VMXOFF (crash, kexec) it raises #UD, which counts as a failure. All
 * but VMXON need this CPU to be in VMX root operation; interrupts are off.
 *
 * An instruction has succeeded if CF and ZF are clear (SDM "Conventions" of the
 * VMX instruction reference). The exception leaves the flags as they were, and
 * STC has set CF.
 */
#define VMX_INSN(text) "stc\n1:\t" text "\n2:\t" _ASM_EXTABLE(1b, 2b)

/* Bits 14:13 of a field encoding (SDM "Field Encoding in VMCS"). */
enum vmcs_width {
	VMCS_WIDTH_16,
	VMCS_WIDTH_64,
	VMCS_WIDTH_32,
	VMCS_WIDTH_NATURAL,
};

#define VMCS_WIDTH(field) (((field) >> 13) & 3)

/*
 * Bit 12 of an encoding is reserved (SDM "Field Encoding in VMCS"), so no field has
 * this one.
 */
#define VMCS_NO_FIELD	0x1000

/* Bits 11:10 of a field encoding are its type; type 0 is control. */
#define VMCS_IS_CONTROL(field) (!((field) & 0xc00))

/*
 * Defines vmx_NAME() for an instruction with one 64-bit memory operand, a
 * physical address. It returns true when the instruction succeeded.
 */
#define VMX_INSN_MEM(name)						\
static __always_inline bool vmx_##name(u64 operand)			\
{									\
	bool done;							\
									\
	if (vmx_fails(VMX_FAIL_##name))				\
		return false;						\
	asm volatile(VMX_INSN(#name " %[operand]")			\
		     : [done] "=@cca" (done)				\
		     : [operand] "m" (operand)				\
		     : "memory");					\
	return done;							\
}

VMX_INSN_MEM(vmxon)
VMX_INSN_MEM(vmclear)
VMX_INSN_MEM(vmptrld)

static __always_inline bool vmx_vmxoff(void)
{
	bool done;

	asm volatile(VMX_INSN("vmxoff") : [done] "=@cca" (done) : : "memory");
	return done;
}

static __always_inline bool vmx_vmptrst(u64 *pointer)
{
	u64 value = ~0ULL;
	bool done;

	asm volatile(VMX_INSN("vmptrst %[value]")
		     : [done] "=@cca" (done), [value] "+m" (value));
	*pointer = value;
	return done;
}

static __always_inline bool vmx_invept(unsigned long extent, u64 eptp)
{
	struct {
		u64 eptp;
		u64 reserved;
	} operand = { eptp, 0 };
	bool done;

	if (vmx_fails(VMX_FAIL_INVEPT))
		return false;
	asm volatile(VMX_INSN("invept %[operand], %[extent]")
		     : [done] "=@cca" (done)
		     : [extent] "r" (extent), [operand] "m" (operand)
		     : "memory");
	return done;
}

/**
 * struct vmx_invvpid - the operand of INVVPID
 * @vpid: the VPID, of 16 bits
 * @address: a linear address, which not all types need
 */
struct vmx_invvpid {
	u64 vpid;
	u64 address;
};

static __always_inline bool vmx_invvpid(unsigned long type,
					const struct vmx_invvpid *operand)
{
	bool done;

	if (vmx_fails(VMX_FAIL_INVVPID))
		return false;
	asm volatile(VMX_INSN("invvpid %[operand], %[type]")
		     : [done] "=@cca" (done)
		     : [type] "r" (type), [operand] "m" (*operand)
		     : "memory");
	return done;
}

static __always_inline bool vmx_vmread(unsigned long field, u64 *value)
{
	unsigned long result;
	bool done;

	if (vmx_fails(VMX_FAIL_VMREAD))
		field = VMCS_NO_FIELD;
	asm volatile(VMX_INSN("vmread %[field], %[result]")
		     : [done] "=@cca" (done), [result] "=r" (result)
		     : [field] "r" (field));
	*value = done ? result : 0;
	return done;
}

static __always_inline bool vmx_vmwrite(unsigned long field, u64 value)
{
	bool done;

	if (vmx_fails(VMX_FAIL_VMWRITE))
		field = VMCS_NO_FIELD;
	asm volatile(VMX_INSN("vmwrite %[value], %[field]")
		     : [done] "=@cca" (done)
		     : [field] "r" (field), [value] "r" ((unsigned long)value));
	return done;
}

void vmcs_failed(const char *what, unsigned long field, u64 value);
unsigned int vmcs_take_failures(void);

/*
 * Accessors by width: using one on a field of another width fails to compile. A
 * failed access is counted by vmcs_failed(), and vmcs_take_failures() after a
 * series of them returns how many failed.
 */
#define VMCS_ACCESSORS(suffix, type, width)				\
static __always_inline type vmcs_read##suffix(unsigned long field)	\
{									\
	u64 value;							\
									\
	BUILD_BUG_ON_MSG(__builtin_constant_p(field) &&			\
			 VMCS_WIDTH(field) != (width),			\
			 "VMCS field of another width");		\
	if (unlikely(!vmx_vmread(field, &value)))			\
		vmcs_failed("VMREAD", field, 0);			\
	return value;							\
}									\
									\
static __always_inline void vmcs_write##suffix(unsigned long field,	\
					       type value)		\
{									\
	BUILD_BUG_ON_MSG(__builtin_constant_p(field) &&			\
			 VMCS_WIDTH(field) != (width),			\
			 "VMCS field of another width");		\
	if (unlikely(!vmx_vmwrite(field, value)))			\
		vmcs_failed("VMWRITE", field, value);			\
}

VMCS_ACCESSORS(16, u16, VMCS_WIDTH_16)
VMCS_ACCESSORS(32, u32, VMCS_WIDTH_32)
VMCS_ACCESSORS(64, u64, VMCS_WIDTH_64)
VMCS_ACCESSORS(l, unsigned long, VMCS_WIDTH_NATURAL)

/*
 * The value of IA32_PAT after RESET (SDM "IA32_PAT MSR"). The kernel changes
 * that of the host, so a guest's cannot be copied from there.
 */
#define VMCS_RESET_PAT	0x0007040600070406ULL

struct vmx_vcpu;

/**
 * struct vmcs_host_task - host state in a VMCS that a context switch can change
 * @fs_base: HOST_FS_BASE
 * @cr0: HOST_CR0; 0 when nothing of it is known
 * @cr3: HOST_CR3
 * @cr4: HOST_CR4
 */
struct vmcs_host_task {
	unsigned long fs_base;
	unsigned long cr0;
	unsigned long cr3;
	unsigned long cr4;
};

void *vmcs_create(void);
void vmcs_destroy(void *vmcs);
void vmcs_init(struct vmx_vcpu *vmx);
void vmcs_write_guest(struct vmx_vcpu *vmx);
void vmcs_write_common_controls(const struct vmx_vcpu *vmx);
void vmcs_write_host_constants(void);
void vmcs_write_host_cpu(void);
void vmcs_write_host_task(struct vmcs_host_task *last);

#endif
