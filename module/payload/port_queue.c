// SPDX-License-Identifier: GPL-2.0-only
#include "port_queue.h"

#include <linux/sched.h>

/*
 * A thread waits in the list of the one port that can let it go on, so that a
 * change of a port wakes no thread that waits for another one or for something
 * else.
 */

/* The access found @port to be one that processes wait for. */
static struct hlist_head *port_queue_list(struct port_queue *queue, u16 port)
{
	if (port == TEA_PORT_SERIAL)
		return &queue->serial;
	/* The index is a guest's; its eight bits bound it for speculation too. */
	static_assert((u8)~0 == TEA_SEMAPHORES - 1);
	return &queue->semaphores[(u8)(port - TEA_PORT_SEMAPHORE)];
}

/**
 * port_queue_add() - let the current thread wait for a port to change
 * @queue: the queue of its VM
 * @port: TEA_PORT_SERIAL or a semaphore
 * @waiter: its waiter, in no list
 *
 * Context: the lock of the VM's ports is held since the access that has found
 * no value, so that no change between the two is lost. The thread calls
 * port_waiter_remove() when it does not wait any more.
 */
void port_queue_add(struct port_queue *queue, u16 port,
		    struct port_waiter *waiter)
{
	waiter->task = current;
	hlist_add_head(&waiter->node, port_queue_list(queue, port));
}

/**
 * port_queue_wake() - a port has changed: wake those that wait for it
 * @queue: the queue of the VM
 * @port: TEA_PORT_SERIAL or a semaphore
 *
 * All of them try their access again; the first one takes the value, and the
 * others wait again.
 *
 * Context: the lock of the VM's ports is held, so no waiter can go away.
 */
void port_queue_wake(struct port_queue *queue, u16 port)
{
	struct hlist_head *list = port_queue_list(queue, port);
	struct port_waiter *waiter;
	struct hlist_node *next;

	hlist_for_each_entry_safe(waiter, next, list, node) {
		/* Pairs with set_current_state() in vcpu_wait(). */
		hlist_del_init(&waiter->node);
		wake_up_process(waiter->task);
	}
}
