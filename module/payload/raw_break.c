// SPDX-License-Identifier: GPL-2.0-only
#include "raw_break.h"
#include "payload.h"
#include "../refuse.h"
#include "../vcpu.h"
#include "../vm.h"
#include "../vmx/raw/breakpoint.h"
#include "../vmx/raw/step.h"
#include "../vmx/raw/vm.h"

#include <linux/align.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/sched.h>

/*
 * Breakpoints of raw guests. They use either debug registers, which belong to
 * one vCPU, or the rights of pages of the RAM, which all vCPUs of the VM share.
 */

static bool raw_break_is_page(u32 kind)
{
	return kind >= TEAVMX_BREAKPOINT_KIND_PAGE_EXECUTE;
}

static int raw_break_check_kind(const struct payload_break *one,
				struct netlink_ext_ack *extack)
{
	if (one->kind <= TEAVMX_BREAKPOINT_KIND_PAGE_ACCESS)
		return 0;
	return refuse(extack, one->kind_attr, -EINVAL,
		      "a raw vCPU has no breakpoints of this kind");
}

static int raw_break_check_size(const struct payload_break *new, u8 size,
				struct netlink_ext_ack *extack)
{
	switch (size) {
	case 1: case 2: case 4: case 8:
		break;
	default:
		return refuse(extack, new->size_attr, -EINVAL,
			      "the size must be 1, 2, 4 or 8 bytes");
	}
	if (new->kind == TEAVMX_BREAKPOINT_KIND_INSTRUCTION && size != 1)
		return refuse(extack, new->size_attr, -EINVAL,
			      "a breakpoint at an instruction has no size; leave it out");
	if (!IS_ALIGNED(new->address, size))
		return refuse(extack, new->address_attr, -EINVAL,
			      "the address must be a multiple of the size");
	return 0;
}

static int raw_break_check_page(const struct payload_break *new,
				struct netlink_ext_ack *extack)
{
	const char *missing = step_missing();

	if (new->size_attr)
		return refuse(extack, new->size_attr, -EINVAL,
			      "a breakpoint at a page has no size; leave it out");
	if (!PAGE_ALIGNED(new->address))
		return refuse(extack, new->address_attr, -EINVAL,
			      "the address of a page must be a multiple of 4096");
	return missing ? refuse(extack, new->kind_attr, -EOPNOTSUPP, missing) :
			 0;
}

/*
 * A vCPU that runs may have cached the old rights of the page. It is made to
 * exit, and raw_prepare_ept() executes INVEPT.
 */
static void raw_break_kick(struct teavmx_vm *vm)
{
	struct teavmx_vcpu *vcpu;
	unsigned long id;

	xa_for_each(&vm->vcpus, id, vcpu)
		vcpu_kick(vcpu);
}

static const char *raw_break_refused(int err)
{
	switch (err) {
	case -ERANGE:
		return "the address is outside of the RAM";
	case -EEXIST:
		return "this breakpoint is set already";
	default:
		return "not enough memory for the breakpoint";
	}
}

static int raw_break_set_page(struct teavmx_vm *vm,
			      const struct payload_break *new,
			      struct netlink_ext_ack *extack)
{
	int err = raw_break_check_page(new, extack);

	if (err)
		return err;
	err = ram_guard(&vm->raw->ram, new->address, new->kind);
	if (err)
		return refuse(extack, new->address_attr, err,
			      raw_break_refused(err));
	raw_break_kick(vm);
	return 0;
}

/**
 * payload_raw_break_set() - set a breakpoint
 * @vcpu: the vCPU
 * @new: the breakpoint
 * @extack: receives a message on failure
 *
 * Return: 0 or a negative errno; without a message when VMX cannot be used.
 */
int payload_raw_break_set(struct teavmx_vcpu *vcpu,
			  const struct payload_break *new,
			  struct netlink_ext_ack *extack)
{
	const struct vmx_break one = {
		.kind = new->kind,
		.address = new->address,
		.size = new->size_attr ? new->size : 1,
	};
	const char *refused = NULL;
	int err = raw_break_check_kind(new, extack);

	if (err)
		return err;
	if (raw_break_is_page(new->kind))
		return raw_break_set_page(vcpu->vm, new, extack);
	err = raw_break_check_size(new, one.size, extack);
	if (err)
		return err;
	err = break_set(vcpu->vmx, &one, &refused);
	return refused ? refuse(extack, new->address_attr, err, refused) : err;
}

/**
 * payload_raw_break_clear() - undo payload_raw_break_set()
 * @vcpu: the vCPU
 * @which: the breakpoint; its size does not matter
 * @extack: receives a message on failure
 *
 * Return: 0, -EINVAL or -ENOENT.
 */
int payload_raw_break_clear(struct teavmx_vcpu *vcpu,
			    const struct payload_break *which,
			    struct netlink_ext_ack *extack)
{
	struct teavmx_ram *ram = &vcpu->vm->raw->ram;
	int err = raw_break_check_kind(which, extack);

	if (err)
		return err;
	err = raw_break_is_page(which->kind) ?
	      ram_unguard(ram, which->address, which->kind) :
	      break_clear(vcpu->vmx, which->kind, which->address);
	return err ? refuse(extack, which->address_attr, err,
			    "no such breakpoint is set") : 0;
}

/**
 * payload_raw_break_clear_all() - delete all breakpoints that stop a vCPU
 * @vcpu: the vCPU
 *
 * Breakpoints at pages are those of all vCPUs of the VM.
 */
void payload_raw_break_clear_all(struct teavmx_vcpu *vcpu)
{
	break_clear_all(vcpu->vmx);
	ram_unguard_all(&vcpu->vm->raw->ram);
}

/* The host program chooses the place, which may be any number. */
static bool raw_break_next_page(struct teavmx_ram *ram, u64 *place,
				struct payload_break *found)
{
	u32 kind = min_t(u32, offset_in_page(*place),
			 TEAVMX_BREAKPOINT_KIND_PAGE_ACCESS + 1);
	u64 gpa = *place & PAGE_MASK;

	if (!ram_guard_next(ram, &gpa, &kind))
		return false;
	*found = (struct payload_break){ .kind = kind, .address = gpa };
	*place = gpa + kind + 1;
	return true;
}

/**
 * payload_raw_break_next() - find a breakpoint that stops a vCPU
 * @vcpu: the vCPU
 * @place: see struct payload_ops. After the debug registers it is the address
 *	of a page plus a kind of breakpoint
 * @found: receives the breakpoint
 *
 * Return: false when there is none.
 */
bool payload_raw_break_next(struct teavmx_vcpu *vcpu, u64 *place,
			    struct payload_break *found)
{
	const struct vmx_break *one = break_next(vcpu->vmx, place);
	bool more;

	if (one) {
		*found = (struct payload_break){
			.kind = one->kind,
			.address = one->address,
			.size = one->kind == TEAVMX_BREAKPOINT_KIND_INSTRUCTION ?
				0 : one->size,
			.hit = one->hit,
		};
		++*place;
		return true;
	}
	*place -= BREAKPOINTS;
	more = raw_break_next_page(&vcpu->vm->raw->ram, place, found);
	*place += BREAKPOINTS;
	return more;
}
