// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <userspace/common/new_file.h>

#include "command.h"
#include "export.h"
#include "interrupt.h"
#include "recorded.h"

struct state {
	const char *perfetto;
	const char *html;
};

/* The recording is read twice for each format. */
static int check_file(const char *path)
{
	struct stat file;

	if (stat(path, &file) || S_ISREG(file.st_mode))
		return CLI_OK;
	return cli_error(CLI_FAILED, NULL, "%s: not a regular file", path);
}

static bool is_stdout(const char *path)
{
	return !strcmp(path, "-");
}

static bool is_one_file(const char *a, const char *b)
{
	struct stat first, second;

	return !stat(a, &first) && !stat(b, &second) &&
	       first.st_dev == second.st_dev && first.st_ino == second.st_ino;
}

static const char *name_in(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* Are these the same name in the same folder? The file need not exist. */
static bool is_one_name(const char *a, const char *b)
{
	char first[PATH_MAX], second[PATH_MAX];

	snprintf(first, sizeof(first), "%.*s.", (int)(name_in(a) - a), a);
	snprintf(second, sizeof(second), "%.*s.", (int)(name_in(b) - b), b);
	return !strcmp(name_in(a), name_in(b)) && is_one_file(first, second);
}

static bool is_same_file(const char *a, const char *b)
{
	if (!a || !b || !strcmp(a, b))
		return a && b;
	return !is_stdout(a) && !is_stdout(b) &&
	       (is_one_file(a, b) || is_one_name(a, b));
}

/* An output that is complete replaces what has its name. */
static int check_outputs(const char *path, const struct state *state)
{
	const char *perfetto = state->perfetto;
	const char *html = state->html;

	if (is_same_file(path, perfetto) || is_same_file(path, html))
		return cli_error(CLI_USAGE, NULL,
				 "%s: is the recording, expected another file to write",
				 is_same_file(path, perfetto) ? perfetto : html);
	if (is_same_file(perfetto, html))
		return cli_error(CLI_USAGE, NULL,
				 "%s: is the file of --perfetto and of --html, expected two files",
				 html);
	return CLI_OK;
}

static int export_failed(const char *path, int error)
{
	if (error == -EINTR)
		return CLI_INTERRUPTED;
	return cli_error(CLI_FAILED, NULL, "%s: %s", path, new_file_reason(error));
}

static int write_file(struct export *export, const char *path,
		      int (*write)(struct export *export))
{
	struct new_file file;
	int error;

	if (is_stdout(path)) {
		/* cli_finish() reports whether that could be written. */
		export->to = stdout;
		return write(export);
	}
	error = new_file_open(&file, path);
	if (error)
		return error;
	export->to = file.to;
	return new_file_close(&file, write(export));
}

static int write_output(struct export *export, const char *path,
			int (*write)(struct export *export))
{
	int error;

	export->recording = recorded_open(export->path);
	if (!export->recording)
		return CLI_FAILED;
	error = write_file(export, path, write);
	recording_close(export->recording);
	return error ? export_failed(path, error) : CLI_OK;
}

static int write_outputs(struct export *export, const struct state *state)
{
	int status = CLI_OK;

	if (state->perfetto)
		status = write_output(export, state->perfetto, export_perfetto);
	if (state->html && !status)
		status = write_output(export, state->html, export_html);
	return status;
}

/* A device or a pipe is not replaced, but written to. */
static bool is_in_place(const char *path)
{
	struct stat file;

	return path && !is_stdout(path) && !stat(path, &file) && !S_ISREG(file.st_mode);
}

static int export_file(const char *path, const struct state *state)
{
	struct export export = { .path = path };
	struct recording *recording = recorded_open(path);
	int status;
	int error;

	if (!recording)
		return CLI_FAILED;
	/* A write to a pipe that is not read would not end by a signal that is caught. */
	if (!is_in_place(state->perfetto) && !is_in_place(state->html))
		interrupt_catch();
	error = spans_survey(&export.spans, recording);
	export.problem = recording_problem(recording);
	status = error ? export_failed(path, error) :
		 write_outputs(&export, state) ?: recorded_notes(recording, path);
	spans_free(&export.spans);
	recording_close(recording);
	return status;
}

static int export_option(int option, void *state)
{
	struct state *outputs = state;

	if (option == 'p')
		outputs->perfetto = optarg;
	else
		outputs->html = optarg;
	return CLI_OK;
}

static int export_run(int argc, char **argv, void *state)
{
	const struct state *outputs = state;
	const char *path = command_file(&command_export, argc, argv,
					"a recording FILE");

	if (!path)
		return CLI_USAGE;
	if (!outputs->perfetto && !outputs->html)
		return command_usage(&command_export,
				     "expected --perfetto or --html, with the file to write");
	return check_file(path) ?: check_outputs(path, outputs) ?:
	       export_file(path, outputs);
}

static const struct option options[] = {
	{ "perfetto", required_argument, NULL, 'p' },
	{ "html", required_argument, NULL, 'w' },
	{ "json", no_argument, NULL, 'j' },
	OPTION_COMMON
};

const struct command command_export = {
	.name = "export",
	.synopsis = "[OPTION...] FILE",
	.summary = "Convert a recording to a trace for Perfetto, or to a page for a browser.",
	.help =
	"A recording is made by 'teavmx record'. An output appears under its name when it\n"
	"is complete; OUT may be - for standard output.\n\n"
	"  -p, --perfetto OUT  trace events in JSON, for ui.perfetto.dev, trace_processor\n"
	"                      and other programs that read this format\n"
	"  -w, --html OUT      one page with a time line, the exits and their costs, which\n"
	"                      needs no network\n"
	"  -j, --json          errors as JSON; success prints nothing\n"
	"  -h, --help          show this text\n",
	.options = options,
	.state_size = sizeof(struct state),
	.option = export_option,
	.run = export_run,
};
