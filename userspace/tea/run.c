// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <userspace/common/cli.h>
#include <userspace/common/port_values.h>
#include <userspace/common/tea_machine.h>
#include <userspace/common/tea_reason.h>
#include <userspace/common/tea_result.h>
#include <userspace/common/tea_words.h>
#include <userspace/debug/fault.h>

#include "command.h"
#include "disassembler.h"

/* Steps after which a running program checks for an interrupt */
#define SLICE		1000000ULL
#define TEXT_MAX	(64 << 20)
#define TRACE_BYTES	8

struct run_options {
	unsigned long long stack;
	unsigned long long steps;
	const char *feed;
	bool translate;
	bool trace;
	bool dump_stack;
};

/**
 * struct kept - output of the program, stored for JSON
 * @bytes: all of them
 * @size: how many
 * @room: bytes allocated
 */
struct kept {
	unsigned char *bytes;
	size_t size;
	size_t room;
};

/**
 * struct shown - output of the program
 * @text: of the display
 * @serial: of the serial port
 * @keep: store it instead of printing it
 * @open_line: the last character printed was no newline
 * @error: errno of a write that failed
 */
struct shown {
	struct kept text;
	struct kept serial;
	bool keep;
	bool open_line;
	int error;
};

static struct shown shown;
/* With a debug map: where the program ended, and when it has to stop (never) */
static struct fault fault;
static struct tea_debug fault_debug;
/* There is a debug map, and the memory for what it needs. */
static bool fault_mapped;
static struct port_values host_ports;
/* Descriptor of the serial input, -1 without one and after its end */
static int feed = -1;
/* The serial input could not be read, so the program was killed. */
static bool feed_failed;
static volatile sig_atomic_t interrupted;

static void program_interrupt(int number)
{
	(void)number;
	interrupted = 1;
}

static void catch_interrupts(void)
{
	struct sigaction action = { .sa_handler = program_interrupt };

	sigemptyset(&action.sa_mask);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
}

static int keep_character(struct kept *kept, unsigned char character)
{
	if (kept->size == kept->room) {
		size_t room = kept->room ? 2 * kept->room : 4096;
		unsigned char *larger = NULL;

		if (room <= TEXT_MAX)
			larger = realloc(kept->bytes, room);
		if (!larger) {
			shown.error = room > TEXT_MAX ? EFBIG : ENOMEM;
			return TEA_EXIT_KILL;
		}
		kept->bytes = larger;
		kept->room = room;
	}
	kept->bytes[kept->size++] = character;
	return 0;
}

static int show_character(struct kept *kept, unsigned char character)
{
	if (shown.keep)
		return keep_character(kept, character);
	shown.open_line = character != '\n';
	if (putchar(character) != EOF)
		return 0;
	shown.error = errno ?: EIO;
	return TEA_EXIT_KILL;
}

static int show_flush(void)
{
	if (!fflush(stdout))
		return 0;
	shown.error = errno ?: EIO;
	return TEA_EXIT_KILL;
}

static int run_text(struct tea_machine *machine, unsigned char character)
{
	(void)machine;
	return show_character(&shown.text, character);
}

static int run_sent(struct tea_machine *machine, unsigned char byte)
{
	(void)machine;
	return show_character(&shown.serial, byte);
}

static int run_host_port(struct tea_machine *machine, struct tea_access *access)
{
	(void)machine;
	return port_values_access(&host_ports, access) ? TEA_EXIT_IO_ERR : 0;
}

/*
 * Sleeps until there is input, an interrupt comes or the time is over; a null
 * pointer sets no time.
 */
static int pause_for(const struct timespec *timeout, int fd)
{
	struct pollfd input = { .fd = fd, .events = POLLIN };
	sigset_t blocked, before;

	sigemptyset(&blocked);
	sigaddset(&blocked, SIGINT);
	sigaddset(&blocked, SIGTERM);
	sigprocmask(SIG_BLOCK, &blocked, &before);
	if (!interrupted)
		ppoll(&input, 1, timeout, &before);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return interrupted ? TEA_EXIT_KILL : 0;
}

static int run_sleep(struct tea_machine *machine, unsigned int milliseconds)
{
	const struct timespec timeout = {
		.tv_sec = milliseconds / 1000,
		.tv_nsec = (long)(milliseconds % 1000) * 1000000,
	};

	(void)machine;
	return show_flush() ?: pause_for(&timeout, -1);
}

