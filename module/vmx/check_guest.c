// SPDX-License-Identifier: GPL-2.0-only
#include "vmcs.h"
#include "check_rules.h"

#include <asm/msr.h>
#include <asm/processor.h>
#include <asm/processor-flags.h>

#include <uapi/vmx.h>

/* SDM "Checks on the Guest State Area", registers but the segments. */

static void check_cr0(const struct check *check, u64 cr0)
{
	u64 must = check_msr(MSR_IA32_VMX_CR0_FIXED0);

	if (check->proc2 & SECONDARY_EXEC_UNRESTRICTED_GUEST)
		must &= ~(u64)(X86_CR0_PE | X86_CR0_PG);
	/* CD and NW may have any value, whatever the MSRs say. */
	must &= ~(u64)(X86_CR0_CD | X86_CR0_NW);
	check_that(check,
		   !(~cr0 & must) &&
		   !(cr0 & ~check_msr(MSR_IA32_VMX_CR0_FIXED1)),
		   VMX_RULE_CR0_FIXED, VMCS_FIELD_GUEST_CR0);
	check_that(check, !(cr0 & X86_CR0_PG) || cr0 & X86_CR0_PE,
		   VMX_RULE_PAGING_WITHOUT_PROTECTION, VMCS_FIELD_GUEST_CR0);
	check_that(check, !check_long_mode(check) || cr0 & X86_CR0_PG,
		   VMX_RULE_LONG_MODE_PAGING, VMCS_FIELD_GUEST_CR0);
}

static void check_cr4(const struct check *check, u64 cr0)
{
	u64 cr4 = check_read(VMCS_FIELD_GUEST_CR4);

	check_that(check,
		   !(~cr4 & check_msr(MSR_IA32_VMX_CR4_FIXED0)) &&
		   !(cr4 & ~check_msr(MSR_IA32_VMX_CR4_FIXED1)),
		   VMX_RULE_CR4_FIXED, VMCS_FIELD_GUEST_CR4);
	check_that(check, !(cr4 & CHECK_CR4_CET) || cr0 & X86_CR0_WP,
		   VMX_RULE_CR4_CET, VMCS_FIELD_GUEST_CR4);
	if (check_long_mode(check))
		check_that(check, cr4 & X86_CR4_PAE, VMX_RULE_LONG_MODE_PAE,
			   VMCS_FIELD_GUEST_CR4);
	else
		check_that(check, !(cr4 & X86_CR4_PCIDE),
			   VMX_RULE_PCIDE_WITHOUT_LONG_MODE,
			   VMCS_FIELD_GUEST_CR4);
}

#define FEATURE_BUS_LOCK BIT(24) /* CPUID 7.0 ECX */

static bool has_bus_lock(void)
{
	return cpuid_eax(0) >= 7 && cpuid_ecx(7) & FEATURE_BUS_LOCK;
}

static void check_debug(const struct check *check)
{
	u64 reserved = GENMASK_ULL(5, 3) | GENMASK_ULL(63, 16);

	if (!(check->entry & VM_ENTRY_LOAD_DEBUG_CONTROLS))
		return;
	/* Bit 2 is bus-lock detection. */
	if (!has_bus_lock())
		reserved |= BIT_ULL(2);
	check_that(check,
		   !(check_read(VMCS_FIELD_GUEST_DEBUGCTL) & reserved),
		   VMX_RULE_DEBUGCTL_RESERVED, VMCS_FIELD_GUEST_DEBUGCTL);
	check_high_half(check, VMCS_FIELD_GUEST_DR7);
}

static void check_efer(const struct check *check, u64 cr0)
{
	u64 efer = check_read(VMCS_FIELD_GUEST_EFER);
	bool lma = efer & EFER_LMA;

	check_efer_bits(check, VMCS_FIELD_GUEST_EFER);
	check_that(check, lma == check_long_mode(check),
		   VMX_RULE_GUEST_EFER_LMA, VMCS_FIELD_GUEST_EFER);
	check_that(check, !(cr0 & X86_CR0_PG) || lma == !!(efer & EFER_LME),
		   VMX_RULE_GUEST_EFER_LME, VMCS_FIELD_GUEST_EFER);
}

static void check_msrs(const struct check *check, u64 cr0)
{
	u32 entry = check->entry;

	check_canonical(check, VMCS_FIELD_GUEST_SYSENTER_ESP);
	check_canonical(check, VMCS_FIELD_GUEST_SYSENTER_EIP);
	if (entry & VM_ENTRY_LOAD_IA32_PERF_GLOBAL_CTRL)
		check_perf_global(check, VMCS_FIELD_GUEST_PERF_GLOBAL_CTRL);
	if (entry & VM_ENTRY_LOAD_IA32_PAT)
		check_pat(check, VMCS_FIELD_GUEST_PAT);
	if (entry & VM_ENTRY_LOAD_IA32_EFER)
		check_efer(check, cr0);
	if (entry & VM_ENTRY_LOAD_BNDCFGS) {
		check_that(check,
			   !(check_read(VMCS_FIELD_GUEST_BNDCFGS) &
			     GENMASK_ULL(11, 2)),
			   VMX_RULE_BNDCFGS_RESERVED, VMCS_FIELD_GUEST_BNDCFGS);
		check_canonical(check, VMCS_FIELD_GUEST_BNDCFGS);
	}
	if (entry & CHECK_ENTRY_LOAD_UINV)
		check_that(check, check_read(VMCS_FIELD_GUEST_UINV) < 256,
			   VMX_RULE_UINV_RESERVED, VMCS_FIELD_GUEST_UINV);
	if (entry & CHECK_ENTRY_LOAD_CET)
		check_cet(check, VMCS_FIELD_GUEST_S_CET, VMCS_FIELD_GUEST_SSP,
			  VMCS_FIELD_GUEST_SSP_TABLE, check_long_mode(check));
	if (entry & CHECK_ENTRY_LOAD_PKRS)
		check_high_half(check, VMCS_FIELD_GUEST_PKRS);
}

