# SPDX-License-Identifier: GPL-2.0-only
#
# "make help" lists the targets.  All results go to build/.

TOP := $(CURDIR)
ifdef ON_HOST
KERNEL ?= $(shell uname -r)
endif
B := $(TOP)/build
SETUP := KERNEL='$(KERNEL)' selftests/setup
VMRUN := selftests/vm/vmrun $(if $(KERNEL),--kernel $(KERNEL))
KSRC := $(B)/ksrc
KSFT := $(KSRC)/tools/testing/selftests
KSRC_TAR := /usr/src/linux-source-6.12.tar.xz
KSRC_FILES := tools/testing/selftests/kselftest.h \
	tools/testing/selftests/kselftest_harness.h \
	tools/testing/selftests/lib.mk tools/testing/selftests/kselftest \
	scripts/checkpatch.pl scripts/spelling.txt scripts/const_structs.checkpatch \
	scripts/coccinelle tools/net/ynl Documentation/netlink
TESTS := tea uapi module netfuzz fuzz

# The kernel the module is built for: that of vmrun unless KERNEL or KDIR say
# otherwise.  Expanded in recipes only, after the set-up.
ifdef KDIR
release = $(shell cat '$(KDIR)/include/config/kernel.release' 2>/dev/null)
kdir = $(KDIR)
else
release = $(or $(KERNEL),$(shell selftests/vm/kernel default))
kdir = $(firstword $(wildcard /usr/src/linux-headers-$(release) \
	/lib/modules/$(release)/build))
endif
module_dir = $(B)/module/$(release)

EXAMPLE := /usr/share/teavmx/examples/hello.cup

.PHONY: all run shell check tools module tests spec freeze docs opcode_page ksrc setup clean help \
	man install uninstall modules_install modules_uninstall \
	dkms_install dkms_uninstall packages check-packages \
	bench bench-functions bench-scale bench-check bench-store check-debug soak analyze hostile \
	coverage syzkaller
.PHONY: setup-tools setup-module setup-machine setup-docs setup-check setup-bench setup-debug \
	setup-analyze setup-packages

all: tools module

help:
	@echo 'make             the tools and the module'
	@echo 'make run         run a TEA program in a VMX guest, in the emulated Intel host;'
	@echo '                 ON_HOST=1: on this very machine (root, Intel, VT-x)'
	@echo 'make shell       a shell in the emulated Intel host; FILES="..." are put there'
	@echo 'make check       run the tests; STAGES="tree uapi ..." only those stages'
	@echo 'make check-debug run the tests of the module in a kernel with KASAN, lockdep, kmemleak ...'
	@echo 'make soak        many lives of VMs and of the module; CYCLES=100000 RELOADS=1000'
	@echo 'make hostile     run GUESTS=10000 hostile guests from SEED=1 on, in the emulated Intel host'
	@echo 'make tools       build/tea and build/teavmx'
	@echo 'make module      build/module/RELEASE/teavmx.ko'
	@echo 'make coverage    which lines of the sources the tests reach, by file; STAGES="native soft"'
	@echo 'make analyze     search the sources for faults: coccinelle, cppcheck, gcc, clang'
	@echo 'make install     the programs, library, manual pages, completion; prefix=/usr/local,'
	@echo '                 DESTDIR=; make uninstall removes them'
	@echo 'make modules_install'
	@echo '                 the module, for "modprobe"; INSTALL_MOD_PATH=; modules_uninstall'
	@echo 'make packages    Debian packages; make check-packages tries them in a fresh Debian'
	@echo 'make tests       build/selftests'
	@echo 'make spec        generate the netlink sources from the specification'
	@echo 'make syzkaller   describe the netlink requests for the fuzzer syzkaller'
	@echo 'make freeze      store the netlink specification as that of the release in VERSION'
	@echo 'make setup       install every Debian package that any target needs'
	@echo 'make docs        the pages of Documentation/ as HTML, and the manual pages, in build/docs'
	@echo 'make opcode_page generate the table of Documentation/tea_machine/instructions.rst'
	@echo 'make bench       measure exits and the life of VMs in the emulated Intel host, beside KVM'
	@echo 'make bench-functions'
	@echo '                 trace single steps there, and show the instructions by function'
	@echo 'make bench-scale measure how costs grow with vCPUs that sleep, up to 1,000 in 64 VMs'
	@echo 'make bench-check the same, compared with the stored figures'
	@echo 'make bench-store store the figures measured last for that, and for Documentation/'
	@echo 'make clean       remove build/, but keep kernels and the emulator there'
	@echo
	@echo 'KERNEL=RELEASE   for another Debian kernel; KDIR=DIR: for a kernel of your own'
	@echo 'INJECT=1         for tests: a module whose VMX instructions fail on request'
	@echo 'V=1 W=1 C=2      as in the kernel: verbose, more warnings, sparse'

