// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <wchar.h>

#include <histedit.h>

#include <userspace/lib/late.h>

#include "input.h"
#include "interrupt.h"

#define HISTORY_LINES	1000
#define PROMPT		"(tea) "
#define LINE_SIZE	4096
/* Characters between words that are completed, as those of an expression are */
#define INPUT_BREAKS	" \t()[]+-*/%&|^<>=!~"

/* What is used of libedit */
static struct {
	LATE_POINTER(el_init);
	LATE_POINTER(el_end);
	LATE_POINTER(el_reset);
	LATE_POINTER(el_gets);
	LATE_POINTER(el_set);
	LATE_POINTER(el_get);
	LATE_POINTER(el_line);
	LATE_POINTER(el_insertstr);
	LATE_POINTER(el_source);
	LATE_POINTER(history);
	LATE_POINTER(history_init);
	LATE_POINTER(history_end);
} editor;

static const struct late_symbol editor_symbols[] = {
	LATE_SYMBOL(editor, el_init),
	LATE_SYMBOL(editor, el_end),
	LATE_SYMBOL(editor, el_reset),
	LATE_SYMBOL(editor, el_gets),
	LATE_SYMBOL(editor, el_set),
	LATE_SYMBOL(editor, el_get),
	LATE_SYMBOL(editor, el_line),
	LATE_SYMBOL(editor, el_insertstr),
	LATE_SYMBOL(editor, el_source),
	LATE_SYMBOL(editor, history),
	LATE_SYMBOL(editor, history_init),
	LATE_SYMBOL(editor, history_end),
	{ NULL, NULL },
};

static struct late_library libedit = {
	.name = EDIT_SONAME,
	.symbols = editor_symbols,
};

LATE_NOTE(EDIT_SONAME, "command line of the debugger");

/**
 * struct input - a source of commands
 * @file: the stream that is read
 * @script: it is a file, not standard input
 * @edit: line editor of a terminal, else null
 * @history: lines that were typed there
 * @candidates: finds what Tab completes
 * @data: for @candidates
 * @line: the last line
 * @room: bytes at @line
 */
struct input {
	FILE *file;
	bool script;
	EditLine *edit;
	History *history;
	input_candidates candidates;
	void *data;
	char *line;
	size_t room;
	int error;
};

static char *input_prompt(EditLine *edit)
{
	static char text[] = PROMPT;

	(void)edit;
	return text;
}

/* An interrupt between two reads must end the second one, which would wait. */
static int get_byte(char *byte)
{
	if (!debug_wait(STDIN_FILENO, -1, 0)) {
		errno = EINTR;
		return -1;
	}
	return (int)read(STDIN_FILENO, byte, 1);
}

/* Bytes that are no character of the locale are dropped. */
static int get_character(EditLine *edit, wchar_t *character)
{
	mbstate_t state = { 0 };
	size_t used;
	char byte;
	int got;

	(void)edit;
	while ((got = get_byte(&byte)) == 1) {
		used = mbrtowc(character, &byte, 1, &state);
		if (used == (size_t)-1)
			state = (mbstate_t){ 0 };
		else if (used != (size_t)-2)
			return 1;
	}
	return got;
}

/* Without a locale, text is taken as UTF-8, as sources are. */
static void set_locale(void)
{
	if (!setlocale(LC_CTYPE, "") ||
	    !strcmp(nl_langinfo(CODESET), "ANSI_X3.4-1968"))
		setlocale(LC_CTYPE, "C.UTF-8");
}

/* Bytes that @one and @other have in common at the beginning */
static size_t common_size(const char *one, const char *other)
{
	size_t size = 0;

	while (one[size] && one[size] == other[size])
		size++;
	return size;
}

/*
 * Moves the words that begin as @word to the front, each once; returns their number,
 * and in @common how many bytes they have in common.
 */
static size_t select_words(const char **words, size_t count, const char *word,
			   size_t size, size_t *common)
{
	size_t found = 0;
	size_t i, same;

	for (i = 0; i < count; i++) {
		if (strncmp(words[i], word, size))
			continue;
		for (same = 0; same < found; same++)
			if (!strcmp(words[same], words[i]))
				break;
		if (same < found)
			continue;
		words[found++] = words[i];
		if (found == 1)
			*common = strlen(words[0]);
		else if (common_size(words[0], words[i]) < *common)
			*common = common_size(words[0], words[i]);
	}
	return found;
}

