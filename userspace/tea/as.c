// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <uapi/tea.h>

#include <userspace/common/cli.h>

#include "assembler.h"
#include "command.h"
#include "output.h"

#define SOURCE_MAX	(16 << 20)
#define SOURCE_SUFFIX	".tas"
#define OBJECT_SUFFIX	".cup"

static int read_stream(FILE *from, struct source *source)
{
	size_t room = 0;

	while (!feof(from)) {
		if (source->size == room) {
			char *larger;

			room = room ? 2 * room : 4096;
			larger = realloc(source->text, room);
			if (!larger)
				return -ENOMEM;
			source->text = larger;
		}
		errno = 0;
		source->size += fread(source->text + source->size, 1,
				      room - source->size, from);
		if (ferror(from))
			return errno ? -errno : -EIO;
		if (source->size > SOURCE_MAX)
			return -EFBIG;
	}
	return 0;
}

static int read_source(struct source *source)
{
	bool from_stdin = !strcmp(source->path, "-");
	FILE *from = from_stdin ? stdin : fopen(source->path, "re");
	int error = from ? read_stream(from, source) : -errno;

	if (from && !from_stdin)
		fclose(from);
	if (error == -EFBIG)
		return cli_error(CLI_FAILED, NULL,
				 "%s: a source may have at most %d bytes",
				 source->path, SOURCE_MAX);
	if (error)
		return cli_error(CLI_FAILED, NULL, "%s: %s", source->path,
				 strerror(-error));
	return CLI_OK;
}

/* hello.tas becomes hello.cup, any other name gets .cup appended. */
static char *object_path(const char *source)
{
	size_t size = strlen(source);
	size_t suffix = strlen(SOURCE_SUFFIX);
	char *path;

	if (!strcmp(source, "-"))
		return strdup("-");
	if (size > suffix && !strcmp(source + size - suffix, SOURCE_SUFFIX))
		size -= suffix;
	if (asprintf(&path, "%.*s%s", (int)size, source, OBJECT_SUFFIX) < 0)
		return NULL;
	return path;
}

static bool same_file(const char *left, const char *right)
{
	struct stat a, b;

	return !stat(left, &a) && !stat(right, &b) && S_ISREG(a.st_mode) &&
	       a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

static int assemble(struct source *source, const char *output)
{
	static unsigned char file[TEA_FILE_MAX];
	struct report report = { 0 };
	size_t size;
	int error;

	size = assembler_run(source, &report, file);
	report_print(&report);
	if (report.errors) {
		fprintf(stderr, "%s: %zu error%s, no object file written\n",
			source->path, report.errors,
			report.errors == 1 ? "" : "s");
		output_remove(output);
		report_free(&report);
		return CLI_FAILED;
	}
	report_free(&report);
	error = output_write(output, file, size);
	if (error)
		return cli_error(CLI_FAILED, NULL, "%s: %s", output,
				 strerror(-error));
	return CLI_OK;
}

static int run(int argc, char **argv)
{
	struct source source = { 0 };
	char *output = NULL;
	int option;
	int status;

	while ((option = tea_command_option(&tea_command_as, argc, argv)) !=
	       -1) {
		if (option == TEA_OPTION_HELP)
			return tea_command_help(&tea_command_as);
		if (option != 'o')
			return CLI_USAGE;
		output = optarg;
	}
	if (optind == argc)
		return tea_command_usage(&tea_command_as,
					 "expected a source FILE");
	if (optind + 1 < argc)
		return tea_command_usage(&tea_command_as,
					 "one FILE at a time, '%s' is one too many",
					 argv[optind + 1]);

	source.path = argv[optind];
	output = output ? strdup(output) : object_path(source.path);
	if (!output)
		return cli_error(CLI_FAILED, NULL, "%s", strerror(errno));
	if (same_file(source.path, output))
		status = tea_command_usage(&tea_command_as,
					   "'%s' is the source itself, choose another output",
					   output);
	else
		status = read_source(&source);
	if (!status)
		status = assemble(&source, output);
	free(source.text);
	free(output);
	return status;
}

static const struct option options[] = {
	{ "output", required_argument, NULL, 'o' },
	TEA_OPTION_COMMON
};

const struct tea_command tea_command_as = {
	.name = "as",
	.synopsis = "[-o OUT.cup] FILE.tas",
	.summary = "Assemble a program.",
	.help =
	"Writes FILE.cup, or OUT.cup. FILE and OUT may be - for standard input and\n"
	"output. After an error no output file is left.\n\n"
	"  -o, --output OUT  name of the object file\n"
	"  -h, --help        show this text\n",
	.options = options,
	.run = run,
};
