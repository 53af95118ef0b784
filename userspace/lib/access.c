// SPDX-License-Identifier: LGPL-2.1-or-later
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <uapi/vmx.h>

#include "access.h"

#define RFLAGS_DF	0x400u
#define EVENT_VALID	0x80000000u
/* Segment registers as instructions number them */
#define SEGMENT_ES	0
#define SEGMENT_SS	2
#define SEGMENT_DS	3
#define SEGMENT_FS	4

static uint64_t segment_base(const struct teavmx_guest *guest, int segment)
{
	uint32_t number = REGS_ES_BASE +
			  (uint32_t)segment * (REGS_CS_BASE - REGS_ES_BASE);

	if (teavmx_guest_bits(guest) == 64 && segment < SEGMENT_FS)
		return 0;
	return teavmx_guest_reg(guest, number);
}

static uint64_t code_address(const struct teavmx_guest *guest)
{
	uint64_t rip = teavmx_guest_reg(guest, REGS_RIP);

	if (teavmx_guest_bits(guest) == 64)
		return rip;
	return (teavmx_guest_reg(guest, REGS_CS_BASE) + rip) & UINT32_MAX;
}

static int unknown(const struct teavmx_guest *guest, const uint8_t *bytes,
		   size_t size)
{
	char hex[3 * TEAVMX_INSN_MAX + 1] = "";
	size_t i;

	for (i = 0; i < size; i++)
		sprintf(hex + 3 * i, " %02x", bytes[i]);
	return teavmx_fail(guest->error, TEAVMX_REQUEST, EOPNOTSUPP, NULL,
			   "cannot do the instruction at rip 0x%llx for the guest, its bytes are%s",
			   (unsigned long long)teavmx_guest_reg(guest, REGS_RIP),
			   hex);
}

/* The bytes up to the longest instruction, or to what is not mapped */
static size_t fetch(const struct teavmx_guest *guest,
		    uint8_t bytes[TEAVMX_INSN_MAX])
{
	uint64_t linear = code_address(guest);
	size_t left = TEAVMX_PAGE_SIZE - linear % TEAVMX_PAGE_SIZE;
	size_t first = left < TEAVMX_INSN_MAX ? left : TEAVMX_INSN_MAX;

	if (teavmx_guest_read(guest, linear, bytes, first))
		return 0;
	if (first < TEAVMX_INSN_MAX &&
	    !teavmx_guest_read(guest, linear + first, bytes + first,
			       TEAVMX_INSN_MAX - first))
		return TEAVMX_INSN_MAX;
	return first;
}

int teavmx_insn_fetch(const struct teavmx_guest *guest,
		      struct teavmx_insn *insn)
{
	uint8_t bytes[TEAVMX_INSN_MAX];
	size_t size = fetch(guest, bytes);

	if (!size)
		return -1;
	if (!teavmx_insn_decode(bytes, size, teavmx_guest_bits(guest), insn))
		return unknown(guest, bytes, size);
	return 0;
}

static uint64_t cut(uint64_t value, unsigned int size)
{
	return size < 8 ? value & ((1ULL << 8 * size) - 1) : value;
}

static uint64_t linear_of(const struct teavmx_guest *guest,
			  const struct teavmx_insn *insn, int segment,
			  uint64_t offset)
{
	uint64_t linear;

	linear = segment_base(guest, segment) + cut(offset, insn->address_size);
	return teavmx_guest_bits(guest) == 64 ? linear : linear & UINT32_MAX;
}

uint64_t teavmx_string_linear(const struct teavmx_guest *guest,
			      const struct teavmx_insn *insn, bool destination)
{
	uint32_t number = destination ? REGS_RDI : REGS_RSI;
	int segment = destination ? SEGMENT_ES :
		      insn->segment < 0 ? SEGMENT_DS : insn->segment;

	return linear_of(guest, insn, segment, teavmx_guest_reg(guest, number));
}

static uint64_t memory_linear(const struct teavmx_guest *guest,
			      const struct teavmx_insn *insn)
{
	bool stack = insn->base == REGS_RSP || insn->base == REGS_RBP;
	int segment = insn->segment >= 0 ? insn->segment :
		      stack ? SEGMENT_SS : SEGMENT_DS;
	uint64_t offset = insn->offset;

	if (insn->base == TEAVMX_INSN_RIP)
		offset += teavmx_guest_reg(guest, REGS_RIP) + insn->length;
	else if (insn->base >= 0)
		offset += teavmx_guest_reg(guest, (uint32_t)insn->base);
	if (insn->index >= 0)
		offset += teavmx_guest_reg(guest, (uint32_t)insn->index) <<
			  insn->scale;
	return linear_of(guest, insn, segment, offset);
}

