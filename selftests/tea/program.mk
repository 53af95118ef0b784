# SPDX-License-Identifier: GPL-2.0-only
#
# Part of the Makefile: random programs through the compiler.

C_TESTS += program_test

$(OUT)/program_test: $(addprefix $(HERE)/,program_test.c program_generator.c \
	compiled.c program_generator.h compiled.h chance.h) $(CC_OBJECTS) \
	$(OBJ)/libtea.a
