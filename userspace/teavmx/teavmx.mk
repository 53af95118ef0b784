# SPDX-License-Identifier: GPL-2.0-only
#
# teavmx, the program that drives VMs

TEAVMX_OBJ := $(patsubst $(TOP)/%.c,$(OBJ)/%.o, \
	$(wildcard $(TOP)/userspace/teavmx/*.c))

$(OBJ)/userspace/teavmx/top_view.o: OBJECT_CPPFLAGS += \
	-DCURSES_SONAME='"$(call soname,ncursesw)"'

$(O)/teavmx: $(TEAVMX_OBJ) $(LIBGALLERY) $(O)/libteavmx.a $(LIBDEBUG) $(LIBTEA) $(LIBGDB)
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(NL_LIBS) $(JANSSON_LIBS)

ALL += $(O)/teavmx

# The page is in the program, byte for byte.
EXPORT_PAGE := $(TOP)/userspace/teavmx/export.html
$(OBJ)/userspace/teavmx/export_page.o: $(EXPORT_PAGE)
$(OBJ)/userspace/teavmx/export_page.o: OBJECT_CPPFLAGS += \
	-DEXPORT_PAGE='"$(EXPORT_PAGE)"'
