/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TEAVMX_VMX_FASTPATH_H
#define _TEAVMX_VMX_FASTPATH_H

#include <linux/types.h>

struct vmx_exit;
struct vmx_regs;
struct vmx_vcpu;

/*
 * So many exits the fast path answers in one guest run: as many as struct
 * vmx_vcpu has room for in an allocation of 4 KiB. What begins and ends a run
 * takes about 20 instructions of each exit then.
 */
#define FASTPATH_EXITS 96

/**
 * struct fastpath_exit - an exit that the fast path has answered
 * @tsc: time-stamp counter of the host
 * @rip: guest RIP
 * @detail: guest RAX for VMCALL, otherwise the exit qualification
 * @reason: exit reason
 * @length: VM-exit instruction length
 * @cpu: host CPU
 *
 * For each reason that the fast path answers, the exit has a length and no other
 * of the fields that only some exits have.
 */
struct fastpath_exit {
	u64 tsc;
	u64 rip;
	u64 detail;
	u32 reason;
	u16 length;
	u16 cpu;
};

/**
 * struct vmx_fastpath - the exits of one guest run that the fast path answered
 * @reasons: raw guests: raw_exit_fast_reasons() at the count of changes of
 *	vmx->raw_changes
 * @room: how many it may answer, 0 if it must answer none
 * @count: how many it has answered
 * @tsc: time-stamp counter at the end of the run
 * @time: ktime_get_ns() then
 * @exits: in their order
 */
struct vmx_fastpath {
	u64 reasons;
	unsigned int room;
	unsigned int count;
	u64 tsc;
	u64 time;
	struct fastpath_exit exits[FASTPATH_EXITS];
};

void vmx_fastpath_open(struct vmx_vcpu *vmx);
bool vmx_fastpath(struct vmx_regs *regs);
bool vmx_fastpath_hook(struct vmx_vcpu *vmx);
void vmx_fastpath_close(struct vmx_vcpu *vmx);
u64 vmx_fastpath_time(const struct fastpath_exit *exit, u64 tsc, u64 time);
void vmx_fastpath_exit(const struct fastpath_exit *from, struct vmx_exit *to);

#endif
