// SPDX-License-Identifier: GPL-2.0-only
#include "inject.h"
#include "../caps.h"
#include "guest.h"
#include "inject_check.h"
#include "../run.h"
#include "../vmcs.h"
#include "vm.h"

#include <linux/bits.h>
#include <linux/errno.h>
#include <linux/string.h>
#include <asm/msr-index.h>
#include <asm/processor-flags.h>
#include <asm/trapnr.h>
#include <asm/vmx.h>

#include <uapi/vmx.h>

/*
 * Events for raw guests (SDM "VM-Entry Controls for Event Injection"). Each
 * entry injects at most one, vmx->event: an exception that a handler raised, an
 * event whose delivery an exit interrupted, or one from the queue. It is
 * cleared only after an exit that shows that it was delivered, so an entry that
 * fails loses no event.
 */

#define BLOCKED_BY_STI_OR_MOV_SS \
	(GUEST_INTR_STATE_STI | GUEST_INTR_STATE_MOV_SS)

/*
 * "NMI unblocking due to IRET" in the exit qualification of EPT violations and
 * notify VM exits.
 */
#define QUALIFICATION_NMI_UNBLOCKED BIT(12)

#define EVENT_MASK							\
	(INTR_INFO_VECTOR_MASK | INTR_INFO_INTR_TYPE_MASK |		\
	 INTR_INFO_DELIVER_CODE_MASK | INTR_INFO_VALID_MASK)

/* The state of the guest that decides which events it can receive now. */
struct gate {
	u32 blocking;
	bool interrupt_flag;
	bool trap_due;
};

/*
 * The classes by which SDM "Interrupt 8—Double Fault Exception (#DF)" decides
 * whether two exceptions become a double fault.
 */
enum fault_class {
	FAULT_BENIGN,
	FAULT_CONTRIBUTORY,
	FAULT_PAGE,
	FAULT_DOUBLE,
};

static bool is_valid(const struct vmx_event *event)
{
	return event->info & INTR_INFO_VALID_MASK;
}

static u32 type_of(const struct vmx_event *event)
{
	return event->info & INTR_INFO_INTR_TYPE_MASK;
}

static u8 vector_of(const struct vmx_event *event)
{
	return event->info & INTR_INFO_VECTOR_MASK;
}

static bool is_exception(const struct vmx_event *event)
{
	return type_of(event) == INTR_TYPE_HARD_EXCEPTION;
}

/*
 * A fault returns to the instruction that raised it. The processor sets RF in
 * the RFLAGS that it saves for a fault, but not for traps and aborts.
 */
static bool is_fault(const struct vmx_event *event)
{
	if (!is_exception(event))
		return false;
	switch (vector_of(event)) {
	case X86_TRAP_DB:
	case X86_TRAP_BP:
	case X86_TRAP_OF:
	case X86_TRAP_DF:
	case X86_TRAP_MC:
		return false;
	default:
		return true;
	}
}

/**
 * inject_queue_init() - initialize an empty queue
 * @queue: the queue
 */
void inject_queue_init(struct inject_queue *queue)
{
	raw_spin_lock_init(&queue->lock);
	queue->count = 0;
}

/**
 * inject_queue_copy() - replace the events of a queue
 * @to: the queue; its lock is initialized
 * @from: receives no event meanwhile, and nor does @to
 *
 * Context: neither queue is of a vCPU that runs; the VM is locked, which each
 * request that adds an event needs.
 */
void inject_queue_copy(struct inject_queue *to,
		       const struct inject_queue *from)
{
	memcpy(to->list, from->list, sizeof(to->list));
	WRITE_ONCE(to->count, from->count);
}

/**
 * inject_queue_add() - append an event to the queue of a vCPU
 * @queue: the queue
 * @event: the event
 *
 * Context: interrupts on. A vCPU that runs has to be kicked afterwards.
 *
 * Return: number of events in the queue, -EBUSY when it is full.
 */
int inject_queue_add(struct inject_queue *queue, const struct vmx_event *event)
{
	int pending = -EBUSY;

	raw_spin_lock_irq(&queue->lock);
	if (queue->count < INJECT_MAX) {
		queue->list[queue->count] = *event;
		pending = queue->count + 1;
		WRITE_ONCE(queue->count, pending);
	}
	raw_spin_unlock_irq(&queue->lock);
	return pending;
}

