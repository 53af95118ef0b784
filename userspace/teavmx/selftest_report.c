// SPDX-License-Identifier: GPL-2.0-only
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/klog.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "scrub.h"
#include "selftest.h"

/*
 * The report may be published. Each item about processor and kernel is chosen by name,
 * and the text of others, such as the kernel's log, is written by scrub_print().
 */

#define PARAMETERS	"/sys/module/teavmx/parameters"

/* The last lines of the kernel's log with the module's name */
#define LOG_LINES	100

/* Actions of klogctl(), which <sys/klog.h> has no names for */
#define LOG_READ_ALL	3
#define LOG_SIZE	10

static const char *const cpu_keys[] = {
	"vendor_id", "cpu family", "model", "model name", "stepping",
	"microcode",
};

static bool is_wanted(const char *line)
{
	size_t length = strcspn(line, "\t:");
	size_t i;

	for (i = 0; i < sizeof(cpu_keys) / sizeof(*cpu_keys); i++)
		if (strlen(cpu_keys[i]) == length &&
		    !strncmp(line, cpu_keys[i], length))
			return true;
	return false;
}

/* The section of the first CPU in /proc/cpuinfo */
static void write_processor(FILE *file)
{
	FILE *cpuinfo = fopen("/proc/cpuinfo", "r");
	char line[4096];
	bool virtual = false;

	while (cpuinfo && fgets(line, sizeof(line), cpuinfo) &&
	       line[0] != '\n') {
		const char *value = strchr(line, ':');

		if (value && is_wanted(line))
			fprintf(file, "%.*s:%s", (int)strcspn(line, "\t:"),
				line, value + 1);
		if (!strncmp(line, "flags", 5) && strstr(line, " hypervisor"))
			virtual = true;
	}
	if (cpuinfo)
		fclose(cpuinfo);
	fprintf(file, "under a hypervisor: %s\n", virtual ? "yes" : "no");
}

/* MSRs are printed in two halves, as the SDM describes them. */
static void write_caps(const struct selftest *test, FILE *file)
{
	const struct teavmx_caps *caps = test->caps;
	size_t i;

	fprintf(file, "\nVMX capabilities of CPU %u (high half, low half)\n",
		caps->cpu);
	for (i = 0; i < caps->count; i++) {
		const struct teavmx_msr *msr = &caps->msrs[i];
		const char *name = teavmx_msr_name(msr->number);

		fprintf(file, "0x%03x %-28s 0x%08x 0x%08x\n", msr->number,
			name ? name : "", (uint32_t)(msr->value >> 32),
			(uint32_t)msr->value);
	}
}

static void write_rows(const struct selftest *test, const struct scrub *scrub,
		       FILE *file)
{
	unsigned int i;

	fprintf(file, "\nResults\n");
	for (i = 0; i < test->count; i++) {
		const struct selftest_row *row = &test->rows[i];

		fprintf(file, "%-24s %s%s", row->name,
			selftest_result_name(row->result),
			row->detail[0] ? "  " : "");
		scrub_print(scrub, row->detail, file);
		fputc('\n', file);
	}
	fprintf(file, "%u passed, %u failed, %u skipped\n",
		selftest_total(test, SELFTEST_PASS),
		selftest_total(test, SELFTEST_FAIL),
		selftest_total(test, SELFTEST_SKIP));
}

/* The first line of a small file; empty if there is none */
static void file_line(const char *path, char *line, size_t size)
{
	FILE *file = fopen(path, "r");

	line[0] = '\0';
	if (!file)
		return;
	if (!fgets(line, (int)size, file))
		line[0] = '\0';
	line[strcspn(line, "\n")] = '\0';
	fclose(file);
}

static void write_parameters(const struct scrub *scrub, FILE *file)
{
	struct dirent **entries;
	char path[512], value[64];
	int i, count = scandir(PARAMETERS, &entries, NULL, alphasort);

	if (count < 0)
		return;
	fprintf(file, "parameters:");
	for (i = 0; i < count; i++) {
		snprintf(path, sizeof(path), PARAMETERS "/%s", entries[i]->d_name);
		file_line(path, value, sizeof(value));
		if (entries[i]->d_name[0] != '.' && value[0]) {
			fprintf(file, " %s=", entries[i]->d_name);
			scrub_print(scrub, value, file);
		}
		free(entries[i]);
	}
	free(entries);
	fputc('\n', file);
}

