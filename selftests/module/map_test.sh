#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# teavmx map and teavmx run --repeat: many runs of one program by one vCPU

# shellcheck source=selftests/ktap.sh
. "$(dirname "$0")/../ktap.sh"

examples=/usr/share/teavmx/examples
backend=soft
! has_vmx || backend=vmx

# map FILE [OPTION...]: with standard input, into out and err
map()
{
	file=$1
	shift
	timeout -s KILL 60 teavmx map --backend $backend "$@" "$file" \
		>"$work/out" 2>"$work/err"
}

run()
{
	timeout -s KILL 60 teavmx run --backend $backend "$@" \
		>"$work/out" 2>"$work/err" </dev/null
}

# line NUMBER NAME PATTERN: what a result has
line()
{
	sed -n "$1p" "$work/out" >"$work/line"
	matches "$2" "$work/line" "$3"
}

# vm: number of the VM of the last run
vm()
{
	sed 's/.*"vm":\([0-9]*\).*/\1/' "$work/out"
}

ktap_start

# Returns its argument
printf 'aT\0\11\1\1\033\0\0\123\0' >"$work/argument.cup"
# Goes to itself
printf 'aT\0\11\0\0\110\0\0\123\0' >"$work/loop.cup"
# Reads the serial port
printf 'aT\0\11\0\0\3\0\20\40\123' >"$work/read.cup"

printf '5\n\n[7]\n{"arguments": ["-1"], "id": [1, "a"]}\n{"id": 2}\n[1.5]\n[\n0x10 1\n200\n' |
	map "$work/argument.cup"
ktap_same "map: status and number of results" "6|9|" \
	"$?|$(wc -l <"$work/out")|$(cat "$work/err")"
line 1 "map: a plain line" \
	'^\{"message":"801a010005","code":0,"name":"Normal","value":5,"text":"","steps":2,"line":1\}$'
line 2 "map: an argument too few is a result, with its cause" \
	'^\{"message":"801a0109","code":9,"name":"BadStartup","value":null,"text":"","steps":0,"cause":".*/argument.cup: offset 5: the program takes 1 argument byte, 0 given","line":2\}$'
line 3 "map: an array" '"value":7,.*"line":3'
line 4 "map: an object, and its id" '"value":-1,.*"line":4,"id":\[1,"a"\]'
line 5 "map: an object without arguments" '^\{"error":"expected an array .*","line":5,"id":2\}$'
line 6 "map: an argument of another kind" '"error":"argument 1: expected an integer .*","line":6'
line 7 "map: no JSON" '^\{"error":"no JSON: .*","line":7\}$'
line 8 "map: an argument too many is a result" '"code":9,.*, 2 given","line":8'
line 9 "map: the line behind it is run" '"value":-56,.*"line":9'

run --json --quiet "$work/argument.cup" 1
before=$(vm)
printf '\n1 2\n' | map "$work/argument.cup"
run --json --quiet "$work/argument.cup" 1
ktap_same "map: lines that cannot be run create no VM" $((before + 1)) "$(vm)"

printf '\n\n' | map "$work/loop.cup" --time 200
ktap_same "map: runs without end, status" "6|2" "$?|$(wc -l <"$work/out")"
line 2 "map: their time is over" '^\{"error":"the program did not end within 200 ms","line":2\}$'
printf '\n\n' | map "$work/read.cup"
ktap_same "map: programs that wait for input, status" "6|2" "$?|$(wc -l <"$work/out")"
line 2 "map: there is none" '"error":"the program waits for serial input, of which there is none","line":2'

printf '\n\n\n' | map $examples/hello.cup
ktap_same "map: each run has its text" "0|3" \
	"$?|$(grep -c '"value":12,"text":"hello, world\\n"' "$work/out")"
seq 1 127 | map "$work/argument.cup"
ktap_same "map: many lines, in order" "0|$(seq 1 127 | paste -sd ' ')" \
	"$?|$(sed -E 's/.*"value":([0-9]+),.*/\1/' "$work/out" | paste -sd ' ')"
: >"$work/out"
{ printf '5\n'; within 20 test -s "$work/out" && printf '6\n'; } | map "$work/argument.cup"
ktap_same "map: a line has its result before the next one is there" "0|2" \
	"$?|$(wc -l <"$work/out")"
map "$work/argument.cup" </dev/null
ktap_same "map: no lines" "0||" "$?|$(cat "$work/out")|$(cat "$work/err")"
map "$work/missing.cup" </dev/null
ktap_same "map: a missing file" "1|" "$?|$(cat "$work/out")"
printf '5\n6\n' | map "$work/argument.cup" --engine jit --backend soft
ktap_same "map: no translated program in the kernel, status and results" "2|" \
	"$?|$(cat "$work/out")"
matches "map: no translated program in the kernel" "$work/err" \
	'^teavmx: map: --engine jit: does not go with --backend soft'
printf '["w:300", 999]\n' | map "$work/argument.cup"
line 1 "map: an integer of two bytes" \
	'^\{"error":"argument 2: expected an integer from -128 to 255, or a string, such as \\"w:300\\" for two bytes","line":1\}$'
head -c 1000 /dev/urandom | tr -d '\n' | map "$work/argument.cup"
ktap_same "map: a line of random bytes has one result" "6|1" "$?|$(wc -l <"$work/out")"

run --repeat 3 $examples/hello.cup
ktap_same "run --repeat: the text of all runs, and one end" \
	"0|hello, world|hello, world|hello, world|exit 0 Normal (the program executed its exit instruction): value 12" \
	"$?|$(paste -sd '|' "$work/out")"
run --repeat 3 $examples/divide.cup
ktap_same "run --repeat: an error ends it" "6|1" "$?|$(grep -c . "$work/out")"
matches "run --repeat: the number of runs" "$work/err" '^runs: 1 of 3$'
run --repeat 1000 --json --quiet "$work/argument.cup" 9
ktap_same "run --repeat: 1000 times" 0 $?
matches "run --repeat: the last result" "$work/out" '"message":"801a010009",.*"steps":2,.*"runs":1000'
run --repeat 2 --feed - $examples/hello.cup
ktap_same "run --repeat: not with --feed" 2 $?
run --repeat 0 $examples/hello.cup
ktap_same "run --repeat: not 0 times" 2 $?
ktap_finish