static unsigned char insert_word(EditLine *edit, const char *word, size_t size,
				 bool whole)
{
	char *text;
	int done;

	if (asprintf(&text, "%.*s%s", (int)size, word, whole ? " " : "") < 0)
		return CC_ERROR;
	done = editor.el_insertstr(edit, text);
	free(text);
	return done ? CC_ERROR : CC_REFRESH;
}

static unsigned char list_words(const char *const *words, size_t count)
{
	size_t i;

	putchar('\n');
	for (i = 0; i < count; i++)
		printf("%s%s", i ? "  " : "", words[i]);
	putchar('\n');
	fflush(stdout);
	return CC_REDISPLAY;
}

static unsigned char complete_word(EditLine *edit, int key)
{
	const LineInfo *line = editor.el_line(edit);
	size_t size = (size_t)(line->cursor - line->buffer);
	const char *word = line->cursor;
	unsigned char result = CC_ERROR;
	struct input *input = NULL;
	size_t common = 0;
	const char **words;
	size_t count, typed;
	char *text;

	(void)key;
	editor.el_get(edit, EL_CLIENTDATA, &input);
	text = strndup(line->buffer, size);
	words = text ? input->candidates(input->data, text, &count) : NULL;
	free(text);
	if (!words)
		return result;
	while (word > line->buffer && !strchr(INPUT_BREAKS, word[-1]))
		word--;
	typed = (size_t)(line->cursor - word);
	count = select_words(words, count, word, typed, &common);
	if (count && (common > typed || count == 1))
		result = insert_word(edit, words[0] + typed, common - typed,
				     count == 1);
	else if (count)
		result = list_words(words, count);
	free(words);
	return result;
}

/* Without libedit, lines are read as from a pipe. */
static void open_editor(struct input *input)
{
	const char *missing = late_load(&libedit);
	HistEvent event;

	if (missing) {
		fprintf(stderr, "%s: warning: lines cannot be edited: %s\n",
			program_invocation_short_name, missing);
		return;
	}
	set_locale();
	input->edit = editor.el_init("tea", stdin, stdout, stderr);
	input->history = editor.history_init();
	if (!input->edit || !input->history)
		return;
	editor.history(input->history, &event, H_SETSIZE, HISTORY_LINES);
	editor.history(input->history, &event, H_SETUNIQUE, 1);
	editor.el_set(input->edit, EL_PROMPT, input_prompt);
	editor.el_set(input->edit, EL_EDITOR, "emacs");
	editor.el_set(input->edit, EL_GETCFN, get_character);
	editor.el_set(input->edit, EL_HIST, editor.history, input->history);
	editor.el_set(input->edit, EL_CLIENTDATA, input);
	editor.el_set(input->edit, EL_ADDFN, "complete-word", "Complete a word",
	       complete_word);
	editor.el_set(input->edit, EL_BIND, "\t", "complete-word", NULL);
	/*
	 * The settings of the user for all programs come last and have
	 * priority.
	 */
	editor.el_source(input->edit, NULL);
}

struct input *input_open(const char *path, input_candidates candidates,
			 void *data)
{
	struct input *input = calloc(1, sizeof(*input));

	if (!input)
		return NULL;
	input->script = path;
	input->candidates = candidates;
	input->data = data;
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
	text = editor.el_gets(input->edit, &size);
	if (!text || size <= 0) {
		if (size < 0 && errno == EINTR) {
			editor.el_reset(input->edit);
			/* The prompt of the next line begins on a new line. */
			puts("^C");
			return INPUT_INTERRUPTED;
		}
		putchar('\n');
		return INPUT_END;
	}
	if (input_keep(input, text, (size_t)size))
		return INPUT_END;
	if (text[strspn(text, " \t\n")])
		editor.history(input->history, &event, H_ENTER, text);
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
	if (c == EOF && ferror(input->file)) {
		input->error = input->error ?: errno;
		return INPUT_END;
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

int input_error(const struct input *input)
{
	return input->error;
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
		editor.history_end(input->history);
	if (input->edit)
		editor.el_end(input->edit);
	if (input->script)
		fclose(input->file);
	free(input->line);
	free(input);
}
