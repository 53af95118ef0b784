// SPDX-License-Identifier: GPL-2.0-only
#include "payload.h"
#include "debug.h"
#include "tea.h"
#include "translation.h"
#include "../event.h"
#include "../memory/space.h"
#include "../refuse.h"
#include "../vcpu.h"
#include "../vm.h"
#include "../tea/decode.h"
#include "../tea/display.h"
#include "../tea/ports.h"
#include "../tea/process.h"
#include "../tea/guest/layout.h"
#include "../tea/guest/vmcall.h"
#include "../tea/translate/translate.h"
#include "../trace/trace.h"
#include "../vmx/exit.h"
#include "../vmx/run.h"

#include <linux/err.h>
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/pgtable.h>
#include <linux/sched.h>
#include <linux/vmalloc.h>

#include <uapi/vmx.h>

/*
 * The TEA payload: the interpreter and a TEA program. All guests share one
 * read-only copy of the interpreter's image and of its page tables; each has a
 * program, a stack and registers of its own.
 */

extern const u8 tea_image[], tea_image_end[];

#define IMAGE_SIZE (GUEST_IMAGE_END - GUEST_TEXT)
#define TEXT_SIZE (GUEST_RODATA - GUEST_TEXT)
#define TABLES 4
/* Bytes of a program that are decoded without giving way to other tasks */
#define DECODE_AT_ONCE 4096

static_assert(GUEST_REGISTERS + sizeof(struct tea_process) <=
	      GUEST_PROCESS + PAGE_SIZE);
static_assert(GUEST_DEBUG + PAGE_SIZE <= GUEST_PROGRAM);
static_assert(GUEST_PROGRAM + TEA_FILE_MAX <= GUEST_STACK - PAGE_SIZE);
static_assert(GUEST_STACK + TEA_STACK_MAX <= GUEST_DECODED - PAGE_SIZE);
static_assert(GUEST_DECODED + (TEA_CODE_MAX + 1) * TEA_TRANSLATE_NOTE <=
	      GUEST_TRANSLATED - PAGE_SIZE);
static_assert((GUEST_END - 1) >> PAGE_SHIFT < PTRS_PER_PTE);

/* Allocated at load by payload_tea_init(), and constant after that. */
static void *image;
static u64 (*tables)[PTRS_PER_PTE];
/* The memory of both in guests, and what of a guest's EPT maps it. */
static struct teavmx_space shared;
static struct ept shared_ept;

static u64 table_address(unsigned int index)
{
	return GUEST_TABLES + index * PAGE_SIZE;
}

/*
 * The accessed and dirty flags are set already, so the processor need not write
 * to the tables, which are mapped read-only in the guest's EPT.
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
	map_pages(GUEST_DECODED, GUEST_DECODED +
		  PAGE_ALIGN(tea_translate_notes(TEA_CODE_MAX)), PTE_WRITE);
	/* EPT never has both rights. */
	map_pages(GUEST_TRANSLATED, GUEST_END, PTE_WRITE & ~_PAGE_NX);
}

static int share_memory(void)
{
	return space_share(&shared, GUEST_TABLES, tables, TABLES * PAGE_SIZE,
			   0) ?:
	       space_share(&shared, GUEST_TEXT, image, TEXT_SIZE, SPACE_EXEC) ?:
	       space_share(&shared, GUEST_RODATA, image + TEXT_SIZE,
			   IMAGE_SIZE - TEXT_SIZE, 0) ?:
	       ept_create(&shared_ept, NULL, &shared);
}

/**
 * payload_tea_init() - build the image and the tables that all guests share
 *
 * Return: 0 or -ENOMEM.
 */
int payload_tea_init(void)
{
	int err = -ENOMEM;

	image = vzalloc(IMAGE_SIZE);
	tables = vzalloc(TABLES * PAGE_SIZE);
	if (image && tables) {
		memcpy(image, tea_image, tea_image_end - tea_image);
		build_tables();
		err = share_memory();
	}
	if (err)
		payload_tea_exit();
	return err;
}

void payload_tea_exit(void)
{
	ept_destroy(&shared_ept);
	vfree(image);
	vfree(tables);
}

/*
 * Adds the memory that a guest of the vmx back end needs besides program and
 * stack. On failure space_destroy() frees what was added.
 */
