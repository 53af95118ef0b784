// SPDX-License-Identifier: LGPL-2.1-or-later
#include <errno.h>

#include <uapi/vmx.h>

#include "access.h"

static int no_access(struct teavmx *teavmx, const char *why)
{
	return teavmx_fail(&teavmx->error, TEAVMX_REQUEST, EOPNOTSUPP, NULL,
			   "no access to memory that a host program can do: %s",
			   why);
}

static int check_exit(struct teavmx *teavmx, const struct teavmx_record *exit)
{
	struct teavmx_qual_ept ept = teavmx_qual_ept(exit->qualification);

	if (exit->type != TEAVMX_EVENT_TYPE_VMX_EXIT ||
	    (exit->reason & VMX_EXIT_BASIC_MASK) != VMX_EXIT_EPT_VIOLATION)
		return no_access(teavmx, "the exit is no EPT violation");
	if (ept.fetch)
		return no_access(teavmx,
				 "the guest executes where there is no RAM");
	if (ept.linear_valid && !ept.translated)
		return no_access(teavmx,
				 "the guest's page tables are not in RAM");
	return 0;
}

int teavmx_mmio_decode(struct teavmx *teavmx, uint32_t vm, uint32_t vcpu,
		       const struct teavmx_record *exit,
		       struct teavmx_mmio *mmio)
{
	struct teavmx_live live;
	struct teavmx_insn insn;
	int err;

	if (check_exit(teavmx, exit) ||
	    teavmx_live_open(&live, teavmx, vm, vcpu))
		return -1;
	err = teavmx_access_decode(&live.guest,
				   teavmx_qual_ept(exit->qualification).write,
				   exit->guest_physical, &insn, mmio);
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
