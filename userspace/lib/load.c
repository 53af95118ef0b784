// SPDX-License-Identifier: LGPL-2.1-or-later
#include <errno.h>
#include <string.h>

#include "image.h"

int teavmx_load_flat(struct teavmx *teavmx, uint32_t vm, uint64_t memory,
		     const void *image, size_t size, uint64_t address)
{
	if (address > memory || size > memory - address)
		return teavmx_fail(&teavmx->error, TEAVMX_REQUEST, ENOSPC, NULL,
				   "%zu bytes at 0x%llx do not fit into %llu bytes of RAM",
				   size, (unsigned long long)address,
				   (unsigned long long)memory);
	return teavmx_mem_write(teavmx, vm, address, image, size);
}

/*
 * Pages that were never written read as zeros; writing zeros would allocate
 * them.
 */
static int ram_clear(struct teavmx *teavmx, uint32_t vm, uint64_t address,
		     uint64_t size)
{
	static const uint8_t zeros[TEAVMX_MEMORY_CHUNK];
	uint8_t bytes[TEAVMX_MEMORY_CHUNK];

	while (size) {
		size_t part = size < sizeof(bytes) ? (size_t)size :
						     sizeof(bytes);

		if (teavmx_mem_read(teavmx, vm, address, bytes, part))
			return -1;
		if (memcmp(bytes, zeros, part) &&
		    teavmx_mem_write(teavmx, vm, address, zeros, part))
			return -1;
		address += part;
		size -= part;
	}
	return 0;
}

int teavmx_elf_check(const void *image, size_t size, uint64_t memory,
		     uint64_t *entry, unsigned int *bits,
		     struct teavmx_error *error)
{
	struct teavmx_image parts;

	if (teavmx_image_parse(image, size, memory, &parts, error))
		return -1;
	*entry = parts.entry;
	*bits = parts.bits;
	return 0;
}

int teavmx_load_elf(struct teavmx *teavmx, uint32_t vm, uint64_t memory,
		    const void *image, size_t size, uint64_t *entry,
		    unsigned int *bits)
{
	struct teavmx_image parts;
	size_t i;

	if (teavmx_image_parse(image, size, memory, &parts, &teavmx->error))
		return -1;
	for (i = 0; i < parts.count; i++) {
		const struct teavmx_segment *segment = &parts.segments[i];

		if (teavmx_mem_write(teavmx, vm, segment->address,
				     segment->bytes, segment->stored) ||
		    ram_clear(teavmx, vm, segment->address + segment->stored,
			      segment->size - segment->stored))
			return -1;
	}
	*entry = parts.entry;
	*bits = parts.bits;
	return 0;
}
