// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <uapi/regs.h>

#include "gdb_fake.h"

#define CR0_PE		1u
#define EFER_LMA	0x400u
#define RIGHTS_L	0x2000u
#define RIGHTS_D	0x4000u

static bool fake_poll(struct pollfd *polls, nfds_t count, long long milliseconds)
{
	return poll(polls, count, (int)milliseconds) > 0;
}

static bool over;

static bool fake_ended(void)
{
	return over;
}

static void fake_log(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	fputs("log: ", stderr);
	vfprintf(stderr, format, arguments);
	fputc('\n', stderr);
	va_end(arguments);
}

const struct gdb_host fake_host = { fake_poll, fake_ended, fake_log };

static uint64_t *fake_register(struct fake *fake, uint32_t thread, uint32_t number)
{
	size_t i;

	for (i = 0; i < fake->count; i++)
		if (fake->registers[thread - 1][i].number == number)
			return &fake->registers[thread - 1][i].value;
	abort();
}

static int fake_fail(struct fake *fake, int number)
{
	fake->number = number;
	return -1;
}

static size_t fake_threads(void *data, uint32_t *threads)
{
	const struct fake *fake = data;
	size_t i;

	for (i = 0; i < FAKE_THREADS; i++)
		threads[i] = (uint32_t)i + 1;
	return fake->killed ? 0 : FAKE_THREADS;
}

static void fake_describe(void *data, uint32_t thread, char *text, size_t size)
{
	(void)data;
	snprintf(text, size, "state of %u", thread);
}

static int fake_read_registers(void *data, uint32_t thread,
			       struct teavmx_register **registers)
{
	struct fake *fake = data;

	*registers = malloc(sizeof(fake->registers[0]));
	if (!*registers)
		return fake_fail(fake, ENOMEM);
	memcpy(*registers, fake->registers[thread - 1],
	       sizeof(fake->registers[0]));
	return (int)fake->count;
}

static int fake_set_registers(void *data, uint32_t thread,
			      const struct teavmx_register *registers,
			      size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		*fake_register(data, thread, registers[i].number) =
			registers[i].value;
	return 0;
}

static int fake_read(void *data, uint32_t thread, uint64_t address, void *bytes,
		     size_t size)
{
	struct fake *fake = data;

	(void)thread;
	if (address >= FAKE_RAM)
		return fake_fail(fake, EFAULT);
	if (size > FAKE_RAM - address)
		size = FAKE_RAM - address;
	memcpy(bytes, fake->ram + address, size);
	return (int)size;
}

static int fake_write(void *data, uint32_t thread, uint64_t address,
		      const void *bytes, size_t size)
{
	struct fake *fake = data;

	(void)thread;
	if (address >= FAKE_RAM || size > FAKE_RAM - address)
		return fake_fail(fake, EFAULT);
	memcpy(fake->ram + address, bytes, size);
	return 0;
}

static uint64_t fake_memory(void *data)
{
	(void)data;
	return FAKE_RAM;
}

static struct fake_point *fake_find(struct fake *fake, enum gdb_point kind,
				    uint64_t address)
{
	size_t i;

	for (i = 0; i < FAKE_POINTS; i++)
		if (fake->points[i].set && fake->points[i].kind == kind &&
		    fake->points[i].address == address)
			return &fake->points[i];
	return NULL;
}

static int fake_set_point(void *data, uint32_t thread, enum gdb_point kind,
			  uint64_t address, unsigned int size)
{
	struct fake *fake = data;
	size_t i;

	(void)thread;
	(void)size;
	for (i = 0; i < FAKE_POINTS; i++) {
		if (fake->points[i].set)
			continue;
		fake->points[i] = (struct fake_point){ true, kind, address };
		return 0;
	}
	return fake_fail(fake, ENOSPC);
}

static int fake_clear_point(void *data, enum gdb_point kind, uint64_t address,
			    unsigned int size)
{
	struct fake_point *point = fake_find(data, kind, address);

	(void)size;
	if (!point)
		return fake_fail(data, ENOENT);
	point->set = false;
	return 0;
}

static int fake_stop(void *data, struct gdb_stop *stop)
{
	struct fake *fake = data;

	memset(fake->running, 0, sizeof(fake->running));
	*stop = (struct gdb_stop){ .thread = 1 };
	return 0;
}

static int fake_resume(void *data, uint32_t thread, bool step)
{
	struct fake *fake = data;

	if (thread == fake->refused)
		return fake_fail(fake, EBUSY);
	over = fake->last;
	fake->running[thread - 1] = true;
	fake->stepping[thread - 1] = step;
	return 0;
}

static void fake_enter_long_mode(struct fake *fake, uint32_t thread)
{
	*fake_register(fake, thread, TEAVMX_REG_EFER) |= EFER_LMA;
	*fake_register(fake, thread, TEAVMX_REG_CR0) |= CR0_PE;
	*fake_register(fake, thread, TEAVMX_REG_CS_RIGHTS) |= RIGHTS_L;
}

