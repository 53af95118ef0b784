// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The mode of the processor, and the instruction at RIP as libzydis decodes it
 */
#include <errno.h>
#include <string.h>

#include <userspace/lib/zydis.h>

#include "core.h"

#define CR0_PE		0x1u
#define EFER_LMA	0x400u
#define PAGE_SIZE	4096u

unsigned int mode_bits(struct emulator *emulator)
{
	uint64_t rights = *register_of(emulator, TEAVMX_REG_CS_RIGHTS);

	if (*register_of(emulator, TEAVMX_REG_EFER) & EFER_LMA &&
	    rights & RIGHTS_L)
		return 64;
	return rights & RIGHTS_DB ? 32 : 16;
}

bool mode_protected(struct emulator *emulator)
{
	return *register_of(emulator, TEAVMX_REG_CR0) & CR0_PE &&
	       !(*register_of(emulator, TEAVMX_REG_RFLAGS) & FLAG_VM);
}

/* SDM "Guest Segment Registers": the DPL of SS is the CPL. */
unsigned int mode_cpl(struct emulator *emulator)
{
	if (!(*register_of(emulator, TEAVMX_REG_CR0) & CR0_PE))
		return 0;
	if (*register_of(emulator, TEAVMX_REG_RFLAGS) & FLAG_VM)
		return 3;
	return (*register_of(emulator, TEAVMX_REG_SS_RIGHTS) & RIGHTS_DPL) >> 5;
}

static int code_peek(struct emulator *emulator, uint64_t linear, uint8_t *bytes,
		     size_t size)
{
	uint64_t physical;
	int err;

	if (emulator_translate(emulator, linear, EMULATOR_PEEK, &physical))
		return -1;
	err = emulator->ops->ram(emulator->data, false, physical, bytes, size);
	if (err > 0)
		teavmx_fail(emulator->error, TEAVMX_REQUEST, ERANGE, NULL,
			    "the instruction at linear address 0x%llx is not in RAM",
			    (unsigned long long)linear);
	return err ? -1 : 0;
}

/*
 * An instruction that ends in the first page does not need the second, which
 * may be missing.
 */
static size_t insn_fetch(struct emulator *emulator, uint8_t bytes[EMULATOR_INSN_MAX])
{
	uint64_t linear = *register_of(emulator, TEAVMX_REG_RIP);
	size_t first = EMULATOR_INSN_MAX;
	size_t left;

	if (mode_bits(emulator) < 64)
		linear = (uint32_t)(linear +
				    *register_of(emulator, TEAVMX_REG_CS_BASE));
	left = PAGE_SIZE - linear % PAGE_SIZE;
	if (left < first)
		first = left;
	if (code_peek(emulator, linear, bytes, first))
		return 0;
	if (first == EMULATOR_INSN_MAX ||
	    code_peek(emulator, linear + first, bytes + first,
		      EMULATOR_INSN_MAX - first))
		return first;
	return EMULATOR_INSN_MAX;
}

static void decoder_of(struct emulator *emulator, ZydisDecoder *decoder)
{
	bool wide = *register_of(emulator, TEAVMX_REG_SS_RIGHTS) & RIGHTS_DB;

	switch (mode_bits(emulator)) {
	case 64:
		zydis.ZydisDecoderInit(decoder, ZYDIS_MACHINE_MODE_LONG_64,
				 ZYDIS_STACK_WIDTH_64);
		break;
	case 32:
		zydis.ZydisDecoderInit(decoder, ZYDIS_MACHINE_MODE_LEGACY_32,
				 wide ? ZYDIS_STACK_WIDTH_32 :
					ZYDIS_STACK_WIDTH_16);
		break;
	default:
		zydis.ZydisDecoderInit(decoder, ZYDIS_MACHINE_MODE_LEGACY_16,
				 wide ? ZYDIS_STACK_WIDTH_32 :
					ZYDIS_STACK_WIDTH_16);
	}
}

static int refuse_bytes(struct emulator *emulator, const uint8_t *bytes,
			size_t size)
{
	unsigned long long rip = *register_of(emulator, TEAVMX_REG_RIP);
	char hex[3 * EMULATOR_INSN_MAX + 1] = "";
	size_t i;

	for (i = 0; i < size; i++)
		snprintf(hex + 3 * i, 4, " %02x", bytes[i]);
	return teavmx_fail(emulator->error, TEAVMX_REQUEST, EOPNOTSUPP, NULL,
			   "no instruction is at rip 0x%llx, the bytes are%s",
			   rip, hex);
}

int decode_insn(struct step *step)
{
	struct emulator *emulator = step->emulator;
	uint8_t bytes[EMULATOR_INSN_MAX];
	size_t size = insn_fetch(emulator, bytes);
	ZydisDecoder decoder;

	if (!size || zydis_load(emulator->error))
		return EMULATOR_FAILED;
	decoder_of(emulator, &decoder);
	if (!ZYAN_SUCCESS(zydis.ZydisDecoderDecodeFull(&decoder, bytes, size,
						       &step->insn,
						       step->operand)))
		return refuse_bytes(emulator, bytes, size);
	step->action = action_find(&step->insn);
	return step->action ? EMULATOR_DONE : decode_refuse(step);
}

/* The text remains as it is if libzydis cannot format the instruction. */
static void format_insn(const ZydisDecodedInstruction *insn,
			const ZydisDecodedOperand *operands, uint64_t rip,
			char *text, size_t size)
{
	ZydisFormatter formatter;

	if (!ZYAN_SUCCESS(zydis.ZydisFormatterInit(&formatter,
						   ZYDIS_FORMATTER_STYLE_INTEL)))
		return;
	zydis.ZydisFormatterSetProperty(&formatter,
					ZYDIS_FORMATTER_PROP_HEX_UPPERCASE,
					false);
	zydis.ZydisFormatterSetProperty(&formatter,
					ZYDIS_FORMATTER_PROP_ADDR_PADDING_ABSOLUTE,
					ZYDIS_PADDING_DISABLED);
	zydis.ZydisFormatterFormatInstruction(&formatter, insn, operands,
					      insn->operand_count_visible,
					      text, size, rip, NULL);
}

int emulator_disassemble(struct emulator *emulator, char *text, size_t size)
{
	ZydisDecodedOperand operands[ZYDIS_MAX_OPERAND_COUNT];
	uint8_t bytes[EMULATOR_INSN_MAX];
	size_t count = insn_fetch(emulator, bytes);
	ZydisDecodedInstruction insn;
	ZydisDecoder decoder;

	if (!count || zydis_load(emulator->error))
		return EMULATOR_FAILED;
	snprintf(text, size, "(bad)");
	decoder_of(emulator, &decoder);
	if (ZYAN_SUCCESS(zydis.ZydisDecoderDecodeFull(&decoder, bytes, count,
						      &insn, operands)))
		format_insn(&insn, operands,
			    *register_of(emulator, TEAVMX_REG_RIP), text, size);
	return EMULATOR_DONE;
}

int decode_refuse(struct step *step)
{
	uint64_t rip = *register_of(step->emulator, TEAVMX_REG_RIP);
	char text[96] = "this instruction";

	format_insn(&step->insn, step->operand, rip, text, sizeof(text));
	return teavmx_fail(step->emulator->error, TEAVMX_REQUEST, EOPNOTSUPP,
			   NULL,
			   "cannot emulate '%s' at rip 0x%llx",
			   text, (unsigned long long)rip);
}
