// SPDX-License-Identifier: GPL-2.0-only
#include "instruction.h"
#include "emulate.h"
#include "guest.h"
#include "linear.h"
#include "../run.h"
#include "../vmcs.h"

#include <linux/bits.h>
#include <linux/kernel.h>
#include <asm/msr-index.h>
#include <asm/processor-flags.h>
#include <asm/vmx.h>

/*
 * Decodes the next instruction of a raw guest as far as single steps by
 * RFLAGS.TF require (see step.c): SDM volume 2, "Instruction Format" and
 * "Opcode Map".
 */

#define INSTRUCTION_MAX	15

#define OPCODE_TWO_BYTES 0x0f
#define OPCODE_SYSCALL	0x05
#define OPCODE_SYSRET	0x07
#define OPCODE_PUSHF	0x9c
#define OPCODE_POPF	0x9d
#define OPCODE_INT	0xcd
#define OPCODE_IRET	0xcf

#define IS_REX(byte)	(((byte) & 0xf0) == 0x40)
#define REX_W		BIT(3)

static bool is_prefix(u8 byte)
{
	switch (byte) {
	case 0x26: case 0x2e: case 0x36: case 0x3e: case 0x64: case 0x65:
	case 0x66: case 0x67: case 0xf0: case 0xf2: case 0xf3:
		return true;
	default:
		return false;
	}
}

static void look_at_system_call(const struct vmx_vcpu *vmx, u8 opcode, bool wide,
				struct instruction *instruction)
{
	/* SYSCALL and SYSRET raise #UD outside of 64-bit mode on Intel CPUs. */
	if (!emulate_long_mode())
		return;
	if (opcode == OPCODE_SYSCALL)
		instruction->next = vmx->guest->lstar;
	else if (opcode == OPCODE_SYSRET)
		instruction->next = wide ? vmx->regs.rcx : (u32)vmx->regs.rcx;
	else
		return;
	instruction->kind = INSTRUCTION_SHOWS;
}

static void look_at_opcode(const struct vmx_vcpu *vmx, u8 opcode, u8 length,
			   struct instruction *instruction)
{
	switch (opcode) {
	case OPCODE_PUSHF:
		instruction->kind = INSTRUCTION_SHOWS;
		instruction->next = linear_rip(vmx) + length;
		if (!emulate_long_mode())
			instruction->next = (u32)instruction->next;
		break;
	case OPCODE_POPF:
	case OPCODE_IRET:
		instruction->kind = INSTRUCTION_LOADS;
		break;
	}
}

/**
 * instruction_look() - decode the next instruction
 * @vmx: a raw vCPU
 * @instruction: receives the result
 *
 * An instruction that cannot be read is INSTRUCTION_OTHER, as it will fault.
 *
 * Context: VMX root operation, interrupts off, the vCPU's VMCS current.
 */
void instruction_look(const struct vmx_vcpu *vmx,
		      struct instruction *instruction)
{
	u8 code[INSTRUCTION_MAX + 1] = { };
	unsigned int at = 0;
	u8 rex = 0;
	size_t size;

	*instruction = (struct instruction){ };
	size = linear_read(vmx, linear_rip(vmx), code, INSTRUCTION_MAX);
	while (at < size && is_prefix(code[at]))
		at++;
	if (at < size && emulate_long_mode() && IS_REX(code[at]))
		rex = code[at++];
	if (at >= size)
		return;
	if (code[at] == OPCODE_TWO_BYTES && at + 1 < size) {
		look_at_system_call(vmx, code[at + 1], rex & REX_W,
				    instruction);
	} else if (code[at] == OPCODE_INT && at + 1 < size) {
		/*
		 * In virtual-8086 mode INT n may fault, or be redirected by
		 * the bitmap in the TSS, instead of using the IDT.
		 */
		if (vmcs_readl(GUEST_RFLAGS) & X86_EFLAGS_VM)
			return;
		instruction->kind = INSTRUCTION_INT;
		instruction->vector = code[at + 1];
		instruction->length = at + 2;
	} else {
		look_at_opcode(vmx, code[at], at + 1, instruction);
	}
}
