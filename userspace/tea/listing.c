// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>
#include <string.h>

#include <userspace/common/tea_library.h>
#include <userspace/common/text_file.h>

#include "listing.h"

/* Control characters could command the terminal, or end the comment. */
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
	free(listing->text);
	listing->opened = true;
	listing->file = file;
	tea_source_read(listing->map_path, listing->map->files[file],
			&listing->text, &listing->size);
}

static void print_source(struct listing *listing,
			 const struct tea_map_line *line, FILE *to)
{
	const char *text;
	size_t size;

	open_source(listing, line->file);
	if (!listing->text)
		return;
	text = text_file_line(listing->text, listing->size, line->line, &size);
	if (!text)
		return;
	while (size && (*text == ' ' || *text == '\t')) {
		text++;
		size--;
	}
	fputs("  ", to);
	print_text(text, size, to);
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
	free(listing->text);
}
