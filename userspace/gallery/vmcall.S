/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Set-up: none
 * What:   VMCALL is how a guest calls its host, in any mode.
 * SDM:    "Instructions That Cause VM Exits Unconditionally"
 */
#include "payload.h"

PAYLOAD real
	vmcall
	END
