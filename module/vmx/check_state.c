// SPDX-License-Identifier: GPL-2.0-only
#include "vmcs.h"
#include "check_rules.h"

#include <asm/msr-index.h>
#include <asm/processor.h>
#include <asm/processor-flags.h>
#include <asm/trapnr.h>

#include <uapi/vmx.h>

/* SDM "Checks on Guest Non-Register State". */

#define AR_DPL(ar)	((ar) >> 5 & 3)

#define FEATURE_SGX		BIT(2)	/* CPUID 7.0 EBX */
#define FEATURE_RTM		BIT(11)	/* CPUID 7.0 EBX */
#define FEATURE_BUS_LOCK	BIT(24)	/* CPUID 7.0 ECX */

#define BLOCKED_BY_STI_OR_MOV_SS \
	(GUEST_INTR_STATE_STI | GUEST_INTR_STATE_MOV_SS)

struct state {
	const struct check *check;
	u64 rflags;
	u32 activity;
	u32 blocking;
	u32 type;
	u32 vector;
};

/* Can what is injected end this activity state? */
static bool ends(const struct state *state)
{
	bool exception = state->type == VMX_INTR_TYPE_HARDWARE_EXCEPTION;
	bool nmi = state->type == VMX_INTR_TYPE_NMI;
	bool mc = exception && state->vector == X86_TRAP_MC;

	switch (state->activity) {
	case GUEST_ACTIVITY_ACTIVE:
		return true;
	case GUEST_ACTIVITY_HLT:
		return nmi || mc ||
		       (exception && state->vector == X86_TRAP_DB) ||
		       state->type == VMX_INTR_TYPE_EXTERNAL_INTERRUPT ||
		       state->type == VMX_INTR_TYPE_OTHER_EVENT;
	case GUEST_ACTIVITY_SHUTDOWN:
		return nmi || mc;
	default:
		return false;
	}
}

static void check_activity(const struct state *state)
{
	const struct check *check = state->check;
	u32 stack = check_read(VMCS_FIELD_GUEST_SS_ACCESS_RIGHTS);
	u32 field = VMCS_FIELD_GUEST_ACTIVITY;
	/* Bits 8:6 of IA32_VMX_MISC: HLT, shutdown, wait-for-SIPI exist. */
	bool known = !state->activity ||
		     (state->activity < 4 &&
		      check->misc >> (5 + state->activity) & 1);

	check_that(check, known, VMX_RULE_ACTIVITY_UNKNOWN, field);
	check_that(check,
		   state->activity != GUEST_ACTIVITY_HLT ||
		   !AR_DPL(stack),
		   VMX_RULE_ACTIVITY_HLT_DPL, field);
	check_that(check,
		   !state->activity ||
		   !(state->blocking & BLOCKED_BY_STI_OR_MOV_SS),
		   VMX_RULE_ACTIVITY_BLOCKED, field);
	check_that(check, !check->event || ends(state),
		   VMX_RULE_ACTIVITY_EVENT, field);
}

static bool has_sgx(void)
{
	return cpuid_eax(0) >= 7 && cpuid_ebx(7) & FEATURE_SGX;
}

static void check_injection(const struct state *state)
{
	const struct check *check = state->check;
	u32 field = VMCS_FIELD_GUEST_INTERRUPTIBILITY;
	bool virtual_nmis = check->pin & PIN_BASED_VIRTUAL_NMIS;

	if (!check->event)
		return;
	if (state->type == VMX_INTR_TYPE_EXTERNAL_INTERRUPT)
		check_that(check, !(state->blocking & BLOCKED_BY_STI_OR_MOV_SS),
			   VMX_RULE_BLOCKING_INTERRUPT, field);
	/* Blocking by STI is left to the CPU; none is known to mind it. */
	if (state->type == VMX_INTR_TYPE_NMI)
		check_that(check,
			   !(state->blocking & GUEST_INTR_STATE_MOV_SS) &&
			   !(virtual_nmis &&
			     state->blocking & GUEST_INTR_STATE_NMI),
			   VMX_RULE_BLOCKING_NMI, field);
}

