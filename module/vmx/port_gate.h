/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TEAVMX_PORT_GATE_H
#define _TEAVMX_PORT_GATE_H

#include <linux/atomic.h>
#include <linux/compiler.h>
#include <linux/processor.h>
#include <linux/types.h>

/*
 * The fast path accesses the ports of a VM where no lock of the kernel can be
 * taken: neither lockdep nor a tracer may run there, and a spinlock can be a call
 * of a hypervisor. So it passes a gate instead, which the holder of vm->ports_lock
 * closes. It never waits for the gate: if that is closed, or another vCPU is in it,
 * the access is left to the slow path. The holder waits for one fast access at
 * most, which has interrupts off.
 */

/* A vCPU on the fast path is in the gate. */
#define PORT_GATE_FAST 1
/* The holder of vm->ports_lock has closed it. */
#define PORT_GATE_CLOSED 2

/**
 * struct port_gate - keeps the fast path from the ports of a VM
 * @state: PORT_GATE_FAST, PORT_GATE_CLOSED, both or 0; 0 at the beginning
 */
struct port_gate {
	atomic_t state;
};

/**
 * port_gate_enter() - enter the gate, if it is open and empty
 * @gate: the gate
 *
 * Context: interrupts off; code that is noinstr may call it.
 *
 * Return: true when port_gate_leave() has to follow.
 */
static __always_inline bool port_gate_enter(struct port_gate *gate)
{
	int open = 0;

	/* Pairs with the release in port_gate_open() and in port_gate_leave(). */
	return arch_atomic_try_cmpxchg(&gate->state, &open, PORT_GATE_FAST);
}

/**
 * port_gate_leave() - leave the gate
 * @gate: the gate
 *
 * Context: as port_gate_enter().
 */
static __always_inline void port_gate_leave(struct port_gate *gate)
{
	/*
	 * A locked instruction is a full barrier. It pairs with the acquire in
	 * port_gate_close() and the cmpxchg in port_gate_enter().
	 */
	arch_atomic_and(~PORT_GATE_FAST, &gate->state);
}

/**
 * port_gate_close() - close the gate and wait until it is empty
 * @gate: the gate
 *
 * Context: vm->ports_lock is held until after port_gate_open().
 */
static inline void port_gate_close(struct port_gate *gate)
{
	atomic_or(PORT_GATE_CLOSED, &gate->state);
	/* Pairs with the barrier in port_gate_leave(). */
	atomic_cond_read_acquire(&gate->state, !(VAL & PORT_GATE_FAST));
}

/**
 * port_gate_open() - undo port_gate_close()
 * @gate: the gate
 */
static inline void port_gate_open(struct port_gate *gate)
{
	/* Pairs with the cmpxchg in port_gate_enter(). */
	atomic_set_release(&gate->state, 0);
}

#endif
