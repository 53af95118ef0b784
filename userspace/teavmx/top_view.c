// SPDX-License-Identifier: GPL-2.0-only
/* Functions of ncurses are called by pointers, which macros would not do. */
#define NCURSES_NOMACROS
#include <ctype.h>
#include <signal.h>
#include <ncurses.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <userspace/lib/late.h>

#include "top_view.h"

/* Lines of the display that are no rows: two at the top, and the heads */
#define FIXED_LINES	5
/* ms in which the rest of a key that begins with Escape comes */
#define ESCAPE_MS	25

/* What is used of ncurses */
static struct {
	LATE_POINTER(newterm);
	LATE_POINTER(delscreen);
	LATE_POINTER(endwin);
	LATE_POINTER(newwin);
	LATE_POINTER(cbreak);
	LATE_POINTER(noecho);
	LATE_POINTER(curs_set);
	LATE_POINTER(set_escdelay);
	LATE_POINTER(nodelay);
	LATE_POINTER(keypad);
	LATE_POINTER(wgetch);
	LATE_POINTER(werase);
	LATE_POINTER(wmove);
	LATE_POINTER(waddnstr);
	LATE_POINTER(wattrset);
	LATE_POINTER(redrawwin);
	LATE_POINTER(wrefresh);
	LATE_POINTER(getmaxy);
	LATE_POINTER(getmaxx);
} curses;

static const struct late_symbol curses_symbols[] = {
	LATE_SYMBOL(curses, newterm),
	LATE_SYMBOL(curses, delscreen),
	LATE_SYMBOL(curses, endwin),
	LATE_SYMBOL(curses, newwin),
	LATE_SYMBOL(curses, cbreak),
	LATE_SYMBOL(curses, noecho),
	LATE_SYMBOL(curses, curs_set),
	LATE_SYMBOL(curses, set_escdelay),
	LATE_SYMBOL(curses, nodelay),
	LATE_SYMBOL(curses, keypad),
	LATE_SYMBOL(curses, wgetch),
	LATE_SYMBOL(curses, werase),
	LATE_SYMBOL(curses, wmove),
	LATE_SYMBOL(curses, waddnstr),
	LATE_SYMBOL(curses, wattrset),
	LATE_SYMBOL(curses, redrawwin),
	LATE_SYMBOL(curses, wrefresh),
	LATE_SYMBOL(curses, getmaxy),
	LATE_SYMBOL(curses, getmaxx),
	{ NULL, NULL },
};

static struct late_library ncurses = {
	.name = CURSES_SONAME,
	.symbols = curses_symbols,
};

LATE_NOTE(CURSES_SONAME, "display of teavmx top");

/**
 * struct screen_state - the terminal
 * @terminal: of ncurses
 * @window: all of it
 * @output: standard output, as interrupt_catch() replaces stdout
 * @redraw: send the whole display
 */
static struct screen_state {
	SCREEN *terminal;
	WINDOW *window;
	FILE *output;
	bool redraw;
} screen;

static const char *const help[] = {
	"q  quit",
	"p  pause, or go on (also the space bar)",
	"s  sort by exits, by time (exits multiplied by cost) or by number",
	"c  show the cost in the guest, in the handler or of delivery",
	"v  show one VM: type its number, and 0 for all",
	"f  show reasons that have a text in their name: type it, nothing for all",
	"r  reset the costs of the VMs that are shown, for every reader of them",
	"h  show these keys, or the exits again",
	"",
	"Costs are those of the interval, but max is that since the last reset.",
};

/* Text is ASCII: names are those of this program, and what is typed is checked. */
static void put_line(int line, const char *text, attr_t attributes)
{
	int columns = curses.getmaxx(screen.window);
	char whole[TOP_LINE];

	curses.wattrset(screen.window, (int)attributes);
	snprintf(whole, sizeof(whole), "%-*.*s", TOP_LINE - 1, TOP_LINE - 1,
		 text);
	curses.wmove(screen.window, line, 0);
	curses.waddnstr(screen.window, attributes ? whole : text, columns);
	curses.wattrset(screen.window, A_NORMAL);
}

static void put_more(int line, size_t left)
{
	char text[TOP_LINE];

	snprintf(text, sizeof(text), "%12s%zu more", "", left);
	put_line(line, text, A_NORMAL);
}

/* Puts at most @room rows from @line on; returns the line after them. */
static int put_vcpus(const struct top_view *view, int line, size_t room)
{
	size_t count = view->table.vcpu_count;
	char text[TOP_LINE];
	size_t i;

	top_vcpu_text(view, NULL, text);
	put_line(line++, text, A_REVERSE);
	for (i = 0; i < count && (i + 1 < room || count <= room); i++) {
		top_vcpu_text(view, &view->table.vcpus[i], text);
		put_line(line++, text, A_NORMAL);
	}
	if (i < count)
		put_more(line++, count - i);
	return line;
}

