// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <uapi/vmx.h>

#include "firmware.h"
#include "guest.h"
#include "interrupt.h"
#include "last_exit.h"
#include "output.h"

/* Time, in ms, that a vCPU has to pause; then the VM is left running */
#define PAUSE_MS	2000

static struct guest_vcpu *guest_find(struct guest *guest, uint32_t id)
{
	size_t i;

	for (i = 0; i < guest->count; i++)
		if (guest->vcpus[i].id == id)
			return &guest->vcpus[i];
	return NULL;
}

static bool any_runs(const struct guest *guest)
{
	size_t i;

	for (i = 0; i < guest->count; i++)
		if (guest->vcpus[i].runs)
			return true;
	return false;
}

static bool all_halted(const struct guest *guest)
{
	size_t i;

	for (i = 0; i < guest->count; i++)
		if (!guest->vcpus[i].halted)
			return false;
	return true;
}

/* The first end counts: what the other vCPUs do after it is ignored. */
static void come_to_end(struct guest *guest, enum guest_end end, uint32_t vcpu)
{
	if (guest->end != GUEST_RUNS)
		return;
	guest->end = end;
	guest->culprit = vcpu;
}

/* The meaning of an exit after which a payload cannot continue */
static void guest_describe(struct guest *guest, const struct teavmx_record *exit,
			   const char *why)
{
	output_cause(exit, why, guest->cause, sizeof(guest->cause));
}

/* A call of the firmware, which does not exist, ends the payload. */
static bool calls_firmware(struct guest *guest,
			   const struct teavmx_record *exit)
{
	int vector = guest->firmware ?
		     firmware_vector(guest->teavmx, exit) : -1;

	if (vector < 0)
		return false;
	firmware_describe(guest->teavmx, exit, (unsigned int)vector,
			  guest->cause, sizeof(guest->cause));
	come_to_end(guest, GUEST_STUCK, exit->vcpu);
	return true;
}

static enum teavmx_answer on_other(void *data, const struct teavmx_record *exit)
{
	struct guest *guest = data;
	struct guest_vcpu *vcpu = guest_find(guest, exit->vcpu);

	if ((exit->reason & VMX_EXIT_BASIC_MASK) == VMX_EXIT_HLT) {
		vcpu->halted = true;
		return TEAVMX_ANSWER_STAY;
	}
	guest_describe(guest, exit, "ended by");
	come_to_end(guest, GUEST_STUCK, exit->vcpu);
	return TEAVMX_ANSWER_STAY;
}

static uint32_t on_in(void *data, uint32_t vcpu, uint16_t port,
		      unsigned int size)
{
	struct guest *guest = data;

	return board_in(&guest->board, vcpu, port, size);
}

static bool on_out(void *data, uint32_t vcpu, uint16_t port, unsigned int size,
		   uint32_t value)
{
	struct guest *guest = data;
	bool on = board_out(&guest->board, vcpu, port, size, value);

	if (guest->board.ended)
		come_to_end(guest, GUEST_EXIT_PORT, vcpu);
	return on;
}

static void on_memory(void *data, uint32_t vcpu, struct teavmx_mmio *mmio)
{
	struct guest *guest = data;

	board_memory(&guest->board, vcpu, mmio);
}

static const struct teavmx_answers answers = {
	.in = on_in,
	.out = on_out,
	.memory = on_memory,
	.other = on_other,
};

/*
 * The stop that is in the page afterwards is not read: the events report the same,
 * also of what other clients have run.
 */
static int guest_continue(struct guest *guest, struct guest_vcpu *vcpu)
{
	struct teavmx_answers by_page = answers;

	by_page.page = &vcpu->page;
	return teavmx_answer(guest->teavmx, &vcpu->exit, &by_page, guest);
}

bool guest_device_reason(uint32_t reason)
{
	reason &= VMX_EXIT_BASIC_MASK;
	return reason == VMX_EXIT_IO_INSTRUCTION ||
	       reason == VMX_EXIT_EPT_VIOLATION;
}

int guest_answers(struct guest *guest, bool answers)
{
	uint8_t reasons[TEAVMX_HOST_REASONS_SIZE] = { 0 };
	uint32_t i;

	for (i = 0; answers && i <= VMX_EXIT_MAX; i++)
		if (guest_device_reason(i))
			reasons[i / 8] |= (uint8_t)(1u << i % 8);
	return teavmx_program_reasons(guest->teavmx, guest->vm, reasons);
}

/*
 * The library refuses an instruction that it cannot emulate, that has changed
 * since the exit, or that uses an address that is not mapped or not RAM.
 */
static bool is_payloads_fault(int error)
{
	return error == EOPNOTSUPP || error == EINVAL || error == EFAULT ||
	       error == ERANGE;
}

