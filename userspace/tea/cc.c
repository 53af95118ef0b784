// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <userspace/common/cli.h>
#include <userspace/common/new_file.h>
#include <userspace/common/tea_library.h>
#include <userspace/common/tea_map.h>
#include <userspace/common/tea_result.h>

#include "cc/compiler.h"
#include "command.h"
#include "output.h"
#include "source.h"

#define SOURCE_SUFFIX	".tea"
#define OBJECT_SUFFIX	".cup"
#define ASSEMBLY_SUFFIX	".tas"
#define FOLDERS_MAX	64
/* The folders of the library, and the null at the end */
#define FOLDERS_ROOM	(FOLDERS_MAX + TEA_LIBRARY_FOLDERS + 1)

/**
 * struct cc_options - options of the command line
 * @output: the output, or null
 * @folders: folders of includes
 * @folder_count: number of them
 * @library: the library, to be freed
 * @defines: #define lines, to be freed
 * @preprocess: only preprocess
 * @assembly: write assembly language
 * @map: write a debug map
 * @optimise: make the code shorter
 * @wary: give all warnings
 */
struct cc_options {
	const char *output;
	const char *folders[FOLDERS_ROOM];
	size_t folder_count;
	struct tea_library library;
	char *defines;
	bool preprocess;
	bool assembly;
	bool map;
	bool optimise;
	bool wary;
};

/* Makes a line with a #define of NAME or NAME=VALUE. */
static int add_define(struct cc_options *options, const char *word)
{
	const char *value = strchrnul(word, '=');
	char *longer;

	if (strchr(word, '\n') || value == word)
		return command_usage(&command_cc,
					 "--define: expected NAME or NAME=VALUE, got '%s'",
					 word);
	if (asprintf(&longer, "%s#define %.*s %s\n", options->defines ?: "",
		     (int)(value - word), word, *value ? value + 1 : "1") < 0)
		return cli_error(CLI_FAILED, NULL, "out of memory");
	free(options->defines);
	options->defines = longer;
	return CLI_OK;
}

static int add_folder(struct cc_options *options, const char *folder)
{
	if (options->folder_count == FOLDERS_MAX)
		return command_usage(&command_cc,
					 "more than %d folders", FOLDERS_MAX);
	options->folders[options->folder_count++] = folder;
	return CLI_OK;
}

static int take_flag(int option, struct cc_options *options)
{
	switch (option) {
	case 'E':
		options->preprocess = true;
		break;
	case 'S':
		options->assembly = true;
		break;
	case 'g':
		options->map = true;
		break;
	case 'O':
		options->optimise = true;
		break;
	case 'W':
		options->wary = true;
		break;
	}
	return CLI_OK;
}

static int cc_option(int option, void *state)
{
	struct cc_options *options = state;

	switch (option) {
	case 'o':
		options->output = optarg;
		return CLI_OK;
	case 'I':
		return add_folder(options, optarg);
	case 'D':
		return add_define(options, optarg);
	default:
		return take_flag(option, options);
	}
}

static void add_library(struct cc_options *options)
{
	size_t i;

	tea_library_find(&options->library);
	for (i = 0; i < options->library.count; i++)
		options->folders[options->folder_count++] =
			options->library.folders[i];
}

static int write_text(const char *path, const char *text, size_t size)
{
	int error = output_write(path, text, size);

	if (error)
		return cli_error(CLI_FAILED, NULL, "%s: %s", path,
				 new_file_reason(error));
	return CLI_OK;
}

static int say_errors(struct cc_compiler *compiler, const char *output)
{
	size_t errors = compiler->report.errors;

	if (!cli_json)
		report_print(&compiler->report);
	if (!errors)
		return CLI_OK;
	if (!cli_json)
		fprintf(stderr, "%s: %zu error%s, nothing written\n",
			compiler->path, errors, errors == 1 ? "" : "s");
	if (!compiler->preprocessed && !compiler->assembly)
		output_remove_map(output);
	output_remove(output);
	return CLI_FAILED;
}

static void print_report(struct report *report, const char *output)
{
	tea_json_print(json_pack("{s:o, s:I, s:I, s:o}", "output",
				 output ? tea_json_string(output) : json_null(),
				 "errors", (json_int_t)report->errors,
				 "warnings",
				 (json_int_t)(report->count - report->errors),
				 "diagnostics", report_json(report)), stdout);
}

