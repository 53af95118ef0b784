#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The manual page, the help texts, the completion and the instruction table say
# the same.

# shellcheck source=selftests/ktap.sh
. "$(dirname "$0")/../ktap.sh"

man=$here/tea.1.rst
table=$here/instructions.rst

ktap_start
for verb in $("$TEA" __complete); do
	grep -q "^| \*\*tea $verb\*\*" "$man"
	ktap_result $? "the manual page has verb $verb"
	"$TEA" help | grep -q "^  $verb "
	ktap_result $? "the help text has verb $verb"
	[ "$verb" = help ] && continue
	for option in $("$TEA" __complete "$verb"); do
		"$TEA" help "$verb" | grep -q "^  -., ${option}[ =]"
		ktap_result $? "the help text of $verb has $option"
		[ "$option" = --help ] && continue
		grep -q "^-., $option\(=\|\$\)" "$man"
		ktap_result $? "the manual page has $option"
	done
done

# Each instruction of the table assembles to its number and the operand's size.
awk '/^   \* - [0-9A-F][0-9A-F]$/ {
	number = $3
	getline; name = $2; gsub("`", "", name)
	getline; operand = $2
	print number, name, operand
}' "$table" >"$work/rows"
ktap_same "rows of the instruction table" 84 \
	"$(wc -l <"$work/rows" | tr -d ' ')"
while read -r number name operand; do
	case $operand in
	'') value='' zeros='' ;;
	byte | n) value=0 zeros=00 ;;
	*) value=0 zeros=0000 ;;
	esac
	printf '%s %s\n.byte 255, 255, 255, 255\n' "$name" "$value" \
		>"$work/one.tas"
	"$TEA" as "$work/one.tas"
	ktap_same "instruction table: $name" \
		"$(echo "$number${zeros}ffffffff" | tr A-F a-f)" \
		"$(od -An -v -tx1 -j6 "$work/one.cup" | tr -d ' \n')"
done <"$work/rows"
ktap_finish
