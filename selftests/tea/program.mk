# SPDX-License-Identifier: GPL-2.0-only
#
# Part of the Makefile: random programs through the compiler.

PROGRAM := $(addprefix $(HERE)/,program_generator.c compiled.c) $(DIFFERENTIAL)
PROGRAM_HEADERS := $(addprefix $(HERE)/,program_generator.h program_case.h \
	compiled.h) $(DIFFERENTIAL_HEADERS)
# Random programs for the homes in the kernel, each without and with -O
PROGRAM_CASES := 150

C_TESTS += program_test

all: $(OUT)/vectors/programs.txt

$(OUT)/program_test: $(addprefix $(HERE)/,program_test.c program_evaluator.c \
	program_token.c program_evaluator.h program_token.h) $(PROGRAM) \
	$(PROGRAM_HEADERS) $(CC_OBJECTS) $(OBJ)/libtea.a

$(OUT)/program_vectors: $(HERE)/program_vectors.c $(PROGRAM) \
		$(PROGRAM_HEADERS) $(CC_OBJECTS) $(OBJ)/libtea.a
	$(call say,CC,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(TEST_CFLAGS) $(CFLAGS) -o $@ $(filter %.c %.o %.a,$^) -ljansson

$(OUT)/vectors/programs.txt: $(OUT)/program_vectors
	$(call say,GEN,$@)
	@mkdir -p $(@D)
	$(Q)$< $(PROGRAM_CASES) >$@
