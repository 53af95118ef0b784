/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef TEAVMX_HOST_H
#define TEAVMX_HOST_H

#include <stdbool.h>

/* The next step on a machine that cannot run guests in VMX */
#define TEAVMX_EMULATED_HOST \
	"for an emulated Intel host, in the sources of teavmx: make shell"

/**
 * struct teavmx_host_cpu - What CPUID reports on the processor of this machine.
 * @vendor: the vendor's name, such as GenuineIntel; empty on another architecture
 * @vmx: it has VMX
 * @hypervisor: this machine is a virtual one
 */
struct teavmx_host_cpu {
	char vendor[13];
	bool vmx;
	bool hypervisor;
};

/**
 * teavmx_host_cpu() - Read what CPUID reports on the processor.
 * @cpu: receives it
 */
void teavmx_host_cpu(struct teavmx_host_cpu *cpu);

/**
 * teavmx_host_lacks() - Why the processor of this machine cannot run guests in VMX.
 * @cpu: the processor
 *
 * Return: text that follows "the processor", NULL if it can.
 */
const char *teavmx_host_lacks(const struct teavmx_host_cpu *cpu);

#endif
