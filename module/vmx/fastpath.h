/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TEAVMX_VMX_FASTPATH_H
#define _TEAVMX_VMX_FASTPATH_H

#include <linux/bits.h>
#include <linux/compiler.h>
#include <linux/limits.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/time64.h>
#include <linux/types.h>
#include <asm/tsc.h>

#include "exit.h"

#include <uapi/vmx.h>
#include <uapi/vmx_exit_fields.h>

struct vmx_regs;
struct vmx_vcpu;

/**
 * struct fastpath_exit - an exit that the fast path has answered
 * @tsc_low: time-stamp counter of the host, bits 31:0
 * @tsc_high: bits 47:32; the others are those of the end of the run, or of 2^48
 *	ticks before
 * @reason: exit reason
 * @length: VM-exit instruction length
 * @end_low: time-stamp counter when the exit was answered, bits 31:0
 * @rip: guest RIP
 * @detail: guest RAX for VMCALL; the exit qualification for accesses to control
 *	and debug registers; otherwise undefined
 *
 * For each reason that the fast path answers, the exit has a length and no other
 * of the fields that only some exits have. A record is small, as the run ends when
 * a page is full of them.
 */
struct fastpath_exit {
	u32 tsc_low;
	u16 tsc_high;
	u8 reason;
	u8 length;
	u32 end_low;
	u64 rip;
	u64 detail;
} __packed __aligned(4);

/**
 * struct vmx_fastpath - the exits of one guest run that the fast path answered
 * @reasons: raw guests: raw_exit_fast_reasons() at the count of changes of
 *	vmx->raw_changes; TEA guests: VMCALL
 * @first: the first of them, in memory that event_fast_open() has chosen. They
 *	are not copied from there
 * @room: exits that the memory has room for
 * @next: behind the last of them
 * @end: the value of @next with which no more may be answered
 * @entered: time-stamp counter before the first entry of the run; 0 without one
 * @left: the same after its last exit
 * @tsc: the same at the end of the run
 * @time: ktime_get_ns() then
 * @cpu: host CPU of the run
 */
struct vmx_fastpath {
	u64 reasons;
	struct fastpath_exit *first;
	unsigned int room;
	struct fastpath_exit *next;
	struct fastpath_exit *end;
	u64 entered;
	u64 left;
	u64 tsc;
	u64 time;
	u16 cpu;
};

/**
 * vmx_fastpath_count() - how many exits has the fast path answered?
 * @fastpath: of the last guest run, or of that under way
 *
 * Return: their number.
 */
static __always_inline unsigned int
vmx_fastpath_count(const struct vmx_fastpath *fastpath)
{
	return fastpath->next - fastpath->first;
}

/**
 * vmx_fastpath_reset() - there is no exit, and no entry, to record
 * @fastpath: of the next guest run
 */
static inline void vmx_fastpath_reset(struct vmx_fastpath *fastpath)
{
	fastpath->next = fastpath->first;
	fastpath->entered = 0;
}

/**
 * vmx_fastpath_ticks() - how long was the guest entered before the last exit?
 * @fastpath: of the guest run, after that exit
 *
 * Return: ticks of the TSC, at most U32_MAX.
 */
static inline u32 vmx_fastpath_ticks(const struct vmx_fastpath *fastpath)
{
	if (vmx_fastpath_count(fastpath))
		return (u32)fastpath->left - fastpath->next[-1].end_low;
	return min_t(u64, fastpath->left - fastpath->entered, U32_MAX);
}

void vmx_fastpath_open(struct vmx_vcpu *vmx);
void vmx_fastpath_skip(struct vmx_vcpu *vmx);
unsigned int vmx_fastpath(struct vmx_regs *regs);
void vmx_fastpath_close(struct vmx_vcpu *vmx);

/**
 * vmx_fastpath_rate() - prepare vmx_fastpath_time()
 *
 * Return: ns of a tick of the time-stamp counter, multiplied by 2^32; 0 if the kernel
 * could not measure it.
 */
static inline u64 vmx_fastpath_rate(void)
{
	return tsc_khz ? div_u64((u64)NSEC_PER_MSEC << 32, tsc_khz) : 0;
}

/* The bits of the time-stamp counter that a record has */
#define FASTPATH_TSC_MASK	GENMASK_ULL(47, 0)

/**
 * vmx_fastpath_time() - when did an exit occur?
 * @exit: the exit
 * @tsc: time-stamp counter at the end of its guest run
 * @time: ktime_get_ns() then
 * @rate: vmx_fastpath_rate(); if that is 0, the exit has the time of the end
 *
 * Return: the time as of ktime_get_ns().
 */
static inline u64 vmx_fastpath_time(const struct fastpath_exit *exit, u64 tsc,
				    u64 time, u64 rate)
{
	u64 stamp = (u64)exit->tsc_high << 32 | exit->tsc_low;
	/* The lost bits are the same before and after, or one is carried. */
	u64 ticks = (tsc - stamp) & FASTPATH_TSC_MASK;

	if (ticks > FASTPATH_TSC_MASK / 2)
		return time;
	return time - mul_u64_u64_shr(ticks, rate, 32);
}

/**
 * vmx_fastpath_left() - when did the exit occur that ended a guest run?
 * @fastpath: of the run
 *
 * Return: the time as of ktime_get_ns().
 */
static inline u64 vmx_fastpath_left(const struct vmx_fastpath *fastpath)
{
	return fastpath->time - mul_u64_u64_shr(fastpath->tsc - fastpath->left,
						vmx_fastpath_rate(), 32);
}

/**
 * vmx_fastpath_exit() - convert an exit that the fast path has answered
 * @from: it
 * @entered: time-stamp counter at the entry before it, bits 31:0
 * @cpu: host CPU
 * @to: receives it, in the form of the other exits
 */
static inline void vmx_fastpath_exit(const struct fastpath_exit *from,
				     u32 entered, u16 cpu,
				     struct vmx_exit *to)
{
	*to = (struct vmx_exit){
		.entered = true,
		.reason = from->reason,
		.fields = VMX_FIELD_LENGTH,
		.rip = from->rip,
		.length = from->length,
		.guest_ticks = from->tsc_low - entered,
		.cpu = cpu,
	};
	switch (from->reason) {
	case VMX_EXIT_VMCALL:
		to->rax = from->detail;
		break;
	case VMX_EXIT_CR_ACCESS:
	case VMX_EXIT_DR_ACCESS:
		to->qualification = from->detail;
		break;
	}
}

#endif
