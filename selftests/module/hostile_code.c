// SPDX-License-Identifier: GPL-2.0-only
/*
 * The code of hostile guests: slots, each with registers that are filled in, one or
 * two snippets, and NOPs. Some bytes of some slots are random.
 */
#include <string.h>

#include "hostile_guest.h"

#define NOP	0x90
#define COUNT(array)	(sizeof(array) / sizeof(*(array)))

/* Numbers of general registers in instructions */
enum { EAX, ECX, EDX, EBX };

/**
 * struct writer - a slot that is being filled
 * @random: state of the random numbers
 * @bits: 16, 32 or 64
 * @at: the next byte
 * @end: end of the slot
 */
struct writer {
	uint64_t *random;
	unsigned int bits;
	uint8_t *at;
	uint8_t *end;
};

uint64_t hostile_random(uint64_t *random)
{
	*random ^= *random >> 12;
	*random ^= *random << 25;
	*random ^= *random >> 27;
	return *random * 0x2545f4914f6cdd1dULL;
}

static uint32_t below(struct writer *writer, uint32_t limit)
{
	return (hostile_random(writer->random) >> 32) % limit;
}

static uint64_t choose(struct writer *writer, const uint64_t *list,
		       uint32_t count)
{
	return list[below(writer, count)];
}

#define CHOOSE(writer, ...)						\
	({								\
		static const uint64_t list_[] = { __VA_ARGS__ };	\
									\
		choose(writer, list_, COUNT(list_));			\
	})

static uint64_t bits_of(struct writer *writer, uint64_t base, uint64_t may)
{
	uint64_t mask = hostile_random(writer->random);

	/* Few of the bits, mostly */
	if (below(writer, 4))
		mask &= hostile_random(writer->random) &
			hostile_random(writer->random);
	return base ^ (mask & may);
}

static uint64_t any(struct writer *writer)
{
	uint64_t wide = hostile_random(writer->random);

	switch (below(writer, 6)) {
	case 0:
		return 1ULL << (wide & 63);
	case 1:
		return wide & 0xff;
	case 2:
		return CHOOSE(writer, 0, ~0ULL, 0x7fffffff, 0x80000000,
			      0xffff, 0x10000, 0x7fffffffffff,
			      0x800000000000, 0xffff800000000000);
	default:
		return wide;
	}
}

static uint64_t address(struct writer *writer)
{
	uint64_t offset = below(writer, 0x1000);

	if (below(writer, 2))
		offset &= ~63ULL;
	if (!below(writer, 12))
		return any(writer);
	return offset + CHOOSE(writer, 0, AT_STUBS, AT_CODE, AT_CODE, AT_GDT,
			       AT_IDT, AT_TSS, AT_LOG, AT_DATA, AT_DATA,
			       AT_DATA, AT_DATA + 0x1000, AT_DATA + 0x2000,
			       AT_STACKS, AT_STACKS + 0x1000, AT_TABLES,
			       AT_TABLES + 0x1000, AT_TABLES + 0x2000,
			       AT_TABLES + 0x3000, HOSTILE_RAM - 0x1000,
			       HOSTILE_RAM - 2, 0x100000, 0x107000,
			       0x102000, 0xfee00000);
}

static uint64_t slot(struct writer *writer)
{
	return AT_CODE + below(writer, SLOTS) * SLOT_SIZE +
	       (below(writer, 8) ? 0 : below(writer, SLOT_SIZE));
}

static uint64_t selector(struct writer *writer)
{
	if (!below(writer, 6))
		return any(writer);
	return CHOOSE(writer, 0, 3, 0x08, 0x10, 0x10, 0x18, 0x23, 0x2b, 0x33,
		      0x38, 0x40, 0x48, 0x50, 0x60, 0x70, 0x78, 0x80, 0x90,
		      0xc0, 0xd0, 0xe0, 0x04, 0x0c, 0xfff8);
}

static uint64_t msr(struct writer *writer)
{
	if (!below(writer, 6))
		return any(writer);
	return CHOOSE(writer, 0x10, 0x17, 0x1b, 0x34, 0x3a, 0x3b, 0x48, 0x49,
		      0x79, 0x8b, 0xc1, 0xce, 0xe1, 0xe7, 0xfe, 0x10a, 0x10b,
		      0x122, 0x174, 0x175, 0x176, 0x179, 0x17a, 0x186, 0x198,
		      0x199, 0x1a0, 0x1a6, 0x1c4, 0x1d9, 0x1d9, 0x1db, 0x200,
		      0x250, 0x277, 0x277, 0x2ff, 0x309, 0x345, 0x38d, 0x38f,
		      0x400, 0x480, 0x48d, 0x491, 0x4c1, 0x560, 0x570, 0x600,
		      0x6a0, 0x6e0, 0x800, 0x80b, 0x830, 0xd90, 0xda0,
		      0x40000000, 0x4b564d00, 0xc0000080, 0xc0000080,
		      0xc0000081, 0xc0000082, 0xc0000083, 0xc0000084,
		      0xc0000100, 0xc0000101, 0xc0000102, 0xc0000103,
		      0xc0010015, 0xc0011029);
}

#define FLAGS_MAY	0x3f7fd5ULL

/* The value of one of the four registers; other kinds have the same for all. */
static uint64_t value_of_return(struct writer *writer, unsigned int number)
{
	switch (number) {
	case EAX:
		return bits_of(writer, 0x202, FLAGS_MAY);
	case ECX:
		return selector(writer);
	case EDX:
		return slot(writer);
	default:
		return CHOOSE(writer, 0x10, 0x2b, 0, 0x33, 0x48);
	}
}

