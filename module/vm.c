// SPDX-License-Identifier: GPL-2.0-only
#include "vm.h"
#include "event/stream.h"
#include "payload/payload.h"
#include "refuse.h"
#include "vcpu.h"
#include "vmx/own.h"

#include <linux/bitops.h>
#include <linux/err.h>
#include <linux/memcontrol.h>
#include <linux/module.h>
#include <linux/netlink.h>
#include <linux/slab.h>
#include <net/sock.h>

struct vm_limits vm_limits = {
	.vms = 64,
	.vcpus = 255,
	.log = 1024,
};

/*
 * Guards vms, next_vm, vms_count and vms_generation. No vm->lock is taken while
 * it is held: that may be held for long, and requests for other VMs would wait.
 */
static DEFINE_MUTEX(vms_lock);
static DEFINE_XARRAY_ALLOC1(vms);
static u32 next_vm = 1;
/*
 * Number of VMs that are not freed yet. A deleted VM is no longer in the table,
 * but its memory still counts for max_vms.
 */
static unsigned int vms_count;
/*
 * Incremented with each VM that is created or deleted, so that a dump can
 * report that it is inconsistent.
 */
static u32 vms_generation = 1;
/* The same for the vCPUs of all VMs, which no common lock guards. */
static atomic_t vcpus_generation = ATOMIC_INIT(1);
static struct workqueue_struct *release_queue;

/*
 * A vCPU that has exited and has no memory, or will after a few more
 * instructions.
 */
#define VM_VCPU_EXITED XA_MARK_1

int vm_init(void)
{
	release_queue = alloc_workqueue("teavmx", WQ_UNBOUND, 0);
	return release_queue ? 0 : -ENOMEM;
}

/* The table is empty, as each VM in it holds a reference to the module. */
void vm_exit(void)
{
	/* This waits until vm_release() has returned for each deleted VM. */
	destroy_workqueue(release_queue);
	event_streams_exit();
	xa_destroy(&vms);
}

static void discard_vm(struct teavmx_vm *vm)
{
	if (vm->socket)
		sock_put(vm->socket);
	vm->payload->vm_free(vm);
	event_log_put(vm->log);
	mem_cgroup_put(vm->memcg);
	kfree(vm);
}

static void free_vm(struct kref *ref)
{
	struct teavmx_vm *vm = container_of(ref, struct teavmx_vm, ref);

	discard_vm(vm);

	mutex_lock(&vms_lock);
	vms_count--;
	mutex_unlock(&vms_lock);
}

/*
 * Ends the vCPUs of a deleted VM. This is a work item because it waits for
 * their threads, for which a netlink request must not wait.
 */
static void vm_release(struct work_struct *work)
{
	struct teavmx_vm *vm = container_of(work, struct teavmx_vm, release);
	struct teavmx_vcpu *vcpu;
	unsigned long id;

	mutex_lock(&vm->lock);
	vm->dead = true;
	xa_for_each(&vm->vcpus, id, vcpu)
		vcpu_kill(vcpu);
	/*
	 * The lock is released before the wait, because the thread of a vCPU
	 * takes it in commands_from_inside() to launch a process. No other
	 * thread accesses the vCPUs of a dead VM.
	 */
	mutex_unlock(&vm->lock);
	xa_for_each(&vm->vcpus, id, vcpu)
		vcpu_wait_ended(vcpu);
	/*
	 * A request that has run a guest itself uses the vCPU until it releases
	 * the lock, and lets the vCPU end before that.
	 */
	mutex_lock(&vm->lock);
	mutex_unlock(&vm->lock);
	xa_for_each(&vm->vcpus, id, vcpu)
		vcpu_destroy(vcpu);
	xa_destroy(&vm->vcpus);
	event_log_end(vm->log, vm_limits.vms);
	if (vm->holds_vmx)
		vmx_own_put();
	kref_put(&vm->ref, free_vm);
}

