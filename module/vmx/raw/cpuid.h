/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TEAVMX_VMX_CPUID_H
#define _TEAVMX_VMX_CPUID_H

#include <linux/types.h>

#define VMX_CPUID_MAX 256

/**
 * struct vmx_cpuid_entry - one answer of CPUID
 * @leaf: EAX of the request
 * @subleaf: ECX of the request
 * @has_subleaf: the leaf looks at ECX
 * @eax: answer
 * @ebx: answer
 * @ecx: answer
 * @edx: answer
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
 * struct vmx_cpuid - what CPUID says in a raw VM; never changed once in use
 * @rcu: frees it
 * @usual: made by vmx_cpuid_usual()
 * @count: entries in @list
 * @list: the entries; other leaves read as zeros
 */
struct vmx_cpuid {
	struct rcu_head rcu;
	bool usual;
	unsigned int count;
	struct vmx_cpuid_entry list[];
};

struct vmx_cpuid *vmx_cpuid_create(unsigned int count);
struct vmx_cpuid *vmx_cpuid_usual(void);
const struct vmx_cpuid_entry *vmx_cpuid_find(const struct vmx_cpuid *table,
					     u32 leaf, u32 subleaf);

#endif
