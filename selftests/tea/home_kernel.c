// SPDX-License-Identifier: GPL-2.0-only
/*
 * The backends in the kernel. Each case gets a VM of its own, as ports keep what
 * is written to them. The log is read at the end instead of listening all the
 * time: nothing of so short a run leaves it before.
 */
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <userspace/lib/teavmx.h>

#include "conform.h"

/* No case takes longer by itself; a sleep of 6.5 s is the longest there is. */
#define PATIENCE_MS	20000
#define NAP_NS		1000000
/* A VM that was removed counts until its memory is free. */
#define BUSY_TRIES	1000
#define EAGER_TRIES	20

static struct teavmx *teavmx;

static long long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

static void nap(void)
{
	const struct timespec time = { .tv_nsec = NAP_NS };

	nanosleep(&time, NULL);
}

static int kernel_open(void)
{
	struct teavmx_error error;

	teavmx = teavmx_open(&error);
	if (teavmx)
		return 0;
	fprintf(stderr, "conform: %s\n%s\n", error.message, error.hint);
	return -1;
}

static int vmx_open(void)
{
	struct teavmx_info info;

	if (kernel_open())
		return -1;
	if (!teavmx_get_info(teavmx, NULL, &info) && info.vmx)
		return 0;
	fprintf(stderr, "conform: no VMX: %s\n", info.vmx_missing);
	teavmx_close(teavmx);
	return -1;
}

static void kernel_close(void)
{
	teavmx_close(teavmx);
	teavmx = NULL;
}

static int trouble(struct conform_result *result)
{
	const char *message = teavmx_error(teavmx)->message;

	snprintf(result->trouble, sizeof(result->trouble), "%.*s",
		 (int)sizeof(result->trouble) - 1, message);
	return -1;
}

static int new_vm(struct teavmx_vm *vm)
{
	int tries = BUSY_TRIES;

	while (teavmx_vm_new(teavmx, 0, vm)) {
		if (teavmx_error(teavmx)->error != EBUSY || !tries--)
			return -1;
		nap();
	}
	return 0;
}

static void take_text(const struct teavmx_record *record, void *data)
{
	struct conform_result *result = data;
	size_t room = sizeof(result->text) - result->text_size;
	size_t size = record->size < room ? record->size : room;

	if (record->type != TEAVMX_EVENT_TYPE_TEA_TEXT)
		return;
	memcpy(result->text + result->text_size, record->bytes, size);
	result->text_size += size;
}

static int read_text(uint32_t vm, struct conform_result *result)
{
	uint64_t seq = 1;
	int count;

	do {
		count = teavmx_event_get(teavmx, vm, &seq, take_text, result);
	} while (count > 0);
	return count;
}

/* Most cases are over when they are checked for the first time. */
static int wait_for_exit(uint32_t vm, struct teavmx_vcpu *vcpu,
			 struct conform_result *result)
{
	long long end = now_ms() + PATIENCE_MS;
	uint32_t id = vcpu->id;
	int eager = EAGER_TRIES;

	while (vcpu->state != TEAVMX_VCPU_STATE_EXITED) {
		if (now_ms() > end) {
			snprintf(result->trouble, sizeof(result->trouble),
				 "no end after %d ms: %s", PATIENCE_MS,
				 teavmx_state_name(vcpu->state));
			return -1;
		}
		if (eager-- > 0)
			sched_yield();
		else
			nap();
		teavmx_vcpu_clear(vcpu);
		if (teavmx_vcpu_get(teavmx, vm, id, vcpu))
			return trouble(result);
	}
	return 0;
}

/* A program that has executed anything was translated, if it was to be. */
static int check_engine(const struct teavmx_vcpu *vcpu,
			enum teavmx_engine engine,
			struct conform_result *result)
{
	if (vcpu->engine == engine || !vcpu->steps)
		return 0;
	snprintf(result->trouble, sizeof(result->trouble), "by the engine %s",
		 teavmx_engine_name(vcpu->engine));
	return -1;
}

static int run_in_vm(uint32_t vm, const struct conform_case *test,
		     struct conform_result *result, enum teavmx_backend backend,
		     enum teavmx_engine engine)
{
	const struct teavmx_program program = {
		.backend = backend,
		.engine = engine,
		.pid = CONFORM_PID,
		.stack_size = CONFORM_STACK,
		.program = test->file,
		.program_size = test->file_size,
		.arguments = test->arguments,
		.argument_size = test->argument_size,
	};
	struct teavmx_vcpu vcpu;
	int err;

	if (teavmx_vcpu_new(teavmx, vm, &program, &vcpu))
		return trouble(result);
	if (vcpu.state != TEAVMX_VCPU_STATE_EXITED &&
	    teavmx_vcpu_run(teavmx, vm, vcpu.id)) {
		teavmx_vcpu_clear(&vcpu);
		return trouble(result);
	}
	err = wait_for_exit(vm, &vcpu, result);
	if (!err)
		err = check_engine(&vcpu, engine, result);
	if (!err && read_text(vm, result))
		err = trouble(result);
	if (!err && vcpu.message_size <= sizeof(result->message) &&
	    vcpu.stack_used <= sizeof(result->stack)) {
		result->message_size = vcpu.message_size;
		memcpy(result->message, vcpu.message, vcpu.message_size);
		result->stack_size = vcpu.stack_used;
		if (vcpu.stack_used)
			memcpy(result->stack, vcpu.stack, vcpu.stack_used);
		result->steps = vcpu.steps;
	}
	teavmx_vcpu_clear(&vcpu);
	return err;
}

static int kernel_run(const struct conform_case *test,
		      struct conform_result *result,
		      enum teavmx_backend backend, enum teavmx_engine engine)
{
	struct teavmx_vm vm;
	int err;

	if (new_vm(&vm))
		return trouble(result);
	err = run_in_vm(vm.id, test, result, backend, engine);
	if (teavmx_vm_del(teavmx, vm.id) && !err)
		err = trouble(result);
	return err;
}

static int soft_run(const struct conform_case *test,
		    struct conform_result *result)
{
	return kernel_run(test, result, TEAVMX_BACKEND_SOFT,
			  TEAVMX_ENGINE_INTERP);
}

static int vmx_run(const struct conform_case *test,
		   struct conform_result *result)
{
	return kernel_run(test, result, TEAVMX_BACKEND_VMX,
			  TEAVMX_ENGINE_INTERP);
}

static int vmx_jit_run(const struct conform_case *test,
		       struct conform_result *result)
{
	return kernel_run(test, result, TEAVMX_BACKEND_VMX, TEAVMX_ENGINE_JIT);
}

const struct conform_home conform_home_kernel_soft = {
	.name = "soft",
	.open = kernel_open,
	.run = soft_run,
	.close = kernel_close,
};

const struct conform_home conform_home_kernel_vmx = {
	.name = "vmx",
	.open = vmx_open,
	.run = vmx_run,
	.close = kernel_close,
};

const struct conform_home conform_home_kernel_vmx_jit = {
	.name = "vmx-jit",
	.open = vmx_open,
	.run = vmx_jit_run,
	.close = kernel_close,
};
