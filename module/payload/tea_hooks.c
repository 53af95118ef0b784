// SPDX-License-Identifier: GPL-2.0-only
#include "tea.h"
#include "../vcpu.h"
#include "../tea/interp.h"
#include "../tea/ports.h"

#include <linux/container_of.h>
#include <linux/ktime.h>

/* The hooks of the interpreter in the kernel (see tea/interp.h). */

static struct teavmx_vcpu *tea_vcpu(struct tea_process *process)
{
	return container_of(process, struct teavmx_vcpu, process);
}

/*
 * The time that an access takes, perhaps asleep, does not count for the bound
 * of time: soft_run() subtracts vcpu->away.
 */
static int tea_access_port(struct tea_process *process,
			   struct tea_access *access)
{
	struct teavmx_vcpu *vcpu = tea_vcpu(process);
	u64 begin = ktime_get_ns();
	int code = payload_tea_port(vcpu, access);

	vcpu->away += ktime_get_ns() - begin;
	return code;
}

int tea_hook_port_read(struct tea_process *process, unsigned int port,
		       unsigned int size, unsigned int *value)
{
	struct tea_access access = { .port = port, .size = size };
	int code = tea_access_port(process, &access);

	*value = access.value;
	return code;
}

int tea_hook_port_write(struct tea_process *process, unsigned int port,
			unsigned int size, unsigned int value)
{
	struct tea_access access = {
		.port = port,
		.size = size,
		.write = 1,
		.value = value,
	};

	return tea_access_port(process, &access);
}

int tea_hook_command(struct tea_process *process, const unsigned char *packet,
		     unsigned int size)
{
	return payload_tea_command(tea_vcpu(process), packet, size);
}
