// SPDX-License-Identifier: GPL-2.0-only
/* The files of MEM_MAP and VCPU_MAP: any operation, on any of them, at any time. */
#include "file.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <uapi/vcpu_page.h>

#include "objects.h"

#define PAGE		4096
#define TOUCHES		4
#define OURS		"anon_inode:[teavmx-"

static __thread sigjmp_buf after_fault;
static __thread volatile sig_atomic_t touching;

static void on_fault(int number)
{
	if (touching)
		siglongjmp(after_fault, 1);
	signal(number, SIG_DFL);
	raise(number);
}

void file_begin(void)
{
	struct sigaction action = { .sa_handler = on_fault };

	sigaction(SIGBUS, &action, NULL);
	sigaction(SIGSEGV, &action, NULL);
}

/* Accesses memory that may not be there. */
static void file_touch(struct chance *chance, volatile uint8_t *at, size_t size)
{
	volatile int left = 1 + chance_below(chance, TOUCHES);

	touching = 1;
	while (left-- > 0) {
		size_t i = chance_next(chance) % size;
		bool write = chance_percent(chance, 60);
		uint8_t byte = (uint8_t)chance_next(chance);

		if (sigsetjmp(after_fault, 1))
			continue;
		if (write)
			at[i] = byte;
		else
			(void)at[i];
	}
	touching = 0;
}

/* Continues a vCPU with what a careless program has in its page. */
static void file_continue(struct chance *chance, int fd, volatile uint32_t *page)
{
	static const unsigned long commands[] = {
		TEAVMX_VCPU_CONTINUE, TEAVMX_VCPU_CONTINUE, TEAVMX_VCPU_SHOW,
		_IO(0xf5, 2), 0x5401,
	};

	touching = 1;
	if (!sigsetjmp(after_fault, 1)) {
		page[2] = chance_below(chance, chance_percent(chance, 90) ?
				       4 : 1u << 31);
		page[4] = (uint32_t)chance_next(chance);
	}
	touching = 0;
	ioctl(fd, commands[chance_below(chance, 5)],
	      chance_percent(chance, 90) ? 0 : chance_next(chance));
}

static void map_change(struct chance *chance, void **map, size_t *map_size)
{
	static const int advices[] = { MADV_DONTNEED, MADV_REMOVE, MADV_DONTFORK,
				       MADV_HUGEPAGE, MADV_FREE, MADV_WILLNEED };
	size_t size = *map_size;
	void *at = *map;
	void *moved;

	switch (chance_below(chance, 5)) {
	case 0:
		madvise(at, size, advices[chance_below(chance, 6)]);
		break;
	case 1:
		mprotect(at, size, chance_below(chance, 8));
		break;
	case 2:
		moved = mremap(at, size, 2 * size, MREMAP_MAYMOVE);
		if (moved == MAP_FAILED)
			break;
		*map = moved;
		*map_size = 2 * size;
		file_touch(chance, moved, 2 * size);
		break;
	case 3:
		msync(at, size, MS_SYNC);
		break;
	case 4:
		mlock(at, PAGE);
		break;
	}
}

static void file_map(struct chance *chance, int fd)
{
	static const int flags[] = { MAP_SHARED, MAP_SHARED, MAP_SHARED,
				     MAP_PRIVATE, MAP_SHARED | MAP_POPULATE,
				     MAP_SHARED_VALIDATE };
	unsigned int kind = chance_below(chance, 6);
	size_t size = (size_t)PAGE << (chance_percent(chance, 60) ? 0 :
				       chance_below(chance, 6));
	off_t offset = (off_t)chance_below(chance, 8) * PAGE;
	int prot = chance_percent(chance, 85) ? PROT_READ | PROT_WRITE :
		   (int)chance_below(chance, 8);
	void *at;

	if (chance_percent(chance, 40))
		offset = 0;
	if (chance_percent(chance, 5))
		offset = (off_t)(chance_next(chance) >> chance_below(chance, 60))
			 & ~(off_t)(PAGE - 1);
	at = mmap(NULL, size, prot, flags[kind], fd, offset);
	if (at == MAP_FAILED)
		return;
	file_touch(chance, at, size);
	if (chance_percent(chance, 60))
		file_continue(chance, fd, at);
	if (chance_percent(chance, 20))
		map_change(chance, &at, &size);
	munmap(at, size);
}

static void file_misuse(struct chance *chance, int fd)
{
	struct pollfd events = { fd, POLLIN | POLLOUT, 0 };
	char bytes[16] = "";
	int copy;

	switch (chance_below(chance, 7)) {
	case 0:
		poll(&events, 1, 0);
		break;
	case 1:
		(void)!read(fd, bytes, sizeof(bytes));
		break;
	case 2:
		(void)!write(fd, bytes, sizeof(bytes));
		break;
	case 3:
		(void)!ftruncate(fd, (off_t)chance_next(chance));
		break;
	case 4:
		fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0,
			  PAGE);
		break;
	case 5:
		lseek(fd, (off_t)chance_next(chance), SEEK_SET);
		break;
	case 6:
		copy = dup(fd);
		close(copy);
		break;
	}
}

void file_act(struct chance *chance)
{
	unsigned int place = chance_below(chance, OBJECTS_FILES);
	unsigned int what = chance_below(chance, 100);
	int fd = objects_file(place);

	if (fd < 0)
		return;
	if (what < 85)
		file_map(chance, fd);
	else if (what < 95)
		file_misuse(chance, fd);
	else
		objects_put_file(place, -1);
}

static bool is_ours(const char *name)
{
	char path[280], target[64] = "";

	snprintf(path, sizeof(path), "/proc/self/fd/%s", name);
	return readlink(path, target, sizeof(target) - 1) > 0 &&
	       !strncmp(target, OURS, strlen(OURS));
}

void file_close_lost(void)
{
	DIR *folder = opendir("/proc/self/fd");
	struct dirent *entry;

	while (folder && (entry = readdir(folder)))
		if (is_ours(entry->d_name))
			close(atoi(entry->d_name));
	if (folder)
		closedir(folder);
}