static void put_reasons(const struct top_view *view, int line, size_t room)
{
	size_t count = view->table.reason_count;
	char text[TOP_LINE];
	size_t i;

	top_reason_text(view, NULL, text);
	put_line(line++, text, A_REVERSE);
	for (i = 0; i < count && (i + 1 < room || count <= room); i++) {
		top_reason_text(view, &view->table.reasons[i], text);
		put_line(line++, text, A_NORMAL);
	}
	if (i < count)
		put_more(line, count - i);
}

/* vCPUs have a third of the rows, or what the reasons leave. */
static void put_tables(const struct top_view *view, int lines)
{
	size_t rows = (size_t)lines - FIXED_LINES;
	size_t room = rows / 3;
	int line;

	if (view->table.reason_count < rows - room)
		room = rows - view->table.reason_count;
	line = put_vcpus(view, 2, room) + 1;
	put_reasons(view, line, (size_t)(lines - line - 1));
}

static void put_choice(const struct top_view *view)
{
	const struct top_choice *choice = &view->choice;
	char text[TOP_LINE];
	char vm[16] = "all";

	if (choice->vm)
		snprintf(vm, sizeof(vm), "%u", choice->vm);
	if (view->prompt)
		snprintf(text, sizeof(text), "%s: %s_", view->prompt,
			 view->typed);
	else if (*view->message)
		snprintf(text, sizeof(text), "%s", view->message);
	else
		snprintf(text, sizeof(text),
			 "VM: %s  reasons: %s  sorted by: %s   h: help  q: quit",
			 vm, *choice->text ? choice->text : "all",
			 top_sort_names[choice->sort]);
	put_line(1, text, A_NORMAL);
}

static void put_too_small(void)
{
	char text[TOP_LINE];

	put_line(0, "too small", A_NORMAL);
	snprintf(text, sizeof(text), "%dx%d is", TOP_COLUMNS, TOP_LINES);
	put_line(1, text, A_NORMAL);
	put_line(2, "needed", A_NORMAL);
}

static void put_view(const struct top_view *view, int lines)
{
	char text[TOP_LINE];
	int i;

	top_head_text(view, text);
	put_line(0, text, A_NORMAL);
	put_choice(view);
	if (!view->help) {
		put_tables(view, lines);
		return;
	}
	for (i = 0; i < (int)(sizeof(help) / sizeof(*help)); i++)
		put_line(i + 2, help[i], A_NORMAL);
}

void screen_draw(const struct top_view *view)
{
	int lines = curses.getmaxy(screen.window);

	curses.werase(screen.window);
	if (lines < TOP_LINES || curses.getmaxx(screen.window) < TOP_COLUMNS)
		put_too_small();
	else
		put_view(view, lines);
	/* Not earlier: a read of a key would send what was shown before. */
	if (screen.redraw)
		curses.redrawwin(screen.window);
	screen.redraw = false;
	curses.wrefresh(screen.window);
}

void screen_redraw(void)
{
	screen.redraw = true;
}

int screen_key(void)
{
	int key = curses.wgetch(screen.window);

	switch (key) {
	case ERR:
		return SCREEN_NO_KEY;
	case '\n':
	case '\r':
	case KEY_ENTER:
		return SCREEN_ENTER;
	case '\33':
		return SCREEN_ESCAPE;
	case '\b':
	case '\177':
	case KEY_BACKSPACE:
		return SCREEN_ERASE;
	case 'L' & 0x1f:
		return SCREEN_REDRAW;
	default:
		return key < 0x80 && isprint(key) ? key : SCREEN_OTHER;
	}
}

/*
 * The signal of a new size arrives only in interrupt_poll(), which it ends: if it came
 * after the last read of a key and before that, the new size would not be seen.
 */
static void hold_size(int how)
{
	sigset_t size;

	sigemptyset(&size);
	sigaddset(&size, SIGWINCH);
	sigprocmask(how, &size, NULL);
}

void screen_close(void)
{
	if (screen.window)
		curses.endwin();
	if (screen.terminal)
		curses.delscreen(screen.terminal);
	if (screen.output)
		fclose(screen.output);
	screen = (struct screen_state){ 0 };
	hold_size(SIG_UNBLOCK);
}

const char *screen_open(void)
{
	const char *missing = late_load(&ncurses);
	int fd;

	if (missing)
		return missing;
	hold_size(SIG_BLOCK);
	fd = dup(STDOUT_FILENO);
	screen.output = fd < 0 ? NULL : fdopen(fd, "w");
	if (screen.output)
		screen.terminal = curses.newterm(NULL, screen.output, stdin);
	if (screen.terminal)
		screen.window = curses.newwin(0, 0, 0, 0);
	if (!screen.window) {
		screen_close();
		return "the variable TERM names no terminal that is known";
	}
	curses.cbreak();
	curses.noecho();
	curses.curs_set(0);
	curses.set_escdelay(ESCAPE_MS);
	curses.nodelay(screen.window, true);
	curses.keypad(screen.window, true);
	return NULL;
}
