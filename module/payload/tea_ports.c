// SPDX-License-Identifier: GPL-2.0-only
#include "tea.h"
#include "commands.h"
#include "debug.h"
#include "host_ports.h"
#include "../event.h"
#include "../vcpu.h"
#include "../vm.h"
#include "../tea/ports.h"

#include <linux/hrtimer.h>
#include <linux/ktime.h>
#include <linux/sched.h>

/*
 * Port accesses and packets of TEA processes. The thread of the vCPU executes
 * them, and it may sleep or wait at a port meanwhile.
 */

/* How much later than asked a sleep may end; the default of user space. */
#define SLEEP_SLACK_NS (50 * NSEC_PER_USEC)

/* A port cannot hold the process any longer, whatever it waits for. */
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
	/* An early wake-up, or a freeze, does not move the end. */
	end = ktime_add_ms(ktime_get(), milliseconds);
	do {
		/* Pairs with wake_up_process() in vcpu_kill(), vcpu_pause(). */
		set_current_state(VCPU_SLEEP);
		if (tea_must_leave(vcpu))
			break;
	} while (schedule_hrtimeout_range(&end, SLEEP_SLACK_NS,
					  HRTIMER_MODE_ABS));
	__set_current_state(TASK_RUNNING);
	if (!vcpu_killed(vcpu))
		vcpu_set_state(vcpu, TEAVMX_VCPU_STATE_RUNNING, 0);
}

/* Wait until the port has changed at which tea_try_port() found no value. */
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

/* After TEA_PORT_WAIT the thread is in the port's queue: tea_wait() is next. */
static enum tea_port_result tea_try_port(struct teavmx_vcpu *vcpu,
					 struct tea_access *access)
{
	struct teavmx_vm *vm = vcpu->vm;
	enum tea_port_result result;

	spin_lock(&vm->ports_lock);
	result = tea_port_access(&vm->ports, access);
	if (result == TEA_PORT_WAKE)
		port_queue_wake(&vm->port_queue, access->port);
	else if (result == TEA_PORT_WAIT)
		port_queue_add(&vm->port_queue, access->port, &vcpu->waiter);
	spin_unlock(&vm->ports_lock);
	return result;
}

/**
 * payload_tea_port() - do a port access, however long it takes
 * @vcpu: the vCPU; called by its thread
 * @access: the access; a read's value comes back in it
 *
 * Return: 0, TEA_HOME_HELD for a process under a debugger that has to pause, or
 * the exit code that ends the process.
 */
int payload_tea_port(struct teavmx_vcpu *vcpu, struct tea_access *access)
{
	enum tea_port_result result;

	access->pid = vcpu->pid;
	/* What it has said so far is out before another acts on this. */
	if (access->write && access->port - TEA_PORT_SEMAPHORE < TEA_SEMAPHORES)
		event_flush(vcpu);
	for (;;) {
		result = tea_try_port(vcpu, access);
		if (result != TEA_PORT_WAIT)
			break;
		tea_wait(vcpu, access->port);
		if (vcpu_killed(vcpu))
			return TEA_EXIT_KILL;
		if (payload_debug_pause_due(vcpu)) {
			vcpu_set_state(vcpu, TEAVMX_VCPU_STATE_RUNNING, 0);
			return TEA_HOME_HELD;
		}
	}
	if (vcpu_state(vcpu) == TEAVMX_VCPU_STATE_WAITING)
		vcpu_set_state(vcpu, TEAVMX_VCPU_STATE_RUNNING, 0);

	if (result == TEA_PORT_IO_ERR)
		return TEA_EXIT_IO_ERR;
	if (result == TEA_PORT_ASK)
		return host_port_access(vcpu, access);
	if (result == TEA_PORT_TEXT)
		event_text(vcpu, TEAVMX_EVENT_TYPE_TEA_TEXT, access->value);
	else if (result == TEA_PORT_SENT)
		event_text(vcpu, TEAVMX_EVENT_TYPE_TEA_SERIAL, access->value);
	else if (result == TEA_PORT_SLEEP)
		tea_sleep(vcpu, access->value);
	if (vcpu_killed(vcpu))
		return TEA_EXIT_KILL;
	/* A sleep may begin anew; a text that was shown may not. */
	if (result == TEA_PORT_SLEEP && payload_debug_pause_due(vcpu))
		return TEA_HOME_HELD;
	return TEA_EXIT_NORMAL;
}

/**
 * payload_tea_command() - do what a packet says, or pass it to the host program
 * @vcpu: the vCPU; called by its thread
 * @packet: address, length, data
 * @size: 2 to 10
 *
 * Return: 0, or the exit code that ends the process.
 */
int payload_tea_command(struct teavmx_vcpu *vcpu, const u8 *packet,
			unsigned int size)
{
	if (commands_is_own(vcpu->vm, packet, size))
		return commands_from_inside(vcpu, packet, size);
	event_bytes(vcpu, TEAVMX_EVENT_TYPE_TEA_PACKET, packet, size);
	return TEA_EXIT_NORMAL;
}
