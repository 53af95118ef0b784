/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Set-up: VM-entry MSR-load area written
 * What:   VM entry is to load IA32_FS_BASE from the MSR-load area, which is
 *         forbidden, and fails; the guest never runs.
 * SDM:    "Loading MSRs"; "VM-Entry Failures During or After Loading Guest
 *         State"
 */
#include "payload.h"

PAYLOAD real
	END
