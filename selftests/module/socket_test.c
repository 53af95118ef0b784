// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sockets and the requests that they send. One message of a socket can have several
 * requests. A VM belongs to its socket, not to the socket's netlink port: the kernel frees
 * the port before it notifies the module of a closed socket, and another socket
 * that has bound the port by then keeps its VMs.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
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

/* What a message with several requests is answered with */
struct answers {
	uint32_t seqs[8];
	int errors[8];
	uint16_t types[8];
	unsigned int count;
};

static void take_answer(struct nlmsghdr *message, void *data)
{
	const struct nlmsgerr *error = nlmsg_data(message);
	struct answers *answers = data;
	unsigned int i = answers->count++;

	if (i >= sizeof(answers->seqs) / sizeof(answers->seqs[0]))
		return;
	answers->seqs[i] = message->nlmsg_seq;
	answers->types[i] = message->nlmsg_type;
	answers->errors[i] = message->nlmsg_type == NLMSG_ERROR ?
			     -error->error : 0;
}

/* Appends a request, whose attribute is a number, to @requests. */
static void add_request(struct teavmx *teavmx, char *requests, size_t *size,
			uint8_t command, uint32_t seq, int type, uint32_t value)
{
	struct nl_msg *message = teavmx_request(teavmx, command, NLM_F_ACK, 64);
	struct nlmsghdr *header = nlmsg_hdr(message);

	if (type)
		nla_put_u32(message, type, value);
	header->nlmsg_flags |= NLM_F_REQUEST;
	header->nlmsg_seq = seq;
	memcpy(requests + *size, header, header->nlmsg_len);
	*size += NLMSG_ALIGN(header->nlmsg_len);
	nlmsg_free(message);
}

/*
 * Each request is answered in its turn, and those behind one that failed are
 * executed too.
 */
TEST(several_requests_in_one_message)
{
	struct teavmx *teavmx = machine_open();
	const struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	int fd = nl_socket_get_fd(teavmx->socket);
	struct answers answers = { .count = 0 };
	char requests[512] = "";
	struct teavmx_info info;
	size_t size = 0;

	ASSERT_TRUE(machine_vms(teavmx, 0));
	add_request(teavmx, requests, &size, TEAVMX_CMD_INFO_GET, 1001, 0, 0);
	add_request(teavmx, requests, &size, TEAVMX_CMD_VM_GET, 1002,
		    TEAVMX_A_VM_ID, 4000000000u);
	add_request(teavmx, requests, &size, TEAVMX_CMD_VM_NEW, 1003, 0, 0);
	add_request(teavmx, requests, &size, TEAVMX_CMD_VM_NEW, 1004,
		    TEAVMX_A_VM_FLAGS, 1u << 31);
	add_request(teavmx, requests, &size, TEAVMX_CMD_VM_NEW, 1005, 0, 0);
	ASSERT_EQ(size, sendto(fd, requests, size, 0,
			       (const struct sockaddr *)&kernel,
			       sizeof(kernel)));
	nl_socket_set_nonblocking(teavmx->socket);
	while (!teavmx_receive(teavmx, teavmx->socket, take_answer, &answers))
		;
	EXPECT_EQ(EAGAIN, errno);
	/* A reply and an acknowledgment of what succeeded, an error otherwise */
	ASSERT_EQ(8, answers.count);
	EXPECT_EQ(1001, answers.seqs[0]);
	EXPECT_LE(NLMSG_MIN_TYPE, answers.types[0]);
	EXPECT_EQ(1001, answers.seqs[1]);
	EXPECT_EQ(NLMSG_ERROR, answers.types[1]);
	EXPECT_EQ(0, answers.errors[1]);
	EXPECT_EQ(1002, answers.seqs[2]);
	EXPECT_EQ(ENOENT, answers.errors[2]);
	EXPECT_EQ(1003, answers.seqs[3]);
	EXPECT_LE(NLMSG_MIN_TYPE, answers.types[3]);
	EXPECT_EQ(1003, answers.seqs[4]);
	EXPECT_EQ(1004, answers.seqs[5]);
	EXPECT_EQ(EINVAL, answers.errors[5]);
	EXPECT_EQ(1005, answers.seqs[6]);
	EXPECT_EQ(1005, answers.seqs[7]);
	ASSERT_EQ(0, fcntl(fd, F_SETFL, 0));
	ASSERT_EQ(0, teavmx_get_info(teavmx, NULL, &info));
	EXPECT_EQ(2, info.vms);
	teavmx_close(teavmx);
}

TEST_HARNESS_MAIN
