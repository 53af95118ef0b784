/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HOSTILE_RUN_H
#define HOSTILE_RUN_H

#include "guest.h"
#include "hostile_guest.h"

/**
 * struct hostile_end - what a hostile guest has come to
 * @timed: how far it came depends on the time: a bound stopped it, or it has several
 *	vCPUs. The hashes have no meaning then
 * @stops: how often it stopped
 * @exits: exits, of all reasons
 * @stop: enum teavmx_stop at the end
 * @reason: exit reason that it was paused for in the end
 * @path: hash of the stops
 * @sequence: hash of the exits that the guest has caused, with HOSTILE_SEQUENCE
 * @caused: number of these
 * @registers: hash of the registers of the first vCPU
 * @ram: hash of its RAM, with HOSTILE_LOOK
 * @fault: what must not happen, or empty
 */
struct hostile_end {
	bool timed;
	unsigned int stops;
	uint64_t exits;
	int stop;
	uint32_t reason;
	uint64_t path;
	uint64_t sequence;
	unsigned int caused;
	uint64_t registers;
	uint64_t ram;
	char fault[400];
};

/**
 * enum hostile_how - how a guest is run
 * @HOSTILE_EVENTS: inject events, set breakpoints and change registers in between
 * @HOSTILE_LOOK: read its RAM in the end
 * @HOSTILE_SEQUENCE: read its exits from the log of its VM in the end
 * @HOSTILE_STEPS: stop it after a number of instructions and not after a time
 * @HOSTILE_SHOW: print the registers, and with HOSTILE_SEQUENCE the exits
 */
enum hostile_how {
	HOSTILE_EVENTS = 1,
	HOSTILE_LOOK = 2,
	HOSTILE_SEQUENCE = 4,
	HOSTILE_STEPS = 8,
	HOSTILE_SHOW = 16,
};

/**
 * hostile_run() - run a guest in a VM of its own for a while, and delete it
 * @teavmx: handle
 * @guest: the guest; its random numbers are used up
 * @how: bits of enum hostile_how
 * @end: receives its end
 */
void hostile_run(struct teavmx *teavmx, struct hostile_guest *guest,
		 unsigned int how, struct hostile_end *end);

#endif
