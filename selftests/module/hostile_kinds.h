/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HOSTILE_KINDS_H
#define HOSTILE_KINDS_H

/*
 * What the registers EAX, EBX, ECX and EDX are filled with before a snippet of
 * hostile_snippets.inc, and where a hostile guest has what. Assembly includes this.
 */
#define KIND_ANY	0
#define KIND_CR0	1
#define KIND_CR3	2
#define KIND_CR4	3
#define KIND_DR7	4
#define KIND_MSR	5
#define KIND_PORT	6
#define KIND_SELECTOR	7
#define KIND_ADDRESS	8
#define KIND_RETURN	9
#define KIND_FLAGS	10
#define KIND_JUMP	11
#define KIND_COUNT	12
#define KIND_XCR	13
#define KIND_TYPE	14
#define KIND_LEAF	15

/* Addresses in RAM, which are linear ones as well */
#define AT_STUBS	0x1000
#define AT_HANDLER	0x1400
#define AT_CODE		0x2000
#define AT_GDT		0x3000
#define AT_IDT		0x4000
#define AT_TSS		0x5000
#define AT_LOG		0x6000
#define AT_DATA		0x7000
#define AT_STACKS	0xa000
#define AT_TABLES	0x12000
#define HOSTILE_RAM	0x18000

/* Slots of code. A handler of exceptions continues with the next one. */
#define SLOT_SIZE	64
#define SLOTS		64
#define CODE_SIZE	(SLOTS * SLOT_SIZE)
/* A vCPU has two pages of stack; that of handlers begins at the end of the second. */
#define STACK_SIZE	0x2000
#define STACK_TOP	0x1000
/* A guest ends when it has logged so many exceptions, of 16 bytes each. */
#define LOG_MAX		60

#endif
