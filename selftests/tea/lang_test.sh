#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The 300 programs whose exit message the original gave: all compile, with and
# without -O, by way of assembly language too, and give the same.

# shellcheck source=selftests/ktap.sh
. "$(dirname "$0")/../ktap.sh"

count=0
plain=
short=
different=
# shellcheck disable=SC2086 # a word a byte
for source in "$here"/vectors/lang/*.tea; do
	name=$(basename "$source" .tea)
	arguments=$(sed -n '1s,/\* args: \([0-9a-f]*\) .*,\1,p' "$source" |
		sed 's/../0x& /g')
	message=$(sed -n '2s,/\* message: \([0-9a-f]*\) .*,\1,p' "$source")
	count=$((count + 1))
	"$TEA" cc -o "$work/a.cup" "$source" &&
		"$TEA" run --json "$work/a.cup" $arguments |
		grep -q "^{\"message\":\"$message\"" || plain="$plain $name"
	"$TEA" cc -O -o "$work/b.cup" "$source" &&
		"$TEA" run --json "$work/b.cup" $arguments |
		grep -q "^{\"message\":\"$message\"" || short="$short $name"
	"$TEA" cc -O -S -o "$work/b.tas" "$source" &&
		"$TEA" as -o "$work/c.cup" "$work/b.tas" &&
		cmp -s "$work/b.cup" "$work/c.cup" || different="$different $name"
done 2>"$work/err"

ktap_start
ktap_same "programs" 300 "$count"
ktap_same "messages as of the original" "" "$plain"
ktap_same "messages with -O" "" "$short"
ktap_same "-S gives the same object file" "" "$different"
ktap_same "there is no message" "" "$(head -n 5 "$work/err")"
ktap_finish
