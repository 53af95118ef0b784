// SPDX-License-Identifier: GPL-2.0-only
/*
 * Steps that the emulator's debugger traces, for "make bench-functions". It stops at
 * each mark; what is executed between two marks is a window. The program prints the
 * names of the windows in their order, and then what finds the functions of addresses:
 *
 *	window NAME
 *	map START END OFFSET FILE	of this program
 *	symbol ADDRESS NAME [MODULE]	of the kernel and of modules
 *
 * Addresses and the offset in the file are hexadecimal.
 */
#include <errno.h>
#include <error.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>

#include <uapi/regs.h>

#include "payloads.h"
#include "raw.h"
#include "tea_vm.h"

/* The first window of a step does what is done once; the least of them counts. */
#define WINDOWS		2
/* A timer interrupt takes more ticks. */
#define INTERRUPT_MIN	1000
/* Exits of the two runs whose difference is the cost of an exit that is read */
#define READ_FEW	64
#define READ_MANY	192
/* Runs of a batch */
#define BATCH		40

static void mark(void)
{
	asm volatile(MARK);
}

/* Waits until the other threads are idle. */
static void idle_wait(void)
{
	busy_end(busy_begin());
}

/* Waits for a timer interrupt as well, so that the next one is far away. */
static void interrupt_wait(void)
{
	uint64_t last, now;

	idle_wait();
	now = __rdtsc();
	do {
		last = now;
		now = __rdtsc();
	} while (now - last < INTERRUPT_MIN);
}

static void window_print(const char *name)
{
	printf("window %s\n", name);
	fflush(stdout);
}

static void window_close(const char *name)
{
	mark();
	window_print(name);
}

/* The marks are in the guest. */
static void trace_cpuid(struct teavmx *teavmx)
{
	struct teavmx_record exit;
	struct raw raw;
	unsigned int i;

	raw_new(&raw, teavmx);
	raw_load(&raw, payload_marked, payload_marked_end);
	for (i = 0; i < WINDOWS; i++) {
		raw_enter(&raw);
		interrupt_wait();
		raw_slice(&raw, NULL, &exit);
		window_print("cpuid");
	}
	raw_free(&raw);
}

static void trace_out(struct teavmx *teavmx)
{
	const struct teavmx_run run = { .answered = true };
	struct teavmx_record exit;
	struct raw raw;
	unsigned int i;

	raw_new(&raw, teavmx);
	raw_load(&raw, payload_out, payload_out_end);
	raw_enter(&raw);
	raw_slice(&raw, NULL, &exit);
	for (i = 0; i < WINDOWS; i++) {
		idle_wait();
		mark();
		raw_slice(&raw, &run, &exit);
		window_close("out-answered");
	}
	raw_free(&raw);
}

static void trace_read(struct raw *raw, uint32_t exits, const char *name)
{
	const struct teavmx_register count = { TEAVMX_REG_RSI, exits };
	struct teavmx_record exit;

	raw_enter(raw);
	bench_check(raw->teavmx, teavmx_regs_set(raw->teavmx, raw->vm.id,
						 raw->vcpu.id, &count, 1));
	interrupt_wait();
	mark();
	raw_start(raw);
	raw_stop(raw, &exit);
	window_close(name);
}

static void trace_reader(struct teavmx *teavmx)
{
	struct raw raw;
	unsigned int i;

	raw_new(&raw, teavmx);
	raw_watch(&raw);
	raw_load(&raw, payload_repeat, payload_repeat_end);
	for (i = 0; i < WINDOWS; i++) {
		trace_read(&raw, READ_FEW, "read-few");
		trace_read(&raw, READ_MANY, "read-many");
	}
	raw_free(&raw);
}

static void trace_loop(struct teavmx *teavmx, const struct tea_file *file,
		       const char *name)
{
	const uint8_t iterations = 1;
	const struct tea_run run = {
		.file = file,
		.argument = &iterations,
		.at_once = true,
	};
	struct teavmx_vcpu vcpu;
	unsigned int i;

	for (i = 0; i < WINDOWS; i++) {
		interrupt_wait();
		mark();
		tea_vcpu_new_with(teavmx, 0, &run, &vcpu);
		tea_wait(teavmx, &vcpu);
		window_close(name);
		tea_free(teavmx, &vcpu);
	}
}

