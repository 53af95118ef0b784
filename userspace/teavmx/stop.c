// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include <uapi/regs.h>
#include <uapi/vmx.h>

#include "dump.h"
#include "first_fault.h"
#include "interrupt.h"
#include "last_exit.h"
#include "regs_table.h"
#include "stop.h"

/* Time, in ms, that a program has to answer an exit before the vCPU pauses */
#define PAUSE_MS	1000

int stop_watch(struct teavmx *teavmx, const struct target *target,
	       struct stop *stop)
{
	struct teavmx_vcpu vcpu;
	struct teavmx_vm vm;

	*stop = (struct stop){
		.teavmx = teavmx,
		.target = *target,
		.state = TEAVMX_VCPU_STATE_RUNNING,
	};
	if (teavmx_event_open(teavmx, 0) ||
	    teavmx_vm_get(teavmx, target->vm, &vm) ||
	    teavmx_event_watch(teavmx, target->vm, vm.next_seq))
		return -1;
	if (teavmx_vcpu_get(teavmx, target->vm, target->vcpu, &vcpu))
		return -1;
	stop->tea = !vm.memory;
	stop->debugged = vcpu.debug;
	teavmx_vcpu_clear(&vcpu);
	interrupt_catch();
	return 0;
}

int stop_registers(const struct stop *stop, struct teavmx_register **registers)
{
	int count = teavmx_regs_get(stop->teavmx, stop->target.vm,
				    stop->target.vcpu, registers);

	if (count >= 0 || !stop->tea ||
	    teavmx_error(stop->teavmx)->error != EINVAL)
		return count;
	*registers = NULL;
	return 0;
}

/* The program that created the VM resumes the run after an exit for it. */
static bool vcpu_stopped(const struct stop *stop)
{
	return (stop->state == TEAVMX_VCPU_STATE_PAUSED &&
		stop->stop != TEAVMX_STOP_PROGRAM) ||
	       stop->state == TEAVMX_VCPU_STATE_EXITED;
}

static bool program_answers(const struct stop *stop)
{
	return stop->state == TEAVMX_VCPU_STATE_PAUSED &&
	       stop->stop == TEAVMX_STOP_PROGRAM;
}

/* Has it to pause, but only after an access that may take any time? */
static bool pauses_later(const struct stop *stop)
{
	if (!stop->pause_ms)
		return false;
	if (program_answers(stop))
		return interrupt_clock() >= stop->pause_ms;
	return !stop->debugged && (stop->state == TEAVMX_VCPU_STATE_WAITING ||
				   stop->state == TEAVMX_VCPU_STATE_SLEEPING);
}

int stop_pause(struct stop *stop)
{
	stop->pause_ms = interrupt_clock() + PAUSE_MS;
	return teavmx_vcpu_pause(stop->teavmx, stop->target.vm,
				 stop->target.vcpu);
}

int stop_look(struct stop *stop)
{
	return teavmx_vcpu_state(stop->teavmx, stop->target.vm,
				 stop->target.vcpu, &stop->state, &stop->stop);
}

static void take_entry(struct stop *stop, const struct teavmx_record *record)
{
	output_failed_entry(record, stop->cause, sizeof(stop->cause));
	findings_take(&stop->findings, record);
}

static int stop_record(const struct teavmx_record *record, void *data)
{
	struct stop *stop = data;

	if (record->type == TEAVMX_EVENT_TYPE_LOST)
		return stop_look(stop);
	if (record->vcpu != stop->target.vcpu)
		return TEAVMX_FOLLOW_ON;
	switch (record->type) {
	case TEAVMX_EVENT_TYPE_VMX_EXIT:
		stop->has_exit = true;
		stop->exit = *record;
		stop->exit.snapshot = NULL;
		take_entry(stop, record);
		break;
	case TEAVMX_EVENT_TYPE_VMX_FAIL:
		take_entry(stop, record);
		break;
	case TEAVMX_EVENT_TYPE_STATE:
		stop->state = record->state;
		stop->stop = record->stop;
		break;
	}
	return TEAVMX_FOLLOW_ON;
}

/*
 * An interrupt pauses the vCPU, which may also have stopped by itself
 * meanwhile.
 */
static int stop_check(void *data)
{
	struct stop *stop = data;

	if (vcpu_stopped(stop) || pauses_later(stop))
		return TEAVMX_FOLLOW_END;
	if (!interrupt_seen() || stop->interrupted)
		return TEAVMX_FOLLOW_ON;
	stop->interrupted = true;
	if (stop_pause(stop) &&
	    (stop_look(stop) || !vcpu_stopped(stop)))
		return TEAVMX_FOLLOW_FAILED;
	return TEAVMX_FOLLOW_ON;
}

static int stop_poll(int fd, void *data)
{
	struct stop *stop = data;
	long long left = TEAVMX_SYNC_MS;

	if (stop->pause_ms)
		left = stop->pause_ms - interrupt_clock();
	if (left < 0 || left > TEAVMX_SYNC_MS)
		left = TEAVMX_SYNC_MS;
	return interrupt_wait(fd, left) || (interrupt_seen() && !stop->interrupted) ?
	       TEAVMX_FOLLOW_ON : TEAVMX_FOLLOW_SYNC;
}

