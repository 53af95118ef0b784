# SPDX-License-Identifier: GPL-2.0-only
#
# The gallery of exits: payloads, one for each exit, and what runs them. The code
# of a payload lies at no fixed address, so none is linked.

GALLERY := $(TOP)/userspace/gallery
GALLERY_SOURCES := $(sort $(wildcard $(GALLERY)/*.S))
GALLERY_BIN := $(patsubst $(GALLERY)/%.S,$(O)/gallery/%.bin,$(GALLERY_SOURCES))
GALLERY_OBJ := $(patsubst $(TOP)/%.c,$(OBJ)/%.o,$(wildcard $(GALLERY)/*.c)) \
	$(OBJ)/userspace/gallery/payloads.o
LIBGALLERY := $(OBJ)/libgallery.a

$(GALLERY_BIN): $(O)/gallery/%.bin: $(OBJ)/userspace/gallery/%.o
	$(call say,OBJCOPY,$@)
	@mkdir -p $(@D)
	$(Q)objcopy -O binary -j .text $< $@

$(OBJ)/userspace/gallery/%.o: $(GALLERY)/%.S
	$(call say,AS,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) -MMD -MP -c -o $@ $<

$(OBJ)/userspace/gallery/payloads.c: $(GALLERY)/payloads $(GALLERY_SOURCES) $(GALLERY_BIN)
	$(call say,GEN,$@)
	$(Q)$< $(O)/gallery $(GALLERY_SOURCES) >$@.new && mv $@.new $@

$(OBJ)/userspace/gallery/payloads.o: $(OBJ)/userspace/gallery/payloads.c
	$(call say,CC,$@)
	$(Q)$(CC) $(OBJECT_CPPFLAGS) $(CPPFLAGS) $(OBJECT_CFLAGS) $(CFLAGS) \
		-MMD -MP -c -o $@ $<

$(GALLERY_OBJ): OBJECT_CPPFLAGS += $(shell $(PKG_CONFIG) --cflags libnl-genl-3.0)

$(LIBGALLERY): $(GALLERY_OBJ)
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(AR) rcsD $@ $^

ALL += $(GALLERY_BIN)
