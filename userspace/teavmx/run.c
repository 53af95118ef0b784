// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <uapi/vmx.h>
#include <uapi/regs.h>
#include <userspace/common/tea_reason.h>
#include <userspace/common/tea_words.h>
#include <userspace/debug/fault.h>

#include "answers.h"
#include "command.h"
#include "feeder.h"
#include "findings.h"
#include "interrupt.h"
#include "kept.h"
#include "output.h"
#include "target.h"
#include "slot_file.h"

/* The largest number of runs by one command */
#define REPEAT_MAX	1000000000

struct run {
	struct teavmx *teavmx;
	struct teavmx_program program;
	bool detach;
	bool lossless;
	bool dump_stack;
	bool quiet;
	unsigned long long repeat;
	unsigned long long runs;
	uint64_t first_seq;
	uint32_t ends;
	bool lost_ends;
	uint32_t vm;
	uint32_t vcpu;
	struct slot_files slots;
	struct feeder feeder;
	struct answers answers;
	struct kept text;
	struct kept serial;
	bool open_line;
	bool exited;
	bool failed;
	bool killed;
	bool gone;
	int text_error;
	json_t *changes;
	char cause[256 + OUTPUT_DECODED_MAX];
	struct findings findings;
	struct fault fault;
	bool ended;
	bool waits_for_input;
	bool feed_failed;
};

static int program_fail(const struct run *run)
{
	const struct teavmx_error *error = teavmx_error(run->teavmx);
	const char *hint = NULL;

	/* The VM was there, so another process has deleted it. */
	if (run->vm && error->error == ENOENT)
		return cli_error(CLI_GUEST, NULL,
				 "VM %u was deleted meanwhile, and its program with it",
				 run->vm);
	if (error->error == EOPNOTSUPP &&
	    run->program.backend == TEAVMX_BACKEND_VMX)
		hint = "try: --backend soft, which needs no VMX";
	return output_failure(error, hint);
}

/* Text is printed when it arrives; in JSON it is one string at the end. */
static void take_text(struct run *run, struct kept *kept,
		      const struct teavmx_record *record)
{
	int error;

	if (!record->size)
		return;
	if (!cli_json) {
		run->open_line = record->bytes[record->size - 1] != '\n';
		if (fwrite(record->bytes, 1, record->size, stdout) !=
		    record->size)
			run->text_error = errno;
		return;
	}
	error = kept_add(kept, record);
	if (error)
		run->text_error = -error;
}

/* Exits that occur in every guest */
static bool is_usual(const struct teavmx_record *record)
{
	switch (record->reason & VMX_EXIT_BASIC_MASK) {
	case VMX_EXIT_VMCALL:
	case VMX_EXIT_EXTERNAL_INTERRUPT:
	case VMX_EXIT_PREEMPTION_TIMER:
	case VMX_EXIT_INTERRUPT_WINDOW:
	case VMX_EXIT_NMI_WINDOW:
		return true;
	case VMX_EXIT_EXCEPTION_NMI:
		return (record->intr_info >> 8 & 7) == VMX_INTR_TYPE_NMI;
	default:
		return false;
	}
}

/* The exit for which the engine ended a vCPU */
static void take_cause(struct run *run, const struct teavmx_record *record)
{
	run->cause[0] = '\0';
	findings_take(&run->findings, record);
	if (output_is_failed_entry(record) || !is_usual(record))
		output_cause(record, "stopped by", run->cause,
			     sizeof(run->cause));
}

static void say_lost(const struct teavmx_record *record)
{
	if (record->lost)
		fprintf(stderr,
			"teavmx: lost %llu events, text may be missing\n",
			(unsigned long long)record->lost);
	else
		fprintf(stderr, "teavmx: lost events, text may be missing\n");
}

/*
 * A register is reported once, as a bug of the engine may occur at every exit.
 */
static void take_change(struct run *run, const struct teavmx_record *record)
{
	const char *name = (const char *)record->bytes;
	json_t *change;
	size_t i;

	json_array_foreach(run->changes, i, change)
		if (!strcmp(json_string_value(json_object_get(change, "name")) ?: "",
			    name))
			return;
	json_array_append_new(run->changes, output_json_fields(record));
	if (!cli_json)
		output_warn_change(record);
}

