// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The parts that decode.c finds become named fields; the text and the JSON of an
 * exit are made from these.
 */
#include <stdio.h>

#include <uapi/tea.h>
#include <uapi/vmx.h>

#include "teavmx.h"

#define PAGE_FAULT	14
#define DEBUG_EXCEPTION	1

static void field_add(struct teavmx_fields *fields, enum teavmx_field_kind kind,
		      const char *name, const char *words, uint64_t value)
{
	if (fields->count == TEAVMX_FIELDS_MAX || !words)
		return;
	fields->field[fields->count++] = (struct teavmx_field){
		.name = name,
		.words = words,
		.kind = kind,
		.value = value,
	};
}

static void add_flag(struct teavmx_fields *fields, const char *name,
		     const char *words, bool value)
{
	field_add(fields, TEAVMX_FIELD_FLAG, name, words, value);
}

static void add_word(struct teavmx_fields *fields, const char *name,
		     const char *words)
{
	field_add(fields, TEAVMX_FIELD_WORD, name, words, 0);
}

static void add_named(struct teavmx_fields *fields, const char *name,
		      const char *words)
{
	field_add(fields, TEAVMX_FIELD_NAMED, name, words, 0);
}

static void add_number(struct teavmx_fields *fields, const char *name,
		       const char *words, uint64_t value)
{
	field_add(fields, TEAVMX_FIELD_NUMBER, name, words, value);
}

static void add_hex(struct teavmx_fields *fields, const char *name,
		    const char *words, uint64_t value)
{
	field_add(fields, TEAVMX_FIELD_HEX, name, words, value);
}

static void add_address(struct teavmx_fields *fields, const char *name,
			const char *words, uint64_t value)
{
	field_add(fields, TEAVMX_FIELD_ADDRESS, name, words, value);
}

static void add_nmi_unblocking(struct teavmx_fields *fields, bool value)
{
	add_flag(fields, "nmi_unblocking", "NMIs unblocked by IRET", value);
}

static void add_asynchronous(struct teavmx_fields *fields, bool value)
{
	add_flag(fields, "asynchronous", "asynchronous", value);
}

static void add_debug(struct teavmx_fields *fields, uint64_t qualification)
{
	struct teavmx_qual_debug debug = teavmx_qual_debug(qualification);

	add_flag(fields, "breakpoint_0", "breakpoint 0", debug.breakpoints & 1);
	add_flag(fields, "breakpoint_1", "breakpoint 1",
		 debug.breakpoints >> 1 & 1);
	add_flag(fields, "breakpoint_2", "breakpoint 2",
		 debug.breakpoints >> 2 & 1);
	add_flag(fields, "breakpoint_3", "breakpoint 3",
		 debug.breakpoints >> 3 & 1);
	add_flag(fields, "bus_lock", "bus lock", debug.bus_lock);
	add_flag(fields, "register_access", "access to a debug register",
		 debug.register_access);
	add_flag(fields, "single_step", "single step", debug.single_step);
	add_flag(fields, "rtm", "in a transaction", debug.rtm);
}

static void add_event(struct teavmx_fields *fields,
		      const struct teavmx_record *record)
{
	struct teavmx_event_info event = teavmx_event_info(record->intr_info);

	if (!TEAVMX_RECORD_HAS(record, INTR_INFO) || !event.valid)
		return;
	add_word(fields, "type", vmx_intr_type_text(event.type));
	add_number(fields, "vector", "vector", event.vector);
	switch (event.type) {
	case VMX_INTR_TYPE_HARDWARE_EXCEPTION:
	case VMX_INTR_TYPE_PRIVILEGED_SOFTWARE_EXCEPTION:
	case VMX_INTR_TYPE_SOFTWARE_EXCEPTION:
		add_word(fields, "exception",
			 teavmx_exception_name(event.vector));
		break;
	}
	add_flag(fields, "error_code", "with error code", event.error_code);
	add_nmi_unblocking(fields, event.nmi_unblocking);
	if (event.type != VMX_INTR_TYPE_HARDWARE_EXCEPTION)
		return;
	if (event.vector == DEBUG_EXCEPTION)
		add_debug(fields, record->qualification);
	if (event.vector == PAGE_FAULT)
		add_address(fields, "linear_address", "linear address",
			    record->qualification);
}