static struct vmx_event queue_take(struct inject_queue *queue,
				   unsigned int place)
{
	struct vmx_event event = queue->list[place];

	WRITE_ONCE(queue->count, queue->count - 1);
	memmove(&queue->list[place], &queue->list[place + 1],
		(queue->count - place) * sizeof(event));
	return event;
}

static void give_back(struct inject_queue *queue, struct vmx_event *event)
{
	memmove(&queue->list[1], &queue->list[0],
		queue->count * sizeof(*event));
	queue->list[0] = *event;
	WRITE_ONCE(queue->count, queue->count + 1);
	event->info = 0;
}

static enum fault_class class_of(const struct vmx_event *event)
{
	if (!is_valid(event) || !is_exception(event))
		return FAULT_BENIGN;
	switch (vector_of(event)) {
	case X86_TRAP_DE:
	case X86_TRAP_TS:
	case X86_TRAP_NP:
	case X86_TRAP_SS:
	case X86_TRAP_GP:
	case X86_TRAP_CP:
		return FAULT_CONTRIBUTORY;
	case X86_TRAP_PF:
	case X86_TRAP_VE:
		return FAULT_PAGE;
	case X86_TRAP_DF:
		return FAULT_DOUBLE;
	default:
		return FAULT_BENIGN;
	}
}

/**
 * inject_exception() - inject an exception at the next entry
 * @vmx: the vCPU
 * @event: the exception
 *
 * If vmx->event is an exception whose delivery has not ended, both combine as
 * on a processor: they can become a double fault or a triple fault. The
 * exception replaces any other event.
 */
void inject_exception(struct vmx_vcpu *vmx, const struct vmx_event *event)
{
	enum fault_class first = class_of(&vmx->event);
	enum fault_class second = class_of(event);

	vmx->event = *event;
	if (first == FAULT_DOUBLE &&
	    (second == FAULT_CONTRIBUTORY || second == FAULT_PAGE)) {
		vmx->event.info = 0;
		vmx->triple_fault = true;
	} else if (second == FAULT_CONTRIBUTORY ?
		   first == FAULT_CONTRIBUTORY || first == FAULT_PAGE :
		   second == FAULT_PAGE && first == FAULT_PAGE) {
		vmx->event.info = X86_TRAP_DF | INTR_TYPE_HARD_EXCEPTION |
				  INTR_INFO_VALID_MASK;
		vmx->event.error = 0;
	}
}

/**
 * inject_triple_fault() - does a triple fault take the place of the next entry?
 * @vmx: the vCPU
 *
 * Return: true when inject_exception() has found a triple fault; vmx->exit is
 * then an exit with that reason.
 */
bool inject_triple_fault(struct vmx_vcpu *vmx)
{
	if (!vmx->triple_fault)
		return false;
	vmx->triple_fault = false;
	vmx->answered = false;
	vmx->split_lock = false;
	vmx->ours = false;
	vmx->exit = (struct vmx_exit) {
		.entered = true,
		.reason = VMX_EXIT_TRIPLE_FAULT,
		.rip = vmx->rip,
		.cpu = vmx->exit.cpu,
	};
	return true;
}

/**
 * inject_window() - handle an exit for an interrupt window or NMI window
 * @vmx: the vCPU; inject_before_entry() checks its queue next
 *
 * Return: true.
 */
bool inject_window(struct vmx_vcpu *vmx)
{
	return true;
}

/**
 * inject_answered() - drop the event that the host program has answered
 * @vmx: the vCPU
 *
 * Return: true when the exit that was answered interrupted the delivery of an
 * event, so that no instruction has to be skipped.
 */
bool inject_answered(struct vmx_vcpu *vmx)
{
	if (!(vmx->exit.vectoring & VECTORING_INFO_VALID_MASK))
		return false;
	vmx->event.info = 0;
	return true;
}

/*
 * An IRET that exits may have ended the blocking of NMIs already, but will be
 * executed again, so NMIs have to be blocked until then. The bit is undefined
 * after a double fault, and while an event is being delivered, for which
 * inject_after_exit() does not call this.
 */
