// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the values of registers and VMCS fields mean, in the names of the SDM.
 */
#include <stdarg.h>
#include <string.h>

#include <uapi/regs.h>
#include <uapi/vmcs.h>
#include <uapi/vmx.h>
#include <uapi/vmx_caps.h>
#include <userspace/common/cli.h>
#include <userspace/common/register_bits.h>

#include "words.h"

#define LINE_END	80
#define BIT_NAME(name, bit)	[bit] = name,

static const char *const rflags_bits[64] = { REGISTER_RFLAGS_BITS(BIT_NAME) };
static const char *const cr0_bits[64] = { REGISTER_CR0_BITS(BIT_NAME) };
static const char *const cr4_bits[64] = { REGISTER_CR4_BITS(BIT_NAME) };
static const char *const efer_bits[64] = { REGISTER_EFER_BITS(BIT_NAME) };
static const char *const xcr0_bits[64] = { REGISTER_XCR0_BITS(BIT_NAME) };
static const char *const dr6_bits[64] = { REGISTER_DR6_BITS(BIT_NAME) };
static const char *const dr7_bits[64] = { REGISTER_DR7_BITS(BIT_NAME) };

static const char *const debugctl_bits[64] = {
	[0] = "LBR", [1] = "BTF", [2] = "BLD", [6] = "TR", [7] = "BTS",
	[8] = "BTINT", [9] = "BTS_OFF_OS", [10] = "BTS_OFF_USR",
	[11] = "FREEZE_LBRS_ON_PMI", [12] = "FREEZE_PERFMON_ON_PMI",
	[13] = "ENABLE_UNCORE_PMI", [14] = "FREEZE_WHILE_SMM", [15] = "RTM",
};

static const char *const interruptibility_bits[64] = {
	[0] = "blocking by STI", [1] = "blocking by MOV SS",
	[2] = "blocking by SMI", [3] = "blocking by NMI",
	[4] = "enclave interruption",
};

static const char *const pending_debug_bits[64] = {
	[0] = "B0", [1] = "B1", [2] = "B2", [3] = "B3", [11] = "BLD",
	[12] = "enabled breakpoint", [14] = "BS", [16] = "RTM",
};

/* Bits that are always 1 are not shown. */
#define RFLAGS_FIXED	0x2ULL
#define RFLAGS_IOPL	0x3000ULL
#define DR6_FIXED	0xffff0ff0ULL
#define DR7_FIXED	0x400ULL
#define DR7_CONDITIONS	0xffff0000ULL

static void __attribute__((__format__(printf, 2, 3)))
add(struct words *words, const char *format, ...)
{
	va_list arguments;

	if (words->count == WORDS_MAX)
		return;
	va_start(arguments, format);
	vsnprintf(words->word[words->count++], WORDS_SIZE, format, arguments);
	va_end(arguments);
}

/* The last of the bits from @bit on that are all set and have no name */
static unsigned int last_unnamed(const char *const names[64], uint64_t value,
				 unsigned int bit)
{
	while (bit < 63 && value >> (bit + 1) & 1 && !names[bit + 1])
		bit++;
	return bit;
}

/* A mask has many bits without a name, which are shown as ranges. */
static void add_bits(struct words *words, const char *const names[64],
		     uint64_t value)
{
	unsigned int bit, last;

	for (bit = 0; bit < 64; bit++) {
		if (!(value >> bit & 1))
			continue;
		if (names[bit]) {
			add(words, "%s", names[bit]);
			continue;
		}
		last = last_unnamed(names, value, bit);
		if (last > bit)
			add(words, "bits %u to %u", bit, last);
		else
			add(words, "bit %u", bit);
		bit = last;
	}
}

static void add_rflags(struct words *words, uint64_t value)
{
	add_bits(words, rflags_bits, value & ~(RFLAGS_FIXED | RFLAGS_IOPL));
	if (value & RFLAGS_IOPL)
		add(words, "IOPL %llu",
		    (unsigned long long)(value & RFLAGS_IOPL) >> 12);
}

static void add_dr6(struct words *words, uint64_t value)
{
	add_bits(words, dr6_bits, value & ~DR6_FIXED);
}