static void add_task(struct teavmx_fields *fields, uint64_t qualification)
{
	static const char *const sources[] = {
		[TEAVMX_TASK_CALL] = "by CALL",
		[TEAVMX_TASK_IRET] = "by IRET",
		[TEAVMX_TASK_JMP] = "by JMP",
		[TEAVMX_TASK_GATE] = "by a task gate in the IDT",
	};
	struct teavmx_qual_task task = teavmx_qual_task(qualification);

	add_word(fields, "source", sources[task.source]);
	add_hex(fields, "selector", "TSS selector", task.selector);
}

static void add_cr(struct teavmx_fields *fields, uint64_t qualification)
{
	static const char *const accesses[] = {
		[TEAVMX_CR_MOV_TO] = "MOV to CR",
		[TEAVMX_CR_MOV_FROM] = "MOV from CR",
		[TEAVMX_CR_CLTS] = "CLTS",
		[TEAVMX_CR_LMSW] = "LMSW",
	};
	struct teavmx_qual_cr cr = teavmx_qual_cr(qualification);

	add_word(fields, "access", accesses[cr.access]);
	if (cr.access == TEAVMX_CR_LMSW) {
		add_hex(fields, "source", "source", cr.source);
		add_flag(fields, "memory", "memory operand", cr.memory);
	} else if (cr.access != TEAVMX_CR_CLTS) {
		add_number(fields, "cr", "CR", cr.cr);
		add_named(fields, "register", teavmx_gpr_name(cr.gpr));
	}
}

static void add_dr(struct teavmx_fields *fields, uint64_t qualification)
{
	struct teavmx_qual_dr dr = teavmx_qual_dr(qualification);

	add_word(fields, "access", dr.from ? "MOV from DR" : "MOV to DR");
	add_number(fields, "dr", "DR", dr.dr);
	add_named(fields, "register", teavmx_gpr_name(dr.gpr));
}

static void add_io(struct teavmx_fields *fields, uint64_t qualification)
{
	struct teavmx_qual_io io = teavmx_qual_io(qualification);

	add_word(fields, "direction", io.in ? "in" : "out");
	add_hex(fields, "port", "port", io.port);
	add_number(fields, "size", "size", io.size);
	add_flag(fields, "string", "string", io.string);
	add_flag(fields, "rep", "repeated", io.rep);
	add_flag(fields, "immediate", "immediate port", io.immediate);
}

static void add_value(struct teavmx_fields *fields,
		      const struct teavmx_record *record)
{
	if (TEAVMX_RECORD_HAS(record, VALUE))
		add_hex(fields, "value", "value", record->value);
}

/* What the number of a call means is known only for TEA programs. */
static void add_call(struct teavmx_fields *fields,
		     const struct teavmx_record *record)
{
	uint64_t number = TEA_CALL_SERVICE(record->value);
	const char *service = teavmx_tea_service_name((uint32_t)number);

	if (!TEAVMX_RECORD_HAS(record, VALUE))
		return;
	if (TEAVMX_RECORD_HAS(record, PID) && service && number <= UINT32_MAX) {
		add_word(fields, "service", service);
		add_hex(fields, "cp", "cp", TEA_CALL_CP(record->value));
	} else {
		add_address(fields, "number", "number", record->value);
	}
}

static void add_apic(struct teavmx_fields *fields, uint64_t qualification)
{
	struct teavmx_qual_apic apic = teavmx_qual_apic(qualification);

	add_word(fields, "access", teavmx_apic_access_text(apic.type));
	add_number(fields, "type", "type", apic.type);
	/* The offset is defined for linear accesses only. */
	if (apic.type < 10)
		add_hex(fields, "offset", "offset", apic.offset);
	add_asynchronous(fields, apic.asynchronous);
}

