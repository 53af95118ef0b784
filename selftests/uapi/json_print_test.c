// SPDX-License-Identifier: GPL-2.0-only
/* What becomes of a JSON value that cannot be printed. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <userspace/common/cli.h>
#include <userspace/common/tea_result.h>

#include "kselftest_harness.h"

static char message[256];
static char printed[64];

static void note_message(const char *text, const char *hint)
{
	(void)hint;
	snprintf(message, sizeof(message), "%s", text);
}

/* Ends a program that prints a value; returns its status, and the text is in printed. */
static int print_and_finish(json_t *json)
{
	FILE *file = tmpfile();
	int status;

	cli_error_sink = note_message;
	if (!file || dup2(fileno(file), STDOUT_FILENO) < 0)
		return -1;
	tea_json_print(json, stdout);
	status = cli_finish(CLI_OK);
	rewind(file);
	if (!fgets(printed, sizeof(printed), file))
		printed[0] = '\0';
	fclose(file);
	return status;
}

TEST(value_is_printed)
{
	EXPECT_EQ(CLI_OK, print_and_finish(json_pack("{s:i}", "vms", 1)));
	EXPECT_STREQ("{\"vms\":1}\n", printed);
	EXPECT_STREQ("", message);
}

/* json_pack() returns null then. */
TEST(value_had_no_memory)
{
	EXPECT_EQ(CLI_FAILED, print_and_finish(NULL));
	EXPECT_STREQ("", printed);
	EXPECT_STREQ("standard output: Cannot allocate memory", message);
}

TEST_HARNESS_MAIN
