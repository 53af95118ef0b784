// SPDX-License-Identifier: GPL-2.0-only
#include "caps.h"
#include "fail.h"
#include "timer.h"
#include "../compat.h"

#include <linux/cpu.h>
#include <linux/cpumask.h>
#include <linux/module.h>
#include <linux/smp.h>
#include <asm/cpufeature.h>
#include <asm/hypervisor.h>
#include <asm/msr.h>
#include <asm/processor.h>
#include <asm/vmx.h>

/* Written only by vmx_caps_init(), so it is read without a lock. */
struct vmx_caps vmx_caps;

/*
 * CPUs whose capabilities were found equal to vmx_caps. Any CPU may add itself
 * at any time; cpumask_set_cpu() is atomic, so no lock guards the mask.
 */
static struct cpumask vmx_cpus;

/*
 * The emulated CPUs of the tests are all alike, so this parameter makes one of
 * them fail the comparison in vmx_caps_check_cpu().
 */
static int unlike_cpu = -1;
module_param_named(vmx_break_cpu, unlike_cpu, int, 0444);
MODULE_PARM_DESC(vmx_break_cpu,
		 "Tests: this CPU counts as one that came online after loading and has other VMX capabilities (default: none)");

static char missing[128] = "the VMX capabilities have not been read yet";

/*
 * Result of probe_cpu() on one CPU: its capabilities, or why it cannot run
 * guests.
 */
struct probe {
	struct vmx_caps caps;
	char missing[sizeof(missing)];
};

struct control {
	u32 bit;
	bool required;
	const char *name;
};

#define REQUIRED true
#define OPTIONAL false

/*
 * The names are those of the SDM: "VM-Execution Control Fields", "VM-Exit
 * Control Fields" and "VM-Entry Control Fields".
 */
static const struct control pin_controls[] = {
	{ PIN_BASED_EXT_INTR_MASK, REQUIRED, "external-interrupt exiting" },
	{ PIN_BASED_NMI_EXITING, REQUIRED, "NMI exiting" },
	{ PIN_BASED_VMX_PREEMPTION_TIMER, OPTIONAL, "VMX-preemption timer" },
	{ }
};

static const struct control proc_controls[] = {
	{ CPU_BASED_HLT_EXITING, REQUIRED, "HLT exiting" },
	{ CPU_BASED_INVLPG_EXITING, REQUIRED, "INVLPG exiting" },
	{ CPU_BASED_MWAIT_EXITING, REQUIRED, "MWAIT exiting" },
	{ CPU_BASED_RDPMC_EXITING, REQUIRED, "RDPMC exiting" },
	{ CPU_BASED_RDTSC_EXITING, REQUIRED, "RDTSC exiting" },
	{ CPU_BASED_CR3_LOAD_EXITING, REQUIRED, "CR3-load exiting" },
	{ CPU_BASED_CR3_STORE_EXITING, REQUIRED, "CR3-store exiting" },
	{ CPU_BASED_CR8_LOAD_EXITING, REQUIRED, "CR8-load exiting" },
	{ CPU_BASED_CR8_STORE_EXITING, REQUIRED, "CR8-store exiting" },
	{ CPU_BASED_MOV_DR_EXITING, REQUIRED, "MOV-DR exiting" },
	{ CPU_BASED_UNCOND_IO_EXITING, REQUIRED, "unconditional I/O exiting" },
	{ CPU_BASED_MONITOR_EXITING, REQUIRED, "MONITOR exiting" },
	{ CPU_BASED_ACTIVATE_SECONDARY_CONTROLS, REQUIRED,
	  "secondary controls" },
	{ }
};

static const struct control proc2_controls[] = {
	{ SECONDARY_EXEC_ENABLE_EPT, REQUIRED, "EPT" },
	{ SECONDARY_EXEC_ENABLE_VPID, OPTIONAL, "VPID" },
	{ SECONDARY_EXEC_DESC, OPTIONAL, "descriptor-table exiting" },
	{ SECONDARY_EXEC_WBINVD_EXITING, OPTIONAL, "WBINVD exiting" },
	{ SECONDARY_EXEC_RDRAND_EXITING, OPTIONAL, "RDRAND exiting" },
	{ SECONDARY_EXEC_RDSEED_EXITING, OPTIONAL, "RDSEED exiting" },
	{ }
};

