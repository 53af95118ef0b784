// SPDX-License-Identifier: LGPL-2.1-or-later
#include <uapi/vmx.h>

#include "teavmx.h"

#define COUNT(table)	(sizeof(table) / sizeof((table)[0]))

static bool bit(uint64_t value, unsigned int number)
{
	return value >> number & 1;
}

static unsigned int bits(uint64_t value, unsigned int high, unsigned int low)
{
	return (unsigned int)(value >> low & ((2ULL << (high - low)) - 1));
}

struct teavmx_qual_debug teavmx_qual_debug(uint64_t qualification)
{
	return (struct teavmx_qual_debug){
		.breakpoints = bits(qualification, 3, 0),
		.bus_lock = bit(qualification, 11),
		.register_access = bit(qualification, 13),
		.single_step = bit(qualification, 14),
		.rtm = bit(qualification, 16),
	};
}

struct teavmx_qual_task teavmx_qual_task(uint64_t qualification)
{
	return (struct teavmx_qual_task){
		.selector = (uint16_t)bits(qualification, 15, 0),
		.source = bits(qualification, 31, 30),
	};
}

struct teavmx_qual_cr teavmx_qual_cr(uint64_t qualification)
{
	return (struct teavmx_qual_cr){
		.cr = bits(qualification, 3, 0),
		.access = bits(qualification, 5, 4),
		.memory = bit(qualification, 6),
		.gpr = bits(qualification, 11, 8),
		.source = (uint16_t)bits(qualification, 31, 16),
	};
}

struct teavmx_qual_dr teavmx_qual_dr(uint64_t qualification)
{
	return (struct teavmx_qual_dr){
		.dr = bits(qualification, 2, 0),
		.from = bit(qualification, 4),
		.gpr = bits(qualification, 11, 8),
	};
}

struct teavmx_qual_io teavmx_qual_io(uint64_t qualification)
{
	return (struct teavmx_qual_io){
		.size = bits(qualification, 2, 0) + 1,
		.in = bit(qualification, 3),
		.string = bit(qualification, 4),
		.rep = bit(qualification, 5),
		.immediate = bit(qualification, 6),
		.port = (uint16_t)bits(qualification, 31, 16),
	};
}

struct teavmx_qual_apic teavmx_qual_apic(uint64_t qualification)
{
	return (struct teavmx_qual_apic){
		.offset = bits(qualification, 11, 0),
		.type = bits(qualification, 15, 12),
		.asynchronous = bit(qualification, 16),
	};
}

const char *teavmx_apic_access_text(unsigned int type)
{
	switch (type) {
	case 0:
		return "linear data read";
	case 1:
		return "linear data write";
	case 2:
		return "linear instruction fetch";
	case 3:
		return "linear access while an event was delivered";
	case 4:
		return "linear access for monitoring";
	case 10:
		return "guest-physical access while an event was delivered";
	case 11:
		return "guest-physical access for monitoring or trace";
	case 15:
		return "guest-physical access of an instruction";
	default:
		return "unknown kind of access";
	}
}

struct teavmx_qual_ept teavmx_qual_ept(uint64_t qualification)
{
	return (struct teavmx_qual_ept){
		.read = bit(qualification, 0),
		.write = bit(qualification, 1),
		.fetch = bit(qualification, 2),
		.readable = bit(qualification, 3),
		.writable = bit(qualification, 4),
		.executable = bit(qualification, 5),
		.user_executable = bit(qualification, 6),
		.linear_valid = bit(qualification, 7),
		.translated = bit(qualification, 8),
		.user_address = bit(qualification, 9),
		.writable_page = bit(qualification, 10),
		.no_execute_page = bit(qualification, 11),
		.nmi_unblocking = bit(qualification, 12),
		.shadow_stack = bit(qualification, 13),
		.supervisor_shadow_stack = bit(qualification, 14),
		.paging_verification = bit(qualification, 15),
		.asynchronous = bit(qualification, 16),
	};
}

struct teavmx_qual_log teavmx_qual_log(uint64_t qualification)
{
	return (struct teavmx_qual_log){
		.miss = bit(qualification, 11),
		.nmi_unblocking = bit(qualification, 12),
		.asynchronous = bit(qualification, 16),
	};
}

struct teavmx_qual_notify teavmx_qual_notify(uint64_t qualification)
{
	return (struct teavmx_qual_notify){
		.context_invalid = bit(qualification, 0),
		.nmi_unblocking = bit(qualification, 12),
	};
}

struct teavmx_event_info teavmx_event_info(uint32_t information)
{
	return (struct teavmx_event_info){
		.valid = bit(information, 31),
		.vector = bits(information, 7, 0),
		.type = bits(information, 10, 8),
		.error_code = bit(information, 11),
		.nmi_unblocking = bit(information, 12),
	};
}

/* What an instruction-information format is made of */
enum part {
	ADDRESS		= 1 << 0, /* address size and segment */
	SIB		= 1 << 1, /* scale, index and base */
	EITHER		= 1 << 2, /* bit 10: register 1 in place of memory */
	REG1		= 1 << 3,
	REG2		= 1 << 4,
	SIZE_BIT	= 1 << 5, /* operand size in bit 11 */
	SIZE_BITS	= 1 << 6, /* operand size in bits 12:11 */
	XMM		= 1 << 7,
	WHICH_TABLE	= 1 << 8, /* bits 29:28: which instruction it is */
	WHICH_SELECTOR	= 1 << 9,
};

