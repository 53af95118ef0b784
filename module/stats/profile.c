// SPDX-License-Identifier: GPL-2.0-only
#include "profile.h"

#include <linux/hash.h>
#include <linux/ktime.h>
#include <linux/lockdep.h>
#include <linux/log2.h>
#include <linux/slab.h>
#include <linux/string.h>

#define PROFILE_DISTANCE 16

/**
 * profile_new() - allocate a profile
 *
 * Context: may sleep; the memory is charged to the memory cgroup of the caller.
 *
 * Return: it, for profile_begin(), or NULL without memory.
 */
struct profile *profile_new(void)
{
	struct profile *profile = kvmalloc(sizeof(*profile), GFP_KERNEL_ACCOUNT);

	if (profile)
		spin_lock_init(&profile->lock);
	return profile;
}

/**
 * profile_free() - free a profile
 * @profile: it, or NULL
 */
void profile_free(struct profile *profile)
{
	kvfree(profile);
}

/**
 * profile_begin() - begin a profile without exits
 * @profile: it
 */
void profile_begin(struct profile *profile)
{
	spin_lock(&profile->lock);
	profile->begun = ktime_get_ns();
	profile->others = (struct teavmx_profile_exit){
		.reason = TEAVMX_PROFILE_OTHERS,
	};
	memset(profile->exits, 0, sizeof(profile->exits));
	spin_unlock(&profile->lock);
}

static unsigned int profile_hash(const struct profile_costs *exit)
{
	return hash_64(exit->rip ^ (u64)exit->reason << 48,
		       ilog2(PROFILE_SIZE));
}

static struct teavmx_profile_exit *profile_find(struct profile *profile,
						const struct profile_costs *exit)
{
	unsigned int i, hash = profile_hash(exit);
	struct teavmx_profile_exit *entry;

	for (i = 0; i < PROFILE_DISTANCE; i++) {
		entry = &profile->exits[(hash + i) % PROFILE_SIZE];
		if (!entry->count) {
			entry->rip = exit->rip;
			entry->reason = exit->reason;
			return entry;
		}
		if (entry->rip == exit->rip && entry->reason == exit->reason)
			return entry;
	}
	return &profile->others;
}

/**
 * profile_add() - add an exit
 * @profile: to which
 * @exit: it
 *
 * Context: profile->lock is held.
 */
void profile_add(struct profile *profile, const struct profile_costs *exit)
{
	struct teavmx_profile_exit *entry;

	lockdep_assert_held(&profile->lock);
	entry = profile_find(profile, exit);
	entry->count++;
	entry->guest += exit->guest;
	entry->handler += exit->handler;
}

/**
 * profile_copy() - copy the exits of a profile
 * @profile: it
 * @next: place to begin with, 0 at first; receives that of the next call, PROFILE_SIZE + 1
 *	at the end
 * @to: receives them
 * @count: room for so many
 * @begun: receives the time at which the profile was begun
 *
 * Return: how many there are.
 */
unsigned int profile_copy(struct profile *profile, unsigned int *next,
			  struct teavmx_profile_exit *to, unsigned int count,
			  u64 *begun)
{
	const struct teavmx_profile_exit *from;
	unsigned int copied = 0;

	spin_lock(&profile->lock);
	*begun = profile->begun;
	for (; *next <= PROFILE_SIZE && copied < count; ++*next) {
		from = *next ? &profile->exits[*next - 1] : &profile->others;
		if (from->count)
			to[copied++] = *from;
	}
	spin_unlock(&profile->lock);
	return copied;
}
