// SPDX-License-Identifier: LGPL-2.1-or-later
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/genetlink.h>
#include <linux/netlink.h>

#include "internal.h"
#include "record.h"

/* Bytes for the small attributes of VCPU_NEW, and for one VMCS write */
#define SMALL_ROOM	512
#define WRITE_ROOM	64

static int add_exit(struct teavmx_vcpu *vcpu, struct nlattr *nest)
{
	struct nlattr *a[TEAVMX_A_EXIT_MAX + 1];
	struct teavmx_exit *grown;

	if (nla_parse_nested(a, TEAVMX_A_EXIT_MAX, nest, NULL) < 0) {
		errno = EPROTO;
		return -1;
	}
	grown = reallocarray(vcpu->exits, vcpu->exit_count + 1, sizeof(*grown));
	if (!grown)
		return -1;
	vcpu->exits = grown;
	grown[vcpu->exit_count].reason = u32_of(a[TEAVMX_A_EXIT_REASON]);
	grown[vcpu->exit_count].count = u64_of(a[TEAVMX_A_EXIT_COUNT]);
	vcpu->exit_count++;
	return 0;
}

static int add_exits(struct teavmx_vcpu *vcpu, struct nlmsghdr *answer)
{
	struct nlattr *attr;
	int left;

	nlmsg_for_each_attr(attr, answer, GENL_HDRLEN, left)
		if (nla_type(attr) == TEAVMX_A_VCPU_EXIT && add_exit(vcpu, attr))
			return -1;
	return 0;
}

static int add_stack_part(struct teavmx_vcpu *vcpu, const struct nlattr *part)
{
	size_t size = (size_t)nla_len(part);
	uint8_t *grown;

	if (!size)
		return 0;
	grown = realloc(vcpu->stack, vcpu->stack_used + size);
	if (!grown)
		return -1;
	memcpy(grown + vcpu->stack_used, nla_data(part), size);
	vcpu->stack = grown;
	vcpu->stack_used += size;
	return 0;
}

/* The largest stack comes in several attributes, as one cannot hold it. */
static int add_stack(struct teavmx_vcpu *vcpu, struct nlmsghdr *answer)
{
	struct nlattr *attr;
	int left;

	nlmsg_for_each_attr(attr, answer, GENL_HDRLEN, left)
		if (nla_type(attr) == TEAVMX_A_VCPU_STACK &&
		    add_stack_part(vcpu, attr))
			return -1;
	return 0;
}

/* Returns the bytes of an exit message, which may be missing. */
static size_t fill_message(uint8_t *to, size_t room, const struct nlattr *from)
{
	size_t size = from ? (size_t)nla_len(from) : 0;

	if (!size || size > room)
		return 0;
	memcpy(to, nla_data(from), size);
	return size;
}

static int fill_vcpu(struct nlattr **a, struct nlmsghdr *answer, void *data)
{
	struct teavmx_vcpu *vcpu = data;

	memset(vcpu, 0, sizeof(*vcpu));
	vcpu->vm = u32_of(a[TEAVMX_A_VCPU_VM_ID]);
	vcpu->id = u32_of(a[TEAVMX_A_VCPU_ID]);
	vcpu->backend = u32_of(a[TEAVMX_A_VCPU_BACKEND]);
	vcpu->state = u32_of(a[TEAVMX_A_VCPU_STATE]);
	vcpu->stop = u32_of(a[TEAVMX_A_VCPU_STOP]);
	vcpu->pid = u8_of(a[TEAVMX_A_VCPU_PID]);
	vcpu->stack_size = u32_of(a[TEAVMX_A_VCPU_STACK_SIZE]);
	vcpu->steps = u64_of(a[TEAVMX_A_VCPU_STEPS]);
	vcpu->next_seq = u64_of(a[TEAVMX_A_VCPU_NEXT_SEQ]);
	vcpu->port = port_of(a[TEAVMX_A_VCPU_PORT]);
	vcpu->debug = a[TEAVMX_A_VCPU_DEBUG];
	vcpu->engine = u32_of(a[TEAVMX_A_VCPU_ENGINE]);
	vcpu->message_size = fill_message(vcpu->message, sizeof(vcpu->message),
					  a[TEAVMX_A_VCPU_MESSAGE]);
	if (add_stack(vcpu, answer) || add_exits(vcpu, answer)) {
		teavmx_vcpu_clear(vcpu);
		return -1;
	}
	return 0;
}

