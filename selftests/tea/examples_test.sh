#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Every example program: its text, its value and its exit status.

# shellcheck source=selftests/ktap.sh
. "$(dirname "$0")/../ktap.sh"

examples=$here/../../examples
[ -d "$examples" ] || examples=/usr/share/teavmx/examples

# runs NAME STATUS TEXT "CODE NAME" VALUE [OPTION... --] [ARGUMENT...]
runs()
{
	name=$1
	tested="$tested $name"
	wanted=$(printf '%s%s: value %s (status %s)' "$3" "$4" "$5" "$2")
	shift 5
	options=
	while case ${1:-} in --steps | --host-port | --feed) ;; *) false ;; esac; do
		options="$options $1 $2"
		shift 2
	done
	# shellcheck disable=SC2086
	got=$("$TEA" run $options "$examples/$name.cup" "$@" 2>/dev/null)
	status=$?
	got=$(printf '%s (status %s)' "$got" "$status" | sed 's/ ([^)]*): value/: value/')
	ktap_same "$name $*" "$wanted" "$got"
}

# feed TEXT: what the next ones find on the serial port
feed()
{
	printf '%b' "$1" >"$work/feed"
}

line='
'
tested=
ktap_start
runs hello 0 "hello, world$line" "exit 0 Normal" 12
runs sum 0 "" "exit 0 Normal" 12 3 4 5
runs sum 0 "" "exit 0 Normal" -3 -1 0xff -1
runs sum 0 "" "exit 0 Normal" 381 127 127 127
runs sum 6 "" "exit 9 BadStartup" void 1 2
runs count 0 "1${line}2${line}3$line" "exit 0 Normal" void 3
runs count 0 "" "exit 0 Normal" void 0
runs fib 0 "" "exit 0 Normal" 1 1
runs fib 0 "" "exit 0 Normal" 55 10
runs fib 0 "" "exit 0 Normal" 28657 23
runs echo 0 "hello$line" "exit 0 Normal" void hello
runs echo 0 "Hi 42$line" "exit 0 Normal" void "Hi " w:0x3432
runs sleep 0 "...$line" "exit 0 Normal" void
runs loop 6 "" "exit 1 Kill" void --steps 1000
runs divide 6 "" "exit 6 DivByZero" void

# compiled by "tea cc"
runs average 0 "  100   25
  150   62
  225  118
  337  203
  505  304
  757  456$line" "exit 0 Normal" 456
runs base64 0 "VEVBIGFuZCBD$line" "exit 0 Normal" 12
runs checksum 0 "checksum B861$line" "exit 0 Normal" -18335
runs crc 0 "crc 29B1$line" "exit 0 Normal" 10673
runs debounce 0 "down at 7${line}up at 26$line" "exit 0 Normal" 2 w:0x37FF w:0xFF00
runs debounce 0 "" "exit 0 Normal" 0 w:0x5555 w:0x6666
runs gray 0 "00000000 00000001 00000011 00000010
00000110 00000111 00000101 00000100
00001100 00001101 00001111 00001110
00001010 00001011 00001001 00001000$line" "exit 0 Normal" 0
runs lock 0 "open${line}closed$line" "exit 0 Normal" 0 w:0x2710
runs lock 0 "wrong${line}open$line" "exit 0 Normal" 3 w:0x3271
runs lock 0 "wrong${line}wrong${line}blocked${line}still blocked$line" \
	"exit 0 Normal" 4 w:0x1111
runs morse 0 "..--- ----- ..--- -.... $line" "exit 0 Normal" 2026 w:2026
runs primes 0 "2 3 5 7 11 13 17 19 23 29 31 37 41 43 47 53 59 61 67 71 73 79 83 89 97 101 103 107 109 113 127 $line" \
	"exit 0 Normal" 31
runs ratelimit 0 "+++++-+-+-+-....$line" "exit 0 Normal" 8 w:0xFFF0
runs runlength 0 "a3b1c6d12z1$line" "exit 0 Normal" 5
runs sort 0 "-128 -3 0 1 5 5 7 100$line" "exit 0 Normal" 100 5 -3 100 7 0 -128 5 1
runs traffic 0 "red${line}red and yellow${line}green${line}yellow${line}red$line" \
	"exit 0 Normal" 0 11
feed '20 19 18 17 19 21 22 23 21 19 18 -3\n'
runs thermostat 0 "18 on${line}22 off${line}18 on$line" "exit 0 Normal" 3 \
	--host-port 0xf001=0 --feed "$work/feed" w:20
runs stepper 0 "9 7 5 3 3 3 3 5 7 9$line" "exit 0 Normal" 2 \
	--host-port 0xf000=0 10
runs hamming 0 "00110011 sent${line}00110111 received${line}corrected at 5$line" \
	"exit 0 Normal" 11 11 5
runs hamming 0 "00110011 sent${line}00110011 received$line" \
	"exit 0 Normal" 11 11 0
feed '\0005abcde\0310\0360\0006abcdef\0040\0127\0002ab\0000\0000\0000'
runs fletcher 0 "+C8F0${line}+2057${line}-25C3$line" "exit 0 Normal" 1 \
	--feed "$work/feed"
feed '2*(3+4)-5\n1 + 2*3 - 10/4\n7*(1-(2+3)\n-5*-6\n3/0\n2+x\n\n'
runs calculator 0 "9${line}5${line}wrong in column 11${line}30${line}wrong in column 4${line}wrong in column 3$line" \
	"exit 0 Normal" 3 --feed "$work/feed"
feed 'abc?defghijkl?\n'
runs ringlog 0 "abc${line}efghijkl$line" "exit 0 Normal" 4 --feed "$work/feed"
runs pid 0 "" "exit 0 Normal" 162 --host-port 0xf000=100 --host-port 0xf001=0 w:150
# These are two processes of a VM, which the module has: module/tea_cli_test.sh.
tested="$tested pid producer consumer"

missing=
for file in "$examples"/*.cup; do
	name=$(basename "$file" .cup)
	case "$tested " in
	*" $name "*) ;;
	*) missing="$missing $name" ;;
	esac
done
ktap_same "every example is tested" "" "$missing"

# Hundredths of a second since boot
now()
{
	cut -d' ' -f1 /proc/uptime | tr -d .
}

start=$(now)
"$TEA" run "$examples/sleep.cup" >/dev/null
taken=$(($(now) - start))
[ "$taken" -ge 149 ]
ktap_result $? "sleep takes 1500 ms or more"
ktap_finish
