// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <module/tea/process.h>
#include <userspace/common/tea_words.h>

#include "choice.h"
#include "command.h"
#include "interrupt.h"
#include "kept.h"
#include "lines.h"
#include "output.h"
#include "target.h"

/*
 * A line of standard input has the arguments of a run, and its result is a line of
 * standard output. All runs are made by one vCPU, which is reset in between. Where
 * that is impossible, such as after a run that had to be killed, the VM is deleted
 * and the next line makes another one. One request makes the runs of all lines that
 * are there already.
 */

/* The largest limit of a run, in ms: a day */
#define TIME_MAX	86400000
#define WORDS_MAX	TEA_ARGUMENTS_MAX
#define BLANKS		" \t\r\n"
/* The process number of the first vCPU of a VM */
#define PID		1

/* A line whose run is to be made, and what is known of that */
struct job {
	unsigned long long line;
	json_t *id;
	bool lost;
	int text_error;
	struct kept text;
	struct kept serial;
};

/*
 * @size: bytes of the arguments of each job, at @arguments
 * @now: the job whose events are read
 * @done: the job behind those that have ended within the request. Its run is under
 *	way if @begun
 * @first_seq: number of the first event of the request
 * @exited: the run that was under way has ended, and its events were read
 * @over: it has ended
 */
struct map {
	struct teavmx *teavmx;
	struct teavmx_program program;
	struct tea_file file;
	struct lines lines;
	struct tea_args args;
	unsigned long long line;
	unsigned long long time;
	long long deadline;
	struct job jobs[TEAVMX_BATCH_MAX];
	struct teavmx_result results[TEAVMX_BATCH_MAX];
	unsigned char arguments[TEAVMX_BATCH_MAX * TEA_ARGUMENTS_MAX];
	size_t size;
	size_t count;
	size_t now;
	size_t done;
	bool begun;
	uint64_t first_seq;
	uint32_t vm;
	uint32_t vcpu;
	bool exited;
	bool over;
	bool gone;
	bool waits_for_input;
	bool lost;
	bool failed;
	char error[512];
};

