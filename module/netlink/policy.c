// SPDX-License-Identifier: GPL-2.0-only
#include "policy.h"
#include "gen.h"
#include "request.h"
#include "../refuse.h"
#include "../vm.h"
#include "../vmx/raw/cpuid.h"
#include "../vmx/raw/emulate.h"
#include "../vmx/raw/vm.h"

#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/stringify.h>

/* VM_SET: the CPUID table and the MSRs of a raw VM. */

static u32 cpuid_word(const struct nlattr *attr)
{
	return attr ? nla_get_u32(attr) : 0;
}

static unsigned int count_attrs(struct genl_info *info, int type)
{
	unsigned int count = 0;
	struct nlattr *attr;
	int rest;

	nlmsg_for_each_attr(attr, info->nlhdr, GENL_HDRLEN, rest)
		if (nla_type(attr) == type)
			count++;
	return count;
}

/* Two entries collide if a CPUID instruction could be answered by either. */
static bool cpuid_collides(const struct vmx_cpuid_entry *a,
			   const struct vmx_cpuid_entry *b)
{
	return a->leaf == b->leaf &&
	       (!a->has_subleaf || !b->has_subleaf ||
		a->subleaf == b->subleaf);
}

static int add_entry(struct genl_info *info, struct nlattr *attr,
		     struct vmx_cpuid *table)
{
	struct vmx_cpuid_entry *entry = &table->list[table->count];
	struct nlattr *tb[TEAVMX_A_CPUID_MAX + 1];
	const struct vmx_cpuid_entry *other;
	int err;

	err = netlink_parse_nest(tb, attr, teavmx_cpuid_nl_policy,
				 info->extack);
	if (err)
		return err;
	if (!tb[TEAVMX_A_CPUID_LEAF])
		return refuse(info->extack, attr, -EINVAL,
			      "the leaf is missing");
	entry->leaf = nla_get_u32(tb[TEAVMX_A_CPUID_LEAF]);
	entry->subleaf = cpuid_word(tb[TEAVMX_A_CPUID_SUBLEAF]);
	entry->has_subleaf = tb[TEAVMX_A_CPUID_SUBLEAF];
	entry->eax = cpuid_word(tb[TEAVMX_A_CPUID_EAX]);
	entry->ebx = cpuid_word(tb[TEAVMX_A_CPUID_EBX]);
	entry->ecx = cpuid_word(tb[TEAVMX_A_CPUID_ECX]);
	entry->edx = cpuid_word(tb[TEAVMX_A_CPUID_EDX]);
	for (other = table->list; other < entry; other++)
		if (cpuid_collides(other, entry))
			return refuse(info->extack, attr, -EEXIST,
				      "the CPUID table has a leaf twice");
	table->count++;
	return 0;
}

static int parse_cpuid(struct genl_info *info, struct netlink_policy *policy)
{
	unsigned int count = count_attrs(info, TEAVMX_A_VM_CPUID);
	struct nlattr *attr;
	int rest, err;

	if (!count)
		return 0;
	if (count > VMX_CPUID_MAX)
		return refuse(info->extack,
			      netlink_attr(info, TEAVMX_A_VM_CPUID), -E2BIG,
			      "a CPUID table has at most "
			      __stringify(VMX_CPUID_MAX) " entries");
	policy->cpuid = vmx_cpuid_create(count);
	if (!policy->cpuid)
		return refuse(info->extack, NULL, -ENOMEM,
			      "not enough memory for the CPUID table");
	nlmsg_for_each_attr(attr, info->nlhdr, GENL_HDRLEN, rest) {
		if (nla_type(attr) != TEAVMX_A_VM_CPUID)
			continue;
		err = add_entry(info, attr, policy->cpuid);
		if (err)
			return err;
	}
	return 0;
}

static bool is_kept(const struct raw_msr *msrs, unsigned int count, u32 number)
{
	unsigned int i;

	for (i = 0; i < count; i++)
		if (msrs[i].number == number)
			return true;
	return false;
}

