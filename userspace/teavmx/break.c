// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <stdlib.h>
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

/*
 * What is listed of a VM. Breakpoints at pages belong to all of its vCPUs, so
 * only the first vCPU lists them.
 */
struct listing {
	uint32_t vm;
	json_t *array;
	unsigned int rows;
	bool has_pages;
};

static bool is_page(uint32_t kind)
{
	return kind == TEAVMX_BREAKPOINT_KIND_PAGE_EXECUTE ||
	       kind == TEAVMX_BREAKPOINT_KIND_PAGE_WRITE ||
	       kind == TEAVMX_BREAKPOINT_KIND_PAGE_ACCESS;
}

static void json_row(json_t *array, uint32_t vcpu,
		     const struct teavmx_breakpoint *one)
{
	const char *kind = teavmx_breakpoint_kind_name(one->kind);
	json_t *object = json_pack("{s:o, s:s, s:o}", "vcpu",
				   is_page(one->kind) ? json_null() :
							json_integer(vcpu),
				   "kind", kind ? kind : "unknown", "address",
				   json_u64(one->address));

	if (one->size)
		json_object_set_new(object, "size", json_integer(one->size));
	if (one->hit)
		json_object_set_new(object, "hit", json_true());
	json_array_append_new(array, object);
}

static void print_row(uint32_t vcpu, const struct teavmx_breakpoint *one)
{
	const char *kind = teavmx_breakpoint_kind_name(one->kind);
	char number[16] = "all";
	char size[8] = "-";

	if (!is_page(one->kind))
		snprintf(number, sizeof(number), "%u", vcpu);
	if (one->size)
		snprintf(size, sizeof(size), "%u", one->size);
	printf("%4s %-12s %4s 0x%llx%s\n", number, kind ? kind : "unknown", size,
	       (unsigned long long)one->address, one->hit ? ", hit" : "");
}

static void show_row(struct listing *listing, uint32_t vcpu,
		     const struct teavmx_breakpoint *one)
{
	if (cli_json)
		json_row(listing->array, vcpu, one);
	else if (!listing->rows++)
		printf("%4s %-12s %4s %s\n", "vCPU", "kind", "size", "address");
	if (!cli_json)
		print_row(vcpu, one);
}

static int list_vcpu(struct teavmx *teavmx, uint32_t vcpu,
		     struct listing *listing)
{
	struct teavmx_breakpoint *breakpoints;
	int count = teavmx_break_list(teavmx, listing->vm, vcpu, &breakpoints);
	int i;

	for (i = 0; i < count; i++)
		if (!is_page(breakpoints[i].kind) || !listing->has_pages)
			show_row(listing, vcpu, &breakpoints[i]);
	listing->has_pages = true;
	free(breakpoints);
	return count < 0 ? -1 : 0;
}

static int list_vm(struct teavmx *teavmx, struct listing *listing)
{
	struct teavmx_vcpu *vcpus;
	int count = teavmx_vcpu_list(teavmx, listing->vm, &vcpus);
	int err = count < 0 ? -1 : 0;
	int i;

	for (i = 0; i < count && !err; i++)
		err = list_vcpu(teavmx, vcpus[i].id, listing);
	if (count > 0)
		teavmx_vcpu_free(vcpus, (size_t)count);
	return err;
}

static int break_list(struct teavmx *teavmx, const struct target *target)
{
	struct listing listing = {
		.vm = target->vm,
		.array = cli_json ? json_array() : NULL,
	};
	int err = target->vcpu ? list_vcpu(teavmx, target->vcpu, &listing) :
				 list_vm(teavmx, &listing);

	if (err) {
		json_decref(listing.array);
		return target_failure(teavmx, target);
	}
	if (cli_json)
		tea_json_print(json_pack("{s:I, s:o}", "vm",
					 (json_int_t)listing.vm, "breakpoints",
					 listing.array), stdout);
	else if (!listing.rows)
		fputs("teavmx: no breakpoints\n", stderr);
	return CLI_OK;
}

static int set_or_clear(struct teavmx *teavmx, const struct request *request)
{
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
	return err ? target_failure(teavmx, &request->target) : CLI_OK;
}

static int break_request(struct teavmx *teavmx, void *state)
{
	const struct request *request = state;

	return request->delete || request->has_address ?
	       set_or_clear(teavmx, request) :
	       break_list(teavmx, &request->target);
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

/* A VM alone, without options for one breakpoint */
static bool lists_vm(int argc, char **argv, const struct request *request)
{
	return optind == argc - 1 && !strchr(argv[optind], '.') &&
	       !request->delete && !request->has_kind &&
	       !request->breakpoint.size;
}

static int parse_words(int argc, char **argv, struct request *request)
{
	struct teavmx_breakpoint *breakpoint = &request->breakpoint;
	unsigned long long address;
	int status;

	if (lists_vm(argc, argv, request))
		return target_vm(&command_break, argc, argv,
				 &request->target.vm);
	status = target_vcpu(&command_break, argc, argv, &request->target);
	if (status)
		return status;
	if (optind < argc) {
		if (cli_number(argv[optind++], 0, ~0ULL, &address))
			return command_usage(&command_break,
					     "expected an ADDRESS, got '%s'",
					     argv[optind - 1]);
		request->has_address = true;
		breakpoint->address = address;
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
	       output_with(break_request, state);
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
	.synopsis = "[OPTION...] VM[.VCPU [ADDRESS]]",
	.summary = "List, set or delete the breakpoints of a vCPU.",
	.help =
	"Without ADDRESS it lists those of the VM or of the vCPU.\n\n"
	"ADDRESS is linear for instruction, write and access, of which a vCPU has four;\n"
	"for pages it is guest-physical, and they are of all vCPUs of the VM. A TEA process\n"
	"that is debugged has tea-code and tea-stack, and no others.\n\n"
	"  -k, --kind=KIND  instruction (if not given), write, access, page-execute,\n"
	"                   page-write, page-access, tea-code or tea-stack\n"
	"  -s, --size=N     bytes that a write or access is watched on: 1, 2, 4 or 8\n"
	"  -d, --delete     delete it; all of the vCPU without ADDRESS\n"
	"  -j, --json       print one JSON object; a change prints only errors\n"
	"  -h, --help       show this text\n",
	.options = options,
	.state_size = sizeof(struct request),
	.option = break_option,
	.run = break_run,
};
