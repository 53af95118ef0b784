// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <uapi/regs.h>
#include <userspace/common/tea_words.h>
#include <userspace/debug/debugger.h>
#include <userspace/debug/interrupt.h>

#include "command.h"
#include "output.h"
#include "target.h"

/**
 * struct vcpu_target - a vCPU as the target of the debugger
 * @target: the part that the debugger uses
 * @teavmx: handle
 * @program: what its vCPU runs
 * @vm: its VM, 0 before there is one
 * @vcpu: the vCPU
 * @state: its state, by the records so far
 * @stop: enum teavmx_stop, when it is paused
 * @cause: why VM entry failed, or empty
 * @interrupts: interrupts that it was paused or killed for
 * @options: options of the command line
 */
struct vcpu_target {
	struct debug_target target;
	struct teavmx *teavmx;
	struct teavmx_program program;
	uint32_t vm;
	uint32_t vcpu;
	uint32_t state;
	uint32_t stop;
	char cause[256];
	int interrupts;
	struct debugger_options options;
};

static struct vcpu_target *vcpu_of(struct debug_target *target)
{
	return (struct vcpu_target *)target;
}

static int vcpu_fail(const struct vcpu_target *self)
{
	const struct teavmx_error *error = teavmx_error(self->teavmx);
	const char *hint = NULL;

	if (error->error == EOPNOTSUPP &&
	    self->program.backend == TEAVMX_BACKEND_VMX)
		hint = "try: --backend soft, which needs no VMX";
	return output_failure(error, hint);
}

static bool vcpu_stopped(const struct vcpu_target *self)
{
	return self->state == TEAVMX_VCPU_STATE_PAUSED ||
	       self->state == TEAVMX_VCPU_STATE_EXITED;
}

/* The state replaces records that may be lost. */
static int vcpu_look(struct vcpu_target *self)
{
	return teavmx_vcpu_state(self->teavmx, self->vm, self->vcpu,
				 &self->state, &self->stop);
}

/* The process may have ended before the request, which is no failure. */
static int vcpu_request(struct vcpu_target *self,
			int (*request)(struct teavmx *teavmx, uint32_t vm, uint32_t vcpu))
{
	int err = request(self->teavmx, self->vm, self->vcpu);

	return err && (vcpu_look(self) || !vcpu_stopped(self)) ?
	       TEAVMX_FOLLOW_FAILED : TEAVMX_FOLLOW_ON;
}

static int vcpu_record(const struct teavmx_record *record, void *data)
{
	struct vcpu_target *self = data;
	/* A process that it has run is another vCPU of the VM, whose text counts, too. */
	bool mine = record->vcpu == self->vcpu;

	switch (record->type) {
	case TEAVMX_EVENT_TYPE_LOST:
		fputs("teavmx: lost events, text may be missing\n", stderr);
		return vcpu_look(self);
	case TEAVMX_EVENT_TYPE_TEA_TEXT:
		if (self->target.output->text(self->target.output_data,
					      record->bytes, record->size))
			return vcpu_request(self, teavmx_vcpu_kill);
		break;
	case TEAVMX_EVENT_TYPE_VMX_EXIT:
	case TEAVMX_EVENT_TYPE_VMX_FAIL:
		if (mine)
			output_failed_entry(record, self->cause, sizeof(self->cause));
		break;
	case TEAVMX_EVENT_TYPE_STATE:
		if (!mine)
			break;
		self->state = record->state;
		self->stop = record->stop;
		if (record->state == TEAVMX_VCPU_STATE_WAITING &&
		    record->port != TEAVMX_NO_PORT)
			self->target.output->waiting(self->target.output_data,
						     (unsigned int)record->port);
		break;
	}
	return TEAVMX_FOLLOW_ON;
}

static int vcpu_check(void *data)
{
	struct vcpu_target *self = data;

	while (!vcpu_stopped(self) && debug_interrupted() != self->interrupts) {
		self->interrupts = debug_interrupted();
		/* The second interrupt kills a program that has not paused after the first. */
		if (vcpu_request(self, self->interrupts == 1 ?
				 teavmx_vcpu_pause : teavmx_vcpu_kill))
			return TEAVMX_FOLLOW_FAILED;
	}
	return vcpu_stopped(self) ? TEAVMX_FOLLOW_END : TEAVMX_FOLLOW_ON;
}

static int vcpu_wait(int fd, void *data)
{
	const struct vcpu_target *self = data;

	self->target.output->flush(self->target.output_data);
	return debug_wait(fd, TEAVMX_SYNC_MS, self->interrupts) ||
	       debug_interrupted() != self->interrupts ?
	       TEAVMX_FOLLOW_ON : TEAVMX_FOLLOW_SYNC;
}

static int vcpu_synced(void *data)
{
	return vcpu_look(data);
}

