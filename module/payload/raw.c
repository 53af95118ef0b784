// SPDX-License-Identifier: GPL-2.0-only
#include "payload.h"
#include "raw_break.h"
#include "raw_snapshot.h"
#include "../memory/pages.h"
#include "../memory/ram_snapshot.h"
#include "../refuse.h"
#include "../vcpu.h"
#include "../vm.h"
#include "../vmx/caps.h"
#include "../vmx/raw/cpuid.h"
#include "../vmx/raw/exits.h"
#include "../vmx/raw/regs.h"
#include "../vmx/raw/vm.h"
#include "../vmx/run.h"

#include <linux/bitops.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/stringify.h>
#include <asm/msr.h>
#include <asm/vmx.h>

#include <uapi/vmx.h>

/*
 * The raw payload: code that the host program has written into RAM. Exits that
 * the module does not answer itself pause the vCPU for the host program.
 */

/**
 * payload_raw_refuse_size() - why a raw VM cannot have so much RAM
 * @memory: bytes
 *
 * Return: a constant, or NULL when it can.
 */
const char *payload_raw_refuse_size(u64 memory)
{
	if (memory < SZ_4K || memory > TEAVMX_MEMORY_MAX)
		return "RAM must have from 4 KiB to 1 GiB";
	if (!IS_ALIGNED(memory, SZ_4K))
		return "RAM must have a multiple of 4096 bytes";
	return NULL;
}

static int raw_fill(struct teavmx_raw *raw, u64 memory, atomic_long_t *pages)
{
	struct vmx_cpuid *cpuid = vmx_cpuid_usual();

	if (!cpuid)
		return -ENOMEM;
	if (ram_create(&raw->ram, memory, pages)) {
		kfree(cpuid);
		return -ENOMEM;
	}
	rcu_assign_pointer(raw->cpuid, cpuid);
	raw->tsc_offset = -rdtsc();
	return 0;
}

static int raw_vm_init(struct teavmx_vm *vm, u64 memory,
		       struct netlink_ext_ack *extack)
{
	const char *refused = vmx_caps_raw_missing();
	struct teavmx_raw *raw;

	if (refused)
		return refuse(extack, NULL, -EOPNOTSUPP, refused);
	raw = kzalloc(sizeof(*raw), GFP_KERNEL_ACCOUNT);
	if (raw && raw_fill(raw, memory, &vm->pages)) {
		kfree(raw);
		raw = NULL;
	}
	if (!raw)
		return refuse(extack, NULL, -ENOMEM,
			      "not enough memory for the VM");
	raw_exit_default_reasons(raw->host_reasons);
	vm->raw = raw;
	return 0;
}

static void raw_vm_free(struct teavmx_vm *vm)
{
	struct teavmx_raw *raw = vm->raw;

	if (!raw)
		return;
	payload_raw_snapshot_put(raw->snapshot);
	ram_destroy(&raw->ram);
	/*
	 * No vCPU is left that could read it under RCU, and no request can find
	 * the VM any more.
	 */
	kfree(rcu_dereference_protected(raw->cpuid, true));
	kfree(raw);
}

static void raw_vm_info(const struct teavmx_vm *vm,
			struct payload_vm_info *info)
{
	const struct teavmx_raw *raw = vm->raw;

	info->memory = raw->ram.size;
	info->memory_used = ram_pages_used(&raw->ram) << PAGE_SHIFT;
	/*
	 * x86 is little-endian, so the kernel's bitmap of longs has the bits at
	 * the same places as the bitmap of bytes of the attribute.
	 */
	memcpy(info->host_reasons, raw->host_reasons,
	       sizeof(info->host_reasons));
	memcpy(info->program_reasons, raw->program_reasons,
	       sizeof(info->program_reasons));
	info->host_exceptions = raw->host_exceptions;
}

/*
 * The lowest APIC ID that no live vCPU uses, when there is room for a new vCPU: max_vcpus
 * bounds the live vCPUs, and CPUID reports as many processors.
 */
static u8 raw_free_apic_id(struct teavmx_vm *vm)
{
	struct teavmx_vcpu *vcpu;
	unsigned long used = 0;
	unsigned long id;

	xa_for_each(&vm->vcpus, id, vcpu)
		if (vcpu_state(vcpu) != TEAVMX_VCPU_STATE_EXITED)
			used |= BIT(vcpu->apic_id);
	return ffz(used);
}

/* Attributes that only vCPUs of TEA processes have are refused, not ignored. */
static int raw_admit(struct teavmx_vm *vm, struct vcpu_params *params,
		     struct netlink_ext_ack *extack)
{
	if (params->tea_attr)
		return refuse(extack, params->tea_attr, -EINVAL,
			      "this attribute is only for TEA processes, and the VM is a raw one");
	if (params->backend->id != TEAVMX_BACKEND_VMX)
		return refuse(extack, params->backend_attr, -EOPNOTSUPP,
			      "a raw VM requires the vmx back end");
	return 0;
}

