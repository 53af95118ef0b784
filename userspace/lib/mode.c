// SPDX-License-Identifier: LGPL-2.1-or-later
#include <errno.h>
#include <stdlib.h>

#include <uapi/regs.h>

#include "internal.h"

#define CR0_PE		0x1ULL
#define CR0_MP		0x2ULL
#define CR0_ET		0x10ULL
#define CR0_PG		0x80000000ULL
#define CR4_PAE		0x20ULL
#define CR4_OSFXSR	0x200ULL
#define CR4_OSXMMEXCPT	0x400ULL
#define EFER_LME	0x100ULL
#define EFER_LMA	0x400ULL
#define DR7_ONES	0x400ULL
/* IF is set, as only events that are injected reach the guest. */
#define RFLAGS_START	0x202ULL

#define RIGHTS_CODE_16	0x9bULL
#define RIGHTS_DATA_16	0x93ULL
#define RIGHTS_CODE_32	0xc09bULL
#define RIGHTS_CODE_64	0xa09bULL
#define RIGHTS_DATA_32	0xc093ULL
#define RIGHTS_LDT	0x82ULL
#define RIGHTS_BUSY_TSS	0x8bULL
#define FLAT_LIMIT	0xffffffffULL

#define SELECTOR_CODE_32	0x08
#define SELECTOR_DATA		0x10
#define SELECTOR_CODE_64	0x18

/* A descriptor of a segment of 4 GiB with these rights */
#define DESCRIPTOR(rights) \
	(0x000f00000000ffffULL | ((rights) & 0xf0ff) << 40)

#define PAGE_PRESENT_WRITABLE	0x3ULL
#define PAGE_LARGE		0x80ULL
#define LARGE_PAGE_SIZE		0x200000ULL
#define ENTRIES			(TEAVMX_PAGE_SIZE / sizeof(uint64_t))

#define REAL_MODE_END		0x100000ULL
#define SEGMENTS_OF_DATA	5
#define REGISTERS_MAX		64

struct list {
	size_t count;
	struct teavmx_register registers[REGISTERS_MAX];
};

static void list_set(struct list *list, uint32_t number, uint64_t value)
{
	list->registers[list->count++] =
		(struct teavmx_register){ number, value };
}

/* The four register numbers of a segment are consecutive. */
static void set_segment(struct list *list, uint32_t number, uint64_t selector,
			uint64_t base, uint64_t limit, uint64_t rights)
{
	list_set(list, number, selector);
	list_set(list, number + (TEAVMX_REG_ES_BASE - TEAVMX_REG_ES), base);
	list_set(list, number + (TEAVMX_REG_ES_LIMIT - TEAVMX_REG_ES), limit);
	list_set(list, number + (TEAVMX_REG_ES_RIGHTS - TEAVMX_REG_ES), rights);
}

static void set_data_segments(struct list *list, uint64_t selector,
			      uint64_t limit, uint64_t rights)
{
	static const uint32_t numbers[SEGMENTS_OF_DATA] = {
		TEAVMX_REG_ES, TEAVMX_REG_SS, TEAVMX_REG_DS,
		TEAVMX_REG_FS, TEAVMX_REG_GS,
	};
	size_t i;

	for (i = 0; i < SEGMENTS_OF_DATA; i++)
		set_segment(list, numbers[i], selector, 0, limit, rights);
}

static void set_common(struct list *list, uint64_t table, uint64_t gdt_limit,
		       uint64_t idt_limit)
{
	set_segment(list, TEAVMX_REG_LDTR, 0, 0, 0xffff, RIGHTS_LDT);
	set_segment(list, TEAVMX_REG_TR, 0, 0, 0xffff, RIGHTS_BUSY_TSS);
	list_set(list, TEAVMX_REG_GDTR_BASE, table);
	list_set(list, TEAVMX_REG_GDTR_LIMIT, gdt_limit);
	list_set(list, TEAVMX_REG_IDTR_BASE, 0);
	list_set(list, TEAVMX_REG_IDTR_LIMIT, idt_limit);
	list_set(list, TEAVMX_REG_RFLAGS, RFLAGS_START);
	list_set(list, TEAVMX_REG_DR7, DR7_ONES);
	list_set(list, TEAVMX_REG_INTERRUPTIBILITY, 0);
	list_set(list, TEAVMX_REG_ACTIVITY, 0);
}

/* The highest selector that reaches the stack leaves the most room below it. */
static void set_real_stack(struct list *list, uint64_t stack)
{
	uint64_t selector = stack < 0x10000 ? 0 : (stack >> 4) - 0xfff;
	uint32_t base = TEAVMX_REG_SS + (TEAVMX_REG_ES_BASE - TEAVMX_REG_ES);
	size_t i;

	for (i = 0; i < list->count; i++) {
		if (list->registers[i].number == TEAVMX_REG_SS)
			list->registers[i].value = selector;
		if (list->registers[i].number == base)
			list->registers[i].value = selector << 4;
	}
	list_set(list, TEAVMX_REG_RSP, stack - (selector << 4));
}

static void enter_real(struct list *list, uint64_t entry, uint64_t stack)
{
	uint64_t selector = entry < 0x10000 ? 0 : entry >> 4;

	set_common(list, 0, 0xffff, 0xffff);
	set_data_segments(list, 0, 0xffff, RIGHTS_DATA_16);
	set_real_stack(list, stack);
	set_segment(list, TEAVMX_REG_CS, selector, selector << 4, 0xffff,
		    RIGHTS_CODE_16);
	list_set(list, TEAVMX_REG_RIP, entry - (selector << 4));
	list_set(list, TEAVMX_REG_CR0, CR0_ET);
	list_set(list, TEAVMX_REG_CR4, 0);
	list_set(list, TEAVMX_REG_EFER, 0);
}

