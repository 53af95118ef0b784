// SPDX-License-Identifier: LGPL-2.1-or-later
/* SDM "MOV—Move": what loading a segment register checks and changes */
#include "core.h"

#define SELECTOR_TI	4u
#define SELECTOR_RPL	3u
#define EFER_LMA	0x400u
/* Where a descriptor has what VMCS fields call access rights */
#define DESCRIPTOR_RIGHTS(d)	((uint32_t)((d) >> 40) & 0xf0ff)
#define TYPE_CONFORMING	4u

static uint32_t error_of(uint16_t selector)
{
	return selector & ~SELECTOR_RPL;
}

static void segment_put(struct emulator *emulator, unsigned int segment,
			uint16_t selector, uint64_t rights)
{
	*segment_register(emulator, segment, TEAVMX_REG_ES) = selector;
	*segment_register(emulator, segment, TEAVMX_REG_ES_RIGHTS) = rights;
}

/* Also virtual-8086 mode: the limit stays, so 4 GiB in real mode do. */
static void load_real(struct emulator *emulator, unsigned int segment,
		      uint16_t selector)
{
	*segment_register(emulator, segment, TEAVMX_REG_ES) = selector;
	*segment_register(emulator, segment, TEAVMX_REG_ES_BASE) =
		(uint64_t)selector << 4;
}

static int load_null(struct emulator *emulator, unsigned int segment,
		     uint16_t selector)
{
	unsigned int cpl = mode_cpl(emulator);

	if (segment == SEGMENT_SS &&
	    (mode_bits(emulator) < 64 || cpl == 3 ||
	     (selector & SELECTOR_RPL) != cpl))
		return fault_raise(emulator, VECTOR_GP, 0);
	/* The DPL of SS is the CPL, also when SS is unusable. */
	segment_put(emulator, segment, selector,
		    segment == SEGMENT_SS ? RIGHTS_UNUSABLE | cpl << 5 :
					    RIGHTS_UNUSABLE);
	*segment_register(emulator, segment, TEAVMX_REG_ES_BASE) = 0;
	return EMULATOR_DONE;
}

static int find_descriptor(struct emulator *emulator, uint16_t selector,
			   uint64_t *address)
{
	uint64_t base = *register_of(emulator, TEAVMX_REG_GDTR_BASE);
	uint64_t limit = *register_of(emulator, TEAVMX_REG_GDTR_LIMIT);
	bool usable = true;

	if (selector & SELECTOR_TI) {
		base = *register_of(emulator, TEAVMX_REG_LDTR_BASE);
		limit = *register_of(emulator, TEAVMX_REG_LDTR_LIMIT);
		usable = !(*register_of(emulator, TEAVMX_REG_LDTR_RIGHTS) &
			   RIGHTS_UNUSABLE);
	}
	if (!usable || (selector | 7u) > limit)
		return fault_raise(emulator, VECTOR_GP, error_of(selector));
	*address = base + (selector & ~7u);
	if (!(*register_of(emulator, TEAVMX_REG_EFER) & EFER_LMA))
		*address = (uint32_t)*address;
	return EMULATOR_DONE;
}

static bool stack_forbidden(unsigned int cpl, unsigned int rpl,
			    uint32_t rights)
{
	return !(rights & RIGHTS_S) || rights & TYPE_CODE ||
	       !(rights & TYPE_WRITABLE) || rpl != cpl ||
	       (rights & RIGHTS_DPL) >> 5 != cpl;
}

static bool data_forbidden(unsigned int cpl, unsigned int rpl,
			   uint32_t rights)
{
	unsigned int dpl = (rights & RIGHTS_DPL) >> 5;

	if (!(rights & RIGHTS_S) ||
	    (rights & (TYPE_CODE | TYPE_WRITABLE)) == TYPE_CODE)
		return true;
	if ((rights & TYPE_CODE) && (rights & TYPE_CONFORMING))
		return false;
	return dpl < cpl || dpl < rpl;
}

static int check_descriptor(struct emulator *emulator, unsigned int segment,
			    uint16_t selector, uint32_t rights)
{
	unsigned int rpl = selector & SELECTOR_RPL;
	unsigned int cpl = mode_cpl(emulator);
	bool stack = segment == SEGMENT_SS;

	if (stack ? stack_forbidden(cpl, rpl, rights) :
		    data_forbidden(cpl, rpl, rights))
		return fault_raise(emulator, VECTOR_GP, error_of(selector));
	if (!(rights & RIGHTS_P))
		return fault_raise(emulator, stack ? VECTOR_SS : VECTOR_NP,
				   error_of(selector));
	return EMULATOR_DONE;
}

static int mark_accessed(struct emulator *emulator, uint64_t address,
			 uint32_t rights)
{
	uint8_t byte = (uint8_t)rights | TYPE_ACCESSED;

	if (rights & TYPE_ACCESSED)
		return EMULATOR_DONE;
	return memory_system(emulator, address + 5, true, &byte, 1);
}

static void load_descriptor(struct emulator *emulator, unsigned int segment,
			    uint64_t descriptor)
{
	uint64_t base = (descriptor >> 16 & 0xffffff) |
			(descriptor >> 32 & 0xff000000);
	uint64_t limit = (descriptor & 0xffff) |
			 (descriptor >> 32 & 0xf0000);

	if (DESCRIPTOR_RIGHTS(descriptor) & RIGHTS_G)
		limit = limit << 12 | 0xfff;
	*segment_register(emulator, segment, TEAVMX_REG_ES_BASE) = base;
	*segment_register(emulator, segment, TEAVMX_REG_ES_LIMIT) = limit;
}

int segment_load(struct emulator *emulator, unsigned int segment,
		 uint16_t selector)
{
	uint64_t address = 0, descriptor = 0;
	uint32_t rights;
	int err;

	if (!mode_protected(emulator)) {
		load_real(emulator, segment, selector);
		return EMULATOR_DONE;
	}
	if (!error_of(selector))
		return load_null(emulator, segment, selector);
	err = find_descriptor(emulator, selector, &address);
	if (!err)
		err = memory_system(emulator, address, false, &descriptor,
				    sizeof(descriptor));
	if (err)
		return err;
	rights = DESCRIPTOR_RIGHTS(descriptor);
	err = check_descriptor(emulator, segment, selector, rights);
	if (!err)
		err = mark_accessed(emulator, address, rights);
	if (err)
		return err;
	load_descriptor(emulator, segment, descriptor);
	segment_put(emulator, segment, selector, rights | TYPE_ACCESSED);
	return EMULATOR_DONE;
}