/* Executes an instruction; returns true when the thread stops. */
static bool fake_execute(struct fake *fake, uint32_t thread, struct gdb_stop *stop)
{
	uint64_t *rip = fake_register(fake, thread, TEAVMX_REG_RIP);
	uint8_t code = fake->ram[*rip % FAKE_RAM];

	stop->signal = GDB_SIGNAL_TRAP;
	if (code == 0xf3) {
		stop->signal = GDB_SIGNAL_SEGV;
		snprintf(stop->text, sizeof(stop->text), "shutdown\n");
		return true;
	}
	*rip += code != 0xf1;
	if (code == 0xf2)
		fake_enter_long_mode(fake, thread);
	if (code == 0xf0) {
		memcpy(fake->ram + FAKE_VARIABLE,
		       fake_register(fake, thread, TEAVMX_REG_RAX), 8);
		if (fake_find(fake, GDB_POINT_WRITE, FAKE_VARIABLE)) {
			stop->cause = GDB_CAUSE_WRITE;
			stop->address = FAKE_VARIABLE;
			return true;
		}
	}
	if (fake_find(fake, GDB_POINT_SOFTWARE, *rip))
		stop->cause = GDB_CAUSE_SOFTWARE;
	else if (fake_find(fake, GDB_POINT_HARDWARE, *rip))
		stop->cause = GDB_CAUSE_HARDWARE;
	else
		return fake->stepping[thread - 1];
	return true;
}

static enum gdb_wait fake_wait(void *data, const struct gdb_waiter *waiter,
			       struct gdb_stop *stop)
{
	struct fake *fake = data;
	uint32_t thread;

	for (;;) {
		for (thread = 1; thread <= FAKE_THREADS; thread++) {
			memset(stop, 0, sizeof(*stop));
			stop->thread = thread;
			if (fake->running[thread - 1] &&
			    fake_execute(fake, thread, stop)) {
				memset(fake->running, 0, sizeof(fake->running));
				return GDB_WAIT_STOPPED;
			}
		}
		memset(stop, 0, sizeof(*stop));
		waiter->poll(waiter->data, -1, 0);
		if (waiter->client(waiter->data))
			return GDB_WAIT_CLIENT;
	}
}

static int fake_release(void *data, bool run)
{
	struct fake *fake = data;

	memset(fake->points, 0, sizeof(fake->points));
	fake->released = run ? -1 : fake->released + 1;
	return 0;
}

static int fake_kill(void *data)
{
	struct fake *fake = data;

	fake->killed = true;
	return 0;
}

static int fake_monitor(void *data, uint32_t thread, const char *line,
			FILE *file)
{
	size_t i;

	(void)data;
	if (strcmp(line, "fail")) {
		fprintf(file, "thread %u: %s\n", thread, line);
		return 0;
	}
	for (i = 0; i < 1000; i++)
		fputs("0123456789abcdef", file);
	return -1;
}

static int fake_error(void *data)
{
	const struct fake *fake = data;

	return fake->number;
}

const struct gdb_target_ops fake_target_ops = {
	.threads = fake_threads,
	.describe = fake_describe,
	.registers = fake_read_registers,
	.set_registers = fake_set_registers,
	.read = fake_read,
	.write = fake_write,
	.memory = fake_memory,
	.set_point = fake_set_point,
	.clear_point = fake_clear_point,
	.stop = fake_stop,
	.resume = fake_resume,
	.wait = fake_wait,
	.release = fake_release,
	.kill = fake_kill,
	.monitor = fake_monitor,
	.error = fake_error,
};

static void fake_add(struct fake *fake, uint32_t number, uint64_t value)
{
	size_t i;

	for (i = 0; i < FAKE_THREADS; i++)
		fake->registers[i][fake->count] =
			(struct teavmx_register){ number, value };
	fake->count++;
}

#define FAKE_NUMBER(name, number, text, field)	TEAVMX_REG_##name,

static const uint32_t fake_numbers[] = { TEAVMX_REG_TABLE(FAKE_NUMBER) };

void fake_init(struct fake *fake, enum gdb_mode mode)
{
	uint32_t i;

	memset(fake, 0, sizeof(*fake));
	for (i = 0; i < sizeof(fake_numbers) / sizeof(fake_numbers[0]); i++)
		fake_add(fake, fake_numbers[i], fake_numbers[i]);
	for (i = 0; i < TEAVMX_REG_FPU_WORDS; i++)
		fake_add(fake, TEAVMX_REG_FPU + i, 0);
	for (i = 1; i <= FAKE_THREADS; i++) {
		*fake_register(fake, i, TEAVMX_REG_CS_BASE) = 0;
		*fake_register(fake, i, TEAVMX_REG_RIP) = 0;
		*fake_register(fake, i, TEAVMX_REG_RFLAGS) = 2;
		*fake_register(fake, i, TEAVMX_REG_EFER) = 0;
		*fake_register(fake, i, TEAVMX_REG_CS_RIGHTS) =
			mode == GDB_MODE_32 ? RIGHTS_D : 0;
		*fake_register(fake, i, TEAVMX_REG_CR0) = mode != GDB_MODE_16;
		if (mode == GDB_MODE_64)
			fake_enter_long_mode(fake, i);
	}
}
