// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <userspace/common/new_file.h>
#include <userspace/lib/host.h>

#include "command.h"
#include "output.h"
#include "selftest.h"

#define REPORT_NAME	"teavmx-report.txt"

static const char *const result_names[SELFTEST_RESULTS] = {
	[SELFTEST_PASS] = "pass",
	[SELFTEST_FAIL] = "FAIL",
	[SELFTEST_SKIP] = "skip",
};

const char *selftest_result_name(enum selftest_result result)
{
	return result_names[result];
}

unsigned int selftest_total(const struct selftest *test,
			    enum selftest_result result)
{
	unsigned int total = 0;
	unsigned int i;

	for (i = 0; i < test->count; i++)
		total += test->rows[i].result == result;
	return total;
}

/* Each row is printed at once, as all checks together take a while. */
static void print_row(const struct selftest_row *row)
{
	printf("%-24s %s%s%s\n", row->name, selftest_result_name(row->result),
	       row->detail[0] ? "  " : "", row->detail);
	fflush(stdout);
}

/* A guest's text and a broken record may have any bytes; JSON and terminals do not. */
static void make_printable(char *text)
{
	for (; *text; text++)
		if (!isprint((unsigned char)*text))
			*text = '.';
}

void selftest_note(struct selftest *test, const char *name,
		   enum selftest_result result, const char *format, ...)
{
	struct selftest_row *row = &test->rows[test->count];
	va_list arguments;

	if (test->count == SELFTEST_ROWS_MAX)
		return;
	test->count++;
	snprintf(row->name, sizeof(row->name), "%s", name);
	row->result = result;
	va_start(arguments, format);
	vsnprintf(row->detail, sizeof(row->detail), format, arguments);
	va_end(arguments);
	make_printable(row->detail);
	if (!cli_json && !test->share)
		print_row(row);
}

void selftest_error(struct selftest *test, const char *name)
{
	selftest_note(test, name, SELFTEST_FAIL, "%s",
		      teavmx_error(test->teavmx)->message);
}

static void (*const checks[])(struct selftest *test) = {
	selftest_caps,
	selftest_cpus,
	selftest_modes,
	selftest_exits,
	selftest_injection,
	selftest_bounds,
	selftest_kvm,
	/* This check is the last one, as it is about all checks before. */
	selftest_audit,
};

static int selftest_prepare(struct selftest *test)
{
	struct teavmx *teavmx = test->teavmx;

	if (teavmx_get_info(teavmx, TEAVMX_VERSION, &test->info))
		return output_failure(teavmx_error(teavmx), NULL);
	output_warn_version(teavmx);
	if (!test->info.vmx) {
		snprintf(test->unusable, sizeof(test->unusable), "%s",
			 test->info.vmx_missing);
		return cli_error(CLI_NO_ENGINE,
				 TEAVMX_EMULATED_HOST,
				 "selftest: the vmx backend cannot run: %s",
				 test->info.vmx_missing);
	}
	test->caps_count = teavmx_caps_list(teavmx, &test->caps);
	if (test->caps_count < 0)
		return output_failure(teavmx_error(teavmx), NULL);
	test->cpu_count = teavmx_cpu_list(teavmx, &test->cpus);
	if (test->cpu_count < 0 || teavmx_event_open(teavmx, 0))
		return output_failure(teavmx_error(teavmx), NULL);
	return CLI_OK;
}

static void print_json(const struct selftest *test)
{
	json_t *array = json_array();
	unsigned int i;

	for (i = 0; i < test->count; i++) {
		const struct selftest_row *row = &test->rows[i];
		const char *const results[] = { "pass", "fail", "skip" };

		json_array_append_new(array,
				      json_pack("{s:s, s:s, s:s}", "name",
						row->name, "result",
						results[row->result], "detail",
						row->detail));
	}
	tea_json_print(json_pack("{s:s, s:i, s:i, s:i, s:o}",
				 "version", test->info.version,
				 "passed",
				 (int)selftest_total(test, SELFTEST_PASS),
				 "failed",
				 (int)selftest_total(test, SELFTEST_FAIL),
				 "skipped",
				 (int)selftest_total(test, SELFTEST_SKIP),
				 "checks", array), stdout);
}

static void print_totals(const struct selftest *test)
{
	printf("%u passed, %u failed, %u skipped\n",
	       selftest_total(test, SELFTEST_PASS),
	       selftest_total(test, SELFTEST_FAIL),
	       selftest_total(test, SELFTEST_SKIP));
}

