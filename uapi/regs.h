/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
#ifndef _UAPI_TEAVMX_REGS_H
#define _UAPI_TEAVMX_REGS_H

/*
 * The registers of a vCPU, as tables of X(NAME, number, "name",
 * field): the number that REGS_GET and REGS_SET know a register by, its name
 * for people, and the VMCS field that holds it, or 0 where the module keeps
 * it. Numbers are never used again.
 *
 * No other header is needed.
 */

/* General registers, in the order in which instructions number them */
#define TEAVMX_REG_GENERAL(X) \
	X(RAX, 0, "rax", 0) \
	X(RCX, 1, "rcx", 0) \
	X(RDX, 2, "rdx", 0) \
	X(RBX, 3, "rbx", 0) \
	X(RSP, 4, "rsp", 0x681c) \
	X(RBP, 5, "rbp", 0) \
	X(RSI, 6, "rsi", 0) \
	X(RDI, 7, "rdi", 0) \
	X(R8, 8, "r8", 0) \
	X(R9, 9, "r9", 0) \
	X(R10, 10, "r10", 0) \
	X(R11, 11, "r11", 0) \
	X(R12, 12, "r12", 0) \
	X(R13, 13, "r13", 0) \
	X(R14, 14, "r14", 0) \
	X(R15, 15, "r15", 0) \
	X(RIP, 16, "rip", 0x681e) \
	X(RFLAGS, 17, "rflags", 0x6820)

/*
 * Control and debug registers. CR0 and CR4 are what the guest reads; the
 * processor may run with further bits that VMX needs.
 */
#define TEAVMX_REG_CONTROL(X) \
	X(CR0, 32, "cr0", 0) \
	X(CR2, 33, "cr2", 0) \
	X(CR3, 34, "cr3", 0x6802) \
	X(CR4, 35, "cr4", 0) \
	X(CR8, 36, "cr8", 0) \
	X(XCR0, 37, "xcr0", 0) \
	X(DR0, 40, "dr0", 0) \
	X(DR1, 41, "dr1", 0) \
	X(DR2, 42, "dr2", 0) \
	X(DR3, 43, "dr3", 0) \
	X(DR6, 44, "dr6", 0) \
	X(DR7, 45, "dr7", 0)

/*
 * Segment registers with their hidden parts; rights are in the format of the
 * VMCS (SDM "Guest Register State").
 */
#define TEAVMX_REG_SEGMENTS(X) \
	X(ES, 64, "es", 0x0800) \
	X(ES_BASE, 65, "es.base", 0x6806) \
	X(ES_LIMIT, 66, "es.limit", 0x4800) \
	X(ES_RIGHTS, 67, "es.rights", 0x4814) \
	X(CS, 68, "cs", 0x0802) \
	X(CS_BASE, 69, "cs.base", 0x6808) \
	X(CS_LIMIT, 70, "cs.limit", 0x4802) \
	X(CS_RIGHTS, 71, "cs.rights", 0x4816) \
	X(SS, 72, "ss", 0x0804) \
	X(SS_BASE, 73, "ss.base", 0x680a) \
	X(SS_LIMIT, 74, "ss.limit", 0x4804) \
	X(SS_RIGHTS, 75, "ss.rights", 0x4818) \
	X(DS, 76, "ds", 0x0806) \
	X(DS_BASE, 77, "ds.base", 0x680c) \
	X(DS_LIMIT, 78, "ds.limit", 0x4806) \
	X(DS_RIGHTS, 79, "ds.rights", 0x481a) \
	X(FS, 80, "fs", 0x0808) \
	X(FS_BASE, 81, "fs.base", 0x680e) \
	X(FS_LIMIT, 82, "fs.limit", 0x4808) \
	X(FS_RIGHTS, 83, "fs.rights", 0x481c) \
	X(GS, 84, "gs", 0x080a) \
	X(GS_BASE, 85, "gs.base", 0x6810) \
	X(GS_LIMIT, 86, "gs.limit", 0x480a) \
	X(GS_RIGHTS, 87, "gs.rights", 0x481e) \
	X(LDTR, 88, "ldtr", 0x080c) \
	X(LDTR_BASE, 89, "ldtr.base", 0x6812) \
	X(LDTR_LIMIT, 90, "ldtr.limit", 0x480c) \
	X(LDTR_RIGHTS, 91, "ldtr.rights", 0x4820) \
	X(TR, 92, "tr", 0x080e) \
	X(TR_BASE, 93, "tr.base", 0x6814) \
	X(TR_LIMIT, 94, "tr.limit", 0x480e) \
	X(TR_RIGHTS, 95, "tr.rights", 0x4822) \
	X(GDTR_BASE, 96, "gdtr.base", 0x6816) \
	X(GDTR_LIMIT, 97, "gdtr.limit", 0x4810) \
	X(IDTR_BASE, 98, "idtr.base", 0x6818) \
	X(IDTR_LIMIT, 99, "idtr.limit", 0x4812)

