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

static int kill_target(uint32_t vm, uint32_t vcpu, bool if_exists)
{
	const struct teavmx_error *error;
	struct teavmx *teavmx;
	int status = CLI_OK;
	int err;

	teavmx = output_open(&status);
	if (!teavmx)
		return status;
	err = vcpu ? teavmx_vcpu_kill(teavmx, vm, vcpu) :
		     teavmx_vm_del(teavmx, vm);
	error = teavmx_error(teavmx);
	if (err && !(if_exists && error->status == TEAVMX_OBJECT))
		status = output_failure(error, NULL);
	teavmx_close(teavmx);
	return status;
}

static int kill_run(int argc, char **argv)
{
	bool if_exists = false;
	uint32_t vm, vcpu;
	int option;

	while ((option = command_option(&command_kill, argc, argv)) != -1) {
		switch (option) {
		case 'j':
			cli_json = true;
			break;
		case 'e':
			if_exists = true;
			break;
		case OPTION_HELP:
			return command_help(&command_kill);
		default:
			return CLI_USAGE;
		}
	}
	if (optind == argc)
		return command_usage(&command_kill, "expected VM or VM.VCPU");
	if (argc - optind > 2)
		return command_usage(&command_kill, "unexpected word '%s'",
				     argv[optind + 2]);
	if (parse_target(argc - optind, argv + optind, &vm, &vcpu))
		return command_usage(&command_kill,
				     "expected VM or VM.VCPU with numbers from 1, got '%s%s%s'",
				     argv[optind], argc - optind > 1 ? " " : "",
				     argc - optind > 1 ? argv[optind + 1] : "");
	return kill_target(vm, vcpu, if_exists);
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
	.run = kill_run,
};