static int report_failed(const char *path, int error)
{
	return cli_error(CLI_FAILED, "choose another place with --report FILE",
			 "selftest: cannot write '%s': %s", path, new_file_reason(error));
}

static int write_report(const struct selftest *test, struct new_file *file,
			const char *path)
{
	int error;

	selftest_report(test, file->to);
	error = new_file_close(file, 0);
	if (error)
		return report_failed(path, error);
	fprintf(stderr, "The report is in %s.\n", path);
	return CLI_OK;
}

/* Three backquotes show a text as it is on most sites for bug reports. */
static void print_shared(const struct selftest *test)
{
	printf("```text\n");
	selftest_report(test, stdout);
	printf("```\n");
}

static void print_results(const struct selftest *test)
{
	if (test->share)
		print_shared(test);
	else if (cli_json)
		print_json(test);
	else
		print_totals(test);
}

/*
 * The file is opened first, so that a failure does not waste the time of the
 * tests. Without a path the report is printed only.
 */
static int run_with_report(struct selftest *test, const char *path)
{
	struct new_file file;
	int error;
	size_t i;
	int status = selftest_prepare(test);

	if (status)
		return status;
	error = path ? new_file_open(&file, path) : 0;
	if (error)
		return report_failed(path, error);
	if (test->share)
		fprintf(stderr, "The checks take a minute at most.\n");
	for (i = 0; i < ARRAY_SIZE(checks); i++)
		checks[i](test);
	print_results(test);
	if (path)
		status = write_report(test, &file, path);
	return selftest_total(test, SELFTEST_FAIL) ? CLI_FAILED : status;
}

/* Why guests cannot run is worth a report, too. */
static int share_unusable(struct selftest *test, int status)
{
	if (test->share && test->unusable[0])
		print_shared(test);
	return status;
}

static int selftest_open(struct selftest *test)
{
	struct teavmx_error error;

	test->teavmx = teavmx_open(&error);
	if (test->teavmx)
		return CLI_OK;
	snprintf(test->unusable, sizeof(test->unusable), "%s", error.message);
	return output_failure(&error, NULL);
}

/**
 * struct selftest_options - the command line
 * @path: file of the report, or null
 * @share: print the report
 */
struct selftest_options {
	const char *path;
	bool share;
};

static int selftest_checks(const struct selftest_options *chosen)
{
	struct selftest *test = calloc(1, sizeof(*test));
	int status;

	if (!test)
		return cli_error(CLI_FAILED, NULL, "selftest: out of memory");
	test->share = chosen->share;
	status = selftest_open(test);
	if (!status)
		status = run_with_report(test, chosen->path ?:
					 chosen->share ? NULL : REPORT_NAME);
	status = share_unusable(test, status);
	if (test->teavmx)
		teavmx_close(test->teavmx);
	free(test->caps);
	free(test->cpus);
	free(test);
	return status;
}

static int selftest_option(int option, void *state)
{
	struct selftest_options *chosen = state;

	if (option == 's')
		chosen->share = true;
	else
		chosen->path = optarg;
	return CLI_OK;
}

static int selftest_run(int argc, char **argv, void *state)
{
	const struct selftest_options *chosen = state;
	int status = command_end(&command_selftest, argc, argv);

	if (status)
		return status;
	if (chosen->share && cli_json)
		return command_usage(&command_selftest,
				     "--share: does not go with --json");
	return selftest_checks(chosen);
}

static const struct option options[] = {
	{ "json", no_argument, NULL, 'j' },
	{ "report", required_argument, NULL, 'r' },
	{ "share", no_argument, NULL, 's' },
	OPTION_COMMON
};

const struct command command_selftest = {
	.name = "selftest",
	.synopsis = "[-j | -s] [-r FILE]",
	.summary = "Try the engine on this machine, in a minute at most.",
	.help =
	"  -r, --report FILE  write the report to FILE and not to ./" REPORT_NAME "\n"
	"  -s, --share        print the report instead of the table, ready to be pasted\n"
	"                     into a bug report, and write no file without --report\n"
	"  -j, --json         print one JSON object\n"
	"  -h, --help         show this text\n\n"
	"The report has the kernel's release, the processor's model, its VMX capabilities,\n"
	"the results and the kernel's messages about the module. Host names, user names,\n"
	"addresses and serial numbers are replaced. Without the module, --share reports\n"
	"what is known without it.\n",
	.options = options,
	.state_size = sizeof(struct selftest_options),
	.option = selftest_option,
	.run = selftest_run,
};
