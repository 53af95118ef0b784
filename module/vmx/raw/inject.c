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
 * entry delivers one at most. vmx->event is the one in hand: what a built-in
 * handler raised, what an exit interrupted in its delivery, or what came off
 * the queue. It stays in hand until an exit tells that it was delivered, so an
 * entry that fails loses nothing.
 */

#define BLOCKED_BY_STI_OR_MOV_SS \
	(GUEST_INTR_STATE_STI | GUEST_INTR_STATE_MOV_SS)

/* Of the pending debug exceptions: a breakpoint was met, a step is done. */
#define PENDING_DUE (BIT(12) | BIT(14))

/* "NMI unblocking due to IRET" of EPT violations and instruction timeouts. */
#define QUALIFICATION_NMI_UNBLOCKED BIT(12)

#define EVENT_MASK							\
	(INTR_INFO_VECTOR_MASK | INTR_INFO_INTR_TYPE_MASK |		\
	 INTR_INFO_DELIVER_CODE_MASK | INTR_INFO_VALID_MASK)

/* What the guest would take now. */
struct gate {
	u32 blocking;
	bool interrupt_flag;
	bool trap_due;
};

/* SDM "Interrupt 8—Double Fault Exception (#DF)" sorts exceptions so. */
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

/* Returns to the instruction that raised it, whose flags then have RF set. */
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
 * inject_queue_init() - nothing waits
 * @queue: the queue
 */
void inject_queue_init(struct inject_queue *queue)
{
	raw_spin_lock_init(&queue->lock);
	queue->count = 0;
}

/**
 * inject_queue_add() - have an event wait
 * @queue: the queue
 * @event: the event
 *
 * Context: interrupts on.
 *
 * Return: how many wait now, -EBUSY when as many wait already as can.
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

static struct vmx_event queue_take(struct inject_queue *queue, unsigned int place)
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
 * inject_exception() - an exception is the next thing that happens
 * @vmx: the vCPU
 * @event: the exception
 *
 * It meets what is in hand as it would on a processor: a fault in the delivery
 * of a fault can become a double fault, and then a triple fault. Of anything
 * else the exception takes the place.
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
 * inject_triple_fault() - stop instead of the next entry?
 * @vmx: the vCPU
 *
 * Return: true when exceptions have met so that the processor would have shut
 * down; the last exit is then one for a triple fault.
 */
bool inject_triple_fault(struct vmx_vcpu *vmx)
{
	if (!vmx->triple_fault)
		return false;
	vmx->triple_fault = false;
	vmx->answered = false;
	vmx->split_lock = false;
	vmx->ours = false;
	vmx->findings.count = 0;
	vmx->exit = (struct vmx_exit) {
		.entered = true,
		.reason = VMX_EXIT_TRIPLE_FAULT,
		.rip = vmx->rip,
		.cpu = vmx->exit.cpu,
	};
	return true;
}

/**
 * inject_window() - the guest can take an event that it could not before
 * @vmx: the vCPU; its next entry looks at the queue
 *
 * Return: true.
 */
bool inject_window(struct vmx_vcpu *vmx)
{
	return true;
}

/**
 * inject_answered() - the host program has done what the guest exited for
 * @vmx: the vCPU
 *
 * Return: true when that was the delivery of an event and no instruction.
 */
bool inject_answered(struct vmx_vcpu *vmx)
{
	if (!(vmx->exit.vectoring & VECTORING_INFO_VALID_MASK))
		return false;
	vmx->event.info = 0;
	return true;
}

/*
 * IRET had ended the blocking of NMIs before it faulted, but it will run again.
 * With an event in delivery, or for a double fault, the bit says nothing.
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
 * inject_after_exit() - what became of the event in hand
 * @vmx: the vCPU, after an exit
 *
 * It was delivered, unless the exit says that it came in its delivery.
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
	/* A trap of the last instruction comes before any new event. */
	gate->trap_due = !(gate->blocking & GUEST_INTR_STATE_MOV_SS) &&
			 vmcs_readl(GUEST_PENDING_DBG_EXCEPTIONS) & PENDING_DUE;
}

static bool can_take(const struct gate *gate, const struct vmx_event *event)
{
	switch (type_of(event)) {
	case INTR_TYPE_EXT_INTR:
		return gate->interrupt_flag &&
		       !(gate->blocking & BLOCKED_BY_STI_OR_MOV_SS);
	case INTR_TYPE_NMI_INTR:
		/* Some processors mind STI here, so all get the same. */
		return !(gate->blocking & (BLOCKED_BY_STI_OR_MOV_SS |
					   GUEST_INTR_STATE_NMI));
	default:
		return true;
	}
}

