// SPDX-License-Identifier: GPL-2.0-only
#include "backend.h"
#include "../event.h"
#include "../payload/payload.h"
#include "../refuse.h"
#include "../vcpu.h"
#include "../vm.h"
#include "../vmx/caps.h"
#include "../vmx/hyperv.h"
#include "../vmx/own.h"
#include "../vmx/run.h"
#include "../vmx/timer.h"

#include <linux/err.h>

/*
 * The vmx back end connects vCPUs with the engine in vmx/, which knows neither
 * VMs nor payloads.
 */

/*
 * In own mode a VM holds VMX from its first vmx vCPU on; vm_release() ends
 * that.
 */
static int vmx_hold_for_vm(struct teavmx_vm *vm, struct netlink_ext_ack *extack)
{
	int err;

	lockdep_assert_held(&vm->lock);
	if (vmx_hyperv_enlightened_anywhere())
		return refuse(extack, NULL, -EBUSY,
			      "KVM uses enlightened VMCSs of Hyper-V, which excludes other users of VMX: load kvm_intel with enlightened_vmcs=0, or unload it");
	if (vm->holds_vmx)
		return 0;
	err = vmx_own_get(extack);
	vm->holds_vmx = !err;
	return err;
}

static int vmx_backend_create(struct teavmx_vcpu *vcpu,
			      struct netlink_ext_ack *extack)
{
	struct vmx_setup setup = {
		.vm_id = vcpu->vm->id,
		.vcpu_id = vcpu->id,
		.bounds = &vcpu->bounds,
		.requests = &vcpu->requests,
		.writes = vcpu->vmcs_writes,
		.write_count = vcpu->vmcs_write_count,
	};
	struct vmx_vcpu *vmx;
	int err;

	err = vmx_hold_for_vm(vcpu->vm, extack);
	if (err)
		return err;
	vcpu->vm->payload->entry(vcpu, &setup);
	vmx = vmx_create(&setup);
	if (IS_ERR(vmx))
		return PTR_ERR(vmx);
	vcpu->vmx = vmx;
	vcpu->vmcs_writes = NULL;
	return 0;
}

static int vmx_backend_bound(struct teavmx_vcpu *vcpu,
			     struct vcpu_bounds *bounds, const char **refused)
{
	const char *missing = NULL;

	if (bounds->time)
		missing = vmx_timer_missing();
	if (bounds->steps && !missing && vcpu->vmx->hooks->step_missing)
		missing = vcpu->vmx->hooks->step_missing();
	if (missing) {
		*refused = missing;
		return -EOPNOTSUPP;
	}
	if (bounds->time)
		bounds->time = vmx_timer_ticks(bounds->time);
	return 0;
}

static bool vmx_backend_enter(struct teavmx_vcpu *vcpu, u64 cycles)
{
	return vmx_enter_process(vcpu->vmx, cycles);
}

static void vmx_backend_leave(struct teavmx_vcpu *vcpu)
{
	vmx_leave(vcpu->vmx);
}

static void vmx_backend_run(struct teavmx_vcpu *vcpu,
			    struct vcpu_result *result)
{
	event_fast_open(vcpu, &vcpu->vmx->fastpath);
	vmx_run(vcpu->vmx, result);
}

static void vmx_backend_reset(struct teavmx_vcpu *vcpu)
{
	struct vmx_setup setup = { };

	vcpu->vm->payload->entry(vcpu, &setup);
	vmx_reset(vcpu->vmx, &setup);
}

static void vmx_backend_destroy(struct teavmx_vcpu *vcpu)
{
	vmx_destroy(vcpu->vmx);
	vcpu->vmx = NULL;
}

const struct backend_ops vmx_backend = {
	.id = TEAVMX_BACKEND_VMX,
	.missing = vmx_caps_missing,
	.create = vmx_backend_create,
	.bound = vmx_backend_bound,
	.enter = vmx_backend_enter,
	.run = vmx_backend_run,
	.leave = vmx_backend_leave,
	.reset = vmx_backend_reset,
	.destroy = vmx_backend_destroy,
};
