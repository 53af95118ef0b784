// SPDX-License-Identifier: GPL-2.0-only
#include "host_ports.h"
#include "debug.h"
#include "../vcpu.h"
#include "../vm.h"

#include <linux/sched.h>

/*
 * The host program implements the ports F000 to FFFF. Each access is an event
 * with a number. After a write the process continues at once; a read waits
 * until the host program has given the value.
 */

static void host_port_request(struct teavmx_vcpu *vcpu,
			      const struct tea_access *access)
{
	struct event_request event = {
		.number = vcpu->host_request.number + 1,
		.port = access->port,
		.size = access->size,
		.write = access->write,
		.value = access->write ? access->value : 0,
	};

	spin_lock(&vcpu->lock);
	vcpu->host_request.number = event.number;
	vcpu->host_request.size = event.size;
	/*
	 * The state is set before the event is sent, because the host program
	 * may answer at once.
	 */
	vcpu->host_request.state = access->write ? HOST_IDLE : HOST_ASKED;
	spin_unlock(&vcpu->lock);
	event_request(vcpu, &event);
}

static bool is_asked(struct teavmx_vcpu *vcpu)
{
	/*
	 * Pairs with smp_store_release() in host_port_answer(): the value was
	 * written before the state.
	 */
	return smp_load_acquire(&vcpu->host_request.state) == HOST_ASKED;
}

static int take_answer(struct teavmx_vcpu *vcpu, struct tea_access *access)
{
	struct host_request *request = &vcpu->host_request;
	int code = TEA_EXIT_IO_ERR;

	spin_lock(&vcpu->lock);
	/*
	 * Without an answer the process has to pause or was killed. The access
	 * is withdrawn; after a pause it is executed again with a new number.
	 */
	if (request->state == HOST_ASKED)
		code = TEA_HOOK_HELD;
	else if (request->state == HOST_ANSWERED)
		code = TEA_EXIT_NORMAL;
	access->value = request->value;
	request->state = HOST_IDLE;
	spin_unlock(&vcpu->lock);
	return code;
}

/**
 * host_port_access() - have the host program execute an access
 * @vcpu: the vCPU; called by its thread
 * @access: the access to a host port; it receives the value of a read
 *
 * Context: may sleep, for as long as the host program does not answer.
 *
 * Return: 0, TEA_HOOK_HELD for a process under a debugger that has to pause, or
 * the exit code that ends the process.
 */
int host_port_access(struct teavmx_vcpu *vcpu, struct tea_access *access)
{
	int code;

	if (!(vcpu->vm->flags & TEAVMX_VM_FLAGS_HOST_PORTS))
		return TEA_EXIT_IO_ERR;
	host_port_request(vcpu, access);
	if (access->write) {
		/*
		 * A host program may wait for this write, so it is sent at
		 * once.
		 */
		event_flush(vcpu);
		return vcpu_killed(vcpu) ? TEA_EXIT_KILL : TEA_EXIT_NORMAL;
	}
	vcpu_set_state(vcpu, TEAVMX_VCPU_STATE_WAITING, access->port);
	vcpu_wait(vcpu_killed(vcpu) || payload_debug_pause_due(vcpu) ||
		  !is_asked(vcpu));
	code = take_answer(vcpu, access);
	if (vcpu_killed(vcpu))
		return TEA_EXIT_KILL;
	vcpu_set_state(vcpu, TEAVMX_VCPU_STATE_RUNNING, 0);
	return code;
}

/**
 * host_port_answer() - complete a read with the answer of the host program
 * @vcpu: the vCPU
 * @answer: the answer
 *
 * Context: vm->lock is held.
 *
 * Return: 0; -ENOENT when the vCPU does not wait for this access, -ERANGE when
 * the value has more bytes than the process reads.
 */
int host_port_answer(struct teavmx_vcpu *vcpu,
		     const struct host_answer *answer)
{
	struct host_request *request = &vcpu->host_request;
	int err = 0;

	spin_lock(&vcpu->lock);
	if (request->state != HOST_ASKED || request->number != answer->request) {
		err = -ENOENT;
	} else if (request->size == TEA_SIZE_CHAR && answer->value > U8_MAX) {
		err = -ERANGE;
	} else {
		request->value = answer->value;
		/* Pairs with smp_load_acquire() in is_asked(). */
		smp_store_release(&request->state, answer->refused ?
				  HOST_REFUSED : HOST_ANSWERED);
	}
	spin_unlock(&vcpu->lock);
	if (!err)
		wake_up_process(vcpu->task);
	return err;
}
