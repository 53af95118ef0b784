// SPDX-License-Identifier: GPL-2.0-only
/*
 * The compiler on programs that were damaged at random: it must neither crash
 * nor compile without error what does not load.
 */
#include <dirent.h>
#include <libgen.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <userspace/common/tea_file.h>
#include <userspace/tea/cc/compiler.h>
#include <userspace/tea/source.h>

#include <kselftest_harness.h>

#define SIZE_MAX_TEXT	65536
#define EXAMPLE_ROUNDS	100
#define VECTOR_ROUNDS	3

static unsigned long long state = 0x7EA;

static unsigned int random_below(unsigned int limit)
{
	state = state * 6364136223846793005ULL + 1442695040888963407ULL;
	return (unsigned int)(state >> 33) % limit;
}

/* What damage is made of: the language's own words do the most. */
static const char *const pieces[] = {
	"{", "}", "(", ")", ";", ",", "0", "1", "255", "65536", "int ", "char ",
	"unsigned ", "void ", "string ", "if (", "else ", "while (1)", "for (",
	"switch (x) {", "case 1:", "default:", "break;", "continue;",
	"goto a;", "a:", "return ", "asm {", "pushlb ", "popn 255 ", "\"",
	"'", "/*", "//", "#if 1\n", "#endif\n", "#else\n", "\n#define main ",
	"#include \"", "\\\n", "++", "--", "<<", "=", "+=", "?", ":", "[", "]",
	"/ 0", "-", "~", "!", "\x80", "\x01", "main", "(int)", "(char)",
};

/* One piece of the text is removed, doubled, changed or replaced. */
static size_t mutate(char *text, size_t size)
{
	size_t at = size ? random_below((unsigned int)size) : 0;
	size_t count = random_below(12);
	const char *piece;

	if (count > size - at)
		count = size - at;
	switch (random_below(4)) {
	case 0:
		memmove(text + at, text + at + count, size - at - count);
		return size - count;
	case 1:
		memmove(text + at + count, text + at, size - at);
		return size + count;
	case 2:
		if (size)
			text[at] = (char)random_below(256);
		return size;
	default:
		piece = pieces[random_below(sizeof(pieces) / sizeof(*pieces))];
		count = strlen(piece);
		memmove(text + at + count, text + at, size - at);
		memcpy(text + at, piece, count);
		return size + count;
	}
}

static unsigned int compiled;

/* 0 unless a clean compilation gives what does not load */
static int compile(const char *library, const char *text, size_t size,
		   bool optimise)
{
	const char *const folders[] = { library, NULL };
	struct cc_compiler *compiler = calloc(1, sizeof(*compiler));
	struct tea_file file = { .path = "mutation" };
	char sentence[512];
	int bad = 0;

	compiler->path = "mutation";
	compiler->text = malloc(size + 1);
	memcpy(compiler->text, text, size);
	compiler->text_size = size;
	compiler->folders = folders;
	compiler->optimise = optimise;
	compiler->wary = true;
	if (!cc_compile(compiler) && !compiler->report.errors) {
		file.bytes = compiler->file;
		file.size = compiler->size;
		bad = tea_file_check(&file, sentence, sizeof(sentence));
		compiled++;
	}
	cc_compiler_free(compiler);
	free(compiler);
	return bad;
}

static void damage(struct __test_metadata *_metadata, const char *library,
		   const char *path, unsigned int rounds)
{
	struct source source = { .path = path };
	static char text[SIZE_MAX_TEXT + 1024];
	unsigned int i, j;
	size_t size;

	ASSERT_EQ(0, source_read(&source, SIZE_MAX_TEXT));
	compiled = 0;
	EXPECT_EQ(0, compile(library, source.text, source.size, false));
	EXPECT_EQ(1, compiled) TH_LOG("%s", path);
	for (i = 0; i < rounds; i++) {
		unsigned long long before = state;

		memcpy(text, source.text, source.size);
		size = source.size;
		for (j = random_below(4) + 1; j; j--)
			size = mutate(text, size);
		EXPECT_EQ(0, compile(library, text, size, i & 1))
			TH_LOG("%s, state %llx", path, before);
	}
	free(source.text);
}

static void damage_all(struct __test_metadata *_metadata, const char *folder,
		       unsigned int rounds, unsigned int files)
{
	char library[PATH_MAX + 32];
	char self[PATH_MAX] = "";
	char path[PATH_MAX + 512];
	struct dirent *entry;
	unsigned int count = 0;
	DIR *all;

	ASSERT_LT(0, readlink("/proc/self/exe", self, sizeof(self) - 1));
	dirname(self);
	snprintf(library, sizeof(library), "%s/lib", self);
	snprintf(path, sizeof(path), "%s/%s", self, folder);
	all = opendir(path);
	ASSERT_NE(NULL, all);
	while ((entry = readdir(all))) {
		if (!strstr(entry->d_name, ".tea"))
			continue;
		snprintf(path, sizeof(path), "%s/%s/%s", self, folder,
			 entry->d_name);
		damage(_metadata, library, path, rounds);
		count++;
	}
	closedir(all);
	EXPECT_LE(files, count);
}

TEST(examples)
{
	damage_all(_metadata, "examples", EXAMPLE_ROUNDS, 22);
}

TEST(vectors)
{
	damage_all(_metadata, "vectors/lang", VECTOR_ROUNDS, 300);
}

TEST_HARNESS_MAIN
