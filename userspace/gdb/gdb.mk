# SPDX-License-Identifier: GPL-2.0-only
#
# The remote stub for gdb, without its target

LIBGDB := $(OBJ)/libgdb.a
LIBGDB_OBJECTS := $(patsubst $(TOP)/%.c,$(OBJ)/%.o,$(wildcard $(TOP)/userspace/gdb/*.c))

$(LIBGDB): $(LIBGDB_OBJECTS)
	$(call say,AR,$@)
	@rm -f $@
	$(Q)$(AR) rcsD $@ $^
