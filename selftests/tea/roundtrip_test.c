// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the disassembler writes, the assembler turns into the same file: for
 * the programs of the vectors and for random bytes.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <uapi/tea.h>

#include "round_trip.h"

#include <kselftest_harness.h>

#define RANDOM_FILES	3000
#define RANDOM_BYTES	300

static size_t parse_hex(const char *text, unsigned char *bytes)
{
	unsigned int byte;
	size_t size = 0;

	while (sscanf(text + 2 * size, "%2x", &byte) == 1)
		bytes[size++] = (unsigned char)byte;
	return size;
}

static void round_trip_vectors(struct __test_metadata *_metadata,
			       const char *name, unsigned int wanted)
{
	static unsigned char file[TEA_FILE_MAX] = {
		TEA_SIGNATURE_0, TEA_SIGNATURE_1, TEA_VERSION_MAJOR,
		TEA_VERSION_MINOR,
	};
	unsigned int count = 0;
	char path[4096];
	char line[8192];
	FILE *from;

	/* The test lies beside its vectors. */
	snprintf(path, sizeof(path), "%.*s/vectors/%s",
		 (int)(strrchr(program_invocation_name, '/') -
		       program_invocation_name), program_invocation_name, name);
	from = fopen(path, "r");
	ASSERT_NE(NULL, from) TH_LOG("%s", path);
	while (fgets(line, sizeof(line), from)) {
		char *rest = line;
		size_t size;

		strsep(&rest, "|");
		file[TEA_HEADER_RETURN] = (unsigned char)atoi(strsep(&rest, "|"));
		file[TEA_HEADER_ARGUMENTS] =
			(unsigned char)(strlen(strsep(&rest, "|")) / 2);
		size = parse_hex(strsep(&rest, "|"), file + TEA_HEADER_SIZE);
		EXPECT_TRUE(round_trip(file, TEA_HEADER_SIZE + size))
			TH_LOG("%s", line);
		count++;
	}
	fclose(from);
	EXPECT_EQ(wanted, count);
}

TEST(conformance_vectors)
{
	round_trip_vectors(_metadata, "tea-conformance.txt", 5850);
}

TEST(hostile_vectors)
{
	round_trip_vectors(_metadata, "tea-hostile.txt", 600);
}

TEST(random_bytes)
{
	static unsigned char file[TEA_HEADER_SIZE + RANDOM_BYTES];
	unsigned int seed = 1;
	unsigned int i;
	size_t size, at;

	for (i = 0; i < RANDOM_FILES; i++) {
		size = TEA_FILE_MIN + (size_t)rand_r(&seed) %
		       (sizeof(file) - TEA_FILE_MIN + 1);
		for (at = 2; at < size; at++)
			file[at] = (unsigned char)(rand_r(&seed) >> 8);
		file[0] = TEA_SIGNATURE_0;
		file[1] = TEA_SIGNATURE_1;
		EXPECT_TRUE(round_trip(file, size)) TH_LOG("file %u", i);
	}
}

TEST(every_opcode_cut_short)
{
	unsigned char file[TEA_FILE_MIN + 3] = {
		TEA_SIGNATURE_0, TEA_SIGNATURE_1, 7, 8, 255, 254,
	};
	unsigned int opcode, cut;

	for (opcode = 0; opcode < 256; opcode++) {
		for (cut = 0; cut < 3; cut++) {
			memset(file + TEA_HEADER_SIZE, 0xEE,
			       sizeof(file) - TEA_HEADER_SIZE);
			file[sizeof(file) - 3] = (unsigned char)opcode;
			EXPECT_TRUE(round_trip(file, sizeof(file) - cut))
				TH_LOG("opcode %u, %u cut", opcode, cut);
		}
	}
}

TEST(largest_file)
{
	static unsigned char file[TEA_FILE_MAX];
	unsigned int fill;

	for (fill = 0; fill < 256; fill += 24) {
		memset(file, (int)fill, sizeof(file));
		file[0] = TEA_SIGNATURE_0;
		file[1] = TEA_SIGNATURE_1;
		EXPECT_TRUE(round_trip(file, sizeof(file)))
			TH_LOG("filled with %u", fill);
	}
}

TEST_HARNESS_MAIN
