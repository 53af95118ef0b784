# SPDX-License-Identifier: GPL-2.0-only
#
# Included by the makefiles of the folders with tests:
#
#   make O=DIR KSFT=FOLDER [V=1]
#
# builds the tests of a folder FOLDER into DIR/selftests/FOLDER. KSFT is the
# folder of the kernel's kselftest_harness.h.

HERE := $(abspath $(dir $(firstword $(MAKEFILE_LIST))))
TOP := $(abspath $(HERE)/../..)
O ?= $(TOP)/build
KSFT ?= $(O)/ksrc/tools/testing/selftests
OUT := $(O)/selftests/$(notdir $(HERE))
OBJ := $(O)/obj
VERSION := $(file <$(TOP)/VERSION)
PKG_CONFIG ?= pkg-config

ifeq ($(origin CC),default)
CC := gcc
endif
CFLAGS ?= -O2 -g
TEST_CFLAGS = -std=gnu11 -Wall -Wextra -Werror -I$(TOP) -D_GNU_SOURCE
# The harness is the kernel's; its headers are not held to our warnings.
HARNESS_CFLAGS = -isystem $(KSFT) -Wno-unused-parameter -Wno-sign-compare
NL_CFLAGS := $(shell $(PKG_CONFIG) --cflags libnl-genl-3.0)
NL_LIBS := $(shell $(PKG_CONFIG) --libs libnl-genl-3.0)
# The instruction decoder, which has no pkg-config file
ZYDIS_LIBS := -lZydis

ifeq ($(V),1)
Q :=
say = @:
else
Q := @
say = @printf '  %-7s %s\n' '$(1)' '$(patsubst $(O)/%,%,$(2))'
endif

# The recipe of a program. Its parts are the sources, objects and archives among
# what it depends on.
define compile
$(call say,CC,$@)
@mkdir -p $(@D)
$(Q)$(CC) $(TEST_CFLAGS) $(CFLAGS) -o $@ \
	$(filter %.c %.S %.o,$^) $(filter %.a,$^) $(LIBS)
endef

# The recipe of a copy, for a mode
define copy
@mkdir -p $(@D)
$(Q)install -m $(1) $< $@
endef

# The recipe of a header with an array program_NAME for each NAME.tas that it depends
# on: the bytes of that TEA program
define tea_programs
$(call say,TEAAS,$@)
@mkdir -p $(@D)
$(Q)set -e; for source in $(filter %.tas,$^); do \
	name=$${source##*/}; \
	$(O)/tea as -o $@.cup $$source; \
	echo "static const uint8_t program_$${name%.tas}[] = {"; \
	od -An -v -tx1 $@.cup | sed 's/ \(..\)/ 0x\1,/g'; \
	echo '};'; \
done >$@.new; mv $@.new $@
endef

# Tests in C, each of an object with its name and of what else it depends on
C_TESTS := $(patsubst %.c,%,$(notdir $(wildcard $(HERE)/*_test.c)))
SH_TESTS := $(notdir $(wildcard $(HERE)/*_test.sh))
PARTS := $(OBJ)/tests/$(notdir $(HERE))

.PHONY: all clean linked
.SECONDARY:
.DELETE_ON_ERROR:

all: $(addprefix $(OUT)/,$(C_TESTS) $(SH_TESTS)) $(O)/selftests/ktap.sh

$(addprefix $(OUT)/,$(C_TESTS)): $(OUT)/%: $(PARTS)/%.o
	$(compile)

$(PARTS)/%_test.o: TEST_CFLAGS += $(HARNESS_CFLAGS)
$(PARTS)/%.o: $(HERE)/%.c
	$(call say,CC,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(TEST_CFLAGS) $(CFLAGS) -MMD -MP -MT $@ -c -o $@ $<

$(PARTS)/%.o: $(HERE)/%.S
	$(call say,AS,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) -MMD -MP -MT $@ -c -o $@ $<

$(addprefix $(OUT)/,$(SH_TESTS)): $(OUT)/%: $(HERE)/%
	$(call copy,755)

$(O)/selftests/ktap.sh: $(TOP)/selftests/ktap.sh
	$(call copy,644)

# What is linked to the tests is built by one rule, elsewhere. The recipe here is
# empty, as make then examines whether that rule has changed a file.
LINKED := $(O)/libteavmx.a $(OBJ)/libtea.a $(OBJ)/libgallery.a $(OBJ)/libgdb.a
$(O)/libteavmx.a: linked ;
$(OBJ)/userspace/%.o $(OBJ)/%.a: linked ;
linked:
	+$(Q)$(MAKE) -s -C $(TOP)/userspace O=$(O) CC='$(CC)' $(V:%=V=%) \
		$(sort $(LINKED))

clean:
	$(call say,CLEAN,$(OUT))
	$(Q)rm -rf $(OUT) $(PARTS)

-include $(shell test -d $(PARTS) && find $(PARTS) -name '*.d')

# The makefile names what is built. With a recipe, as make prints a line for a target that
# has nothing to do and none.
all:
	@:
