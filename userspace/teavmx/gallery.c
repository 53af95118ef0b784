// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>
#include <string.h>

#include <userspace/gallery/run.h>
#include <userspace/lib/host.h>

#include "choice.h"
#include "findings.h"
#include "output.h"

#define NAMES_MAX	128
#define INDENT		17
#define WIDTH		80

/**
 * struct gallery_job - what the verb does
 * @list: the payloads are listed and not run
 * @names: the payloads to run or show, all if there are none
 * @name_count: number of them
 * @array: JSON objects of the payloads
 * @done: payloads that caused the exit expected
 * @skipped: payloads that cannot run here
 * @failed: payloads that caused something else
 */
struct gallery_job {
	bool list;
	char **names;
	int name_count;
	json_t *array;
	unsigned int done;
	unsigned int skipped;
	unsigned int failed;
};

static bool is_wanted(const struct gallery_job *job,
		      const struct gallery_row *row)
{
	int i;

	for (i = 0; i < job->name_count; i++)
		if (!strcmp(job->names[i], row->payload))
			return true;
	return !job->name_count;
}

static bool is_space(char c)
{
	return c == ' ' || c == '\n';
}

/* A paragraph with its name before the first line, in lines of WIDTH columns */
static void print_paragraph(const char *name, const char *text)
{
	int column = printf("  %-*s", INDENT - 2, name);
	const char *end;

	for (; *text; text = end) {
		while (is_space(*text))
			text++;
		for (end = text; *end && !is_space(*end); end++)
			;
		if (column > INDENT && column + 1 + (end - text) > WIDTH)
			column = printf("\n%*s", INDENT, "") - 1;
		column += printf("%s%.*s", column > INDENT ? " " : "",
				 (int)(end - text), text);
	}
	putchar('\n');
}

static void print_source(const char *source)
{
	const char *name = "code";
	const char *end;

	for (; *source; source = end + 1) {
		end = strchr(source, '\n');
		printf("  %-*s%.*s\n", INDENT - 2, name, (int)(end - source),
		       source);
		name = "";
	}
}

static void print_head(const struct gallery_row *row,
		       const struct gallery_payload *payload)
{
	static bool shown;
	char sections[512];

	printf("%s%s: exit %u %s\n", shown ? "\n" : "", row->payload, row->reason,
	       vmx_exit_reason_name(row->reason));
	print_paragraph("what", payload->what);
	print_paragraph("mode", gallery_mode_name(payload->mode));
	print_paragraph("set-up", payload->set_up);
	print_source(payload->source);
	snprintf(sections, sizeof(sections), "SDM %s", payload->sdm);
	print_paragraph("read", sections);
	shown = true;
}

static json_t *payload_json(const struct gallery_row *row,
			    const struct gallery_payload *payload)
{
	return json_pack("{s:s, s:I, s:s, s:s, s:s, s:s, s:s, s:s, s:s}",
			 "payload", row->payload, "reason",
			 (json_int_t)row->reason, "name",
			 vmx_exit_reason_name(row->reason), "mode",
			 gallery_mode_name(payload->mode), "what",
			 payload->what, "set_up", payload->set_up, "source",
			 payload->source, "sdm", payload->sdm, "expected",
			 row->words);
}

static void list_row(struct gallery_job *job, const struct gallery_row *row)
{
	const struct gallery_payload *payload = gallery_payload(row);

	if (cli_json)
		json_array_append_new(job->array, payload_json(row, payload));
	else if (job->name_count)
		print_head(row, payload);
	else
		printf("%-22s %2u %-22s %s\n", row->payload, row->reason,
		       vmx_exit_reason_name(row->reason),
		       gallery_mode_name(payload->mode));
}

static void print_json(const struct gallery_job *job)
{
	tea_json_print(json_pack("{s:O}", "payloads", job->array), stdout);
}

static int gallery_list(struct gallery_job *job)
{
	const struct gallery_row *row;

	for (row = gallery_rows; row->payload; row++)
		if (is_wanted(job, row))
			list_row(job, row);
	if (cli_json)
		print_json(job);
	return CLI_OK;
}

/* Why a VM entry failed */
static void print_findings(const struct teavmx_record *record)
{
	struct findings findings;
	char text[FINDING_TEXT_MAX];
	size_t i;

	findings_take(&findings, record);
	for (i = 0; i < findings.diagnosis.finding_count; i++) {
		finding_text(&findings.diagnosis.findings[i], text,
			     sizeof(text));
		print_paragraph("finding", text);
	}
}

/* What a row came to; @why is empty if it is what the row has. */
static void print_result(const struct gallery_result *result, const char *why)
{
	char text[32];

	if (!result->found) {
		print_paragraph("exit", why);
		return;
	}
	snprintf(text, sizeof(text), "%u %s", result->reason,
		 vmx_exit_reason_name(result->reason) ?: "");
	print_paragraph("exit", text);
	snprintf(text, sizeof(text), "0x%llx",
		 (unsigned long long)result->record.qualification);
	print_paragraph("qualification", text);
	if (result->words[0])
		print_paragraph("decoded", result->words);
	if (why[0])
		print_paragraph("unexpected", why);
	print_findings(&result->record);
}

static void add_result(json_t *object, const struct gallery_result *result)
{
	json_t *exit = output_json_fields(&result->record);

	json_object_set_new(exit, "text", json_string(result->words));
	json_object_set_new(object, "exit", exit);
}