static struct teavmx_vm *new_vm(u32 flags, const struct vm_owner *owner,
				const struct payload_ops *payload)
{
	struct teavmx_vm *vm = kzalloc(sizeof(*vm), GFP_KERNEL_ACCOUNT);

	if (!vm)
		return NULL;
	vm->log = event_log_new(vm_limits.log,
				flags & TEAVMX_VM_FLAGS_LOSSLESS);
	if (!vm->log) {
		kfree(vm);
		return NULL;
	}
	vm->flags = flags;
	vm->payload = payload;
	vm->owner = owner->port;
	if (!(flags & TEAVMX_VM_FLAGS_DETACHED)) {
		sock_hold(owner->socket);
		vm->socket = owner->socket;
	}
	vm->memcg = get_mem_cgroup_from_mm(current->mm);
	kref_init(&vm->ref);
	mutex_init(&vm->lock);
	xa_init_flags(&vm->vcpus, XA_FLAGS_ALLOC1);
	vm->next_vcpu = 1;
	vm->generation = 1;
	spin_lock_init(&vm->ports_lock);
	tea_ports_init(&vm->ports);
	INIT_WORK(&vm->release, vm_release);
	return vm;
}

/*
 * Adds a VM to the table. Numbers are allocated cyclically: a late request for
 * a deleted VM must not reach a new one with the same number.
 */
static int insert_vm(struct teavmx_vm *vm, struct netlink_ext_ack *extack)
{
	int err;

	lockdep_assert_held(&vms_lock);
	if (vms_count >= vm_limits.vms)
		return refuse(extack, NULL, -EBUSY,
			      "max_vms reached; delete a VM or load the module with a higher max_vms");
	err = xa_alloc_cyclic(&vms, &vm->id, vm, xa_limit_32b, &next_vm,
			      GFP_KERNEL_ACCOUNT);
	if (err < 0)
		return refuse(extack, NULL, err,
			      "not enough memory for the VM's number");
	vms_count++;
	WRITE_ONCE(vms_generation, vms_generation + 1);
	return 0;
}

/**
 * vm_create() - create a VM
 * @flags: enum teavmx_vm_flags
 * @owner: the socket that sent the request
 * @payload: what its guests run
 * @memory: bytes of RAM, for a payload that has RAM
 * @extack: receives a message on failure
 *
 * A VM holds a reference to the module until it is deleted.
 *
 * Return: the VM, locked, to be released by vm_put(); or an error pointer:
 * -EBUSY at the limit, -ENODEV when the module is being unloaded, -ENOMEM, or the
 * errno of payload->vm_init().
 */
struct teavmx_vm *vm_create(u32 flags, const struct vm_owner *owner,
			    const struct payload_ops *payload, u64 memory,
			    struct netlink_ext_ack *extack)
{
	struct teavmx_vm *vm;
	int err;

	/* A VM that would be one too many needs no room. */
	if (vm_count() < vm_limits.vms)
		event_make_room();
	vm = new_vm(flags, owner, payload);
	if (!vm)
		return ERR_PTR(refuse(extack, NULL, -ENOMEM,
				      "not enough memory for the VM"));
	err = payload->vm_init(vm, memory, extack);
	if (err)
		goto err_discard;
	/*
	 * This fails once unloading has begun: vm_exit() expects an empty
	 * table, so a VM created now would never be freed.
	 */
	if (!try_module_get(THIS_MODULE)) {
		err = refuse(extack, NULL, -ENODEV,
			     "the module is being unloaded");
		goto err_discard;
	}
	/*
	 * It is locked before another thread can find it: one that deletes it
	 * waits until the caller has made its vCPU.
	 */
	mutex_lock(&vm->lock);
	mutex_lock(&vms_lock);
	err = insert_vm(vm, extack);
	/* This reference is the caller's; vm_release() drops the first one. */
	kref_get(&vm->ref);
	mutex_unlock(&vms_lock);
	if (err)
		goto err_insert;
	err = event_log_publish(vm->log, vm->id);
	if (!err)
		return vm;
	refuse(extack, NULL, err, err == -EBUSY ?
	       "the VM that had this number has not ended yet" :
	       "not enough memory for the VM's readers of events");
	vm_delete(vm->id);
	vm_put(vm);
	return ERR_PTR(err);

err_insert:
	mutex_unlock(&vm->lock);
	module_put(THIS_MODULE);
err_discard:
	discard_vm(vm);
	return ERR_PTR(err);
}

/*
 * Locks a VM. If it was deleted before its lock was taken, the caller's
 * reference is dropped and the result is NULL.
 */
