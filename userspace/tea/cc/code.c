// SPDX-License-Identifier: GPL-2.0-only
#include <limits.h>
#include <stdlib.h>

#include <uapi/tea.h>

#include "arena.h"
#include "code.h"

#define UNKNOWN		SCHAR_MIN

/* Bytes by which each opcode moves the stack pointer */
static const signed char effects[TEA_OP_COUNT] = {
	[TEA_OP_PUSHLB] = 1,
	[TEA_OP_PUSHLS] = 2,
	[TEA_OP_PUSHMB] = 1,
	[TEA_OP_PUSHMBX] = -1,
	[TEA_OP_PUSHMS] = 2,
	[TEA_OP_PUSHSB] = 1,
	[TEA_OP_PUSHSS] = 2,
	[TEA_OP_PUSHSSX] = 1,
	[TEA_OP_PUSHSBA] = 1,
	[TEA_OP_PUSHSBAX] = -1,
	[TEA_OP_PUSHSSA] = 2,
	[TEA_OP_PUSHNX] = UNKNOWN,
	[TEA_OP_CONVBS] = 1,
	[TEA_OP_CONVSB] = -1,
	[TEA_OP_POPBM] = -1,
	[TEA_OP_POPBMX] = -3,
	[TEA_OP_POPSM] = -2,
	[TEA_OP_POPSMX] = -4,
	[TEA_OP_POPBS] = -1,
	[TEA_OP_POPBSX] = -2,
	[TEA_OP_POPSS] = -2,
	[TEA_OP_POPSSX] = -3,
	[TEA_OP_POPBSA] = -1,
	[TEA_OP_POPBSAX] = -3,
	[TEA_OP_POPSSA] = -2,
	[TEA_OP_POPSSAX] = -4,
	[TEA_OP_POPCMD] = UNKNOWN,
	[TEA_OP_POPB] = -1,
	[TEA_OP_POPS] = -2,
	[TEA_OP_POPNX] = UNKNOWN,
	[TEA_OP_ADDB] = -1,
	[TEA_OP_ADDS] = -2,
	[TEA_OP_SUBB] = -1,
	[TEA_OP_SUBS] = -2,
	[TEA_OP_MULTS] = -2,
	[TEA_OP_DIVB] = -1,
	[TEA_OP_DIVS] = -2,
	[TEA_OP_MODB] = -1,
	[TEA_OP_MODS] = -2,
	[TEA_OP_ANDB] = -1,
	[TEA_OP_ANDS] = -2,
	[TEA_OP_ORB] = -1,
	[TEA_OP_ORS] = -2,
	[TEA_OP_XORB] = -1,
	[TEA_OP_XORS] = -2,
	[TEA_OP_RLB] = -1,
	[TEA_OP_RLS] = -1,
	[TEA_OP_RRB] = -1,
	[TEA_OP_RRS] = -1,
	[TEA_OP_CMPBBR] = -1,
	[TEA_OP_CMPSBR] = -2,
	[TEA_OP_RETURN] = UNKNOWN,
	[TEA_OP_FMTBB] = UNKNOWN,
	[TEA_OP_FMTBD] = UNKNOWN,
	[TEA_OP_FMTBU] = UNKNOWN,
	[TEA_OP_FMTBH] = UNKNOWN,
	[TEA_OP_FMTSB] = UNKNOWN,
	[TEA_OP_FMTSD] = UNKNOWN,
	[TEA_OP_FMTSU] = UNKNOWN,
	[TEA_OP_FMTSH] = UNKNOWN,
	[TEA_OP_EXIT] = UNKNOWN,
};

void cc_code_add(struct cc_code *code, struct cc_insn insn)
{
	code->list = grow_for(code->list, code->count, sizeof(*code->list));
	code->list[code->count++] = insn;
}

unsigned int cc_insn_size(const struct cc_insn *insn)
{
	return insn->opcode < TEA_OP_COUNT ?
	       1 + tea_opcode_bytes(insn->opcode) : 0;
}

bool cc_insn_effect(const struct cc_insn *insn, int *effect)
{
	*effect = 0;
	if (insn->opcode >= TEA_OP_COUNT)
		return true;
	if (insn->opcode == TEA_OP_PUSHN)
		*effect = (int)insn->operand;
	else if (insn->opcode == TEA_OP_POPN)
		*effect = -(int)insn->operand;
	else
		*effect = effects[insn->opcode];
	return *effect != UNKNOWN || insn->opcode == TEA_OP_POPN;
}

bool cc_insn_jumps(const struct cc_insn *insn)
{
	return insn->opcode < TEA_OP_COUNT &&
	       tea_opcode_operand(insn->opcode) == TEA_OPERAND_TARGET;
}

void cc_code_free(struct cc_code *code)
{
	free(code->list);
}
