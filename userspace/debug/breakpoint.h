/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef DEBUG_BREAKPOINT_H
#define DEBUG_BREAKPOINT_H

#include "debugger.h"

/**
 * breakpoint_add() - add a breakpoint or a watched byte
 * @debugger: the debugger
 * @watch: it is a byte of the stack
 * @address: code address, or index from the bottom of the stack
 * @condition: expression that must not be 0 for a stop, which is copied, or null
 * @point: receives the new point
 *
 * Return: CLI_OK, or another status after an error that is reported.
 */
int breakpoint_add(struct debugger *debugger, bool watch, unsigned int address,
		   const char *condition, struct point **point);

/**
 * breakpoint_remove() - remove a breakpoint or a watched byte
 * @debugger: the debugger
 * @point: one of its points
 *
 * Return: CLI_OK, or another status after an error that is reported.
 */
int breakpoint_remove(struct debugger *debugger, struct point *point);

/**
 * breakpoint_check_condition() - check a condition before its breakpoint is added
 * @debugger: the debugger
 * @address: code address of the breakpoint
 * @condition: the expression
 *
 * A condition is computed in the scope of the breakpoint. Its variables may not exist
 * yet, so only its form and its names are checked.
 *
 * Return: CLI_OK, or CLI_FAILED after an error that is reported.
 */
int breakpoint_check_condition(struct debugger *debugger, unsigned int address,
			       const char *condition);

#endif
