// SPDX-License-Identifier: GPL-2.0-only
#include "backend.h"
#include "payload.h"
#include "vcpu.h"
#include "tea/ports.h"

#include <linux/container_of.h>

/*
 * The software backend: the interpreter of the guest payload, called by the
 * vCPU's thread in the kernel. For hosts without VMX, and to compare with.
 */

/* Instructions a turn: well below a millisecond. */
#define SOFT_TURN_STEPS 20000

static struct teavmx_vcpu *to_vcpu(struct tea_process *process)
{
	return container_of(process, struct teavmx_vcpu, process);
}

int tea_home_port_read(struct tea_process *process, unsigned int port,
		       unsigned int size, unsigned int *value)
{
	struct tea_access access = { .port = port, .size = size };
	int code = payload_tea_port(to_vcpu(process), &access);

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

	return payload_tea_port(to_vcpu(process), &access);
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

static enum vcpu_turn soft_run(struct teavmx_vcpu *vcpu)
{
	struct tea_process *process = &vcpu->process;

	if (tea_run(process, process->steps + SOFT_TURN_STEPS) ==
	    TEA_RUN_LIMIT)
		return VCPU_AGAIN;
	vcpu->exit_code = process->exit_code;
	return VCPU_EXITED;
}

static void soft_destroy(struct teavmx_vcpu *vcpu)
{
}

const struct backend_ops soft_backend = {
	.missing = soft_missing,
	.create = soft_create,
	.run = soft_run,
	.destroy = soft_destroy,
};