/* Until the vCPU is paused or has exited */
static int vcpu_follow(struct vcpu_target *self)
{
	static const struct teavmx_follower follower = {
		.check = vcpu_check,
		.record = vcpu_record,
		.wait = vcpu_wait,
		.synced = vcpu_synced,
	};

	self->interrupts = 0;
	return teavmx_follow(self->teavmx, &follower, self);
}

/*
 * Reads the records before the stop, if the stop was found by reading the
 * state.
 */
static int vcpu_drain(struct vcpu_target *self)
{
	uint32_t state = self->state;
	uint32_t stop = self->stop;
	struct teavmx_record record;
	int err;

	while ((err = teavmx_event_next(self->teavmx, &record)) > 0)
		if (vcpu_record(&record, self))
			return -1;
	self->state = state;
	self->stop = stop;
	return err;
}

static int run_and_follow(struct vcpu_target *self, const struct teavmx_run *run)
{
	if (teavmx_vcpu_run_with(self->teavmx, self->vm, self->vcpu, run))
		return -1;
	self->state = TEAVMX_VCPU_STATE_RUNNING;
	return vcpu_follow(self) || vcpu_drain(self) ? -1 : 0;
}

static int vcpu_start(struct debug_target *target)
{
	struct vcpu_target *self = vcpu_of(target);
	struct teavmx_vcpu vcpu;
	struct teavmx_vm vm;

	/*
	 * Each start has a VM of its own, so that ports have their initial
	 * state.
	 */
	if (self->vm && teavmx_vm_del(self->teavmx, self->vm))
		return vcpu_fail(self);
	self->vm = 0;
	if (teavmx_vm_new(self->teavmx, 0, &vm))
		return vcpu_fail(self);
	self->vm = vm.id;
	if (teavmx_event_watch(self->teavmx, vm.id, 1) ||
	    teavmx_vcpu_new(self->teavmx, vm.id, &self->program, &vcpu))
		return vcpu_fail(self);
	self->vcpu = vcpu.id;
	self->state = vcpu.state;
	self->cause[0] = '\0';
	teavmx_vcpu_clear(&vcpu);
	return CLI_OK;
}

static int vcpu_go(struct debug_target *target, unsigned long long steps,
		   unsigned int until, enum debug_cause *cause)
{
	const struct teavmx_run run = { .steps = steps, .until = until };
	struct vcpu_target *self = vcpu_of(target);

	if (run_and_follow(self, &run))
		return vcpu_fail(self);
	if (self->state == TEAVMX_VCPU_STATE_EXITED) {
		*cause = DEBUG_GONE;
		if (self->cause[0])
			cli_error(CLI_GUEST, NULL, "%s", self->cause);
		return CLI_OK;
	}
	switch (self->stop) {
	case TEAVMX_STOP_ENDED:
		*cause = DEBUG_ENDED;
		break;
	case TEAVMX_STOP_REQUEST:
		*cause = DEBUG_REQUEST;
		break;
	case TEAVMX_STOP_BREAKPOINT:
		*cause = DEBUG_BREAK;
		break;
	case TEAVMX_STOP_WATCH:
		*cause = DEBUG_WATCH;
		break;
	default:
		*cause = DEBUG_STEPS;
	}
	return CLI_OK;
}

static int vcpu_point(struct debug_target *target, bool watch, unsigned int address,
		      bool set)
{
	struct vcpu_target *self = vcpu_of(target);
	const struct teavmx_breakpoint breakpoint = {
		.kind = watch ? TEAVMX_BREAKPOINT_KIND_TEA_STACK :
				TEAVMX_BREAKPOINT_KIND_TEA_CODE,
		.address = address,
	};
	int err;

	err = set ? teavmx_break_set(self->teavmx, self->vm, self->vcpu,
				     &breakpoint) :
		    teavmx_break_clear(self->teavmx, self->vm, self->vcpu,
				       &breakpoint);
	return err ? vcpu_fail(self) : CLI_OK;
}

static int vcpu_get(struct debug_target *target, struct tea_registers *registers)
{
	struct vcpu_target *self = vcpu_of(target);
	struct teavmx_register *list;
	int count = teavmx_regs_get(self->teavmx, self->vm, self->vcpu, &list);

	if (count < 0)
		return vcpu_fail(self);
	*registers = (struct tea_registers){
		.cp = (unsigned int)teavmx_reg_get(list, (size_t)count,
						   TEAVMX_REG_TEA_CP),
		.sp = (unsigned int)teavmx_reg_get(list, (size_t)count,
						   TEAVMX_REG_TEA_SP),
		.flags = (unsigned int)teavmx_reg_get(list, (size_t)count,
						      TEAVMX_REG_TEA_FLAGS),
		.steps = teavmx_reg_get(list, (size_t)count,
					TEAVMX_REG_TEA_STEPS),
	};
	free(list);
	return CLI_OK;
}

