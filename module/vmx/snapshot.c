// SPDX-License-Identifier: GPL-2.0-only
#include "snapshot.h"
#include "load.h"
#include "run.h"
#include "vmcs.h"

#include <linux/bits.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/uaccess.h>
#include <asm/msr.h>
#include <asm/processor.h>

/*
 * A snapshot of a VMCS is shown to users, and the doctor in the library finds
 * out from it why an entry failed. Addresses of the host do not leave the kernel.
 */

static const u32 snapshot_fields[] = {
#define SNAPSHOT_FIELD(name, encoding, text) (encoding),
	VMCS_FIELDS(SNAPSHOT_FIELD)
};

/* Bits 14:13 and 11:10 of an encoding: the width and the area */
#define SNAPSHOT_TABLE(encoding)	((encoding) & 0x6c00)
#define SNAPSHOT_CONTROL_64		0x2000
#define SNAPSHOT_HOST_NATURAL		0x6c00

/* A field counts as an address unless it is known to be none. */
static bool snapshot_has_host_address(u32 field)
{
	switch (field) {
	case VMCS_FIELD_TSC_OFFSET:
	case VMCS_FIELD_VM_FUNCTION_CONTROLS:
	case VMCS_FIELD_EOI_EXIT_BITMAP_0:
	case VMCS_FIELD_EOI_EXIT_BITMAP_1:
	case VMCS_FIELD_EOI_EXIT_BITMAP_2:
	case VMCS_FIELD_EOI_EXIT_BITMAP_3:
	case VMCS_FIELD_XSS_EXITING_BITMAP:
	case VMCS_FIELD_ENCLS_EXITING_BITMAP:
	case VMCS_FIELD_TSC_MULTIPLIER:
	case VMCS_FIELD_TERTIARY_CONTROLS:
	case VMCS_FIELD_SECONDARY_EXIT_CONTROLS:
	case VMCS_FIELD_HOST_CR0:
	case VMCS_FIELD_HOST_CR4:
		return false;
	default:
		return SNAPSHOT_TABLE(field) == SNAPSHOT_CONTROL_64 ||
		       SNAPSHOT_TABLE(field) == SNAPSHOT_HOST_NATURAL;
	}
}

/* Those that the host program wrote itself are no secret. */
static bool snapshot_is_written(const struct vmx_vcpu *vmx,
				const struct vmx_fact *fact)
{
	unsigned int i;

	for (i = 0; i < vmx->write_count; i++)
		if (vmx->writes[i].field == fact->number &&
		    vmx->writes[i].value == fact->value)
			return true;
	return false;
}

static unsigned int snapshot_linear_bits(void)
{
	return cpuid_eax(0x80000008) >> 8 & 0xff;
}

/*
 * The bits that reveal where in the host something is become 0. What is left,
 * the offset in a page and the highest bits, is all that a rule checks.
 */
static void snapshot_hide(const struct vmx_vcpu *vmx, struct vmx_fact *fact)
{
	if (!snapshot_is_written(vmx, fact))
		fact->value &= ~GENMASK_ULL(snapshot_linear_bits() - 2,
					    PAGE_SHIFT);
}

/*
 * A VMREAD of a field that the processor lacks fails, and writes the field of the
 * VM-instruction error. So its value is from after the last VMLAUNCH or VMRESUME.
 */
static bool snapshot_read_field(const struct vmx_vcpu *vmx, u32 field,
				u64 *value)
{
	if (field != VMCS_FIELD_INSTRUCTION_ERROR)
		return vmx_vmread(field, value);
	*value = vmx->exit.error;
	return true;
}

static void snapshot_take_fields(const struct vmx_vcpu *vmx,
				 struct vmx_snapshot *snapshot, bool addresses)
{
	unsigned int i;

	snapshot->field_count = 0;
	for (i = 0; i < ARRAY_SIZE(snapshot_fields); i++) {
		struct vmx_fact *to = &snapshot->fields[snapshot->field_count];
		bool address = snapshot_has_host_address(snapshot_fields[i]);

		to->number = snapshot_fields[i];
		if (address && !addresses)
			continue;
		/* A processor need not have all of them. */
		if (!snapshot_read_field(vmx, to->number, &to->value))
			continue;
		if (address)
			snapshot_hide(vmx, to);
		snapshot->field_count++;
	}
}

static void snapshot_add_word(struct vmx_snapshot *snapshot, u32 word,
			      u64 value)
{
	struct vmx_fact *to = &snapshot->words[snapshot->word_count++];

	to->number = word;
	to->value = value;
}

/* If CPUID does not have the leaf, all registers are 0. */
static void snapshot_cpuid(u32 leaf, u32 subleaf, u32 regs[4])
{
	memset(regs, 0, 4 * sizeof(*regs));
	if (cpuid_eax(0) >= leaf)
		cpuid_count(leaf, subleaf, &regs[0], &regs[1], &regs[2],
			    &regs[3]);
}

