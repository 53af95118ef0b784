// SPDX-License-Identifier: LGPL-2.1-or-later
#include "teavmx.h"

static int follow_once(struct teavmx *teavmx,
		       const struct teavmx_follower *follower, void *data)
{
	struct teavmx_record record;
	int err = follower->check(data);

	if (err)
		return err;
	err = teavmx_event_next(teavmx, &record);
	if (err)
		return err < 0 ? -1 : follower->record(&record, data);
	err = follower->wait(teavmx_event_fd(teavmx), data);
	if (err != TEAVMX_FOLLOW_SYNC)
		return err;
	if (teavmx_event_sync(teavmx))
		return -1;
	return follower->synced ? follower->synced(data) : TEAVMX_FOLLOW_ON;
}

int teavmx_follow(struct teavmx *teavmx, const struct teavmx_follower *follower,
		  void *data)
{
	int err;

	do {
		err = follow_once(teavmx, follower, data);
	} while (err == TEAVMX_FOLLOW_ON);
	return err < 0 ? -1 : 0;
}
