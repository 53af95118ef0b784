#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Every example program: its text, its value and its exit status.

. "$(dirname "$0")/ktap.sh"

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
	if [ "${1:-}" = --steps ]; then
		options="--steps $2"
		shift 2
	fi
	# shellcheck disable=SC2086
	got=$("$TEA" run $options "$examples/$name.cup" "$@" 2>/dev/null)
	status=$?
	got=$(printf '%s (status %s)' "$got" "$status" | sed 's/ ([^)]*): value/: value/')
	ktap_same "$name $*" "$wanted" "$got"
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
