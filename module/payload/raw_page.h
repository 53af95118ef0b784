/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TEAVMX_RAW_PAGE_H
#define _TEAVMX_RAW_PAGE_H

struct file;
struct teavmx_vcpu;

struct file *raw_page_create(struct teavmx_vcpu *vcpu);

#endif
