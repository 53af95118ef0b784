// SPDX-License-Identifier: GPL-2.0-only
#include "event.h"
#include "gen.h"
#include "request.h"
#include "../backend/backend.h"
#include "../compat.h"
#include "../payload/payload.h"
#include "../refuse.h"
#include "../vcpu/slice.h"
#include "../vcpu.h"
#include "../vm.h"

#include <linux/mm.h>
#include <linux/module.h>
#include <linux/security.h>
#include <linux/slab.h>
#include <linux/stringify.h>

/* Requests about vCPUs. */

/* Size of all attributes of a vCPU except its stack and its exit counters. */
#define VCPU_MESSAGE_SIZE 256
/* Size of the reply to VCPU_RUN with a slice. */
#define SLICE_MESSAGE_SIZE (4 * nla_total_size(sizeof(u32)) + \
			    nla_total_size_64bit(sizeof(u64)) + \
			    nla_total_size(TEA_MESSAGE_MAX) + \
			    NETLINK_RECORD_ROOM)
#define VCPU_COUNTERS_SIZE 4096

/* Largest payload of an attribute, whose length field has 16 bits. */
#define ATTRIBUTE_MAX (U16_MAX - NLA_HDRLEN)

#define VMCS_WRITES_MAX 64

/*
 * With this parameter the host-state area of a VMCS can be written, HOST_RIP
 * included, so any code can be executed in the kernel. So setting it taints the
 * kernel (KERNEL_PARAM_FL_UNSAFE), and a locked-down kernel refuses it: when
 * the module is loaded (KERNEL_PARAM_FL_HWPARAM), and in gather_writes().
 */
static bool vmx_break;
__module_param_call(MODULE_PARAM_PREFIX, vmx_break, &param_ops_bool, &vmx_break,
		    0444, -1, KERNEL_PARAM_FL_UNSAFE | KERNEL_PARAM_FL_HWPARAM);
__MODULE_PARM_TYPE(vmx_break, "bool");
MODULE_PARM_DESC(vmx_break,
		 "Allow VCPU_NEW to overwrite VMCS fields; can crash the host; for tests (default: N)");

struct vcpu_snapshot {
	u8 state;
	u8 stop;
	u16 port;
	u8 message_size;
	u8 message[TEA_MESSAGE_MAX];
	const u8 *stack;
	u64 steps;
	u8 engine;
};

/* What will be translated counts as such, until it has ended without that. */
static u8 vcpu_engine(const struct teavmx_vcpu *vcpu, u8 state)
{
	return state == TEAVMX_VCPU_STATE_EXITED &&
	       !READ_ONCE(vcpu->translated) ? TEAVMX_ENGINE_INTERP :
					      READ_ONCE(vcpu->engine);
}

static void read_snapshot(struct teavmx_vcpu *vcpu,
			  struct vcpu_snapshot *snapshot)
{
	bool waits = vcpu_run_waits(vcpu);

	spin_lock(&vcpu->lock);
	snapshot->state = vcpu->state;
	/*
	 * After VCPU_RUN the thread may not have changed the state yet. The
	 * client must not see the old pause as a new one.
	 */
	if (waits && snapshot->state == TEAVMX_VCPU_STATE_PAUSED)
		snapshot->state = TEAVMX_VCPU_STATE_RUNNING;
	snapshot->stop = vcpu->stop;
	snapshot->port = vcpu->port;
	snapshot->message_size = vcpu->message_size;
	memcpy(snapshot->message, vcpu->message, sizeof(snapshot->message));
	snapshot->stack = vcpu->stack_copy;
	/* The count of a running process may be out of date already. */
	snapshot->steps = vcpu->guest ? READ_ONCE(vcpu->guest->steps) :
					vcpu->process.steps;
	spin_unlock(&vcpu->lock);
	snapshot->engine = vcpu_engine(vcpu, snapshot->state);
}

/* The largest stack exceeds ATTRIBUTE_MAX, so it is split. */
static int put_stack(struct sk_buff *skb, const u8 *stack, u32 size)
{
	u32 at, part;

	for (at = 0; at < size; at += part) {
		part = min_t(u32, size - at, ATTRIBUTE_MAX);
		if (nla_put(skb, TEAVMX_A_VCPU_STACK, part, stack + at))
			return -EMSGSIZE;
	}
	return 0;
}