/*
 * The host program took an exception from the guest in the delivery of an event
 * and gives it one back: that is no new event but the outcome of the delivery.
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
		/* Settled: were the entry to fail, the next would do it again. */
		vmx->exit.vectoring = 0;
		return;
	}
}

/*
 * The delivery in hand has begun, so its blocking of NMIs is its own. But the
 * host program may have changed the guest so that it must wait.
 */
static void keep_or_give_back(struct vmx_vcpu *vmx, const struct gate *gate)
{
	struct gate begun = *gate;

	begun.blocking &= ~GUEST_INTR_STATE_NMI;
	if (is_valid(&vmx->event) && !can_take(&begun, &vmx->event))
		give_back(vmx->queue, &vmx->event);
}

/* The oldest event that the guest can take; others of its kind wait as long. */
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

/* The controls that bring an exit when the guest can take what waits. */
static u32 windows_for_queue(struct vmx_vcpu *vmx, const struct gate *gate)
{
	/* NMI windows open in STI's shadow, where no NMI can be injected. */
	u32 nmi = gate->blocking & GUEST_INTR_STATE_STI &&
		  !is_valid(&vmx->event) ? CPU_BASED_INTR_WINDOW_EXITING :
					   CPU_BASED_NMI_WINDOW_EXITING;
	const struct inject_queue *queue = vmx->queue;
	u32 windows = 0;
	unsigned int i;

	for (i = 0; i < queue->count; i++) {
		switch (type_of(&queue->list[i])) {
		case INTR_TYPE_EXT_INTR:
			windows |= CPU_BASED_INTR_WINDOW_EXITING;
			break;
		case INTR_TYPE_NMI_INTR:
			windows |= nmi;
			break;
		default:
			vmx->exit_soon = true;
		}
	}
	return windows;
}

/*
 * Windows that the host program wants to see. Not again right after one, which
 * is still open: the guest would not get on.
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
	windows = windows_for_queue(vmx, &gate);
	raw_spin_unlock(&vmx->queue->lock);
	return windows;
}

static bool has_error_code(const struct vmx_event *event)
{
	if (!is_exception(event) || !(vmcs_readl(GUEST_CR0) & X86_CR0_PE))
		return false;
	return inject_has_error_code(vector_of(event));
}

/* What the processor does when it raises the event itself, but not here. */
static void before_delivery(struct vmx_vcpu *vmx, const struct vmx_event *event)
{
	bool debug = vector_of(event) == X86_TRAP_DB &&
		     (is_exception(event) ||
		      type_of(event) == INTR_TYPE_PRIV_SW_EXCEPTION);

	/* SDM "Debug Control Register (DR7)", "Single-Stepping on Branches" */
	if (debug) {
		vmx->guest->dr7 &= ~DR7_GENERAL_DETECT;
		vmx_guest_write_dr7(vmx->guest);
		vmcs_write64(GUEST_IA32_DEBUGCTL,
			     vmcs_read64(GUEST_IA32_DEBUGCTL) &
			     ~(u64)DEBUGCTLMSR_BTF);
	}
	/* SDM "Instruction-Breakpoint Exception Condition" */
	if (is_fault(event))
		vmcs_writel(GUEST_RFLAGS,
			    vmcs_readl(GUEST_RFLAGS) | X86_EFLAGS_RF);
}

static void write_event(const struct vmx_event *event)
{
	u32 blocking = vmcs_read32(GUEST_INTERRUPTIBILITY_INFO);
	u32 info = event->info & ~INTR_INFO_DELIVER_CODE_MASK;

	if (has_error_code(event)) {
		info |= INTR_INFO_DELIVER_CODE_MASK;
		vmcs_write32(VM_ENTRY_EXCEPTION_ERROR_CODE, event->error);
	}
	vmcs_write32(VM_ENTRY_INTR_INFO_FIELD, info);
	vmcs_write32(VM_ENTRY_INSTRUCTION_LEN, event->length);
	/* The shadow of STI and MOV SS, and HLT, end where a handler begins. */
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
 * vmx->exit_soon tells that the entry has to end at once because more waits
 * than one entry can deliver.
 */
void inject_before_entry(struct vmx_vcpu *vmx)
{
	u32 windows = windows_for_host(vmx);

	vmx->exit_soon = false;
	/* Who adds an event later kicks the vCPU out of the guest. */
	if (is_valid(&vmx->event) || READ_ONCE(vmx->queue->count))
		windows |= inject_choose(vmx);
	/* An entry that failed leaves its event in the field. */
	if (is_valid(&vmx->event)) {
		before_delivery(vmx, &vmx->event);
		write_event(&vmx->event);
	} else {
		vmcs_write32(VM_ENTRY_INTR_INFO_FIELD, 0);
	}
	write_windows(vmx, windows);
}
