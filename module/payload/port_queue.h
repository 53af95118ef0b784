/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TEAVMX_PORT_QUEUE_H
#define _TEAVMX_PORT_QUEUE_H

#include <linux/list.h>
#include <linux/types.h>

#include <uapi/tea.h>

struct task_struct;

/**
 * struct port_waiter - a vCPU's thread that waits for a port to change
 * @node: node in a list of the queue; unhashed once the port has changed
 * @task: the thread
 * @port: the port
 */
struct port_waiter {
	struct hlist_node node;
	struct task_struct *task;
	u16 port;
};

#define PORT_QUEUE_LISTS 64

/**
 * struct port_queue - the threads of a VM that wait for a port to change
 * @lists: the waiters of each port, at the port's number % PORT_QUEUE_LISTS
 *
 * All zeros is an empty queue. vm->ports_lock guards the lists.
 */
struct port_queue {
	struct hlist_head lists[PORT_QUEUE_LISTS];
};

void port_queue_add(struct port_queue *queue, u16 port,
		    struct port_waiter *waiter);
void port_queue_wake(struct port_queue *queue, u16 port);

/**
 * port_waiter_remove() - end the wait of the current thread
 * @waiter: its waiter, woken or not
 *
 * Context: vm->ports_lock is held.
 */
static inline void port_waiter_remove(struct port_waiter *waiter)
{
	hlist_del_init(&waiter->node);
}

/**
 * port_waiter_woken() - has the port changed since port_queue_add()?
 * @waiter: the current thread's waiter
 *
 * Context: no lock is needed, as the next access is made under vm->ports_lock.
 *
 * Return: true when the access has to be tried again.
 */
static inline bool port_waiter_woken(const struct port_waiter *waiter)
{
	return hlist_unhashed_lockless(&waiter->node);
}

#endif
