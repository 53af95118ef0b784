// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "gallery.h"

const struct gallery_payload *gallery_payload(const struct gallery_row *row)
{
	const struct gallery_payload *payload;

	for (payload = gallery_payloads; payload->name; payload++)
		if (!strcmp(payload->name, row->payload))
			return payload;
	return NULL;
}

const struct gallery_row *gallery_row(const char *payload)
{
	const struct gallery_row *row;

	for (row = gallery_rows; row->payload; row++)
		if (!strcmp(row->payload, payload))
			return row;
	return NULL;
}

const char *gallery_mode_name(enum teavmx_mode mode)
{
	static const char *const names[] = {
		[TEAVMX_MODE_REAL] = "real",
		[TEAVMX_MODE_PROTECTED] = "protected",
		[TEAVMX_MODE_LONG] = "long",
	};

	return names[mode];
}

const char *gallery_why_absent(uint32_t reason)
{
	const struct gallery_absent *absent;

	for (absent = gallery_absent; absent->why; absent++)
		if (absent->reason == reason)
			return absent->why;
	return NULL;
}