/* The condition of a breakpoint is shown only if the breakpoint is enabled. */
static void add_dr7(struct words *words, uint64_t value)
{
	static const char *const kinds[] = { "execution", "write", "I/O",
					     "access" };
	static const unsigned int sizes[] = { 1, 2, 8, 4 };
	unsigned int n;

	add_bits(words, dr7_bits, value & ~(DR7_FIXED | DR7_CONDITIONS));
	for (n = 0; n < 4; n++) {
		unsigned int condition = value >> (16 + 4 * n) & 0xf;

		if (value >> (2 * n) & 3)
			add(words, "DR%u %s of %u", n, kinds[condition & 3],
			    sizes[condition >> 2]);
	}
}

static void add_pat(struct words *words, uint64_t value)
{
	static const char *const types[] = {
		[0] = "UC", [1] = "WC", [4] = "WT", [5] = "WP", [6] = "WB",
		[7] = "UC-",
	};
	unsigned int n;

	for (n = 0; n < 8; n++) {
		unsigned int type = value >> (8 * n) & 0xff;

		if (type < ARRAY_SIZE(types) && types[type])
			add(words, "%s", types[type]);
		else
			add(words, "type %u", type);
	}
}

static void add_activity(struct words *words, uint64_t value)
{
	static const char *const states[] = { "active", "HLT", "shutdown",
					      "wait-for-SIPI" };

	if (value < ARRAY_SIZE(states))
		add(words, "%s", states[value]);
	else
		add(words, "unknown state");
}

static void add_event(struct words *words, uint32_t information)
{
	struct teavmx_event_info event = teavmx_event_info(information);
	const char *name = teavmx_exception_name(event.vector);

	if (!event.valid)
		return;
	add(words, "%s", vmx_intr_type_text(event.type));
	add(words, "vector %u", event.vector);
	if (name && event.type == VMX_INTR_TYPE_HARDWARE_EXCEPTION)
		add(words, "%s", name);
	if (event.error_code)
		add(words, "with error code");
	if (event.nmi_unblocking)
		add(words, "NMIs unblocked by IRET");
}

static void add_exceptions(struct words *words, uint32_t bitmap)
{
	unsigned int vector;

	for (vector = 0; vector < 32; vector++) {
		if (!(bitmap >> vector & 1))
			continue;
		if (teavmx_exception_name(vector))
			add(words, "%s", teavmx_exception_name(vector));
		else
			add(words, "vector %u", vector);
	}
}

static void add_controls(struct words *words, unsigned int group,
			 uint64_t value)
{
	static const struct teavmx_caps unknown;
	struct teavmx_control control;
	unsigned int bit;

	for (bit = 0; bit < 64; bit++) {
		if (!(value >> bit & 1))
			continue;
		teavmx_control_get(&unknown, group, bit, &control);
		if (control.name)
			add(words, "%s", control.name);
		else
			add(words, "bit %u", bit);
	}
}

static void add_ept_pointer(struct words *words, uint64_t value)
{
	switch (value & 7) {
	case 0:
		add(words, "uncacheable");
		break;
	case 6:
		add(words, "write-back");
		break;
	default:
		add(words, "memory type %llu", (unsigned long long)value & 7);
	}
	add(words, "%llu levels", (unsigned long long)(value >> 3 & 7) + 1);
	if (value >> 6 & 1)
		add(words, "accessed and dirty flags");
	if (value >> 7 & 1)
		add(words, "supervisor shadow stacks");
}

static void add_exit_reason(struct words *words, uint32_t reason)
{
	const char *name = vmx_exit_reason_name(reason);
	unsigned int bit;

	add(words, "%s", name ? name : "unknown reason");
	for (bit = 16; bit < 32; bit++)
		if (reason >> bit & 1)
			add(words, "%s", vmx_exit_flag_name(bit) ?: "unknown flag");
}

