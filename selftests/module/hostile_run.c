// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hostile_run.h"
#include "hostile_sequence.h"

/* So many exits and so much time has a guest between two stops. */
#define EXITS_MAX	300
#define TIME_MAX	200000
/* With HOSTILE_SEQUENCE; the log has a record of each exit and others. */
#define SEQUENCE_MAX	900
/* With HOSTILE_STEPS */
#define STEPS_MAX	200
#define STOPS_MAX	24
#define ROUNDS		3
#define PATIENCE_MS	20000
#define PAGE		4096
/* Flags that a host program may change in any mode */
#define FLAGS_MAY	0x54fd5
#define RFLAGS_VM	0x20000
#define CR0_PE		1
#define RIGHTS_L	0x2000
#define RIGHTS_UNUSABLE	0x10000
#define RIGHTS_DPL	5
/* Present, but a data segment that is read-only and was not accessed */
#define RIGHTS_NULL	0x90
/* Iterations of an instruction with REP, which are requests for RAM each */
#define ITERATIONS_MAX	8

/**
 * struct runner - a guest that is running
 * @teavmx: handle
 * @made: as it was made
 * @guest: its VM
 * @events: events are injected, and so on
 * @how: bits of enum hostile_how
 * @bounds: when it stops by itself
 * @end: its end
 */
struct runner {
	struct teavmx *teavmx;
	struct hostile_guest *made;
	struct guest guest;
	bool events;
	unsigned int how;
	struct teavmx_run bounds;
	struct hostile_end *end;
};

static uint32_t below(struct runner *runner, uint32_t limit)
{
	return (hostile_random(&runner->made->random) >> 32) % limit;
}

/* The first fault counts. */
static void blame(struct runner *runner, const char *what, const char *why)
{
	if (!runner->end->fault[0])
		snprintf(runner->end->fault, sizeof(runner->end->fault),
			 "%s: %s", what, why);
}

/* For a request that must succeed */
static bool done(struct runner *runner, const char *what, int err)
{
	if (err)
		blame(runner, what, teavmx_error(runner->teavmx)->message);
	return !err;
}

/* What depends on the time, or differs from CPU to CPU, stops the guest. */
static void route(struct runner *runner)
{
	static const uint8_t always[] = {
		VMX_EXIT_RDTSC, VMX_EXIT_RDTSCP, VMX_EXIT_RDRAND,
		VMX_EXIT_RDSEED,
	};
	uint8_t reasons[TEAVMX_HOST_REASONS_SIZE];
	size_t i;

	memcpy(reasons, runner->guest.vm.host_reasons, sizeof(reasons));
	for (i = 0; i < sizeof(always); i++)
		reasons[always[i] / 8] |= 1 << always[i] % 8;
	/* The TSC is also an MSR. */
	if (runner->how & HOSTILE_LOOK)
		reasons[VMX_EXIT_MSR_READ / 8] |= 1 << VMX_EXIT_MSR_READ % 8;
	for (i = 0; runner->events && i < sizeof(reasons); i++)
		if (!below(runner, 8))
			reasons[i] |= 1 << below(runner, 8);
	if (teavmx_host_reasons(runner->teavmx, runner->guest.vm.id, reasons))
		memcpy(reasons, runner->guest.vm.host_reasons, sizeof(reasons));
	if (runner->events && !below(runner, 4))
		teavmx_host_exceptions(runner->teavmx, runner->guest.vm.id,
				       1u << below(runner, 32));
}

/* Pages of zeros are left to the module. */
static int write_ram(struct runner *runner)
{
	static const uint8_t zeros[PAGE];
	const uint8_t *ram = runner->made->ram;
	uint32_t at, size;

	for (at = 0; at < HOSTILE_RAM; at += size ? size : PAGE) {
		for (size = 0; at + size < HOSTILE_RAM; size += PAGE)
			if (!memcmp(ram + at + size, zeros, PAGE))
				break;
		if (size && teavmx_mem_write(runner->teavmx,
					     runner->guest.vm.id, at, ram + at,
					     size))
			return -1;
	}
	return 0;
}

