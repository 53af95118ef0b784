// SPDX-License-Identifier: GPL-2.0-only
#include <dirent.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "machine.h"

enum teavmx_backend machine_backend(struct teavmx *teavmx)
{
	struct teavmx_info info;

	if (teavmx_get_info(teavmx, NULL, &info) || !info.vmx)
		return TEAVMX_BACKEND_SOFT;
	return TEAVMX_BACKEND_VMX;
}

/* In ms. A test of many states that never end may be given less time. */
static int patience(void)
{
	const char *given = getenv("PATIENCE_MS");

	return given ? atoi(given) : 10000;
}

static int say_failure(struct teavmx *teavmx)
{
	printf("# %s\n", teavmx_error(teavmx)->message);
	return -1;
}

int machine_new(struct teavmx *teavmx, uint32_t vm, enum teavmx_backend backend,
		const void *program, size_t size, struct teavmx_vcpu *vcpu)
{
	const struct teavmx_program params = {
		.backend = backend,
		.program = program,
		.program_size = size,
	};
	struct teavmx_vm made;

	if (!vm) {
		if (teavmx_vm_new(teavmx, 0, &made))
			return say_failure(teavmx);
		vm = made.id;
	}
	if (teavmx_vcpu_new(teavmx, vm, &params, vcpu))
		return say_failure(teavmx);
	return 0;
}

int machine_start(struct teavmx *teavmx, uint32_t vm,
		  enum teavmx_backend backend, const void *program, size_t size,
		  struct teavmx_vcpu *vcpu)
{
	if (machine_new(teavmx, vm, backend, program, size, vcpu))
		return -1;
	if (teavmx_vcpu_run(teavmx, vcpu->vm, vcpu->id))
		return say_failure(teavmx);
	return 0;
}

long long machine_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

static void nap(void)
{
	const struct timespec time = { .tv_nsec = 2000000 };

	nanosleep(&time, NULL);
}

int machine_wait(struct teavmx *teavmx, struct teavmx_vcpu *vcpu,
		 uint32_t state)
{
	long long end = machine_ms() + patience();
	uint32_t vm = vcpu->vm;
	uint32_t id = vcpu->id;

	for (;;) {
		teavmx_vcpu_clear(vcpu);
		if (teavmx_vcpu_get(teavmx, vm, id, vcpu))
			return say_failure(teavmx);
		if (vcpu->state == state)
			return 0;
		if (machine_ms() > end)
			break;
		nap();
	}
	printf("# vCPU %u.%u is %s and not %s\n", vm, id,
	       teavmx_state_name(vcpu->state), teavmx_state_name(state));
	return -1;
}

int machine_run(struct teavmx *teavmx, enum teavmx_backend backend,
		const void *program, size_t size, struct teavmx_vcpu *vcpu)
{
	int err;

	if (machine_new(teavmx, 0, backend, program, size, vcpu))
		return -1;
	if (vcpu->state != TEAVMX_VCPU_STATE_EXITED) {
		if (teavmx_vcpu_run(teavmx, vcpu->vm, vcpu->id))
			return say_failure(teavmx);
		err = machine_wait(teavmx, vcpu, TEAVMX_VCPU_STATE_EXITED);
		if (err)
			return -1;
	}
	if (teavmx_vm_del(teavmx, vcpu->vm))
		return say_failure(teavmx);
	return 0;
}

int machine_code(const struct teavmx_vcpu *vcpu)
{
	if (vcpu->message_size < TEA_MESSAGE_MIN)
		return -1;
	return vcpu->message[TEA_MESSAGE_MIN - 1];
}

/*
 * Each deleted VM is freed when as many VMs count as are listed, unless another process
 * creates or deletes one between the two requests. What cannot be read here is a failure
 * of the test later, if that needs it.
 */
static void wait_freed(struct teavmx *teavmx)
{
	long long end = machine_ms() + patience();
	struct teavmx_info info;
	struct teavmx_vm *vms;
	int listed;

	do {
		listed = teavmx_vm_list(teavmx, &vms);
		if (listed < 0)
			return;
		free(vms);
		if (teavmx_get_info(teavmx, NULL, &info) ||
		    info.vms == (uint32_t)listed)
			return;
		nap();
	} while (machine_ms() < end);
	printf("# %u VMs count, and %d are listed\n", info.vms, listed);
}

struct teavmx *machine_open(void)
{
	struct teavmx_error error;
	struct teavmx *teavmx = teavmx_open(&error);

	if (!teavmx) {
		printf("# %s\n# %s\n", error.message, error.hint);
		fflush(stdout);
		_exit(1);
	}
	wait_freed(teavmx);
	return teavmx;
}

bool machine_vms(struct teavmx *teavmx, uint32_t vms)
{
	long long end = machine_ms() + patience();
	struct teavmx_info info = { 0 };

	do {
		if (teavmx_get_info(teavmx, NULL, &info))
			return !say_failure(teavmx);
		if (info.vms == vms)
			return true;
		nap();
	} while (machine_ms() < end);
	printf("# %u VMs and not %u\n", info.vms, vms);
	return false;
}

int machine_threads_max(const char *mode, int *count)
{
	FILE *file = fopen("/proc/sys/kernel/threads-max", mode);
	int done = -1;

	if (file)
		done = *mode == 'r' ? fscanf(file, "%d", count) :
				      fprintf(file, "%d", *count);
	return !file || fclose(file) || done < 1 ? -1 : 0;
}

