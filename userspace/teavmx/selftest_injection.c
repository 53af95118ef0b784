// SPDX-License-Identifier: GPL-2.0-only
#include <stdint.h>

#include <uapi/regs.h>
#include <uapi/vmx.h>

#include "selftest.h"

/* Events are injected into a guest in real mode, whose vector table is at 0. */

#define HANDLER		0x1100
#define VECTORS		256
#define MARK		0x5a

/*
 * The payload halts, so that the event is queued, with interrupts enabled. INT n
 * returns two bytes after the other events.
 */
SELFTEST_PAYLOAD(code_wait,
	".code16\n"
	"	sti\n"
	"	nop\n"
	"	hlt\n"
	"	nop\n"
	"	nop\n"
	"	nop\n"
	"	hlt");

SELFTEST_PAYLOAD(code_handler,
	".code16\n"
	"	mov	$0x5a, %bl\n"
	"	iret");

struct event {
	const char *name;
	struct teavmx_inject inject;
};

static const struct event events[] = {
	{ "inject an interrupt",
	  { .vector = 0x21, .type = VMX_INTR_TYPE_EXTERNAL_INTERRUPT } },
	{ "inject an NMI", { .vector = 2, .type = VMX_INTR_TYPE_NMI } },
	{ "inject an exception",
	  { .vector = 6, .type = VMX_INTR_TYPE_HARDWARE_EXCEPTION } },
	{ "inject INT n",
	  { .vector = 0x80, .type = VMX_INTR_TYPE_SOFTWARE_INTERRUPT,
	    .length = 2 } },
};

/* Only the vector of the event points to the handler. */
static int load_handler(struct selftest *test, uint32_t vm, uint8_t vector)
{
	uint32_t table[VECTORS] = { };

	table[vector] = HANDLER;
	return teavmx_mem_write(test->teavmx, vm, 0, table, sizeof(table)) ||
	       teavmx_mem_write(test->teavmx, vm, HANDLER, code_handler,
				code_handler_end - code_handler);
}

/* The stop after the event, -1 on failure */
static int event_deliver(struct selftest *test, const struct event *event,
			 struct selftest_guest *guest, struct teavmx_record *exit)
{
	const struct teavmx_run answer = { .answered = true };

	if (selftest_guest_new(test, TEAVMX_MODE_REAL, code_wait, code_wait_end,
			       guest) ||
	    load_handler(test, guest->vm, event->inject.vector) ||
	    selftest_guest_run(test, guest, NULL, exit) < 0 ||
	    teavmx_inject(test->teavmx, guest->vm, guest->vcpu,
			  &event->inject) < 0)
		return -1;
	return selftest_guest_run(test, guest, &answer, exit);
}

static void event_inject(struct selftest *test, const struct event *event)
{
	struct selftest_guest guest = { };
	struct teavmx_record exit;
	uint64_t mark;
	int stop = event_deliver(test, event, &guest, &exit);

	if (stop < 0) {
		selftest_error(test, event->name);
	} else {
		mark = selftest_register(test, &guest, TEAVMX_REG_RBX) & 0xff;
		selftest_note(test, event->name,
			      exit.reason == VMX_EXIT_HLT && mark == MARK ?
			      SELFTEST_PASS : SELFTEST_FAIL,
			      "vector %u, %s", event->inject.vector,
			      mark == MARK ? "delivered" : "not delivered");
	}
	selftest_guest_free(test, &guest);
}

void selftest_injection(struct selftest *test)
{
	size_t i;

	for (i = 0; i < sizeof(events) / sizeof(*events); i++)
		event_inject(test, &events[i]);
}
