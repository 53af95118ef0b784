// SPDX-License-Identifier: GPL-2.0-only
#include "run.h"

#include <errno.h>
#include <cpuid.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <userspace/lib/raw.h>

#define PATIENCE_MS	10000
#define VCPU		1
#define HLT		0xf4
/* CPUID 1 ECX, bit 27: the kernel has enabled XSAVE */
#define FEATURE_OSXSAVE	BIT(27)
#define CAN_WRITE	"/sys/module/teavmx/parameters/vmx_break"

/* As much as RAM, and all written, so that no exit has to provide a page */
static uint8_t memory[PAYLOAD_MEMORY];

static int gallery_fail(struct gallery *gallery)
{
	snprintf(gallery->error, sizeof(gallery->error), "%s",
		 teavmx_error(gallery->teavmx)->message);
	return -1;
}

/* Exits that come by themselves */
static bool is_of_host(const struct teavmx_record *record)
{
	struct teavmx_event_info event;

	switch (record->reason & VMX_EXIT_BASIC_MASK) {
	case VMX_EXIT_EXTERNAL_INTERRUPT:
	case VMX_EXIT_PREEMPTION_TIMER:
		return true;
	case VMX_EXIT_EXCEPTION_NMI:
		event = teavmx_event_info(record->intr_info);
		return event.type == VMX_INTR_TYPE_NMI;
	default:
		return false;
	}
}

/* The log of one run */
struct seen {
	const struct gallery_row *row;
	struct gallery_result *result;
};

static void see(const struct teavmx_record *record, void *data)
{
	struct seen *seen = data;
	struct gallery_result *result = seen->result;
	uint32_t reason = record->reason & VMX_EXIT_BASIC_MASK;

	if (record->type != TEAVMX_EVENT_TYPE_VMX_EXIT || result->found)
		return;
	if (is_of_host(record) && reason != seen->row->reason)
		return;
	result->found = true;
	result->reason = reason;
	teavmx_decode_exit(record, result->words, sizeof(result->words));
	result->record = *record;
	/* What the record points to ends with this call. */
	result->record.bytes = NULL;
	result->record.refusal = NULL;
	if (record->snapshot) {
		result->snapshot = *record->snapshot;
		result->record.snapshot = &result->snapshot;
	}
}

static uint64_t usual_value(const struct gallery *gallery, uint32_t field)
{
	int i;

	for (i = 0; i < gallery->usual_count; i++)
		if (gallery->usual[i].field == field)
			return gallery->usual[i].value;
	return 0;
}

static int row_vcpu_new(struct gallery *gallery, uint32_t vm,
			const struct gallery_row *row)
{
	struct teavmx_vmcs_write writes[GALLERY_WRITES];
	const struct gallery_write *write = row->writes;
	struct teavmx_vcpu vcpu;
	size_t count;

	for (count = 0; count < GALLERY_WRITES && write[count].field; count++) {
		uint64_t value = write[count].clear == ~0ULL ? 0 :
				 usual_value(gallery, write[count].field);

		value = (value & ~write[count].clear) | write[count].set;
		value |= pages_address(write[count].page);
		writes[count].field = write[count].field;
		writes[count].value = value;
	}
	if (teavmx_raw_vcpu_new_with(gallery->teavmx, vm, writes, count, &vcpu))
		return -1;
	teavmx_vcpu_clear(&vcpu);
	return 0;
}

static int row_route(struct teavmx *teavmx, struct teavmx_vm *vm,
		     const struct gallery_row *row)
{
	if (row->routed) {
		vm->host_reasons[row->reason / 8] |= 1 << row->reason % 8;
		if (teavmx_host_reasons(teavmx, vm->id, vm->host_reasons))
			return -1;
	}
	if (row->exceptions &&
	    teavmx_host_exceptions(teavmx, vm->id, row->exceptions))
		return -1;
	return 0;
}

