// SPDX-License-Identifier: GPL-2.0-only
/*
 * Each VMX instruction of a module that was built with INJECT=1 fails once: the first
 * one of its kind, the second one, and so on, until guests make fewer of them. What
 * they compute is right nevertheless, or a request is refused with a message, or the
 * vCPU ends. Afterwards the same guests run.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <module/vmx/fail.h>

#define RAW_PREPARE	(teavmx_vm_del(self->teavmx, self->vm.id))
#include "raw_fixture.h"

#define PARAMETERS	"/sys/module/teavmx/parameters/"

/* How a guest with a failed step has ended */
enum outcome {
	OUTCOME_RIGHT,
	OUTCOME_REFUSED,
	OUTCOME_ENDED,
	OUTCOME_WRONG,
	OUTCOMES,
};

#define VECTOR		0x21

/*
 * The first CPUID is answered on the fast path, by which VMRESUME follows. The second
 * one is not, as an interrupt waits until interrupts are on.
 */
GUEST_PAYLOAD(code_both_paths,
	".code16\n"
	"	movw	$1f - code_both_paths + 0x1000, 4 * 0x21\n"
	"	movw	$0, 4 * 0x21 + 2\n"
	"	mov	$0x1234, %bx\n"
	"	cpuid\n"
	"	mov	$0x5678, %bx\n"
	"	mov	%bx, 0x2000\n"
	"	mov	$0x42, %al\n"
	"	out	%al, $0x80\n"
	"	xor	%eax, %eax\n"
	"	cpuid\n"
	"	sti\n"
	"	nop\n"
	"	mov	$0x9abc, %si\n"
	"	hlt\n"
	"1:	movw	$0x1111, 0x2002\n"
	"	iret");

static int parameter_set(const char *path, int value)
{
	FILE *file = fopen(path, "w");

	if (!file)
		return -1;
	fprintf(file, "%d", value);
	return fclose(file);
}

static int parameter_get(const char *path)
{
	FILE *file = fopen(path, "r");
	int value = -1;

	if (!file || fscanf(file, "%d", &value) != 1)
		printf("# cannot read %s\n", path);
	if (file)
		fclose(file);
	return value;
}

static enum outcome outcome_refused(struct raw_data *self)
{
	const struct teavmx_error *error = teavmx_error(self->teavmx);

	if (error->error && error->message[0])
		return OUTCOME_REFUSED;
	printf("# refused with error %d, message '%s'\n", error->error,
	       error->message);
	return OUTCOME_WRONG;
}

static enum outcome outcome_wrong(const char *what, uint64_t value)
{
	printf("# %s is 0x%llx\n", what, (unsigned long long)value);
	return OUTCOME_WRONG;
}

static enum outcome outcome_of_stop(struct raw_data *self, int stop)
{
	if (stop == TEAVMX_STOP_EXIT)
		return OUTCOME_RIGHT;
	if (stop == TEAVMX_STOP_NONE || stop == TEAVMX_STOP_FAIL)
		return OUTCOME_ENDED;
	return stop < 0 ? outcome_refused(self) : outcome_wrong("the stop", stop);
}

static enum outcome first_half(struct raw_data *self)
{
	enum outcome outcome;

	if (raw_load(self, TEAVMX_MODE_REAL, PAYLOAD(code_both_paths)) ||
	    raw_set(self, TEAVMX_REG_RDI, 0x77))
		return outcome_refused(self);
	outcome = outcome_of_stop(self, raw_go(self));
	if (outcome)
		return outcome;
	if (self->exit.reason != VMX_EXIT_IO_INSTRUCTION)
		return outcome_wrong("the first exit", self->exit.reason);
	if (raw_get(self, TEAVMX_REG_RBX) == UINT64_MAX)
		return outcome_refused(self);
	if ((uint16_t)raw_seen(self, TEAVMX_REG_RBX) != 0x5678)
		return outcome_wrong("RBX", raw_seen(self, TEAVMX_REG_RBX));
	if (raw_seen(self, TEAVMX_REG_RSP) != RAW_STACK)
		return outcome_wrong("RSP", raw_seen(self, TEAVMX_REG_RSP));
	return raw_word(self, 0x2000) == 0x5678 ? OUTCOME_RIGHT :
		outcome_wrong("memory", raw_word(self, 0x2000));
}

static enum outcome second_half(struct raw_data *self)
{
	const struct teavmx_inject event = {
		.type = VMX_INTR_TYPE_EXTERNAL_INTERRUPT, .vector = VECTOR,
	};
	enum outcome outcome;

