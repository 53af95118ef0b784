// SPDX-License-Identifier: GPL-2.0-only
/* What a report must not show, and what it must show as it is. No module. */
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include <userspace/teavmx/scrub.h>

#include "kselftest_harness.h"

FIXTURE(scrub)
{
	struct scrub scrub;
	char *text;
};

FIXTURE_SETUP(scrub)
{
	self->text = NULL;
	memset(&self->scrub, 0, sizeof(self->scrub));
	scrub_name(&self->scrub, "db7.lab.example.net", "[host]");
	scrub_name(&self->scrub, "db7", "[host]");
	scrub_name(&self->scrub, "SN-[47]^1.5", "[serial number]");
	scrub_name(&self->scrub, "/srv/people/jane", "[home folder]");
	scrub_name(&self->scrub, "jane", "[user]");
	scrub_patterns(&self->scrub);
}

FIXTURE_TEARDOWN(scrub)
{
	free(self->text);
	scrub_free(&self->scrub);
}

/* The text with everything replaced; the fixture releases it. */
static const char *scrubbed(FIXTURE_DATA(scrub) *self, const char *text)
{
	size_t size;
	FILE *file;

	free(self->text);
	self->text = NULL;
	file = open_memstream(&self->text, &size);
	scrub_print(&self->scrub, text, file);
	fclose(file);
	return self->text;
}

#define EXPECT_SCRUBBED(wanted, text) \
	EXPECT_STREQ(wanted, scrubbed(self, text))
#define EXPECT_SAME(text)	EXPECT_SCRUBBED(text, text)

TEST_F(scrub, names)
{
	EXPECT_SCRUBBED("[host] and [host], [host]-eth0 of [user]",
			"db7 and DB7.lab.example.net, Db7-eth0 of Jane");
	EXPECT_SCRUBBED("serial [serial number].", "serial sn-[47]^1.5.");
	EXPECT_SCRUBBED("[home folder]/a.cup", "/srv/people/jane/a.cup");
	EXPECT_SCRUBBED("/home/[user]/a.cup /home/[user]",
			"/home/paul/a.cup /home/ann");
	EXPECT_SCRUBBED("by [user]@[host]", "by ann@build.example.org");
}

TEST_F(scrub, a_name_is_a_whole_word)
{
	EXPECT_SAME("adb7 db71 _db7 janet SN-471.5 SN-47^1x5");
}

TEST_F(scrub, usual_names_are_no_names)
{
	const size_t count = self->scrub.count;

	scrub_name(&self->scrub, "root", "[user]");
	scrub_name(&self->scrub, "Localhost", "[host]");
	scrub_name(&self->scrub, "(none)", "[domain]");
	scrub_name(&self->scrub, "None", "[serial number]");
	scrub_name(&self->scrub, "x", "[user]");
	scrub_name(&self->scrub, "", "[user]");
	scrub_name(&self->scrub, NULL, "[user]");
	EXPECT_EQ(count, self->scrub.count);
}

TEST_F(scrub, addresses_of_the_kernel)
{
	EXPECT_SCRUBBED("GS_BASE from [address] to [address]",
			"GS_BASE from 0xffff88807fc00000 to 0xFFFF88807FD00000");
	EXPECT_SCRUBBED("[<[address]>] at [address], page [address]",
			"[<ffffffff81a2b3c4>] at 00000000deadbeef, page 0x10a2b401e");
	EXPECT_SCRUBBED("user [address]", "user 0x7f1234567890");
}

TEST_F(scrub, addresses_of_networks)
{
	EXPECT_SCRUBBED("[MAC address] [MAC address]",
			"52:54:00:12:34:56 52-54-00-AB-CD-EF");
	EXPECT_SCRUBBED("[IP address]:80, [IP address]", "192.168.7.31:80, 10.0.0.1");
	EXPECT_SCRUBBED("[IP address] [IP address] [IP address] [IP address]/64",
			"fe80::5054:ff:fe12:3456 ::1 2001:db8:0:1:2:3:4:5 2001:db8::/64");
}

TEST_F(scrub, numbers_of_machines)
{
	EXPECT_SCRUBBED("[UUID]", "4C4C4544-0034-4810-8036-b4c04f503732");
	EXPECT_SCRUBBED("Serial Number: [serial number], serial=[serial number]",
			"Serial Number: X3-99, serial=PF0A1B2C");
	EXPECT_SCRUBBED("SerialNo.: [serial number]", "SerialNo.: 00112233");
}

/* Without these a report is of no use. */
TEST_F(scrub, what_remains)
{
	EXPECT_SAME("[   12.345678] teavmx: version 0.1.0, VMX on 8 CPUs");
	EXPECT_SAME("EFER from 0xd01 to 0x80000d01, field 0x4012 (value 0xb6a1edfa)");
	EXPECT_SAME("RIP: 0010:vmx_enter+0x12/0x40 [teavmx]");
	EXPECT_SAME("12:34:56 on 0000:00:1f.3, serial input, std::vector");
}

TEST_F(scrub, versions_have_names_only)
{
	size_t size;
	FILE *file = open_memstream(&self->text, &size);

	scrub_print_names(&self->scrub, "6.8.0.12-db7 #1 6.1.0.7", file);
	fclose(file);
	EXPECT_STREQ("6.8.0.12-[host] #1 6.1.0.7", self->text);
}

/* A host may have thousands of accounts. */
TEST_F(scrub, many_names)
{
	char name[16];
	int i;

	scrub_free(&self->scrub);
	memset(&self->scrub, 0, sizeof(self->scrub));
	for (i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "person%d", i);
		scrub_name(&self->scrub, name, "[user]");
	}
	scrub_patterns(&self->scrub);
	EXPECT_SCRUBBED("[user] [user] [IP address]", "person0 person999 10.0.0.1");
}

TEST_F(scrub, a_name_that_is_missing_withholds_the_text)
{
	self->scrub.incomplete = true;
	EXPECT_SCRUBBED("[out of memory]", "db7");
}

TEST_F(scrub, this_machine)
{
	struct scrub scrub = { .count = 0 };
	struct utsname host;
	size_t size;
	FILE *file = open_memstream(&self->text, &size);

	setenv("SUDO_USER", "planted-user", 1);
	setenv("HOME", "/planted/home", 1);
	ASSERT_EQ(0, uname(&host));
	scrub_machine(&scrub);
	scrub_print(&scrub, host.nodename, file);
	scrub_print(&scrub, " planted-user /planted/home/a", file);
	fclose(file);
	scrub_free(&scrub);
	EXPECT_NE(NULL, strstr(self->text, " [user] [home folder]/a"));
	if (strcmp(host.nodename, "localhost"))
		EXPECT_EQ(0, strncmp(self->text, "[host]", 6));
}

TEST_HARNESS_MAIN
