// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <module/tea/ports.h>

#include "output.h"
#include "target.h"

static int target_parse(const char *text, size_t size, uint32_t *id)
{
	unsigned long long number;
	char digits[16];

	if (size >= sizeof(digits))
		return -1;
	memcpy(digits, text, size);
	digits[size] = '\0';
	if (cli_number(digits, 1, UINT32_MAX, &number))
		return -1;
	*id = (uint32_t)number;
	return 0;
}

int target_vm(const struct command *command, int argc, char **argv,
	      uint32_t *vm)
{
	const char *word;

	if (optind == argc)
		return command_usage(command, "expected VM");
	word = argv[optind++];
	if (target_parse(word, strlen(word), vm))
		return command_usage(command,
				     "expected the number of a VM, got '%s'",
				     word);
	return CLI_OK;
}

int target_vcpu(const struct command *command, int argc, char **argv,
		struct target *target)
{
	const char *word, *vcpu;
	size_t size;

	if (optind == argc)
		return command_usage(command, "expected VM.VCPU");
	word = argv[optind++];
	size = strcspn(word, ".");
	if (word[size])
		vcpu = word + size + 1;
	else if (optind < argc)
		vcpu = argv[optind++];
	else
		return command_usage(command,
				     "expected VM.VCPU, got VM '%s' alone",
				     word);
	if (target_parse(word, size, &target->vm) ||
	    target_parse(vcpu, strlen(vcpu), &target->vcpu))
		return command_usage(command,
				     "expected VM.VCPU with numbers from 1, got '%.*s.%s'",
				     (int)size, word, vcpu);
	return CLI_OK;
}

/* A process that waits or sleeps pauses at once only while it is debugged. */
static const char *busy_help(const struct teavmx_vcpu *vcpu)
{
	switch (vcpu->state) {
	case TEAVMX_VCPU_STATE_READY:
		return "run it with: teavmx continue %u.%u";
	case TEAVMX_VCPU_STATE_RUNNING:
		return "pause it with: teavmx pause %u.%u";
	case TEAVMX_VCPU_STATE_WAITING:
	case TEAVMX_VCPU_STATE_SLEEPING:
		return vcpu->debug ? "pause it with: teavmx pause %u.%u" :
		       vcpu->port == TEA_PORT_SERIAL ?
		       "give it a byte with: teavmx feed %u" :
		       "end it with: teavmx kill %u.%u";
	default:
		return "";
	}
}

int target_failure(struct teavmx *teavmx, const struct target *target)
{
	const struct teavmx_error error = *teavmx_error(teavmx);
	struct teavmx_vcpu vcpu;
	char hint[64] = "";

	if (error.error == EBUSY &&
	    !teavmx_vcpu_get(teavmx, target->vm, target->vcpu, &vcpu)) {
		snprintf(hint, sizeof(hint), busy_help(&vcpu), vcpu.vm, vcpu.id);
		teavmx_vcpu_clear(&vcpu);
	}
	return output_failure(&error, hint[0] ? hint : NULL);
}

int backend_take(const struct command *command, enum teavmx_backend *backend)
{
	if (!strcmp(optarg, "vmx"))
		*backend = TEAVMX_BACKEND_VMX;
	else if (!strcmp(optarg, "soft"))
		*backend = TEAVMX_BACKEND_SOFT;
	else
		return command_usage(command,
				     "--backend: expected vmx or soft, got '%s'",
				     optarg);
	return CLI_OK;
}

int engine_take(const struct command *command, enum teavmx_engine *engine)
{
	if (!strcmp(optarg, "interp"))
		*engine = TEAVMX_ENGINE_INTERP;
	else if (!strcmp(optarg, "jit"))
		*engine = TEAVMX_ENGINE_JIT;
	else
		return command_usage(command,
				     "--engine: expected interp or jit, got '%s'",
				     optarg);
	return CLI_OK;
}
