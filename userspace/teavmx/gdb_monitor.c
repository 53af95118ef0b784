// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <uapi/regs.h>
#include <uapi/vmx.h>

#include <userspace/common/cli.h>

#include "caps_table.h"
#include "gdb_vm.h"
#include "output.h"
#include "vmcs_table.h"

#define WORDS_MAX	4
#define EXITS_USUAL	10
#define EXITS_MAX	1000
#define EXCEPTIONS	32
#define CR0_PE		1u

/* A command of "monitor": the words after its name, and the vCPU that is selected */
struct call {
	struct gdb_vm *target;
	struct gdb_vcpu *vcpu;
	FILE *file;
	char *words[WORDS_MAX];
	size_t count;
};

static int call_refuse(const struct call *call, const char *wanted)
{
	fprintf(call->file, "expected %s\n", wanted);
	return -1;
}

static int call_fail(const struct call *call)
{
	const struct teavmx_error *error = teavmx_error(call->target->teavmx);

	fprintf(call->file, "%s\n", error->message);
	call->target->number = error->error;
	return -1;
}

/* The last exits, of which the array is a ring */
struct exits {
	uint32_t vcpu;
	struct teavmx_record *ring;
	size_t size;
	size_t count;
};

static void exits_add(const struct teavmx_record *record, void *data)
{
	struct exits *exits = data;
	struct teavmx_record *place;

	if (record->vcpu != exits->vcpu ||
	    record->type != TEAVMX_EVENT_TYPE_VMX_EXIT)
		return;
	place = &exits->ring[exits->count++ % exits->size];
	*place = *record;
	place->bytes = NULL;
	place->size = 0;
	place->snapshot = NULL;
}

static void exit_print(const struct teavmx_record *record, FILE *file)
{
	char decoded[OUTPUT_DECODED_MAX];
	char number[16];

	teavmx_decode_exit(record, decoded, sizeof(decoded));
	fprintf(file, "#%llu at 0x%llx: %u %s%s%s\n",
		(unsigned long long)record->seq,
		(unsigned long long)record->rip,
		record->reason & VMX_EXIT_BASIC_MASK,
		output_reason(record->reason, number, sizeof(number)),
		decoded[0] ? ": " : "", decoded);
}

static int monitor_exits(struct call *call)
{
	struct exits exits = { .vcpu = call->vcpu->id };
	unsigned long long wanted = EXITS_USUAL;
	struct teavmx_vm vm;
	uint64_t seq = 0;
	size_t i;
	int err;

	if (call->count > 1 ||
	    (call->count && cli_number(call->words[0], 1, EXITS_MAX, &wanted)))
		return call_refuse(call, "a number of exits from 1 to 1000");
	exits.size = (size_t)wanted;
	exits.ring = calloc(exits.size, sizeof(*exits.ring));
	if (!exits.ring)
		return call_refuse(call, "memory");
	/*
	 * A reply has a part of the log, from the oldest record on. What is recorded
	 * meanwhile is left out, as there may be no end of it.
	 */
	err = teavmx_vm_get(call->target->teavmx, call->target->vm, &vm) ? -1 : 1;
	while (err > 0 && seq < vm.next_seq)
		err = teavmx_event_get(call->target->teavmx, call->target->vm,
				       &seq, exits_add, &exits);
	i = exits.count > exits.size ? exits.count - exits.size : 0;
	for (; err >= 0 && i < exits.count; i++)
		exit_print(&exits.ring[i % exits.size], call->file);
	if (err >= 0 && !exits.count)
		fputs("the log has no exit of this vCPU\n", call->file);
	free(exits.ring);
	return err < 0 ? call_fail(call) : 0;
}

static int monitor_stat(struct call *call)
{
	struct teavmx_vcpu vcpu;
	char number[16];
	size_t i;

	if (call->count)
		return call_refuse(call, "no words");
	if (teavmx_vcpu_get(call->target->teavmx, call->target->vm,
			    call->vcpu->id, &vcpu))
		return call_fail(call);
	for (i = 0; i < vcpu.exit_count; i++)
		fprintf(call->file, "%u %s: %llu\n", vcpu.exits[i].reason,
			output_reason(vcpu.exits[i].reason, number,
				      sizeof(number)),
			(unsigned long long)vcpu.exits[i].count);
	teavmx_vcpu_clear(&vcpu);
	return 0;
}

static int monitor_vmcs(struct call *call)
{
	struct vmcs_table table = { .begin = call->count ? call->words[0] : NULL };
	struct teavmx_vmcs_write *fields;
	size_t printed;
	int count;

	if (call->count > 1)
		return call_refuse(call, "the beginning of the name of a field, or nothing");
	count = teavmx_vmcs_get(call->target->teavmx, call->target->vm,
				call->vcpu->id, &fields);
	if (count < 0)
		return call_fail(call);
	table.fields = fields;
	table.count = (size_t)count;
	printed = vmcs_table_print(&table, call->file);
	free(fields);
	return printed ? 0 :
	       call_refuse(call, "the beginning of the name of a field");
}

static int monitor_caps(struct call *call)
{
	struct caps_table table = { 0 };
	struct teavmx_caps *caps;
	int count;

	if (call->count)
		return call_refuse(call, "no words");
	count = teavmx_caps_list(call->target->teavmx, &caps);
	if (count <= 0)
		return call_fail(call);
	table.caps = caps;
	table.count = (size_t)count;
	caps_table_print(&table, call->file);
	free(caps);
	return 0;
}

