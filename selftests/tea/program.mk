# SPDX-License-Identifier: GPL-2.0-only
#
# Part of the Makefile: random programs through the compiler.

PROGRAM := $(addprefix $(PARTS)/,program_generator.o compiled.o) $(DIFFERENTIAL) \
	$(CC_OBJECTS) $(OBJ)/libtea.a
# Random programs for the backends in the kernel, each without and with -O
PROGRAM_CASES := 150

all: $(OUT)/vectors/programs.txt

$(OUT)/program_test: $(addprefix $(PARTS)/,program_evaluator.o program_token.o) $(PROGRAM)

$(OUT)/program_vectors: $(PARTS)/program_vectors.o $(PROGRAM)
	$(compile)

$(OUT)/vectors/programs.txt: $(OUT)/program_vectors
	$(call say,GEN,$@)
	@mkdir -p $(@D)
	$(Q)$< $(PROGRAM_CASES) >$@
