// SPDX-License-Identifier: GPL-2.0-only
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>

#include "emulate_native.h"

#define STACK_SIZE	0x10000

/* For the assembly below */
struct native_state native_state;
uint64_t native_saved;
uint64_t native_target;

static volatile sig_atomic_t result;
static uint8_t signal_stack[STACK_SIZE];

/* Every register but RSP is loaded last, and stored first. */
asm(".text\n"
	".globl native_enter, native_back\n"
	"native_enter:\n"
	"	push	%rbx\n"
	"	push	%rbp\n"
	"	push	%r12\n"
	"	push	%r13\n"
	"	push	%r14\n"
	"	push	%r15\n"
	"	mov	%rsp, native_saved(%rip)\n"
	"	pushq	128 + native_state(%rip)\n"
	"	popfq\n"
	"	mov	0 + native_state(%rip), %rax\n"
	"	mov	8 + native_state(%rip), %rcx\n"
	"	mov	16 + native_state(%rip), %rdx\n"
	"	mov	24 + native_state(%rip), %rbx\n"
	"	mov	32 + native_state(%rip), %rsp\n"
	"	mov	40 + native_state(%rip), %rbp\n"
	"	mov	48 + native_state(%rip), %rsi\n"
	"	mov	56 + native_state(%rip), %rdi\n"
	"	mov	64 + native_state(%rip), %r8\n"
	"	mov	72 + native_state(%rip), %r9\n"
	"	mov	80 + native_state(%rip), %r10\n"
	"	mov	88 + native_state(%rip), %r11\n"
	"	mov	96 + native_state(%rip), %r12\n"
	"	mov	104 + native_state(%rip), %r13\n"
	"	mov	112 + native_state(%rip), %r14\n"
	"	mov	120 + native_state(%rip), %r15\n"
	"	jmp	*native_target(%rip)\n"
	"native_back:\n"
	"	mov	%rsp, 32 + native_state(%rip)\n"
	"	mov	native_saved(%rip), %rsp\n"
	"	pushfq\n"
	"	popq	128 + native_state(%rip)\n"
	"	mov	%rax, 0 + native_state(%rip)\n"
	"	mov	%rcx, 8 + native_state(%rip)\n"
	"	mov	%rdx, 16 + native_state(%rip)\n"
	"	mov	%rbx, 24 + native_state(%rip)\n"
	"	mov	%rbp, 40 + native_state(%rip)\n"
	"	mov	%rsi, 48 + native_state(%rip)\n"
	"	mov	%rdi, 56 + native_state(%rip)\n"
	"	mov	%r8, 64 + native_state(%rip)\n"
	"	mov	%r9, 72 + native_state(%rip)\n"
	"	mov	%r10, 80 + native_state(%rip)\n"
	"	mov	%r11, 88 + native_state(%rip)\n"
	"	mov	%r12, 96 + native_state(%rip)\n"
	"	mov	%r13, 104 + native_state(%rip)\n"
	"	mov	%r14, 112 + native_state(%rip)\n"
	"	mov	%r15, 120 + native_state(%rip)\n"
	"	cld\n"
	"	pop	%r15\n"
	"	pop	%r14\n"
	"	pop	%r13\n"
	"	pop	%r12\n"
	"	pop	%rbp\n"
	"	pop	%rbx\n"
	"	ret\n"
	".section .note.GNU-stack,\"\",@progbits\n"
	".text\n");

static void on_signal(int number, siginfo_t *info, void *data)
{
	ucontext_t *context = data;

	(void)info;
	result = number == SIGFPE ? NATIVE_DIVIDE_ERROR : NATIVE_UNKNOWN;
	context->uc_mcontext.gregs[REG_RIP] = (greg_t)(uintptr_t)native_back;
}

static int map_at(uintptr_t address, size_t size, int protection)
{
	void *at = mmap((void *)address, size, protection,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1,
			0);

	return at == (void *)address ? 0 : -1;
}

int native_open(void)
{
	struct sigaction action = {
		.sa_sigaction = on_signal,
		.sa_flags = SA_SIGINFO | SA_ONSTACK,
	};
	stack_t stack = { .ss_sp = signal_stack, .ss_size = STACK_SIZE };

	if (sigaltstack(&stack, NULL) || sigaction(SIGFPE, &action, NULL) ||
	    sigaction(SIGILL, &action, NULL))
		return -1;
	if (map_at(NATIVE_DATA, NATIVE_DATA_SIZE, PROT_READ | PROT_WRITE))
		return -1;
	return map_at(NATIVE_CODE, NATIVE_CODE_SIZE,
		      PROT_READ | PROT_WRITE | PROT_EXEC);
}

/* Behind the instruction, a jump through memory changes nothing. */
static void write_code(const uint8_t *code, unsigned int size)
{
	static const uint8_t jump[] = { 0xff, 0x25, 0, 0, 0, 0 };
	uint8_t *to = (uint8_t *)NATIVE_CODE;
	uintptr_t back = (uintptr_t)native_back;

	memcpy(to, code, size);
	memcpy(to + size, jump, sizeof(jump));
	memcpy(to + size + sizeof(jump), &back, sizeof(back));
}

enum native_result native_run(const uint8_t *code, unsigned int size,
			      struct native_state *state)
{
	write_code(code, size);
	native_target = NATIVE_CODE;
	native_state = *state;
	result = NATIVE_DONE;
	native_enter();
	*state = native_state;
	return (enum native_result)result;
}