static const struct control exit_controls[] = {
	{ VM_EXIT_SAVE_DEBUG_CONTROLS, REQUIRED, "save debug controls" },
	{ VM_EXIT_HOST_ADDR_SPACE_SIZE, REQUIRED, "64-bit host" },
	{ VM_EXIT_LOAD_IA32_PAT, REQUIRED, "load host PAT" },
	{ VM_EXIT_LOAD_IA32_EFER, REQUIRED, "load host EFER" },
	{ VM_EXIT_SAVE_VMX_PREEMPTION_TIMER, OPTIONAL,
	  "save VMX-preemption timer" },
	{ }
};

static const struct control entry_controls[] = {
	{ VM_ENTRY_LOAD_DEBUG_CONTROLS, REQUIRED, "load debug controls" },
	{ VM_ENTRY_IA32E_MODE, REQUIRED, "IA-32e mode guest" },
	{ VM_ENTRY_LOAD_IA32_PAT, REQUIRED, "load guest PAT" },
	{ VM_ENTRY_LOAD_IA32_EFER, REQUIRED, "load guest EFER" },
	{ }
};

/*
 * The low half of a capability MSR has the bits that must be 1, the high half
 * those that may be 1 (SDM "Algorithms for Determining VMX Capabilities").
 */
static bool probe_controls(struct probe *probe, u32 msr, enum vmx_word word,
			   const struct control *controls, u32 *result)
{
	u32 must, may;

	if (rdmsr_safe(msr, &must, &may)) {
		scnprintf(probe->missing, sizeof(probe->missing),
			  "this CPU has no capability MSR 0x%x", msr);
		return false;
	}

	*result = must;
	for (; controls->name; controls++) {
		if (vmx_fails(VMX_FAIL_CONTROL))
			may &= ~controls->bit;
		if (may & controls->bit) {
			*result |= controls->bit;
		} else if (controls->required) {
			scnprintf(probe->missing, sizeof(probe->missing),
				  "this CPU lacks the VMX control \"%s\"",
				  controls->name);
			return false;
		}
	}
	probe->caps.allowed[word].must = must;
	probe->caps.allowed[word].may = may;
	return true;
}

static bool read_controls(struct probe *probe)
{
	struct vmx_caps *caps = &probe->caps;
	/*
	 * Bit 55 of IA32_VMX_BASIC says that the TRUE capability MSRs exist.
	 * They let controls be 0 that the older MSRs report as fixed to 1.
	 */
	bool exact = caps->basic & BIT_ULL(55) &&
		     !vmx_fails(VMX_FAIL_CONTROL);

	return probe_controls(probe, exact ? MSR_IA32_VMX_TRUE_PINBASED_CTLS :
					     MSR_IA32_VMX_PINBASED_CTLS,
			      VMX_PIN, pin_controls, &caps->pin) &&
	       probe_controls(probe, exact ? MSR_IA32_VMX_TRUE_PROCBASED_CTLS :
					     MSR_IA32_VMX_PROCBASED_CTLS,
			      VMX_PROC, proc_controls, &caps->proc) &&
	       probe_controls(probe, MSR_IA32_VMX_PROCBASED_CTLS2,
			      VMX_PROC2, proc2_controls, &caps->proc2) &&
	       probe_controls(probe, exact ? MSR_IA32_VMX_TRUE_EXIT_CTLS :
					     MSR_IA32_VMX_EXIT_CTLS,
			      VMX_EXIT, exit_controls, &caps->exit) &&
	       probe_controls(probe, exact ? MSR_IA32_VMX_TRUE_ENTRY_CTLS :
					     MSR_IA32_VMX_ENTRY_CTLS,
			      VMX_ENTRY, entry_controls, &caps->entry);
}

/*
 * A guest that is bounded by a timer with an erratum could run for too long, so
 * such a timer is removed from the capabilities, as if the CPU had none.
 */
static void forget_timer(struct vmx_caps *caps)
{
	if (vmx_timer_broken() || vmx_fails(VMX_FAIL_CONTROL)) {
		caps->pin &= ~PIN_BASED_VMX_PREEMPTION_TIMER;
		caps->allowed[VMX_PIN].may &= ~PIN_BASED_VMX_PREEMPTION_TIMER;
	}
	/*
	 * "Save VMX-preemption timer value" must be 0 where "activate
	 * VMX-preemption timer" is 0 (SDM "VM-Exit Control Fields" under
	 * "Checks on VMX Controls").
	 */
	if (!(caps->pin & PIN_BASED_VMX_PREEMPTION_TIMER)) {
		caps->exit &= ~VM_EXIT_SAVE_VMX_PREEMPTION_TIMER;
		caps->allowed[VMX_EXIT].may &=
			~VM_EXIT_SAVE_VMX_PREEMPTION_TIMER;
	}
}

/* The high half of IA32_VMX_EPT_VPID_CAP */
#define INVVPID_SINGLE_CONTEXT						\
	((VMX_VPID_INVVPID_BIT | VMX_VPID_EXTENT_SINGLE_CONTEXT_BIT) << 32)

