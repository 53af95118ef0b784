// SPDX-License-Identifier: GPL-2.0-only
#include "cost.h"

#include <linux/errno.h>
#include <linux/slab.h>
#include <linux/string.h>

/*
 * A VM has some exit reasons only, so the costs of each reason are allocated when it is
 * seen first. What runs a vCPU adds to them under a lock that hardly anything else
 * takes, so a reader sees the three costs of a run together.
 */

/* A kmalloc() of 1 KiB has no room for one more bucket in each cost. */
static_assert(sizeof(struct reason_cost) <= 1024 &&
	      sizeof(struct reason_cost) + 3 * sizeof(u64) > 1024);

static void cost_clear(struct cost *cost)
{
	*cost = (struct cost){ .lowest = U64_MAX };
}

static void reason_clear(struct reason_cost *reason)
{
	cost_clear(&reason->guest);
	cost_clear(&reason->handler);
	cost_clear(&reason->delivery);
}

/**
 * cost_new_reason() - allocate the costs of a reason
 * @table: whose
 * @reason: below COST_REASONS; it has none yet
 *
 * A guest causes this, so that it fails at the limit of the VM's memory cgroup.
 *
 * Context: called only by what runs the vCPU; may sleep.
 *
 * Return: them, or NULL without memory.
 */
struct reason_cost *cost_new_reason(struct cost_table *table,
				    unsigned int reason)
{
	struct reason_cost *new;

	new = kmalloc(sizeof(*new), GFP_KERNEL_ACCOUNT | __GFP_RETRY_MAYFAIL |
				    __GFP_NOWARN);
	if (!new)
		return NULL;
	reason_clear(new);
	spin_lock(&table->lock);
	table->reasons[reason] = new;
	spin_unlock(&table->lock);
	return new;
}

static void cost_sum(struct cost *to, const struct cost *from)
{
	unsigned int i;

	to->lowest = min(to->lowest, from->lowest);
	to->highest = max(to->highest, from->highest);
	to->sum += from->sum;
	for (i = 0; i < TEAVMX_COST_BUCKETS; i++)
		to->buckets[i] += from->buckets[i];
}

static void reason_sum(struct reason_cost *to, const struct reason_cost *from)
{
	cost_sum(&to->guest, &from->guest);
	cost_sum(&to->handler, &from->handler);
	cost_sum(&to->delivery, &from->delivery);
}

static void table_sum(struct cost_table *table, unsigned int reason,
		      struct reason_cost *sum)
{
	spin_lock(&table->lock);
	if (table->reasons[reason])
		reason_sum(sum, table->reasons[reason]);
	spin_unlock(&table->lock);
}

static void table_reset(struct cost_table *table)
{
	unsigned int i;

	spin_lock(&table->lock);
	for (i = 0; i < COST_REASONS; i++)
		if (table->reasons[i])
			reason_clear(table->reasons[i]);
	spin_unlock(&table->lock);
}

static void table_free(struct cost_table *table)
{
	unsigned int i;

	for (i = 0; i < COST_REASONS; i++)
		kfree(table->reasons[i]);
}

/**
 * cost_group_init() - prepare the costs of a new VM
 * @group: it, all zeros
 */
void cost_group_init(struct cost_group *group)
{
	mutex_init(&group->lock);
	INIT_LIST_HEAD(&group->members);
	spin_lock_init(&group->ended.lock);
}

/**
 * cost_group_free() - free the costs of a VM
 * @group: they; it has no vCPUs any more
 */
void cost_group_free(struct cost_group *group)
{
	table_free(&group->ended);
	profile_free(group->profile);
}

/**
 * cost_group_join() - a VM has a new vCPU
 * @group: the costs of the VM
 * @member: those of the vCPU, all zeros
 * @vcpu: its number
 *
 * Context: may sleep.
 */
