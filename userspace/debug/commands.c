// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>
#include <string.h>

#include <userspace/common/cli.h>

#include "breakpoint.h"
#include "look.h"
#include "show.h"

#define WORDS_MAX	8
#define LIST_COUNT	5
#define STACK_COUNT	16
#define HINT		"see 'help'"

/**
 * enum command_need - state of the program that a command needs
 * @NEED_NOTHING: none
 * @NEED_STATE: registers and stack, also those of its end
 * @NEED_ALIVE: it has not ended
 */
enum command_need {
	NEED_NOTHING,
	NEED_STATE,
	NEED_ALIVE,
};

/**
 * struct debug_command - a command of the debugger
 * @name: its name
 * @letter: a short name, or null
 * @words: what follows the name
 * @summary: one line
 * @need: state of the program that it needs
 * @repeats: an empty line repeats it
 * @min: fewest words that follow
 * @max: most words that follow
 * @rest: the last of @max words has the rest of the line
 * @run: executes it, with the words that follow
 */
struct debug_command {
	const char *name;
	const char *letter;
	const char *words;
	const char *summary;
	enum command_need need;
	bool repeats;
	int min;
	int max;
	bool rest;
	int (*run)(struct debugger *debugger, int count, char **words);
};

static int number_of(const char *word, const char *what,
		     unsigned long long min, unsigned long long max,
		     unsigned long long *number)
{
	if (!cli_number(word, min, max, number))
		return CLI_OK;
	return cli_error(CLI_FAILED, NULL, "expected %s, got '%s'", what, word);
}

/* Reads a number if there is a word; else the number is not changed. */
static int count_of(int count, char **words, const char *what,
		    unsigned long long *number)
{
	return count ? number_of(words[count - 1], what, 1, ~0ULL, number) :
		       CLI_OK;
}

static int add_point(struct debugger *debugger, bool watch,
		     unsigned int address, const char *condition)
{
	struct point *point;
	int status = breakpoint_add(debugger, watch, address, condition,
				    &point);

	if (!status)
		show_point(debugger, point);
	return status;
}

static int run_break(struct debugger *debugger, int count, char **words)
{
	const char *condition = count == 3 ? words[2] : NULL;
	unsigned int address;
	int status;

	if (!count) {
		show_points(debugger);
		return CLI_OK;
	}
	if (count == 2 || (count == 3 && strcmp(words[1], "if")))
		return cli_error(CLI_FAILED, HINT,
				 "expected 'break PLACE if EXPRESSION', got '%s'",
				 words[1]);
	status = program_address(&debugger->program, words[0], &address);
	if (!status && condition)
		status = breakpoint_check_condition(debugger, address, condition);
	return status ?: add_point(debugger, false, address, condition);
}

static int stack_index(struct debugger *debugger, const char *word,
		       unsigned long long *at)
{
	return number_of(word, "a byte of the stack, counted from the bottom",
			 0, debugger->target->stack_size - 1, at);
}

static int run_watch(struct debugger *debugger, int count, char **words)
{
	unsigned long long at;
	int status = stack_index(debugger, words[0], &at);

	(void)count;
	return status ?: add_point(debugger, true, (unsigned int)at, NULL);
}

static int remove_point(struct debugger *debugger, struct point *point,
			json_t *numbers)
{
	unsigned int number = point->number;
	int status = breakpoint_remove(debugger, point);

	if (!status)
		json_array_append_new(numbers, json_integer(number));
	return status;
}

static int run_delete(struct debugger *debugger, int count, char **words)
{
	json_t *numbers = json_array();
	unsigned long long number;
	struct point *point;
	int status = CLI_OK;

	(void)count;
	if (!strcmp(words[0], "all")) {
		while (!status && debugger->points.count)
			status = remove_point(debugger, debugger->points.list,
					      numbers);
	} else {
		status = number_of(words[0], "the number of a breakpoint or all",
				   1, ~0ULL, &number);
		point = status ? NULL :
			points_number(&debugger->points, number);
		if (point)
			status = remove_point(debugger, point, numbers);
		else if (!status)
			status = cli_error(CLI_FAILED, "see 'info breakpoints'",
					   "there is no breakpoint %llu",
					   number);
	}
	if (!status)
		show_done("deleted", json_incref(numbers));
	json_decref(numbers);
	return status;
}

