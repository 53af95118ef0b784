// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <stdlib.h>

#include <uapi/regs.h>
#include <userspace/common/cli.h>

#include "dump.h"
#include "output.h"

#define IN_A_LINE	4

/* What tells most of a vCPU that cannot go on */
static const uint32_t shown[] = {
	REGS_RIP, REGS_RFLAGS, REGS_CR0, REGS_CR4,
	REGS_CR2, REGS_CR3, REGS_EFER, REGS_RSP,
	REGS_RAX, REGS_RCX, REGS_RDX, REGS_RBX,
	REGS_RBP, REGS_RSI, REGS_RDI, REGS_R8,
	REGS_R9, REGS_R10, REGS_R11, REGS_R12,
	REGS_R13, REGS_R14, REGS_R15, REGS_IDTR_BASE,
	REGS_CS, REGS_CS_BASE, REGS_CS_RIGHTS, REGS_IDTR_LIMIT,
	REGS_SS, REGS_SS_BASE, REGS_SS_RIGHTS, REGS_GDTR_BASE,
	REGS_DS, REGS_DS_BASE, REGS_DS_RIGHTS, REGS_GDTR_LIMIT,
};

void dump_print(struct teavmx *teavmx, uint32_t vm, uint32_t vcpu)
{
	struct teavmx_register *registers;
	int count = teavmx_regs_get(teavmx, vm, vcpu, &registers);
	size_t i;

	if (count < 0)
		return;
	for (i = 0; i < ARRAY_SIZE(shown); i++) {
		uint64_t value = teavmx_reg_get(registers, (size_t)count,
						shown[i]);

		fprintf(stderr, "%s 0x%llx%c", regs_name(shown[i]),
			(unsigned long long)value,
			i % IN_A_LINE == IN_A_LINE - 1 ? '\n' : ' ');
	}
	free(registers);
}

json_t *dump_json(struct teavmx *teavmx, uint32_t vm, uint32_t vcpu)
{
	struct teavmx_register *registers;
	int count = teavmx_regs_get(teavmx, vm, vcpu, &registers);
	json_t *object = json_object();
	int i;

	for (i = 0; i < count; i++) {
		const char *name = regs_name(registers[i].number);

		if (name)
			json_object_set_new(object, name,
					    json_u64(registers[i].value));
	}
	if (count >= 0)
		free(registers);
	return object;
}
