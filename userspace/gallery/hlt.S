/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Set-up: none
 * What:   HLT exits, and the processor does not halt. HLT is also the end of
 *         every payload, and this one has nothing else.
 * SDM:    "Instructions That Cause VM Exits Conditionally"
 */
#include "payload.h"

PAYLOAD real
	END
