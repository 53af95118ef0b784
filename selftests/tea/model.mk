# SPDX-License-Identifier: GPL-2.0-only
#
# Part of the Makefile: what the model of the machine is compared with.

MODEL := $(addprefix $(HERE)/,model.c model_port.c)
DIFFERENTIAL := $(addprefix $(HERE)/,differential.c bytecode_generator.c) \
	$(MODEL)
DIFFERENTIAL_HEADERS := $(addprefix $(HERE)/,differential.h \
	bytecode_generator.h chance.h model.h) $(TOP)/uapi/tea.h
# Random programs for the homes in the kernel
DIFFERENTIAL_CASES := 2000

CONFORM_SOURCES += $(HERE)/home_model.c $(MODEL)
C_TESTS += differential_test opcode_effect_test

all: $(addprefix $(OUT)/,opcode_table instructions.rst vectors/differential.txt)

$(OUT)/conform: $(HERE)/model.h
$(OUT)/differential_test: $(HERE)/differential_test.c $(DIFFERENTIAL) \
	$(DIFFERENTIAL_HEADERS) $(OBJ)/libtea.a
$(OUT)/opcode_effect_test: $(HERE)/opcode_effect_test.c $(MODEL) \
	$(HERE)/model.h $(HERE)/chance.h $(TOP)/uapi/tea.h
$(OUT)/roundtrip_test: $(HERE)/round_trip.c $(HERE)/round_trip.h

$(OUT)/differential_vectors: $(HERE)/differential_vectors.c $(DIFFERENTIAL) \
		$(DIFFERENTIAL_HEADERS) $(OBJ)/libtea.a
	$(call say,CC,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(TEST_CFLAGS) $(CFLAGS) -o $@ $(filter %.c %.a,$^)

$(OUT)/vectors/differential.txt: $(OUT)/differential_vectors
	$(call say,GEN,$@)
	@mkdir -p $(@D)
	$(Q)$< $(DIFFERENTIAL_CASES) >$@

$(OUT)/opcode_table: $(HERE)/opcode_table.c $(TOP)/uapi/tea.h
	$(call say,CC,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(TEST_CFLAGS) $(CFLAGS) -o $@ $<

# The table of instructions in the documentation
PAGE := $(TOP)/Documentation/tea_machine/instructions.rst
$(OUT)/instructions.rst: $(PAGE)
	@mkdir -p $(@D)
	$(Q)install -m 644 $< $@

.PHONY: opcode_page
opcode_page: $(OUT)/opcode_table
	$(call say,GEN,$(PAGE))
	$(Q)$< $(PAGE) >$(OUT)/page.new && cp $(OUT)/page.new $(PAGE)

# The rule that builds these is elsewhere; with a recipe, if an empty one, make
# looks at them again and links anew what they have changed under.
$(OBJ)/libtea.a $(TOOL_OBJECTS): ;
