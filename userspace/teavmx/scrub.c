// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include <userspace/common/cli.h>

#include "scrub.h"

#define GROUPS_MAX	3

/* User numbers of people, as Debian assigns them */
#define FIRST_USER	1000
#define LAST_USER	59999

/* A name as a regular expression has at most three characters for each of its own. */
#define NAME_MAX_SIZE	200

#define HEX	"[0-9a-f]"
#define HEX_GROUPS	HEX "{1,4}(:" HEX "{1,4})*"
#define BYTE	"[0-9]{1,3}"

/*
 * A number of more than eight digits is an address, of the kernel or of memory. Shorter
 * ones are values of registers and controls, without which a report is of no use.
 */
static const struct {
	const char *regex;
	size_t group;
	const char *mark;
} patterns[] = {
	{ "\\b" HEX "{8}(-" HEX "{4}){3}-" HEX "{12}\\b", 0, "[UUID]" },
	{ "\\b(" HEX "{2}[:-]){5,7}" HEX "{2}\\b", 0, "[MAC address]" },
	{ "\\b(" HEX "{1,4}:){7}" HEX "{1,4}\\b", 0, "[IP address]" },
	{ "(\\b" HEX_GROUPS ")?::(" HEX_GROUPS "\\b)", 0, "[IP address]" },
	{ "\\b" HEX_GROUPS "::", 0, "[IP address]" },
	{ "\\b" BYTE "(\\." BYTE "){3}\\b", 0, "[IP address]" },
	{ "\\b0x" HEX "{9,}\\b", 0, "[address]" },
	{ "\\b" HEX "{16}\\b", 0, "[address]" },
	{ "[[:alnum:]._+-]+@[[:alnum:]._-]+", 0, "[user]@[host]" },
	{ "/home/([^/[:space:]]+)", 1, "[user]" },
	{ "serial[ _-]*(number|no[.]?)?[ ]*[:=#][ ]*([^[:space:],;]+)", 2,
	  "[serial number]" },
};

/* Words that identify no machine and no person */
static const char *const usual[] = {
	"root", "localhost", "localdomain", "(none)", "None", "N/A", "/", "/root",
	"Default string", "teavmx",
};

static void rule_add(struct scrub *scrub, const char *regex, size_t group,
		     const char *mark)
{
	struct scrub_rule *rules = realloc(scrub->rules, (scrub->count + 1) *
					   sizeof(*rules));
	struct scrub_rule *rule;

	if (rules)
		scrub->rules = rules;
	rule = scrub->rules + scrub->count;
	if (!rules || regcomp(&rule->regex, regex, REG_EXTENDED | REG_ICASE)) {
		scrub->incomplete = true;
		return;
	}
	rule->group = group;
	rule->mark = mark;
	scrub->count++;
}

static bool is_usual(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(usual); i++)
		if (!strcasecmp(name, usual[i]))
			return true;
	return !name[0] || !name[1];
}

static bool is_word(char character)
{
	return isalnum((unsigned char)character) || character == '_';
}

void scrub_name(struct scrub *scrub, const char *name, const char *mark)
{
	char regex[3 * NAME_MAX_SIZE + 8];
	size_t length = name ? strlen(name) : 0;
	char *to = regex;
	size_t i;

	if (!length || length > NAME_MAX_SIZE || is_usual(name))
		return;
	if (is_word(name[0]))
		to = stpcpy(to, "\\b");
	for (i = 0; i < length; i++) {
		if (name[i] == '^')
			to = stpcpy(to, "\\^");
		else if (ispunct((unsigned char)name[i]))
			to += sprintf(to, "[%c]", name[i]);
		else
			*to++ = name[i];
	}
	*to = '\0';
	if (is_word(name[length - 1]))
		stpcpy(to, "\\b");
	rule_add(scrub, regex, 0, mark);
	scrub->names = scrub->count;
}

