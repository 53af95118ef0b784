// SPDX-License-Identifier: GPL-2.0-only
#include "netlink.h"
#include "compat.h"
#include "netlink-gen.h"
#include "vcpu.h"
#include "vm.h"
#include "vmx/caps.h"
#include "vmx/caps_read.h"
#include "vmx/own.h"

#include <linux/capability.h>
#include <linux/cpu.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <net/genetlink.h>
#include <net/net_namespace.h>

/*
 * The generic-netlink family: turns attributes into calls and objects into
 * attributes, nothing else. No handler waits for a guest. A VM is locked from
 * vm_get() to vm_put().
 */

/* Room for the attributes of a vCPU besides its stack. */
#define VCPU_MESSAGE_SIZE 4096

/* Room for GET_INFO: all but the CPUs, and each of them. */
#define INFO_MESSAGE_SIZE 1024
#define CPU_NEST_SIZE nla_total_size(2 * nla_total_size(sizeof(u32)))

/* What one attribute can carry: its length field has 16 bits. */
#define ATTRIBUTE_MAX (U16_MAX - NLA_HDRLEN)

#define VMCS_WRITES_MAX 64

static bool vmx_break;
module_param(vmx_break, bool, 0444);
MODULE_PARM_DESC(vmx_break,
		 "Allow VCPU_NEW to overwrite VMCS fields; can crash the host; for tests (default: N)");

static struct genl_family family;

static int check_capable(struct sk_buff *skb, struct netlink_ext_ack *extack)
{
	if (netlink_capable(skb, CAP_SYS_ADMIN))
		return 0;
	NL_SET_ERR_MSG(extack, "CAP_SYS_ADMIN is needed");
	return -EPERM;
}

/* Not called for dumps, which check for themselves. */
static int pre_doit(const struct teavmx_genl_ops *ops, struct sk_buff *skb,
		    struct genl_info *info)
{
	return check_capable(skb, info->extack);
}

static struct sk_buff *new_reply(struct genl_info *info, u8 cmd, size_t size,
				 void **header)
{
	struct sk_buff *skb = genlmsg_new(size, GFP_KERNEL);

	if (!skb) {
		NL_SET_ERR_MSG(info->extack, "not enough memory for the reply");
		return NULL;
	}
	*header = genlmsg_put_reply(skb, info, &family, 0, cmd);
	return skb;
}

static int send_reply(struct sk_buff *skb, void *header,
		      struct genl_info *info, int err)
{
	if (err) {
		nlmsg_free(skb);
		NL_SET_ERR_MSG(info->extack, "the reply is too large");
		return err;
	}
	genlmsg_end(skb, header);
	return genlmsg_reply(skb, info);
}

/* A required attribute; its absence is blamed on its number. */
static struct nlattr *need(struct genl_info *info, int type, const char *missing)
{
	if (!info->attrs[type]) {
		NL_SET_ERR_ATTR_MISS(info->extack, NULL, type);
		/* A constant of the caller: it outlives the request. */
		info->extack->_msg = missing;
	}
	return info->attrs[type];
}

/* The VM that @id names, locked; a missing or wrong id is blamed. */
static struct teavmx_vm *get_vm(struct genl_info *info, unsigned int id)
{
	struct nlattr *attr = need(info, id, "the number of the VM is missing");
	struct teavmx_vm *vm;

	if (!attr)
		return ERR_PTR(-EINVAL);
	vm = vm_get(nla_get_u32(attr));
	if (vm)
		return vm;
	NL_SET_ERR_MSG_ATTR(info->extack, attr, "no VM has this number");
	return ERR_PTR(-ENOENT);
}

static struct teavmx_vcpu *get_vcpu(struct genl_info *info,
				    struct teavmx_vm *vm)
{
	struct nlattr *attr = need(info, TEAVMX_A_VCPU_ID,
				   "the number of the vCPU is missing");
	struct teavmx_vcpu *vcpu;

	if (!attr)
		return ERR_PTR(-EINVAL);
	vcpu = vm_vcpu(vm, nla_get_u32(attr));
	if (vcpu)
		return vcpu;
	NL_SET_ERR_MSG_ATTR(info->extack, attr, "no vCPU has this number");
	return ERR_PTR(-ENOENT);
}

