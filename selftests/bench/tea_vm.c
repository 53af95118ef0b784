// SPDX-License-Identifier: GPL-2.0-only
#include <error.h>
#include <string.h>

#include <uapi/tea.h>

#include "tea_vm.h"

/* program_NAME, an array of the bytes of programs/NAME.tas */
#include "programs.h"

#define REPEATS		5
/* Iterations of the loops, in units of 256 */
#define FEW		2
#define MANY		10

#define FILE_OF(name)	{ program_##name, sizeof(program_##name) }

const struct tea_file tea_asleep = FILE_OF(asleep);
const struct tea_file tea_sum = FILE_OF(sum);
const struct tea_file tea_constant = FILE_OF(constant);
const struct tea_file tea_port = FILE_OF(port);
static const struct tea_file tea_text = FILE_OF(text);

void tea_vcpu_new_with(struct teavmx *teavmx, uint32_t vm,
		       const struct tea_run *run, struct teavmx_vcpu *vcpu)
{
	const struct teavmx_program program = {
		.backend = TEAVMX_BACKEND_VMX,
		.stack_size = run->stack_size,
		.program = run->file->bytes,
		.program_size = run->file->size,
		.arguments = run->argument,
		.argument_size = run->argument ? 1 : 0,
		.run = run->at_once,
		.slice = run->at_once,
		.keep = run->keep,
		.engine = run->engine,
	};

	bench_check(teavmx, teavmx_vcpu_new(teavmx, vm, &program, vcpu));
	if (vcpu->state == TEAVMX_VCPU_STATE_EXITED && !vcpu->steps)
		error(1, 0, "a program breaks a launch rule");
}

void tea_vcpu_new(struct teavmx *teavmx, uint32_t vm,
		  const struct tea_file *file, struct teavmx_vcpu *vcpu)
{
	const struct tea_run run = { .file = file };

	tea_vcpu_new_with(teavmx, vm, &run, vcpu);
}

void tea_vcpu_start(struct teavmx *teavmx, uint32_t vm,
		    const struct tea_file *file, struct teavmx_vcpu *vcpu)
{
	const struct tea_run run = { .file = file, .at_once = true };

	tea_vcpu_new_with(teavmx, vm, &run, vcpu);
}

void tea_vcpu_keep(struct teavmx *teavmx, const struct tea_file *file,
		   struct teavmx_vcpu *vcpu)
{
	const struct tea_run run = {
		.file = file,
		.at_once = true,
		.keep = true,
	};

	tea_vcpu_new_with(teavmx, 0, &run, vcpu);
}

void tea_wait(struct teavmx *teavmx, struct teavmx_vcpu *vcpu)
{
	uint32_t vm = vcpu->vm;
	uint32_t id = vcpu->id;

	/* The host's scheduler rarely ends a slice before the program ends. */
	while (vcpu->state != TEAVMX_VCPU_STATE_EXITED) {
		teavmx_vcpu_clear(vcpu);
		bench_check(teavmx, teavmx_vcpu_get(teavmx, vm, id, vcpu));
	}
	if (vcpu->message[TEA_MESSAGE_MIN - 1] != TEA_EXIT_NORMAL)
		error(1, 0, "a program did not end as expected");
}

void tea_free(struct teavmx *teavmx, struct teavmx_vcpu *vcpu)
{
	bench_check(teavmx, teavmx_vm_del(teavmx, vcpu->vm));
	teavmx_vcpu_clear(vcpu);
}

/* The program must have ended normally when no thread has anything to do. */
static void expect_end(struct teavmx *teavmx, struct teavmx_vcpu *vcpu,
		       enum teavmx_engine engine)
{
	uint32_t vm = vcpu->vm;
	uint32_t id = vcpu->id;

	teavmx_vcpu_clear(vcpu);
	bench_check(teavmx, teavmx_vcpu_get(teavmx, vm, id, vcpu));
	if (vcpu->state != TEAVMX_VCPU_STATE_EXITED ||
	    vcpu->message[TEA_MESSAGE_MIN - 1] != TEA_EXIT_NORMAL ||
	    vcpu->engine != engine)
		error(1, 0, "a program did not end as expected");
}

uint64_t tea_run(struct teavmx *teavmx, const struct tea_run *run,
		 uint8_t *message)
{
	const struct teavmx_run again = { .reset = run->keep };
	struct teavmx_vcpu vcpu;
	struct teavmx_vm vm;
	uint64_t begin, ticks;

	bench_check(teavmx, teavmx_vm_new(teavmx, 0, &vm));
	tea_vcpu_new_with(teavmx, vm.id, run, &vcpu);
	if (run->keep)
		bench_check(teavmx, teavmx_vcpu_run(teavmx, vm.id, vcpu.id));
	busy_end(busy_begin());
	begin = busy_begin();
	bench_check(teavmx, teavmx_vcpu_run_with(teavmx, vm.id, vcpu.id,
						 &again));
	ticks = busy_end(begin);
	expect_end(teavmx, &vcpu, run->engine);
	memcpy(message, vcpu.message, sizeof(vcpu.message));
	tea_free(teavmx, &vcpu);
	return ticks;
}

static uint64_t loop_ticks(struct teavmx *teavmx, const struct tea_file *file,
			   uint8_t iterations)
{
	const struct tea_run run = { .file = file, .argument = &iterations };
	uint8_t message[16];

	return tea_run(teavmx, &run, message);
}

/* Ticks of an iteration of a program's loop */
static uint64_t iteration_ticks(struct teavmx *teavmx,
				const struct tea_file *file)
{
	uint64_t few = loop_ticks(teavmx, file, FEW);

	return (loop_ticks(teavmx, file, MANY) - few) / ((MANY - FEW) * 256);
}

/* What an iteration costs beyond one that pushes a constant and drops it */
static void tea_compare(struct teavmx *teavmx, const struct tea_file *file,
			const char *row)
{
	static struct series series;
	uint64_t base;
	unsigned int i;

	series.count = 0;
	for (i = 0; i < REPEATS; i++) {
		base = iteration_ticks(teavmx, &tea_constant);
		series_add(&series, iteration_ticks(teavmx, file) - base);
	}
	series_print(&series, row, 0);
}

void tea_bench(void)
{
	struct teavmx *teavmx = bench_open();

	tea_compare(teavmx, &tea_port, "tea-port");
	tea_compare(teavmx, &tea_text, "tea-text");
	teavmx_close(teavmx);
}
