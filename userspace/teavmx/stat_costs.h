/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TEAVMX_STAT_COSTS_H
#define TEAVMX_STAT_COSTS_H

#include <stdbool.h>
#include <stdint.h>

#include <userspace/lib/teavmx.h>

/**
 * struct stat_costs - which costs are shown, and how
 * @vm: of this VM, which may have ended; 0 for all that exist
 * @vcpus: of each vCPU, not of all vCPUs of a VM together
 * @show: print them
 * @openmetrics: in the OpenMetrics format
 * @reset: reset them then
 */
struct stat_costs {
	uint32_t vm;
	bool vcpus;
	bool show;
	bool openmetrics;
	bool reset;
};

/**
 * stat_costs() - show or reset the costs of exits
 * @teavmx: handle
 * @costs: which ones, and how
 *
 * Return: exit status.
 */
int stat_costs(struct teavmx *teavmx, const struct stat_costs *costs);

#endif
