/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TEAVMX_RAM_FILE_H
#define _TEAVMX_RAM_FILE_H

struct file;
struct teavmx_ram;

struct file *ram_file_create(struct teavmx_ram *ram, void (*put)(void *owner),
			     void *owner);

#endif
