// SPDX-License-Identifier: GPL-2.0-only
#include "guest.h"
#include "caps.h"
#include "vmcs.h"

#include <linux/slab.h>
#include <asm/debugreg.h>
#include <asm/fpu/api.h>
#include <asm/fpu/types.h>
#include <asm/fpu/xcr.h>
#include <asm/msr.h>
#include <asm/special_insns.h>

/*
 * A raw guest runs at privilege level 0, so it can use registers that a VM
 * exit leaves alone. They are the guest's from just before the entry to just
 * after the exit, with interrupts off.
 */

/* What of the vector state fits into struct vmx_guest. */
#define GUEST_XFEATURES (XFEATURE_MASK_FPSSE | XFEATURE_MASK_YMM)

/* Values after RESET (SDM "IA-32 and Intel 64 Processor States"). */
#define RESET_FCW	0x37f
#define RESET_MXCSR	0x1f80
/* Bits of MXCSR that there are; the processor puts them into the area. */
#define MXCSR_MASK	0xffffULL
#define RESET_DR6	0xffff0ff0
#define RESET_DR7	0x400

/**
 * vmx_guest_xcr0_bits() - bits of XCR0 that a raw guest may set
 *
 * Where the kernel does not use XSAVE, XCR0 keeps its value after RESET.
 *
 * Return: the bits.
 */
u64 vmx_guest_xcr0_bits(void)
{
	if (!boot_cpu_has(X86_FEATURE_XSAVE))
		return XFEATURE_MASK_FP;
	return xgetbv(XCR_XFEATURE_ENABLED_MASK) & GUEST_XFEATURES;
}

/**
 * vmx_guest_xcr0_good() - may a raw guest have this XCR0?
 * @value: the value
 *
 * Return: true when XSETBV would take it (SDM "Enabling the XSAVE Feature
 * Set").
 */
bool vmx_guest_xcr0_good(u64 value)
{
	if (value & ~vmx_guest_xcr0_bits() || !(value & XFEATURE_MASK_FP))
		return false;
	return !(value & XFEATURE_MASK_YMM) || value & XFEATURE_MASK_SSE;
}

/**
 * vmx_guest_cr4_bits() - bits of CR4 that a raw guest may set here
 *
 * Return: the bits.
 */
u64 vmx_guest_cr4_bits(void)
{
	return GUEST_CR4_BITS & vmx_caps.cr4_fixed1;
}

/**
 * vmx_guest_canonical() - is an address canonical for a raw guest?
 * @address: linear address
 *
 * Its processor has linear addresses of 48 bits, whatever the host's has.
 *
 * Return: true when it is.
 */
bool vmx_guest_canonical(u64 address)
{
	return (u64)((s64)(address << 16) >> 16) == address;
}

static __always_inline bool has_tsc_aux(void)
{
	return boot_cpu_has(X86_FEATURE_RDTSCP) ||
	       boot_cpu_has(X86_FEATURE_RDPID);
}

/**
 * vmx_guest_has_tsc_aux() - is there an IA32_TSC_AUX?
 *
 * Return: true when RDTSCP or RDPID can read it.
 */
bool vmx_guest_has_tsc_aux(void)
{
	return has_tsc_aux();
}

/**
 * vmx_guest_write_dr7() - bring DR7 to the VMCS
 * @guest: whose VMCS is current
 */
void vmx_guest_write_dr7(const struct vmx_guest *guest)
{
	vmcs_writel(GUEST_DR7, guest->dr7);
}

/**
 * vmx_guest_create() - registers as after RESET
 *
 * Return: them, for kfree(), or NULL.
 */
struct vmx_guest *vmx_guest_create(void)
{
	struct vmx_guest *guest = kzalloc(sizeof(*guest), GFP_KERNEL_ACCOUNT);

	if (!guest)
		return NULL;
	guest->xcr0 = XFEATURE_MASK_FP;
	guest->dr6 = RESET_DR6;
	guest->dr7 = RESET_DR7;
	guest->fpu[0] = RESET_FCW;
	guest->fpu[3] = RESET_MXCSR | MXCSR_MASK << 32;
	/* Only what XSTATE_BV names is taken from the area. */
	guest->fpu[64] = XFEATURE_MASK_FPSSE;
	return guest;
}

static __always_inline void xrstor(const u64 *area, u64 mask)
{
	asm volatile("xrstor64 %[area]"
		     : : [area] "m" (*(const char (*)[8 * REGS_FPU_WORDS])area),
		       "a" ((u32)mask), "d" ((u32)(mask >> 32)));
}

static __always_inline void xsave(u64 *area, u64 mask)
{
	asm volatile("xsave64 %[area]"
		     : [area] "+m" (*(char (*)[8 * REGS_FPU_WORDS])area)
		     : "a" ((u32)mask), "d" ((u32)(mask >> 32)));
}

static __always_inline void fxrstor(const u64 *area)
{
	asm volatile("fxrstor64 %[area]"
		     : : [area] "m" (*(const char (*)[512])area));
}

static __always_inline void fxsave(u64 *area)
{
	asm volatile("fxsave64 %[area]"
		     : [area] "+m" (*(char (*)[512])area));
}

static __always_inline void
load_fpu(struct vmx_guest *guest, struct vmx_guest_host *host)
{
	if (!boot_cpu_has(X86_FEATURE_XSAVE)) {
		fxrstor(guest->fpu);
		return;
	}
	host->xcr0 = xgetbv(XCR_XFEATURE_ENABLED_MASK);
	xrstor(guest->fpu, host->xcr0 & GUEST_XFEATURES);
	if (host->xcr0 != guest->xcr0)
		xsetbv(XCR_XFEATURE_ENABLED_MASK, guest->xcr0);
}

