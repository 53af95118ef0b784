// SPDX-License-Identifier: GPL-2.0-only
/*
 * A source is compiled with and without -O. If it has no errors, both object
 * files can be launched, do the same, and are what the assembler makes of the
 * compiler's assembly language. Input: the source.
 */
#include <string.h>

#include <userspace/tea/assembler.h>
#include <userspace/tea/cc/compiler.h>

#include <selftests/tea/compiled.h>

#include "fuzz.h"

#define STEPS	20000
#define STACK	512

/* So that what compiles can be launched, whatever it declares */
_Static_assert(TEA_ARGUMENTS_MAX + TEA_RETURN_MAX <= STACK, "anything fits");

static const char *const folders[] = { TEA_LIBRARY, NULL };

static void check_assembly(const struct compiled *wanted, const uint8_t *data,
			   size_t size, bool optimise)
{
	static unsigned char object[TEA_FILE_MAX];
	static struct cc_compiler compiler;
	struct source source = { .path = "assembly" };
	struct report report = { 0 };
	size_t object_size;

	memset(&compiler, 0, sizeof(compiler));
	compiler.path = "program";
	compiler.text = malloc(size + 1);
	fuzz_require(compiler.text, "there is memory");
	memcpy(compiler.text, data, size);
	compiler.text_size = size;
	compiler.folders = folders;
	compiler.optimise = optimise;
	compiler.wary = true;
	compiler.assembly = open_memstream(&source.text, &source.size);
	fuzz_require(compiler.assembly, "there is memory");
	fuzz_require(!cc_compile(&compiler) && !compiler.report.errors,
		     "it compiles a second time");
	fuzz_require(!fclose(compiler.assembly), "there is memory");
	fuzz_require(compiler.size == wanted->size &&
		     !memcmp(compiler.file, wanted->object, wanted->size),
		     "the same source becomes the same object file");
	cc_compiler_free(&compiler);
	object_size = assembler_run(&source, &report, object);
	if (report.errors)
		report_print(&report);
	fuzz_require(object_size == wanted->size &&
		     !memcmp(object, wanted->object, object_size),
		     "the assembly language becomes the same object file");
	report_free(&report);
	free(source.text);
}

/*
 * An index beyond its array, and asm, can read return addresses off the stack,
 * and these are others with -O. program_test has arrays within their bounds.
 */
static bool may_see_addresses(const uint8_t *data, size_t size)
{
	return memchr(data, '[', size) || memmem(data, size, "asm", 3);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct compiled plain, optimised;
	struct compiled_options options = {
		.silent = true,
		.folders = folders,
		.stack_size = STACK,
		.limit = STEPS,
	};
	const char *difference;

	if (compiled_run(&plain, (const char *)data, size, &options))
		return 0;
	options.optimise = true;
	fuzz_require(!compiled_run(&optimised, (const char *)data, size,
				   &options), "what is read is read again");
	/* What such a program does is not compared, all else is. */
	if (may_see_addresses(data, size))
		plain.ended = false;
	difference = compiled_difference(&plain, &optimised);
	if (difference)
		fprintf(stderr, "fuzz: with -O differs: %s\n", difference);
	fuzz_require(!difference, "-O changes neither message nor text");
	if (plain.errors)
		return 0;
	fuzz_require(!plain.launch, "what was compiled can be launched");
	check_assembly(&plain, data, size, false);
	check_assembly(&optimised, data, size, true);
	return 0;
}
