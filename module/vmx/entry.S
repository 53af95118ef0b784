/* SPDX-License-Identifier: GPL-2.0-only */
#include <linux/linkage.h>
#include <linux/objtool.h>
#include <asm/asm.h>
#include <asm/cpufeatures.h>
#include <asm/msr-index.h>
#include <asm/nospec-branch.h>
#include <asm/percpu.h>
#include <asm/unwind_hints.h>

#include "entry.h"
#include "teavmx-probe.h"

/*
 * The encoding of the VMCS field HOST_RSP. asm/vmx.h has it in an enum, which
 * the assembler cannot read.
 */
#define FIELD_HOST_RSP 0x6c14

	.section .noinstr.text, "ax"

/* Empties the L1 data cache. */
.macro FLUSH_L1D
	mov $MSR_IA32_FLUSH_CMD, %ecx
	mov $L1D_FLUSH, %eax
	xor %edx, %edx
	wrmsr
.endm

/* Loads the registers of the guest, to which RDI points. */
.macro LOAD_GUEST
	mov VMX_REGS_RAX(%rdi), %rax
	mov VMX_REGS_RCX(%rdi), %rcx
	mov VMX_REGS_RDX(%rdi), %rdx
	mov VMX_REGS_RBX(%rdi), %rbx
	mov VMX_REGS_RBP(%rdi), %rbp
	mov VMX_REGS_RSI(%rdi), %rsi
	mov VMX_REGS_R8(%rdi), %r8
	mov VMX_REGS_R9(%rdi), %r9
	mov VMX_REGS_R10(%rdi), %r10
	mov VMX_REGS_R11(%rdi), %r11
	mov VMX_REGS_R12(%rdi), %r12
	mov VMX_REGS_R13(%rdi), %r13
	mov VMX_REGS_R14(%rdi), %r14
	mov VMX_REGS_R15(%rdi), %r15
	mov VMX_REGS_RDI(%rdi), %rdi
.endm

/*
 * VERW clears the CPU's buffers (MDS, TAA, RFDS). It comes last, as loads fill
 * them. Which macro is right for VMX depends on the kernel: each becomes VERW only
 * where the kernel found out that the CPU needs it, so both may stand here.
 */
.macro CLEAR_BUFFERS
#ifdef TEAVMX_HAVE_CLEAR_CPU_BUFFERS
	CLEAR_CPU_BUFFERS
#endif
#ifdef TEAVMX_HAVE_VM_CLEAR_CPU_BUFFERS
	VM_CLEAR_CPU_BUFFERS
#endif
#if !defined(TEAVMX_HAVE_CLEAR_CPU_BUFFERS) && \
	!defined(TEAVMX_HAVE_VM_CLEAR_CPU_BUFFERS)
#error "This kernel has no macro for VERW before a VM entry: see asm/nospec-branch.h"
#endif
.endm

/* Removes what the guest has left in the CPU, and that speculation could use. */
.macro DISCARD_GUEST
	/*
	 * The guest chose these values, and the host could use them in
	 * speculation before it writes the registers, so they are cleared.
	 */
	xor %eax, %eax
	xor %ecx, %ecx
	xor %edx, %edx
	xor %ebx, %ebx
	xor %ebp, %ebp
	xor %esi, %esi
	xor %edi, %edi
	xor %r8d, %r8d
	xor %r9d, %r9d
	xor %r10d, %r10d
	xor %r11d, %r11d
	xor %r12d, %r12d
	xor %r13d, %r13d
	xor %r14d, %r14d
	xor %r15d, %r15d

	/*
	 * The return stack buffer is filled before the first RET, which could
	 * otherwise be predicted to a target that the guest chose.
	 */
	FILL_RETURN_BUFFER %rcx, RSB_CLEAR_LOOPS, X86_FEATURE_RSB_VMEXIT, \
			   X86_FEATURE_RSB_VMEXIT_LITE

	/*
	 * Legacy IBRS restricts only branches after a write that sets it, so it
	 * is written even where the MSR has this value already (SDM "Indirect
	 * Branch Restricted Speculation").
	 */
	ALTERNATIVE "jmp .Lno_ibrs_\@", "", X86_FEATURE_KERNEL_IBRS
	mov $MSR_IA32_SPEC_CTRL, %ecx
	mov PER_CPU_VAR(x86_spec_ctrl_current), %rdx
	mov %edx, %eax
	shr $32, %rdx
	wrmsr
.Lno_ibrs_\@:
	/*
	 * The LFENCE keeps branches below from executing speculatively before
	 * the write of SPEC_CTRL. KVM has it under the same condition.
	 */
	ALTERNATIVE "", "lfence", X86_FEATURE_MSR_SPEC_CTRL

