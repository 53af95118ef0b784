// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <uapi/vmx_caps.h>
#include <userspace/lib/host.h>

#include "command.h"
#include "host_check.h"
#include "output.h"

/* What a machine needs to run guests in VMX; each part is checked by itself */

enum verdict {
	GOOD,
	BAD,
	UNKNOWN,
};

static const char *const verdicts[] = {
	[GOOD] = "ok",
	[BAD] = "wrong",
	[UNKNOWN] = "unknown",
};

/**
 * struct report - what was found
 * @checks: JSON objects of the checks
 * @bad: something is wrong
 */
struct report {
	json_t *checks;
	bool bad;
};

/* @next: the command or step that restores it, or NULL */
static void report_add(struct report *report, const char *name,
		       enum verdict verdict, const char *next,
		       const char *format, ...)
	__attribute__((__format__(printf, 5, 6)));

static void report_add(struct report *report, const char *name,
		       enum verdict verdict, const char *next,
		       const char *format, ...)
{
	char text[512];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	report->bad |= verdict == BAD;
	if (cli_json) {
		json_array_append_new(report->checks,
				      json_pack("{s:s, s:s, s:s, s:s?}",
						"name", name, "verdict",
						verdicts[verdict], "text",
						text, "next", next));
		return;
	}
	printf("%-11s %-8s %s\n", name, verdicts[verdict], text);
	if (next)
		printf("%20s %s\n", "", next);
}

/* The first line of a file, without its end. Return: false if unreadable */
static bool read_line(const char *path, char *line, int size)
{
	FILE *file = fopen(path, "re");
	bool read;

	if (!file)
		return false;
	read = fgets(line, size, file);
	fclose(file);
	if (read)
		line[strcspn(line, "\n")] = 0;
	return read;
}

#define SOFT	"'modprobe teavmx' and 'teavmx run --backend soft'"
#define NEST \
	"on the host of this machine: modprobe kvm_intel nested=1, and give it the CPU model 'host'"

/* Return: the CPU has VMX */
static bool check_cpu(struct report *report)
{
	struct teavmx_host_cpu cpu;

	teavmx_host_cpu(&cpu);
	if (cpu.vmx)
		report_add(report, "CPU", GOOD, NULL, "has VMX");
	else if (cpu.hypervisor && !strcmp(cpu.vendor, "GenuineIntel"))
		report_add(report, "CPU", BAD, NEST "; or " TEAVMX_EMULATED_HOST,
			   "%s", teavmx_host_lacks(&cpu));
	else
		report_add(report, "CPU", BAD,
			   TEAVMX_EMULATED_HOST "; or " SOFT,
			   "%s", teavmx_host_lacks(&cpu));
	return cpu.vmx;
}

#define MSR_DEVICE		"/dev/cpu/0/msr"
#define FEATURE_LOCKED		1
#define FEATURE_VMX_OUTSIDE_SMX	4

static const char *msr_advice(int error)
{
	bool root = !geteuid();

	if (error == EACCES || error == EPERM)
		return root ? "run it outside of the container: it needs CAP_SYS_RAWIO" :
			      "run it as root: sudo teavmx doctor";
	return root ? "modprobe msr" : "sudo modprobe msr";
}

static void check_firmware(struct report *report)
{
	int fd = open(MSR_DEVICE, O_RDONLY | O_CLOEXEC);
	uint64_t value = 0;
	ssize_t got = -1;
	int error = errno;

	if (fd >= 0) {
		got = pread(fd, &value, sizeof(value),
			    VMX_MSR_FEATURE_CONTROL);
		error = errno;
		close(fd);
	}
	if (got != sizeof(value))
		report_add(report, "firmware", UNKNOWN,
			   msr_advice(error),
			   "IA32_FEATURE_CONTROL cannot be read: %s: %s",
			   MSR_DEVICE, strerror(error));
	else if (value & FEATURE_LOCKED && !(value & FEATURE_VMX_OUTSIDE_SMX))
		report_add(report, "firmware", BAD,
			   "enable Intel VT-x in the firmware setup and switch the machine off and on",
			   "has disabled VMX (IA32_FEATURE_CONTROL 0x%llx)",
			   (unsigned long long)value);
	else
		report_add(report, "firmware", GOOD, NULL,
			   "lets VMX be used (IA32_FEATURE_CONTROL 0x%llx)",
			   (unsigned long long)value);
}

/* Linux versions, as 1000 * major + minor */
#define TRIED_UP_TO	6012
#define WITHOUT_EXPORTS	6019

