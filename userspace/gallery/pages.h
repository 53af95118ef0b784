/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef GALLERY_PAGES_H
#define GALLERY_PAGES_H

#include <stddef.h>
#include <stdint.h>

/* Pages of this process whose physical addresses are known */
enum page {
	PAGE_NONE,
	/* Four levels of EPT; they map PAGE_CODE and PAGE_DATA. */
	PAGE_EPT_4,
	PAGE_EPT_3,
	PAGE_EPT_2,
	PAGE_EPT_1,
	PAGE_CODE,
	PAGE_DATA,
	/* Its task priority is 5. */
	PAGE_VIRTUAL_APIC,
	/* All zeros: nothing exits */
	PAGE_MSR_BITMAPS,
	PAGE_LOG,
	/* One entry, for IA32_FS_BASE */
	PAGE_MSR_LOAD,
	PAGE_COUNT,
};

/**
 * pages_prepare() - fill the pages, the first time make them
 * @code: what PAGE_CODE holds
 * @size: its bytes
 * @data_rights: EPT rights of PAGE_DATA
 *
 * Return: 0, or -1 with errno.
 */
int pages_prepare(const void *code, size_t size, uint64_t data_rights);

/**
 * pages_address() - physical address of a page
 * @page: the page
 *
 * Return: the address, 0 for PAGE_NONE.
 */
uint64_t pages_address(enum page page);

#endif
