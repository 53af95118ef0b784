/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TEAVMX_VMX_INSTRUCTION_H
#define _TEAVMX_VMX_INSTRUCTION_H

#include <linux/types.h>

struct vmx_vcpu;

/**
 * enum instruction_kind - instructions that have to do with RFLAGS.TF
 * @INSTRUCTION_OTHER: none of them
 * @INSTRUCTION_LOADS: POPF, IRET: it loads the flag
 * @INSTRUCTION_SHOWS: PUSHF, SYSCALL: it lets the program see the flag, and
 *	where it leads to is known; or SYSRET, which loads it and is likewise
 * @INSTRUCTION_INT: INT n: the flag goes to the handler's stack
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