static void take_state(struct run *run, uint32_t state, uint32_t stop)
{
	if (state == TEAVMX_VCPU_STATE_EXITED)
		run->exited = true;
	run->ended = state == TEAVMX_VCPU_STATE_PAUSED &&
		     stop == TEAVMX_STOP_ENDED;
}

static int run_record(const struct teavmx_record *record, void *data)
{
	struct run *run = data;
	bool mine = record->vcpu == run->vcpu;

	/* After events were lost, some of earlier runs may not have been read. */
	if (record->type != TEAVMX_EVENT_TYPE_LOST && record->seq < run->first_seq)
		return 0;
	switch (record->type) {
	case TEAVMX_EVENT_TYPE_LOST:
		say_lost(record);
		/* The end may be among the lost ones. */
		run->gone = true;
		run->lost_ends = run->ends > 1;
		break;
	case TEAVMX_EVENT_TYPE_TEA_TEXT:
		take_text(run, &run->text, record);
		break;
	case TEAVMX_EVENT_TYPE_TEA_SERIAL:
		take_text(run, &run->serial, record);
		break;
	case TEAVMX_EVENT_TYPE_PORT_REQUEST:
		return answers_give(&run->answers, run->teavmx, record);
	case TEAVMX_EVENT_TYPE_VMX_EXIT:
	case TEAVMX_EVENT_TYPE_VMX_FAIL:
		if (mine)
			take_cause(run, record);
		break;
	case TEAVMX_EVENT_TYPE_TEA_EXIT:
		if (mine)
			run->failed = record->size < TEA_MESSAGE_MIN ||
				      record->bytes[TEA_MESSAGE_MIN - 1];
		break;
	case TEAVMX_EVENT_TYPE_HOST_CHANGED:
		take_change(run, record);
		break;
	case TEAVMX_EVENT_TYPE_STATE:
		/* Each run of a batch has one. */
		if (mine && record->state == TEAVMX_VCPU_STATE_EXITED &&
		    run->ends > 1) {
			run->ends--;
			run->gone |= run->lost_ends;
		} else if (mine) {
			take_state(run, record->state, record->stop);
			run->waits_for_input =
				record->state == TEAVMX_VCPU_STATE_WAITING &&
				record->port == TEA_PORT_SERIAL;
		}
		break;
	}
	return 0;
}

/* No event reports the end of the vCPU when that record was lost. */
static int program_look(struct run *run)
{
	uint32_t state, stop;

	run->gone = false;
	if (teavmx_vcpu_state(run->teavmx, run->vm, run->vcpu, &state, &stop))
		return -1;
	take_state(run, state, stop);
	return 0;
}

/*
 * Reads where a program with a debug map has ended. It may be killed meanwhile, so
 * an error only means that this is not known.
 */
static void take_fault(struct run *run)
{
	struct view *view = &run->fault.view;
	struct teavmx_register *list;
	int count = teavmx_regs_get(run->teavmx, run->vm, run->vcpu, &list);

	if (count < 0)
		return;
	view->registers = (struct tea_registers){
		.cp = (unsigned int)teavmx_reg_get(list, (size_t)count,
						   TEAVMX_REG_TEA_CP),
		.sp = (unsigned int)teavmx_reg_get(list, (size_t)count,
						   TEAVMX_REG_TEA_SP),
	};
	free(list);
	run->fault.seen = !teavmx_stack_read(run->teavmx, run->vm, run->vcpu, 0,
					     run->fault.stack,
					     view->stack_size);
}

/* The process is debugged, so it waits before its end. */
static int pass_end(struct run *run)
{
	run->ended = false;
	take_fault(run);
	return teavmx_vcpu_run(run->teavmx, run->vm, run->vcpu) &&
	       (program_look(run) || !run->exited) ? -1 : 0;
}

/* Without input that can be read, a process that waits for it would never end. */
static bool must_kill(const struct run *run)
{
	return interrupt_seen() || (run->feed_failed && run->waits_for_input);
}

