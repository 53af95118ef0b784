/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TEAVMX_VMX_PERF_LIST_H
#define _TEAVMX_VMX_PERF_LIST_H

/*
 * The file that includes this header defines struct vmx_msr_entry, struct
 * perf_guest_switch_msr and the numbers of MSRs first: perf.c by headers of the kernel,
 * a test in user space by itself.
 */

/*
 * The perf subsystem can name at most this many MSRs: one for each of its
 * counters, X86_PMC_IDX_MAX.
 */
#define PERF_LIST_MSRS 64

/*
 * Where and what PEBS writes, which has no effect in a guest, as no counter with PEBS counts
 * there. perf of Linux 6.1, and later before it was corrected, has another value for guests
 * whenever an event counts at all, such as that of the NMI watchdog; then each entry and
 * exit would switch it, and there would be no fast path.
 */
static inline bool perf_list_leaves(unsigned int msr)
{
	return msr == MSR_IA32_DS_AREA || msr == MSR_PEBS_DATA_CFG;
}

/*
 * The counters with PEBS that perf has count in a guest, by bits of IA32_PERF_GLOBAL_CTRL:
 * some kernels do that for an event that excludes the host. Its records would be written
 * to the guest's memory.
 */
static inline unsigned long long
perf_list_guest_pebs(const struct perf_guest_switch_msr *msrs, int count)
{
	int i;

	for (i = 0; i < count; i++)
		if (msrs[i].msr == MSR_IA32_PEBS_ENABLE)
			return msrs[i].guest;
	return 0;
}

/*
 * As in later kernels such a counter stands still in a guest. IA32_PEBS_ENABLE may have
 * its bit on the host, whatever perf names there, and remains as it is then.
 */
static inline unsigned long long
perf_list_guest_value(const struct perf_guest_switch_msr *msr, unsigned long long pebs)
{
	if (msr->msr == MSR_CORE_PERF_GLOBAL_CTRL)
		return msr->guest & ~pebs;
	return msr->msr == MSR_IA32_PEBS_ENABLE ? 0 : msr->guest;
}

/**
 * struct vmx_perf - VM-entry MSR-load area and VM-exit MSR-load area
 * @guest: what an entry loads
 * @host: what an exit loads
 */
struct vmx_perf {
	struct vmx_msr_entry guest[PERF_LIST_MSRS];
	struct vmx_msr_entry host[PERF_LIST_MSRS];
};

/**
 * perf_list_fill() - fill the areas with the MSRs that differ in a guest
 * @perf: receives the values
 * @msrs: MSRs with their values for the host and for guests, or NULL
 * @count: number of @msrs; undefined when that is NULL
 *
 * Return: number of MSRs that are switched.
 */
static inline unsigned int
perf_list_fill(struct vmx_perf *perf, const struct perf_guest_switch_msr *msrs,
	       int count)
{
	unsigned long long pebs = msrs ? perf_list_guest_pebs(msrs, count) : 0;
	unsigned int filled = 0;
	int i;

	for (i = 0; msrs && i < count && filled < PERF_LIST_MSRS; i++) {
		unsigned long long guest = perf_list_guest_value(&msrs[i], pebs);

		if (msrs[i].host == guest || perf_list_leaves(msrs[i].msr))
			continue;
		perf->guest[filled] = (struct vmx_msr_entry){
			.index = msrs[i].msr,
			.value = guest,
		};
		perf->host[filled] = (struct vmx_msr_entry){
			.index = msrs[i].msr,
			.value = msrs[i].host,
		};
		filled++;
	}
	return filled;
}

/**
 * perf_list_has() - is an MSR switched?
 * @perf: filled areas
 * @count: number of MSRs in them
 * @msr: the MSR
 *
 * Return: true when it is.
 */
static inline bool perf_list_has(const struct vmx_perf *perf,
				 unsigned int count, unsigned int msr)
{
	unsigned int i;

	for (i = 0; i < count; i++)
		if (perf->guest[i].index == msr)
			return true;
	return false;
}

#endif
