// SPDX-License-Identifier: GPL-2.0-only
#include "listener.h"

#include <linux/list.h>
#include <linux/rwsem.h>
#include <linux/skbuff.h>
#include <linux/slab.h>
#include <net/sock.h>

/*
 * The sockets that receive events. They are not in a netlink multicast group,
 * because the kernel checks the capabilities of a process that joins a group
 * only while the family is registered: an unprivileged process that joined
 * before the module was loaded would receive every event.
 *
 * A listener is identified by its socket and not by its netlink port, because
 * the kernel frees the port before it notifies of the closed socket, and
 * another process may have bound the port by then.
 */

/**
 * struct listener - a socket that receives events
 * @list: node in the list of listeners
 * @socket: the socket, of which a reference is held
 * @vm: number of the VM whose events it receives, 0 for all VMs
 */
struct listener {
	struct list_head list;
	struct sock *socket;
	u32 vm;
};

static LIST_HEAD(listeners);
/*
 * Guards listeners. It may be taken under the log->lock of a VM; no lock of
 * this module is taken while it is held.
 */
static DECLARE_RWSEM(listeners_lock);

static struct listener *listener_find(const struct sock *socket)
{
	struct listener *listener;

	lockdep_assert_held_write(&listeners_lock);
	list_for_each_entry(listener, &listeners, list)
		if (listener->socket == socket)
			return listener;
	return NULL;
}

/**
 * listener_add() - make a socket a listener, or change the VM of a listener
 * @socket: the socket; the sender has passed the capability check
 * @vm: number of the VM whose events it receives, 0 for all VMs
 *
 * Context: the socket is open, as a request of it is being handled.
 *
 * Return: 0 or -ENOMEM.
 */
int listener_add(struct sock *socket, u32 vm)
{
	struct listener *listener;
	int err = 0;

	down_write(&listeners_lock);
	listener = listener_find(socket);
	if (!listener) {
		listener = kzalloc(sizeof(*listener), GFP_KERNEL_ACCOUNT);
		if (!listener) {
			err = -ENOMEM;
			goto unlock;
		}
		sock_hold(socket);
		listener->socket = socket;
		list_add_tail(&listener->list, &listeners);
	}
	listener->vm = vm;
unlock:
	up_write(&listeners_lock);
	return err;
}

static void listener_free(struct listener *listener)
{
	lockdep_assert_held_write(&listeners_lock);
	list_del(&listener->list);
	sock_put(listener->socket);
	kfree(listener);
}

/**
 * listener_remove_dead() - remove the listeners whose sockets are closed
 *
 * Context: the notifier of closed netlink sockets; the kernel marks a socket
 * dead before it calls this.
 */
void listener_remove_dead(void)
{
	struct listener *listener, *next;

	down_write(&listeners_lock);
	list_for_each_entry_safe(listener, next, &listeners, list)
		if (sock_flag(listener->socket, SOCK_DEAD))
			listener_free(listener);
	up_write(&listeners_lock);
}

static void listener_report(struct listener *listener, int error)
{
	listener->socket->sk_err = error;
	sk_error_report(listener->socket);
}

/**
 * listener_remove_all() - remove all listeners when the module is unloaded
 *
 * Each listener gets ENODEV. Otherwise it would wait forever, because it does
 * not become a listener again when the module is reloaded.
 */
void listener_remove_all(void)
{
	struct listener *listener, *next;

	down_write(&listeners_lock);
	list_for_each_entry_safe(listener, next, &listeners, list) {
		listener_report(listener, ENODEV);
		listener_free(listener);
	}
	up_write(&listeners_lock);
}

static bool listener_watches(const struct listener *listener, u32 vm)
{
	return !listener->vm || listener->vm == vm;
}

/**
 * listener_wants() - has a VM listeners?
 * @vm: number of the VM
 *
 * Return: true if a message of the VM would be delivered to a listener.
 */
bool listener_wants(u32 vm)
{
	struct listener *listener;
	bool wanted = false;

	/*
	 * The list is tested without the lock. A listener that is being added
	 * may miss this message, but reads earlier events from the log.
	 */
	if (list_empty(&listeners))
		return false;
	down_read(&listeners_lock);
	list_for_each_entry(listener, &listeners, list)
		wanted |= listener_watches(listener, vm);
	up_read(&listeners_lock);
	return wanted;
}

/*
 * A message is charged to the receive buffer of a socket with all the space
 * that it has allocated, so unused space is freed, as netlink_trim() does.
 */
static void listener_trim(struct sk_buff *skb)
{
	int spare = skb_tailroom(skb);

	if (spare * 2 >= skb->truesize)
		pskb_expand_head(skb, 0, -spare, GFP_KERNEL);
}

static void listener_deliver(struct listener *listener, struct sk_buff *skb)
{
	struct sk_buff *copy = skb_clone(skb, GFP_KERNEL);
	int err;

	err = copy ? sock_queue_rcv_skb(listener->socket, copy) : -ENOMEM;
	if (!err)
		return;
	kfree_skb(copy);
	/* EPERM means that a filter of the socket has dropped the message. */
	if (err != -EPERM)
		listener_report(listener, ENOBUFS);
}

/**
 * listener_send() - send an event message to the listeners of a VM
 * @skb: the message, complete; consumed
 * @vm: number of the VM
 *
 * A listener whose receive buffer is full loses the message and gets ENOBUFS.
 *
 * Context: may sleep; log->lock of the VM may be held.
 */
void listener_send(struct sk_buff *skb, u32 vm)
{
	struct listener *listener;

	listener_trim(skb);
	down_read(&listeners_lock);
	list_for_each_entry(listener, &listeners, list)
		if (listener_watches(listener, vm))
			listener_deliver(listener, skb);
	up_read(&listeners_lock);
	consume_skb(skb);
}

/**
 * listener_miss() - report to a VM's listeners that a message was lost
 * @vm: number of the VM
 *
 * There was no memory for the message. The listeners get ENOBUFS, as if their
 * receive buffers were full, and read the events from the log.
 */
void listener_miss(u32 vm)
{
	struct listener *listener;

	down_read(&listeners_lock);
	list_for_each_entry(listener, &listeners, list)
		if (listener_watches(listener, vm))
			listener_report(listener, ENOBUFS);
	up_read(&listeners_lock);
}