static int add_msr(struct genl_info *info, struct nlattr *attr,
		   const struct teavmx_raw *raw, struct netlink_policy *policy)
{
	struct raw_msr *msr = &policy->msrs[policy->msr_count];
	struct nlattr *tb[TEAVMX_A_VM_MSR_MAX + 1];
	int err;

	err = netlink_parse_nest(tb, attr, teavmx_vm_msr_nl_policy,
				 info->extack);
	if (err)
		return err;
	if (!tb[TEAVMX_A_VM_MSR_NUMBER])
		return refuse(info->extack, attr, -EINVAL,
			      "the number of the MSR is missing");
	msr->number = nla_get_u32(tb[TEAVMX_A_VM_MSR_NUMBER]);
	if (tb[TEAVMX_A_VM_MSR_VALUE])
		msr->value = nla_get_u64(tb[TEAVMX_A_VM_MSR_VALUE]);
	if (emulate_msr_known(msr->number))
		return refuse(info->extack, attr, -EEXIST,
			      emulate_msr_is_register(msr->number) ?
			      "every guest has this MSR; set it as a register" :
			      "every guest has this MSR, and it cannot be set");
	if (is_kept(raw->msrs, raw->msr_count, msr->number) ||
	    is_kept(policy->msrs, policy->msr_count, msr->number))
		return refuse(info->extack, attr, -EEXIST,
			      "this MSR was added already, and cannot be changed");
	policy->msr_count++;
	return 0;
}

static int parse_msrs(struct genl_info *info, const struct teavmx_raw *raw,
		      struct netlink_policy *policy)
{
	unsigned int count = count_attrs(info, TEAVMX_A_VM_MSR);
	struct nlattr *attr;
	int rest, err;

	if (!count)
		return 0;
	if (count > GUEST_MSRS - raw->msr_count)
		return refuse(info->extack,
			      netlink_attr(info, TEAVMX_A_VM_MSR), -E2BIG,
			      "at most " __stringify(GUEST_MSRS)
			      " MSRs can be added to a VM");
	policy->msrs = kcalloc(count, sizeof(*policy->msrs),
			       GFP_KERNEL_ACCOUNT);
	if (!policy->msrs)
		return refuse(info->extack, NULL, -ENOMEM,
			      "not enough memory for the MSRs");
	nlmsg_for_each_attr(attr, info->nlhdr, GENL_HDRLEN, rest) {
		if (nla_type(attr) != TEAVMX_A_VM_MSR)
			continue;
		err = add_msr(info, attr, raw, policy);
		if (err)
			return err;
	}
	return 0;
}

/**
 * netlink_policy_parse() - parse the CPUID table and the MSRs of a VM_SET
 * @info: the request
 * @raw: of the VM, which is locked; it is not changed
 * @policy: receives both, for netlink_policy_apply()
 *
 * Return: 0, or an errno with a message in the request's extack and nothing
 * allocated: -EEXIST for a duplicate, -E2BIG for too many, -EINVAL, -ENOMEM.
 */
int netlink_policy_parse(struct genl_info *info, const struct teavmx_raw *raw,
			 struct netlink_policy *policy)
{
	int err;

	*policy = (struct netlink_policy){ };
	err = parse_cpuid(info, policy) ?: parse_msrs(info, raw, policy);
	if (err) {
		kfree(policy->cpuid);
		kfree(policy->msrs);
	}
	return err;
}

/**
 * netlink_policy_apply() - set the CPUID table and the MSRs of a VM
 * @policy: filled by netlink_policy_parse(); consumed
 * @vm: the same VM, which has been locked since
 */
void netlink_policy_apply(struct netlink_policy *policy, struct teavmx_vm *vm)
{
	struct teavmx_raw *raw = vm->raw;
	struct vmx_cpuid *old;

	if (policy->cpuid) {
		old = rcu_replace_pointer(raw->cpuid, policy->cpuid,
					  lockdep_is_held(&vm->lock));
		kfree_rcu(old, rcu);
	}
	if (policy->msr_count) {
		memcpy(&raw->msrs[raw->msr_count], policy->msrs,
		       policy->msr_count * sizeof(*policy->msrs));
		/*
		 * The entries are written before the count. Pairs with
		 * smp_load_acquire() in find_kept().
		 */
		smp_store_release(&raw->msr_count,
				  raw->msr_count + policy->msr_count);
	}
	kfree(policy->msrs);
}
