// SPDX-License-Identifier: GPL-2.0-only
#include "speculation.h"

#include <linux/container_of.h>
#include <linux/percpu.h>
#include <asm/cpufeature.h>
#include <asm/msr.h>
#include <asm/nospec-branch.h>
#include <asm/vmx.h>

/*
 * Measures against speculation that are more than an instruction in entry.S.
 * Each follows what the kernel found out about this CPU at boot; where the CPU
 * needs nothing, nothing is done. Documentation/engine/speculation.rst lists them all.
 */

/*
 * IBPB: what ran before on this CPU must not steer the branches of the guest,
 * nor the guest those of what runs next. KVM issues a barrier when it makes
 * another VMCS current, and the scheduler when it switches between address
 * spaces; neither sees a guest of ours, which runs in a kernel thread. So there
 * is a barrier before the first entry after the thread came to this CPU, and one
 * when it leaves the CPU after the guest ran. Not static: a probe finds it.
 */
noinline void speculation_barrier(void)
{
	indirect_branch_prediction_barrier();
}

static void leave_cpu(struct vmx_speculation *state)
{
	state->alone = false;
	if (!state->trained)
		return;
	state->trained = false;
	speculation_barrier();
}

#ifdef CONFIG_PREEMPT_NOTIFIERS
static void speculation_sched_in(struct preempt_notifier *notifier, int cpu)
{
}

static void speculation_sched_out(struct preempt_notifier *notifier,
				  struct task_struct *next)
{
	leave_cpu(container_of(notifier, struct vmx_speculation, notifier));
}

static struct preempt_ops speculation_ops = {
	.sched_in = speculation_sched_in,
	.sched_out = speculation_sched_out,
};

/**
 * speculation_begin() - a vCPU may run from now on
 * @state: zeroed
 *
 * Context: may sleep.
 */
void speculation_begin(struct vmx_speculation *state)
{
	preempt_notifier_init(&state->notifier, &speculation_ops);
	preempt_notifier_inc();
}

/**
 * speculation_end() - it does not run any more
 * @state: as speculation_begin() left it; each succeeds exactly one
 *
 * Context: may sleep; the thread of the vCPU, if the guest has ever run.
 */
void speculation_end(struct vmx_speculation *state)
{
	if (state->watched) {
		preempt_disable();
		leave_cpu(state);
		preempt_notifier_unregister(&state->notifier);
		preempt_enable();
	}
	preempt_notifier_dec();
}

/* Only the thread itself can do so. */
static void watch_thread(struct vmx_speculation *state)
{
	if (!state->watched)
		preempt_notifier_register(&state->notifier);
	state->watched = true;
}
#else
/* Without notifiers, which KVM brings, each run has both barriers. */
void speculation_begin(struct vmx_speculation *state)
{
}

void speculation_end(struct vmx_speculation *state)
{
}
#endif

/*
 * L1TF: whatever is in the L1 data cache could be read by a guest. KVM sets
 * the choice when it loads; before that it is "auto", and then the command line
 * of the kernel decides, as it does for KVM.
 */
static bool needs_l1d_flush(void)
{
	if (!boot_cpu_has_bug(X86_BUG_L1TF) ||
	    !boot_cpu_has(X86_FEATURE_FLUSH_L1D))
		return false;
	switch (l1tf_vmx_mitigation) {
	case VMENTER_L1D_FLUSH_NEVER:
	case VMENTER_L1D_FLUSH_NOT_REQUIRED:
		return false;
	case VMENTER_L1D_FLUSH_AUTO:
		return l1tf_mitigation != L1TF_MITIGATION_OFF;
	default:
		return true;
	}
}

/**
 * speculation_before_entry() - keep the next guest from what is in the CPU
 * @state: of the vCPU that is about to run
 *
 * Context: the thread of the vCPU, interrupts off until the guest has run.
 */
void speculation_before_entry(struct vmx_speculation *state)
{
#ifdef CONFIG_PREEMPT_NOTIFIERS
	watch_thread(state);
#endif
	if (!state->alone)
		speculation_barrier();
	state->alone = true;
	state->trained = true;
	state->flush_l1d = needs_l1d_flush();
}

/**
 * speculation_flush_l1d() - empty the L1 data cache
 *
 * For CPUs with X86_FEATURE_FLUSH_L1D. Context: interrupts off, right before
 * vmx_enter(): what runs in between fills the cache again.
 */
noinstr void speculation_flush_l1d(void)
{
	native_wrmsrl(MSR_IA32_FLUSH_CMD, L1D_FLUSH);
}

/**
 * speculation_after_exit() - note what must follow before user space runs
 * @state: of the vCPU that ran
 *
 * Context: interrupts off.
 */
void speculation_after_exit(struct vmx_speculation *state)
{
#ifdef X86_FEATURE_IBPB_EXIT_TO_USER
	/* VMSCAPE: user space must not run on what the guest trained. */
	if (cpu_feature_enabled(X86_FEATURE_IBPB_EXIT_TO_USER))
		this_cpu_write(x86_ibpb_exit_to_user, true);
#endif
#ifndef CONFIG_PREEMPT_NOTIFIERS
	leave_cpu(state);
#endif
}
