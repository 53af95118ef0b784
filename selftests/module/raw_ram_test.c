// SPDX-License-Identifier: GPL-2.0-only
/* RAM of raw VMs that processes map. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "raw_fixture.h"

#ifndef MADV_HWPOISON
#define MADV_HWPOISON	100
#endif

#define PAGE		4096
#define DATA		0x40000

/* The guest may access the same word at the same time. */
static uint32_t word_get(const uint8_t *ram, size_t at)
{
	return __atomic_load_n((const uint32_t *)(ram + at), __ATOMIC_RELAXED);
}

static void word_set(uint8_t *ram, size_t at, uint32_t value)
{
	__atomic_store_n((uint32_t *)(ram + at), value, __ATOMIC_RELAXED);
}

static uint8_t *ram_map(struct raw_data *self, int protection)
{
	uint8_t *ram;
	size_t size;
	int fd = teavmx_ram_open(self->teavmx, self->vm.id, &size);

	if (raw_say(self, fd) < 0 || size != RAW_MEMORY)
		return MAP_FAILED;
	ram = mmap(NULL, size, protection, MAP_SHARED, fd, 0);
	close(fd);
	return ram;
}

/* Adds what is at DATA to what is behind it, and exits. */
GUEST_PAYLOAD(code_add,
	".code16\n"
	"	mov	$0x4000, %ax\n"
	"	mov	%ax, %ds\n"
	"1:	mov	0, %eax\n"
	"	add	%eax, 4\n"
	"	hlt\n"
	"	jmp	1b");

TEST_F(raw, guest_and_process_share_the_ram)
{
	uint8_t *ram = ram_map(self, PROT_READ | PROT_WRITE);
	uint32_t sum = 0, value;
	int i;

	ASSERT_NE(MAP_FAILED, (void *)ram);
	ASSERT_EQ(0, raw_load(self, TEAVMX_MODE_REAL, PAYLOAD(code_add)));
	for (i = 1; i <= 5; i++) {
		word_set(ram, DATA, i);
		sum += i;
		ASSERT_EQ(TEAVMX_STOP_EXIT,
			  i == 1 ? raw_go(self) : raw_answer(self, 0));
		EXPECT_EQ(sum, word_get(ram, DATA + 4));
		ASSERT_EQ(0, teavmx_mem_read(self->teavmx, self->vm.id, DATA + 4,
					     &value, sizeof(value)));
		EXPECT_EQ(sum, value);
	}
	/* code that the process has written */
	EXPECT_EQ(0, memcmp(ram + RAW_CODE, PAYLOAD(code_add)));
	memset(ram + RAW_CODE, 0xf4, PAGE - 1);
	ASSERT_EQ(TEAVMX_STOP_EXIT, raw_answer(self, 0));
	EXPECT_EQ(VMX_EXIT_HLT, self->exit.reason);
	EXPECT_EQ(sum, word_get(ram, DATA + 4));
	EXPECT_EQ(0, munmap(ram, RAW_MEMORY));
}

/* Only the pages that were accessed exist, and each is counted once. */
TEST_F(raw, pages_are_allocated_when_they_are_accessed)
{
	uint8_t *ram = ram_map(self, PROT_READ | PROT_WRITE);
	uint64_t used;

	ASSERT_NE(MAP_FAILED, (void *)ram);
	ASSERT_EQ(0, teavmx_vm_get(self->teavmx, self->vm.id, &self->vm));
	used = self->vm.memory_used;
	EXPECT_EQ(0, word_get(ram, DATA));
	word_set(ram, DATA + 4, 1);
	word_set(ram, RAW_MEMORY - PAGE, 1);
	ASSERT_EQ(0, teavmx_vm_get(self->teavmx, self->vm.id, &self->vm));
	EXPECT_EQ(used + 2 * PAGE, self->vm.memory_used);
	ASSERT_EQ(0, munmap(ram, RAW_MEMORY));
	ASSERT_EQ(0, teavmx_vm_get(self->teavmx, self->vm.id, &self->vm));
	EXPECT_EQ(used + 2 * PAGE, self->vm.memory_used);
}

TEST_F(raw, the_ram_remains_as_long_as_a_mapping)
{
	uint8_t *ram = ram_map(self, PROT_READ | PROT_WRITE);
	pid_t child;
	int status;

	ASSERT_NE(MAP_FAILED, (void *)ram);
	word_set(ram, DATA, 11);
	ASSERT_EQ(0, teavmx_vm_del(self->teavmx, self->vm.id));
	EXPECT_EQ(11, word_get(ram, DATA));
	word_set(ram, DATA + PAGE, 12);
	child = fork();
	ASSERT_LE(0, child);
	if (!child)
		_exit(word_get(ram, DATA) + word_get(ram, DATA + PAGE));
	ASSERT_EQ(child, waitpid(child, &status, 0));
	EXPECT_EQ(23, WEXITSTATUS(status));
	EXPECT_TRUE(machine_vms(self->teavmx, 1));
	ASSERT_EQ(0, munmap(ram, RAW_MEMORY));
	EXPECT_TRUE(machine_vms(self->teavmx, 0));
}