static int load_guest(struct teavmx_vcpu *vcpu)
{
	void *page = space_add(&vcpu->space, GUEST_PROCESS, PAGE_SIZE,
			       SPACE_WRITE);

	if (IS_ERR(page))
		return PTR_ERR(page);
	vcpu->process_page = page;
	return 0;
}

/* Writes the registers of a launch into the guest's memory, which is zeroed. */
static void tea_fill_guest(struct teavmx_vcpu *vcpu)
{
	const struct tea_process *process = &vcpu->process;
	void *page = vcpu->process_page;
	struct tea_process *guest;

	if (!page)
		return;
	vcpu->display = page + (GUEST_DISPLAY - GUEST_PROCESS);
	vcpu->displayed = 0;
	guest = page + (GUEST_REGISTERS - GUEST_PROCESS);
	*guest = *process;
	guest->code = (void *)(GUEST_PROGRAM + TEA_HEADER_SIZE);
	guest->stack = (void *)GUEST_STACK;
	guest->display = (void *)GUEST_DISPLAY;
	guest->decoded = process->decoded ? (void *)GUEST_DECODED : NULL;
	/* As in tea_take_registers() */
	spin_lock(&vcpu->lock);
	vcpu->guest = guest;
	spin_unlock(&vcpu->lock);
}

/*
 * A translation remains over resets, and what is wrong with the translator could
 * write anything there. So the guest of a run that translates does not have the
 * arguments of that run yet: until the translation is sealed they are where the final
 * stack will be.
 */
static void tea_hide_arguments(struct teavmx_vcpu *vcpu)
{
	struct tea_process *process = &vcpu->process;

	if (vcpu->engine != TEAVMX_ENGINE_JIT || vcpu->translated)
		return;
	memcpy(vcpu->stack_copy, process->stack, process->sp);
	memset(process->stack, 0, process->sp);
}

static void tea_show_arguments(struct teavmx_vcpu *vcpu)
{
	struct tea_process *process = &vcpu->process;

	memcpy(process->stack, vcpu->stack_copy, process->sp);
	memset(vcpu->stack_copy, 0, process->sp);
}

static int tea_load_program(struct teavmx_vcpu *vcpu,
			    const struct vcpu_params *params)
{
	struct tea_process *process = &vcpu->process;
	u8 *program;

	program = space_add(&vcpu->space, GUEST_PROGRAM, params->program_size,
			    0);
	if (IS_ERR(program))
		return PTR_ERR(program);
	memcpy(program, params->program, params->program_size);
	process->code = program + TEA_HEADER_SIZE;
	process->code_size = params->program_size - TEA_HEADER_SIZE;
	vcpu->return_size = program[4];
	return 0;
}

static int tea_load_stack(struct teavmx_vcpu *vcpu)
{
	struct tea_process *process = &vcpu->process;
	u8 *stack;

	stack = space_add(&vcpu->space, GUEST_STACK, vcpu->stack_size,
			  SPACE_WRITE);
	if (IS_ERR(stack))
		return PTR_ERR(stack);
	process->stack = stack;
	process->stack_size = vcpu->stack_size;
	/*
	 * The copy of the final stack is allocated now, so that the end of a
	 * process needs no memory and cannot fail.
	 */
	vcpu->stack_copy = kvmalloc(vcpu->stack_size, GFP_KERNEL_ACCOUNT);
	return vcpu->stack_copy ? 0 : -ENOMEM;
}

/*
 * Adds the memory in which the interpreter keeps the decoded program, or the
 * translator what it needs.
 */
static int tea_load_decoded(struct teavmx_vcpu *vcpu)
{
	struct tea_process *process = &vcpu->process;
	void *decoded = translation_load(vcpu);

	if (!decoded)
		decoded = space_add(&vcpu->space, GUEST_DECODED,
				    tea_decoded_size(process->code_size),
				    SPACE_WRITE);
	if (IS_ERR(decoded))
		return PTR_ERR(decoded);
	process->decoded = decoded;
	return 0;
}

