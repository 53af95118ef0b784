// SPDX-License-Identifier: GPL-2.0-only
#include "raw_snapshot.h"
#include "payload.h"
#include "../memory/pages.h"
#include "../memory/ram_base.h"
#include "../memory/ram_snapshot.h"
#include "../refuse.h"
#include "../vcpu.h"
#include "../vm.h"
#include "../vmx/raw/cpuid.h"
#include "../vmx/raw/state.h"
#include "../vmx/raw/vm.h"
#include "../vmx/run.h"

#include <linux/err.h>
#include <linux/overflow.h>
#include <linux/refcount.h>
#include <linux/slab.h>
#include <asm/msr.h>

/*
 * Snapshots of raw VMs, the reset to them, and VMs that begin with one. Registers are
 * copied, as they are few. RAM is shared until it is written (memory/ram_snapshot.c).
 */

/**
 * struct raw_vcpu - a vCPU in a snapshot
 * @id: its number
 * @apic_id: its APIC ID
 * @state: its enum teavmx_vcpu_state, READY or PAUSED
 * @stop: its enum teavmx_stop
 * @bounds: what is left of the bounds of its run
 * @vmx: its registers and the like
 */
struct raw_vcpu {
	u32 id;
	u8 apic_id;
	u8 state;
	u8 stop;
	struct vcpu_bounds bounds;
	struct vmx_state vmx;
};

/**
 * struct raw_snapshot - a raw VM at one moment
 * @refs: the VMs that have it, and requests that make another one
 * @tsc: TSC of the host at that moment
 * @base: RAM
 * @policy: routes, CPUID table, MSRs and TSC offset for VMs that begin with it;
 *	all else in it is 0
 * @count: number of @vcpus
 * @vcpus: vCPUs that had not exited
 *
 * It does not change.
 */
struct raw_snapshot {
	refcount_t refs;
	u64 tsc;
	struct ram_base *base;
	struct teavmx_raw policy;
	unsigned int count;
	struct raw_vcpu vcpus[];
};

static const char raw_snapshot_no_memory[] =
	"not enough memory for the snapshot";

/**
 * payload_raw_snapshot_put() - drop a reference
 * @snapshot: the snapshot, or NULL
 *
 * Context: may sleep.
 */
void payload_raw_snapshot_put(struct raw_snapshot *snapshot)
{
	if (!snapshot || !refcount_dec_and_test(&snapshot->refs))
		return;
	ram_base_put(snapshot->base);
	/*
	 * No vCPU reads the CPUID table of a snapshot, but only copies of it, so no
	 * grace period is needed.
	 */
	kfree(rcu_dereference_protected(snapshot->policy.cpuid, true));
	kvfree(snapshot);
}

/**
 * payload_raw_snapshot_get() - get the snapshot of a VM
 * @vm: a raw VM, locked
 * @extack: receives a message on failure
 *
 * Return: it, for payload_raw_snapshot_put(), or an error pointer: -ENOENT.
 */
struct raw_snapshot *payload_raw_snapshot_get(struct teavmx_vm *vm,
					      struct netlink_ext_ack *extack)
{
	struct raw_snapshot *snapshot = vm->raw->snapshot;

	if (!snapshot)
		return ERR_PTR(refuse(extack, NULL, -ENOENT,
				      "the VM has no snapshot; take one first"));
	refcount_inc(&snapshot->refs);
	return snapshot;
}

/**
 * payload_raw_snapshot_memory() - RAM of a VM that begins with a snapshot
 * @snapshot: the snapshot
 *
 * Return: bytes.
 */
u64 payload_raw_snapshot_memory(const struct raw_snapshot *snapshot)
{
	return snapshot->base->size;
}

static bool raw_vcpu_lives(const struct teavmx_vcpu *vcpu)
{
	return vcpu_state(vcpu) != TEAVMX_VCPU_STATE_EXITED;
}

static int raw_vcpu_need_stopped(const struct teavmx_vcpu *vcpu,
				 struct netlink_ext_ack *extack)
{
	return vcpu_is_stopped(vcpu) ? 0 :
	       refuse(extack, NULL, -EBUSY,
		      "a vCPU of the VM runs; pause it first");
}

static int raw_vcpu_refuse(struct teavmx_vcpu *vcpu,
			   struct netlink_ext_ack *extack)
{
	int err = raw_vcpu_need_stopped(vcpu, extack) ?:
		  vcpu->vm->payload->inspect(vcpu, true, extack);

	if (err)
		return err;
	if (vcpu->vmx->write_count)
		return refuse(extack, NULL, -EOPNOTSUPP,
			      "a vCPU with overwritten VMCS fields cannot be part of a snapshot");
	return 0;
}

