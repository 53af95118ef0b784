// SPDX-License-Identifier: GPL-2.0-only
/*
 * VMs that live for one run, one after the other: as many as the environment's CYCLES
 * says. The kernel's memory must not grow with them.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "expect.h"
#include "guest_payload.h"

#define CYCLES_DEFAULT	300
/* Memory moves a little by itself; so much of it is no leak in that many cycles. */
#define GROWTH_MAX	512
#define WARM_UP		200
#define FREED_S		10
#define TRIES_MAX	1000
#define HOURS_4		14400

GUEST_PAYLOAD(code_leave,
	".code16\n"
	"	cpuid\n"
	"	hlt");

FIXTURE(cycles)
{
	struct teavmx *teavmx;
	unsigned long count;
};

FIXTURE_VARIANT(cycles)
{
	enum teavmx_backend backend;
	bool is_raw;
};

FIXTURE_VARIANT_ADD(cycles, soft)
{
	.backend = TEAVMX_BACKEND_SOFT,
};

FIXTURE_VARIANT_ADD(cycles, vmx)
{
	.backend = TEAVMX_BACKEND_VMX,
};

FIXTURE_VARIANT_ADD(cycles, raw)
{
	.backend = TEAVMX_BACKEND_VMX,
	.is_raw = true,
};

FIXTURE_SETUP(cycles)
{
	const char *count = getenv("CYCLES");

	self->teavmx = machine_open();
	if (variant->backend == TEAVMX_BACKEND_VMX)
		NEED_VMX(self->teavmx);
	self->count = count ? strtoul(count, NULL, 0) : CYCLES_DEFAULT;
	ASSERT_TRUE(machine_vms(self->teavmx, 0));
}

FIXTURE_TEARDOWN(cycles)
{
	teavmx_close(self->teavmx);
}

/* In KiB, or -1 */
static long cycles_memory(void)
{
	long memory = -1;
	FILE *script;

	script = popen("./kernel_memory", "r");
	if (!script)
		return -1;
	if (fscanf(script, "%ld", &memory) != 1)
		memory = -1;
	return pclose(script) ? -1 : memory;
}

static int tea_cycle(struct teavmx *teavmx, enum teavmx_backend backend)
{
	const struct teavmx_program program = {
		.backend = backend,
		.program = program_exit,
		.program_size = sizeof(program_exit),
		.run = true,
		.slice = true,
	};
	struct teavmx_vcpu vcpu;
	int err;

	if (teavmx_vcpu_new(teavmx, 0, &program, &vcpu))
		return -1;
	err = teavmx_vm_del(teavmx, vcpu.vm);
	teavmx_vcpu_clear(&vcpu);
	return err;
}

static int raw_cycle(struct teavmx *teavmx)
{
	struct teavmx_slice slice;
	struct teavmx_vcpu vcpu;
	struct teavmx_vm vm;
	int err;

	if (teavmx_raw_new(teavmx, 0, 64 << 10, &vm))
		return -1;
	err = teavmx_raw_vcpu_new(teavmx, vm.id, &vcpu);
	if (!err) {
		err = teavmx_mem_write(teavmx, vm.id, 0, PAYLOAD(code_leave)) ||
		      teavmx_vcpu_run_slice(teavmx, vm.id, vcpu.id, NULL, &slice);
		teavmx_vcpu_clear(&vcpu);
	}
	if (err)
		printf("# %s\n", teavmx_error(teavmx)->message);
	return teavmx_vm_del(teavmx, vm.id) || err ? -1 : 0;
}

/* VMs that are deleted count for max_vms until they are freed. */
static int one_cycle(struct teavmx *teavmx, const FIXTURE_VARIANT(cycles) *variant)
{
	int tries, err = -1;

	for (tries = 0; tries < TRIES_MAX; tries++) {
		err = variant->is_raw ? raw_cycle(teavmx) :
					tea_cycle(teavmx, variant->backend);
		if (!err || teavmx_error(teavmx)->error != EBUSY)
			break;
		usleep(1000);
	}
	if (err)
		printf("# %s\n", teavmx_error(teavmx)->message);
	return err;
}

static int cycles_run(struct teavmx *teavmx, const FIXTURE_VARIANT(cycles) *variant,
		      unsigned long count)
{
	for (; count; count--)
		if (one_cycle(teavmx, variant))
			return -1;
	return machine_vms(teavmx, 0) ? 0 : -1;
}

TEST_F_TIMEOUT(cycles, leave_no_memory_behind, HOURS_4)
{
	long before, after;
	int tries = 0;

	/* The first ones fill the caches of the allocator, and what is kept of dead VMs. */
	ASSERT_EQ(0, cycles_run(self->teavmx, variant, WARM_UP));
	sleep(1);
	before = cycles_memory();
	ASSERT_EQ(0, cycles_run(self->teavmx, variant, self->count));
	/* RCU and workers free some of what was deleted late. */
	do {
		sleep(1);
		after = cycles_memory();
	} while (after - before >= GROWTH_MAX && ++tries < FREED_S);
	ASSERT_LT(0, before);
	ASSERT_LT(0, after);
	printf("# %lu cycles, memory grew by %ld KiB\n", self->count, after - before);
	if (machine_counts_memory())
		EXPECT_GT(GROWTH_MAX, after - before);
}

TEST_HARNESS_MAIN
