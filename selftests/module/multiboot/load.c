// SPDX-License-Identifier: GPL-2.0-only
#include <elf.h>
#include <errno.h>
#include <error.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "machine.h"

/* Multiboot specification 0.6.96, "Boot information format" */
#define MULTIBOOT_MAGIC		0x1badb002u
#define MULTIBOOT_SEARCH	8192
#define INFO_MEMORY		0x1u
#define INFO_COMMAND_LINE	0x4u

struct multiboot_info {
	uint32_t flags;
	uint32_t lower_kb;
	uint32_t upper_kb;
	uint32_t boot_device;
	uint32_t command_line;
	uint32_t rest[24];
};

static uint8_t *file_map(const char *path, size_t *size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat stat;
	void *file;

	if (fd < 0 || fstat(fd, &stat))
		error(CANNOT_RUN, errno, "%s", path);
	*size = (size_t)stat.st_size;
	file = mmap(NULL, *size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (file == MAP_FAILED)
		error(CANNOT_RUN, errno, "%s", path);
	return file;
}

static bool has_header(const uint8_t *file, size_t size)
{
	uint32_t words[3];
	size_t at;

	for (at = 0; at + sizeof(words) <= size && at < MULTIBOOT_SEARCH; at += 4) {
		memcpy(words, file + at, sizeof(words));
		if (words[0] == MULTIBOOT_MAGIC &&
		    !(words[0] + words[1] + words[2]))
			return true;
	}
	return false;
}

static void segment_load(struct pc *pc, const char *path, const uint8_t *file,
			 size_t size, const Elf32_Phdr *segment)
{
	if (segment->p_type != PT_LOAD)
		return;
	if (segment->p_filesz > segment->p_memsz || segment->p_offset > size ||
	    segment->p_filesz > size - segment->p_offset ||
	    segment->p_paddr > PC_RAM_USABLE ||
	    segment->p_memsz > PC_RAM_USABLE - segment->p_paddr)
		error(CANNOT_RUN, 0, "%s: a segment lies outside of RAM or of the file",
		      path);
	memcpy(pc->ram + segment->p_paddr, file + segment->p_offset,
	       segment->p_filesz);
}

static uint32_t elf_load(struct pc *pc, const char *path)
{
	const Elf32_Ehdr *header;
	const Elf32_Phdr *segments;
	uint8_t *file;
	size_t size;
	uint32_t entry;
	int i;

	file = file_map(path, &size);
	header = (const Elf32_Ehdr *)file;
	if (size < sizeof(*header) || memcmp(file, ELFMAG, SELFMAG) ||
	    file[EI_CLASS] != ELFCLASS32 || !has_header(file, size))
		error(CANNOT_RUN, 0, "%s: expected an ELF file of 32 bits with a multiboot header",
		      path);
	if (header->e_phoff > size ||
	    header->e_phnum > (size - header->e_phoff) / sizeof(*segments))
		error(CANNOT_RUN, 0, "%s: the file is truncated", path);
	segments = (const Elf32_Phdr *)(file + header->e_phoff);
	for (i = 0; i < header->e_phnum; i++)
		segment_load(pc, path, file, size, &segments[i]);
	entry = header->e_entry;
	munmap(file, size);
	return entry;
}

/* The program's name and its arguments, as one line */
static void line_write(char *line, const char *path, char **arguments)
{
	const char *word = basename(path);
	size_t used = 0;

	for (; word; word = *arguments++) {
		used += (size_t)snprintf(line + used, PC_LINE_MAX - used, "%s%s",
					 used ? " " : "", word);
		if (used >= PC_LINE_MAX)
			error(CANNOT_RUN, E2BIG, "%s", path);
	}
}

uint32_t pc_load(struct pc *pc, const char *path, char **arguments)
{
	const struct multiboot_info info = {
		.flags = INFO_MEMORY | INFO_COMMAND_LINE,
		.lower_kb = 640,
		.upper_kb = PC_RAM_USABLE / 1024 - 1024,
		.command_line = PC_COMMAND_LINE,
	};
	uint32_t entry = elf_load(pc, path);

	memcpy(pc->ram + PC_INFO, &info, sizeof(info));
	line_write((char *)pc->ram + PC_COMMAND_LINE, path, arguments);
	return entry;
}
