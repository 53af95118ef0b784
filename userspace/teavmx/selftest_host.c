// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <dirent.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <uapi/tea.h>
#include <uapi/vmx.h>

#include "selftest.h"

/*
 * Checks of the machine: its CPUs, other users of VMX, and the state of the
 * host
 */

/* Tries until the program sleeps; its vCPU thread is pinned then */
#define TRIES		5
#define SLEEP		500

#define SHORT(value)	(value) >> 8 & 0xff, (value) & 0xff

/* A program that sleeps, prints "ok" and returns the byte 42 */
static const uint8_t program[] = {
	TEA_SIGNATURE_0, TEA_SIGNATURE_1, TEA_VERSION_MAJOR, TEA_VERSION_MINOR,
	1, 0,
	TEA_OP_PUSHLS, SHORT(SLEEP), TEA_OP_POPSM, SHORT(TEA_PORT_TIMER),
	TEA_OP_PUSHLB, 'o', TEA_OP_POPBM, SHORT(TEA_PORT_DISPLAY),
	TEA_OP_PUSHLB, 'k', TEA_OP_POPBM, SHORT(TEA_PORT_DISPLAY),
	TEA_OP_PUSHLB, 42, TEA_OP_POPBSA, SHORT(0), TEA_OP_EXIT,
};

/* CPUs are compared only by their VMX capabilities. */
static bool cpus_alike(const struct teavmx_caps *one, const struct teavmx_caps *two,
		       const char **name)
{
	size_t i;

	*name = "the number of capability MSRs";
	if (one->count != two->count)
		return false;
	for (i = 0; i < one->count; i++) {
		*name = teavmx_msr_name(one->msrs[i].number);
		if (one->msrs[i].number != two->msrs[i].number ||
		    one->msrs[i].value != two->msrs[i].value)
			return false;
	}
	return true;
}

void selftest_caps(struct selftest *test)
{
	static const char name[] = "capabilities";
	const char *differs;
	int i;

	for (i = 0; i < test->caps_count; i++) {
		const struct teavmx_caps *caps = &test->caps[i];

		if (caps->missing[0] || !caps->count) {
			selftest_note(test, name, SELFTEST_FAIL, "CPU %u: %s",
				      caps->cpu, caps->missing);
			return;
		}
		if (cpus_alike(&test->caps[0], caps, &differs))
			continue;
		selftest_note(test, name, SELFTEST_FAIL,
			      "CPU %u differs from CPU %u in %s", caps->cpu,
			      test->caps[0].cpu, differs ? differs : "an MSR");
		return;
	}
	selftest_note(test, name, SELFTEST_PASS, "%d CPU%s, %zu MSRs",
		      test->caps_count, test->caps_count == 1 ? "" : "s alike",
		      test->caps[0].count);
}

static bool read_line(const char *path, char *line, size_t size)
{
	FILE *file = fopen(path, "r");
	bool done;

	if (!file)
		return false;
	done = fgets(line, (int)size, file);
	fclose(file);
	if (done)
		line[strcspn(line, "\n")] = '\0';
	return done;
}

/*
 * The thread of a vCPU, found by the name that the module gives it; 0 if there
 * is none
 */
static pid_t find_thread(uint32_t vm, uint32_t vcpu)
{
	char name[32], path[300], line[64];
	struct dirent *entry;
	pid_t found = 0;
	DIR *folder = opendir("/proc");

	snprintf(name, sizeof(name), "teavmx/%u.%u", vm, vcpu);
	while (folder && !found && (entry = readdir(folder))) {
		if (!isdigit((unsigned char)entry->d_name[0]))
			continue;
		snprintf(path, sizeof(path), "/proc/%s/comm", entry->d_name);
		if (read_line(path, line, sizeof(line)) && !strcmp(line, name))
			found = atoi(entry->d_name);
	}
	if (folder)
		closedir(folder);
	return found;
}

static bool thread_pin(uint32_t vm, uint32_t vcpu, uint32_t cpu)
{
	size_t size = CPU_ALLOC_SIZE(cpu + 1);
	cpu_set_t *cpus = CPU_ALLOC(cpu + 1);
	pid_t thread = find_thread(vm, vcpu);
	bool done = false;

	if (cpus && thread) {
		CPU_ZERO_S(size, cpus);
		CPU_SET_S(cpu, size, cpus);
		done = !sched_setaffinity(thread, size, cpus);
	}
	CPU_FREE(cpus);
	return done;
}

SELFTEST_PAYLOAD(code_halts, "	hlt\n	hlt");

/*
 * The first stop may be on any CPU, as a thread can be pinned only after its
 * start.
 */
