/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef TEAVMX_EMULATE_H
#define TEAVMX_EMULATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <uapi/regs.h>

#include <userspace/lib/teavmx.h>

/**
 * DOC: The instruction emulator
 *
 * The guest's processor exits on INS, OUTS and instructions whose operand is not
 * in RAM. The emulator executes one such instruction on a copy of the vCPU's
 * registers. It decodes with libzydis and knows all integer instructions with a
 * memory operand, plain vector moves and string instructions. It checks what
 * the processor checks (segments, canonical addresses, alignment, page rights),
 * sets accessed and dirty bits, and notes the debug exceptions that are pending
 * afterwards. It does not call the kernel: RAM, memory without RAM and ports are
 * functions, so that tests can run it alone.
 */

/** EMULATOR_REGS - general registers up to state, by enum teavmx_reg_number */
#define EMULATOR_REGS	(TEAVMX_REG_PENDING_DEBUG + 1)

/** EMULATOR_INSN_MAX - longest instruction in bytes */
#define EMULATOR_INSN_MAX	15

/**
 * struct emulator_registers - The registers of a vCPU.
 * @reg: indexed by enum teavmx_reg_number, those below EMULATOR_REGS
 * @fpu: the words of the XSAVE area
 */
struct emulator_registers {
	uint64_t reg[EMULATOR_REGS];
	uint64_t fpu[TEAVMX_REG_FPU_WORDS];
};

/**
 * struct emulator_ops - What surrounds the emulated processor.
 * @ram: reads or writes RAM, never across a page; returns 0, 1 when the
 *	address is no RAM, -1 with the failure noted
 * @memory: reads (the value is filled in) or writes 1, 2, 4 or 8 bytes of
 *	memory without RAM; returns 0, or -1 with the failure noted
 * @port: reads or writes a port, 1, 2 or 4 bytes; returns 0, 1 when the
 *	instruction must not go on after this element, -1 with the failure noted
 */
struct emulator_ops {
	int (*ram)(void *data, bool write, uint64_t address, void *bytes,
		   size_t size);
	int (*memory)(void *data, struct teavmx_mmio *mmio);
	int (*port)(void *data, bool out, uint16_t port, unsigned int size,
		    uint32_t *value);
};

/**
 * struct emulator_fault - An exception that the instruction raises.
 * @vector: its vector
 * @error: error code, of vectors that have one outside of real mode
 */
struct emulator_fault {
	uint8_t vector;
	uint32_t error;
};

/* Pages whose translation is known while one instruction runs */
#define EMULATOR_PAGES	4

struct emulator_page {
	uint64_t linear;
	uint64_t physical;
	bool write;
	bool valid;
};

/**
 * struct emulator - An emulated processor.
 * @ops: its surroundings
 * @data: passed on to @ops
 * @error: receives failures
 * @now: registers; those of the vCPU before, and after the instruction
 * @physical_bits: width of a physical address (MAXPHYADDR)
 * @pkru: rights of protection keys, used with CR4.PKE
 * @limit: iterations after which a REP instruction is interrupted, 0 for no
 *	limit
 * @fault: the exception, when emulator_run() returns EMULATOR_FAULT
 * @unfinished: a REP instruction has iterations left, RIP is still at it
 *
 * Everything else belongs to the emulator.
 */
struct emulator {
	const struct emulator_ops *ops;
	void *data;
	struct teavmx_error *error;
	struct emulator_registers now;
	unsigned int physical_bits;
	uint32_t pkru;
	uint64_t limit;
	struct emulator_fault fault;
	bool unfinished;

	struct emulator_page pages[EMULATOR_PAGES];
	unsigned int next_page;
	uint64_t breakpoints;
	bool stopped;
};

/**
 * enum emulator_result - What became of an instruction.
 * @EMULATOR_FAILED: it cannot be done, the failure is noted
 * @EMULATOR_DONE: the registers are those after it, or after some iterations
 * @EMULATOR_FAULT: it raises an exception; the registers are those before it,
 *	with the iterations before and CR2
 */
enum emulator_result {
	EMULATOR_FAILED = -1,
	EMULATOR_DONE,
	EMULATOR_FAULT,
};

/**
 * emulator_run() - Execute the instruction at RIP.
 * @emulator: the processor
 *
 * Return: enum emulator_result; EMULATOR_FAILED with EOPNOTSUPP for an
 * instruction that the emulator does not know, whose name is in the message.
 */
int emulator_run(struct emulator *emulator);

/**
 * emulator_disassemble() - The text of the instruction at RIP.
 * @emulator: the processor
 * @text: receives it, in Intel syntax; "(bad)" if the bytes are no instruction
 * @size: bytes of @text
 *
 * Return: EMULATOR_DONE, or EMULATOR_FAILED when the bytes cannot be read.
 */
int emulator_disassemble(struct emulator *emulator, char *text, size_t size);

/**
 * enum emulator_access - How memory is accessed.
 * @EMULATOR_PEEK: without a check of rights, and without a trace in the tables
 * @EMULATOR_READ: a data read
 * @EMULATOR_WRITE: a data write, or a read before one
 * @EMULATOR_READ_SYSTEM: a read of a descriptor table, always a supervisor's
 * @EMULATOR_WRITE_SYSTEM: a write of one
 */
enum emulator_access {
	EMULATOR_PEEK,
	EMULATOR_READ,
	EMULATOR_WRITE,
	EMULATOR_READ_SYSTEM,
	EMULATOR_WRITE_SYSTEM,
};

/**
 * emulator_translate() - From a linear to a guest-physical address.
 * @emulator: the processor
 * @linear: linear address
 * @access: how it is accessed
 * @physical: receives the guest-physical address
 *
 * Return: enum emulator_result. With EMULATOR_PEEK what is not mapped is a
 * failure with EFAULT, else it is a page fault.
 */
int emulator_translate(struct emulator *emulator, uint64_t linear,
		       enum emulator_access access, uint64_t *physical);

/**
 * emulator_import() - Take over what teavmx_regs_get() gave.
 * @registers: receives the registers
 * @list: the list
 * @count: entries in it
 */
void emulator_import(struct emulator_registers *registers,
		     const struct teavmx_register *list, size_t count);

/**
 * emulator_export() - List the registers that changed, for teavmx_regs_set().
 * @registers: their values now
 * @list: the values before; receives the list of changes
 * @count: entries in @list
 *
 * Return: entries in the list of changes.
 */
size_t emulator_export(const struct emulator_registers *registers,
		       struct teavmx_register *list, size_t count);

#endif
