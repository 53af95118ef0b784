// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>
#include <string.h>

#include <uapi/regs.h>

#include "choice.h"
#include "output.h"
#include "regs_table.h"
#include "target.h"

#define FPU_PREFIX	"fpu."

static int find(const char *word, uint32_t *number)
{
	const char *names[REGS_FPU + 4];
	uint32_t numbers[REGS_FPU + 4];
	unsigned long long index;
	size_t count = 0;
	uint32_t n;
	int i;

	if (!strncmp(word, FPU_PREFIX, strlen(FPU_PREFIX))) {
		if (cli_number(word + strlen(FPU_PREFIX), 0,
			       REGS_FPU_WORDS - 1, &index))
			return command_usage(&command_regs,
					     "expected fpu.0 to fpu.%u, got '%s'",
					     REGS_FPU_WORDS - 1, word);
		*number = REGS_FPU + (uint32_t)index;
		return CLI_OK;
	}
	for (n = 0; n < REGS_FPU; n++) {
		if (!regs_name(n))
			continue;
		numbers[count] = n;
		names[count++] = regs_name(n);
	}
	for (n = REGS_TEA_CP; n <= REGS_TEA_STEPS; n++) {
		numbers[count] = n;
		names[count++] = regs_name(n);
	}
	i = choice_take(&command_regs, "register", word, names, count);
	if (i < 0)
		return CLI_USAGE;
	*number = numbers[i];
	return CLI_OK;
}

/* NAME=VALUE */
static int parse_one(const char *word, struct teavmx_register *reg)
{
	size_t size = strcspn(word, "=");
	unsigned long long value;
	char name[32];
	int status;

	if (!word[size])
		return command_usage(&command_regs,
				     "expected NAME=VALUE, got '%s'", word);
	snprintf(name, sizeof(name), "%.*s", (int)size, word);
	status = find(name, &reg->number);
	if (status)
		return status;
	if (cli_number(word + size + 1, 0, ~0ULL, &value))
		return command_usage(&command_regs,
				     "%s: expected a number of 64 bits, got '%s'",
				     name, word + size + 1);
	reg->value = value;
	return CLI_OK;
}

static int parse_all(int argc, char **argv, struct teavmx_register **registers,
		     size_t *count)
{
	int status = CLI_OK;

	*count = (size_t)(argc - optind);
	*registers = calloc(*count + 1, sizeof(**registers));
	if (!*registers)
		return cli_error(CLI_FAILED, NULL, "out of memory");
	for (*count = 0; !status && optind < argc; optind++)
		status = parse_one(argv[optind], &(*registers)[(*count)++]);
	return status;
}

/* A TEA process that is debugged has a few, and none of a processor's. */
static json_t *json_tea(const struct teavmx_register *registers, size_t count)
{
	json_t *object = json_object();
	size_t i;

	for (i = 0; i < count; i++)
		json_object_set_new(object, regs_name(registers[i].number),
				    json_u64(registers[i].value));
	return json_pack("{s:o}", "registers", object);
}

static void print_tea(const struct teavmx_register *registers, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		printf("%s 0x%llx\n", regs_name(registers[i].number),
		       (unsigned long long)registers[i].value);
}

static int show(struct teavmx *teavmx, const struct target *target, bool fpu)
{
	struct teavmx_register *registers;
	struct regs_table table = { .fpu = fpu };
	int count = teavmx_regs_get(teavmx, target->vm, target->vcpu,
				    &registers);
	json_t *object;
	bool tea;

	if (count < 0)
		return output_failure(teavmx_error(teavmx), NULL);
	tea = count && registers->number == REGS_TEA_CP;
	table.registers = registers;
	table.count = (size_t)count;
	if (cli_json) {
		object = tea ? json_tea(registers, table.count) :
			       regs_table_json(&table);
		json_object_set_new(object, "vm", json_integer(target->vm));
		json_object_set_new(object, "vcpu",
				    json_integer(target->vcpu));
		tea_json_print(object, stdout);
	} else if (tea) {
		print_tea(registers, table.count);
	} else {
		regs_table_print(&table, stdout);
	}
	free(registers);
	return CLI_OK;
}

static int show_or_set(const struct target *target,
		       const struct teavmx_register *registers, size_t count,
		       bool fpu)
{
	struct teavmx *teavmx;
	int status;

	teavmx = output_open(&status);
	if (!teavmx)
		return status;
	if (!count)
		status = show(teavmx, target, fpu);
	else if (teavmx_regs_set(teavmx, target->vm, target->vcpu, registers,
				 count))
		status = output_failure(teavmx_error(teavmx), NULL);
	else
		status = CLI_OK;
	teavmx_close(teavmx);
	return status;
}

static int regs_run(int argc, char **argv)
{
	struct teavmx_register *registers = NULL;
	struct target target;
	bool fpu = false;
	size_t count;
	int option;
	int status;

	while ((option = command_option(&command_regs, argc, argv)) != -1) {
		switch (option) {
		case 'f':
			fpu = true;
			break;
		case 'j':
			cli_json = true;
			break;
		case OPTION_HELP:
			return command_help(&command_regs);
		default:
			return CLI_USAGE;
		}
	}
	status = target_vcpu(&command_regs, argc, argv, &target);
	if (!status)
		status = parse_all(argc, argv, &registers, &count);
	if (!status)
		status = show_or_set(&target, registers, count, fpu);
	free(registers);
	return status;
}

static const struct option options[] = {
	{ "fpu", no_argument, NULL, 'f' },
	{ "json", no_argument, NULL, 'j' },
	OPTION_COMMON
};

const struct command command_regs = {
	.name = "regs",
	.synopsis = "[OPTION...] VM.VCPU [NAME=VALUE...]",
	.summary = "Show or set the registers of a vCPU that does not run.",
	.help =
	"With NAME=VALUE, all that are named are set, or none if the processor would not\n"
	"take them. Names are those that it shows; cs.base and the like are the hidden\n"
	"parts of a segment, fpu.N is the word N of the XSAVE area.\n\n"
	"  -f, --fpu   show the registers of FPU, SSE and AVX, too\n"
	"  -j, --json  print one JSON object\n"
	"  -h, --help  show this text\n",
	.options = options,
	.run = regs_run,
};
