// SPDX-License-Identifier: GPL-2.0-only
#include "cpuid.h"
#include "../caps.h"
#include "emulate.h"
#include "guest.h"
#include "../run.h"
#include "../vmcs.h"
#include "vm.h"

#include <linux/bits.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <asm/cpufeatures.h>
#include <asm/fpu/types.h>
#include <asm/processor.h>

#include <uapi/teavmx.h>

/*
 * CPUID of raw guests (SDM "CPUID—CPU Identification"). The usual table has the
 * features that this processor has and that the engine lets a guest use. Only
 * features that are named here can be in it, so a feature of a new processor is
 * not shown to guests before the engine supports it.
 */

#define FEATURE(name) BIT(X86_FEATURE_##name & 31)

#define LEAF1_ECX							\
	(FEATURE(XMM3) | FEATURE(PCLMULQDQ) | FEATURE(SSSE3) |		\
	 FEATURE(FMA) | FEATURE(CX16) | FEATURE(PCID) |			\
	 FEATURE(XMM4_1) | FEATURE(XMM4_2) | FEATURE(MOVBE) |		\
	 FEATURE(POPCNT) | FEATURE(AES) | FEATURE(XSAVE) |		\
	 FEATURE(AVX) | FEATURE(F16C) | FEATURE(RDRAND))
#define LEAF1_EDX							\
	(FEATURE(FPU) | FEATURE(VME) | FEATURE(DE) | FEATURE(PSE) |	\
	 FEATURE(TSC) | FEATURE(MSR) | FEATURE(PAE) | FEATURE(MCE) |	\
	 FEATURE(CX8) | FEATURE(SEP) | FEATURE(MTRR) | FEATURE(PGE) |	\
	 FEATURE(MCA) | FEATURE(CMOV) | FEATURE(PAT) | FEATURE(PSE36) |	\
	 FEATURE(CLFLUSH) | FEATURE(MMX) | FEATURE(FXSR) |		\
	 FEATURE(XMM) | FEATURE(XMM2))
#define LEAF7_EBX							\
	(FEATURE(FSGSBASE) | FEATURE(BMI1) | FEATURE(AVX2) |		\
	 FEATURE(FDP_EXCPTN_ONLY) | FEATURE(SMEP) | FEATURE(BMI2) |	\
	 FEATURE(ERMS) | FEATURE(INVPCID) | FEATURE(ZERO_FCS_FDS) |	\
	 FEATURE(RDSEED) | FEATURE(ADX) | FEATURE(SMAP) |		\
	 FEATURE(CLFLUSHOPT) | FEATURE(CLWB) | FEATURE(SHA_NI))
#define LEAF7_ECX							\
	(FEATURE(UMIP) | FEATURE(GFNI) | FEATURE(VAES) |		\
	 FEATURE(VPCLMULQDQ) | FEATURE(RDPID) | FEATURE(MOVDIRI) |	\
	 FEATURE(MOVDIR64B))
#define LEAF7_EDX							\
	(FEATURE(FSRM) | FEATURE(MD_CLEAR) | FEATURE(SERIALIZE))
#define EXTENDED1_ECX							\
	(FEATURE(LAHF_LM) | FEATURE(ABM) | FEATURE(3DNOWPREFETCH))
#define EXTENDED1_EDX							\
	(FEATURE(SYSCALL) | FEATURE(NX) | FEATURE(GBPAGES) |		\
	 FEATURE(RDTSCP) | FEATURE(LM))

/*
 * Bits of leaf 0xd, subleaf 1: XSAVEOPT, XSAVEC and XGETBV with ECX=1. XSAVES
 * is missing, as guests have no IA32_XSS.
 */
#define XSAVE_FORMS	GENMASK(2, 0)
#define XSAVE_HEADER_END	576

/* Bit 8 of leaf 0x80000007: the TSC has a constant rate in all power states. */
#define INVARIANT_TSC	BIT(8)

/* Leaf 0x16, processor frequencies, is the last basic leaf that guests get. */
#define LAST_BASIC	0x16
#define FIRST_HYPERVISOR	0x40000000
#define FIRST_EXTENDED	0x80000000
#define LAST_EXTENDED	0x80000008

#define CACHE_SUBLEAVES	8
#define USUAL_MAX	48

/* Width of linear addresses with 4-level paging: no guest can set CR4.LA57. */
#define LINEAR_BITS	48

/**
 * vmx_cpuid_create() - allocate an empty table
 * @count: number of entries that it has room for
 *
 * Return: the table, to be freed by kfree(), or NULL.
 */
struct vmx_cpuid *vmx_cpuid_create(unsigned int count)
{
	struct vmx_cpuid *table;

	table = kzalloc(struct_size(table, list, count), GFP_KERNEL_ACCOUNT);
	return table;
}

