// SPDX-License-Identifier: LGPL-2.1-or-later
#include <errno.h>
#include <string.h>

#include <uapi/vmx.h>

#include "access.h"
#include "transfer.h"

#define RFLAGS_DF	0x400u

static bool is_string_io(const struct teavmx_insn *insn)
{
	return insn->opcode >= 0x6c && insn->opcode <= 0x6f;
}

static int fetch(const struct teavmx_guest *guest, struct teavmx_insn *insn)
{
	if (teavmx_insn_fetch(guest, insn))
		return -1;
	if (!is_string_io(insn))
		return teavmx_fail(guest->error, TEAVMX_REQUEST, EOPNOTSUPP,
				   NULL, "the vCPU is not at INS or OUTS");
	/* REX.W does not make it wider. */
	if (insn->operand_size > 4)
		insn->operand_size = 4;
	return 0;
}

/* Repetitions that are left, by the width that addresses have */
static uint64_t repetitions(const struct teavmx_guest *guest,
			    const struct teavmx_insn *insn)
{
	uint64_t count = teavmx_guest_reg(guest, REGS_RCX);

	if (!insn->repeat)
		return 1;
	if (insn->address_size < 8)
		count &= (1ULL << 8 * insn->address_size) - 1;
	return count;
}

/*
 * Elements lie upwards or downwards, and wrap with the offset: one by one is
 * slow but right.
 */
static int move(const struct teavmx_guest *guest,
		const struct teavmx_insn *insn,
		struct teavmx_transfer *transfer)
{
	uint32_t number = transfer->in ? REGS_RDI : REGS_RSI;
	uint64_t step = transfer->size;
	uint64_t offset = teavmx_guest_reg(guest, number);
	uint64_t mask = insn->address_size < 8 ?
			(1ULL << 8 * insn->address_size) - 1 : UINT64_MAX;
	uint64_t base = teavmx_string_linear(guest, insn, transfer->in) -
			(offset & mask);
	uint64_t wrap = teavmx_guest_bits(guest) == 64 ? UINT64_MAX :
							 UINT32_MAX;
	size_t i;

	if (teavmx_guest_reg(guest, REGS_RFLAGS) & RFLAGS_DF)
		step = -step;
	for (i = 0; i < transfer->count; i++) {
		uint64_t linear = (base + ((offset + i * step) & mask)) & wrap;
		uint8_t *data = transfer->data + i * transfer->size;

		if (transfer->in ?
		    teavmx_guest_write(guest, linear, data, transfer->size) :
		    teavmx_guest_read(guest, linear, data, transfer->size))
			return -1;
	}
	return 0;
}

int teavmx_transfer_decode(const struct teavmx_guest *guest,
			   uint64_t qualification,
			   struct teavmx_transfer *transfer)
{
	struct teavmx_qual_io io = teavmx_qual_io(qualification);
	struct teavmx_insn insn;
	uint64_t count;

	memset(transfer, 0, sizeof(*transfer));
	if (fetch(guest, &insn))
		return -1;
	count = repetitions(guest, &insn);
	transfer->port = io.port;
	transfer->in = io.in;
	transfer->size = insn.operand_size;
	transfer->count = sizeof(transfer->data) / transfer->size;
	if (count < transfer->count)
		transfer->count = (size_t)count;
	return io.in ? 0 : move(guest, &insn, transfer);
}

int teavmx_transfer_finish(const struct teavmx_guest *guest,
			   const struct teavmx_transfer *transfer,
			   struct teavmx_changes *changes)
{
	struct teavmx_transfer moved = *transfer;
	struct teavmx_insn insn;
	uint64_t left;

	changes->count = 0;
	if (fetch(guest, &insn))
		return -1;
	left = repetitions(guest, &insn);
	if (moved.size != insn.operand_size || moved.count > left ||
	    moved.count > sizeof(moved.data) / moved.size)
		return teavmx_fail(guest->error, TEAVMX_REQUEST, EINVAL, NULL,
				   "more was moved than the instruction moves");
	left -= moved.count;
	if (moved.in && move(guest, &insn, &moved))
		return -1;
	teavmx_string_step(changes, guest, &insn,
			   moved.in ? REGS_RDI : REGS_RSI, moved.count);
	if (insn.repeat)
		teavmx_changes_merge(changes, guest, REGS_RCX,
				     insn.address_size, left);
	if (!left)
		teavmx_changes_advance(changes, guest, insn.length);
	return 0;
}

int teavmx_transfer_begin(struct teavmx *teavmx, uint32_t vm, uint32_t vcpu,
			  const struct teavmx_record *exit,
			  struct teavmx_transfer *transfer)
{
	struct teavmx_live live;
	int err;

	if ((exit->reason & VMX_EXIT_BASIC_MASK) != VMX_EXIT_IO_INSTRUCTION ||
	    !teavmx_qual_io(exit->qualification).string)
		return teavmx_fail(&teavmx->error, TEAVMX_REQUEST, EOPNOTSUPP,
				   NULL, "the exit is not for INS or OUTS");
	if (teavmx_live_open(&live, teavmx, vm, vcpu))
		return -1;
	err = teavmx_transfer_decode(&live.guest, exit->qualification,
				     transfer);
	teavmx_live_close(&live);
	return err;
}

int teavmx_transfer_end(struct teavmx *teavmx, uint32_t vm, uint32_t vcpu,
			const struct teavmx_transfer *transfer)
{
	struct teavmx_changes changes;
	struct teavmx_live live;
	int err;

	if (teavmx_live_open(&live, teavmx, vm, vcpu))
		return -1;
	err = teavmx_transfer_finish(&live.guest, transfer, &changes);
	teavmx_live_close(&live);
	if (err)
		return -1;
	return teavmx_regs_set(teavmx, vm, vcpu, changes.registers,
			       changes.count);
}
