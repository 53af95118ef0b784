// SPDX-License-Identifier: GPL-2.0-only
/* The remote protocol of the stub for gdb, with a target that is no VM. No module. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <uapi/regs.h>

#include "gdb_fake.h"

#include "kselftest_harness.h"

#define REPLY_MAX	(2 * GDB_PACKET_MAX)

/* The stub is in a child process; what it does to the target is seen here, too. */
FIXTURE(stub) {
	struct fake *fake;
	pid_t child;
	int fd;
	bool acks;
	char reply[REPLY_MAX];
};

static const struct fake *served;

/* In place of the C library's functions, in the stub */
FILE *fmemopen(void *buffer, size_t size, const char *mode)
{
	FILE *(*next)(void *buffer, size_t size, const char *mode) =
		dlsym(RTLD_NEXT, "fmemopen");

	return served && served->no_memory ? NULL : next(buffer, size, mode);
}

FILE *fopencookie(void *cookie, const char *mode, cookie_io_functions_t functions)
{
	FILE *(*next)(void *cookie, const char *mode, cookie_io_functions_t functions) =
		dlsym(RTLD_NEXT, "fopencookie");

	return served && served->no_memory ? NULL : next(cookie, mode, functions);
}

static void stub_serve(struct fake *fake, int fd)
{
	static const struct gdb_target_ops *const ops = &fake_target_ops;
	const struct gdb_target target = { ops, fake };
	static struct gdb_session session;

	served = fake;
	gdb_connection_init(&session.connection, &fake_host, fd, fd, -1);
	session.target = &target;
	session.address = "the.address:1";
	_exit(gdb_session_run(&session));
}

FIXTURE_SETUP(stub)
{
	int fds[2];

	self->fake = mmap(NULL, sizeof(*self->fake), PROT_READ | PROT_WRITE,
			  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, self->fake);
	fake_init(self->fake, GDB_MODE_64);
	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, fds));
	self->child = fork();
	ASSERT_LE(0, self->child);
	if (!self->child) {
		close(fds[0]);
		stub_serve(self->fake, fds[1]);
	}
	close(fds[1]);
	self->fd = fds[0];
	self->acks = true;
}

FIXTURE_TEARDOWN(stub)
{
	if (self->fd >= 0)
		close(self->fd);
	if (self->child > 0) {
		kill(self->child, SIGKILL);
		waitpid(self->child, NULL, 0);
	}
	munmap(self->fake, sizeof(*self->fake));
}

#define stub_data	FIXTURE_DATA(stub)

static void stub_write(stub_data *self, const void *bytes, size_t size)
{
	/* A stub that has ended leaves no reply, which the test notices. */
	if (send(self->fd, bytes, size, MSG_NOSIGNAL) != (ssize_t)size &&
	    errno != EPIPE)
		abort();
}

static void stub_send(stub_data *self, const char *bytes, size_t size)
{
	uint8_t sum = 0;
	char text[4];
	size_t i;

	for (i = 0; i < size; i++)
		sum += (uint8_t)bytes[i];
	snprintf(text, sizeof(text), "#%02x", sum);
	stub_write(self, "$", 1);
	stub_write(self, bytes, size);
	stub_write(self, text, 3);
}

/* The next byte, or -1 when there is none for 10 s or the stub has ended */
static int stub_byte(stub_data *self)
{
	struct pollfd poll_fd = { .fd = self->fd, .events = POLLIN };
	uint8_t byte;

	if (poll(&poll_fd, 1, 10000) <= 0 || read(self->fd, &byte, 1) != 1)
		return -1;
	return byte;
}

/* The next packet without its frame, "" if there is none or its checksum is wrong */
static const char *stub_receive(stub_data *self)
{
	uint8_t sum = 0;
	size_t size = 0;
	char text[3] = "";
	int byte = stub_byte(self);

	self->reply[0] = '\0';
	while (byte >= 0 && byte != '$')
		byte = stub_byte(self);
	for (byte = stub_byte(self); byte >= 0 && byte != '#';
	     byte = stub_byte(self)) {
		sum += (uint8_t)byte;
		self->reply[size++] = (char)byte;
	}
	text[0] = (char)stub_byte(self);
	text[1] = (char)stub_byte(self);
	self->reply[strtoul(text, NULL, 16) == sum ? size : 0] = '\0';
	if (self->acks)
		stub_write(self, "+", 1);
	return self->reply;
}