/* The process may have ended meanwhile. */
static int run_check(void *data)
{
	struct run *run = data;

	if (run->exited || run->text_error)
		return TEAVMX_FOLLOW_END;
	if (run->ended && pass_end(run))
		return TEAVMX_FOLLOW_FAILED;
	if (!must_kill(run) || run->killed)
		return TEAVMX_FOLLOW_ON;
	run->killed = true;
	if (teavmx_vcpu_kill(run->teavmx, run->vm, run->vcpu) &&
	    (program_look(run) || !run->exited))
		return TEAVMX_FOLLOW_FAILED;
	return TEAVMX_FOLLOW_ON;
}

/* Wait for events, and meanwhile move serial input from its file. */
static bool wait_and_feed(struct run *run, int fd)
{
	struct feeder *feeder = &run->feeder;
	bool wants = feeder_wants(feeder);
	struct pollfd polls[] = {
		{ .fd = fd, .events = POLLIN },
		{ .fd = wants ? feeder->fd : -1, .events = POLLIN },
	};

	if (!interrupt_poll(polls, ARRAY_SIZE(polls),
			    feeder->size ? FEEDER_MS : TEAVMX_SYNC_MS))
		return feeder->size;
	if (polls[1].revents && feeder_read(feeder)) {
		cli_error(CLI_FAILED, NULL, "%s: cannot be read, the input ends here",
			  feeder->path);
		run->feed_failed = true;
		feeder_close(feeder);
	}
	return true;
}

static int run_wait(int fd, void *data)
{
	struct run *run = data;

	if (fflush(stdout))
		run->text_error = errno;
	if (run->gone && program_look(run))
		return TEAVMX_FOLLOW_FAILED;
	if (!run->exited && feeder_push(&run->feeder, run->teavmx, run->vm))
		return TEAVMX_FOLLOW_FAILED;
	return run->exited || run->text_error || wait_and_feed(run, fd) ||
	       interrupt_seen() ? TEAVMX_FOLLOW_ON : TEAVMX_FOLLOW_SYNC;
}

/* CLI_OK once the process has ended */
static int program_follow(struct run *run)
{
	static const struct teavmx_follower follower = {
		.check = run_check,
		.record = run_record,
		.wait = run_wait,
	};

	return teavmx_follow(run->teavmx, &follower, run) ? program_fail(run) : CLI_OK;
}

static void print_json(const struct run *run, const struct teavmx_vcpu *vcpu,
		       const struct tea_result *result)
{
	const char *backend = teavmx_backend_name(vcpu->backend);
	json_t *object = tea_result_json(result);

	json_object_set_new(object, "vm", json_integer(run->vm));
	json_object_set_new(object, "vcpu", json_integer(run->vcpu));
	json_object_set_new(object, "backend",
			    json_string(backend ? backend : "unknown"));
	json_object_set_new(object, "engine", output_json_engine(vcpu));
	json_object_set_new(object, "exits", output_json_exits(vcpu));
	if (run->repeat > 1)
		json_object_set_new(object, "runs",
				    json_integer((json_int_t)run->runs));
	if (run->cause[0])
		json_object_set_new(object, "cause", json_string(run->cause));
	if (json_array_size(run->changes))
		json_object_set(object, "host_changed", run->changes);
	findings_json(&run->findings, object);
	fault_json(&run->fault, tea_result_code(result), object);
	tea_json_print(object, stdout);
}

static void print_exits(const struct run *run, const struct teavmx_vcpu *vcpu)
{
	size_t i;

	fflush(stdout);
	fputs("exit message", stderr);
	for (i = 0; i < vcpu->message_size; i++)
		fprintf(stderr, " %02x", vcpu->message[i]);
	fprintf(stderr, ", %llu steps\n", (unsigned long long)vcpu->steps);
	output_exits("", vcpu);
	if (run->repeat > 1)
		fprintf(stderr, "runs: %llu of %llu\n", run->runs, run->repeat);
}

