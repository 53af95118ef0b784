// SPDX-License-Identifier: GPL-2.0-only
/*
 * An object file is read, checked and run, on the interpreter, translated, and on the
 * model.
 * Input: stack size (0: the default), number of argument bytes, the arguments,
 * the file.
 */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <userspace/common/tea_file.h>

#include <selftests/tea/differential.h>

#include "fuzz.h"

#define STEPS	3000

static void take_input(struct bytecode_case *test, const uint8_t *data,
		       size_t size)
{
	size_t count = data[1];

	memset(test, 0, sizeof(*test));
	test->stack_size = data[0] ? data[0] : TEA_STACK_DEFAULT;
	data += 2;
	size -= 2;
	test->argument_size = count < size ? count : size;
	memcpy(test->arguments, data, test->argument_size);
	data += test->argument_size;
	size -= test->argument_size;
	test->file_size = size < sizeof(test->file) ? size : sizeof(test->file);
	memcpy(test->file, data, test->file_size);
}

/* Through a real file, as the tools do */
static void check_file(const struct bytecode_case *test,
		       const struct differential *result)
{
	char sentence[512];
	struct tea_file file;
	char path[64];
	int code;
	int fd;

	fd = memfd_create("object", MFD_CLOEXEC);
	fuzz_require(fd >= 0, "there is a file");
	fuzz_require(write(fd, test->file, test->file_size) ==
		     (ssize_t)test->file_size, "the file is written");
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	fuzz_require(!tea_file_read(&file, path), "the file is read");
	fuzz_require(file.size == test->file_size &&
		     !memcmp(file.bytes, test->file, file.size),
		     "the file is read as it is");
	code = tea_file_check_launch(&file, test->argument_size,
				     test->stack_size, sentence,
				     sizeof(sentence));
	fuzz_require(!code == !*sentence, "a refusal has a message");
	if (code)
		fuzz_require(result->state == MODEL_EXITED &&
			     result->exit_code == (unsigned int)code,
			     "a file that is refused gives that exit code");
	tea_file_check(&file, sentence, sizeof(sentence));
	tea_file_free(&file);
	close(fd);
}

static void run_case(const struct bytecode_case *test,
		     struct differential *result)
{
	if (!differential_compare(test, STEPS, result))
		return;
	fprintf(stderr, "fuzz: %s, stack of %u bytes: %s\n",
		result->translate ? "translated" : "interpreter",
		test->stack_size, result->difference);
	differential_vector(test, "fuzz", STEPS, stderr);
	abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct bytecode_case test;
	static struct differential result;

	if (size < 2)
		return 0;
	take_input(&test, data, size);
	result.translate = true;
	run_case(&test, &result);
	result.translate = false;
	run_case(&test, &result);
	check_file(&test, &result);
	return 0;
}