static struct teavmx_vm *lock_living(struct teavmx_vm *vm)
{
	mutex_lock(&vm->lock);
	if (!vm->dead)
		return vm;
	vm_put(vm);
	return NULL;
}

/**
 * vm_get() - find a VM and lock it
 * @id: its number
 *
 * Return: the VM, locked, to be released by vm_put(), or NULL.
 */
struct teavmx_vm *vm_get(u32 id)
{
	struct teavmx_vm *vm;

	mutex_lock(&vms_lock);
	vm = xa_load(&vms, id);
	if (vm)
		kref_get(&vm->ref);
	mutex_unlock(&vms_lock);
	return vm ? lock_living(vm) : NULL;
}

/**
 * vm_get_next() - find the VM with this or the next higher number
 * @id: in: the lowest number; out: number of the VM
 *
 * Return: the VM, locked, to be released by vm_put(), or NULL if there is none.
 */
struct teavmx_vm *vm_get_next(u32 *id)
{
	unsigned long index = *id;
	struct teavmx_vm *vm;

	do {
		mutex_lock(&vms_lock);
		vm = xa_find(&vms, &index, U32_MAX, XA_PRESENT);
		if (vm)
			kref_get(&vm->ref);
		mutex_unlock(&vms_lock);
		*id = index++;
	} while (vm && !lock_living(vm));
	return vm;
}

void vm_put(struct teavmx_vm *vm)
{
	mutex_unlock(&vm->lock);
	kref_put(&vm->ref, free_vm);
}

/**
 * vm_relock() - lock a VM that the caller keeps by vm_hold()
 * @vm: the VM
 *
 * Return: true; false, and the VM is not locked, when it was deleted.
 */
bool vm_relock(struct teavmx_vm *vm)
{
	mutex_lock(&vm->lock);
	if (xa_load(&vms, vm->id) == vm)
		return true;
	mutex_unlock(&vm->lock);
	return false;
}

/**
 * vm_hold() - keep the structure of a VM, also when the VM is deleted
 * @vm: the VM; the caller has a reference
 */
void vm_hold(struct teavmx_vm *vm)
{
	kref_get(&vm->ref);
}

/**
 * vm_drop() - undo vm_hold()
 * @vm: the struct teavmx_vm, not locked by the caller
 *
 * Context: may sleep.
 */
void vm_drop(void *vm)
{
	struct teavmx_vm *held = vm;

	kref_put(&held->ref, free_vm);
}

/**
 * vm_count() - number of VMs that count for max_vms
 *
 * Return: the number, with deleted VMs that are not freed yet.
 */
unsigned int vm_count(void)
{
	return READ_ONCE(vms_count);
}

/**
 * vm_generation() - generation of the set of VMs
 *
 * Return: a number that differs after a VM was created or deleted.
 */
u32 vm_generation(void)
{
	return READ_ONCE(vms_generation);
}

/**
 * vm_vcpus_generation() - generation of the set of vCPUs of all VMs
 *
 * Return: a number that differs after a vCPU was created or removed.
 */
u32 vm_vcpus_generation(void)
{
	return atomic_read(&vcpus_generation);
}

static void count_change(struct teavmx_vm *vm)
{
	lockdep_assert_held(&vm->lock);
	vm->generation++;
	atomic_inc(&vcpus_generation);
}

static void remove_vm(struct teavmx_vm *vm)
{
	lockdep_assert_held(&vms_lock);
	xa_erase(&vms, vm->id);
	WRITE_ONCE(vms_generation, vms_generation + 1);
	atomic_inc(&vcpus_generation);
	queue_work(release_queue, &vm->release);
	/*
	 * The work item needs no reference to the module: vm_exit() waits for
	 * it.
	 */
	module_put(THIS_MODULE);
}

/**
 * vm_delete() - delete a VM
 * @id: its number
 *
 * Does not wait: vm_release() kills its vCPUs and frees its memory.
 *
 * Return: 0 or -ENOENT.
 */
int vm_delete(u32 id)
{
	struct teavmx_vm *vm;

	mutex_lock(&vms_lock);
	vm = xa_load(&vms, id);
	if (vm)
		remove_vm(vm);
	mutex_unlock(&vms_lock);
	return vm ? 0 : -ENOENT;
}

