/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CC_PEEPHOLE_H
#define CC_PEEPHOLE_H

#include "code.h"

/**
 * cc_peephole() - make the code shorter
 * @code: the program
 *
 * Output and result of the program remain the same, also if it ends in an error:
 * the stack grows as far as before, and instructions that can fail or have an
 * effect outside keep their order.
 */
void cc_peephole(struct cc_code *code);

#endif