/* Checks the object file of a process and fills the memory of its guest. */
static int tea_load(struct teavmx_vcpu *vcpu, const struct vcpu_params *params,
		    int *code)
{
	struct tea_process *process = &vcpu->process;
	int err;

	vcpu->stack_size = params->stack_size;
	*code = tea_launch_check(params->program, params->program_size,
				 params->argument_size, vcpu->stack_size);
	if (*code)
		return 0;
	err = tea_load_program(vcpu, params) ?: tea_load_stack(vcpu);
	if (err)
		return err;
	process->pid = vcpu->pid;
	tea_launch(process, vcpu->return_size, params->arguments,
		   params->argument_size);
	/* Before memory that it can do without, which may be the last. */
	if (vcpu->backend->id == TEAVMX_BACKEND_VMX)
		err = load_guest(vcpu);
	/*
	 * Instructions are executed one by one under a debugger. Decoding does
	 * not make that faster.
	 */
	if (!err)
		err = params->debug ? payload_debug_load(vcpu) :
				      tea_load_decoded(vcpu);
	if (err)
		return err;
	tea_hide_arguments(vcpu);
	tea_fill_guest(vcpu);
	return 0;
}

/* Resets what the process shares with others of its VM, of which none is alive. */
static void tea_reset_vm(struct teavmx_vm *vm)
{
	commands_forget(vm);
	vm_lock_ports(vm);
	if (vm->ports.changed)
		tea_ports_init(&vm->ports);
	vm_unlock_ports(vm);
}

/*
 * Decodes all of the program at the first reset, so that later runs need not do so.
 * What the guest has decoded is not kept, as it may have written anything there.
 * From now on it cannot: what remains over resets depends on the program and the
 * size of the stack only. A guest without an entry to decode does not write there.
 * Returns 0, or the exit code of a guest that keeps the right to write.
 */
static int tea_keep_decoded(struct teavmx_vcpu *vcpu)
{
	struct tea_process *process = &vcpu->process;
	const struct space_region *region;
	unsigned int cp;

	if (!process->decoded || vcpu->engine == TEAVMX_ENGINE_JIT)
		return 0;
	region = space_seal(&vcpu->space, GUEST_DECODED, 0);
	if (!region)
		return 0;
	if (vcpu->vmx && vmx_tea_remap(vcpu->vmx, region))
		return TEA_EXIT_KILL;
	/* From the end on, as each entry needs those behind it. */
	for (cp = process->code_size + 1; cp--;) {
		tea_decode(process, cp);
		if (!(cp % DECODE_AT_ONCE))
			cond_resched();
	}
	return 0;
}

/*
 * All that a guest can write is zeroed, as in a new one. Program, page tables and
 * the decoded program are as they were: they are mapped read-only, and the
 * interpreter does not write to them.
 */
static int tea_reset(struct teavmx_vcpu *vcpu,
		     const struct payload_arguments *arguments)
{
	struct tea_process *process = &vcpu->process;
	const u8 *program = process->code - TEA_HEADER_SIZE;
	int code;

	spin_lock(&vcpu->lock);
	vcpu->stop = TEAVMX_STOP_NONE;
	vcpu->message_size = 0;
	/* The numbers go on, so that a late answer belongs to no other access. */
	vcpu->host_request = (struct host_request){
		.number = vcpu->host_request.number,
	};
	spin_unlock(&vcpu->lock);
	tea_reset_vm(vcpu->vm);
	space_clear(&vcpu->space);
	memset(vcpu->stack_copy, 0, vcpu->stack_size);
	code = tea_keep_decoded(vcpu) ?:
	       tea_launch_check(program, TEA_HEADER_SIZE + process->code_size,
				arguments->size, vcpu->stack_size);
	tea_launch(process, vcpu->return_size, arguments->bytes,
		   code ? 0 : arguments->size);
	tea_hide_arguments(vcpu);
	tea_fill_guest(vcpu);
	payload_debug_reset(vcpu);
	return code;
}

static void tea_free(struct teavmx_vcpu *vcpu)
{
	payload_debug_free(vcpu);
	kvfree(vcpu->stack_copy);
}

/*
 * Copies the final registers from guest memory to vcpu->process. The guest may
 * have written any values, so each is read once and the stack pointer is
 * checked.
 */
static void tea_take_registers(struct teavmx_vcpu *vcpu, u8 code)
{
	struct tea_process *process = &vcpu->process;

	if (vcpu->guest) {
		process->sp = READ_ONCE(vcpu->guest->sp);
		process->steps = READ_ONCE(vcpu->guest->steps);
		process->cp = READ_ONCE(vcpu->guest->cp);
		process->flags = READ_ONCE(vcpu->guest->flags);
		process->sp = min(process->sp, vcpu->stack_size);
		/*
		 * VCPU_GET reads the steps through vcpu->guest under the lock.
		 */
		spin_lock(&vcpu->lock);
		vcpu->guest = NULL;
		spin_unlock(&vcpu->lock);
	}
	/*
	 * The profile empties the stack of a process that ends with an error.
	 */
	if (code)
		process->sp = 0;
}

