// SPDX-License-Identifier: GPL-2.0-only
/*
 * Linked into teavmx in place of teavmx_vcpu_new(): overwrites the VMCS field
 * BREAK_FIELD with BREAK_VALUE, both from the environment.
 */
#include <stdlib.h>

#include <userspace/lib/teavmx.h>

int __real_teavmx_vcpu_new(struct teavmx *teavmx, uint32_t vm,
			   const struct teavmx_program *program,
			   struct teavmx_vcpu *vcpu);
int __wrap_teavmx_vcpu_new(struct teavmx *teavmx, uint32_t vm,
			   const struct teavmx_program *program,
			   struct teavmx_vcpu *vcpu);

static uint64_t number(const char *name)
{
	const char *value = getenv(name);

	return value ? strtoull(value, NULL, 0) : 0;
}

int __wrap_teavmx_vcpu_new(struct teavmx *teavmx, uint32_t vm,
			   const struct teavmx_program *program,
			   struct teavmx_vcpu *vcpu)
{
	const struct teavmx_vmcs_write write = {
		.field = (uint32_t)number("BREAK_FIELD"),
		.value = number("BREAK_VALUE"),
	};
	struct teavmx_program broken = *program;

	broken.writes = &write;
	broken.write_count = 1;
	return __real_teavmx_vcpu_new(teavmx, vm, &broken, vcpu);
}