static void check_blocking(const struct state *state)
{
	const struct check *check = state->check;
	u32 field = VMCS_FIELD_GUEST_INTERRUPTIBILITY;
	u32 blocking = state->blocking;

	check_that(check, !(blocking & GENMASK(31, 5)),
		   VMX_RULE_BLOCKING_RESERVED, field);
	check_that(check,
		   (blocking & BLOCKED_BY_STI_OR_MOV_SS) !=
		   BLOCKED_BY_STI_OR_MOV_SS,
		   VMX_RULE_BLOCKING_BOTH, field);
	check_that(check,
		   !(blocking & GUEST_INTR_STATE_STI) ||
		   state->rflags & X86_EFLAGS_IF,
		   VMX_RULE_BLOCKING_STI, field);
	check_injection(state);
	/* The kernel is not in SMM. */
	check_that(check, !(blocking & GUEST_INTR_STATE_SMI),
		   VMX_RULE_BLOCKING_SMI, field);
	check_that(check,
		   !(blocking & GUEST_INTR_STATE_ENCLAVE_INTR) ||
		   (has_sgx() && !(blocking & GUEST_INTR_STATE_MOV_SS)),
		   VMX_RULE_BLOCKING_ENCLAVE, field);
}

/* Bits of the pending debug exceptions. */
#define PENDING_BUS_LOCK	BIT(11)
#define PENDING_ENABLED		BIT(12)
#define PENDING_STEP		BIT(14)
#define PENDING_RTM		BIT(16)

static void check_pending_rtm(const struct state *state, u64 pending)
{
	bool good = cpuid_eax(0) >= 7 && cpuid_ebx(7) & FEATURE_RTM &&
		    pending & PENDING_ENABLED &&
		    !(pending & GENMASK_ULL(11, 0)) &&
		    !(state->blocking & GUEST_INTR_STATE_MOV_SS);

	check_that(state->check, !(pending & PENDING_RTM) || good,
		   VMX_RULE_PENDING_DEBUG_RTM, VMCS_FIELD_GUEST_PENDING_DEBUG);
}

static void check_pending(const struct state *state)
{
	u64 pending = check_read(VMCS_FIELD_GUEST_PENDING_DEBUG);
	u64 debugctl = check_read(VMCS_FIELD_GUEST_DEBUGCTL);
	u64 reserved = GENMASK_ULL(10, 4) | BIT_ULL(13) | BIT_ULL(15) |
		       GENMASK_ULL(63, 17);
	bool step = state->rflags & X86_EFLAGS_TF &&
		    !(debugctl & DEBUGCTLMSR_BTF);

	if (cpuid_eax(0) < 7 || !(cpuid_ecx(7) & FEATURE_BUS_LOCK))
		reserved |= PENDING_BUS_LOCK;
	check_that(state->check, !(pending & reserved),
		   VMX_RULE_PENDING_DEBUG_RESERVED,
		   VMCS_FIELD_GUEST_PENDING_DEBUG);
	if (state->blocking & BLOCKED_BY_STI_OR_MOV_SS ||
	    state->activity == GUEST_ACTIVITY_HLT)
		check_that(state->check, !!(pending & PENDING_STEP) == step,
			   VMX_RULE_PENDING_DEBUG_STEP,
			   VMCS_FIELD_GUEST_PENDING_DEBUG);
	check_pending_rtm(state, pending);
}

static bool is_current(u64 vmcs)
{
	u64 current_vmcs;

	return vmx_vmptrst(&current_vmcs) && current_vmcs == vmcs;
}

/* Bit 31 of the revision identifier marks a shadow VMCS. */
static void check_link(const struct check *check)
{
	u64 link = check_read(VMCS_FIELD_LINK_POINTER);
	u32 field = VMCS_FIELD_LINK_POINTER;
	u32 revision = check->basic & GENMASK(30, 0);
	u32 found;

	if (link == ~0ULL)
		return;
	check_physical(check, field, 0x1000);
	if (link & check->too_high || link & 0xfff)
		return;
	if (check->proc2 & SECONDARY_EXEC_SHADOW_VMCS)
		revision |= BIT(31);
	check_that(check, !is_current(link), VMX_RULE_LINK_CURRENT, field);
	/* What is not memory reads as anything, so it is no VMCS. */
	check_that(check,
		   check_memory(link, &found, sizeof(found)) &&
		   found == revision,
		   VMX_RULE_LINK_REVISION, field);
}

/**
 * check_guest_state() - what is not a register
 * @check: the check
 */
void check_guest_state(const struct check *check)
{
	const struct state state = {
		.check = check,
		.rflags = check_read(VMCS_FIELD_GUEST_RFLAGS),
		.activity = check_read(VMCS_FIELD_GUEST_ACTIVITY),
		.blocking = check_read(VMCS_FIELD_GUEST_INTERRUPTIBILITY),
		.type = (check->event & INTR_INFO_INTR_TYPE_MASK) >> 8,
		.vector = check->event & INTR_INFO_VECTOR_MASK,
	};

	check_activity(&state);
	check_blocking(&state);
	check_pending(&state);
	check_link(check);
}