/* Has another client run the vCPU since, or routed its exit to itself? */
static bool is_taken(struct guest *guest, const struct guest_vcpu *vcpu)
{
	uint32_t state, stop;

	return !teavmx_vcpu_state(guest->teavmx, guest->vm, vcpu->id, &state,
				  &stop) &&
	       (state != TEAVMX_VCPU_STATE_PAUSED ||
		stop != TEAVMX_STOP_PROGRAM);
}

static int guest_answer(struct guest *guest, struct guest_vcpu *vcpu)
{
	struct teavmx_error error;
	size_t used;
	int on;

	if (calls_firmware(guest, &vcpu->exit))
		return 0;
	on = guest_continue(guest, vcpu);
	if (on > 0)
		vcpu->runs = true;
	if (on >= 0)
		return 0;
	error = *teavmx_error(guest->teavmx);
	if ((error.error == EBUSY || error.error == EINVAL) &&
	    is_taken(guest, vcpu))
		return 0;
	if (!is_payloads_fault(error.error))
		return -1;
	guest_describe(guest, &vcpu->exit, "cannot answer");
	used = strlen(guest->cause);
	snprintf(guest->cause + used, sizeof(guest->cause) - used, ": %s",
		 error.message);
	come_to_end(guest, GUEST_STUCK, vcpu->id);
	return 0;
}

/*
 * A payload that is debugged does not end: its devices leave all exits to other
 * clients, and so the instruction that ended it exits again for them.
 */
static int guest_hand_over(struct guest *guest, const struct guest_vcpu *vcpu)
{
	const struct teavmx_run run = { .resume = true };

	if (guest->end == GUEST_EXIT_PORT)
		fprintf(stderr, "teavmx: vCPU %u wrote %u to the exit port\n",
			vcpu->id, guest->board.exit_value);
	else
		fprintf(stderr, "teavmx: %s\n", guest->cause);
	fprintf(stderr,
		"teavmx: exits are left to other clients; 'teavmx route %u IO_INSTRUCTION=raw EPT_VIOLATION=raw' hands them back\n",
		guest->vm);
	guest->end = GUEST_RUNS;
	guest->culprit = 0;
	guest->cause[0] = '\0';
	guest->board.ended = false;
	if (guest_answers(guest, false))
		return -1;
	return teavmx_vcpu_run_with(guest->teavmx, guest->vm, vcpu->id, &run) &&
	       !is_taken(guest, vcpu) ? -1 : 0;
}

static int take_program_stop(struct guest *guest, struct guest_vcpu *vcpu)
{
	if (guest_answer(guest, vcpu))
		return -1;
	return guest->held && guest->end != GUEST_RUNS ?
	       guest_hand_over(guest, vcpu) : 0;
}

/* A stop that another process requested is handled by that process. */
static int take_stop(struct guest *guest, struct guest_vcpu *vcpu,
		     uint32_t stop)
{
	vcpu->runs = false;
	if (guest->end != GUEST_RUNS || guest->pausing)
		return 0;
	if (stop == TEAVMX_STOP_PROGRAM)
		return take_program_stop(guest, vcpu);
	if (guest->held)
		return 0;
	if (stop == TEAVMX_STOP_FAIL) {
		guest_describe(guest, &vcpu->exit, "entry failed with");
		come_to_end(guest, GUEST_FAILED, vcpu->id);
	}
	return stop == TEAVMX_STOP_EXIT && !guest_device_reason(vcpu->exit.reason) ?
	       guest_answer(guest, vcpu) : 0;
}

static int take_state(struct guest *guest, const struct teavmx_record *record)
{
	struct guest_vcpu *vcpu = guest_find(guest, record->vcpu);

	if (!vcpu || record->seq < vcpu->next_seq)
		return 0;
	switch (record->state) {
	case TEAVMX_VCPU_STATE_RUNNING:
		vcpu->runs = true;
		vcpu->halted = false;
		break;
	case TEAVMX_VCPU_STATE_PAUSED:
		return take_stop(guest, vcpu, record->stop);
	case TEAVMX_VCPU_STATE_EXITED:
		vcpu->runs = false;
		snprintf(guest->cause, sizeof(guest->cause),
			 "vCPU %u was killed", vcpu->id);
		come_to_end(guest, GUEST_KILLED, vcpu->id);
		break;
	}
	return 0;
}

static void take_exit(struct guest *guest, const struct teavmx_record *record)
{
	struct guest_vcpu *vcpu = guest_find(guest, record->vcpu);

	if (!vcpu)
		return;
	vcpu->exit = *record;
	vcpu->exit.bytes = NULL;
	vcpu->exit.size = 0;
	vcpu->exit.snapshot = NULL;
	if (output_is_failed_entry(record))
		findings_take(&guest->findings, record);
}

static int look_at_stop(struct guest *guest, struct guest_vcpu *vcpu,
			struct teavmx_record *now)
{
	struct teavmx_vm vm;

