// SPDX-License-Identifier: GPL-2.0-only
#include "port_queue.h"

#include <linux/build_bug.h>
#include <linux/sched.h>

/*
 * A change of a port wakes only threads that wait for this port. They are in one
 * of a few lists, as one for each port would need more memory than the rest of a
 * VM.
 */

/*
 * A guest chooses the port. The remainder is within the array in speculation
 * too.
 */
static struct hlist_head *port_queue_list(struct port_queue *queue, u16 port)
{
	BUILD_BUG_ON_NOT_POWER_OF_2(PORT_QUEUE_LISTS);
	return &queue->lists[port % PORT_QUEUE_LISTS];
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
	waiter->port = port;
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
		if (waiter->port != port)
			continue;
		/*
		 * The node is removed before the barrier in wake_up_process(),
		 * which pairs with set_current_state() in vcpu_wait().
		 */
		hlist_del_init(&waiter->node);
		wake_up_process(waiter->task);
	}
}
