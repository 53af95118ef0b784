/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef TEAVMX_EMULATE_CORE_H
#define TEAVMX_EMULATE_CORE_H

#include <Zydis/Zydis.h>

#include <userspace/lib/internal.h>

#include "emulate.h"

#define FLAG_CF		0x1u
#define FLAG_PF		0x4u
#define FLAG_AF		0x10u
#define FLAG_ZF		0x40u
#define FLAG_SF		0x80u
#define FLAG_TF		0x100u
#define FLAG_DF		0x400u
#define FLAG_OF		0x800u
#define FLAG_RF		0x10000u
#define FLAG_VM		0x20000u
#define FLAG_AC		0x40000u
#define FLAGS_STATUS	(FLAG_CF | FLAG_PF | FLAG_AF | FLAG_ZF | FLAG_SF | FLAG_OF)

#define VECTOR_DE	0
#define VECTOR_NP	11
#define VECTOR_SS	12
#define VECTOR_GP	13
#define VECTOR_PF	14
#define VECTOR_AC	17

/* Segment registers as instructions number them */
#define SEGMENT_ES	0
#define SEGMENT_CS	1
#define SEGMENT_SS	2
#define SEGMENT_DS	3
#define SEGMENT_FS	4

/* Access rights of a segment in the format of the VMCS */
#define RIGHTS_TYPE	0xfu
#define RIGHTS_S	0x10u
#define RIGHTS_DPL	0x60u
#define RIGHTS_P	0x80u
#define RIGHTS_L	0x2000u
#define RIGHTS_DB	0x4000u
#define RIGHTS_G	0x8000u
#define RIGHTS_UNUSABLE	0x10000u
#define TYPE_ACCESSED	1u
#define TYPE_WRITABLE	2u
#define TYPE_DOWN	4u
#define TYPE_CODE	8u

#define OPERANDS	4
#define VALUE_BYTES	32

/**
 * struct span - Where an operand in memory lies.
 * @linear: linear address
 * @size: bytes
 * @physical: guest-physical addresses of its first part and of the second
 * @first: bytes in the first page
 */
struct span {
	uint64_t linear;
	unsigned int size;
	uint64_t physical[2];
	unsigned int first;
};

struct step;

/**
 * struct action - An instruction that the emulator knows.
 * @execute: does it once
 * @detail: what @execute does of several things
 * @string: enum string_kind
 * @mnemonic: of these instructions
 */
struct action {
	int (*execute)(struct step *step);
	int detail;
	uint16_t string;
	uint16_t mnemonic;
};

/** enum string_kind - What is special about string instructions */
enum string_kind {
	STRING = 1,
	/* REPE and REPNE end by ZF. */
	STRING_COMPARES = 2,
};

/**
 * struct step - The instruction that is being executed.
 * @emulator: by this processor
 * @insn: as libzydis decoded it
 * @operand: its operands
 * @action: what it does
 * @span: where operands in memory lie, if @mapped
 * @mapped: the operand was translated already
 * @next: RIP afterwards
 * @blocks: MOV SS, which blocks events for one instruction
 */
struct step {
	struct emulator *emulator;
	ZydisDecodedInstruction insn;
	ZydisDecodedOperand operand[ZYDIS_MAX_OPERAND_COUNT];
	const struct action *action;
	struct span span[OPERANDS];
	bool mapped[OPERANDS];
	uint64_t next;
	bool blocks;
};

static inline uint64_t cut(uint64_t value, unsigned int size)
{
	return size < 8 ? value & ((1ULL << 8 * size) - 1) : value;
}

static inline uint64_t extend(uint64_t value, unsigned int size)
{
	unsigned int shift = size < 8 ? 64 - 8 * size : 0;

	return (uint64_t)((int64_t)(value << shift) >> shift);
}

static inline uint64_t sign_bit(unsigned int size)
{
	return 1ULL << (8 * size - 1);
}

static inline uint64_t *register_of(struct emulator *emulator, uint32_t number)
{
	return &emulator->now.reg[number];
}

/**
 * segment_register() - ES to GS or a part of it.
 * @part: TEAVMX_REG_ES to TEAVMX_REG_ES_RIGHTS
 */
static inline uint64_t *segment_register(struct emulator *emulator,
					 unsigned int segment, uint32_t part)
{
	return register_of(emulator,
			   part + segment * (TEAVMX_REG_CS - TEAVMX_REG_ES));
}

/* decode.c */

/** mode_bits() - width of the code: 16, 32 or 64 */
unsigned int mode_bits(struct emulator *emulator);
/** mode_protected() - protected mode, but not virtual-8086 mode */
bool mode_protected(struct emulator *emulator);
/** mode_cpl() - current privilege level */
unsigned int mode_cpl(struct emulator *emulator);
/** decode_insn() - fetch and decode the instruction at RIP */
int decode_insn(struct step *step);
/** decode_refuse() - note that the emulator does not know the instruction */
int decode_refuse(struct step *step);

/* table.c */

/** action_find() - what an instruction does, NULL when it is unknown */
const struct action *action_find(const ZydisDecodedInstruction *insn);

/* memory.c */

/** fault_raise() - note an exception; returns EMULATOR_FAULT */
int fault_raise(struct emulator *emulator, uint8_t vector, uint32_t error);
/** memory_map() - check an access to a segment and translate it */
int memory_map(struct emulator *emulator, unsigned int segment,
	       uint64_t offset, unsigned int size, bool write,
	       struct span *span);
/** memory_align() - refuse a vector operand that must be aligned */
int memory_align(struct emulator *emulator, const struct span *span);
/** memory_read() - read a span that was mapped */
int memory_read(struct emulator *emulator, const struct span *span,
		void *bytes);
