// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * INS and OUTS for host programs that move many elements at once: the first
 * half executes the elements without effect, the second for good.
 */
#include <errno.h>
#include <string.h>

#include <uapi/vmx.h>

#include "guest.h"

/*
 * The elements that were moved, and the values that the port supplies or takes
 */
struct elements {
	struct teavmx_transfer *transfer;
	size_t moved;
};

static size_t room_of(unsigned int size)
{
	return TEAVMX_TRANSFER_MAX / size;
}

static int elements_note(void *data, bool out, uint16_t port,
			 unsigned int size, uint32_t *value)
{
	struct teavmx_live *live = data;
	struct elements *elements = live->context;
	struct teavmx_transfer *transfer = elements->transfer;

	transfer->port = port;
	transfer->in = !out;
	transfer->size = size;
	if (out)
		memcpy(transfer->data + transfer->count * size, value, size);
	transfer->count++;
	return transfer->count == room_of(size);
}

static int elements_use(void *data, bool out, uint16_t port,
			unsigned int size, uint32_t *value)
{
	struct teavmx_live *live = data;
	struct elements *elements = live->context;
	const struct teavmx_transfer *transfer = elements->transfer;

	(void)port;
	/* Another vCPU can change the instruction after it was checked. */
	if (elements->moved >= transfer->count || size != transfer->size ||
	    transfer->in == out)
		return teavmx_fail(live->emulator.error, TEAVMX_REQUEST,
				   EINVAL, NULL,
				   "the instruction at rip 0x%llx has other elements than those that were moved",
				   (unsigned long long)
				   live->emulator.now.reg[TEAVMX_REG_RIP]);
	if (!out)
		memcpy(value, transfer->data + elements->moved * size, size);
	return ++elements->moved == transfer->count;
}

static int no_memory(void *data, struct teavmx_mmio *mmio)
{
	struct teavmx_live *live = data;

	return teavmx_fail(live->emulator.error, TEAVMX_REQUEST, EOPNOTSUPP,
			   NULL,
			   "string I/O with memory without RAM at 0x%llx: teavmx_answer() does it",
			   (unsigned long long)mmio->address);
}

static const struct emulator_ops elements_note_ops = {
	.ram = teavmx_live_ram,
	.memory = no_memory,
	.port = elements_note,
};

static const struct emulator_ops elements_use_ops = {
	.ram = teavmx_live_ram,
	.memory = no_memory,
	.port = elements_use,
};

static int run_elements(struct teavmx_live *live,
			struct teavmx_transfer *transfer,
			const struct emulator_ops *ops)
{
	struct elements elements = { .transfer = transfer };

	live->emulator.ops = ops;
	live->emulator.limit = 0;
	live->context = &elements;
	return emulator_run(&live->emulator);
}

/* The elements before one that raises an exception can be moved. */
static int note_elements(struct teavmx_live *live,
			 struct teavmx_transfer *transfer)
{
	struct emulator_registers before = live->emulator.now;
	int result;

	memset(transfer, 0, sizeof(*transfer));
	live->dry = true;
	result = run_elements(live, transfer, &elements_note_ops);
	live->dry = false;
	if (result == EMULATOR_FAULT && !transfer->count)
		return teavmx_live_refuse_fault(live);
	live->emulator.now = before;
	return result < 0 ? -1 : 0;
}

int teavmx_transfer_begin(struct teavmx *teavmx, uint32_t vm, uint32_t vcpu,
			  const struct teavmx_record *exit,
			  struct teavmx_transfer *transfer)
{
	struct teavmx_qual_io io = teavmx_qual_io(exit->qualification);
	struct teavmx_live live;
	int err;

	if ((exit->reason & VMX_EXIT_BASIC_MASK) != VMX_EXIT_IO_INSTRUCTION ||
	    !io.string)
		return teavmx_fail(&teavmx->error, TEAVMX_REQUEST, EOPNOTSUPP,
				   NULL, "the exit is not for INS or OUTS");
	if (teavmx_live_open(&live, teavmx, vm, vcpu))
		return -1;
	err = note_elements(&live, transfer);
	teavmx_live_close(&live);
	if (!err && !transfer->count) {
		transfer->port = io.port;
		transfer->in = io.in;
		transfer->size = io.size;
	}
	return err;
}

static int check_elements(struct teavmx_live *live,
			  const struct teavmx_transfer *transfer)
{
	struct teavmx_transfer again;

	if (note_elements(live, &again))
		return -1;
	if (transfer->count > again.count ||
	    (again.count && (transfer->size != again.size ||
			     transfer->in != again.in)))
		return teavmx_fail(live->emulator.error, TEAVMX_REQUEST,
				   EINVAL, NULL,
				   "more elements than the instruction moves");
	/*
	 * Moving no element completes only an instruction that has none left.
	 */
	return !transfer->count && again.count;
}

int teavmx_transfer_end(struct teavmx *teavmx, uint32_t vm, uint32_t vcpu,
			const struct teavmx_transfer *transfer)
{
	struct teavmx_transfer moved = *transfer;
	struct teavmx_live live;
	int err;

	if (teavmx_live_open(&live, teavmx, vm, vcpu))
		return -1;
	err = check_elements(&live, &moved);
	if (!err)
		err = teavmx_live_commit(&live, run_elements(&live, &moved,
							     &elements_use_ops));
	teavmx_live_close(&live);
	return err < 0 ? -1 : 0;
}
