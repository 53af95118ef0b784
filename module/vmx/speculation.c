// SPDX-License-Identifier: GPL-2.0-only
#include "speculation.h"
#include "run.h"

#include <linux/percpu.h>
#include <asm/cpufeature.h>
#include <asm/msr.h>
#include <asm/nospec-branch.h>
#include <asm/vmx.h>

/*
 * Measures against speculation that are more than an instruction in entry.S.
 * Each follows what the kernel found out about this CPU at boot; where the CPU
 * needs nothing, nothing is done. Documentation/speculation.rst lists them all.
 */

/* The guest that ran on this CPU last, by vmx_vcpu.serial; 0 for none. */
static DEFINE_PER_CPU(u64, last_guest);

/*
 * L1TF: whatever is in the L1 data cache could be read by a guest. KVM sets
 * the choice when it loads; before that it is "auto", and then it is done.
 */
static bool needs_l1d_flush(void)
{
	return boot_cpu_has_bug(X86_BUG_L1TF) &&
	       boot_cpu_has(X86_FEATURE_FLUSH_L1D) &&
	       l1tf_vmx_mitigation != VMENTER_L1D_FLUSH_NEVER &&
	       l1tf_vmx_mitigation != VMENTER_L1D_FLUSH_NOT_REQUIRED;
}

/**
 * speculation_before_entry() - keep the next guest from what is in the CPU
 * @vmx: the guest about to run
 *
 * Context: interrupts off until the guest has run.
 */
void speculation_before_entry(const struct vmx_vcpu *vmx)
{
	if (__this_cpu_read(last_guest) != vmx->serial) {
		/* One guest must not steer the branches of another. */
		indirect_branch_prediction_barrier();
		__this_cpu_write(last_guest, vmx->serial);
	}
	if (needs_l1d_flush())
		wrmsrl(MSR_IA32_FLUSH_CMD, L1D_FLUSH);
}

/**
 * speculation_after_exit() - note what must follow before user space runs
 *
 * Context: interrupts off.
 */
void speculation_after_exit(void)
{
#ifdef X86_FEATURE_IBPB_EXIT_TO_USER
	/* VMSCAPE: user space must not run on what the guest trained. */
	if (cpu_feature_enabled(X86_FEATURE_IBPB_EXIT_TO_USER))
		this_cpu_write(x86_ibpb_exit_to_user, true);
#endif
}
