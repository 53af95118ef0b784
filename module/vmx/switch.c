// SPDX-License-Identifier: GPL-2.0-only
#include "switch.h"
#include "fpu.h"
#include "raw/guest.h"
#include "host.h"
#include "run.h"
#include "vmcs.h"

#include <linux/ftrace.h>
#include <linux/instrumentation.h>
#include <linux/irqflags.h>
#include <asm/fpu/api.h>

/*
 * The way from the host into the guest and back. While the CPU holds registers
 * of the guest (SYSCALL MSRs, XCR0, debug registers, CR2), neither a tracer nor
 * a probe nor lockdep may run, so all code that executes then is noinstr.
 * vmx_switch() informs them before and after.
 */

/*
 * For tests, this takes from the CPU what VMLAUNCH needs: the current VMCS, or VMX
 * operation itself.
 */
static __always_inline void switch_fail(void)
{
	u64 vmcs;

	if (vmx_fails(VMX_FAIL_VMLAUNCH) && vmx_vmptrst(&vmcs))
		vmx_vmclear(vmcs);
	if (vmx_fails(VMX_FAIL_OFF))
		vmx_vmxoff();
}

static __always_inline int switch_enter(struct vmx_vcpu *vmx)
{
	int result;

	switch_fail();
	vmx->fastpath.entered = rdtsc();
	result = vmx_enter(&vmx->regs, vmx->speculation.flush_l1d ?
				       VMX_ENTER_FLUSH : 0);
	vmx->fastpath.left = rdtsc();
	return result;
}

static __always_inline int switch_enter_raw(struct vmx_vcpu *vmx)
{
	struct vmx_guest_host host;
	int result;

	vmx_guest_load(vmx->guest, &host);
	result = switch_enter(vmx);
	vmx_guest_store(vmx->guest, &host);
	return result;
}

static noinstr int switch_noinstr(struct vmx_vcpu *vmx)
{
	int result;

	lockdep_hardirqs_on(CALLER_ADDR0);
	result = vmx->guest ? switch_enter_raw(vmx) : switch_enter(vmx);
	lockdep_hardirqs_off(CALLER_ADDR0);
	return result;
}

/**
 * vmx_switch() - run the guest until an exit for the slow path
 * @vmx: the vCPU; its VMCS is current and complete
 *
 * An interrupt ends the guest run, so lockdep and the irqsoff tracer see
 * that interrupts are on meanwhile. The run is no extended quiescent state of
 * RCU, unlike that of a KVM guest, as context tracking supports none in kernel
 * threads.
 *
 * Context: VMX root operation, interrupts off.
 *
 * Return: as vmx_enter(). The host's registers are restored in each case.
 */
int vmx_switch(struct vmx_vcpu *vmx)
{
	struct vmx_host host;
	bool exited;
	int result;

	vmx_host_save(&host);
	speculation_before_entry(&vmx->speculation);
	kernel_fpu_begin();
	/*
	 * No instruction of a TEA guest can use the x87 and vector registers,
	 * but speculation could read them: see fpu.c. Nothing below uses them.
	 */
	if (!vmx->guest)
		vmx_fpu_clear();
	trace_hardirqs_on_prepare();
	lockdep_hardirqs_on_prepare();
	result = switch_noinstr(vmx);
	/*
	 * An entry that failed before it loaded guest state left the host's
	 * state as it was.
	 */
	exited = result == VMX_ENTER_EXIT || vmx_fastpath_count(&vmx->fastpath);
	if (exited)
		vmx_host_restore(&host);
	trace_hardirqs_off_finish();
	kernel_fpu_end();
	speculation_after_exit(&vmx->speculation);
	if (exited)
		vmx_host_restore_rest(&host);
	return result;
}
