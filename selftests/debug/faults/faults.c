// SPDX-License-Identifier: GPL-2.0-only
/*
 * A kernel module that makes one fault, named by its parameter. The debug kernel must
 * report each of them: only then does a run of teavmx without reports count.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/gfp.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/timer.h>

struct fault {
	const char *name;
	void (*make)(void);
};

static char *fault;
module_param(fault, charp, 0);
MODULE_PARM_DESC(fault, "the fault to make");

static int sink;
static int beyond = 64;

static DEFINE_SPINLOCK(spinlock);
static DEFINE_MUTEX(first);
static DEFINE_MUTEX(second);
static int __rcu *shared;

static void use_after_free(void)
{
	char *memory = kmalloc(64, GFP_KERNEL);

	if (!memory)
		return;
	OPTIMIZER_HIDE_VAR(memory);
	kfree(memory);
	WRITE_ONCE(sink, READ_ONCE(*memory));
}

static void out_of_bounds(void)
{
	char *memory = kmalloc(64, GFP_KERNEL);

	if (!memory)
		return;
	OPTIMIZER_HIDE_VAR(memory);
	WRITE_ONCE(sink, READ_ONCE(memory[READ_ONCE(beyond)]));
	kfree(memory);
}

static void shift_too_far(void)
{
	WRITE_ONCE(sink, 1 << READ_ONCE(beyond));
}

static void sleep_with_spinlock(void)
{
	void *memory;

	spin_lock(&spinlock);
	memory = kmalloc(64, GFP_KERNEL);
	spin_unlock(&spinlock);
	kfree(memory);
}

static void locks_in_both_orders(void)
{
	mutex_lock(&first);
	mutex_lock(&second);
	mutex_unlock(&second);
	mutex_unlock(&first);
	mutex_lock(&second);
	mutex_lock(&first);
	mutex_unlock(&first);
	mutex_unlock(&second);
}

static void rcu_without_lock(void)
{
	WRITE_ONCE(sink, !rcu_dereference(shared));
}

static void ignore(struct timer_list *timer)
{
}

static void free_active_timer(void)
{
	struct timer_list *timer = kmalloc(sizeof(*timer), GFP_KERNEL);

	if (!timer)
		return;
	timer_setup(timer, ignore, 0);
	mod_timer(timer, jiffies + 1000 * HZ);
	kfree(timer);
}

static void lost_memory(void)
{
	char *memory = kmalloc(100, GFP_KERNEL);

	OPTIMIZER_HIDE_VAR(memory);
}

static void lost_page(void)
{
	unsigned long page = __get_free_page(GFP_KERNEL);

	OPTIMIZER_HIDE_VAR(page);
}

#define FAULT(function) { #function, function }

static const struct fault faults[] = {
	FAULT(use_after_free),
	FAULT(out_of_bounds),
	FAULT(shift_too_far),
	FAULT(sleep_with_spinlock),
	FAULT(locks_in_both_orders),
	FAULT(rcu_without_lock),
	FAULT(free_active_timer),
	FAULT(lost_memory),
	FAULT(lost_page),
};

static int __init faults_init(void)
{
	size_t i;

	for (i = 0; fault && i < ARRAY_SIZE(faults); i++) {
		if (!strcmp(faults[i].name, fault)) {
			faults[i].make();
			return 0;
		}
	}
	pr_err("no fault '%s'\n", fault ?: "");
	return -EINVAL;
}

static void __exit faults_exit(void)
{
}

module_init(faults_init);
module_exit(faults_exit);
MODULE_DESCRIPTION("Faults that a debug kernel must report");
MODULE_LICENSE("GPL");
