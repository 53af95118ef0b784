// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>

#include "output.h"
#include "slot_file.h"
#include "target.h"

struct slots {
	bool make;
	bool host_ports;
	uint32_t vm;
	struct slot_files files;
};

/* Byte of the header, or -1 when the file is too short to have it */
static int header_of(const struct teavmx_slot *slot, unsigned int place)
{
	return place < slot->header_size ? slot->header[place] : -1;
}

static json_t *json_slot(const struct teavmx_slot *slot)
{
	int arguments = header_of(slot, TEA_HEADER_ARGUMENTS);
	int value = header_of(slot, TEA_HEADER_RETURN);

	return json_pack("{s:i, s:I, s:I, s:o, s:o}", "slot",
			 (int)slot->number, "size", (json_int_t)slot->size,
			 "stack_size", (json_int_t)slot->stack_size,
			 "arguments", arguments < 0 ? json_null() :
						      json_integer(arguments),
			 "return_size", value < 0 ? json_null() :
						    json_integer(value));
}

static void print_slot(const struct teavmx_slot *slot)
{
	int arguments = header_of(slot, TEA_HEADER_ARGUMENTS);
	int value = header_of(slot, TEA_HEADER_RETURN);

	printf("%4u %6u %6u ", slot->number, slot->size, slot->stack_size);
	if (arguments < 0)
		puts("        -      -");
	else
		printf("%9d %6d\n", arguments, value);
}

static int slots_show(struct teavmx *teavmx, uint32_t vm)
{
	struct teavmx_slot slots[TEAVMX_SLOTS];
	int count = teavmx_slot_list(teavmx, vm, slots);
	json_t *array;
	int i;

	if (count < 0)
		return output_failure(teavmx_error(teavmx), NULL);
	if (cli_json) {
		array = json_array();
		for (i = 0; i < count; i++)
			json_array_append_new(array, json_slot(&slots[i]));
		tea_json_print(json_pack("{s:I, s:o}", "vm", (json_int_t)vm,
					 "slots", array), stdout);
		return CLI_OK;
	}
	if (!count) {
		fprintf(stderr, "teavmx: VM %u has no program in its slots\n",
			vm);
		return CLI_OK;
	}
	printf("%4s %6s %6s %9s %6s\n", "slot", "bytes", "stack", "arguments",
	       "return");
	for (i = 0; i < count; i++)
		print_slot(&slots[i]);
	return CLI_OK;
}

static int make_vm(struct teavmx *teavmx, struct slots *slots)
{
	uint32_t flags = TEAVMX_VM_FLAGS_DETACHED;
	struct teavmx_vm vm;

	if (slots->host_ports)
		flags |= TEAVMX_VM_FLAGS_HOST_PORTS;
	if (teavmx_vm_new(teavmx, flags, &vm))
		return -1;
	slots->vm = vm.id;
	return 0;
}

static void print_made(const struct slots *slots)
{
	if (cli_json)
		tea_json_print(json_pack("{s:I}", "vm", (json_int_t)slots->vm),
			       stdout);
	else
		printf("%u\n", slots->vm);
}

static int do_slots(struct teavmx *teavmx, void *state)
{
	struct slots *slots = state;
	int status;

	if (slots->make && make_vm(teavmx, slots))
		return output_failure(teavmx_error(teavmx), NULL);
	if (slot_files_load(&slots->files, teavmx, slots->vm)) {
		status = output_failure(teavmx_error(teavmx), NULL);
		if (slots->make)
			teavmx_vm_del(teavmx, slots->vm);
		return status;
	}
	if (slots->make) {
		print_made(slots);
		return output_detached(teavmx, slots->vm);
	}
	if (!slots->files.named)
		return slots_show(teavmx, slots->vm);
	return CLI_OK;
}

static int slots_option(int option, void *state)
{
	struct slots *slots = state;
	unsigned long long number;

	if (option == 'H') {
		slots->host_ports = true;
		return CLI_OK;
	}
	if (command_range(&command_slots, "stack", TEA_STACK_MAX, &number))
		return CLI_USAGE;
	slots->files.stack_size = (uint32_t)number;
	return CLI_OK;
}

static int parse_words(int argc, char **argv, struct slots *slots)
{
	int status = CLI_OK;

	slots->make = optind < argc && !strcmp(argv[optind], "new");
	if (slots->make)
		optind++;
	else
		status = target_vm(&command_slots, argc, argv, &slots->vm);
	if (!status && slots->host_ports && !slots->make)
		return command_usage(&command_slots,
				     "--host-ports: goes with new only");
	while (!status && optind < argc)
		status = slot_files_take(&slots->files, &command_slots,
					 argv[optind++]);
	return status;
}

static int slots_run(int argc, char **argv, void *state)
{
	return parse_words(argc, argv, state) ?: output_with(do_slots, state);
}

static void slots_release(void *state)
{
	struct slots *slots = state;

	slot_files_free(&slots->files);
}

static const struct option options[] = {
	{ "stack", required_argument, NULL, 's' },
	{ "host-ports", no_argument, NULL, 'H' },
	{ "json", no_argument, NULL, 'j' },
	OPTION_COMMON
};

const struct command command_slots = {
	.name = "slots",
	.synopsis = "[OPTION...] VM|new [N=FILE.cup...]",
	.summary = "Show or load the program slots of a VM.",
	.help =
	"N=FILE.cup loads a program into slot N, 0 to 11, N= empties it; without any, the\n"
	"slots are shown. 'new' creates a VM that exists until 'teavmx kill VM', and\n"
	"prints its number. 'teavmx send' and the VM's processes launch from slots.\n\n"
	"  -s, --stack=N     bytes of stack of their processes, 1 to 65535 (128)\n"
	"  -H, --host-ports  with new: the VM has the host ports f000 to ffff\n"
	"  -j, --json        print one JSON object\n"
	"  -h, --help        show this text\n",
	.options = options,
	.state_size = sizeof(struct slots),
	.option = slots_option,
	.run = slots_run,
	.release = slots_release,
};
