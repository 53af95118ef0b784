// SPDX-License-Identifier: GPL-2.0-only
#include "debug.h"
#include "../memory/space.h"
#include "../vcpu.h"
#include "../tea/guest/layout.h"

#include <linux/err.h>
#include <linux/slab.h>

/*
 * TEA processes under a debugger. The host's struct tea_debug is the one that
 * counts. The guest of the vmx backend has a copy in a page of its own; it is
 * written anew before each run and nothing in it is ever read.
 */

/* Instructions a turn of the soft backend; they come one by one. */
#define SOFT_TURN_STEPS 2000

/**
 * payload_debug_load() - have a new process run under a debugger
 * @vcpu: the vCPU
 *
 * Return: 0, -ENOMEM or an errno of pages_reserve(); payload_debug_free() is for
 * all of them.
 */
int payload_debug_load(struct teavmx_vcpu *vcpu)
{
	struct vcpu_debug *debug = kzalloc(sizeof(*debug), GFP_KERNEL_ACCOUNT);
	void *page;

	if (!debug)
		return -ENOMEM;
	vcpu->debug = debug;
	if (vcpu->backend_id != TEAVMX_BACKEND_VMX)
		return 0;
	static_assert(sizeof(*debug->guest) <= PAGE_SIZE);
	page = space_add(&vcpu->space, GUEST_DEBUG, PAGE_SIZE, SPACE_WRITE);
	if (IS_ERR(page))
		return PTR_ERR(page);
	debug->guest = page;
	return 0;
}

/**
 * payload_debug_free() - undo payload_debug_load()
 * @vcpu: any vCPU that nobody uses any more
 */
void payload_debug_free(struct teavmx_vcpu *vcpu)
{
	kfree(vcpu->debug);
}

/**
 * payload_debug_begin() - a process begins to run, or goes on
 * @vcpu: a vCPU that is debugged; called by its thread, which has its bounds
 *
 * The bounds are for the interpreter; the backend shall not keep them, too.
 */
void payload_debug_begin(struct teavmx_vcpu *vcpu)
{
	struct vcpu_debug *debug = vcpu->debug;

	tea_debug_begin(&debug->control, vcpu->bounds.steps,
			vcpu->bounds.until);
	vcpu->bounds = (struct vcpu_bounds){ };
	if (debug->guest)
		*debug->guest = debug->control;
}

/**
 * payload_debug_request() - have the process stop before its next instruction
 * @vcpu: a vCPU that is debugged; called by its thread
 */
void payload_debug_request(struct teavmx_vcpu *vcpu)
{
	struct vcpu_debug *debug = vcpu->debug;

	debug->control.request = 1;
	if (debug->guest)
		WRITE_ONCE(debug->guest->request, 1);
}

/**
 * payload_debug_stop() - the interpreter says that the process has stopped
 * @vcpu: the vCPU; called by its thread
 * @cause: enum tea_debug_cause; perhaps from a guest, and then any number
 *
 * Return: enum vcpu_turn.
 */
enum vcpu_turn payload_debug_stop(struct teavmx_vcpu *vcpu, u64 cause)
{
	if (!vcpu->debug)
		return vcpu_break(vcpu);
	switch (cause) {
	case TEA_DEBUG_STEPS:
		return vcpu_stop(vcpu, TEAVMX_STOP_STEPS);
	case TEA_DEBUG_REQUEST:
		return vcpu_stop(vcpu, TEAVMX_STOP_REQUEST);
	case TEA_DEBUG_BREAK:
		return vcpu_stop(vcpu, TEAVMX_STOP_BREAKPOINT);
	case TEA_DEBUG_WATCH:
		return vcpu_stop(vcpu, TEAVMX_STOP_WATCH);
	default:
		return vcpu_break(vcpu);
	}
}

/**
 * payload_debug_end() - the process has come to its end
 * @vcpu: the vCPU; called by its thread
 * @code: exit code
 *
 * Under a debugger it pauses first, so that its last state can be looked at.
 *
 * Return: enum vcpu_turn.
 */
enum vcpu_turn payload_debug_end(struct teavmx_vcpu *vcpu, u8 code)
{
	vcpu->exit_code = code;
	if (!vcpu->debug || vcpu_killed(vcpu))
		return VCPU_EXITED;
	vcpu->debug->ended = true;
	return vcpu_stop(vcpu, TEAVMX_STOP_ENDED);
}

/**
 * payload_debug_soft() - a turn of the soft backend
 * @vcpu: a vCPU that is debugged; called by its thread
 *
 * Return: enum vcpu_turn.
 */
enum vcpu_turn payload_debug_soft(struct teavmx_vcpu *vcpu)
{
	enum tea_debug_cause cause;

	cause = tea_debug_run(&vcpu->process, &vcpu->debug->control,
			      SOFT_TURN_STEPS);
	switch (cause) {
	case TEA_DEBUG_TURN:
		return VCPU_AGAIN;
	case TEA_DEBUG_EXITED:
		return payload_debug_end(vcpu, vcpu->process.exit_code);
	default:
		return payload_debug_stop(vcpu, cause);
	}
}

static unsigned short *find(unsigned short *list, unsigned int count,
			    u64 address)
{
	unsigned int i;

	for (i = 0; i < count; i++)
		if (list[i] == address)
			return &list[i];
	return NULL;
}

