// SPDX-License-Identifier: GPL-2.0-only
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "recorded.h"

struct recording *recorded_open(const char *path)
{
	char message[RECORDING_MESSAGE_MAX + PATH_MAX];
	struct recording *recording;

	recording = recording_open(path, message, sizeof(message));
	if (!recording)
		cli_error(CLI_FAILED, NULL, "%s", message);
	return recording;
}

bool recorded_same_machine(const struct recording_header *a,
			   const struct recording_header *b)
{
	return !strcmp(a->cpu, b->cpu) && !strcmp(a->kernel, b->kernel) &&
	       a->microcode == b->microcode;
}

static void note_origin(const struct recording_header *header, const char *path)
{
	struct recording_header here;

	recording_this_machine(&here);
	if (!recorded_same_machine(header, &here))
		fprintf(stderr, "teavmx: %s: from another machine: %s, kernel %s\n",
			path, header->cpu, header->kernel);
	if (strcmp(header->module, TEAVMX_VERSION))
		fprintf(stderr,
			"teavmx: %s: from version %s of the module, this program has version %s\n",
			path, header->module, TEAVMX_VERSION);
}

int recorded_notes(const struct recording *recording, const char *path)
{
	const char *problem = recording_problem(recording);
	unsigned long long unknown = recording_unknown(recording);

	note_origin(recording_header(recording), path);
	if (unknown)
		fprintf(stderr,
			"teavmx: %s: left out %llu blocks of unknown kinds, from a later version\n",
			path, unknown);
	if (!problem)
		return CLI_OK;
	return cli_error(CLI_FAILED, "the records before that are used", "%s: %s",
			 path, problem);
}
