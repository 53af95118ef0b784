/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CLI_H
#define CLI_H

#include <stdbool.h>
#include <stddef.h>

#ifndef ARRAY_SIZE
#define ARRAY_SIZE(array)	(sizeof(array) / sizeof((array)[0]))
#endif

/**
 * enum cli_status - exit statuses of both programs
 * @CLI_OK: done
 * @CLI_FAILED: the request failed
 * @CLI_USAGE: the command line is wrong
 * @CLI_NO_ENGINE: no module, or no VMX
 * @CLI_NOT_PERMITTED: a permission is missing
 * @CLI_NOT_FOUND: no such object, or it exists already
 * @CLI_GUEST: the guest ended in error
 * @CLI_INTERRUPTED: stopped by the user, or events were lost with --strict
 */
enum cli_status {
	CLI_OK			= 0,
	CLI_FAILED		= 1,
	CLI_USAGE		= 2,
	CLI_NO_ENGINE		= 3,
	CLI_NOT_PERMITTED	= 4,
	CLI_NOT_FOUND		= 5,
	CLI_GUEST		= 6,
	CLI_INTERRUPTED		= 7,
};

/**
 * cli_json - errors are printed as JSON objects; set by --json
 */
extern bool cli_json;

/**
 * cli_output_error - errno that standard output failed with, 0 if unknown
 *
 * EINTR and ETIME mean that its reader did not read until a signal came or the
 * time was over. ENOMEM means that a JSON value had no memory.
 */
extern int cli_output_error;

/**
 * cli_start() - prepare the standard descriptors; called first in a program
 *
 * A standard descriptor that is closed is replaced by one on which every access
 * fails. Otherwise a socket or file opened later would get its number and would
 * receive what is printed.
 */
void cli_start(void);

/**
 * cli_error() - report an error on stderr
 * @status: exit status for this error
 * @hint: the next step, or null
 * @format: the message, without program name and newline
 *
 * Return: @status.
 */
int cli_error(enum cli_status status, const char *hint, const char *format,
	      ...) __attribute__((__format__(printf, 3, 4)));

/**
 * cli_error_sink - receives what cli_error() reports instead of stderr, if not null
 *
 * For a program whose user reads neither stderr nor JSON objects of ours. The hint may
 * be null.
 */
extern void (*cli_error_sink)(const char *message, const char *hint);

/**
 * cli_beside() - find a file or folder of the tree or the installation
 * @paths: where it may be, relative to the folder of the program
 * @count: number of them
 *
 * Return: the path of the first one that can be read, to be freed, or null.
 */
char *cli_beside(const char *const *paths, size_t count);

/**
 * cli_unknown() - refuse a word that is not among those expected
 * @what: what it should have been, such as "verb" or "option"
 * @word: the word
 * @names: the words expected, for "did you mean"
 * @count: number of them
 * @hint: where the words are documented, such as "see tea help"
 *
 * Return: CLI_USAGE.
 */
int cli_unknown(const char *what, const char *word, const char *const *names,
		size_t count, const char *hint);

/**
 * cli_nearest() - find the name a mistyped word most likely meant
 * @word: the word
 * @names: candidates
 * @count: number of them
 *
 * Return: the candidate, or null when none is near.
 */
const char *cli_nearest(const char *word, const char *const *names,
			size_t count);

/**
 * cli_number() - read a decimal or 0x number
 * @text: the digits
 * @min: smallest number allowed
 * @max: largest number allowed
 * @value: receives it
 *
 * Return: 0, or -1 when it is no such number.
 */
int cli_number(const char *text, unsigned long long min,
	       unsigned long long max, unsigned long long *value);

/**
 * cli_hex() - read bytes of two hexadecimal digits each
 * @word: the digits
 * @bytes: receives the bytes
 * @room: how many of them at most
 *
 * Return: number of bytes that @word has, 0 when it is malformed.
 */
size_t cli_hex(const char *word, unsigned char *bytes, size_t room);

/**
 * struct cli_unit - a unit that may follow a number
 * @name: the unit, empty if the number may stand alone; null ends an array
 * @factor: what the number is multiplied by
 */
struct cli_unit {
	const char *name;
	unsigned long long factor;
};

/**
 * cli_sizes - K, M and G, or bytes without a unit
 */
extern const struct cli_unit cli_sizes[];

/**
 * cli_quantity() - read a number with a unit
 * @text: the number and its unit
 * @units: the units; a unit that is the end of another one comes after that
 * @min: smallest number allowed, without its unit
 * @max: largest result allowed
 * @value: receives the result
 *
 * Return: 0, or -1 when it is no such quantity.
 */
int cli_quantity(const char *text, const struct cli_unit *units,
		 unsigned long long min, unsigned long long max,
		 unsigned long long *value);

/**
 * cli_reader_left() - has the reader of an output closed it?
 * @fd: descriptor, such as of standard output
 *
 * Return: true if there is no reader any more.
 */
bool cli_reader_left(int fd);

/**
 * cli_finish() - flush stdout before the program ends
 * @status: exit status so far
 *
 * A reader that has closed standard output is not an error. Any other loss of
 * output is reported.
 *
 * Return: @status. If it is CLI_OK or CLI_GUEST and output was lost, CLI_FAILED,
 * or CLI_INTERRUPTED if the reader did not read.
 */
int cli_finish(int status);

#endif