void teavmx_vcpu_clear(struct teavmx_vcpu *vcpu)
{
	free(vcpu->stack);
	free(vcpu->exits);
	memset(vcpu, 0, sizeof(*vcpu));
	vcpu->port = TEAVMX_NO_PORT;
}

int teavmx_put_program(struct nl_msg *message, int attribute,
		       const void *program, size_t size)
{
	const char *at = program;

	/* An empty file is sent as one part without bytes. */
	do {
		size_t part = size < TEAVMX_PROGRAM_CHUNK ?
			      size : TEAVMX_PROGRAM_CHUNK;

		if (nla_put(message, attribute, (int)part, at))
			return -1;
		at += part;
		size -= part;
	} while (size);
	return 0;
}

static int put_writes(struct nl_msg *message,
		      const struct teavmx_vmcs_write *writes, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (teavmx_put_pair(message, TEAVMX_A_VCPU_VMCS_WRITE,
				    TEAVMX_A_VMCS_FIELD_ENCODING,
				    writes[i].field, TEAVMX_A_VMCS_FIELD_VALUE,
				    writes[i].value))
			return -1;
	return 0;
}

/* The VM that exists, or the one to create if its number is 0 */
static int put_vm(struct nl_msg *message, uint32_t vm,
		  const struct teavmx_program *program)
{
	struct nlattr *nest;

	if (vm)
		return nla_put_u32(message, TEAVMX_A_VCPU_VM_ID, vm);
	nest = nla_nest_start(message, TEAVMX_A_VCPU_NEW_VM | NLA_F_NESTED);
	/* libnl would remove a nest that has no attribute. */
	if (!nest || nla_put_u32(message, TEAVMX_A_NEW_VM_FLAGS,
				 program->vm_flags))
		return -1;
	nla_nest_end(message, nest);
	return 0;
}

static int put_new(struct nl_msg *message, uint32_t vm,
		   const struct teavmx_program *program)
{
	if (put_vm(message, vm, program) ||
	    nla_put_u32(message, TEAVMX_A_VCPU_BACKEND, program->backend))
		return -1;
	if (program->pid &&
	    nla_put_u8(message, TEAVMX_A_VCPU_PID, program->pid))
		return -1;
	if (program->stack_size &&
	    nla_put_u32(message, TEAVMX_A_VCPU_STACK_SIZE, program->stack_size))
		return -1;
	if (program->debug && nla_put_flag(message, TEAVMX_A_VCPU_DEBUG))
		return -1;
	if (program->run && nla_put_flag(message, TEAVMX_A_VCPU_RUN))
		return -1;
	if (program->slice && nla_put_flag(message, TEAVMX_A_VCPU_SLICE))
		return -1;
	if (program->engine &&
	    nla_put_u32(message, TEAVMX_A_VCPU_ENGINE, program->engine))
		return -1;
	if (program->keep && nla_put_flag(message, TEAVMX_A_VCPU_KEEP))
		return -1;
	if (teavmx_put_program(message, TEAVMX_A_VCPU_PROGRAM, program->program,
			       program->program_size))
		return -1;
	if (program->argument_size &&
	    nla_put(message, TEAVMX_A_VCPU_ARGUMENTS,
		    (int)program->argument_size, program->arguments))
		return -1;
	return put_writes(message, program->writes, program->write_count);
}

/* A reply that cannot be read to its end may have filled @vcpu. */
static int call_for_vcpu(struct teavmx *teavmx, struct nl_msg *message,
			 uint32_t vm, struct teavmx_vcpu *vcpu)
{
	struct teavmx_reply reply = { TEAVMX_A_VCPU_MAX, fill_vcpu, vcpu };
	int err;

	if (vm)
		err = teavmx_call(teavmx, message, "create a vCPU in VM %u",
				  &reply, vm);
	else
		err = teavmx_call(teavmx, message, "create a vCPU in a new VM",
				  &reply);
	if (err)
		teavmx_vcpu_clear(vcpu);
	return err;
}

