// SPDX-License-Identifier: GPL-2.0-only
#include "gallery_document.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <userspace/gallery/gallery.h>

#define BEGIN_MARK	".. gallery table: begin\n"
#define END_MARK	".. gallery table: end\n"

static void write_head(FILE *out, const char *widths, const char *last)
{
	fprintf(out,
		"\n.. list-table::\n   :header-rows: 1\n   :widths: %s\n\n"
		"   * - Exit\n     - Reason\n%s", widths, last);
}

static void write_exit(FILE *out, enum vmx_exit_reason reason)
{
	fprintf(out, "   * - %u\n     - %s\n", reason,
		vmx_exit_reason_name(reason));
}

static void write_provoked(FILE *out)
{
	const struct gallery_row *row;

	write_head(out, "6 22 22 10 40",
		   "     - Payload\n     - Mode\n     - Decoded as\n");
	for (row = gallery_rows; row->payload; row++) {
		write_exit(out, row->reason);
		/* An empty cell of a list table has nothing, not even a space. */
		fprintf(out, "     - %s.S\n     - %s\n     -%s%s%s\n",
			row->payload, gallery_mode_name(gallery_payload(row)->mode),
			*row->words ? " " : "", row->words,
			row->advanced ? row->advanced : "");
	}
}

static void write_not_provoked(FILE *out)
{
	const struct gallery_absent *absent;

	fprintf(out, "\nNot provoked on the emulated host:\n");
	write_head(out, "6 22 72", "     - Why\n");
	for (absent = gallery_absent; absent->why; absent++) {
		write_exit(out, absent->reason);
		fprintf(out, "     - %s\n", absent->why);
	}
}

static void write_table(FILE *out)
{
	write_provoked(out);
	write_not_provoked(out);
	fputc('\n', out);
}

int document_write(FILE *old, FILE *new)
{
	unsigned int marks = 0;
	char *line = NULL;
	size_t size = 0;

	while (getline(&line, &size, old) > 0) {
		if (marks == 1 && !strcmp(line, END_MARK))
			marks++;
		if (marks != 1)
			fputs(line, new);
		if (!marks && !strcmp(line, BEGIN_MARK)) {
			write_table(new);
			marks++;
		}
	}
	free(line);
	return marks == 2 && !ferror(old) && !fflush(new) ? 0 : -1;
}

static int compare(FILE *is, FILE *should)
{
	char *is_line = NULL, *should_line = NULL;
	size_t is_size = 0, should_size = 0;
	unsigned int number = 0;
	ssize_t got, wanted;
	int result = 0;

	do {
		number++;
		got = getline(&is_line, &is_size, is);
		wanted = getline(&should_line, &should_size, should);
		if (got != wanted ||
		    (got > 0 && strcmp(is_line, should_line))) {
			printf("# line %u is not what the gallery has: %s",
			       number, got > 0 ? is_line : "(end of file)\n");
			result = -1;
		}
	} while (!result && got > 0);
	free(is_line);
	free(should_line);
	return result;
}

int document_check(const char *name)
{
	FILE *file = fopen(name, "re");
	FILE *should = tmpfile();
	int result = -1;

	if (!file || !should) {
		printf("# %s: %s\n", name, strerror(errno));
	} else if (document_write(file, should)) {
		printf("# %s: the marks of the table are missing\n", name);
	} else {
		rewind(file);
		rewind(should);
		result = compare(file, should);
	}
	if (file)
		fclose(file);
	if (should)
		fclose(should);
	return result;
}