/* The meaning of these bits depends on the bit for a linear address. */
static void add_ept_address(struct teavmx_fields *fields,
			    const struct teavmx_qual_ept *ept)
{
	if (!ept->linear_valid) {
		add_word(fields, "address", "no linear address");
		return;
	}
	if (!ept->translated) {
		add_word(fields, "address", "paging structure");
		return;
	}
	add_word(fields, "address", "translated linear address");
	add_flag(fields, "user_address", "user-mode address",
		 ept->user_address);
	add_flag(fields, "writable_page", "guest tables allow write",
		 ept->writable_page);
	add_flag(fields, "no_execute_page", "guest tables forbid execution",
		 ept->no_execute_page);
}

static void add_ept(struct teavmx_fields *fields, uint64_t qualification)
{
	struct teavmx_qual_ept ept = teavmx_qual_ept(qualification);

	add_flag(fields, "read", "read", ept.read);
	add_flag(fields, "write", "write", ept.write);
	add_flag(fields, "fetch", "instruction fetch", ept.fetch);
	add_flag(fields, "shadow_stack", "shadow-stack access",
		 ept.shadow_stack);
	add_flag(fields, "readable", "EPT allows read", ept.readable);
	add_flag(fields, "writable", "EPT allows write", ept.writable);
	add_flag(fields, "executable", "EPT allows execution", ept.executable);
	add_flag(fields, "user_executable", "EPT allows execution in user mode",
		 ept.user_executable);
	add_flag(fields, "supervisor_shadow_stack",
		 "EPT allows supervisor shadow stack",
		 ept.supervisor_shadow_stack);
	add_ept_address(fields, &ept);
	add_nmi_unblocking(fields, ept.nmi_unblocking);
	add_flag(fields, "paging_verification", "guest-paging verification",
		 ept.paging_verification);
	add_asynchronous(fields, ept.asynchronous);
}

static void add_log(struct teavmx_fields *fields, bool spp,
		    uint64_t qualification)
{
	struct teavmx_qual_log log = teavmx_qual_log(qualification);

	if (spp)
		add_word(fields, "cause", log.miss ? "entry missing" :
						     "entry misconfigured");
	add_nmi_unblocking(fields, log.nmi_unblocking);
	add_asynchronous(fields, log.asynchronous);
}

static void add_notify(struct teavmx_fields *fields, uint64_t qualification)
{
	struct teavmx_qual_notify notify = teavmx_qual_notify(qualification);

	add_flag(fields, "context_invalid", "the VM cannot continue",
		 notify.context_invalid);
	add_nmi_unblocking(fields, notify.nmi_unblocking);
}

/* SDM "VM-Entry Failures During or After Loading Guest State" */
static void add_bad_guest(struct teavmx_fields *fields, uint64_t qualification)
{
	switch (qualification) {
	case 0:
		break;
	case 2:
		add_word(fields, "cause", "loading the PDPTEs failed");
		break;
	case 3:
		add_word(fields, "cause",
			 "an NMI was injected while events are blocked by STI");
		break;
	case 4:
		add_word(fields, "cause", "the VMCS link pointer is invalid");
		break;
	default:
		add_number(fields, "cause", "unknown cause", qualification);
		break;
	}
}

