// SPDX-License-Identifier: GPL-2.0-only
#include "fpu.h"

#include <linux/cache.h>
#include <linux/instrumentation.h>
#include <asm/asm.h>
#include <asm/cpufeature.h>
#include <asm/fpu/types.h>
#include <asm/fpu/xcr.h>
#include <asm/tlbflush.h>

/*
 * VM entries and exits do not switch the x87 and vector registers. A guest must
 * not run while they hold values of a task of the host or of another guest:
 * CR0.TS and XCR0 decide what an instruction may do, but not what speculation
 * can read (CVE-2018-3665). So all components of XCR0 have the guest's values,
 * or their initial ones, from before the entry until after the exit.
 *
 * Where the kernel does not use XSAVE, FXRSTOR writes every register that can
 * be reached with CR4.OSXSAVE clear, and no guest may set that bit.
 */

/* The components that struct vmx_fpu has room for. */
#define FPU_GUEST_XFEATURES (XFEATURE_MASK_FPSSE | XFEATURE_MASK_YMM)

/* Values after RESET (SDM "IA-32 and Intel 64 Processor States"). */
#define RESET_FCW	0x37f
#define RESET_MXCSR	0x1f80
/* MXCSR_MASK of the XSAVE area, which the processor writes and never reads. */
#define MXCSR_MASK	0xffffULL

#define WORD_FCW	0
#define WORD_MXCSR	3
#define WORD_XSTATE_BV	64

/*
 * The values that the registers have while a guest runs that cannot use them:
 * those after RESET, with XSTATE_BV 0, so that XRSTOR initializes the rest.
 */
static const struct vmx_fpu fpu_initial = {
	.word[WORD_FCW] = RESET_FCW,
	.word[WORD_MXCSR] = RESET_MXCSR,
};

/*
 * vmx_fpu_init() sets this once, because noinstr code must not call
 * cr4_read_shadow(), which is not noinstr.
 */
static bool fpu_host_has_xsave __ro_after_init;

/**
 * vmx_fpu_init() - find out whether this kernel uses XSAVE
 */
void vmx_fpu_init(void)
{
	fpu_host_has_xsave = boot_cpu_has(X86_FEATURE_XSAVE) &&
			     cr4_read_shadow() & X86_CR4_OSXSAVE;
}

/**
 * vmx_fpu_host_has_xsave() - does this kernel use XSAVE?
 *
 * A kernel may not use the XSAVE of its processor: with "noxsave" on its
 * command line, or when the sizes that CPUID reports contradict each other. The
 * kernel does not write XCR0 then.
 *
 * Return: true when it does.
 */
noinstr bool vmx_fpu_host_has_xsave(void)
{
	return fpu_host_has_xsave;
}

/**
 * vmx_fpu_xcr0_bits() - bits of XCR0 that a raw guest may set
 *
 * Return: the bits, 0 when a guest cannot use XSAVE here.
 */
u64 vmx_fpu_xcr0_bits(void)
{
	if (!vmx_fpu_host_has_xsave())
		return 0;
	return xgetbv(XCR_XFEATURE_ENABLED_MASK) & FPU_GUEST_XFEATURES;
}

/**
 * vmx_fpu_xcr0_good() - may a raw guest have this XCR0?
 * @value: the value
 *
 * The value after RESET is valid everywhere, also where guests have no XSAVE.
 *
 * Return: true when XSETBV would accept it (SDM "Enabling the XSAVE Feature
 * Set and XSAVE-Enabled Features").
 */
bool vmx_fpu_xcr0_good(u64 value)
{
	if (value & ~(vmx_fpu_xcr0_bits() | XFEATURE_MASK_FP) ||
	    !(value & XFEATURE_MASK_FP))
		return false;
	return !(value & XFEATURE_MASK_YMM) || value & XFEATURE_MASK_SSE;
}

/**
 * vmx_fpu_reset() - set the registers to their values after RESET
 * @fpu: receives them
 */
void vmx_fpu_reset(struct vmx_fpu *fpu)
{
	*fpu = fpu_initial;
	fpu->word[WORD_MXCSR] |= MXCSR_MASK << 32;
	/*
	 * XRSTOR initializes components whose bit in XSTATE_BV is clear instead
	 * of reading them, so a changed register would be ignored without this.
	 */
	fpu->word[WORD_XSTATE_BV] = XFEATURE_MASK_FPSSE;
}

