/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Set-up: none
 * What:   INVD always exits: it would drop what the caches of the host hold.
 * SDM:    "Instructions That Cause VM Exits Unconditionally"
 */
#include "payload.h"

PAYLOAD real
	invd
	END
