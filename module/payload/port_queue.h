/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TEAVMX_PORT_QUEUE_H
#define _TEAVMX_PORT_QUEUE_H

#include <linux/list.h>
#include <linux/types.h>

#include <uapi/tea.h>

struct task_struct;

/**
 * struct port_waiter - a vCPU's thread that waits for a port to change
 * @node: in the list of its port; unhashed once the port has changed
 * @task: the thread
 */
struct port_waiter {
	struct hlist_node node;
	struct task_struct *task;
};

/**
 * struct port_queue - the threads of a VM that wait for a port to change
 * @semaphores: one list for each semaphore
 * @serial: those that wait for serial input
 *
 * All zeros is an empty queue. The lock of the VM's ports guards the lists.
 */
struct port_queue {
	struct hlist_head semaphores[TEA_SEMAPHORES];
	struct hlist_head serial;
};

void port_queue_add(struct port_queue *queue, u16 port,
		    struct port_waiter *waiter);
void port_queue_wake(struct port_queue *queue, u16 port);

/**
 * port_waiter_remove() - the current thread does not wait any more
 * @waiter: its waiter, woken or not
 *
 * Context: the lock of the VM's ports is held.
 */
static inline void port_waiter_remove(struct port_waiter *waiter)
{
	hlist_del_init(&waiter->node);
}

/**
 * port_waiter_woken() - has the port changed since port_queue_add()?
 * @waiter: the current thread's waiter
 *
 * Context: needs no lock; the access that follows takes it.
 *
 * Return: true when the access is to be tried again.
 */
static inline bool port_waiter_woken(const struct port_waiter *waiter)
{
	return hlist_unhashed_lockless(&waiter->node);
}

#endif