static int run_registers(struct debugger *debugger, int count, char **words)
{
	(void)count;
	(void)words;
	show_registers(debugger);
	return CLI_OK;
}

static int unknown_word(const char *what, const char *command, const char *word)
{
	size_t count;
	const char *const *names = debugger_words(command, &count);

	return cli_unknown(what, word, names, count, HINT);
}

static int run_info(struct debugger *debugger, int count, char **words)
{
	const char *word = words[0];

	(void)count;
	if (!strcmp(word, "breakpoints") || !strcmp(word, "b")) {
		show_points(debugger);
		return CLI_OK;
	}
	if (!strcmp(word, "locals"))
		return look_variables(debugger, TEA_MAP_LOCAL);
	if (!strcmp(word, "arguments") || !strcmp(word, "args"))
		return look_variables(debugger, TEA_MAP_PARAMETER);
	if (!strcmp(word, "globals"))
		return look_variables(debugger, TEA_MAP_GLOBAL);
	if (!strcmp(word, "display"))
		return look_run_display(debugger, 0, NULL);
	if (strcmp(word, "registers") && strcmp(word, "r"))
		return unknown_word("information", "info", word);
	if (!debugger->known)
		return cli_error(CLI_FAILED, "'run' starts it again",
				 "the program has ended");
	return run_registers(debugger, 0, NULL);
}

static int run_run(struct debugger *debugger, int count, char **words)
{
	struct point *point;
	int status;

	(void)count;
	(void)words;
	status = debugger_start(debugger);
	if (status)
		return status;
	/*
	 * A program that continues passes the breakpoint at its address; one
	 * that begins does not.
	 */
	point = points_find(&debugger->points, false, debugger->registers.cp);
	if (!point)
		return debugger_go(debugger, 0, TEA_DEBUG_UNTIL_NONE, 1);
	debugger_stopped_at(debugger, point);
	return CLI_OK;
}

static int run_step(struct debugger *debugger, int count, char **words)
{
	unsigned long long times = 1;
	int status = count_of(count, words, "a number of steps", &times);

	return status ?: debugger_step_line(debugger, false, times);
}

static int run_next(struct debugger *debugger, int count, char **words)
{
	unsigned long long times = 1;
	int status = count_of(count, words, "a number of steps", &times);

	return status ?: debugger_step_line(debugger, true, times);
}

static int run_stepi(struct debugger *debugger, int count, char **words)
{
	unsigned long long steps = 1;
	int status = count_of(count, words, "a number of instructions", &steps);

	return status ?: debugger_go(debugger, steps, TEA_DEBUG_UNTIL_NONE, 1);
}

static int run_nexti(struct debugger *debugger, int count, char **words)
{
	unsigned long long times = 1;
	int status = count_of(count, words, "a number of instructions", &times);

	return status ?: debugger_go(debugger, 0, TEA_DEBUG_UNTIL_LEVEL, times);
}

static int run_finish(struct debugger *debugger, int count, char **words)
{
	(void)count;
	(void)words;
	return debugger_finish(debugger);
}

static int run_continue(struct debugger *debugger, int count, char **words)
{
	(void)count;
	(void)words;
	return debugger_go(debugger, 0, TEA_DEBUG_UNTIL_NONE, 1);
}

/* It stops there whether the condition holds or not. */
static int continue_to(struct debugger *debugger, struct point *point)
{
	char *condition = point->condition;
	int status;

	point->condition = NULL;
	status = debugger_go(debugger, 0, TEA_DEBUG_UNTIL_NONE, 1);
	point->condition = condition;
	return status;
}

