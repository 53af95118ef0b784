// SPDX-License-Identifier: GPL-2.0-only
#include "emulate.h"
#include "guest.h"
#include "../run.h"
#include "../vmcs.h"
#include "vmcs.h"
#include "vm.h"

#include <linux/bits.h>
#include <linux/stddef.h>
#include <asm/apicdef.h>
#include <asm/msr.h>
#include <asm/vmx.h>

#include <uapi/vmx.h>

/*
 * MSRs of raw guests. An MSR that has no row here, and that the host program
 * has not added, does not exist: accessing it raises #GP. No RDMSR or WRMSR of
 * a guest reaches an MSR of the processor.
 */

/**
 * enum msr_place - where the value of an MSR is
 * @MSR_FIXED: it is constant, and writing another value raises #GP, unless the host
 *	program has added the MSR
 * @MSR_FIELD: in the VMCS, and only WRMSR changes it while the guest runs
 * @MSR_LIVE: in the VMCS, and the guest changes it by other means, too: a debug
 *	exception, MOV to a segment register, WRFSBASE, SWAPGS
 * @MSR_GUEST: in struct vmx_guest
 * @MSR_HELD: likewise, but the processor holds it while the guest runs
 * @MSR_OTHER: msr_get_other() and msr_set_other() know
 */
enum msr_place {
	MSR_FIXED,
	MSR_FIELD,
	MSR_LIVE,
	MSR_GUEST,
	MSR_HELD,
	MSR_OTHER,
};

/**
 * enum msr_check - which values can be written to an MSR
 * @MSR_ANY: all
 * @MSR_CANONICAL: canonical addresses
 * @MSR_32_BITS: those whose high half is 0
 * @MSR_PAT: see good_pat()
 * @MSR_MTRR_DEFAULT: see good_mtrr_default()
 * @MSR_DEBUGCTL: see good_debugctl()
 */
enum msr_check {
	MSR_ANY,
	MSR_CANONICAL,
	MSR_32_BITS,
	MSR_PAT,
	MSR_MTRR_DEFAULT,
	MSR_DEBUGCTL,
};

/**
 * enum msr_result - what an access to an MSR has led to
 * @MSR_DONE: it is complete
 * @MSR_FAULTS: there is no such MSR or it cannot have this value: #GP
 * @MSR_SLOW: the fast path cannot make it, or the VMCS cannot be accessed
 */
enum msr_result {
	MSR_DONE,
	MSR_FAULTS,
	MSR_SLOW,
};

/**
 * struct msr_row - an MSR that every raw guest has
 * @number: its number
 * @place: where the value is
 * @check: which values can be written
 * @at: encoding of the field (MSR_FIELD, MSR_LIVE), or offset (MSR_GUEST,
 *	MSR_HELD)
 * @fixed: the value (MSR_FIXED)
 *
 * The fast path reads it too, so there are no pointers to functions: see
 * speculation_test.
 */
struct msr_row {
	u32 number;
	u8 place;
	u8 check;
	u32 at;
	u64 fixed;
};

static __always_inline bool fits_32(u64 value)
{
	return !(value >> 32);
}

/*
 * The memory types of SDM "Memory Types That Can Be Encoded With PAT". MTRRs
 * have all of them but UC- (7).
 */
#define MEMORY_TYPES	(BIT(0) | BIT(1) | BIT(4) | BIT(5) | BIT(6))
#define PAT_TYPES	(MEMORY_TYPES | BIT(7))

static __always_inline bool good_pat(u64 value)
{
	unsigned int i;

	for (i = 0; i < 64; i += 8) {
		u8 type = value >> i;

		if (type > 7 || !(PAT_TYPES & BIT(type)))
			return false;
	}
	return true;
}

/*
 * IA32_MTRR_DEF_TYPE has a memory type and the bit E. FE must be 0, because
 * guests have no fixed-range MTRRs.
 */
