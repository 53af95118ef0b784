// SPDX-License-Identifier: GPL-2.0-only
#include "tea.h"
#include "commands.h"
#include "debug.h"
#include "host_ports.h"
#include "../event.h"
#include "../vcpu.h"
#include "../vm.h"
#include "../tea/ports.h"
#include "../vmx/tea.h"

#include <linux/hrtimer.h>
#include <linux/ktime.h>
#include <linux/sched.h>

/*
 * Port accesses and packets of TEA processes. The thread of the vCPU executes
 * them, and it may sleep or wait at a port meanwhile. A request that runs the guest
 * in a slice executes those that need no wait.
 */

/*
 * How much later than requested a sleep may end. It is the default slack of
 * user space, so that timers of idle guests can be coalesced.
 */
#define SLEEP_SLACK_NS (50 * NSEC_PER_USEC)

/* Must the process stop waiting at a port, even without a value? */
static bool tea_must_leave(const struct teavmx_vcpu *vcpu)
{
	return vcpu_killed(vcpu) || payload_debug_pause_due(vcpu);
}

static void tea_sleep(struct teavmx_vcpu *vcpu, u32 milliseconds)
{
	ktime_t end;

	if (!milliseconds) {
		cond_resched();
		return;
	}
	vcpu_set_state(vcpu, TEAVMX_VCPU_STATE_SLEEPING, TEA_PORT_TIMER);
	/*
	 * The end is absolute, so an early wake-up or a freeze does not move
	 * it.
	 */
	end = ktime_add_ms(ktime_get(), milliseconds);
	do {
		/*
		 * The barrier in set_current_state() pairs with that in
		 * wake_up_process() of vcpu_kill() and vcpu_pause(): this
		 * thread sees the request, or is woken.
		 */
		set_current_state(VCPU_SLEEP);
		if (tea_must_leave(vcpu))
			break;
	} while (schedule_hrtimeout_range(&end, SLEEP_SLACK_NS,
					  HRTIMER_MODE_ABS));
	__set_current_state(TASK_RUNNING);
	if (!vcpu_killed(vcpu))
		vcpu_set_state(vcpu, TEAVMX_VCPU_STATE_RUNNING, 0);
}

/* Waits until a port changes at which tea_try_port() found no value. */
static void tea_wait(struct teavmx_vcpu *vcpu, u16 port)
{
	struct teavmx_vm *vm = vcpu->vm;

	if (vcpu_state(vcpu) != TEAVMX_VCPU_STATE_WAITING)
		vcpu_set_state(vcpu, TEAVMX_VCPU_STATE_WAITING, port);
	vcpu_wait(tea_must_leave(vcpu) || port_waiter_woken(&vcpu->waiter));
	spin_lock(&vm->ports_lock);
	port_waiter_remove(&vcpu->waiter);
	spin_unlock(&vm->ports_lock);
}

/*
 * Makes an access once. If the result is TEA_PORT_WAIT, the thread is in the
 * queue of the port, and tea_wait() has to be called next. In a slice nothing has
 * happened then.
 */
static enum tea_port_result tea_try_port(struct teavmx_vcpu *vcpu,
					 struct tea_access *access)
{
	struct teavmx_vm *vm = vcpu->vm;
	enum tea_port_result result;

	vm_lock_ports(vm);
	result = tea_port_access(&vm->ports, access);
	if (result == TEA_PORT_WAKE)
		port_queue_wake(&vm->port_queue, access->port);
	else if (result == TEA_PORT_WAIT && !vcpu_in_slice(vcpu))
		port_queue_add(&vm->port_queue, access->port, &vcpu->waiter);
	vm_unlock_ports(vm);
	return result;
}

/* Has the thread to make an access, which so far had no effect? */
static bool tea_needs_thread(const struct teavmx_vcpu *vcpu,
			     const struct tea_access *access,
			     enum tea_port_result result)
{
	return vcpu_in_slice(vcpu) &&
	       (result == TEA_PORT_WAIT || result == TEA_PORT_SLEEP ||
		(result == TEA_PORT_ASK && !access->write));
}

/**
 * payload_tea_port() - execute a port access
 * @vcpu: the vCPU; called by its thread or in a slice
 * @access: the access; it receives the value of a read
 *
 * Context: may sleep, for as long as there is no value.
 *
 * Return: 0, TEA_HOOK_HELD for a process under a debugger that has to pause,
 * TEA_NEEDS_THREAD in a slice, or the exit code that ends the process.
 */
int payload_tea_port(struct teavmx_vcpu *vcpu, struct tea_access *access)
{
	enum tea_port_result result;
	u8 character;

	access->pid = vcpu->pid;
	/*
	 * Events of this process are sent first: a process that this semaphore
	 * wakes must not send its own before them.
	 */
	if (vmx_tea_wakes_others(access))
		event_flush(vcpu);
	for (;;) {
		result = tea_try_port(vcpu, access);
		if (tea_needs_thread(vcpu, access, result))
			return TEA_NEEDS_THREAD;
		if (result != TEA_PORT_WAIT)
			break;
		tea_wait(vcpu, access->port);
		if (vcpu_killed(vcpu))
			return TEA_EXIT_KILL;
		if (payload_debug_pause_due(vcpu)) {
			vcpu_set_state(vcpu, TEAVMX_VCPU_STATE_RUNNING, 0);
			return TEA_HOOK_HELD;
		}
	}
	if (vcpu_state(vcpu) == TEAVMX_VCPU_STATE_WAITING)
		vcpu_set_state(vcpu, TEAVMX_VCPU_STATE_RUNNING, 0);

	if (result == TEA_PORT_IO_ERR)
		return TEA_EXIT_IO_ERR;
	if (result == TEA_PORT_ASK)
		return host_port_access(vcpu, access);
	character = access->value;
	if (result == TEA_PORT_TEXT)
		event_text(vcpu, TEAVMX_EVENT_TYPE_TEA_TEXT, &character, 1);
	else if (result == TEA_PORT_SENT)
		event_text(vcpu, TEAVMX_EVENT_TYPE_TEA_SERIAL, &character, 1);
	else if (result == TEA_PORT_SLEEP)
		tea_sleep(vcpu, access->value);
	if (vcpu_killed(vcpu))
		return TEA_EXIT_KILL;
	/*
	 * A sleep that a request to pause has ended can begin again after the
	 * pause. A text that was sent must not be sent again.
	 */
	if (result == TEA_PORT_SLEEP && payload_debug_pause_due(vcpu))
		return TEA_HOOK_HELD;
	return TEA_EXIT_NORMAL;
}

/**
 * payload_tea_command() - execute a packet, or send it to the host program
 * @vcpu: the vCPU; called by its thread or in a slice
 * @packet: address, length, data
 * @size: 2 to 10
 *
 * Return: 0, TEA_NEEDS_THREAD in a slice, or the exit code that ends the process.
 */
int payload_tea_command(struct teavmx_vcpu *vcpu, const u8 *packet,
			unsigned int size)
{
	/* A process that is launched inherits from the thread of its launcher. */
	if (commands_is_own(vcpu->vm, packet, size))
		return vcpu_in_slice(vcpu) ? TEA_NEEDS_THREAD :
		       commands_from_inside(vcpu, packet, size);
	event_bytes(vcpu, TEAVMX_EVENT_TYPE_TEA_PACKET, packet, size);
	return TEA_EXIT_NORMAL;
}