static int run_until(struct debugger *debugger, int count, char **words)
{
	struct debug_target *target = debugger->target;
	unsigned int address;
	int status = program_address(&debugger->program, words[0], &address);
	struct point *point;
	int end;

	(void)count;
	if (status)
		return status;
	point = points_find(&debugger->points, false, address);
	if (point)
		return continue_to(debugger, point);
	if (points_full(&debugger->points, false))
		return cli_error(CLI_FAILED, "delete one first",
				 "there are %d breakpoints already",
				 TEA_DEBUG_BREAKS);
	status = target->ops->point(target, false, address, true);
	if (status)
		return status;
	status = debugger_go(debugger, 0, TEA_DEBUG_UNTIL_NONE, 1);
	end = debugger->alive ? target->ops->point(target, false, address, false) :
				CLI_OK;
	return status ?: end;
}

static int print_stack(struct debugger *debugger, unsigned int shown,
		       bool bottom)
{
	struct view view;
	int status = debugger_view(debugger, &view);

	if (!status)
		show_stack(debugger, view.stack, shown, bottom);
	return status;
}

static int run_stack(struct debugger *debugger, int count, char **words)
{
	unsigned long long shown = STACK_COUNT;
	bool bottom = false;
	int status;

	if (count && (!strcmp(words[0], "bottom") || !strcmp(words[0], "top"))) {
		bottom = words[0][0] == 'b';
		count--;
		words++;
	} else if (count > 1) {
		return cli_error(CLI_FAILED, NULL,
				 "expected top or bottom, got '%s'", words[0]);
	}
	status = count_of(count, words, "top, bottom or a number of bytes",
			  &shown);
	if (shown > TEA_STACK_MAX)
		shown = TEA_STACK_MAX;
	return status ?: print_stack(debugger, (unsigned int)shown, bottom);
}

static int run_disassemble(struct debugger *debugger, int count, char **words)
{
	unsigned long long around = LIST_COUNT;
	int status = count_of(count, words, "a number of instructions",
			      &around);

	if (around > TEA_CODE_MAX)
		around = TEA_CODE_MAX;
	if (!status)
		show_code(debugger, (unsigned int)around);
	return status;
}

/* Where the selected frame is */
static int list_address(struct debugger *debugger, unsigned int *address)
{
	struct frame frame;
	struct view view;
	int status = debugger_frame(debugger, &view, &frame);

	if (!status)
		*address = frame.code;
	return status;
}

/* Without source lines it lists instructions. */
static int run_list(struct debugger *debugger, int count, char **words)
{
	unsigned long long around = LIST_COUNT;
	unsigned int address;
	int status;

	if (!debugger->program.map.line_count)
		return run_disassemble(debugger, count, words);
	if (count && cli_number(words[0], 1, TEA_MAP_LINE_MAX, &around))
		status = program_address(&debugger->program, words[0],
					 &address);
	else
		status = list_address(debugger, &address);
	if (!status && !show_source(debugger, address, (unsigned int)around))
		status = run_disassemble(debugger, 0, NULL);
	return status;
}

static int run_where(struct debugger *debugger, int count, char **words)
{
	(void)count;
	(void)words;
	show_stop(debugger, "where", NULL, NULL);
	return CLI_OK;
}

static int set_byte(struct debugger *debugger, char **words)
{
	unsigned long long at, value;
	int status = stack_index(debugger, words[0], &at);

	if (!status)
		status = number_of(words[1], "a byte", 0, 0xFF, &value);
	if (!status)
		status = debugger->target->ops->write(debugger->target,
						    (unsigned int)at,
						    (unsigned char)value);
	if (!status)
		show_done("set", json_pack("{s:I, s:I}", "byte", (json_int_t)at,
					   "value", (json_int_t)value));
	debugger_changed(debugger);
	/* A change by the user must not count as a change of a watched byte. */
	return status ?: debugger_look(debugger);
}

