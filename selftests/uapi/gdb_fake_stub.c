// SPDX-License-Identifier: GPL-2.0-only
/*
 * usage: gdb_fake_stub 16|32|64 FILE [ADDRESS]
 *
 * The stub for gdb with a target that is no VM, in this mode, on standard input and
 * output, or at ADDRESS. FILE is loaded at address 0.
 */
#include <stdlib.h>
#include <string.h>

#include "gdb_fake.h"

static enum gdb_mode mode_take(const char *word)
{
	return !strcmp(word, "64") ? GDB_MODE_64 :
	       !strcmp(word, "32") ? GDB_MODE_32 : GDB_MODE_16;
}

int main(int argc, char **argv)
{
	static struct fake fake;
	const struct gdb_target target = { &fake_target_ops, &fake };
	struct gdb_server server;
	enum gdb_end end;
	char error[256];
	FILE *file;

	if (argc < 3)
		return 2;
	fake_init(&fake, mode_take(argv[1]));
	file = fopen(argv[2], "re");
	if (!file)
		return 2;
	if (!fread(fake.ram, 1, sizeof(fake.ram), file))
		return 2;
	fclose(file);
	if (gdb_server_open(&server, argc > 3 ? argv[3] : "-", error, sizeof(error))) {
		fprintf(stderr, "%s\n", error);
		return 1;
	}
	fprintf(stderr, "target remote %s\n", server.address);
	end = gdb_server_run(&server, &fake_host, &target, false, NULL);
	gdb_server_close(&server);
	return (int)end;
}