static void add_qualification(struct teavmx_fields *fields,
			      const struct teavmx_record *record)
{
	uint64_t qualification = record->qualification;

	switch (record->reason & VMX_EXIT_BASIC_MASK) {
	case VMX_EXIT_EXCEPTION_NMI:
	case VMX_EXIT_EXTERNAL_INTERRUPT:
		add_event(fields, record);
		break;
	case VMX_EXIT_SIPI:
		add_number(fields, "vector", "vector", qualification & 0xff);
		break;
	case VMX_EXIT_IO_SMI:
	case VMX_EXIT_IO_INSTRUCTION:
		add_io(fields, qualification);
		add_value(fields, record);
		break;
	case VMX_EXIT_VMCALL:
		add_call(fields, record);
		break;
	case VMX_EXIT_TASK_SWITCH:
		add_task(fields, qualification);
		break;
	case VMX_EXIT_INVLPG:
		add_address(fields, "linear_address", "linear address",
			    qualification);
		break;
	case VMX_EXIT_VMCLEAR:
	case VMX_EXIT_VMPTRLD:
	case VMX_EXIT_VMPTRST:
	case VMX_EXIT_VMREAD:
	case VMX_EXIT_VMWRITE:
	case VMX_EXIT_VMXON:
	case VMX_EXIT_GDTR_IDTR:
	case VMX_EXIT_LDTR_TR:
	case VMX_EXIT_INVEPT:
	case VMX_EXIT_INVVPID:
	case VMX_EXIT_INVPCID:
	case VMX_EXIT_XSAVES:
	case VMX_EXIT_XRSTORS:
		field_add(fields, TEAVMX_FIELD_SIGNED, "displacement", "displacement",
			  qualification);
		break;
	case VMX_EXIT_CR_ACCESS:
		add_cr(fields, qualification);
		break;
	case VMX_EXIT_DR_ACCESS:
		add_dr(fields, qualification);
		break;
	case VMX_EXIT_INVALID_GUEST_STATE:
		add_bad_guest(fields, qualification);
		break;
	case VMX_EXIT_MSR_LOAD_FAIL:
		add_number(fields, "entry", "entry of the MSR-load area",
			   qualification);
		break;
	case VMX_EXIT_MWAIT_INSTRUCTION:
		add_flag(fields, "armed", "monitoring was armed",
			 qualification & 1);
		break;
	case VMX_EXIT_APIC_ACCESS:
		add_apic(fields, qualification);
		break;
	case VMX_EXIT_VIRTUALIZED_EOI:
		add_number(fields, "vector", "vector", qualification & 0xff);
		break;
	case VMX_EXIT_EPT_VIOLATION:
		add_ept(fields, qualification);
		break;
	case VMX_EXIT_APIC_WRITE:
		add_hex(fields, "offset", "offset", qualification & 0xfff);
		break;
	case VMX_EXIT_PML_FULL:
		add_log(fields, false, qualification);
		break;
	case VMX_EXIT_SPP_EVENT:
		add_log(fields, true, qualification);
		break;
	case VMX_EXIT_NOTIFY:
		add_notify(fields, qualification);
		break;
	case VMX_EXIT_RDMSR_IMM:
	case VMX_EXIT_WRMSR_IMM:
		add_hex(fields, "msr", "MSR", qualification);
		break;
	}
}

static void add_register(struct teavmx_fields *fields, const char *name,
			 const struct teavmx_instruction *instruction, int reg)
{
	if (reg == TEAVMX_NO_REGISTER)
		return;
	if (instruction->xmm)
		add_number(fields, name, "xmm", (uint64_t)reg);
	else
		add_named(fields, name, teavmx_gpr_name((unsigned int)reg));
}

static void add_memory(struct teavmx_fields *fields,
		       const struct teavmx_instruction *instruction)
{
	add_number(fields, "address_size", "address size",
		   instruction->address_size);
	add_named(fields, "segment",
		  teavmx_segment_name((unsigned int)instruction->segment));
	if (instruction->base != TEAVMX_NO_REGISTER)
		add_named(fields, "base",
			  teavmx_gpr_name((unsigned int)instruction->base));
	if (instruction->index != TEAVMX_NO_REGISTER) {
		add_named(fields, "index",
			  teavmx_gpr_name((unsigned int)instruction->index));
		add_number(fields, "scale", "scale", instruction->scale);
	}
}

