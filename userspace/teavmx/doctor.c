// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <uapi/vmcs.h>
#include <uapi/vmx.h>
#include <uapi/vmx_check.h>
#include <userspace/common/text_file.h>

#include "command.h"
#include "findings.h"
#include "host_check.h"
#include "output.h"
#include "vmcs_dump.h"

/* Larger files are refused: a dump has a few KiB, a kernel log a few MiB. */
#define FILE_MAX	(64u << 20)
#define LINE_WIDTH	80

static int read_stdin(char **text, size_t *size)
{
	size_t room = 0;

	*text = NULL;
	*size = 0;
	do {
		char *larger;

		if (*size == room) {
			room = room ? 2 * room : 65536;
			larger = realloc(*text, room);
			if (!larger)
				return -ENOMEM;
			*text = larger;
		}
		*size += fread(*text + *size, 1, room - *size, stdin);
	} while (!feof(stdin) && !ferror(stdin) && *size <= FILE_MAX);
	if (ferror(stdin))
		return -EIO;
	return *size > FILE_MAX ? -EFBIG : 0;
}

static int read_file(const char *path, char **text, size_t *size)
{
	bool standard = !strcmp(path, "-");
	int error = standard ? read_stdin(text, size) :
			       text_file_read(path, FILE_MAX, text, size);
	const char *why = strerror(-error);

	if (!error)
		return CLI_OK;
	if (error == -EINVAL)
		why = "not a regular file";
	if (error == -EFBIG)
		why = "larger than 64 MiB";
	if (standard)
		free(*text);
	return cli_error(CLI_USAGE, error == -EINVAL ?
			 "for a pipe, give - and standard input" : NULL,
			 "%s: %s", path, why);
}

static const char *field_text(uint32_t field, char *buffer, size_t size)
{
	const char *text = vmcs_field_text(field);

	if (text)
		return text;
	snprintf(buffer, size, "VMCS field 0x%x", field);
	return buffer;
}

static void print_outcome(const struct teavmx_snapshot *snapshot)
{
	uint32_t number = snapshot->outcome_number;
	const char *text;

	if (snapshot->outcome == TEAVMX_OUTCOME_VMFAIL) {
		text = vmx_insn_error_text(number);
		printf("the processor reported: VM-instruction error %u: %s\n",
		       number, text ? text : "unknown");
	} else if (snapshot->outcome == TEAVMX_OUTCOME_EXIT) {
		text = vmx_exit_reason_text(number);
		printf("the processor reported: exit reason 0x%x: %s\n", number,
		       text ? text : "unknown");
	}
}

static void print_findings(const struct teavmx_diagnosis *diagnosis)
{
	diagnosis_print(diagnosis, "", stdout);
	if (!diagnosis->finding_count)
		puts(diagnosis->unchecked_count ?
		     "no rule that could be checked is broken" :
		     "no rule is broken");
}

static bool same_fact(const struct teavmx_fact *a, const struct teavmx_fact *b)
{
	return a->kind == b->kind && a->number == b->number;
}

/* All rules that lack one fact, on lines of at most LINE_WIDTH columns */
static void print_lacking(const struct teavmx_diagnosis *diagnosis, size_t i)
{
	const struct teavmx_fact *missing = &diagnosis->unchecked[i].missing;
	const char *separator = "";
	char buffer[32];
	int column;

	column = printf("not checked without %s:",
			vmcs_dump_fact_name(missing, buffer, sizeof(buffer)));
	for (; i < diagnosis->unchecked_count; i++) {
		const struct teavmx_unchecked *entry = &diagnosis->unchecked[i];
		const char *rule = vmx_rule_name(entry->rule);
		const char *field;
		int width;

		if (!same_fact(&entry->missing, missing))
			continue;
		field = field_text(entry->field, buffer, sizeof(buffer));
		width = (int)(strlen(field) + strlen(rule)) + 3;
		column += printf("%s", separator);
		if (column + width > LINE_WIDTH)
			column = printf("\n   ") - 1;
		column += printf(" %s %s", field, rule);
		separator = ",";
	}
	puts("");
}

/* Return: the number of values that are missing */
static size_t print_unchecked(const struct teavmx_diagnosis *diagnosis)
{
	size_t count = 0;
	size_t i, j;

	for (i = 0; i < diagnosis->unchecked_count; i++) {
		for (j = 0; j < i; j++)
			if (same_fact(&diagnosis->unchecked[i].missing,
				      &diagnosis->unchecked[j].missing))
				break;
		if (j < i)
			continue;
		print_lacking(diagnosis, i);
		count++;
	}
	return count;
}

/*
 * The list of rules that were not checked can be long, so the last line says how much
 * a status of 0 is worth.
 */
static void print_summary(const struct teavmx_diagnosis *diagnosis,
			  size_t lacking)
{
	printf("%zu rules checked", diagnosis->checked_count);
	if (lacking)
		printf(", %zu NOT, for lack of %zu value%s",
		       diagnosis->unchecked_count, lacking,
		       lacking == 1 ? "" : "s");
	puts("");
}

