/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TEAVMX_VMX_EPT_H
#define _TEAVMX_VMX_EPT_H

#include <linux/list.h>
#include <linux/types.h>

struct space_region;
struct teavmx_space;

/**
 * struct ept - the extended page tables of one guest
 * @root: page of the top-level table (EPT PML4), or NULL
 * @tables: all tables, by page->lru; valid with @root
 */
struct ept {
	u64 *root;
	struct list_head tables;
};

int ept_create(struct ept *ept, const struct ept *shared,
	       const struct teavmx_space *space);
int ept_map(struct ept *ept, const struct space_region *region);
int ept_prepare(struct ept *ept, u64 gpa);
int ept_map_page(struct ept *ept, u64 gpa, phys_addr_t phys,
		 unsigned int access, u64 without);
bool ept_is_mapped(const struct ept *ept, u64 gpa);
void ept_destroy(struct ept *ept);
void ept_forget(const struct ept *ept);
u64 ept_pointer(const struct ept *ept);

#endif
