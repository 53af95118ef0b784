// SPDX-License-Identifier: GPL-2.0-only
#include "payload.h"
#include "debug.h"
#include "../memory/space.h"
#include "../vcpu.h"
#include "../vm.h"
#include "../tea/ports.h"
#include "../tea/process.h"
#include "../tea/guest/layout.h"
#include "../tea/guest/vmcall.h"
#include "../vmx/run.h"

#include <linux/err.h>
#include <linux/gfp.h>
#include <linux/hrtimer.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/pgtable.h>
#include <linux/sched.h>
#include <linux/vmalloc.h>

/*
 * The TEA payload: the interpreter image and its page tables are one read-only
 * copy for all guests; program, stack and registers are each guest's own.
 */

extern const u8 tea_image[], tea_image_end[];

#define IMAGE_SIZE (GUEST_IMAGE_END - GUEST_TEXT)
#define TEXT_SIZE (GUEST_RODATA - GUEST_TEXT)
#define TABLES 4

/* How much later than asked a sleep may end; the default of user space. */
#define SLEEP_SLACK_NS (50 * NSEC_PER_USEC)

static_assert(GUEST_REGISTERS + sizeof(struct tea_process) <=
	      GUEST_PROCESS + PAGE_SIZE);
static_assert(GUEST_PROGRAM + TEA_FILE_MAX <= GUEST_STACK);

/* Set once by payload_tea_init(). */
static void *image;
static u64 (*tables)[PTRS_PER_PTE];

static u64 table_address(unsigned int index)
{
	return GUEST_TABLES + index * PAGE_SIZE;
}

/*
 * Accessed and dirty are set from the start: the processor never has to write
 * to the tables, which are read only for the guest.
 */
#define PTE_READ  (_PAGE_PRESENT | _PAGE_USER | _PAGE_ACCESSED | _PAGE_NX)
#define PTE_WRITE (PTE_READ | _PAGE_RW | _PAGE_DIRTY)
#define PTE_EXEC  (PTE_READ & ~_PAGE_NX)
#define PTE_TABLE (_PAGE_PRESENT | _PAGE_USER | _PAGE_RW | _PAGE_ACCESSED)

static void map_pages(u64 start, u64 end, u64 flags)
{
	u64 address;

	for (address = start; address < end; address += PAGE_SIZE)
		tables[TABLES - 1][address >> PAGE_SHIFT] = address | flags;
}

static void build_tables(void)
{
	unsigned int i;

	for (i = 0; i < TABLES - 1; i++)
		tables[i][0] = table_address(i + 1) | PTE_TABLE;
	map_pages(GUEST_TEXT, GUEST_RODATA, PTE_EXEC);
	map_pages(GUEST_RODATA, GUEST_IMAGE_END, PTE_READ);
	map_pages(GUEST_PROCESS, GUEST_PROCESS + PAGE_SIZE, PTE_WRITE);
	map_pages(GUEST_DEBUG, GUEST_DEBUG + PAGE_SIZE, PTE_WRITE);
	map_pages(GUEST_PROGRAM, GUEST_PROGRAM + PAGE_ALIGN(TEA_FILE_MAX),
		  PTE_READ);
	map_pages(GUEST_STACK, GUEST_STACK + PAGE_ALIGN(TEA_STACK_MAX),
		  PTE_WRITE);
}

/**
 * payload_tea_init() - prepare what all guests share
 *
 * Return: 0 or -ENOMEM.
 */
int payload_tea_init(void)
{
	image = vzalloc(IMAGE_SIZE);
	tables = vzalloc(TABLES * PAGE_SIZE);
	if (!image || !tables) {
		payload_tea_exit();
		return -ENOMEM;
	}
	memcpy(image, tea_image, tea_image_end - tea_image);
	build_tables();
	return 0;
}

void payload_tea_exit(void)
{
	vfree(image);
	vfree(tables);
}

/* What only a VMX guest needs besides program and stack. */
static int load_guest(struct teavmx_vcpu *vcpu)
{
	struct teavmx_space *space = &vcpu->space;
	struct tea_process *guest;
	void *page;

	page = space_add(space, GUEST_PROCESS, PAGE_SIZE, SPACE_WRITE);
	if (IS_ERR(page))
		return PTR_ERR(page);
	if (space_share(space, GUEST_TABLES, tables, TABLES * PAGE_SIZE, 0) ||
	    space_share(space, GUEST_TEXT, image, TEXT_SIZE, SPACE_EXEC) ||
	    space_share(space, GUEST_RODATA, image + TEXT_SIZE,
			IMAGE_SIZE - TEXT_SIZE, 0))
		return -ENOMEM;

	guest = page + (GUEST_REGISTERS - GUEST_PROCESS);
	*guest = vcpu->process;
	guest->code = (void *)(GUEST_PROGRAM + TEA_HEADER_SIZE);
	guest->stack = (void *)GUEST_STACK;
	vcpu->guest = guest;
	return 0;
}

/**
 * payload_tea_load() - check an object file and put it into guest memory
 * @vcpu: a new vCPU
 * @params: program, arguments and so on
 * @code: receives the exit code of a launch rule that is broken, else 0
 *
 * Return: 0 (with @code), -ENOMEM or an errno of pages_reserve(); the caller
 * destroys the space then.
 */
