// SPDX-License-Identifier: GPL-2.0-only
#include "backend.h"
#include "../payload/debug.h"
#include "../vcpu.h"

#include <linux/ktime.h>
#include <linux/minmax.h>

/*
 * The soft back end: the vCPU's thread calls the interpreter of the guest
 * payload in the kernel. It serves hosts without VMX, and the results of both
 * back ends are compared by tests.
 */

/*
 * Instructions in a run. They take well below a millisecond, so requests and
 * the scheduler do not wait for long.
 */
#define SOFT_RUN_STEPS 20000

/*
 * Instructions in a run while time is bounded. The clock is read after each run
 * only, so this limits how far the bound can be exceeded: some microseconds.
 */
#define SOFT_TIMED_STEPS 100

static const char *soft_missing(void)
{
	return NULL;
}

static int soft_create(struct teavmx_vcpu *vcpu,
		       struct netlink_ext_ack *extack)
{
	return 0;
}

static int soft_bound(struct teavmx_vcpu *vcpu, struct vcpu_bounds *bounds,
		      const char **refused)
{
	if (!bounds->exits)
		return 0;
	*refused = "the soft back end has no exits to count; bound time or steps";
	return -EOPNOTSUPP;
}

static u64 soft_steps(const struct vcpu_bounds *bounds)
{
	u64 steps = bounds->time ? SOFT_TIMED_STEPS : SOFT_RUN_STEPS;

	return bounds->steps ? min(steps, bounds->steps) : steps;
}

/* Subtracts @used from a bound; true if it is a bound and is used up. */
static bool soft_use_up(u64 *left, u64 used)
{
	if (!*left)
		return false;
	*left -= min(*left, used);
	return !*left;
}

static void soft_run(struct teavmx_vcpu *vcpu, struct vcpu_result *result)
{
	struct tea_process *process = &vcpu->process;
	struct vcpu_bounds *bounds = &vcpu->bounds;
	u64 steps = process->steps;
	u64 begin = ktime_get_ns();

	if (payload_debug_soft(vcpu, result))
		return;
	vcpu->away = 0;
	if (tea_run(process, steps + soft_steps(bounds)) != TEA_RUN_LIMIT) {
		vcpu_end(result, process->exit_code);
		return;
	}
	if (soft_use_up(&bounds->steps, process->steps - steps))
		vcpu_stop(result, TEAVMX_STOP_STEPS);
	else if (soft_use_up(&bounds->time,
			     ktime_get_ns() - begin - vcpu->away))
		vcpu_stop(result, TEAVMX_STOP_TIME);
}

static void soft_reset(struct teavmx_vcpu *vcpu)
{
}

static void soft_destroy(struct teavmx_vcpu *vcpu)
{
}

const struct backend_ops soft_backend = {
	.id = TEAVMX_BACKEND_SOFT,
	.missing = soft_missing,
	.create = soft_create,
	.bound = soft_bound,
	.run = soft_run,
	.reset = soft_reset,
	.destroy = soft_destroy,
};
