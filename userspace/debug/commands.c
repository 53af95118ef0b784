// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>
#include <string.h>

#include <userspace/common/cli.h>

#include "debugger.h"
#include "show.h"

#define WORDS_MAX	8
#define LIST_COUNT	5
#define STACK_COUNT	16
#define HINT		"see 'help'"

/**
 * struct debug_command - a command of the debugger
 * @name: its name
 * @letter: a short name, or null
 * @words: what follows the name
 * @summary: one line
 * @alive: it needs a program that has not ended
 * @repeats: an empty line repeats it
 * @min: fewest words that follow
 * @max: most words that follow
 * @run: executes it, with the words that follow
 */
struct debug_command {
	const char *name;
	const char *letter;
	const char *words;
	const char *summary;
	bool alive;
	bool repeats;
	int min;
	int max;
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
		     unsigned int address)
{
	struct points *points = &debugger->points;
	struct point *point = points_find(points, watch, address);
	int status = CLI_OK;

	if (point)
		return cli_error(CLI_FAILED, NULL, "%s %u is there already",
				 watch ? "watch" : "breakpoint", point->number);
	if (points_full(points, watch))
		return cli_error(CLI_FAILED, "delete one first",
				 watch ? "%d bytes are watched already" :
					 "there are %d breakpoints already",
				 watch ? TEA_DEBUG_WATCHES : TEA_DEBUG_BREAKS);
	if (debugger->alive)
		status = debugger->target->ops->point(debugger->target, watch,
						    address, true);
	if (status)
		return status;
	point = points_add(points, watch, address);
	if (debugger->alive)
		status = debugger_look(debugger);
	show_point(debugger, point);
	return status;
}

static int run_break(struct debugger *debugger, int count, char **words)
{
	unsigned int address;
	int status = program_address(&debugger->program, words[0], &address);

	(void)count;
	return status ?: add_point(debugger, false, address);
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
	return status ?: add_point(debugger, true, (unsigned int)at);
}

static int remove_point(struct debugger *debugger, struct point *point,
			json_t *numbers)
{
	int status = CLI_OK;

	if (debugger->alive)
		status = debugger->target->ops->point(debugger->target,
						    point->watch,
						    point->address, false);
	if (status)
		return status;
	json_array_append_new(numbers, json_integer(point->number));
	points_remove(&debugger->points, point);
	return CLI_OK;
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

static int run_info(struct debugger *debugger, int count, char **words)
{
	static const char *const names[] = { "breakpoints", "registers" };

	if (!strcmp(words[0], "breakpoints") || !strcmp(words[0], "b")) {
		show_points(debugger);
		return CLI_OK;
	}
	if (strcmp(words[0], "registers") && strcmp(words[0], "r"))
		return cli_unknown("information", words[0], names,
				   ARRAY_SIZE(names), HINT);
	if (!debugger->alive)
		return cli_error(CLI_FAILED, "'run' starts the program again",
				 "the program has ended");
	return run_registers(debugger, count, words);
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
	unsigned long long steps = 1;
	int status = count_of(count, words, "a number of instructions", &steps);

	return status ?: debugger_go(debugger, steps, TEA_DEBUG_UNTIL_NONE, 1);
}

static int run_next(struct debugger *debugger, int count, char **words)
{
	unsigned long long times = 1;
	int status = count_of(count, words, "a number of instructions", &times);

	return status ?: debugger_go(debugger, 0, TEA_DEBUG_UNTIL_LEVEL, times);
}

static int run_finish(struct debugger *debugger, int count, char **words)
{
	(void)count;
	(void)words;
	return debugger_go(debugger, 0, TEA_DEBUG_UNTIL_RETURN, 1);
}

static int run_continue(struct debugger *debugger, int count, char **words)
{
	(void)count;
	(void)words;
	return debugger_go(debugger, 0, TEA_DEBUG_UNTIL_NONE, 1);
}

static int run_until(struct debugger *debugger, int count, char **words)
{
	struct debug_target *target = debugger->target;
	unsigned int address;
	int status = program_address(&debugger->program, words[0], &address);
	int end;

	(void)count;
	if (status)
		return status;
	if (points_find(&debugger->points, false, address))
		return run_continue(debugger, 0, NULL);
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
	struct debug_target *target = debugger->target;
	unsigned int size = debugger->registers.sp;
	unsigned char *stack = malloc(size + 1);
	int status;

	if (!stack)
		return cli_error(CLI_FAILED, NULL, "out of memory");
	status = target->ops->read(target, 0, stack, size);
	if (!status)
		show_stack(debugger, stack, shown, bottom);
	free(stack);
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

static int run_list(struct debugger *debugger, int count, char **words)
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
	static const char *const names[] = { "cp", "sp", "flags", "stack" };
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
		return cli_unknown("register", words[0], names,
				   ARRAY_SIZE(names), HINT);
	}
	if (!status)
		status = debugger->target->ops->set(debugger->target, &registers);
	if (status)
		return status;
	debugger->registers = registers;
	show_registers(debugger);
	return CLI_OK;
}

