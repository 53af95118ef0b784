// SPDX-License-Identifier: GPL-2.0-only
/*
 * A kernel that is locked down after the module was loaded with vmx_break=1: no
 * field of a VMCS can be written any more. Nothing undoes the lockdown, so this
 * is the last test of a machine.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "expect.h"

#define LOCKDOWN	"/sys/kernel/security/lockdown"

static int lock_down(void)
{
	static const char level[] = "integrity";
	int fd;

	/* It may be mounted already. */
	mount("securityfs", "/sys/kernel/security", "securityfs", 0, NULL);
	fd = open(LOCKDOWN, O_WRONLY);
	if (fd < 0)
		return -1;
	if (write(fd, level, strlen(level)) < 0) {
		close(fd);
		return -1;
	}
	return close(fd);
}

TEST(no_vmcs_writes_under_lockdown)
{
	const struct teavmx_vmcs_write write = { 0x6c16, 0 };
	const struct teavmx_program program = {
		.backend = TEAVMX_BACKEND_SOFT,
		.program = program_exit,
		.program_size = sizeof(program_exit),
		.writes = &write,
		.write_count = 1,
	};
	struct teavmx *teavmx = machine_open();
	struct teavmx_vcpu vcpu;
	struct teavmx_vm vm;

	ASSERT_EQ(0, teavmx_vm_new(teavmx, 0, &vm));
	ASSERT_EQ(0, teavmx_vcpu_new(teavmx, vm.id, &program, &vcpu));
	teavmx_vcpu_clear(&vcpu);
	if (lock_down())
		SKIP(return, "this kernel has no lockdown");
	EXPECT_EQ(-1, teavmx_vcpu_new(teavmx, vm.id, &program, &vcpu));
	EXPECT_ERROR(EPERM, teavmx);
	EXPECT_NE(NULL, strstr(teavmx_error(teavmx)->message, "locked down"));
	teavmx_close(teavmx);
}

TEST_HARNESS_MAIN