static void enter_flat(struct list *list, bool is_long, uint64_t entry,
		       uint64_t stack, uint64_t tables)
{
	set_common(list, tables, 4 * sizeof(uint64_t) - 1, 0);
	set_data_segments(list, SELECTOR_DATA, FLAT_LIMIT, RIGHTS_DATA_32);
	set_segment(list, TEAVMX_REG_CS,
		    is_long ? SELECTOR_CODE_64 : SELECTOR_CODE_32, 0,
		    FLAT_LIMIT, is_long ? RIGHTS_CODE_64 : RIGHTS_CODE_32);
	list_set(list, TEAVMX_REG_RIP, entry);
	list_set(list, TEAVMX_REG_RSP, stack);
	if (is_long) {
		list_set(list, TEAVMX_REG_CR3, tables + TEAVMX_PAGE_SIZE);
		list_set(list, TEAVMX_REG_CR0, CR0_PG | CR0_ET | CR0_MP | CR0_PE);
		/* Compilers use SSE for 64-bit code by default. */
		list_set(list, TEAVMX_REG_CR4, CR4_PAE | CR4_OSFXSR | CR4_OSXMMEXCPT);
		list_set(list, TEAVMX_REG_EFER, EFER_LMA | EFER_LME);
	} else {
		list_set(list, TEAVMX_REG_CR0, CR0_ET | CR0_PE);
		list_set(list, TEAVMX_REG_CR4, 0);
		list_set(list, TEAVMX_REG_EFER, 0);
	}
}

static int write_gdt(struct teavmx *teavmx, uint32_t vm, uint64_t tables)
{
	static const uint64_t gdt[] = {
		0,
		DESCRIPTOR(RIGHTS_CODE_32),
		DESCRIPTOR(RIGHTS_DATA_32),
		DESCRIPTOR(RIGHTS_CODE_64),
	};

	return teavmx_mem_write(teavmx, vm, tables, gdt, sizeof(gdt));
}

/* One table on each of the two upper levels, and 512 pages of 2 MiB below */
static int write_page_tables(struct teavmx *teavmx, uint32_t vm,
			     uint64_t tables)
{
	uint64_t (*pages)[ENTRIES] = calloc(3, sizeof(*pages));
	uint64_t first = tables + TEAVMX_PAGE_SIZE;
	size_t i;
	int err;

	if (!pages)
		return teavmx_fail(&teavmx->error, TEAVMX_REQUEST, ENOMEM, NULL,
				   "no memory for page tables");
	pages[0][0] = (first + TEAVMX_PAGE_SIZE) | PAGE_PRESENT_WRITABLE;
	pages[1][0] = (first + 2 * TEAVMX_PAGE_SIZE) | PAGE_PRESENT_WRITABLE;
	for (i = 0; i < ENTRIES; i++)
		pages[2][i] = i * LARGE_PAGE_SIZE | PAGE_LARGE |
			      PAGE_PRESENT_WRITABLE;
	err = teavmx_mem_write(teavmx, vm, first, pages, 3 * sizeof(*pages));
	free(pages);
	return err;
}

static int mode_refuse(struct teavmx *teavmx, const char *what, uint64_t address,
		       const char *expected)
{
	return teavmx_fail(&teavmx->error, TEAVMX_REQUEST, EINVAL, NULL,
			   "%s 0x%llx: expected %s", what,
			   (unsigned long long)address, expected);
}

static int mode_check(struct teavmx *teavmx, enum teavmx_mode mode, uint64_t entry,
		      uint64_t stack, uint64_t tables)
{
	if (mode == TEAVMX_MODE_REAL && entry >= REAL_MODE_END)
		return mode_refuse(teavmx, "entry", entry,
				   "an address below 1 MiB in real mode");
	if (mode == TEAVMX_MODE_REAL && stack > REAL_MODE_END)
		return mode_refuse(teavmx, "stack", stack,
				   "an address of 1 MiB at most in real mode");
	if (mode != TEAVMX_MODE_LONG && entry > UINT32_MAX)
		return mode_refuse(teavmx, "entry", entry,
				   "an address below 4 GiB in protected mode");
	if (mode != TEAVMX_MODE_LONG && stack > UINT32_MAX)
		return mode_refuse(teavmx, "stack", stack,
				   "an address below 4 GiB in protected mode");
	if (mode != TEAVMX_MODE_REAL && tables % TEAVMX_PAGE_SIZE)
		return mode_refuse(teavmx, "tables", tables,
				   "the beginning of a page");
	return 0;
}

int teavmx_mode_enter(struct teavmx *teavmx, uint32_t vm, uint32_t vcpu,
		      enum teavmx_mode mode, uint64_t entry, uint64_t stack,
		      uint64_t tables)
{
	struct list list = { 0 };

	if (mode_check(teavmx, mode, entry, stack, tables))
		return -1;
	if (mode == TEAVMX_MODE_REAL)
		enter_real(&list, entry, stack);
	else
		enter_flat(&list, mode == TEAVMX_MODE_LONG, entry, stack,
			   tables);
	if (mode != TEAVMX_MODE_REAL && write_gdt(teavmx, vm, tables))
		return -1;
	if (mode == TEAVMX_MODE_LONG && write_page_tables(teavmx, vm, tables))
		return -1;
	return teavmx_regs_set(teavmx, vm, vcpu, list.registers, list.count);
}