static void block_nmis_again(const struct vmx_exit *exit)
{
	bool unblocked = false;

	if ((u16)exit->reason == VMX_EXIT_EPT_VIOLATION ||
	    (u16)exit->reason == VMX_EXIT_NOTIFY)
		unblocked = exit->qualification & QUALIFICATION_NMI_UNBLOCKED;
	else if ((u16)exit->reason == VMX_EXIT_EXCEPTION_NMI)
		unblocked = exit->intr_info & INTR_INFO_UNBLOCK_NMI &&
			    (exit->intr_info & INTR_INFO_VECTOR_MASK) !=
			    X86_TRAP_DF;
	if (unblocked)
		vmcs_write32(GUEST_INTERRUPTIBILITY_INFO,
			     vmcs_read32(GUEST_INTERRUPTIBILITY_INFO) |
			     GUEST_INTR_STATE_NMI);
}

/**
 * inject_after_exit() - find out whether the injected event was delivered
 * @vmx: the vCPU, after an exit
 *
 * If valid, the IDT-vectoring information has the event whose delivery the exit
 * interrupted, and the next entry injects it again.
 */
void inject_after_exit(struct vmx_vcpu *vmx)
{
	const struct vmx_exit *exit = &vmx->exit;

	if (exit->vectoring & VECTORING_INFO_VALID_MASK) {
		vmx->event.info = exit->vectoring & EVENT_MASK;
		vmx->event.error = exit->vectoring_error;
		vmx->event.length = exit->length;
		return;
	}
	vmx->event.info = 0;
	block_nmis_again(exit);
}

static void gate_read(struct gate *gate)
{
	gate->blocking = vmcs_read32(GUEST_INTERRUPTIBILITY_INFO);
	gate->interrupt_flag = vmcs_readl(GUEST_RFLAGS) & X86_EFLAGS_IF;
	/*
	 * A debug exception that is pending after the last instruction is
	 * delivered before any new event, unless MOV SS blocks it.
	 */
	gate->trap_due = !(gate->blocking & GUEST_INTR_STATE_MOV_SS) &&
			 vmcs_readl(GUEST_PENDING_DBG_EXCEPTIONS) &
			 PENDING_DEBUG_DUE;
}

static bool can_take(const struct gate *gate, const struct vmx_event *event)
{
	switch (type_of(event)) {
	case INTR_TYPE_EXT_INTR:
		return gate->interrupt_flag &&
		       !(gate->blocking & BLOCKED_BY_STI_OR_MOV_SS);
	case INTR_TYPE_NMI_INTR:
		/*
		 * Some processors block NMIs after STI too. No guest gets this
		 * behaviour: after STI and CLI, no window would open for the NMI.
		 */
		return !(gate->blocking & (GUEST_INTR_STATE_MOV_SS |
					   GUEST_INTR_STATE_NMI));
	default:
		return true;
	}
}

/*
 * An exception that occurred in the delivery of an event exited to the host
 * program, which has now queued one for the guest. That is the outcome of this
 * delivery, so both combine as in inject_exception().
 */
static void inject_reflect(struct vmx_vcpu *vmx)
{
	struct inject_queue *queue = vmx->queue;
	struct vmx_event event;
	unsigned int i;

	if ((u16)vmx->exit.reason != VMX_EXIT_EXCEPTION_NMI ||
	    !(vmx->exit.vectoring & VECTORING_INFO_VALID_MASK))
		return;
	for (i = 0; i < queue->count; i++) {
		if (!is_exception(&queue->list[i]))
			continue;
		event = queue_take(queue, i);
		inject_exception(vmx, &event);
		/*
		 * The vectoring information is cleared, because otherwise
		 * another exception would be taken from the queue if the entry
		 * fails.
		 */
		vmx->exit.vectoring = 0;
		return;
	}
}

/*
 * vmx->event may be an NMI whose delivery has begun, which itself blocked NMIs,
 * so that blocking does not count. But the host program may have changed the
 * guest's state so that the event has to wait in the queue.
 */
static void keep_or_give_back(struct vmx_vcpu *vmx, const struct gate *gate)
{
	struct gate begun = *gate;

	begun.blocking &= ~GUEST_INTR_STATE_NMI;
	if (is_valid(&vmx->event) && !can_take(&begun, &vmx->event))
		give_back(vmx->queue, &vmx->event);
}

