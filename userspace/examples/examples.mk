# SPDX-License-Identifier: GPL-2.0-only
#
# Programs that use libteavmx, built as any other program is: by pkg-config, which finds
# the library in build/. The first one loads it, the second one is linked with it.

CLIENTS := $(addprefix $(O)/examples/,watch_exits run_program)
LIBTEAVMX_LIBS = $(shell $(PKG_CONFIG) --libs libteavmx)

ALL += $(CLIENTS)

$(CLIENTS): private PKG_CONFIG := PKG_CONFIG_PATH=$(O) $(PKG_CONFIG)
$(O)/examples/run_program: LIBTEAVMX_LIBS = $(call archives,libteavmx)
$(CLIENTS): $(O)/examples/%: $(TOP)/userspace/examples/%.c $(LIBTEAVMX)
	$(call say,CC,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) -std=gnu11 -Wall -Wextra -Werror $(CFLAGS) $(LDFLAGS) -o $@ $< \
		$(shell $(PKG_CONFIG) --cflags libteavmx) $(LIBTEAVMX_LIBS)
