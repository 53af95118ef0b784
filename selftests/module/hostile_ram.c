// SPDX-License-Identifier: GPL-2.0-only
/*
 * The RAM and the first registers of hostile guests: descriptors, page tables and
 * vector tables that work, of which some entries are random.
 */
#include <string.h>

#include <uapi/regs.h>

#include "hostile_guest.h"

#define STUB_SIZE	16
#define STUBS		33
#define PAGE		4096ULL
#define PAGES_OF_RAM	(HOSTILE_RAM / PAGE)
/* From this page on, linear addresses are those of RAM a second time. */
#define ALIAS		0x100

#define PTE_P		0x1ULL
#define PTE_RW		0x2ULL
#define PTE_US		0x4ULL
#define PTE_ALL		0x7ULL

#define CR0_PE		0x1ULL
#define CR0_USUAL	0x30ULL
#define CR0_PG		0x80000000ULL
#define CR4_PAE		0x20ULL
#define CR4_SMEP	0x100000ULL
#define CR4_SMAP	0x200000ULL
#define CR4_USUAL	0x600ULL
#define EFER_SCE	0x1ULL
#define EFER_LONG	0x500ULL
#define EFER_NX		0x800ULL

#define SELECTOR_CODE	0x08
#define SELECTOR_DATA	0x10
#define SELECTOR_CODE64	0x18
#define SELECTOR_TSS	0x80

/* A descriptor with base 0 and a limit of 4 GiB, of these access rights */
#define FLAT(rights)	(0x000f00000000ffffULL | ((rights) & 0xf0ffULL) << 40)

/**
 * struct maker - a guest that is being made
 * @guest: the guest
 * @vcpu: the vCPU whose registers are set
 * @bits: 16, 32 or 64
 * @user: it begins at level 3
 * @paging: it begins with paging
 * @cr4: value of CR4
 */
struct maker {
	struct hostile_guest *guest;
	unsigned int vcpu;
	unsigned int bits;
	bool user;
	bool paging;
	uint64_t cr4;
};

static uint32_t below(struct maker *maker, uint32_t limit)
{
	return (hostile_random(&maker->guest->random) >> 32) % limit;
}

/* Is this one of the few entries that are random? */
static bool spoil(struct maker *maker, uint32_t often)
{
	return !maker->guest->plain && !below(maker, often);
}

static void put(struct maker *maker, uint32_t at, const void *bytes,
		size_t size)
{
	memcpy(maker->guest->ram + at, bytes, size);
}

static void put64(struct maker *maker, uint32_t at, uint64_t value)
{
	put(maker, at, &value, sizeof(value));
}

static void put_handler(struct maker *maker)
{
	if (maker->bits == 16)
		put(maker, AT_HANDLER, hostile_handler_16,
		    hostile_handler_16_end - hostile_handler_16);
	else if (maker->bits == 32)
		put(maker, AT_HANDLER, hostile_handler_32,
		    hostile_handler_32_end - hostile_handler_32);
	else
		put(maker, AT_HANDLER, hostile_handler_64,
		    hostile_handler_64_end - hostile_handler_64);
}

/* Vectors for which the processor pushes an error code, outside of real mode */
#define WITH_ERROR	0x00227d00u

/* NOP, PUSH of 0 instead of an error code, PUSH of the vector, JMP to the handler */
static void put_stub(struct maker *maker, uint32_t vector)
{
	uint8_t stub[STUB_SIZE] = { 0x90, 0x6a, 0x00, 0x6a, vector, 0xe9 };
	uint32_t at = AT_STUBS + vector * STUB_SIZE;
	uint32_t far = AT_HANDLER - (at + (maker->bits == 16 ? 8 : 10));

	if (maker->bits != 16 && vector < 32 && WITH_ERROR >> vector & 1)
		memset(stub + 1, 0x90, 2);
	memcpy(stub + 6, &far, sizeof(far));
	put(maker, at, stub, sizeof(stub));
}

static uint32_t stub_of(uint32_t vector)
{
	return AT_STUBS + (vector < STUBS ? vector : STUBS - 1) * STUB_SIZE;
}

/* Interrupt gates and trap gates; some may be called at level 3 */
static void put_gate(struct maker *maker, uint32_t vector)
{
	uint64_t to = stub_of(vector);
	uint64_t type = vector & 1 ? 0x8f : 0x8e;
	uint64_t selector = maker->bits == 64 ? SELECTOR_CODE64 : SELECTOR_CODE;

	if (vector == 3 || vector == 4 || vector >= 32)
		type |= 0x60;
	if (spoil(maker, 64))
		type = below(maker, 256);
	to |= selector << 16 | type << 40;
	if (maker->bits == 32) {
		put64(maker, AT_IDT + vector * 8, to);
		return;
	}
	/* The interrupt stack table has the stack of all handlers. */
	put64(maker, AT_IDT + vector * 16, to | 1ULL << 32);
	put64(maker, AT_IDT + vector * 16 + 8, 0);
}