static int put_one_cpu(struct sk_buff *skb, unsigned int cpu)
{
	struct nlattr *nest = nla_nest_start(skb, TEAVMX_A_INFO_CPU);

	if (!nest)
		return -EMSGSIZE;
	if (nla_put_u32(skb, TEAVMX_A_CPU_ID, cpu) ||
	    nla_put_u32(skb, TEAVMX_A_CPU_VMX_HOLDER, vmx_own_holder(cpu))) {
		nla_nest_cancel(skb, nest);
		return -EMSGSIZE;
	}
	nla_nest_end(skb, nest);
	return 0;
}

static int put_cpus(struct sk_buff *skb)
{
	unsigned int cpu;
	int err = 0;

	cpus_read_lock();
	for_each_online_cpu(cpu) {
		err = put_one_cpu(skb, cpu);
		if (err)
			break;
	}
	cpus_read_unlock();
	return err;
}

static int put_info(struct sk_buff *skb)
{
	const char *missing = vmx_caps_missing();

	if (nla_put_string(skb, TEAVMX_A_INFO_VERSION, TEAVMX_VERSION) ||
	    nla_put_u8(skb, TEAVMX_A_INFO_VMX, !missing) ||
	    (missing &&
	     nla_put_string(skb, TEAVMX_A_INFO_VMX_MISSING, missing)) ||
	    nla_put_u32(skb, TEAVMX_A_INFO_VMS, vm_count()) ||
	    nla_put_u32(skb, TEAVMX_A_INFO_MAX_VMS, vm_limits.vms) ||
	    nla_put_u32(skb, TEAVMX_A_INFO_MAX_VCPUS, vm_limits.vcpus) ||
	    nla_put_u32(skb, TEAVMX_A_INFO_LOG_SIZE, vm_limits.log) ||
	    nla_put_u32(skb, TEAVMX_A_INFO_VMX_CPUS, vmx_caps_cpus()) ||
	    nla_put_string(skb, TEAVMX_A_INFO_VMX_MODE,
			   vmx_own_mode() ? "own" : "share"))
		return -EMSGSIZE;
	return put_cpus(skb);
}

int teavmx_nl_get_info_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *version = info->attrs[TEAVMX_A_INFO_VERSION];
	struct sk_buff *reply;
	void *header;

	if (version && nla_strcmp(version, TEAVMX_VERSION))
		NL_SET_ERR_MSG(info->extack,
			       "module and tool are of different versions");
	reply = new_reply(info, TEAVMX_CMD_GET_INFO,
			  INFO_MESSAGE_SIZE + nr_cpu_ids * CPU_NEST_SIZE,
			  &header);
	if (!reply)
		return -ENOMEM;
	return send_reply(reply, header, info, put_info(reply));
}

static int put_vm(struct sk_buff *skb, struct teavmx_vm *vm)
{
	u64 first, next;

	first = event_log_first(&vm->log, &next);
	if (nla_put_u32(skb, TEAVMX_A_VM_ID, vm->id) ||
	    nla_put_u32(skb, TEAVMX_A_VM_FLAGS, vm->flags) ||
	    nla_put_u32(skb, TEAVMX_A_VM_OWNER, vm->owner) ||
	    nla_put_u32(skb, TEAVMX_A_VM_VCPUS, vm->vcpu_count) ||
	    nla_put_u64_64bit(skb, TEAVMX_A_VM_FIRST_SEQ, first,
			      TEAVMX_A_VM_PAD) ||
	    nla_put_u64_64bit(skb, TEAVMX_A_VM_NEXT_SEQ, next,
			      TEAVMX_A_VM_PAD))
		return -EMSGSIZE;
	return 0;
}

static int reply_vm(struct genl_info *info, struct teavmx_vm *vm, u8 cmd)
{
	struct sk_buff *reply;
	void *header;

	reply = new_reply(info, cmd, GENLMSG_DEFAULT_SIZE, &header);
	if (!reply)
		return -ENOMEM;
	return send_reply(reply, header, info, put_vm(reply, vm));
}