static int raw_load(struct teavmx_vcpu *vcpu, const struct vcpu_params *params,
		    int *code)
{
	*code = 0;
	if (!params->has_apic_id)
		vcpu->apic_id = raw_free_apic_id(vcpu->vm);
	atomic_inc(&vcpu->vm->raw->ram.vcpus);
	/* Pairs with the barrier of replace_page() in ram.c. */
	smp_mb__after_atomic();
	return 0;
}

static void raw_free(struct teavmx_vcpu *vcpu)
{
	atomic_dec(&vcpu->vm->raw->ram.vcpus);
}

static void raw_entry(struct teavmx_vcpu *vcpu, struct vmx_setup *setup)
{
	setup->hooks = &vmx_raw_hooks;
	setup->raw = vcpu->vm->raw;
	setup->apic_id = vcpu->apic_id;
	setup->queue = &vcpu->injections;
}

/*
 * A program that has moved RIP before it resumes the run has executed the
 * instruction that exited, which is a step of the guest. An instruction that it
 * has answered is counted when it is completed.
 */
static void raw_begin(struct teavmx_vcpu *vcpu, struct vcpu_result *result)
{
	struct vcpu_bounds *bounds = &vcpu->bounds;

	if (vcpu->resumed && bounds->steps && !vcpu->vmx->advance &&
	    vcpu->vmx->rip != vcpu->vmx->exit.rip && !--bounds->steps)
		vcpu_stop(result, TEAVMX_STOP_STEPS);
}

/*
 * An instruction that the host program has answered is completed first, which a
 * guest run with a reason to pause does without an entry.
 */
static void raw_pause(struct teavmx_vcpu *vcpu, struct vcpu_result *result)
{
	if (vcpu->vmx->advance)
		vcpu_reached(result, TEAVMX_STOP_REQUEST);
	else
		vcpu_stop(result, TEAVMX_STOP_REQUEST);
}

/*
 * A bound that was reached by an exit for the program pauses the vCPU first, as
 * a resumed run would not reach it again. The next run repeats the exit.
 */
static void raw_stop_exit(const struct teavmx_raw *raw, u16 reason,
			  struct vcpu_result *result)
{
	if (!raw_for_program(raw, reason))
		vcpu_stop(result, TEAVMX_STOP_EXIT);
	else if (result->stop)
		result->kind = VCPU_PAUSED;
	else
		vcpu_stop(result, TEAVMX_STOP_PROGRAM);
}

/*
 * EPT violations can be routed to the host program, but not those that are only
 * due to a snapshot.
 */
static bool raw_touch(struct teavmx_raw *raw, const struct vmx_exit *exit)
{
	unsigned int access = RAM_BY_GUEST;

	if (raw_for_host(raw, exit->reason) &&
	    !ram_snapshot_has(&raw->ram, exit->gpa))
		return false;
	if (exit->qualification & VMX_EPT_WRITABLE_MASK)
		access |= RAM_WRITE;
	return !ram_touch(&raw->ram, exit->gpa, access);
}

/*
 * The first access to a page of RAM allocates it, the first write to a page of
 * a snapshot copies it, and the guest continues. All other exits are for the
 * host program.
 */
static void raw_exit(struct teavmx_vcpu *vcpu, struct vcpu_result *result)
{
	const struct vmx_exit *exit = result->exit;
	struct teavmx_raw *raw = vcpu->vm->raw;

	if (result->kind == VCPU_FAILED)
		vcpu_stop(result, TEAVMX_STOP_FAIL);
	else if ((u16)exit->reason == VMX_EXIT_EPT_VIOLATION &&
		 raw_touch(raw, exit))
		result->kind = VCPU_CONTINUES;
	else
		raw_stop_exit(raw, exit->reason, result);
}

static void raw_finish(struct teavmx_vcpu *vcpu, u8 code)
{
}

static bool raw_is_not(const struct teavmx_vcpu *vcpu)
{
	return false;
}

static void raw_answer_in(struct vmx_vcpu *vmx, u64 value)
{
	u64 qualification = vmx->exit.qualification;

	if (!(qualification & EXIT_IO_IN) || qualification & EXIT_IO_STRING)
		return;
	switch (EXIT_IO_SIZE(qualification)) {
	case 1:
		vmx->regs.rax = (vmx->regs.rax & ~0xffULL) | (u8)value;
		break;
	case 2:
		vmx->regs.rax = (vmx->regs.rax & ~0xffffULL) | (u16)value;
		break;
	default:
		/* A 32-bit result clears the upper half. */
		vmx->regs.rax = (u32)value;
	}
}

