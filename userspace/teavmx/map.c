// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <userspace/common/tea_words.h>

#include "choice.h"
#include "command.h"
#include "interrupt.h"
#include "kept.h"
#include "output.h"
#include "target.h"

/*
 * A line of standard input has the arguments of a run, and its result is a line of
 * standard output. All runs are made by one vCPU, which is reset in between. Where
 * that is impossible, such as after a run that had to be killed, the VM is deleted
 * and the next line makes another one.
 */

/* The largest limit of a run, in ms: a day */
#define TIME_MAX	86400000
#define WORDS_MAX	TEA_ARGUMENTS_MAX
#define BLANKS		" \t\r\n"

struct map {
	struct teavmx *teavmx;
	struct teavmx_program program;
	struct tea_args args;
	unsigned long long line;
	unsigned long long time;
	long long deadline;
	uint32_t vm;
	uint32_t vcpu;
	bool exited;
	bool gone;
	bool waits_for_input;
	bool lost;
	bool failed;
	int text_error;
	struct kept text;
	struct kept serial;
	char error[512];
};

/* An argument of a JSON line as a word of the command line; NULL for no argument */
static char *argument_word(const json_t *item)
{
	char *word;

	if (json_is_string(item))
		return strdup(json_string_value(item));
	if (!json_is_integer(item) ||
	    asprintf(&word, "%" JSON_INTEGER_FORMAT,
		     json_integer_value(item)) < 0)
		return NULL;
	return word;
}

static int parse_array(struct map *map, const json_t *array)
{
	char *words[WORDS_MAX];
	size_t i, count = 0;
	const json_t *item;
	int err = -1;

	if (!json_is_array(array) || json_array_size(array) > WORDS_MAX) {
		snprintf(map->error, sizeof(map->error),
			 "expected an array of at most %d arguments, or an object with \"arguments\"",
			 WORDS_MAX);
		return -1;
	}
	json_array_foreach(array, i, item) {
		words[count] = argument_word(item);
		if (!words[count]) {
			snprintf(map->error, sizeof(map->error),
				 "argument %zu: expected an integer or a string",
				 i + 1);
			goto free_words;
		}
		count++;
	}
	err = tea_args_parse(&map->args, words, (int)count, map->error,
			     sizeof(map->error));
free_words:
	while (count)
		free(words[--count]);
	return err;
}

/* An object can have an "id", which its result repeats. */
static int parse_json(struct map *map, const char *line, json_t **id)
{
	json_error_t error;
	json_t *value = json_loads(line, JSON_REJECT_DUPLICATES, &error);
	int err;

	if (!value) {
		snprintf(map->error, sizeof(map->error), "no JSON: %s",
			 error.text);
		return -1;
	}
	if (json_is_object(value)) {
		*id = json_incref(json_object_get(value, "id"));
		err = parse_array(map, json_object_get(value, "arguments"));
	} else {
		err = parse_array(map, value);
	}
	json_decref(value);
	return err;
}

static int parse_words(struct map *map, char *line)
{
	char *words[WORDS_MAX];
	int count = 0;
	char *rest;
	char *word;

	for (word = strtok_r(line, BLANKS, &rest); word;
	     word = strtok_r(NULL, BLANKS, &rest)) {
		if (count == WORDS_MAX) {
			snprintf(map->error, sizeof(map->error),
				 "more than %d arguments", WORDS_MAX);
			return -1;
		}
		words[count++] = word;
	}
	return tea_args_parse(&map->args, words, count, map->error,
			      sizeof(map->error));
}

static int parse_line(struct map *map, char *line, size_t size, json_t **id)
{
	const char *first = line + strspn(line, BLANKS);

	map->args.size = 0;
	if (strlen(line) != size) {
		snprintf(map->error, sizeof(map->error),
			 "the line has a null byte");
		return -1;
	}
	if (*first == '[' || *first == '{')
		return parse_json(map, line, id);
	return parse_words(map, line);
}

static void keep(struct map *map, struct kept *kept,
		 const struct teavmx_record *record)
{
	if (kept_add(kept, record))
		map->text_error = ENOMEM;
}

static void take_state(struct map *map, const struct teavmx_record *record)
{
	map->exited = record->state == TEAVMX_VCPU_STATE_EXITED;
	map->waits_for_input = record->state == TEAVMX_VCPU_STATE_WAITING &&
			       record->port == TEA_PORT_SERIAL;
}

static int map_record(const struct teavmx_record *record, void *data)
{
	struct map *map = data;

	if (record->type == TEAVMX_RECORD_LOST) {
		map->lost = true;
		map->gone = true;
		return TEAVMX_FOLLOW_ON;
	}
	if (record->vm != map->vm)
		return TEAVMX_FOLLOW_ON;
	if (record->type == TEAVMX_EVENT_TYPE_TEA_TEXT)
		keep(map, &map->text, record);
	else if (record->type == TEAVMX_EVENT_TYPE_TEA_SERIAL)
		keep(map, &map->serial, record);
	else if (record->type == TEAVMX_EVENT_TYPE_STATE &&
		 record->vcpu == map->vcpu)
		take_state(map, record);
	return TEAVMX_FOLLOW_ON;
}