static int vcpu_set(struct debug_target *target,
		    const struct tea_registers *registers)
{
	const struct teavmx_register list[] = {
		{ TEAVMX_REG_TEA_CP, registers->cp },
		{ TEAVMX_REG_TEA_SP, registers->sp },
		{ TEAVMX_REG_TEA_FLAGS, registers->flags },
	};
	struct vcpu_target *self = vcpu_of(target);

	return teavmx_regs_set(self->teavmx, self->vm, self->vcpu, list,
			       ARRAY_SIZE(list)) ? vcpu_fail(self) : CLI_OK;
}

static int vcpu_read(struct debug_target *target, unsigned int at,
		     unsigned char *bytes, unsigned int size)
{
	struct vcpu_target *self = vcpu_of(target);

	return teavmx_stack_read(self->teavmx, self->vm, self->vcpu, at, bytes,
				 size) ? vcpu_fail(self) : CLI_OK;
}

static int vcpu_write(struct debug_target *target, unsigned int at,
		      unsigned char byte)
{
	struct vcpu_target *self = vcpu_of(target);

	return teavmx_stack_write(self->teavmx, self->vm, self->vcpu, at, &byte,
				  1) ? vcpu_fail(self) : CLI_OK;
}

static int vcpu_end(struct debug_target *target, bool kill,
		    struct tea_result *result)
{
	struct vcpu_target *self = vcpu_of(target);
	struct teavmx_vcpu vcpu;
	int err = 0;

	if (self->state != TEAVMX_VCPU_STATE_EXITED) {
		err = kill ? teavmx_vcpu_kill(self->teavmx, self->vm,
					      self->vcpu) :
			     teavmx_vcpu_run(self->teavmx, self->vm,
					     self->vcpu);
		self->state = TEAVMX_VCPU_STATE_RUNNING;
	}
	if (err || vcpu_follow(self) || vcpu_drain(self) ||
	    teavmx_vcpu_get(self->teavmx, self->vm, self->vcpu, &vcpu))
		return vcpu_fail(self);
	result->steps = vcpu.steps;
	if (vcpu.message_size <= sizeof(result->message)) {
		result->message_size = vcpu.message_size;
		memcpy(result->message, vcpu.message, vcpu.message_size);
	}
	teavmx_vcpu_clear(&vcpu);
	return CLI_OK;
}

static const struct debug_target_ops target_ops = {
	.start = vcpu_start,
	.go = vcpu_go,
	.point = vcpu_point,
	.get = vcpu_get,
	.set = vcpu_set,
	.read = vcpu_read,
	.write = vcpu_write,
	.end = vcpu_end,
};

static int vcpu_debug(struct teavmx *teavmx, void *state)
{
	struct vcpu_target *self = state;

	self->teavmx = teavmx;
	return teavmx_event_open(teavmx, 0) ?
	       vcpu_fail(self) : debugger_run(&self->target, &self->options);
}

static int debug_option(int option, void *state)
{
	struct vcpu_target *self = state;

	return option == 'b' ?
	       backend_take(&command_debug, &self->program.backend) :
	       debugger_option(&command_debug, option, &self->options);
}

static int debug_run(int argc, char **argv, void *state)
{
	struct vcpu_target *self = state;
	struct tea_words words;
	int status = tea_words_read(&command_debug, argc, argv, &words);

	if (status)
		return status;
	self->target.ops = &target_ops;
	self->target.file = &words.file;
	self->target.args = &words.args;
	self->target.stack_size = (unsigned int)self->options.stack;
	self->program.stack_size = self->target.stack_size;
	self->program.program = words.file.bytes;
	self->program.program_size = words.file.size;
	self->program.arguments = words.args.bytes;
	self->program.argument_size = words.args.size;
	status = output_with(vcpu_debug, self);
	tea_file_free(&words.file);
	return status;
}

static void debug_release(void *state)
{
	struct vcpu_target *self = state;

	debugger_options_free(&self->options);
}

static const struct vcpu_target initial = {
	.options = { .stack = TEA_STACK_DEFAULT },
	.program = { .backend = TEAVMX_BACKEND_VMX, .debug = true },
};

static const struct option options[] = {
	{ "backend", required_argument, NULL, 'b' },
	DEBUGGER_OPTIONS
};

const struct command command_debug = {
	.name = "debug",
	.synopsis = "[OPTION...] FILE.cup [ARGUMENT...]",
	.summary = "Run a program in a VMX guest step by step.",
	.help =
	DEBUGGER_HELP("teavmx")
	"  -b, --backend=B       vmx (a VMX guest) or soft (in the kernel, without VMX)\n"
	DEBUGGER_OPTIONS_HELP
	"see 'teavmx help'\n"
	"for the others.\n",
	.passes_words = true,
	.options = options,
	.state_size = sizeof(struct vcpu_target),
	.initial = &initial,
	.option = debug_option,
	.run = debug_run,
	.release = debug_release,
};
