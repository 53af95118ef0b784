#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What the bash completion of tea offers for the files of options.

# shellcheck source=selftests/ktap.sh
. "$(dirname "$0")/../ktap.sh"
# shellcheck source=userspace/completion/tea
. "$here/tea"

# shellcheck disable=SC2317 # the completion calls it
compopt()
{
	:
}

# offers WANTED WORD...: what can follow these words; the last one can be empty
offers()
{
	wanted=$1
	shift
	COMP_WORDS=("$TEA" "${@}")
	COMP_CWORD=$#
	COMPREPLY=()
	_tea
	ktap_same "tea $*" "$wanted" \
		"$(printf '%s\n' "${COMPREPLY[@]}" | sort | paste -sd ' ')"
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
offers "$all" cc -o ""
offers "a.map folder/" dis -m ""
offers "folder/" cc -I ""
offers "" cc -D ""
offers "--steps" run --ste
ktap_finish
