// SPDX-License-Identifier: GPL-2.0-only
/* ELF files for raw VMs, as libteavmx takes them apart. */
#include <elf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <userspace/lib/image.h>

#include "kselftest_harness.h"

static struct teavmx_error failure;

#define FILE_SIZE	0x400

static uint8_t file[FILE_SIZE];
static Elf64_Ehdr *const header_64 = (Elf64_Ehdr *)file;
static Elf64_Phdr *const programs_64 = (Elf64_Phdr *)(file + 64);
static Elf32_Ehdr *const header_32 = (Elf32_Ehdr *)file;
static Elf32_Phdr *const programs_32 = (Elf32_Phdr *)(file + 64);

/* Two segments, linked high and loaded low, the second one with zeros */
static void make_64(void)
{
	memset(file, 0, sizeof(file));
	memcpy(file, ELFMAG, SELFMAG);
	file[EI_CLASS] = ELFCLASS64;
	file[EI_DATA] = ELFDATA2LSB;
	header_64->e_type = ET_EXEC;
	header_64->e_machine = EM_X86_64;
	header_64->e_entry = 0xffffffff80000010;
	header_64->e_phoff = 64;
	header_64->e_phentsize = sizeof(Elf64_Phdr);
	header_64->e_phnum = 3;
	programs_64[0] = (Elf64_Phdr){
		.p_type = PT_LOAD, .p_offset = 0x200, .p_paddr = 0x1000,
		.p_vaddr = 0xffffffff80000000, .p_filesz = 0x100,
		.p_memsz = 0x100,
	};
	programs_64[1] = (Elf64_Phdr){
		.p_type = PT_LOAD, .p_offset = 0x300, .p_paddr = 0x1100,
		.p_vaddr = 0xffffffff80001100, .p_filesz = 0x100,
		.p_memsz = 0x800,
	};
	programs_64[2] = (Elf64_Phdr){ .p_type = PT_NOTE, .p_memsz = ~0ULL };
}

static void make_32(void)
{
	memset(file, 0, sizeof(file));
	memcpy(file, ELFMAG, SELFMAG);
	file[EI_CLASS] = ELFCLASS32;
	file[EI_DATA] = ELFDATA2LSB;
	header_32->e_type = ET_EXEC;
	header_32->e_machine = EM_386;
	header_32->e_entry = 0x1004;
	header_32->e_phoff = 64;
	header_32->e_phentsize = sizeof(Elf32_Phdr);
	header_32->e_phnum = 1;
	programs_32[0] = (Elf32_Phdr){
		.p_type = PT_LOAD, .p_offset = 0x200, .p_paddr = 0x1000,
		.p_vaddr = 0x1000, .p_filesz = 0x10, .p_memsz = 0x20,
	};
}

static struct teavmx_image image;

static int parse(size_t size, uint64_t memory)
{
	memset(&failure, 0, sizeof(failure));
	return teavmx_image_parse(file, size, memory, &image, &failure);
}

TEST(elf_64)
{
	make_64();
	ASSERT_EQ(0, parse(FILE_SIZE, 0x10000));
	EXPECT_EQ(64, image.bits);
	EXPECT_EQ(0x1010, image.entry);
	ASSERT_EQ(2, image.count);
	EXPECT_EQ(0x1000, image.segments[0].address);
	EXPECT_EQ(0x100, image.segments[0].stored);
	EXPECT_EQ(0x1100, image.segments[1].address);
	EXPECT_EQ(0x800, image.segments[1].size);
	EXPECT_EQ(file + 0x300, image.segments[1].bytes);
	/* to the last byte of RAM, and one more */
	EXPECT_EQ(0, parse(FILE_SIZE, 0x1900));
	EXPECT_EQ(-1, parse(FILE_SIZE, 0x18ff));
	EXPECT_EQ(ENOEXEC, failure.error);
}

TEST(elf_32)
{
	make_32();
	ASSERT_EQ(0, parse(FILE_SIZE, 0x10000));
	EXPECT_EQ(32, image.bits);
	EXPECT_EQ(0x1004, image.entry);
	ASSERT_EQ(1, image.count);
	EXPECT_EQ(0x10, image.segments[0].stored);
	EXPECT_EQ(0x20, image.segments[0].size);
}