static bool create(struct runner *runner)
{
	struct hostile_guest *made = runner->made;
	struct guest *guest = &runner->guest;
	uint32_t i;

	if (!done(runner, "VM", guest_new(guest, runner->teavmx, HOSTILE_RAM)) ||
	    !done(runner, "RAM", write_ram(runner)))
		return false;
	route(runner);
	for (i = 0; i < made->vcpus; i++) {
		if (!done(runner, "vCPU",
			  teavmx_raw_vcpu_new(runner->teavmx, guest->vm.id,
					      &guest->vcpu[i])))
			return false;
		guest->count++;
		if (!done(runner, "registers",
			  teavmx_regs_set(runner->teavmx, guest->vm.id,
					  guest->vcpu[i].id,
					  made->registers[i], made->count)))
			return false;
	}
	return true;
}

static void inject(struct runner *runner, uint32_t vcpu)
{
	static const struct teavmx_inject events[] = {
		{ .vector = 0x20, .type = VMX_INTR_TYPE_EXTERNAL_INTERRUPT },
		{ .vector = 0xff, .type = VMX_INTR_TYPE_EXTERNAL_INTERRUPT },
		{ .vector = 2, .type = VMX_INTR_TYPE_NMI },
		{ .vector = 1, .type = VMX_INTR_TYPE_HARDWARE_EXCEPTION },
		{ .vector = 6, .type = VMX_INTR_TYPE_HARDWARE_EXCEPTION },
		{ .vector = 13, .type = VMX_INTR_TYPE_HARDWARE_EXCEPTION,
		  .has_error = true },
		{ .vector = 13, .type = VMX_INTR_TYPE_HARDWARE_EXCEPTION },
		{ .vector = 14, .type = VMX_INTR_TYPE_HARDWARE_EXCEPTION,
		  .has_error = true, .error = 7 },
		{ .vector = 17, .type = VMX_INTR_TYPE_HARDWARE_EXCEPTION,
		  .has_error = true },
		{ .vector = 8, .type = VMX_INTR_TYPE_HARDWARE_EXCEPTION,
		  .has_error = true },
		{ .vector = 0x80, .type = VMX_INTR_TYPE_SOFTWARE_INTERRUPT,
		  .length = 2 },
		{ .vector = 1, .length = 1,
		  .type = VMX_INTR_TYPE_PRIVILEGED_SOFTWARE_EXCEPTION },
		{ .vector = 3, .type = VMX_INTR_TYPE_SOFTWARE_EXCEPTION,
		  .length = 1 },
		{ .vector = 0, .type = VMX_INTR_TYPE_OTHER_EVENT },
	};
	const struct teavmx_inject *event =
		&events[below(runner, sizeof(events) / sizeof(*events))];

	/* Some are refused: one with an error code in real mode, and so on. */
	teavmx_inject(runner->teavmx, runner->guest.vm.id, vcpu, event);
}

static uint64_t read_register(struct runner *runner, uint32_t vcpu,
			      uint32_t number)
{
	struct teavmx_register *registers;
	uint64_t value = 0;
	int count = teavmx_regs_get(runner->teavmx, runner->guest.vm.id, vcpu,
				    &registers);

	if (done(runner, "registers", count < 0)) {
		value = teavmx_reg_get(registers, count, number);
		free(registers);
	}
	return value;
}

/* Registers that change how the processor goes on, with values that are legal */
static void change(struct runner *runner, uint32_t vcpu)
{
	static const uint32_t numbers[] = {
		TEAVMX_REG_RFLAGS, TEAVMX_REG_DR7, TEAVMX_REG_DR0,
		TEAVMX_REG_CR2, TEAVMX_REG_RIP, TEAVMX_REG_RSP,
	};
	uint32_t place = below(runner, sizeof(numbers) / sizeof(*numbers));
	struct teavmx_register reg = { .number = numbers[place] };

	reg.value = AT_CODE + below(runner, CODE_SIZE);
	if (reg.number == TEAVMX_REG_DR7)
		reg.value = 0x400 | below(runner, 0x10000) << 16 |
			    below(runner, 256);
	if (reg.number == TEAVMX_REG_RFLAGS)
		reg.value = read_register(runner, vcpu, reg.number) ^
			    (below(runner, 0x80000) & FLAGS_MAY);
	teavmx_regs_set(runner->teavmx, runner->guest.vm.id, vcpu, &reg, 1);
}