int teavmx_nl_vm_new_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *flags = info->attrs[TEAVMX_A_VM_FLAGS];
	struct teavmx_vm *vm;
	u32 id;
	int err;

	vm = vm_create(flags ? nla_get_u32(flags) : 0, info->snd_portid,
		       info->extack);
	if (IS_ERR(vm))
		return PTR_ERR(vm);
	id = vm->id;
	err = reply_vm(info, vm, TEAVMX_CMD_VM_NEW);
	vm_put(vm);
	/* Whoever did not get the number cannot use it. */
	if (err)
		vm_delete(id);
	return err;
}

int teavmx_nl_vm_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *id = need(info, TEAVMX_A_VM_ID,
				 "the number of the VM is missing");

	if (!id)
		return -EINVAL;
	if (!vm_delete(nla_get_u32(id)))
		return 0;
	NL_SET_ERR_MSG_ATTR(info->extack, id, "no VM has this number");
	return -ENOENT;
}

int teavmx_nl_vm_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct teavmx_vm *vm = get_vm(info, TEAVMX_A_VM_ID);
	int err;

	if (IS_ERR(vm))
		return PTR_ERR(vm);
	err = reply_vm(info, vm, TEAVMX_CMD_VM_GET);
	vm_put(vm);
	return err;
}

/* Where a dump stands: the next object to show. */
struct dump_place {
	u32 vm;
	u32 vcpu;
};

static struct dump_place *dump_place(struct netlink_callback *cb)
{
	static_assert(sizeof(struct dump_place) <=
		      sizeof_field(struct netlink_callback, ctx));
	return (struct dump_place *)cb->ctx;
}

static void *put_dump_header(struct sk_buff *skb, struct netlink_callback *cb,
			     u8 cmd)
{
	return genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
			   &family, NLM_F_MULTI, cmd);
}

int teavmx_nl_vm_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct dump_place *place = dump_place(cb);
	struct teavmx_vm *vm;
	void *header;
	int err;

	err = check_capable(cb->skb, cb->extack);
	if (err)
		return err;
	while ((vm = vm_get_next(&place->vm))) {
		header = put_dump_header(skb, cb, TEAVMX_CMD_VM_GET);
		err = header ? put_vm(skb, vm) : -EMSGSIZE;
		vm_put(vm);
		if (err) {
			genlmsg_cancel(skb, header);
			break;
		}
		genlmsg_end(skb, header);
		place->vm++;
	}
	return skb->len;
}

/* What changes while the thread runs, as one picture. */
struct vcpu_picture {
	u8 state;
	u16 port;
	u8 message_size;
	u8 message[TEA_MESSAGE_MAX];
	const u8 *stack;
	u64 steps;
};

static void take_picture(struct teavmx_vcpu *vcpu,
			 struct vcpu_picture *picture)
{
	spin_lock(&vcpu->lock);
	picture->state = vcpu->state;
	picture->port = vcpu->port;
	picture->message_size = vcpu->message_size;
	memcpy(picture->message, vcpu->message, sizeof(picture->message));
	picture->stack = vcpu->stack_copy;
	/* Of a running process a number that was right a moment ago. */
	picture->steps = vcpu->guest ? READ_ONCE(vcpu->guest->steps) :
				       vcpu->process.steps;
	spin_unlock(&vcpu->lock);
}

static int put_end(struct sk_buff *skb, struct teavmx_vcpu *vcpu,
		   const struct vcpu_picture *picture, bool with_stack)
{
	u32 size = min_t(u32, vcpu->process.sp, ATTRIBUTE_MAX);

	if (nla_put(skb, TEAVMX_A_VCPU_MESSAGE, picture->message_size,
		    picture->message))
		return -EMSGSIZE;
	if (with_stack && picture->stack)
		return nla_put(skb, TEAVMX_A_VCPU_STACK, size, picture->stack);
	return 0;
}