int selftest_root_on(struct selftest *test, uint32_t cpu, uint32_t *where)
{
	const struct teavmx_run answer = { .answered = true };
	struct selftest_guest guest = { };
	struct teavmx_record exit = { };
	int stop = -1;

	if (!selftest_guest_new(test, TEAVMX_MODE_LONG, code_halts,
				code_halts_end, &guest))
		stop = selftest_guest_run(test, &guest, NULL, &exit);
	if (stop >= 0 && thread_pin(guest.vm, guest.vcpu, cpu))
		stop = selftest_guest_run(test, &guest, &answer, &exit);
	*where = exit.cpu;
	selftest_guest_free(test, &guest);
	return stop;
}

static void check_root(struct selftest *test)
{
	static const char name[] = "root operation";
	uint32_t where;
	int i, stop;

	for (i = 0; i < test->cpu_count; i++) {
		uint32_t cpu = test->cpus[i].id;

		stop = selftest_root_on(test, cpu, &where);
		if (stop < 0) {
			selftest_error(test, name);
			return;
		}
		if (stop == TEAVMX_STOP_EXIT && where == cpu)
			continue;
		selftest_note(test, name, SELFTEST_FAIL,
			      "wanted CPU %u: ran on CPU %u, stop %s", cpu,
			      where, teavmx_stop_name(stop));
		return;
	}
	selftest_note(test, name, SELFTEST_PASS, "entered and left on %d CPU%s",
		      test->cpu_count, test->cpu_count == 1 ? "" : "s");
}

/* Returns the exit code, with the display text in test->text, or -1. */
static int guest_trip(struct selftest *test, uint32_t vm, uint32_t cpu)
{
	const struct teavmx_program params = {
		.backend = TEAVMX_BACKEND_VMX,
		.program = program,
		.program_size = sizeof(program),
	};
	struct teavmx_vcpu vcpu = { };
	struct teavmx_record exit;
	int code = -1;
	uint32_t id;

	if (teavmx_event_watch(test->teavmx, vm, 0) ||
	    teavmx_vcpu_new(test->teavmx, vm, &params, &vcpu))
		return -1;
	id = vcpu.id;
	teavmx_vcpu_clear(&vcpu);
	if (teavmx_vcpu_run(test->teavmx, vm, id))
		return -1;
	thread_pin(vm, id, cpu);
	if (selftest_wait(test, id, &exit) < 0 ||
	    teavmx_vcpu_get(test->teavmx, vm, id, &vcpu))
		return -1;
	if (vcpu.message_size >= TEA_MESSAGE_MIN)
		code = vcpu.message[TEA_MESSAGE_MIN - 1];
	teavmx_vcpu_clear(&vcpu);
	return code;
}

/* 0, or -1 after a failure that has been noted. */
static int trip_on(struct selftest *test, const char *name, uint32_t cpu)
{
	struct teavmx_vm vm;
	int tries, code;

	for (tries = 0; tries < TRIES; tries++) {
		test->text_size = 0;
		test->text[0] = '\0';
		if (teavmx_vm_new(test->teavmx, 0, &vm)) {
			selftest_error(test, name);
			return -1;
		}
		code = guest_trip(test, vm.id, cpu);
		if (code < 0) {
			selftest_error(test, name);
			teavmx_vm_del(test->teavmx, vm.id);
			return -1;
		}
		teavmx_vm_del(test->teavmx, vm.id);
		if (code || strcmp(test->text, "ok"))
			break;
		if (test->last_cpu == cpu)
			return 0;
	}
	selftest_note(test, name, SELFTEST_FAIL,
		      "wanted CPU %u: ran on CPU %u, exit code %d, text \"%s\"",
		      cpu, test->last_cpu, code, test->text);
	return -1;
}

static void check_trips(struct selftest *test)
{
	static const char name[] = "TEA program";
	int i;

	for (i = 0; i < test->cpu_count; i++)
		if (trip_on(test, name, test->cpus[i].id))
			return;
	selftest_note(test, name, SELFTEST_PASS,
		      "text and exit message came back from %d CPU%s",
		      test->cpu_count, test->cpu_count == 1 ? "" : "s");
}

void selftest_cpus(struct selftest *test)
{
	check_root(test);
	check_trips(test);
}

void selftest_audit(struct selftest *test)
{
	static const char name[] = "host state";
	char on[8] = "";

	if (test->changes)
		selftest_note(test, name, SELFTEST_FAIL,
			      "%u changes, the first of %s", test->changes,
			      test->changed);
	else if (!read_line("/sys/module/teavmx/parameters/audit", on,
			    sizeof(on)) || on[0] != 'Y')
		selftest_note(test, name, SELFTEST_SKIP,
			      "load the module with audit=1 to have it compared");
	else
		selftest_note(test, name, SELFTEST_PASS,
			      "the same after every guest run");
}
