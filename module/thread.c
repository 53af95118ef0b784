// SPDX-License-Identifier: GPL-2.0-only
#include "thread.h"
#include "refuse.h"
#include "vcpu.h"

#include <linux/cgroup.h>
#include <linux/cpumask.h>
#include <linux/err.h>
#include <linux/freezer.h>
#include <linux/kthread.h>
#include <linux/list.h>
#include <linux/netlink.h>
#include <linux/sched.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>
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
 * A new thread costs as much as the rest of a vCPU, so a thread whose vCPU has
 * ended waits for another one. It does so only in the control groups that it was
 * created in: in those of its last creator it would keep these from being
 * removed. Nor does it if anything was changed that thread_join() does not set
 * each time. It ends then.
 */

/* Each one takes a kernel stack and more, about 25 KiB. */
#define THREADS_IDLE_MAX 16

/**
 * struct thread - a thread that vCPUs have, one after the other
 * @list: entry in threads_busy, threads_idle or threads_retired
 * @task: the thread
 * @groups: the control groups that it was created in, only to be compared
 * @cpus: the CPUs that its last creator gave it
 * @policy: the scheduling policy, likewise
 * @nice: the nice value, likewise
 * @main: function of the vCPU
 * @data: argument of @main
 * @called: @main and @data are set, and @main has not returned
 * @stopping: thread_stop() will free it
 */
struct thread {
	struct list_head list;
	struct task_struct *task;
	const void *groups;
	cpumask_var_t cpus;
	unsigned int policy;
	int nice;
	void (*main)(void *data);
	void *data;
	bool called;
	bool stopping;
};

/* Guards the lists, threads_idle_count and each thread->stopping. */
static DEFINE_SPINLOCK(threads_lock);
static LIST_HEAD(threads_busy);
static LIST_HEAD(threads_idle);
static LIST_HEAD(threads_retired);
static unsigned int threads_idle_count;

static const void *thread_groups(const struct task_struct *task)
{
#ifdef CONFIG_CGROUPS
	return rcu_access_pointer(task->cgroups);
#else
	return NULL;
#endif
}

/*
 * cgroup_attach_task_all() waits for a grace period of RCU and blocks every
 * fork on the host, so it is not called if the thread is in the creator's
 * control groups already.
 */
static int thread_join_groups(struct thread *thread)
{
	if (thread_groups(thread->task) == thread_groups(current))
		return 0;
	return cgroup_attach_task_all(current, thread->task);
}

static int thread_join_cpus(struct thread *thread)
{
	/*
	 * Another task may call set_cpus_allowed_ptr() for this one meanwhile.
	 */
	raw_spin_lock_irq(&current->pi_lock);
	cpumask_copy(thread->cpus, &current->cpus_mask);
	raw_spin_unlock_irq(&current->pi_lock);
	if (cpumask_equal(thread->cpus, &thread->task->cpus_mask))
		return 0;
	return set_cpus_allowed_ptr(thread->task, thread->cpus);
}

static bool thread_is_scheduled(const struct thread *thread)
{
	return thread->task->policy == thread->policy &&
	       task_nice(thread->task) == thread->nice;
}

/*
 * SCHED_BATCH and SCHED_IDLE are inherited. A real-time policy is not: the
 * program in the guest is trusted less than its creator and could monopolize a
 * CPU. An administrator can set one by chrt on the thread.
 */
static int thread_join_schedule(struct thread *thread)
{
	struct sched_attr attr = {
		.size = sizeof(attr),
		.sched_policy = SCHED_NORMAL,
		.sched_nice = task_nice(current),
	};

	if (current->policy == SCHED_BATCH || current->policy == SCHED_IDLE)
		attr.sched_policy = current->policy;
	thread->policy = attr.sched_policy;
	thread->nice = attr.sched_nice;
	return thread_is_scheduled(thread) ? 0 :
	       sched_setattr_nocheck(thread->task, &attr);
}

/*
 * The control groups come first, because joining a cpuset sets the CPUs of the
 * thread to all CPUs of the cpuset.
 */
static int thread_join(struct thread *thread)
{
	return thread_join_groups(thread) ?: thread_join_cpus(thread) ?:
	       thread_join_schedule(thread);
}

/*
 * May the thread serve another creator? Others than thread_join() may have
 * changed it: an administrator, or vmx_run() when it excludes a CPU.
 */
static bool thread_is_reusable(const struct thread *thread)
{
	const struct task_struct *task = thread->task;

#ifdef CONFIG_BLOCK
	/* ionice */
	if (task->io_context)
		return false;
#endif
	return thread_groups(task) == thread->groups &&
	       cpumask_equal(&task->cpus_mask, thread->cpus) &&
	       thread_is_scheduled(thread);
}

/* __set_task_comm() is not exported. A longer name is cut off. */
static void thread_set_name(struct task_struct *task, const char *name)
{
	task_lock(task);
	strscpy_pad(task->comm, name, sizeof(task->comm));
	task_unlock(task);
}

/* Ends a thread that the caller has removed from its list. */
static void thread_stop(struct thread *thread)
{
	kthread_stop(thread->task);
	put_task_struct(thread->task);
	free_cpumask_var(thread->cpus);
	kfree(thread);
}

static struct thread *threads_take(struct list_head *list)
{
	struct thread *thread;

	spin_lock(&threads_lock);
	thread = list_first_entry_or_null(list, struct thread, list);
	if (thread) {
		list_del(&thread->list);
		thread->stopping = true;
	}
	spin_unlock(&threads_lock);
	return thread;
}

static void threads_stop(struct list_head *list)
{
	struct thread *thread;

	while ((thread = threads_take(list)))
		thread_stop(thread);
}

