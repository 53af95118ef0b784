// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>
#include <sys/utsname.h>

#include "selftest.h"

/*
 * The report may be published: each item about processor and kernel is chosen
 * by name, so that nothing private gets into it.
 */

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

static void write_rows(const struct selftest *test, FILE *file)
{
	unsigned int i;

	fprintf(file, "\nResults\n");
	for (i = 0; i < test->count; i++) {
		const struct selftest_row *row = &test->rows[i];

		fprintf(file, "%-24s %s%s%s\n", row->name,
			selftest_result_name(row->result),
			row->detail[0] ? "  " : "", row->detail);
	}
	fprintf(file, "%u passed, %u failed, %u skipped\n",
		selftest_total(test, SELFTEST_PASS),
		selftest_total(test, SELFTEST_FAIL),
		selftest_total(test, SELFTEST_SKIP));
}

void selftest_report(const struct selftest *test, FILE *file)
{
	struct utsname kernel;

	fprintf(file, "teavmx selftest\n\nprogram: %s\nmodule: %s\nmode: %s\n",
		TEAVMX_VERSION, test->info.version, test->info.vmx_mode);
	if (!uname(&kernel))
		fprintf(file, "kernel: %s\n", kernel.release);
	fprintf(file, "CPUs: %d\n", test->cpu_count);
	write_processor(file);
	write_caps(test, file);
	write_rows(test, file);
}
