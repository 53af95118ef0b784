#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# teavmx stat: the exits of vCPUs, against what the log of the VM has, and their costs

# shellcheck source=selftests/ktap.sh
. "$(dirname "$0")/../ktap.sh"
# shellcheck source=selftests/module/verbs.sh
. "$(dirname "$0")/verbs.sh"

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

code=0x1000

# run_guest HEX: the vCPU executes this up to HLT
run_guest()
{
	run_at $code "$1" && teavmx continue "$v" >/dev/null
}

# metric NAME LABELS: the value of a sample in out
metric()
{
	sed -n "s/^$1{$2} //p" "$work/out"
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

if grep -qw tsc=unstable /proc/cmdline || teavmx info --json | grep -q '"tsc_khz":0[,}]'; then
	ktap_skip "costs of no VM" "this kernel does not use the time-stamp counter"
else
	fails "stat: costs of no VM" 5 'no VM has this number' stat --costs --vm 4000000000
	stat --costs --json
	matches "no VM: costs as JSON" "$work/out" '^\{"tsc_khz":[1-9][0-9]*,"costs":\[\]\}$'
	stat --costs --openmetrics
	ktap_same "no VM: costs as OpenMetrics" "# EOF|" "$(tail -n 1 "$work/out")|$(grep '^teavmx' "$work/out")"
fi


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
# CPUID three times, INVD, HLT
vm 1 && run_guest 0fa20fa20fa20f08f4
stat --costs --vm "$n"
time='[0-9.]+(ns|us|ms|s)'
for part in guest handler; do
	matches "costs: CPUID, $part" "$work/out" \
		"^ *$n CPUID +$part +3 +$time +$time +$time +$time\$"
done
stat --costs --vcpus --vm "$n"
matches "costs: of the vCPU" "$work/out" "^ *$v INVD +handler +1 "
stat --costs --vm "$n" --json
matches "costs: JSON" "$work/out" \
	"\"vm\":$n,\"reason\":10,\"name\":\"CPUID\",\"guest\":\\{\"count\":3,\"sum_ns\":[0-9.]+,"
stat --costs --vm "$n" --openmetrics
labels="vm=\"$n\",reason=\"CPUID\",cost=\"handler\""
ktap_same "costs: OpenMetrics, all buckets" "3|3|39" \
	"$(metric teavmx_exit_cost_seconds_count "$labels")|$(
	metric teavmx_exit_cost_seconds_bucket "$labels,le=\"+Inf\"")|$(
	grep -c "_bucket{$labels," "$work/out")"
ktap_same "costs: OpenMetrics, buckets are sums and their bounds rise" "" \
	"$(sed -n "s/^[a-z_]*_bucket{$labels,le=\"\\(.*\\)\"} /\\1 /p" "$work/out" |
		awk '$1 != "+Inf" && $1 + 0 < le || $2 < sum { print } { le = $1 + 0; sum = $2 }')"
ktap_same "costs: OpenMetrics, each line" "" \
	"$(grep -vE '^(# (TYPE|HELP|UNIT) teavmx_[a-z_]+ .+|teavmx_[a-z_]+\{([a-z]+="[A-Za-z0-9_.+-]+",?)+\} [0-9.e+-]+|# EOF)$' "$work/out")"

prints "reset: nothing is printed" 0 "" stat --reset --vm "$n"
stat --costs --vm "$n"
ktap_same "reset: no cost is left" 1 "$(wc -l <"$work/out")"
stat --vm "$n"
matches "reset: the counts of exits remain" "$work/out" ' CPUID +3 '
run_guest 0fa20fa2f4
stat --costs --reset --vm "$n"
matches "costs with --reset: they are shown" "$work/out" ' CPUID +guest +2 '
stat --costs --vm "$n"
ktap_same "costs with --reset: then no cost is left" 1 "$(wc -l <"$work/out")"

# CPUID again and again
run_at $code 0fa2ebfc
teavmx continue --detach "$v" >"$work/out" 2>&1
verb profile --count 1 "$n"
matches "profile: where it exits" "$work/out" \
	"^CPUID +0x1000 +[0-9]+ +[0-9]+ +$time +$time +[0-9.]+ %\$"
verb profile --count 1 --rows 1 --json "$n"
matches "profile: JSON" "$work/out" \
	'"reason":10,"name":"CPUID","rip":"0x1000","count":[0-9]+,'
fails "profile: no such VM" 5 'no VM has this number' profile --count 1 4000000000
teavmx pause "$v"
stat --reset --vm "$n"
run_guest 0fa2f4
teavmx kill "$n"
within 5 no_vms
verb profile "$n"
matches "profile: of a VM that has ended" "$work/err" "^VM $n has ended\$"
matches "profile: its last table" "$work/out" '^CPUID +0x1000 '
stat --costs --vm "$n"
matches "costs of a VM that has ended" "$work/out" "^ *$n CPUID +guest +1 "
ktap_finish