static void disturb(struct runner *runner, uint32_t vcpu)
{
	struct teavmx_breakpoint breakpoint = {
		.kind = below(runner, 6),
		.address = AT_CODE + below(runner, CODE_SIZE),
	};

	if (!runner->events)
		return;
	if (!below(runner, 4))
		inject(runner, vcpu);
	if (!below(runner, 16))
		change(runner, vcpu);
	if (!below(runner, 16))
		teavmx_break_set(runner->teavmx, runner->guest.vm.id, vcpu,
				 &breakpoint);
}

/* A handler whose log is full halts, and so does the last slot of code. */
static bool is_last_halt(const struct teavmx_record *exit)
{
	return (exit->reason & 0xffff) == VMX_EXIT_HLT &&
	       ((exit->rip >= AT_HANDLER && exit->rip < AT_CODE) ||
		(exit->rip >= AT_CODE + CODE_SIZE - SLOT_SIZE &&
		 exit->rip < AT_CODE + CODE_SIZE));
}

static enum teavmx_answer answer_exit(void *data,
				      const struct teavmx_record *exit)
{
	struct runner *runner = data;

	if (is_last_halt(exit))
		return TEAVMX_ANSWER_STAY;
	switch (exit->reason & 0xffff) {
	case VMX_EXIT_TRIPLE_FAULT:
	case VMX_EXIT_TASK_SWITCH:
	case VMX_EXIT_EPT_MISCONFIG:
		return TEAVMX_ANSWER_STAY;
	case VMX_EXIT_EXCEPTION_NMI:
		if (runner->events)
			inject(runner, exit->vcpu);
		return TEAVMX_ANSWER_AGAIN;
	default:
		return TEAVMX_ANSWER_DONE;
	}
}

/* Has one of the data segments rights with these bits of the mask? */
static bool has_rights(struct runner *runner, uint32_t vcpu, uint64_t mask,
		       uint64_t bits)
{
	static const uint32_t segments[] = {
		TEAVMX_REG_ES_RIGHTS, TEAVMX_REG_DS_RIGHTS,
		TEAVMX_REG_FS_RIGHTS, TEAVMX_REG_GS_RIGHTS,
	};
	size_t i;

	for (i = 0; i < sizeof(segments) / sizeof(*segments); i++)
		if ((read_register(runner, vcpu, segments[i]) & mask) == bits)
			return true;
	return false;
}

/*
 * Bochs saves guest state that VM entry refuses in three cases (Documentation/testing.rst):
 * IRET to virtual-8086 mode leaves bit 13 of earlier rights, a segment that was null and
 * is loaded in real mode becomes usable with type 0, and a null SS has DPL 0 at each CPL.
 */
static bool is_fault_of_bochs(struct runner *runner, uint32_t vcpu)
{
	uint64_t ss = read_register(runner, vcpu, TEAVMX_REG_SS_RIGHTS);
	uint64_t cpl = read_register(runner, vcpu, TEAVMX_REG_CS) & 3;

	if (!machine_is_bochs())
		return false;
	if (read_register(runner, vcpu, TEAVMX_REG_RFLAGS) & RFLAGS_VM)
		return has_rights(runner, vcpu, RIGHTS_L, RIGHTS_L);
	if (!(read_register(runner, vcpu, TEAVMX_REG_CR0) & CR0_PE))
		return has_rights(runner, vcpu, UINT64_MAX, RIGHTS_NULL);
	return (ss & RIGHTS_UNUSABLE) && (ss >> RIGHTS_DPL & 3) != cpl;
}

static void entry_failed(struct runner *runner, uint32_t vcpu)
{
	if (is_fault_of_bochs(runner, vcpu))
		return;
	blame(runner, "entry", "it failed");
	guest_show_findings(&runner->guest);
}

static void note_stop(struct runner *runner, const struct teavmx_slice *slice)
{
	const uint64_t words[] = {
		slice->stop, slice->exit.reason,
		hostile_qualification(&slice->exit), slice->exit.rip,
	};
	struct hostile_end *end = runner->end;

	end->stop = (int)slice->stop;
	end->reason = slice->has_exit ? slice->exit.reason : 0;
	end->path = hostile_hash(end->path, words,
				 slice->has_exit ? sizeof(words) : 8);
}

