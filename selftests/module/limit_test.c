// SPDX-License-Identifier: GPL-2.0-only
/*
 * The limits of pages, with the module loaded so that few fit: max_pages=64
 * max_total_pages=100
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "expect.h"

#define PARAMETERS	"/sys/module/teavmx/parameters/"
#define PAGE		4096
#define MAX_PAGES	64
#define MAX_TOTAL	100
/* A stack of 16 pages and one or two more: three fit into a VM. */
#define STACK		TEA_STACK_MAX
#define FIT		3

FIXTURE(limit)
{
	struct teavmx *teavmx;
	enum teavmx_backend backend;
};

FIXTURE_VARIANT(limit)
{
	enum teavmx_backend backend;
};

FIXTURE_VARIANT_ADD(limit, soft)
{
	.backend = TEAVMX_BACKEND_SOFT,
};

FIXTURE_VARIANT_ADD(limit, vmx)
{
	.backend = TEAVMX_BACKEND_VMX,
};

static long parameter(const char *name)
{
	char path[128];
	long value = -1;
	FILE *file;

	snprintf(path, sizeof(path), PARAMETERS "%s", name);
	file = fopen(path, "r");
	if (file && fscanf(file, "%ld", &value) != 1)
		value = -1;
	if (file)
		fclose(file);
	return value;
}

FIXTURE_SETUP(limit)
{
	self->teavmx = machine_open();
	self->backend = variant->backend;
	if (self->backend == TEAVMX_BACKEND_VMX)
		NEED_VMX(self->teavmx);
	ASSERT_EQ(MAX_PAGES, parameter("max_pages"));
	ASSERT_EQ(MAX_TOTAL, parameter("max_total_pages"));
	ASSERT_TRUE(machine_vms(self->teavmx, 0));
}

FIXTURE_TEARDOWN(limit)
{
	teavmx_close(self->teavmx);
}

static int add(FIXTURE_DATA(limit) *self, uint32_t vm, uint32_t *id)
{
	const struct teavmx_program params = {
		.backend = self->backend,
		.program = program_wait,
		.program_size = sizeof(program_wait),
		.stack_size = STACK,
	};
	struct teavmx_vcpu vcpu;

	if (teavmx_vcpu_new(self->teavmx, vm, &params, &vcpu))
		return -1;
	*id = vcpu.id;
	teavmx_vcpu_clear(&vcpu);
	return 0;
}

static bool refused(FIXTURE_DATA(limit) *self, int error, const char *word)
{
	const struct teavmx_error *said = teavmx_error(self->teavmx);

	if (said->error == error && strstr(said->message, word) &&
	    strstr(said->message, "load the module with"))
		return true;
	printf("# %d: %s\n", said->error, said->message);
	return false;
}

TEST_F(limit, of_a_vm)
{
	struct teavmx_vcpu vcpu = { 0 };
	struct teavmx_vm vm;
	uint32_t id;
	int i;

	ASSERT_EQ(0, teavmx_vm_new(self->teavmx, 0, &vm));
	for (i = 0; i < FIT; i++)
		ASSERT_EQ(0, add(self, vm.id, &id));
	EXPECT_EQ(-1, add(self, vm.id, &id));
	EXPECT_TRUE(refused(self, EDQUOT, "max_pages"));

	/* A process that has ended leaves its pages to another one. */
	ASSERT_EQ(0, teavmx_vcpu_kill(self->teavmx, vm.id, id));
	vcpu.vm = vm.id;
	vcpu.id = id;
	ASSERT_EQ(0, machine_wait(self->teavmx, &vcpu,
				  TEAVMX_VCPU_STATE_EXITED));
	teavmx_vcpu_clear(&vcpu);
	EXPECT_EQ(0, add(self, vm.id, &id));
	EXPECT_EQ(-1, add(self, vm.id, &id));
}

TEST_F(limit, of_all_vms_together)
{
	struct teavmx_vm first, second;
	uint32_t id;
	int i;

	ASSERT_EQ(0, teavmx_vm_new(self->teavmx, 0, &first));
	ASSERT_EQ(0, teavmx_vm_new(self->teavmx, 0, &second));
	for (i = 0; i < FIT; i++)
		ASSERT_EQ(0, add(self, first.id, &id));
	for (i = 0; i < FIT - 1; i++)
		ASSERT_EQ(0, add(self, second.id, &id));
	EXPECT_EQ(-1, add(self, second.id, &id));
	EXPECT_TRUE(refused(self, ENOSPC, "max_total_pages"));
	/* A VM for which there is no vCPU is not created either. */
	EXPECT_EQ(-1, add(self, 0, &id));
	EXPECT_TRUE(refused(self, ENOSPC, "max_total_pages"));
	EXPECT_TRUE(machine_vms(self->teavmx, 2));
	ASSERT_EQ(0, teavmx_vm_del(self->teavmx, first.id));
	ASSERT_TRUE(machine_vms(self->teavmx, 1));
	EXPECT_EQ(0, add(self, second.id, &id));
}

