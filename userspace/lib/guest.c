// SPDX-License-Identifier: LGPL-2.1-or-later
#include <cpuid.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <uapi/vmx.h>

#include "guest.h"

#define CR0_PE		0x1u
#define EVENT_VALID	0x80000000u
#define CPUID_ADDRESS_SIZES	0x80000008u
/* After so many iterations of a REP instruction the guest runs again. */
#define ITERATIONS_MAX	4096

static int live_memory(void *data, struct teavmx_mmio *mmio)
{
	struct teavmx_live *live = data;

	if (!mmio->write)
		mmio->value = UINT64_MAX;
	if (live->answers && live->answers->memory)
		live->answers->memory(live->answers_data, live->vcpu, mmio);
	return 0;
}

static int live_port(void *data, bool out, uint16_t port, unsigned int size,
		     uint32_t *value)
{
	struct teavmx_live *live = data;
	const struct teavmx_answers *answers = live->answers;

	if (out)
		return answers->out &&
		       !answers->out(live->answers_data, live->vcpu, port,
				     size, *value);
	*value = UINT32_MAX;
	if (answers->in)
		*value = answers->in(live->answers_data, live->vcpu, port,
				     size);
	return 0;
}

static const struct emulator_ops live_ops = {
	.ram = teavmx_live_ram,
	.memory = live_memory,
	.port = live_port,
};

/* The CPUID table of a guest has the address width of the host's processor. */
static unsigned int physical_bits(void)
{
	unsigned int eax, ebx, ecx, edx;

	if (!__get_cpuid(CPUID_ADDRESS_SIZES, &eax, &ebx, &ecx, &edx))
		return 0;
	return eax & 0xff;
}

int teavmx_live_open(struct teavmx_live *live, struct teavmx *teavmx,
		     uint32_t vm, uint32_t vcpu)
{
	int count;

	memset(live, 0, sizeof(*live));
	count = teavmx_regs_get(teavmx, vm, vcpu, &live->registers);
	if (count < 0)
		return -1;
	live->teavmx = teavmx;
	live->vm = vm;
	live->vcpu = vcpu;
	live->count = (size_t)count;
	live->beyond = UINT64_MAX;
	live->emulator.ops = &live_ops;
	live->emulator.data = live;
	live->emulator.error = &teavmx->error;
	live->emulator.physical_bits = physical_bits();
	live->emulator.limit = ITERATIONS_MAX;
	emulator_import(&live->emulator.now, live->registers, live->count);
	return 0;
}

void teavmx_live_close(struct teavmx_live *live)
{
	free(live->registers);
	live->registers = NULL;
}

int teavmx_disassemble(struct teavmx *teavmx, uint32_t vm, uint32_t vcpu,
		       char *text, size_t size)
{
	struct teavmx_live live;
	int err;

	if (teavmx_live_open(&live, teavmx, vm, vcpu))
		return -1;
	err = emulator_disassemble(&live.emulator, text, size);
	teavmx_live_close(&live);
	return err == EMULATOR_DONE ? 0 : -1;
}

int teavmx_live_ram(void *data, bool write, uint64_t address, void *bytes,
		    size_t size)
{
	struct teavmx_live *live = data;
	uint8_t byte;
	int err;

	if (address >= live->beyond)
		return 1;
	if (!write)
		err = teavmx_mem_read(live->teavmx, live->vm, address, bytes,
				      size);
	else if (live->dry)
		err = teavmx_mem_read(live->teavmx, live->vm, address, &byte,
				      sizeof(byte));
	else
		err = teavmx_mem_write(live->teavmx, live->vm, address, bytes,
				       size);
	if (!err || live->teavmx->error.error != ERANGE)
		return err;
	live->beyond = address;
	return 1;
}

static int no_access(struct teavmx_live *live, const char *why)
{
	return teavmx_fail(live->emulator.error, TEAVMX_REQUEST, EOPNOTSUPP,
			   NULL,
			   "not an access to memory that a host program can emulate: %s",
			   why);
}

/* An access to RAM exits if the host had no memory for the page. */
static int check_outside(struct teavmx_live *live, uint64_t address)
{
	uint8_t byte;
	int err = live->emulator.ops->ram(live->emulator.data, false, address,
					  &byte, sizeof(byte));

	if (!err)
		return teavmx_fail(live->emulator.error, TEAVMX_REQUEST,
				   ENOMEM,
				   "the memory control group of the VM's creator is full, or the VM has as many pages as the module's parameters max_pages and max_total_pages allow",
				   "no memory for the guest's RAM at 0x%llx",
				   (unsigned long long)address);
	return err < 0 ? -1 : 0;
}

int teavmx_live_check(struct teavmx_live *live,
		      const struct teavmx_record *exit)
{
	struct teavmx_qual_ept ept = teavmx_qual_ept(exit->qualification);

	if (exit->type != TEAVMX_EVENT_TYPE_VMX_EXIT ||
	    (exit->reason & VMX_EXIT_BASIC_MASK) != VMX_EXIT_EPT_VIOLATION)
		return no_access(live, "the exit is no EPT violation");
	if (exit->idt_vectoring & EVENT_VALID)
		return no_access(live,
				 "the access belongs to the delivery of an event and not to the instruction at RIP");
	if (ept.fetch)
		return no_access(live,
				 "the guest executes where there is no RAM");
	if (ept.linear_valid && !ept.translated)
		return no_access(live,
				 "the guest's page tables are not in RAM");
	return check_outside(live, exit->guest_physical);
}

static int inject_fault(struct teavmx_live *live)
{
	const struct emulator_fault *fault = &live->emulator.fault;
	struct teavmx_inject event = {
		.vector = fault->vector,
		.type = VMX_INTR_TYPE_HARDWARE_EXCEPTION,
		.has_error = vmx_vector_has_error_code(fault->vector),
		.error = fault->error,
	};

	if (!(live->emulator.now.reg[TEAVMX_REG_CR0] & CR0_PE))
		event.has_error = false;
	return teavmx_inject(live->teavmx, live->vm, live->vcpu, &event) < 0 ?
	       -1 : 0;
}

static int write_registers(struct teavmx_live *live)
{
	size_t count = emulator_export(&live->emulator.now, live->registers,
				       live->count);

	return count && teavmx_regs_set(live->teavmx, live->vm, live->vcpu,
					live->registers, count) ? -1 : 0;
}

void teavmx_live_commit_elements(struct teavmx_live *live)
{
	struct teavmx_error failure = *live->emulator.error;

	write_registers(live);
	*live->emulator.error = failure;
}

int teavmx_live_commit(struct teavmx_live *live, int result)
{
	if (result == EMULATOR_FAILED || write_registers(live))
		return -1;
	return result == EMULATOR_FAULT ? inject_fault(live) : 0;
}

int teavmx_live_refuse_fault(struct teavmx_live *live)
{
	const struct emulator_fault *fault = &live->emulator.fault;

	return teavmx_fail(live->emulator.error, TEAVMX_REQUEST, EFAULT, NULL,
			   "the instruction raises exception %u with error code 0x%x (CR2 0x%llx): teavmx_answer() injects it",
			   fault->vector, fault->error,
			   (unsigned long long)
			   live->emulator.now.reg[TEAVMX_REG_CR2]);
}