/* A guest that its slice did not stop is stopped by its bounds. */
static bool await(struct runner *runner, uint32_t vcpu)
{
	long long until = machine_ms() + PATIENCE_MS;
	uint32_t state, stop;

	do {
		if (!done(runner, "state",
			  teavmx_vcpu_state(runner->teavmx, runner->guest.vm.id,
					    vcpu, &state, &stop)))
			return false;
		if (state == TEAVMX_VCPU_STATE_PAUSED) {
			runner->end->stop = (int)stop;
			return true;
		}
		usleep(1000);
	} while (machine_ms() < until);
	blame(runner, "vCPU", "it does not stop");
	return false;
}

/* The library executes REP instructions, up to 4096 iterations at a time. */
static void shorten(struct runner *runner, const struct teavmx_record *exit)
{
	struct teavmx_register count = {
		.number = TEAVMX_REG_RCX,
		.value = below(runner, ITERATIONS_MAX),
	};
	struct teavmx_qual_io io = teavmx_qual_io(exit->qualification);

	if (exit->reason == VMX_EXIT_EPT_VIOLATION ||
	    (exit->reason == VMX_EXIT_IO_INSTRUCTION && io.string && io.rep))
		teavmx_regs_set(runner->teavmx, runner->guest.vm.id, exit->vcpu,
				&count, 1);
}

/* The guest continues: the exit is answered, with events in between. */
static bool go_on(struct runner *runner, struct teavmx_slice *slice)
{
	struct teavmx_answers answers = {
		.other = answer_exit,
		.resume = true,
		.slice = slice,
	};
	struct teavmx_record exit = slice->exit;
	uint32_t vcpu = runner->guest.vcpu[0].id;

	disturb(runner, vcpu);
	if (slice->has_exit)
		shorten(runner, &exit);
	if (slice->stop == TEAVMX_STOP_BREAKPOINT)
		return !teavmx_vcpu_run_slice(runner->teavmx,
					      runner->guest.vm.id, vcpu,
					      &runner->bounds, slice);
	return slice->has_exit &&
	       teavmx_answer(runner->teavmx, &exit, &answers, runner) == 1;
}

/* The thread has continued the slice, up to a stop that no time decides. */
static bool await_slice(struct runner *runner, struct teavmx_slice *slice)
{
	if (!await(runner, runner->guest.vcpu[0].id))
		return false;
	slice->stop = runner->end->stop;
	slice->has_exit = slice->stop == TEAVMX_STOP_EXIT &&
			  !guest_last_exit(&runner->guest, 0, &slice->exit);
	return true;
}

static void run_one(struct runner *runner)
{
	uint32_t vcpu = runner->guest.vcpu[0].id;
	struct hostile_end *end = runner->end;
	struct teavmx_slice slice;

	disturb(runner, vcpu);
	if (!done(runner, "run",
		  teavmx_vcpu_run_slice(runner->teavmx, runner->guest.vm.id,
					vcpu, &runner->bounds, &slice)))
		return;
	for (;;) {
		end->stops++;
		if (slice.state != TEAVMX_VCPU_STATE_PAUSED &&
		    !await_slice(runner, &slice))
			return;
		note_stop(runner, &slice);
		end->timed |= end->reason == VMX_EXIT_EXTERNAL_INTERRUPT;
		if (slice.stop != TEAVMX_STOP_EXIT &&
		    slice.stop != TEAVMX_STOP_BREAKPOINT)
			break;
		if (end->stops == STOPS_MAX || !go_on(runner, &slice))
			return;
	}
	end->timed |= slice.stop != TEAVMX_STOP_FAIL &&
		      slice.stop != TEAVMX_STOP_STEPS;
	if (slice.stop == TEAVMX_STOP_FAIL)
		entry_failed(runner, vcpu);
}

