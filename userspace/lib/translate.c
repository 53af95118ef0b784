// SPDX-License-Identifier: LGPL-2.1-or-later
#include <errno.h>

#include "guest.h"

int teavmx_translate(struct teavmx *teavmx, uint32_t vm,
		     const struct teavmx_register *registers, size_t count,
		     uint64_t linear, uint64_t *physical)
{
	static const struct emulator_ops ops = { .ram = teavmx_live_ram };
	struct teavmx_live live = {
		.emulator = { .ops = &ops, .error = &teavmx->error },
		.teavmx = teavmx,
		.vm = vm,
		.beyond = UINT64_MAX,
	};

	live.emulator.data = &live;
	emulator_import(&live.emulator.now, registers, count);
	return emulator_translate(&live.emulator, linear, EMULATOR_PEEK,
				  physical);
}