static int row_register(struct teavmx *teavmx, uint32_t vm,
			const struct gallery_row *row)
{
	struct teavmx_register *registers, changed;
	int count, err;

	if (!row->number)
		return 0;
	count = teavmx_regs_get(teavmx, vm, VCPU, &registers);
	if (count < 0)
		return -1;
	changed.number = row->number;
	changed.value = teavmx_reg_get(registers, (size_t)count, row->number);
	changed.value = (changed.value & ~row->clear) | row->set;
	err = teavmx_regs_set(teavmx, vm, VCPU, &changed, 1);
	free(registers);
	return err;
}

/*
 * All of RAM. In real mode unexpected interrupts and exceptions end the
 * payload; in the other modes there is no way to deliver them.
 */
static void fill_memory(const struct gallery_payload *payload)
{
	unsigned int i;

	memset(memory, 0, sizeof(memory));
	for (i = 0; i < PAYLOAD_VECTORS; i++) {
		memory[4 * i] = PAYLOAD_HALT & 0xff;
		memory[4 * i + 1] = PAYLOAD_HALT >> 8;
	}
	memory[PAYLOAD_HALT] = HLT;
	memcpy(memory + PAYLOAD_ADDRESS, payload->code, payload->size);
}

static int row_load(struct teavmx *teavmx, uint32_t vm,
		    const struct gallery_row *row,
		    const struct gallery_payload *payload)
{
	fill_memory(payload);
	if (!row->own_memory &&
	    teavmx_mem_write(teavmx, vm, 0, memory, sizeof(memory)))
		return -1;
	if (teavmx_mode_enter(teavmx, vm, VCPU, payload->mode, PAYLOAD_ADDRESS,
			      PAYLOAD_STACK, PAYLOAD_TABLES))
		return -1;
	return row_register(teavmx, vm, row);
}

static int row_start(struct gallery *gallery, struct teavmx_vm *vm,
		     const struct gallery_row *row)
{
	const struct gallery_payload *payload = gallery_payload(row);
	const struct teavmx_run how = { .time = row->time };
	struct teavmx *teavmx = gallery->teavmx;

	/* Only rows that write the VMCS refer to these pages. */
	if (row->writes[0].field &&
	    pages_prepare(payload->code, payload->size, row->data_rights)) {
		snprintf(gallery->error, sizeof(gallery->error),
			 "pages of known address: %s", strerror(errno));
		return -1;
	}
	if (teavmx_raw_new(teavmx, 0, PAYLOAD_MEMORY, vm) ||
	    row_route(teavmx, vm, row) || row_vcpu_new(gallery, vm->id, row) ||
	    row_load(teavmx, vm->id, row, payload) ||
	    teavmx_vcpu_run_with(teavmx, vm->id, VCPU, &how))
		return gallery_fail(gallery);
	return 0;
}

static long long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

/* Until it is paused or has exited */
static int wait_end(struct gallery *gallery, uint32_t vm)
{
	const struct timespec nap = { .tv_nsec = 1000000 };
	long long end = now_ms() + PATIENCE_MS;
	struct teavmx_vcpu vcpu;
	uint32_t state;

	do {
		if (teavmx_vcpu_get(gallery->teavmx, vm, VCPU, &vcpu))
			return gallery_fail(gallery);
		state = vcpu.state;
		teavmx_vcpu_clear(&vcpu);
		if (state == TEAVMX_VCPU_STATE_PAUSED ||
		    state == TEAVMX_VCPU_STATE_EXITED)
			return 0;
		nanosleep(&nap, NULL);
	} while (now_ms() < end);
	snprintf(gallery->error, sizeof(gallery->error),
		 "it is still %s after %d seconds", teavmx_state_name(state),
		 PATIENCE_MS / 1000);
	return -1;
}

int gallery_run(struct gallery *gallery, const struct gallery_row *row,
		struct gallery_result *result)
{
	struct seen seen = { row, result };
	struct teavmx_vm vm = { 0 };
	uint64_t seq = 0;
	int err;

	memset(result, 0, sizeof(*result));
	err = row_start(gallery, &vm, row) ?: wait_end(gallery, vm.id);
	if (!err) {
		do {
			err = teavmx_event_get(gallery->teavmx, vm.id, &seq,
					       see, &seen);
		} while (err > 0);
		if (err)
			gallery_fail(gallery);
	}
	if (vm.id && teavmx_vm_del(gallery->teavmx, vm.id) && !err)
		err = gallery_fail(gallery);
	return err;
}

