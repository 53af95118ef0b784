/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TEAVMX_SLOT_FILE_H
#define TEAVMX_SLOT_FILE_H

#include <userspace/common/tea_file.h>

#include "command.h"

/**
 * struct slot_files - programs for the slots of a VM
 * @stack_size: bytes of stack of their processes, 0 for the usual size
 * @named: bit n set: slot n is to be changed
 * @files: the programs; of 0 bytes for a slot that is to be emptied
 */
struct slot_files {
	uint32_t stack_size;
	unsigned int named;
	struct tea_file files[TEAVMX_SLOTS];
};

/**
 * slot_files_take() - take the word N=FILE, or N= for an empty slot
 * @slots: programs so far
 * @command: the subcommand
 * @word: the word; stays in use
 *
 * Return: CLI_OK, or another status after a mistake that has been reported.
 */
int slot_files_take(struct slot_files *slots, const struct command *command,
		    const char *word);

/**
 * slot_files_load() - load them
 * @slots: programs
 * @teavmx: handle
 * @vm: the VM
 *
 * Return: 0, or -1 with teavmx_error().
 */
int slot_files_load(const struct slot_files *slots, struct teavmx *teavmx,
		    uint32_t vm);

/**
 * slot_files_free() - release them
 * @slots: programs
 */
void slot_files_free(struct slot_files *slots);

#endif
