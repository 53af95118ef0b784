// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include <uapi/regs.h>
#include <userspace/common/cli.h>

#include "dump.h"
#include "output.h"

#define IN_A_LINE	4

/* The registers that show most of a vCPU that cannot continue */
static const uint32_t shown[] = {
	TEAVMX_REG_RIP, TEAVMX_REG_RFLAGS, TEAVMX_REG_CR0, TEAVMX_REG_CR4,
	TEAVMX_REG_CR2, TEAVMX_REG_CR3, TEAVMX_REG_EFER, TEAVMX_REG_RSP,
	TEAVMX_REG_RAX, TEAVMX_REG_RCX, TEAVMX_REG_RDX, TEAVMX_REG_RBX,
	TEAVMX_REG_RBP, TEAVMX_REG_RSI, TEAVMX_REG_RDI, TEAVMX_REG_R8,
	TEAVMX_REG_R9, TEAVMX_REG_R10, TEAVMX_REG_R11, TEAVMX_REG_R12,
	TEAVMX_REG_R13, TEAVMX_REG_R14, TEAVMX_REG_R15, TEAVMX_REG_IDTR_BASE,
	TEAVMX_REG_CS, TEAVMX_REG_CS_BASE, TEAVMX_REG_CS_RIGHTS,
	TEAVMX_REG_IDTR_LIMIT,
	TEAVMX_REG_SS, TEAVMX_REG_SS_BASE, TEAVMX_REG_SS_RIGHTS,
	TEAVMX_REG_GDTR_BASE,
	TEAVMX_REG_DS, TEAVMX_REG_DS_BASE, TEAVMX_REG_DS_RIGHTS,
	TEAVMX_REG_GDTR_LIMIT,
};

void dump_instruction(struct teavmx *teavmx, uint32_t vm, uint32_t vcpu,
		      char *text, size_t size)
{
	static bool warned;
	const struct teavmx_error *error;

	if (!teavmx_disassemble(teavmx, vm, vcpu, text, size))
		return;
	text[0] = '\0';
	error = teavmx_error(teavmx);
	if (error->error != ELIBACC || warned)
		return;
	warned = true;
	fprintf(stderr, "%s: warning: %s: %s\n", program_invocation_short_name,
		error->message, error->hint);
}

void dump_print(struct teavmx *teavmx, uint32_t vm, uint32_t vcpu)
{
	struct teavmx_register *registers;
	int count = teavmx_regs_get(teavmx, vm, vcpu, &registers);
	char instruction[96];
	size_t i;

	if (count < 0)
		return;
	for (i = 0; i < ARRAY_SIZE(shown); i++) {
		uint64_t value = teavmx_reg_get(registers, (size_t)count,
						shown[i]);

		fprintf(stderr, "%s 0x%llx%c", teavmx_reg_name(shown[i]),
			(unsigned long long)value,
			i % IN_A_LINE == IN_A_LINE - 1 ? '\n' : ' ');
	}
	free(registers);
	dump_instruction(teavmx, vm, vcpu, instruction, sizeof(instruction));
	if (instruction[0])
		fprintf(stderr, "instruction at rip: %s\n", instruction);
}

json_t *dump_json(struct teavmx *teavmx, uint32_t vm, uint32_t vcpu)
{
	struct teavmx_register *registers;
	int count = teavmx_regs_get(teavmx, vm, vcpu, &registers);
	json_t *object = json_object();
	int i;

	for (i = 0; i < count; i++) {
		const char *name = teavmx_reg_name(registers[i].number);

		if (name)
			json_object_set_new(object, name,
					    json_u64(registers[i].value));
	}
	if (count >= 0)
		free(registers);
	return object;
}