static void put_vectors(struct maker *maker)
{
	uint32_t vector;

	for (vector = 0; vector < STUBS; vector++)
		put_stub(maker, vector);
	for (vector = 0; vector < 256; vector++) {
		uint32_t to = stub_of(vector);

		if (maker->bits == 16)
			put(maker, vector * 4, &to, sizeof(to));
		else
			put_gate(maker, vector);
	}
}

static uint32_t stack_of(unsigned int vcpu)
{
	return AT_STACKS + vcpu * STACK_SIZE;
}

static void put_tss(struct maker *maker, unsigned int vcpu)
{
	uint32_t at = AT_TSS + vcpu * 0x100;
	uint32_t top = stack_of(vcpu) + STACK_SIZE;
	uint64_t rights = 0x8b00000000ULL << 8;

	put64(maker, AT_GDT + SELECTOR_TSS + vcpu * 16,
	      0x67 | (uint64_t)at << 16 | rights);
	put64(maker, AT_GDT + SELECTOR_TSS + vcpu * 16 + 8, 0);
	put(maker, at + 4, &top, sizeof(top));
	if (maker->bits == 64) {
		/* The first entry of the interrupt stack table */
		put(maker, at + 36, &top, sizeof(top));
	} else {
		uint32_t data = SELECTOR_DATA;

		put(maker, at + 8, &data, sizeof(data));
	}
}

static void put_descriptors(struct maker *maker)
{
	static const uint64_t list[] = {
		0, FLAT(0xc09b), FLAT(0xc093), FLAT(0xa09b), FLAT(0xc0fb),
		FLAT(0xc0f3), FLAT(0xa0fb), FLAT(0x009b), FLAT(0x0093),
		FLAT(0xc013), FLAT(0x0082), 0,
		/* A call gate to the second slot of code */
		0x00008c0000080000ULL | (AT_CODE + SLOT_SIZE), 0,
		FLAT(0x4097), FLAT(0x4091),
	};
	unsigned int i;

	for (i = 0; i < sizeof(list) / sizeof(*list); i++)
		put64(maker, AT_GDT + i * 8, list[i]);
	for (i = 0; i < HOSTILE_VCPUS; i++)
		put_tss(maker, i);
	put64(maker, AT_GDT + 0xc0, 0x67 | (AT_TSS + 0x800ULL) << 16 |
	      0x89ULL << 40);
	put64(maker, AT_GDT + 0xc8, 0);
	put64(maker, AT_GDT + 0xd0, FLAT(0xc09f));
	for (i = 0xe0; i < 0x100; i += 8)
		put64(maker, AT_GDT + i, hostile_random(&maker->guest->random));
}

static uint64_t random_entry(struct maker *maker, uint64_t entry)
{
	switch (below(maker, 8)) {
	case 0:
		return entry & ~PTE_P;
	case 1:
		return entry & ~PTE_RW;
	case 2:
		return entry ^ PTE_US;
	case 3:
		return entry | 1ULL << 63;
	case 4:
		return entry | 1ULL << (8 + below(maker, 56));
	case 5:
		/* Beyond RAM, in the hole or far behind */
		return entry | (below(maker, 2) ? 0x200000ULL : 1ULL << 38);
	case 6:
		return entry ^ 1ULL << below(maker, 12);
	default:
		return hostile_random(&maker->guest->random);
	}
}

static void put_entry(struct maker *maker, uint32_t table, uint32_t number,
		      uint64_t entry)
{
	if (maker->guest->mode != HOSTILE_PROTECTED) {
		put64(maker, table + number * 8, entry);
		return;
	}
	put(maker, table + number * 4, &entry, 4);
}

/* One table of 4 KiB pages; RAM has two linear addresses. */
static void put_pages(struct maker *maker, uint32_t table)
{
	/* With SMEP and SMAP, level 0 uses no page of level 3. */
	uint64_t flags = maker->cr4 & (CR4_SMEP | CR4_SMAP) ? PTE_P | PTE_RW :
							      PTE_ALL;
	uint32_t i;

	for (i = 0; i < PAGES_OF_RAM; i++) {
		uint64_t entry = i * PAGE | flags;

		put_entry(maker, table, i,
			  spoil(maker, 32) ? random_entry(maker, entry) : entry);
		put_entry(maker, table, ALIAS + i,
			  spoil(maker, 3) ? random_entry(maker, entry) : entry);
	}
}