static int raw_count_vcpus(struct teavmx_vm *vm, struct netlink_ext_ack *extack)
{
	struct teavmx_vcpu *vcpu;
	unsigned long id;
	int count = 0;
	int err;

	xa_for_each(&vm->vcpus, id, vcpu) {
		if (!raw_vcpu_lives(vcpu))
			continue;
		err = raw_vcpu_refuse(vcpu, extack);
		if (err)
			return err;
		count++;
	}
	return count;
}

static int raw_copy_policy(struct teavmx_raw *to, const struct teavmx_raw *from)
{
	/*
	 * The source is a VM whose lock is held, or a snapshot, which does not
	 * change; the destination has no vCPU.
	 */
	const struct vmx_cpuid *table =
		rcu_dereference_protected(from->cpuid, true);
	struct vmx_cpuid *copy = kmemdup(table,
					 struct_size(table, list, table->count),
					 GFP_KERNEL_ACCOUNT);

	if (!copy)
		return -ENOMEM;
	kfree(rcu_dereference_protected(to->cpuid, true));
	rcu_assign_pointer(to->cpuid, copy);
	memcpy(to->host_reasons, from->host_reasons, sizeof(to->host_reasons));
	memcpy(to->program_reasons, from->program_reasons,
	       sizeof(to->program_reasons));
	to->host_exceptions = from->host_exceptions;
	memcpy(to->msrs, from->msrs, sizeof(to->msrs));
	to->msr_count = from->msr_count;
	to->tsc_offset = from->tsc_offset;
	return 0;
}

static int raw_save_vcpu(struct teavmx_vcpu *vcpu, struct raw_vcpu *to)
{
	to->id = vcpu->id;
	to->apic_id = vcpu->apic_id;
	to->state = vcpu_state(vcpu);
	to->stop = vcpu->stop;
	to->bounds = vcpu->bounds;
	return vmx_state_save(vcpu->vmx, &to->vmx);
}

static int raw_save_vcpus(struct teavmx_vm *vm, struct raw_snapshot *snapshot)
{
	struct teavmx_vcpu *vcpu;
	unsigned long id;
	int err;

	xa_for_each(&vm->vcpus, id, vcpu) {
		if (!raw_vcpu_lives(vcpu))
			continue;
		err = raw_save_vcpu(vcpu, &snapshot->vcpus[snapshot->count]);
		if (err)
			return err;
		snapshot->count++;
	}
	return 0;
}

/*
 * RAM is last: once the VM has given its pages to the new snapshot there is no way
 * back to the one before, so nothing may fail then.
 */
static int raw_fill_snapshot(struct teavmx_vm *vm,
			     struct raw_snapshot *snapshot)
{
	struct teavmx_raw *raw = vm->raw;
	int err = raw_copy_policy(&snapshot->policy, raw);

	if (!err)
		err = raw_save_vcpus(vm, snapshot);
	if (!err)
		err = ram_snapshot_take(&raw->ram);
	if (err)
		return err;
	snapshot->tsc = rdtsc();
	snapshot->base = ram_base_get(raw->ram.base);
	return 0;
}

/**
 * payload_raw_snapshot_take() - replace the snapshot of a VM
 * @vm: a raw VM, locked
 * @extack: receives a message on failure, unless VMX cannot be used
 *
 * Context: may sleep.
 *
 * Return: 0; -EBUSY if a vCPU runs; -EOPNOTSUPP for a vCPU of a test; -ENOMEM, an
 * errno of pages_reserve(), or another one when VMX cannot be used. The snapshot
 * before remains then.
 */
int payload_raw_snapshot_take(struct teavmx_vm *vm,
			      struct netlink_ext_ack *extack)
{
	int count = raw_count_vcpus(vm, extack);
	struct raw_snapshot *snapshot;
	int err;

	if (count < 0)
		return count;
	snapshot = kvzalloc(struct_size(snapshot, vcpus, count),
			    GFP_KERNEL_ACCOUNT);
	if (!snapshot)
		return refuse(extack, NULL, -ENOMEM, raw_snapshot_no_memory);
	refcount_set(&snapshot->refs, 1);
	err = raw_fill_snapshot(vm, snapshot);
	if (err) {
		payload_raw_snapshot_put(snapshot);
		if (pages_refused(err))
			refuse(extack, NULL, err, pages_refused(err));
		return err;
	}
	payload_raw_snapshot_put(vm->raw->snapshot);
	vm->raw->snapshot = snapshot;
	return 0;
}

static const struct raw_vcpu *
raw_find_vcpu(const struct raw_snapshot *snapshot, u32 id)
{
	unsigned int i;

	for (i = 0; i < snapshot->count; i++)
		if (snapshot->vcpus[i].id == id)
			return &snapshot->vcpus[i];
	return NULL;
}

static int raw_compare_vcpus(struct teavmx_vm *vm,
			     const struct raw_snapshot *snapshot,
			     struct netlink_ext_ack *extack)
{
	unsigned int found = 0;
	struct teavmx_vcpu *vcpu;
	unsigned long id;
	int err;

