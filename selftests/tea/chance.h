/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CHANCE_H
#define CHANCE_H

/*
 * Numbers that look random and are the same for the same seed on every
 * machine (splitmix64), so that a seed stands for a whole test case.
 */

#include <stdbool.h>
#include <stdint.h>

/**
 * struct chance - a sequence of numbers
 * @state: where it is; the seed to begin with, any value
 */
struct chance {
	uint64_t state;
};

/**
 * chance_next() - the next number
 * @chance: the sequence
 *
 * Return: 64 bits.
 */
static inline uint64_t chance_next(struct chance *chance)
{
	uint64_t mixed = chance->state += 0x9E3779B97F4A7C15;

	mixed = (mixed ^ mixed >> 30) * 0xBF58476D1CE4E5B9;
	mixed = (mixed ^ mixed >> 27) * 0x94D049BB133111EB;
	return mixed ^ mixed >> 31;
}

/**
 * chance_below() - the next number, below a bound
 * @chance: the sequence
 * @bound: 1 or more
 *
 * Return: 0 to @bound - 1.
 */
static inline unsigned int chance_below(struct chance *chance,
					unsigned int bound)
{
	return (unsigned int)(chance_next(chance) % bound);
}

/**
 * chance_percent() - does what happens so often happen now?
 * @chance: the sequence
 * @percent: 0 to 100
 *
 * Return: true in @percent of 100 calls.
 */
static inline bool chance_percent(struct chance *chance, unsigned int percent)
{
	return chance_below(chance, 100) < percent;
}

#endif
