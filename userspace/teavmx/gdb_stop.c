// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>
#include <string.h>

#include <uapi/regs.h>
#include <uapi/vmx.h>

#include "first_fault.h"
#include "gdb_vm.h"
#include "last_exit.h"
#include "output.h"

#define INTR_VECTOR	0xffu
#define INTR_VALID	0x80000000u
#define VECTOR_BP	3

int gdb_vm_exit(struct gdb_vm *target, struct gdb_vcpu *vcpu)
{
	if (vcpu->has_exit)
		return 0;
	if (last_exit_read(target->teavmx, target->vm, vcpu->id, vcpu->stop,
			   &vcpu->exit))
		return gdb_vm_fail(target);
	vcpu->has_exit = true;
	return 0;
}

static bool is_exit(struct gdb_vm *target, struct gdb_vcpu *vcpu,
		    uint32_t reason)
{
	return vcpu->state == TEAVMX_VCPU_STATE_PAUSED &&
	       vcpu->stop == TEAVMX_STOP_EXIT && !gdb_vm_exit(target, vcpu) &&
	       vcpu->exit.reason == reason;
}

bool gdb_vm_is_halted(struct gdb_vm *target, struct gdb_vcpu *vcpu)
{
	return is_exit(target, vcpu, VMX_EXIT_HLT);
}

/* The guest-physical address of the next instruction */
static int rip_physical(struct gdb_vm *target, const struct gdb_vcpu *vcpu,
			uint64_t *physical)
{
	struct teavmx_register *list;
	uint64_t linear;
	int count = teavmx_regs_get(target->teavmx, target->vm, vcpu->id, &list);
	int err;

	if (count < 0)
		return gdb_vm_fail(target);
	/* The processor ignores the base of CS in 64-bit mode, where it is 0. */
	linear = teavmx_reg_get(list, (size_t)count, TEAVMX_REG_CS_BASE) +
		 teavmx_reg_get(list, (size_t)count, TEAVMX_REG_RIP);
	err = teavmx_translate(target->teavmx, target->vm, list, (size_t)count,
			       linear, physical);
	free(list);
	return err ? gdb_vm_fail(target) : 0;
}

int gdb_vm_is_trap(struct gdb_vm *target, struct gdb_vcpu *vcpu, bool *ours)
{
	uint64_t physical;

	*ours = false;
	if (!is_exit(target, vcpu, VMX_EXIT_EXCEPTION_NMI) ||
	    !(vcpu->exit.intr_info & INTR_VALID) ||
	    (vcpu->exit.intr_info & INTR_VECTOR) != VECTOR_BP)
		return 0;
	if (!vcpu->trapped && rip_physical(target, vcpu, &physical))
		return -1;
	vcpu->trapped = vcpu->trapped ||
			gdb_points_find(&target->points, physical);
	*ours = vcpu->trapped;
	return 1;
}

static enum gdb_signal signal_of_vector(unsigned int vector)
{
	switch (vector) {
	case 0:
	case 16:
	case 19:
		return GDB_SIGNAL_FPE;
	case 6:
		return GDB_SIGNAL_ILL;
	case 10:
	case 11:
	case 12:
	case 13:
	case 14:
		return GDB_SIGNAL_SEGV;
	case 17:
		return GDB_SIGNAL_BUS;
	default:
		return GDB_SIGNAL_TRAP;
	}
}

static enum gdb_signal signal_of_exit(const struct teavmx_record *exit)
{
	if (exit->reason == VMX_EXIT_TRIPLE_FAULT)
		return GDB_SIGNAL_SEGV;
	if (exit->reason == VMX_EXIT_EXCEPTION_NMI &&
	    exit->intr_info & INTR_VALID)
		return signal_of_vector(exit->intr_info & INTR_VECTOR);
	return GDB_SIGNAL_TRAP;
}

/*
 * Executes the instruction again. Records that were not read yet are of earlier stops, and
 * the search must not take them for those of its own runs.
 */
static bool first_fault(struct gdb_vm *target, const struct teavmx_record *fault,
			struct teavmx_record *first)
{
	struct teavmx_vm vm;

	return !teavmx_vm_get(target->teavmx, target->vm, &vm) &&
	       !teavmx_event_watch(target->teavmx, target->vm, vm.next_seq) &&
	       !first_fault_look(target->teavmx, fault, first);
}

static void text_of_exit(struct gdb_vm *target, const struct gdb_vcpu *vcpu,
			 struct gdb_stop *stop)
{
	const struct teavmx_record *exit = &vcpu->exit;
	char decoded[OUTPUT_DECODED_MAX / 2];
	struct teavmx_record first;
	char number[16];
	size_t used;

	teavmx_decode_exit(exit, decoded, sizeof(decoded));
	used = (size_t)snprintf(stop->text, sizeof(stop->text),
				"vCPU %u: VMX exit %u %s%s%s\n", vcpu->id,
				exit->reason & VMX_EXIT_BASIC_MASK,
				output_reason(exit->reason, number, sizeof(number)),
				decoded[0] ? ": " : "", decoded);
	if (exit->reason != VMX_EXIT_TRIPLE_FAULT ||
	    !first_fault(target, exit, &first) ||
	    !teavmx_decode_exit(&first, decoded, sizeof(decoded)))
		return;
	snprintf(stop->text + used, sizeof(stop->text) - used,
		 "vCPU %u: first exception: %s\n", vcpu->id, decoded);
}

static int explain_exit(struct gdb_vm *target, struct gdb_vcpu *vcpu,
			struct gdb_stop *stop)
{
	bool ours;
	int trap = gdb_vm_is_trap(target, vcpu, &ours);

	if (trap < 0 || gdb_vm_exit(target, vcpu))
		return -1;
	if (trap && ours) {
		stop->cause = GDB_CAUSE_SOFTWARE;
		return 0;
	}
	stop->signal = signal_of_exit(&vcpu->exit);
	text_of_exit(target, vcpu, stop);
	return 0;
}

static int explain_failure(struct gdb_vm *target, struct gdb_vcpu *vcpu,
			   struct gdb_stop *stop)
{
	char cause[256];

	if (gdb_vm_exit(target, vcpu))
		return -1;
	stop->signal = GDB_SIGNAL_ABRT;
	if (!output_failed_entry(&vcpu->exit, cause, sizeof(cause)))
		snprintf(cause, sizeof(cause), "VM entry failed");
	snprintf(stop->text, sizeof(stop->text), "vCPU %u: %s\n", vcpu->id,
		 cause);
	return 0;
}

int gdb_vm_explain(struct gdb_vm *target, struct gdb_vcpu *vcpu,
		   struct gdb_stop *stop)
{
	memset(stop, 0, sizeof(*stop));
	stop->thread = vcpu->id;
	stop->signal = GDB_SIGNAL_TRAP;
	switch (vcpu->stop) {
	case TEAVMX_STOP_EXIT:
		return explain_exit(target, vcpu, stop);
	case TEAVMX_STOP_FAIL:
		return explain_failure(target, vcpu, stop);
	case TEAVMX_STOP_BREAKPOINT:
		return gdb_points_hit(target, vcpu, stop);
	default:
		return 0;
	}
}
