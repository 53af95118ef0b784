// SPDX-License-Identifier: GPL-2.0-only
/*
 * A guest that does not do what its interpreter does: it begins anywhere in the
 * interpreter's code, and so writes random values into its registers and
 * breakpoints, and calls its host with random values. Needs VMX and a module
 * loaded with vmx_break=1.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <module/tea/guest/layout.h>
#include <uapi/regs.h>
#include <uapi/vmcs.h>

#include "kselftest_harness.h"
#include "machine.h"

/* Each place of the part that calls the host, then any place */
#define NEAR_ROUNDS	300
#define ROUNDS		400
#define STACK_SIZE	64
#define CODE_SPAN	0x3000

static bool in_range(const struct teavmx_register *list, size_t count)
{
	return teavmx_reg_get(list, count, TEAVMX_REG_TEA_CP) <= 0xFFFF &&
	       teavmx_reg_get(list, count, TEAVMX_REG_TEA_SP) <= STACK_SIZE &&
	       !(teavmx_reg_get(list, count, TEAVMX_REG_TEA_FLAGS) &
		 ~(uint64_t)(TEA_FLAG_N | TEA_FLAG_Z | TEA_FLAG_C));
}

/*
 * Stops, exits, or has to be killed; false when its registers are out of range. One that
 * is as it should be always stops.
 */
static bool one_round(struct teavmx *teavmx, uint32_t vm, uint64_t rip,
		      bool sound, bool *stopped)
{
	const struct teavmx_vmcs_write write = { VMCS_FIELD_GUEST_RIP, rip };
	const struct teavmx_program params = {
		.backend = TEAVMX_BACKEND_VMX,
		.stack_size = STACK_SIZE,
		.program = program_push_loop,
		.program_size = sizeof(program_push_loop),
		.debug = true,
		.writes = &write,
		.write_count = 1,
	};
	struct teavmx_register *list;
	struct teavmx_vcpu vcpu;
	bool good = true;
	int count;

	*stopped = false;
	if (teavmx_vcpu_new(teavmx, vm, &params, &vcpu))
		return false;
	teavmx_vcpu_run(teavmx, vm, vcpu.id);
	usleep(5000);
	teavmx_vcpu_pause(teavmx, vm, vcpu.id);
	if (sound)
		machine_wait(teavmx, &vcpu, TEAVMX_VCPU_STATE_PAUSED);
	else
		usleep(5000);
	count = teavmx_regs_get(teavmx, vm, vcpu.id, &list);
	*stopped = count > 0;
	if (count > 0) {
		good = in_range(list, (size_t)count);
		free(list);
	}
	teavmx_vcpu_kill(teavmx, vm, vcpu.id);
	good = good && !machine_wait(teavmx, &vcpu, TEAVMX_VCPU_STATE_EXITED);
	teavmx_vcpu_clear(&vcpu);
	return good;
}

TEST(guests_that_begin_anywhere)
{
	struct teavmx *teavmx = machine_open();
	unsigned int stops = 0;
	struct teavmx_info info;
	struct teavmx_vm vm;
	unsigned int i;
	bool stopped = false;

	ASSERT_EQ(0, teavmx_get_info(teavmx, NULL, &info));
	if (!info.vmx)
		SKIP(return, "%s", info.vmx_missing);
	ASSERT_EQ(0, teavmx_vm_new(teavmx, 0, &vm));
	srandom(1);
	for (i = 0; i < ROUNDS; i++) {
		uint64_t rip = GUEST_TEXT + (i < NEAR_ROUNDS ? i :
					     (uint64_t)random() % CODE_SPAN);

		/* The first one is as it should be. */
		EXPECT_TRUE(one_round(teavmx, vm.id, rip, !i, &stopped));
		EXPECT_TRUE(i || stopped);
		stops += stopped;
	}
	printf("# %u of %u have stopped in order\n", stops, ROUNDS);
	teavmx_close(teavmx);
}

TEST_HARNESS_MAIN
