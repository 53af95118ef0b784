// SPDX-License-Identifier: GPL-2.0-only
#include <uapi/vmx.h>

#include "first_fault.h"

/* Time, in ms, that one instruction has */
#define REPEAT_MS	2000

int first_fault_find(struct teavmx *teavmx, const struct teavmx_record *fault,
		     struct teavmx_record *exit)
{
	const struct teavmx_run run = { .steps = 1 };
	struct teavmx_vm vm;
	int stop;

	if (teavmx_vm_get(teavmx, fault->vm, &vm) ||
	    teavmx_host_exceptions(teavmx, fault->vm, UINT32_MAX))
		return -1;
	stop = teavmx_vcpu_run_with(teavmx, fault->vm, fault->vcpu, &run) ? -1 :
	       teavmx_wait_stop(teavmx, fault->vcpu, REPEAT_MS, NULL, NULL,
				exit);
	teavmx_host_exceptions(teavmx, fault->vm, vm.host_exceptions);
	return stop == TEAVMX_STOP_EXIT && exit->rip == fault->rip &&
	       exit->reason == VMX_EXIT_EXCEPTION_NMI ? 0 : -1;
}
