# SPDX-License-Identifier: GPL-2.0-only
#
# make install, make uninstall: the folders are those of the GNU conventions, below
# DESTDIR. The manual pages are made before (MAN), as they need Sphinx.

DESTDIR ?=
prefix ?= /usr/local
exec_prefix ?= $(prefix)
bindir ?= $(exec_prefix)/bin
libdir ?= $(exec_prefix)/lib
includedir ?= $(prefix)/include
datarootdir ?= $(prefix)/share
mandir ?= $(datarootdir)/man
pkgconfigdir ?= $(libdir)/pkgconfig
bashcompletiondir ?= $(datarootdir)/bash-completion/completions
zshcompletiondir ?= $(datarootdir)/zsh/site-functions
fishcompletiondir ?= $(datarootdir)/fish/vendor_completions.d
MAN ?= $(O)/docs/man

# The program finds the library of the language from its own place.
sharedir := $(datarootdir)/teavmx
headerdir := $(includedir)/libteavmx
COMPLETION := $(TOP)/userspace/completion
EDITORS := $(TOP)/userspace/tea/editors

# each MODE,FOLDER,FILES: the words MODE:FILE:TARGET for the installer
each = $(foreach file,$(3),$(1):$(file):$(2)/$(notdir $(file)))

INSTALLED = \
	$(call each,755,$(bindir),$(O)/tea $(O)/teavmx) \
	$(call each,644,$(libdir),$(O)/libteavmx.a $(O)/$(LIB_SONAME)) \
	link:$(LIB_SONAME):$(libdir)/libteavmx.so \
	$(call each,644,$(pkgconfigdir),$(O)/install/libteavmx.pc) \
	$(call each,644,$(headerdir)/teavmx,$(filter $(LIB_INCLUDE)/teavmx/%,$(LIB_HEADERS))) \
	$(call each,644,$(headerdir)/uapi,$(filter $(LIB_INCLUDE)/uapi/%,$(LIB_HEADERS))) \
	$(call each,644,$(sharedir)/include,$(TEA_LIBRARY)) \
	$(call each,644,$(sharedir)/examples,$(sort $(EXAMPLES) $(TEA_PROGRAMS))) \
	$(call each,644,$(sharedir)/gallery,$(GALLERY_BIN)) \
	$(call each,644,$(sharedir)/vscode,$(wildcard $(EDITORS)/vscode/*)) \
	$(call each,644,$(sharedir)/vim/syntax,$(EDITORS)/vim/syntax/tea.vim) \
	$(call each,644,$(sharedir)/vim/ftdetect,$(EDITORS)/vim/ftdetect/tea.vim) \
	$(call each,644,$(mandir)/man1,$(MAN)/tea.1) \
	$(call each,644,$(mandir)/man8,$(MAN)/teavmx.8) \
	$(addprefix 644:$(COMPLETION)/bash:$(bashcompletiondir)/,tea teavmx) \
	644:$(COMPLETION)/zsh:$(zshcompletiondir)/_teavmx \
	$(addprefix 644:$(COMPLETION)/fish:$(fishcompletiondir)/,tea.fish teavmx.fish)

INSTALLER = $(TOP)/userspace/install_files

.PHONY: install uninstall FORCE

$(O)/install/libteavmx.pc: $(TOP)/userspace/lib/libteavmx.pc.in FORCE
	@mkdir -p $(@D)
	$(Q)sed -e '/^#/d' -e 's,@libdir@,$(libdir),' -e 's,@includedir@,$(includedir),' \
		-e 's,@version@,$(VERSION),' $< >$@

install: all $(O)/install/libteavmx.pc
	$(Q)$(INSTALLER) install '$(DESTDIR)' $(INSTALLED)

uninstall:
	$(Q)$(INSTALLER) uninstall '$(DESTDIR)' $(INSTALLED)