static void row_skip(struct gallery_job *job, const struct gallery_row *row,
		     const char *why)
{
	const struct gallery_payload *payload = gallery_payload(row);
	json_t *object;

	job->skipped++;
	if (!cli_json) {
		print_head(row, payload);
		print_paragraph("not run", why);
		return;
	}
	object = payload_json(row, payload);
	json_object_set_new(object, "outcome", json_string("not run"));
	json_object_set_new(object, "why", json_string(why));
	json_array_append_new(job->array, object);
}

static void row_report(struct gallery_job *job, const struct gallery_row *row,
		       const struct gallery_result *result, const char *why)
{
	const struct gallery_payload *payload = gallery_payload(row);
	json_t *object;

	if (!cli_json) {
		print_head(row, payload);
		print_result(result, why);
		return;
	}
	object = payload_json(row, payload);
	json_object_set_new(object, "outcome",
			    json_string(why[0] ? "unexpected" : "expected"));
	if (why[0])
		json_object_set_new(object, "why", json_string(why));
	if (result->found)
		add_result(object, result);
	json_array_append_new(job->array, object);
}

static void row_run(struct gallery_job *job, struct gallery *gallery,
		    const struct gallery_row *row)
{
	const char *missing = gallery_missing(gallery, row);
	struct gallery_result result;
	char why[1024] = "";

	if (missing) {
		row_skip(job, row, missing);
		return;
	}
	if (gallery_run(gallery, row, &result))
		snprintf(why, sizeof(why), "%s", gallery->error);
	else
		gallery_differs(gallery, row, &result, why, sizeof(why));
	if (why[0])
		job->failed++;
	else
		job->done++;
	row_report(job, row, &result, why);
	fflush(stdout);
}

static int report_totals(const struct gallery_job *job)
{
	if (cli_json)
		print_json(job);
	else if (job->name_count != 1)
		printf("\n%u payloads exited as expected, %u did not, %u cannot run here\n",
		       job->done, job->failed, job->skipped);
	if (job->failed)
		return CLI_GUEST;
	return job->done ? CLI_OK : CLI_NO_ENGINE;
}

static int gallery_rows_run(struct teavmx *teavmx, void *state)
{
	struct gallery_job *job = state;
	const struct gallery_row *row;
	struct gallery gallery;
	struct teavmx_info info;

	if (teavmx_get_info(teavmx, TEAVMX_VERSION, &info))
		return output_failure(teavmx_error(teavmx), NULL);
	output_warn_version(teavmx);
	if (!info.vmx)
		return cli_error(CLI_NO_ENGINE,
				 "'teavmx gallery --list NAME' shows a payload without running it; "
				 TEAVMX_EMULATED_HOST,
				 "gallery: the vmx backend cannot run: %s",
				 info.vmx_missing);
	if (gallery_open(&gallery, teavmx))
		return output_failure(teavmx_error(teavmx), NULL);
	for (row = gallery_rows; row->payload && !ferror(stdout); row++)
		if (is_wanted(job, row))
			row_run(job, &gallery, row);
	gallery_close(&gallery);
	return report_totals(job);
}

/* Reasons are written in capitals, payloads in small letters. */
static int refuse_name(const char *word)
{
	const struct gallery_absent *absent;
	const char *names[NAMES_MAX];
	size_t count = 0;

	for (absent = gallery_absent; absent->why; absent++)
		if (!strcasecmp(word, vmx_exit_reason_name(absent->reason)))
			return command_usage(&command_gallery,
					     "no payload provokes %s: %s",
					     vmx_exit_reason_name(absent->reason),
					     absent->why);
	for (; count < NAMES_MAX && gallery_rows[count].payload; count++)
		names[count] = gallery_rows[count].payload;
	return choice_refuse(&command_gallery, "payload", word, names, count);
}

static int gallery_verb(int argc, char **argv, void *state)
{
	struct gallery_job *job = state;
	int status = CLI_OK;
	int i;

	job->names = argv + optind;
	job->name_count = argc - optind;
	for (i = 0; i < job->name_count; i++)
		if (!gallery_row(job->names[i]))
			return refuse_name(job->names[i]);
	job->array = json_array();
	status = job->list ? gallery_list(job) :
			     output_with(gallery_rows_run, job);
	json_decref(job->array);
	return status;
}

static int gallery_option(int option, void *state)
{
	struct gallery_job *job = state;

	(void)option;
	job->list = true;
	return CLI_OK;
}

static const struct option options[] = {
	{ "list", no_argument, NULL, 'l' },
	{ "json", no_argument, NULL, 'j' },
	OPTION_COMMON
};

const struct command command_gallery = {
	.name = "gallery",
	.synopsis = "[-j] [-l] [NAME...]",
	.summary = "Run the payloads that each provoke one VM exit, and show the exits.",
	.help =
	"Each NAME is a payload; without a NAME all of them run, one after the other. A\n"
	"payload is a few instructions. What it shows, its set-up, its code, the sections\n"
	"of the Intel SDM to read, its exit and the decoded qualification are printed.\n\n"
	"  -l, --list  list the payloads, or show those named, without running them\n"
	"  -j, --json  print one JSON object\n"
	"  -h, --help  show this text\n\n"
	"--list needs no module. Payloads that change the VMCS need the module loaded with\n"
	"vmx_break=1, which is for machines made for tests. Exit status: 0 if each payload\n"
	"that can run here exited as expected, 3 if none can, 6 if one did not; see\n"
	"'teavmx help' for the others.\n",
	.options = options,
	.state_size = sizeof(struct gallery_job),
	.option = gallery_option,
	.run = gallery_verb,
};
