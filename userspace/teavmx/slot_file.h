/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TEAVMX_SLOT_FILE_H
#define TEAVMX_SLOT_FILE_H

#include <userspace/common/tea_file.h>

#include "command.h"

/**
 * struct slot_files - programs for the slots of a VM
 * @stack_size: bytes of stack of their processes, 0 for TEA_STACK_DEFAULT
 * @named: bit n is set when slot n is to be changed
 * @files: the programs; one of 0 bytes empties the slot
 */
struct slot_files {
	uint32_t stack_size;
	unsigned int named;
	struct tea_file files[TEAVMX_SLOTS];
};

/**
 * slot_files_take() - read a word N=FILE, or N= for an empty slot
 * @slots: programs so far
 * @command: the subcommand
 * @word: the word; must live as long as @slots
 *
 * Return: CLI_OK, or another status after a mistake that has been reported.
 */
int slot_files_take(struct slot_files *slots, const struct command *command,
		    const char *word);

/**
 * slot_files_load() - load the programs into the slots
 * @slots: programs
 * @teavmx: handle
 * @vm: the VM
 *
 * Return: 0, or -1 with teavmx_error().
 */
int slot_files_load(const struct slot_files *slots, struct teavmx *teavmx,
		    uint32_t vm);

/**
 * slot_files_free() - release the programs
 * @slots: programs
 */
void slot_files_free(struct slot_files *slots);

#endif
