/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TEAVMX_COMPAT_H
#define _TEAVMX_COMPAT_H

/*
 * Differences between the kernels from 6.1 on. Each is found by compiling a
 * probe (module/probe.sh), never by the version number: distribution kernels
 * carry backports.
 */

#include "teavmx-probe.h"

#include <linux/mm.h>
#include <linux/syscore_ops.h>
#include <linux/types.h>
#include <net/genetlink.h>
#include <asm/cpufeature.h>

/* The operation that pre_doit() gets: struct genl_split_ops since 6.2. */
#ifdef TEAVMX_HAVE_GENL_SPLIT_OPS
#define teavmx_genl_ops genl_split_ops
#else
#define teavmx_genl_ops genl_ops
#endif

/* The attributes of a dump request; 6.6 moved them to another structure. */
static inline struct nlattr **teavmx_dump_attrs(struct netlink_callback *cb)
{
#ifdef TEAVMX_HAVE_GENL_INFO_DUMP
	return genl_info_dump(cb)->attrs;
#else
	return genl_dumpit_info(cb)->attrs;
#endif
}

/*
 * Registers callbacks for suspend and resume of the last CPU. They are a struct
 * syscore since 6.19.
 */
#ifdef TEAVMX_HAVE_REGISTER_SYSCORE
#define teavmx_register_syscore register_syscore
#define teavmx_unregister_syscore unregister_syscore
#else
#define teavmx_register_syscore register_syscore_ops
#define teavmx_unregister_syscore unregister_syscore_ops
#endif

/* Flags of a mapping that is being created; 6.3 made them constant elsewhere. */
static inline void teavmx_vm_flags_mod(struct vm_area_struct *vma,
				       vm_flags_t set, vm_flags_t clear)
{
#ifdef TEAVMX_HAVE_VM_FLAGS_MOD
	vm_flags_mod(vma, set, clear);
#else
	vma->vm_flags = (vma->vm_flags | set) & ~clear;
#endif
}

static inline bool teavmx_fred_enabled(void)
{
#ifdef X86_FEATURE_FRED
	return cpu_feature_enabled(X86_FEATURE_FRED);
#else
	return false;
#endif
}

#endif
