/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TEAVMX_VMX_CPUID_H
#define _TEAVMX_VMX_CPUID_H

#include <linux/types.h>

#include "../entry.h"

struct vmx_vcpu;

#define VMX_CPUID_MAX 256

/* The leaf of no answer */
#define CPUID_NONE U64_MAX

/**
 * struct vmx_cpuid_entry - the result of CPUID for one leaf
 * @leaf: value of EAX before
 * @subleaf: value of ECX before
 * @has_subleaf: the result depends on ECX
 * @eax: value of EAX after
 * @ebx: value of EBX after
 * @ecx: value of ECX after
 * @edx: value of EDX after
 */
struct vmx_cpuid_entry {
	u32 leaf;
	u32 subleaf;
	bool has_subleaf;
	u32 eax;
	u32 ebx;
	u32 ecx;
	u32 edx;
};

/**
 * struct vmx_cpuid - the results of CPUID in a raw VM
 * @rcu: for freeing it after a grace period
 * @usual: created by vmx_cpuid_usual()
 * @count: entries in @list
 * @list: the entries; other leaves read as zeros
 *
 * vCPUs read it under RCU, so it does not change once it is in use.
 */
struct vmx_cpuid {
	struct rcu_head rcu;
	bool usual;
	unsigned int count;
	struct vmx_cpuid_entry list[];
};

int vmx_cpuid_init(void);
void vmx_cpuid_exit(void);
struct vmx_cpuid *vmx_cpuid_create(unsigned int count);
struct vmx_cpuid *vmx_cpuid_usual(void);
const struct vmx_cpuid_entry *
vmx_cpuid_find(const struct vmx_cpuid *table, u32 leaf, u32 subleaf);
bool vmx_cpuid_look_up(struct vmx_vcpu *vmx, u32 leaf, u32 subleaf);

/**
 * vmx_cpuid_put() - put the result of CPUID into registers
 * @regs: receives it
 * @answer: the result
 */
static __always_inline void
vmx_cpuid_put(struct vmx_regs *regs, const struct vmx_cpuid_entry *answer)
{
	regs->rax = answer->eax;
	regs->rbx = answer->ebx;
	regs->rcx = answer->ecx;
	regs->rdx = answer->edx;
}

#endif