static const char *stub_call(stub_data *self, const char *packet)
{
	stub_send(self, packet, strlen(packet));
	return stub_receive(self);
}

/* How the session has ended, -1 if it has not */
static int stub_end(stub_data *self)
{
	int status = -1;

	waitpid(self->child, &status, 0);
	self->child = 0;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST_F(stub, acknowledges)
{
	stub_write(self, "$?#3f", 5);
	EXPECT_EQ('+', stub_byte(self));
	EXPECT_STREQ("T05thread:1;", stub_receive(self));
	EXPECT_STREQ("OK", stub_call(self, "QStartNoAckMode"));
	self->acks = false;
	stub_write(self, "$?#3f", 5);
	EXPECT_EQ('$', stub_byte(self));
}

TEST_F(stub, requests_corrupt_packets_again)
{
	stub_write(self, "$?#3e", 5);
	EXPECT_EQ('-', stub_byte(self));
	stub_write(self, "$?#zz$?#3f", 10);
	EXPECT_EQ('-', stub_byte(self));
	EXPECT_EQ('+', stub_byte(self));
}

TEST_F(stub, sends_again)
{
	stub_write(self, "$?#3f", 5);
	EXPECT_STREQ("T05thread:1;", stub_receive(self));
	stub_write(self, "-", 1);
	EXPECT_STREQ("T05thread:1;", stub_receive(self));
}

TEST_F(stub, survives_garbage)
{
	static const char garbage[] = "\0\377GET / HTTP/1.0\r\n\r\n$$$##}}$m0,1#";

	stub_write(self, garbage, sizeof(garbage));
	EXPECT_STREQ("T05thread:1;", stub_call(self, "?"));
}

TEST_F(stub, refuses_long_packets)
{
	static char packet[GDB_PACKET_MAX + 100];

	memset(packet, 'm', sizeof(packet));
	stub_send(self, packet, sizeof(packet));
	EXPECT_STREQ("E07", stub_receive(self));
	EXPECT_STREQ("T05thread:1;", stub_call(self, "?"));
}

TEST_F(stub, unknown_packets_have_empty_answers)
{
	static const char packets[][40] = {
		"", "!", "vMustReplyEmpty", "qTStatus", "QNonStop:1", "jx", "vKillx",
		"qXfer:auxv:read::0,100", "Z3,0,1", "Z5,0,1",
	};
	size_t i;

	for (i = 0; i < sizeof(packets) / sizeof(packets[0]); i++) {
		stub_write(self, "$", 1);
		stub_write(self, "#00", 3);
		EXPECT_EQ('+', stub_byte(self));
		EXPECT_STREQ("", stub_receive(self));
		EXPECT_STREQ("", stub_call(self, packets[i])) {
			TH_LOG("packet '%s'", packets[i]);
		}
	}
}

TEST_F(stub, malformed_packets_are_refused)
{
	static const char packets[][40] = {
		"m", "m,", "m0", "m0,", "mx,1", "m0,1x", "m12345678123456781,1",
		"x0", "M0,2:00", "M0,1:0", "M0,1:0x", "M0,1", "X0,2:a", "P", "P0",
		"P0=", "P0=00", "Pffff=00", "pffff", "p", "G0", "Gxx", "H", "Hz1", "Hg",
		"Hg1x", "T", "Tx", "vCont;", "vCont;x", "vCont;c:", "vCont;c:x", "vCont;C",
		"Z0", "Z0,", "Z0,0", "Z0,0,", "Z0,0,0", "Z2,0,21", "qRcmd,0", "qRcmd,zz",
		"qThreadExtraInfo,", "qXfer:features:read:target.xml:",
		"qXfer:features:read:target.xml:0", "qXfer:memory-map:read::1,",
	};
	size_t i;

	for (i = 0; i < sizeof(packets) / sizeof(packets[0]); i++)
		EXPECT_STREQ("E16", stub_call(self, packets[i])) {
			TH_LOG("packet '%s'", packets[i]);
		}
}

TEST_F(stub, threads)
{
	EXPECT_STREQ("m1,2", stub_call(self, "qfThreadInfo"));
	EXPECT_STREQ("l", stub_call(self, "qsThreadInfo"));
	EXPECT_STREQ("7374617465206f662032", stub_call(self, "qThreadExtraInfo,2"));
	EXPECT_STREQ("QC1", stub_call(self, "qC"));
	EXPECT_STREQ("OK", stub_call(self, "T2"));
	EXPECT_STREQ("E03", stub_call(self, "T3"));
	EXPECT_STREQ("OK", stub_call(self, "Hg2"));
	EXPECT_STREQ("QC2", stub_call(self, "qC"));
	EXPECT_STREQ("OK", stub_call(self, "Hg0"));
	EXPECT_STREQ("OK", stub_call(self, "Hc-1"));
	EXPECT_STREQ("QC2", stub_call(self, "qC"));
	EXPECT_STREQ("E03", stub_call(self, "Hg3"));
}

TEST_F(stub, memory)
{
	EXPECT_STREQ("OK", stub_call(self, "M1000,4:de23ad7d"));
	EXPECT_STREQ("de23ad7d00", stub_call(self, "m1000,5"));
	EXPECT_STREQ("b\xde}\x03\xad}]", stub_call(self, "x1000,4"));
	stub_send(self, "X2,3:}\x03}\x04}]", 11);
	EXPECT_STREQ("OK", stub_receive(self));
	EXPECT_EQ(0, memcmp(self->fake->ram + 2, "#$}", 3));
	EXPECT_STREQ("OK", stub_call(self, "X0,0:"));
	/* the end of RAM, and beyond it */
	EXPECT_STREQ("0000", stub_call(self, "mfffe,4"));
	EXPECT_STREQ("E0e", stub_call(self, "m10000,1"));
	EXPECT_STREQ("E0e", stub_call(self, "Mffff,2:0000"));
	EXPECT_STREQ("", stub_call(self, "m0,0"));
	EXPECT_EQ(GDB_PACKET_MAX, (int)strlen(stub_call(self, "m0,ffffffff")));
}

TEST_F(stub, registers)
{
	/* rax is the first one and rbx, number 3 of the processor, the second */
	EXPECT_EQ(0, strncmp(stub_call(self, "g"),
			     "00000000000000000300000000000000", 32));
	EXPECT_STREQ("0300000000000000", stub_call(self, "p1"));
	EXPECT_STREQ("OK", stub_call(self, "P1=8877665544332211"));
	EXPECT_STREQ("8877665544332211", stub_call(self, "p1"));
	EXPECT_STREQ("OK", stub_call(self, "G0100000000000000"));
	EXPECT_STREQ("0100000000000000", stub_call(self, "p0"));
	EXPECT_STREQ("OK", stub_call(self, "Hg2"));
	EXPECT_STREQ("0000000000000000", stub_call(self, "p0"));
}

/* The number of a register, as gdb counts them */
static int description_number(const char *xml, const char *name)
{
	const char *at = xml;
	char wanted[64];
	int number = 0;

	snprintf(wanted, sizeof(wanted), "<reg name=\"%s\"", name);
	for (at = strstr(at, "<reg "); at; at = strstr(at + 1, "<reg "), number++)
		if (!strncmp(at, wanted, strlen(wanted)))
			return number;
	return -1;
}

static char *description_make(enum gdb_mode mode)
{
	char *text = NULL;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	gdb_registers_describe(mode, file);
	fclose(file);
	return text;
}

/* The value of a register, whose name is that of a description */
static uint64_t encoded(enum gdb_mode mode, const struct fake *fake,
			const char *name, size_t *size)
{
	uint8_t values[GDB_REGISTERS_SIZE] = { 0 };
	char *xml = description_make(mode);
	uint64_t value = 0;
	size_t offset;

	*size = gdb_registers_place(mode, (uint64_t)description_number(xml, name),
				    &offset);
	free(xml);
	gdb_registers_encode(mode, fake->registers[0], fake->count, values);
	memcpy(&value, values + offset, *size < 8 ? *size : 8);
	return value;
}

TEST(descriptions)
{
	static const struct {
		enum gdb_mode mode;
		const char *name;
		size_t size;
		uint64_t value;
	} rows[] = {
		{ GDB_MODE_64, "rax", 8, 0 }, { GDB_MODE_64, "r15", 8, 15 },
		{ GDB_MODE_64, "rsp", 8, 4 }, { GDB_MODE_64, "eflags", 4, 2 },
		{ GDB_MODE_64, "fs_base", 8, 81 }, { GDB_MODE_64, "cs", 4, 68 },
		{ GDB_MODE_64, "cr3", 8, 34 }, { GDB_MODE_64, "gdtr_base", 8, 96 },
		{ GDB_MODE_64, "tr_rights", 4, 95 }, { GDB_MODE_64, "lstar", 8, 134 },
		{ GDB_MODE_64, "activity", 4, 161 }, { GDB_MODE_64, "st7", 10, 0 },
		{ GDB_MODE_64, "xmm15", 16, 0 }, { GDB_MODE_64, "fs_limit", 4, 82 },
		{ GDB_MODE_32, "ebx", 4, 3 }, { GDB_MODE_32, "esp", 4, 4 },
		{ GDB_MODE_32, "fs_base", 4, 81 }, { GDB_MODE_32, "cr3", 4, 34 },
		{ GDB_MODE_32, "efer", 8, 0 }, { GDB_MODE_32, "xmm7", 16, 0 },
		{ GDB_MODE_16, "eip", 4, 0 }, { GDB_MODE_16, "es", 4, 64 },
	};
	static struct fake fake;
	uint64_t value;
	size_t size, i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		fake_init(&fake, rows[i].mode);
		value = encoded(rows[i].mode, &fake, rows[i].name, &size);
		EXPECT_EQ(rows[i].size, size)
			TH_LOG("register %s", rows[i].name);
		EXPECT_EQ(rows[i].value, value)
			TH_LOG("register %s", rows[i].name);
	}
}