static uint64_t value_of_eax(struct writer *writer, unsigned int kind)
{
	switch (kind) {
	case KIND_CR0:
		return bits_of(writer, CHOOSE(writer, 0x80010033, 0x80050033,
					      0x33, 0x32, 0x80000011),
			       0xe005003f);
	case KIND_CR3:
		return bits_of(writer, AT_TABLES, 0x801fff);
	case KIND_CR4:
		return bits_of(writer, CHOOSE(writer, 0x6b0, 0x620, 0x690, 0),
			       0x7fffff);
	case KIND_DR7:
		return bits_of(writer, 0x400, 0xffffffff);
	case KIND_FLAGS:
		return bits_of(writer, 0x202, FLAGS_MAY);
	case KIND_XCR:
		return bits_of(writer, 7, 0x2ff);
	case KIND_TYPE:
		return below(writer, 6);
	case KIND_LEAF:
		return CHOOSE(writer, 0, 1, 2, 4, 7, 0xb, 0xd, 0xd, 0x14, 0x16,
			      0x1f, 0x40000000, 0x80000000, 0x80000001,
			      0x80000008, ~0ULL);
	case KIND_SELECTOR:
		return selector(writer);
	default:
		return any(writer);
	}
}

static uint64_t value_of_ecx(struct writer *writer, unsigned int kind)
{
	switch (kind) {
	case KIND_MSR:
		return msr(writer);
	case KIND_COUNT:
		return below(writer, 200);
	case KIND_XCR:
		return below(writer, 8) ? 0 : any(writer);
	case KIND_PORT:
	case KIND_LEAF:
		return below(writer, 8);
	default:
		return any(writer);
	}
}

static uint64_t value_of(struct writer *writer, unsigned int kind,
			 unsigned int number)
{
	if (kind == KIND_RETURN)
		return value_of_return(writer, number);
	switch (number) {
	case EAX:
		return value_of_eax(writer, kind);
	case ECX:
		return value_of_ecx(writer, kind);
	case EBX:
		return address(writer);
	default:
		break;
	}
	switch (kind) {
	case KIND_PORT:
		return CHOOSE(writer, 0x20, 0x60, 0x70, 0xe9, 0x3f8, 0xcf8,
			      0x402, 0xfffd, 0xffff);
	case KIND_XCR:
	case KIND_MSR:
		return below(writer, 2) ? 0 : any(writer);
	case KIND_JUMP:
		return slot(writer);
	default:
		return below(writer, 2) ? address(writer) : any(writer);
	}
}

static void put(struct writer *writer, const void *bytes, size_t size)
{
	if (writer->at + size > writer->end)
		return;
	memcpy(writer->at, bytes, size);
	writer->at += size;
}

/* MOV of a constant to a general register */
static void fill(struct writer *writer, unsigned int kind, unsigned int number)
{
	uint64_t value = value_of(writer, kind, number);
	uint8_t bytes[10] = { 0xb8 + number };
	size_t size = 5;

	if (writer->bits == 64 && value >> 32) {
		bytes[0] = 0x48;
		bytes[1] = 0xb8 + number;
		memcpy(bytes + 2, &value, 8);
		size = 10;
	} else if (writer->bits == 16) {
		bytes[0] = 0x66;
		bytes[1] = 0xb8 + number;
		memcpy(bytes + 2, &value, 4);
		size = 6;
	} else {
		memcpy(bytes + 1, &value, 4);
	}
	put(writer, bytes, size);
}

static const uint8_t *snippets_of(unsigned int bits)
{
	return bits == 16 ? hostile_snippets_16 :
	       bits == 32 ? hostile_snippets_32 : hostile_snippets_64;
}

static const uint8_t *random_snippet(struct writer *writer)
{
	const uint8_t *first = snippets_of(writer->bits);
	const uint8_t *snippet;
	uint32_t count = 0;

	for (snippet = first; *snippet; snippet += *snippet + 2)
		count++;
	count = below(writer, count);
	for (snippet = first; count; count--)
		snippet += *snippet + 2;
	return snippet;
}

static void fill_slot(struct writer *writer)
{
	const uint8_t *snippet = random_snippet(writer);
	unsigned int number;
	uint8_t *begin;

	for (number = EAX; number <= EBX; number++)
		if (below(writer, 8))
			fill(writer, snippet[1], number);
	begin = writer->at;
	put(writer, snippet + 2, *snippet);
	if (!below(writer, 16) && writer->at != begin)
		begin[below(writer, writer->at - begin)] ^= 1 << below(writer, 8);
	if (!below(writer, 3)) {
		snippet = random_snippet(writer);
		put(writer, snippet + 2, *snippet);
	}
}

static void fill_random(struct writer *writer)
{
	uint32_t i, count = 1 + below(writer, 24);

	for (i = 0; i < count; i++)
		*writer->at++ = (uint8_t)below(writer, 256);
}

void hostile_code(uint8_t *code, unsigned int bits, uint64_t *random)
{
	struct writer writer = { .random = random, .bits = bits };
	int i;

	memset(code, NOP, CODE_SIZE);
	/* The last one ends the guest. */
	memcpy(code + CODE_SIZE - SLOT_SIZE, "\xf4\xeb\xfd", 3);
	for (i = 0; i < SLOTS - 1; i++) {
		writer.at = code + i * SLOT_SIZE;
		writer.end = writer.at + SLOT_SIZE;
		if (below(&writer, 24))
			fill_slot(&writer);
		else
			fill_random(&writer);
	}
}

uint64_t hostile_hash(uint64_t hash, const void *data, size_t size)
{
	const uint64_t *word = data;

	for (; size; size -= sizeof(*word))
		hash = (hash ^ *word++) * 0x9e3779b97f4a7c15ULL + (hash >> 29);
	return hash;
}