/* Takes the oldest event that the guest can receive from the queue. */
static void take_next(struct vmx_vcpu *vmx, const struct gate *gate)
{
	struct inject_queue *queue = vmx->queue;
	unsigned int i;

	for (i = 0; i < queue->count; i++) {
		if (!can_take(gate, &queue->list[i]))
			continue;
		vmx->event = queue_take(queue, i);
		return;
	}
}

/*
 * The controls for an exit as soon as the guest can receive an event that
 * waits. An exception can be received at any time: it needs only the next
 * entry.
 */
static u32 windows_for_queue(struct vmx_vcpu *vmx)
{
	const struct inject_queue *queue = vmx->queue;
	u32 windows = 0;
	unsigned int i;

	for (i = 0; i < queue->count; i++) {
		switch (type_of(&queue->list[i])) {
		case INTR_TYPE_EXT_INTR:
			windows |= CPU_BASED_INTR_WINDOW_EXITING;
			break;
		case INTR_TYPE_NMI_INTR:
			windows |= CPU_BASED_NMI_WINDOW_EXITING;
			break;
		default:
			vmx->exit_soon = true;
		}
	}
	return windows;
}

/*
 * Windows that the host program has routed to itself. None is requested again
 * right after its exit: it is still open, and the guest would make no progress.
 */
static u32 windows_for_host(const struct vmx_vcpu *vmx)
{
	u16 last = vmx->exit.reason;
	u32 windows = 0;

	if (raw_for_host(vmx->raw, VMX_EXIT_INTERRUPT_WINDOW) &&
	    last != VMX_EXIT_INTERRUPT_WINDOW)
		windows |= CPU_BASED_INTR_WINDOW_EXITING;
	if (raw_for_host(vmx->raw, VMX_EXIT_NMI_WINDOW) &&
	    last != VMX_EXIT_NMI_WINDOW)
		windows |= CPU_BASED_NMI_WINDOW_EXITING;
	return windows & vmx_caps.allowed[VMX_PROC].may;
}

static u32 inject_choose(struct vmx_vcpu *vmx)
{
	struct gate gate;
	u32 windows;

	gate_read(&gate);
	raw_spin_lock(&vmx->queue->lock);
	inject_reflect(vmx);
	keep_or_give_back(vmx, &gate);
	if (!is_valid(&vmx->event) && !vmx->triple_fault && !gate.trap_due)
		take_next(vmx, &gate);
	windows = windows_for_queue(vmx);
	raw_spin_unlock(&vmx->queue->lock);
	return windows;
}

static bool has_error_code(const struct vmx_event *event)
{
	if (!is_exception(event) || !(vmcs_readl(GUEST_CR0) & X86_CR0_PE))
		return false;
	return inject_has_error_code(vector_of(event));
}

static void save_state(struct vmx_vcpu *vmx)
{
	struct inject_state *state = &vmx->before_event;

	state->dr7 = vmx->guest->dr7;
	state->debugctl = vmcs_read64(GUEST_IA32_DEBUGCTL);
	state->flags = vmcs_readl(GUEST_RFLAGS);
	state->blocking = vmcs_read32(GUEST_INTERRUPTIBILITY_INFO);
	state->activity = vmcs_read32(GUEST_ACTIVITY_STATE);
}

/*
 * Changes the guest's state as the processor does when it raises an exception
 * itself, but not when an entry injects it.
 */
static void before_delivery(struct vmx_vcpu *vmx, const struct vmx_event *event)
{
	bool debug = vector_of(event) == X86_TRAP_DB &&
		     (is_exception(event) ||
		      type_of(event) == INTR_TYPE_PRIV_SW_EXCEPTION);

	/*
	 * A debug exception clears DR7.GD and DEBUGCTL.BTF (SDM "Debug Control
	 * Register (DR7)", "Single-Stepping on Branches").
	 */
	if (debug) {
		vmx->guest->dr7 &= ~DR7_GENERAL_DETECT;
		vmx_guest_write_dr7(vmx->guest);
		vmcs_write64(GUEST_IA32_DEBUGCTL,
			     vmcs_read64(GUEST_IA32_DEBUGCTL) &
			     ~(u64)DEBUGCTLMSR_BTF);
	}
	/*
	 * The handler of a fault returns with RFLAGS.RF set, so that an
	 * instruction breakpoint is not hit twice (SDM "Instruction-Breakpoint
	 * Exception Condition").
	 */
	if (is_fault(event))
		vmcs_writel(GUEST_RFLAGS,
			    vmcs_readl(GUEST_RFLAGS) | X86_EFLAGS_RF);
}