static void print_result(const struct run *run, const struct teavmx_vcpu *vcpu)
{
	struct tea_result result = {
		.message_size = vcpu->message_size,
		.text = run->text.bytes,
		.text_size = run->text.size,
		.serial = run->serial.bytes,
		.serial_size = run->serial.size,
		.steps = vcpu->steps,
	};

	memcpy(result.message, vcpu->message, vcpu->message_size);
	if (run->dump_stack) {
		result.stack = vcpu->stack ? vcpu->stack :
			       (const unsigned char *)"";
		result.stack_size = vcpu->stack_used;
		/* A process that is debugged keeps its stack after an error. */
		if (run->program.debug && tea_result_code(&result) &&
		    tea_result_code(&result) != TEA_EXIT_BAD_RET_VAL)
			result.stack_size = 0;
	}
	if (cli_json) {
		print_json(run, vcpu, &result);
		return;
	}
	/* The exit line begins on a new line. */
	if (run->open_line)
		putchar('\n');
	tea_result_print(&result, stdout);
	if (!run->quiet)
		print_exits(run, vcpu);
}

static void report_reason(const struct run *run, unsigned int code)
{
	struct tea_access access;
	const struct tea_reason reason = {
		.code = code,
		.stack_size = run->fault.view.stack_size,
		.refused = fault_access(&run->fault, &access) ? &access : NULL,
		.host_ports =
			"--host-port makes it a register, --host-ports has a command answer",
		.unknown_hint = "'teavmx debug' shows which port refused the access",
	};

	if (run->quiet)
		return;
	tea_reason_report(&reason);
	fault_report(&run->fault, code);
}

static int program_report(struct run *run)
{
	struct teavmx_vcpu vcpu;
	int status = CLI_OK;
	unsigned int code;

	if (teavmx_vcpu_get(run->teavmx, run->vm, run->vcpu, &vcpu))
		return program_fail(run);
	if (vcpu.message_size < TEA_MESSAGE_MIN ||
	    vcpu.message_size > TEA_MESSAGE_MAX) {
		status = cli_error(CLI_FAILED, NULL,
				   "VM %u, vCPU %u: no exit message", run->vm,
				   run->vcpu);
		teavmx_vcpu_clear(&vcpu);
		return status;
	}
	code = vcpu.message[TEA_MESSAGE_MIN - 1];
	if (code)
		status = CLI_GUEST;
	if (status == CLI_OK || run->killed)
		run->cause[0] = '\0';
	print_result(run, &vcpu);
	teavmx_vcpu_clear(&vcpu);
	if (run->killed)
		return interrupt_seen() ? CLI_INTERRUPTED : CLI_FAILED;
	if (status == CLI_GUEST)
		report_reason(run, code);
	if (run->cause[0]) {
		cli_error(CLI_GUEST, NULL, "%s", run->cause);
		findings_print(&run->findings);
	}
	return status;
}

/* Resets the program and runs it, once at least; returns how often, or -1. */
static long repeat_some(struct run *run, const void *arguments,
			unsigned long long wanted)
{
	static struct teavmx_result results[TEAVMX_BATCH_MAX];
	struct teavmx_batch batch = {
		.count = wanted < TEAVMX_BATCH_MAX ? (uint32_t)wanted :
						     TEAVMX_BATCH_MAX,
		.arguments = arguments,
		.argument_size = run->program.argument_size,
		.results = results,
	};
	struct teavmx_slice slice;

	if (teavmx_vcpu_run_batch(run->teavmx, run->vm, run->vcpu, &batch,
				  &slice))
		return -1;
	run->exited = false;
	run->first_seq = batch.next_seq;
	run->lost_ends = false;
	run->ends = batch.done + (slice.state != TEAVMX_VCPU_STATE_EXITED);
	return (long)run->ends;
}

static bool program_repeats(const struct run *run)
{
	return run->exited && !run->failed && !run->killed && !run->text_error;
}

/*
 * Follows the program to its end, and resets and runs it as often as --repeat says.
 * A run that ends with another code than 0 is the last one.
 */
