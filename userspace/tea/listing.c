// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>
#include <string.h>

#include "listing.h"
#include "source.h"

#define SOURCE_MAX	(16 << 20)

/* Anything but text could be a command to the terminal, or end the comment. */
static void print_text(const char *text, size_t size, FILE *to)
{
	for (; size; size--, text++) {
		unsigned char shown = (unsigned char)*text;

		if (shown == '\t')
			fputc(' ', to);
		else if (shown != '\r')
			fputc(shown < ' ' || shown == 0x7F ? '?' : shown, to);
	}
}

static void open_source(struct listing *listing, unsigned int file)
{
	if (listing->opened && listing->file == file)
		return;
	free(listing->source.text);
	listing->source = (struct source){
		.path = listing->map->files[file],
	};
	listing->opened = true;
	listing->file = file;
	/* Standard input is no source that can be read again. */
	if (!strcmp(listing->source.path, "-") ||
	    source_read(&listing->source, SOURCE_MAX))
		listing->source.size = 0;
}

static void print_source(struct listing *listing,
			 const struct tea_map_line *line, FILE *to)
{
	const char *end;
	const char *at;
	unsigned int number;

	open_source(listing, line->file);
	at = listing->source.text;
	end = at + listing->source.size;
	for (number = 1; at < end && number < line->line; number++) {
		at = memchr(at, '\n', (size_t)(end - at));
		at = at ? at + 1 : end;
	}
	if (at < end) {
		const char *line_end = memchr(at, '\n', (size_t)(end - at));

		while (at < end && (*at == ' ' || *at == '\t'))
			at++;
		if (!line_end)
			line_end = end;
		fputs("  ", to);
		if (at < line_end)
			print_text(at, (size_t)(line_end - at), to);
	}
}

void listing_comments(struct listing *listing, unsigned int from,
		      unsigned int to_address, FILE *to)
{
	const struct tea_map_function *function;
	const struct tea_map_line *line;

	if (!listing->map)
		return;
	function = tea_map_function_at(listing->map, to_address - 1);
	if (function && function->start >= from)
		fprintf(to, "\n; function %s\n", function->name);
	line = tea_map_line_at(listing->map, to_address - 1);
	if (!line || line->address < from)
		return;
	fputs("; ", to);
	print_text(listing->map->files[line->file],
		   strlen(listing->map->files[line->file]), to);
	fprintf(to, ":%u", line->line);
	print_source(listing, line, to);
	fputc('\n', to);
}

void listing_free(struct listing *listing)
{
	free(listing->source.text);
}
