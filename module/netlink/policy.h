/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TEAVMX_NETLINK_POLICY_H
#define _TEAVMX_NETLINK_POLICY_H

struct genl_info;
struct raw_msr;
struct teavmx_raw;
struct teavmx_vm;
struct vmx_cpuid;

/**
 * struct netlink_policy - CPUID table and MSRs of a VM_SET
 * @cpuid: the new table, or NULL to retain the old one
 * @msrs: the MSRs to add, or NULL
 * @msr_count: number of @msrs
 */
struct netlink_policy {
	struct vmx_cpuid *cpuid;
	struct raw_msr *msrs;
	unsigned int msr_count;
};

int netlink_policy_parse(struct genl_info *info, const struct teavmx_raw *raw,
			 struct netlink_policy *policy);
void netlink_policy_apply(struct netlink_policy *policy, struct teavmx_vm *vm);

#endif
