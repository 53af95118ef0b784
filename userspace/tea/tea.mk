# SPDX-License-Identifier: GPL-2.0-only

# What the programs share: the machine, object files, arguments, results
LIBTEA := $(OBJ)/libtea.a
LIBTEA_OBJECTS := $(patsubst $(TOP)/%.c,$(OBJ)/%.o, \
	$(wildcard $(TOP)/userspace/common/*.c) \
	$(addprefix $(TOP)/module/tea/,debug.c decode.c interp.c ports.c process.c) \
	$(wildcard $(TOP)/module/tea/translate/*.c))

TEA_OBJECTS := $(patsubst $(TOP)/%.c,$(OBJ)/%.o, \
	$(wildcard $(addprefix $(TOP)/userspace/tea/,*.c cc/*.c dap/*.c)))

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
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(JANSSON_LIBS)

$(O)/examples/%.cup: $(TOP)/userspace/tea/examples/%.tas $(O)/tea
	$(call say,AS,$@)
	@mkdir -p $(@D)
	$(Q)$(O)/tea as -o $@ $<

# The library of the language lies where "tea cc" looks beside itself.
TEA_LIBRARY := $(patsubst $(TOP)/userspace/tea/lib/%,$(O)/include/tea/%, \
	$(wildcard $(TOP)/userspace/tea/lib/*.tea))
TEA_PROGRAMS := $(patsubst $(TOP)/userspace/tea/examples/%.tea, \
	$(O)/examples/%.cup, \
	$(wildcard $(TOP)/userspace/tea/examples/*.tea))

ALL += $(TEA_LIBRARY) $(TEA_PROGRAMS)

$(TEA_LIBRARY): $(O)/include/tea/%: $(TOP)/userspace/tea/lib/%
	@mkdir -p $(@D)
	$(Q)install -m 644 $< $@

$(TEA_PROGRAMS): $(O)/examples/%.cup: $(TOP)/userspace/tea/examples/%.tea \
		$(O)/tea $(TEA_LIBRARY)
	$(call say,TEACC,$@)
	@mkdir -p $(@D)
	$(Q)$(O)/tea cc -W -O -g -o $@ $<
