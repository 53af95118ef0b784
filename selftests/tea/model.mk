# SPDX-License-Identifier: GPL-2.0-only
#
# Part of the Makefile: what the model of the machine is compared with.

MODEL := $(addprefix $(PARTS)/,model.o model_port.o)
DIFFERENTIAL := $(addprefix $(PARTS)/,differential.o bytecode_generator.o) $(MODEL)
# Random programs for the backends in the kernel
DIFFERENTIAL_CASES := 2000

CONFORM_PARTS += $(PARTS)/home_model.o $(MODEL)

all: $(addprefix $(OUT)/,opcode_table instructions.rst vectors/differential.txt)

$(OUT)/opcode_effect_test: $(MODEL)
$(OUT)/roundtrip_test: $(PARTS)/round_trip.o
$(OUT)/decode_test: $(PARTS)/bytecode_generator.o $(OBJ)/libtea.a
$(OUT)/differential_test: $(DIFFERENTIAL) $(OBJ)/libtea.a

$(OUT)/differential_vectors: $(PARTS)/differential_vectors.o $(DIFFERENTIAL) \
		$(OBJ)/libtea.a
	$(compile)

$(OUT)/vectors/differential.txt: $(OUT)/differential_vectors
	$(call say,GEN,$@)
	@mkdir -p $(@D)
	$(Q)$< $(DIFFERENTIAL_CASES) >$@

$(OUT)/opcode_table: $(PARTS)/opcode_table.o
	$(compile)

# The table of instructions in the documentation
PAGE := $(TOP)/Documentation/tea_machine/instructions.rst
$(OUT)/instructions.rst: $(PAGE)
	$(call copy,644)

.PHONY: opcode_page
opcode_page: $(OUT)/opcode_table
	$(call say,GEN,$(PAGE))
	$(Q)$< $(PAGE) >$(OUT)/page.new && cp $(OUT)/page.new $(PAGE)
