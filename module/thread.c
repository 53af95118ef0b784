// SPDX-License-Identifier: GPL-2.0-only
#include "thread.h"

#include <linux/cgroup.h>
#include <linux/completion.h>
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

/**
 * struct thread_start - what a new thread takes over from its creator
 * @main: what it does afterwards
 * @data: for @main
 * @creator: the task that creates it, and waits for @joined
 * @cpus: the CPUs that the creator may use
 * @joined: completed when @err holds; the thread does not use this any more
 * @err: 0, or why it could not join; it ends then, without @main
 */
struct thread_start {
	int (*main)(void *data);
	void *data;
	struct task_struct *creator;
	cpumask_var_t cpus;
	struct completion joined;
	int err;
};

static bool thread_shares_groups(struct task_struct *creator)
{
#ifdef CONFIG_CGROUPS
	return rcu_access_pointer(creator->cgroups) ==
	       rcu_access_pointer(current->cgroups);
#else
	return true;
#endif
}

/*
 * Moving a task waits for a grace period of RCU and holds up every fork on the
 * host, so it is left out where creator and kthreadd are in the same groups.
 */
static int thread_join_groups(struct task_struct *creator)
{
	if (thread_shares_groups(creator))
		return 0;
	return cgroup_attach_task_all(creator, current);
}

/*
 * The policies that ask for less than others are taken over. A real-time
 * creator does not make its guest a real-time task: the program in it is
 * trusted less. The administrator can do so, with chrt on the thread.
 */
static int thread_join_schedule(struct task_struct *creator)
{
	struct sched_attr attr = {
		.size = sizeof(attr),
		.sched_policy = SCHED_NORMAL,
		.sched_nice = task_nice(creator),
	};

	if (creator->policy == SCHED_BATCH || creator->policy == SCHED_IDLE)
		attr.sched_policy = creator->policy;
	return sched_setattr_nocheck(current, &attr);
}

/* By the thread itself: newer kernels set its CPUs when it first runs. */
static int thread_main(void *data)
{
	struct thread_start *start = data;
	int (*main)(void *data) = start->main;
	void *main_data = start->data;
	int err;

	/* The groups first, as a cpuset gives the thread all CPUs it has. */
	err = thread_join_groups(start->creator) ?:
	      set_cpus_allowed_ptr(current, start->cpus) ?:
	      thread_join_schedule(start->creator);
	start->err = err;
	complete(&start->joined);
	return err ?: main(main_data);
}

static struct task_struct *thread_begin(struct thread_start *start, u32 vm,
					u32 vcpu)
{
	struct task_struct *task;

	/* Another task may be changing the CPUs. */
	raw_spin_lock_irq(&current->pi_lock);
	cpumask_copy(start->cpus, &current->cpus_mask);
	raw_spin_unlock_irq(&current->pi_lock);

	task = kthread_create(thread_main, start, "teavmx/%u.%u", vm, vcpu);
	if (IS_ERR(task))
		return task;
	/* The thread may end before thread_stop(). */
	get_task_struct(task);
	wake_up_process(task);
	wait_for_completion(&start->joined);
	if (start->err) {
		thread_stop(task);
		return ERR_PTR(start->err);
	}
	return task;
}

/**
 * thread_create() - make the thread of a vCPU, and have it run
 * @main: what it does; the thread ends when it returns
 * @data: for @main
 * @vm: number of the VM, for the name of the thread
 * @vcpu: number of the vCPU, likewise
 * @extack: receives a message on failure
 *
 * The thread is in the control groups of the caller and has its nice value and
 * its CPUs before @main begins.
 *
 * Context: may sleep, also until the thread has got CPU time in those groups.
 *
 * Return: the thread, for thread_stop(), or an error pointer: -ENOMEM, -EINTR
 * when the caller is being killed, or why the thread cannot join the groups.
 */
struct task_struct *thread_create(int (*main)(void *data), void *data,
				  u32 vm, u32 vcpu,
				  struct netlink_ext_ack *extack)
{
	struct thread_start start = {
		.main = main,
		.data = data,
		.creator = current,
		.joined = COMPLETION_INITIALIZER_ONSTACK(start.joined),
	};
	struct task_struct *task;

	if (!alloc_cpumask_var(&start.cpus, GFP_KERNEL_ACCOUNT))
		return ERR_PTR(-ENOMEM);
	task = thread_begin(&start, vm, vcpu);
	free_cpumask_var(start.cpus);
	if (start.err)
		NL_SET_ERR_MSG(extack,
			       "the vCPU's thread cannot join the control groups and CPUs of the caller: see that its cpuset has CPUs on line");
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