static __always_inline bool good_mtrr_default(u64 value)
{
	u8 type = value;

	return !(value & ~(BIT_ULL(11) | 0xff)) && type < 8 &&
	       MEMORY_TYPES & BIT(type);
}

/*
 * A guest may set BTF in IA32_DEBUGCTL, but no bit that enables branch records
 * or trace messages, which would write to MSRs or memory of the host.
 */
static __always_inline bool good_debugctl(u64 value)
{
	return !(value & ~(u64)DEBUGCTLMSR_BTF);
}

static __always_inline bool msr_is_good(const struct msr_row *row, u64 value)
{
	switch (row->check) {
	case MSR_CANONICAL:
		return vmx_guest_canonical(value);
	case MSR_32_BITS:
		return fits_32(value);
	case MSR_PAT:
		return good_pat(value);
	case MSR_MTRR_DEFAULT:
		return good_mtrr_default(value);
	case MSR_DEBUGCTL:
		return good_debugctl(value);
	default:
		return true;
	}
}

static u64 get_tsc(struct vmx_vcpu *vmx)
{
	return rdtsc() + vmcs_read64(TSC_OFFSET);
}

#define EFER_BITS	(EFER_SCE | EFER_LME | EFER_LMA | EFER_NX)

static bool set_efer(struct vmx_vcpu *vmx, u64 value)
{
	u64 old = vmcs_read64(GUEST_IA32_EFER);

	if (value & ~(u64)EFER_BITS)
		return false;
	if ((old ^ value) & EFER_LME && vmcs_readl(GUEST_CR0) & X86_CR0_PG)
		return false;
	/*
	 * Only CR0.PG changes EFER.LMA, so the written value of it is ignored.
	 */
	vmcs_raw_set_efer((value & ~(u64)EFER_LMA) | (old & EFER_LMA));
	return true;
}

/*
 * The value in this vCPU of an MSR that the host program has added, or NULL.
 * MSRs that were added since the last call get their first values here.
 */
static __always_inline u64 *find_kept(struct vmx_vcpu *vmx, u32 number)
{
	struct vmx_guest *guest = vmx->guest;
	const struct teavmx_raw *raw = vmx->raw;
	/*
	 * Pairs with smp_store_release() in netlink/policy.c: entries below the
	 * count are complete, and do not change later.
	 */
	unsigned int count = smp_load_acquire(&raw->msr_count);
	unsigned int i;

	for (i = guest->msr_count; i < count; i++)
		guest->msrs[i] = raw->msrs[i].value;
	guest->msr_count = count;
	for (i = 0; i < count; i++)
		if (raw->msrs[i].number == number)
			return &guest->msrs[i];
	return NULL;
}

/*
 * The module has no local APIC, so its enable bit is 0 and cannot be set, unless
 * the host program has one and has therefore added this MSR. The first vCPU is
 * the bootstrap processor.
 */
static u64 get_apic_base(struct vmx_vcpu *vmx)
{
	const u64 *kept = find_kept(vmx, MSR_IA32_APICBASE);
	u64 base = kept ? *kept & ~(u64)MSR_IA32_APICBASE_BSP :
			  APIC_DEFAULT_PHYS_BASE;

	return base | (vmx->apic_id ? 0 : MSR_IA32_APICBASE_BSP);
}

/* False raises #GP. */
static bool set_apic_base(struct vmx_vcpu *vmx, u64 value)
{
	u64 *kept = find_kept(vmx, MSR_IA32_APICBASE);

	if (!kept)
		return value == get_apic_base(vmx);
	*kept = value;
	return true;
}

