/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TEAVMX_TOP_H
#define TEAVMX_TOP_H

#include "top_view.h"

/**
 * struct top - a run of teavmx top
 * @teavmx: handle
 * @view: what is shown
 * @before: what was counted when the interval began
 * @now: what was counted when it ended
 * @vm: the VM that the command line names, whose end ends the run; 0 for none
 * @rounds: intervals until it ends, 0 for no limit
 * @batch: rows are printed, and no key is read
 */
struct top {
	struct teavmx *teavmx;
	struct top_view view;
	struct top_sample before;
	struct top_sample now;
	uint32_t vm;
	unsigned long long rounds;
	bool batch;
};

/**
 * top_measure() - end an interval, and begin the next
 * @top: the run; its view receives what happened in the interval
 *
 * Return: false if that failed, for the reason that teavmx_error() has, or without
 * memory if that has none.
 */
bool top_measure(struct top *top);

/**
 * top_show() - select and order again what happened in the interval
 * @top: the run
 *
 * Return: false without memory.
 */
bool top_show(struct top *top);

/**
 * top_due() - when the interval ends
 * @top: the run
 *
 * Return: interrupt_clock() then.
 */
long long top_due(const struct top *top);

/**
 * top_live() - show the display until a key or a signal ends it
 * @top: the run, whose first interval has begun
 *
 * Return: false if something failed, as in top_measure().
 */
bool top_live(struct top *top);

#endif
