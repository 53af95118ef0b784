// SPDX-License-Identifier: GPL-2.0-only
/*
 * unblock_nmis: executes IRET in a guest on each CPU.
 *
 * Blocking of NMIs belongs to a guest (SDM "Interruptibility State") and ends
 * with it on a processor. Bochs 2.7 keeps its "virtual NMI" masked on the
 * CPU that a guest leaves in that state, for whatever guest comes next there,
 * until one of them executes IRET. Tests of NMIs begin after this.
 */
#include <stdlib.h>

#include "guest.h"

GUEST_PAYLOAD(code_iret,
	".code16\n"
	"	pushf\n"
	"	push	%cs\n"
	"	call	1f\n"
	"1:	pop	%ax\n"
	"	add	$2f - 1b, %ax\n"
	"	push	%ax\n"
	"	iret\n"
	"2:	hlt");

static int unblock(struct teavmx *teavmx, uint32_t cpu)
{
	struct guest guest;
	int err = -1;

	if (guest_new(&guest, teavmx, 1 << 20))
		return -1;
	if (!guest_load(&guest, code_iret, code_iret_end) &&
	    guest_add(&guest, TEAVMX_MODE_REAL) == 0 &&
	    !machine_pin(guest.vm.id, guest.vcpu[0].id, cpu) &&
	    !guest_start(&guest) && guest_wait_all(&guest))
		err = 0;
	return guest_free(&guest) ? -1 : err;
}

int main(void)
{
	struct teavmx *teavmx = machine_open();
	struct teavmx_cpu *cpus = NULL;
	int i, count, err = 0;

	if (machine_backend(teavmx) == TEAVMX_BACKEND_VMX) {
		count = teavmx_cpu_list(teavmx, &cpus);
		err = count < 0;
		for (i = 0; i < count && !err; i++)
			err = unblock(teavmx, cpus[i].id);
		free(cpus);
	}
	teavmx_close(teavmx);
	return err ? 1 : 0;
}
