/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HOSTILE_GUEST_H
#define HOSTILE_GUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <userspace/lib/teavmx.h>

#include "hostile_kinds.h"

/*
 * Hostile guests that are generated from a seed. This part is for programs that use
 * teavmx as for those that use KVM.
 */

#define HOSTILE_VCPUS		4
#define HOSTILE_REGISTERS	80

/**
 * enum hostile_mode - mode in which a guest begins
 * @HOSTILE_REAL: 16-bit real mode
 * @HOSTILE_PROTECTED: 32-bit protected mode, with paging or without
 * @HOSTILE_PAE: 32-bit protected mode with PAE paging
 * @HOSTILE_LONG: 64-bit mode
 */
enum hostile_mode {
	HOSTILE_REAL,
	HOSTILE_PROTECTED,
	HOSTILE_PAE,
	HOSTILE_LONG,
	HOSTILE_MODES
};

/**
 * struct hostile_guest - a guest
 * @mode: where it begins
 * @vcpus: number of vCPUs
 * @plain: its page tables and descriptors have no random part
 * @random: state of the random numbers, for those who run it
 * @count: registers of each vCPU
 * @registers: the registers
 * @ram: its RAM
 */
struct hostile_guest {
	enum hostile_mode mode;
	unsigned int vcpus;
	bool plain;
	uint64_t random;
	unsigned int count;
	struct teavmx_register registers[HOSTILE_VCPUS][HOSTILE_REGISTERS];
	uint8_t ram[HOSTILE_RAM];
};

/* Of hostile_guest.S: the snippets, and the handlers of exceptions */
extern const uint8_t hostile_snippets_16[], hostile_snippets_32[],
		     hostile_snippets_64[];
extern const uint8_t hostile_handler_16[], hostile_handler_16_end[],
		     hostile_handler_32[], hostile_handler_32_end[],
		     hostile_handler_64[], hostile_handler_64_end[];

/**
 * hostile_random() - the next random number
 * @random: state
 *
 * Return: the number.
 */
uint64_t hostile_random(uint64_t *random);

/**
 * hostile_make() - make the guest of a seed
 * @guest: receives it
 * @seed: any number
 * @vcpus: most vCPUs that it may have, up to HOSTILE_VCPUS
 */
void hostile_make(struct hostile_guest *guest, uint64_t seed,
		  unsigned int vcpus);

/**
 * hostile_code() - fill the slots of code
 * @code: receives CODE_SIZE bytes
 * @bits: 16, 32 or 64
 * @random: state of the random numbers
 */
void hostile_code(uint8_t *code, unsigned int bits, uint64_t *random);

/**
 * hostile_hash() - continue a hash
 * @hash: the hash so far, 0 to begin with
 * @data: 64-bit words
 * @size: bytes, a multiple of 8
 *
 * Return: the hash.
 */
uint64_t hostile_hash(uint64_t hash, const void *data, size_t size);

#endif
