// SPDX-License-Identifier: LGPL-2.1-or-later
#include "access.h"

int teavmx_mmio_decode(struct teavmx *teavmx, uint32_t vm, uint32_t vcpu,
		       const struct teavmx_record *exit,
		       struct teavmx_mmio *mmio)
{
	struct teavmx_live live;
	struct teavmx_insn insn;
	int err;

	if (teavmx_live_open(&live, teavmx, vm, vcpu))
		return -1;
	err = teavmx_access_check(&live.guest, exit) ||
	      teavmx_access_decode(&live.guest,
				   teavmx_qual_ept(exit->qualification).write,
				   exit->guest_physical, &insn, mmio) ? -1 : 0;
	teavmx_live_close(&live);
	return err;
}

int teavmx_mmio_finish(struct teavmx *teavmx, uint32_t vm, uint32_t vcpu,
		       const struct teavmx_mmio *mmio)
{
	struct teavmx_changes changes;
	struct teavmx_live live;
	int err;

	if (teavmx_live_open(&live, teavmx, vm, vcpu))
		return -1;
	err = teavmx_access_finish(&live.guest, mmio, &changes);
	teavmx_live_close(&live);
	if (err)
		return -1;
	return teavmx_regs_set(teavmx, vm, vcpu, changes.registers,
			       changes.count);
}
