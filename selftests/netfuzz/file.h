/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef FILE_H
#define FILE_H

#include <selftests/tea/chance.h>

/**
 * file_begin() - prepare accesses to mapped memory that fail
 */
void file_begin(void);

/**
 * file_act() - do something with a file of RAM or of a vCPU
 * @chance: what decides
 *
 * Context: not in two callers that share a stack.
 */
void file_act(struct chance *chance);

/**
 * file_close_lost() - close files of the module whose descriptors nothing has
 *
 * A reply that did not arrive leaves its descriptor open.
 */
void file_close_lost(void);

#endif
