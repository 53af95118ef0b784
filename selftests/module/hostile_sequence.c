// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>

#include "hostile_guest.h"
#include "hostile_sequence.h"

/* Bits of the qualification of EPT violations that each processor defines */
#define EPT_DEFINED		0x1bf

/* In the instruction information: the operand is a register */
#define REGISTER_OPERAND	0x400

/* In interruption information and IDT-vectoring information: that of INT1 */
#define TYPE_MASK	0x700
#define TYPE_INT1	(VMX_INTR_TYPE_PRIVILEGED_SOFTWARE_EXCEPTION << 8)

static bool is_of_host(const struct teavmx_record *record)
{
	return record->reason == VMX_EXIT_EXTERNAL_INTERRUPT ||
	       record->reason == VMX_EXIT_PREEMPTION_TIMER;
}

static bool is_of_int1(uint32_t info)
{
	return info >> 31 && (info & TYPE_MASK) == TYPE_INT1;
}

/*
 * KVM loses an exception of INT1 whose delivery exits (__vmx_complete_interrupts() has no
 * case for it), so the guest executes INT1 again. It does so until the delivery needs
 * no exit. Such exits are left out, and so is the exception where an exit interrupts it.
 */
static bool is_int1(const struct teavmx_record *exit)
{
	return exit->reason == VMX_EXIT_EXCEPTION_NMI &&
	       is_of_int1(exit->intr_info);
}

static const char *reason_name(uint32_t reason)
{
	return vmx_exit_reason_name(reason & 0xffff) ?: "?";
}

static void exit_show(const struct hostile_sequence *sequence,
		      const struct teavmx_record *exit)
{
	printf("#   exit %u %s 0x%x rip %llx qualification %llx physical %llx linear %llx",
	       sequence->count, reason_name(exit->reason), exit->reason,
	       (unsigned long long)exit->rip,
	       (unsigned long long)exit->qualification,
	       (unsigned long long)exit->guest_physical,
	       (unsigned long long)exit->linear);
	printf(" length %u info %x event %x error %x vectoring %x error %x\n",
	       exit->instruction_length, exit->instruction_info,
	       exit->intr_info, exit->intr_error, exit->idt_vectoring,
	       exit->idt_error);
}

uint64_t hostile_qualification(const struct teavmx_record *exit)
{
	switch (exit->reason) {
	case VMX_EXIT_EPT_VIOLATION:
		return exit->qualification & EPT_DEFINED;
	case VMX_EXIT_GDTR_IDTR:
	case VMX_EXIT_LDTR_TR:
	case VMX_EXIT_VMREAD:
	case VMX_EXIT_VMWRITE:
		return exit->instruction_info & REGISTER_OPERAND ?
		       0 : exit->qualification;
	default:
		return exit->qualification;
	}
}

static void exit_add(struct hostile_sequence *sequence,
		     const struct teavmx_record *exit)
{
	bool int1 = is_of_int1(exit->idt_vectoring);
	const uint64_t words[] = {
		exit->reason, hostile_qualification(exit), exit->rip,
		exit->guest_physical, exit->linear,
		int1 ? 0 : exit->instruction_length, exit->instruction_info,
		exit->intr_info, exit->intr_error,
		int1 ? 0 : exit->idt_vectoring, exit->idt_error,
	};

	if (is_int1(exit))
		return;

	sequence->hash = hostile_hash(sequence->hash, words, sizeof(words));
	sequence->count++;
}

static void record_add(const struct teavmx_record *record, void *data)
{
	struct hostile_sequence *sequence = data;

	sequence->lost += record->seq - sequence->next;
	sequence->next = record->seq + 1;
	if (record->type != TEAVMX_EVENT_TYPE_VMX_EXIT || is_of_host(record))
		return;
	if (sequence->show)
		exit_show(sequence, record);
	exit_add(sequence, record);
}

int hostile_sequence_read(struct hostile_sequence *sequence,
			  struct teavmx *teavmx, uint32_t vm)
{
	uint64_t seq = 1;
	int count;

	*sequence = (struct hostile_sequence){ .show = sequence->show, .next = 1 };
	do {
		count = teavmx_event_get(teavmx, vm, &seq, record_add, sequence);
	} while (count > 0);
	return count;
}
