// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <histedit.h>

#include "input.h"
#include "interrupt.h"

#define HISTORY_LINES	1000
#define PROMPT		"(tea) "
#define LINE_SIZE	4096

/**
 * struct input - a source of commands
 * @file: the stream that is read
 * @script: it is a file, not standard input
 * @edit: line editor of a terminal, else null
 * @history: lines that were typed there
 * @line: the last line
 * @room: bytes at @line
 */
struct input {
	FILE *file;
	bool script;
	EditLine *edit;
	History *history;
	char *line;
	size_t room;
};

static char *input_prompt(EditLine *edit)
{
	static char text[] = PROMPT;

	(void)edit;
	return text;
}

/* An interrupt between two reads must end the second one, which would wait. */
static int get_character(EditLine *edit, wchar_t *character)
{
	unsigned char byte;
	ssize_t size;

	(void)edit;
	if (!debug_wait(STDIN_FILENO, -1, 0)) {
		errno = EINTR;
		return -1;
	}
	size = read(STDIN_FILENO, &byte, 1);
	if (size == 1)
		*character = byte;
	return (int)size;
}

static void open_editor(struct input *input)
{
	HistEvent event;

	input->edit = el_init("tea", stdin, stdout, stderr);
	input->history = history_init();
	if (!input->edit || !input->history)
		return;
	history(input->history, &event, H_SETSIZE, HISTORY_LINES);
	history(input->history, &event, H_SETUNIQUE, 1);
	el_set(input->edit, EL_PROMPT, input_prompt);
	el_set(input->edit, EL_EDITOR, "emacs");
	el_set(input->edit, EL_GETCFN, get_character);
	el_set(input->edit, EL_HIST, history, input->history);
	el_set(input->edit, EL_BIND, "\t", "ed-unassigned", NULL);
	/*
	 * The settings of the user for all programs come last and have
	 * priority.
	 */
	el_source(input->edit, NULL);
}

struct input *input_open(const char *path)
{
	struct input *input = calloc(1, sizeof(*input));

	if (!input)
		return NULL;
	input->script = path;
	input->file = path ? fopen(path, "r") : stdin;
	if (!input->file) {
		free(input);
		return NULL;
	}
	if (!path && isatty(STDIN_FILENO))
		open_editor(input);
	return input;
}

static int input_keep(struct input *input, const char *text, size_t size)
{
	if (size + 1 > input->room) {
		char *larger = realloc(input->line, size + 1);

		if (!larger)
			return -1;
		input->line = larger;
		input->room = size + 1;
	}
	memcpy(input->line, text, size);
	input->line[size] = '\0';
	return 0;
}

static enum input_result edit_line(struct input *input)
{
	HistEvent event;
	const char *text;
	int size = 0;

	fflush(stdout);
	errno = 0;
	text = el_gets(input->edit, &size);
	if (!text || size <= 0) {
		if (size < 0 && errno == EINTR) {
			el_reset(input->edit);
			return INPUT_INTERRUPTED;
		}
		putchar('\n');
		return INPUT_END;
	}
	if (input_keep(input, text, (size_t)size))
		return INPUT_END;
	if (text[strspn(text, " \t\n")])
		history(input->history, &event, H_ENTER, text);
	return INPUT_LINE;
}

/* Returns false at the end of the line or of the file. */
static bool next_character(FILE *file, int *c)
{
	*c = getc(file);
	return *c != EOF && *c != '\n';
}

static enum input_result read_line(struct input *input)
{
	char text[LINE_SIZE];
	size_t size = 0;
	int c;

	fflush(stdout);
	errno = 0;
	while (next_character(input->file, &c)) {
		if (size < sizeof(text))
			text[size] = (char)c;
		size++;
	}
	if (c == EOF && errno == EINTR) {
		clearerr(input->file);
		return INPUT_INTERRUPTED;
	}
	if (c == EOF && !size)
		return INPUT_END;
	if (size > sizeof(text))
		return INPUT_TOO_LONG;
	return input_keep(input, text, size) ? INPUT_END : INPUT_LINE;
}

enum input_result input_line(struct input *input, char **line)
{
	enum input_result result;

	result = input_is_terminal(input) ? edit_line(input) :
					    read_line(input);
	if (result == INPUT_LINE) {
		input->line[strcspn(input->line, "\r\n")] = '\0';
		*line = input->line;
	}
	return result;
}

bool input_is_script(const struct input *input)
{
	return input->script;
}

bool input_is_terminal(const struct input *input)
{
	return input->edit && input->history;
}

void input_close(struct input *input)
{
	if (!input)
		return;
	if (input->history)
		history_end(input->history);
	if (input->edit)
		el_end(input->edit);
	if (input->script)
		fclose(input->file);
	free(input->line);
	free(input);
}