static int run_set(struct debugger *debugger, int count, char **words)
{
	if (!strcmp(words[0], "stack")) {
		if (count == 3)
			return set_byte(debugger, words + 1);
	} else if (count == 2) {
		return set_register(debugger, words);
	}
	return cli_error(CLI_FAILED, HINT,
			 "expected 'set cp|sp|flags VALUE' or 'set stack BYTE VALUE'");
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
	{ "break", "b", "ADDRESS|FUNCTION|FILE:LINE",
	  "stop before an instruction; 32 at most",
	  false, false, 1, 1, run_break },
	{ "watch", "w", "BYTE",
	  "stop when a byte of the stack changes; 8 at most",
	  false, false, 1, 1, run_watch },
	{ "delete", "d", "N|all", "delete breakpoints and watches",
	  false, false, 1, 1, run_delete },
	{ "info", "i", "breakpoints|registers", "show them",
	  false, false, 1, 1, run_info },
	{ "run", "r", "", "start again, and run to the next stop",
	  false, false, 0, 0, run_run },
	{ "step", "s", "[N]", "execute N instructions (1)",
	  true, true, 0, 1, run_step },
	{ "next", "n", "[N]", "the same, but a call with all that it runs is one",
	  true, true, 0, 1, run_next },
	{ "finish", "f", "", "run to the return of the function",
	  true, true, 0, 0, run_finish },
	{ "until", "u", "ADDRESS|FUNCTION|FILE:LINE", "run to a place",
	  true, true, 1, 1, run_until },
	{ "continue", "c", "", "run to the next stop; Ctrl-C is one",
	  true, true, 0, 0, run_continue },
	{ "where", NULL, "", "show where the program stands",
	  true, false, 0, 0, run_where },
	{ "list", "l", "[N]", "show N instructions before and after that (5)",
	  true, true, 0, 1, run_list },
	{ "registers", NULL, "", "show cp, sp, flags and steps",
	  true, false, 0, 0, run_registers },
	{ "flags", NULL, "", "the same", true, false, 0, 0, run_registers },
	{ "stack", NULL, "[top|bottom] [N]",
	  "show N bytes of the stack (16) and its checksum",
	  true, false, 0, 2, run_stack },
	{ "set", NULL, "cp|sp|flags|stack [BYTE] VALUE",
	  "change a register, or a byte of the stack",
	  true, false, 2, 3, run_set },
	{ "kill", "k", "", "end the program", true, false, 0, 0, run_kill },
	{ "help", "h", "[COMMAND]", "show this text, or the line of a command",
	  false, false, 0, 1, run_help },
	{ "quit", "q", "", "end the debugger, and the program",
	  false, false, 0, 0, run_quit },
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

static int unknown_command(const char *name)
{
	const char *names[ARRAY_SIZE(commands)];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(commands); i++)
		names[i] = commands[i].name;
	return cli_unknown("command", name, names, i, HINT);
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
		puts("An empty line repeats step, next, finish, until, continue and list.");
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

int debugger_command(struct debugger *debugger, char *line)
{
	const struct debug_command *command;
	char *words[WORDS_MAX];
	int count = 0;
	char *word;

	while ((word = strsep(&line, " \t")))
		if (*word && count < WORDS_MAX)
			words[count++] = word;
	if (!count)
		return CLI_OK;
	command = find_command(words[0]);
	if (!command)
		return unknown_command(words[0]);
	count--;
	if (count < command->min || count > command->max)
		return debug_usage(command);
	if (command->alive && !debugger->alive)
		return cli_error(CLI_FAILED, "'run' starts it again",
				 "the program has ended");
	return command->run(debugger, count, words + 1);
}
