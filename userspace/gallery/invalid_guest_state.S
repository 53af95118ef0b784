/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Set-up: VMCS link pointer written
 * What:   VM entry finds a VMCS link pointer that is no address of a VMCS and
 *         fails; the guest never runs.
 * SDM:    "VM-Entry Failures During or After Loading Guest State"
 */
#include "payload.h"

PAYLOAD real
	END