static int put_vcpu(struct sk_buff *skb, struct teavmx_vcpu *vcpu,
		    bool with_stack)
{
	struct vcpu_picture picture;
	int err;

	take_picture(vcpu, &picture);
	if (nla_put_u32(skb, TEAVMX_A_VCPU_VM_ID, vcpu->vm->id) ||
	    nla_put_u32(skb, TEAVMX_A_VCPU_ID, vcpu->id) ||
	    nla_put_u32(skb, TEAVMX_A_VCPU_BACKEND, vcpu->backend_id) ||
	    nla_put_u32(skb, TEAVMX_A_VCPU_STATE, picture.state) ||
	    nla_put_u8(skb, TEAVMX_A_VCPU_PID, vcpu->pid) ||
	    nla_put_u32(skb, TEAVMX_A_VCPU_STACK_SIZE, vcpu->stack_size) ||
	    nla_put_u64_64bit(skb, TEAVMX_A_VCPU_STEPS, picture.steps,
			      TEAVMX_A_VCPU_PAD))
		return -EMSGSIZE;
	if (picture.port &&
	    nla_put_u16(skb, TEAVMX_A_VCPU_PORT, picture.port))
		return -EMSGSIZE;
	if (picture.message_size) {
		err = put_end(skb, vcpu, &picture, with_stack);
		if (err)
			return err;
	}
	return stats_put(skb, &vcpu->stats);
}

static int reply_vcpu(struct genl_info *info, struct teavmx_vcpu *vcpu,
		      u8 cmd, u64 first_event)
{
	struct sk_buff *reply;
	void *header;
	int err = 0;

	/* sp is the size of the stack only once the message is out. */
	reply = new_reply(info, cmd, VCPU_MESSAGE_SIZE + vcpu->stack_size,
			  &header);
	if (!reply)
		return -ENOMEM;
	if (first_event &&
	    nla_put_u64_64bit(reply, TEAVMX_A_VCPU_NEXT_SEQ, first_event,
			      TEAVMX_A_VCPU_PAD))
		err = -EMSGSIZE;
	return send_reply(reply, header, info,
			  err ?: put_vcpu(reply, vcpu, true));
}

/* Put the parts of the object file together; what is too much is only counted. */
static u8 *gather_program(struct genl_info *info, size_t *size)
{
	u8 *program = kvmalloc(TEA_FILE_MAX, GFP_KERNEL_ACCOUNT);
	struct nlattr *attr;
	int rest;

	*size = 0;
	if (!program)
		return NULL;
	nlmsg_for_each_attr(attr, info->nlhdr, GENL_HDRLEN, rest) {
		if (nla_type(attr) != TEAVMX_A_VCPU_PROGRAM)
			continue;
		if (*size < TEA_FILE_MAX)
			memcpy(program + *size, nla_data(attr),
			       min_t(size_t, nla_len(attr),
				     TEA_FILE_MAX - *size));
		*size += nla_len(attr);
	}
	return program;
}

static int parse_write(struct nlattr *nest, struct vmcs_write *write,
		       struct netlink_ext_ack *extack)
{
	struct nlattr *tb[TEAVMX_A_VMCS_WRITE_MAX + 1];
	int err;

	err = nla_parse_nested(tb, TEAVMX_A_VMCS_WRITE_MAX, nest,
			       teavmx_vmcs_write_nl_policy, extack);
	if (err)
		return err;
	if (!tb[TEAVMX_A_VMCS_WRITE_FIELD] || !tb[TEAVMX_A_VMCS_WRITE_VALUE]) {
		NL_SET_ERR_MSG_ATTR(extack, nest, "field and value are needed");
		return -EINVAL;
	}
	write->field = nla_get_u32(tb[TEAVMX_A_VMCS_WRITE_FIELD]);
	write->value = nla_get_u64(tb[TEAVMX_A_VMCS_WRITE_VALUE]);
	return 0;
}