/* An argument of a JSON line as a word of the command line; NULL for no argument */
static char *argument_word(const json_t *item)
{
	char *word;

	if (json_is_string(item))
		return strdup(json_string_value(item));
	if (!json_is_integer(item) || json_integer_value(item) < INT8_MIN ||
	    json_integer_value(item) > UINT8_MAX ||
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
				 "argument %zu: expected an integer from %d to %d, or a string, such as \"w:300\" for two bytes",
				 i + 1, INT8_MIN, UINT8_MAX);
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

static void keep(struct job *job, struct kept *kept,
		 const struct teavmx_record *record)
{
	int error = kept_add(kept, record);

	if (error)
		job->text_error = -error;
}

/*
 * Whose text the following is, is not known if ends may be among the lost events. So
 * all runs that have not ended yet lose theirs.
 */
static void take_lost(struct map *map)
{
	size_t i;

	map->lost = true;
	map->gone = true;
	for (i = map->now; i < map->done + map->begun; i++)
		map->jobs[i].lost = true;
}

static void take_state(struct map *map, const struct teavmx_record *record)
{
	bool exited = record->state == TEAVMX_VCPU_STATE_EXITED;

	map->waits_for_input = record->state == TEAVMX_VCPU_STATE_WAITING &&
			       record->port == TEA_PORT_SERIAL;
	if (map->lost)
		map->gone |= exited;
	else if (exited && map->now < map->done)
		map->now++;
	else
		map->exited = exited;
}

static int map_record(const struct teavmx_record *record, void *data)
{
	struct map *map = data;
	struct job *job = &map->jobs[map->now];

	if (record->type == TEAVMX_EVENT_TYPE_LOST)
		take_lost(map);
	/* Others may be of earlier requests, whose end was seen after a loss. */
	if (record->vm != map->vm || record->seq < map->first_seq)
		return TEAVMX_FOLLOW_ON;
	if (record->type == TEAVMX_EVENT_TYPE_TEA_TEXT && !map->lost)
		keep(job, &job->text, record);
	else if (record->type == TEAVMX_EVENT_TYPE_TEA_SERIAL && !map->lost)
		keep(job, &job->serial, record);
	else if (record->type == TEAVMX_EVENT_TYPE_STATE &&
		 record->vcpu == map->vcpu)
		take_state(map, record);
	return TEAVMX_FOLLOW_ON;
}

/*
 * ms until a run is late. One that has ended is not, as only its events have to be read.
 * After a loss it is not known which run they are of.
 */
static long long map_left(const struct map *map)
{
	return map->deadline && !map->over && (map->lost || map->now == map->done) ?
	       map->deadline - interrupt_clock() : LLONG_MAX;
}

static bool is_late(const struct map *map)
{
	return map_left(map) <= 0;
}

static int read_exited(const struct map *map, bool *exited)
{
	uint32_t state, stop;

	if (teavmx_vcpu_state(map->teavmx, map->vm, map->vcpu, &state, &stop))
		return -1;
	*exited = state == TEAVMX_VCPU_STATE_EXITED;
	return 0;
}

static int map_check(void *data)
{
	struct map *map = data;

	if (map->exited || (map->now == map->done && !map->begun))
		return TEAVMX_FOLLOW_END;
	/* A run that seems to be late may have ended: its events are read afterwards. */
	if (is_late(map) && read_exited(map, &map->over))
		return TEAVMX_FOLLOW_FAILED;
	return map->waits_for_input || interrupt_seen() || is_late(map) ||
	       (map->now == map->done && map->jobs[map->now].text_error) ?
	       TEAVMX_FOLLOW_END : TEAVMX_FOLLOW_ON;
}

/* No event reports the end of the vCPU when that record was lost. */
static int look_at_vcpu(struct map *map)
{
	map->gone = false;
	return read_exited(map, &map->exited);
}

static int map_wait(int fd, void *data)
{
	struct map *map = data;
	long long wait = TEAVMX_SYNC_MS;

	if (map->gone && look_at_vcpu(map))
		return TEAVMX_FOLLOW_FAILED;
	if (map->exited)
		return TEAVMX_FOLLOW_ON;
	if (map_left(map) < wait)
		wait = map_left(map);
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

static int start_in_new_vm(struct map *map, const unsigned char *arguments)
{
	struct teavmx_vcpu vcpu;

	map->first_seq = 0;
	map->program.arguments = arguments;
	map->program.argument_size = map->size;
	if (teavmx_vcpu_new(map->teavmx, 0, &map->program, &vcpu))
		return -1;
	map->vm = vcpu.vm;
	map->vcpu = vcpu.id;
	map->begun = true;
	teavmx_vcpu_clear(&vcpu);
	return teavmx_event_watch(map->teavmx, map->vm, 1);
}

/*
 * Makes the runs of the jobs from map->done on, or some of them. A process that the
 * last run has launched may be alive, or the VM deleted.
 */
static int map_start(struct map *map)
{
	struct teavmx_batch batch = {
		.count = (uint32_t)(map->count - map->done),
		.arguments = map->arguments + map->done * map->size,
		.argument_size = map->size,
		.results = map->results + map->done,
	};
	struct teavmx_slice slice;
	int err = 0;

	map->exited = false;
	map->over = false;
	map->waits_for_input = false;
	map->lost = false;
	map->now = map->done;
	if (map->vm && !teavmx_vcpu_run_batch(map->teavmx, map->vm, map->vcpu,
					      &batch, &slice)) {
		map->first_seq = batch.next_seq;
		map->done += batch.done;
		map->begun = slice.state != TEAVMX_VCPU_STATE_EXITED;
	} else {
		drop_vm(map);
		err = start_in_new_vm(map, batch.arguments);
	}
	map->deadline = map->time ? interrupt_clock() + (long long)map->time :
				    0;
	return err;
}

/* The result of a job as JSON */
static json_t *job_result(struct map *map, const struct job *job,
			  const struct teavmx_result *from)
{
	struct tea_result result = {
		.message_size = from->message_size,
		.text = job->text.bytes,
		.text_size = job->text.size,
		.serial = job->serial.size ? job->serial.bytes : NULL,
		.serial_size = job->serial.size,
		.steps = from->steps,
	};

	memcpy(result.message, from->message, from->message_size);
	if (tea_result_code(&result))
		map->failed = true;
	return tea_result_json(&result);
}

/* What kept the run from its end */
static void explain(struct map *map, const struct job *job)
{
	if (job->text_error)
		snprintf(map->error, sizeof(map->error),
			 "text of the program: %s", strerror(job->text_error));
	else if (map->waits_for_input)
		snprintf(map->error, sizeof(map->error),
			 "the program waits for serial input, of which there is none");
	else
		snprintf(map->error, sizeof(map->error),
			 "the program did not end within %llu ms", map->time);
}

/* Prints the result of a job, or the error of a line if @object is NULL. */
static void job_print(struct map *map, const struct job *job, json_t *object)
{
	if (!object) {
		object = json_object();
		json_object_set_new(object, "error",
				    tea_json_string(map->error));
		map->failed = true;
	}
	if (job->lost)
		json_object_set_new(object, "lost", json_true());
	json_object_set_new(object, "line",
			    json_integer((json_int_t)job->line));
	if (job->id)
		json_object_set(object, "id", job->id);
	tea_json_print(object, stdout);
}

/* One that has ended within the request */
static void job_end(struct map *map, size_t i)
{
	struct job *job = &map->jobs[i];
	json_t *object = NULL;

	if (job->text_error)
		explain(map, job);
	else
		object = job_result(map, job, &map->results[i]);
	job_print(map, job, object);
}

/* The result of the run that the thread has made */
static json_t *take_result(struct map *map, const struct job *job)
{
	struct teavmx_result result;
	struct teavmx_vcpu vcpu;

	if (teavmx_vcpu_get(map->teavmx, map->vm, map->vcpu, &vcpu)) {
		take_error(map);
		return NULL;
	}
	result.steps = vcpu.steps;
	result.message_size = vcpu.message_size;
	memcpy(result.message, vcpu.message, sizeof(result.message));
	teavmx_vcpu_clear(&vcpu);
	return job_result(map, job, &result);
}

/* One without a result. After a signal that is no error. */
static void job_fail(struct map *map, const struct job *job)
{
	if (!interrupt_seen())
		job_print(map, job, NULL);
}

/* One that was not ended by the request */
static void job_end_begun(struct map *map, const struct job *job)
{
	json_t *object = NULL;

	if (map->exited && !job->text_error) {
		object = take_result(map, job);
	} else {
		explain(map, job);
		drop_vm(map);
	}
	if (object)
		job_print(map, job, object);
	else
		job_fail(map, job);
}

/*
 * The jobs from @first on that have ended within the request. Without all events the text
 * of those from map->now on is incomplete, so they have no result.
 */
static void map_end_done(struct map *map, size_t first, int err)
{
	size_t read = err || interrupt_seen() ? map->now : map->done;
	size_t i;

	for (i = first; i < read; i++)
		job_end(map, i);
	if (err)
		take_error(map);
	for (; i < map->done; i++)
		job_fail(map, &map->jobs[i]);
}

/* Makes runs of jobs until one needs another request. */
static void map_some(struct map *map)
{
	static const struct teavmx_follower follower = {
		.check = map_check,
		.record = map_record,
		.wait = map_wait,
	};
	size_t first = map->done;
	const struct job *next;
	int err;

	map->begun = false;
	err = map_start(map) || teavmx_follow(map->teavmx, &follower, map);
	map_end_done(map, first, err);
	if (map->done == map->count || !(map->begun || (err && map->done == first)))
		return;
	next = &map->jobs[map->done++];
	if (err)
		job_fail(map, next);
	else
		job_end_begun(map, next);
}

static void job_clear(struct job *job)
{
	json_decref(job->id);
	free(job->text.bytes);
	free(job->serial.bytes);
	*job = (struct job){ 0 };
}

static void map_jobs(struct map *map)
{
	map->done = 0;
	while (map->done < map->count && !interrupt_seen() &&
	       !cli_output_error)
		map_some(map);
	while (map->count)
		job_clear(&map->jobs[--map->count]);
}

static void map_add(struct map *map, json_t *id)
{
	map->size = map->args.size;
	memcpy(map->arguments + map->count * map->size, map->args.bytes,
	       map->size);
	map->jobs[map->count++] = (struct job){ .line = map->line, .id = id };
	if (map->count == ARRAY_SIZE(map->jobs))
		map_jobs(map);
}

/* Returns the exit code, and writes the reason to map->error. */
static int check_launch(struct map *map)
{
	return tea_file_check_launch(&map->file, map->args.size,
				     map->program.stack_size ?:
				     TEA_STACK_DEFAULT,
				     map->error, sizeof(map->error));
}

/*
 * The result of a line whose arguments do not go with the program. No run is needed
 * for it, and a vCPU that has not loaded the program could not be reset.
 */
static json_t *launch_result(struct map *map, const struct job *job, int code)
{
	struct teavmx_result result = { 0 };
	json_t *object;

	result.message_size = tea_message(result.message, PID,
					  (unsigned int)code, 0, NULL, 0);
	object = job_result(map, job, &result);
	json_object_set_new(object, "cause", tea_json_string(map->error));
	return object;
}

static void map_line(struct map *map, char *line, size_t size)
{
	struct job job = { .line = ++map->line };
	char error[sizeof(map->error)];
	int code = 0;

	if (!parse_line(map, line, size, &job.id)) {
		code = check_launch(map);
		if (!code) {
			map_add(map, job.id);
			return;
		}
	}
	memcpy(error, map->error, sizeof(error));
	map_jobs(map);
	memcpy(map->error, error, sizeof(error));
	if (!interrupt_seen())
		job_print(map, &job,
			  code ? launch_result(map, &job, code) : NULL);
	job_clear(&job);
}

static int map_lines(struct map *map)
{
	size_t size;
	char *line;

	while (!interrupt_seen() && !cli_output_error) {
		line = lines_next(&map->lines, !map->count, &size);
		if (line)
			map_line(map, line, size);
		else if (map->count)
			map_jobs(map);
		else
			break;
	}
	if (interrupt_seen())
		return CLI_INTERRUPTED;
	if (cli_output_error)
		return output_stopped();
	if (map->lines.error)
		return cli_error(CLI_FAILED, NULL, "standard input: %s",
				 strerror(map->lines.error));
	return map->failed ? CLI_GUEST : CLI_OK;
}

static int map_file(struct teavmx *teavmx, void *state)
{
	struct map *map = state;
	struct teavmx_info info;

	map->teavmx = teavmx;
	if (teavmx_get_info(teavmx, TEAVMX_VERSION, &info))
		return output_failure(teavmx_error(teavmx), NULL);
	output_warn_version(teavmx);
	if (teavmx_event_open(teavmx, 0))
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
	case 'e':
		return engine_take(&command_map, &map->program.engine);
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
	struct map *map = state;
	const char *path;
	int status, err;

	if (argc - optind > 1)
		return command_usage(&command_map,
				     "unexpected word '%s'; the arguments of each run are a line of standard input",
				     argv[optind + 1]);
	path = command_file(&command_map, argc, argv, "an object FILE");
	if (!path)
		return CLI_USAGE;
	if (map->program.engine == TEAVMX_ENGINE_JIT &&
	    map->program.backend == TEAVMX_BACKEND_SOFT)
		return command_usage(&command_map,
				     "--engine jit: does not go with --backend soft, which only interprets");
	err = tea_file_read(&map->file, path);
	if (err)
		return cli_error(CLI_FAILED, NULL, "%s: %s", path,
				 strerror(-err));
	map->program.program = map->file.bytes;
	map->program.program_size = map->file.size;
	status = output_with(map_file, map);
	tea_file_free(&map->file);
	return status;
}

static void map_release(void *state)
{
	struct map *map = state;

	while (map->count)
		job_clear(&map->jobs[--map->count]);
	free(map->lines.bytes);
}

static const struct option options[] = {
	{ "backend", required_argument, NULL, 'b' },
	{ "engine", required_argument, NULL, 'e' },
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
	"  -e, --engine E    interp, or jit: translated in the guest to x86-64 (interp)\n"
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
