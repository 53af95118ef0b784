// SPDX-License-Identifier: GPL-2.0-only
/*
 * A source is preprocessed, and what comes out compiled: it becomes the same
 * object file, or has errors as well. Input: the source.
 */
#include <string.h>

#include <userspace/tea/cc/compiler.h>

#include "fuzz.h"

static struct cc_compiler whole, first, second;

/* The text is copied to just so many bytes, so that one too many is noticed. */
static int compile(struct cc_compiler *compiler, const void *text, size_t size,
		   FILE *preprocessed)
{
	static const char *const folders[] = { TEA_LIBRARY, NULL };

	memset(compiler, 0, sizeof(*compiler));
	compiler->path = "program";
	compiler->text = malloc(size ? size : 1);
	fuzz_require(compiler->text, "there is memory");
	memcpy(compiler->text, text, size);
	compiler->text_size = size;
	compiler->folders = folders;
	compiler->preprocessed = preprocessed;
	return cc_compile(compiler);
}

static void compare(const char *text, size_t size)
{
	int error = compile(&second, text, size, NULL);

	fuzz_require(!error && !second.report.errors == !whole.report.errors,
		     "preprocessing changes no errors");
	if (!whole.report.errors)
		fuzz_require(second.size == whole.size &&
			     !memcmp(second.file, whole.file, whole.size),
			     "preprocessed text becomes the same object file");
	cc_compiler_free(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = NULL;
	size_t text_size = 0;
	FILE *to = open_memstream(&text, &text_size);
	int error;

	fuzz_require(to, "there is memory");
	error = compile(&first, data, size, to);
	fuzz_require(!fclose(to), "there is memory");
	fuzz_silence(true);
	report_print(&first.report);
	fuzz_silence(false);
	if (!error && !first.report.errors) {
		error = compile(&whole, data, size, NULL);
		fuzz_require(!error, "what is read is read again");
		compare(text, text_size);
		cc_compiler_free(&whole);
	}
	cc_compiler_free(&first);
	free(text);
	return 0;
}
