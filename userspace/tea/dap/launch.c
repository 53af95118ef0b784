// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <userspace/common/cli.h>
#include <userspace/common/tea_library.h>
#include <userspace/tea/cc/compiler.h>

#include "arguments.h"
#include "requests.h"

#define SOURCE_SUFFIX	".tea"
#define MESSAGE_MAX	512

/**
 * struct dap_program - arguments of the request launch
 * @program: path of a source or an object file
 * @cwd: folder that paths start from, or null
 * @words: arguments of the program, strings and integers, or null
 * @stack: bytes of stack
 */
struct dap_program {
	const char *program;
	const char *cwd;
	const json_t *words;
	json_int_t stack;
};

static void launch_remark(struct dap *dap, const json_t *remark)
{
	const char *file = json_string_value(json_object_get(remark, "file"));
	const char *what = json_string_value(json_object_get(remark, "severity"));
	const char *message =
		json_string_value(json_object_get(remark, "message"));

	dap_output(dap, "stderr",
		   json_sprintf("%s:%lld:%lld: %s: %s\n", file ?: "",
				(long long)json_integer_value(json_object_get(remark, "line")),
				(long long)json_integer_value(json_object_get(remark, "column")),
				what ?: "", message ?: ""));
}

static void launch_report(struct dap *dap, struct report *report)
{
	json_t *remarks = report_json(report);
	json_t *remark;
	size_t i;

	json_array_foreach(remarks, i, remark)
		launch_remark(dap, remark);
	json_decref(remarks);
}

/* The object file lies in memory, and so does its debug map. */
static int take_compiled(struct dap *dap, const struct cc_compiler *compiler)
{
	dap->file.bytes = malloc(compiler->size);
	if (!dap->file.bytes)
		return dap_refuse("out of memory");
	memcpy(dap->file.bytes, compiler->file, compiler->size);
	dap->file.size = compiler->size;
	dap->debugger.program = (struct program){
		.path = dap->path,
		.code = dap->file.bytes + TEA_HEADER_SIZE,
		.code_size = (unsigned int)(compiler->size - TEA_HEADER_SIZE),
		.map = *compiler->map,
		.map_path = tea_map_path(dap->path),
	};
	*compiler->map = (struct tea_map){ 0 };
	return dap->debugger.program.map_path ? CLI_OK :
						dap_refuse("out of memory");
}

static int launch_compile(struct dap *dap, struct cc_compiler *compiler)
{
	int error = cc_compile(compiler);

	launch_report(dap, &compiler->report);
	if (error == -EFBIG)
		return dap_refuse("%s: a source may have at most %d bytes",
				  dap->path, CC_SOURCE_MAX);
	if (error)
		return dap_refuse("%s: %s", dap->path, strerror(-error));
	if (compiler->report.errors)
		return dap_refuse("%s: the compiler has found %zu error%s",
				  dap->path, compiler->report.errors,
				  compiler->report.errors == 1 ? "" : "s");
	return take_compiled(dap, compiler);
}

static int launch_source(struct dap *dap)
{
	struct cc_compiler *compiler = calloc(1, sizeof(*compiler));
	const char *folders[TEA_LIBRARY_FOLDERS + 1] = { NULL };
	struct tea_library library;
	struct tea_map map = { 0 };
	int status;

	if (!compiler)
		return dap_refuse("out of memory");
	tea_library_find(&library);
	memcpy(folders, library.folders, library.count * sizeof(*folders));
	compiler->path = dap->path;
	compiler->folders = folders;
	compiler->map = &map;
	status = launch_compile(dap, compiler);
	cc_compiler_free(compiler);
	tea_map_free(&map);
	tea_library_free(&library);
	free(compiler);
	return status;
}

static int launch_object(struct dap *dap)
{
	int error = tea_file_read(&dap->file, dap->path);

	return error ? dap_refuse("%s: %s", dap->path, strerror(-error)) :
		       CLI_OK;
}

static bool is_source(const char *path)
{
	size_t size = strlen(path);

	return size > strlen(SOURCE_SUFFIX) &&
	       !strcmp(path + size - strlen(SOURCE_SUFFIX), SOURCE_SUFFIX);
}

/* The debug map of an object file is opened when the file is known to be valid. */
static int launch_load(struct dap *dap)
{
	bool source = is_source(dap->path);
	char message[MESSAGE_MAX];
	int status;

	dap->file.path = dap->path;
	status = source ? launch_source(dap) : launch_object(dap);
	if (status)
		return status;
	if (tea_file_check_launch(&dap->file, dap->args.size,
				  dap->target.target.stack_size, message,
				  sizeof(message)))
		return dap_refuse("%s", message);
	if (!source)
		program_open(&dap->debugger.program, &dap->file);
	dap_output_problem(dap);
	return CLI_OK;
}