/* A number, or the mnemonic of an exception, with or without its # */
static int vector_read(const char *word, uint8_t *vector)
{
	unsigned long long number;
	const char *name;
	unsigned int i;

	for (i = 0; i < EXCEPTIONS; i++) {
		name = teavmx_exception_name(i);
		if (name && (!strcasecmp(name, word) ||
			     (name[0] == '#' && !strcasecmp(name + 1, word)))) {
			*vector = (uint8_t)i;
			return 0;
		}
	}
	if (cli_number(word, 0, UINT8_MAX, &number))
		return -1;
	*vector = (uint8_t)number;
	return 0;
}

/* In real mode no exception has an error code. */
static bool pushes_error(const struct call *call, uint8_t vector)
{
	struct teavmx_register *list;
	uint64_t cr0;
	int count;

	if (!vmx_vector_has_error_code(vector))
		return false;
	count = teavmx_regs_get(call->target->teavmx, call->target->vm,
				call->vcpu->id, &list);
	if (count < 0)
		return false;
	cr0 = teavmx_reg_get(list, (size_t)count, TEAVMX_REG_CR0);
	free(list);
	return cr0 & CR0_PE;
}

static int monitor_inject(struct call *call)
{
	struct teavmx_inject event = { 0 };
	unsigned long long error = 0;
	int pending;

	if (!call->count || call->count > 2 ||
	    vector_read(call->words[0], &event.vector) ||
	    (call->count > 1 && cli_number(call->words[1], 0, UINT32_MAX, &error)))
		return call_refuse(call, "a vector, such as 32 or pf, and perhaps an error code");
	event.type = vmx_intr_type_of_vector(event.vector);
	event.length = vmx_intr_type_is_soft(event.type);
	event.has_error = call->count > 1 || pushes_error(call, event.vector);
	event.error = (uint32_t)error;
	pending = teavmx_inject(call->target->teavmx, call->target->vm,
				call->vcpu->id, &event);
	if (pending < 0)
		return call_fail(call);
	fprintf(call->file, "%d event%s waiting\n", pending,
		pending == 1 ? "" : "s");
	return 0;
}

static int monitor_answer(struct call *call)
{
	unsigned long long value = 0;

	if (call->count > 1 ||
	    (call->count && cli_number(call->words[0], 0, UINT64_MAX, &value)))
		return call_refuse(call, "the value that the instruction reads, or nothing");
	if (call->vcpu->state != TEAVMX_VCPU_STATE_PAUSED ||
	    call->vcpu->stop != TEAVMX_STOP_EXIT)
		return call_refuse(call, "a vCPU that is paused for an exit");
	call->vcpu->answered = true;
	call->vcpu->answer = value;
	fprintf(call->file, "vCPU %u will continue after the instruction\n",
		call->vcpu->id);
	return 0;
}

static int monitor_phys(struct call *call)
{
	bool on = call->count && !strcmp(call->words[0], "on");

	if (call->count > 1 || (call->count && !on &&
				strcmp(call->words[0], "off")))
		return call_refuse(call, "on or off");
	if (call->count && call->target->points.software_count)
		return call_refuse(call, "no software breakpoints: delete them first");
	if (call->count)
		call->target->physical = on;
	fprintf(call->file, "addresses are %s\n", call->target->physical ?
		"guest-physical" : "linear");
	return 0;
}

static int monitor_help(struct call *call);

static const struct {
	const char *name;
	const char *words;
	const char *text;
	int (*run)(struct call *call);
} commands[] = {
	{ "answer", " [VALUE]",
	  "the exit is handled: continue after the instruction, which reads VALUE",
	  monitor_answer },
	{ "caps", "", "VMX capabilities of the CPUs", monitor_caps },
	{ "exits", " [N]",
	  "the last N exits of the vCPU in the log, 10 if not given", monitor_exits },
	{ "help", "", "this text", monitor_help },
	{ "inject", " VECTOR [ERROR]",
	  "queue an interrupt or exception for the vCPU", monitor_inject },
	{ "phys", " [on|off]",
	  "addresses of memory are guest-physical, not linear", monitor_phys },
	{ "stat", "", "how often the vCPU has exited, by reason", monitor_stat },
	{ "vmcs", " [FIELD]", "fields of the VMCS whose names begin with FIELD", monitor_vmcs },
};

static int monitor_help(struct call *call)
{
	size_t i;
	int width;

	for (i = 0; i < ARRAY_SIZE(commands); i++) {
		width = 24 - (int)strlen(commands[i].name);
		fprintf(call->file, "%s%-*s %s\n", commands[i].name, width,
			commands[i].words, commands[i].text);
	}
	return 0;
}

static int call_run(struct call *call, const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(commands); i++)
		if (!strcmp(commands[i].name, name))
			return commands[i].run(call);
	fprintf(call->file, "unknown command '%s'; see monitor help\n", name);
	return -1;
}

/* Commands work on the vCPU that is selected; an errno of them is not sent. */
int gdb_vm_monitor(void *data, uint32_t thread, const char *line, FILE *file)
{
	struct call call = {
		.target = data,
		.vcpu = gdb_vm_vcpu(data, thread),
		.file = file,
	};
	char *copy = strdup(line);
	char *rest = NULL;
	char *name = copy ? strtok_r(copy, " \t", &rest) : NULL;
	char *word;
	int err = -1;

	while (name && (word = strtok_r(NULL, " \t", &rest)))
		if (call.count < WORDS_MAX)
			call.words[call.count++] = word;
	if (!copy || !call.vcpu)
		fputs("out of memory, or no such vCPU\n", file);
	else
		err = call_run(&call, name ? name : "help");
	free(copy);
	return err;
}
