// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <uapi/regs.h>
#include <userspace/debug/debugger.h>
#include <userspace/debug/interrupt.h>
#include <userspace/debug/show.h>

#include "command.h"
#include "output.h"

/* So often a silent stream is compared with the log. */
#define SYNC_MS		1000

/**
 * struct vcpu_home - a vCPU as a home for the debugger
 * @home: what the debugger knows
 * @teavmx: handle
 * @program: what its vCPU runs
 * @vm: its VM, 0 before there is one
 * @vcpu: the vCPU
 * @state: its state, as far as is known
 * @stop: enum teavmx_stop, when it is paused
 * @cause: why VM entry failed, or empty
 */
struct vcpu_home {
	struct debug_home home;
	struct teavmx *teavmx;
	struct teavmx_program program;
	uint32_t vm;
	uint32_t vcpu;
	uint32_t state;
	uint32_t stop;
	char cause[256];
};

static struct vcpu_home *vcpu_of(struct debug_home *home)
{
	return (struct vcpu_home *)home;
}

static int fail(const struct vcpu_home *self)
{
	const struct teavmx_error *error = teavmx_error(self->teavmx);
	const char *hint = NULL;

	if (error->error == EOPNOTSUPP &&
	    self->program.backend == TEAVMX_BACKEND_VMX)
		hint = "try: --backend soft, which needs no VMX";
	return output_failure(error, hint);
}

static bool stopped(const struct vcpu_home *self)
{
	return self->state == TEAVMX_VCPU_STATE_PAUSED ||
	       self->state == TEAVMX_VCPU_STATE_EXITED;
}

/* Instead of the records that may be lost */
static int look(struct vcpu_home *self)
{
	struct teavmx_vcpu vcpu;

	if (teavmx_vcpu_get(self->teavmx, self->vm, self->vcpu, &vcpu))
		return -1;
	self->state = vcpu.state;
	self->stop = vcpu.stop;
	teavmx_vcpu_clear(&vcpu);
	return 0;
}

static int take(struct vcpu_home *self, const struct teavmx_record *record)
{
	switch (record->type) {
	case TEAVMX_RECORD_LOST:
		fputs("teavmx: lost events, text may be missing\n", stderr);
		return look(self);
	case TEAVMX_EVENT_TYPE_TEA_TEXT:
		show_text(record->bytes, record->size);
		break;
	case TEAVMX_EVENT_TYPE_VMX_EXIT:
	case TEAVMX_EVENT_TYPE_VMX_FAIL:
		output_failed_entry(record, self->cause, sizeof(self->cause));
		break;
	case TEAVMX_EVENT_TYPE_STATE:
		self->state = record->state;
		self->stop = record->stop;
		break;
	}
	return 0;
}

/* A program that does not even pause is killed by the second interrupt. */
static int interrupt(struct vcpu_home *self, int interrupts)
{
	int err = interrupts == 1 ?
		  teavmx_vcpu_pause(self->teavmx, self->vm, self->vcpu) :
		  teavmx_vcpu_kill(self->teavmx, self->vm, self->vcpu);

	/* It may have come to its end meanwhile. */
	return err && (look(self) || !stopped(self)) ? -1 : 0;
}

static int wait_for_events(struct vcpu_home *self, int interrupts)
{
	fflush(stdout);
	if (debug_wait(teavmx_event_fd(self->teavmx), SYNC_MS, interrupts) ||
	    debug_interrupted() != interrupts)
		return 0;
	return teavmx_event_sync(self->teavmx) ? -1 : look(self);
}

/* Until the vCPU is paused or has exited */
static int follow(struct vcpu_home *self)
{
	struct teavmx_record record;
	int interrupts = 0;
	int err = 0;

	while (err >= 0 && !stopped(self)) {
		if (debug_interrupted() != interrupts) {
			interrupts = debug_interrupted();
			err = interrupt(self, interrupts);
			continue;
		}
		err = teavmx_event_next(self->teavmx, &record);
		if (err > 0)
			err = take(self, &record);
		else if (!err)
			err = wait_for_events(self, interrupts);
	}
	return err < 0 ? -1 : 0;
}

/* What came before the stop, if that was found out without its record */
static int drain(struct vcpu_home *self)
{
	uint32_t state = self->state;
	uint32_t stop = self->stop;
	struct teavmx_record record;
	int err;

	while ((err = teavmx_event_next(self->teavmx, &record)) > 0)
		if (take(self, &record))
			return -1;
	self->state = state;
	self->stop = stop;
	return err;
}

static int run_and_follow(struct vcpu_home *self, const struct teavmx_run *run)
{
	if (teavmx_vcpu_run_with(self->teavmx, self->vm, self->vcpu, run))
		return -1;
	self->state = TEAVMX_VCPU_STATE_RUNNING;
	return follow(self) || drain(self) ? -1 : 0;
}

