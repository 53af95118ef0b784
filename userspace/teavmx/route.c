// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <uapi/vmx.h>

#include "output.h"
#include "route_word.h"
#include "target.h"
#include "vector.h"

/* What the command line requests */
struct route {
	uint32_t vm;
	struct route_words words;
	bool has_exceptions;
	uint32_t exceptions;
};

static bool goes_to_host(const struct teavmx_vm *vm, uint32_t reason)
{
	return vm->host_reasons[reason / 8] >> (reason % 8) & 1;
}

static const char *route_name(const struct teavmx_vm *vm, uint32_t reason)
{
	if (vm->program_reasons[reason / 8] >> (reason % 8) & 1)
		return "raw";
	return goes_to_host(vm, reason) ? "host" : "builtin";
}

static bool route_shown(const struct route *route, uint32_t reason)
{
	return vmx_exit_reason_name(reason) &&
	       (!route->words.show ||
		route->words.request[reason] == ROUTE_SHOW);
}

/* Prints the routes, or with cli_json returns them as a new reference. */
static json_t *show_reasons(const struct route *route,
			    const struct teavmx_vm *vm)
{
	json_t *array = cli_json ? json_array() : NULL;
	uint32_t i;

	for (i = 0; i < ROUTE_REASONS; i++) {
		const char *name = vmx_exit_reason_name(i);

		if (!route_shown(route, i))
			continue;
		if (array)
			json_array_append_new(array,
					      json_pack("{s:I, s:s, s:s}", "reason",
							(json_int_t)i, "name", name,
							"route", route_name(vm, i)));
		else
			printf("%3u %-20s %s\n", i, name, route_name(vm, i));
	}
	return array;
}

/* Prints the exceptions, or with cli_json returns them as a new reference. */
static json_t *show_exceptions(uint32_t bitmap)
{
	json_t *array = cli_json ? json_array() : NULL;
	unsigned int vector;

	if (!array)
		fputs("exceptions for the host:", stdout);
	for (vector = 0; vector < VECTOR_EXCEPTIONS; vector++) {
		const char *name = teavmx_exception_name(vector);

		if (!(bitmap >> vector & 1))
			continue;
		if (array)
			json_array_append_new(array,
					      json_pack("{s:I, s:s?}", "vector",
							(json_int_t)vector,
							"name", name));
		else if (name)
			printf(" %s", name);
		else
			printf(" %u", vector);
	}
	if (!array)
		puts(bitmap ? "" : " none");
	return array;
}

static void show_routes(const struct route *route, const struct teavmx_vm *vm)
{
	json_t *reasons = show_reasons(route, vm);
	json_t *exceptions = NULL;

	if (cli_json || !route->words.show)
		exceptions = show_exceptions(vm->host_exceptions);
	if (cli_json)
		tea_json_print(json_pack("{s:I, s:o, s:o}", "vm",
					 (json_int_t)vm->id, "reasons", reasons,
					 "exceptions", exceptions), stdout);
}

static int route_change(struct teavmx *teavmx, const struct route *route,
			struct teavmx_vm *vm)
{
	if (route_words_apply(teavmx, &route->words, vm))
		return -1;
	if (!route->has_exceptions)
		return 0;
	vm->host_exceptions = route->exceptions;
	return teavmx_host_exceptions(teavmx, vm->id, route->exceptions);
}

static int route_show(struct teavmx *teavmx, void *state)
{
	const struct route *route = state;
	struct teavmx_vm vm;

	if (teavmx_vm_get(teavmx, route->vm, &vm))
		return output_failure(teavmx_error(teavmx), NULL);
	if (!vm.memory)
		return cli_error(CLI_FAILED, NULL,
				 "VM %u runs TEA programs: all of its exits are built in",
				 vm.id);
	if ((route->words.change || route->has_exceptions) &&
	    route_change(teavmx, route, &vm))
		return output_failure(teavmx_error(teavmx), NULL);
	/*
	 * A change prints nothing, unless a REASON without a route is given,
	 * too.
	 */
	if ((route->words.change || route->has_exceptions) && !route->words.show)
		return CLI_OK;
	show_routes(route, &vm);
	return CLI_OK;
}

/* Vectors with commas between, or "all", or "none" */
static int route_option(int option, void *state)
{
	struct route *route = state;
	int status = CLI_OK;
	char *list, *rest, *word;
	uint8_t vector;

	(void)option;
	route->has_exceptions = true;
	route->exceptions = !strcmp(optarg, "all") ? UINT32_MAX : 0;
	if (route->exceptions || !strcmp(optarg, "none"))
		return CLI_OK;
	list = strdup(optarg);
	if (!list)
		return cli_error(CLI_FAILED, NULL, "out of memory");
	rest = list;
	while (!status && (word = strsep(&rest, ","))) {
		status = vector_take(&command_route, word,
				     VECTOR_EXCEPTIONS - 1, &vector);
		if (!status)
			route->exceptions |= 1u << vector;
	}
	free(list);
	return status;
}

static int route_run(int argc, char **argv, void *state)
{
	struct route *route = state;
	int status = target_vm(&command_route, argc, argv, &route->vm);

	while (!status && optind < argc)
		status = route_word_take(&command_route, argv[optind++],
					 &route->words);
	return status ?: output_with(route_show, route);
}

static const struct option options[] = {
	{ "exceptions", required_argument, NULL, 'e' },
	{ "json", no_argument, NULL, 'j' },
	OPTION_COMMON
};

const struct command command_route = {
	.name = "route",
	.synopsis = "[OPTION...] VM [REASON[=host|builtin|raw]...]",
	.summary = "Show or choose which exits go to the host program.",
	.help =
	"REASON is a number or a name, such as CPUID. An exit for the host program pauses\n"
	"the vCPU. With builtin the module handles the exits that it can; the others, such\n"
	"as HLT, still go to the host program. With raw, 'teavmx raw' answers the exit, if\n"
	"it created the VM: IO_INSTRUCTION, and EPT_VIOLATION outside of RAM.\n\n"
	"  -e, --exceptions=LIST  the exceptions that exit for the host program, such as\n"
	"                         pf,gp; or all, or none\n"
	"  -j, --json             print one JSON object\n"
	"  -h, --help             show this text\n",
	.options = options,
	.state_size = sizeof(struct route),
	.option = route_option,
	.run = route_run,
};
