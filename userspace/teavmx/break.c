// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "choice.h"
#include "output.h"
#include "target.h"

struct request {
	struct target target;
	struct teavmx_breakpoint breakpoint;
	bool has_kind;
	bool has_address;
	bool delete;
};

static int set_or_clear(struct teavmx *teavmx, void *state)
{
	const struct request *request = state;
	const struct teavmx_breakpoint *breakpoint = &request->breakpoint;
	int err;

	if (request->delete)
		err = teavmx_break_clear(teavmx, request->target.vm,
					 request->target.vcpu,
					 request->has_address ? breakpoint :
								NULL);
	else
		err = teavmx_break_set(teavmx, request->target.vm,
				       request->target.vcpu, breakpoint);
	return err ? output_failure(teavmx_error(teavmx), NULL) : CLI_OK;
}

static int take_kind(struct request *request)
{
	int kind = choice_take_named(&command_break, "kind", optarg,
				     teavmx_breakpoint_kind_name);

	if (kind < 0)
		return CLI_USAGE;
	request->has_kind = true;
	request->breakpoint.kind = (uint32_t)kind;
	return CLI_OK;
}

static int take_size(struct request *request)
{
	unsigned long long size;

	/* The sizes that are allowed, 1, 2, 4 and 8, are powers of two. */
	if (cli_number(optarg, 1, 8, &size) || size & (size - 1))
		return command_usage(&command_break,
				     "--size: expected 1, 2, 4 or 8, got '%s'",
				     optarg);
	request->breakpoint.size = (uint8_t)size;
	return CLI_OK;
}

static bool has_size(uint32_t kind)
{
	return kind == TEAVMX_BREAKPOINT_KIND_WRITE ||
	       kind == TEAVMX_BREAKPOINT_KIND_ACCESS;
}

static int parse_words(int argc, char **argv, struct request *request)
{
	struct teavmx_breakpoint *breakpoint = &request->breakpoint;
	unsigned long long address;
	int status = target_vcpu(&command_break, argc, argv, &request->target);

	if (status)
		return status;
	if (optind < argc) {
		if (cli_number(argv[optind++], 0, ~0ULL, &address))
			return command_usage(&command_break,
					     "expected an ADDRESS, got '%s'",
					     argv[optind - 1]);
		request->has_address = true;
		breakpoint->address = address;
	} else if (!request->delete) {
		return command_usage(&command_break, "expected an ADDRESS");
	} else if (request->has_kind || breakpoint->size) {
		return command_usage(&command_break,
				     "expected an ADDRESS with --%s",
				     request->has_kind ? "kind" : "size");
	}
	if (breakpoint->size > 1 && !has_size(breakpoint->kind))
		return command_usage(&command_break,
				     "--size: goes with --kind write or access");
	return command_end(&command_break, argc, argv);
}

static int break_option(int option, void *state)
{
	struct request *request = state;

	switch (option) {
	case 'k':
		return take_kind(request);
	case 's':
		return take_size(request);
	default:
		request->delete = true;
		return CLI_OK;
	}
}

static int break_run(int argc, char **argv, void *state)
{
	return parse_words(argc, argv, state) ?:
	       output_with(set_or_clear, state);
}

static const struct option options[] = {
	{ "kind", required_argument, NULL, 'k' },
	{ "size", required_argument, NULL, 's' },
	{ "delete", no_argument, NULL, 'd' },
	{ "json", no_argument, NULL, 'j' },
	OPTION_COMMON
};

const struct command command_break = {
	.name = "break",
	.synopsis = "[OPTION...] VM.VCPU [ADDRESS]",
	.summary = "Set or delete a breakpoint of a vCPU.",
	.help =
	"ADDRESS is linear for instruction, write and access, of which a vCPU has four;\n"
	"for pages it is guest-physical, and they are of all vCPUs of the VM. A TEA process\n"
	"that is debugged has tea-code and tea-stack, and no others.\n\n"
	"  -k, --kind=KIND  instruction (if not given), write, access, page-execute,\n"
	"                   page-write, page-access, tea-code or tea-stack\n"
	"  -s, --size=N     bytes that a write or access is watched on: 1, 2, 4 or 8\n"
	"  -d, --delete     delete it; all of the vCPU without ADDRESS\n"
	"  -j, --json       errors as JSON; success prints nothing\n"
	"  -h, --help       show this text\n",
	.options = options,
	.state_size = sizeof(struct request),
	.option = break_option,
	.run = break_run,
};