static int put_end(struct sk_buff *skb, struct teavmx_vcpu *vcpu,
		   const struct vcpu_snapshot *snapshot, bool with_stack)
{
	if (nla_put(skb, TEAVMX_A_VCPU_MESSAGE, snapshot->message_size,
		    snapshot->message))
		return -EMSGSIZE;
	return with_stack ? put_stack(skb, snapshot->stack, vcpu->process.sp) :
			    0;
}

static int put_vcpu(struct sk_buff *skb, struct teavmx_vcpu *vcpu,
		    const struct vcpu_snapshot *snapshot, bool with_stack)
{
	int err;

	if (nla_put_u32(skb, TEAVMX_A_VCPU_VM_ID, vcpu->vm->id) ||
	    nla_put_u32(skb, TEAVMX_A_VCPU_ID, vcpu->id) ||
	    nla_put_u32(skb, TEAVMX_A_VCPU_BACKEND, vcpu->backend->id) ||
	    nla_put_u32(skb, TEAVMX_A_VCPU_STATE, snapshot->state) ||
	    nla_put_u8(skb, TEAVMX_A_VCPU_PID, vcpu->pid) ||
	    nla_put_u32(skb, TEAVMX_A_VCPU_STACK_SIZE, vcpu->stack_size) ||
	    nla_put_u64_64bit(skb, TEAVMX_A_VCPU_STEPS, snapshot->steps,
			      TEAVMX_A_VCPU_PAD))
		return -EMSGSIZE;
	if (snapshot->state == TEAVMX_VCPU_STATE_PAUSED &&
	    nla_put_u32(skb, TEAVMX_A_VCPU_STOP, snapshot->stop))
		return -EMSGSIZE;
	if (vcpu->vm->payload->debugged(vcpu) &&
	    nla_put_flag(skb, TEAVMX_A_VCPU_DEBUG))
		return -EMSGSIZE;
	if (vcpu->vm->payload->needs_program &&
	    nla_put_u32(skb, TEAVMX_A_VCPU_ENGINE, snapshot->engine))
		return -EMSGSIZE;
	if ((snapshot->state == TEAVMX_VCPU_STATE_SLEEPING ||
	     snapshot->state == TEAVMX_VCPU_STATE_WAITING) &&
	    nla_put_u16(skb, TEAVMX_A_VCPU_PORT, snapshot->port))
		return -EMSGSIZE;
	if (snapshot->message_size) {
		err = put_end(skb, vcpu, snapshot, with_stack);
		if (err)
			return err;
	}
	return stats_put(skb, &vcpu->stats);
}

/*
 * Bytes of a reply. A vCPU that was never started has no exits. process.sp has
 * the final value once there is an exit message, and each part of the stack has
 * a header.
 */
static size_t reply_size(const struct teavmx_vcpu *vcpu,
			 const struct vcpu_snapshot *snapshot)
{
	size_t size = VCPU_MESSAGE_SIZE;

	if (vcpu->started)
		size += VCPU_COUNTERS_SIZE;
	if (snapshot->message_size)
		size += vcpu->process.sp;
	return size;
}

static int reply_vcpu(struct genl_info *info, struct teavmx_vcpu *vcpu)
{
	struct vcpu_snapshot snapshot;
	struct sk_buff *reply;
	void *header;

	read_snapshot(vcpu, &snapshot);
	reply = netlink_new_reply(info, TEAVMX_CMD_VCPU_GET,
				  reply_size(vcpu, &snapshot), &header);
	if (!reply)
		return -ENOMEM;
	return netlink_send_reply(reply, header, info,
				  put_vcpu(reply, vcpu, &snapshot, true));
}

/*
 * A reply to VCPU_NEW, which is allocated first, as a slice cannot be undone. A vCPU that
 * has no slice has neither counters nor a final stack.
 */
struct new_reply {
	struct sk_buff *skb;
	void *header;
};

static int new_reply_begin(struct new_reply *reply, struct genl_info *info,
			   const struct vcpu_params *params)
{
	size_t size = VCPU_MESSAGE_SIZE;

	if (params->slice)
		size += VCPU_COUNTERS_SIZE + params->stack_size;
	reply->skb = netlink_new_reply(info, TEAVMX_CMD_VCPU_NEW, size,
				       &reply->header);
	return reply->skb ? 0 : -ENOMEM;
}