	if (teavmx_inject(self->teavmx, self->vm.id, self->vcpu.id, &event) < 0)
		return outcome_refused(self);
	outcome = outcome_of_stop(self, raw_answer(self, 0));
	if (outcome)
		return outcome;
	if (self->exit.reason != VMX_EXIT_HLT)
		return outcome_wrong("the second exit", self->exit.reason);
	if (raw_get(self, TEAVMX_REG_RSI) == UINT64_MAX)
		return outcome_refused(self);
	if ((uint16_t)raw_seen(self, TEAVMX_REG_RSI) != 0x9abc)
		return outcome_wrong("RSI", raw_seen(self, TEAVMX_REG_RSI));
	if (raw_word(self, 0x2002) != 0x1111)
		return outcome_wrong("what the handler wrote",
				     raw_word(self, 0x2002));
	return raw_seen(self, TEAVMX_REG_RDI) == 0x77 ? OUTCOME_RIGHT :
		outcome_wrong("RDI", raw_seen(self, TEAVMX_REG_RDI));
}

/* OUT is complete with the first step, XOR with the second one. */
static enum outcome two_steps(struct raw_data *self)
{
	const struct teavmx_run run = { .answered = true, .steps = 2 };
	int stop = raw_run(self, &run);

	if (stop != TEAVMX_STOP_STEPS)
		return outcome_of_stop(self, stop) ?: outcome_wrong("the stop", stop);
	if (raw_get(self, TEAVMX_REG_RAX) == UINT64_MAX)
		return outcome_refused(self);
	return (uint32_t)raw_seen(self, TEAVMX_REG_RAX) ?
		outcome_wrong("RAX", raw_seen(self, TEAVMX_REG_RAX)) : OUTCOME_RIGHT;
}

/* After the second half, the VM is reset to the end of the first one. */
static enum outcome with_reset(struct raw_data *self)
{
	enum outcome outcome = first_half(self);

	if (outcome)
		return outcome;
	if (teavmx_vm_snapshot(self->teavmx, self->vm.id))
		return outcome_refused(self);
	outcome = second_half(self);
	if (outcome)
		return outcome;
	if (teavmx_vm_reset(self->teavmx, self->vm.id) ||
	    raw_get(self, TEAVMX_REG_RBX) == UINT64_MAX)
		return outcome_refused(self);
	if ((uint16_t)raw_seen(self, TEAVMX_REG_RBX) != 0x5678)
		return outcome_wrong("RBX", raw_seen(self, TEAVMX_REG_RBX));
	/* The reset itself is reported as a stop, too. */
	if (raw_wait(self) != TEAVMX_STOP_EXIT)
		return outcome_wrong("the stop after the reset", 0);
	return two_steps(self);
}

static enum outcome raw_guest(struct raw_data *self)
{
	enum outcome outcome = OUTCOME_REFUSED;

	teavmx_vcpu_clear(&self->vcpu);
	if (teavmx_raw_new(self->teavmx, 0, RAW_MEMORY, &self->vm))
		return outcome_refused(self);
	if (!teavmx_event_watch(self->teavmx, self->vm.id, 0) &&
	    !teavmx_raw_vcpu_new(self->teavmx, self->vm.id, &self->vcpu))
		outcome = with_reset(self);
	else
		outcome = outcome_refused(self);
	return teavmx_vm_del(self->teavmx, self->vm.id) ?
		outcome_wrong("deleting the VM", 1) : outcome;
}

static enum outcome outcome_of_process(struct raw_data *self, uint32_t vm,
				       struct teavmx_vcpu *vcpu)
{
	static const uint8_t file[] = FILE_OF(2, 0, TEA_OP_PUSHLS, SHORT(0x1234),
		TEA_OP_POPSSA, SHORT(0), TEA_OP_EXIT);

	if (machine_start(self->teavmx, vm, TEAVMX_BACKEND_VMX, file,
			  sizeof(file), vcpu) ||
	    machine_wait(self->teavmx, vcpu, TEAVMX_VCPU_STATE_EXITED))
		return outcome_refused(self);
	if (machine_code(vcpu) == TEA_EXIT_KILL)
		return OUTCOME_ENDED;
	if (machine_code(vcpu) == TEA_EXIT_NORMAL &&
	    !memcmp(vcpu->message + TEA_MESSAGE_MIN, "\x12\x34", 2))
		return OUTCOME_RIGHT;
	return outcome_wrong("the exit code", machine_code(vcpu));
}

static enum outcome tea_guest(struct raw_data *self)
{
	struct teavmx_vcpu vcpu = { 0 };
	enum outcome outcome;
	struct teavmx_vm vm;

	if (teavmx_vm_new(self->teavmx, 0, &vm))
		return outcome_refused(self);
	outcome = outcome_of_process(self, vm.id, &vcpu);
	teavmx_vcpu_clear(&vcpu);
	return teavmx_vm_del(self->teavmx, vm.id) ?
		outcome_wrong("deleting the VM", 1) : outcome;
}

enum guest {
	GUEST_RAW,
	GUEST_TEA,
};

static const struct {
	const char *name;
	enum outcome (*run)(struct raw_data *self);
} guests[] = {
	[GUEST_RAW] = { "raw", raw_guest },
	[GUEST_TEA] = { "TEA", tea_guest },
};

