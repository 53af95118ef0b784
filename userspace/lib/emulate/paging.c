// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * SDM "Paging": the walk through a guest's page tables, "Access Rights",
 * "Page-Fault Exceptions" and "Accessed and Dirty Flags".
 */
#include <errno.h>
#include <string.h>

#include "core.h"

#define CR0_WP		0x10000u
#define CR0_PG		0x80000000u
#define CR4_PSE		0x10u
#define CR4_PAE		0x20u
#define CR4_LA57	0x1000u
#define CR4_SMAP	0x200000u
#define CR4_PKE		0x400000u
#define EFER_LMA	0x400u
#define EFER_NXE	0x800u
#define PAGE_BITS	12
#define PAGE_MASK	0xfffULL
#define LEVELS_MAX	5

#define ENTRY_PRESENT	1u
#define ENTRY_WRITABLE	2u
#define ENTRY_USER	4u
#define ENTRY_ACCESSED	0x20u
#define ENTRY_DIRTY	0x40u
#define ENTRY_LARGE	0x80u
#define ENTRY_NX	0x8000000000000000ULL
/* Bits 51:12, an address in an entry of 8 bytes */
#define ADDRESS_MASK	0x000ffffffffff000ULL
#define PKRU_ACCESS	1u
#define PKRU_WRITE	2u

#define ERROR_PRESENT	1u
#define ERROR_WRITE	2u
#define ERROR_USER	4u
#define ERROR_RESERVED	8u
#define ERROR_KEY	0x20u

/* A way to page: tables in @levels, @bits of the address choose an entry */
struct paging {
	unsigned int levels;
	unsigned int bits;
	unsigned int entry_size;
	unsigned int linear_bits;
	uint64_t root;
	bool large;
};

/* A walk: the entries on the way from the top (@top) down to the page */
struct walk {
	struct emulator *emulator;
	struct paging paging;
	uint64_t linear;
	enum emulator_access access;
	uint64_t address[LEVELS_MAX + 1];
	uint64_t entry[LEVELS_MAX + 1];
	/* The level of the entry that maps the page */
	unsigned int leaf;
	uint64_t rights;
};

static struct paging paging_of(struct emulator *emulator)
{
	uint64_t cr3 = *register_of(emulator, TEAVMX_REG_CR3);
	uint64_t cr4 = *register_of(emulator, TEAVMX_REG_CR4);

	if (*register_of(emulator, TEAVMX_REG_EFER) & EFER_LMA)
		return (struct paging){
			.levels = cr4 & CR4_LA57 ? 5 : 4,
			.bits = 9,
			.entry_size = 8,
			.linear_bits = cr4 & CR4_LA57 ? 57 : 48,
			.root = cr3 & ADDRESS_MASK,
			.large = true,
		};
	if (cr4 & CR4_PAE)
		return (struct paging){
			.levels = 3,
			.bits = 9,
			.entry_size = 8,
			.linear_bits = 32,
			.root = cr3 & 0xffffffe0,
			.large = true,
		};
	return (struct paging){
		.levels = 2,
		.bits = 10,
		.entry_size = 4,
		.linear_bits = 32,
		.root = cr3 & 0xfffff000,
		.large = cr4 & CR4_PSE,
	};
}

static bool is_canonical(uint64_t linear, unsigned int bits)
{
	int64_t top = (int64_t)linear >> (bits - 1);

	return !top || top == -1;
}

bool linear_canonical(struct emulator *emulator, uint64_t linear)
{
	struct paging paging = paging_of(emulator);

	return paging.linear_bits == 32 ||
	       is_canonical(linear, paging.linear_bits);
}

/* The four entries on top of PAE paging hold no rights and no flags. */
static bool is_pdpte(const struct walk *walk, unsigned int level)
{
	return walk->paging.levels == 3 && level == 3;
}

static bool is_large(const struct walk *walk, unsigned int level)
{
	if (level == 1)
		return true;
	return walk->paging.large && walk->entry[level] & ENTRY_LARGE &&
	       (level == 2 || (level == 3 && walk->paging.levels > 3));
}

static uint64_t address_in(const struct walk *walk, unsigned int level)
{
	uint64_t entry = walk->entry[level];

	if (walk->paging.entry_size == 8)
		return entry & ADDRESS_MASK;
	/* Of a page of 4 MiB, bits 20:13 are bits 39:32 of the address. */
	if (level == 2 && is_large(walk, level))
		return (entry & 0xffc00000) | (entry >> 13 & 0xff) << 32;
	return entry & 0xfffff000;
}