static int new_reply_send(struct new_reply *reply, struct genl_info *info,
			  struct teavmx_vcpu *vcpu, u64 first_event)
{
	struct sk_buff *skb = reply->skb;
	struct vcpu_snapshot snapshot;
	int err = 0;

	reply->skb = NULL;
	read_snapshot(vcpu, &snapshot);
	if (nla_put_u64_64bit(skb, TEAVMX_A_VCPU_NEXT_SEQ, first_event,
			      TEAVMX_A_VCPU_PAD))
		err = -EMSGSIZE;
	return netlink_send_reply(skb, reply->header, info,
				  err ?: put_vcpu(skb, vcpu, &snapshot, true));
}

static int parse_write(struct nlattr *nest, struct vmcs_write *write,
		       struct netlink_ext_ack *extack)
{
	struct nlattr *tb[TEAVMX_A_VMCS_FIELD_MAX + 1];
	int err;

	err = netlink_parse_nest(tb, nest, teavmx_vmcs_field_nl_policy,
				 extack);
	if (err)
		return err;
	if (!tb[TEAVMX_A_VMCS_FIELD_ENCODING] || !tb[TEAVMX_A_VMCS_FIELD_VALUE])
		return refuse(extack, nest, -EINVAL,
			      "a VMCS field requires an encoding and a value");
	write->field = nla_get_u32(tb[TEAVMX_A_VMCS_FIELD_ENCODING]);
	write->value = nla_get_u64(tb[TEAVMX_A_VMCS_FIELD_VALUE]);
	return 0;
}

static int gather_writes(struct genl_info *info, struct vcpu_params *params)
{
	struct nlattr *attr = netlink_attr(info, TEAVMX_A_VCPU_VMCS_WRITE);
	int rest, err;

	if (!attr)
		return 0;
	if (!vmx_break)
		return refuse(info->extack, attr, -EPERM,
			      "VMCS fields can be overwritten only if the module is loaded with vmx_break=1");
	if (security_locked_down(LOCKDOWN_MODULE_PARAMETERS)) {
		return refuse(info->extack, attr, -EPERM,
			      "the kernel is locked down, so VMCS fields cannot be overwritten");
	}
	params->writes = kcalloc(VMCS_WRITES_MAX, sizeof(*params->writes),
				 GFP_KERNEL_ACCOUNT);
	if (!params->writes)
		return refuse(info->extack, attr, -ENOMEM,
			      "not enough memory for the fields");
	nlmsg_for_each_attr(attr, info->nlhdr, GENL_HDRLEN, rest) {
		if (nla_type(attr) != TEAVMX_A_VCPU_VMCS_WRITE)
			continue;
		if (params->write_count == VMCS_WRITES_MAX)
			return refuse(info->extack, attr, -E2BIG,
				      "at most " __stringify(VMCS_WRITES_MAX)
				      " VMCS fields can be overwritten");
		err = parse_write(attr, &params->writes[params->write_count],
				  info->extack);
		if (err)
			return err;
		params->write_count++;
	}
	return 0;
}

/*
 * The first attribute of a request that only a vCPU of a TEA process can have,
 * or NULL, for raw_admit() to refuse.
 */
static const struct nlattr *find_tea_attr(struct genl_info *info)
{
	static const int tea_only[] = {
		TEAVMX_A_VCPU_PROGRAM, TEAVMX_A_VCPU_ARGUMENTS,
		TEAVMX_A_VCPU_PID, TEAVMX_A_VCPU_STACK_SIZE,
		TEAVMX_A_VCPU_DEBUG, TEAVMX_A_VCPU_KEEP,
		TEAVMX_A_VCPU_ENGINE,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(tea_only); i++)
		if (netlink_attr(info, tea_only[i]))
			return netlink_attr(info, tea_only[i]);
	return NULL;
}

