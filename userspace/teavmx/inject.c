// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <stdlib.h>

#include <uapi/regs.h>
#include <uapi/vmx.h>

#include "choice.h"
#include "output.h"
#include "inject.h"
#include "target.h"
#include "vector.h"

#define CR0_PE		1
#define LENGTH_MAX	15

const char *const inject_type_names[INJECT_TYPES] = {
	"external", "nmi", "exception", "soft-int", "priv", "soft-exception",
};

static const uint8_t type_numbers[INJECT_TYPES] = {
	VMX_INTR_TYPE_EXTERNAL_INTERRUPT,
	VMX_INTR_TYPE_NMI,
	VMX_INTR_TYPE_HARDWARE_EXCEPTION,
	VMX_INTR_TYPE_SOFTWARE_INTERRUPT,
	VMX_INTR_TYPE_PRIVILEGED_SOFTWARE_EXCEPTION,
	VMX_INTR_TYPE_SOFTWARE_EXCEPTION,
};

struct inject {
	struct target target;
	struct teavmx_inject event;
	bool has_type;
	bool has_length;
};

/* INT n has two bytes; INT1, INT3 and INTO have one byte. */
static uint8_t usual_length(uint8_t type)
{
	if (!vmx_intr_type_is_soft(type))
		return 0;
	return type == VMX_INTR_TYPE_SOFTWARE_INTERRUPT ? 2 : 1;
}

/* In real mode no exception has an error code. */
static bool real_mode(struct teavmx *teavmx, const struct target *target)
{
	struct teavmx_register *registers;
	int count = teavmx_regs_get(teavmx, target->vm, target->vcpu,
				    &registers);
	uint64_t cr0;

	if (count < 0)
		return false;
	cr0 = teavmx_reg_get(registers, (size_t)count, TEAVMX_REG_CR0);
	free(registers);
	return !(cr0 & CR0_PE);
}

static int inject_event(struct teavmx *teavmx, void *state)
{
	struct inject *inject = state;
	struct teavmx_inject *event = &inject->event;
	int pending;

	if (!event->has_error &&
	    event->type == VMX_INTR_TYPE_HARDWARE_EXCEPTION &&
	    vmx_vector_has_error_code(event->vector))
		event->has_error = !real_mode(teavmx, &inject->target);
	pending = teavmx_inject(teavmx, inject->target.vm, inject->target.vcpu,
				event);
	if (pending < 0)
		return output_failure(teavmx_error(teavmx), NULL);
	if (cli_json)
		tea_json_print(json_pack("{s:i}", "pending", pending), stdout);
	else
		printf("%d event%s waiting\n", pending,
		       pending == 1 ? "" : "s");
	return CLI_OK;
}

static int inject_option(int option, void *state)
{
	struct inject *inject = state;
	unsigned long long number;
	int type;

	switch (option) {
	case 't':
		type = choice_take(&command_inject, "type", optarg,
				   inject_type_names, INJECT_TYPES);
		if (type < 0)
			return CLI_USAGE;
		inject->has_type = true;
		inject->event.type = type_numbers[type];
		return CLI_OK;
	case 'e':
		if (cli_number(optarg, 0, UINT32_MAX, &number))
			return command_usage(&command_inject,
					     "--error: expected a number of 32 bits, got '%s'",
					     optarg);
		inject->event.has_error = true;
		inject->event.error = (uint32_t)number;
		return CLI_OK;
	default:
		if (cli_number(optarg, 0, LENGTH_MAX, &number))
			return command_usage(&command_inject,
					     "--length: expected 0 to %u, got '%s'",
					     LENGTH_MAX, optarg);
		inject->has_length = true;
		inject->event.length = (uint8_t)number;
		return CLI_OK;
	}
}

static int parse_words(int argc, char **argv, struct inject *inject)
{
	struct teavmx_inject *event = &inject->event;
	int status = target_vcpu(&command_inject, argc, argv, &inject->target);

	if (status)
		return status;
	if (optind == argc)
		return command_usage(&command_inject, "expected a VECTOR");
	status = vector_take(&command_inject, argv[optind++], UINT8_MAX,
			     &event->vector) ?:
		 command_end(&command_inject, argc, argv);
	if (status)
		return status;
	if (!inject->has_type)
		event->type = vmx_intr_type_of_vector(event->vector);
	if (!inject->has_length)
		event->length = usual_length(event->type);
	else if (!vmx_intr_type_is_soft(event->type))
		return command_usage(&command_inject,
				     "--length: only software interrupts and exceptions have one");
	return CLI_OK;
}

static int inject_run(int argc, char **argv, void *state)
{
	return parse_words(argc, argv, state) ?: output_with(inject_event, state);
}

static const struct option options[] = {
	{ "type", required_argument, NULL, 't' },
	{ "error", required_argument, NULL, 'e' },
	{ "length", required_argument, NULL, 'l' },
	{ "json", no_argument, NULL, 'j' },
	OPTION_COMMON
};

const struct command command_inject = {
	.name = "inject",
	.synopsis = "[OPTION...] VM.VCPU VECTOR",
	.summary = "Queue an interrupt or exception for a vCPU.",
	.help =
	"VECTOR is a number, or the name of an exception, such as pf. It is delivered as\n"
	"soon as the guest can take it.\n\n"
	"  -t, --type=TYPE   external, nmi, exception, soft-int (INT n), soft-exception\n"
	"                    (INT3, INTO) or priv (INT1); by the vector if not given\n"
	"  -e, --error=N     error code; 0 for exceptions that have one, if not given\n"
	"  -l, --length=N    bytes of the instruction, of the last three types\n"
	"  -j, --json        print one JSON object\n"
	"  -h, --help        show this text\n",
	.options = options,
	.state_size = sizeof(struct inject),
	.option = inject_option,
	.run = inject_run,
};
