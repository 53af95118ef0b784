// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <uapi/regs.h>
#include <uapi/vmcs.h>
#include <uapi/vmx.h>

#include <userspace/gallery/gallery.h>

#include "command.h"
#include "cost.h"
#include "inject.h"
#include "top_model.h"

static void offer_vms(void)
{
	struct teavmx *teavmx = teavmx_open(NULL);
	struct teavmx_vm *vms = NULL;
	int count = teavmx ? teavmx_vm_list(teavmx, &vms) : 0;
	char number[16];
	int i;

	for (i = 0; i < count; i++) {
		snprintf(number, sizeof(number), "%u", vms[i].id);
		complete_offer(number, "", NULL);
	}
	free(vms);
	teavmx_close(teavmx);
}

static void offer_new_or_vms(void)
{
	complete_offer("new", "", "a new VM");
	offer_vms();
}

static void offer_vcpus(void)
{
	struct teavmx *teavmx = teavmx_open(NULL);
	struct teavmx_vcpu *vcpus = NULL;
	int count = teavmx ? teavmx_vcpu_list(teavmx, 0, &vcpus) : 0;
	char number[32];
	int i;

	for (i = 0; i < count; i++) {
		snprintf(number, sizeof(number), "%u.%u", vcpus[i].vm,
			 vcpus[i].id);
		complete_offer(number, "", teavmx_state_name(vcpus[i].state));
	}
	if (count > 0)
		teavmx_vcpu_free(vcpus, (size_t)count);
	teavmx_close(teavmx);
}

static void offer_registers(void)
{
	uint32_t number;

	for (number = 0; number < TEAVMX_REG_FPU; number++)
		if (teavmx_reg_name(number))
			complete_offer(teavmx_reg_name(number), "=", NULL);
}

static void offer_payloads(void)
{
	const struct gallery_row *row;

	for (row = gallery_rows; row->payload; row++)
		complete_offer(row->payload, "",
			       vmx_exit_reason_text(row->reason));
}

static void offer_reasons_with(const char *end)
{
	uint32_t reason;

	for (reason = 0; reason <= VMX_EXIT_MAX; reason++)
		if (vmx_exit_reason_name(reason))
			complete_offer(vmx_exit_reason_name(reason), end,
				       vmx_exit_reason_text(reason));
}

static void offer_routes(void)
{
	offer_reasons_with("=");
}

static void offer_reasons(void)
{
	offer_reasons_with("");
}

/* Offers the names of an enum whose name function returns null after the last one. */
static void offer_named(const char *(*name)(uint32_t value))
{
	uint32_t value;

	for (value = 0; name(value); value++)
		complete_offer(name(value), "", NULL);
}

static void offer_events(void)
{
	offer_named(teavmx_event_type_name);
}

static void offer_kinds(void)
{
	offer_named(teavmx_breakpoint_kind_name);
}

static void offer_backends(void)
{
	offer_named(teavmx_backend_name);
}

static void offer_engines(void)
{
	offer_named(teavmx_engine_name);
}

static void offer_names(const char *const *names, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		complete_offer(names[i], "", NULL);
}

static void offer_sorts(void)
{
	offer_names(top_sort_names, TOP_SORTS);
}

static void offer_costs(void)
{
	offer_names(cost_part_names, COST_PARTS);
}

static void offer_types(void)
{
	offer_names(inject_type_names, INJECT_TYPES);
}

static void offer_modes(void)
{
	enum teavmx_mode mode;

	for (mode = TEAVMX_MODE_REAL; mode <= TEAVMX_MODE_LONG; mode++)
		complete_offer(gallery_mode_name(mode), "", NULL);
}

#define OFFER_FIELD(name, encoding, text)	complete_offer(#name, "=", text);

static void offer_fields(void)
{
	VMCS_FIELDS(OFFER_FIELD)
}

static const struct {
	const char *kind;
	void (*offer)(void);
} objects[] = {
	{ "vms", offer_vms },
	{ "vcpus", offer_vcpus },
	{ "registers", offer_registers },
	{ "payloads", offer_payloads },
	{ "reasons", offer_routes },
	{ "events", offer_events },
	{ "fields", offer_fields },
};

bool complete_objects(const char *kind)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(objects); i++) {
		if (!strcmp(objects[i].kind, kind)) {
			objects[i].offer();
			return true;
		}
	}
	return false;
}

#define PROGRAM_VERBS	"run map debug"
#define VCPU_VERBS	"vmcs regs inject step continue pause break"
#define VM_VERBS \
	"kill mem route send feed snapshot reset clone dirty profile"

const struct complete_row complete_rows[] = {
	{ .option = "vm", .offer = offer_vms },
	{ .option = "backend", .offer = offer_backends },
	{ .option = "engine", .offer = offer_engines },
	{ .option = "kind", .offer = offer_kinds },
	{ .option = "sort", .offer = offer_sorts },
	{ .option = "cost", .offer = offer_costs },
	{ .option = "reason", .offer = offer_reasons, .list = true },
	{ "inject", .option = "type", .offer = offer_types },
	{ .option = "type", .offer = offer_events, .list = true },
	{ .option = "mode", .offer = offer_modes },
	{ .option = "route", .offer = offer_routes },
	{ .option = "reg", .offer = offer_registers },
	{ .option = "write", .offer = offer_fields },
	{ .option = "program", .files = "*.cup" },
	{ .option = "feed", .files = "*" },
	{ .option = "execute", .files = "*" },
	{ .option = "output", .files = "*" },
	{ .option = "html", .files = "*" },
	{ .option = "perfetto", .files = "*" },
	{ .option = "report", .files = "*" },
	{ "doctor", .option = "caps", .files = "*" },
	{ PROGRAM_VERBS, .word = 1, .files = "*.cup" },
	{ VCPU_VERBS, .word = 1, .offer = offer_vcpus },
	{ VM_VERBS, .word = 1, .offer = offer_vms },
	{ "slots", .word = 1, .offer = offer_new_or_vms },
	{ "gdb", .word = 1, .files = "*" },
	{ "gdb", .word = 2, .offer = offer_vms },
	{ "regs", .offer = offer_registers },
	{ "mem", .word = 2, .choices = "read write" },
	{ "route", .offer = offer_routes },
	{ "feed", .word = 2, .files = "*" },
	{ "gallery", .offer = offer_payloads },
	{ "raw report diff export doctor", .files = "*" },
	{ 0 }
};