static int gather_params(struct genl_info *info, struct vcpu_params *params)
{
	struct nlattr *arguments = netlink_attr(info, TEAVMX_A_VCPU_ARGUMENTS);
	struct nlattr *stack = netlink_attr(info, TEAVMX_A_VCPU_STACK_SIZE);

	params->backend = netlink_backend(info, TEAVMX_A_VCPU_BACKEND);
	/*
	 * The netlink policy has no range for this: the code that is generated
	 * for ranges does not compile with older kernels.
	 */
	params->stack_size = stack ? nla_get_u32(stack) : TEA_STACK_DEFAULT;
	if (params->stack_size > TEA_STACK_MAX)
		return refuse(info->extack, stack, -ERANGE,
			      "the stack has at most "
			      __stringify(TEA_STACK_MAX) " bytes");
	params->backend_attr = netlink_attr(info, TEAVMX_A_VCPU_BACKEND);
	params->tea_attr = find_tea_attr(info);
	params->debug = netlink_attr(info, TEAVMX_A_VCPU_DEBUG);
	params->slice = netlink_attr(info, TEAVMX_A_VCPU_SLICE);
	/* A slice may need no thread. */
	params->runs = netlink_attr(info, TEAVMX_A_VCPU_RUN) && !params->slice;
	params->keep = netlink_attr(info, TEAVMX_A_VCPU_KEEP);
	params->engine = netlink_engine(info, TEAVMX_A_VCPU_ENGINE);
	params->pid_attr = netlink_attr(info, TEAVMX_A_VCPU_PID);
	if (params->pid_attr)
		params->pid = nla_get_u8(params->pid_attr);
	if (arguments) {
		params->arguments = nla_data(arguments);
		params->argument_size = nla_len(arguments);
	}
	return netlink_check_backend(info, TEAVMX_A_VCPU_BACKEND) ?:
	       netlink_check_engine(info, TEAVMX_A_VCPU_ENGINE,
				    TEAVMX_A_VCPU_BACKEND) ?:
	       gather_writes(info, params);
}

static const struct vcpu_bounds unbounded;

static int run_new_slice(struct genl_info *info, struct teavmx_vcpu *vcpu)
{
	struct vcpu_slice slice;

	/* One whose program breaks a launch rule does not run. */
	return vcpu_is_stopped(vcpu) ?
	       vcpu_run_slice(vcpu, &unbounded, &slice, info->extack) : 0;
}

static int new_vcpu(struct genl_info *info, struct teavmx_vm *vm,
		    struct vcpu_params *params, struct new_reply *reply)
{
	struct nlattr *slice = netlink_attr(info, TEAVMX_A_VCPU_SLICE);
	struct teavmx_vcpu *vcpu;
	u64 first_event;
	int err = 0;

	if (vm->payload->needs_program &&
	    !netlink_need(info, TEAVMX_A_VCPU_PROGRAM,
			  "the program is missing"))
		return -EINVAL;
	if (slice && !netlink_attr(info, TEAVMX_A_VCPU_RUN))
		return refuse(info->extack, slice, -EINVAL,
			      "a slice is the beginning of a run; add run");
	event_log_first(vm->log, &first_event);
	vcpu = vm_new_vcpu(vm, params, info->extack);
	if (IS_ERR(vcpu))
		return PTR_ERR(vcpu);
	if (slice)
		err = run_new_slice(info, vcpu);
	err = err ?: new_reply_send(reply, info, vcpu, first_event);
	/*
	 * The caller did not receive the number of the vCPU, so it cannot run
	 * or kill it. One whose program breaks a launch rule does not run.
	 */
	if (err)
		vcpu_kill(vcpu);
	else if (params->runs)
		vcpu_run(vcpu, &unbounded, NULL);
	return err;
}

/* The VM of a new vCPU, locked: the one that the request names or creates */
static struct teavmx_vm *get_or_new_vm(struct sk_buff *skb,
				       struct genl_info *info)
{
	struct nlattr *nest = netlink_attr(info, TEAVMX_A_VCPU_NEW_VM);
	struct nlattr *tb[TEAVMX_A_NEW_VM_MAX + 1];
	int err;

	if (!nest)
		return netlink_get_vm(info, TEAVMX_A_VCPU_VM_ID);
	if (netlink_attr(info, TEAVMX_A_VCPU_VM_ID))
		return ERR_PTR(refuse(info->extack, nest, -EINVAL,
				      "the request has vm-id and new-vm; leave one of them out"));
	err = netlink_parse_nest(tb, nest, teavmx_new_vm_nl_policy,
				 info->extack);
	if (err)
		return ERR_PTR(err);
	return netlink_new_vm(skb, info, tb[TEAVMX_A_NEW_VM_FLAGS],
			      tb[TEAVMX_A_NEW_VM_MEMORY]);
}