/* A file with one error, and the message about it */
#define REFUSED(words, change) do { \
	make_64(); \
	change; \
	EXPECT_EQ(-1, parse(FILE_SIZE, 0x10000)); \
	EXPECT_NE(NULL, strstr(failure.message, words)) \
		TH_LOG("wanted: %s, got: %s", words, failure.message); \
} while (0)

TEST(elf_refused)
{
	REFUSED("no ELF file", file[0] = 'E');
	REFUSED("another machine", file[EI_DATA] = ELFDATA2MSB);
	REFUSED("another machine", file[EI_CLASS] = 3);
	REFUSED("for machine 183", header_64->e_machine = EM_AARCH64);
	REFUSED("for machine 3,", header_64->e_machine = EM_386);
	REFUSED("of type 3", header_64->e_type = ET_DYN);
	REFUSED("of type 1", header_64->e_type = ET_REL);
	REFUSED("headers of 55", header_64->e_phentsize = 55);
	REFUSED("headers are missing", header_64->e_phoff = FILE_SIZE - 1);
	REFUSED("headers are missing", header_64->e_phoff = ~0ULL);
	REFUSED("headers are missing", header_64->e_phnum = 0xffff);
	REFUSED("nothing to load", header_64->e_phnum = 0);
	REFUSED("dynamic linker", programs_64[2].p_type = PT_INTERP);
	REFUSED("dynamic linker", programs_64[2].p_type = PT_DYNAMIC);
	REFUSED("larger in the file", programs_64[0].p_memsz = 0xff);
	REFUSED("bytes of the segment", programs_64[1].p_offset = 0x301);
	REFUSED("bytes of the segment", programs_64[1].p_offset = ~0ULL);
	REFUSED("does not fit", programs_64[1].p_paddr = 0xf801);
	REFUSED("does not fit", programs_64[1].p_paddr = ~0xffULL);
	REFUSED("does not fit", programs_64[1].p_memsz = ~0ULL);
	REFUSED("overlap", programs_64[1].p_paddr = 0x10ff);
	REFUSED("overlap", programs_64[1].p_paddr = 0x0900);
	REFUSED("outside of its segments", header_64->e_entry = 0x1010);
	REFUSED("outside of its segments",
		header_64->e_entry = 0xffffffff80000100);
	make_64();
	EXPECT_EQ(-1, parse(63, 0x10000));
	EXPECT_NE(NULL, strstr(failure.message, "its header is missing"));
	EXPECT_EQ(-1, parse(15, 0x10000));
	EXPECT_NE(NULL, strstr(failure.message, "no ELF file"));
}

/* What is accepted must lie in the file and in RAM, without an overlap. */
static bool image_is_sound(const uint8_t *bytes, size_t size, uint64_t memory)
{
	size_t i;

	for (i = 0; i < image.count; i++) {
		const struct teavmx_segment *segment = &image.segments[i];

		if (segment->bytes < bytes || segment->stored > size ||
		    segment->bytes + segment->stored > bytes + size ||
		    segment->stored > segment->size ||
		    segment->address > memory ||
		    segment->size > memory - segment->address)
			return false;
	}
	return image.count && image.entry < memory;
}

TEST(elf_mutations)
{
	unsigned int accepted = 0;
	unsigned int i, j;

	srandom(1);
	for (i = 0; i < 20000; i++) {
		size_t size = i % 4 ? FILE_SIZE : (size_t)random() % FILE_SIZE;
		uint8_t *copy;

		if (i % 2)
			make_64();
		else
			make_32();
		for (j = (unsigned int)random() % 8; j; j--)
			file[random() % 240] = (uint8_t)random();
		/* An allocation of its own, so that a reader beyond it shows. */
		copy = malloc(size + !size);
		ASSERT_NE(NULL, copy);
		memcpy(copy, file, size);
		if (!teavmx_image_parse(copy, size, 0x10000, &image,
					&failure)) {
			accepted++;
			EXPECT_TRUE(image_is_sound(copy, size, 0x10000));
		}
		free(copy);
	}
	EXPECT_LT(100, accepted);
}

TEST_HARNESS_MAIN