/* VPIDs are of no use where the translations of one cannot be invalidated. */
static void forget_vpid(struct vmx_caps *caps)
{
	if (!(~caps->ept & INVVPID_SINGLE_CONTEXT) &&
	    !vmx_fails(VMX_FAIL_CONTROL))
		return;
	caps->proc2 &= ~SECONDARY_EXEC_ENABLE_VPID;
	caps->allowed[VMX_PROC2].may &= ~SECONDARY_EXEC_ENABLE_VPID;
}

static bool check_ept(struct probe *probe)
{
	static const struct control needed[] = {
		{ VMX_EPT_PAGE_WALK_4_BIT, REQUIRED, "4-level walk" },
		{ VMX_EPTP_WB_BIT, REQUIRED, "write-back tables" },
		{ VMX_EPT_INVEPT_BIT, REQUIRED, "INVEPT" },
		{ VMX_EPT_EXTENT_CONTEXT_BIT, REQUIRED,
		  "single-context INVEPT" },
		{ }
	};
	const struct control *control;

	for (control = needed; control->name; control++) {
		if (probe->caps.ept & control->bit &&
		    !vmx_fails(VMX_FAIL_CONTROL))
			continue;
		scnprintf(probe->missing, sizeof(probe->missing),
			  "this CPU's EPT lacks \"%s\"", control->name);
		return false;
	}
	return true;
}

/*
 * vmcs_create() allocates one write-back page for each region, so a CPU that
 * needs anything else is refused (SDM "Basic VMX Information"). A region may
 * be smaller than a page: real processors report 1024 bytes.
 */
static bool check_basic(struct probe *probe)
{
	u64 basic = probe->caps.basic;

	if (vmx_basic_vmcs_size(basic) > PAGE_SIZE) {
		scnprintf(probe->missing, sizeof(probe->missing),
			  "this CPU needs more than one page for a VMCS");
		return false;
	}
	/* Bits 53:50 are the memory type; 6 is write-back. */
	if (((basic >> 50) & 15) != 6) {
		scnprintf(probe->missing, sizeof(probe->missing),
			  "this CPU needs a memory type other than write-back for a VMCS");
		return false;
	}
	return true;
}

static bool check_enabled(struct probe *probe)
{
	u64 feat_ctl = 0;

	if (!(cpuid_ecx(1) & BIT(X86_FEATURE_VMX & 31))) {
		scnprintf(probe->missing, sizeof(probe->missing),
			  "this CPU has no VMX");
		return false;
	}
	/*
	 * Firmware writes and locks this MSR; where it did not, the kernel does
	 * at boot. VMXON raises #GP unless both bits are set.
	 */
	if (rdmsrl_safe(MSR_IA32_FEAT_CTL, &feat_ctl) ||
	    !(feat_ctl & FEAT_CTL_LOCKED) || vmx_fails(VMX_FAIL_CONTROL) ||
	    !(feat_ctl & FEAT_CTL_VMX_ENABLED_OUTSIDE_SMX)) {
		scnprintf(probe->missing, sizeof(probe->missing),
			  "VMX is disabled by firmware (IA32_FEAT_CTL is 0x%llx)",
			  feat_ctl);
		return false;
	}
	return true;
}

static void read_fixed(struct vmx_caps *caps)
{
	rdmsrl_safe(MSR_IA32_VMX_CR0_FIXED0, &caps->cr0_fixed0);
	rdmsrl_safe(MSR_IA32_VMX_CR0_FIXED1, &caps->cr0_fixed1);
	rdmsrl_safe(MSR_IA32_VMX_CR4_FIXED0, &caps->cr4_fixed0);
	rdmsrl_safe(MSR_IA32_VMX_CR4_FIXED1, &caps->cr4_fixed1);
	rdmsrl_safe(MSR_IA32_VMX_MISC, &caps->misc);
}

static void probe_cpu(void *data)
{
	struct probe *probe = data;

	memset(probe, 0, sizeof(*probe));
	if (!check_enabled(probe))
		return;
	rdmsrl_safe(MSR_IA32_VMX_BASIC, &probe->caps.basic);
	read_fixed(&probe->caps);
	if (!check_basic(probe) || !read_controls(probe))
		return;
	forget_timer(&probe->caps);
	rdmsrl_safe(MSR_IA32_VMX_EPT_VPID_CAP, &probe->caps.ept);
	forget_vpid(&probe->caps);
	check_ept(probe);
}

