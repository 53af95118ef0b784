// SPDX-License-Identifier: GPL-2.0-only
/* What teavmx selftest prints and writes. The checks are replaced. No module. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <userspace/teavmx/output.h>
#include <userspace/teavmx/selftest.h>

#include "kselftest_harness.h"

#define OLD	"an earlier report"

static char folder[32] = "/tmp/selftest-XXXXXX";
/* The size of the report during a check, -1 if there is none */
static long size_meanwhile;

static long report_size(void)
{
	struct stat file;

	return stat("report", &file) ? -1 : (long)file.st_size;
}

void selftest_caps(struct selftest *test)
{
	size_meanwhile = report_size();
	selftest_note(test, "capabilities", SELFTEST_PASS, "%s", "");
}

void selftest_cpus(struct selftest *test)
{
	(void)test;
}

void selftest_modes(struct selftest *test)
{
	(void)test;
}

void selftest_exits(struct selftest *test)
{
	(void)test;
}

void selftest_injection(struct selftest *test)
{
	(void)test;
}

void selftest_bounds(struct selftest *test)
{
	(void)test;
}

void selftest_kvm(struct selftest *test)
{
	(void)test;
}

void selftest_audit(struct selftest *test)
{
	(void)test;
}

void selftest_report(const struct selftest *test, FILE *file)
{
	(void)test;
	fputs("a report\n", file);
}

static int fake_get_info(struct teavmx *teavmx, const char *version, struct teavmx_info *info)
{
	(void)teavmx;
	(void)version;
	memset(info, 0, sizeof(*info));
	info->vmx = true;
	return 0;
}

static int fake_list(void)
{
	return 0;
}

#define output_warn_version(...)	fake_list()
#define teavmx_caps_list(...)		fake_list()
#define teavmx_cpu_list(...)		fake_list()
#define teavmx_event_open(...)		fake_list()
#define teavmx_get_info(...)		fake_get_info(__VA_ARGS__)
/* The build defines it; no test requests it. */
#define TEAVMX_VERSION		NULL
#include <userspace/teavmx/selftest.c>

static struct selftest run;

FIXTURE(report) {
	FILE *terminal;
	char *printed;
	size_t size;
};

FIXTURE_SETUP(report)
{
	self->terminal = stdout;
	stdout = open_memstream(&self->printed, &self->size);
	ASSERT_NE(NULL, stdout);
	ASSERT_NE(NULL, mkdtemp(folder));
	ASSERT_EQ(0, chdir(folder));
}

FIXTURE_TEARDOWN(report)
{
	fclose(stdout);
	stdout = self->terminal;
	free(self->printed);
	unlink("report");
	EXPECT_EQ(0, rmdir(folder));
}

/* An interrupt would leave what there is meanwhile. */
TEST_F(report, appears_when_it_is_complete)
{
	EXPECT_EQ(CLI_OK, run_with_report(&run, "report"));
	EXPECT_EQ(-1, size_meanwhile);
	EXPECT_EQ(strlen("a report\n"), report_size());
}

TEST_F(report, replaces_an_earlier_one)
{
	FILE *file = fopen("report", "w");

	ASSERT_NE(NULL, file);
	fputs(OLD, file);
	fclose(file);
	EXPECT_EQ(CLI_OK, run_with_report(&run, "report"));
	EXPECT_EQ(strlen(OLD), size_meanwhile);
	EXPECT_EQ(strlen("a report\n"), report_size());
}

TEST_F(report, has_no_place)
{
	EXPECT_EQ(CLI_FAILED, run_with_report(&run, "no/report"));
	EXPECT_EQ(0, run.count);
}

/* The text of a guest that has failed may have any bytes. */
TEST_F(report, has_printable_details)
{
	selftest_note(&run, "real mode", SELFTEST_FAIL, "text \"%s\"", "\033c\377h\n");
	fflush(stdout);
	EXPECT_STREQ("real mode                FAIL  text \".c.h.\"\n", self->printed);
	cli_json = true;
	print_json(&run);
	fflush(stdout);
	EXPECT_NE(NULL, strstr(self->printed, "\"detail\":\"text \\\".c.h.\\\"\"}]"))
		TH_LOG("%s", self->printed);
}

TEST_HARNESS_MAIN
