// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <userspace/common/cli.h>

#include "interrupt.h"
#include "top.h"

/**
 * struct live - the display and what is being typed
 * @top: the run
 * @take: takes what was typed
 * @ended: a key has ended the display
 */
struct live {
	struct top *top;
	void (*take)(struct top *top, const char *text);
	bool ended;
};

static void take_vm(struct top *top, const char *text)
{
	unsigned long long number = 0;

	if (*text && cli_number(text, 0, UINT32_MAX, &number)) {
		snprintf(top->view.message, sizeof(top->view.message),
			 "expected the number of a VM, or 0 for all");
		return;
	}
	top->view.choice.vm = (uint32_t)number;
	/* The end of the VM that was typed does not end the display. */
	top->vm = 0;
}

static void take_text(struct top *top, const char *text)
{
	snprintf(top->view.choice.text, sizeof(top->view.choice.text), "%s",
		 text);
}

static void ask(struct live *live, const char *prompt,
		void (*take)(struct top *top, const char *text))
{
	struct top_view *view = &live->top->view;

	view->prompt = prompt;
	view->typed[0] = '\0';
	live->take = take;
}

/* A VM that has ended in between has no costs to reset. */
static bool reset_vm(struct top *top, uint32_t vm)
{
	return !teavmx_stats_reset(top->teavmx, vm, 0) ||
	       teavmx_error(top->teavmx)->status == TEAVMX_OBJECT;
}

static void reset_costs(struct top *top)
{
	struct top_view *view = &top->view;
	struct teavmx_vm *vms;
	int count = teavmx_vm_list(top->teavmx, &vms);
	bool done = count >= 0;
	int i;

	for (i = 0; i < count && done; i++)
		if (!view->choice.vm || vms[i].id == view->choice.vm)
			done = reset_vm(top, vms[i].id);
	if (count > 0)
		free(vms);
	snprintf(view->message, sizeof(view->message), "%.*s", TOP_COLUMNS - 1,
		 done ? "the costs are reset" :
		 teavmx_error(top->teavmx)->message);
}

static void type_key(struct live *live, int key)
{
	struct top_view *view = &live->top->view;
	size_t size = strlen(view->typed);

	if (key == SCREEN_ENTER)
		live->take(live->top, view->typed);
	if (key == SCREEN_ENTER || key == SCREEN_ESCAPE) {
		view->prompt = NULL;
	} else if (key == SCREEN_ERASE && size) {
		view->typed[size - 1] = '\0';
	} else if (key < 0x80 && size + 1 < sizeof(view->typed)) {
		view->typed[size] = (char)key;
		view->typed[size + 1] = '\0';
	}
}

static void press_key(struct live *live, int key)
{
	struct top_view *view = &live->top->view;
	struct top_choice *choice = &view->choice;

	switch (key) {
	case 'q':
		live->ended = true;
		break;
	case 'h':
	case '?':
		view->help = !view->help;
		break;
	case 'p':
	case ' ':
		view->paused = !view->paused;
		break;
	case 's':
		choice->sort = (choice->sort + 1) % TOP_SORTS;
		break;
	case 'c':
		choice->part = (choice->part + 1) % COST_PARTS;
		break;
	case 'v':
		ask(live, "VM, 0 for all", take_vm);
		break;
	case 'f':
		ask(live, "text in a reason's name", take_text);
		break;
	case 'r':
		reset_costs(live->top);
		break;
	default:
		break;
	}
}

static bool live_keys(struct live *live)
{
	struct top_view *view = &live->top->view;
	int key;

	while (!live->ended && (key = screen_key()) != SCREEN_NO_KEY) {
		if (key == SCREEN_REDRAW) {
			screen_redraw();
			continue;
		}
		if (key == SCREEN_OTHER)
			continue;
		view->message[0] = '\0';
		if (view->prompt)
			type_key(live, key);
		else
			press_key(live, key);
	}
	return top_show(live->top);
}

/* A terminal that was stopped would stop the program, which no signal would end then. */
static void live_draw(const struct live *live)
{
	struct pollfd output = { .fd = STDOUT_FILENO, .events = POLLOUT };

	/* Not interrupt_poll(), where the signal of a new size arrives. */
	if (poll(&output, 1, 0) > 0 && output.revents & POLLOUT)
		screen_draw(&live->top->view);
}

/* Until the interval ends, which no interval does while the display is paused */
static bool live_interval(struct live *live)
{
	struct pollfd input = { .fd = STDIN_FILENO, .events = POLLIN };
	struct top *top = live->top;
	long long left;

	while (!live->ended && !interrupt_seen()) {
		live_draw(live);
		left = top_due(top) - interrupt_clock();
		if (!top->view.paused && left <= 0)
			return top_measure(top);
		interrupt_poll(&input, 1, top->view.paused ? -1 : left);
		/* A terminal that is gone has no more keys. */
		if (input.revents & (POLLERR | POLLHUP | POLLNVAL))
			live->ended = true;
		input.revents = 0;
		if (!live_keys(live))
			return false;
	}
	return true;
}

bool top_live(struct top *top)
{
	struct live live = { .top = top };
	unsigned long long round;
	bool good = true;

	for (round = 0; good && !live.ended && !interrupt_seen(); round++) {
		if (top->rounds && round == top->rounds)
			break;
		good = live_interval(&live);
	}
	return good;
}
