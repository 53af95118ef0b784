// SPDX-License-Identifier: GPL-2.0-only
#include "caps_read.h"
#include "caps.h"

#include <linux/bits.h>
#include <linux/cpufeature.h>
#include <linux/smp.h>
#include <net/netlink.h>
#include <asm/msr.h>
#include <asm/processor.h>

#include <uapi/teavmx.h>

/*
 * The capability MSRs of each CPU for the reply to CAPS_GET, also of CPUs that
 * cannot run guests. caps.c has the capabilities that the engine uses.
 */

/*
 * Some emulators return 0 for an MSR that does not exist instead of raising
 * #GP. So msr_exists() follows the SDM: an MSR exists if another one, its
 * teller, has one of the bits any_of set.
 */
struct source {
	u32 number;
	u32 teller;
	u64 any_of;
};

/* The high half of a capability MSR has the controls that can be 1. */
#define CAN_BE_1(bit) BIT_ULL(32 + (bit))

static const struct source sources[] = {
	{ VMX_MSR_FEATURE_CONTROL },
	{ VMX_MSR_BASIC },
	{ VMX_MSR_PINBASED_CTLS },
	{ VMX_MSR_PROCBASED_CTLS },
	{ VMX_MSR_EXIT_CTLS },
	{ VMX_MSR_ENTRY_CTLS },
	{ VMX_MSR_MISC },
	{ VMX_MSR_CR0_FIXED0 },
	{ VMX_MSR_CR0_FIXED1 },
	{ VMX_MSR_CR4_FIXED0 },
	{ VMX_MSR_CR4_FIXED1 },
	{ VMX_MSR_VMCS_ENUM },
	{ VMX_MSR_PROCBASED_CTLS2, VMX_MSR_PROCBASED_CTLS,
	  CAN_BE_1(VMX_PRIMARY_SECONDARY_CONTROLS_BIT) },
	{ VMX_MSR_EPT_VPID_CAP, VMX_MSR_PROCBASED_CTLS2,
	  CAN_BE_1(VMX_SECONDARY_ENABLE_EPT_BIT) |
	  CAN_BE_1(VMX_SECONDARY_ENABLE_VPID_BIT) },
	{ VMX_MSR_TRUE_PINBASED_CTLS, VMX_MSR_BASIC,
	  BIT_ULL(VMX_BASIC_TRUE_CONTROLS_BIT) },
	{ VMX_MSR_TRUE_PROCBASED_CTLS, VMX_MSR_BASIC,
	  BIT_ULL(VMX_BASIC_TRUE_CONTROLS_BIT) },
	{ VMX_MSR_TRUE_EXIT_CTLS, VMX_MSR_BASIC,
	  BIT_ULL(VMX_BASIC_TRUE_CONTROLS_BIT) },
	{ VMX_MSR_TRUE_ENTRY_CTLS, VMX_MSR_BASIC,
	  BIT_ULL(VMX_BASIC_TRUE_CONTROLS_BIT) },
	{ VMX_MSR_VMFUNC, VMX_MSR_PROCBASED_CTLS2,
	  CAN_BE_1(VMX_SECONDARY_ENABLE_VM_FUNCTIONS_BIT) },
	{ VMX_MSR_PROCBASED_CTLS3, VMX_MSR_PROCBASED_CTLS,
	  CAN_BE_1(VMX_PRIMARY_TERTIARY_CONTROLS_BIT) },
	{ VMX_MSR_EXIT_CTLS2, VMX_MSR_EXIT_CTLS,
	  CAN_BE_1(VMX_EXIT_CONTROL_SECONDARY_CONTROLS_BIT) },
};

static_assert(ARRAY_SIZE(sources) == VMX_MSR_COUNT);

static bool msr_exists(const struct source *source,
		       const struct vmx_caps_msrs *msrs)
{
	unsigned int i;

	if (!source->teller)
		return true;
	for (i = 0; i < msrs->count; i++)
		if (msrs->msrs[i].number == source->teller)
			return msrs->msrs[i].value & source->any_of;
	return false;
}

