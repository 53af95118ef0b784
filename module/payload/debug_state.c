// SPDX-License-Identifier: GPL-2.0-only
#include "debug.h"
#include "../refuse.h"
#include "../vmx/raw/regs.h"

#include <linux/compiler.h>
#include <linux/minmax.h>
#include <linux/nospec.h>
#include <linux/string.h>
#include <linux/stringify.h>

#include <uapi/regs.h>

/*
 * Requests about the state of TEA processes under a debugger: registers, stack
 * and breakpoints.
 */

/**
 * payload_debug_bound() - can these bounds be enforced for a process?
 * @vcpu: the vCPU
 * @run: the bounds
 * @extack: receives a message on failure
 *
 * Return: 0 or a negative errno.
 */
int payload_debug_bound(struct teavmx_vcpu *vcpu, struct payload_run *run,
			struct netlink_ext_ack *extack)
{
	static_assert((int)TEAVMX_UNTIL_NONE == (int)TEA_DEBUG_UNTIL_NONE);
	static_assert((int)TEAVMX_UNTIL_LEVEL == (int)TEA_DEBUG_UNTIL_LEVEL);
	static_assert((int)TEAVMX_UNTIL_RETURN == (int)TEA_DEBUG_UNTIL_RETURN);

	if (!vcpu->debug)
		return vcpu_bound(vcpu, run, extack);
	if (run->bounds.exits)
		return refuse(extack, run->exits_attr, -EOPNOTSUPP,
			      "the exits of a process under a debugger cannot be bounded; bound its steps");
	if (run->bounds.time)
		return refuse(extack, run->time_attr, -EOPNOTSUPP,
			      "the time of a process under a debugger cannot be bounded; bound its steps");
	return 0;
}

static int debug_need_debugger(struct teavmx_vcpu *vcpu,
			       struct netlink_ext_ack *extack)
{
	return vcpu->debug ? 0 :
	       refuse(extack, NULL, -EINVAL,
		      "the vCPU's process was not created to be debugged");
}

/* The exit message of a process depends on its final state. */
static int debug_need_unended(struct teavmx_vcpu *vcpu,
			      struct netlink_ext_ack *extack)
{
	if (!vcpu->debug->ended)
		return 0;
	return refuse(extack, NULL, -EBUSY,
		      "the process has ended, and its final state cannot be changed");
}

/**
 * payload_debug_inspect() - can a process be examined, or changed, now?
 * @vcpu: the vCPU
 * @change: true to change it, false to read it
 * @extack: receives a message on failure
 *
 * Return: 0, -EINVAL when it is not under a debugger, -EBUSY when it runs, or
 * when it has ended and would be changed.
 */
int payload_debug_inspect(struct teavmx_vcpu *vcpu, bool change,
			  struct netlink_ext_ack *extack)
{
	int err;

	err = debug_need_debugger(vcpu, extack);
	if (err)
		return err;
	err = vcpu_need_stopped(vcpu, extack);
	return err || !change ? err : debug_need_unended(vcpu, extack);
}

/*
 * The current registers of a process. With the vmx back end they are in guest
 * memory, so they may have any value: see tea_debug_look().
 */
static struct tea_process *debug_live(struct teavmx_vcpu *vcpu)
{
	return vcpu->guest ?: &vcpu->process;
}

/**
 * payload_debug_regs_get() - read the registers of a process
 * @vcpu: the vCPU
 * @registers: receives the registers
 *
 * Return: number of registers.
 */
int payload_debug_regs_get(struct teavmx_vcpu *vcpu,
			   struct vmx_registers *registers)
{
	struct vmx_register *list = registers->list;
	struct tea_registers now;

	tea_debug_look(debug_live(vcpu), vcpu->stack_size, &now);
	list[0] = (struct vmx_register){ TEAVMX_REG_TEA_CP, now.cp };
	list[1] = (struct vmx_register){ TEAVMX_REG_TEA_SP, now.sp };
	list[2] = (struct vmx_register){ TEAVMX_REG_TEA_FLAGS, now.flags };
	list[3] = (struct vmx_register){ TEAVMX_REG_TEA_STEPS, now.steps };
	return 4;
}

/**
 * payload_debug_register_check() - may a register of a process be set?
 * @reg: the register; payload_debug_regs_set() checks the value, as its range
 *	depends on the process
 * @refused: receives a message on failure, a constant
 *
 * Return: 0, -EPERM or -ENOENT.
 */
int payload_debug_register_check(const struct vmx_register *reg,
				 const char **refused)
{
	switch (reg->number) {
	case TEAVMX_REG_TEA_CP:
	case TEAVMX_REG_TEA_SP:
	case TEAVMX_REG_TEA_FLAGS:
		return 0;
	case TEAVMX_REG_TEA_STEPS:
		*refused = "the register steps is read-only";
		return -EPERM;
	default:
		*refused = "a TEA process has no such register";
		return -ENOENT;
	}
}