static int gather_writes(struct genl_info *info, struct vcpu_params *params)
{
	struct nlattr *attr = info->attrs[TEAVMX_A_VCPU_VMCS_WRITE];
	int rest, err;

	if (!attr)
		return 0;
	if (!vmx_break) {
		NL_SET_ERR_MSG_ATTR(info->extack, attr,
				    "the module was loaded without vmx_break=1");
		return -EPERM;
	}
	params->writes = kcalloc(VMCS_WRITES_MAX, sizeof(*params->writes),
				 GFP_KERNEL_ACCOUNT);
	if (!params->writes)
		return -ENOMEM;
	nlmsg_for_each_attr(attr, info->nlhdr, GENL_HDRLEN, rest) {
		if (nla_type(attr) != TEAVMX_A_VCPU_VMCS_WRITE)
			continue;
		if (params->write_count == VMCS_WRITES_MAX) {
			NL_SET_ERR_MSG_ATTR(info->extack, attr,
					    "too many fields to overwrite");
			return -E2BIG;
		}
		err = parse_write(attr, &params->writes[params->write_count],
				  info->extack);
		if (err)
			return err;
		params->write_count++;
	}
	return 0;
}

static int check_backend(struct genl_info *info, u32 backend)
{
	const char *missing = vmx_caps_missing();

	if (backend == TEAVMX_BACKEND_SOFT || !missing)
		return 0;
	NL_SET_BAD_ATTR(info->extack, info->attrs[TEAVMX_A_VCPU_BACKEND]);
	/* A static buffer: it outlives the request. */
	info->extack->_msg = missing;
	return -EOPNOTSUPP;
}

static int gather_params(struct genl_info *info, struct vcpu_params *params)
{
	struct nlattr **attrs = info->attrs;

	if (!need(info, TEAVMX_A_VCPU_PROGRAM, "the program is missing"))
		return -EINVAL;
	params->backend_id = attrs[TEAVMX_A_VCPU_BACKEND] ?
			     nla_get_u32(attrs[TEAVMX_A_VCPU_BACKEND]) :
			     TEAVMX_BACKEND_VMX;
	/* No range in the policy: generated ranges do not fit older kernels. */
	params->stack_size = attrs[TEAVMX_A_VCPU_STACK_SIZE] ?
			     nla_get_u32(attrs[TEAVMX_A_VCPU_STACK_SIZE]) :
			     TEA_STACK_DEFAULT;
	if (params->stack_size > TEA_STACK_MAX) {
		NL_SET_ERR_MSG_ATTR(info->extack,
				    attrs[TEAVMX_A_VCPU_STACK_SIZE],
				    "the stack has at most 65535 bytes");
		return -ERANGE;
	}
	params->pid_attr = attrs[TEAVMX_A_VCPU_PID];
	if (params->pid_attr)
		params->pid = nla_get_u8(params->pid_attr);
	if (attrs[TEAVMX_A_VCPU_ARGUMENTS]) {
		params->arguments = nla_data(attrs[TEAVMX_A_VCPU_ARGUMENTS]);
		params->argument_size = nla_len(attrs[TEAVMX_A_VCPU_ARGUMENTS]);
	}
	return check_backend(info, params->backend_id) ?:
	       gather_writes(info, params);
}

static int new_vcpu(struct genl_info *info, struct teavmx_vm *vm,
		    struct vcpu_params *params)
{
	struct teavmx_vcpu *vcpu;
	u64 first_event;

	event_log_first(&vm->log, &first_event);
	vcpu = vm_new_vcpu(vm, params, info->extack);
	if (IS_ERR(vcpu))
		return PTR_ERR(vcpu);
	return reply_vcpu(info, vcpu, TEAVMX_CMD_VCPU_NEW, first_event);
}

int teavmx_nl_vcpu_new_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct vcpu_params params = { };
	struct teavmx_vm *vm;
	u8 *program;
	int err;

	program = gather_program(info, &params.program_size);
	if (!program) {
		NL_SET_ERR_MSG(info->extack,
			       "not enough memory for the program");
		return -ENOMEM;
	}
	params.program = program;
	err = gather_params(info, &params);
	if (err)
		goto free_params;

	vm = get_vm(info, TEAVMX_A_VCPU_VM_ID);
	if (IS_ERR(vm)) {
		err = PTR_ERR(vm);
		goto free_params;
	}
	err = new_vcpu(info, vm, &params);
	vm_put(vm);