/* A thread cannot wait for its own end. */
static void threads_reap(struct work_struct *work)
{
	threads_stop(&threads_retired);
}

static DECLARE_WORK(threads_reap_work, threads_reap);

static void thread_retire(struct thread *thread)
{
	lockdep_assert_held(&threads_lock);
	list_move(&thread->list, &threads_retired);
	schedule_work(&threads_reap_work);
}

static void thread_return(struct thread *thread)
{
	bool reusable = thread_is_reusable(thread);

	thread_set_name(thread->task, "teavmx/idle");
	thread->called = false;
	spin_lock(&threads_lock);
	if (thread->stopping) {
		/* thread_stop() waits for it. */
	} else if (reusable && threads_idle_count < THREADS_IDLE_MAX) {
		list_move(&thread->list, &threads_idle);
		threads_idle_count++;
	} else {
		thread_retire(thread);
	}
	spin_unlock(&threads_lock);
}

static int thread_run(void *data)
{
	struct thread *thread = data;

	set_freezable();
	for (;;) {
		/* Pairs with smp_store_release() in thread_create(). */
		vcpu_wait(smp_load_acquire(&thread->called) ||
			  kthread_should_stop());
		if (kthread_should_stop())
			return 0;
		thread->main(thread->data);
		thread_return(thread);
	}
}

/*
 * Newer kernels set the CPUs of a thread when it first runs, which would undo
 * thread_join_cpus(). So it runs first, and is parked until it has joined.
 */
static int thread_start(struct thread *thread)
{
	struct task_struct *task = kthread_create(thread_run, thread,
						  "teavmx/idle");

	if (IS_ERR(task))
		return PTR_ERR(task);
	thread->task = get_task_struct(task);
	thread->groups = thread_groups(task);
	INIT_LIST_HEAD(&thread->list);
	return kthread_park(task);
}

static struct thread *thread_new(void)
{
	struct thread *thread = kzalloc(sizeof(*thread), GFP_KERNEL);
	int err;

	if (!thread)
		return ERR_PTR(-ENOMEM);
	err = alloc_cpumask_var(&thread->cpus, GFP_KERNEL) ?
	      thread_start(thread) : -ENOMEM;
	if (!err)
		return thread;
	if (thread->task) {
		thread_stop(thread);
	} else {
		free_cpumask_var(thread->cpus);
		kfree(thread);
	}
	return ERR_PTR(err);
}

/*
 * An idle thread, or a new one, which is parked. It is in no list. A creator in
 * other control groups gets a new one: that could not be used again, and the
 * CPU time that the thread has used so far is not theirs.
 */
static struct thread *thread_get(void)
{
	struct thread *thread;

	spin_lock(&threads_lock);
	thread = list_first_entry_or_null(&threads_idle, struct thread, list);
	if (thread && thread->groups == thread_groups(current)) {
		list_del_init(&thread->list);
		threads_idle_count--;
	} else {
		thread = NULL;
	}
	spin_unlock(&threads_lock);
	return thread ?: thread_new();
}

static int thread_refuse(struct netlink_ext_ack *extack, int err)
{
	if (err == -ENOMEM)
		return refuse(extack, NULL, err,
			      "not enough memory for the vCPU's thread");
	return refuse(extack, NULL, err,
		      "the vCPU's thread cannot join the control groups and CPUs of the caller: check that its cpuset has online CPUs");
}

/**
 * thread_create() - get a thread for a vCPU
 * @main: function of the thread
 * @data: argument of @main
 * @vm: number of the VM, for the name of the thread
 * @vcpu: number of the vCPU, likewise
 * @extack: receives a message on failure
 *
 * The thread is in the control groups of the caller and has its nice value and
 * its CPUs before @main begins. @main begins when the caller wakes the thread,
 * or earlier. Once it has returned the thread may serve another vCPU, so a late
 * wake_up_process() may wake that: each wait has a condition.
 *
 * Context: may sleep, but does not wait until those groups give the thread CPU
 * time: they may be throttled, and the caller holds locks that other processes
 * wait for.
 *
 * Return: the thread with a reference, to be released by put_task_struct(), or
 * an error pointer: -ENOMEM, -EINTR when the caller is being killed, or the
 * errno of joining the groups.
 */
struct task_struct *thread_create(void (*main)(void *data), void *data,
				  u32 vm, u32 vcpu,
				  struct netlink_ext_ack *extack)
{
	struct thread *thread = thread_get();
	char name[TASK_COMM_LEN];
	int err;

	if (IS_ERR(thread))
		return ERR_PTR(thread_refuse(extack, PTR_ERR(thread)));
	err = thread_join(thread);
	if (err) {
		thread_stop(thread);
		return ERR_PTR(thread_refuse(extack, err));
	}
	snprintf(name, sizeof(name), "teavmx/%u.%u", vm, vcpu);
	thread_set_name(thread->task, name);
	thread->main = main;
	thread->data = data;
	spin_lock(&threads_lock);
	list_add(&thread->list, &threads_busy);
	spin_unlock(&threads_lock);
	get_task_struct(thread->task);
	/* Pairs with smp_load_acquire() in thread_run(). */
	smp_store_release(&thread->called, true);
	/* This has no effect on a thread that was idle. */
	kthread_unpark(thread->task);
	return thread->task;
}

/**
 * thread_exit() - end all threads
 *
 * Called when no VM is left. A thread that served one may still be on its way
 * to threads_idle.
 */
void thread_exit(void)
{
	threads_stop(&threads_busy);
	threads_stop(&threads_idle);
	flush_work(&threads_reap_work);
}