static void add_type(struct words *words, uint32_t rights)
{
	static const char *const systems[16] = {
		[1] = "16-bit TSS", [2] = "LDT", [3] = "busy 16-bit TSS",
		[4] = "16-bit call gate", [5] = "task gate",
		[6] = "16-bit interrupt gate", [7] = "16-bit trap gate",
		[9] = "32-bit TSS", [11] = "busy 32-bit TSS",
		[12] = "32-bit call gate", [14] = "32-bit interrupt gate",
		[15] = "32-bit trap gate",
	};
	unsigned int type = rights & 0xf;

	if (!(rights >> 4 & 1)) {
		add(words, "%s", systems[type] ?: "reserved system type");
		return;
	}
	if (type & 8) {
		add(words, type & 2 ? "code rx" : "code x");
		if (type & 4)
			add(words, "conforming");
	} else {
		add(words, type & 2 ? "data rw" : "data r");
		if (type & 4)
			add(words, "expand-down");
	}
	if (type & 1)
		add(words, "accessed");
}

#define RIGHTS_RESERVED	0xfffe0f00u

void words_rights(struct words *words, uint32_t rights)
{
	words->count = 0;
	if (rights >> 16 & 1) {
		add(words, "unusable");
		return;
	}
	add_type(words, rights);
	add(words, "dpl %u", rights >> 5 & 3);
	if (!(rights >> 7 & 1))
		add(words, "not present");
	if (rights >> 12 & 1)
		add(words, "avl");
	/* These two bits are not defined for system segments. */
	if (rights >> 4 & 1) {
		if (rights >> 13 & 1)
			add(words, "64-bit");
		if (rights >> 14 & 1)
			add(words, "32-bit");
		if (!(rights >> 13 & 3))
			add(words, "16-bit");
	}
	if (rights >> 15 & 1)
		add(words, "4K");
	if (rights & RIGHTS_RESERVED)
		add(words, "reserved 0x%x", rights & RIGHTS_RESERVED);
}

static bool add_control_field(struct words *words, uint32_t field,
			      uint64_t value)
{
	switch (field) {
	case VMCS_FIELD_PIN_CONTROLS:
		add_controls(words, VMX_GROUP_PIN, value);
		return true;
	case VMCS_FIELD_PRIMARY_CONTROLS:
		add_controls(words, VMX_GROUP_PRIMARY, value);
		return true;
	case VMCS_FIELD_SECONDARY_CONTROLS:
		add_controls(words, VMX_GROUP_SECONDARY, value);
		return true;
	case VMCS_FIELD_TERTIARY_CONTROLS:
		add_controls(words, VMX_GROUP_TERTIARY, value);
		return true;
	case VMCS_FIELD_EXIT_CONTROLS:
		add_controls(words, VMX_GROUP_EXIT, value);
		return true;
	case VMCS_FIELD_SECONDARY_EXIT_CONTROLS:
		add_controls(words, VMX_GROUP_EXIT2, value);
		return true;
	case VMCS_FIELD_ENTRY_CONTROLS:
		add_controls(words, VMX_GROUP_ENTRY, value);
		return true;
	case VMCS_FIELD_VM_FUNCTION_CONTROLS:
		add_controls(words, VMX_GROUP_FUNCTIONS, value);
		return true;
	case VMCS_FIELD_EXCEPTION_BITMAP:
		add_exceptions(words, (uint32_t)value);
		return true;
	case VMCS_FIELD_EPT_POINTER:
		add_ept_pointer(words, value);
		return true;
	case VMCS_FIELD_ENTRY_INTERRUPTION_INFO:
	case VMCS_FIELD_EXIT_INTERRUPTION_INFO:
	case VMCS_FIELD_IDT_VECTORING_INFO:
		add_event(words, (uint32_t)value);
		return true;
	case VMCS_FIELD_EXIT_REASON:
		add_exit_reason(words, (uint32_t)value);
		return true;
	case VMCS_FIELD_INSTRUCTION_ERROR:
		if (vmx_insn_error_name((uint32_t)value))
			add(words, "%s", vmx_insn_error_name((uint32_t)value));
		return true;
	default:
		return false;
	}
}

