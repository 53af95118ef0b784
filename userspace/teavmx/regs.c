// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>

#include <uapi/regs.h>

#include "findings.h"
#include "output.h"
#include "reg_word.h"
#include "regs_table.h"
#include "target.h"

struct regs {
	struct target target;
	struct teavmx_register *registers;
	size_t count;
	bool fpu;
};

static int parse_all(int argc, char **argv, struct regs *regs)
{
	int status = CLI_OK;

	regs->registers = calloc((size_t)(argc - optind) + 1,
				 sizeof(*regs->registers));
	if (!regs->registers)
		return cli_error(CLI_FAILED, NULL, "out of memory");
	for (; !status && optind < argc; optind++)
		status = reg_word_take(&command_regs, argv[optind], true,
				       &regs->registers[regs->count++]);
	return status;
}

/*
 * A TEA process that is debugged has registers of the TEA machine only. Prints
 * them, or with cli_json returns them as a new reference.
 */
static json_t *show_tea(const struct regs_table *table)
{
	json_t *object = cli_json ? json_object() : NULL;
	size_t i;

	for (i = 0; i < table->count; i++) {
		const struct teavmx_register *reg = &table->registers[i];
		const char *name = teavmx_reg_name(reg->number);

		if (object)
			json_object_set_new(object, name, json_u64(reg->value));
		else
			printf("%s 0x%llx\n", name,
			       (unsigned long long)reg->value);
	}
	return object ? json_pack("{s:o}", "registers", object) : NULL;
}

static int regs_show(struct teavmx *teavmx, const struct target *target, bool fpu)
{
	struct teavmx_register *registers;
	struct regs_table table = { .fpu = fpu };
	int count = teavmx_regs_get(teavmx, target->vm, target->vcpu,
				    &registers);
	json_t *object = NULL;

	if (count < 0)
		return target_failure(teavmx, target);
	table.registers = registers;
	table.count = (size_t)count;
	if (count && registers->number == TEAVMX_REG_TEA_CP)
		object = show_tea(&table);
	else if (cli_json)
		object = regs_table_json(&table);
	else
		regs_table_print(&table, stdout);
	if (object) {
		json_object_set_new(object, "vm", json_integer(target->vm));
		json_object_set_new(object, "vcpu",
				    json_integer(target->vcpu));
		tea_json_print(object, stdout);
	}
	free(registers);
	return CLI_OK;
}

/* A state that goes together only after another change is no error. */
static void foresee(struct teavmx *teavmx, const struct target *target)
{
	static struct findings findings;
	json_t *object;

	findings_foresee(&findings, teavmx, target->vm, target->vcpu);
	if (cli_json) {
		object = json_pack("{s:I, s:I}", "vm", (json_int_t)target->vm,
				   "vcpu", (json_int_t)target->vcpu);
		findings_json(&findings, object);
		tea_json_print(object, stdout);
	} else if (findings.diagnosis.finding_count) {
		fputs("teavmx: with these registers, the next VM entry fails\n",
		      stderr);
		findings_print(&findings);
	}
}

static int show_or_set(struct teavmx *teavmx, void *state)
{
	const struct regs *regs = state;

	if (!regs->count)
		return regs_show(teavmx, &regs->target, regs->fpu);
	if (teavmx_regs_set(teavmx, regs->target.vm, regs->target.vcpu,
			    regs->registers, regs->count))
		return target_failure(teavmx, &regs->target);
	foresee(teavmx, &regs->target);
	return CLI_OK;
}

static int regs_option(int option, void *state)
{
	struct regs *regs = state;

	(void)option;
	regs->fpu = true;
	return CLI_OK;
}

static int regs_run(int argc, char **argv, void *state)
{
	struct regs *regs = state;

	return target_vcpu(&command_regs, argc, argv, &regs->target) ?:
	       parse_all(argc, argv, regs) ?: output_with(show_or_set, regs);
}

static void regs_release(void *state)
{
	struct regs *regs = state;

	free(regs->registers);
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
	"With NAME=VALUE, all that are named are set, or none if one is refused. Values\n"
	"that do not go together are set, and a warning lists what VM entry would find.\n"
	"Names:\n"
	"  rax rcx rdx rbx rsp rbp rsi rdi r8 r9 r10 r11 r12 r13 r14 r15 rip rflags\n"
	"  cr0 cr2 cr3 cr4 cr8 xcr0 dr0 dr1 dr2 dr3 dr6 dr7\n"
	"  es cs ss ds fs gs ldtr tr, each also with .base, .limit and .rights\n"
	"  gdtr.base gdtr.limit idtr.base idtr.limit\n"
	"  efer pat sysenter_cs sysenter_esp sysenter_eip star lstar cstar fmask\n"
	"  kernel_gs_base tsc_aux debugctl interruptibility activity pending_debug\n"
	"  fpu.0 to fpu.103: 64-bit words of the XSAVE area\n"
	"  cp sp flags steps: of a TEA process that is debugged; steps cannot be set\n\n"
	"  -f, --fpu   show the registers of FPU, SSE and AVX, too\n"
	"  -j, --json  print one JSON object\n"
	"  -h, --help  show this text\n",
	.options = options,
	.state_size = sizeof(struct regs),
	.option = regs_option,
	.run = regs_run,
	.release = regs_release,
};
