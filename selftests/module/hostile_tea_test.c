// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hostile TEA programs that are generated from seeds, interpreted and translated in
 * VMX guests. Some bytes of each are random; those that do not end are killed.
 * HOSTILE_SEED and HOSTILE_PROGRAMS in the environment choose others.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <selftests/tea/bytecode_generator.h>
#include <selftests/tea/chance.h>

#include "expect.h"

#define PROGRAMS	400
#define SEED		5000000
#define PATIENCE_MS	20

/**
 * struct tea_end - how a program has ended
 * @ended: by itself, in time
 * @steps: instructions
 * @size: bytes of @message
 * @message: its exit message
 */
struct tea_end {
	bool ended;
	uint64_t steps;
	size_t size;
	uint8_t message[16];
};

FIXTURE(hostile_tea)
{
	struct teavmx *teavmx;
	struct bytecode_case program;
};

FIXTURE_SETUP(hostile_tea)
{
	self->teavmx = machine_open();
	NEED_VMX(self->teavmx);
}

FIXTURE_TEARDOWN(hostile_tea)
{
	EXPECT_TRUE(machine_vms(self->teavmx, 0));
	teavmx_close(self->teavmx);
}

/* Half of the programs have a few bytes of code that are random. */
static void make(struct bytecode_case *program, uint64_t seed)
{
	struct chance chance = { .state = ~seed };
	unsigned int i, count;

	bytecode_generate(program, seed);
	count = chance_percent(&chance, 50) ? chance_below(&chance, 6) : 0;
	if (program->file_size <= TEA_HEADER_SIZE)
		return;
	for (i = 0; i < count; i++)
		program->file[TEA_HEADER_SIZE +
			      chance_below(&chance, program->file_size -
					   TEA_HEADER_SIZE)] =
			chance_below(&chance, 256);
}

static int await_end(FIXTURE_DATA(hostile_tea) *self, struct teavmx_vcpu *vcpu)
{
	long long until = machine_ms() + PATIENCE_MS;
	uint32_t vm = vcpu->vm, id = vcpu->id;

	while (vcpu->state != TEAVMX_VCPU_STATE_EXITED &&
	       machine_ms() < until) {
		usleep(1000);
		teavmx_vcpu_clear(vcpu);
		if (teavmx_vcpu_get(self->teavmx, vm, id, vcpu))
			return -1;
	}
	return 0;
}

static int run_program(FIXTURE_DATA(hostile_tea) *self,
		       enum teavmx_engine engine, struct tea_end *end)
{
	const struct bytecode_case *program = &self->program;
	const struct teavmx_program params = {
		.backend = TEAVMX_BACKEND_VMX,
		.stack_size = program->stack_size,
		.program = program->file,
		.program_size = program->file_size,
		.arguments = program->arguments,
		.argument_size = program->argument_size,
		.engine = engine,
		.run = true,
		.slice = true,
	};
	struct teavmx_vcpu vcpu = { };
	int err;

	memset(end, 0, sizeof(*end));
	if (teavmx_vcpu_new(self->teavmx, 0, &params, &vcpu) ||
	    await_end(self, &vcpu))
		return -1;
	end->ended = vcpu.state == TEAVMX_VCPU_STATE_EXITED;
	end->steps = vcpu.steps;
	end->size = vcpu.message_size;
	memcpy(end->message, vcpu.message, vcpu.message_size);
	err = teavmx_vm_del(self->teavmx, vcpu.vm);
	teavmx_vcpu_clear(&vcpu);
	return err;
}

static bool is_same(const struct tea_end *one, const struct tea_end *two)
{
	if (!one->ended || !two->ended)
		return true;
	return one->steps == two->steps && one->size == two->size &&
	       !memcmp(one->message, two->message, one->size);
}

TEST_F_TIMEOUT(hostile_tea, interpreted_and_translated, 100000)
{
	uint64_t seed = machine_setting("HOSTILE_SEED", SEED);
	uint64_t last = seed + machine_setting("HOSTILE_PROGRAMS", PROGRAMS);
	struct tea_end interpreted, translated;
	unsigned int killed = 0, compared = 0, programs = last - seed;

	for (; seed < last; seed++) {
		make(&self->program, seed);
		ASSERT_EQ(0, run_program(self, TEAVMX_ENGINE_INTERP,
					 &interpreted));
		ASSERT_EQ(0, run_program(self, TEAVMX_ENGINE_JIT, &translated));
		killed += !interpreted.ended + !translated.ended;
		compared += interpreted.ended && translated.ended;
		EXPECT_TRUE(is_same(&interpreted, &translated)) {
			TH_LOG("seed %llu", (unsigned long long)seed);
		}
	}
	printf("# %u runs were killed, %u of %u programs compared\n", killed,
	       compared, programs);
	EXPECT_LE(programs / 2, compared);
}

TEST_HARNESS_MAIN
