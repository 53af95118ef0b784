// SPDX-License-Identifier: GPL-2.0-only
#include "payloads.h"
#include "../module/guest_payload.h"

#define TEXT_(number)	#number
#define TEXT(number)	TEXT_(number)

/*
 * Between the two RDTSC the instruction that exits is executed PAYLOAD_EXITS
 * times, with what loads its operands. It must preserve ESI, EDI and EBP.
 */
#define MEASURED(name, text)						\
	GUEST_PAYLOAD(name,						\
		".code16\n"						\
		"\tmovw $" TEXT(PAYLOAD_DATA) ", %di\n"			\
		"1:\tmovl $" TEXT(PAYLOAD_EXITS) ", %esi\n"		\
		"\trdtsc\n"						\
		"\tmovl %eax, %ebp\n"					\
		"2:\n"							\
		text							\
		"\tdecl %esi\n"						\
		"\tjnz 2b\n"						\
		"\trdtsc\n"						\
		"\tsubl %ebp, %eax\n"					\
		"\tmovl %eax, (%di)\n"					\
		"\taddw $4, %di\n"					\
		"\tcmpw $" TEXT(PAYLOAD_DATA) "+4*" TEXT(PAYLOAD_SAMPLES) \
		", %di\n"						\
		"\tjb 1b\n"						\
		"\thlt\n")

MEASURED(code_empty, "");
MEASURED(code_cpuid, "\tmovl $1, %eax\n\tcpuid\n");
MEASURED(code_invd, "\tinvd\n");
/* IA32_PAT, which each guest has */
MEASURED(code_rdmsr, "\tmovl $0x277, %ecx\n\trdmsr\n");
MEASURED(code_vmcall, "\tmovl $0xffff, %eax\n\tvmcall\n");

GUEST_PAYLOAD(payload_repeat,
	      ".code16\n"
	      "1:\tmovl $1, %eax\n"
	      "\tcpuid\n"
	      "\tdecl %esi\n"
	      "\tjnz 1b\n"
	      "\thlt\n");

GUEST_PAYLOAD(payload_marked,
	      ".code16\n"
	      "\tmovl $" TEXT(PAYLOAD_EXITS) ", %esi\n"
	      "\t" MARK
	      "1:\tmovl $1, %eax\n"
	      "\tcpuid\n"
	      "\tdecl %esi\n"
	      "\tjnz 1b\n"
	      "\t" MARK
	      "\thlt\n");

GUEST_PAYLOAD(payload_out,
	      ".code16\n"
	      "1:\toutb %al, $" TEXT(PAYLOAD_PORT) "\n"
	      "\tjmp 1b\n");

GUEST_PAYLOAD(payload_write,
	      ".code16\n"
	      "\tmovw %ax, " TEXT(PAYLOAD_DATA) "\n"
	      "\thlt\n");

#define ROW(row, name)	{ row, name, name##_end }

const struct payload payload_empty = ROW("empty", code_empty);
const struct payload payload_vmcall = ROW("vmcall", code_vmcall);

const struct payload payloads_both[] = {
	ROW("cpuid", code_cpuid),
	ROW("invd", code_invd),
	ROW("rdmsr", code_rdmsr),
	{ },
};
