// SPDX-License-Identifier: GPL-2.0-only
/*
 * A client of the stub for gdb, with a target that is no VM. Input: packets without
 * their frames, one on each line; a line that begins with ! is sent as it is, and so is an
 * interrupt, which has no frame.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <selftests/uapi/gdb_fake.h>

#include "fuzz.h"

#define INTERRUPT	3

static void packet_write(int fd, const uint8_t *bytes, size_t size)
{
	uint8_t sum = 0;
	size_t i;

	if (size && (bytes[0] == '!' || bytes[0] == INTERRUPT)) {
		fuzz_require(write(fd, bytes + (bytes[0] == '!'), size - (bytes[0] == '!')) >= 0,
			     "there is memory");
		return;
	}
	for (i = 0; i < size; i++)
		sum += bytes[i];
	fuzz_require(dprintf(fd, "$") == 1 && write(fd, bytes, size) == (ssize_t)size &&
		     dprintf(fd, "#%02x", sum) == 3, "there is memory");
}

static int input_make(const uint8_t *data, size_t size)
{
	int fd = memfd_create("packets", MFD_CLOEXEC);
	const uint8_t *end;

	fuzz_require(fd >= 0, "there is memory");
	while (size) {
		end = memchr(data, '\n', size);
		packet_write(fd, data, end ? (size_t)(end - data) : size);
		size -= end ? (size_t)(end - data) + 1 : size;
		data = end ? end + 1 : data;
	}
	lseek(fd, 0, SEEK_SET);
	return fd;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct fake fake;
	const struct gdb_target target = { &fake_target_ops, &fake };
	struct gdb_session *session = calloc(1, sizeof(*session));
	int in = input_make(data, size);
	int out = open("/dev/null", O_WRONLY | O_CLOEXEC);
	enum gdb_end end;

	fuzz_require(session && out >= 0, "there is memory");
	fake_init(&fake, size ? data[0] % 3 : GDB_MODE_64);
	gdb_connection_init(&session->connection, &fake_host, in, out, -1);
	session->target = &target;
	session->address = "address";
	fuzz_silence(true);
	end = gdb_session_run(session);
	fuzz_silence(false);
	fuzz_require(end == GDB_END_KILLED || fake.released, "the target is released");
	free(session);
	close(in);
	close(out);
	return 0;
}
