// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <uapi/tea.h>

#include <userspace/common/cli.h>
#include <userspace/common/new_file.h>
#include <userspace/common/text_file.h>

#include "assembler.h"
#include "command.h"
#include "output.h"
#include "source.h"

#define SOURCE_SUFFIX	".tas"
#define OBJECT_SUFFIX	".cup"

static int read_source(struct source *source)
{
	int error = source_read(source, TEXT_SOURCE_MAX);

	if (error == -EFBIG)
		return cli_error(CLI_FAILED, NULL,
				 "%s: a source may have at most %d bytes",
				 source->path, TEXT_SOURCE_MAX);
	if (error)
		return cli_error(CLI_FAILED, NULL, "%s: %s", source->path,
				 strerror(-error));
	return CLI_OK;
}

static int write_all(const char *output, const unsigned char *file, size_t size,
		     struct tea_map *map)
{
	int error = output_write(output, file, size);

	if (error)
		return cli_error(CLI_FAILED, NULL, "%s: %s", output,
				 new_file_reason(error));
	if (map)
		return output_map(map, output, file, size);
	output_remove_map(output);
	return CLI_OK;
}

static int as_assemble(struct source *source, const char *output, bool mapped)
{
	static unsigned char file[TEA_FILE_MAX];
	struct report report = { 0 };
	struct tea_map map = { 0 };
	size_t size;
	int status;

	size = assembler_run_mapped(source, &report, file,
				    mapped ? &map : NULL);
	report_print(&report);
	if (report.errors) {
		fprintf(stderr, "%s: %zu error%s, no object file written\n",
			source->path, report.errors,
			report.errors == 1 ? "" : "s");
		output_remove_map(output);
		output_remove(output);
		status = CLI_FAILED;
	} else {
		status = write_all(output, file, size, mapped ? &map : NULL);
	}
	report_free(&report);
	tea_map_free(&map);
	return status;
}

static int assemble_file(const char *path, const char *wanted, bool mapped)
{
	struct source source = { .path = path };
	const char *problem = NULL;
	char *output;
	int status;

	output = wanted ? strdup(wanted) :
		 source_output(path, SOURCE_SUFFIX, OBJECT_SUFFIX);
	if (!output)
		return cli_error(CLI_FAILED, NULL, "%s", strerror(errno));
	if (mapped)
		problem = output_map_problem(path, output);
	if (source_same(path, output))
		status = command_usage(&command_as,
				       "'%s' is the source itself, choose another output",
				       output);
	else if (problem)
		status = command_usage(&command_as, "%s", problem);
	else
		status = source_check_kind(path, ".tea", "cc");
	if (!status)
		status = read_source(&source);
	if (!status)
		status = as_assemble(&source, output, mapped);
	free(source.text);
	free(output);
	return status;
}

struct as_options {
	const char *output;
	bool mapped;
};

static int as_option(int option, void *state)
{
	struct as_options *options = state;

	if (option == 'o')
		options->output = optarg;
	else
		options->mapped = true;
	return CLI_OK;
}

static int as_run(int argc, char **argv, void *state)
{
	const struct as_options *options = state;
	const char *path = command_file(&command_as, argc, argv,
					"a source FILE");

	return path ? assemble_file(path, options->output, options->mapped) :
		      CLI_USAGE;
}

static const struct option options[] = {
	{ "output", required_argument, NULL, 'o' },
	{ "debug", no_argument, NULL, 'g' },
	OPTION_COMMON
};

const struct command command_as = {
	.name = "as",
	.synopsis = "[-g] [-o OUT.cup] FILE.tas",
	.summary = "Assemble a program.",
	.help =
	"Writes FILE.cup, or OUT.cup. FILE and OUT may be - for standard input and\n"
	"output. After an error no output file is left.\n\n"
	"  -o, --output OUT  name of the object file\n"
	"  -g, --debug       write a debug map, FILE.map, beside the object file\n"
	"  -h, --help        show this text\n",
	.options = options,
	.state_size = sizeof(struct as_options),
	.option = as_option,
	.run = as_run,
};
