#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# teavmx record, report and diff: recordings of guests that run

# shellcheck source=selftests/ktap.sh
. "$(dirname "$0")/../ktap.sh"

examples=/usr/share/teavmx/examples
backend=soft
engine=interp
! has_vmx || backend=vmx

# detach PROGRAM: its VM goes on; prints the number
detach()
{
	teavmx run --backend $backend --engine $engine --detach "$1" 2>"$work/err" | sed 's/\..*//'
}

# tool ARGUMENT...: teavmx with these, into out and err
tool()
{
	timeout -s KILL 60 teavmx "$@" >"$work/out" 2>"$work/err" </dev/null
}

# recorded FILE PROGRAM OPTION...: the records of a program that has ended
recorded()
{
	file=$1
	vm=$(detach "$2")
	shift 2
	within 10 shows 'exit 0' teavmx list
	tool record -o "$file" --vm "$vm" --from 0 --for 1 "$@"
	status=$?
	teavmx kill "$vm"
	return $status
}

# begin FILE OPTION...: a job that records
begin()
{
	: >"$work/said"
	timeout -s KILL 60 teavmx record -o "$@" >"$work/out" 2>"$work/said" </dev/null &
	recorder=$!
	within 10 shows listening cat "$work/said"
}

ktap_start

recorded "$work/a" $examples/hello.cup
ktap_same "record --vm --from: status" 0 $?
matches "record: a summary" "$work/err" '^teavmx: .*/a: [1-9][0-9]* records, 0 events lost$'
ktap_same "record: only its user can read the file" 600 "$(stat -c %a "$work/a")"
tool report "$work/a"
ktap_same "report: status and nothing else" "0|" "$?|$(cat "$work/err")"
matches "report: the machine" "$work/out" \
	"^kernel +$(uname -r | sed 's/[.+]/[&]/g')\$"
matches "report: one VM" "$work/out" '^VMs +1 with 1 vCPUs$'
matches "report: types" "$work/out" '^  tea-exit +1$'
tool report --json "$work/a"
matches "report --json" "$work/out" \
	'"kernel":"[^"]+",.*"whole":true,.*"lost":0,.*"gaps":\[\]}$'

recorded "$work/b" $examples/hello.cup
tool diff "$work/a" "$work/b"
ktap_same "diff: two runs of a program are equal" "0|equal" "$?|$(sed -n 's/^\(equal\): .*/\1/p' "$work/out")"
recorded "$work/c" $examples/base64.cup
tool diff "$work/a" "$work/c"
ktap_same "diff: runs of two programs are not" 1 $?
matches "diff: the first record that differs, with both sides" "$work/out" '^B vm '
matches "diff: and in what" "$work/out" '^  in: [a-z]'
tool diff --json "$work/a" "$work/c"
matches "diff --json" "$work/out" '"equal":false,.*"difference":"differs",.*"fields":\["(value|message)"\]'

recorded "$work/few" $examples/hello.cup --count 3
tool report --json "$work/few"
matches "record --count" "$work/out" '"records":3,'
vm=$(detach $examples/hello.cup)
within 10 shows 'exit 0' teavmx list
tool record -o "$work/few" --vm "$vm" --from 0 --count 2
ktap_same "record --count ends when no more happens" 0 $?
teavmx kill "$vm"
recorded "$work/states" $examples/hello.cup --type state
tool report --json "$work/states"
matches "record --type: nothing else" "$work/out" '"types":\{"state":[0-9]+\}'

# The end of an earlier VM would be a record, too.
within 5 no_vms
begin "$work/live"
teavmx run --backend $backend $examples/hello.cup >"$work/out" 2>"$work/err" </dev/null
within 10 shows vm-end teavmx report "$work/live"
kill -INT $recorder
wait $recorder
ktap_same "record of all VMs ends by Ctrl-C" 0 $?
tool report "$work/live"
matches "record: the begin of a VM" "$work/out" '^  vm-new +1$'
tool diff "$work/a" "$work/live"
ktap_same "diff: a log that was read later is equal to what was sent at once" 0 $?
matches "diff: text is counted by characters, the rest by records" "$work/out" \
	'^equal: ([1-9]|1[0-9]) records and 13 characters of text;'

