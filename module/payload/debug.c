// SPDX-License-Identifier: GPL-2.0-only
#include "debug.h"
#include "../memory/space.h"
#include "../vcpu.h"
#include "../tea/guest/layout.h"

#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/nospec.h>
#include <linux/slab.h>

/*
 * TEA processes under a debugger. The host's struct tea_debug is the one that
 * counts. The guest of the vmx backend has a copy in a page of its own; it is
 * written anew before each run and nothing in it is ever read.
 */

/* Instructions a run of the soft back end; they come one by one. */
#define SOFT_RUN_STEPS 2000

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
	if (vcpu->backend->id != TEAVMX_BACKEND_VMX)
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
 * @result: VCPU_ENDED when only the exit message of the process is missing
 *
 * The bounds of a process under a debugger are for the interpreter; the back end
 * must not keep them, too.
 */
void payload_debug_begin(struct teavmx_vcpu *vcpu, struct vcpu_result *result)
{
	struct vcpu_debug *debug = vcpu->debug;

	if (!debug)
		return;
	if (debug->ended) {
		vcpu_end(result, debug->code);
		return;
	}
	tea_debug_begin(&debug->control, vcpu->bounds.steps,
			vcpu->bounds.until);
	vcpu->bounds = (struct vcpu_bounds){ };
	if (debug->guest)
		*debug->guest = debug->control;
}

/**
 * payload_debug_pause() - the vCPU is asked to pause
 * @vcpu: the vCPU; called by its thread
 * @result: VCPU_PAUSED, but not under a debugger: there the interpreter stops,
 *	between two of its instructions
 */
void payload_debug_pause(struct teavmx_vcpu *vcpu, struct vcpu_result *result)
{
	struct vcpu_debug *debug = vcpu->debug;

	if (!debug) {
		vcpu_stop(result, TEAVMX_STOP_REQUEST);
		return;
	}
	debug->control.request = 1;
	if (debug->guest)
		WRITE_ONCE(debug->guest->request, 1);
}

/**
 * payload_debug_stop() - the interpreter reports that the process has stopped
 * @vcpu: the vCPU; called by its thread
 * @cause: enum tea_debug_cause; perhaps from a guest, and then any number
 * @result: receives what that means
 */
void payload_debug_stop(struct teavmx_vcpu *vcpu, u64 cause,
			struct vcpu_result *result)
{
	static const u8 stops[] = {
		[TEA_DEBUG_STEPS] = TEAVMX_STOP_STEPS,
		[TEA_DEBUG_REQUEST] = TEAVMX_STOP_REQUEST,
		[TEA_DEBUG_BREAK] = TEAVMX_STOP_BREAKPOINT,
		[TEA_DEBUG_WATCH] = TEAVMX_STOP_WATCH,
	};
	u8 stop = TEAVMX_STOP_NONE;

	if (vcpu->debug && cause < ARRAY_SIZE(stops))
		stop = stops[array_index_nospec(cause, ARRAY_SIZE(stops))];
	if (stop)
		vcpu_stop(result, stop);
	else
		result->kind = VCPU_BROKEN;
}

/**
 * payload_debug_end() - the process has come to its end
 * @vcpu: the vCPU; called by its thread
 * @code: exit code
 * @result: VCPU_ENDED, but under a debugger VCPU_PAUSED, so that the last state
 *	can be looked at
 */
void payload_debug_end(struct teavmx_vcpu *vcpu, u8 code,
		       struct vcpu_result *result)
{
	if (!vcpu->debug || vcpu_killed(vcpu)) {
		vcpu_end(result, code);
		return;
	}
	vcpu->debug->ended = true;
	vcpu->debug->code = code;
	vcpu_stop(result, TEAVMX_STOP_ENDED);
}

/**
 * payload_debug_soft() - run a process under a debugger on the soft back end
 * @vcpu: the vCPU; called by its thread
 * @result: receives what the run led to
 *
 * Return: false when the process is not debugged.
 */
bool payload_debug_soft(struct teavmx_vcpu *vcpu, struct vcpu_result *result)
{
	enum tea_debug_cause cause;

	if (!vcpu->debug)
		return false;
	cause = tea_debug_run(&vcpu->process, &vcpu->debug->control,
			      SOFT_RUN_STEPS);
	if (cause == TEA_DEBUG_EXITED)
		payload_debug_end(vcpu, vcpu->process.exit_code, result);
	else if (cause != TEA_DEBUG_TURN)
		payload_debug_stop(vcpu, cause, result);
	return true;
}
