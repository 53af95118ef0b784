// SPDX-License-Identifier: GPL-2.0-only
#include "listener.h"

#include <linux/list.h>
#include <linux/rwsem.h>
#include <linux/skbuff.h>
#include <linux/slab.h>
#include <net/sock.h>

/*
 * The sockets that asked for events. A netlink multicast group would not do:
 * the kernel checks who joins a group only while its family is registered, so
 * a process without any privilege that joined before the module was loaded
 * would get every event.
 *
 * A listener is the socket itself, not its netlink port: the kernel frees the
 * port before it notifies of the closed socket, and another process may have
 * bound it by then.
 */

/**
 * struct listener - a socket that gets events
 * @list: in listeners
 * @socket: the socket; a reference is held
 * @vm: the VM that it wants the events of, 0 for all
 */
struct listener {
	struct list_head list;
	struct sock *socket;
	u32 vm;
};

static LIST_HEAD(listeners);
/* Guards the list. Taken under log->lock, and nothing is taken under it. */
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
 * listener_add() - send events to a socket, or change which
 * @socket: the socket; its owner has passed the capability check
 * @vm: the VM that it wants the events of, 0 for all
 *
 * Context: the socket is open, as a request of it is being handled.
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
 * listener_remove_dead() - forget the sockets that are closed
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
 * listener_remove_all() - the module is being unloaded: no more events
 *
 * Each reader gets ENODEV, as it would wait forever otherwise, even when the
 * module is loaded again.
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
 * Return: whether a message of it would have a reader.
 */
bool listener_wants(u32 vm)
{
	struct listener *listener;
	bool wanted = false;

	/* A listener that is being added reads the log for what came before. */
	if (list_empty(&listeners))
		return false;
	down_read(&listeners_lock);
	list_for_each_entry(listener, &listeners, list)
		wanted |= listener_watches(listener, vm);
	up_read(&listeners_lock);
	return wanted;
}

/* As netlink does: a message is charged for the room that it has. */
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
	/* A filter of the socket's own may refuse it, too. */
	if (err != -EPERM)
		listener_report(listener, ENOBUFS);
}

/**
 * listener_send() - send an event message to the listeners of a VM
 * @skb: the message, complete; consumed
 * @vm: number of the VM
 *
 * A listener whose buffer is full misses it and gets ENOBUFS.
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
 * listener_miss() - there was no memory for a message to a VM's listeners
 * @vm: number of the VM
 *
 * They get ENOBUFS, as if their buffers were full, and read the log again.
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
