/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TEAVMX_VMX_REGS_H
#define _TEAVMX_VMX_REGS_H

#include <linux/types.h>

#include <uapi/regs.h>

struct vmx_vcpu;

/**
 * struct vmx_register - one register
 * @number: enum teavmx_reg_number, or TEAVMX_REG_FPU and a word's number
 * @value: its value
 */
struct vmx_register {
	u32 number;
	u64 value;
};

#define VMX_REGISTER_ONE(...) + 1

/* How many registers there are. */
#define VMX_REGISTERS \
	(TEAVMX_REG_FPU_WORDS TEAVMX_REG_TABLE(VMX_REGISTER_ONE))

/**
 * struct vmx_registers - all registers of a vCPU
 * @list: one after the other
 */
struct vmx_registers {
	struct vmx_register list[VMX_REGISTERS];
};

bool vmx_regs_known(u32 number);
const char *vmx_regs_refuse(const struct vmx_register *change);
int vmx_regs_get(struct vmx_vcpu *vmx, struct vmx_registers *registers);
void vmx_regs_read(struct vmx_vcpu *vmx, struct vmx_registers *registers);
void vmx_regs_write(struct vmx_vcpu *vmx,
		    const struct vmx_registers *registers);
int vmx_regs_set(struct vmx_vcpu *vmx, const struct vmx_register *changes,
		 unsigned int count, const char **refused);

#endif