static void add_instruction(struct teavmx_fields *fields, uint32_t reason,
			    uint32_t information)
{
	struct teavmx_instruction instruction;

	if (!teavmx_instruction(reason, information, &instruction))
		return;
	add_word(fields, "instruction", instruction.name);
	add_register(fields, "reg1", &instruction, instruction.reg1);
	add_register(fields, "reg2", &instruction, instruction.reg2);
	if (instruction.operand_size)
		add_number(fields, "operand_size", "operand size",
			   instruction.operand_size);
	if (instruction.memory)
		add_memory(fields, &instruction);
}

size_t teavmx_decode_instruction(uint32_t reason, uint32_t information,
				 struct teavmx_fields *fields)
{
	fields->count = 0;
	add_instruction(fields, reason, information);
	return fields->count;
}

/* The event that was being delivered to the guest when the exit occurred */
static void add_delivery(struct teavmx_fields *fields,
			 const struct teavmx_record *record)
{
	struct teavmx_event_info event =
		teavmx_event_info(record->idt_vectoring);

	if (!TEAVMX_RECORD_HAS(record, IDT_VECTORING_INFO) || !event.valid)
		return;
	add_named(fields, "delivering", vmx_intr_type_text(event.type));
	add_number(fields, "delivering_vector", "vector", event.vector);
}

/* Of the I/O instructions, only INS and OUTS have instruction information. */
static bool has_instruction(const struct teavmx_record *record)
{
	if (!TEAVMX_RECORD_HAS(record, INSTRUCTION_INFO))
		return false;
	return (record->reason & VMX_EXIT_BASIC_MASK) !=
	       VMX_EXIT_IO_INSTRUCTION ||
	       teavmx_qual_io(record->qualification).string;
}

size_t teavmx_decode_fields(const struct teavmx_record *record,
			    struct teavmx_fields *fields)
{
	unsigned int bit;

	fields->count = 0;
	if (record->type != TEAVMX_EVENT_TYPE_VMX_EXIT)
		return 0;
	add_qualification(fields, record);
	if (has_instruction(record))
		add_instruction(fields, record->reason,
				record->instruction_info);
	add_delivery(fields, record);
	/* The text of the exit reason already reports the failed entry. */
	for (bit = 16; bit < VMX_EXIT_FLAG_ENTRY_FAILURE_BIT; bit++)
		if (record->reason >> bit & 1)
			add_flag(fields, vmx_exit_flag_name(bit),
				 vmx_exit_flag_text(bit), true);
	return fields->count;
}

static int print_field(const struct teavmx_field *field, const char *comma,
		       char *text, size_t size)
{
	switch (field->kind) {
	case TEAVMX_FIELD_FLAG:
		if (!field->value)
			return 0;
		return snprintf(text, size, "%s%s", comma, field->words);
	case TEAVMX_FIELD_WORD:
		return snprintf(text, size, "%s%s", comma, field->words);
	case TEAVMX_FIELD_NAMED:
		return snprintf(text, size, "%s%s %s", comma, field->name,
				field->words);
	case TEAVMX_FIELD_SIGNED:
		return snprintf(text, size, "%s%s %lld", comma, field->words,
				(long long)field->value);
	case TEAVMX_FIELD_HEX:
	case TEAVMX_FIELD_ADDRESS:
		return snprintf(text, size, "%s%s 0x%llx", comma, field->words,
				(unsigned long long)field->value);
	case TEAVMX_FIELD_NUMBER:
		break;
	}
	return snprintf(text, size, "%s%s %llu", comma, field->words,
			(unsigned long long)field->value);
}

int teavmx_fields_text(const struct teavmx_fields *fields, char *text,
		       size_t size)
{
	size_t used = 0;
	size_t i;

	if (size)
		text[0] = '\0';
	for (i = 0; i < fields->count; i++) {
		bool room = used < size;

		used += (size_t)print_field(&fields->field[i],
					    used ? ", " : "",
					    room ? text + used : NULL,
					    room ? size - used : 0);
	}
	return (int)used;
}

int teavmx_decode_exit(const struct teavmx_record *record, char *text,
		       size_t size)
{
	struct teavmx_fields fields;

	teavmx_decode_fields(record, &fields);
	return teavmx_fields_text(&fields, text, size);
}