bool machine_counts_memory(void)
{
	return access("/sys/kernel/debug/kmemleak", F_OK);
}

struct kept {
	uint32_t type;
	struct machine_record *records;
	int count;
	int max;
};

static void keep(const struct teavmx_record *record, void *data)
{
	struct kept *kept = data;
	struct machine_record *to;

	if (record->type != kept->type || kept->count++ >= kept->max)
		return;
	to = &kept->records[kept->count - 1];
	memset(to, 0, sizeof(*to));
	to->vcpu = record->vcpu;
	to->pid = record->pid;
	to->port = record->port;
	to->request = record->request;
	to->access_size = record->access_size;
	to->writes = TEAVMX_RECORD_HAS(record, VALUE);
	to->value = record->value;
	to->size = record->size < sizeof(to->bytes) ? record->size :
						       sizeof(to->bytes);
	memcpy(to->bytes, record->bytes, to->size);
}

int machine_records(struct teavmx *teavmx, uint32_t vm, uint32_t type,
		    struct machine_record *records, int max)
{
	struct kept kept = { .type = type, .records = records, .max = max };
	struct teavmx_vm state;
	uint64_t seq = 0;
	int count;

	/* New records may come faster than they are read. */
	if (teavmx_vm_get(teavmx, vm, &state))
		return say_failure(teavmx);
	do {
		count = teavmx_event_get(teavmx, vm, &seq, keep, &kept);
	} while (count > 0 && seq < state.next_seq);
	return count < 0 ? say_failure(teavmx) : kept.count;
}

int machine_await(struct teavmx *teavmx, uint32_t vm, uint32_t type,
		  struct machine_record *records, int count)
{
	long long end = machine_ms() + patience();
	int got;

	do {
		got = machine_records(teavmx, vm, type, records, count);
		if (got < 0 || got >= count)
			return got;
		nap();
	} while (machine_ms() < end);
	return got;
}

size_t machine_sender(uint8_t *file, const uint8_t *packets, uint8_t end)
{
	static const uint8_t header[] = FILE_OF(0, 0);
	size_t size = sizeof(header);
	size_t i;

	memcpy(file, header, sizeof(header));
	for (; *packets; packets += *packets + 1) {
		for (i = 1; i <= *packets; i++) {
			file[size++] = TEA_OP_PUSHLB;
			file[size++] = packets[i];
		}
		file[size++] = TEA_OP_PUSHLB;
		file[size++] = *packets;
		file[size++] = TEA_OP_POPCMD;
	}
	file[size++] = end;
	while (size < TEA_FILE_MIN)
		file[size++] = TEA_OP_NOP;
	return size;
}

static bool has_name(const char *process, const char *name)
{
	char path[300], line[64] = "";
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%s/comm", process);
	file = fopen(path, "r");
	if (!file)
		return false;
	if (fgets(line, sizeof(line), file))
		line[strcspn(line, "\n")] = '\0';
	fclose(file);
	return !strcmp(line, name);
}

/* The thread of a vCPU has its name from its first moment on. */
pid_t machine_thread(uint32_t vm, uint32_t vcpu)
{
	DIR *folder = opendir("/proc");
	struct dirent *entry;
	pid_t found = 0;
	char name[32];

	snprintf(name, sizeof(name), "teavmx/%u.%u", vm, vcpu);
	while (folder && !found && (entry = readdir(folder)))
		if (atoi(entry->d_name) && has_name(entry->d_name, name))
			found = atoi(entry->d_name);
	if (folder)
		closedir(folder);
	return found;
}

int machine_pin(uint32_t vm, uint32_t vcpu, uint32_t cpu)
{
	pid_t thread = machine_thread(vm, vcpu);
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(cpu, &cpus);
	/* Without a thread this process gets the CPU, and the thread will inherit it. */
	if (!sched_setaffinity(thread, sizeof(cpus), &cpus))
		return 0;
	printf("# vCPU %u of VM %u cannot be kept on CPU %u\n", vcpu, vm, cpu);
	return -1;
}

char machine_state_of(pid_t thread)
{
	char path[64], state = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", thread);
	file = fopen(path, "r");
	if (!file)
		return 0;
	if (fscanf(file, "%*d (%*[^)]) %c", &state) != 1)
		state = 0;
	fclose(file);
	return state;
}

char machine_thread_state(uint32_t vm, uint32_t vcpu)
{
	return machine_state_of(machine_thread(vm, vcpu));
}

bool machine_cpu_has(const char *flag)
{
	char command[80];

	snprintf(command, sizeof(command), "grep -qw %s /proc/cpuinfo", flag);
	return !system(command);
}

bool machine_clock_ticks(void)
{
	struct timespec resolution;

	return clock_getres(CLOCK_MONOTONIC, &resolution) ||
	       resolution.tv_sec || resolution.tv_nsec > 1000000;
}

bool machine_is_bochs(void)
{
	return !system("grep -q '^bochs=[0-9]' /vm/settings");
}

uint64_t machine_setting(const char *name, uint64_t usual)
{
	const char *value = getenv(name);

	return value ? strtoull(value, NULL, 0) : usual;
}
