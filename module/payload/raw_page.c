// SPDX-License-Identifier: GPL-2.0-only
#include "raw_page.h"
#include "payload.h"
#include "../memory/mapping.h"
#include "../refuse.h"
#include "../vcpu/slice.h"
#include "../vcpu.h"
#include "../vm.h"
#include "../vmx/run.h"

#include <linux/anon_inodes.h>
#include <linux/build_bug.h>
#include <linux/compiler.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/string.h>

#include <uapi/vcpu_page.h>

/*
 * A file of a raw vCPU, with a page for exits and their answers. A host program
 * that answers exits by it needs no netlink messages. It does nothing that
 * VCPU_RUN with a slice could not do: the state is checked by the same
 * functions, under the same lock.
 *
 * The host program can write to the page at any time. So each value is read
 * once, and the copy is checked; any value of an answer or of a general
 * register is legal.
 */

/**
 * struct raw_page - what a file of a vCPU needs
 * @vm: its VM, which the file keeps
 * @vcpu: number of the vCPU, which the file does not keep
 * @page: the page, which exists as long as the file
 */
struct raw_page {
	struct teavmx_vm *vm;
	u32 vcpu;
	struct teavmx_vcpu_page *page;
};

static_assert(sizeof(struct teavmx_vcpu_page) <= TEAVMX_VCPU_PAGE_SIZE);
static_assert(TEAVMX_VCPU_PAGE_SIZE == PAGE_SIZE);

/* Both have the same registers in the same order. */
static_assert(offsetof(struct teavmx_page_registers, rbx) ==
	      offsetof(struct vmx_regs, rbx));
static_assert(offsetof(struct teavmx_page_registers, r8) ==
	      offsetof(struct vmx_regs, r8));
static_assert(sizeof(struct teavmx_page_registers) == sizeof(struct vmx_regs));

static u32 raw_page_put_exit(struct teavmx_page_exit *to,
			     const struct vmx_exit *exit)
{
	u64 value;
	bool has_value = vmx_exit_value(exit, &value);

	to->qualification = exit->qualification;
	to->rip = exit->rip;
	to->value = has_value ? value : 0;
	to->guest_physical = exit->gpa;
	to->linear = exit->linear;
	to->reason = exit->reason;
	to->fields = exit->fields;
	to->instruction_length = exit->length;
	to->instruction_info = exit->info;
	to->intr_info = exit->intr_info;
	to->intr_error = exit->intr_error;
	to->vectoring = exit->vectoring;
	to->vectoring_error = exit->vectoring_error;
	to->guest_ticks = exit->guest_ticks;
	to->cpu = exit->cpu;
	return has_value ? TEAVMX_PAGE_HAS_EXIT | TEAVMX_PAGE_HAS_VALUE :
			   TEAVMX_PAGE_HAS_EXIT;
}

/* A vCPU that does not run, and has not exited, has registers. */
static void raw_page_put_stop(struct teavmx_vcpu_page *page,
			      const struct teavmx_vcpu *vcpu)
{
	page->state = vcpu->state;
	page->stop = vcpu->stop;
	page->has = vcpu_paused_by_exit(vcpu) ?
		    raw_page_put_exit(&page->exit, &vcpu->vmx->exit) : 0;
	memcpy(&page->registers, &vcpu->vmx->regs, sizeof(page->registers));
}

/*
 * Shows how a vCPU is. One whose thread has been woken, and has not changed the
 * state yet, runs.
 */
static void raw_page_put(struct teavmx_vcpu_page *page,
			 const struct teavmx_vcpu *vcpu)
{
	if (vcpu_is_stopped(vcpu)) {
		raw_page_put_stop(page, vcpu);
		return;
	}
	page->state = vcpu_state(vcpu) == TEAVMX_VCPU_STATE_EXITED ?
		      TEAVMX_VCPU_STATE_EXITED : TEAVMX_VCPU_STATE_RUNNING;
	page->stop = TEAVMX_STOP_NONE;
	page->has = 0;
}

static int raw_page_check(struct teavmx_vcpu *vcpu, u32 flags,
			  struct netlink_ext_ack *extack)
{
	if (flags & ~(TEAVMX_PAGE_ANSWER | TEAVMX_PAGE_REGISTERS))
		return refuse(extack, NULL, -EINVAL,
			      "the flags in the page have unknown bits");
	return vcpu->vm->payload->inspect(vcpu, flags & TEAVMX_PAGE_REGISTERS,
					  extack);
}

/*
 * Completes the exit. The registers come last: a refused answer leaves them as
 * they were, and they replace what an answer has changed.
 */
static int raw_page_answer(const struct teavmx_vcpu_page *page, u32 flags,
			   struct teavmx_vcpu *vcpu,
			   struct netlink_ext_ack *extack)
{
	int err = 0;

	if (flags & TEAVMX_PAGE_ANSWER)
		err = vcpu->vm->payload->answer(vcpu, READ_ONCE(page->answer),
						extack);
	if (!err && flags & TEAVMX_PAGE_REGISTERS)
		memcpy(&vcpu->vmx->regs, &page->registers,
		       sizeof(page->registers));
	return err;
}

