// SPDX-License-Identifier: GPL-2.0-only
#include <err.h>
#include <stdlib.h>

#include <uapi/tea.h>

#include <userspace/common/cli.h>

#include "peephole.h"

/* A pass may enable another one; few programs need more than three. */
#define PASSES_MAX	10
#define HOPS_MAX	16

/* An instruction that will be removed */
#define REMOVED		0x200

/**
 * struct peephole - a pass at work
 * @code: the program
 * @at: index of each label
 * @changed: the pass has changed the code
 */
struct peephole {
	struct cc_code *code;
	size_t *at;
	bool changed;
};

static bool opcode_is(const struct cc_insn *insn, unsigned int opcode)
{
	return insn->opcode == opcode && !insn->fixed;
}

static void find_labels(struct peephole *p)
{
	const struct cc_insn *list = p->code->list;
	size_t i;

	for (i = 0; i < p->code->count; i++) {
		if (list[i].opcode == CODE_LABEL)
			p->at[list[i].operand] = i;
	}
}

/* Returns the instruction after a label. */
static struct cc_insn *label_insn(const struct peephole *p, unsigned int label)
{
	size_t i = p->at[label];

	while (p->code->list[i].opcode == CODE_LABEL)
		i++;
	return p->code->list + i;
}

/* Returns whether a label follows an instruction. */
static bool is_next(const struct peephole *p, size_t i, unsigned int label)
{
	while (p->code->list[++i].opcode == CODE_LABEL) {
		if (p->code->list[i].operand == label)
			return true;
	}
	return false;
}

/*
 * A jump to a goto jumps to the target of that; a goto to a return becomes a
 * return.
 */
static void jump_thread(struct peephole *p, struct cc_insn *insn)
{
	unsigned int hops;

	for (hops = 0; hops < HOPS_MAX; hops++) {
		const struct cc_insn *target = label_insn(p, insn->operand);

		if (opcode_is(target, TEA_OP_RETURN) && opcode_is(insn, TEA_OP_GOTO)) {
			insn->opcode = TEA_OP_RETURN;
			insn->operand = 0;
			p->changed = true;
			return;
		}
		if (!opcode_is(target, TEA_OP_GOTO) ||
		    target->operand == insn->operand)
			return;
		insn->operand = target->operand;
		p->changed = true;
	}
}

static void remove_insn(struct peephole *p, struct cc_insn *insn)
{
	insn->opcode = REMOVED;
	p->changed = true;
}

/* Code after a jump is never reached unless it has a label. */
static void remove_dead(struct peephole *p, size_t i)
{
	struct cc_insn *list = p->code->list;

	for (i++; list[i].opcode < TEA_OP_COUNT && !list[i].fixed; i++)
		remove_insn(p, list + i);
}

static unsigned int branch_opposite(unsigned int opcode)
{
	switch (opcode) {
	case TEA_OP_BRZ:
		return TEA_OP_BRNZ;
	case TEA_OP_BRNZ:
		return TEA_OP_BRZ;
	case TEA_OP_BRC:
		return TEA_OP_BRNC;
	case TEA_OP_BRNC:
		return TEA_OP_BRC;
	}
	return TEA_OP_NOP;
}

/* A branch around a goto becomes the opposite branch. */
static void turn_branch(struct peephole *p, size_t i)
{
	struct cc_insn *insn = p->code->list + i;
	unsigned int turned = branch_opposite(insn->opcode);

	if (turned == TEA_OP_NOP || !opcode_is(insn + 1, TEA_OP_GOTO) ||
	    !is_next(p, i + 1, insn->operand))
		return;
	insn->opcode = turned;
	insn->operand = insn[1].operand;
	remove_insn(p, insn + 1);
}

/* Returns whether an instruction overwrites N and Z without reading them. */
static bool sets_flags(const struct cc_insn *insn)
{
	switch (insn->opcode) {
	case TEA_OP_PUSHLB:
	case TEA_OP_PUSHLS:
	case TEA_OP_PUSHSB:
	case TEA_OP_PUSHSS:
	case TEA_OP_PUSHSBA:
	case TEA_OP_PUSHSSA:
		return !insn->fixed;
	}
	return false;
}

/* Two literals become one; the stack grows as far as before. */
static void join_literals(struct peephole *p, size_t i)
{
	struct cc_insn *insn = p->code->list + i;

	if (opcode_is(insn + 1, TEA_OP_CONVBS)) {
		insn->opcode = TEA_OP_PUSHLS;
		insn->operand = (unsigned int)(signed char)insn->operand &
				0xFFFF;
		remove_insn(p, insn + 1);
	} else if (opcode_is(insn + 1, TEA_OP_PUSHLB) && sets_flags(insn + 2)) {
		insn->opcode = TEA_OP_PUSHLS;
		insn->operand = insn->operand << 8 | insn[1].operand;
		remove_insn(p, insn + 1);
	}
}

static void code_improve(struct peephole *p, size_t i)
{
	struct cc_insn *insn = p->code->list + i;

	if (insn->fixed || insn->opcode >= TEA_OP_COUNT)
		return;
	if (cc_insn_jumps(insn) && insn->opcode != TEA_OP_CALL) {
		jump_thread(p, insn);
		turn_branch(p, i);
	}
	if (insn->opcode == TEA_OP_GOTO && is_next(p, i, insn->operand)) {
		remove_insn(p, insn);
		return;
	}
	if (insn->opcode == TEA_OP_GOTO || insn->opcode == TEA_OP_RETURN ||
	    insn->opcode == TEA_OP_EXIT)
		remove_dead(p, i);
	if (insn->opcode == TEA_OP_PUSHLB)
		join_literals(p, i);
}

static void code_compact(struct cc_code *code)
{
	size_t kept = 0;
	size_t i;

	for (i = 0; i < code->count; i++) {
		if (code->list[i].opcode != REMOVED)
			code->list[kept++] = code->list[i];
	}
	code->count = kept;
}

/* Labels that are no longer the target of a jump must not keep dead code. */
static void drop_labels(struct peephole *p)
{
	bool *used = calloc(p->code->labels + 1, sizeof(*used));
	struct cc_insn *list = p->code->list;
	size_t i;

	if (!used)
		err(CLI_FAILED, "compiler");
	for (i = 0; i < p->code->count; i++) {
		if (cc_insn_jumps(list + i))
			used[list[i].operand] = true;
	}
	for (i = 0; i < p->code->count; i++) {
		if (list[i].opcode == CODE_LABEL && !used[list[i].operand])
			remove_insn(p, list + i);
	}
	free(used);
	code_compact(p->code);
}

void cc_peephole(struct cc_code *code)
{
	struct peephole p = { .code = code };
	unsigned int passes = 0;
	size_t i;

	p.at = calloc(code->labels + 1, sizeof(*p.at));
	if (!p.at)
		err(CLI_FAILED, "compiler");
	do {
		p.changed = false;
		drop_labels(&p);
		find_labels(&p);
		for (i = 0; i < code->count; i++)
			code_improve(&p, i);
		code_compact(code);
	} while (p.changed && ++passes < PASSES_MAX);
	free(p.at);
}
