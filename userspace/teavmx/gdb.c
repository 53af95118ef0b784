// SPDX-License-Identifier: GPL-2.0-only
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <userspace/gdb/server.h>

#include "gdb_vm.h"
#include "interrupt.h"
#include "output.h"
#include "target.h"

struct gdb {
	const char *address;
	uint32_t vm;
	bool once;
	bool has_mode;
	enum gdb_mode mode;
};

/* Standard output may be the connection. */
static void gdb_log(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	fputs("teavmx: gdb: ", stderr);
	vfprintf(stderr, format, arguments);
	fputc('\n', stderr);
	va_end(arguments);
}

static const struct gdb_host gdb_host = {
	.poll = interrupt_poll,
	.ended = interrupt_seen,
	.log = gdb_log,
};

static int gdb_status(enum gdb_end end)
{
	if (interrupt_seen())
		return CLI_INTERRUPTED;
	return end == GDB_END_GONE ? CLI_NOT_FOUND : CLI_OK;
}

static void gdb_announce(const struct gdb_server *server, uint32_t vm)
{
	if (server->listener < 0)
		return;
	gdb_log("VM %u: in gdb, type: target remote %s", vm, server->address);
	if (server->remote)
		gdb_log("each user who reaches this address controls the VM; there is no password");
}

static int gdb_serve(struct gdb_vm *vm, const struct gdb *gdb)
{
	const struct gdb_target target = { &gdb_vm_ops, vm };
	struct gdb_server server;
	char error[256];
	enum gdb_end end;

	if (gdb_server_open(&server, gdb->address, error, sizeof(error)))
		return cli_error(CLI_FAILED, NULL, "%s", error);
	if (server.listener < 0)
		snprintf(server.address, sizeof(server.address),
			 "| teavmx gdb - %u", gdb->vm);
	gdb_announce(&server, gdb->vm);
	end = gdb_server_run(&server, &gdb_host, &target, gdb->once,
			     gdb->has_mode ? &gdb->mode : NULL);
	gdb_server_close(&server);
	return gdb_status(end);
}

static int gdb_open(struct teavmx *teavmx, void *state)
{
	const struct gdb *gdb = state;
	struct gdb_vm *vm = malloc(sizeof(*vm));
	int status;

	if (!vm)
		return cli_error(CLI_FAILED, NULL, "out of memory");
	/* A client that has closed a pipe is reported by write(). */
	signal(SIGPIPE, SIG_IGN);
	interrupt_catch();
	if (gdb_vm_open(vm, teavmx, &gdb_host, gdb->vm))
		status = output_failure(teavmx_error(teavmx), NULL);
	else if (!vm->memory)
		status = cli_error(CLI_FAILED, "debug a TEA program by 'teavmx debug FILE.cup'",
				   "VM %u has TEA processes, not a raw payload",
				   gdb->vm);
	else
		status = gdb_serve(vm, gdb);
	free(vm);
	return status;
}

static int mode_take(struct gdb *gdb)
{
	unsigned long long bits;

	if (cli_number(optarg, 16, 64, &bits) ||
	    (bits != 16 && bits != 32 && bits != 64))
		return command_usage(&command_gdb,
				     "--mode: expected 16, 32 or 64, got '%s'",
				     optarg);
	gdb->has_mode = true;
	gdb->mode = bits == 64 ? GDB_MODE_64 :
		    bits == 32 ? GDB_MODE_32 : GDB_MODE_16;
	return CLI_OK;
}

static int gdb_option(int option, void *state)
{
	struct gdb *gdb = state;

	if (option == 'm')
		return mode_take(gdb);
	gdb->once = true;
	return CLI_OK;
}

static int gdb_run(int argc, char **argv, void *state)
{
	struct gdb *gdb = state;

	if (optind == argc)
		return command_usage(&command_gdb, "expected an ADDRESS");
	gdb->address = argv[optind++];
	return target_vm(&command_gdb, argc, argv, &gdb->vm) ?:
	       command_end(&command_gdb, argc, argv) ?:
	       output_with(gdb_open, gdb);
}

static const struct option options[] = {
	{ "mode", required_argument, NULL, 'm' },
	{ "once", no_argument, NULL, 'o' },
	OPTION_COMMON
};

const struct command command_gdb = {
	.name = "gdb",
	.synopsis = "[OPTION...] ADDRESS VM",
	.summary = "Let gdb debug the guest code of a raw VM.",
	.help =
	"gdb connects with 'target remote ADDRESS'. ADDRESS is PORT or HOST:PORT for TCP, on\n"
	"the loopback interface without HOST; a path with a slash for a Unix socket; or - for\n"
	"standard input and output: target remote | teavmx gdb - VM. All vCPUs pause when gdb\n"
	"connects, and are its threads.\n\n"
	"  -m, --mode=BITS  describe the registers of 16-bit, 32-bit or 64-bit mode; those of the\n"
	"                   mode that the guest is in when gdb connects, if not given\n"
	"  -o, --once       end after the first connection\n"
	"  -h, --help       show this text\n",
	.options = options,
	.state_size = sizeof(struct gdb),
	.option = gdb_option,
	.run = gdb_run,
};
