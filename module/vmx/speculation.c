// SPDX-License-Identifier: GPL-2.0-only
#include "speculation.h"

#include <linux/container_of.h>
#include <linux/cpu.h>
#include <linux/percpu.h>
#include <asm/cpufeature.h>
#include <asm/msr.h>
#include <asm/nospec-branch.h>
#include <asm/vmx.h>

/*
 * Measures against speculation that are more than an instruction in entry.S.
 * Each depends on the bugs that the kernel found in this CPU at boot.
 * Documentation/engine/speculation.rst lists them all.
 */

/*
 * IBPB: code that ran before on this CPU must not train the branch predictors
 * for the guest, nor the guest for code that runs next. KVM issues a barrier
 * when it makes another VMCS current, and the scheduler when it switches
 * between address spaces. Neither covers a guest of ours, which runs in a
 * kernel thread, or within a request of a process. So a barrier comes before the
 * first entry after the thread was scheduled on this CPU, or the request began,
 * and another one when the thread leaves the CPU, or the request ends, after the
 * guest ran. The function is not static, so that a test can count its calls by a
 * kprobe.
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
 * speculation_init() - let the scheduler call preempt notifiers
 *
 * The first use and the last one modify the code of the scheduler on all CPUs,
 * so this is done once and not for each vCPU.
 */
void speculation_init(void)
{
	preempt_notifier_inc();
}

/**
 * speculation_exit() - undo speculation_init()
 */
void speculation_exit(void)
{
	preempt_notifier_dec();
}

/**
 * speculation_begin() - prepare the measures for a new vCPU
 * @state: zeroed
 */
void speculation_begin(struct vmx_speculation *state)
{
	preempt_notifier_init(&state->notifier, &speculation_ops);
}

/**
 * speculation_leave() - the guest runs no more for now, or never again
 * @state: of its vCPU
 *
 * Context: the thread or process that has run the guest since the last call, if
 * one has.
 */
void speculation_leave(struct vmx_speculation *state)
{
	if (!state->watched)
		return;
	preempt_disable();
	leave_cpu(state);
	preempt_notifier_unregister(&state->notifier);
	state->watched = false;
	preempt_enable();
}

/* preempt_notifier_register() can only watch the thread that calls it. */
static void watch_thread(struct vmx_speculation *state)
{
	if (!state->watched)
		preempt_notifier_register(&state->notifier);
	state->watched = true;
}
#else
/*
 * A kernel without preempt notifiers, which KVM selects, does not report that
 * the thread leaves the CPU. So both barriers are issued around each guest run.
 */
void speculation_init(void)
{
}

void speculation_exit(void)
{
}

void speculation_begin(struct vmx_speculation *state)
{
}

void speculation_leave(struct vmx_speculation *state)
{
}
#endif

/* What the command line of the kernel says is exported only for a KVM for Intel. */
static bool l1d_flush_is_usual(void)
{
#if IS_ENABLED(CONFIG_KVM_INTEL)
	return l1tf_mitigation != L1TF_MITIGATION_OFF;
#else
	return !cpu_mitigations_off();
#endif
}

/*
 * L1TF: a guest could read any data that is in the L1 data cache. kvm_intel
 * sets l1tf_vmx_mitigation when it is loaded; until then it is "auto", and the
 * command line of the kernel decides, as it would for KVM.
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
		return l1d_flush_is_usual();
	default:
		return true;
	}
}

/**
 * speculation_before_entry() - isolate the next guest run from earlier code
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
 * speculation_after_exit() - request the barriers that a guest run requires
 * @state: of the vCPU that ran
 *
 * Context: interrupts off.
 */
void speculation_after_exit(struct vmx_speculation *state)
{
#ifdef X86_FEATURE_IBPB_EXIT_TO_USER
	/*
	 * VMSCAPE: the guest may have trained the branch predictors for user
	 * space, so the kernel issues an IBPB before it returns there.
	 */
	if (cpu_feature_enabled(X86_FEATURE_IBPB_EXIT_TO_USER))
		this_cpu_write(x86_ibpb_exit_to_user, true);
#endif
#ifndef CONFIG_PREEMPT_NOTIFIERS
	leave_cpu(state);
#endif
}