/* All run at the same time. An exit that one is paused for is skipped. */
static void run_all(struct runner *runner)
{
	struct teavmx_run run = runner->bounds;
	uint32_t i, round;

	runner->end->timed = true;
	for (round = 0; round < ROUNDS; round++) {
		for (i = 0; i < runner->guest.count; i++) {
			disturb(runner, runner->guest.vcpu[i].id);
			teavmx_vcpu_run_with(runner->teavmx,
					     runner->guest.vm.id,
					     runner->guest.vcpu[i].id, &run);
		}
		for (i = 0; i < runner->guest.count; i++) {
			if (!await(runner, runner->guest.vcpu[i].id))
				return;
			runner->end->stops++;
			if (runner->end->stop == TEAVMX_STOP_FAIL) {
				entry_failed(runner, runner->guest.vcpu[i].id);
				return;
			}
		}
		run.answered = true;
	}
}

/* Of an unusable segment the processor defines no other bit of the access rights. */
static uint64_t defined_value(const struct teavmx_register *reg)
{
	const uint32_t step = TEAVMX_REG_CS - TEAVMX_REG_ES;

	if (reg->number >= TEAVMX_REG_ES_RIGHTS &&
	    reg->number <= TEAVMX_REG_TR_RIGHTS &&
	    (reg->number - TEAVMX_REG_ES_RIGHTS) % step == 0 &&
	    (reg->value & RIGHTS_UNUSABLE))
		return RIGHTS_UNUSABLE;
	return reg->value;
}

static void register_show(const struct teavmx_register *reg)
{
	const char *name = teavmx_reg_name(reg->number);

	printf("#   register %s %llx\n", name ? name : "?",
	       (unsigned long long)reg->value);
}

static void read_sequence(struct runner *runner)
{
	struct hostile_sequence sequence = {
		.show = runner->how & HOSTILE_SHOW,
	};

	if (!done(runner, "log",
		  hostile_sequence_read(&sequence, runner->teavmx,
					runner->guest.vm.id)))
		return;
	if (sequence.lost)
		blame(runner, "log", "it has lost records");
	runner->end->sequence = sequence.hash;
	runner->end->caused = sequence.count;
}

static void look_back(struct runner *runner)
{
	struct teavmx_vcpu *vcpu = &runner->guest.vcpu[0];
	uint32_t vm = runner->guest.vm.id, id = vcpu->id;
	struct teavmx_register *registers;
	size_t i;
	int count;

	count = teavmx_regs_get(runner->teavmx, vm, id, &registers);
	if (!done(runner, "registers", count < 0))
		return;
	for (i = 0; i < (size_t)count; i++) {
		uint64_t value = defined_value(&registers[i]);

		runner->end->registers =
			hostile_hash(runner->end->registers, &value, 8);
		if (runner->how & HOSTILE_SHOW)
			register_show(&registers[i]);
	}
	free(registers);
	if (runner->how & HOSTILE_SEQUENCE)
		read_sequence(runner);
	teavmx_vcpu_clear(vcpu);
	if (!done(runner, "vCPU", teavmx_vcpu_get(runner->teavmx, vm, id, vcpu)))
		return;
	for (i = 0; i < vcpu->exit_count; i++)
		runner->end->exits += vcpu->exits[i].count;
	if (!(runner->how & HOSTILE_LOOK) ||
	    !done(runner, "RAM", teavmx_mem_read(runner->teavmx, vm, 0,
						 runner->made->ram,
						 HOSTILE_RAM)))
		return;
	runner->end->ram = hostile_hash(0, runner->made->ram, HOSTILE_RAM);
}

void hostile_run(struct teavmx *teavmx, struct hostile_guest *guest,
		 unsigned int how, struct hostile_end *end)
{
	const char *time = getenv("HOSTILE_TIME");
	struct runner runner = {
		.teavmx = teavmx,
		.made = guest,
		.events = how & HOSTILE_EVENTS,
		.how = how,
		.bounds = {
			.exits = how & HOSTILE_SEQUENCE ? SEQUENCE_MAX : EXITS_MAX,
			.time = time ? strtoull(time, NULL, 0) : TIME_MAX,
		},
		.end = end,
	};

	if (how & HOSTILE_STEPS) {
		runner.bounds.steps = STEPS_MAX;
		runner.bounds.time = 0;
	}
	memset(end, 0, sizeof(*end));
	if (create(&runner)) {
		if (guest->vcpus > 1)
			run_all(&runner);
		else
			run_one(&runner);
		look_back(&runner);
	}
	if (runner.guest.vm.id && guest_free(&runner.guest))
		blame(&runner, "VM", "it cannot be deleted");
}
