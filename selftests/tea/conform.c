// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <userspace/common/cli.h>

#include "conform.h"

#define STATUS_OK	0
#define STATUS_FAILED	1
#define STATUS_USAGE	2

#define FIELDS		8

static const struct conform_home *const homes[] = {
	&conform_home_user,
	&conform_home_jit,
	&conform_home_model,
#ifdef CONFORM_KERNEL
	&conform_home_kernel_soft,
	&conform_home_kernel_vmx,
	&conform_home_kernel_vmx_jit,
#endif
};

static unsigned int passed;
static unsigned int failed;

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

static int parse_hex(const char *text, unsigned char *bytes, size_t max,
		     size_t *size)
{
	size_t i;

	for (i = 0; text[2 * i]; i++) {
		int high = hex_digit(text[2 * i]);
		int low = hex_digit(text[2 * i + 1]);

		if (high < 0 || low < 0 || i == max)
			return -1;
		bytes[i] = (unsigned char)(high << 4 | low);
	}
	*size = i;
	return 0;
}

static int parse_number(const char *text, unsigned long long *value)
{
	char *end;

	errno = 0;
	*value = strtoull(text, &end, 10);
	return errno || end == text || *end ? -1 : 0;
}

static int split(char *line, char **fields)
{
	unsigned int i;

	line[strcspn(line, "\r\n")] = '\0';
	for (i = 0; i < FIELDS; i++) {
		fields[i] = strsep(&line, "|");
		if (!fields[i])
			return -1;
	}
	return line ? -1 : 0;
}

static int parse_case(char *line, struct conform_case *test,
		      struct conform_result *want)
{
	unsigned long long return_size;
	unsigned char *header = test->file;
	char *field[FIELDS];
	size_t code_size;

	if (split(line, field) || strlen(field[0]) >= sizeof(test->name))
		return -1;
	if (parse_number(field[1], &return_size) || return_size > 255 ||
	    parse_hex(field[2], test->arguments, sizeof(test->arguments),
		      &test->argument_size) ||
	    parse_hex(field[3], test->file + TEA_HEADER_SIZE, TEA_CODE_MAX,
		      &code_size) ||
	    parse_hex(field[4], want->message, sizeof(want->message),
		      &want->message_size) ||
	    parse_hex(field[5], want->stack, sizeof(want->stack),
		      &want->stack_size) ||
	    parse_hex(field[6], want->text, sizeof(want->text),
		      &want->text_size) ||
	    parse_number(field[7], &want->steps))
		return -1;

	snprintf(test->name, sizeof(test->name), "%s", field[0]);
	header[TEA_HEADER_SIGNATURE] = TEA_SIGNATURE_0;
	header[TEA_HEADER_SIGNATURE + 1] = TEA_SIGNATURE_1;
	header[TEA_HEADER_MAJOR] = TEA_VERSION_MAJOR;
	header[TEA_HEADER_MINOR] = TEA_VERSION_MINOR;
	header[TEA_HEADER_RETURN] = (unsigned char)return_size;
	header[TEA_HEADER_ARGUMENTS] = (unsigned char)test->argument_size;
	test->file_size = TEA_HEADER_SIZE + code_size;
	test->steps = want->steps;
	return 0;
}

static void print_bytes(const char *what, const unsigned char *bytes,
			size_t size)
{
	size_t i;

	printf(" %s ", what);
	if (!size)
		putchar('-');
	for (i = 0; i < size; i++)
		printf("%02x", bytes[i]);
}

/* Prints "FIELD: wanted X, got Y" when the two differ. */
static int compare_bytes(const char *name, const char *field,
			 const unsigned char *want, size_t want_size,
			 const unsigned char *got, size_t got_size)
{
	if (want_size == got_size && !memcmp(want, got, got_size))
		return 0;
	printf("%s: %s:", name, field);
	print_bytes("wanted", want, want_size);
	print_bytes(", got", got, got_size);
	putchar('\n');
	return 1;
}

static int compare(const struct conform_case *test,
		   const struct conform_result *want,
		   const struct conform_result *got)
{
	int differs = 0;

	differs |= compare_bytes(test->name, "message", want->message,
				 want->message_size, got->message,
				 got->message_size);
	differs |= compare_bytes(test->name, "stack", want->stack,
				 want->stack_size, got->stack,
				 got->stack_size);
	differs |= compare_bytes(test->name, "text", want->text,
				 want->text_size, got->text, got->text_size);
	if (want->steps != got->steps) {
		printf("%s: steps: wanted %llu, got %llu\n", test->name,
		       want->steps, got->steps);
		differs = 1;
	}
	return differs;
}

static void run_case(const struct conform_home *home,
		     const struct conform_case *test,
		     const struct conform_result *want)
{
	static struct conform_result got;

	memset(&got, 0, sizeof(got));
	if (home->run(test, &got)) {
		printf("%s: not run: %s\n", test->name, got.trouble);
		failed++;
	} else if (compare(test, want, &got)) {
		failed++;
	} else {
		passed++;
	}
}

static int run_file(const struct conform_home *home, const char *path)
{
	static struct conform_case test;
	static struct conform_result want;
	FILE *file = fopen(path, "r");
	unsigned int number = 0;
	char *line = NULL;
	size_t size = 0;
	int error = 0;

	if (!file) {
		fprintf(stderr, "conform: %s: %s\n", path, strerror(errno));
		return -1;
	}
	while (!error && getline(&line, &size, file) >= 0) {
		number++;
		if (line[0] == '#' || line[0] == '\n')
			continue;
		error = parse_case(line, &test, &want);
		if (error)
			fprintf(stderr, "conform: %s:%u: not a case\n", path,
				number);
		else
			run_case(home, &test, &want);
	}
	if (ferror(file)) {
		fprintf(stderr, "conform: %s: %s\n", path, strerror(errno));
		error = -1;
	}
	free(line);
	fclose(file);
	return error;
}

static const struct conform_home *find_home(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(homes); i++) {
		if (!strcmp(homes[i]->name, name))
			return homes[i];
	}
	fprintf(stderr, "conform: --backend: no '%s' in this build, only",
		name);
	for (i = 0; i < ARRAY_SIZE(homes); i++)
		fprintf(stderr, " %s", homes[i]->name);
	fputc('\n', stderr);
	return NULL;
}

static int usage(FILE *to, int status)
{
	fputs("usage: conform [--backend user|jit|model|soft|vmx|vmx-jit] FILE...\n", to);
	return status;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "backend", required_argument, NULL, 'b' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	const struct conform_home *home = &conform_home_user;
	int broken = 0;
	int option;

	while ((option = getopt_long(argc, argv, "b:h", options, NULL)) != -1) {
		if (option == 'h')
			return usage(stdout, STATUS_OK);
		if (option != 'b')
			return usage(stderr, STATUS_USAGE);
		home = find_home(optarg);
		if (!home)
			return STATUS_USAGE;
	}
	if (optind == argc)
		return usage(stderr, STATUS_USAGE);

	if (home->open())
		return STATUS_USAGE;
	for (; optind < argc; optind++)
		broken |= run_file(home, argv[optind]);
	home->close();

	printf("%u passed, %u failed\n", passed, failed);
	if (broken || !(passed + failed))
		return STATUS_USAGE;
	return failed ? STATUS_FAILED : STATUS_OK;
}