TEST(no_description_has_registers_of_another_mode)
{
	char *xml = description_make(GDB_MODE_32);

	EXPECT_EQ(-1, description_number(xml, "rax"));
	EXPECT_EQ(-1, description_number(xml, "xmm8"));
	EXPECT_EQ(NULL, strstr(xml, "i386.segments"));
	free(xml);
	xml = description_make(GDB_MODE_64);
	EXPECT_EQ(-1, description_number(xml, "eax"));
	free(xml);
}

TEST(modes)
{
	static struct fake fake;
	enum gdb_mode mode;

	for (mode = GDB_MODE_16; mode <= GDB_MODE_64; mode++) {
		fake_init(&fake, mode);
		EXPECT_EQ(mode, gdb_mode_of(fake.registers[0], fake.count));
	}
}

/* Sets one register by its place in the area; returns the number of changes. */
static size_t change(struct fake *fake, const char *name, const uint8_t *value,
		     struct teavmx_register *changes)
{
	uint8_t values[GDB_REGISTERS_SIZE];
	char *xml = description_make(GDB_MODE_64);
	size_t size, offset;

	gdb_registers_encode(GDB_MODE_64, fake->registers[0], fake->count, values);
	size = gdb_registers_place(GDB_MODE_64,
				   (uint64_t)description_number(xml, name), &offset);
	free(xml);
	memcpy(values + offset, value, size);
	return gdb_registers_changes(GDB_MODE_64, fake->registers[0],
				     fake->count, values, changes);
}

