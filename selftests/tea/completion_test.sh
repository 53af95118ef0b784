#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What the completion of tea and teavmx in bash, zsh and fish offers after some words.

# shellcheck source=selftests/ktap.sh
. "$(dirname "$0")/../ktap.sh"
# shellcheck source=userspace/completion/bash
. "$here/bash"

# shellcheck disable=SC2317 # the completion calls it
compopt()
{
	:
}

# after PROGRAM WANTED WORD...: what bash offers after these words of PROGRAM's command
# line; the last one can be empty
after()
{
	local program=$1 wanted=$2

	shift 2
	COMP_WORDS=("$program" "${@}")
	COMP_CWORD=$#
	COMPREPLY=()
	_teavmx
	ktap_same "${program##*/} $*" "$wanted" \
		"$(printf '%s\n' "${COMPREPLY[@]}" | sort | paste -sd ' ')"
}

# offers WANTED WORD...: tea
offers()
{
	after "$TEA" "$@"
}

# teavmx_offers WANTED WORD...
teavmx_offers()
{
	after "$TEAVMX" "$@"
}

# complete_words WANTED WORD...: the lines of teavmx __complete
complete_words()
{
	local wanted=$1

	shift
	ktap_same "teavmx __complete -- $*" "$wanted" "$("$TEAVMX" __complete -- "$@")"
}

# in_shell SHELL WANTED LINE: what another shell offers at the end of this line
in_shell()
{
	if ! command -v "$1" >/dev/null; then
		ktap_skip "$1: $3" "no $1 here"
		return
	fi
	ktap_same "$1: $3" "$2" "$(PATH=$work/bin:$PATH HOME=$work "offers_$1" "$3" 2>&1)"
}

# shellcheck disable=SC2317 # called by name
offers_fish()
{
	# shellcheck disable=SC2016 # fish expands it
	fish --no-config -c 'source $argv[1]; complete -C $argv[2]' "$here/fish" "$1" | sort
}

# The functions of zsh that show candidates print them here, behind what is typed.
# shellcheck disable=SC2317
offers_zsh()
{
	# shellcheck disable=SC2016 # zsh expands it
	zsh -f -c '
		_describe() { print -rl -- "${(@P)3}" }
		_files() { [[ $1 == -g ]] && print -rl -- ${~2}(N) *(N/) || print -rl -- *(N/) }
		compset() { : }
		words=(${(s: :)2}); [[ $2 != *" " ]] || words+=("")
		CURRENT=$#words PREFIX=$words[-1]
		source $1' zsh "$here/zsh" "$1" | sort
}

ktap_start
mkdir "$work/bin"
ln -s "$(realpath "$(command -v "$TEA")")" "$work/bin/tea"
ln -s "$(realpath "$(command -v "$TEAVMX")")" "$work/bin/teavmx"
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
teavmx_offers "nmi" inject 1.1 --type n
teavmx_offers "state,tea-exit" monitor --type = state,tea-e
teavmx_offers "read" mem 1 r
teavmx_offers "" run a.cup --ba
offers "run" help r

tab=$(printf '\t')
complete_words "run${tab}Run a program in a VMX guest and show how it ended." ru
complete_words "--backend${tab}vmx (a VMX guest) or soft (in the kernel, without VMX)" run --b
complete_words "--backend=soft" run --backend=s
complete_words "soft" run -b s
complete_words "soft" run --engine jit --backend s
complete_words ":files *.cup" run --backend=soft ""
complete_words ":files *.cup" run -b soft a
complete_words "" run -- a.cup --b
complete_words "" none ""
complete_words "VMCALL=${tab}VMCALL executed: the guest calls its host" route 1 VMCA
complete_words "CPUID,VMCALL${tab}VMCALL executed: the guest calls its host" \
	monitor --reason CPUID,VMCA

ktap_same "the letters of a value are no options" "$("$TEA" __complete -- cc "")" \
	"$("$TEA" __complete -- cc -Dfoo "")"
ktap_same "and the value of the last letter follows" "$("$TEA" __complete -- cc -o "")" \
	"$("$TEA" __complete -- cc -Wo "")"

in_shell fish "jit" "tea run -e j"
in_shell fish "--backend=soft" "teavmx run --backend=s"
in_shell fish "record${tab}Write events to a file, for report and diff." "teavmx rec"
in_shell fish "a.cup
folder/" "tea run "
in_shell fish "--output=commands" "tea as --output=comm"
in_shell fish "folder/" "tea cc -I "
in_shell zsh "jit" "tea run -e j"
in_shell zsh "--backend=soft" "teavmx run --backend=s"
in_shell zsh "record:Write events to a file, for report and diff." "teavmx rec"
in_shell zsh "a.cup
folder" "tea run "
in_shell zsh "rflags=" "teavmx regs 1.1 rf"
in_shell zsh "folder" "tea cc -I "
ktap_finish