static int new_vcpu_and_vm(struct sk_buff *skb, struct genl_info *info,
			   struct vcpu_params *params)
{
	struct teavmx_vm *vm;
	struct new_reply reply;
	int err;
	u32 id;

	err = new_reply_begin(&reply, info, params);
	if (err)
		return err;
	vm = get_or_new_vm(skb, info);
	if (IS_ERR(vm)) {
		nlmsg_free(reply.skb);
		return PTR_ERR(vm);
	}
	id = vm->id;
	err = new_vcpu(info, vm, params, &reply);
	nlmsg_free(reply.skb);
	vm_put(vm);
	/* A VM of a request that failed is of no use to the caller. */
	if (err && netlink_attr(info, TEAVMX_A_VCPU_NEW_VM))
		vm_delete(id);
	return err;
}

int teavmx_nl_vcpu_new_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct vcpu_params params = { };
	u8 *program;
	int err;

	program = netlink_gather_program(info, TEAVMX_A_VCPU_PROGRAM,
					 &params.program_size);
	if (IS_ERR(program))
		return PTR_ERR(program);
	params.program = program;
	err = gather_params(info, &params) ?:
	      new_vcpu_and_vm(skb, info, &params);
	kfree(params.writes);
	kvfree(program);
	return err;
}

static int with_vcpu(struct genl_info *info,
		     int (*act)(struct genl_info *info,
				struct teavmx_vcpu *vcpu))
{
	return netlink_with_vcpu(info, TEAVMX_A_VCPU_VM_ID, TEAVMX_A_VCPU_ID,
				 act);
}

static u64 vcpu_bound_attr(struct genl_info *info, unsigned int type)
{
	struct nlattr *attr = netlink_attr(info, type);

	return attr ? nla_get_u64(attr) : 0;
}

/* What VCPU_RUN requests: attributes, NULL for those that it lacks */
struct run_request {
	struct payload_run run;
	struct nlattr *answer;
	struct nlattr *resume;
	struct nlattr *reset;
	struct nlattr *arguments;
	struct nlattr *batch;
};

static void run_read(struct genl_info *info, struct run_request *request)
{
	struct payload_run *run = &request->run;

	*request = (struct run_request){
		.run.bounds.exits = vcpu_bound_attr(info, TEAVMX_A_VCPU_BOUND_EXITS),
		.run.bounds.time = vcpu_bound_attr(info, TEAVMX_A_VCPU_BOUND_TIME),
		.run.bounds.steps = vcpu_bound_attr(info, TEAVMX_A_VCPU_BOUND_STEPS),
		.run.exits_attr = netlink_attr(info, TEAVMX_A_VCPU_BOUND_EXITS),
		.run.time_attr = netlink_attr(info, TEAVMX_A_VCPU_BOUND_TIME),
		.run.until_attr = netlink_attr(info, TEAVMX_A_VCPU_UNTIL),
		.answer = netlink_attr(info, TEAVMX_A_VCPU_ANSWER),
		.resume = netlink_attr(info, TEAVMX_A_VCPU_RESUME),
		.reset = netlink_attr(info, TEAVMX_A_VCPU_RESET),
		.arguments = netlink_attr(info, TEAVMX_A_VCPU_ARGUMENTS),
		.batch = netlink_attr(info, TEAVMX_A_VCPU_BATCH),
	};
	if (run->until_attr)
		run->bounds.until = nla_get_u32(run->until_attr);
}

/* Bounds that a run cannot have are refused, not ignored. */
static int refuse_bounds(struct genl_info *info, const char *message)
{
	static const int bounds[] = {
		TEAVMX_A_VCPU_BOUND_EXITS, TEAVMX_A_VCPU_BOUND_TIME,
		TEAVMX_A_VCPU_BOUND_STEPS, TEAVMX_A_VCPU_UNTIL,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bounds); i++)
		if (netlink_attr(info, bounds[i]))
			return refuse(info->extack, netlink_attr(info, bounds[i]),
				      -EINVAL, message);
	return 0;
}

