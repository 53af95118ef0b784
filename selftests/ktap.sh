# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# Sourced by the shell tests: KTAP output, the programs under test, a folder for
# temporary files, and the checks that many tests make. A result that fails shows
# what was wanted and what was seen.

here=$(cd "$(dirname "$0")" && pwd)

# built NAME: the program of this build if there is one, else the installed one
built()
{
	if [ -x "$here/../../$1" ]; then
		echo "$here/../../$1"
	else
		echo "$1"
	fi
}

TEA=${TEA:-$(built tea)}
TEAVMX=${TEAVMX:-$(built teavmx)}
export TEA TEAVMX

ktap_number=0
ktap_failed=0
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM

ktap_start()
{
	echo "TAP version 13"
}

# ktap_result STATUS NAME: "ok" if STATUS is 0
ktap_result()
{
	ktap_number=$((ktap_number + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $ktap_number $2"
	else
		echo "not ok $ktap_number $2"
		ktap_failed=$((ktap_failed + 1))
	fi
}

# ktap_skip NAME REASON
ktap_skip()
{
	ktap_number=$((ktap_number + 1))
	echo "ok $ktap_number $1 # SKIP $2"
}

# ktap_differs NAME WANTED GOT: a result that failed
ktap_differs()
{
	printf '%s\n' "wanted: $2" "got: $3" | sed 's/^/# /'
	ktap_result 1 "$1"
}

# ktap_same NAME WANTED GOT: passes if the two are equal
ktap_same()
{
	if [ "$2" = "$3" ]; then
		ktap_result 0 "$1"
	else
		ktap_differs "$1" "$2" "$3"
	fi
}

# ktap_found OPTION KIND NAME FILE WANTED: passes if grep with the option finds it
ktap_found()
{
	if grep -q "$1" -- "$5" "$4"; then
		ktap_result 0 "$3"
	else
		ktap_differs "$3" "a line with the $2 $5" "$(head -n 20 "$4")"
	fi
}

# matches NAME FILE PATTERN: passes if a line of the file has the extended pattern
matches()
{
	ktap_found -E pattern "$@"
}

# contains NAME FILE TEXT: passes if a line of the file has the text
contains()
{
	ktap_found -F text "$@"
}

# lacks NAME FILE PATTERN: passes if no line of the file has the extended pattern.
# A file that cannot be read does not pass, nor does a pattern that is malformed.
lacks()
{
	grep -E -- "$3" "$2" >"$work/ktap.seen" 2>&1
	if [ $? -eq 1 ]; then
		ktap_result 0 "$1"
	else
		ktap_differs "$1" "no line with the pattern $3" \
			"$(head -n 20 "$work/ktap.seen")"
	fi
}

# shows PATTERN COMMAND...: whether the command prints a line with the pattern
shows()
{
	shown=$1
	shift
	"$@" >"$work/ktap.seen" 2>&1
	grep -qE -- "$shown" "$work/ktap.seen"
}

# within SECONDS COMMAND...: waits until the command succeeds. If it does not in
# time, then what it last showed is printed.
within()
{
	tries=$(($1 * 10))
	shift
	: >"$work/ktap.seen"
	while ! "$@"; do
		tries=$((tries - 1))
		if [ $tries -le 0 ]; then
			echo "# not in time: $*"
			tail -n 20 "$work/ktap.seen" | sed 's/^/# seen: /'
			return 1
		fi
		sleep 0.1
	done
}

# has_vmx: whether the engine that is loaded runs guests with VMX
has_vmx()
{
	teavmx info | grep -q '^vmx *ready'
}

# needs_vmx NAME: ends a script with one skipped result where there is no VMX
needs_vmx()
{
	has_vmx || {
		ktap_skip "$1" "no VMX: $(teavmx info | sed -n 's/^vmx *//p')"
		ktap_finish
	}
}

# shellcheck disable=SC2317 # called through within
no_vms()
{
	shows '^VMs *0 ' teavmx info
}

# ktap_finish: ends a script. One that printed no result at all must not pass.
ktap_finish()
{
	echo "1..$ktap_number"
	[ "$ktap_number" -gt 0 ] && [ "$ktap_failed" -eq 0 ]
	exit
}