void cost_group_join(struct cost_group *group, struct cost_member *member,
		     u32 vcpu)
{
	spin_lock_init(&member->table.lock);
	member->group = group;
	member->vcpu = vcpu;
	mutex_lock(&group->lock);
	list_add_tail(&member->list, &group->members);
	mutex_unlock(&group->lock);
}

static void table_take(struct cost_table *to, unsigned int reason,
		       struct reason_cost *from)
{
	if (!to->reasons[reason]) {
		to->reasons[reason] = from;
		return;
	}
	reason_sum(to->reasons[reason], from);
	kfree(from);
}

/**
 * cost_group_leave() - a vCPU does not exist any more
 * @member: its costs, which those of the VM contain from now on
 *
 * Context: may sleep.
 */
void cost_group_leave(struct cost_member *member)
{
	struct cost_group *group = member->group;
	unsigned int i;

	mutex_lock(&group->lock);
	list_del(&member->list);
	for (i = 0; i < COST_REASONS; i++)
		if (member->table.reasons[i])
			table_take(&group->ended, i, member->table.reasons[i]);
	mutex_unlock(&group->lock);
}

/**
 * cost_group_sum() - the costs of the exits of a VM or a vCPU for one reason
 * @group: those of the VM
 * @vcpu: number of the vCPU, 0 for all that the VM has and had
 * @reason: below COST_REASONS
 * @sum: receives them
 *
 * Context: may sleep.
 *
 * Return: 0, or -ENOENT if no vCPU has this number.
 */
int cost_group_sum(struct cost_group *group, u32 vcpu, unsigned int reason,
		   struct reason_cost *sum)
{
	struct cost_member *member;
	int err = vcpu ? -ENOENT : 0;

	reason_clear(sum);
	mutex_lock(&group->lock);
	if (!vcpu)
		table_sum(&group->ended, reason, sum);
	list_for_each_entry(member, &group->members, list) {
		if (vcpu && member->vcpu != vcpu)
			continue;
		table_sum(&member->table, reason, sum);
		err = 0;
	}
	mutex_unlock(&group->lock);
	return err;
}

/**
 * cost_group_reset() - forget the costs of the exits of a VM or a vCPU
 * @group: those of the VM
 * @vcpu: number of the vCPU, 0 for all
 *
 * Context: may sleep.
 *
 * Return: 0, or -ENOENT if no vCPU has this number.
 */
int cost_group_reset(struct cost_group *group, u32 vcpu)
{
	struct cost_member *member;
	int err = vcpu ? -ENOENT : 0;

	mutex_lock(&group->lock);
	if (!vcpu)
		table_reset(&group->ended);
	list_for_each_entry(member, &group->members, list) {
		if (vcpu && member->vcpu != vcpu)
			continue;
		table_reset(&member->table);
		err = 0;
	}
	mutex_unlock(&group->lock);
	return err;
}

#define PROFILE_PATIENCE (10 * HZ)

static struct profile *group_begin_profile(struct cost_group *group)
{
	struct profile *profile = group->profile ?: profile_new();

	if (!profile)
		return NULL;
	profile_begin(profile);
	/* Pairs with smp_load_acquire() in cost_group_profile(). */
	smp_store_release(&group->profile, profile);
	return profile;
}

/**
 * cost_group_request_profile() - the profile of a VM, which is begun or continued
 * @group: the costs of the VM
 * @begins: begin a new one if there is none or it has ended. Without that it remains
 *	what it is
 *
 * Context: may sleep.
 *
 * Return: it, valid as long as @group, or NULL: there is none, or no memory for it.
 */
struct profile *cost_group_request_profile(struct cost_group *group,
					   bool begins)
{
	struct profile *profile;

	mutex_lock(&group->lock);
	profile = begins ? cost_group_profile(group) : group->profile;
	WRITE_ONCE(group->profile_end, jiffies + PROFILE_PATIENCE);
	if (begins && !profile)
		profile = group_begin_profile(group);
	mutex_unlock(&group->lock);
	return profile;
}