static void trace_program(struct teavmx *teavmx)
{
	struct teavmx_vcpu vcpu;
	unsigned int i;

	for (i = 0; i < WINDOWS; i++) {
		idle_wait();
		mark();
		tea_vcpu_start(teavmx, 0, &tea_sum, &vcpu);
		tea_wait(teavmx, &vcpu);
		window_close("program");
		tea_free(teavmx, &vcpu);
	}
}

static void trace_again(struct teavmx *teavmx)
{
	const struct teavmx_run run = { .reset = true };
	struct teavmx_vcpu vcpu;
	unsigned int i;

	tea_vcpu_keep(teavmx, &tea_sum, &vcpu);
	tea_wait(teavmx, &vcpu);
	for (i = 0; i < WINDOWS; i++) {
		idle_wait();
		mark();
		bench_check(teavmx, teavmx_vcpu_run_with(teavmx, vcpu.vm,
							 vcpu.id, &run));
		tea_wait(teavmx, &vcpu);
		window_close("program-again");
	}
	tea_free(teavmx, &vcpu);
}

static void trace_batch(struct teavmx *teavmx)
{
	static struct teavmx_result results[BATCH];
	struct teavmx_batch batch = { .count = BATCH, .results = results };
	struct teavmx_slice slice;
	struct teavmx_vcpu vcpu;
	unsigned int i;

	tea_vcpu_keep(teavmx, &tea_sum, &vcpu);
	tea_wait(teavmx, &vcpu);
	for (i = 0; i < WINDOWS; i++) {
		idle_wait();
		mark();
		bench_check(teavmx, teavmx_vcpu_run_batch(teavmx, vcpu.vm,
							  vcpu.id, &batch,
							  &slice));
		window_close("program-batch");
		vcpu.state = slice.state;
		tea_wait(teavmx, &vcpu);
	}
	tea_free(teavmx, &vcpu);
}

static void trace_life(struct teavmx *teavmx)
{
	struct teavmx_record exit;
	struct raw raw;
	unsigned int i;

	for (i = 0; i < WINDOWS; i++) {
		idle_wait();
		mark();
		raw_new(&raw, teavmx);
		window_close("create");
		raw_load(&raw, payload_out, payload_out_end);
		raw_enter(&raw);
		idle_wait();
		mark();
		raw_slice(&raw, NULL, &exit);
		window_close("first-exit");
		idle_wait();
		policy_set(SCHED_FIFO);
		mark();
		raw_free(&raw);
		window_close("destroy-request");
	}
}

static void trace_request(struct teavmx *teavmx)
{
	struct teavmx_info info;
	unsigned int i;

	for (i = 0; i < WINDOWS; i++) {
		idle_wait();
		mark();
		bench_check(teavmx, teavmx_get_info(teavmx, NULL, &info));
		window_close("request");
	}
}

static FILE *file_open(const char *path)
{
	FILE *file = fopen(path, "r");

	if (!file)
		error(1, errno, "%s", path);
	return file;
}

static void print_maps(void)
{
	FILE *file = file_open("/proc/self/maps");
	unsigned long start, end, offset;
	char line[512], access[5], path[256];

	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "%lx-%lx %4s %lx %*s %*s %255s", &start, &end,
			   access, &offset, path) == 5 && access[2] == 'x')
			printf("map %lx %lx %lx %s\n", start, end, offset,
			       path);
	fclose(file);
}

static void print_symbols(void)
{
	FILE *file = file_open("/proc/kallsyms");
	char line[512], *name;

	/* ADDRESS TYPE NAME, after a tab [MODULE] */
	while (fgets(line, sizeof(line), file)) {
		name = strchr(line, ' ');
		if (!name || !strchr("tTwW", name[1]))
			continue;
		*name = '\0';
		name += 3;
		printf("symbol %s %s", line, name);
	}
	fclose(file);
}

void functions_trace(void)
{
	struct teavmx *teavmx = bench_open();

	trace_cpuid(teavmx);
	trace_out(teavmx);
	trace_loop(teavmx, &tea_constant, "tea-constant");
	trace_loop(teavmx, &tea_port, "tea-port");
	teavmx_close(teavmx);

	teavmx = bench_open();
	bench_check(teavmx, teavmx_event_open(teavmx, 0));
	trace_reader(teavmx);
	trace_program(teavmx);
	trace_again(teavmx);
	trace_batch(teavmx);
	trace_request(teavmx);
	trace_life(teavmx);
	teavmx_close(teavmx);

	print_maps();
	print_symbols();
}