/* A resumed run has the bounds of the run that it continues. */
static int resume_check(struct genl_info *info, struct teavmx_vcpu *vcpu,
			const struct run_request *request)
{
	int err = refuse_bounds(info,
				"a run that is resumed has its bounds; leave them out");

	if (err || vcpu_paused_by_exit(vcpu))
		return err;
	return refuse(info->extack, request->resume, -EINVAL,
		      "the vCPU is not paused for an exit; run it without resume");
}

static int batch_check(struct genl_info *info,
		       const struct run_request *request,
		       struct vcpu_batch *batch)
{
	size_t size = request->arguments ? nla_len(request->arguments) : 0;
	u32 count = nla_get_u32(request->batch);

	static_assert(TEAVMX_BATCH_MAX == 256);
	if (!request->reset)
		return refuse(info->extack, request->batch, -EINVAL,
			      "each run of a batch begins with a reset; add reset");
	if (count > TEAVMX_BATCH_MAX)
		return refuse(info->extack, request->batch, -E2BIG,
			      "a batch has at most 256 runs; make the others by further requests");
	if (size % count)
		return refuse(info->extack, request->arguments, -EINVAL,
			      "the arguments of a batch are those of each of its runs, all of the same size; their size is no multiple of the number of runs");
	batch->count = count;
	batch->size = size / count;
	batch->arguments = size ? nla_data(request->arguments) : NULL;
	return refuse_bounds(info,
			     "the runs of a batch have no bounds; leave them out, or leave batch out");
}

static int run_check(struct genl_info *info, struct teavmx_vcpu *vcpu,
		     const struct run_request *request)
{
	int err;

	if (request->arguments && !request->reset)
		return refuse(info->extack, request->arguments, -EINVAL,
			      "a program gets arguments only when it begins; leave them out, or add reset");
	if (request->reset && request->resume)
		return refuse(info->extack, request->reset, -EINVAL,
			      "a run that is resumed is not reset; leave one of reset and resume out");
	if (!request->reset)
		return vcpu_need_stopped(vcpu, info->extack);
	err = vcpu_need_resettable(vcpu, info->extack);
	if (err)
		NL_SET_BAD_ATTR(info->extack, request->reset);
	return err;
}

/*
 * All that may be refused. The answer completes an instruction, which cannot be undone,
 * so it is given when nothing else is refused.
 */
static int run_prepare(struct genl_info *info, struct teavmx_vcpu *vcpu,
		       struct run_request *request)
{
	const struct payload_ops *payload = vcpu->vm->payload;
	int err;

	err = run_check(info, vcpu, request);
	if (err)
		return err;
	err = request->resume ? resume_check(info, vcpu, request) :
	      payload->bound(vcpu, &request->run, info->extack);
	if (err || !request->answer)
		return err;
	err = payload->answer(vcpu, nla_get_u64(request->answer), info->extack);
	if (err)
		NL_SET_BAD_ATTR(info->extack, request->answer);
	return err;
}

static void reset_vcpu(struct teavmx_vcpu *vcpu,
		       const struct run_request *request)
{
	struct payload_arguments arguments = { };

	if (request->arguments) {
		arguments.bytes = nla_data(request->arguments);
		arguments.size = nla_len(request->arguments);
	}
	vcpu_reset(vcpu, &arguments);
}

/* @slice: receives what the request itself ran; NULL: only the thread runs it */
static int run_vcpu_with(struct genl_info *info, struct teavmx_vcpu *vcpu,
			 struct run_request *request, struct vcpu_slice *slice)
{
	const struct vcpu_bounds *bounds;
	int err = run_prepare(info, vcpu, request);

	if (err)
		return err;
	if (request->reset) {
		reset_vcpu(vcpu, request);
		/* Its new arguments may break a launch rule. */
		if (vcpu_state(vcpu) == TEAVMX_VCPU_STATE_EXITED) {
			if (slice)
				*slice = (struct vcpu_slice){
					.state = TEAVMX_VCPU_STATE_EXITED,
				};
			return 0;
		}
	}
	bounds = request->resume ? NULL : &request->run.bounds;
	return slice ? vcpu_run_slice(vcpu, bounds, slice, info->extack) :
		       vcpu_run(vcpu, bounds, info->extack);
}

