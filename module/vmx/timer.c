// SPDX-License-Identifier: GPL-2.0-only
#include "timer.h"
#include "caps.h"
#include "run.h"
#include "vmcs.h"

#include <linux/bits.h>
#include <linux/kernel.h>
#include <linux/math64.h>
#include <asm/msr.h>
#include <asm/processor.h>
#include <asm/tsc.h>
#include <asm/vmx.h>

/*
 * The VMX-preemption timer (SDM "VMX-Preemption Timer") bounds each guest run.
 * It counts in VMX non-root operation only, so it measures guest time too.
 */

/*
 * The longest guest run. On a CPU without a periodic tick there may be no
 * interrupt of the host that ends it earlier. Where the processor does not save
 * the timer at an exit, it is the longest time between two exits of the run.
 */
#define SLICE_MS 4

/*
 * The longest time in ns that a bound can have, about a hundred days; a longer
 * one is cut to it. As TSC cycles it fits into 64 bits for any tsc_khz up to
 * 2000000000, far above any processor, so mul_u64_u32_div() does not overflow.
 */
#define TIME_MAX BIT_ULL(53)

/*
 * Bits 4:0 of IA32_VMX_MISC: the timer counts down by one whenever this bit of
 * the TSC changes.
 */
#define TIMER_SHIFT (vmx_caps.misc & GENMASK_ULL(4, 0))

/*
 * Bits of the processor signature to compare: specification updates give it
 * without the processor type (bits 13:12), and the other bits are reserved.
 */
#define SIGNATURE_MASK (GENMASK(27, 16) | GENMASK(11, 0))

/**
 * vmx_timer_broken() - has the timer of this CPU an erratum?
 *
 * The list has the processor signatures (CPUID leaf 1, EAX) whose specification
 * updates report that the timer can count wrongly: Nehalem, Westmere and an Ivy
 * Bridge.
 *
 * Return: true when it does.
 */
bool vmx_timer_broken(void)
{
	static const u32 broken[] = {
		0x106a0, 0x106a1, 0x106a4, 0x106a5, 0x106e5, 0x20652, 0x20655,
		0x206e6, 0x306a8,
	};
	u32 signature = cpuid_eax(1) & SIGNATURE_MASK;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(broken); i++)
		if (signature == broken[i])
			return true;
	return false;
}

/**
 * vmx_timer_usable() - can the timer be used?
 *
 * Return: true when the CPUs have one without a known erratum.
 */
bool vmx_timer_usable(void)
{
	return vmx_caps.pin & PIN_BASED_VMX_PREEMPTION_TIMER;
}

/**
 * vmx_timer_missing() - why guest time cannot be bounded
 *
 * Return: a message, a constant, or NULL when it can.
 */
const char *vmx_timer_missing(void)
{
	if (vmx_timer_usable())
		return NULL;
	if (vmx_timer_broken())
		return "the VMX-preemption timer of this processor is broken by an erratum";
	return "this processor lacks the VMX control \"VMX-preemption timer\"";
}

/**
 * vmx_timer_saved() - does the timer bound the guest time between two exits for
 *	the host, however many the fast path answers?
 *
 * Return: true when an exit saves it.
 */
bool vmx_timer_saved(void)
{
	return vmx_timer_usable() &&
	       vmx_caps.exit & VM_EXIT_SAVE_VMX_PREEMPTION_TIMER;
}

/**
 * vmx_timer_tsc_ticks() - convert cycles of the TSC to ticks of the timer
 * @cycles: so many
 *
 * Return: ticks, rounded up, at least one.
 */
u64 vmx_timer_tsc_ticks(u64 cycles)
{
	return (cycles >> TIMER_SHIFT) + 1;
}

/**
 * vmx_timer_ticks() - convert a time to ticks of the timer
 * @time: in ns
 *
 * Return: ticks, rounded up, at least one.
 */
u64 vmx_timer_ticks(u64 time)
{
	return vmx_timer_tsc_ticks(mul_u64_u32_div(min(time, TIME_MAX),
						   tsc_khz, 1000000));
}

static u32 slice_ticks(void)
{
	u64 ticks = ((u64)tsc_khz * SLICE_MS) >> TIMER_SHIFT;

	return clamp_t(u64, ticks, 1, U32_MAX);
}

/**
 * vmx_timer_arm() - set the timer for the next guest run
 * @vmx: the vCPU
 *
 * Context: VMX root operation, interrupts off, its VMCS current.
 */
void vmx_timer_arm(struct vmx_vcpu *vmx)
{
	u64 left = vmx->bounds->time;

	if (!vmx_timer_usable())
		return;
	vmx->timer_value = vmx->slice ?: slice_ticks();
	if (left)
		vmx->timer_value = min_t(u64, vmx->timer_value, left);
	vmx->timer_tsc = rdtsc();
	vmcs_write32(VMX_PREEMPTION_TIMER_VALUE, vmx->timer_value);
}

/**
 * vmx_timer_expire() - have the next guest run end before its first instruction
 * @vmx: the vCPU; after vmx_timer_arm()
 *
 * An event that the entry injects is delivered first. Without a timer the run
 * ends with the next interrupt of the host. Context: as vmx_timer_arm().
 */
void vmx_timer_expire(struct vmx_vcpu *vmx)
{
	if (!vmx_timer_usable())
		return;
	vmx->timer_value = 0;
	vmcs_write32(VMX_PREEMPTION_TIMER_VALUE, 0);
}

static u64 used_ticks(const struct vmx_vcpu *vmx)
{
	u64 left;

	if (!vmx_timer_saved())
		return ((rdtsc() - vmx->timer_tsc) >> TIMER_SHIFT) + 1;
	left = vmcs_read32(VMX_PREEMPTION_TIMER_VALUE);
	return vmx->timer_value - min_t(u64, left, vmx->timer_value);
}

/**
 * vmx_timer_take() - subtract the time of a guest run from the vCPU's bound
 * @vmx: the vCPU, after an exit
 *
 * When no time is left, the result of the run gets TEAVMX_STOP_TIME.
 *
 * Context: as vmx_timer_arm().
 */
void vmx_timer_take(struct vmx_vcpu *vmx)
{
	struct vcpu_bounds *bounds = vmx->bounds;
	u64 used;

	if (!bounds->time)
		return;
	used = used_ticks(vmx);
	if (used < bounds->time) {
		bounds->time -= used;
		return;
	}
	bounds->time = 0;
	vcpu_reached(vmx->result, TEAVMX_STOP_TIME);
}