static void write_holders(const struct selftest *test, FILE *file)
{
	uint32_t holder;
	int i, count;

	for (holder = 0; teavmx_holder_name(holder); holder++) {
		for (i = count = 0; i < test->cpu_count; i++)
			count += test->cpus[i].vmx_holder == holder;
		if (count)
			fprintf(file, "VMX held by %s: %d CPU%s\n",
				teavmx_holder_name(holder), count,
				count == 1 ? "" : "s");
	}
}

static void write_engine(const struct selftest *test, const struct scrub *scrub,
			 FILE *file)
{
	char build[64];

	fprintf(file, "program: %s\n", TEAVMX_VERSION);
	fprintf(file, "module: %s", test->info.version[0] ? test->info.version : "none");
	file_line("/sys/module/teavmx/srcversion", build, sizeof(build));
	fprintf(file, "%s%s\n", build[0] ? ", build " : "", build);
	if (test->unusable[0]) {
		fprintf(file, "unusable: ");
		scrub_print(scrub, test->unusable, file);
		fputc('\n', file);
	}
	if (test->info.vmx_mode[0])
		fprintf(file, "mode: %s\n", test->info.vmx_mode);
	write_parameters(scrub, file);
}

static void write_kernel(const struct scrub *scrub, FILE *file)
{
	struct utsname kernel;

	if (uname(&kernel))
		return;
	fprintf(file, "kernel: ");
	scrub_print_names(scrub, kernel.release, file);
	fprintf(file, "\nkernel build: ");
	scrub_print_names(scrub, kernel.version, file);
	fputc('\n', file);
}

/* The line without its level, as "<6>" */
static const char *log_text(const char *line)
{
	const char *text = line[0] == '<' ? strchr(line, '>') : NULL;

	return text ? text + 1 : line;
}

static bool is_ours(const char *line, const char *end)
{
	const char *name = strstr(line, "teavmx");

	return name && name < end;
}

/* Cuts @log into lines, of which those with the module's name remain. */
static size_t log_lines(char *log, const char **last)
{
	char *line, *end, *next;
	size_t count = 0;

	for (line = log; *line; line = next) {
		end = line + strcspn(line, "\n");
		next = *end ? end + 1 : end;
		if (!is_ours(line, end))
			continue;
		*end = '\0';
		last[count++ % LOG_LINES] = log_text(line);
	}
	return count;
}

static void write_log(const struct scrub *scrub, FILE *file)
{
	int size = klogctl(LOG_SIZE, NULL, 0);
	char *log = size > 0 ? malloc((size_t)size + 1) : NULL;
	const char *lines[LOG_LINES];
	size_t i, count;

	fprintf(file, "\nKernel log\n");
	size = log ? klogctl(LOG_READ_ALL, log, size) : -1;
	if (size < 0) {
		fprintf(file, "The kernel's log cannot be read.\n");
		free(log);
		return;
	}
	log[size] = '\0';
	count = log_lines(log, lines);
	i = count > LOG_LINES ? count - LOG_LINES : 0;
	fprintf(file, "%zu lines with the module's name%s\n", count,
		i ? ", the last ones:" : "");
	for (; i < count; i++) {
		scrub_print(scrub, lines[i % LOG_LINES], file);
		fputc('\n', file);
	}
	free(log);
}

void selftest_report(const struct selftest *test, FILE *file)
{
	struct scrub scrub = { .count = 0 };

	scrub_machine(&scrub);
	scrub_patterns(&scrub);
	fprintf(file, "teavmx selftest\n\n");
	write_engine(test, &scrub, file);
	write_kernel(&scrub, file);
	fprintf(file, "CPUs: %ld\n", sysconf(_SC_NPROCESSORS_ONLN));
	write_processor(file);
	write_holders(test, file);
	if (test->caps_count > 0)
		write_caps(test, file);
	if (test->count)
		write_rows(test, &scrub, file);
	write_log(&scrub, file);
	scrub_free(&scrub);
}
