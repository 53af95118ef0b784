/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TEAVMX_TARGET_H
#define TEAVMX_TARGET_H

#include "command.h"

/**
 * struct target - the vCPU that a verb is about
 * @vm: its VM
 * @vcpu: its number there
 */
struct target {
	uint32_t vm;
	uint32_t vcpu;
};

/**
 * target_vm() - read the argument that names a VM
 * @command: the subcommand
 * @argc: as main()
 * @argv: as main(); optind is moved past the word
 * @vm: receives it
 *
 * Return: CLI_OK, or CLI_USAGE after a mistake that has been reported.
 */
int target_vm(const struct command *command, int argc, char **argv,
	      uint32_t *vm);

/**
 * target_vcpu() - read the arguments that name a vCPU: "3.1" or "3 1"
 * @command: the subcommand
 * @argc: as main()
 * @argv: as main(); optind is moved past the words
 * @target: receives it
 *
 * Return: CLI_OK, or CLI_USAGE after a mistake that has been reported.
 */
int target_vcpu(const struct command *command, int argc, char **argv,
		struct target *target);

/**
 * target_failure() - report a failed request about a vCPU
 * @teavmx: handle, whose last request failed
 * @target: the vCPU
 *
 * If it was refused for what the vCPU does now, the second line is the command that
 * helps.
 *
 * Return: exit status.
 */
int target_failure(struct teavmx *teavmx, const struct target *target);

/**
 * backend_take() - read the value of --backend
 * @command: the verb
 * @backend: receives it
 *
 * Return: CLI_OK or CLI_USAGE.
 */
int backend_take(const struct command *command, enum teavmx_backend *backend);

/* engine_take() - the same for --engine */
int engine_take(const struct command *command, enum teavmx_engine *engine);

#endif
