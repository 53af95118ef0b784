// SPDX-License-Identifier: GPL-2.0-only
#include "guest.h"
#include "../caps.h"
#include "../vmcs.h"

#include <linux/build_bug.h>
#include <linux/log2.h>
#include <linux/slab.h>
#include <asm/debugreg.h>
#include <asm/msr.h>
#include <asm/special_insns.h>

/*
 * A raw guest runs at privilege level 0, so it can use registers that VM
 * entries and exits do not switch. vmx_guest_load() gives them the guest's
 * values just before the entry and vmx_guest_store() those of the host just
 * after the exit.
 */

/* Values after RESET (SDM "IA-32 and Intel 64 Processor States"). */
#define RESET_XCR0	1
#define RESET_DR6	0xffff0ff0
#define RESET_DR7	0x400

/**
 * vmx_guest_cr4_bits() - bits of CR4 that a raw guest may set here
 *
 * Return: the bits.
 */
noinstr u64 vmx_guest_cr4_bits(void)
{
	u64 bits = GUEST_CR4_BITS & vmx_caps.cr4_fixed1;

	/*
	 * Where the kernel does not use XSAVE, vmx_fpu_load() switches neither
	 * XCR0 nor the registers that it enables.
	 */
	if (!vmx_fpu_host_has_xsave())
		bits &= ~(u64)X86_CR4_OSXSAVE;
	return bits;
}

/**
 * vmx_guest_canonical() - is an address canonical for a raw guest?
 * @address: linear address
 *
 * No guest can set CR4.LA57, so linear addresses have 48 bits, on hosts with
 * 5-level paging too.
 *
 * Return: true when it is.
 */
noinstr bool vmx_guest_canonical(u64 address)
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
 * vmx_guest_write_dr7() - copy the guest's DR7 to the VMCS
 * @guest: registers of the vCPU whose VMCS is current
 */
noinstr void vmx_guest_write_dr7(const struct vmx_guest *guest)
{
	vmcs_writel(GUEST_DR7, guest->dr7);
}

/*
 * kzalloc() aligns an allocation to its size only if that is a power of two,
 * and the XSAVE area in struct vmx_guest has to be aligned.
 */
#define GUEST_SIZE roundup_pow_of_two(sizeof(struct vmx_guest))
static_assert(sizeof(struct vmx_guest) >= __alignof__(struct vmx_guest));

/**
 * vmx_guest_create() - allocate registers with their values after RESET
 *
 * Return: the registers, to be freed by kfree(), or NULL.
 */
struct vmx_guest *vmx_guest_create(void)
{
	struct vmx_guest *guest = kzalloc(GUEST_SIZE, GFP_KERNEL_ACCOUNT);

	if (!guest)
		return NULL;
	guest->xcr0 = RESET_XCR0;
	guest->dr6 = RESET_DR6;
	guest->dr7 = RESET_DR7;
	vmx_fpu_reset(&guest->fpu);
	return guest;
}

static __always_inline void
load_debug(struct vmx_guest *guest, struct vmx_guest_host *host)
{
	unsigned int i;

	/*
	 * Bits 7:0 of DR7 enable breakpoints. If none is set, the values of DR0
	 * to DR3 do not matter, as every MOV DR of the guest exits.
	 */
	host->debug = vmcs_readl(GUEST_DR7) & 0xff;
	if (!host->debug)
		return;
	for (i = 0; i < ARRAY_SIZE(guest->dr); i++)
		host->dr[i] = native_get_debugreg(i);
	/*
	 * The host's breakpoints are disabled until store_debug(): DR0 to DR3
	 * have addresses of the guest meanwhile.
	 */
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

/* RDTSCP and RDPID read IA32_TSC_AUX in every mode and do not exit. */
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

/*
 * SYSCALL, SYSRET and SWAPGS never exit. They are instructions of 64-bit mode,
 * so their MSRs are switched only for a guest in IA-32e mode.
 */
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
 * vmx_guest_load() - load the guest's registers into the CPU
 * @guest: the registers
 * @host: receives the host's values for vmx_guest_store()
 *
 * Context: interrupts off and between kernel_fpu_begin() and kernel_fpu_end()
 * until after vmx_guest_store(); the guest's VMCS is current. No code that can
 * be traced or probed may run meanwhile.
 */
noinstr void vmx_guest_load(struct vmx_guest *guest,
			    struct vmx_guest_host *host)
{
	vmx_fpu_load(&guest->fpu, guest->xcr0, &host->xcr0);
	load_debug(guest, host);
	load_msrs(guest, host);
	load_tsc_aux(guest, host);
	host->cr2 = native_read_cr2();
	native_write_cr2(guest->cr2);
}

/**
 * vmx_guest_store() - save the guest's registers and restore those of the host
 * @guest: receives the guest's values
 * @host: filled by vmx_guest_load()
 *
 * Context: as vmx_guest_load().
 */
noinstr void vmx_guest_store(struct vmx_guest *guest,
			     struct vmx_guest_host *host)
{
	guest->cr2 = native_read_cr2();
	native_write_cr2(host->cr2);
	store_tsc_aux(guest, host);
	store_msrs(guest, host);
	store_debug(host);
	vmx_fpu_store(&guest->fpu, guest->xcr0, host->xcr0);
}