#ifdef TEAVMX_HAVE_CLEAR_BRANCH_HISTORY_VMEXIT
	CLEAR_BRANCH_HISTORY_VMEXIT
#endif
.endm

/**
 * vmx_enter() - run the guest of the current VMCS until an exit for the caller
 * @regs: (RDI) guest registers, loaded before and stored after
 * @flags: (ESI) VMX_ENTER_FLUSH or 0: empty the L1 data cache before each entry?
 *
 * An exit that vmx_fastpath() answers is followed by VMRESUME, as the VMCS is in
 * the launch state "launched" then. Both ways into the guest are written out, which
 * takes fewer instructions than a flag that chooses. Once the guest's registers are
 * loaded, no register holds anything of the host but RSP: after an exit, and when
 * the entry fails and execution falls through, the arguments are found on the host
 * stack.
 * RSP is a valid kernel stack pointer all the time, so an NMI may come at any
 * instruction.
 *
 * Context: interrupts off.
 *
 * Return: VMX_ENTER_EXIT after an exit, VMX_ENTER_FAIL when VMLAUNCH or VMRESUME
 * failed, VMX_ENTER_FAULT when a VMX instruction raised an exception, as the CPU
 * is no longer in VMX operation.
 */
SYM_FUNC_START(vmx_enter)
	push %rbp
	push %r15
	push %r14
	push %r13
	push %r12
	push %rbx
	push %rdi
	push %rsi

	mov $FIELD_HOST_RSP, %edx
.Lvmwrite:
	vmwrite %rsp, %rdx
	jbe .Lfailed

	/*
	 * The flush comes after all code that could load secrets of the host
	 * into the cache.
	 */
	test $VMX_ENTER_FLUSH, %esi
	jz .Lflushed
	FLUSH_L1D
.Lflushed:
	LOAD_GUEST
	/*
	 * An exit continues at vmx_exit_label with the stack as it is here, so
	 * the unwinder uses the same hint at both places.
	 */
	UNWIND_HINT_SAVE
	CLEAR_BUFFERS
.Lvmlaunch:
	vmlaunch
	jmp .Lfailed

.Lflush_and_resume:
	FLUSH_L1D
.Lresume:
	LOAD_GUEST
	CLEAR_BUFFERS
.Lvmresume:
	vmresume

	/*
	 * An entry continues here only when it failed. The registers hold values
	 * of the guest, and the flags on the stack are not needed any more.
	 */
.Lfailed:
	movl $VMX_ENTER_FAIL, (%rsp)
	jmp .Lwithout_exit
.Lfault:
	movl $VMX_ENTER_FAULT, (%rsp)
.Lwithout_exit:
	DISCARD_GUEST
	mov (%rsp), %eax
	jmp .Lreturn

	_ASM_EXTABLE(.Lvmwrite, .Lfault)
	_ASM_EXTABLE(.Lvmlaunch, .Lfault)
	_ASM_EXTABLE(.Lvmresume, .Lfault)

SYM_INNER_LABEL(vmx_exit_label, SYM_L_GLOBAL)
	UNWIND_HINT_RESTORE
	ENDBR
	push %rdi
	mov 16(%rsp), %rdi
	mov %rax, VMX_REGS_RAX(%rdi)
	mov %rcx, VMX_REGS_RCX(%rdi)
	mov %rdx, VMX_REGS_RDX(%rdi)
	mov %rbx, VMX_REGS_RBX(%rdi)
	mov %rbp, VMX_REGS_RBP(%rdi)
	mov %rsi, VMX_REGS_RSI(%rdi)
	mov %r8, VMX_REGS_R8(%rdi)
	mov %r9, VMX_REGS_R9(%rdi)
	mov %r10, VMX_REGS_R10(%rdi)
	mov %r11, VMX_REGS_R11(%rdi)
	mov %r12, VMX_REGS_R12(%rdi)
	mov %r13, VMX_REGS_R13(%rdi)
	mov %r14, VMX_REGS_R14(%rdi)
	mov %r15, VMX_REGS_R15(%rdi)
	pop VMX_REGS_RDI(%rdi)
	DISCARD_GUEST
	mov 8(%rsp), %rdi
	call vmx_fastpath
	mov 8(%rsp), %rdi
	/* One OR tests both: is there a next entry, and does it need no flush? */
	or (%rsp), %eax
	jz .Lresume
	test $VMX_FASTPATH_ENDS, %eax
	jz .Lflush_and_resume
	mov $VMX_ENTER_EXIT, %eax

.Lreturn:
	add $16, %rsp
	pop %rbx
	pop %r12
	pop %r13
	pop %r14
	pop %r15
	pop %rbp
	RET
SYM_FUNC_END(vmx_enter)

/* A kernel with frame pointers: RBP is the guest's between entry and exit. */
STACK_FRAME_NON_STANDARD_FP vmx_enter
