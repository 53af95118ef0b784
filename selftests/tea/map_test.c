// SPDX-License-Identifier: GPL-2.0-only
/*
 * The debug map: what is written is read again, lookups, and what is no map.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <userspace/common/tea_map.h>

#include <kselftest_harness.h>

#define SENTENCE	512
#define HEAD		"teamap 1\ncode ffff 00000000\n"

static const char example[] =
	"teamap 1\n"
	"code ffff 1a2b3c4d\n"
	"file 0 main program.tea\n"
	"file 1 lib/print.tea\n"
	"function 0004 0020 main\n"
	"function 0030 ffff print_2\n"
	"line 0004 0 10\n"
	"line 0010 0 12\n"
	"line 0018 0 10\n"
	"line 0030 1 3\n"
	"frame 0004 5\n"
	"frame 0006 -\n"
	"frame 0008 7\n"
	"variable 0008 0010 local 5 int[2] x\n"
	"variable 0004 0020 local 3 uint x\n"
	"variable 0004 0020 parameter 1 uchar a\n"
	"variable 0004 0020 parameter 2 string s\n"
	"variable 0004 ffff global 0 char x\n"
	"variable 0004 0020 returned 0 uint main\n";

static int parse(struct tea_map *map, const char *text, char *sentence)
{
	sentence[0] = '\0';
	return tea_map_parse(map, text, strlen(text), "p", sentence, SENTENCE);
}

TEST(written_and_read)
{
	char sentence[SENTENCE];
	struct tea_map map;
	char *text = NULL;
	size_t size = 0;
	FILE *to;

	ASSERT_EQ(0, parse(&map, example, sentence)) TH_LOG("%s", sentence);
	to = open_memstream(&text, &size);
	ASSERT_NE(NULL, to);
	tea_map_write(&map, to);
	fclose(to);
	EXPECT_STREQ(example, text);
	free(text);
	tea_map_free(&map);
	EXPECT_EQ(0, map.line_count);
}

TEST(lookups)
{
	char sentence[SENTENCE];
	struct tea_map map;

	ASSERT_EQ(0, parse(&map, example, sentence));
	EXPECT_EQ(NULL, tea_map_function_at(&map, 0x03));
	EXPECT_STREQ("main", tea_map_function_at(&map, 0x04)->name);
	EXPECT_STREQ("main", tea_map_function_at(&map, 0x1F)->name);
	EXPECT_EQ(NULL, tea_map_function_at(&map, 0x20));
	EXPECT_STREQ("print_2", tea_map_function_at(&map, 0x30)->name);
	EXPECT_EQ(NULL, tea_map_function_at(&map, 0xFFFF));
	EXPECT_EQ(NULL, tea_map_line_at(&map, 0x03));
	EXPECT_EQ(10, tea_map_line_at(&map, 0x0F)->line);
	EXPECT_EQ(12, tea_map_line_at(&map, 0x10)->line);
	EXPECT_EQ(3, tea_map_line_at(&map, 0xFFFF)->line);
	EXPECT_EQ(0x30, tea_map_find_function(&map, "print_2")->start);
	EXPECT_EQ(NULL, tea_map_find_function(&map, "print"));
	EXPECT_EQ(0x04, tea_map_find_line(&map, NULL, 10)->address);
	EXPECT_EQ(0x10, tea_map_find_line(&map, NULL, 11)->address);
	EXPECT_EQ(NULL, tea_map_find_line(&map, NULL, 13));
	EXPECT_EQ(0x30, tea_map_find_line(&map, "print.tea", 1)->address);
	EXPECT_EQ(0x30, tea_map_find_line(&map, "lib/print.tea", 3)->address);
	EXPECT_EQ(NULL, tea_map_find_line(&map, "int.tea", 3));
	EXPECT_EQ(TEA_MAP_FRAME_UNKNOWN, tea_map_frame_at(&map, 0x03));
	EXPECT_EQ(5, tea_map_frame_at(&map, 0x05));
	EXPECT_EQ(TEA_MAP_FRAME_UNKNOWN, tea_map_frame_at(&map, 0x06));
	EXPECT_EQ(7, tea_map_frame_at(&map, 0xFFFF));
	EXPECT_EQ(map.variables, tea_map_find_variable(&map, 0x08, "x"));
	EXPECT_EQ(map.variables + 1, tea_map_find_variable(&map, 0x10, "x"));
	EXPECT_EQ(map.variables + 4, tea_map_find_variable(&map, 0x20, "x"));
	EXPECT_EQ(NULL, tea_map_find_variable(&map, 0x20, "a"));
	EXPECT_EQ(NULL, tea_map_find_variable(&map, 0x03, "x"));
	EXPECT_EQ(NULL, tea_map_find_variable(&map, 0x10, "main"));
	tea_map_free(&map);
}

static const struct {
	const char *text;
	const char *sentence;
} bad[] = {
	{ "", "p:1: the file is empty" },
	{ "teamap 2\n", "p:1: expected 'teamap 1'" },
	{ "teamap 1", "p:1: the line has no end" },
	{ HEAD "fil 0 a\n", "p:3: expected 'file', 'function', 'line', 'frame' or 'variable'" },
	{ HEAD "\n", "p:3: expected 'file', 'function', 'line', 'frame' or 'variable'" },
	{ HEAD "file 1 a\n", "p:3: files are not numbered 0, 1, 2..." },
	{ HEAD "file 0 a\x1b[2J.tea\n",
	  "p:3: expected a path of at most 4095 bytes without control characters" },
	{ HEAD "file 0\n",
	  "p:3: expected a path of at most 4095 bytes without control characters" },
	{ HEAD "file 0 a\nfile 1 a\n", "p:4: a file that is there already" },
	{ HEAD "function 4 0008 f\n",
	  "p:3: expected an address, 4 hexadecimal digits" },
	{ HEAD "function 00g4 0008 f\n",
	  "p:3: expected an address, 4 hexadecimal digits" },
	{ HEAD "function 0008 0008 f\n",
	  "p:3: a function without code, not in order or with a bad name" },
	{ HEAD "function 0004 0008 f g\n",
	  "p:3: a function without code, not in order or with a bad name" },
	{ HEAD "function 0004 0008 f\nfunction 0007 0009 g\n",
	  "p:4: a function without code, not in order or with a bad name" },
	{ HEAD "line 0000 0 1\n", "p:3: a line out of order or of no file" },
	{ HEAD "file 0 a\nline 0004 0 1\nline 0004 0 2\n",
	  "p:5: a line out of order or of no file" },
	{ HEAD "file 0 a\nline ffff 0 1\n",
	  "p:4: a line behind the end of the code" },
	{ "teamap 1\ncode 0008 00000000\nfile 0 a\nline 0008 0 1\n",
	  "p:4: a line behind the end of the code" },
	{ "teamap 1\ncode 0008 00000000\nfunction 0004 0009 f\n",
	  "p:3: a function behind the end of the code" },
	{ "teamap 1\n", "p:2: expected 'code SIZE CHECKSUM'" },
	{ "teamap 1\nfile 0 a\n", "p:2: expected 'code SIZE CHECKSUM'" },
	{ "teamap 1\ncode 008 00000000\n",
	  "p:2: expected 'code SIZE CHECKSUM'" },
	{ "teamap 1\ncode 0008 000000000\n",
	  "p:2: expected 'code SIZE CHECKSUM'" },
	{ "teamap 1\ncode 0008 00000000 1\n",
	  "p:2: expected 'code SIZE CHECKSUM'" },
	{ HEAD "file 0 a\nline 0004 0 0\n",
	  "p:4: a line out of order or of no file" },
	{ HEAD "file 0 a\nline 0004 0 2147483648\n",
	  "p:4: a number that is too large" },
	{ HEAD "file 0 a\nline 0004 0 -1\n", "p:4: expected a number" },
	{ HEAD "file 0 a\nline 0004 0 1 1\n", "p:4: more than a line has" },
	{ HEAD "frame 0004\n", "p:3: expected a number" },
	{ HEAD "frame 0004 -1\n", "p:3: expected a number" },
	{ HEAD "frame 0004 1 1\n", "p:3: more than a frame has" },
	{ HEAD "frame 0004 65536\n",
	  "p:3: a frame out of order or too large" },
	{ HEAD "frame 0004 1\nframe 0004 2\n",
	  "p:4: a frame out of order or too large" },
	{ HEAD "frame ffff 1\n", "p:3: a frame behind the end of the code" },
	{ HEAD "variable 0004 0008 here 1 int x\n",
	  "p:3: expected global, parameter, local or returned" },
	{ HEAD "variable 0004 0008 local 1 long x\n",
	  "p:3: expected char, uchar, int, uint or string" },
	{ HEAD "variable 0004 0008 local 1 int[0] x\n",
	  "p:3: expected a number of elements as in int[4]" },
	{ HEAD "variable 0004 0008 local 1 int[4 x\n",
	  "p:3: expected a number of elements as in int[4]" },
	{ HEAD "variable 0004 0008 local 1 int[-4] x\n",
	  "p:3: expected a number of elements as in int[4]" },
	{ HEAD "variable 0004 0008 local 1 int[65536] x\n",
	  "p:3: expected a number of elements as in int[4]" },
	{ HEAD "variable 0004 0008 local 1 string[4] x\n",
	  "p:3: a variable without code, with a bad name or place" },
	{ HEAD "variable 0004 0008 local 65535 int x\n",
	  "p:3: a variable without code, with a bad name or place" },
	{ HEAD "variable 0004 0008 local 1 int\n",
	  "p:3: a variable without code, with a bad name or place" },
	{ HEAD "variable 0008 0008 local 1 int x\n",
	  "p:3: a variable without code, with a bad name or place" },
	{ "teamap 1\ncode 0008 00000000\nvariable 0004 0009 local 1 int x\n",
	  "p:3: a variable behind the end of the code" },
};

TEST(refused)
{
	char sentence[SENTENCE];
	struct tea_map map;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		EXPECT_EQ(-EINVAL, parse(&map, bad[i].text, sentence));
		EXPECT_STREQ(bad[i].sentence, sentence);
		tea_map_free(&map);
	}
	EXPECT_EQ(-EINVAL, tea_map_parse(&map, "teamap 1\nco\0e\n", 14, "p",
					 sentence, sizeof(sentence)));
	EXPECT_STREQ("p:2: a NUL byte", sentence);
	tea_map_free(&map);
	EXPECT_EQ(-ENOENT, tea_map_read(&map, "/nonexistent", NULL, sentence,
					sizeof(sentence)));
	EXPECT_STREQ("/nonexistent: No such file or directory", sentence);
	tea_map_free(&map);
}

TEST(too_many_variables)
{
	char sentence[SENTENCE];
	struct tea_map map;
	char *text = NULL;
	size_t size = 0;
	FILE *to;
	int i;

	to = open_memstream(&text, &size);
	ASSERT_NE(NULL, to);
	fputs(HEAD, to);
	for (i = 0; i <= TEA_MAP_VARIABLES_MAX; i++)
		fprintf(to, "variable 0004 0008 local 1 int v%d\n", i);
	fclose(to);
	EXPECT_EQ(-EINVAL, parse(&map, text, sentence));
	EXPECT_STREQ("p:4099: too many variables", sentence);
	EXPECT_EQ(TEA_MAP_VARIABLES_MAX, map.variable_count);
	tea_map_free(&map);
	free(text);
}

/* A map is believed only of the object file that it was written for. */
TEST(another_program)
{
	unsigned char code[] = { 0xBA, 0xBE, 0, 9, 0, 0, 1, 2, 3, 4, 5 };
	struct tea_file object = { .bytes = code, .size = sizeof(code) };
	char path[] = "/tmp/map_test.XXXXXX";
	struct tea_map map = { 0 };
	char sentence[SENTENCE];
	char wanted[SENTENCE];
	size_t i;
	FILE *to;

	to = fdopen(mkstemp(path), "w");
	ASSERT_NE(NULL, to);
	tea_map_identify(&map, code, sizeof(code));
	EXPECT_EQ(5, map.code_size);
	/* As others compute FNV-1a */
	EXPECT_EQ(0xC88D36F5, map.checksum);
	tea_map_write(&map, to);
	fclose(to);
	EXPECT_EQ(0, tea_map_read(&map, path, &object, sentence, SENTENCE));
	snprintf(wanted, sizeof(wanted), "%s belongs to another program", path);
	for (i = 0; i < sizeof(code); i++) {
		code[i] ^= 1;
		EXPECT_EQ(-ESTALE, tea_map_read(&map, path, &object, sentence,
						SENTENCE));
		EXPECT_STREQ(wanted, sentence);
		code[i] ^= 1;
	}
	object.size--;
	EXPECT_EQ(-ESTALE, tea_map_read(&map, path, &object, sentence,
					SENTENCE));
	unlink(path);
}

/* Whatever a byte is replaced by: an error or a map whose lookups work */
TEST(garbage)
{
	char sentence[SENTENCE];
	char text[sizeof(example)];
	struct tea_map map;
	unsigned int value;
	size_t at;

	for (at = 0; at < sizeof(example) - 1; at++) {
		for (value = 0; value < 256; value++) {
			memcpy(text, example, sizeof(example));
			text[at] = (char)value;
			if (tea_map_parse(&map, text, sizeof(text) - 1, "p",
					  sentence, sizeof(sentence)))
				EXPECT_NE('\0', sentence[0]);
			tea_map_line_at(&map, value << 8);
			tea_map_find_line(&map, "a", value);
			tea_map_free(&map);
		}
	}
}

TEST(path)
{
	char *path = tea_map_path("a/prog.cup");

	EXPECT_STREQ("a/prog.map", path);
	free(path);
	path = tea_map_path(".cup");
	EXPECT_STREQ(".cup.map", path);
	free(path);
}

TEST_HARNESS_MAIN
