#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The message of the assembler about each kind of mistake, and that it leaves no
# object file behind.

# shellcheck source=selftests/ktap.sh
. "$(dirname "$0")/../ktap.sh"

# refuse NAME SOURCE ERROR...: the source, with printf escapes, gives exactly
# these errors in this order
refuse()
{
	name=$1
	# shellcheck disable=SC2059
	printf "$2" >"$work/a.tas"
	shift 2
	echo old >"$work/a.cup"
	(cd "$work" && "$TEA" as a.tas) >"$work/out" 2>"$work/err"
	status=$?
	wanted=$(printf 'a.tas:%s\n' "$@")
	got=$(grep '^a\.tas:[0-9]*:[0-9]*: ' "$work/err")
	[ "$status" -eq 1 ] || got="$got (status $status)"
	[ -e "$work/a.cup" ] && got="$got (an object file is left)"
	[ -s "$work/out" ] && got="$got (standard output is not empty)"
	ktap_same "$name" "$wanted" "$got"
}

pad='\nnop\nnop\nnop\nnop\nnop\n'

ktap_start
refuse "unknown instruction" "pushlbb 1$pad" \
	"1:1: error: unknown instruction 'pushlbb', did you mean 'pushlb'?"
refuse "unknown directive" ".bytes 1$pad" \
	"1:1: error: unknown directive '.bytes', did you mean '.byte'?"
refuse "operand missing" "\tpushlb\t; one$pad" \
	"1:9: error: expected a number or a name"
refuse "operand too many" "nop 1$pad" \
	"1:5: error: expected the end of the line, found '1'"
refuse "byte too large" "pushlb 256$pad" \
	"1:8: error: 256 is not from -128 to 255"
refuse "byte too small" "pushlb -129$pad" \
	"1:8: error: -129 is not from -128 to 255"
refuse "short too large" "pushls 0x10000$pad" \
	"1:8: error: 65536 is not from -32768 to 65535"
refuse "short too small" "pushls -32769$pad" \
	"1:8: error: -32769 is not from -32768 to 65535"
refuse "depth negative" "pushsb -1$pad" \
	"1:8: error: -1 is not from 0 to 255"
refuse "port negative" "popbm -1$pad" \
	"1:7: error: -1 is not from 0 to 65535"
refuse "huge number" "pushls 99999999999999999999$pad" \
	"1:8: error: 2147483647 is not from -32768 to 65535"
refuse "not a number" "pushlb 0x1g$pad" "1:8: error: not a number"
refuse "no digits" "pushlb 0x ; none$pad" "1:8: error: not a number"
refuse "no binary digits" "pushlb 0b$pad" "1:8: error: not a number"
refuse "not a binary number" "pushlb 0b12$pad" "1:8: error: not a number"
refuse "undefined label" "loop:goto lop$pad" \
	"1:11: error: 'lop' is not defined, did you mean 'loop'?"
refuse "duplicate label" "a:nop\na:nop$pad" \
	"2:1: error: 'a' is defined twice, first in line 1"
refuse "duplicate constant" ".equ a, 1\n.equ a, 2$pad" \
	"2:6: error: 'a' is defined twice, first in line 1"
refuse "constant used too early" "pushlb a\n.equ a, 1$pad" \
	"1:8: error: 'a' is used before its .equ"
refuse "constant without value" ".equ a$pad" \
	"1:7: error: expected ','"
refuse "constant without name" ".equ 1, 2$pad" \
	"1:6: error: expected a name, found '1'"
refuse "text without end" ".ascii \"abc$pad" \
	"1:8: error: text without closing \""
refuse "unknown escape" ".ascii \"ab\\\\qc\"$pad" \
	"1:11: error: unknown escape, the known ones are \\n \\r \\t \\0 \\\\ \\' \\\" \\xHH"
refuse "character without end" "pushlb 'a$pad" \
	"1:8: error: expected ' after one character"
refuse "empty character" "pushlb ''$pad" "1:8: error: empty character"
refuse "stray character" "nop @$pad" "1:5: error: unexpected character"
refuse "NUL byte" "nop\\000$pad" "1:4: error: unexpected character"
refuse "parenthesis missing" "pushlb (1+2$pad" "1:12: error: expected ')'"
refuse "return too large" ".return 256$pad" \
	"1:9: error: 256 is not from 0 to 255"
refuse "given twice" ".return 1\n.return 1$pad" "2:1: error: given twice"
refuse "empty program" "" \
	"1:1: error: the code ends after 0 bytes, an object file needs at least 5"
refuse "short program" "nop\nexit\n" \
	"3:1: error: the code ends after 2 bytes, an object file needs at least 5"
refuse "several errors in one run" "nop 1\npushlb 300\ngoto x\nfoo$pad" \
	"1:5: error: expected the end of the line, found '1'" \
	"2:8: error: 300 is not from -128 to 255" \
	"3:6: error: 'x' is not defined" \
	"4:1: error: unknown instruction 'foo'"

{
	i=0
	while [ $i -lt 65 ]; do
		printf 'pushlb '
		awk 'BEGIN { for (i = 0; i < 200; i++) printf "(" }'
		printf '1\n'
		i=$((i + 1))
	done
} >"$work/deep.tas"
"$TEA" as "$work/deep.tas" 2>"$work/err"
[ $? -eq 1 ] && grep -q 'deep.tas:1:72: error: expected fewer parentheses' \
	"$work/err"
ktap_result $? "parentheses too deep"

awk 'BEGIN { for (i = 0; i < 21846; i++) print "goto 0" }' >"$work/big.tas"
"$TEA" as "$work/big.tas" 2>"$work/err"
ktap_same "code too large" \
	"$work/big.tas:21846:1: error: the code grows beyond 65535 bytes here" \
	"$(head -n 1 "$work/err")"
sed -i '$d' "$work/big.tas"
"$TEA" as "$work/big.tas" 2>"$work/err"
ktap_same "the largest program" 65541 "$(wc -c <"$work/big.cup" | tr -d ' ')"

printf '\tnop\n\tpushlb\t300\n\tnop\n' >"$work/caret.tas"
"$TEA" as "$work/caret.tas" 2>"$work/err"
ktap_same "the line and a caret" "$(printf '  \tpushlb\t300\n  \t      \t^')" \
	"$(sed -n '2,3p' "$work/err")"

ktap_finish