/* Returns true when the program has input, or is to be killed. */
static bool take_input(struct tea_machine *machine)
{
	unsigned char bytes[TEA_SERIAL_MAX];
	ssize_t got;

	if (feed < 0 || pause_for(NULL, feed))
		return interrupted;
	got = read(feed, bytes, tea_ports_room(&machine->ports));
	if (got > 0) {
		tea_ports_feed(&machine->ports, bytes, (unsigned int)got);
		return true;
	}
	if (got < 0) {
		cli_error(CLI_FAILED, NULL, "serial input: %s",
			  strerror(errno));
		feed_failed = true;
	}
	close(feed);
	feed = -1;
	return feed_failed;
}

static int run_wait(struct tea_machine *machine, unsigned int port)
{
	if (show_flush())
		return TEA_EXIT_KILL;
	if (port == TEA_PORT_SERIAL && take_input(machine))
		return interrupted || feed_failed ? TEA_EXIT_KILL : 0;
	fprintf(stderr,
		"tea: waiting for port %04x, which %s; Ctrl-C ends it\n",
		port, port == TEA_PORT_SERIAL ? "has no more input" :
		"no other process can fill here");
	while (!pause_for(NULL, -1))
		;
	return TEA_EXIT_KILL;
}

static const struct tea_machine_ops run_ops = {
	.text = run_text,
	.sent = run_sent,
	.host_port = run_host_port,
	.sleep = run_sleep,
	.wait = run_wait,
};

/* The program's text and the trace go to the same terminal or file. */
static bool shares_errors(void)
{
	struct stat out, err;

	return !fstat(STDOUT_FILENO, &out) && !fstat(STDERR_FILENO, &err) &&
	       out.st_dev == err.st_dev && out.st_ino == err.st_ino;
}

/*
 * Prints "step address instruction | flags | sp: bytes on top" before it
 * executes. Returns false when the text before it cannot be written.
 */
static bool program_trace(const struct tea_process *process)
{
	struct instruction instruction;
	unsigned int from = 0;
	char text[64];

	if (process->cp >= process->code_size)
		return true;
	disassembler_decode(process->code, process->code_size, process->cp,
			    &instruction);
	disassembler_format(&instruction, NULL, text, sizeof(text));
	if (process->sp > TRACE_BYTES)
		from = process->sp - TRACE_BYTES;
	if (show_flush())
		return false;
	if (shown.open_line && shares_errors()) {
		fputc('\n', stderr);
		shown.open_line = false;
	}
	fprintf(stderr, "%6llu %04x %-20s | %c%c%c | %5u:%s",
		process->steps + 1, process->cp, text,
		process->flags & TEA_FLAG_N ? 'N' : '-',
		process->flags & TEA_FLAG_Z ? 'Z' : '-',
		process->flags & TEA_FLAG_C ? 'C' : '-', process->sp,
		from ? " .." : "");
	for (; from < process->sp; from++)
		fprintf(stderr, " %02x", process->stack[from]);
	fputc('\n', stderr);
	return true;
}

/*
 * A program with a debug map is executed one instruction at a time, so that its state
 * before an error is known. The interpreter itself empties the stack.
 */
static bool execute_slice(struct tea_machine *machine, unsigned long long limit)
{
	struct tea_process *process = &machine->process;
	struct view *view = &fault.view;

	if (!fault_mapped)
		return tea_machine_run(machine, limit) == TEA_RUN_EXITED;
	if (tea_debug_run(process, &fault_debug, limit - process->steps) !=
	    TEA_DEBUG_EXITED)
		return false;
	tea_debug_look(process, view->stack_size, &view->registers);
	memcpy(fault.stack, process->stack, view->stack_size);
	fault.seen = true;
	if (process->exit_code)
		process->sp = 0;
	return true;
}

/* Returns false if the process was stopped before its end. */
static bool program_execute(struct tea_machine *machine,
			    const struct run_options *options)
{
	const struct tea_process *process = &machine->process;
	unsigned long long slice = options->trace ? 1 : SLICE;

	while (!interrupted) {
		unsigned long long limit = options->steps;

		if (limit - process->steps > slice)
			limit = process->steps + slice;
		if (options->trace && process->steps < options->steps &&
		    !program_trace(process))
			return false;
		if (execute_slice(machine, limit))
			return true;
		if (process->steps >= options->steps)
			return false;
	}
	return false;
}