static unsigned int shift_of(const struct walk *walk, unsigned int level)
{
	return PAGE_BITS + (level - 1) * walk->paging.bits;
}

/* Bits of an entry that must be 0: SDM "Reserved bits" of each kind of table */
static uint64_t reserved_in(const struct walk *walk, unsigned int level)
{
	struct emulator *emulator = walk->emulator;
	bool large = level > 1 && is_large(walk, level);
	uint64_t reserved = 0;

	if (walk->paging.entry_size == 4)
		return large ? 1u << 21 : 0;
	if (emulator->physical_bits && emulator->physical_bits < 52)
		reserved = ADDRESS_MASK &
			   ~((1ULL << emulator->physical_bits) - 1);
	/* PDPTEs of PAE paging were checked when CR3 was loaded. */
	if (is_pdpte(walk, level))
		return 0;
	/* Outside of long mode, bits 62:52 are reserved too. */
	if (walk->paging.levels == 3)
		reserved |= 0x7ff0000000000000ULL;
	if (!(*register_of(emulator, TEAVMX_REG_EFER) & EFER_NXE))
		reserved |= ENTRY_NX;
	if (level > 3)
		reserved |= ENTRY_LARGE;
	if (large)
		reserved |= ((1ULL << shift_of(walk, level)) - 1) & ~0x1fffULL;
	return reserved;
}

static bool is_write(enum emulator_access access)
{
	return access == EMULATOR_WRITE || access == EMULATOR_WRITE_SYSTEM;
}

static bool is_system(enum emulator_access access)
{
	return access == EMULATOR_READ_SYSTEM ||
	       access == EMULATOR_WRITE_SYSTEM;
}

static bool is_user(const struct walk *walk)
{
	return !is_system(walk->access) && mode_cpl(walk->emulator) == 3;
}

static int walk_unmapped(const struct walk *walk, const char *why)
{
	teavmx_fail(walk->emulator->error, TEAVMX_REQUEST, EFAULT, NULL,
		    "linear address 0x%llx is not mapped: %s",
		    (unsigned long long)walk->linear, why);
	errno = EFAULT;
	return EMULATOR_FAILED;
}

static int page_fault(const struct walk *walk, uint32_t error, const char *why)
{
	struct emulator *emulator = walk->emulator;

	if (walk->access == EMULATOR_PEEK)
		return walk_unmapped(walk, why);
	if (is_write(walk->access))
		error |= ERROR_WRITE;
	if (is_user(walk))
		error |= ERROR_USER;
	*register_of(emulator, TEAVMX_REG_CR2) = walk->linear;
	return fault_raise(emulator, VECTOR_PF, error);
}

static int read_entry(struct walk *walk, unsigned int level, uint64_t table)
{
	struct emulator *emulator = walk->emulator;
	uint64_t mask = (1ULL << walk->paging.bits) - 1;
	int err;

	walk->entry[level] = 0;
	walk->address[level] = table +
		(walk->linear >> shift_of(walk, level) & mask) *
		walk->paging.entry_size;
	err = emulator->ops->ram(emulator->data, false, walk->address[level],
				 &walk->entry[level], walk->paging.entry_size);
	return err > 0 ? walk_unmapped(walk, "a page table is not in RAM") : err;
}

static int walk_down(struct walk *walk)
{
	uint64_t table = walk->paging.root;
	unsigned int level;

	walk->rights = ENTRY_WRITABLE | ENTRY_USER;
	for (level = walk->paging.levels; level; level--) {
		if (read_entry(walk, level, table))
			return EMULATOR_FAILED;
		if (!(walk->entry[level] & ENTRY_PRESENT))
			return page_fault(walk, 0,
					  "a page-table entry is not present");
		if (walk->access != EMULATOR_PEEK &&
		    walk->entry[level] & reserved_in(walk, level))
			return page_fault(walk, ERROR_PRESENT | ERROR_RESERVED,
					  "a page-table entry has reserved bits");
		if (!is_pdpte(walk, level))
			walk->rights &= walk->entry[level];
		if (is_large(walk, level)) {
			walk->leaf = level;
			return EMULATOR_DONE;
		}
		table = address_in(walk, level);
	}
	return EMULATOR_FAILED;
}

static bool key_forbids(const struct walk *walk)
{
	struct emulator *emulator = walk->emulator;
	unsigned int key = walk->entry[walk->leaf] >> 59 & 0xf;
	uint32_t rights = emulator->pkru >> 2 * key;

	if (walk->paging.levels < 4 || !(walk->rights & ENTRY_USER) ||
	    !(*register_of(emulator, TEAVMX_REG_CR4) & CR4_PKE))
		return false;
	if (rights & PKRU_ACCESS)
		return true;
	return rights & PKRU_WRITE && is_write(walk->access) &&
	       (is_user(walk) ||
		*register_of(emulator, TEAVMX_REG_CR0) & CR0_WP);
}