/*
 * The usual table has fewer entries than USUAL_MAX on every processor. If that
 * were wrong, the warning would show it and the last entry be overwritten.
 */
static struct vmx_cpuid_entry *cpuid_add(struct vmx_cpuid *table, u32 leaf,
					 u32 subleaf, bool has_subleaf)
{
	struct vmx_cpuid_entry *entry = &table->list[table->count];

	if (WARN_ON_ONCE(table->count == USUAL_MAX))
		entry--;
	else
		table->count++;
	entry->leaf = leaf;
	entry->subleaf = subleaf;
	entry->has_subleaf = has_subleaf;
	return entry;
}

/* Adds an entry with the values of the processor. */
static struct vmx_cpuid_entry *cpuid_copy(struct vmx_cpuid *table, u32 leaf,
					  u32 subleaf, bool has_subleaf)
{
	struct vmx_cpuid_entry *entry = cpuid_add(table, leaf, subleaf,
						  has_subleaf);

	cpuid_count(leaf, subleaf, &entry->eax, &entry->ebx, &entry->ecx,
		    &entry->edx);
	return entry;
}

static bool has_vector_state(void)
{
	return vmx_fpu_xcr0_bits() & XFEATURE_MASK_YMM;
}

static bool has_control(u32 bit)
{
	return vmx_caps.allowed[VMX_PROC2].may & bit;
}

static void add_features(struct vmx_cpuid *table)
{
	struct vmx_cpuid_entry *entry = cpuid_copy(table, 1, 0, false);

	/*
	 * EBX has the size of a CLFLUSH line and the number of processors.
	 * fill_in() adds the APIC ID of the vCPU.
	 */
	entry->ebx = (entry->ebx & 0xff00) | TEAVMX_RAW_VCPUS_MAX << 16;
	entry->ecx &= LEAF1_ECX;
	entry->edx &= LEAF1_EDX;
	if (!has_vector_state())
		entry->ecx &= ~(FEATURE(FMA) | FEATURE(AVX) | FEATURE(F16C));
	if (!(vmx_guest_cr4_bits() & X86_CR4_OSXSAVE))
		entry->ecx &= ~FEATURE(XSAVE);
	if (!(vmx_guest_cr4_bits() & X86_CR4_PCIDE))
		entry->ecx &= ~FEATURE(PCID);
	entry->ecx |= FEATURE(HYPERVISOR);
	entry->edx |= FEATURE(HT);
}

static void add_more_features(struct vmx_cpuid *table)
{
	struct vmx_cpuid_entry *entry = cpuid_copy(table, 7, 0, true);
	u64 cr4 = vmx_guest_cr4_bits();

	entry->eax = 0;
	entry->ebx &= LEAF7_EBX;
	entry->ecx &= LEAF7_ECX;
	entry->edx &= LEAF7_EDX;
	if (!has_vector_state()) {
		entry->ebx &= ~FEATURE(AVX2);
		entry->ecx &= ~(FEATURE(VAES) | FEATURE(VPCLMULQDQ));
	}
	if (!has_control(SECONDARY_EXEC_ENABLE_INVPCID))
		entry->ebx &= ~FEATURE(INVPCID);
	if (!has_control(SECONDARY_EXEC_ENABLE_RDTSCP))
		entry->ecx &= ~FEATURE(RDPID);
	if (!(cr4 & X86_CR4_FSGSBASE))
		entry->ebx &= ~FEATURE(FSGSBASE);
	if (!(cr4 & X86_CR4_SMEP))
		entry->ebx &= ~FEATURE(SMEP);
	if (!(cr4 & X86_CR4_SMAP))
		entry->ebx &= ~FEATURE(SMAP);
	if (!(cr4 & X86_CR4_UMIP))
		entry->ecx &= ~FEATURE(UMIP);
}

/*
 * Deterministic cache parameters. Guests see caches up to level 2 as private to
 * a vCPU, and those above as shared by all vCPUs of the VM.
 */
static void add_caches(struct vmx_cpuid *table)
{
	const u32 others = TEAVMX_RAW_VCPUS_MAX - 1;
	struct vmx_cpuid_entry *entry;
	unsigned int i;

	for (i = 0; i < CACHE_SUBLEAVES; i++) {
		entry = cpuid_copy(table, 4, i, true);
		/* Bits 4:0 are the type, 0 for no more caches. */
		if (!(entry->eax & 0x1f))
			break;
		entry->eax = (entry->eax & GENMASK(13, 0)) | others << 26;
		if (((entry->eax >> 5) & 7) > 2)
			entry->eax |= others << 14;
	}
}

/*
 * Guests see one package with as many cores as a VM can have vCPUs, and one
 * thread in each core.
 */
