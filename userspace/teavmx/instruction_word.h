/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TEAVMX_INSTRUCTION_WORD_H
#define TEAVMX_INSTRUCTION_WORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * struct instruction_word - an instruction whose exit reason has another name
 * @name: its name in the SDM
 * @reason: the exit reason
 */
struct instruction_word {
	const char *name;
	uint32_t reason;
};

/* instruction_words - all of them, up to one without a name */
extern const struct instruction_word instruction_words[];

/**
 * instruction_word_is() - is a word an instruction that exits for a reason?
 * @word: the word, in any case
 * @reason: the exit reason
 *
 * Return: true if @word is the whole name of one of instruction_words.
 */
bool instruction_word_is(const char *word, uint32_t reason);

#endif
