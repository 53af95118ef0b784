// SPDX-License-Identifier: GPL-2.0-only
#include <time.h>

#include <uapi/regs.h>

#include "selftest.h"

/* Bounds that stop a guest: time, exits and instructions */

#define TIME_NS		20000000ULL
/* Time on the clock until the stop is reported; a busy machine needs longer. */
#define TIME_MAX_NS	2000000000ULL
#define EXITS		7
#define STEPS		5

SELFTEST_PAYLOAD(code_loop,
	"1:	jmp	1b");

SELFTEST_PAYLOAD(code_cpuid_loop,
	"1:	xor	%eax, %eax\n"
	"	cpuid\n"
	"	jmp	1b");

SELFTEST_PAYLOAD(code_nops,
	"	nop\n	nop\n	nop\n	nop\n	nop\n	nop\n	nop\n"
	"	hlt");

static uint64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000000000ULL + time.tv_nsec;
}

static void note_stop(struct selftest *test, const char *name, int stop,
		      int expected)
{
	const char *words = teavmx_stop_name(stop);

	selftest_note(test, name, SELFTEST_FAIL, "stop %s and not %s",
		      words ? words : "unknown", teavmx_stop_name(expected));
}

/* The preemption timer must end the guest run even if no interrupt arrives. */
static void run_for_time(struct selftest *test)
{
	static const char name[] = "preemption timer";
	const struct teavmx_run run = { .time = TIME_NS };
	struct selftest_guest guest = { };
	struct teavmx_record exit;
	uint64_t begin = 0;
	int stop = -1;

	if (!selftest_guest_new(test, TEAVMX_MODE_LONG, code_loop,
				code_loop_end, &guest)) {
		begin = now();
		stop = selftest_guest_run(test, &guest, &run, &exit);
	}
	begin = now() - begin;
	if (stop < 0)
		selftest_error(test, name);
	else if (stop != TEAVMX_STOP_TIME)
		note_stop(test, name, stop, TEAVMX_STOP_TIME);
	else
		selftest_note(test, name,
			      begin >= TIME_NS && begin < TIME_MAX_NS ?
			      SELFTEST_PASS : SELFTEST_FAIL,
			      "%llu us of guest time in %llu us",
			      TIME_NS / 1000, (unsigned long long)begin / 1000);
	selftest_guest_free(test, &guest);
}

/* All exits of the vCPU, -1 on failure */
static int64_t count_exits(struct selftest *test,
			   const struct selftest_guest *guest)
{
	struct teavmx_vcpu vcpu;
	int64_t total = 0;
	size_t i;

	if (teavmx_vcpu_get(test->teavmx, guest->vm, guest->vcpu, &vcpu))
		return -1;
	for (i = 0; i < vcpu.exit_count; i++)
		total += vcpu.exits[i].count;
	teavmx_vcpu_clear(&vcpu);
	return total;
}

static void run_for_exits(struct selftest *test)
{
	static const char name[] = "number of exits";
	const struct teavmx_run run = { .exits = EXITS };
	struct selftest_guest guest = { };
	struct teavmx_record exit;
	int64_t exits = 0;
	int stop = -1;

	if (!selftest_guest_new(test, TEAVMX_MODE_LONG, code_cpuid_loop,
				code_cpuid_loop_end, &guest))
		stop = selftest_guest_run(test, &guest, &run, &exit);
	if (stop >= 0)
		exits = count_exits(test, &guest);
	if (stop < 0 || exits < 0)
		selftest_error(test, name);
	else if (stop != TEAVMX_STOP_EXITS)
		note_stop(test, name, stop, TEAVMX_STOP_EXITS);
	else
		selftest_note(test, name,
			      exits == EXITS ? SELFTEST_PASS : SELFTEST_FAIL,
			      "%lld exits", (long long)exits);
	selftest_guest_free(test, &guest);
}

static void run_for_steps(struct selftest *test, enum teavmx_mode mode,
			  const char *name)
{
	const struct teavmx_run run = { .steps = STEPS };
	struct selftest_guest guest = { };
	struct teavmx_record exit;
	int64_t steps = 0;
	int stop = -1;

	if (!selftest_guest_new(test, mode, code_nops, code_nops_end, &guest))
		stop = selftest_guest_run(test, &guest, &run, &exit);
	if (stop >= 0)
		steps = (int64_t)selftest_register(test, &guest,
						   TEAVMX_REG_RIP) -
			SELFTEST_CODE;
	if (stop < 0)
		selftest_error(test, name);
	else if (stop != TEAVMX_STOP_STEPS)
		note_stop(test, name, stop, TEAVMX_STOP_STEPS);
	else
		selftest_note(test, name,
			      steps == STEPS ? SELFTEST_PASS : SELFTEST_FAIL,
			      "%lld instructions", (long long)steps);
	selftest_guest_free(test, &guest);
}

void selftest_bounds(struct selftest *test)
{
	run_for_time(test);
	run_for_exits(test);
	run_for_steps(test, TEAVMX_MODE_REAL, "steps in real mode");
	run_for_steps(test, TEAVMX_MODE_PROTECTED, "steps in protected mode");
	run_for_steps(test, TEAVMX_MODE_LONG, "steps in long mode");
}
