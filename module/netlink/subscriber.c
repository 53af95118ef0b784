// SPDX-License-Identifier: GPL-2.0-only
#include "subscriber.h"
#include "../event/stream.h"

#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/skbuff.h>
#include <linux/slab.h>
#include <net/sock.h>

/*
 * The sockets that receive events. They are not in a netlink multicast group,
 * because the kernel checks the capabilities of a process that joins a group
 * only while the family is registered: an unprivileged process that joined
 * before the module was loaded would receive every event.
 *
 * A subscriber is identified by its socket and not by its netlink port, because
 * the kernel frees the port before it notifies of the closed socket, and
 * another process may have bound the port by then.
 */

/**
 * struct subscriber - a socket that receives events
 * @list: node in the list of subscribers
 * @socket: the socket, of which a reference is held
 * @stream: the events
 */
struct subscriber {
	struct list_head list;
	struct sock *socket;
	struct event_stream stream;
};

static LIST_HEAD(subscribers);
/*
 * Guards subscribers. The lock of streams is taken under it; to send an event
 * needs neither.
 */
static DEFINE_MUTEX(subscribers_lock);

static struct subscriber *subscriber_of(const struct event_stream *stream)
{
	return container_of(stream, struct subscriber, stream);
}

static struct subscriber *subscriber_find(const struct sock *socket)
{
	struct subscriber *subscriber;

	lockdep_assert_held(&subscribers_lock);
	list_for_each_entry(subscriber, &subscribers, list)
		if (subscriber->socket == socket)
			return subscriber;
	return NULL;
}

static struct subscriber *subscriber_new(struct sock *socket)
{
	struct subscriber *subscriber;

	subscriber = kzalloc(sizeof(*subscriber), GFP_KERNEL_ACCOUNT);
	if (!subscriber)
		return NULL;
	sock_hold(socket);
	subscriber->socket = socket;
	event_stream_init(&subscriber->stream);
	list_add_tail(&subscriber->list, &subscribers);
	return subscriber;
}

static void subscriber_free(struct subscriber *subscriber)
{
	lockdep_assert_held(&subscribers_lock);
	list_del(&subscriber->list);
	event_stream_close(&subscriber->stream);
	sock_put(subscriber->socket);
	kfree(subscriber);
}

/**
 * subscriber_watch() - choose the events that a socket receives
 * @socket: the socket; the sender has passed the capability check
 * @choice: the events
 *
 * Context: the socket is open, as a request of it is being handled.
 *
 * Return: as event_stream_watch().
 */
int subscriber_watch(struct sock *socket, const struct event_choice *choice)
{
	struct subscriber *old, *subscriber;
	int err = -ENOMEM;

	mutex_lock(&subscribers_lock);
	old = subscriber_find(socket);
	subscriber = old ?: subscriber_new(socket);
	if (subscriber)
		err = event_stream_watch(&subscriber->stream, choice);
	if (err && subscriber && !old)
		subscriber_free(subscriber);
	mutex_unlock(&subscribers_lock);
	return err;
}

/**
 * subscriber_remove_dead() - remove the subscribers whose sockets are closed
 *
 * Context: the notifier of closed netlink sockets; the kernel marks a socket
 * dead before it calls this.
 */
void subscriber_remove_dead(void)
{
	struct subscriber *subscriber, *next;

	mutex_lock(&subscribers_lock);
	list_for_each_entry_safe(subscriber, next, &subscribers, list)
		if (sock_flag(subscriber->socket, SOCK_DEAD))
			subscriber_free(subscriber);
	mutex_unlock(&subscribers_lock);
}

static void subscriber_report(struct subscriber *subscriber, int error)
{
	subscriber->socket->sk_err = error;
	sk_error_report(subscriber->socket);
}

/**
 * subscriber_remove_all() - remove all subscribers when the module is unloaded
 *
 * Each gets ENODEV. Otherwise it would wait forever, because it does not become
 * a subscriber again when the module is reloaded.
 */
void subscriber_remove_all(void)
{
	struct subscriber *subscriber, *next;

	mutex_lock(&subscribers_lock);
	list_for_each_entry_safe(subscriber, next, &subscribers, list) {
		subscriber_report(subscriber, ENODEV);
		subscriber_free(subscriber);
	}
	mutex_unlock(&subscribers_lock);
}

/**
 * subscriber_has_room() - can a stream send a message now?
 * @stream: the stream of a subscriber
 *
 * Half of the receive buffer is left to the replies to requests of the socket.
 *
 * Return: true if it can.
 */
bool subscriber_has_room(const struct event_stream *stream)
{
	const struct sock *socket = subscriber_of(stream)->socket;

	return atomic_read(&socket->sk_rmem_alloc) <=
	       READ_ONCE(socket->sk_rcvbuf) / 2;
}

/**
 * subscriber_buffer() - size of the receive buffer of a stream's socket
 * @stream: the stream of a subscriber
 *
 * Return: the size in bytes.
 */
unsigned int subscriber_buffer(const struct event_stream *stream)
{
	return READ_ONCE(subscriber_of(stream)->socket->sk_rcvbuf);
}

/*
 * A message is charged to the receive buffer of a socket with all the space
 * that it has allocated, so unused space is freed, as netlink_trim() does.
 */
static void subscriber_trim(struct sk_buff *skb)
{
	int spare = skb_tailroom(skb);

	if (spare * 2 >= skb->truesize)
		pskb_expand_head(skb, 0, -spare, GFP_KERNEL);
}

/**
 * subscriber_send() - send an event message
 * @stream: the stream of the subscriber
 * @skb: the message, complete; consumed
 *
 * Context: may sleep; log->lock of a VM may be held.
 *
 * Return: false if the socket has not taken the message.
 */
bool subscriber_send(struct event_stream *stream, struct sk_buff *skb)
{
	int err;

	subscriber_trim(skb);
	err = sock_queue_rcv_skb(subscriber_of(stream)->socket, skb);
	if (!err)
		return true;
	kfree_skb(skb);
	/* A filter of the socket has dropped the message. */
	return err == -EPERM;
}
