# SPDX-License-Identifier: GPL-2.0-only
#
# The debugger, which both programs have

LIBDEBUG := $(OBJ)/libdebug.a
LIBDEBUG_OBJECTS := $(patsubst $(TOP)/%.c,$(OBJ)/%.o, \
	$(wildcard $(TOP)/userspace/debug/*.c) \
	$(addprefix $(TOP)/userspace/tea/,cc/fold.c disassembler.c \
	listing.c source.c) \
	$(TOP)/userspace/lib/late.c)

$(OBJ)/userspace/debug/input.o: OBJECT_CPPFLAGS += \
	-DEDIT_SONAME='"$(call soname,edit)"'

$(LIBDEBUG): $(LIBDEBUG_OBJECTS)
	$(call say,AR,$@)
	@rm -f $@
	$(Q)$(AR) rcsD $@ $^
