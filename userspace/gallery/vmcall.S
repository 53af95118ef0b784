/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Set-up: the number of the call in RAX
 * What:   VMCALL is how a guest calls its host, in any mode.
 * SDM:    "Instructions That Cause VM Exits Unconditionally"
 */
#include "payload.h"

PAYLOAD real
	mov	$7, %eax
	vmcall
	END