/* Reads letters such as NZ, - for none, or a number. */
static int flags_of(const char *word, unsigned int *flags)
{
	unsigned long long number;
	const char *letter;

	if (!cli_number(word, 0, ~0ULL, &number)) {
		*flags = (unsigned int)number;
		return number & ~(unsigned long long)(TEA_FLAG_N | TEA_FLAG_Z |
						      TEA_FLAG_C) ? -1 : 0;
	}
	*flags = 0;
	for (letter = word; *letter; letter++) {
		if (*letter == 'N')
			*flags |= TEA_FLAG_N;
		else if (*letter == 'Z')
			*flags |= TEA_FLAG_Z;
		else if (*letter == 'C')
			*flags |= TEA_FLAG_C;
		else if (*letter != '-')
			return -1;
	}
	return 0;
}

static int set_register(struct debugger *debugger, char **words)
{
	struct tea_registers registers = debugger->registers;
	unsigned long long number;
	int status = CLI_OK;

	if (!strcmp(words[0], "cp")) {
		status = program_address(&debugger->program, words[1],
					 &registers.cp);
	} else if (!strcmp(words[0], "sp")) {
		status = number_of(words[1], "a number of bytes on the stack",
				   0, debugger->target->stack_size, &number);
		registers.sp = status ? 0 : (unsigned int)number;
	} else if (!strcmp(words[0], "flags")) {
		if (flags_of(words[1], &registers.flags))
			status = cli_error(CLI_FAILED, NULL,
					   "expected flags such as NZ, N-C, - or 8, got '%s'",
					   words[1]);
	} else {
		return unknown_word("register", "set", words[0]);
	}
	if (!status)
		status = debugger->target->ops->set(debugger->target, &registers);
	if (status)
		return status;
	debugger->registers = registers;
	debugger_changed(debugger);
	show_registers(debugger);
	return CLI_OK;
}

/* Splits a line at spaces, but not the last one of @max words. */
static int split_words(char *line, char **words, int max, bool rest)
{
	int count = 0;
	size_t size;

	for (line += strspn(line, " \t"); *line;
	     line += strspn(line, " \t")) {
		if (count == WORDS_MAX)
			break;
		words[count++] = line;
		size = strcspn(line, " \t");
		if (rest && count == max) {
			size = strlen(line);
			while (size && strchr(" \t", line[size - 1]))
				size--;
			line[size] = '\0';
			break;
		}
		line += size;
		if (*line)
			*line++ = '\0';
	}
	return count;
}

/*
 * The word var, which may be left out, is a part of "set var NAME = EXPRESSION" only if
 * something is between it and the equals sign: it can be the name of a variable.
 */
static char *assignment_of(char *line)
{
	size_t size = strcspn(line, " \t");
	char *rest = line + size + strspn(line + size, " \t");

	if (!strchr(line, '='))
		return NULL;
	if (((size == 3 && !strncmp(line, "var", size)) ||
	     (size == 8 && !strncmp(line, "variable", size))) && *rest != '=')
		return rest;
	return line;
}

static int run_set(struct debugger *debugger, int count, char **words)
{
	char *assignment = assignment_of(words[0]);
	char *parts[WORDS_MAX];

	if (assignment)
		return look_assign(debugger, assignment);
	count = split_words(words[0], parts, WORDS_MAX, false);
	if (!strcmp(parts[0], "stack")) {
		if (count == 3)
			return set_byte(debugger, parts + 1);
	} else if (count == 2) {
		return set_register(debugger, parts);
	}
	return cli_error(CLI_FAILED, HINT,
			 "expected 'set [var] VARIABLE = EXPRESSION', 'set cp|sp|flags VALUE' or 'set stack BYTE VALUE'");
}

static int run_kill(struct debugger *debugger, int count, char **words)
{
	(void)count;
	(void)words;
	return debugger_kill(debugger);
}

static int run_quit(struct debugger *debugger, int count, char **words)
{
	(void)count;
	(void)words;
	debugger->quit = true;
	return CLI_OK;
}

static int run_help(struct debugger *debugger, int count, char **words);