/**
 * vm_delete_orphans() - remove the VMs whose sockets are closed
 *
 * Detached VMs have no socket. A VM is not found by the port of the socket: the
 * kernel frees the port before it notifies of the closed socket, and another
 * socket, with VMs of its own, may have bound it by then.
 *
 * Context: the notifier of closed netlink sockets; the kernel marks a socket
 * dead before it calls this.
 */
void vm_delete_orphans(void)
{
	struct teavmx_vm *vm;
	unsigned long id;

	mutex_lock(&vms_lock);
	xa_for_each(&vms, id, vm)
		if (vm->socket && sock_flag(vm->socket, SOCK_DEAD))
			remove_vm(vm);
	mutex_unlock(&vms_lock);
}

/**
 * vm_process() - find a process that has not ended
 * @vm: the VM, locked
 * @pid: process number, 1 to 255
 *
 * Return: its vCPU, valid as long as the VM stays locked, or NULL.
 */
struct teavmx_vcpu *vm_process(struct teavmx_vm *vm, u8 pid)
{
	struct teavmx_vcpu *vcpu;

	lockdep_assert_held(&vm->lock);
	vcpu = xa_load(&vm->vcpus, vm->processes[pid]);
	/* A vCPU that was created later may have the number of a removed one. */
	if (vcpu && vcpu->pid == pid &&
	    vcpu_state(vcpu) != TEAVMX_VCPU_STATE_EXITED)
		return vcpu;
	return NULL;
}

/**
 * vm_is_alone() - has every other process of a VM ended?
 * @vcpu: the vCPU that is not meant; its VM is locked, and its state does not change
 *
 * Return: true if so.
 */
bool vm_is_alone(const struct teavmx_vcpu *vcpu)
{
	bool lives = vcpu_state(vcpu) != TEAVMX_VCPU_STATE_EXITED;

	lockdep_assert_held(&vcpu->vm->lock);
	return atomic_read(&vcpu->vm->living) == lives;
}

/**
 * vm_process_begins() - give a process that has ended its pid again
 * @vcpu: its vCPU, for which vm_is_alone() is true; the VM is locked since, and
 *	has no launch that is not complete, so the pid is free
 */
void vm_process_begins(struct teavmx_vcpu *vcpu)
{
	struct teavmx_vm *vm = vcpu->vm;

	lockdep_assert_held(&vm->lock);
	set_bit(vcpu->pid, vm->pids);
	vm->processes[vcpu->pid] = vcpu->id;
	atomic_inc(&vm->living);
}

/**
 * vm_process_ends() - let the pid of a vCPU be found
 * @vcpu: the vCPU; its state becomes EXITED next, which makes the pid free
 *
 * The bit is changed before the state, so that it is not missed once another
 * thread has seen the state. vm_choose_pid() reads the state of what it finds. The
 * count is changed before the state for the same reason, and after the bit, which
 * vm_process_begins() may set for another process with this pid.
 *
 * Context: any thread.
 */
void vm_process_ends(struct teavmx_vcpu *vcpu)
{
	clear_bit(vcpu->pid, vcpu->vm->pids);
	/* A full barrier. Pairs with the dependency on vm_is_alone() in its callers. */
	atomic_dec_return(&vcpu->vm->living);
}

/**
 * vm_place_ends() - let the place of a vCPU without memory be found
 * @vcpu: the vCPU; its state is EXITED or becomes that next, which makes the place
 *	free
 *
 * make_room() reads the state, as in vm_process_ends().
 *
 * Context: any thread.
 */
void vm_place_ends(struct teavmx_vcpu *vcpu)
{
	xa_set_mark(&vcpu->vm->vcpus, vcpu->id, VM_VCPU_EXITED);
}

static bool pid_in_use(struct teavmx_vm *vm, u8 pid)
{
	return xa_load(&vm->commands.launches, pid) || vm_process(vm, pid);
}

/**
 * vm_choose_pid() - choose the number of a new process
 * @vm: the VM, locked
 * @wanted: the requested number, 0 for the lowest free one
 * @extack: receives a message on failure
 *
 * Return: 1 to 255, or -EBUSY.
 */
