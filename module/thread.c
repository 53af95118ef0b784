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
#include <linux/workqueue.h>

#include <uapi/linux/sched/types.h>

/*
 * The threads of vCPUs. A kernel thread is a child of kthreadd, in the root
 * control groups and with the nice value 0, so the CPU time of a guest would
 * not be charged to the process that runs it. Each thread therefore inherits
 * from its creator what a forked child would: all control groups, the nice
 * value and the CPUs that it may use. The creator is the process that runs the
 * vCPU first, or the thread of the vCPU whose program launches another process.
 *
 * vhost_task_create() would do most of this, but its threads are killed with
 * the process that created them, and a detached VM outlives its creator.
 *
 * A thread is not used again for another vCPU, though a new one costs as much as
 * the rest of a vCPU: newer kernels show the name that it was created with for as
 * long as it lives, and by that name an administrator finds it.
 */

/* An administrator may move the creator again and again. */
#define JOIN_TRIES	3

static bool thread_shares_groups(struct task_struct *task)
{
#ifdef CONFIG_CGROUPS
	return rcu_access_pointer(task->cgroups) ==
	       rcu_access_pointer(current->cgroups);
#else
	return true;
#endif
}

/* A thread that joins the control groups of its creator */
struct join {
	struct work_struct work;
	struct task_struct *creator;
	struct task_struct *task;
	int err;
};

static void thread_join_work(struct work_struct *work)
{
	struct join *join = container_of(work, struct join, work);

	join->err = cgroup_attach_task_all(join->creator, join->task);
}

/*
 * cgroup_attach_task_all() waits for a grace period of RCU and blocks every
 * fork on the host, so it is not called if the thread is in the creator's
 * control groups already. A worker calls it: the creator may be a vCPU that has
 * used up the CPU time of its group, and would sleep with those locks held.
 */
static int thread_join_groups(struct task_struct *task)
{
	struct join join = { .creator = current, .task = task };

	if (thread_shares_groups(task))
		return 0;
	INIT_WORK_ONSTACK(&join.work, thread_join_work);
	queue_work(system_unbound_wq, &join.work);
	flush_work(&join.work);
	destroy_work_on_stack(&join.work);
	return join.err;
}

/* Another task may call set_cpus_allowed_ptr() for this one meanwhile. */
static void thread_copy_cpus(struct cpumask *cpus)
{
	raw_spin_lock_irq(&current->pi_lock);
	cpumask_copy(cpus, &current->cpus_mask);
	raw_spin_unlock_irq(&current->pi_lock);
}

/*
 * If an administrator changes the cpuset meanwhile, then the thread's CPUs are
 * overwritten by older ones, so this is repeated until the creator's did not change.
 */
static int thread_join_cpus(struct task_struct *task)
{
	cpumask_var_t cpus, now;
	int err = -ENOMEM;

	if (!alloc_cpumask_var(&cpus, GFP_KERNEL_ACCOUNT))
		return err;
	if (alloc_cpumask_var(&now, GFP_KERNEL_ACCOUNT)) {
		do {
			thread_copy_cpus(cpus);
			err = set_cpus_allowed_ptr(task, cpus);
			thread_copy_cpus(now);
		} while (!err && !cpumask_equal(cpus, now));
		free_cpumask_var(now);
	}
	free_cpumask_var(cpus);
	return err;
}

/*
 * SCHED_BATCH and SCHED_IDLE are inherited. A real-time policy is not: the
 * program in the guest is trusted less than its creator and could monopolize a
 * CPU. An administrator can set one by chrt on the thread.
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

/*
 * The control groups come first, because joining a cpuset sets the CPUs of the
 * thread to all CPUs of the cpuset. An administrator may move the creator meanwhile.
 */
static int thread_join(struct task_struct *task)
{
	unsigned int tries = 0;
	int err;

	do {
		err = thread_join_groups(task) ?: thread_join_cpus(task) ?:
		      thread_join_schedule(task);
	} while (!err && !thread_shares_groups(task) && ++tries < JOIN_TRIES);
	return err;
}

static int thread_refuse(struct netlink_ext_ack *extack, int err)
{
	if (err == -ENOMEM)
		return refuse(extack, NULL, err,
			      "not enough memory for the vCPU's thread");
	if (err == -EAGAIN)
		return refuse(extack, NULL, err,
			      "the host has no room for the vCPU's thread: see kernel.threads-max and kernel.pid_max");
	return refuse(extack, NULL, err,
		      "the vCPU's thread cannot join the control groups and CPUs of the caller: check that its cpuset has online CPUs");
}

/**
 * thread_create() - create the thread of a vCPU, and start it
 * @main: function of the thread, which ends when it returns. It must return at
 *	once if kthread_should_stop() is true at its beginning
 * @data: argument of @main
 * @vm: number of the VM, for the name of the thread
 * @vcpu: number of the vCPU, likewise
 * @extack: receives a message on failure
 *
 * The thread is in the control groups of the caller and has its nice value and
 * its CPUs before @main begins.
 *
 * Context: may sleep, but does not wait until those groups give the thread CPU
 * time: they may be throttled, and the caller holds locks that other processes
 * wait for.
 *
 * Return: the thread, to be released by thread_stop(), or an error pointer:
 * -ENOMEM, -EAGAIN when the host has too many threads, -EINTR when the caller is being
 * killed, or the errno of joining the groups.
 */
struct task_struct *thread_create(int (*main)(void *data), void *data,
				  u32 vm, u32 vcpu,
				  struct netlink_ext_ack *extack)
{
	struct task_struct *task;
	int err;

	task = kthread_create(main, data, "teavmx/%u.%u", vm, vcpu);
	if (IS_ERR(task))
		return ERR_PTR(thread_refuse(extack, PTR_ERR(task)));
	/* The thread may end before thread_stop() is called for it. */
	get_task_struct(task);
	/*
	 * Newer kernels set the CPUs of a thread when it first runs, which
	 * would undo thread_join_cpus(). So it runs first, and is parked until
	 * it has joined.
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
 * @task: from thread_create(); its function is about to return
 *
 * Context: may sleep.
 */
void thread_stop(struct task_struct *task)
{
	kthread_stop(task);
	put_task_struct(task);
}