void teavmx_string_step(struct teavmx_changes *changes,
			const struct teavmx_guest *guest,
			const struct teavmx_insn *insn, uint32_t number,
			size_t count)
{
	uint64_t step = (uint64_t)count * insn->operand_size;

	if (teavmx_guest_reg(guest, REGS_RFLAGS) & RFLAGS_DF)
		step = -step;
	teavmx_changes_merge(changes, guest, number, insn->address_size,
			     teavmx_guest_reg(guest, number) + step);
}

/* Without REX, the byte registers 4 to 7 are AH, CH, DH and BH. */
static bool is_high(const struct teavmx_insn *insn)
{
	return insn->operand_size == 1 && !insn->rex &&
	       insn->reg >= 4 && insn->reg < 8;
}

static uint64_t register_value(const struct teavmx_guest *guest,
			       const struct teavmx_insn *insn)
{
	if (is_high(insn))
		return cut(teavmx_guest_reg(guest, insn->reg - 4) >> 8, 1);
	return cut(teavmx_guest_reg(guest, insn->reg), insn->operand_size);
}

/* What a write puts into memory; false when it is no write to memory. */
static bool written_value(const struct teavmx_guest *guest,
			  const struct teavmx_insn *insn, uint64_t *value)
{
	switch (insn->opcode) {
	case 0x88:
	case 0x89:
		*value = register_value(guest, insn);
		return true;
	case 0xa2:
	case 0xa3:
	case 0xaa:
	case 0xab:
		*value = cut(teavmx_guest_reg(guest, REGS_RAX),
			     insn->operand_size);
		return true;
	case 0xc6:
	case 0xc7:
		*value = cut(insn->immediate, insn->operand_size);
		return !(insn->reg & 7);
	}
	return false;
}

/* Bytes that a read takes from memory, 0 when it is no read. */
static unsigned int size_of_read(const struct teavmx_insn *insn)
{
	switch (insn->opcode) {
	case 0x8a:
	case 0x8b:
	case 0xa0:
	case 0xa1:
	case 0xa4:
	case 0xa5:
		return insn->operand_size;
	case TEAVMX_INSN_0F | 0xb6:
	case TEAVMX_INSN_0F | 0xbe:
		return 1;
	case TEAVMX_INSN_0F | 0xb7:
	case TEAVMX_INSN_0F | 0xbf:
		return 2;
	case 0x63:
		return insn->operand_size < 4 ? insn->operand_size : 4;
	}
	return 0;
}

static bool is_movs(const struct teavmx_insn *insn)
{
	return insn->opcode == 0xa4 || insn->opcode == 0xa5;
}

static bool is_stos(const struct teavmx_insn *insn)
{
	return insn->opcode == 0xaa || insn->opcode == 0xab;
}

/* The exit tells of one of the pages, and the other may be RAM. */
static int check_one_page(const struct teavmx_guest *guest,
			  const struct teavmx_insn *insn,
			  const struct teavmx_mmio *mmio)
{
	uint64_t linear = is_movs(insn) || is_stos(insn) ?
			  teavmx_string_linear(guest, insn, mmio->write) :
			  memory_linear(guest, insn);

	if (linear % TEAVMX_PAGE_SIZE + mmio->size <= TEAVMX_PAGE_SIZE)
		return 0;
	return teavmx_fail(guest->error, TEAVMX_REQUEST, EOPNOTSUPP, NULL,
			   "cannot do an access for the guest that lies in two pages: %u bytes at linear address 0x%llx",
			   mmio->size, (unsigned long long)linear);
}

static int refuse(const struct teavmx_guest *guest)
{
	uint8_t bytes[TEAVMX_INSN_MAX];
	size_t size = fetch(guest, bytes);

	return size ? unknown(guest, bytes, size) : -1;
}

static int no_access(const struct teavmx_guest *guest, const char *why)
{
	return teavmx_fail(guest->error, TEAVMX_REQUEST, EOPNOTSUPP, NULL,
			   "no access to memory that a host program can do: %s",
			   why);
}

