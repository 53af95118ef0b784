/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TEAVMX_TOP_VIEW_H
#define TEAVMX_TOP_VIEW_H

#include "top_model.h"

/* Columns and lines that the display needs */
#define TOP_COLUMNS	80
#define TOP_LINES	10
/* Bytes for a line */
#define TOP_LINE	128

/**
 * struct top_view - what the display shows
 * @table: what happened in the last interval
 * @choice: which of that
 * @khz: ticks in a ms, 0 if that is unknown
 * @seconds: length of an interval
 * @paused: the display remains as it is
 * @help: the keys are shown
 * @prompt: what is typed, or NULL
 * @typed: what was typed so far
 * @message: what the last key has done, or empty
 */
struct top_view {
	struct top_sample table;
	struct top_choice choice;
	uint32_t khz;
	unsigned long long seconds;
	bool paused;
	bool help;
	const char *prompt;
	char typed[TOP_TEXT];
	char message[TOP_COLUMNS];
};

/**
 * top_head_text() - the first line of the display
 * @view: what is shown
 * @line: receives it
 */
void top_head_text(const struct top_view *view, char line[TOP_LINE]);

/**
 * top_vcpu_text() - the row of a vCPU, or the head of these rows
 * @view: what is shown
 * @row: the vCPU, or NULL
 * @line: receives it
 */
void top_vcpu_text(const struct top_view *view, const struct top_vcpu *row,
		   char line[TOP_LINE]);

/**
 * top_reason_text() - the row of an exit reason, or the head of these rows
 * @view: what is shown
 * @row: the reason, or NULL
 * @line: receives it
 */
void top_reason_text(const struct top_view *view, const struct top_reason *row,
		     char line[TOP_LINE]);

/**
 * screen_open() - begin to use the terminal
 *
 * Return: NULL, or what is missing, for a message.
 */
const char *screen_open(void);

/**
 * screen_draw() - show the display
 * @view: what it shows
 *
 * If the terminal is too small, it shows how large it should be.
 */
void screen_draw(const struct top_view *view);

/**
 * enum screen_key - keys that are no characters
 * @SCREEN_NO_KEY: none was pressed
 * @SCREEN_ENTER: Enter
 * @SCREEN_ESCAPE: Escape
 * @SCREEN_ERASE: backspace or delete
 * @SCREEN_REDRAW: Ctrl-L
 * @SCREEN_OTHER: any other one, and a change of the terminal's size
 */
enum screen_key {
	SCREEN_NO_KEY	= -1,
	SCREEN_ENTER	= 256,
	SCREEN_ESCAPE,
	SCREEN_ERASE,
	SCREEN_REDRAW,
	SCREEN_OTHER,
};

/**
 * screen_key() - take a key, without waiting for one
 *
 * Return: a printable character of ASCII, or enum screen_key.
 */
int screen_key(void);

/**
 * screen_redraw() - have the next screen_draw() send the whole display
 */
void screen_redraw(void);

/**
 * screen_close() - leave the terminal as it was
 */
void screen_close(void);

#endif
