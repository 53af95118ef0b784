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
 * TEA processes under a debugger. The host's struct tea_debug is authoritative.
 * A guest of the vmx back end has a copy in a page of its own, which the host
 * writes before each run and never reads.
 */

/*
 * Instructions in a run of the soft back end. There are fewer than without a
 * debugger, because tea_debug_run() executes them one by one.
 */
#define SOFT_RUN_STEPS 2000

/**
 * payload_debug_load() - prepare a new process to run under a debugger
 * @vcpu: the vCPU
 *
 * Return: 0, -ENOMEM or an errno of pages_reserve(). In each case
 * payload_debug_free() has to be called.
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
 * @vcpu: a vCPU that is being freed, with or without a debugger
 */
void payload_debug_free(struct teavmx_vcpu *vcpu)
{
	kfree(vcpu->debug);
}

/**
 * payload_debug_reset() - have a process begin its program again
 * @vcpu: a stopped vCPU, with or without a debugger; breakpoints and watched bytes
 *	are the host's and remain
 */
void payload_debug_reset(struct teavmx_vcpu *vcpu)
{
	if (!vcpu->debug)
		return;
	vcpu->debug->ended = false;
	vcpu->debug->code = 0;
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
 * payload_debug_begin() - prepare a run of a process
 * @vcpu: the vCPU; called by its thread, with the bounds in vcpu->bounds
 * @result: set to VCPU_ENDED when the process has ended already and only its
 *	exit message is missing
 *
 * The interpreter enforces the bounds of a process under a debugger, so they
 * are removed from vcpu->bounds, where the back end would enforce them too.
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
 * payload_debug_pause() - handle a request to pause
 * @vcpu: the vCPU; called by its thread
 * @result: set to VCPU_PAUSED for a process without a debugger. Under a
 *	debugger the interpreter stops between two instructions and reports that
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
 * payload_debug_stop() - handle a stop that the interpreter reports
 * @vcpu: the vCPU; called by its thread
 * @cause: enum tea_debug_cause; a hostile guest may report any number
 * @result: receives the reason to pause; VCPU_BROKEN for an invalid @cause
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
 * payload_debug_end() - handle the end of a process
 * @vcpu: the vCPU; called by its thread
 * @code: exit code
 * @result: set to VCPU_ENDED, but under a debugger to VCPU_PAUSED, so that the
 *	final state can be examined
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
 * @result: receives the result of the run
 *
 * Return: false when the process is not under a debugger; then it did not run.
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
	else if (cause != TEA_DEBUG_LIMIT)
		payload_debug_stop(vcpu, cause, result);
	return true;
}