/* MSRs that are registers of the processor's modes */
#define TEAVMX_REG_MSRS(X) \
	X(EFER, 128, "efer", 0) \
	X(PAT, 129, "pat", 0x2804) \
	X(SYSENTER_CS, 130, "sysenter_cs", 0x482a) \
	X(SYSENTER_ESP, 131, "sysenter_esp", 0x6824) \
	X(SYSENTER_EIP, 132, "sysenter_eip", 0x6826) \
	X(STAR, 133, "star", 0) \
	X(LSTAR, 134, "lstar", 0) \
	X(CSTAR, 135, "cstar", 0) \
	X(FMASK, 136, "fmask", 0) \
	X(KERNEL_GS_BASE, 137, "kernel_gs_base", 0) \
	X(TSC_AUX, 138, "tsc_aux", 0) \
	X(DEBUGCTL, 139, "debugctl", 0x2802)

/* What else of a guest the processor keeps between two instructions */
#define TEAVMX_REG_STATE(X) \
	X(INTERRUPTIBILITY, 160, "interruptibility", 0x4824) \
	X(ACTIVITY, 161, "activity", 0x4826) \
	X(PENDING_DEBUG, 162, "pending_debug", 0x6822)

#define TEAVMX_REG_TABLE(X) \
	TEAVMX_REG_GENERAL(X) \
	TEAVMX_REG_CONTROL(X) \
	TEAVMX_REG_SEGMENTS(X) \
	TEAVMX_REG_MSRS(X) \
	TEAVMX_REG_STATE(X)

/* The registers of a TEA process that is debugged; steps is read only */
#define TEAVMX_REG_TEA(X) \
	X(TEA_CP, 0x400, "cp", 0) \
	X(TEA_SP, 0x401, "sp", 0) \
	X(TEA_FLAGS, 0x402, "flags", 0) \
	X(TEA_STEPS, 0x403, "steps", 0)

#define TEAVMX_REG_ENUM(name, number, text, field) \
	TEAVMX_REG_##name = (number),

/** enum teavmx_reg_number - registers of a vCPU */
enum teavmx_reg_number {
	TEAVMX_REG_TABLE(TEAVMX_REG_ENUM)
	TEAVMX_REG_TEA(TEAVMX_REG_ENUM)
};

/**
 * DOC: FPU registers
 *
 * Number TEAVMX_REG_FPU + n is the n-th 64-bit word of the vCPU's XSAVE area in
 * standard format (SDM "XSAVE Area"): the 512 bytes of FXSAVE with x87, MMX
 * and XMM registers, then the header and the high halves of YMM registers.
 */
#define TEAVMX_REG_FPU	0x200
#define TEAVMX_REG_FPU_WORDS	104

#define TEAVMX_REG_CASE_NAME(name, number, text, field) \
	case (number): return text;

/**
 * teavmx_reg_name() - Name of a register.
 * @number: enum teavmx_reg_number
 *
 * Return: the name, NULL for an unknown number and for words of the FPU.
 */
static inline const char *teavmx_reg_name(unsigned int number)
{
	switch (number) {
	TEAVMX_REG_TABLE(TEAVMX_REG_CASE_NAME)
	TEAVMX_REG_TEA(TEAVMX_REG_CASE_NAME)
	}
	return (const char *)0;
}

#endif