static void print_dump(const struct vmcs_dump *dump, size_t number,
		       const struct teavmx_diagnosis *diagnosis)
{
	const struct teavmx_snapshot *snapshot = &dump->snapshot;

	printf("%sdump %zu, line %u, format %s: %zu VMCS fields, %zu capability MSRs\n",
	       number > 1 ? "\n" : "", number, dump->line, dump->format,
	       teavmx_snapshot_count(snapshot, TEAVMX_FACT_FIELD),
	       teavmx_snapshot_count(snapshot, TEAVMX_FACT_MSR));
	print_outcome(snapshot);
	print_findings(diagnosis);
	print_summary(diagnosis, print_unchecked(diagnosis));
}

static json_t *json_unchecked(const struct teavmx_diagnosis *diagnosis)
{
	json_t *array = json_array();
	char name[32];
	size_t i;

	for (i = 0; i < diagnosis->unchecked_count; i++) {
		const struct teavmx_unchecked *entry = &diagnosis->unchecked[i];

		json_array_append_new(array,
				      json_pack("{s:s?, s:I, s:s?, s:s}",
						"field", vmcs_field_name(entry->field),
						"encoding", (json_int_t)entry->field,
						"rule", vmx_rule_name(entry->rule),
						"missing",
						vmcs_dump_fact_name(&entry->missing,
								    name, sizeof(name))));
	}
	return array;
}

static json_t *json_outcome(const struct teavmx_snapshot *snapshot,
			    enum teavmx_outcome outcome)
{
	return snapshot->outcome == outcome ?
	       json_integer(snapshot->outcome_number) : json_null();
}

static json_t *json_dump(const struct vmcs_dump *dump,
			 const struct teavmx_diagnosis *diagnosis)
{
	const struct teavmx_snapshot *snapshot = &dump->snapshot;

	json_int_t fields = (json_int_t)
		teavmx_snapshot_count(snapshot, TEAVMX_FACT_FIELD);
	json_int_t msrs = (json_int_t)
		teavmx_snapshot_count(snapshot, TEAVMX_FACT_MSR);

	return json_pack("{s:s, s:I, s:I, s:I, s:o, s:o, s:o, s:I, s:o}", "format",
			 dump->format, "line", (json_int_t)dump->line,
			 "fields", fields, "msrs", msrs, "instruction_error",
			 json_outcome(snapshot, TEAVMX_OUTCOME_VMFAIL),
			 "exit_reason",
			 json_outcome(snapshot, TEAVMX_OUTCOME_EXIT),
			 "findings", findings_of(diagnosis),
			 "checked", (json_int_t)diagnosis->checked_count,
			 "unchecked", json_unchecked(diagnosis));
}

/* Return: a new array; in text the notes go to standard error instead */
static json_t *show_notes(const struct vmcs_dumps *dumps, const char *path)
{
	json_t *array = json_array();
	size_t i;

	for (i = 0; i < dumps->note_count && i < VMCS_NOTES_MAX; i++) {
		const struct vmcs_note *note = &dumps->notes[i];

		if (cli_json)
			json_array_append_new(array,
					      json_pack("{s:o, s:I, s:s}", "file",
							tea_json_string(path),
							"line", (json_int_t)note->line,
							"text", note->text));
		else
			fprintf(stderr, "%s: line %u: %s\n", path, note->line,
				note->text);
	}
	if (!cli_json && dumps->note_count > VMCS_NOTES_MAX)
		fprintf(stderr, "%s: %zu more notes are not shown\n", path,
			dumps->note_count - VMCS_NOTES_MAX);
	return array;
}

/* The dump's own MSRs come first: it may be of another machine. */
static void add_caps(struct teavmx_snapshot *snapshot,
		     const struct teavmx_snapshot *caps)
{
	uint64_t unused;
	size_t i;

	if (teavmx_snapshot_count(snapshot, TEAVMX_FACT_MSR))
		return;
	for (i = 0; i < caps->count; i++) {
		const struct teavmx_fact *fact = &caps->facts[i];

		if (!teavmx_snapshot_get(snapshot, fact->kind, fact->number,
					 &unused))
			teavmx_snapshot_set(snapshot, fact->kind, fact->number,
					    fact->value);
	}
}

/* Without a note the user of --caps would expect that its values were used. */
static void note_own_msrs(struct vmcs_dumps *dumps)
{
	size_t i;

	for (i = 0; i < dumps->count; i++)
		if (teavmx_snapshot_count(&dumps->list[i].snapshot,
					  TEAVMX_FACT_MSR))
			vmcs_dump_note(dumps, dumps->list[i].line,
				       "the dump has capability MSRs of its own, those of --caps are not used");
}