static void add_state_field(struct words *words, uint32_t field,
			    uint64_t value)
{
	switch (field) {
	case VMCS_FIELD_CR0_MASK:
	case VMCS_FIELD_CR0_SHADOW:
	case VMCS_FIELD_GUEST_CR0:
	case VMCS_FIELD_HOST_CR0:
		add_bits(words, cr0_bits, value);
		break;
	case VMCS_FIELD_CR4_MASK:
	case VMCS_FIELD_CR4_SHADOW:
	case VMCS_FIELD_GUEST_CR4:
	case VMCS_FIELD_HOST_CR4:
		add_bits(words, cr4_bits, value);
		break;
	case VMCS_FIELD_GUEST_RFLAGS:
		add_rflags(words, value);
		break;
	case VMCS_FIELD_GUEST_DR7:
		add_dr7(words, value);
		break;
	case VMCS_FIELD_GUEST_DEBUGCTL:
		add_bits(words, debugctl_bits, value);
		break;
	case VMCS_FIELD_GUEST_EFER:
	case VMCS_FIELD_HOST_EFER:
		add_bits(words, efer_bits, value);
		break;
	case VMCS_FIELD_GUEST_PAT:
	case VMCS_FIELD_HOST_PAT:
		add_pat(words, value);
		break;
	case VMCS_FIELD_GUEST_INTERRUPTIBILITY:
		add_bits(words, interruptibility_bits, value);
		break;
	case VMCS_FIELD_GUEST_ACTIVITY:
		add_activity(words, value);
		break;
	case VMCS_FIELD_GUEST_PENDING_DEBUG:
		add_bits(words, pending_debug_bits, value);
		break;
	case VMCS_FIELD_LINK_POINTER:
		if (value == UINT64_MAX)
			add(words, "none");
		break;
	}
}

void words_field(struct words *words, uint32_t field, uint64_t value)
{
	words->count = 0;
	if (field >= VMCS_FIELD_GUEST_ES_ACCESS_RIGHTS &&
	    field <= VMCS_FIELD_GUEST_TR_ACCESS_RIGHTS)
		words_rights(words, (uint32_t)value);
	else if (!add_control_field(words, field, value))
		add_state_field(words, field, value);
}

#define FIELD_CASE(name, number, text, field)	case (number): return field;

static uint32_t field_of(uint32_t number)
{
	switch (number) {
	TEAVMX_REG_TABLE(FIELD_CASE)
	}
	/* Field 0 is the VPID: a plain number. */
	return 0;
}

void words_register(struct words *words, uint32_t number, uint64_t value)
{
	words->count = 0;
	switch (number) {
	case TEAVMX_REG_CR0:
		add_bits(words, cr0_bits, value);
		break;
	case TEAVMX_REG_CR4:
		add_bits(words, cr4_bits, value);
		break;
	case TEAVMX_REG_XCR0:
		add_bits(words, xcr0_bits, value);
		break;
	case TEAVMX_REG_EFER:
		add_bits(words, efer_bits, value);
		break;
	case TEAVMX_REG_DR6:
		add_dr6(words, value);
		break;
	case TEAVMX_REG_DR7:
		add_dr7(words, value);
		break;
	default:
		words_field(words, field_of(number), value);
	}
}

void words_fields(struct words *words, const struct teavmx_fields *fields)
{
	struct teavmx_fields one = { .count = 1 };
	char text[WORDS_SIZE];
	size_t i;

	words->count = 0;
	for (i = 0; i < fields->count; i++) {
		one.field[0] = fields->field[i];
		if (teavmx_fields_text(&one, text, sizeof(text)))
			add(words, "%s", text);
	}
}

void words_print(const struct words *words, int column, FILE *to)
{
	int used = column;
	size_t i;

	for (i = 0; i < words->count; i++) {
		bool last = i + 1 == words->count;
		int size = (int)strlen(words->word[i]) + !last;

		if (i && used + 1 + size > LINE_END) {
			fprintf(to, "\n%*s", column, "");
			used = column;
		} else if (i) {
			fputc(' ', to);
			used++;
		}
		fprintf(to, "%s%s", words->word[i], last ? "" : ",");
		used += size;
	}
	fputc('\n', to);
}

json_t *words_json(const struct words *words)
{
	json_t *array = json_array();
	size_t i;

	for (i = 0; i < words->count; i++)
		json_array_append_new(array, json_string(words->word[i]));
	return array;
}
