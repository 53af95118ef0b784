// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>

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
	&command_gdb,
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
	"Exit status: 0 done, 1 request failed, 2 usage, 3 engine not available,\n"
	"4 not permitted, 5 no such object, 6 guest ended in error, 7 interrupted or\n"
	"events lost.\n",
	.width = 12,
	.commands = commands,
	.count = ARRAY_SIZE(commands),
	.version = print_version,
	.status = status_print,
	.complete = complete_objects,
	.rows = complete_rows,
};

int main(int argc, char **argv)
{
	return command_main(&program, argc, argv);
}