/* No further event arrives if the VM has been removed. */
static int stop_synced(void *data)
{
	return stop_look(data);
}

int stop_wait(struct stop *stop)
{
	static const struct teavmx_follower follower = {
		.check = stop_check,
		.record = stop_record,
		.wait = stop_poll,
		.synced = stop_synced,
	};

	return teavmx_follow(stop->teavmx, &follower, stop);
}

/* A vCPU that was paused before has made its last exit before the stream began. */
static int find_exit(struct stop *stop)
{
	bool failed = stop->stop == TEAVMX_STOP_FAIL && !stop->cause[0];

	if (stop->tea || (!failed &&
			  (stop->has_exit ||
			   (stop->stop != TEAVMX_STOP_EXIT &&
			    stop->stop != TEAVMX_STOP_BREAKPOINT))))
		return 0;
	if (last_exit_read(stop->teavmx, stop->target.vm, stop->target.vcpu,
			   stop->stop, &stop->exit))
		return -1;
	stop->has_exit = true;
	if (failed)
		take_entry(stop, &stop->exit);
	return 0;
}

void stop_explain(struct stop *stop)
{
	if (stop->state == TEAVMX_VCPU_STATE_PAUSED &&
	    stop->stop == TEAVMX_STOP_EXIT && stop->has_exit &&
	    stop->exit.reason == VMX_EXIT_TRIPLE_FAULT)
		stop->has_first = !first_fault_look(stop->teavmx, &stop->exit,
						    &stop->first);
}

static const char *reason_of(const struct stop *stop)
{
	switch (stop->stop) {
	case TEAVMX_STOP_EXIT:
		return "an exit for the host program";
	case TEAVMX_STOP_FAIL:
		return "VM entry failed";
	case TEAVMX_STOP_EXITS:
		return "it has made as many exits as allowed";
	case TEAVMX_STOP_TIME:
		return "it has used the time allowed";
	case TEAVMX_STOP_STEPS:
		return "it has executed as many instructions as allowed";
	case TEAVMX_STOP_REQUEST:
		return stop->interrupted ? "interrupted" : "as requested";
	case TEAVMX_STOP_BREAKPOINT:
		return "a breakpoint";
	case TEAVMX_STOP_WATCH:
		return "a watched byte has changed";
	case TEAVMX_STOP_ENDED:
		return "the process has ended";
	default:
		return "unknown cause";
	}
}

/*
 * The last exit is not the reason when a bound has stopped the vCPU. That of a TEA
 * process at a breakpoint is the VMCALL that reports it.
 */
static bool tells_exit(const struct stop *stop)
{
	return !stop->tea && stop->has_exit &&
	       (stop->stop == TEAVMX_STOP_EXIT ||
		stop->stop == TEAVMX_STOP_BREAKPOINT);
}

static void print_stop(const struct stop *stop)
{
	uint32_t reason = stop->exit.reason;
	char text[OUTPUT_DECODED_MAX];
	char number[16];

	if (!tells_exit(stop)) {
		printf("stopped: %s\n", reason_of(stop));
		return;
	}
	printf("stopped: %s: %u %s", reason_of(stop),
	       reason & VMX_EXIT_BASIC_MASK,
	       output_reason(reason, number, sizeof(number)));
	if (teavmx_decode_exit(&stop->exit, text, sizeof(text)))
		printf(": %s", text);
	putchar('\n');
	if (stop->has_first &&
	    teavmx_decode_exit(&stop->first, text, sizeof(text)))
		printf("first exception: %s\n", text);
}

/*
 * The mask of MXCSR is a property of the processor, and the XSAVE header describes
 * the area itself: these are not changes of the guest.
 */
static bool register_differs(uint32_t number, uint64_t before, uint64_t after)
{
	if (number == TEAVMX_REG_FPU + FPU_MXCSR)
		return (uint32_t)before != (uint32_t)after;
	if (number >= TEAVMX_REG_FPU + FPU_HEADER &&
	    number < TEAVMX_REG_FPU + FPU_YMM)
		return false;
	return before != after;
}

/* Prints the changes, or with cli_json returns them as a new reference. */
static json_t *show_changes(const struct teavmx_register *before, size_t count,
			    const struct teavmx_register *after,
			    size_t after_count)
{
	json_t *object = cli_json ? json_object() : NULL;
	char buffer[32];
	size_t i;

	for (i = 0; i < count; i++) {
		uint32_t number = before[i].number;
		uint64_t old = before[i].value;
		uint64_t value = teavmx_reg_get(after, after_count, number);
		const char *name = regs_table_name(number, buffer,
						   sizeof(buffer));

		if (!register_differs(number, old, value))
			continue;
		if (object)
			json_object_set_new(object, name,
					    json_pack("{s:o, s:o}", "before",
						      json_u64(old), "after",
						      json_u64(value)));
		else if (number != TEAVMX_REG_RIP)
			printf("%s 0x%llx, was 0x%llx\n", name,
			       (unsigned long long)value,
			       (unsigned long long)old);
	}
	return object;
}

