/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TEAVMX_DUMP_H
#define TEAVMX_DUMP_H

#include <jansson.h>

#include <userspace/lib/teavmx.h>

/**
 * dump_instruction() - the instruction at RIP of a stopped vCPU of a raw VM
 * @teavmx: handle
 * @vm: its VM
 * @vcpu: the vCPU
 * @text: receives it; empty when it cannot be read
 * @size: bytes of @text
 *
 * Warns once when the library that decodes instructions is missing.
 */
void dump_instruction(struct teavmx *teavmx, uint32_t vm, uint32_t vcpu,
		      char *text, size_t size);

/**
 * dump_print() - show the registers of a stopped vCPU on stderr
 * @teavmx: handle
 * @vm: its VM
 * @vcpu: the vCPU
 *
 * Prints nothing when they cannot be read.
 */
void dump_print(struct teavmx *teavmx, uint32_t vm, uint32_t vcpu);

/**
 * dump_json() - the registers of a stopped vCPU as a JSON object
 * @teavmx: handle
 * @vm: its VM
 * @vcpu: the vCPU
 *
 * Return: a new reference; empty when they cannot be read.
 */
json_t *dump_json(struct teavmx *teavmx, uint32_t vm, uint32_t vcpu);

#endif
