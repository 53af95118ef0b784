// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>
#include <string.h>

#include <userspace/common/tea_result.h>

#include "session.h"

void dap_event(struct dap *dap, const char *name, json_t *body)
{
	json_t *event = json_pack("{s:s, s:s}", "type", "event", "event", name);

	if (body)
		json_object_set_new(event, "body", body);
	dap_stream_send(&dap->stream, event);
}

void dap_output(struct dap *dap, const char *category, json_t *text)
{
	dap_event(dap, "output", json_pack("{s:s, s:o}", "category", category,
					   "output", text));
}

void dap_output_problem(struct dap *dap)
{
	char *line = NULL;

	if (!*dap_problem() || asprintf(&line, "%s\n", dap_problem()) < 0)
		return;
	dap_output(dap, "console", tea_json_string(line));
	free(line);
	dap_problem_forget();
}

void dap_flush(struct dap *dap)
{
	if (dap->text_size)
		dap_output(dap, "stdout",
			   tea_json_text(dap->text, dap->text_size));
	dap->text_size = 0;
}

/* An event for each character would be slow. */
static int program_text(void *data, const unsigned char *bytes, size_t size)
{
	struct dap *dap = data;

	while (size--) {
		dap->text[dap->text_size++] = *bytes;
		if (*bytes++ == '\n' || dap->text_size == DAP_TEXT_MAX)
			dap_flush(dap);
	}
	return dap->stream.ended ? -1 : 0;
}

static void program_flush(void *data)
{
	dap_flush(data);
}

static void program_waiting(void *data, unsigned int port)
{
	struct dap *dap = data;

	dap_flush(dap);
	dap_output(dap, "console",
		   json_sprintf("The program waits for port %04x.\n", port));
}

const struct debug_output dap_program_output = {
	.text = program_text,
	.flush = program_flush,
	.waiting = program_waiting,
};

json_t *dap_source(const struct dap *dap, unsigned int file)
{
	const char *path = dap->debugger.program.map.files[file];
	const char *name = strrchr(path, '/');

	return json_pack("{s:o, s:o}", "name",
			 tea_json_string(name ? name + 1 : path), "path",
			 tea_json_string(dap->sources[file] ?: path));
}