int vm_choose_pid(struct teavmx_vm *vm, u8 wanted,
		  struct netlink_ext_ack *extack)
{
	unsigned int free;

	if (wanted) {
		if (!pid_in_use(vm, wanted))
			return wanted;
		return refuse(extack, NULL, -EBUSY,
			      "the process number is in use by a process or a launch that has not ended");
	}
	free = 1;
	for_each_clear_bit_from(free, vm->pids, TEA_PID_MAX + 1)
		if (!pid_in_use(vm, free))
			return free;
	return refuse(extack, NULL, -EBUSY,
		      "all 255 process numbers are in use");
}

static void remove_exited(struct teavmx_vm *vm, struct teavmx_vcpu *vcpu)
{
	xa_erase(&vm->vcpus, vcpu->id);
	vm->vcpu_count--;
	count_change(vm);
	vcpu_destroy(vcpu);
}

/*
 * At the limit the exited vCPU with the lowest number is removed: a launcher
 * need not collect exited processes itself.
 */
static int make_room(struct teavmx_vm *vm, struct netlink_ext_ack *extack)
{
	unsigned int limit = min(vm_limits.vcpus, vm->payload->max_vcpus);
	struct teavmx_vcpu *vcpu;
	unsigned long id;

	if (vm->vcpu_count < limit)
		return 0;
	xa_for_each_marked(&vm->vcpus, id, vcpu, VM_VCPU_EXITED) {
		if (vcpu_state(vcpu) != TEAVMX_VCPU_STATE_EXITED)
			continue;
		remove_exited(vm, vcpu);
		return 0;
	}
	return refuse(extack, NULL, -EBUSY, limit < vm_limits.vcpus ?
		      vm->payload->full :
		      "max_vcpus reached; kill a vCPU or load the module with a higher max_vcpus");
}

/**
 * vm_new_vcpu() - add a vCPU to a VM
 * @vm: the VM, locked
 * @params: the parameters of the vCPU
 * @extack: receives a message on failure
 *
 * Return: the vCPU or an error pointer: -EBUSY when the pid is in use or the
 * limit is reached, or an errno of vcpu_create().
 */
struct teavmx_vcpu *vm_new_vcpu(struct teavmx_vm *vm,
				struct vcpu_params *params,
				struct netlink_ext_ack *extack)
{
	struct teavmx_vcpu *vcpu;
	u32 id;
	int err;

	lockdep_assert_held(&vm->lock);
	err = vm->payload->admit(vm, params, extack) ?: make_room(vm, extack);
	if (err)
		return ERR_PTR(err);
	event_make_room();
	err = xa_alloc_cyclic(&vm->vcpus, &id, NULL, xa_limit_32b,
			      &vm->next_vcpu, GFP_KERNEL_ACCOUNT);
	if (err < 0)
		return ERR_PTR(refuse(extack, NULL, err,
				      "not enough memory for the vCPU's number"));
	/* A process that breaks a launch rule ends in vcpu_create(). */
	set_bit(params->pid, vm->pids);
	atomic_inc(&vm->living);
	vcpu = vcpu_create(vm, id, params, extack);
	if (IS_ERR(vcpu)) {
		atomic_dec(&vm->living);
		clear_bit(params->pid, vm->pids);
		xa_erase(&vm->vcpus, id);
		/*
		 * No record and no reply had this number, so the next vCPU gets it,
		 * and the numbers of a VM have no gap.
		 */
		vm->next_vcpu = id;
		return vcpu;
	}
	/*
	 * xa_alloc_cyclic() has reserved the entry, so xa_store() does not
	 * allocate and cannot fail.
	 */
	xa_store(&vm->vcpus, id, vcpu, GFP_KERNEL_ACCOUNT);
	vm->processes[vcpu->pid] = id;
	vm->vcpu_count++;
	count_change(vm);
	return vcpu;
}

/**
 * vm_vcpu() - find a vCPU
 * @vm: the VM, locked
 * @id: number of the vCPU
 *
 * Return: the vCPU, valid as long as the VM stays locked, or NULL.
 */
struct teavmx_vcpu *vm_vcpu(struct teavmx_vm *vm, u32 id)
{
	lockdep_assert_held(&vm->lock);
	return xa_load(&vm->vcpus, id);
}