static int cc_build(const char *path, const char *output,
		    const struct cc_options *options)
{
	static struct cc_compiler compiler;
	struct tea_map map = { 0 };
	char *text = NULL;
	size_t size = 0;
	FILE *to = open_memstream(&text, &size);
	int status;
	int error;

	if (!to)
		return cli_error(CLI_FAILED, NULL, "out of memory");
	compiler.path = path;
	compiler.folders = options->folders;
	compiler.defines = options->defines;
	compiler.optimise = options->optimise;
	compiler.wary = options->wary;
	compiler.preprocessed = options->preprocess ? to : NULL;
	compiler.assembly = options->assembly ? to : NULL;
	compiler.map = options->map ? &map : NULL;
	error = cc_compile(&compiler);
	if (fclose(to) && !error)
		error = -ENOMEM;
	status = say_errors(&compiler, output);
	if (error == -EFBIG)
		status = cli_error(CLI_FAILED, NULL,
				   "%s: a source may have at most %d bytes",
				   path, CC_SOURCE_MAX);
	else if (error)
		status = cli_error(CLI_FAILED, NULL, "%s: %s", path,
				   strerror(-error));
	if (!status && (options->preprocess || options->assembly))
		status = write_text(output, text, size);
	else if (!status)
		status = write_text(output, (const char *)compiler.file,
				    compiler.size);
	if (!status && options->map)
		status = output_map(&map, output, compiler.file, compiler.size);
	else if (!status && !options->preprocess && !options->assembly)
		output_remove_map(output);
	if (cli_json)
		print_report(&compiler.report, status ? NULL : output);
	cc_compiler_free(&compiler);
	tea_map_free(&map);
	free(text);
	return status;
}

static char *output_of(const char *path, const struct cc_options *options)
{
	if (options->output)
		return strdup(options->output);
	if (options->preprocess)
		return strdup("-");
	return source_output(path, SOURCE_SUFFIX, options->assembly ?
			     ASSEMBLY_SUFFIX : OBJECT_SUFFIX);
}

static int compile_file(const char *path, struct cc_options *options)
{
	char *output = output_of(path, options);
	const char *problem = NULL;
	int status;

	if (!output)
		return cli_error(CLI_FAILED, NULL, "out of memory");
	if (options->map)
		problem = output_map_problem(path, output);
	if (source_same(path, output))
		status = command_usage(&command_cc,
				       "'%s' is the source itself, choose another output",
				       output);
	else if (options->preprocess && options->assembly)
		status = command_usage(&command_cc,
				       "--preprocess and --assembly cannot be combined");
	else if (options->map && (options->assembly || options->preprocess))
		status = command_usage(&command_cc,
				       "a debug map needs an object file to lie beside");
	else if (problem)
		status = command_usage(&command_cc, "%s", problem);
	else if (cli_json && output_is_stdout(output))
		status = command_usage(&command_cc,
				       "--json needs standard output for itself, choose another output with -o");
	else
		status = source_check_kind(path, ASSEMBLY_SUFFIX, "as");
	if (!status)
		status = cc_build(path, output, options);
	free(output);
	return status;
}

static int cc_run(int argc, char **argv, void *state)
{
	const char *path = command_file(&command_cc, argc, argv,
					"a source FILE");

	if (!path)
		return CLI_USAGE;
	add_library(state);
	return compile_file(path, state);
}

static void cc_release(void *state)
{
	struct cc_options *options = state;

	tea_library_free(&options->library);
	free(options->defines);
}

static const struct option options_table[] = {
	{ "output", required_argument, NULL, 'o' },
	{ "include", required_argument, NULL, 'I' },
	{ "define", required_argument, NULL, 'D' },
	{ "preprocess", no_argument, NULL, 'E' },
	{ "assembly", no_argument, NULL, 'S' },
	{ "debug", no_argument, NULL, 'g' },
	{ "optimise", no_argument, NULL, 'O' },
	{ "warnings", no_argument, NULL, 'W' },
	{ "json", no_argument, NULL, 'j' },
	OPTION_COMMON
};

const struct command command_cc = {
	.name = "cc",
	.synopsis = "[OPTION...] FILE.tea",
	.summary = "Compile a program.",
	.help =
	"Writes FILE.cup, or OUT. FILE and OUT may be - for standard input and output.\n"
	"After an error no output file is left.\n\n"
	"  -o, --output=OUT         name of the output\n"
	"  -I, --include=DIR        look for includes in DIR too, before the library\n"
	"  -D, --define=NAME[=V]    define a macro; it stands for 1 if there is no V\n"
	"  -E, --preprocess         only preprocess; the output is text\n"
	"  -S, --assembly           write assembly language, FILE.tas\n"
	"  -g, --debug              write a debug map, FILE.map, beside the object file\n"
	"  -O, --optimise           make the code shorter\n"
	"  -W, --warnings           warn of what is only suspicious, too\n"
	"  -j, --json               print errors and warnings as one JSON object\n"
	"  -h, --help               show this text\n",
	.options = options_table,
	.state_size = sizeof(struct cc_options),
	.option = cc_option,
	.run = cc_run,
	.release = cc_release,
};