TEST(vector_register_changes)
{
	static const uint8_t value[16] = { 1, [8] = 2 };
	static struct fake fake;
	struct teavmx_register changes[FAKE_REGISTERS];

	fake_init(&fake, GDB_MODE_64);
	ASSERT_EQ(3, change(&fake, "xmm1", value, changes));
	EXPECT_EQ(TEAVMX_REG_FPU + 22, changes[0].number);
	EXPECT_EQ(1, changes[0].value);
	EXPECT_EQ(TEAVMX_REG_FPU + 23, changes[1].number);
	EXPECT_EQ(2, changes[1].value);
	/* The header has to name the state, or the processor ignores it. */
	EXPECT_EQ(TEAVMX_REG_FPU + 64, changes[2].number);
	EXPECT_EQ(2, changes[2].value);
}

TEST(stack_tags)
{
	/* all registers are empty but the second, which is 0 */
	static const uint8_t tags[4] = { 0xf7, 0xff };
	static struct fake fake;
	struct teavmx_register changes[FAKE_REGISTERS];
	size_t size;

	fake_init(&fake, GDB_MODE_64);
	EXPECT_EQ(0xffff, encoded(GDB_MODE_64, &fake, "ftag", &size));
	ASSERT_EQ(2, change(&fake, "ftag", tags, changes));
	EXPECT_EQ(TEAVMX_REG_FPU, changes[0].number);
	EXPECT_EQ(UINT64_C(2) << 32, changes[0].value);
	EXPECT_EQ(1, changes[1].value);
}