#define IN_VMCS(name, where, field, values) \
	{ .number = (name), .place = (where), .at = (field), \
	  .check = MSR_##values }
#define FIELD(name, field, values) IN_VMCS(name, MSR_FIELD, field, values)
#define LIVE(name, field, values) IN_VMCS(name, MSR_LIVE, field, values)
#define IN_GUEST(name, where, member, values) \
	{ .number = (name), .place = (where), \
	  .at = offsetof(struct vmx_guest, member), .check = MSR_##values }
#define GUEST(name, member, values) IN_GUEST(name, MSR_GUEST, member, values)
#define HELD(name, member, values) IN_GUEST(name, MSR_HELD, member, values)
#define FIXED(name, value) \
	{ .number = (name), .place = MSR_FIXED, .fixed = (value) }
#define OTHER(name) { .number = (name), .place = MSR_OTHER }

/* In the order of the numbers, for search_row() */
static const struct msr_row rows[] = {
	OTHER(MSR_IA32_TSC),
	FIXED(MSR_IA32_PLATFORM_ID, 0),
	OTHER(MSR_IA32_APICBASE),
	OTHER(MSR_IA32_UCODE_REV),
	FIXED(MSR_PLATFORM_INFO, 0),
	FIXED(MSR_MTRRcap, 0),
	FIELD(MSR_IA32_SYSENTER_CS, GUEST_SYSENTER_CS, ANY),
	FIELD(MSR_IA32_SYSENTER_ESP, GUEST_SYSENTER_ESP, CANONICAL),
	FIELD(MSR_IA32_SYSENTER_EIP, GUEST_SYSENTER_EIP, CANONICAL),
	/* Machine checks are handled by the host, so guests see no banks. */
	FIXED(MSR_IA32_MCG_CAP, 0),
	FIXED(MSR_IA32_MCG_STATUS, 0),
	FIXED(MSR_IA32_MISC_ENABLE, MSR_IA32_MISC_ENABLE_FAST_STRING |
				    MSR_IA32_MISC_ENABLE_BTS_UNAVAIL |
				    MSR_IA32_MISC_ENABLE_PEBS_UNAVAIL),
	LIVE(MSR_IA32_DEBUGCTLMSR, GUEST_IA32_DEBUGCTL, DEBUGCTL),
	FIELD(MSR_IA32_CR_PAT, GUEST_IA32_PAT, PAT),
	GUEST(MSR_MTRRdefType, mtrr_default, MTRR_DEFAULT),
	OTHER(MSR_EFER),
	HELD(MSR_STAR, star, ANY),
	HELD(MSR_LSTAR, lstar, CANONICAL),
	HELD(MSR_CSTAR, cstar, CANONICAL),
	HELD(MSR_SYSCALL_MASK, fmask, 32_BITS),
	LIVE(MSR_FS_BASE, GUEST_FS_BASE, CANONICAL),
	LIVE(MSR_GS_BASE, GUEST_GS_BASE, CANONICAL),
	HELD(MSR_KERNEL_GS_BASE, kernel_gs_base, CANONICAL),
	HELD(MSR_TSC_AUX, tsc_aux, 32_BITS),
};

/* Can a host program not add this MSR, as the module itself has its value? */
static __always_inline bool row_is_own(const struct msr_row *row)
{
	return row && row->place != MSR_FIXED;
}

/* MSRs that take more than one access to one place; off the fast path */
static u64 msr_get_other(struct vmx_vcpu *vmx, u32 number)
{
	switch (number) {
	case MSR_IA32_TSC:
		return get_tsc(vmx);
	case MSR_IA32_APICBASE:
		return get_apic_base(vmx);
	case MSR_EFER:
		return vmcs_read64(GUEST_IA32_EFER);
	default:
		return 0;
	}
}

/* False raises #GP. */
static bool msr_set_other(struct vmx_vcpu *vmx, u32 number, u64 value)
{
	switch (number) {
	case MSR_IA32_TSC:
		vmcs_write64(TSC_OFFSET, value - rdtsc());
		return true;
	case MSR_IA32_APICBASE:
		return set_apic_base(vmx, value);
	case MSR_EFER:
		return set_efer(vmx, value);
	default:
		/*
		 * Software reads the microcode revision by writing 0 to its
		 * MSR, executing CPUID and reading the MSR, so writes must not
		 * raise #GP.
		 */
		return true;
	}
}

static __always_inline const struct msr_row *search_row(u32 number)
{
	unsigned int first = 0, count = ARRAY_SIZE(rows);

	while (count) {
		const struct msr_row *row = &rows[first + count / 2];

		if (row->number == number)
			return row;
		if (row->number < number) {
			first += count / 2 + 1;
			count--;
		}
		count /= 2;
	}
	return NULL;
}

/* The row of the last access is tried first. */
static __always_inline const struct msr_row *find_row(struct vmx_guest *guest,
						      u32 number)
{
	const struct msr_row *row = &rows[guest->msr_row];

	if (row->number == number)
		return row;
	row = search_row(number);
	if (row)
		guest->msr_row = row - rows;
	return row;
}

/**
 * emulate_msr_known() - does every raw guest have this MSR?
 * @number: its number
 *
 * Return: true when it does, and a host program cannot add it. Of those that every
 * guest has, it can add IA32_APIC_BASE, and those with a fixed value.
 */
bool emulate_msr_known(u32 number)
{
	return number != MSR_IA32_APICBASE && row_is_own(search_row(number));
}

/**
 * emulate_msr_is_register() - is an MSR one of the registers of a raw vCPU?
 * @number: number of an MSR
 *
 * Return: true when REGS_GET and REGS_SET have it.
 */
bool emulate_msr_is_register(u32 number)
{
	const struct msr_row *row = search_row(number);

	if (!row || number == MSR_MTRRdefType)
		return false;
	return number == MSR_EFER ||
	       (row->place != MSR_FIXED && row->place != MSR_OTHER);
}

static __always_inline u64 *guest_place(struct vmx_vcpu *vmx,
					const struct msr_row *row)
{
	return (u64 *)((u8 *)vmx->guest + row->at);
}

/*
 * With @fast, a constant, the code must be noinstr, and the processor may have a
 * newer value of what it holds.
 */
static __always_inline enum msr_result
msr_get(struct vmx_vcpu *vmx, u32 number, const bool fast, u64 *value)
{
	const struct msr_row *row = find_row(vmx->guest, number);
	const u64 *kept = row_is_own(row) ? NULL : find_kept(vmx, number);

	if (kept || !row) {
		*value = kept ? *kept : 0;
		return kept ? MSR_DONE : MSR_FAULTS;
	}
	switch (row->place) {
	case MSR_FIXED:
		*value = row->fixed;
		return MSR_DONE;
	case MSR_FIELD:
	case MSR_LIVE:
		if (vmx_vmread(row->at, value))
			return MSR_DONE;
		if (!fast)
			vmcs_failed("VMREAD", row->at, 0);
		return MSR_SLOW;
	case MSR_GUEST:
		*value = *guest_place(vmx, row);
		return MSR_DONE;
	}
	if (fast)
		return MSR_SLOW;
	if (number == MSR_TSC_AUX && !vmx_guest_has_tsc_aux())
		return MSR_FAULTS;
	*value = row->place == MSR_HELD ? *guest_place(vmx, row) :
					  msr_get_other(vmx, number);
	return MSR_DONE;
}

/* @fast: as for msr_get() */
static __always_inline enum msr_result
msr_set(struct vmx_vcpu *vmx, u32 number, const bool fast, u64 value)
{
	const struct msr_row *row = find_row(vmx->guest, number);
	u64 *kept = row_is_own(row) ? NULL : find_kept(vmx, number);

	if (kept)
		*kept = value;
	if (kept || !row)
		return kept ? MSR_DONE : MSR_FAULTS;
	if (!msr_is_good(row, value))
		return MSR_FAULTS;
	switch (row->place) {
	case MSR_FIXED:
		return value == row->fixed ? MSR_DONE : MSR_FAULTS;
	case MSR_FIELD:
	case MSR_LIVE:
		if (vmx_vmwrite(row->at, value))
			return MSR_DONE;
		if (!fast)
			vmcs_failed("VMWRITE", row->at, value);
		return MSR_SLOW;
	case MSR_GUEST:
		*guest_place(vmx, row) = value;
		return MSR_DONE;
	}
	if (fast)
		return MSR_SLOW;
	if (number == MSR_TSC_AUX && !vmx_guest_has_tsc_aux())
		return MSR_FAULTS;
	if (row->place == MSR_OTHER)
		return msr_set_other(vmx, number, value) ? MSR_DONE :
							   MSR_FAULTS;
	*guest_place(vmx, row) = value;
	return MSR_DONE;
}

static __always_inline u64 written_msr(const struct vmx_regs *regs)
{
	return (u32)regs->rax | regs->rdx << 32;
}

static bool msr_settle(struct vmx_vcpu *vmx, enum msr_result result)
{
	if (result == MSR_FAULTS)
		return emulate_protection(vmx);
	return emulate_advance(vmx);
}

/*
 * Has the MSR of the last access the same value until the next WRMSR? One that the
 * host program has added has no row, or one with a fixed value.
 */
static __always_inline bool msr_is_stable(const struct vmx_guest *guest,
					  u32 number)
{
	const struct msr_row *row = &rows[guest->msr_row];

	return row->number != number || row->place != MSR_LIVE;
}

/**
 * fast_rdmsr() - execute RDMSR on the fast path
 * @vmx: the vCPU; vmx->rdmsr_number and vmx->rdmsr_value receive the MSR if its
 *	value may be used again in the same guest run
 *
 * Return: false for the slow path, and nothing has changed.
 */
noinstr bool fast_rdmsr(struct vmx_vcpu *vmx)
{
	u32 number = vmx->regs.rcx;
	u64 value;

	if (msr_get(vmx, number, true, &value) != MSR_DONE)
		return false;
	if (msr_is_stable(vmx->guest, number)) {
		vmx->rdmsr_number = number;
		vmx->rdmsr_value = value;
	}
	emulate_put_msr(&vmx->regs, value);
	return true;
}

/**
 * fast_wrmsr() - execute WRMSR on the fast path
 * @vmx: the vCPU
 *
 * Return: as fast_rdmsr().
 */
noinstr bool fast_wrmsr(struct vmx_vcpu *vmx)
{
	vmx->rdmsr_number = RDMSR_NONE;
	return msr_set(vmx, vmx->regs.rcx, true, written_msr(&vmx->regs)) ==
	       MSR_DONE;
}

/**
 * emulate_rdmsr() - RDMSR
 * @vmx: the vCPU
 *
 * Return: true.
 */
bool emulate_rdmsr(struct vmx_vcpu *vmx)
{
	enum msr_result result;
	u64 value = 0;

	result = msr_get(vmx, vmx->regs.rcx, false, &value);
	if (result != MSR_FAULTS)
		emulate_put_msr(&vmx->regs, value);
	return msr_settle(vmx, result);
}

/**
 * emulate_wrmsr() - WRMSR
 * @vmx: the vCPU
 *
 * Return: true.
 */
bool emulate_wrmsr(struct vmx_vcpu *vmx)
{
	return msr_settle(vmx, msr_set(vmx, vmx->regs.rcx, false,
				       written_msr(&vmx->regs)));
}

/**
 * emulate_rdtsc() - RDTSC and RDTSCP
 * @vmx: the vCPU
 *
 * They exit without being routed to the host program only if the processor does
 * not allow "RDTSC exiting" to be 0, or if the routing has just changed.
 *
 * Return: true.
 */
bool emulate_rdtsc(struct vmx_vcpu *vmx)
{
	struct vmx_regs *regs = &vmx->regs;
	u64 value = get_tsc(vmx);

	emulate_put_msr(regs, value);
	if ((u16)vmx->exit.reason == VMX_EXIT_RDTSCP)
		regs->rcx = vmx->guest->tsc_aux;
	return emulate_advance(vmx);
}
