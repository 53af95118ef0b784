// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>
#include <string.h>

#include <uapi/regs.h>
#include <uapi/vmx.h>

#include "selftest.h"

#define PATIENCE_MS	5000
#define STACK		0x8000
#define TABLES		0x10000

static void guest_check(const struct teavmx_record *record, void *data)
{
	struct selftest *test = data;
	size_t room = sizeof(test->text) - 1 - test->text_size;
	size_t size = record->size < room ? record->size : room;

	switch (record->type) {
	case TEAVMX_EVENT_TYPE_HOST_CHANGED:
		if (!test->changes++)
			snprintf(test->changed, sizeof(test->changed), "%s",
				 (const char *)record->bytes);
		break;
	case TEAVMX_EVENT_TYPE_VMX_EXIT:
		test->last_cpu = record->cpu;
		break;
	case TEAVMX_EVENT_TYPE_TEA_TEXT:
		memcpy(test->text + test->text_size, record->bytes, size);
		test->text_size += size;
		test->text[test->text_size] = '\0';
		break;
	}
}

int selftest_wait(struct selftest *test, uint32_t vcpu,
		  struct teavmx_record *exit)
{
	return teavmx_wait_stop(test->teavmx, vcpu, PATIENCE_MS, guest_check, test,
				exit);
}

int selftest_guest_new(struct selftest *test, enum teavmx_mode mode,
		       const uint8_t *code, const uint8_t *end,
		       struct selftest_guest *guest)
{
	struct teavmx *teavmx = test->teavmx;
	struct teavmx_vcpu vcpu;
	struct teavmx_vm vm;

	if (teavmx_raw_new(teavmx, 0, SELFTEST_RAM, &vm))
		return -1;
	guest->vm = vm.id;
	if (teavmx_raw_vcpu_new(teavmx, vm.id, &vcpu))
		return -1;
	guest->vcpu = vcpu.id;
	teavmx_vcpu_clear(&vcpu);
	if (teavmx_event_watch(teavmx, vm.id, 0) ||
	    teavmx_mem_write(teavmx, vm.id, SELFTEST_CODE, code, end - code))
		return -1;
	return teavmx_mode_enter(teavmx, vm.id, guest->vcpu, mode,
				 SELFTEST_CODE, STACK, TABLES);
}

int selftest_guest_run(struct selftest *test,
		       const struct selftest_guest *guest,
		       const struct teavmx_run *run,
		       struct teavmx_record *exit)
{
	if (teavmx_vcpu_run_with(test->teavmx, guest->vm, guest->vcpu, run))
		return -1;
	return selftest_wait(test, guest->vcpu, exit);
}

void selftest_guest_free(struct selftest *test,
			 const struct selftest_guest *guest)
{
	teavmx_vm_del(test->teavmx, guest->vm);
}

uint64_t selftest_register(struct selftest *test,
			   const struct selftest_guest *guest, uint32_t number)
{
	struct teavmx_register *registers;
	uint64_t value;
	int count = teavmx_regs_get(test->teavmx, guest->vm, guest->vcpu,
				    &registers);

	if (count < 0)
		return UINT64_MAX;
	value = teavmx_reg_get(registers, count, number);
	free(registers);
	return value;
}

#define PORT		0xe9
#define HELLO		"hello"

/*
 * The instructions are the same in every mode: they write a letter to the port
 * five times.
 */
#define CODE_HELLO							\
	"	mov	$'h', %al\n	out	%al, $0xe9\n"		\
	"	mov	$'e', %al\n	out	%al, $0xe9\n"		\
	"	mov	$'l', %al\n	out	%al, $0xe9\n"		\
	"	out	%al, $0xe9\n"					\
	"	mov	$'o', %al\n	out	%al, $0xe9\n"		\
	"	hlt"

SELFTEST_PAYLOAD(code_hello, CODE_HELLO);

static const char *const modes[] = {
	[TEAVMX_MODE_REAL] = "real mode",
	[TEAVMX_MODE_PROTECTED] = "protected mode",
	[TEAVMX_MODE_LONG] = "long mode",
};

/*
 * Collects what the guest writes to the port until it halts; returns the last
 * stop.
 */
static int output_collect(struct selftest *test, const struct selftest_guest *guest,
			  char *text, size_t size, struct teavmx_record *exit)
{
	const struct teavmx_run answer = { .answered = true };
	size_t used = 0;
	int stop;

	stop = selftest_guest_run(test, guest, NULL, exit);
	while (stop == TEAVMX_STOP_EXIT &&
	       exit->reason == VMX_EXIT_IO_INSTRUCTION &&
	       exit->qualification >> 16 == PORT && used + 1 < size) {
		text[used++] =
			(char)selftest_register(test, guest, TEAVMX_REG_RAX);
		stop = selftest_guest_run(test, guest, &answer, exit);
	}
	text[used] = '\0';
	return stop;
}

static void say_hello(struct selftest *test, enum teavmx_mode mode)
{
	const char *name = modes[mode];
	struct selftest_guest guest = { };
	struct teavmx_record exit = { };
	char text[16] = "";
	int stop = -1;

	if (!selftest_guest_new(test, mode, code_hello, code_hello_end,
				&guest))
		stop = output_collect(test, &guest, text, sizeof(text), &exit);
	if (stop < 0)
		selftest_error(test, name);
	else if (stop == TEAVMX_STOP_EXIT && exit.reason == VMX_EXIT_HLT &&
		 !strcmp(text, HELLO))
		selftest_note(test, name, SELFTEST_PASS,
			      "a guest says \"%s\"", text);
	else
		selftest_note(test, name, SELFTEST_FAIL,
			      "stop %s, exit %u, text \"%s\"",
			      teavmx_stop_name(stop), exit.reason, text);
	selftest_guest_free(test, &guest);
}

void selftest_modes(struct selftest *test)
{
	say_hello(test, TEAVMX_MODE_REAL);
	say_hello(test, TEAVMX_MODE_PROTECTED);
	say_hello(test, TEAVMX_MODE_LONG);
}
