// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "cli.h"
#include "tea_result.h"

bool cli_json;
int cli_output_error;
void (*cli_error_sink)(const char *message, const char *hint);

void cli_start(void)
{
	int fd;

	/* cli_finish() handles a reader that has closed standard output. */
	signal(SIGPIPE, SIG_IGN);
	/*
	 * Standard input gets a descriptor that cannot be read, the others one
	 * that cannot be written.
	 */
	for (fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 &&
		    open("/dev/null", fd == STDIN_FILENO ? O_WRONLY :
							   O_RDONLY) != fd)
			_exit(CLI_FAILED);
}

static void print_json_error(int status, const char *hint, const char *message)
{
	json_t *error = json_object();

	json_object_set_new(error, "code", json_integer(status));
	/*
	 * jansson refuses strings that are not UTF-8, such as some file names.
	 */
	json_object_set_new(error, "message", tea_json_string(message));
	if (hint)
		json_object_set_new(error, "hint", json_string(hint));
	tea_json_print(json_pack("{s:o}", "error", error), stderr);
}

int cli_error(enum cli_status status, const char *hint, const char *format, ...)
{
	char *message = NULL;
	va_list arguments;

	va_start(arguments, format);
	if (vasprintf(&message, format, arguments) < 0)
		message = NULL;
	va_end(arguments);

	fflush(stdout);
	if (cli_error_sink) {
		cli_error_sink(message ?: "out of memory", hint);
	} else if (cli_json) {
		print_json_error(status, hint, message ?: "out of memory");
	} else {
		fprintf(stderr, "%s: %s\n", program_invocation_short_name,
			message ?: "out of memory");
		if (hint)
			fprintf(stderr, "%s\n", hint);
	}
	free(message);
	return status;
}

char *cli_beside(const char *const *paths, size_t count)
{
	char program[PATH_MAX];
	char *path = NULL;
	ssize_t size;
	size_t i;

	size = readlink("/proc/self/exe", program, sizeof(program) - 1);
	if (size <= 0)
		return NULL;
	program[size] = '\0';
	*(strrchr(program, '/') ?: program) = '\0';
	for (i = 0; i < count; i++) {
		if (asprintf(&path, "%s/%s", program, paths[i]) < 0)
			return NULL;
		if (!access(path, R_OK))
			return path;
		free(path);
	}
	return NULL;
}

#define WORD_MAX	32

static size_t least_of(size_t a, size_t b, size_t c)
{
	size_t m = a < b ? a : b;

	return m < c ? m : c;
}

/* Levenshtein distance, in which swapping two neighbours counts as one step */
static size_t word_distance(const char *a, const char *b)
{
	size_t row[3][WORD_MAX + 1];
	size_t a_size = strlen(a);
	size_t b_size = strlen(b);
	size_t i, j;

	if (a_size > WORD_MAX || b_size > WORD_MAX)
		return WORD_MAX;
	for (j = 0; j <= b_size; j++)
		row[0][j] = j;
	for (i = 1; i <= a_size; i++) {
		size_t *now = row[i % 3];
		const size_t *before = row[(i + 2) % 3];

		now[0] = i;
		for (j = 1; j <= b_size; j++) {
			now[j] = least_of(before[j] + 1, now[j - 1] + 1,
					  before[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1])
				now[j] = least_of(now[j], WORD_MAX,
						  row[(i + 1) % 3][j - 2] + 1);
		}
	}
	return row[a_size % 3][b_size];
}

const char *cli_nearest(const char *word, const char *const *names,
			size_t count)
{
	size_t best = (strlen(word) + 1) / 3 ?: 1;
	const char *nearest = NULL;
	size_t i;

	for (i = 0; i < count; i++) {
		size_t d = word_distance(word, names[i]);

		/*
		 * A name that has no letter of the word in common is not near.
		 */
		if (d <= best && d < strlen(word) && d < strlen(names[i])) {
			if (d == best && nearest)
				continue;
			best = d;
			nearest = names[i];
		}
	}
	return nearest;
}

int cli_unknown(const char *what, const char *word, const char *const *names,
		size_t count, const char *hint)
{
	const char *nearest = cli_nearest(word, names, count);

	if (nearest)
		return cli_error(CLI_USAGE, hint,
				 "unknown %s '%s', did you mean '%s'?", what,
				 word, nearest);
	return cli_error(CLI_USAGE, hint, "unknown %s '%s'", what, word);
}

int cli_number(const char *text, unsigned long long min,
	       unsigned long long max, unsigned long long *value)
{
	bool hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
	const char *digits = hex ? text + 2 : text;
	const char *allowed = hex ? "0123456789abcdefABCDEF" : "0123456789";

	if (!*digits || digits[strspn(digits, allowed)])
		return -1;
	errno = 0;
	*value = strtoull(digits, NULL, hex ? 16 : 10);
	return errno || *value < min || *value > max ? -1 : 0;
}

size_t cli_hex(const char *word, unsigned char *bytes, size_t room)
{
	size_t size = strlen(word);
	char pair[3] = "";
	size_t i;

	if (size % 2 || strspn(word, "0123456789abcdefABCDEF") < size)
		return 0;
	for (i = 0; i < size / 2 && i < room; i++) {
		memcpy(pair, word + 2 * i, 2);
		bytes[i] = (unsigned char)strtoul(pair, NULL, 16);
	}
	return size / 2;
}

const struct cli_unit cli_sizes[] = {
	{ "K", 1ULL << 10 },
	{ "M", 1ULL << 20 },
	{ "G", 1ULL << 30 },
	{ "", 1 },
	{ NULL, 0 }
};

int cli_quantity(const char *text, const struct cli_unit *units,
		 unsigned long long min, unsigned long long max,
		 unsigned long long *value)
{
	size_t size = strlen(text);
	char digits[32];

	for (; units->name; units++) {
		size_t unit = strlen(units->name);

		if (size < unit || strcmp(text + size - unit, units->name))
			continue;
		size -= unit;
		if (size >= sizeof(digits))
			return -1;
		memcpy(digits, text, size);
		digits[size] = '\0';
		if (cli_number(digits, min, max / units->factor, value))
			return -1;
		*value *= units->factor;
		return 0;
	}
	return -1;
}

bool cli_reader_left(int fd)
{
	struct pollfd output = { .fd = fd, .events = POLLOUT };

	return poll(&output, 1, 0) > 0 && (output.revents & POLLERR);
}

int cli_finish(int status)
{
	int failed = ferror(stdout);
	int lost = CLI_FAILED;

	errno = 0;
	if (!fflush(stdout) && !failed && !cli_output_error)
		return status;
	/* An earlier write may have failed, whose errno is no longer known. */
	if (errno == EPIPE || cli_reader_left(STDOUT_FILENO))
		return status;
	if (cli_output_error == EINTR || cli_output_error == ETIME)
		lost = cli_error(CLI_INTERRUPTED, NULL,
				 "standard output: its reader does not read");
	else if (cli_output_error || errno)
		cli_error(CLI_FAILED, NULL, "standard output: %s",
			  strerror(cli_output_error ?: errno));
	else
		cli_error(CLI_FAILED, NULL,
			  "standard output: not all of it could be written");
	return status == CLI_OK || status == CLI_GUEST ? lost : status;
}
