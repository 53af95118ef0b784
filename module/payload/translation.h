/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TEAVMX_PAYLOAD_TRANSLATION_H
#define _TEAVMX_PAYLOAD_TRANSLATION_H

#include <linux/types.h>

struct teavmx_vcpu;

void *translation_load(struct teavmx_vcpu *vcpu);
u64 translation_place(const struct teavmx_vcpu *vcpu);
bool translation_seal(struct teavmx_vcpu *vcpu, bool fits);

#endif
