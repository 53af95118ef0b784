#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# tea run: serial input from files and pipes, serial output, host ports that are
# registers.

# shellcheck source=selftests/ktap.sh
. "$(dirname "$0")/../ktap.sh"

ktap_start
cd "$work" || exit 1

# Sends back what it reads up to a newline, each character plus one
"$TEA" as -o echo.cup - <<'SOURCE'
loop:	pushmb	0x10
	pushlb	'\n'
	cmpbbr	done
	incb	1
	popbm	0x10
	goto	loop
done:	exit
SOURCE

# Adds 1 to a port and returns what the port is then
"$TEA" as -o add.cup - <<'SOURCE'
	.return	2
	pushms	0xf010
	incs	2
	popsm	0xf010
	pushms	0xf010
	popssa	0
	exit
SOURCE

# Returns the char that a port is
"$TEA" as -o char.cup - <<'SOURCE'
	.return	1
	pushmb	0xffff
	popbsa	0
	exit
SOURCE

normal="exit 0 Normal (the program executed its exit instruction): value"

printf 'GZKKN\nrest' >input
ktap_same "input from a file, output with the text" "H[LLO|$normal void" \
	"$("$TEA" run --feed input echo.cup | paste -sd '|')"
"$TEA" run --feed input --json echo.cup >out
ktap_same "in JSON it is apart from the text" 1 \
	"$(grep -c '"text":"".*"serial":"[H]\[LLO"' out)"
ktap_same "input from a pipe that writes slowly" "H[LLO" \
	"$({ printf GZ; sleep 0.2; printf 'KKN\n'; } |
		"$TEA" run --feed - echo.cup | head -n 1)"
head -c 5000 /dev/zero | tr '\0' a >long
printf '\n' >>long
ktap_same "more than the queue holds" "5000 b" \
	"$("$TEA" run --feed long echo.cup | head -n 1 | tr -d '\n' |
		fold -w 1 | uniq -c | awk '{ print $1, $2 }')"
printf ab >short
timeout -s INT 5 "$TEA" run --feed short echo.cup >out 2>err
ktap_same "without more input it waits, with a message" \
	"bc|tea: waiting for port 0010, which has no more input; Ctrl-C ends it" \
	"$(head -n 1 out)|$(cat err)"
timeout -s INT 5 "$TEA" run --feed - echo.cup >out 2>err </dev/zero
ktap_same "an interrupt ends a program with endless input" "exit 1 Kill" \
	"$(tail -n 1 out | cut -c 1-11)"
timeout -s INT 20 "$TEA" run --feed . echo.cup >out 2>err
ktap_same "input that cannot be read ends the program" \
	"1|exit 1 Kill|tea: serial input: Is a directory" \
	"$?|$(cut -c 1-11 out)|$(cat err)"
timeout -s INT 20 "$TEA" run --feed - echo.cup >out 2>err <&-
ktap_same "so does standard input that is closed" \
	"1|exit 1 Kill|tea: serial input:" "$?|$(cut -c 1-11 out)|$(cut -d: -f1-2 err):"

ktap_same "a host port keeps what is written" "$normal 41" \
	"$("$TEA" run --host-port 0xf010=40 add.cup)"
ktap_same "of two values the later one counts" "$normal 8" \
	"$("$TEA" run -P 0xf010=1 -P 0xf010=7 add.cup)"
ktap_same "a char is the low byte" "$normal 52" \
	"$("$TEA" run -P 0xffff=0x1234 char.cup)"
"$TEA" run -P 0xf010=1 char.cup >out 2>err
ktap_same "other ports are refused" "6|exit 7 IOErr" "$?|$(cut -c 1-12 out)"
ktap_same "the message names the port and the option" \
	"tea: a read of 1 byte at port ffff was refused: no host program answers this host port --host-port PORT=VALUE makes it a register" \
	"$(paste -sd ' ' err)"
"$TEA" run add.cup >out 2>err
ktap_same "without any all are" "6|exit 7 IOErr" "$?|$(cut -c 1-12 out)"

# refused NAME SOURCE MESSAGE: what is reported for a program that ends in error
refused()
{
	printf '%b' "$2" | "$TEA" as -o refused.cup -
	"$TEA" run refused.cup >out 2>err
	ktap_same "$1" "6|tea: $3" "$?|$(paste -sd ' ' err)"
}

refused "no such port" 'pushmb 3\nnop\nexit\n' \
	"a read of 1 byte at port 0003, which does not exist"
refused "a port that is only written" 'nop\npushmb 0x11\nexit\n' \
	"a read of 1 byte at port 0011 (display) was refused; reads: none, writes: 1 byte; write: show a character"
refused "a value that a port does not have" 'pushlb 5\npopbm 0x15\nexit\n' \
	"a write of 5 (1 byte) at port 0015 (quiet) was refused; reads: 1 byte, writes: 1 byte; 1 keeps the VM from showing characters, 0 lets it"
refused "a stack that is too small" 'l: pushlb 5\ngoto l\n' \
	"the program had 128 bytes of stack --stack N sets another size"

# Text and trace on one terminal: each line of the trace is a line of its own
printf "pushlb 'h'\npopbm 0x11\npushlb 'i'\npopbm 0x11\nexit\n" |
	"$TEA" as -o hi.cup -
"$TEA" run --trace hi.cup >out 2>&1
ktap_same "trace lines are whole" "5 h i" \
	"$(grep -c '^ *[0-9]* 00' out) $(grep -x '[a-z]' out | paste -sd ' ')"
ktap_same "the text is not changed by the trace" "hi" \
	"$("$TEA" run --trace hi.cup 2>err | head -n 1)"
ktap_finish