static __always_inline void
store_fpu(struct vmx_guest *guest, struct vmx_guest_host *host)
{
	if (boot_cpu_has(X86_FEATURE_XSAVE)) {
		if (host->xcr0 != guest->xcr0)
			xsetbv(XCR_XFEATURE_ENABLED_MASK, host->xcr0);
		xsave(guest->fpu, host->xcr0 & GUEST_XFEATURES);
	} else {
		fxsave(guest->fpu);
	}
}

static __always_inline void
load_debug(struct vmx_guest *guest, struct vmx_guest_host *host)
{
	unsigned int i;

	/* Bits 7:0 of DR7 enable the breakpoints. */
	host->debug = vmcs_readl(GUEST_DR7) & 0xff;
	if (!host->debug)
		return;
	for (i = 0; i < ARRAY_SIZE(guest->dr); i++)
		host->dr[i] = native_get_debugreg(i);
	/* Until the exit the host has no breakpoints: these are not its own. */
	host->dr7 = native_get_debugreg(7);
	native_set_debugreg(7, 0);
	native_set_debugreg(0, guest->live_dr[0]);
	native_set_debugreg(1, guest->live_dr[1]);
	native_set_debugreg(2, guest->live_dr[2]);
	native_set_debugreg(3, guest->live_dr[3]);
}

static __always_inline void store_debug(struct vmx_guest_host *host)
{
	if (!host->debug)
		return;
	native_set_debugreg(0, host->dr[0]);
	native_set_debugreg(1, host->dr[1]);
	native_set_debugreg(2, host->dr[2]);
	native_set_debugreg(3, host->dr[3]);
	native_set_debugreg(7, host->dr7);
}

/* RDTSCP and RDPID do not exit and work in every mode. */
static __always_inline void
load_tsc_aux(struct vmx_guest *guest, struct vmx_guest_host *host)
{
	if (!has_tsc_aux())
		return;
	host->tsc_aux = __rdmsr(MSR_TSC_AUX);
	if (guest->tsc_aux != host->tsc_aux)
		native_wrmsrl(MSR_TSC_AUX, guest->tsc_aux);
}

static __always_inline void
store_tsc_aux(struct vmx_guest *guest, struct vmx_guest_host *host)
{
	if (has_tsc_aux() && guest->tsc_aux != host->tsc_aux)
		native_wrmsrl(MSR_TSC_AUX, host->tsc_aux);
}

/* SYSCALL and SWAPGS are instructions of 64-bit mode and never exit. */
static __always_inline void
load_msrs(struct vmx_guest *guest, struct vmx_guest_host *host)
{
	host->long_mode = vmcs_read32(VM_ENTRY_CONTROLS) & VM_ENTRY_IA32E_MODE;
	if (!host->long_mode)
		return;
	host->star = __rdmsr(MSR_STAR);
	host->lstar = __rdmsr(MSR_LSTAR);
	host->cstar = __rdmsr(MSR_CSTAR);
	host->fmask = __rdmsr(MSR_SYSCALL_MASK);
	host->kernel_gs_base = __rdmsr(MSR_KERNEL_GS_BASE);
	native_wrmsrl(MSR_STAR, guest->star);
	native_wrmsrl(MSR_LSTAR, guest->lstar);
	native_wrmsrl(MSR_CSTAR, guest->cstar);
	native_wrmsrl(MSR_SYSCALL_MASK, guest->fmask);
	native_wrmsrl(MSR_KERNEL_GS_BASE, guest->kernel_gs_base);
}

static __always_inline void
store_msrs(struct vmx_guest *guest, struct vmx_guest_host *host)
{
	if (!host->long_mode)
		return;
	guest->kernel_gs_base = __rdmsr(MSR_KERNEL_GS_BASE);
	native_wrmsrl(MSR_STAR, host->star);
	native_wrmsrl(MSR_LSTAR, host->lstar);
	native_wrmsrl(MSR_CSTAR, host->cstar);
	native_wrmsrl(MSR_SYSCALL_MASK, host->fmask);
	native_wrmsrl(MSR_KERNEL_GS_BASE, host->kernel_gs_base);
}

/**
 * vmx_guest_load() - give the CPU the guest's registers
 * @guest: the registers
 * @host: receives what vmx_guest_store() puts back
 *
 * Context: interrupts off and between kernel_fpu_begin() and kernel_fpu_end()
 * until after vmx_guest_store(); the guest's VMCS is current. No code that can
 * be traced or probed may run meanwhile.
 */
noinstr void vmx_guest_load(struct vmx_guest *guest,
			    struct vmx_guest_host *host)
{
	load_fpu(guest, host);
	load_debug(guest, host);
	load_msrs(guest, host);
	load_tsc_aux(guest, host);
	host->cr2 = native_read_cr2();
	native_write_cr2(guest->cr2);
}

/**
 * vmx_guest_store() - take them back
 * @guest: receives them
 * @host: filled by vmx_guest_load()
 */
noinstr void vmx_guest_store(struct vmx_guest *guest,
			     struct vmx_guest_host *host)
{
	guest->cr2 = native_read_cr2();
	native_write_cr2(host->cr2);
	store_tsc_aux(guest, host);
	store_msrs(guest, host);
	store_debug(host);
	store_fpu(guest, host);
}
