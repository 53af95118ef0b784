// SPDX-License-Identifier: GPL-2.0-only
#include "backend.h"
#include "payload/tea.h"
#include "payload/debug.h"
#include "vcpu.h"
#include "tea/ports.h"

#include <linux/container_of.h>
#include <linux/ktime.h>
#include <linux/minmax.h>

/*
 * The software backend: the interpreter of the guest payload, called by the
 * vCPU's thread in the kernel. For hosts without VMX, and to compare with.
 */

/* Instructions a turn: well below a millisecond. */
#define SOFT_TURN_STEPS 20000

/* The same when time is bounded: some microseconds. */
#define TIMED_TURN_STEPS 100

static struct teavmx_vcpu *to_vcpu(struct tea_process *process)
{
	return container_of(process, struct teavmx_vcpu, process);
}

/* A port may hold the process for long, and that is not its own time. */
static int access_port(struct tea_process *process, struct tea_access *access)
{
	struct teavmx_vcpu *vcpu = to_vcpu(process);
	u64 begin = ktime_get_ns();
	int code = payload_tea_port(vcpu, access);

	vcpu->away += ktime_get_ns() - begin;
	return code;
}

int tea_home_port_read(struct tea_process *process, unsigned int port,
		       unsigned int size, unsigned int *value)
{
	struct tea_access access = { .port = port, .size = size };
	int code = access_port(process, &access);

	*value = access.value;
	return code;
}

int tea_home_port_write(struct tea_process *process, unsigned int port,
			unsigned int size, unsigned int value)
{
	struct tea_access access = {
		.port = port,
		.size = size,
		.write = 1,
		.value = value,
	};

	return access_port(process, &access);
}

int tea_home_command(struct tea_process *process, const unsigned char *packet,
		     unsigned int size)
{
	return payload_tea_command(to_vcpu(process), packet, size);
}

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
	*refused = "the soft backend has no exits to count";
	return -EOPNOTSUPP;
}

static u64 turn_steps(const struct vcpu_bounds *bounds)
{
	u64 steps = bounds->time ? TIMED_TURN_STEPS : SOFT_TURN_STEPS;

	return bounds->steps ? min(steps, bounds->steps) : steps;
}

/* Count down; true when *left was a bound and is used up. */
static bool use_up(u64 *left, u64 used)
{
	if (!*left)
		return false;
	*left -= min(*left, used);
	return !*left;
}

static enum vcpu_turn soft_run(struct teavmx_vcpu *vcpu)
{
	struct tea_process *process = &vcpu->process;
	struct vcpu_bounds *bounds = &vcpu->bounds;
	u64 steps = process->steps;
	u64 begin = ktime_get_ns();

	if (vcpu->debug)
		return payload_debug_soft(vcpu);
	vcpu->away = 0;
	if (tea_run(process, steps + turn_steps(bounds)) != TEA_RUN_LIMIT) {
		vcpu->exit_code = process->exit_code;
		return VCPU_EXITED;
	}
	if (use_up(&bounds->steps, process->steps - steps))
		return vcpu_stop(vcpu, TEAVMX_STOP_STEPS);
	if (use_up(&bounds->time, ktime_get_ns() - begin - vcpu->away))
		return vcpu_stop(vcpu, TEAVMX_STOP_TIME);
	return VCPU_AGAIN;
}

static void soft_destroy(struct teavmx_vcpu *vcpu)
{
}

const struct backend_ops soft_backend = {
	.missing = soft_missing,
	.create = soft_create,
	.bound = soft_bound,
	.run = soft_run,
	.destroy = soft_destroy,
};