static int check_platform(void)
{
	if (hypervisor_is_type(X86_HYPER_XEN_PV)) {
		strscpy(missing, "a Xen PV guest cannot use VMX",
			sizeof(missing));
		return -EOPNOTSUPP;
	}
	/*
	 * deliver_nmi() in exit.c delivers an NMI that caused an exit by INT 2,
	 * which needs an IDT; with FRED there is none.
	 */
	if (teavmx_fred_enabled()) {
		strscpy(missing, "the kernel uses FRED, which is not supported",
			sizeof(missing));
		return -EOPNOTSUPP;
	}
	if (!boot_cpu_has(X86_FEATURE_NX)) {
		strscpy(missing, "this CPU has no NX", sizeof(missing));
		return -EOPNOTSUPP;
	}
	return 0;
}

static int probe_one(int cpu, bool first)
{
	static struct probe probe;

	smp_call_function_single(cpu, probe_cpu, &probe, true);
	if (probe.missing[0]) {
		scnprintf(missing, sizeof(missing), "CPU %d: %s", cpu,
			  probe.missing);
		return -EOPNOTSUPP;
	}
	if (first)
		vmx_caps = probe.caps;
	if (memcmp(&vmx_caps, &probe.caps, sizeof(vmx_caps))) {
		scnprintf(missing, sizeof(missing),
			  "CPU %d differs from the first CPU in its VMX capabilities",
			  cpu);
		return -EOPNOTSUPP;
	}
	if (cpu != unlike_cpu)
		cpumask_set_cpu(cpu, &vmx_cpus);
	return 0;
}

/**
 * vmx_caps_init() - read the VMX capabilities of every online CPU
 *
 * Sets vmx_caps, which holds for all CPUs. Called once, at load.
 *
 * Context: may sleep.
 *
 * Return: 0, or -EOPNOTSUPP with the cause in vmx_caps_missing().
 */
int vmx_caps_init(void)
{
	bool first = true;
	unsigned int cpu;
	int err;

	err = check_platform();
	if (err)
		return err;

	cpus_read_lock();
	for_each_online_cpu(cpu) {
		err = probe_one(cpu, first);
		if (err)
			break;
		first = false;
	}
	cpus_read_unlock();
	if (!err)
		missing[0] = '\0';
	return err;
}

/**
 * vmx_caps_check_cpu() - can this CPU run our guests?
 *
 * A CPU that came online after load is probed on its first use, so no hotplug
 * callback is needed.
 *
 * Context: interrupts off.
 *
 * Return: true when it has the same capabilities as the others.
 */
bool vmx_caps_check_cpu(void)
{
	int cpu = smp_processor_id();
	struct probe probe;

	if (vmx_fails(VMX_FAIL_UNLIKE))
		return false;
	if (likely(cpumask_test_cpu(cpu, &vmx_cpus)))
		return true;

	probe_cpu(&probe);
	if (cpu == unlike_cpu || probe.missing[0] ||
	    memcmp(&vmx_caps, &probe.caps, sizeof(vmx_caps)))
		return false;
	cpumask_set_cpu(cpu, &vmx_cpus);
	return true;
}

/**
 * vmx_caps_cpumask() - the CPUs whose capabilities were found equal
 *
 * Bits are added as CPUs come into use, and never removed.
 *
 * Return: the CPUs; some of them may be offline.
 */
const struct cpumask *vmx_caps_cpumask(void)
{
	return &vmx_cpus;
}

/**
 * vmx_caps_missing() - why VMX cannot be used
 *
 * Return: a message, or NULL when it can.
 */
const char *vmx_caps_missing(void)
{
	return missing[0] ? missing : NULL;
}

/**
 * vmx_caps_raw_missing() - why raw guests cannot be run
 *
 * They need more than TEA guests: they begin in real-address mode, so without
 * paging, which only an unrestricted guest can do.
 *
 * Return: a message, or NULL when they can.
 */
const char *vmx_caps_raw_missing(void)
{
	if (missing[0])
		return missing;
	if (!(vmx_caps.allowed[VMX_PROC2].may &
	      SECONDARY_EXEC_UNRESTRICTED_GUEST))
		return "these CPUs lack the VMX control \"unrestricted guest\"";
	return NULL;
}

/**
 * vmx_caps_cpus() - on how many CPUs guests can run
 *
 * Return: number of online CPUs that passed vmx_caps_check_cpu(), 0 when VMX
 * cannot be used at all.
 */
unsigned int vmx_caps_cpus(void)
{
	unsigned int count = 0;
	unsigned int cpu;

	if (missing[0])
		return 0;
	for_each_cpu_and(cpu, &vmx_cpus, cpu_online_mask)
		count++;
	return count;
}