free_params:
	kfree(params.writes);
	kvfree(program);
	return err;
}

/* Look both up, call @act with the VM locked. */
static int with_vcpu(struct genl_info *info,
		     int (*act)(struct genl_info *info,
				struct teavmx_vcpu *vcpu))
{
	struct teavmx_vm *vm = get_vm(info, TEAVMX_A_VCPU_VM_ID);
	struct teavmx_vcpu *vcpu;
	int err;

	if (IS_ERR(vm))
		return PTR_ERR(vm);
	vcpu = get_vcpu(info, vm);
	err = IS_ERR(vcpu) ? PTR_ERR(vcpu) : act(info, vcpu);
	vm_put(vm);
	return err;
}

static int run_vcpu(struct genl_info *info, struct teavmx_vcpu *vcpu)
{
	int err = vcpu_run(vcpu);

	if (err)
		NL_SET_ERR_MSG(info->extack,
			       "the vCPU was started before or has exited");
	return err;
}

int teavmx_nl_vcpu_run_doit(struct sk_buff *skb, struct genl_info *info)
{
	return with_vcpu(info, run_vcpu);
}

static int kill_vcpu(struct genl_info *info, struct teavmx_vcpu *vcpu)
{
	int err = vcpu_kill(vcpu);

	if (err)
		NL_SET_ERR_MSG(info->extack, "the vCPU has exited already");
	return err;
}

int teavmx_nl_vcpu_kill_doit(struct sk_buff *skb, struct genl_info *info)
{
	return with_vcpu(info, kill_vcpu);
}

static int get_one_vcpu(struct genl_info *info, struct teavmx_vcpu *vcpu)
{
	return reply_vcpu(info, vcpu, TEAVMX_CMD_VCPU_GET, 0);
}

int teavmx_nl_vcpu_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	return with_vcpu(info, get_one_vcpu);
}

/* Show vCPUs of one VM from place->vcpu on; 0 when all are shown. */
static int dump_vcpus(struct sk_buff *skb, struct netlink_callback *cb,
		      struct teavmx_vm *vm)
{
	struct dump_place *place = dump_place(cb);
	struct teavmx_vcpu *vcpu;
	unsigned long id;
	void *header;

	xa_for_each_start(&vm->vcpus, id, vcpu, place->vcpu) {
		place->vcpu = id;
		header = put_dump_header(skb, cb, TEAVMX_CMD_VCPU_GET);
		if (!header)
			return -EMSGSIZE;
		if (put_vcpu(skb, vcpu, false)) {
			genlmsg_cancel(skb, header);
			return -EMSGSIZE;
		}
		genlmsg_end(skb, header);
	}
	return 0;
}

int teavmx_nl_vcpu_get_dumpit(struct sk_buff *skb,
			      struct netlink_callback *cb)
{
	struct nlattr **attrs = teavmx_dump_attrs(cb);
	struct nlattr *only = attrs[TEAVMX_A_VCPU_VM_ID];
	struct dump_place *place = dump_place(cb);
	struct teavmx_vm *vm;
	int err;

	err = check_capable(cb->skb, cb->extack);
	if (err)
		return err;
	if (only && !place->vm)
		place->vm = nla_get_u32(only);
	while ((vm = vm_get_next(&place->vm))) {
		if (only && vm->id != nla_get_u32(only)) {
			vm_put(vm);
			break;
		}
		err = dump_vcpus(skb, cb, vm);
		vm_put(vm);
		if (err)
			break;
		place->vm++;
		place->vcpu = 0;
	}
	return skb->len;
}

static int put_events(struct sk_buff *skb, struct teavmx_vm *vm, u64 seq)
{
	if (nla_put_u32(skb, TEAVMX_A_EVENT_VM_ID, vm->id))
		return -EMSGSIZE;
	return event_log_put(&vm->log, skb, &seq);
}

