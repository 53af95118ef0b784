// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <uapi/tea.h>

#include <userspace/common/cli.h>
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
				 strerror(-error));
	if (map)
		return output_map(map, output, file, size);
	output_remove_map(output);
	return CLI_OK;
}

static int assemble(struct source *source, const char *output, bool mapped)
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
	char *output;
	int status;

	output = wanted ? strdup(wanted) :
		 source_output(path, SOURCE_SUFFIX, OBJECT_SUFFIX);
	if (!output)
		return cli_error(CLI_FAILED, NULL, "%s", strerror(errno));
	if (source_same(path, output))
		status = tea_command_usage(&tea_command_as,
					   "'%s' is the source itself, choose another output",
					   output);
	else if (mapped && !output_takes_map(output))
		status = tea_command_usage(&tea_command_as,
					   "a debug map needs an object file to lie beside");
	else
		status = read_source(&source);
	if (!status)
		status = assemble(&source, output, mapped);
	free(source.text);
	free(output);
	return status;
}

static int run(int argc, char **argv)
{
	const char *output = NULL;
	bool mapped = false;
	int option;

	while ((option = tea_command_option(&tea_command_as, argc, argv)) !=
	       -1) {
		if (option == TEA_OPTION_HELP)
			return tea_command_help(&tea_command_as);
		if (option == 'o')
			output = optarg;
		else if (option == 'g')
			mapped = true;
		else
			return CLI_USAGE;
	}
	if (optind == argc)
		return tea_command_usage(&tea_command_as,
					 "expected a source FILE");
	if (optind + 1 < argc)
		return tea_command_usage(&tea_command_as,
					 "one FILE at a time, '%s' is one too many",
					 argv[optind + 1]);
	return assemble_file(argv[optind], output, mapped);
}

static const struct option options[] = {
	{ "output", required_argument, NULL, 'o' },
	{ "debug", no_argument, NULL, 'g' },
	TEA_OPTION_COMMON
};

const struct tea_command tea_command_as = {
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
	.run = run,
};