	/* Records of this stop may still arrive. */
	if (teavmx_vm_get(guest->teavmx, guest->vm, &vm))
		return -1;
	now->seq = vm.next_seq;
	vcpu->next_seq = vm.next_seq;
	return last_exit_read(guest->teavmx, guest->vm, vcpu->id, now->stop,
			      &vcpu->exit);
}

/* The state of a vCPU in place of lost records */
static int look_at(struct guest *guest, struct guest_vcpu *vcpu)
{
	struct teavmx_record now = { .vcpu = vcpu->id, .seq = UINT64_MAX };

	if (teavmx_vcpu_state(guest->teavmx, guest->vm, vcpu->id, &now.state,
			      &now.stop)) {
		if (teavmx_error(guest->teavmx)->status != TEAVMX_OBJECT)
			return -1;
		now.state = TEAVMX_VCPU_STATE_EXITED;
	}
	if (now.state == TEAVMX_VCPU_STATE_PAUSED) {
		/*
		 * One that did not run may have been run by another client since, and
		 * then waits for an answer.
		 */
		if (!vcpu->runs && now.stop != TEAVMX_STOP_PROGRAM)
			return 0;
		if (look_at_stop(guest, vcpu, &now))
			return -1;
	}
	return take_state(guest, &now);
}

/* Events are lost: read the state of each vCPU instead. */
static int guest_look(struct guest *guest)
{
	size_t i;

	for (i = 0; i < guest->count; i++)
		if (look_at(guest, &guest->vcpus[i]))
			return -1;
	return 0;
}

static int guest_record(const struct teavmx_record *record, void *data)
{
	struct guest *guest = data;

	switch (record->type) {
	case TEAVMX_EVENT_TYPE_LOST:
		return guest_look(guest);
	case TEAVMX_EVENT_TYPE_VMX_EXIT:
	case TEAVMX_EVENT_TYPE_VMX_FAIL:
		take_exit(guest, record);
		break;
	case TEAVMX_EVENT_TYPE_HOST_CHANGED:
		output_warn_change(record);
		break;
	case TEAVMX_EVENT_TYPE_STATE:
		return take_state(guest, record);
	}
	return 0;
}

/* A vCPU that pauses by itself at this moment is paused, too. */
static int pause_all(struct guest *guest)
{
	size_t i;

	guest->pausing = true;
	for (i = 0; i < guest->count; i++)
		if (guest->vcpus[i].runs &&
		    teavmx_vcpu_pause(guest->teavmx, guest->vm,
				      guest->vcpus[i].id) &&
		    teavmx_error(guest->teavmx)->status == TEAVMX_OBJECT)
			return -1;
	return 0;
}

static int guest_wait(int fd, void *data)
{
	struct guest *guest = data;
	long long left = guest->deadline - interrupt_clock();

	if (left < 0)
		left = 0;
	if (!guest->deadline || left > TEAVMX_SYNC_MS)
		left = TEAVMX_SYNC_MS;
	if (fflush(stdout))
		guest->board.text_error = errno;
	return interrupt_wait(fd, left) || interrupt_seen() ?
	       TEAVMX_FOLLOW_ON : TEAVMX_FOLLOW_SYNC;
}

static int guest_check(void *data)
{
	struct guest *guest = data;
	bool over = guest->deadline && interrupt_clock() >= guest->deadline;

	if (guest->end != GUEST_RUNS || guest->board.text_error)
		return TEAVMX_FOLLOW_END;
	if (guest->pausing ? over || !any_runs(guest) : all_halted(guest))
		return TEAVMX_FOLLOW_END;
	if (guest->pausing || (!over && !interrupt_seen()))
		return TEAVMX_FOLLOW_ON;
	guest->deadline = interrupt_clock() + PAUSE_MS;
	return pause_all(guest) ? TEAVMX_FOLLOW_FAILED : TEAVMX_FOLLOW_ON;
}

int guest_start(struct guest *guest)
{
	size_t i;

	for (i = 0; i < guest->count; i++) {
		if (teavmx_page_continue(&guest->vcpus[i].page))
			return -1;
		guest->vcpus[i].runs = true;
	}
	return 0;
}

int guest_run(struct guest *guest)
{
	static const struct teavmx_follower follower = {
		.check = guest_check,
		.record = guest_record,
		.wait = guest_wait,
	};

	guest->deadline = 0;
	if (guest->seconds) {
		guest->deadline = interrupt_clock() + (long long)guest->seconds * 1000;
		interrupt_limit(guest->seconds);
	}
	if ((!guest->held && guest_start(guest)) ||
	    teavmx_follow(guest->teavmx, &follower, guest))
		return -1;
	if (guest->pausing)
		come_to_end(guest, interrupt_seen() ? GUEST_INTERRUPTED :
						      GUEST_TIMEOUT, 0);
	come_to_end(guest, GUEST_HALTED, 0);
	return 0;
}
