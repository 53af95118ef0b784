// SPDX-License-Identifier: GPL-2.0-only
#include "port_queue.h"

#include <linux/sched.h>

/*
 * Each port that a process can wait for has a list of its waiters, so that a
 * change of a port wakes only threads that wait for this port.
 */

/*
 * The list of a port. tea_port_access() returned TEA_PORT_WAIT or TEA_PORT_WAKE
 * for it, so it is serial input or a semaphore.
 */
static struct hlist_head *port_queue_list(struct port_queue *queue, u16 port)
{
	if (port == TEA_PORT_SERIAL)
		return &queue->serial;
	/*
	 * A guest chooses the port. The cast to 8 bits keeps the index within
	 * the array in speculation too.
	 */
	static_assert((u8)~0 == TEA_SEMAPHORES - 1);
	return &queue->semaphores[(u8)(port - TEA_PORT_SEMAPHORE)];
}

/**
 * port_queue_add() - let the current thread wait for a port to change
 * @queue: the queue of its VM
 * @port: TEA_PORT_SERIAL or a semaphore
 * @waiter: its waiter, in no list
 *
 * The thread calls port_waiter_remove() when it does not wait any more.
 *
 * Context: vm->ports_lock is held since the access that found no value, so that
 * no change between the two is lost.
 */
void port_queue_add(struct port_queue *queue, u16 port,
		    struct port_waiter *waiter)
{
	waiter->task = current;
	hlist_add_head(&waiter->node, port_queue_list(queue, port));
}

/**
 * port_queue_wake() - wake all threads that wait for a port
 * @queue: the queue of the VM
 * @port: TEA_PORT_SERIAL or a semaphore, which has changed
 *
 * All of them try their access again; the first one gets the value, and the
 * others wait again.
 *
 * Context: vm->ports_lock is held, so port_waiter_remove() cannot run and each
 * waiter remains valid.
 */
void port_queue_wake(struct port_queue *queue, u16 port)
{
	struct hlist_head *list = port_queue_list(queue, port);
	struct port_waiter *waiter;
	struct hlist_node *next;

	hlist_for_each_entry_safe(waiter, next, list, node) {
		/*
		 * The node is removed before the barrier in wake_up_process(),
		 * which pairs with set_current_state() in vcpu_wait().
		 */
		hlist_del_init(&waiter->node);
		wake_up_process(waiter->task);
	}
}
