/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef REGISTER_BITS_H
#define REGISTER_BITS_H

/*
 * The bits of registers that have a name of their own, as X(name, bit), in the names of
 * the SDM ("Control Registers", "Debug Registers", "EFLAGS Register").
 */

/* RFLAGS */
#define REGISTER_RFLAGS_BITS(X) \
	X("CF", 0) \
	X("PF", 2) \
	X("AF", 4) \
	X("ZF", 6) \
	X("SF", 7) \
	X("TF", 8) \
	X("IF", 9) \
	X("DF", 10) \
	X("OF", 11) \
	X("NT", 14) \
	X("RF", 16) \
	X("VM", 17) \
	X("AC", 18) \
	X("VIF", 19) \
	X("VIP", 20) \
	X("ID", 21)

/* CR0 */
#define REGISTER_CR0_BITS(X) \
	X("PE", 0) \
	X("MP", 1) \
	X("EM", 2) \
	X("TS", 3) \
	X("ET", 4) \
	X("NE", 5) \
	X("WP", 16) \
	X("AM", 18) \
	X("NW", 29) \
	X("CD", 30) \
	X("PG", 31)

/* CR4 */
#define REGISTER_CR4_BITS(X) \
	X("VME", 0) \
	X("PVI", 1) \
	X("TSD", 2) \
	X("DE", 3) \
	X("PSE", 4) \
	X("PAE", 5) \
	X("MCE", 6) \
	X("PGE", 7) \
	X("PCE", 8) \
	X("OSFXSR", 9) \
	X("OSXMMEXCPT", 10) \
	X("UMIP", 11) \
	X("LA57", 12) \
	X("VMXE", 13) \
	X("SMXE", 14) \
	X("FSGSBASE", 16) \
	X("PCIDE", 17) \
	X("OSXSAVE", 18) \
	X("KL", 19) \
	X("SMEP", 20) \
	X("SMAP", 21) \
	X("PKE", 22) \
	X("CET", 23) \
	X("PKS", 24) \
	X("UINTR", 25) \
	X("LASS", 27) \
	X("LAM_SUP", 28) \
	X("FRED", 32)

/* IA32_EFER */
#define REGISTER_EFER_BITS(X) \
	X("SCE", 0) \
	X("LME", 8) \
	X("LMA", 10) \
	X("NXE", 11)

/* XCR0 */
#define REGISTER_XCR0_BITS(X) \
	X("x87", 0) \
	X("SSE", 1) \
	X("AVX", 2) \
	X("BNDREGS", 3) \
	X("BNDCSR", 4) \
	X("opmask", 5) \
	X("ZMM_Hi256", 6) \
	X("Hi16_ZMM", 7) \
	X("PT", 8) \
	X("PKRU", 9) \
	X("PASID", 10) \
	X("CET_U", 11) \
	X("CET_S", 12) \
	X("HDC", 13) \
	X("UINTR", 14) \
	X("LBR", 15) \
	X("HWP", 16) \
	X("TILECFG", 17) \
	X("TILEDATA", 18) \
	X("APX", 19)

/* DR6 */
#define REGISTER_DR6_BITS(X) \
	X("B0", 0) \
	X("B1", 1) \
	X("B2", 2) \
	X("B3", 3) \
	X("BD", 13) \
	X("BS", 14) \
	X("BT", 15)

/* DR7 */
#define REGISTER_DR7_BITS(X) \
	X("L0", 0) \
	X("G0", 1) \
	X("L1", 2) \
	X("G1", 3) \
	X("L2", 4) \
	X("G2", 5) \
	X("L3", 6) \
	X("G3", 7) \
	X("LE", 8) \
	X("GE", 9) \
	X("RTM", 11) \
	X("GD", 13)

#endif