/* What is refused leaves no page counted. */
TEST_F(limit, counts_nothing_that_was_refused)
{
	struct teavmx_vm vm;
	uint32_t id;
	int i, j;

	for (i = 0; i < 50; i++) {
		ASSERT_EQ(0, teavmx_vm_new(self->teavmx, 0, &vm));
		for (j = 0; j < FIT; j++)
			ASSERT_EQ(0, add(self, vm.id, &id));
		ASSERT_EQ(-1, add(self, vm.id, &id));
		ASSERT_EQ(0, teavmx_vm_del(self->teavmx, vm.id));
		ASSERT_TRUE(machine_vms(self->teavmx, 0));
	}
}

/* The engine of a program of this size; each one leaves its pages to the next. */
static int engine_of(FIXTURE_DATA(limit) *self, uint32_t vm, size_t size)
{
	static const uint8_t file[20000] = FILE_OF(0, 0, TEA_OP_EXIT);
	const struct teavmx_program program = {
		.program = file,
		.program_size = size,
		.engine = TEAVMX_ENGINE_JIT,
	};
	struct teavmx_vcpu vcpu;
	int engine;

	if (teavmx_vcpu_new(self->teavmx, vm, &program, &vcpu) ||
	    teavmx_vcpu_run(self->teavmx, vm, vcpu.id) ||
	    machine_wait(self->teavmx, &vcpu, TEAVMX_VCPU_STATE_EXITED) ||
	    machine_code(&vcpu))
		return -1;
	engine = vcpu.engine;
	teavmx_vcpu_clear(&vcpu);
	return engine;
}

/* What there is no memory to translate is interpreted. */
TEST_F(limit, of_translations)
{
	struct teavmx_vm vm;
	int i;

	if (self->backend == TEAVMX_BACKEND_SOFT)
		SKIP(return, "programs are translated in VMX guests");
	ASSERT_EQ(0, teavmx_vm_new(self->teavmx, 0, &vm));
	for (i = 0; i < 20; i++) {
		ASSERT_EQ(TEAVMX_ENGINE_JIT, engine_of(self, vm.id, 2000));
		/* None for the translation, and then none for the translator. */
		ASSERT_EQ(TEAVMX_ENGINE_INTERP, engine_of(self, vm.id, 8000));
		ASSERT_EQ(TEAVMX_ENGINE_INTERP, engine_of(self, vm.id, 20000));
		/* It would have the last page, which the guest needs. */
		ASSERT_EQ(TEAVMX_ENGINE_INTERP, engine_of(self, vm.id, 5606));
		ASSERT_EQ(TEAVMX_ENGINE_INTERP, engine_of(self, vm.id, 15006));
	}
}

/* What the translator needed is free when the program runs. */
TEST_F(limit, counts_no_notes_of_the_translator)
{
	static uint8_t file[2000];
	const struct teavmx_program program = {
		.program = file,
		.program_size = sizeof(file),
		.engine = TEAVMX_ENGINE_JIT,
		.run = true,
	};
	struct teavmx_vcpu vcpu;
	struct teavmx_vm vm;
	int i;

	if (self->backend == TEAVMX_BACKEND_SOFT)
		SKIP(return, "programs are translated in VMX guests");
	memcpy(file, program_wait, sizeof(program_wait));
	ASSERT_EQ(0, teavmx_vm_new(self->teavmx, 0, &vm));
	for (i = 0; i < FIT; i++) {
		ASSERT_EQ(0, teavmx_vcpu_new(self->teavmx, vm.id, &program,
					     &vcpu));
		EXPECT_EQ(TEAVMX_ENGINE_JIT, (int)vcpu.engine);
		ASSERT_EQ(0, machine_wait(self->teavmx, &vcpu,
					  TEAVMX_VCPU_STATE_WAITING));
		teavmx_vcpu_clear(&vcpu);
	}
}

