// SPDX-License-Identifier: GPL-2.0-only
#include "host_ports.h"
#include "debug.h"
#include "../vcpu.h"
#include "../vm.h"

#include <linux/sched.h>

/*
 * Ports F000 to FFFF are done by the host program. Each access is an event with
 * a number; a write goes on at once, a read waits until the host program gives
 * its value.
 */

static void host_port_request(struct teavmx_vcpu *vcpu, const struct tea_access *access)
{
	struct event_request event = {
		.number = vcpu->asked.number + 1,
		.size = access->size,
		.write = access->write,
		.value = access->write ? access->value : 0,
	};

	spin_lock(&vcpu->lock);
	vcpu->asked.number = event.number;
	vcpu->asked.size = event.size;
	/* Before the event is out: the answer may be there at once. */
	vcpu->asked.state = access->write ? HOST_IDLE : HOST_ASKED;
	spin_unlock(&vcpu->lock);
	event_request(vcpu, access->port, &event);
}

static bool is_asked(struct teavmx_vcpu *vcpu)
{
	/* Pairs with host_port_answer(): the value comes before the state. */
	return smp_load_acquire(&vcpu->asked.state) == HOST_ASKED;
}

static int take_answer(struct teavmx_vcpu *vcpu, struct tea_access *access)
{
	struct host_request *asked = &vcpu->asked;
	int code = TEA_EXIT_IO_ERR;

	spin_lock(&vcpu->lock);
	/* Without an answer it is withdrawn, and asked for again later. */
	if (asked->state == HOST_ASKED)
		code = TEA_HOME_HELD;
	else if (asked->state == HOST_ANSWERED)
		code = TEA_EXIT_NORMAL;
	access->value = asked->value;
	asked->state = HOST_IDLE;
	spin_unlock(&vcpu->lock);
	return code;
}

/**
 * host_port_access() - have the host program do an access
 * @vcpu: the vCPU; called by its thread
 * @access: the access, of a host port; a read's value comes back in it
 *
 * Return: 0, TEA_HOME_HELD for a process under a debugger that has to pause, or
 * the exit code that ends the process.
 */
int host_port_access(struct teavmx_vcpu *vcpu, struct tea_access *access)
{
	int code;

	if (!(vcpu->vm->flags & TEAVMX_VM_FLAGS_HOST_PORTS))
		return TEA_EXIT_IO_ERR;
	host_port_request(vcpu, access);
	if (access->write) {
		/* The host program may be waiting for it. */
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
 * host_port_answer() - the host program answers a read
 * @vcpu: the vCPU
 * @answer: the answer
 *
 * Context: vm->lock is held.
 *
 * Return: 0; -ENOENT when this request does not wait, -ERANGE when the value
 * needs more bytes than are read.
 */
int host_port_answer(struct teavmx_vcpu *vcpu,
		     const struct host_answer *answer)
{
	struct host_request *asked = &vcpu->asked;
	int err = 0;

	spin_lock(&vcpu->lock);
	if (asked->state != HOST_ASKED || asked->number != answer->request) {
		err = -ENOENT;
	} else if (asked->size == TEA_SIZE_CHAR && answer->value > U8_MAX) {
		err = -ERANGE;
	} else {
		asked->value = answer->value;
		/* Pairs with is_asked(). */
		smp_store_release(&asked->state, answer->refused ?
				  HOST_REFUSED : HOST_ANSWERED);
	}
	spin_unlock(&vcpu->lock);
	if (!err)
		wake_up_process(vcpu->task);
	return err;
}
