// SPDX-License-Identifier: GPL-2.0-only
/*
 * A library for LD_PRELOAD. Each request to the module, each ioctl() and each mmap() of
 * its files is made again and again: the first allocation in the module fails, then the
 * second one, and so on, until none is left to fail. So a program that passes shows that
 * a request that failed has changed nothing.
 *
 * /proc/thread-self/fail-nth counts what fails, and the filters of the script "inside"
 * limit it to the module. TEAVMX_INJECT is the file that gets a line for each failure.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <linux/genetlink.h>

#include <uapi/vcpu_page.h>

/* No request has that many allocations. */
#define NTH_MAX		1000
/* What a test does again and again fails so often. */
#define FAILURES_MAX	200
#define COMMANDS	256
#define FILES		1024

/* Which allocation of a command, an ioctl() or an mmap() fails next */
static __thread unsigned int next_nth[COMMANDS + 2];
static __thread unsigned int failures[COMMANDS + 2];
#define OF_IOCTL	COMMANDS
#define OF_MMAP		(COMMANDS + 1)

static bool nth_write(unsigned int nth)
{
	int fd = open("/proc/thread-self/fail-nth", O_WRONLY | O_CLOEXEC);
	char text[16];
	int length = snprintf(text, sizeof(text), "%u", nth);
	bool done = fd >= 0 && write(fd, text, length) == length;

	if (fd >= 0)
		close(fd);
	return done;
}

static bool nth_has_failed(void)
{
	int fd = open("/proc/thread-self/fail-nth", O_RDONLY | O_CLOEXEC);
	char text[16] = "";
	bool failed = fd >= 0 && read(fd, text, sizeof(text) - 1) > 0 &&
		      !atoi(text);

	if (fd >= 0)
		close(fd);
	nth_write(0);
	return failed;
}

/* Returns false where nothing is to fail, as the program has left the machine's /proc. */
static bool nth_begin(unsigned int of)
{
	int old = errno;
	bool begun;

	if (!getenv("TEAVMX_INJECT") || failures[of] >= FAILURES_MAX)
		return false;
	if (!next_nth[of])
		next_nth[of] = 1;
	begun = nth_write(next_nth[of]);
	errno = old;
	return begun;
}

/* Returns true if the allocation has failed. */
static bool nth_end(unsigned int of)
{
	int old = errno;
	bool failed = nth_has_failed();

	errno = old;
	failures[of] += failed;
	if (failed && next_nth[of] < NTH_MAX)
		next_nth[of]++;
	else
		next_nth[of] = 0;
	return failed;
}

static void note(const char *what, unsigned int number, int error,
		 const char *message)
{
	int fd = open(getenv("TEAVMX_INJECT"),
		      O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);

	if (fd < 0)
		return;
	dprintf(fd, "%s %u: %s: %s\n", what, number,
		error ? strerrorname_np(error) : "done", message);
	close(fd);
}

/* The text of an extended acknowledgment, or NULL */
static const char *message_of(const struct nlmsghdr *reply, size_t size)
{
	const struct nlmsgerr *error = NLMSG_DATA(reply);
	size_t offset = NLMSG_HDRLEN + sizeof(*error);

	if (!(reply->nlmsg_flags & NLM_F_CAPPED))
		offset += error->msg.nlmsg_len - NLMSG_HDRLEN;
	offset = NLMSG_ALIGN(offset);
	while (reply->nlmsg_flags & NLM_F_ACK_TLVS &&
	       offset + NLA_HDRLEN <= size) {
		const struct nlattr *attr = (const void *)reply + offset;

		if (attr->nla_len < NLA_HDRLEN)
			break;
		if ((attr->nla_type & NLA_TYPE_MASK) == NLMSGERR_ATTR_MSG)
			return (const char *)attr + NLA_HDRLEN;
		offset += NLA_ALIGN(attr->nla_len);
	}
	return NULL;
}

/*
 * Is the next message of a socket the refusal of a request for want of memory? If it is,
 * it is received, as the program must not see it. Another refusal is the answer to a
 * request that could do without what failed.
 */
static bool request_refused(int fd, const struct nlmsghdr *request,
			    unsigned int command)
{
	static __thread char buffer[256 * 1024];
	struct nlmsghdr *reply = (void *)buffer;
	struct nlmsgerr *error = NLMSG_DATA(reply);
	ssize_t size = syscall(SYS_recvfrom, fd, buffer, sizeof(buffer),
			       MSG_PEEK | MSG_DONTWAIT, NULL, NULL);
	const char *message;

	if (size < (ssize_t)(NLMSG_HDRLEN + sizeof(*error)) ||
	    reply->nlmsg_type != NLMSG_ERROR || !error->error ||
	    reply->nlmsg_seq != request->nlmsg_seq) {
		note("command", command, 0, "");
		return false;
	}
	message = message_of(reply, size);
	note("command", command, -error->error, message ? message : "NO MESSAGE");
	if (error->error != -ENOMEM)
		return false;
	syscall(SYS_recvfrom, fd, buffer, sizeof(buffer), MSG_DONTWAIT, NULL,
		NULL);
	return true;
}

