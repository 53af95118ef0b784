// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <uapi/vmcs.h>
#include <uapi/vmx_check.h>

#include "guest.h"

static int say_failure(struct guest *guest)
{
	printf("# %s\n", teavmx_error(guest->teavmx)->message);
	return -1;
}

int guest_new(struct guest *guest, struct teavmx *teavmx, uint64_t memory)
{
	memset(guest, 0, sizeof(*guest));
	guest->teavmx = teavmx;
	return teavmx_raw_new(teavmx, 0, memory, &guest->vm) ?
	       say_failure(guest) : 0;
}

int guest_free(struct guest *guest)
{
	uint32_t i;

	for (i = 0; i < guest->count; i++)
		teavmx_vcpu_clear(&guest->vcpu[i]);
	guest->count = 0;
	return teavmx_vm_del(guest->teavmx, guest->vm.id) ?
	       say_failure(guest) : 0;
}

int guest_load(struct guest *guest, const uint8_t *code, const uint8_t *end)
{
	return teavmx_mem_write(guest->teavmx, guest->vm.id, GUEST_CODE, code,
				end - code) ? say_failure(guest) : 0;
}

int guest_enter(struct guest *guest, uint32_t n, enum teavmx_mode mode)
{
	return teavmx_mode_enter(guest->teavmx, guest->vm.id,
				 guest->vcpu[n].id, mode, GUEST_CODE,
				 GUEST_STACKS + (n + 1) * 0x1000,
				 GUEST_TABLES + n * TEAVMX_TABLES_SIZE) ?
	       say_failure(guest) : 0;
}

int guest_add(struct guest *guest, enum teavmx_mode mode)
{
	uint32_t n = guest->count;

	if (teavmx_raw_vcpu_new(guest->teavmx, guest->vm.id, &guest->vcpu[n]))
		return say_failure(guest);
	guest->count++;
	return guest_enter(guest, n, mode) ? -1 : (int)n;
}

int guest_set(struct guest *guest, uint32_t n, uint32_t number,
	      uint64_t value)
{
	const struct teavmx_register reg = { number, value };

	return teavmx_regs_set(guest->teavmx, guest->vm.id,
			       guest->vcpu[n].id, &reg, 1) ? say_failure(guest) : 0;
}

uint64_t guest_get(struct guest *guest, uint32_t n, uint32_t number)
{
	struct teavmx_register *registers = NULL;
	uint64_t value;
	int count;

	count = teavmx_regs_get(guest->teavmx, guest->vm.id,
				guest->vcpu[n].id, &registers);
	if (count < 0) {
		say_failure(guest);
		return UINT64_MAX;
	}
	value = teavmx_reg_get(registers, count, number);
	free(registers);
	return value;
}

uint32_t guest_read32(struct guest *guest, uint64_t address)
{
	uint32_t value;

	if (!teavmx_mem_read(guest->teavmx, guest->vm.id, address, &value,
			     sizeof(value)))
		return value;
	say_failure(guest);
	return UINT32_MAX;
}

uint64_t guest_used(struct guest *guest)
{
	if (teavmx_vm_get(guest->teavmx, guest->vm.id, &guest->vm)) {
		say_failure(guest);
		return UINT64_MAX;
	}
	return guest->vm.memory_used;
}

int guest_start(struct guest *guest)
{
	uint32_t i;

	for (i = 0; i < guest->count; i++)
		if (teavmx_vcpu_run(guest->teavmx, guest->vm.id,
				    guest->vcpu[i].id))
			return say_failure(guest);
	return 0;
}

static void nap(void)
{
	const struct timespec time = { .tv_nsec = 2000000 };

	nanosleep(&time, NULL);
}

int guest_wait(struct guest *guest, uint32_t n)
{
	long long end = machine_ms() + GUEST_PATIENCE_MS;
	struct teavmx_vcpu *vcpu = &guest->vcpu[n];
	uint32_t id = vcpu->id;

	do {
		teavmx_vcpu_clear(vcpu);
		if (teavmx_vcpu_get(guest->teavmx, guest->vm.id, id, vcpu))
			return say_failure(guest);
		if (vcpu->state == TEAVMX_VCPU_STATE_PAUSED)
			return (int)vcpu->stop;
		if (vcpu->state == TEAVMX_VCPU_STATE_EXITED)
			return TEAVMX_STOP_NONE;
		nap();
	} while (machine_ms() < end);
	printf("# vCPU %u is %s and does not stop\n", id,
	       teavmx_state_name(vcpu->state));
	return -1;
}

bool guest_wait_all(struct guest *guest)
{
	uint32_t i;

	for (i = 0; i < guest->count; i++)
		if (guest_wait(guest, i) != TEAVMX_STOP_EXIT)
			return false;
	return true;
}

uint64_t guest_exits(const struct guest *guest, uint32_t n, uint32_t reason)
{
	const struct teavmx_vcpu *vcpu = &guest->vcpu[n];
	size_t i;

	for (i = 0; i < vcpu->exit_count; i++)
		if (vcpu->exits[i].reason == reason)
			return vcpu->exits[i].count;
	return 0;
}

struct search {
	uint32_t vcpu;
	bool found;
	struct teavmx_record *exit;
};

static void look(const struct teavmx_record *record, void *data)
{
	struct search *search = data;

	if (record->type != TEAVMX_EVENT_TYPE_VMX_EXIT ||
	    record->vcpu != search->vcpu)
		return;
	*search->exit = *record;
	search->exit->bytes = NULL;
	search->exit->size = 0;
	search->found = true;
}

int guest_last_exit(struct guest *guest, uint32_t n,
		    struct teavmx_record *exit)
{
	struct search search = { .vcpu = guest->vcpu[n].id, .exit = exit };
	uint64_t seq = 0;
	int count;

	do {
		count = teavmx_event_get(guest->teavmx, guest->vm.id, &seq,
					 look, &search);
	} while (count > 0);
	if (count < 0)
		return say_failure(guest);
	return search.found ? 0 : -1;
}

static void show_finding(const struct teavmx_record *record, void *prefix)
{
	static struct teavmx_diagnosis diagnosis;
	const struct teavmx_finding *finding;

	if (!record->snapshot)
		return;
	teavmx_doctor(record->snapshot, &diagnosis);
	for (finding = diagnosis.findings;
	     finding < diagnosis.findings + diagnosis.finding_count; finding++)
		printf("%s%s 0x%llx: %s\n", (const char *)prefix,
		       vmcs_field_name(finding->field),
		       (unsigned long long)finding->value,
		       vmx_rule_text(finding->rule));
}

void guest_show_findings(struct guest *guest)
{
	uint64_t seq = 0;

	while (teavmx_event_get(guest->teavmx, guest->vm.id, &seq,
				show_finding, "#   ") > 0)
		;
}