static bool is_late(const struct map *map)
{
	return map->deadline && interrupt_clock() >= map->deadline;
}

static int map_check(void *data)
{
	const struct map *map = data;

	return map->exited || map->text_error || map->waits_for_input ||
	       interrupt_seen() || is_late(map) ? TEAVMX_FOLLOW_END :
						  TEAVMX_FOLLOW_ON;
}

/* No event reports the end of the vCPU when that record was lost. */
static int look_at_vcpu(struct map *map)
{
	uint32_t state, stop;

	map->gone = false;
	if (teavmx_vcpu_state(map->teavmx, map->vm, map->vcpu, &state, &stop))
		return -1;
	map->exited = state == TEAVMX_VCPU_STATE_EXITED;
	return 0;
}

static int map_wait(int fd, void *data)
{
	struct map *map = data;
	long long wait = TEAVMX_SYNC_MS;

	if (map->gone && look_at_vcpu(map))
		return TEAVMX_FOLLOW_FAILED;
	if (map->exited)
		return TEAVMX_FOLLOW_ON;
	if (map->deadline && map->deadline - interrupt_clock() < wait)
		wait = map->deadline - interrupt_clock();
	if (wait <= 0 || interrupt_wait(fd, wait) || interrupt_seen() ||
	    is_late(map))
		return TEAVMX_FOLLOW_ON;
	return TEAVMX_FOLLOW_SYNC;
}

/* The next line begins with a VM of its own. */
static void drop_vm(struct map *map)
{
	if (map->vm)
		teavmx_vm_del(map->teavmx, map->vm);
	map->vm = 0;
}

static void take_error(struct map *map)
{
	snprintf(map->error, sizeof(map->error), "%s",
		 teavmx_error(map->teavmx)->message);
	drop_vm(map);
}

static int start_in_new_vm(struct map *map)
{
	struct teavmx_vcpu vcpu;

	map->program.arguments = map->args.bytes;
	map->program.argument_size = map->args.size;
	if (teavmx_vcpu_new(map->teavmx, 0, &map->program, &vcpu))
		return -1;
	map->vm = vcpu.vm;
	map->vcpu = vcpu.id;
	teavmx_vcpu_clear(&vcpu);
	return teavmx_event_watch(map->teavmx, map->vm, 1);
}

/* A process that the last run has launched may be alive, or the VM deleted. */
static int start(struct map *map)
{
	const struct teavmx_run run = {
		.reset = true,
		.arguments = map->args.bytes,
		.argument_size = map->args.size,
	};

	map->exited = false;
	map->waits_for_input = false;
	map->text.size = 0;
	map->serial.size = 0;
	map->deadline = map->time ? interrupt_clock() + (long long)map->time :
				    0;
	if (map->vm && !teavmx_vcpu_run_with(map->teavmx, map->vm, map->vcpu,
					     &run))
		return 0;
	drop_vm(map);
	return start_in_new_vm(map);
}

/* The result as JSON, NULL after an error that is in map->error */
static json_t *take_result(struct map *map)
{
	struct tea_result result = {
		.text = map->text.bytes,
		.text_size = map->text.size,
		.serial_size = map->serial.size,
	};
	struct teavmx_vcpu vcpu;

	if (teavmx_vcpu_get(map->teavmx, map->vm, map->vcpu, &vcpu)) {
		take_error(map);
		return NULL;
	}
	if (map->serial.size)
		result.serial = map->serial.bytes;
	result.steps = vcpu.steps;
	result.message_size = vcpu.message_size;
	memcpy(result.message, vcpu.message, vcpu.message_size);
	teavmx_vcpu_clear(&vcpu);
	if (tea_result_code(&result))
		map->failed = true;
	/* Such a program was never loaded, so it cannot be reset. */
	if (tea_result_code(&result) >= TEA_EXIT_BAD_STARTUP && !result.steps)
		drop_vm(map);
	return tea_result_json(&result);
}

/* What kept the run from its end */
static void explain(struct map *map)
{
	if (map->text_error)
		snprintf(map->error, sizeof(map->error),
			 "text of the program: %s", strerror(map->text_error));
	else if (map->waits_for_input)
		snprintf(map->error, sizeof(map->error),
			 "the program waits for serial input, of which there is none");
	else
		snprintf(map->error, sizeof(map->error),
			 "the program did not end within %llu ms", map->time);
	map->text_error = 0;
	drop_vm(map);
}