static const struct debug_command commands[] = {
	{ "break", "b", "[PLACE [if EXPRESSION]]",
	  "stop before a place, if the value is not 0; 32 at most",
	  NEED_NOTHING, false, 0, 3, true, run_break },
	{ "watch", "w", "BYTE",
	  "stop when a byte of the stack changes; 8 at most",
	  NEED_NOTHING, false, 1, 1, false, run_watch },
	{ "delete", "d", "N|all", "delete breakpoints and watches",
	  NEED_NOTHING, false, 1, 1, false, run_delete },
	{ "info", "i", "b|r|locals|args|globals|display",
	  "show breakpoints, registers or variables",
	  NEED_NOTHING, false, 1, 1, false, run_info },
	{ "run", "r", "", "start again, and run to the next stop",
	  NEED_NOTHING, false, 0, 0, false, run_run },
	{ "step", "s", "[N]", "run N source lines (1), into functions",
	  NEED_ALIVE, true, 0, 1, false, run_step },
	{ "next", "n", "[N]", "the same, but a call is a part of its line",
	  NEED_ALIVE, true, 0, 1, false, run_next },
	{ "stepi", "si", "[N]", "execute N instructions (1)",
	  NEED_ALIVE, true, 0, 1, false, run_stepi },
	{ "nexti", "ni", "[N]",
	  "the same, but a call with all that it runs is one",
	  NEED_ALIVE, true, 0, 1, false, run_nexti },
	{ "finish", "f", "", "run to the return of the function, and show its value",
	  NEED_ALIVE, true, 0, 0, false, run_finish },
	{ "until", "u", "PLACE", "run to a place",
	  NEED_ALIVE, true, 1, 1, false, run_until },
	{ "continue", "c", "", "run to the next stop; Ctrl-C is one",
	  NEED_ALIVE, true, 0, 0, false, run_continue },
	{ "where", NULL, "", "show where the program stands",
	  NEED_STATE, false, 0, 0, false, run_where },
	{ "backtrace", "bt", "", "show the functions that are being executed",
	  NEED_STATE, false, 0, 0, false, look_run_backtrace },
	{ "frame", NULL, "[N]", "select one of these functions by its number",
	  NEED_STATE, false, 0, 1, false, look_run_frame },
	{ "up", NULL, "", "select the caller",
	  NEED_STATE, true, 0, 0, false, look_run_up },
	{ "down", NULL, "", "select the function that was called",
	  NEED_STATE, true, 0, 0, false, look_run_down },
	{ "print", "p", "EXPRESSION", "show a value",
	  NEED_STATE, false, 1, 1, true, look_run_print },
	{ "display", NULL, "[EXPRESSION]", "show a value at each stop",
	  NEED_NOTHING, false, 0, 1, true, look_run_display },
	{ "undisplay", NULL, "[N]", "do not show it, or any",
	  NEED_NOTHING, false, 0, 1, false, look_run_undisplay },
	{ "list", "l", "[N|PLACE]",
	  "show N source lines before and after that (5)",
	  NEED_STATE, true, 0, 1, false, run_list },
	{ "disassemble", NULL, "[N]",
	  "show N instructions before and after that (5)",
	  NEED_STATE, true, 0, 1, false, run_disassemble },
	{ "registers", NULL, "", "show cp, sp, flags and steps",
	  NEED_STATE, false, 0, 0, false, run_registers },
	{ "flags", NULL, "", "the same",
	  NEED_STATE, false, 0, 0, false, run_registers },
	{ "stack", NULL, "[top|bottom] [N]",
	  "show N bytes of the stack (16) and its checksum",
	  NEED_STATE, false, 0, 2, false, run_stack },
	{ "set", NULL, "VARIABLE = EXPRESSION",
	  "change a variable; also cp|sp|flags VALUE, or stack BYTE VALUE",
	  NEED_ALIVE, false, 1, 1, true, run_set },
	{ "kill", "k", "", "end the program",
	  NEED_ALIVE, false, 0, 0, false, run_kill },
	{ "help", "h", "[COMMAND]", "show this text, or the line of a command",
	  NEED_NOTHING, false, 0, 1, false, run_help },
	{ "quit", "q", "", "end the debugger, and the program",
	  NEED_NOTHING, false, 0, 0, false, run_quit },
};

