/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A VM of TEA processes on each backend. A program may define before it includes
 * this: TEA_FIXTURE, the name of the fixture; TEA_VM_FLAGS, flags of the VM.
 */
#ifndef _TEA_FIXTURE_H
#define _TEA_FIXTURE_H

#include "expect.h"

#ifndef TEA_FIXTURE
#define TEA_FIXTURE tea
#endif
#ifndef TEA_VM_FLAGS
#define TEA_VM_FLAGS 0
#endif

EXPECT_EXPAND(FIXTURE, TEA_FIXTURE)
{
	struct teavmx *teavmx;
	enum teavmx_backend backend;
	uint32_t vm;
};

EXPECT_EXPAND(FIXTURE_VARIANT, TEA_FIXTURE)
{
	enum teavmx_backend backend;
};

EXPECT_EXPAND(FIXTURE_VARIANT_ADD, TEA_FIXTURE, soft)
{
	.backend = TEAVMX_BACKEND_SOFT,
};

EXPECT_EXPAND(FIXTURE_VARIANT_ADD, TEA_FIXTURE, vmx)
{
	.backend = TEAVMX_BACKEND_VMX,
};

EXPECT_EXPAND(FIXTURE_SETUP, TEA_FIXTURE)
{
	struct teavmx_vm vm;

	self->teavmx = machine_open();
	self->backend = variant->backend;
	if (self->backend == TEAVMX_BACKEND_VMX)
		NEED_VMX(self->teavmx);
	ASSERT_EQ(0, teavmx_vm_new(self->teavmx, TEA_VM_FLAGS, &vm));
	self->vm = vm.id;
}

EXPECT_EXPAND(FIXTURE_TEARDOWN, TEA_FIXTURE)
{
	teavmx_close(self->teavmx);
}

#endif