static int judge(struct vmcs_dumps *dumps, const struct vmcs_dumps *caps,
		 json_t *array)
{
	static struct teavmx_diagnosis diagnosis;
	int status = CLI_OK;
	size_t i;

	for (i = 0; i < dumps->count; i++) {
		struct vmcs_dump *dump = &dumps->list[i];

		add_caps(&dump->snapshot, &caps->list[0].snapshot);
		teavmx_doctor(&dump->snapshot, &diagnosis);
		if (diagnosis.finding_count)
			status = CLI_GUEST;
		if (cli_json)
			json_array_append_new(array,
					      json_dump(dump, &diagnosis));
		else
			print_dump(dump, i + 1, &diagnosis);
	}
	return status;
}

static int read_dumps(const char *path, bool caps, struct vmcs_dumps *dumps)
{
	int status;
	size_t size;
	char *text;

	status = read_file(path, &text, &size);
	if (status)
		return status;
	if (caps)
		vmcs_dumps_caps(text, size, dumps);
	else
		vmcs_dumps_read(text, size, dumps);
	free(text);
	return CLI_OK;
}

static size_t facts_of(const struct vmcs_dumps *dumps, uint32_t kind)
{
	size_t count = 0;
	size_t i;

	for (i = 0; i < dumps->count; i++)
		count += teavmx_snapshot_count(&dumps->list[i].snapshot, kind);
	return count;
}

static int no_dump(const char *path, const struct vmcs_dumps *dumps)
{
	const struct vmcs_note *note = dumps->notes;

	if (dumps->note_count)
		return cli_error(CLI_USAGE, "see 'teavmx help doctor' for the formats",
				 "%s: no VMCS dump: line %u: %s", path,
				 note->line, note->text);
	return cli_error(CLI_USAGE, "see 'teavmx help doctor' for the formats",
			 "%s: no VMCS dump", path);
}

static int doctor_dumps(const char *path, const char *caps_path)
{
	static struct vmcs_dumps dumps, caps;
	json_t *notes, *more, *array = json_array();
	int status;

	status = caps_path ? read_dumps(caps_path, true, &caps) : CLI_OK;
	if (!status && caps_path && !facts_of(&caps, TEAVMX_FACT_MSR))
		status = cli_error(CLI_USAGE,
				   "make one on that machine: teavmx caps --json",
				   "%s: no capability MSRs", caps_path);
	if (!status)
		status = read_dumps(path, false, &dumps);
	if (!status && !facts_of(&dumps, TEAVMX_FACT_FIELD))
		status = no_dump(path, &dumps);
	if (!status) {
		if (caps_path)
			note_own_msrs(&dumps);
		notes = caps_path ? show_notes(&caps, caps_path) : json_array();
		more = show_notes(&dumps, path);
		json_array_extend(notes, more);
		json_decref(more);
		status = judge(&dumps, &caps, array);
		if (cli_json)
			tea_json_print(json_pack("{s:O, s:O}", "dumps", array,
						 "notes", notes), stdout);
		json_decref(notes);
	}
	json_decref(array);
	return status;
}

struct doctor_options {
	const char *caps;
};

static int doctor_option(int option, void *state)
{
	struct doctor_options *doctor = state;

	(void)option;
	doctor->caps = optarg;
	return CLI_OK;
}

static int doctor_run(int argc, char **argv, void *state)
{
	const struct doctor_options *doctor = state;
	const char *path = optind < argc ? argv[optind++] : NULL;
	int status = command_end(&command_doctor, argc, argv);

	if (status)
		return status;
	if (path && doctor->caps && !strcmp(path, "-") &&
	    !strcmp(doctor->caps, "-"))
		return command_usage(&command_doctor,
				     "FILE and --caps cannot both be standard input");
	if (path)
		return doctor_dumps(path, doctor->caps);
	if (doctor->caps)
		return command_usage(&command_doctor,
				     "--caps needs the file of a dump");
	return host_check();
}

static const struct option options[] = {
	{ "caps", required_argument, NULL, 'c' },
	{ "json", no_argument, NULL, 'j' },
	OPTION_COMMON
};

const struct command command_doctor = {
	.name = "doctor",
	.synopsis = "[OPTION...] [FILE]",
	.summary = "Show why a VM entry failed, from a dump, or what VMX lacks here.",
	.help =
	"With FILE (- for standard input): names the VMCS fields that break a rule of VM\n"
	"entry. Needs no module, no root and no VMX. A dump is one of\n"
	"  what 'teavmx vmcs --json' printed, or of a failed entry 'teavmx monitor', 'run',\n"
	"  'raw' or 'continue' with --json\n"
	"  a kernel log with what KVM prints when an entry fails\n"
	"  lines of a field, by name (of teavmx or of Linux) or encoding, and its value\n"
	"What a dump lacks is not assumed: rules that need it are listed as not checked,\n"
	"and the last line has their number.\n"
	"Without FILE: checks whether this machine can run guests in VMX.\n\n"
	"  -c, --caps=FILE  capability MSRs, from 'teavmx caps --json' of that machine\n"
	"  -j, --json       print one JSON object\n"
	"  -h, --help       show this text\n\n"
	"Exit status: 0 nothing found, 6 something found, 2 no dump could be read.\n",
	.options = options,
	.state_size = sizeof(struct doctor_options),
	.option = doctor_option,
	.run = doctor_run,
};
