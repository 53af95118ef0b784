#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Findings on the command line, as text and as JSON: doctor_test breaks an
# entry, teavmx monitor looks on. Needs VMX and the module with vmx_break=1.

# shellcheck source=selftests/tea/ktap.sh
. "$(dirname "$0")/../tea/ktap.sh"

# watch ROW OPTION...: what teavmx monitor prints of a row of doctor_test
watch()
{
	row=$1
	shift
	teavmx monitor "$@" >"$work/out" 2>"$work/err" &
	monitor=$!
	tries=100
	until grep -q listening "$work/err" || [ $tries = 0 ]; do
		tries=$((tries - 1))
		usleep 100000
	done
	"$(dirname "$0")/doctor_test" "$row" >"$work/row"
	tries=100
	until grep -q exited "$work/out" || [ $tries = 0 ]; do
		tries=$((tries - 1))
		usleep 100000
	done
	kill -INT $monitor
	wait $monitor
}

# shows NAME TEXT
shows()
{
	if grep -qF -- "$2" "$work/out"; then
		ktap_result 0 "$1"
		return
	fi
	printf 'wanted: %s\ngot: %s\n' "$2" "$(cat "$work/out")" | sed 's/^/# /'
	ktap_result 1 "$1"
}

ktap_start

if ! teavmx info | grep -q '^vmx *ready'; then
	ktap_skip "findings" "no VMX"
	ktap_finish
fi

watch "CS is a data segment"
shows "guest state" \
	" finding: guest CS access rights 0x93: not a code segment (SDM: Checks on Guest Segment Registers)"

watch "host TR null"
shows "host state" " finding: host TR selector 0x0: must not be null (SDM: "

watch "CS is a data segment" --json
shows "JSON: field" '"field":"GUEST_CS_ACCESS_RIGHTS"'
shows "JSON: encoding" '"encoding":18454'
shows "JSON: value" '"value":147'
shows "JSON: rule" '"rule":"NOT_CODE_SEGMENT"'
shows "JSON: text" '"text":"not a code segment"'
shows "JSON: section" '"section":"Checks on Guest Segment Registers"'

# teavmx itself has no way to break a VMCS: this one is linked for it.
broken()
{
	BREAK_FIELD=0x4816 BREAK_VALUE=0x93 "$(dirname "$0")/teavmx_broken" run "$@" \
		/usr/share/teavmx/examples/hello.cup >"$work/out" 2>&1
}

broken
ktap_same "run: status" 6 $?
shows "run: cause" "VM entry failed: invalid guest state"
shows "run: finding" \
	"finding: guest CS access rights 0x93: not a code segment (SDM: Checks on Guest Segment Registers)"
broken --json
shows "run --json" '"findings":[{"field":"GUEST_CS_ACCESS_RIGHTS","encoding":18454,"value":147,'

watch "RIP as it is"
grep finding "$work/out"
ktap_result $((!$?)) "nothing of an entry that works"

ktap_finish
