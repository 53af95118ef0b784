#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# probe.sh HEADER COMPILER FLAG...: compile or assemble one snippet for each
# feature that kernels differ in, and write a header that defines
# TEAVMX_HAVE_NAME for each that builds.
set -eu

header=$1
shift
directory=$(dirname "$header")
mkdir -p "$directory"
snippet=$directory/probe.c

probe() {
	cat >"$snippet"
	if "$@" -c -o "$directory/probe.o" "$snippet" 2>/dev/null; then
		echo "#define TEAVMX_HAVE_$name 1"
	else
		echo "/* no $name */"
	fi
}

# A macro of the assembler is no macro to #ifdef: only a use of it shows it.
probe_assembler()
{
	probe "$@" -D__ASSEMBLY__ -x assembler-with-cpp
}

# What every kernel has must compile: else the flags or the headers are wrong, and
# each feature would seem to be missing.
cat >"$snippet" <<-'SNIPPET'
	#include <net/genetlink.h>
	struct genl_family probe_family = { .name = "probe" };
SNIPPET
"$@" -c -o "$directory/probe.o" "$snippet" || {
	echo "probe.sh: the compiler does not work with this kernel's headers" >&2
	exit 1
}
cat >"$snippet" <<-'SNIPPET'
	#include <asm/reboot.h>
	void probe(void);
	void probe(void)
	{
		cpu_emergency_register_virt_callback(probe);
	}
SNIPPET
"$@" -c -o "$directory/probe.o" "$snippet" 2>/dev/null || {
	echo "probe.sh: this kernel lacks cpu_emergency_register_virt_callback() (Linux 6.6 and" >&2
	echo "stable kernels with it have it), so a CPU in VMX operation could not be stopped" >&2
	exit 1
}

{
	echo '/* SPDX-License-Identifier: GPL-2.0-only */'
	echo '/* Made by probe.sh for one kernel and compiler. */'
	name=GENL_SPLIT_OPS
	probe "$@" <<-'SNIPPET'
		#include <net/genetlink.h>
		static int probe(const struct genl_split_ops *ops,
				 struct sk_buff *skb, struct genl_info *info)
		{
			return 0;
		}
		struct genl_family probe_family = { .pre_doit = probe };
	SNIPPET
	name=GENL_INFO_DUMP
	probe "$@" <<-'SNIPPET'
		#include <net/genetlink.h>
		struct nlattr **probe(struct netlink_callback *cb);
		struct nlattr **probe(struct netlink_callback *cb)
		{
			return genl_info_dump(cb)->attrs;
		}
	SNIPPET
	name=REGISTER_SYSCORE
	probe "$@" <<-'SNIPPET'
		#include <linux/syscore_ops.h>
		void probe(struct syscore *syscore);
		void probe(struct syscore *syscore)
		{
			register_syscore(syscore);
		}
	SNIPPET
	name=VM_FLAGS_MOD
	probe "$@" <<-'SNIPPET'
		#include <linux/mm.h>
		void probe(struct vm_area_struct *vma);
		void probe(struct vm_area_struct *vma)
		{
			vm_flags_mod(vma, VM_DONTDUMP, VM_MAYEXEC);
		}
	SNIPPET
	# A static function may follow a static one only: the header's empty one.
	name=EMERGENCY_STUB
	probe "$@" <<-'SNIPPET'
		#include <asm/reboot.h>
		static void
		cpu_emergency_register_virt_callback(cpu_emergency_virt_cb *cb);
		void probe(void);
		void probe(void)
		{
			cpu_emergency_register_virt_callback(NULL);
		}
	SNIPPET
	for name in CLEAR_CPU_BUFFERS VM_CLEAR_CPU_BUFFERS \
		CLEAR_BRANCH_HISTORY_VMEXIT; do
		probe_assembler "$@" <<-SNIPPET
			#include <linux/linkage.h>
			#include <asm/nospec-branch.h>
			$name
		SNIPPET
	done
} >"$header.tmp"
rm -f "$snippet" "$directory/probe.o"
mv "$header.tmp" "$header"