int teavmx_vcpu_new(struct teavmx *teavmx, uint32_t vm,
		    const struct teavmx_program *program,
		    struct teavmx_vcpu *vcpu)
{
	struct nl_msg *message;

	memset(vcpu, 0, sizeof(*vcpu));
	if (!teavmx_bytes_fit(teavmx, program->argument_size))
		return -1;
	message = teavmx_request(teavmx, TEAVMX_CMD_VCPU_NEW, 0,
				 SMALL_ROOM + program->program_size +
				 program->argument_size +
				 program->write_count * WRITE_ROOM);
	if (!message)
		return -1;
	if (put_new(message, vm, program)) {
		nlmsg_free(message);
		return teavmx_fail(&teavmx->error, TEAVMX_REQUEST, EMSGSIZE,
				   NULL,
				   "cannot create a vCPU: program and arguments do not fit into a request");
	}
	return call_for_vcpu(teavmx, message, vm, vcpu);
}

int teavmx_raw_vcpu_new_with(struct teavmx *teavmx, uint32_t vm,
			     const struct teavmx_vmcs_write *writes,
			     size_t count, struct teavmx_vcpu *vcpu)
{
	struct nl_msg *message;

	memset(vcpu, 0, sizeof(*vcpu));
	message = teavmx_request(teavmx, TEAVMX_CMD_VCPU_NEW, 0,
				 SMALL_ROOM + count * WRITE_ROOM);
	if (!message)
		return -1;
	if (nla_put_u32(message, TEAVMX_A_VCPU_VM_ID, vm) ||
	    put_writes(message, writes, count)) {
		nlmsg_free(message);
		return teavmx_fail(&teavmx->error, TEAVMX_REQUEST, EMSGSIZE,
				   NULL,
				   "cannot create a vCPU: %zu VMCS fields do not fit into a request",
				   count);
	}
	return call_for_vcpu(teavmx, message, vm, vcpu);
}

int teavmx_raw_vcpu_new(struct teavmx *teavmx, uint32_t vm,
			struct teavmx_vcpu *vcpu)
{
	return teavmx_raw_vcpu_new_with(teavmx, vm, NULL, 0, vcpu);
}

static int call_with_ids(struct teavmx *teavmx, uint8_t command,
			 const char *verb, uint32_t vm, uint32_t id,
			 const struct teavmx_reply *reply)
{
	struct nl_msg *message;

	message = teavmx_request(teavmx, command, 0, 64);
	if (!message)
		return -1;
	nla_put_u32(message, TEAVMX_A_VCPU_VM_ID, vm);
	nla_put_u32(message, TEAVMX_A_VCPU_ID, id);
	return teavmx_call(teavmx, message, "%s vCPU %u of VM %u",
			   reply, verb, id, vm);
}

int teavmx_vcpu_run(struct teavmx *teavmx, uint32_t vm, uint32_t id)
{
	return call_with_ids(teavmx, TEAVMX_CMD_VCPU_RUN, "run", vm, id, NULL);
}

static void put_run(struct nl_msg *message, const struct teavmx_run *run)
{
	if (run->answered)
		nla_put_u64(message, TEAVMX_A_VCPU_ANSWER, run->answer);
	if (run->exits)
		nla_put_u64(message, TEAVMX_A_VCPU_BOUND_EXITS, run->exits);
	if (run->time)
		nla_put_u64(message, TEAVMX_A_VCPU_BOUND_TIME, run->time);
	if (run->steps)
		nla_put_u64(message, TEAVMX_A_VCPU_BOUND_STEPS, run->steps);
	if (run->until)
		nla_put_u32(message, TEAVMX_A_VCPU_UNTIL, run->until);
	if (run->resume)
		nla_put_flag(message, TEAVMX_A_VCPU_RESUME);
	if (run->reset)
		nla_put_flag(message, TEAVMX_A_VCPU_RESET);
	if (run->argument_size)
		nla_put(message, TEAVMX_A_VCPU_ARGUMENTS,
			(int)run->argument_size, run->arguments);
}