TEST_F(limit, of_ram)
{
	static const uint8_t byte = 1;
	struct teavmx_vm vm;
	uint64_t page;

	if (self->backend == TEAVMX_BACKEND_SOFT)
		SKIP(return, "raw VMs need VMX");
	ASSERT_EQ(0, teavmx_raw_new(self->teavmx, 0, 256 * PAGE, &vm));
	for (page = 0; page < MAX_PAGES; page++)
		ASSERT_EQ(0, teavmx_mem_write(self->teavmx, vm.id,
					      2 * page * PAGE, &byte, 1));
	EXPECT_EQ(-1, teavmx_mem_write(self->teavmx, vm.id, PAGE, &byte, 1));
	EXPECT_TRUE(refused(self, EDQUOT, "max_pages"));
	/* A page that is there needs none. */
	EXPECT_EQ(0, teavmx_mem_write(self->teavmx, vm.id, 2 * PAGE, &byte, 1));
}

static int write_pages(FIXTURE_DATA(limit) *self, uint32_t vm, int count)
{
	uint8_t byte = 1;
	int page;

	for (page = 0; page < count; page++)
		if (teavmx_mem_write(self->teavmx, vm, page * PAGE, &byte, 1))
			return page;
	return count;
}

/* Its pages count once, however many VMs share them, and until the last is gone. */
TEST_F(limit, of_snapshots_and_clones)
{
	struct teavmx_vm vm, clone;
	const int kept = 40;

	if (self->backend == TEAVMX_BACKEND_SOFT)
		SKIP(return, "raw VMs need VMX");
	ASSERT_EQ(0, teavmx_raw_new(self->teavmx, 0, 256 * PAGE, &vm));
	ASSERT_EQ(kept, write_pages(self, vm.id, kept));
	ASSERT_EQ(0, teavmx_vm_snapshot(self->teavmx, vm.id));
	ASSERT_EQ(0, teavmx_vm_clone(self->teavmx, vm.id, 0, &clone));
	EXPECT_EQ(MAX_TOTAL - kept,
		  write_pages(self, vm.id, MAX_TOTAL - kept + 1));
	EXPECT_TRUE(refused(self, ENOSPC, "max_total_pages"));
	EXPECT_EQ(0, write_pages(self, clone.id, 1));
	EXPECT_TRUE(refused(self, ENOSPC, "max_total_pages"));
	/* A reset keeps the copies: they are written again without more. */
	ASSERT_EQ(0, teavmx_vm_reset(self->teavmx, vm.id));
	EXPECT_EQ(kept, write_pages(self, vm.id, kept));
	ASSERT_EQ(0, teavmx_vm_del(self->teavmx, vm.id));
	ASSERT_TRUE(machine_vms(self->teavmx, 1));
	EXPECT_EQ(MAX_TOTAL - kept,
		  write_pages(self, clone.id, MAX_TOTAL - kept + 1));
	ASSERT_EQ(0, teavmx_vm_del(self->teavmx, clone.id));
	ASSERT_TRUE(machine_vms(self->teavmx, 0));
	ASSERT_EQ(0, teavmx_raw_new(self->teavmx, 0, 256 * PAGE, &vm));
	EXPECT_EQ(MAX_PAGES, write_pages(self, vm.id, MAX_PAGES + 1));
}

/* The host program gets a signal; memory of a cgroup is not exceeded either. */
TEST_F(limit, of_mapped_ram)
{
	struct teavmx_vm vm;
	uint8_t *ram;
	size_t size;
	int fd, status, page;
	pid_t child;

	if (self->backend == TEAVMX_BACKEND_SOFT)
		SKIP(return, "raw VMs need VMX");
	ASSERT_EQ(0, teavmx_raw_new(self->teavmx, 0, 256 * PAGE, &vm));
	fd = teavmx_ram_open(self->teavmx, vm.id, &size);
	ASSERT_LE(0, fd);
	ram = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	ASSERT_NE(MAP_FAILED, (void *)ram);
	for (page = 0; page < MAX_PAGES; page++)
		ram[2 * page * PAGE] = page;
	child = fork();
	ASSERT_LE(0, child);
	if (!child) {
		ram[PAGE] = 1;
		_exit(0);
	}
	ASSERT_EQ(child, waitpid(child, &status, 0));
	EXPECT_TRUE(WIFSIGNALED(status));
	EXPECT_EQ(SIGBUS, WTERMSIG(status));
	for (page = 0; page < MAX_PAGES; page++)
		EXPECT_EQ(page, ram[2 * page * PAGE]);
	ASSERT_EQ(0, munmap(ram, size));
	close(fd);
}

TEST_HARNESS_MAIN