static void add_topology(struct vmx_cpuid *table)
{
	struct vmx_cpuid_entry *entry = cpuid_add(table, 0xb, 0, true);

	entry->ebx = 1;
	entry->ecx = 1 << 8;
	entry = cpuid_add(table, 0xb, 1, true);
	entry->eax = ilog2(TEAVMX_RAW_VCPUS_MAX);
	entry->ebx = TEAVMX_RAW_VCPUS_MAX;
	entry->ecx = 1 | 2 << 8;
	entry = cpuid_add(table, 0xb, 2, true);
	entry->ecx = 2;
}

/* Size in bytes of an XSAVE area in standard format with these components. */
static noinstr u32 xsave_size(const struct vmx_cpuid *table, u64 components)
{
	const struct vmx_cpuid_entry *ymm = vmx_cpuid_find(table, 0xd, 2);

	if (!(components & XFEATURE_MASK_YMM) || !ymm)
		return XSAVE_HEADER_END;
	return ymm->ebx + ymm->eax;
}

static void add_xsave(struct vmx_cpuid *table)
{
	u64 components = vmx_fpu_xcr0_bits();
	struct vmx_cpuid_entry *entry;

	if (!(vmx_guest_cr4_bits() & X86_CR4_OSXSAVE))
		return;
	if (components & XFEATURE_MASK_YMM) {
		entry = cpuid_copy(table, 0xd, 2, true);
		entry->ecx = 0;
		entry->edx = 0;
	}
	entry = cpuid_add(table, 0xd, 0, true);
	entry->eax = components;
	entry->edx = components >> 32;
	entry->ecx = xsave_size(table, components);
	entry = cpuid_copy(table, 0xd, 1, true);
	entry->eax &= XSAVE_FORMS;
	entry->ebx = 0;
	entry->ecx = 0;
	entry->edx = 0;
}

static void add_basic(struct vmx_cpuid *table)
{
	struct vmx_cpuid_entry *entry = cpuid_copy(table, 0, 0, false);
	u32 last = min_t(u32, entry->eax, LAST_BASIC);

	entry->eax = last;
	add_features(table);
	cpuid_copy(table, 2, 0, false);
	if (last >= 4)
		add_caches(table);
	if (last >= 7)
		add_more_features(table);
	if (last >= 0xb)
		add_topology(table);
	if (last >= 0xd)
		add_xsave(table);
	if (last >= 0x15)
		cpuid_copy(table, 0x15, 0, false);
	if (last >= 0x16)
		cpuid_copy(table, 0x16, 0, false);
}

static void add_extended(struct vmx_cpuid *table)
{
	struct vmx_cpuid_entry *entry = cpuid_copy(table, FIRST_EXTENDED, 0,
						   false);
	u32 last = min_t(u32, entry->eax, LAST_EXTENDED);
	u32 leaf;

	*entry = (struct vmx_cpuid_entry){
		.leaf = FIRST_EXTENDED, .eax = last,
	};
	entry = cpuid_copy(table, FIRST_EXTENDED + 1, 0, false);
	entry->eax = 0;
	entry->ebx = 0;
	entry->ecx &= EXTENDED1_ECX;
	entry->edx &= EXTENDED1_EDX;
	if (!has_control(SECONDARY_EXEC_ENABLE_RDTSCP))
		entry->edx &= ~FEATURE(RDTSCP);
	/* Leaves 2 to 4 have the processor's name, leaf 6 its level 2 cache. */
	for (leaf = FIRST_EXTENDED + 2; leaf <= FIRST_EXTENDED + 4; leaf++)
		cpuid_copy(table, leaf, 0, false);
	cpuid_copy(table, FIRST_EXTENDED + 6, 0, false);
	entry = cpuid_copy(table, FIRST_EXTENDED + 7, 0, false);
	entry->eax = 0;
	entry->ebx = 0;
	entry->ecx = 0;
	entry->edx &= INVARIANT_TSC;
	entry = cpuid_add(table, FIRST_EXTENDED + 8, 0, false);
	entry->eax = boot_cpu_data.x86_phys_bits | LINEAR_BITS << 8;
}

static void add_hypervisor(struct vmx_cpuid *table)
{
	struct vmx_cpuid_entry *entry = cpuid_add(table, FIRST_HYPERVISOR, 0,
						  false);
	static const char name[12] = "teavmx";

	entry->eax = FIRST_HYPERVISOR;
	memcpy(&entry->ebx, name, 4);
	memcpy(&entry->ecx, name + 4, 4);
	memcpy(&entry->edx, name + 8, 4);
}

/* What vmx_cpuid_usual() copies */
static struct vmx_cpuid *usual_table __ro_after_init;

