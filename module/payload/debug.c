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
 * payload_debug_is_on() - does a vCPU run under a debugger?
 * @vcpu: a vCPU of a VM of TEA programs
 *
 * Return: true when it does.
 */
bool payload_debug_is_on(const struct teavmx_vcpu *vcpu)
{
	return vcpu->debug;
}

/**
 * payload_debug_begin() - a process begins to run, or goes on
 * @vcpu: the vCPU; called by its thread, which has its bounds
 *
 * The bounds of a process under a debugger are for the interpreter; the back end
 * must not keep them, too.
 *
 * Return: VCPU_EXITED when only the exit message of the process is missing, else
 * VCPU_AGAIN.
 */
enum vcpu_turn payload_debug_begin(struct teavmx_vcpu *vcpu)
{
	struct vcpu_debug *debug = vcpu->debug;

	if (!debug)
		return VCPU_AGAIN;
	if (debug->ended && !vcpu_killed(vcpu))
		return VCPU_EXITED;
	tea_debug_begin(&debug->control, vcpu->bounds.steps,
			vcpu->bounds.until);
	vcpu->bounds = (struct vcpu_bounds){ };
	if (debug->guest)
		*debug->guest = debug->control;
	return VCPU_AGAIN;
}

/**
 * payload_debug_pause() - the vCPU is asked to pause
 * @vcpu: the vCPU; called by its thread
 *
 * Under a debugger the interpreter stops, between two of its instructions.
 *
 * Return: VCPU_PAUSED, or VCPU_AGAIN when the interpreter is going to stop.
 */
enum vcpu_turn payload_debug_pause(struct teavmx_vcpu *vcpu)
{
	struct vcpu_debug *debug = vcpu->debug;

	if (!debug)
		return vcpu_stop(vcpu, TEAVMX_STOP_REQUEST);
	debug->control.request = 1;
	if (debug->guest)
		WRITE_ONCE(debug->guest->request, 1);
	return VCPU_AGAIN;
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