static void report_end(const struct tea_machine *machine,
		       const struct run_options *options)
{
	const struct tea_process *process = &machine->process;
	struct tea_result result = {
		.text = shown.text.bytes,
		.text_size = shown.text.size,
		.serial = shown.serial.bytes,
		.serial_size = shown.serial.size,
		.steps = process->steps,
	};

	result.message_size = tea_machine_message(machine, result.message);
	if (options->dump_stack) {
		result.stack = process->stack;
		result.stack_size = process->sp;
	}
	if (cli_json) {
		json_t *object = tea_result_json(&result);

		fault_json(&fault, tea_result_code(&result), object);
		tea_json_print(object, stdout);
		return;
	}
	/* The exit line begins on a new line. */
	if (shown.open_line)
		putchar('\n');
	tea_result_print(&result, stdout);
}

static int report_lost_text(void)
{
	/* cli_finish() must not report the same error again. */
	__fpurge(stdout);
	clearerr(stdout);
	if (shown.error == EPIPE || (shown.error == EINTR && interrupted))
		return CLI_INTERRUPTED;
	if (shown.error == EFBIG)
		return cli_error(CLI_FAILED, "without --json it is shown as it comes",
				 "stopped: the program's text grows beyond %d bytes",
				 TEXT_MAX);
	return cli_error(CLI_FAILED, NULL, "text of the program: %s",
			 strerror(shown.error));
}

static void report_reason(const struct tea_machine *machine,
			  const struct run_options *options, unsigned int code)
{
	const struct tea_reason reason = {
		.code = code,
		.stack_size = (unsigned int)options->stack,
		.refused = &machine->access,
		.host_ports = "--host-port PORT=VALUE makes it a register",
	};

	tea_reason_report(&reason);
	fault_report(&fault, code);
}

static int run_machine(struct tea_machine *machine,
		       const struct run_options *options)
{
	unsigned char message[TEA_MESSAGE_MAX];
	bool ended = program_execute(machine, options);

	if (!ended)
		tea_machine_kill(machine);
	if (shown.error)
		return report_lost_text();
	report_end(machine, options);
	if (interrupted)
		return CLI_INTERRUPTED;
	if (feed_failed)
		return CLI_FAILED;
	if (!ended)
		return cli_error(CLI_GUEST, NULL,
				 "stopped at the limit of %llu steps",
				 options->steps);
	tea_machine_message(machine, message);
	report_reason(machine, options, message[TEA_MESSAGE_MIN - 1]);
	return message[TEA_MESSAGE_MIN - 1] ? CLI_GUEST : CLI_OK;
}

/* With a debug map, every instruction is executed by itself in any case. */
static int translate_program(struct tea_machine *machine,
			     const struct run_options *options)
{
	int error;

	if (!options->translate || options->trace || fault_mapped)
		return CLI_OK;
	error = tea_machine_translate(machine, true);
	if (!error)
		return CLI_OK;
	return cli_error(CLI_FAILED, "--engine interp needs no translation",
			 "the program cannot be translated: %s",
			 strerror(-error));
}

static int run_file(const struct tea_file *file, const struct tea_args *args,
		    const struct run_options *options, const char *hint)
{
	unsigned int stack = (unsigned int)options->stack;
	struct tea_machine machine;
	char message[512];
	int status;
	int code;

	code = tea_machine_init(&machine, &run_ops, file->bytes, file->size,
				args->bytes, args->size, stack);
	if (code < 0)
		return cli_error(CLI_FAILED, NULL, "out of memory");
	fault_mapped = fault_open(&fault, file, stack);
	tea_debug_begin(&fault_debug, 0, TEA_DEBUG_UNTIL_NONE);
	if (code) {
		report_end(&machine, options);
		tea_file_check_launch(file, args->size, stack, message,
				      sizeof(message));
		status = cli_error(CLI_GUEST,
				   code == TEA_EXIT_BAD_STARTUP ? hint : NULL,
				   "%s", message);
	} else {
		status = translate_program(&machine, options) ?:
			 run_machine(&machine, options);
	}
	fault_close(&fault);
	tea_machine_destroy(&machine);
	return status;
}

