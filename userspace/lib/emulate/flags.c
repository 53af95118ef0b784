// SPDX-License-Identifier: LGPL-2.1-or-later
/* SDM "Status Flags" and "Condition Codes" */
#include "core.h"

void flags_put(struct emulator *emulator, uint64_t mask, uint64_t flags)
{
	uint64_t *to = register_of(emulator, TEAVMX_REG_RFLAGS);

	*to = (*to & ~mask) | (flags & mask);
}

uint64_t flags_of(uint64_t result, unsigned int size)
{
	uint64_t flags = 0;

	if (!cut(result, size))
		flags |= FLAG_ZF;
	if (result & sign_bit(size))
		flags |= FLAG_SF;
	if (!__builtin_parity((unsigned int)(result & 0xff)))
		flags |= FLAG_PF;
	return flags;
}

static bool is_less(uint64_t flags)
{
	return !(flags & FLAG_SF) != !(flags & FLAG_OF);
}

/* Odd numbers are the opposites of even ones. */
bool flags_condition(struct emulator *emulator, unsigned int condition)
{
	static const uint32_t any[] = {
		FLAG_OF, FLAG_CF, FLAG_ZF, FLAG_CF | FLAG_ZF, FLAG_SF, FLAG_PF,
	};
	uint64_t flags = *register_of(emulator, TEAVMX_REG_RFLAGS);
	unsigned int pair = condition >> 1 & 7;
	bool holds;

	if (pair < sizeof(any) / sizeof(any[0]))
		holds = flags & any[pair];
	else if (pair == 6)
		holds = is_less(flags);
	else
		holds = flags & FLAG_ZF || is_less(flags);
	return holds != (condition & 1);
}