static bool rights_forbid(const struct walk *walk)
{
	struct emulator *emulator = walk->emulator;
	bool writable = walk->rights & ENTRY_WRITABLE;

	if (is_user(walk))
		return !(walk->rights & ENTRY_USER) ||
		       (is_write(walk->access) && !writable);
	if (is_write(walk->access) && !writable &&
	    *register_of(emulator, TEAVMX_REG_CR0) & CR0_WP)
		return true;
	if (!(walk->rights & ENTRY_USER) ||
	    !(*register_of(emulator, TEAVMX_REG_CR4) & CR4_SMAP))
		return false;
	return is_system(walk->access) ||
	       !(*register_of(emulator, TEAVMX_REG_RFLAGS) & FLAG_AC);
}

/*
 * Both flags are in the lowest byte, and only that is written: what another
 * vCPU does to the rest of the entry meanwhile is kept.
 */
static int mark_used(const struct walk *walk)
{
	struct emulator *emulator = walk->emulator;
	unsigned int level;

	for (level = walk->paging.levels; level >= walk->leaf; level--) {
		uint8_t flags = (uint8_t)walk->entry[level] | ENTRY_ACCESSED;

		if (is_pdpte(walk, level))
			continue;
		if (level == walk->leaf && is_write(walk->access))
			flags |= ENTRY_DIRTY;
		if (flags != (uint8_t)walk->entry[level] &&
		    emulator->ops->ram(emulator->data, true,
				       walk->address[level], &flags, 1))
			return walk_unmapped(walk, "a page table is not in RAM");
	}
	return EMULATOR_DONE;
}

static int walk_translate(struct walk *walk, uint64_t *physical)
{
	uint64_t inside;
	int err;

	err = walk_down(walk);
	if (err)
		return err;
	inside = (1ULL << shift_of(walk, walk->leaf)) - 1;
	*physical = (address_in(walk, walk->leaf) & ~inside) |
		    (walk->linear & inside);
	if (walk->access == EMULATOR_PEEK)
		return EMULATOR_DONE;
	if (rights_forbid(walk))
		return page_fault(walk, ERROR_PRESENT, NULL);
	if (key_forbids(walk))
		return page_fault(walk, ERROR_PRESENT | ERROR_KEY, NULL);
	return mark_used(walk);
}

static bool page_known(const struct emulator *emulator, uint64_t linear,
		       enum emulator_access access, uint64_t *physical)
{
	unsigned int i;

	for (i = 0; i < EMULATOR_PAGES; i++) {
		const struct emulator_page *page = &emulator->pages[i];

		if (page->valid && page->linear == (linear & ~PAGE_MASK) &&
		    (page->write || access == EMULATOR_READ)) {
			*physical = page->physical | (linear & PAGE_MASK);
			return true;
		}
	}
	return false;
}

static void page_note(struct emulator *emulator, uint64_t linear,
		      enum emulator_access access, uint64_t physical)
{
	emulator->pages[emulator->next_page++ % EMULATOR_PAGES] =
		(struct emulator_page){
			.linear = linear & ~PAGE_MASK,
			.physical = physical & ~PAGE_MASK,
			.write = access == EMULATOR_WRITE,
			.valid = true,
		};
}

int emulator_translate(struct emulator *emulator, uint64_t linear,
		       enum emulator_access access, uint64_t *physical)
{
	bool ordinary = access == EMULATOR_READ || access == EMULATOR_WRITE;
	struct walk walk = {
		.emulator = emulator,
		.paging = paging_of(emulator),
		.access = access,
	};
	int err;

	if (walk.paging.linear_bits == 32)
		linear &= UINT32_MAX;
	walk.linear = linear;
	if (walk.paging.linear_bits > 32 &&
	    !is_canonical(linear, walk.paging.linear_bits))
		return walk_unmapped(&walk, "it is not canonical");
	if (!(*register_of(emulator, TEAVMX_REG_CR0) & CR0_PG)) {
		*physical = linear;
		return EMULATOR_DONE;
	}
	if (ordinary && page_known(emulator, linear, access, physical))
		return EMULATOR_DONE;
	err = walk_translate(&walk, physical);
	if (!err && ordinary)
		page_note(emulator, linear, access, *physical);
	return err;
}