/* The only request of a message to a family that is not the controller, or NULL */
static const struct nlmsghdr *request_of(int fd, const void *data, size_t size)
{
	const struct nlmsghdr *request = data;
	int old = errno, domain = 0, protocol = 0;
	socklen_t length = sizeof(int);

	getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &length);
	getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &protocol, &length);
	errno = old;
	if (domain != AF_NETLINK || protocol != NETLINK_GENERIC ||
	    size < NLMSG_HDRLEN + GENL_HDRLEN ||
	    request->nlmsg_len != size || request->nlmsg_type <= GENL_ID_CTRL)
		return NULL;
	return request;
}

static unsigned int command_of(const struct nlmsghdr *request)
{
	return ((const struct genlmsghdr *)NLMSG_DATA(request))->cmd;
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
	const struct nlmsghdr *request = NULL;
	unsigned int command;
	ssize_t sent;

	if (message && message->msg_iovlen == 1)
		request = request_of(fd, message->msg_iov->iov_base,
				     message->msg_iov->iov_len);
	command = request ? command_of(request) : 0;
	while (request && nth_begin(command)) {
		sent = syscall(SYS_sendmsg, fd, message, flags);
		if (!nth_end(command) || sent < 0 ||
		    !request_refused(fd, request, command))
			return sent;
	}
	return syscall(SYS_sendmsg, fd, message, flags);
}

ssize_t sendto(int fd, const void *data, size_t size, int flags,
	       const struct sockaddr *address, socklen_t length)
{
	struct iovec part = { (void *)data, size };
	struct msghdr message = {
		.msg_name = (void *)address,
		.msg_namelen = address ? length : 0,
		.msg_iov = &part,
		.msg_iovlen = 1,
	};

	return sendmsg(fd, &message, flags);
}

ssize_t send(int fd, const void *data, size_t size, int flags)
{
	return sendto(fd, data, size, flags, NULL, 0);
}

/* The page of each descriptor that has one */
static struct teavmx_vcpu_page *pages[FILES];

/*
 * Where TEAVMX_VCPU_CONTINUE could not get a thread, it has taken the answer and the
 * registers from the page (uapi/vcpu_page.h).
 */
static void page_taken(int fd, unsigned long number)
{
	if (number == TEAVMX_VCPU_CONTINUE && fd >= 0 && fd < FILES && pages[fd])
		pages[fd]->flags = 0;
}

int ioctl(int fd, unsigned long number, ...)
{
	bool is_page = _IOC_TYPE(number) == _IOC_TYPE(TEAVMX_VCPU_SHOW);
	unsigned long argument;
	va_list arguments;
	int result;

	va_start(arguments, number);
	argument = va_arg(arguments, unsigned long);
	va_end(arguments);
	while (is_page && nth_begin(OF_IOCTL)) {
		result = syscall(SYS_ioctl, fd, number, argument);
		if (!nth_end(OF_IOCTL))
			return result;
		note("ioctl", number & 0xff, result ? errno : 0, "");
		if (!result)
			return result;
		page_taken(fd, number);
	}
	return syscall(SYS_ioctl, fd, number, argument);
}

/* The files of the module are anonymous ones with its name. */
static bool is_of_module(int fd)
{
	char link[64], path[32];
	int old = errno;
	ssize_t size;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	size = readlink(path, link, sizeof(link) - 1);
	errno = old;
	if (size < 0)
		return false;
	link[size] = '\0';
	return strstr(link, "[teavmx-");
}

void *mmap(void *address, size_t size, int protection, int flags, int fd,
	   off_t offset)
{
	bool ours = fd >= 0 && is_of_module(fd);
	bool begun, failed;
	void *result;

	do {
		begun = ours && nth_begin(OF_MMAP);
		result = (void *)syscall(SYS_mmap, address, size, protection,
					 flags, fd, offset);
		failed = begun && nth_end(OF_MMAP);
		if (failed)
			note("mmap", 0, result == MAP_FAILED ? errno : 0, "");
	} while (failed && result == MAP_FAILED);
	if (ours && fd < FILES && result != MAP_FAILED)
		pages[fd] = result;
	return result;
}

int munmap(void *address, size_t size)
{
	int fd;

	for (fd = 0; fd < FILES; fd++)
		if (pages[fd] == address)
			pages[fd] = NULL;
	return syscall(SYS_munmap, address, size);
}
