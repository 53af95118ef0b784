// SPDX-License-Identifier: GPL-2.0-only
/*
 * A copy of teavmx with a file capability, which only one group may execute: its members
 * run programs without being root, as the page on installing describes. What they can
 * reach beside the module is what they could before.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <linux/capability.h>

#include "kselftest_harness.h"

#define NOBODY	65534
#define GROUP	4711
#define FOLDER	"/tmp/group"
#define COPY	FOLDER "/teavmx"
#define SECRET	FOLDER "/secret.cup"
#define OUTPUT	FOLDER "/output"
#define PROGRAM	"/usr/share/teavmx/examples/hello.cup"

/* The exit statuses of teavmx that are seen here, and that of a shell */
#define DONE		0
#define FAILED		1
#define NOT_PERMITTED	4
#define NOT_EXECUTABLE	126

static int copy_file(const char *from, const char *to, mode_t mode)
{
	int in = open(from, O_RDONLY | O_CLOEXEC);
	int out = open(to, O_WRONLY | O_CREAT | O_CLOEXEC, mode);
	struct stat stat;
	int err = -1;

	if (in >= 0 && out >= 0 && !fstat(in, &stat) &&
	    sendfile(out, in, NULL, (size_t)stat.st_size) == stat.st_size)
		err = fchmod(out, mode);
	close(in);
	close(out);
	return err;
}

/* Sets what "setcap cap_sys_admin+ep" sets. */
static int set_capability(const char *path)
{
	struct vfs_cap_data data = {
		.magic_etc = VFS_CAP_REVISION_2 | VFS_CAP_FLAGS_EFFECTIVE,
		.data[0].permitted = 1u << CAP_SYS_ADMIN,
	};

	return setxattr(path, "security.capability", &data, sizeof(data), 0);
}

/* In the child: become a user of that group alone, and execute the copy. */
static void execute(gid_t group, const char *file)
{
	int out = open(OUTPUT, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	if (out < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0 ||
	    setgroups(1, &group) || setgid(NOBODY) || setuid(NOBODY))
		_exit(125);
	execl(COPY, COPY, "run", "--backend=soft", file, NULL);
	_exit(errno == EACCES ? NOT_EXECUTABLE : 125);
}

/*
 * Returns the exit status of the copy, which a user of that group runs. The software
 * backend needs the same permission, and no VMX.
 */
static int run_as(gid_t group, const char *file)
{
	pid_t child = fork();
	int status;

	if (!child)
		execute(group, file);
	if (child < 0 || waitpid(child, &status, 0) != child ||
	    !WIFEXITED(status))
		return -1;
	return WEXITSTATUS(status);
}

static bool output_has(const char *text)
{
	char output[4096] = "";
	FILE *file = fopen(OUTPUT, "r");

	if (file) {
		fread(output, 1, sizeof(output) - 1, file);
		fclose(file);
	}
	if (strstr(output, text))
		return true;
	printf("# no '%s' in: %s\n", text, output);
	return false;
}

FIXTURE(group)
{
	int unused;
};

FIXTURE_SETUP(group)
{
	ASSERT_TRUE(!mkdir(FOLDER, 0755) || errno == EEXIST);
	ASSERT_EQ(0, mount("none", FOLDER, "tmpfs", 0, "mode=755"));
	ASSERT_EQ(0, copy_file("/usr/bin/teavmx", COPY, 0750));
	ASSERT_EQ(0, chown(COPY, 0, GROUP));
	ASSERT_EQ(0, set_capability(COPY));
	ASSERT_EQ(0, copy_file(PROGRAM, SECRET, 0600));
}

FIXTURE_TEARDOWN(group)
{
	umount2(FOLDER, MNT_DETACH);
	rmdir(FOLDER);
}

TEST_F(group, member_runs_a_program)
{
	EXPECT_EQ(DONE, run_as(GROUP, PROGRAM));
	EXPECT_TRUE(output_has("hello, world"));
}

TEST_F(group, others_cannot_execute_it)
{
	EXPECT_EQ(NOT_EXECUTABLE, run_as(NOBODY, PROGRAM));
}

TEST_F(group, copy_without_the_capability_is_refused)
{
	ASSERT_EQ(0, removexattr(COPY, "security.capability"));
	EXPECT_EQ(NOT_PERMITTED, run_as(GROUP, PROGRAM));
	EXPECT_TRUE(output_has("CAP_SYS_ADMIN"));
}

/* chown() by root removes the capability, as by anyone else. */
TEST_F(group, new_owner_ends_the_capability)
{
	ASSERT_EQ(0, chown(COPY, 0, GROUP));
	EXPECT_EQ(NOT_PERMITTED, run_as(GROUP, PROGRAM));
}

TEST_F(group, member_reads_no_other_file)
{
	EXPECT_EQ(FAILED, run_as(GROUP, SECRET));
	EXPECT_TRUE(output_has("Permission denied"));
}

TEST_HARNESS_MAIN
