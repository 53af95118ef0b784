// SPDX-License-Identifier: GPL-2.0-only
#include "vmcs_read.h"
#include "load.h"
#include "run.h"
#include "vmcs.h"

#include <linux/build_bug.h>
#include <linux/kernel.h>

#include <uapi/vmcs.h>

/*
 * The fields of a VMCS for the reply to VMCS_GET. Fields that hold addresses of
 * the host are left out, as they would reveal where the kernel is.
 */

static const u32 fields[] = {
	/*
	 * This field is read first: a VMREAD of a field that the processor does
	 * not support fails and writes the VM-instruction error.
	 */
	VMCS_FIELD_INSTRUCTION_ERROR,
#define FIELD(name, encoding, text) (encoding),
	VMCS_FIELDS_CONTROL_16(FIELD)
	VMCS_FIELDS_GUEST_16(FIELD)
	VMCS_FIELDS_HOST_16(FIELD)
	VMCS_FIELD_TSC_OFFSET,
	VMCS_FIELD_VM_FUNCTION_CONTROLS,
	VMCS_FIELD_EOI_EXIT_BITMAP_0,
	VMCS_FIELD_EOI_EXIT_BITMAP_1,
	VMCS_FIELD_EOI_EXIT_BITMAP_2,
	VMCS_FIELD_EOI_EXIT_BITMAP_3,
	VMCS_FIELD_XSS_EXITING_BITMAP,
	VMCS_FIELD_ENCLS_EXITING_BITMAP,
	VMCS_FIELD_TSC_MULTIPLIER,
	VMCS_FIELD_TERTIARY_CONTROLS,
	VMCS_FIELDS_READ_ONLY_64(FIELD)
	VMCS_FIELDS_GUEST_64(FIELD)
	VMCS_FIELDS_HOST_64(FIELD)
	VMCS_FIELDS_CONTROL_32(FIELD)
	VMCS_FIELDS_READ_ONLY_32(FIELD)
	VMCS_FIELDS_GUEST_32(FIELD)
	VMCS_FIELDS_HOST_32(FIELD)
	VMCS_FIELDS_CONTROL_NATURAL(FIELD)
	VMCS_FIELDS_READ_ONLY_NATURAL(FIELD)
	VMCS_FIELDS_GUEST_NATURAL(FIELD)
	VMCS_FIELD_HOST_CR0,
	VMCS_FIELD_HOST_CR4,
};

static_assert(ARRAY_SIZE(fields) <= VMCS_FIELDS_MAX);

static int read_all(struct vmx_vcpu *vmx, void *data)
{
	struct vmcs_picture *vmcs = data;
	unsigned int i;

	/* vmx->rip is written to GUEST_RIP only before an entry. */
	vmcs_writel(GUEST_RIP, vmx->rip);
	vmcs->count = 0;
	for (i = 0; i < ARRAY_SIZE(fields); i++) {
		struct vmcs_write *to = &vmcs->list[vmcs->count];

		to->field = fields[i];
		if (i && to->field == VMCS_FIELD_INSTRUCTION_ERROR)
			continue;
		/*
		 * VMREAD fails for a field that this processor does not have.
		 */
		if (vmx_vmread(to->field, &to->value))
			vmcs->count++;
	}
	return 0;
}

/**
 * vmcs_read_all() - read all fields of a VMCS that may be shown
 * @vmx: a vCPU that does not run
 * @vmcs: receives the fields
 *
 * Context: may sleep.
 *
 * Return: 0 or a negative errno when VMX cannot be used.
 */
int vmcs_read_all(struct vmx_vcpu *vmx, struct vmcs_picture *vmcs)
{
	return vmx_with_vmcs(vmx, read_all, vmcs);
}