static int program_follow_all(struct run *run)
{
	size_t size = run->program.argument_size;
	int status = program_follow(run);
	unsigned char *arguments;
	size_t i;
	long done;

	if (run->repeat < 2 || status != CLI_OK)
		return status;
	arguments = calloc(TEAVMX_BATCH_MAX, size + 1);
	if (!arguments)
		return cli_error(CLI_FAILED, NULL, "no memory for arguments");
	for (i = 0; size && i < TEAVMX_BATCH_MAX; i++)
		memcpy(arguments + i * size, run->program.arguments, size);
	while (run->runs < run->repeat && status == CLI_OK &&
	       program_repeats(run)) {
		done = repeat_some(run, arguments, run->repeat - run->runs);
		run->runs += done < 0 ? 0 : (unsigned long long)done;
		status = done < 0 ? program_fail(run) : program_follow(run);
	}
	free(arguments);
	return status;
}

/* What to do about a program that was not launched */
static const char *launch_hint(int code, const struct tea_words *words)
{
	if (code == TEA_EXIT_BAD_STARTUP)
		return words->hint;
	return code == TEA_EXIT_BAD_CODE ?
	       "'teavmx raw' runs a flat binary or an ELF file of x86 code" : NULL;
}

/* One request runs the program, and makes the VM for it unless there is one. */
static int program_start(struct run *run, const struct tea_words *words)
{
	struct teavmx_vcpu vcpu;
	char message[512] = "";
	int status, code = TEA_EXIT_NORMAL;

	if (teavmx_vcpu_new(run->teavmx, run->vm, &run->program, &vcpu))
		return program_fail(run);
	run->vm = vcpu.vm;
	run->vcpu = vcpu.id;
	/* What the program did, if it has ended already, is in the log. */
	if (vcpu.state == TEAVMX_VCPU_STATE_EXITED && !vcpu.steps)
		code = tea_file_check_launch(&words->file,
					     run->program.argument_size,
					     run->program.stack_size ?:
					     TEA_STACK_DEFAULT,
					     message, sizeof(message));
	teavmx_vcpu_clear(&vcpu);
	if (message[0]) {
		status = program_report(run);
		if (status == CLI_GUEST)
			cli_error(status, launch_hint(code, words), "%s", message);
		return status;
	}
	if (run->detach) {
		if (cli_json)
			tea_json_print(json_pack("{s:I, s:I}", "vm",
						 (json_int_t)run->vm, "vcpu",
						 (json_int_t)run->vcpu),
				       stdout);
		else
			printf("%u.%u\n", run->vm, run->vcpu);
		return output_detached(run->teavmx, run->vm);
	}
	if (teavmx_event_watch(run->teavmx, run->vm, 1))
		return program_fail(run);
	status = program_follow_all(run);
	if (status != CLI_OK)
		return status;
	/* Without a reader of its output the program ends. */
	if (cli_output_error)
		return output_stopped();
	if (run->text_error)
		return cli_error(CLI_FAILED, NULL, "text of the program: %s",
				 strerror(run->text_error));
	return program_report(run);
}

/* The slots are filled before the program runs, so the VM exists before it. */
static int fill_slots(struct run *run)
{
	struct teavmx_vm vm;

	if (!run->slots.named)
		return 0;
	if (teavmx_vm_new(run->teavmx, run->program.vm_flags, &vm))
		return -1;
	run->vm = vm.id;
	return slot_files_load(&run->slots, run->teavmx, vm.id);
}

static int run_vm(struct run *run, const struct tea_words *words)
{
	struct teavmx_info info;
	int status;

	if (teavmx_get_info(run->teavmx, TEAVMX_VERSION, &info))
		return program_fail(run);
	output_warn_version(run->teavmx);
	run->program.run = true;
	run->program.slice = true;
	run->program.keep = run->repeat > 1;
	run->program.vm_flags = (run->detach ? TEAVMX_VM_FLAGS_DETACHED : 0) |
				(run->lossless ? TEAVMX_VM_FLAGS_LOSSLESS : 0) |
				(answers_wanted(&run->answers) ?
				 TEAVMX_VM_FLAGS_HOST_PORTS : 0);
	/*
	 * The stream is opened before the VM is created, so that no event is
	 * missed.
	 */
	if (teavmx_event_open(run->teavmx, 0) || fill_slots(run))
		status = program_fail(run);
	else
		status = program_start(run, words);
	/* The caller does not learn the number of the VM, which outlives this program. */
	if (status != CLI_OK && run->detach && run->vm)
		teavmx_vm_del(run->teavmx, run->vm);
	return status;
}

