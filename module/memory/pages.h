/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TEAVMX_PAGES_H
#define _TEAVMX_PAGES_H

#include <linux/atomic.h>
#include <linux/types.h>

/**
 * struct pages_limits - module parameters
 * @vm: pages of guest memory in a VM
 * @total: pages of guest memory in all VMs together
 */
struct pages_limits {
	unsigned long vm;
	unsigned long total;
};

extern struct pages_limits pages_limits;

void pages_init(void);
void pages_exit(void);
int pages_reserve(atomic_long_t *used, unsigned long count);
void pages_release(atomic_long_t *used, unsigned long count);
void pages_move(atomic_long_t *from, atomic_long_t *to, unsigned long count);
const char *pages_refused(int err);

#endif
