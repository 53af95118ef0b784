/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CC_PEEPHOLE_H
#define CC_PEEPHOLE_H

#include "code.h"

/**
 * cc_peephole() - make the code shorter
 * @code: the program
 *
 * What the program says and returns stays the same, also where it ends in an
 * error: the stack still grows as far, and nothing that can fail or be seen
 * changes places.
 */
void cc_peephole(struct cc_code *code);

#endif
