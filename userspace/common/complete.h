/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef COMPLETE_H
#define COMPLETE_H

#include <stdbool.h>

struct command_set;

/**
 * struct complete_row - candidates for some words of the command line
 * @verbs: the verbs, with spaces between them; null for all
 * @option: the words are values of this option, without --; null for others
 * @word: number of the word after the verb, 1 for the first one; 0 for each
 * @list: commas separate several values in one word
 * @choices: the candidates, with spaces between them, or null
 * @offer: calls complete_offer() for each candidate; or null
 * @files: a pattern for names of files, "/" for folders; or null
 *
 * The first row that fits is used. A word that no row fits has no candidates.
 */
struct complete_row {
	const char *verbs;
	const char *option;
	unsigned int word;
	bool list;
	const char *choices;
	void (*offer)(void);
	const char *files;
};

/**
 * complete_words() - print the candidates for the last word of a command line
 * @program: the program
 * @count: number of words, at least 1
 * @words: the words after the name of the program; the last one can be empty
 *
 * Each candidate is a line: the whole word, and, if there is one, a tab and a
 * description. A candidate that ends in = is continued by a value. If names of files
 * are candidates, a line ":files PATTERN" or ":folders" follows.
 */
void complete_words(const struct command_set *program, int count, char **words);

/**
 * complete_offer() - print a candidate, if it begins with what is typed
 * @word: the candidate
 * @end: what is behind it, such as "="
 * @text: its description, or null
 */
void complete_offer(const char *word, const char *end, const char *text);

#endif
