// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "kept.h"

#define KEPT_MAX	(64 << 20)

int kept_add(struct kept *kept, const struct teavmx_record *record)
{
	unsigned char *larger;

	if (!record->size)
		return 0;
	if (kept->size + record->size > KEPT_MAX)
		return -EFBIG;
	larger = realloc(kept->bytes, kept->size + record->size);
	if (!larger)
		return -ENOMEM;
	memcpy(larger + kept->size, record->bytes, record->size);
	kept->bytes = larger;
	kept->size += record->size;
	return 0;
}
