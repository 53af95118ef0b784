/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef TEAVMX_DECODE_H
#define TEAVMX_DECODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * DOC: Decoding of VM exits
 *
 * The functions decode the formats of SDM "Information for VM Exits". They need
 * no handle and no module, accept every value and cannot fail. Bits that the SDM
 * leaves undefined are ignored. teavmx.h includes this header.
 */

struct teavmx_record;

/**
 * struct teavmx_qual_debug - Exit qualification of a debug exception.
 * @breakpoints: bit n is set when the condition of breakpoint n was met
 * @bus_lock: a bus lock was taken
 * @register_access: a debug register was about to be accessed
 * @single_step: by RFLAGS.TF or a branch
 * @rtm: inside of a transaction
 */
struct teavmx_qual_debug {
	unsigned int breakpoints;
	bool bus_lock;
	bool register_access;
	bool single_step;
	bool rtm;
};

/**
 * teavmx_qual_debug() - Take the exit qualification of a debug exception apart.
 * @qualification: exit qualification
 *
 * Return: its parts.
 */
struct teavmx_qual_debug teavmx_qual_debug(uint64_t qualification);

/**
 * enum teavmx_task_source - What tried to switch tasks.
 * @TEAVMX_TASK_CALL: CALL
 * @TEAVMX_TASK_IRET: IRET
 * @TEAVMX_TASK_JMP: JMP
 * @TEAVMX_TASK_GATE: a task gate in the IDT
 */
enum teavmx_task_source {
	TEAVMX_TASK_CALL,
	TEAVMX_TASK_IRET,
	TEAVMX_TASK_JMP,
	TEAVMX_TASK_GATE,
};

/**
 * struct teavmx_qual_task - Exit qualification of a task switch.
 * @selector: the new task's TSS
 * @source: what caused it
 */
struct teavmx_qual_task {
	uint16_t selector;
	enum teavmx_task_source source;
};

/**
 * teavmx_qual_task() - Take the exit qualification of a task switch apart.
 * @qualification: exit qualification
 *
 * Return: its parts.
 */
struct teavmx_qual_task teavmx_qual_task(uint64_t qualification);

/**
 * enum teavmx_cr_access - How a control register was accessed.
 * @TEAVMX_CR_MOV_TO: MOV to the register
 * @TEAVMX_CR_MOV_FROM: MOV from the register
 * @TEAVMX_CR_CLTS: CLTS
 * @TEAVMX_CR_LMSW: LMSW
 */
enum teavmx_cr_access {
	TEAVMX_CR_MOV_TO,
	TEAVMX_CR_MOV_FROM,
	TEAVMX_CR_CLTS,
	TEAVMX_CR_LMSW,
};

/**
 * struct teavmx_qual_cr - Exit qualification of a control-register access.
 * @cr: number of the control register; 0 for CLTS and LMSW
 * @access: kind of access
 * @memory: LMSW had a memory operand
 * @gpr: general register of a MOV
 * @source: LMSW - the 16 bits of its operand
 */
struct teavmx_qual_cr {
	unsigned int cr;
	enum teavmx_cr_access access;
	bool memory;
	unsigned int gpr;
	uint16_t source;
};

/**
 * teavmx_qual_cr() - Take the exit qualification of a control-register access apart.
 * @qualification: exit qualification
 *
 * Return: its parts.
 */
struct teavmx_qual_cr teavmx_qual_cr(uint64_t qualification);

/**
 * struct teavmx_qual_dr - Exit qualification of a MOV to or from a DR.
 * @dr: number of the debug register
 * @from: the register was read
 * @gpr: general register
 */
struct teavmx_qual_dr {
	unsigned int dr;
	bool from;
	unsigned int gpr;
};

/**
 * teavmx_qual_dr() - Take the exit qualification of a MOV to or from a debug register apart.
 * @qualification: exit qualification
 *
 * Return: its parts.
 */
struct teavmx_qual_dr teavmx_qual_dr(uint64_t qualification);

/**
 * struct teavmx_qual_io - Exit qualification of an I/O instruction.
 * @size: bytes of the access
 * @in: IN or INS; otherwise OUT or OUTS
 * @string: INS or OUTS
 * @rep: with a REP prefix
 * @immediate: the instruction holds the port; otherwise DX does
 * @port: the port
 *
 * An SMI right after an I/O instruction has the same format.
 */
struct teavmx_qual_io {
	unsigned int size;
	bool in;
	bool string;
	bool rep;
	bool immediate;
	uint16_t port;
};

/**
 * teavmx_qual_io() - Take the exit qualification of an I/O instruction apart.
 * @qualification: exit qualification
 *
 * Return: its parts.
 */
struct teavmx_qual_io teavmx_qual_io(uint64_t qualification);

