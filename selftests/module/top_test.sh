#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# teavmx top without a terminal

# shellcheck source=selftests/ktap.sh
. "$(dirname "$0")/../ktap.sh"
# shellcheck source=selftests/module/verbs.sh
. "$(dirname "$0")/verbs.sh"

code=0x1000

ktap_start

verb top --batch --count 1 --delay 1
ktap_same "no VM: heads and no row" "VMs: 0  vCPUs: 0, 0 running|3" \
	"$(sed -n '1s/  exits.*//p' "$work/out")|$(grep -c . "$work/out")"

fails "top: --vm of no VM" 5 'no VM has this number' top --batch --count 1 --vm 4000000000

needs_vmx "exits"
time='[0-9.]+(ns|us|ms|s)'
# CPUID without end
vm 1 && run_at $code 0fa2ebfc && teavmx continue --detach "$v" >/dev/null
verb top --batch --count 2 --delay 1
ktap_same "top: an interval has a head" 2 "$(grep -c "^VMs: 1  vCPUs: 1, 1 running  exits/s: [1-9]" "$work/out")"
matches "top: the vCPU" "$work/out" "^ *$n +1 vmx +running +- +[1-9][0-9]* 100.0%\$"
matches "top: the reason" "$work/out" \
	"^ *$n CPUID +[1-9][0-9]* +[0-9.]+% +$time +$time +$time +$time\$"
ktap_same "top: no line is too long" "" "$(grep '.\{81\}' "$work/out")"
verb top --batch --count 1 --delay 1 --reason cpu --cost guest
ktap_same "top: --reason" "CPUID" "$(awk -v vm="$n" '$1 == vm && NF == 8 { print $2 }' "$work/out")"
contains "top: --cost" "$work/out" 'cost: guest'
idle=$n
vm 1
verb top --batch --count 1 --delay 1 --vm "$n"
ktap_same "top: --vm, no row of another one" 0 "$(grep -c CPUID "$work/out")"
timeout -s KILL 60 teavmx top --batch --delay 1 --vm "$n" >"$work/out" 2>"$work/err" </dev/null &
top=$!
within 20 shows '^VMs: ' cat "$work/out"
teavmx kill "$n"
wait $top
ktap_same "top: --vm ends with its VM" "5|teavmx: cannot get VM $n: no VM has this number" \
	"$?|$(sed 's/ (.*//; q' "$work/err")"
n=$idle
verb top --batch --count 2 --delay 1 --json
ktap_same "top: JSON, an object for each interval" 2 \
	"$(grep -cE "^\\{\"vms\":1,\"ms\":[0-9]+,\"vcpus\":\\[\\{\"vm\":$n,\"vcpu\":1,\"backend\":\"vmx\",\"state\":\"running\",\"count\":[1-9]" "$work/out")"
contains "top: JSON, the highest cost" "$work/out" '"highest_ns":'
timeout -s TERM 4 teavmx top --batch --delay 1 >"$work/out" 2>"$work/err" </dev/null
contains "top: SIGTERM ends it" "$work/out" CPUID
teavmx kill "$n"
ktap_finish
