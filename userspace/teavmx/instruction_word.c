// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include <uapi/vmx.h>

#include "instruction_word.h"

const struct instruction_word instruction_words[] = {
	{ "CLTS", VMX_EXIT_CR_ACCESS },
	{ "LMSW", VMX_EXIT_CR_ACCESS },
	{ "IN", VMX_EXIT_IO_INSTRUCTION },
	{ "INS", VMX_EXIT_IO_INSTRUCTION },
	{ "OUT", VMX_EXIT_IO_INSTRUCTION },
	{ "OUTS", VMX_EXIT_IO_INSTRUCTION },
	{ "RDMSR", VMX_EXIT_MSR_READ },
	{ "WRMSR", VMX_EXIT_MSR_WRITE },
	{ "WRMSRNS", VMX_EXIT_MSR_WRITE },
	{ "MWAIT", VMX_EXIT_MWAIT_INSTRUCTION },
	{ "MONITOR", VMX_EXIT_MONITOR_INSTRUCTION },
	{ "PAUSE", VMX_EXIT_PAUSE_INSTRUCTION },
	{ "LGDT", VMX_EXIT_GDTR_IDTR },
	{ "LIDT", VMX_EXIT_GDTR_IDTR },
	{ "SGDT", VMX_EXIT_GDTR_IDTR },
	{ "SIDT", VMX_EXIT_GDTR_IDTR },
	{ "LLDT", VMX_EXIT_LDTR_TR },
	{ "LTR", VMX_EXIT_LDTR_TR },
	{ "SLDT", VMX_EXIT_LDTR_TR },
	{ "STR", VMX_EXIT_LDTR_TR },
	{ "WBNOINVD", VMX_EXIT_WBINVD },
	{ NULL, 0 }
};

bool instruction_word_is(const char *word, uint32_t reason)
{
	const struct instruction_word *row;

	for (row = instruction_words; row->name; row++)
		if (row->reason == reason && !strcasecmp(row->name, word))
			return true;
	return false;
}