TEST(part_of_a_register)
{
	uint8_t values[GDB_REGISTERS_SIZE];
	struct teavmx_register changes[FAKE_REGISTERS];
	static struct fake fake;

	fake_init(&fake, GDB_MODE_32);
	fake.registers[0][0].value = 0x1122334455667788;
	gdb_registers_encode(GDB_MODE_32, fake.registers[0], fake.count, values);
	EXPECT_EQ(0, gdb_registers_changes(GDB_MODE_32, fake.registers[0],
					   fake.count, values, changes));
	values[0] = 0x99;
	ASSERT_EQ(1, gdb_registers_changes(GDB_MODE_32, fake.registers[0],
					   fake.count, values, changes));
	EXPECT_EQ(0x1122334455667799, changes[0].value);
}

TEST_F(stub, description_is_read_in_parts)
{
	char *xml = description_make(GDB_MODE_64);
	char *got = calloc(1, strlen(xml) + REPLY_MAX);
	const char *reply;
	char packet[64];

	do {
		snprintf(packet, sizeof(packet),
			 "qXfer:features:read:target.xml:%zx,fff", strlen(got));
		reply = stub_call(self, packet);
		ASSERT_TRUE(*reply == 'm' || *reply == 'l');
		strcat(got, reply + 1);
	} while (*reply == 'm');
	EXPECT_STREQ(xml, got);
	EXPECT_STREQ("E16", stub_call(self, "qXfer:features:read:target.xml:fffff,1"));
	free(xml);
	free(got);
}

TEST_F(stub, memory_map)
{
	const char *map = stub_call(self, "qXfer:memory-map:read::0,fff");

	EXPECT_NE(NULL, strstr(map, "start=\"0x0\" length=\"0x10000\""));
	/* up to the end of the address space of the mode */
	EXPECT_NE(NULL, strstr(map, "start=\"0x10000\" length=\"0xffffffffffff0000\""));
	fake_init(self->fake, GDB_MODE_16);
	stub_call(self, "qXfer:features:read:target.xml:0,10");
	map = stub_call(self, "qXfer:memory-map:read::0,fff");
	EXPECT_NE(NULL, strstr(map, "start=\"0x10000\" length=\"0xffff0000\""));
}

TEST_F(stub, description_without_memory)
{
	EXPECT_EQ('m', *stub_call(self, "qXfer:features:read:target.xml:0,10"));
	self->fake->no_memory = true;
	EXPECT_STREQ("E0c", stub_call(self, "qXfer:features:read:target.xml:0,10"));
	EXPECT_STREQ("E0c", stub_call(self, "qXfer:features:read:target.xml:10,10"));
	EXPECT_STREQ("E0c", stub_call(self, "qXfer:memory-map:read::0,10"));
	EXPECT_STREQ("E0c", stub_call(self, "qRcmd,6578697473"));
	self->fake->no_memory = false;
	EXPECT_EQ('m', *stub_call(self, "qXfer:features:read:target.xml:10,10"));
}

TEST_F(stub, steps)
{
	EXPECT_STREQ("vCont;c;C;s;S;t", stub_call(self, "vCont?"));
	EXPECT_STREQ("T05thread:2;", stub_call(self, "vCont;s:2"));
	EXPECT_STREQ("QC2", stub_call(self, "qC"));
	EXPECT_EQ(1, self->fake->registers[1][16].value);
	EXPECT_EQ(0, self->fake->registers[0][16].value);
	EXPECT_STREQ("T05thread:1;", stub_call(self, "vCont;S05:1;t"));
	EXPECT_EQ(1, self->fake->registers[0][16].value);
	EXPECT_STREQ("T05thread:1;", stub_call(self, "s"));
	EXPECT_EQ(2, self->fake->registers[0][16].value);
	EXPECT_EQ(1, self->fake->registers[1][16].value);
	EXPECT_STREQ("E03", stub_call(self, "vCont;c:3"));
	EXPECT_STREQ("E16", stub_call(self, "vCont;t"));
}

