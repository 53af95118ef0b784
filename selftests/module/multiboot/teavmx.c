// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <error.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <uapi/regs.h>
#include <uapi/vmx.h>

#include "machine.h"

/*
 * MSRs that the module leaves to host programs, and their first values: APIC_BASE,
 * enabled, of the bootstrap processor; MISC_ENABLE
 */
static const struct teavmx_register msrs[] = {
	{ 0x1b, APIC_BASE | 0x900 },
	{ 0x1a0, 0x1801 },
};

#define RFLAGS_FIRST		0x2
/* The vCPU runs in a thread: time between two reads of its state, in us */
#define NAP			500

struct guest {
	struct pc *pc;
	struct teavmx *teavmx;
	struct teavmx_vm vm;
	uint32_t vcpu;
	struct teavmx_page page;
	bool window;
};

static void check(const struct guest *guest, int err)
{
	if (err < 0)
		error(CANNOT_RUN, 0, "%s", teavmx_error(guest->teavmx)->message);
}

/* An exit for an interrupt window is wanted while the APIC has an interrupt. */
static void window_want(struct guest *guest, bool wanted)
{
	uint8_t *byte = &guest->vm.host_reasons[VMX_EXIT_INTERRUPT_WINDOW / 8];
	uint8_t bit = 1u << VMX_EXIT_INTERRUPT_WINDOW % 8;

	if (guest->window == wanted)
		return;
	guest->window = wanted;
	*byte = wanted ? *byte | bit : *byte & ~bit;
	check(guest, teavmx_host_reasons(guest->teavmx, guest->vm.id,
					 guest->vm.host_reasons));
}

static void guest_inject(struct guest *guest, uint8_t vector, uint8_t type)
{
	const struct teavmx_inject event = { .vector = vector, .type = type };

	check(guest, teavmx_inject(guest->teavmx, guest->vm.id, guest->vcpu,
				   &event));
}

static void on_memory(void *data, uint32_t vcpu, struct teavmx_mmio *mmio)
{
	struct guest *guest = data;
	struct apic *apic = &guest->pc->apic;

	pc_memory(guest->pc, vcpu, mmio);
	if (apic->nmi)
		guest_inject(guest, 2, VMX_INTR_TYPE_NMI);
	apic->nmi = false;
	window_want(guest, apic_waiting(apic) >= 0);
}

static uint32_t on_in(void *data, uint32_t vcpu, uint16_t port, unsigned int size)
{
	struct guest *guest = data;

	return pc_in(guest->pc, vcpu, port, size);
}

static bool on_out(void *data, uint32_t vcpu, uint16_t port, unsigned int size,
		   uint32_t value)
{
	struct guest *guest = data;

	return pc_out(guest->pc, vcpu, port, size, value);
}

static enum teavmx_answer on_other(void *data, const struct teavmx_record *exit)
{
	struct guest *guest = data;
	struct apic *apic = &guest->pc->apic;
	int vector;

	switch (exit->reason & VMX_EXIT_BASIC_MASK) {
	case VMX_EXIT_INTERRUPT_WINDOW:
		vector = apic_accept(apic);
		if (vector >= 0)
			guest_inject(guest, (uint8_t)vector, VMX_INTR_TYPE_EXTERNAL_INTERRUPT);
		window_want(guest, apic_waiting(apic) >= 0);
		return TEAVMX_ANSWER_AGAIN;
	case VMX_EXIT_HLT:
		return apic_waiting(apic) >= 0 ? TEAVMX_ANSWER_DONE :
						 TEAVMX_ANSWER_STAY;
	default:
		return TEAVMX_ANSWER_STAY;
	}
}

static void guest_create(struct guest *guest, const char *path, char **arguments)
{
	struct teavmx_register first[] = {
		{ TEAVMX_REG_RAX, MULTIBOOT_LOADED },
		{ TEAVMX_REG_RBX, PC_INFO },
		{ TEAVMX_REG_RFLAGS, RFLAGS_FIRST },
	};
	struct teavmx_vcpu vcpu;
	struct teavmx_error error_of_open;
	size_t size = 0;
	int fd;

	guest->teavmx = teavmx_open(&error_of_open);
	if (!guest->teavmx)
		error(CANNOT_RUN, 0, "%s", error_of_open.message);
	check(guest, teavmx_raw_new(guest->teavmx, 0, PC_RAM_SIZE, &guest->vm));
	check(guest, teavmx_msr_keep(guest->teavmx, guest->vm.id, msrs,
				     sizeof(msrs) / sizeof(*msrs)));
	fd = teavmx_ram_open(guest->teavmx, guest->vm.id, &size);
	check(guest, fd);
	guest->pc->ram = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (guest->pc->ram == MAP_FAILED)
		error(CANNOT_RUN, errno, "RAM");
	check(guest, teavmx_raw_vcpu_new(guest->teavmx, guest->vm.id, &vcpu));
	guest->vcpu = vcpu.id;
	teavmx_vcpu_clear(&vcpu);
	check(guest, teavmx_mode_enter(guest->teavmx, guest->vm.id, guest->vcpu,
				       TEAVMX_MODE_PROTECTED,
				       pc_load(guest->pc, path, arguments), 0,
				       PC_TABLES));
	check(guest, teavmx_regs_set(guest->teavmx, guest->vm.id, guest->vcpu, first,
				     sizeof(first) / sizeof(*first)));
	check(guest, teavmx_vm_get(guest->teavmx, guest->vm.id, &guest->vm));
	check(guest, teavmx_page_open(guest->teavmx, guest->vm.id, guest->vcpu,
				      &guest->page));
}

/* Events are not read: most exits follow within the slice that a request runs. */
static void guest_wait(struct guest *guest)
{
	while (guest->page.shared->state == TEAVMX_VCPU_STATE_RUNNING) {
		usleep(NAP);
		check(guest, teavmx_page_show(&guest->page));
	}
}

static void guest_stuck(struct guest *guest, const struct teavmx_slice *slice)
{
	char text[128] = "an instruction that cannot be read";
	uint32_t reason = slice->exit.reason & VMX_EXIT_BASIC_MASK;

	if (!slice->has_exit)
		error(STUCK, 0, "stopped: %s", teavmx_stop_name(slice->stop));
	teavmx_disassemble(guest->teavmx, guest->vm.id, guest->vcpu, text, sizeof(text));
	error(STUCK, 0, "stopped: %s at 0x%llx: %s", vmx_exit_reason_name(reason),
	      (unsigned long long)slice->exit.rip, text);
}

static void guest_run(struct guest *guest)
{
	struct teavmx_slice slice;
	const struct teavmx_answers answers = {
		.in = on_in,
		.out = on_out,
		.memory = on_memory,
		.other = on_other,
		.page = &guest->page,
	};
	int on;

	check(guest, teavmx_page_continue(&guest->page));
	do {
		guest_wait(guest);
		teavmx_page_slice(&guest->page, &slice);
		on = slice.has_exit ? teavmx_answer(guest->teavmx, &slice.exit,
						    &answers, guest) : 0;
		if (on < 0)
			error(0, 0, "%s", teavmx_error(guest->teavmx)->message);
	} while (on > 0);
	if (!guest->pc->board.ended)
		guest_stuck(guest, &slice);
}

void teavmx_machine(struct pc *pc, const char *path, char **arguments)
{
	struct guest guest = { .pc = pc };

	guest_create(&guest, path, arguments);
	guest_run(&guest);
	teavmx_page_close(&guest.page);
	teavmx_close(guest.teavmx);
}