static json_t *json_stop(const struct stop *stop)
{
	const char *name = teavmx_stop_name(stop->stop);
	json_t *object = json_object();
	char number[16];

	json_object_set_new(object, "vm", json_integer(stop->target.vm));
	json_object_set_new(object, "vcpu", json_integer(stop->target.vcpu));
	json_object_set_new(object, "stop", name ? json_string(name) :
			    json_integer(stop->stop));
	if (stop->stop == TEAVMX_STOP_FAIL)
		findings_json(&stop->findings, object);
	if (!tells_exit(stop))
		return object;
	json_object_set_new(object, "exit",
			    json_pack("{s:I, s:s, s:o, s:o}", "reason",
				      (json_int_t)stop->exit.reason, "name",
				      output_reason(stop->exit.reason, number,
						    sizeof(number)),
				      "qualification",
				      json_u64(stop->exit.qualification),
				      "decoded",
				      output_json_decoded(&stop->exit)));
	if (stop->has_first)
		json_object_set_new(object, "first_exception",
				    output_json_decoded(&stop->first));
	return object;
}

/* The instruction at RIP, which is not executed yet; empty if it cannot be read */
static void stop_disassemble(const struct stop *stop, char *text, size_t size)
{
	text[0] = '\0';
	if (!stop->tea)
		dump_instruction(stop->teavmx, stop->target.vm,
				 stop->target.vcpu, text, size);
}

static void print_all(const struct stop *stop,
		      const struct teavmx_register *before, size_t count,
		      const struct teavmx_register *after, size_t after_count)
{
	/* A TEA process that is debugged has a code pointer in place of RIP. */
	bool tea = after_count && after->number == TEAVMX_REG_TEA_CP;
	uint64_t rip = teavmx_reg_get(after, after_count,
				      tea ? TEAVMX_REG_TEA_CP : TEAVMX_REG_RIP);
	const char *name = tea ? "cp" : "rip";
	char instruction[96] = "";
	json_t *object;

	if (after_count)
		stop_disassemble(stop, instruction, sizeof(instruction));
	if (cli_json) {
		object = json_stop(stop);
		if (after_count)
			json_object_set_new(object, name, json_u64(rip));
		if (instruction[0])
			json_object_set_new(object, "instruction",
					    json_string(instruction));
		if (before)
			json_object_set_new(object, "changed",
					    show_changes(before, count, after,
							 after_count));
		tea_json_print(object, stdout);
		return;
	}
	print_stop(stop);
	if (after_count)
		printf("%s 0x%llx%s%s\n", name, (unsigned long long)rip,
		       instruction[0] ? ": " : "", instruction);
	if (before)
		show_changes(before, count, after, after_count);
}

static int say_failed(const struct stop *stop)
{
	cli_error(CLI_GUEST, NULL, "%s", stop->cause[0] ? stop->cause :
		  "VM entry failed");
	findings_print(&stop->findings);
	return CLI_GUEST;
}

/* The end of a TEA process is no error; its exit message has its result. */
static int print_end(const struct stop *stop)
{
	struct stop end = *stop;

	if (!stop->tea)
		return cli_error(CLI_GUEST, NULL, "vCPU %u.%u was killed",
				 stop->target.vm, stop->target.vcpu);
	end.stop = TEAVMX_STOP_ENDED;
	print_all(&end, NULL, 0, NULL, 0);
	return CLI_OK;
}

static void print_later(const struct stop *stop)
{
	bool sleeps = stop->state == TEAVMX_VCPU_STATE_SLEEPING;

	if (cli_json)
		tea_json_print(json_pack("{s:I, s:I, s:n, s:s}", "vm",
					 (json_int_t)stop->target.vm, "vcpu",
					 (json_int_t)stop->target.vcpu, "stop",
					 "state", teavmx_state_name(stop->state)),
			       stdout);
	else if (program_answers(stop))
		printf("not paused yet: %s\n",
		       "the program that created the VM has not answered an exit, and it pauses after that");
	else
		puts(sleeps ? "not paused yet: the process sleeps, and pauses after that" :
			      "not paused yet: the process waits at a port, and pauses after that access");
}

int stop_print(struct stop *stop, const struct teavmx_register *before,
	       size_t count)
{
	struct teavmx_register *after;
	int after_count;

	if (stop->state == TEAVMX_VCPU_STATE_EXITED)
		return print_end(stop);
	if (pauses_later(stop)) {
		print_later(stop);
		return stop->interrupted ? CLI_INTERRUPTED : CLI_OK;
	}
	after_count = find_exit(stop) ? -1 : stop_registers(stop, &after);
	if (after_count < 0)
		return output_failure(teavmx_error(stop->teavmx), NULL);
	print_all(stop, before, count, after, (size_t)after_count);
	free(after);
	if (stop->stop == TEAVMX_STOP_FAIL)
		return say_failed(stop);
	return stop->interrupted ? CLI_INTERRUPTED : CLI_OK;
}
