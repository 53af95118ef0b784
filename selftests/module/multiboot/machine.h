/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MULTIBOOT_MACHINE_H
#define MULTIBOOT_MACHINE_H

#include "pc.h"

/* Status of multiboot_guest: what a program ends with is at most VALUE_MAX. */
#define VALUE_MAX	100
#define STUCK		101
#define CANNOT_RUN	102

/* What a loader leaves in EAX (Multiboot specification, "Machine state") */
#define MULTIBOOT_LOADED	0x2badb002u

/**
 * teavmx_machine() - run a program in a raw VM of teavmx
 * @pc: the machine, without RAM
 * @path: the program
 * @arguments: its arguments
 *
 * It returns when the program has ended, and does not return when that cannot be.
 */
void teavmx_machine(struct pc *pc, const char *path, char **arguments);

/**
 * kvm_machine() - run a program in a VM of KVM
 * @pc: the machine, without RAM
 * @path: the program
 * @arguments: its arguments
 *
 * As teavmx_machine().
 */
void kvm_machine(struct pc *pc, const char *path, char **arguments);

#endif