/* What is RAM exits when the host had no memory for the page. */
static int check_outside(const struct teavmx_guest *guest, uint64_t address)
{
	uint8_t byte;

	if (!guest->read(guest->data, address, &byte, sizeof(byte)))
		return teavmx_fail(guest->error, TEAVMX_REQUEST, ENOMEM, NULL,
				   "no memory for the guest's RAM at 0x%llx",
				   (unsigned long long)address);
	return guest->error->error == ERANGE ? 0 : -1;
}

int teavmx_access_check(const struct teavmx_guest *guest,
			const struct teavmx_record *exit)
{
	struct teavmx_qual_ept ept = teavmx_qual_ept(exit->qualification);

	if (exit->type != TEAVMX_EVENT_TYPE_VMX_EXIT ||
	    (exit->reason & VMX_EXIT_BASIC_MASK) != VMX_EXIT_EPT_VIOLATION)
		return no_access(guest, "the exit is no EPT violation");
	if (exit->idt_vectoring & EVENT_VALID)
		return no_access(guest,
				 "an event was delivered, the instruction at RIP did not ask for it");
	if (ept.fetch)
		return no_access(guest,
				 "the guest executes where there is no RAM");
	if (ept.linear_valid && !ept.translated)
		return no_access(guest,
				 "the guest's page tables are not in RAM");
	return check_outside(guest, exit->guest_physical);
}

int teavmx_access_decode(const struct teavmx_guest *guest, bool write,
			 uint64_t address, struct teavmx_insn *insn,
			 struct teavmx_mmio *mmio)
{
	memset(mmio, 0, sizeof(*mmio));
	if (teavmx_insn_fetch(guest, insn))
		return -1;
	if (insn->repeat || (insn->has_modrm && insn->mod == 3))
		return refuse(guest);
	mmio->address = address;
	mmio->write = write;
	mmio->size = insn->operand_size;
	if (!write) {
		mmio->size = size_of_read(insn);
		if (!mmio->size)
			return refuse(guest);
	}
	if (check_one_page(guest, insn, mmio))
		return -1;
	if (!write)
		return 0;
	if (is_movs(insn))
		return teavmx_guest_read(guest,
					 teavmx_string_linear(guest, insn,
							      false),
					 &mmio->value, mmio->size);
	return written_value(guest, insn, &mmio->value) ? 0 : refuse(guest);
}

static void load_register(const struct teavmx_guest *guest,
			  const struct teavmx_insn *insn, uint64_t value,
			  struct teavmx_changes *changes)
{
	unsigned int size = size_of_read(insn);
	uint32_t number = insn->has_modrm ? insn->reg : REGS_RAX;
	uint64_t old;

	value = cut(value, size);
	switch (insn->opcode) {
	case TEAVMX_INSN_0F | 0xbe:
	case TEAVMX_INSN_0F | 0xbf:
	case 0x63:
		value = (uint64_t)((int64_t)(value << (64 - 8 * size)) >>
				   (64 - 8 * size));
		break;
	}
	if (insn->has_modrm && is_high(insn)) {
		old = teavmx_guest_reg(guest, number - 4);
		teavmx_changes_add(changes, number - 4,
				   (old & ~0xff00ULL) | value << 8);
		return;
	}
	teavmx_changes_merge(changes, guest, number, insn->operand_size, value);
}

int teavmx_access_finish(const struct teavmx_guest *guest,
			 const struct teavmx_mmio *mmio,
			 struct teavmx_changes *changes)
{
	struct teavmx_mmio again;
	struct teavmx_insn insn;

	changes->count = 0;
	if (teavmx_access_decode(guest, mmio->write, mmio->address, &insn,
				 &again))
		return -1;
	if (is_movs(&insn)) {
		if (!mmio->write &&
		    teavmx_guest_write(guest,
				       teavmx_string_linear(guest, &insn, true),
				       &mmio->value, again.size))
			return -1;
		teavmx_string_step(changes, guest, &insn, REGS_RSI, 1);
		teavmx_string_step(changes, guest, &insn, REGS_RDI, 1);
	} else if (is_stos(&insn)) {
		teavmx_string_step(changes, guest, &insn, REGS_RDI, 1);
	} else if (!mmio->write) {
		load_register(guest, &insn, mmio->value, changes);
	}
	teavmx_changes_advance(changes, guest, insn.length);
	return 0;
}
