#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Object files that are none, files that cannot be read or written, programs
# that never end.

# shellcheck source=selftests/ktap.sh
. "$(dirname "$0")/../ktap.sh"

bytes()
{
	# shellcheck disable=SC2059
	printf "$1" >"$work/bad.cup"
}

# refuses NAME CODE RULE [ARGUMENT...]: the exit message of the machine, the
# message of the tool, exit status 6
refuses()
{
	name=$1
	code=$2
	rule=$3
	shift 3
	got=$("$TEA" run --json "$work/bad.cup" "$@" 2>"$work/err")
	status=$?
	ktap_same "$name: message" \
		"{\"message\":\"801a01$code\" status 6" \
		"${got%%,*} status $status"
	"$TEA" run "$work/bad.cup" "$@" >/dev/null 2>"$work/err"
	ktap_same "$name: message of the tool" "tea: $work/bad.cup: $rule" \
		"$(cat "$work/err")"
}

ktap_start

bytes ''
refuses "empty file" 0b "offset 0: the file ends here, an object file has at least 11 bytes"
bytes 'aT\0\011\0\0\0\0\0\123'
refuses "truncated file" 0b "offset 10: the file ends here, an object file has at least 11 bytes"
bytes '\177ELF\2\1\1\0\0\0\0\0\0'
refuses "wrong signature" 0b "offset 0: no object file, the signature is 7f 45 and not 61 54"
bytes 'aT\1\2\0\0\0\0\0\0\123'
refuses "wrong version" 0a "offset 2: object file version 1.2, only 0.9 runs here"
bytes 'aT\0\011\3\0\0\0\0\0\123'
refuses "return size" 0c "offset 4: a return value of 3 bytes, at most 2 are allowed"
bytes 'aT\0\011\0\2\0\0\0\0\123'
refuses "argument count" 09 "offset 5: the program takes 2 argument bytes, 1 given" 1
bytes 'aT\0\011\2\177\0\0\0\0\123'
refuses "arguments and stack" 09 "offset 4: return value and arguments take 129 bytes of stack, it has 128" \
	"$(printf '%0127d' 0 | tr 0 x)"
{
	printf 'aT\0\011\0\0'
	head -c 65536 /dev/zero
} >"$work/bad.cup"
refuses "huge file" 0b "offset 65541: the file is longer, an object file has at most 65541 bytes"
{
	printf 'aT\0\011\0\0'
	head -c 65534 /dev/zero
	printf '\123'
} >"$work/bad.cup"
ktap_same "the largest file runs" "exit 0" \
	"$("$TEA" run "$work/bad.cup" | cut -c1-6)"

for verb in run dis; do
	"$TEA" $verb "$work/none.cup" 2>"$work/err"
	ktap_same "$verb: no such file" \
		"1 tea: $work/none.cup: No such file or directory" \
		"$? $(cat "$work/err")"
	"$TEA" $verb "$work" 2>"$work/err"
	ktap_same "$verb: a directory" "1 tea: $work: Is a directory" \
		"$? $(cat "$work/err")"
done
bytes 'not an object file'
"$TEA" dis "$work/bad.cup" >"$work/out" 2>"$work/err"
ktap_same "dis: wrong signature" \
	"1 tea: $work/bad.cup: offset 0: no object file, the signature is 6e 6f and not 61 54" \
	"$? $(cat "$work/err" "$work/out")"

printf 'nop\nnop\nnop\nnop\nexit\n' >"$work/ok.tas"
"$TEA" as -o /dev/full "$work/ok.tas" 2>"$work/err"
ktap_same "as: full disk" "1 tea: /dev/full: No space left on device" \
	"$? $(cat "$work/err")"
[ -c /dev/full ]
ktap_result $? "as: a device is not replaced"
"$TEA" as -o "$work/no/ok.cup" "$work/ok.tas" 2>"$work/err"
ktap_same "as: no such directory" \
	"1 tea: $work/no/ok.cup: No such file or directory" \
	"$? $(cat "$work/err")"
"$TEA" as "$work/none.tas" 2>"$work/err"
ktap_same "as: no such source" \
	"1 tea: $work/none.tas: No such file or directory" \
	"$? $(cat "$work/err")"
"$TEA" as "$work/ok.tas" && "$TEA" dis "$work/ok.cup" >/dev/full 2>"$work/err"
ktap_same "dis: full disk" "1 tea: standard output: No space left on device" \
	"$? $(cat "$work/err")"

printf "a: pushlb 'x'\npopbm 0x11\ngoto a\n" >"$work/endless.tas"
"$TEA" as "$work/endless.tas"
printf "a: pushlb 'x'\npopbm 0x11\npushlb 10\npopbm 0x11\ngoto a\n" >"$work/lines.tas"
"$TEA" as "$work/lines.tas"
printf 'continue\n' | timeout 60 "$TEA" debug "$work/lines.cup" >/dev/full 2>"$work/err"
ktap_same "debug: full disk" "1 tea: standard output: not all of it could be written" \
	"$? $(cat "$work/err")"
