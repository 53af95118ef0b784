# SPDX-License-Identifier: GPL-2.0-only
#
# libteavmx: requests and events of the module over libnl. The programs of this tree
# link the archive; other programs link that or the shared library, by pkg-config.

NL_LIBS = $(call archives,libnl-genl-3.0)

LIB_OBJ := $(patsubst $(TOP)/%.c,$(OBJ)/%.o,$(wildcard \
	$(TOP)/userspace/lib/*.c $(TOP)/userspace/lib/doctor/*.c \
	$(TOP)/userspace/lib/emulate/*.c))

# The interface. What other headers declare is internal, and is not exported.
PUBLIC_HEADERS := caps.h debug.h decode.h doctor.h event.h page.h raw.h stats.h tea.h teavmx.h
LIB_INCLUDE := $(O)/include/libteavmx
LIB_HEADERS := $(addprefix $(LIB_INCLUDE)/teavmx/,$(PUBLIC_HEADERS)) \
	$(patsubst $(TOP)/%,$(LIB_INCLUDE)/%,$(wildcard $(TOP)/uapi/*.h))

# The number of the soname changes with each release that old programs do not run with.
LIB_SONAME := libteavmx.so.0
LIB_MAP := $(TOP)/userspace/lib/libteavmx.map

# The archive and the shared library have the same objects. Calls inside of the library
# reach its own functions, as in the archive.
$(LIB_OBJ): OBJECT_CFLAGS += -fPIC -fno-semantic-interposition
$(LIB_OBJ): OBJECT_CPPFLAGS += $(shell $(PKG_CONFIG) --cflags libnl-genl-3.0)
$(OBJ)/userspace/lib/zydis.o: OBJECT_CPPFLAGS += \
	-DZYDIS_SONAME='"$(call soname,Zydis)"'

# The archive is removed first, as a member whose source is gone would remain in it.
$(O)/libteavmx.a: $(LIB_OBJ)
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(AR) rcsD $@ $^

$(O)/$(LIB_SONAME): $(LIB_OBJ) $(LIB_MAP)
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -shared -Wl,-soname,$(LIB_SONAME) -Wl,-z,defs \
		-Wl,-Bsymbolic-functions -Wl,--version-script=$(LIB_MAP) -o $@ \
		$(LIB_OBJ) $(shell $(PKG_CONFIG) --libs libnl-genl-3.0)

$(O)/libteavmx.so: $(O)/$(LIB_SONAME)
	$(Q)ln -sf $(LIB_SONAME) $@

$(LIB_INCLUDE)/teavmx/%.h: $(TOP)/userspace/lib/%.h
	@mkdir -p $(@D)
	$(Q)install -m 644 $< $@

$(LIB_INCLUDE)/uapi/%.h: $(TOP)/uapi/%.h
	@mkdir -p $(@D)
	$(Q)install -m 644 $< $@

# With PKG_CONFIG_PATH=build programs are built with the library in build/.
$(O)/libteavmx.pc: $(TOP)/userspace/lib/libteavmx.pc.in $(TOP)/VERSION
	$(call say,GEN,$@)
	$(Q)sed -e '/^#/d' -e 's,@libdir@,$(abspath $(O)),' \
		-e 's,@includedir@,$(abspath $(O))/include,' \
		-e 's,@version@,$(VERSION),' $< >$@

LIBTEAVMX := $(addprefix $(O)/,libteavmx.a $(LIB_SONAME) libteavmx.so libteavmx.pc) \
	$(LIB_HEADERS)

ALL += $(LIBTEAVMX)
