// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "output.h"

#define MODULE_VERSION_FILE	"/sys/module/teavmx/version"

/* All users may read this file, so that no permission is needed. */
static bool module_version(char *version, int size)
{
	FILE *file = fopen(MODULE_VERSION_FILE, "re");
	bool found;

	if (!file)
		return false;
	found = fgets(version, size, file);
	fclose(file);
	version[strcspn(version, "\n")] = '\0';
	return found;
}

static int version_run(int argc, char **argv, void *state)
{
	char module[64] = "";
	bool loaded;

	(void)state;
	if (command_end(&command_version, argc, argv))
		return CLI_USAGE;
	loaded = module_version(module, sizeof(module));
	if (cli_json) {
		tea_json_print(json_pack("{s:s, s:o}", "teavmx", TEAVMX_VERSION,
					 "module", loaded ?
					 json_string(module) : json_null()),
			       stdout);
		return CLI_OK;
	}
	printf("teavmx %s\nmodule %s\n", TEAVMX_VERSION,
	       loaded ? module : "not loaded");
	if (loaded && strcmp(module, TEAVMX_VERSION))
		fprintf(stderr,
			"teavmx: tool and module differ: load the module of %s, or use the tool of %s\n",
			TEAVMX_VERSION, module);
	return CLI_OK;
}

const struct command command_version = {
	.name = "version",
	.synopsis = "[-j]",
	.summary = "Show the versions of this tool and of the loaded module.",
	.help =
	"  -j, --json  print one JSON object\n"
	"  -h, --help  show this text\n",
	.options = command_json_only,
	.run = version_run,
};