static void debug_change(struct tea_registers *registers,
			 const struct vmx_register *change)
{
	/* A value of more than 32 bits remains outside of every valid range. */
	unsigned int value = min_t(u64, change->value, U32_MAX);

	if (change->number == TEAVMX_REG_TEA_CP)
		registers->cp = value;
	else if (change->number == TEAVMX_REG_TEA_SP)
		registers->sp = value;
	else
		registers->flags = value;
}

static const char *debug_refuse_registers(const struct teavmx_vcpu *vcpu,
					  const struct tea_registers *now,
					  const struct tea_registers *wanted)
{
	/*
	 * cp may be outside of the code already, if the process has just jumped
	 * there and will fail at the next step. It need not be changed then.
	 */
	if (wanted->cp != now->cp && wanted->cp >= vcpu->process.code_size)
		return "cp must be inside of the code";
	if (wanted->sp > vcpu->stack_size)
		return "sp is larger than the stack";
	if (wanted->flags & ~(TEA_FLAG_N | TEA_FLAG_Z | TEA_FLAG_C))
		return "flags must have no bits but N (8), Z (4) and C (2)";
	return NULL;
}

/**
 * payload_debug_regs_set() - change the registers of a process
 * @vcpu: the vCPU
 * @changes: the registers and their new values
 * @count: number of @changes
 * @extack: receives a message on failure
 *
 * Return: 0, or -ERANGE, in which case no register has changed.
 */
int payload_debug_regs_set(struct teavmx_vcpu *vcpu,
			   const struct vmx_register *changes,
			   unsigned int count, struct netlink_ext_ack *extack)
{
	struct tea_process *process = debug_live(vcpu);
	struct tea_registers now, wanted;
	const char *refused;
	unsigned int i;

	tea_debug_look(process, vcpu->stack_size, &now);
	wanted = now;
	for (i = 0; i < count; i++)
		debug_change(&wanted, &changes[i]);
	refused = debug_refuse_registers(vcpu, &now, &wanted);
	if (refused)
		return refuse(extack, NULL, -ERANGE, refused);
	WRITE_ONCE(process->cp, wanted.cp);
	WRITE_ONCE(process->sp, wanted.sp);
	WRITE_ONCE(process->flags, wanted.flags);
	return 0;
}

static int debug_check_memory(const struct payload_memory *access,
			      struct netlink_ext_ack *extack)
{
	struct teavmx_vcpu *vcpu = access->vcpu;
	int err;

	if (!vcpu)
		return refuse(extack, access->vm_attr, -EINVAL,
			      payload_raw.foreign);
	err = debug_need_debugger(vcpu, extack);
	if (err)
		return err;
	err = vcpu_need_stopped(vcpu, extack);
	if (err)
		return err;
	if (access->address > vcpu->stack_size ||
	    access->size > vcpu->stack_size - access->address)
		return refuse(extack, access->address_attr, -ERANGE,
			      "the address is outside of the stack");
	return 0;
}

/**
 * payload_debug_mem_read() - read the stack of a process
 * @access: the bytes
 * @extack: receives a message on failure
 *
 * Return: 0, -EINVAL, -ERANGE or -EBUSY.
 */
int payload_debug_mem_read(const struct payload_memory *access,
			   struct netlink_ext_ack *extack)
{
	int err = debug_check_memory(access, extack);

	if (!err)
		memcpy(access->to, access->vcpu->process.stack +
		       access->address, access->size);
	return err;
}

/**
 * payload_debug_mem_write() - write the stack of a process
 * @access: the bytes
 * @extack: receives a message on failure
 *
 * Return: 0, -EINVAL, -ERANGE or -EBUSY.
 */
int payload_debug_mem_write(const struct payload_memory *access,
			    struct netlink_ext_ack *extack)
{
	int err = debug_check_memory(access, extack) ?:
		  debug_need_unended(access->vcpu, extack);

	if (!err)
		memcpy(access->vcpu->process.stack + access->address,
		       access->from, access->size);
	return err;
}

static unsigned short *debug_find(unsigned short *list, unsigned int count,
				  u64 address)
{
	unsigned int i;

	for (i = 0; i < count; i++)
		if (list[i] == address)
			return &list[i];
	return NULL;
}

/*
 * A list of breakpoints at code or of watched bytes, with its limits and the
 * messages for requests beyond them.
 */
struct debug_list {
	unsigned short *list;
	unsigned int *count;
	unsigned int max;
	u64 end;
	const char *outside;
	const char *full;
};