static int put_slice(struct sk_buff *skb, const struct teavmx_vcpu *vcpu,
		     const struct vcpu_slice *slice)
{
	if (nla_put_u32(skb, TEAVMX_A_VCPU_VM_ID, vcpu->vm->id) ||
	    nla_put_u32(skb, TEAVMX_A_VCPU_ID, vcpu->id) ||
	    nla_put_u32(skb, TEAVMX_A_VCPU_STATE, slice->state))
		return -EMSGSIZE;
	if (slice->state == TEAVMX_VCPU_STATE_PAUSED &&
	    nla_put_u32(skb, TEAVMX_A_VCPU_STOP, slice->stop))
		return -EMSGSIZE;
	/* The message of a vCPU that has exited does not change any more. */
	if (slice->state == TEAVMX_VCPU_STATE_EXITED && vcpu->message_size &&
	    nla_put(skb, TEAVMX_A_VCPU_MESSAGE, vcpu->message_size,
		    vcpu->message))
		return -EMSGSIZE;
	return slice->has_exit ?
	       netlink_put_exit(skb, TEAVMX_A_VCPU_STOP_EXIT, vcpu->id,
				&slice->exit) : 0;
}

#define RESULT_MAX (sizeof(u64) + TEA_MESSAGE_MAX)

static int put_results(struct sk_buff *skb, const struct vcpu_batch *batch)
{
	const struct vcpu_end *end;
	u8 result[RESULT_MAX];

	if (batch->count &&
	    nla_put_u64_64bit(skb, TEAVMX_A_VCPU_NEXT_SEQ, batch->first_event,
			      TEAVMX_A_VCPU_PAD))
		return -EMSGSIZE;
	for (end = batch->ends; end < batch->ends + batch->done; end++) {
		memcpy(result, &end->steps, sizeof(u64));
		memcpy(result + sizeof(u64), end->message, TEA_MESSAGE_MAX);
		if (nla_put(skb, TEAVMX_A_VCPU_RESULT, sizeof(u64) + end->size,
			    result))
			return -EMSGSIZE;
	}
	return 0;
}

/* The reply is allocated first, as a run cannot be undone. */
static int run_and_reply(struct genl_info *info, struct teavmx_vcpu *vcpu,
			 struct run_request *request, struct vcpu_batch *batch)
{
	size_t size = SLICE_MESSAGE_SIZE +
		      batch->count * nla_total_size(RESULT_MAX);
	struct vcpu_slice slice;
	struct sk_buff *reply;
	void *header;
	int err;

	reply = netlink_new_reply(info, TEAVMX_CMD_VCPU_RUN, size, &header);
	if (!reply)
		return -ENOMEM;
	if (batch->count)
		err = run_prepare(info, vcpu, request) ?:
		      vcpu_run_batch(vcpu, batch, &slice, info->extack);
	else
		err = run_vcpu_with(info, vcpu, request, &slice);
	if (err) {
		nlmsg_free(reply);
		return err;
	}
	return netlink_send_done(reply, header, info,
				 put_slice(reply, vcpu, &slice) ?:
				 put_results(reply, batch));
}

static int run_vcpu_batch(struct genl_info *info, struct teavmx_vcpu *vcpu,
			  struct run_request *request)
{
	struct vcpu_batch batch = { };
	int err = batch_check(info, request, &batch);

	if (err)
		return err;
	batch.ends = kvmalloc_array(batch.count, sizeof(*batch.ends),
				    GFP_KERNEL);
	if (!batch.ends)
		return refuse(info->extack, NULL, -ENOMEM,
			      "not enough memory for the results");
	err = run_and_reply(info, vcpu, request, &batch);
	kvfree(batch.ends);
	return err;
}

static int run_vcpu(struct genl_info *info, struct teavmx_vcpu *vcpu)
{
	struct vcpu_batch none = { };
	struct run_request request;

	run_read(info, &request);
	if (request.batch)
		return run_vcpu_batch(info, vcpu, &request);
	return netlink_attr(info, TEAVMX_A_VCPU_SLICE) ?
	       run_and_reply(info, vcpu, &request, &none) :
	       run_vcpu_with(info, vcpu, &request, NULL);
}

