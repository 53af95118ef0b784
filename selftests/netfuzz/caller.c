// SPDX-License-Identifier: GPL-2.0-only
/*
 * A caller. It uses its own sockets and sometimes those of the others, does not read
 * all answers, and closes sockets at any time.
 */
#include "caller.h"

#include <fcntl.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/genetlink.h>
#include <linux/netlink.h>

#include <uapi/teavmx.h>

#include "answer.h"
#include "count.h"
#include "file.h"
#include "guest.h"
#include "objects.h"

/* Of 10000 steps; what remains are requests */
#define CLOSES		80
#define READS		250
#define FILES		600
#define SWEEPS		3
#define GUESTS		60
#define READS_MAX	40
#define SHOW_REQUESTS	10000
#define VCPUS_MANY	16

/* Each descriptor plus 1 */
static atomic_int sockets[CALLERS_MAX][CALLER_SOCKETS];

/* It does not block who reads its descriptor as that of a file closed meanwhile. */
static int open_socket(struct chance *chance)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK,
			NETLINK_GENERIC);
	int buffer = 1 << (12 + chance_below(chance, 9));
	int on = 1;

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on));
	if (chance_percent(chance, 70))
		setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof(on));
	if (chance_percent(chance, 30))
		setsockopt(fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, &on,
			   sizeof(on));
	if (chance_percent(chance, 30))
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof(buffer));
	return fd;
}

static atomic_int *choose_socket(struct caller *caller)
{
	struct chance *chance = &caller->chance;
	unsigned int whose = chance_percent(chance, 10) ?
			     chance_below(chance, CALLERS_MAX) : caller->index;

	return &sockets[whose][chance_below(chance, CALLER_SOCKETS)];
}

/* A socket that exists; one that another caller has not opened is not opened. */
static int get_socket(struct caller *caller)
{
	atomic_int *place = choose_socket(caller);
	int none = 0;
	int fd = *place - 1;

	if (fd >= 0)
		return fd;
	place = &sockets[caller->index][0];
	fd = *place - 1;
	if (fd >= 0)
		return fd;
	fd = open_socket(&caller->chance);
	if (atomic_compare_exchange_strong(place, &none, fd + 1))
		return fd;
	close(fd);
	return *place - 1;
}

/*
 * The descriptor is not free meanwhile. Otherwise a request of another caller, which still
 * has it, could get to a socket whose options are not set yet.
 */
static void caller_close(struct caller *caller)
{
	atomic_int *place = choose_socket(caller);
	int fd = open_socket(&caller->chance);
	int before = 0;

	if (fd < 0 || atomic_compare_exchange_strong(place, &before, fd + 1))
		return;
	dup3(fd, before - 1, O_CLOEXEC);
	close(fd);
}

static void caller_read(struct caller *caller, int fd)
{
	unsigned int left = READS_MAX;

	while (left-- && answer_read(fd, caller->family))
		;
}

static void caller_send(struct caller *caller, int fd, const void *bytes,
			size_t size)
{
	const struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	const uint8_t *at = bytes;
	size_t i;

	for (i = 0; i < size; i++)
		caller->sent = (caller->sent ^ at[i]) * 0x100000001b3;
	sendto(fd, bytes, size, 0, (const struct sockaddr *)&kernel,
	       sizeof(kernel));
}

static void caller_delete(struct caller *caller, int fd, uint32_t vm)
{
	const struct {
		struct nlmsghdr header;
		struct genlmsghdr genl;
		struct nlattr attr;
		uint32_t vm;
	} delete = {
		{ sizeof(delete), caller->family, NLM_F_REQUEST, 0, 0 },
		{ TEAVMX_CMD_VM_DEL, TEAVMX_FAMILY_VERSION, 0 },
		{ NLA_HDRLEN + sizeof(vm), TEAVMX_A_VM_ID }, vm,
	};

	if (vm)
		caller_send(caller, fd, &delete, sizeof(delete));
}

/* Room for the VM that the request creates, and no VM with ever more processes */
static void caller_make_room(struct caller *caller, int fd)
{
	const struct request *request = &caller->request;
	const struct object_vm none = { .id = 0 };

	if ((request->command->number == TEAVMX_CMD_VM_NEW ||
	     request->command->number == TEAVMX_CMD_VM_CLONE) &&
	    !chance_percent(&caller->chance, 2))
		caller_delete(caller, fd, objects_put_vm(request->place, none));
	if (request->vm.vcpus > VCPUS_MANY) {
		objects_forget_vm(request->vm.id);
		caller_delete(caller, fd, request->vm.id);
	}
}

static void caller_request(struct caller *caller, uint64_t seed)
{
	struct request *request = &caller->request;
	struct nlmsghdr *header = (struct nlmsghdr *)request->bytes;
	int fd = get_socket(caller);

	request_make(request, caller->family, seed, caller->perfect);
	caller_make_room(caller, fd);
	header->nlmsg_seq = count_request(request);
	caller_send(caller, fd, request->bytes, request->size);
	if (!chance_percent(&caller->chance, 5))
		caller_read(caller, fd);
}

static void caller_wait(struct caller *caller)
{
	struct pollfd events = { get_socket(caller), POLLIN, 0 };

	poll(&events, 1, chance_below(&caller->chance, 3));
	caller_read(caller, events.fd);
}

/* Returns whether the step was a request. */
static bool caller_step(struct caller *caller)
{
	uint64_t seed = chance_next(&caller->chance);
	unsigned int what = chance_below(&caller->chance, 10000);

	if (what < SWEEPS) {
		guest_delete_lost(false);
		file_close_lost();
	} else if (what < SWEEPS + GUESTS) {
		guest_new(&caller->chance);
	} else if (what < SWEEPS + GUESTS + CLOSES) {
		caller_close(caller);
	} else if (what < SWEEPS + GUESTS + CLOSES + READS) {
		caller_wait(caller);
	} else if (what < SWEEPS + GUESTS + CLOSES + READS + FILES) {
		file_act(&caller->chance);
	} else {
		caller_request(caller, seed);
		return true;
	}
	return false;
}

/* A long run shows that it goes on. */
static void caller_show(const struct caller *caller, uint64_t done)
{
	if (!caller->index && !(done % SHOW_REQUESTS))
		printf("# %llu requests of %llu\n",
		       (unsigned long long)count_sent(),
		       (unsigned long long)caller->requests * caller->callers);
}

void *caller_run(void *data)
{
	struct caller *caller = data;
	uint64_t done = 0;

	while (done < caller->requests) {
		caller->chance = (struct chance){ caller->seed++ };
		if (caller_step(caller))
			caller_show(caller, ++done);
	}
	return NULL;
}

void caller_close_all(void)
{
	unsigned int i, j;

	for (i = 0; i < CALLERS_MAX; i++) {
		for (j = 0; j < CALLER_SOCKETS; j++) {
			int fd = atomic_exchange(&sockets[i][j], 0) - 1;

			if (fd >= 0)
				close(fd);
		}
	}
	for (i = 0; i < OBJECTS_FILES; i++)
		objects_put_file(i, -1);
	file_close_lost();
}
