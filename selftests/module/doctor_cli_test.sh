#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Findings on the command line, as text and as JSON: doctor_test breaks an
# entry, teavmx monitor looks on. Needs VMX and the module with vmx_break=1.

# shellcheck source=selftests/ktap.sh
. "$(dirname "$0")/../ktap.sh"

# watch ROW OPTION...: what teavmx monitor prints of a row of doctor_test
watch()
{
	row=$1
	shift
	# The output of the one before would seem to be its own.
	: >"$work/err"
	teavmx monitor "$@" >"$work/out" 2>"$work/err" &
	monitor=$!
	within 10 shows listening cat "$work/err"
	"$(dirname "$0")/doctor_test" "$row" >"$work/row"
	within 10 shows exited cat "$work/out"
	kill -INT $monitor
	wait $monitor
}

# prints NAME TEXT: what was printed has the text
prints()
{
	contains "$1" "$work/out" "$2"
}

ktap_start

needs_vmx findings

watch "CS is a data segment"
prints "guest state" \
	" finding: guest CS access rights 0x93: not a code segment (SDM: Checks on Guest Segment Registers)"

watch "host TR null"
prints "host state" " finding: host TR selector 0x0: must not be null (SDM: "

watch "CS is a data segment" --json
prints "JSON: field" '"field":"GUEST_CS_ACCESS_RIGHTS"'
prints "JSON: encoding" '"encoding":18454'
prints "JSON: value" '"value":"0x93"'
prints "JSON: rule" '"rule":"NOT_CODE_SEGMENT"'
prints "JSON: text" '"text":"not a code segment"'
prints "JSON: section" '"section":"Checks on Guest Segment Registers"'

# judged NAME TEXT: what teavmx doctor prints for the records in $work/out
judged()
{
	cp "$work/out" "$work/dump"
	teavmx doctor "$work/dump" >"$work/out" 2>"$work/err"
	ktap_same "$1: doctor FILE: status" 6 $?
	ktap_same "$1: doctor FILE: all of it can be read" "" "$(cat "$work/err")"
	prints "$1: doctor FILE: the rule" "finding: $2"
	ktap_same "$1: doctor FILE: one dump" 1 "$(grep -c '^dump' "$work/out")"
	ktap_same "$1: doctor FILE: nothing is missing" "" \
		"$(grep '^not checked' "$work/out")"
}

judged "monitor --json" \
	"guest CS access rights 0x93: not a code segment (SDM: Checks on Guest Segment Registers)"
watch "host TR null" --json
judged "monitor --json, VMfail" "host TR selector 0x0: must not be null (SDM: "
prints "monitor --json, VMfail: the error" \
	"the processor reported: VM-instruction error 8: "

# teavmx itself has no way to break a VMCS: this one is linked for it.
broken()
{
	BREAK_FIELD=0x4816 BREAK_VALUE=0x93 "$(dirname "$0")/teavmx_broken" run "$@" \
		/usr/share/teavmx/examples/hello.cup >"$work/out" 2>&1
}

broken
ktap_same "run: status" 6 $?
prints "run: cause" "VM entry failed: invalid guest state"
prints "run: finding" \
	"finding: guest CS access rights 0x93: not a code segment (SDM: Checks on Guest Segment Registers)"
broken --json
prints "run --json" '"findings":[{"field":"GUEST_CS_ACCESS_RIGHTS","encoding":18454,"value":"0x93",'
judged "run --json" \
	"guest CS access rights 0x93: not a code segment (SDM: Checks on Guest Segment Registers)"

watch "RIP as it is"
prints "an entry that works is watched" "exited"
lacks "nothing of an entry that works" "$work/out" finding

# The kernel may have it built in.
modprobe -r msr 2>"$work/err"
if [ ! -e /dev/cpu/0/msr ]; then
	teavmx doctor >"$work/out" 2>"$work/err"
	ktap_same "root needs no sudo" "modprobe msr" \
		"$(sed -n '/^firmware /{n;s/^ *//p}' "$work/out")"
fi

ktap_finish