# pushch '.', storechf port 0011, and again
printf 'aT\0\11\0\0\1.\23\0\21\110\0\0' >"$work/dots.cup"
vm=$(detach "$work/dots.cup")
begin "$work/gone" --vm "$vm"
teavmx kill "$vm"
wait $recorder
ktap_same "record --vm ends with its VM" "0|teavmx: VM $vm is gone" \
	"$?|$(sed -n 2p "$work/said")"

mkdir "$work/small"
mount -t tmpfs -o size=32k none "$work/small"
vm=$(detach "$work/dots.cup")
begin "$work/small/full"
wait $recorder
ktap_same "record on a full disk: status" 1 $?
matches "record on a full disk: the reason" "$work/said" \
	'^teavmx: .*/small/full: No space left on device after [1-9][0-9]* records$'
teavmx kill "$vm"
records=$(sed -n 's/.*device after \([0-9]*\) records$/\1/p' "$work/said")
tool report --json "$work/small/full"
ktap_same "a full disk: each record before that is readable" "1|1" \
	"$?|$(grep -c "\"records\":$records," "$work/out")"
tool report "$work/small/full"
matches "a full disk: the recording has no end" "$work/err" 'cut at byte [0-9]+, between two blocks$'
umount "$work/small"

ktap_same "record: no such VM: status, and no file" "5|1" \
	"$(tool record -o "$work/none" --vm 4000000000; echo $?)|$(test -e "$work/none"; echo $?)"
ktap_same "record: no such folder" 1 "$(tool record -o "$work/none/file" --for 1; echo $?)"

# refused FILE: each failure to open one more file leaves the recording as it was
refused()
{
	cp "$1" "$work/before"
	for files in $(seq 3 32); do
		# shellcheck disable=SC3045 # dash and bash have it
		! (ulimit -n "$files" && tool record -o "$1" --for 1) 2>/dev/null || return 0
		cmp -s "$1" "$work/before" || return 1
	done
	return 1
}

refused "$work/states"
ktap_same "record: a refused watch keeps the earlier recording" "0|" \
	"$?|$(find "$work" -name 'states.*')"

needs_vmx "exits"
recorded "$work/exits" $examples/hello.cup --reason VMCALL
tool report "$work/exits"
matches "report: exits by reason" "$work/out" \
	'^VMCALL +[1-9][0-9]* 100.0 %( +(-|[0-9.]+(ns|us|ms|s))){3}$'
tool report --flame "$work/exits"
matches "report --flame: folded stacks" "$work/out" '^VM [0-9]+;VMCALL;exit;cp 0x[0-9a-f]{4} [1-9][0-9]*$'

printf 'pushlb 1\npopbm 0x200\npushlb 2\npopbm 0x201\nexit\n' >"$work/ports.tas"
tea as -g -o "$work/ports.cup" "$work/ports.tas"
for engine in interp jit; do
	recorded "$work/ports" "$work/ports.cup" --reason VMCALL
	tool report --flame --program "$work/ports.cup" "$work/ports"
	ktap_same "report --flame --program: lines of a program ($engine)" \
		"exit;ports.tas:5 1 port-write;ports.tas:2 1 port-write;ports.tas:4 1" \
		"$(sed -n 's/^VM [0-9]*;VMCALL;//p' "$work/out" | grep -v ^translated |
			sort | paste -sd ' ')"
done
engine=interp
tool report --flame --program $examples/hello.cup "$work/ports"
ktap_same "report --program: a program without a map" 1 $?
tool report --program "$work/ports.cup" "$work/ports"
ktap_same "report --program without --flame" 2 $?
tool diff "$work/a" "$work/b"
matches "diff: exits of the host are left out" "$work/out" '^equal: .* not compared: [0-9]+ exits of A and B that the host caused$'
ktap_finish
