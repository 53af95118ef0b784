// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "output.h"

/* VM or VM.VCPU or two words; @vcpu is 0 for the whole VM */
static int parse_target(int count, char **words, uint32_t *vm, uint32_t *vcpu)
{
	char *text = strdup(words[0]);
	char *dot = text ? strchr(text, '.') : NULL;
	unsigned long long number;
	const char *second = count > 1 ? words[1] : NULL;
	int err = -1;

	if (!text)
		return -1;
	if (dot) {
		*dot = '\0';
		if (second)
			goto out;
		second = dot + 1;
	}
	if (cli_number(text, 1, UINT32_MAX, &number))
		goto out;
	*vm = (uint32_t)number;
	*vcpu = 0;
	if (second) {
		if (cli_number(second, 1, UINT32_MAX, &number))
			goto out;
		*vcpu = (uint32_t)number;
	}
	err = 0;
out:
	free(text);
	return err;
}

struct kill {
	uint32_t vm;
	uint32_t vcpu;
	bool if_exists;
};

static int kill_target(struct teavmx *teavmx, void *state)
{
	const struct kill *kill = state;
	const struct teavmx_error *error = teavmx_error(teavmx);
	int err = kill->vcpu ?
		  teavmx_vcpu_kill(teavmx, kill->vm, kill->vcpu) :
		  teavmx_vm_del(teavmx, kill->vm);

	if (!err || (kill->if_exists && error->status == TEAVMX_OBJECT))
		return CLI_OK;
	return output_failure(error, NULL);
}

static int kill_option(int option, void *state)
{
	struct kill *kill = state;

	(void)option;
	kill->if_exists = true;
	return CLI_OK;
}

static int kill_run(int argc, char **argv, void *state)
{
	struct kill *kill = state;

	if (optind == argc)
		return command_usage(&command_kill, "expected VM or VM.VCPU");
	if (argc - optind > 2)
		return command_usage(&command_kill, "unexpected word '%s'",
				     argv[optind + 2]);
	if (parse_target(argc - optind, argv + optind, &kill->vm, &kill->vcpu))
		return command_usage(&command_kill,
				     "expected VM or VM.VCPU with numbers from 1, got '%s%s%s'",
				     argv[optind], argc - optind > 1 ? " " : "",
				     argc - optind > 1 ? argv[optind + 1] : "");
	return output_with(kill_target, kill);
}

static const struct option options[] = {
	{ "if-exists", no_argument, NULL, 'e' },
	{ "json", no_argument, NULL, 'j' },
	OPTION_COMMON
};

const struct command command_kill = {
	.name = "kill",
	.synopsis = "[OPTION...] VM[.VCPU]",
	.summary = "Kill a vCPU's process, or a VM with all of its vCPUs.",
	.help =
	"With a vCPU (3.1, or 3 1) its process ends with exit code 1 and stays in the\n"
	"list; a VM is removed. The numbers are those of 'teavmx list'.\n\n"
	"  -e, --if-exists  no error when it is gone already\n"
	"  -j, --json       errors as JSON; success prints nothing\n"
	"  -h, --help       show this text\n",
	.options = options,
	.state_size = sizeof(struct kill),
	.option = kill_option,
	.run = kill_run,
};