static struct nl_msg *run_request(struct teavmx *teavmx, uint32_t vm,
				  uint32_t id, const struct teavmx_run *run)
{
	struct nl_msg *message;

	if (run && !teavmx_bytes_fit(teavmx, run->argument_size))
		return NULL;
	message = teavmx_request(teavmx, TEAVMX_CMD_VCPU_RUN, 0, SMALL_ROOM +
				 (run ? run->argument_size : 0));
	if (!message)
		return NULL;
	nla_put_u32(message, TEAVMX_A_VCPU_VM_ID, vm);
	nla_put_u32(message, TEAVMX_A_VCPU_ID, id);
	if (run)
		put_run(message, run);
	return message;
}

static int call_run(struct teavmx *teavmx, struct nl_msg *message, uint32_t vm,
		    uint32_t id, const struct teavmx_reply *reply)
{
	return teavmx_call(teavmx, message, "run vCPU %u of VM %u", reply, id,
			   vm);
}

int teavmx_vcpu_run_with(struct teavmx *teavmx, uint32_t vm, uint32_t id,
			 const struct teavmx_run *run)
{
	struct nl_msg *message = run_request(teavmx, vm, id, run);

	return message ? call_run(teavmx, message, vm, id, NULL) : -1;
}

static int fill_slice(struct nlattr **a, struct nlmsghdr *answer, void *data)
{
	struct nlattr *exit = a[TEAVMX_A_VCPU_STOP_EXIT];
	struct teavmx_slice *slice = data;

	(void)answer;
	slice->state = u32_of(a[TEAVMX_A_VCPU_STATE]);
	slice->stop = u32_of(a[TEAVMX_A_VCPU_STOP]);
	slice->has_exit = exit;
	slice->message_size = fill_message(slice->message,
					   sizeof(slice->message),
					   a[TEAVMX_A_VCPU_MESSAGE]);
	return exit ? record_exit(u32_of(a[TEAVMX_A_VCPU_VM_ID]), exit,
				  &slice->exit) : 0;
}

int teavmx_vcpu_run_slice(struct teavmx *teavmx, uint32_t vm, uint32_t id,
			  const struct teavmx_run *run,
			  struct teavmx_slice *slice)
{
	struct teavmx_reply reply = { TEAVMX_A_VCPU_MAX, fill_slice, slice };
	struct nl_msg *message = run_request(teavmx, vm, id, run);

	memset(slice, 0, sizeof(*slice));
	if (!message)
		return -1;
	nla_put_flag(message, TEAVMX_A_VCPU_SLICE);
	return call_run(teavmx, message, vm, id, &reply);
}

/* The reply to a batch, which is one to a slice too */
struct batch_reply {
	struct teavmx_batch *batch;
	struct teavmx_slice *slice;
};

static void add_result(struct teavmx_batch *batch, const struct nlattr *attr)
{
	struct teavmx_result *result = &batch->results[batch->done];
	size_t size = (size_t)nla_len(attr);

	if (batch->done == batch->count || size < sizeof(result->steps))
		return;
	size -= sizeof(result->steps);
	if (size > sizeof(result->message))
		return;
	memcpy(&result->steps, nla_data(attr), sizeof(result->steps));
	result->message_size = size;
	memcpy(result->message,
	       (const char *)nla_data(attr) + sizeof(result->steps), size);
	batch->done++;
}

static int fill_batch(struct nlattr **a, struct nlmsghdr *answer, void *data)
{
	struct batch_reply *reply = data;
	struct nlattr *attr;
	int left;

	reply->batch->next_seq = u64_of(a[TEAVMX_A_VCPU_NEXT_SEQ]);
	nlmsg_for_each_attr(attr, answer, GENL_HDRLEN, left)
		if (nla_type(attr) == TEAVMX_A_VCPU_RESULT)
			add_result(reply->batch, attr);
	return fill_slice(a, answer, reply->slice);
}

int teavmx_vcpu_run_batch(struct teavmx *teavmx, uint32_t vm, uint32_t id,
			  struct teavmx_batch *batch,
			  struct teavmx_slice *slice)
{
	struct batch_reply filled = { batch, slice };
	struct teavmx_reply reply = { TEAVMX_A_VCPU_MAX, fill_batch, &filled };
	const struct teavmx_run run = {
		.reset = true,
		.arguments = batch->arguments,
		.argument_size = batch->count * batch->argument_size,
	};
	struct nl_msg *message;

