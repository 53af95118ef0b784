// SPDX-License-Identifier: GPL-2.0-only
/*
 * hostile_ends [-v] SEED...: runs the hostile guests of these seeds, with one vCPU each,
 * and prints a line with the end of each one, for selftests/vm/hostile_agree. Nothing in
 * a line depends on the time. With the letter s behind a seed, its guest executes a number
 * of instructions one by one; otherwise one that a bound of time or exits has stopped has
 * the end "bound". With the letter e, events are injected, and so on. -v prints exits,
 * registers and the words of RAM that have changed, too.
 *
 * Exit status: 0, 1 a request or a guest has failed, 2 wrong usage.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hostile_run.h"

static void end_show(const char *name, const struct hostile_guest *guest,
		     const struct hostile_end *end)
{
	if (end->fault[0]) {
		printf("seed %s: fault: %s\n", name, end->fault);
		return;
	}
	if (end->timed) {
		printf("seed %s: bound\n", name);
		return;
	}
	printf("seed %s: mode %d, %u stops, last %s %s, ", name, guest->mode,
	       end->stops, teavmx_stop_name(end->stop) ?: "?",
	       end->reason ? vmx_exit_reason_name(end->reason & 0xffff) ?: "?" : "-");
	printf("%u exits %016llx, registers %016llx, RAM %016llx\n", end->caused,
	       (unsigned long long)end->sequence,
	       (unsigned long long)end->registers,
	       (unsigned long long)end->ram);
}

static void changes_show(const struct hostile_guest *guest, uint64_t seed)
{
	static struct hostile_guest made;
	uint64_t before, after;
	uint32_t at;

	hostile_make(&made, seed, 1);
	for (at = 0; at < HOSTILE_RAM; at += sizeof(after)) {
		memcpy(&before, made.ram + at, sizeof(before));
		memcpy(&after, guest->ram + at, sizeof(after));
		if (before != after)
			printf("#   RAM 0x%x %016llx\n", at,
			       (unsigned long long)after);
	}
}

static int seed_run(struct teavmx *teavmx, struct hostile_guest *guest,
		    const char *name, unsigned int how)
{
	struct hostile_end end;
	char *letters;
	uint64_t seed = strtoull(name, &letters, 10);

	if (letters == name || strspn(letters, "se") != strlen(letters)) {
		fprintf(stderr, "hostile_ends: '%s' is no seed\n", name);
		return 2;
	}
	if (strchr(letters, 's'))
		how |= HOSTILE_STEPS;
	if (strchr(letters, 'e'))
		how |= HOSTILE_EVENTS;
	hostile_make(guest, seed, 1);
	hostile_run(teavmx, guest, how, &end);
	if (how & HOSTILE_SHOW)
		changes_show(guest, seed);
	end_show(name, guest, &end);
	fflush(stdout);
	return end.fault[0] ? 1 : 0;
}

int main(int argc, char **argv)
{
	unsigned int how = HOSTILE_LOOK | HOSTILE_SEQUENCE;
	static struct hostile_guest guest;
	struct teavmx *teavmx = machine_open();
	int i = 1, status = 0;

	if (argc > 1 && !strcmp(argv[1], "-v")) {
		how |= HOSTILE_SHOW;
		i++;
	}
	for (; i < argc && status < 2; i++)
		status |= seed_run(teavmx, &guest, argv[i], how);
	teavmx_close(teavmx);
	return status;
}