static bool has_advanced_information(const struct gallery *gallery)
{
	const struct teavmx_msr *found =
		teavmx_caps_msr(&gallery->caps, VMX_MSR_EPT_VPID_CAP);

	return found &&
	       found->value & BIT(VMX_EPT_VPID_ADVANCED_EXIT_INFORMATION_BIT);
}

void gallery_expected(const struct gallery *gallery,
		      const struct gallery_row *row, char *text, size_t size)
{
	bool advanced = row->advanced && has_advanced_information(gallery);

	snprintf(text, size, "%s%s", row->words,
		 advanced ? row->advanced : "");
}

bool gallery_differs(const struct gallery *gallery,
		     const struct gallery_row *row,
		     const struct gallery_result *result, char *why,
		     size_t size)
{
	char words[GALLERY_TEXT_MAX];

	gallery_expected(gallery, row, words, sizeof(words));
	if (!result->found)
		snprintf(why, size, "no exit");
	else if (result->reason != row->reason)
		snprintf(why, size, "exit %u %s and not %s", result->reason,
			 vmx_exit_reason_name(result->reason),
			 vmx_exit_reason_name(row->reason));
	else if (strcmp(result->words, words))
		snprintf(why, size, "decoded as '%s' and not '%s'",
			 result->words, words);
	else
		return false;
	return true;
}

static bool has_controls(const struct gallery *gallery, uint32_t msr,
			 uint32_t controls)
{
	const struct teavmx_msr *found = teavmx_caps_msr(&gallery->caps, msr);
	/* The bits that may be 1 are in the high half. */
	uint32_t may = found ? found->value >> 32 : 0;

	return (may & controls) == controls;
}

static bool kernel_has_xsave(void)
{
	unsigned int eax, ebx, ecx = 0, edx;

	return __get_cpuid(1, &eax, &ebx, &ecx, &edx) && ecx & FEATURE_OSXSAVE;
}

const char *gallery_missing(const struct gallery *gallery,
			    const struct gallery_row *row)
{
	if (!has_controls(gallery, VMX_MSR_PROCBASED_CTLS, row->primary) ||
	    !has_controls(gallery, VMX_MSR_PROCBASED_CTLS2, row->secondary))
		return "this CPU lacks a control";
	if (row->writes[0].field && !gallery->can_write)
		return "the module was loaded without vmx_break=1";
	if (row->number == TEAVMX_REG_CR4 && row->set & CR4_OSXSAVE &&
	    !kernel_has_xsave())
		return "the host's kernel does not use XSAVE";
	return NULL;
}

static bool read_can_write(void)
{
	FILE *file = fopen(CAN_WRITE, "re");
	int answer;

	if (!file)
		return false;
	answer = fgetc(file);
	fclose(file);
	return answer == 'Y' || answer == '1';
}

/* What the engine writes to the VMCS of a vCPU as it usually is */
static int read_usual(struct gallery *gallery)
{
	struct teavmx *teavmx = gallery->teavmx;
	struct teavmx_vcpu vcpu;
	struct teavmx_vm vm;

	if (teavmx_raw_new(teavmx, 0, PAYLOAD_MEMORY, &vm) ||
	    teavmx_raw_vcpu_new(teavmx, vm.id, &vcpu))
		return -1;
	teavmx_vcpu_clear(&vcpu);
	gallery->usual_count = teavmx_vmcs_get(teavmx, vm.id, VCPU,
					       &gallery->usual);
	return gallery->usual_count < 0 || teavmx_vm_del(teavmx, vm.id);
}

int gallery_open(struct gallery *gallery, struct teavmx *teavmx)
{
	memset(gallery, 0, sizeof(*gallery));
	gallery->teavmx = teavmx;
	gallery->can_write = read_can_write();
	if (teavmx_caps_get(teavmx, 0, &gallery->caps) || read_usual(gallery))
		return gallery_fail(gallery);
	return 0;
}

void gallery_close(struct gallery *gallery)
{
	free(gallery->usual);
	memset(gallery, 0, sizeof(*gallery));
}