static const struct debug_command *find_command(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(commands); i++)
		if (!strcmp(name, commands[i].name) ||
		    (commands[i].letter && !strcmp(name, commands[i].letter)))
			return &commands[i];
	return NULL;
}

const char **debugger_command_names(size_t *count)
{
	const char **names = calloc(ARRAY_SIZE(commands), sizeof(*names));

	for (*count = 0; names && *count < ARRAY_SIZE(commands); ++*count)
		names[*count] = commands[*count].name;
	return names;
}

/* The command that does what the user of another debugger expects of a name */
static const char *command_hint(const char *name)
{
	static const char *const others[][2] = {
		{ "exit", "'quit' ends the debugger" },
		{ "locals", "'info locals' shows the local variables" },
		{ "args", "'info args' shows the arguments" },
		{ "globals", "'info globals' shows the global variables" },
		{ "breakpoints", "'info breakpoints' shows the breakpoints" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(others); i++)
		if (!strcmp(name, others[i][0]))
			return others[i][1];
	return HINT;
}

static int unknown_command(const char *name)
{
	size_t count;
	const char **names = debugger_command_names(&count);
	int status = cli_unknown("command", name, names, count, command_hint(name));

	free(names);
	return status;
}

static void add_help(const struct debug_command *command, json_t *array)
{
	char left[64];

	json_array_append_new(array,
			      json_pack("{s:s, s:s, s:s, s:s}", "name",
					command->name, "short",
					command->letter ?: "", "words",
					command->words, "summary",
					command->summary));
	if (cli_json)
		return;
	snprintf(left, sizeof(left), "%s%s%s %s", command->name,
		 command->letter ? ", " : "", command->letter ?: "",
		 command->words);
	printf("%-36s  %s\n", left, command->summary);
}

static int run_help(struct debugger *debugger, int count, char **words)
{
	const struct debug_command *command;
	json_t *array;
	size_t i;

	(void)debugger;
	command = count ? find_command(words[0]) : NULL;
	if (count && !command)
		return unknown_command(words[0]);
	array = json_array();
	if (command)
		add_help(command, array);
	for (i = 0; !count && i < ARRAY_SIZE(commands); i++)
		add_help(&commands[i], array);
	if (!count && !cli_json)
		puts("A PLACE is a code address, a function or FILE:LINE. An empty line\n"
		     "repeats a command that runs the program, lists or selects.");
	show_done("help", array);
	return CLI_OK;
}

bool debugger_repeats(const char *line)
{
	const struct debug_command *command;
	size_t size = strcspn(line, " \t");
	char *name = strndup(line, size);

	command = name ? find_command(name) : NULL;
	free(name);
	return command && command->repeats;
}

static int debug_usage(const struct debug_command *command)
{
	return cli_error(CLI_FAILED, NULL, "expected '%s%s%s'", command->name,
			 *command->words ? " " : "", command->words);
}

static int refuse_state(const struct debugger *debugger,
			const struct debug_command *command)
{
	bool allowed = command->need == NEED_NOTHING ||
		       (command->need == NEED_STATE ? debugger->known :
						      debugger->alive);

	return allowed ? CLI_OK :
	       cli_error(CLI_FAILED, "'run' starts it again",
			 "the program has ended");
}

int debugger_command(struct debugger *debugger, char *line)
{
	const struct debug_command *command;
	char *words[WORDS_MAX];
	size_t size;
	int count;

	line += strspn(line, " \t");
	size = strcspn(line, " \t");
	if (!size)
		return CLI_OK;
	words[0] = line;
	line += size;
	if (*line)
		*line++ = '\0';
	command = find_command(words[0]);
	if (!command)
		return unknown_command(words[0]);
	count = split_words(line, words, command->max, command->rest);
	if (count < command->min || count > command->max)
		return debug_usage(command);
	return refuse_state(debugger, command) ?:
	       command->run(debugger, count, words);
}