static const struct {
	const char *name;
	enum vmx_failure step;
} steps[] = {
	{ "VMXON", VMX_FAIL_vmxon },
	{ "VMCLEAR", VMX_FAIL_vmclear },
	{ "VMPTRLD", VMX_FAIL_vmptrld },
	{ "INVEPT", VMX_FAIL_INVEPT },
	{ "INVVPID", VMX_FAIL_INVVPID },
	{ "VMREAD", VMX_FAIL_VMREAD },
	{ "VMWRITE", VMX_FAIL_VMWRITE },
	{ "VMLAUNCH", VMX_FAIL_VMLAUNCH },
	{ "VMRESUME", VMX_FAIL_VMRESUME },
	{ "VMXOFF before VMLAUNCH", VMX_FAIL_OFF },
	{ "CR4.VMXE that is set", VMX_FAIL_BUSY },
	{ "an enlightened VMCS", VMX_FAIL_ENLIGHTENED },
	{ "a CPU unlike the others", VMX_FAIL_UNLIKE },
};

/* With vmx=own each CPU is held until the last VM is gone, a moment after the request. */
static bool none_held(struct teavmx *teavmx)
{
	long long end = machine_ms() + RAW_PATIENCE_MS;
	struct teavmx_cpu *cpus;
	int i, count, held;

	do {
		held = 0;
		count = teavmx_cpu_list(teavmx, &cpus);
		for (i = 0; i < count; i++)
			held += cpus[i].vmx_holder == TEAVMX_VMX_HOLDER_TEAVMX;
		if (count >= 0)
			free(cpus);
		if (!held)
			return count > 0;
		usleep(1000);
	} while (machine_ms() < end);
	printf("# %d CPUs are still held\n", held);
	return false;
}

/* With vmx=share KVM may be about to enter or to leave VMX, for which a guest waits. */
static bool is_shared(struct teavmx *teavmx)
{
	struct teavmx_info info;

	return !teavmx_get_info(teavmx, NULL, &info) &&
	       !strcmp(info.vmx_mode, "share");
}

/* Returns false when the guest makes fewer than @nth of these steps. */
static bool fail_nth(struct raw_data *self, unsigned int guest,
		     unsigned int step, int nth, unsigned int *seen)
{
	enum outcome outcome;

	parameter_set(PARAMETERS "fail_nth", nth);
	parameter_set(PARAMETERS "fail_step", steps[step].step);
	outcome = guests[guest].run(self);
	parameter_set(PARAMETERS "fail_step", 0);
	seen[outcome]++;
	if (outcome == OUTCOME_WRONG)
		printf("# %s guest, %s %d\n", guests[guest].name,
		       steps[step].name, nth);
	return parameter_get(PARAMETERS "fail_nth") <= 0;
}

static void fail_each(struct __test_metadata *_metadata, struct raw_data *self,
		      unsigned int guest, unsigned int step)
{
	unsigned int seen[OUTCOMES] = { 0 };
	int nth;

	for (nth = 1; fail_nth(self, guest, step, nth, seen); nth++) {
		EXPECT_TRUE(none_held(self->teavmx));
		EXPECT_EQ(OUTCOME_RIGHT, guests[guest].run(self)) {
			TH_LOG("%s guest after %s %d", guests[guest].name,
			       steps[step].name, nth);
		}
		EXPECT_TRUE(none_held(self->teavmx));
	}
	EXPECT_EQ(0, seen[OUTCOME_WRONG]);
	/* The TEA guest ends in one run, so it has no VMRESUME, and it has no VPID. */
	if (guest == GUEST_RAW || (steps[step].step != VMX_FAIL_INVVPID &&
				   steps[step].step != VMX_FAIL_VMRESUME))
		EXPECT_LT(1, nth);
	if (steps[step].step == VMX_FAIL_BUSY && is_shared(self->teavmx))
		EXPECT_EQ(0, seen[OUTCOME_REFUSED] + seen[OUTCOME_ENDED]);
	printf("# %s guest: %d times %s failed: %u right, %u refused, %u ended\n",
	       guests[guest].name, nth - 1, steps[step].name,
	       seen[OUTCOME_RIGHT] - 1, seen[OUTCOME_REFUSED],
	       seen[OUTCOME_ENDED]);
}

TEST_F_TIMEOUT(raw, each_step_fails_once, 900)
{
	unsigned int step;

	if (access(PARAMETERS "fail_step", W_OK))
		SKIP(return, "the module was not built with INJECT=1");
	for (step = 0; step < COUNT(steps); step++) {
		fail_each(_metadata, self, GUEST_RAW, step);
		fail_each(_metadata, self, GUEST_TEA, step);
	}
	EXPECT_TRUE(machine_vms(self->teavmx, 0));
}

TEST_HARNESS_MAIN