static int open_serial(struct run *run)
{
	const char *path = run->feeder.path;
	int err = path ? feeder_open(&run->feeder, path) : 0;

	return err ? cli_error(CLI_FAILED, NULL, "%s: %s", path,
			       strerror(-err)) : CLI_OK;
}

static int start_answers(struct run *run)
{
	int err = answers_start(&run->answers);

	return err ? cli_error(CLI_FAILED, NULL, "host ports: %s: %s",
			       run->answers.command, strerror(-err)) : CLI_OK;
}

static int run_file(struct run *run, const struct tea_words *words)
{
	const struct tea_file *file = &words->file;
	int status;

	run->teavmx = output_open(&status);
	if (!run->teavmx)
		return status;
	run->program.program = file->bytes;
	run->program.program_size = file->size;
	/* After a detached run, no process reads where the program has ended. */
	run->program.debug = fault_open(&run->fault, file,
					run->program.stack_size ?:
					TEA_STACK_DEFAULT) && !run->detach;
	/* The open of a FIFO waits for one who writes to it; a signal ends the program then. */
	status = open_serial(run);
	interrupt_catch();
	setvbuf(stdout, NULL, _IOLBF, 0);
	status = status ?: start_answers(run) ?: run_vm(run, words);
	fault_close(&run->fault);
	teavmx_close(run->teavmx);
	answers_end(&run->answers);
	feeder_close(&run->feeder);
	return status;
}

static int take_number(int option, struct run *run)
{
	unsigned long long number;

	if (option == 'p') {
		if (command_range(&command_run, "pid", TEA_PID_MAX, &number))
			return CLI_USAGE;
		run->program.pid = (uint8_t)number;
		return CLI_OK;
	}
	if (command_range(&command_run, "stack", TEA_STACK_MAX, &number))
		return CLI_USAGE;
	run->program.stack_size = (uint32_t)number;
	return CLI_OK;
}

static int take_port(struct run *run)
{
	const char *expected = port_values_add(&run->answers.values, optarg);

	if (!expected)
		return CLI_OK;
	return command_usage(&command_run, "--host-port: expected %s, got '%s'",
			     expected, optarg);
}

/*
 * Options that need this program while the guest runs do not go with --detach.
 */
static int check_detach(const struct run *run)
{
	if (!run->detach)
		return CLI_OK;
	if (run->feeder.path)
		return command_usage(&command_run,
				     "--feed: does not go with --detach, see 'teavmx feed'");
	if (answers_wanted(&run->answers))
		return command_usage(&command_run,
				     "--host-port, --host-ports: do not go with --detach");
	if (run->repeat > 1)
		return command_usage(&command_run,
				     "--repeat: does not go with --detach, as teavmx ends before the program");
	if (run->dump_stack)
		return command_usage(&command_run,
				     "--dump-stack: does not go with --detach, as teavmx ends before the program");
	return CLI_OK;
}

/* A reset empties the serial input of the VM. */
static int check_repeat(const struct run *run)
{
	if (run->repeat < 2 || !run->feeder.path)
		return CLI_OK;
	return command_usage(&command_run,
			     "--repeat: does not go with --feed, as each run begins without serial input");
}

static int take_flag(int option, struct run *run)
{
	switch (option) {
	case 'd':
		run->dump_stack = true;
		break;
	case 'D':
		run->detach = true;
		break;
	case 'l':
		run->lossless = true;
		break;
	case 'q':
		run->quiet = true;
		break;
	}
	return CLI_OK;
}

static int run_option(int option, void *state)
{
	struct run *run = state;

	switch (option) {
	case 'b':
		return backend_take(&command_run, &run->program.backend);
	case 'e':
		return engine_take(&command_run, &run->program.engine);
	case 'p':
	case 's':
		return take_number(option, run);
	case 'n':
		return command_range(&command_run, "repeat", REPEAT_MAX,
				     &run->repeat);
	case 'f':
		run->feeder.path = optarg;
		return CLI_OK;
	case 'P':
		return take_port(run);
	case 'H':
		run->answers.command = optarg;
		return CLI_OK;
	case 'S':
		return slot_files_take(&run->slots, &command_run, optarg);
	default:
		return take_flag(option, run);
	}
}