/**
 * struct teavmx_qual_apic - Exit qualification of an APIC access.
 * @offset: offset in the page; undefined for guest-physical accesses
 * @type: kind of access; see teavmx_apic_access_text()
 * @asynchronous: not by an instruction and not by the delivery of an event
 */
struct teavmx_qual_apic {
	unsigned int offset;
	unsigned int type;
	bool asynchronous;
};

/**
 * teavmx_qual_apic() - Take the exit qualification of an APIC access apart.
 * @qualification: exit qualification
 *
 * Return: its parts.
 */
struct teavmx_qual_apic teavmx_qual_apic(uint64_t qualification);

/**
 * teavmx_apic_access_text() - Description of a kind of APIC access.
 * @type: from struct teavmx_qual_apic
 *
 * Return: the description, a constant, also of a type that the SDM does not use.
 */
const char *teavmx_apic_access_text(unsigned int type);

/**
 * struct teavmx_qual_ept - Exit qualification of an EPT violation.
 * @read: data read
 * @write: data write
 * @fetch: instruction fetch
 * @readable: EPT allows reads
 * @writable: EPT allows writes
 * @executable: EPT allows execution (of supervisor-mode addresses where both
 *	modes are told apart)
 * @user_executable: EPT allows execution of user-mode addresses; only with
 *	mode-based execute control
 * @linear_valid: there is a guest-linear address
 * @translated: the access was to the translation of that address; otherwise to
 *	a paging structure. Only with @linear_valid
 * @user_address: user-mode linear address. This and the next two only with
 *	@translated, on CPUs with advanced exit information
 * @writable_page: the guest's own tables allow writes
 * @no_execute_page: the guest's own tables forbid execution
 * @nmi_unblocking: by IRET
 * @shadow_stack: shadow-stack access
 * @supervisor_shadow_stack: EPT allows supervisor shadow-stack accesses
 * @paging_verification: by guest-paging verification
 * @asynchronous: not by an instruction and not by the delivery of an event
 */
struct teavmx_qual_ept {
	bool read;
	bool write;
	bool fetch;
	bool readable;
	bool writable;
	bool executable;
	bool user_executable;
	bool linear_valid;
	bool translated;
	bool user_address;
	bool writable_page;
	bool no_execute_page;
	bool nmi_unblocking;
	bool shadow_stack;
	bool supervisor_shadow_stack;
	bool paging_verification;
	bool asynchronous;
};

/**
 * teavmx_qual_ept() - Take the exit qualification of an EPT violation apart.
 * @qualification: exit qualification
 *
 * Return: its parts.
 */
struct teavmx_qual_ept teavmx_qual_ept(uint64_t qualification);

/**
 * struct teavmx_qual_log - Exit qualification of a full page-modification log
 *	and of an SPP event.
 * @miss: SPP event - an entry was missing; otherwise it was misconfigured
 * @nmi_unblocking: by IRET
 * @asynchronous: not by an instruction and not by the delivery of an event
 */
struct teavmx_qual_log {
	bool miss;
	bool nmi_unblocking;
	bool asynchronous;
};

/**
 * teavmx_qual_log() - Take the exit qualification of a full log or an SPP event apart.
 * @qualification: exit qualification
 *
 * Return: its parts.
 */
struct teavmx_qual_log teavmx_qual_log(uint64_t qualification);

/**
 * struct teavmx_qual_notify - Exit qualification of an instruction timeout.
 * @context_invalid: the VMCS must not be used any more
 * @nmi_unblocking: by IRET
 */
struct teavmx_qual_notify {
	bool context_invalid;
	bool nmi_unblocking;
};

/**
 * teavmx_qual_notify() - Take the exit qualification of an instruction timeout apart.
 * @qualification: exit qualification
 *
 * Return: its parts.
 */
struct teavmx_qual_notify teavmx_qual_notify(uint64_t qualification);

/**
 * struct teavmx_event_info - VM-exit interruption information, IDT-vectoring
 *	information or VM-entry interruption information.
 * @valid: there is an event
 * @vector: its vector
 * @type: enum vmx_intr_type
 * @error_code: it has an error code
 * @nmi_unblocking: by IRET; only of exits
 */
struct teavmx_event_info {
	bool valid;
	unsigned int vector;
	unsigned int type;
	bool error_code;
	bool nmi_unblocking;
};

/**
 * teavmx_event_info() - Take interruption information apart.
 * @information: one of the three fields
 *
 * Return: its parts.
 */
struct teavmx_event_info teavmx_event_info(uint32_t information);

/** TEAVMX_NO_REGISTER - the instruction has no such register */
#define TEAVMX_NO_REGISTER	(-1)

