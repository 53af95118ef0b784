// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * One access to memory without RAM, in two halves: the first executes the
 * instruction without effect to see the access, the second executes it with
 * the value that the host program supplied.
 */
#include <errno.h>
#include <string.h>

#include "guest.h"

struct single {
	struct teavmx_mmio mmio;
	unsigned int count;
};

static int single_note(void *data, struct teavmx_mmio *mmio)
{
	struct teavmx_live *live = data;
	struct single *single = live->context;

	if (single->count++)
		return teavmx_fail(live->emulator.error, TEAVMX_REQUEST,
				   EOPNOTSUPP, NULL,
				   "the instruction at rip 0x%llx has more than one access to memory without RAM: teavmx_answer() does them",
				   (unsigned long long)
				   live->emulator.now.reg[TEAVMX_REG_RIP]);
	single->mmio = *mmio;
	return 0;
}

static int single_use(void *data, struct teavmx_mmio *mmio)
{
	struct teavmx_live *live = data;
	struct single *single = live->context;

	if (single->count++ || single->mmio.address != mmio->address ||
	    single->mmio.size != mmio->size ||
	    single->mmio.write != mmio->write)
		return teavmx_fail(live->emulator.error, TEAVMX_REQUEST,
				   EINVAL, NULL,
				   "the instruction at rip 0x%llx has another access than the one that was decoded",
				   (unsigned long long)
				   live->emulator.now.reg[TEAVMX_REG_RIP]);
	mmio->value = single->mmio.value;
	return 0;
}

static int single_port(void *data, bool out, uint16_t port, unsigned int size,
		       uint32_t *value)
{
	struct teavmx_live *live = data;

	(void)out;
	(void)port;
	(void)size;
	(void)value;
	return teavmx_fail(live->emulator.error, TEAVMX_REQUEST, EOPNOTSUPP,
			   NULL,
			   "string I/O with memory without RAM: teavmx_answer() does it");
}

static const struct emulator_ops single_note_ops = {
	.ram = teavmx_live_ram,
	.memory = single_note,
	.port = single_port,
};

static const struct emulator_ops single_use_ops = {
	.ram = teavmx_live_ram,
	.memory = single_use,
	.port = single_port,
};

static int run_single(struct teavmx_live *live, struct single *single,
		      const struct emulator_ops *ops)
{
	int result;

	live->emulator.ops = ops;
	live->emulator.limit = 1;
	live->context = single;
	result = emulator_run(&live->emulator);
	if (result == EMULATOR_FAULT)
		return teavmx_live_refuse_fault(live);
	if (!result && !single->count)
		return teavmx_fail(live->emulator.error, TEAVMX_REQUEST,
				   EOPNOTSUPP, NULL,
				   "the instruction at rip 0x%llx has no access to memory without RAM",
				   (unsigned long long)
				   live->emulator.now.reg[TEAVMX_REG_RIP]);
	return result;
}

int teavmx_mmio_decode(struct teavmx *teavmx, uint32_t vm, uint32_t vcpu,
		       const struct teavmx_record *exit,
		       struct teavmx_mmio *mmio)
{
	struct single single = { 0 };
	struct teavmx_live live;
	int err;

	if (teavmx_live_open(&live, teavmx, vm, vcpu))
		return -1;
	live.dry = true;
	err = teavmx_live_check(&live, exit);
	if (!err)
		err = run_single(&live, &single, &single_note_ops);
	teavmx_live_close(&live);
	*mmio = single.mmio;
	return err;
}

int teavmx_mmio_finish(struct teavmx *teavmx, uint32_t vm, uint32_t vcpu,
		       const struct teavmx_mmio *mmio)
{
	struct single single = { .mmio = *mmio };
	struct teavmx_live live;
	int err;

	if (teavmx_live_open(&live, teavmx, vm, vcpu))
		return -1;
	err = teavmx_live_commit(&live, run_single(&live, &single, &single_use_ops));
	teavmx_live_close(&live);
	return err;
}
