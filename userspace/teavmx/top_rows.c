// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>

#include "output.h"
#include "top_view.h"

static unsigned int count_running(const struct top_sample *table)
{
	unsigned int running = 0;
	size_t i;

	for (i = 0; i < table->vcpu_count; i++)
		running += table->vcpus[i].state == TEAVMX_VCPU_STATE_RUNNING;
	return running;
}

static double percent(uint64_t part, uint64_t all)
{
	return all ? 100.0 * (double)part / (double)all : 0;
}

static uint64_t vcpu_exits(const struct top_sample *table)
{
	uint64_t total = 0;
	size_t i;

	for (i = 0; i < table->vcpu_count; i++)
		total += table->vcpus[i].exits;
	return total;
}

/* The first sample has counts, but no rate. */
static void rate_text(const struct top_sample *table, uint64_t count,
		      char text[COST_TEXT])
{
	if (table->ms > 0)
		snprintf(text, COST_TEXT, "%.0f", top_rate(count, table->ms));
	else
		snprintf(text, COST_TEXT, "-");
}

void top_head_text(const struct top_view *view, char line[TOP_LINE])
{
	const struct top_sample *table = &view->table;
	char rate[COST_TEXT];

	rate_text(table, top_exits(table), rate);
	snprintf(line, TOP_LINE,
		 "VMs: %d  vCPUs: %zu, %u running  exits/s: %s  every %llu s%s",
		 table->vms, table->vcpu_count, count_running(table), rate,
		 view->seconds, view->paused ? "  PAUSED" : "");
}

void top_vcpu_text(const struct top_view *view, const struct top_vcpu *row,
		   char line[TOP_LINE])
{
	const char *backend, *state, *stop = NULL;
	char rate[COST_TEXT];

	if (!row) {
		snprintf(line, TOP_LINE, "%5s %4s %-7s %-8s %-26s %11s %6s", "VM",
			 "vCPU", "backend", "state", "paused for", "exits/s",
			 "share");
		return;
	}
	backend = teavmx_backend_name(row->backend);
	state = teavmx_state_name(row->state);
	if (row->stop != TEAVMX_STOP_NONE)
		stop = teavmx_stop_name(row->stop);
	rate_text(&view->table, row->exits, rate);
	snprintf(line, TOP_LINE, "%5u %4u %-7s %-8s %-26s %11s %5.1f%%",
		 row->vm, row->vcpu, backend ? backend : "?",
		 state ? state : "?", stop ? stop : "-", rate,
		 percent(row->exits, vcpu_exits(&view->table)));
}

static void ticks_text(const struct top_view *view, double ticks,
		       char text[COST_TEXT])
{
	if (view->khz)
		cost_text(cost_ns(ticks, view->khz), text);
	else
		snprintf(text, COST_TEXT, "-");
}

static void reason_head(const struct top_view *view, char line[TOP_LINE])
{
	char title[TOP_TEXT];

	snprintf(title, sizeof(title), "reason; cost: %s",
		 cost_part_names[view->choice.part]);
	snprintf(line, TOP_LINE, "%5s %-24s %9s %6s %10s %6s %6s %6s", "VM",
		 title, "exits/s", "share", "mean", "p50", "p99", "max");
}

void top_reason_text(const struct top_view *view, const struct top_reason *row,
		     char line[TOP_LINE])
{
	char mean[COST_TEXT] = "-", half[COST_TEXT] = "-";
	char most[COST_TEXT] = "-", highest[COST_TEXT] = "-";
	struct teavmx_reason_cost costs;
	const struct teavmx_cost *cost;
	char rate[COST_TEXT];
	char number[16];

	if (!row) {
		reason_head(view, line);
		return;
	}
	costs = row->cost;
	cost = cost_of(&costs, view->choice.part);
	if (cost->count) {
		ticks_text(view, cost_mean(cost), mean);
		ticks_text(view, cost_percentile(cost, 50), half);
		ticks_text(view, cost_percentile(cost, 99), most);
		ticks_text(view, (double)cost->highest, highest);
	}
	rate_text(&view->table, row->exits, rate);
	snprintf(line, TOP_LINE, "%5u %-24s %9s %5.1f%% %10s %6s %6s %6s", row->vm,
		 output_reason(row->cost.reason, number, sizeof(number)), rate,
		 percent(row->exits, top_exits(&view->table)), mean, half, most,
		 highest);
}