static void put_tables(struct maker *maker)
{
	uint32_t at = AT_TABLES;
	/* No flag but P in the entries of the PAE table of four entries */
	uint64_t flags = maker->guest->mode == HOSTILE_PAE ? PTE_P : PTE_ALL;
	unsigned int levels = maker->guest->mode - HOSTILE_PROTECTED + 1;

	for (; levels; levels--) {
		put_entry(maker, at, 0, (at + PAGE) | flags);
		/* REGS_SET refuses a CR3 that points at bad entries of PAE. */
		if (flags == PTE_ALL && spoil(maker, 2))
			put_entry(maker, at, 1 + below(maker, 3),
				  hostile_random(&maker->guest->random));
		flags = PTE_ALL;
		at += PAGE;
	}
	put_pages(maker, at);
}

static void set(struct maker *maker, uint32_t number, uint64_t value)
{
	struct teavmx_register *list =
		maker->guest->registers[maker->vcpu];

	list[maker->guest->count++] =
		(struct teavmx_register){ number, value };
}

/* The four register numbers of a segment are consecutive. */
static void set_segment(struct maker *maker, uint32_t number, uint64_t selector,
			uint64_t base, uint64_t limit, uint64_t rights)
{
	set(maker, number, selector);
	set(maker, number + 1, base);
	set(maker, number + 2, limit);
	set(maker, number + 3, rights);
}

static void set_segments(struct maker *maker)
{
	uint64_t limit = maker->bits == 16 ? 0xffff : 0xffffffff;
	uint64_t level = maker->user ? 3 : 0;
	uint64_t data = maker->bits == 16 ? 0 : maker->user ? 0x2b : SELECTOR_DATA;
	uint64_t code = maker->bits == 16 ? 0 : maker->bits == 32 ?
			(maker->user ? 0x23 : SELECTOR_CODE) :
			(maker->user ? 0x33 : SELECTOR_CODE64);
	uint64_t wide = maker->bits == 16 ? 0 : maker->bits == 32 ? 0xc000 :
								    0xa000;
	uint32_t number;

	set_segment(maker, TEAVMX_REG_CS, code, 0, limit,
		    wide | 0x9b | level << 5);
	if (wide)
		wide = 0xc000;
	for (number = TEAVMX_REG_ES; number <= TEAVMX_REG_GS; number += 4)
		if (number != TEAVMX_REG_CS)
			set_segment(maker, number, data, 0, limit,
				    wide | 0x93 | level << 5);
	set_segment(maker, TEAVMX_REG_LDTR, 0, 0, 0xffff, 0x82);
	set_segment(maker, TEAVMX_REG_TR,
		    maker->bits == 16 ? 0 : SELECTOR_TSS + maker->vcpu * 16,
		    AT_TSS + maker->vcpu * 0x100, 0x67, 0x8b);
}

static void set_tables(struct maker *maker)
{
	bool real = maker->bits == 16;

	set(maker, TEAVMX_REG_GDTR_BASE, AT_GDT);
	set(maker, TEAVMX_REG_GDTR_LIMIT, 0xff);
	set(maker, TEAVMX_REG_IDTR_BASE, real ? 0 : AT_IDT);
	set(maker, TEAVMX_REG_IDTR_LIMIT,
	    real ? 0x3ff : maker->bits == 32 ? 0x7ff : 0xfff);
}

/* Bits of CR0 and of CR4 that some guests begin with and others without */
#define CR0_MAY		0x5000eULL	/* MP, EM, TS, WP, AM */

static void set_controls(struct maker *maker)
{
	uint64_t cr0 = CR0_USUAL, efer = EFER_SCE;

	if (maker->bits != 16)
		cr0 |= CR0_PE;
	if (maker->paging)
		cr0 |= CR0_PG;
	if (!below(maker, 3))
		cr0 |= CR0_MAY & hostile_random(&maker->guest->random);
	if (maker->bits == 64)
		efer |= EFER_LONG;
	if (below(maker, 2))
		efer |= EFER_NX;
	set(maker, TEAVMX_REG_CR0, cr0);
	set(maker, TEAVMX_REG_CR3, maker->paging ? AT_TABLES : 0);
	set(maker, TEAVMX_REG_CR4, maker->cr4);
	set(maker, TEAVMX_REG_EFER, efer);
}