int payload_tea_load(struct teavmx_vcpu *vcpu,
		     const struct vcpu_params *params, int *code)
{
	struct tea_process *process = &vcpu->process;
	u8 *program, *stack;
	int err;

	*code = tea_launch_check(params->program, params->program_size,
				 params->argument_size, vcpu->stack_size);
	if (*code)
		return 0;

	program = space_add(&vcpu->space, GUEST_PROGRAM, params->program_size,
			    0);
	if (IS_ERR(program))
		return PTR_ERR(program);
	memcpy(program, params->program, params->program_size);
	process->code = program + TEA_HEADER_SIZE;
	process->code_size = params->program_size - TEA_HEADER_SIZE;
	stack = space_add(&vcpu->space, GUEST_STACK, vcpu->stack_size,
			  SPACE_WRITE);
	if (IS_ERR(stack))
		return PTR_ERR(stack);
	process->stack = stack;
	process->stack_size = vcpu->stack_size;
	/* For the end, when nobody is there to be charged for it. */
	vcpu->stack_copy = kvmalloc(vcpu->stack_size, GFP_KERNEL_ACCOUNT);
	if (!vcpu->stack_copy)
		return -ENOMEM;
	process->pid = vcpu->pid;
	vcpu->return_size = program[4];
	tea_launch(process, vcpu->return_size, params->arguments,
		   params->argument_size);

	if (params->debug) {
		err = payload_debug_load(vcpu);
		if (err)
			return err;
	}
	if (vcpu->backend_id == TEAVMX_BACKEND_VMX)
		return load_guest(vcpu);
	return 0;
}

/**
 * payload_tea_entry() - where and how the guest begins
 * @vmx: receives RIP, RSP, CR3 and the arguments
 * @debugged: it runs under a debugger
 */
void payload_tea_entry(struct vmx_vcpu *vmx, bool debugged)
{
	vmx->rip = GUEST_TEXT;
	vmx->rsp = GUEST_REGISTERS;
	vmx->guest_cr3 = GUEST_TABLES;
	vmx->regs.rdi = GUEST_REGISTERS;
	vmx->regs.rsi = debugged ? GUEST_DEBUG : 0;
}

/**
 * payload_tea_finish() - bring the final registers to vcpu->process
 * @vcpu: the vCPU; its guest does not run any more
 * @code: how the process ended
 *
 * Guest memory is read once and nothing in it is believed.
 */
void payload_tea_finish(struct teavmx_vcpu *vcpu, u8 code)
{
	struct tea_process *process = &vcpu->process;

	if (vcpu->guest) {
		process->sp = READ_ONCE(vcpu->guest->sp);
		process->steps = READ_ONCE(vcpu->guest->steps);
		process->cp = READ_ONCE(vcpu->guest->cp);
		process->flags = READ_ONCE(vcpu->guest->flags);
		process->sp = min(process->sp, vcpu->stack_size);
		/* Others look at the registers of a running guest. */
		spin_lock(&vcpu->lock);
		vcpu->guest = NULL;
		spin_unlock(&vcpu->lock);
	}
	/* Any end but the exit instruction empties the stack. */
	if (code)
		process->sp = 0;
}

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

static int vmcall_port(struct teavmx_vcpu *vcpu, struct vmx_regs *regs,
		       bool write)
{
	struct tea_access access = {
		.port = (u16)regs->rdi,
		.size = regs->rsi == 2 ? 2 : 1,
		.write = write,
		.value = (u16)regs->rdx,
	};
	int code = payload_tea_port(vcpu, &access);

	regs->rdx = access.value;
	return code;
}

static int vmcall_command(struct teavmx_vcpu *vcpu,
			  const struct vmx_regs *regs)
{
	u64 words[2] = { regs->rdx, regs->rcx };

	return payload_tea_command(vcpu, (const u8 *)words,
				   min_t(u64, regs->rsi, TEA_PACKET_MAX));
}

/**
 * payload_tea_vmcall() - the payload calls (see guest/vmcall.h)
 * @vcpu: the vCPU; called by its thread
 * @regs: its registers; the answer goes there
 *
 * Registers come from the guest and may hold anything.
 *
 * Return: enum vcpu_turn.
 */
enum vcpu_turn payload_tea_vmcall(struct teavmx_vcpu *vcpu,
				  struct vmx_regs *regs)
{
	switch (regs->rax) {
	case TEA_VMCALL_PORT_READ:
		regs->rax = vmcall_port(vcpu, regs, false);
		return VCPU_AGAIN;
	case TEA_VMCALL_PORT_WRITE:
		regs->rax = vmcall_port(vcpu, regs, true);
		return VCPU_AGAIN;
	case TEA_VMCALL_COMMAND:
		regs->rax = vmcall_command(vcpu, regs);
		return VCPU_AGAIN;
	case TEA_VMCALL_EXIT:
		/* The interpreter never says killed, nor a code above these. */
		if (regs->rdi == TEA_EXIT_KILL ||
		    regs->rdi > TEA_EXIT_BAD_COMMAND)
			return vcpu_break(vcpu);
		return payload_debug_end(vcpu, regs->rdi);
	case TEA_VMCALL_STOP:
		return payload_debug_stop(vcpu, regs->rdi);
	default:
		return vcpu_break(vcpu);
	}
}
