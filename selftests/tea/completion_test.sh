#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What the bash completion of tea and teavmx offers after some words.

# shellcheck source=selftests/ktap.sh
. "$(dirname "$0")/../ktap.sh"
# shellcheck source=userspace/completion/tea
. "$here/tea"
# shellcheck source=userspace/completion/teavmx
. "$here/teavmx"

# shellcheck disable=SC2317 # the completion calls it
compopt()
{
	:
}

# after PROGRAM FUNCTION WANTED WORD...: what FUNCTION offers after these words of
# PROGRAM's command line; the last one can be empty
after()
{
	local program=$1 complete=$2 wanted=$3

	shift 3
	COMP_WORDS=("$program" "${@}")
	COMP_CWORD=$#
	COMPREPLY=()
	$complete
	ktap_same "${complete#_} $*" "$wanted" \
		"$(printf '%s\n' "${COMPREPLY[@]}" | sort | paste -sd ' ')"
}

# offers WANTED WORD...: tea
offers()
{
	after "$TEA" _tea "$@"
}

# teavmx_offers WANTED WORD...
teavmx_offers()
{
	after "$TEAVMX" _teavmx "$@"
}

ktap_start
mkdir "$work/files" && cd "$work/files" || exit 1
mkdir folder
touch a.tea a.tas a.cup a.map commands
all="a.cup a.map a.tas a.tea commands folder"
offers "a.tea folder/" cc ""
offers "a.tas folder/" as ""
offers "a.cup folder/" run ""
offers "$all" debug -x ""
offers "$all" debug --execute = ""
offers "commands" debug --execute = comm
offers "$all" run --feed =
offers "$all" run -f ""
offers "interp jit" run -e ""
offers "jit" run --engine = j
offers "$all" cc -o ""
offers "a.map folder/" dis -m ""
offers "folder/" cc -I ""
offers "" cc -D ""
offers "--steps" run --ste
for verb in run send debug; do
	teavmx_offers "soft vmx" $verb --backend = ""
	teavmx_offers "soft" $verb --backend = s
	teavmx_offers "vmx" $verb --backend v
done
for verb in run map send; do
	teavmx_offers "interp jit" $verb -e ""
	teavmx_offers "jit" $verb --engine = j
done
teavmx_offers "protected" raw --mode = p
teavmx_offers "rflags=" raw --reg rf
teavmx_offers "cs.base= cs.limit= cs.rights=" regs 1.1 cs.
teavmx_offers "rip=" regs 1.1 rax = 5 ri
teavmx_offers "VMCALL=" route 1 VMCA
teavmx_offers "CPUID=" raw --route = CPU
teavmx_offers "GUEST_RFLAGS=" raw --write = GUEST_RF
teavmx_offers "$all" export ""
teavmx_offers "$all" export a.rec --perfetto = ""
teavmx_offers "--perfetto" export --per
ktap_finish