static void set_general(struct maker *maker)
{
	uint32_t number;

	for (number = TEAVMX_REG_RAX; number <= TEAVMX_REG_R15; number++) {
		uint64_t value = hostile_random(&maker->guest->random);

		if (maker->bits != 64)
			value = number < TEAVMX_REG_R8 ? (uint32_t)value : 0;
		if (number == TEAVMX_REG_RSP)
			value = stack_of(maker->vcpu) + STACK_TOP;
		set(maker, number, value);
	}
	set(maker, TEAVMX_REG_RIP,
	    AT_CODE + maker->vcpu * (CODE_SIZE / HOSTILE_VCPUS));
	/* Level 3 may use ports, so that its instructions reach the engine. */
	set(maker, TEAVMX_REG_RFLAGS, (below(maker, 4) ? 0x202 : 0x2) |
	    (maker->user ? 0x3000 : 0) | (below(maker, 32) ? 0 : 0x100) |
	    (below(maker, 8) ? 0 : 0x40000));
}

static void set_others(struct maker *maker)
{
	set(maker, TEAVMX_REG_DR6, 0xffff0ff0);
	set(maker, TEAVMX_REG_DR7, 0x400);
	set(maker, TEAVMX_REG_CR2, 0x12345);
	set(maker, TEAVMX_REG_STAR, 0x0018000800000000ULL);
	set(maker, TEAVMX_REG_LSTAR, AT_CODE);
	set(maker, TEAVMX_REG_CSTAR, AT_CODE);
	set(maker, TEAVMX_REG_FMASK, 0);
	set(maker, TEAVMX_REG_KERNEL_GS_BASE, AT_DATA);
	set(maker, TEAVMX_REG_SYSENTER_CS, SELECTOR_CODE);
	set(maker, TEAVMX_REG_SYSENTER_ESP, stack_of(maker->vcpu) + STACK_TOP);
	set(maker, TEAVMX_REG_SYSENTER_EIP, AT_CODE);
}

static void set_registers(struct maker *maker, unsigned int vcpu)
{
	maker->vcpu = vcpu;
	maker->guest->count = 0;
	set_controls(maker);
	set_segments(maker);
	set_tables(maker);
	set_general(maker);
	set_others(maker);
}

static void choose_controls(struct maker *maker)
{
	static const uint64_t may[] = {
		/* VME, PVI, TSD, DE, PSE, PGE, PCE, FSGSBASE, OSXSAVE */
		0x1, 0x2, 0x4, 0x8, 0x10, 0x80, 0x100, 0x10000, 0x40000,
		CR4_SMEP, CR4_SMAP,
	};
	unsigned int i;

	maker->cr4 = CR4_USUAL | 0x40000;
	if (maker->guest->mode >= HOSTILE_PAE)
		maker->cr4 |= CR4_PAE;
	for (i = 0; i < sizeof(may) / sizeof(*may); i++)
		if (!below(maker, 4))
			maker->cr4 ^= may[i];
	if (maker->bits == 64 && !below(maker, 8))
		maker->cr4 |= 0x20000;
	maker->paging = maker->guest->mode >= HOSTILE_PAE ||
			(maker->guest->mode == HOSTILE_PROTECTED &&
			 below(maker, 2));
	maker->user = maker->bits != 16 && !below(maker, 4) &&
		      !(maker->cr4 & (CR4_SMEP | CR4_SMAP));
}

void hostile_make(struct hostile_guest *guest, uint64_t seed,
		  unsigned int vcpus)
{
	struct maker maker = { .guest = guest };
	unsigned int i;

	memset(guest, 0, sizeof(*guest));
	guest->random = (seed + 1) * 0x9e3779b97f4a7c15ULL;
	for (i = 0; i < 8; i++)
		hostile_random(&guest->random);
	guest->mode = below(&maker, HOSTILE_MODES);
	guest->plain = below(&maker, 2);
	guest->vcpus = below(&maker, 4) ? 1 : 1 + below(&maker, vcpus);
	maker.bits = guest->mode == HOSTILE_REAL ? 16 :
		     guest->mode == HOSTILE_LONG ? 64 : 32;
	choose_controls(&maker);
	put_vectors(&maker);
	put_handler(&maker);
	if (maker.bits != 16)
		put_descriptors(&maker);
	if (maker.paging)
		put_tables(&maker);
	for (i = 0; i < guest->vcpus; i++)
		set_registers(&maker, i);
	hostile_code(guest->ram + AT_CODE, maker.bits, &guest->random);
	for (i = AT_DATA; i < AT_STACKS; i += 8)
		put64(&maker, i, hostile_random(&guest->random));
}