static void check_tables(const struct check *check)
{
	check_canonical(check, VMCS_FIELD_GUEST_GDTR_BASE);
	check_canonical(check, VMCS_FIELD_GUEST_IDTR_BASE);
	check_that(check, check_read(VMCS_FIELD_GUEST_GDTR_LIMIT) <= 0xffff,
		   VMX_RULE_TABLE_LIMIT, VMCS_FIELD_GUEST_GDTR_LIMIT);
	check_that(check, check_read(VMCS_FIELD_GUEST_IDTR_LIMIT) <= 0xffff,
		   VMX_RULE_TABLE_LIMIT, VMCS_FIELD_GUEST_IDTR_LIMIT);
}

#define AR_LONG BIT(13)

/*
 * RIP need not be canonical: the instruction below the hole of such addresses
 * can leave it at the first one, and the guest then gets #GP. Only the bits
 * beyond the width of linear addresses are checked.
 */
static void check_rip(const struct check *check)
{
	u32 rights = check_read(VMCS_FIELD_GUEST_CS_ACCESS_RIGHTS);
	s64 unused = (s64)check_read(VMCS_FIELD_GUEST_RIP) >>
		     check->linear_bits;

	if (check_long_mode(check) && rights & AR_LONG)
		check_that(check, !unused || unused == -1, VMX_RULE_RIP_WIDTH,
			   VMCS_FIELD_GUEST_RIP);
	else
		check_high_half(check, VMCS_FIELD_GUEST_RIP);
}

static void check_rflags(const struct check *check, u64 cr0)
{
	u64 reserved = GENMASK_ULL(63, 22) | BIT(15) | BIT(5) | BIT(3);
	u64 rflags = check_read(VMCS_FIELD_GUEST_RFLAGS);
	u32 field = VMCS_FIELD_GUEST_RFLAGS;

	check_that(check, !(rflags & reserved), VMX_RULE_RFLAGS_RESERVED,
		   field);
	check_that(check, rflags & X86_EFLAGS_FIXED, VMX_RULE_RFLAGS_BIT_1,
		   field);
	check_that(check,
		   !(rflags & X86_EFLAGS_VM) ||
		   (!check_long_mode(check) && cr0 & X86_CR0_PE),
		   VMX_RULE_RFLAGS_VM, field);
	check_that(check,
		   !check->event ||
		   (check->event & INTR_INFO_INTR_TYPE_MASK) !=
		   INTR_TYPE_EXT_INTR ||
		   rflags & X86_EFLAGS_IF,
		   VMX_RULE_RFLAGS_IF, field);
}

#define PDPTE_PRESENT BIT(0)

/*
 * Only those in the VMCS, which EPT uses; without EPT they are read from
 * memory when CR3 is loaded.
 */
static void check_pdptes(const struct check *check, u64 cr0)
{
	u64 reserved = GENMASK_ULL(2, 1) | GENMASK_ULL(8, 5) | check->too_high;
	u32 field;

	if (!(cr0 & X86_CR0_PG) || check_long_mode(check) ||
	    !(check_read(VMCS_FIELD_GUEST_CR4) & X86_CR4_PAE) ||
	    !(check->proc2 & SECONDARY_EXEC_ENABLE_EPT))
		return;
	for (field = VMCS_FIELD_GUEST_PDPTE_0;
	     field <= VMCS_FIELD_GUEST_PDPTE_3; field += 2) {
		u64 pdpte = check_read(field);

		check_that(check,
			   !(pdpte & PDPTE_PRESENT) ||
			   !(pdpte & reserved),
			   VMX_RULE_PDPTE_RESERVED, field);
	}
}

/**
 * check_guest() - the guest-state fields
 * @check: the check
 */
void check_guest(const struct check *check)
{
	u64 cr0 = check_read(VMCS_FIELD_GUEST_CR0);

	check_cr0(check, cr0);
	check_cr3(check, VMCS_FIELD_GUEST_CR3);
	check_cr4(check, cr0);
	check_debug(check);
	check_msrs(check, cr0);
	check_guest_segments(check);
	check_tables(check);
	check_rip(check);
	check_rflags(check, cr0);
	check_guest_state(check);
	check_pdptes(check, cr0);
}