static void check_kernel(struct report *report)
{
	unsigned int major = 0, minor = 0;
	struct utsname name;

	if (uname(&name) ||
	    sscanf(name.release, "%u.%u", &major, &minor) != 2)
		report_add(report, "kernel", UNKNOWN, NULL,
			   "its version is not known");
	else if (1000 * major + minor >= WITHOUT_EXPORTS)
		report_add(report, "kernel", BAD, "boot Linux 6.12 or older",
			   "%s keeps what a VMX module needs for KVM alone",
			   name.release);
	else if (1000 * major + minor > TRIED_UP_TO)
		report_add(report, "kernel", UNKNOWN,
			   "if the module does not build or load, boot Linux 6.12",
			   "%s is newer than any that the module was tried with",
			   name.release);
	else
		report_add(report, "kernel", GOOD, NULL, "%s", name.release);
}

#define LOCKDOWN	"/sys/kernel/security/lockdown"
#define SIG_ENFORCE	"/sys/module/module/parameters/sig_enforce"
#define SIGN \
	"sign the module with a key of this machine (mokutil --import), or disable Secure Boot"

static void check_signatures(struct report *report)
{
	char enforced[16] = "";
	char lockdown[64] = "";
	bool known = read_line(LOCKDOWN, lockdown, sizeof(lockdown));

	known |= read_line(SIG_ENFORCE, enforced, sizeof(enforced));
	if (!access("/sys/module/teavmx", F_OK))
		report_add(report, "signatures", GOOD, NULL,
			   "the module was accepted");
	else if (strstr(lockdown, "[integrity]") ||
		 strstr(lockdown, "[confidentiality]"))
		report_add(report, "signatures", BAD, SIGN,
			   "the kernel is locked down (Secure Boot) and loads signed modules only");
	else if (enforced[0] == 'Y')
		report_add(report, "signatures", BAD, SIGN,
			   "the kernel loads signed modules only");
	else if (!known)
		report_add(report, "signatures", UNKNOWN,
			   geteuid() ? "run it as root: sudo teavmx doctor" :
				       NULL,
			   "neither %s nor %s can be read", LOCKDOWN,
			   SIG_ENFORCE);
	else
		report_add(report, "signatures", GOOD, NULL,
			   "unsigned modules can be loaded");
}

static void check_holder(struct report *report)
{
	static const char *const others[] = { "vboxdrv", "vmmon" };
	char users[16] = "0";
	char path[64];
	char next[64];
	bool kvm;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(others); i++) {
		snprintf(path, sizeof(path), "/sys/module/%s", others[i]);
		if (access(path, F_OK))
			continue;
		snprintf(next, sizeof(next), "%smodprobe -r %s",
			 geteuid() ? "sudo " : "", others[i]);
		report_add(report, "holder", UNKNOWN, next,
			   "%s is loaded and may hold VMX", others[i]);
	}
	kvm = read_line("/sys/module/kvm_intel/refcnt", users, sizeof(users));
	report_add(report, "holder", GOOD, NULL,
		   kvm ? "kvm_intel is loaded, with %s users; the module runs beside it" :
			 "kvm_intel is not loaded%.0s", users);
}

static void check_permission(struct report *report)
{
	unsigned long long caps = 0;
	FILE *file = fopen("/proc/self/status", "re");
	char line[128];

	while (file && fgets(line, sizeof(line), file))
		if (!strncmp(line, "CapEff:", 7))
			caps = strtoull(line + 7, NULL, 16);
	if (file)
		fclose(file);
	/* Bit 21 is CAP_SYS_ADMIN. */
	if (caps >> 21 & 1)
		report_add(report, "permission", GOOD, NULL, "CAP_SYS_ADMIN");
	else
		report_add(report, "permission", BAD,
			   geteuid() ? "run teavmx as root, with sudo" :
				       "give this container or service the capability",
			   "requests to the module need CAP_SYS_ADMIN");
}

static void check_module(struct report *report)
{
	struct teavmx_error error;
	struct teavmx *teavmx = teavmx_open(&error);
	struct teavmx_info info;

	if (!teavmx) {
		report_add(report, "module", BAD,
			   error.hint[0] ? error.hint : NULL, "%s",
			   error.message);
		return;
	}
	if (teavmx_get_info(teavmx, NULL, &info)) {
		const struct teavmx_error *failure = teavmx_error(teavmx);

		report_add(report, "module", BAD,
			   failure->hint[0] ? failure->hint : NULL, "%s",
			   failure->message);
	} else if (!info.vmx) {
		report_add(report, "module", BAD, NULL, "no VMX: %s",
			   info.vmx_missing);
	} else {
		report_add(report, "module", GOOD, NULL,
			   "version %s, VMX on %u CPUs, mode %s", info.version,
			   info.vmx_cpus, info.vmx_mode);
	}
	teavmx_close(teavmx);
}

int host_check(void)
{
	struct report report = { json_array(), false };

	if (check_cpu(&report))
		check_firmware(&report);
	check_kernel(&report);
	check_signatures(&report);
	check_holder(&report);
	check_permission(&report);
	check_module(&report);
	if (cli_json)
		tea_json_print(json_pack("{s:O, s:b}", "checks", report.checks,
					 "wrong", report.bad), stdout);
	json_decref(report.checks);
	return report.bad ? CLI_GUEST : CLI_OK;
}
