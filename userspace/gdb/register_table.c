// SPDX-License-Identifier: GPL-2.0-only
#include <uapi/regs.h>

#include <userspace/common/register_bits.h>

#include "register_table.h"

#define CORE(short, name, kind, bits, long_bits, number) \
	{ name, short, GDB_FEATURE_CORE, kind, bits, long_bits, \
	  GDB_REGISTER_VALUE, TEAVMX_REG_##number, 0 },
#define SEGMENT(name, number) \
	CORE(NULL, name, "int32", 32, 32, number)

/* Registers of x87 by their places in the FXSAVE area */
#define STACK(name, index) \
	{ name, NULL, GDB_FEATURE_CORE, "i387_ext", 80, 80, \
	  GDB_REGISTER_AREA, 32 + 16 * (index), 10 },
#define CONTROL(name, place, bytes) \
	{ name, NULL, GDB_FEATURE_CORE, "int", 32, 32, GDB_REGISTER_AREA, \
	  place, bytes },
#define XMM(name, bits, index) \
	{ name, NULL, GDB_FEATURE_SSE, "vec128", bits, 128, \
	  GDB_REGISTER_AREA, 160 + 16 * (index), 16 },

#define SYSTEM(name, type, bits, long_bits, number) \
	{ name, NULL, GDB_FEATURE_SYSTEM, type, bits, long_bits, \
	  GDB_REGISTER_VALUE, TEAVMX_REG_##number, 0 },
#define HIDDEN(name, NAME) \
	SYSTEM(name ".base", NULL, 32, 64, NAME##_BASE) \
	SYSTEM(name ".limit", NULL, 32, 32, NAME##_LIMIT) \
	SYSTEM(name ".rights", "rights", 32, 32, NAME##_RIGHTS)
/* In 64-bit mode gdb has the bases of FS and GS in a feature of its own. */
#define HIDDEN_WITHOUT_BASE(name, NAME) \
	SYSTEM(name ".base", NULL, 32, 0, NAME##_BASE) \
	SYSTEM(name ".limit", NULL, 32, 32, NAME##_LIMIT) \
	SYSTEM(name ".rights", "rights", 32, 32, NAME##_RIGHTS)
#define MSR_ROW(NAME, number, text, field) \
	SYSTEM(text, (number) == TEAVMX_REG_EFER ? "efer" : NULL, 64, 64, NAME)

const struct gdb_register gdb_register_table[] = {
	/* gdb's numbers are those of a C compiler's debugging information. */
	CORE("eax", "rax", NULL, 32, 64, RAX)
	CORE(NULL, "rbx", NULL, 0, 64, RBX)
	CORE("ecx", "rcx", NULL, 32, 64, RCX)
	CORE("edx", "rdx", NULL, 32, 64, RDX)
	CORE("ebx", "ebx", NULL, 32, 0, RBX)
	CORE("esp", "esp", "data_ptr", 32, 0, RSP)
	CORE("ebp", "ebp", "data_ptr", 32, 0, RBP)
	CORE("esi", "rsi", NULL, 32, 64, RSI)
	CORE("edi", "rdi", NULL, 32, 64, RDI)
	CORE(NULL, "rbp", "data_ptr", 0, 64, RBP)
	CORE(NULL, "rsp", "data_ptr", 0, 64, RSP)
	CORE(NULL, "r8", NULL, 0, 64, R8)
	CORE(NULL, "r9", NULL, 0, 64, R9)
	CORE(NULL, "r10", NULL, 0, 64, R10)
	CORE(NULL, "r11", NULL, 0, 64, R11)
	CORE(NULL, "r12", NULL, 0, 64, R12)
	CORE(NULL, "r13", NULL, 0, 64, R13)
	CORE(NULL, "r14", NULL, 0, 64, R14)
	CORE(NULL, "r15", NULL, 0, 64, R15)
	CORE("eip", "rip", "code_ptr", 32, 64, RIP)
	CORE(NULL, "eflags", "i386_eflags", 32, 32, RFLAGS)
	SEGMENT("cs", CS)
	SEGMENT("ss", SS)
	SEGMENT("ds", DS)
	SEGMENT("es", ES)
	SEGMENT("fs", FS)
	SEGMENT("gs", GS)
	STACK("st0", 0)
	STACK("st1", 1)
	STACK("st2", 2)
	STACK("st3", 3)
	STACK("st4", 4)
	STACK("st5", 5)
	STACK("st6", 6)
	STACK("st7", 7)
	CONTROL("fctrl", 0, 2)
	CONTROL("fstat", 2, 2)
	{ "ftag", NULL, GDB_FEATURE_CORE, "int", 32, 32, GDB_REGISTER_TAGS, 4, 0 },
	CONTROL("fiseg", 12, 2)
	CONTROL("fioff", 8, 4)
	CONTROL("foseg", 20, 2)
	CONTROL("fooff", 16, 4)
	CONTROL("fop", 6, 2)
	XMM("xmm0", 128, 0)
	XMM("xmm1", 128, 1)
	XMM("xmm2", 128, 2)
	XMM("xmm3", 128, 3)
	XMM("xmm4", 128, 4)
	XMM("xmm5", 128, 5)
	XMM("xmm6", 128, 6)
	XMM("xmm7", 128, 7)
	XMM("xmm8", 0, 8)
	XMM("xmm9", 0, 9)
	XMM("xmm10", 0, 10)
	XMM("xmm11", 0, 11)
	XMM("xmm12", 0, 12)
	XMM("xmm13", 0, 13)
	XMM("xmm14", 0, 14)
	XMM("xmm15", 0, 15)
	{ "mxcsr", NULL, GDB_FEATURE_SSE, "i386_mxcsr", 32, 32,
	  GDB_REGISTER_AREA, 24, 4 },
	{ "fs.base", NULL, GDB_FEATURE_SEGMENTS, NULL, 0, 64,
	  GDB_REGISTER_VALUE, TEAVMX_REG_FS_BASE, 0 },
	{ "gs.base", NULL, GDB_FEATURE_SEGMENTS, NULL, 0, 64,
	  GDB_REGISTER_VALUE, TEAVMX_REG_GS_BASE, 0 },
	SYSTEM("cr0", "cr0", 32, 64, CR0)
	SYSTEM("cr2", NULL, 32, 64, CR2)
	SYSTEM("cr3", NULL, 32, 64, CR3)
	SYSTEM("cr4", "cr4", 32, 64, CR4)
	SYSTEM("cr8", NULL, 32, 64, CR8)
	SYSTEM("xcr0", "xcr0", 64, 64, XCR0)
	SYSTEM("dr0", NULL, 32, 64, DR0)
	SYSTEM("dr1", NULL, 32, 64, DR1)
	SYSTEM("dr2", NULL, 32, 64, DR2)
	SYSTEM("dr3", NULL, 32, 64, DR3)
	SYSTEM("dr6", "dr6", 32, 64, DR6)
	SYSTEM("dr7", "dr7", 32, 64, DR7)
	HIDDEN("es", ES)
	HIDDEN("cs", CS)
	HIDDEN("ss", SS)
	HIDDEN("ds", DS)
	HIDDEN_WITHOUT_BASE("fs", FS)
	HIDDEN_WITHOUT_BASE("gs", GS)
	SYSTEM("ldtr", NULL, 32, 32, LDTR)
	HIDDEN("ldtr", LDTR)
	SYSTEM("tr", NULL, 32, 32, TR)
	HIDDEN("tr", TR)
	SYSTEM("gdtr.base", NULL, 32, 64, GDTR_BASE)
	SYSTEM("gdtr.limit", NULL, 32, 32, GDTR_LIMIT)
	SYSTEM("idtr.base", NULL, 32, 64, IDTR_BASE)
	SYSTEM("idtr.limit", NULL, 32, 32, IDTR_LIMIT)
	TEAVMX_REG_MSRS(MSR_ROW)
	SYSTEM("interruptibility", "interruptibility", 32, 32, INTERRUPTIBILITY)
	SYSTEM("activity", NULL, 32, 32, ACTIVITY)
	SYSTEM("pending_debug", "dr6", 32, 64, PENDING_DEBUG)
	{ 0 }
};

#define BIT(type, name, bit)	{ type, name, bit, bit },
#define RFLAGS_BIT(name, bit)	BIT("i386_eflags", name, bit)
#define CR0_BIT(name, bit)	BIT("cr0", name, bit)
#define CR4_BIT(name, bit)	BIT("cr4", name, bit)
#define EFER_BIT(name, bit)	BIT("efer", name, bit)
#define XCR0_BIT(name, bit)	BIT("xcr0", name, bit)
#define DR6_BIT(name, bit)	BIT("dr6", name, bit)
#define DR7_BIT(name, bit)	BIT("dr7", name, bit)

const struct gdb_field gdb_field_table[] = {
	REGISTER_RFLAGS_BITS(RFLAGS_BIT)
	BIT("i386_eflags", "", 1)
	{ "i386_eflags", "IOPL", 12, 13 },
	BIT("i386_mxcsr", "IE", 0)
	BIT("i386_mxcsr", "DE", 1)
	BIT("i386_mxcsr", "ZE", 2)
	BIT("i386_mxcsr", "OE", 3)
	BIT("i386_mxcsr", "UE", 4)
	BIT("i386_mxcsr", "PE", 5)
	BIT("i386_mxcsr", "DAZ", 6)
	BIT("i386_mxcsr", "IM", 7)
	BIT("i386_mxcsr", "DM", 8)
	BIT("i386_mxcsr", "ZM", 9)
	BIT("i386_mxcsr", "OM", 10)
	BIT("i386_mxcsr", "UM", 11)
	BIT("i386_mxcsr", "PM", 12)
	{ "i386_mxcsr", "RC", 13, 14 },
	BIT("i386_mxcsr", "FZ", 15)
	REGISTER_CR0_BITS(CR0_BIT)
	REGISTER_CR4_BITS(CR4_BIT)
	REGISTER_EFER_BITS(EFER_BIT)
	REGISTER_XCR0_BITS(XCR0_BIT)
	REGISTER_DR6_BITS(DR6_BIT)
	REGISTER_DR7_BITS(DR7_BIT)
	{ "dr7", "RW0", 16, 17 },
	{ "dr7", "LEN0", 18, 19 },
	{ "dr7", "RW1", 20, 21 },
	{ "dr7", "LEN1", 22, 23 },
	{ "dr7", "RW2", 24, 25 },
	{ "dr7", "LEN2", 26, 27 },
	{ "dr7", "RW3", 28, 29 },
	{ "dr7", "LEN3", 30, 31 },
	{ "rights", "TYPE", 0, 3 },
	BIT("rights", "S", 4)
	{ "rights", "DPL", 5, 6 },
	BIT("rights", "P", 7)
	BIT("rights", "AVL", 12)
	BIT("rights", "L", 13)
	BIT("rights", "DB", 14)
	BIT("rights", "G", 15)
	BIT("rights", "UNUSABLE", 16)
	BIT("interruptibility", "STI", 0)
	BIT("interruptibility", "MOVSS", 1)
	BIT("interruptibility", "SMI", 2)
	BIT("interruptibility", "NMI", 3)
	{ 0 }
};