static int raw_page_continue(struct teavmx_vcpu_page *page,
			     struct teavmx_vcpu *vcpu,
			     struct netlink_ext_ack *extack)
{
	static const struct vcpu_bounds unbounded;
	u32 flags = READ_ONCE(page->flags);
	bool resumes;
	int err;

	err = raw_page_check(vcpu, flags, extack);
	if (err)
		return err;
	resumes = vcpu_paused_by_exit(vcpu);
	err = raw_page_answer(page, flags, vcpu, extack) ?:
	      vcpu_run_slice(vcpu, resumes ? NULL : &unbounded, NULL, extack);
	if (!err)
		raw_page_put(page, vcpu);
	return err;
}

static int raw_page_show(struct teavmx_vcpu_page *page,
			 struct teavmx_vcpu *vcpu,
			 struct netlink_ext_ack *extack)
{
	raw_page_put(page, vcpu);
	return 0;
}

/* The number of a vCPU is used again only after all others. */
static int raw_page_with_vcpu(const struct raw_page *raw_page,
			      int (*act)(struct teavmx_vcpu_page *page,
					 struct teavmx_vcpu *vcpu,
					 struct netlink_ext_ack *extack),
			      struct netlink_ext_ack *extack)
{
	struct teavmx_vm *vm = raw_page->vm;
	struct teavmx_vcpu *vcpu;
	int err;

	if (!vm_relock(vm))
		return refuse(extack, NULL, -ENODEV, "the VM was deleted");
	vcpu = vm_vcpu(vm, raw_page->vcpu);
	err = vcpu ? act(raw_page->page, vcpu, extack) :
		     refuse(extack, NULL, -ENODEV,
			    "the vCPU has exited, and another one has its place");
	mutex_unlock(&vm->lock);
	return err;
}

static long raw_page_ioctl(struct file *file, unsigned int number,
			   unsigned long argument)
{
	const struct raw_page *raw_page = file->private_data;
	struct netlink_ext_ack extack = { };
	int err;

	switch (number) {
	case TEAVMX_VCPU_CONTINUE:
		err = raw_page_with_vcpu(raw_page, raw_page_continue, &extack);
		break;
	case TEAVMX_VCPU_SHOW:
		err = raw_page_with_vcpu(raw_page, raw_page_show, &extack);
		break;
	default:
		return -ENOTTY;
	}
	if (err)
		strscpy(raw_page->page->message, extack._msg ?: "",
			sizeof(raw_page->page->message));
	return err;
}

static vm_fault_t raw_page_fault(struct vm_fault *fault)
{
	const struct raw_page *raw_page = fault->vma->vm_file->private_data;

	fault->page = virt_to_page(raw_page->page);
	get_page(fault->page);
	return 0;
}

static const struct vm_operations_struct raw_page_mapping = {
	.fault = raw_page_fault,
};

static int raw_page_mmap(struct file *file, struct vm_area_struct *vma)
{
	int err = mapping_admit(vma, 1);

	if (!err)
		vma->vm_ops = &raw_page_mapping;
	return err;
}

static void raw_page_free(struct raw_page *raw_page)
{
	free_page((unsigned long)raw_page->page);
	kfree(raw_page);
}

static int raw_page_release(struct inode *inode, struct file *file)
{
	struct raw_page *raw_page = file->private_data;

	vm_drop(raw_page->vm);
	raw_page_free(raw_page);
	return 0;
}

static const struct file_operations raw_page_operations = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = raw_page_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.mmap = raw_page_mmap,
	.release = raw_page_release,
	.llseek = noop_llseek,
};

static struct raw_page *raw_page_new(struct teavmx_vcpu *vcpu)
{
	struct raw_page *raw_page = kmalloc(sizeof(*raw_page),
					    GFP_KERNEL_ACCOUNT);

	if (!raw_page)
		return NULL;
	raw_page->page = (void *)get_zeroed_page(GFP_KERNEL_ACCOUNT);
	if (!raw_page->page) {
		kfree(raw_page);
		return NULL;
	}
	raw_page->vm = vcpu->vm;
	raw_page->vcpu = vcpu->id;
	raw_page->page->version = TEAVMX_VCPU_PAGE_VERSION;
	raw_page->page->size = sizeof(*raw_page->page);
	raw_page_put(raw_page->page, vcpu);
	return raw_page;
}

/**
 * raw_page_create() - create a file of a vCPU, with a page for its exits
 * @vcpu: a vCPU of a raw VM, which is locked
 *
 * The file keeps the VM and holds a reference to the module. The page is
 * charged to the caller. It shows how the vCPU is now.
 *
 * Context: may sleep.
 *
 * Return: the file, for fput(), or an error pointer.
 */
struct file *raw_page_create(struct teavmx_vcpu *vcpu)
{
	struct raw_page *raw_page = raw_page_new(vcpu);
	struct file *file;

	if (!raw_page)
		return ERR_PTR(-ENOMEM);
	file = anon_inode_getfile("[teavmx-vcpu]", &raw_page_operations,
				  raw_page, O_RDWR);
	if (IS_ERR(file))
		raw_page_free(raw_page);
	else
		vm_hold(vcpu->vm);
	return file;
}
