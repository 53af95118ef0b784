// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "expect.h"

FIXTURE(info)
{
	struct teavmx *teavmx;
	struct teavmx_info info;
};

FIXTURE_SETUP(info)
{
	self->teavmx = machine_open();
	ASSERT_EQ(0, teavmx_get_info(self->teavmx, NULL, &self->info));
}

FIXTURE_TEARDOWN(info)
{
	teavmx_close(self->teavmx);
}

TEST_F(info, version)
{
	struct teavmx_info info;

	EXPECT_STREQ(TEAVMX_VERSION, self->info.version);
	EXPECT_EQ(NULL, teavmx_warning(self->teavmx));
	ASSERT_EQ(0, teavmx_get_info(self->teavmx, TEAVMX_VERSION, &info));
	EXPECT_EQ(NULL, teavmx_warning(self->teavmx));
}

TEST_F(info, another_version_gives_a_warning)
{
	struct teavmx_info info;

	ASSERT_EQ(0, teavmx_get_info(self->teavmx, "0.0.1", &info));
	ASSERT_NE(NULL, teavmx_warning(self->teavmx));
	EXPECT_NE(NULL, strstr(teavmx_warning(self->teavmx), "version"));
	EXPECT_STREQ(TEAVMX_VERSION, info.version);
}

TEST_F(info, limits)
{
	EXPECT_EQ(0, self->info.vms);
	EXPECT_LT(0, self->info.max_vms);
	EXPECT_LE(20, self->info.max_vcpus);
	EXPECT_LT(0, self->info.log_size);
}

TEST_F(info, counts_vms)
{
	struct teavmx_info info;
	struct teavmx_vm vm;

	ASSERT_EQ(0, teavmx_vm_new(self->teavmx, 0, &vm));
	ASSERT_EQ(0, teavmx_get_info(self->teavmx, NULL, &info));
	EXPECT_EQ(self->info.vms + 1, info.vms);
	ASSERT_EQ(0, teavmx_vm_del(self->teavmx, vm.id));
	EXPECT_TRUE(machine_vms(self->teavmx, self->info.vms));
}

/* Either it can, on some CPUs, or there is a message why it cannot. */
TEST_F(info, vmx_or_the_reason_why_not)
{
	EXPECT_EQ(machine_cpu_has("vmx"), self->info.vmx);
	if (self->info.vmx) {
		EXPECT_LT(0, self->info.vmx_cpus);
		EXPECT_GE(sysconf(_SC_NPROCESSORS_ONLN), self->info.vmx_cpus);
		EXPECT_STREQ("", self->info.vmx_missing);
	} else {
		EXPECT_EQ(0, self->info.vmx_cpus);
		EXPECT_LT(10, strlen(self->info.vmx_missing));
	}
}

TEST_F(info, no_silent_fallback)
{
	const struct teavmx_program program = {
		.backend = TEAVMX_BACKEND_VMX,
		.program = program_exit,
		.program_size = sizeof(program_exit),
	};
	const struct teavmx_error *error = teavmx_error(self->teavmx);
	struct teavmx_vcpu vcpu;
	struct teavmx_vm vm;

	if (self->info.vmx)
		SKIP(return, "this CPU has VMX");
	ASSERT_EQ(0, teavmx_vm_new(self->teavmx, 0, &vm));
	ASSERT_EQ(-1, teavmx_vcpu_new(self->teavmx, vm.id, &program, &vcpu));
	EXPECT_ERROR(EOPNOTSUPP, self->teavmx);
	EXPECT_EQ(TEAVMX_ENGINE, error->status);
	EXPECT_NE(NULL, strstr(error->message, self->info.vmx_missing));
	EXPECT_EQ(0, machine_run(self->teavmx, TEAVMX_BACKEND_SOFT,
				 program_exit, sizeof(program_exit), &vcpu));
	EXPECT_TEA_EXIT(NORMAL, machine_code(&vcpu));
}

TEST_HARNESS_MAIN
