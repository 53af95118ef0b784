/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TEAVMX_VMX_INSTRUCTION_H
#define _TEAVMX_VMX_INSTRUCTION_H

#include <linux/types.h>

struct vmx_vcpu;

/**
 * enum instruction_kind - instructions that read or load RFLAGS.TF
 * @INSTRUCTION_OTHER: it does neither
 * @INSTRUCTION_LOADS: POPF or IRET, which load the flag
 * @INSTRUCTION_SHOWS: PUSHF or SYSCALL, which store the flag where the program
 *	can read it, or SYSRET, which loads it; the address of the instruction
 *	that follows is known
 * @INSTRUCTION_INT: INT n, which stores the flag on the handler's stack
 */
enum instruction_kind {
	INSTRUCTION_OTHER,
	INSTRUCTION_LOADS,
	INSTRUCTION_SHOWS,
	INSTRUCTION_INT,
};

/**
 * struct instruction - the next instruction of a vCPU
 * @kind: enum instruction_kind
 * @vector: of INT n
 * @length: of INT n, with prefixes
 * @next: linear address after INSTRUCTION_SHOWS
 */
struct instruction {
	u8 kind;
	u8 vector;
	u8 length;
	u64 next;
};

void instruction_look(const struct vmx_vcpu *vmx,
		      struct instruction *instruction);

#endif