/**
 * struct teavmx_instruction - VM-exit instruction information.
 * @name: the instruction, where several share a reason; else NULL
 * @memory: the operand is in memory; segment and address size are defined then
 * @scale: factor of the index; 0 without index
 * @address_size: bits, 0 when undefined
 * @operand_size: bits, 0 when the format does not have it
 * @segment: segment register, 0 to 5 for ES, CS, SS, DS, FS and GS; or
 *	TEAVMX_NO_REGISTER
 * @index: index register or TEAVMX_NO_REGISTER
 * @base: base register or TEAVMX_NO_REGISTER
 * @reg1: first register operand or TEAVMX_NO_REGISTER
 * @reg2: second register operand or TEAVMX_NO_REGISTER
 * @xmm: @reg1 and @reg2 are XMM registers
 */
struct teavmx_instruction {
	const char *name;
	bool memory;
	unsigned int scale;
	unsigned int address_size;
	unsigned int operand_size;
	int segment;
	int index;
	int base;
	int reg1;
	int reg2;
	bool xmm;
};

/**
 * teavmx_instruction() - Take VM-exit instruction information apart.
 * @reason: exit reason, which decides on the format
 * @information: the field
 * @instruction: receives its parts
 *
 * For I/O instructions the field is defined for INS and OUTS only.
 *
 * Return: false when exits for this reason have no such information.
 */
bool teavmx_instruction(uint32_t reason, uint32_t information,
			struct teavmx_instruction *instruction);

/**
 * teavmx_gpr_name() - Name of a general register.
 * @number: as the SDM numbers them
 *
 * Return: the name of its 64 bits, "?" above 15.
 */
const char *teavmx_gpr_name(unsigned int number);

/**
 * teavmx_segment_name() - Name of a segment register.
 * @number: as the SDM numbers them
 *
 * Return: the name, "?" above 5.
 */
const char *teavmx_segment_name(unsigned int number);

/**
 * teavmx_exception_name() - Mnemonic of an exception.
 * @vector: its vector
 *
 * Return: such as "#PF", NULL for a vector without one.
 */
const char *teavmx_exception_name(unsigned int vector);

/**
 * enum teavmx_field_kind - How a field is written as text.
 * @TEAVMX_FIELD_FLAG: its description, if the value is not 0
 * @TEAVMX_FIELD_WORD: its description
 * @TEAVMX_FIELD_NAMED: its name and its description
 * @TEAVMX_FIELD_NUMBER: its description and the value, decimal
 * @TEAVMX_FIELD_SIGNED: the same, two's complement
 * @TEAVMX_FIELD_HEX: its description and the value, hexadecimal
 * @TEAVMX_FIELD_ADDRESS: the same, of up to 64 bits
 */
enum teavmx_field_kind {
	TEAVMX_FIELD_FLAG,
	TEAVMX_FIELD_WORD,
	TEAVMX_FIELD_NAMED,
	TEAVMX_FIELD_NUMBER,
	TEAVMX_FIELD_SIGNED,
	TEAVMX_FIELD_HEX,
	TEAVMX_FIELD_ADDRESS,
};

/**
 * struct teavmx_field - One part of the information on an exit.
 * @name: short name, a key for JSON
 * @words: description for users
 * @kind: how it is written
 * @value: its value
 */
struct teavmx_field {
	const char *name;
	const char *words;
	enum teavmx_field_kind kind;
	uint64_t value;
};

/** TEAVMX_FIELDS_MAX - most parts of the information on an exit */
#define TEAVMX_FIELDS_MAX	40

/**
 * struct teavmx_fields - All parts of the information on an exit.
 * @count: entries in @field
 * @field: the fields; each name occurs once
 */
struct teavmx_fields {
	size_t count;
	struct teavmx_field field[TEAVMX_FIELDS_MAX];
};

/**
 * teavmx_decode_fields() - Take a VMX exit apart.
 * @record: event; a type other than a VMX exit has no fields
 * @fields: receives the parts of reason, qualification, and interruption,
 *	instruction and IDT-vectoring information
 *
 * Return: number of fields.
 */
size_t teavmx_decode_fields(const struct teavmx_record *record,
			    struct teavmx_fields *fields);

/**
 * teavmx_decode_instruction() - The same for instruction information.
 * @reason: exit reason
 * @information: VM-exit instruction information
 * @fields: receives its parts
 *
 * Return: number of fields.
 */
size_t teavmx_decode_instruction(uint32_t reason, uint32_t information,
				 struct teavmx_fields *fields);

/**
 * teavmx_fields_text() - Write fields as text.
 * @fields: the fields
 * @text: receives the text, without newline, truncated to @size
 * @size: bytes at @text
 *
 * Return: characters that the whole text has, as snprintf().
 */
int teavmx_fields_text(const struct teavmx_fields *fields, char *text,
		       size_t size);

/**
 * teavmx_decode_exit() - Describe a VMX exit for users.
 * @record: event
 * @text: receives the description, empty when the exit has no further parts
 * @size: bytes at @text
 *
 * Return: characters that the whole text has, as snprintf().
 */
int teavmx_decode_exit(const struct teavmx_record *record, char *text,
		       size_t size);

#endif