	memset(slice, 0, sizeof(*slice));
	batch->done = 0;
	message = run_request(teavmx, vm, id, &run);
	if (!message)
		return -1;
	nla_put_u32(message, TEAVMX_A_VCPU_BATCH, batch->count);
	return call_run(teavmx, message, vm, id, &reply);
}

int teavmx_vcpu_pause(struct teavmx *teavmx, uint32_t vm, uint32_t id)
{
	return call_with_ids(teavmx, TEAVMX_CMD_VCPU_PAUSE, "pause", vm, id,
			     NULL);
}

int teavmx_vcpu_kill(struct teavmx *teavmx, uint32_t vm, uint32_t id)
{
	return call_with_ids(teavmx, TEAVMX_CMD_VCPU_KILL, "kill", vm, id,
			     NULL);
}

int teavmx_vcpu_get(struct teavmx *teavmx, uint32_t vm, uint32_t id,
		    struct teavmx_vcpu *vcpu)
{
	struct teavmx_reply reply = { TEAVMX_A_VCPU_MAX, fill_vcpu, vcpu };

	memset(vcpu, 0, sizeof(*vcpu));
	if (!call_with_ids(teavmx, TEAVMX_CMD_VCPU_GET, "get", vm, id, &reply))
		return 0;
	teavmx_vcpu_clear(vcpu);
	return -1;
}

int teavmx_vcpu_state(struct teavmx *teavmx, uint32_t vm, uint32_t id,
		      uint32_t *state, uint32_t *stop)
{
	const struct teavmx_error before = teavmx->error;
	struct teavmx_vcpu vcpu;

	if (teavmx_vcpu_get(teavmx, vm, id, &vcpu))
		return -1;
	teavmx->error = before;
	*state = vcpu.state;
	*stop = vcpu.stop;
	teavmx_vcpu_clear(&vcpu);
	return 0;
}

struct vcpu_array {
	struct teavmx_vcpu *vcpus;
	size_t count;
};

static int add_vcpu(struct nlattr **a, struct nlmsghdr *answer, void *data)
{
	struct vcpu_array *array = data;
	struct teavmx_vcpu *grown;

	grown = reallocarray(array->vcpus, array->count + 1, sizeof(*grown));
	if (!grown)
		return -1;
	array->vcpus = grown;
	if (fill_vcpu(a, answer, &grown[array->count]))
		return -1;
	array->count++;
	return 0;
}

static int list_once(struct teavmx *teavmx, uint32_t vm,
		     struct vcpu_array *array)
{
	struct teavmx_reply reply = { TEAVMX_A_VCPU_MAX, add_vcpu, array };
	struct nl_msg *message;

	teavmx_vcpu_free(array->vcpus, array->count);
	array->vcpus = NULL;
	array->count = 0;
	message = teavmx_request(teavmx, TEAVMX_CMD_VCPU_GET, NLM_F_DUMP, 64);
	if (!message)
		return -1;
	if (vm)
		nla_put_u32(message, TEAVMX_A_VCPU_VM_ID, vm);
	return teavmx_call(teavmx, message, "list vCPUs", &reply);
}

int teavmx_vcpu_list(struct teavmx *teavmx, uint32_t vm,
		     struct teavmx_vcpu **vcpus)
{
	struct vcpu_array array = { NULL, 0 };
	int tries = DUMP_TRIES;
	int err;

	do {
		err = list_once(teavmx, vm, &array);
	} while (err > 0 && --tries);
	err = teavmx_dump_end(teavmx, err, "list vCPUs");
	*vcpus = NULL;
	if (err < 0 || !array.count) {
		teavmx_vcpu_free(array.vcpus, array.count);
		return err < 0 ? -1 : 0;
	}
	*vcpus = array.vcpus;
	return (int)array.count;
}

void teavmx_vcpu_free(struct teavmx_vcpu *vcpus, size_t count)
{
	while (count)
		teavmx_vcpu_clear(&vcpus[--count]);
	free(vcpus);
}