setup:
	@$(SETUP) all

setup-tools setup-module setup-machine setup-docs setup-check setup-bench setup-debug \
setup-analyze setup-packages: setup-%:
	@$(if $(and $(KDIR),$(filter module,$*)),,$(SETUP) $*)

tools: setup-tools
	@$(MAKE) --no-print-directory -C userspace O=$(B)

# make splits a path at its spaces.
one_path = $(if $(word 2,$($(1))),$(error $(1)=$($(1)): a path with spaces cannot be used))

install: tools man
install uninstall:
	$(call one_path,DESTDIR)$(call one_path,prefix)
	@$(MAKE) --no-print-directory -C userspace O=$(B) \
		DESTDIR='$(if $(DESTDIR),$(abspath $(DESTDIR)))' $@

# Targets of their own, as programs and library need no headers of a kernel, and a package
# leaves the module to DKMS
modules_install: module
	@MAKE='$(MAKE)' userspace/install_module $@ '$(release)' '$(kdir)' '$(module_dir)/src'

modules_uninstall:
	@userspace/install_module $@ '$(release)'

dkms_install dkms_uninstall: dkms_%:
	$(call one_path,DESTDIR)
	@userspace/install_module dkms_$* '$(if $(DESTDIR),$(abspath $(DESTDIR)))'

packages: setup-packages
	@selftests/packages build

check-packages: setup-packages
	@selftests/packages check

# Kbuild writes beside its sources: it gets a tree of links to ours.
module: setup-module
	@test -n '$(kdir)' || { echo 'module: no headers of the kernel $(release);' \
		'install linux-headers-$(release) or give KDIR=; an emulated Intel host' \
		'(make shell) needs only make without KERNEL=' >&2; exit 1; }
	@test -n '$(release)' || { echo 'module: $(KDIR) is no prepared kernel tree' \
		'(make modules_prepare there)' >&2; exit 1; }
	@mkdir -p $(module_dir)/src
	@flock $(module_dir)/src sh -e -c ' \
		cp -rsf $(TOP)/Kbuild $(TOP)/VERSION $(TOP)/module $(TOP)/uapi \
			$(module_dir)/src/; \
		find $(module_dir)/src -xtype l -delete; \
		touch $(module_dir)/.starts; \
		$(MAKE) --no-print-directory -C $(kdir) M=$(module_dir)/src modules; \
		cmp -s $(module_dir)/src/teavmx.ko $(module_dir)/teavmx.ko || \
			{ cp $(module_dir)/src/teavmx.ko $(module_dir)/teavmx.ko.new; \
			mv $(module_dir)/teavmx.ko.new $(module_dir)/teavmx.ko; }; \
		mv $(module_dir)/.starts $(module_dir)/.built'

# Only what the tests use is taken from the kernel's source.
ksrc: setup-check
	@test "$$(cat $(KSRC)/.complete 2>/dev/null)" = '$(KSRC_FILES)' || { set -e; \
		echo '  EXTRACT build/ksrc'; \
		mkdir -p $(KSRC); \
		tar -xJf $(KSRC_TAR) -C $(KSRC) --strip-components=1 \
			$(addprefix linux-source-6.12/,$(KSRC_FILES)); \
		rm -f $(KSRC)/.complete; \
		echo '$(KSRC_FILES)' >$(KSRC)/.complete; }

tests: ksrc tools
	@set -e; for part in $(TESTS); do \
		$(MAKE) --no-print-directory -C selftests/$$part O=$(B) KSFT=$(KSFT); \
	done

spec: ksrc
	@Documentation/netlink/regen $(TOP)

# What syzkaller fuzzes the module with, for its folder sys/linux
syzkaller: ksrc
	@/usr/bin/python3 -B selftests/netfuzz/syzkaller.py $(KSRC)/tools/net/ynl \
		Documentation/netlink/specs/teavmx.yaml $(B)/syzkaller
	@echo 'build/syzkaller/teavmx.txt and teavmx.txt.const belong into sys/linux of syzkaller'

freeze:
	@Documentation/netlink/freeze

# Nothing is kept from an earlier run: Sphinx does not repeat a warning about a page
# that it has read before, and leaves the HTML of a page that is gone.
docs: setup-docs
	@rm -rf $(B)/docs
	@set -e; for builder in html man; do \
		echo "  SPHINX  build/docs/$$builder"; \
		sphinx-build -q -W --keep-going -b $$builder -d $(B)/docs/trees \
			Documentation $(B)/docs/$$builder; \
	done