static int take_port(void)
{
	const char *expected = port_values_add(&host_ports, optarg);

	if (!expected)
		return CLI_OK;
	return command_usage(&command_run,
				 "--host-port: expected %s, got '%s'",
				 expected, optarg);
}

static int open_feed(const char *path)
{
	if (!path)
		return CLI_OK;
	feed = strcmp(path, "-") ? open(path, O_RDONLY | O_CLOEXEC) :
				   STDIN_FILENO;
	if (feed >= 0)
		return CLI_OK;
	/* A FIFO is opened when it has a writer. */
	if (interrupted)
		return CLI_INTERRUPTED;
	return cli_error(CLI_FAILED, NULL, "%s: %s", path, strerror(errno));
}

static int take_engine(struct run_options *options)
{
	options->translate = !strcmp(optarg, "jit");
	if (options->translate || !strcmp(optarg, "interp"))
		return CLI_OK;
	return command_usage(&command_run,
			     "--engine: expected interp or jit, got '%s'",
			     optarg);
}

static int run_option(int option, void *state)
{
	struct run_options *options = state;

	switch (option) {
	case 's':
		return command_range(&command_run, "stack", TEA_STACK_MAX,
				     &options->stack);
	case 'n':
		return cli_number(optarg, 1, ~0ULL, &options->steps) ?
		       command_usage(&command_run,
				     "--steps: expected a number from 1, got '%s'",
				     optarg) : CLI_OK;
	case 'f':
		options->feed = optarg;
		return CLI_OK;
	case 'e':
		return take_engine(options);
	case 'P':
		return take_port();
	case 't':
		options->trace = true;
		return CLI_OK;
	default:
		options->dump_stack = true;
		return CLI_OK;
	}
}

static int run_run(int argc, char **argv, void *state)
{
	const struct run_options *options = state;
	struct tea_words words;
	int status = tea_words_read(&command_run, argc, argv, &words);

	if (status)
		return status;
	shown.keep = cli_json;
	setvbuf(stdout, NULL, _IOLBF, 0);
	catch_interrupts();
	status = open_feed(options->feed) ?:
		 run_file(&words.file, &words.args, options,
			  words.hint);
	free(shown.text.bytes);
	free(shown.serial.bytes);
	tea_file_free(&words.file);
	return status;
}

static const struct run_options initial = {
	.stack = TEA_STACK_DEFAULT,
	.steps = ~0ULL,
};

static const struct option options_table[] = {
	{ "stack", required_argument, NULL, 's' },
	{ "steps", required_argument, NULL, 'n' },
	{ "feed", required_argument, NULL, 'f' },
	{ "host-port", required_argument, NULL, 'P' },
	{ "engine", required_argument, NULL, 'e' },
	{ "trace", no_argument, NULL, 't' },
	{ "dump-stack", no_argument, NULL, 'd' },
	{ "json", no_argument, NULL, 'j' },
	OPTION_COMMON
};

const struct command command_run = {
	.name = "run",
	.synopsis = "[OPTION...] FILE.cup [ARGUMENT...]",
	.summary = "Run a program, without kernel module.",
	.help =
	"Shows the program's text and what it sends on the serial port as they come, then\n"
	"how it ended. An ARGUMENT that is an integer (decimal or 0x, -128 to 255) is one\n"
	"byte, w:300 two bytes, any other word its characters. Options come before FILE.\n\n"
	"  -s, --stack N     bytes of stack, 1 to 65535 (128)\n"
	"  -n, --steps N     kill the program after N instructions\n"
	"  -f, --feed FILE   serial input from a file, or - for standard input\n"
	"  -P, --host-port PORT=VALUE  a host port (0xf000 to 0xffff) that is a register\n"
	"  -e, --engine ENGINE  interp, or jit: translate to x86-64 instructions (interp)\n"
	"  -t, --trace       show each instruction before it runs, on standard error\n"
	"  -d, --dump-stack  show what is on the stack at the end\n"
	"  -j, --json        print one JSON object\n"
	"  -h, --help        show this text\n\n"
	"Exit status: 0 if the program ended with code 0, 6 with any other code,\n"
	"7 if it was interrupted, 2 for a mistake on the command line, else 1.\n",
	.passes_words = true,
	.options = options_table,
	.state_size = sizeof(struct run_options),
	.initial = &initial,
	.option = run_option,
	.run = run_run,
};
