// SPDX-License-Identifier: GPL-2.0-only
/*
 * multiboot_guest teavmx|kvm FILE [ARGUMENT...]: runs a multiboot program, such as the
 * test programs of other hypervisors are, on a raw vCPU of teavmx or on KVM, with the
 * few devices that they expect: a serial interface, a local APIC, a port to end.
 *
 * Exit status: what the program has ended with, 100 if that is more; 101 it cannot
 * continue, 102 it cannot begin.
 */
#include <errno.h>
#include <error.h>
#include <stdio.h>
#include <string.h>

#include "machine.h"

int main(int argc, char **argv)
{
	static struct pc pc;

	if (argc < 3 || (strcmp(argv[1], "teavmx") && strcmp(argv[1], "kvm")))
		error(2, 0, "usage: multiboot_guest teavmx|kvm FILE [ARGUMENT...]");
	/* Messages have the name without its folder. */
	program_invocation_name = program_invocation_short_name;
	setvbuf(stdout, NULL, _IOLBF, 0);
	pc_init(&pc);
	if (!strcmp(argv[1], "kvm"))
		kvm_machine(&pc, argv[2], argv + 3);
	else
		teavmx_machine(&pc, argv[2], argv + 3);
	board_free(&pc.board);
	return pc.board.exit_value < VALUE_MAX ? (int)pc.board.exit_value : VALUE_MAX;
}