static int launch_sources(struct dap *dap)
{
	const struct program *program = &dap->debugger.program;
	char *path;
	size_t i;

	dap->sources = calloc(program->map.file_count + 1,
			      sizeof(*dap->sources));
	if (!dap->sources)
		return dap_refuse("out of memory");
	for (i = 0; i < program->map.file_count; i++) {
		path = tea_source_path(program->map_path,
				       program->map.files[i]);
		if (path)
			dap->sources[i] = realpath(path, NULL);
		free(path);
	}
	return CLI_OK;
}

/* Integers are as on a command line. */
static int launch_words(struct dap *dap, const json_t *list)
{
	size_t count = json_array_size(list);
	char **words = calloc(count + 1, sizeof(*words));
	char message[MESSAGE_MAX];
	int status = words ? CLI_OK : dap_refuse("out of memory");
	size_t i;

	for (i = 0; i < count && !status; i++) {
		const json_t *word = json_array_get(list, i);

		if (json_is_string(word))
			words[i] = strdup(json_string_value(word));
		else if (!json_is_integer(word) ||
			 asprintf(&words[i], "%lld",
				  (long long)json_integer_value(word)) < 0)
			words[i] = NULL;
		if (!words[i])
			status = dap_refuse("the argument 'args' has strings and integers only");
	}
	if (!status && tea_args_parse(&dap->args, words, (int)count, message,
				      sizeof(message)))
		status = dap_refuse("%s", message);
	for (i = 0; words && i < count; i++)
		free(words[i]);
	free(words);
	return status;
}

static int launch_read(struct dap *dap, const json_t *arguments,
		       struct dap_program *program)
{
	return dap_needed_text(arguments, "program", &program->program) ?:
	       dap_text(arguments, "cwd", &program->cwd) ?:
	       dap_list(arguments, "args", &program->words) ?:
	       dap_number(arguments, "stack", 1, TEA_STACK_MAX,
			  &program->stack) ?:
	       dap_flag(arguments, "stopOnEntry", &dap->stop_on_entry) ?:
	       dap_flag(arguments, "noDebug", &dap->no_debug);
}

static int launch_program(struct dap *dap, const struct dap_program *program)
{
	struct debugger *debugger = &dap->debugger;
	int status;

	/* Standard input has the requests. */
	if (!*program->program || !strcmp(program->program, "-"))
		return dap_refuse("the argument 'program' must be the path of a file");
	if (program->cwd && chdir(program->cwd))
		return dap_refuse("the argument 'cwd': %s: %s", program->cwd,
				  strerror(errno));
	dap->path = strdup(program->program);
	if (!dap->path)
		return dap_refuse("out of memory");
	user_target_init(&dap->target, &dap->file, &dap->args,
			 (unsigned int)program->stack);
	dap->target.target.output = &dap_program_output;
	dap->target.target.output_data = dap;
	debugger->target = &dap->target.target;
	status = launch_words(dap, program->words) ?: launch_load(dap) ?:
		 launch_sources(dap);
	return status ?: debugger_start(debugger);
}

/* A launch that is refused changes nothing for the next one. */
static void launch_undo(struct dap *dap, int folder)
{
	dap_release_program(dap);
	dap->stop_on_entry = false;
	dap->no_debug = false;
	if (fchdir(folder))
		dap_refuse("the argument 'cwd': the folder before it: %s",
			   strerror(errno));
}

int dap_launch(struct dap *dap, const json_t *arguments, json_t **body)
{
	struct dap_program program = { .stack = dap->stack_size };
	int status, folder;

	(void)body;
	if (dap->launched)
		return dap_refuse("a program was launched already, and a session has one");
	folder = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (folder < 0)
		return dap_refuse("the folder that paths start from: %s",
				  strerror(errno));
	status = launch_read(dap, arguments, &program) ?:
		 launch_program(dap, &program);
	if (status)
		launch_undo(dap, folder);
	close(folder);
	if (status)
		return status;
	dap->launched = true;
	dap->announce = true;
	return CLI_OK;
}

void dap_release_program(struct dap *dap)
{
	size_t i;

	for (i = 0; dap->sources && i < dap->debugger.program.map.file_count;
	     i++)
		free(dap->sources[i]);
	free(dap->sources);
	dap->sources = NULL;
	debugger_release(&dap->debugger);
	dap->debugger = (struct debugger){ 0 };
	user_target_release(&dap->target);
	tea_file_free(&dap->file);
	dap->file = (struct tea_file){ 0 };
	free(dap->path);
	dap->path = NULL;
}