man: setup-docs
	@sphinx-build -q -W -b man -d $(B)/docs/man-trees Documentation $(B)/docs/man

opcode_page: setup-tools
	@$(MAKE) --no-print-directory -C selftests/tea O=$(B) $@

ifdef ON_HOST
# One after the other with -j too
run:
	@selftests/on_host --check
	@$(MAKE) --no-print-directory tools module
	@selftests/on_host $(B)/module/$(release)/teavmx.ko
else
run: tools module setup-machine
	@echo 'A machine with an Intel processor is emulated; in it the module is loaded and'
	@echo 'runs hello.cup in a VMX guest (half a minute from here):'
	@$(VMRUN) -- sh -c 'modprobe teavmx && teavmx run $(EXAMPLE)' </dev/null
endif

# FILES="..." are put into the machine, too.
shell: all setup-machine
	@$(VMRUN) --shell --copy userspace/tea/examples --copy selftests/vm/welcome:/etc/ \
		$(foreach file,$(FILES),--copy $(file)) -- /etc/welcome || test $$? = 130

BENCH := selftests/bench

bench: tools module setup-machine setup-bench
	@$(MAKE) --no-print-directory -C $(BENCH) O=$(B)
	@KERNEL='$(KERNEL)' $(BENCH)/measure $(B)/bench

bench-scale: tools module setup-machine setup-bench
	@$(MAKE) --no-print-directory -C $(BENCH) O=$(B)
	@$(BENCH)/scale '$(KERNEL)'

bench-functions: tools module setup-machine setup-bench
	@$(MAKE) --no-print-directory -C $(BENCH) O=$(B)
	@KERNEL='$(KERNEL)' $(BENCH)/trace $(B)/bench

bench-check: bench
	@$(BENCH)/figures.py check $(BENCH)/baseline.json $(B)/bench/result.json

bench-store: setup-bench
	@test -e $(B)/bench/result.json || { echo 'bench-store: run "make bench" first' >&2; exit 1; }
	@cp $(B)/bench/result.json $(BENCH)/baseline.json
	@cp $(B)/bench/chart.svg Documentation/cost.svg
	@! test -e $(B)/bench/functions.json || cp $(B)/bench/functions.json $(BENCH)/

# STAGES="..." chooses stages
check: setup-tools setup-module setup-machine setup-docs setup-check setup-debug
	@selftests/check $(STAGES)

# STAGES="..." chooses stages, DEBUG_TESTS="..." tests (selftests/debug/check)
check-debug: TESTS := tea uapi module netfuzz
check-debug: setup-machine setup-debug tools tests
	@selftests/debug/check $(STAGES)

# The limits of time are those of "make check", so many times.
SOAK_SLOW := 60
CYCLES := 100000
RELOADS := 1000

soak: TESTS := tea uapi module
soak: setup-machine tools module tests
	@$(VMRUN) $(if $(MACHINE),--machine $(MACHINE)) \
		--cpus 2 --timeout 36000 -- sh -c 'export CYCLES=$(CYCLES) RELOADS=$(RELOADS); \
		/usr/lib/teavmx/selftests/module/run --slow $(SOAK_SLOW) reload_test cycles_test' </dev/null
	@$(if $(filter qemu,$(MACHINE)),,selftests/vm/crash_test)

# TOOLS="..." chooses tools, SMATCH=PATH adds smatch (selftests/static/analyze)
analyze: setup-module setup-analyze ksrc tools
	@selftests/static/analyze $(TOOLS)

# STAGES="..." chooses stages (selftests/coverage/run)
coverage: setup-tools setup-machine setup-debug setup-check ksrc
	@selftests/coverage/run $(STAGES)

# The guests are those of hostile_seeds_test; CPUS=2 for a machine with two.
hostile: GUESTS ?= 10000
hostile: SEED ?= 1
hostile: TESTS := module
hostile: setup-machine tools module tests
	@$(VMRUN) --cpus $(or $(CPUS),1) --timeout $(or $(TIMEOUT),86400) -- \
		env HOSTILE_GUESTS=$(GUESTS) HOSTILE_SEED=$(SEED) \
		/usr/lib/teavmx/selftests/module/run --slow 100 hostile_seeds_test </dev/null

clean:
	@find build -mindepth 1 -maxdepth 1 ! -name kernel ! -name debug ! -name emulator \
		-exec rm -rf {} + 2>/dev/null || true
