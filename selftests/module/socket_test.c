// SPDX-License-Identifier: GPL-2.0-only
/*
 * A VM belongs to its socket, not to the socket's netlink port: the kernel frees
 * the port before it notifies the module of a closed socket, and another socket
 * that has bound the port by then keeps its VMs.
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/netlink.h>

#include "kselftest_harness.h"
#include "machine.h"

#define PORT		0x7ea00000
/* A round takes milliseconds in an emulated machine. */
#define ROUNDS		500
#define ROUNDS_MS	20000
/* Ports that were bound before close() had returned */
#define ENOUGH		20

struct closer {
	sem_t begin;
	sem_t bound;
	atomic_bool closed;
	atomic_bool stop;
};

static int open_socket(void)
{
	return socket(AF_NETLINK, SOCK_RAW, NETLINK_GENERIC);
}

static int bind_port(int fd)
{
	const struct sockaddr_nl address = {
		.nl_family = AF_NETLINK,
		.nl_pid = PORT,
	};

	return bind(fd, (const struct sockaddr *)&address, sizeof(address));
}

/*
 * It gives way to the other thread whenever that wakes up, and so also within
 * close(), where the port is free and the module does not know yet.
 */
static void *close_sockets(void *data)
{
	const struct sched_param param = { 0 };
	struct closer *closer = data;

	pthread_setschedparam(pthread_self(), SCHED_IDLE, &param);
	while (!sem_wait(&closer->begin) && !closer->stop) {
		int fd = open_socket();

		while (bind_port(fd))
			usleep(10);
		sem_post(&closer->bound);
		close(fd);
		closer->closed = true;
	}
	return NULL;
}

/* A handle whose socket has PORT */
static void take_port(struct teavmx *teavmx)
{
	const struct timespec pause = { .tv_nsec = 1000 };
	struct nl_sock *socket = nl_socket_alloc();
	int fd = open_socket();

	while (bind_port(fd))
		nanosleep(&pause, NULL);
	nl_socket_set_fd(socket, NETLINK_GENERIC, fd);
	nl_socket_free(teavmx->socket);
	teavmx->socket = socket;
}

/* Whether the port was taken before the other close() had returned */
static bool try_once(struct __test_metadata *_metadata, struct closer *closer,
		     struct teavmx *teavmx)
{
	struct teavmx *owner = machine_open();
	struct teavmx_vm vm = { .id = 0 };
	struct teavmx_vm now;
	bool early;

	closer->closed = false;
	sem_post(&closer->begin);
	sem_wait(&closer->bound);
	take_port(owner);
	EXPECT_EQ(0, teavmx_vm_new(owner, 0, &vm));
	early = !closer->closed;
	while (!closer->closed)
		usleep(10);
	EXPECT_EQ(0, teavmx_vm_get(teavmx, vm.id, &now)) {
		printf("# VM %u is gone, its socket is open\n", vm.id);
	}
	teavmx_close(owner);
	return early;
}

FIXTURE(port)
{
	struct teavmx *teavmx;
};

FIXTURE_SETUP(port)
{
	self->teavmx = machine_open();
	if (sysconf(_SC_NPROCESSORS_ONLN) < 2)
		SKIP(return, "one CPU, on which nothing binds the port within close()");
}

FIXTURE_TEARDOWN(port)
{
	teavmx_close(self->teavmx);
}

TEST_F_TIMEOUT(port, a_vm_outlives_another_socket_that_had_it, 120)
{
	struct closer closer = { .stop = false };
	long long end = machine_ms() + ROUNDS_MS;
	unsigned int early = 0;
	pthread_t thread;
	int i;

	sem_init(&closer.begin, 0, 0);
	sem_init(&closer.bound, 0, 0);
	ASSERT_EQ(0, pthread_create(&thread, NULL, close_sockets, &closer));
	for (i = 0; i < ROUNDS && early < ENOUGH && machine_ms() < end &&
	     __test_passed(_metadata); i++)
		early += try_once(_metadata, &closer, self->teavmx);
	closer.stop = true;
	sem_post(&closer.begin);
	pthread_join(thread, NULL);
	printf("# %u of %d ports taken before close() returned\n", early, i);
	/* The CPUs of an emulator that share one thread hardly ever meet there. */
	if (!early && __test_passed(_metadata))
		SKIP(return, "no port was bound before close() had returned");
}

TEST_HARNESS_MAIN