TEST_F(raw, a_file_without_a_mapping_keeps_the_ram_too)
{
	size_t size;
	int fd = teavmx_ram_open(self->teavmx, self->vm.id, &size);

	ASSERT_LE(0, fd);
	EXPECT_EQ(FD_CLOEXEC, fcntl(fd, F_GETFD));
	ASSERT_EQ(0, teavmx_vm_del(self->teavmx, self->vm.id));
	/* one that is deleted later is freed */
	ASSERT_EQ(0, teavmx_raw_new(self->teavmx, 0, RAW_MEMORY, &self->vm));
	ASSERT_EQ(0, teavmx_vm_del(self->teavmx, self->vm.id));
	EXPECT_TRUE(machine_vms(self->teavmx, 1));
	close(fd);
	EXPECT_TRUE(machine_vms(self->teavmx, 0));
}

static int map_error(int fd, size_t size, int protection, int flags,
		     off_t offset)
{
	void *ram = mmap(NULL, size, protection, flags, fd, offset);

	if (ram == MAP_FAILED)
		return errno;
	munmap(ram, size);
	return 0;
}

TEST_F(raw, other_mappings_are_refused)
{
	const int both = PROT_READ | PROT_WRITE;
	size_t size;
	int fd = teavmx_ram_open(self->teavmx, self->vm.id, &size);
	char byte;
	void *ram;

	ASSERT_LE(0, fd);
	EXPECT_EQ(0, map_error(fd, PAGE, PROT_READ, MAP_SHARED, size - PAGE));
	EXPECT_EQ(EINVAL, map_error(fd, PAGE, both, MAP_PRIVATE, 0));
	EXPECT_EQ(EINVAL, map_error(fd, PAGE, both, MAP_SHARED, size));
	EXPECT_EQ(EINVAL, map_error(fd, size + PAGE, both, MAP_SHARED, 0));
	EXPECT_EQ(EINVAL, map_error(fd, 2 * PAGE, both, MAP_SHARED, size - PAGE));
	EXPECT_EQ(EINVAL, map_error(fd, PAGE, both, MAP_SHARED, 1LL << 52));
	EXPECT_EQ(EACCES, map_error(fd, PAGE, both | PROT_EXEC, MAP_SHARED, 0));
	EXPECT_EQ(-1, read(fd, &byte, 1));
	ram = mmap(NULL, PAGE, both, MAP_SHARED, fd, 0);
	ASSERT_NE(MAP_FAILED, ram);
	EXPECT_EQ(-1, mprotect(ram, PAGE, PROT_READ | PROT_EXEC));
	EXPECT_EQ(EACCES, errno);
	EXPECT_EQ(MAP_FAILED, mremap(ram, PAGE, 2 * PAGE, MREMAP_MAYMOVE));
	munmap(ram, PAGE);
	close(fd);
}

/* In a child: the memory of a page fails, which another mapping then accesses. */
static void read_poisoned(uint8_t *ram, uint8_t *other)
{
	word_set(ram, DATA, 1);
	if (madvise(ram + DATA, PAGE, MADV_HWPOISON) && errno == EINVAL)
		_exit(1);
	word_get(other, DATA);
	_exit(0);
}

/* The process gets SIGBUS, and the kernel no fault of its own. */
TEST_F(raw, a_page_with_a_memory_error_is_not_mapped)
{
	uint8_t *other = ram_map(self, PROT_READ | PROT_WRITE);
	uint8_t *ram = ram_map(self, PROT_READ | PROT_WRITE);
	int status;
	pid_t child;

	ASSERT_NE(MAP_FAILED, (void *)ram);
	ASSERT_NE(MAP_FAILED, (void *)other);
	child = fork();
	if (!child)
		read_poisoned(ram, other);
	ASSERT_EQ(child, waitpid(child, &status, 0));
	if (WIFEXITED(status) && WEXITSTATUS(status) == 1)
		SKIP(return, "this kernel injects no memory errors (CONFIG_MEMORY_FAILURE)");
	ASSERT_TRUE(WIFSIGNALED(status));
	EXPECT_EQ(SIGBUS, WTERMSIG(status));
	munmap(ram, RAW_MEMORY);
	munmap(other, RAW_MEMORY);
}

TEST_F(raw, a_request_that_fails_leaves_nothing)
{
	struct rlimit files = { .rlim_cur = 0, .rlim_max = 4096 };
	struct teavmx_vm tea;
	size_t size;

	ASSERT_EQ(0, teavmx_vm_new(self->teavmx, 0, &tea));
	EXPECT_EQ(-1, teavmx_ram_open(self->teavmx, tea.id, &size));
	EXPECT_EQ(EINVAL, teavmx_error(self->teavmx)->error);
	EXPECT_EQ(-1, teavmx_ram_open(self->teavmx, tea.id + 1, &size));
	EXPECT_EQ(ENOENT, teavmx_error(self->teavmx)->error);
	ASSERT_EQ(0, teavmx_vm_del(self->teavmx, tea.id));
	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &files));
	EXPECT_EQ(-1, teavmx_ram_open(self->teavmx, self->vm.id, &size));
	EXPECT_EQ(EMFILE, teavmx_error(self->teavmx)->error);
	ASSERT_EQ(0, teavmx_vm_del(self->teavmx, self->vm.id));
	EXPECT_TRUE(machine_vms(self->teavmx, 0));
}

TEST_HARNESS_MAIN
