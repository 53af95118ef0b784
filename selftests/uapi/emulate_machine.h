/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TEAVMX_EMULATE_MACHINE_H
#define TEAVMX_EMULATE_MACHINE_H

/* A machine around the emulator: RAM, memory without RAM, and ports that count */
#include <string.h>

#include <userspace/lib/emulate/emulate.h>

#define RAM_SIZE	0x40000
#define OUTSIDE		0xfee00000
#define ROWS(table)	(sizeof(table) / sizeof((table)[0]))

#define CODE		0x1000
#define RIGHTS_16	0x9b
#define RIGHTS_32	0xc09b
#define RIGHTS_64	0xa09b
#define DATA_32		0xc093
#define DATA_16		0x93
#define USER		0x60
#define UNUSABLE	0x10000
#define PE		0x1
#define PG		0x80000000
#define WP		0x10000
#define AM		0x40000
#define PSE		0x10
#define PAE		0x20
#define DE		0x8
#define LA57		0x1000
#define SMAP		0x200000
#define PKE		0x400000
#define LMA		0x500
#define NXE		0x800
#define TF		0x100
#define DF		0x400
#define RF		0x10000
#define AC		0x40000
#define VM		0x20000

#define DE_VECTOR	0
#define NP		11
#define SS		12
#define GP		13
#define PF		14
#define AC_VECTOR	17

#define PENDING_ENABLED	0x1000
#define PENDING_STEP	0x4000

static uint8_t ram[RAM_SIZE];
static struct teavmx_error failure;
/* The accesses to memory without RAM, and what it reads as */
static struct teavmx_mmio accesses[32];
static unsigned int access_count;
static uint64_t outside_value;
/* The elements that a port was given */
static uint32_t elements[32];
static unsigned int element_count;
static unsigned int elements_until;

static inline int fake_ram(void *data, bool write, uint64_t address, void *bytes,
			   size_t size)
{
	(void)data;
	if (address >= RAM_SIZE || size > RAM_SIZE - address)
		return 1;
	if (write)
		memcpy(ram + address, bytes, size);
	else
		memcpy(bytes, ram + address, size);
	return 0;
}

static inline int fake_memory(void *data, struct teavmx_mmio *mmio)
{
	(void)data;
	if (!mmio->write)
		mmio->value = outside_value;
	if (access_count < ROWS(accesses))
		accesses[access_count++] = *mmio;
	return 0;
}

static inline int fake_port(void *data, bool out, uint16_t port, unsigned int size,
			    uint32_t *value)
{
	(void)data;
	(void)port;
	(void)size;
	if (!out)
		*value = 0x64636261 + element_count;
	if (element_count < ROWS(elements))
		elements[element_count] = *value;
	return ++element_count == elements_until;
}

static const struct emulator_ops ops = { fake_ram, fake_memory, fake_port };
static struct emulator emulator = { .ops = &ops, .error = &failure };

static inline void set(uint32_t number, uint64_t value)
{
	emulator.now.reg[number] = value;
}

static inline uint64_t get(uint32_t number)
{
	return emulator.now.reg[number];
}

static inline void set_segment(uint32_t number, uint64_t base, uint64_t limit,
			       uint64_t rights)
{
	set(number + 1, base);
	set(number + 2, limit);
	set(number + 3, rights);
}

/* A guest without paging that executes code of this width */
static inline void start(unsigned int bits)
{
	uint64_t data = bits == 16 ? DATA_16 : DATA_32;
	uint64_t limit = bits == 16 ? 0xffff : 0xffffffff;
	uint32_t segment;

	memset(ram, 0, sizeof(ram));
	memset(&failure, 0, sizeof(failure));
	memset(&emulator.now, 0, sizeof(emulator.now));
	memset(&emulator.fault, 0, sizeof(emulator.fault));
	emulator.physical_bits = 46;
	emulator.limit = 0;
	emulator.pkru = 0;
	access_count = 0;
	element_count = 0;
	elements_until = 0;
	outside_value = UINT64_MAX;
	for (segment = TEAVMX_REG_ES; segment <= TEAVMX_REG_GS; segment += 4)
		set_segment(segment, 0, limit, data);
	set_segment(TEAVMX_REG_CS, 0, limit, bits == 64 ? RIGHTS_64 :
				       bits == 32 ? RIGHTS_32 : RIGHTS_16);
	set(TEAVMX_REG_CR0, bits == 16 ? 0 : PE);
	set(TEAVMX_REG_EFER, bits == 64 ? LMA : 0);
	set(TEAVMX_REG_RIP, CODE);
	set(TEAVMX_REG_RFLAGS, 0x202);
	set(TEAVMX_REG_DR7, 0x400);
}

static inline void put(uint64_t address, uint64_t value, size_t size)
{
	memcpy(ram + address, &value, size);
}

static inline uint64_t at(uint64_t address, size_t size)
{
	uint64_t value = 0;

	memcpy(&value, ram + address, size);
	return value;
}

static inline void code(const char *bytes, size_t size)
{
	memcpy(ram + CODE, bytes, size);
}

/* A literal with zeros in it has its size. */
#define CODE_IS(bytes)	code(bytes, sizeof(bytes) - 1)

/* The ways of paging in which a page is mapped by map() */
enum paging {
	PAGING_32,
	PAGING_PAE,
	PAGING_LONG,
	PAGING_COUNT,
};

#define ENTRY(paging)	((paging) == PAGING_32 ? 4 : 8)
#define TABLE		0x3000
#define TABLES		0x2000
#define DIRECTORY	0x4000
#define TOP		0x5000

static inline void map(enum paging paging, uint64_t linear, uint64_t physical,
		       uint64_t flags)
{
	put(TABLE + (linear >> 12) * ENTRY(paging), physical | flags,
	    ENTRY(paging));
}

static inline uint64_t entry_of(enum paging paging, uint64_t linear)
{
	return at(TABLE + (linear >> 12) * ENTRY(paging), ENTRY(paging));
}

static inline void start_paging(enum paging paging, unsigned int cpl)
{
	uint32_t segment;
	uint64_t linear;

	start(paging == PAGING_LONG ? 64 : 32);
	set(TEAVMX_REG_CR0, PE | PG);
	set(TEAVMX_REG_CR3, paging == PAGING_LONG ? TOP : TABLES);
	set(TEAVMX_REG_CR4, paging == PAGING_32 ? 0 : PAE);
	put(TOP, TABLES | 7, 8);
	put(DIRECTORY, TABLE | 7, 8);
	if (paging == PAGING_32)
		put(TABLES, TABLE | 7, 4);
	else
		put(TABLES, DIRECTORY | (paging == PAGING_PAE ? 1 : 7), 8);
	for (linear = 0; linear < RAM_SIZE; linear += 4096)
		map(paging, linear, linear, 7);
	if (cpl)
		for (segment = TEAVMX_REG_ES; segment <= TEAVMX_REG_GS;
		     segment += 4)
			set(segment + 3, get(segment + 3) | USER);
}

/* A page of RAM with its own flags, and one that is not RAM */
#define PAGE		0x20000
#define PAGE_OUTSIDE	0x21000

#endif