/**
 * vmx_cpuid_init() - make the table that raw VMs have at the beginning
 *
 * CPUID takes long where a hypervisor below executes it, so it is executed here
 * and not for each VM.
 *
 * Return: 0 or -ENOMEM.
 */
int __init vmx_cpuid_init(void)
{
	usual_table = vmx_cpuid_create(USUAL_MAX);
	if (!usual_table)
		return -ENOMEM;
	usual_table->usual = true;
	add_basic(usual_table);
	add_hypervisor(usual_table);
	add_extended(usual_table);
	return 0;
}

void vmx_cpuid_exit(void)
{
	kfree(usual_table);
}

/**
 * vmx_cpuid_usual() - create the table of a raw VM whose host program sets none
 *
 * Return: the table, to be freed by kfree(), or NULL.
 */
struct vmx_cpuid *vmx_cpuid_usual(void)
{
	return kmemdup(usual_table,
		       struct_size(usual_table, list, usual_table->count),
		       GFP_KERNEL_ACCOUNT);
}

/**
 * vmx_cpuid_find() - find the entry that answers CPUID
 * @table: the table
 * @leaf: EAX
 * @subleaf: ECX
 *
 * Return: the entry, or NULL when CPUID returns zeros.
 */
noinstr const struct vmx_cpuid_entry *
vmx_cpuid_find(const struct vmx_cpuid *table, u32 leaf, u32 subleaf)
{
	const struct vmx_cpuid_entry *entry;

	for (entry = table->list; entry < table->list + table->count; entry++)
		if (entry->leaf == leaf &&
		    (!entry->has_subleaf || entry->subleaf == subleaf))
			return entry;
	return NULL;
}

/* Replaces the values of the usual table that differ between vCPUs. */
static noinstr void fill_in(struct vmx_vcpu *vmx,
			    const struct vmx_cpuid *table,
			    struct vmx_cpuid_entry *answer)
{
	switch (answer->leaf) {
	case 1:
		answer->ebx |= vmx->apic_id << 24;
		return;
	case 0xb:
		answer->edx = vmx->apic_id;
		return;
	case 0xd:
		if (answer->subleaf < 2)
			answer->ebx = xsave_size(table, vmx->guest->xcr0);
		return;
	}
}

/* OSXSAVE mirrors CR4.OSXSAVE, in a table of the host program too. */
static __always_inline bool add_osxsave(struct vmx_cpuid_entry *answer)
{
	u64 cr4;

	if (answer->leaf != 1)
		return true;
	if (!vmx_vmread(CR4_READ_SHADOW, &cr4))
		return false;
	answer->ecx &= ~FEATURE(OSXSAVE);
	if (cr4 & X86_CR4_OSXSAVE)
		answer->ecx |= FEATURE(OSXSAVE);
	return true;
}

/**
 * vmx_cpuid_look_up() - find what CPUID returns
 * @vmx: the vCPU; vmx->cpuid and vmx->cpuid_leaf receive the answer
 * @leaf: EAX
 * @subleaf: ECX
 *
 * Interrupts are off, so this is an RCU read-side critical section. lockdep must
 * not check it, as it sees interrupts as on while a guest runs: see switch.c.
 *
 * Return: true; false when the VMCS could not be read.
 */
noinstr bool vmx_cpuid_look_up(struct vmx_vcpu *vmx, u32 leaf, u32 subleaf)
{
	const struct vmx_cpuid *table = rcu_dereference_raw(vmx->raw->cpuid);
	const struct vmx_cpuid_entry *entry = vmx_cpuid_find(table, leaf,
							     subleaf);
	struct vmx_cpuid_entry *answer = &vmx->cpuid;

	vmx->cpuid_leaf = CPUID_NONE;
	*answer = (struct vmx_cpuid_entry){
		.leaf = leaf, .subleaf = subleaf, .has_subleaf = true,
	};
	if (entry)
		*answer = *entry;
	if (entry && table->usual)
		fill_in(vmx, table, answer);
	/*
	 * For a level that does not exist, leaf 0xb returns the subleaf of the
	 * request and the x2APIC ID, but zeros in EAX and EBX.
	 */
	if (!entry && table->usual && leaf == 0xb &&
	    vmx_cpuid_find(table, leaf, 0)) {
		answer->ecx = subleaf & 0xff;
		answer->edx = vmx->apic_id;
	}
	if (!add_osxsave(answer))
		return false;
	vmx->cpuid_leaf = leaf;
	return true;
}

bool emulate_cpuid(struct vmx_vcpu *vmx)
{
	if (vmx_cpuid_look_up(vmx, vmx->regs.rax, vmx->regs.rcx))
		vmx_cpuid_put(&vmx->regs, &vmx->cpuid);
	else
		vmcs_failed("VMREAD", CR4_READ_SHADOW, 0);
	return emulate_advance(vmx);
}