/* Returns false when XRSTOR raises #GP, as it does for a malformed area. */
static __always_inline bool fpu_xrstor(const struct vmx_fpu *fpu, u64 mask)
{
	bool failed = true;

	asm volatile("1: xrstor64 %[area]\n\t"
		     "movb $0, %[failed]\n"
		     "2:\n\t"
		     _ASM_EXTABLE(1b, 2b)
		     : [failed] "+qm" (failed)
		     : [area] "m" (*fpu), "a" ((u32)mask),
		       "d" ((u32)(mask >> 32)));
	return !failed;
}

static __always_inline bool fpu_fxrstor(const struct vmx_fpu *fpu)
{
	bool failed = true;

	asm volatile("1: fxrstor64 %[area]\n\t"
		     "movb $0, %[failed]\n"
		     "2:\n\t"
		     _ASM_EXTABLE(1b, 2b)
		     : [failed] "+qm" (failed)
		     : [area] "m" (*fpu));
	return !failed;
}

static __always_inline void fpu_xsave(struct vmx_fpu *fpu, u64 mask)
{
	asm volatile("xsave64 %[area]"
		     : [area] "+m" (*fpu)
		     : "a" ((u32)mask), "d" ((u32)(mask >> 32)));
}

static __always_inline void fpu_fxsave(struct vmx_fpu *fpu)
{
	asm volatile("fxsave64 %[area]" : [area] "+m" (*fpu));
}

/*
 * PKRU keeps the value of the host: no guest can set CR4.PKE, and the scheduler
 * writes PKRU by WRPKRU, not from an XSAVE area.
 */
static __always_inline u64 fpu_mask(u64 host_xcr0)
{
	return host_xcr0 & ~(u64)XFEATURE_MASK_PKRU;
}

static __always_inline bool fpu_write(const struct vmx_fpu *fpu, u64 host_xcr0)
{
	if (!fpu_host_has_xsave)
		return fpu_fxrstor(fpu);
	return fpu_xrstor(fpu, fpu_mask(host_xcr0));
}

static __always_inline u64 fpu_read_xcr0(void)
{
	return fpu_host_has_xsave ? xgetbv(XCR_XFEATURE_ENABLED_MASK) : 0;
}

/*
 * The compiler may leave xsetbv() of the kernel a function of its own. That could be
 * traced, while the CPU has registers of the guest.
 */
static __always_inline void fpu_write_xcr0(u64 value)
{
	asm volatile("xsetbv" :: "c" (XCR_XFEATURE_ENABLED_MASK),
		     "a" ((u32)value), "d" ((u32)(value >> 32)));
}

/**
 * vmx_fpu_load() - load a raw guest's registers and XCR0
 * @fpu: the registers
 * @xcr0: the guest's XCR0
 * @host_xcr0: receives the host's XCR0, 0 where the kernel does not use XSAVE
 *
 * Context: interrupts off, between kernel_fpu_begin() and kernel_fpu_end(),
 * until after vmx_fpu_store().
 */
noinstr void vmx_fpu_load(const struct vmx_fpu *fpu, u64 xcr0, u64 *host_xcr0)
{
	*host_xcr0 = fpu_read_xcr0();
	/*
	 * regs.c refuses areas for which XRSTOR raises #GP, so the second write
	 * is not expected. It keeps the host's values from the guest even so.
	 */
	if (!fpu_write(fpu, *host_xcr0))
		fpu_write(&fpu_initial, *host_xcr0);
	if (*host_xcr0 && *host_xcr0 != xcr0)
		fpu_write_xcr0(xcr0);
}

/**
 * vmx_fpu_store() - save a raw guest's registers and restore the host's XCR0
 * @fpu: receives the guest's registers
 * @xcr0: the guest's XCR0
 * @host_xcr0: filled by vmx_fpu_load()
 *
 * The guest's values remain in the registers, which since kernel_fpu_begin()
 * belong to no task. Context: as vmx_fpu_load().
 */
noinstr void vmx_fpu_store(struct vmx_fpu *fpu, u64 xcr0, u64 host_xcr0)
{
	if (!host_xcr0) {
		fpu_fxsave(fpu);
		return;
	}
	if (host_xcr0 != xcr0)
		fpu_write_xcr0(host_xcr0);
	fpu_xsave(fpu, host_xcr0 & FPU_GUEST_XFEATURES);
}

/**
 * vmx_fpu_clear() - load initial values, for a guest that cannot use them
 *
 * Context: as vmx_fpu_load(), until the guest has exited.
 */
noinstr void vmx_fpu_clear(void)
{
	fpu_write(&fpu_initial, fpu_read_xcr0());
}
