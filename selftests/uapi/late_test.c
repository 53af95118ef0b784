// SPDX-License-Identifier: GPL-2.0-only
/* Libraries that are loaded at their first use. No module. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/wait.h>

#include <math.h>

#include <userspace/lib/zydis.h>

#include "kselftest_harness.h"

/* A library that every system has, and that this program is not linked with */
#define LIBM	"libm.so.6"

static struct {
	LATE_POINTER(cbrt);
} math;

static const struct late_symbol good[] = {
	LATE_SYMBOL(math, cbrt),
	{ NULL, NULL },
};

TEST(loads_once)
{
	struct late_library library = { .name = LIBM, .symbols = good };
	double (*first)(double number);

	ASSERT_EQ(NULL, late_load(&library));
	ASSERT_TRUE(library.loaded);
	EXPECT_EQ(3, (int)math.cbrt(27));
	first = math.cbrt;
	math.cbrt = NULL;
	ASSERT_EQ(NULL, late_load(&library));
	EXPECT_EQ(NULL, math.cbrt);
	math.cbrt = first;
}

TEST(library_missing)
{
	struct late_library library = { .name = "libnone.so.7", .symbols = good };
	const char *missing = late_load(&library);

	ASSERT_NE(NULL, missing);
	EXPECT_NE(NULL, strstr(missing, "libnone.so.7"));
	EXPECT_FALSE(library.loaded);
	/* It may have been installed meanwhile. */
	library.name = LIBM;
	EXPECT_EQ(NULL, late_load(&library));
}

TEST(function_missing)
{
	void *pointer = NULL;
	const struct late_symbol symbols[] = {
		LATE_SYMBOL(math, cbrt),
		{ "no_such_function", &pointer },
		{ NULL, NULL },
	};
	struct late_library library = { .name = LIBM, .symbols = symbols };
	const char *missing = late_load(&library);

	ASSERT_NE(NULL, missing);
	EXPECT_NE(NULL, strstr(missing, "no_such_function"));
	EXPECT_FALSE(library.loaded);
	EXPECT_EQ(NULL, pointer);
}

TEST(decodes)
{
	ZydisDecodedOperand operands[ZYDIS_MAX_OPERAND_COUNT];
	ZydisDecodedInstruction insn;
	struct teavmx_error error;
	ZydisDecoder decoder;

	ASSERT_EQ(0, zydis_load(&error));
	zydis.ZydisDecoderInit(&decoder, ZYDIS_MACHINE_MODE_LONG_64,
			       ZYDIS_STACK_WIDTH_64);
	ASSERT_TRUE(ZYAN_SUCCESS(zydis.ZydisDecoderDecodeFull(&decoder, "\xf4", 1,
							      &insn, operands)));
	EXPECT_EQ(ZYDIS_MNEMONIC_HLT, insn.mnemonic);
}

TEST_HARNESS_MAIN