/** memory_write() - write it */
int memory_write(struct emulator *emulator, const struct span *span,
		 const void *bytes);
/** memory_system() - read or write a descriptor */
int memory_system(struct emulator *emulator, uint64_t linear, bool write,
		  void *bytes, unsigned int size);
/** linear_canonical() - could it be translated in the mode of paging? */
bool linear_canonical(struct emulator *emulator, uint64_t linear);

/* operand.c */

/** operand_size() - bytes of an operand */
unsigned int operand_size(const struct step *step, unsigned int which);
/** operand_map() - translate an operand in memory; nothing for others */
int operand_map(struct step *step, unsigned int which);
/** operand_map_bit() - likewise, at the element that has a bit of it */
int operand_map_bit(struct step *step, int64_t bit);
/** operand_get() - read up to 8 bytes */
int operand_get(struct step *step, unsigned int which, uint64_t *value);
/** operand_get_two() - read an operand and the one behind it */
int operand_get_two(struct step *step, unsigned int first, uint64_t *value,
		    uint64_t *next);
/** operand_set() - write up to 8 bytes */
int operand_set(struct step *step, unsigned int which, uint64_t value);
/** operand_bytes_get() - read a vector or pair */
int operand_bytes_get(struct step *step, unsigned int which, void *bytes);
/** operand_bytes_set() - write a vector or pair */
int operand_bytes_set(struct step *step, unsigned int which,
		      const void *bytes);
/** general_get() - a general register of so many bytes, the low ones */
uint64_t general_get(struct emulator *emulator, uint32_t number,
		     unsigned int size);
/** general_set() - write it as instructions do */
void general_set(struct emulator *emulator, uint32_t number,
		 unsigned int size, uint64_t value);

/* flags.c */

/** flags_put() - change some flags */
void flags_put(struct emulator *emulator, uint64_t mask, uint64_t flags);
/** flags_of() - SF, ZF and PF of a result */
uint64_t flags_of(uint64_t result, unsigned int size);
/** flags_condition() - is a condition of Jcc true? by its number */
bool flags_condition(struct emulator *emulator, unsigned int condition);

/* execute functions by the file that has them; the detail is beside each */

/** enum arithmetic - details of alu_two(), alu_one() and flags */
enum arithmetic {
	ALU_ADD,
	ALU_OR,
	ALU_ADC,
	ALU_SBB,
	ALU_AND,
	ALU_SUB,
	ALU_XOR,
	ALU_CMP,
	ALU_TEST,
	ALU_INC,
	ALU_DEC,
	ALU_NEG,
	ALU_NOT,
};

int alu_two(struct step *step);
int alu_one(struct step *step);
int alu_xadd(struct step *step);
int alu_cmpxchg(struct step *step);
int alu_cmpxchg_pair(struct step *step);
/* 1 for OF instead of CF */
int alu_adcx(struct step *step);

/** enum shift_kind - details of shift_one() and shift_plain() */
enum shift_kind {
	SHIFT_ROL,
	SHIFT_ROR,
	SHIFT_RCL,
	SHIFT_RCR,
	SHIFT_SHL,
	SHIFT_SHR,
	SHIFT_SAR,
};

int shift_one(struct step *step);
/* 1 for SHRD */
int shift_double(struct step *step);
int shift_plain(struct step *step);

/** enum bit_kind - details of bit_test() */
enum bit_kind {
	BIT_TEST,
	BIT_SET,
	BIT_RESET,
	BIT_COMPLEMENT,
};

/** enum scan_kind - details of bit_scan() */
enum scan_kind {
	SCAN_FORWARD,
	SCAN_REVERSE,
	SCAN_LEADING,
	SCAN_TRAILING,
	SCAN_COUNT,
};

/** enum lowest_kind - details of bit_lowest() */
enum lowest_kind {
	LOWEST_ISOLATE,
	LOWEST_MASK,
	LOWEST_RESET,
};

int bit_test(struct step *step);
int bit_scan(struct step *step);
int bit_lowest(struct step *step);
int bit_andn(struct step *step);
int bit_extract(struct step *step);
int bit_zero_high(struct step *step);
/* 1 for PEXT */
int bit_deposit(struct step *step);
int bit_crc32(struct step *step);

/* 1 for signed */
int multiply(struct step *step);
int multiply_plain(struct step *step);
int divide(struct step *step);

/** enum move_kind - details of move() */
enum move_kind {
	MOVE,
	MOVE_SIGNED,
	MOVE_SWAPPED,
};

int move(struct step *step);
int move_segment(struct step *step);
int move_exchange(struct step *step);
int move_translate(struct step *step);
/* the condition */
int move_if(struct step *step);
int move_condition(struct step *step);
/** enum vector_kind - details of move_vector() */
enum vector_kind {
	VECTOR_ANY,
	VECTOR_ALIGNED,
};

int move_vector(struct step *step);
/* only the access */
int move_touch(struct step *step);
int move_status(struct step *step);

int stack_push(struct step *step);
int stack_pop(struct step *step);
int stack_call(struct step *step);
int stack_return(struct step *step);
int stack_jump(struct step *step);

int port_in(struct step *step);
int port_out(struct step *step);

/** segment_load() - MOV to a segment register */
int segment_load(struct emulator *emulator, unsigned int segment,
		 uint16_t selector);

/** debug_data() - note a data breakpoint that an access meets */
void debug_data(struct emulator *emulator, uint64_t linear, unsigned int size,
		bool write);
/** debug_due() - note what is due after an instruction or an iteration */
bool debug_due(struct emulator *emulator);

#endif
