// SPDX-License-Identifier: GPL-2.0-only
/*
 * raw_vm [MEMORY [VCPUS]]: makes a detached raw VM and prints its number. teavmx
 * mem and teavmx regs load what it runs. Its vCPUs take
 * interrupts.
 */
#include <stdio.h>
#include <stdlib.h>

#include <uapi/regs.h>
#include <userspace/lib/teavmx.h>

static int make(struct teavmx *teavmx, uint64_t memory, int vcpus)
{
	const struct teavmx_register flags = { TEAVMX_REG_RFLAGS, 0x202 };
	struct teavmx_vcpu vcpu;
	struct teavmx_vm vm;

	if (teavmx_raw_new(teavmx, TEAVMX_VM_FLAGS_DETACHED, memory, &vm))
		return -1;
	while (vcpus--) {
		if (teavmx_raw_vcpu_new(teavmx, vm.id, &vcpu))
			return -1;
		if (teavmx_regs_set(teavmx, vm.id, vcpu.id, &flags, 1))
			return -1;
		teavmx_vcpu_clear(&vcpu);
	}
	printf("%u\n", vm.id);
	return 0;
}

int main(int argc, char **argv)
{
	uint64_t memory = argc > 1 ? strtoull(argv[1], NULL, 0) : 1 << 20;
	struct teavmx_error error;
	struct teavmx *teavmx = teavmx_open(&error);
	int err;

	if (!teavmx) {
		fprintf(stderr, "raw_vm: %s\n", error.message);
		return 1;
	}
	err = make(teavmx, memory, argc > 2 ? atoi(argv[2]) : 1);
	if (err)
		fprintf(stderr, "raw_vm: %s\n", teavmx_error(teavmx)->message);
	teavmx_close(teavmx);
	return err ? 1 : 0;
}
