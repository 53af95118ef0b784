# SPDX-License-Identifier: GPL-2.0-only

# What the programs share: the machine, object files, arguments, results
LIBTEA := $(OBJ)/libtea.a
LIBTEA_OBJECTS := $(patsubst $(TOP)/%.c,$(OBJ)/%.o, \
	$(wildcard $(TOP)/userspace/common/*.c) \
	$(addprefix $(TOP)/module/tea/,debug.c interp.c ports.c process.c))

TEA_OBJECTS := $(patsubst $(TOP)/%.c,$(OBJ)/%.o, \
	$(wildcard $(TOP)/userspace/tea/*.c))

EXAMPLES := $(patsubst $(TOP)/userspace/tea/examples/%.tas, \
	$(O)/examples/%.cup, \
	$(wildcard $(TOP)/userspace/tea/examples/*.tas))

ALL += $(O)/tea $(EXAMPLES)

$(LIBTEA): $(LIBTEA_OBJECTS)
	$(call say,AR,$@)
	@rm -f $@
	$(Q)$(AR) rcsD $@ $^

$(O)/tea: $(TEA_OBJECTS) $(LIBDEBUG) $(LIBTEA)
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(JANSSON_LIBS) $(EDIT_LIBS)

$(O)/examples/%.cup: $(TOP)/userspace/tea/examples/%.tas $(O)/tea
	$(call say,AS,$@)
	@mkdir -p $(@D)
	$(Q)$(O)/tea as -o $@ $<
