// SPDX-License-Identifier: GPL-2.0-only
#include "state.h"
#include "inject.h"
#include "vm.h"
#include "../load.h"
#include "../run.h"
#include "../vmcs.h"

#include <linux/kernel.h>
#include <linux/string.h>
#include <asm/vmx.h>

/*
 * The state of a raw vCPU for a snapshot. What the host program has chosen is
 * not part of it: breakpoints, routes, and what CPUID returns. Nor are the
 * controls that are written again before each entry.
 */

static int state_read(struct vmx_vcpu *vmx, void *data)
{
	struct vmx_state *state = data;
	unsigned int i;

	vmx_regs_read(vmx, &state->registers);
	for (i = 0; i < ARRAY_SIZE(state->pdptes); i++)
		state->pdptes[i] = vmcs_read64(GUEST_PDPTR0 + 2 * i);
	state->tsc_offset = vmcs_read64(TSC_OFFSET);
	return 0;
}

/**
 * vmx_state_save() - copy the state of a raw vCPU
 * @vmx: the vCPU, which does not run
 * @state: receives it
 *
 * Context: may sleep.
 *
 * Return: 0 or a negative errno when VMX cannot be used.
 */
int vmx_state_save(struct vmx_vcpu *vmx, struct vmx_state *state)
{
	const struct vmx_guest *guest = vmx->guest;

	memcpy(state->msrs, guest->msrs, sizeof(state->msrs));
	state->msr_count = guest->msr_count;
	state->mtrr_default = guest->mtrr_default;
	state->exit = vmx->exit;
	state->event = vmx->event;
	inject_queue_copy(&state->queue, vmx->queue);
	state->advance = vmx->advance;
	state->triple_fault = vmx->triple_fault;
	state->over = vmx->step.over;
	state->over_rip = vmx->step.over_rip;
	state->skip = vmx->breaks.skip;
	state->skip_rip = vmx->breaks.skip_rip;
	return vmx_with_vmcs(vmx, state_read, state);
}

struct state_change {
	const struct vmx_state *state;
	u64 tsc_change;
};

static int state_write(struct vmx_vcpu *vmx, void *data)
{
	const struct state_change *change = data;
	const struct vmx_state *state = change->state;
	unsigned int i;

	vmx_regs_write(vmx, &state->registers);
	for (i = 0; i < ARRAY_SIZE(state->pdptes); i++)
		vmcs_write64(GUEST_PDPTR0 + 2 * i, state->pdptes[i]);
	vmcs_write64(TSC_OFFSET, state->tsc_offset + change->tsc_change);
	return vmcs_take_failures() ? -EIO : 0;
}

/*
 * A clone has no breakpoint at a page, so it may lack the tables that the step over
 * one would use.
 */
static void state_restore_steps(struct vmx_vcpu *vmx,
				const struct vmx_state *state)
{
	vmx->step.over = state->over && vmx->raw->ram.open.root;
	vmx->step.over_rip = state->over_rip;
	vmx->breaks.skip = state->skip;
	vmx->breaks.skip_rip = state->skip_rip;
}

/**
 * vmx_state_restore() - give a raw vCPU the state of a snapshot
 * @vmx: the vCPU, which does not run
 * @state: what vmx_state_save() has filled in, perhaps for a vCPU of another VM
 * @tsc_change: what the TSC of the host has advanced since, negated
 *
 * Context: may sleep.
 *
 * Return: 0, or a negative errno when VMX cannot be used; it can be repeated
 * then.
 */
int vmx_state_restore(struct vmx_vcpu *vmx, const struct vmx_state *state,
		      u64 tsc_change)
{
	struct state_change change = { state, tsc_change };
	struct vmx_guest *guest = vmx->guest;

	memcpy(guest->msrs, state->msrs, sizeof(guest->msrs));
	guest->msr_count = state->msr_count;
	guest->mtrr_default = state->mtrr_default;
	vmx->exit = state->exit;
	vmx->event = state->event;
	inject_queue_copy(vmx->queue, &state->queue);
	vmx->advance = state->advance;
	vmx->triple_fault = state->triple_fault;
	vmx->unsorted = false;
	state_restore_steps(vmx, state);
	return vmx_with_vmcs(vmx, state_write, &change);
}