static int pause_vcpu(struct genl_info *info, struct teavmx_vcpu *vcpu)
{
	int err = vcpu_pause(vcpu);

	if (err)
		return refuse(info->extack, NULL, err,
			      vcpu_state(vcpu) == TEAVMX_VCPU_STATE_EXITED ?
			      "the vCPU has exited" :
			      "the vCPU is ready and was not started yet");
	return err;
}

int teavmx_nl_vcpu_pause_doit(struct sk_buff *skb, struct genl_info *info)
{
	return with_vcpu(info, pause_vcpu);
}

int teavmx_nl_vcpu_run_doit(struct sk_buff *skb, struct genl_info *info)
{
	return with_vcpu(info, run_vcpu);
}

static int kill_vcpu(struct genl_info *info, struct teavmx_vcpu *vcpu)
{
	int err = vcpu_kill(vcpu);

	if (err)
		return refuse(info->extack, NULL, err,
			      "the vCPU has exited already");
	return err;
}

int teavmx_nl_vcpu_kill_doit(struct sk_buff *skb, struct genl_info *info)
{
	return with_vcpu(info, kill_vcpu);
}

static int get_one_vcpu(struct genl_info *info, struct teavmx_vcpu *vcpu)
{
	return reply_vcpu(info, vcpu);
}

int teavmx_nl_vcpu_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	return with_vcpu(info, get_one_vcpu);
}

/*
 * Adds the vCPUs of a VM from place->vcpu on to a dump. Returns 0 when all were
 * added, -EMSGSIZE when the message is full.
 */
static int dump_vcpus(struct sk_buff *skb, struct netlink_callback *cb,
		      struct netlink_place *place, struct teavmx_vm *vm)
{
	struct vcpu_snapshot snapshot;
	struct teavmx_vcpu *vcpu;
	unsigned long id;
	void *header;

	xa_for_each_start(&vm->vcpus, id, vcpu, place->vcpu) {
		place->vcpu = id;
		header = netlink_put_dump_header(skb, cb, TEAVMX_CMD_VCPU_GET);
		if (!header)
			return -EMSGSIZE;
		read_snapshot(vcpu, &snapshot);
		if (put_vcpu(skb, vcpu, &snapshot, false)) {
			genlmsg_cancel(skb, header);
			return -EMSGSIZE;
		}
		genlmsg_end(skb, header);
	}
	place->vcpu = U32_MAX + 1ULL;
	return 0;
}

static int dump_one_vm(struct sk_buff *skb, struct netlink_callback *cb,
		       struct netlink_place *place, const struct nlattr *id)
{
	struct teavmx_vm *vm = vm_get(nla_get_u32(id));

	if (!vm && !place->vm)
		return refuse(cb->extack, NULL, -ENOENT,
			      "no VM has this number");
	if (!vm) {
		/*
		 * The VM was deleted between two messages. Another sequence
		 * number marks the dump as inconsistent.
		 */
		cb->seq = cb->prev_seq + 1;
		return 0;
	}
	cb->seq = vm->generation;
	place->vm = vm->id;
	dump_vcpus(skb, cb, place, vm);
	vm_put(vm);
	return skb->len;
}

/*
 * The VM at the place of the dump, or the next one if that was deleted, whose
 * vCPUs are then dumped from the first one on.
 */
static struct teavmx_vm *next_vm(struct netlink_place *place)
{
	u32 expected = place->vm;
	struct teavmx_vm *vm = vm_get_next(&place->vm);

	if (place->vm != expected)
		place->vcpu = 0;
	return vm;
}

int teavmx_nl_vcpu_get_dumpit(struct sk_buff *skb,
			      struct netlink_callback *cb)
{
	struct nlattr *only = netlink_dump_attr(cb, TEAVMX_A_VCPU_VM_ID);
	struct netlink_place *place = netlink_dump_begin(cb);
	struct teavmx_vm *vm;
	int err;

	if (IS_ERR(place))
		return PTR_ERR(place);
	if (only)
		return dump_one_vm(skb, cb, place, only);
	cb->seq = vm_vcpus_generation();
	while ((vm = next_vm(place))) {
		err = dump_vcpus(skb, cb, place, vm);
		vm_put(vm);
		if (err)
			break;
		place->vm++;
		place->vcpu = 0;
	}
	/*
	 * The kernel may end the dump without another call, and then compares
	 * this with the generation at its beginning.
	 */
	cb->seq = vm_vcpus_generation();
	return skb->len;
}
