// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <uapi/vmcs.h>
#include <uapi/vmx.h>

#include "vmcs_dump.h"

/*
 * What KVM prints to the kernel log when an entry fails: dump_vmcs() in
 * arch/x86/kvm/vmx/vmx.c of Linux 6.1 and 6.12. They differ in the prefix of
 * the lines and in two lines on the virtualization-exception area.
 */

enum section {
	GUEST	= 1,
	HOST	= 2,
	CONTROL	= 4,
	ALL	= GUEST | HOST | CONTROL,
};

#define FIELDS_MAX	5

/**
 * struct pattern - a part of a line
 * @sections: where it occurs
 * @text: its text; "%n" is a hexadecimal number of at least n digits, with or
 *	without 0x, and a space is one or more spaces
 * @guest: the field of each number, in the guest state and the controls
 * @host: likewise in the host state, for what both have
 *
 * KVM pads all numbers, so one of fewer digits was cut off.
 */
struct pattern {
	enum section sections;
	const char *text;
	uint32_t guest[FIELDS_MAX];
	uint32_t host[FIELDS_MAX];
};

#define FIELD(name)	VMCS_FIELD_##name

#define SEGMENT(name) \
	{ GUEST, #name ": sel=%4, attr=%5, limit=%8, base=%16", \
	  { FIELD(GUEST_##name##_SELECTOR), FIELD(GUEST_##name##_ACCESS_RIGHTS), \
	    FIELD(GUEST_##name##_LIMIT), FIELD(GUEST_##name##_BASE) }, { 0 } }

static const struct pattern patterns[] = {
	{ GUEST, "CR0: actual=%16, shadow=%16, gh_mask=%16",
	  { FIELD(GUEST_CR0), FIELD(CR0_SHADOW), FIELD(CR0_MASK) }, { 0 } },
	{ GUEST, "CR4: actual=%16, shadow=%16, gh_mask=%16",
	  { FIELD(GUEST_CR4), FIELD(CR4_SHADOW), FIELD(CR4_MASK) }, { 0 } },
	{ GUEST, "CR3 = %16", { FIELD(GUEST_CR3) }, { 0 } },
	{ GUEST, "PDPTR0 = %16 PDPTR1 = %16",
	  { FIELD(GUEST_PDPTE_0), FIELD(GUEST_PDPTE_1) }, { 0 } },
	{ GUEST, "PDPTR2 = %16 PDPTR3 = %16",
	  { FIELD(GUEST_PDPTE_2), FIELD(GUEST_PDPTE_3) }, { 0 } },
	{ GUEST, "RSP = %16 RIP = %16", { FIELD(GUEST_RSP), FIELD(GUEST_RIP) },
	  { 0 } },
	{ GUEST, "RFLAGS=%8 DR7 = %16",
	  { FIELD(GUEST_RFLAGS), FIELD(GUEST_DR7) }, { 0 } },
	{ GUEST | HOST, "Sysenter RSP=%16 CS:RIP=%4:%16",
	  { FIELD(GUEST_SYSENTER_ESP), FIELD(GUEST_SYSENTER_CS),
	    FIELD(GUEST_SYSENTER_EIP) },
	  { FIELD(HOST_SYSENTER_ESP), FIELD(HOST_SYSENTER_CS),
	    FIELD(HOST_SYSENTER_EIP) } },
	SEGMENT(CS),
	SEGMENT(DS),
	SEGMENT(SS),
	SEGMENT(ES),
	SEGMENT(FS),
	SEGMENT(GS),
	{ GUEST, "GDTR: limit=%8, base=%16",
	  { FIELD(GUEST_GDTR_LIMIT), FIELD(GUEST_GDTR_BASE) }, { 0 } },
	SEGMENT(LDTR),
	{ GUEST, "IDTR: limit=%8, base=%16",
	  { FIELD(GUEST_IDTR_LIMIT), FIELD(GUEST_IDTR_BASE) }, { 0 } },
	SEGMENT(TR),
	{ GUEST | HOST, "EFER= %16", { FIELD(GUEST_EFER) },
	  { FIELD(HOST_EFER) } },
	{ GUEST | HOST, "PAT = %16", { FIELD(GUEST_PAT) }, { FIELD(HOST_PAT) } },
	{ GUEST, "DebugCtl = %16 DebugExceptions = %16",
	  { FIELD(GUEST_DEBUGCTL), FIELD(GUEST_PENDING_DEBUG) }, { 0 } },
	{ GUEST | HOST, "PerfGlobCtl = %16", { FIELD(GUEST_PERF_GLOBAL_CTRL) },
	  { FIELD(HOST_PERF_GLOBAL_CTRL) } },
	{ GUEST, "BndCfgS = %16", { FIELD(GUEST_BNDCFGS) }, { 0 } },
	{ GUEST, "Interruptibility = %8 ActivityState = %8",
	  { FIELD(GUEST_INTERRUPTIBILITY), FIELD(GUEST_ACTIVITY) }, { 0 } },
	{ GUEST, "InterruptStatus = %4", { FIELD(GUEST_INTERRUPT_STATUS) },
	  { 0 } },

	{ HOST, "RIP = %16 RSP = %16", { 0 },
	  { FIELD(HOST_RIP), FIELD(HOST_RSP) } },
	{ HOST, "CS=%4 SS=%4 DS=%4 ES=%4", { 0 },
	  { FIELD(HOST_CS_SELECTOR), FIELD(HOST_SS_SELECTOR),
	    FIELD(HOST_DS_SELECTOR), FIELD(HOST_ES_SELECTOR) } },
	{ HOST, "FS=%4 GS=%4 TR=%4", { 0 },
	  { FIELD(HOST_FS_SELECTOR), FIELD(HOST_GS_SELECTOR),
	    FIELD(HOST_TR_SELECTOR) } },
	{ HOST, "FSBase=%16 GSBase=%16 TRBase=%16", { 0 },
	  { FIELD(HOST_FS_BASE), FIELD(HOST_GS_BASE), FIELD(HOST_TR_BASE) } },
	{ HOST, "GDTBase=%16 IDTBase=%16", { 0 },
	  { FIELD(HOST_GDTR_BASE), FIELD(HOST_IDTR_BASE) } },
	{ HOST, "CR0=%16 CR3=%16 CR4=%16", { 0 },
	  { FIELD(HOST_CR0), FIELD(HOST_CR3), FIELD(HOST_CR4) } },

	{ CONTROL, "CPUBased=%8", { FIELD(PRIMARY_CONTROLS) }, { 0 } },
	{ CONTROL, "SecondaryExec=%8", { FIELD(SECONDARY_CONTROLS) }, { 0 } },
	{ CONTROL, "TertiaryExec=%16", { FIELD(TERTIARY_CONTROLS) }, { 0 } },
	{ CONTROL, "PinBased=%8", { FIELD(PIN_CONTROLS) }, { 0 } },
	{ CONTROL, "EntryControls=%8", { FIELD(ENTRY_CONTROLS) }, { 0 } },
	{ CONTROL, "ExitControls=%8", { FIELD(EXIT_CONTROLS) }, { 0 } },
	{ CONTROL, "ExceptionBitmap=%8 PFECmask=%8 PFECmatch=%8",
	  { FIELD(EXCEPTION_BITMAP), FIELD(PAGE_FAULT_MASK),
	    FIELD(PAGE_FAULT_MATCH) }, { 0 } },
	{ CONTROL, "VMEntry: intr_info=%8 errcode=%8 ilen=%8",
	  { FIELD(ENTRY_INTERRUPTION_INFO), FIELD(ENTRY_ERROR_CODE),
	    FIELD(ENTRY_INSTRUCTION_LENGTH) }, { 0 } },
	{ CONTROL, "VMExit: intr_info=%8 errcode=%8 ilen=%8",
	  { FIELD(EXIT_INTERRUPTION_INFO), FIELD(EXIT_ERROR_CODE),
	    FIELD(EXIT_INSTRUCTION_LENGTH) }, { 0 } },
	{ CONTROL, "reason=%8 qualification=%16",
	  { FIELD(EXIT_REASON), FIELD(EXIT_QUALIFICATION) }, { 0 } },
	{ CONTROL, "IDTVectoring: info=%8 errcode=%8",
	  { FIELD(IDT_VECTORING_INFO), FIELD(IDT_VECTORING_ERROR_CODE) },
	  { 0 } },
	{ CONTROL, "TSC Offset = %16", { FIELD(TSC_OFFSET) }, { 0 } },
	{ CONTROL, "TSC Multiplier = %16", { FIELD(TSC_MULTIPLIER) }, { 0 } },
	{ CONTROL, "TPR Threshold = %2", { FIELD(TPR_THRESHOLD) }, { 0 } },
	{ CONTROL, "APIC-access addr = %16", { FIELD(APIC_ACCESS_ADDRESS) },
	  { 0 } },
	{ CONTROL, "virt-APIC addr = %16", { FIELD(VIRTUAL_APIC_ADDRESS) },
	  { 0 } },
	{ CONTROL, "PostedIntrVec = %2", { FIELD(POSTED_INTERRUPT_VECTOR) },
	  { 0 } },
	{ CONTROL, "EPT pointer = %16", { FIELD(EPT_POINTER) }, { 0 } },
	{ CONTROL, "PLE Gap=%8 Window=%8", { FIELD(PLE_GAP), FIELD(PLE_WINDOW) },
	  { 0 } },
	{ CONTROL, "Virtual processor ID = %4", { FIELD(VPID) }, { 0 } },
	{ CONTROL, "VE info address = %16", { FIELD(VE_INFORMATION_ADDRESS) },
	  { 0 } },
};

static const struct {
	enum section section;
	const char *header;
	const char *title;
} sections[] = {
	{ GUEST, "*** Guest State ***", "guest state" },
	{ HOST, "*** Host State ***", "host state" },
	{ CONTROL, "*** Control State ***", "control state" },
};

/* KVM prints a list of MSRs only where the field of its length is not 0. */
static const struct {
	enum section section;
	const char *header;
	uint32_t count;
} lists[] = {
	{ GUEST, "MSR guest autoload:", FIELD(ENTRY_MSR_LOAD_COUNT) },
	{ GUEST, "MSR guest autostore:", FIELD(EXIT_MSR_STORE_COUNT) },
	{ HOST, "MSR host autoload:", FIELD(EXIT_MSR_LOAD_COUNT) },
};

#define COUNT(table)	(sizeof(table) / sizeof((table)[0]))

/**
 * struct reader - position in a log
 * @dumps: receives dumps and notes
 * @dump: the dump it is in, or NULL
 * @section: the section it is in
 * @seen: sections of this dump whose header was seen
 * @list: field of the length of the MSR list it is in, 0 for none
 * @line: the line
 */
struct reader {
	struct vmcs_dumps *dumps;
	struct vmcs_dump *dump;
	enum section section;
	unsigned int seen;
	uint32_t list;
	unsigned int line;
};

static void set_field(struct reader *reader, uint32_t field, uint64_t value)
{
	const struct teavmx_fact fact = { TEAVMX_FACT_FIELD, field, value };

	vmcs_dump_set(reader->dumps, reader->dump, reader->line, &fact);
}

static bool is_known(const struct reader *reader, uint32_t field)
{
	uint64_t value;

	return teavmx_snapshot_get(&reader->dump->snapshot, TEAVMX_FACT_FIELD,
				   field, &value);
}

static bool is_word(char c)
{
	return isalnum((unsigned char)c) || c == '-';
}

/* The first part of a pattern in a line, where a word begins; or NULL */
static const char *find_key(const char *line, const char *pattern)
{
	size_t size = strcspn(pattern, "%");
	const char *found = line;

	/* The rest is compared by match_rest(). */
	size = size > strcspn(pattern, " ") ? strcspn(pattern, " ") : size;
	for (; *found; found++)
		if (!strncmp(found, pattern, size) &&
		    (found == line || !is_word(found[-1])))
			return found;
	return NULL;
}

/**
 * read_number() - a number of a pattern
 * @at: where it is; receives what follows
 * @digits: digits that it must have at least
 * @value: receives it
 *
 * Return: 1, 0 if it was cut off, or -1 if it is too large.
 */
static int read_number(const char **at, unsigned int digits, uint64_t *value)
{
	size_t size;

	if (!strncmp(*at, "0x", 2))
		*at += 2;
	size = strspn(*at, "0123456789abcdef");
	*value = strtoull(*at, NULL, 16);
	*at += size;
	if (size > 16)
		return -1;
	return size >= digits;
}

/* Text up to the next number. Return: what follows in the line, or NULL */
static const char *match_text(const char *at, const char **pattern)
{
	for (; **pattern && **pattern != '%'; (*pattern)++) {
		if (*at != **pattern)
			return NULL;
		at += **pattern == ' ' ? strspn(at, " ") : 1;
	}
	return at;
}

/*
 * KVM also prints an EFER that is not in the VMCS field, with its origin in
 * brackets.
 */
static bool is_other_efer(uint32_t field, const char *rest)
{
	return (field == FIELD(GUEST_EFER) || field == FIELD(HOST_EFER)) &&
	       strchr(rest, '(');
}

static void note_cut(struct reader *reader, uint32_t field)
{
	vmcs_dump_note(reader->dumps, reader->line,
		       "%s: the line is cut off or garbled here",
		       vmcs_field_name(field));
}

static void match_pattern(struct reader *reader, const struct pattern *pattern,
			  const char *line)
{
	const uint32_t *fields = reader->section == HOST ? pattern->host :
							   pattern->guest;
	const char *text = pattern->text;
	const char *at = find_key(line, text);
	bool first = true;
	uint64_t value;
	int outcome;
	char *end;

	for (; at && *text; fields++, first = false) {
		at = match_text(at, &text);
		if (!at && !first)
			note_cut(reader, *fields);
		if (!at)
			return;
		outcome = read_number(&at, strtoul(text + 1, &end, 10), &value);
		text = end;
		if (!outcome) {
			note_cut(reader, *fields);
			return;
		}
		if (outcome < 0)
			vmcs_dump_note(reader->dumps, reader->line,
				       "%s: the number is too large",
				       vmcs_field_name(*fields));
		else if (!is_other_efer(*fields, at))
			set_field(reader, *fields, value);
	}
}

static void match_patterns(struct reader *reader, const char *line)
{
	size_t i;

	for (i = 0; i < COUNT(patterns); i++)
		if (patterns[i].sections & reader->section)
			match_pattern(reader, &patterns[i], line);
}

static void match_lists(struct reader *reader, const char *line)
{
	uint64_t count = 0;
	size_t i;

	for (i = 0; i < COUNT(lists); i++)
		if (lists[i].section == reader->section &&
		    strstr(line, lists[i].header)) {
			reader->list = lists[i].count;
			set_field(reader, reader->list, 0);
			return;
		}
	if (!reader->list || !strstr(line, "msr=0x") ||
	    !strstr(line, "value=0x"))
		return;
	teavmx_snapshot_get(&reader->dump->snapshot, TEAVMX_FACT_FIELD,
			    reader->list, &count);
	set_field(reader, reader->list, count + 1);
}

/* The lists that a whole section did not have are empty. */
static void end_section(struct reader *reader)
{
	uint32_t last = reader->section == HOST ? FIELD(HOST_SYSENTER_EIP) :
						  FIELD(GUEST_ACTIVITY);
	size_t i;

	reader->list = 0;
	if (!reader->dump || !is_known(reader, last))
		return;
	for (i = 0; i < COUNT(lists); i++)
		if (lists[i].section == reader->section &&
		    !is_known(reader, lists[i].count))
			set_field(reader, lists[i].count, 0);
}

static void end_dump(struct reader *reader)
{
	size_t i;

	if (!reader->dump)
		return;
	vmcs_dump_outcome(&reader->dump->snapshot);
	for (i = 0; i < COUNT(sections); i++)
		if (!(reader->seen & sections[i].section))
			vmcs_dump_note(reader->dumps, reader->line,
				       "the dump of line %u has no %s: it is cut off",
				       reader->dump->line, sections[i].title);
	reader->dump = NULL;
}

static void begin_dump(struct reader *reader)
{
	end_dump(reader);
	reader->seen = 0;
	reader->list = 0;
	reader->section = GUEST;
	reader->dump = vmcs_dump_begin(reader->dumps, "kvm", reader->line);
}

/* Return: the line is the header of a section */
static bool match_header(struct reader *reader, const char *line)
{
	size_t i;

	for (i = 0; i < COUNT(sections); i++) {
		if (!strstr(line, sections[i].header))
			continue;
		/* The sections of one dump come in this order. */
		if (!reader->dump || reader->seen >= sections[i].section)
			begin_dump(reader);
		end_section(reader);
		reader->section = sections[i].section;
		reader->seen |= sections[i].section;
		return true;
	}
	return false;
}

static bool begins_late(const char *text, size_t size)
{
	const char *guest = memmem(text, size, sections[0].header,
				   strlen(sections[0].header));
	size_t i;

	for (i = 1; i < COUNT(sections); i++) {
		const char *other = memmem(text, size, sections[i].header,
					   strlen(sections[i].header));

		if (other && (!guest || other < guest))
			return true;
	}
	return false;
}

/**
 * vmcs_dumps_kvm() - read what KVM printed to the kernel log
 * @text: a part of the log; other lines and time stamps do not matter
 * @size: bytes of it
 * @dumps: receives the dumps
 */
void vmcs_dumps_kvm(const char *text, size_t size, struct vmcs_dumps *dumps)
{
	struct reader reader = { .dumps = dumps, .line = 1 };
	struct vmcs_line line = { 0 };

	/*
	 * If the first header is lost, the guest state may be there all the
	 * same.
	 */
	if (begins_late(text, size))
		begin_dump(&reader);
	while (vmcs_line_next(&text, &size, &line)) {
		reader.line = line.number;
		if (match_header(&reader, line.text) || !reader.dump)
			continue;
		match_lists(&reader, line.text);
		match_patterns(&reader, line.text);
	}
	end_dump(&reader);
}