timeout 60 "$TEA" run --trace "$work/endless.cup" 2>/dev/null >/dev/full
ktap_same "run --trace: full disk" 1 $?
"$TEA" run "$work/endless.cup" >/dev/full 2>"$work/err"
ktap_same "run: full disk" "1 tea: text of the program: No space left on device" \
	"$? $(cat "$work/err")"
{
	timeout 10 "$TEA" run "$work/endless.cup" 2>"$work/err"
	echo $? >"$work/status"
} | head -c 3 >/dev/null
ktap_same "run: the reader left" "7 " "$(cat "$work/status") $(cat "$work/err")"
# So little text is written only when the program sleeps.
printf "a: pushlb 'x'\npopbm 0x11\npushls 200\npopsm 0\ngoto a\n" >"$work/naps.tas"
"$TEA" as "$work/naps.tas"
{
	timeout 60 "$TEA" run "$work/naps.cup" 2>"$work/err"
	echo $? >"$work/status"
} | head -c 3 >/dev/null
ktap_same "run: the reader of a program that sleeps left" "7 " \
	"$(cat "$work/status") $(cat "$work/err")"

awk 'BEGIN { for (i = 0; i < 9000; i++) print "nop" }' >"$work/long.tas"
"$TEA" as "$work/long.tas"
{
	"$TEA" dis "$work/long.cup" 2>"$work/err"
	echo $? >"$work/status"
} | head -n 1 >/dev/null
ktap_same "dis: the reader left" "0 " "$(cat "$work/status") $(cat "$work/err")"

# shellcheck disable=SC2317 # called through within
has_ended()
{
	! kill -0 "$pid" 2>/dev/null
}

# catches: the program, and not the shell that starts it, has its handlers of SIGINT and
# SIGTERM
# shellcheck disable=SC2317 # called through within
catches()
{
	# shellcheck disable=SC2046 # two words
	set -- $(sed -n 's/^Name:[[:space:]]*//p; s/^SigCgt:[[:space:]]*//p' "/proc/$pid/status")
	[ "$1" = tea ] && [ $((0x$2 & 0x4002)) = $((0x4002)) ]
}

# interrupted NAME SOURCE SIGNAL: ends soon, with message code 1 and status 7
interrupted()
{
	printf '%b' "$2" >"$work/stop.tas"
	"$TEA" as "$work/stop.tas"
	"$TEA" run --json "$work/stop.cup" >"$work/out" 2>/dev/null &
	pid=$!
	within 10 catches
	kill -s "$3" $pid
	within 5 has_ended || kill -s KILL $pid
	wait $pid 2>/dev/null
	ktap_same "$1 stopped by $3" '7 {"message":"801a0101"' \
		"$? $(cut -d, -f1 "$work/out")"
}

interrupted running 'a: goto a\nnop\nnop\n' INT
interrupted running 'a: goto a\nnop\nnop\n' TERM
interrupted sleeping 'pushls 65535\npopsm 0\nexit\n' INT
interrupted waiting 'pushmb 0x0101\npopb\nexit\n' INT

# /dev/stdout is what the shell has opened, with what is there already.
printf 'void main() { }\n' >"$work/good.tea"
printf 'void main() { none; }\n' >"$work/bad.tea"
ln -s /proc/self/fd/1 "$work/stdout"
{
	echo first
	"$TEA" cc -S -o "$work/stdout" "$work/good.tea"
	"$TEA" cc -S -o "$work/stdout" "$work/bad.tea" 2>/dev/null
	echo last
} >"$work/all"
ktap_same "-o with a link to standard output" "first last /proc/self/fd/1" \
	"$(sed -n 1p "$work/all") $(sed -n '$p' "$work/all") $(readlink "$work/stdout")"

# A FIFO is opened when it has a writer, which this one does not get.
mkfifo "$work/fifo"
"$TEA" run --feed "$work/fifo" "$work/stop.cup" >"$work/out" 2>"$work/err" &
pid=$!
within 10 catches
within 10 grep -q '^State:.*S' "/proc/$pid/status"
kill -s TERM $pid
within 5 has_ended || kill -s KILL $pid
wait $pid 2>/dev/null
ktap_same "waiting for the writer of a FIFO, stopped by TERM" "7 " "$? $(cat "$work/err")"

printf "pushlb 0xe9\npopbm 0x11\npushlb 0\npopbm 0x11\nexit\n" >"$work/latin.tas"
"$TEA" as "$work/latin.tas"
ktap_same "bytes above 127 in JSON" '"text":"\u00E9\u0000"' \
	"$("$TEA" run --json "$work/latin.cup" | grep -o '"text":"[^"]*"')"
ktap_finish
