// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The lookup of the family fails with the same error for every cause. As each
 * cause has another remedy, the state of the system is checked to find it.
 */
#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "host.h"
#include "internal.h"

#define MODULE_LOADED	"/sys/module/teavmx"
#define MODULE_TREE	"/lib/modules"
#define CAP_SYS_ADMIN	21

static bool line_with(const char *path, const char *word)
{
	FILE *file = fopen(path, "re");
	bool found = false;
	char *line = NULL;
	size_t size = 0;

	if (!file)
		return false;
	while (!found && getline(&line, &size, file) > 0)
		found = strstr(line, word);
	free(line);
	fclose(file);
	return found;
}

/*
 * modprobe reads modules.dep; for a file that is not listed there depmod comes
 * first.
 */
static bool module_listed(const char *release)
{
	char path[256];

	snprintf(path, sizeof(path), MODULE_TREE "/%s/modules.dep", release);
	return line_with(path, "/teavmx.ko");
}

static bool module_file(const char *release, char *found, size_t size)
{
	static const char *const places[] = { "", "/*", "/*/*", "/*/*/*" };
	char pattern[256];
	glob_t paths;
	size_t i;

	for (i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		snprintf(pattern, sizeof(pattern), MODULE_TREE "/%s%s/teavmx.ko*",
			 release, places[i]);
		if (glob(pattern, 0, NULL, &paths))
			continue;
		snprintf(found, size, "%s", paths.gl_pathv[0]);
		globfree(&paths);
		return true;
	}
	return false;
}

static const char *become_root(void)
{
	return geteuid() ? "sudo " : "";
}

/* Only root may read the namespace of process 1. */
static bool in_other_namespace(void)
{
	char mine[64], first[64];
	ssize_t a = readlink("/proc/self/ns/net", mine, sizeof(mine));
	ssize_t b = readlink("/proc/1/ns/net", first, sizeof(first));

	return a > 0 && b > 0 && (a != b || memcmp(mine, first, (size_t)a));
}

static int loaded_but_hidden(struct teavmx_error *error)
{
	if (in_other_namespace() || geteuid())
		return teavmx_fail(error, TEAVMX_ENGINE, ENOENT,
				   "try it outside of the container or namespace",
				   "engine: the module is loaded, but its family exists only in the initial network namespace");
	return teavmx_fail(error, TEAVMX_ENGINE, ENOENT,
			   "read its messages: dmesg | grep teavmx",
			   "engine: the module is loaded, but does not offer its netlink family");
}

static bool has_headers(const char *release)
{
	char path[256];

	snprintf(path, sizeof(path), MODULE_TREE "/%s/build/Makefile", release);
	if (!access(path, F_OK))
		return true;
	snprintf(path, sizeof(path), "/usr/src/linux-headers-%s/Makefile",
		 release);
	return !access(path, F_OK);
}

/* There is no module for the running kernel: can one be built and be of use? */
static int not_built(struct teavmx_error *error, const char *release)
{
	struct teavmx_host_cpu cpu;
	char path[256];
	char hint[512];

	teavmx_host_cpu(&cpu);
	if (teavmx_host_lacks(&cpu))
		return teavmx_fail(error, TEAVMX_ENGINE, ENOENT,
				   TEAVMX_EMULATED_HOST,
				   "engine: this machine cannot run guests in VMX: the processor %s",
				   teavmx_host_lacks(&cpu));
	if (!has_headers(release))
		return teavmx_fail(error, TEAVMX_ENGINE, ENOENT,
				   "install the headers of this kernel (linux-headers), or "
				   TEAVMX_EMULATED_HOST,
				   "engine: no module for this kernel (%s), and no headers to build one",
				   release);
	snprintf(hint, sizeof(hint),
		 "in the sources of teavmx: make module KERNEL=%s, then %sinsmod build/module/%s/teavmx.ko",
		 release, become_root(), release);
	if (module_file("*", path, sizeof(path)))
		return teavmx_fail(error, TEAVMX_ENGINE, ENOENT, hint,
				   "engine: no module for the running kernel %s (there is %s)",
				   release, path);
	return teavmx_fail(error, TEAVMX_ENGINE, ENOENT, hint,
			   "engine: no module for this kernel (%s)", release);
}

static int not_loaded(struct teavmx_error *error, const char *release)
{
	char path[256];
	char hint[512];
	bool file;

	if (module_listed(release)) {
		snprintf(hint, sizeof(hint), "try: %smodprobe teavmx",
			 become_root());
		return teavmx_fail(error, TEAVMX_ENGINE, ENOENT, hint,
				   "engine: not loaded (module present for %s)",
				   release);
	}
	file = module_file(release, path, sizeof(path));
	if (file) {
		snprintf(hint, sizeof(hint),
			 "try: %sdepmod && %smodprobe teavmx", become_root(),
			 become_root());
		return teavmx_fail(error, TEAVMX_ENGINE, ENOENT, hint,
				   "engine: not loaded (%s is not in modules.dep)",
				   path);
	}
	return not_built(error, release);
}

int teavmx_diagnose(struct teavmx_error *error)
{
	struct utsname name;

	if (!access(MODULE_LOADED, F_OK) ||
	    line_with("/proc/modules", "teavmx "))
		return loaded_but_hidden(error);
	if (uname(&name))
		return teavmx_fail(error, TEAVMX_ENGINE, errno, NULL,
				   "engine: not loaded");
	return not_loaded(error, name.release);
}

int teavmx_unloaded(struct teavmx_error *error)
{
	return teavmx_fail(error, TEAVMX_ENGINE, ENODEV,
			   "start again when it is loaded",
			   "engine: the module was unloaded");
}

static unsigned long long effective_capabilities(void)
{
	FILE *file = fopen("/proc/self/status", "re");
	unsigned long long caps = 0;
	char *line = NULL;
	size_t size = 0;

	if (!file)
		return 0;
	while (getline(&line, &size, file) > 0)
		if (!strncmp(line, "CapEff:", 7))
			caps = strtoull(line + 7, NULL, 16);
	free(line);
	fclose(file);
	return caps;
}

int teavmx_not_permitted(struct teavmx_error *error, const char *what,
			 const char *words)
{
	bool capable = effective_capabilities() >> CAP_SYS_ADMIN & 1;
	const char *missing;
	const char *hint;

	if (!capable)
		missing = "needs CAP_SYS_ADMIN";
	else
		missing = words ? words :
			  "needs CAP_SYS_ADMIN in the initial user namespace";
	if (geteuid())
		hint = "run it as root, with sudo";
	else if (!capable)
		hint = "give this container or service the capability";
	else if (words)
		/* The module has refused it, for a reason of its own. */
		hint = NULL;
	else
		hint = "run it outside of the container or namespace";
	return teavmx_fail(error, TEAVMX_PERMISSION, EPERM, hint,
			   "cannot %s: not permitted (%s)", what, missing);
}
