// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>

#include <uapi/regs.h>

#include "command.h"

#define HINT	"see 'teavmx help'"

static const struct command *const commands[] = {
	&command_run,
	&command_debug,
	&command_monitor,
	&command_list,
	&command_kill,
	&command_info,
	&command_version,
	&command_caps,
	&command_vmcs,
	&command_regs,
	&command_mem,
	&command_inject,
	&command_step,
	&command_continue,
	&command_pause,
	&command_break,
	&command_route,
	&command_slots,
	&command_send,
	&command_feed,
	&command_raw,
	&command_selftest,
};

#define COMMANDS	(sizeof(commands) / sizeof(commands[0]))

static const struct command *find_command(const char *name)
{
	size_t i;

	for (i = 0; i < COMMANDS; i++)
		if (!strcmp(commands[i]->name, name))
			return commands[i];
	return NULL;
}

static int unknown_command(const char *name)
{
	const char *names[COMMANDS + 1];
	size_t i;

	for (i = 0; i < COMMANDS; i++)
		names[i] = commands[i]->name;
	names[i++] = "help";
	return cli_unknown("verb", name, names, i, HINT);
}

static int print_help(void)
{
	size_t i;

	fputs("usage: teavmx [VERB [OPTION...] [WORD...]]\n\n"
	      "Runs TEA programs in VMX guests and shows every exit. Without a verb: the state\n"
	      "of the engine and its VMs.\n\n", stdout);
	for (i = 0; i < COMMANDS; i++)
		printf("  %-12s %s\n", commands[i]->name, commands[i]->summary);
	fputs("  help [VERB]  Show this text, or the help of a verb.\n\n"
	      "A first try: teavmx run hello.cup\n"
	      "Exit status: 0 done, 1 request failed, 2 usage, 3 engine not available,\n"
	      "4 not permitted, 5 no such object, 6 guest ended in error, 7 interrupted or\n"
	      "events lost.\n", stdout);
	return CLI_OK;
}

static int help(int argc, char **argv)
{
	const struct command *command;

	if (argc < 2)
		return print_help();
	command = find_command(argv[1]);
	return command ? command_help(command) : unknown_command(argv[1]);
}

static int complete_vms(void)
{
	struct teavmx *teavmx = teavmx_open(NULL);
	struct teavmx_vm *vms = NULL;
	int count = teavmx ? teavmx_vm_list(teavmx, &vms) : 0;
	int i;

	for (i = 0; i < count; i++)
		printf("%u\n", vms[i].id);
	teavmx_close(teavmx);
	return CLI_OK;
}

static int complete_vcpus(void)
{
	struct teavmx *teavmx = teavmx_open(NULL);
	struct teavmx_vcpu *vcpus = NULL;
	int count = teavmx ? teavmx_vcpu_list(teavmx, 0, &vcpus) : 0;
	int i;

	for (i = 0; i < count; i++)
		printf("%u.%u\n", vcpus[i].vm, vcpus[i].id);
	if (count > 0)
		teavmx_vcpu_free(vcpus, (size_t)count);
	teavmx_close(teavmx);
	return CLI_OK;
}

static int complete_registers(void)
{
	uint32_t number;

	for (number = 0; number < REGS_FPU; number++)
		if (regs_name(number))
			printf("%s=\n", regs_name(number));
	return CLI_OK;
}

/*
 * What the shell completion asks for: verbs, options of a verb, VMs, vCPUs,
 * registers
 */
static int complete(int argc, char **argv)
{
	const struct command *command;
	const struct option *option;
	size_t i;

	if (argc > 1 && !strcmp(argv[1], "vms"))
		return complete_vms();
	if (argc > 1 && !strcmp(argv[1], "vcpus"))
		return complete_vcpus();
	if (argc > 1 && !strcmp(argv[1], "registers"))
		return complete_registers();
	command = argc > 1 ? find_command(argv[1]) : NULL;
	for (i = 0; !command && i < COMMANDS; i++)
		puts(commands[i]->name);
	if (!command)
		puts("help");
	for (option = command ? command->options : NULL;
	     option && option->name; option++)
		printf("--%s\n", option->name);
	return CLI_OK;
}

static int run_command(int argc, char **argv)
{
	const struct command *command;
	const char *verb = argv[0];

	if (!strcmp(verb, "help") || !strcmp(verb, "--help") ||
	    !strcmp(verb, "-h"))
		return help(argc, argv);
	if (!strcmp(verb, "__complete"))
		return complete(argc, argv);
	if (!strcmp(verb, "--version"))
		return command_version.run(argc, argv);
	if (verb[0] == '-' && strcmp(verb, "--json") && strcmp(verb, "-j"))
		return cli_error(CLI_USAGE, HINT,
				 "unknown option '%s', expected a verb first",
				 verb);
	if (verb[0] == '-') {
		if (argc > 1)
			return cli_error(CLI_USAGE, HINT,
					 "unexpected word '%s', expected the verb before %s",
					 argv[1], verb);
		cli_json = true;
		return status_print();
	}
	command = find_command(verb);
	return command ? command->run(argc, argv) : unknown_command(verb);
}

int main(int argc, char **argv)
{
	cli_start();
	opterr = 0;
	if (argc < 2)
		return cli_finish(status_print());
	return cli_finish(run_command(argc - 1, argv + 1));
}