/* Breakpoints at code and watched bytes are two lists of the same kind. */
struct list {
	unsigned short *list;
	unsigned int *count;
	unsigned int max;
	u64 end;
	const char *outside;
	const char *full;
};

static struct list list_of(struct teavmx_vcpu *vcpu, u32 kind)
{
	struct tea_debug *control = &vcpu->debug->control;

	if (kind == TEAVMX_BREAKPOINT_KIND_TEA_STACK)
		return (struct list){
			.list = control->watches,
			.count = &control->watch_count,
			.max = TEA_DEBUG_WATCHES,
			.end = vcpu->stack_size,
			.outside = "the address is outside of the stack",
			.full = "8 bytes of the stack are watched already",
		};
	return (struct list){
		.list = control->breaks,
		.count = &control->break_count,
		.max = TEA_DEBUG_BREAKS,
		.end = vcpu->process.code_size,
		.outside = "the address is outside of the code",
		.full = "there are 32 breakpoints already",
	};
}

/**
 * payload_debug_break_set() - set a breakpoint or watch a byte
 * @vcpu: a vCPU that is debugged and does not run
 * @kind: TEAVMX_BREAKPOINT_KIND_TEA_CODE or TEA_STACK
 * @address: code address, or index from the bottom of the stack
 * @refused: receives why not, a constant
 *
 * Return: 0, -ERANGE, -EEXIST or -ENOSPC.
 */
int payload_debug_break_set(struct teavmx_vcpu *vcpu, u32 kind, u64 address,
			    const char **refused)
{
	struct list list = list_of(vcpu, kind);

	static_assert(TEA_DEBUG_BREAKS == 32 && TEA_DEBUG_WATCHES == 8);
	if (address >= list.end) {
		*refused = list.outside;
		return -ERANGE;
	}
	if (find(list.list, *list.count, address)) {
		*refused = "there is such a breakpoint already";
		return -EEXIST;
	}
	if (*list.count == list.max) {
		*refused = list.full;
		return -ENOSPC;
	}
	list.list[(*list.count)++] = address;
	return 0;
}

/**
 * payload_debug_break_clear() - undo payload_debug_break_set()
 * @vcpu: a vCPU that is debugged and does not run
 * @kind: as there
 * @address: as there
 *
 * Return: 0 or -ENOENT.
 */
int payload_debug_break_clear(struct teavmx_vcpu *vcpu, u32 kind, u64 address)
{
	struct list list = list_of(vcpu, kind);
	unsigned short *one = find(list.list, *list.count, address);

	if (!one)
		return -ENOENT;
	*one = list.list[--*list.count];
	return 0;
}

/**
 * payload_debug_break_clear_all() - delete breakpoints and watched bytes
 * @vcpu: a vCPU that is debugged and does not run
 */
void payload_debug_break_clear_all(struct teavmx_vcpu *vcpu)
{
	vcpu->debug->control.break_count = 0;
	vcpu->debug->control.watch_count = 0;
}

/* They are in guest memory on vmx, and there nothing is believed. */
static struct tea_process *live_process(struct teavmx_vcpu *vcpu)
{
	return vcpu->guest ?: &vcpu->process;
}

/**
 * payload_debug_get() - the registers of a process
 * @vcpu: a vCPU that is debugged and does not run
 * @registers: receives them
 */
void payload_debug_get(struct teavmx_vcpu *vcpu,
		       struct tea_registers *registers)
{
	tea_debug_look(live_process(vcpu), vcpu->stack_size, registers);
}

/**
 * payload_debug_pause_due() - does a port have to let go of a process?
 * @vcpu: the vCPU; called by its thread
 *
 * Only of one that is debugged. The request may have been passed on to a guest
 * that was in the middle of the instruction which now waits.
 *
 * Return: true when the instruction is to be undone.
 */
bool payload_debug_pause_due(const struct teavmx_vcpu *vcpu)
{
	return vcpu->debug && (vcpu->debug->control.request ||
			       test_bit(VCPU_REQUEST_PAUSE, &vcpu->requests));
}

/**
 * payload_debug_set() - change the registers of a process
 * @vcpu: a vCPU that is debugged, does not run and has not ended
 * @registers: all but steps are taken
 * @refused: receives why not, a constant
 *
 * Return: 0 or -ERANGE, and then none has changed.
 */
int payload_debug_set(struct teavmx_vcpu *vcpu,
		      const struct tea_registers *registers,
		      const char **refused)
{
	struct tea_process *process = live_process(vcpu);
	struct tea_registers now;

	tea_debug_look(process, vcpu->stack_size, &now);
	*refused = NULL;
	/* The program itself may have gone beyond, to fail at the next step. */
	if (registers->cp != now.cp &&
	    registers->cp >= vcpu->process.code_size)
		*refused = "cp has to be inside of the code";
	else if (registers->sp > vcpu->stack_size)
		*refused = "sp is larger than the stack";
	else if (registers->flags &
		 ~(TEA_FLAG_N | TEA_FLAG_Z | TEA_FLAG_C))
		*refused = "the flags are N (8), Z (4) and C (2)";
	if (*refused)
		return -ERANGE;
	WRITE_ONCE(process->cp, registers->cp);
	WRITE_ONCE(process->sp, registers->sp);
	WRITE_ONCE(process->flags, registers->flags);
	return 0;
}