/*
 * Makes events of the characters that the guest has written since the last time.
 * At most DISPLAY_SIZE of them exist, whatever the guest has written as their
 * number.
 */
static void tea_take_text(struct teavmx_vcpu *vcpu)
{
	const struct guest_display *display = vcpu->display;
	u32 written, n, part;

	if (!display)
		return;
	written = READ_ONCE(display->written);
	n = written - min_t(u32, written - vcpu->displayed, DISPLAY_SIZE);
	vcpu->displayed = written;
	if (READ_ONCE(vcpu->vm->ports.quiet))
		return;
	for (; n != written; n += part) {
		part = min_t(u32, written - n, DISPLAY_SIZE - n % DISPLAY_SIZE);
		event_text(vcpu, TEAVMX_EVENT_TYPE_TEA_TEXT,
			   &display->bytes[n % DISPLAY_SIZE], part);
	}
}

/*
 * Publishes the final registers, the stack and the exit message of a process.
 */
static void tea_finish(struct teavmx_vcpu *vcpu, u8 code)
{
	struct tea_process *process = &vcpu->process;
	u8 message[TEA_MESSAGE_MAX];
	unsigned int size;

	tea_take_text(vcpu);
	vcpu->display = NULL;
	tea_take_registers(vcpu, code);
	size = tea_message(message, vcpu->pid, code, vcpu->return_size,
			   process->stack, process->sp);
	if (process->sp)
		memcpy(vcpu->stack_copy, process->stack, process->sp);

	spin_lock(&vcpu->lock);
	vcpu->message_size = size;
	memcpy(vcpu->message, message, size);
	spin_unlock(&vcpu->lock);
	event_bytes(vcpu, TEAVMX_EVENT_TYPE_TEA_EXIT, message, size);
	trace_tea_exit(vcpu->vm->id, vcpu->id, vcpu->pid, code,
		       message + TEA_MESSAGE_MIN, size - TEA_MESSAGE_MIN);
}

/* The registers remain those of the call if the thread has to repeat it. */
static void vmcall_done(struct vmx_regs *regs, int code, u64 value,
			struct vcpu_result *result)
{
	if (code == TEA_NEEDS_THREAD) {
		result->kind = VCPU_THREAD;
		return;
	}
	regs->rdx = value;
	regs->rax = code;
}

static void vmcall_port(struct teavmx_vcpu *vcpu, struct vmx_regs *regs,
			struct vcpu_result *result)
{
	struct tea_access access;
	int code;

	vmx_tea_access(regs, &access);
	code = payload_tea_port(vcpu, &access);
	vmcall_done(regs, code, access.value, result);
}

static void vmcall_command(struct teavmx_vcpu *vcpu, struct vmx_regs *regs,
			   struct vcpu_result *result)
{
	u64 words[2] = { regs->rdx, regs->rcx };
	int code = payload_tea_command(vcpu, (const u8 *)words,
				       min_t(u64, regs->rsi, TEA_PACKET_MAX));

	vmcall_done(regs, code, regs->rdx, result);
}

static void tea_vmcall_exit(struct teavmx_vcpu *vcpu, u64 code,
			    struct vcpu_result *result)
{
	/*
	 * The interpreter never ends a process as killed, nor with a code above
	 * TEA_EXIT_BAD_COMMAND, so a guest that reports such a code is broken.
	 */
	if (code == TEA_EXIT_KILL || code > TEA_EXIT_BAD_COMMAND)
		result->kind = VCPU_BROKEN;
	else
		payload_debug_end(vcpu, code, result);
}

/*
 * Handles a call of the payload (see guest/vmcall.h). The registers come from
 * the guest and may have any value. The result is returned in them.
 */
