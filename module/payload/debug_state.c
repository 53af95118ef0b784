// SPDX-License-Identifier: GPL-2.0-only
#include "debug.h"
#include "../refuse.h"
#include "../vmx/raw/regs.h"

#include <linux/compiler.h>
#include <linux/minmax.h>
#include <linux/string.h>
#include <linux/stringify.h>

#include <uapi/regs.h>

/* Requests about TEA processes that are debugged. */

/**
 * payload_debug_bound() - can a process keep these bounds?
 * @vcpu: the vCPU
 * @run: the bounds
 * @extack: receives a message on failure
 *
 * Return: 0 or a negative errno.
 */
int payload_debug_bound(struct teavmx_vcpu *vcpu, struct payload_run *run,
			struct netlink_ext_ack *extack)
{
	static_assert((int)TEAVMX_UNTIL_ANY == (int)TEA_DEBUG_UNTIL_ANY);
	static_assert((int)TEAVMX_UNTIL_LEVEL == (int)TEA_DEBUG_UNTIL_LEVEL);
	static_assert((int)TEAVMX_UNTIL_RETURN == (int)TEA_DEBUG_UNTIL_RETURN);

	if (!vcpu->debug)
		return vcpu_bound(vcpu, run, extack);
	if (run->bounds.exits)
		return refuse(extack, run->exits_attr, -EOPNOTSUPP,
			      "a debugged process has no bound of exits");
	if (run->bounds.time)
		return refuse(extack, run->time_attr, -EOPNOTSUPP,
			      "a debugged process has no bound of time");
	return 0;
}

/* What a process ended with must not change any more. */
static int debug_need_unended(struct teavmx_vcpu *vcpu,
			      struct netlink_ext_ack *extack)
{
	if (!vcpu->debug->ended)
		return 0;
	return refuse(extack, NULL, -EBUSY, "the process has ended");
}

/**
 * payload_debug_inspect() - may a process be looked at now, or changed?
 * @vcpu: the vCPU
 * @change: it is to be changed
 * @extack: receives a message on failure
 *
 * Return: 0, -EINVAL when it is not debugged, -EBUSY.
 */
int payload_debug_inspect(struct teavmx_vcpu *vcpu, bool change,
			  struct netlink_ext_ack *extack)
{
	int err;

	if (!vcpu->debug)
		return refuse(extack, NULL, -EINVAL, payload_raw.foreign);
	err = vcpu_need_stopped(vcpu, extack);
	return err || !change ? err : debug_need_unended(vcpu, extack);
}

/* The registers of a guest are in its memory, which is not to be trusted. */
static struct tea_process *debug_live(struct teavmx_vcpu *vcpu)
{
	return vcpu->guest ?: &vcpu->process;
}

/**
 * payload_debug_regs_get() - read the registers of a process
 * @vcpu: the vCPU
 * @registers: receives them
 *
 * Return: how many there are.
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
 * @reg: the register; any value is taken here, as rules need the others too
 * @refused: receives why not, a constant
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
		*refused = "the number of steps cannot be set";
		return -EPERM;
	default:
		*refused = "there is no such register";
		return -ENOENT;
	}
}

static void debug_change(struct tea_registers *registers,
			 const struct vmx_register *change)
{
	/* A value above 32 bits stays outside of every range. */
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
	/* The program itself may have gone beyond, to fail at the next step. */
	if (wanted->cp != now->cp && wanted->cp >= vcpu->process.code_size)
		return "cp has to be inside of the code";
	if (wanted->sp > vcpu->stack_size)
		return "sp is larger than the stack";
	if (wanted->flags & ~(TEA_FLAG_N | TEA_FLAG_Z | TEA_FLAG_C))
		return "the flags are N (8), Z (4) and C (2)";
	return NULL;
}

/**
 * payload_debug_regs_set() - change the registers of a process
 * @vcpu: the vCPU
 * @changes: the registers
 * @count: how many
 * @extack: receives a message on failure
 *
 * Return: 0 or -ERANGE, and then none has changed.
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
	if (!vcpu->debug)
		return refuse(extack, NULL, -EINVAL,
			      "the vCPU is not debugged");
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

/* Breakpoints at code and watched bytes are two lists of the same kind. */
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
				" bytes of the stack are watched already",
		};
	return (struct debug_list){
		.list = control->breaks,
		.count = &control->break_count,
		.max = TEA_DEBUG_BREAKS,
		.end = vcpu->process.code_size,
		.outside = "the address is outside of the code",
		.full = "there are " __stringify(TEA_DEBUG_BREAKS)
			" breakpoints already",
	};
}

static int debug_check_break(const struct payload_break *which,
			     struct netlink_ext_ack *extack)
{
	if (which->kind != TEAVMX_BREAKPOINT_KIND_TEA_CODE &&
	    which->kind != TEAVMX_BREAKPOINT_KIND_TEA_STACK)
		return refuse(extack, which->kind_attr, -EINVAL,
			      "a TEA process has no such kind of breakpoint");
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
			      "there is such a breakpoint already");
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
			      "there is no such breakpoint");
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
