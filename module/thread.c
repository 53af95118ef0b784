// SPDX-License-Identifier: GPL-2.0-only
#include "thread.h"
#include "refuse.h"

#include <linux/cgroup.h>
#include <linux/cpumask.h>
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/netlink.h>
#include <linux/sched.h>
#include <linux/sched/task.h>

#include <uapi/linux/sched/types.h>

/*
 * The threads of vCPUs. A kernel thread is a child of kthreadd, in the root
 * control groups and with the nice value 0, so what a guest does would not
 * count against the process that has it run. Each thread therefore takes over
 * from its creator what a forked child would: all control groups, the nice
 * value and the CPUs that it may use. The creator is the process that asks for
 * the vCPU, or the thread of the vCPU whose program launches another one.
 *
 * A worker that the kernel forks for a driver from its process, as
 * vhost_task_create() does, is killed with that process; a detached VM is not.
 */

static bool thread_shares_groups(struct task_struct *task)
{
#ifdef CONFIG_CGROUPS
	return rcu_access_pointer(task->cgroups) ==
	       rcu_access_pointer(current->cgroups);
#else
	return true;
#endif
}

/*
 * Moving a task waits for a grace period of RCU and holds up every fork on the
 * host, so it is left out where creator and kthreadd are in the same groups.
 */
static int thread_join_groups(struct task_struct *task)
{
	if (thread_shares_groups(task))
		return 0;
	return cgroup_attach_task_all(current, task);
}

static int thread_join_cpus(struct task_struct *task)
{
	cpumask_var_t cpus;
	int err;

	if (!alloc_cpumask_var(&cpus, GFP_KERNEL_ACCOUNT))
		return -ENOMEM;
	/* Another task may be changing the CPUs. */
	raw_spin_lock_irq(&current->pi_lock);
	cpumask_copy(cpus, &current->cpus_mask);
	raw_spin_unlock_irq(&current->pi_lock);
	err = set_cpus_allowed_ptr(task, cpus);
	free_cpumask_var(cpus);
	return err;
}

/*
 * The policies that ask for less than others are taken over. A real-time
 * creator does not make its guest a real-time task: the program in it is
 * trusted less. The administrator can do so, with chrt on the thread.
 */
static int thread_join_schedule(struct task_struct *task)
{
	struct sched_attr attr = {
		.size = sizeof(attr),
		.sched_policy = SCHED_NORMAL,
		.sched_nice = task_nice(current),
	};

	if (current->policy == SCHED_BATCH || current->policy == SCHED_IDLE)
		attr.sched_policy = current->policy;
	return sched_setattr_nocheck(task, &attr);
}

/* The groups first, as a cpuset gives the thread all CPUs it has. */
static int thread_join(struct task_struct *task)
{
	return thread_join_groups(task) ?: thread_join_cpus(task) ?:
	       thread_join_schedule(task);
}

static int thread_refuse(struct netlink_ext_ack *extack, int err)
{
	if (err == -ENOMEM)
		return refuse(extack, NULL, err,
			      "not enough memory for the vCPU's thread");
	return refuse(extack, NULL, err,
		      "the vCPU's thread cannot join the control groups and CPUs of the caller: see that its cpuset has CPUs online");
}

/**
 * thread_create() - create the thread of a vCPU, and start it
 * @main: what it runs; the thread ends when it returns. It must return at once
 *	when kthread_should_stop() is true in the beginning
 * @data: for @main
 * @vm: number of the VM, for the name of the thread
 * @vcpu: number of the vCPU, likewise
 * @extack: receives a message on failure
 *
 * The thread is in the control groups of the caller and has its nice value and
 * its CPUs before @main begins.
 *
 * Context: may sleep, but does not wait for CPU time in those groups, which may
 * have used up theirs: the caller holds locks that other processes wait for.
 *
 * Return: the thread, for thread_stop(), or an error pointer: -ENOMEM, -EINTR
 * when the caller is being killed, or why the thread cannot join the groups.
 */
struct task_struct *thread_create(int (*main)(void *data), void *data,
				  u32 vm, u32 vcpu,
				  struct netlink_ext_ack *extack)
{
	struct task_struct *task;
	int err;

	task = kthread_create(main, data, "teavmx/%u.%u", vm, vcpu);
	if (IS_ERR(task))
		return task;
	/* The thread may end before thread_stop(). */
	get_task_struct(task);
	/*
	 * Newer kernels set the CPUs of a thread when it first runs, so it does
	 * that before it joins, and is parked.
	 */
	err = kthread_park(task) ?: thread_join(task);
	if (err) {
		thread_stop(task);
		return ERR_PTR(thread_refuse(extack, err));
	}
	kthread_unpark(task);
	return task;
}

/**
 * thread_stop() - wait for the end of a thread and release it
 * @task: of thread_create(); what it runs is about to return
 */
void thread_stop(struct task_struct *task)
{
	kthread_stop(task);
	put_task_struct(task);
}
