// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Accesses to memory: SDM "Limit Checking", "Type Checking", "Canonical
 * Addressing" and "Alignment-Check Exception", then the parts of an access in
 * RAM and elsewhere.
 */
#include <errno.h>
#include <string.h>

#include "core.h"

#define CR0_AM		0x40000u
#define PAGE_SIZE	4096u

int fault_raise(struct emulator *emulator, uint8_t vector, uint32_t error)
{
	emulator->fault = (struct emulator_fault){ vector, error };
	return EMULATOR_FAULT;
}

static int segment_fault(struct emulator *emulator, unsigned int segment)
{
	return fault_raise(emulator,
			   segment == SEGMENT_SS ? VECTOR_SS : VECTOR_GP, 0);
}

static bool type_forbids(uint64_t rights, bool write)
{
	if (rights & RIGHTS_UNUSABLE || !(rights & RIGHTS_P))
		return true;
	if (rights & TYPE_CODE)
		return write || !(rights & TYPE_WRITABLE);
	return write && !(rights & TYPE_WRITABLE);
}

/* Of an expand-down segment, what is up to the limit is outside. */
static bool limit_forbids(uint64_t rights, uint64_t limit, uint64_t offset,
			  unsigned int size)
{
	uint64_t last = offset + size - 1;
	uint64_t top = rights & RIGHTS_DB ? UINT32_MAX : UINT16_MAX;

	if ((rights & (TYPE_CODE | TYPE_DOWN)) == TYPE_DOWN)
		return offset <= limit || last > top;
	return last > limit;
}

static int check_segment(struct emulator *emulator, unsigned int segment,
			 uint64_t offset, unsigned int size, bool write,
			 uint64_t *linear)
{
	uint64_t rights =
		*segment_register(emulator, segment, TEAVMX_REG_ES_RIGHTS);
	uint64_t limit =
		*segment_register(emulator, segment, TEAVMX_REG_ES_LIMIT);
	uint64_t base =
		*segment_register(emulator, segment, TEAVMX_REG_ES_BASE);

	/* Real mode knows no types: a code segment can be written. */
	if (mode_protected(emulator) && type_forbids(rights, write))
		return segment_fault(emulator, segment);
	if (limit_forbids(rights, limit, offset, size))
		return segment_fault(emulator, segment);
	*linear = (uint32_t)(base + offset);
	return EMULATOR_DONE;
}

static int check_long(struct emulator *emulator, unsigned int segment,
		      uint64_t offset, unsigned int size, uint64_t *linear)
{
	*linear = offset;
	if (segment >= SEGMENT_FS)
		*linear += *segment_register(emulator, segment,
					     TEAVMX_REG_ES_BASE);
	if (!linear_canonical(emulator, *linear) ||
	    !linear_canonical(emulator, *linear + size - 1))
		return segment_fault(emulator, segment);
	return EMULATOR_DONE;
}

static bool alignment_forbids(struct emulator *emulator, uint64_t linear,
			      unsigned int size)
{
	return size <= 8 && linear % size &&
	       *register_of(emulator, TEAVMX_REG_CR0) & CR0_AM &&
	       *register_of(emulator, TEAVMX_REG_RFLAGS) & FLAG_AC &&
	       mode_cpl(emulator) == 3;
}

static int translate_span(struct emulator *emulator, struct span *span,
			  enum emulator_access access)
{
	uint64_t second;
	int err;

	span->first = PAGE_SIZE - span->linear % PAGE_SIZE;
	if (span->first > span->size)
		span->first = span->size;
	err = emulator_translate(emulator, span->linear, access,
				 &span->physical[0]);
	if (err || span->first == span->size)
		return err;
	second = span->linear + span->first;
	if (mode_bits(emulator) < 64)
		second = (uint32_t)second;
	return emulator_translate(emulator, second, access,
				  &span->physical[1]);
}

int memory_map(struct emulator *emulator, unsigned int segment,
	       uint64_t offset, unsigned int size, bool write,
	       struct span *span)
{
	int err;

	span->size = size;
	if (mode_bits(emulator) == 64)
		err = check_long(emulator, segment, offset, size,
				 &span->linear);
	else
		err = check_segment(emulator, segment, offset, size, write,
				    &span->linear);
	if (err)
		return err;
	if (alignment_forbids(emulator, span->linear, size))
		return fault_raise(emulator, VECTOR_AC, 0);
	err = translate_span(emulator, span,
			     write ? EMULATOR_WRITE : EMULATOR_READ);
	if (!err)
		debug_data(emulator, span->linear, size, write);
	return err;
}

int memory_align(struct emulator *emulator, const struct span *span)
{
	return span->linear % span->size ?
	       fault_raise(emulator, VECTOR_GP, 0) : EMULATOR_DONE;
}

/* Devices see accesses of 1, 2, 4 and 8 bytes. */
static unsigned int device_size(unsigned int size)
{
	unsigned int part = 8;

	while (part > size)
		part /= 2;
	return part;
}

static int device_access(struct emulator *emulator, bool write,
			 uint64_t address, uint8_t *bytes, unsigned int size)
{
	while (size) {
		struct teavmx_mmio mmio = {
			.address = address,
			.write = write,
			.size = device_size(size),
		};

		if (write)
			memcpy(&mmio.value, bytes, mmio.size);
		if (emulator->ops->memory(emulator->data, &mmio))
			return EMULATOR_FAILED;
		if (!write)
			memcpy(bytes, &mmio.value, mmio.size);
		address += mmio.size;
		bytes += mmio.size;
		size -= mmio.size;
	}
	return EMULATOR_DONE;
}

static int access_part(struct emulator *emulator, bool write, uint64_t address,
		       uint8_t *bytes, unsigned int size)
{
	int err = emulator->ops->ram(emulator->data, write, address, bytes,
				     size);

	return err > 0 ? device_access(emulator, write, address, bytes, size) :
			 err;
}

static int access_span(struct emulator *emulator, bool write,
		       const struct span *span, uint8_t *bytes)
{
	int err = access_part(emulator, write, span->physical[0], bytes,
			      span->first);

	if (err || span->first == span->size)
		return err;
	return access_part(emulator, write, span->physical[1],
			   bytes + span->first, span->size - span->first);
}

int memory_read(struct emulator *emulator, const struct span *span,
		void *bytes)
{
	return access_span(emulator, false, span, bytes);
}

int memory_write(struct emulator *emulator, const struct span *span,
		 const void *bytes)
{
	uint8_t copy[VALUE_BYTES];

	memcpy(copy, bytes, span->size);
	return access_span(emulator, true, span, copy);
}

int memory_system(struct emulator *emulator, uint64_t linear, bool write,
		  void *bytes, unsigned int size)
{
	struct span span = { .linear = linear, .size = size };
	int err = translate_span(emulator, &span,
				 write ? EMULATOR_WRITE_SYSTEM :
					 EMULATOR_READ_SYSTEM);

	return err ? err : access_span(emulator, write, &span, bytes);
}
