// SPDX-License-Identifier: GPL-2.0-only
#include "layout.h"
#include "vmcall.h"
#include "../debug.h"
#include "../decode.h"
#include "../display.h"
#include "../translate/run.h"
#include "../translate/translate.h"

/*
 * The hooks of the interpreter in a VMX guest. Each executes VMCALL, and
 * payload/tea.c does what it requests.
 */

static struct guest_display *const display = (void *)GUEST_DISPLAY;

struct answer {
	unsigned long code;
	unsigned long value;
};

static struct answer guest_vmcall(const struct tea_process *process,
				  enum tea_vmcall number, unsigned long rdi,
				  unsigned long rsi, unsigned long rdx,
				  unsigned long rcx)
{
	struct answer answer;

	asm volatile("vmcall"
		     : "=a" (answer.code), "+d" (rdx)
		     : "a" (TEA_CALL(number, process->cp)), "D" (rdi),
		       "S" (rsi), "c" (rcx)
		     : "memory", "cc");
	answer.value = rdx;
	display->requested = display->written;
	return answer;
}

int tea_hook_port_read(struct tea_process *process, unsigned int port,
		       unsigned int size, unsigned int *value)
{
	struct answer answer;

	answer = guest_vmcall(process, TEA_VMCALL_PORT_READ, port, size, 0, 0);
	*value = answer.value;
	return answer.code;
}

int tea_hook_port_write(struct tea_process *process, unsigned int port,
			unsigned int size, unsigned int value)
{
	/* The interpreter does so itself while the host need not be called. */
	if (port == TEA_PORT_DISPLAY && size == TEA_SIZE_CHAR) {
		display_store(display, value);
		return guest_vmcall(process, TEA_VMCALL_TEXT, 0, 0, 0, 0).code;
	}
	return guest_vmcall(process, TEA_VMCALL_PORT_WRITE, port, size, value,
			    0).code;
}

int tea_hook_command(struct tea_process *process, const unsigned char *packet,
		     unsigned int size)
{
	unsigned long words[2] = { 0, 0 };
	unsigned int i;

	for (i = 0; i < size; i++)
		words[i / 8] |= (unsigned long)packet[i] << (i % 8 * 8);
	return guest_vmcall(process, TEA_VMCALL_COMMAND, 0, size, words[0],
			    words[1]).code;
}

static void run_debugged(struct tea_process *process, struct tea_debug *debug)
{
	enum tea_debug_cause cause;

	do {
		cause = tea_debug_run(process, debug, ~0ULL);
		if (cause != TEA_DEBUG_LIMIT && cause != TEA_DEBUG_EXITED)
			guest_vmcall(process, TEA_VMCALL_STOP, cause, 0, 0, 0);
	} while (cause != TEA_DEBUG_EXITED);
}

/* The decoded program is where the notes of the translator were. */
static void clear_decoded(const struct tea_process *process)
{
	unsigned long *word = (void *)process->decoded;
	unsigned long size = tea_decoded_size(process->code_size);

	for (; size; size -= sizeof(*word))
		*word++ = 0;
}

/* Returns 1, or 0 if the translation does not fit. */
static int translate_program(const struct tea_process *process,
			     unsigned long place)
{
	const struct tea_program program = {
		.code = process->code,
		.code_size = process->code_size,
		.stack_size = process->stack_size,
		.has_movbe = !!(place & GUEST_HAS_MOVBE),
	};
	unsigned long room = place & ~(unsigned long)GUEST_FLAGS;
	int fits = tea_translate(&program, (void *)GUEST_DECODED,
				 (void *)GUEST_TRANSLATED, room) <= room;

	if (!fits)
		clear_decoded(process);
	guest_vmcall(process, TEA_VMCALL_TRANSLATED, fits, 0, 0, 0);
	return fits;
}

/*
 * Steps after which the registers of a translated process, which the host reads,
 * are up to date again
 */
#define TRANSLATED_STEPS	65536

static void run_translated(struct tea_process *process)
{
	while (tea_translated_run(process, (void *)GUEST_TRANSLATED,
				  process->steps + TRANSLATED_STEPS) ==
	       TEA_RUN_LIMIT)
		;
}

void guest_main(struct tea_process *process, struct tea_debug *debug,
		unsigned long place);

void guest_main(struct tea_process *process, struct tea_debug *debug,
		unsigned long place)
{
	if (debug)
		run_debugged(process, debug);
	else if (place & GUEST_IS_TRANSLATED ||
		 (place && translate_program(process, place)))
		run_translated(process);
	else
		tea_run(process, ~0ULL);
	guest_vmcall(process, TEA_VMCALL_EXIT, process->exit_code, 0, 0, 0);
}