/* SDM "CPUID--CPU Identification", leaf 7: EAX, EBX and ECX */
static void snapshot_take_features(struct vmx_snapshot *snapshot)
{
	u32 more[4] = { };
	u32 regs[4];

	snapshot_cpuid(7, 0, regs);
	if (regs[0] >= 1)
		snapshot_cpuid(7, 1, more);
	snapshot_add_word(snapshot, VMX_WORD_LAM, more[0] >> 26 & 1);
	snapshot_add_word(snapshot, VMX_WORD_SGX, regs[1] >> 2 & 1);
	snapshot_add_word(snapshot, VMX_WORD_RTM, regs[1] >> 11 & 1);
	snapshot_add_word(snapshot, VMX_WORD_BUS_LOCK_DETECT,
			  regs[2] >> 24 & 1);
}

/* Bit 15 of IA32_PERF_CAPABILITIES, SDM "Performance Metrics" */
static void snapshot_take_counters(struct vmx_snapshot *snapshot)
{
	u64 capabilities;
	u32 regs[4];

	if (rdmsrl_safe(MSR_IA32_PERF_CAPABILITIES, &capabilities))
		capabilities = 0;
	snapshot_cpuid(10, 0, regs);
	snapshot_add_word(snapshot, VMX_WORD_PERF_COUNTERS,
			  (BIT_ULL(regs[0] >> 8 & 0x1f) - 1) |
			  ((BIT_ULL(regs[3] & 0x1f) - 1) | regs[2]) << 32);
	snapshot_add_word(snapshot, VMX_WORD_PERF_METRICS,
			  capabilities >> 15 & 1);
}

static u64 snapshot_field(u32 field)
{
	u64 value;

	return vmx_vmread(field, &value) ? value : 0;
}

/* An address out of the VMCS may be wrong; false when it is not memory. */
static bool snapshot_memory(u64 address, u32 *value)
{
	return pfn_valid(PHYS_PFN(address)) &&
	       !copy_from_kernel_nofault(value, __va(address), sizeof(*value));
}

/* The task-priority register in the virtual-APIC page */
#define VTPR 0x80

static void snapshot_take_vtpr(struct vmx_snapshot *snapshot)
{
	u64 apic = snapshot_field(VMCS_FIELD_VIRTUAL_APIC_ADDRESS);
	u32 vtpr;

	if (snapshot_field(VMCS_FIELD_PRIMARY_CONTROLS) &
	    CPU_BASED_TPR_SHADOW && snapshot_memory(apic + VTPR, &vtpr))
		snapshot_add_word(snapshot, VMX_WORD_VTPR, vtpr & 0xff);
}

static void snapshot_take_link(const struct vmx_vcpu *vmx,
			       struct vmx_snapshot *snapshot)
{
	u64 link = snapshot_field(VMCS_FIELD_LINK_POINTER);
	u32 revision;

	if (link == ~0ULL)
		return;
	/* Where there is no memory, a bus reads ones. */
	if (!snapshot_memory(link, &revision))
		revision = ~0U;
	snapshot_add_word(snapshot, VMX_WORD_LINK_REVISION, revision);
	snapshot_add_word(snapshot, VMX_WORD_LINK_IS_CURRENT,
			  link == __pa(vmx->vmcs));
}

static void snapshot_take_words(const struct vmx_vcpu *vmx,
				struct vmx_snapshot *snapshot)
{
	snapshot->word_count = 0;
	snapshot_add_word(snapshot, VMX_WORD_PHYSICAL_BITS,
			  cpuid_eax(0x80000008) & 0xff);
	snapshot_add_word(snapshot, VMX_WORD_LINEAR_BITS,
			  snapshot_linear_bits());
	snapshot_take_features(snapshot);
	snapshot_take_counters(snapshot);
	snapshot_take_vtpr(snapshot);
	snapshot_take_link(vmx, snapshot);
}

/**
 * vmx_snapshot_take() - all that the rules of VM entry need to know
 * @vmx: the vCPU whose VMCS is current
 * @snapshot: receives it
 *
 * Context: VMX root operation, interrupts off.
 */
void vmx_snapshot_take(const struct vmx_vcpu *vmx,
		       struct vmx_snapshot *snapshot)
{
	snapshot_take_fields(vmx, snapshot, true);
	snapshot_take_words(vmx, snapshot);
	vmx_caps_read_here(&snapshot->caps);
}

static int snapshot_read(struct vmx_vcpu *vmx, void *data)
{
	struct vmx_snapshot *snapshot = data;

	/* Kept outside until the entry. */
	vmcs_writel(GUEST_RIP, vmx->rip);
	snapshot_take_fields(vmx, snapshot, false);
	snapshot->word_count = 0;
	snapshot->caps.count = 0;
	return 0;
}

/**
 * vmx_snapshot_read() - read the fields of a VMCS
 * @vmx: a vCPU that does not run
 * @snapshot: receives the fields, without those that hold addresses of the host
 *
 * Return: 0 or a negative errno when VMX cannot be used.
 */
int vmx_snapshot_read(struct vmx_vcpu *vmx, struct vmx_snapshot *snapshot)
{
	return vmx_with_vmcs(vmx, snapshot_read, snapshot);
}