/*
 * If the exit interrupted the delivery of an event, there is no instruction to
 * complete. All other exits can be answered only if they have the length of the
 * instruction.
 */
static int raw_answer(struct teavmx_vcpu *vcpu, u64 value,
		      struct netlink_ext_ack *extack)
{
	struct vmx_vcpu *vmx = vcpu->vmx;
	const char *refused = NULL;

	if (!vcpu_paused_by_exit(vcpu))
		return refuse(extack, NULL, -EINVAL,
			      "the vCPU is not paused for an exit; run it without an answer");
	if (!(vmx->exit.vectoring & VECTORING_INFO_VALID_MASK))
		refused = vmx_exit_no_length(&vmx->exit);
	if (refused)
		return refuse(extack, NULL, -EINVAL, refused);
	switch ((u16)vmx->exit.reason) {
	case VMX_EXIT_IO_INSTRUCTION:
		raw_answer_in(vmx, value);
		break;
	case VMX_EXIT_MSR_READ:
		vmx->regs.rax = (u32)value;
		vmx->regs.rdx = value >> 32;
		break;
	}
	vmx->advance = true;
	return 0;
}

/* The next run first handles such an exit, with the registers of that moment. */
static int raw_inspect(struct teavmx_vcpu *vcpu, bool change,
		       struct netlink_ext_ack *extack)
{
	int err = vcpu_need_stopped(vcpu, extack);

	if (err || !change || !vcpu->takes_over)
		return err;
	return refuse(extack, NULL, -EBUSY,
		      "the last exit of a vCPU was not handled, as no thread could be created for it; run it first");
}

static int raw_register_check(const struct vmx_register *reg,
			      const char **refused)
{
	if (!vmx_regs_known(reg->number)) {
		*refused = "a raw vCPU has no such register";
		return -ENOENT;
	}
	*refused = vmx_regs_refuse(reg);
	return *refused ? -EINVAL : 0;
}

static int raw_regs_get(struct teavmx_vcpu *vcpu,
			struct vmx_registers *registers)
{
	return vmx_regs_get(vcpu->vmx, registers) ?: VMX_REGISTERS;
}

static int raw_regs_set(struct teavmx_vcpu *vcpu,
			const struct vmx_register *changes, unsigned int count,
			struct netlink_ext_ack *extack)
{
	const char *refused = NULL;
	int err = vmx_regs_set(vcpu->vmx, changes, count, &refused);

	return refused ? refuse(extack, NULL, err, refused) : err;
}

static int raw_check_memory(const struct payload_memory *access,
			    struct netlink_ext_ack *extack)
{
	if (access->vcpu)
		return refuse(extack, access->vcpu_attr, -EINVAL,
			      "memory of a raw VM belongs to no vCPU; leave out the vCPU");
	if (!ram_contains(&access->vm->raw->ram, access->address, access->size))
		return refuse(extack, access->address_attr, -ERANGE,
			      "the addresses are outside of the RAM");
	return 0;
}

static int raw_mem_read(const struct payload_memory *access,
			struct netlink_ext_ack *extack)
{
	int err = raw_check_memory(access, extack);

	if (!err)
		ram_read(&access->vm->raw->ram, access->address, access->to,
			 access->size);
	return err;
}

static int raw_mem_write(const struct payload_memory *access,
			 struct netlink_ext_ack *extack)
{
	int err = raw_check_memory(access, extack);

	if (err)
		return err;
	err = ram_write(&access->vm->raw->ram, access->address, access->from,
			access->size);
	return err ? refuse(extack, access->address_attr, err,
			    pages_refused(err) ?:
			    "not enough memory for the guest's RAM") : 0;
}

const struct payload_ops payload_raw = {
	.foreign = "the VM is not a raw one",
	.max_vcpus = TEAVMX_RAW_VCPUS_MAX,
	.full = "a raw VM has at most " __stringify(TEAVMX_RAW_VCPUS_MAX)
		" vCPUs",
	.vm_init = raw_vm_init,
	.vm_free = raw_vm_free,
	.vm_info = raw_vm_info,
	.admit = raw_admit,
	.load = raw_load,
	.free = raw_free,
	.entry = raw_entry,
	.begin = raw_begin,
	.pause = raw_pause,
	.exit = raw_exit,
	.wakes = raw_is_not,
	.finish = raw_finish,
	.debugged = raw_is_not,
	.bound = vcpu_bound,
	.answer = raw_answer,
	.inspect = raw_inspect,
	.register_check = raw_register_check,
	.regs_get = raw_regs_get,
	.regs_set = raw_regs_set,
	.mem_read = raw_mem_read,
	.mem_write = raw_mem_write,
	.break_set = payload_raw_break_set,
	.break_clear = payload_raw_break_clear,
	.break_clear_all = payload_raw_break_clear_all,
	.break_next = payload_raw_break_next,
};
