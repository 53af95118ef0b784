/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TEA_TRANSLATE_RUN_H
#define _TEA_TRANSLATE_RUN_H

/*
 * Runs translated programs. It calls the code that translate.c has written, and is
 * freestanding, as interp.c.
 */

#include "../interp.h"

/**
 * tea_translated_run() - execute instructions of a translated program
 * @process: the process, with the code and the stack size that were translated
 * @program: the translated program, which may be executed
 * @limit: as for tea_run()
 *
 * The same as tea_run(), except that @process->steps is not up to date while
 * translated code is executed.
 *
 * Return: enum tea_run.
 */
enum tea_run tea_translated_run(struct tea_process *process,
				const unsigned char *program,
				unsigned long long limit);

#endif