/* A long name first, so that the mark replaces all of it. */
static void host_names(struct scrub *scrub)
{
	struct utsname host;
	char *dot;

	if (uname(&host))
		return;
	scrub_name(scrub, host.nodename, "[host]");
	dot = strchr(host.nodename, '.');
	if (dot) {
		scrub_name(scrub, dot + 1, "[domain]");
		*dot = '\0';
		scrub_name(scrub, host.nodename, "[host]");
	}
	scrub_name(scrub, host.domainname, "[domain]");
}

static void user_names(struct scrub *scrub)
{
	static const char *const variables[] = { "USER", "LOGNAME", "SUDO_USER" };
	FILE *file = fopen("/etc/passwd", "r");
	const struct passwd *user;
	size_t i;

	scrub_name(scrub, getenv("HOME"), "[home folder]");
	for (i = 0; i < ARRAY_SIZE(variables); i++)
		scrub_name(scrub, getenv(variables[i]), "[user]");
	while (file && (user = fgetpwent(file))) {
		if (user->pw_uid < FIRST_USER || user->pw_uid > LAST_USER)
			continue;
		scrub_name(scrub, user->pw_dir, "[home folder]");
		scrub_name(scrub, user->pw_name, "[user]");
	}
	if (file)
		fclose(file);
}

static void file_name(struct scrub *scrub, const char *path, const char *mark)
{
	char line[NAME_MAX_SIZE + 1];
	FILE *file = fopen(path, "r");

	if (!file)
		return;
	if (fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		scrub_name(scrub, line, mark);
	}
	fclose(file);
}

static void serial_numbers(struct scrub *scrub)
{
	static const char *const names[] = {
		"product_serial", "product_uuid", "board_serial", "chassis_serial",
		"board_asset_tag", "chassis_asset_tag",
	};
	char path[64];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		snprintf(path, sizeof(path), "/sys/class/dmi/id/%s", names[i]);
		file_name(scrub, path, "[serial number]");
	}
	file_name(scrub, "/etc/machine-id", "[machine id]");
}

void scrub_machine(struct scrub *scrub)
{
	host_names(scrub);
	serial_numbers(scrub);
	user_names(scrub);
}

void scrub_patterns(struct scrub *scrub)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(patterns); i++)
		rule_add(scrub, patterns[i].regex, patterns[i].group,
			 patterns[i].mark);
}

/* Takes @text and returns its replacement, or null without memory. */
static char *rule_apply(const struct scrub_rule *rule, char *text)
{
	regmatch_t match[GROUPS_MAX] = { { .rm_eo = (regoff_t)strlen(text) } };
	const regoff_t end = match[0].rm_eo;
	regoff_t done = 0;
	char *result = NULL;
	size_t size;
	FILE *file = open_memstream(&result, &size);

	while (file && done < end) {
		match[0] = (regmatch_t){ .rm_so = done, .rm_eo = end };
		if (regexec(&rule->regex, text, GROUPS_MAX, match, REG_STARTEND))
			break;
		fprintf(file, "%.*s%s", (int)(match[rule->group].rm_so - done),
			text + done, rule->mark);
		done = match[rule->group].rm_eo;
	}
	if (file) {
		fputs(text + done, file);
		if (fclose(file)) {
			free(result);
			result = NULL;
		}
	}
	free(text);
	return result;
}

/* Nothing is written without memory: the text could have what must not appear. */
static void print_with(const struct scrub *scrub, size_t rules, const char *text,
		       FILE *file)
{
	char *copy = scrub->incomplete ? NULL : strdup(text);
	size_t i;

	for (i = 0; i < rules && copy; i++)
		copy = rule_apply(&scrub->rules[i], copy);
	fputs(copy ?: "[out of memory]", file);
	free(copy);
}

void scrub_print(const struct scrub *scrub, const char *text, FILE *file)
{
	print_with(scrub, scrub->count, text, file);
}

void scrub_print_names(const struct scrub *scrub, const char *text, FILE *file)
{
	print_with(scrub, scrub->names, text, file);
}

void scrub_free(struct scrub *scrub)
{
	while (scrub->count)
		regfree(&scrub->rules[--scrub->count].regex);
	free(scrub->rules);
	scrub->rules = NULL;
}
