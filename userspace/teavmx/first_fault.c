// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>

#include <uapi/regs.h>
#include <uapi/vmcs.h>
#include <uapi/vmx.h>

#include "first_fault.h"

/* Time, in ms, that one instruction has */
#define REPEAT_MS	2000
#define FLAG_TF		0x100u
/* The L and G bits of the four breakpoints */
#define DR7_ENABLED	0xffu

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

static bool is_alone(struct teavmx *teavmx, const struct teavmx_record *fault)
{
	struct teavmx_vcpu *vcpus;
	int count = teavmx_vcpu_list(teavmx, fault->vm, &vcpus);
	bool alone = count > 0;
	int i;

	/* One that is paused for the program that created the VM soon runs again. */
	for (i = 0; i < count; i++)
		if (vcpus[i].state == TEAVMX_VCPU_STATE_RUNNING ||
		    vcpus[i].stop == TEAVMX_STOP_PROGRAM)
			alone = false;
	if (count > 0)
		teavmx_vcpu_free(vcpus, (size_t)count);
	return alone;
}

/* Events that were injected leave a trace in this field, even after the exit. */
static bool was_injected(struct teavmx *teavmx, const struct teavmx_record *fault)
{
	struct teavmx_vmcs_write *fields;
	int count = teavmx_vmcs_get(teavmx, fault->vm, fault->vcpu, &fields);
	bool injected = count < 0;
	int i;

	for (i = 0; i < count; i++)
		if (fields[i].field == VMCS_FIELD_ENTRY_INTERRUPTION_INFO)
			injected = fields[i].value;
	if (count >= 0)
		free(fields);
	return injected;
}

/* A debug trap belongs to the instruction before the one at RIP. */
static bool has_traps(struct teavmx *teavmx, const struct teavmx_record *fault)
{
	struct teavmx_register *registers;
	int count = teavmx_regs_get(teavmx, fault->vm, fault->vcpu, &registers);
	bool traps;

	if (count < 0)
		return true;
	traps = teavmx_reg_get(registers, (size_t)count, TEAVMX_REG_RFLAGS) & FLAG_TF ||
		teavmx_reg_get(registers, (size_t)count, TEAVMX_REG_DR7) & DR7_ENABLED;
	free(registers);
	return traps;
}

int first_fault_look(struct teavmx *teavmx, const struct teavmx_record *fault,
		     struct teavmx_record *exit)
{
	const struct teavmx_run run = { .steps = 1 };
	struct teavmx_record again;

	if (!is_alone(teavmx, fault) || was_injected(teavmx, fault) ||
	    has_traps(teavmx, fault) || first_fault_find(teavmx, fault, exit))
		return -1;
	if (!teavmx_vcpu_run_with(teavmx, fault->vm, fault->vcpu, &run))
		teavmx_wait_stop(teavmx, fault->vcpu, REPEAT_MS, NULL, NULL,
				 &again);
	return 0;
}