#define MEMORY	(ADDRESS | SIB)

static unsigned int parts_of(uint32_t reason)
{
	switch (reason & VMX_EXIT_BASIC_MASK) {
	case VMX_EXIT_IO_INSTRUCTION:
		return ADDRESS;
	case VMX_EXIT_INVEPT:
	case VMX_EXIT_INVPCID:
	case VMX_EXIT_INVVPID:
		return MEMORY | REG2;
	case VMX_EXIT_GDTR_IDTR:
		return MEMORY | SIZE_BIT | WHICH_TABLE;
	case VMX_EXIT_LDTR_TR:
		return MEMORY | EITHER | WHICH_SELECTOR;
	case VMX_EXIT_RDRAND:
	case VMX_EXIT_RDSEED:
	case VMX_EXIT_TPAUSE:
	case VMX_EXIT_UMWAIT:
		return REG1 | SIZE_BITS;
	case VMX_EXIT_VMCLEAR:
	case VMX_EXIT_VMPTRLD:
	case VMX_EXIT_VMPTRST:
	case VMX_EXIT_VMXON:
	case VMX_EXIT_XRSTORS:
	case VMX_EXIT_XSAVES:
		return MEMORY;
	case VMX_EXIT_VMREAD:
	case VMX_EXIT_VMWRITE:
		return MEMORY | EITHER | REG2;
	case VMX_EXIT_LOADIWKEY:
		return REG1 | REG2 | XMM;
	case VMX_EXIT_RDMSR_IMM:
	case VMX_EXIT_WRMSR_IMM:
		return REG1;
	default:
		return 0;
	}
}

/* 0, 1, 2 are 16, 32, 64 bits; the rest is not used. */
static unsigned int size_of(unsigned int code)
{
	return code < 3 ? 16u << code : 0;
}

static void take_memory(uint32_t info, unsigned int parts,
			struct teavmx_instruction *instruction)
{
	instruction->memory = true;
	instruction->address_size = size_of(bits(info, 9, 7));
	instruction->segment = (int)bits(info, 17, 15);
	if (!(parts & SIB))
		return;
	if (!bit(info, 22)) {
		instruction->index = (int)bits(info, 21, 18);
		instruction->scale = 1u << bits(info, 1, 0);
	}
	if (!bit(info, 27))
		instruction->base = (int)bits(info, 26, 23);
}

bool teavmx_instruction(uint32_t reason, uint32_t information,
			struct teavmx_instruction *instruction)
{
	static const char *const tables[] = { "SGDT", "SIDT", "LGDT", "LIDT" };
	static const char *const selectors[] = { "SLDT", "STR", "LLDT", "LTR" };
	unsigned int parts = parts_of(reason);
	bool in_register = parts & EITHER && bit(information, 10);

	*instruction = (struct teavmx_instruction){
		.segment = TEAVMX_NO_REGISTER,
		.index = TEAVMX_NO_REGISTER,
		.base = TEAVMX_NO_REGISTER,
		.reg1 = TEAVMX_NO_REGISTER,
		.reg2 = TEAVMX_NO_REGISTER,
		.xmm = parts & XMM,
	};
	if (parts & ADDRESS && !in_register)
		take_memory(information, parts, instruction);
	if (parts & REG1 || in_register)
		instruction->reg1 = (int)bits(information, 6, 3);
	if (parts & REG2)
		instruction->reg2 = (int)bits(information, 31, 28);
	if (parts & SIZE_BIT)
		instruction->operand_size = size_of(bit(information, 11));
	if (parts & SIZE_BITS)
		instruction->operand_size = size_of(bits(information, 12, 11));
	if (parts & WHICH_TABLE)
		instruction->name = tables[bits(information, 29, 28)];
	if (parts & WHICH_SELECTOR)
		instruction->name = selectors[bits(information, 29, 28)];
	return parts;
}

const char *teavmx_gpr_name(unsigned int number)
{
	static const char *const names[] = {
		"rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi",
		"r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15",
	};

	return number < COUNT(names) ? names[number] : "?";
}

const char *teavmx_segment_name(unsigned int number)
{
	static const char *const names[] = { "es", "cs", "ss", "ds", "fs",
					     "gs" };

	return number < COUNT(names) ? names[number] : "?";
}

const char *teavmx_exception_name(unsigned int vector)
{
	static const char *const names[] = {
		[0] = "#DE", [1] = "#DB", [2] = "NMI", [3] = "#BP",
		[4] = "#OF", [5] = "#BR", [6] = "#UD", [7] = "#NM",
		[8] = "#DF", [10] = "#TS", [11] = "#NP", [12] = "#SS",
		[13] = "#GP", [14] = "#PF", [16] = "#MF", [17] = "#AC",
		[18] = "#MC", [19] = "#XM", [20] = "#VE", [21] = "#CP",
	};

	return vector < COUNT(names) ? names[vector] : NULL;
}
