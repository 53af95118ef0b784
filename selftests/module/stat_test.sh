#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# teavmx stat: the exits of vCPUs, against what the log of the VM has

# shellcheck source=selftests/ktap.sh
. "$(dirname "$0")/../ktap.sh"

examples=/usr/share/teavmx/examples
backend=soft
! has_vmx || backend=vmx

# stat ARGUMENT...: into out and err
stat()
{
	timeout -s KILL 60 teavmx stat "$@" >"$work/out" 2>"$work/err" </dev/null
}

# detach PROGRAM: its VM goes on; prints the number
detach()
{
	teavmx run --backend $backend --detach "$1" 2>"$work/err" | sed 's/\..*//'
}

ktap_start

stat --json
ktap_same "no VM: --json" '0|{"vms":0,"exits":[]}' "$?|$(cat "$work/out")"
stat
ktap_same "no VM: a head and no row" "0|1" "$?|$(wc -l <"$work/out")"
stat --openmetrics
ktap_same "no VM: --openmetrics" "0|teavmx_vms 0|# EOF" \
	"$?|$(grep '^teavmx' "$work/out")|$(tail -n 1 "$work/out")"

stat --count 3
matches "--count without --interval" "$work/err" '^teavmx: stat: --count: expected --interval with it$'
ktap_same "--count without --interval: status" 2 "$(stat --count 3; echo $?)"
ktap_same "--openmetrics with --json: status" 2 "$(stat --openmetrics --json; echo $?)"
ktap_same "no such VM: status" 5 "$(stat --vm 4000000000; echo $?)"
ktap_same "an interval of 0: status" 2 "$(stat --interval 0; echo $?)"

needs_vmx "exits"
vm=$(detach $examples/hello.cup)
within 10 shows 'exit 0' teavmx list
logged=$(teavmx monitor --vm "$vm" --from 0 --type vmx-exit --reason VMCALL --for 1 2>"$work/err" | wc -l)
stat --vm "$vm"
matches "exits: a row" "$work/out" "^ *$vm +1 +18 VMCALL +$logged +[0-9.]+ %\$"
ktap_same "exits: the shares are 100 %" 100 \
	"$(awk 'NR > 1 { sum += $6 } END { printf "%.0f", sum }' "$work/out")"
stat --vm "$vm" --json
matches "exits: JSON" "$work/out" \
	"\"vm\":$vm,\"vcpu\":1,\"reason\":18,\"name\":\"VMCALL\",\"count\":$logged}"
stat --openmetrics
ktap_same "exits: OpenMetrics, the counter" "$logged" \
	"$(sed -n "s/^teavmx_exits_total{vm=\"$vm\",vcpu=\"1\",reason=\"VMCALL\"} //p" "$work/out")"
ktap_same "exits: OpenMetrics, each line" "" \
	"$(grep -vE '^(# (TYPE|HELP) teavmx_[a-z]+ .+|teavmx_[a-z_]+(\{([a-z]+="[A-Z0-9_]+",?)+\})? [0-9]+|# EOF)$' "$work/out")"

# It has ended, so an interval has no exit of it.
stat --vm "$vm" --interval 1 --count 2 --json
ktap_same "an interval without exits" '0|2|2' \
	"$?|$(wc -l <"$work/out")|$(grep -c '"vms":1,"exits":\[\]' "$work/out")"
teavmx kill "$vm"

vm=$(detach $examples/loop.cup)
stat --vm "$vm" --interval 1 --count 2
ktap_same "an interval with exits: status and heads" "0|2" "$?|$(grep -c 'exits/s' "$work/out")"
matches "an interval with exits: the host's timer, and its rate" "$work/out" \
	"^ *$vm +1 +[0-9]+ [A-Z_]+ +[1-9][0-9]* +[0-9.]+ % +[1-9][0-9]*\$"
timeout -s INT 3 teavmx stat --interval 1 >"$work/out" 2>"$work/err" </dev/null
matches "Ctrl-C ends it" "$work/out" 'exits/s'
teavmx kill "$vm"
ktap_finish