static void write_event(const struct vmx_event *event, u32 blocking)
{
	u32 info = event->info & ~INTR_INFO_DELIVER_CODE_MASK;

	if (has_error_code(event)) {
		info |= INTR_INFO_DELIVER_CODE_MASK;
		vmcs_write32(VM_ENTRY_EXCEPTION_ERROR_CODE, event->error);
	}
	vmcs_write32(VM_ENTRY_INTR_INFO_FIELD, info);
	vmcs_write32(VM_ENTRY_INSTRUCTION_LEN, event->length);
	/* A pending MTF exit is not delivered to the guest. */
	if (type_of(event) == INTR_TYPE_OTHER_EVENT)
		return;
	/*
	 * The delivery ends blocking by STI and MOV SS and the HLT state. For
	 * most events an entry fails if a field still has one of them (SDM
	 * "Checks on Guest Non-Register State").
	 */
	blocking &= ~BLOCKED_BY_STI_OR_MOV_SS;
	if (type_of(event) == INTR_TYPE_NMI_INTR)
		blocking &= ~GUEST_INTR_STATE_NMI;
	vmcs_write32(GUEST_INTERRUPTIBILITY_INFO, blocking);
	if (vmcs_read32(GUEST_ACTIVITY_STATE) == GUEST_ACTIVITY_HLT)
		vmcs_write32(GUEST_ACTIVITY_STATE, GUEST_ACTIVITY_ACTIVE);
}

static void write_windows(struct vmx_vcpu *vmx, u32 windows)
{
	u32 controls;

	if (windows == vmx->windows)
		return;
	controls = vmcs_read32(CPU_BASED_VM_EXEC_CONTROL) & ~vmx->windows;
	vmcs_write32(CPU_BASED_VM_EXEC_CONTROL, controls | windows);
	vmx->windows = windows;
}

/**
 * inject_before_entry() - choose the event for an entry
 * @vmx: the vCPU
 *
 * Sets vmx->exit_soon if more events wait than one entry can inject: the guest
 * run then has to end after the delivery.
 */
void inject_before_entry(struct vmx_vcpu *vmx)
{
	u32 windows = windows_for_host(vmx);

	vmx->exit_soon = false;
	/*
	 * The count is read without the lock: after inject_queue_add() the
	 * caller kicks the vCPU, which leads to another entry.
	 */
	if (is_valid(&vmx->event) || READ_ONCE(vmx->queue->count))
		windows |= inject_choose(vmx);
	if (is_valid(&vmx->event)) {
		save_state(vmx);
		before_delivery(vmx, &vmx->event);
		write_event(&vmx->event, vmx->before_event.blocking);
	}
	write_windows(vmx, windows);
}

/**
 * inject_entry_failed() - restore the state of the guest after a failed entry
 * @vmx: the vCPU; step_after_exit() and break_after_exit() were called
 *
 * The event was not delivered, and the next entry injects it again. But the
 * host program can change the state before, so that the event has to wait.
 */
void inject_entry_failed(struct vmx_vcpu *vmx)
{
	const struct inject_state *state = &vmx->before_event;

	/* Only an exit clears the event in this field. */
	vmcs_write32(VM_ENTRY_INTR_INFO_FIELD, 0);
	if (!is_valid(&vmx->event))
		return;
	vmx->guest->dr7 = state->dr7;
	vmx_guest_write_dr7(vmx->guest);
	vmcs_write64(GUEST_IA32_DEBUGCTL, state->debugctl);
	vmcs_writel(GUEST_RFLAGS, state->flags);
	vmcs_write32(GUEST_INTERRUPTIBILITY_INFO, state->blocking);
	vmcs_write32(GUEST_ACTIVITY_STATE, state->activity);
}
