// SPDX-License-Identifier: GPL-2.0-only
#include "payload.h"
#include "raw.h"
#include "../vcpu.h"
#include "../vm.h"
#include "../vmx/caps.h"
#include "../vmx/raw/cpuid.h"
#include "../vmx/exit.h"
#include "../vmx/run.h"

#include <linux/netlink.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <asm/msr.h>
#include <asm/vmx.h>

#include <uapi/vmx.h>

/*
 * The raw payload: whatever the host program put into RAM. Exits that the
 * module does not answer itself pause the vCPU for the host program.
 */

static const char *check_memory(u64 memory)
{
	if (memory < SZ_4K || memory > TEAVMX_MEMORY_MAX)
		return "RAM is from 4 KiB to 1 GiB";
	if (!IS_ALIGNED(memory, SZ_4K))
		return "RAM is a multiple of 4096 bytes";
	return NULL;
}

static int fill_raw(struct teavmx_raw *raw, u64 memory, atomic_long_t *pages)
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

/**
 * raw_create() - what a raw VM needs
 * @memory: bytes of RAM
 * @pages: counts the pages of the VM
 * @extack: receives a sentence on failure
 *
 * Return: it, or an error pointer: -EINVAL, -EOPNOTSUPP where the processor
 * cannot run such guests, -ENOMEM.
 */
struct teavmx_raw *raw_create(u64 memory, atomic_long_t *pages,
			      struct netlink_ext_ack *extack)
{
	const char *refused = check_memory(memory);
	struct teavmx_raw *raw;

	if (refused) {
		extack->_msg = refused;
		return ERR_PTR(-EINVAL);
	}
	refused = vmx_caps_raw_missing();
	if (refused) {
		extack->_msg = refused;
		return ERR_PTR(-EOPNOTSUPP);
	}
	raw = kzalloc(sizeof(*raw), GFP_KERNEL_ACCOUNT);
	if (raw && fill_raw(raw, memory, pages)) {
		kfree(raw);
		raw = NULL;
	}
	if (!raw) {
		NL_SET_ERR_MSG(extack, "not enough memory for the VM");
		return ERR_PTR(-ENOMEM);
	}
	vmx_exit_default_reasons(raw->host_reasons);
	return raw;
}

/**
 * raw_destroy() - undo raw_create()
 * @raw: of a VM without vCPUs, or NULL
 */
void raw_destroy(struct teavmx_raw *raw)
{
	if (!raw)
		return;
	ram_destroy(&raw->ram);
	/* No vCPU is left that could be reading it. */
	kfree(rcu_dereference_protected(raw->cpuid, true));
	kfree(raw);
}

/**
 * payload_raw_touch() - an access to RAM without a page
 * @vcpu: the vCPU; called by its thread
 *
 * Return: VCPU_AGAIN, or VCPU_PAUSED when the address is not RAM, when there is
 * no memory or when pages_reserve() refuses it.
 */
enum vcpu_turn payload_raw_touch(struct teavmx_vcpu *vcpu)
{
	if (ram_touch(&vcpu->vm->raw->ram, vcpu->vmx->exit.gpa))
		return vcpu_stop(vcpu, TEAVMX_STOP_EXIT);
	return VCPU_AGAIN;
}

/* SDM "Exit Qualification for I/O Instructions" */
#define IO_SIZE(qualification)		(((qualification) & 7) + 1)
#define IO_IN				BIT(3)
#define IO_STRING			BIT(4)

static void answer_in(struct vmx_vcpu *vmx, u64 value)
{
	u64 qualification = vmx->exit.qualification;

	if (!(qualification & IO_IN) || qualification & IO_STRING)
		return;
	switch (IO_SIZE(qualification)) {
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

/**
 * payload_raw_answer() - the host program has done what the guest exited for
 * @vcpu: a vCPU that does not run
 * @value: for IN and RDMSR
 * @refused: receives why not, a constant
 *
 * The delivery of an event is done without any instruction. All else needs the
 * length of one.
 *
 * Return: 0, -EINVAL when it is not paused for an exit, -EOPNOTSUPP when the
 * processor did not tell where the next instruction is.
 */
int payload_raw_answer(struct teavmx_vcpu *vcpu, u64 value,
		       const char **refused)
{
	struct vmx_vcpu *vmx = vcpu->vmx;

	if (!vcpu->vm->raw || vcpu->state != TEAVMX_VCPU_STATE_PAUSED ||
	    vcpu->stop != TEAVMX_STOP_EXIT) {
		*refused = "the vCPU is not paused for an exit";
		return -EINVAL;
	}
	if (!(vmx->exit.vectoring & VECTORING_INFO_VALID_MASK))
		*refused = vmx_exit_no_length(&vmx->exit);
	if (*refused)
		return -EOPNOTSUPP;
	switch ((u16)vmx->exit.reason) {
	case VMX_EXIT_IO_INSTRUCTION:
		answer_in(vmx, value);
		break;
	case VMX_EXIT_MSR_READ:
		vmx->regs.rax = (u32)value;
		vmx->regs.rdx = value >> 32;
		break;
	}
	vmx->advance = true;
	return 0;
}
