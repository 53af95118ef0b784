/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TEAVMX_VMX_CHECK_RULES_H
#define _TEAVMX_VMX_CHECK_RULES_H

#include "check.h"

#include <linux/bits.h>

#include <uapi/vmcs.h>
#include <uapi/vmx_check.h>

/* MSR and bits without a name in every kernel's headers. */
#define CHECK_CR4_CET			BIT(23)
#define CHECK_MSR_EXIT_CTLS2		0x493
#define CHECK_PROC2_VE			BIT(18)
#define CHECK_PROC2_MODE_BASED_EXEC	BIT(22)
#define CHECK_PROC2_SPP			BIT(23)
#define CHECK_PROC3_HLAT		BIT_ULL(1)
#define CHECK_PROC3_PAGING_WRITE	BIT_ULL(2)
#define CHECK_PROC3_GUEST_PAGING	BIT_ULL(3)
#define CHECK_PROC3_IPI			BIT_ULL(4)
#define CHECK_EXIT_LOAD_CET		BIT(28)
#define CHECK_EXIT_LOAD_PKRS		BIT(29)
#define CHECK_EXIT_ACTIVATE_SECONDARY	BIT(31)
#define CHECK_ENTRY_LOAD_UINV		BIT(19)
#define CHECK_ENTRY_LOAD_CET		BIT(20)
#define CHECK_ENTRY_LOAD_PKRS		BIT(22)

/**
 * struct check - one check of the current VMCS
 * @findings: receives what is wrong
 * @basic: IA32_VMX_BASIC
 * @misc: IA32_VMX_MISC
 * @ept: IA32_VMX_EPT_VPID_CAP
 * @too_high: bits of an address beyond the physical-address width
 * @linear_bits: width of linear addresses
 * @pin: pin-based controls
 * @proc: primary processor-based controls
 * @proc2: secondary ones, 0 when they are not active
 * @proc3: tertiary ones, likewise
 * @exit: primary VM-exit controls
 * @exit2: secondary ones, 0 when they are not active
 * @entry: VM-entry controls
 * @event: VM-entry interruption information, 0 when nothing is injected
 */
struct check {
	struct vmx_findings *findings;
	u64 basic;
	u64 misc;
	u64 ept;
	u64 too_high;
	unsigned int linear_bits;
	u32 pin;
	u32 proc;
	u32 proc2;
	u64 proc3;
	u32 exit;
	u64 exit2;
	u32 entry;
	u32 event;
};

u64 check_read(u32 field);
u64 check_msr(u32 msr);
bool check_memory(u64 address, void *to, size_t size);
void check_that(const struct check *check, bool holds, u32 rule, u32 field);
void check_physical(const struct check *check, u32 field, u64 align);
void check_canonical(const struct check *check, u32 field);
void check_high_half(const struct check *check, u32 field);
void check_pat(const struct check *check, u32 field);
void check_perf_global(const struct check *check, u32 field);
void check_efer_bits(const struct check *check, u32 field);
void check_cet(const struct check *check, u32 s_cet, u32 ssp, u32 table,
	       bool wide);
void check_cr3(const struct check *check, u32 field);

void check_controls(const struct check *check);
void check_host(const struct check *check);
void check_guest(const struct check *check);

/* Parts of check_guest() */
void check_guest_segments(const struct check *check);
void check_guest_state(const struct check *check);

static inline bool check_long_mode(const struct check *check)
{
	return check->entry & VM_ENTRY_IA32E_MODE;
}

#endif
