/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TEAVMX_WORDS_H
#define TEAVMX_WORDS_H

#include <stdio.h>

#include <jansson.h>

#include <userspace/lib/teavmx.h>

/* A control word of 64 bits may have as many */
#define WORDS_MAX	64
#define WORDS_SIZE	64

/**
 * struct words - the meaning of a value, one entry for each bit or part
 * @count: entries in @word
 * @word: the words
 */
struct words {
	size_t count;
	char word[WORDS_MAX][WORDS_SIZE];
};

/**
 * words_register() - decode a register
 * @words: receives the words; none for a plain number
 * @number: enum teavmx_reg_number
 * @value: what the register holds
 */
void words_register(struct words *words, uint32_t number, uint64_t value);

/**
 * words_field() - decode a VMCS field that does not depend on others
 * @words: receives the words; none for a plain number
 * @field: enum vmcs_encoding
 * @value: what the field holds
 */
void words_field(struct words *words, uint32_t field, uint64_t value);

/**
 * words_rights() - decode the access rights of a segment
 * @words: receives the words
 * @rights: in the format of the VMCS
 */
void words_rights(struct words *words, uint32_t rights);

/**
 * words_fields() - the same for the decoded information on an exit
 * @words: receives the words
 * @fields: the fields of that
 */
void words_fields(struct words *words, const struct teavmx_fields *fields);

/**
 * words_print() - print words within 80 columns and end the line
 * @words: the words
 * @column: where the cursor is, and where further lines begin
 * @to: where to
 */
void words_print(const struct words *words, int column, FILE *to);

/**
 * words_json() - words as a JSON array
 * @words: the words
 *
 * Return: a new reference.
 */
json_t *words_json(const struct words *words);

#endif
