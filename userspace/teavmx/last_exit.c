// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>
#include <string.h>

#include <uapi/vmcs.h>
#include <uapi/vmx.h>
#include <uapi/vmx_exit_fields.h>

#include "last_exit.h"

static void take_field(struct teavmx_record *exit, uint32_t field,
		       uint64_t value)
{
	switch (field) {
	case VMCS_FIELD_EXIT_REASON:
		exit->reason = (uint32_t)value;
		break;
	case VMCS_FIELD_EXIT_QUALIFICATION:
		exit->qualification = value;
		break;
	case VMCS_FIELD_GUEST_PHYSICAL_ADDRESS:
		exit->guest_physical = value;
		break;
	case VMCS_FIELD_GUEST_RIP:
		exit->rip = value;
		break;
	case VMCS_FIELD_EXIT_INSTRUCTION_LENGTH:
		exit->instruction_length = (uint32_t)value;
		break;
	case VMCS_FIELD_EXIT_INTERRUPTION_INFO:
		exit->intr_info = (uint32_t)value;
		break;
	case VMCS_FIELD_IDT_VECTORING_INFO:
		exit->idt_vectoring = (uint32_t)value;
		break;
	case VMCS_FIELD_INSTRUCTION_ERROR:
		exit->instruction_error = (uint32_t)value;
		break;
	}
}

/* A VMCS has every field after every exit; a record has the defined ones. */
static void drop_undefined(struct teavmx_record *exit)
{
	unsigned int fields = vmx_exit_fields(exit->reason, exit->qualification,
					      exit->intr_info,
					      exit->idt_vectoring);

	if (!(fields & VMX_FIELD_PHYSICAL))
		exit->guest_physical = 0;
	if (!(fields & VMX_FIELD_LENGTH))
		exit->instruction_length = 0;
	if (fields & VMX_FIELD_INTR)
		exit->has |= 1u << TEAVMX_A_RECORD_INTR_INFO;
	else
		exit->intr_info = 0;
	if (fields & VMX_FIELD_VECTORING)
		exit->has |= 1u << TEAVMX_A_RECORD_IDT_VECTORING_INFO;
	else
		exit->idt_vectoring = 0;
}

int last_exit_read(struct teavmx *teavmx, uint32_t vm, uint32_t vcpu,
		   uint32_t stop, struct teavmx_record *exit)
{
	struct teavmx_vmcs_write *fields;
	int count = teavmx_vmcs_get(teavmx, vm, vcpu, &fields);
	int i;

	if (count < 0)
		return -1;
	memset(exit, 0, sizeof(*exit));
	exit->vm = vm;
	exit->vcpu = vcpu;
	for (i = 0; i < count; i++)
		take_field(exit, fields[i].field, fields[i].value);
	free(fields);
	drop_undefined(exit);
	/* Without an exit since, the VMCS has the reason of the exit before. */
	exit->type = stop == TEAVMX_STOP_FAIL &&
		     !(exit->reason & VMX_EXIT_FLAG(ENTRY_FAILURE)) ?
		     TEAVMX_EVENT_TYPE_VMX_FAIL : TEAVMX_EVENT_TYPE_VMX_EXIT;
	return 0;
}