TEST_F(stub, no_address_to_resume_at)
{
	static const char packets[][16] = { "c1000", "s1000", "C", "C05;1000", "S05;1000", "Sx" };
	size_t i;

	for (i = 0; i < sizeof(packets) / sizeof(packets[0]); i++)
		EXPECT_STREQ("E16", stub_call(self, packets[i])) {
			TH_LOG("packet '%s'", packets[i]);
		}
	EXPECT_EQ(0, self->fake->registers[0][16].value);
	EXPECT_STREQ("T05thread:1;", stub_call(self, "S05"));
	EXPECT_EQ(1, self->fake->registers[0][16].value);
}

/* The first thread was resumed already, and gdb takes both as stopped. */
TEST_F(stub, stops_what_runs_when_another_thread_is_refused)
{
	self->fake->refused = 2;
	EXPECT_STREQ("E10", stub_call(self, "vCont;c"));
	EXPECT_FALSE(self->fake->running[0]);
	EXPECT_STREQ("T05thread:1;", stub_call(self, "?"));
	EXPECT_STREQ("T05thread:1;", stub_call(self, "vCont;s:1"));
}

TEST_F(stub, breakpoints)
{
	EXPECT_STREQ("OK", stub_call(self, "Z0,3,1"));
	EXPECT_STREQ("T05thread:1;swbreak:;", stub_call(self, "vCont;c:1"));
	EXPECT_STREQ("T05thread:1;swbreak:;", stub_call(self, "?"));
	EXPECT_STREQ("OK", stub_call(self, "z0,3,1"));
	EXPECT_STREQ("E02", stub_call(self, "z0,3,1"));
	EXPECT_STREQ("OK", stub_call(self, "Z1,5,1"));
	EXPECT_STREQ("T05thread:1;hwbreak:;", stub_call(self, "vCont;C05:1"));
	self->fake->ram[6] = 0xf0;
	EXPECT_STREQ("OK", stub_call(self, "Z2,2000,8"));
	EXPECT_STREQ("T05thread:1;watch:2000;", stub_call(self, "vCont;c:1"));
	EXPECT_STREQ("OK", stub_call(self, "Z4,2000,1"));
	EXPECT_STREQ("OK", stub_call(self, "Z4,2001,1"));
	EXPECT_STREQ("E1c", stub_call(self, "Z4,2002,1"));
}

TEST_F(stub, interrupt)
{
	memset(self->fake->ram, 0xf1, FAKE_RAM);
	stub_send(self, "vCont;c", 7);
	stub_write(self, "\3", 1);
	EXPECT_STREQ("T02thread:1;", stub_receive(self));
	/* While nothing runs an interrupt has no effect. */
	stub_write(self, "\3", 1);
	EXPECT_STREQ("T02thread:1;", stub_call(self, "?"));
}

TEST_F(stub, packets_while_the_guest_runs)
{
	memset(self->fake->ram, 0xf1, FAKE_RAM);
	stub_send(self, "vCont;c", 7);
	stub_send(self, "g", 1);
	stub_write(self, "garbage\3", 8);
	EXPECT_STREQ("T02thread:1;", stub_receive(self));
}

TEST_F(stub, messages_at_a_stop)
{
	self->fake->ram[0] = 0xf3;
	EXPECT_STREQ("O73687574646f776e0a", stub_call(self, "vCont;c:1"));
	EXPECT_STREQ("T0bthread:1;", stub_receive(self));
}

/* The text of packets that print, up to the packet that is none */
static void printed(stub_data *self, char *text, size_t size)
{
	const char *reply = self->reply;
	size_t used = 0;

	for (; reply[0] == 'O' && reply[1] != 'K'; reply = stub_receive(self)) {
		struct gdb_text hex = { reply + 1, reply + strlen(reply) };
		int count = gdb_text_hex(&hex, text + used, size - used - 1);

		used += count > 0 ? (size_t)count : 0;
	}
	text[used] = '\0';
}

