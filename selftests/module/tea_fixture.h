/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A VM of TEA processes on each backend, for tests of what their programs see.
 * TEA_VM_FLAGS is defined before this is included where the VM has flags.
 */
#ifndef _TEA_FIXTURE_H
#define _TEA_FIXTURE_H

#include "kselftest_harness.h"
#include "machine.h"

#ifndef TEA_VM_FLAGS
#define TEA_VM_FLAGS 0
#endif

FIXTURE(tea)
{
	struct teavmx *teavmx;
	enum teavmx_backend backend;
	uint32_t vm;
};

FIXTURE_VARIANT(tea)
{
	enum teavmx_backend backend;
};

FIXTURE_VARIANT_ADD(tea, soft)
{
	.backend = TEAVMX_BACKEND_SOFT,
};

FIXTURE_VARIANT_ADD(tea, vmx)
{
	.backend = TEAVMX_BACKEND_VMX,
};

FIXTURE_SETUP(tea)
{
	struct teavmx_info info;
	struct teavmx_vm vm;

	self->teavmx = machine_open();
	self->backend = variant->backend;
	ASSERT_EQ(0, teavmx_get_info(self->teavmx, NULL, &info));
	if (self->backend == TEAVMX_BACKEND_VMX && !info.vmx)
		SKIP(return, "%s", info.vmx_missing);
	ASSERT_EQ(0, teavmx_vm_new(self->teavmx, TEA_VM_FLAGS, &vm));
	self->vm = vm.id;
}

FIXTURE_TEARDOWN(tea)
{
	teavmx_close(self->teavmx);
}

#endif
