// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>

#include <uapi/regs.h>
#include <uapi/vmcs.h>
#include <uapi/vmx.h>

#include <userspace/gallery/gallery.h>

#include "command.h"

static const struct command *const commands[] = {
	&command_run,
	&command_debug,
	&command_monitor,
	&command_record,
	&command_report,
	&command_diff,
	&command_list,
	&command_stat,
	&command_profile,
	&command_top,
	&command_kill,
	&command_info,
	&command_version,
	&command_caps,
	&command_vmcs,
	&command_doctor,
	&command_regs,
	&command_mem,
	&command_inject,
	&command_step,
	&command_continue,
	&command_pause,
	&command_break,
	&command_route,
	&command_slots,
	&command_send,
	&command_feed,
	&command_map,
	&command_snapshot,
	&command_reset,
	&command_clone,
	&command_dirty,
	&command_export,
	&command_raw,
	&command_gallery,
	&command_selftest,
};

static void complete_vms(void)
{
	struct teavmx *teavmx = teavmx_open(NULL);
	struct teavmx_vm *vms = NULL;
	int count = teavmx ? teavmx_vm_list(teavmx, &vms) : 0;
	int i;

	for (i = 0; i < count; i++)
		printf("%u\n", vms[i].id);
	teavmx_close(teavmx);
}

static void complete_vcpus(void)
{
	struct teavmx *teavmx = teavmx_open(NULL);
	struct teavmx_vcpu *vcpus = NULL;
	int count = teavmx ? teavmx_vcpu_list(teavmx, 0, &vcpus) : 0;
	int i;

	for (i = 0; i < count; i++)
		printf("%u.%u\n", vcpus[i].vm, vcpus[i].id);
	if (count > 0)
		teavmx_vcpu_free(vcpus, (size_t)count);
	teavmx_close(teavmx);
}

static void complete_registers(void)
{
	uint32_t number;

	for (number = 0; number < TEAVMX_REG_FPU; number++)
		if (teavmx_reg_name(number))
			printf("%s=\n", teavmx_reg_name(number));
}

static void complete_payloads(void)
{
	const struct gallery_row *row;

	for (row = gallery_rows; row->payload; row++)
		puts(row->payload);
}

static void complete_reasons(void)
{
	uint32_t reason;

	for (reason = 0; reason <= VMX_EXIT_MAX; reason++)
		if (vmx_exit_reason_name(reason))
			printf("%s=\n", vmx_exit_reason_name(reason));
}

static void complete_events(void)
{
	uint32_t type;

	for (type = 0; teavmx_event_type_name(type); type++)
		puts(teavmx_event_type_name(type));
}

#define FIELD(name, encoding, text)	#name "=\n"

static void complete_fields(void)
{
	fputs(VMCS_FIELDS(FIELD), stdout);
}

static bool complete_objects(const char *kind)
{
	if (!strcmp(kind, "vms"))
		complete_vms();
	else if (!strcmp(kind, "vcpus"))
		complete_vcpus();
	else if (!strcmp(kind, "registers"))
		complete_registers();
	else if (!strcmp(kind, "payloads"))
		complete_payloads();
	else if (!strcmp(kind, "reasons"))
		complete_reasons();
	else if (!strcmp(kind, "events"))
		complete_events();
	else if (!strcmp(kind, "fields"))
		complete_fields();
	else
		return false;
	return true;
}

static int print_version(int argc, char **argv)
{
	return command_execute(&command_version, argc, argv);
}

static const struct command_set program = {
	.name = "teavmx",
	.intro =
	"usage: teavmx [VERB [OPTION...] [WORD...]]\n\n"
	"Runs TEA programs in VMX guests and shows every exit. Without a verb: the state\n"
	"of the engine and its VMs.\n\n",
	.closing =
	"\n"
	"A first try: teavmx run hello.cup\n"
	"Exit status: 0 done, 1 request failed, 2 usage, 3 engine not available,\n"
	"4 not permitted, 5 no such object, 6 guest ended in error, 7 interrupted or\n"
	"events lost.\n",
	.width = 12,
	.commands = commands,
	.count = ARRAY_SIZE(commands),
	.version = print_version,
	.status = status_print,
	.complete = complete_objects,
};

int main(int argc, char **argv)
{
	return command_main(&program, argc, argv);
}