TEST_F(stub, reports_a_change_of_mode)
{
	char text[1024];

	fake_init(self->fake, GDB_MODE_32);
	self->fake->ram[1] = 0xf2;
	stub_call(self, "qXfer:features:read:target.xml:0,fff");
	EXPECT_STREQ("T05thread:1;", stub_call(self, "vCont;s:1"));
	stub_call(self, "vCont;s:1");
	printed(self, text, sizeof(text));
	EXPECT_STREQ("vCPU 1 is in 64-bit mode now, but gdb has the registers of 32-bit mode.\n"
		     "To see those of 64-bit mode, type:\n"
		     "  disconnect\n"
		     "  set architecture auto\n"
		     "  target remote the.address:1\n", text);
	EXPECT_STREQ("T05thread:1;", self->reply);
	EXPECT_STREQ("T05thread:1;", stub_call(self, "vCont;s:1"));
}

TEST_F(stub, reports_a_base_of_the_code_segment)
{
	char text[1024];
	size_t i;

	fake_init(self->fake, GDB_MODE_16);
	for (i = 0; i < self->fake->count; i++)
		if (self->fake->registers[0][i].number == TEAVMX_REG_CS_BASE)
			self->fake->registers[0][i].value = 0x10000;
	stub_call(self, "vCont;s:1");
	printed(self, text, sizeof(text));
	EXPECT_STREQ("vCPU 1: the base of CS is 0x10000, so the next instruction is at 0x10001.\n",
		     text);
	EXPECT_STREQ("T05thread:1;", self->reply);
	EXPECT_STREQ("T05thread:1;", stub_call(self, "vCont;s:1"));
}

TEST_F(stub, monitor)
{
	char text[20000];

	EXPECT_STREQ("OK", stub_call(self, "Hg2"));
	stub_call(self, "qRcmd,6578697473");
	printed(self, text, sizeof(text));
	EXPECT_STREQ("thread 2: exits\n", text);
	EXPECT_STREQ("OK", self->reply);
	/* more than one packet, and a failure */
	stub_call(self, "qRcmd,6661696c");
	printed(self, text, sizeof(text));
	EXPECT_EQ(16000, strlen(text));
	EXPECT_STREQ("E16", self->reply);
}

TEST_F(stub, detaches)
{
	EXPECT_STREQ("OK", stub_call(self, "Z0,3,1"));
	EXPECT_STREQ("OK", stub_call(self, "D"));
	EXPECT_EQ(GDB_END_DETACHED, stub_end(self));
	EXPECT_EQ(-1, self->fake->released);
	EXPECT_FALSE(self->fake->points[0].set);
}

TEST_F(stub, kills)
{
	stub_send(self, "k", 1);
	EXPECT_EQ(GDB_END_KILLED, stub_end(self));
	EXPECT_TRUE(self->fake->killed);
}

TEST_F(stub, client_that_leaves)
{
	EXPECT_STREQ("OK", stub_call(self, "Z0,3,1"));
	close(self->fd);
	self->fd = -1;
	EXPECT_EQ(GDB_END_CLOSED, stub_end(self));
	EXPECT_EQ(1, self->fake->released);
	EXPECT_FALSE(self->fake->killed);
	EXPECT_FALSE(self->fake->points[0].set);
}

TEST_F(stub, client_that_dies_while_the_guest_runs)
{
	memset(self->fake->ram, 0xf1, FAKE_RAM);
	stub_send(self, "vCont;c", 7);
	close(self->fd);
	self->fd = -1;
	EXPECT_EQ(GDB_END_CLOSED, stub_end(self));
	EXPECT_EQ(1, self->fake->released);
}

TEST_F(stub, program_that_has_to_end_right_after_vcont)
{
	memset(self->fake->ram, 0xf1, FAKE_RAM);
	EXPECT_STREQ("OK", stub_call(self, "Z0,3,1"));
	self->fake->last = true;
	EXPECT_STREQ("", stub_call(self, "vCont;c"));
	EXPECT_EQ(GDB_END_CLOSED, stub_end(self));
	EXPECT_EQ(1, self->fake->released);
	EXPECT_FALSE(self->fake->points[0].set);
}

TEST_F(stub, client_that_dies_within_a_packet)
{
	stub_write(self, "$m0,", 4);
	close(self->fd);
	self->fd = -1;
	EXPECT_EQ(GDB_END_CLOSED, stub_end(self));
}

TEST_HARNESS_MAIN
