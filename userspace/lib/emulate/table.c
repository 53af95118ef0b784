// SPDX-License-Identifier: LGPL-2.1-or-later
/* The instructions that the emulator knows, by their mnemonics */
#include "core.h"

#define ROW(name, ...) \
	{ .mnemonic = ZYDIS_MNEMONIC_##name, .execute = __VA_ARGS__ }

/* A string instruction with bytes, words, doublewords and quadwords */
#define STRINGS(name, ...)						\
	ROW(name ## B, __VA_ARGS__), ROW(name ## W, __VA_ARGS__),	\
	ROW(name ## D, __VA_ARGS__), ROW(name ## Q, __VA_ARGS__)

/* SDM "Condition Codes": what is behind SET and CMOV, and its number */
#define CONDITIONS(X, prefix, function)					\
	X(prefix ## O, function, 0), X(prefix ## NO, function, 1),	\
	X(prefix ## B, function, 2), X(prefix ## NB, function, 3),	\
	X(prefix ## Z, function, 4), X(prefix ## NZ, function, 5),	\
	X(prefix ## BE, function, 6), X(prefix ## NBE, function, 7),	\
	X(prefix ## S, function, 8), X(prefix ## NS, function, 9),	\
	X(prefix ## P, function, 10), X(prefix ## NP, function, 11),	\
	X(prefix ## L, function, 12), X(prefix ## NL, function, 13),	\
	X(prefix ## LE, function, 14), X(prefix ## NLE, function, 15)

/* A vector move with and without a VEX prefix */
#define VECTOR(name, detail)						\
	ROW(name, move_vector, detail), ROW(V ## name, move_vector, detail)

/*
 * The rows have no order: with the mnemonic as its index the table would have four times
 * as many pages, which the dynamic linker relocates whenever a program starts.
 */
static const struct action actions[] = {
	ROW(ADD, alu_two, ALU_ADD),
	ROW(OR, alu_two, ALU_OR),
	ROW(ADC, alu_two, ALU_ADC),
	ROW(SBB, alu_two, ALU_SBB),
	ROW(AND, alu_two, ALU_AND),
	ROW(SUB, alu_two, ALU_SUB),
	ROW(XOR, alu_two, ALU_XOR),
	ROW(CMP, alu_two, ALU_CMP),
	ROW(TEST, alu_two, ALU_TEST),
	ROW(INC, alu_one, ALU_INC),
	ROW(DEC, alu_one, ALU_DEC),
	ROW(NEG, alu_one, ALU_NEG),
	ROW(NOT, alu_one, ALU_NOT),
	ROW(XADD, alu_xadd),
	ROW(CMPXCHG, alu_cmpxchg),
	ROW(CMPXCHG8B, alu_cmpxchg_pair),
	ROW(CMPXCHG16B, alu_cmpxchg_pair),
	ROW(ADCX, alu_adcx, 0),
	ROW(ADOX, alu_adcx, 1),

	ROW(ROL, shift_one, SHIFT_ROL),
	ROW(ROR, shift_one, SHIFT_ROR),
	ROW(RCL, shift_one, SHIFT_RCL),
	ROW(RCR, shift_one, SHIFT_RCR),
	ROW(SHL, shift_one, SHIFT_SHL),
	ROW(SHR, shift_one, SHIFT_SHR),
	ROW(SAR, shift_one, SHIFT_SAR),
	ROW(SHLD, shift_double, 0),
	ROW(SHRD, shift_double, 1),
	ROW(SHLX, shift_plain, SHIFT_SHL),
	ROW(SHRX, shift_plain, SHIFT_SHR),
	ROW(SARX, shift_plain, SHIFT_SAR),
	ROW(RORX, shift_plain, SHIFT_ROR),

	ROW(BT, bit_test, BIT_TEST),
	ROW(BTS, bit_test, BIT_SET),
	ROW(BTR, bit_test, BIT_RESET),
	ROW(BTC, bit_test, BIT_COMPLEMENT),
	ROW(BSF, bit_scan, SCAN_FORWARD),
	ROW(BSR, bit_scan, SCAN_REVERSE),
	ROW(LZCNT, bit_scan, SCAN_LEADING),
	ROW(TZCNT, bit_scan, SCAN_TRAILING),
	ROW(POPCNT, bit_scan, SCAN_COUNT),
	ROW(BLSI, bit_lowest, LOWEST_ISOLATE),
	ROW(BLSMSK, bit_lowest, LOWEST_MASK),
	ROW(BLSR, bit_lowest, LOWEST_RESET),
	ROW(ANDN, bit_andn),
	ROW(BEXTR, bit_extract),
	ROW(BZHI, bit_zero_high),
	ROW(PDEP, bit_deposit, 0),
	ROW(PEXT, bit_deposit, 1),
	ROW(CRC32, bit_crc32),

	ROW(MUL, multiply, 0),
	ROW(IMUL, multiply, 1),
	ROW(MULX, multiply_plain),
	ROW(DIV, divide, 0),
	ROW(IDIV, divide, 1),

	ROW(MOV, move_segment, MOVE),
	ROW(MOVZX, move, MOVE),
	ROW(MOVSX, move, MOVE_SIGNED),
	ROW(MOVSXD, move, MOVE_SIGNED),
	ROW(MOVBE, move, MOVE_SWAPPED),
	ROW(MOVNTI, move, MOVE),
	ROW(XCHG, move_exchange),
	ROW(XLAT, move_translate),
	ROW(SMSW, move_status),
	ROW(CLFLUSH, move_touch),
	ROW(CLFLUSHOPT, move_touch),
	ROW(CLWB, move_touch),
	CONDITIONS(ROW, CMOV, move_if),
	CONDITIONS(ROW, SET, move_condition),

	ROW(PUSH, stack_push),
	ROW(POP, stack_pop),
	ROW(CALL, stack_call),
	ROW(RET, stack_return),
	ROW(JMP, stack_jump),

	STRINGS(MOVS, move, MOVE, STRING),
	STRINGS(LODS, move, MOVE, STRING),
	STRINGS(STOS, move, MOVE, STRING),
	STRINGS(SCAS, alu_two, ALU_CMP, STRING | STRING_COMPARES),
	STRINGS(CMPS, alu_two, ALU_CMP, STRING | STRING_COMPARES),
	ROW(INSB, port_in, 0, STRING),
	ROW(INSW, port_in, 0, STRING),
	ROW(INSD, port_in, 0, STRING),
	ROW(OUTSB, port_out, 0, STRING),
	ROW(OUTSW, port_out, 0, STRING),
	ROW(OUTSD, port_out, 0, STRING),

	VECTOR(MOVUPS, VECTOR_ANY),
	VECTOR(MOVUPD, VECTOR_ANY),
	VECTOR(MOVDQU, VECTOR_ANY),
	VECTOR(LDDQU, VECTOR_ANY),
	VECTOR(MOVAPS, VECTOR_ALIGNED),
	VECTOR(MOVAPD, VECTOR_ALIGNED),
	VECTOR(MOVDQA, VECTOR_ALIGNED),
	VECTOR(MOVNTPS, VECTOR_ALIGNED),
	VECTOR(MOVNTPD, VECTOR_ALIGNED),
	VECTOR(MOVNTDQ, VECTOR_ALIGNED),
	VECTOR(MOVNTDQA, VECTOR_ALIGNED),
	VECTOR(MOVD, VECTOR_ANY),
	VECTOR(MOVQ, VECTOR_ANY),
	VECTOR(MOVSS, VECTOR_ANY),
	ROW(VMOVSD, move_vector, VECTOR_ANY),
};

/* MOVSD and CMPSD are also names of instructions with floating point. */
static const struct action move_double = { move_vector, VECTOR_ANY, 0, 0 };

static const struct action *row_of(ZydisMnemonic mnemonic)
{
	size_t i;

	for (i = 0; i < sizeof(actions) / sizeof(actions[0]); i++)
		if (actions[i].mnemonic == mnemonic)
			return &actions[i];
	return NULL;
}

const struct action *action_find(const ZydisDecodedInstruction *insn)
{
	const struct action *action = row_of(insn->mnemonic);
	bool other_map = insn->opcode_map != ZYDIS_OPCODE_MAP_DEFAULT;

	if (!action ||
	    (insn->encoding != ZYDIS_INSTRUCTION_ENCODING_LEGACY &&
	     insn->encoding != ZYDIS_INSTRUCTION_ENCODING_VEX))
		return NULL;
	if (action->string && other_map)
		return insn->mnemonic == ZYDIS_MNEMONIC_MOVSD ? &move_double :
								NULL;
	return action;
}