static json_t *run_once(struct map *map)
{
	static const struct teavmx_follower follower = {
		.check = map_check,
		.record = map_record,
		.wait = map_wait,
	};

	if (start(map) || teavmx_follow(map->teavmx, &follower, map)) {
		take_error(map);
		return NULL;
	}
	if (map->exited && !map->text_error)
		return take_result(map);
	explain(map);
	return NULL;
}

static void map_line(struct map *map, char *line, size_t size)
{
	json_t *id = NULL, *object = NULL;

	map->line++;
	map->lost = false;
	if (!parse_line(map, line, size, &id))
		object = run_once(map);
	/* Its VM has been deleted, and the line has no result. */
	if (interrupt_seen() && !object) {
		json_decref(id);
		return;
	}
	if (!object) {
		object = json_object();
		json_object_set_new(object, "error",
				    tea_json_string(map->error));
		map->failed = true;
	}
	if (map->lost)
		json_object_set_new(object, "lost", json_true());
	json_object_set_new(object, "line",
			    json_integer((json_int_t)map->line));
	if (id)
		json_object_set_new(object, "id", id);
	tea_json_print(object, stdout);
}

static int map_lines(struct map *map)
{
	char *line = NULL;
	size_t room = 0;
	ssize_t size;

	while (!interrupt_seen() && !cli_output_error) {
		errno = 0;
		size = getline(&line, &room, stdin);
		if (size < 0)
			break;
		map_line(map, line, (size_t)size);
	}
	free(line);
	if (interrupt_seen())
		return CLI_INTERRUPTED;
	if (cli_output_error)
		return output_stopped();
	if (ferror(stdin))
		return cli_error(CLI_FAILED, NULL, "standard input: %s",
				 strerror(errno));
	return map->failed ? CLI_GUEST : CLI_OK;
}

static int map_file(struct teavmx *teavmx, void *state)
{
	struct map *map = state;
	struct teavmx_info info;

	map->teavmx = teavmx;
	if (teavmx_get_info(teavmx, TEAVMX_VERSION, &info) ||
	    teavmx_event_open(teavmx, 0))
		return output_failure(teavmx_error(teavmx), NULL);
	interrupt_catch();
	setvbuf(stdout, NULL, _IOLBF, 0);
	return map_lines(map);
}

static int map_option(int option, void *state)
{
	unsigned long long number;
	struct map *map = state;

	switch (option) {
	case 'b':
		return backend_take(&command_map, &map->program.backend);
	case 't':
		return command_range(&command_map, "time", TIME_MAX,
				     &map->time);
	default:
		if (command_range(&command_map, "stack", TEA_STACK_MAX,
				  &number))
			return CLI_USAGE;
		map->program.stack_size = (uint32_t)number;
		return CLI_OK;
	}
}

static int map_run(int argc, char **argv, void *state)
{
	const char *path = command_file(&command_map, argc, argv,
					"an object FILE");
	struct map *map = state;
	struct tea_file file;
	int status, err;

	if (!path)
		return CLI_USAGE;
	err = tea_file_read(&file, path);
	if (err)
		return cli_error(CLI_FAILED, NULL, "%s: %s", path,
				 strerror(-err));
	map->program.program = file.bytes;
	map->program.program_size = file.size;
	status = output_with(map_file, map);
	tea_file_free(&file);
	return status;
}

static void map_release(void *state)
{
	struct map *map = state;

	free(map->text.bytes);
	free(map->serial.bytes);
}

static const struct option options[] = {
	{ "backend", required_argument, NULL, 'b' },
	{ "stack", required_argument, NULL, 's' },
	{ "time", required_argument, NULL, 't' },
	{ "json", no_argument, NULL, 'j' },
	OPTION_COMMON
};

const struct command command_map = {
	.name = "map",
	.synopsis = "[OPTION...] FILE.cup",
	.summary = "Run a program for each line of standard input.",
	.help =
	"A line has the arguments of a run, written as for 'teavmx run'; a line of JSON is\n"
	"an array of integers and strings, or an object with such \"arguments\" and an \"id\".\n"
	"Each run begins like the first one and sees nothing of those before. Each line has\n"
	"one result, a line of JSON, as of 'teavmx run --json' and with the number of its\n"
	"\"line\". What goes wrong with a line is its result, and the next line is run.\n\n"
	"  -b, --backend B   vmx (a VMX guest) or soft (in the kernel, without VMX)\n"
	"  -s, --stack N     bytes of stack, 1 to 65535 (128)\n"
	"  -t, --time N      end a run after N ms\n"
	"  -j, --json        errors that end teavmx as JSON\n"
	"  -h, --help        show this text\n\n"
	"Exit status: 0 if each run ended with code 0, 6 if there is another result,\n"
	"7 if it was interrupted; see 'teavmx help' for the others.\n",
	.options = options,
	.state_size = sizeof(struct map),
	.initial = &(const struct map){
		.program.backend = TEAVMX_BACKEND_VMX,
		.program.run = true,
		.program.keep = true,
	},
	.option = map_option,
	.run = map_run,
	.release = map_release,
};
