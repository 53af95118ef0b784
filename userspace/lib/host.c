// SPDX-License-Identifier: LGPL-2.1-or-later
#include <string.h>
#if defined(__x86_64__)
#include <cpuid.h>
#endif

#include "host.h"

#define FEATURE_VMX		0x00000020u	/* CPUID 1 ECX, bit 5 */
#define FEATURE_HYPERVISOR	0x80000000u	/* CPUID 1 ECX, bit 31 */

void teavmx_host_cpu(struct teavmx_host_cpu *cpu)
{
	unsigned int eax = 0, ebx = 0, ecx = 0, edx = 0;

	memset(cpu, 0, sizeof(*cpu));
#if defined(__x86_64__)
	if (__get_cpuid(0, &eax, &ebx, &ecx, &edx)) {
		memcpy(cpu->vendor, &ebx, sizeof(ebx));
		memcpy(cpu->vendor + 4, &edx, sizeof(edx));
		memcpy(cpu->vendor + 8, &ecx, sizeof(ecx));
	}
	ecx = 0;
	__get_cpuid(1, &eax, &ebx, &ecx, &edx);
#endif
	cpu->vmx = ecx & FEATURE_VMX;
	cpu->hypervisor = ecx & FEATURE_HYPERVISOR;
}

const char *teavmx_host_lacks(const struct teavmx_host_cpu *cpu)
{
	if (cpu->vmx)
		return NULL;
	if (!strcmp(cpu->vendor, "AuthenticAMD") ||
	    !strcmp(cpu->vendor, "HygonGenuine"))
		return "is one of AMD, not of Intel, and has no VMX";
	if (cpu->hypervisor)
		return "has no VMX, which the hypervisor of this virtual machine does not show";
	return "has no VMX (Intel VT-x)";
}
