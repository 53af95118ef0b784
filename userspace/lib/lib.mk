# SPDX-License-Identifier: GPL-2.0-only
#
# libteavmx: requests and events of the module over libnl

NL_LIBS = $(call archives,libnl-genl-3.0)

LIB_OBJ := $(patsubst $(TOP)/%.c,$(OBJ)/%.o,$(wildcard \
	$(TOP)/userspace/lib/*.c $(TOP)/userspace/lib/doctor/*.c \
	$(TOP)/userspace/lib/emulate/*.c))

$(LIB_OBJ): OBJECT_CPPFLAGS += $(shell $(PKG_CONFIG) --cflags libnl-genl-3.0)
$(OBJ)/userspace/lib/zydis.o: OBJECT_CPPFLAGS += \
	-DZYDIS_SONAME='"$(call soname,Zydis)"'

# The archive is removed first, as a member whose source is gone would remain in it.
$(O)/libteavmx.a: $(LIB_OBJ)
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(AR) rcsD $@ $^

ALL += $(O)/libteavmx.a
