/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TEAVMX_SPACE_H
#define _TEAVMX_SPACE_H

#include <linux/atomic.h>
#include <linux/types.h>

/* Rights of a guest to a region, which it can always read. */
#define SPACE_WRITE	1
#define SPACE_EXEC	2

/**
 * struct space_region - a contiguous range of guest memory
 * @gpa: guest-physical address, page aligned
 * @size: bytes, a multiple of the page size
 * @access: SPACE_WRITE, SPACE_EXEC or neither; never both
 * @shared: several guests share the memory; space_destroy() does not free it
 * @data: address of the memory in the host
 */
struct space_region {
	u64 gpa;
	u32 size;
	unsigned int access;
	bool shared;
	void *data;
};

#define SPACE_REGIONS 5

/**
 * struct teavmx_space - a guest's memory
 * @regions: the regions, which do not overlap
 * @count: number of @regions
 * @pages: counts the pages of its VM; set once
 */
struct teavmx_space {
	struct space_region regions[SPACE_REGIONS];
	unsigned int count;
	atomic_long_t *pages;
};

void *space_add(struct teavmx_space *space, u64 gpa, size_t size,
		unsigned int access);
void *space_try_add(struct teavmx_space *space, u64 gpa, size_t size,
		    unsigned int access);
void space_remove(struct teavmx_space *space, u64 gpa);
const struct space_region *space_seal(struct teavmx_space *space, u64 gpa,
				      unsigned int access);
int space_share(struct teavmx_space *space, u64 gpa, void *data, size_t size,
		unsigned int access);
void space_clear(struct teavmx_space *space);
void space_destroy(struct teavmx_space *space);
phys_addr_t space_phys(const struct space_region *region, u32 offset);

#endif