static int vcpu_start(struct debug_home *home)
{
	struct vcpu_home *self = vcpu_of(home);
	struct teavmx_vcpu vcpu;
	struct teavmx_vm vm;

	/* A VM of its own: ports are as they were at first. */
	if (self->vm && teavmx_vm_del(self->teavmx, self->vm))
		return fail(self);
	self->vm = 0;
	if (teavmx_vm_new(self->teavmx, 0, &vm))
		return fail(self);
	self->vm = vm.id;
	if (teavmx_event_watch(self->teavmx, vm.id, 1) ||
	    teavmx_vcpu_new(self->teavmx, vm.id, &self->program, &vcpu))
		return fail(self);
	self->vcpu = vcpu.id;
	self->state = vcpu.state;
	self->cause[0] = '\0';
	teavmx_vcpu_clear(&vcpu);
	return CLI_OK;
}

static int vcpu_go(struct debug_home *home, unsigned long long steps,
		   unsigned int until, enum debug_cause *cause)
{
	const struct teavmx_run run = { .steps = steps, .until = until };
	struct vcpu_home *self = vcpu_of(home);

	if (run_and_follow(self, &run))
		return fail(self);
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

static int vcpu_point(struct debug_home *home, bool watch, unsigned int address,
		      bool set)
{
	struct vcpu_home *self = vcpu_of(home);
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
	return err ? fail(self) : CLI_OK;
}

static int vcpu_get(struct debug_home *home, struct tea_registers *registers)
{
	struct vcpu_home *self = vcpu_of(home);
	struct teavmx_register *list;
	int count = teavmx_regs_get(self->teavmx, self->vm, self->vcpu, &list);

	if (count < 0)
		return fail(self);
	*registers = (struct tea_registers){
		.cp = (unsigned int)teavmx_reg_get(list, (size_t)count,
						   REGS_TEA_CP),
		.sp = (unsigned int)teavmx_reg_get(list, (size_t)count,
						   REGS_TEA_SP),
		.flags = (unsigned int)teavmx_reg_get(list, (size_t)count,
						      REGS_TEA_FLAGS),
		.steps = teavmx_reg_get(list, (size_t)count, REGS_TEA_STEPS),
	};
	free(list);
	return CLI_OK;
}

static int vcpu_set(struct debug_home *home,
		    const struct tea_registers *registers)
{
	const struct teavmx_register list[] = {
		{ REGS_TEA_CP, registers->cp },
		{ REGS_TEA_SP, registers->sp },
		{ REGS_TEA_FLAGS, registers->flags },
	};
	struct vcpu_home *self = vcpu_of(home);

	return teavmx_regs_set(self->teavmx, self->vm, self->vcpu, list,
			       ARRAY_SIZE(list)) ? fail(self) : CLI_OK;
}

static int vcpu_read(struct debug_home *home, unsigned int at,
		     unsigned char *bytes, unsigned int size)
{
	struct vcpu_home *self = vcpu_of(home);

	return teavmx_stack_read(self->teavmx, self->vm, self->vcpu, at, bytes,
				 size) ? fail(self) : CLI_OK;
}

static int vcpu_write(struct debug_home *home, unsigned int at,
		      unsigned char byte)
{
	struct vcpu_home *self = vcpu_of(home);

	return teavmx_stack_write(self->teavmx, self->vm, self->vcpu, at, &byte,
				  1) ? fail(self) : CLI_OK;
}

static int vcpu_end(struct debug_home *home, bool kill,
		    struct tea_result *result)
{
	struct vcpu_home *self = vcpu_of(home);
	struct teavmx_vcpu vcpu;
	int err = 0;

	if (self->state != TEAVMX_VCPU_STATE_EXITED) {
		err = kill ? teavmx_vcpu_kill(self->teavmx, self->vm,
					      self->vcpu) :
			     teavmx_vcpu_run(self->teavmx, self->vm,
					     self->vcpu);
		self->state = TEAVMX_VCPU_STATE_RUNNING;
	}
	if (err || follow(self) || drain(self) ||
	    teavmx_vcpu_get(self->teavmx, self->vm, self->vcpu, &vcpu))
		return fail(self);
	result->steps = vcpu.steps;
	if (vcpu.message_size <= sizeof(result->message)) {
		result->message_size = vcpu.message_size;
		memcpy(result->message, vcpu.message, vcpu.message_size);
	}
	teavmx_vcpu_clear(&vcpu);
	return CLI_OK;
}

static const struct debug_home_ops home_ops = {
	.start = vcpu_start,
	.go = vcpu_go,
	.point = vcpu_point,
	.get = vcpu_get,
	.set = vcpu_set,
	.read = vcpu_read,
	.write = vcpu_write,
	.end = vcpu_end,
};

static int debug_file(struct vcpu_home *self,
		      const struct debugger_options *options)
{
	int status;

	self->teavmx = output_open(&status);
	if (!self->teavmx)
		return status;
	status = teavmx_event_open(self->teavmx, 0) ?
		 fail(self) : debugger_run(&self->home, options);
	teavmx_close(self->teavmx);
	return status;
}

static int take_backend(struct vcpu_home *self)
{
	if (!strcmp(optarg, "vmx"))
		self->program.backend = TEAVMX_BACKEND_VMX;
	else if (!strcmp(optarg, "soft"))
		self->program.backend = TEAVMX_BACKEND_SOFT;
	else
		return command_usage(&command_debug,
				     "--backend: expected vmx or soft, got '%s'",
				     optarg);
	return CLI_OK;
}

static int take_stack(struct vcpu_home *self)
{
	unsigned long long number;

	if (cli_number(optarg, 1, TEA_STACK_MAX, &number))
		return command_usage(&command_debug,
				     "--stack: expected 1 to %d, got '%s'",
				     TEA_STACK_MAX, optarg);
	self->home.stack_size = (unsigned int)number;
	return CLI_OK;
}

/* -1 after the help */
static int parse(int argc, char **argv, struct vcpu_home *self,
		 struct debugger_options *options)
{
	int status = CLI_OK;
	int option;

	while (!status &&
	       (option = command_option(&command_debug, argc, argv)) != -1) {
		switch (option) {
		case 'b':
			status = take_backend(self);
			break;
		case 's':
			status = take_stack(self);
			break;
		case 'x':
			options->scripts[options->script_count++] = optarg;
			break;
		case 'j':
			cli_json = true;
			break;
		case OPTION_HELP:
			command_help(&command_debug);
			return -1;
		default:
			return CLI_USAGE;
		}
	}
	if (!status && optind == argc)
		return command_usage(&command_debug, "expected an object FILE");
	return status;
}

static int run_words(int argc, char **argv, struct debugger_options *options)
{
	struct vcpu_home self = {
		.home = { .ops = &home_ops, .stack_size = TEA_STACK_DEFAULT },
		.program = { .backend = TEAVMX_BACKEND_VMX, .debug = true },
	};
	int status = parse(argc, argv, &self, options);
	struct tea_file file;
	struct tea_args args;
	char sentence[256];

	if (status)
		return status < 0 ? CLI_OK : status;
	if (tea_args_parse(&args, argv + optind + 1, argc - optind - 1,
			   sentence, sizeof(sentence)))
		return command_usage(&command_debug, "%s", sentence);
	status = tea_file_read(&file, argv[optind]);
	if (status)
		return cli_error(CLI_FAILED, NULL, "%s: %s", argv[optind],
				 strerror(-status));
	self.home.file = &file;
	self.home.args = &args;
	self.program.stack_size = self.home.stack_size;
	self.program.program = file.bytes;
	self.program.program_size = file.size;
	self.program.arguments = args.bytes;
	self.program.argument_size = args.size;
	status = debug_file(&self, options);
	tea_file_free(&file);
	return status;
}

static int debug_run(int argc, char **argv)
{
	struct debugger_options options = {
		.scripts = calloc((size_t)argc, sizeof(char *)),
	};
	int status;

	if (!options.scripts)
		return cli_error(CLI_FAILED, NULL, "out of memory");
	status = run_words(argc, argv, &options);
	free(options.scripts);
	return status;
}

static const struct option options_table[] = {
	{ "backend", required_argument, NULL, 'b' },
	{ "stack", required_argument, NULL, 's' },
	{ "execute", required_argument, NULL, 'x' },
	{ "json", no_argument, NULL, 'j' },
	OPTION_COMMON
};

const struct command command_debug = {
	.name = "debug",
	.synopsis = "[OPTION...] FILE.cup [ARGUMENT...]",
	.summary = "Run a program in a VMX guest step by step.",
	.help =
	"Reads commands from standard input; 'help' lists them. Functions and source lines\n"
	"are known when the debug map FILE.map lies beside FILE.cup. Options come before\n"
	"FILE; an ARGUMENT is as in 'teavmx run'.\n\n"
	"  -b, --backend=B       vmx (a VMX guest) or soft (in the kernel, without VMX)\n"
	"  -x, --execute=SCRIPT  execute the commands of a file first; then those of\n"
	"                        standard input only if that is a terminal\n"
	"  -s, --stack=N         bytes of stack, 1 to 65535 (128)\n"
	"  -j, --json            print one JSON object for each stop and answer\n"
	"  -h, --help            show this text\n\n"
	"Exit status: 0, or 6 if the program ended with another code than 0; 1 if a command\n"
	"that was not typed at a terminal failed; 7 if it was interrupted; see 'teavmx help'\n"
	"for the others.\n",
	.passes_words = true,
	.options = options_table,
	.run = debug_run,
};
