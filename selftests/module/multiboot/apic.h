/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MULTIBOOT_APIC_H
#define MULTIBOOT_APIC_H

#include <stdbool.h>
#include <stdint.h>

#define APIC_BASE	0xfee00000ULL
#define APIC_SIZE	0x1000

/**
 * struct apic - a local APIC that sends interrupts to its own processor only
 * @registers: its registers, one for each 16 bytes
 * @nmi: an NMI waits for its delivery
 */
struct apic {
	uint32_t registers[APIC_SIZE / 16];
	bool nmi;
};

/**
 * apic_init() - an APIC after reset
 * @apic: the APIC
 */
void apic_init(struct apic *apic);

/**
 * apic_read() - read a register
 * @apic: the APIC
 * @offset: its place from APIC_BASE on
 *
 * Return: the value.
 */
uint32_t apic_read(const struct apic *apic, unsigned int offset);

/**
 * apic_write() - write a register
 * @apic: the APIC
 * @offset: its place from APIC_BASE on
 * @value: what to write
 */
void apic_write(struct apic *apic, unsigned int offset, uint32_t value);

/**
 * apic_waiting() - the interrupt that the processor gets next
 * @apic: the APIC
 *
 * Return: its vector, or -1 if none may be delivered.
 */
int apic_waiting(const struct apic *apic);

/**
 * apic_accept() - the processor accepts an interrupt
 * @apic: the APIC
 *
 * Return: its vector, as apic_waiting().
 */
int apic_accept(struct apic *apic);

#endif