static void tea_vmcall(struct teavmx_vcpu *vcpu, struct vmx_regs *regs,
		       struct vcpu_result *result)
{
	switch (TEA_CALL_SERVICE(regs->rax)) {
	case TEA_VMCALL_PORT_READ:
	case TEA_VMCALL_PORT_WRITE:
		vmcall_port(vcpu, regs, result);
		break;
	case TEA_VMCALL_COMMAND:
		vmcall_command(vcpu, regs, result);
		break;
	case TEA_VMCALL_EXIT:
		tea_vmcall_exit(vcpu, regs->rdi, result);
		break;
	case TEA_VMCALL_TEXT:
		/* tea_exit() has taken it. */
		regs->rax = TEA_EXIT_NORMAL;
		break;
	case TEA_VMCALL_TRANSLATED:
		if (translation_seal(vcpu, regs->rdi))
			tea_show_arguments(vcpu);
		else
			result->kind = VCPU_BROKEN;
		break;
	case TEA_VMCALL_STOP:
		payload_debug_stop(vcpu, regs->rdi, result);
		break;
	default:
		result->kind = VCPU_BROKEN;
	}
}

/*
 * The interpreter causes no exit but VMCALL, so any other one that is not for the
 * host means that the guest is broken, and ends the process.
 */
static void tea_exit(struct teavmx_vcpu *vcpu, struct vcpu_result *result)
{
	bool exited = result->kind == VCPU_EXIT;

	tea_take_text(vcpu);
	if (exited && (u16)result->exit->reason == VMX_EXIT_VMCALL) {
		result->kind = VCPU_CONTINUES;
		tea_vmcall(vcpu, &vcpu->vmx->regs, result);
	} else if (exited && vmx_exit_is_hosts(result->exit)) {
		result->kind = VCPU_CONTINUES;
	} else {
		result->kind = VCPU_BROKEN;
	}
}

static void tea_entry(struct teavmx_vcpu *vcpu, struct vmx_setup *setup)
{
	setup->hooks = &vmx_tea_hooks;
	setup->space = &vcpu->space;
	setup->shared = &shared_ept;
	setup->rip = GUEST_TEXT;
	setup->rsp = GUEST_REGISTERS;
	setup->cr3 = GUEST_TABLES;
	setup->arguments[0] = GUEST_REGISTERS;
	setup->arguments[1] = vcpu->debug ? GUEST_DEBUG : 0;
	setup->arguments[2] = translation_place(vcpu);
	setup->tea = (struct vmx_tea){
		.ports = &vcpu->vm->ports,
		.gate = &vcpu->vm->ports_gate,
		.display = vcpu->display,
		.displayed = &vcpu->displayed,
		.access.pid = vcpu->pid,
	};
}

static int tea_vm_init(struct teavmx_vm *vm, u64 memory,
		       struct netlink_ext_ack *extack)
{
	commands_init(&vm->commands);
	return 0;
}

static void tea_vm_free(struct teavmx_vm *vm)
{
	commands_destroy(&vm->commands);
}

static int tea_admit(struct teavmx_vm *vm, struct vcpu_params *params,
		     struct netlink_ext_ack *extack)
{
	int pid = vm_choose_pid(vm, params->pid, extack);

	if (pid < 0) {
		if (params->pid)
			NL_SET_BAD_ATTR(extack, params->pid_attr);
		return pid;
	}
	params->pid = pid;
	/* A debugger stops the interpreter between two instructions. */
	if (params->debug)
		params->engine = TEAVMX_ENGINE_INTERP;
	return 0;
}

static int tea_answer(struct teavmx_vcpu *vcpu, u64 value,
		      struct netlink_ext_ack *extack)
{
	return refuse(extack, NULL, -EINVAL,
		      "a TEA process has no exits to be answered; run it without an answer");
}

const struct payload_ops payload_tea = {
	.foreign = "a raw VM has no TEA machine",
	.needs_program = true,
	.max_vcpus = UINT_MAX,
	.vm_init = tea_vm_init,
	.vm_free = tea_vm_free,
	.admit = tea_admit,
	.load = tea_load,
	.free = tea_free,
	.reset = tea_reset,
	.entry = tea_entry,
	.begin = payload_debug_begin,
	.pause = payload_debug_pause,
	.exit = tea_exit,
	.wakes = payload_debug_is_on,
	.finish = tea_finish,
	.debugged = payload_debug_is_on,
	.bound = payload_debug_bound,
	.answer = tea_answer,
	.inspect = payload_debug_inspect,
	.register_check = payload_debug_register_check,
	.regs_get = payload_debug_regs_get,
	.regs_set = payload_debug_regs_set,
	.mem_read = payload_debug_mem_read,
	.mem_write = payload_debug_mem_write,
	.break_set = payload_debug_break_set,
	.break_clear = payload_debug_break_clear,
	.break_clear_all = payload_debug_break_clear_all,
	.break_next = payload_debug_break_next,
};
