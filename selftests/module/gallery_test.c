// SPDX-License-Identifier: GPL-2.0-only
/*
 * The gallery of exits: each payload of userspace/gallery runs in a raw VM of
 * its own, and the first exit that it causes must be the one of its row in
 * table.c there, decoded as written there. Exits that the host causes, by its
 * interrupts, NMIs and timer, do not count. In the end comes a table of all
 * exit reasons. Needs VMX, and vmx_break=1 for the rows that write the VMCS.
 *
 * gallery_test PAYLOAD... runs only these. gallery_test --document copies
 * Documentation/gallery.rst from standard input to standard output, with a
 * new table of the rows.
 */
#include <stdlib.h>
#include <string.h>

#include <userspace/gallery/run.h>

#include "gallery_document.h"
#include "kselftest.h"
#include "machine.h"

#define DOCUMENT	"gallery.rst"
/* On the emulated host; there are more. */
#define PROVOKED_MIN	45

/* All reasons, as a list of numbers */
#define NUMBER(name, number, text)	(number),
static const uint16_t reasons[] = { VMX_EXIT_REASONS_TABLE(NUMBER) };

#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))

/* What a row came to */
enum outcome {
	OUTCOME_NOT_RUN,
	OUTCOME_RIGHT,
	OUTCOME_WRONG,
	OUTCOME_SKIPPED,
};

struct result {
	enum outcome outcome;
	const char *why;
	char words[GALLERY_TEXT_MAX];
};

static bool is_right(struct gallery *gallery, const struct gallery_row *row,
		     struct gallery_result *exit)
{
	char why[1024];

	if (gallery_run(gallery, row, exit)) {
		printf("# %s\n", gallery->error);
		return false;
	}
	if (!gallery_differs(gallery, row, exit, why, sizeof(why)))
		return true;
	printf("# %s\n", why);
	return false;
}

static void test_row(struct gallery *gallery, const struct gallery_row *row,
		     struct result *result)
{
	struct gallery_result exit = { };
	bool right;

	result->why = gallery_missing(gallery, row);
	if (result->why) {
		result->outcome = OUTCOME_SKIPPED;
		ksft_test_result_skip("%s: %s\n", row->payload, result->why);
		return;
	}
	right = is_right(gallery, row, &exit);
	result->outcome = right ? OUTCOME_RIGHT : OUTCOME_WRONG;
	snprintf(result->words, sizeof(result->words), "%s", exit.words);
	ksft_test_result(right, "%s: exit %u %s\n", row->payload, row->reason,
			 vmx_exit_reason_name(row->reason));
}

/* One line a row: reason, provoked, by what, decoded as or why not */
static bool print_reason(uint32_t reason, const struct result *results)
{
	const struct gallery_row *row;
	const char *why = gallery_why_absent(reason);
	bool provoked = false;
	size_t i;

	for (i = 0; gallery_rows[i].payload; i++) {
		row = &gallery_rows[i];
		if (row->reason != reason)
			continue;
		if (results[i].outcome == OUTCOME_RIGHT) {
			printf("# %2u %-20s yes  %s.S (%s)%s%s\n", reason,
			       vmx_exit_reason_name(reason), row->payload,
			       gallery_mode_name(gallery_payload(row)->mode),
			       *results[i].words ? ": " : "", results[i].words);
			provoked = true;
		} else if (!why) {
			why = results[i].why ? results[i].why :
					       "not as expected";
		}
	}
	if (!provoked)
		printf("# %2u %-20s no   %s\n", reason,
		       vmx_exit_reason_name(reason), why ? why : "?");
	return provoked;
}

static unsigned int print_coverage(const struct result *results)
{
	unsigned int provoked = 0;
	size_t i;

	for (i = 0; i < COUNT(reasons); i++)
		provoked += print_reason(reasons[i], results);
	printf("# %u of %zu exit reasons provoked\n", provoked,
	       COUNT(reasons));
	return provoked;
}

/* Each row has a payload, and each payload a row. */
static bool is_paired(void)
{
	const struct gallery_payload *payload;
	const struct gallery_row *row;
	bool paired = true;

	for (row = gallery_rows; row->payload; row++) {
		if (gallery_payload(row))
			continue;
		printf("# row %s has no payload\n", row->payload);
		paired = false;
	}
	for (payload = gallery_payloads; payload->name; payload++) {
		if (gallery_row(payload->name))
			continue;
		printf("# payload %s has no row\n", payload->name);
		paired = false;
	}
	return paired;
}

/* Each reason is in exactly one of the two tables. */
static bool is_complete(void)
{
	const struct gallery_row *row;
	bool complete = true;
	size_t i;

	for (i = 0; i < COUNT(reasons); i++) {
		bool provoked = false;

		for (row = gallery_rows; row->payload; row++)
			provoked |= row->reason == reasons[i];
		if (provoked == !gallery_why_absent(reasons[i]))
			continue;
		printf("# %s is in %s table\n",
		       vmx_exit_reason_name(reasons[i]),
		       provoked ? "each" : "no");
		complete = false;
	}
	return complete;
}

static bool is_wanted(const char *payload, char **names, int count)
{
	int i;

	for (i = 0; i < count; i++)
		if (!strcmp(payload, names[i]))
			return true;
	return !count;
}

static void test_rows(struct gallery *gallery, char **names, int count,
		      struct result *results)
{
	size_t i;

	for (i = 0; gallery_rows[i].payload; i++)
		if (is_wanted(gallery_rows[i].payload, names, count))
			test_row(gallery, &gallery_rows[i], &results[i]);
}

static unsigned int count_rows(char **names, int count)
{
	const struct gallery_row *row;
	unsigned int rows = 0;

	for (row = gallery_rows; row->payload; row++)
		rows += is_wanted(row->payload, names, count);
	return rows;
}

/* The rows, when this machine can run them */
static void test_gallery(char **names, int count)
{
	struct teavmx *teavmx = machine_open();
	unsigned int provoked = 0;
	struct result *results;
	struct gallery gallery;
	struct teavmx_info info;

	if (teavmx_get_info(teavmx, NULL, &info))
		ksft_exit_fail_msg("%s\n", teavmx_error(teavmx)->message);
	if (!info.vmx) {
		ksft_set_plan(4);
		ksft_test_result_skip("gallery: %s\n", info.vmx_missing);
		teavmx_close(teavmx);
		return;
	}
	ksft_set_plan(4 + count_rows(names, count));
	results = calloc(count_rows(NULL, 0), sizeof(*results));
	if (!results)
		ksft_exit_fail_msg("out of memory\n");
	if (gallery_open(&gallery, teavmx))
		ksft_exit_fail_msg("%s\n", gallery.error);
	test_rows(&gallery, names, count, results);
	if (!count)
		provoked = print_coverage(results);
	if (!count && gallery.can_write)
		ksft_test_result(provoked >= PROVOKED_MIN,
				 "at least %u exit reasons are provoked\n",
				 PROVOKED_MIN);
	else
		ksft_test_result_skip("coverage: not all rows were run\n");
	free(results);
	gallery_close(&gallery);
	teavmx_close(teavmx);
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "--document"))
		return document_write(stdin, stdout) ? 1 : 0;
	ksft_print_header();
	test_gallery(argv + 1, argc - 1);
	ksft_test_result(is_paired(), "rows and payloads are the same\n");
	ksft_test_result(is_complete(), "every exit reason has its place\n");
	ksft_test_result(!document_check(DOCUMENT),
			 "the documentation has the same table\n");
	ksft_finished();
}
