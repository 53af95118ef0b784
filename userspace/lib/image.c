// SPDX-License-Identifier: LGPL-2.1-or-later
#include <elf.h>
#include <errno.h>
#include <string.h>

#include "image.h"

/* The parts of both kinds of ELF header that are used */
struct header {
	unsigned int bits;
	uint16_t type;
	uint16_t machine;
	uint64_t entry;
	uint64_t table;
	uint16_t entry_size;
	uint16_t entries;
};

/* The parts of both kinds of program header that are used */
struct program {
	uint32_t type;
	uint64_t offset;
	uint64_t linear;
	uint64_t physical;
	uint64_t stored;
	uint64_t size;
};

struct parser {
	const uint8_t *file;
	size_t size;
	uint64_t memory;
	struct teavmx_image *image;
	struct teavmx_error *error;
	bool has_entry;
};

#define REFUSE(parser, ...) \
	teavmx_fail((parser)->error, TEAVMX_REQUEST, ENOEXEC, NULL, __VA_ARGS__)

static bool in_file(const struct parser *parser, uint64_t offset, uint64_t size)
{
	return offset <= parser->size && size <= parser->size - offset;
}

#define TAKE_HEADER(kind, header, file) do { \
	kind raw; \
	memcpy(&raw, (file), sizeof(raw)); \
	(header)->type = raw.e_type; \
	(header)->machine = raw.e_machine; \
	(header)->entry = raw.e_entry; \
	(header)->table = raw.e_phoff; \
	(header)->entry_size = raw.e_phentsize; \
	(header)->entries = raw.e_phnum; \
} while (0)

#define TAKE_PROGRAM(kind, program, file) do { \
	kind raw; \
	memcpy(&raw, (file), sizeof(raw)); \
	(program)->type = raw.p_type; \
	(program)->offset = raw.p_offset; \
	(program)->linear = raw.p_vaddr; \
	(program)->physical = raw.p_paddr; \
	(program)->stored = raw.p_filesz; \
	(program)->size = raw.p_memsz; \
} while (0)

static int check_header(const struct parser *parser,
			const struct header *header)
{
	if (header->machine != (header->bits == 64 ? EM_X86_64 : EM_386))
		return REFUSE(parser,
			      "an ELF file for machine %u, expected %u (x86-64) or %u (80386)",
			      header->machine, EM_X86_64, EM_386);
	if (header->type != ET_EXEC)
		return REFUSE(parser,
			      "an ELF file of type %u, expected an executable at fixed addresses (type %u; link with -static -no-pie)",
			      header->type, ET_EXEC);
	if (header->entry_size != (header->bits == 64 ? sizeof(Elf64_Phdr) :
							sizeof(Elf32_Phdr)))
		return REFUSE(parser,
			      "an ELF file with program headers of %u bytes",
			      header->entry_size);
	if (!in_file(parser, header->table,
		     (uint64_t)header->entries * header->entry_size))
		return REFUSE(parser,
			      "an ELF file that is cut short: its program headers are missing");
	return 0;
}

static int take_header(const struct parser *parser, struct header *header)
{
	const uint8_t *ident = parser->file;

	if (parser->size < EI_NIDENT || memcmp(ident, ELFMAG, SELFMAG))
		return REFUSE(parser, "no ELF file");
	if (ident[EI_DATA] != ELFDATA2LSB ||
	    (ident[EI_CLASS] != ELFCLASS32 && ident[EI_CLASS] != ELFCLASS64))
		return REFUSE(parser,
			      "an ELF file for another machine than x86");
	header->bits = ident[EI_CLASS] == ELFCLASS64 ? 64 : 32;
	if (parser->size < (header->bits == 64 ? sizeof(Elf64_Ehdr) :
						 sizeof(Elf32_Ehdr)))
		return REFUSE(parser,
			      "an ELF file that is cut short: its header is missing");
	if (header->bits == 64)
		TAKE_HEADER(Elf64_Ehdr, header, parser->file);
	else
		TAKE_HEADER(Elf32_Ehdr, header, parser->file);
	return check_header(parser, header);
}

static int check_overlap(const struct parser *parser,
			 const struct program *program)
{
	const struct teavmx_image *image = parser->image;
	size_t i;

	for (i = 0; i < image->count; i++) {
		const struct teavmx_segment *other = &image->segments[i];

		if (program->physical < other->address + other->size &&
		    other->address < program->physical + program->size)
			return REFUSE(parser,
				      "an ELF file whose segments at 0x%llx and 0x%llx overlap",
				      (unsigned long long)other->address,
				      (unsigned long long)program->physical);
	}
	return 0;
}

static int check_program(const struct parser *parser,
			 const struct program *program)
{
	if (program->stored > program->size)
		return REFUSE(parser,
			      "an ELF file whose segment at 0x%llx is larger in the file than in memory",
			      (unsigned long long)program->physical);
	if (!in_file(parser, program->offset, program->stored))
		return REFUSE(parser,
			      "an ELF file that is cut short: bytes of the segment at 0x%llx are missing",
			      (unsigned long long)program->physical);
	if (program->physical > parser->memory ||
	    program->size > parser->memory - program->physical)
		return REFUSE(parser,
			      "an ELF file whose segment of %llu bytes at 0x%llx does not fit into %llu bytes of RAM",
			      (unsigned long long)program->size,
			      (unsigned long long)program->physical,
			      (unsigned long long)parser->memory);
	if (parser->image->count == TEAVMX_SEGMENTS_MAX)
		return REFUSE(parser, "an ELF file with more than %d segments",
			      TEAVMX_SEGMENTS_MAX);
	return check_overlap(parser, program);
}

static int add_program(struct parser *parser, const struct header *header,
		       const struct program *program)
{
	struct teavmx_image *image = parser->image;

	if (program->type == PT_INTERP || program->type == PT_DYNAMIC)
		return REFUSE(parser,
			      "an ELF file that needs a dynamic linker (link with -static -no-pie)");
	if (program->type != PT_LOAD || !program->size)
		return 0;
	if (check_program(parser, program))
		return -1;
	/*
	 * The header has a linear address, but paging does not map it: find the
	 * physical one.
	 */
	if (header->entry >= program->linear &&
	    header->entry - program->linear < program->size) {
		image->entry = program->physical +
			       (header->entry - program->linear);
		parser->has_entry = true;
	}
	image->segments[image->count++] = (struct teavmx_segment){
		.address = program->physical,
		.size = program->size,
		.bytes = parser->file + program->offset,
		.stored = program->stored,
	};
	return 0;
}

int teavmx_image_parse(const void *file, size_t size, uint64_t memory,
		       struct teavmx_image *image, struct teavmx_error *error)
{
	struct parser parser = { file, size, memory, image, error, false };
	struct header header = { 0 };
	unsigned int i;

	memset(image, 0, sizeof(*image));
	if (take_header(&parser, &header))
		return -1;
	image->bits = header.bits;
	for (i = 0; i < header.entries; i++) {
		const uint8_t *at = parser.file + header.table +
				    (size_t)i * header.entry_size;
		struct program program;

		if (header.bits == 64)
			TAKE_PROGRAM(Elf64_Phdr, &program, at);
		else
			TAKE_PROGRAM(Elf32_Phdr, &program, at);
		if (add_program(&parser, &header, &program))
			return -1;
	}
	if (!image->count)
		return REFUSE(&parser, "an ELF file with nothing to load");
	if (!parser.has_entry)
		return REFUSE(&parser,
			      "an ELF file whose entry 0x%llx lies outside of its segments",
			      (unsigned long long)header.entry);
	return 0;
}