/**
 * vmx_caps_read_here() - read the capability MSRs of this CPU
 * @msrs: receives them
 *
 * Context: interrupts off.
 */
void vmx_caps_read_here(struct vmx_caps_msrs *msrs)
{
	unsigned int i;

	msrs->cpu = smp_processor_id();
	msrs->count = 0;
	/*
	 * The kernel clears its X86_FEATURE_VMX where firmware disabled VMX.
	 * The capability MSRs exist there too, so CPUID itself decides.
	 */
	if (!(cpuid_ecx(1) & BIT(X86_FEATURE_VMX & 31)))
		return;
	for (i = 0; i < ARRAY_SIZE(sources); i++) {
		struct vmx_caps_msr *msr = &msrs->msrs[msrs->count];

		if (!msr_exists(&sources[i], msrs) ||
		    rdmsrl_safe(sources[i].number, &msr->value))
			continue;
		msr->number = sources[i].number;
		msrs->count++;
	}
}

/* Called by smp_call_function_single() on the CPU itself, interrupts off. */
static void read_msrs(void *data)
{
	vmx_caps_read_here(data);
}

/**
 * vmx_caps_read() - read the capability MSRs of a CPU, on that CPU
 * @cpu: the CPU; any number
 * @msrs: receives them
 *
 * Return: 0, or -ENOENT when no CPU with this number is online.
 */
int vmx_caps_read(unsigned int cpu, struct vmx_caps_msrs *msrs)
{
	return smp_call_function_single(cpu, read_msrs, msrs, true) ?
	       -ENOENT : 0;
}

/*
 * The controls that TEA guests run with. @any is set to false where VMX cannot
 * be used, and for an MSR that is not of one of the five words of controls.
 */
static u32 msr_used_controls(u32 number, bool *any)
{
	*any = !vmx_caps_missing();
	switch (number) {
	case VMX_MSR_PINBASED_CTLS:
		return vmx_caps.pin;
	case VMX_MSR_PROCBASED_CTLS:
		return vmx_caps.proc;
	case VMX_MSR_PROCBASED_CTLS2:
		return vmx_caps.proc2;
	case VMX_MSR_EXIT_CTLS:
		return vmx_caps.exit;
	case VMX_MSR_ENTRY_CTLS:
		return vmx_caps.entry;
	default:
		*any = false;
		return 0;
	}
}

static int put_msr(struct sk_buff *skb, const struct vmx_caps_msr *msr)
{
	struct nlattr *nest = nla_nest_start(skb, TEAVMX_A_CAPS_MSR);
	bool any;
	u32 bits = msr_used_controls(msr->number, &any);

	if (!nest)
		return -EMSGSIZE;
	if (nla_put_u32(skb, TEAVMX_A_MSR_NUMBER, msr->number) ||
	    nla_put_u64_64bit(skb, TEAVMX_A_MSR_VALUE, msr->value,
			      TEAVMX_A_MSR_PAD) ||
	    (any && nla_put_u32(skb, TEAVMX_A_MSR_USED, bits))) {
		nla_nest_cancel(skb, nest);
		return -EMSGSIZE;
	}
	nla_nest_end(skb, nest);
	return 0;
}

/**
 * vmx_caps_put() - add the capability MSRs of a CPU to a message
 * @skb: the message
 * @msrs: filled by vmx_caps_read()
 *
 * Return: 0 or -EMSGSIZE.
 */
int vmx_caps_put(struct sk_buff *skb, const struct vmx_caps_msrs *msrs)
{
	unsigned int i;

	if (nla_put_u32(skb, TEAVMX_A_CAPS_CPU_ID, msrs->cpu))
		return -EMSGSIZE;
	for (i = 0; i < msrs->count; i++)
		if (put_msr(skb, &msrs->msrs[i]))
			return -EMSGSIZE;
	return 0;
}