int teavmx_nl_event_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *seq = info->attrs[TEAVMX_A_EVENT_SEQ];
	struct teavmx_vm *vm = get_vm(info, TEAVMX_A_EVENT_VM_ID);
	struct sk_buff *reply;
	void *header;
	int err;

	if (IS_ERR(vm))
		return PTR_ERR(vm);
	err = -ENOMEM;
	reply = new_reply(info, TEAVMX_CMD_EVENT_GET, GENLMSG_DEFAULT_SIZE,
			  &header);
	if (reply)
		err = send_reply(reply, header, info,
				 put_events(reply, vm,
					    seq ? nla_get_u64(seq) : 0));
	vm_put(vm);
	return err;
}

int teavmx_nl_get_caps_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *cpu = need(info, TEAVMX_A_CAPS_CPU,
				  "the number of the CPU is missing");
	struct vmx_caps_msrs msrs;
	struct sk_buff *reply;
	void *header;

	if (!cpu)
		return -EINVAL;
	if (vmx_caps_read(nla_get_u32(cpu), &msrs)) {
		NL_SET_ERR_MSG_ATTR(info->extack, cpu,
				    "no CPU with this number is on line");
		return -ENOENT;
	}
	reply = new_reply(info, TEAVMX_CMD_GET_CAPS, GENLMSG_DEFAULT_SIZE,
			  &header);
	if (!reply)
		return -ENOMEM;
	return send_reply(reply, header, info, vmx_caps_put(reply, &msrs));
}

/* Only root's tools may listen: the group is checked when it is joined. */
static const struct genl_multicast_group groups[] = {
	[TEAVMX_NLGRP_EVENTS] = {
		.name = TEAVMX_MCGRP_EVENTS,
		.flags = GENL_MCAST_CAP_SYS_ADMIN,
	},
};

/**
 * netlink_new_event() - begin an event message
 * @vm_id: the VM it tells of
 *
 * Return: the message, to be given to netlink_send_event(), or NULL.
 */
struct sk_buff *netlink_new_event(u32 vm_id)
{
	struct sk_buff *skb = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);

	if (!skb)
		return NULL;
	if (!genlmsg_put(skb, 0, 0, &family, 0, TEAVMX_CMD_EVENT) ||
	    nla_put_u32(skb, TEAVMX_A_EVENT_VM_ID, vm_id)) {
		nlmsg_free(skb);
		return NULL;
	}
	return skb;
}

/**
 * netlink_send_event() - send an event message to all listeners
 * @skb: the message; consumed
 *
 * A listener whose buffer is full misses it and gets ENOBUFS.
 */
void netlink_send_event(struct sk_buff *skb)
{
	genlmsg_end(skb, genlmsg_data(nlmsg_data(nlmsg_hdr(skb))));
	genlmsg_multicast(&family, skb, 0, TEAVMX_NLGRP_EVENTS, GFP_KERNEL);
}

bool netlink_has_event_listeners(void)
{
	return genl_has_listeners(&family, &init_net, TEAVMX_NLGRP_EVENTS);
}

static struct genl_family family __ro_after_init = {
	.name = TEAVMX_FAMILY_NAME,
	.version = TEAVMX_FAMILY_VERSION,
	.module = THIS_MODULE,
	.ops = teavmx_nl_ops,
	.n_ops = ARRAY_SIZE(teavmx_nl_ops),
	.mcgrps = groups,
	.n_mcgrps = ARRAY_SIZE(groups),
	.maxattr = TEAVMX_A_VCPU_MAX,
	.pre_doit = pre_doit,
	.parallel_ops = true,
};

static int socket_released(struct notifier_block *block, unsigned long action,
			   void *data)
{
	const struct netlink_notify *notify = data;

	if (action == NETLINK_URELEASE &&
	    notify->protocol == NETLINK_GENERIC &&
	    net_eq(notify->net, &init_net))
		vm_delete_owned(notify->portid);
	return NOTIFY_DONE;
}

static struct notifier_block socket_notifier = {
	.notifier_call = socket_released,
};

int netlink_init(void)
{
	int err = netlink_register_notifier(&socket_notifier);

	if (err)
		return err;
	err = genl_register_family(&family);
	if (err)
		netlink_unregister_notifier(&socket_notifier);
	return err;
}

void netlink_exit(void)
{
	genl_unregister_family(&family);
	netlink_unregister_notifier(&socket_notifier);
}
