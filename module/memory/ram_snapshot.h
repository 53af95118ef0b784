/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TEAVMX_RAM_SNAPSHOT_H
#define _TEAVMX_RAM_SNAPSHOT_H

#include <linux/types.h>

struct ram_base;
struct teavmx_ram;

int ram_snapshot_take(struct teavmx_ram *ram);
void ram_snapshot_reset(struct teavmx_ram *ram);
void ram_snapshot_attach(struct teavmx_ram *ram, struct ram_base *base);
bool ram_snapshot_has(struct teavmx_ram *ram, u64 gpa);
bool ram_dirty_next(struct teavmx_ram *ram, u64 *gpa);
u64 ram_pages_used(const struct teavmx_ram *ram);

#endif