static struct debug_list debug_list_of(struct teavmx_vcpu *vcpu, u32 kind)
{
	struct tea_debug *control = &vcpu->debug->control;

	if (kind == TEAVMX_BREAKPOINT_KIND_TEA_STACK)
		return (struct debug_list){
			.list = control->watches,
			.count = &control->watch_count,
			.max = TEA_DEBUG_WATCHES,
			.end = vcpu->stack_size,
			.outside = "the address is outside of the stack",
			.full = __stringify(TEA_DEBUG_WATCHES)
				" bytes of the stack are watched already; delete a breakpoint",
		};
	return (struct debug_list){
		.list = control->breaks,
		.count = &control->break_count,
		.max = TEA_DEBUG_BREAKS,
		.end = vcpu->process.code_size,
		.outside = "the address is outside of the code",
		.full = "there are " __stringify(TEA_DEBUG_BREAKS)
			" breakpoints already; delete one",
	};
}

static int debug_check_break(const struct payload_break *which,
			     struct netlink_ext_ack *extack)
{
	if (which->kind != TEAVMX_BREAKPOINT_KIND_TEA_CODE &&
	    which->kind != TEAVMX_BREAKPOINT_KIND_TEA_STACK)
		return refuse(extack, which->kind_attr, -EINVAL,
			      "a TEA process has no breakpoints of this kind");
	if (which->size_attr)
		return refuse(extack, which->size_attr, -EINVAL,
			      "a breakpoint of a TEA process has no size");
	return 0;
}

/**
 * payload_debug_break_set() - set a breakpoint or watch a byte
 * @vcpu: the vCPU
 * @new: code address, or index from the bottom of the stack
 * @extack: receives a message on failure
 *
 * Return: 0, -EINVAL, -ERANGE, -EEXIST or -ENOSPC.
 */
int payload_debug_break_set(struct teavmx_vcpu *vcpu,
			    const struct payload_break *new,
			    struct netlink_ext_ack *extack)
{
	struct debug_list list = debug_list_of(vcpu, new->kind);
	int err = debug_check_break(new, extack);

	if (err)
		return err;
	if (new->address >= list.end)
		return refuse(extack, new->address_attr, -ERANGE, list.outside);
	if (debug_find(list.list, *list.count, new->address))
		return refuse(extack, new->address_attr, -EEXIST,
			      "this breakpoint is set already");
	if (*list.count == list.max)
		return refuse(extack, new->address_attr, -ENOSPC, list.full);
	list.list[(*list.count)++] = new->address;
	return 0;
}

/**
 * payload_debug_break_clear() - undo payload_debug_break_set()
 * @vcpu: the vCPU
 * @which: as there
 * @extack: receives a message on failure
 *
 * Return: 0, -EINVAL or -ENOENT.
 */
int payload_debug_break_clear(struct teavmx_vcpu *vcpu,
			      const struct payload_break *which,
			      struct netlink_ext_ack *extack)
{
	struct debug_list list = debug_list_of(vcpu, which->kind);
	int err = debug_check_break(which, extack);
	unsigned short *one;

	if (err)
		return err;
	one = debug_find(list.list, *list.count, which->address);
	if (!one)
		return refuse(extack, which->address_attr, -ENOENT,
			      "no such breakpoint is set");
	*one = list.list[--*list.count];
	return 0;
}

/**
 * payload_debug_break_clear_all() - delete breakpoints and watched bytes
 * @vcpu: the vCPU
 */
void payload_debug_break_clear_all(struct teavmx_vcpu *vcpu)
{
	vcpu->debug->control.break_count = 0;
	vcpu->debug->control.watch_count = 0;
}

/**
 * payload_debug_break_next() - find a breakpoint or a watched byte
 * @vcpu: the vCPU
 * @place: see struct payload_ops
 * @found: receives it
 *
 * Return: false when there is none.
 */
bool payload_debug_break_next(struct teavmx_vcpu *vcpu, u64 *place,
			      struct payload_break *found)
{
	const struct tea_debug *control = &vcpu->debug->control;
	u64 n = (*place)++;

	if (n < control->break_count) {
		*found = (struct payload_break){
			.kind = TEAVMX_BREAKPOINT_KIND_TEA_CODE,
			.address = control->breaks[array_index_nospec(n, TEA_DEBUG_BREAKS)],
		};
		return true;
	}
	n -= control->break_count;
	if (n >= control->watch_count)
		return false;
	*found = (struct payload_break){
		.kind = TEAVMX_BREAKPOINT_KIND_TEA_STACK,
		.address = control->watches[array_index_nospec(n, TEA_DEBUG_WATCHES)],
	};
	return true;
}
