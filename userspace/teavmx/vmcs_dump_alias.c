// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include <uapi/vmcs.h>
#include <userspace/common/cli.h>

#include "vmcs_dump.h"

/* Room for a name with an underscore before, after and within it */
#define NAME_MAX_SIZE	64

/**
 * struct spelling - words of a name that have another spelling, or add no meaning
 * @from: the words, with an underscore before and after
 * @to: what replaces them
 */
struct spelling {
	const char *from;
	const char *to;
};

/*
 * Linux calls the fields by abbreviations of the SDM's names, and the SDM has words
 * that distinguish nothing. Without either, both names are the same. A later row can
 * apply to what an earlier one has made.
 */
static const struct spelling spellings[] = {
	{ "_VMX_INSTRUCTION_", "_EXIT_INSTRUCTION_" },
	{ "_VM_", "_" },
	{ "_VMX_", "_" },
	{ "_VMCS_", "_" },
	{ "_IA32_", "_" },
	{ "_EXEC_", "_" },
	{ "_BASED_", "_" },
	{ "_READ_", "_" },
	{ "_VALUE_", "_" },
	{ "_STATE_", "_" },
	{ "_FIELD_", "_" },
	{ "_GUEST_HOST_", "_" },
	{ "_GUEST_PML_", "_PML_" },
	{ "_CPU_", "_PRIMARY_" },
	{ "_VIRTUAL_PROCESSOR_ID_", "_VPID_" },
	{ "_INTERRUPTION_", "_INTERRUPT_" },
	{ "_INTR_", "_INTERRUPT_" },
	{ "_INTERRUPTIBILITY_INFO_", "_INTERRUPTIBILITY_" },
	{ "_NV_", "_VECTOR_" },
	{ "_ADDR_", "_ADDRESS_" },
	{ "_PAGE_ADDRESS_", "_ADDRESS_" },
	{ "_DESC_ADDRESS_", "_DESCRIPTOR_" },
	{ "_AR_BYTES_", "_ACCESS_RIGHTS_" },
	{ "_PDPTR_", "_PDPTE_" },
	{ "_LEN_", "_LENGTH_" },
	{ "_EXITING_", "_EXIT_" },
	{ "_CONTROLS_", "_CONTROL_" },
	{ "_BITMAPS_", "_BITMAP_" },
	{ "_DBG_EXCEPTIONS_", "_DEBUG_" },
	{ "_FAULT_ERROR_CODE_", "_FAULT_" },
	{ "_EXCEPTION_ERROR_", "_ERROR_" },
	{ "_INTERRUPT_ERROR_", "_ERROR_" },
};

/* A digit at the end becomes a word of its own. */
static bool copy_name(char *text, const char *name)
{
	size_t size = strlen(name);
	size_t at = 0;
	size_t i;

	if (!size || size + 4 > NAME_MAX_SIZE)
		return false;
	text[at++] = '_';
	for (i = 0; i < size; i++) {
		if (i && i + 1 == size && isdigit((unsigned char)name[i]) &&
		    isalpha((unsigned char)name[i - 1]))
			text[at++] = '_';
		text[at++] = (char)toupper((unsigned char)name[i]);
	}
	text[at++] = '_';
	text[at] = '\0';
	return true;
}

static void replace_words(char *text, const struct spelling *spelling)
{
	char rest[NAME_MAX_SIZE];
	char *at = strstr(text, spelling->from);
	size_t room;

	if (!at)
		return;
	snprintf(rest, sizeof(rest), "%s", at + strlen(spelling->from));
	room = NAME_MAX_SIZE - (size_t)(at - text);
	snprintf(at, room, "%s%s", spelling->to, rest);
}

static bool normalize_name(char *text, const char *name)
{
	size_t i;

	if (!copy_name(text, name))
		return false;
	for (i = 0; i < ARRAY_SIZE(spellings); i++)
		replace_words(text, &spellings[i]);
	return true;
}

#define ROW_FIELD(name, encoding, text) { #name, encoding },

bool vmcs_dump_find_alias(const char *name, uint32_t *encoding)
{
	static struct {
		char name[NAME_MAX_SIZE];
		uint32_t encoding;
	} fields[] = { VMCS_FIELDS(ROW_FIELD) };
	static bool normalized;
	char text[NAME_MAX_SIZE];
	char copy[NAME_MAX_SIZE];
	size_t i;

	for (i = 0; !normalized && i < ARRAY_SIZE(fields); i++) {
		memcpy(copy, fields[i].name, sizeof(copy));
		normalize_name(fields[i].name, copy);
	}
	normalized = true;
	if (!normalize_name(text, name))
		return false;
	for (i = 0; i < ARRAY_SIZE(fields); i++) {
		if (strcmp(fields[i].name, text))
			continue;
		*encoding = fields[i].encoding;
		return true;
	}
	return false;
}