	xa_for_each(&vm->vcpus, id, vcpu) {
		if (!raw_vcpu_lives(vcpu))
			continue;
		if (!raw_find_vcpu(snapshot, id))
			return refuse(extack, NULL, -EBUSY,
				      "the VM has a vCPU that the snapshot lacks; kill it or take another snapshot");
		err = raw_vcpu_need_stopped(vcpu, extack);
		if (err)
			return err;
		found++;
	}
	if (found == snapshot->count)
		return 0;
	return refuse(extack, NULL, -ESRCH,
		      "a vCPU of the snapshot has exited; make a clone of the VM instead");
}

static int raw_restore_vcpu(struct teavmx_vcpu *vcpu,
			    const struct raw_vcpu *from, u64 tsc_change)
{
	int err = vmx_state_restore(vcpu->vmx, &from->vmx, tsc_change);

	if (err)
		return err;
	vcpu_await_record(vcpu);
	clear_bit(VCPU_REQUEST_PAUSE, &vcpu->requests);
	vcpu->takes_over = false;
	vcpu->bounds = from->bounds;
	vcpu->started = from->state != TEAVMX_VCPU_STATE_READY;
	vcpu->stop = from->stop;
	vcpu_set_state(vcpu, from->state, 0);
	return 0;
}

/*
 * The TSCs of all vCPUs continue from their values in the snapshot. One reading of
 * the host's TSC is for all of them, so that they remain synchronized.
 */
static int raw_restore(struct teavmx_vm *vm,
		       const struct raw_snapshot *snapshot)
{
	u64 tsc_change = snapshot->tsc - rdtsc();
	unsigned int i;
	int err;

	for (i = 0; i < snapshot->count; i++) {
		const struct raw_vcpu *from = &snapshot->vcpus[i];

		err = raw_restore_vcpu(vm_vcpu(vm, from->id), from, tsc_change);
		if (err)
			return err;
	}
	vm->raw->tsc_offset = snapshot->policy.tsc_offset + tsc_change;
	ram_snapshot_reset(&vm->raw->ram);
	return 0;
}

/**
 * payload_raw_snapshot_reset() - take a VM back to its snapshot
 * @vm: a raw VM, locked
 * @extack: receives a message on failure, unless VMX cannot be used
 *
 * Context: may sleep.
 *
 * Return: 0; -ENOENT without a snapshot; -EBUSY if a vCPU runs, or is not in the
 * snapshot; -ESRCH if a vCPU has exited since; or another errno when VMX cannot be
 * used: a part of the vCPUs has been reset then, and the reset has to be repeated.
 */
int payload_raw_snapshot_reset(struct teavmx_vm *vm,
			       struct netlink_ext_ack *extack)
{
	struct raw_snapshot *snapshot = payload_raw_snapshot_get(vm, extack);
	int err;

	if (IS_ERR(snapshot))
		return PTR_ERR(snapshot);
	err = raw_compare_vcpus(vm, snapshot, extack) ?:
	      raw_restore(vm, snapshot);
	payload_raw_snapshot_put(snapshot);
	return err;
}

/*
 * The vCPU gets the number and the APIC ID that it has in the snapshot: RAM of the
 * guest may name both, and vCPUs in between may have exited before it was taken.
 */
static int raw_clone_vcpu(struct teavmx_vm *vm, const struct raw_vcpu *from,
			  struct netlink_ext_ack *extack)
{
	struct vcpu_params params = {
		.backend = &vmx_backend,
		.apic_id = from->apic_id,
		.has_apic_id = true,
	};
	struct teavmx_vcpu *vcpu;

	vm->next_vcpu = from->id;
	vcpu = vm_new_vcpu(vm, &params, extack);
	return PTR_ERR_OR_ZERO(vcpu);
}

/**
 * payload_raw_snapshot_clone() - begin with the snapshot of another VM
 * @vm: a new raw VM with payload_raw_snapshot_memory() bytes of RAM, locked
 * @snapshot: the snapshot, which becomes that of @vm too
 * @extack: receives a message on failure, unless VMX cannot be used
 *
 * Context: may sleep.
 *
 * Return: 0 or a negative errno; the caller deletes the VM then.
 */
int payload_raw_snapshot_clone(struct teavmx_vm *vm,
			       struct raw_snapshot *snapshot,
			       struct netlink_ext_ack *extack)
{
	int err = raw_copy_policy(vm->raw, &snapshot->policy);
	unsigned int i;

	if (err)
		return refuse(extack, NULL, err, raw_snapshot_no_memory);
	ram_snapshot_attach(&vm->raw->ram, snapshot->base);
	refcount_inc(&snapshot->refs);
	vm->raw->snapshot = snapshot;
	for (i = 0; i < snapshot->count; i++) {
		err = raw_clone_vcpu(vm, &snapshot->vcpus[i], extack);
		if (err)
			return err;
	}
	return raw_restore(vm, snapshot);
}