static int run_run(int argc, char **argv, void *state)
{
	struct run *run = state;
	struct tea_words words;
	int status = check_detach(run) ?: check_repeat(run) ?:
		     tea_words_read(&command_run, argc, argv, &words);

	if (status)
		return status;
	run->changes = json_array();
	run->program.arguments = words.args.bytes;
	run->program.argument_size = words.args.size;
	status = run_file(run, &words);
	tea_file_free(&words.file);
	return status;
}

static void run_release(void *state)
{
	struct run *run = state;

	json_decref(run->changes);
	free(run->text.bytes);
	free(run->serial.bytes);
	slot_files_free(&run->slots);
}

static const struct option options[] = {
	{ "backend", required_argument, NULL, 'b' },
	{ "engine", required_argument, NULL, 'e' },
	{ "stack", required_argument, NULL, 's' },
	{ "pid", required_argument, NULL, 'p' },
	{ "repeat", required_argument, NULL, 'n' },
	{ "feed", required_argument, NULL, 'f' },
	{ "slot", required_argument, NULL, 'S' },
	{ "host-port", required_argument, NULL, 'P' },
	{ "host-ports", required_argument, NULL, 'H' },
	{ "dump-stack", no_argument, NULL, 'd' },
	{ "detach", no_argument, NULL, 'D' },
	{ "lossless", no_argument, NULL, 'l' },
	{ "quiet", no_argument, NULL, 'q' },
	{ "json", no_argument, NULL, 'j' },
	OPTION_COMMON
};

const struct command command_run = {
	.name = "run",
	.synopsis = "[OPTION...] FILE.cup [ARGUMENT...]",
	.summary = "Run a program in a VMX guest and show how it ended.",
	.help =
	"Shows the program's text and its serial output as they arrive, then how it\n"
	"ended; on standard error also the exit message and the VMX exits. An\n"
	"ARGUMENT that is an integer (decimal or 0x, -128 to 255) is one byte, w:300 two\n"
	"bytes, any other word its characters. Options come before FILE. Ctrl-C kills the\n"
	"program, a second one ends teavmx at once.\n\n"
	"  -b, --backend B   vmx (a VMX guest) or soft (in the kernel, without VMX)\n"
	"  -e, --engine E    interp, or jit: translated in the guest to x86-64 (interp)\n"
	"  -s, --stack N     bytes of stack, 1 to 65535 (128)\n"
	"  -p, --pid N       process number, 1 to 255 (the lowest free one)\n"
	"  -n, --repeat N    run it N times, each from its launch, while it ends with code 0\n"
	"  -f, --feed FILE   serial input from a file, or - for standard input\n"
	"  -S, --slot N=FILE load a program into slot N, 0 to 11, for VM_RUN\n"
	"  -P, --host-port PORT=VALUE  a host port (0xf000 to 0xffff) that is a register\n"
	"  -H, --host-ports COMMAND    a program that answers host ports, line by line\n"
	"  -d, --dump-stack  show what is on the stack at the end\n"
	"  -D, --detach      print VM.VCPU and end; the VM exists until 'teavmx kill VM'\n"
	"  -l, --lossless    wait for slow readers of events, so that they miss none\n"
	"  -q, --quiet       do not show exit message and VMX exits\n"
	"  -j, --json        print one JSON object\n"
	"  -h, --help        show this text\n\n"
	"Exit status: 0 if the program ended with code 0, 6 with any other code,\n"
	"7 if it was interrupted; see 'teavmx help' for the others.\n",
	.passes_words = true,
	.options = options,
	.state_size = sizeof(struct run),
	.initial = &(const struct run){
		.program.backend = TEAVMX_BACKEND_VMX,
		.repeat = 1,
		.runs = 1,
	},
	.option = run_option,
	.run = run_run,
	.release = run_release,
};
